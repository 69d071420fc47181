//! Laws of the gas price: constant, EIP-1559, and a replayed daily series with intraday noise.

use super::{ChainSpec, GasUnits, next_base_fee};
use portage_base::elementary::exp;
use portage_base::random::Stream;
use portage_base::units::{SECONDS_PER_DAY, Span, WEI_PER_GWEI};
use portage_market::CHUNK;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Largest premium of a rush where no base fee is modelled: the dearest hour of 2020 paid about ten times the day's mean.
pub const RUSH_PREMIUM_MAX: f64 = 100.0;

/// Largest base fee, wei per gas: a million gwei, a thousand times the dearest day seen; keeps integers far from their border.
const BASE_FEE_WEI_MAX: f64 = 1e15;

/// The law of the gas price, as a scenario names it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GasPrice {
    /// The same price in every block.
    Constant(ConstantGas),
    /// The EIP-1559 rule under elastic demand with a slow congestion regime.
    Eip1559(Eip1559),
    /// A daily series, interpolated, with intraday noise.
    Historical(HistoricalGas),
}

/// A constant gas price.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantGas {
    /// Price with the tip.
    #[schemars(range(min = 0.0, max = 1e6), extend("x-unit" = "gwei"))]
    pub gwei: f64,
}

/// EIP-1559 with elastic demand: gas wanted = target x (anchor / base fee)^elasticity x noise, where the anchor is a log
/// Ornstein-Uhlenbeck process: the fee at which demand meets the target.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eip1559 {
    /// Median base fee at which demand meets the target.
    #[schemars(range(min = 0.001, max = 1e5), extend("x-unit" = "gwei", "x-source" = "Etherscan medians: 100 in 2021, 33 in 2022, 29 in 2023, 15 in 2024"))]
    pub anchor_gwei: f64,
    /// Standard deviation of the log anchor.
    #[serde(default = "anchor_sd")]
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "daily log gas about its 90-day median, Etherscan: 0.37-0.49"))]
    pub anchor_sd: f64,
    /// Time after which half of a deviation of the anchor is left.
    #[serde(default = "anchor_half_life")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "Etherscan: half-life 1.2-2.1 days"))]
    pub anchor_half_life: Span,
    /// Elasticity of the demand for gas to its price.
    #[serde(default = "demand_elasticity")]
    #[schemars(range(min = 0.05, max = 10.0), extend("x-unit" = "1", "x-source" = "judgement: inelastic over minutes"))]
    pub elasticity: f64,
    /// Standard deviation of the log of one block's demand.
    #[serde(default = "block_noise")]
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement: full and near-empty blocks alternate"))]
    pub block_noise: f64,
    /// Priority fee above the base fee.
    #[serde(default = "tip")]
    #[schemars(range(min = 0.0, max = 1e4), extend("x-unit" = "gwei", "x-source" = "wallets' default of 1-2 gwei"))]
    pub tip_gwei: f64,
}

const fn anchor_sd() -> f64 {
    0.37
}

fn anchor_half_life() -> Span {
    Span::from_seconds(1.6 * SECONDS_PER_DAY).unwrap_or_default()
}

const fn demand_elasticity() -> f64 {
    0.5
}

const fn block_noise() -> f64 {
    0.5
}

const fn tip() -> f64 {
    1.5
}

/// A replayed daily gas series.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoricalGas {
    /// Name of an embedded series, or path of a CSV or Parquet file with the columns `date` and `mean_gas_price_gwei`.
    #[schemars(length(min = 1))]
    pub series: String,
    /// Standard deviation of the log gas price about the day's mean, over minutes.
    #[serde(default = "intraday_sd")]
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "log", "x-source" = "minute series of four days in August 2023: 0.48, lag-60 autocorrelation 0.33"))]
    pub intraday_sd: f64,
    /// Time after which half of an intraday deviation is left.
    #[serde(default = "intraday_half_life")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "lag-60-minute autocorrelation 0.33: half-life 38 minutes"))]
    pub intraday_half_life: Span,
}

const fn intraday_sd() -> f64 {
    0.48
}

fn intraday_half_life() -> Span {
    Span::from_seconds(38.0 * 60.0).unwrap_or_default()
}

/// The resolved law.
#[derive(Debug, Clone)]
pub enum GasLaw {
    /// Price with the tip, gwei.
    Constant(f64),
    /// Rule, demand and congestion regime.
    Eip1559(Eip1559),
    /// Log of the daily mean, gwei, at noon of each day from the last noon before the window on, and the noise.
    Historical {
        /// ln(gwei) at each noon, the first being the last one at or before the window's start.
        log_gwei: Arc<Vec<f64>>,
        /// Seconds from noon of the first entry to the window's start.
        offset_seconds: f64,
        /// Intraday noise.
        noise: HistoricalGas,
    },
}

/// The gas market of a model: the law, the block's limits, the units.
#[derive(Debug, Clone)]
pub struct GasMarket {
    law: GasLaw,
    block_seconds: f64,
    step: u32,
    limit: u64,
    rush_room: u64,
    /// Gas units by action.
    pub units: GasUnits,
}

impl GasMarket {
    /// A market on simulated blocks of `block_seconds`, each standing for `step` real ones.
    #[must_use]
    pub fn new(law: GasLaw, chain: &ChainSpec, block_seconds: f64, step: u32) -> Self {
        let limit = chain.block_gas_limit * u64::from(step);
        let rush_room = (limit as f64 * chain.rush_share) as u64;
        Self { law, block_seconds, step, limit, rush_room, units: chain.gas_units.clone() }
    }

    /// The largest transaction that always fits into the room for migration, gas.
    #[must_use]
    pub const fn sure_room(&self) -> u64 {
        let half = self.limit / 2;
        if matches!(self.law, GasLaw::Eip1559(_)) && half < self.rush_room { half } else { self.rush_room }
    }

    /// Opens the gas market of one run.
    #[must_use]
    pub fn open(&self, seed: u64, run: u64) -> GasState {
        self.open_as("gas", seed, run)
    }

    /// Opens it with streams of its own, whose names begin with `name`.
    #[must_use]
    pub fn open_as(&self, name: &str, seed: u64, run: u64) -> GasState {
        let mut stream = Stream::open(seed, run, &format!("{name}/regime"));
        let start: f64 = StandardNormal.sample(&mut stream);
        let base_fee = match &self.law {
            GasLaw::Eip1559(rule) => (rule.anchor_gwei * WEI_PER_GWEI * libm::exp(rule.anchor_sd * start)) as u64,
            GasLaw::Constant(_) | GasLaw::Historical { .. } => 0,
        };
        GasState {
            deviation: start,
            regime: stream,
            demand: Stream::open(seed, run, &format!("{name}/demand")),
            base_fee_wei: base_fee,
            rush_premium: 1.0,
            blocks: 0,
            price_gwei: match &self.law {
                GasLaw::Constant(gwei) => *gwei,
                GasLaw::Eip1559(rule) => base_fee as f64 / WEI_PER_GWEI + rule.tip_gwei,
                GasLaw::Historical { log_gwei, .. } => libm::exp(log_gwei[0]),
            },
            room: 0,
        }
    }
}

/// Draws ahead for one chunk of blocks.
#[derive(Debug, Clone)]
pub struct GasChunk {
    level_gwei: Box<[f64; CHUNK]>,
    demand: Box<[f64; CHUNK]>,
}

impl Default for GasChunk {
    fn default() -> Self {
        Self { level_gwei: Box::new([0.0; CHUNK]), demand: Box::new([1.0; CHUNK]) }
    }
}

/// The gas market of one run.
#[derive(Debug, Clone)]
pub struct GasState {
    deviation: f64,
    regime: Stream,
    demand: Stream,
    base_fee_wei: u64,
    rush_premium: f64,
    blocks: u64,
    price_gwei: f64,
    room: u64,
}

impl GasState {
    /// What a transaction pays in this block, gwei per gas, tip included.
    #[inline]
    #[must_use]
    pub const fn price_gwei(&self) -> f64 {
        self.price_gwei
    }

    /// Gas left for migration transactions in this block.
    #[inline]
    #[must_use]
    pub const fn room(&self) -> u64 {
        self.room
    }

    /// Draws the next `len` blocks ahead: the level (anchor or historical mean with noise) and the block demand.
    pub fn fill(&mut self, market: &GasMarket, len: usize, chunk: &mut GasChunk) {
        match &market.law {
            GasLaw::Constant(gwei) => chunk.level_gwei[..len].fill(*gwei),
            GasLaw::Eip1559(rule) => {
                let sd = rule.anchor_sd;
                self.fill_deviation(rule.anchor_half_life, market.block_seconds, &mut chunk.level_gwei[..len]);
                let log_anchor = libm::log(rule.anchor_gwei);
                for level in &mut chunk.level_gwei[..len] {
                    *level = exp(log_anchor + sd * *level);
                }
                let noise = rule.block_noise;
                for demand in &mut chunk.demand[..len] {
                    *demand = StandardNormal.sample(&mut self.demand);
                }
                for demand in &mut chunk.demand[..len] {
                    *demand = exp(noise * *demand - 0.5 * noise * noise);
                }
            }
            GasLaw::Historical { log_gwei, offset_seconds, noise } => {
                let sd = noise.intraday_sd;
                self.fill_deviation(noise.intraday_half_life, market.block_seconds, &mut chunk.level_gwei[..len]);
                for (ahead, level) in chunk.level_gwei[..len].iter_mut().enumerate() {
                    let seconds = offset_seconds + (self.blocks + ahead as u64) as f64 * market.block_seconds;
                    let day = (seconds / SECONDS_PER_DAY).max(0.0);
                    let (left, part) = (day as usize, day - (day as usize) as f64);
                    let (from, to) = (log_gwei[left], log_gwei[left + 1]);
                    // Less half the variance: the mean over a day stays the day's mean.
                    *level = exp(from + part * (to - from) + sd * *level - 0.5 * sd * sd);
                }
            }
        }
        self.blocks += len as u64;
    }

    /// A standard log Ornstein-Uhlenbeck deviation (unit stationary variance), exact at the block times.
    fn fill_deviation(&mut self, half_life: Span, block_seconds: f64, out: &mut [f64]) {
        let keep = libm::exp(-std::f64::consts::LN_2 * block_seconds / half_life.seconds());
        let shock = (1.0 - keep * keep).sqrt();
        for value in out {
            let normal: f64 = StandardNormal.sample(&mut self.regime);
            self.deviation = keep * self.deviation + shock * normal;
            *value = self.deviation;
        }
    }

    /// Enters block `index` of the chunk: price and room before any migration transaction.
    ///
    /// Under EIP-1559 the room is what background demand leaves of the limit. The other laws know no base fee:
    /// there a rush can win `rush_share` of the block, and a premium that follows the EIP-1559 rule on the
    /// rush's own room stands in for the first-price auction.
    #[inline]
    pub fn enter(&mut self, market: &GasMarket, chunk: &GasChunk, index: usize) {
        if let GasLaw::Eip1559(rule) = &market.law {
            self.price_gwei = self.base_fee_wei as f64 / WEI_PER_GWEI + rule.tip_gwei;
            let used = self.background(market, rule, chunk, index);
            self.room = (market.limit - used).max(market.rush_room.min(market.limit / 2));
        } else {
            self.price_gwei = chunk.level_gwei[index] * self.rush_premium;
            self.room = market.rush_room;
        }
    }

    fn background(&self, market: &GasMarket, rule: &Eip1559, chunk: &GasChunk, index: usize) -> u64 {
        let base_gwei = (self.base_fee_wei.max(1)) as f64 / WEI_PER_GWEI;
        let wanted = chunk.demand[index] * libm::pow(chunk.level_gwei[index] / base_gwei, rule.elasticity);
        let target = market.limit / 2;
        ((target as f64 * wanted) as u64).min(market.limit)
    }

    /// Takes `gas` of this block's room for a migration transaction.
    pub fn take(&mut self, gas: u64) {
        self.room -= gas;
    }

    /// Leaves block `index` of the chunk, in which migration transactions used `rush_gas`: the next block's fee follows.
    #[inline]
    pub fn leave(&mut self, market: &GasMarket, chunk: &GasChunk, index: usize, rush_gas: u64) {
        if let GasLaw::Eip1559(rule) = &market.law {
            self.base_fee_wei = if market.step == 1 {
                let used = (self.background(market, rule, chunk, index) + rush_gas).min(market.limit);
                next_base_fee(self.base_fee_wei, used, market.limit / 2)
            } else {
                self.relaxed_base_fee(market, rule, chunk, index, rush_gas)
            };
        } else if rush_gas > 0 || self.rush_premium > 1.0 {
            let fullness = rush_gas as f64 / market.rush_room as f64;
            let factor = libm::pow(1.0 + (2.0 * fullness - 1.0) / 8.0, f64::from(market.step));
            self.rush_premium = (self.rush_premium * factor).clamp(1.0, RUSH_PREMIUM_MAX);
        }
    }

    /// Base fee after the `step` real blocks that one simulated block stands for, in which demand answers to the fee.
    ///
    /// Law: with x = (fee / anchor)^e and demand target x D / x per block, the rule fee' = fee (1 + (demand / target - 1) / 8)
    /// is, to first order in 1/8, dx/dn = (e / 8)(D - p x), p = 1 - rush / target, solved exactly over n blocks. D is the mean of
    /// the demands of n blocks: its deviation from one shrinks by sqrt(n). The fee moves by at most an eighth a block.
    fn relaxed_base_fee(
        &self,
        market: &GasMarket,
        rule: &Eip1559,
        chunk: &GasChunk,
        index: usize,
        rush_gas: u64,
    ) -> u64 {
        let blocks = f64::from(market.step);
        let anchor_wei = chunk.level_gwei[index] * WEI_PER_GWEI;
        let fee = self.base_fee_wei.max(1) as f64;
        let demand = (1.0 + (chunk.demand[index] - 1.0) / blocks.sqrt()).max(0.0);
        let left = 1.0 - (2.0 * rush_gas as f64 / market.limit as f64).min(0.95);
        let settled = demand / left;
        let before = libm::pow(fee / anchor_wei, rule.elasticity);
        let after = settled + (before - settled) * libm::exp(-rule.elasticity * left * blocks / 8.0);
        let wanted = anchor_wei * libm::pow(after.max(1e-12), 1.0 / rule.elasticity);
        let most = fee * libm::pow(9.0 / 8.0, blocks.min(400.0));
        wanted.clamp(1.0, most.min(BASE_FEE_WEI_MAX)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(law: GasLaw, step: u32) -> GasMarket {
        let chain = ChainSpec {
            gas_token: "ETH".into(),
            gas_price: GasPrice::Constant(ConstantGas { gwei: 1.0 }),
            block_gas_limit: 30_000_000,
            rush_share: 0.5,
            gas_units: GasUnits::default(),
        };
        GasMarket::new(law, &chain, 12.0 * f64::from(step), step)
    }

    fn rule() -> Eip1559 {
        Eip1559 {
            anchor_gwei: 30.0,
            anchor_sd: anchor_sd(),
            anchor_half_life: anchor_half_life(),
            elasticity: demand_elasticity(),
            block_noise: block_noise(),
            tip_gwei: 0.0,
        }
    }

    /// Mean log price and its daily-scale standard deviation under `rush` migration gas a block.
    fn simulate(rush: u64, runs: u64, step: u32) -> (f64, f64) {
        let market = market(GasLaw::Eip1559(rule()), step);
        let mut chunk = GasChunk::default();
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for run in 0..runs {
            let mut state = market.open(1, run);
            for _ in 0..20 {
                state.fill(&market, CHUNK, &mut chunk);
                for index in 0..CHUNK {
                    state.enter(&market, &chunk, index);
                    state.leave(&market, &chunk, index, rush.min(state.room()));
                }
                let log = libm::log(state.price_gwei());
                (sum, squares, count) = (sum + log, squares + log * log, count + 1.0);
            }
        }
        let mean: f64 = sum / count;
        (mean, (squares / count - mean * mean).sqrt())
    }

    #[test]
    fn the_base_fee_follows_its_anchor() {
        // 200 runs of 1.4 days: about 200 effective draws of sd 0.37, standard error 0.03 on the mean and 0.02 on the sd. The
        // rule itself adds noise, and asymmetric rounding a little bias: 4 standard errors, error probability 1e-4.
        let (mean, sd) = simulate(0, 200, 1);
        assert!((mean - libm::log(30.0)).abs() < 0.15, "mean log fee {mean}");
        assert!((sd - 0.37).abs() < 0.1, "sd {sd}");
    }

    #[test]
    fn coarser_blocks_keep_the_fee_s_law() {
        for step in [5, 50, 1_000, 10_000] {
            // Never less than 7 effective draws of sd 0.37 a run times 40 runs: standard errors 0.06 or less; 4 of them.
            let (mean, sd) = simulate(0, 40, step);
            assert!((mean - libm::log(30.0)).abs() < 0.25 && (0.2..0.6).contains(&sd), "step {step}: {mean} {sd}");
            let rushed = simulate(6_000_000 * u64::from(step), 40, step).0;
            assert!((2.2..3.5).contains(&libm::exp(rushed - mean)), "step {step}: {rushed} against {mean}");
        }
    }

    #[test]
    fn a_rush_makes_itself_dear() {
        let (calm, rushed) = (simulate(0, 20, 1).0, simulate(6_000_000, 20, 1).0);
        // Demand of 0.4 targets more at elasticity 0.5: background falls to 0.6, the fee rises to (1/0.6)^2 = 2.8 times.
        let factor = libm::exp(rushed - calm);
        assert!((2.2..3.5).contains(&factor), "fee factor {factor}");
    }

    #[test]
    fn the_replayed_level_keeps_the_day_s_mean() {
        let days = Arc::new(vec![libm::log(50.0); 40]);
        let noise =
            HistoricalGas { series: "x".into(), intraday_sd: intraday_sd(), intraday_half_life: intraday_half_life() };
        let market = market(GasLaw::Historical { log_gwei: days, offset_seconds: 0.0, noise }, 1);
        let (mut state, mut chunk, mut sum) = (market.open(1, 1), GasChunk::default(), 0.0);
        for _ in 0..400 {
            state.fill(&market, CHUNK, &mut chunk);
            sum += chunk.level_gwei.iter().sum::<f64>() / CHUNK as f64;
        }
        // 28 days hold about 550 independent half-hours of relative sd 0.5: standard error 2.2 %; 4 of them.
        assert!((sum / 400.0 / 50.0 - 1.0).abs() < 0.09, "mean {}", sum / 400.0);
    }
}

//! Traders: orders that arrive, are routed, filled, and what they cost.

use super::offers::{Filled, Offers};
use super::order_tape::{DrawnOrder, OrderTape};
use crate::actions::Taker;
use crate::ledger::Token;
use crate::pools::{Role, Side, VENUES_MAX};
use crate::units::{BPS, Instant};
use crate::world::World;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The traders of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TradersSpec {
    /// Orders that arrive.
    #[schemars(range(min = 0.0, max = 1e7), extend("x-unit" = "orders per day"))]
    pub orders_per_day: f64,
    /// Value that they want to trade.
    pub volume: Volume,
    /// Standard deviation of the log of order sizes.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "judgement: few large orders make most of the volume"))]
    pub size_sd: f64,
    /// Share of orders that an aggregator routes best over all pools.
    #[serde(default = "aggregator_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of orders", "x-source" = "judgement"))]
    pub aggregator_share: f64,
    /// Of the other orders, the share whose front end sends them to the new pool from the start.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of direct orders"))]
    pub direct_to_new: f64,
    /// When front ends switch their default to the new pool. Default: never.
    #[serde(default)]
    pub front_end_switch: Option<Instant>,
    /// Share of direct orders that go to the new pool once front ends have switched.
    #[serde(default = "after_switch")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of direct orders", "x-source" = "V2 above 0.99 of V1 and V2 volume in four months (bress.xyz)"))]
    pub direct_to_new_after_switch: f64,
    /// Largest price impact against the reference price that a trader accepts; an order above it is dropped.
    #[serde(default = "tolerance")]
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "bps", "x-source" = "front ends' default of 0.5 % to 3 %"))]
    pub tolerance_bps: f64,
    /// How strongly the side of orders leans against the recent imbalance: 0 not at all, 0.5 fully.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 0.5), extend("x-unit" = "1"))]
    pub mean_reversion: f64,
    /// Elasticity of the number of orders to the cost of execution (a positive number: dearer means fewer).
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "1"))]
    pub cost_elasticity: f64,
}

/// How much traders want to trade.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Volume {
    /// USD per day, whatever the liquidity.
    UsdPerDay(#[schemars(range(min = 0.0, max = 1e13), extend("x-unit" = "USD per day"))] f64),
    /// Share of the pools' liquidity per day: volume follows depth.
    ShareOfLiquidityPerDay(
        #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "share per day", "x-source" = "daily volume / TVL of Uniswap 2020-22: 0.26, p5-p95 0.07-0.67"))]
         f64,
    ),
}

impl Volume {
    /// Value wanted per day when the pools hold `liquidity_usd`, USD.
    #[must_use]
    pub fn usd_per_day(&self, liquidity_usd: f64) -> f64 {
        match self {
            Self::UsdPerDay(usd) => *usd,
            Self::ShareOfLiquidityPerDay(share) => share * liquidity_usd,
        }
    }
}

const fn size_sd() -> f64 {
    1.5
}

const fn aggregator_share() -> f64 {
    0.4
}

const fn after_switch() -> f64 {
    0.95
}

const fn tolerance() -> f64 {
    300.0
}

/// Who decides where an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// An aggregator, over all pools.
    Aggregated,
    /// A front end, to the old pool that gives most.
    DirectOld,
    /// A front end, to the new pool that gives most.
    DirectNew,
}

impl Routing {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Aggregated, Self::DirectOld, Self::DirectNew];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aggregated => "aggregated",
            Self::DirectOld => "direct_old",
            Self::DirectNew => "direct_new",
        }
    }
}

/// What one executed order cost, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Who routed it.
    pub routing: Routing,
    /// Value of the input.
    pub value_usd: f64,
    /// Pool fee.
    pub fee_usd: f64,
    /// Price impact against the reference price at arrival; negative when the pool was favourable.
    pub impact_usd: f64,
    /// Gas.
    pub gas_usd: f64,
    /// Extra cost against all the liquidity in one pool of the best kind that is there.
    pub fragmentation_usd: f64,
    /// Of it, extra cost against the best routing over the pools as they are.
    pub routing_loss_usd: f64,
}

/// Weight of one order in the running imbalance of sides: a memory of about fifty orders.
pub const IMBALANCE_WEIGHT: f64 = 0.02;

/// The order flow of one run.
#[derive(Debug, Clone)]
pub struct Traders {
    tape: OrderTape,
    clock: f64,
    /// Orders per block at present.
    pub orders_per_block: f64,
    /// Mean order size at present, USD.
    pub mean_size_usd: f64,
    /// Share of direct orders that go to the new pool at present.
    pub direct_to_new: f64,
    aggregator_share: f64,
    tolerance: f64,
    mean_reversion: f64,
    imbalance: f64,
}

impl Traders {
    /// Opens the order flow of a run.
    #[must_use]
    pub fn open(spec: &TradersSpec, seed: u64, run: u64) -> Self {
        Self {
            tape: OrderTape::open(seed, run, spec.size_sd),
            clock: 0.0,
            orders_per_block: 0.0,
            mean_size_usd: 0.0,
            direct_to_new: spec.direct_to_new,
            aggregator_share: spec.aggregator_share,
            tolerance: spec.tolerance_bps / BPS,
            mean_reversion: spec.mean_reversion,
            imbalance: 0.0,
        }
    }

    /// Lets one block pass: every order that arrives in it is routed and settled, or dropped.
    #[inline]
    pub fn trade(&mut self, world: &mut World, mut filled: impl FnMut(&Fill)) {
        self.clock += self.orders_per_block;
        while let Some(order) = self.tape.next_by(self.clock) {
            if let Some(fill) = self.execute(world, order) {
                filled(&fill);
            }
        }
    }

    #[inline]
    fn execute(&mut self, world: &mut World, order: DrawnOrder) -> Option<Fill> {
        let side = if order.side < 0.5 - self.mean_reversion * self.imbalance { Side::BuyBase } else { Side::SellBase };
        let sign = if side == Side::BuyBase { 1.0 } else { -1.0 };
        self.imbalance += (sign - self.imbalance) * IMBALANCE_WEIGHT;
        let value_usd = order.size * self.mean_size_usd;
        let fill = match world.venues.len() {
            1 => self.fill::<1>(world, side, value_usd, order.route),
            2 => self.fill::<2>(world, side, value_usd, order.route),
            _ => self.fill::<VENUES_MAX>(world, side, value_usd, order.route),
        };
        let book = &mut world.traders;
        match &fill {
            Some(fill) => {
                book.orders += 1;
                book.volume_usd += value_usd;
                book.fees_usd += fill.fee_usd;
                book.impact_usd += fill.impact_usd;
                book.gas_usd += fill.gas_usd;
                book.fragmentation_usd += fill.fragmentation_usd;
                book.routing_loss_usd += fill.routing_loss_usd;
                let cost = fill.fee_usd + fill.impact_usd;
                world.ledger.transfer(world.accounts.traders, world.accounts.market, Token::USD, cost);
                if fill.gas_usd > 0.0 {
                    world.ledger.transfer(world.accounts.traders, world.accounts.gas, Token::USD, fill.gas_usd);
                }
            }
            None => {
                book.lost_orders += 1;
                book.lost_volume_usd += value_usd;
            }
        }
        fill
    }

    /// Routes an order and settles it; `None` when nobody fills it within the tolerance.
    #[inline]
    fn fill<const N: usize>(&self, world: &mut World, side: Side, value_usd: f64, route: f64) -> Option<Fill> {
        let (usd_in, usd_out) = prices(world, side);
        let amount = value_usd / usd_in;
        let offers: Offers<'_, N> = Offers::open(world, side, usd_out);
        let within = |filled: &Filled<N>| {
            let impact_usd = value_usd - filled.out * usd_out - filled.fee_usd;
            filled.out > 0.0 && impact_usd <= self.tolerance * value_usd
        };
        let routing = if N == 1 { Routing::Aggregated } else { self.routing(route) };
        let best = offers.best(amount);
        let filled = match routing {
            Routing::Aggregated => best.as_ref().and_then(|split| offers.filled(split)).filter(within)?,
            Routing::DirectOld => offers.direct(amount, [Role::Old, Role::New], within)?,
            Routing::DirectNew => offers.direct(amount, [Role::New, Role::Old], within)?,
        };
        let net_usd = filled.out * usd_out - filled.gas_usd;
        let (mut fragmentation_usd, mut routing_loss_usd) = (0.0, 0.0);
        if N > 1 {
            fragmentation_usd = offers.whole_net_usd(amount).map_or(0.0, |whole_usd| whole_usd - net_usd);
            routing_loss_usd = best.map_or(0.0, |best| best.net() * usd_out - net_usd).max(0.0);
        }
        for (venue, leg) in filled.legs.iter().enumerate() {
            if let Some((way, swap)) = leg {
                world.trade(venue, *way, *swap, Taker::Trader);
            }
        }
        let fee_usd = filled.fee_usd;
        Some(Fill {
            routing,
            value_usd,
            fee_usd,
            impact_usd: value_usd - filled.out * usd_out - fee_usd,
            gas_usd: filled.gas_usd,
            fragmentation_usd,
            routing_loss_usd,
        })
    }

    #[inline]
    fn routing(&self, uniform: f64) -> Routing {
        if uniform < self.aggregator_share {
            Routing::Aggregated
        } else if uniform < self.aggregator_share + (1.0 - self.aggregator_share) * self.direct_to_new {
            Routing::DirectNew
        } else {
            Routing::DirectOld
        }
    }
}

/// USD per input token and per output token.
#[inline]
const fn prices(world: &World, side: Side) -> (f64, f64) {
    let pair = world.pair();
    match side {
        Side::BuyBase => (pair.quote_usd, pair.base_usd),
        Side::SellBase => (pair.base_usd, pair.quote_usd),
    }
}

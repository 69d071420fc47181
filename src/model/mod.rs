//! The model: a scenario with its names resolved and its cross rules checked, immutable and shared by all runs.

mod broken;
mod calendar;
mod genesis;
mod library;
mod resolve;

pub use broken::BrokenRule;
pub use calendar::{Calendar, Dated};
pub use library::{DailyGas, Library};

use crate::actions::VENUES_MAX;
use crate::agents::{ArbitrageSpec, ProvidersSpec, TradersSpec};
use crate::chain::{GasMarket, GasUnits};
use crate::incentives::Emission;
use crate::ledger::Token;
use crate::market::{Grid, Market};
use crate::migration::Rebalancing;
use crate::pools::{ConstantProduct, FeeDestination, Role};
use crate::units::DAYS_PER_YEAR;

/// A pool as the runs need it.
#[derive(Debug, Clone)]
pub struct VenueSetup {
    /// Its name in the scenario.
    pub name: String,
    /// On which side of the migration it stands.
    pub role: Role,
    /// Its curve.
    pub curve: ConstantProduct,
    /// Fee on the input, share.
    pub fee: f64,
    /// Share of the fee that the protocol takes.
    pub protocol_share: f64,
    /// Where fees go.
    pub fees: FeeDestination,
    /// Liquidity at the opening, USD.
    pub tvl_usd: f64,
}

/// A programme as the runs need it.
#[derive(Debug, Clone)]
pub struct ProgrammeSetup {
    /// Its name in the scenario.
    pub name: String,
    /// When it pays how much.
    pub emission: Emission,
    /// The reward token.
    pub token: Token,
    /// The pool that it pays.
    pub venue: usize,
    /// Whether pledged positions are paid.
    pub pays_pledged: bool,
    /// Share of rewards sold at once.
    pub sold_share: f64,
}

/// The model of a scenario.
#[derive(Debug, Clone)]
pub struct Model {
    /// The reference market; asset i is token i + 1.
    pub market: Market,
    /// The time axis.
    pub grid: Grid,
    /// Names of the tokens; token 0 is "USD".
    pub tokens: Vec<String>,
    /// The pair's base token.
    pub base: Token,
    /// The pair's quote token.
    pub quote: Token,
    /// Variance of the base asset's log price per year that providers expect before they have observed any.
    pub expected_variance: f64,
    /// The pools.
    pub venues: Vec<VenueSetup>,
    /// The pool that is left (the only one, if there is one).
    pub old: usize,
    /// The pool that is moved to (the only one, if there is one).
    pub new: usize,
    /// Expected loss from failure of each pool, per year.
    pub perceived_loss: [f64; VENUES_MAX],
    /// The gas market, if there is a chain.
    pub gas: Option<GasMarket>,
    /// Gas units by action.
    pub gas_units: GasUnits,
    /// The token in which gas is paid.
    pub gas_token: Token,
    /// Gas price at the opening, gwei.
    pub opening_gwei: f64,
    /// Liquidity providers.
    pub providers: Option<ProvidersSpec>,
    /// Traders.
    pub traders: Option<TradersSpec>,
    /// Arbitrageurs.
    pub arbitrage: Option<ArbitrageSpec>,
    /// Programmes.
    pub programmes: Vec<ProgrammeSetup>,
    /// How providers move.
    pub rebalancing: Rebalancing,
    /// Dates.
    pub calendar: Calendar,
    /// Blocks between two observations.
    pub observe_blocks: u64,
    /// Observations between two points of the timeline.
    pub sample_observations: u64,
}

impl Model {
    /// Seconds of one simulated block.
    #[must_use]
    pub const fn block_seconds(&self) -> f64 {
        self.grid.block_seconds
    }

    /// Number of points of the timeline, the opening included.
    #[must_use]
    pub const fn timeline_points(&self) -> usize {
        (self.grid.blocks / (self.observe_blocks * self.sample_observations)) as usize + 1
    }

    /// Seconds between two points of the timeline.
    #[must_use]
    pub fn timeline_seconds(&self) -> f64 {
        (self.observe_blocks * self.sample_observations) as f64 * self.grid.block_seconds
    }

    /// Fee yield per year that the scenario's own order flow leads one to expect at the opening.
    #[must_use]
    pub fn expected_fee_apr(&self) -> f64 {
        let total: f64 = self.venues.iter().map(|venue| venue.tvl_usd).sum();
        let (Some(traders), true) = (&self.traders, total > 0.0) else { return 0.0 };
        let daily = traders.volume.usd_per_day(total) / total;
        let fees = self.venues.iter().map(|venue| venue.tvl_usd * venue.fee * (1.0 - venue.protocol_share));
        daily * DAYS_PER_YEAR * fees.sum::<f64>() / total
    }
}

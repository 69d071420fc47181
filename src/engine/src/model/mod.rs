//! The model: a scenario with its names resolved and its cross rules checked, immutable and shared by all runs.

mod calendar;
mod counterfactual;
mod crossing;
mod genesis;
mod observed;
mod openings;
mod plan;

pub use calendar::{Calendar, Dated};
pub use crossing::CrossingSetup;
pub use observed::{CapturedMeasure, ChangeMeasure, LevelMeasure, OBSERVED_MAX, ObservedMeasure, ObservedSpec};
pub use plan::Plan;

use crate::agents::{ArbitrageSpec, OracleTerms, ProvidersSpec, TradersSpec};
use crate::world::{Coins, LendingTerms, NetworkTerms, PerpTerms, ProgrammeTerms, Ranges, VaultTerms, VenueTerms};
use portage_base::ledger::Token;
use portage_base::units::DAYS_PER_YEAR;
use portage_chain::{GasMarket, GasUnits};
use portage_incentives::RewardMarketSpec;
use portage_market::{Grid, Market};
use portage_migration::{LatePenalty, Rebalancing};
use portage_pools::{DynamicFeeSpec, Pool, Role, VENUES_MAX};

/// A pool as the runs need it.
#[derive(Debug, Clone)]
pub struct VenueSetup {
    /// Its name in the scenario.
    pub name: String,
    /// What it is.
    pub terms: VenueTerms,
    /// Its curve, without liquidity.
    pub pool: Pool,
    /// The curve's own fee, share.
    pub fee: f64,
    /// A fee that follows the state of the pool.
    pub dynamic_fee: Option<DynamicFeeSpec>,
    /// Whether a parameter of the curve changes with time.
    pub has_schedule: bool,
    /// Liquidity at the opening, USD.
    pub tvl_usd: f64,
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
    /// Base and quote of the pair that is migrated, and of the two legs of a route when there is one.
    pub pairs: Vec<(Token, Token)>,
    /// Tokens of the pools between which liquidity migrates.
    pub coins: Coins,
    /// Whether the curve or the fee of any pool changes with time.
    pub has_moving_pools: bool,
    /// Tokens of all pools, and those whose price an oracle reads, but the numeraire: their prices are read in every block.
    pub pooled: Vec<Token>,
    /// Variance of the base asset's log price per year that providers expect before they have observed any.
    pub expected_variance: f64,
    /// The pools.
    pub venues: Vec<VenueSetup>,
    /// For each old pool, the new pool whose fee is nearest to its own; for a new pool, itself.
    pub same_fee: [Option<u8>; VENUES_MAX],
    /// Share of providers that move only into that one.
    pub keeps_tier_share: f64,
    /// Whether the makers of the old version end their support.
    pub ends_support: bool,
    /// How wide providers' ranges are.
    pub ranges: Ranges,
    /// Expected loss from failure of each pool at the opening, per year.
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
    /// Lending markets.
    pub lending: Vec<LendingTerms>,
    /// Oracles.
    pub oracles: Vec<OracleTerms>,
    /// Protocols, vaults and large accounts that owe one another.
    pub network: Option<NetworkTerms>,
    /// Perpetual exchanges, where there are any.
    pub perps: Option<PerpTerms>,
    /// Vaults that sell or hedge options.
    pub vaults: Vec<VaultTerms>,
    /// Programmes.
    pub programmes: Vec<ProgrammeTerms>,
    /// Markets of reward tokens.
    pub reward_markets: Vec<(Token, RewardMarketSpec)>,
    /// How providers move.
    pub rebalancing: Rebalancing,
    /// The other chain and the way there, where the migration leads to one.
    pub crossing: Option<CrossingSetup>,
    /// What those pay who move late.
    pub late_penalty: Option<LatePenalty>,
    /// The plan of the migration.
    pub plan: Option<Plan>,
    /// Dates.
    pub calendar: Calendar,
    /// How each value is measured that the scenario says was observed, in the order of its names.
    pub observed: Vec<ObservedMeasure>,
    /// Blocks between two observations.
    pub observe_blocks: u64,
    /// Observations between two points of the timeline.
    pub sample_observations: u64,
    /// Runs that are simulated once more without the protocol's own programmes.
    pub counterfactual_runs: u64,
}

impl Model {
    /// Seconds of one simulated block.
    #[must_use]
    pub const fn block_seconds(&self) -> f64 {
        self.grid.block_seconds
    }

    /// The first pool on a side of the migration.
    #[must_use]
    pub fn first_of(&self, role: Role) -> Option<usize> {
        self.venues.iter().position(|venue| venue.terms.role == role)
    }

    /// Whether liquidity can move from one side of the migration to the other.
    #[must_use]
    pub fn has_two_sides(&self) -> bool {
        self.first_of(Role::Old).is_some() && self.first_of(Role::New).is_some()
    }

    /// Whether there is a venue of another protocol that providers may go to.
    #[must_use]
    pub fn has_rivals(&self) -> bool {
        self.first_of(Role::Rival).is_some()
    }

    /// Names of the pools on a side of the migration, or of the other side where there is none.
    #[must_use]
    pub fn names_of(&self, role: Role) -> String {
        let role = if self.first_of(role).is_some() { role } else { Role::Old };
        let role = if self.first_of(role).is_some() { role } else { Role::New };
        let names = self.venues.iter().filter(|venue| venue.terms.role == role).map(|venue| venue.name.as_str());
        names.collect::<Vec<&str>>().join(" + ")
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

    /// Fee yield per year on the value of the pools that the scenario's own order flow leads one to expect at the opening.
    #[must_use]
    pub(crate) fn expected_fee_apr(&self) -> f64 {
        let of_pair = || self.venues.iter().filter(|venue| venue.terms.role.is_of_pair());
        let total: f64 = of_pair().map(|venue| venue.tvl_usd).sum();
        let (Some(traders), true) = (&self.traders, total > 0.0) else { return 0.0 };
        let daily = traders.volume.usd_per_day(total) / total;
        let fees = of_pair().map(|venue| venue.tvl_usd * venue.fee * (1.0 - venue.terms.protocol_share));
        daily * DAYS_PER_YEAR * fees.sum::<f64>() / total
    }
}

//! Parts of a model that metrics speak of.

use portage_engine::model::Model;

/// A part of a model. A metric exists in runs of models that have all its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What every model has.
    Everything,
    /// Transactions pay gas.
    Chain,
    /// Liquidity providers.
    Providers,
    /// An old and a new version.
    TwoSides,
    /// Providers who can move from an old to a new version.
    Migration,
    /// More than one pool that orders of the pair find by themselves.
    Divided,
    /// Pools of other protocols.
    Rivals,
    /// Places where tokens are held: a conversion.
    Holdings,
    /// Pools with ranges.
    Ranges,
    /// Traders.
    Traders,
    /// A class of traders, in the order of the scenario's names.
    TraderClass(usize),
    /// Arbitrageurs.
    Arbitrage,
    /// Programmes that pay rewards.
    Programmes,
    /// A pool, in the order of the scenario's names.
    Pool(usize),
    /// A second chain and the bridge to it.
    Bridge,
    /// Margined positions.
    Positions,
    /// Perpetual exchanges.
    Perps,
    /// Vaults of options.
    Vaults,
    /// Oracles.
    Oracles,
    /// An oracle, in the order of the scenario's names.
    Oracle(usize),
    /// A network of who owes whom.
    Network,
    /// Lending markets.
    Lending,
    /// Lending markets whose users move to another.
    LendingMoves,
    /// A value that was observed, in the order of the scenario's names.
    Observed(usize),
}

impl Part {
    /// Whether `model` has it.
    #[must_use]
    pub fn exists(self, model: &Model) -> bool {
        let mut pools = model.venues.iter().map(|venue| &venue.pool);
        match self {
            Self::Everything => true,
            Self::Chain => model.gas.is_some(),
            Self::Providers => model.providers.is_some(),
            Self::TwoSides => model.has_two_sides(),
            Self::Migration => model.has_two_sides() && model.providers.is_some() && model.plan.is_some(),
            Self::Divided => model.has_two_sides() || model.has_rivals(),
            Self::Rivals => model.has_rivals(),
            Self::Holdings => pools.any(|pool| pool.holding().is_some()),
            Self::Ranges => pools.any(|pool| pool.ranges().is_some()),
            Self::Traders => model.traders.is_some(),
            Self::TraderClass(class) => model.traders.as_ref().is_some_and(|traders| class < traders.classes.len()),
            Self::Arbitrage => model.arbitrage.is_some(),
            Self::Programmes => !model.programmes.is_empty(),
            Self::Pool(pool) => pool < model.venues.len(),
            Self::Bridge => model.crossing.is_some(),
            Self::Positions => model.plan.as_ref().is_some_and(|plan| plan.spec.positions.is_some()),
            Self::Perps => model.perps.is_some(),
            Self::Vaults => !model.vaults.is_empty(),
            Self::Oracles => !model.oracles.is_empty(),
            Self::Oracle(oracle) => oracle < model.oracles.len(),
            Self::Network => model.network.is_some(),
            Self::Lending => !model.lending.is_empty(),
            Self::LendingMoves => model.lending.iter().any(|lending| lending.moves.is_some()),
            Self::Observed(value) => value < model.observed.len(),
        }
    }
}

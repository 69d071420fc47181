//! The plan of the migration with its pools resolved.

use portage_migration::{Mechanism, MigrationSpec, MovedBy, StateMigration};

/// The plan as the runs need it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the scenario says.
    pub spec: MigrationSpec,
    /// For mechanisms by which the operator moves liquidity whole: each old pool with the new one that takes its place.
    pub successors: Vec<(usize, usize)>,
    /// When the migration is announced, seconds from the start.
    pub announced_seconds: f64,
    /// Time between two blocks of the chain, of which a simulated one may stand for several, seconds.
    pub block_seconds: f64,
    /// Most gas that one block of the chain holds; 0 without a chain.
    pub block_gas_limit: f64,
}

impl Plan {
    /// Whether there is more to it than dates and people: something that a run itself decides.
    #[must_use]
    pub fn has_execution(&self) -> bool {
        self.spec.has_execution()
    }

    /// The copying of the state, where it is part of the plan.
    #[must_use]
    pub const fn state(&self) -> Option<&StateMigration> {
        self.spec.state()
    }

    /// Whether the operator moves the liquidity, and not its owners.
    #[must_use]
    pub fn is_operated(&self) -> bool {
        self.spec.is_operated()
    }

    /// Whether owners claim their entries of a snapshot one by one.
    #[must_use]
    pub fn takes_claims(&self) -> bool {
        self.state().is_some_and(|state| matches!(state.moved_by, MovedBy::Claims(_)))
    }

    /// Whether the liquidity goes to another chain.
    #[must_use]
    pub(crate) const fn is_crossing(&self) -> bool {
        matches!(self.spec.mechanism, Mechanism::CrossChain(_))
    }

    /// Whether old and new version are one contract, whose storage both use.
    #[must_use]
    pub(crate) const fn is_proxy(&self) -> bool {
        matches!(self.spec.mechanism, Mechanism::ProxyUpgrade(_))
    }

    /// Parts in which the new version takes effect: one, or as many as a diamond has facets.
    #[must_use]
    pub const fn parts(&self) -> usize {
        match &self.spec.mechanism {
            Mechanism::Rebalancing(_) | Mechanism::StateMigration(_) | Mechanism::CrossChain(_) => 1,
            Mechanism::ProxyUpgrade(proxy) => proxy.steps() as usize,
        }
    }

    /// What a decision of governance takes to put a repair in force, seconds.
    #[must_use]
    pub(crate) fn governance_seconds(&self) -> f64 {
        self.spec.governance.map_or(0.0, |governance| governance.fix_seconds(true))
    }
}

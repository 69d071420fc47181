//! What a plan is, as far as its parts alone say it.

use super::{Mechanism, MigrationSpec, MovedBy, StateMigration};

impl MigrationSpec {
    /// Whether there is more to it than dates and people: something that a run itself decides.
    #[must_use]
    pub fn has_execution(&self) -> bool {
        let is_watched = !self.stages.is_empty() || self.gates.is_some() || self.failure.is_some();
        let is_decided = self.governance.is_some() || self.trigger.is_some() || self.verification.is_some();
        self.is_operated() || self.state().is_some() || is_watched || is_decided
    }

    /// The copying of the state, where it is part of the plan: by itself, or along with the liquidity to another chain.
    #[must_use]
    pub const fn state(&self) -> Option<&StateMigration> {
        match &self.mechanism {
            Mechanism::StateMigration(state) => Some(state),
            Mechanism::CrossChain(crossing) => crossing.state.as_ref(),
            Mechanism::Rebalancing(_) | Mechanism::ProxyUpgrade(_) => None,
        }
    }

    /// Whether the operator moves the liquidity, and not its owners.
    #[must_use]
    pub fn is_operated(&self) -> bool {
        let is_copied = self.state().is_some_and(|state| matches!(state.moved_by, MovedBy::Operator(_)));
        is_copied || matches!(self.mechanism, Mechanism::ProxyUpgrade(_))
    }
}

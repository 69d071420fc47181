//! The model without the protocol's own incentives: what would have happened anyway.

use super::{Model, ProgrammeSetup};
use crate::pools::Role;

impl Model {
    /// The version that the protocol wants liquidity in: the new one, or the old one where there is no new.
    #[must_use]
    pub fn paid_role(&self) -> Role {
        if self.first_of(Role::New).is_some() { Role::New } else { Role::Old }
    }

    /// Programmes that pay liquidity in that version; those of other venues belong to others.
    pub fn own_programmes(&self) -> impl Iterator<Item = &ProgrammeSetup> {
        let role = self.paid_role();
        self.programmes.iter().filter(move |programme| self.venues[programme.venue].terms.role == role)
    }

    /// The same model without its own programmes: every other stream of chance is the same. `None` where it has none, or no people
    /// whom they could move.
    #[must_use]
    pub fn without_own_programmes(&self) -> Option<Self> {
        if self.providers.is_none() || self.own_programmes().next().is_none() {
            return None;
        }
        let mut without = self.clone();
        let role = self.paid_role();
        without.programmes.retain(|programme| self.venues[programme.venue].terms.role != role);
        Some(without)
    }
}

//! The model without the protocol's own incentives: what would have happened anyway.

use super::Model;
use crate::world::ProgrammeTerms;
use portage_pools::Role;

impl Model {
    /// The version that the protocol wants liquidity in: the new one, or the old one where there is no new.
    #[must_use]
    pub fn paid_role(&self) -> Role {
        if self.first_of(Role::New).is_some() { Role::New } else { Role::Old }
    }

    /// Programmes that pay liquidity in that version; those of other venues belong to others.
    pub fn own_programmes(&self) -> impl Iterator<Item = &ProgrammeTerms> {
        self.programmes.iter().filter(|programme| self.is_own(programme))
    }

    fn is_own(&self, programme: &ProgrammeTerms) -> bool {
        self.venues.get(programme.venue).is_some_and(|venue| venue.terms.role == self.paid_role())
    }

    /// The same model without its own programmes: every other stream of chance is the same. `None` where it has none, or no people
    /// whom they could move.
    #[must_use]
    pub fn without_own_programmes(&self) -> Option<Self> {
        if self.providers.is_none() || self.own_programmes().next().is_none() {
            return None;
        }
        let mut without = self.clone();
        without.programmes.retain(|programme| !self.is_own(programme));
        Some(without)
    }
}

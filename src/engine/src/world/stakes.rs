//! Stakes: with how much a provider takes part in each programme, and what it has earned by it.
//!
//! Nothing is done for a provider while it stays where it is: a pot knows what one unit of weight has earned so far, and a
//! stake what that was when it was laid. Source of the rule: the reward contracts of SushiSwap and Synthetix.

use super::holders::{HOLDERS, Holder};
use super::programme::{ProgrammeTerms, Stake};
use super::{Books, Provider};
use portage_base::actions::Place;
use portage_base::stats::worst;
use portage_base::sum::Sum;

impl Books {
    /// Lays the stakes of everybody at the opening, unmodelled holders included.
    pub(crate) fn open_stakes(&mut self) {
        let programmes = self.programmes.len();
        self.stakes.list = vec![Stake::default(); self.providers.list.len() * programmes];
        for programme in &mut self.programmes {
            let venue = programme.terms.venue;
            if programme.terms.slot.is_none() && !programme.terms.spec.only_migrated {
                let rest = Holder::Rest.index();
                let pot = &mut programme.pots[venue];
                pot.weights[rest] = Sum::ZERO.plus(self.holders[rest].shares[venue]);
                pot.paid_shares = pot.weights[rest];
            }
        }
        for id in 0..self.providers.list.len() as u32 {
            self.deposit_stakes(id);
        }
    }

    /// Takes a provider out of every programme at the place where it stands, and books what it has earned there.
    pub(super) fn withdraw_stakes(&mut self, id: u32) {
        let programmes = self.programmes.len();
        let provider = &mut self.providers.list[id as usize];
        let Some(venue) = provider.place.pool() else { return };
        let holder = Holder::Class(provider.class).index();
        let row = &mut self.stakes.list[id as usize * programmes..][..programmes];
        for (stake, programme) in row.iter_mut().zip(&mut self.programmes) {
            if stake.weight <= 0.0 {
                continue;
            }
            let pot = &mut programme.pots[venue];
            provider.rewards_usd += stake.weight * pot.earned.minus(stake.laid_at).value();
            pot.weights[holder] = pot.weights[holder].plus(-stake.weight);
            pot.paid_shares = pot.paid_shares.plus(-stake.weight / programme.terms.boost(provider.favour));
            pot.members -= 1;
            if pot.members == 0 {
                // No rounding is left over when nobody is.
                let rest = pot.weights[Holder::Rest.index()];
                pot.weights = [Sum::ZERO; HOLDERS];
                pot.weights[Holder::Rest.index()] = rest;
                pot.paid_shares = rest;
            }
            stake.weight = 0.0;
        }
    }

    /// Lets a provider take part in every programme that pays it where it stands now.
    pub(super) fn deposit_stakes(&mut self, id: u32) {
        let programmes = self.programmes.len();
        let provider = &self.providers.list[id as usize];
        let Some(venue) = provider.place.pool().filter(|_| programmes > 0) else { return };
        let pool = &self.venues[venue];
        if pool.shared_ranges.is_some() || provider.shares <= 0.0 {
            return;
        }
        let per_share = if self.programmes.iter().any(|programme| programme.terms.spec.cap_usd.is_some()) {
            self.venue_value_usd(pool) / pool.shares
        } else {
            0.0
        };
        let holder = Holder::Class(provider.class).index();
        let row = &mut self.stakes.list[id as usize * programmes..][..programmes];
        for (stake, programme) in row.iter_mut().zip(&mut self.programmes) {
            let weight = weight(&programme.terms, provider, venue, per_share);
            if weight > 0.0 {
                let pot = &mut programme.pots[venue];
                *stake = Stake { weight, laid_at: pot.earned };
                pot.weights[holder] = pot.weights[holder].plus(weight);
                pot.paid_shares = pot.paid_shares.plus(weight / programme.terms.boost(provider.favour));
                pot.members += 1;
            }
        }
    }

    /// Whether programme `index` counts liquidity of provider `id`, and with which weight, in shares of its pool.
    pub(super) fn stake_weight(&self, id: u32, index: usize) -> f64 {
        self.stakes.list[id as usize * self.programmes.len() + index].weight
    }

    /// Largest difference between what a programme says that it paid and what was received, relative to what fell due: tokens earned,
    /// forfeited or unspent against those that fell due, and the value that addresses and unmodelled holders earned against that
    /// earned in all, where no programme pays ranges. Meant for closed books.
    #[must_use]
    pub fn budget_residual(&self) -> f64 {
        let of_tokens = self.programmes.iter().map(|programme| {
            let bonus = if programme.bonus.is_none() { programme.terms.emission.bonus_tokens() } else { 0.0 };
            let due = programme.emitted - programme.terms.emission.paid_by(0.0) + bonus;
            let told = programme.earned + programme.forfeited + programme.unspent;
            if due > 0.0 { (told - due).abs() / due } else { told.abs() }
        });
        let earned: f64 = self.programmes.iter().map(|programme| programme.earned_usd).sum();
        let knows_addresses = self.programmes.iter().all(|programme| programme.terms.slot.is_none());
        let of_addresses = if knows_addresses && earned > 0.0 {
            let rest: f64 = self.programmes.iter().map(|programme| programme.earned_by[Holder::Rest.index()]).sum();
            let received: f64 = self.providers.list.iter().map(|provider| provider.rewards_usd).sum();
            (earned - received - rest).abs() / earned
        } else {
            0.0
        };
        of_tokens.fold(of_addresses, worst)
    }

    /// Books what everybody has earned up to now.
    pub(super) fn close_stakes(&mut self) {
        for id in 0..self.providers.list.len() as u32 {
            self.withdraw_stakes(id);
        }
    }
}

/// With how many shares of the pool `venue`, where it stands, a provider counts.
fn weight(terms: &ProgrammeTerms, provider: &Provider, venue: usize, per_share: f64) -> f64 {
    let is_pledged = terms.spec.pays_pledged
        && matches!(provider.place, Place::Pledged { to, .. } if usize::from(to) == terms.venue);
    if (venue != terms.venue && !is_pledged) || (terms.spec.only_migrated && !provider.started_old) {
        return 0.0;
    }
    let shares = terms.spec.cap_usd.map_or(provider.shares, |cap_usd| provider.shares.min(cap_usd / per_share));
    shares * terms.boost(provider.favour)
}

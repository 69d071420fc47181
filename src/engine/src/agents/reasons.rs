//! Why a provider chooses: the terms of its utilities one by one, for whoever asks; no run needs them.

use super::choice::{Chooser, Subject, cost_spread, crossing_loss, terms_in};
use super::classes::Motives;
use super::market_view::MarketView;
use crate::world::{Books, EXTERNAL_MARKET_COST};
use portage_base::actions::Place;
use portage_migration::Step;

/// The terms of one utility, per year of the position's value; what speaks against the place is negative.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reasons {
    /// Fees.
    pub fees: f64,
    /// Rewards, as far as the provider counts on them.
    pub rewards: f64,
    /// Loss versus rebalancing.
    pub lvr: f64,
    /// Expected loss from failure, of those who have heard of it.
    pub failure: f64,
    /// Aversion to the risk of the price.
    pub risk: f64,
    /// What is earned outside of the market.
    pub external: f64,
    /// Gas and swaps of the move, spread over the horizon; to another chain also the bridge's fee, the discount and the time on the way.
    pub cost: f64,
    /// Penalties for leaving soon or moving late, spread over the horizon.
    pub penalty: f64,
    /// What the present place enjoys for being it.
    pub inertia: f64,
    /// Weight of those who are there already.
    pub(crate) social: f64,
    /// Everything together: what the choice weighs.
    pub total: f64,
}

impl Reasons {
    /// The terms without their total.
    #[must_use]
    pub const fn terms(&self) -> [f64; 10] {
        [
            self.fees,
            self.rewards,
            self.lvr,
            self.failure,
            self.risk,
            self.external,
            self.cost,
            self.penalty,
            self.inertia,
            self.social,
        ]
    }
}

/// One alternative of a choice with the weight that it had.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    /// Where to.
    pub place: Place,
    /// By which step; none for staying.
    pub step: Option<Step>,
    /// What spoke for and against it.
    pub reasons: Reasons,
    /// Probability that the choice gave to it.
    pub probability: f64,
}

impl Chooser {
    /// What provider `id` weighs if it looks now: every alternative with its terms and its probability.
    #[must_use]
    pub fn reasons(&self, motives: &Motives, id: u32, books: &Books, market_view: &MarketView) -> Vec<Weighed> {
        self.weighed(motives, &Subject::of(id, books, market_view), market_view)
    }

    pub(super) fn weighed(&self, motives: &Motives, subject: &Subject<'_>, market_view: &MarketView) -> Vec<Weighed> {
        let alternatives = self.alternatives(motives, subject, market_view);
        let all: f64 = alternatives.list().iter().map(|alternative| alternative.weight).sum();
        let weighed = alternatives.list().iter().map(|alternative| {
            let (place, step) = (alternative.place, alternative.step);
            let reasons = self.terms(motives, subject, market_view, (place, step));
            Weighed { place, step, reasons, probability: alternative.weight / all }
        });
        weighed.collect()
    }

    fn terms(
        &self,
        motives: &Motives,
        subject: &Subject<'_>,
        market_view: &MarketView,
        (place, step): (Place, Option<Step>),
    ) -> Reasons {
        let scale = market_view.yield_scale[subject.provider.width as usize];
        let (mut reasons, mut lost) = (Reasons::default(), 0.0);
        let venue = match place {
            Place::Pool(venue) | Place::Pledged { to: venue, .. } => Some(usize::from(venue)),
            Place::Outside | Place::InFlight(_) => None,
        };
        if let Some(venue) = venue {
            let terms = terms_in(motives, subject, market_view, (venue, place), step.is_some());
            let is_aware = f64::from(subject.provider.awareness) <= market_view.informed;
            let knows = is_aware || market_view.venues[venue].is_rival || market_view.hazards_are_known;
            let unknown_loss = if knows { 0.0 } else { market_view.failure_loss_at(place) };
            reasons.fees = terms.fees;
            reasons.rewards = terms.rewards;
            reasons.lvr = -terms.lvr;
            reasons.failure = unknown_loss - terms.failure;
            reasons.risk = -terms.risk;
            lost = crossing_loss(motives, subject, market_view, place, &terms);
            reasons.social = motives.noise * scale * motives.social_proof * market_view.venues[venue].log_heads;
        } else {
            reasons.external = self.outside_yield;
        }
        let swap_usd = if step == Some(Step::Recentre) { 0.5 * EXTERNAL_MARKET_COST * subject.value } else { 0.0 };
        let direction = (subject.provider.place, place);
        let cost_usd = step.map_or(0.0, |step| self.cost_usd(direction, step, market_view));
        reasons.cost = -(cost_usd + swap_usd) * cost_spread(motives, subject) - lost;
        if step.is_some_and(|step| step != Step::Recentre) {
            let share = venue.map_or(subject.penalties.0, |venue| subject.penalty_to(venue, market_view));
            reasons.penalty = -share / motives.horizon.years();
        }
        if matches!(step, None | Some(Step::Recentre)) {
            reasons.inertia = motives.inertia * scale;
        }
        reasons.total = reasons.terms().iter().sum();
        reasons
    }
}

//! The trigger: a rule over what is observed, and who would deceive it.

use super::Course;
use crate::model::Plan;
use crate::run::simulation::{Simulation, gas_price};
use crate::world::RangeWidth;
use portage_migration::trigger::{Ground, Observable};
use portage_pools::{Role, Side};

impl Simulation<'_> {
    /// At an observation: the trigger is watched, and somebody who gains by it may have pushed what it watches.
    pub(super) fn watch_trigger(&mut self, course: &mut Course, plan: &Plan) {
        let (Some(spec), Some(mut trigger)) = (&plan.spec.trigger, course.trigger) else { return };
        let value = self.observed(spec.watches);
        let ground = self.ground(plan);
        if let Some(gaming) = spec.gaming(value, &ground).filter(|gaming| gaming.cost_usd > 0.0) {
            let book = &mut self.world.books.passage;
            book.gaming_cost_min_usd = book.gaming_cost_min_usd.min(gaming.cost_usd);
        }
        let is_gamed = spec.pays_to_game(value, &ground) && !spec.threshold.holds(value);
        let seen = if is_gamed { spec.threshold.just_past() } else { value };
        let is_fired = trigger.watch(self.world.books.seconds, seen);
        course.trigger = Some(trigger).filter(|_| !is_fired);
        if is_fired {
            self.world.books.passage.is_gamed = is_gamed;
            self.begin_transition(course, plan);
        }
    }

    fn observed(&self, watches: Observable) -> f64 {
        let old = self.model.first_of(Role::Old).unwrap_or(0);
        match watches {
            Observable::OldValue => self.world.books.value_of_usd(Role::Old),
            Observable::GasPrice => gas_price(&self.world.books),
            Observable::ReferencePrice => self.world.books.pair().price,
            Observable::PoolPrice => self.world.books.venues[old].pool.spot(Side::SellBase.way()),
            Observable::Volatility => self.board.variance.sqrt(),
            Observable::YieldGap => self.yield_gap(),
        }
    }

    /// What it takes to push what the trigger watches.
    fn ground(&self, plan: &Plan) -> Ground {
        let old = self.model.first_of(Role::Old).unwrap_or(0);
        let new = self.model.first_of(Role::New).unwrap_or(0);
        let pool = &self.world.books.venues[old];
        let yield_of = |venue: usize| self.board.net_yield(venue, RangeWidth::Wide);
        Ground {
            old_value_usd: self.world.books.value_of_usd(Role::Old),
            new_value_usd: self.world.books.value_of_usd(Role::New),
            old_yield: yield_of(old),
            new_yield: yield_of(new),
            pool_quote_usd: 0.5 * self.world.books.venue_value_usd(pool),
            pool_fee: self.model.venues[old].fee,
            block_seconds: plan.block_seconds,
            gas_limit: plan.block_gas_limit,
            gas_token_usd: self.world.books.prices_usd[self.world.books.gas_token.index()],
        }
    }
}

//! The trigger: a rule over what is observed, and who would deceive it.

use super::{PlanExecution, Setting};
use crate::run::Observer;
use crate::world::RangeWidth;
use portage_chain::Chain;
use portage_migration::trigger::{Ground, Observable};
use portage_pools::{Role, Side};

impl PlanExecution {
    /// At an observation: the trigger is watched, and somebody who gains by it may have pushed what it watches.
    pub(super) fn watch_trigger(&mut self, on: &mut Setting<'_, impl Observer>) {
        let plan = on.plan;
        let (Some(spec), Some(mut trigger)) = (&plan.spec.trigger, self.trigger) else { return };
        let value = on.observed(spec.watches);
        let ground = on.ground();
        if let Some(gaming) = spec.gaming(value, &ground).filter(|gaming| gaming.cost_usd > 0.0) {
            let book = &mut on.books.plan_record;
            book.gaming_cost_min_usd = book.gaming_cost_min_usd.min(gaming.cost_usd);
        }
        let is_gamed = spec.pays_to_game(value, &ground) && !spec.threshold.holds(value);
        let seen = if is_gamed { spec.threshold.just_past() } else { value };
        let is_fired = trigger.watch(on.books.seconds, seen);
        self.trigger = Some(trigger).filter(|_| !is_fired);
        if is_fired {
            on.books.plan_record.is_gamed = is_gamed;
            self.begin_transition(on);
        }
    }
}

impl<O: Observer> Setting<'_, O> {
    fn observed(&self, watches: Observable) -> f64 {
        let old = self.model.first_of(Role::Old).unwrap_or(0);
        match watches {
            Observable::OldValue => self.books.value_of_usd(Role::Old),
            Observable::GasPrice => self.books.chain(Chain::Home).price_gwei(),
            Observable::ReferencePrice => self.books.pair().price,
            Observable::PoolPrice => self.books.venues[old].pool.spot(Side::SellBase.direction()),
            Observable::Volatility => self.market_view.variance.sqrt(),
            Observable::YieldGap => self.market_view.yield_gap(self.books),
        }
    }

    /// What it takes to push what the trigger watches.
    fn ground(&self) -> Ground {
        let plan = self.plan;
        let old = self.model.first_of(Role::Old).unwrap_or(0);
        let new = self.model.first_of(Role::New).unwrap_or(0);
        let pool = &self.books.venues[old];
        let yield_of = |venue: usize| self.market_view.net_yield(venue, RangeWidth::Wide);
        Ground {
            old_value_usd: self.books.value_of_usd(Role::Old),
            new_value_usd: self.books.value_of_usd(Role::New),
            old_yield: yield_of(old),
            new_yield: yield_of(new),
            pool_quote_usd: 0.5 * self.books.venue_value_usd(pool),
            pool_fee: self.model.venues[old].fee,
            block_seconds: plan.block_seconds,
            gas_limit: plan.block_gas_limit,
            gas_token_usd: self.books.prices_usd[self.books.chain(Chain::Home).gas_token.index()],
        }
    }
}

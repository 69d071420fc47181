//! The liquidity providers of one run: who they are, when they look, and what they ask for.

use super::adoption::{Awareness, PassiveClock};
use super::choice::{Chooser, Decision};
use super::classes::{ClassesSpec, Follows, Motives, ProvidersSpec};
use super::decision_blocs::DecisionBlocs;
use super::herding::{RunOnPool, draw_herding};
use super::market_view::MarketView;
use super::population_initialiser::{Arrival, Opening, PopulationInitialiser, Settled};
use super::reasons::Weighed;
use super::threshold_population::InformedPopulation;
use crate::world::{Books, LpClass, RangeWidth};
use portage_base::actions::{MoveRequest, Place};
use portage_base::random::Stream;
use portage_base::units::{GWEI_PER_ETH, SECONDS_PER_DAY};
use portage_chain::Chain;
use portage_migration::Step;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, Exp1};

/// Least bid of a provider that has decided to move, as a multiple of the posted gas price: a wallet's margin.
pub const BID_MARGIN: f64 = 1.25;

/// Days between two looks of an integrator that did not move at its first one: a weekly meeting (judgement).
pub const INTEGRATOR_RETRY_DAYS: f64 = 7.0;

/// Yield gap beyond which the passive are excited no further, per year.
pub const YIELD_GAP_MAX: f64 = 1.0;

/// The population of one run.
#[derive(Debug)]
pub struct Population {
    /// How the news spreads.
    pub awareness: Awareness,
    /// When the passive act.
    pub passive: PassiveClock,
    at_announcement: f64,
    herding: InformedPopulation,
    run_on_pool: Option<RunOnPool>,
    classes: ClassesSpec,
    chooser: Chooser,
    reviewers: Vec<u32>,
    alias: Option<WeightedAliasIndex<f64>>,
    reviews_per_second: f64,
    /// Factor on the rate of reviews at present: campaigns raise it.
    pub review_factor: f64,
    next_review: f64,
    clock: Stream,
    picks: Stream,
    choices: Stream,
    lumps: DecisionBlocs,
    still_locked: Vec<bool>,
    first_locked: u32,
}

impl Population {
    /// Draws the population of a run and gives it the shares of the pools, or ranges in them. Returns the population and its
    /// dated arrivals, in seconds.
    ///
    /// Sizes are lognormal within each class and scaled to the class's share of each pool.
    #[must_use]
    pub fn draw(
        spec: &ProvidersSpec,
        books: &mut Books,
        address: (u64, u64),
        opening: &Opening,
    ) -> (Self, Vec<(f64, Arrival)>) {
        let (seed, run) = address;
        let spec = &*spec.drawn(seed, run);
        let mut census = PopulationInitialiser { seed, run, books, size_sd: spec.size_sd, tvl_usd: opening.tvl_usd };
        let Settled { arrivals, thresholds, rates, lumps, first_locked } = census.settle_all_holders(spec, opening);
        let locked = books.providers.list.len() - first_locked as usize;
        let (interval, looks) = (opening.observation_seconds, opening.observations);
        let mut population = Self {
            awareness: Awareness::new(&spec.awareness),
            passive: PassiveClock::new(thresholds),
            at_announcement: spec.awareness.at_announcement,
            herding: spec.herding.as_ref().map(|herding| draw_herding(herding, books, address)).unwrap_or_default(),
            run_on_pool: spec.run.as_ref().map(|run| RunOnPool::draw(run, books, address, interval, looks)),
            classes: spec.classes.clone(),
            chooser: Chooser { outside_yield: spec.outside_yield, nesting: spec.nesting, effort_usd: spec.effort_usd },
            reviews_per_second: rates.iter().map(|(_, rate)| rate).sum::<f64>() / SECONDS_PER_DAY,
            alias: WeightedAliasIndex::new(rates.iter().map(|(_, rate)| *rate).collect()).ok(),
            reviewers: rates.into_iter().map(|(id, _)| id).collect(),
            review_factor: 1.0,
            next_review: f64::INFINITY,
            clock: Stream::open(seed, run, "providers/clock"),
            picks: Stream::open(seed, run, "providers/picks"),
            choices: Stream::open(seed, run, "providers/choices"),
            lumps,
            still_locked: vec![true; locked],
            first_locked,
        };
        population.schedule_review(0.0);
        (population, arrivals)
    }

    /// The migration is announced: a part of the population knows at once.
    pub fn announce(&mut self) {
        self.awareness.inform(self.at_announcement);
    }

    /// When the next review is due, seconds; infinite when nobody reviews.
    #[inline]
    #[must_use]
    pub(crate) const fn next_review(&self) -> f64 {
        self.next_review
    }

    /// Draws the time of the next review after `seconds`: one exponential clock with the total rate of all providers.
    pub(crate) fn schedule_review(&mut self, seconds: f64) {
        let rate = self.reviews_per_second * self.review_factor;
        let wait: f64 = Exp1.sample(&mut self.clock);
        self.next_review = if rate > 0.0 && self.alias.is_some() { seconds + wait / rate } else { f64::INFINITY };
    }

    /// The review that is due: picks the provider by its rate and lets it choose. Every review draws equally often. Returns who
    /// looked, and what it asks for.
    #[inline]
    pub fn review(&mut self, books: &Books, market_view: &MarketView) -> Option<(u32, Option<MoveRequest>)> {
        let picked = self.alias.as_ref()?.sample(&mut self.picks);
        let uniform = self.choices.uniform();
        let id = self.reviewers[picked];
        Some((id, self.look(id, uniform, books, market_view)))
    }

    fn look(&self, id: u32, uniform: f64, books: &Books, market_view: &MarketView) -> Option<MoveRequest> {
        let provider = &books.providers.list[id as usize];
        if provider.is_waiting || matches!(provider.place, Place::InFlight(_)) || self.is_bound(id) {
            return None;
        }
        let decision = self.chooser.decide(self.motives(provider.class)?, id, books, market_view, uniform)?;
        Some(request(id, &decision, books))
    }

    /// What provider `id` weighs when it looks now; `None` for one that cannot move now, or that does not weigh.
    #[must_use]
    pub fn reasons(&self, id: u32, books: &Books, market_view: &MarketView) -> Option<Vec<Weighed>> {
        let provider = &books.providers.list[id as usize];
        if provider.is_waiting || matches!(provider.place, Place::InFlight(_)) || self.is_bound(id) {
            return None;
        }
        Some(self.chooser.reasons(self.motives(provider.class)?, id, books, market_view))
    }

    /// Whether a provider has nothing to choose: it is locked, or has fled for good.
    fn is_bound(&self, id: u32) -> bool {
        self.has_fled(id) || self.is_locked(id)
    }

    fn has_fled(&self, id: u32) -> bool {
        self.run_on_pool.as_ref().is_some_and(|run_on_pool| run_on_pool.has_fled(id))
    }

    /// Whether the position of provider `id` is locked.
    #[must_use]
    pub fn is_locked(&self, id: u32) -> bool {
        id.checked_sub(self.first_locked).is_some_and(|at| self.still_locked.get(at as usize).copied().unwrap_or(false))
    }

    const fn motives(&self, class: LpClass) -> Option<&Motives> {
        match class {
            LpClass::Integrator => match &self.classes.integrator {
                Some(class) => Some(&class.motives),
                None => None,
            },
            LpClass::Active => match &self.classes.active {
                Some(class) => Some(&class.motives),
                None => None,
            },
            LpClass::Mercenary => match &self.classes.mercenary {
                Some(class) => Some(&class.motives),
                None => None,
            },
            LpClass::Locked => match &self.classes.locked {
                Some(class) => Some(&class.motives),
                None => None,
            },
            LpClass::Passive => None,
        }
    }

    /// An arrival of its own date, at `seconds`: perhaps a request, and perhaps another look later.
    pub fn arrive(
        &mut self,
        arrival: Arrival,
        seconds: f64,
        books: &Books,
        market_view: &MarketView,
    ) -> (Option<MoveRequest>, Option<(f64, Arrival)>) {
        match arrival {
            Arrival::Integrator(id) => {
                let uniform = self.lumps.uniform(id, seconds);
                let follows = self.classes.integrator.as_ref().map_or(Follows::Choice, |class| class.follows);
                let request = match follows {
                    Follows::Choice => self.look(id, uniform, books, market_view),
                    Follows::Customers => self.follow(id, books, market_view),
                };
                let again = seconds + INTEGRATOR_RETRY_DAYS * SECONDS_PER_DAY;
                (request, Some((again, Arrival::Integrator(id))))
            }
            Arrival::Freed(id) => {
                self.still_locked[(id - self.first_locked) as usize] = false;
                (None, None)
            }
            Arrival::Deposit(_) | Arrival::Message => (None, None),
            Arrival::Again(id) => (self.follow(id, books, market_view), None),
        }
    }

    /// Lets the hazard of the passive grow from `from` to `until` seconds under the log factor `covariates`.
    pub(crate) fn advance_passive(&mut self, from: f64, until: f64, opens: f64, covariates: f64) {
        if let Some(class) = &self.classes.passive {
            self.passive.advance(class, from - opens, until - opens, covariates);
        }
    }

    /// The next passive provider that acts, with its request into the new pool that it prefers (or its pledge before that
    /// opens); one that finds no such pool stays for good.
    pub(crate) fn next_passive(&mut self, books: &Books, market_view: &MarketView) -> Option<MoveRequest> {
        let list = &books.providers.list;
        loop {
            let id = self.passive.next_due(self.awareness.informed(), |id| list[id as usize].awareness)?;
            let request = self.follow(id, books, market_view);
            if request.is_some() {
                return request;
            }
        }
    }

    /// The next provider that moves because enough others have; nobody before a new pool takes liquidity.
    pub(crate) fn next_follower(&mut self, books: &Books, market_view: &MarketView) -> Option<MoveRequest> {
        let list = &books.providers.list;
        market_view.best_new(None, RangeWidth::Full, false)?;
        let moved = books.providers.migrated_value_share();
        loop {
            let id = self.herding.next_due(moved, self.awareness.informed(), |id| list[id as usize].awareness)?;
            let request = self.follow(id, books, market_view);
            if request.is_some() {
                return request;
            }
        }
    }

    /// A move out of an old pool into the new one that the provider prefers, or a pledge to it before that opens.
    fn follow(&self, id: u32, books: &Books, market_view: &MarketView) -> Option<MoveRequest> {
        let provider = &books.providers.list[id as usize];
        let Place::Pool(from) = provider.place else { return None };
        if !market_view.venues[usize::from(from)].is_old || self.is_bound(id) {
            return None;
        }
        let keeps_fee = f64::from(provider.loyalty) < market_view.keeps_tier_share;
        let new = market_view.best_new(Some(usize::from(from)), provider.width, keeps_fee)?;
        let to = if market_view.venues[new].takes_deposits {
            Place::Pool(new as u8)
        } else {
            Place::Pledged { here: from, to: new as u8 }
        };
        let price = books.chain(Chain::Home).price_gwei();
        Some(MoveRequest { provider: id, to, bid_gwei: BID_MARGIN * price })
    }

    /// Looks at how much has left the pools lately, for those who leave because others leave.
    pub(crate) fn watch_run_on_pool(&mut self, books: &Books) {
        if let Some(run_on_pool) = &mut self.run_on_pool {
            run_on_pool.observe(books);
        }
    }

    /// The next provider that leaves because others leave; who waits for a block or is on its way leaves later.
    pub(crate) fn next_leaving(&mut self, books: &Books, market_view: &MarketView) -> Option<MoveRequest> {
        let run_on_pool = self.run_on_pool.as_mut()?;
        loop {
            let id = run_on_pool.next_leaving()?;
            let provider = &books.providers.list[id as usize];
            if provider.is_waiting || matches!(provider.place, Place::InFlight(_)) {
                run_on_pool.hold_up(id);
            } else if let Some(step) = step_between(provider.place, Place::Outside) {
                let (value_usd, _) = market_view.value_usd(id, books);
                return Some(MoveRequest {
                    provider: id,
                    to: Place::Outside,
                    bid_gwei: bid_gwei(value_usd, (provider.place, Place::Outside, step), books),
                });
            }
        }
    }

    /// Log factor on the hazard of the passive: yield gap, share moved, deadline.
    #[must_use]
    pub(crate) fn covariates(&self, yield_gap: f64, moved_share: f64, deadline_is_near: bool) -> f64 {
        self.classes.passive.as_ref().map_or(0.0, |class| {
            class.yield_effect * yield_gap.clamp(-YIELD_GAP_MAX, YIELD_GAP_MAX)
                + class.share_effect * moved_share
                + if deadline_is_near { class.deadline_effect } else { 0.0 }
        })
    }
}

fn request(id: u32, decision: &Decision, books: &Books) -> MoveRequest {
    let direction = (books.providers.list[id as usize].place, decision.place, decision.step);
    MoveRequest { provider: id, to: decision.place, bid_gwei: bid_gwei(decision.worth_usd, direction, books) }
}

/// What a provider pays at most for a step that is worth `worth_usd` to it, gwei.
fn bid_gwei(worth_usd: f64, (from, to, step): (Place, Place, Step), books: &Books) -> f64 {
    let (chain, units) = books.first_transaction(from, to, step);
    let chain = books.chain(chain);
    chain.gas.as_ref().map_or(0.0, |gas| {
        let per_gwei = units as f64 / GWEI_PER_ETH * books.prices_usd[chain.gas_token.index()];
        let worth = if per_gwei > 0.0 { worth_usd / per_gwei } else { 0.0 };
        worth.max(BID_MARGIN * gas.price_gwei())
    })
}

/// The step that leads from one place to another, if there is one.
#[must_use]
pub(crate) const fn step_between(from: Place, to: Place) -> Option<Step> {
    match (from, to) {
        (Place::Pool(at), Place::Pledged { here, .. }) | (Place::Pledged { here, .. }, Place::Pool(at))
            if at == here =>
        {
            Some(Step::Pledge)
        }
        (Place::Pool(from), Place::Pool(to)) => Some(if from == to { Step::Recentre } else { Step::Migrate }),
        (Place::Pool(_), Place::Outside) => Some(Step::Withdraw),
        (Place::Pledged { .. }, Place::Outside) => Some(Step::UnpledgeAndWithdraw),
        (Place::Outside, Place::Pool(_)) => Some(Step::Deposit),
        (Place::Outside, Place::Pledged { .. }) => Some(Step::DepositAndPledge),
        _ => None,
    }
}

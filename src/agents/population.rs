//! The liquidity providers of one run: who they are, when they look, and what they ask for.

use super::adoption::{Awareness, PassiveClock};
use super::board::Board;
use super::census::Census;
use super::choice::{Chooser, Decision};
use super::classes::{ClassesSpec, Motives, ProvidersSpec};
use super::reasons::Weighed;
use crate::actions::{MoveRequest, Place};
use crate::migration::Step;
use crate::pools::VENUES_MAX;
use crate::random::Stream;
use crate::units::{GWEI_PER_ETH, SECONDS_PER_DAY, Span};
use crate::world::{LpClass, World};
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Least bid of a provider that has decided to move, as a multiple of the posted gas price: a wallet's margin.
pub const BID_MARGIN: f64 = 1.25;

/// Days between two looks of an integrator that did not move at its first one: a weekly meeting (judgement).
pub const INTEGRATOR_RETRY_DAYS: f64 = 7.0;

/// Yield gap beyond which the passive are excited no further, per year.
pub const YIELD_GAP_MAX: f64 = 1.0;

/// Least and largest rate of reviews relative to the class's mean.
pub const REVIEW_RATE_BOUNDS: (f64, f64) = (0.1, 10.0);

/// Something that a provider does on a date of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrival {
    /// An integrator decides.
    Integrator(u32),
    /// A lock ends.
    Freed(u32),
    /// A withdrawal made by hand is deposited.
    Deposit(u32),
}

/// What the population finds at the opening.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// When the new pools open, seconds.
    pub opens_seconds: f64,
    /// What a move costs in gas, USD: by it the passive are held back.
    pub move_cost_usd: f64,
    /// Liquidity of each pool that the population owns, USD.
    pub tvl_usd: [f64; VENUES_MAX],
}

/// The population of one run.
#[derive(Debug)]
pub struct Population {
    /// How the news spreads.
    pub awareness: Awareness,
    /// When the passive act.
    pub passive: PassiveClock,
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
    lumps: Stream,
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
        world: &mut World,
        address: (u64, u64),
        opening: &Opening,
    ) -> (Self, Vec<(f64, Arrival)>) {
        let (seed, run) = address;
        let (opens_seconds, move_cost_usd) = (opening.opens_seconds, opening.move_cost_usd);
        let mut census = Census { seed, run, world, size_sd: spec.size_sd, tvl_usd: opening.tvl_usd };
        let (mut arrivals, mut thresholds, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        let classes = &spec.classes;
        let integrators = classes.integrator.as_ref().map_or(0, |class| class.count);
        let others = f64::from(spec.count.saturating_sub(integrators));
        let heads = |share: f64| libm::round(share * others) as u32;
        if let Some(class) = &classes.integrator {
            for id in census.settle(LpClass::Integrator, class.value_share, class.count, class.ranges) {
                let delay = lognormal(census.stream("integrators", id), class.delay, class.delay_sd);
                arrivals.push((opens_seconds + delay, Arrival::Integrator(id)));
            }
        }
        if let Some(class) = &classes.active {
            let ids = census.settle(LpClass::Active, class.value_share, heads(class.head_share), class.ranges);
            census.rate(&ids, class.reviews_per_day, class.size_exponent, &mut rates);
        }
        if let Some(class) = &classes.passive {
            let mut stream = Stream::open(seed, run, "providers/passive");
            for id in census.settle(LpClass::Passive, class.value_share, heads(class.head_share), class.ranges) {
                let (never, draw): (f64, f64) = (stream.uniform(), Exp1.sample(&mut stream));
                let value = census.world.providers.list[id as usize].opening_usd;
                // Those who start in the new pool have nothing left to do.
                if never >= class.never_share && census.world.providers.list[id as usize].started_old {
                    let log_factor = class.cost_effect * move_cost_usd / value;
                    thresholds.push((draw * libm::exp((-log_factor).min(700.0)), id));
                }
            }
        }
        if let Some(class) = &classes.mercenary {
            let ids = census.arrive(class.capital_usd, class.count, class.ranges);
            census.rate(&ids, class.reviews_per_day, 0.0, &mut rates);
        }
        let first_locked = census.world.providers.list.len() as u32;
        if let Some(class) = &classes.locked {
            let mut stream = Stream::open(seed, run, "providers/locks");
            let ids = census.settle(LpClass::Locked, class.value_share, heads(class.head_share), class.ranges);
            for id in &ids {
                let wait: f64 = Exp1.sample(&mut stream);
                arrivals.push((wait * class.freed_after.seconds(), Arrival::Freed(*id)));
            }
            census.rate(&ids, class.reviews_per_day, 0.0, &mut rates);
        }
        let locked = census.world.providers.list.len() - first_locked as usize;
        let mut population = Self {
            awareness: Awareness::new(&spec.awareness),
            passive: PassiveClock::new(thresholds),
            classes: spec.classes.clone(),
            chooser: Chooser { outside_yield: spec.outside_yield, nesting: spec.nesting },
            reviews_per_second: rates.iter().map(|(_, rate)| rate).sum::<f64>() / SECONDS_PER_DAY,
            alias: WeightedAliasIndex::new(rates.iter().map(|(_, rate)| *rate).collect()).ok(),
            reviewers: rates.into_iter().map(|(id, _)| id).collect(),
            review_factor: 1.0,
            next_review: f64::INFINITY,
            clock: Stream::open(seed, run, "providers/clock"),
            picks: Stream::open(seed, run, "providers/picks"),
            choices: Stream::open(seed, run, "providers/choices"),
            lumps: Stream::open(seed, run, "integrators/choices"),
            still_locked: vec![true; locked],
            first_locked,
        };
        population.schedule_review(0.0);
        (population, arrivals)
    }

    /// When the next review is due, seconds; infinite when nobody reviews.
    #[inline]
    #[must_use]
    pub const fn next_review(&self) -> f64 {
        self.next_review
    }

    /// Draws the time of the next review after `seconds`: one exponential clock with the total rate of all providers.
    pub fn schedule_review(&mut self, seconds: f64) {
        let rate = self.reviews_per_second * self.review_factor;
        let wait: f64 = Exp1.sample(&mut self.clock);
        self.next_review = if rate > 0.0 && self.alias.is_some() { seconds + wait / rate } else { f64::INFINITY };
    }

    /// The review that is due: picks the provider by its rate and lets it choose. Every review draws equally often. Returns who
    /// looked, and what it asks for.
    #[inline]
    pub fn review(&mut self, world: &World, board: &Board) -> Option<(u32, Option<MoveRequest>)> {
        let picked = self.alias.as_ref()?.sample(&mut self.picks);
        let uniform = self.choices.uniform();
        let id = self.reviewers[picked];
        Some((id, self.look(id, uniform, world, board)))
    }

    fn look(&self, id: u32, uniform: f64, world: &World, board: &Board) -> Option<MoveRequest> {
        let provider = &world.providers.list[id as usize];
        if provider.is_waiting || matches!(provider.place, Place::InFlight(_)) || self.is_locked(id) {
            return None;
        }
        let decision = self.chooser.decide(self.motives(provider.class)?, id, world, board, uniform)?;
        Some(request(id, &decision, world))
    }

    /// What provider `id` weighs when it looks now; `None` for one that cannot move now, or that does not weigh.
    #[must_use]
    pub fn reasons(&self, id: u32, world: &World, board: &Board) -> Option<Vec<Weighed>> {
        let provider = &world.providers.list[id as usize];
        if provider.is_waiting || matches!(provider.place, Place::InFlight(_)) || self.is_locked(id) {
            return None;
        }
        Some(self.chooser.reasons(self.motives(provider.class)?, id, world, board))
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
        world: &World,
        board: &Board,
    ) -> (Option<MoveRequest>, Option<(f64, Arrival)>) {
        match arrival {
            Arrival::Integrator(id) => {
                let uniform = self.lumps.uniform();
                let request = self.look(id, uniform, world, board);
                let again = seconds + INTEGRATOR_RETRY_DAYS * SECONDS_PER_DAY;
                (request, Some((again, Arrival::Integrator(id))))
            }
            Arrival::Freed(id) => {
                self.still_locked[(id - self.first_locked) as usize] = false;
                (None, None)
            }
            Arrival::Deposit(_) => (None, None),
        }
    }

    /// Lets the hazard of the passive grow from `from` to `until` seconds under the log factor `covariates`.
    pub fn advance_passive(&mut self, from: f64, until: f64, opens: f64, covariates: f64) {
        if let Some(class) = &self.classes.passive {
            self.passive.advance(class, from - opens, until - opens, covariates);
        }
    }

    /// The next passive provider that acts, with its request into the new pool that it prefers (or its pledge before that
    /// opens); one that finds no such pool stays for good.
    pub fn next_passive(&mut self, world: &World, board: &Board) -> Option<MoveRequest> {
        let list = &world.providers.list;
        loop {
            let id = self.passive.next_due(self.awareness.informed(), |id| list[id as usize].awareness)?;
            let provider = &list[id as usize];
            let keeps_fee = f64::from(provider.loyalty) < board.keeps_tier_share;
            let from = provider.place.pool();
            let Some(new) = board.best_new(from, provider.width, keeps_fee) else { continue };
            let to = if board.venues[new].takes_deposits {
                Place::Pool(new as u8)
            } else {
                Place::Pledged { here: from.unwrap_or(board.old) as u8, to: new as u8 }
            };
            let price = world.gas.as_ref().map_or(0.0, crate::chain::GasState::price_gwei);
            return Some(MoveRequest { provider: id, to, bid_gwei: BID_MARGIN * price });
        }
    }

    /// Log factor on the hazard of the passive: yield gap, share moved, deadline.
    #[must_use]
    pub fn covariates(&self, yield_gap: f64, moved_share: f64, deadline_is_near: bool) -> f64 {
        self.classes.passive.as_ref().map_or(0.0, |class| {
            class.yield_effect * yield_gap.clamp(-YIELD_GAP_MAX, YIELD_GAP_MAX)
                + class.share_effect * moved_share
                + if deadline_is_near { class.deadline_effect } else { 0.0 }
        })
    }
}

fn request(id: u32, decision: &Decision, world: &World) -> MoveRequest {
    let bid = world.gas.as_ref().map_or(0.0, |gas| {
        let units = decision.step.gas(&world.gas_units) as f64;
        let per_gwei = units / GWEI_PER_ETH * world.prices_usd[world.gas_token.index()];
        let worth = if per_gwei > 0.0 { decision.worth_usd / per_gwei } else { 0.0 };
        worth.max(BID_MARGIN * gas.price_gwei())
    });
    MoveRequest { provider: id, to: decision.place, bid_gwei: bid }
}

/// The step that leads from one place to another, if there is one.
#[must_use]
pub const fn step_between(from: Place, to: Place) -> Option<Step> {
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

fn lognormal(mut stream: Stream, median: Span, sd: f64) -> f64 {
    let normal: f64 = StandardNormal.sample(&mut stream);
    median.seconds() * libm::exp(sd * normal)
}

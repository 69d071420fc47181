//! The course of a plan: what the operator does when, what fails, and what is done about it.
//!
//! A plan that only has dates is part of the calendar. Everything whose date a run itself decides stands here as a task with its time:
//! votes, facets, stages, faults that come to light, attacks that go on, pauses, repairs.
//!
//! # The execution of a plan
//!
//! A plan that only has dates is part of the calendar. Whatever a run decides itself stands in its execution: a short
//! list of tasks, each with its time, of which the next is one comparison a block. `opening.rs` goes from the decision
//! (a vote, or the community) over the trigger, the snapshot and its copy, to the verification and to the block in
//! which the new version takes effect; `stages.rs` lets the operator move what a stage allows, or caps what owners
//! move; `gates.rs` watches, holds, halts or rolls back; `failing.rs` lets faults come to light and attacks go on,
//! `response.rs` is what the team does, `hazards.rs` what never ends (the abandoned old version, approvals, the
//! bridge). Mechanisms are four (`migration::Mechanism`), and everything else goes with each of them. Without such a
//! plan there is no execution, and nothing of it costs anything.
//!
//! What it does to the world are verbs of `world` like any other: `halt_version` (a halted pool keeps its curve, offers
//! nothing and lets nobody out), `move_whole` (the reserves as they stand, every share with its owner: nothing is
//! traded), `move_providers`, `take_from_pool` (a theft is a transfer; the holders' statement has a line of losses),
//! `give_back`, `credit` (wrong entries of a copy), `forfeit`. A rollback moves whole back, so that shares and places
//! are those of the checkpoint bit for bit; what was traded meanwhile stays traded. All draws of a plan come from
//! streams of their own and are made whatever happens: a lower probability of a fault has the same faults, only fewer.
//!
//! Everything that a plan comes to is written in one record (`world/plan_record.rs`), from which the metrics read.

mod copying;
mod failing;
mod gates;
mod hazards;
mod opening;
mod response;
mod rollback;
mod stages;
mod trigger;

pub use failing::FEARED_LOSS;

use super::Observer;
use super::people::People;
use crate::agents::MarketView;
use crate::model::{Model, Plan};
use crate::world::Books;
use portage_base::actions::Place;
use portage_base::random::Stream;
use portage_migration::failure::{Fault, FaultDraw, HazardDraw, HazardTimes};
use portage_migration::trigger::Trigger;
use portage_migration::{Copying, Mechanism};
use portage_pools::VENUES_MAX;

/// What the steps of a plan touch beside the plan's own state.
pub(super) struct Setting<'a, O> {
    pub(super) model: &'a Model,
    pub(super) plan: &'a Plan,
    pub(super) books: &'a mut Books,
    pub(super) market_view: &'a mut MarketView,
    pub(super) people: Option<&'a mut People>,
    pub(super) observer: &'a mut O,
}

/// Something that happens at a time that the run itself decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Task {
    /// The vote, or the community, has decided.
    Decided {
        /// Whether the plan may go ahead.
        is_approved: bool,
        /// Votes that were held.
        votes: u32,
    },
    /// Somebody can pass an upgrade of his own, for this many USD.
    Captured(f64),
    /// The plan may go ahead: its date has come.
    Go,
    /// The state is read.
    Snapshot,
    /// The operator writes the next batches of the copy.
    Copy,
    /// The verification is through.
    Verified,
    /// What it found is mended: it begins anew.
    Reverify,
    /// What nobody has claimed goes to the treasury.
    ClaimsEnd,
    /// The new version, or its next facet, takes effect.
    TakeEffect,
    /// The stage with this number ends.
    StageEnds(usize),
    /// The fault of this part comes to light.
    Shows(usize),
    /// An attack that goes on takes what it has time for.
    Drain,
    /// White hats save this share of what is left of it.
    Rescue(f64),
    /// The team halts the new version.
    Pause,
    /// A repair is in force.
    Repaired,
    /// Attackers give back this share of what they have.
    Returned(f64),
    /// A pause that the gates asked for is over.
    Resume,
    /// After a rollback the plan begins anew.
    BeginAnew,
    /// The old version, which nobody looks after, is robbed of this share.
    Abandoned(f64),
    /// What is still approved to the migrator is taken.
    Approvals,
    /// The bridge is robbed of this share.
    Bridge(f64),
}

impl Task {
    /// Whether it is a step of the plan, which is not taken any more once the plan is over.
    const fn is_a_step(self) -> bool {
        match self {
            Self::Decided { .. }
            | Self::Captured(_)
            | Self::Go
            | Self::Snapshot
            | Self::Copy
            | Self::Verified
            | Self::Reverify
            | Self::ClaimsEnd
            | Self::TakeEffect
            | Self::StageEnds(_)
            | Self::Resume => true,
            Self::Shows(_)
            | Self::BeginAnew
            | Self::Drain
            | Self::Rescue(_)
            | Self::Pause
            | Self::Repaired
            | Self::Returned(_)
            | Self::Abandoned(_)
            | Self::Approvals
            | Self::Bridge(_) => false,
        }
    }
}

/// An attack that goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Attack {
    began: f64,
    exposed_usd: f64,
    severity: f64,
    is_atomic: bool,
    taken_usd: f64,
    saved_usd: f64,
}

/// Where a run stands in its plan.
#[derive(Debug)]
pub(super) struct PlanExecution {
    /// What is due when, seconds; the next one last.
    tasks: Vec<(f64, Task)>,
    /// Faults of the parts of the upgrade, one a facet; those that were mended are gone.
    faults: Vec<Option<Fault>>,
    hazards: Option<HazardTimes>,
    /// Parts that have taken effect.
    parts: usize,
    /// The stage, counted from 0; the one after the last is the release.
    stage: usize,
    /// When it ends, seconds; infinite while the gates have halted it.
    stage_ends: f64,
    /// When the new version took effect, seconds.
    opened: Option<f64>,
    /// No further step is taken until a repair is in force.
    is_suspended: bool,
    /// Steps that wait for it.
    postponed: Vec<Task>,
    /// Rolled back or given up.
    is_over: bool,
    /// Whether the gates have tripped and not held since.
    is_tripped: bool,
    /// A faulty implementation has lost the upgrade function: neither rollback nor repair.
    is_bricked: bool,
    /// Where everybody stood when the new version took effect, if its owners move the liquidity themselves.
    checkpoint: Vec<Place>,
    /// The copy of the state, while it is made and until it takes effect.
    copying: Option<Copying>,
    /// The operator has sent everything to the other chain.
    has_sent: bool,
    /// Wrong entries were found by a verification and are mended before they take effect.
    mends_entries: bool,
    /// Value of a share of each old pool at the snapshot, USD.
    unit_usd: [f64; VENUES_MAX],
    /// Uniform draw by which a verification that looks at a part of the entries hits a wrong one.
    check_draw: f64,
    /// The rule that starts the migration, while it waits for it.
    trigger: Option<Trigger>,
    attack: Option<Attack>,
    /// Losses that providers expected before a fault came to light, per year.
    calm_loss: [f64; VENUES_MAX],
    incidents: usize,
    /// The order in which the operator moves providers.
    order: Vec<u32>,
    seed: u64,
    run: u64,
}

impl PlanExecution {
    /// The course of a run, if its plan has one.
    pub(super) fn open(model: &Model, providers: usize, seed: u64, run: u64) -> Option<Self> {
        let plan = model.plan.as_ref().filter(|plan| plan.has_execution())?;
        let parts = plan.parts();
        let faults = plan.spec.failure.as_ref().map_or_else(
            || vec![None; parts],
            |failure| {
                let probability = failure.part_probability(1.0 / parts as f64);
                (0..parts).map(|part| failure.fault(probability, &FaultDraw::open(seed, run, part))).collect()
            },
        );
        let bricked = match &plan.spec.mechanism {
            Mechanism::ProxyUpgrade(proxy) => proxy.bricked_share(),
            Mechanism::Rebalancing(_) | Mechanism::StateMigration(_) | Mechanism::CrossChain(_) => 0.0,
        };
        let hazards = plan.spec.failure.as_ref().map(|failure| failure.hazards.times(&HazardDraw::open(seed, run)));
        let mut plan_execution = Self {
            tasks: Vec::with_capacity(64),
            is_bricked: Stream::open(seed, run, "plan/bricked").uniform() < bricked,
            faults,
            checkpoint: vec![Place::Outside; if plan.is_operated() { 0 } else { providers }],
            hazards,
            parts: 0,
            stage: 0,
            stage_ends: f64::INFINITY,
            opened: None,
            is_suspended: false,
            postponed: Vec::new(),
            is_over: false,
            is_tripped: false,
            copying: None,
            has_sent: false,
            mends_entries: false,
            unit_usd: [0.0; VENUES_MAX],
            check_draw: Stream::open(seed, run, "plan/check").uniform(),
            trigger: None,
            attack: None,
            calm_loss: model.perceived_loss,
            incidents: 0,
            order: shuffled(if plan.is_operated() && !plan.spec.stages.is_empty() { providers } else { 0 }, seed, run),
            seed,
            run,
        };
        plan_execution.schedule_decision(model, plan);
        Some(plan_execution)
    }

    /// Whether the new version, as it was made, has a fault.
    pub(super) fn is_faulty(&self) -> bool {
        self.faults.iter().any(Option::is_some)
    }

    /// When the new version took effect, seconds.
    pub(super) const fn opened(&self) -> Option<f64> {
        self.opened
    }

    /// Whether the new version has taken effect and has not been given up.
    pub(super) const fn is_in_force(&self) -> bool {
        self.opened.is_some() && !self.is_over
    }

    /// Whether the implementation in force can never be changed again.
    fn is_bricked(&self) -> bool {
        self.is_bricked && self.faults.iter().any(Option::is_some)
    }

    fn push(&mut self, seconds: f64, task: Task) {
        if seconds.is_finite() {
            let at = self.tasks.partition_point(|(due, _)| *due > seconds);
            self.tasks.insert(at, (seconds, task));
        }
    }

    /// The next task whose time has come.
    fn pop_due(&mut self, seconds: f64) -> Option<Task> {
        self.tasks.last().filter(|(due, _)| *due <= seconds)?;
        self.tasks.pop().map(|(_, task)| task)
    }

    /// The block in which the next task is due.
    pub(super) fn due(&self, block_seconds: f64) -> u64 {
        self.tasks.last().map_or(u64::MAX, |(seconds, _)| libm::ceil(seconds / block_seconds) as u64)
    }
}

/// Providers in the order in which the operator moves them: any order is as likely as any other.
fn shuffled(count: usize, seed: u64, run: u64) -> Vec<u32> {
    let mut stream = Stream::open(seed, run, "plan/order");
    let mut order: Vec<u32> = (0..count as u32).collect();
    for last in (1..count).rev() {
        order.swap(last, (stream.uniform() * (last + 1) as f64) as usize);
    }
    order
}

impl PlanExecution {
    /// Carries out every task whose time has come.
    #[inline(never)]
    pub(super) fn advance(&mut self, on: &mut Setting<'_, impl Observer>) {
        while let Some(task) = self.pop_due(on.books.seconds) {
            self.carry_out_task(on, task);
        }
    }

    fn carry_out_task(&mut self, on: &mut Setting<'_, impl Observer>, task: Task) {
        if self.is_suspended && matches!(task, Task::TakeEffect | Task::StageEnds(_) | Task::Resume) {
            self.postponed.push(task);
            return;
        }
        if self.is_over && task.is_a_step() {
            return;
        }
        match task {
            Task::Decided { is_approved, votes } => self.decide(on, is_approved, votes),
            Task::Captured(cost_usd) => self.capture(on, cost_usd),
            Task::Go => self.go_ahead(on),
            Task::Snapshot => self.take_snapshot(on),
            Task::Copy => self.copy(on),
            Task::Verified => self.end_verification(on),
            Task::Reverify => self.begin_verification(on),
            Task::ClaimsEnd => on.end_claims(),
            Task::TakeEffect => self.take_effect(on),
            Task::StageEnds(stage) => self.end_stage(on, stage),
            Task::Shows(part) => self.fail(on, part),
            Task::Drain => self.drain(on),
            Task::Rescue(share) => self.rescue(share),
            Task::Pause => self.pause(on),
            Task::Repaired => self.repair(on),
            Task::Returned(share) => {
                on.books.give_back(share);
            }
            Task::Resume => self.resume(on),
            Task::BeginAnew => self.begin_anew(on),
            Task::Abandoned(share) => self.exploit_legacy(on, share),
            Task::Approvals => self.take_approved(on),
            Task::Bridge(share) => on.exploit_bridge_hazard(share),
        }
    }
}

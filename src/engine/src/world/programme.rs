//! An incentive programme of the run: on which terms it pays, what it has paid, and to whom.
//!
//! # Who is paid, and what would have happened anyway
//!
//! A programme keeps a pot for each pool in which liquidity that it pays stands: the weights of the classes, and what
//! one unit of weight has earned so far. A provider's stake (`world/stakes.rs`) holds its weight, which cap, boost and
//! eligibility decide when it is deposited, and what the unit had earned by then; nothing is done for it until it
//! moves. Rewards are shared out over the pots (`world/rewards.rs`), received at once or out of an escrow, held, sold
//! at once or on a schedule, in a market of the token's own where it has one, whose price reacts. Pools of ranges pay
//! by liquidity in range instead, lot by lot, and know no addresses. Every run checks that tokens earned, forfeited and
//! unspent are those that fell due, and that what addresses earned is what the programmes paid.
//!
//! The first runs of a plan are simulated once more on the same streams without the protocol's own programmes
//! (`model::counterfactual`). `portage_results::metrics::Incrementality` notes in both who stands in the paid version
//! when the programmes end, and 30 and 90 days later: what stands there only with them was bought or moved, what stands
//! there in both would have come anyway.

use super::holders::HOLDERS;
use portage_base::ledger::{Account, Token};
use portage_base::sum::Sum;
use portage_base::units::Instant;
use portage_incentives::{Emission, Lock, ProgrammeSpec, Release};
use portage_pools::VENUES_MAX;

/// Parts of a release, or of a schedule of sales, that a programme remembers at most: what is added within a 128th of the whole time is
/// released together, which moves it by less than half a per cent of that time.
const TRANCHES_MAX: usize = 128;

/// A programme with its names resolved, as it pays one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgrammeTerms {
    /// Its name in the scenario.
    pub name: String,
    /// When it pays how much.
    pub emission: Emission,
    /// The reward token.
    pub token: Token,
    /// The pool whose liquidity is paid.
    pub venue: usize,
    /// Where the pool is concentrated: which of its reward growths the programme feeds.
    pub slot: Option<usize>,
    /// What the scenario says of it.
    pub spec: ProgrammeSpec,
}

impl ProgrammeTerms {
    /// Liquidity of one address that is paid at most, valued when it is deposited, USD; infinite without a cap.
    pub(crate) fn cap_usd(&self) -> f64 {
        self.spec.cap_usd.unwrap_or(f64::INFINITY)
    }

    /// How many times the others' rate an address has that draws `favour`.
    pub(super) fn boost(&self, favour: f32) -> f64 {
        self.spec.boost.filter(|boost| f64::from(favour) < boost.share).map_or(1.0, |boost| boost.multiple)
    }

    /// What one USD of rewards is worth to a receiver who has to wait for a part of it.
    pub(crate) fn worth(&self) -> f64 {
        self.spec.vesting.map_or(1.0, |vesting| vesting.worth())
    }

    /// What leaving at `seconds` costs a position that entered at `entered`, as a share of it.
    pub(super) fn penalty_at(&self, entered: f64, seconds: f64) -> f64 {
        let (from, until) = self.emission.window();
        let is_bound = |lock: &Lock| from <= entered && entered < until && seconds < entered + lock.lasting.seconds();
        self.spec.lock.filter(is_bound).map_or(0.0, |lock| lock.penalty)
    }
}

/// A bonus for those who stayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BonusTerms {
    /// When it is paid, seconds.
    pub at: f64,
    /// How long a position must have stood in the pool by then, seconds.
    pub held_for: f64,
    /// What is paid, tokens.
    pub tokens: f64,
}

/// The liquidity in one pool that a programme pays, and what a unit of it has earned.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pot {
    /// Weight by holder: shares of the pool, within the cap and times the boost.
    pub(super) weights: [Sum; HOLDERS],
    /// Shares of the pool that are paid, whatever their boost.
    pub(super) paid_shares: Sum,
    /// Providers that take part.
    pub(super) members: u32,
    /// Value earned so far by one unit of weight, USD.
    pub(super) earned: Sum,
}

impl Pot {
    /// All weights together.
    pub(super) fn total(&self) -> f64 {
        self.weights.iter().fold(Sum::ZERO, |sum, weight| sum.plus(weight.value())).value()
    }
}

/// A programme's state.
#[derive(Debug, Clone)]
pub struct Programme {
    /// Whom it pays how much.
    pub terms: ProgrammeTerms,
    /// What staying brings; gone once it is paid.
    pub bonus: Option<BonusTerms>,
    /// Where rewards wait that are not released yet.
    pub escrow: Account,
    /// Rewards that wait in escrow.
    pub vesting: Option<Release<HOLDERS>>,
    /// Rewards that receivers are about to sell.
    pub selling: Option<Release<HOLDERS>>,
    pub(super) pots: [Pot; VENUES_MAX],
    /// Fees of the pool up to the last payment, before the protocol's share, USD.
    pub(super) fees_seen_usd: f64,
    /// Tokens that match fees so far and that the schedule has not let it pay yet.
    pub(super) matched: f64,
    /// Tokens that have fallen due so far: earned, forfeited or unspent.
    pub emitted: f64,
    /// Tokens earned.
    pub earned: f64,
    /// Their value when they were earned, USD.
    pub earned_usd: f64,
    /// Of it, by holder.
    pub earned_by: [f64; HOLDERS],
    /// Value of what was received, when it was, USD.
    pub paid_usd: f64,
    /// Value of rewards that receivers sold, USD.
    pub sold_usd: f64,
    /// Tokens that nobody was there to receive.
    pub forfeited: f64,
    /// Tokens that were kept back because fees, which they match, fell short.
    pub unspent: f64,
}

impl Programme {
    /// A programme that has paid nothing yet in a run that begins at `start`; what waits stands in `escrow`.
    #[must_use]
    pub fn open(terms: &ProgrammeTerms, start: Instant, escrow: Account) -> Self {
        let spec = &terms.spec;
        // What was emitted before the window began was paid to others.
        let emitted = terms.emission.paid_by(0.0);
        Self {
            bonus: spec.retention_bonus.map(|bonus| BonusTerms {
                at: bonus.at.seconds_since(start),
                held_for: bonus.held_for.seconds(),
                tokens: terms.emission.bonus_tokens(),
            }),
            vesting: spec.vesting.map(|vesting| Release::new(vesting.over.seconds(), TRANCHES_MAX)),
            selling: spec.sold_later.map(|later| Release::new(later.over.seconds(), TRANCHES_MAX)),
            terms: terms.clone(),
            escrow,
            pots: [Pot::default(); VENUES_MAX],
            fees_seen_usd: 0.0,
            matched: 0.0,
            emitted,
            earned: 0.0,
            earned_usd: 0.0,
            earned_by: [0.0; HOLDERS],
            paid_usd: 0.0,
            sold_usd: 0.0,
            forfeited: 0.0,
            unspent: 0.0,
        }
    }
}

/// One provider's part in one programme: 24 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stake {
    pub(super) weight: f64,
    /// What one unit of weight had earned when the stake was laid, USD.
    pub(super) laid_at: Sum,
}

/// The stakes of all providers: one row a provider, one column a programme.
#[derive(Debug, Clone, Default)]
pub struct Stakes {
    pub(super) list: Vec<Stake>,
}

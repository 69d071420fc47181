//! An incentive programme of the run: on which terms it pays, what it has paid, and to whom.

use super::holders::HOLDERS;
use portage_base::ledger::{Account, Token};
use portage_base::sum::Sum;
use portage_incentives::{Emission, Release};
use portage_pools::VENUES_MAX;

/// What decides who is paid by a programme, and how much of its liquidity counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProgrammeTerms {
    /// The pool whose liquidity is paid.
    pub venue: usize,
    /// Where the pool is concentrated: which of its reward growths this programme feeds.
    pub slot: Option<usize>,
    /// Whether positions pledged to a batch into the pool are paid as well.
    pub pays_pledged: bool,
    /// Whether only those are paid who came from the old version.
    pub only_migrated: bool,
    /// Liquidity of one address that is paid at most, valued when it is deposited, USD; infinite without a cap.
    pub cap_usd: f64,
    /// Rate of the boosted, as a multiple of the others'.
    pub boost: f64,
    /// Share of addresses that are boosted.
    pub boosted_share: f64,
    /// Rewards per fees of the liquidity that is paid, USD per USD; infinite where fees do not matter.
    pub matches_fees: f64,
}

/// A lock: who enters between two dates and leaves sooner than it allows, pays for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LockTerms {
    /// First and last second of entry.
    pub window: (f64, f64),
    /// How long a position must stay, seconds.
    pub lasting: f64,
    /// Share of the position that goes to the treasury.
    pub penalty: f64,
}

impl LockTerms {
    /// What leaving at `seconds` costs a position that entered at `entered`, as a share of it.
    #[must_use]
    pub fn penalty_at(&self, entered: f64, seconds: f64) -> f64 {
        let is_bound = self.window.0 <= entered && entered < self.window.1 && seconds < entered + self.lasting;
        if is_bound { self.penalty } else { 0.0 }
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

/// What becomes of rewards that were earned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RewardPath {
    /// Share that is paid when it is earned; the rest is released later.
    pub at_once: f64,
    /// Where rewards wait that are not released yet.
    pub escrow: Account,
    /// Share that receivers sell when they receive it.
    pub sold_share: f64,
    /// Share that they sell on a schedule.
    pub sold_later: f64,
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
    /// When it pays how much.
    pub emission: Emission,
    /// The reward token.
    pub token: Token,
    /// Whom it pays.
    pub terms: ProgrammeTerms,
    /// What leaving soon costs.
    pub lock: Option<LockTerms>,
    /// What staying brings; gone once it is paid.
    pub bonus: Option<BonusTerms>,
    /// What becomes of the rewards.
    pub path: RewardPath,
    /// What one USD of rewards is worth to a receiver who has to wait for a part of it.
    pub worth: f64,
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
    /// A programme that has paid nothing yet.
    #[must_use]
    pub fn new(emission: Emission, token: Token, terms: ProgrammeTerms, path: RewardPath) -> Self {
        // What was emitted before the window began was paid to others.
        let emitted = emission.paid_by(0.0);
        Self {
            emission,
            token,
            terms,
            lock: None,
            bonus: None,
            path,
            worth: 1.0,
            vesting: None,
            selling: None,
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

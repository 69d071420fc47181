//! A feed that follows the reference market: when it publishes, and when what it published takes effect.

use std::collections::VecDeque;

/// What a feed is, in blocks of the simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedTerms {
    /// A change of the price beyond this share of the last published value is published.
    pub deviation: f64,
    /// Blocks after which a value is published in any case, at least 1.
    pub heartbeat_blocks: u64,
    /// Blocks from the trigger of an update until it takes effect.
    pub delay_blocks: u64,
    /// Blocks in which nothing is triggered, from the first to before the second, in order of time.
    pub down: Vec<(u64, u64)>,
    /// Least and largest value that is published, USD.
    pub bounds_usd: (f64, f64),
}

/// A feed of one run.
///
/// Law: an update is triggered in the first block in which the price differs from the last triggered value by more than the deviation, or
/// the heartbeat has passed since; it carries the price of that block, within the bounds, and takes effect the delay later.
/// An update that was triggered before the feed goes down still arrives. Source: Chainlink documentation, "Data Feeds".
#[derive(Debug)]
pub(super) struct Feed {
    terms: FeedTerms,
    /// The value in effect, USD.
    usd: f64,
    /// Between these prices nothing is triggered, USD.
    quiet_usd: (f64, f64),
    beat_block: u64,
    next_down: usize,
    /// What was triggered and is not in effect yet, with its block.
    pending: VecDeque<(u64, f64)>,
    /// Updates that were triggered.
    updates: u64,
}

impl Feed {
    /// A feed whose value is the price at the opening. Reserves memory for all that can be pending: one update a block of the delay.
    pub(super) fn open(terms: &FeedTerms, opening_usd: f64) -> Self {
        let mut feed = Self {
            terms: terms.clone(),
            usd: f64::NAN,
            quiet_usd: (0.0, 0.0),
            beat_block: 0,
            next_down: 0,
            pending: VecDeque::with_capacity(terms.delay_blocks as usize + 1),
            updates: 0,
        };
        feed.usd = feed.note(0, opening_usd);
        feed
    }

    /// Notes a value that was triggered in `block`, and returns it within the bounds.
    fn note(&mut self, block: u64, price_usd: f64) -> f64 {
        let (least, most) = self.terms.bounds_usd;
        let usd = price_usd.max(least).min(most);
        self.quiet_usd = (usd * (1.0 - self.terms.deviation), usd * (1.0 + self.terms.deviation));
        self.beat_block = block + self.terms.heartbeat_blocks;
        usd
    }

    /// Begins anew in `block` with the price then, as a feed that somebody has just turned to.
    pub(super) fn begin(&mut self, block: u64, price_usd: f64) {
        self.usd = self.note(block, price_usd);
    }

    /// One block with its true price.
    #[inline]
    pub(super) fn step(&mut self, block: u64, price_usd: f64) {
        // A price beyond a bound is published as the bound, once.
        let (least, most) = self.terms.bounds_usd;
        let price = price_usd.max(least).min(most);
        let is_quiet = price >= self.quiet_usd.0 && price <= self.quiet_usd.1 && block < self.beat_block;
        if !is_quiet && !self.is_down(block) {
            let usd = self.note(block, price_usd);
            self.pending.push_back((block + self.terms.delay_blocks, usd));
            self.updates += 1;
        }
        while let Some(&(due, usd)) = self.pending.front() {
            if due > block {
                break;
            }
            self.usd = usd;
            self.pending.pop_front();
        }
    }

    /// Whether nothing is triggered in `block`; blocks only go up.
    fn is_down(&mut self, block: u64) -> bool {
        while let Some(&(from, until)) = self.terms.down.get(self.next_down) {
            if block < until {
                return block >= from;
            }
            self.next_down += 1;
        }
        false
    }

    /// The value in effect, USD.
    pub(super) const fn usd(&self) -> f64 {
        self.usd
    }

    /// Updates that were triggered so far.
    pub(super) const fn updates(&self) -> u64 {
        self.updates
    }
}

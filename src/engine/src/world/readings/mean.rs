//! A mean over the prices with which the last blocks closed.

use portage_base::sum::Sum;

/// What an oracle makes of a pool's prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeanTerms {
    /// The price as the pool stands.
    Spot,
    /// The arithmetic mean over so many blocks.
    Arithmetic(u32),
    /// The geometric mean over so many blocks.
    Geometric(u32),
}

impl MeanTerms {
    /// Blocks that it covers; a price as it stands is that of one.
    #[must_use]
    pub const fn blocks(self) -> u32 {
        match self {
            Self::Spot => 1,
            Self::Arithmetic(blocks) | Self::Geometric(blocks) => blocks,
        }
    }

    const fn is_geometric(self) -> bool {
        matches!(self, Self::Geometric(_))
    }
}

/// A rolling mean in memory that is reserved once.
///
/// Law: mean p, or exp(mean ln p), of the last N prices. Sources: Uniswap V2 oracle (sums of prices), V3 (sums of ticks, that is of
/// logs). The running sum is held to twice the precision of a float, so that what is added and taken out again leaves no trace: over
/// 1e8 blocks its error stays below 1e-20 of the sum. Before its first block the pool is taken to have stood at its price then, so
/// that the mean is one over N blocks from the beginning and not a short one that a single push could turn.
#[derive(Debug)]
pub(super) struct RollingMean {
    terms: MeanTerms,
    /// Prices, or their logs, from oldest at `next` on.
    ring: Box<[f64]>,
    next: usize,
    sum: Sum,
    /// The price that was last noted, and what stands in the ring for it.
    last: (f64, f64),
    value: f64,
}

impl RollingMean {
    /// The mean of a pool that has always stood at `price`.
    pub(super) fn open(terms: MeanTerms, price: f64) -> Self {
        let ring = vec![0.0; terms.blocks() as usize].into_boxed_slice();
        let mut mean = Self { terms, ring, next: 0, sum: Sum::ZERO, last: (f64::NAN, f64::NAN), value: f64::NAN };
        mean.restart(price);
        mean
    }

    /// Forgets what was: from now on the pool has always stood at `price`.
    pub(super) fn restart(&mut self, price: f64) {
        let term = self.term(price);
        self.last = (price, term);
        self.ring.fill(term);
        self.sum = self.ring.iter().fold(Sum::ZERO, |sum, term| sum.plus(*term));
        self.value = self.of(self.sum);
    }

    fn term(&self, price: f64) -> f64 {
        match self.terms.is_geometric() {
            _ if price.to_bits() == self.last.0.to_bits() => self.last.1,
            true => libm::log(price),
            false => price,
        }
    }

    fn of(&self, sum: Sum) -> f64 {
        let mean = sum.value() / self.ring.len() as f64;
        if self.terms.is_geometric() { libm::exp(mean) } else { mean }
    }

    /// The price with which a block closed.
    #[inline]
    pub(super) fn note(&mut self, price: f64) {
        let term = self.term(price);
        self.last = (price, term);
        let oldest = std::mem::replace(&mut self.ring[self.next], term);
        self.next = if self.next + 1 == self.ring.len() { 0 } else { self.next + 1 };
        if term.to_bits() != oldest.to_bits() {
            self.sum = self.sum.plus(term).plus(-oldest);
            self.value = self.of(self.sum);
        }
    }

    /// The mean now.
    pub(super) const fn value(&self) -> f64 {
        self.value
    }

    /// The price that was last noted.
    pub(super) const fn last(&self) -> f64 {
        self.last.0
    }

    /// The mean if the next block closed at `price`.
    pub(super) fn with(&self, price: f64) -> f64 {
        self.of(self.sum.plus(self.term(price)).plus(-self.ring[self.next]))
    }

    /// What stays of the mean after `blocks` more blocks, at most N: the sum over what is left of the prices of today, or of their logs,
    /// divided by N.
    pub(super) fn remainder(&self, blocks: u32) -> f64 {
        let count = self.ring.len();
        let dropped = (0..blocks as usize).map(|place| self.ring[(self.next + place) % count]);
        dropped.fold(self.sum, |sum, term| sum.plus(-term)).value() / count as f64
    }
}

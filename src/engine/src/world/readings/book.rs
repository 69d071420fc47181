//! How far an oracle was from the true price.

/// Gaps from which on an oracle counts as off, as shares of the true price.
pub const OFF: [f64; 2] = [0.01, 0.05];

/// How far a reading was from the true price, over the blocks of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GapBook {
    /// The gap now, as a share of the true price; positive where the oracle reads too much.
    pub share: f64,
    /// Blocks.
    pub blocks: u64,
    /// Sum over blocks of the gap without its sign.
    pub sum: f64,
    /// Largest gap without its sign.
    pub largest: f64,
    /// Blocks in which the gap was above 1 % and 5 %.
    pub off_blocks: [u64; 2],
}

impl GapBook {
    /// The gap of one block, as a share of the true price.
    #[inline]
    pub(super) fn note(&mut self, share: f64) {
        let size = share.abs();
        self.share = share;
        self.blocks += 1;
        self.sum += size;
        self.largest = self.largest.max(size);
        for (blocks, bound) in self.off_blocks.iter_mut().zip(OFF) {
            *blocks += u64::from(size > bound);
        }
    }

    /// Mean over blocks of the gap without its sign, as a share of the true price; NaN before the first block.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.blocks as f64
    }
}

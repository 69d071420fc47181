//! Who owns which range of a concentrated pool.
//!
//! A lot is everything that stands between the same two ticks, whoever owns it: inside a lot every unit of liquidity has
//! the same tokens, fees and losses, so that a lot is shared by units as a constant-product pool is by shares.

use super::holders::HOLDERS;

/// The lots of one concentrated pool, by the pool's own index of positions.
#[derive(Debug, Clone)]
pub struct SharedRanges {
    list: Vec<SharedRange>,
    live: u32,
}

/// One lot.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SharedRange {
    /// Units of liquidity that each holder owns.
    pub owned: [f64; HOLDERS],
    /// Most units that it ever held.
    pub peak: f64,
    /// Providers that own it together.
    pub heads: u32,
    /// Value of its tokens when it was last settled, USD.
    pub value_usd: f64,
}

impl SharedRanges {
    /// No lots, with room for `room`.
    #[must_use]
    pub(crate) fn with_room(room: usize) -> Self {
        Self { list: Vec::with_capacity(room), live: 0 }
    }

    /// Whether nobody owns anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The lot of a position.
    #[must_use]
    pub fn of(&self, position: usize) -> &SharedRange {
        &self.list[position]
    }

    /// The lot of a position, to be changed; one that was never seen is empty.
    pub(crate) fn of_mut(&mut self, position: usize) -> &mut SharedRange {
        if position >= self.list.len() {
            self.list.resize(position + 1, SharedRange::default());
        }
        &mut self.list[position]
    }

    /// Counts one more owner of a lot.
    pub fn enter(&mut self, position: usize) {
        let shared_range = self.of_mut(position);
        shared_range.heads += 1;
        if shared_range.heads == 1 {
            self.live += 1;
        }
    }

    /// Takes an owner's units out of a lot; returns whether it was the last one, who takes all that rounding has left.
    pub fn leave(&mut self, position: usize, holder: usize, units: f64) -> bool {
        let shared_range = self.of_mut(position);
        shared_range.owned[holder] = (shared_range.owned[holder] - units).max(0.0);
        shared_range.heads -= 1;
        let is_last = shared_range.heads == 0;
        if is_last {
            *shared_range = SharedRange::default();
            self.live -= 1;
        }
        is_last
    }
}

//! Liquidity that is moved by the operator: all of a pool at once, or a part of its owners.

use super::Books;
use super::position_changes::MIGRATOR_DUST;
use portage_base::actions::Place;

impl Books {
    /// Moves everything that stands in pool `from` into the empty pool `to`, as it stands: the reserves whole, every share or range with
    /// its owner. Nothing is traded and nobody's part changes. Returns the value moved, USD; nothing is moved, and 0 returned, where
    /// `to` has liquidity, or a curve of ranges meets one of shares or other ticks.
    pub(crate) fn move_whole(&mut self, from: usize, to: usize) -> f64 {
        if from == to || self.venues[to].is_funded() || !self.venues[from].is_funded() {
            return 0.0;
        }
        self.accrue();
        for venue in [from, to] {
            self.settle(venue);
            self.settle_shared_ranges(venue);
        }
        let moved_usd = self.venue_value_usd(&self.venues[from]);
        if !self.hand_over_curve(from, to) {
            return 0.0;
        }
        self.hand_over_tokens(from, to);
        for book in &mut self.holders {
            book.shares[to] = book.shares[from];
            book.shares[from] = 0.0;
        }
        for stands in self.stands_in.iter_mut().filter(|venue| **venue == from) {
            *stands = to;
        }
        if self.venues[from].terms.chain != self.venues[to].terms.chain {
            self.book_wrapping(to, moved_usd);
        }
        for id in 0..self.providers.list.len() as u32 {
            if self.providers.list[id as usize].place.pool() == Some(from) {
                self.relocate(id, Place::Pool(to as u8));
                self.plan_record.moved_whole += 1;
            }
        }
        for venue in [from, to] {
            let pool = &mut self.venues[venue];
            pool.refresh();
            pool.settled_root_k = pool.root_k();
        }
        moved_usd
    }

    /// Gives the balances of one curve to another, empty one; returns whether that is possible.
    fn hand_over_curve(&mut self, from: usize, to: usize) -> bool {
        let tokens_each = self.tokens_each(from, to);
        let Ok([left, entered]) = self.venues.get_disjoint_mut([from, to]) else { return false };
        let has_moved = entered.pool.succeed(&mut left.pool, tokens_each);
        if has_moved {
            std::mem::swap(&mut left.shared_ranges, &mut entered.shared_ranges);
            entered.shares = std::mem::take(&mut left.shares);
        }
        has_moved
    }

    /// Moves the providers `order` one after another from pool `from` to pool `to` by the operator's hand, free of charge to them, until
    /// `enough` says so; returns the opening value moved, USD, and how many were.
    pub(crate) fn move_providers(
        &mut self,
        order: &[u32],
        (from, to): (usize, usize),
        mut enough: impl FnMut(&Self) -> bool,
    ) -> (f64, u64) {
        let (mut moved_usd, mut heads) = (0.0, 0);
        for &id in order {
            let provider = self.providers.list[id as usize];
            if provider.place.pool() != Some(from) {
                continue;
            }
            if enough(self) {
                break;
            }
            self.withdraw(id, Place::InFlight(to as u8));
            self.deposit(id, to, Place::Pool(to as u8), MIGRATOR_DUST);
            moved_usd += provider.opening_usd;
            heads += 1;
        }
        (moved_usd, heads)
    }
}

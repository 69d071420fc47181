//! Migration transactions that wait for room in a block, dearest bid first.

use portage_base::actions::MoveRequest;
use std::collections::BinaryHeap;

/// A transaction that waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pending {
    /// What is asked, with the bid.
    pub request: MoveRequest,
    /// Gas that it uses.
    pub gas: u64,
    /// Order of arrival; the earlier goes first at equal bids.
    pub order: u64,
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.request.bid_gwei.total_cmp(&other.request.bid_gwei).then(other.order.cmp(&self.order))
    }
}

/// The backlog: transactions ordered by willingness to pay.
#[derive(Debug, Clone, Default)]
pub struct PendingQueue {
    heap: BinaryHeap<Pending>,
    sent: u64,
}

impl PendingQueue {
    /// An empty backlog with room for `senders` transactions, so that no block allocates.
    #[must_use]
    pub fn with_room(senders: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(senders), sent: 0 }
    }

    /// Adds a transaction; a sender has at most one waiting.
    pub fn send(&mut self, request: MoveRequest, gas: u64) {
        self.sent += 1;
        self.heap.push(Pending { request, gas, order: self.sent });
    }

    /// The dearest bid, if it pays `price_gwei` and fits into `room` gas; it leaves the backlog.
    pub fn include(&mut self, price_gwei: f64, room: u64) -> Option<Pending> {
        let first = self.heap.peek()?;
        (first.request.bid_gwei >= price_gwei && first.gas <= room).then(|| self.heap.pop()).flatten()
    }

    /// How many wait.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nobody waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_base::actions::Place;

    #[test]
    fn the_dearest_goes_first_and_the_poor_wait() {
        let mut queue = PendingQueue::with_room(4);
        for (provider, bid) in [(0, 50.0), (1, 90.0), (2, 50.0), (3, 10.0)] {
            queue.send(MoveRequest { provider, to: Place::Outside, bid_gwei: bid }, 100);
        }
        let order: Vec<u32> =
            std::iter::from_fn(|| queue.include(40.0, 100)).map(|sent| sent.request.provider).collect();
        assert_eq!(order, [1, 0, 2]);
        assert_eq!(queue.include(5.0, 99), None, "it does not fit");
        assert_eq!(queue.len(), 1);
    }
}

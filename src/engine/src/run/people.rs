//! The people of a run, and the queues in which they wait.

use crate::agents::{Arrival, Population};
use crate::model::{Dated, Model};
use crate::world::Books;
use portage_base::actions::MoveRequest;
use portage_chain::{Chain, PendingQueue};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The people of a run and what they wait for.
pub(super) struct People {
    pub(super) population: Population,
    pub(super) arrivals: BinaryHeap<Reverse<(u64, Arrival)>>,
    /// What waits for a block, by chain.
    waiting: [PendingQueue; 2],
    /// The block in which it is looked next at what comes through the bridge.
    pub(super) message_due: u64,
    pub(super) next_review: u64,
    block_seconds: f64,
}

impl People {
    pub(super) fn new(model: &Model, population: Population, arrivals: Vec<(f64, Arrival)>) -> Self {
        let block_seconds = model.block_seconds();
        let block = |seconds: f64| libm::ceil(seconds / block_seconds) as u64;
        let providers = model.providers.as_ref().map_or(0, |spec| spec.heads_max() as usize);
        // Room for every provider at once, so that no block allocates: each has at most one arrival and one request.
        let mut heap = BinaryHeap::with_capacity(2 * providers);
        heap.extend(arrivals.into_iter().map(|(seconds, arrival)| Reverse((block(seconds), arrival))));
        let next_review = block(population.next_review());
        Self {
            population,
            arrivals: heap,
            waiting: [providers, if model.crossing.is_some() { providers } else { 0 }].map(PendingQueue::with_room),
            message_due: u64::MAX,
            next_review,
            block_seconds,
        }
    }

    /// The share of providers that knows of the migration.
    pub(super) fn informed(&self) -> f64 {
        self.population.awareness.informed()
    }

    pub(super) const fn population(&self) -> &Population {
        &self.population
    }

    pub(super) fn backlog(&self) -> usize {
        self.waiting.iter().map(PendingQueue::len).sum()
    }

    /// The next block in which somebody acts: at once while anybody waits for a block.
    pub(super) fn due(&self) -> u64 {
        if !self.waiting.iter().all(PendingQueue::is_empty) {
            return 0;
        }
        let arrival = self.arrivals.peek().map_or(u64::MAX, |Reverse((due, _))| *due);
        self.next_review.min(arrival)
    }

    /// A dated event reaches the population.
    pub(super) fn hear(&mut self, event: Dated, seconds: f64) {
        match event {
            Dated::Announced => self.population.announce(),
            Dated::Campaign { informs, review_factor } => {
                self.population.awareness.inform(informs);
                self.population.review_factor *= review_factor;
                self.reschedule(seconds);
            }
            Dated::CampaignEnds { review_factor } => {
                self.population.review_factor /= review_factor;
                self.reschedule(seconds);
            }
            Dated::Opens
            | Dated::Batch
            | Dated::FrontEndSwitch
            | Dated::AggregatorsList
            | Dated::ProtocolShare { .. }
            | Dated::PerceivedHazard { .. } => {}
        }
    }

    fn reschedule(&mut self, seconds: f64) {
        self.population.schedule_review(seconds);
        self.next_review = self.block_of(self.population.next_review());
    }

    pub(super) fn block_of(&self, seconds: f64) -> u64 {
        libm::ceil(seconds / self.block_seconds) as u64
    }

    pub(super) fn send(&mut self, request: MoveRequest, chain: Chain, gas: u64) {
        self.queue(chain).send(request, gas);
    }

    pub(super) const fn queue(&mut self, chain: Chain) -> &mut PendingQueue {
        &mut self.waiting[chain as usize]
    }

    /// Lets what is under way through the bridge be looked at when the next of it arrives, in the block after `block` at the earliest,
    /// unless that happens sooner anyway.
    pub(super) fn wake_for_messages(&mut self, books: &Books, block: u64) {
        let seconds = books.crossing.as_ref().map_or(f64::INFINITY, |crossing| crossing.bridge.next_due());
        if seconds.is_finite() {
            let due = self.block_of(seconds).max(block + 1);
            if due < self.message_due {
                self.message_due = due;
                self.arrivals.push(Reverse((due, Arrival::Message)));
            }
        }
    }

    /// Lets something happen at `seconds`, in block `earliest` or later.
    pub(super) fn arrive_at(&mut self, seconds: f64, earliest: u64, arrival: Arrival) {
        let due = self.block_of(seconds).max(earliest);
        self.arrivals.push(Reverse((due, arrival)));
    }
}

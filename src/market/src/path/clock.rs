//! Poisson arrivals in time that is counted in blocks.

use portage_base::random::Stream;
use rand_distr::{Distribution, Exp1};

/// A Poisson clock: the time of its next arrival, and the stream from which waits and sizes are drawn.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub stream: Stream,
    mean_wait_blocks: f64,
    next: f64,
}

impl Clock {
    /// A clock with `rate_per_block` arrivals per block, zero for none, that has not been opened yet.
    pub fn new(rate_per_block: f64) -> Self {
        Self { stream: Stream::open(0, 0, ""), mean_wait_blocks: 1.0 / rate_per_block, next: f64::INFINITY }
    }

    /// Starts the clock at block 0 with draws from the stream `name`.
    pub fn open(&mut self, seed: u64, run: u64, name: &str) {
        self.stream = Stream::open(seed, run, name);
        self.next = 0.0;
        self.wind();
    }

    /// The time of the next arrival, in blocks since the start.
    pub const fn next(&self) -> f64 {
        self.next
    }

    /// Moves on to the arrival after the next one.
    pub fn wind(&mut self) {
        self.next = if self.mean_wait_blocks.is_finite() {
            let wait: f64 = Exp1.sample(&mut self.stream);
            self.next + wait * self.mean_wait_blocks
        } else {
            f64::INFINITY
        };
    }
}

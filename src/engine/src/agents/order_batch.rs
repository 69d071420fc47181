//! Orders drawn ahead: waiting times, sizes and the uniform draws that decide side and route.

use super::arrivals::Arrivals;
use portage_base::elementary::exp;
use portage_base::random::Stream;
use rand_distr::{Distribution, StandardNormal};

/// Orders that are drawn at a time.
const AHEAD: usize = 256;

/// One order as drawn: nothing in it depends on the state of the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DrawnOrder {
    /// Size in units of the mean size.
    pub size: f64,
    /// Uniform in [0, 1): decides the side.
    pub side: f64,
    /// Uniform in [0, 1): decides the route.
    pub route: f64,
}

/// The tape of the orders of one class in one run.
///
/// Law: arrivals are a process of mean rate 1 on an operational clock, which the caller advances by the present rate
/// of orders; sizes are lognormal with mean 1 and the given standard deviation of the log. Because the tape runs
/// on its own clock, a change of the rate moves no draw.
#[derive(Debug, Clone)]
pub(super) struct OrderBatch {
    gaps: Box<[f64; AHEAD]>,
    sizes: Box<[f64; AHEAD]>,
    sides: Box<[f64; AHEAD]>,
    routes: Box<[f64; AHEAD]>,
    next: usize,
    due: f64,
    size_sd: f64,
    arrivals: Arrivals,
    streams: [Stream; 4],
}

impl OrderBatch {
    /// Opens the tape of a run, which is that of all orders or of the class `class`; `size_sd` is the standard deviation of the
    /// log size. Every class has streams of its own, so that what another class does moves no draw.
    pub(super) fn open(seed: u64, run: u64, class: Option<&str>, size_sd: f64, arrivals: Arrivals) -> Self {
        let names = ["arrival", "size", "side", "route"];
        let stream = |name: &str| match class {
            None => Stream::open(seed, run, &format!("orders/{name}")),
            Some(class) => Stream::open(seed, run, &format!("orders/class/{class}/{name}")),
        };
        let zeros = || Box::new([0.0; AHEAD]);
        let mut order_batch = Self {
            gaps: zeros(),
            sizes: zeros(),
            sides: zeros(),
            routes: zeros(),
            next: 0,
            due: 0.0,
            size_sd,
            arrivals,
            streams: names.map(stream),
        };
        order_batch.refill();
        order_batch.due = order_batch.gaps[0];
        order_batch
    }

    /// When the next order arrives on the operational clock.
    #[inline]
    pub(super) const fn due(&self) -> f64 {
        self.due
    }

    /// The next order that has arrived by `now` on the operational clock.
    #[inline]
    pub(super) fn next_by(&mut self, now: f64) -> Option<DrawnOrder> {
        if self.due > now {
            return None;
        }
        let at = self.next;
        let order = DrawnOrder { size: self.sizes[at], side: self.sides[at], route: self.routes[at] };
        self.next += 1;
        if self.next == AHEAD {
            self.refill();
        }
        self.due += self.gaps[self.next];
        Some(order)
    }

    #[cold]
    fn refill(&mut self) {
        let [arrivals, sizes, sides, routes] = &mut self.streams;
        self.arrivals.draw(&mut self.gaps[..], arrivals);
        for size in self.sizes.iter_mut() {
            *size = StandardNormal.sample(sizes);
        }
        let (sd, mean) = (self.size_sd, 0.5 * self.size_sd * self.size_sd);
        for size in self.sizes.iter_mut() {
            *size = exp(sd * *size - mean);
        }
        for (side, route) in self.sides.iter_mut().zip(self.routes.iter_mut()) {
            *side = sides.uniform();
            *route = routes.uniform();
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_poisson_and_sizes_have_mean_one() {
        let mut order_batch = OrderBatch::open(1, 2, None, 1.0, Arrivals::Poisson);
        let (mut count, mut size, mut squares): (f64, f64, f64) = (0.0, 0.0, 0.0);
        for block in 1..=100_000 {
            let mut here = 0.0;
            while let Some(order) = order_batch.next_by(0.8 * f64::from(block)) {
                here += 1.0;
                size += order.size;
            }
            count += here;
            squares += here * here;
        }
        // Mean 0.8 and variance 0.8 a block, 100,000 blocks: standard errors 0.0028 and 0.0055. Mean size: sd 1.31 over
        // 80,000 draws, 0.0046. 4.5 standard errors each, error probability 2e-5 together.
        let mean = count / 1e5;
        assert!((mean - 0.8).abs() < 0.013 && (squares / 1e5 - mean * mean - 0.8).abs() < 0.025, "{mean}");
        assert!((size / count - 1.0).abs() < 0.021, "mean size {}", size / count);
    }
}

//! The laws of a bridge: how long a message takes, what a rate limit lets through, and what a wrapped token is worth.

use super::{Route, WrappedDiscount};
use portage_base::random::Stream;
use portage_base::units::{BPS, SECONDS_PER_YEAR};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Seconds of an hour.
const SECONDS_PER_HOUR: f64 = 3_600.0;

/// Largest discount of a wrapped token that is reckoned with: below a hundredth of its value nobody bridges any more (judgement).
const DISCOUNT_MAX: f64 = 0.99;

/// One direction of a bridge in one run.
///
/// Law of the delay: finality (which stands still during stalls) + L + N x retry_after, L lognormal, N geometric with
/// P(N >= n) = failure^n; then the rate limit.
#[derive(Debug, Clone)]
pub struct Lane {
    finality: f64,
    /// Beginnings of stalls in order, seconds; each lasts `stall_seconds`.
    stalls: Vec<f64>,
    stall_seconds: f64,
    latency: f64,
    latency_sd: f64,
    failure: f64,
    retry_after: f64,
    bucket: Option<TokenBucket>,
    /// Share of what is sent that the bridge keeps.
    pub fee: f64,
    /// Gas of sending.
    pub send_gas: u64,
}

impl Lane {
    /// Opens a direction for a run of `horizon` seconds; stalls come from the stream `name`.
    #[must_use]
    pub fn open(route: &Route, (seed, run): (u64, u64), name: &str, horizon: f64) -> Self {
        let mut stalls = Vec::new();
        let mut stall_seconds = 0.0;
        if let Some(law) = &route.stalls {
            let mut stream = Stream::open(seed, run, name);
            stall_seconds = law.lasting.seconds();
            let mut wait = || -> f64 {
                let drawn: f64 = Exp1.sample(&mut stream);
                drawn * SECONDS_PER_YEAR / law.per_year
            };
            let mut at = wait();
            while at < horizon {
                stalls.push(at);
                // The next one can only begin once this one is over.
                at += stall_seconds + wait();
            }
        }
        Self {
            finality: route.finality.seconds(),
            stalls,
            stall_seconds,
            latency: route.latency.seconds(),
            latency_sd: route.latency_sd,
            failure: route.failure,
            retry_after: route.retry_after.seconds(),
            bucket: route.rate_limit_usd_per_hour.map(|usd| TokenBucket::new(usd, route.rate_limit_burst_usd)),
            fee: route.fee_bps / BPS,
            send_gas: route.send_gas,
        }
    }

    /// When a message that is sent at `seconds` arrives, before any rate limit, and how often its delivery failed. Draws twice.
    #[must_use]
    pub fn arrival(&self, seconds: f64, stream: &mut Stream) -> (f64, u32) {
        let normal: f64 = StandardNormal.sample(stream);
        let uniform = 1.0 - stream.uniform();
        let failures = if self.failure > 0.0 { libm::floor(libm::log(uniform) / libm::log(self.failure)) } else { 0.0 };
        let latency = self.latency * libm::exp(self.latency_sd * normal);
        (self.final_at(seconds) + latency + failures * self.retry_after, failures as u32)
    }

    /// When what is sent at `seconds` is final.
    fn final_at(&self, seconds: f64) -> f64 {
        let mut due = seconds + self.finality;
        for &stall in &self.stalls {
            let end = stall + self.stall_seconds;
            if stall < due && end > seconds {
                due += end - stall.max(seconds);
            }
        }
        due
    }

    /// Expected delay of what is sent at `seconds`, stalls apart and with the queue as it is.
    #[must_use]
    pub fn expected_delay(&self, seconds: f64) -> Delay {
        let latency = self.latency * libm::exp(0.5 * self.latency_sd * self.latency_sd);
        let retries = self.retry_after * self.failure / (1.0 - self.failure);
        let bare = self.finality + latency + retries;
        let delay = Delay { seconds: bare, at_once_usd: f64::INFINITY, seconds_per_usd: 0.0 };
        self.bucket.as_ref().map_or(delay, |bucket| bucket.delay(seconds + bare, bare))
    }

    /// When a message worth `value_usd` that has arrived at `seconds` may pass; messages are asked for in the order of their arrival.
    pub fn release(&mut self, value_usd: f64, seconds: f64) -> f64 {
        self.bucket.as_mut().map_or(seconds, |bucket| bucket.release(value_usd, seconds))
    }
}

/// A token bucket with a queue: it fills at `usd_per_second` up to `most_usd`; the first in the queue passes once the bucket holds
/// its whole value, for which the bucket fills as far as it takes.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    usd_per_second: f64,
    most_usd: f64,
    level_usd: f64,
    /// When the last message passed, or will: what comes before stands behind it in the queue.
    free_at: f64,
}

impl TokenBucket {
    /// A full bucket that lets `usd_per_hour` through and holds `most_usd`.
    #[must_use]
    pub fn new(usd_per_hour: f64, most_usd: f64) -> Self {
        Self { usd_per_second: usd_per_hour / SECONDS_PER_HOUR, most_usd, level_usd: most_usd, free_at: 0.0 }
    }

    /// When a message worth `value_usd` that arrives at `seconds` passes.
    pub fn release(&mut self, value_usd: f64, seconds: f64) -> f64 {
        let start = seconds.max(self.free_at);
        let level = self.level_at(start);
        let missing = (value_usd - level).max(0.0);
        self.level_usd = level - (value_usd - missing);
        self.free_at = start + missing / self.usd_per_second;
        self.free_at
    }

    fn level_at(&self, start: f64) -> f64 {
        (self.level_usd + (start - self.free_at) * self.usd_per_second).min(self.most_usd)
    }

    /// The delay of what arrives at `seconds` after `bare` seconds on the way.
    fn delay(&self, seconds: f64, bare: f64) -> Delay {
        let start = seconds.max(self.free_at);
        Delay {
            seconds: bare + start - seconds,
            at_once_usd: self.level_at(start),
            seconds_per_usd: 1.0 / self.usd_per_second,
        }
    }
}

/// What a sender expects: a time for anything, and more for every USD above what the rate limit lets through at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// For anything, seconds.
    pub seconds: f64,
    /// Value that adds nothing to it, USD.
    pub at_once_usd: f64,
    /// For every USD above, seconds.
    pub seconds_per_usd: f64,
}

impl Delay {
    /// Expected time from sending `value_usd` to its delivery, seconds.
    #[must_use]
    pub fn seconds_for(&self, value_usd: f64) -> f64 {
        self.seconds + (value_usd - self.at_once_usd).max(0.0) * self.seconds_per_usd
    }
}

/// The discount of wrapped tokens in one run; see [`WrappedDiscount`].
#[derive(Debug, Clone)]
pub struct Discount {
    law: WrappedDiscount,
    deviation: f64,
    after_theft: f64,
    stream: Stream,
}

impl Discount {
    /// Opens it at a draw from its stationary law.
    #[must_use]
    pub fn open(law: WrappedDiscount, seed: u64, run: u64) -> Self {
        let mut stream = Stream::open(seed, run, "bridge/discount");
        let normal: f64 = StandardNormal.sample(&mut stream);
        Self { deviation: law.sd * normal, after_theft: 0.0, law, stream }
    }

    /// Lets `elapsed` seconds pass: the exact transition.
    pub fn advance(&mut self, elapsed: f64) {
        let kept = libm::exp2(-elapsed / self.law.half_life.seconds());
        let normal: f64 = StandardNormal.sample(&mut self.stream);
        self.deviation = kept * self.deviation + self.law.sd * (1.0 - kept * kept).sqrt() * normal;
        self.after_theft *= kept;
    }

    /// The bridge has been robbed.
    pub const fn jump(&mut self) {
        self.after_theft += self.law.after_theft;
    }

    /// The discount, share of value.
    #[must_use]
    pub fn share(&self) -> f64 {
        let quiet = self.law.level * libm::exp(self.deviation - 0.5 * self.law.sd * self.law.sd);
        (quiet + self.after_theft).min(DISCOUNT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FinalityStalls;
    use portage_base::units::Span;

    fn span(seconds: f64) -> Span {
        Span::from_seconds(seconds).unwrap()
    }

    fn route() -> Route {
        Route {
            latency: span(780.0),
            latency_sd: 0.5,
            finality: span(768.0),
            stalls: None,
            failure: 0.3,
            retry_after: span(3_600.0),
            rate_limit_usd_per_hour: None,
            rate_limit_burst_usd: 0.0,
            fee_bps: 0.0,
            send_gas: 0,
        }
    }

    #[test]
    fn the_mean_delay_is_finality_and_latency_and_retries() {
        let lane = Lane::open(&route(), (3, 1), "stalls", 1e6);
        let (mut sum, mut squares, draws) = (0.0, 0.0, 100_000);
        for id in 0..draws {
            let mut stream = Stream::open(3, id, "message");
            let (arrival, _) = lane.arrival(50.0, &mut stream);
            (sum, squares) = (sum + arrival - 50.0, squares + (arrival - 50.0) * (arrival - 50.0));
        }
        let mean = sum / draws as f64;
        let error = ((squares / draws as f64 - mean * mean) / draws as f64).sqrt();
        // By hand: 768 + 780 exp(0.125) + 3600 x 0.3 / 0.7. 4.5 standard errors: error probability 7e-6.
        let law = 768.0 + 780.0 * libm::exp(0.125) + 3_600.0 * 0.3 / 0.7;
        assert!((mean - law).abs() < 4.5 * error && error < 0.01 * law, "{mean} against {law}, error {error}");
        assert!((lane.expected_delay(0.0).seconds_for(1e6) - law).abs() < 1e-9);
    }

    #[test]
    fn value_passes_at_the_limit_first_come_first_served() {
        let mut bucket = TokenBucket::new(1e6, 0.0);
        let sizes = [2e5, 1.5e6, 3e5, 1e6];
        let released: Vec<f64> = sizes.iter().map(|value| bucket.release(*value, 100.0)).collect();
        assert!(released.windows(2).all(|pair| pair[0] < pair[1]));
        // V / r after it began: 3 million at one million an hour.
        assert!((released[3] - 100.0 - 3.0 * 3_600.0).abs() < 1e-6, "{released:?}");
        // What a bucket holds passes at once, and it holds no more than that however long it waits.
        let mut full = TokenBucket::new(1e6, 5e5);
        assert_eq!(full.release(5e5, 1e6), 1e6);
        assert!((full.release(1e6, 1e6) - 1e6 - 3_600.0).abs() < 1e-6);
        assert!((full.delay(1e6, 50.0).seconds_for(2.5e5) - 50.0 - 4_500.0).abs() < 1e-6);
        // A quarter of an hour later a quarter of a million is there.
        assert!((full.release(2.5e5, 1e6 + 4_500.0) - 1e6 - 4_500.0).abs() < 1e-6);
    }

    #[test]
    fn finality_stands_still_during_a_stall() {
        let stalls = Some(FinalityStalls { per_year: 200.0, lasting: span(2_700.0) });
        let certain = Route { latency_sd: 0.0, failure: 0.0, stalls, ..route() };
        let lane = Lane::open(&certain, (1, 2), "stalls", 1e7);
        let first = lane.stalls[0];
        assert!(lane.stalls.len() > 20 && lane.stalls.windows(2).all(|pair| pair[1] - pair[0] >= 2_700.0));
        assert!((lane.final_at(first - 10.0) - (first - 10.0 + 768.0 + 2_700.0)).abs() < 1e-6);
        assert!((lane.final_at(first + 700.0) - (first + 700.0 + 768.0 + 2_000.0)).abs() < 1e-6);
        assert!((lane.final_at(first - 769.0) - (first - 1.0)).abs() < 1e-6);
    }

    #[test]
    fn the_discount_has_its_mean_and_fades_after_a_theft() {
        let law = WrappedDiscount { level: 0.002, sd: 0.6, half_life: span(86_400.0), after_theft: 0.2 };
        let count = 40_000;
        let ends: Vec<f64> = (0..count)
            .map(|run| {
                let mut discount = Discount::open(law, 5, run);
                discount.advance(86_400.0);
                discount.share()
            })
            .collect();
        let mean = ends.iter().sum::<f64>() / count as f64;
        // sd of a lognormal with mean m and log sd 0.6 is m sqrt(exp(0.36) - 1) = 0.658 m; 4.5 standard errors, 7e-6.
        assert!((mean / 0.002 - 1.0).abs() < 4.5 * 0.658 / 200.0, "{mean}");
        let still = WrappedDiscount { sd: 0.0, ..law };
        let mut discount = Discount::open(still, 5, 0);
        discount.jump();
        assert!((discount.share() - 0.202).abs() < 1e-15);
        discount.advance(86_400.0);
        assert!((discount.share() - 0.102).abs() < 1e-15);
    }
}

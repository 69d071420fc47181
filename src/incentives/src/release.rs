//! What is released little by little after it was added: vested rewards, and sales on a schedule.

use std::collections::VecDeque;

/// Amounts of `N` owners, each addition released evenly over the same time after it was added.
///
/// Law: of an amount a that was added at time s, a min((t - s)/over, 1) has been released by time t. Additions that follow the first
/// one of a tranche within `over / tranches_max` join it: what waits is then released evenly up to the mean of the first and
/// the last addition's own end, so that each part of every addition comes at most half that interval earlier or later than by
/// the law. Everything that is added comes out, and nothing more. Memory is taken once, for `tranches_max` and two more tranches.
#[derive(Debug, Clone, PartialEq)]
pub struct Release<const N: usize> {
    over_seconds: f64,
    joined_seconds: f64,
    seconds: f64,
    tranches: VecDeque<Tranche<N>>,
    tranches_max: usize,
}

/// Additions that are released together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tranche<const N: usize> {
    first_seconds: f64,
    end_seconds: f64,
    waiting: [f64; N],
}

impl<const N: usize> Release<N> {
    /// Nothing that waits, at time zero; additions are released over `over_seconds` (not negative) in about `tranches_max`
    /// tranches at a time (at least one).
    #[must_use]
    pub fn new(over_seconds: f64, tranches_max: usize) -> Self {
        let joined_seconds = over_seconds / tranches_max.max(1) as f64;
        // Tranches begin `joined_seconds` apart and last `over_seconds` and half of that: one more than `tranches_max` at a time,
        // and one for rounding.
        let room = tranches_max.max(1) + 2;
        Self { over_seconds, joined_seconds, seconds: 0.0, tranches: VecDeque::with_capacity(room), tranches_max: room }
    }

    /// Adds amounts (not negative) at the present time: that of the last `advance`.
    pub fn add(&mut self, amounts: &[f64; N]) {
        let (now, full) = (self.seconds, self.tranches.len() >= self.tranches_max);
        let joins = |newest: &&mut Tranche<N>| full || now - newest.first_seconds < self.joined_seconds;
        match self.tranches.back_mut().filter(joins) {
            Some(newest) => {
                newest.end_seconds = 0.5 * (newest.first_seconds + now) + self.over_seconds;
                for (waiting, amount) in newest.waiting.iter_mut().zip(amounts) {
                    *waiting += amount;
                }
            }
            None => self.tranches.push_back(Tranche {
                first_seconds: now,
                end_seconds: now + self.over_seconds,
                waiting: *amounts,
            }),
        }
    }

    /// Brings the clock to `seconds` and returns what fell due since the last call; a time that is past changes nothing.
    pub fn advance(&mut self, seconds: f64) -> [f64; N] {
        let mut due = [0.0; N];
        let now = seconds.max(self.seconds);
        for tranche in &mut self.tranches {
            let left = tranche.end_seconds - self.seconds;
            let part = if now >= tranche.end_seconds { 1.0 } else { (now - self.seconds) / left };
            for (due, waiting) in due.iter_mut().zip(&mut tranche.waiting) {
                let released = *waiting * part;
                *waiting -= released;
                *due += released;
            }
        }
        while self.tranches.front().is_some_and(|oldest| oldest.end_seconds <= now) {
            self.tranches.pop_front();
        }
        self.seconds = now;
        due
    }

    /// What has been added and not yet released.
    #[must_use]
    pub fn waiting(&self) -> [f64; N] {
        let mut sums = [0.0; N];
        for tranche in &self.tranches {
            for (sum, waiting) in sums.iter_mut().zip(&tranche.waiting) {
                *sum += waiting;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_addition_is_released_at_an_even_rate() {
        let mut release = Release::<2>::new(100.0, 64);
        assert_eq!(release.advance(50.0), [0.0; 2]);
        release.add(&[10.0, 4.0]);
        let mut so_far = [0.0; 2];
        for (seconds, share) in [(50.0, 0.0), (60.0, 0.1), (61.0, 0.11), (125.0, 0.75), (40.0, 0.75), (150.0, 1.0)] {
            for (sum, due) in so_far.iter_mut().zip(release.advance(seconds)) {
                *sum += due;
            }
            assert!((so_far[0] - 10.0 * share).abs() < 1e-12 && (so_far[1] - 4.0 * share).abs() < 1e-12, "{seconds}");
        }
        assert_eq!((release.waiting(), release.advance(1e9)), ([0.0; 2], [0.0; 2]));
    }

    #[test]
    fn without_a_time_everything_falls_due_at_once() {
        let mut release = Release::<1>::new(0.0, 64);
        release.add(&[3.0]);
        release.add(&[4.0]);
        assert_eq!(release.advance(0.0), [7.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Whatever is added comes out, within half an interval of the law, and in proportion to what was added.
        #[test]
        fn everything_comes_out_by_the_law(
            steps in proptest::collection::vec((prop_oneof![0.0..0.5_f64, 0.0..3.0_f64, 0.0..300.0_f64], 0.0..100.0_f64), 1..400),
            tranches_max in 1_usize..65,
        ) {
            const OVER: f64 = 100.0;
            let half = 0.5 * OVER / tranches_max as f64;
            let mut release = Release::<2>::new(OVER, tranches_max);
            let room = release.tranches.capacity();
            let (mut now, mut added, mut out): (f64, Vec<(f64, f64)>, f64) = (0.0, Vec::new(), 0.0);
            for (wait, amount) in steps {
                now += wait;
                let due = release.advance(now);
                prop_assert!((due[1] - 7.0 * due[0]).abs() <= 1e-12 * due[1]);
                out += due[0];
                let total: f64 = added.iter().map(|(_, amount)| amount).sum();
                let law = |time: f64| added.iter().map(|(at, a)| a * ((time - at) / OVER).clamp(0.0, 1.0)).sum::<f64>();
                let rounding = 1e-12 * total;
                prop_assert!(out <= law(now + half) + rounding, "{out} by {now}, the law {}", law(now + half));
                prop_assert!(out >= law(now - half) - rounding, "{out} by {now}, the law {}", law(now - half));
                prop_assert!((out + release.waiting()[0] - total).abs() <= rounding);
                release.add(&[amount, 7.0 * amount]);
                added.push((now, amount));
                prop_assert!(release.tranches.len() <= tranches_max + 2);
            }
            out += release.advance(now + OVER)[0];
            let total: f64 = added.iter().map(|(_, amount)| amount).sum();
            prop_assert!((out - total).abs() <= 1e-12 * total && release.waiting() == [0.0; 2]);
            prop_assert_eq!(release.tranches.capacity(), room);
        }
    }
}

//! A programme's payments on the run's clock.

use super::{ProgrammeSpec, Schedule};
use portage_base::units::Instant;

/// A programme's payments on the run's clock: cumulative tokens as a function of time.
///
/// Law: with B the budget less what is kept for a retention bonus, u the share of the programme's time T that has passed and
/// t = u T, constant S(t) = B u, linear decay S(t) = B u (2 - u), exponential decay of half-life h
/// S(t) = B (1 - 2^(-t/h)) / (1 - 2^(-T/h)); cliff S(t) = r (min(t, c) + m max(t - c, 0)) with m the later rate's multiple and r
/// such that S(T) = B, front-loaded the same with m = 1/multiple; steps: the rate is r times the last multiple, r such that
/// S(T) = B. A programme that is stopped follows the same law up to that date and pays nothing after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Emission {
    budget: f64,
    bonus: f64,
    from_seconds: f64,
    until_seconds: f64,
    ends_seconds: f64,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Constant,
    LinearDecay,
    ExponentialDecay { half_life_seconds: f64 },
    Cliff { at_seconds: f64, then: f64 },
    Steps(Box<[Stretch]>),
}

/// A time of constant rate, up to the next stretch or the end of the programme.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from_seconds: f64,
    paid_before: f64,
    rate_per_second: f64,
}

impl Emission {
    /// The payments of the share `weight` of `programme`, seconds counted from `start`; `until` is after `from`, and the dates of
    /// the schedule lie between them in order.
    #[must_use]
    pub fn new(programme: &ProgrammeSpec, weight: f64, start: Instant) -> Self {
        let seconds = |date: Instant| date.seconds_since(start);
        let (from_seconds, until_seconds) = (seconds(programme.from), seconds(programme.until));
        let whole = programme.budget * weight;
        let bonus = programme.retention_bonus.map_or(0.0, |bonus| whole * bonus.share);
        let budget = whole - bonus;
        let shape = match &programme.schedule {
            Schedule::Constant => Shape::Constant,
            Schedule::LinearDecay => Shape::LinearDecay,
            Schedule::ExponentialDecay(decay) => {
                Shape::ExponentialDecay { half_life_seconds: decay.half_life.seconds() }
            }
            Schedule::Cliff(cliff) => Shape::Cliff { at_seconds: seconds(cliff.at), then: cliff.then },
            Schedule::FrontLoaded(front) => {
                Shape::Cliff { at_seconds: seconds(front.bonus_until), then: 1.0 / front.multiple }
            }
            Schedule::Steps(steps) => {
                let later = steps.iter().map(|step| (seconds(step.at), step.then));
                let rates: Vec<(f64, f64)> = std::iter::once((from_seconds, 1.0)).chain(later).collect();
                Shape::Steps(stretches(&rates, until_seconds, budget))
            }
        };
        let ends_seconds = programme.stopped.map_or(until_seconds, |date| seconds(date).min(until_seconds));
        Self { budget, bonus, from_seconds, until_seconds, ends_seconds, shape }
    }

    /// Tokens paid up to `seconds` on the run's clock.
    #[must_use]
    pub fn paid_by(&self, seconds: f64) -> f64 {
        let now = seconds.min(self.ends_seconds).max(self.from_seconds);
        let passed = now - self.from_seconds;
        let length = self.until_seconds - self.from_seconds;
        let share = passed / length;
        match &self.shape {
            Shape::Constant => self.budget * share,
            Shape::LinearDecay => self.budget * share * (2.0 - share),
            Shape::ExponentialDecay { half_life_seconds } => {
                let decayed = |time: f64| -libm::expm1(-std::f64::consts::LN_2 * time / half_life_seconds);
                self.budget * (decayed(passed) / decayed(length))
            }
            Shape::Cliff { at_seconds, then } => {
                let weight =
                    |until: f64| (until.min(*at_seconds) - self.from_seconds) + then * (until - at_seconds).max(0.0);
                self.budget * weight(now) / weight(self.until_seconds)
            }
            Shape::Steps(stretches) => {
                let stretch = stretch_at(stretches, now);
                stretch.paid_before + stretch.rate_per_second * (now - stretch.from_seconds)
            }
        }
    }

    /// Tokens paid per second at `seconds` on the run's clock, zero outside the programme.
    #[must_use]
    pub fn rate_per_second(&self, seconds: f64) -> f64 {
        if !(self.from_seconds..self.ends_seconds).contains(&seconds) {
            return 0.0;
        }
        let length = self.until_seconds - self.from_seconds;
        match &self.shape {
            Shape::Constant => self.budget / length,
            Shape::LinearDecay => 2.0 * self.budget * (self.until_seconds - seconds) / (length * length),
            Shape::ExponentialDecay { half_life_seconds } => {
                let per_second = std::f64::consts::LN_2 / half_life_seconds;
                let left = libm::exp(-per_second * (seconds - self.from_seconds));
                self.budget * per_second * left / -libm::expm1(-per_second * length)
            }
            Shape::Cliff { at_seconds, then } => {
                let weight = (at_seconds - self.from_seconds) + then * (self.until_seconds - at_seconds);
                self.budget / weight * if seconds < *at_seconds { 1.0 } else { *then }
            }
            Shape::Steps(stretches) => stretch_at(stretches, seconds).rate_per_second,
        }
    }

    /// First and last second of payment on the run's clock; the bonus apart.
    #[must_use]
    pub const fn window(&self) -> (f64, f64) {
        (self.from_seconds, self.ends_seconds)
    }

    /// Tokens that are kept out of the emission for the retention bonus.
    #[must_use]
    pub const fn bonus_tokens(&self) -> f64 {
        self.bonus
    }
}

/// Stretches of constant rate from (beginning in seconds, relative rate), which pay `budget` by `until_seconds`.
fn stretches(rates: &[(f64, f64)], until_seconds: f64, budget: f64) -> Box<[Stretch]> {
    let ends = rates.iter().skip(1).map(|(from, _)| *from).chain(std::iter::once(until_seconds));
    let weight: f64 = rates.iter().zip(ends.clone()).map(|((from, rate), end)| rate * (end - from)).sum();
    let mut paid_before = 0.0;
    let stretch = |((from_seconds, rate), end): (&(f64, f64), f64)| {
        let rate_per_second = budget * rate / weight;
        let stretch = Stretch { from_seconds: *from_seconds, paid_before, rate_per_second };
        paid_before += rate_per_second * (end - from_seconds);
        stretch
    };
    rates.iter().zip(ends).map(stretch).collect()
}

/// The stretch that holds at `seconds`; the first one before its beginning.
fn stretch_at(stretches: &[Stretch], seconds: f64) -> Stretch {
    let begun = stretches.partition_point(|stretch| stretch.from_seconds <= seconds);
    stretches[begun.saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cliff, ExponentialDecay, FrontLoaded, RateStep, RetentionBonus};
    use portage_base::units::Span;
    use proptest::prelude::*;

    const START: Instant = Instant::from_unix(0);

    /// 1,000 tokens between the seconds 100 and 1,100.
    fn programme(schedule: Schedule) -> ProgrammeSpec {
        ProgrammeSpec {
            token: "SUSHI".into(),
            venue: Some("new".into()),
            venues: std::collections::BTreeMap::new(),
            pays_pledged: false,
            budget: 1_000.0,
            from: Instant::from_unix(100),
            until: Instant::from_unix(1_100),
            schedule,
            stopped: None,
            only_migrated: false,
            cap_usd: None,
            boost: None,
            matches_fees: None,
            vesting: None,
            lock: None,
            retention_bonus: None,
            sold_share: 1.0,
            sold_later: None,
        }
    }

    fn half_life(seconds: f64) -> Schedule {
        Schedule::ExponentialDecay(ExponentialDecay { half_life: Span::from_seconds(seconds).unwrap() })
    }

    fn every_schedule() -> Vec<Schedule> {
        let step = |seconds, then| RateStep { at: Instant::from_unix(seconds), then };
        vec![
            Schedule::Constant,
            Schedule::LinearDecay,
            half_life(60.0),
            half_life(250.0),
            half_life(1e9),
            Schedule::Cliff(Cliff { at: Instant::from_unix(300), then: 0.1 }),
            Schedule::FrontLoaded(FrontLoaded { bonus_until: Instant::from_unix(300), multiple: 3.0 }),
            Schedule::Steps(vec![step(200, 0.5), step(300, 0.0), step(900, 4.0)]),
        ]
    }

    #[test]
    fn every_schedule_pays_its_budget_and_its_rate_is_the_slope() {
        for schedule in every_schedule() {
            let emission = Emission::new(&programme(schedule.clone()), 1.0, START);
            assert_eq!(emission.paid_by(0.0), 0.0);
            assert!((emission.paid_by(2_000.0) / 1_000.0 - 1.0).abs() < 1e-12, "{schedule:?}");
            let mut before = 0.0;
            for seconds in [150.0, 299.0, 301.0, 700.0, 1_050.0] {
                let slope = (emission.paid_by(seconds + 0.5) - emission.paid_by(seconds - 0.5)) / 1.0;
                let rate = emission.rate_per_second(seconds);
                // The third derivative of the fastest decay, over a difference of one second: a relative 6e-6.
                assert!((slope - rate).abs() <= 1e-5 * rate + 1e-9, "{schedule:?} at {seconds}: {slope} {rate}");
                assert!(emission.paid_by(seconds) >= before);
                before = emission.paid_by(seconds);
            }
            assert_eq!(emission.rate_per_second(99.0) + emission.rate_per_second(1_100.0), 0.0);
        }
    }

    #[test]
    fn rates_stand_in_the_proportions_that_the_schedule_states() {
        let rate = |schedule, seconds| Emission::new(&programme(schedule), 1.0, START).rate_per_second(seconds);
        let close = |one: f64, other: f64| assert!((one / other - 1.0).abs() < 1e-12, "{one} against {other}");
        close(rate(half_life(250.0), 600.0), rate(half_life(250.0), 350.0) / 2.0);
        close(rate(half_life(1e16), 100.0), 1.0);
        let front = Schedule::FrontLoaded(FrontLoaded { bonus_until: Instant::from_unix(300), multiple: 3.0 });
        close(rate(front.clone(), 299.0), 3.0 * rate(front.clone(), 300.0));
        // 200 s at three times the rate of 800 s: 1,400 s of it.
        close(rate(front, 300.0), 1_000.0 / 1_400.0);
        let step = |seconds, then| RateStep { at: Instant::from_unix(seconds), then };
        let steps = Schedule::Steps(vec![step(600, 0.25)]);
        let cliff = Schedule::Cliff(Cliff { at: Instant::from_unix(600), then: 0.25 });
        for seconds in [100.0, 599.0, 600.0, 1_099.0] {
            close(rate(steps.clone(), seconds), rate(cliff.clone(), seconds));
        }
    }

    #[test]
    fn a_stopped_programme_never_pays_the_rest() {
        for schedule in every_schedule() {
            let whole = Emission::new(&programme(schedule.clone()), 0.5, START);
            let mut spec = programme(schedule);
            spec.stopped = Some(Instant::from_unix(400));
            let stopped = Emission::new(&spec, 0.5, START);
            for seconds in [50.0, 150.0, 399.0, 400.0] {
                assert_eq!(stopped.paid_by(seconds), whole.paid_by(seconds));
            }
            assert_eq!(stopped.rate_per_second(399.0), whole.rate_per_second(399.0));
            assert_eq!(stopped.paid_by(5_000.0), whole.paid_by(400.0));
            assert_eq!((stopped.rate_per_second(400.0), stopped.window()), (0.0, (100.0, 400.0)));
        }
    }

    #[test]
    fn a_retention_bonus_is_kept_out_of_the_emission() {
        let mut spec = programme(Schedule::LinearDecay);
        let held_for = Span::from_seconds(100.0).unwrap();
        spec.retention_bonus = Some(RetentionBonus { share: 0.3, at: Instant::from_unix(1_500), held_for });
        let emission = Emission::new(&spec, 0.4, START);
        assert!((emission.bonus_tokens() - 120.0).abs() < 1e-12);
        assert!((emission.paid_by(9_999.0) - 280.0).abs() < 1e-12);
        assert_eq!(Emission::new(&programme(Schedule::Constant), 0.4, START).bonus_tokens(), 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Any steps pay the budget, at rates that stand as stated, and never take anything back.
        #[test]
        fn any_steps_pay_the_budget(
            dates in proptest::collection::btree_set(101_i64..1_100, 1..=64),
            multiples in proptest::collection::vec(0.0..100.0_f64, 64),
            looks in proptest::collection::vec(0.0..1_200.0_f64, 20),
        ) {
            let dates: Vec<i64> = dates.into_iter().collect();
            let steps = dates.iter().zip(&multiples);
            let steps: Vec<RateStep> =
                steps.map(|(date, then)| RateStep { at: Instant::from_unix(*date), then: *then }).collect();
            let emission = Emission::new(&programme(Schedule::Steps(steps)), 1.0, START);
            prop_assert!((emission.paid_by(1_100.0) / 1_000.0 - 1.0).abs() < 1e-12);
            let first = emission.rate_per_second(100.0);
            for (date, then) in dates.iter().zip(&multiples) {
                prop_assert!((emission.rate_per_second(*date as f64) - then * first).abs() <= 1e-12 * then * first);
            }
            // The integral of the rate, second by second: dates are whole seconds.
            let mut sum = 0.0;
            for second in 0..1_200 {
                prop_assert!((emission.paid_by(f64::from(second)) - sum).abs() < 1e-9);
                sum += emission.rate_per_second(f64::from(second));
            }
            let mut looks = looks;
            looks.sort_by(f64::total_cmp);
            for pair in looks.windows(2) {
                prop_assert!(emission.paid_by(pair[0]) <= emission.paid_by(pair[1]));
            }
        }
    }
}

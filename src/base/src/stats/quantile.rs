//! Exact quantiles of a sample, with the order-statistic interval.

use super::{CONFIDENCE, Interval, TAIL_RUNS_MIN};
use statrs::distribution::{Binomial, DiscreteCDF};

/// Slack in a rank: n p is taken as whole when it is whole but for rounding.
const RANK_SLACK: f64 = 1e-9;

/// Finite values in ascending order, and how many values were missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    sorted: Vec<f64>,
    /// Values that were not finite.
    pub missing: usize,
}

/// A quantile with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct QuantileEstimate {
    /// Probability of the quantile.
    pub probability: f64,
    /// The sample's quantile.
    pub value: f64,
    /// Interval by order statistics.
    pub interval: Interval,
    /// Runs expected beyond the quantile, on its thinner side.
    pub tail_runs: u64,
    /// Runs needed before [`TAIL_RUNS_MIN`] lie beyond it.
    pub runs_needed: u64,
}

impl QuantileEstimate {
    /// Whether at least [`TAIL_RUNS_MIN`] runs lie beyond the quantile.
    #[must_use]
    pub const fn is_sufficient(&self) -> bool {
        self.tail_runs >= TAIL_RUNS_MIN
    }
}

impl Sample {
    /// The finite ones of `values`, sorted.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { missing: values.len() - sorted.len(), sorted }
    }

    /// The values in ascending order.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// Number of finite values.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The quantile at `probability` in (0, 1), `None` without values.
    ///
    /// Definition: the smallest value x with F_n(x) >= p, which is the order statistic of rank ceil(n p) (the inverse of the
    /// empirical distribution function, type 1 of Hyndman and Fan 1996). No interpolation: every quantile is a run that
    /// happened.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sorted[rank(count, probability) - 1])
    }

    /// The quantile at `probability` in (0, 1) with its interval; `None` without values.
    ///
    /// Law: with B ~ Binomial(n, p), the order statistics x_(l), x_(u) cover the quantile with probability at least
    /// P(l <= B < u), whatever the distribution; l and u are the innermost ranks that leave at most (1 - confidence)/2
    /// on each side. Where no such rank exists (too few runs for the tail) that end is unknown.
    /// Source: David and Nagaraja, Order Statistics, 3rd edition 2003, section 7.1.
    #[must_use]
    pub fn quantile_estimate(&self, probability: f64) -> Option<QuantileEstimate> {
        let value = self.quantile(probability)?;
        let (low, high) = interval_ranks(self.count(), probability);
        let at = |rank: Option<usize>| rank.map(|rank| self.sorted[rank - 1]);
        Some(QuantileEstimate {
            probability,
            value,
            interval: Interval { low: at(low), high: at(high) },
            tail_runs: tail_runs_expected(self.count(), probability),
            runs_needed: runs_needed(probability),
        })
    }
}

/// Rank of the quantile at `probability` among `count` values, 1..=count.
fn rank(count: usize, probability: f64) -> usize {
    let exact = count as f64 * probability;
    (libm::ceil(exact - RANK_SLACK) as usize).clamp(1, count)
}

/// Ranks l and u of the interval, 1-based; `None` where there is no such order statistic.
pub(super) fn interval_ranks(count: usize, probability: f64) -> (Option<usize>, Option<usize>) {
    let Ok(law) = Binomial::new(probability, count as u64) else { return (None, None) };
    let outside = 0.5 * (1.0 - CONFIDENCE);
    // P(B < l) <= outside, l as large as possible: l is the (outside)-quantile of B.
    let low = first_rank(count, |rank| law.cdf(rank as u64) > outside);
    // P(B >= u) <= outside, u as small as possible.
    let high = first_rank(count, |rank| law.cdf(rank as u64) >= 1.0 - outside).map(|rank| rank + 1);
    (low.filter(|rank| *rank >= 1), high.filter(|rank| *rank <= count))
}

/// The smallest k in 0..=count for which the monotone `reached(k)` holds.
fn first_rank(count: usize, reached: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut from, mut until) = (0, count + 1);
    while from < until {
        let middle = from + (until - from) / 2;
        if reached(middle) {
            until = middle;
        } else {
            from = middle + 1;
        }
    }
    (from <= count).then_some(from)
}

/// Runs expected beyond the quantile at `probability`, on its thinner side.
#[must_use]
pub fn tail_runs_expected(count: usize, probability: f64) -> u64 {
    libm::floor(count as f64 * probability.min(1.0 - probability) + RANK_SLACK) as u64
}

/// Runs needed before [`TAIL_RUNS_MIN`] of them lie beyond the quantile at `probability`.
#[must_use]
pub fn runs_needed(probability: f64) -> u64 {
    libm::ceil(TAIL_RUNS_MIN as f64 / probability.min(1.0 - probability) - RANK_SLACK) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::uniform;

    #[test]
    fn a_quantile_is_the_smallest_value_that_enough_runs_do_not_exceed() {
        let values = [5.0, f64::NAN, 1.0, 4.0, 2.0, 3.0];
        for (probability, expected) in [(0.2, 1.0), (0.21, 2.0), (0.5, 3.0), (0.6, 3.0), (0.95, 5.0)] {
            assert_eq!(Sample::of(&values).quantile(probability), Some(expected), "{probability}");
        }
        let sample = Sample::of(&[f64::NAN, f64::INFINITY]);
        assert_eq!((sample.count(), sample.missing, sample.quantile(0.5)), (0, 2, None));
    }

    /// Ranks from the binomial table by hand: n = 10, p = 0.5: P(B <= 1) = 0.0107, P(B <= 2) = 0.0547, so (2, 9), the
    /// textbook interval for a median of ten with coverage 0.9785; n = 100, p = 0.5: (40, 61), coverage 0.9648.
    #[test]
    fn ranks_agree_with_the_textbook() {
        assert_eq!(interval_ranks(10, 0.5), (Some(2), Some(9)));
        assert_eq!(interval_ranks(100, 0.5), (Some(40), Some(61)));
        // 0.95^58 = 0.0510, 0.95^59 = 0.0485 (Wilks): one-sided 97.5 % needs 0.95^n <= 0.025, which is n = 72.
        assert_eq!(interval_ranks(71, 0.95).1, None);
        assert_eq!(interval_ranks(72, 0.95).1, Some(72));
        assert_eq!(interval_ranks(5, 0.5), (None, None));
    }

    /// 2,000 samples of 300 exponentials: the share of intervals that cover the true 0.9 quantile ln 10 is at least 0.95,
    /// up to four standard errors of the count (0.0049 each): a false alarm has probability below 1e-4.
    #[test]
    fn intervals_cover_the_true_quantile() {
        let mut state = 7;
        let truth = std::f64::consts::LN_10;
        let covered = (0..2_000).filter(|_| {
            let values: Vec<f64> = (0..300).map(|_| -libm::log(1.0 - uniform(&mut state))).collect();
            let (low, high) = Sample::of(&values).quantile_estimate(0.9).unwrap().interval.ends().unwrap();
            low <= truth && truth <= high
        });
        let share = covered.count() as f64 / 2_000.0;
        assert!((0.95 - 0.02..0.985).contains(&share), "{share}");
    }

    #[test]
    fn too_few_runs_are_called_too_few() {
        assert_eq!((runs_needed(0.99), runs_needed(0.95), runs_needed(0.5)), (1_000, 200, 20));
        let sample = Sample::of(&(0..999).map(f64::from).collect::<Vec<_>>());
        assert!(!sample.quantile_estimate(0.99).unwrap().is_sufficient());
        assert!(sample.quantile_estimate(0.95).unwrap().is_sufficient());
        assert_eq!(tail_runs_expected(1_000, 0.99), 10);
    }
}

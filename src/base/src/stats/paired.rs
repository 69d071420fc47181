//! Differences between two samples: paired run by run, or independent.

use super::{CONFIDENCE, Interval, student};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The mean of one sample less the mean of another, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct DifferenceEstimate {
    /// Mean of the second sample less mean of the first.
    pub mean: f64,
    /// Standard error; `None` where the sample is too small.
    pub standard_error: Option<f64>,
    /// Interval of the difference.
    pub interval: Interval,
    /// Probability of a difference at least as large if there were none, by the law of the interval; `None` without an interval,
    /// or where the difference is the same in every pair.
    pub p_value: Option<f64>,
    /// Pairs with both values; without pairs, values of the smaller sample.
    pub count: usize,
    /// The second is more than the first by the same number in every pair: the interval then has no width.
    pub is_constant: bool,
    /// Correlation of the pairs; `None` without pairs, or where one sample does not vary.
    pub correlation: Option<f64>,
    /// How many times as many runs independent samples would need for the same standard error:
    /// (var a + var b) / var(b - a); `None` without pairs, or where the differences do not vary.
    pub variance_reduction: Option<f64>,
}

impl DifferenceEstimate {
    /// Whether the interval excludes zero.
    #[must_use]
    pub fn is_beyond_noise(&self) -> bool {
        self.interval.ends().is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// Count, mean and sum of squared deviations of a sample.
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Self { count, mean, squares }
    }

    /// Variance of a value, unbiased; NaN below two values.
    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

/// Difference of `second` less `first`, value by value; pairs in which either has none are left out. `None` without a pair.
///
/// Law: d_i = b_i - a_i, interval mean(d) +- t_{n-1} s_d / sqrt(n). Pairing pays by var d = var a + var b - 2 cov(a, b).
/// Source: Student 1908; common random numbers: Law, Simulation Modeling and Analysis, 5th edition 2015, section 11.2.
#[must_use]
pub fn paired_difference(first: &[f64], second: &[f64]) -> Option<DifferenceEstimate> {
    let pairs = || first.iter().zip(second).filter(|(a, b)| a.is_finite() && b.is_finite());
    let (a, b): (Vec<f64>, Vec<f64>) = pairs().map(|(a, b)| (*a, *b)).unzip();
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
    let (leading, count) = (*differences.first()?, differences.len());
    let is_constant = differences.iter().all(|difference| *difference == leading);
    let (of_a, of_b, of_d) = (Moments::of(&a), Moments::of(&b), Moments::of(&differences));
    let mean = if is_constant { leading } else { of_d.mean };
    let error = (count > 1).then(|| if is_constant { 0.0 } else { (of_d.variance() / of_d.count).sqrt() });
    let half_width = error.zip(student(count - 1)).map(|(error, quantile)| error * quantile);
    let crossed: f64 = a.iter().zip(&b).map(|(a, b)| (a - of_a.mean) * (b - of_b.mean)).sum();
    let spread = (of_a.squares * of_b.squares).sqrt();
    Some(DifferenceEstimate {
        mean,
        standard_error: error,
        interval: half_width.map_or(Interval::UNKNOWN, |half_width| Interval::around(mean, half_width)),
        p_value: error.filter(|error| *error > 0.0).and_then(|error| by_student(mean / error, (count - 1) as f64)),
        count,
        is_constant,
        correlation: (spread > 0.0).then(|| (crossed / spread).clamp(-1.0, 1.0)),
        variance_reduction: (!is_constant && count > 1)
            .then(|| (of_a.variance() + of_b.variance()) / of_d.variance())
            .filter(|ratio| ratio.is_finite()),
    })
}

/// Difference of the means of two independent samples, `second` less `first`; `None` where one has no value.
///
/// Law: se^2 = s_a^2/n_a + s_b^2/n_b, Student's t with se^4 / (s_a^4/(n_a^2 (n_a - 1)) + s_b^4/(n_b^2 (n_b - 1))) degrees of freedom.
/// Source: Welch 1947, Satterthwaite 1946.
#[must_use]
pub fn unpaired_difference(first: &[f64], second: &[f64]) -> Option<DifferenceEstimate> {
    let finite = |values: &[f64]| values.iter().copied().filter(|value| value.is_finite()).collect::<Vec<f64>>();
    let (a, b) = (finite(first), finite(second));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (of_a, of_b) = (Moments::of(&a), Moments::of(&b));
    let (share_a, share_b) = (of_a.variance() / of_a.count, of_b.variance() / of_b.count);
    let squared = share_a + share_b;
    let degrees = squared * squared / (share_a * share_a / (of_a.count - 1.0) + share_b * share_b / (of_b.count - 1.0));
    let mean = of_b.mean - of_a.mean;
    let error = Some(squared.sqrt()).filter(|error| error.is_finite());
    let law = StudentsT::new(0.0, 1.0, degrees).ok();
    let half_width = error.zip(law).map(|(error, law)| error * law.inverse_cdf(0.5 + 0.5 * CONFIDENCE));
    // Two samples that do not vary differ by what they differ.
    let half_width = half_width.or(error.filter(|error| *error == 0.0));
    Some(DifferenceEstimate {
        mean,
        standard_error: error,
        interval: half_width.map_or(Interval::UNKNOWN, |half_width| Interval::around(mean, half_width)),
        p_value: error.filter(|error| *error > 0.0).and_then(|error| by_student(mean / error, degrees)),
        count: a.len().min(b.len()),
        is_constant: error == Some(0.0),
        correlation: None,
        variance_reduction: None,
    })
}

/// Difference of two shares of runs, `second` less `first`, each value 1 (it happened) or 0, pair by pair; `None` without a pair.
///
/// Law: with f the number of pairs in which it happened in the second alone, g in the first alone, p = (f + 1)/(n + 2) and
/// q = (g + 1)/(n + 2): p - q +- z sqrt((p + q - (p - q)^2)/(n + 2)); it says something even when nothing happened in any run.
/// Source: Bonett and Price 2012.
#[must_use]
pub fn paired_share_difference(first: &[f64], second: &[f64]) -> Option<DifferenceEstimate> {
    let plain = paired_difference(first, second)?;
    let pairs = || first.iter().zip(second).filter(|(a, b)| a.is_finite() && b.is_finite());
    let only_second = pairs().filter(|(a, b)| **b > 0.5 && **a <= 0.5).count() as f64;
    let only_first = pairs().filter(|(a, b)| **a > 0.5 && **b <= 0.5).count() as f64;
    let n = plain.count as f64 + 2.0;
    let (p, q) = ((only_second + 1.0) / n, (only_first + 1.0) / n);
    let error = ((p + q - (p - q) * (p - q)) / n).sqrt();
    Some(shares((p - q, error), plain))
}

/// Difference of two independent shares of runs, `second` less `first`, each value 1 or 0; `None` where one has no value.
///
/// Law: one success and one failure are added to each sample, then z times the usual standard error. Source: Agresti and Caffo 2000.
#[must_use]
pub fn unpaired_share_difference(first: &[f64], second: &[f64]) -> Option<DifferenceEstimate> {
    let plain = unpaired_difference(first, second)?;
    let adjusted = |values: &[f64]| {
        let finite = || values.iter().filter(|value| value.is_finite());
        let n = finite().count() as f64 + 2.0;
        let share = (finite().filter(|value| **value > 0.5).count() as f64 + 1.0) / n;
        (share, share * (1.0 - share) / n)
    };
    let ((p, of_p), (q, of_q)) = (adjusted(second), adjusted(first));
    Some(shares((p - q, (of_p + of_q).sqrt()), plain))
}

/// The plain estimate with the interval `centre` +- z `error`, held inside [-1, 1].
fn shares((centre, error): (f64, f64), plain: DifferenceEstimate) -> DifferenceEstimate {
    let law = Normal::standard();
    let half_width = law.inverse_cdf(0.5 + 0.5 * CONFIDENCE) * error;
    let (low, high) = ((centre - half_width).max(-1.0), (centre + half_width).min(1.0));
    DifferenceEstimate {
        standard_error: Some(error),
        interval: Interval { low: Some(low), high: Some(high) },
        p_value: Some(2.0 * law.cdf(-(centre / error).abs())),
        is_constant: false,
        ..plain
    }
}

/// Two-sided probability of |T| beyond `score`; `None` without a law.
fn by_student(score: f64, degrees: f64) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, degrees).ok()?;
    Some(2.0 * law.cdf(-score.abs())).filter(|probability| probability.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::uniform;

    /// By hand: differences 1, 2, 3, 4 have mean 2.5 and s^2 = 5/3, standard error 0.645497, t_3 = 3.18245, so 2.5 +- 2.05426;
    /// the score 3.87298 has two-sided p = 0.03047 (t_3: F = 1/2 + (1/pi)(u/(1 + u^2) + atan u), u = score/sqrt 3).
    #[test]
    fn a_paired_difference_by_hand() {
        let estimate = paired_difference(&[1.0, f64::NAN, 5.0, 2.0, 7.0], &[2.0, 3.0, 7.0, 5.0, 11.0]).unwrap();
        assert_eq!((estimate.mean, estimate.count, estimate.is_constant), (2.5, 4, false));
        assert!((estimate.standard_error.unwrap() - 0.645_497).abs() < 1e-6);
        let (low, high) = estimate.interval.ends().unwrap();
        assert!((low - 0.445_74).abs() < 1e-4 && (high - 4.554_26).abs() < 1e-4, "{low} {high}");
        let u = estimate.mean / estimate.standard_error.unwrap() / 3.0_f64.sqrt();
        let truth = 1.0 - 2.0 / std::f64::consts::PI * (u / (1.0 + u * u) + libm::atan(u));
        assert!((estimate.p_value.unwrap() - truth).abs() < 1e-9 && (truth - 0.0305).abs() < 1e-4, "{truth}");
        assert!(estimate.is_beyond_noise());
    }

    #[test]
    fn equal_samples_differ_by_exactly_nothing() {
        let values = [0.1, 0.7, f64::NAN, -3.3];
        let estimate = paired_difference(&values, &values).unwrap();
        assert_eq!((estimate.mean, estimate.interval.ends(), estimate.count), (0.0, Some((0.0, 0.0)), 3));
        assert!(estimate.is_constant && !estimate.is_beyond_noise());
        assert_eq!((estimate.p_value, estimate.variance_reduction), (None, None));
        assert_eq!(paired_difference(&[f64::NAN], &[1.0]), None);
    }

    /// a = c + e, b = c + 0.1 + f with c, e, f uniform: the true difference is 0.1, the variances are 1 (c, over 0..sqrt 12) and 1/12
    /// (e and f), so the correlation is 1/(1 + 1/12) = 0.923 and pairing saves (2 + 2/12)/(2/12) = 13 times the runs. 2,000
    /// samples of 40 pairs: coverage within four standard errors (0.0049 each) of 0.95, and as much for Welch's, which is too
    /// wide here; a false alarm has probability below 1e-4.
    #[test]
    fn paired_intervals_cover_and_pairing_pays_what_it_should() {
        let (mut state, mut covered, mut welch, mut saved, mut correlated) = (3, 0, 0, 0.0, 0.0);
        for _ in 0..2_000 {
            let draw = |state: &mut u64| {
                let common = 12.0_f64.sqrt() * uniform(state);
                (common + uniform(state), common + 0.1 + uniform(state))
            };
            let (a, b): (Vec<f64>, Vec<f64>) = (0..40).map(|_| draw(&mut state)).unzip();
            let covers = |estimate: &DifferenceEstimate| {
                let (low, high) = estimate.interval.ends().unwrap();
                usize::from(low <= 0.1 && 0.1 <= high)
            };
            let paired = paired_difference(&a, &b).unwrap();
            covered += covers(&paired);
            welch += covers(&unpaired_difference(&a, &b).unwrap());
            saved += 1.0 / paired.variance_reduction.unwrap();
            correlated += paired.correlation.unwrap();
        }
        let share = covered as f64 / 2_000.0;
        assert!((0.93..=0.97).contains(&share), "{share}");
        assert!(welch as f64 / 2_000.0 > 0.99, "{welch}");
        assert!((saved / 2_000.0 - 1.0 / 13.0).abs() < 0.005, "{saved}");
        assert!((correlated / 2_000.0 - 12.0 / 13.0).abs() < 0.01, "{correlated}");
    }

    /// Independent normals would be exact; of uniforms with standard deviations 1 and 3 and sizes 30 and 60 the interval covers
    /// the true difference in 0.95 of 2,000 samples within four standard errors (0.0049 each).
    #[test]
    fn intervals_of_independent_samples_cover() {
        let (mut state, mut covered) = (5, 0);
        for _ in 0..2_000 {
            let a: Vec<f64> = (0..30).map(|_| uniform(&mut state)).collect();
            let b: Vec<f64> = (0..60).map(|_| 3.0 * uniform(&mut state)).collect();
            let (low, high) = unpaired_difference(&a, &b).unwrap().interval.ends().unwrap();
            covered += usize::from(low <= 1.0 && 1.0 <= high);
        }
        let share = covered as f64 / 2_000.0;
        assert!((0.93..=0.97).contains(&share), "{share}");
    }

    /// Failure in 3 % and in 8 % of runs, the first only where the second fails too: the adjusted interval of 200 pairs covers
    /// 0.05 in at least 0.95 of 2,000 samples less four standard errors (0.0049 each), and is never wider than 0.2.
    #[test]
    fn intervals_of_shares_cover_and_say_something_of_nothing() {
        let (mut state, mut covered) = (9, [0, 0]);
        for _ in 0..2_000 {
            let (a, b): (Vec<f64>, Vec<f64>) = (0..200)
                .map(|_| {
                    let chance = uniform(&mut state);
                    (f64::from(u8::from(chance < 0.03)), f64::from(u8::from(chance < 0.08)))
                })
                .unzip();
            for (estimate, covered) in
                [paired_share_difference(&a, &b), unpaired_share_difference(&a, &b)].iter().zip(&mut covered)
            {
                let (low, high) = estimate.unwrap().interval.ends().unwrap();
                *covered += usize::from(low <= 0.05 && 0.05 <= high);
                assert!(high - low < 0.2, "{low} {high}");
            }
        }
        assert!(covered.iter().all(|covered| *covered as f64 / 2_000.0 > 0.93), "{covered:?}");
        // Nothing in 100 pairs: p = q = 1/102, so +- 1.95996 sqrt(2/102/102).
        let nothing = paired_share_difference(&[0.0; 100], &[0.0; 100]).unwrap();
        let (low, high) = nothing.interval.ends().unwrap();
        assert!((high - 1.959_964 * (2.0_f64).sqrt() / 102.0).abs() < 1e-6 && low == -high, "{low} {high}");
        assert_eq!(nothing.mean, 0.0);
    }
}

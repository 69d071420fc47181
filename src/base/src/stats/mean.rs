//! The mean of independent runs.

use super::{Interval, student};

/// A mean with its standard error and interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct MeanEstimate {
    /// Mean over the runs that have a value.
    pub mean: f64,
    /// Standard error of the mean; `None` with one run.
    pub standard_error: Option<f64>,
    /// mean +- t s / sqrt(n), Student's t with n - 1 degrees of freedom.
    pub interval: Interval,
    /// Runs that have a value.
    pub count: usize,
}

/// The mean of the finite ones of `values`, in their order; `None` when there is none.
///
/// Law: m = sum(x)/n, s^2 = sum((x - m)^2)/(n - 1), interval m +- t_{n-1} s/sqrt(n); exact for normal x, else by the central
/// limit theorem.
#[must_use]
pub fn mean_estimate(values: &[f64]) -> Option<MeanEstimate> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let count = finite().count();
    if count == 0 {
        return None;
    }
    let mean = finite().sum::<f64>() / count as f64;
    let squares: f64 = finite().map(|value| (value - mean) * (value - mean)).sum();
    let standard_error = (count > 1).then(|| (squares / (count - 1) as f64 / count as f64).sqrt());
    let half_width = standard_error.zip(student(count - 1)).map(|(error, quantile)| error * quantile);
    let interval = half_width.map_or(Interval::UNKNOWN, |half_width| Interval::around(mean, half_width));
    Some(MeanEstimate { mean, standard_error, interval, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 2, 4, 4, 4, 5, 5, 7, 9 has mean 5, sum of squares 32, s = 2.13809, standard error 0.755929, t_7 = 2.36462.
    #[test]
    fn a_mean_by_hand() {
        let estimate = mean_estimate(&[2.0, 4.0, f64::NAN, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((estimate.mean, estimate.count), (5.0, 8));
        assert!((estimate.standard_error.unwrap() - 0.755_929).abs() < 1e-6);
        let (low, high) = estimate.interval.ends().unwrap();
        assert!((low - (5.0 - 1.787_48)).abs() < 1e-4 && (high - (5.0 + 1.787_48)).abs() < 1e-4);
        assert_eq!(mean_estimate(&[3.0]).unwrap().interval, Interval::UNKNOWN);
        assert_eq!(mean_estimate(&[f64::NAN]), None);
    }
}

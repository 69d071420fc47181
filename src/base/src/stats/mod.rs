//! Statistics of independent runs: quantiles, tails, means and shares, each with its Monte Carlo error.
//!
//! A value that is not finite is no value: it is left out and counted, never read as zero. All intervals have
//! [`CONFIDENCE`].

mod convergence;
mod mean;
mod paired;
mod quantile;
mod share;
mod tail;

pub use convergence::{Running, running};
pub use mean::{MeanEstimate, mean_estimate};
pub use paired::{
    DifferenceEstimate, paired_difference, paired_share_difference, unpaired_difference, unpaired_share_difference,
};
pub use quantile::{QuantileEstimate, Sample, runs_needed, tail_runs_expected};
pub use share::{ShareEstimate, share_estimate};
pub use tail::{TailEstimate, tail_estimate};

/// Confidence of every interval; a convention of the field.
pub const CONFIDENCE: f64 = 0.95;

/// Runs that should lie beyond a quantile before it is relied on: below ten, its standard error exceeds a third of
/// the tail's probability (the number beyond is Poisson-like, relative error 1/sqrt(10) = 0.32).
pub const TAIL_RUNS_MIN: u64 = 10;

/// An interval of [`CONFIDENCE`]; an end that the runs cannot give is `None`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Interval {
    /// An interval that nothing is known about.
    pub const UNKNOWN: Self = Self { low: None, high: None };

    /// The interval `centre` +- `half_width`.
    #[must_use]
    pub fn around(centre: f64, half_width: f64) -> Self {
        Self { low: Some(centre - half_width), high: Some(centre + half_width) }
    }

    /// Both ends, where both are known.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }
}

/// Quantile of Student's t distribution that leaves (1 - confidence)/2 above it; `None` below one degree of freedom.
fn student(degrees: usize) -> Option<f64> {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    if degrees == 0 {
        return None;
    }
    let law = StudentsT::new(0.0, 1.0, degrees as f64).ok()?;
    Some(law.inverse_cdf(0.5 + 0.5 * CONFIDENCE))
}

/// The larger of two residuals, NaN counting as the largest of all: a residual that cannot be computed is no pass.
#[must_use]
pub fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A uniform number in [0, 1) of SplitMix64 (Steele, Lea and Flood 2014), for tests that need a sample.
    pub(in crate::stats) fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Student's t, 0.975 quantile: any printed table (for instance Fisher and Yates 1938).
    #[test]
    fn student_agrees_with_the_printed_table() {
        for (degrees, printed) in [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)] {
            assert!((student(degrees).unwrap() - printed).abs() < 6e-4, "{degrees}");
        }
        assert_eq!(student(0), None);
    }
}

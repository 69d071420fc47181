//! How estimates settle as runs are added.

use super::{MeanEstimate, QuantileEstimate, Sample, mean_estimate};

/// Estimates from the first runs of an ensemble.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    /// Number of runs used, runs without a value included.
    pub runs: usize,
    /// Mean of these runs.
    pub mean: MeanEstimate,
    /// Quantile of these runs.
    pub quantile: QuantileEstimate,
}

/// Mean and quantile at `probability` over the first 10, ..., n of `values` in their order, at most `points` times, evenly
/// spaced; empty when there are fewer than ten runs.
#[must_use]
pub fn running(values: &[f64], probability: f64, points: usize) -> Vec<Running> {
    const FIRST: usize = 10;
    let count = values.len();
    if count < FIRST || points < 2 {
        return Vec::new();
    }
    let mut sizes: Vec<usize> = (0..points).map(|at| FIRST + (count - FIRST) * at / (points - 1)).collect();
    sizes.dedup();
    let of_first = |runs: usize| {
        let first = &values[..runs];
        let (mean, quantile) = (mean_estimate(first)?, Sample::of(first).quantile_estimate(probability)?);
        Some(Running { runs, mean, quantile })
    };
    sizes.into_iter().filter_map(of_first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_estimate_is_the_estimate_from_all_runs() {
        let values: Vec<f64> = (0..137).map(|i| f64::from((i * 61) % 137)).collect();
        let path = running(&values, 0.95, 20);
        let last = path.last().unwrap();
        assert_eq!((path.len(), path[0].runs, last.runs), (20, 10, 137));
        assert_eq!(last.mean.mean, 68.0);
        assert_eq!(Some(last.quantile), Sample::of(&values).quantile_estimate(0.95));
        assert!(running(&values[..9], 0.95, 20).is_empty());
    }
}

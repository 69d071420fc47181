//! Historical series: what they hold, which dates they cover, how volatile they are between their closes.

use portage_base::units::Instant;

/// Intervals on either side whose squared returns make the local estimate of an interval's variance.
const VARIANCE_REACH: usize = 12;

/// Regularly spaced closes of one asset in USD, without gaps: `values[i]` is the price at `start` + i `step_seconds`.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the scenario.
    pub name: String,
    /// Date of the first close.
    pub start: Instant,
    /// Seconds between two closes.
    pub step_seconds: f64,
    /// Closes in USD.
    pub values: Vec<f64>,
}

impl Series {
    /// The date of the last close.
    #[must_use]
    pub fn end(&self) -> Instant {
        self.start.plus_seconds(self.values.len().saturating_sub(1) as f64 * self.step_seconds)
    }

    /// What is wrong with the series itself.
    pub(super) fn flaw(&self) -> Option<String> {
        if self.values.len() < 2 || !(self.step_seconds.is_finite() && self.step_seconds > 0.0) {
            return Some(format!("the series {} needs two closes at least, a positive time apart", self.name));
        }
        let bad = self.values.iter().position(|close| !(close.is_finite() && *close > 0.0))?;
        let date = self.start.plus_seconds(bad as f64 * self.step_seconds);
        Some(format!("the series {} has the close {} at {date}; a price is above zero", self.name, self.values[bad]))
    }

    pub(super) fn log_closes(&self) -> Vec<f64> {
        self.values.iter().map(|close| libm::log(*close)).collect()
    }
}

/// The variance of the bridge in each interval between two log closes.
///
/// Law: v_j = c (mean of r_i^2 over |i - j| <= 12), with c such that the sum of v equals the sum of r^2. With n
/// blocks in an interval the expected sum of squared block returns is r_j^2 / n + v_j (1 - 1 / n), so that with this
/// c its sum over the series is the sum of r_j^2 for every n.
pub(super) fn bridge_variances(log_closes: &[f64]) -> Vec<f64> {
    let squares: Vec<f64> = log_closes.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).collect();
    let local: Vec<f64> = (0..squares.len())
        .map(|j| {
            let near = &squares[j.saturating_sub(VARIANCE_REACH)..squares.len().min(j + VARIANCE_REACH + 1)];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect();
    let (target, sum) = (squares.iter().sum::<f64>(), local.iter().sum::<f64>());
    let scale = if sum > 0.0 { target / sum } else { 0.0 };
    local.into_iter().map(|variance| variance * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridge_variances_keep_the_sum_of_squares_and_follow_the_local_level() {
        // Returns of size 0.01 in the first half and 0.05 in the second; then a crash, which the last 13 windows all
        // hold and which the moving average alone would therefore count with sum_k 1 / k for k = 13..=25, 0.727.
        let mut log = vec![0.0];
        for j in 0..400 {
            let size = if j < 200 { 0.01 } else { 0.05 };
            log.push(log[j] + if j % 2 == 0 { size } else { -size });
        }
        log.push(log[400] - 1.0);
        let variances = bridge_variances(&log);
        let sum: f64 = variances.iter().sum();
        let exact = 200.0 * (1e-4 + 25e-4) + 1.0;
        assert!((sum / exact - 1.0).abs() < 1e-12, "{sum} instead of {exact}");
        assert!((variances[300] / variances[100] / 25.0 - 1.0).abs() < 1e-9 && variances[400] > 0.05);
    }

    #[test]
    fn flaws_are_named() {
        let start = Instant::from_unix(0);
        let series = |values: Vec<f64>| Series { name: "eth".into(), start, step_seconds: 3_600.0, values };
        assert_eq!(series(vec![1.0, 2.0]).flaw(), None);
        assert!(series(vec![1.0]).flaw().is_some_and(|flaw| flaw.contains("two closes")));
        assert!(series(vec![1.0, 0.0]).flaw().is_some_and(|flaw| flaw.contains("1970-01-01T01:00:00Z")));
    }
}

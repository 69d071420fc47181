//! The share of runs in which something happened.

use super::{CONFIDENCE, Interval};
use statrs::distribution::{ContinuousCDF, Normal};

/// A share of runs with its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ShareEstimate {
    /// hits / count.
    pub share: f64,
    /// Wilson's interval.
    pub interval: Interval,
    /// Runs in which it happened.
    pub hits: usize,
    /// Runs.
    pub count: usize,
}

/// The share `hits` / `count` with Wilson's score interval; `None` without runs.
///
/// Law: (p + z^2/2n +- z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n). It stays within [0, 1] and says something even when
/// nothing or everything happened. Source: Wilson 1927.
#[must_use]
pub fn share_estimate(hits: usize, count: usize) -> Option<ShareEstimate> {
    if count == 0 {
        return None;
    }
    let (n, share) = (count as f64, hits as f64 / count as f64);
    let z = Normal::standard().inverse_cdf(0.5 + 0.5 * CONFIDENCE);
    let scale = 1.0 + z * z / n;
    let centre = (share + 0.5 * z * z / n) / scale;
    let half_width = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    // At the borders the formula gives 0 and 1 but for rounding.
    let low = if hits == 0 { 0.0 } else { centre - half_width };
    let high = if hits == count { 1.0 } else { centre + half_width };
    Some(ShareEstimate { share, interval: Interval { low: Some(low), high: Some(high) }, hits, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe 1998, table I, method 3 (score without continuity correction): 81/263, 15/148, 0/20, 1/29.
    #[test]
    fn shares_agree_with_newcombe() {
        for (hits, count, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = share_estimate(hits, count).unwrap().interval.ends().unwrap();
            assert!(
                (interval.0 - low).abs() < 6e-5 && (interval.1 - high).abs() < 6e-5,
                "{hits}/{count}: {interval:?}"
            );
        }
        assert_eq!(share_estimate(7, 7).unwrap().interval.high, Some(1.0));
        assert_eq!(share_estimate(0, 0), None);
    }
}

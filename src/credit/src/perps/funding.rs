//! Premium and funding.

/// The time for which premium and interest are stated, seconds: eight hours (help.dydx.exchange; usual on large exchanges).
pub const FUNDING_PERIOD_SECONDS: f64 = 8.0 * 3_600.0;

/// What longs pay to shorts over `seconds`, share of the value at the index: (mean premium + interest), within -`bound` to `bound`, for
/// every eight hours.
///
/// `premium` is the mean of middle price over index less one since the last payment; `interest` and `bound` are per eight hours.
/// Source: help.dydx.exchange (8-hour funding rate, paid every hour); docs.dydx.community (clamp).
#[must_use]
pub fn funding_rate(premium: f64, interest: f64, bound: f64, seconds: f64) -> f64 {
    (premium + interest).clamp(-bound, bound) * (seconds / FUNDING_PERIOD_SECONDS)
}

/// The premium `seconds` later: it returns to `target`, and half of the distance is gone after `half_life` seconds; `normal` is a
/// standard normal draw, and `sd` its standard deviation in the long run.
///
/// Exact for the Ornstein-Uhlenbeck process: target + (premium - target) a + sd sqrt(1 - a^2) normal with a = 2^(-seconds/half_life).
#[must_use]
pub fn premium_after(premium: f64, target: f64, (sd, half_life): (f64, f64), seconds: f64, normal: f64) -> f64 {
    let kept = libm::exp2(-seconds / half_life);
    target + (premium - target) * kept + sd * (1.0 - kept * kept).sqrt() * normal
}

/// The integral of the premium's mean over the next `seconds` under the same law, premium x seconds.
///
/// Exact: target x seconds + (premium - target) (1 - a) half_life / ln 2 with a = 2^(-seconds/half_life).
#[must_use]
pub fn premium_seconds(premium: f64, target: f64, half_life: f64, seconds: f64) -> f64 {
    let kept = libm::exp2(-seconds / half_life);
    target * seconds + (premium - target) * (1.0 - kept) * half_life / std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_costs_an_eighth_of_the_eight_hour_rate() {
        // A premium of 16 bps and 1 bp of interest: 17 bps for eight hours.
        assert!((funding_rate(0.0016, 0.0001, 0.12, 3_600.0) - 0.0017 / 8.0).abs() < 1e-18);
        assert!((funding_rate(0.0016, 0.0001, 0.12, FUNDING_PERIOD_SECONDS) - 0.0017).abs() < 1e-18);
        // 6 x (5 % - 3 %) binds at 12 %.
        assert_eq!(funding_rate(-0.5, 0.0001, 0.12, FUNDING_PERIOD_SECONDS), -0.12);
    }

    #[test]
    fn the_integral_of_the_premium_is_that_of_its_path() {
        let steps = 100_000_u32;
        let at = |step: usize| {
            premium_after(-0.04, 0.001, (0.0, 600.0), 1_800.0 * (step as f64 + 0.5) / f64::from(steps), 0.0)
        };
        let sum: f64 = (0..steps as usize).map(at).sum::<f64>() * 1_800.0 / f64::from(steps);
        assert!((premium_seconds(-0.04, 0.001, 600.0, 1_800.0) - sum).abs() < 1e-7 * sum.abs());
        assert_eq!(premium_seconds(-0.04, 0.001, 600.0, 0.0), 0.0);
    }

    #[test]
    fn half_of_a_push_is_gone_after_the_half_life_and_steps_compose() {
        assert!((premium_after(-0.04, 0.0, (0.0, 600.0), 600.0, 1.0) + 0.02).abs() < 1e-17);
        assert_eq!(premium_after(-0.04, 0.001, (0.0, 600.0), 0.0, 1.0), -0.04);
        let once = premium_after(-0.04, 0.001, (0.0, 600.0), 900.0, 0.0);
        let twice =
            premium_after(premium_after(-0.04, 0.001, (0.0, 600.0), 400.0, 0.0), 0.001, (0.0, 600.0), 500.0, 0.0);
        assert!((once - twice).abs() < 1e-15);
        // Variances compose, too: a^2 (1 - b^2) + (1 - a^2) is 1 - (ab)^2.
        let noise = |seconds: f64| premium_after(0.0, 0.0, (1.0, 600.0), seconds, 1.0);
        let kept = 0.5_f64.powf(500.0 / 600.0);
        assert!((noise(400.0).powi(2) * kept * kept + noise(500.0).powi(2) - noise(900.0).powi(2)).abs() < 1e-14);
    }
}

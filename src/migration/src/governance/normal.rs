//! The normal law, and shares whose log odds are normal.

/// The distribution function of the standard normal law.
pub(super) fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The density of the standard normal law.
pub(super) fn density(z: f64) -> f64 {
    const NORM: f64 = 0.398_942_280_401_432_7; // 1/sqrt(2 pi)
    NORM * libm::exp(-0.5 * z * z)
}

/// The log odds of a share in (0, 1).
pub(super) fn log_odds(share: f64) -> f64 {
    libm::log(share) - libm::log1p(-share)
}

/// The share that lies `sd` z above the median `median` on the scale of log odds.
pub(super) fn share(median: f64, sd: f64, z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-(log_odds(median) + sd * z)))
}

/// How far above the median the share `share` lies, in standard deviations; infinite beyond 0 and 1 or without a deviation.
pub(super) fn position(share: f64, median: f64, sd: f64) -> f64 {
    if share <= 0.0 {
        f64::NEG_INFINITY
    } else if share >= 1.0 {
        f64::INFINITY
    } else {
        let distance = log_odds(share) - log_odds(median);
        if sd > 0.0 {
            distance / sd
        } else if distance > 0.0 {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        }
    }
}

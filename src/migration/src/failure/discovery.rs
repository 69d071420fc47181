//! When a fault is found by who would use it, and how much that takes.

use portage_base::units::{SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Time from deployment until a fault that lets funds be stolen is exploited: a Weibull law, or a stated time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Discovery {
    /// Shape of the Weibull law; below 1 most are found early or very late.
    #[schemars(range(max = 20.0), extend("x-unit" = "1", "exclusiveMinimum" = 0.0, "x-source" = "fitted to the span from a day to two years (Nomad 41 days, Uranium about 10 days, Team Finance two months)"))]
    pub shape: f64,
    /// Time by which 63 % are found.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "with the shape: half is found in about 15 days, a tenth in two hours"))]
    pub scale: Span,
    /// The time itself, for a case in which it is known. Default: the Weibull law.
    pub after: Option<Span>,
}

impl Discovery {
    /// Probability that a fault is found within `seconds` of deployment.
    ///
    /// Law: F(t) = 1 - exp(-(t/scale)^shape); a step where the time is stated.
    #[must_use]
    pub fn found_by(&self, seconds: f64) -> f64 {
        match self.after {
            Some(after) => f64::from(u8::from(seconds >= after.seconds())),
            None if seconds <= 0.0 => 0.0,
            None => -libm::expm1(-libm::pow(seconds / self.scale.seconds(), self.shape)),
        }
    }

    /// Seconds from deployment until the fault is found: the quantile of `u` in [0, 1).
    #[must_use]
    pub fn lag_seconds(&self, u: f64) -> f64 {
        match self.after {
            Some(after) => after.seconds(),
            None => self.scale.seconds() * libm::pow(-libm::log1p(-u), 1.0 / self.shape),
        }
    }

    /// Expected loss with a canary, as a share of the expected loss without.
    ///
    /// Law: (F(n) x + F(H) - F(n)) / F(H), where the canary of share `share` of the value stands alone for `canary_seconds` n, and
    /// loss counts until `horizon_seconds` H >= n. What the canary finds costs its share only; the rest is found at full size.
    #[must_use]
    pub fn canary_factor(&self, canary_seconds: f64, share: f64, horizon_seconds: f64) -> f64 {
        let (early, all) = (self.found_by(canary_seconds.min(horizon_seconds)), self.found_by(horizon_seconds));
        if all > 0.0 { (early * share + all - early) / all } else { 1.0 }
    }
}

impl Default for Discovery {
    fn default() -> Self {
        Self { shape: 0.36, scale: Span::from_seconds(41.0 * SECONDS_PER_DAY).unwrap_or_default(), after: None }
    }
}

/// Share of what is exposed that an unhindered attack takes: a power law between two ends.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Severity {
    /// Mean of the share.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is exposed", "x-source" = "Uranium 50 to 57 of about 80 million USD; Team Finance four pools of many"))]
    pub mean: f64,
    /// The smallest share.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is exposed", "x-source" = "judgement: less is not worth the exploit"))]
    pub least: f64,
    /// The largest share.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is exposed", "x-source" = "everything (Nomad)"))]
    pub most: f64,
}

impl Severity {
    /// The share that `u` in [0, 1) names.
    ///
    /// Law: least + (most - least) u^((1 - m)/m) with m = (mean - least)/(most - least), a Beta(m/(1 - m), 1) law between the ends, whose
    /// mean is exact. All three alike: that share, always.
    #[must_use]
    pub fn share(&self, u: f64) -> f64 {
        let width = self.most - self.least;
        let rise = (self.mean - self.least) / width;
        if width <= 0.0 || rise >= 1.0 {
            self.most
        } else if rise <= 0.0 {
            self.least
        } else {
            self.least + width * libm::pow(u, (1.0 - rise) / rise)
        }
    }

    /// Whether least <= mean <= most, without which there is no such law.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.least <= self.mean && self.mean <= self.most
    }
}

impl Default for Severity {
    fn default() -> Self {
        Self { mean: 0.6, least: 0.1, most: 1.0 }
    }
}

/// How fast an attack takes what it can take.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Attack {
    /// Share of attacks that take everything in one transaction.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of attacks", "x-source" = "56 % of 181 incidents left time for a rescue (Zhou et al., SoK: Decentralized Finance Attacks, arXiv 2208.13035)"))]
    pub atomic_share: f64,
    /// Time in which the others take 63 % of what they can take.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "Nomad was drained within a few hours by hundreds of addresses"))]
    pub drain_time: Span,
    /// What can leave in an hour at most. Default: no limit.
    #[schemars(range(max = 1e15), extend("x-unit" = "USD per hour", "exclusiveMinimum" = 0.0))]
    pub rate_limit_usd_per_hour: Option<f64>,
}

impl Attack {
    /// USD taken `seconds` after an attack on `exposed_usd` began, if nobody stops it.
    ///
    /// Law: exposed x severity, at once if atomic, else times 1 - exp(-t/drain_time); never more than the rate limit let out by then.
    #[must_use]
    pub fn taken_usd(&self, exposed_usd: f64, severity: f64, is_atomic: bool, seconds: f64) -> f64 {
        let seconds = seconds.max(0.0);
        let progress = if is_atomic { 1.0 } else { -libm::expm1(-seconds / self.drain_time.seconds()) };
        let wanted = exposed_usd * severity * progress;
        self.rate_limit_usd_per_hour.map_or(wanted, |limit| wanted.min(limit * seconds / SECONDS_PER_HOUR))
    }
}

impl Default for Attack {
    fn default() -> Self {
        Self {
            atomic_share: 0.44,
            drain_time: Span::from_seconds(SECONDS_PER_HOUR).unwrap_or_default(),
            rate_limit_usd_per_hour: None,
        }
    }
}

const SECONDS_PER_HOUR: f64 = 3_600.0;

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: f64 = SECONDS_PER_DAY;

    #[test]
    fn a_canary_of_fourteen_days_finds_about_half() {
        let law = Discovery::default();
        // By hand: (14/41)^0.36 = 0.67922, 1 - exp(-0.67922) = 0.49299.
        assert!((law.found_by(14.0 * DAY) - 0.492_99).abs() < 1e-4);
        assert!((law.found_by(41.0 * DAY) - (1.0 - libm::exp(-1.0))).abs() < 1e-14);
        assert_eq!((law.found_by(0.0), law.found_by(-1.0)), (0.0, 0.0));
        for u in [1e-6, 0.1, 0.5, 0.99] {
            assert!((law.found_by(law.lag_seconds(u)) - u).abs() < 1e-12);
        }
        let known = Discovery { after: Span::from_seconds(10.0 * DAY), ..law };
        assert_eq!((known.found_by(9.9 * DAY), known.found_by(10.0 * DAY)), (0.0, 1.0));
        assert_eq!(known.lag_seconds(0.3), 10.0 * DAY);
    }

    #[test]
    fn a_canary_cuts_the_expected_loss_by_its_closed_form() {
        let law = Discovery::default();
        let (early, all) = (law.found_by(14.0 * DAY), law.found_by(180.0 * DAY));
        let factor = law.canary_factor(14.0 * DAY, 0.05, 180.0 * DAY);
        assert!((factor - (1.0 - 0.95 * early / all)).abs() < 1e-14);
        assert_eq!(law.canary_factor(14.0 * DAY, 1.0, 180.0 * DAY), 1.0);
        assert_eq!(law.canary_factor(0.0, 0.05, 180.0 * DAY), 1.0);
        // Counted: each quantile of the lag costs the share that is exposed when it is found.
        let (mut staged, mut whole) = (0.0, 0.0);
        for step in 0..100_000 {
            let lag = law.lag_seconds((f64::from(step) + 0.5) / 100_000.0);
            if lag < 180.0 * DAY {
                whole += 1.0;
                staged += if lag < 14.0 * DAY { 0.05 } else { 1.0 };
            }
        }
        assert!((factor - staged / whole).abs() < 1e-4);
    }

    #[test]
    fn severity_has_its_mean_and_its_ends() {
        let law = Severity::default();
        let steps = 100_000;
        let mean = (0..steps).map(|step| law.share((f64::from(step) + 0.5) / f64::from(steps))).sum::<f64>();
        assert!((mean / f64::from(steps) - 0.6).abs() < 1e-5);
        assert_eq!(law.share(0.0), 0.1);
        assert!(law.share(1.0 - 1e-15) <= 1.0 && law.share(0.999_999) > 0.999);
        let fixed = Severity { mean: 0.7, least: 0.7, most: 0.7 };
        assert_eq!((fixed.share(0.0), fixed.share(0.9)), (0.7, 0.7));
        assert_eq!(Severity { mean: 1.0, least: 0.0, most: 1.0 }.share(0.2), 1.0);
        assert_eq!(Severity { mean: 0.0, least: 0.0, most: 1.0 }.share(0.2), 0.0);
        assert!(law.is_ordered() && !Severity { mean: 0.05, ..law }.is_ordered());
    }

    #[test]
    fn a_drain_approaches_what_it_can_take_and_a_rate_limit_holds_it() {
        let attack = Attack::default();
        assert_eq!(attack.taken_usd(1e6, 0.6, true, 0.0), 6e5);
        assert_eq!(attack.taken_usd(1e6, 0.6, false, 0.0), 0.0);
        let hour = attack.taken_usd(1e6, 0.6, false, 3_600.0);
        assert!((hour - 6e5 * (1.0 - libm::exp(-1.0))).abs() < 1e-6);
        let limited = Attack { rate_limit_usd_per_hour: Some(1e4), ..attack };
        assert_eq!(limited.taken_usd(1e6, 0.6, true, 7_200.0), 2e4);
        assert_eq!(limited.taken_usd(1e6, 0.6, true, 1e9), 6e5);
    }
}

//! Agreement without a vote.

use super::normal::{below, position, share};
use super::{Decision, GovernanceDraw};
use portage_base::units::{SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of the half time the logistic curve takes for one unit of log odds: support begins at 2 % of what it comes to.
const STEEPNESS: f64 = 0.25;

/// Agreement without a vote: support grows along a logistic curve, and it is done when enough agree.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SocialConsensus {
    /// Share of the community that must agree.
    #[schemars(range(max = 0.999_999), extend("x-unit" = "share of the community", "exclusiveMinimum" = 0.0, "x-source" = "judgement: what is less is a split"))]
    pub threshold: f64,
    /// Median share of the community that agrees in the end.
    #[schemars(range(max = 0.999_999), extend("x-unit" = "share of the community", "exclusiveMinimum" = 0.0, "x-source" = "Ethereum's fork of July 2016: 87 % of the votes weighed by coins were for it"))]
    pub support: f64,
    /// Standard deviation of the log odds of that share.
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "log odds", "x-source" = "judgement"))]
    pub support_sd: f64,
    /// Median time until half of those who agree in the end do.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "with the threshold: 32 days in the middle; Ethereum's fork followed the theft from The DAO after 33"))]
    pub half_time: Span,
    /// Standard deviation of the log of that time.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub half_time_sd: f64,
    /// It is given up if not enough agree by then.
    #[schemars(extend("x-source" = "judgement: half a year"))]
    pub patience: Span,
    /// Time in which those who run the contracts can put a repair into force without asking. Default: they cannot.
    pub emergency_delay: Option<Span>,
}

impl Default for SocialConsensus {
    fn default() -> Self {
        let days = |days| Span::from_seconds(days * SECONDS_PER_DAY).unwrap_or_default();
        Self {
            threshold: 0.8,
            support: 0.9,
            support_sd: 0.6,
            half_time: days(21.0),
            half_time_sd: 0.5,
            patience: days(182.0),
            emergency_delay: None,
        }
    }
}

impl SocialConsensus {
    /// Seconds until enough agree, if `support` of the community agree in the end, half of them by `half_seconds`; `None`: never.
    ///
    /// Law: support(t) = S/(1 + exp(-(t - h)/(h/4))), so that t = h (1 + ln(threshold/(S - threshold))/4).
    #[must_use]
    pub fn agreement_seconds(&self, support: f64, half_seconds: f64) -> Option<f64> {
        (support > self.threshold).then(|| {
            let log_odds = libm::log(self.threshold / (support - self.threshold));
            (half_seconds * (1.0 + STEEPNESS * log_odds)).max(0.0)
        })
    }

    /// Seconds that agreement takes in the middle; the patience where the median support does not suffice.
    #[must_use]
    pub fn median_seconds(&self) -> f64 {
        let patience = self.patience.seconds();
        self.agreement_seconds(self.support, self.half_time.seconds()).map_or(patience, |time| time.min(patience))
    }

    /// Probability that enough agree at all: Phi((logit support - logit threshold)/sd).
    #[must_use]
    pub fn agreement_probability(&self) -> f64 {
        below(-position(self.threshold, self.support, self.support_sd))
    }

    pub(super) fn decide(&self, draw: &GovernanceDraw) -> Decision {
        let support = share(self.support, self.support_sd, draw.support[0]);
        let half_seconds = self.half_time.seconds() * libm::exp(self.half_time_sd * draw.turnout[0]);
        let patience = self.patience.seconds();
        let agreed = self.agreement_seconds(support, half_seconds).filter(|seconds| *seconds <= patience);
        Decision {
            is_approved: agreed.is_some(),
            rounds: 0,
            delay_seconds: agreed.unwrap_or(patience),
            turnout: 1.0,
            support,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_agree_when_the_curve_says_so() {
        let social = SocialConsensus::default();
        // ln(0.8/0.1) = 2.0794, 21 x (1 + 0.51986) = 31.917 days.
        assert!((social.median_seconds() / SECONDS_PER_DAY - 31.917).abs() < 1e-3);
        // Put back into the curve.
        let (half, at) = (1e6, social.agreement_seconds(0.95, 1e6).unwrap());
        let reached = 0.95 / (1.0 + (-(at - half) / (0.25 * half)).exp());
        assert!((reached - 0.8).abs() < 1e-12);
        assert_eq!(social.agreement_seconds(0.8, half), None);
    }

    #[test]
    fn runs_agree_as_often_as_the_law_says() {
        let social = SocialConsensus { patience: Span::from_seconds(1e12).unwrap(), ..SocialConsensus::default() };
        let agreed = |run: &u32| social.decide(&GovernanceDraw::open(9, u64::from(*run))).is_approved;
        let share = f64::from(u32::try_from((0..20_000).filter(agreed).count()).unwrap()) / 20_000.0;
        // (2.1972 - 1.3863)/0.6 = 1.3516, Phi = 0.9118; standard error 0.0020; 4.5 of them, error probability 7e-6.
        assert!((social.agreement_probability() - 0.911_8).abs() < 1e-4);
        assert!((share - social.agreement_probability()).abs() < 0.009);
    }
}

//! What the makers do when something goes wrong.

use portage_base::random::Stream;
use portage_base::units::{SECONDS_PER_DAY, Span};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the makers do when something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResponseSpec {
    /// Who can stop the contracts.
    pub pause: Pauser,
    /// Median time from the beginning of an attack, or of a freeze, until the makers act on it.
    #[schemars(extend("x-source" = "Team Finance stopped its contracts within hours (blockworks.co, October 2022); an hour is the middle"))]
    pub notice: Span,
    /// Standard deviation of the log of that time.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "a range of ten minutes to a day, read as four standard deviations"))]
    pub notice_sd: f64,
    /// Whether the old version is put back in force, with what is left, once the attack is stopped.
    pub rollback: bool,
    /// White hats take what an attack that is still going on has left. Default: they do.
    pub rescue: Rescue,
    /// The attacker is offered a reward for returning the rest. Default: it is.
    pub negotiation: Negotiation,
}

/// Who can stop the contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pauser {
    /// A guardian (a multisig of the makers), as soon as the attack is noticed.
    #[default]
    Guardian,
    /// Governance only, after its own delay.
    Governance,
    /// Nobody.
    Nobody,
}

/// White hats take what an attack that is still going on has left.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rescue {
    /// Probability that somebody tries; it takes an attack that is not done in one transaction.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub probability: f64,
    /// Share of what is left that is saved.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is left", "x-source" = "judgement: white hats and thieves race for it"))]
    pub saved_share: f64,
    /// Time from the notice to the rescue.
    #[schemars(extend("x-source" = "judgement: a transaction is prepared and sent privately"))]
    pub delay: Span,
}

impl Default for Rescue {
    fn default() -> Self {
        Self { probability: 0.3, saved_share: 0.5, delay: Span::from_seconds(1_800.0).unwrap_or_default() }
    }
}

/// The attacker is offered a reward for returning the rest.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Negotiation {
    /// Probability that contact is made.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub contact: f64,
    /// Share of what was stolen that is returned then.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what was stolen", "x-source" = "Team Finance about 7 of 15.8 million USD; range 0 to 0.9"))]
    pub returned_share: f64,
    /// Time from the notice until it is returned.
    #[schemars(extend("x-source" = "judgement: days, as for Team Finance"))]
    pub delay: Span,
}

impl Default for Negotiation {
    fn default() -> Self {
        Self {
            contact: 0.3,
            returned_share: 0.45,
            delay: Span::from_seconds(4.0 * SECONDS_PER_DAY).unwrap_or_default(),
        }
    }
}

impl Default for ResponseSpec {
    fn default() -> Self {
        Self {
            pause: Pauser::default(),
            notice: Span::from_seconds(3_600.0).unwrap_or_default(),
            notice_sd: 1.2,
            rollback: false,
            rescue: Rescue::default(),
            negotiation: Negotiation::default(),
        }
    }
}

/// What one run draws about the response: a standard normal pace, uniform luck in [0, 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseDraw {
    pace: f64,
    rescue: f64,
    contact: f64,
}

impl ResponseDraw {
    /// Draws for the `incident`-th incident (counted from 0); equally many whatever happens.
    #[must_use]
    pub fn open(seed: u64, run: u64, incident: usize) -> Self {
        let mut stream = Stream::open(seed, run, &format!("response/{incident}"));
        Self { rescue: stream.uniform(), contact: stream.uniform(), pace: StandardNormal.sample(&mut stream) }
    }
}

/// What the makers do about one incident, in seconds after it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reaction {
    /// The makers know.
    pub notice_seconds: f64,
    /// The contracts stand still; `None`: never.
    pub pause_seconds: Option<f64>,
    /// White hats save part of what is left, unless the contracts stood still before or the attack was over at once.
    pub rescue: Option<Recovery>,
    /// The attacker returns part of what was stolen.
    pub returned: Option<Recovery>,
}

/// Funds that come back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Seconds after the incident began.
    pub seconds: f64,
    /// Share of what is left (rescue) or of what was stolen (return).
    pub share: f64,
}

impl ResponseSpec {
    /// What is done about an incident; `governance_seconds` is what a decision of governance takes (`GovernanceSpec::fix_seconds`),
    /// `is_atomic` says that the attack takes everything in one transaction.
    ///
    /// Law: notice = median x exp(sd z). A rescue happens only before the pause.
    #[must_use]
    pub fn reaction(&self, draw: &ResponseDraw, governance_seconds: f64, is_atomic: bool) -> Reaction {
        let notice_seconds = self.notice.seconds() * libm::exp(self.notice_sd * draw.pace);
        let pause_seconds = match self.pause {
            Pauser::Guardian => Some(notice_seconds),
            Pauser::Governance => Some(notice_seconds + governance_seconds),
            Pauser::Nobody => None,
        };
        let rescue = Recovery { seconds: notice_seconds + self.rescue.delay.seconds(), share: self.rescue.saved_share };
        let is_in_time = pause_seconds.is_none_or(|pause| rescue.seconds < pause);
        let returned = Recovery {
            seconds: notice_seconds + self.negotiation.delay.seconds(),
            share: self.negotiation.returned_share,
        };
        Reaction {
            notice_seconds,
            pause_seconds,
            rescue: (!is_atomic && is_in_time && draw.rescue < self.rescue.probability).then_some(rescue),
            returned: (draw.contact < self.negotiation.contact).then_some(returned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: ResponseDraw = ResponseDraw { pace: 0.0, rescue: 0.0, contact: 0.0 };

    #[test]
    fn a_guardian_pauses_at_notice_governance_later_nobody_never() {
        let by = |pause| ResponseSpec { pause, ..ResponseSpec::default() }.reaction(&MIDDLE, 600_000.0, false);
        assert_eq!(by(Pauser::Guardian).pause_seconds, Some(3_600.0));
        assert_eq!(by(Pauser::Governance).pause_seconds, Some(603_600.0));
        assert_eq!(by(Pauser::Nobody).pause_seconds, None);
        // A guardian who stops everything at once leaves nothing to be rescued.
        assert_eq!(by(Pauser::Guardian).rescue, None);
        assert_eq!(by(Pauser::Nobody).rescue, Some(Recovery { seconds: 5_400.0, share: 0.5 }));
    }

    #[test]
    fn an_atomic_attack_leaves_no_time_for_a_rescue_but_for_talks() {
        let spec = ResponseSpec { pause: Pauser::Nobody, ..ResponseSpec::default() };
        let reaction = spec.reaction(&MIDDLE, 0.0, true);
        assert_eq!(reaction.rescue, None);
        assert_eq!(reaction.returned.map(|back| back.share), Some(0.45));
        let unlucky = ResponseDraw { contact: 0.3, ..MIDDLE };
        assert_eq!(spec.reaction(&unlucky, 0.0, true).returned, None);
    }

    #[test]
    fn notice_takes_an_hour_in_the_middle_and_ten_minutes_to_a_day() {
        let spec = ResponseSpec::default();
        let notice = |run| spec.reaction(&ResponseDraw::open(5, run, 0), 0.0, false).notice_seconds;
        let mut times: Vec<f64> = (0..4_000).map(notice).collect();
        times.sort_by(f64::total_cmp);
        // The median's log has standard error 1.2 x 1.2533 / sqrt(4000) = 0.024; 4.5 of them, error probability 7e-6.
        assert!((times[2_000] / 3_600.0).ln().abs() < 0.11);
        let inside = times.iter().filter(|seconds| (600.0..=86_400.0).contains(*seconds)).count();
        // Normal law: P(-1.493 < z < 2.648) = 0.928; standard error 0.0041; 4.5 of them.
        assert!((inside as f64 / 4_000.0 - 0.928).abs() < 0.019, "{inside}");
    }
}

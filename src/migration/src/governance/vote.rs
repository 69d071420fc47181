//! A vote of token holders with quorum, majority and timelock.

use super::capture::Capture;
use super::normal::{below, density, position, share};
use super::{Decision, GovernanceDraw, ROUNDS_MAX};
use portage_base::units::{SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A vote of token holders, as in Governor Bravo: the votes in favour must reach the quorum and be the majority of those cast.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Vote {
    /// Time between the proposal and the beginning of the vote.
    #[schemars(extend("x-source" = "Compound and Uniswap: 2 days"))]
    pub proposal_delay: Span,
    /// How long the vote is open.
    #[schemars(extend("x-source" = "Compound: 3 days; Uniswap at first the same, later about 6"))]
    pub voting_period: Span,
    /// Time between the end of the vote and its execution.
    #[schemars(extend("x-source" = "Compound's and Uniswap's timelock: 2 days"))]
    pub timelock: Span,
    /// Share of all votes that must be in favour.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of all votes", "x-source" = "Compound 400,000 of 10 million (GovernorBravoDelegate); Uniswap 4 % too"))]
    pub quorum_share: f64,
    /// Share of the votes cast that must be in favour.
    #[schemars(range(min = 0.0, max = 0.999), extend("x-unit" = "share of the votes cast", "x-source" = "simple majority (Governor Bravo)"))]
    pub majority: f64,
    /// Median share of all votes that are cast.
    #[schemars(range(max = 0.999_999), extend("x-unit" = "share of all votes", "exclusiveMinimum" = 0.0, "x-source" = "so that one vote in seven fails, nearly always for want of a quorum, as 8 of 53 at Compound in the half-year to spring 2024 (comp.xyz forum, 5255)"))]
    pub turnout: f64,
    /// Standard deviation of the log odds of turnout.
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "log odds", "x-source" = "judgement: from half to twice the median in most votes"))]
    pub turnout_sd: f64,
    /// Median share of the votes cast that are in favour.
    #[schemars(range(max = 0.999_999), extend("x-unit" = "share of the votes cast", "exclusiveMinimum" = 0.0, "x-source" = "judgement: what comes to a vote has been agreed before"))]
    pub support: f64,
    /// Standard deviation of the log odds of support.
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "log odds", "x-source" = "judgement: one proposal in five hundred is voted down"))]
    pub support_sd: f64,
    /// How often a failed proposal is put to the vote again.
    #[schemars(range(min = 0, max = 7), extend("x-unit" = "votes", "x-source" = "Compound's failed proposals were run again once (comp.xyz forum, 5255)"))]
    pub retries: u32,
    /// Time between a failed vote and the next proposal.
    #[schemars(extend("x-source" = "Compound: proposals 240 and 243 ten days apart, votes included, of which a vote takes five"))]
    pub retry_after: Span,
    /// Time in which a council can put a repair into force without a vote. Default: there is no such council.
    pub emergency_delay: Option<Span>,
    /// What it takes to buy the vote. Default: nobody tries.
    pub capture: Option<Capture>,
}

impl Default for Vote {
    fn default() -> Self {
        let days = |days| Span::from_seconds(days * SECONDS_PER_DAY).unwrap_or_default();
        Self {
            proposal_delay: days(2.0),
            voting_period: days(3.0),
            timelock: days(2.0),
            quorum_share: 0.04,
            majority: 0.5,
            turnout: 0.063,
            turnout_sd: 0.4,
            support: 0.97,
            support_sd: 1.2,
            retries: 1,
            retry_after: days(5.0),
            emergency_delay: None,
            capture: None,
        }
    }
}

impl Vote {
    /// Seconds from a proposal that passes until it is in force.
    #[must_use]
    pub fn shortest_seconds(&self) -> f64 {
        self.round_seconds() + self.timelock.seconds()
    }

    fn round_seconds(&self) -> f64 {
        self.proposal_delay.seconds() + self.voting_period.seconds()
    }

    fn rounds_allowed(&self) -> usize {
        usize::try_from(self.retries).map_or(ROUNDS_MAX, |retries| ROUNDS_MAX.min(retries + 1))
    }

    /// Whether a vote passes in which `turnout` of all votes are cast, `support` of them in favour.
    #[must_use]
    pub fn passes(&self, turnout: f64, support: f64) -> bool {
        turnout * support >= self.quorum_share && support > self.majority
    }

    /// Votes until it passes or is given up; each has a turnout and a support of its own.
    pub(super) fn decide(&self, draw: &GovernanceDraw) -> Decision {
        let mut decision = Decision { is_approved: false, rounds: 0, delay_seconds: 0.0, turnout: 0.0, support: 0.0 };
        for round in 0..self.rounds_allowed() {
            let wait = if round > 0 { self.retry_after.seconds() } else { 0.0 };
            decision.rounds += 1;
            decision.delay_seconds += wait + self.round_seconds();
            decision.turnout = share(self.turnout, self.turnout_sd, draw.turnout[round]);
            decision.support = share(self.support, self.support_sd, draw.support[round]);
            if self.passes(decision.turnout, decision.support) {
                decision.is_approved = true;
                decision.delay_seconds += self.timelock.seconds();
                break;
            }
        }
        decision
    }

    /// Probability that one vote passes.
    ///
    /// Law: the integral of P(turnout >= quorum/support) over the law of support above the majority, by Simpson's rule over eight
    /// standard deviations on either side (error below 1e-6).
    #[must_use]
    pub fn pass_probability(&self) -> f64 {
        const INTERVALS: u32 = 2_000;
        const REACH: f64 = 8.0;
        let quorum_at = |support: f64| below(-position(self.quorum_share / support, self.turnout, self.turnout_sd));
        if self.support_sd <= 0.0 {
            return if self.support > self.majority { quorum_at(self.support) } else { 0.0 };
        }
        let lowest = position(self.majority, self.support, self.support_sd).clamp(-REACH, REACH);
        let width = (REACH - lowest) / f64::from(INTERVALS);
        let term = |step: u32| {
            let z = lowest + width * f64::from(step);
            let weight = if step == 0 || step == INTERVALS { 1.0 } else { 2.0 + 2.0 * f64::from(step % 2) };
            weight * density(z) * quorum_at(share(self.support, self.support_sd, z))
        };
        (0..=INTERVALS).map(term).sum::<f64>() * width / 3.0
    }

    /// Probability that it is approved in the end: 1 - (1 - p)^n, n the votes allowed.
    #[must_use]
    pub fn approval_probability(&self) -> f64 {
        1.0 - libm::pow(1.0 - self.pass_probability(), self.rounds_allowed() as f64)
    }

    /// Expected seconds until it is in force, if it is approved in the end.
    ///
    /// Law: votes are independent, so their number is geometric, cut off at n: its mean given success is the sum of
    /// k p (1 - p)^(k - 1) over k <= n, divided by 1 - (1 - p)^n.
    #[must_use]
    pub fn expected_delay_seconds(&self) -> f64 {
        let pass = self.pass_probability();
        let (mut left, mut all, mut rounds) = (1.0, 0.0, 0.0);
        for round in 1..=self.rounds_allowed() {
            all += left * pass;
            rounds += left * pass * round as f64;
            left *= 1.0 - pass;
        }
        let mean = if all > 0.0 { rounds / all } else { self.rounds_allowed() as f64 };
        mean * self.round_seconds() + (mean - 1.0) * self.retry_after.seconds() + self.timelock.seconds()
    }
}

impl Capture {
    /// Votes that decide alone, when honest voters cast `turnout` of all votes against.
    ///
    /// Law: supply x max(quorum, turnout x majority/(1 - majority)).
    #[must_use]
    pub fn votes_needed(&self, vote: &Vote, turnout: f64) -> f64 {
        self.supply_votes * vote.quorum_share.max(turnout * vote.majority / (1.0 - vote.majority))
    }

    /// USD that these votes cost: votes x price x (1 + premium) bought, votes x price x rate x time borrowed.
    #[must_use]
    pub fn cost_usd(&self, vote: &Vote, turnout: f64) -> f64 {
        let worth = self.votes_needed(vote, turnout) * self.vote_price_usd;
        match self.loan_rate {
            Some(rate) => worth * rate * self.loan_held.years(),
            None => worth * (1.0 + self.premium),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_passes_with_the_probability_of_its_laws() {
        // Support is certain: P(turnout >= q) = Phi((logit 0.063 - logit 0.04)/0.4) with logit(0.063) = -2.69956, logit(0.04) = -3.17805.
        let sure = Vote { support: 0.999_999, support_sd: 0.0, ..Vote::default() };
        assert!((sure.pass_probability() - below((3.178_054 - 2.699_55) / 0.4)).abs() < 1e-4);
        // No quorum: P(support > majority) = Phi(logit 0.6 / 1.2).
        let open = Vote { quorum_share: 0.0, support: 0.6, ..Vote::default() };
        assert!((open.pass_probability() - below(libm::log(1.5) / 1.2)).abs() < 1e-7);
        // Phi(1) = 0.841345 (tables).
        assert!((below(1.0) - 0.841_344_746).abs() < 1e-9);
        let usual = Vote::default().pass_probability();
        assert!((0.83..0.88).contains(&usual), "about one in seven fails: {usual}");
    }

    #[test]
    fn runs_are_approved_and_delayed_as_the_closed_forms_say() {
        let vote = Vote { retries: 2, turnout: 0.05, ..Vote::default() };
        let runs = 20_000_u32;
        let (mut approved, mut delay) = (0.0, 0.0);
        for run in 0..runs {
            let decision = vote.decide(&GovernanceDraw::open(3, u64::from(run)));
            if decision.is_approved {
                approved += 1.0;
                delay += decision.delay_seconds;
            }
            assert!(decision.rounds <= 3 && (decision.is_approved || decision.rounds == 3));
        }
        // Standard error of the share below 0.0023, of the delay (sd about 6.5 days) 0.046 days: 4.5 of them, error probability 1.4e-5.
        assert!((approved / f64::from(runs) - vote.approval_probability()).abs() < 0.0104);
        let days = (delay / approved - vote.expected_delay_seconds()) / SECONDS_PER_DAY;
        assert!(days.abs() < 0.21, "{days}");
    }

    #[test]
    fn a_vote_without_chance_is_certain() {
        let sure = Vote { turnout_sd: 0.0, support_sd: 0.0, ..Vote::default() };
        let draw = GovernanceDraw::open(1, 0);
        assert_eq!((sure.pass_probability(), sure.decide(&draw).is_approved), (1.0, true));
        assert_eq!(sure.decide(&draw).delay_seconds, 7.0 * SECONDS_PER_DAY);
        assert_eq!(sure.expected_delay_seconds(), 7.0 * SECONDS_PER_DAY);
        let lost = Vote { quorum_share: 0.2, ..sure };
        let decision = lost.decide(&draw);
        assert!(!decision.is_approved && decision.rounds == 2);
        // Two votes of five days and five days between them.
        assert_eq!(decision.delay_seconds, 15.0 * SECONDS_PER_DAY);
    }
}

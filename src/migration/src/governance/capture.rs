//! Buying a vote.

use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What it takes to buy or borrow enough votes to decide alone.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// All votes there are.
    #[schemars(range(max = 1e18), extend("x-unit" = "votes", "exclusiveMinimum" = 0.0))]
    pub supply_votes: f64,
    /// Price of a vote.
    #[schemars(range(max = 1e12), extend("x-unit" = "USD", "exclusiveMinimum" = 0.0))]
    pub vote_price_usd: f64,
    /// What buying so many raises the price by, on average over what is bought.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "share of the price", "x-source" = "judgement: a few per cent of a supply is a multiple of a day's trade"))]
    pub premium: f64,
    /// Rate at which votes can be borrowed. Default: they cannot, and are bought.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "per year"))]
    pub loan_rate: Option<f64>,
    /// How long a loan must be held.
    #[serde(default = "one_block")]
    #[schemars(extend("x-source" = "Governor Bravo counts what is held in the block in which the vote begins; Beanstalk was robbed with votes of one transaction (April 2022)"))]
    pub loan_held: Span,
    /// Probability that somebody does it when it pays.
    #[serde(default = "one_in_ten")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub attempt: f64,
}

const fn half() -> f64 {
    0.5
}

const fn one_in_ten() -> f64 {
    0.1
}

fn one_block() -> Span {
    Span::from_seconds(12.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::Vote;

    #[test]
    fn the_dearer_of_quorum_and_majority_is_paid() {
        let capture: Capture = serde_json::from_str(r#"{"supply_votes": 1e7, "vote_price_usd": 50.0}"#).unwrap();
        let vote = Vote::default();
        // A turnout of 3 % is below the quorum of 4 %, one of 6 % must be outvoted.
        assert!((capture.cost_usd(&vote, 0.03) - 4e5 * 50.0 * 1.5).abs() < 1e-6);
        assert!((capture.cost_usd(&vote, 0.06) - 6e5 * 50.0 * 1.5).abs() < 1e-6);
        // Two thirds needed: twice the votes against.
        let strict = Vote { majority: 2.0 / 3.0, ..vote };
        assert!((capture.votes_needed(&strict, 0.06) - 1.2e6).abs() < 1e-3);
        let loan = Capture { loan_rate: Some(0.1), loan_held: Span::from_seconds(86_400.0).unwrap(), ..capture };
        assert!((loan.cost_usd(&vote, 0.03) - 2e7 * 0.1 / 365.0).abs() < 1e-6);
    }
}

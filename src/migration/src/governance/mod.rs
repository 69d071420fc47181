//! How a migration is decided on, how long that takes, and how long every repair takes after it.

mod capture;
mod normal;
mod social;
mod vote;

pub use capture::Capture;
pub use social::SocialConsensus;
pub use vote::Vote;

use portage_base::random::Stream;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who decides on the migration, and on every repair of it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GovernanceSpec {
    /// Token holders vote in a contract, and a timelock puts into force what they decide.
    OnChain(Vote),
    /// Nobody votes: it happens when enough of the community agree.
    SocialConsensus(SocialConsensus),
}

/// Most votes that are held on one migration.
pub const ROUNDS_MAX: usize = 8;

/// The standard normal draws of one run about turnout and support, for each vote that may be held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GovernanceDraw {
    turnout: [f64; ROUNDS_MAX],
    support: [f64; ROUNDS_MAX],
}

impl GovernanceDraw {
    /// Draws them; equally many whatever is decided.
    #[must_use]
    pub fn open(seed: u64, run: u64) -> Self {
        let normals = |name| {
            let mut stream = Stream::open(seed, run, name);
            std::array::from_fn(|_| StandardNormal.sample(&mut stream))
        };
        Self { turnout: normals("governance/turnout"), support: normals("governance/support") }
    }
}

/// What became of the proposal in one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Whether the migration may happen.
    pub is_approved: bool,
    /// Votes that were held; 0 where nobody votes.
    pub rounds: u32,
    /// Seconds from the proposal until it is in force, or given up.
    pub delay_seconds: f64,
    /// Share of all votes that were cast in the last vote; 1 where nobody votes.
    pub turnout: f64,
    /// Share of the votes cast, or of the community, that was in favour at the end.
    pub support: f64,
}

impl GovernanceSpec {
    /// What becomes of the proposal in the run of `draw`.
    #[must_use]
    pub fn decide(&self, draw: &GovernanceDraw) -> Decision {
        match self {
            Self::OnChain(vote) => vote.decide(draw),
            Self::SocialConsensus(social) => social.decide(draw),
        }
    }

    /// Seconds until a repair that is at hand is in force; `is_emergency` takes the emergency path, where there is one that is shorter.
    #[must_use]
    pub fn fix_seconds(&self, is_emergency: bool) -> f64 {
        let (usual, short) = match self {
            Self::OnChain(vote) => (vote.shortest_seconds(), vote.emergency_delay),
            Self::SocialConsensus(social) => (social.median_seconds(), social.emergency_delay),
        };
        short.filter(|_| is_emergency).map_or(usual, |short| usual.min(short.seconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_base::units::{SECONDS_PER_DAY, Span};

    #[test]
    fn a_repair_takes_a_week_at_compound() {
        let spec = GovernanceSpec::OnChain(Vote::default());
        assert_eq!(spec.fix_seconds(false), 7.0 * SECONDS_PER_DAY);
        assert_eq!(spec.fix_seconds(true), 7.0 * SECONDS_PER_DAY);
        let short = Vote { emergency_delay: Span::from_seconds(3_600.0), ..Vote::default() };
        assert_eq!(GovernanceSpec::OnChain(short).fix_seconds(true), 3_600.0);
        assert_eq!(GovernanceSpec::OnChain(short).fix_seconds(false), 7.0 * SECONDS_PER_DAY);
    }

    #[test]
    fn is_written_as_a_choice() {
        let spec: GovernanceSpec = serde_json::from_str(r#"{"on_chain": {"quorum_share": 0.1}}"#).unwrap();
        assert!(matches!(spec, GovernanceSpec::OnChain(vote) if vote.quorum_share == 0.1 && vote.retries == 1));
        let spec: GovernanceSpec = serde_json::from_str(r#"{"social_consensus": {}}"#).unwrap();
        assert_eq!(spec, GovernanceSpec::SocialConsensus(SocialConsensus::default()));
    }
}

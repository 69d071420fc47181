//! The law by which a migration fails, and what a failure is in one run.

mod complexity;
mod discovery;
mod hazards;
mod kinds;

pub use complexity::{CHAIN_WEIGHT, Complexity, ENTRIES_WEIGHT, POSITIONS_WEIGHT, SLOT_WEIGHT};
pub use discovery::{Attack, Discovery, Severity};
pub use hazards::{HazardDraw, HazardTimes, Hazards, exponential_seconds};
pub use kinds::{FaultKind, FaultWeight, FaultWeights};

use portage_base::random::Stream;
use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be wrong with the new version, how likely it is, and what it costs then.
///
/// Law: P = 1 - exp(-theta C^a (1 - audit)(1 - formal)(1 - rehearsal)), C the complexity.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FailureSpec {
    /// What the migration changes.
    pub complexity: Complexity,
    /// Faults of the plainest upgrade before any check: theta of the law.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "faults", "x-source" = "chosen so that an audited major upgrade (complexity 8) fails with 1 %, of a range of 0.5 to 3 % (judgement)"))]
    pub theta: f64,
    /// How faults grow with complexity; above 1 the parts of an upgrade that is cut up have fewer faults together.
    #[schemars(range(min = 1.0, max = 3.0), extend("x-unit" = "1", "x-source" = "judgement: parts interact, so that faults grow somewhat faster than parts"))]
    pub exponent: f64,
    /// Share of faults that audits remove.
    #[schemars(range(max = 0.999_999, min = 0.0), extend("x-unit" = "share of faults", "x-source" = "judgement: 38 % of attacks were outside the audits' scope, and a fifth of the hundred largest hit audited code (Halborn)"))]
    pub audit: f64,
    /// Share of what is left that formal verification removes.
    #[schemars(range(max = 0.999_999, min = 0.0), extend("x-unit" = "share of faults"))]
    pub formal: f64,
    /// Share of what is left that a rehearsal on a fork removes.
    #[schemars(range(max = 0.999_999, min = 0.0), extend("x-unit" = "share of faults"))]
    pub rehearsal: f64,
    /// The probability that the whole upgrade has a fault, stated instead of the law: 1 for a case in which it had. Default: the law.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability"))]
    pub probability: Option<f64>,
    /// Kinds of faults by weight.
    pub faults: FaultWeights,
    /// How long a fault that lets funds be stolen stays unused.
    pub discovery: Discovery,
    /// How much of what is exposed an attack takes.
    pub severity: Severity,
    /// How fast an attack takes it.
    pub attack: Attack,
    /// What a fault does that steals nothing but stops everything.
    pub freeze: Freeze,
    /// Hazards that act all the time.
    pub hazards: Hazards,
}

/// What a fault does that steals nothing but stops everything.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Freeze {
    /// Time from deployment until it shows.
    #[schemars(extend("x-source" = "judgement: the first who use it find that it does not work (Compound 117: the first block)"))]
    pub shows_after: Span,
    /// Time in which a repair is written and checked; what governance needs to put it in force comes on top.
    #[schemars(extend("x-source" = "judgement: Compound proposed the repair of proposal 117 within a day"))]
    pub repair: Span,
    /// Share of what is frozen that no repair brings back.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of what is frozen", "x-source" = "none, unless stated; all of it in Parity's wallets of 2017"))]
    pub lost_share: f64,
}

impl Default for Freeze {
    fn default() -> Self {
        Self {
            shows_after: Span::from_seconds(0.0).unwrap_or_default(),
            repair: Span::from_seconds(portage_base::units::SECONDS_PER_DAY).unwrap_or_default(),
            lost_share: 0.0,
        }
    }
}

impl Default for FailureSpec {
    fn default() -> Self {
        Self {
            complexity: Complexity::default(),
            theta: 0.001_66,
            exponent: 1.2,
            audit: 0.5,
            formal: 0.0,
            rehearsal: 0.0,
            probability: None,
            faults: FaultWeights::default(),
            discovery: Discovery::default(),
            severity: Severity::default(),
            attack: Attack::default(),
            freeze: Freeze::default(),
            hazards: Hazards::default(),
        }
    }
}

impl FailureSpec {
    /// Expected number of faults of the whole upgrade; infinite where a fault is certain.
    #[must_use]
    pub fn faults_expected(&self) -> f64 {
        match self.probability {
            Some(probability) => -libm::log1p(-probability),
            None => {
                let unseen = (1.0 - self.audit) * (1.0 - self.formal) * (1.0 - self.rehearsal);
                self.theta * libm::pow(self.complexity.value(), self.exponent) * unseen
            }
        }
    }

    /// Probability that the whole upgrade, done at once, has a fault.
    #[must_use]
    pub fn fault_probability(&self) -> f64 {
        self.part_probability(1.0)
    }

    /// Probability that a part of the upgrade has a fault, whose complexity is the share `share` in (0, 1] of the whole.
    ///
    /// Law: 1 - exp(-h share^a) where h is the expected number of faults of the whole; k equal parts have k^(1 - a) of its faults.
    #[must_use]
    pub fn part_probability(&self, share: f64) -> f64 {
        if share > 0.0 { -libm::expm1(-self.faults_expected() * libm::pow(share, self.exponent)) } else { 0.0 }
    }

    /// The fault of a part whose probability of one is `probability`, if the run of `draw` has it.
    ///
    /// The faults at a lower probability are a subset of those at a higher one, and alike in everything else.
    #[must_use]
    pub fn fault(&self, probability: f64, draw: &FaultDraw) -> Option<Fault> {
        (draw.occurrence < probability).then(|| {
            let kind = self.faults.kind(draw.kind);
            let damage = if draw.theft < self.faults.of(kind).theft_share {
                Damage::Theft {
                    severity: self.severity.share(draw.severity),
                    is_atomic: draw.atomic < self.attack.atomic_share,
                }
            } else {
                Damage::Freeze
            };
            let shows_seconds = match damage {
                Damage::Theft { .. } => self.discovery.lag_seconds(draw.discovery),
                Damage::Freeze => self.freeze.shows_after.seconds(),
            };
            Fault { kind, shows_seconds, damage, detection: draw.detection }
        })
    }
}

/// The uniform draws of one run, each in [0, 1), that decide about the fault of one part of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultDraw {
    occurrence: f64,
    kind: f64,
    theft: f64,
    discovery: f64,
    severity: f64,
    atomic: f64,
    detection: f64,
}

impl FaultDraw {
    /// Draws for part `part` (counted from 0) of the upgrade; equally many whatever happens.
    #[must_use]
    pub fn open(seed: u64, run: u64, part: usize) -> Self {
        let mut stream = Stream::open(seed, run, &format!("failure/fault/{part}"));
        Self {
            occurrence: stream.uniform(),
            kind: stream.uniform(),
            theft: stream.uniform(),
            discovery: stream.uniform(),
            severity: stream.uniform(),
            atomic: stream.uniform(),
            detection: stream.uniform(),
        }
    }
}

/// A fault that a run has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Seconds from deployment until it is used or shows.
    pub shows_seconds: f64,
    /// What happens then.
    pub damage: Damage,
    /// Uniform draw in [0, 1): a check sees the fault if this is below the check's probability of seeing it.
    pub detection: f64,
}

/// What a fault lets happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Damage {
    /// Funds are stolen.
    Theft {
        /// Share of what is exposed that an unhindered attack takes.
        severity: f64,
        /// Whether it takes all of it in one transaction.
        is_atomic: bool,
    },
    /// Funds are frozen.
    Freeze,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probability_grows_with_complexity_by_the_stated_law() {
        let spec = FailureSpec::default();
        // By hand: 8^1.2 = 12.1257, x 0.00166 x 0.5 = 0.010064, 1 - exp(-0.010064) = 0.010014.
        assert!((spec.fault_probability() - 0.010_014).abs() < 2e-6, "{}", spec.fault_probability());
        let of = |contracts| {
            let complexity = Complexity { contracts, ..Complexity::PLAINEST };
            FailureSpec { complexity, ..spec.clone() }.faults_expected()
        };
        assert!((of(10) / of(1) - libm::pow(10.0, 1.2)).abs() < 1e-12);
        let checked = FailureSpec { formal: 0.5, rehearsal: 0.2, ..spec.clone() };
        assert!((checked.faults_expected() / spec.faults_expected() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn cutting_an_upgrade_up_lowers_the_sum_of_its_faults() {
        let spec = FailureSpec::default();
        let faults = |share| -libm::log1p(-spec.part_probability(share));
        assert!((4.0 * faults(0.25) / faults(1.0) - libm::pow(4.0, -0.2)).abs() < 1e-10);
        let plain = FailureSpec { exponent: 1.0, ..spec.clone() };
        assert!((1.0 - (1.0 - plain.part_probability(0.25)).powi(4) - plain.fault_probability()).abs() < 1e-12);
        assert_eq!(spec.part_probability(0.0), 0.0);
    }

    #[test]
    fn a_probability_can_be_stated() {
        let stated = |probability| FailureSpec { probability: Some(probability), ..FailureSpec::default() };
        assert!((stated(0.3).fault_probability() - 0.3).abs() < 1e-15);
        assert_eq!((stated(1.0).fault_probability(), stated(1.0).part_probability(0.1)), (1.0, 1.0));
        assert_eq!(stated(0.0).fault_probability(), 0.0);
        for run in 0..200 {
            assert!(stated(1.0).fault(1.0, &FaultDraw::open(1, run, 0)).is_some());
        }
    }

    #[test]
    fn faults_at_a_lower_probability_are_a_subset_and_alike() {
        let spec = FailureSpec::default();
        let (mut few, mut many, mut thefts) = (0, 0, 0);
        let runs = 20_000;
        for run in 0..runs {
            let draw = FaultDraw::open(11, run, 0);
            let (low, high) = (spec.fault(0.1, &draw), spec.fault(0.5, &draw));
            assert!(low.is_none() || low == high);
            few += usize::from(low.is_some());
            many += usize::from(high.is_some());
            thefts += usize::from(high.is_some_and(|fault| matches!(fault.damage, Damage::Theft { .. })));
        }
        // Standard errors 0.0021, 0.0035 and 0.0048; 4.5 of each, error probability 2e-5 together.
        assert!((few as f64 / runs as f64 - 0.1).abs() < 0.009_6);
        assert!((many as f64 / runs as f64 - 0.5).abs() < 0.016);
        assert!((thefts as f64 / many as f64 - spec.faults.theft_share()).abs() < 0.022);
    }

    #[test]
    fn parts_have_draws_of_their_own() {
        assert_ne!(FaultDraw::open(1, 0, 0), FaultDraw::open(1, 0, 1));
        assert_eq!(FaultDraw::open(1, 0, 1), FaultDraw::open(1, 0, 1));
    }
}

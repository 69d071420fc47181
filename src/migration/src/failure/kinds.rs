//! What kinds of faults there are, and what each does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of a fault in new code or moved state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// New code reads the slots of the old layout as something else.
    StorageCollision,
    /// Anybody can initialise, and thereby own, what was deployed.
    OpenInitialiser,
    /// A number in the code or its parameters is wrong.
    WrongConstant,
    /// The code does something else than was meant.
    Logic,
}

impl FaultKind {
    /// Every kind, in the order in which weights are added up.
    pub const ALL: [Self; 4] = [Self::StorageCollision, Self::OpenInitialiser, Self::WrongConstant, Self::Logic];

    /// Whether entries of the new state that are compared with the old ones show it.
    #[must_use]
    pub const fn is_seen_in_entries(self) -> bool {
        matches!(self, Self::StorageCollision)
    }

    /// Whether somebody who looks at the whole new state, settings included, can see it before it is used.
    #[must_use]
    pub const fn is_seen_in_state(self) -> bool {
        !matches!(self, Self::Logic)
    }
}

/// How often one kind of fault occurs, and what it lets happen.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultWeight {
    /// Weight of this kind among all faults.
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "weight", "x-source" = "number of known upgrades with such a fault: storage collision Audius 2022; open initialiser Parity 2017, Nomad 2022, Ronin 2024; wrong constant Uranium 2021; logic Compound 62, Compound 117, Team Finance 2022"))]
    pub weight: f64,
    /// Share of these faults that let funds be stolen; the others freeze them.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of faults", "x-source" = "the same cases: Parity 2017 and Compound 117 froze funds, the others lost them; a half where one case is known"))]
    pub theft_share: f64,
}

/// The kinds of faults by weight; a kind of weight 0 does not occur.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultWeights {
    /// New code reads the slots of the old layout as something else.
    pub storage_collision: FaultWeight,
    /// Anybody can initialise, and thereby own, what was deployed.
    pub open_initialiser: FaultWeight,
    /// A number in the code or its parameters is wrong.
    pub wrong_constant: FaultWeight,
    /// The code does something else than was meant.
    pub logic: FaultWeight,
}

impl FaultWeights {
    /// The entry of a kind.
    #[must_use]
    pub const fn of(&self, kind: FaultKind) -> FaultWeight {
        match kind {
            FaultKind::StorageCollision => self.storage_collision,
            FaultKind::OpenInitialiser => self.open_initialiser,
            FaultKind::WrongConstant => self.wrong_constant,
            FaultKind::Logic => self.logic,
        }
    }

    /// Sum of the weights; a scenario must have one above zero.
    #[must_use]
    pub fn total(&self) -> f64 {
        FaultKind::ALL.iter().map(|kind| self.of(*kind).weight).sum()
    }

    /// Probability that a fault is of `kind`.
    #[must_use]
    pub fn probability(&self, kind: FaultKind) -> f64 {
        self.of(kind).weight / self.total()
    }

    /// Share of all faults that let funds be stolen.
    #[must_use]
    pub fn theft_share(&self) -> f64 {
        FaultKind::ALL.iter().map(|kind| self.probability(*kind) * self.of(*kind).theft_share).sum()
    }

    /// The kind that the uniform draw `u` in [0, 1) names.
    #[must_use]
    pub fn kind(&self, u: f64) -> FaultKind {
        let mut left = u * self.total();
        let mut last = FaultKind::Logic;
        for kind in FaultKind::ALL {
            let weight = self.of(kind).weight;
            if weight > 0.0 {
                if left < weight {
                    return kind;
                }
                // Rounding may leave a hair beyond the last weight.
                last = kind;
            }
            left -= weight;
        }
        last
    }
}

impl Default for FaultWeights {
    fn default() -> Self {
        Self {
            storage_collision: FaultWeight { weight: 1.0, theft_share: 0.5 },
            open_initialiser: FaultWeight { weight: 3.0, theft_share: 2.0 / 3.0 },
            wrong_constant: FaultWeight { weight: 1.0, theft_share: 0.5 },
            logic: FaultWeight { weight: 3.0, theft_share: 2.0 / 3.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_draw_names_kinds_by_weight() {
        let weights = FaultWeights::default();
        let steps = 8_000;
        for kind in FaultKind::ALL {
            let hits = (0..steps).filter(|step| weights.kind((f64::from(*step) + 0.5) / f64::from(steps)) == kind);
            let share = hits.count() as f64 / f64::from(steps);
            assert!((share - weights.probability(kind)).abs() < 1e-12, "{kind:?}: {share}");
        }
        // One half of two eighths, two thirds of six.
        assert!((weights.theft_share() - 0.625).abs() < 1e-12);
    }

    #[test]
    fn a_kind_of_no_weight_never_occurs() {
        let none = FaultWeight { weight: 0.0, theft_share: 1.0 };
        let weights = FaultWeights { logic: none, storage_collision: none, ..FaultWeights::default() };
        assert_eq!(weights.kind(0.0), FaultKind::OpenInitialiser);
        assert_eq!(weights.kind(1.0 - 1e-16), FaultKind::WrongConstant);
        assert_eq!(weights.kind(1.0), FaultKind::WrongConstant);
    }
}

//! How a new state is checked before it takes effect.

use super::failure::FaultKind;
use portage_base::units::{SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a new state is checked before it takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum VerificationSpec {
    /// Entries of the new state are compared with leaves under a published Merkle root.
    Merkle(MerkleCheck),
    /// Anybody may challenge the new state within a window.
    Optimistic(OptimisticCheck),
    /// A zero-knowledge proof says that the new state follows from the old one.
    ZeroKnowledge(ZeroKnowledgeCheck),
}

/// Entries of the new state are compared with leaves under a published Merkle root.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MerkleCheck {
    /// Number of entries that are compared, drawn without repetition. Default: all.
    #[schemars(range(min = 1), extend("x-unit" = "entries"))]
    pub sample: Option<u32>,
    /// Time that it takes to compare one entry.
    #[schemars(extend("x-source" = "judgement: a node answers about a hundred reads a second"))]
    pub entry_time: Span,
    /// Gas of publishing the root.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "a transaction 21,000 and a new storage word 22,100 (EIP-2929)"))]
    pub root_gas: u64,
}

/// Anybody may challenge the new state within a window.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OptimisticCheck {
    /// How long the new state waits for a challenge.
    #[schemars(extend("x-source" = "optimistic rollups: 7 days"))]
    pub challenge_window: Span,
    /// Number of those who watch, each for himself.
    #[schemars(range(min = 0, max = 1_000), extend("x-unit" = "watchers", "x-source" = "judgement"))]
    pub watchers: u32,
    /// Probability that one of them sees what is wrong, and challenges it, within the window.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement: Nomad's wrong root stood in the open for 41 days"))]
    pub watcher_sees: f64,
    /// What the proposer of the state deposits and loses to a challenger who is right.
    #[schemars(range(min = 0.0, max = 1e12), extend("x-unit" = "USD", "x-source" = "judgement: of the order of a rollup's bonds"))]
    pub bond_usd: f64,
    /// What capital earns elsewhere while it is deposited.
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "judgement"))]
    pub capital_rate: f64,
    /// Gas of proposing the state and of confirming it.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "judgement: two transactions with a few storage words each"))]
    pub proposal_gas: u64,
}

/// A zero-knowledge proof says that the new state follows from the old one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ZeroKnowledgeCheck {
    /// Cycles of the proven program for one entry.
    #[schemars(range(min = 0.0, max = 1e12), extend("x-unit" = "cycles", "x-source" = "judgement: two Merkle paths of some twenty hashes of a few thousand cycles each"))]
    pub cycles_per_entry: f64,
    /// Cycles that are proven in a second.
    #[schemars(range(max = 1e12), extend("x-unit" = "cycles per second", "exclusiveMinimum" = 0.0, "x-source" = "judgement: a general prover on one graphics card, about a million"))]
    pub cycles_per_second: f64,
    /// Time that a proof takes however small it is.
    #[schemars(extend("x-source" = "judgement: making the proof short enough for the chain takes minutes"))]
    pub least_time: Span,
    /// Price of a million proven cycles.
    #[schemars(range(min = 0.0, max = 1e6), extend("x-unit" = "USD per million cycles", "x-source" = "judgement: a cent, of a range from a tenth of a cent to ten cents"))]
    pub usd_per_million_cycles: f64,
    /// Gas of checking the proof.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "a Groth16 proof: pairings 181,000 (EIP-1108), its inputs, and the transaction; 230,000 to 380,000 in use"))]
    pub verify_gas: u64,
}

impl Default for MerkleCheck {
    fn default() -> Self {
        Self { sample: None, entry_time: Span::from_seconds(0.01).unwrap_or_default(), root_gas: 43_100 }
    }
}

impl Default for OptimisticCheck {
    fn default() -> Self {
        Self {
            challenge_window: Span::from_seconds(7.0 * SECONDS_PER_DAY).unwrap_or_default(),
            watchers: 3,
            watcher_sees: 0.7,
            bond_usd: 100_000.0,
            capital_rate: 0.05,
            proposal_gas: 200_000,
        }
    }
}

impl Default for ZeroKnowledgeCheck {
    fn default() -> Self {
        Self {
            cycles_per_entry: 100_000.0,
            cycles_per_second: 1e6,
            least_time: Span::from_seconds(300.0).unwrap_or_default(),
            usd_per_million_cycles: 0.01,
            verify_gas: 300_000,
        }
    }
}

impl OptimisticCheck {
    /// Probability that something wrong that can be seen is challenged in time: 1 - (1 - p)^watchers.
    #[must_use]
    pub fn caught(&self) -> f64 {
        1.0 - libm::pow(1.0 - self.watcher_sees, f64::from(self.watchers))
    }

    /// What a proposer can expect of proposing a false state worth `gain_usd` to him: (1 - caught) x gain - caught x bond.
    #[must_use]
    pub fn cheating_gain_usd(&self, gain_usd: f64) -> f64 {
        (1.0 - self.caught()) * gain_usd - self.caught() * self.bond_usd
    }
}

impl VerificationSpec {
    /// Seconds between the new state and its taking effect, when it has `entries` entries.
    #[must_use]
    pub fn delay_seconds(&self, entries: u32) -> f64 {
        match self {
            Self::Merkle(check) => check.entry_time.seconds() * f64::from(check.compared(entries)),
            Self::Optimistic(check) => check.challenge_window.seconds(),
            Self::ZeroKnowledge(check) => {
                check.least_time.seconds() + check.cycles_per_entry * f64::from(entries) / check.cycles_per_second
            }
        }
    }

    /// Gas that the check takes on chain.
    #[must_use]
    pub const fn gas(&self) -> u64 {
        match self {
            Self::Merkle(check) => check.root_gas,
            Self::Optimistic(check) => check.proposal_gas,
            Self::ZeroKnowledge(check) => check.verify_gas,
        }
    }

    /// USD that the check costs off chain: nothing, what the bond would have earned, or the prover.
    #[must_use]
    pub fn cost_usd(&self, entries: u32) -> f64 {
        match self {
            Self::Merkle(_) => 0.0,
            Self::Optimistic(check) => check.bond_usd * check.capital_rate * check.challenge_window.years(),
            Self::ZeroKnowledge(check) => {
                check.usd_per_million_cycles * check.cycles_per_entry * f64::from(entries) / 1e6
            }
        }
    }

    /// Probability that a state of `entries` entries passes of which `wrong` are wrong.
    ///
    /// Law: for a sample of n without repetition the product of 1 - wrong/(entries - i) over i < n, which is (1 - e)^n for many entries;
    /// for watchers (1 - p)^watchers however many are wrong; a proof passes nothing that is wrong.
    #[must_use]
    pub fn passes_entries(&self, entries: u32, wrong: u32) -> f64 {
        if wrong == 0 {
            return 1.0;
        }
        match self {
            Self::Merkle(check) => none_drawn(entries, wrong, check.compared(entries)),
            Self::Optimistic(check) => 1.0 - check.caught(),
            Self::ZeroKnowledge(_) => 0.0,
        }
    }

    /// Probability that a new version with a fault of `kind` passes.
    ///
    /// Law: comparing entries and proving them shows what is wrong in the entries, and nothing else: a proof says that the stated
    /// program ran, not that it was the right one. Who watches can see settings too. Wrong logic passes everything.
    #[must_use]
    pub fn passes_fault(&self, kind: FaultKind) -> f64 {
        match self {
            Self::Merkle(_) | Self::ZeroKnowledge(_) => f64::from(u8::from(!kind.is_seen_in_entries())),
            Self::Optimistic(check) if kind.is_seen_in_state() => 1.0 - check.caught(),
            Self::Optimistic(_) => 1.0,
        }
    }

    /// Whom one has to trust.
    #[must_use]
    pub const fn trust(&self) -> &'static str {
        match self {
            Self::Merkle(check) if check.sample.is_some() => {
                "whoever published the root, and that the sample was not foreseen"
            }
            Self::Merkle(_) => "whoever published the root",
            Self::Optimistic(_) => "that one honest watcher looks in time and is not kept from challenging",
            Self::ZeroKnowledge(_) => {
                "the proof system, its verifier contract, and that the proven program is the right one"
            }
        }
    }
}

impl MerkleCheck {
    /// Number of entries that are compared, of `entries`.
    #[must_use]
    pub fn compared(&self, entries: u32) -> u32 {
        self.sample.map_or(entries, |sample| sample.min(entries))
    }
}

/// Probability that `drawn` of `entries` entries, without repetition, are none of the `wrong` ones.
fn none_drawn(entries: u32, wrong: u32, drawn: u32) -> f64 {
    if wrong.min(entries).saturating_add(drawn) > entries {
        return 0.0;
    }
    // The law is the same with the two exchanged; the shorter product is taken, up to where it is nothing.
    let (few, many) = (wrong.min(drawn), wrong.max(drawn));
    let mut product = 1.0;
    for taken in 0..few {
        product *= 1.0 - f64::from(many) / f64::from(entries - taken);
        if product < 1e-300 {
            return 0.0;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(size: u32) -> VerificationSpec {
        VerificationSpec::Merkle(MerkleCheck { sample: Some(size), ..MerkleCheck::default() })
    }

    #[test]
    fn a_sample_misses_what_is_wrong_at_the_rate_of_the_closed_form() {
        // C(8,3)/C(10,3) = 56/120.
        assert!((sample(3).passes_entries(10, 2) - 56.0 / 120.0).abs() < 1e-15);
        // Many entries: (1 - e)^n.
        let missed = sample(300).passes_entries(100_000_000, 1_000_000);
        assert!((missed - 0.99_f64.powi(300)).abs() < 1e-6);
        assert_eq!((sample(9).passes_entries(10, 2), sample(3).passes_entries(10, 0)), (0.0, 1.0));
        let whole = VerificationSpec::Merkle(MerkleCheck::default());
        assert_eq!(whole.passes_entries(1_000_000, 1), 0.0);
        assert!((sample(100).passes_entries(1_000, 1) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn a_sample_drawn_by_hand_agrees() {
        // All 120 samples of 3 out of 10, of which 2 are wrong, counted.
        let mut clean = 0;
        for bits in 0_u32..1 << 10 {
            clean += u32::from(bits.count_ones() == 3 && bits & 0b11 == 0);
        }
        assert!((sample(3).passes_entries(10, 2) - f64::from(clean) / 120.0).abs() < 1e-15);
    }

    #[test]
    fn watchers_and_proofs_see_what_they_can_see() {
        let optimistic = VerificationSpec::Optimistic(OptimisticCheck::default());
        assert!((optimistic.passes_entries(1_000, 1) - 0.027).abs() < 1e-12);
        assert!((optimistic.passes_fault(FaultKind::OpenInitialiser) - 0.027).abs() < 1e-12);
        let proof = VerificationSpec::ZeroKnowledge(ZeroKnowledgeCheck::default());
        assert_eq!(proof.passes_entries(1_000, 1), 0.0);
        assert_eq!(proof.passes_fault(FaultKind::StorageCollision), 0.0);
        for spec in [optimistic, proof, sample(10)] {
            assert_eq!(spec.passes_fault(FaultKind::Logic), 1.0);
            assert_eq!(spec.passes_entries(1_000, 0), 1.0);
        }
    }

    #[test]
    fn each_has_its_delay_and_its_price() {
        let proof = VerificationSpec::ZeroKnowledge(ZeroKnowledgeCheck::default());
        // 10,000 entries: 1e9 cycles, a thousand seconds at 1e6 a second, ten dollars at a cent a million.
        assert!((proof.delay_seconds(10_000) - 1_300.0).abs() < 1e-9);
        assert!((proof.cost_usd(10_000) - 10.0).abs() < 1e-9);
        let optimistic = OptimisticCheck::default();
        let spec = VerificationSpec::Optimistic(optimistic);
        assert_eq!(spec.delay_seconds(10_000), 7.0 * SECONDS_PER_DAY);
        assert!((spec.cost_usd(10) - 1e5 * 0.05 * 7.0 / 365.0).abs() < 1e-9);
        assert!((VerificationSpec::Merkle(MerkleCheck::default()).delay_seconds(10_000) - 100.0).abs() < 1e-9);
        assert!((sample(300).delay_seconds(10_000) - 3.0).abs() < 1e-12);
        // A proposer who is caught with 97.3 % loses by a false state worth less than 36 bonds.
        assert!(optimistic.cheating_gain_usd(3.5e6) < 0.0 && optimistic.cheating_gain_usd(3.7e6) > 0.0);
    }
}

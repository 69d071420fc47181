//! State migration as a scenario names it: who copies the balances, what goes on meanwhile, and how the copy is verified.

use portage_base::units::{Instant, SECONDS_PER_DAY, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State migration: balances are copied entry by entry, and liquidity follows whole when the copy stands.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StateMigration {
    /// Who writes the entries of the new version.
    pub moved_by: MovedBy,
    /// What becomes of the old version from the snapshot to the cutover.
    pub during: During,
    /// When balances are listed and copying begins. Default: when the new version opens.
    pub snapshot: Option<Instant>,
    /// How many entries there are.
    pub entries: EntryCount,
    /// How often an entry is copied wrongly.
    pub errors: ErrorRates,
    /// How the copy is verified before the cutover. Default: nobody looks.
    pub verify: Option<Verification>,
}

/// How many entries a state has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EntryCount {
    /// Entries of each provider, such as positions, approvals and debts; its amount lies in equal parts in all of them.
    #[schemars(range(min = 1, max = 1_000), extend("x-unit" = "entries", "x-source" = "1: one balance"))]
    pub per_provider: u32,
    /// Entries of users who are not simulated as providers: they cost gas and can be wrong, and hold none of the liquidity.
    #[schemars(range(min = 0, max = 10_000_000), extend("x-unit" = "entries", "x-source" = "0: providers only"))]
    pub further: u64,
}

impl Default for EntryCount {
    fn default() -> Self {
        Self { per_provider: 1, further: 0 }
    }
}

/// Who writes the entries of the new version.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MovedBy {
    /// The operator writes them in batches.
    Operator(OperatorBatches),
    /// The operator publishes a root, and each user claims the own entries with a proof.
    Claims(Claims),
}

impl Default for MovedBy {
    fn default() -> Self {
        Self::Operator(OperatorBatches::default())
    }
}

/// Entries written by the operator, several in one transaction.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OperatorBatches {
    /// Entries in one transaction.
    #[schemars(range(min = 1, max = 100_000), extend("x-unit" = "entries", "x-source" = "judgement: 5.6M gas, a third of what one transaction may use since EIP-7825"))]
    pub batch_entries: u64,
    /// Gas that each entry takes.
    #[schemars(range(min = 1, max = 10_000_000), extend("x-unit" = "gas", "x-source" = "derived: write of a cold slot 22,100 (EIP-2929), event and loop; 25,000-35,000"))]
    pub gas_per_entry: u64,
    /// Gas that each transaction takes beside its entries.
    #[schemars(range(min = 0, max = 10_000_000), extend("x-unit" = "gas", "x-source" = "21,000 for a transaction (yellow paper), and about 10,000 for access control and the place reached (judgement)"))]
    pub gas_per_batch: u64,
    /// When the operator waits for cheaper gas. Default: never.
    pub bid: Option<OperatorBid>,
}

impl Default for OperatorBatches {
    fn default() -> Self {
        Self { batch_entries: 200, gas_per_entry: 28_000, gas_per_batch: 31_000, bid: None }
    }
}

/// Until when the operator waits for cheaper gas.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorBid {
    /// Most that the operator pays while there is time.
    #[schemars(range(max = 1e6), extend("x-unit" = "gwei", "exclusiveMinimum" = 0.0))]
    pub most_gwei: f64,
    /// After this time from the snapshot any price is paid.
    #[serde(default = "three_days")]
    #[schemars(extend("x-source" = "judgement: gas about its median has a half-life of 1.2 to 2.1 days"))]
    pub patience: Span,
}

fn three_days() -> Span {
    Span::from_seconds(3.0 * SECONDS_PER_DAY).unwrap_or_default()
}

impl OperatorBid {
    /// Whether the operator writes at `price_gwei` when `waited_seconds` have passed since the snapshot.
    #[must_use]
    pub fn accepts(&self, price_gwei: f64, waited_seconds: f64) -> bool {
        price_gwei <= self.most_gwei || waited_seconds >= self.patience.seconds()
    }
}

impl OperatorBatches {
    /// Gas of one transaction that writes `entries` entries.
    #[must_use]
    pub const fn gas(&self, entries: u64) -> u64 {
        self.gas_per_batch + entries * self.gas_per_entry
    }

    /// Blocks that it takes to write `entries` entries when each block has room for `room_gas` and no price is too high; `None`
    /// when a batch does not fit into a block.
    ///
    /// Law: ceil(full batches / floor(room / gas of a batch)), and one more when the last, smaller batch does not fit beside them.
    #[must_use]
    pub const fn blocks_needed(&self, entries: u64, room_gas: u64) -> Option<u64> {
        let (full, rest) = (entries / self.batch_entries, entries % self.batch_entries);
        let batch_gas = self.gas(self.batch_entries);
        let per_block = room_gas / batch_gas;
        if full == 0 {
            return if rest == 0 {
                Some(0)
            } else if self.gas(rest) <= room_gas {
                Some(1)
            } else {
                None
            };
        }
        if per_block == 0 {
            return None;
        }
        let blocks = full.div_ceil(per_block);
        let left_gas = room_gas - (full - (blocks - 1) * per_block) * batch_gas;
        Some(if rest > 0 && self.gas(rest) > left_gas { blocks + 1 } else { blocks })
    }
}

/// Entries claimed by their owners with a Merkle proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// Gas of one claim, which its owner pays.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "Uniswap merkle-distributor, test with 100,000 leaves: 77,075 on average, 62,824-91,650"))]
    pub gas_per_claim: u64,
    /// When what nobody has claimed goes to the treasury; so much later as the new version takes effect later than was planned.
    /// Default: never.
    pub claims_end: Option<Instant>,
}

impl Default for Claims {
    fn default() -> Self {
        Self { gas_per_claim: 77_075, claims_end: None }
    }
}

/// What becomes of the old version from the snapshot to the cutover.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum During {
    /// It is halted: nothing is traded, deposited or withdrawn there.
    #[default]
    Freeze,
    /// It goes on, and an entry that changes after having been copied is written on both sides.
    DualWrite(DualWrite),
}

/// Writing on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DualWrite {
    /// Gas that each entry written a second time adds to the transaction that changes it.
    #[schemars(range(min = 0, max = 10_000_000), extend("x-unit" = "gas", "x-source" = "change of a slot 5,000 and call of a cold contract 2,600 (EIP-2929), event and checks"))]
    pub gas_per_write: u64,
    /// Share of changes that reach the old version only.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of changes", "x-source" = "judgement: a path that was forgotten in the hooks"))]
    pub miss_share: f64,
}

impl Default for DualWrite {
    fn default() -> Self {
        Self { gas_per_write: 10_000, miss_share: 1e-4 }
    }
}

/// How often an entry is copied wrongly; the three happen independently of each other.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorRates {
    /// Share of entries whose amount is multiplied by a factor, uniform between 0 and 2.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of entries", "x-source" = "judgement"))]
    pub corrupted: f64,
    /// Share of entries that are credited twice.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of entries", "x-source" = "judgement"))]
    pub duplicated: f64,
    /// Share of entries that are not written.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of entries", "x-source" = "judgement"))]
    pub missing: f64,
}

impl Default for ErrorRates {
    fn default() -> Self {
        Self { corrupted: 1e-5, duplicated: 1e-5, missing: 1e-5 }
    }
}

impl ErrorRates {
    /// Share of entries that are wrong in any way: 1 - (1 - corrupted)(1 - duplicated)(1 - missing).
    #[must_use]
    pub fn wrong_share(&self) -> f64 {
        1.0 - (1.0 - self.corrupted) * (1.0 - self.duplicated) * (1.0 - self.missing)
    }
}

/// Verification of the copy against the old version, once everything is written.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Verification {
    /// Which entries are compared.
    pub entries: Compared,
    /// What follows when one is wrong.
    pub if_wrong: IfWrong,
    /// Time that comparing one entry takes.
    #[schemars(extend("x-source" = "judgement: a hundred reads a second from nodes of both versions"))]
    pub time_per_entry: Span,
    /// What comparing one entry costs.
    #[schemars(range(min = 0.0, max = 1e6), extend("x-unit" = "USD", "x-source" = "judgement: two reads of a node for hire"))]
    pub usd_per_entry: f64,
}

impl Default for Verification {
    fn default() -> Self {
        Self {
            entries: Compared::All,
            if_wrong: IfWrong::Repair,
            time_per_entry: Span::from_seconds(0.01).unwrap_or_default(),
            usd_per_entry: 1e-5,
        }
    }
}

/// Which entries are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Compared {
    /// Every entry.
    All,
    /// So many, each set of them as likely as any other.
    Sample(#[schemars(range(min = 1, max = 1_000_000_000), extend("x-unit" = "entries"))] u64),
}

/// What follows when an entry is found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IfWrong {
    /// After a sample everything is compared; then the operator writes each wrong entry once more.
    Repair,
    /// The migration is given up, and the old version goes on.
    Abort,
}

impl StateMigration {
    /// Entries of `owners` providers and of everybody else.
    #[must_use]
    pub const fn entries_of(&self, owners: u64) -> u64 {
        owners * self.entries.per_provider as u64 + self.entries.further
    }

    /// Chance that verification finds an error among `entries`, when each of them is wrong with the stated rates.
    ///
    /// Law: 1 - (1 - e)^n, n the number compared and e the share that is wrong.
    #[must_use]
    pub fn detection(&self, entries: u64) -> f64 {
        let compared = match self.verify.map(|verify| verify.entries) {
            None => 0,
            Some(Compared::All) => entries,
            Some(Compared::Sample(sample)) => sample.min(entries),
        };
        1.0 - libm::pow(1.0 - self.errors.wrong_share(), compared as f64)
    }

    /// Expected time from the snapshot until the copy stands, seconds, when each block has room for `room_gas` and no price is too
    /// high; `None` when a batch does not fit into a block. With a frozen version it is the downtime.
    ///
    /// Law: (blocks to write all + d blocks to write N e more) x block time + (n + d (N - n)) x time per entry, where d is the
    /// chance that errors are found and repaired, N the entries, e the share that is wrong, n the number compared. The number of
    /// repairs stands at its mean (derived; exact to one block where batches are not full).
    #[must_use]
    pub fn expected_seconds(&self, entries: u64, room_gas: u64, block_seconds: f64) -> Option<f64> {
        let blocks = |entries: u64| match &self.moved_by {
            MovedBy::Operator(operator) => operator.blocks_needed(entries, room_gas),
            MovedBy::Claims(_) => Some(0),
        };
        let writing = blocks(entries)? as f64 * block_seconds;
        let Some(verify) = self.verify else { return Some(writing) };
        let compared = match verify.entries {
            Compared::All => entries,
            Compared::Sample(sample) => sample.min(entries),
        };
        let first = compared as f64 * verify.time_per_entry.seconds();
        if verify.if_wrong == IfWrong::Abort {
            return Some(writing + first);
        }
        let wrong = libm::ceil(entries as f64 * self.errors.wrong_share()) as u64;
        let then = (entries - compared) as f64 * verify.time_per_entry.seconds();
        Some(writing + first + self.detection(entries) * (then + blocks(wrong)? as f64 * block_seconds))
    }
}

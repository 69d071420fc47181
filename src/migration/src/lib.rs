//! The plan of a migration: mechanism and calendar.

mod copying;
mod cross_chain;
mod entries;
pub mod failure;
pub mod governance;
mod late;
mod plan;
mod positions;
mod proxy;
pub mod response;
mod stages;
mod state_migration;
mod transit;
pub mod trigger;
pub mod verification;

pub use copying::{Copying, Credit, Mirrored, Phase, Verdict, Written};
pub use cross_chain::{BridgeForm, CrossChain, Destination, FinalityStalls, Inventory, Route, WrappedDiscount};
pub use late::{LatePenalty, LatePenaltySpec};
pub use positions::{LeverageSpec, MovesSplit, MovesTogether, PositionMoves, PositionsSpec, UpkeepSpec};
pub use proxy::{DiamondProxy, ProxyPattern, ProxyUpgrade, UupsProxy};
pub use stages::{GatesSpec, OnTrip, PauseOnTrip, StageSpec};
pub use state_migration::{
    Claims, Compared, DualWrite, During, EntryCount, ErrorRates, IfWrong, MovedBy, OperatorBatches, OperatorBid,
    StateMigration, Verification,
};
pub use transit::{Delay, Discount, Lane, TokenBucket};

use portage_base::units::{Instant, Span};
use portage_chain::GasUnits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The migration of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrationSpec {
    /// How liquidity gets from the old version to the new one.
    #[serde(default)]
    pub mechanism: Mechanism,
    /// When the migration is announced; awareness spreads from here on. Default: the start.
    #[serde(default)]
    pub announced: Option<Instant>,
    /// When the new version takes deposits. Default: the start.
    #[serde(default)]
    pub opens: Option<Instant>,
    /// When everything pledged until then is moved by the operator in one batch. Default: no pledging.
    #[serde(default)]
    pub batch: Option<Instant>,
    /// A date by which holders are told to have moved; it raises the hazard of the passive. Default: none.
    #[serde(default)]
    pub deadline: Option<Instant>,
    /// The makers of the old version end their support: listings, governance, front ends, development. Who has heard of the migration
    /// expects a loss by staying there. Default: the old version goes on as it was.
    #[serde(default)]
    pub ends_support: bool,
    /// What those pay to the treasury who move late. Default: nothing.
    #[serde(default)]
    pub late_penalty: Option<LatePenaltySpec>,
    /// Share of providers that move only into the new version whose fee is nearest to that of the pool they leave. Default: nobody,
    /// everybody looks at all of them.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of providers", "x-source" = "Uniswap V2 to V3: 0.827 of migrators kept the tier of 0.30 % (bress.xyz)"))]
    pub keeps_tier_share: f64,
    /// Dated events that inform providers and make them look.
    #[serde(default)]
    pub campaigns: Vec<Campaign>,
    /// A staged rollout, stage after stage. Default: everything at once.
    #[serde(default)]
    pub stages: Vec<StageSpec>,
    /// What stops the rollout. Default: nothing.
    #[serde(default)]
    pub gates: Option<GatesSpec>,
    /// Time after a rollback until the plan begins anew, with the fault mended that had come to light. Default: it does not.
    #[serde(default)]
    pub resumes_after: Option<Span>,
    /// What can be wrong with the new version. Default: nothing is.
    #[serde(default)]
    pub failure: Option<failure::FailureSpec>,
    /// What the makers do when something goes wrong. Default: nothing.
    #[serde(default)]
    pub response: Option<response::ResponseSpec>,
    /// Who decides on the migration, and on every repair of it. Default: the makers do, at once.
    #[serde(default)]
    pub governance: Option<governance::GovernanceSpec>,
    /// How a new state is checked before it takes effect. Default: it is not.
    #[serde(default)]
    pub verification: Option<verification::VerificationSpec>,
    /// A rule over observed state that starts the migration. Default: it starts by its date.
    #[serde(default)]
    pub trigger: Option<trigger::TriggerSpec>,
    /// Margined derivative positions that move with the migration. Default: none.
    #[serde(default)]
    pub positions: Option<PositionsSpec>,
}

/// A dated event that informs providers and makes them review more often for a while.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// When it happens.
    pub at: Instant,
    /// Share of the still unaware that become aware at once.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the unaware"))]
    pub informs: f64,
    /// Factor on the rate of reviews while it lasts.
    #[serde(default = "unity")]
    #[schemars(range(max = 1_000.0), extend("x-unit" = "factor", "exclusiveMinimum" = 0.0))]
    pub review_factor: f64,
    /// How long the factor lasts.
    #[serde(default = "two_days")]
    pub lasting: Span,
}

const fn unity() -> f64 {
    1.0
}

fn two_days() -> Span {
    Span::from_seconds(2.0 * portage_base::units::SECONDS_PER_DAY).unwrap_or_default()
}

/// How liquidity gets from the old version to the new one.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "staged": "stages go with any mechanism: write them as [[migration.stages]]",
    "governance": "a vote goes with any mechanism: write it as [migration.governance]",
    "automated": "a trigger goes with any mechanism: write it as [migration.trigger]",
    "verified": "a verification goes with any mechanism: write it as [migration.verification]",
    "derivative": "positions go with any mechanism: write them as [migration.positions]"
}))]
pub enum Mechanism {
    /// Providers withdraw and deposit again, by hand or by a one-transaction migrator.
    Rebalancing(Rebalancing),
    /// The implementation behind an address changes; the liquidity stays where it is.
    ProxyUpgrade(ProxyUpgrade),
    /// Balances are copied entry by entry, and liquidity follows whole when the copy stands.
    StateMigration(StateMigration),
    /// Providers withdraw on the home chain, send their tokens through a bridge, and deposit on the chain of the new version.
    CrossChain(Box<CrossChain>),
}

impl Default for Mechanism {
    fn default() -> Self {
        Self::Rebalancing(Rebalancing::default())
    }
}

/// Liquidity rebalancing.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rebalancing {
    /// Share of moves that use the one-transaction migrator; the others go by hand in several transactions.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of moves", "x-source" = "10,597 of 11,256 calls in the first four months used V3Migrator (bress.xyz)"))]
    pub migrator_share: f64,
    /// Median time between withdrawal and deposit when done by hand.
    #[schemars(extend("x-source" = "judgement: a few wallet confirmations"))]
    pub by_hand_delay: Span,
    /// Standard deviation of the log of that time.
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "judgement"))]
    pub by_hand_delay_sd: f64,
}

impl Rebalancing {
    /// How long after the withdrawal a provider deposits, seconds; `None` for one that uses the migrator.
    ///
    /// `habit` is the provider's own uniform draw in [0, 1), `pace` its standard normal one: who goes by hand, and how fast,
    /// is a trait of the provider, so that no decision of anybody else changes it.
    #[must_use]
    pub fn delay_seconds(&self, habit: f64, pace: f64) -> Option<f64> {
        (habit >= self.migrator_share).then(|| self.by_hand_delay.seconds() * libm::exp(self.by_hand_delay_sd * pace))
    }
}

impl Default for Rebalancing {
    fn default() -> Self {
        Self {
            migrator_share: 0.94,
            by_hand_delay: Span::from_seconds(600.0).unwrap_or_default(),
            by_hand_delay_sd: 1.0,
        }
    }
}

/// Number of kinds of moves.
pub const STEPS: usize = 7;

/// The kind of a move between two places, as far as its gas is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// From one pool to another in one transaction.
    Migrate,
    /// Out of a pool, into the wallet.
    Withdraw,
    /// Out of the wallet, into a pool.
    Deposit,
    /// A pledge or its withdrawal.
    Pledge,
    /// Out of the wallet, into a pool, and pledged.
    DepositAndPledge,
    /// Taken back from the pledge and withdrawn.
    UnpledgeAndWithdraw,
    /// Out of a range and into another one of the same pool.
    Recentre,
}

impl Step {
    /// Every kind, in the order of their index.
    pub const ALL: [Self; STEPS] = [
        Self::Migrate,
        Self::Withdraw,
        Self::Deposit,
        Self::Pledge,
        Self::DepositAndPledge,
        Self::UnpledgeAndWithdraw,
        Self::Recentre,
    ];

    /// Gas of this step.
    #[must_use]
    pub const fn gas(self, units: &GasUnits) -> u64 {
        match self {
            Self::Migrate => units.migrate,
            Self::Withdraw => units.withdraw,
            Self::Deposit => units.deposit,
            Self::Pledge => units.pledge,
            Self::DepositAndPledge => units.deposit + units.pledge,
            Self::UnpledgeAndWithdraw => units.withdraw + units.pledge,
            Self::Recentre => units.withdraw + units.deposit,
        }
    }
}

//! Lending markets: what a scenario says of them, their arithmetic, and their state in a run.
//!
//! A market knows tokens and prices that it is told; it holds no account of the ledger and reads no pool. Its storey above moves the
//! tokens that its verbs return.

mod borrowers;
mod health;
mod liquidation;
mod losses;
mod market;
mod moving;
mod rates;
mod reserve;
mod spec;
mod terms;
#[cfg(test)]
mod tests;
mod upkeep;
mod watch;

pub use health::{Valuation, raises_ltv};
pub use liquidation::{Proposal, Seizure, seized_per_repaid, settle};
pub use losses::{SharedLoss, WriteOff};
pub use market::{Act, ActKind, Interest, Market};
pub use moving::{
    CarriersSpec, Moved, MoverSpec, Moves, MovesSpec, MovesTally, MovesTerms, Obstacle, Passing, Situation,
    SuppliersSpec,
};
pub use rates::RateSpec;
pub use reserve::Reserve;
pub use spec::{
    AaveRules, BorrowersSpec, CompoundRules, DebtUpkeepSpec, HealthSpec, LendingSpec, LiquidatorsSpec, ReserveSpec,
    ReserveStep, RulesSpec, UpkeepMeans,
};
pub use terms::{AboveLoanToValue, BorrowersTerms, MarketTerms, OpeningExcess};

/// Most reserves of a market.
pub const RESERVES_MAX: usize = 8;

/// An amount for each reserve, in the unit that its user says; those that do not exist have zero.
pub type ReserveAmounts = [f64; RESERVES_MAX];

/// USD per token of each reserve.
pub type ReservePrices = [f64; RESERVES_MAX];

//! Perpetual exchanges with cross-margin: what a scenario says of them, and their laws.
//!
//! A perpetual position has no expiry: it is worth the mark price, and funding keeps that near the index. Several positions share one
//! account's collateral; the account is liquidated when its equity is less than the sum of the maintenance margins.

mod deleveraging;
mod funding;
mod order_book;
mod spec;

pub use deleveraging::{bankruptcy_price, deleveraging_rank};
pub use funding::{FUNDING_PERIOD_SECONDS, funding_rate, premium_after, premium_seconds};
pub use order_book::{Closing, OrderBook};
pub use spec::{
    AccountsSpec, CarriedBy, FundingSpec, HaltSpec, LeaveSpec, LeverageLaw, MarginCalls, MarkPrice, PerpMarketSpec,
    PerpMovesSpec, PerpsSpec, PremiumSpec,
};

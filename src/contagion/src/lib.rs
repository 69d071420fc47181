//! Contagion: clearing of mutual claims, propagation of distress, and fire sales.
//!
//! [`Claims`] are who owes whom. [`eisenberg_noe`] and [`rogers_veraart`] clear them, [`debt_rank`] and [`linear_debt_rank`] propagate
//! distress over exposures, [`fire_sale`] finds what must be sold, and [`System`] puts them together, channel by channel.

mod claims;
mod clearing;
mod debt_rank;
mod fire_sale;
mod impact;
mod solve;
mod spec;
mod system;

pub use claims::{Claims, ClaimsFault};
pub use clearing::{Clearing, Recovery, eisenberg_noe, iterate, rogers_veraart};
pub use debt_rank::{Distress, DistressFault, Exposures, debt_rank, linear_debt_rank};
pub use fire_sale::{FireSale, Holder, Market, fire_sale};
pub use impact::{DepthMarket, ImpactLaw};
pub use spec::{ChannelsSpec, NODES_MAX, NetworkSpec, NodeSpec, RecoverySpec, StressSpec, SystemicSpec};
pub use system::{Attribution, Channels, Evaluation, Node, System};

/// Numbers in [0, 1) for tests that compare with programs elsewhere: the linear congruential generator of Knuth's MMIX, its upper 53 bits.
#[cfg(test)]
fn random_numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

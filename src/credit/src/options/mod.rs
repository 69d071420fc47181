//! Options: the Black-Scholes laws of European calls and puts, and the vaults that sell or hedge them as a scenario names them.

mod european;
mod vault;

pub use european::{European, Right};
pub use vault::{
    DeltaHedged, ImpliedVolatility, OptionSelling, Rehedging, StrikeRule, VaultMoves, VaultSide, VaultSpec,
    VaultStrategy,
};

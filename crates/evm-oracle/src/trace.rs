//! What was asked of a contract and what it answered: the only thing that Portage's tests share with this package.

use serde::{Deserialize, Serialize};

/// An amount in base units, decimal: the integers of the contracts have up to 256 bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Units(pub String);

/// What a recording of many pools or pairs holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recording<T> {
    /// What it is and how it was made.
    pub about: String,
    /// The npm packages of the contracts, with their versions.
    pub contracts: Vec<String>,
    pub pools: Vec<T>,
}

/// Calls of one V2 pair.
#[derive(Debug, Serialize, Deserialize)]
pub struct V2Trace {
    pub calls: Vec<V2Call>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum V2Call {
    /// The protocol's share was switched on or off.
    Switch(bool),
    /// Both amounts paid, the shares got, and the shares that the protocol has got by then.
    Mint { paid: [Units; 2], shares: Units, protocol: Units },
    /// Shares given back, both amounts got, and the shares that the protocol has got by then.
    Burn { shares: Units, freed: [Units; 2], protocol: Units },
    /// The token paid, and amounts in and out.
    ExactIn(usize, Units, Units),
    /// The token paid, and amounts in and out.
    ExactOut(usize, Units, Units),
    /// The pair's reserves at this point.
    Reserves([Units; 2]),
}

/// Calls of one V3 pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct V3Trace {
    /// Fee in millionths of the input.
    pub fee: u32,
    pub tick_spacing: i32,
    pub root_x96: Units,
    pub calls: Vec<V3Call>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum V3Call {
    /// The protocol gets one part in each of these of the fees from here on; 0 means nothing.
    Protocol([u8; 2]),
    /// Range, liquidity, both amounts paid.
    Mint((i32, i32), Units, [Units; 2]),
    /// Range, liquidity, both amounts freed.
    Burn((i32, i32), Units, [Units; 2]),
    /// Range, fees that the position earned since it was settled last.
    Settle((i32, i32), [Units; 2]),
    /// A swap with the amount in given (positive) or the amount out (negative).
    Swap(SwapCall),
    /// A swap up to the price whose root the pool has afterwards.
    ToPrice(SwapCall),
    /// Token 0 paid?, and an amount as in `Swap`, of which the pool could fill a part only.
    RunsDry(bool, Units),
    /// All fees that the protocol has got so far.
    ProtocolFees([Units; 2]),
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SwapCall {
    /// Token 0 is paid.
    pub zero: bool,
    /// The amount asked for; in `ToPrice` the amount in.
    pub asked: Units,
    /// Change of the pool's balances.
    pub moved: [Units; 2],
    /// Afterwards.
    pub root_x96: Units,
    /// In range, afterwards.
    pub liquidity: Units,
    /// Stretches of constant liquidity, or of 256 tick spacings, in which the contract computed; each is rounded by itself.
    pub stretches: u32,
}

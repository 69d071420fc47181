//! Requests and events: what agents ask of the world, and what the world answers.

/// Where the liquidity of a provider stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Out of the market: held in the wallet.
    Outside,
    /// In the pool with this index.
    Pool(u8),
    /// In the pool with the first index, pledged to the batch migration into the pool with the second.
    Pledged {
        /// The pool that it still stands in.
        here: u8,
        /// The pool that it will be moved to.
        to: u8,
    },
    /// Withdrawn by hand and on its way to the pool with this index.
    InFlight(u8),
}

impl Place {
    /// The pool in which the liquidity earns fees, if any.
    #[inline]
    #[must_use]
    pub const fn pool(self) -> Option<usize> {
        match self {
            Self::Pool(venue) | Self::Pledged { here: venue, .. } => Some(venue as usize),
            Self::Outside | Self::InFlight(_) => None,
        }
    }
}

/// A provider's request to be somewhere else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoveRequest {
    /// Who asks.
    pub provider: u32,
    /// Where the liquidity shall stand.
    pub to: Place,
    /// Most that the provider pays, gwei per gas; without a gas market it is not looked at.
    pub bid_gwei: f64,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MoveEvent {
    /// The liquidity stands in its new place; gas and slippage were paid, USD.
    Done {
        /// Gas that was paid, USD.
        gas_usd: f64,
        /// Fee and price impact of balancing the deposit, USD.
        slippage_usd: f64,
    },
    /// Withdrawn by hand; the deposit follows in a later transaction.
    Withdrawn {
        /// Gas that was paid, USD.
        gas_usd: f64,
    },
    /// Refused: the place asked for does not take deposits or the provider is already there.
    Refused,
}

/// Who takes the other side of a pool's trade: it decides how the pool's gain is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// An arbitrageur: what the pool loses at reference prices is arbitrage loss.
    Arbitrageur,
    /// A trader or a provider balancing a deposit: the pool's gain at reference prices is price impact received.
    Trader,
}

//! Profit and loss by account class, and the identity that every run must satisfy.

use portage_base::stats::worst;

/// What changed the value of one class of liquidity holders, USD; gains positive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statement {
    /// Value at the start, wallet included.
    pub opening: f64,
    /// Change of reference prices on what was held, in pools and wallets.
    pub market_move: f64,
    /// Fees earned, before the protocol's part.
    pub fees: f64,
    /// Lost to arbitrageurs at reference prices (a positive number is a loss).
    pub arbitrage_loss: f64,
    /// Price impact received from traders.
    pub order_flow: f64,
    /// Rewards, valued when they were paid.
    pub incentives: f64,
    /// Gas paid (a positive number is a cost).
    pub gas: f64,
    /// Fee and impact paid to balance deposits; on the way to another chain the bridge's fee, and the discount of wrapped tokens, which is
    /// received on the way back (a positive number is a cost).
    pub slippage: f64,
    /// The protocol's part of the fees: paid by holders, received by the treasury.
    pub protocol_fees: f64,
    /// Penalties for leaving soon or moving late: paid by holders, received by the treasury.
    pub penalties: f64,
    /// Stolen, destroyed or credited to somebody else, less what was given back (a positive number is a loss).
    pub losses: f64,
    /// Redeemed by others to whom shares of the pool had been pledged (a positive number leaves the holders).
    pub handed_over: f64,
    /// Value at the end, wallet included.
    pub closing: f64,
}

impl Statement {
    /// Loss versus rebalancing, USD: lost to arbitrageurs less price impact received from traders.
    #[must_use]
    pub const fn lvr(&self) -> f64 {
        self.arbitrage_loss - self.order_flow
    }

    /// The largest line in absolute value, USD.
    #[must_use]
    pub fn largest_line(&self) -> f64 {
        let lines = [
            self.opening,
            self.market_move,
            self.fees,
            self.arbitrage_loss,
            self.order_flow,
            self.incentives,
            self.gas,
            self.slippage,
            self.protocol_fees,
            self.penalties,
            self.losses,
            self.handed_over,
            self.closing,
        ];
        lines.into_iter().map(f64::abs).fold(0.0, worst)
    }

    /// closing - (opening + market move + fees - LVR + incentives - gas - slippage - protocol fees - penalties -
    /// losses - handed over), USD.
    #[must_use]
    pub fn residual(&self) -> f64 {
        let explained = self.market_move + self.fees - self.lvr() + self.incentives
            - self.gas
            - self.slippage
            - self.protocol_fees
            - self.penalties
            - self.losses
            - self.handed_over;
        self.closing - self.opening - explained
    }
}

/// Most classes of traders.
pub const TRADER_CLASSES_MAX: usize = 4;

/// What all traders did, USD. Their account holds minus what trading cost them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TraderBook {
    /// Value of the input of executed orders.
    pub volume_usd: f64,
    /// Value of orders that were dropped because they would have exceeded the tolerance.
    pub lost_volume_usd: f64,
    /// Orders executed.
    pub orders: u64,
    /// Orders dropped.
    pub lost_orders: u64,
    /// Pool fees paid.
    pub fees_usd: f64,
    /// Price impact paid, against the reference price at arrival.
    pub impact_usd: f64,
    /// Gas paid.
    pub gas_usd: f64,
    /// Extra cost against all the liquidity in one pool of the best kind that is there.
    pub fragmentation_usd: f64,
    /// Of it, extra cost against the best routing over the pools as they are.
    pub routing_loss_usd: f64,
    /// The books of the scenario's classes of traders, in the order of their names.
    pub classes: [TraderClassBook; TRADER_CLASSES_MAX],
}

/// What the traders of one class did, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TraderClassBook {
    /// Value of the input of executed orders.
    pub volume_usd: f64,
    /// Value of orders that were dropped.
    pub lost_volume_usd: f64,
    /// Orders executed.
    pub orders: u64,
    /// Orders dropped.
    pub lost_orders: u64,
    /// Fee, price impact and gas of executed orders.
    pub cost_usd: f64,
}

/// What all arbitrageurs did, USD. Their account holds their net profit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SearcherBook {
    /// Profit before gas, exchange cost and payments to proposers.
    pub gross_usd: f64,
    /// Gas paid.
    pub gas_usd: f64,
    /// Cost of hedging on the reference market.
    pub exchange_usd: f64,
    /// Paid to block proposers.
    pub proposers_usd: f64,
    /// Value traded.
    pub volume_usd: f64,
    /// Largest single trade.
    pub capital_usd: f64,
    /// Trades against the reference market.
    pub reference_trades: u64,
    /// Atomic trades between pools.
    pub cross_trades: u64,
    /// Times that a price stood outside the fee band but the trade did not pay its costs.
    pub unpaid_opportunities: u64,
}

impl SearcherBook {
    /// Net profit, USD.
    #[must_use]
    pub fn net_usd(&self) -> f64 {
        self.gross_usd - self.gas_usd - self.exchange_usd - self.proposers_usd
    }
}

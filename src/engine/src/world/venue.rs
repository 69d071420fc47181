//! One pool of a run: its curve, accounts, shares, cached bounds, and the flows that wait to be shared out.
//!
//! # Pools in a run
//!
//! A pool holds its own balances, as the contracts do (`portage_pools::Pool`, a closed enum). The ledger mirrors every
//! transfer, and at the end of every run the two are compared to 1e-9. Every curve answers the same questions: spot and
//! marginal price, swap exact in and exact out, the input after which the marginal rate has fallen to a given one,
//! depth, convexity (from which LVR follows), deposit and withdrawal. Arbitrage and router ask these and do not know
//! which curve answers (exact-out and single-coin forms are there for the comparison with the contracts; no agent uses
//! them). What differs between kinds is a question to the pool, answered in the pools crate:
//!
//! - **What a deposit is.** Shares in proportion (constant product), shares for any amounts with a fee on what is out
//!   of proportion (StableSwap, weighted), or units of liquidity in a range (concentrated). Everything between the same
//!   two ticks is one shared range (`world/shared_ranges.rs`), shared by units as a pool is by shares; a range's fees,
//!   losses and rewards are the pool's growths per unit of liquidity inside the range, by Uniswap V3's rule of global
//!   and outside growth.
//! - **What becomes of fees.** Into the reserves with the protocol's part minted (Uniswap V2), apart from them (V3), or
//!   the protocol's part apart and the rest into the reserves (Curve, Balancer).
//! - **How much value is at work.** Yields are expected per value at work: the value of a constant product with the
//!   same liquidity about the price. A narrow range has several times its own value at work while it holds the price,
//!   and none outside; its owner may then move it to the present price.
//!
//! A *holding* holds the base alone: no price, no trade, band and depth nothing, so that nothing routes to it and no
//! arbitrage looks at it. What it yields is accrued with the rewards (`world/yields.rs`), before anything moves, and
//! booked as fees; the market view posts its rate as it is. A scenario has holdings only or none, and its report speaks
//! of no market.
//!
//! The router (`portage_pools::router`) divides an order over up to eight pools of any mix, and through one
//! intermediate token: a bracketed secant on the common marginal rate, in closed form where all curves are constant
//! products about their prices; gas per pool makes it a choice of the set of pools, which is exact too.
//!
//! A pool plays one of four roles (`portage_pools::Role`): *old* and *new* are the versions between which liquidity
//! migrates, a *rival* is another protocol's venue of the same pair, a *route* a leg through an intermediate token.
//! What asks "can liquidity or an order get there" counts rivals (`is_of_pair`: orders, fee priors, choice); what asks
//! "what is ours" does not (`is_migrated`: shares, concentration, LVR).

use super::shared_ranges::SharedRanges;
use portage_base::actions::Taker;
use portage_base::ledger::{Account, Ledger, Token};
use portage_chain::Chain;
use portage_pools::{Amounts, Band, Booking, COINS_MAX, Direction, DynamicFee, FeeRule, FlowLine, Pool, Role, Swap};

/// The tokens of a pool, by coin.
#[derive(Debug, Clone, Copy)]
pub struct Coins {
    tokens: [Token; COINS_MAX],
    count: usize,
}

impl Coins {
    /// Two to eight tokens.
    #[must_use]
    pub fn new(list: &[Token]) -> Self {
        assert!((2..=COINS_MAX).contains(&list.len()), "a pool has two to eight coins: {}", list.len());
        let mut tokens = [Token::USD; COINS_MAX];
        tokens[..list.len()].copy_from_slice(list);
        Self { tokens, count: list.len() }
    }

    /// The tokens.
    #[inline]
    #[must_use]
    pub fn list(&self) -> &[Token] {
        &self.tokens[..self.count]
    }

    /// The token of a coin.
    #[inline]
    #[must_use]
    pub const fn token(&self, coin: usize) -> Token {
        self.tokens[coin]
    }

    /// Value of amounts at `prices_usd` by token, USD.
    #[inline]
    #[must_use]
    pub fn value_usd(&self, amounts: &Amounts, prices_usd: &[f64]) -> f64 {
        self.list().iter().zip(amounts).map(|(token, amount)| amount * prices_usd[token.index()]).sum()
    }
}

/// Accounts of a pool.
#[derive(Debug, Clone, Copy)]
pub struct VenueAccounts {
    /// The reserves.
    pub reserve: Account,
    /// Fees that do not enter the reserves.
    pub fee_vault: Account,
    /// Rewards that ranges have earned and not yet received.
    pub rewards: Account,
}

/// What a pool is, apart from its state.
#[derive(Debug, Clone, Copy)]
pub struct VenueTerms {
    /// On which side of the migration it stands.
    pub role: Role,
    /// On which chain.
    pub chain: Chain,
    /// Which pair it trades: 0 is the pair that is migrated.
    pub pair: usize,
    /// Its tokens.
    pub coins: Coins,
    /// What becomes of fees.
    pub fee_rule: FeeRule,
    /// Share of the fee that the protocol takes.
    pub protocol_share: f64,
    /// Gas of a swap through a router.
    pub swap_gas: u64,
    /// Gas of an arbitrage, called without a router.
    pub arbitrage_gas: u64,
}

/// A pool of the run.
#[derive(Debug, Clone)]
pub struct Venue {
    /// What it is.
    pub terms: VenueTerms,
    /// Its curve and balances.
    pub pool: Pool,
    /// Its accounts.
    pub accounts: VenueAccounts,
    /// Shares of the pool that exist; a concentrated pool has lots instead.
    pub shares: f64,
    /// sqrt(k) when the protocol last took its part.
    pub(crate) settled_root_k: f64,
    /// Who owns which range of a concentrated pool.
    pub shared_ranges: Option<SharedRanges>,
    /// A fee that follows the state of the pool.
    pub dynamic_fee: Option<DynamicFee>,
    /// Whether a parameter of the curve changes with time.
    pub has_schedule: bool,
    /// Whether nothing can happen in it: no trade, no deposit, no withdrawal.
    is_halted: bool,
    band: Band,
    marks_usd: Amounts,
    /// What it held at the opening, whole tokens by coin.
    pub opening: Amounts,
    /// Flows since the last settlement with the holders.
    pub flows: VenueFlows,
    /// Flows of the whole run.
    pub totals: VenueFlows,
}

/// What changed the value of a pool, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VenueFlows {
    /// Change of reference prices on what the pool held.
    pub market_move: f64,
    /// Of it, on fees that wait beside the reserves.
    pub fee_vault_move: f64,
    /// Fees, all takers.
    pub fees: f64,
    /// Lost to arbitrageurs at reference prices, fees apart.
    pub arbitrage_loss: f64,
    /// Gained from traders at reference prices, fees apart: price impact received.
    pub order_flow: f64,
}

impl VenueFlows {
    /// Loss versus rebalancing (LVR): what all trades together cost the pool at reference prices, fees apart.
    ///
    /// Arbitrageurs take it, and win back on the way what traders' orders had pushed the price by: the sum of both is what
    /// a portfolio that rebalances at reference prices would not have lost. Source: Milionis and others 2022.
    #[must_use]
    pub const fn lvr(&self) -> f64 {
        self.arbitrage_loss - self.order_flow
    }
}

impl Venue {
    /// A pool without liquidity.
    #[must_use]
    pub fn new(terms: VenueTerms, pool: Pool, accounts: VenueAccounts) -> Self {
        Self {
            terms,
            pool,
            accounts,
            shares: 0.0,
            settled_root_k: 0.0,
            shared_ranges: None,
            dynamic_fee: None,
            has_schedule: false,
            is_halted: false,
            band: Band::ANY,
            marks_usd: [0.0; COINS_MAX],
            opening: [0.0; COINS_MAX],
            flows: VenueFlows::default(),
            totals: VenueFlows::default(),
        }
    }

    /// Whether it is one of the venues between which liquidity migrates.
    #[inline]
    #[must_use]
    pub const fn is_migrated(&self) -> bool {
        self.terms.role.is_migrated()
    }

    /// What the ledger says that the reserves hold, whole tokens by coin.
    #[must_use]
    pub fn reserves(&self, ledger: &Ledger) -> Amounts {
        self.held_by(self.accounts.reserve, ledger)
    }

    /// What an account holds of the pool's coins, whole tokens.
    #[must_use]
    pub(crate) fn held_by(&self, account: Account, ledger: &Ledger) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        for (amount, token) in amounts.iter_mut().zip(self.terms.coins.list()) {
            *amount = ledger.balance(account, *token);
        }
        amounts
    }

    /// Whether the pool takes trades, on one side at least.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.band.upper.is_finite() || self.band.lower > 0.0
    }

    /// Whether nothing can happen in it: no trade, no deposit, no withdrawal.
    #[inline]
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        self.is_halted
    }

    /// Halts the pool, or lets it go on. A halted pool keeps its curve; nobody gets to it.
    pub fn halt(&mut self, is_halted: bool) {
        self.is_halted = is_halted;
        self.refresh();
    }

    /// Whether one token is held there and nothing trades.
    #[inline]
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        self.pool.is_holding()
    }

    /// Whether anybody has liquidity in it.
    #[must_use]
    pub(crate) fn is_funded(&self) -> bool {
        self.shared_ranges.as_ref().map_or(self.shares > 0.0, |shared_ranges| !shared_ranges.is_empty())
    }

    /// Whether a reference price with this square root lies outside the fee band about the pool's spot price.
    #[inline]
    #[must_use]
    pub(crate) fn is_outside_band(&self, root_price: f64) -> bool {
        self.band.is_below(root_price) || self.band.is_above(root_price)
    }

    /// Whether the pool sells base below a reference price with this square root, fee included.
    #[inline]
    #[must_use]
    pub fn is_below(&self, root_price: f64) -> bool {
        self.band.is_below(root_price)
    }

    /// Between which prices arbitrage does not pay.
    #[inline]
    #[must_use]
    pub const fn band(&self) -> Band {
        self.band
    }

    /// sqrt(base x quote) of a constant product, 0 for other curves.
    #[inline]
    #[must_use]
    pub(crate) const fn root_k(&self) -> f64 {
        self.pool.root_k()
    }

    /// Shares of value by coin in which a pool opens.
    #[must_use]
    pub(crate) fn opening_weights(&self) -> Amounts {
        self.pool.opening_weights(self.terms.coins.list().len())
    }

    /// Recomputes the bounds after the pool has changed.
    #[inline]
    pub fn refresh(&mut self) {
        self.band = if self.is_halted { Band::ANY } else { self.pool.band() };
    }

    /// Books the change of reference prices since the last mark on everything that the pool holds, then marks anew.
    #[inline(always)]
    pub fn mark(&mut self, ledger: &Ledger, prices_usd: &[f64]) {
        let has_fee_vault = self.terms.fee_rule != FeeRule::Minted;
        for (mark, token) in self.marks_usd.iter_mut().zip(self.terms.coins.list()) {
            let price = prices_usd[token.index()];
            let change = price - *mark;
            // Most trades of a block come after another one, at the same prices; those of USD never change.
            if change == 0.0 {
                continue;
            }
            let mut held = ledger.balance(self.accounts.reserve, *token);
            if has_fee_vault {
                let kept = ledger.balance(self.accounts.fee_vault, *token);
                self.flows.fee_vault_move += kept * change;
                held += kept;
            }
            self.flows.market_move += held * change;
            *mark = price;
        }
    }

    /// Marks what the pool holds at `prices_usd` without booking a change: its tokens have just become these.
    pub(crate) fn adopt(&mut self, prices_usd: &[f64]) {
        for (mark, token) in self.marks_usd.iter_mut().zip(self.terms.coins.list()) {
            *mark = prices_usd[token.index()];
        }
    }

    /// Carries a trade out on the curve and books it: the fee, and the pool's whole gain at reference prices, USD.
    #[inline(always)]
    pub fn book(&mut self, direction: Direction, swap: &Swap, prices: (f64, f64), taker: Taker) -> f64 {
        let (usd_in, usd_out) = prices;
        let fee_usd = swap.fee_in * usd_in + swap.fee_out * usd_out;
        let gain_usd = swap.amount_in * usd_in - swap.amount_out * usd_out;
        self.flows.fees += fee_usd;
        let line = match taker {
            Taker::Arbitrageur => {
                self.flows.arbitrage_loss += fee_usd - gain_usd;
                FlowLine::Arbitrage
            }
            Taker::Trader => {
                self.flows.order_flow += gain_usd - fee_usd;
                FlowLine::Trader
            }
        };
        let apart = self.share_apart();
        self.pool.fill_and_band(direction, swap, apart, &Booking { usd_in, usd_out, line }, &mut self.band);
        gain_usd
    }

    /// The share of a fee that does not enter the reserves.
    #[inline]
    #[must_use]
    pub(crate) const fn share_apart(&self) -> f64 {
        match self.terms.fee_rule {
            FeeRule::Minted => 0.0,
            FeeRule::Apart => 1.0,
            FeeRule::Cut => self.terms.protocol_share,
        }
    }

    /// Takes the flows that wait, and adds them to the totals.
    pub(crate) fn take_flows(&mut self) -> VenueFlows {
        let flows = std::mem::take(&mut self.flows);
        self.totals.market_move += flows.market_move;
        self.totals.fee_vault_move += flows.fee_vault_move;
        self.totals.fees += flows.fees;
        self.totals.arbitrage_loss += flows.arbitrage_loss;
        self.totals.order_flow += flows.order_flow;
        flows
    }

    /// Fees of the whole run so far, USD.
    #[must_use]
    pub fn fees_so_far_usd(&self) -> f64 {
        self.totals.fees + self.flows.fees
    }

    /// Loss versus rebalancing of the whole run so far, USD.
    #[must_use]
    pub fn lvr_so_far_usd(&self) -> f64 {
        self.totals.lvr() + self.flows.lvr()
    }
}

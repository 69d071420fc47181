//! What a liquidator makes of what it seizes: redeemed where it is liquidity, and sold through the pools as they stand.

use super::{LendingMarket, ReserveAsset};
use crate::world::{Books, EXTERNAL_MARKET_COST, Execution, Holder, Venue};
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_credit::lending::Proposal;
use portage_pools::{COINS_MAX, Side};

/// What rounding may add to what a sale brings: far above a float's last bits.
const ROUNDING: f64 = 1e-9;

/// What a liquidation would come to, USD at true prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sale {
    /// Debt repaid.
    pub repaid_usd: f64,
    /// What is seized.
    pub seized_usd: f64,
    /// Fees and price impact of selling it.
    pub cost_usd: f64,
    /// Of it, in the pools.
    pub slippage_usd: f64,
    /// Gas of the whole.
    pub gas_usd: f64,
    /// The trade through the pools; none where nothing of the pair has to change hands.
    pub trade: Option<Execution>,
}

impl Sale {
    /// What is left for the liquidator.
    #[must_use]
    pub fn profit_usd(&self) -> f64 {
        self.seized_usd - self.repaid_usd - self.cost_usd - self.gas_usd
    }
}

/// What is to be turned into the token of the debt.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct SeizedCollateral {
    /// Base and quote of the pair.
    pub(super) base: f64,
    pub(super) quote: f64,
    /// Other tokens, USD.
    pub(super) others_usd: f64,
}

impl LendingMarket {
    /// What repaying `repay` tokens by `proposal` would come to now; `None` where it cannot be done: the pool that holds the collateral
    /// stands still, nobody buys, or the reserve does not hold that much.
    #[must_use]
    pub(crate) fn liquidation_sale(&self, proposal: &Proposal, repay: f64, books: &Books) -> Option<Sale> {
        let seized = repay * proposal.seized_per_repaid;
        if self.links[proposal.collateral].asset_token().is_some() && seized > self.market.cash(proposal.collateral) {
            return None;
        }
        let goods = books.goods(self.links[proposal.collateral].asset, seized)?;
        let gas_usd = books.gas_cost_usd(Chain::Home, self.liquidation_gas);
        let debt = self.token(proposal.debt)?;
        let sale = books.sale_of(goods, debt, gas_usd)?;
        Some(Sale { repaid_usd: repay * self.true_usd[proposal.debt], ..sale })
    }

    /// More than any part of a liquidation can bring, USD: the part of it that is worth most, sold for `best_sale` of its true value.
    #[must_use]
    pub(crate) fn liquidation_bound_usd(
        &self,
        proposal: &Proposal,
        (most, best_sale): (f64, f64),
        books: &Books,
    ) -> f64 {
        let seized_usd = most * proposal.seized_per_repaid * self.true_usd[proposal.collateral];
        seized_usd * best_sale
            - most * self.true_usd[proposal.debt]
            - books.gas_cost_usd(Chain::Home, self.liquidation_gas)
    }
}

impl Books {
    /// Most that a token of the pair brings of its true value in the pools as they stand, never below 1: whatever the amount, no sale
    /// brings more. Infinite where an intermediate token may help.
    #[must_use]
    pub(crate) fn best_sale(&self) -> f64 {
        let price = self.pair().price;
        let open = self.venues.iter().filter(|venue| venue.terms.chain == Chain::Home && !venue.is_halted());
        let of_venue = |venue: &Venue| {
            if venue.terms.pair != 0 {
                return f64::INFINITY;
            }
            let spot = |side: Side| venue.pool.spot(side.direction());
            (spot(Side::SellBase) / price).max(spot(Side::BuyBase) * price)
        };
        open.map(of_venue).fold(1.0, f64::max) * (1.0 + ROUNDING)
    }

    /// What `tokens` of a reserve are, once they are redeemed.
    fn goods(&self, asset: ReserveAsset, tokens: f64) -> Option<SeizedCollateral> {
        match asset {
            ReserveAsset::Token(token) => Some(self.goods_of(&[token], &[tokens])),
            ReserveAsset::Liquidity(opened) => {
                let venue = &self.venues[self.holds_shares_of(opened)];
                if venue.is_halted() || venue.shares <= 0.0 {
                    return None;
                }
                let part = tokens / venue.shares;
                Some(self.goods_of(venue.terms.coins.list(), &venue.reserves(&self.ledger).map(|held| held * part)))
            }
        }
    }

    /// Amounts of tokens by what becomes of them.
    pub(super) fn goods_of(&self, tokens: &[Token], amounts: &[f64]) -> SeizedCollateral {
        let (base, quote) = self.pair_tokens();
        let mut goods = SeizedCollateral::default();
        for (token, amount) in tokens.iter().zip(amounts) {
            if *token == base {
                goods.base += amount;
            } else if *token == quote {
                goods.quote += amount;
            } else {
                goods.others_usd += amount * self.prices_usd[token.index()];
            }
        }
        goods
    }

    /// All of it elsewhere in the market.
    pub(super) fn external_sale(&self, goods: SeizedCollateral, call_gas_usd: f64) -> Sale {
        let pair = self.pair();
        let seized_usd = goods.base * pair.base_usd + goods.quote * pair.quote_usd + goods.others_usd;
        Sale {
            repaid_usd: 0.0,
            seized_usd,
            cost_usd: seized_usd * EXTERNAL_MARKET_COST,
            slippage_usd: 0.0,
            gas_usd: call_gas_usd,
            trade: None,
        }
    }

    /// Turns goods into the token `debt`: those of the pair through the pools, others elsewhere.
    pub(super) fn sale_of(&self, goods: SeizedCollateral, debt: Token, call_gas_usd: f64) -> Option<Sale> {
        let (base, quote) = self.pair_tokens();
        let pair = self.pair();
        let order = if debt == base { (Side::BuyBase, goods.quote) } else { (Side::SellBase, goods.base) };
        let trade = if order.1 > 0.0 { Some(self.quote(order.0, order.1)?) } else { None };
        let (slippage_usd, swap_gas_usd) = trade.map_or((0.0, 0.0), |trade| (self.cost_of(&trade), trade.gas_usd));
        let of_pair_usd = goods.base * pair.base_usd + goods.quote * pair.quote_usd;
        let external_usd = if debt == base || debt == quote {
            goods.others_usd
        } else {
            goods.others_usd + of_pair_usd - slippage_usd
        };
        Some(Sale {
            repaid_usd: 0.0,
            seized_usd: of_pair_usd + goods.others_usd,
            cost_usd: slippage_usd + external_usd * EXTERNAL_MARKET_COST,
            slippage_usd,
            gas_usd: call_gas_usd + swap_gas_usd,
            trade,
        })
    }

    /// Redeems `shares` of a pool that stand with holders who are not modelled, into `account`.
    pub(super) fn redeem(
        &mut self,
        venue: usize,
        shares: f64,
        account: portage_base::ledger::Account,
    ) -> [f64; COINS_MAX] {
        self.accrue();
        self.settle(venue);
        let rest = Holder::Rest.index();
        let pool = &mut self.venues[venue];
        let part = shares / pool.shares;
        let amounts = pool.reserves(&self.ledger).map(|reserve| reserve * part);
        for (amount, token) in amounts.iter().zip(pool.terms.coins.list()) {
            self.ledger.transfer(pool.accounts.reserve, account, *token, *amount);
        }
        let taken = pool.pool.balances().map(|balance| balance * part);
        pool.pool.take(&taken);
        let book = &mut self.holders[rest];
        book.shares[venue] = (book.shares[venue] - shares).max(0.0);
        book.statement.handed_over += pool.terms.coins.value_usd(&amounts, &self.prices_usd);
        pool.shares = self.holders.iter().map(|book| book.shares[venue]).sum();
        pool.refresh();
        pool.settled_root_k = pool.root_k();
        amounts
    }
}

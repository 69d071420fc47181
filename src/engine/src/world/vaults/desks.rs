//! The two desks at which a vault's book trades: through the pools as they stand, and at reference prices.

use super::book::Desk;
use super::terms::Coin;
use crate::world::{Books, Execution, Line, Stakeholder};
use portage_pools::{Amounts2, Side};

/// Times that an order which costs too much is halved before it is given up: a 64th is not worth its gas (judgement).
const HALVINGS: u32 = 6;

/// What trades through the pools came to so far, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TradeTally {
    /// Value of what was paid.
    pub volume_usd: f64,
    /// Fees and price impact.
    pub slippage_usd: f64,
    /// Gas.
    pub gas_usd: f64,
}

/// The pools, the ledger, and the statements of both sides.
pub(super) struct PoolDesk<'a> {
    pub(super) books: &'a mut Books,
    pub(super) depositors: &'a mut Stakeholder,
    pub(super) buyers: &'a mut Stakeholder,
    pub(super) trades: &'a mut TradeTally,
}

impl PoolDesk<'_> {
    /// An execution that pays `wanted` base tokens, or receives them, as nearly as one correction makes it.
    fn fill(&self, side: Side, wanted: f64) -> Option<Execution> {
        if side == Side::SellBase {
            return self.books.quote(side, wanted);
        }
        let least = wanted * self.books.pair().price;
        let first = self.books.quote(side, least)?;
        let corrected = (least * wanted / first.amount_out).min(self.held().quote);
        self.books.quote(side, corrected)
    }

    /// What an execution costs in fees and price impact, as a share of what is paid.
    fn cost_share(&self, execution: &Execution) -> f64 {
        let price = self.books.pair().price;
        let paid_for = match execution.side {
            Side::SellBase => execution.amount_out / (execution.amount_in * price),
            Side::BuyBase => execution.amount_out * price / execution.amount_in,
        };
        1.0 - paid_for
    }
}

impl Desk for PoolDesk<'_> {
    fn held(&self) -> Amounts2 {
        let (base, quote) = self.books.pair_tokens();
        let held = |token| self.books.ledger.balance(self.depositors.account, token);
        Amounts2 { base: held(base), quote: held(quote) }
    }

    fn usd(&self, coin: Coin) -> f64 {
        let (base, quote) = self.books.pair_tokens();
        self.books.prices_usd[if coin == Coin::Base { base } else { quote }.index()]
    }

    fn trade(&mut self, base: f64, cost_max: f64) -> f64 {
        let held = self.held();
        let (side, most) = if base > 0.0 {
            (Side::BuyBase, held.quote / self.books.pair().price)
        } else {
            (Side::SellBase, held.base)
        };
        let mut wanted = base.abs().min(most);
        for _ in 0..=HALVINGS {
            let found = self.fill(side, wanted).filter(|execution| self.cost_share(execution) <= cost_max);
            if let Some(execution) = found {
                let (base, quote) = self.books.pair_tokens();
                let token_in = if side == Side::SellBase { base } else { quote };
                let slippage_usd = self.books.execute(self.depositors.account, &execution);
                self.depositors.statement.book(Line::Slippage, -slippage_usd);
                self.depositors.statement.book(Line::Gas, -execution.gas_usd);
                self.trades.volume_usd += execution.amount_in * self.books.prices_usd[token_in.index()];
                self.trades.slippage_usd += slippage_usd;
                self.trades.gas_usd += execution.gas_usd;
                return if side == Side::SellBase { -execution.amount_in } else { execution.amount_out };
            }
            wanted *= 0.5;
        }
        0.0
    }

    fn receive(&mut self, coin: Coin, amount: f64) {
        let (base, quote) = self.books.pair_tokens();
        let token = if coin == Coin::Base { base } else { quote };
        self.books.ledger.transfer(self.buyers.account, self.depositors.account, token, amount);
    }

    fn book(&mut self, line: Line, usd: f64) {
        self.depositors.statement.book(line, usd);
        self.buyers.statement.book(line, -usd);
    }
}

/// A desk at which everything trades at the reference price and costs nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    pub(super) held: Amounts2,
    pub(super) base_usd: f64,
    pub(super) quote_usd: f64,
}

impl Paper {
    /// Value of what is held, USD.
    pub(super) fn worth_usd(&self) -> f64 {
        self.held.base * self.base_usd + self.held.quote * self.quote_usd
    }
}

impl Desk for Paper {
    fn held(&self) -> Amounts2 {
        self.held
    }

    fn usd(&self, coin: Coin) -> f64 {
        if coin == Coin::Base { self.base_usd } else { self.quote_usd }
    }

    fn trade(&mut self, base: f64, _cost_max: f64) -> f64 {
        let price = self.base_usd / self.quote_usd;
        let done = base.clamp(-self.held.base.max(0.0), self.held.quote.max(0.0) / price);
        self.held.base += done;
        self.held.quote -= done * price;
        done
    }

    fn receive(&mut self, coin: Coin, amount: f64) {
        match coin {
            Coin::Base => self.held.base += amount,
            Coin::Quote => self.held.quote += amount,
        }
    }

    fn book(&mut self, _line: Line, _usd: f64) {}
}

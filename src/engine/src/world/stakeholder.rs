//! Parties of credit and derivatives: who has what on which account, and what changed its value, line by line.

use portage_base::ledger::{Account, Ledger, Token};
use portage_base::stats::worst;

/// What changes the value of a party. Every line is a gain when it is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Brought in from outside, less what was taken out.
    Brought,
    /// Change of reference prices on what is held and owed.
    MarketMove,
    /// Interest received less interest paid.
    Interest,
    /// Funding of perpetual positions received less paid.
    Funding,
    /// Premiums of options received less paid.
    Premiums,
    /// What options paid at their expiry, received less paid; change of the value of those that run.
    Options,
    /// Bonuses and penalties of liquidations, received less paid.
    Liquidation,
    /// Fees received less paid.
    Fees,
    /// Price impact and fees of trades through pools or an order book: what a trade brought less than at reference prices.
    Slippage,
    /// Gas.
    Gas,
    /// Claims that were written off, thefts, and what others bore of them.
    Losses,
}

/// Number of lines.
const LINES: usize = 11;

impl Line {
    /// Every line, in the order of reports.
    pub const ALL: [Self; LINES] = [
        Self::Brought,
        Self::MarketMove,
        Self::Interest,
        Self::Funding,
        Self::Premiums,
        Self::Options,
        Self::Liquidation,
        Self::Fees,
        Self::Slippage,
        Self::Gas,
        Self::Losses,
    ];

    /// The name of the line in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brought => "brought",
            Self::MarketMove => "market_move",
            Self::Interest => "interest",
            Self::Funding => "funding",
            Self::Premiums => "premiums",
            Self::Options => "options",
            Self::Liquidation => "liquidation",
            Self::Fees => "fees",
            Self::Slippage => "slippage",
            Self::Gas => "gas",
            Self::Losses => "losses",
        }
    }
}

/// What changed the value of one party, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StakeholderStatement {
    /// Value at the opening.
    pub opening: f64,
    lines: [f64; LINES],
    /// Value at the end.
    pub closing: f64,
}

impl StakeholderStatement {
    /// Books `usd` on a line; a gain is positive.
    #[inline]
    pub const fn book(&mut self, line: Line, usd: f64) {
        self.lines[line as usize] += usd;
    }

    /// What stands on a line, USD.
    #[must_use]
    pub const fn line(&self, line: Line) -> f64 {
        self.lines[line as usize]
    }

    /// closing - opening - the sum of all lines, USD: 0 but for rounding in every run.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.closing - self.opening - self.lines.iter().sum::<f64>()
    }

    /// The largest figure in absolute value, USD: the scale of rounding.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.lines.iter().map(|line| line.abs()).fold(worst(self.opening.abs(), self.closing.abs()), worst)
    }
}

/// One party: an account of the ledger, and the statement over it and over the claims that stand elsewhere.
#[derive(Debug, Clone)]
pub struct Stakeholder {
    /// What it holds.
    pub account: Account,
    /// What changed its value.
    pub statement: StakeholderStatement,
    /// Reference prices at the last mark, USD by token.
    marks_usd: Vec<f64>,
}

impl Stakeholder {
    /// A party that holds nothing, at prices `prices_usd`.
    #[must_use]
    pub fn new(account: Account, prices_usd: &[f64]) -> Self {
        Self { account, statement: StakeholderStatement::default(), marks_usd: prices_usd.to_vec() }
    }

    /// Books the change of reference prices since the last mark on what stands on the account, then marks anew. It must be called before
    /// anything moves on the account.
    pub fn mark(&mut self, ledger: &Ledger, prices_usd: &[f64]) {
        let mut moved_usd = 0.0;
        for (token, (mark, &price)) in self.marks_usd.iter_mut().zip(prices_usd).enumerate() {
            moved_usd += ledger.balance(self.account, Token::new(token)) * (price - *mark);
            *mark = price;
        }
        self.statement.book(Line::MarketMove, moved_usd);
    }

    /// Value of what stands on the account, USD.
    #[must_use]
    pub fn held_usd(&self, ledger: &Ledger, prices_usd: &[f64]) -> f64 {
        prices_usd
            .iter()
            .enumerate()
            .map(|(token, price)| ledger.balance(self.account, Token::new(token)) * price)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_counts_once_and_the_market_moves_what_is_held() {
        let mut ledger = Ledger::new(2);
        let (account, other) = (ledger.open_account(), ledger.open_account());
        ledger.endow(account, Token::new(1), 2.0);
        let mut stakeholder = Stakeholder::new(account, &[1.0, 100.0]);
        stakeholder.statement.opening = stakeholder.held_usd(&ledger, &[1.0, 100.0]);
        stakeholder.mark(&ledger, &[1.0, 110.0]);
        ledger.transfer(account, other, Token::new(1), 0.5);
        stakeholder.statement.book(Line::Losses, -55.0);
        stakeholder.mark(&ledger, &[1.0, 90.0]);
        stakeholder.statement.closing = stakeholder.held_usd(&ledger, &[1.0, 90.0]);
        assert_eq!(stakeholder.statement.line(Line::MarketMove), 2.0 * 10.0 - 1.5 * 20.0);
        assert_eq!(stakeholder.statement.residual(), 0.0);
        for (place, line) in Line::ALL.into_iter().enumerate() {
            let mut statement = StakeholderStatement::default();
            statement.book(line, 1.0);
            assert_eq!((statement.lines[place], statement.residual()), (1.0, -1.0), "{}", line.name());
        }
        assert_eq!(stakeholder.statement.largest(), 200.0);
    }
}

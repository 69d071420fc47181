//! One ledger: every token amount of a run stands in one table, accounts x tokens, and only a transfer moves it.
//!
//! Amounts are whole tokens in f64. Accounts that stand for the outside world (the rest of the market, an issuer)
//! may go below zero; what they owe is what the others hold, so that the sum over accounts never changes.

use crate::stats::worst;

/// An account: a row of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account(u32);

/// A token: a column of the ledger. Token 0 is always the numeraire, USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(u32);

impl Token {
    /// The numeraire.
    pub const USD: Self = Self(0);

    /// The token in column `index`.
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The column of this token.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Balances of all accounts in all tokens, whole tokens.
#[derive(Debug, Clone)]
pub struct Ledger {
    balances: Vec<f64>,
    tokens: usize,
    opening_totals: Vec<f64>,
}

impl Ledger {
    /// A ledger without accounts over `tokens` tokens.
    #[must_use]
    pub fn new(tokens: usize) -> Self {
        assert!(tokens > 0, "a ledger needs the numeraire at least");
        Self { balances: Vec::new(), tokens, opening_totals: vec![0.0; tokens] }
    }

    /// Opens one more account with nothing in it.
    pub fn open_account(&mut self) -> Account {
        let account = Account((self.balances.len() / self.tokens) as u32);
        self.balances.resize(self.balances.len() + self.tokens, 0.0);
        account
    }

    /// Puts `amount` whole tokens on an account before the run begins; part of the opening total that is audited.
    pub fn endow(&mut self, account: Account, token: Token, amount: f64) {
        self.balances[account.0 as usize * self.tokens + token.index()] += amount;
        self.opening_totals[token.index()] += amount;
    }

    /// The balance of `account` in `token`, whole tokens.
    #[inline]
    #[must_use]
    pub fn balance(&self, account: Account, token: Token) -> f64 {
        self.balances[account.0 as usize * self.tokens + token.index()]
    }

    /// What all accounts hold of `token` together, whole tokens.
    #[must_use]
    pub fn total(&self, token: Token) -> f64 {
        self.balances.iter().skip(token.index()).step_by(self.tokens).sum()
    }

    /// Moves `amount` whole tokens; a negative amount moves the other way.
    #[inline]
    pub fn transfer(&mut self, from: Account, to: Account, token: Token, amount: f64) {
        self.balances[from.0 as usize * self.tokens + token.index()] -= amount;
        self.balances[to.0 as usize * self.tokens + token.index()] += amount;
    }

    /// Largest relative change of a token's sum over all accounts since the opening: 0 when nothing was minted or lost.
    ///
    /// The change is taken relative to the gross amount (sum of absolute balances) of the token.
    #[must_use]
    pub fn audit(&self) -> f64 {
        self.audit_on_scale_of(|token| token)
    }

    /// As [`Self::audit`], relative to what accounts hold of a token or of the one that `scale_of` names for it, whichever is more: of a
    /// wrapped token that was all given back only rounding is left.
    #[must_use]
    pub fn audit_on_scale_of(&self, scale_of: impl Fn(Token) -> Token) -> f64 {
        let column = |token: usize| self.balances.iter().skip(token).step_by(self.tokens);
        let gross = |token: usize| column(token).fold(0.0_f64, |gross, balance| gross + balance.abs());
        (0..self.tokens)
            .map(|token| {
                let net = column(token).fold(0.0, |net, balance| net + balance);
                let own = gross(token);
                let scale = own.max(gross(scale_of(Token::new(token)).index()));
                if own != 0.0 { ((net - self.opening_totals[token]) / scale).abs() } else { 0.0 }
            })
            .fold(0.0, worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_moves_and_the_audit_sees_what_is_minted() {
        let mut ledger = Ledger::new(2);
        let (a, b) = (ledger.open_account(), ledger.open_account());
        ledger.endow(a, Token::new(1), 5.0);
        ledger.transfer(a, b, Token::new(1), 2.0);
        assert_eq!((ledger.balance(a, Token::new(1)), ledger.balance(b, Token::new(1))), (3.0, 2.0));
        assert_eq!(ledger.audit(), 0.0);
        ledger.balances[3] += 0.5;
        assert!((ledger.audit() - 0.5 / 5.5).abs() < 1e-15);
        ledger.balances[3] = f64::NAN;
        assert!(ledger.audit().is_nan(), "an amount that is no number passed the audit");
    }
}

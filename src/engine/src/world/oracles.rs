//! What attacks on oracles came to: how long they would have paid, what attackers paid and took, what lenders lost.

use super::Books;
use portage_base::ledger::Token;

/// What oracles were worth to attackers, and what attackers did, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OracleBook {
    /// What the best attack on each oracle would bring now, added up over those that pay.
    pub net_gain_usd: f64,
    /// What the cheapest oracle costs now to be made to read twice the price, gas apart; NaN while none can be.
    pub cost_usd: f64,
    /// Least of it so far.
    pub cost_usd_min: f64,
    /// Largest sum of net gains so far.
    pub net_gain_usd_max: f64,
    /// Time during which an attack would have paid.
    pub attackable_seconds: f64,
    /// Time integral of the net gains, USD x seconds.
    pub net_gain_usd_seconds: f64,
    /// Attacks that were begun.
    pub attacks: u64,
    /// Of them, those that took nothing in the end.
    pub failed_attacks: u64,
    /// Borrowed by attackers and never repaid.
    pub borrowed_usd: f64,
    /// What they left behind for it, at its true price then.
    pub collateral_usd: f64,
    /// What their trades cost them at true prices.
    pub(crate) pushes_usd: f64,
    /// Gas that they paid.
    pub gas_usd: f64,
    /// When the figures were last brought up to date.
    seconds: f64,
}

impl Default for OracleBook {
    fn default() -> Self {
        Self {
            net_gain_usd: 0.0,
            cost_usd: f64::NAN,
            cost_usd_min: f64::NAN,
            net_gain_usd_max: 0.0,
            attackable_seconds: 0.0,
            net_gain_usd_seconds: 0.0,
            attacks: 0,
            failed_attacks: 0,
            borrowed_usd: 0.0,
            collateral_usd: 0.0,
            pushes_usd: 0.0,
            gas_usd: 0.0,
            seconds: 0.0,
        }
    }
}

impl OracleBook {
    /// What lenders lost, at true prices then, USD.
    #[must_use]
    pub fn loss_usd(&self) -> f64 {
        self.borrowed_usd - self.collateral_usd
    }

    /// What attackers made, USD.
    #[must_use]
    pub fn profit_usd(&self) -> f64 {
        self.loss_usd() - self.pushes_usd - self.gas_usd
    }

    /// What attackers took and paid, all lines added up without sign, USD: the scale of rounding in their profit.
    #[must_use]
    pub(crate) fn turnover_usd(&self) -> f64 {
        self.borrowed_usd + self.collateral_usd + self.pushes_usd.abs() + self.gas_usd
    }

    /// From `seconds` on, attacks would bring `net_gain_usd` together, and the cheapest oracle costs `cost_usd`.
    pub(crate) fn advance(&mut self, seconds: f64, net_gain_usd: f64, cost_usd: f64) {
        let elapsed = seconds - self.seconds;
        self.attackable_seconds += if self.net_gain_usd > 0.0 { elapsed } else { 0.0 };
        self.net_gain_usd_seconds += self.net_gain_usd * elapsed;
        (self.seconds, self.net_gain_usd, self.cost_usd) = (seconds, net_gain_usd, cost_usd);
        self.net_gain_usd_max = self.net_gain_usd_max.max(net_gain_usd);
        self.cost_usd_min = self.cost_usd_min.min(cost_usd);
    }
}

impl OracleBook {
    /// How far the manipulators' account is from what their book says, relative to `opening_usd` or to what they turned over.
    #[must_use]
    pub fn residual(&self, books: &Books, opening_usd: f64) -> f64 {
        let held = books.ledger.balance(books.accounts.manipulators, Token::USD);
        (held - self.profit_usd()).abs() / opening_usd.max(self.turnover_usd())
    }
}

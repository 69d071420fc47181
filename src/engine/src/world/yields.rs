//! Yields of holdings: what the rest of the market pays to those who hold a token there.

use super::Books;

impl Books {
    /// Lets every holding grow to the present. The base tokens come from the rest of the market (where the yield is negative they go there)
    /// and are booked as fees; who holds shares when they arise owns them.
    pub(super) fn accrue_yields(&mut self) {
        for venue in &mut self.venues {
            if !venue.is_holding() {
                continue;
            }
            venue.mark(&self.ledger, &self.prices_usd);
            let grown = venue.pool.accrue(self.seconds);
            let base = venue.terms.coins.token(0);
            self.ledger.transfer(self.accounts.market, venue.accounts.reserve, base, grown);
            venue.flows.fees += grown * self.prices_usd[base.index()];
        }
    }
}

//! Rewards: what programmes owe since the last call, to those who hold eligible liquidity.

use super::holders::{HOLDERS, Holder};
use super::{Venue, World};
use crate::ledger::{Account, Token};
use crate::pools::Pool;

impl World {
    /// Pays the rewards that have arisen since the last call, to those who hold eligible liquidity now. In a concentrated
    /// pool they are earned by the ranges that hold the price at the moment of the call (an observation, or a move of liquidity), in
    /// proportion to liquidity, and paid when a range is settled.
    pub fn accrue(&mut self) {
        self.accrue_yields();
        for index in 0..self.programmes.len() {
            let programme = &self.programmes[index];
            let tokens = programme.emission.paid_by(self.seconds) - programme.emitted;
            if tokens <= 0.0 {
                continue;
            }
            let weights = self.eligible_usd(index);
            let pooled =
                if programme.slot.is_some() { self.venue_value_usd(&self.venues[programme.venue]) } else { 0.0 };
            let paid_at_once: f64 = weights.iter().sum();
            let to_ranges = if pooled > 0.0 { tokens * pooled / (pooled + paid_at_once) } else { 0.0 };
            self.programmes[index].emitted += tokens;
            self.pay_ranges(index, to_ranges);
            let rest = tokens - to_ranges;
            if paid_at_once > 0.0 {
                let issuer = self.accounts.issuer;
                self.hand_out(index, issuer, rest, &weights.map(|weight| weight / paid_at_once));
            } else {
                self.programmes[index].forfeited += rest;
            }
        }
    }

    /// Lets the ranges of a concentrated pool that hold the price earn `tokens`; where none does, they are forfeited.
    fn pay_ranges(&mut self, index: usize, tokens: f64) {
        let programme = &mut self.programmes[index];
        let Some(slot) = programme.slot.filter(|_| tokens > 0.0) else { return };
        let venue = &mut self.venues[programme.venue];
        let Pool::Concentrated(curve) = &mut venue.pool else { return };
        if curve.reward(slot, tokens) {
            self.ledger.transfer(self.accounts.issuer, venue.accounts.rewards, programme.token, tokens);
        } else {
            programme.forfeited += tokens;
        }
    }

    /// Value of the liquidity of each holder that programme `index` pays at once, USD; that of ranges is left out.
    #[must_use]
    pub fn eligible_usd(&self, index: usize) -> [f64; HOLDERS] {
        let programme = &self.programmes[index];
        let per_share =
            |venue: &Venue| if venue.shares > 0.0 { self.venue_value_usd(venue) / venue.shares } else { 0.0 };
        let target = per_share(&self.venues[programme.venue]);
        let mut weights = [0.0; HOLDERS];
        for (holder, (weight, book)) in Holder::ALL.iter().zip(weights.iter_mut().zip(&self.holders)) {
            if *holder != Holder::Treasury {
                *weight = book.shares[programme.venue] * target;
                if programme.pays_pledged {
                    let pledged = self.venues.iter().zip(book.pledged);
                    *weight += pledged.map(|(venue, shares)| shares * per_share(venue)).sum::<f64>();
                }
            }
        }
        weights
    }

    /// Value of all the liquidity that programme `index` pays, ranges included, USD.
    #[must_use]
    pub fn eligible_total_usd(&self, index: usize) -> f64 {
        let programme = &self.programmes[index];
        let ranges = if programme.slot.is_some() { self.venue_value_usd(&self.venues[programme.venue]) } else { 0.0 };
        self.eligible_usd(index).iter().sum::<f64>() + ranges
    }

    /// Hands `tokens` of a programme's rewards to the holders' wallets by `parts`, and sells what they sell at once.
    pub(super) fn hand_out(&mut self, index: usize, from: Account, tokens: f64, parts: &[f64; HOLDERS]) {
        let programme = &mut self.programmes[index];
        let (token, price) = (programme.token, self.prices_usd[programme.token.index()]);
        let sold_share = if token == Token::USD { 0.0 } else { programme.sold_share };
        programme.paid_usd += tokens * price;
        programme.sold_usd += tokens * price * sold_share;
        for (book, part) in self.holders.iter_mut().zip(parts).filter(|(_, part)| **part > 0.0) {
            let amount = tokens * part;
            book.mark_wallet(&self.ledger, &self.prices_usd);
            self.ledger.transfer(from, book.wallet, token, amount);
            self.ledger.transfer(book.wallet, self.accounts.market, token, amount * sold_share);
            self.ledger.transfer(self.accounts.market, book.wallet, Token::USD, amount * sold_share * price);
            book.statement.incentives += amount * price;
        }
    }
}

//! Rewards: what programmes owe since the last call, to those who hold eligible liquidity, and what these do with it.

use super::holders::{HOLDERS, Holder};
use super::{Books, Venue};
use portage_base::ledger::{Account, Token};
use portage_pools::VENUES_MAX;

impl Books {
    /// Pays the rewards that have arisen since the last call, to those who hold eligible liquidity now. In a concentrated
    /// pool they are earned by the ranges that hold the price at the moment of the call (an observation, or a move of liquidity), in
    /// proportion to liquidity, and paid when a range is settled.
    pub(crate) fn accrue(&mut self) {
        self.accrue_yields();
        for index in 0..self.programmes.len() {
            let tokens = self.due(index);
            if tokens > 0.0 {
                self.share_out(index, tokens);
            }
            let bonus = self.programmes[index].bonus.filter(|bonus| self.seconds >= bonus.at);
            if let Some(bonus) = bonus {
                self.programmes[index].bonus = None;
                self.pay_bonus(index, bonus.tokens, bonus.held_for);
            }
        }
    }

    /// Tokens that programme `index` pays now; what fees do not match stays unspent.
    fn due(&mut self, index: usize) -> f64 {
        let price = self.prices_usd[self.programmes[index].terms.token.index()];
        let programme = &self.programmes[index];
        let tokens = programme.terms.emission.paid_by(self.seconds) - programme.emitted;
        let Some(matched) = programme.terms.spec.matches_fees else {
            self.programmes[index].emitted += tokens.max(0.0);
            return tokens.max(0.0);
        };
        let venue = &self.venues[programme.terms.venue];
        let (fees_usd, kept) = (venue.fees_so_far_usd(), 1.0 - venue.terms.protocol_share);
        let value_usd = self.venue_value_usd(venue);
        let part = if value_usd > 0.0 { (self.earning_usd(index) / value_usd).min(1.0) } else { 0.0 };
        let programme = &mut self.programmes[index];
        // A holding that costs its holders something earns them nothing that could be matched.
        let earned_usd = (fees_usd - programme.fees_seen_usd).max(0.0) * kept * part;
        programme.fees_seen_usd = fees_usd;
        programme.emitted += tokens.max(0.0);
        // Both sides are kept from call to call, so that it does not matter how often this is asked: fees come in lumps.
        if tokens > 0.0 {
            programme.matched += matched * earned_usd / price;
        }
        let scheduled = programme.unspent + tokens.max(0.0);
        let paid = scheduled.min(programme.matched);
        programme.matched -= paid;
        programme.unspent = scheduled - paid;
        paid
    }

    /// Shares `tokens` out among those whom programme `index` pays, in proportion to the value that counts.
    fn share_out(&mut self, index: usize, tokens: f64) {
        let values = self.pots_usd(index);
        let programme = &self.programmes[index];
        let slot = programme.terms.slot;
        let ranges = if slot.is_some() { self.venue_value_usd(&self.venues[programme.terms.venue]) } else { 0.0 };
        let total = values.iter().sum::<f64>() + ranges;
        if total <= 0.0 {
            self.programmes[index].forfeited += tokens;
            return;
        }
        self.pay_ranges(index, tokens * ranges / total);
        let price = self.prices_usd[self.programmes[index].terms.token.index()];
        let mut amounts = [0.0; HOLDERS];
        for (pot, value) in self.programmes[index].pots.iter_mut().zip(values).filter(|(_, value)| *value > 0.0) {
            let (part, weight) = (tokens * value / total, pot.total());
            pot.earned = pot.earned.plus(part * price / weight);
            for (amount, held) in amounts.iter_mut().zip(pot.weights) {
                *amount += part * held.value() / weight;
            }
        }
        self.hand_out(index, self.accounts.issuer, &amounts);
    }

    /// Lets the ranges of a concentrated pool that hold the price earn `tokens`; where none does, they are forfeited.
    fn pay_ranges(&mut self, index: usize, tokens: f64) {
        let programme = &mut self.programmes[index];
        let Some(slot) = programme.terms.slot.filter(|_| tokens > 0.0) else { return };
        let venue = &mut self.venues[programme.terms.venue];
        let Some(curve) = venue.pool.ranges_mut() else { return };
        if curve.reward(slot, tokens) {
            self.ledger.transfer(self.accounts.issuer, venue.accounts.rewards, programme.terms.token, tokens);
        } else {
            programme.forfeited += tokens;
        }
    }

    /// Pays a bonus to those who have stood in the pool for `held_for` seconds, by the weight with which the programme counts them.
    fn pay_bonus(&mut self, index: usize, tokens: f64, held_for: f64) {
        let (venue, price) =
            (self.programmes[index].terms.venue, self.prices_usd[self.programmes[index].terms.token.index()]);
        let has_stayed = |books: &Self, id: u32| {
            let provider = &books.providers.list[id as usize];
            let stayed = self.seconds - f64::from(provider.entered) >= held_for;
            if stayed && provider.place.pool() == Some(venue) { books.stake_weight(id, index) } else { 0.0 }
        };
        let heads = self.providers.list.len() as u32;
        let total: f64 = (0..heads).map(|id| has_stayed(self, id)).sum();
        if total <= 0.0 {
            self.programmes[index].forfeited += tokens;
            return;
        }
        let mut amounts = [0.0; HOLDERS];
        for id in 0..heads {
            let amount = tokens * has_stayed(self, id) / total;
            if amount > 0.0 {
                let provider = &mut self.providers.list[id as usize];
                provider.rewards_usd += amount * price;
                amounts[Holder::Class(provider.class).index()] += amount;
            }
        }
        self.hand_out(index, self.accounts.issuer, &amounts);
    }

    /// Value that counts in each pot of programme `index`, USD: that of ranges is left out.
    fn pots_usd(&self, index: usize) -> [f64; VENUES_MAX] {
        let per_share =
            |venue: &Venue| if venue.shares > 0.0 { self.venue_value_usd(venue) / venue.shares } else { 0.0 };
        let mut values = [0.0; VENUES_MAX];
        for ((value, pot), venue) in values.iter_mut().zip(&self.programmes[index].pots).zip(&self.venues) {
            *value = pot.total() * per_share(venue);
        }
        values
    }

    /// Value of the liquidity in its own pool that programme `index` pays, within the cap and whatever its boost: what earns the
    /// fees that it matches, USD.
    #[must_use]
    pub(crate) fn earning_usd(&self, index: usize) -> f64 {
        let programme = &self.programmes[index];
        let venue = &self.venues[programme.terms.venue];
        let shares = programme.pots[programme.terms.venue].paid_shares.value();
        if venue.shares > 0.0 { self.venue_value_usd(venue) * shares / venue.shares } else { 0.0 }
    }

    /// Value of all the liquidity that programme `index` pays, within the cap and times the boost, ranges included, USD.
    #[must_use]
    pub fn eligible_total_usd(&self, index: usize) -> f64 {
        let terms = &self.programmes[index].terms;
        let ranges = if terms.slot.is_some() { self.venue_value_usd(&self.venues[terms.venue]) } else { 0.0 };
        self.pots_usd(index).iter().sum::<f64>() + ranges
    }

    /// Books rewards as earned, tokens by holder: a part is received at once, the rest waits in escrow.
    pub(super) fn hand_out(&mut self, index: usize, from: Account, amounts: &[f64; HOLDERS]) {
        let programme = &mut self.programmes[index];
        let price = self.prices_usd[programme.terms.token.index()];
        for (earned, amount) in programme.earned_by.iter_mut().zip(amounts) {
            programme.earned += amount;
            programme.earned_usd += amount * price;
            *earned += amount * price;
        }
        let at_once = programme.terms.spec.vesting.map_or(1.0, |vesting| vesting.at_once);
        if at_once < 1.0 {
            let later = amounts.map(|amount| amount * (1.0 - at_once));
            self.ledger.transfer(from, programme.escrow, programme.terms.token, later.iter().sum());
            if let Some(vesting) = &mut programme.vesting {
                vesting.add(&later);
            }
        }
        self.receive(index, from, &amounts.map(|amount| amount * at_once));
    }

    /// Puts rewards into the holders' wallets, tokens by holder, and sells what they sell at once.
    fn receive(&mut self, index: usize, from: Account, amounts: &[f64; HOLDERS]) {
        let programme = &mut self.programmes[index];
        let token = programme.terms.token;
        let price = self.prices_usd[token.index()];
        for (book, amount) in self.holders.iter_mut().zip(amounts).filter(|(_, amount)| **amount > 0.0) {
            book.mark_wallet(&self.ledger, &self.prices_usd);
            self.ledger.transfer(from, book.wallet, token, *amount);
            book.statement.incentives += amount * price;
            programme.paid_usd += amount * price;
        }
        if token == Token::USD {
            return;
        }
        let (sold_share, sold_later) = (programme.terms.spec.sold_share, programme.terms.spec.sold_later);
        if let (Some(selling), Some(later)) = (&mut programme.selling, sold_later) {
            selling.add(&amounts.map(|amount| amount * later.share));
        }
        if sold_share > 0.0 {
            self.sell(index, &amounts.map(|amount| amount * sold_share));
        }
    }

    /// Sells rewards, tokens by holder, in the token's own market where it has one, else at the reference price.
    fn sell(&mut self, index: usize, amounts: &[f64; HOLDERS]) {
        let token = self.programmes[index].terms.token;
        let price = self.prices_usd[token.index()];
        let value_usd = amounts.iter().sum::<f64>() * price;
        if value_usd <= 0.0 {
            return;
        }
        let mut proceeds_usd = value_usd;
        let mut factor = 1.0;
        if let Some((_, market)) = self.reward_markets.iter_mut().find(|(sold, _)| *sold == token) {
            let before = market.factor();
            proceeds_usd = market.sell(value_usd);
            factor = market.factor() / before;
        }
        self.programmes[index].sold_usd += value_usd;
        for (book, amount) in self.holders.iter_mut().zip(amounts).filter(|(_, amount)| **amount > 0.0) {
            let part = amount * price / value_usd;
            book.mark_wallet(&self.ledger, &self.prices_usd);
            self.ledger.transfer(book.wallet, self.accounts.market, token, *amount);
            self.ledger.transfer(self.accounts.market, book.wallet, Token::USD, proceeds_usd * part);
            book.statement.slippage += (value_usd - proceeds_usd) * part;
        }
        // The next sale finds the price that this one has left.
        self.prices_usd[token.index()] *= factor;
    }

    /// At an observation: what has vested is received, what is sold on a schedule is sold, and the markets of reward tokens
    /// move on by `elapsed` seconds.
    pub(crate) fn advance_rewards(&mut self, elapsed: f64) {
        let seconds = self.seconds;
        for index in 0..self.programmes.len() {
            let programme = &mut self.programmes[index];
            let escrow = programme.escrow;
            let sold = programme.selling.as_mut().map(|selling| selling.advance(seconds));
            let vested = programme.vesting.as_mut().map(|vesting| vesting.advance(seconds));
            if let Some(sold) = sold {
                self.sell(index, &sold);
            }
            if let Some(vested) = vested {
                self.receive(index, escrow, &vested);
            }
        }
        let liquidity_usd = self.total_value_usd();
        for (_, market) in &mut self.reward_markets {
            market.advance(elapsed);
            market.follow(liquidity_usd);
        }
    }
}

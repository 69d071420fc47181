//! Deposits: by shares, in any proportion where the curve takes it, or into a range of prices.

use super::Books;
use super::holders::Holder;
use super::providers::RangeWidth;
use portage_base::actions::Place;
use portage_chain::Chain;
use portage_pools::{Amounts, Booking, COINS_MAX, ConcentratedPool, Deposit, FlowLine, Side};

/// Share of what is carried, by value, below which what is left over is rounding.
const ROUNDING_SHARE: f64 = 1e-9;

/// Rounds of swapping and depositing: a swap moves the price, and with it the proportion that a deposit takes; what is left over
/// falls by a factor of tens a round.
const BALANCING_ROUNDS: u32 = 4;

/// Least liquidity of a range, sqrt(base x quote) in whole tokens: less is not worth a position, whatever the tokens.
const RANGE_LIQUIDITY_MIN: f64 = 1e-18;

impl Books {
    /// Deposits what a provider carries into pool `venue` and puts it in `place`; returns the gas of balancing and what else it
    /// cost, USD.
    ///
    /// A constant product takes a deposit at its own ratio, a range at the ratio of its place about the price, an empty pool
    /// at the reference price. What is left of one token, if it is more than the share `dust` of the whole, is swapped into the
    /// right proportion where that gives most and deposited too, when that is worth the gas of a swap, which is paid; the rest
    /// stays in the class's wallet and is the provider's to take along when it moves again. StableSwap and weighted pools take
    /// everything, for a fee on what is out of proportion, unless putting it in proportion elsewhere is cheaper. Whoever can
    /// deposit nothing stays outside.
    pub fn deposit(&mut self, id: u32, venue: usize, place: Place, dust: f64) -> (f64, f64) {
        self.accrue();
        let provider = self.providers.list[id as usize];
        let holder = Holder::Class(provider.class).index();
        let (chain, coins) = (self.venues[venue].terms.chain, self.venues[venue].terms.coins);
        if chain == Chain::Destination && provider.place == Place::Outside {
            self.change_at_market(id, chain);
        }
        let mut carried = self.providers.carried(id);
        let total_usd = coins.value_usd(&carried, &self.prices_usd);
        let mut target = self.target(venue, provider.width);
        let mut gas_usd = 0.0;
        let mut slippage = self.put_in_proportion(holder, venue, &mut carried);
        let (mut shares, cost) = self.add(holder, venue, &mut target, &mut carried);
        slippage += cost;
        // Who moves between holdings carries base alone: nothing is out of proportion.
        let takes_any = self.venues[venue].pool.takes_any_amounts();
        for round in 0..BALANCING_ROUNDS {
            let left_usd = coins.value_usd(&carried, &self.prices_usd);
            // About half of what is left over changes hands.
            let swap_gas = self.chain(chain).units.swap;
            let is_worth_a_swap =
                left_usd > total_usd * dust && (round > 0 || left_usd * 0.5 > self.gas_cost_usd(chain, swap_gas));
            if left_usd <= total_usd * ROUNDING_SHARE || !(takes_any || is_worth_a_swap) {
                break;
            }
            if !takes_any {
                // The rounds find the amount of one swap: its gas is paid once.
                if round == 0 {
                    gas_usd = self.pay_gas(chain, holder, swap_gas);
                }
                slippage += self.balance(holder, venue, &target, &mut carried);
            }
            let (more, cost) = self.add(holder, venue, &mut target, &mut carried);
            (shares, slippage) = (shares + more, slippage + cost);
        }
        if let (Target::Range { position: Some(position), .. }, Some(shared_ranges)) =
            (target, &mut self.venues[venue].shared_ranges)
        {
            shared_ranges.enter(position);
            self.providers.list[id as usize].shared_range = position as u32;
        }
        self.providers.list[id as usize].shares = shares;
        self.providers.carry(id, &carried);
        if shares <= 0.0 && chain == Chain::Destination {
            self.change_at_market(id, Chain::Home);
        }
        self.relocate(id, if shares > 0.0 { place } else { Place::Outside });
        (gas_usd, slippage)
    }
}

/// Moves the price of a pool of ranges to the market's where nobody stands between them: anybody can do that for nothing, and
/// no one else does, as there is nothing to gain.
fn follow(curve: &mut ConcentratedPool, root: f64) {
    let (lower, upper) = curve.band();
    let side = match (root > curve.root(), lower <= 0.0, upper.is_infinite()) {
        (true, _, true) => Side::BuyBase,
        (false, true, _) => Side::SellBase,
        _ => return,
    };
    let nothing = Booking { usd_in: 0.0, usd_out: 0.0, line: FlowLine::Trader };
    let swap = curve.fill_to_root(side, root, nothing);
    debug_assert!(swap.amount_in == 0.0 && swap.amount_out == 0.0, "somebody stood there: {swap:?}");
}

/// Where in a pool a deposit goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// Shares of the whole pool.
    Shares,
    /// A range between two ticks, and the position there once it exists.
    Range {
        /// The lower tick.
        lower: i32,
        /// The upper tick.
        upper: i32,
        /// The pool's index of the position.
        position: Option<usize>,
    },
}

impl Books {
    /// Where a provider with ranges of `width` deposits in pool `venue` now. An empty concentrated pool takes the
    /// reference price first.
    pub(super) fn target(&mut self, venue: usize, width: RangeWidth) -> Target {
        let root = self.pairs[self.venues[venue].terms.pair].root;
        let is_funded = self.venues[venue].is_funded();
        let Some(curve) = self.venues[venue].pool.ranges_mut() else { return Target::Shares };
        if is_funded {
            follow(curve, root);
        } else {
            curve.initialise(root);
        }
        let (lower, upper) = self.ranges.ticks(width, curve.tick(), curve.tick_spacing());
        Target::Range { lower, upper, position: None }
    }

    /// Adds as much of `amounts` as fits; what does not fit is left in them. Returns what was minted and what it cost, USD.
    pub(super) fn add(
        &mut self,
        holder: usize,
        venue: usize,
        target: &mut Target,
        amounts: &mut Amounts,
    ) -> (f64, f64) {
        match target {
            Target::Shares => self.add_shares(holder, venue, amounts),
            Target::Range { lower, upper, position } => {
                (self.add_to_range(holder, venue, (*lower, *upper), position, amounts), 0.0)
            }
        }
    }

    fn add_shares(&mut self, holder: usize, venue: usize, amounts: &mut Amounts) -> (f64, f64) {
        self.settle(venue);
        let offered = if self.venues[venue].shares > 0.0 { *amounts } else { self.at_reference(venue, amounts) };
        let pool = &self.venues[venue];
        let is_drained = pool.shares > 0.0 && !pool.is_open() && !pool.is_holding();
        let Some(deposit) = self.venues[venue].pool.deposit(&offered).filter(|_| !is_drained) else {
            return (0.0, 0.0);
        };
        let apart = self.venues[venue].share_apart();
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let pool = &mut self.venues[venue];
        for (coin, token) in pool.terms.coins.list().iter().enumerate() {
            let to_fee_vault = apart * deposit.fees[coin];
            self.ledger.transfer(book.wallet, pool.accounts.reserve, *token, deposit.used[coin] - to_fee_vault);
            self.ledger.transfer(book.wallet, pool.accounts.fee_vault, *token, to_fee_vault);
        }
        pool.pool.put(&deposit, apart);
        let minted = if pool.shares > 0.0 { pool.shares * deposit.growth } else { deposit.growth };
        let cost = self.charge_newcomer(holder, venue, &deposit, minted);
        let pool = &mut self.venues[venue];
        pool.shares += minted;
        self.holders[holder].shares[venue] += minted;
        pool.refresh();
        pool.settled_root_k = pool.root_k();
        for (amount, used) in amounts.iter_mut().zip(deposit.used) {
            *amount = (*amount - used).max(0.0);
        }
        (minted, cost)
    }

    /// What a deposit out of proportion costs its owner goes to those who were there before: the fee as a fee, the rest as
    /// price impact received. Returns it, USD.
    fn charge_newcomer(&mut self, holder: usize, venue: usize, deposit: &Deposit, minted: f64) -> f64 {
        let pool = &self.venues[venue];
        if pool.shares <= 0.0 || !pool.pool.charges_imbalance() {
            return 0.0;
        }
        let coins = pool.terms.coins;
        let part = minted / (pool.shares + minted);
        let paid = coins.value_usd(&deposit.used, &self.prices_usd);
        let cost = paid - part * self.venue_value_usd(pool);
        let fee_usd = coins.value_usd(&deposit.fees, &self.prices_usd);
        let flows = &mut self.venues[venue].flows;
        flows.fees += fee_usd;
        flows.order_flow += cost - fee_usd;
        self.settle(venue);
        self.holders[holder].statement.slippage += cost;
        cost
    }

    /// The largest part of `amounts` that stands in the proportion in which an empty pool opens at reference prices.
    fn at_reference(&self, venue: usize, amounts: &Amounts) -> Amounts {
        let pool = &self.venues[venue];
        if pool.pool.opens_at_any_proportion() {
            // Any proportion opens it, without a fee; a holding takes the base.
            return *amounts;
        }
        let weights = pool.opening_weights();
        let coins = pool.terms.coins;
        let price = |coin: usize| self.prices_usd[coins.token(coin).index()];
        let limits = (0..coins.list().len()).map(|coin| amounts[coin] * price(coin) / weights[coin]);
        let whole = limits.fold(f64::INFINITY, f64::min);
        let mut used = [0.0; COINS_MAX];
        for coin in 0..coins.list().len() {
            used[coin] = (whole * weights[coin] / price(coin)).min(amounts[coin]);
        }
        used
    }

    fn add_to_range(
        &mut self,
        holder: usize,
        venue: usize,
        ticks: (i32, i32),
        position: &mut Option<usize>,
        amounts: &mut Amounts,
    ) -> f64 {
        self.settle(venue);
        let Some(curve) = self.venues[venue].pool.ranges_mut() else { return 0.0 };
        let liquidity = curve.liquidity_for(ticks.0, ticks.1, amounts[0], amounts[1]);
        if liquidity < RANGE_LIQUIDITY_MIN {
            return 0.0;
        }
        let at = *position.get_or_insert_with(|| curve.position(ticks.0, ticks.1));
        self.settle_shared_range(venue, at);
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let pool = &mut self.venues[venue];
        let (Some(curve), Some(shared_ranges)) = (pool.pool.ranges_mut(), &mut pool.shared_ranges) else { return 0.0 };
        let paid = curve.mint(at, liquidity);
        let (held, pair) = (curve.held(at), self.pairs[pool.terms.pair]);
        let shared_range = shared_ranges.of_mut(at);
        shared_range.owned[holder] += liquidity;
        shared_range.peak = shared_range.peak.max(curve.liquidity_of(at));
        shared_range.value_usd = pair.value_usd(held);
        self.ledger.transfer(book.wallet, pool.accounts.reserve, pool.terms.coins.token(0), paid.base);
        self.ledger.transfer(book.wallet, pool.accounts.reserve, pool.terms.coins.token(1), paid.quote);
        pool.refresh();
        (amounts[0], amounts[1]) = ((amounts[0] - paid.base).max(0.0), (amounts[1] - paid.quote).max(0.0));
        liquidity
    }
}

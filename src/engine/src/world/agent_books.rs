//! The books of a user's own agents: their accounts, swaps and liquidity.
//!
//! An agent is a holder like a class of providers: it has a wallet, shares of pools and a statement, and every flow reaches it as it
//! reaches them. Each request is held against what there is before anything moves.

use super::Books;
use super::deposit::Target;
use super::holders::{AgentBook, Holder, HolderBook};
use super::providers::RangeWidth;
use super::statement::Statement;
use super::venue::Venue;
use portage_base::actions::Taker;
use portage_base::ledger::Token;
use portage_chain::Chain;
use portage_pools::{
    Amounts, COINS_MAX, Direction, full_range, root_at, spaced_ceil, spaced_floor, tick_of_root_floor,
};

/// What is left of a range below this share of it is rounding.
const ALL: f64 = 1e-9;

/// Most of a token that an agent brings, whole tokens.
pub const ENDOWMENT_MAX: f64 = 1e15;

/// Why a request was refused. Only a swap that fails its minimum has reached the chain and costs its gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such pool, or no such token in it.
    Unknown,
    /// An amount, a share or a range is no finite number within its bounds.
    Nonsense,
    /// The agent does not have that much.
    Funds,
    /// The agent cannot pay the gas.
    Gas,
    /// The pool stands on the other chain.
    OtherChain,
    /// Nothing can happen in the pool now.
    Halted,
    /// The pool takes no deposits now, or not so much.
    Closed,
    /// The pool cannot fill the trade, or takes nothing of the deposit.
    Unfilled,
    /// The swap would bring less than its minimum.
    Minimum,
}

/// A request that was carried out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settled {
    /// What left the account, whole tokens.
    pub paid: Vec<(Token, f64)>,
    /// What came onto it.
    pub received: Vec<(Token, f64)>,
    /// Gas paid, USD.
    pub gas_usd: f64,
}

/// Liquidity of an agent in one pool, or in one range of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The pool.
    pub pool: usize,
    /// Lower and upper price of the range, quote per base; none in a pool of shares.
    pub range: Option<(f64, f64)>,
    /// Value at reference prices, USD; fees that are kept apart in the pool come on top when they are paid.
    pub value_usd: f64,
}

/// What a run came to for one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentResult {
    /// What it has done.
    pub book: AgentBook,
    /// Its profit and loss: the lines that every holder has. Gains and losses of its own swaps stand in `slippage`, as a cost.
    pub statement: Statement,
    /// What stands on its account at the end, whole tokens by token; liquidity is not among it.
    pub wallet: Vec<f64>,
}

impl AgentResult {
    /// Value at the end less value at the opening, at reference prices, USD.
    #[must_use]
    pub fn pnl_usd(&self) -> f64 {
        self.statement.closing - self.statement.opening
    }
}

impl Venue {
    /// The coins of the pool that two tokens are; `None` where one is none of them, or both are the same.
    pub(crate) fn way_of(&self, pay: Token, get: Token) -> Option<Direction> {
        let coin = |token: Token| self.terms.coins.list().iter().position(|known| *known == token);
        let direction = Direction { coin_in: coin(pay)?, coin_out: coin(get)? };
        (direction.coin_in != direction.coin_out).then_some(direction)
    }
}

const fn is_amount(amount: f64) -> bool {
    amount.is_finite() && amount >= 0.0
}

impl Books {
    /// Opens the books of one more agent, with `endowment` as part of what there is at the opening. Returns its row among the holders.
    pub(crate) fn admit_agent(&mut self, name: &str, endowment: &[(Token, f64)]) -> usize {
        let row = Holder::Agent(self.agents.len() as u8).index();
        let book = &mut self.holders[row];
        for (token, amount) in endowment {
            assert!(
                (0.0..=ENDOWMENT_MAX).contains(amount),
                "the agent {name} brings {amount}, expected 0 to 1e15 tokens"
            );
            self.ledger.endow(book.wallet, *token, *amount);
            book.opening_tokens[token.index()] += amount;
        }
        book.statement.opening = book.wallet_usd(&self.ledger, &self.prices_usd);
        self.agents.push(AgentBook { name: name.to_owned(), row, done: 0, refused: 0 });
        row
    }

    /// The holders of the model: a user's own agents are left out.
    #[must_use]
    pub fn modelled(&self) -> &[HolderBook] {
        &self.holders[..Holder::ALL.len()]
    }

    /// What the run came to for each agent; after the books have been closed.
    #[must_use]
    pub fn agent_results(&self) -> Vec<AgentResult> {
        let result = |book: &AgentBook| AgentResult {
            book: book.clone(),
            statement: self.holders[book.row].statement,
            wallet: (0..self.prices_usd.len())
                .map(|token| self.ledger.balance(self.holders[book.row].wallet, Token::new(token)))
                .collect(),
        };
        self.agents.iter().map(result).collect()
    }

    fn held_by_agent(&self, row: usize, token: Token) -> f64 {
        self.ledger.balance(self.holders[row].wallet, token)
    }

    /// A pool that an agent can reach now.
    pub(crate) fn reachable(&self, pool: usize) -> Result<&Venue, Refusal> {
        let venue = self.venues.get(pool).ok_or(Refusal::Unknown)?;
        if venue.terms.chain != Chain::Home {
            Err(Refusal::OtherChain)
        } else if venue.is_halted() {
            Err(Refusal::Halted)
        } else {
            Ok(venue)
        }
    }

    /// Refuses what an agent cannot pay: `amounts`, and on top of them the gas, in USD.
    fn can_pay(&self, row: usize, amounts: &[(Token, f64)], units: u64) -> Result<(), Refusal> {
        let asked =
            |token: Token| amounts.iter().filter(|(own, _)| *own == token).map(|(_, amount)| amount).sum::<f64>();
        if amounts.iter().any(|(token, _)| asked(*token) > self.held_by_agent(row, *token)) {
            return Err(Refusal::Funds);
        }
        let left_usd = self.held_by_agent(row, Token::USD) - asked(Token::USD);
        if self.gas_cost_usd(Chain::Home, units) <= left_usd { Ok(()) } else { Err(Refusal::Gas) }
    }

    /// Swaps `amount_in` of one token for another in a pool, for at least `min_out`.
    pub(crate) fn swap_for_agent(
        &mut self,
        row: usize,
        pool: usize,
        (pay, get): (Token, Token),
        (amount_in, min_out): (f64, f64),
    ) -> Result<Settled, Refusal> {
        let direction = self.venues.get(pool).and_then(|venue| venue.way_of(pay, get)).ok_or(Refusal::Unknown)?;
        if !(is_amount(amount_in) && is_amount(min_out) && amount_in > 0.0) {
            return Err(Refusal::Nonsense);
        }
        let venue = self.reachable(pool)?;
        let units = venue.terms.swap_gas;
        self.can_pay(row, &[(pay, amount_in)], units)?;
        let quoted = venue.pool.swap_exact_in(direction, amount_in);
        let swap = quoted.filter(|swap| is_amount(swap.amount_out)).ok_or(Refusal::Unfilled)?;
        let gas_usd = self.pay_gas(Chain::Home, row, units);
        if swap.amount_out < min_out {
            return Err(Refusal::Minimum);
        }
        let gain_usd = self.trade(pool, direction, swap, Taker::Trader);
        let book = &mut self.holders[row];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        self.ledger.transfer(book.wallet, self.accounts.market, pay, swap.amount_in);
        self.ledger.transfer(self.accounts.market, book.wallet, get, swap.amount_out);
        book.statement.slippage -= gain_usd;
        Ok(Settled { paid: vec![(pay, swap.amount_in)], received: vec![(get, swap.amount_out)], gas_usd })
    }

    /// Deposits as much of `amounts` into a pool as fits, into the range of prices `range` where the pool has ranges.
    pub(crate) fn deposit_for_agent(
        &mut self,
        row: usize,
        pool: usize,
        amounts: &[(Token, f64)],
        range: Option<(f64, f64)>,
    ) -> Result<Settled, Refusal> {
        let coins = self.venues.get(pool).ok_or(Refusal::Unknown)?.terms.coins;
        let mut carried: Amounts = [0.0; COINS_MAX];
        for (token, amount) in amounts {
            let coin = coins.list().iter().position(|known| known == token).ok_or(Refusal::Unknown)?;
            if !is_amount(*amount) {
                return Err(Refusal::Nonsense);
            }
            carried[coin] += amount;
        }
        self.reachable(pool)?;
        let units = self.chain(Chain::Home).units.deposit;
        self.can_pay(row, amounts, units)?;
        let mut target = self.target(pool, RangeWidth::Full);
        if let (Target::Range { lower, upper, .. }, Some(prices)) = (&mut target, range) {
            let Some(curve) = self.venues[pool].pool.ranges() else { return Err(Refusal::Unknown) };
            (*lower, *upper) = ticks_of(prices, curve.tick_spacing()).ok_or(Refusal::Nonsense)?;
        }
        let before = carried;
        let was_there = self.is_in_range_of(row, pool, &target);
        self.accrue();
        let (minted, _) = self.add(row, pool, &mut target, &mut carried);
        if minted <= 0.0 {
            return Err(Refusal::Unfilled);
        }
        if let (Target::Range { position: Some(position), .. }, Some(shared_ranges), false) =
            (target, &mut self.venues[pool].shared_ranges, was_there)
        {
            shared_ranges.enter(position);
        }
        let gas_usd = self.pay_gas(Chain::Home, row, units);
        let used = coins.list().iter().copied().zip(before.into_iter().zip(carried).map(|(had, left)| had - left));
        Ok(Settled { paid: used.filter(|(_, amount)| *amount > 0.0).collect(), received: Vec::new(), gas_usd })
    }

    /// Whether an agent has liquidity in the range of `target` already.
    fn is_in_range_of(&self, row: usize, pool: usize, target: &Target) -> bool {
        let venue = &self.venues[pool];
        let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges(), &venue.shared_ranges) else { return false };
        let Target::Range { lower, upper, .. } = target else { return false };
        let mut there = curve.positions().filter(|position| curve.ticks_of(*position) == (*lower, *upper));
        there.any(|position| shared_ranges.of(position).owned[row] > 0.0)
    }

    /// Withdraws a share of what an agent has in a pool, of every range alike.
    pub(crate) fn withdraw_for_agent(&mut self, row: usize, pool: usize, share: f64) -> Result<Settled, Refusal> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Refusal::Nonsense);
        }
        let venue = self.reachable(pool)?;
        let coins = venue.terms.coins;
        let units = self.chain(Chain::Home).units.withdraw;
        if self.positions_of(row).iter().all(|position| position.pool != pool) {
            return Err(Refusal::Funds);
        }
        self.can_pay(row, &[], units)?;
        let gas_usd = self.pay_gas(Chain::Home, row, units);
        self.accrue();
        self.settle(pool);
        let amounts = if self.venues[pool].shared_ranges.is_some() {
            self.burn_ranges(row, pool, share)
        } else {
            self.burn_part(row, pool, share)
        };
        let received = coins.list().iter().copied().zip(amounts).filter(|(_, amount)| *amount > 0.0).collect();
        Ok(Settled { paid: Vec::new(), received, gas_usd })
    }

    /// Takes a share of an agent's shares out of a pool of shares.
    fn burn_part(&mut self, row: usize, pool: usize, share: f64) -> Amounts {
        let (venue, book) = (&mut self.venues[pool], &mut self.holders[row]);
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let burnt = book.shares[pool] * share;
        let part = burnt / venue.shares;
        let amounts = venue.reserves(&self.ledger).map(|reserve| reserve * part);
        for (amount, token) in amounts.iter().zip(venue.terms.coins.list()) {
            self.ledger.transfer(venue.accounts.reserve, book.wallet, *token, *amount);
        }
        let taken = venue.pool.balances().map(|balance| balance * part);
        venue.pool.take(&taken);
        book.shares[pool] -= burnt;
        // The supply is what is owned.
        venue.shares = self.holders.iter().map(|book| book.shares[pool]).sum();
        venue.refresh();
        venue.settled_root_k = venue.root_k();
        amounts
    }

    /// Takes a share of an agent's units out of each of its ranges in a concentrated pool.
    fn burn_ranges(&mut self, row: usize, pool: usize, share: f64) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        let takes_all = share > 1.0 - ALL;
        let Some(curve) = self.venues[pool].pool.ranges() else { return amounts };
        let positions: Vec<usize> = curve.positions().collect();
        for position in positions {
            let owned = self.venues[pool]
                .shared_ranges
                .as_ref()
                .map_or(0.0, |shared_ranges| shared_ranges.of(position).owned[row]);
            if owned <= 0.0 {
                continue;
            }
            self.settle_shared_range(pool, position);
            let venue = &mut self.venues[pool];
            let pair = self.pairs[venue.terms.pair];
            let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges_mut(), &mut venue.shared_ranges) else {
                return amounts;
            };
            let is_last = takes_all && shared_ranges.leave(position, row, owned);
            let out = if is_last {
                curve.burn_rest(position)
            } else {
                curve.burn(position, (if takes_all { owned } else { owned * share }).min(curve.liquidity_of(position)))
            };
            if !is_last {
                let shared_range = shared_ranges.of_mut(position);
                shared_range.owned[row] = if takes_all { 0.0 } else { owned * (1.0 - share) };
                shared_range.value_usd = pair.value_usd(curve.held(position));
            }
            let book = &mut self.holders[row];
            book.mark_wallet(&self.ledger, &self.prices_usd);
            for (coin, amount) in [out.base, out.quote].into_iter().enumerate() {
                let token = venue.terms.coins.token(coin);
                self.ledger.transfer(venue.accounts.reserve, book.wallet, token, amount);
                amounts[coin] += amount;
            }
            venue.refresh();
        }
        amounts
    }

    /// The liquidity of the holder in a row.
    pub(crate) fn positions_of(&self, row: usize) -> Vec<Position> {
        let mut found = Vec::new();
        for (pool, venue) in self.venues.iter().enumerate() {
            let shares = self.holders[row].shares[pool];
            if shares > 0.0 {
                let value_usd = self.venue_value_usd(venue) * shares / venue.shares;
                found.push(Position { pool, range: None, value_usd });
            }
            let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges(), &venue.shared_ranges) else { continue };
            for position in curve.positions() {
                let owned = shared_ranges.of(position).owned[row];
                if owned > 0.0 {
                    let held_usd = self.pairs[venue.terms.pair].value_usd(curve.held(position));
                    let price = |tick: i32| root_at(tick) * root_at(tick);
                    let (lower, upper) = curve.ticks_of(position);
                    let range = Some((price(lower), price(upper)));
                    found.push(Position { pool, range, value_usd: held_usd * owned / curve.liquidity_of(position) });
                }
            }
        }
        found
    }
}

/// The ticks of a range of prices, at multiples of `spacing`, rounded outwards; `None` for prices that are none, or no range.
fn ticks_of((lower, upper): (f64, f64), spacing: i32) -> Option<(i32, i32)> {
    let is_price = |price: f64| price.is_finite() && price > 0.0;
    if !(is_price(lower) && is_price(upper) && lower < upper) {
        return None;
    }
    let (least, most) = full_range(spacing);
    let tick = |price: f64| tick_of_root_floor(price.sqrt());
    let from = spaced_floor(tick(lower), spacing).clamp(least, most - spacing);
    Some((from, spaced_ceil(tick(upper), spacing).clamp(from + spacing, most)))
}

//! The state of one lending market in a run.

use super::borrowers::{ATTACKERS_MAX, Borrowers};
use super::health::Valuation;
use super::liquidation::{Proposal, seized_per_repaid};
use super::reserve::Reserve;
use super::spec::{DebtUpkeepSpec, RulesSpec};
use super::terms::MarketTerms;
use super::watch::Watch;
use super::{RESERVES_MAX, ReserveAmounts, ReservePrices};
use portage_base::units::SECONDS_PER_YEAR;

/// What a borrower did, out of own money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Act {
    pub id: u32,
    pub reserve: usize,
    /// Tokens paid to the market.
    pub tokens: f64,
    pub kind: ActKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// Debt was repaid.
    Repaid,
    /// Collateral was added.
    Added,
}

/// One lending market: reserves, and the positions of its borrowers by id. Nothing here allocates after the opening.
#[derive(Debug, Clone)]
pub struct Market {
    pub(super) rules: RulesSpec,
    pub(super) reserves: Vec<Reserve>,
    pub(super) borrowers: Borrowers,
    pub(super) upkeep: Vec<DebtUpkeepSpec>,
    pub(super) unhealthy: Watch,
    /// A second watch, for those who look after their positions, by a limit of its own.
    pub(super) careful: Watch,
    /// Who is below one at true prices.
    truly: Watch,
    pub(super) acts: Vec<Act>,
    next_step_seconds: f64,
}

/// Interest of one step, tokens by reserve; what is paid is what the three others receive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Interest {
    /// Added to debts.
    pub paid: ReserveAmounts,
    /// To those who supply and do not borrow.
    pub to_suppliers: ReserveAmounts,
    /// To borrowers, on what they pledge.
    pub to_collateral: ReserveAmounts,
    /// To the market's own funds.
    pub to_own: ReserveAmounts,
}

impl Market {
    /// The market at its opening: `prices` are true USD per token of each reserve, above zero; `address` is (seed, run).
    ///
    /// Streams: lending/MARKET/CLASS/sizes, .../health and .../attention.
    #[must_use]
    pub fn open(terms: &MarketTerms, prices: &ReservePrices, address: (u64, u64)) -> Self {
        let tokens_per_usd = terms.tokens_per_usd(prices);
        let borrowers = Borrowers::draw(terms, &tokens_per_usd, address);
        let lends_own = terms.rules.lends_own_funds();
        let open = |(r, reserve)| Reserve::open(reserve, terms.start, tokens_per_usd[r], lends_own);
        let mut reserves: Vec<Reserve> = terms.reserves.iter().enumerate().map(open).collect();
        for (r, reserve) in reserves.iter_mut().enumerate() {
            reserve.collateral_scaled = borrowers.collateral.iter().map(|amounts| amounts[r]).sum();
            reserve.borrowed_scaled = borrowers.debt.iter().map(|amounts| amounts[r]).sum();
        }
        let count = borrowers.count();
        let mut market = Self {
            rules: terms.rules,
            reserves,
            borrowers,
            upkeep: terms.borrowers.iter().map(|class| class.spec.upkeep).collect(),
            unhealthy: Watch::new(count),
            careful: Watch::new(count),
            truly: Watch::new(count),
            acts: Vec::with_capacity(count),
            next_step_seconds: f64::NEG_INFINITY,
        };
        market.step_to(f64::NEG_INFINITY);
        market
    }

    /// The reserves, in the order of the terms.
    #[must_use]
    pub fn reserves(&self) -> &[Reserve] {
        &self.reserves
    }

    /// Positions, those kept for attackers included: ids are below it.
    #[must_use]
    pub const fn positions(&self) -> usize {
        self.borrowers.count()
    }

    /// Class of a position, by its place in the terms, those of a market from which it came after its own; `None` for an attacker's.
    #[must_use]
    pub fn class(&self, id: u32) -> Option<usize> {
        let is_attacker = (self.drawn()..self.drawn() + ATTACKERS_MAX).contains(&(id as usize));
        (!is_attacker).then(|| self.borrowers.class[id as usize] as usize)
    }

    /// Borrowers who were drawn: their ids are below it.
    pub(super) const fn drawn(&self) -> usize {
        self.borrowers.drawn
    }

    /// Makes room for what is noted of each position, after positions were added at the opening.
    pub(super) fn expect_positions(&mut self) {
        let count = self.positions();
        (self.unhealthy, self.careful, self.truly) = (Watch::new(count), Watch::new(count), Watch::new(count));
        self.acts.reserve_exact(count);
    }

    /// Tokens that those who do not borrow have supplied.
    #[must_use]
    pub fn supplied(&self, reserve: usize) -> f64 {
        self.reserves[reserve].supplied()
    }

    /// Tokens that borrowers have pledged.
    #[must_use]
    pub fn collateral(&self, reserve: usize) -> f64 {
        self.reserves[reserve].collateral()
    }

    /// Tokens that are owed, with interest.
    #[must_use]
    pub fn borrowed(&self, reserve: usize) -> f64 {
        self.reserves[reserve].borrowed()
    }

    /// The market's own funds, tokens.
    #[must_use]
    pub fn own(&self, reserve: usize) -> f64 {
        self.reserves[reserve].own
    }

    /// Tokens on the market's account.
    #[must_use]
    pub fn cash(&self, reserve: usize) -> f64 {
        self.reserves[reserve].cash()
    }

    /// Tokens pledged by one position, by reserve.
    #[must_use]
    pub fn pledged_by(&self, id: u32) -> ReserveAmounts {
        let amounts = &self.borrowers.collateral[id as usize];
        std::array::from_fn(|r| self.reserves.get(r).map_or(0.0, |reserve| amounts[r] * reserve.supply_index))
    }

    /// Tokens owed by one position, by reserve.
    #[must_use]
    pub fn owed_by(&self, id: u32) -> ReserveAmounts {
        let amounts = &self.borrowers.debt[id as usize];
        std::array::from_fn(|r| self.reserves.get(r).map_or(0.0, |reserve| amounts[r] * reserve.borrow_index))
    }

    /// What a position is worth at `prices`.
    #[must_use]
    pub fn valuation(&self, id: u32, prices: &ReservePrices) -> Valuation {
        self.borrowers.valuation(id, &self.reserves, prices)
    }

    /// Health factor at `prices`; infinite without debt.
    #[must_use]
    pub fn health(&self, id: u32, prices: &ReservePrices) -> f64 {
        self.borrowers.health(id, &self.reserves, prices)
    }

    /// Debt over collateral at `prices`.
    #[must_use]
    pub fn ltv(&self, id: u32, prices: &ReservePrices) -> f64 {
        self.valuation(id, prices).ltv()
    }

    /// Whether a position has a health below one at `prices` that it would not have by the thresholds of the opening.
    #[must_use]
    pub fn is_below_by_steps(&self, id: u32, prices: &ReservePrices) -> bool {
        let (pledged, debt_usd) = (self.pledged_by(id), self.debt_usd(id, prices));
        let by_opening = |(r, reserve): (usize, &Reserve)| pledged[r] * prices[r] * reserve.opening_threshold;
        let at_opening_usd: f64 = self.reserves.iter().enumerate().map(by_opening).sum();
        self.health(id, prices) < 1.0 && at_opening_usd >= debt_usd
    }

    /// What a position owes at `prices`, USD.
    #[must_use]
    pub fn debt_usd(&self, id: u32, prices: &ReservePrices) -> f64 {
        self.valuation(id, prices).debt_usd
    }

    /// What a position has pledged at `prices`, USD.
    #[must_use]
    pub fn collateral_usd(&self, id: u32, prices: &ReservePrices) -> f64 {
        self.valuation(id, prices).collateral_usd
    }

    /// Debt that collateral does not cover at `prices`, over all positions, USD. Looks at everybody.
    #[must_use]
    pub fn uncovered_usd(&self, prices: &ReservePrices) -> f64 {
        (0..self.positions() as u32).map(|id| self.valuation(id, prices).uncovered_usd()).sum()
    }

    /// Adds interest of `seconds` at present rates to debts, and gives it to those who earn it.
    ///
    /// Law: simple within the step, so that it compounds with every call.
    pub fn accrue(&mut self, seconds: f64) -> Interest {
        let mut interest = Interest::default();
        for (r, reserve) in self.reserves.iter_mut().enumerate() {
            let of_reserve = reserve.accrue(seconds / SECONDS_PER_YEAR);
            interest.paid[r] = of_reserve.paid;
            interest.to_suppliers[r] = of_reserve.to_suppliers;
            interest.to_collateral[r] = of_reserve.to_collateral;
            interest.to_own[r] = of_reserve.paid - of_reserve.to_suppliers - of_reserve.to_collateral;
        }
        interest
    }

    /// Applies the changes of terms that are due at `seconds` on the run's clock. Returns whether a threshold changed.
    pub fn step_to(&mut self, seconds: f64) -> bool {
        if seconds < self.next_step_seconds {
            return false;
        }
        let mut changes = false;
        for reserve in &mut self.reserves {
            changes |= reserve.step_to(seconds);
        }
        if changes {
            self.unhealthy.expire();
            self.careful.expire();
            self.truly.expire();
        }
        self.next_step_seconds = self.reserves.iter().map(Reserve::next_step_seconds).fold(f64::INFINITY, f64::min);
        changes
    }

    /// Looks who has a health below one at the oracles' prices, without looking at everybody. Returns whether there is anybody.
    pub fn watch(&mut self, oracle_usd: &ReservePrices) -> bool {
        self.unhealthy.look(&self.borrowers, &self.reserves, oracle_usd, 1.0);
        !self.unhealthy.found().is_empty()
    }

    /// Ids with a health below one at the last [`Self::watch`], ascending. Ids are drawn, so that their order says nothing about size.
    #[must_use]
    pub fn unhealthy(&self) -> &[u32] {
        self.unhealthy.found()
    }

    /// Debt of positions with a health below one at true prices which the oracles' prices do not let be liquidated, USD.
    pub fn spared_usd(&mut self, oracle_usd: &ReservePrices, true_usd: &ReservePrices) -> f64 {
        if oracle_usd == true_usd {
            return 0.0;
        }
        self.truly.look(&self.borrowers, &self.reserves, true_usd, 1.0);
        let spared = self.truly.found().iter().filter(|id| self.health(**id, oracle_usd) >= 1.0);
        spared.map(|id| self.debt_usd(*id, true_usd)).sum()
    }

    /// What a liquidator may do with a position at the oracles' prices: of its largest debt the close factor, for its largest
    /// collateral, both by value; of a collateral not more than is pledged and than the market has as cash.
    ///
    /// `None` where health is not below one, or where no collateral can be paid out.
    #[must_use]
    pub fn proposal(&self, id: u32, oracle_usd: &ReservePrices) -> Option<Proposal> {
        let health = self.health(id, oracle_usd);
        if health >= 1.0 {
            return None;
        }
        let (owed, available) = (self.owed_by(id), self.available(id));
        let (debt, _) = Borrowers::largest((0..RESERVES_MAX).map(|r| owed[r] * oracle_usd[r]))?;
        let (collateral, _) = Borrowers::largest((0..RESERVES_MAX).map(|r| available[r] * oracle_usd[r]))?;
        let bonus = self.reserves[collateral].bonus;
        let rate = seized_per_repaid(oracle_usd[debt], oracle_usd[collateral], bonus);
        let repay_max = (owed[debt] * self.rules.close_factor(health)).min(available[collateral] / rate);
        Some(Proposal { collateral, debt, repay_max, seized_per_repaid: rate, bonus })
    }

    /// Pledged tokens that can be paid out now, by reserve.
    pub(super) fn available(&self, id: u32) -> ReserveAmounts {
        let mut amounts = self.pledged_by(id);
        for (amount, reserve) in amounts.iter_mut().zip(&self.reserves) {
            *amount = amount.min(reserve.cash());
        }
        amounts
    }

    /// Supplies `tokens`, up to cap and freeze. Returns what was accepted.
    pub fn supply(&mut self, reserve: usize, tokens: f64) -> f64 {
        let reserve = &mut self.reserves[reserve];
        let accepted = tokens.min(reserve.supply_room());
        reserve.supplied_scaled += accepted / reserve.supply_index;
        accepted
    }

    /// Withdraws `tokens` of those who do not borrow, up to what they have and to the cash. Returns what was paid out.
    pub fn withdraw(&mut self, reserve: usize, tokens: f64) -> f64 {
        let reserve = &mut self.reserves[reserve];
        let paid = tokens.min(reserve.cash()).min(reserve.supplied());
        reserve.supplied_scaled = (reserve.supplied_scaled - paid / reserve.supply_index).max(0.0);
        paid
    }

    /// A loan that nobody means to repay: pledges `collateral` = (reserve, tokens) and takes `debt` = (reserve, tokens), whatever
    /// loan to value allows. The position stands like any other, under an id of its own: it counts in [`Self::uncovered_usd`] at once,
    /// is liquidated when the oracle's price lets it, and what is left of it is written off.
    ///
    /// `None`, and nothing happens, where cap, freeze or cash do not allow it.
    pub fn borrow_for_good(&mut self, collateral: (usize, f64), debt: (usize, f64)) -> Option<u32> {
        let (pledge, loan) = (&self.reserves[collateral.0], &self.reserves[debt.0]);
        if collateral.1 > pledge.supply_room() || debt.1 > loan.borrow_room() {
            return None;
        }
        let slot = self.borrowers.attackers.min(ATTACKERS_MAX - 1);
        let id = (self.drawn() + slot) as u32;
        let (pledged, owed) = (collateral.1 / pledge.supply_index, debt.1 / loan.borrow_index);
        self.borrowers.attackers += 1;
        self.borrowers.collateral[id as usize][collateral.0] += pledged;
        self.borrowers.debt[id as usize][debt.0] += owed;
        self.reserves[collateral.0].collateral_scaled += pledged;
        self.reserves[debt.0].borrowed_scaled += owed;
        self.touch(id);
        Some(id)
    }

    pub(super) fn touch(&mut self, id: u32) {
        self.unhealthy.touch(id);
        self.careful.touch(id);
        self.truly.touch(id);
    }
}

//! The option book of a vault: what it writes, settles and hedges, at whatever desk it trades.

use super::terms::{Coin, VaultTerms};
use crate::world::Line;
use portage_base::units::SECONDS_PER_YEAR;
use portage_credit::options::{European, Right, StrikeRule, VaultSide, VaultStrategy};
use portage_pools::Amounts2;

/// What rounding may add to a time on the run's clock, seconds: far above a float's last bit, far below a block.
pub(super) const CLOCK_ROUNDING_SECONDS: f64 = 1e-3;

/// A settlement may cost this many times what a trade of the hedge may: buyers are waiting (judgement).
pub const SETTLEMENT_HASTE: f64 = 10.0;

/// Trades in which a settlement tries to raise its quote tokens: each leaves only what the price impact took of the one before.
const SETTLEMENT_TRADES: u32 = 8;

/// A trade that falls short by more than this share of what was wanted is counted as cut.
const CUT_SHARE: f64 = 0.01;

/// Where a book trades, pays and is paid.
pub(super) trait Desk {
    /// What the vault holds, whole tokens.
    fn held(&self) -> Amounts2;

    /// Reference price of a token, USD.
    fn usd(&self, coin: Coin) -> f64;

    /// Buys `base` tokens, or sells them where it is negative; what would cost more than `cost_max` (share of value) is done in part or
    /// not at all. Returns what was bought.
    fn trade(&mut self, base: f64, cost_max: f64) -> f64;

    /// Takes `amount` tokens from the other side of the options, or pays them where it is negative.
    fn receive(&mut self, coin: Coin, amount: f64);

    /// Books what the vault gains of the other side, USD.
    fn book(&mut self, line: Line, usd: f64);
}

/// What a book is told at an observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) seconds: f64,
    /// Reference price, quote per base.
    pub(super) price: f64,
    pub(super) quote_usd: f64,
    /// Implied volatility, per square root of a year.
    pub(super) volatility: f64,
    /// Price at which options are settled, quote per base.
    pub(super) settles_at: f64,
    pub(super) is_frozen: bool,
}

/// The options of one epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Epoch {
    right: Right,
    strike: f64,
    /// Options held on one base token each; negative: sold.
    count: f64,
    expiry: f64,
}

/// What became of the options so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OptionTally {
    /// Premiums received less paid, USD.
    pub premiums_usd: f64,
    /// Paid at expiries less received, USD.
    pub payouts_usd: f64,
    /// Of what was owed, what could not be paid, USD.
    pub unpaid_usd: f64,
    /// What settling at an oracle's price cost beyond settling at the true one, USD.
    pub oracle_cost_usd: f64,
    /// Epochs settled, and of them those an observation late or more.
    pub settled: (u32, u32),
    /// Longest delay of a settlement, seconds.
    pub late_seconds_max: f64,
    /// Trades of the hedge that were wanted, and of them those that the pools did not fill in whole at the cost allowed.
    pub hedges: (u32, u32),
    /// Farthest that the hedge was off at a look within an epoch, per option.
    pub off_max: f64,
}

/// The option book of a vault.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Book {
    epoch: Option<Epoch>,
    /// When the hedge is looked at next, seconds.
    looks_at: f64,
    /// Value of the options that run, by the model, USD; negative: owed.
    pub(super) value_usd: f64,
    /// Value of the base tokens by which the hedge is off, USD.
    pub(super) off_usd: f64,
    pub(super) tally: OptionTally,
}

impl Epoch {
    /// An option of the epoch as it stands at `seconds`.
    fn option(&self, seconds: f64) -> European {
        let years = ((self.expiry - seconds) / SECONDS_PER_YEAR).max(0.0);
        European { right: self.right, strike: self.strike, years, rate: 0.0 }
    }
}

/// The next time after `seconds` that is a multiple of `every`.
fn next(every: f64, seconds: f64) -> f64 {
    every * (libm::floor((seconds + CLOCK_ROUNDING_SECONDS) / every) + 1.0)
}

impl Book {
    /// Brings the book to an observation: options are marked; then, unless the vault is frozen, those that have expired are settled,
    /// new ones are written, and the hedge is traded if it is due.
    pub(super) fn read(&mut self, terms: &VaultTerms, look: &Look, desk: &mut impl Desk) {
        self.mark(look, desk);
        if !look.is_frozen {
            let has_expired = |epoch: Epoch| epoch.expiry <= look.seconds + CLOCK_ROUNDING_SECONDS;
            let due = self.epoch.filter(|epoch| has_expired(*epoch));
            if due.is_none_or(|epoch| self.settle(epoch, terms, look, desk)) {
                let is_fresh = self.epoch.is_none();
                if is_fresh {
                    self.write(terms, look, desk);
                }
                self.hedge(terms, look, is_fresh, desk);
            }
        }
        self.off_usd = look.price * look.quote_usd * self.off(terms, look, desk).abs();
    }

    /// The change of the value of the options that run.
    fn mark(&mut self, look: &Look, desk: &mut impl Desk) {
        let value_usd = self.epoch.map_or(0.0, |epoch| {
            epoch.count * epoch.option(look.seconds).price(look.price, look.volatility) * look.quote_usd
        });
        desk.book(Line::Options, value_usd - self.value_usd);
        self.value_usd = value_usd;
    }

    /// Settles the options of an epoch; `false` where the vault would have to sell for that and nobody buys.
    fn settle(&mut self, epoch: Epoch, terms: &VaultTerms, look: &Look, desk: &mut impl Desk) -> bool {
        let (option, coin) = (epoch.option(look.seconds), terms.coin());
        let owed_at = |price: f64| {
            let owed = -epoch.count * option.payoff(price);
            if coin == Coin::Base { owed / price } else { owed }
        };
        let owed = owed_at(look.settles_at);
        if coin == Coin::Quote && !raise(owed, terms, look, desk) {
            return false;
        }
        let held = if coin == Coin::Base { desk.held().base } else { desk.held().quote };
        let paid = owed.min(held.max(0.0));
        desk.receive(coin, -paid);
        let usd = desk.usd(coin);
        desk.book(Line::Options, -owed * usd - self.value_usd);
        desk.book(Line::Losses, (owed - paid) * usd);
        let delay = look.seconds - epoch.expiry;
        let is_late = delay >= terms.observation_seconds - CLOCK_ROUNDING_SECONDS;
        let tally = &mut self.tally;
        tally.payouts_usd += owed * usd;
        tally.unpaid_usd += (owed - paid) * usd;
        tally.oracle_cost_usd += (owed - owed_at(look.price)) * usd;
        tally.settled = (tally.settled.0 + 1, tally.settled.1 + u32::from(is_late));
        tally.late_seconds_max = tally.late_seconds_max.max(if is_late { delay } else { 0.0 });
        (self.epoch, self.value_usd) = (None, 0.0);
        true
    }

    /// Sells or buys the options of the epoch that ends at the next expiry.
    fn write(&mut self, terms: &VaultTerms, look: &Look, desk: &mut impl Desk) {
        let (held, price, volatility) = (desk.held(), look.price, look.volatility);
        let expiry = next(terms.spec.tenor.seconds(), look.seconds);
        let years = (expiry - look.seconds) / SECONDS_PER_YEAR;
        let (right, rule) = match terms.spec.strategy {
            VaultStrategy::CoveredCall(sells) => (Right::Call, sells.strike),
            VaultStrategy::PutSelling(sells) => (Right::Put, sells.strike),
            VaultStrategy::DeltaHedged(hedged) if hedged.side == VaultSide::ShortGamma => (Right::Call, hedged.strike),
            VaultStrategy::DeltaHedged(hedged) => (Right::Put, hedged.strike),
        };
        let strike = match rule {
            StrikeRule::Moneyness(multiple) => multiple * price,
            StrikeRule::Delta(delta) => European::strike_of_delta(right, delta, (price, volatility), (years, 0.0)),
        };
        let each = European { right, strike, years, rate: 0.0 }.price(price, volatility);
        let count = match terms.spec.strategy {
            VaultStrategy::CoveredCall(_) => -held.base,
            VaultStrategy::PutSelling(_) => -held.quote / strike,
            VaultStrategy::DeltaHedged(hedged) => {
                let worth = held.base * price + held.quote;
                let most = (hedged.notional_usd / look.quote_usd).min(worth) / price;
                if right == Right::Call { -most } else { most.min(held.quote / each) }
            }
        };
        let (is_worth_it, coin) = (count.abs() * price > 0.0 && count.is_finite(), terms.coin());
        if !is_worth_it {
            return;
        }
        let premium = -count * each / if coin == Coin::Base { price } else { 1.0 };
        desk.receive(coin, premium);
        let premium_usd = premium * desk.usd(coin);
        desk.book(Line::Premiums, premium_usd);
        self.tally.premiums_usd += premium_usd;
        self.value_usd = count * each * look.quote_usd;
        desk.book(Line::Options, self.value_usd);
        self.epoch = Some(Epoch { right, strike, count, expiry });
    }

    /// Base tokens that the hedge lacks; negative: has too many. 0 where nothing is hedged.
    fn off(&self, terms: &VaultTerms, look: &Look, desk: &impl Desk) -> f64 {
        let hedged = self.epoch.filter(|_| terms.spec.strategy.hedge().is_some());
        hedged.map_or(0.0, |epoch| {
            let delta = epoch.option(look.seconds).delta(look.price, look.volatility);
            -epoch.count * delta - desk.held().base
        })
    }

    fn hedge(&mut self, terms: &VaultTerms, look: &Look, is_fresh: bool, desk: &mut impl Desk) {
        let (Some(hedged), Some(epoch)) = (terms.spec.strategy.hedge(), self.epoch) else { return };
        if !is_fresh && look.seconds + CLOCK_ROUNDING_SECONDS < self.looks_at {
            return;
        }
        let rule = hedged.rehedge;
        self.looks_at = rule.every.map_or(0.0, |every| next(every.seconds(), look.seconds));
        let off = self.off(terms, look, desk);
        let per_option = (off / epoch.count).abs();
        if !is_fresh {
            self.tally.off_max = self.tally.off_max.max(per_option);
        }
        if off == 0.0 || !is_fresh && per_option < rule.band {
            return;
        }
        let done = desk.trade(off, terms.cost_max());
        let is_cut = (off - done).abs() > CUT_SHARE * off.abs();
        if is_cut {
            self.looks_at = 0.0;
        }
        self.tally.hedges = (self.tally.hedges.0 + 1, self.tally.hedges.1 + u32::from(is_cut));
    }
}

/// Sells base tokens until `owed` quote tokens are there; `false` where they are not although base tokens are left.
fn raise(owed: f64, terms: &VaultTerms, look: &Look, desk: &mut impl Desk) -> bool {
    for _ in 0..SETTLEMENT_TRADES {
        let held = desk.held();
        let lacking = owed - held.quote;
        if lacking <= 0.0 || held.base <= 0.0 {
            return true;
        }
        let wanted = (lacking / look.price * (1.0 + terms.cost_max())).min(held.base);
        if desk.trade(-wanted, (SETTLEMENT_HASTE * terms.cost_max()).min(1.0)) == 0.0 {
            return false;
        }
    }
    desk.held().quote >= owed
}

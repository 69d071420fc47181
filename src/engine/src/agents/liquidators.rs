//! Liquidators: they repay other people's debt when what they seize for it, sold through the pools as they stand, brings more.

use crate::world::{Books, Lending, LendingMarket, Readings};
use portage_credit::lending::Proposal;

/// The golden section, (sqrt(5) - 1) / 2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Steps of the golden section over the amount repaid: to a relative 1e-4, far below what gas makes of it.
const STEPS: u32 = 20;

/// A little less than everything: where that brings more, selling everything is too much for the pools.
const LESS: f64 = 0.95;

/// All liquidators of a run; they watch every market and compete, so that whatever pays is done, in the block in which it begins to.
#[derive(Debug)]
pub struct Liquidators {
    /// Scratch: whom a market names.
    queue: Vec<u32>,
    /// By market: nothing paid when they last looked, and nothing has happened since.
    is_quiet: Vec<bool>,
}

impl Liquidators {
    /// Liquidators of the markets of a run.
    #[must_use]
    pub fn open(lending: &Lending) -> Self {
        let most = lending.markets.iter().map(|one| one.market.positions()).max().unwrap_or(0);
        Self { queue: Vec::with_capacity(most), is_quiet: vec![false; lending.markets.len()] }
    }

    /// Prices that the markets know have changed, or an observation is over: everybody looks again.
    pub(crate) fn stir(&mut self) {
        self.is_quiet.fill(false);
    }

    /// One block: each market's positions that can be liquidated, in the order of their places, as far as a block has room.
    pub fn act(&mut self, lending: &mut Lending, books: &mut Books, readings: &Readings) {
        for (market, one) in lending.markets.iter_mut().enumerate() {
            if !self.is_quiet[market] {
                self.is_quiet[market] = !self.act_on(one, books, readings);
            }
        }
    }

    /// Liquidates what pays in one market; returns whether anything did.
    fn act_on(&mut self, one: &mut LendingMarket, books: &mut Books, readings: &Readings) -> bool {
        self.queue.clear();
        self.queue.extend_from_slice(one.unhealthy());
        let (room, least_usd) = (one.room, one.margin_usd);
        let mut best_sale = books.best_sale();
        let mut done = 0;
        for &id in &self.queue {
            if done == room {
                break;
            }
            match best(one, id, best_sale, books).filter(|best| best.profit_usd > least_usd) {
                Some(best) if one.liquidate(id, (&best.proposal, best.repay), books, readings).is_some() => {
                    done += 1;
                    best_sale = books.best_sale();
                }
                Some(_) | None => one.leave_waiting(id),
            }
        }
        if done > 0 {
            one.watch(books, readings);
        }
        done > 0
    }
}

/// The liquidation of a position that brings most.
struct Best {
    proposal: Proposal,
    repay: f64,
    profit_usd: f64,
}

/// The best liquidation of a position: of all that may be repaid, or of the part of it that the pools take at a profit.
///
/// Law: the profit is concave in the amount, as curves are: the bonus is proportional to it and the price impact grows faster.
/// `None` where it cannot pay: the pools are not asked for a debt whose bonus, sold at `best_sale` of its true value, is below the gas.
fn best(one: &LendingMarket, id: u32, best_sale: f64, books: &Books) -> Option<Best> {
    let proposal = one.market.proposal(id, &one.oracle_usd)?;
    let most = proposal.repay_max.min(one.capital(&proposal));
    if one.liquidation_bound_usd(&proposal, (most, best_sale), books) <= one.margin_usd {
        return None;
    }
    let profit = |repay: f64| {
        let sale = one.liquidation_sale(&proposal, repay, books);
        sale.map_or(f64::NEG_INFINITY, |sale| sale.profit_usd())
    };
    let (whole, less) = (profit(most), profit(LESS * most));
    if whole >= less && whole.is_finite() {
        return Some(Best { proposal, repay: most, profit_usd: whole });
    }
    let (mut low, mut high) = (0.0, most);
    let mut best = (0.0, f64::NEG_INFINITY);
    for _step in 0..STEPS {
        let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (one, other) = (profit(left), profit(right));
        let is_left = one >= other;
        let better = if is_left { (left, one) } else { (right, other) };
        if better.1 > best.1 {
            best = better;
        }
        (low, high) = if is_left { (low, right) } else { (left, high) };
    }
    best.1.is_finite().then_some(Best { proposal, repay: best.0, profit_usd: best.1 })
}

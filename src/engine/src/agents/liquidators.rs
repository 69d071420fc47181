//! Liquidators: they repay other people's debt when what they seize for it, sold through the pools as they stand, brings more.

use crate::world::World;
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
    /// Liquidators of so many markets with at most `borrowers` each.
    #[must_use]
    pub fn new(markets: usize, borrowers: usize) -> Self {
        Self { queue: Vec::with_capacity(borrowers), is_quiet: vec![false; markets] }
    }

    /// Prices that the markets know have changed, or an observation is over: everybody looks again.
    pub fn stir(&mut self) {
        self.is_quiet.fill(false);
    }

    /// One block: each market's positions that can be liquidated, in the order of their places, as far as a block has room.
    pub fn act(&mut self, world: &mut World) {
        for market in 0..self.is_quiet.len() {
            if !self.is_quiet[market] {
                self.act_on(market, world);
            }
        }
    }

    fn act_on(&mut self, market: usize, world: &mut World) {
        let Some(lending) = &world.lending else { return };
        let one = &lending.markets[market];
        self.queue.clear();
        self.queue.extend_from_slice(one.unhealthy());
        let (room, least_usd) = (one.room, one.margin_usd);
        let mut best_sale = world.best_sale();
        let mut done = 0;
        for &id in &self.queue {
            if done == room {
                break;
            }
            match best(world, market, id, best_sale).filter(|best| best.profit_usd > least_usd) {
                Some(best) if world.liquidate(market, id, &best.proposal, best.repay).is_some() => {
                    done += 1;
                    best_sale = world.best_sale();
                }
                Some(_) | None => world.leave_waiting(market, id),
            }
        }
        if done > 0 {
            world.watch_loans(market);
        }
        self.is_quiet[market] = done == 0;
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
fn best(world: &World, market: usize, id: u32, best_sale: f64) -> Option<Best> {
    let one = &world.lending.as_ref()?.markets[market];
    let proposal = one.market.proposal(id, &one.oracle_usd)?;
    let most = proposal.repay_max.min(one.capital(&proposal));
    if world.liquidation_bound_usd(market, &proposal, (most, best_sale)) <= one.margin_usd {
        return None;
    }
    let profit = |repay: f64| {
        let sale = world.liquidation_sale(market, &proposal, repay);
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

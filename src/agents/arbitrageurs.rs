//! Arbitrageurs: against the reference market at the top of every block, and between the two pools.

use crate::actions::Taker;
use crate::ledger::Token;
use crate::pools::{Side, Swap};
use crate::random::Stream;
use crate::units::BPS;
use crate::world::World;
use rand_distr::{Beta, Distribution};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The arbitrageurs of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArbitrageSpec {
    /// Searchers that compete for every opportunity; the winner pays the second-highest of as many uniform bids.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000), extend("x-unit" = "searchers", "x-source" = "11 searchers did above 80 % of non-atomic arbitrage (Heimbach and others 2024)"))]
    pub searchers: u32,
    /// Cost of hedging on the reference market.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "bps", "x-source" = "fee and half spread of a large exchange account: 0-5 bps (judgement)"))]
    pub exchange_cost_bps: f64,
}

const fn one() -> u32 {
    1
}

/// The arbitrageurs of one run.
///
/// Law: the trade that maximises profit at the reference price less exchange cost is done when its profit exceeds the
/// gas; of what is left, the winner pays the block proposer a Beta(n - 1, 2) share, the law of the second-highest of
/// n uniform bids (mean (n - 1)/(n + 1): 0.5 for three searchers, 0.82 for ten).
#[derive(Debug)]
pub struct Searchers {
    auction: Option<Beta<f64>>,
    bids: Stream,
    exchange_cost: f64,
    root_sell: f64,
    root_buy: f64,
}

/// What one arbitrage brings and costs, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Capture {
    gross_usd: f64,
    exchange_usd: f64,
    gas_usd: f64,
    volume_usd: f64,
}

impl Searchers {
    /// Opens the arbitrageurs of a run.
    #[must_use]
    pub fn open(spec: &ArbitrageSpec, seed: u64, run: u64) -> Self {
        let exchange_cost = spec.exchange_cost_bps / BPS;
        let rivals = f64::from(spec.searchers) - 1.0;
        Self {
            auction: if rivals > 0.0 { Beta::new(rivals, 2.0).ok() } else { None },
            bids: Stream::open(seed, run, "searchers/bids"),
            exchange_cost,
            root_sell: (1.0 - exchange_cost).sqrt(),
            root_buy: (1.0 + exchange_cost).sqrt(),
        }
    }

    /// The top of a block: each pool against the reference market, then the pools against each other.
    #[inline]
    pub fn arbitrage(&mut self, world: &mut World) {
        for venue in 0..world.venues.len() {
            if world.venues[venue].is_outside_band(world.pair.root) {
                self.against_reference(world, venue);
            }
        }
        if let [first, second] = &world.venues[..] {
            if first.is_cheaper_than(second) {
                self.between(world, 0, 1);
            } else if second.is_cheaper_than(first) {
                self.between(world, 1, 0);
            }
        }
    }

    #[inline]
    fn against_reference(&mut self, world: &mut World, index: usize) {
        let pair = world.pair;
        let venue = &world.venues[index];
        let (wanted, root) = if venue.is_below(pair.root) {
            (Side::BuyBase, pair.root * self.root_sell)
        } else {
            (Side::SellBase, pair.root * self.root_buy)
        };
        let trade = venue.curve.to_boundary(venue.reserves(&world.ledger), venue.liquidity(), root);
        // Where the exchange costs more than the gap, there is no trade, or only one that nobody wants.
        let Some((side, swap)) = trade.filter(|(side, _)| *side == wanted) else {
            world.searchers.unpaid_opportunities += 1;
            return;
        };
        let (value_in, value_out, base) = match side {
            Side::BuyBase => (swap.amount_in * pair.quote_usd, swap.amount_out * pair.base_usd, swap.amount_out),
            Side::SellBase => (swap.amount_in * pair.base_usd, swap.amount_out * pair.quote_usd, swap.amount_in),
        };
        let capture = Capture {
            gross_usd: value_out - value_in,
            exchange_usd: self.exchange_cost * base * pair.base_usd,
            gas_usd: world.gas_cost_usd(world.gas_units.arbitrage),
            volume_usd: value_in,
        };
        if capture.gross_usd - capture.exchange_usd - capture.gas_usd > 0.0 {
            world.trade(index, side, swap, Taker::Arbitrageur);
            world.searchers.reference_trades += 1;
            self.book(world, capture);
        } else {
            world.searchers.unpaid_opportunities += 1;
        }
    }

    #[cold]
    fn between(&mut self, world: &mut World, cheap: usize, dear: usize) {
        let (here, there) = (&world.venues[cheap], &world.venues[dear]);
        let (reserves, expensive) = (here.reserves(&world.ledger), there.reserves(&world.ledger));
        let Some((bought, sold)) = here.curve.arbitrage_into(reserves, (&there.curve, expensive)) else { return };
        let capture = Capture {
            gross_usd: (sold.amount_out - bought.amount_in) * world.pair.quote_usd,
            exchange_usd: 0.0,
            gas_usd: 2.0 * world.gas_cost_usd(world.gas_units.arbitrage),
            volume_usd: bought.amount_in * world.pair.quote_usd,
        };
        if capture.gross_usd - capture.gas_usd > 0.0 {
            world.trade(cheap, Side::BuyBase, bought, Taker::Arbitrageur);
            world.trade(dear, Side::SellBase, Swap { amount_in: bought.amount_out, ..sold }, Taker::Arbitrageur);
            world.searchers.cross_trades += 1;
            self.book(world, capture);
        } else {
            world.searchers.unpaid_opportunities += 1;
        }
    }

    #[inline]
    fn book(&mut self, world: &mut World, capture: Capture) {
        let surplus = capture.gross_usd - capture.exchange_usd - capture.gas_usd;
        let tip = self.auction.as_ref().map_or(0.0, |auction| surplus * auction.sample(&mut self.bids));
        let (accounts, book) = (world.accounts, &mut world.searchers);
        world.ledger.transfer(
            accounts.market,
            accounts.searchers,
            Token::USD,
            capture.gross_usd - capture.exchange_usd,
        );
        if capture.gas_usd > 0.0 {
            world.ledger.transfer(accounts.searchers, accounts.gas, Token::USD, capture.gas_usd);
        }
        if tip > 0.0 {
            world.ledger.transfer(accounts.searchers, accounts.proposers, Token::USD, tip);
        }
        book.gross_usd += capture.gross_usd;
        book.gas_usd += capture.gas_usd;
        book.exchange_usd += capture.exchange_usd;
        book.proposers_usd += tip;
        book.volume_usd += capture.volume_usd;
        book.capital_usd = book.capital_usd.max(capture.volume_usd);
    }
}

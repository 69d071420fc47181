//! Arbitrageurs: against the reference market at the top of every block, and between pools.

use super::cross_chain_routing::{spend_inventory, within_stock};
use crate::world::{Books, DESTINATION_PAIR, Venue};
use portage_base::actions::Taker;
use portage_base::ledger::Token;
use portage_base::random::Stream;
use portage_base::units::BPS;
use portage_chain::Chain;
use portage_pools::router::best_cycle;
use portage_pools::{Direction, Side, Swap};
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
    pub fn arbitrage(&mut self, books: &mut Books) {
        self.arbitrage_of::<true>(books);
    }

    /// The top of a simulated block into which no block of the destination falls: the home chain only.
    #[inline(never)]
    pub(crate) fn arbitrage_at_home(&mut self, books: &mut Books) {
        self.arbitrage_of::<false>(books);
    }

    #[inline(always)]
    fn arbitrage_of<const EVERYWHERE: bool>(&mut self, books: &mut Books) {
        // Pools that all hold the reference price in their bands have nothing to give to one another.
        let mut leaves_gap = false;
        for venue in 0..books.venues.len() {
            let pool = &books.venues[venue];
            if !EVERYWHERE && pool.terms.chain == Chain::Destination {
                continue;
            }
            let root = books.pairs[pool.terms.pair].root;
            if pool.terms.coins.list().len() > 2 {
                if pool.is_halted() {
                    continue;
                }
                self.over_coins(books, venue);
                leaves_gap = true;
            } else if pool.is_outside_band(root) {
                leaves_gap |= !self.against_reference(books, venue) || self.exchange_cost > 0.0;
            }
        }
        if leaves_gap && books.venues.len() > 1 {
            // The destination's pair is the last one: within a pair, all pools stand on one chain.
            self.across(books, if EVERYWHERE { books.pairs_traded } else { DESTINATION_PAIR });
        }
    }

    /// One pool of two coins, outside its fee band, against the reference market; returns whether a trade was done.
    #[inline]
    fn against_reference(&mut self, books: &mut Books, index: usize) -> bool {
        let venue = &books.venues[index];
        let root = books.pairs[venue.terms.pair].root;
        let (side, root) = if venue.is_below(root) {
            (Side::BuyBase, root * self.root_sell)
        } else {
            (Side::SellBase, root * self.root_buy)
        };
        // Where the exchange costs more than the gap, there is no trade on this side.
        match venue.pool.to_boundary(side, root) {
            Some(swap) => self.take(books, index, side.direction(), swap),
            None => {
                books.searchers.unpaid_opportunities += 1;
                false
            }
        }
    }

    /// A pool of more than two coins: sells it what it values most and buys what it values least, relative to the reference
    /// prices, until no two coins stand outside the fee band; at most one round a coin.
    fn over_coins(&mut self, books: &mut Books, index: usize) {
        for _round in 1..books.venues[index].terms.coins.list().len() {
            let venue = &books.venues[index];
            let Some(direction) = widest_gap(venue, &books.prices_usd) else { return };
            let usd = |coin: usize| books.prices_usd[venue.terms.coins.token(coin).index()];
            let (usd_in, usd_out) = (usd(direction.coin_in), usd(direction.coin_out));
            if venue.pool.marginal(direction) * usd_out <= usd_in {
                return;
            }
            let rate = usd_in / (usd_out * (1.0 - self.exchange_cost));
            let amount_in = venue.pool.input_to_marginal(direction, rate);
            let swap = if amount_in > 0.0 { venue.pool.swap_exact_in(direction, amount_in) } else { None };
            let is_done = swap.is_some_and(|swap| self.take(books, index, direction, swap));
            if !is_done {
                books.searchers.unpaid_opportunities += u64::from(swap.is_none());
                return;
            }
        }
    }

    /// Does a trade against the reference market if it pays its costs; returns whether it was done.
    #[inline]
    fn take(&mut self, books: &mut Books, index: usize, direction: Direction, swap: Swap) -> bool {
        let Some(swap) = within_stock(books, index, direction, swap) else { return false };
        let terms = &books.venues[index].terms;
        let usd = |coin: usize| books.prices_usd[terms.coins.token(coin).index()];
        let (value_in, value_out) =
            (swap.amount_in * usd(direction.coin_in), swap.amount_out * usd(direction.coin_out));
        // The leg that is hedged is the base of the pair, or else what is bought; cash needs no hedge.
        let is_cash = |coin: usize| terms.coins.token(coin) == Token::USD;
        let hedged = if direction.coin_in == 0 || is_cash(direction.coin_out) { value_in } else { value_out };
        let capture = Capture {
            gross_usd: value_out - value_in,
            exchange_usd: self.exchange_cost * hedged,
            gas_usd: books.gas_cost_usd(terms.chain, terms.arbitrage_gas),
            volume_usd: value_in,
        };
        let pays = capture.gross_usd - capture.exchange_usd - capture.gas_usd > 0.0;
        if pays {
            books.trade(index, direction, swap, Taker::Arbitrageur);
            books.searchers.reference_trades += 1;
            spend_inventory(books, index, direction, &swap);
            self.book(books, capture);
        } else {
            books.searchers.unpaid_opportunities += 1;
        }
        pays
    }

    /// The cheapest pool of each pair against the dearest, when base bought in one can be sold in the other at a profit
    /// before gas.
    #[cold]
    fn across(&mut self, books: &mut Books, pairs: usize) {
        for pair in 0..pairs {
            let (mut cheap, mut dear) = ((f64::INFINITY, 0), (0.0, 0));
            for (index, venue) in books.venues.iter().enumerate().filter(|(_, venue)| venue.terms.pair == pair) {
                let (floor, ceiling) = venue.band().roots();
                if ceiling < cheap.0 {
                    cheap = (ceiling, index);
                }
                if floor > dear.0 {
                    dear = (floor, index);
                }
            }
            if cheap.0 < dear.0 {
                self.between(books, cheap.1, dear.1);
            }
        }
    }

    #[cold]
    fn between(&mut self, books: &mut Books, cheap: usize, dear: usize) {
        let (here, there) = (&books.venues[cheap], &books.venues[dear]);
        let Some((bought, sold)) = best_cycle(&here.pool, &there.pool, Side::SellBase.direction()) else { return };
        let quote_usd = books.pairs[here.terms.pair].quote_usd;
        let capture = Capture {
            gross_usd: (sold.amount_out - bought.amount_in) * quote_usd,
            exchange_usd: 0.0,
            gas_usd: books.gas_cost_usd(here.terms.chain, here.terms.arbitrage_gas + there.terms.arbitrage_gas),
            volume_usd: bought.amount_in * quote_usd,
        };
        if capture.gross_usd - capture.gas_usd > 0.0 {
            books.trade(cheap, Side::BuyBase.direction(), bought, Taker::Arbitrageur);
            books.trade(dear, Side::SellBase.direction(), sold, Taker::Arbitrageur);
            books.searchers.cross_trades += 1;
            self.book(books, capture);
        } else {
            books.searchers.unpaid_opportunities += 1;
        }
    }

    #[inline]
    fn book(&mut self, books: &mut Books, capture: Capture) {
        let surplus = capture.gross_usd - capture.exchange_usd - capture.gas_usd;
        let tip = self.auction.as_ref().map_or(0.0, |auction| surplus * auction.sample(&mut self.bids));
        let (accounts, book) = (books.accounts, &mut books.searchers);
        books.ledger.transfer(
            accounts.market,
            accounts.searchers,
            Token::USD,
            capture.gross_usd - capture.exchange_usd,
        );
        if capture.gas_usd > 0.0 {
            books.ledger.transfer(accounts.searchers, accounts.gas, Token::USD, capture.gas_usd);
        }
        if tip > 0.0 {
            books.ledger.transfer(accounts.searchers, accounts.proposers, Token::USD, tip);
        }
        book.gross_usd += capture.gross_usd;
        book.gas_usd += capture.gas_usd;
        book.exchange_usd += capture.exchange_usd;
        book.proposers_usd += tip;
        book.volume_usd += capture.volume_usd;
        book.capital_usd = book.capital_usd.max(capture.volume_usd);
    }
}

/// The coins that a pool values most and least relative to the reference prices: the way that is paid best.
fn widest_gap(venue: &Venue, prices_usd: &[f64]) -> Option<Direction> {
    let coins = venue.terms.coins.list();
    let values = venue.pool.values();
    let relative = |coin: usize| values[coin] / prices_usd[coins[coin].index()];
    let by_value = |a: &usize, b: &usize| relative(*a).total_cmp(&relative(*b));
    let (pay, get) = ((0..coins.len()).max_by(by_value)?, (0..coins.len()).min_by(by_value)?);
    (pay != get && venue.is_open()).then_some(Direction { coin_in: pay, coin_out: get })
}

//! The accounts of a run at its opening.

use super::exchange_engine::{Book, Exchange, PerpSums, Statements, Trader};
use super::market::Market;
use super::terms::{ExchangeTerms, PerpTerms};
use crate::world::margin::{MarginPropensity, Status, Tally, Triggers};
use portage_base::random::Stream;
use portage_base::units::SECONDS_PER_DAY;
use portage_credit::perps::{AccountsSpec, LeaveSpec};
use rand_distr::{Distribution, StandardNormal};

/// The uniform draws of an account that do not depend on how many markets there are.
struct Draws {
    streams: [Stream; 6],
}

impl Draws {
    fn open(name: &str, (seed, run): (u64, u64)) -> Self {
        let parts = ["sizes", "leverage", "habits", "several", "markets", "leaving"];
        Self { streams: parts.map(|part| Stream::open(seed, run, &format!("perps/{name}/{part}"))) }
    }

    fn normal(&mut self, part: usize) -> f64 {
        StandardNormal.sample(&mut self.streams[part])
    }

    fn uniform(&mut self, part: usize) -> f64 {
        self.streams[part].uniform()
    }
}

impl Book {
    /// Draws the books of a run at index prices `index` (by exchange and asset).
    ///
    /// Sizes are lognormal and scaled so that together they are the open interest. Each account draws size, leverage, habit, markets,
    /// sides and the time at which it leaves from streams of their own, whatever the parameters are.
    pub(super) fn draw(terms: &PerpTerms, index: &[f64], address: (u64, u64)) -> Self {
        let assets = terms.assets.len();
        let open = |(at, index): (usize, &f64)| {
            let exchange = &terms.exchanges[at / assets];
            exchange.markets[at % assets].map(|market| Market::open(market, *index, exchange.depth_share(0.0)))
        };
        let calls = |exchange: &ExchangeTerms| exchange.accounts.map_or(1.0, |spec| spec.margin_calls.acts_below);
        let insurance =
            |exchange: &ExchangeTerms| Exchange { insurance: exchange.insurance_usd, ..Exchange::default() };
        let mut book = Self {
            is_frozen_at_times: true,
            traders: Vec::new(),
            bases: Vec::new(),
            entries: Vec::new(),
            wanted: Vec::new(),
            markets: index.iter().enumerate().map(open).collect(),
            exchanges: terms.exchanges.iter().map(insurance).collect(),
            triggers: Vec::new(),
            multiples: std::iter::once(1.0).chain(terms.exchanges.iter().map(calls)).collect(),
            tally: Tally::default(),
            sums: PerpSums::default(),
            statements: Statements::default(),
            queue: Vec::new(),
            leaving: vec![Vec::new(); terms.exchanges.len()],
            assets,
            number: 0,
            seconds: 0.0,
        };
        for (place, exchange) in terms.exchanges.iter().enumerate() {
            if let Some(spec) = &exchange.accounts {
                book.draw_accounts(exchange, place, spec, address);
            }
        }
        let count = book.traders.len();
        book.queue.reserve_exact(count);
        let heaps = 2 * book.markets.len() * book.multiples.len();
        book.triggers.extend((0..heaps).map(|_| Triggers::with_room(count)));
        (0..count).for_each(|account| book.wait(account));
        book.open_statements();
        book
    }

    fn draw_accounts(&mut self, exchange: &ExchangeTerms, place: usize, spec: &AccountsSpec, address: (u64, u64)) {
        let mut draws = Draws::open(&exchange.name, address);
        let mut sides: Vec<Stream> = (0..self.assets)
            .map(|asset| Stream::open(address.0, address.1, &format!("perps/{}/sides/{asset}", exchange.name)))
            .collect();
        let weights: Vec<f64> =
            exchange.markets.iter().map(|market| market.map_or(0.0, |market| market.weight)).collect();
        let whole: f64 = weights.iter().sum();
        let sizes: Vec<f64> = (0..spec.count).map(|_| libm::exp(spec.size_sd * draws.normal(0))).collect();
        let scale = spec.open_interest_usd / sizes.iter().sum::<f64>();
        for size in sizes {
            let (account, value) = (self.traders.len(), size * scale);
            let collateral = value / spec.leverage.leverage(draws.normal(1));
            let calls = &spec.margin_calls;
            let propensity = MarginPropensity::drawn(draws.uniform(2), calls.attentive_share, calls.stop_share);
            let holds_all = draws.uniform(3) < spec.several_share;
            let picked = picked_market(&weights, draws.uniform(4) * whole);
            self.traders.push(Trader {
                cash: collateral,
                sent: 0.0,
                arrives: f64::NAN,
                propensity,
                status: Status::Open,
                place,
                home: place,
                released: 0,
                version: 0,
                top_ups: 0,
                opening_usd: value,
            });
            for list in [&mut self.bases, &mut self.entries, &mut self.wanted] {
                list.resize((account + 1) * self.assets, 0.0);
            }
            for (asset, side) in sides.iter_mut().enumerate() {
                let is_long = side.uniform() < spec.long_share;
                let share = if holds_all { weights[asset] / whole } else { f64::from(u8::from(asset == picked)) };
                let Some(mark) = self.markets[place * self.assets + asset].as_ref().map(|market| market.mark) else {
                    continue;
                };
                let base = share * value / mark;
                self.pass_at_mark(account, asset, if is_long { base } else { -base });
            }
            if let Some(moves) = &exchange.moves {
                let due = match moves.leave {
                    LeaveSpec::AccountsPerDay(rate) => (self.leaving[place].len() + 1) as f64 / rate,
                    LeaveSpec::HazardPerDay(hazard) => -libm::log1p(-draws.uniform(5)) / hazard,
                };
                self.leaving[place].push((moves.from + due * SECONDS_PER_DAY, account as u32));
            }
        }
        self.leaving[place].sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    }

    pub(super) fn open_statements(&mut self) {
        self.statements = Statements::default();
        self.statements.traders.opening = (0..self.traders.len()).map(|account| self.margin(account).0).sum();
        self.statements.insurance.opening = self.exchanges.iter().map(|exchange| exchange.insurance).sum();
    }
}

/// The market in which `drawn`, uniform between 0 and the sum of all weights, falls.
fn picked_market(weights: &[f64], drawn: f64) -> usize {
    let mut below = 0.0;
    let found = weights.iter().position(|weight| {
        below += weight;
        drawn < below
    });
    found.unwrap_or_else(|| weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0))
}

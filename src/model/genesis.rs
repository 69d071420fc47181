//! Genesis: the world of one run at its opening.

use super::{Model, VenueSetup};
use crate::agents::{Arrival, Population};
use crate::ledger::{Ledger, Token};
use crate::units::GWEI_PER_ETH;
use crate::world::{
    Accounts, HOLDERS, Holder, HolderBook, PairPrice, Programme, Providers, SearcherBook, TraderBook, Venue, World,
};

impl Model {
    /// The world of run `run` under `seed` at its opening, its population and the population's dated arrivals.
    #[must_use]
    pub fn genesis(&self, seed: u64, run: u64) -> (World, Option<Population>, Vec<(f64, Arrival)>) {
        let mut world = self.empty_world(seed, run);
        for (index, setup) in self.venues.iter().enumerate() {
            endow_venue(&mut world, index, setup);
        }
        let drawn = self.providers.as_ref().map(|spec| {
            let gas = self.gas_units.migrate as f64 * self.opening_gwei / GWEI_PER_ETH;
            let move_cost_usd = gas * world.prices_usd[self.gas_token.index()];
            Population::draw(spec, &mut world, (seed, run), self.calendar.opens, move_cost_usd)
        });
        let (population, arrivals) = match drawn {
            Some((population, arrivals)) => (Some(population), arrivals),
            None => {
                for venue in 0..world.venues.len() {
                    world.holders[Holder::Rest.index()].shares[venue] = world.venues[venue].shares;
                }
                (None, Vec::new())
            }
        };
        open_books(&mut world);
        (world, population, arrivals)
    }

    fn empty_world(&self, seed: u64, run: u64) -> World {
        let mut ledger = Ledger::new(self.tokens.len());
        let accounts = Accounts {
            market: ledger.open_account(),
            issuer: ledger.open_account(),
            gas: ledger.open_account(),
            traders: ledger.open_account(),
            searchers: ledger.open_account(),
            proposers: ledger.open_account(),
        };
        let assets = (0..self.tokens.len() - 1).map(|asset| self.market.initial_price_usd(asset));
        let prices_usd: Vec<f64> = std::iter::once(1.0).chain(assets).collect();
        let venues: Vec<Venue> = self.venues.iter().map(|setup| self.empty_venue(setup, &mut ledger)).collect();
        let holders: [HolderBook; HOLDERS] =
            std::array::from_fn(|_| HolderBook::new(ledger.open_account(), &prices_usd));
        let (base_usd, quote_usd) = (prices_usd[self.base.index()], prices_usd[self.quote.index()]);
        let price = base_usd / quote_usd;
        World {
            pair: PairPrice { base_usd, quote_usd, price, root: price.sqrt() },
            programmes: self.programmes.iter().map(programme).collect(),
            gas: self.gas.as_ref().map(|market| market.open(seed, run)),
            gas_units: self.gas_units.clone(),
            gas_token: self.gas_token,
            base: self.base,
            quote: self.quote,
            providers: Providers::default(),
            traders: TraderBook::default(),
            searchers: SearcherBook::default(),
            rush_gas: 0,
            seconds: 0.0,
            ledger,
            accounts,
            venues,
            holders,
            prices_usd,
        }
    }

    fn empty_venue(&self, setup: &VenueSetup, ledger: &mut Ledger) -> Venue {
        let accounts = (ledger.open_account(), ledger.open_account());
        let fee_rule = (setup.protocol_share, setup.fees);
        Venue::new(setup.role, setup.curve, fee_rule, accounts, (self.base, self.quote))
    }
}

fn programme(setup: &super::ProgrammeSetup) -> Programme {
    Programme::new(setup.emission.clone(), setup.token, setup.venue, setup.pays_pledged, setup.sold_share)
}

/// Half of the opening liquidity in base, half in quote, at reference prices; shares number sqrt(k).
fn endow_venue(world: &mut World, index: usize, setup: &VenueSetup) {
    let pair = world.pair;
    let venue = &mut world.venues[index];
    if setup.tvl_usd > 0.0 {
        world.ledger.endow(venue.reserve, world.base, 0.5 * setup.tvl_usd / pair.base_usd);
        world.ledger.endow(venue.reserve, world.quote, 0.5 * setup.tvl_usd / pair.quote_usd);
    }
    venue.mark(&world.ledger, pair.base_usd, pair.quote_usd);
    let _opening_is_no_move = venue.take_flows();
    venue.totals = crate::world::VenueFlows::default();
    venue.refresh(&world.ledger);
    venue.shares = venue.liquidity();
    venue.settled_root_k = venue.liquidity();
}

/// Writes opening values and opening tokens of every holder.
fn open_books(world: &mut World) {
    for book in &mut world.holders {
        let mut value = book.wallet_usd(&world.ledger, &world.prices_usd);
        for (token, amount) in book.opening_tokens.iter_mut().enumerate() {
            *amount = world.ledger.balance(book.wallet, Token::new(token));
        }
        for (venue, shares) in world.venues.iter().zip(book.shares) {
            if venue.shares > 0.0 {
                let (reserves, part) = (venue.reserves(&world.ledger), shares / venue.shares);
                value += part * (reserves.base * world.pair.base_usd + reserves.quote * world.pair.quote_usd);
                book.opening_tokens[world.base.index()] += part * reserves.base;
                book.opening_tokens[world.quote.index()] += part * reserves.quote;
            }
        }
        book.statement.opening = value;
    }
}

//! Genesis: the world of one run at its opening.

use super::crossing::back_wrapped_tokens;
use super::{CrossingSetup, Model, VenueSetup};
use crate::agents::{Arrival, Opening, Population};
use crate::world::{
    Accounts, Books, ChainState, HOLDERS, Holder, HolderBook, Instruments, OracleBook, PAIRS, PairPrice, PlanRecord,
    Programme, Providers, RangeWidth, SearcherBook, SharedRanges, Stakes, Thefts, TraderBook, Venue, VenueAccounts,
    World,
};
use portage_base::ledger::Ledger;
use portage_base::units::GWEI_PER_ETH;
use portage_incentives::RewardMarket;
use portage_pools::{DynamicFee, Pool, Role, Side, VENUES_MAX};

/// Positions for which a concentrated pool reserves memory at most: ranges stand on a grid of ticks, so that many
/// providers share one.
const POSITIONS_RESERVED_MAX: u32 = 16_384;

impl Model {
    /// The world of run `run` under `seed` at its opening, its population and the population's dated arrivals.
    #[must_use]
    pub fn genesis(&self, seed: u64, run: u64) -> (World, Option<Population>, Vec<(f64, Arrival)>) {
        let mut books = self.empty_books(seed, run);
        books.price_destination();
        for (index, setup) in self.venues.iter().enumerate() {
            let tvl_usd = setup.tvl_usd - self.network_liquidity_usd(index);
            books.endow_venue(index, tvl_usd);
            if !setup.terms.role.is_migrated() || self.providers.is_none() {
                assign_residual_holders(&mut books, index, tvl_usd);
            }
        }
        let mut instruments = Instruments {
            readings: self.readings(&books),
            oracles: (!self.oracles.is_empty()).then(OracleBook::default),
            ..Instruments::default()
        };
        instruments.open_lending(&self.lending, (seed, run), &mut books);
        let drawn = self.providers.as_ref().map(|spec| {
            let gas = self.gas_units.migrate as f64 * self.opening_gwei / GWEI_PER_ETH;
            let gas_usd = gas * books.prices_usd[self.gas_token.index()];
            let mut tvl_usd = [0.0; VENUES_MAX];
            for (index, (owned, setup)) in tvl_usd.iter_mut().zip(&self.venues).enumerate() {
                let providers_usd = setup.tvl_usd - self.network_liquidity_usd(index);
                *owned = if setup.terms.role.is_migrated() { providers_usd } else { 0.0 };
            }
            let opening = Opening {
                opens_seconds: self.calendar.opens,
                move_cost_usd: self.crossing.as_ref().map_or(gas_usd, |crossing| self.send_cost_usd(crossing, &books)),
                tvl_usd,
                observation_seconds: self.observe_blocks as f64 * self.block_seconds(),
                observations: (self.grid.blocks / self.observe_blocks) as usize + 1,
            };
            Population::draw(spec, &mut books, (seed, run), &opening)
        });
        let (population, arrivals) = drawn.map_or((None, Vec::new()), |(people, dates)| (Some(people), dates));
        self.endow_network(&mut books);
        if let Some(setup) = &self.crossing {
            back_wrapped_tokens(setup, &mut books);
        }
        books.open_books();
        instruments.open(&self.instruments((seed, run)), &mut books);
        books.open_stakes();
        let liquidity_usd = books.total_value_usd();
        for (_, market) in &mut books.reward_markets {
            market.follow(liquidity_usd);
        }
        for (venue, setup) in books.venues.iter_mut().zip(&self.venues) {
            let opened = if setup.terms.role == Role::New { self.calendar.opens } else { 0.0 };
            let spot = venue.pool.spot(Side::SellBase.direction());
            venue.dynamic_fee = setup.dynamic_fee.as_ref().map(|spec| DynamicFee::open(spec, opened, spot));
        }
        for venue in 0..books.venues.len() {
            books.advance_venue(venue, 0.0);
        }
        (World { books, instruments }, population, arrivals)
    }

    fn empty_books(&self, seed: u64, run: u64) -> Books {
        let wrapped = self.crossing.as_ref().map_or(0, CrossingSetup::wrapped);
        let mut ledger = Ledger::new(self.tokens.len() + wrapped);
        let accounts = Accounts {
            market: ledger.open_account(),
            issuer: ledger.open_account(),
            gas: ledger.open_account(),
            traders: ledger.open_account(),
            searchers: ledger.open_account(),
            proposers: ledger.open_account(),
            attackers: ledger.open_account(),
            stuck: ledger.open_account(),
            manipulators: ledger.open_account(),
            relying: ledger.open_account(),
        };
        let assets = (0..self.tokens.len() - 1).map(|asset| self.market.initial_price_usd(asset));
        // The price of a wrapped token follows from what it stands for.
        let wrapped = std::iter::repeat_n(1.0, wrapped);
        let prices_usd: Vec<f64> = std::iter::once(1.0).chain(assets).chain(wrapped).collect();
        let venues: Vec<Venue> = self.venues.iter().map(|setup| self.empty_venue(setup, &mut ledger)).collect();
        let holders: [HolderBook; HOLDERS] =
            std::array::from_fn(|_| HolderBook::new(ledger.open_account(), &prices_usd));
        let mut pairs = [PairPrice::PAR; PAIRS];
        for (price, (base, quote)) in pairs.iter_mut().zip(&self.pairs) {
            let (base_usd, quote_usd) = (prices_usd[base.index()], prices_usd[quote.index()]);
            let ratio = base_usd / quote_usd;
            *price = PairPrice { base_usd, quote_usd, price: ratio, root: ratio.sqrt() };
        }
        let start = self.grid.start;
        let open = |terms| Programme::open(terms, start, ledger.open_account());
        let programmes = self.programmes.iter().map(open).collect();
        Books {
            pairs,
            pairs_traded: if self.crossing.is_some() { PAIRS } else { self.pairs.len() },
            programmes,
            agents: Vec::new(),
            stakes: Stakes::default(),
            reward_markets: self
                .reward_markets
                .iter()
                .map(|(token, spec)| (*token, RewardMarket::new(*spec)))
                .collect(),
            late_penalty: self.late_penalty,
            chains: self.chains(seed, run),
            coins: self.coins,
            ranges: self.ranges,
            recentred: 0,
            recentring_usd: 0.0,
            providers: Providers::new(self.coins.list().len()),
            stands_in: (0..venues.len()).collect(),
            nothing: Pool::default(),
            plan_record: PlanRecord::default(),
            thefts: Thefts::default(),
            traders: TraderBook::default(),
            searchers: SearcherBook::default(),
            seconds: 0.0,
            crossing: self.crossing(seed, run, &mut ledger),
            ledger,
            accounts,
            venues,
            holders,
            prices_usd,
        }
    }

    /// The home chain, and the destination where the migration leads to one.
    fn chains(&self, seed: u64, run: u64) -> Vec<ChainState> {
        let gas = self.gas.as_ref().map(|market| market.open(seed, run));
        let home = ChainState::home(gas, self.gas_units.clone(), self.gas_token);
        let there = self.crossing.as_ref().map(|setup| ChainState::destination(&setup.destination, seed, run));
        std::iter::once(home).chain(there).collect()
    }

    fn empty_venue(&self, setup: &VenueSetup, ledger: &mut Ledger) -> Venue {
        let accounts = VenueAccounts {
            reserve: ledger.open_account(),
            fee_vault: ledger.open_account(),
            rewards: ledger.open_account(),
        };
        let owners = self.providers.as_ref().map_or(0, crate::agents::ProvidersSpec::heads_max);
        let room = owners.clamp(RangeWidth::ALL.len() as u32, POSITIONS_RESERVED_MAX) as usize;
        let mut venue = Venue::new(setup.terms, setup.pool.fresh(room), accounts);
        venue.shared_ranges = setup.pool.is_range_based().then(|| SharedRanges::with_room(room));
        venue.has_schedule = setup.has_schedule;
        venue
    }
}

/// A pool that nobody who is modelled owns: its shares, or in a pool of ranges a third each in narrow, wide and full ones
/// about the price.
fn assign_residual_holders(books: &mut Books, index: usize, tvl_usd: f64) {
    let holder = Holder::Rest.index();
    let Some(curve) = books.venues[index].pool.ranges().filter(|_| tvl_usd > 0.0) else {
        books.holders[holder].shares[index] = books.venues[index].shares;
        return;
    };
    let (tick, spacing) = (curve.tick(), curve.tick_spacing());
    for width in RangeWidth::ALL {
        let ticks = books.ranges.ticks(width, tick, spacing);
        let _lot = books.endow_shared_range(holder, index, ticks, tvl_usd / RangeWidth::ALL.len() as f64);
    }
}

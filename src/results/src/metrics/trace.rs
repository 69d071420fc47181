//! The full trace of one run, for a replay: every block and every move.

use super::recorder::Recorder;
use portage_base::actions::Place;
use portage_chain::Chain;
use portage_engine::agents::Fill;
use portage_engine::model::Model;
use portage_engine::run::{Movement, Observer, Scene};
use portage_engine::world::{Books, World};
use portage_pools::{Side, VENUES_MAX};

/// One block of a trace, as it stands at the block's end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockRow {
    /// Number of the block.
    pub block: u64,
    /// Reference price of the pair, quote per base.
    pub price: f64,
    /// Spot price of each pool, quote per base; NaN while it is empty.
    pub spot: [f64; VENUES_MAX],
    /// Value of each pool's reserves, USD.
    pub liquidity_usd: [f64; VENUES_MAX],
    /// Traders' volume so far, USD.
    pub volume_usd: f64,
    /// Pool fees so far, all pools and takers, USD.
    pub fees_usd: f64,
    /// Gross profit of arbitrage so far, USD.
    pub arbitrage_usd: f64,
    /// Gas price, gwei.
    pub gas_gwei: f64,
}

/// One move of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoveRow {
    /// Seconds since the start.
    pub seconds: f64,
    /// What moved and what it cost.
    pub movement: Movement,
    /// The provider's class.
    pub class: &'static str,
    /// The provider's value at the opening, USD.
    pub opening_usd: f64,
}

/// Watches everything of one run.
#[derive(Debug)]
pub struct Trace {
    /// The recorder that every run has.
    pub recorder: Recorder,
    /// Every block.
    pub blocks: Vec<BlockRow>,
    /// Every move.
    pub moves: Vec<MoveRow>,
}

impl Trace {
    /// A trace of one run of `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let blocks = Vec::with_capacity(usize::try_from(model.grid.blocks).unwrap_or(0));
        Self { recorder: Recorder::new(model), blocks, moves: Vec::new() }
    }
}

impl Observer for Trace {
    fn order(&mut self, fill: &Fill) {
        self.recorder.order(fill);
    }

    fn block(&mut self, block: u64, world: &World) {
        let mut row = BlockRow {
            block,
            price: world.books.pair().price,
            spot: [f64::NAN; VENUES_MAX],
            liquidity_usd: [0.0; VENUES_MAX],
            volume_usd: world.books.traders.volume_usd,
            fees_usd: world.books.venues.iter().map(portage_engine::world::Venue::fees_so_far_usd).sum(),
            arbitrage_usd: world.books.searchers.gross_usd,
            gas_gwei: world.books.chain(Chain::Home).price_gwei(),
        };
        for (index, venue) in
            world.books.venues.iter().enumerate().filter(|(_, venue)| venue.is_open() || venue.is_holding())
        {
            row.spot[index] = if venue.is_open() { venue.pool.spot(Side::SellBase.direction()) } else { f64::NAN };
            row.liquidity_usd[index] = world.books.venue_value_usd(venue);
        }
        self.blocks.push(row);
    }

    fn moved(&mut self, movement: &Movement, books: &Books) {
        self.recorder.moved(movement, books);
        let provider = &books.providers.list[movement.provider as usize];
        self.moves.push(MoveRow {
            seconds: books.seconds,
            movement: *movement,
            class: provider.class.name(),
            opening_usd: provider.opening_usd,
        });
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        self.recorder.observe(scene);
    }
}

/// The name of a place in tables: the pool, "outside", or where it is pledged or on its way to.
#[must_use]
pub fn place_name(place: Place, model: &Model) -> String {
    let name = |venue: u8| model.venues[usize::from(venue)].name.as_str();
    match place {
        Place::Outside => "outside".to_owned(),
        Place::Pool(venue) => name(venue).to_owned(),
        Place::Pledged { here, to } => format!("{} (pledged to {})", name(here), name(to)),
        Place::InFlight(venue) => format!("on the way to {}", name(venue)),
    }
}

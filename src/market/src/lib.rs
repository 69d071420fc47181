//! Reference market: exogenous USD prices of the assets, drawn ahead in chunks of blocks.
//!
//! - [`PriceLaw`] and the structs that it names are what a scenario says; their documentation has the formulas.
//! - [`Market::new`] checks a list of assets, their correlations and the dated [`Shock`]s, and reports every
//!   [`MarketFault`] at once. A market is immutable and shared by all runs.
//! - [`Market::open`] begins one run; [`MarketState::fill`] writes the prices of the next blocks.
//!
//! Each asset draws its standard normals from its own stream "price/NAME/diffusion", one per block, whatever its law.
//! Jumps, variances, regimes, depegs and the bootstrap have streams of their own ("price/NAME/jumps" and so on).
//! Correlation mixes the normals by the Cholesky factor in the order of the assets, so that an asset is moved by none
//! that comes after it. Correlated are the normals alone: jumps, variances and the closes of a series are independent
//! between assets.
//!
//! # How series are filled in
//!
//! A series that is coarser than a block is replayed by a Brownian bridge between its closes: every close is met
//! exactly, and the bridge's variance is a local estimate scaled so that over the whole series the expected sum of
//! squared block returns equals the sum of squared returns of the series. Daily gas is interpolated in its log between
//! noons, with a log Ornstein-Uhlenbeck noise whose mean is one.

mod correlation;
mod law;
mod path;
mod prepare;
mod series;
mod shock;
mod starting_values;
mod state;
mod steps;
#[cfg(test)]
mod trial;

pub use law::{
    Bootstrap, Constant, Garch, Gbm, Heston, Historical, Kou, Merton, Peg, PriceLaw, RegimeSwitching, StartingRegime,
};
pub use series::Series;
pub use shock::{CorrelationShock, PriceShock, ResolvedShock, Shock, VolatilityShock};
pub use state::{MarketState, PriceRow};

use correlation::Mixing;
use path::Path;
use portage_base::random::Stream;
use portage_base::units::Instant;
use shock::Ramp;
use std::sync::Arc;
use steps::Steps;

/// Blocks drawn ahead at a time: rows of a few assets stay in the first-level cache (2 x 4 KiB each).
pub const CHUNK: usize = 512;

/// The time axis of a run: blocks of equal length from a date on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Date at which block 0 begins.
    pub start: Instant,
    /// Seconds from block to block, above zero.
    pub block_seconds: f64,
    /// Number of blocks.
    pub blocks: u64,
}

impl Grid {
    /// The date at which the last block ends.
    #[must_use]
    pub fn end(&self) -> Instant {
        self.start.plus_seconds(self.blocks as f64 * self.block_seconds)
    }
}

/// An asset with its law, and its series resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetSpec {
    /// Name in the scenario, and in the names of its streams.
    pub name: String,
    /// How its price moves.
    pub law: PriceLaw,
    /// The series that a historical or bootstrap law names.
    pub series: Option<Arc<Series>>,
    /// Date of the series with which a historical run begins; `None`: the start of the grid.
    pub series_from: Option<Instant>,
}

impl AssetSpec {
    /// An asset that begins its series, if any, where its law says.
    #[must_use]
    pub fn new(name: impl Into<String>, law: PriceLaw, series: Option<Arc<Series>>) -> Self {
        let series_from = if let PriceLaw::Historical(replay) = &law { replay.from } else { None };
        Self { name: name.into(), law, series, series_from }
    }
}

/// What is wrong with a market, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketFault {
    /// The part at fault.
    pub place: FaultPlace,
    /// One sentence that says what is wrong and what would be right.
    pub message: String,
}

/// The part of a market's description that is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPlace {
    /// The asset with this number.
    Asset(usize),
    /// The correlation of two assets. `listed`: its place in the list of correlations; `None` when it is not there
    /// and zero was taken.
    Pair { first: usize, second: usize, listed: Option<usize> },
    /// The shock with this number.
    Shock(usize),
}

/// The prepared market of a model: immutable, the same for all runs.
#[derive(Debug, Clone)]
pub struct Market {
    assets: Vec<Asset>,
    mixing: Steps<Mixing>,
    grid: Grid,
}

/// An asset as the runs need it.
#[derive(Debug, Clone)]
struct Asset {
    name: String,
    initial_usd: f64,
    /// The price, if it never moves at all.
    always_usd: Option<f64>,
    /// The asset whose price multiplies this one's, whose path is then a ratio that begins at 1.
    followed: Option<usize>,
    /// Whether the asset needs standard normals.
    noisy: bool,
    /// The path at the start of a run, before its streams are opened.
    path: Path,
    /// Factor of the dated shocks on the volatility.
    volatility: Steps<f64>,
    /// Dated shocks to the price.
    ramps: Vec<Ramp>,
}

impl Market {
    /// Prepares a market.
    ///
    /// `correlations` lists pairs of asset numbers with the correlation of their noise, in [-1, 1]; pairs that are not
    /// listed have zero. Ranges of single parameters are those of the scenario's schema and are not checked again.
    ///
    /// # Errors
    /// All faults at once: a series that is absent, flawed, or does not cover the run; parameters of a law that
    /// contradict each other; correlations that are not positive semi-definite (the fault names the first pair that the
    /// others forbid, and what it could be); a shock that does not begin within the run.
    ///
    /// # Panics
    /// If the grid's block length is not positive, or a number names no asset.
    pub fn new(
        assets: Vec<AssetSpec>,
        correlations: &[(usize, usize, f64)],
        shocks: &[ResolvedShock],
        grid: Grid,
    ) -> Result<Self, Vec<MarketFault>> {
        assert!(grid.block_seconds > 0.0, "a block of {} s", grid.block_seconds);
        prepare::market(&assets, correlations, shocks, grid)
    }

    /// Begins run `run` under `seed`.
    #[must_use]
    pub fn open(&self, seed: u64, run: u64) -> MarketState {
        let mut paths: Vec<Path> = self.assets.iter().map(|asset| asset.path.clone()).collect();
        for (path, asset) in paths.iter_mut().zip(&self.assets) {
            path.open(seed, run, &asset.name);
        }
        let streams =
            self.assets.iter().map(|asset| Stream::open(seed, run, &format!("price/{}/diffusion", asset.name)));
        MarketState {
            next_block: 0,
            streams: streams.collect(),
            normals: vec![[0.0; CHUNK]; self.assets.len()],
            log: Box::new([0.0; CHUNK]),
            paths,
        }
    }

    /// The price of an asset at the start of every run, in USD.
    ///
    /// # Panics
    /// If there is no asset with this number.
    #[must_use]
    pub fn initial_price_usd(&self, asset: usize) -> f64 {
        self.assets[asset].initial_usd
    }
}

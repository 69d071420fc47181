//! The dictionary: every metric of a run is declared once, with name, unit, meaning and source.

use super::{
    Closing, arbitrage, bridge, holders, lending, lending_moves, liquidity, network, observed, oracles, orders,
    parties, passage, perps, pools, positions, programmes, vaults,
};
use portage_base::units::{DAYS_PER_YEAR, SECONDS_PER_YEAR};
use std::sync::LazyLock;

type Read = Box<dyn Fn(&Closing<'_>) -> f64 + Send + Sync>;

/// A metric: one number a run.
pub struct Metric {
    /// Its name in tables.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// Its meaning in one sentence.
    pub meaning: String,
    /// Where the definition comes from.
    pub source: &'static str,
    read: Read,
}

impl Metric {
    /// A metric read by `read`.
    pub(super) fn new(
        name: impl Into<String>,
        unit: &'static str,
        meaning: impl Into<String>,
        source: &'static str,
        read: impl Fn(&Closing<'_>) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), unit, meaning: meaning.into(), source, read: Box::new(read) }
    }

    /// The value of the metric in one run; NaN where it has none.
    #[must_use]
    pub fn read(&self, closing: &Closing<'_>) -> f64 {
        (self.read)(closing)
    }
}

impl std::fmt::Debug for Metric {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Metric").field("name", &self.name).field("unit", &self.unit).finish_non_exhaustive()
    }
}

/// Every metric, in the order of columns.
#[must_use]
pub fn dictionary() -> &'static [Metric] {
    static DICTIONARY: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut metrics = market();
        metrics.extend(liquidity::of_migration());
        metrics.extend(liquidity::of_fragmentation());
        metrics.extend(passage::metrics());
        metrics.extend(positions::metrics());
        metrics.extend(perps::metrics());
        metrics.extend(vaults::metrics());
        metrics.extend(parties::metrics());
        metrics.extend(bridge::metrics());
        metrics.extend(oracles::metrics());
        metrics.extend(network::metrics());
        metrics.extend(lending::metrics());
        metrics.extend(lending_moves::metrics());
        metrics.extend(orders::metrics());
        metrics.extend(arbitrage::metrics());
        metrics.extend(arbitrage::of_pools());
        metrics.extend(pools::metrics());
        metrics.extend(programmes::metrics());
        metrics.extend(holders::metrics());
        metrics.extend(observed::metrics());
        metrics.extend(audit());
        metrics
    });
    &DICTIONARY
}

/// The column of the metric `name`, if there is one.
#[must_use]
pub fn position(name: &str) -> Option<usize> {
    dictionary().iter().position(|metric| metric.name == name)
}

pub(super) const DEFINITION: &str = "definition";

/// numerator / denominator; NaN without a positive denominator.
pub(super) fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { f64::NAN }
}

fn market() -> Vec<Metric> {
    vec![
        Metric::new(
            "price_return",
            "share",
            "change of the pair's reference price over the window",
            DEFINITION,
            |closing| {
                let opening = closing.recorder.timeline.first().copied().unwrap_or(f64::NAN);
                closing.world.books.pair().price / opening - 1.0
            },
        ),
        Metric::new(
            "realised_volatility",
            "per sqrt(year)",
            "volatility of the pair's price between observations",
            DEFINITION,
            |closing| {
                let years = closing.recorder.days / DAYS_PER_YEAR;
                ratio(closing.recorder.squared_returns, years).sqrt()
            },
        ),
        Metric::new("gas_price_mean_gwei", "gwei", "mean gas price over observations", DEFINITION, |closing| {
            closing.recorder.gas_gwei.0 / (closing.recorder.observations.saturating_sub(1)).max(1) as f64
        }),
        Metric::new(
            "gas_price_sd_gwei",
            "gwei",
            "standard deviation of the gas price over observations",
            DEFINITION,
            |closing| closing.recorder.gas_price_sd_gwei(),
        ),
        Metric::new("gas_price_max_gwei", "gwei", "highest gas price over observations", DEFINITION, |closing| {
            closing.recorder.gas_gwei.1
        }),
    ]
}

fn audit() -> Vec<Metric> {
    vec![
        Metric::new(
            "identity_residual",
            "share of opening value",
            "largest residual of the profit-and-loss identity over all account classes",
            DEFINITION,
            |closing| closing.identity_residual(),
        ),
        Metric::new(
            "ledger_residual",
            "share of gross amount",
            "largest change of a token's sum over all accounts",
            DEFINITION,
            |closing| closing.world.books.token_residual(),
        ),
        Metric::new(
            "mirror_residual",
            "share of amount",
            "largest difference between what pools hold by their own account and what the ledger says, and between the liquidity of ranges and what is owned of it",
            DEFINITION,
            |closing| closing.world.books.mirror_residual(),
        ),
        Metric::new("window_years", "years", "length of the window", DEFINITION, |closing| {
            closing.model.grid.blocks as f64 * closing.model.block_seconds() / SECONDS_PER_YEAR
        }),
    ]
}

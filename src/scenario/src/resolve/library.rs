//! Series that a scenario names: the library they come from, and what the market and the gas law take from it.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::ledger::Token;
use portage_base::units::{Instant, SECONDS_PER_DAY, SECONDS_PER_YEAR};
use portage_chain::{ChainSpec, GasLaw, GasPrice};
use portage_market::{AssetSpec, Grid, PriceLaw, Series};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A daily gas series: mean price by day.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyGas {
    /// Midnight (UTC) of the first day.
    pub start: Instant,
    /// Mean gas price of each day, gwei.
    pub mean_gwei: Vec<f64>,
}

/// Why a series could not be read, in the words of whoever tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub String);

/// The series that a scenario names, read by the caller: the model itself knows no file.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Price series by the name that the scenario uses, or why they could not be read.
    pub prices: BTreeMap<String, Result<Arc<Series>, Unread>>,
    /// Gas series by the name that the scenario uses, or why they could not be read.
    pub gas: BTreeMap<String, Result<Arc<DailyGas>, Unread>>,
}

impl Library {
    /// Names of the price series and of the gas series that a scenario wants.
    #[must_use]
    pub fn wanted(scenario: &Scenario) -> (Vec<String>, Vec<String>) {
        let prices = scenario.assets.values().filter_map(|asset| series_name(&asset.price)).map(str::to_owned);
        let laws = [
            scenario.chain.as_ref().map(|chain| &chain.gas_price),
            scenario.crossing().map(|plan| &plan.destination.gas_price),
        ];
        let gas = laws.into_iter().filter_map(|law| match law {
            Some(GasPrice::Historical(replay)) => Some(replay.series.clone()),
            _ => None,
        });
        (prices.collect(), gas.collect())
    }
}

fn series_name(law: &PriceLaw) -> Option<&str> {
    match law {
        PriceLaw::Historical(replay) => Some(&replay.series),
        PriceLaw::Bootstrap(bootstrap) => Some(&bootstrap.series),
        _ => None,
    }
}

/// The series of the name `wanted` at `path`; where it is missing, the rule that a series can be read is broken.
fn found<'l, T>(
    known: &'l BTreeMap<String, Result<Arc<T>, Unread>>,
    wanted: &str,
    path: &str,
    rules: &mut Rules,
) -> Option<&'l Arc<T>> {
    match known.get(wanted) {
        Some(Ok(series)) => return Some(series),
        Some(Err(why)) => rule!(rules => path, why),
        None => rule!(rules => path, "the series \"{wanted}\" was not loaded"),
    }
    None
}

/// Assets with their series; `None` when a series is missing (which is then reported).
pub(super) fn asset_specs(scenario: &Scenario, library: &Library, rules: &mut Rules) -> Option<Vec<AssetSpec>> {
    let mut specs = Vec::new();
    for (name, asset) in &scenario.assets {
        let series = match series_name(&asset.price) {
            None => None,
            Some(wanted) => {
                let kind = if matches!(asset.price, PriceLaw::Historical(_)) { "historical" } else { "bootstrap" };
                let path = format!("assets.{name}.price.{kind}.series");
                let Some(series) = found(&library.prices, wanted, &path, rules) else { continue };
                Some(Arc::clone(series))
            }
        };
        specs.push(AssetSpec::new(name.clone(), asset.price.clone(), series));
    }
    (specs.len() == scenario.assets.len()).then_some(specs)
}

/// The resolved gas law of the chain at `place` in the scenario, and the gas price at the opening, gwei.
pub(super) fn gas_law(
    chain: &ChainSpec,
    place: &str,
    library: &Library,
    grid: Grid,
    rules: &mut Rules,
) -> Option<(GasLaw, f64)> {
    let GasPrice::Historical(replay) = &chain.gas_price else {
        return Some(match &chain.gas_price {
            GasPrice::Eip1559(rule) => (GasLaw::Eip1559(rule.clone()), rule.anchor_gwei + rule.tip_gwei),
            GasPrice::Constant(constant) => (GasLaw::Constant(constant.gwei), constant.gwei),
            GasPrice::Historical(_) => return None,
        });
    };
    let path = format!("{place}.gas_price.historical.series");
    let series = found(&library.gas, &replay.series, &path, rules)?;
    // Daily means stand at noon; the window needs the noon before its start and the noon after its end.
    let first_noon = series.start.plus_seconds(SECONDS_PER_DAY / 2.0);
    let last_noon = first_noon.plus_seconds((series.mean_gwei.len() as f64 - 1.0) * SECONDS_PER_DAY);
    if grid.start < first_noon || grid.end() > last_noon {
        rule!(rules => path, "the series covers {first_noon} to {last_noon}, not the whole window",
            ("daily means from {} to {}", grid.start, grid.end()));
        return None;
    }
    let offset = grid.start.seconds_since(first_noon);
    let skipped = libm::floor(offset / SECONDS_PER_DAY) as usize;
    let log_gwei: Vec<f64> = series.mean_gwei[skipped..].iter().map(|gwei| libm::log(*gwei)).collect();
    let opening = series.mean_gwei[skipped];
    let offset_seconds = offset - skipped as f64 * SECONDS_PER_DAY;
    // One entry more, so that the last day can be interpolated whatever the rounding of its last block.
    let log_gwei = [log_gwei.clone(), log_gwei.last().copied().into_iter().collect()].concat();
    Some((GasLaw::Historical { log_gwei: Arc::new(log_gwei), offset_seconds, noise: replay.clone() }, opening))
}

/// Variance per year of the base asset that its own law (or the mean of its series) leads one to expect.
pub(super) fn expected_variance(scenario: &Scenario, library: &Library, base: Token) -> f64 {
    let squared = |volatility: f64| volatility * volatility;
    let Some(asset) = scenario.assets.values().nth(base.index().wrapping_sub(1)) else { return 0.0 };
    match &asset.price {
        PriceLaw::Constant(_) => 0.0,
        PriceLaw::Gbm(law) => squared(law.volatility),
        PriceLaw::Merton(law) => squared(law.volatility),
        PriceLaw::Kou(law) => squared(law.volatility),
        PriceLaw::Heston(law) => squared(law.volatility),
        PriceLaw::RegimeSwitching(law) => squared(law.calm_volatility),
        PriceLaw::Peg(law) => squared(law.volatility),
        PriceLaw::Garch(law) => squared(law.volatility),
        PriceLaw::Historical(_) | PriceLaw::Bootstrap(_) => {
            let series = series_name(&asset.price).and_then(|name| library.prices.get(name)?.as_ref().ok());
            series.map_or(0.0, |series| {
                let squares = series.values.windows(2).map(|pair| squared(libm::log(pair[1] / pair[0])));
                let count = series.values.len().saturating_sub(1).max(1) as f64;
                squares.sum::<f64>() / count * SECONDS_PER_YEAR / series.step_seconds
            })
        }
    }
}

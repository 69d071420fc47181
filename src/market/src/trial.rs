//! Small markets and moment checks for the tests of this folder.

use super::{
    AssetSpec, Bootstrap, CHUNK, Constant, Garch, Gbm, Grid, Heston, Historical, Kou, Market, Merton, Peg, PriceLaw,
    PriceRow, RegimeSwitching, ResolvedShock, Series, StartingRegime,
};
use portage_base::random::Stream;
use portage_base::units::{Instant, Span};
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

/// 2021-01-01: where the trial runs begin.
pub const START: Instant = Instant::from_unix(1_609_459_200);

pub fn grid(block_seconds: f64, blocks: u64) -> Grid {
    Grid { start: START, block_seconds, blocks }
}

pub fn hours(hours: f64) -> Span {
    Span::from_seconds(hours * 3_600.0).expect("a positive number of hours")
}

pub fn market(
    laws: &[(&str, PriceLaw)],
    correlations: &[(usize, usize, f64)],
    shocks: &[ResolvedShock],
    grid: Grid,
) -> Market {
    let assets = laws.iter().map(|(name, law)| AssetSpec::new(*name, law.clone(), Some(walk_series())));
    Market::new(assets.collect(), correlations, shocks, grid).expect("a market without faults")
}

pub fn alone(law: PriceLaw, grid: Grid) -> Market {
    market(&[("ETH", law)], &[], &[], grid)
}

/// Prices of every asset in one run, drawn `chunk` blocks at a time.
pub fn prices(market: &Market, seed: u64, run: u64, chunk: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![PriceRow::default(); market.assets.len()];
    let mut paths = vec![Vec::new(); rows.len()];
    let mut state = market.open(seed, run);
    while state.next_block() < market.grid.blocks {
        let len = chunk.min((market.grid.blocks - state.next_block()) as usize);
        state.fill(market, len, &mut rows);
        for (path, row) in paths.iter_mut().zip(&rows) {
            path.extend_from_slice(&row.price[..len]);
        }
    }
    paths
}

/// Log price of the first asset at the start and after every block.
pub fn log_path(market: &Market, seed: u64, run: u64) -> Vec<f64> {
    let start = libm::log(market.initial_price_usd(0));
    std::iter::once(start).chain(prices(market, seed, run, CHUNK)[0].iter().map(|price| libm::log(*price))).collect()
}

/// Log of the last price of the first asset over the initial one, in each of many runs.
pub fn final_log_returns(market: &Market, runs: u64) -> Vec<f64> {
    let total = |path: Vec<f64>| path[path.len() - 1] - path[0];
    (0..runs).map(|run| total(log_path(market, 11, run))).collect()
}

/// Sum of squared log returns of the first asset, in each of many runs.
pub fn quadratic_variations(market: &Market, runs: u64) -> Vec<f64> {
    let sum = |path: Vec<f64>| path.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    (0..runs).map(|run| sum(log_path(market, 13, run))).collect()
}

/// Asserts that independent values have the mean `truth`: 4.5 standard errors, error probability 7e-6.
#[track_caller]
pub fn assert_mean(values: impl IntoIterator<Item = f64>, truth: f64) {
    let values: Vec<f64> = values.into_iter().collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    let error = (variance / count).sqrt();
    assert!((mean - truth).abs() < 4.5 * error, "mean {mean:e} with standard error {error:e} instead of {truth:e}");
}

/// An hourly random walk of 600 closes that starts two days before the trial runs.
pub fn walk_series() -> Arc<Series> {
    let mut stream = Stream::open(5, 0, "walk");
    let mut log = libm::log(700.0);
    let values = (0..600).map(|hour| {
        let normal: f64 = StandardNormal.sample(&mut stream);
        log += normal * if hour % 200 < 100 { 0.004 } else { 0.02 };
        libm::exp(log)
    });
    Arc::new(Series {
        name: "walk".into(),
        start: START.plus_seconds(-172_800.0),
        step_seconds: 3_600.0,
        values: values.collect(),
    })
}

pub fn gbm(volatility: f64, drift: f64) -> PriceLaw {
    PriceLaw::Gbm(Gbm { initial_usd: 400.0, volatility, drift })
}

/// One of each law, with lively parameters.
pub fn every_law() -> Vec<(&'static str, PriceLaw)> {
    let initial_usd = 100.0;
    vec![
        ("USDX", PriceLaw::Constant(Constant { usd: 1.0 })),
        ("GBM", gbm(0.9, 0.1)),
        (
            "MERTON",
            PriceLaw::Merton(Merton {
                initial_usd,
                volatility: 0.8,
                drift: 0.2,
                jumps_per_year: 5_000.0,
                jump_mean: -0.01,
                jump_sd: 0.05,
            }),
        ),
        (
            "KOU",
            PriceLaw::Kou(Kou {
                initial_usd,
                volatility: 0.8,
                drift: 0.2,
                jumps_per_year: 5_000.0,
                up_probability: 0.4,
                up_mean: 0.03,
                down_mean: 0.04,
            }),
        ),
        (
            "HESTON",
            PriceLaw::Heston(Heston {
                initial_usd,
                volatility: 0.9,
                initial_volatility: Some(1.5),
                drift: 0.1,
                reversion_per_year: 13.0,
                vol_of_variance: 3.7,
                correlation: -0.5,
            }),
        ),
        (
            "REGIMES",
            PriceLaw::RegimeSwitching(RegimeSwitching {
                initial_usd,
                drift: 0.1,
                calm_volatility: 0.5,
                stress_volatility: 2.0,
                calm_lasting: hours(5.0),
                stress_lasting: hours(3.0),
                starts_in: StartingRegime::Drawn,
            }),
        ),
        (
            "PEG",
            PriceLaw::Peg(Peg {
                peg_usd: None,
                follows: None,
                volatility: 0.05,
                half_life: hours(6.0),
                depegs_per_year: 500.0,
                depeg_mean: 0.1,
                depeg_sd: 0.1,
                recovery_half_life: hours(12.0),
            }),
        ),
        (
            "GARCH",
            PriceLaw::Garch(Garch {
                initial_usd,
                volatility: 0.9,
                drift: 0.1,
                alpha: 0.1,
                beta: 0.8,
                interval: hours(1.0),
            }),
        ),
        ("REPLAY", PriceLaw::Historical(Historical { series: "walk".into(), from: None })),
        (
            "BOOTSTRAP",
            PriceLaw::Bootstrap(Bootstrap {
                series: "walk".into(),
                initial_usd: None,
                mean_block: hours(12.0),
                drift: 0.0,
            }),
        ),
    ]
}

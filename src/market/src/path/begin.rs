//! From a law and its series to a path before its first block.

use super::Path;
use super::bridge::{BrownianBridge, Closes};
use super::diffusion::{Diffusion, JumpDiffusion, JumpLaw};
use super::peg::PegReversion;
use super::variance::{GarchRecursion, HestonVariance, Regimes};
use crate::series::{Series, bridge_variances};
use crate::{AssetSpec, Bootstrap, Garch, Grid, Heston, Peg, PriceLaw, RegimeSwitching, StartingRegime};
use portage_base::random::Stream;
use portage_base::units::{SECONDS_PER_YEAR, Span};
use std::sync::Arc;

/// How far a series may fall short of the run: the rounding of dates to whole seconds, in steps of the series.
const COVERAGE_SLACK: f64 = 1e-6;

/// The initial price of an asset in USD, and its path there. A peg that follows an asset begins as a ratio, at 1.
///
/// # Errors
/// If the law contradicts itself, the grid or its series: one sentence.
pub(crate) fn begin(spec: &AssetSpec, grid: &Grid) -> Result<(f64, Path), String> {
    let scale = Scale { grid };
    Ok(match &spec.law {
        PriceLaw::Constant(law) => (law.usd, Path::Constant(libm::log(law.usd))),
        PriceLaw::Gbm(law) => {
            (law.initial_usd, Path::Diffusion(scale.diffusion(law.initial_usd, law.volatility, law.drift)))
        }
        PriceLaw::Merton(law) => {
            let jumps = JumpLaw::Normal { mean: law.jump_mean, sd: law.jump_sd };
            let diffusion = scale.diffusion(law.initial_usd, law.volatility, law.drift);
            let jumps_per_block = law.jumps_per_year * scale.years();
            (law.initial_usd, Path::JumpDiffusion(JumpDiffusion::new(diffusion, jumps, jumps_per_block)))
        }
        PriceLaw::Kou(law) => {
            let (up_probability, up_mean, down_mean) = (law.up_probability, law.up_mean, law.down_mean);
            let jumps = JumpLaw::DoubleExponential { up_probability, up_mean, down_mean };
            let diffusion = scale.diffusion(law.initial_usd, law.volatility, law.drift);
            let jumps_per_block = law.jumps_per_year * scale.years();
            (law.initial_usd, Path::JumpDiffusion(JumpDiffusion::new(diffusion, jumps, jumps_per_block)))
        }
        PriceLaw::Heston(law) => (law.initial_usd, Path::Heston(heston(law, scale))),
        PriceLaw::RegimeSwitching(law) => (law.initial_usd, Path::Regimes(regimes(law, scale)?)),
        PriceLaw::Peg(law) => {
            let peg_usd = law.peg_usd.unwrap_or(1.0);
            (peg_usd, Path::Peg(peg(law, peg_usd, scale)?))
        }
        PriceLaw::Garch(law) => (law.initial_usd, Path::Garch(garch(law, scale)?)),
        PriceLaw::Historical(law) => replay(spec, series(spec, &law.series)?, scale)?,
        PriceLaw::Bootstrap(law) => bootstrap(law, series(spec, &law.series)?, scale),
    })
}

/// Conversion of annual and dated quantities to blocks.
#[derive(Clone, Copy)]
struct Scale<'a> {
    grid: &'a Grid,
}

impl Scale<'_> {
    /// Years in a block.
    fn years(self) -> f64 {
        self.grid.block_seconds / SECONDS_PER_YEAR
    }

    fn blocks(self, span: Span) -> f64 {
        span.seconds() / self.grid.block_seconds
    }

    /// Variance of a block at an annual volatility.
    fn variance(self, volatility: f64) -> f64 {
        volatility * volatility * self.years()
    }

    fn diffusion(self, initial_usd: f64, volatility: f64, drift: f64) -> Diffusion {
        Diffusion { log: libm::log(initial_usd), growth: drift * self.years(), variance: self.variance(volatility) }
    }
}

fn heston(law: &Heston, scale: Scale<'_>) -> HestonVariance {
    HestonVariance {
        log: libm::log(law.initial_usd),
        growth: law.drift * scale.years(),
        variance: scale.variance(law.initial_volatility.unwrap_or(law.volatility)),
        level: scale.variance(law.volatility),
        reversion: law.reversion_per_year * scale.years(),
        vol_of_variance: law.vol_of_variance * scale.years(),
        correlation: law.correlation,
        stream: Stream::open(0, 0, ""),
    }
}

fn regimes(law: &RegimeSwitching, scale: Scale<'_>) -> Result<Regimes, String> {
    above_zero(&[("calm_lasting", law.calm_lasting), ("stress_lasting", law.stress_lasting)])?;
    let (calm, stress) = (scale.blocks(law.calm_lasting), scale.blocks(law.stress_lasting));
    Ok(Regimes {
        diffusion: scale.diffusion(law.initial_usd, law.calm_volatility, law.drift),
        variances: [scale.variance(law.calm_volatility), scale.variance(law.stress_volatility)],
        mean_sojourn_blocks: [calm, stress],
        starts_in_stress: match law.starts_in {
            StartingRegime::Drawn => stress / (calm + stress),
            StartingRegime::Calm => 0.0,
            StartingRegime::Stress => 1.0,
        },
        regime: 0,
        until: 0.0,
        stream: Stream::open(0, 0, ""),
    })
}

fn peg(law: &Peg, peg_usd: f64, scale: Scale<'_>) -> Result<PegReversion, String> {
    above_zero(&[("half_life", law.half_life), ("recovery_half_life", law.recovery_half_life)])?;
    Ok(PegReversion::new(
        if law.follows.is_some() { 1.0 } else { peg_usd },
        scale.blocks(law.half_life),
        scale.variance(law.volatility).sqrt(),
        scale.blocks(law.recovery_half_life),
        law.depegs_per_year * scale.years(),
        (law.depeg_mean, law.depeg_sd),
    ))
}

fn garch(law: &Garch, scale: Scale<'_>) -> Result<GarchRecursion, String> {
    let persistence = law.alpha + law.beta;
    if persistence >= 1.0 {
        return Err(format!("alpha + beta is {persistence}; it must be below 1 for a long-run variance"));
    }
    let interval_blocks = libm::round(scale.blocks(law.interval));
    if scale.blocks(law.interval) < 1.0 {
        return Err(format!("the interval {} is shorter than a block of {} s", law.interval, scale.grid.block_seconds));
    }
    let level = scale.variance(law.volatility) * interval_blocks;
    Ok(GarchRecursion {
        log: libm::log(law.initial_usd),
        growth: law.drift * scale.years(),
        alpha: law.alpha,
        beta: law.beta,
        level,
        interval_blocks: interval_blocks as u64,
        variance: level,
        noise: 0.0,
    })
}

/// The replay of a series that covers the run.
fn replay(spec: &AssetSpec, series: &Series, scale: Scale<'_>) -> Result<(f64, Path), String> {
    let start = spec.series_from.unwrap_or(scale.grid.start);
    let seconds = scale.grid.blocks as f64 * scale.grid.block_seconds;
    let from = start.seconds_since(series.start) / series.step_seconds;
    let until = from + seconds / series.step_seconds;
    if from < 0.0 || until > (series.values.len() - 1) as f64 + COVERAGE_SLACK {
        let (first, last, end) = (series.start, series.end(), start.plus_seconds(seconds));
        return Err(format!("the series {} covers {first} to {last}, but the run needs {start} to {end}", series.name));
    }
    let bridge = BrownianBridge::replay(Arc::new(closes(series, scale)), from);
    Ok((libm::exp(bridge.log_price()), Path::BrownianBridge(bridge)))
}

fn bootstrap(law: &Bootstrap, series: &Series, scale: Scale<'_>) -> (f64, Path) {
    let initial_usd = law.initial_usd.unwrap_or(series.values[series.values.len() - 1]);
    let growths = series.values.windows(2).map(|pair| pair[1] / pair[0]);
    let own_growth = libm::log(growths.sum::<f64>() / (series.values.len() - 1) as f64);
    let recentring = own_growth - law.drift * series.step_seconds / SECONDS_PER_YEAR;
    let mean_block = law.mean_block.seconds() / series.step_seconds;
    let closes = Arc::new(closes(series, scale));
    (
        initial_usd,
        Path::BrownianBridge(BrownianBridge::bootstrap(closes, libm::log(initial_usd), mean_block, recentring)),
    )
}

/// The series of an asset, without flaws.
fn series<'a>(spec: &'a AssetSpec, wanted: &str) -> Result<&'a Series, String> {
    let series = spec.series.as_deref().ok_or_else(|| format!("there is no series named {wanted}"))?;
    series.flaw().map_or(Ok(series), Err)
}

fn closes(series: &Series, scale: Scale<'_>) -> Closes {
    let log = series.log_closes();
    let variances = bridge_variances(&log);
    Closes { log, variances, step_blocks: series.step_seconds / scale.grid.block_seconds }
}

fn above_zero(spans: &[(&str, Span)]) -> Result<(), String> {
    let zero = spans.iter().find(|(_, span)| span.seconds() == 0.0);
    zero.map_or(Ok(()), |(name, _)| Err(format!("{name} must be above zero")))
}

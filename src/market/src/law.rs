//! The price laws that a scenario can name, with their parameters, units, sources and starting values.
//!
//! `drift` always means the expected growth rate of the price per year: the log drift is drift - sigma^2 / 2, less
//! the compensation of the jumps. Sources written [pN] are rows of the project's parameter table.

use super::starting_values;
use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the reference price of an asset moves.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceLaw {
    /// The price never moves, except by a dated shock.
    Constant(Constant),
    /// Geometric Brownian motion.
    Gbm(Gbm),
    /// Geometric Brownian motion with lognormal jumps.
    Merton(Merton),
    /// Geometric Brownian motion with double exponential jumps.
    Kou(Kou),
    /// Stochastic variance with mean reversion.
    Heston(Heston),
    /// Two volatilities, calm and stress, between which a Markov chain switches.
    RegimeSwitching(RegimeSwitching),
    /// Log Ornstein-Uhlenbeck process around a peg, with depegs.
    Peg(Peg),
    /// GARCH(1,1): large moves raise the volatility of the moves that follow.
    Garch(Garch),
    /// Replay of a historical series.
    Historical(Historical),
    /// Stationary block bootstrap of the returns of a historical series.
    Bootstrap(Bootstrap),
}

/// S(t) = S(0).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The price.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub usd: f64,
}

/// dS / S = drift dt + volatility dW.
///
/// Stepping: exact, in the log of the price. Source: Black and Scholes (1973).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gbm {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Standard deviation of the log price over one year.
    #[serde(default = "starting_values::eth_volatility")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "ETH/USD hourly, Kraken 2019-2023, volatility"
        )
    )]
    pub volatility: f64,
    /// Expected growth rate of the price.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
}

/// dS / S = (drift - rate E[e^J - 1]) dt + volatility dW + (e^J - 1) dN, with J normal and N Poisson.
///
/// Stepping: exact; a jump falls into the block that holds its arrival time. Source: Merton (1976).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Merton {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Standard deviation of the diffusive part of the log price over one year, without the jumps.
    #[serde(default = "starting_values::eth_volatility_without_jumps")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "derived: sqrt(0.92^2 - 33 (0.013^2 + 0.057^2)), ETH/USD hourly, Kraken 2019-2023"
        )
    )]
    pub volatility: f64,
    /// Expected growth rate of the price, jumps included.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
    /// Expected number of jumps in a year.
    #[serde(default = "starting_values::eth_jumps_per_year")]
    #[schemars(
        range(min = 0.0, max = 10_000.0),
        extend(
            "x-unit" = "per year",
            "x-source" = "ETH/USD hourly, Kraken, jumps beyond 5 local sd: moves beyond 5 local sd, 20-50"
        )
    )]
    pub jumps_per_year: f64,
    /// Mean of a jump in the log price.
    #[serde(default = "starting_values::eth_jump_mean")]
    #[schemars(range(min = -2.0, max = 2.0), extend("x-unit" = "log price", "x-source" = "ETH/USD hourly, Kraken, jumps beyond 5 local sd"))]
    pub jump_mean: f64,
    /// Standard deviation of a jump in the log price.
    #[serde(default = "starting_values::eth_jump_sd")]
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "log price", "x-source" = "ETH/USD hourly, Kraken, jumps beyond 5 local sd"))]
    pub jump_sd: f64,
}

/// Merton's equation with J exponential upwards with probability `up_probability`, exponential downwards otherwise.
///
/// Stepping: exact; a jump falls into the block that holds its arrival time. Source: Kou (2002).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kou {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Standard deviation of the diffusive part of the log price over one year, without the jumps.
    #[serde(default = "starting_values::eth_volatility_without_jumps")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "derived: sqrt(0.92^2 - 33 (0.013^2 + 0.057^2)), ETH/USD hourly, Kraken 2019-2023"
        )
    )]
    pub volatility: f64,
    /// Expected growth rate of the price, jumps included.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
    /// Expected number of jumps in a year.
    #[serde(default = "starting_values::eth_jumps_per_year")]
    #[schemars(
        range(min = 0.0, max = 10_000.0),
        extend(
            "x-unit" = "per year",
            "x-source" = "ETH/USD hourly, Kraken, jumps beyond 5 local sd: moves beyond 5 local sd, 20-50"
        )
    )]
    pub jumps_per_year: f64,
    /// Probability that a jump goes up.
    #[serde(default = "starting_values::even_odds")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "assumption: even odds"))]
    pub up_probability: f64,
    /// Mean of an upward jump in the log price; below 1, or the price has no mean.
    #[serde(default = "starting_values::eth_up_mean")]
    #[schemars(
        range(min = 0.0, max = 0.9),
        extend(
            "x-unit" = "log price",
            "x-source" = "derived: with even odds, mean and sd of (ETH/USD hourly, Kraken, jumps beyond 5 local sd)"
        )
    )]
    pub up_mean: f64,
    /// Mean size of a downward jump in the log price, as a positive number.
    #[serde(default = "starting_values::eth_down_mean")]
    #[schemars(
        range(min = 0.0, max = 2.0),
        extend(
            "x-unit" = "log price",
            "x-source" = "derived: with even odds, mean and sd of (ETH/USD hourly, Kraken, jumps beyond 5 local sd)"
        )
    )]
    pub down_mean: f64,
}

/// dS / S = drift dt + sqrt(v) dW,  dv = kappa (volatility^2 - v) dt + xi sqrt(v) dZ,  d<W, Z> = correlation dt.
///
/// kappa is `reversion_per_year`, xi is `vol_of_variance`; Z has a stream of its own.
///
/// Stepping: full truncation Euler per block, with v+ = max(v, 0):
/// x += (drift - v+ / 2) dt + sqrt(v+ dt) z and v += kappa (volatility^2 - v+) dt + xi sqrt(v+ dt) z_v.
/// Bias: the mean of the price is exact, and so is the long-run mean of v+ (the step is linear in v+). The law of the
/// log price is of weak order 1 in dt, and its error grows when 2 kappa volatility^2 < xi^2 (v then often touches 0).
/// At blocks of seconds kappa dt is about 1e-5, and so is the relative error of the mean of v at any date.
/// Source: Heston (1993); scheme: Lord, Koekkoek and van Dijk (2010).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heston {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Long-run volatility: the square root of the variance to which v returns.
    #[serde(default = "starting_values::eth_volatility")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "ETH/USD hourly, Kraken 2019-2023, volatility"
        )
    )]
    pub volatility: f64,
    /// Volatility at the start of the run; left out: the long-run volatility.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per sqrt(year)"))]
    pub initial_volatility: Option<f64>,
    /// Expected growth rate of the price.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
    /// Speed at which the variance returns to its long-run level.
    #[serde(default = "starting_values::eth_variance_reversion")]
    #[schemars(
        range(min = 0.0, max = 1_000.0),
        extend(
            "x-unit" = "per year",
            "x-source" = "derived: log volatility's autocorrelation, 0.40 at 7 d, 0.18 at 30 d (ETH/USD hourly, Kraken, realised volatility)"
        )
    )]
    pub reversion_per_year: f64,
    /// Volatility of the variance, xi.
    #[serde(default = "starting_values::eth_vol_of_variance")]
    #[schemars(
        range(min = 0.0, max = 100.0),
        extend(
            "x-unit" = "per year",
            "x-source" = "derived: log volatility's sd 0.52, about 0.35 of it beyond a day (ETH/USD hourly, Kraken, realised volatility)"
        )
    )]
    pub vol_of_variance: f64,
    /// Correlation of the price's and the variance's noise.
    #[serde(default)]
    #[schemars(
        range(min = -1.0, max = 1.0),
        extend(
            "x-unit" = "correlation",
            "x-source" = "assumption: 0, no leverage effect"
        )
    )]
    pub correlation: f64,
}

/// dS / S = drift dt + sigma dW, with sigma one of two values that a Markov chain in continuous time chooses.
///
/// Stepping: exact exponential sojourns; a block takes the regime that holds when it begins.
/// Source: Hamilton (1989).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeSwitching {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Expected growth rate of the price in both regimes.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
    /// Volatility in calm times.
    #[serde(default = "starting_values::eth_calm_volatility")]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per sqrt(year)", "x-source" = "ETH/USD hourly, Kraken 2019-2023, volatility in 2023"))]
    pub calm_volatility: f64,
    /// Volatility under stress.
    #[serde(default = "starting_values::eth_stress_volatility")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "ETH/USD hourly, Kraken, volatility in stress 2020-21: the month of 19 May 2021"
        )
    )]
    pub stress_volatility: f64,
    /// Mean length of a calm period, above zero.
    #[serde(default = "starting_values::eth_calm_lasting")]
    #[schemars(extend("x-source" = "derived: long-run volatility 0.92 (ETH/USD hourly, Kraken 2019-2023, volatility) with the mean stress of 33 d"))]
    pub calm_lasting: Span,
    /// Mean length of a stress period, above zero.
    #[serde(default = "starting_values::eth_stress_lasting")]
    #[schemars(extend("x-source" = "derived: volatility's autocorrelation falls by exp(-0.036) a day (ETH/USD hourly, Kraken, realised volatility)"))]
    pub stress_lasting: Span,
    /// The regime in which a run begins.
    #[serde(default)]
    pub starts_in: StartingRegime,
}

/// The regime in which a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartingRegime {
    /// Drawn for each run with the regimes' long-run shares.
    #[default]
    Drawn,
    /// Calm in every run.
    Calm,
    /// Stress in every run.
    Stress,
}

/// ln S = ln peg + y - d,  dy = -(ln 2 / half_life) y dt + volatility dW,  d = sum of the depegs as far as they last.
///
/// Each depeg is halved every `recovery_half_life`.
/// The run starts at the peg. A peg that follows an asset moves in proportion to its price, shocks included: price =
/// peg_usd e^(y - d) A(t) / A(0). The size of a depeg (the fall of the log price) is lognormal with the stated mean
/// and standard deviation, so that every depeg is downwards. Stepping: exact transition per block; a depeg falls into
/// the block that holds its arrival time. Source: Uhlenbeck and Ornstein (1930); exact transition: Gillespie (1996).
///
/// Errors: the asset that is followed must exist, and follow none itself.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peg {
    /// The peg at the start of the run; left out: 1 USD, or the initial price of the asset that the peg follows.
    #[serde(default)]
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub peg_usd: Option<f64>,
    /// Name of an asset whose price the peg follows in proportion, as that of a staked token does; left out: the US
    /// dollar.
    #[serde(default)]
    pub follows: Option<String>,
    /// Volatility of the noise around the peg; its long-run sd is volatility sqrt(half_life / (2 ln 2)).
    #[serde(default = "starting_values::peg_volatility")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "assumption: long-run sd of 11 bps with a half-life of 6 h"
        )
    )]
    pub volatility: f64,
    /// Time in which a deviation from the peg is halved, above zero.
    #[serde(default = "starting_values::peg_half_life")]
    #[schemars(extend("x-source" = "assumption: 6 h"))]
    pub half_life: Span,
    /// Expected number of depegs in a year.
    #[serde(default)]
    #[schemars(
        range(min = 0.0, max = 1_000.0),
        extend(
            "x-unit" = "per year",
            "x-source" = "none: 0 is off; USDC had one in about five years (USDC/USDT hourly, March 2023)"
        )
    )]
    pub depegs_per_year: f64,
    /// Mean fall of the log price in a depeg, as a positive number.
    #[serde(default = "starting_values::usdc_depeg")]
    #[schemars(
        range(max = 5.0),
        extend(
            "x-unit" = "log price",
            "exclusiveMinimum" = 0.0,
            "x-source" = "-ln 0.882: USDC, March 2023 (USDC/USDT hourly, March 2023)"
        )
    )]
    pub depeg_mean: f64,
    /// Standard deviation of the fall of the log price in a depeg.
    #[serde(default = "starting_values::depeg_sd")]
    #[schemars(
        range(min = 0.0, max = 5.0),
        extend(
            "x-unit" = "log price",
            "x-source" = "assumption: as large as the mean, between (USDC/USDT hourly, March 2023) and (UST, May 2022)"
        )
    )]
    pub depeg_sd: f64,
    /// Time in which a depeg is halved, above zero.
    #[serde(default = "starting_values::usdc_recovery")]
    #[schemars(extend("x-source" = "derived: USDC went from 0.882 to 0.99 in 46 h (USDC/USDT hourly, March 2023)"))]
    pub recovery_half_life: Span,
}

/// r = sqrt(h) z + (drift - h / 2),  h' = (1 - alpha - beta) hbar + alpha (sqrt(h) z)^2 + beta h, per interval.
///
/// hbar is the interval's share of volatility^2. The variance h of an interval is spread evenly over its blocks, and
/// sqrt(h) z is the sum of their noise. A dated volatility shock scales the returns but does not feed the recursion,
/// so it ends with its date. The interval is rounded to whole blocks. Source: Bollerslev (1986).
///
/// Errors: alpha + beta must be below 1, and the interval not shorter than a block.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Garch {
    /// Price at the start of the run.
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: f64,
    /// Long-run volatility; the run starts with it.
    #[serde(default = "starting_values::eth_volatility")]
    #[schemars(
        range(min = 0.0, max = 10.0),
        extend(
            "x-unit" = "per sqrt(year)",
            "x-source" = "ETH/USD hourly, Kraken 2019-2023, volatility"
        )
    )]
    pub volatility: f64,
    /// Expected growth rate of the price.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
    /// Weight of the last interval's squared return.
    #[serde(default = "starting_values::eth_garch_alpha")]
    #[schemars(
        range(min = 0.0, max = 1.0),
        extend(
            "x-unit" = "share",
            "x-source" = "own Gaussian quasi-likelihood fit, hourly series of (ETH/USD hourly, Kraken 2019-2023, volatility), variance targeted"
        )
    )]
    pub alpha: f64,
    /// Weight of the last interval's variance.
    #[serde(default = "starting_values::eth_garch_beta")]
    #[schemars(
        range(min = 0.0, max = 1.0),
        extend(
            "x-unit" = "share",
            "x-source" = "own Gaussian quasi-likelihood fit, hourly series of (ETH/USD hourly, Kraken 2019-2023, volatility), variance targeted"
        )
    )]
    pub beta: f64,
    /// Interval of the recursion.
    #[serde(default = "starting_values::one_hour")]
    #[schemars(extend("x-source" = "the interval of the fit"))]
    pub interval: Span,
}

/// S(t) = the series at `from` + t; between two closes a Brownian bridge.
///
/// How we fill in: the bridge starts and ends at the closes, so that each one is met exactly. Its variance is a local
/// estimate, the mean of the squared log returns of the 12 intervals on either side, rescaled by one factor so that
/// over the whole series the expected sum of squared block returns equals the sum of squared returns of the series
/// (an interval of n blocks with return r and bridge variance v has the expectation r^2 / n + v (1 - 1 / n)).
/// The noise of the bridge is correlated with other assets like that of any law; the closes themselves are not.
/// A dated volatility shock multiplies the log returns of the path, closes included, while it lasts.
///
/// A series finer than a block is read at the block times by the same rule.
///
/// Errors: the series must cover the whole run.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Historical {
    /// Name of the series.
    pub series: String,
    /// Date of the series with which the run begins; left out: the date at which the run starts.
    #[serde(default)]
    pub from: Option<Instant>,
}

/// Log returns of the series in blocks of geometric length that start anywhere in it, the end joined to the start.
///
/// The series' own mean growth is taken out of every return, ln of the mean of e^r, and `drift` put in its place; the
/// mean of the price is then S(0) e^(drift t) up to the dependence of returns within a block. Between two closes the
/// path is filled in as for the historical replay, with the bridge variance of the interval that was drawn.
/// Source: Politis and Romano (1994).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// Name of the series.
    pub series: String,
    /// Price at the start of the run; left out: the last close of the series.
    #[serde(default)]
    #[schemars(range(min = 1e-9, max = 1e9), extend("x-unit" = "USD"))]
    pub initial_usd: Option<f64>,
    /// Mean length of a block of returns; one interval of the series or less draws each return alone.
    #[serde(default = "starting_values::one_week")]
    #[schemars(extend("x-source" = "assumption: volatility's autocorrelation at 7 d is still 0.40 (ETH/USD hourly, Kraken, realised volatility)"))]
    pub mean_block: Span,
    /// Expected growth rate of the price.
    #[serde(default)]
    #[schemars(range(min = -10.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "none: 0 is no opinion"))]
    pub drift: f64,
}

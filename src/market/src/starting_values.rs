//! Starting values of the laws' parameters; sources and derivations stand beside the parameters in `law`.

use portage_base::units::{SECONDS_PER_DAY, Span};

const SECONDS_PER_HOUR: f64 = 3_600.0;

pub(super) const fn eth_volatility() -> f64 {
    0.92
}

pub(super) const fn eth_volatility_without_jumps() -> f64 {
    0.857
}

pub(super) const fn eth_jumps_per_year() -> f64 {
    33.0
}

pub(super) const fn eth_jump_mean() -> f64 {
    -0.013
}

pub(super) const fn eth_jump_sd() -> f64 {
    0.057
}

pub(super) const fn even_odds() -> f64 {
    0.5
}

pub(super) const fn eth_up_mean() -> f64 {
    0.0262
}

pub(super) const fn eth_down_mean() -> f64 {
    0.0522
}

pub(super) const fn eth_variance_reversion() -> f64 {
    13.0
}

pub(super) const fn eth_vol_of_variance() -> f64 {
    3.7
}

pub(super) const fn eth_calm_volatility() -> f64 {
    0.57
}

pub(super) const fn eth_stress_volatility() -> f64 {
    1.9
}

pub(super) fn eth_calm_lasting() -> Span {
    span(175.0 * SECONDS_PER_DAY)
}

pub(super) fn eth_stress_lasting() -> Span {
    span(33.0 * SECONDS_PER_DAY)
}

pub(super) const fn peg_volatility() -> f64 {
    0.05
}

pub(super) fn peg_half_life() -> Span {
    span(6.0 * SECONDS_PER_HOUR)
}

pub(super) const fn usdc_depeg() -> f64 {
    0.126
}

pub(super) const fn depeg_sd() -> f64 {
    0.126
}

pub(super) fn usdc_recovery() -> Span {
    span(12.6 * SECONDS_PER_HOUR)
}

pub(super) const fn eth_garch_alpha() -> f64 {
    0.051
}

pub(super) const fn eth_garch_beta() -> f64 {
    0.937
}

pub(super) fn one_hour() -> Span {
    span(SECONDS_PER_HOUR)
}

pub(super) fn one_week() -> Span {
    span(7.0 * SECONDS_PER_DAY)
}

/// A default span; the constants above are finite and positive, so that zero never stands in.
fn span(seconds: f64) -> Span {
    Span::from_seconds(seconds).unwrap_or_default()
}

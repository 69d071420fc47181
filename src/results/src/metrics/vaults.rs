//! Metrics of vaults that sell or hedge options; none of them has a value in a scenario without vaults.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use super::timeline::{Series, entry};
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_engine::world::{Vault, Vaults};

/// Sum over vaults.
fn sum(vaults: &Vaults, read: impl Fn(&Vault) -> f64) -> f64 {
    vaults.iter().map(read).sum()
}

/// Largest over vaults, 0 at least.
fn most(vaults: &Vaults, read: impl Fn(&Vault) -> f64) -> f64 {
    vaults.iter().map(read).fold(0.0, f64::max)
}

/// What depositors of one strategy have gained; NaN where no vault has it.
fn result_of(vaults: &Vaults, name: &str) -> f64 {
    let mut results = vaults
        .iter()
        .filter(|vault| vault.terms.spec.strategy.name() == name)
        .map(|vault| vault.results_usd().0)
        .peekable();
    if results.peek().is_some() { results.sum() } else { f64::NAN }
}

/// Sum over vaults that hedge; NaN where none does.
fn of_hedges(vaults: &Vaults, read: impl Fn(&Vault) -> f64) -> f64 {
    let mut hedged = vaults.iter().filter(|vault| vault.terms.spec.strategy.hedge().is_some()).peekable();
    if hedged.peek().is_some() { hedged.map(read).sum() } else { f64::NAN }
}

/// A metric of vaults: name, unit, meaning, and how it is read.
type Row = (&'static str, &'static str, &'static str, fn(&Vaults) -> f64);

const OPTIONS: [Row; 9] = [
    ("vault_premiums_usd", "USD", "premiums of options that vaults received, less those that they paid", |vaults| {
        sum(vaults, |vault| vault.options().premiums_usd)
    }),
    ("vault_payouts_usd", "USD", "what vaults owed at expiries, less what was owed to them", |vaults| {
        sum(vaults, |vault| vault.options().payouts_usd)
    }),
    (
        "vault_unpaid_usd",
        "USD",
        "of it, what a vault had nothing left to pay with: lost by its options' buyers",
        |vaults| sum(vaults, |vault| vault.options().unpaid_usd),
    ),
    (
        "vault_oracle_cost_usd",
        "USD",
        "what settling options at an oracle's price cost vaults beyond settling at the true one",
        |vaults| sum(vaults, |vault| vault.options().oracle_cost_usd),
    ),
    ("vault_settlements", "epochs", "epochs of options that were settled", |vaults| {
        sum(vaults, |vault| f64::from(vault.options().settled.0))
    }),
    ("vault_late_settlements", "epochs", "of them, those settled an observation late or more", |vaults| {
        sum(vaults, |vault| f64::from(vault.options().settled.1))
    }),
    ("vault_late_hours_max", "hours", "longest delay of a settlement", |vaults| {
        most(vaults, |vault| vault.options().late_seconds_max) * 24.0 / SECONDS_PER_DAY
    }),
    (
        "vault_frozen_days",
        "days",
        "time during which a vault could neither settle, sell nor hedge, added up over vaults",
        |vaults| sum(vaults, Vault::frozen_days),
    ),
    (
        "vault_exit_gap_max_usd",
        "USD",
        "most by which what vaults would bring at once, options bought back and tokens sold through the pools as they stood, lay below their value by the model",
        |vaults| vaults.gap_max().0,
    ),
];

const RESULTS: [Row; 7] = [
    ("vault_exit_gap_max_day", "days", "when that was", |vaults| vaults.gap_max().1),
    ("vault_result_usd", "USD", "what depositors of all vaults gained, options by the model at the end", |vaults| {
        sum(vaults, |vault| vault.results_usd().0)
    }),
    (
        "vault_result_unhindered_usd",
        "USD",
        "what they would have gained at reference prices on the same days, without costs, delays and oracles",
        |vaults| sum(vaults, |vault| vault.results_usd().1),
    ),
    ("vault_harm_usd", "USD", "by how much the first lies below the second", |vaults| {
        sum(vaults, |vault| vault.results_usd().1 - vault.results_usd().0)
    }),
    ("covered_call_result_usd", "USD", "what depositors of vaults that sell covered calls gained", |vaults| {
        result_of(vaults, "covered_call")
    }),
    ("put_selling_result_usd", "USD", "what depositors of vaults that sell puts gained", |vaults| {
        result_of(vaults, "put_selling")
    }),
    (
        "hedge_result_usd",
        "USD",
        "what books of hedged options gained: their hedging error, where options are sold at the volatility that comes",
        |vaults| result_of(vaults, "delta_hedged"),
    ),
];

const HEDGES: [Row; 10] = [
    (
        "hedge_result_unhindered_usd",
        "USD",
        "what they would have gained at reference prices, without costs and delays",
        |vaults| of_hedges(vaults, |vault| vault.results_usd().1),
    ),
    ("hedge_harm_usd", "USD", "by how much the first lies below the second", |vaults| {
        of_hedges(vaults, |vault| vault.results_usd().1 - vault.results_usd().0)
    }),
    (
        "hedge_tracking_error_usd",
        "USD",
        "root of the sum of squared changes, between observations, of the difference of the two",
        |vaults| of_hedges(vaults, Vault::ahead_squared).sqrt(),
    ),
    ("hedge_volume_usd", "USD", "value of what hedges traded through the pools", |vaults| {
        of_hedges(vaults, |vault| vault.trades().volume_usd)
    }),
    ("hedge_slippage_usd", "USD", "fees and price impact of these trades", |vaults| {
        of_hedges(vaults, |vault| vault.trades().slippage_usd)
    }),
    ("hedge_gas_usd", "USD", "gas of these trades", |vaults| of_hedges(vaults, |vault| vault.trades().gas_usd)),
    ("hedge_cost_bps", "bps", "fees, price impact and gas of these trades over their value", |vaults| {
        let cost = of_hedges(vaults, |vault| vault.trades().slippage_usd + vault.trades().gas_usd);
        ratio(cost, of_hedges(vaults, |vault| vault.trades().volume_usd)) * BPS
    }),
    ("hedge_trades", "trades", "trades of the hedge that were wanted", |vaults| {
        of_hedges(vaults, |vault| f64::from(vault.options().hedges.0))
    }),
    (
        "hedge_trades_cut",
        "trades",
        "of them, those that the pools did not fill in whole at the cost that was allowed",
        |vaults| of_hedges(vaults, |vault| f64::from(vault.options().hedges.1)),
    ),
    ("hedge_off_max", "delta", "farthest that a hedge was off when it was looked at within an epoch", |vaults| {
        if of_hedges(vaults, |_| 1.0).is_nan() { f64::NAN } else { most(vaults, |vault| vault.options().off_max) }
    }),
];

/// Every metric of vaults.
pub(super) fn metrics() -> Vec<Metric> {
    let rows = OPTIONS.into_iter().chain(RESULTS).chain(HEDGES);
    let metric = |(name, unit, meaning, read): Row| {
        Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
            closing.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| read(vaults))
        })
    };
    rows.map(metric).collect()
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 3] = [
    entry("vault_model_usd", "USD", "value of vaults: tokens at reference prices, options by the model", |scene, _| {
        scene.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| vaults.values_usd().0)
    }),
    entry(
        "vault_exit_usd",
        "USD",
        "what vaults would bring at once, each alone: options bought back, tokens sold through the pools as they stand",
        |scene, _| scene.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| vaults.values_usd().1),
    ),
    entry("hedge_off_usd", "USD", "value of the tokens by which hedges of options are off", |scene, _| {
        scene
            .world
            .instruments
            .vaults
            .as_ref()
            .map_or(f64::NAN, |vaults| vaults.iter().map(portage_engine::world::Vault::off_usd).sum())
    }),
];

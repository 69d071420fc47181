//! Metrics of vaults that sell or hedge options.

use super::metric::{DEFINITION, Unit, metrics, ratio};
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

metrics! {
    of_vaults: Vaults, DEFINITION, |closing, read: fn(&Vaults) -> f64| closing.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| read(vaults));
    VAULT_PREMIUMS_USD: Usd, Amount, "premiums of options that vaults received, less those that they paid" =>
        |vaults| sum(vaults, |vault| vault.options().premiums_usd);
    VAULT_PAYOUTS_USD: Usd, Amount, "what vaults owed at expiries, less what was owed to them" =>
        |vaults| sum(vaults, |vault| vault.options().payouts_usd);
    VAULT_UNPAID_USD: Usd, Amount, "of it, what a vault had nothing left to pay with: lost by its options' buyers" =>
        |vaults| sum(vaults, |vault| vault.options().unpaid_usd);
    VAULT_ORACLE_COST_USD: Usd, Amount,
        "what settling options at an oracle's price cost vaults beyond settling at the true one" =>
        |vaults| sum(vaults, |vault| vault.options().oracle_cost_usd);
    VAULT_SETTLEMENTS: Count("epochs"), Amount, "epochs of options that were settled" =>
        |vaults| sum(vaults, |vault| f64::from(vault.options().settled.0));
    VAULT_LATE_SETTLEMENTS: Count("epochs"), Amount,
        "of them, those settled an observation late or more" [Vaults 77 "Settlements that were late"] =>
        |vaults| sum(vaults, |vault| f64::from(vault.options().settled.1));
    VAULT_LATE_HOURS_MAX: Hours, Amount, "longest delay of a settlement" =>
        |vaults| most(vaults, |vault| vault.options().late_seconds_max) * 24.0 / SECONDS_PER_DAY;
    VAULT_FROZEN_DAYS: Days, Amount,
        "time during which a vault could neither settle, sell nor hedge, added up over vaults" =>
        |vaults| sum(vaults, Vault::frozen_days);
    VAULT_EXIT_GAP_MAX_USD: Usd, Amount,
        "most by which what vaults would bring at once, options bought back and tokens sold through the pools as they stood, lay below their value by the model"
        [Vaults 78 "Largest gap of model and exit"] => |vaults| vaults.gap_max().0;
    VAULT_EXIT_GAP_MAX_DAY: Days, Amount, "when that was" => |vaults| vaults.gap_max().1;
    VAULT_RESULT_USD: Usd, Signed,
        "what depositors of all vaults gained, options by the model at the end"
        [Vaults 72 "Result of vaults of options"] => |vaults| sum(vaults, |vault| vault.results_usd().0);
    VAULT_RESULT_UNHINDERED_USD: Usd, Signed,
        "what they would have gained at reference prices on the same days, without costs, delays and oracles" =>
        |vaults| sum(vaults, |vault| vault.results_usd().1);
    VAULT_HARM_USD: Usd, Signed,
        "by how much the first lies below the second" [Vaults 73 "What frictions cost them"] =>
        |vaults| sum(vaults, |vault| vault.results_usd().1 - vault.results_usd().0);
    COVERED_CALL_RESULT_USD: Usd, Signed, "what depositors of vaults that sell covered calls gained" =>
        |vaults| result_of(vaults, "covered_call");
    PUT_SELLING_RESULT_USD: Usd, Amount, "what depositors of vaults that sell puts gained" =>
        |vaults| result_of(vaults, "put_selling");
    HEDGE_RESULT_USD: Usd, Signed,
        "what books of hedged options gained: their hedging error, where options are sold at the volatility that comes" =>
        |vaults| result_of(vaults, "delta_hedged");
    HEDGE_RESULT_UNHINDERED_USD: Usd, Signed,
        "what they would have gained at reference prices, without costs and delays" =>
        |vaults| of_hedges(vaults, |vault| vault.results_usd().1);
    HEDGE_HARM_USD: Usd, Signed, "by how much the first lies below the second" =>
        |vaults| of_hedges(vaults, |vault| vault.results_usd().1 - vault.results_usd().0);
    HEDGE_TRACKING_ERROR_USD: Usd, Amount,
        "root of the sum of squared changes, between observations, of the difference of the two"
        [Vaults 76 "Tracking error of hedges"] => |vaults| of_hedges(vaults, Vault::ahead_squared).sqrt();
    HEDGE_VOLUME_USD: Usd, Amount, "value of what hedges traded through the pools" =>
        |vaults| of_hedges(vaults, |vault| vault.trades().volume_usd);
    HEDGE_SLIPPAGE_USD: Usd, Amount,
        "fees and price impact of these trades" [Vaults 75 "Fees and price impact of hedges"] =>
        |vaults| of_hedges(vaults, |vault| vault.trades().slippage_usd);
    HEDGE_GAS_USD: Usd, Amount, "gas of these trades" => |vaults| of_hedges(vaults, |vault| vault.trades().gas_usd);
    HEDGE_COST_BPS: Bps, Amount,
        "fees, price impact and gas of these trades over their value" [Vaults 74 "Cost of hedging"] => |vaults| {
        let cost = of_hedges(vaults, |vault| vault.trades().slippage_usd + vault.trades().gas_usd);
        ratio(cost, of_hedges(vaults, |vault| vault.trades().volume_usd)) * BPS
    };
    HEDGE_TRADES: Count("trades"), Amount, "trades of the hedge that were wanted" =>
        |vaults| of_hedges(vaults, |vault| f64::from(vault.options().hedges.0));
    HEDGE_TRADES_CUT: Count("trades"), Amount,
        "of them, those that the pools did not fill in whole at the cost that was allowed" =>
        |vaults| of_hedges(vaults, |vault| f64::from(vault.options().hedges.1));
    HEDGE_OFF_MAX: Of("delta"), Amount, "farthest that a hedge was off when it was looked at within an epoch" =>
        |vaults| { if of_hedges(vaults, |_| 1.0).is_nan() { f64::NAN } else { most(vaults, |vault| vault.options().off_max) } };
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 3] = [
    entry(
        "vault_model_usd",
        Unit::Usd,
        "value of vaults: tokens at reference prices, options by the model",
        |scene, _| scene.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| vaults.values_usd().0),
    ),
    entry(
        "vault_exit_usd",
        Unit::Usd,
        "what vaults would bring at once, each alone: options bought back, tokens sold through the pools as they stand",
        |scene, _| scene.world.instruments.vaults.as_ref().map_or(f64::NAN, |vaults| vaults.values_usd().1),
    ),
    entry("hedge_off_usd", Unit::Usd, "value of the tokens by which hedges of options are off", |scene, _| {
        scene
            .world
            .instruments
            .vaults
            .as_ref()
            .map_or(f64::NAN, |vaults| vaults.iter().map(portage_engine::world::Vault::off_usd).sum())
    }),
];

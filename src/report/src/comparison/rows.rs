//! The rows of the table of mechanisms: what is compared, and its estimates by arm.

use super::Compared;
use crate::domain::Domain;
use crate::wording::{Measure, days};
use portage_base::stats::{DifferenceEstimate, Interval, tail_runs_expected};
use portage_base::units::DAYS_PER_YEAR;
use portage_results::experiment::{Comparison, Statistic, TAIL_LEVELS};
use portage_results::metrics::position;

/// A metric that is compared by its mean: topic, title, name in the dictionary, what it is measured in.
type Entry = (&'static str, &'static str, &'static str, Measure);

/// Times that count as the shortest window of all arms where they were not reached by then (restricted means: Irwin 1949).
const UNTIL: [Entry; 3] = [
    ("Time", "Until half of the value has moved", "days_to_50_value", Measure::Days),
    ("Time", "Until 90 % of the value has moved", "days_to_90_value", Measure::Days),
    ("Time", "Until complete", "completion_days", Measure::Days),
];

const MEANS: [Entry; 86] = [
    ("Cost", "Cost of moving to holders", "migration_cost_usd", Measure::Usd),
    ("Cost", "Verification", "verification_usd", Measure::Usd),
    ("Cost", "Fees of the bridge", "bridge_fees_usd", Measure::Usd),
    ("Cost", "Rewards paid", "incentives_usd", Measure::Usd),
    ("Cost", "Traders\u{2019} cost of execution", "cost_bps", Measure::Bps),
    ("Time", "Moved at the end, by value", "migrated_value_share", Measure::Share),
    ("Time", "Moved at the end, by address", "migrated_address_share", Measure::Share),
    ("Time", "Completed in the window", "completed", Measure::Share),
    ("Time", "Took effect in the window", "took_effect", Measure::Share),
    ("Fragmentation", "Time divided between versions", "fragmented_days", Measure::Days),
    ("Fragmentation", "Concentration of liquidity (HHI)", "hhi_mean", Measure::Plain),
    ("Fragmentation", "Cost of it to traders", "fragmentation_usd", Measure::Usd),
    ("Market", "Impermanent loss of providers", "providers_impermanent_loss_usd", Measure::Usd),
    ("Market", "Result of providers against holding", "providers_against_holding_usd", Measure::Usd),
    ("Failure", "Probability of failure", "failed", Measure::Share),
    ("Failure", "Fault caught before it took effect", "caught", Measure::Share),
    ("Failure", "Rolled back", "rolled_back", Measure::Share),
    ("Failure", "Gates tripped", "gates_tripped", Measure::Count),
    ("Failure", "Expected loss from failures", "failure_loss_usd", Measure::Usd),
    ("Failure", "Credited to others than its owners", "miscredited_usd", Measure::Usd),
    ("Failure", "Time during which an oracle attack pays", "attackable_hours", Measure::Hours),
    ("Failure", "Lost to oracle attacks", "oracle_loss_usd", Measure::Usd),
    ("Failure", "Attacks on oracles", "oracle_attacks", Measure::Count),
    ("Failure", "Least cost of doubling an oracle\u{2019}s price", "attack_cost_usd_min", Measure::Usd),
    ("Failure", "Value never claimed", "unclaimed_value_share", Measure::Share),
    ("Liveness", "Downtime", "downtime_hours", Measure::Hours),
    ("Liveness", "Paused", "paused_hours", Measure::Hours),
    ("Liveness", "Frozen value over time", "frozen_usd_days", Measure::UsdDays),
    ("Exposure", "Capital at risk over time", "at_risk_usd_days", Measure::UsdDays),
    ("Exposure", "Most capital at risk at once", "at_risk_max_usd", Measure::Usd),
    ("Exposure", "In flight over time", "in_flight_usd_days", Measure::UsdDays),
    ("Exposure", "Most in flight at once", "in_flight_max_usd", Measure::Usd),
    ("Exposure", "Delay of messages between chains", "message_delay_mean_hours", Measure::Hours),
    ("Exposure", "Gap between the chains\u{2019} prices", "chain_gap_mean_bps", Measure::Bps),
    ("Exposure", "Discount of wrapped tokens", "wrapped_discount_mean", Measure::Share),
    ("Positions", "Margined positions that moved whole", "positions_moved_share", Measure::Share),
    ("Positions", "Frozen positions over time", "positions_frozen_notional_usd_days", Measure::UsdDays),
    ("Positions", "Liquidations that freezing caused", "liquidations_caused", Measure::Count),
    ("Positions", "Bad debt that freezing caused", "positions_bad_debt_caused_usd", Measure::Usd),
    ("Lending", "Bad debt", "lending_bad_debt_usd", Measure::Usd),
    ("Lending", "Of it, on suppliers", "bad_debt_on_suppliers_usd", Measure::Usd),
    ("Lending", "Collateral liquidated", "lending_liquidated_usd", Measure::Usd),
    ("Lending", "Liquidations that did not pay", "lending_unpaid_liquidations", Measure::Count),
    ("Lending", "Most debt that waited at once", "lending_waiting_usd_max", Measure::Usd),
    ("Lending", "Liquidations that made it worse", "lending_toxic_liquidations", Measure::Count),
    ("Lending", "What liquidators kept", "lending_liquidators_usd", Measure::Usd),
    ("Lending", "Time during which a reserve was dry", "lending_dry_hours", Measure::Hours),
    ("Perpetuals", "Accounts liquidated", "perp_liquidated", Measure::Count),
    ("Perpetuals", "Of them, on resume", "perp_liquidated_on_resume", Measure::Count),
    ("Perpetuals", "Liquidations that freezing caused", "perp_liquidations_caused", Measure::Count),
    ("Perpetuals", "Frozen perpetual positions over time", "perp_frozen_usd_days", Measure::UsdDays),
    ("Perpetuals", "Bad debt", "perp_bad_debt_usd", Measure::Usd),
    ("Perpetuals", "Bad debt beyond that without freezing", "perp_bad_debt_caused_usd", Measure::Usd),
    ("Perpetuals", "Value deleveraged", "perp_deleveraged_usd", Measure::Usd),
    ("Perpetuals", "Insurance funds at their least", "perp_insurance_min_usd", Measure::Usd),
    ("Perpetuals", "Account holders\u{2019} loss by freezing", "perp_holders_caused_loss_usd", Measure::Usd),
    ("Perpetuals", "Discount of an exit, largest", "perp_exit_discount_max", Measure::Share),
    ("Network", "Loss of nodes since the opening", "network_loss_usd", Measure::Usd),
    ("Network", "Systemic event, no stress supposed", "network_systemic", Measure::Share),
    ("Network", "Loss on the weakest day", "network_total_loss_usd", Measure::Usd),
    ("Network", "Of it directly", "network_initial_loss_usd", Measure::Usd),
    ("Network", "Of it by claims on nodes in default", "network_part_counterparty_usd", Measure::Usd),
    ("Network", "Of it by what assets fetch less", "network_part_fire_sale_usd", Measure::Usd),
    ("Network", "Of it by wrong readings of oracles", "network_part_oracle_usd", Measure::Usd),
    ("Network", "Of it by what is frozen", "network_part_liveness_usd", Measure::Usd),
    ("Network", "Missed by creditors outside on that day", "network_stressed_outside_loss_usd", Measure::Usd),
    ("Network", "Defaults on that day", "network_stressed_defaults", Measure::Count),
    ("Network", "Systemic event on that day", "network_stressed_systemic", Measure::Share),
    ("Vaults", "Result of vaults of options", "vault_result_usd", Measure::Usd),
    ("Vaults", "What frictions cost them", "vault_harm_usd", Measure::Usd),
    ("Vaults", "Cost of hedging", "hedge_cost_bps", Measure::Bps),
    ("Vaults", "Fees and price impact of hedges", "hedge_slippage_usd", Measure::Usd),
    ("Vaults", "Tracking error of hedges", "hedge_tracking_error_usd", Measure::Usd),
    ("Vaults", "Settlements that were late", "vault_late_settlements", Measure::Count),
    ("Vaults", "Largest gap of model and exit", "vault_exit_gap_max_usd", Measure::Usd),
    ("Lending", "Supply that moved to the new lending market", "lending_moved_supply_share", Measure::Share),
    ("Lending", "Debt that moved", "lending_moved_debt_share", Measure::Share),
    ("Lending", "Most supply that waited to move", "lending_moves_waiting_usd_max", Measure::Usd),
    ("Lending", "Time during which suppliers could not leave", "lending_moves_blocked_days", Measure::Days),
    ("Lending", "Liquidations by lower thresholds", "lending_liquidations_by_steps", Measure::Count),
    ("Lending", "Debt repaid in them", "lending_by_steps_usd", Measure::Usd),
    ("Gas", "Gas of the move, everybody", "migration_gas_usd", Measure::Usd),
    ("Gas", "Of it, the operator\u{2019}s", "operator_gas_usd", Measure::Usd),
    ("Gas", "Gas price, mean", "gas_price_mean_gwei", Measure::Gwei),
    ("Gas", "Gas price, standard deviation", "gas_price_sd_gwei", Measure::Gwei),
    ("Gas", "The same over the operator\u{2019}s calls", "operator_gas_price_sd_gwei", Measure::Gwei),
];

/// A loss that is compared by its tail: the row that it belongs to, and whether the metric is a gain.
const TAILS: [(&str, &str, &str, &str, bool); 7] = [
    ("Failure", "failure_loss_usd", "Loss from failures", "failure-loss", false),
    ("Market", "providers_against_holding_usd", "Loss against holding", "against-holding", true),
    ("Cost", "migration_cost_usd", "Cost of moving", "cost-of-moving", false),
    ("Lending", "lending_bad_debt_usd", "Bad debt", "bad-debt", false),
    ("Perpetuals", "perp_bad_debt_usd", "Bad debt of accounts", "perpetual-bad-debt", false),
    ("Vaults", "vault_harm_usd", "What frictions cost vaults", "vault-harm", false),
    ("Gas", "migration_gas_usd", "Gas of the move", "gas", false),
];

/// Order of the topics in the table.
const TOPICS: [&str; 13] = [
    "Cost",
    "Time",
    "Fragmentation",
    "Market",
    "Failure",
    "Liveness",
    "Exposure",
    "Positions",
    "Lending",
    "Perpetuals",
    "Vaults",
    "Network",
    "Gas",
];

/// The estimate of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) value: f64,
    pub(super) interval: Interval,
}

/// The difference of two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    pub(super) value: f64,
    pub(super) interval: Interval,
    pub(super) p_value: Option<f64>,
    /// Equal to the last bit in every pair (of a tail: in every resample).
    pub(super) is_nothing: bool,
    pub(super) correlation: Option<f64>,
    pub(super) variance_reduction: Option<f64>,
    /// Pairs in which both arms have a value.
    pub(super) count: usize,
}

impl Difference {
    pub(super) fn of(estimate: &DifferenceEstimate) -> Self {
        Self {
            value: estimate.mean,
            interval: estimate.interval,
            p_value: estimate.p_value,
            is_nothing: estimate.is_constant && estimate.mean == 0.0,
            correlation: estimate.correlation,
            variance_reduction: estimate.variance_reduction,
            count: estimate.count,
        }
    }

    pub(super) fn is_beyond_noise(&self) -> bool {
        self.interval.ends().is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// One row: a quantity by arm, and what it differs by between any two.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) topic: &'static str,
    pub(super) title: String,
    pub(super) meaning: String,
    pub(super) measure: Measure,
    /// Runs in the tail, where the row is one.
    pub(super) tail_runs: Option<u64>,
    pub(super) levels: Vec<Option<Level>>,
    /// `differences[i][j]`: arm j less arm i.
    differences: Vec<Vec<Option<Difference>>>,
}

impl Row {
    /// Arm `arm` less the baseline.
    pub(super) fn against_baseline(&self, arm: usize) -> Option<&Difference> {
        self.between(0, arm)
    }

    /// Whether some arm has another value in some run than another arm, or none.
    pub(super) fn differs(&self) -> bool {
        let told = self.levels.iter().flatten().count();
        let differs = self.differences.iter().flatten().flatten().any(|difference| !difference.is_nothing);
        differs || (told > 0 && told < self.levels.len())
    }

    /// Arm `second` less arm `first`.
    pub(super) fn between(&self, first: usize, second: usize) -> Option<&Difference> {
        self.differences.get(first)?.get(second)?.as_ref()
    }
}

/// The values of a loss by arm, for figures.
pub(crate) struct ArmLoss<'t> {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) measure: Measure,
    pub(crate) values: &'t [Vec<f64>],
}

/// The table of mechanisms.
pub(super) struct Table {
    /// The rows, by topic.
    pub(super) rows: Vec<Row>,
    /// Titles of rows that are zero in every run of every arm.
    pub(super) zero: Vec<&'static str>,
    losses: Vec<(&'static str, &'static str, Measure, Vec<Vec<f64>>)>,
}

impl Table {
    /// Every row that some arm has something to say in.
    pub(super) fn of(compared: &Compared<'_>) -> Self {
        let comparison = compared.comparison;
        let (mut rows, mut zero) = (Vec::new(), Vec::new());
        for entry in UNTIL {
            rows.extend(until(comparison, entry));
        }
        for entry in MEANS {
            let Some(values) = position(entry.2).map(|index| comparison.values(index)) else { continue };
            let mut finite = values.iter().flatten().filter(|value| value.is_finite()).peekable();
            if finite.peek().is_none() {
                continue;
            }
            if finite.all(|value| *value == 0.0) {
                zero.push(entry.1);
            } else {
                rows.push(mean_row(comparison, entry, meaning(entry.2), &values));
            }
        }
        let losses = losses(comparison);
        rows.extend(tail_rows(comparison, &losses));
        rows.sort_by_key(|row| TOPICS.iter().position(|topic| *topic == row.topic));
        Self { rows, zero, losses }
    }

    pub(super) fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Number of intervals of differences that stand in the table.
    pub(super) fn intervals(&self) -> usize {
        let of_row = |row: &Row| {
            let told = |arm: &usize| row.against_baseline(*arm).is_some_and(|difference| !difference.is_nothing);
            (1..row.levels.len()).filter(told).count()
        };
        self.rows.iter().map(of_row).sum()
    }

    pub(super) fn losses(&self) -> Vec<ArmLoss<'_>> {
        self.losses
            .iter()
            .map(|(key, title, measure, values)| ArmLoss { key, title, measure: *measure, values })
            .collect()
    }
}

/// What the dictionary says of a metric.
fn meaning(name: &str) -> String {
    position(name).map_or_else(String::new, |index| portage_results::metrics::dictionary()[index].meaning.clone())
}

/// A time that counts as the shortest window of all arms in runs in which it was not reached by then; `None` where no run of
/// any arm reached it.
fn until(comparison: &Comparison, entry: Entry) -> Option<Row> {
    let name = entry.2;
    let reached = comparison.values(position(name)?);
    let windows = comparison.values(position("window_years")?);
    let years = windows.iter().flatten().copied().filter(|years| years.is_finite()).fold(f64::INFINITY, f64::min);
    let window = years * DAYS_PER_YEAR;
    let is_reached = |days: &&f64| **days < window;
    if !reached.iter().flatten().any(|days| is_reached(&days)) {
        return None;
    }
    let values = comparison.derived([name], |[days]| if days < window { days } else { window })?;
    let share = |days: &Vec<f64>| days.iter().filter(is_reached).count() as f64 / days.len() as f64;
    let shares: Vec<String> = reached.iter().map(|days| format!("{:.0} %", 100.0 * share(days))).collect();
    let meaning = meaning(name);
    let meaning = meaning.split("; empty").next().unwrap_or_default();
    let meaning = format!(
        "{meaning}; {} are counted in runs that had not got there by then. {} of runs had",
        days(window),
        shares.join(", ")
    );
    Some(mean_row(comparison, entry, meaning, &values))
}

fn mean_row(comparison: &Comparison, entry: Entry, meaning: String, values: &[Vec<f64>]) -> Row {
    let (topic, title, name, measure) = entry;
    let unit = position(name).map_or("", |index| portage_results::metrics::dictionary()[index].unit);
    let statistic = if unit == "1 or 0" { Statistic::Share } else { Statistic::Mean };
    let level = |values: &Vec<f64>| {
        let estimate = comparison.level(values, statistic)?;
        let domain = Domain::of(&[name], measure, values);
        Some(Level { value: estimate.mean, interval: domain.hold(estimate.interval) })
    };
    let count = comparison.arms.len();
    let between = |pair| comparison.difference(pair, values, statistic).as_ref().map(Difference::of);
    Row {
        key: name.to_owned(),
        topic,
        title: title.to_owned(),
        meaning,
        measure,
        tail_runs: None,
        levels: values.iter().map(level).collect(),
        differences: (0..count).map(|first| (0..count).map(|second| between((first, second))).collect()).collect(),
    }
}

/// The losses that some run of some arm has: key, title, measure, values by arm.
fn losses(comparison: &Comparison) -> Vec<(&'static str, &'static str, Measure, Vec<Vec<f64>>)> {
    let loss = |(_, metric, title, key, is_gain): (&str, &'static str, &'static str, &'static str, bool)| {
        let values = comparison.derived([metric], |[value]| if is_gain { -value } else { value })?;
        let matters = values.iter().flatten().any(|value| value.is_finite() && *value != 0.0);
        matters.then_some((key, title, Measure::Usd, values))
    };
    TAILS.into_iter().filter_map(loss).collect()
}

/// Expected shortfalls at each level, of levels that at least one run lies beyond.
fn tail_rows(comparison: &Comparison, losses: &[(&'static str, &'static str, Measure, Vec<Vec<f64>>)]) -> Vec<Row> {
    let values: Vec<Vec<Vec<f64>>> = losses.iter().map(|(.., values)| values.clone()).collect();
    let tails = comparison.shortfalls(&values);
    let arms = comparison.arms.len();
    let mut rows = Vec::new();
    for ((key, title, measure, _), tails) in losses.iter().zip(&tails) {
        for (at, level) in TAIL_LEVELS.into_iter().enumerate() {
            let tail_runs = tail_runs_expected(comparison.runs.len(), level);
            if tail_runs == 0 {
                continue;
            }
            let percent = (100.0 * (1.0 - level)).round();
            let between = |first: usize, second: usize| {
                let difference = comparison.shortfall_difference((first, second), tails)?;
                Some(Difference {
                    value: difference.value[at],
                    interval: difference.interval[at],
                    p_value: None,
                    is_nothing: difference.interval[at].ends() == Some((0.0, 0.0)),
                    correlation: None,
                    variance_reduction: None,
                    count: comparison.runs.len(),
                })
            };
            let estimate = |tails: &portage_results::experiment::Tails| {
                let tail = tails.estimates[at]?;
                Some(Level { value: tail.expected_shortfall, interval: tail.shortfall_interval })
            };
            rows.push(Row {
                key: format!("{key}-es{}", (100.0 * level).round()),
                topic: TAILS.iter().find(|tail| tail.3 == *key).map_or("", |tail| tail.0),
                title: format!("{title}, worst {percent} % of runs"),
                meaning: format!("expected shortfall: mean of the worst {percent} % of runs"),
                measure: *measure,
                tail_runs: Some(tail_runs),
                levels: tails.iter().map(estimate).collect(),
                differences: (0..arms).map(|i| (0..arms).map(|j| between(i, j)).collect()).collect(),
            });
        }
    }
    rows
}

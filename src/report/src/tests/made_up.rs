//! Made-up results of a small fake Monte Carlo: plausible numbers, no simulation.

use portage_base::units::Instant;
use portage_results::metrics::{dictionary, series};
use portage_results::montecarlo::Bands;
use portage_results::montecarlo::RunTable;
use portage_results::records::{Counts, Manifest, Results, TimelineTable, Timings};
use portage_scenario::assumptions::Assumption;
use portage_scenario::document::Origin;
use serde_json::json;

/// Points of the timeline.
const POINTS: usize = 22;

/// Parts of the scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub(super) two_pools: bool,
    pub(super) providers: bool,
    pub(super) traders: bool,
    pub(super) arbitrage: bool,
    pub(super) programmes: bool,
    pub(super) chain: bool,
}

/// The whole scenario.
pub(super) const EVERYTHING: Parts =
    Parts { two_pools: true, providers: true, traders: true, arbitrage: true, programmes: true, chain: true };
/// A pool and a price.
pub(super) const NOTHING: Parts =
    Parts { two_pools: false, providers: false, traders: false, arbitrage: false, programmes: false, chain: false };

/// A number in [0, 1) for a run and a salt: the golden-ratio sequence, which fills the interval evenly.
fn spread(run: u64, salt: usize) -> f64 {
    let position = run as f64 * 0.618_033_988_749_895 + salt as f64 * 0.414_213_562_373_095;
    position - position.floor()
}

/// Results of `runs` runs of a scenario with `parts`.
pub(super) fn results(parts: Parts, runs: u64) -> Results {
    results_where(parts, runs, |_, value| value)
}

/// The same with every metric replaced by what `law` makes of its name and value.
pub(super) fn results_where(parts: Parts, runs: u64, law: impl Fn(&str, f64) -> f64) -> Results {
    let law = &law;
    let mut bands = Bands::new(POINTS, 1.0);
    let timelines: Vec<Vec<f64>> = (0..runs).map(|run| timeline(parts, run)).collect();
    bands.add(&timelines.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let of_metric = |(salt, metric): (usize, &portage_results::metrics::Metric)| {
        let of_run = |run| law(&metric.name, value(parts, &metric.name, run, salt));
        (metric.id, (0..runs).map(of_run).collect())
    };
    let columns = dictionary().iter().enumerate().map(of_metric).collect();
    let median = timelines.first().map(|path| (0, path.as_slice()));
    Results {
        manifest: manifest(parts, runs),
        runs: RunTable::of((0..runs).collect(), columns).into(),
        timeline: TimelineTable::of(&bands, median),
    }
}

/// The value of a metric: NaN or zero where the part that it belongs to is absent, as the engine gives it.
fn value(parts: Parts, name: &str, run: u64, salt: usize) -> f64 {
    let chance = spread(run, salt);
    let moves = parts.two_pools && parts.providers;
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let present = |is_present: bool, value: f64, absent: f64| if is_present { value } else { absent };
    let trades = parts.traders || parts.arbitrage;
    match name {
        "migrated_value_share" => present(moves, 0.3 + 0.65 * chance, f64::NAN),
        "migrated_address_share" => present(moves, 0.1 + 0.3 * chance, f64::NAN),
        "impermanent_loss" | "days_to_99_value" | "days_to_90_address" => f64::NAN,
        "days_to_50_value" => present(moves && chance < 0.9, 4.0 + 9.0 * chance, f64::NAN),
        "never_moved_value_share" | "left_value_share" => present(moves, 0.1 * chance, f64::NAN),
        // A part of its own, which no made-up scenario has.
        _ if starts(&["rival", "converted"]) => f64::NAN,
        "identity_residual" | "ledger_residual" => 1e-15 * chance,
        _ if starts(&["days_to"]) => present(moves && chance < 0.5, 15.0 + 5.0 * chance, f64::NAN),
        _ if starts(&["arbitrage_paid", "lvr_rate", "pool_fees_rate"]) => present(trades, chance, f64::NAN),
        _ if starts(&["arbitrage", "lvr"]) => present(parts.arbitrage, 1e5 * (1.0 + chance), 0.0),
        _ if starts(&["incentive_per"]) => present(parts.programmes && moves, 0.02 * chance, f64::NAN),
        // A date that the window does not reach, and a market that no made-up scenario has.
        _ if name.ends_with("_30d_usd")
            || name.ends_with("_90d_usd")
            || starts(&["lost_to_rivals", "reward_price"]) =>
        {
            f64::NAN
        }
        "bought_end_usd" => present(parts.programmes && parts.providers, 1e5 * chance, f64::NAN),
        "moved_end_usd" => present(parts.programmes && parts.providers, 1e6 * (1.0 + chance), f64::NAN),
        "anyway_end_usd" => present(parts.programmes && parts.providers, 2e6 * (1.0 + chance), f64::NAN),
        "deterred_end_usd" => present(parts.programmes && parts.providers, 5e4 * chance, f64::NAN),
        "left_market_end_usd" => present(parts.programmes && parts.providers, 1e4 * chance, f64::NAN),
        "cost_per_moved_usd" => present(parts.programmes && parts.providers, 0.2 * chance, f64::NAN),
        "rewards_addresses" => present(parts.programmes && parts.providers, 200.0 + (100.0 * chance).round(), f64::NAN),
        "rewards_top_1_share" => present(parts.programmes && parts.providers, 0.4 + 0.2 * chance, f64::NAN),
        _ if starts(&["rewards_to_"]) => present(parts.programmes && parts.providers, 0.2, f64::NAN),
        "rewards_earned_usd" | "rewards_earned_own_usd" => present(parts.programmes, 4e5, 0.0),
        _ if starts(&["incentives", "rewards"]) => present(parts.programmes, 2e5 * (1.0 + chance), 0.0),
        _ if starts(&["migration_", "backlog", "moves", "in_flight"]) => {
            present(moves && parts.chain, 5_000.0 * chance, 0.0)
        }
        _ if starts(&["gas_bps", "gas_price"]) => present(parts.chain, 20.0 * (1.0 + chance), 0.0),
        _ if name.ends_with("_bps") => present(parts.traders, 50.0 * (1.0 + chance), f64::NAN),
        _ if starts(&["cost_usd", "volume", "orders", "lost", "fragmentation", "routing", "aggregated", "direct"]) => {
            present(parts.traders, 1e6 * (1.0 + chance), 0.0)
        }
        _ if name.ends_with("_usd") => line(parts, name, chance),
        _ => chance,
    }
}

/// A line of a statement: classes exist with providers only, unmodelled holders without them only.
fn line(parts: Parts, name: &str, chance: f64) -> f64 {
    let is_rest = name.starts_with("unmodelled");
    let exists = name.starts_with("providers") || (is_rest != parts.providers && !name.starts_with("treasury"));
    let trades = parts.traders || parts.arbitrage;
    match name {
        _ if !exists => 0.0,
        _ if name.contains("opening") => 4e6,
        _ if name.contains("closing") => 4e6 + if trades { 4e5 * (chance - 0.3) } else { 0.0 },
        _ if name.contains("market_move") => 0.0,
        _ if name.contains("against_holding") => {
            if trades {
                4e5 * (chance - 0.3)
            } else {
                1e-9 * chance
            }
        }
        _ if name.contains("gas") && !parts.chain => 0.0,
        _ if name.contains("incentives") && !parts.programmes => 0.0,
        _ => {
            if trades {
                1e4 * chance
            } else {
                0.0
            }
        }
    }
}

fn timeline(parts: Parts, run: u64) -> Vec<f64> {
    let at = |point: usize, salt: usize, name: &str| {
        let progress = point as f64 / POINTS as f64;
        let chance = spread(run, salt);
        let starts = |prefix: &str| name.starts_with(prefix);
        let is_absent = (starts("migrated") && !(parts.two_pools && parts.providers))
            || (name.ends_with("_bps") && !parts.traders)
            || (point == 0 && name.ends_with("per_day"));
        match name {
            _ if is_absent => f64::NAN,
            "price" => 3_000.0 * (1.0 + 0.2 * progress * (chance - 0.5)),
            "hhi" => 0.5 + 0.5 * progress,
            _ if name.ends_with("share") => progress * (0.5 + 0.5 * chance),
            _ if name.ends_with("usd") => 1e6 * (1.0 + chance),
            _ => 10.0 * progress * chance,
        }
    };
    let names = || series().iter().enumerate();
    (0..POINTS).flat_map(|point| names().map(move |(salt, entry)| at(point, salt, entry.name))).collect()
}

fn manifest(parts: Parts, runs: u64) -> Manifest {
    let table = |is_there: bool| if is_there { json!({ "some": { "until": "2024-03-17" } }) } else { json!(null) };
    let assumption = |path: &str, source: &str, from: Origin| Assumption {
        path: path.to_owned(),
        value: "30".to_owned(),
        unit: "bps".to_owned(),
        meaning: "Fee on the input".to_owned(),
        source: source.to_owned(),
        from,
    };
    Manifest {
        version: "0.1.0".to_owned(),
        scenario_name: "made-up".to_owned(),
        scenario_sha256: "00ff".to_owned(),
        scenario: json!({
            "title": "Made up",
            "question": "Does the report hold?",
            "providers": table(parts.providers),
            "traders": table(parts.traders),
            "arbitrage": table(parts.arbitrage),
            "programmes": if parts.programmes { table(true) } else { json!({}) },
            "chain": table(parts.chain),
            "migration": { "opens": "2024-03-03", "deadline": "2024-03-20" },
            "sources": { "pools.new": "the file's own note" },
        }),
        scenario_text: "title = \"Made up\"\n".to_owned(),
        series_folder: "/a/folder/of/this/machine".to_owned(),
        set: Vec::new(),
        seed: 1,
        command: "portage run made-up --seed 1".to_owned(),
        counts: Counts { planned: runs, finished: runs, failed: 0, is_partial: false },
        median_run: (runs > 0).then_some(0),
        infections: None,
        failures: Vec::new(),
        old_pool: "old".to_owned(),
        new_pool: if parts.two_pools { "new" } else { "old" }.to_owned(),
        start: Instant::from_unix(1_709_251_200), // 2024-03-01
        blocks: 30_240,
        block_seconds: 60.0,
        assumptions: vec![
            assumption("pools.old.fee_bps", "paper A", Origin::File),
            assumption("pools.new.fee_bps", "the file's own note", Origin::File),
            assumption("pools.new.hazard", "paper C", Origin::Default),
        ],
        timings: Timings { simulation_seconds: 2.0, threads: 2, blocks_per_second: 3e6 },
    }
}

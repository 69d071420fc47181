//! Same bits for any number of threads; one run replays alone; a bigger budget moves no price.

use crate::support::{Silent, column, model};
use portage::archive::{read_runs, write_runs, write_timeline};
use portage::engine::run::Engine;
use portage::results::montecarlo::{Plan, simulate, simulate_one};
use portage::results::records::TimelineTable;

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

#[test]
fn tables_are_byte_identical_on_1_2_and_7_threads() {
    let model = model(QUICK, &["horizon=8d", "migration.deadline=2024-03-07", "programmes.rewards.until=2024-03-08"]);
    let folder = tempfile::tempdir().unwrap();
    let bytes = [1, 2, 7].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ensemble = pool.install(|| simulate(&model, Plan { seed: 5, runs: 40 }, &Silent));
        let (runs, bands) = (folder.path().join("runs.parquet"), folder.path().join("timeline.parquet"));
        write_runs(folder.path(), &ensemble.runs).unwrap();
        write_timeline(&bands, &TimelineTable::of(&ensemble.bands, None)).unwrap();
        assert_eq!(read_runs(folder.path()).unwrap().runs, (0..40).collect::<Vec<u64>>());
        (std::fs::read(runs).unwrap(), std::fs::read(bands).unwrap())
    });
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
}

#[test]
fn a_run_replays_alone_and_neighbouring_seeds_share_no_run() {
    let model = model(QUICK, &["horizon=8d", "migration.deadline=2024-03-07", "programmes.rewards.until=2024-03-08"]);
    let ensemble = simulate(&model, Plan { seed: 5, runs: 12 }, &Silent);
    let (outcome, _) = simulate_one(&model, model.without_own_programmes().as_ref(), &mut Engine::new(&model), (5, 7));
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    assert_eq!(bits(&outcome), bits(&ensemble.runs.outcome(7).unwrap()));
    let neighbour = simulate(&model, Plan { seed: 6, runs: 12 }, &Silent);
    let returns = column(&neighbour, "price_return");
    assert!(column(&ensemble, "price_return").iter().all(|value| !returns.contains(value)));
}

#[test]
fn a_bigger_budget_moves_no_price_and_no_gas() {
    let patches = ["horizon=8d", "migration.deadline=2024-03-07", "programmes.rewards.until=2024-03-08"];
    let [small, large] = ["150000", "600000"].map(|budget| {
        let budget = format!("programmes.rewards.budget={budget}");
        let model = model(QUICK, &[patches[0], patches[1], patches[2], &budget]);
        simulate(&model, Plan { seed: 5, runs: 20 }, &Silent)
    });
    for name in ["price_return", "realised_volatility"] {
        assert_eq!(column(&small, name), column(&large, name), "{name}");
    }
    // Orders arrive at the same times whatever is paid; the budget itself must have been felt.
    assert_eq!(column(&small, "orders").len(), column(&large, "orders").len());
    let paid = |ensemble| column(ensemble, "incentives_usd").iter().sum::<f64>();
    // Four times the budget; a little more is paid because the first provider comes earlier.
    let ratio = paid(&large) / paid(&small);
    assert!((3.9..4.5).contains(&ratio), "{ratio}");
}

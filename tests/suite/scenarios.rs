//! Every scenario file opens with its question and runs, small.

use crate::support::{column, ensemble, model};
use portage::engine::model::Model;
use portage::engine::run::Engine;
use portage::engine::world::World;
use portage::results::metrics::id::{self, HolderLine};
use portage::results::metrics::{Closing, DecisionTrace, Metric, Recorder, Trace};
use portage::results::montecarlo::incrementality_without;
use portage::results::snapshot::{Capture, Moment};
use std::path::Path;

#[test]
fn every_scenario_runs_small_and_says_what_it_asks() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("scenarios");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# Question: "), "{} does not open with its question", path.display());
        assert!(text.contains("# It should show: "), "{} does not say what it should show", path.display());
        let question = text.lines().find_map(|line| line.strip_prefix("question = ")).unwrap_or_default();
        assert!(question.len() > 20 && question.contains('?'), "{} asks nothing: {question}", path.display());
        // Six times the block time, or more where the scenario says so itself: every part of it, a sixth of the work.
        let own = text.lines().find_map(|line| line.strip_prefix("step = ")?.split_whitespace().next()?.parse().ok());
        let step = format!("clock.step={}", own.unwrap_or(1_u64).max(6));
        let patches = [step.as_str(), "providers.count=400"];
        let has_providers = text.contains("\n[providers]");
        let model = model(&text, &patches[..if has_providers { 2 } else { 1 }]);
        let runs = ensemble(&model, 2);
        let has_traders = text.contains("\n[traders]");
        assert!(column(&runs, "volume_usd").iter().all(|volume| !has_traders || *volume > 0.0), "{}", path.display());
        // Without a pool to migrate to there is no share of it.
        let has_migration = text.contains("\n[migration");
        let is_share = |share: &f64| (0.0..=1.0).contains(share) || !has_migration && share.is_nan();
        assert!(column(&runs, "migrated_value_share").iter().all(is_share), "{}", path.display());
        let slack = 1e-9 * runs.column(id::providers(HolderLine::Opening)).iter().fold(1.0, |a: f64, b| a.max(*b));
        let outside = Metric::of_model(&model).filter(|metric| {
            let (least, most) = metric.range.ends();
            let lies = |value: &f64| value.is_nan() || (least - slack..=most + slack).contains(value);
            !runs.column(metric.id).iter().all(lies)
        });
        let outside: Vec<String> = outside.map(|metric| metric.name.clone()).collect();
        assert!(outside.is_empty(), "{}: {outside:?} lie outside of their ranges", path.display());
        every_observer_ends_alike(&model, &runs.runs.outcome(0).unwrap(), &path);
    }
    assert!(seen >= 3, "{seen} scenarios");
}

/// What is recorded of run 0 is what is recorded when it is traced, explained or read for a snapshot.
fn every_observer_ends_alike(model: &Model, recorded: &[f64], path: &Path) {
    let without = incrementality_without(model, (1, 0));
    let ends = |world: &World, recorder: &Recorder| {
        let closing = Closing { model, world, recorder, without: without.as_ref() };
        for (metric, (one, other)) in Metric::of_model(model).zip(closing.outcome().iter().zip(recorded)) {
            assert_eq!(one.to_bits(), other.to_bits(), "{}: {}", path.display(), metric.name);
        }
    };
    let mut engine = Engine::new(model);
    let mut trace = Trace::new(model);
    ends(&engine.run(model, 1, 0, &mut trace), &trace.recorder);
    let mut decision_trace = DecisionTrace::new(model);
    ends(&engine.run(model, 1, 0, &mut decision_trace), &decision_trace.recorder);
    let mut capture = Capture::new(model, Moment::of_plan(model));
    ends(&engine.run(model, 1, 0, &mut capture), &capture.recorder);
}

#[test]
fn the_default_scenario_replays_the_closes_of_those_days() {
    let text = include_str!("../../scenarios/sushiswap-2020.toml").split("\n[observed.").next().unwrap();
    let runs = ensemble(
        &model(
            text,
            &[
                "clock.step=20",
                "providers.count=100",
                "horizon=14d",
                "migration.campaigns=[]",
                "shocks=[]",
                "programmes.sushi_vested.from=2020-09-05",
                "programmes.uni.from=2020-09-05",
            ],
        ),
        3,
    );
    // Closes of the hours that begin at 23:00 on 27 August and on 10 September 2020 (Kraken): see the series itself.
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let series = portage::archive::read_prices("eth_usd_hourly", here).unwrap();
    let at = |date: &str| {
        let instant: portage::base::units::Instant = date.parse().unwrap();
        series.values[(instant.seconds_since(series.start) / series.step_seconds) as usize]
    };
    let law = at("2020-09-11") / at("2020-08-28") - 1.0;
    for change in column(&runs, "price_return") {
        // Blocks of 266 s: the last one ends up to 266 s before the close.
        assert!((change - law).abs() < 0.01, "{change} against {law}");
    }
}

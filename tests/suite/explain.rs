//! `portage explain`: what it tells of a run, and what it refuses.

use crate::support::{portage, succeeds};
use portage::results::metrics::id;
use std::path::Path;

/// The quickstart over five days, with pledges that the operator moves when the new version opens.
const SHORT: [&str; 20] = [
    "quickstart",
    "--runs",
    "9",
    "--set",
    "horizon=5d",
    "--set",
    "migration.deadline=2024-03-05",
    "--set",
    "programmes.rewards.until=2024-03-05",
    "--set",
    "traders.front_end_switch=2024-03-04",
    "--set",
    "migration.opens=2024-03-04",
    "--set",
    "migration.batch=2024-03-04",
    "--set",
    "programmes.rewards.from=2024-03-01",
    "--set",
    "programmes.rewards.pays_pledged=true",
    "--quiet",
];

fn run(out: &Path) {
    succeeds(portage().arg("run").args(SHORT).arg("--out").arg(out));
}

/// What is printed of a run, in one line of plain blanks.
fn told(out: &Path, arguments: &[&str]) -> String {
    let output = portage().arg("explain").arg(out).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_explanation_tells_dates_lumps_deciders_and_stayers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    run(&out);
    let text = told(&out, &[]);
    for part in [
        "2024-03-01 00:00 programme rewards begins: 150 thousand GOV for new",
        "2024-03-04 00:00 the operator moves what is pledged",
        "Lumps: moves of at least 1 % of the opening value",
        "operator's batch (",
        "old (pledged to new)",
        "stay: old",
        "go: old (pledged to new)",
        "Rewards",
        "for going spoke rewards (",
        "locked to the end",
        "the clock of the passive",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    for word in ["NaN", "Some(", "None", "Pool(", " inf "] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
    // The median run, by hand: the fifth of nine in order of the share moved.
    let results = portage::archive::read_results(&out).unwrap();
    let shares = results.runs.column(id::MIGRATED_VALUE_SHARE).unwrap();
    let mut ranked: Vec<(f64, u64)> = shares.iter().copied().zip(results.runs.runs.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (share, run) = ranked[4];
    assert!(text.starts_with(&format!("Run {run}, seed 1: the median one of 9 runs")), "{text}");
    assert!(text.contains(&format!("After 5 days, {:.1} % of the opening value of 20.0 million USD", 100.0 * share)));
    let other = told(&out, &["--run", "3"]);
    assert!(other.starts_with("Run 3 of 9 planned, seed 1.") && other != text);
    assert!(other.contains(&format!("After 5 days, {:.1} % of", 100.0 * shares[3])), "{other}");
}

#[test]
fn parts_that_do_not_exist_are_not_explained() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.toml"), crate::support::ONE_POOL).unwrap();
    let out = folder.path().join("results");
    succeeds(portage().current_dir(folder.path()).args(["run", "one.toml", "--runs", "3", "-q", "--out", "results"]));
    assert!(told(&out, &[]).contains("no liquidity providers: nobody could move"));
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    run(&out);
    let refuses = |arguments: &[&str], directory: &Path, says: &str| {
        let output = portage().arg("explain").arg(directory).args(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(says) && !message.contains("panicked"), "no {says:?} in {message}");
        assert!(output.stdout.is_empty());
    };
    refuses(&["--run", "9"], &out, "there is no run 9; expected 0 to 8");
    refuses(&[], folder.path(), "cannot read");
    let file = out.join("manifest.json");
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let change = |patch: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = manifest.clone();
        patch(&mut changed);
        std::fs::write(&file, changed.to_string()).unwrap();
    };
    change(&|manifest| manifest["scenario"]["providers"]["size_sd"] = 1.0.into());
    refuses(&[], &out, "its SHA-256 differs");
    change(&|manifest| {
        manifest["failures"] = serde_json::json!([{ "run": 2, "message": "a root was not found", "replay": "" }]);
    });
    refuses(&["--run", "2"], &out, "run 2 failed: a root was not found");
    change(&|manifest| manifest["counts"]["planned"] = 20.into());
    refuses(&["--run", "12"], &out, "run 12 was not finished");
    change(&|manifest| manifest["seed"] = 2.into());
    refuses(&["--run", "4"], &out, "ends differently from what was recorded");
    assert_eq!(portage().args(["explain"]).output().unwrap().status.code(), Some(2));
}

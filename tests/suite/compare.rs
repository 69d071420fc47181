//! `portage compare` from outside: pairs on common random numbers, equal arms, arms on different markets, refusals.

use crate::support::portage;
use portage::archive::read_runs;
use portage::results::metrics::id;
use portage::results::montecarlo::RunTable;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// The quickstart scenario over four days, ten runs.
const SHORT: [&str; 11] = [
    "--runs",
    "10",
    "--set",
    "horizon=4d",
    "--set",
    "migration.deadline=2024-03-04",
    "--set",
    "programmes.rewards.until=2024-03-05",
    "--set",
    "traders.front_end_switch=2024-03-04",
    "--quiet",
];

fn compare(arguments: &[&str], out: &Path) -> Output {
    portage().arg("compare").args(arguments).args(SHORT).arg("--out").arg(out).output().unwrap()
}

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(out.join("comparison.json")).unwrap()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn arms_are_paired_run_by_run_on_the_same_prices() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = compare(
        &["quickstart", "--variant", "rich:programmes.rewards.budget=300000,programmes.rewards.schedule=constant"],
        &out,
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(out.join("pairs.parquet").metadata().unwrap().len() > 1_000);
    assert!(out.join("rich/report.html").is_file() && out.join("quickstart/runs.parquet").is_file());
    let table = |arm: &str| read_runs(&out.join(arm)).unwrap();
    let (plain, rich) = (table("quickstart"), table("rich"));
    let bits =
        |table: &RunTable| table.column(id::PRICE_RETURN).unwrap().iter().map(|r| r.to_bits()).collect::<Vec<u64>>();
    assert_eq!(bits(&plain), bits(&rich), "the arms saw different prices");
    // The difference and its error from the tables by hand: t with 9 degrees of freedom is 2.262157.
    let told = &summary(&out)["metrics"]["incentives_usd"]["differences"]["rich"];
    let [plain, rich] = [&plain, &rich].map(|table| table.values(id::INCENTIVES_USD));
    let pairs = plain.iter().zip(rich.iter());
    let differences: Vec<f64> = pairs.map(|(plain, rich)| rich - plain).collect();
    let (mean, error) = crate::support::mean(&differences);
    let close = |value: &Value, truth: f64| (value.as_f64().unwrap() - truth).abs() < 1e-5 * mean.abs();
    assert!(mean > 1_000.0 && close(&told["value"], mean), "{mean} {told}");
    assert!(close(&told["interval"][0], mean - 2.262_157 * error), "{told}");
    assert_eq!(summary(&out)["arms"][1]["is_paired"], true);
    let page = std::fs::read_to_string(out.join("comparison.html")).unwrap();
    for word in ["NaN", ">inf", "null", "http://", "https://"] {
        assert!(!page.contains(word), "{word} in the page");
    }
    // What stands there is not written over unasked.
    let again = compare(&["quickstart", "--variant", "rich:programmes.rewards.budget=300000"], &out);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("--force"));
}

#[test]
fn equal_arms_differ_by_exactly_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = compare(&["quickstart", "quickstart"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let summary = summary(folder.path());
    let metrics = summary["metrics"].as_object().unwrap();
    let rows = summary["table"].as_array().unwrap();
    assert!(metrics.len() > 50 && rows.len() > 10);
    for entry in metrics.values().chain(rows) {
        let difference = &entry["differences"]["quickstart-2"];
        assert_eq!(difference["value"].as_f64(), Some(0.0), "{entry}");
        assert_eq!(difference["interval"], serde_json::json!([0.0, 0.0]), "{entry}");
        assert_eq!(difference["is_beyond_noise"], false);
    }
    assert_eq!(summary["intervals_in_table"], 0);
}

#[test]
fn arms_on_different_markets_are_not_paired_and_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = compare(&["quickstart", "--variant", "calm:assets.ETH.price.gbm.volatility=0.2"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let summary = summary(folder.path());
    assert_eq!(summary["arms"][1]["is_paired"], false);
    assert_eq!(summary["arms"][1]["not_paired_because"][0], "`assets` differs");
    let difference = &summary["metrics"]["realised_volatility"]["differences"]["calm"];
    assert!(difference["correlation"].is_null() && difference["is_beyond_noise"] == true, "{difference}");
    let page = std::fs::read_to_string(folder.path().join("comparison.html")).unwrap();
    assert!(page.contains("Not all arms live on the same market"));
}

#[test]
fn bad_arms_are_refused_before_any_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let refused = |arguments: &[&str], code: i32, says: &[&str]| {
        let output = compare(arguments, &out);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        for words in says {
            assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
        }
        assert!(!out.exists(), "{arguments:?} left something");
    };
    refused(&["quickstart"], 1, &["1 arm", "expected 2 to 8", "--variant LABEL:path=value"]);
    refused(&["quickstart"; 9], 1, &["9 arms", "expected 2 to 8"]);
    refused(&["quickstart", "no-such"], 1, &["no-such", "the arm no-such is refused"]);
    refused(&["quickstart", "--variant", "rich"], 2, &["LABEL:path=value", "programmes.rewards.budget=300000"]);
    refused(&["quickstart", "--variant", "a:horizon=[4"], 2, &["ends before its `]`"]);
    refused(
        &["quickstart", "--variant", "a:horizon=5d", "--variant", "a:horizon=6d"],
        1,
        &["two variants are called `a`"],
    );
    // Every broken rule of every arm.
    refused(
        &[
            "quickstart",
            "--variant",
            "a:pools.old.tvl_usd=-1,traders.orders_a_day=3",
            "--variant",
            "b:programmes.rewards.venue=nowhere",
        ],
        1,
        &["pools.old.tvl_usd", "orders_a_day", "nowhere", "the arm a is refused", "the arm b is refused"],
    );
}

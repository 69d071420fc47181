//! Observed values: what a run has in their place, where that is known in closed form; the table; refusals.

use crate::support::{ONE_POOL, column, ensemble, model, portage, succeeds};

/// Drift of the price per year; its volatility is nothing, so that every price is known.
const DRIFT: f64 = -9.0;

/// A pool whose price falls by a known law, and what is said to have been observed of it.
fn falling(observed: &str) -> String {
    let still = "initial_usd = 100.0, volatility = 0.0, drift = -9.0";
    ONE_POOL.replace("initial_usd = 100.0, volatility = 0.955248658727", still) + observed
}

const OBSERVED: &str = r#"
[observed.at_nine]
measure.level = { series = "price", at = "2024-01-01T09:10" }
value = 99.0
source = "a ledger, page 3"
[observed.lost]
measure.change = { series = "price", from = "2024-01-01T03:00", to = "2024-01-02T03:25" }
value = -0.5
[observed.taken]
measure.captured = { gained = "liquidity_old_usd", lost = "price", from = "2024-01-01T03:00", to = "2024-01-01T05:00" }
value = 0.4
[observed.unknown]
measure.level = { series = "migrated_value_share", at = "2024-01-01T03:00" }
value = 0.1
[observed.window]
measure.level = { series = "price", at = "2024-01-02T09:20" }
value = 80.0
"#;

/// The price after `hours`, by the law of a geometric Brownian motion without noise.
fn price(hours: f64) -> f64 {
    100.0 * (DRIFT * hours / 8_760.0).exp()
}

#[test]
fn a_run_is_read_at_the_observation_nearest_to_the_date() {
    let ensemble = ensemble(&model(&falling(OBSERVED), &[]), 1);
    // One block is 12 s: the price moves by 3.4e-6 of itself, in an hour by 1e-3.
    let is = |name: &str, law: f64| {
        let value = column(&ensemble, name)[0];
        assert!((value / law - 1.0).abs() < 1e-5, "{name}: {value} against {law}");
    };
    is("observed1", price(9.0));
    // 03:25 of the second day is nearest to 27 h; the relative change is small, so are its digits.
    let change = column(&ensemble, "observed2")[0];
    assert!((change - (price(27.0) / price(3.0) - 1.0)).abs() < 1e-5, "{change}");
    // What price and liquidity of the pool both lose: nothing is gained of it.
    let taken = column(&ensemble, "observed3")[0];
    assert!(taken < 0.0, "{taken}: liquidity gained while the price fell");
    assert!(column(&ensemble, "observed4")[0].is_nan(), "nobody can migrate here");
    // The window of 33.33 h ends with a third of an interval, which is observed as well.
    is("observed5", price(120_000.0 / 3_600.0));
    assert!(column(&ensemble, "observed6")[0].is_nan(), "a value that was not observed");
}

#[test]
fn a_share_captured_is_gain_over_loss() {
    let own = "\n[observed.own]\nmeasure.captured = { gained = \"price\", lost = \"price\", from = \"2024-01-01T03:00\", to = \"2024-01-01T05:00\" }\nvalue = 0.4\n\
               [observed.rise]\nmeasure.captured = { gained = \"price\", lost = \"gas_price_gwei\", from = \"2024-01-01T03:00\", to = \"2024-01-01T05:00\" }\nvalue = 0.4\n";
    let ensemble = ensemble(&model(&falling(own), &[]), 1);
    // A series that falls gains minus what it loses; of a loss of nothing there is no share.
    assert!((column(&ensemble, "observed1")[0] + 1.0).abs() < 1e-12);
    assert!(column(&ensemble, "observed2")[0].is_nan());
}

#[test]
fn nobody_who_never_moves_has_moved() {
    let people = "\n[pools.b]\nrole = \"new\"\nbase = \"ETH\"\ncurve.constant_product = { fee_bps = 30 }\n\
                  [providers]\ncount = 50\nclasses.passive = { value_share = 1.0, head_share = 1.0, never_share = 1.0 }\n[migration]\n\
                  [observed.share]\nmeasure.level = { series = \"migrated_value_share\", at = \"2024-01-02\" }\nvalue = 0.0\n";
    let ensemble = ensemble(&model(&format!("{ONE_POOL}{people}"), &[]), 5);
    assert_eq!(column(&ensemble, "observed1"), [0.0; 5]);
}

#[test]
fn the_table_stands_on_the_terminal_in_the_report_and_in_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("falling.toml"), falling(OBSERVED)).unwrap();
    let run = ["run", "falling.toml", "--runs", "12", "-q", "--out", "results"];
    let output = portage().current_dir(folder.path()).args(run).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace('\u{a0}', " ");
    assert!(output.status.success(), "{text}");
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // All runs are alike: the price is 99.1 after nine hours, which is above 99.0; 80 lies below what it ends at.
    for part in [
        "0 of 5 observed values lie inside the band",
        "Observed value Date Observed P10 P50 P90 Lies",
        "at_nine 2024-01-01T09:10:00Z 99.0 quote per base 99.1 99.1 99.1 below",
        "lost 2024-01-01T03:00:00Z to 2024-01-02T03:25:00Z −50.0 % −2.4 −2.4 −2.4 below",
        "No run has a value to compare with unknown.",
    ] {
        assert!(plain.contains(part), "no {part:?} in\n{plain}");
    }
    let page = std::fs::read_to_string(folder.path().join("results/report.html")).unwrap();
    assert!(page.contains("<h2 id=\"observed\">Against what was observed</h2>"));
    assert!(page.contains("at_nine: price at the date") && page.contains("Source: a ledger, page 3"));
    let summary = std::fs::read(folder.path().join("results/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    let values = &summary["observed"]["values"];
    assert_eq!((summary["observed"]["inside"].as_u64(), values.as_array().unwrap().len()), (Some(0), 5));
    assert!((values[0]["p50"].as_f64().unwrap() / price(9.0) - 1.0).abs() < 1e-5);
    assert_eq!(values[0]["unit"], "quote per base");
    assert!(values[3]["p50"].is_null());
    succeeds(portage().current_dir(folder.path()).args(["report", "results"]));
    assert!(page == std::fs::read_to_string(folder.path().join("results/report.html")).unwrap());
}

/// An observed value that cannot be, and what the one message must say.
const REFUSED: [(&str, &[&str]); 6] = [
    (
        "level = { series = \"pricee\", at = \"2024-01-01T03:00\" }",
        &["no series \"pricee\"", "did you mean \"price\"", "backlog"],
    ),
    (
        "captured = { gained = \"price\", lost = \"nothing\", from = \"2024-01-01T03:00\", to = \"2024-01-01T05:00\" }",
        &["no series \"nothing\"", "bad.toml:15:47"],
    ),
    (
        "level = { series = \"price\", at = \"2024-01-03\" }",
        &["2024-01-03 is outside", "2024-01-01 to 2024-01-02T09:20:00Z"],
    ),
    (
        "change = { series = \"price\", from = \"2024-01-01T03:00\", to = \"2024-01-01T03:00\" }",
        &["does not come after"],
    ),
    ("change = { series = \"price\", at = \"2024-01-01T03:00\" }", &["unknown key `at`", "from"]),
    ("trend = { series = \"price\", at = \"2024-01-01T03:00\" }", &["`level`, `change`, `captured`"]),
];

#[test]
fn what_cannot_have_been_observed_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let refuses = |text: String, says: &[&str]| {
        std::fs::write(folder.path().join("bad.toml"), text).unwrap();
        let check = portage().current_dir(folder.path()).args(["check", "bad.toml"]).output().unwrap();
        let message = String::from_utf8(check.stderr).unwrap();
        println!("{message}");
        assert_eq!(check.status.code(), Some(1));
        let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        for part in says {
            assert!(message.contains(part), "no {part:?} in\n{message}");
        }
        assert!(message.contains("bad.toml:") && !message.contains("panicked"), "{message}");
    };
    for (measure, says) in REFUSED {
        refuses(falling(&format!("[observed.one]\nmeasure.{measure}\nvalue = 1.0\n")), says);
    }
    let many = (0..25).map(|number| {
        format!(
            "[observed.v{number}]\nmeasure.level = {{ series = \"price\", at = \"2024-01-01T03:00\" }}\nvalue = 1.0\n"
        )
    });
    refuses(falling(&many.collect::<String>()), &["25 observed values", "at most 24"]);
    // Both kinds of rule, and that of another table, are reported together.
    let both = "[observed.one]\nmeasure.level = { series = \"pricee\", at = \"2025-01-03\" }\nvalue = 1.0\n";
    refuses(falling(both).replace("base = \"ETH\"", "base = \"ETC\""), &["ETC", "2025-01-03", "pricee", "3 errors"]);
}

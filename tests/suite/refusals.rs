//! Refused scenarios, each with its own clear message and place.

use crate::support::portage;
use std::path::Path;

const GOOD: &str = include_str!("../../scenarios/quickstart.toml");

struct Refusal {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static [&'static str],
}

/// Each line of the quickstart scenario that is spoilt, and what the message must say.
const REFUSALS: [Refusal; 15] = [
    Refusal {
        name: "wrong type",
        from: "tvl_usd = 20e6",
        to: "tvl_usd = \"twenty million\"",
        says: &["pools.old.tvl_usd", "a number", "USD", "the text"],
    },
    Refusal {
        name: "unknown key",
        from: "orders_per_day",
        to: "order_per_day",
        says: &["order_per_day", "orders_per_day"],
    },
    Refusal {
        name: "negative fee",
        from: "{ fee_bps = 30 }",
        to: "{ fee_bps = -30 }",
        says: &["-30", "0 to 5000", "bps"],
    },
    Refusal {
        name: "correlation that is not positive semi-definite",
        from: "value = 0.7",
        to: "value = 0.7\n[assets.X]\nprice.gbm = { initial_usd = 1.0, volatility = 1.0 }\n[[correlations]]\nbetween = [\"ETH\", \"X\"]\nvalue = 0.9\n[[correlations]]\nbetween = [\"GOV\", \"X\"]\nvalue = -0.9",
        says: &["correlation", "GOV"],
    },
    Refusal {
        name: "correlation with a series that is replayed",
        from: "price.gbm = { initial_usd = 3000.0, volatility = 0.8 }",
        to: "price.historical = { series = \"eth_usd_hourly\", from = \"2022-03-01\" }",
        says: &["the correlation of ETH and GOV would do nothing", "closes of ETH", "price.peg.follows"],
    },
    Refusal {
        name: "correlation with a series that is drawn from",
        from: "price.gbm = { initial_usd = 2.0, volatility = 1.3 }",
        to: "price.bootstrap = { series = \"eth_usd_hourly\", mean_block = \"1d\" }",
        says: &["the correlation of ETH and GOV would do nothing", "closes of GOV", "price.peg.follows"],
    },
    Refusal {
        name: "correlation outside its range",
        from: "value = 0.7",
        to: "value = 1.7",
        says: &["1.7", "-1 to 1"],
    },
    Refusal {
        name: "dates out of order",
        from: "until = \"2024-03-17\"",
        to: "until = \"2024-03-02\"",
        says: &["programme", "2024-03-02", "after"],
    },
    Refusal {
        name: "opening before announcement",
        from: "announced = \"2024-03-01\"",
        to: "announced = \"2024-03-05\"",
        says: &["opens", "2024-03-05"],
    },
    Refusal {
        name: "missing series",
        from: "price.gbm = { initial_usd = 3000.0, volatility = 0.8 }",
        to: "price.historical = { series = \"btc_usd_hourly\" }",
        says: &["btc_usd_hourly", "eth_usd_hourly"],
    },
    Refusal {
        name: "series that does not cover the window",
        from: "price.gbm = { initial_usd = 3000.0, volatility = 0.8 }",
        to: "price.historical = { series = \"eth_usd_hourly\" }",
        says: &["2023-04-01", "covers"],
    },
    Refusal { name: "zero runs", from: "runs = 200", to: "runs = 0", says: &["runs", "0", "1 to"] },
    Refusal {
        name: "what goes with any mechanism",
        from: "mechanism.rebalancing = { migrator_share = 0.9 }",
        to: "mechanism.staged = {}",
        says: &["`staged`", "[[migration.stages]]"],
    },
    Refusal {
        name: "unknown pool",
        from: "venue = \"new\"",
        to: "venue = \"neu\"",
        says: &["neu", "did you mean", "new"],
    },
    Refusal { name: "broken syntax", from: "[pools.old]", to: "[pools.old", says: &["error"] },
];

#[test]
fn each_refusal_has_its_own_message_and_writes_nothing() {
    for refusal in REFUSALS {
        assert!(GOOD.contains(refusal.from), "{}: the scenario has changed", refusal.name);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.toml");
        std::fs::write(&file, GOOD.replacen(refusal.from, refusal.to, 1)).unwrap();
        let run = portage().current_dir(folder.path()).args(["run", "bad.toml"]).output().unwrap();
        let message = String::from_utf8(run.stderr).unwrap();
        println!("--- {}\n{message}", refusal.name);
        assert_eq!(run.status.code(), Some(1), "{}", refusal.name);
        // Long messages are wrapped.
        let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(message.contains("bad.toml:"), "{}: no place in\n{message}", refusal.name);
        for part in refusal.says {
            assert!(message.contains(part), "{}: no {part:?} in\n{message}", refusal.name);
        }
        assert!(!message.contains("panicked"), "{message}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["bad.toml"], "{}: something was written", refusal.name);
    }
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = GOOD
        .replace("tvl_usd = 20e6", "tvl_usd = -1")
        .replace("aggregator_share", "agregator_share")
        .replace("runs = 200", "runs = 0");
    std::fs::write(folder.path().join("bad.toml"), text).unwrap();
    let check = portage().current_dir(folder.path()).args(["check", "bad.toml"]).output().unwrap();
    let message = String::from_utf8(check.stderr).unwrap();
    assert_eq!(check.status.code(), Some(1));
    for part in ["tvl_usd", "agregator_share", "aggregator_share", "runs", "3 errors"] {
        assert!(message.contains(part), "no {part:?} in\n{message}");
    }
}

#[test]
fn an_unknown_key_does_not_hide_a_rule_across_values() {
    let folder = tempfile::tempdir().unwrap();
    let text = GOOD.replace("venue = \"new\"", "venue = \"neu\"").replace("aggregator_share", "agregator_share");
    std::fs::write(folder.path().join("bad.toml"), text).unwrap();
    let check = portage().current_dir(folder.path()).args(["check", "bad.toml"]).output().unwrap();
    let message = String::from_utf8(check.stderr).unwrap();
    for part in ["agregator_share", "there is no pool \"neu\"", "2 errors"] {
        assert!(message.contains(part), "no {part:?} in\n{message}");
    }
}

#[test]
fn patches_pass_the_same_checks() {
    let refused = portage().args(["check", "quickstart", "--set", "traders.aggregator_share=2"]).output().unwrap();
    let message = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(message.contains("--set") && message.contains("0 to 1"), "{message}");
    let unknown = portage().args(["check", "quickstart", "--set", "traders.agregator_share=0.2"]).output().unwrap();
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("aggregator_share"));
    let fine = portage().args(["check", "quickstart", "--set", "traders.aggregator_share=0.2"]).output().unwrap();
    assert_eq!(fine.status.code(), Some(0));
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_before_simulating() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("occupied");
    std::fs::write(&occupied, "a file").unwrap();
    let inside = occupied.join("results");
    let run = portage().args(["run", "quickstart", "--runs", "2", "--out"]).arg(&inside).output().unwrap();
    let message = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(message.contains("cannot write to the directory") && message.contains("occupied"), "{message}");
    assert!(!Path::new(&inside).exists());
}

#[test]
fn wrong_usage_is_exit_2_and_names_are_guessed() {
    for arguments in [&["run", "--runs", "0"][..], &["run", "--seed", "-1"], &["fly"], &["run", "-j", "0"], &["replay"]]
    {
        assert_eq!(portage().args(arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
    let run = portage().args(["run", "quikstart"]).output().unwrap();
    assert!(String::from_utf8(run.stderr).unwrap().contains("did you mean the embedded scenario \"quickstart\"?"));
}

/// A patch of the quickstart's pools, and what the one message must say.
const POOLS: [(&str, &[&str]); 13] = [
    (
        "pools.new.curve={ concentrated = { fee_bps = 30, tick_spacing = 0 } }",
        &["tick_spacing", "from 1 to 16384 ticks"],
    ),
    ("pools.new.curve={ stable_swap = { fee_bps = 4, amplification = 0.5 } }", &["amplification", "from 1 to 1000000"]),
    (
        "pools.new.curve={ stable_swap = { fee_bps = 4, amplification = 100 } }",
        &["0.0003 times ETH", "0.5 to 2", "their rate"],
    ),
    (
        "pools.new.curve={ weighted = { fee_bps = 30, weights = { ETH = 0.5, USD = 0.6 } } }",
        &["sum to 1.1", "sum to 1"],
    ),
    (
        "pools.new.curve={ weighted = { fee_bps = 30, weights = { ETH = 0.5, DAI = 0.5 } } }",
        &["no asset \"DAI\"", "ETH"],
    ),
    (
        "pools.new.curve={ weighted = { fee_bps = 30, weights = { ETH = 0.5, GOV = 0.2, USD = 0.3 } } }",
        &["different coins", "the same coins"],
    ),
    (
        "pools.new.curve={ weighted = { fee_bps = 30, weights = { ETH = 0.8, USD = 0.2 }, change = { to = { ETH = 0.5, USD = 0.5 }, from = \"2024-03-08\", until = \"2024-03-08\" } } }",
        &["not after it begins", "2024-03-08"],
    ),
    (
        "pools.new.dynamic_fee={ depth = { thin_bps = 50, deep_bps = 5, thin_usd = 1e6, deep_usd = 1e5 } }",
        &["not above the lower end", "more than 1000000 USD"],
    ),
    ("pools.new.role=route", &["nowhere to migrate to", "role = \"new\""]),
    (
        "pools.third={ role = \"route\", base = \"ETH\", quote = \"GOV\", tvl_usd = 1e6, curve = { constant_product = { fee_bps = 30 } } }",
        &["lacks one of its two legs"],
    ),
    (
        "pools.third={ role = \"new\", base = \"GOV\", curve = { constant_product = { fee_bps = 30 } } }",
        &["different pairs", "role = \"route\""],
    ),
    ("providers.ranges={ narrow = 0.5, wide = 0.1 }", &["not narrower", "less than 0.1"]),
    ("providers.classes.active.ranges={ narrow = 0.9, wide = 0.5 }", &["sum to 1.4", "full range"]),
];

/// A patch of the quickstart's people, and what the one message must say.
const PEOPLE: [(&str, &[&str]); 7] = [
    (
        "providers.classes={ mercenary = { value_share = 1.0, capital_usd = 1e6, count = 1 } }",
        &["one farmer", "at least 2"],
    ),
    ("providers.classes.integrator.lumps=4", &["lumps", "from 1 to 3"]),
    (
        "providers.classes.integrator={ value_share = 0.2, count = 2, lumps = 3 }",
        &["2 integrators", "3 lumps", "at most 2"],
    ),
    ("providers.uncertainty=2.5", &["uncertainty", "2.5", "0 to 2"]),
    (
        "providers.run={ share = 0.5, threshold_mean = 0.3, threshold_sd = 0.1, window = \"10m\" }",
        &["10m", "at least", "1h"],
    ),
    ("providers.classes.mercenary.value_share=0.4", &["value_share", "sum to 1.4", "capital outside"]),
    (
        "providers={ count = 5, herding = { share = 1.0, threshold_mean = 0.3, threshold_sd = 0.1 }, classes = { integrator = { value_share = 1.0 } } }",
        &["nobody who could follow", "active or passive"],
    ),
];

#[test]
fn pools_and_people_that_cannot_be_are_refused_with_a_reason() {
    for (patch, says) in POOLS.into_iter().chain(PEOPLE) {
        let check = portage().args(["check", "quickstart", "--set", patch]).output().unwrap();
        let message = String::from_utf8(check.stderr).unwrap();
        println!("--- {patch}\n{message}");
        assert_eq!(check.status.code(), Some(1), "{patch}");
        let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        for part in says {
            assert!(message.contains(part), "{patch}: no {part:?} in\n{message}");
        }
        assert!(!message.contains("panicked"), "{message}");
    }
}

//! What a lending market may not say: every message has its place, what would have been right, and where it helps a hint.

use crate::lending_books::BESIDE;
use crate::support::portage;

/// What `portage check` says of a text: every message on one line.
fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.toml"), text).unwrap();
    let check = portage().current_dir(folder.path()).args(["check", "bad.toml"]).output().unwrap();
    let message = String::from_utf8(check.stderr).unwrap();
    assert_eq!(check.status.code(), Some(1), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message.split_whitespace().filter(|word| *word != "│" && *word != "·").collect::<Vec<_>>().join(" ")
}

/// What is replaced by what, what stands in front of the value at which the message points, and what it must say.
type Mistake = (&'static str, &'static str, &'static str, &'static [&'static str]);

const OTHER: &str = "debt_usd = 4e6, collateral = { ETH = 1.0 }, debt = { USD = 1.0 }, health = { median = ";

const MISTAKES: [Mistake; 20] = [
    (
        "threshold = 0.65, bonus",
        "threshold = 0.55, bonus",
        "loan_to_value = 0.6, threshold = ",
        &[
            "borrows up to 0.6 is liquidated at once: the threshold is 0.55",
            "from 0.6 (loan_to_value) to 1",
            "raise `threshold`",
        ],
    ),
    (
        "reserve_usd = 1e5 }",
        "reserve_usd = 1e5, steps = [{ at = \"2024-03-04\", threshold = 0.5 }] }",
        "at = \"2024-03-04\", threshold = ",
        &["the threshold is 0.5", "from 0.805 (loan_to_value) to 1"],
    ),
    (
        "debt = { ETH = 1.0 }",
        "debt = { USD = 1.0 }",
        "debt_usd = 3e6, collateral = { USD = ",
        &[
            "cyclic collateral: \"USD\" is pledged for a debt in \"USD\"",
            "other reserves than the debt",
            "counted twice",
        ],
    ),
    (
        "lp = 0.8, ETH = 0.2",
        "lp = 0.8, ETH = 0.1",
        "debt_usd = 5e6, collateral = ",
        &["the shares sum to 0.9", "sum to 1"],
    ),
    (
        "collateral = { lp = 0.8, ETH = 0.2 }",
        "collateral = {}",
        "debt_usd = 5e6, collateral = ",
        &["no share is stated", "sum to 1"],
    ),
    (
        "lp = 0.8, ETH = 0.2",
        "lq = 0.8, ETH = 0.2",
        "collateral = { lq = ",
        &["no reserve \"lq\"", "one of ETH, USD, lp"],
    ),
    (
        "reserves.USD = { supplied_usd = 5e6 }",
        "reserves.USD = { supplied_usd = 5e6 }\nreserves.WETH = {}",
        "reserves.WETH = ",
        &["no asset \"WETH\"", "one of USD, ETH", "did you mean \"ETH\"?"],
    ),
    (
        "oracle = \"mean\"",
        "oracle = \"means\"",
        "compound = {} }\nreserves.ETH = { oracle = ",
        &["no oracle \"means\"", "one of feed, mean", "did you mean \"mean\"?"],
    ),
    (
        "reserves.USD = { supplied_usd = 5e6 }",
        "reserves.USD = { oracle = \"feed\", supplied_usd = 5e6 }",
        "reserves.USD = { oracle = ",
        &["\"feed\" reads the price of ETH, not of USD", "an oracle of USD"],
    ),
    (
        "pool = \"old\"",
        "pool = \"odl\"",
        "reserves.lp = { pool = ",
        &["no pool \"odl\"", "one of new, old", "did you mean \"old\"?"],
    ),
    (
        "pool = \"old\"",
        "pool = \"new\"",
        "reserves.lp = { pool = ",
        &["\"new\" is empty at the opening", "tvl_usd above 0 USD"],
    ),
    (
        "curve.constant_product = { fee_bps = 30 }",
        "curve.concentrated = { fee_bps = 30, tick_spacing = 60 }",
        "reserves.lp = { pool = ",
        &["\"old\" has ranges", "a pool of the pair with shares"],
    ),
    (
        "pool = \"old\"",
        "asset = \"ETH\", pool = \"old\"",
        "asset = \"ETH\", pool = ",
        &["an asset or shares of a pool, not both", "one of `asset` and `pool`"],
    ),
    (
        "pool = \"old\"",
        "pool = \"old\", supplied_usd = 1e6",
        "pool = \"old\", supplied_usd = ",
        &["shares of a pool are pledged, not lent", "what borrowers pledge stands in `borrowers`"],
    ),
    (
        "supplied_usd = 40e6",
        "supplied_usd = 10e6",
        "reserves.USD = { supplied_usd = ",
        &["30000000 USD are borrowed of", "that are there at the opening", "at least", "raise `supplied_usd`"],
    ),
    (
        "median = 1.2 }",
        "median = 1.02, min = 1.0 }",
        OTHER,
        &[
            "at a health of 1.02",
            "owes 0.814 of its collateral",
            "0.805",
            "a health of 1.032 or more",
            "raise `health.median`",
        ],
    ),
    (
        "median = 1.2 }",
        "median = 1.01 }",
        OTHER,
        &["the median 1.01 is below the least health of 1.03", "at least 1.03"],
    ),
    (
        "reserve_usd = 1e5 }",
        "reserve_usd = 1e5, steps = [{ at = \"2024-03-05\", is_frozen = true }, { at = \"2024-03-04\" }] }",
        "is_frozen = true }, { at = ",
        &["2024-03-04 is out of order", "a date from 2024-03-05 to 2024-03-1"],
    ),
    (
        "oracle = \"mean\", supplied_usd = 5e6 }",
        "oracle = \"mean\", supplied_usd = 5e6, loan_to_value = 0.0 }",
        "debt_usd = 4e6, collateral = ",
        &["nothing can be borrowed against what they pledge", "`loan_to_value` is above 0"],
    ),
    (
        "debt = { ETH = 1.0 }",
        "debt = { lp = 1.0 }",
        "collateral = { USD = 1.0 }, debt = { lp = ",
        &["\"lp\" is not lent", "an asset with `is_borrowable`"],
    ),
];

#[test]
fn a_market_that_cannot_be_is_refused_where_it_is_wrong() {
    for (right, wrong, before, says) in MISTAKES {
        let text = BESIDE.replacen(right, wrong, 1);
        assert_ne!(text, BESIDE, "{right:?} is not in the scenario");
        let message = refused(&text);
        println!("--- {wrong}\n{message}");
        assert!(message.contains("1 error in bad.toml"), "{wrong}: {message}");
        for part in says {
            assert!(message.contains(part), "{wrong}: no {part:?} in {message}");
        }
        // Line and column as editors count them.
        let place = text.find(before).map(|at| at + before.len()).unwrap_or_else(|| panic!("no {before:?}"));
        let (line, column) = (1 + text[..place].matches('\n').count(), place - text[..place].rfind('\n').unwrap_or(0));
        assert!(message.contains(&format!("bad.toml:{line}:{column}]")), "{wrong}: not {line}:{column} in {message}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = BESIDE
        .replace("threshold = 0.65, bonus", "threshold = 0.5, bonus")
        .replace("lp = 0.8, ETH = 0.2", "lp = 0.8, ETH = 0.1")
        .replace("oracle = \"mean\"", "oracle = \"none\"")
        .replace("debt = { ETH = 1.0 }", "debt = { USD = 1.0 }")
        .replace("reads = \"old\"", "reads = \"elsewhere\"");
    let message = refused(&text);
    for part in
        ["the threshold is 0.5", "sum to 0.9", "no oracle \"none\"", "cyclic collateral", "no pool \"elsewhere\""]
    {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
    assert!(message.contains("5 errors in bad.toml"), "{message}");
    // A market whose own values are in order is looked at whatever is wrong with another one.
    let text = BESIDE
        .replace("oracle = \"feed\", supplied", "oracle = \"none\", supplied")
        .replace("5e6 }\nborrowers", "5e5 }\nborrowers");
    let message = refused(&text);
    assert!(message.contains("no oracle \"none\"") && message.contains("4000000 USD are borrowed"), "{message}");
    // What is told to be enough is enough.
    let enough = message.split("at least ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let mended = BESIDE.replace("5e6 }\nborrowers", &format!("{enough} }}\nborrowers"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.toml"), mended).unwrap();
    crate::support::succeeds(portage().current_dir(folder.path()).args(["check", "good.toml"]));
}

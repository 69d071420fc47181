//! What a scenario may say about a state migration, and what is refused.

use crate::support::portage;

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

/// What is said of the state migration of the quickstart scenario, and what the one message must say.
const REFUSALS: [(&str, &[&str]); 11] = [
    (
        "moved_by = { claims = {} }, during = { dual_write = {} }",
        &["dual-write does nothing", "claim what the snapshot says", "`freeze`", "`moved_by.operator`"],
    ),
    (
        "moved_by = { operator = { batch_entries = 600 } }",
        &["a batch of 600 entries takes 16831000 gas", "at most 15000000 gas", "fewer entries"],
    ),
    ("snapshot = \"2024-02-29\"", &["2024-02-29 lies outside the simulation", "a date from 2024-03-01 to"]),
    (
        "moved_by = { claims = { claims_end = \"2024-03-03\" } }",
        &["claims end on 2024-03-03, before", "a date after 2024-03-03"],
    ),
    (
        "snapshot = \"2024-03-09\", moved_by = { claims = { claims_end = \"2024-03-08\" } }",
        &["claims end on 2024-03-08, before", "a date after 2024-03-09"],
    ),
    ("errors = { missing = 1.5 }", &["errors.missing", "1.5", "0 to 1", "share of entries"]),
    ("entries = { per_provider = 0 }", &["per_provider", "from 1 to 1000 entries"]),
    ("verify = { entries = { sample = 0 } }", &["sample", "from 1 to", "entries"]),
    ("verify = { if_wrong = \"repeat\" }", &["if_wrong", "`repair`", "`abort`"]),
    ("moved_by = { operator = { bid = { most_gwei = 0 } } }", &["most_gwei", "above 0", "gwei"]),
    ("moved_by = { operators = {} }", &["operators", "operator"]),
];

/// Checks the quickstart scenario with this mechanism; without its deadline, which an operator's move does not know.
fn check(terms: &str, more: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let lines = QUICK.lines().filter(|line| !line.starts_with("deadline"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let stated = "mechanism.rebalancing = { migrator_share = 0.9 }";
    assert!(text.contains(stated), "the scenario has changed");
    let file = folder.path().join("state.toml");
    let said = format!("mechanism.state_migration = {{ {terms} }}\n{more}");
    std::fs::write(&file, text.replace(stated, &said)).unwrap();
    let output = portage().arg("check").arg(&file).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    let words = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    (output.status.code(), words)
}

#[test]
fn a_state_migration_that_cannot_be_is_refused_with_a_reason() {
    for (terms, says) in REFUSALS {
        let (code, message) = check(terms, "");
        println!("--- {terms}\n{message}");
        assert_eq!(code, Some(1), "{terms}");
        for part in says {
            assert!(message.contains(part), "{terms}: no {part:?} in\n{message}");
        }
        assert!(!message.contains("panicked") && !message.contains("2 errors"), "{message}");
    }
    for (terms, says) in
        [("", "the operator moves everybody"), ("moved_by = { claims = {} }", "claim their own entries")]
    {
        let (code, message) = check(terms, "batch = \"2024-03-05\"");
        assert_eq!(code, Some(1), "{terms}");
        assert!(message.contains(says) && message.contains("1 error in"), "{message}");
    }
}

#[test]
fn every_term_can_be_said() {
    let terms = "moved_by = { operator = { batch_entries = 500, gas_per_entry = 29000, gas_per_batch = 40000, bid = { most_gwei = 30, patience = \"2d\" } } }, \
         during = { dual_write = { gas_per_write = 12000, miss_share = 0.001 } }, snapshot = \"2024-03-04\", \
         entries = { per_provider = 2, further = 1000 }, errors = { corrupted = 0.001, duplicated = 0, missing = 0.002 }, \
         verify = { entries = { sample = 300 }, if_wrong = \"abort\", time_per_entry = \"0.5s\", usd_per_entry = 0.01 }";
    let claims = "moved_by = { claims = { gas_per_claim = 80000, claims_end = \"2024-03-19\" } }, during = \"freeze\", verify = { entries = \"all\" }";
    for terms in ["", terms, claims] {
        let (code, message) = check(terms, "");
        assert_eq!(code, Some(0), "{terms}: {message}");
    }
}

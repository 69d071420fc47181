//! Migration plans that contradict themselves, each refused with its own message; and those at the very edge, which are not.

use crate::support::build;

/// A scenario, patches of it, and what the one message must say.
type Refusal = (&'static str, &'static [&'static str], &'static [&'static str]);

const PROXY: &str = include_str!("../../scenarios/proxy-upgrade.toml");
const HELD: &str = include_str!("../../scenarios/lend-to-aave-2020.toml");

/// Triggers that never, or always, decide.
const TRIGGERS: [Refusal; 11] = [
    (
        PROXY,
        &[
            "migration.trigger={ watches = \"old_value\", threshold = { below = 1e8 }, not_before = \"2024-04-02\", latest = \"2024-04-01\" }",
        ],
        &["migration.trigger.not_before", "from 2024-04-02 on", "in any case on 2024-04-01", "a date up to 2024-04-01"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"old_value\", threshold = { below = 1e8 }, latest = \"2024-05-15\" }"],
        &[
            "migration.trigger.latest",
            "2024-05-15 lies outside the simulation",
            "from 2024-03-01 to 2024-05-14T23:58:00Z",
        ],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"old_value\", threshold = { below = 1e8 }, not_before = \"2024-02-29\" }"],
        &["migration.trigger.not_before", "2024-02-29 lies outside the simulation"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"old_value\", threshold = { below = 1e8 }, latest = \"2024-03-07\" }"],
        &["start by 2024-03-07, before the new version opens on 2024-03-08", "a date from 2024-03-08 on"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"old_value\", threshold = { below = 0.0 } }"],
        &["migration.trigger.threshold.below", "value in the old version never lies below 0", "above 0"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"gas_price\", threshold = { below = -1.0 } }"],
        &["the base fee never lies below -1"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"reference_price\", threshold = { below = 0.0 } }"],
        &["the reference price never lies below 0"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"pool_price\", threshold = { below = 0.0 } }"],
        &["the price in the old pool never lies below 0"],
    ),
    (
        PROXY,
        &["migration.trigger={ watches = \"volatility\", threshold = { below = 0.0 } }"],
        &["the volatility never lies below 0"],
    ),
    (
        HELD,
        &["migration.trigger={ watches = \"pool_price\", threshold = { below = 40.0 } }"],
        &["migration.trigger.watches", "a holding has no price", "`reference_price`"],
    ),
    (
        HELD,
        &["migration.gates={ slippage_bps_max = 50.0 }"],
        &["migration.gates.slippage_bps_max", "a holding has no price", "`loss_share_max`"],
    ),
];

/// Gates, stages and decisions.
const COURSES: [Refusal; 8] = [
    (HELD, &["migration.gates={ price_gap_bps_max = 50.0 }"], &["migration.gates.price_gap_bps_max", "no price"]),
    (PROXY, &["migration.gates={ on_trip = \"rollback\" }"], &["the gates have no limit", "state a limit"]),
    (
        PROXY,
        &["migration.gates={ wrong_entries_share_max = 0.01 }"],
        &["migration.gates.wrong_entries_share_max", "no state is copied"],
    ),
    (
        PROXY,
        &["migration.resumes_after=\"1d\"", "migration.gates={ loss_share_max = 0.01, on_trip = \"hold\" }"],
        &["migration.resumes_after", "nothing rolls the migration back", "response.rollback = true"],
    ),
    (
        PROXY,
        &[
            "migration.stages=[{ cap_share = 0.1, cap_usd = 2e6, lasting = \"2d\" }, { cap_share = 0.2, lasting = \"2d\" }, { cap_share = 0.3, cap_usd = 1e6, lasting = \"2d\" }]",
        ],
        &["migration.stages.2.cap_usd", "1000000 USD, less than 2000000 before it", "at least 2000000 USD"],
    ),
    (
        PROXY,
        &["migration.stages=[{ cap_share = 0.1, cap_usd = 0.0, lasting = \"2d\" }]"],
        &["migration.stages.0.cap_usd", "lets nothing into the new version", "more than 0 USD"],
    ),
    (
        PROXY,
        &["migration.response.pause=\"governance\""],
        &["migration.response.pause", "governance is to pause", "[migration.governance]"],
    ),
    (
        PROXY,
        &["migration.governance={ on_chain = { emergency_delay = \"8d\" } }"],
        &["emergency_delay", "8d, longer than a whole vote with its timelock, 604800 s", "at most 604800 s"],
    ),
];

/// Dates of a state that is copied.
const STATES: [Refusal; 2] = [
    (
        PROXY,
        &[
            "migration.announced=\"2024-03-06\"",
            "migration.mechanism={ state_migration = { snapshot = \"2024-03-05\" } }",
        ],
        &["snapshot on 2024-03-05", "before the announcement on 2024-03-06", "a date from 2024-03-06 on"],
    ),
    (
        PROXY,
        &["migration.mechanism={ state_migration = { moved_by = { claims = { claims_end = \"2024-06-01\" } } } }"],
        &["moved_by.claims.claims_end", "2024-06-01 lies outside the simulation", "2024-05-14T23:58:00Z"],
    ),
];

#[test]
fn plans_that_contradict_themselves_are_refused_with_a_reason() {
    for (scenario, patches, says) in TRIGGERS.into_iter().chain(COURSES).chain(STATES) {
        let broken = build(scenario, patches).expect_err("a plan that contradicts itself");
        let [rule] = &broken[..] else { panic!("{patches:?}: {broken:?}") };
        let told = [&rule.path, &rule.message, &rule.expected, &rule.hint].map(String::as_str).join("; ");
        for part in says {
            assert!(told.contains(part), "{patches:?}: no {part:?} in\n{told}");
        }
    }
}

#[test]
fn plans_at_the_edge_of_a_contradiction_are_accepted() {
    let edges: [(&str, &[&str]); 9] = [
        (
            PROXY,
            &[
                "migration.trigger={ watches = \"old_value\", threshold = { below = 1e8 }, not_before = \"2024-03-08\", latest = \"2024-03-08\" }",
            ],
        ),
        // A yield gap can be negative.
        (PROXY, &["migration.trigger={ watches = \"yield_gap\", threshold = { below = -0.01 } }"]),
        (HELD, &["migration.trigger={ watches = \"reference_price\", threshold = { below = 40.0 } }"]),
        // What the verification catches ends the migration, with no limit stated.
        (PROXY, &["migration.gates={ on_trip = \"rollback\" }", "migration.verification={ optimistic = {} }"]),
        (PROXY, &["migration.resumes_after=\"1d\"", "migration.response.rollback=true"]),
        (
            PROXY,
            &[
                "migration.stages=[{ cap_share = 0.1, cap_usd = 2e6, lasting = \"2d\" }, { cap_share = 0.2, cap_usd = 2e6, lasting = \"2d\" }]",
            ],
        ),
        (
            PROXY,
            &[
                "migration.response.pause=\"governance\"",
                "migration.governance={ on_chain = { emergency_delay = \"7d\" } }",
            ],
        ),
        (
            PROXY,
            &[
                "migration.mechanism={ state_migration = { snapshot = \"2024-03-01\" } }",
                "migration.gates={ wrong_entries_share_max = 0.01 }",
            ],
        ),
        (
            PROXY,
            &["migration.mechanism={ state_migration = { moved_by = { claims = { claims_end = \"2024-05-14\" } } } }"],
        ),
    ];
    for (scenario, patches) in edges {
        if let Err(broken) = build(scenario, patches) {
            panic!("{patches:?}: {broken:?}");
        }
    }
}

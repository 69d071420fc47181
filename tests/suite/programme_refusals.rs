//! Programmes, reward markets, late penalties and dated changes of pools that cannot be, each with its own message.

use crate::support::{model, portage};

const QUICK: &str = include_str!("../../scenarios/quickstart.toml");

/// Patches of the quickstart scenario, and what the one message must say.
const REFUSALS: [(&[&str], &[&str]); 28] = [
    (
        &["chain.gas_token=\"GOV\"", "reward_markets.GOV={ depth_usd = 1e6 }"],
        &["\"GOV\" pays the gas of the chain", "an asset that is not the gas token"],
    ),
    (
        &["programmes.rewards.schedule={ exponential_decay = { half_life = \"1s\" } }"],
        &["half_life", "at least 60s", "1s"],
    ),
    (
        &["programmes.rewards.schedule={ cliff = { at = \"2024-03-17\", then = 0.5 } }"],
        &["the cliff on 2024-03-17", "outside the programme", "between 2024-03-03 and 2024-03-17"],
    ),
    (
        &["programmes.rewards.schedule={ front_loaded = { bonus_until = \"2024-03-02\", multiple = 3 } }"],
        &["the end of the higher rate on 2024-03-02", "between 2024-03-03 and 2024-03-17"],
    ),
    (
        &["programmes.rewards.schedule={ front_loaded = { bonus_until = \"2024-03-05\", multiple = 0.5 } }"],
        &["multiple", "from 1 to 100"],
    ),
    (&["programmes.rewards.schedule={ steps = [] }"], &["1 to 64 elements"]),
    (
        &[
            "programmes.rewards.schedule={ steps = [{ at = \"2024-03-05\", then = 2 }, { at = \"2024-03-20\", then = 0 }] }",
        ],
        &["the step on 2024-03-20 lies outside", "between 2024-03-03 and 2024-03-17"],
    ),
    (
        &[
            "programmes.rewards.schedule={ steps = [{ at = \"2024-03-09\", then = 2 }, { at = \"2024-03-09\", then = 0 }] }",
        ],
        &["does not follow that on 2024-03-09", "a date after 2024-03-09"],
    ),
    (&["programmes.rewards.stopped=2024-03-03"], &["the stop on 2024-03-03", "between 2024-03-03 and 2024-03-17"]),
    (
        &["programmes.rewards.from=2024-02-01", "programmes.rewards.stopped=2024-02-20"],
        &["2024-02-01 to 2024-02-20", "outside the simulation"],
    ),
    (
        &["programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-25\", held_for = \"5d\" }"],
        &["the bonus on 2024-03-25", "after 2024-03-03 up to 2024-03-21T23:59:00Z"],
    ),
    (
        &[
            "programmes.rewards.from=2024-02-01",
            "programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-02-25\", held_for = \"5d\" }",
        ],
        &["the bonus on 2024-02-25", "from 2024-03-01 up to"],
    ),
    (
        &["programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-10\", held_for = \"7d\" }"],
        &["held_for", "on 2024-03-03 can have stayed 7d by 2024-03-10", "less than 604800 s"],
    ),
    (
        &[
            "programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-18\", held_for = \"5d\" }",
            "programmes.rewards.stopped=2024-03-12",
        ],
        &["stopped on 2024-03-12", "bonus of 2024-03-18", "leave out one"],
    ),
    (
        &["programmes.rewards.sold_share=0.75", "programmes.rewards.sold_later={ share = 0.5, over = \"30d\" }"],
        &["receivers sell 1.25", "0.75 at once and 0.5 later", "from 0 to 0.25"],
    ),
    (&["programmes.rewards.venue=old", "programmes.rewards.only_migrated=true"], &["\"old\" is the old version"]),
    (&["programmes.rewards.cap_usd=0"], &["cap_usd", "above 0", "USD per address"]),
    (
        &["pools.new.curve={ concentrated = { fee_bps = 30 } }", "programmes.rewards.cap_usd=1e6"],
        &["`cap_usd`", "pays ranges, not addresses"],
    ),
    (
        &[
            "pools.new.curve={ concentrated = { fee_bps = 30 } }",
            "programmes.rewards.lock={ lasting = \"9d\", penalty = 0.01 }",
        ],
        &["`lock`", "pays ranges, not addresses"],
    ),
    (&["reward_markets.GVO={ depth_usd = 1e6 }"], &["no asset \"GVO\"", "did you mean \"GOV\""]),
    (
        &["reward_markets.USD={ depth_usd = 1e6 }"],
        &["\"USD\" is the numeraire", "nothing that is sold moves its price"],
    ),
    (&["reward_markets.ETH={ depth_usd = 1e6 }"], &["\"ETH\" is a coin of the pool", "the reference market's"]),
    (
        &["reward_markets.GOV={ depth_usd = 1e6 }", "programmes.rewards.token=USD"],
        &["no programme pays \"GOV\"", "an asset in which a programme pays"],
    ),
    (
        &["migration.late_penalty={ after = \"2024-03-03\" }"],
        &["late from 2024-03-03 on, before the new version opens on 2024-03-03", "a date after 2024-03-03"],
    ),
    (&["migration.late_penalty={ first = 0.1 }"], &["begins at 0.1, above its most of 0.05", "a share from 0.1"]),
    (
        &["pool_changes=[{ at = \"2024-04-09\", pool = \"old\", protocol_share = 0.5 }]"],
        &["2024-04-09 lies outside", "from 2024-03-01 to"],
    ),
    (
        &["pool_changes=[{ at = \"2024-03-09\", pool = \"odl\", protocol_share = 0.5 }]"],
        &["no pool \"odl\"", "did you mean \"old\""],
    ),
    (
        &["pool_changes=[{ at = \"2024-03-09\", pool = \"old\" }]"],
        &["nothing changes", "`protocol_share` and `perceived_hazard`"],
    ),
];

fn refused(scenario: &str, patches: &[&str], says: &[&str]) {
    let mut command = portage();
    command.args(["check", scenario]);
    for patch in patches {
        command.args(["--set", patch]);
    }
    let check = command.output().unwrap();
    let message = String::from_utf8(check.stderr).unwrap();
    println!("--- {patches:?}\n{message}");
    assert_eq!(check.status.code(), Some(1), "{patches:?} was accepted");
    assert!(message.contains("1 error"), "{patches:?}: not one error in\n{message}");
    let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    for part in says {
        assert!(message.contains(part), "{patches:?}: no {part:?} in\n{message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn terms_that_cannot_be_are_refused_with_a_reason() {
    for (patches, says) in REFUSALS {
        refused("quickstart", patches, says);
    }
}

#[test]
fn what_needs_a_scenario_of_its_own_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: String, says: &[&str]| {
        let file = folder.path().join("bad.toml");
        std::fs::write(&file, text).unwrap();
        refused(file.to_str().unwrap(), &[], says);
    };
    let many: String = (0..16)
        .map(|at| {
            format!("[programmes.p{at}]\ntoken = \"USD\"\nvenue = \"new\"\nbudget = 1\nfrom = \"2024-03-03\"\nuntil = \"2024-03-09\"\n")
        })
        .collect();
    check(QUICK.replace("[migration]", &format!("{many}[migration]")), &["17 programmes", "at most 16"]);
    check(
        QUICK.replace("deadline = \"2024-03-20\"", "late_penalty = {}"),
        &["nothing says from when on moving is late", "`migration.deadline`"],
    );
    let route = "[pools.leg]\nrole = \"route\"\nbase = \"ETH\"\nquote = \"GOV\"\ntvl_usd = 1e6\ncurve.constant_product = { fee_bps = 30 }\n\
        [pools.other]\nrole = \"route\"\nbase = \"GOV\"\ntvl_usd = 1e6\ncurve.constant_product = { fee_bps = 30 }\n\
        [[pool_changes]]\nat = \"2024-03-09\"\npool = \"leg\"\nperceived_hazard = 0.1\n";
    check(
        QUICK.replace("[providers]\n", &format!("{route}[providers]\n")),
        &["a leg of a route", "a pool that is old or new"],
    );
    // Without an old version nobody can have come from it.
    let alone = "title = \"a\"\nstart = \"2024-03-01\"\nhorizon = \"9d\"\n[assets.ETH]\nprice.gbm = { initial_usd = 1.0, volatility = 1.0 }\n\
        [pools.new]\nrole = \"new\"\nbase = \"ETH\"\ntvl_usd = 1e6\ncurve.constant_product = { fee_bps = 30 }\n\
        [programmes.p]\ntoken = \"USD\"\nvenue = \"new\"\nbudget = 1\nfrom = \"2024-03-03\"\nuntil = \"2024-03-09\"\nonly_migrated = true\n";
    check(alone.to_owned(), &["there is no old version", "role = \"old\""]);
}

#[test]
fn every_term_that_can_be_is_accepted() {
    let patches = [
        "programmes.rewards.schedule={ steps = [{ at = \"2024-03-05\", then = 2 }, { at = \"2024-03-09\", then = 0 }] }",
        "programmes.rewards.retention_bonus={ share = 0.3, at = \"2024-03-20\", held_for = \"5d\" }",
        "programmes.rewards.sold_share=0.7",
        "programmes.rewards.sold_later={ share = 0.3, over = \"30d\" }",
        "programmes.rewards.cap_usd=1e6",
        "programmes.rewards.only_migrated=true",
        "reward_markets.GOV={ depth_usd = 1e6 }",
        "migration.late_penalty={}",
        "pool_changes=[{ at = \"2024-03-09\", pool = \"old\", protocol_share = 0.5, perceived_hazard = 0.2 }]",
    ];
    let model = model(QUICK, &patches);
    assert_eq!(model.reward_markets.len(), 1);
    assert_eq!(model.tokens[model.reward_markets[0].0.index()], "GOV");
    assert!((model.programmes[0].emission.bonus_tokens() - 45_000.0).abs() < 1e-9);
    // The deadline of 20 March is 19 days after the start.
    let penalty = model.late_penalty.expect("the plan states one");
    assert_eq!((penalty.rate(19.0 * 86_400.0 - 1.0), penalty.rate(19.0 * 86_400.0)), (0.0, 0.01));
}

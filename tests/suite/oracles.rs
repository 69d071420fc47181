//! Oracles that read a pool: when an attack pays, what it takes, and that the books balance.

use crate::support::{column, ensemble, model, portage};
use portage::base::ledger::Token;
use portage::engine::run::{Engine, Observer, Scene};

/// A pool whose price does not move, and a lender who goes by the price with which its last block closed.
const LENDER: &str = r#"
title = "a lender who reads a pool"
start = "2024-03-01"
horizon = "1d"
[assets.ETH]
price.constant = { usd = 2000.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 1e6
curve.constant_product = { fee_bps = 30, fees = "apart" }
[arbitrage]
[oracles.lender]
reads = "old"
average.twap = { blocks = 1 }
relies = { borrowable_usd = 1e6, loan_to_value = 0.75 }
attackers = { presence.watching = { probability = 1.0 }, capital_usd = 1e9 }
"#;

/// The same lender while liquidity moves from one pool to another, on the scenario's dates.
const DRAINED: &str = include_str!("../../scenarios/quickstart.toml");

const ORACLE: &str =
    "oracles={ lender = { reads = \"old\", average = { twap = { blocks = 5 } }, relies = { borrowable_usd = 2e6 } } }";

/// Largest depth, USD of quote, at which some factor a brings more than it costs: max (B (1 - 1/(l a)) - gas) / c(a), found by plain
/// search, c the cost of a push per USD of quote by the closed form.
fn threshold(gas_usd: f64, cost: impl Fn(f64) -> f64) -> f64 {
    let factors = (1..2_000_000).map(|step| 4.0 / 3.0 + 1e-4 * f64::from(step));
    factors.map(|a| (1e6 * (1.0 - 4.0 / (3.0 * a)) - gas_usd) / cost(a)).fold(0.0, f64::max)
}

fn attacks(patches: &[&str]) -> f64 {
    column(&ensemble(&model(LENDER, patches), 1), "oracle_attacks")[0]
}

#[test]
fn an_attack_happens_just_below_the_depth_of_the_closed_form_and_not_above() {
    let arbitraged = |fee: f64| move |a: f64| a.sqrt() + 1.0 / a.sqrt() - 2.0 + fee / (1.0 - fee) * (a.sqrt() - 1.0);
    let atomic = |fee: f64| move |a: f64| fee / (1.0 - fee) * (a.sqrt() - 1.0 / a.sqrt());
    // Gas at a constant price: 700,000 of the attack, and 113,000 a swap: one where arbitrage brings the price back, two at once.
    let gas = "chain={ gas_price = { constant = { gwei = 30.0 } } }";
    let gas_usd = |swaps: f64| (700_000.0 + 113_000.0 * swaps) * 30e-9 * 2_000.0;
    let (free, fee_1) = ("pools.old.curve.constant_product.fee_bps=0", "pools.old.curve.constant_product.fee_bps=100");
    let spot = "oracles.lender.average=spot";
    let cases: [(&[&str], f64); 5] = [
        (&[free], threshold(0.0, arbitraged(0.0))),
        (&[], threshold(0.0, arbitraged(0.003))),
        (&[fee_1, gas], threshold(gas_usd(1.0), arbitraged(0.01))),
        (&[spot], threshold(0.0, atomic(0.003))),
        (&[spot, fee_1, gas], threshold(gas_usd(2.0), atomic(0.01))),
    ];
    for (patches, depth) in cases {
        for (times, expected) in [(0.5, 1.0), (1.0 - 1e-5, 1.0), (1.0 + 1e-5, 0.0), (2.0, 0.0)] {
            // Half of a pool's value is quote.
            let depth = format!("pools.old.tvl_usd={}", 2.0 * depth * times);
            let found = attacks(&[patches, &[depth.as_str()]].concat());
            assert_eq!(found, expected, "{patches:?} at {times} times the threshold, {depth}");
        }
    }
}

#[test]
fn what_is_lost_and_kept_is_what_the_closed_form_says() {
    let runs = ensemble(&model(LENDER, &["oracles.lender.average=spot"]), 1);
    let value = |name: &str| column(&runs, name)[0];
    // 500,000 USD of quote: the root s of the best factor solves 2 B/l = phi y (s^3 + s), phi = f/(1 - f).
    let cost = 0.003 / 0.997 * 5e5;
    let (mut low, mut high) = (1.0, 1e3);
    for _halving in 0..200 {
        let s: f64 = 0.5 * (low + high);
        if 2e6 / 0.75 > cost * (s * s * s + s) { low = s } else { high = s }
    }
    let (lost, paid) = (1e6 * (1.0 - 1.0 / (0.75 * low * low)), cost * (low - 1.0 / low));
    assert!((value("oracle_loss_usd") / lost - 1.0).abs() < 1e-6, "{} against {lost}", value("oracle_loss_usd"));
    assert!((value("oracle_attacker_profit_usd") / (lost - paid) - 1.0).abs() < 1e-9);
    // Nothing else trades: all of the pool's fees are the attacker's, and providers have them.
    assert!((value("pool_fees_usd") / paid - 1.0).abs() < 1e-6, "{} against {paid}", value("pool_fees_usd"));
    assert!(value("lvr_usd").abs() < 1e-6 * paid);
    assert!((value("attackable_usd_max") / (lost - paid) - 1.0).abs() < 1e-9);
}

#[test]
fn a_mean_is_pushed_block_after_block_and_arbitraged_back_in_between() {
    // Two blocks are cheaper held than pushed at once; what the searchers take is what the attacker loses besides the fee of its leg.
    let patches = ["oracles.lender.average={ twap = { blocks = 2 } }", "pools.old.curve.constant_product.fee_bps=0"];
    let runs = ensemble(&model(LENDER, &patches), 1);
    let value = |name: &str| column(&runs, name)[0];
    assert_eq!((value("oracle_attacks"), value("oracle_attacks_failed")), (1.0, 0.0));
    let pushed = value("oracle_loss_usd") - value("oracle_attacker_profit_usd");
    assert!((value("arbitrage_gross_usd") / pushed - 1.0).abs() < 1e-9, "{pushed}");
    assert_eq!(value("arbitrage_trades"), 2.0);
    // The best factor of two held blocks: max B (1 - 1/(l a)) - 2 y (sqrt a + 1/sqrt a - 2).
    let factors = (1..2_000_000).map(|step| 4.0 / 3.0 + 1e-4 * f64::from(step));
    let net =
        factors.map(|a| 1e6 * (1.0 - 4.0 / (3.0 * a)) - 1e6 * (a.sqrt() + 1.0 / a.sqrt() - 2.0)).fold(0.0, f64::max);
    assert!((value("oracle_attacker_profit_usd") / net - 1.0).abs() < 1e-6, "{net}");
}

/// Cost of doubling the price that the oracle reads, the old pool's quote, and what an attack would bring, at every observation.
struct Seen(Vec<(f64, f64, f64)>);

impl Observer for Seen {
    fn observe(&mut self, scene: &Scene<'_>) {
        let book = scene.world.instruments.oracles.unwrap();
        let old = scene.model.venues.iter().position(|venue| venue.name == "old").unwrap();
        self.0.push((book.cost_usd, scene.world.books.venues[old].pool.balances()[1], book.net_gain_usd));
    }
}

#[test]
fn a_reference_pool_drained_by_90_percent_is_ten_times_cheaper_to_attack() {
    // Nobody trades and the price stands still: what changes is the liquidity, and the cost is in proportion to it.
    let still = [
        "assets.ETH.price={ constant = { usd = 3000.0 } }",
        "correlations=[]",
        "oracles.lender.average={ twap = { blocks = 1 } }",
    ];
    let text = DRAINED.replace("[pools.old]", "[oracles.lender]\nreads = \"old\"\naverage.twap = { blocks = 5 }\nrelies = { borrowable_usd = 2e6 }\n[pools.old]");
    let traders = text.find("[traders]").unwrap();
    let end = traders + 9 + text[traders + 9..].find("\n[").unwrap();
    let text = format!("{}{}", &text[..traders], &text[end..]);
    let everybody = [
        "programmes.rewards.budget=2e6",
        "providers.classes={ integrator = { value_share = 0.97, count = 3 }, locked = { value_share = 0.03, head_share = 1.0, freed_after = \"900d\" } }",
    ];
    let model = model(&text, &[&still[..], &everybody].concat());
    let mut seen = Seen(Vec::new());
    Engine::new(&model).run(&model, 1, 0, &mut seen);
    let (first_cost, first_quote, _) = seen.0[0];
    for (cost, quote, _) in &seen.0 {
        assert!(
            (cost / first_cost - quote / first_quote).abs() < 1e-9,
            "{cost} of {first_cost} at {quote} of {first_quote}"
        );
    }
    let (_, last_quote, last_net) = seen.0.last().unwrap();
    assert!(seen.0[0].2 == 0.0 && *last_net > 0.0, "{} at first, {last_net} in the end", seen.0[0].2);
    println!("drained to {} of the opening", last_quote / first_quote);
    assert!(last_quote / first_quote < 0.1, "only drained to {}", last_quote / first_quote);
}

#[test]
fn an_oracle_that_moves_with_the_liquidity_closes_the_window() {
    // A pool of one million USD pays, one of twenty does not.
    let text = LENDER.replace("[arbitrage]", "[pools.new]\nrole = \"new\"\nbase = \"ETH\"\ntvl_usd = 20e6\ncurve.constant_product = { fee_bps = 30 }\n[arbitrage]");
    let hours = |patches: &[&str]| {
        let unwatched =
            ["oracles.lender.attackers={ presence = { watching = { probability = 0.0 } }, capital_usd = 1e9 }"];
        let runs = ensemble(&model(&text, &[&unwatched[..], patches].concat()), 1);
        assert_eq!(column(&runs, "oracle_attacks")[0], 0.0);
        column(&runs, "attackable_hours")[0]
    };
    assert!((hours(&[]) - 24.0).abs() < 1e-9);
    let switched = hours(&["oracles.lender.switch={ at = \"2024-03-01T06:00\", to = \"new\" }"]);
    assert!((switched - 6.0).abs() < 0.01, "{switched} hours");
    assert_eq!(hours(&["oracles.lender.reads=new"]), 0.0);
    // Moved too soon, to a pool that is empty: its price is whatever somebody says.
    let empty = [
        "oracles.lender.reads=new",
        "pools.old.tvl_usd=0",
        "oracles.lender.switch={ at = \"2024-03-01T06:00\", to = \"old\" }",
    ];
    assert!((hours(&empty) - 18.0).abs() < 0.01);
}

/// A small scenario that runs as it is: two lenders while the quickstart's liquidity moves, one that moves with it.
const LENDERS: &str = "oracles={ moved = { reads = \"old\", average = { twap = { blocks = 5 } }, relies = { borrowable_usd = 20e6, collateral_usd_max = 5e6 }, switch = { at = \"2024-03-10\", to = \"new\" }, attackers = { presence = { looking = { per_day = 2.0 } }, capital_usd = 50e6 } }, stayed = { reads = \"old\", average = \"spot\", relies = { borrowable_usd = 30e6, loan_to_value = 0.8 }, attackers = { presence = { watching = { probability = 0.5 } }, capital_usd = 1e6 } } }";

#[test]
fn tokens_are_conserved_and_gains_explained_in_runs_with_attacks() {
    let curves = [
        "{ constant_product = { fee_bps = 30 } }",
        "{ concentrated = { fee_bps = 30 } }",
        "{ weighted = { fee_bps = 30, protocol_share = 0.2, weights = { ETH = 0.5, USD = 0.5 } } }",
    ];
    for curve in curves {
        let curve = format!("pools.old.curve={curve}");
        let model = model(DRAINED, &[LENDERS, &curve]);
        // A run that breaks a law is a failed run, and fails the test.
        let runs = ensemble(&model, 6);
        let attacks: f64 = column(&runs, "oracle_attacks").iter().sum();
        let lost: f64 = column(&runs, "oracle_loss_usd").iter().sum();
        println!("{curve}: {attacks} attacks, {lost} USD lost");
        assert!(attacks > 0.0 && lost > 0.0, "{attacks} attacks with {curve}");
        for name in ["identity_residual", "ledger_residual", "mirror_residual"] {
            let worst = column(&runs, name).into_iter().fold(0.0, f64::max);
            assert!(worst <= 1e-9, "{name} {worst:e} with {curve}");
        }
        let again = ensemble(&model, 6);
        for name in ["oracle_loss_usd", "oracle_attacker_profit_usd", "attackable_usd_hours", "lvr_usd"] {
            assert_eq!(column(&runs, name), column(&again, name), "{name} with {curve}");
        }
    }
}

#[test]
fn what_a_lender_is_out_stands_on_its_account() {
    let model = model(LENDER, &["oracles.lender.average=spot"]);
    let world = Engine::new(&model).run(&model, 1, 0, &mut portage::engine::run::Unwatched);
    let (book, held) =
        (world.instruments.oracles.unwrap(), |token| world.books.ledger.balance(world.books.accounts.relying, token));
    let eth = world.books.venues[0].terms.coins.token(0);
    assert!((held(Token::USD) + book.borrowed_usd).abs() < 1e-9 * book.borrowed_usd);
    assert!((held(eth) * 2_000.0 / book.collateral_usd - 1.0).abs() < 1e-12);
    assert!(
        (world.books.ledger.balance(world.books.accounts.manipulators, Token::USD) / book.profit_usd() - 1.0).abs()
            < 1e-12
    );
}

#[test]
fn looking_more_often_moves_no_price_and_oracles_without_attackers_change_nothing() {
    let value = |oracles: &str, name: &str| column(&ensemble(&model(DRAINED, &[oracles]), 2), name);
    for name in ["price_return", "lvr_usd", "migrated_value_share", "pool_fees_usd", "arbitrage_net_usd"] {
        assert_eq!(value("oracles={}", name), value(ORACLE, name), "{name}");
    }
    let often = LENDERS.replace("per_day = 2.0", "per_day = 50.0");
    assert_eq!(value(LENDERS, "price_return"), value(&often, "price_return"));
    assert!(value("oracles={}", "attackable_hours").iter().all(|hours| hours.is_nan()));
}

/// A patch of the quickstart, and what the one message must say.
const REFUSED: [(&str, &[&str]); 9] = [
    (
        "lender={ reads = \"olt\", average = \"spot\", relies = { borrowable_usd = 1e6 } }",
        &["no pool \"olt\"", "did you mean \"old\""],
    ),
    (
        "lender={ reads = \"new\", average = \"spot\", relies = { borrowable_usd = 1e6 } }",
        &["empty at the opening", "switch"],
    ),
    (
        "lender={ reads = \"old\", average = \"spot\", relies = { borrowable_usd = 1e6 }, switch = { at = \"2024-03-05\", to = \"old\" } }",
        &["reads already"],
    ),
    (
        "lender={ reads = \"old\", average = \"spot\", relies = { borrowable_usd = 1e6 }, switch = { at = \"2025-03-05\", to = \"new\" } }",
        &["outside the simulation", "a date from 2024-03-01"],
    ),
    (
        "lender={ reads = \"old\", average = { twap = { blocks = 0 } }, relies = { borrowable_usd = 1e6 } }",
        &["blocks", "1 to 65535"],
    ),
    (
        "lender={ reads = \"old\", average = { twap = { blocks = 65000 } }, relies = { borrowable_usd = 1e6 } }",
        &["a mean over 65000 blocks", "at most"],
    ),
    (
        "lender={ reads = \"old\", average = \"spot\", relies = { borrowable_usd = 1e6, loan_to_value = 1.2 } }",
        &["loan_to_value", "0.99"],
    ),
    ("lender={ reads = \"old\", average = \"spot\", relies = { borrowable_usd = 0 } }", &["borrowable_usd", "USD"]),
    (
        "lender={ reads = \"old\", average = \"spot\", relies = { borrowable_usd = 1e6 }, attackers = { presence = { looking = { per_day = 0 } }, capital_usd = 1 } }",
        &["per_day"],
    ),
];

fn refuses(scenario: &str, patches: &[&str], says: &[&str]) {
    let mut command = portage();
    command.args(["check", scenario]);
    for patch in patches {
        command.args(["--set", patch]);
    }
    let check = command.output().unwrap();
    let message = String::from_utf8(check.stderr).unwrap();
    println!("--- {patches:?}\n{message}");
    assert_eq!(check.status.code(), Some(1), "{patches:?}");
    let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    for part in says {
        assert!(message.contains(part), "{patches:?}: no {part:?} in\n{message}");
    }
}

#[test]
fn oracles_that_cannot_be_are_refused_with_a_reason() {
    for (patch, says) in REFUSED {
        refuses("quickstart", &[&format!("oracles={{ {} }}", patch.replacen('=', " = ", 1))], says);
    }
    let spot = |pool: &str| {
        format!(
            "oracles={{ lender = {{ reads = \"{pool}\", average = \"spot\", relies = {{ borrowable_usd = 1e6 }} }} }}"
        )
    };
    let route = "pools.third={ role = \"route\", base = \"ETH\", quote = \"GOV\", tvl_usd = 1e6, curve = { constant_product = { fee_bps = 30 } } }";
    refuses("quickstart", &[route, &spot("third")], &["a leg of a route and does not trade the pair"]);
    refuses("lend-to-aave-2020", &[&spot("lend")], &["tokens are only held"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("still.toml");
    std::fs::write(&file, LENDER.replace("[arbitrage]\n", "")).unwrap();
    refuses(file.to_str().unwrap(), &[], &["nobody would bring a price back", "[arbitrage]"]);
    let nine: Vec<String> = (0..9)
        .map(|number| {
            format!("l{number} = {{ reads = \"old\", average = \"spot\", relies = {{ borrowable_usd = 1e6 }} }}")
        })
        .collect();
    refuses("quickstart", &[&format!("oracles={{ {} }}", nine.join(", "))], &["9 oracles", "at most 8"]);
}

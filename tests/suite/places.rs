//! Places where liquidity can stand: venues of other protocols, and holdings, where a token is converted or lent.

use crate::support::{column, ensemble, mean, model, portage};
use portage::base::ledger::Token;
use portage::base::units::DAYS_PER_YEAR;
use portage::engine::run::{Engine, Unwatched};
use portage::engine::world::{Holder, LpClass};

/// A pool at a price that never moves, without orders and gas, and an empty rival: nothing but pay tells them apart.
const STILL: &str = r#"
title = "a rival"
start = "2020-11-01"
horizon = "20d"
observation = "1h"
[clock]
step = 50
[assets.ETH]
price.constant = { usd = 400.0 }
[pools.ours]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[pools.theirs]
role = "rival"
base = "ETH"
curve.constant_product = { fee_bps = 30 }
[providers]
count = 400
size_sd = 0.5
outside_yield = 0.10
nesting = 1.0
[providers.classes.passive]
value_share = 0.5
head_share = 0.5
time_scale = "5d"
[providers.classes.active]
value_share = 0.5
head_share = 0.5
reviews_per_day = 6
motives = { noise = 0.001, inertia = 0.2, social_proof = 0.0, rewards_kept = 1.0 }
[providers.classes.mercenary]
capital_usd = 40e6
count = 2000
reviews_per_day = 0.5
motives = { noise = 0.001, inertia = 0.0, social_proof = 0.0, rewards_kept = 1.0 }
[programmes.pay]
token = "USD"
venue = "theirs"
budget = 2e6
from = "2020-11-01"
until = "2021-11-01"
"#;

/// The scenario without its programme.
fn without_pay() -> String {
    STILL.split("[programmes.pay]").next().unwrap().to_owned()
}

#[test]
fn a_rival_that_pays_holds_what_its_pay_supports() {
    let model = model(STILL, &["providers.classes.active.reviews_per_day=0"]);
    let runs = ensemble(&model, 4);
    // Required yield: whoever may come and go for nothing comes until T = S / r, two million USD in 365 days over 0.10 a year. As twice
    // that capital waits, noise is indifferent there; a newcomer's own dilution is 0.1 %, and within an hour 2 % of them look.
    let law = 2e6 * DAYS_PER_YEAR / 365.0 / 0.10;
    for held in column(&runs, "rival_liquidity_usd") {
        assert!((held / law - 1.0).abs() < 0.03, "the rival holds {held}, its pay supports {law}");
    }
    // The passive know no rival.
    assert!(column(&runs, "rival_value_share").iter().all(|share| *share == 0.0));
}

#[test]
fn providers_follow_pay_to_a_rival_and_have_moved_then() {
    let patches = [
        "providers.classes.mercenary.capital_usd=0",
        "programmes.pay.budget=11e6",
        "providers.classes.active.motives.inertia=0",
    ];
    let runs = ensemble(&model(STILL, &patches), 4);
    let (lost, stayed) = (column(&runs, "rival_value_share"), column(&runs, "never_moved_value_share"));
    for (lost, stayed) in lost.iter().zip(stayed) {
        // All the active, half of the value, and nobody of the passive.
        assert!((lost - 0.5).abs() < 0.005, "{lost} of the value went");
        assert!((stayed - 0.5).abs() < 1e-9, "{stayed} of the value never moved");
    }
    assert!(column(&runs, "migrated_value_share").iter().all(|share| *share == 0.0));
    assert!(column(&runs, "identity_residual").iter().all(|residual| *residual <= 1e-9));
}

#[test]
fn without_pay_nobody_goes_to_a_rival() {
    let runs = ensemble(&model(&without_pay(), &[]), 4);
    assert!(column(&runs, "rival_value_share").iter().all(|share| *share == 0.0));
    assert!(column(&runs, "rival_liquidity_usd").iter().all(|held| *held == 0.0));
}

#[test]
fn what_a_rival_opens_with_is_not_ours_and_never_moves() {
    let patches = ["pools.theirs.tvl_usd=30e6", "providers.outside_yield=0"];
    let runs = ensemble(&model(&without_pay(), &patches), 2);
    for (name, law) in [("unmodelled_opening_usd", 30e6), ("unmodelled_closing_usd", 30e6), ("hhi_mean", 1.0)] {
        assert!(column(&runs, name).iter().all(|value| (value / law - 1.0).abs() < 1e-9), "{name}");
    }
    // Nothing yields anything: mercenaries spread over both pools and waiting.
    assert!(column(&runs, "rival_liquidity_usd").iter().all(|held| *held > 30e6));
}

const ORDERS: &str =
    "[traders]\norders_per_day = 300\nvolume.usd_per_day = 1e5\naggregator_share = 0.0\ntolerance_bps = 10_000\n";

#[test]
fn only_aggregators_and_arbitrage_find_a_rival() {
    let text = without_pay() + ORDERS;
    let fees = |text: &str, patches: &[&str]| {
        let patches: Vec<&str> = ["pools.theirs.tvl_usd=30e6", "providers.classes.mercenary.capital_usd=0"]
            .into_iter()
            .chain(patches.iter().copied())
            .collect();
        mean(&column(&ensemble(&model(text, &patches), 2), "pool2_fees_usd")).0
    };
    assert_eq!(fees(&text, &[]), 0.0, "a front end sent an order to the rival");
    // Two curves with one price and one fee: an order is divided by their liquidity, 3/4 to the rival, but for what earlier
    // orders left between their prices.
    let aggregated = fees(&text, &["traders.aggregator_share=1"]);
    let law = 1e5 * 20.0 * 0.003 * 0.75;
    assert!((aggregated / law - 1.0).abs() < 0.1, "{aggregated} against {law}");
    let moving = ["assets.ETH.price={ gbm = { initial_usd = 400.0, volatility = 0.8 } }", "traders.orders_per_day=0"];
    assert!(fees(&(text.clone() + "[arbitrage]\n"), &moving) > 0.0, "arbitrage did not reach the rival");
    // An empty pool of ours: the rival is the last resort.
    let drained = ["pools.ours.tvl_usd=1e3", "traders.tolerance_bps=100"];
    assert!(fees(&text, &drained) > 0.5 * 1e5 * 20.0 * 0.003, "nobody filled what ours could not");
}

#[test]
fn a_rival_needs_no_news_of_the_migration() {
    let text = STILL.to_owned()
        + "[pools.next]\nrole = \"new\"\nbase = \"ETH\"\ncurve.constant_product = { fee_bps = 30 }\n\
           [programmes.same]\ntoken = \"USD\"\nvenue = \"next\"\nbudget = 11e6\nfrom = \"2020-11-01\"\nuntil = \"2021-11-01\"\n[migration]\n";
    let patches = [
        "providers.awareness={ at_announcement = 0, outside = 0, others = 0 }",
        "providers.classes.mercenary.capital_usd=0",
        "providers.classes.active.motives.inertia=0",
        "programmes.pay.budget=11e6",
    ];
    let runs = ensemble(&model(&text, &patches), 2);
    assert!(column(&runs, "migrated_value_share").iter().all(|share| *share == 0.0));
    assert!(column(&runs, "rival_value_share").iter().all(|share| *share > 0.49));
    // Who has heard of both divides them to one yield; the passive go to the new version only, and its metrics know no rival.
    let patches = ["providers.awareness={ at_announcement = 1 }", patches[1], patches[2], patches[3]];
    let runs = ensemble(&model(&text, &patches), 2);
    for ((moved, lost), held) in column(&runs, "migrated_value_share")
        .iter()
        .zip(column(&runs, "rival_value_share"))
        .zip(column(&runs, "new_liquidity_share"))
    {
        assert!(lost > 0.3 && *moved > 0.4 && lost + moved > 0.9, "{moved} moved, {lost} lost");
        // Nobody leaves and prices stand still: what is not with the rival stands in the two versions.
        assert!((held - moved / (1.0 - lost)).abs() < 1e-6, "{held} against {moved} of 1 - {lost}");
    }
}

#[test]
fn where_there_is_no_old_version_the_new_one_can_lose() {
    let patches = [
        "pools.ours.role=new",
        "providers.classes.mercenary.capital_usd=0",
        "programmes.pay.budget=11e6",
        "providers.classes.active.motives.inertia=0",
    ];
    let runs = ensemble(&model(STILL, &patches), 2);
    assert!(column(&runs, "rival_value_share").iter().all(|share| (share - 0.5).abs() < 0.005));
}

#[test]
fn the_report_names_the_rival_and_what_was_lost_to_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rival.toml"), STILL).unwrap();
    let patches = ["programmes.pay.budget=11e6", "providers.classes.active.motives.inertia=0"];
    let run = portage()
        .current_dir(folder.path())
        .args(["run", "rival.toml", "--runs", "3", "--out", "out", "--set", patches[0], "--set", patches[1]])
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("goes to theirs") && said.contains("lost to rivals"), "{said}");
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    for part in ["rival: theirs", "rival, constant product", "What goes to other protocols"] {
        assert!(page.contains(part), "no {part:?} in the page");
    }
}

/// A patch of the scenario, and what the one message must say.
const REFUSALS: [(&str, &[&str]); 4] = [
    ("pools.ours.role=rival", &["no pool that they are rivals of", "role = \"old\""]),
    ("programmes.pay.pays_pledged=true", &["a rival pays its own", "a programme of the new pool"]),
    ("pools.theirs.quote=GOV", &["different pairs"]),
    ("pools.ours.tvl_usd=0", &["no pool holds any liquidity"]),
];

#[test]
fn rivals_that_cannot_be_are_refused_with_a_reason() {
    let text = STILL.to_owned() + "[assets.GOV]\nprice.constant = { usd = 2.0 }\n";
    refused(&text, &REFUSALS);
}

/// One token into another at 100 to 1, without a market: nobody is drawn by anything but the news.
const CONVERSION: &str = r#"
title = "a conversion"
start = "2020-10-03"
horizon = "60d"
observation = "6h"
[clock]
step = 100
[assets.AAVE]
price.constant = { usd = 50.0 }
[pools.lend]
role = "old"
base = "AAVE"
tvl_usd = 65e6
curve.holding = { units_per_base = 100 }
[pools.aave]
role = "new"
base = "AAVE"
curve.holding = { }
[providers]
count = 400
size_sd = 1.0
outside_yield = 0.0
effort_usd = 0.0
[providers.awareness]
at_announcement = 1.0
[providers.classes.passive]
value_share = 1.0
head_share = 1.0
share_effect = 0.0
[migration]
mechanism.rebalancing = { migrator_share = 1.0 }
"#;

const GAS: &str = "[assets.ETH]\nprice.constant = { usd = 400.0 }\n[chain]\ngas_price.constant = { gwei = 80.0 }\n\
                   gas_units.migrate = 150_000\n";

#[test]
fn a_conversion_follows_the_clock_of_its_holders_and_keeps_every_token() {
    let model = model(CONVERSION, &[]);
    let runs = ensemble(&model, 16);
    // F(t) = (1 - pi)(1 - exp(-(t / tau)^k)) with pi 0.14, tau 58 days, k 0.6: each of 16 x 400 holders by itself, so that four standard
    // errors are 0.025; value is the same but for sizes: sum of squared shares about e / 400, four standard errors 0.04.
    let law = 0.86 * (1.0 - libm::exp(-libm::pow(60.0 / 58.0, 0.6)));
    let (address, value) = (column(&runs, "migrated_address_share"), column(&runs, "migrated_value_share"));
    assert!((mean(&address).0 - law).abs() < 0.025, "{} against {law}", mean(&address).0);
    assert!((mean(&value).0 - law).abs() < 0.04, "{} against {law}", mean(&value).0);
    // 65 million USD at 50 USD are 1.3 million AAVE, 130 million LEND.
    for (converted, share) in column(&runs, "converted_tokens").iter().zip(&value) {
        assert!((converted / (share * 130e6) - 1.0).abs() < 1e-12, "{converted}");
    }
    assert!(column(&runs, "providers_slippage_usd").iter().all(|cost| *cost == 0.0));
    let world = Engine::new(&model).run(&model, 1, 0, &mut Unwatched);
    let held: f64 = world.books.venues.iter().map(|venue| venue.pool.balances()[0]).sum();
    let carried: f64 =
        (0..world.books.providers.list.len() as u32).map(|id| world.books.providers.carried(id)[0]).sum();
    assert!(((held + carried) / 1.3e6 - 1.0).abs() < 1e-12, "{held} held and {carried} carried of 1.3 million");
}

#[test]
fn gas_keeps_small_holders_from_converting() {
    let text = CONVERSION.to_owned() + GAS;
    let runs = ensemble(&model(&text, &["providers.size_sd=3.1"]), 8);
    let (address, value) = (column(&runs, "migrated_address_share"), column(&runs, "migrated_value_share"));
    let (address, value) = (mean(&address).0, mean(&value).0);
    // 150,000 gas at 80 gwei and 400 USD are 4.8 USD, one in a thousand of 4,800 USD: the median holder has less.
    assert!(address < value - 0.05, "{address} of the addresses and {value} of the value");
    let gas = mean(&column(&runs, "migration_gas_usd")).0 / mean(&column(&runs, "moves")).0;
    assert!((gas / 4.8 - 1.0).abs() < 1e-9, "a conversion costs {gas} USD");
}

#[test]
fn a_yield_grows_what_is_held_and_the_books_name_it() {
    for rate in [0.05, -0.3, 0.0] {
        let patch = format!("pools.lend.curve.holding={{ yield_rate = {rate}, units_per_base = 100 }}");
        let never = ["providers.classes.passive.never_share=1", &patch];
        let runs = ensemble(&model(CONVERSION, &never), 2);
        let law = 65e6 * libm::expm1(rate * 60.0 / DAYS_PER_YEAR);
        for (name, law) in [("providers_fees_usd", law), ("pool2_liquidity_end_usd", 65e6 + law)] {
            for value in column(&runs, name) {
                assert!((value - law).abs() < 65e6 * 1e-12, "{name} at {rate}: {value} against {law}");
            }
        }
        assert!(column(&runs, "lvr_usd").iter().all(|lvr| *lvr == 0.0));
    }
}

#[test]
fn a_yield_draws_those_whose_inertia_it_exceeds_and_nobody_else() {
    let share = |inertia: f64| {
        let class = format!(
            "providers.classes={{ active = {{ value_share = 1.0, head_share = 1.0, size_exponent = 0.0, motives = {{ noise = 0.001, inertia = {inertia}, social_proof = 0.0 }} }} }}"
        );
        let patches = [
            class.as_str(),
            "assets.AAVE.price={ gbm = { initial_usd = 50.0, volatility = 0.9 } }",
            "pools.aave.curve.holding={ yield_rate = 0.05 }",
            "pools.lend.curve.holding={ yield_rate = 0.02, units_per_base = 100 }",
        ];
        mean(&column(&ensemble(&model(CONVERSION, &patches), 2), "migrated_value_share")).0
    };
    // Everybody looks once a day for 60 days: e^-60 of them never.
    assert!(share(0.01) > 1.0 - 1e-9, "three points more against one of inertia");
    assert_eq!(share(0.06), 0.0, "three points more against six of inertia");
}

#[test]
fn farmers_bring_the_token_alone_and_a_rival_can_be_a_holding() {
    let text = CONVERSION.to_owned()
        + "[pools.other]\nrole = \"rival\"\nbase = \"AAVE\"\ntvl_usd = 1e6\ncurve.holding = { yield_rate = 0.2 }\n\
           [providers.classes.mercenary]\ncapital_usd = 3e6\ncount = 20\n";
    let model = model(&text, &["assets.AAVE.price={ gbm = { initial_usd = 50.0, volatility = 0.9 } }"]);
    let runs = ensemble(&model, 3);
    assert!(column(&runs, "mercenary_fees_usd").iter().all(|earned| *earned > 0.0));
    assert!(column(&runs, "rival_value_share").iter().all(|share| *share == 0.0), "the passive know no rival");
    let world = Engine::new(&model).run(&model, 1, 0, &mut Unwatched);
    let wallet = world.books.holders[Holder::Class(LpClass::Mercenary).index()].wallet;
    assert_eq!(world.books.ledger.balance(wallet, Token::USD), 0.0, "somebody brought USD, or swapped");
}

#[test]
fn the_report_of_a_conversion_speaks_of_holders_only() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lend.toml"), CONVERSION.to_owned() + GAS).unwrap();
    let rate = "pools.aave.curve.holding={ yield_rate = 0.05 }";
    let arguments = ["run", "lend.toml", "--runs", "3", "--out", "out", "--set", rate];
    let run = portage().current_dir(folder.path()).args(arguments).output().unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains("of the old version moved"), "{said}");
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap().to_lowercase();
    // The list of assumptions names everything that the language has.
    let (results, _) = page.split_once("id=\"assumptions\"").unwrap_or((&page, ""));
    let body = results.split_once("</style>").map_or(results, |(_, body)| body);
    assert!(body.contains("place by place") && body.contains("payers of the yield"), "a part of the report is gone");
    for word in ["lvr", "impermanent", "trader", "arbitrage", "order flow", "depth", "nobody trades"] {
        let at = body.find(word).map(|at| body[at.saturating_sub(120)..].chars().take(240).collect::<String>());
        assert!(at.is_none(), "a conversion's report speaks of {word}: {}", at.unwrap_or_default());
    }
}

/// A patch of the conversion, and what the one message must say.
const HOLDING_REFUSALS: [(&str, &[&str]); 9] = [
    ("pools.aave.curve={ constant_product = { fee_bps = 30 } }", &["one token is held", "holdings only"]),
    ("traders={ orders_per_day = 1, volume = { usd_per_day = 1.0 } }", &["nothing trades", "leave out [traders]"]),
    ("arbitrage={ }", &["nothing trades", "leave out [arbitrage]"]),
    ("pools.aave.quote=GOV", &["is valued in USD", "quote = \"USD\""]),
    (
        "pools.aave.dynamic_fee={ since_launch = { initial_bps = 90, final_bps = 5, over = \"2d\" } }",
        &["so that it has no fee"],
    ),
    ("pools.aave.swap_gas=100000", &["no swap pays gas"]),
    (
        "pools.more={ role = \"old\", base = \"AAVE\", tvl_usd = 1e6, curve = { holding = { units_per_base = 10 } } }",
        &["old tokens of two sizes: 10 and 100", "as in the other old pools"],
    ),
    ("pools.aave.role=route", &["no order can be routed through a holding"]),
    ("pools.lend.curve.holding.units_per_base=0", &["units_per_base", "above 0"]),
];

#[test]
fn holdings_that_cannot_be_are_refused_with_a_reason() {
    let text = CONVERSION.to_owned() + "[assets.GOV]\nprice.constant = { usd = 2.0 }\n";
    refused(&text, &HOLDING_REFUSALS);
}

/// Checks every patch of a scenario against what the message must say.
fn refused(text: &str, patches: &[(&str, &[&str])]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("place.toml"), text).unwrap();
    let check = |patch: &str| {
        let mut command = portage();
        command.current_dir(folder.path()).args(["check", "place.toml"]);
        if !patch.is_empty() {
            command.args(["--set", patch]);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(check("").0, Some(0), "the scenario itself is refused: {}", check("").1);
    for (patch, says) in patches {
        let (code, message) = check(patch);
        println!("--- {patch}\n{message}");
        assert_eq!(code, Some(1), "{patch}");
        let message = message.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        for part in *says {
            assert!(message.contains(part), "{patch}: no {part:?} in\n{message}");
        }
        assert!(!message.contains("panicked"), "{message}");
    }
}

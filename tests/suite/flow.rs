//! Order flow in whole runs: classes, bursts, hours, and aggregators that list new pools late.

use crate::support::{column, ensemble, mean, model, portage};
use portage::engine::agents::Fill;
use portage::engine::run::{Engine, Observer, Scene};

/// Two pools of which the second is smaller, arbitrage, and orders of two classes: many small ones and few large ones.
const TWO_CLASSES: &str = r#"
title = "classes of traders"
start = "2024-03-01"
horizon = "6d"
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.5 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
tvl_usd = 2e6
curve.constant_product = { fee_bps = 30 }
[traders]
orders_per_day = 2000
volume.usd_per_day = 4e6
size_sd = 1.0
aggregator_share = 0.5
[traders.classes.funds]
share_of_orders = 0.1
share_of_volume = 0.6
[traders.classes.retail]
share_of_orders = 0.9
share_of_volume = 0.4
[arbitrage]
"#;

/// The single class that the same traders are without a table of classes.
fn one_class() -> String {
    let (begin, end) = (TWO_CLASSES.find("[traders.classes.funds]").unwrap(), TWO_CLASSES.find("[arbitrage]").unwrap());
    format!("{}{}", &TWO_CLASSES[..begin], &TWO_CLASSES[end..])
}

/// Orders that arrived, filled or lost, of a class by run.
fn arrived(text: &str, patches: &[&str], class: usize, runs: u64) -> Vec<f64> {
    let runs = ensemble(&model(text, patches), runs);
    let filled = column(&runs, &format!("class{class}_orders"));
    filled.iter().zip(column(&runs, &format!("class{class}_lost_orders"))).map(|(filled, lost)| filled + lost).collect()
}

#[test]
fn classes_have_their_shares_of_orders_and_volume() {
    let runs = ensemble(&model(TWO_CLASSES, &["traders.tolerance_bps=10000"]), 20);
    let sum = |name: &str| column(&runs, name).iter().sum::<f64>();
    // 240,000 orders, a tenth of them of funds: sd of the share 0.0006. Value: lognormal sizes of sd 1 (relative sd 1.31) give a
    // relative sd of 1.65 / sqrt(24,000) = 1.1 % for funds and 0.35 % for retail, 0.0027 for the share. 4.5 of each: 2e-5.
    let (funds, all) = (sum("class1_orders"), sum("orders"));
    assert!((funds / all - 0.1).abs() < 0.0028, "{} of the orders", funds / all);
    assert_eq!(funds + sum("class2_orders"), all);
    let (volume, whole) = (sum("class1_volume_usd"), sum("volume_usd"));
    assert!((volume / whole - 0.6).abs() < 0.0125, "{} of the volume", volume / whole);
    assert!(((volume + sum("class2_volume_usd")) / whole - 1.0).abs() < 1e-9);
    assert!(column(&runs, "class3_volume_usd").iter().all(|volume| volume.is_nan()), "there is no third class");
    // The parts of the cost are the whole, and large orders move prices more.
    let cost = |class: usize| {
        let name = format!("class{class}");
        let volume = column(&runs, &format!("{name}_volume_usd"));
        column(&runs, &format!("{name}_cost_bps"))
            .iter()
            .zip(volume)
            .map(|(bps, volume)| bps * volume * 1e-4)
            .sum::<f64>()
    };
    assert!(((cost(1) + cost(2)) / sum("cost_usd") - 1.0).abs() < 1e-9);
    assert!(cost(1) / sum("class1_volume_usd") > cost(2) / sum("class2_volume_usd"));
}

#[test]
fn a_class_leaves_the_orders_of_the_others_where_they_are() {
    let plain = arrived(TWO_CLASSES, &[], 2, 4);
    let patches = [
        "traders.classes.funds.size_sd=2.0",
        "traders.classes.funds.tolerance_bps=5",
        "traders.classes.funds.aggregator_share=1.0",
        "traders.classes.funds.cost_elasticity=3.0",
    ];
    for patch in patches {
        assert_eq!(arrived(TWO_CLASSES, &[patch], 2, 4), plain, "{patch}");
    }
    let funds = arrived(TWO_CLASSES, &[], 1, 4);
    assert_eq!(arrived(TWO_CLASSES, &[patches[1]], 1, 4), funds, "what is dropped has arrived");
}

#[test]
fn what_is_lost_is_counted_by_class_and_grows_with_the_size_of_orders() {
    let lost = |usd_per_day: &str| {
        let runs = ensemble(&model(TWO_CLASSES, &[usd_per_day, "traders.classes.retail.tolerance_bps=50"]), 4);
        let (all, by_class) = (
            column(&runs, "lost_volume_usd"),
            [1, 2].map(|class| column(&runs, &format!("class{class}_lost_volume_usd"))),
        );
        for (run, all) in all.iter().enumerate() {
            assert!(((by_class[0][run] + by_class[1][run]) / all - 1.0).abs() < 1e-9);
        }
        let share = |class: usize| {
            let volume = column(&runs, &format!("class{class}_volume_usd"));
            let lost = &by_class[class - 1];
            lost.iter().zip(volume).map(|(lost, volume)| lost / (lost + volume)).collect::<Vec<f64>>()
        };
        [share(1), share(2)]
    };
    // The same orders, each ten times as large: more of the value of either class is lost in every run.
    let (small, large) = (lost("traders.volume.usd_per_day=4e6"), lost("traders.volume.usd_per_day=4e7"));
    for (small, large) in small.iter().flatten().zip(large.iter().flatten()) {
        assert!(large > small && *large > 0.0, "{large} after {small}");
    }
}

/// A fee that triples within a day.
const DEARER: &str = "pools.old.dynamic_fee={ since_launch = { initial_bps = 30, final_bps = 90, over = \"1d\" } }";

#[test]
fn a_dearer_market_has_fewer_orders_of_those_who_mind() {
    // The price does not move and orders are small beside the pool, so that the fee is nearly all of the cost.
    let text = TWO_CLASSES
        .replace("price.gbm = { initial_usd = 2000.0, volatility = 0.5 }", "price.constant = { usd = 2000.0 }");
    let flat = ["pools.old.tvl_usd=1e9", "pools.new.tvl_usd=0", "traders.aggregator_share=0", DEARER];
    let base = [1, 2].map(|class| arrived(&text, &flat, class, 6));
    let minding = [&flat[..], &["traders.classes.funds.cost_elasticity=1.0"]].concat();
    let minded = [1, 2].map(|class| arrived(&text, &minding, class, 6));
    assert_eq!(minded[1], base[1], "retail does not mind");
    // The cost seen is the mean of the fee weighted by exp(-age), age in days; hour by hour, as rates adapt every hour, and relative
    // to what was seen after the first day.
    let fee = |hour: f64| 30.0 + 60.0 * (hour / 24.0).min(1.0);
    let seen = |hours: u32| {
        let weight = |hour: u32| (-f64::from(hours - 1 - hour) / 24.0).exp();
        let sum: f64 = (0..hours).map(|hour| weight(hour) * fee(f64::from(hour) + 0.5)).sum();
        sum / (0..hours).map(weight).sum::<f64>()
    };
    let law = (0..144).map(|hour| if hour < 24 { 1.0 } else { seen(24) / seen(hour) }).sum::<f64>() / 144.0;
    let ratio = minded[0].iter().sum::<f64>() / base[0].iter().sum::<f64>();
    println!("orders of funds fell to {ratio}, by the law {law}");
    // The tape is the same, so that what differs is the clock: 7,200 orders of which a seventh is missing, sd below 0.4 %. Noise of
    // the seen cost and price impact add to that; within 2.5 %.
    assert!((ratio / law - 1.0).abs() < 0.025, "{ratio} against {law}");
}

#[test]
fn a_fragmented_market_has_less_volume_of_those_who_mind() {
    // Orders of 20,000 USD that reach only a pool of 2 million pay about 30 + 200 bps; from the second day on they reach one of 10 million
    // besides, where lists hold it, and pay 30 + 33. What was seen of the first day fades in about a day.
    let text = one_class()
        .replace("price.gbm = { initial_usd = 2000.0, volatility = 0.5 }", "price.constant = { usd = 2000.0 }");
    let volume = |delay: &str, elasticity: &str| {
        let patches = [
            "pools.old.tvl_usd=2e6",
            "pools.new.tvl_usd=10e6",
            "traders.aggregator_share=1.0",
            "traders.tolerance_bps=10000",
            "traders.volume.usd_per_day=4e7",
            "traders.size_sd=0",
            delay,
            elasticity,
        ];
        column(&ensemble(&model(&text, &patches), 3), "volume_usd")
    };
    let (listed, never) = ("traders.aggregators_list_new_after=1d", "traders.aggregators_list_new_after=30d");
    let (minding, plain) = ("traders.cost_elasticity=0.5", "traders.cost_elasticity=0");
    for (fragmented, whole) in volume(never, minding).iter().zip(volume(listed, minding)) {
        // (63 / 230)^-0.5 = 1.9 in the end.
        assert!(*fragmented < 0.75 * whole && *fragmented > 0.5 * whole, "{fragmented} against {whole}");
    }
    assert_eq!(volume(never, plain), volume(listed, plain), "the others trade as before");
}

/// Filled orders by hour of the run.
struct Hours(Vec<f64>);

impl Observer for Hours {
    fn order(&mut self, _fill: &Fill) {
        *self.0.last_mut().unwrap() += 1.0;
    }

    fn observe(&mut self, _scene: &Scene<'_>) {
        self.0.push(0.0);
    }
}

fn hours(patches: &[&str], runs: u64) -> Vec<f64> {
    let model = model(&one_class(), &[&["horizon=14d", "traders.tolerance_bps=10000"], patches].concat());
    let mut engine = Engine::new(&model);
    let mut sum = vec![0.0; 14 * 24];
    for run in 0..runs {
        let mut hours = Hours(Vec::new());
        engine.run(&model, 1, run, &mut hours);
        sum.iter_mut().zip(&hours.0).for_each(|(sum, count)| *sum += count);
    }
    sum
}

#[test]
fn the_hour_and_the_day_of_the_week_show_in_the_orders() {
    let counts = hours(&["traders.intraday={ amplitude = 0.6, peak_hour = 15.0 }", "traders.weekend_factor=0.5"], 10);
    // 14 days from Friday 1 March 2024, 280,000 orders: the totals of days and of hours are Poisson.
    let law = |hour: usize| {
        let cosine = (std::f64::consts::TAU * (hour as f64 + 0.5 - 15.0) / 24.0).cos();
        // The mean of a cosine over an hour is that of its middle times sin(pi/24) / (pi/24).
        1.0 + 0.6 * cosine * (std::f64::consts::PI / 24.0).sin() / (std::f64::consts::PI / 24.0)
    };
    let of_hour = |hour: usize| (0..14).map(|day| counts[24 * day + hour]).sum::<f64>();
    for hour in 0..24 {
        let expected = 280_000.0 / 24.0 * law(hour);
        // 24 comparisons at 4.5 standard errors: error probability 2e-4.
        assert!(
            (of_hour(hour) - expected).abs() < 4.5 * expected.sqrt(),
            "{} orders at {hour} h, expected {expected}",
            of_hour(hour)
        );
    }
    for day in 0..14 {
        let is_weekend = [1, 2, 8, 9].contains(&day);
        let expected = 20_000.0 * 7.0 / 6.0 * if is_weekend { 0.5 } else { 1.0 };
        let count: f64 = counts[24 * day..24 * (day + 1)].iter().sum();
        assert!((count - expected).abs() < 4.5 * expected.sqrt(), "{count} orders on day {day}, expected {expected}");
    }
}

#[test]
fn bursts_keep_the_number_of_orders_and_spread_the_counts_of_days() {
    let counts = hours(&["traders.arrivals.hawkes={ branching = 0.5, memory = \"10m\" }"], 40);
    let plain = hours(&[], 40);
    let fano = |counts: &[f64]| {
        let (mean, count) = (counts.iter().sum::<f64>() / counts.len() as f64, counts.len() as f64);
        (mean, counts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0) / mean)
    };
    let ((bursts, spread), (even, none)) = (fano(&counts), fano(&plain));
    // Sums of 40 runs by hour: 2,000 / 24 x 40 = 3,333 a mean hour. At 83.3 orders an hour a memory of 10 minutes is 13.9 orders, so
    // that k T = 0.5 x 83.3 / 13.9 = 3 and the Fano factor of an hour 4 - 3 (1 - exp(-3)) / 3 = 3.05; the sum of independent runs has
    // the same. 336 hours: standard error sqrt(2 / 336) = 7.7 % (hours next to each other are weakly dependent): 5 of them.
    let law = 4.0 - (1.0 - (-3.0_f64).exp());
    println!("Fano {spread} against {law}, Poisson {none}; {bursts} and {even} orders an hour");
    assert!((spread / law - 1.0).abs() < 0.4 && (none - 1.0).abs() < 0.4, "{spread} and {none}");
    // Means: sd sqrt(4 x 3,333 / 336) = 6.3 for bursts, 3.15 without.
    assert!((bursts - 80_000.0 / 24.0).abs() < 32.0 && (even - 80_000.0 / 24.0).abs() < 16.0, "{bursts} and {even}");
}

#[test]
fn before_they_list_it_aggregators_send_nothing_to_the_new_version() {
    let volume = |delay: &str, venue: &str| {
        let patches = ["horizon=4d", "traders.aggregator_share=1.0", delay];
        column(&ensemble(&model(&one_class(), &patches), 3), venue)
    };
    // The fee of 30 bps is on what goes in: fees by pool tell where orders went; without arbitrage no one else pays them.
    let text = one_class().replace("[arbitrage]\n", "");
    let fees = |delay: &str, name: &str| {
        let patches = ["horizon=4d", "traders.aggregator_share=1.0", "traders.mean_reversion=0.5", delay];
        column(&ensemble(&model(&text, &patches), 3), name)
    };
    let never = "traders.aggregators_list_new_after=30d";
    assert!(fees(never, "pool1_fees_usd").iter().all(|fees| *fees == 0.0), "pool 1 is the new one, by name");
    assert!(fees(never, "pool2_fees_usd").iter().all(|fees| *fees > 0.0));
    let (at_once, later) =
        (volume("title=\"now\"", "pool1_fees_usd"), volume("traders.aggregators_list_new_after=2d", "pool1_fees_usd"));
    for (at_once, later) in at_once.iter().zip(later) {
        // Half of the time is left; arbitrage, which does not wait, pays fees as well.
        assert!(later < 0.85 * at_once && later > 0.0, "{later} of {at_once}");
    }
    let loss = |delay: &str| mean(&fees(delay, "routing_loss_usd")).0;
    assert!(loss(never) > 0.0 && loss("title=\"now\"") == 0.0, "orders that could have been split lose by it");
}

#[test]
fn with_three_pools_an_aggregator_that_waits_divides_over_the_old_ones() {
    let text = one_class().replace("[arbitrage]\n", "")
        + "[pools.third]\nrole = \"old\"\nbase = \"ETH\"\ntvl_usd = 5e6\ncurve.constant_product = { fee_bps = 30 }\n";
    let patches = [
        "horizon=2d",
        "traders.aggregator_share=1.0",
        "traders.mean_reversion=0.5",
        "traders.aggregators_list_new_after=30d",
    ];
    let runs = ensemble(&model(&text, &patches), 2);
    let fees = |pool: usize| column(&runs, &format!("pool{pool}_fees_usd"));
    for run in 0..2 {
        // Pools in the order of their names: new, old, third. Equal fees: orders are divided as the liquidity is, 2 to 1.
        assert_eq!(fees(1)[run], 0.0);
        let ratio = fees(2)[run] / fees(3)[run];
        assert!((ratio - 2.0).abs() < 1e-3, "{ratio}");
    }
}

/// A patch of the quickstart's traders, and what the one message must say.
const REFUSED: [(&str, &[&str]); 5] = [
    (
        "traders.classes={ a = { share_of_orders = 0.6, share_of_volume = 1.0 }, b = { share_of_orders = 0.6, share_of_volume = 0.0 } }",
        &["`share_of_orders`", "sums to 1.2", "to sum to 1"],
    ),
    ("traders.classes={ a = { share_of_orders = 1.0, share_of_volume = 0.5 } }", &["`share_of_volume`", "sums to 0.5"]),
    (
        "traders.classes={ a = { share_of_orders = 0.2, share_of_volume = 0.2 }, b = { share_of_orders = 0.2, share_of_volume = 0.2 }, c = { share_of_orders = 0.2, share_of_volume = 0.2 }, d = { share_of_orders = 0.2, share_of_volume = 0.2 }, e = { share_of_orders = 0.2, share_of_volume = 0.2 } }",
        &["5 classes", "at most 4"],
    ),
    ("traders.arrivals={ hawkes = { branching = 1.0, memory = \"10m\" } }", &["branching", "0 to 0.95"]),
    ("traders.arrivals={ hawkes = { branching = 0.5, memory = \"0s\" } }", &["memory", "above 0s"]),
];

/// The same with a second patch.
const REFUSED_TOGETHER: [(&str, &str, &[&str]); 2] = [
    ("traders.intraday={ amplitude = 0.4 }", "observation=12h", &["once an observation", "at most 6h", "shorten"]),
    ("traders.aggregators_list_new_after=3d", "pools.old.role=new", &["aggregators_list_new_after", "old ones beside"]),
];

#[test]
fn traders_that_cannot_be_are_refused_with_a_reason() {
    let plain = REFUSED.map(|(patch, says)| (patch, "title=\"refused\"", says));
    for (patch, other, says) in plain.into_iter().chain(REFUSED_TOGETHER) {
        let check = portage().args(["check", "quickstart", "--set", patch, "--set", other]).output().unwrap();
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

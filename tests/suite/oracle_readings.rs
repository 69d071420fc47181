//! What oracles read in runs, against the same readings made from recorded prices by plain means.

use crate::support::{build, column, ensemble, model, portage};
use portage::base::ledger::Token;
use portage::engine::run::{Engine, Observer};
use portage::engine::world::World;
use portage::pools::Side;

/// A pool, two assets, and blocks of 12 s.
const MARKET: &str = r#"
title = "readings"
start = "2024-03-01"
horizon = "1d"
[assets.BTC]
price.gbm = { initial_usd = 60000.0, volatility = 0.9 }
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.9 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 1e6
curve.constant_product = { fee_bps = 30, fees = "apart" }
[pools.new]
role = "new"
base = "ETH"
tvl_usd = 3e6
curve.constant_product = { fee_bps = 100, fees = "apart" }
[arbitrage]
"#;

/// Of every block: true prices of all tokens, prices with which the pools closed, what the oracles read, and their version.
#[derive(Default)]
struct Trace {
    prices: Vec<Vec<f64>>,
    closes: Vec<Vec<f64>>,
    read: Vec<Vec<f64>>,
    versions: Vec<u64>,
}

impl Observer for Trace {
    fn block(&mut self, _block: u64, world: &World) {
        self.prices.push(world.books.prices_usd.clone());
        self.closes.push(world.books.venues.iter().map(|venue| venue.pool.spot(Side::SellBase.direction())).collect());
        self.read.push(
            (0..world.instruments.readings.count()).map(|oracle| world.instruments.readings.usd(oracle)).collect(),
        );
        self.versions.push(world.instruments.readings.version());
    }
}

fn trace(oracles: &str, patches: &[&str]) -> (Trace, World) {
    let oracles = format!("oracles={{ {oracles} }}");
    let model = model(MARKET, &[&[oracles.as_str()], patches].concat());
    let mut trace = Trace::default();
    let world = Engine::new(&model).run(&model, 1, 0, &mut trace);
    (trace, world)
}

/// A feed made from prices: values in effect by block.
fn fed(
    (opening, prices): (f64, &[f64]),
    (deviation, beat, delay): (f64, usize, usize),
    down: std::ops::Range<usize>,
) -> (Vec<f64>, u64) {
    let (mut last, mut since, mut updates) = (opening, 0, Vec::new());
    for (block, price) in prices.iter().enumerate() {
        let is_called = (price / last - 1.0).abs() > deviation || block - since >= beat;
        if is_called && !down.contains(&block) {
            (last, since) = (*price, block);
            updates.push((block + delay, *price));
        }
    }
    let in_effect = |block: usize| updates.iter().rev().find(|(due, _)| *due <= block).map_or(opening, |(_, usd)| *usd);
    ((0..prices.len()).map(in_effect).collect(), updates.len() as u64)
}

#[test]
fn feeds_read_what_the_same_rule_makes_of_the_recorded_prices() {
    let (trace, world) = trace(
        "btc = { feed = { asset = \"BTC\", deviation = 0.0025, heartbeat = \"10m\", delay = \"60s\" } }, eth = { feed = { down = [{ from = \"2024-03-01T06:00\", lasting = \"3h\" }] } }",
        &[],
    );
    // Tokens: USD, BTC, ETH. 40 s are four blocks of 12 s, an hour 300.
    let of = |token: usize| trace.prices.iter().map(|prices| prices[token]).collect::<Vec<f64>>();
    let cases = [
        (0, fed((60_000.0, &of(1)), (0.0025, 50, 5), 0..0)),
        (1, fed((2_000.0, &of(2)), (0.005, 300, 4), 1_800..2_700)),
    ];
    for (oracle, (expected, updates)) in cases {
        let read: Vec<f64> = trace.read.iter().map(|read| read[oracle]).collect();
        println!("oracle {oracle}: {updates} updates");
        assert!(updates > 20, "{updates}");
        assert_eq!(world.instruments.readings.updates(oracle), updates);
        assert_eq!(read, expected, "oracle {oracle}");
    }
    // Nothing new arrives once what was called for before has, until the feed is back.
    assert!(trace.read[1_804..2_700].windows(2).all(|pair| pair[0][1] == pair[1][1]));
    for (blocks, versions) in trace.read.windows(2).zip(trace.versions.windows(2)) {
        assert_eq!(blocks[0] != blocks[1], versions[1] > versions[0]);
    }
}

const ATTACKED: &str =
    "relies = { borrowable_usd = 5e6 }, attackers = { presence = { looking = { per_day = 20.0 } }, capital_usd = 1e9 }";

#[test]
fn means_of_a_pool_are_the_means_of_the_prices_with_which_its_blocks_closed() {
    let (trace, world) = trace(
        &format!(
            "arithmetic = {{ reads = \"old\", average = {{ twap = {{ blocks = 30 }} }}, {ATTACKED} }}, geometric = {{ reads = \"old\", average = {{ geometric_twap = {{ blocks = 30 }} }} }}, spot = {{ reads = \"old\", average = \"spot\" }}"
        ),
        &[],
    );
    let book = world.instruments.oracles.unwrap();
    assert!(book.attacks > book.failed_attacks, "{book:?}");
    let old = trace.closes[0].len() - 1;
    let closes: Vec<f64> =
        std::iter::repeat_n(2_000.0, 30).chain(trace.closes.iter().map(|closes| closes[old])).collect();
    let mut widest = 0.0_f64;
    for (block, read) in trace.read.iter().enumerate() {
        let last = &closes[block..block + 30];
        let mean = last.iter().sum::<f64>() / 30.0;
        let logs = (last.iter().map(|price| price.ln()).sum::<f64>() / 30.0).exp();
        assert!((read[0] / mean - 1.0).abs() < 1e-12, "block {block}: {} against {mean}", read[0]);
        assert!((read[1] / logs - 1.0).abs() < 1e-12, "block {block}: {} against {logs}", read[1]);
        assert_eq!(read[2], last[29]);
        assert!(read[1] <= read[0] * (1.0 + 1e-12));
        widest = widest.max(read[0] / read[1]);
    }
    // Pushes move the arithmetic mean more than the geometric one.
    assert!(widest > 1.02, "{widest}");
}

#[test]
fn a_switch_leads_to_the_other_pool_or_to_a_feed() {
    let (trace, _) = trace(
        "fed = { reads = \"old\", average = { twap = { blocks = 10 } }, switch = { at = \"2024-03-01T12:00\", to_feed = { delay = \"0s\" } } }, moved = { reads = \"old\", average = { twap = { blocks = 10 } }, switch = { at = \"2024-03-01T12:00\", to = \"new\" } }",
        &["pools.new.tvl_usd=3e7"],
    );
    // Pools in the order of their names: new, old. The switch is in block 3,600.
    let mean = |pool: usize, blocks: std::ops::Range<usize>| {
        let count = blocks.len() as f64;
        trace.closes[blocks].iter().map(|closes| closes[pool]).sum::<f64>() / count
    };
    let is = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} against {expected}");
    for oracle in [0, 1] {
        is(trace.read[3_599][oracle], mean(1, 3_589..3_599));
    }
    is(trace.read[3_600][0], trace.prices[3_600][2]);
    for block in 3_600..7_200 {
        assert!((trace.prices[block][2] / trace.read[block][0] - 1.0).abs() <= 0.005 + 1e-12);
    }
    // From the switch on its own closes.
    is(trace.read[3_610][1], mean(0, 3_600..3_610));
    is(trace.read[5_000][1], mean(0, 4_990..5_000));
}

#[test]
fn a_stuck_feed_and_a_peg_are_taken_as_they_are() {
    // The price falls by half at noon; what is published stays above it, as of LUNA in May 2022. Somebody borrows by it at once.
    let shock = "shocks=[{ price = { asset = \"ETH\", at = \"2024-03-01T12:00\", change = -0.5, over = \"0s\" } }]";
    let still = "assets.ETH.price={ constant = { usd = 2000.0 } }";
    let watching = "relies = { borrowable_usd = 1e6, loan_to_value = 0.75, collateral_usd_max = 1e5 }, attackers = { presence = { watching = { probability = 1.0 } }, capital_usd = 0.0 }";
    let lost = |source: &str, patches: &[&str]| {
        let (_, world) = trace(&format!("lender = {{ {source}, {watching} }}"), patches);
        let book = world.instruments.oracles.unwrap();
        let held = world.books.ledger.balance(world.books.accounts.relying, Token::new(2));
        assert!((held * 1_000.0 - book.collateral_usd).abs() < 1e-6);
        (book.attacks, book.loss_usd())
    };
    // Collateral of 100,000 USD counts for 200,000, on which 150,000 are lent.
    for source in ["feed = { min_usd = 2000.0 }", "pegged = { asset = \"ETH\", usd = 2000.0 }"] {
        let (attacks, loss) = lost(source, &[still, shock]);
        assert_eq!(attacks, 1, "{source}");
        assert!((loss - 50_000.0).abs() < 1e-6, "{source}: {loss}");
        assert_eq!(lost(source, &[still]).0, 0, "{source}");
    }
    // A feed that works is behind for four blocks, which is enough for somebody who watches.
    assert_eq!(lost("feed = {}", &[still, shock]).0, 1);
    assert_eq!(lost("feed = { delay = \"0s\" }", &[still, shock]).0, 0);
}

#[test]
fn an_empty_or_halted_pool_keeps_its_last_price() {
    let (trace, _) = trace(
        "left = { reads = \"old\", average = { twap = { blocks = 5 } }, switch = { at = \"2024-03-01T12:00\", to = \"new\" } }",
        &["pools.new.tvl_usd=0"],
    );
    let before = trace.read[3_599][0];
    assert!(trace.read[3_600..].iter().all(|read| (read[0] / before - 1.0).abs() < 1e-12));
}

#[test]
fn oracles_change_no_draw_and_no_price() {
    let value = |oracles: &str, name: &str| column(&ensemble(&model(MARKET, &[oracles]), 2), name);
    let feeds = "oracles={ a = { feed = { asset = \"BTC\" } }, b = { pegged = { asset = \"BTC\", usd = 6e4 } }, c = { reads = \"old\", average = { geometric_twap = { blocks = 20 } } } }";
    for name in ["price_return", "lvr_usd", "arbitrage_net_usd", "pool_fees_usd"] {
        assert_eq!(value("oracles={}", name), value(feeds, name), "{name}");
    }
    let gaps = |number: usize, what: &str| value(feeds, &format!("oracle{number}_{what}"));
    // A feed is off by little more than its deviation; a peg by what the price has moved.
    assert!(gaps(1, "gap_max_bps").iter().all(|gap| (40.0..120.0).contains(gap)), "{:?}", gaps(1, "gap_max_bps"));
    assert!(gaps(1, "off_5_hours").iter().all(|hours| *hours == 0.0));
    assert!(gaps(2, "gap_max_bps").iter().zip(gaps(2, "gap_mean_bps")).all(|(largest, mean)| *largest > mean));
    assert!(gaps(3, "gap_mean_bps").iter().all(|gap| (0.0..100.0).contains(gap)));
    assert!(gaps(4, "gap_mean_bps").iter().all(|gap| gap.is_nan()));
}

/// Oracles, the path of the one rule that they break, and a word of its message.
const REFUSED: [(&str, &str, &str); 13] = [
    ("a = { average = \"spot\" }", "oracles.a", "from nowhere"),
    ("a = { feed = {}, reads = \"old\", average = \"spot\" }", "oracles.a", "several sources: feed, reads"),
    ("a = { reads = \"old\" }", "oracles.a", "nothing says what it makes"),
    ("a = { feed = {}, average = \"spot\" }", "oracles.a.average", "only prices of a pool"),
    ("a = { feed = { asset = \"ETHH\" } }", "oracles.a.feed.asset", "no asset \"ETHH\""),
    ("a = { pegged = { asset = \"USDC\", usd = 1 } }", "oracles.a.pegged.asset", "no asset \"USDC\""),
    ("a = { feed = { delay = \"2d\" } }", "oracles.a.feed.delay", "takes effect"),
    ("a = { feed = { min_usd = 5, max_usd = 5 } }", "oracles.a.feed.min_usd", "not below"),
    (
        "a = { feed = { down = [{ from = \"2024-04-01\", lasting = \"1h\" }] } }",
        "oracles.a.feed.down.0.from",
        "outside the simulation",
    ),
    (
        "a = { feed = { down = [{ from = \"2024-03-01T04:00\", lasting = \"2h\" }, { from = \"2024-03-01T05:00\", lasting = \"2h\" }] } }",
        "oracles.a.feed.down.1.from",
        "before the one before it",
    ),
    (
        "a = { feed = {}, attackers = { presence = { watching = { probability = 1 } }, capital_usd = 1 } }",
        "oracles.a.attackers",
        "nobody relies",
    ),
    (
        "a = { feed = {}, switch = { at = \"2024-03-01T04:00\", to = \"new\" } }",
        "oracles.a.switch",
        "only an oracle that reads a pool",
    ),
    (
        "a = { reads = \"old\", average = \"spot\", switch = { at = \"2024-03-01T04:00\", to_feed = { asset = \"BTC\" } } }",
        "oracles.a.switch.to_feed.asset",
        "another asset",
    ),
];

#[test]
fn sources_that_cannot_be_are_refused_with_their_place() {
    for (oracles, path, word) in REFUSED {
        let broken = build(MARKET, &[&format!("oracles={{ {oracles} }}")]).unwrap_err();
        let found: Vec<_> = broken.iter().map(|rule| (rule.path.as_str(), rule.message.as_str())).collect();
        assert!(matches!(found[..], [(at, said)] if at == path && said.contains(word)), "{oracles}: {found:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("market.toml");
    std::fs::write(&file, MARKET).unwrap();
    for deviation in ["0", "1.5"] {
        let set = format!("oracles={{ a = {{ feed = {{ deviation = {deviation} }} }} }}");
        let check = portage().args(["check", file.to_str().unwrap(), "--set", &set]).output().unwrap();
        let said = String::from_utf8(check.stderr).unwrap();
        assert_eq!(check.status.code(), Some(1), "{said}");
        assert!(said.contains("deviation"), "{said}");
    }
}

//! A system by hand, and laws of random ones.

use super::*;
use crate::{DepthMarket, ImpactLaw, eisenberg_noe, random_numbers};
use ndarray::{Array2, array};

fn market(depth: f64) -> DepthMarket {
    DepthMarket { prices_usd: vec![10.0], depths: vec![depth], law: ImpactLaw::Linear }
}

fn node(cash_usd: f64, tokens: f64) -> Node {
    Node { cash_usd, holdings: vec![tokens], frozen: vec![0.0], leverage_max: f64::INFINITY, ..Node::default() }
}

/// The first owes the second 60 and has 8 tokens; the second owes 90 outside and has 40 in money; the third has 5 tokens.
fn by_hand() -> System {
    let mut third = node(0.0, 5.0);
    third.oracle_loss_usd = 7.0;
    let owed = array![[0.0, 60.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    System {
        nodes: vec![node(0.0, 8.0), node(40.0, 0.0), third],
        claims: Claims::new(owed, vec![0.0, 90.0, 0.0]).unwrap(),
        recovery: Recovery { external: 0.5, interbank: 0.5 },
        prices_usd: vec![10.0],
    }
}

#[test]
fn each_channel_adds_what_it_must_by_hand() {
    let system = by_hand();
    let opening = [20.0, 10.0, 57.0];
    // Depth 16 tokens: 8 tokens fetch 80 (1 - 8/32) = 60, exactly what is owed: nobody defaults, and the price is what is lost: 20. The
    // third, alone in the market, would lose 50 x 5/32.
    let (parts, whole) = system.attribute(&opening, Channels::ALL, &market(16.0)).unwrap();
    assert_eq!(whole.defaults(), 0);
    assert_eq!((parts.direct_usd, parts.parts_usd[0], parts.parts_usd[2], parts.parts_usd[3]), (0.0, 0.0, 7.0, 0.0));
    assert!((parts.parts_usd[1] - 20.0 - 50.0 * 5.0 / 32.0).abs() < 1e-12);
    // Depth 10: 8 tokens fetch 80 (1 - 8/20) = 48 and the first defaults; half of it reaches the second, which has 64 of 90 and defaults too;
    // its creditors outside get half of 40 and half of 24. The third would sell 5 after 8: 13 > 10 tokens fetch 50 together.
    let whole = system.evaluate(Channels::ALL, &market(10.0)).unwrap();
    assert_eq!(whole.defaulted_in, [Some(1), Some(2), None]);
    assert!((whole.payments_usd[0] - 24.0).abs() < 1e-12 && (whole.unpaid_outside_usd[1] - 58.0).abs() < 1e-12);
    assert!((whole.equities_usd[2] - 5.0 * 50.0 / 13.0).abs() < 1e-12);
    assert!((whole.bankruptcy_usd - 24.0 - 32.0).abs() < 1e-12);
    assert!((whole.price_impact_usd - 32.0 - (50.0 - 250.0 / 13.0)).abs() < 1e-12);
    // Frozen tokens cannot pay: 6 of 8 leave 20 at reference prices.
    let mut frozen = by_hand();
    frozen.nodes[0].frozen[0] = 6.0;
    let channels = Channels { fire_sale: false, ..Channels::ALL };
    let whole = frozen.evaluate(channels, &market(10.0)).unwrap();
    assert_eq!((whole.payments_usd[0], whole.locked_usd, whole.defaults()), (10.0, 60.0, 2));
    assert!(whole.residual().abs() < 1e-12);
}

/// A system of every kind of node.
fn random_system(nodes: usize, seed: u64) -> System {
    let mut draw = random_numbers(seed);
    let owed = Array2::from_shape_fn((nodes, nodes), |(i, j)| {
        let (is_there, usd) = (draw() < 0.2, 30.0 * draw());
        if is_there && i != j { usd } else { 0.0 }
    });
    let outside: Vec<f64> = (0..nodes).map(|_| 100.0 * draw()).collect();
    let one = |_| {
        let tokens = 14.0 * draw();
        Node {
            cash_usd: 30.0 * draw(),
            frozen_usd: if draw() < 0.3 { 20.0 * draw() } else { 0.0 },
            holdings: vec![tokens],
            frozen: vec![if draw() < 0.4 { tokens * draw() } else { 0.0 }],
            oracle_loss_usd: if draw() < 0.3 { 25.0 * draw() } else { 0.0 },
            leverage_max: if draw() < 0.5 { 2.0 + 6.0 * draw() } else { f64::INFINITY },
        }
    };
    let nodes = (0..nodes).map(one).collect();
    let recovery = Recovery { external: 0.9, interbank: 0.95 };
    System { nodes, claims: Claims::new(owed, outside).unwrap(), recovery, prices_usd: vec![10.0] }
}

#[test]
fn parts_add_up_no_channel_heals_and_every_loss_has_a_place() {
    let mut active = [0; 4];
    for seed in 0..60 {
        let system = random_system(4 + (seed as usize % 20), seed);
        let depth = 40.0 + 30.0 * seed as f64;
        let market = market(depth);
        let opening: Vec<f64> = system.evaluate(Channels::NONE, &market).unwrap().face_usd;
        let (parts, whole) = system.attribute(&opening, Channels::ALL, &market).unwrap();
        let sum = parts.direct_usd + parts.parts_usd.iter().sum::<f64>();
        assert!((sum - parts.loss_usd).abs() < 1e-9 && whole.has_settled);
        for channel in 0..4 {
            // What is frozen cannot be sold: only the last channel may heal.
            let heals = parts.parts_usd[channel].min(parts.removed_usd[channel]) < -1e-8;
            assert!(!heals || (channel == 3 && whole.forced_sales_usd > 0.0), "{seed}: {parts:?}");
            active[channel] += usize::from(parts.parts_usd[channel] > 0.1);
            // Switched off, the loss changes by what was said.
            let mut others = [true; 4];
            others[channel] = false;
            let (without, _) = system.attribute(&opening, Channels::of(others), &market).unwrap();
            assert_eq!(parts.loss_usd - without.loss_usd, parts.removed_usd[channel]);
            assert_eq!(without.parts_usd[channel], 0.0);
        }
        for code in 0..16_u32 {
            let channels = Channels::of(std::array::from_fn(|channel| code >> channel & 1 == 1));
            let found = system.evaluate(channels, &market).unwrap();
            assert!(found.residual().abs() < 1e-9, "{seed} {channels:?}: {}", found.residual());
            assert!(found.equities_usd.iter().all(|equity| *equity > -1e-9));
        }
    }
    assert!(active.iter().all(|count| *count > 10), "{active:?}");
}

#[test]
fn without_assets_to_sell_it_is_eisenberg_and_noe() {
    let mut system = random_system(30, 77);
    system.recovery = Recovery::FULL;
    for node in &mut system.nodes {
        *node = Node { cash_usd: node.cash_usd + 60.0, holdings: vec![0.0], frozen: vec![0.0], ..node.clone() };
        (node.frozen_usd, node.leverage_max) = (0.0, f64::INFINITY);
    }
    let external: Vec<f64> = system.nodes.iter().map(|node| node.cash_usd).collect();
    let cleared = eisenberg_noe(&system.claims, &external).unwrap();
    let found = system.evaluate(Channels::ALL, &market(50.0)).unwrap();
    assert!(cleared.defaults() > 3);
    assert_eq!((found.payments_usd, found.defaulted_in), (cleared.payments, cleared.defaulted_in));
}

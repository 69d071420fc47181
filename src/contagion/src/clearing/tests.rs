//! Exact rational solutions, found by trying every set of defaults in exact fractions, and random networks.

use super::*;
use crate::random_numbers;
use ndarray::array;

fn close(one: &[f64], other: &[f64], tolerance: f64) {
    assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{one:?} for {other:?}");
    }
}

/// Three banks of Elsinger, Lehar and Summer, Risk Assessment for Banking Systems, Management Science 52 (2006).
fn three_banks() -> Claims {
    Claims::new(array![[0.0, 0.0, 2.0], [3.0, 0.0, 1.0], [3.0, 1.0, 0.0]], vec![0.0; 3]).unwrap()
}

fn five_nodes() -> Claims {
    let owed = array![
        [0.0, 7.0, 0.0, 2.0, 0.0],
        [0.0, 0.0, 9.0, 0.0, 1.0],
        [3.0, 0.0, 0.0, 5.0, 0.0],
        [1.0, 2.0, 0.0, 0.0, 6.0],
        [4.0, 0.0, 0.0, 1.0, 0.0]
    ];
    Claims::new(owed, vec![3.0, 1.0, 4.0, 2.0, 5.0]).unwrap()
}

const FIVE: [f64; 5] = [5.0, 2.0, 3.0, 1.0, 6.0];

#[test]
fn the_published_three_banks_clear_as_published() {
    let cleared = eisenberg_noe(&three_banks(), &[1.0; 3]).unwrap();
    close(&cleared.payments, &[2.0, 28.0 / 15.0, 52.0 / 15.0], 1e-15);
    close(&cleared.equities, &[3.0, 0.0, 0.0], 1e-15);
    // The second fails though all pay, the third because the second does.
    assert_eq!(cleared.defaulted_in, [None, Some(1), Some(2)]);
    assert_eq!((cleared.defaults(), cleared.depth(), cleared.iterations), (2, 2, 2));
    let half = Recovery { external: 0.5, interbank: 0.5 };
    let costly = rogers_veraart(&three_banks(), &[1.0; 3], half).unwrap();
    close(&costly.payments, &[2.0, 44.0 / 63.0, 100.0 / 63.0], 1e-15);
    close(&costly.equities, &[5.0 / 7.0, 0.0, 0.0], 1e-15);
}

#[test]
fn a_chain_and_a_ring_clear_to_exact_fractions() {
    let owed = array![[0.0, 10.0, 0.0, 0.0], [0.0, 0.0, 8.0, 0.0], [0.0, 0.0, 0.0, 7.0], [0.0; 4]];
    let chain = Claims::new(owed, vec![2.0, 0.0, 1.0, 5.0]).unwrap();
    // The third has 2 and receives 6 of 8: exactly what it owes, which is no default.
    let cleared = eisenberg_noe(&chain, &[6.0, 1.0, 2.0, 1.0]).unwrap();
    close(&cleared.payments, &[6.0, 6.0, 8.0, 5.0], 1e-15);
    close(&cleared.equities, &[0.0, 0.0, 0.0, 3.0], 1e-15);
    assert_eq!(cleared.defaulted_in, [Some(1), Some(2), None, None]);
    let cleared = eisenberg_noe(&five_nodes(), &FIVE).unwrap();
    close(&cleared.payments, &[12.0, 2409.0 / 227.0, 2652.0 / 227.0, 2013.0 / 227.0, 10.0], 1e-15);
    close(&cleared.equities, &[165.0 / 227.0, 0.0, 0.0, 0.0, 409.0 / 227.0], 1e-14);
    let costly = rogers_veraart(&five_nodes(), &FIVE, Recovery { external: 0.5, interbank: 0.75 }).unwrap();
    let exact = [38_542_760.0, 28_069_954.0, 29_749_764.0, 20_954_879.0, 35_536_350.0].map(|paid| paid / 8_350_013.0);
    close(&costly.payments, &exact, 1e-15);
    assert_eq!(costly.defaults(), 5);
}

#[test]
fn of_several_clearing_vectors_the_greatest_is_found() {
    // Each owes the other 10 and has 1: both pay, or both default and pay half of 1 and half of what comes: 1.
    let pair = Claims::new(array![[0.0, 10.0], [10.0, 0.0]], vec![0.0; 2]).unwrap();
    let half = Recovery { external: 0.5, interbank: 0.5 };
    close(&rogers_veraart(&pair, &[1.0; 2], half).unwrap().payments, &[10.0, 10.0], 0.0);
    let from = |from: [f64; 2]| iterate(&pair, &[1.0; 2], half, &from, (1e-15, 1_000)).unwrap().0;
    close(&from([10.0; 2]), &[10.0; 2], 0.0);
    close(&from([0.0; 2]), &[1.0; 2], 1e-14);
    // With 2 owed outside and 3 of assets: 12, or 18/7.
    let pair = Claims::new(array![[0.0, 10.0], [10.0, 0.0]], vec![2.0; 2]).unwrap();
    close(&rogers_veraart(&pair, &[3.0; 2], half).unwrap().payments, &[12.0; 2], 0.0);
    let least = iterate(&pair, &[3.0; 2], half, &[0.0; 2], (1e-15, 1_000)).unwrap().0;
    close(&least, &[18.0 / 7.0; 2], 1e-14);
    // Debts in a ring and nothing else: everybody can pay everybody.
    let ring = Claims::new(array![[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]], vec![0.0; 3]).unwrap();
    close(&eisenberg_noe(&ring, &[0.0; 3]).unwrap().payments, &[5.0; 3], 0.0);
}

/// A random network: a tenth of all claims, some nodes without debts, assets that suffice for most.
fn random_network(nodes: usize, seed: u64) -> (Claims, Vec<f64>) {
    let mut draw = random_numbers(seed);
    let owed = Array2::from_shape_fn((nodes, nodes), |(i, j)| {
        let (is_there, usd) = (draw() < 0.1, 100.0 * draw());
        if is_there && i != j && i % 17 != 3 { usd } else { 0.0 }
    });
    let outside: Vec<f64> = (0..nodes).map(|_| 200.0 * draw()).collect();
    let external = (0..nodes).map(|_| 280.0 * draw()).collect();
    (Claims::new(owed, outside).unwrap(), external)
}

#[test]
fn random_networks_up_to_500_nodes_are_fixed_points_and_none_is_greater() {
    let costs = [Recovery::FULL, Recovery { external: 0.8, interbank: 0.9 }];
    let mut deepest = 0;
    for (nodes, seed) in [(2, 1), (10, 2), (60, 3), (150, 4), (500, 5)] {
        let (claims, external) = random_network(nodes, seed);
        for recovery in costs {
            let cleared = rogers_veraart(&claims, &external, recovery).unwrap();
            deepest = deepest.max(cleared.depth());
            let received = claims.received(&cleared.payments);
            let largest = claims.due().iter().copied().fold(1.0, f64::max);
            for node in 0..nodes {
                let due = claims.due()[node];
                let assets = external[node] + received[node];
                let pays = if assets >= due * (1.0 - 1e-12) {
                    due
                } else {
                    recovery.external * external[node] + recovery.interbank * received[node]
                };
                assert!((cleared.payments[node] - pays).abs() <= 1e-12 * largest, "{nodes} nodes, node {node}");
            }
            // The map from above falls to the greatest fixed point and never below it.
            let (above, _) = iterate(&claims, &external, recovery, claims.due(), (1e-13, 100_000)).unwrap();
            close(&cleared.payments, &above, 1e-11);
        }
        // Conservation: owners and creditors outside have what there was.
        let cleared = eisenberg_noe(&claims, &external).unwrap();
        let to_outside: f64 =
            claims.paid_shares(&cleared.payments).iter().zip(claims.outside()).map(|(s, o)| s * o).sum();
        let all: f64 = external.iter().sum();
        assert!((cleared.equities.iter().sum::<f64>() + to_outside - all).abs() <= 1e-12 * all);
    }
    assert!(deepest >= 3, "no cascade to speak of: {deepest}");
}

#[test]
fn bankruptcy_costs_only_lower_payments_and_none_is_eisenberg_and_noe() {
    let (claims, external) = random_network(80, 9);
    let clear = |external_share, interbank| {
        let recovery = Recovery { external: external_share, interbank };
        rogers_veraart(&claims, &external, recovery).unwrap().payments
    };
    assert_eq!(clear(1.0, 1.0), eisenberg_noe(&claims, &external).unwrap().payments);
    let steps = [1.0, 0.9, 0.6, 0.3, 0.0];
    let mut moved = 0;
    for pair in steps.windows(2) {
        for (milder, harsher) in
            [(clear(pair[0], 0.8), clear(pair[1], 0.8)), (clear(0.8, pair[0]), clear(0.8, pair[1]))]
        {
            assert!(milder.iter().zip(&harsher).all(|(mild, harsh)| *harsh <= mild + 1e-10));
            moved += usize::from(milder.iter().sum::<f64>() > harsher.iter().sum::<f64>() + 1.0);
        }
    }
    assert_eq!(moved, 8);
}

#[test]
fn assets_that_cannot_be_are_refused() {
    let claims = three_banks();
    assert_eq!(eisenberg_noe(&claims, &[1.0, -1.0, 1.0]), Err(ClaimsFault::NegativeAssets { node: 1 }));
    assert_eq!(eisenberg_noe(&claims, &[1.0]), Err(ClaimsFault::Shape));
    assert_eq!(eisenberg_noe(&claims, &[1.0, 1.0, f64::NAN]), Err(ClaimsFault::NotFinite { node: 2 }));
}

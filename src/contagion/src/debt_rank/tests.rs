//! Both DebtRanks against programs written from the papers in another language, on the same pseudo-random exposures.

use super::*;
use crate::random_numbers;
use ndarray::array;

/// The recipe of the vectors: 64-bit linear congruential numbers; for each pair (i, j) in row order two draws u, v, and an exposure v x scale
/// where i differs from j and u < 0.3; then equities 0.5 + draw; then weights. Node 0 loses everything, node 3 a quarter.
fn vector(nodes: usize, seed: u64, scale: f64) -> (Exposures, Vec<f64>, Vec<f64>) {
    let mut draw = random_numbers(seed);
    let lent = Array2::from_shape_fn((nodes, nodes), |(i, j)| {
        let (u, v) = (draw(), draw());
        if i != j && u < 0.3 { v * scale } else { 0.0 }
    });
    let equities: Vec<f64> = (0..nodes).map(|_| 0.5 + draw()).collect();
    let weights = (0..nodes).map(|_| draw()).collect();
    let mut shock = vec![0.0; nodes];
    (shock[0], shock[3]) = (1.0, 0.25);
    (Exposures::new(&lent, &equities).unwrap(), shock, weights)
}

/// Seed, nodes, scale; original: DebtRank, rounds, sum of losses, loss of nodes 1 and 5; linear: DebtRank, sum, loss of nodes 1 and 5.
/// Origin: a Python program of 40 lines that steps the papers' equations with explicit states (numbers to all digits of a double).
type Vector = (u64, usize, f64, [f64; 5], [f64; 4]);
const VECTORS: [Vector; 3] = [
    (
        1,
        6,
        0.4,
        [0.048708966618752514, 2.0, 1.783139456814506, 0.0, 0.29396868240233925],
        [0.051106826675124874, 1.796134714816586, 0.0, 0.29396868240233925],
    ),
    (
        2,
        20,
        0.2,
        [0.027721457406535623, 4.0, 1.6389852631364317, 0.0078361159723623, 0.002414079121360161],
        [0.036426686985852004, 1.7844782594111297, 0.015316874353531917, 0.00787526371760774],
    ),
    (
        3,
        20,
        0.6,
        [0.4688364475775705, 3.0, 11.26758973742285, 0.15057326444237285, 0.7911369318378728],
        [0.924632392113708, 18.89708147724138, 0.7535634140549691, 1.0],
    ),
];

fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-12, "{one} for {other}");
}

#[test]
fn both_debt_ranks_agree_with_an_independent_program() {
    for (seed, nodes, scale, original, linear) in VECTORS {
        let (exposures, shock, weights) = vector(nodes, seed, scale);
        let found = debt_rank(&exposures, &shock, &weights).unwrap();
        let sum = |distress: &Distress| distress.losses.iter().sum::<f64>();
        let figures = [found.debt_rank, f64::from(found.rounds), sum(&found), found.losses[1], found.losses[5]];
        figures.iter().zip(original).for_each(|(one, other)| near(*one, other));
        let found = linear_debt_rank(&exposures, &shock, &weights, 100_000).unwrap();
        let figures = [found.debt_rank, sum(&found), found.losses[1], found.losses[5]];
        figures.iter().zip(linear).for_each(|(one, other)| near(*one, other));
    }
}

#[test]
fn a_ring_passes_distress_on_once_or_for_ever() {
    // Two nodes that have lent each other half their equity; the first loses 0.4. Original: the second loses 0.2, the first 0.1 more, and
    // has passed on already. Linear: 0.4 (1 + 1/4 + 1/16 + ...) = 8/15, and 4/15.
    let ring = Exposures::new(&array![[0.0, 5.0], [5.0, 0.0]], &[10.0, 10.0]).unwrap();
    let once = debt_rank(&ring, &[0.4, 0.0], &[1.0, 1.0]).unwrap();
    near(once.losses[0], 0.5);
    near(once.losses[1], 0.2);
    near(once.debt_rank, 0.15);
    let ever = linear_debt_rank(&ring, &[0.4, 0.0], &[1.0, 1.0], 1_000).unwrap();
    near(ever.losses[0], 8.0 / 15.0);
    near(ever.losses[1], 4.0 / 15.0);
    // A creditor loses no more than it has, whatever it has lent.
    let lost = linear_debt_rank(
        &Exposures::new(&array![[0.0, 0.0], [30.0, 0.0]], &[10.0, 10.0]).unwrap(),
        &[1.0, 0.0],
        &[1.0, 1.0],
        1_000,
    );
    assert_eq!(lost.unwrap().losses, [1.0, 1.0]);
}

#[test]
fn exposures_that_cannot_be_are_refused() {
    let new = |lent: Array2<f64>, equities: &[f64]| Exposures::new(&lent, equities).err();
    assert_eq!(new(array![[0.0, 1.0]], &[1.0]), Some(DistressFault::Shape));
    assert_eq!(new(array![[0.0, 1.0], [0.0, 0.0]], &[1.0, 0.0]), Some(DistressFault::Equity { node: 1 }));
    assert_eq!(new(array![[1.0, 1.0], [0.0, 0.0]], &[1.0, 1.0]), Some(DistressFault::Exposure { node: 0 }));
    assert_eq!(new(array![[0.0, 1.0], [-1.0, 0.0]], &[1.0, 1.0]), Some(DistressFault::Exposure { node: 1 }));
    let pair = Exposures::new(&array![[0.0, 1.0], [0.0, 0.0]], &[1.0, 1.0]).unwrap();
    assert_eq!(debt_rank(&pair, &[1.5, 0.0], &[1.0; 2]), Err(DistressFault::Share { node: 0 }));
    assert_eq!(linear_debt_rank(&pair, &[1.0, 0.0], &[1.0], 9), Err(DistressFault::Shape));
}

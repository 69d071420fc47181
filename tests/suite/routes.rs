//! Optimal routes against general-purpose solvers (tests/vectors/make_routes.py).

use portage::pools::router::{Leg, VenueQuote, best_split};
use portage::pools::{
    Amounts, AmplificationRamp, COINS_MAX, ConcentratedPool, ConstantProductPool, Direction, Pool, Rate,
    StableSwapPool, WeightRamp, WeightedPool,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    amount_in: f64,
    offers: Vec<Venue>,
    net: f64,
}

#[derive(Deserialize)]
struct Venue {
    #[serde(flatten)]
    curve: Curve,
    fee: f64,
    pay: usize,
    leg: String,
    gas: f64,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Curve {
    ConstantProduct { base: f64, quote: f64 },
    Weighted { base: f64, quote: f64, weight: f64 },
    StableSwap { base: f64, quote: f64, amplification: f64 },
    Concentrated { price: f64, positions: Vec<(i32, i32, f64)> },
}

fn amounts(base: f64, quote: f64) -> Amounts {
    let mut amounts = [0.0; COINS_MAX];
    (amounts[0], amounts[1]) = (base, quote);
    amounts
}

fn pool(curve: &Curve, fee: f64) -> Pool {
    let none = amounts(0.0, 0.0);
    match *curve {
        Curve::ConstantProduct { base, quote } => {
            let mut pool = ConstantProductPool::new(fee).unwrap();
            pool.put(&amounts(base, quote));
            Pool::ConstantProduct(pool)
        }
        Curve::Weighted { base, quote, weight } => {
            let mut pool = WeightedPool::new(2, WeightRamp::fixed(amounts(weight, 1.0 - weight)), fee, None).unwrap();
            pool.put(&amounts(base, quote), &none, 0.0);
            Pool::Weighted(Box::new(pool))
        }
        Curve::StableSwap { base, quote, amplification } => {
            let rates = [Rate { initial: 1.0, per_year: 0.0 }; COINS_MAX];
            let mut pool = StableSwapPool::new(2, AmplificationRamp::fixed(amplification), rates, fee).unwrap();
            pool.put(&amounts(base, quote), &none, 0.0);
            Pool::StableSwap(Box::new(pool))
        }
        Curve::Concentrated { price, ref positions } => {
            let mut pool = ConcentratedPool::new(10, fee, positions.len()).unwrap();
            pool.initialise(price.sqrt());
            for &(lower, upper, liquidity) in positions {
                let position = pool.position(lower, upper);
                pool.mint(position, liquidity);
            }
            Pool::Concentrated(Box::new(pool))
        }
    }
}

#[test]
fn no_solver_finds_a_better_route() {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/routes.json")).unwrap();
    assert!(vectors.cases.len() > 60);
    for case in &vectors.cases {
        let pools: Vec<_> = case.offers.iter().map(|venue| pool(&venue.curve, venue.fee)).collect();
        let offers: Vec<_> = case
            .offers
            .iter()
            .zip(&pools)
            .map(|(venue, pool)| {
                let leg = match venue.leg.as_str() {
                    "direct" => Leg::Direct,
                    "first" => Leg::First,
                    _ => Leg::Second,
                };
                VenueQuote {
                    pool,
                    direction: Direction { coin_in: venue.pay, coin_out: 1 - venue.pay },
                    leg,
                    gas: venue.gas,
                }
            })
            .collect();
        let net = best_split(&offers, case.amount_in).expect("the solver filled it").net();
        // Ours is the optimum to rounding; the solver stops at 1e-7 of it at worst.
        assert!(net >= case.net * (1.0 - 1e-9), "{}: {net} below the solver's {}", case.name, case.net);
        assert!(net <= case.net * (1.0 + 1e-7), "{}: {net} above the solver's {}", case.name, case.net);
    }
}

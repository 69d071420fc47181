//! StableSwap and weighted pools against contract arithmetic: thousands of operations in a row (tests/vectors/make_curves.py).

use portage::pools::{
    Amounts, AmplificationRamp, Burn, COINS_MAX, Direction, Exit, Join, Rate, StableSwapPool, Swap, WeightRamp,
    WeightedPool,
};
use serde_json::Value;

/// Largest relative error of any result.
const RELATIVE_MAX: f64 = 1e-9;
/// A fee may besides be off by this share of the amount that it was taken from: one that is nearly zero has fewer digits.
const FEE_OF_AMOUNT_MAX: f64 = 1e-13;
/// The contract rounds each of its steps to whole base units: its results may be off by this many of them.
const ROUNDING_UNITS: f64 = 4.0;

/// What both pools can do, so that one reader serves both files.
trait Steps {
    fn swap(&mut self, direction: Direction, amount_in: f64, apart: f64) -> Swap;
    fn join(&mut self, amounts: &Amounts, apart: f64) -> Join;
    fn leave(&mut self, share: f64) -> Amounts;
    fn leave_one(&mut self, share: f64, coin: usize, apart: f64) -> Exit;
    fn leave_imbalanced(&mut self, amounts: &Amounts, apart: f64) -> Burn;
    fn time(&mut self, seconds: f64, expected: &Value);
    fn balances(&self) -> Amounts;
    fn invariant(&self) -> f64;
}

macro_rules! steps {
    ($pool:ty, $time:expr) => {
        impl Steps for $pool {
            fn swap(&mut self, direction: Direction, amount_in: f64, apart: f64) -> Swap {
                let swap = self.swap_exact_in(direction, amount_in).expect("the reference filled it");
                self.fill(direction, &swap, apart);
                swap
            }
            fn join(&mut self, amounts: &Amounts, apart: f64) -> Join {
                let join = <$pool>::join(self, amounts).expect("the reference took it");
                self.put(amounts, &join.fees, apart);
                join
            }
            fn leave(&mut self, share: f64) -> Amounts {
                let amounts = self.exit(share);
                self.take(&amounts);
                amounts
            }
            fn leave_one(&mut self, share: f64, coin: usize, apart: f64) -> Exit {
                let exit = self.exit_one(share, coin).expect("the reference gave it");
                let mut amounts = [0.0; COINS_MAX];
                amounts[coin] = exit.amount + exit.fee * apart;
                self.take(&amounts);
                exit
            }
            fn leave_imbalanced(&mut self, amounts: &Amounts, apart: f64) -> Burn {
                let burn = self.exit_imbalanced(amounts).expect("the reference gave it");
                self.take(&std::array::from_fn(|coin| amounts[coin] + burn.fees[coin] * apart));
                burn
            }
            fn time(&mut self, seconds: f64, expected: &Value) {
                self.set_time(seconds);
                let check: fn(&$pool, &Value) = $time;
                check(self, expected);
            }
            fn balances(&self) -> Amounts {
                *<$pool>::balances(self)
            }
            fn invariant(&self) -> f64 {
                <$pool>::invariant(self)
            }
        }
    };
}

steps!(StableSwapPool, |pool, expected| assert!((pool.amplification() / number(expected) - 1.0).abs() < 1e-12));
steps!(WeightedPool, |pool, expected| {
    for (ours, theirs) in pool.weights().iter().zip(list(expected)) {
        assert!((ours - theirs).abs() < 1e-12);
    }
});

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn list(value: &Value) -> Amounts {
    let list = value.as_array().unwrap();
    std::array::from_fn(|coin| list.get(coin).map_or(0.0, number))
}

/// The largest relative error so far, with the place where it arose.
struct Worst(f64, String);

impl Worst {
    fn see(&mut self, ours: f64, theirs: f64, allowed: f64, place: &str) {
        let error = ((ours - theirs).abs() - allowed).max(0.0) / theirs.abs().max(f64::MIN_POSITIVE);
        if error.is_nan() || error > self.0 {
            *self = Self(error, format!("{place}: {ours:e} against {theirs:e}"));
        }
    }

    fn see_all(&mut self, ours: &Amounts, theirs: &Amounts, allowed: &Amounts, place: &str) {
        for coin in 0..COINS_MAX {
            self.see(ours[coin], theirs[coin], allowed[coin], place);
        }
    }
}

/// Walks one pool through its steps.
fn walk(pool: &mut impl Steps, written: &Value, number_of_pool: usize, worst: &mut Worst) -> usize {
    let apart = number(&written["apart"]);
    let steps = written["steps"].as_array().unwrap();
    // The weighted vectors are not rounded and name no decimals.
    let rounding = written["decimals"].as_f64().map_or(0.0, |decimals| ROUNDING_UNITS * libm::pow(10.0, -decimals));
    for (position, step) in steps.iter().enumerate() {
        let name = step[0].as_str().unwrap();
        let place = format!("pool {number_of_pool}, step {position}, {name}");
        let held = pool.balances().map(|balance| balance * FEE_OF_AMOUNT_MAX + rounding);
        match name {
            "swap" => {
                let direction = Direction { coin_in: index(&step[1]), coin_out: index(&step[2]) };
                let swap = pool.swap(direction, number(&step[3]), apart);
                worst.see(swap.amount_out, number(&step[4]), rounding, &place);
                worst.see(swap.fee_in + swap.fee_out, number(&step[5]), rounding, &place);
            }
            "join" => {
                let join = pool.join(&list(&step[1]), apart);
                worst.see(join.growth, number(&step[2]), 0.0, &place);
                worst.see_all(&join.fees, &list(&step[3]), &held, &place);
            }
            "leave" => worst.see_all(&pool.leave(number(&step[1])), &list(&step[2]), &[rounding; COINS_MAX], &place),
            "leave_one" => {
                let coin = index(&step[2]);
                let exit = pool.leave_one(number(&step[1]), coin, apart);
                worst.see(exit.amount, number(&step[3]), rounding, &place);
                worst.see(exit.fee, number(&step[4]), held[coin], &place);
            }
            "leave_imbalanced" => {
                let burn = pool.leave_imbalanced(&list(&step[1]), apart);
                worst.see(burn.share, number(&step[2]), 0.0, &place);
                worst.see_all(&burn.fees, &list(&step[3]), &held, &place);
            }
            "time" => pool.time(number(&step[1]), &step[2]),
            other => panic!("the vectors hold an unknown step {other}"),
        }
    }
    let place = format!("pool {number_of_pool}, end");
    worst.see_all(&pool.balances(), &list(&written["balances"]), &[0.0; COINS_MAX], &place);
    worst.see(pool.invariant(), number(&written["invariant"]), 0.0, &place);
    steps.len()
}

/// Walks every pool of a file, each built by `open`, and holds the worst error against the bound.
fn check<P: Steps>(text: &str, open: impl Fn(&Value) -> P) {
    let file: Value = serde_json::from_str(text).unwrap();
    let mut worst = Worst(0.0, String::new());
    let pools = file["pools"].as_array().unwrap();
    let steps: usize = pools
        .iter()
        .enumerate()
        .map(|(position, written)| walk(&mut open(written), written, position, &mut worst))
        .sum();
    assert!(steps > 2_000, "only {steps} steps");
    assert!(worst.0 <= RELATIVE_MAX, "{} with relative error {:e}", worst.1, worst.0);
}

#[test]
fn stable_swap_agrees_with_the_contracts_integers() {
    check(include_str!("../vectors/stable_swap.json"), |written| {
        let ramp = list(&written["ramp"]);
        let ramp =
            AmplificationRamp { initial: ramp[0], future: ramp[1], from_seconds: ramp[2], until_seconds: ramp[3] };
        let mut rates = [Rate::PAR; COINS_MAX];
        for (rate, written) in rates.iter_mut().zip(written["rates"].as_array().unwrap()) {
            *rate = Rate { initial: number(&written[0]), per_year: number(&written[1]) };
        }
        StableSwapPool::new(index(&written["coins"]), ramp, rates, number(&written["fee"])).unwrap()
    });
}

#[test]
fn weighted_agrees_with_balancers_formulas() {
    check(include_str!("../vectors/weighted.json"), |written| {
        let ramp = WeightRamp {
            initial: list(&written["ramp"][0]),
            future: list(&written["ramp"][1]),
            from_seconds: number(&written["ramp"][2]),
            until_seconds: number(&written["ramp"][3]),
        };
        WeightedPool::new(index(&written["coins"]), ramp, number(&written["fee"]), None).unwrap()
    });
}

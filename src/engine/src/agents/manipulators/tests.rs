//! Laws of manipulation against closed forms, and against plain search over them.

use super::attack_strategies::AttackStrategies;
use super::economics::{Assessment, Loan, ManipulationInputs, Reach};
use crate::world::{ExploitableLiquidity, MeanTerms, PairPrice};
use portage_pools::Pool;

const PRICE: f64 = 2_000.0;
const LTV: f64 = 0.75;

fn pool(quote: f64, fee: f64) -> Pool {
    Pool::with_reserves(quote / PRICE, quote, fee).unwrap()
}

fn exploitable() -> ExploitableLiquidity {
    ExploitableLiquidity { borrowable_usd: 1e6, loan_to_value: LTV, collateral_usd: f64::INFINITY }
}

/// The ways to move a mean whose blocks all closed at `factor` times the true price.
fn attack_strategies(mean: MeanTerms, factor: f64) -> AttackStrategies {
    let honest = factor * PRICE;
    let term = if matches!(mean, MeanTerms::Geometric(_)) { honest.ln() } else { honest };
    AttackStrategies::of(mean, PRICE, |pushes| term * (1.0 - f64::from(pushes) / f64::from(mean.blocks())))
}

fn assess(quote: f64, fee: f64, average: MeanTerms, gas: (f64, f64), capital_usd: f64) -> Assessment {
    let pool = pool(quote, fee);
    let ground = ManipulationInputs {
        reach: Reach::Pool(&pool),
        apart: 1.0,
        pair: PairPrice { base_usd: PRICE, quote_usd: 1.0, price: PRICE, root: PRICE.sqrt() },
        unmoved: 1.0,
        attack_strategies: attack_strategies(average, 1.0),
        exploitable: Some(exploitable()),
        capital_usd,
        swap_gas_usd: gas.0,
        attack_gas_usd: gas.1,
    };
    ground.assess()
}

const fn twap(blocks: u32) -> MeanTerms {
    MeanTerms::Arithmetic(blocks)
}

/// Cost per USD of quote of one push to `push` times the price, by the closed form; swapped back at once, or arbitraged back.
fn cost(push: f64, fee: f64, is_atomic: bool) -> f64 {
    let (s, fees) = (push.sqrt(), fee / (1.0 - fee));
    if is_atomic { fees * (s - 1.0 / s) } else { s + 1.0 / s - 2.0 + fees * (s - 1.0) }
}

/// The largest value over factors of the oracle's price, by plain search on a fine grid.
fn most(value: impl Fn(f64) -> f64) -> f64 {
    let factors = (0..4_000_000).map(|step| 1.0 / LTV + 1e-4 * f64::from(step));
    factors.map(value).fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn the_loan_is_the_one_that_gains_most() {
    let (exploitable, factor) = (exploitable(), 4.0);
    let loan = Loan::on(&exploitable, factor);
    assert!((loan.gain_usd() - 1e6 * (1.0 - 1.0 / (LTV * factor))).abs() < 1e-6);
    // No other collateral gains more: min(l a V, B) - V.
    for step in 1..1_000 {
        let collateral = 1_000.0 * f64::from(step);
        assert!((LTV * factor * collateral).min(1e6) - collateral <= loan.gain_usd() + 1e-6);
    }
    let limited = Loan::on(&ExploitableLiquidity { collateral_usd: 1e5, ..exploitable }, factor);
    assert_eq!((limited.collateral_usd, limited.borrowed_usd), (1e5, 3e5));
    assert_eq!(Loan::on(&exploitable, 1.0 / LTV).gain_usd(), 0.0);
    assert_eq!(Loan::on(&exploitable, 0.5).gain_usd(), 0.0);
}

#[test]
fn an_attack_pays_exactly_below_the_depth_of_the_closed_form() {
    // It pays where some factor gains more than it costs: y < max (gain - gas) / cost(1), cost being in proportion to y.
    let gain = |factor: f64| 1e6 * (1.0 - 1.0 / (LTV * factor));
    for fee in [0.0, 0.003, 0.01] {
        for gas_usd in [0.0, 500.0] {
            let blocks = |blocks: f64| {
                let one = move |factor: f64| cost(1.0 + blocks * (factor - 1.0), fee, false);
                let all = move |factor: f64| blocks * cost(factor, fee, false);
                (one, all)
            };
            let (one, all) = blocks(10.0);
            let closed = [
                (twap(1), most(|a| (gain(a) - gas_usd) / cost(a, fee, false))),
                (twap(10), most(|a| (gain(a) - gas_usd) / one(a).min(all(a)))),
                (MeanTerms::Spot, most(|a| (gain(a) - gas_usd) / cost(a, fee, true))),
            ];
            for (average, depth) in closed.into_iter().filter(|(_, depth)| depth.is_finite()) {
                let net = |times: f64| {
                    let found = assess(depth * times, fee, average, (0.0, gas_usd), f64::INFINITY);
                    (found.best.unwrap().net_usd(), found.pays_below)
                };
                let ((below, _), (above, ratio)) = (net(1.0 - 1e-6), net(1.0 + 1e-6));
                println!("{average:?} fee {fee} gas {gas_usd}: {depth} USD of quote, {below} below, {above} above");
                assert!(
                    below > 0.0 && above < 0.0,
                    "{average:?} fee {fee} gas {gas_usd}: {below} and {above} at {depth}"
                );
                assert!((ratio * (1.0 + 1e-6) - 1.0).abs() < 1e-6, "{average:?}: {ratio}");
            }
        }
    }
}

#[test]
fn what_the_best_attack_brings_is_what_the_closed_form_says() {
    let gain = |factor: f64| 1e6 * (1.0 - 1.0 / (LTV * factor));
    for (average, is_atomic) in [(twap(1), false), (MeanTerms::Spot, true)] {
        let found = assess(3e5, 0.003, average, (20.0, 100.0), f64::INFINITY).best.unwrap();
        let gas = if is_atomic { 140.0 } else { 120.0 };
        let closed = most(|factor| gain(factor) - 3e5 * cost(factor, 0.003, is_atomic)) - gas;
        assert!((found.net_usd() / closed - 1.0).abs() < 1e-9, "{} against {closed}", found.net_usd());
        assert_eq!(found.gas_usd, gas);
    }
}

#[test]
fn a_tenth_of_the_pool_is_a_tenth_of_the_cost() {
    for average in [MeanTerms::Spot, twap(1), twap(150)] {
        let told = |quote: f64| assess(quote, 0.003, average, (5.0, 5.0), 0.0).told_cost_usd;
        assert!((told(1e7) / told(1e6) - 10.0).abs() < 1e-12);
    }
    let doubled = assess(1e7, 0.0, twap(1), (0.0, 0.0), 0.0).told_cost_usd;
    assert!((doubled / (1e7 * (2.0_f64.sqrt() + 0.5_f64.sqrt() - 2.0)) - 1.0).abs() < 1e-9);
}

#[test]
fn a_mean_is_pushed_in_one_block_or_in_all_and_no_other_number_is_cheaper() {
    for blocks in [2_u32, 5, 10, 150] {
        let told = assess(1e6, 0.003, twap(blocks), (0.0, 0.0), f64::INFINITY).told_cost_usd;
        let count = f64::from(blocks);
        let by_number = (1..=blocks).map(|pushes| {
            let pushes = f64::from(pushes);
            pushes * 1e6 * cost(1.0 + count / pushes, 0.003, false)
        });
        let least = by_number.fold(f64::INFINITY, f64::min);
        assert!((told / least - 1.0).abs() < 1e-9, "{blocks} blocks: {told} against {least}");
    }
    // A short mean is held, a long one is pushed at once.
    let gas_apart = |blocks| assess(1.2e6, 0.0, twap(blocks), (0.0, 0.0), f64::INFINITY).best.unwrap().pushes;
    assert_eq!((gas_apart(2), gas_apart(1_000)), (2, 1));
}

#[test]
fn capital_binds_a_mean_and_not_what_is_swapped_back_at_once() {
    let nothing = |average| assess(1e5, 0.003, average, (0.0, 0.0), 0.0);
    assert!(nothing(MeanTerms::Spot).best.unwrap().net_usd() > 0.0);
    assert_eq!(nothing(twap(1)).best, None);
    assert_eq!(nothing(twap(1)).pays_below, 0.0);
    // What is paid in: y (s - 1) / (1 - f).
    let least = 1e5 * ((1.0 / LTV).sqrt() - 1.0) / (1.0 - 0.003);
    let with = |capital: f64| assess(1e5, 0.003, twap(1), (0.0, 0.0), capital).best;
    assert!(with(0.99 * least).is_none() && with(1.5 * least).unwrap().capital_usd <= 1.5 * least);
}

#[test]
fn an_empty_pool_is_pushed_for_nothing() {
    let ground = ManipulationInputs {
        reach: Reach::Empty,
        apart: 1.0,
        pair: PairPrice::PAR,
        unmoved: 1.0,
        attack_strategies: AttackStrategies::of(twap(10), 1.0, |pushes| 1.0 - 0.1 * f64::from(pushes)),
        exploitable: Some(exploitable()),
        capital_usd: 0.0,
        swap_gas_usd: 30.0,
        attack_gas_usd: 70.0,
    };
    let found = ground.assess();
    let best = found.best.unwrap();
    assert_eq!((best.cost_usd, best.gas_usd, found.told_cost_usd), (0.0, 100.0, 0.0));
    assert!(best.net_usd() > 0.9999 * 1e6 - 100.0 && found.pays_below == f64::INFINITY);
}

#[test]
fn a_geometric_mean_is_held_over_all_its_blocks_unless_gas_is_dear() {
    for blocks in [2_u32, 5, 16, 150] {
        let told = assess(1e6, 0.003, MeanTerms::Geometric(blocks), (0.0, 0.0), f64::INFINITY).told_cost_usd;
        let count = f64::from(blocks);
        // k pushes to 2^(N/k) make the mean read twice the price.
        let by_number = (1..=blocks).map(|pushes| {
            let pushes = f64::from(pushes);
            pushes * 1e6 * cost(2.0_f64.powf(count / pushes), 0.003, false)
        });
        let least = by_number.fold(f64::INFINITY, f64::min);
        assert!((told / least - 1.0).abs() < 1e-9, "{blocks} blocks: {told} against {least}");
        let arithmetic = assess(1e6, 0.003, twap(blocks), (0.0, 0.0), f64::INFINITY).told_cost_usd;
        assert!(told >= arithmetic * (1.0 - 1e-9), "{blocks} blocks: {told} against {arithmetic}");
    }
    let pushes = |gas_usd| {
        let found = assess(1e5, 0.003, MeanTerms::Geometric(16), (gas_usd, 0.0), f64::INFINITY);
        found.best.unwrap().pushes
    };
    assert_eq!(pushes(0.0), 16);
    assert!(pushes(20_000.0) < 16, "{}", pushes(20_000.0));
}

#[test]
fn what_lags_behind_the_price_is_taken_as_it_is_or_pushed_the_rest_of_the_way() {
    let pool = pool(1e9, 0.003);
    let ground = |unmoved: f64, quote: &Pool, mean: MeanTerms, attack_gas_usd: f64| {
        let reach = Reach::Pool(quote);
        let pair = PairPrice { base_usd: PRICE, quote_usd: 1.0, price: PRICE, root: PRICE.sqrt() };
        let capital_usd = f64::INFINITY;
        let (apart, swap_gas_usd) = (1.0, 0.0);
        let (attack_strategies, exploitable) = (attack_strategies(mean, unmoved), Some(exploitable()));
        ManipulationInputs {
            reach,
            apart,
            pair,
            unmoved,
            attack_strategies,
            exploitable,
            capital_usd,
            swap_gas_usd,
            attack_gas_usd,
        }
        .assess()
    };
    // A deep pool is not pushed; what the mean reads too much is there for the gas.
    let best = ground(1.5, &pool, twap(150), 100.0).best.unwrap();
    assert_eq!((best.pushes, best.cost_usd), (0, 0.0));
    assert!((best.net_usd() - (1e6 * (1.0 - 1.0 / (LTV * 1.5)) - 100.0)).abs() < 1e-6);
    assert!(ground(1.5, &pool, twap(150), 2e6).best.is_none_or(|plan| plan.net_usd() < 0.0));
    // What lags upwards takes less of a push for the same reading: r + (k/N) a and exp(r) a^(k/N).
    for mean in [twap(10), MeanTerms::Geometric(10)] {
        let told = |factor: f64| ground(factor, &pool, mean, 0.0).told_cost_usd;
        assert!(
            told(0.8) >= told(1.0) && told(1.0) >= told(1.2),
            "{mean:?}: {} {} {}",
            told(0.8),
            told(1.0),
            told(1.2)
        );
    }
    let strategy = attack_strategies(MeanTerms::Geometric(10), 1.2);
    let five = strategy.list().iter().find(|strategy| strategy.pushes == 5).unwrap();
    assert!((five.reading(4.0) - 2.0 * 1.2_f64.sqrt()).abs() < 1e-12);
    assert!((five.reading(five.push_for(3.0)) - 3.0).abs() < 1e-12);
}

//! Arbitrage, LVR and impermanent loss against closed forms and against the exact law of the mispricing, computed by
//! quadrature independently of the engine.

use crate::support::{ONE_POOL, column, ensemble, mean, model};

/// Volatility of one 12 s block at 5 % per sqrt(day).
const SIGMA: f64 = 0.05 * 0.011_785_113_019_775_793;
const BLOCKS: usize = 10_000;
const RUNS: u64 = 1_500;

fn normal_density(x: f64, mean: f64) -> f64 {
    let z = (x - mean) / SIGMA;
    (-0.5 * z * z).exp() / (SIGMA * (2.0 * std::f64::consts::PI).sqrt())
}

/// Nodes and weights of the composite five-point Gauss-Legendre rule on [from, to].
fn quadrature(from: f64, to: f64, panels: usize) -> Vec<(f64, f64)> {
    let rule = [
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
        (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let half = 0.5 * (to - from) / panels as f64;
    let points = (0..panels).flat_map(|panel| {
        let centre = from + (2 * panel + 1) as f64 * half;
        rule.map(|(node, weight)| (centre + half * node, half * weight))
    });
    points.collect()
}

/// Mean over the window of trades per block, and the mean total profit, of a fee-apart pool that starts at the price.
///
/// The log mispricing after each block is a Gaussian random walk held inside [-gamma, gamma]: a density inside and an
/// atom on each border, carried forward block by block. Profit is weighted by sqrt(P): under that weight the log price
/// has no drift and E sqrt(P_k) = sqrt(P_0) exp(-sigma^2 k / 8). With o the overshoot, a trade earns
/// L sqrt(P) exp(gamma - |z|/2) (exp(o/2) - 1)^2 quote.
fn exact(fee: f64) -> (f64, f64) {
    let gamma = -(1.0 - fee).ln();
    let frequency = walk(gamma, -0.5 * SIGMA * SIGMA, |_, _| 1.0).iter().sum::<f64>() / BLOCKS as f64;
    let liquidity_root_price = 1_000.0 * 10.0;
    let earned = walk(gamma, 0.0, |beyond, gamma| {
        let z = gamma + beyond;
        (gamma - 0.5 * z).exp() * ((0.5 * beyond).exp() - 1.0).powi(2)
    });
    let profit = earned
        .iter()
        .zip(1..)
        .map(|(earned, block)| liquidity_root_price * (-SIGMA * SIGMA * f64::from(block) / 8.0).exp() * earned)
        .sum();
    (frequency, profit)
}

/// Expected value per block of `value(overshoot, gamma)` over trades, for every block of the window.
fn walk(gamma: f64, drift: f64, value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let inside = quadrature(-gamma, gamma, (8.0 * gamma / SIGMA).ceil().max(8.0) as usize);
    let beyond = quadrature(0.0, 9.0 * SIGMA, 40);
    let count = inside.len();
    // States: inside nodes, then the lower and the upper border.
    let position = |state: usize| match state {
        _ if state < count => inside[state].0,
        _ if state == count => -gamma,
        _ => gamma,
    };
    // Chance to end beyond a border, and the value of it, from every state.
    let outer = |from: f64, sign: f64, weight: &dyn Fn(f64) -> f64| {
        beyond
            .iter()
            .map(|(over, w)| w * weight(*over) * normal_density(sign * (gamma + over) - from, drift))
            .sum::<f64>()
    };
    let states = count + 2;
    let gains: Vec<f64> = (0..states)
        .map(|s| [-1.0, 1.0].map(|sign| outer(position(s), sign, &|o| value(o, gamma))).iter().sum())
        .collect();
    let exits: Vec<[f64; 2]> =
        (0..states).map(|s| [-1.0, 1.0].map(|sign| outer(position(s), sign, &|_| 1.0))).collect();
    let kernel: Vec<Vec<f64>> = (0..states)
        .map(|s| inside.iter().map(|(to, weight)| weight * normal_density(to - position(s), drift)).collect())
        .collect();
    // The first block starts at zero mispricing.
    let start: Vec<f64> = inside.iter().map(|(to, weight)| weight * normal_density(*to, drift)).collect();
    let mut mass: Vec<f64> = start.into_iter().chain([outer(0.0, -1.0, &|_| 1.0), outer(0.0, 1.0, &|_| 1.0)]).collect();
    let mut values = vec![[-1.0, 1.0].map(|sign| outer(0.0, sign, &|o| value(o, gamma))).iter().sum()];
    // After this many blocks the law is stationary to more than twelve digits: ten relaxation times of the band.
    let settled = ((2.0 * gamma / SIGMA).powi(2) * 10.0) as usize + 100;
    while values.len() < BLOCKS {
        values.push(mass.iter().zip(&gains).map(|(mass, gain)| mass * gain).sum());
        if values.len() < settled {
            let mut next = vec![0.0; states];
            for (state, mass) in mass.iter().enumerate() {
                next.iter_mut().zip(&kernel[state]).for_each(|(next, chance)| *next += mass * chance);
                next[count] += mass * exits[state][0];
                next[count + 1] += mass * exits[state][1];
            }
            mass = next;
        }
    }
    values
}

#[test]
fn the_quadrature_agrees_with_published_figures() {
    let (frequency, profit) = exact(0.003);
    // An exact reference computed elsewhere for the same pool and window: 0.8903373.
    assert!((profit / 0.890_337_3 - 1.0).abs() < 2e-6, "{profit}");
    // Milionis and others 2023 carried over to fixed intervals: ARB = LVR / (1 + 1.7164 gamma / sigma_b), and a trade in
    // one of sqrt(2) (gamma / sigma_b + 0.5826) blocks, both up to terms exponential in gamma / sigma_b.
    for fee in [0.003, 0.01] {
        let ratio = -(1.0_f64 - fee).ln() / SIGMA;
        let lvr = SIGMA * SIGMA / 8.0 * 20_000.0 * BLOCKS as f64;
        let (frequency, profit) = exact(fee);
        // From zero mispricing the first trades come late: (2/3) ratio^2 blocks of them are missing at the start.
        let warm_up = 1.0 - ratio * ratio / 3.0 / BLOCKS as f64;
        assert!((profit / (lvr / (1.0 + 1.7164 * ratio)) / warm_up - 1.0).abs() < 0.02, "{fee}: {profit}");
        assert!((frequency * std::f64::consts::SQRT_2 * (ratio + 0.5826) / warm_up - 1.0).abs() < 0.02, "{fee}");
    }
    assert!((frequency - 0.124_46).abs() < 2e-4, "{frequency}");
}

#[test]
fn arbitrage_profit_and_frequency_are_the_exact_ones() {
    for (fee_bps, fee) in [(5, 0.0005), (30, 0.003), (100, 0.01)] {
        let model = model(ONE_POOL, &[&format!("pools.a.curve.constant_product.fee_bps={fee_bps}")]);
        let runs = ensemble(&model, RUNS);
        let (law_frequency, law_profit) = exact(fee);
        let (profit, profit_error) = mean(&column(&runs, "arbitrage_gross_usd"));
        let trades: Vec<f64> = column(&runs, "arbitrage_trades").iter().map(|trades| trades / BLOCKS as f64).collect();
        let (frequency, frequency_error) = mean(&trades);
        println!(
            "{fee_bps} bps: profit {profit} +- {profit_error} against {law_profit}, trades {frequency} against {law_frequency}"
        );
        // Three standard errors each; under a fixed seed the error probability was 0.3 % once for each of six figures.
        assert!(
            (profit - law_profit).abs() < 3.0 * profit_error,
            "{fee_bps} bps: {profit} +- {profit_error}, {law_profit}"
        );
        assert!(
            (frequency - law_frequency).abs() < 3.0 * frequency_error,
            "{fee_bps} bps: {frequency}, {law_frequency}"
        );
        // Whatever is traded pays the fee, and nothing else does.
        for (fees, volume) in column(&runs, "pool_fees_usd").iter().zip(column(&runs, "arbitrage_volume_usd")) {
            assert!((fees / (volume * fee) - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn fees_that_stay_in_the_pool_leave_less_to_arbitrage() {
    // Ratios of the mean profits on the same 4,000 paths of 10,000 blocks, from a NumPy program written apart from this one:
    // 0.998560 at 30 bps (standard error 2e-6) and 0.99433 at 100 bps (2e-5). With 400 paths the error is 3.3 times as large;
    // the margins are six of them and more.
    for (fee_bps, less, margin) in [(30, 0.001_44, 4e-5), (100, 0.005_67, 4e-4)] {
        let fee = format!("pools.a.curve.constant_product.fee_bps={fee_bps}");
        let gross = |kept: &str| {
            let patch = format!("pools.a.curve.constant_product.fees={kept}");
            mean(&column(&ensemble(&model(ONE_POOL, &[&fee, &patch]), 400), "arbitrage_gross_usd")).0
        };
        let ratio = gross("compounded") / gross("apart");
        assert!((1.0 - ratio - less).abs() < margin, "{fee_bps} bps: {ratio}");
    }
}

#[test]
fn without_fees_the_loss_is_lvr_and_impermanent_loss_is_the_closed_form() {
    let model = model(ONE_POOL, &["pools.a.curve.constant_product.fee_bps=0", "horizon=30d"]);
    let runs = ensemble(&model, 300);
    let (rate, error) = mean(&column(&runs, "lvr_rate"));
    let law = 0.955_248_658_727_f64.powi(2) / 8.0;
    // Three standard errors, error probability 0.3 %.
    assert!((rate - law).abs() < 3.0 * error && error < 0.01 * law, "{rate} +- {error} against {law}");
    for (loss, change) in column(&runs, "impermanent_loss").iter().zip(column(&runs, "price_return")) {
        let ratio = 1.0 + change;
        let law = 2.0 * ratio.sqrt() / (1.0 + ratio) - 1.0;
        assert!((loss - law).abs() < 1e-9, "price ratio {ratio}: {loss} against {law}");
    }
}

#[test]
fn gas_thins_arbitrage_out_and_thin_pools_lose_more() {
    // On Poisson blocks (derived from Milionis and others 2023): with b = gamma + 2 arccosh(1 + g/V) the loss to LVR is 0.229 at V = 50 M and g = 10 USD, 0.426 at
    // 5 M (what the pool loses beyond what it gets back in fees). On fixed blocks the figures differ; what must hold is the
    // order, and that the loss is split exactly between arbitrageurs, gas and fees.
    let lost = |tvl: f64| {
        let patches = [
            format!("pools.a.tvl_usd={tvl}"),
            "assets.GAS.price.constant.usd=100".to_owned(),
            "chain.gas_token=GAS".to_owned(),
            "chain.gas_price.constant.gwei=100".to_owned(),
            "chain.gas_units.arbitrage=1000000".to_owned(),
            "horizon=10d".to_owned(),
        ];
        let patches: Vec<&str> = patches.iter().map(String::as_str).collect();
        let runs = ensemble(&model(ONE_POOL, &patches), 60);
        // 1e6 gas x 100 gwei x 100 USD = 10 USD a trade.
        for ((gas, trades), net) in column(&runs, "arbitrage_gas_usd")
            .iter()
            .zip(column(&runs, "arbitrage_trades"))
            .zip(column(&runs, "arbitrage_net_usd"))
        {
            assert!(net > 0.0 && (gas / trades / 10.0 - 1.0).abs() < 1e-9, "{gas} USD over {trades} trades");
        }
        let (gross, lvr) = (mean(&column(&runs, "arbitrage_gross_usd")).0, mean(&column(&runs, "lvr_usd")).0);
        gross / lvr
    };
    let (thick, thin) = (lost(50e6), lost(5e6));
    assert!(thin > 1.4 * thick, "share of LVR that arbitrage takes: {thin} in the thin pool, {thick} in the thick one");
}

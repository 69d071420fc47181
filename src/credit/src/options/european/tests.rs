use super::*;

/// A row of `tests/vectors/options.json`, made by `make_options.py` with 60 digits.
#[derive(serde::Deserialize)]
struct Row {
    spot: f64,
    strike: f64,
    years: f64,
    volatility: f64,
    rate: f64,
    call: f64,
    put: f64,
    call_delta: f64,
    put_delta: f64,
    gamma: f64,
    vega: f64,
}

fn both(strike: f64, years: f64, rate: f64) -> [European; 2] {
    [Right::Call, Right::Put].map(|right| European { right, strike, years, rate })
}

#[test]
fn prices_and_sensitivities_are_those_of_sixty_digits() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../../../../tests/vectors/options.json")).unwrap();
    assert!(rows.len() > 50);
    let mut worst = 0.0_f64;
    for row in rows {
        let (spot, volatility) = (row.spot, row.volatility);
        let [call, put] = both(row.strike, row.years, row.rate);
        for (ours, truth) in [
            (call.price(spot, volatility), row.call),
            (put.price(spot, volatility), row.put),
            (call.delta(spot, volatility), row.call_delta),
            (put.delta(spot, volatility), row.put_delta),
            (call.gamma(spot, volatility), row.gamma),
            (put.vega(spot, volatility), row.vega),
        ] {
            worst = worst.max((ours / truth - 1.0).abs());
        }
    }
    assert!(worst < 1e-12, "{worst:e}");
}

#[test]
fn hulls_example_and_parity() {
    // Hull, the chapter on the Black-Scholes-Merton model: stock 42, strike 40, 10 %, volatility 20 %, six months: 4.76 and 0.81.
    let [call, put] = both(40.0, 0.5, 0.1);
    assert!((call.price(42.0, 0.2) - 4.76).abs() < 0.005 && (put.price(42.0, 0.2) - 0.81).abs() < 0.005);
    for spot in [20.0, 39.0, 41.0, 90.0] {
        let forward = spot - 40.0 * (-0.05_f64).exp();
        assert!((call.price(spot, 0.2) - put.price(spot, 0.2) - forward).abs() < 1e-13 * spot);
        assert!((call.delta(spot, 0.2) - put.delta(spot, 0.2) - 1.0).abs() < 1e-15);
    }
}

#[test]
fn without_time_or_volatility_an_option_is_its_payoff() {
    for (years, volatility) in [(0.0, 0.8), (0.5, 0.0), (0.0, 0.0)] {
        let [call, put] = both(100.0, years, 0.0);
        for (spot, call_delta) in [(80.0, 0.0), (100.0, 0.5), (130.0, 1.0)] {
            assert_eq!(call.price(spot, volatility), call.payoff(spot));
            assert_eq!(put.price(spot, volatility), put.payoff(spot));
            assert_eq!(call.delta(spot, volatility), call_delta);
            assert_eq!(call.gamma(spot, volatility), 0.0);
        }
    }
    // Next to both limits, and far from the strike, nothing is lost or no number.
    let [call, put] = both(100.0, 1e-9, 0.0);
    assert!((call.price(130.0, 0.8) - 30.0).abs() < 1e-12 && put.price(130.0, 0.8) < 1e-12);
    let [call, put] = both(100.0, 1.0, 0.0);
    assert!((call.price(100.0, 1e4) - 100.0).abs() < 1e-12 && (put.price(100.0, 1e4) - 100.0).abs() < 1e-12);
}

#[test]
fn sensitivities_are_the_slopes_of_the_price() {
    let h = 1e-3;
    for option in both(3_100.0, 0.05, 0.03) {
        let price = |spot: f64, volatility: f64| option.price(spot, volatility);
        let slope = (price(3_000.0 + h, 0.7) - price(3_000.0 - h, 0.7)) / (2.0 * h);
        assert!((option.delta(3_000.0, 0.7) - slope).abs() < 1e-8);
        let slope = (option.delta(3_000.0 + h, 0.7) - option.delta(3_000.0 - h, 0.7)) / (2.0 * h);
        assert!((option.gamma(3_000.0, 0.7) / slope - 1.0).abs() < 1e-7);
        let slope = (price(3_000.0, 0.7 + 1e-6) - price(3_000.0, 0.7 - 1e-6)) / 2e-6;
        assert!((option.vega(3_000.0, 0.7) / slope - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_strike_found_by_its_delta_has_it() {
    for right in [Right::Call, Right::Put] {
        for delta in [0.01, 0.1, 0.25, 0.5, 0.9] {
            let strike = European::strike_of_delta(right, delta, (3_000.0, 0.8), (7.0 / 365.0, 0.02));
            let option = European { right, strike, years: 7.0 / 365.0, rate: 0.02 };
            assert!((option.delta(3_000.0, 0.8).abs() - delta).abs() < 1e-12, "{right:?} {delta}");
        }
    }
    // Out of the money a call's strike lies above the price, a put's below.
    let of = |right| European::strike_of_delta(right, 0.2, (100.0, 0.8), (0.02, 0.0));
    assert!(of(Right::Call) > 100.0 && of(Right::Put) < 100.0);
}

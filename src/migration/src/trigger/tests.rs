use super::*;

const GROUND: Ground = Ground {
    old_value_usd: 2e7,
    new_value_usd: 1e7,
    old_yield: 0.10,
    new_yield: 0.20,
    pool_quote_usd: 1e7,
    pool_fee: 0.003,
    block_seconds: 12.0,
    gas_limit: 3e7,
    gas_token_usd: 3_000.0,
};

fn spec(watches: Observable, threshold: Threshold, held_seconds: f64) -> TriggerSpec {
    TriggerSpec {
        watches,
        threshold,
        held_for: Span::from_seconds(held_seconds).unwrap(),
        not_before: None,
        latest: None,
        gain_usd: 0.0,
        capital_rate: 0.05,
    }
}

#[test]
fn a_break_starts_the_time_anew() {
    let start = Instant::from_unix(0);
    let mut trigger = Trigger::new(&spec(Observable::OldValue, Threshold::Below(10.0), 100.0), start, start);
    let looks = [(0.0, 9.0), (60.0, 9.0), (99.0, 11.0), (110.0, 9.0), (209.0, 9.0), (210.0, 9.9), (220.0, 1.0)];
    let fired: Vec<bool> = looks.iter().map(|(seconds, value)| trigger.watch(*seconds, *value)).collect();
    assert_eq!(fired, [false, false, false, false, false, true, false]);
    assert_eq!(trigger.fired_seconds(), Some(210.0));
}

#[test]
fn it_keeps_its_dates() {
    let at = Instant::from_unix;
    let dated = TriggerSpec {
        not_before: Some(at(100)),
        latest: Some(at(500)),
        ..spec(Observable::GasPrice, Threshold::Below(10.0), 0.0)
    };
    let mut early = Trigger::new(&dated, at(0), at(0));
    assert!(!early.watch(99.0, 1.0) && early.watch(100.0, 1.0));
    let mut late = Trigger::new(&dated, at(0), at(0));
    assert!(!late.watch(499.0, 20.0) && late.watch(500.0, 20.0));
    let undated = spec(Observable::GasPrice, Threshold::Below(10.0), 0.0);
    let mut opened = Trigger::new(&undated, at(50), at(0));
    assert!(!opened.watch(49.0, 1.0) && !opened.watch(1e12, 20.0) && opened.watch(1e12, 1.0));
}

#[test]
fn a_pool_price_is_pushed_for_its_closed_form() {
    let up = |held| spec(Observable::PoolPrice, Threshold::Above(4_000.0), held).gaming(1_000.0, &GROUND).unwrap();
    // a = 4: capital y, loss y (2 + 1/2 - 2) = y/2, fee 0.003 y.
    assert!((up(0.0).capital_usd - 1e7).abs() < 1e-6 && (up(0.0).cost_usd - 6e4).abs() < 1e-6);
    assert!((up(12.0).cost_usd - 5.03e6).abs() < 1e-3);
    assert!((up(120.0).cost_usd - 5.03e7).abs() < 1e-3);
    let down = spec(Observable::PoolPrice, Threshold::Below(250.0), 12.0).gaming(1_000.0, &GROUND).unwrap();
    assert!((down.cost_usd - up(12.0).cost_usd).abs() < 1e-6);
    // A tenth of the pool is pushed for a tenth.
    let drained = Ground { pool_quote_usd: 1e6, ..GROUND };
    let cheap = spec(Observable::PoolPrice, Threshold::Above(4_000.0), 12.0).gaming(1_000.0, &drained).unwrap();
    assert!((up(12.0).cost_usd / cheap.cost_usd - 10.0).abs() < 1e-9);
}

#[test]
fn the_loss_to_arbitrage_agrees_with_a_swap_and_its_return() {
    // Constant product of 5,000 base at 2,000: the price is pushed to 2,500, and what was bought is worth 2,000 each.
    let (base, quote) = (5_000.0_f64, 1e7_f64);
    let paid = quote * (1.25_f64.sqrt() - 1.0);
    let bought = base - base * quote / (quote + paid);
    let ground = Ground { pool_fee: 0.0, ..GROUND };
    let gaming = spec(Observable::PoolPrice, Threshold::Above(2_500.0), 1.0).gaming(2_000.0, &ground).unwrap();
    assert!((gaming.capital_usd - paid).abs() < 1e-6);
    assert!((gaming.cost_usd - (paid - bought * 2_000.0)).abs() < 1e-6);
}

#[test]
fn value_and_yield_are_held_with_lent_capital() {
    let year = portage_base::units::SECONDS_PER_YEAR;
    let value = spec(Observable::OldValue, Threshold::Below(1.5e7), year).gaming(2e7, &GROUND).unwrap();
    assert!((value.capital_usd - 5e6).abs() < 1e-6 && (value.cost_usd - 2.5e5).abs() < 1e-6);
    // The old yield must fall from 10 to 8 %: a quarter more of its value.
    let gap = spec(Observable::YieldGap, Threshold::Above(0.12), year).gaming(0.10, &GROUND).unwrap();
    assert!((gap.capital_usd - 5e6).abs() < 1e-3);
    // The new one from 20 to 15 %: a third more.
    let gap = spec(Observable::YieldGap, Threshold::Below(0.05), year).gaming(0.10, &GROUND).unwrap();
    assert!((gap.capital_usd - 1e7 / 3.0).abs() < 1e-3);
    assert_eq!(spec(Observable::YieldGap, Threshold::Above(0.25), 0.0).gaming(0.10, &GROUND), None);
}

#[test]
fn a_base_fee_is_raised_by_full_blocks_and_never_lowered() {
    let up = spec(Observable::GasPrice, Threshold::Above(22.0), 0.0).gaming(20.0, &GROUND).unwrap();
    // One full block at 20 gwei: 15 million gas beyond the target, 0.3 ether.
    assert!((up.cost_usd - 900.0).abs() < 1e-9);
    let two = spec(Observable::GasPrice, Threshold::Above(25.0), 24.0).gaming(20.0, &GROUND).unwrap();
    // 20 and 22.5 gwei to rise, twice 25 to hold.
    assert!((two.cost_usd - (42.5 + 50.0) * 15e6 / 1e9 * 3_000.0).abs() < 1e-6);
    assert_eq!(spec(Observable::GasPrice, Threshold::Below(10.0), 0.0).gaming(20.0, &GROUND), None);
    assert_eq!(spec(Observable::ReferencePrice, Threshold::Below(10.0), 0.0).gaming(20.0, &GROUND), None);
}

#[test]
fn it_pays_when_the_gain_exceeds_the_cost() {
    let gaining = |gain_usd| TriggerSpec { gain_usd, ..spec(Observable::PoolPrice, Threshold::Above(4_000.0), 12.0) };
    assert!(gaining(5.04e6).pays_to_game(1_000.0, &GROUND) && !gaining(5.02e6).pays_to_game(1_000.0, &GROUND));
    let done = spec(Observable::PoolPrice, Threshold::Above(4_000.0), 12.0).gaming(4_001.0, &GROUND);
    assert_eq!(done, Some(Gaming { capital_usd: 0.0, cost_usd: 0.0 }));
}

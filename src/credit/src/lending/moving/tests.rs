//! Two markets and what moves between them.

use super::carrying::{Obstacle, carry};
use super::*;
use crate::lending::{
    BorrowersSpec, BorrowersTerms, DebtUpkeepSpec, HealthSpec, LiquidatorsSpec, Market, MarketTerms, RESERVES_MAX,
    RateSpec, ReservePrices, ReserveSpec, ReserveStep, RulesSpec,
};
use portage_base::units::{Instant, SECONDS_PER_DAY};
use std::collections::BTreeMap;

const PRICES: ReservePrices = [2_000.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
const MAP: [usize; RESERVES_MAX] = [0, 1, 0, 0, 0, 0, 0, 0];
const DAY: f64 = SECONDS_PER_DAY;

fn reserve(supplied_usd: f64, cap_usd: f64) -> ReserveSpec {
    ReserveSpec {
        asset: None,
        pool: None,
        oracle: None,
        supplied_usd,
        loan_to_value: 0.8,
        threshold: 0.83,
        bonus: 0.05,
        supply_cap_usd: Some(cap_usd),
        borrow_cap_usd: None,
        is_borrowable: true,
        reserve_factor: 0.1,
        reserve_usd: 0.0,
        rate: RateSpec::default(),
        steps: Vec::new(),
    }
}

/// A market of ETH and USDC; `count` borrowers owe 1,000,000 USDC on ETH.
fn market(name: &str, supplied_usd: f64, cap_usd: f64, count: u32) -> MarketTerms {
    let share = |place: usize| std::array::from_fn(|r| f64::from(u8::from(r == place)));
    let class = BorrowersTerms {
        name: "long".to_owned(),
        spec: BorrowersSpec {
            count,
            debt_usd: 1e6,
            size_sd: 1.0,
            collateral: BTreeMap::new(),
            debt: BTreeMap::new(),
            health: HealthSpec { median: 1.8, sd: 0.3, min: 1.1 },
            upkeep: DebtUpkeepSpec::default(),
        },
        collateral: share(0),
        debt: share(1),
    };
    MarketTerms {
        name: name.to_owned(),
        rules: RulesSpec::default(),
        start: Instant::from_unix(0),
        reserves: vec![reserve(0.0, f64::INFINITY), reserve(supplied_usd, cap_usd)],
        borrowers: if count > 0 { vec![class] } else { Vec::new() },
        liquidators: LiquidatorsSpec::default(),
        backstop_usd: 0.0,
    }
}

fn spec() -> MovesSpec {
    let eager = MoverSpec {
        active_share: 1.0,
        reviews_per_day: 1.0,
        inertia_per_year: 0.0,
        scale_per_year: 0.001,
        ..MoverSpec::default()
    };
    MovesSpec {
        to: "new".to_owned(),
        opens: Instant::from_unix(0),
        suppliers: SuppliersSpec { count_per_reserve: 100, size_sd: 1.0, decides: eager, ..SuppliersSpec::default() },
        borrowers: CarriersSpec { decides: eager, ..CarriersSpec::default() },
        benefit_per_year: 0.5,
        reward_per_year: 0.0,
        reward_until: None,
    }
}

fn terms(spec: MovesSpec) -> MovesTerms {
    MovesTerms { name: "old".to_owned(), map: MAP, opens_seconds: 0.0, reward_until_seconds: f64::INFINITY, spec }
}

fn at(days: f64) -> Situation<'static> {
    Situation { seconds: days * DAY, prices_usd: &PRICES, new_oracle_usd: &PRICES, gas_usd: 2e-5 }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn everything_moves_and_the_accounts_agree() {
    let mut old = Market::open(&market("old", 3e6, f64::INFINITY, 200), &PRICES, (1, 0));
    let mut new = Market::open(&market("new", 0.0, f64::INFINITY, 0), &PRICES, (1, 0));
    let mut accounts = [[old.cash(0), old.cash(1)], [new.cash(0), new.cash(1)]];
    let debts = [old.borrowed(1), new.borrowed(1)];
    let healths: Vec<f64> = (0..200).map(|id| old.health(id, &PRICES)).collect();
    let mut moves = Moves::open(&terms(spec()), &old, &mut new, (1, 0));
    for day in 1..=60 {
        moves.step((&mut old, &mut new), &at(f64::from(day)), |moved| {
            let direction = if moved.passing == Passing::Debt { -1.0 } else { 1.0 };
            accounts[0][moved.reserve] -= direction * moved.tokens;
            accounts[1][moved.reserve] += direction * moved.tokens;
        });
        assert!(moves.residual(&old) < 1e-12);
        let [there, here] = &accounts;
        for (r, (there, here)) in there.iter().zip(here).enumerate().take(2) {
            assert!(close(old.cash(r), *there) && close(new.cash(r), *here), "day {day}");
        }
        assert!(close(old.borrowed(1) + new.borrowed(1), debts[0] + debts[1]), "no debt appears on day {day}");
    }
    // At one review a day the chance that any of 300 has not looked in 60 days is 300 exp(-60), 3e-24.
    let tally = moves.tally();
    assert!(tally.suppliers == 100 && tally.borrowers == 200 && old.supplied(1) < 1e-6 && old.borrowed(1) < 1e-6);
    assert!(close(moves.moved_supply_usd(&new, &PRICES), 3e6) && close(new.supplied(1), 3e6));
    assert!(close(tally.suppliers_gas_usd, 2e-5 * 100.0 * 400_000.0));
    assert!(
        close(tally.borrowers_gas_usd, 2e-5 * 200.0 * 1_200_000.0) && close(moves.moved_debt_usd(&new, &PRICES), 1e6)
    );
    assert!(close(tally.flash_loans_usd, 1e6 * 5e-4));
    for (id, before) in healths.into_iter().enumerate() {
        let into = new.positions() as u32 - 200 + id as u32;
        assert!(close(new.health(into, &PRICES), before) && new.class(into) == Some(0));
    }
}

#[test]
fn utilisation_blocks_those_who_leave_and_they_wait_in_order() {
    // 1,050,000 supplied and 1,000,000 lent to borrowers who stay: 50,000 can leave, and no more.
    let mut stays = spec();
    stays.borrowers.decides.active_share = 0.0;
    stays.borrowers.decides.never_share = 1.0;
    let mut old = Market::open(&market("old", 1.05e6, f64::INFINITY, 20), &PRICES, (2, 0));
    let mut new = Market::open(&market("new", 0.0, f64::INFINITY, 0), &PRICES, (2, 0));
    let mut moves = Moves::open(&terms(stays), &old, &mut new, (2, 0));
    moves.step((&mut old, &mut new), &at(40.0), |_| {});
    assert!(close(new.supplied(1), 50_000.0) && old.cash(1) < 1e-6 && close(old.reserves()[1].utilisation(), 1.0));
    assert!(close(moves.waiting_usd(&old, &PRICES), 1e6) && moves.tally().cash_wait_usd_hours == 0.0);
    moves.step((&mut old, &mut new), &at(41.0), |_| {});
    assert!(close(moves.tally().cash_wait_usd_hours, 24e6) && close(moves.tally().blocked_days, 1.0));
    assert!(moves.tally().room_wait_usd_hours == 0.0 && close(moves.tally().waiting_max_usd, 1e6));
    // What comes in goes out at once, to those who asked first.
    let before = moves.tally().suppliers;
    old.supply(1, 300_000.0);
    moves.step((&mut old, &mut new), &at(42.0), |_| {});
    assert!(close(new.supplied(1), 350_000.0) && moves.tally().suppliers > before && old.cash(1) < 1e-6);
}

#[test]
fn a_full_new_market_makes_suppliers_wait_for_room() {
    let mut old = Market::open(&market("old", 3e6, f64::INFINITY, 0), &PRICES, (3, 0));
    let mut new = Market::open(&market("new", 0.0, 1e6, 0), &PRICES, (3, 0));
    let mut moves = Moves::open(&terms(spec()), &old, &mut new, (3, 0));
    for day in [40.0, 41.0] {
        moves.step((&mut old, &mut new), &at(day), |_| {});
        assert!(close(new.supplied(1), 1e6) && close(moves.waiting_usd(&old, &PRICES), 2e6));
    }
    assert!(close(moves.tally().room_wait_usd_hours, 48e6) && moves.tally().cash_wait_usd_hours == 0.0);
}

#[test]
fn rewards_are_paid_on_what_has_moved() {
    let mut rewarded = spec();
    rewarded.reward_per_year = 0.073;
    let reward_until_seconds = 50.0 * DAY;
    let mut old = Market::open(&market("old", 1e6, f64::INFINITY, 0), &PRICES, (4, 0));
    let mut new = Market::open(&market("new", 0.0, f64::INFINITY, 0), &PRICES, (4, 0));
    let mut moves = Moves::open(&MovesTerms { reward_until_seconds, ..terms(rewarded) }, &old, &mut new, (4, 0));
    // All have moved by day 40; a million earns 200 USD a day, for the ten days that are left.
    [40.0, 45.0, 60.0].into_iter().for_each(|day| moves.step((&mut old, &mut new), &at(day), |_| {}));
    assert!(close(moves.tally().rewards_usd, 2_000.0));
}

#[test]
fn each_obstacle_stops_a_position_whole() {
    let ready = || {
        let old = Market::open(&market("old", 3e6, f64::INFINITY, 1), &PRICES, (5, 0));
        let mut new = Market::open(&market("new", 3e6, f64::INFINITY, 0), &PRICES, (5, 0));
        let first = new.keep_room_for(&old);
        (old, new, first)
    };
    let (mut old, mut new, first) = ready();
    let (pledged, owed) = (old.pledged_by(0), old.owed_by(0));
    assert!(old.borrow_for_good((1, 1e7), (0, old.cash(0) - 0.5 * pledged[0])).is_some());
    assert_eq!(carry((&mut old, &mut new), (0, first), &MAP, &PRICES).unwrap_err(), Obstacle::OldCash);
    let (mut old, _, _) = ready();
    let at = Instant::from_unix(0);
    let (loan_to_value, threshold, supply_cap_usd, borrow_cap_usd) = (None, None, None, None);
    let frozen = ReserveStep { at, loan_to_value, threshold, is_frozen: Some(true), supply_cap_usd, borrow_cap_usd };
    for (place, step, obstacle) in [
        (0, frozen, Obstacle::SupplyCap),
        (1, frozen, Obstacle::NewCash),
        (0, ReserveStep { loan_to_value: Some(0.3), is_frozen: None, ..frozen }, Obstacle::LoanToValue),
    ] {
        let mut terms = market("new", 3e6, f64::INFINITY, 0);
        terms.reserves[place].steps = vec![step];
        let mut new = Market::open(&terms, &PRICES, (5, 0));
        let first = new.keep_room_for(&old);
        new.step_to(0.0);
        assert_eq!(carry((&mut old, &mut new), (0, first), &MAP, &PRICES).unwrap_err(), obstacle);
        assert!(old.pledged_by(0) == pledged && old.owed_by(0) == owed && new.borrowed(1) == 0.0);
    }
    let (_, mut new, first) = ready();
    let carried = carry((&mut old, &mut new), (0, first), &MAP, &PRICES).unwrap();
    assert!(carried.collateral == pledged && close(new.owed_by(first)[1], owed[1]) && old.owed_by(0)[1] == 0.0);
}

#[test]
fn what_people_weigh_moves_nobodys_clock() {
    let reviews = |inertia_per_year: f64| -> Vec<(u64, u32)> {
        let spec = MoverSpec { inertia_per_year, ..MoverSpec::default() };
        let mut clock = clock::ReviewClock::open(&spec, 50, 0.0, (1, 0), "x");
        std::iter::from_fn(|| clock.due(30.0 * DAY)).map(|review| (review.seconds.to_bits(), review.id)).collect()
    };
    let once = reviews(0.0);
    assert!(once == reviews(0.3) && once.windows(2).all(|pair| f64::from_bits(pair[0].0) <= f64::from_bits(pair[1].0)));
    assert!(once.len() > 20, "50 people, of them 20 active at three reviews a month: {}", once.len());
}

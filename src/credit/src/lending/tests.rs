//! A market as a whole: its books, its borrowers, and who is found below one.

use super::*;
use portage_base::random::Stream;
use portage_base::units::Instant;
use std::collections::{BTreeMap, BTreeSet};

const ETH: usize = 0;
const USDC: usize = 1;
const PRICES: ReservePrices = [2_000.0, 1.0, 30_000.0, 0.0, 0.0, 0.0, 0.0, 0.0];

fn reserve(supplied_usd: f64, threshold: f64) -> ReserveSpec {
    ReserveSpec {
        asset: None,
        pool: None,
        oracle: None,
        supplied_usd,
        loan_to_value: threshold - 0.03,
        threshold,
        bonus: 0.05,
        supply_cap_usd: None,
        borrow_cap_usd: None,
        is_borrowable: true,
        reserve_factor: 0.1,
        reserve_usd: 1_000.0,
        rate: RateSpec::default(),
        steps: Vec::new(),
    }
}

fn amounts(shares: &[(usize, f64)]) -> ReserveAmounts {
    let mut amounts = [0.0; RESERVES_MAX];
    shares.iter().for_each(|&(r, share)| amounts[r] = share);
    amounts
}

fn class(name: &str, count: u32, collateral: &[(usize, f64)], debt: &[(usize, f64)]) -> BorrowersTerms {
    BorrowersTerms {
        name: name.to_owned(),
        spec: BorrowersSpec {
            count,
            debt_usd: 1e6,
            size_sd: 1.0,
            collateral: BTreeMap::new(),
            debt: BTreeMap::new(),
            health: HealthSpec::default(),
            upkeep: DebtUpkeepSpec { attentive_share: 0.4, ..DebtUpkeepSpec::default() },
        },
        collateral: amounts(collateral),
        debt: amounts(debt),
    }
}

/// A step at so many seconds that changes nothing yet.
fn step(seconds: i64) -> ReserveStep {
    let at = Instant::from_unix(seconds);
    let (loan_to_value, threshold, is_frozen, supply_cap_usd, borrow_cap_usd) = (None, None, None, None, None);
    ReserveStep { at, loan_to_value, threshold, is_frozen, supply_cap_usd, borrow_cap_usd }
}

fn terms(borrowers: Vec<BorrowersTerms>) -> MarketTerms {
    MarketTerms {
        name: "main".to_owned(),
        rules: RulesSpec::default(),
        start: Instant::from_unix(0),
        reserves: vec![reserve(5e6, 0.83), reserve(4e6, 0.78), reserve(1e6, 0.78)],
        borrowers,
        liquidators: LiquidatorsSpec::default(),
        backstop_usd: 0.0,
    }
}

fn mixed() -> MarketTerms {
    terms(vec![
        class("long", 400, &[(ETH, 1.0)], &[(USDC, 1.0)]),
        class("both", 300, &[(ETH, 0.5), (2, 0.5)], &[(USDC, 0.7), (ETH, 0.3)]),
        class("short", 200, &[(USDC, 1.0)], &[(ETH, 1.0)]),
    ])
}

/// One borrower who owes 15,000 USDC on 10 ETH at 2,000 USD each: health 1.1067.
fn single() -> Market {
    let mut borrower = class("one", 1, &[(ETH, 1.0)], &[(USDC, 1.0)]);
    let health = 10.0 * 2_000.0 * 0.83 / 15_000.0;
    (borrower.spec.debt_usd, borrower.spec.health) = (15_000.0, HealthSpec { median: health, sd: 0.0, min: 1.0 });
    Market::open(&terms(vec![borrower]), &PRICES, (1, 0))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn at_eth(price: f64) -> ReservePrices {
    let mut prices = PRICES;
    prices[ETH] = price;
    prices
}

#[test]
fn the_opening_adds_up() {
    let market = Market::open(&mixed(), &PRICES, (3, 5));
    let usd = |id| market.debt_usd(id, &PRICES);
    assert!(close((0..400).map(usd).sum(), 1e6) && close((400..700).map(usd).sum(), 1e6));
    assert!(close(market.borrowed(USDC), 1.7e6) && close(market.borrowed(ETH) * 2_000.0, 1.3e6));
    assert!(close(market.cash(USDC), 4e6 + 1_000.0 + market.collateral(USDC) - 1.7e6));
    // 900 healths with median 1.6: between 390 and 510 below it, four standard deviations of the count; error probability 6e-5.
    let below = (0..900).filter(|id| market.health(*id, &PRICES) < 1.6).count();
    assert!((390..=510).contains(&below), "{below} of 900 below the median");
    assert!((0..900).all(|id| market.health(id, &PRICES) > 1.03 - 1e-9) && market.uncovered_usd(&PRICES) == 0.0);
}

#[test]
fn another_parameter_moves_nobody_elses_draw() {
    let mut other = mixed();
    other.borrowers[0].spec.health.median = 2.5;
    other.borrowers[0].spec.upkeep.attentive_share = 0.9;
    let (a, b) = (Market::open(&mixed(), &PRICES, (3, 5)), Market::open(&other, &PRICES, (3, 5)));
    assert!((0..400).all(|id| a.debt_usd(id, &PRICES).to_bits() == b.debt_usd(id, &PRICES).to_bits()));
    assert!((400..900).all(|id| a.health(id, &PRICES).to_bits() == b.health(id, &PRICES).to_bits()));
}

#[test]
fn interest_by_hand_and_conserved() {
    // 45 % of 1,000,000 lent at half of slope1, 1.35 %: 6,075 a year, of which the market keeps a tenth. Nobody but suppliers earns.
    let mut borrower = class("one", 1, &[(ETH, 1.0)], &[(USDC, 1.0)]);
    borrower.spec.debt_usd = 450_000.0;
    let mut plain = terms(vec![borrower]);
    (plain.reserves[USDC].supplied_usd, plain.reserves[USDC].reserve_usd) = (1e6, 0.0);
    let mut market = Market::open(&plain, &PRICES, (1, 0));
    let interest = market.accrue(portage_base::units::SECONDS_PER_YEAR);
    assert!(close(interest.paid[USDC], 6_075.0) && close(interest.to_suppliers[USDC], 5_467.5));
    assert!(close(interest.to_own[USDC], 607.5) && interest.to_collateral[USDC] == 0.0 && interest.paid[ETH] == 0.0);
    // Over a year in hours, with collateral that is lent on and own funds: what is added to debts is what the others get.
    for rules in [RulesSpec::default(), RulesSpec::Compound(CompoundRules::default())] {
        let mut market = Market::open(&MarketTerms { rules, ..mixed() }, &PRICES, (1, 0));
        let before: Vec<Reserve> = market.reserves().to_vec();
        let mut paid = 0.0;
        for _ in 0..8_760 {
            let interest = market.accrue(3_600.0);
            paid += interest.paid[ETH];
            let given = interest.to_suppliers[ETH] + interest.to_collateral[ETH] + interest.to_own[ETH];
            assert!((interest.paid[ETH] - given).abs() < 1e-12 && interest.to_collateral[ETH] > 0.0);
        }
        for (before, after) in before.iter().zip(market.reserves()) {
            let given = after.supplied() + after.collateral() + after.own
                - (before.supplied() + before.collateral() + before.own);
            assert!(close(after.borrowed() - before.borrowed(), given) && close(after.cash(), before.cash()));
        }
        assert!(close(paid, market.borrowed(ETH) - before[ETH].borrowed()) && paid > 0.0);
    }
}

#[test]
fn a_liquidation_moves_what_it_says() {
    let mut market = single();
    assert!(!market.watch(&PRICES) && market.proposal(0, &PRICES).is_none());
    let low = at_eth(1_800.0);
    assert!(market.watch(&low) && market.unhealthy() == [0]);
    let proposal = market.proposal(0, &low).unwrap();
    assert!(proposal.collateral == ETH && proposal.debt == USDC && close(proposal.repay_max, 7_500.0));
    let cash = (market.cash(ETH), market.cash(USDC));
    let seizure = market.liquidate(0, &proposal, f64::INFINITY);
    assert!(close(seizure.repaid, 7_500.0) && close(seizure.seized, 4.375) && close(seizure.bonus, 0.375 / 1.8));
    assert!(close(market.cash(ETH), cash.0 - 4.375) && close(market.cash(USDC), cash.1 + 7_500.0));
    // 5.625 ETH at 1,800 and 83 % over 7,500.
    assert!(close(market.health(0, &low), 5.625 * 1_800.0 * 0.83 / 7_500.0) && !market.watch(&low));
}

#[test]
fn bad_debt_is_borne_in_order_and_wholly() {
    let mut market = single();
    let low = at_eth(1_000.0);
    assert!(close(market.uncovered_usd(&low), 5_000.0) && !market.is_exhausted(0, &low, 0.0));
    let proposal = market.proposal(0, &low).unwrap();
    let seizure = market.liquidate(0, &proposal, f64::INFINITY);
    assert!(close(seizure.seized, 10.0) && close(seizure.repaid, 10_000.0 / 1.05) && market.collateral(ETH) == 0.0);
    assert!(market.is_exhausted(0, &low, 0.0) && market.watch(&low) && market.proposal(0, &low).is_none());
    let (cash, supplied, debt) = (market.cash(USDC), market.supplied(USDC), 15_000.0 - 10_000.0 / 1.05);
    let loss = market.write_off(0);
    assert!(close(loss.debt[USDC], debt) && close(loss.by_own[USDC], 1_000.0) && market.own(USDC) == 0.0);
    assert!(
        close(loss.deficit[USDC], debt - 1_000.0) && close(market.cash(USDC), cash) && market.borrowed(USDC) == 0.0
    );
    assert!(!market.watch(&low) && market.uncovered_usd(&low) == 0.0);
    assert!(close(market.absorb(USDC, 2_000.0), 2_000.0) && close(market.cash(USDC), cash + 2_000.0));
    let shared = market.socialise(USDC);
    assert!(close(shared.by_suppliers, debt - 3_000.0) && shared.by_collateral == 0.0);
    assert!(close(market.supplied(USDC), supplied - shared.by_suppliers) && market.deficits()[USDC] < 1e-9);
    assert!(close(market.cash(USDC), cash + 2_000.0) && market.absorb(USDC, 1.0) < 1e-9);
}

#[test]
fn cash_bounds_what_can_leave() {
    let mut market = single();
    let cash = market.cash(USDC);
    assert!(close(cash, 4e6 + 1_000.0 - 15_000.0));
    assert!(close(market.withdraw(USDC, 1e9), cash) && market.cash(USDC) < 1e-6);
    assert!(market.withdraw(USDC, 1.0) < 1e-6 && market.reserves()[USDC].utilisation() > 0.9);
    assert!(close(market.supply(USDC, 500.0), 500.0) && close(market.cash(USDC), 500.0));
    // All ETH that can leave leaves: a liquidation then gets only what cash there is.
    let eth = market.cash(ETH);
    assert!(market.borrow_for_good((USDC, 1e7), (ETH, eth - 2.0)).is_some() && close(market.cash(ETH), 2.0));
    let proposal = market.proposal(0, &at_eth(1_800.0)).unwrap();
    assert!(close(proposal.repay_max, 2.0 * 1_800.0 / 1.05));
    assert!(market.borrow_for_good((USDC, 1.0), (ETH, 3.0)).is_none());
}

#[test]
fn an_attackers_loan_is_bad_debt_at_once() {
    let mut market = single();
    let before = (market.cash(ETH), market.cash(USDC));
    let id = market.borrow_for_good((ETH, 10.0), (USDC, 90_000.0)).unwrap();
    assert!(close(market.uncovered_usd(&PRICES), 70_000.0) && market.class(id).is_none() && market.class(0) == Some(0));
    assert!(close(market.cash(ETH), before.0 + 10.0) && close(market.cash(USDC), before.1 - 90_000.0));
    assert!(market.watch(&PRICES) && market.unhealthy() == [id]);
}

#[test]
fn attentive_borrowers_restore_their_health() {
    for by in [UpkeepMeans::Repay, UpkeepMeans::AddCollateral] {
        let mut spec = mixed();
        spec.borrowers.iter_mut().for_each(|class| class.spec.upkeep.by = by);
        let mut market = Market::open(&spec, &PRICES, (2, 1));
        let low = at_eth(1_700.0);
        let before: Vec<f64> = (0..900).map(|id| market.health(id, &low)).collect();
        let cash: f64 = [ETH, USDC, 2].iter().map(|r| market.cash(*r) * low[*r]).sum();
        let acts = market.upkeep(&low).to_vec();
        let paid: f64 = acts.iter().map(|act| act.tokens * low[act.reserve]).sum();
        let after: f64 = [ETH, USDC, 2].iter().map(|r| market.cash(*r) * low[*r]).sum();
        let acted: BTreeSet<u32> = acts.iter().map(|act| act.id).collect();
        assert!(acts.len() > 20 && acted.len() == acts.len() && close(after, cash + paid));
        for id in 0..900 {
            let health = market.health(id, &low);
            if acted.contains(&id) {
                // A debt in two reserves can only be repaid up to the larger one of them.
                let is_restored =
                    close(health, 1.3) || market.owed_by(id).iter().filter(|owed| **owed > 0.0).count() == 2;
                assert!(before[id as usize] < 1.1 && is_restored, "{id} has {health}");
            } else {
                assert!(health.to_bits() == before[id as usize].to_bits());
            }
        }
        assert!(market.upkeep(&low).is_empty(), "nobody acts twice on the same price");
    }
}

#[test]
fn watching_finds_whom_looking_at_everybody_finds() {
    let mut spec = mixed();
    let step =
        |seconds, threshold| ReserveStep { threshold: Some(threshold), loan_to_value: Some(0.0), ..step(seconds) };
    spec.reserves[ETH].steps = vec![step(900, 0.75), step(1_800, 0.8)];
    let mut market = Market::open(&spec, &PRICES, (9, 4));
    let mut moves = Stream::open(5, 0, "moves");
    let mut prices = PRICES;
    let mut found = 0;
    for block in 0..3_000 {
        market.step_to(f64::from(block));
        for price in prices.iter_mut().take(3) {
            let size = if block % 200 == 0 { 0.2 } else { 0.01 };
            *price *= 1.0 + size * (moves.uniform() - 0.5);
        }
        market.accrue(3_600.0);
        let is_anybody = market.watch(&prices);
        let all: Vec<u32> = (0..market.positions() as u32).filter(|id| market.health(*id, &prices) < 1.0).collect();
        assert_eq!(market.unhealthy(), all, "at block {block}");
        assert_eq!(is_anybody, !all.is_empty());
        found += all.len();
        for id in all.into_iter().take(3) {
            match market.proposal(id, &prices) {
                Some(proposal) => drop(market.liquidate(id, &proposal, proposal.repay_max * moves.uniform())),
                None => drop(market.write_off(id)),
            }
        }
        if block % 7 == 0 {
            market.upkeep(&prices);
        }
        for r in 0..3 {
            market.socialise(r);
        }
    }
    assert!(found > 1_000, "only {found} were found in 3,000 blocks");
}

#[test]
fn terms_change_on_their_dates() {
    let mut spec = terms(vec![class("one", 1, &[(ETH, 1.0)], &[(USDC, 1.0)])]);
    let frozen = |seconds| ReserveStep { loan_to_value: Some(0.0), is_frozen: Some(true), ..step(seconds) };
    spec.reserves[ETH].steps = vec![frozen(10), ReserveStep { threshold: Some(0.5), ..frozen(20) }];
    spec.reserves[ETH].supply_cap_usd = Some(1e9);
    spec.reserves[USDC].steps = vec![ReserveStep { supply_cap_usd: Some(4.5e6), ..step(10) }];
    let mut market = Market::open(&spec, &PRICES, (1, 0));
    assert!(market.supply(ETH, 1.0) == 1.0 && !market.step_to(9.0) && !market.step_to(10.0));
    assert!(market.supply(ETH, 1.0) == 0.0 && market.reserves()[ETH].borrow_room() == 0.0);
    assert!(close(market.supply(USDC, 1e9), 0.5e6), "up to the new cap of 4,500,000");
    let before = market.health(0, &PRICES);
    assert!(market.step_to(25.0) && close(market.health(0, &PRICES), before * 0.5 / 0.83));
    // At half the price the thresholds of the opening would have liquidated it too.
    assert!(market.health(0, &PRICES) < 1.0 && market.is_below_by_steps(0, &PRICES));
    assert!(!market.is_below_by_steps(0, &at_eth(1_000.0)));
}

#[test]
fn an_opening_that_cannot_be_is_told() {
    assert!(mixed().opening_excess().is_empty() && mixed().above_loan_to_value().is_empty());
    let mut spec = mixed();
    spec.reserves[USDC].supplied_usd = 1e5;
    // 1.7 million are borrowed; supplied are 100,000 + 1,000 + the least that shorts pledge, 1e6 x 1.03 / 0.78.
    let excess = spec.opening_excess();
    assert!(excess.len() == 1 && excess[0].reserve == USDC && close(excess[0].borrowed_usd, 1.7e6));
    assert!(close(excess[0].supplied_usd, 101_000.0 + 1.03e6 / 0.78));
    spec.borrowers[0].spec.health = HealthSpec { median: 1.02, sd: 0.1, min: 1.0 };
    let above = spec.above_loan_to_value();
    assert!(above.len() == 1 && close(above[0].ltv, 0.83 / 1.02) && close(above[0].limit, 0.8));
}

#[test]
fn spared_is_the_debt_of_all_who_are_below_one_truly_and_not_by_the_oracle() {
    let mut market = Market::open(&mixed(), &PRICES, (3, 0));
    // By hand over everybody, as the price falls and comes back while the oracle lags by a tenth.
    for factor in [1.0, 0.9, 0.75, 0.6, 0.8, 1.0] {
        let (mut truly, mut oracle) = (PRICES, PRICES);
        (truly[ETH], oracle[ETH]) = (PRICES[ETH] * factor, PRICES[ETH] * (0.9 * factor + 0.1));
        let is_spared = |id: &u32| market.health(*id, &truly) < 1.0 && market.health(*id, &oracle) >= 1.0;
        let ids = 0..market.positions() as u32;
        let expected: f64 = ids.filter(is_spared).map(|id| market.debt_usd(id, &truly)).sum();
        assert!((factor == 1.0) == (expected == 0.0), "{factor}: {expected}");
        let found = market.spared_usd(&oracle, &truly);
        assert!((found - expected).abs() <= 1e-9 * expected, "{factor}: {found} against {expected}");
    }
}

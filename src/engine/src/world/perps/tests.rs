use super::exchange_engine::Trader;
use super::*;
use crate::world::Line;
use crate::world::margin::{MarginPropensity, Status, Triggers};
use portage_base::units::Span;
use portage_credit::perps::{AccountsSpec, CarriedBy, FundingSpec, LeaveSpec, MarginCalls, MarkPrice, PremiumSpec};

const HOUR: f64 = 3_600.0;
const DAY: f64 = 24.0 * HOUR;

fn span(seconds: f64) -> Span {
    Span::from_seconds(seconds).unwrap()
}

/// An exchange with markets of these depths, without premium, interest, fees and accounts; penalty 1 %, margins 5 and 3 %.
fn exchange(name: &str, depths: &[f64]) -> ExchangeTerms {
    let market = |depth_usd: &f64| {
        Some(MarketTerms { depth_usd: *depth_usd, initial: 0.05, maintenance: 0.03, weight: 1.0, oracle: None })
    };
    ExchangeTerms {
        name: name.into(),
        markets: depths.iter().map(market).collect(),
        accounts: None,
        insurance_usd: 1_000.0,
        mark: MarkPrice::Index,
        premium: PremiumSpec { sd: 0.0, half_life: span(HOUR), of_imbalance: 0.0 },
        funding: FundingSpec { every: span(HOUR), interest: 0.0, clamp: 6.0 },
        taker_fee: 0.0,
        penalty: 0.01,
        halts: Vec::new(),
        moves: None,
        fading: None,
        ramp: None,
    }
}

fn terms(exchanges: Vec<ExchangeTerms>) -> PerpTerms {
    PerpTerms { assets: (1..=exchanges[0].markets.len()).map(Token::new).collect(), exchanges }
}

/// Books at `index` with these accounts on the first exchange: collateral, positions, habit.
fn book(terms: &PerpTerms, index: &[f64], accounts: &[(f64, &[f64], MarginPropensity)]) -> Book {
    let mut book = Book::draw(terms, index, (1, 0));
    book.multiples = vec![1.0, MarginCalls::default().acts_below];
    for (account, (cash, bases, propensity)) in accounts.iter().enumerate() {
        book.traders.push(Trader {
            cash: *cash,
            sent: 0.0,
            arrives: f64::NAN,
            propensity: *propensity,
            status: Status::Open,
            place: 0,
            home: 0,
            released: 0,
            version: 0,
            top_ups: 0,
            opening_usd: 1.0,
        });
        for list in [&mut book.bases, &mut book.entries, &mut book.wanted] {
            list.extend(bases.iter().map(|_| 0.0));
        }
        for (asset, base) in bases.iter().enumerate() {
            book.pass_at_mark(account, asset, *base);
        }
    }
    let heaps = 2 * book.markets.len() * book.multiples.len();
    book.triggers = (0..heaps).map(|_| Triggers::with_room(accounts.len())).collect();
    (0..accounts.len()).for_each(|account| book.wait(account));
    book.open_statements();
    book
}

fn read(book: &mut Book, terms: &PerpTerms, seconds: f64, index: &[f64]) {
    book.read(terms, &Reading { seconds, index, normals: &vec![0.0; index.len()] });
}

#[track_caller]
fn close(measured: f64, hand: f64) {
    assert!((measured - hand).abs() < 1e-6 * hand.abs().max(1.0), "{measured} for {hand}");
}

#[test]
fn a_cross_margined_account_is_liquidated_where_its_whole_equity_says() {
    // 100 ETH long at 3,000, 2 BTC short at 60,000, 30,000 of collateral. With BTC where it was, equity 30,000 - 100 (3,000 - p) meets
    // 3 % of 100 p + 120,000 at p = 273,600 / 97 = 2,820.62.
    let terms = terms(vec![exchange("x", &[1e6, 2e6])]);
    let held: (f64, &[f64], MarginPropensity) = (30_000.0, &[100.0, -2.0], MarginPropensity::Absent);
    let mut book = book(&terms, &[3_000.0, 60_000.0], &[held]);
    for (hour, price) in [3_200.0, 2_830.0, 2_821.0].into_iter().enumerate() {
        read(&mut book, &terms, (hour + 1) as f64 * HOUR, &[price, 60_000.0]);
        assert_eq!(book.tally.liquidated, 0, "at {price}");
    }
    // A loss on the other leg counts as well: 61,000 takes 2,000. It comes back.
    close(book.margin(0).0, 30_000.0 - 17_900.0);
    read(&mut book, &terms, 5.0 * HOUR, &[2_800.0, 60_000.0]);
    assert_eq!((book.tally.liquidated, book.traders[0].status), (1, Status::Liquidated));
    close(book.sums.liquidated_usd, 400_000.0);
    // 10,000 are left at marks. ETH worth 280,000 in a book of a million per 1 %: half of 0.28 % of it, to second order; BTC worth
    // 120,000 in one of two million: half of 0.06 %. The penalty takes 1 % of 400,000.
    let (eth, btc) = (280_000.0 * (0.0014 - 0.0028_f64.powi(2) / 6.0), 120_000.0 * (0.0003 + 0.0006_f64.powi(2) / 6.0));
    let paid_out = -book.statements.traders.line(Line::Brought);
    assert!((paid_out - (10_000.0 - eth - btc - 4_000.0)).abs() < 0.01, "{paid_out}");
    close(book.exchanges[0].insurance, 1_000.0 + 4_000.0);
    assert_eq!((book.bases[0], book.bases[1], book.sums.insured, book.sums.socialised), (0.0, 0.0, 0.0, 0.0));
    assert!(book.imbalance_usd() < 1e-6);
}

#[test]
fn the_insurance_fund_pays_first_and_then_the_highest_rank_at_the_bankruptcy_price() {
    // A is long 100 at 100 with 1,000. At 85 it owes 500.
    let accounts: [(f64, &[f64], MarginPropensity); 4] = [
        (1_000.0, &[100.0], MarginPropensity::Absent),
        (6_000.0, &[-60.0], MarginPropensity::Absent),
        (600.0, &[-60.0], MarginPropensity::Absent),
        (9_000.0, &[10.0], MarginPropensity::Absent),
    ];
    let mut terms = terms(vec![exchange("x", &[1e12])]);
    terms.exchanges[0].insurance_usd = 600.0;
    let mut insured = book(&terms, &[100.0], &accounts);
    read(&mut insured, &terms, HOUR, &[85.0]);
    close(insured.sums.insured, 500.0);
    close(insured.exchanges[0].insurance, 100.0);
    assert_eq!((insured.sums.deleveragings, insured.traders[0].cash), (0, 0.0));
    // With 200 in the fund it still owes 300: bankrupt at 85 + 300 / 100 = 88. Shorts by rank: 15 % x 5,100 / 1,500 = 0.51 for the one
    // with 600 of collateral, 15 % x 5,100 / 6,900 = 0.11 for the other. The first loses all 60 at 88, the second 40 of 60.
    terms.exchanges[0].insurance_usd = 200.0;
    let mut short = book(&terms, &[100.0], &accounts);
    read(&mut short, &terms, HOUR, &[85.0]);
    close(short.sums.insured, 200.0);
    close(short.sums.socialised, 300.0);
    close(short.sums.deleveraged_usd, 8_500.0);
    assert_eq!((short.sums.deleveragings, short.exchanges[0].insurance), (2, 0.0));
    assert_eq!((short.traders[2].status, short.traders[1].status), (Status::Deleveraged, Status::Open));
    assert_eq!((short.bases[1], short.bases[0], short.bases[3]), (-20.0, 0.0, 10.0));
    // 600 + 60 x 12 were paid out; 6,000 + 40 x 12 + 20 x 15 stand there.
    close(-short.statements.traders.line(Line::Brought), 1_320.0);
    close(short.margin(1).0, 6_780.0);
    assert!(short.imbalance_usd() < 1e-9);
}

#[test]
fn a_thin_book_takes_what_can_be_paid_for_and_no_more() {
    // Long 100 at 100 with 1,000; at 92.5 the equity of 250 is below 277.5. The book has 200 USD per 1 %: selling all of 9,250 USD there
    // costs 9,250 - 20,000 (1 - e^-0.4625) = 1,844, the account and the fund have 350.
    let mut terms = terms(vec![exchange("x", &[200.0])]);
    terms.exchanges[0].insurance_usd = 100.0;
    let accounts: [(f64, &[f64], MarginPropensity); 2] =
        [(1_000.0, &[100.0], MarginPropensity::Absent), (9_000.0, &[-120.0], MarginPropensity::Absent)];
    let mut book = book(&terms, &[100.0], &accounts);
    read(&mut book, &terms, HOUR, &[92.5]);
    close(book.sums.insured, 100.0);
    assert!(book.sums.socialised < 1e-6 && book.exchanges[0].insurance < 1e-6);
    // 9,250 f - 20,000 (1 - e^-0.4625 f) = 350 at f = 0.4198 by iteration; the rest goes to the short at the mark, which is where the
    // account has nothing.
    let sold = 100.0 - (120.0 - book.bases[1].abs());
    let f = sold / 100.0;
    close(9_250.0 * f - 20_000.0 * (1.0 - (-0.4625 * f).exp()), 350.0);
    close(book.sums.deleveraged_usd, 92.5 * (100.0 - sold));
    close(book.margin(1).0, 9_000.0 + 120.0 * 7.5);
    close(book.statements.traders.line(Line::Slippage), -350.0);
    assert!(book.markets[0].unwrap().middle < 92.5 * (1.0 - 0.17));
}

#[test]
fn funding_passes_from_longs_to_shorts_and_moves_triggers() {
    let mut terms = terms(vec![exchange("x", &[1e12])]);
    terms.exchanges[0].funding.interest = 0.0001;
    let accounts: [(f64, &[f64], MarginPropensity); 3] = [
        (50.0, &[10.0], MarginPropensity::Absent),
        (500.0, &[-4.0], MarginPropensity::Absent),
        (32.0, &[10.0], MarginPropensity::Absent),
    ];
    let mut book = book(&terms, &[100.0], &accounts);
    for hour in 1..=8 {
        read(&mut book, &terms, f64::from(hour) * HOUR, &[100.0]);
    }
    // Eight hours at 1 bp: 0.1 on 1,000, and the makers, who are short of 16, get what the short of 4 does not.
    close(book.margin(0).0, 49.9);
    close(book.margin(1).0, 500.04);
    close(book.sums.funding_usd, 0.2);
    close(book.statements.makers.line(Line::Funding), 0.16);
    // The third has 32 and must keep 30: funding alone takes the two in 160 hours, at a price that never moves.
    for hour in 9..=159 {
        read(&mut book, &terms, f64::from(hour) * HOUR, &[100.0]);
    }
    assert_eq!(book.tally.liquidated, 0);
    for hour in 160..=161 {
        read(&mut book, &terms, f64::from(hour) * HOUR, &[100.0]);
    }
    assert_eq!((book.tally.liquidated, book.traders[2].status), (1, Status::Liquidated));
}

#[test]
fn a_liquidation_moves_other_margins_only_where_the_book_is_the_mark() {
    // The first is liquidated at 92; what it sells takes the middle down by 9,200 / 5,000 = 1.84 % of its log, to 90.32.
    let accounts: [(f64, &[f64], MarginPropensity); 2] =
        [(1_000.0, &[100.0], MarginPropensity::Absent), (1_150.0, &[100.0], MarginPropensity::Absent)];
    for (mark, liquidated) in [(MarkPrice::Index, 1), (MarkPrice::Book, 2)] {
        let mut terms = terms(vec![exchange("x", &[5_000.0])]);
        terms.exchanges[0].mark = mark;
        let mut book = book(&terms, &[100.0], &accounts);
        read(&mut book, &terms, HOUR, &[92.0]);
        // The second: 350 at 92, above 276; at 90.32 182, below 271.
        assert_eq!(book.tally.liquidated, liquidated, "{mark:?}");
        assert!(book.imbalance_usd() < 1e-9);
    }
}

/// Two exchanges, the first of which moves to the second, with thin books and hundreds of accounts of every habit.
fn moving(mark: MarkPrice, positions: CarriedBy, (transit, downtime): (f64, f64)) -> PerpTerms {
    let mut from = exchange("a", &[4e5, 6e5]);
    from.accounts = Some(AccountsSpec {
        count: 400,
        open_interest_usd: 4e7,
        size_sd: 1.5,
        leverage: Default::default(),
        long_share: 0.6,
        several_share: 0.5,
        margin_calls: MarginCalls::default(),
    });
    from.insurance_usd = 5e4;
    from.premium = PremiumSpec { sd: 0.001, half_life: span(HOUR), of_imbalance: 0.002 };
    from.funding.interest = 0.0001;
    from.taker_fee = 0.0005;
    from.mark = mark;
    let mut to = ExchangeTerms { name: "b".into(), accounts: None, ..from.clone() };
    from.moves = Some(MoveTerms { to: 1, from: 2.0 * DAY, leave: LeaveSpec::AccountsPerDay(80.0), positions, transit });
    from.fading = Some([2.0 * DAY, 2.0 * DAY, 0.1]);
    to.ramp = Some([2.0 * DAY, 4.0 * DAY, 0.1]);
    for exchange in [&mut from, &mut to] {
        exchange.halts = vec![(2.0 * DAY, 2.0 * DAY + downtime)];
    }
    terms(vec![from, to])
}

/// Prices of two assets that fall by a third, rise again and ripple.
fn prices(hour: usize) -> [f64; 4] {
    let t = hour as f64 / 24.0;
    let eth = 3_000.0 * (1.0 + 0.3 * (t * 1.3).sin() * t / (1.0 + t) + 0.02 * (hour as f64 * 2.3).sin());
    let btc = 60_000.0 * (1.0 + 0.2 * (t * 1.1).sin() * t / (1.0 + t) + 0.015 * (hour as f64 * 1.7).sin());
    [eth, btc, eth, btc]
}

fn run(terms: &PerpTerms, mut watch: impl FnMut(&Perps)) -> Perps {
    let mut ledger = Ledger::new(3);
    let market = ledger.open_account();
    let mut perps = Perps::open(terms, prices(0).to_vec(), (3, 1), market, &mut ledger);
    for hour in 0..300 {
        perps.index.copy_from_slice(&prices(hour));
        perps.read(hour as f64 * HOUR, &mut ledger);
        assert!(perps.residual(&ledger) < 1e-12 && ledger.audit() < 1e-12, "hour {hour}: {}", perps.residual(&ledger));
        watch(&perps);
    }
    perps
}

#[test]
fn books_balance_and_nobody_who_must_be_looked_at_is_missed() {
    let (mut deleveraged, mut on_resume) = (0, 0);
    for mark in [MarkPrice::Index, MarkPrice::Book] {
        for positions in [CarriedBy::Operator, CarriedBy::Reopening] {
            let perps = run(&moving(mark, positions, (DAY, 5.0 * HOUR)), |perps| {
                for book in [&perps.twins.book, &perps.twins.unfrozen] {
                    for (account, trader) in book.traders.iter().enumerate() {
                        if trader.is_free() && !book.exchanges[trader.place].is_down {
                            let (equity, maintenance) = book.margin(account);
                            let acts = if trader.propensity == MarginPropensity::Absent { 1.0 } else { 4.0 / 3.0 };
                            assert!(
                                equity >= acts * maintenance * (1.0 - 1e-9),
                                "{account}: {equity} of {maintenance}"
                            );
                        }
                    }
                }
            });
            deleveraged += perps.sums().deleveragings;
            on_resume += perps.figures().liquidated_on_resume;
            assert!(perps.moved_share() > 0.1 && perps.figures().liquidated > 20);
            let harm = perps.harm();
            let scale = harm.losses.iter().map(|loss| loss.abs()).fold(1.0, f64::max);
            assert!(harm.losses.iter().sum::<f64>().abs() < 1e-6 * scale, "{harm:?}");
            assert!(perps.figures().liquidated + harm.spared == perps.figures().liquidated_anyway + harm.caused);
        }
    }
    assert!(deleveraged > 0 && on_resume > 0);
}

#[test]
fn without_freezing_the_second_books_are_the_first() {
    for positions in [CarriedBy::Operator, CarriedBy::Reopening] {
        let perps = run(&moving(MarkPrice::Book, positions, (0.0, 0.0)), |_| {});
        assert_eq!(perps.harm(), MarginHarm::default());
        assert_eq!(perps.twins.book.tally, perps.twins.unfrozen.tally);
        assert_eq!(perps.twins.book.statements, perps.twins.unfrozen.statements);
        let figures = perps.figures();
        assert_eq!((figures.frozen_max_usd, figures.frozen_usd_days), (0.0, 0.0));
        assert_eq!(perps.figures().liquidated_on_resume, 0, "who arrives at once does not come out of a freeze");
    }
}

#[test]
fn collateral_under_way_leaves_the_position_where_it_is_and_both_meet_again() {
    // One long of 10 at 100 with 200 leaves at hour 1 and arrives at hour 25. Meanwhile the price falls to 70, where it would have been
    // liquidated, and comes back to 95.
    let mut from = exchange("a", &[1e12]);
    from.moves = Some(MoveTerms {
        to: 1,
        from: 0.0,
        leave: LeaveSpec::AccountsPerDay(24.0),
        positions: CarriedBy::Operator,
        transit: DAY,
    });
    let terms = terms(vec![from, exchange("b", &[1e12])]);
    let mut book = book(&terms, &[100.0, 100.0], &[(200.0, &[10.0], MarginPropensity::Absent)]);
    book.leaving[0] = vec![(HOUR, 0)];
    book.multiples.push(1.0);
    book.triggers = (0..12).map(|_| Triggers::with_room(1)).collect();
    book.wait(0);
    for hour in 1..=26 {
        let price = match hour {
            ..=2 => 100.0,
            3..=20 => 70.0,
            _ => 95.0,
        };
        read(&mut book, &terms, f64::from(hour) * HOUR, &[price, price]);
        let flows: Vec<ExchangeFlows> = book.exchanges.iter().map(|exchange| exchange.flows).collect();
        let split = book.markets[0].unwrap().split;
        match hour {
            1..=24 => {
                assert_eq!((split, book.traders[0].sent, book.traders[0].place), (10.0, 200.0, 0));
                close(book.margin(0).0, 10.0 * (price - 100.0));
            }
            _ => {
                assert_eq!((split, book.traders[0].sent, book.traders[0].place), (0.0, 0.0, 1));
                close(book.margin(0).0, 150.0);
                // 200 left at once; the loss of 50 followed.
                close(flows[0].sent, 150.0);
                close(flows[1].received, 150.0);
            }
        }
    }
    assert_eq!((book.tally.liquidated, book.entries[0], book.bases[0]), (0, 100.0, 10.0));
    // Had it not been under way, it would have been gone.
    assert!(
        book.imbalance_usd() < 1e-9 && book.markets[0].unwrap().long == 0.0 && book.markets[1].unwrap().long == 10.0
    );
}

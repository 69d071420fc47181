//! Books by hand at the desk that costs nothing.

use super::book::Desk;
use super::*;
use portage_base::units::Span;
use portage_credit::options::{
    DeltaHedged, ImpliedVolatility, OptionSelling, Rehedging, StrikeRule, VaultSide, VaultSpec, VaultStrategy,
};

const DAY: f64 = 86_400.0;

fn terms(strategy: VaultStrategy) -> VaultTerms {
    VaultTerms {
        name: "made up".to_owned(),
        spec: VaultSpec {
            deposits_usd: 0.0,
            strategy,
            tenor: Span::from_seconds(7.0 * DAY).unwrap(),
            implied: ImpliedVolatility::Level(0.0),
            exit_spread: 0.0,
            oracle: None,
            moves: None,
        },
        oracle: None,
        under_way: None,
        observation_seconds: 3_600.0,
    }
}

/// Options at the money, at a volatility of `volatility`; quote tokens of half a USD.
fn look(day: f64, price: f64, volatility: f64) -> Look {
    Look { seconds: day * DAY, price, quote_usd: 0.5, volatility, settles_at: price, is_frozen: false }
}

fn paper(base: f64, quote: f64) -> Paper {
    Paper { held: Amounts2 { base, quote }, base_usd: 50.0, quote_usd: 0.5 }
}

/// Reads at a price that the desk trades at, too.
fn read(book: &mut Book, terms: &VaultTerms, desk: &mut Paper, look: Look) {
    desk.base_usd = look.price * look.quote_usd;
    book.read(terms, &look, desk);
}

fn at_the_money() -> OptionSelling {
    OptionSelling { strike: StrikeRule::Moneyness(1.0) }
}

fn hedged(side: VaultSide) -> VaultStrategy {
    let rehedge = Rehedging { band: 0.0, cost_max_bps: 100.0, ..Rehedging::default() };
    VaultStrategy::DeltaHedged(DeltaHedged { notional_usd: 5_000.0, side, strike: StrikeRule::Moneyness(1.0), rehedge })
}

#[test]
fn covered_calls_pay_in_base_tokens_and_puts_in_quote_tokens() {
    let terms_of = [VaultStrategy::CoveredCall(at_the_money()), VaultStrategy::PutSelling(at_the_money())].map(terms);
    let (mut book, mut desk) = (Book::default(), paper(10.0, 0.0));
    read(&mut book, &terms_of[0], &mut desk, look(0.0, 100.0, 0.0));
    read(&mut book, &terms_of[0], &mut desk, look(6.0, 110.0, 0.0));
    // Ten calls at 100 are worth ten quote tokens of half a USD each, owed.
    assert_eq!((desk.held.base, book.value_usd), (10.0, -50.0));
    read(&mut book, &terms_of[0], &mut desk, look(7.0, 125.0, 0.0));
    // 10 x (125 - 100) / 125 base tokens; the next ones are on what is left.
    assert_eq!((desk.held.base, book.value_usd, book.tally.settled), (8.0, 0.0, (1, 0)));
    assert_eq!(book.tally.payouts_usd, 2.0 * 62.5);
    let (mut book, mut desk) = (Book::default(), paper(0.0, 1_000.0));
    read(&mut book, &terms_of[1], &mut desk, look(0.0, 100.0, 0.0));
    read(&mut book, &terms_of[1], &mut desk, look(7.0, 75.0, 0.0));
    assert_eq!((desk.held.quote, book.tally.payouts_usd), (750.0, 125.0));
}

#[test]
fn an_oracle_that_is_off_costs_what_it_says_more() {
    let terms = terms(VaultStrategy::CoveredCall(at_the_money()));
    let (mut book, mut desk) = (Book::default(), paper(10.0, 0.0));
    read(&mut book, &terms, &mut desk, look(0.0, 100.0, 0.0));
    // The true price is 125, where 2 base tokens are owed; the oracle says 200, and 5 are paid, 3 of them for nothing.
    read(&mut book, &terms, &mut desk, Look { settles_at: 200.0, ..look(7.0, 125.0, 0.0) });
    assert_eq!((desk.held.base, book.tally.payouts_usd, book.tally.oracle_cost_usd), (5.0, 5.0 * 62.5, 3.0 * 62.5));
}

#[test]
fn what_is_frozen_is_settled_late_at_the_price_of_that_day() {
    let terms = terms(VaultStrategy::PutSelling(at_the_money()));
    let (mut book, mut desk) = (Book::default(), paper(0.0, 1_000.0));
    read(&mut book, &terms, &mut desk, look(0.0, 100.0, 0.0));
    read(&mut book, &terms, &mut desk, Look { is_frozen: true, ..look(7.0, 110.0, 0.0) });
    assert_eq!((desk.held.quote, book.tally.settled, book.value_usd), (1_000.0, (0, 0), 0.0));
    read(&mut book, &terms, &mut desk, look(8.0, 80.0, 0.0));
    assert_eq!((desk.held.quote, book.tally.settled, book.tally.late_seconds_max), (800.0, (1, 1), DAY));
    // The next expiry is that of the calendar: day 14.
    read(&mut book, &terms, &mut desk, look(14.0, 80.0, 0.0));
    assert_eq!(book.tally.settled, (2, 1));
}

#[test]
fn a_hedge_is_bought_kept_and_sold_to_pay() {
    let terms = terms(hedged(VaultSide::ShortGamma));
    let (mut book, mut desk) = (Book::default(), paper(0.0, 20_000.0));
    // 5,000 USD are 100 base tokens of 100 quote tokens: so many calls, each hedged with N(d1) = N(s sqrt(T) / 2).
    read(&mut book, &terms, &mut desk, look(0.0, 100.0, 0.8));
    let sd = 0.8 * (7.0_f64 / 365.0).sqrt();
    let half = 0.5 * libm::erfc(-0.5 * sd / 2.0_f64.sqrt());
    assert!((desk.held.base / (100.0 * half) - 1.0).abs() < 1e-12);
    // At the money a call costs 2 N(s sqrt(T) / 2) - 1 of the price.
    assert!((book.tally.premiums_usd / (5_000.0 * (2.0 * half - 1.0)) - 1.0).abs() < 1e-12);
    let opening = desk.worth_usd() + book.value_usd;
    assert!((opening / 10_000.0 - 1.0).abs() < 1e-12);
    // At expiry in the money 100 base tokens are held, of which as many are sold as it takes to pay.
    read(&mut book, &terms, &mut desk, look(6.9999, 150.0, 0.8));
    assert!((desk.held.base - 100.0).abs() < 1e-9 && desk.held.quote < 10_000.0);
    read(&mut book, &terms, &mut desk, look(7.0, 150.0, 0.8));
    assert_eq!((book.tally.settled, book.tally.unpaid_usd), ((1, 0), 0.0));
    assert!((book.tally.payouts_usd - 2_500.0).abs() < 1e-9);
}

#[test]
fn calls_sold_and_puts_bought_are_two_sides_of_one_hedged_option() {
    // By put-call parity what one gains the other loses, on any path.
    let both = [VaultSide::ShortGamma, VaultSide::LongGamma].map(|side| terms(hedged(side)));
    let mut books = [Book::default(); 2];
    let mut desks = [paper(0.0, 20_000.0), paper(0.0, 20_000.0)];
    for hour in 0..=170_u32 {
        let price = 100.0 * (0.3 * f64::from(hour * hour) / 28_000.0).exp() * (1.0 + 0.02 * f64::from(hour % 5));
        for ((terms, book), desk) in both.iter().zip(&mut books).zip(&mut desks) {
            read(book, terms, desk, look(f64::from(hour) / 24.0, price, 0.8));
        }
        let gains: f64 =
            desks.iter().zip(&books).map(|(desk, book)| desk.worth_usd() + book.value_usd - 10_000.0).sum();
        assert!(gains.abs() < 1e-8, "hour {hour}: {gains}");
    }
    assert!((desks[0].worth_usd() + books[0].value_usd - 5_000.0).abs() > 10.0);
}

#[test]
fn what_cannot_be_paid_is_lost_by_the_buyers_and_by_nobody_else() {
    let terms = terms(hedged(VaultSide::ShortGamma));
    let (mut book, mut desk) = (Book::default(), paper(0.0, 10_000.0));
    read(&mut book, &terms, &mut desk, look(0.0, 100.0, 0.1));
    let held = desk.held;
    for day in [3.0, 7.0] {
        read(&mut book, &terms, &mut desk, Look { is_frozen: true, ..look(day, 900.0, 0.1) });
    }
    assert_eq!((desk.held.base, desk.held.quote), (held.base, held.quote));
    read(&mut book, &terms, &mut desk, look(8.0, 900.0, 0.1));
    let owed = 100.0 * 800.0;
    let had = held.base * 900.0 + held.quote;
    assert!(had < owed && (book.tally.unpaid_usd - 0.5 * (owed - had)).abs() < 1e-6, "{:?}", book.tally);
    assert!((book.tally.payouts_usd - 0.5 * owed).abs() < 1e-9 && desk.held().base.abs() < 1e-9);
}

#[test]
fn a_hedge_within_its_band_stays_and_a_look_waits_for_its_time() {
    let mut strategy = hedged(VaultSide::ShortGamma);
    if let VaultStrategy::DeltaHedged(hedged) = &mut strategy {
        hedged.rehedge.band = 0.2;
        hedged.rehedge.every = portage_base::units::Span::from_seconds(2.0 * DAY);
    }
    let terms = terms(strategy);
    let (mut book, mut desk) = (Book::default(), paper(0.0, 20_000.0));
    let mut trades = Vec::new();
    for (day, price) in [(0.0, 100.0), (1.0, 130.0), (2.0, 103.0), (3.0, 130.0), (4.0, 130.0), (5.0, 70.0), (6.0, 70.0)]
    {
        read(&mut book, &terms, &mut desk, look(day, price, 0.8));
        trades.push(book.tally.hedges.0);
    }
    // Looks on days 2, 4 and 6; that of day 2 finds a hedge that is off by less than the band.
    assert_eq!(trades, [1, 1, 1, 1, 2, 2, 3]);
}

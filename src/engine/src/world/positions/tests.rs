use super::*;
use portage_base::units::Span;
use portage_migration::{MovesSplit, MovesTogether, PositionMoves};
use serde_json::json;

const HOUR: f64 = 3_600.0;

fn spec(moves: PositionMoves) -> PositionsSpec {
    let mut spec: PositionsSpec = serde_json::from_value(json!({
        "count": 500, "notional_usd": 1e8, "moves": { "together": { "positions_per_day": 1.0 } }
    }))
    .unwrap();
    spec.moves = moves;
    spec
}

fn together() -> PositionMoves {
    PositionMoves::Together(MovesTogether { positions_per_day: 240.0 })
}

fn split(hours: f64) -> PositionMoves {
    let gap = Span::from_seconds(hours * HOUR).unwrap();
    PositionMoves::Split(MovesSplit { positions_per_day: 240.0, gap })
}

/// Positions at a price of 2,000 quote tokens of half a USD, and their ledger.
fn open(spec: &PositionsSpec) -> (Positions, Ledger) {
    let mut ledger = Ledger::new(2);
    let accounts = PositionAccounts {
        market: ledger.open_account(),
        margin: ledger.open_account(),
        backstop: ledger.open_account(),
        token: Token::new(1),
    };
    (Positions::open(spec, (2_000.0, 1_000.0), (7, 3), accounts, &mut ledger), ledger)
}

fn reading(hour: usize, price: f64) -> PositionReading {
    PositionReading {
        seconds: hour as f64 * HOUR,
        price,
        base_usd: 0.5 * price,
        opened: Some(5.0 * HOUR),
        is_down: false,
        is_rolled_back: false,
    }
}

/// A price that falls by a quarter, rises by half and comes back, with ripples.
fn price(hour: usize) -> f64 {
    let t = hour as f64 / 24.0;
    2_000.0 * (1.0 + 0.35 * (t * 1.7).sin() * t / (1.0 + t) + 0.02 * (hour as f64 * 2.3).sin())
}

fn run(positions: &mut Positions, ledger: &mut Ledger, change: impl Fn(usize, &mut PositionReading)) {
    for hour in 0..240 {
        let mut reading = reading(hour, price(hour));
        change(hour, &mut reading);
        positions.read(&reading, ledger);
        assert!(ledger.audit() < 1e-12 && positions.residual(ledger) < 1e-12, "hour {hour}");
    }
}

#[test]
fn sizes_sum_to_what_the_scenario_says_and_parameters_move_no_other_draw() {
    let (plain, ledger) = open(&spec(together()));
    let base: f64 = plain.twins.book.list.iter().map(|position| position.base.abs()).sum();
    assert!((base * 1_000.0 / 1e8 - 1.0).abs() < 1e-12);
    assert!((ledger.balance(plain.accounts.margin, Token::new(1)) / plain.twins.book.margin() - 1.0).abs() < 1e-12);
    let mut other = spec(split(6.0));
    (other.size_sd, other.upkeep.attentive_share, other.leverage.median) = (0.3, 0.1, 8.0);
    let (other, _) = open(&other);
    for (one, other) in plain.twins.book.list.iter().zip(&other.twins.book.list) {
        assert_eq!(one.base > 0.0, other.base > 0.0);
        // Whoever is attentive among a tenth is so among half.
        assert!(other.propensity != MarginPropensity::Attentive || one.propensity == MarginPropensity::Attentive);
        let leverage = |position: &Position| position.base.abs() * 2_000.0 / position.margin;
        if (1.01..19.0).contains(&leverage(one)) && (1.01..19.0).contains(&leverage(other)) {
            assert!((leverage(other) / leverage(one) - 1.6).abs() < 1e-9);
        }
    }
    // 500 positions, half of them short: six standard errors, error probability 2e-9.
    let shorts = plain.twins.book.list.iter().filter(|position| position.base < 0.0).count();
    assert!((shorts as f64 - 250.0).abs() < 6.0 * 125.0_f64.sqrt(), "{shorts}");
}

#[test]
fn what_moves_together_comes_to_no_harm() {
    let (mut positions, mut ledger) = open(&spec(together()));
    run(&mut positions, &mut ledger, |_, _| {});
    assert_eq!(positions.harm(1_900.0), MarginHarm::default());
    assert!(
        positions.figures().liquidated > 50 && positions.figures().liquidated_anyway == positions.figures().liquidated
    );
    assert_eq!(
        (
            positions.figures().liquidated_on_resume,
            positions.figures().frozen_usd_days,
            positions.figures().frozen_max_usd
        ),
        (0, 0.0, 0.0)
    );
    assert!(positions.moved_share() > 0.2 && positions.moved_share() < 1.0);
}

#[test]
fn without_freezing_it_does_not_matter_how_positions_move() {
    let [(mut one, mut first), (mut other, mut second)] = [together(), split(30.0)].map(|moves| open(&spec(moves)));
    run(&mut one, &mut first, |_, _| {});
    run(&mut other, &mut second, |_, _| {});
    assert_eq!(one.twins.book.tally, other.twins.unfrozen.tally);
    let harm = other.harm(1_900.0);
    assert!(harm.caused > 0 && harm.for_want_of_margin > 0 && harm.for_want_of_margin <= harm.caused, "{harm:?}");
    assert!(harm.bad_debt > 0.0);
    assert_eq!(other.figures().liquidated + harm.spared, other.figures().liquidated_anyway + harm.caused);
}

#[test]
fn who_does_nothing_is_liquidated_no_more_often_when_split() {
    // At the end of a gap the price is read by both books: an absent holder's position that is below its margin there is below it in both.
    let mut absent = spec(split(30.0));
    (absent.upkeep.attentive_share, absent.upkeep.stop_share) = (0.0, 0.0);
    let (mut positions, mut ledger) = open(&absent);
    // A crash that is over while positions are between their legs, and a rise of which they see only the end.
    run(&mut positions, &mut ledger, |hour, reading| {
        reading.price = match hour {
            15 | 19 => 1_900.0,
            16 | 18 => 1_800.0,
            17 => 1_700.0,
            0..=51 => 1_980.0,
            52 => 2_100.0,
            53 => 2_200.0,
            54 => 2_300.0,
            _ => 2_700.0,
        };
    });
    let harm = positions.harm(2_700.0);
    assert_eq!((harm.caused, harm.for_want_of_margin), (0, 0));
    assert!(harm.spared > 0 && harm.bad_debt > 0.0 && positions.figures().liquidated_on_resume > 0);
}

#[test]
fn legs_leave_at_their_rate_and_arrive_after_the_gap() {
    // 240 a day are ten an hour, from hour 5 on; the price does not move.
    let (mut positions, mut ledger) = open(&spec(split(6.0)));
    for hour in 0..80 {
        positions.read(&reading(hour, 2_000.0), &mut ledger);
        let begun = (10 * hour.saturating_sub(5)).min(500);
        let arrived = (10 * hour.saturating_sub(11)).min(500);
        // Each of the ten of an hour is due at its own minute: the second leg is seen at the same distance from the hour.
        assert_eq!((positions.begun, positions.arrived), (begun, arrived), "hour {hour}");
        let frozen: f64 = positions.twins.book.list[arrived..begun].iter().map(|position| position.base.abs()).sum();
        assert!((positions.frozen_usd(1_000.0) - 1_000.0 * frozen).abs() < 1e-3, "hour {hour}");
    }
    // Each was frozen for exactly six hours.
    assert!((positions.figures().frozen_usd_days / (1e8 * 0.25) - 1.0).abs() < 1e-9);
    assert!((positions.moved_share() - 1.0).abs() < 1e-12);
}

#[test]
fn downtime_freezes_everything_and_delays_what_has_not_left() {
    let (mut positions, mut ledger) = open(&spec(together()));
    for hour in 0..60 {
        // Down at the readings of hours 10 to 19: a fall to 1,000 and back to 1,500 is not seen until hour 20.
        let is_down = (10..20).contains(&hour);
        let price = if is_down {
            1_000.0
        } else if hour < 10 {
            2_000.0
        } else {
            1_500.0
        };
        positions.read(&PositionReading { is_down, ..reading(hour, price) }, &mut ledger);
        assert_eq!(positions.figures().liquidated > 0, hour >= 20);
    }
    assert_eq!(positions.figures().liquidated, positions.figures().liquidated_on_resume);
    // Frozen from the reading of hour 10 to that of hour 20; ten positions an hour had moved by then, and go on afterwards.
    assert_eq!(positions.begun, 10 * (10 - 5) + 10 * (59 - 20));
    let down_days = (9.0 * 500.0 + 750.0) / 24.0 * 1e5;
    assert!(
        (positions.figures().frozen_usd_days / down_days - 1.0).abs() < 1e-9,
        "{}",
        positions.figures().frozen_usd_days / down_days
    );
    assert!(positions.residual(&ledger) < 1e-12 && positions.harm(1_500.0).spared > 0);
}

#[test]
fn a_rollback_joins_the_legs_and_ends_the_moves() {
    let (mut positions, mut ledger) = open(&spec(split(48.0)));
    run(&mut positions, &mut ledger, |hour, reading| reading.is_rolled_back = hour >= 20);
    assert_eq!((positions.begun, positions.arrived), (140, 140));
    assert_eq!((positions.moved_share(), positions.frozen_usd(1_000.0)), (0.0, 0.0));
}

//! Metrics of lending markets whose users move to another one; none of them has a value in a scenario without one.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use super::timeline::{Series, entry};
use portage_credit::lending::MovesTally;
use portage_engine::run::Scene;
use portage_engine::world::{LendingMarket, LendingMoves, MovesStand, World};

/// A metric of the tally, added up over moves: name, unit, meaning, and how it is read.
type TallyLine = (&'static str, &'static str, &'static str, fn(&MovesTally) -> f64);

const TALLY: [TallyLine; 12] = [
    (
        "lending_moves_blocked_days",
        "days",
        "time during which suppliers waited because the old market had no cash",
        |t| t.blocked_days,
    ),
    (
        "lending_moves_cash_wait_usd_hours",
        "USD x hours",
        "supply that wanted to leave and waited because the old market had no cash",
        |t| t.cash_wait_usd_hours,
    ),
    (
        "lending_moves_room_wait_usd_hours",
        "USD x hours",
        "supply that wanted to leave and waited because the new market took no more",
        |t| t.room_wait_usd_hours,
    ),
    ("lending_moves_waiting_usd_max", "USD", "most supply that waited at one observation", |t| t.waiting_max_usd),
    (
        "lending_moves_stopped_by_old_cash",
        "tries",
        "tries of borrowers that failed because what they had pledged was lent",
        |t| f64::from(t.obstacles[0]),
    ),
    (
        "lending_moves_stopped_by_cap",
        "tries",
        "tries of borrowers that failed at the new market's cap on supply",
        |t| f64::from(t.obstacles[1]),
    ),
    (
        "lending_moves_stopped_by_new_cash",
        "tries",
        "tries of borrowers that failed because the new market had not enough to lend",
        |t| f64::from(t.obstacles[2]),
    ),
    (
        "lending_moves_stopped_by_ltv",
        "tries",
        "tries of borrowers that failed because the new market lends less on what they pledge",
        |t| f64::from(t.obstacles[3]),
    ),
    ("lending_moves_suppliers_gas_usd", "USD", "gas of suppliers who moved or asked to", |t| t.suppliers_gas_usd),
    ("lending_moves_borrowers_gas_usd", "USD", "gas of borrowers who moved", |t| t.borrowers_gas_usd),
    ("lending_moves_flash_loans_usd", "USD", "what borrowers who moved paid for flash loans", |t| t.flash_loans_usd),
    ("lending_moves_rewards_usd", "USD", "rewards paid from elsewhere on supply that had moved", |t| t.rewards_usd),
];

/// The moves of a run with the markets out of which they lead.
fn moves(world: &World) -> impl Iterator<Item = (&LendingMarket, &LendingMoves)> {
    let markets = world.instruments.lending.iter().flat_map(|lending| &lending.markets);
    markets.filter_map(|one| Some((one, one.moves.as_deref()?)))
}

/// How far all moves have come, together; `None` without any.
fn stand(world: &World) -> Option<MovesStand> {
    let lending = world.instruments.lending.as_deref()?;
    let add = |mut sum: MovesStand, one: MovesStand| {
        for side in 0..2 {
            sum.supply_usd[side] += one.supply_usd[side];
            sum.debt_usd[side] += one.debt_usd[side];
        }
        (sum.waiting_usd, sum.held_usd) = (sum.waiting_usd + one.waiting_usd, sum.held_usd + one.held_usd);
        sum
    };
    lending.markets.iter().filter_map(|one| one.moves_stand(lending)).reduce(add)
}

/// A figure added up over moves; NaN without any.
fn over_moves(closing: &Closing<'_>, read: impl Fn(&LendingMarket, &LendingMoves) -> f64) -> f64 {
    moves(closing.world).map(|(one, moving)| read(one, moving)).reduce(|a, b| a + b).unwrap_or(f64::NAN)
}

/// Every metric of moves between lending markets.
pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics: Vec<Metric> = TALLY
        .into_iter()
        .map(|(name, unit, meaning, read)| {
            Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
                over_moves(closing, |_, moving| read(moving.moves.tally()))
            })
        })
        .collect();
    let mut add = |name, unit, meaning, read: fn(&Closing<'_>) -> f64| {
        metrics.push(Metric::new(name, unit, meaning, DEFINITION, read));
    };
    add(
        "lending_moved_supply_share",
        "share",
        "of what those who do not borrow supply, what stands in the new market",
        |closing| stand(closing.world).map_or(f64::NAN, |stand| stand.supply_share()),
    );
    add("lending_moved_debt_share", "share", "of what borrowers owe, what stands in the new market", |closing| {
        stand(closing.world).map_or(f64::NAN, |stand| stand.debt_share())
    });
    add("lending_moved_suppliers_share", "share", "of suppliers, those who have moved all they had", |closing| {
        let all = over_moves(closing, |_, moving| moving.moves.suppliers() as f64);
        over_moves(closing, |_, moving| f64::from(moving.moves.tally().suppliers)) / all
    });
    add("lending_moved_borrowers_share", "share", "of borrowers, those who have moved", |closing| {
        let all = over_moves(closing, |_, moving| moving.moves.borrowers() as f64);
        over_moves(closing, |_, moving| f64::from(moving.moves.tally().borrowers)) / all
    });
    add("lending_moves_waiting_usd", "USD", "supply that still waits at the end", |closing| {
        stand(closing.world).map_or(f64::NAN, |stand| stand.waiting_usd)
    });
    metrics
}

/// Reads how far all moves have come; NaN without any.
fn standing(scene: &Scene<'_>, read: fn(&MovesStand) -> f64) -> f64 {
    stand(scene.world).as_ref().map_or(f64::NAN, read)
}

/// Every series of moves between lending markets.
pub(super) const SERIES: [Series; 4] = [
    entry(
        "lending_moved_supply_share",
        "share",
        "of what those who do not borrow supply, what stands in the new lending market",
        |scene, _| standing(scene, MovesStand::supply_share),
    ),
    entry(
        "lending_moved_debt_share",
        "share",
        "of what borrowers owe, what stands in the new lending market",
        |scene, _| standing(scene, MovesStand::debt_share),
    ),
    entry(
        "lending_moves_waiting_usd",
        "USD",
        "supply that wants to move to the new lending market and cannot yet",
        |scene, _| standing(scene, |stand| stand.waiting_usd),
    ),
    entry(
        "lending_moves_held_usd",
        "USD",
        "tokens that stand in the new lending market and are not lent",
        |scene, _| standing(scene, |stand| stand.held_usd),
    ),
];

//! Metrics of lending markets whose users move to another one.

use super::Closing;
use super::metric::{DEFINITION, Unit, metrics};
use super::timeline::{Series, entry};
use portage_credit::lending::MovesTally;
use portage_engine::run::Scene;
use portage_engine::world::{LendingMarket, LendingMoves, MovesStand, World};

metrics! {
    of_tally: LendingMoves, DEFINITION, |closing, read: fn(&MovesTally) -> f64| over_moves(closing, |_, moving| read(moving.moves.tally()));
    LENDING_MOVES_BLOCKED_DAYS: Days, Amount,
        "time during which suppliers waited because the old market had no cash"
        [Lending 82 "Time during which suppliers could not leave"] => |t| t.blocked_days;
    LENDING_MOVES_CASH_WAIT_USD_HOURS: UsdHours, Amount,
        "supply that wanted to leave and waited because the old market had no cash" => |t| t.cash_wait_usd_hours;
    LENDING_MOVES_ROOM_WAIT_USD_HOURS: UsdHours, Amount,
        "supply that wanted to leave and waited because the new market took no more" => |t| t.room_wait_usd_hours;
    LENDING_MOVES_WAITING_USD_MAX: Usd, Amount,
        "most supply that waited at one observation" [Lending 81 "Most supply that waited to move"] =>
        |t| t.waiting_max_usd;
    LENDING_MOVES_STOPPED_BY_OLD_CASH: Count("tries"), Amount,
        "tries of borrowers that failed because what they had pledged was lent" => |t| f64::from(t.obstacles[0]);
    LENDING_MOVES_STOPPED_BY_CAP: Count("tries"), Amount,
        "tries of borrowers that failed at the new market's cap on supply" => |t| f64::from(t.obstacles[1]);
    LENDING_MOVES_STOPPED_BY_NEW_CASH: Count("tries"), Amount,
        "tries of borrowers that failed because the new market had not enough to lend" =>
        |t| f64::from(t.obstacles[2]);
    LENDING_MOVES_STOPPED_BY_LTV: Count("tries"), Amount,
        "tries of borrowers that failed because the new market lends less on what they pledge" =>
        |t| f64::from(t.obstacles[3]);
    LENDING_MOVES_SUPPLIERS_GAS_USD: Usd, Amount, "gas of suppliers who moved or asked to" => |t| t.suppliers_gas_usd;
    LENDING_MOVES_BORROWERS_GAS_USD: Usd, Amount, "gas of borrowers who moved" => |t| t.borrowers_gas_usd;
    LENDING_MOVES_FLASH_LOANS_USD: Usd, Amount, "what borrowers who moved paid for flash loans" =>
        |t| t.flash_loans_usd;
    LENDING_MOVES_REWARDS_USD: Usd, Amount, "rewards paid from elsewhere on supply that had moved" => |t| t.rewards_usd;
}

metrics! {
    of_stand: LendingMoves, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    LENDING_MOVED_SUPPLY_SHARE: Share, Part,
        "of what those who do not borrow supply, what stands in the new market"
        [Lending 79 "Supply that moved to the new lending market"] =>
        |closing| stand(closing.world).map_or(f64::NAN, |stand| stand.supply_share());
    LENDING_MOVED_DEBT_SHARE: Share, Part,
        "of what borrowers owe, what stands in the new market" [Lending 80 "Debt that moved"] =>
        |closing| stand(closing.world).map_or(f64::NAN, |stand| stand.debt_share());
    LENDING_MOVED_SUPPLIERS_SHARE: Share, Part, "of suppliers, those who have moved all they had" => |closing| {
        let all = over_moves(closing, |_, moving| moving.moves.suppliers() as f64);
        over_moves(closing, |_, moving| f64::from(moving.moves.tally().suppliers)) / all
    };
    LENDING_MOVED_BORROWERS_SHARE: Share, Part, "of borrowers, those who have moved" => |closing| {
        let all = over_moves(closing, |_, moving| moving.moves.borrowers() as f64);
        over_moves(closing, |_, moving| f64::from(moving.moves.tally().borrowers)) / all
    };
    LENDING_MOVES_WAITING_USD: Usd, Amount, "supply that still waits at the end" =>
        |closing| stand(closing.world).map_or(f64::NAN, |stand| stand.waiting_usd);
}

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

/// Reads how far all moves have come; NaN without any.
fn standing(scene: &Scene<'_>, read: fn(&MovesStand) -> f64) -> f64 {
    stand(scene.world).as_ref().map_or(f64::NAN, read)
}

/// Every series of moves between lending markets.
pub(super) const SERIES: [Series; 4] = [
    entry(
        "lending_moved_supply_share",
        Unit::Share,
        "of what those who do not borrow supply, what stands in the new lending market",
        |scene, _| standing(scene, MovesStand::supply_share),
    ),
    entry(
        "lending_moved_debt_share",
        Unit::Share,
        "of what borrowers owe, what stands in the new lending market",
        |scene, _| standing(scene, MovesStand::debt_share),
    ),
    entry(
        "lending_moves_waiting_usd",
        Unit::Usd,
        "supply that wants to move to the new lending market and cannot yet",
        |scene, _| standing(scene, |stand| stand.waiting_usd),
    ),
    entry(
        "lending_moves_held_usd",
        Unit::Usd,
        "tokens that stand in the new lending market and are not lent",
        |scene, _| standing(scene, |stand| stand.held_usd),
    ),
];

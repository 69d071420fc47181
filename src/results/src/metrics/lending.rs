//! Metrics of lending markets, all of a scenario's together.

use super::Closing;
use super::metric::{DEFINITION, Unit, metrics};
use super::timeline::{Series, entry};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::run::Scene;
use portage_engine::world::{LendingBook, LendingMarket};

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

metrics! {
    of_books: Lending, DEFINITION, |closing, read: fn(&LendingBook) -> f64| over_markets(closing, |one| read(&one.book));
    LENDING_LIQUIDATIONS: Count("liquidations"), Amount, "liquidations that were carried out" =>
        |book| book.liquidations as f64;
    LENDING_TOXIC_LIQUIDATIONS: Count("liquidations"), Amount,
        "of them, those that raised the loan-to-value of the position, which stood beyond 1/(1 + bonus)"
        [Lending 48 "Liquidations that made it worse"] => |book| book.toxic as f64;
    LENDING_LIQUIDATIONS_BY_STEPS: Count("liquidations"), Amount,
        "liquidations that the thresholds of the opening would not have allowed"
        [Lending 83 "Liquidations by lower thresholds"] => |book| book.by_steps as f64;
    LENDING_BY_STEPS_USD: Usd, Amount, "debt repaid in these" [Lending 84 "Debt repaid in them"] =>
        |book| book.by_steps_usd;
    LENDING_REPAID_USD: Usd, Amount, "debt repaid by liquidators, at true prices" => |book| book.repaid_usd;
    LENDING_LIQUIDATED_USD: Usd, Amount,
        "collateral seized by liquidators, at true prices" [Lending 45 "Collateral liquidated"] =>
        |book| book.seized_usd;
    LENDING_SALE_COST_USD: Usd, Signed, "fees and price impact that liquidators paid to sell what they seized" =>
        |book| book.sale_cost_usd;
    LENDING_SALE_ELSEWHERE_USD: Usd, Signed, "of it, what was paid in other markets than the pools" =>
        |book| book.external_sale_usd;
    LENDING_LIQUIDATORS_USD: Usd, Amount, "what liquidators kept after gas" [Lending 49 "What liquidators kept"] =>
        |book| book.profit_usd;
    LENDING_UNPAID_LIQUIDATIONS: Count("times"), Amount,
        "times that a position could have been liquidated and was not, because it did not pay or could not be done"
        [Lending 46 "Liquidations that did not pay"] => |book| book.unpaid as f64;
    LENDING_WAITING_USD_MAX: Usd, Amount,
        "most debt at once of positions that could be liquidated and were not, at observations"
        [Lending 47 "Most debt that waited at once"] => |book| book.waiting_usd_max;
    LENDING_WAITING_USD_HOURS: UsdHours, Amount,
        "debt of positions that could be liquidated and were not, over time" =>
        |book| book.waiting_usd_seconds / SECONDS_PER_HOUR;
    LENDING_SPARED_USD_MAX: Usd, Amount,
        "most debt at once of positions below the threshold at true prices that the oracles did not let be liquidated, at observations" =>
        |book| book.spared_usd_max;
    LENDING_SPARED_USD_HOURS: UsdHours, Amount,
        "debt of positions below the threshold at true prices that the oracles did not let be liquidated, over time" =>
        |book| book.spared_usd_seconds / SECONDS_PER_HOUR;
    LENDING_BAD_DEBT_USD: Usd, Amount,
        "debt that nobody repays: written off on the way, or not covered by collateral at the end"
        [Lending 43 "Bad debt"] => |book| book.bad_debt_usd + book.standing_usd;
    LENDING_WRITTEN_OFF_USD: Usd, Amount, "of it, written off on the way" => |book| book.bad_debt_usd;
    LENDING_ATTACKED_USD: Usd, Amount,
        "what attackers borrowed by a reading that was too high, beyond the true value of what they left, when they did" =>
        |book| book.attacked_usd;
    BAD_DEBT_ON_RESERVE_USD: Usd, Amount, "bad debt borne by the market's own funds" => |book| book.borne_usd[0];
    BAD_DEBT_ON_BACKSTOP_USD: Usd, Amount, "bad debt borne by the backstop" => |book| book.borne_usd[1];
    BAD_DEBT_ON_SUPPLIERS_USD: Usd, Amount,
        "bad debt borne by those who had supplied or pledged the token that was owed"
        [Lending 44 "Of it, on suppliers"] => |book| book.borne_usd[2];
    LENDING_UNCOVERED_USD_MAX: Usd, Amount,
        "most that borrowers owed beyond the true value of their collateral on any day, with what was written off until then" =>
        |book| book.uncovered_usd_max;
    LENDING_DRY_HOURS: Hours, Amount,
        "time during which some reserve that is borrowed had nothing left to be withdrawn"
        [Lending 50 "Time during which a reserve was dry"] => |book| book.dry_seconds / SECONDS_PER_HOUR;
    LENDING_LIQUIDATED_SHARE: ShareOf("collateral"), Part, "collateral seized, of that at the opening" =>
        |book| { if book.opening_collateral_usd > 0.0 { book.seized_usd / book.opening_collateral_usd } else { f64::NAN } };
}

metrics! {
    of_spirals: Lending, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    SPIRAL_MARGIN_MIN: Pure, Amount,
        "least ratio of the pools' liquidity to the critical one, below which forced sales feed on themselves; 100 stands for everything beyond"
        from "TVL / TVL* with TVL* = 4 rho / c: rho USD force-sold per unit of -ln P, c times as deep as a constant product" =>
        |closing| { markets(closing).map_or(f64::NAN, |markets| { markets.iter().map(|one| one.book.spiral_margin_min).fold(SPIRAL_MARGIN_MOST, f64::min) }) };
    SPIRAL_MARGIN_MIN_DAY: Of("day"), Amount, "day on which that was, since the start" => |closing| {
        let least = markets(closing).and_then(|markets| { markets.iter().min_by(|a, b| a.book.spiral_margin_min.total_cmp(&b.book.spiral_margin_min)) });
        let finite = least.filter(|one| one.book.spiral_margin_min.is_finite());
        finite.map_or(f64::NAN, |one| one.book.spiral_margin_min_seconds / SECONDS_PER_DAY)
    };
}

/// The markets of a run.
fn markets<'c>(closing: &'c Closing<'_>) -> Option<&'c [LendingMarket]> {
    closing.world.instruments.lending.as_ref().map(|lending| lending.markets.as_slice())
}

/// The sum of a figure over markets; NaN without any.
pub(super) fn over_markets(closing: &Closing<'_>, read: impl Fn(&LendingMarket) -> f64) -> f64 {
    markets(closing).map_or(f64::NAN, |markets| markets.iter().map(read).sum())
}

/// A larger margin is as good as any: hardly anybody would have to sell. Judgement.
pub(super) const SPIRAL_MARGIN_MOST: f64 = 100.0;

/// The sum of a figure over markets now; NaN without any.
fn now(scene: &Scene<'_>, read: impl Fn(&LendingMarket) -> f64) -> f64 {
    scene.world.instruments.lending.as_ref().map_or(f64::NAN, |lending| lending.markets.iter().map(read).sum())
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 9] = [
    entry("lending_supplied_usd", Unit::Usd, "supplied to lending markets by those who do not borrow", |scene, _| {
        now(scene, |one| one.over_reserves(|reserve| one.market.supplied(reserve)))
    }),
    entry("lending_borrowed_usd", Unit::Usd, "lent by lending markets, with interest", |scene, _| {
        now(scene, |one| one.over_reserves(|reserve| one.market.borrowed(reserve)))
    }),
    entry(
        "lending_utilisation",
        Unit::ShareOf("what is supplied"),
        "utilisation of the reserve of which most is lent, in any lending market",
        |scene, _| {
            let markets = scene.world.instruments.lending.iter().flat_map(|lending| &lending.markets);
            let reserves = markets.flat_map(|one| one.market.reserves());
            reserves.map(|reserve| reserve.utilisation()).fold(f64::NAN, f64::max)
        },
    ),
    entry("lending_liquidated_usd", Unit::Usd, "collateral seized by liquidators so far", |scene, _| {
        now(scene, |one| one.book.seized_usd)
    }),
    entry(
        "lending_unpaid_liquidations",
        Unit::Count("times"),
        "times so far that a position could have been liquidated and it did not pay or could not be done",
        |scene, _| now(scene, |one| one.book.unpaid as f64),
    ),
    entry(
        "lending_waiting_usd",
        Unit::Usd,
        "debt of positions that can be liquidated and are not, as it does not pay or cannot be done",
        |scene, _| now(scene, |one| one.book.waiting_usd),
    ),
    entry(
        "lending_overdue_usd_days",
        Unit::UsdDays,
        "debt of positions that ought to be liquidated and are not, over time so far: it does not pay, or the oracles do not let it",
        |scene, _| now(scene, |one| (one.book.waiting_usd_seconds + one.book.spared_usd_seconds) / SECONDS_PER_DAY),
    ),
    entry(
        "lending_bad_debt_usd",
        Unit::Usd,
        "debt written off so far, and what borrowers owed beyond the true value of their collateral when that was last counted (once a day)",
        |scene, _| now(scene, |one| one.book.bad_debt_usd + one.book.uncovered_usd),
    ),
    entry(
        "spiral_margin",
        Unit::Pure,
        "ratio of the pools' liquidity to the critical one below which forced sales feed on themselves, counted once a day; 100 stands for everything beyond",
        |scene, _| {
            let markets = scene.world.instruments.lending.as_ref();
            markets.map_or(f64::NAN, |lending| {
                lending.markets.iter().map(|one| one.book.spiral_margin).fold(SPIRAL_MARGIN_MOST, f64::min)
            })
        },
    ),
];

//! Metrics of lending markets, all of a scenario's together; none of them has a value in a scenario without one.

use super::Closing;
use super::dictionary::{DEFINITION, Metric};
use super::timeline::{Series, entry};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::run::Scene;
use portage_engine::world::{Lender, LendingBook, LendingMarket, Line};

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

/// A metric of the books, added up over markets: name, unit, meaning, and how it is read.
type BookLine = (&'static str, &'static str, &'static str, fn(&LendingBook) -> f64);

const BOOK: [BookLine; 23] = [
    ("lending_liquidations", "liquidations", "liquidations that were carried out", |book| book.liquidations as f64),
    (
        "lending_toxic_liquidations",
        "liquidations",
        "of them, those that raised the loan-to-value of the position, which stood beyond 1/(1 + bonus)",
        |book| book.toxic as f64,
    ),
    (
        "lending_liquidations_by_steps",
        "liquidations",
        "liquidations that the thresholds of the opening would not have allowed",
        |book| book.by_steps as f64,
    ),
    ("lending_by_steps_usd", "USD", "debt repaid in these", |book| book.by_steps_usd),
    ("lending_repaid_usd", "USD", "debt repaid by liquidators, at true prices", |book| book.repaid_usd),
    ("lending_liquidated_usd", "USD", "collateral seized by liquidators, at true prices", |book| book.seized_usd),
    ("lending_sale_cost_usd", "USD", "fees and price impact that liquidators paid to sell what they seized", |book| {
        book.sale_cost_usd
    }),
    ("lending_sale_elsewhere_usd", "USD", "of it, what was paid in other markets than the pools", |book| {
        book.sale_elsewhere_usd
    }),
    ("lending_liquidators_usd", "USD", "what liquidators kept after gas", |book| book.profit_usd),
    (
        "lending_unpaid_liquidations",
        "times",
        "times that a position could have been liquidated and was not, because it did not pay or could not be done",
        |book| book.unpaid as f64,
    ),
    (
        "lending_waiting_usd_max",
        "USD",
        "most debt at once of positions that could be liquidated and were not, at observations",
        |book| book.waiting_usd_max,
    ),
    (
        "lending_waiting_usd_hours",
        "USD x hours",
        "debt of positions that could be liquidated and were not, over time",
        |book| book.waiting_usd_seconds / SECONDS_PER_HOUR,
    ),
    (
        "lending_spared_usd_max",
        "USD",
        "most debt at once of positions below the threshold at true prices that the oracles did not let be liquidated, at observations",
        |book| book.spared_usd_max,
    ),
    (
        "lending_spared_usd_hours",
        "USD x hours",
        "debt of positions below the threshold at true prices that the oracles did not let be liquidated, over time",
        |book| book.spared_usd_seconds / SECONDS_PER_HOUR,
    ),
    (
        "lending_bad_debt_usd",
        "USD",
        "debt that nobody repays: written off on the way, or not covered by collateral at the end",
        |book| book.bad_debt_usd + book.standing_usd,
    ),
    ("lending_written_off_usd", "USD", "of it, written off on the way", |book| book.bad_debt_usd),
    (
        "lending_attacked_usd",
        "USD",
        "what attackers borrowed by a reading that was too high, beyond the true value of what they left, when they did",
        |book| book.attacked_usd,
    ),
    ("bad_debt_on_reserve_usd", "USD", "bad debt borne by the market's own funds", |book| book.borne_usd[0]),
    ("bad_debt_on_backstop_usd", "USD", "bad debt borne by the backstop", |book| book.borne_usd[1]),
    (
        "bad_debt_on_suppliers_usd",
        "USD",
        "bad debt borne by those who had supplied or pledged the token that was owed",
        |book| book.borne_usd[2],
    ),
    (
        "lending_uncovered_usd_max",
        "USD",
        "most that borrowers owed beyond the true value of their collateral on any day, with what was written off until then",
        |book| book.uncovered_usd_max,
    ),
    (
        "lending_dry_hours",
        "hours",
        "time during which some reserve that is borrowed had nothing left to be withdrawn",
        |book| book.dry_seconds / SECONDS_PER_HOUR,
    ),
    ("lending_liquidated_share", "share of collateral", "collateral seized, of that at the opening", |book| {
        if book.opening_collateral_usd > 0.0 { book.seized_usd / book.opening_collateral_usd } else { f64::NAN }
    }),
];

/// Lines of the statement of a party that a lending market can book.
const LINES: [Line; 8] = [
    Line::Brought,
    Line::MarketMove,
    Line::Interest,
    Line::Liquidation,
    Line::Fees,
    Line::Slippage,
    Line::Gas,
    Line::Losses,
];

/// The markets of a run.
fn markets<'c>(closing: &'c Closing<'_>) -> Option<&'c [LendingMarket]> {
    closing.world.instruments.lending.as_ref().map(|lending| lending.markets.as_slice())
}

/// The sum of a figure over markets; NaN without any.
fn over_markets(closing: &Closing<'_>, read: impl Fn(&LendingMarket) -> f64) -> f64 {
    markets(closing).map_or(f64::NAN, |markets| markets.iter().map(read).sum())
}

fn of_parties() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for lender in Lender::ALL {
        let name = lender.name();
        let mut add = |line: &str, meaning: String, read: fn(&LendingMarket, Lender) -> f64| {
            let metric = format!("lending_{name}_{line}_usd");
            metrics.push(Metric::new(metric, "USD", meaning, DEFINITION, move |closing: &Closing<'_>| {
                over_markets(closing, |one| read(one, lender))
            }));
        };
        add("opening", format!("value of the lending markets' {name} at the opening"), |one, lender| {
            one.party(lender).statement.opening
        });
        add("closing", format!("value of the lending markets' {name} at the end"), |one, lender| {
            one.party(lender).statement.closing
        });
    }
    for lender in Lender::ALL {
        for line in LINES {
            let (name, line_name) = (lender.name(), line.name());
            let metric = format!("lending_{name}_{line_name}_usd");
            let meaning = format!("{} of the lending markets' {name}: a gain is positive", line_name.replace('_', " "));
            metrics.push(Metric::new(metric, "USD", meaning, DEFINITION, move |closing: &Closing<'_>| {
                over_markets(closing, |one| one.party(lender).statement.line(line))
            }));
        }
    }
    metrics
}

/// Every metric of lending markets.
pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics: Vec<Metric> = BOOK
        .into_iter()
        .map(|(name, unit, meaning, read)| {
            Metric::new(name, unit, meaning, DEFINITION, move |closing: &Closing<'_>| {
                over_markets(closing, |one| read(&one.book))
            })
        })
        .collect();
    metrics.push(Metric::new(
        "spiral_margin_min",
        "1",
        "least ratio of the pools' liquidity to the critical one, below which forced sales feed on themselves; 100 stands for everything beyond",
        "TVL / TVL* with TVL* = 4 rho / c: rho USD force-sold per unit of -ln P, c times as deep as a constant product",
        |closing| {
            markets(closing).map_or(f64::NAN, |markets| {
                markets.iter().map(|one| one.book.spiral_margin_min).fold(SPIRAL_MARGIN_MOST, f64::min)
            })
        },
    ));
    metrics.push(Metric::new(
        "spiral_margin_min_day",
        "day",
        "day on which that was, since the start",
        DEFINITION,
        |closing| {
            let least = markets(closing).and_then(|markets| {
                markets.iter().min_by(|a, b| a.book.spiral_margin_min.total_cmp(&b.book.spiral_margin_min))
            });
            let finite = least.filter(|one| one.book.spiral_margin_min.is_finite());
            finite.map_or(f64::NAN, |one| one.book.spiral_margin_min_seconds / SECONDS_PER_DAY)
        },
    ));
    metrics.extend(of_parties());
    metrics
}

/// A larger margin is as good as any: hardly anybody would have to sell. Judgement.
pub(super) const SPIRAL_MARGIN_MOST: f64 = 100.0;

/// The sum of a figure over markets now; NaN without any.
fn now(scene: &Scene<'_>, read: impl Fn(&LendingMarket) -> f64) -> f64 {
    scene.world.instruments.lending.as_ref().map_or(f64::NAN, |lending| lending.markets.iter().map(read).sum())
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 9] = [
    entry("lending_supplied_usd", "USD", "supplied to lending markets by those who do not borrow", |scene, _| {
        now(scene, |one| one.over_reserves(|reserve| one.market.supplied(reserve)))
    }),
    entry("lending_borrowed_usd", "USD", "lent by lending markets, with interest", |scene, _| {
        now(scene, |one| one.over_reserves(|reserve| one.market.borrowed(reserve)))
    }),
    entry(
        "lending_utilisation",
        "share of what is supplied",
        "utilisation of the reserve of which most is lent, in any lending market",
        |scene, _| {
            let markets = scene.world.instruments.lending.iter().flat_map(|lending| &lending.markets);
            let reserves = markets.flat_map(|one| one.market.reserves());
            reserves.map(|reserve| reserve.utilisation()).fold(f64::NAN, f64::max)
        },
    ),
    entry("lending_liquidated_usd", "USD", "collateral seized by liquidators so far", |scene, _| {
        now(scene, |one| one.book.seized_usd)
    }),
    entry(
        "lending_unpaid_liquidations",
        "times",
        "times so far that a position could have been liquidated and it did not pay or could not be done",
        |scene, _| now(scene, |one| one.book.unpaid as f64),
    ),
    entry(
        "lending_waiting_usd",
        "USD",
        "debt of positions that can be liquidated and are not, as it does not pay or cannot be done",
        |scene, _| now(scene, |one| one.book.waiting_usd),
    ),
    entry(
        "lending_overdue_usd_days",
        "USD x days",
        "debt of positions that ought to be liquidated and are not, over time so far: it does not pay, or the oracles do not let it",
        |scene, _| now(scene, |one| (one.book.waiting_usd_seconds + one.book.spared_usd_seconds) / SECONDS_PER_DAY),
    ),
    entry(
        "lending_bad_debt_usd",
        "USD",
        "debt written off so far, and what borrowers owed beyond the true value of their collateral when that was last counted (once a day)",
        |scene, _| now(scene, |one| one.book.bad_debt_usd + one.book.uncovered_usd),
    ),
    entry(
        "spiral_margin",
        "1",
        "ratio of the pools' liquidity to the critical one below which forced sales feed on themselves, counted once a day; 100 stands for everything beyond",
        |scene, _| {
            let markets = scene.world.instruments.lending.as_ref();
            markets.map_or(f64::NAN, |lending| {
                lending.markets.iter().map(|one| one.book.spiral_margin).fold(SPIRAL_MARGIN_MOST, f64::min)
            })
        },
    ),
];

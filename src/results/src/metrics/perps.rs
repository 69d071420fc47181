//! Metrics of perpetual exchanges.

use super::metric::{DEFINITION, Unit, metrics};
use super::timeline::{Series, entry};
use portage_engine::run::Scene;
use portage_engine::world::{MarginHarm, Perps};

metrics! {
    of_state: Perps, DEFINITION, |closing, read: fn(&Perps) -> f64| closing.world.instruments.perps.as_deref().map_or(f64::NAN, read);
    PERP_MOVED_SHARE: ShareOf("opening value"), Part, "accounts that have arrived on another exchange" =>
        |perps| perps.moved_share();
    PERP_LIQUIDATED: Count("accounts"), Amount,
        "accounts on perpetual exchanges that were liquidated" [Perpetuals 51 "Accounts liquidated"] =>
        |perps| f64::from(perps.figures().liquidated);
    PERP_LIQUIDATED_USD: Usd, Amount, "value of their positions at mark prices" => |perps| perps.sums().liquidated_usd;
    PERP_LIQUIDATED_ON_RESUME: Count("accounts"), Amount,
        "of them, at the first reading after a halt, or at which their collateral had arrived"
        [Perpetuals 52 "Of them, on resume"] => |perps| f64::from(perps.figures().liquidated_on_resume);
    PERP_LIQUIDATED_ON_RESUME_USD: Usd, Amount, "value of the positions of these" => |perps| perps.sums().liquidated_on_resume_usd;
    PERP_LIQUIDATED_ANYWAY: Count("accounts"), Amount,
        "accounts that would have been liquidated at the same index prices had nothing ever stood still or been under way" =>
        |perps| f64::from(perps.figures().liquidated_anyway);
    PERP_CLOSED: Count("accounts"), Amount, "accounts that their holders closed when the margin ran low" =>
        |perps| f64::from(perps.figures().closed);
    PERP_TOP_UPS: Count("times"), Amount, "times that holders added collateral" => |perps| f64::from(perps.figures().top_ups);
    PERP_BAD_DEBT_USD: Usd, Amount,
        "what liquidated accounts owed beyond their collateral, whoever bore it" [Perpetuals 55 "Bad debt"] =>
        |perps| perps.sums().bad_debt_usd();
    PERP_INSURED_USD: Usd, Amount, "of it, what insurance funds paid" => |perps| perps.sums().insured;
    PERP_SOCIALISED_USD: Usd, Amount, "of it, what those bore against whom accounts were deleveraged" =>
        |perps| perps.sums().socialised;
    PERP_DELEVERAGED_USD: Usd, Amount,
        "value of positions closed by auto-deleveraging" [Perpetuals 57 "Value deleveraged"] =>
        |perps| perps.sums().deleveraged_usd;
    PERP_DELEVERAGINGS: Count("times"), Amount, "times that an account was deleveraged" =>
        |perps| f64::from(perps.sums().deleveragings);
    PERP_INSURANCE_USD: Usd, Amount, "insurance funds at the end" => |perps| perps.insurance_usd().0;
    PERP_INSURANCE_MIN_USD: Usd, Amount,
        "insurance funds when they held least, at observations" [Perpetuals 58 "Insurance funds at their least"] =>
        |perps| perps.insurance_usd().1;
    PERP_FUNDING_USD: Usd, Amount, "funding paid by the side that pays, makers included" => |perps| perps.sums().funding_usd;
    PERP_FROZEN_USD_DAYS: UsdDays, Amount,
        "value of perpetual positions on exchanges that stood still, or whose collateral was under way, over time"
        [Perpetuals 54 "Frozen perpetual positions over time"] => |perps| perps.figures().frozen_usd_days;
    PERP_FROZEN_MAX_USD: Usd, Amount, "most value of them at once, at observations" =>
        |perps| perps.figures().frozen_max_usd;
    PERP_EXIT_DISCOUNT_MAX: ShareOf("value"), Part,
        "largest share of the value of all positions at mark prices that closing them through the order books would not have brought"
        [Perpetuals 60 "Discount of an exit, largest"] => |perps| perps.exit_discount_max();
}

metrics! {
    of_harm: Perps, DEFINITION, |closing, read: fn(&MarginHarm) -> f64| {
        closing.world.instruments.perps.as_deref().map_or(f64::NAN, |perps| read(&perps.harm()))
    };
    PERP_LIQUIDATIONS_CAUSED: Count("accounts"), Amount,
        "accounts that were liquidated, but would not have been had nothing ever stood still or been under way"
        [Perpetuals 53 "Liquidations that freezing caused"] => |harm| f64::from(harm.caused);
    PERP_LIQUIDATIONS_FOR_WANT_OF_COLLATERAL: Count("accounts"), Amount,
        "of them, those whose holders would have added collateral in time" =>
        |harm| f64::from(harm.for_want_of_margin);
    PERP_LIQUIDATIONS_SPARED: Count("accounts"), Amount,
        "accounts that were not liquidated because nobody could while the price stood against them" =>
        |harm| f64::from(harm.spared);
    PERP_BAD_DEBT_CAUSED_USD: Usd, Signed,
        "bad debt beyond that without freezing" [Perpetuals 56 "Bad debt beyond that without freezing"] =>
        |harm| harm.bad_debt;
    PERP_DELEVERAGED_CAUSED_USD: Usd, Signed, "value deleveraged beyond that without freezing" =>
        |harm| harm.deleveraged;
    PERP_HOLDERS_CAUSED_LOSS_USD: Usd, Signed,
        "what account holders gained less than without freezing, open positions at mark prices; negative where it spared them"
        [Perpetuals 59 "Account holders\u{2019} loss by freezing"] => |harm| harm.losses[0];
    PERP_INSURANCE_CAUSED_LOSS_USD: Usd, Signed, "what insurance funds have less than without freezing" =>
        |harm| harm.losses[1];
    PERP_MAKERS_CAUSED_LOSS_USD: Usd, Signed,
        "what market makers, who hold the other side, gained less than without freezing" => |harm| harm.losses[2];
    PERP_FEES_CAUSED_LOSS_USD: Usd, Signed, "what exchanges earned less of fees than without freezing" =>
        |harm| harm.losses[3];
}

/// A figure of the exchanges at a point of the timeline; NaN where there are none.
pub(super) fn now(scene: &Scene<'_>, read: impl Fn(&Perps) -> f64) -> f64 {
    scene.world.instruments.perps.as_deref().map_or(f64::NAN, read)
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 6] = [
    entry(
        "perp_open_interest_old_usd",
        Unit::Usd,
        "value of accounts' perpetual positions on exchanges to which no other moves, long and short ones added",
        |scene, _| now(scene, |perps| perps.open_interest_usd(false)),
    ),
    entry(
        "perp_open_interest_new_usd",
        Unit::Usd,
        "value of accounts' perpetual positions on exchanges to which another moves, long and short ones added",
        |scene, _| now(scene, |perps| perps.open_interest_usd(true)),
    ),
    entry(
        "perp_frozen_usd",
        Unit::Usd,
        "value of perpetual positions with which nothing can be done: the exchange stands still, or collateral is under way",
        |scene, _| now(scene, portage_engine::world::Perps::frozen_usd),
    ),
    entry("perp_insurance_usd", Unit::Usd, "insurance funds of perpetual exchanges", |scene, _| {
        now(scene, |perps| perps.insurance_usd().0)
    }),
    entry(
        "perp_bad_debt_usd",
        Unit::Usd,
        "what liquidated accounts owed beyond their collateral so far",
        |scene, _| now(scene, |perps| perps.sums().bad_debt_usd()),
    ),
    entry(
        "perp_exit_discount",
        Unit::ShareOf("value"),
        "share of the value of all perpetual positions at mark prices that closing them through the order books would not bring",
        |scene, _| now(scene, portage_engine::world::Perps::exit_discount),
    ),
];

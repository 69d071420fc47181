//! Where a number can lie: intervals are held inside it.

use super::wording::Measure;
use portage_base::stats::Interval;

/// The range of the values that a metric can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Everything: gains and losses.
    Signed,
    /// Not below zero: amounts, counts, times.
    Amount,
    /// A part of a whole: 0 to 1.
    Part,
}

impl Domain {
    /// The domain of a metric, or of a number computed from metrics with these `names`, whose runs gave `values`.
    ///
    /// What was negative in some run is signed whatever its name says, and what exceeded the whole is no part of it.
    pub(super) fn of(names: &[&str], measure: Measure, values: &[f64]) -> Self {
        /// Words of names whose numbers may have either sign even if every run so far gave the same one.
        const SIGNED: [&str; 14] = [
            "against_holding",
            "market_move",
            "return",
            "lvr",
            "order_flow",
            "_net_",
            "fragmentation_usd",
            "routing_loss",
            "impact",
            "impermanent",
            "caused_loss",
            "debt_caused",
            "vault_result",
            "vault_harm",
        ];
        let names_have = |word: &str| names.iter().any(|name| name.contains(word));
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        if SIGNED.iter().any(|word| names_have(word)) || finite().any(|value| value < 0.0) {
            return Self::Signed;
        }
        // Retained liquidity is measured against an earlier amount, which it can exceed.
        let is_part = (measure == Measure::Share && !names_have("retained")) || names_have("hhi");
        if is_part && finite().all(|value| value <= 1.0) { Self::Part } else { Self::Amount }
    }

    /// The part of `interval` that lies in the domain; an end that is no number is unknown.
    pub(super) fn hold(self, interval: Interval) -> Interval {
        let (least, most) = match self {
            Self::Signed => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Amount => (0.0, f64::INFINITY),
            Self::Part => (0.0, 1.0),
        };
        let inside = |end: Option<f64>| end.filter(|end| end.is_finite()).map(|end| end.max(least).min(most));
        Interval { low: inside(interval.low), high: inside(interval.high) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_stay_where_the_number_can_be() {
        let wide = Interval { low: Some(-0.2), high: Some(1.3) };
        let held =
            |name: &str, measure, values: &[f64]| Domain::of(&[name], measure, values).hold(wide).ends().unwrap();
        assert_eq!(held("migrated_value_share", Measure::Share, &[0.0, 1.0]), (0.0, 1.0));
        assert_eq!(held("migration_gas_usd", Measure::Usd, &[0.0, f64::NAN, 2.0]), (0.0, 1.3));
        assert_eq!(held("retained_30d", Measure::Share, &[0.4, 0.9]), (0.0, 1.3));
        assert_eq!(held("providers_against_holding_usd", Measure::Share, &[0.1, 0.2]), (-0.2, 1.3));
        assert_eq!(held("arbitrage_net_usd", Measure::Usd, &[0.1, 0.2]), (-0.2, 1.3));
        assert_eq!(held("cost_bps", Measure::Bps, &[-0.1, 0.2]), (-0.2, 1.3));
        assert_eq!(held("cost_bps", Measure::Bps, &[0.1, 0.2]), (0.0, 1.3));
        assert_eq!(Domain::Part.hold(Interval::UNKNOWN), Interval::UNKNOWN);
        let overflown = Interval { low: Some(f64::NEG_INFINITY), high: Some(f64::INFINITY) };
        assert_eq!(Domain::Amount.hold(overflown), Interval::UNKNOWN);
    }
}

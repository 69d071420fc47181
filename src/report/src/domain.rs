//! Where a number can lie: intervals are held inside it.

use portage_base::stats::Interval;
use portage_results::metrics::Range;

/// The part of `interval` that lies in `range`; an end that is no number is unknown.
pub(super) fn hold(range: Range, interval: Interval) -> Interval {
    let (least, most) = range.ends();
    let inside = |end: Option<f64>| end.filter(|end| end.is_finite()).map(|end| end.max(least).min(most));
    Interval { low: inside(interval.low), high: inside(interval.high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_results::metrics::id;

    #[test]
    fn intervals_stay_where_the_number_can_be() {
        let wide = Interval { low: Some(-0.2), high: Some(1.3) };
        let held = |id: portage_results::metrics::Id| hold(id.metric().unwrap().range, wide).ends().unwrap();
        assert_eq!(held(id::MIGRATED_VALUE_SHARE), (0.0, 1.0));
        assert_eq!(held(id::MIGRATION_GAS_USD), (0.0, 1.3));
        assert_eq!(held(id::RETAINED_30D), (0.0, 1.3));
        assert_eq!(held(id::providers(id::HolderLine::AgainstHolding)), (-0.2, 1.3));
        assert_eq!(held(id::ARBITRAGE_NET_USD), (-0.2, 1.3));
        assert_eq!((held(id::VAULT_HARM_USD), held(id::HEDGE_HARM_USD)), ((-0.2, 1.3), (-0.2, 1.3)));
        assert_eq!(hold(Range::Part, Interval::UNKNOWN), Interval::UNKNOWN);
        let overflown = Interval { low: Some(f64::NEG_INFINITY), high: Some(f64::INFINITY) };
        assert_eq!(hold(Range::Amount, overflown), Interval::UNKNOWN);
    }
}

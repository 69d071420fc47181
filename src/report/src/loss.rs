//! Losses whose tails are reported: what can go wrong, as one number a run.

use super::domain::hold;
use super::evidence::Evidence;
use super::plan::plan_of;
use super::wording::Measure;
use portage_base::stats::{QuantileEstimate, Sample, TailEstimate, tail_estimate};
use portage_results::metrics::id::{self, HolderLine};
use portage_results::metrics::{Id, Range};

/// Levels of value at risk and expected shortfall.
pub(super) const LEVELS: [f64; 2] = [0.95, 0.99];

/// A loss: larger is worse.
pub(super) struct Loss {
    /// Name in files.
    pub(super) key: &'static str,
    /// Name in print.
    pub(super) title: &'static str,
    /// Definition in one sentence.
    pub(super) meaning: &'static str,
    /// What it is measured in.
    pub(super) measure: Measure,
    /// Where it can lie.
    pub(super) range: Range,
    /// One value a run.
    pub(super) values: Vec<f64>,
    /// The finite values, sorted.
    pub(super) sample: Sample,
    /// Tail at each of [`LEVELS`].
    pub(super) tails: Vec<TailEstimate>,
}

impl Loss {
    fn of(
        (key, title, meaning): (&'static str, &'static str, &'static str),
        (measure, range): (Measure, Range),
        values: Vec<f64>,
    ) -> Option<Self> {
        let sample = Sample::of(&values);
        let held = |tail: TailEstimate| TailEstimate {
            value_at_risk: QuantileEstimate {
                interval: hold(range, tail.value_at_risk.interval),
                ..tail.value_at_risk
            },
            shortfall_interval: hold(range, tail.shortfall_interval),
            ..tail
        };
        let tails = LEVELS.iter().map(|level| tail_estimate(&sample, *level).map(held));
        let tails = tails.collect::<Option<Vec<TailEstimate>>>()?;
        Some(Self { key, title, meaning, measure, range, values, tails, sample })
    }
}

/// Losses of lending and derivatives: where the scenario has them, name in files, title, meaning, metric.
const OF_CLAIMS: [(&str, &str, &str, &str, Id); 3] = [
    (
        "/lending",
        "bad-debt",
        "Bad debt of lending markets",
        "debt that nobody repays: written off on the way, or not covered by collateral at the end",
        id::LENDING_BAD_DEBT_USD,
    ),
    (
        "/perps",
        "perpetual-bad-debt",
        "Bad debt of perpetual accounts",
        "what liquidated accounts owed beyond their collateral, whoever bore it",
        id::PERP_BAD_DEBT_USD,
    ),
    (
        "/vaults",
        "vault-harm",
        "What frictions cost vaults",
        "by how much depositors of vaults of options gained less than at reference prices, without costs and delays",
        id::VAULT_HARM_USD,
    ),
];

/// The losses that the scenario can have.
pub(super) fn losses(evidence: &Evidence<'_>) -> Vec<Loss> {
    let scope = evidence.scope;
    let mut losses = Vec::new();
    let shortfall = evidence.derived(
        [id::providers(HolderLine::AgainstHolding), id::providers(HolderLine::Opening)],
        |[result, opening]| {
            if opening > 0.0 { -result / opening } else { f64::NAN }
        },
    );
    let against_holding = Loss::of(
        (
            "providers-against-holding",
            if scope.is_conversion { "Holders' loss against just holding" } else { "Providers' loss against holding" },
            "value of just holding the opening tokens less what they have become at the end, as a share of opening value; negative is a gain",
        ),
        (Measure::Share, Range::Signed),
        shortfall,
    );
    losses.push(against_holding.filter(|_| evidence.matters(id::providers(HolderLine::AgainstHolding))));
    if scope.has_migration() {
        losses.push(Loss::of(
            (
                "value-not-moved",
                "Value that has not moved",
                "one less the share of the old version's opening value that stands in the new version at the end",
            ),
            (Measure::Share, Range::Part),
            evidence.derived([id::MIGRATED_VALUE_SHARE], |[share]| 1.0 - share),
        ));
    }
    if evidence.matters(id::FAILURE_LOSS_USD) && plan_of(evidence).is_some_and(|plan| plan.has_execution()) {
        losses.push(Loss::of(
            (
                "lost-to-failures",
                "Lost to failures",
                "stolen, destroyed or credited to somebody else, less what was given back, as a share of what providers opened with",
            ),
            (Measure::Share, Range::Amount),
            evidence.column(id::FAILURE_LOSS_SHARE).to_vec(),
        ));
    }
    for (place, key, title, meaning, metric) in OF_CLAIMS {
        if evidence.has(place) && evidence.matters(metric) {
            let range = metric.metric().map_or(Range::Signed, |metric| metric.range);
            let values = evidence.column(metric).to_vec();
            losses.push(Loss::of((key, title, meaning), (Measure::Usd, range), values));
        }
    }
    if scope.has_traders {
        losses.push(Loss::of(
            (
                "cost-of-execution",
                "Traders' cost of execution",
                "fee, price impact and gas of all orders of a run, in bps of their value",
            ),
            (Measure::Bps, Range::Signed),
            evidence.column(id::COST_BPS).to_vec(),
        ));
    }
    if scope.has_migration() && scope.has_chain {
        losses.push(Loss::of(
            (
                "cost-of-moving",
                if scope.is_conversion { "Holders' cost of moving" } else { "Providers' cost of moving" },
                if scope.is_conversion {
                    "gas that holders paid to move"
                } else {
                    "gas and slippage that providers and the operator paid to move"
                },
            ),
            (Measure::Usd, Range::Amount),
            evidence.column(id::MIGRATION_COST_USD).to_vec(),
        ));
    }
    losses.into_iter().flatten().collect()
}

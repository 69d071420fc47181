//! Rules across the values of liquidity providers.

use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_engine::agents::{ProvidersSpec, RangeMix};

/// Most reviews of a run: at about 100 ns each, ten seconds.
const REVIEWS_MAX: f64 = 1e8;

/// Most capital outside, as a multiple of the pools' liquidity: amounts have sixteen digits, and books are kept to nine.
const CAPITAL_FACTOR_MAX: f64 = 1e5;

impl Names<'_> {
    /// Checks the classes of providers, if there are any.
    pub(super) fn people(&mut self, scenario: &Scenario) {
        let Some(providers) = &scenario.providers else { return };
        let classes = &providers.classes;
        let value = [
            classes.integrator.as_ref().map_or(0.0, |class| class.value_share),
            classes.active.as_ref().map_or(0.0, |class| class.value_share),
            classes.passive.as_ref().map_or(0.0, |class| class.value_share),
            classes.locked.as_ref().map_or(0.0, |class| class.value_share),
            classes.mercenary.as_ref().map_or(0.0, |class| class.value_share),
        ];
        let heads = [
            classes.active.as_ref().map_or(0.0, |class| class.head_share),
            classes.passive.as_ref().map_or(0.0, |class| class.head_share),
            classes.locked.as_ref().map_or(0.0, |class| class.head_share),
        ];
        let integrators = classes.integrator.as_ref().map_or(0, |class| class.count);
        rule!(self.rules, if integrators > providers.count => "providers.classes.integrator.count",
            ("{integrators} integrators among {} providers", providers.count), ("at most {}", providers.count));
        let others = f64::from(providers.count.saturating_sub(integrators));
        self.sum_to_one("value_share", "of value", &value);
        self.ranges(providers);
        self.farmers(scenario, providers);
        self.crowds(scenario, providers);
        self.reviews(scenario);
        if heads.iter().sum::<f64>() > 0.0 {
            self.sum_to_one("head_share", "of addresses", &heads);
        }
        let nobody =
            [(&value[1], &heads[0], "active"), (&value[2], &heads[1], "passive"), (&value[3], &heads[2], "locked")];
        for (value, heads, class) in nobody {
            rule!(self.rules, if *value > 0.0 && libm::round(heads * others) < 1.0 =>
                "providers.classes.{class}.head_share",
                "the class holds {value} of the value but {heads} of {others} addresses is nobody",
                "a share that gives the class at least one address");
        }
    }

    /// Capital that dwarfs the pools would leave nothing of their holders' books but its rounding.
    fn farmers(&mut self, scenario: &Scenario, providers: &ProvidersSpec) {
        let liquidity: f64 = scenario.pools.values().map(|pool| pool.tvl_usd).sum();
        let capital = providers.classes.mercenary.as_ref().map_or(0.0, |class| class.capital_usd);
        if let Some(class) = providers.classes.mercenary.as_ref().filter(|class| class.count < 2)
            && class.value_share > 0.0
            && class.capital_usd > 0.0
        {
            rule!(self.rules => "providers.classes.mercenary.count",
                "one farmer cannot farm at the opening and wait outside",
                "at least 2 where there are both `value_share` and `capital_usd`");
        }
        rule!(self.rules, if liquidity > 0.0 && capital > liquidity * CAPITAL_FACTOR_MAX =>
            "providers.classes.mercenary.capital_usd", "{capital} USD wait beside pools of {liquidity} USD",
            "at most {CAPITAL_FACTOR_MAX} times the pools' liquidity");
    }

    /// Integrators that act together, providers that follow, and those that run.
    fn crowds(&mut self, scenario: &Scenario, providers: &ProvidersSpec) {
        let classes = &providers.classes;
        let lumps = classes.integrator.as_ref().and_then(|class| Some((class.lumps?, class.count)));
        rule!(self.rules, if let Some((lumps, count)) = lumps.filter(|(lumps, count)| lumps > count) =>
            "providers.classes.integrator.lumps", "{count} integrators cannot act in {lumps} lumps", "at most {count}",
            "leave `lumps` out to let each integrator act for itself");
        rule!(self.rules, if providers.herding.is_some() && classes.active.is_none() && classes.passive.is_none() =>
            "providers.herding", "there is nobody who could follow",
            "a class of active or passive providers: only these follow what others did");
        rule!(self.rules, if let Some(run) = providers.run.as_ref().filter(|run| run.window < scenario.observation) =>
            "providers.run.window", ("a window of {} is shorter than the time between two observations", run.window),
            ("at least the observation interval, {}", scenario.observation),
            "withdrawals are added up from observation to observation");
    }

    /// Narrow ranges are narrower than wide ones, and the shares of a class by width are shares of one whole.
    fn ranges(&mut self, providers: &ProvidersSpec) {
        let (narrow, wide) = (providers.ranges.narrow, providers.ranges.wide);
        rule!(self.rules, if narrow >= wide => "providers.ranges.narrow",
            "narrow ranges of {narrow} are not narrower than wide ones of {wide}", "less than {wide}");
        let classes = &providers.classes;
        let mixes: [(&str, Option<RangeMix>); 5] = [
            ("integrator", classes.integrator.as_ref().map(|class| class.ranges)),
            ("active", classes.active.as_ref().map(|class| class.ranges)),
            ("passive", classes.passive.as_ref().map(|class| class.ranges)),
            ("mercenary", classes.mercenary.as_ref().map(|class| class.ranges)),
            ("locked", classes.locked.as_ref().map(|class| class.ranges)),
        ];
        for (class, mix) in mixes.into_iter().filter_map(|(class, mix)| Some((class, mix?))) {
            rule!(self.rules, if mix.narrow + mix.wide > 1.0 + 1e-9 => "providers.classes.{class}.ranges",
                ("the shares of narrow and wide ranges sum to {}", mix.narrow + mix.wide),
                "at most 1: who is left has the full range");
        }
    }

    /// A scenario that would take more than some ten seconds a run is refused.
    fn reviews(&mut self, scenario: &Scenario) {
        let Some(providers) = &scenario.providers else { return };
        let classes = &providers.classes;
        let heads = |share: f64| share * f64::from(providers.count);
        let per_day = classes.active.as_ref().map_or(0.0, |class| class.reviews_per_day * heads(class.head_share))
            + classes.locked.as_ref().map_or(0.0, |class| class.reviews_per_day * heads(class.head_share))
            + classes.mercenary.as_ref().map_or(0.0, |class| class.reviews_per_day * f64::from(class.count));
        let expected = per_day * scenario.horizon.days();
        rule!(self.rules, if expected > REVIEWS_MAX => "providers.classes",
            "about {expected:.0} reviews a run are too many to simulate",
            "at most {REVIEWS_MAX:.0} reviews a run (reviews_per_day x providers x days)");
    }

    fn sum_to_one(&mut self, field: &str, what: &str, shares: &[f64]) {
        let sum: f64 = shares.iter().sum();
        rule!(self.rules, if (sum - 1.0).abs() > 1e-6 => "providers.classes",
            "the shares {what} of the classes sum to {sum}",
            "`{field}` of all classes present to sum to 1 (of mercenaries, what they hold in the pools; their \
             capital outside does not count)");
    }
}

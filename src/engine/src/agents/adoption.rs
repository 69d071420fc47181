//! How the news spreads, and when the passive act: two thresholds crossed by processes of the whole population.
//!
//! Neither costs anything per provider and block: a provider is aware once the informed share of the population has
//! reached its own threshold, and acts once the cumulative hazard has reached its own exponential draw.

use super::classes::{AwarenessSpec, PassiveClass};
use super::threshold_population::InformedPopulation;
use portage_base::units::SECONDS_PER_DAY;

/// The informed share of the population.
///
/// Law: dF/dt = (p + q F)(1 - F); over a step of t days from F,
/// F' = 1 - (p + q)(1 - F) / (q (1 - F) + (p + q F) exp((p + q) t)). Source: Bass (1969), solved from any start.
#[derive(Debug, Clone)]
pub struct Awareness {
    informed: f64,
    has_begun: bool,
    outside: f64,
    others: f64,
}

impl Awareness {
    /// Before the announcement nobody knows, and the news does not spread.
    #[must_use]
    pub const fn new(spec: &AwarenessSpec) -> Self {
        Self { informed: 0.0, has_begun: false, outside: spec.outside, others: spec.others }
    }

    /// The share that knows.
    #[inline]
    #[must_use]
    pub const fn informed(&self) -> f64 {
        self.informed
    }

    /// Informs a share of those who do not know yet; from the first call on the news spreads by itself.
    pub(crate) fn inform(&mut self, share_of_unaware: f64) {
        self.has_begun = true;
        self.informed += (1.0 - self.informed) * share_of_unaware;
    }

    /// Lets `seconds` pass.
    pub(crate) fn advance(&mut self, seconds: f64) {
        let (p, q, rate) = (self.outside, self.others, self.outside + self.others);
        if self.has_begun && rate > 0.0 && self.informed < 1.0 {
            let unaware = 1.0 - self.informed;
            let growth = libm::exp(rate * seconds / SECONDS_PER_DAY);
            self.informed = (1.0 - rate * unaware / (q * unaware + (p + q * self.informed) * growth)).min(1.0);
        }
    }
}

/// When the passive act: cumulative hazard against one exponential draw a provider.
///
/// Law: hazard of provider i = h(t) exp(b_r dr + b_N share_new + b_d deadline) exp(b_c cost_i / W_i), with h the hazard of
/// a Weibull law of scale tau and shape k from the opening of the new pool on. A provider whose time has come but
/// who has not heard of the migration acts when it hears of it.
#[derive(Debug, Clone, Default)]
pub struct PassiveClock {
    hazard: f64,
    threshold_population: InformedPopulation,
}

impl PassiveClock {
    /// A clock over (threshold, provider) pairs; thresholds are exponential draws divided by the provider's own factor.
    #[must_use]
    pub fn new(thresholds: Vec<(f64, u32)>) -> Self {
        Self { hazard: 0.0, threshold_population: InformedPopulation::new(thresholds) }
    }

    /// Those whose time has not come.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.threshold_population.waiting()
    }

    /// Lets time pass from `from` to `until` seconds after the opening of the new pool, under the log factor `covariates`.
    pub(crate) fn advance(&mut self, class: &PassiveClass, from: f64, until: f64, covariates: f64) {
        let scale = class.time_scale.seconds();
        let cumulative = |seconds: f64| if seconds > 0.0 { libm::pow(seconds / scale, class.shape) } else { 0.0 };
        self.hazard += (cumulative(until) - cumulative(from)) * libm::exp(covariates);
    }

    /// The next provider whose time has come and who knows; `awareness` gives a provider's threshold of the informed share.
    pub(crate) fn next_due(&mut self, informed: f64, awareness: impl Fn(u32) -> f32) -> Option<u32> {
        self.threshold_population.next_due(self.hazard, informed, awareness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bass_s_curve_is_met_in_steps_of_any_size() {
        // Bass (1969): from F(0) = 0, F(t) = (1 - exp(-(p+q)t)) / (1 + (q/p) exp(-(p+q)t)).
        let spec = AwarenessSpec { at_announcement: 0.0, outside: 0.03, others: 0.38 };
        let mut awareness = Awareness::new(&spec);
        awareness.advance(SECONDS_PER_DAY);
        assert_eq!(awareness.informed(), 0.0, "it spreads before anybody was told");
        awareness.inform(0.0);
        for step in 1..=200 {
            awareness.advance(SECONDS_PER_DAY / 7.0 * if step % 2 == 0 { 1.5 } else { 0.5 });
            if step % 2 == 0 {
                let days = f64::from(step) / 7.0;
                let decay = libm::exp(-0.41 * days);
                let law = (1.0 - decay) / (1.0 + 0.38 / 0.03 * decay);
                assert!((awareness.informed() - law).abs() < 1e-12, "day {days}");
            }
        }
    }

    #[test]
    fn the_passive_act_by_weibull_s_law() {
        let class: PassiveClass =
            serde_json::from_value(serde_json::json!({"value_share": 1.0, "head_share": 1.0})).unwrap();
        let count = 20_000_u32;
        // Stratified exponential draws: the empirical law is met to 1/count.
        let thresholds = (0..count).map(|i| (-libm::log(1.0 - (f64::from(i) + 0.5) / f64::from(count)), i)).collect();
        let mut clock = PassiveClock::new(thresholds);
        let mut acted = 0;
        for day in 0..90 {
            let (from, until) = (f64::from(day) * SECONDS_PER_DAY, f64::from(day + 1) * SECONDS_PER_DAY);
            clock.advance(&class, from, until, 0.0);
            while clock.next_due(1.0, |_| 0.5).is_some() {
                acted += 1;
            }
            let law = 1.0 - libm::exp(-libm::pow(f64::from(day + 1) / 58.0, 0.6));
            assert!((f64::from(acted) / f64::from(count) - law).abs() < 2e-4, "day {day}");
        }
        let mut unaware = PassiveClock::new(vec![(0.0, 7)]);
        unaware.advance(&class, 0.0, 1.0, 0.0);
        assert_eq!((unaware.next_due(0.4, |_| 0.5), unaware.next_due(0.5, |_| 0.5)), (None, Some(7)));
    }
}

//! When orders arrive: independently of one another, or in bursts.

use portage_base::random::Stream;
use portage_base::units::Span;
use rand_distr::{Distribution, Exp1};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The law of arrivals; under each the mean number of orders is the scenario's.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalsSpec {
    /// Independent of one another: a Poisson process.
    #[default]
    Poisson,
    /// Orders bring further orders: a Hawkes process.
    Hawkes(HawkesSpec),
}

/// Orders that bring further orders of their class.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HawkesSpec {
    /// Orders that one order brings on average; counts over long times vary by 1/(1 - branching)^2 as much as a Poisson process's.
    #[schemars(range(min = 0.0, max = 0.95), extend("x-unit" = "orders per order", "x-source" = "0.3-0.9 on order books (Filimonov and Sornette 2012; Bacry, Mastromatteo and Muzy 2015)"))]
    pub branching: f64,
    /// Mean time from an order to those that it brings, at the class's opening rate of orders; when fewer orders come, it is
    /// longer in proportion.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement: seconds to an hour"))]
    pub memory: Span,
}

/// Arrivals on an operational clock, on which one order comes per unit of time on average.
#[derive(Debug, Clone)]
pub(super) enum Arrivals {
    Poisson,
    Hawkes(Excitation),
}

/// Law: the intensity is base + excess; the excess falls as exp(-decay t) and rises by `jump` at every arrival. With
/// n = jump / decay and base = 1 - n the mean intensity is 1 if it starts there.
#[derive(Debug, Clone)]
pub(super) struct Excitation {
    base: f64,
    jump: f64,
    decay: f64,
    /// Just after the last arrival.
    excess: f64,
}

impl Arrivals {
    /// The arrivals of a flow that opens with `orders_per_second`.
    pub(super) fn open(spec: &ArrivalsSpec, orders_per_second: f64) -> Self {
        match spec {
            // Where no orders come, the clock stands still.
            ArrivalsSpec::Hawkes(hawkes) if orders_per_second > 0.0 => {
                Self::Hawkes(Excitation::new(hawkes.branching, hawkes.memory.seconds() * orders_per_second))
            }
            _ => Self::Poisson,
        }
    }

    /// Draws the waiting times of the next orders.
    pub(super) fn draw(&mut self, gaps: &mut [f64], stream: &mut Stream) {
        match self {
            Self::Poisson => {
                for gap in gaps {
                    *gap = Exp1.sample(stream);
                }
            }
            Self::Hawkes(excitation) => {
                for gap in gaps {
                    *gap = excitation.wait([Exp1.sample(stream), Exp1.sample(stream)]);
                }
            }
        }
    }
}

impl Excitation {
    /// `memory` is the mean of the kernel on the operational clock.
    fn new(branching: f64, memory: f64) -> Self {
        let decay = 1.0 / memory;
        Self { base: 1.0 - branching, jump: branching * decay, decay, excess: branching }
    }

    /// The time to the next arrival, from two standard exponential draws.
    ///
    /// Law: the earlier of an arrival of the base rate and of one of the excess, which has the distribution function
    /// 1 - exp(-excess (1 - exp(-decay t)) / decay) and never comes with probability exp(-excess / decay): exact.
    ///
    /// Source: Dassios and Zhao (2013), "Exact simulation of Hawkes process with exponentially decaying intensity".
    fn wait(&mut self, [of_base, of_excess]: [f64; 2]) -> f64 {
        let left = 1.0 - of_excess * self.decay / self.excess;
        let brought = if left > 0.0 { -libm::log(left) / self.decay } else { f64::INFINITY };
        let wait = brought.min(of_base / self.base);
        self.excess = self.excess * libm::exp(-self.decay * wait) + self.jump;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts in windows of `window` units of the operational clock.
    fn counts(branching: f64, memory: f64, window: f64, windows: usize) -> Vec<f64> {
        let mut arrivals = Arrivals::Hawkes(Excitation::new(branching, memory));
        let mut stream = Stream::open(3, 1, "orders/arrival");
        let (mut counts, mut now, mut gap) = (vec![0.0; windows], 0.0, [0.0]);
        loop {
            arrivals.draw(&mut gap, &mut stream);
            now += gap[0];
            let Some(count) = counts.get_mut((now / window) as usize) else { return counts };
            *count += 1.0;
        }
    }

    /// Variance over mean of counts in stationary windows: R^2 + (1 - R^2)(1 - exp(-k T)) / (k T), R = 1 / (1 - n),
    /// k = (1 - n) / memory (Da Fonseca and Zaatour 2014); it tends to 1 / (1 - n)^2.
    fn fano(branching: f64, memory: f64, window: f64) -> f64 {
        let (ratio, product) = ((1.0 - branching).powi(-2), (1.0 - branching) / memory * window);
        ratio + (1.0 - ratio) * (1.0 - (-product).exp()) / product
    }

    #[test]
    fn hawkes_arrivals_keep_the_mean_rate_and_have_the_fano_factor_of_the_closed_form() {
        // 40,000 windows. Of the mean the standard error is sqrt(F T / 40,000) orders, to which neighbouring windows add less than
        // another half; of the factor about F sqrt(2 / 40,000) = 0.7 %, and counts are nearly normal. Five standard errors of
        // each, 0.02 % and 4 %: error probability below 1e-5 for all six together.
        for (branching, memory, window) in [(0.5, 4.0, 8.0), (0.5, 1.0, 200.0), (0.8, 5.0, 400.0)] {
            let counts = counts(branching, memory, window, 40_000);
            let mean = counts.iter().sum::<f64>() / 40_000.0;
            let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 39_999.0;
            let law = fano(branching, memory, window);
            let error = (law.max((1.0 - branching).powi(-2)) * window / 40_000.0).sqrt();
            println!("n {branching}, T {window}: mean {mean}, Fano {} against {law}", variance / mean);
            assert!((mean - window).abs() < 5.0 * error, "mean {mean} in windows of {window}");
            assert!((variance / mean / law - 1.0).abs() < 0.04, "Fano factor {} against {law}", variance / mean);
        }
        // Long windows are those of the limit.
        assert!((fano(0.8, 5.0, 1e6) * 0.04 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn without_branching_the_waits_are_those_of_the_base_rate() {
        let mut still = Excitation::new(0.0, 3.0);
        assert_eq!([still.wait([0.7, 0.1]), still.wait([0.2, 9.0])], [0.7, 0.2]);
    }
}

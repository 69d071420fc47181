//! Crowds of thresholds: each member acts once a level that everybody shares has reached its own threshold.
//!
//! A crowd costs one comparison a look and one step a member that acts, however many members there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Members ordered by the level at which they act.
///
/// Law: where the level is the share of the crowd that has acted, and acting takes no time, the share that acts is the smallest
/// fixed point of x = F(x), F the distribution function of the thresholds. Source: Granovetter (1978), "Threshold models
/// of collective behavior".
#[derive(Debug, Clone, Default)]
pub struct ThresholdPopulation {
    /// (threshold, member), the next one last.
    by_threshold: Vec<(f64, u32)>,
}

impl ThresholdPopulation {
    /// A crowd of (threshold, member) pairs.
    #[must_use]
    pub fn new(mut thresholds: Vec<(f64, u32)>) -> Self {
        thresholds.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        Self { by_threshold: thresholds }
    }

    /// How many have not acted yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_threshold.len()
    }

    /// Whether everybody has acted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_threshold.is_empty()
    }

    /// The next member whose threshold `level` has reached; it leaves the crowd.
    pub(crate) fn next_reached(&mut self, level: f64) -> Option<u32> {
        self.by_threshold.pop_if(|(threshold, _)| *threshold <= level).map(|(_, member)| member)
    }

    /// The next member whose threshold `level` exceeds; it leaves the crowd.
    pub(crate) fn next_exceeded(&mut self, level: f64) -> Option<u32> {
        self.by_threshold.pop_if(|(threshold, _)| *threshold < level).map(|(_, member)| member)
    }
}

/// A crowd whose members must have heard of the migration besides: who has not acts when it hears.
#[derive(Debug, Clone, Default)]
pub struct InformedPopulation {
    threshold_population: ThresholdPopulation,
    unaware: BinaryHeap<Reverse<(u32, u32)>>,
}

impl InformedPopulation {
    /// A crowd of (threshold, provider) pairs.
    #[must_use]
    pub fn new(thresholds: Vec<(f64, u32)>) -> Self {
        let unaware = BinaryHeap::with_capacity(thresholds.len());
        Self { threshold_population: ThresholdPopulation::new(thresholds), unaware }
    }

    /// Those whose threshold has not been reached.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.threshold_population.by_threshold.iter().map(|(_, member)| *member)
    }

    /// The next provider whose threshold `level` has reached and who knows; `awareness` gives a provider's threshold of the
    /// informed share.
    pub(crate) fn next_due(&mut self, level: f64, informed: f64, awareness: impl Fn(u32) -> f32) -> Option<u32> {
        while let Some(provider) = self.threshold_population.next_reached(level) {
            // Thresholds are not negative, so that their bits are ordered as they are.
            self.unaware.push(Reverse((awareness(provider).to_bits(), provider)));
        }
        let Reverse((bits, _)) = *self.unaware.peek()?;
        (f64::from(f32::from_bits(bits)) <= informed).then(|| self.unaware.pop()).flatten().map(|Reverse((_, id))| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a crowd of equal members act when each sees at once who acted before.
    fn acted(thresholds: impl Iterator<Item = f64>) -> usize {
        let mut threshold_population = ThresholdPopulation::new(thresholds.zip(0..).collect());
        let (count, mut acted) = (threshold_population.len(), 0);
        while threshold_population.next_reached(acted as f64 / count as f64).is_some() {
            acted += 1;
        }
        acted
    }

    #[test]
    fn granovetter_s_riot_and_its_neighbour_with_one_rioter() {
        // A hundred people with thresholds of 0, 1, ... 99 %: everybody acts. With 2 % in the place of 1 %: one acts.
        let riot = (0..100).map(|percent| f64::from(percent) / 100.0);
        assert_eq!(acted(riot.clone()), 100);
        assert_eq!(acted(riot.map(|threshold| if threshold == 0.01 { 0.02 } else { threshold })), 1);
    }

    #[test]
    fn a_large_crowd_stops_at_the_smallest_fixed_point() {
        // F(x) = x0 + (1 - x0) (x / b)^2 up to b: by the quadratic formula x = (1 - sqrt(1 - 4 a x0)) / (2 a), a = (1 - x0) / b^2.
        let (first, highest, count) = (0.1, 0.8, 100_000);
        let inverse = |u: f64| if u < first { 0.0 } else { highest * ((u - first) / (1.0 - first)).sqrt() };
        let share =
            acted((0..count).map(|i| inverse((f64::from(i) + 0.5) / f64::from(count)))) as f64 / f64::from(count);
        let a = (1.0 - first) / (highest * highest);
        let law = (1.0 - (1.0 - 4.0 * a * first).sqrt()) / (2.0 * a);
        assert!((share - law).abs() < 1e-4, "{share} against {law}");
        // With more who begin there is no such point below one, and everybody acts.
        let more = 0.25;
        let inverse = |u: f64| if u < more { 0.0 } else { highest * ((u - more) / (1.0 - more)).sqrt() };
        assert_eq!(acted((0..count).map(|i| inverse((f64::from(i) + 0.5) / f64::from(count)))), count as usize);
    }

    #[test]
    fn reached_is_not_exceeded_and_the_unaware_wait_for_the_news() {
        let mut threshold_population = ThresholdPopulation::new(vec![(0.5, 1), (0.2, 2), (0.5, 0)]);
        assert_eq!(
            (
                threshold_population.next_exceeded(0.2),
                threshold_population.next_reached(0.2),
                threshold_population.next_reached(0.4)
            ),
            (None, Some(2), None)
        );
        assert_eq!(
            (
                threshold_population.next_reached(0.5),
                threshold_population.next_reached(0.5),
                threshold_population.is_empty()
            ),
            (Some(0), Some(1), true)
        );
        let mut informed = InformedPopulation::new(vec![(0.0, 7)]);
        assert_eq!((informed.next_due(1.0, 0.4, |_| 0.5), informed.next_due(1.0, 0.5, |_| 0.5)), (None, Some(7)));
    }
}

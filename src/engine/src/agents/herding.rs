//! Providers that do as others did: a herd that follows into the new version, and a run out of the pools.

use super::classes::{HerdingSpec, PoolRunSpec};
use super::threshold_population::{InformedPopulation, ThresholdPopulation};
use crate::world::{Books, LpClass, Provider};
use portage_base::random::Stream;
use portage_pools::Role;
use rand_distr::{Distribution, StandardNormal};

/// The law of a crowd's thresholds, and the streams that they are drawn from.
struct Thresholds {
    kind: &'static str,
    share: f64,
    mean: f64,
    sd: f64,
}

impl Thresholds {
    /// Draws (threshold, provider) pairs of those who take part. Each class has its own stream, from which every provider of it
    /// draws equally often.
    fn draw(&self, list: &[Provider], address: (u64, u64), can: impl Fn(&Provider) -> bool) -> Vec<(f64, u32)> {
        let (seed, run) = address;
        let mut streams = LpClass::ALL.map(|class| Stream::open(seed, run, &format!("{}/{}", self.kind, class.name())));
        let mut members = Vec::with_capacity((self.share * list.len() as f64) as usize);
        for (id, provider) in (0_u32..).zip(list) {
            let stream = &mut streams[provider.class as usize];
            let (picked, normal): (f64, f64) = (stream.uniform(), StandardNormal.sample(stream));
            if picked < self.share && can(provider) {
                members.push(((self.mean + self.sd * normal).clamp(0.0, 1.0), id));
            }
        }
        members
    }
}

/// Draws the herd of a run.
pub(super) fn draw_herding(spec: &HerdingSpec, books: &Books, address: (u64, u64)) -> InformedPopulation {
    let law = Thresholds { kind: "herding", share: spec.share, mean: spec.threshold_mean, sd: spec.threshold_sd };
    let follows =
        |provider: &Provider| provider.started_old && matches!(provider.class, LpClass::Active | LpClass::Passive);
    InformedPopulation::new(law.draw(&books.providers.list, address, follows))
}

/// A run on the pools: who would take part, what has gone lately, and who has fled.
#[derive(Debug)]
pub(super) struct RunOnPool {
    threshold_population: ThresholdPopulation,
    /// Liquidity at the last observations, by opening value, USD: a ring of the window's length.
    standing_usd: Vec<f64>,
    observations: usize,
    next: usize,
    gone_share: f64,
    fled: Vec<bool>,
    /// Who wants to leave but waits for a block or is on its way; of them the first `unasked` are to be asked again.
    held_up: Vec<u32>,
    unasked: usize,
}

impl RunOnPool {
    /// Draws who would take part; `observation_seconds` between two looks, of which there are `looks` in the run.
    pub(super) fn draw(
        spec: &PoolRunSpec,
        books: &Books,
        address: (u64, u64),
        observation_seconds: f64,
        looks: usize,
    ) -> Self {
        let law = Thresholds { kind: "run", share: spec.share, mean: spec.threshold_mean, sd: spec.threshold_sd };
        let list = &books.providers.list;
        let threshold_population =
            ThresholdPopulation::new(law.draw(list, address, |provider| provider.class != LpClass::Locked));
        let observations = libm::round(spec.window.seconds() / observation_seconds).clamp(1.0, looks.max(1) as f64);
        Self {
            standing_usd: Vec::with_capacity(observations as usize),
            observations: observations as usize,
            next: 0,
            gone_share: 0.0,
            fled: vec![false; list.len()],
            held_up: Vec::with_capacity(threshold_population.len()),
            unasked: 0,
            threshold_population,
        }
    }

    /// Whether a provider has made up its mind to leave for good.
    pub(super) fn has_fled(&self, id: u32) -> bool {
        self.fled.get(id as usize).copied().unwrap_or(false)
    }

    /// Looks at what stands in the pools now, and compares it with what stood there one window ago.
    pub(super) fn observe(&mut self, books: &Books) {
        let pools = books.venues.iter().zip(books.providers.standing_usd);
        let here = pools.filter(|(venue, _)| matches!(venue.terms.role, Role::Old | Role::New));
        self.note(here.map(|(_, usd)| usd).sum::<f64>() + books.providers.in_flight_usd);
        self.unasked = self.held_up.len();
    }

    fn note(&mut self, standing_usd: f64) {
        let is_full = self.standing_usd.len() == self.observations;
        let before = self.standing_usd.get(if is_full { self.next } else { 0 }).copied().unwrap_or(standing_usd);
        self.gone_share = if before > 0.0 { 1.0 - standing_usd / before } else { 0.0 };
        if is_full {
            self.standing_usd[self.next] = standing_usd;
            self.next = (self.next + 1) % self.observations;
        } else {
            self.standing_usd.push(standing_usd);
        }
    }

    /// The next provider that wants out.
    pub(super) fn next_leaving(&mut self) -> Option<u32> {
        if let Some(last) = self.unasked.checked_sub(1) {
            self.unasked = last;
            return Some(self.held_up.swap_remove(last));
        }
        let id = self.threshold_population.next_exceeded(self.gone_share)?;
        self.fled[id as usize] = true;
        Some(id)
    }

    /// Keeps a provider that cannot leave now in mind for the next observation.
    pub(super) fn hold_up(&mut self, id: u32) {
        self.held_up.push(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_on_pool(thresholds: Vec<(f64, u32)>, observations: usize) -> RunOnPool {
        RunOnPool {
            fled: vec![false; thresholds.len()],
            held_up: Vec::with_capacity(thresholds.len()),
            threshold_population: ThresholdPopulation::new(thresholds),
            standing_usd: Vec::with_capacity(observations),
            observations,
            next: 0,
            gone_share: 0.0,
            unasked: 0,
        }
    }

    /// Share of a crowd that has gone after a shock of `shock`, when everybody sees at once who went before.
    fn gone(shock: f64, quantile: impl Fn(f64) -> f64) -> f64 {
        let count = 50_000_u32;
        let thresholds = (0..count).map(|i| (quantile((f64::from(i) + 0.5) / f64::from(count)), i)).collect();
        let mut run = run_on_pool(thresholds, 2);
        run.note(1.0);
        run.note(1.0 - shock);
        let mut left = 1.0 - shock;
        while run.next_leaving().is_some() {
            left -= (1.0 - shock) / f64::from(count);
            run.gone_share = 1.0 - left;
        }
        1.0 - left
    }

    #[test]
    fn the_share_that_goes_is_the_smallest_fixed_point() {
        // Uniform thresholds from 0.2 to 1.2: F(x) = x - 0.2, so x = x0 + (1 - x0)(x - 0.2) gives x = 1.2 - 0.2 / x0, at least x0.
        for shock in [0.18_f64, 0.4, 0.7] {
            let law = if shock <= 0.2 { shock } else { (1.2 - 0.2 / shock).max(shock) };
            assert!(
                (gone(shock, |u| 0.2 + u) - law).abs() < 1e-3,
                "shock {shock}: {} against {law}",
                gone(shock, |u| 0.2 + u)
            );
        }
        // Two steady states of one shock of 0.4: thresholds below it, everybody goes; above it, nobody else.
        assert!((gone(0.4, |u| 0.1 + 0.2 * u) - 1.0).abs() < 1e-9);
        assert!((gone(0.4, |u| 0.5 + 0.2 * u) - 0.4).abs() < 1e-9);
    }

    #[test]
    fn what_went_before_the_window_is_forgotten() {
        let mut run = run_on_pool(Vec::new(), 3);
        let gone: Vec<f64> = [100.0, 80.0, 80.0, 80.0, 80.0, 60.0, 90.0]
            .iter()
            .map(|standing| {
                run.note(*standing);
                run.gone_share
            })
            .collect();
        let law = [0.0, 0.2, 0.2, 0.2, 0.0, 0.25, -0.125];
        assert!(gone.iter().zip(law).all(|(gone, law)| (gone - law).abs() < 1e-12), "{gone:?}");
    }

    #[test]
    fn who_is_held_up_is_asked_again_once_an_observation() {
        let mut run = run_on_pool(vec![(0.0, 0), (0.0, 1), (0.9, 2)], 1);
        run.note(1.0);
        run.note(0.9);
        let mut asked = Vec::new();
        while let Some(id) = run.next_leaving() {
            asked.push(id);
            run.hold_up(id);
        }
        assert_eq!((asked.len(), run.has_fled(0), run.has_fled(2)), (2, true, false));
        run.unasked = run.held_up.len();
        let again: Vec<u32> = std::iter::from_fn(|| run.next_leaving()).collect();
        assert_eq!(again.len(), 2);
        assert!(run.held_up.is_empty());
    }
}

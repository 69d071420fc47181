//! When people look: the active again and again, the passive once.

use super::spec::MoverSpec;
use portage_base::random::Stream;
use portage_base::units::SECONDS_PER_DAY;

/// The reviews of a population, all of the same rate: one exponential clock for all, and a draw who it is.
///
/// Everybody has a review time and a kind, and reviews draw alike whatever was decided before.
#[derive(Debug, Clone)]
pub(super) struct ReviewClock {
    reviews: Stream,
    spec: MoverSpec,
    is_active: Vec<bool>,
    /// Passive ones by the time at which they move, seconds.
    passive: Vec<(f64, u32)>,
    passive_done: usize,
    /// The next review and who makes it, with the uniform of the choice.
    next: Review,
}

/// Somebody who looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Review {
    pub(super) seconds: f64,
    pub(super) id: u32,
    /// The uniform that decides; `None` for a passive one, who has decided.
    pub(super) choice: Option<f64>,
}

impl ReviewClock {
    /// The clock of `count` people from `opens` (seconds) on; streams: NAME/kinds and NAME/reviews.
    pub(super) fn open(spec: &MoverSpec, count: usize, opens: f64, (seed, run): (u64, u64), name: &str) -> Self {
        let mut kinds = Stream::open(seed, run, &format!("{name}/kinds"));
        let draws: Vec<(f64, f64)> = (0..count).map(|_| (kinds.uniform(), kinds.uniform())).collect();
        let is_active: Vec<bool> = draws.iter().map(|(kind, _)| *kind < spec.active_share).collect();
        let times = draws.iter().enumerate().map(|(id, (_, time))| (opens + spec.passive_seconds(*time), id as u32));
        let mut passive: Vec<(f64, u32)> =
            times.filter(|(time, id)| time.is_finite() && !is_active[*id as usize]).collect();
        passive.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let reviews = Stream::open(seed, run, &format!("{name}/reviews"));
        let none = Review { seconds: f64::INFINITY, id: 0, choice: None };
        let mut clock = Self { reviews, spec: *spec, is_active, passive, passive_done: 0, next: none };
        if count > 0 {
            clock.next.seconds = opens;
            clock.draw();
        }
        clock
    }

    /// The next of those who look until `seconds`, in the order of their times.
    pub(super) fn due(&mut self, seconds: f64) -> Option<Review> {
        loop {
            let passive = self.passive.get(self.passive_done).copied();
            if let Some((time, id)) = passive.filter(|(time, _)| *time <= seconds.min(self.next.seconds)) {
                self.passive_done += 1;
                return Some(Review { seconds: time, id, choice: None });
            }
            if self.next.seconds > seconds {
                return None;
            }
            let review = self.next;
            self.draw();
            if self.is_active[review.id as usize] {
                return Some(review);
            }
        }
    }

    fn draw(&mut self) {
        let count = self.is_active.len() as f64;
        let rate = count * self.spec.reviews_per_day / SECONDS_PER_DAY;
        self.next.seconds -= libm::log1p(-self.reviews.uniform()) / rate;
        self.next.id = (self.reviews.uniform() * count) as u32;
        self.next.choice = Some(self.reviews.uniform());
    }
}

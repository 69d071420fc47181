//! Suppliers who move: in the order in which they ask, as far as the old market has cash and the new one has room.

use super::clock::ReviewClock;
use super::spec::SuppliersSpec;
use crate::lending::market::Market;
use crate::lending::{RESERVES_MAX, Reserve, ReserveAmounts};
use portage_base::random::Stream;
use portage_base::stats::worst;
use rand_distr::{Distribution, StandardNormal};
use std::collections::VecDeque;

/// Below this share of what all had at the opening, what is left to somebody is rounding: cash is a difference of such sums.
const ROUNDING: f64 = 1e-12;

/// Those who supply and do not borrow, one by one; balances are scaled by the supply indices of their markets.
#[derive(Debug, Clone)]
pub(super) struct Suppliers {
    reserve: Vec<u32>,
    old_scaled: Vec<f64>,
    has_asked: Vec<bool>,
    /// Of all of them at the opening, by reserve.
    opening_scaled: ReserveAmounts,
    /// Who waits, in order, by reserve.
    queues: Vec<VecDeque<u32>>,
    /// Balances of those who wait.
    waiting_scaled: ReserveAmounts,
    /// Balances in the new market, all together, by reserve of the old one.
    pub(super) new_scaled: ReserveAmounts,
    /// Suppliers who have moved all they had.
    pub(super) moved: u32,
    pub(super) clock: ReviewClock,
}

impl Suppliers {
    /// Divides what those who do not borrow have supplied over individuals: lognormal shares, from the stream NAME/RESERVE/sizes.
    pub(super) fn open(spec: &SuppliersSpec, old: &Market, opens: f64, (seed, run): (u64, u64), name: &str) -> Self {
        let (mut reserve, mut old_scaled) = (Vec::new(), Vec::new());
        for (r, of_reserve) in old.reserves().iter().enumerate().filter(|(_, reserve)| reserve.supplied_scaled > 0.0) {
            let mut sizes = Stream::open(seed, run, &format!("{name}/suppliers/{r}/sizes"));
            let normal = |stream: &mut Stream| -> f64 { StandardNormal.sample(stream) };
            let weights: Vec<f64> =
                (0..spec.count_per_reserve).map(|_| libm::exp(spec.size_sd * normal(&mut sizes))).collect();
            let scale = of_reserve.supplied_scaled / weights.iter().sum::<f64>();
            reserve.extend(weights.iter().map(|_| r as u32));
            old_scaled.extend(weights.iter().map(|weight| weight * scale));
        }
        let count = reserve.len();
        let queue = |_| VecDeque::with_capacity(spec.count_per_reserve as usize);
        Self {
            has_asked: vec![false; count],
            queues: old.reserves().iter().map(queue).collect(),
            opening_scaled: std::array::from_fn(|r| old.reserves().get(r).map_or(0.0, |one| one.supplied_scaled)),
            waiting_scaled: [0.0; RESERVES_MAX],
            new_scaled: [0.0; RESERVES_MAX],
            moved: 0,
            clock: ReviewClock::open(&spec.decides, count, opens, (seed, run), &format!("{name}/suppliers")),
            reserve,
            old_scaled,
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.reserve.len()
    }

    pub(super) fn reserve_of(&self, id: u32) -> usize {
        self.reserve[id as usize] as usize
    }

    /// Tokens of one who has not asked yet; `None` for one who has.
    pub(super) fn undecided(&self, id: u32, old: &Market) -> Option<f64> {
        let index = old.reserves()[self.reserve_of(id)].supply_index;
        (!self.has_asked[id as usize]).then(|| self.old_scaled[id as usize] * index)
    }

    /// Largest disagreement between what suppliers have one by one and what the market knows of them all, relative to the latter at the
    /// opening of the move.
    pub(super) fn residual(&self, old: &Market) -> f64 {
        let of_reserve = |(r, reserve): (usize, &Reserve)| {
            let own = self.reserve.iter().zip(&self.old_scaled).filter(|(of, _)| **of as usize == r);
            let sum: f64 = own.map(|(_, scaled)| scaled).sum();
            let opening = self.opening_scaled[r];
            if opening > 0.0 { (sum - reserve.supplied_scaled).abs() / opening } else { 0.0 }
        };
        old.reserves().iter().enumerate().map(of_reserve).fold(0.0, worst)
    }

    /// Joins the queue.
    pub(super) fn ask(&mut self, id: u32) {
        let r = self.reserve_of(id);
        self.has_asked[id as usize] = true;
        self.waiting_scaled[r] += self.old_scaled[id as usize];
        self.queues[r].push_back(id);
    }

    /// Tokens of those who wait.
    pub(super) fn waiting(&self, reserve: usize, old: &Market) -> f64 {
        if self.queues[reserve].is_empty() {
            0.0
        } else {
            self.waiting_scaled[reserve] * old.reserves()[reserve].supply_index
        }
    }

    /// Serves a reserve's queue. Returns the tokens that moved.
    pub(super) fn serve(&mut self, reserve: usize, to: usize, old: &mut Market, new: &mut Market) -> f64 {
        let mut total = 0.0;
        while let Some(&id) = self.queues[reserve].front() {
            let index = old.reserves()[reserve].supply_index;
            let balance = &mut self.old_scaled[id as usize];
            let wanted = *balance * index;
            let room = new.reserves()[to].supply_room();
            let paid = old.withdraw(reserve, wanted.min(room));
            let accepted = new.supply(to, paid);
            self.new_scaled[reserve] += accepted / new.reserves()[to].supply_index;
            total += accepted;
            if wanted - paid > ROUNDING * self.opening_scaled[reserve] * index {
                *balance -= paid / index;
                self.waiting_scaled[reserve] -= paid / index;
                break;
            }
            self.waiting_scaled[reserve] -= *balance;
            *balance = 0.0;
            self.moved += 1;
            self.queues[reserve].pop_front();
        }
        total
    }
}

//! The choice of a provider on review: a nested logit over staying, each other pool, and leaving.

use super::board::Board;
use super::classes::Motives;
use crate::actions::{Place, VENUES_MAX};
use crate::elementary::exp;
use crate::migration::Step;
use crate::world::Provider;

/// Least value that gas is weighed against, USD: whoever holds less has nothing to move.
const LEAST_VALUE_USD: f64 = 1e-9;

/// One alternative: where to, by which step, and its utility.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Alternative {
    place: Place,
    step: Option<Step>,
    utility: f64,
    weight: f64,
}

/// The alternatives of one review, at most one a pool and leaving.
#[derive(Debug, Clone, Copy)]
pub struct Alternatives {
    list: [Alternative; VENUES_MAX + 1],
    count: usize,
}

/// What a provider decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Where the liquidity shall stand.
    pub place: Place,
    /// The step that leads there.
    pub step: Step,
    /// What the move is worth to the provider over its horizon before gas, USD; never negative.
    pub worth_usd: f64,
}

/// The rule of choice shared by every class.
///
/// Law: utilities per year u_j = fees_j + kept x rewards_j - LVR - failure_j - risk - gas_j / (W H) + inertia 1[j = current];
/// within the nest of pools P(j | nest) is proportional to exp((u_j / mu + beta ln N_j) / lambda); the nest weighs
/// exp(lambda ln sum), leaving exp(u_out / mu). Rewards are diluted by the provider's own size. Leaving costs no
/// LVR. Source: McFadden (1978), "Modelling the choice of residential location"; risk = rho sigma^2 / 8, half the relative
/// risk aversion times the variance sigma^2 / 4 of a constant-product position.
#[derive(Debug, Clone, Copy)]
pub struct Chooser {
    /// Yield per year that is expected elsewhere.
    pub outside_yield: f64,
    /// Nest parameter lambda, in (0, 1].
    pub nesting: f64,
}

impl Chooser {
    /// Decides with the uniform draw `uniform` in [0, 1); `None` when the provider stays where it is.
    #[must_use]
    pub fn decide(&self, motives: &Motives, provider: &Provider, board: &Board, uniform: f64) -> Option<Decision> {
        let alternatives = self.alternatives(motives, provider, board);
        let chosen = alternatives.pick(uniform)?;
        let step = chosen.step?;
        let value = board.value_usd(provider);
        let stay = alternatives.list[..alternatives.count].iter().find(|other| other.step.is_none());
        let advantage = stay.map_or(0.0, |stay| chosen.utility - stay.utility) * motives.horizon.years() * value;
        Some(Decision { place: chosen.place, step, worth_usd: (advantage + board.gas_usd(step)).max(0.0) })
    }

    fn alternatives(&self, motives: &Motives, provider: &Provider, board: &Board) -> Alternatives {
        let value = board.value_usd(provider).max(LEAST_VALUE_USD);
        let spread = 1.0 / (value * motives.horizon.years());
        let mut out = Alternatives { list: [NOWHERE; VENUES_MAX + 1], count: 0 };
        let is_aware = f64::from(provider.awareness) <= board.informed;
        for venue in 0..board.count {
            let Some((place, step)) = reach(provider.place, venue, board, is_aware) else { continue };
            let gas = step.map_or(-motives.inertia, |step| board.gas_usd(step) * spread);
            let utility = yield_in(motives, provider, board, (venue, place), value) - gas;
            out.add(Alternative { place, step, utility, weight: board.venues[venue].log_heads });
        }
        let step = match provider.place {
            Place::Outside => None,
            Place::Pledged { .. } => Some(Step::UnpledgeAndWithdraw),
            Place::Pool(_) | Place::InFlight(_) => Some(Step::Withdraw),
        };
        let gas = step.map_or(-motives.inertia, |step| board.gas_usd(step) * spread);
        out.add(Alternative { place: Place::Outside, step, utility: self.outside_yield - gas, weight: 0.0 });
        out.weigh(motives, self.nesting);
        out
    }
}

const NOWHERE: Alternative = Alternative { place: Place::Outside, step: None, utility: 0.0, weight: 0.0 };

/// How a provider at `place` gets into pool `venue`; `None` when it cannot, a step of `None` when it is there.
#[inline]
fn reach(place: Place, venue: usize, board: &Board, is_aware: bool) -> Option<(Place, Option<Step>)> {
    let (entry, here) = (&board.venues[venue], Place::Pool(venue as u8));
    if place == here || matches!(place, Place::Pledged { to, .. } if usize::from(to) == venue) {
        return Some((place, None));
    }
    if venue != board.old && !is_aware {
        return None;
    }
    if entry.takes_deposits {
        let step = match place {
            Place::Outside => Step::Deposit,
            Place::Pledged { here, .. } if usize::from(here) == venue => Step::Pledge,
            _ => Step::Migrate,
        };
        return Some((here, Some(step)));
    }
    let step = if place == Place::Outside { Step::DepositAndPledge } else { Step::Pledge };
    let pledge = Place::Pledged { here: board.old as u8, to: venue as u8 };
    entry.takes_pledges.then_some((pledge, Some(step)))
}

/// Expected yield of a position at `place`, which leads to pool `venue`, per year, before gas and inertia.
#[inline]
fn yield_in(motives: &Motives, provider: &Provider, board: &Board, target: (usize, Place), value: f64) -> f64 {
    let (venue, place) = target;
    let rewarding = &board.venues[venue];
    let (rewards, reward_yield, standing) = match place {
        Place::Pledged { here, .. } => {
            (rewarding.pledge_rewards_usd, rewarding.pledge_yield, &board.venues[usize::from(here)])
        }
        _ => (rewarding.rewards_usd, rewarding.reward_yield, rewarding),
    };
    // Liquidity that shares the rewards is rewards / yield; a newcomer adds its own value to it.
    let newcomer = if provider.place == place { 0.0 } else { value };
    let reward_yield = if rewards > 0.0 { rewards / (rewards / reward_yield + newcomer) } else { 0.0 };
    let drag = board.variance / 8.0 * (1.0 + motives.risk_aversion);
    standing.fee_apr + motives.rewards_kept * reward_yield - drag - standing.failure_loss
}

impl Alternatives {
    #[inline]
    fn add(&mut self, alternative: Alternative) {
        self.list[self.count] = alternative;
        self.count += 1;
    }

    /// Turns utilities (and the log head counts that stand in `weight`) into weights that sum to the logit's denominator.
    #[inline]
    fn weigh(&mut self, motives: &Motives, nesting: f64) {
        let (nest, outside) = self.list[..self.count].split_at_mut(self.count - 1);
        let scale = 1.0 / motives.noise;
        let mut highest = outside[0].utility * scale;
        for alternative in nest.iter_mut() {
            alternative.weight = (alternative.utility * scale + motives.social_proof * alternative.weight) / nesting;
            highest = highest.max(alternative.weight * nesting);
        }
        outside[0].weight = exp(outside[0].utility * scale - highest);
        let mut sum = 0.0;
        for alternative in nest.iter_mut() {
            alternative.weight = exp(alternative.weight - highest / nesting);
            sum += alternative.weight;
        }
        if sum > 0.0 {
            // exp(lambda ln sum) shared out by exp(.) / sum.
            let share = exp((nesting - 1.0) * libm::log(sum));
            for alternative in nest {
                alternative.weight *= share;
            }
        }
    }

    #[inline]
    fn pick(&self, uniform: f64) -> Option<&Alternative> {
        let list = &self.list[..self.count];
        let mut left = uniform * list.iter().map(|alternative| alternative.weight).sum::<f64>();
        list.iter().find(|alternative| {
            left -= alternative.weight;
            left < 0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::LpClass;

    impl Chooser {
        /// Probabilities of every alternative, in the order pools, then leaving.
        fn probabilities(&self, motives: &Motives, provider: &Provider, board: &Board) -> Vec<(Place, f64)> {
            let alternatives = self.alternatives(motives, provider, board);
            let list = &alternatives.list[..alternatives.count];
            let total: f64 = list.iter().map(|alternative| alternative.weight).sum();
            list.iter().map(|alternative| (alternative.place, alternative.weight / total)).collect()
        }
    }

    fn provider(value: f64, place: Place) -> Provider {
        Provider {
            first: value,
            second: 0.0,
            opening_usd: value,
            awareness: 0.0,
            habit: 0.0,
            pace: 0.0,
            place,
            class: LpClass::Active,
            started_old: true,
            has_migrated: false,
            has_moved: false,
            is_waiting: false,
        }
    }

    fn board(yields: [f64; 2]) -> Board {
        let mut board = Board::default();
        (board.count, board.informed, board.base_usd, board.quote_usd) = (2, 1.0, 1.0, 1.0);
        for (entry, fee_apr) in board.venues.iter_mut().zip(yields) {
            (entry.takes_deposits, entry.value_per_share, entry.fee_apr) = (true, 1.0, fee_apr);
        }
        board
    }

    fn plain() -> Motives {
        Motives { noise: 0.02, inertia: 0.0, social_proof: 0.0, ..Motives::default() }
    }

    #[test]
    fn shares_are_the_nested_logit_s() {
        // By hand: mu 0.02, lambda 0.5; utilities 0.10, 0.12 and outside 0.08.
        let chooser = Chooser { outside_yield: 0.08, nesting: 0.5 };
        let shares = chooser.probabilities(&plain(), &provider(1e6, Place::Pool(0)), &board([0.10, 0.12]));
        let (a, b, out) = (libm::exp(0.10 / 0.01), libm::exp(0.12 / 0.01), libm::exp(0.08 / 0.02));
        let nest = libm::sqrt(a + b);
        let law = [nest * a / (a + b) / (nest + out), nest * b / (a + b) / (nest + out), out / (nest + out)];
        for ((_, share), law) in shares.iter().zip(law) {
            assert!((share - law).abs() < 1e-12, "{share} against {law}");
        }
    }

    #[test]
    fn inertia_and_ignorance_keep_people() {
        let chooser = Chooser { outside_yield: -1.0, nesting: 1.0 };
        let inert = Motives { inertia: 0.3, ..plain() };
        let shares = chooser.probabilities(&inert, &provider(1e6, Place::Pool(0)), &board([0.10, 0.15]));
        assert!(shares[0].1 > 0.999, "a lure of 5 points moved them: {shares:?}");
        let mut dark = board([0.10, 9.0]);
        dark.informed = 0.5;
        let unaware = Provider { awareness: 0.6, ..provider(1e6, Place::Pool(0)) };
        assert!(chooser.probabilities(&plain(), &unaware, &dark).iter().all(|(place, _)| *place != Place::Pool(1)));
    }

    #[test]
    fn gas_keeps_the_small() {
        let chooser = Chooser { outside_yield: -1.0, nesting: 1.0 };
        let mut dear = board([0.10, 0.15]);
        dear.gas_usd = [100.0; 6];
        let motives = Motives { horizon: crate::agents::classes::days(36.5), ..plain() };
        let moved = |value| chooser.probabilities(&motives, &provider(value, Place::Pool(0)), &dear)[1].1;
        // 100 USD over a tenth of a year on 20,000 USD costs the 5 points a year that the new pool offers.
        assert!((moved(20_000.0) - 0.5).abs() < 1e-9 && moved(1_000.0) < 1e-6 && moved(1e6) > 0.9);
    }
}

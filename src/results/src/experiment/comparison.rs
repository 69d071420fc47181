//! Arms side by side, run by run.

use super::arm::{Arm, Ground};
use super::shortfall::{ShortfallDifference, Tails, bootstrap};
use crate::metrics::Id;
use portage_base::stats::{
    DifferenceEstimate, Interval, MeanEstimate, mean_estimate, paired_difference, paired_share_difference,
    share_estimate, unpaired_difference, unpaired_share_difference,
};

/// What the values of a run are, which decides the law of their intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// A quantity: Student's t.
    Mean,
    /// Whether something happened, 1 or 0: laws for shares.
    Share,
}

/// A run that did not finish in every arm.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// Its index.
    pub run: u64,
    /// Labels of the arms in which it did not finish.
    pub arms: Vec<String>,
}

/// Several arms over the runs that finished in all of them; the first arm is the baseline.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The arms.
    pub arms: Vec<Arm>,
    /// Runs that finished in every arm, ascending.
    pub runs: Vec<u64>,
    /// Runs that finished in some arm and not in all, ascending.
    pub left_out: Vec<LeftOut>,
    /// What each arm has in common with each.
    grounds: Vec<Vec<Ground>>,
    seed: u64,
}

impl Comparison {
    /// Sets `arms` side by side; `seed` addresses the resampling of tails.
    #[must_use]
    pub fn of(arms: Vec<Arm>, seed: u64) -> Self {
        let mut known: Vec<u64> = arms.iter().flat_map(|arm| arm.table.runs.iter().copied()).collect();
        known.sort_unstable();
        known.dedup();
        let (mut runs, mut left_out) = (Vec::new(), Vec::new());
        for run in known {
            let absent = arms.iter().filter(|arm| arm.table.row_of(run).is_none());
            let absent: Vec<String> = absent.map(|arm| arm.label.clone()).collect();
            if absent.is_empty() {
                runs.push(run);
            } else {
                left_out.push(LeftOut { run, arms: absent });
            }
        }
        let grounds = arms.iter().map(|a| arms.iter().map(|b| a.ground_with(b)).collect()).collect();
        Self { arms, runs, left_out, grounds, seed }
    }

    /// What two arms have in common.
    ///
    /// # Panics
    /// If there is no such arm.
    #[must_use]
    pub fn ground(&self, first: usize, second: usize) -> &Ground {
        &self.grounds[first][second]
    }

    /// Whether every arm is paired with the baseline.
    #[must_use]
    pub fn is_paired(&self) -> bool {
        (0..self.arms.len()).all(|arm| self.ground(0, arm).is_paired())
    }

    /// Values of a metric in the runs of the comparison, one row an arm.
    #[must_use]
    pub fn values(&self, id: Id) -> Vec<Vec<f64>> {
        self.arms.iter().map(|arm| arm.values(id, &self.runs)).collect()
    }

    /// A number per run computed by `law` from metrics, one row an arm.
    #[must_use]
    pub fn derived<const N: usize>(&self, ids: [Id; N], law: impl Fn([f64; N]) -> f64) -> Vec<Vec<f64>> {
        let of_arm = |arm: &Arm| {
            let columns = ids.map(|id| arm.values(id, &self.runs));
            (0..self.runs.len()).map(|run| law(std::array::from_fn(|at| columns[at][run]))).collect()
        };
        self.arms.iter().map(of_arm).collect()
    }

    /// The mean of `values`, or the share of runs with Wilson's interval.
    #[must_use]
    pub fn level(&self, values: &[f64], statistic: Statistic) -> Option<MeanEstimate> {
        let mean = mean_estimate(values)?;
        if statistic == Statistic::Mean {
            return Some(mean);
        }
        let hits = values.iter().filter(|value| **value > 0.5).count();
        let interval = share_estimate(hits, mean.count).map_or(Interval::UNKNOWN, |share| share.interval);
        Some(MeanEstimate { interval, ..mean })
    }

    /// Values of arm `second` less those of arm `first`; `None` where there is nothing to compare.
    ///
    /// Of the same scenario every difference is exactly zero, of shares too; of the same market the runs are paired.
    #[must_use]
    pub fn difference(
        &self,
        (first, second): (usize, usize),
        values: &[Vec<f64>],
        statistic: Statistic,
    ) -> Option<DifferenceEstimate> {
        let law = match (self.ground(first, second), statistic) {
            (Ground::SameScenario, _) | (Ground::SameMarket, Statistic::Mean) => paired_difference,
            (Ground::SameMarket, Statistic::Share) => paired_share_difference,
            (Ground::Apart(_), Statistic::Mean) => unpaired_difference,
            (Ground::Apart(_), Statistic::Share) => unpaired_share_difference,
        };
        law(values.get(first)?, values.get(second)?)
    }

    /// Expected shortfalls of losses (one entry a loss, one row of values an arm), and what they differ by from those of the
    /// baseline: one entry a loss, one row an arm.
    #[must_use]
    pub fn shortfalls(&self, losses: &[Vec<Vec<f64>>]) -> Vec<Vec<Tails>> {
        bootstrap(self.seed, &self.markets(), losses)
    }

    /// The difference of the expected shortfalls of two arms, with its interval.
    #[must_use]
    pub fn shortfall_difference(
        &self,
        (first, second): (usize, usize),
        tails: &[Tails],
    ) -> Option<ShortfallDifference> {
        tails.get(second)?.less(tails.get(first)?)
    }

    /// The first arm that lives on the same market as each arm.
    fn markets(&self) -> Vec<usize> {
        let first = |arm: usize| (0..arm).find(|other| self.ground(*other, arm).is_paired()).unwrap_or(arm);
        (0..self.arms.len()).map(first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::id;
    use crate::montecarlo::{Bands, Ensemble, Plan, RunTable};
    use serde_json::json;

    /// An arm whose price moves by `price` and whose cost of moving is `cost` of each run.
    fn arm(label: &str, budget: f64, runs: &[u64], law: impl Fn(u64) -> (f64, f64)) -> Arm {
        let (prices, costs) = runs.iter().map(|run| law(*run)).unzip();
        let columns = vec![(id::PRICE_RETURN, prices), (id::MIGRATION_COST_USD, costs)];
        let ensemble = Ensemble {
            plan: Plan { seed: 1, runs: 8 },
            runs: RunTable::of(runs.to_vec(), columns).into(),
            bands: Bands::new(2, 1.0),
            agents: Vec::new(),
            failures: Vec::new(),
            is_partial: false,
            elapsed: std::time::Duration::ZERO,
        };
        let scenario = json!({ "title": label, "start": "2024-01-01", "programmes": { "budget": budget } });
        Arm::of(label.to_owned(), scenario, ("ETH".to_owned(), "USD".to_owned()), &ensemble)
    }

    fn price(run: u64) -> f64 {
        run as f64 * 0.1
    }

    #[test]
    fn runs_that_did_not_finish_everywhere_are_left_out_and_named() {
        let first = arm("a", 1.0, &[0, 1, 2, 4], |run| (price(run), 1.0));
        let second = arm("b", 2.0, &[0, 2, 3, 4], |run| (price(run), 1.0 + run as f64));
        let comparison = Comparison::of(vec![first, second], 1);
        assert_eq!(comparison.runs, [0, 2, 4]);
        let left = |run, arm: &str| LeftOut { run, arms: vec![arm.to_owned()] };
        assert_eq!(comparison.left_out, [left(1, "b"), left(3, "a")]);
        assert_eq!(comparison.ground(0, 1), &Ground::SameMarket);
        let costs = comparison.values(id::MIGRATION_COST_USD);
        assert_eq!(costs, [[1.0, 1.0, 1.0], [1.0, 3.0, 5.0]]);
        assert_eq!(comparison.difference((0, 1), &costs, Statistic::Mean).unwrap().mean, 2.0);
        assert_eq!(comparison.difference((1, 0), &costs, Statistic::Mean).unwrap().mean, -2.0);
    }

    #[test]
    fn arms_are_paired_only_if_the_prices_of_every_run_are_the_same_bit_for_bit() {
        let runs = [0, 1, 2];
        let first = || arm("a", 1.0, &runs, |run| (price(run), 1.0));
        let same = arm("b", 1.0, &runs, |run| (price(run), 1.0));
        assert_eq!(first().ground_with(&same), Ground::SameScenario, "a title is no difference");
        let other = arm("b", 2.0, &runs, |run| (price(run) + if run == 2 { f64::EPSILON } else { 0.0 }, 1.0));
        let Ground::Apart(reasons) = first().ground_with(&other) else { panic!("paired on different prices") };
        assert_eq!(reasons, ["prices differ, first in run 2"]);
        let comparison = Comparison::of(vec![first(), other], 1);
        assert!(!comparison.is_paired());
        let costs = comparison.values(id::PRICE_RETURN);
        let unpaired = comparison.difference((0, 1), &costs, Statistic::Mean).unwrap();
        assert_eq!(Some(unpaired), unpaired_difference(&costs[0], &costs[1]));
    }

    /// Nothing happened in either arm: of one scenario the difference is nothing, of two it is not known to be.
    #[test]
    fn what_never_happened_may_still_differ_between_scenarios() {
        let runs: Vec<u64> = (0..100).collect();
        let make = |budget| arm("a", budget, &runs, |run| (price(run), 0.0));
        let values = vec![vec![0.0; 100]; 2];
        let ends = |comparison: &Comparison| {
            comparison.difference((0, 1), &values, Statistic::Share).unwrap().interval.ends().unwrap()
        };
        assert_eq!(ends(&Comparison::of(vec![make(1.0), make(1.0)], 1)), (0.0, 0.0));
        let (low, high) = ends(&Comparison::of(vec![make(1.0), make(2.0)], 1));
        assert!(low < -0.01 && high > 0.01, "{low} {high}");
    }
}

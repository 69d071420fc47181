//! What the weakest day of a run comes to: channels, distress, and who infects whom.

use super::{Network, Picture, wipe_out};
use ndarray::Array2;
use portage_contagion::{Attribution, Evaluation, Exposures, debt_rank, linear_debt_rank};

/// Least equity over which exposures are counted: whoever has none loses all of it with the first dollar.
const LEAST_EQUITY_USD: f64 = 1.0;

/// Rounds of the linear DebtRank: what is left to pass on after them is nothing but for eigenvalues within 1 % of one.
const DISTRESS_ROUNDS: u32 = 3_000;

/// What the weakest day comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// When it was, seconds.
    pub seconds: f64,
    /// Loss over equity on it.
    pub share: f64,
    /// The loss by channel.
    pub attribution: Attribution,
    /// The system after it.
    pub evaluation: Evaluation,
    /// Distress short of default that the direct loss causes: original and linear DebtRank, share of all equity.
    pub debt_rank: (f64, f64),
    /// The node whose loss of all its equity causes most linear distress, and that distress, share of all equity.
    pub most_dangerous: (usize, f64),
    /// Whether it is a systemic event.
    pub is_systemic: bool,
}

impl Network {
    /// What the weakest day comes to; `None` before the first evaluation.
    pub(super) fn judge(&self) -> Option<Verdict> {
        let weakest = self.weakest.as_ref()?;
        let Picture { system, market } = &weakest.judged;
        let (attribution, evaluation) = system.attribute(&weakest.before_usd, self.terms.channels, market).ok()?;
        let direct = system.evaluate(portage_contagion::Channels::NONE, market).ok()?;
        let equities: Vec<f64> = weakest.before_usd.iter().map(|equity| equity.max(LEAST_EQUITY_USD)).collect();
        let share = |(before, after): (&f64, &f64)| ((before - after.max(0.0)) / before).clamp(0.0, 1.0);
        let shock: Vec<f64> = equities.iter().zip(&direct.equities_usd).map(share).collect();
        let lent = Array2::from_shape_fn(self.terms.owed.dim(), |(i, j)| self.terms.owed[(j, i)]);
        let exposures = Exposures::new(&lent, &equities).ok()?;
        let original = debt_rank(&exposures, &shock, &equities).ok()?.debt_rank;
        let linear = linear_debt_rank(&exposures, &shock, &equities, DISTRESS_ROUNDS).ok()?.debt_rank;
        let mut most_dangerous = (0, 0.0);
        for node in 0..equities.len() {
            let mut alone = vec![0.0; equities.len()];
            alone[node] = 1.0;
            let caused = linear_debt_rank(&exposures, &alone, &equities, DISTRESS_ROUNDS).ok()?.debt_rank;
            if caused > most_dangerous.1 {
                most_dangerous = (node, caused);
            }
        }
        let share = super::share_of(attribution.loss_usd, &weakest.before_usd);
        let systemic = self.terms.systemic;
        let many = systemic.defaults.is_some_and(|least| evaluation.defaults() >= least as usize);
        Some(Verdict {
            seconds: weakest.seconds,
            share,
            is_systemic: many || share >= systemic.loss_share,
            attribution,
            evaluation,
            debt_rank: (original, linear),
            most_dangerous,
        })
    }

    /// Who infects whom on the weakest day, USD: entry (i, j) is what node j loses beyond what it has lost anyway when node i, and nothing
    /// else, loses everything that it has besides claims; no stress is supposed. In the order of [`Self::names`]. `None` before the first
    /// evaluation.
    #[must_use]
    pub fn infections(&self) -> Option<Array2<f64>> {
        let Picture { system, market } = &self.weakest.as_ref()?.calm;
        let count = system.nodes.len();
        let anyway = system.evaluate(self.terms.channels, market).ok()?.equities_usd;
        let mut lost = Array2::zeros((count, count));
        for source in 0..count {
            let mut hit = system.clone();
            wipe_out(&mut hit.nodes[source]);
            let after = hit.evaluate(self.terms.channels, market).ok()?.equities_usd;
            for (node, (anyway, after)) in anyway.iter().zip(after).enumerate() {
                lost[(source, node)] = anyway.max(0.0) - after.max(0.0);
            }
        }
        Some(lost)
    }
}

//! Propagation of distress short of default.

use ndarray::Array2;

/// An increment of a relative loss below which nothing more is passed on: the rounding of a share of one.
const SETTLED: f64 = 1e-15;

/// Why distress cannot be propagated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistressFault {
    /// The matrix is not square, or a vector has another length.
    Shape,
    /// An exposure is negative or not finite, or a node is exposed to itself.
    Exposure {
        /// The node that is exposed.
        node: usize,
    },
    /// A node has no equity above zero to lose.
    Equity {
        /// That node.
        node: usize,
    },
    /// A first loss lies outside [0, 1], or a weight is negative or not finite.
    Share {
        /// The node of it.
        node: usize,
    },
}

impl std::fmt::Display for DistressFault {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shape => write!(text, "exposures are a square matrix, and every vector has a value for each node"),
            Self::Exposure { node } => write!(text, "an exposure of node {node} is negative, not finite or to itself"),
            Self::Equity { node } => write!(text, "node {node} has no equity"),
            Self::Share { node } => write!(text, "a first loss outside [0, 1] or a bad weight of node {node}"),
        }
    }
}

impl std::error::Error for DistressFault {}

/// Who would lose which share of its equity if another one paid nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposures {
    /// Lambda[(i, j)] = what node i has lent to node j over the equity of i.
    leverage: Array2<f64>,
}

/// What distress comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Distress {
    /// Share of its equity that each node has lost, in [0, 1].
    pub losses: Vec<f64>,
    /// Weighted loss beyond the first one, over the sum of weights.
    pub debt_rank: f64,
    /// Rounds until nobody passed anything on.
    pub rounds: u32,
}

impl Exposures {
    /// Exposures `lent[(i, j)]` of node i to node j and equities, both in USD.
    ///
    /// # Errors
    /// Where shapes disagree, an exposure is negative, not finite or to oneself, or an equity is not above zero.
    pub fn new(lent: &Array2<f64>, equities: &[f64]) -> Result<Self, DistressFault> {
        if lent.nrows() != lent.ncols() || lent.nrows() != equities.len() {
            return Err(DistressFault::Shape);
        }
        if let Some(node) = equities.iter().position(|equity| !(equity.is_finite() && *equity > 0.0)) {
            return Err(DistressFault::Equity { node });
        }
        let bad = |((i, j), usd): ((usize, usize), &f64)| {
            let is_good = usd.is_finite() && *usd >= 0.0 && (i != j || *usd == 0.0);
            (!is_good).then_some(i)
        };
        match lent.indexed_iter().find_map(bad) {
            Some(node) => Err(DistressFault::Exposure { node }),
            None => Ok(Self { leverage: Array2::from_shape_fn(lent.dim(), |(i, j)| lent[(i, j)] / equities[i]) }),
        }
    }

    fn check(&self, shock: &[f64], weights: &[f64]) -> Result<(), DistressFault> {
        let nodes = self.leverage.nrows();
        if shock.len() != nodes || weights.len() != nodes {
            return Err(DistressFault::Shape);
        }
        let is_bad =
            |(share, weight): (&f64, &f64)| !(0.0..=1.0).contains(share) || !weight.is_finite() || *weight < 0.0;
        match shock.iter().zip(weights).position(is_bad) {
            Some(node) => Err(DistressFault::Share { node }),
            None => Ok(()),
        }
    }
}

/// The original DebtRank: a node passes distress on once, in the round after it was first hit.
///
/// h_j(t) = min(1, h_j(t - 1) + sum over nodes i in distress of min(1, Lambda_ji) h_i(t - 1)); a node that was in distress is inactive from
/// then on. Source: Battiston, Puliga, Kaushik, Tasca and Caldarelli, DebtRank: Too Central to Fail?, Scientific Reports 2 (2012) 541.
///
/// # Parameters
/// `shock`: share of its equity that each node loses first, in [0, 1]. `weights`: economic value of each node, at least 0, any unit.
///
/// # Errors
/// Where lengths disagree, a shock is no share, or a weight is negative or not finite.
pub fn debt_rank(exposures: &Exposures, shock: &[f64], weights: &[f64]) -> Result<Distress, DistressFault> {
    exposures.check(shock, weights)?;
    let mut losses = shock.to_vec();
    let mut was_hit: Vec<bool> = shock.iter().map(|share| *share > 0.0).collect();
    let mut distressed: Vec<usize> = (0..shock.len()).filter(|node| was_hit[*node]).collect();
    let mut rounds = 0;
    while !distressed.is_empty() {
        rounds += 1;
        let passed: Vec<f64> = distressed.iter().map(|node| losses[*node]).collect();
        let mut next = Vec::new();
        for (j, loss) in losses.iter_mut().enumerate() {
            let impact = |(i, passed): (&usize, &f64)| exposures.leverage[(j, *i)].min(1.0) * passed;
            let suffered: f64 = distressed.iter().zip(&passed).map(impact).sum();
            *loss = (*loss + suffered).min(1.0);
            if suffered > 0.0 && !was_hit[j] {
                was_hit[j] = true;
                next.push(j);
            }
        }
        distressed = next;
    }
    Ok(Distress { debt_rank: weighted(&losses, shock, weights), losses, rounds })
}

/// The linear DebtRank: a node passes on every further loss, until nothing is left to pass on.
///
/// h_i(t + 1) = min(1, h_i(t) + sum_j Lambda_ij (h_j(t) - h_j(t - 1))). Source: Bardoscia, Battiston, Caccioli and Caldarelli, DebtRank: A
/// Microscopic Foundation for Shock Propagation, PLoS ONE 10 (2015) e0130406. Losses rise and are bounded; where the leverage matrix
/// has an eigenvalue near one they do so slowly, and what is left after `rounds_max` rounds is left out.
///
/// # Parameters
/// As for [`debt_rank`].
///
/// # Errors
/// Where lengths disagree, a shock is no share, or a weight is negative or not finite.
pub fn linear_debt_rank(
    exposures: &Exposures,
    shock: &[f64],
    weights: &[f64],
    rounds_max: u32,
) -> Result<Distress, DistressFault> {
    exposures.check(shock, weights)?;
    let mut losses = shock.to_vec();
    let mut fresh = shock.to_vec();
    let mut rounds = 0;
    while rounds < rounds_max && fresh.iter().any(|loss| *loss > SETTLED) {
        rounds += 1;
        let suffered: Vec<f64> = exposures
            .leverage
            .rows()
            .into_iter()
            .map(|row| row.iter().zip(&fresh).map(|(leverage, loss)| leverage * loss).sum())
            .collect();
        for ((loss, fresh), suffered) in losses.iter_mut().zip(&mut fresh).zip(suffered) {
            let after = (*loss + suffered).min(1.0);
            *fresh = after - *loss;
            *loss = after;
        }
    }
    Ok(Distress { debt_rank: weighted(&losses, shock, weights), losses, rounds })
}

/// Sum of weights x (loss - first loss) over the sum of weights; 0 where nothing weighs anything.
fn weighted(losses: &[f64], shock: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let lost: f64 = losses.iter().zip(shock).zip(weights).map(|((loss, shock), weight)| (loss - shock) * weight).sum();
    if total > 0.0 { lost / total } else { 0.0 }
}

#[cfg(test)]
mod tests;

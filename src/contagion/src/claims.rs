//! Who owes whom.

use ndarray::Array2;

/// Why a table of claims cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimsFault {
    /// The matrix has another number of rows than of columns, or a vector another length.
    Shape,
    /// What a node owes is negative.
    Negative {
        /// The node that owes.
        node: usize,
    },
    /// A node owes to itself.
    SelfClaim {
        /// That node.
        node: usize,
    },
    /// A number is infinite or no number.
    NotFinite {
        /// The node at which it stands.
        node: usize,
    },
    /// External assets are negative.
    NegativeAssets {
        /// The node that has them.
        node: usize,
    },
}

impl std::fmt::Display for ClaimsFault {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shape => write!(text, "claims are a square matrix, and every vector has a value for each node"),
            Self::Negative { node } => write!(text, "node {node} owes a negative amount"),
            Self::SelfClaim { node } => write!(text, "node {node} owes to itself"),
            Self::NotFinite { node } => write!(text, "a value of node {node} is not finite"),
            Self::NegativeAssets { node } => write!(text, "node {node} has negative external assets"),
        }
    }
}

impl std::error::Error for ClaimsFault {}

/// What nodes owe to one another and to creditors outside, all of one rank, USD.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    owed: Array2<f64>,
    outside: Vec<f64>,
    due: Vec<f64>,
}

impl Claims {
    /// Claims in which node i owes `owed[(i, j)]` to node j and `outside[i]` to creditors outside, USD.
    ///
    /// # Errors
    /// Where the matrix is not square, `outside` is of another length, something is negative or not finite, or a node owes to itself.
    pub fn new(owed: Array2<f64>, outside: Vec<f64>) -> Result<Self, ClaimsFault> {
        if owed.nrows() != owed.ncols() || owed.nrows() != outside.len() {
            return Err(ClaimsFault::Shape);
        }
        for ((node, to), &usd) in owed.indexed_iter().chain(outside.iter().enumerate().map(|(i, usd)| ((i, i), usd))) {
            if !usd.is_finite() {
                return Err(ClaimsFault::NotFinite { node });
            }
            if usd < 0.0 {
                return Err(ClaimsFault::Negative { node });
            }
            if node == to && owed[(node, node)] != 0.0 {
                return Err(ClaimsFault::SelfClaim { node });
            }
        }
        let due: Vec<f64> = owed.rows().into_iter().zip(&outside).map(|(row, usd)| row.sum() + usd).collect();
        match due.iter().position(|usd| !usd.is_finite()) {
            Some(node) => Err(ClaimsFault::NotFinite { node }),
            None => Ok(Self { owed, outside, due }),
        }
    }

    /// Number of nodes.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        self.outside.len()
    }

    /// What node `from` owes to node `to`, USD.
    #[inline]
    #[must_use]
    pub fn owed(&self, from: usize, to: usize) -> f64 {
        self.owed[(from, to)]
    }

    /// What each node owes to creditors outside, USD.
    #[must_use]
    pub fn outside(&self) -> &[f64] {
        &self.outside
    }

    /// Everything that each node owes, USD.
    #[must_use]
    pub fn due(&self) -> &[f64] {
        &self.due
    }

    /// What each node receives from the others when each node i pays `payments[i]` in all, in proportion to what it owes, USD.
    #[must_use]
    pub fn received(&self, payments: &[f64]) -> Vec<f64> {
        let mut received = vec![0.0; self.nodes()];
        for ((row, payment), due) in self.owed.rows().into_iter().zip(payments).zip(&self.due) {
            // Full payment is every claim itself: no quotient may round it.
            let share = if payment == due { 1.0 } else { payment / due };
            for (received, usd) in received.iter_mut().zip(row) {
                *received += usd * share;
            }
        }
        received
    }

    /// Share of its debts that each node pays when it pays `payments[i]` in all; 1 of one that owes nothing.
    #[must_use]
    pub fn paid_shares(&self, payments: &[f64]) -> Vec<f64> {
        let share = |(payment, due): (&f64, &f64)| if payment == due { 1.0 } else { payment / due };
        payments.iter().zip(&self.due).map(share).collect()
    }

    /// Refuses external assets that are negative, not finite, or not one a node.
    pub(super) fn check_assets(&self, external: &[f64]) -> Result<(), ClaimsFault> {
        if external.len() != self.nodes() {
            return Err(ClaimsFault::Shape);
        }
        for (node, usd) in external.iter().enumerate() {
            if !usd.is_finite() {
                return Err(ClaimsFault::NotFinite { node });
            }
            if *usd < 0.0 {
                return Err(ClaimsFault::NegativeAssets { node });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn claims_that_cannot_be_are_refused() {
        let new = |owed, outside: &[f64]| Claims::new(owed, outside.to_vec());
        assert_eq!(new(array![[0.0, 1.0]], &[0.0]), Err(ClaimsFault::Shape));
        assert_eq!(new(array![[0.0, 1.0], [0.0, 0.0]], &[0.0]), Err(ClaimsFault::Shape));
        assert_eq!(new(array![[0.0, -1.0], [0.0, 0.0]], &[0.0; 2]), Err(ClaimsFault::Negative { node: 0 }));
        assert_eq!(new(array![[0.0, 1.0], [0.0, 0.0]], &[0.0, -2.0]), Err(ClaimsFault::Negative { node: 1 }));
        assert_eq!(new(array![[0.0, 1.0], [0.0, 3.0]], &[0.0; 2]), Err(ClaimsFault::SelfClaim { node: 1 }));
        assert_eq!(new(array![[0.0, f64::NAN], [0.0, 0.0]], &[0.0; 2]), Err(ClaimsFault::NotFinite { node: 0 }));
        assert_eq!(new(array![[0.0, 1e308], [0.0, 0.0]], &[1.7e308, 0.0]), Err(ClaimsFault::NotFinite { node: 0 }));
        let good = new(array![[0.0, 1.0], [2.0, 0.0]], &[3.0, 0.0]).unwrap();
        assert_eq!(good.due(), [4.0, 2.0]);
        assert_eq!(good.check_assets(&[1.0]), Err(ClaimsFault::Shape));
        assert_eq!(good.check_assets(&[1.0, -1.0]), Err(ClaimsFault::NegativeAssets { node: 1 }));
        assert_eq!(good.check_assets(&[f64::INFINITY, 1.0]), Err(ClaimsFault::NotFinite { node: 0 }));
        assert_eq!(good.received(&[2.0, 2.0]), [2.0, 0.5]);
        assert!(ClaimsFault::NegativeAssets { node: 1 }.to_string().contains("node 1"));
    }
}

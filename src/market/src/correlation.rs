//! Correlated noise: the Cholesky factor of a positive semi-definite correlation matrix.

use super::CHUNK;
use ndarray::Array2;
use std::ops::Range;

/// How far below zero rounding may push a pivot that is zero (a product of n terms of size one loses about n 1e-16).
const PIVOT_TOLERANCE: f64 = 1e-12;

/// The lower triangular factor L of a correlation matrix C = L L', by rows and without its zeros.
///
/// Asset i's noise is sum over j of `L_ij` times the standard normals of asset j, so that an asset is moved only by
/// assets declared before it.
#[derive(Debug, Clone)]
pub(super) struct Mixing {
    rows: Vec<Row>,
}

/// The row of an asset that is correlated with an earlier one.
#[derive(Debug, Clone)]
struct Row {
    asset: usize,
    /// Weight of the asset's own normals.
    own: f64,
    /// Earlier assets with the weights of their normals.
    others: Vec<(usize, f64)>,
}

/// Why a matrix is no correlation matrix: the pair whose pivot fails, and what would be possible there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Impossible {
    pub first: usize,
    pub second: usize,
    pub least: f64,
    pub greatest: f64,
}

impl Mixing {
    /// Factors `matrix`, of which the lower triangle is read.
    ///
    /// Zero pivots (perfectly dependent assets) are accepted.
    ///
    /// # Errors
    /// If the matrix is not positive semi-definite: the first pair that the pairs before it, in row order, forbid.
    pub fn factor(matrix: &Array2<f64>) -> Result<Self, Impossible> {
        let (mixing, impossible) = eliminate(matrix);
        impossible.map_or(Ok(mixing), Err)
    }

    /// Factors a blend of two matrices that have a factor each; a pair that rounding puts out of reach is held at its
    /// border.
    pub fn factor_blend(matrix: &Array2<f64>) -> Self {
        eliminate(matrix).0
    }

    /// Mixes the independent normals of `blocks` in place. Later rows go first: each needs the raw normals of earlier
    /// ones.
    pub fn mix(&self, normals: &mut [[f64; CHUNK]], blocks: Range<usize>) {
        for row in self.rows.iter().rev() {
            let (earlier, later) = normals.split_at_mut(row.asset);
            let mixed = &mut later[0][blocks.clone()];
            mixed.iter_mut().for_each(|normal| *normal *= row.own);
            for (asset, weight) in &row.others {
                for (normal, other) in mixed.iter_mut().zip(&earlier[*asset][blocks.clone()]) {
                    *normal += weight * other;
                }
            }
        }
    }
}

/// Cholesky's elimination, row by row; also tells the first pair that is out of reach, and holds such pairs at the
/// border.
///
/// Law: with the rows of i and j known up to column j, C_ij lies within sum_k L_ik L_jk +- L_jj sqrt(1 - sum_k
/// L_ik^2), k < j.
fn eliminate(matrix: &Array2<f64>) -> (Mixing, Option<Impossible>) {
    let count = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((count, count));
    let mut rows = Vec::new();
    let mut impossible = None;
    for i in 0..count {
        let mut pivot = 1.0_f64;
        for j in 0..i {
            let known: f64 = (0..j).map(|k| lower[[i, k]] * lower[[j, k]]).sum();
            let reach = lower[[j, j]] * pivot.max(0.0).sqrt();
            let gap = matrix[[i, j]] - known;
            if gap.abs() > reach + PIVOT_TOLERANCE.sqrt() && impossible.is_none() {
                impossible = Some(Impossible { first: j, second: i, least: known - reach, greatest: known + reach });
            }
            lower[[i, j]] = if lower[[j, j]] > 0.0 { gap.clamp(-reach, reach) / lower[[j, j]] } else { 0.0 };
            pivot -= lower[[i, j]] * lower[[i, j]];
        }
        lower[[i, i]] = if pivot > PIVOT_TOLERANCE { pivot.sqrt() } else { 0.0 };
        let others: Vec<(usize, f64)> =
            (0..i).map(|j| (j, lower[[i, j]])).filter(|(_, weight)| *weight != 0.0).collect();
        if !others.is_empty() {
            rows.push(Row { asset: i, own: lower[[i, i]], others });
        }
    }
    (Mixing { rows }, impossible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{assert_mean, gbm, grid, market, prices};
    use ndarray::array;

    fn product(mixing: &Mixing, count: usize) -> Array2<f64> {
        // The mixed unit vectors are the columns of L.
        let mut lower = Array2::zeros((count, count));
        for column in 0..count {
            let mut unit = vec![[0.0; CHUNK]; count];
            unit[column][7] = 1.0;
            mixing.mix(&mut unit, 7..8);
            (0..count).for_each(|row| lower[[row, column]] = unit[row][7]);
        }
        lower.dot(&lower.t())
    }

    #[test]
    fn factor_times_its_transpose_is_the_matrix() {
        let full = array![[1.0, 0.5, -0.2], [0.5, 1.0, 0.3], [-0.2, 0.3, 1.0]];
        let singular = array![[1.0, 1.0, 0.6], [1.0, 1.0, 0.6], [0.6, 0.6, 1.0]];
        let ones = Array2::<f64>::ones((4, 4));
        let plane = array![[1.0, 0.8, 0.6], [0.8, 1.0, 0.0], [0.6, 0.0, 1.0]];
        for matrix in [full, singular, ones, plane] {
            let mixing = Mixing::factor(&matrix).expect("positive semi-definite");
            let gap = (product(&mixing, matrix.nrows()) - &matrix).mapv(f64::abs);
            assert!(gap.iter().all(|gap| *gap < 1e-12), "{matrix} is off by {gap}");
        }
    }

    #[test]
    fn the_offending_pair_is_named_with_what_it_could_be() {
        // With 0.9 and 0.9 the third correlation lies in 0.81 +- 0.19.
        let pair = Mixing::factor(&array![[1.0, 0.9, 0.9], [0.9, 1.0, 0.0], [0.9, 0.0, 1.0]]).expect_err("impossible");
        assert_eq!((pair.first, pair.second), (1, 2));
        assert!((pair.least - 0.62).abs() < 1e-12 && (pair.greatest - 1.0).abs() < 1e-12);
        assert!(Mixing::factor(&array![[1.0, 0.9, 0.9], [0.9, 1.0, 0.619], [0.9, 0.619, 1.0]]).is_err());
        assert!(Mixing::factor(&array![[1.0, 0.9, 0.9], [0.9, 1.0, 0.62], [0.9, 0.62, 1.0]]).is_ok());
    }

    #[test]
    fn returns_have_the_stated_correlation() {
        let laws = [("A", gbm(0.9, 0.0)), ("B", gbm(1.2, 0.0)), ("C", gbm(0.5, 0.0))];
        let market = market(&laws, &[(0, 1, 0.71), (2, 1, -0.4)], &[], grid(12.0, 100_000));
        let paths = prices(&market, 3, 0, CHUNK);
        let returns = |asset: usize, volatility: f64| -> Vec<f64> {
            let sd = volatility * (12.0 / portage_base::units::SECONDS_PER_YEAR).sqrt();
            paths[asset].windows(2).map(|pair| libm::log(pair[1] / pair[0]) / sd).collect()
        };
        let (a, b, c) = (returns(0, 0.9), returns(1, 1.2), returns(2, 0.5));
        assert_mean(a.iter().zip(&b).map(|(a, b)| a * b), 0.71);
        assert_mean(b.iter().zip(&c).map(|(b, c)| b * c), -0.4);
        assert_mean(a.iter().zip(&c).map(|(a, c)| a * c), 0.0);
    }
}

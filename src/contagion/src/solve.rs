//! The linear system of those that default.

use ndarray::Array2;

/// The solution of x = b + P' x, where row i of P is passed on by node i to the others and `left[i]` = 1 - (sum of row i) leaves the system.
///
/// Elimination of Grassmann, Taksar and Heyman (1985) as Alfa, Xue and Ye (2002) use it for M-matrices: a pivot is the sum of what a node
/// passes on, never one minus it. Nothing is subtracted, so that every entry is exact to rounding whatever the condition of the system,
/// and no pivoting is needed. Everything must be at least zero; the diagonal of `passed` is not read.
pub(super) fn pass_on(mut passed: Array2<f64>, mut left: Vec<f64>, mut x: Vec<f64>) -> Vec<f64> {
    let n = x.len();
    let mut pivots = vec![0.0; n];
    for k in (0..n).rev() {
        let row: Vec<f64> = passed.row(k).iter().take(k).copied().collect();
        // Zero only where nodes owe everything to one another and nothing comes in; whatever they pay then, the caller bounds it.
        pivots[k] = (left[k] + row.iter().sum::<f64>()).max(f64::MIN_POSITIVE);
        let left_by_k = left[k];
        for i in 0..k {
            let share = passed[(i, k)] / pivots[k];
            if share > 0.0 {
                left[i] += share * left_by_k;
                passed.row_mut(i).iter_mut().zip(&row).for_each(|(entry, through)| *entry += share * through);
            }
        }
        let share = x[k] / pivots[k];
        x.iter_mut().zip(&row).for_each(|(x, through)| *x += share * through);
    }
    for k in 0..n {
        let come_in: f64 = (0..k).map(|i| passed[(i, k)] * x[i]).sum();
        x[k] = (x[k] + come_in) / pivots[k];
    }
    x
}

//! What one step of a path is given, and what it writes.

/// Consecutive blocks over which the volatility factor of the shocks is constant.
pub struct Piece<'a> {
    /// Number of the first block.
    pub first: u64,
    /// Factor of the dated shocks on the diffusive volatility.
    pub factor: f64,
    /// Standard normals, one per block, mixed by the correlations.
    pub normals: &'a [f64],
    /// Log price at the end of each block: to be written.
    pub log: &'a mut [f64],
}

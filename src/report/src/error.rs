//! Why there is no report.

/// Why a report or a comparison could not be made. Its text is a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No run has finished.
    #[error("no run has finished: there is nothing to report")]
    NoRuns,
    /// No run has finished in every arm.
    #[error("no run has finished in every arm: there is nothing to compare")]
    NoCommonRuns,
    /// A figure could not be drawn, or the page not be filled.
    #[error("{0}")]
    Unmade(String),
}

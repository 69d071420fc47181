//! What holders of margined positions do when the margin runs low.

/// What a holder does when the margin runs low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Adds margin.
    Attentive,
    /// Closes everything.
    Stops,
    /// Nothing.
    Absent,
}

impl Habit {
    /// The habit that a draw (uniform, 0 to 1) picks where these shares of holders add margin and close.
    pub(super) fn drawn(uniform: f64, attentive_share: f64, stop_share: f64) -> Self {
        if uniform < attentive_share {
            Self::Attentive
        } else if uniform < attentive_share + stop_share {
            Self::Stops
        } else {
            Self::Absent
        }
    }
}

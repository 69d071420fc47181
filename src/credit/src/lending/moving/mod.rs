//! Users of a lending market who move to another one: each for itself, as far as cash, caps and loan to value allow.

mod carrying;
mod clock;
mod spec;
mod state;
mod suppliers;
#[cfg(test)]
mod tests;

pub use carrying::Obstacle;
pub use spec::{CarriersSpec, MoverSpec, MovesSpec, SuppliersSpec};
pub use state::{Moved, Moves, MovesTally, MovesTerms, Passing, Situation};

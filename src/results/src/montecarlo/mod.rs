//! The Monte Carlo: many runs of one model in parallel, reduced to outcomes and quantile bands.

mod bands;
mod ensemble;
mod runs;

pub use bands::{BAND_PROBABILITIES, Bands};
pub use ensemble::{
    Crew, Ensemble, Failure, One, Plan, Progress, incrementality_without, infection_map, nobody, panic_message,
    simulate, simulate_one, simulate_one_with, simulate_with,
};
pub use runs::RunTable;

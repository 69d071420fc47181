//! One run: the world and its books, the people in it, the model that it follows, and the blocks that it goes through.

pub mod agent;
pub mod agents;
pub mod model;
pub mod run;
pub mod world;

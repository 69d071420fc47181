//! From a scenario to a model: names resolved to ids, rules across values checked, all broken ones reported at once.

mod calendar;
mod crossing;
mod holdings;
mod lending;
mod lending_moves;
mod library;
mod model;
mod names;
mod network;
mod observed;
mod oracle_links;
mod oracle_sources;
mod oracles;
mod people;
mod perps;
mod plan;
mod plan_rules;
mod pool_changes;
mod pools;
mod positions;
mod programme_terms;
mod programmes;
mod reward_markets;
mod rules;
mod state_migration;
mod traders;
mod vaults;

pub use library::{DailyGas, Library, Unread};
pub use model::build;
pub use rules::BrokenRule;

//! The one integration-test binary: laws, scenarios, refusals, the command, and the shape of the house.

mod allocation;
mod any_credit;
mod any_plan;
mod any_scenario;
mod arbitrage;
mod books;
mod cases;
mod chains;
mod circles;
mod command;
mod compare;
mod contracts;
mod crowd;
mod curves;
mod curves_in_runs;

mod determinism;
mod explain;
mod failures;
mod farms;
mod flow;
mod front_door;
mod laws;
mod lending;
mod lending_books;
mod lending_cases;
mod lending_moves;
mod lending_refusals;
mod lures;
mod network;
mod observed;
mod oracle_readings;
mod oracles;
mod own_agents;
mod people;
mod perps;
mod places;
mod plan_refusals;
mod plans;
mod pool_changes;
mod pool_laws;
mod positions;
mod programme_refusals;
mod programmes;
mod refusals;
mod routes;

mod scenarios;
mod series;
mod snapshots;
mod state_migration;
mod structure;

mod support;
mod tipping;
mod vaults;

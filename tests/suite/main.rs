//! The one integration-test binary: laws, scenarios, refusals, the command, and the shape of the house.

mod allocation;
mod any_scenario;
mod arbitrage;
mod books;
mod command;
mod contracts;
mod crowd;
mod curves;
mod curves_in_runs;

mod determinism;
mod flow;
mod laws;
mod people;
mod pool_laws;
mod programmes;
mod refusals;
mod routes;

mod scenarios;
mod series;
mod structure;

mod support;
mod tipping;

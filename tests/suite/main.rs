//! The one integration-test binary: laws, scenarios, refusals, the command, and the shape of the house.

mod allocation;
mod arbitrage;
mod books;

mod determinism;

mod scenarios;

mod support;
mod tipping;

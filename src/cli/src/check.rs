//! `portage check`: every broken rule of a scenario at once.

use super::FAILED;
use super::loading::load;
use super::terminal::{Terminal, print};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// The scenario: a file, the name of an embedded scenario, or - for standard input.
    scenario: String,
    /// Patch a value before checking; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub(super) fn check(arguments: &CheckArguments, terminal: Terminal) -> u8 {
    let Some(study) = load(&arguments.scenario, &arguments.set, terminal) else { return FAILED };
    let (scenario, model) = (&study.scenario, &study.model);
    let parts = [
        ("chain", scenario.chain.is_some()),
        ("providers", scenario.providers.is_some()),
        ("traders", scenario.traders.is_some()),
        ("arbitrage", scenario.arbitrage.is_some()),
        ("migration", scenario.migration.is_some()),
        ("programmes", !scenario.programmes.is_empty()),
    ];
    let present: Vec<&str> = parts.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect();
    let text = format!(
        "{}: no broken rule. {} blocks of {} s from {}, {}, {}; {} runs planned.\n",
        study.name,
        model.grid.blocks,
        model.block_seconds(),
        scenario.start,
        match model.venues.len() {
            1 => "one pool".to_owned(),
            count => format!("{count} pools"),
        },
        if present.is_empty() { "nothing else".to_owned() } else { present.join(", ") },
        scenario.monte_carlo.runs,
    );
    if print(&text) { 0 } else { FAILED }
}

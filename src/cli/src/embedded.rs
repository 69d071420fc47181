//! `portage scenarios`: scenarios that are part of the program.

use super::FAILED;
use super::terminal::{Terminal, print};
use portage::{nearest_scenario, scenario_text, scenarios};

/// Lists the embedded scenarios with the question that each answers, or prints one.
pub(super) fn list(show: Option<&str>, terminal: Terminal) -> u8 {
    let text = match show {
        Some(name) => match scenario_text(name) {
            Some((_, text)) => text.to_owned(),
            None => {
                let hint = nearest_scenario(name).map_or_else(
                    || format!("; there are {}", scenarios().collect::<Vec<_>>().join(", ")),
                    |near| format!("; did you mean \"{near}\"?"),
                );
                terminal.complain(&format!("there is no embedded scenario \"{name}\"{hint}"));
                return FAILED;
            }
        },
        None => scenarios().filter_map(scenario_text).map(|(name, text)| entry(name, text)).collect(),
    };
    if print(&text) { 0 } else { FAILED }
}

/// A name, and under it the comment with which the scenario file opens.
fn entry(name: &str, text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    let opening: String = lines.map(|line| format!("    {}\n", line.trim_start_matches('#').trim())).collect();
    format!("{name}\n{opening}\n")
}

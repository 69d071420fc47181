//! What the program knows of itself: schema, completions, manual page.

use super::terminal::print;
use super::{Arguments, FAILED};
use clap::CommandFactory;

/// Prints the JSON Schema of scenario files.
pub(super) fn schema() -> u8 {
    let text = serde_json::to_string_pretty(portage::schema());
    if text.is_ok_and(|text| print(&(text + "\n"))) { 0 } else { FAILED }
}

/// Prints a completion script; into memory first, so that a closed pipe does not panic.
pub(super) fn completions(shell: clap_complete::Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "portage", &mut script);
    if print(&String::from_utf8_lossy(&script)) { 0 } else { FAILED }
}

/// Prints the manual page in roff.
pub(super) fn manual_page() -> u8 {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
    if rendered.is_ok() && print(&String::from_utf8_lossy(&page)) { 0 } else { FAILED }
}

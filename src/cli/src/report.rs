//! `portage report`: the report of an earlier simulation, written again from its tables.

use super::FAILED;
use super::terminal::{Terminal, print};
use portage::archive::REPORT;
use std::path::Path;

pub(super) fn report(directory: &Path, terminal: Terminal) -> u8 {
    match portage::rewrite_report(directory) {
        Ok(_) if print(&format!("Report: {}\n", directory.join(REPORT).display())) => 0,
        Ok(_) => FAILED,
        Err(why) => terminal.fail(&why),
    }
}

//! `portage report`: the report of an earlier simulation, written again from its tables.

use super::FAILED;
use super::terminal::{Terminal, print};
use portage_archive::{FIGURES, REPORT, Results, SUMMARY, write_atomically};
use portage_report::{Page, write_page};
use std::path::Path;

pub(super) fn report(directory: &Path, terminal: Terminal) -> u8 {
    let written = Results::read(directory).and_then(|results| write(&results, directory));
    match written {
        Ok(_) if print(&format!("Report: {}\n", directory.join(REPORT).display())) => 0,
        Ok(_) => FAILED,
        Err(why) => {
            terminal.complain(&why);
            FAILED
        }
    }
}

/// Writes the page, its figures and the summary; returns what was written.
pub(super) fn write(results: &Results, directory: &Path) -> Result<Page, String> {
    let page = write_page(results)?;
    let figures = directory.join(FIGURES);
    std::fs::create_dir_all(&figures).map_err(|why| format!("cannot make {}: {why}", figures.display()))?;
    for (name, svg) in &page.figures {
        write_atomically(&figures.join(name), svg.as_bytes())?;
    }
    let summary =
        serde_json::to_string_pretty(&page.summary).map_err(|why| format!("cannot write the summary: {why}"))?;
    write_atomically(&directory.join(SUMMARY), (summary + "\n").as_bytes())?;
    write_atomically(&directory.join(REPORT), page.html.as_bytes())?;
    Ok(page)
}

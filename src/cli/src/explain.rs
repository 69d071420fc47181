//! `portage explain`: where the outcome of one run came from, in words.

use super::FAILED;
use super::columns::aligned;
use super::terminal::{Terminal, paragraphs, print};
use clap::Args;
use portage::report::Paragraph;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The directory that `portage run` wrote.
    directory: PathBuf,
    /// The run to explain. Default: the median one by the value moved.
    #[arg(long, value_name = "K")]
    run: Option<u64>,
}

pub(super) fn explain(arguments: &ExplainArguments, terminal: Terminal) -> u8 {
    let explained = match portage::explain(&arguments.directory, arguments.run) {
        Ok(explained) => explained,
        Err(why) => return terminal.fail(&why),
    };
    let mut text = paragraphs(&[explained.which]);
    for passage in explained.passages {
        text += &match passage {
            Paragraph::Heading(heading) => format!("\n{heading}\n"),
            Paragraph::Text(sentences) => paragraphs(&[sentences]),
            Paragraph::Table { heads, rows, names } => aligned(&heads, &rows, names),
        };
    }
    if print(&text) { 0 } else { FAILED }
}

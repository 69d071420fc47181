//! What goes to the terminal: data to stdout, everything else to stderr, a closed pipe is no error.

use super::FAILED;
use portage::Error;
use portage::scenario::fault::{Fault, Look, render_all};
use std::io::{IsTerminal, Write};

/// How to speak to the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    /// Whether to say results and errors only.
    pub(super) is_quiet: bool,
    look: Look,
}

impl Terminal {
    pub(super) fn new(is_quiet: bool, is_plain: bool) -> Self {
        let no_colour = is_plain || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { is_quiet, look: Look::of_terminal(!no_colour && std::io::stderr().is_terminal()) }
    }

    /// Something that the user may want to know, on stderr.
    pub(super) fn say(self, text: &str) {
        if !self.is_quiet {
            let _closed_pipe = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// An error, on stderr.
    pub(super) fn complain(self, text: &str) {
        let _closed_pipe = writeln!(std::io::stderr(), "error: {text}");
    }

    /// What the library could not do, on stderr, with the options that would let it; returns the exit code.
    pub(super) fn fail(self, why: &Error) -> u8 {
        let options = match why {
            Error::HoldsResults(_) => "; add --force to overwrite them, or choose another --out",
            Error::Exists(_) => "; add --force to overwrite it",
            _ => "",
        };
        self.complain(&format!("{why}{options}"));
        FAILED
    }

    /// Broken rules of a scenario, on stderr.
    pub(super) fn refuse(self, faults: &[Fault]) {
        let _closed_pipe = writeln!(std::io::stderr(), "{}", render_all(faults, self.look));
    }
}

/// Widest line of running text, columns: longer ones are hard to read.
const TEXT_COLUMNS: usize = 100;

/// Sentences as paragraphs that fit the terminal, each but the first indented after its first line.
pub(super) fn paragraphs(texts: &[String]) -> String {
    let width = textwrap::termwidth().min(TEXT_COLUMNS);
    let fill = |(index, text): (usize, &String)| {
        let indent = if index == 0 { "" } else { "  " };
        textwrap::fill(text, textwrap::Options::new(width).subsequent_indent(indent)) + "\n"
    };
    texts.iter().enumerate().map(fill).collect()
}

/// Writes data to stdout; false when it could not be written for another reason than a closed pipe.
pub(super) fn print(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(why) => why.kind() == std::io::ErrorKind::BrokenPipe,
    }
}

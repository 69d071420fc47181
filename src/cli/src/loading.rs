//! From a name or a path to a study, with what is wrong said on the terminal.

use super::terminal::Terminal;
use portage::{Draft, Error, STDIN, Study};
use std::io::Read;

/// Opens the scenario `name` (an embedded name, a path, or "-" for standard input) and checks it with `patches` laid over it. Says
/// what is wrong and returns `None`.
pub(super) fn load(name: &str, patches: &[String], terminal: Terminal) -> Option<Study> {
    check(&open(name, terminal)?, patches, terminal)
}

/// Opens the scenario `name`. Says why it cannot be read and returns `None`.
pub(super) fn open(name: &str, terminal: Terminal) -> Option<Draft> {
    let draft = if name == "-" { standard_input() } else { Draft::open(name) };
    draft.map_err(|why| terminal.complain(&why.to_string())).ok()
}

/// Checks a scenario with `patches` laid over it. Says every rule that is broken and returns `None`.
pub(super) fn check(draft: &Draft, patches: &[String], terminal: Terminal) -> Option<Study> {
    let checked = patches.iter().fold(draft.clone(), Draft::set).check();
    let refuse = |why| match why {
        Error::Refused(faults) => terminal.refuse(&faults),
        other => terminal.complain(&other.to_string()),
    };
    checked.map_err(refuse).ok()
}

fn standard_input() -> Result<Draft, Error> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|source| Error::Read { name: "standard input".to_owned(), source })?;
    Ok(Draft::text(STDIN, text))
}

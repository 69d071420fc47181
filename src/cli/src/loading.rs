//! From a name or a path to a model: read, patch, check, resolve; every broken rule at once.

use super::embedded;
use super::terminal::Terminal;
use portage_archive::{read_gas, read_prices};
use portage_engine::model::Model;
use portage_results::metrics::unknown_series;
use portage_scenario::Scenario;
use portage_scenario::document::Document;
use portage_scenario::fault::Fault;
use portage_scenario::grammar;
use portage_scenario::resolve::{BrokenRule, Library, build};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a scenario from standard input is named.
pub(super) const STDIN: &str = "<stdin>";

/// A scenario that has passed every check.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) document: Document,
    pub(super) scenario: Scenario,
    pub(super) model: Model,
    pub(super) folder: PathBuf,
}

/// The text of a scenario, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Text {
    shown: String,
    text: String,
    folder: PathBuf,
}

/// Reads the scenario `name`: an embedded name, a path, or "-" for standard input. Says what is wrong and returns `None`.
pub(super) fn load(name: &str, patches: &[String], terminal: Terminal) -> Option<Loaded> {
    check(&text(name, terminal)?, patches, terminal)
}

/// The text of the scenario `name`. Says why it cannot be read and returns `None`.
pub(super) fn text(name: &str, terminal: Terminal) -> Option<Text> {
    match read(name) {
        Ok((shown, text, folder)) => Some(Text { shown, text, folder }),
        Err(why) => {
            terminal.complain(&why);
            None
        }
    }
}

/// The scenario that `text` states with `patches` laid over it. Says every rule that is broken and returns `None`.
pub(super) fn check(text: &Text, patches: &[String], terminal: Terminal) -> Option<Loaded> {
    match resolve(&text.shown, &text.text, patches, &text.folder) {
        Ok((document, scenario, model)) => {
            Some(Loaded { name: text.shown.clone(), document, scenario, model, folder: text.folder.clone() })
        }
        Err(faults) => {
            terminal.refuse(&faults);
            None
        }
    }
}

fn read(name: &str) -> Result<(String, String, PathBuf), String> {
    let here = PathBuf::from(".");
    if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|why| format!("cannot read standard input: {why}"))?;
        return Ok((STDIN.to_owned(), text, here));
    }
    let path = Path::new(name);
    if path.is_dir() && embedded::text(name).is_none() {
        return Err(format!("{name} is a directory; expected a scenario file or the name of an embedded scenario"));
    }
    if !path.is_file() {
        if let Some((known, text)) = embedded::text(name) {
            return Ok((known.to_owned(), text.to_owned(), here));
        }
        let hint = embedded::meant(name).map_or_else(
            || format!("embedded are {}", embedded::names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean the embedded scenario \"{near}\"?"),
        );
        return Err(format!("there is no file and no embedded scenario \"{name}\"; {hint}"));
    }
    let bytes = std::fs::read(path).map_err(|why| format!("cannot read {name}: {why}"))?;
    let text = String::from_utf8(bytes).map_err(|why| {
        let at = why.utf8_error().valid_up_to();
        format!("{name} is not a text in UTF-8: byte {at} begins no character; expected a TOML file")
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(here, Path::to_path_buf);
    Ok((name.to_owned(), text, folder))
}

fn resolve(
    name: &str,
    text: &str,
    patches: &[String],
    folder: &Path,
) -> Result<(Document, Scenario, Model), Vec<Fault>> {
    let mut document = Document::parse(name, text)?;
    let misset: Vec<Fault> = patches.iter().filter_map(|patch| document.set(patch).err()).collect();
    if !misset.is_empty() {
        return Err(misset);
    }
    let placed = |rule: BrokenRule| {
        let mut fault = Fault::at(&document, &rule.path, rule.message);
        if !rule.expected.is_empty() {
            fault = fault.expected(rule.expected);
        }
        if rule.hint.is_empty() { fault } else { fault.hint(rule.hint) }
    };
    let build = |scenario: &Scenario| {
        let unknown = unknown_series(scenario);
        match build(scenario, &library(scenario, folder)) {
            Ok(model) if unknown.is_empty() => Ok(model),
            built => Err(built.err().into_iter().flatten().chain(unknown).map(placed).collect::<Vec<Fault>>()),
        }
    };
    match grammar::read::<Scenario>(&document) {
        Ok(scenario) => {
            let model = build(&scenario)?;
            Ok((document, scenario, model))
        }
        Err(mut faults) => {
            // Keys that nobody knows hide nothing: what they stand beside is checked all the same.
            let rest = grammar::read_without_unknown_keys::<Scenario>(&document, &faults);
            faults.extend(rest.and_then(|scenario| build(&scenario).err()).unwrap_or_default());
            Err(faults)
        }
    }
}

/// The series that a scenario names, relative paths taken from `folder`.
pub(super) fn library(scenario: &Scenario, folder: &Path) -> Library {
    let (prices, gas) = Library::wanted(scenario);
    let mut library = Library::default();
    for name in prices {
        let series = read_prices(&name, folder).map(Arc::new);
        library.prices.insert(name, series);
    }
    for name in gas {
        let series = read_gas(&name, folder).map(Arc::new);
        library.gas.insert(name, series);
    }
    library
}

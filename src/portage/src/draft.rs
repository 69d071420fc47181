//! A scenario as it was written: read, patched, and checked against every rule at once.

use crate::embedded::{nearest_scenario, scenario_text, scenarios};
use crate::series::library;
use crate::{Error, Study};
use portage_results::metrics::unknown_series;
use portage_scenario::document::Document;
use portage_scenario::fault::Fault;
use portage_scenario::resolve::{BrokenRule, build};
use portage_scenario::{Scenario, grammar};
use std::path::{Path, PathBuf};

/// A scenario that nobody has checked yet, with the patches that are to be laid over it.
///
/// ```
/// use portage::{Draft, Error};
///
/// let draft = Draft::open("quickstart")?.set("programmes.rewards.budget=300000").set("monte_carlo.runs=20");
/// let study = draft.check()?;
/// assert_eq!(study.scenario.monte_carlo.runs, 20);
///
/// let Err(Error::Refused(faults)) = draft.set("horizon=never").set("pools.old.tvl=1").check() else { panic!() };
/// assert_eq!(faults.len(), 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    name: String,
    text: String,
    folder: PathBuf,
    patches: Vec<String>,
}

impl Draft {
    /// The scenario in a file, or else the embedded one of that name.
    ///
    /// # Errors
    /// If there is neither, or the file cannot be read.
    pub fn open(name: &str) -> Result<Self, Error> {
        let path = Path::new(name);
        if path.is_file() {
            return Self::file(path);
        }
        match scenario_text(name) {
            Some((known, text)) => Ok(Self::text(known, text)),
            None if path.is_dir() => Err(Error::IsDirectory(name.to_owned())),
            None => {
                let hint = nearest_scenario(name).map_or_else(
                    || format!("embedded are {}", scenarios().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean the embedded scenario \"{near}\"?"),
                );
                Err(Error::NoScenario { name: name.to_owned(), hint })
            }
        }
    }

    /// The scenario in a TOML file; relative paths in it are taken from its folder.
    ///
    /// # Errors
    /// If the file cannot be read or is no text.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::Read { name: name.clone(), source })?;
        let text = String::from_utf8(bytes)
            .map_err(|why| Error::NoText { name: name.clone(), at: why.utf8_error().valid_up_to() })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self::text(name, text).in_folder(folder.unwrap_or_else(|| Path::new("."))))
    }

    /// The scenario that a TOML text states; `name` stands in messages and results.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), folder: PathBuf::from("."), patches: Vec::new() }
    }

    /// The scenario that a JSON value states, with the keys of a scenario file: what a program makes up, or a manifest holds.
    ///
    /// # Errors
    /// If the value is no table of values that a scenario file can hold.
    ///
    /// ```
    /// let study = portage::Draft::open("quickstart")?.check()?;
    /// assert_eq!(portage::Draft::value("again", study.resolved())?.check()?.scenario, study.scenario);
    /// # Ok::<(), portage::Error>(())
    /// ```
    pub fn value(name: impl Into<String>, value: &serde_json::Value) -> Result<Self, Error> {
        Ok(Self::text(name, Document::text_of(value).map_err(|why| Error::NoTable(why.to_string()))?))
    }

    /// The same scenario, with relative paths taken from `folder`.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// The same scenario with a value patched, `path=value`; later patches win.
    #[must_use]
    pub fn set(mut self, assignment: impl Into<String>) -> Self {
        self.patches.push(assignment.into());
        self
    }

    /// The name by which the scenario is known in messages and results.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks the scenario against every rule and builds its model.
    ///
    /// # Errors
    /// [`Error::Refused`] with every broken rule, each with its place, what was expected there and a hint.
    pub fn check(&self) -> Result<Study, Error> {
        let (document, scenario, model) = self.resolve().map_err(Error::Refused)?;
        let resolved = serde_json::to_value(&scenario).map_err(Error::Json)?;
        let (name, folder, patches) = (self.name.clone(), self.folder.clone(), self.patches.clone());
        Ok(Study { name, scenario, model, document, folder, patches, resolved })
    }

    fn resolve(&self) -> Result<(Document, Scenario, crate::Model), Vec<Fault>> {
        let mut document = Document::parse(&self.name, &self.text)?;
        let misset: Vec<Fault> = self.patches.iter().filter_map(|patch| document.set(patch).err()).collect();
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
        let modelled = |scenario: &Scenario| {
            let unknown = unknown_series(scenario);
            match build(scenario, &library(scenario, &self.folder)) {
                Ok(model) if unknown.is_empty() => Ok(model),
                built => Err(built.err().into_iter().flatten().chain(unknown).map(placed).collect::<Vec<Fault>>()),
            }
        };
        match grammar::read(&document) {
            Ok(scenario) => {
                let model = modelled(&scenario)?;
                Ok((document, scenario, model))
            }
            Err(mut faults) => {
                // Keys that nobody knows hide nothing: what they stand beside is checked all the same.
                let rest = grammar::read_without_unknown_keys(&document, &faults);
                faults.extend(rest.and_then(|scenario| modelled(&scenario).err()).unwrap_or_default());
                Err(faults)
            }
        }
    }
}

//! A scenario that has passed every check, with the model that was built from it.

use crate::simulation::{Run, Simulation};
use portage_engine::model::Model;
use portage_scenario::Scenario;
use portage_scenario::document::Document;
use portage_scenario::grammar;
use std::path::PathBuf;

/// A scenario that has passed every check, ready to be simulated.
///
/// ```
/// let study = portage::Draft::open("quickstart")?.set("clock.step=60").check()?;
/// let one = study.run(17).finish()?;
/// let many = study.simulation().runs(8).finish();
/// assert_eq!(many.metric("volume_usd").unwrap()[0], study.run(0).finish()?.metric("volume_usd").unwrap());
/// assert_eq!(one.series("price").unwrap().len(), one.days().len());
/// # Ok::<(), portage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Study {
    /// The name by which it was opened.
    pub name: String,
    /// The scenario as resolved: every default filled in.
    pub scenario: Scenario,
    /// The model that is simulated.
    pub model: Model,
    /// The text with its patches, and where every value stands in it.
    pub document: Document,
    /// Folder from which relative paths are taken.
    pub folder: PathBuf,
    /// The patches that were laid over the text, `path=value`.
    pub patches: Vec<String>,
    pub(crate) resolved: serde_json::Value,
}

impl Study {
    /// One run by its index, under the scenario's seed.
    #[must_use]
    pub const fn run(&self, run: u64) -> Run<'_> {
        Run::new(self, run)
    }

    /// Many runs: as many as the scenario plans, under its seed.
    #[must_use]
    pub const fn simulation(&self) -> Simulation<'_, '_> {
        Simulation::new(self)
    }

    /// The scenario as resolved, as a value: every default filled in.
    #[must_use]
    pub const fn resolved(&self) -> &serde_json::Value {
        &self.resolved
    }
}

/// The JSON Schema of scenario files: every key with its unit, range, default and source.
///
/// ```
/// assert!(portage::schema()["properties"]["horizon"].is_object());
/// ```
#[must_use]
pub fn schema() -> &'static serde_json::Value {
    grammar::schema()
}

//! Every assumption with its value, unit and source, grouped by the part of the scenario that it belongs to.

use portage_results::records::Manifest;
use portage_scenario::assumptions::Assumption;
use portage_scenario::document::Origin;
use serde::Serialize;

/// The assumptions of one part of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Part {
    /// The table of the scenario.
    pub(super) name: String,
    /// Its values.
    pub(super) rows: Vec<Row>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    /// Path below the table.
    path: String,
    /// Value.
    value: String,
    /// Unit.
    unit: String,
    /// What it means.
    meaning: String,
    /// On whose word.
    source: String,
    /// Who chose it.
    from: &'static str,
}

/// What no run rests on: it stands elsewhere in the report.
const ELSEWHERE: [&str; 4] = ["title", "question", "sources", "observed"];

/// Assumptions by part, in the order of the scenario.
pub(super) fn parts(manifest: &Manifest) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for assumption in &manifest.assumptions {
        let (head, rest) = assumption.path.split_once('.').unwrap_or((&assumption.path, ""));
        if ELSEWHERE.contains(&head) {
            continue;
        }
        let name = if rest.is_empty() { "scenario" } else { head };
        let row = row(manifest, assumption, if rest.is_empty() { head } else { rest });
        match parts.iter_mut().find(|part| part.name == name) {
            Some(part) => part.rows.push(row),
            None => parts.push(Part { name: name.to_owned(), rows: vec![row] }),
        }
    }
    parts
}

fn row(manifest: &Manifest, assumption: &Assumption, path: &str) -> Row {
    let from = match assumption.from {
        Origin::File => "file",
        Origin::CommandLine => "command line",
        Origin::Default => "default",
    };
    let is_own = assumption.from == Origin::Default || is_noted(manifest, &assumption.path);
    let source = if assumption.source.is_empty() || is_own {
        assumption.source.clone()
    } else {
        // The source belongs to the default, not to the value that was chosen in its place.
        format!("reference: {}", assumption.source)
    };
    Row {
        path: path.to_owned(),
        value: assumption.value.clone(),
        unit: assumption.unit.clone(),
        meaning: assumption.meaning.clone(),
        source,
        from,
    }
}

/// Whether the scenario itself gives a source for the path or for a table around it.
fn is_noted(manifest: &Manifest, path: &str) -> bool {
    let notes = manifest.scenario.get("sources").and_then(serde_json::Value::as_object);
    let around = |noted: &str| path.strip_prefix(noted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    notes.is_some_and(|notes| notes.keys().any(|noted| around(noted)))
}

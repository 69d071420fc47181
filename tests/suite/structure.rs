//! The shape of the house: storeys, crate borders, lengths, and what must not stand in the simulation.

use std::path::{Path, PathBuf};

/// The crates, lowest first: each depends on lower ones only.
pub const CRATES: [&str; 16] = [
    "schema",
    "base",
    "market",
    "chain",
    "pools",
    "credit",
    "contagion",
    "incentives",
    "migration",
    "engine",
    "scenario",
    "results",
    "archive",
    "report",
    "portage",
    "cli",
];

/// Packages that only some crates may depend on.
const BORDERS: [(&str, &[&str]); 11] = [
    ("polars", &["archive"]),
    ("polars-io", &["archive"]),
    ("plotters", &["report"]),
    ("minijinja", &["report"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["scenario"]),
    ("miette", &["scenario"]),
    ("rayon", &["results", "portage", "cli"]),
    ("sha3", &["results"]),
    ("ethnum", &["results"]),
];

/// Longest file and longest function, lines.
const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 80;

/// Functions of std whose last bit differs between platforms: none of them in the simulation.
const TRANSCENDENTAL: [&str; 14] = [
    ".exp()",
    ".exp2()",
    ".exp_m1()",
    ".ln()",
    ".ln_1p()",
    ".log10()",
    ".log2()",
    ".powf(",
    ".powi(",
    ".sin()",
    ".cos()",
    ".tanh()",
    ".mul_add(",
    ".cbrt()",
];

pub struct Source {
    pub path: PathBuf,
    /// The crate that it belongs to.
    pub room: &'static str,
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut sources = Vec::new();
    for room in CRATES {
        let mut paths = Vec::new();
        walk(&root().join("src").join(room).join("src"), &mut paths);
        let read = |path: PathBuf| Source { text: std::fs::read_to_string(&path).unwrap(), path, room };
        sources.extend(paths.into_iter().map(read));
    }
    sources
}

/// What a crate depends on outside of tests.
fn dependencies(room: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join("src").join(room).join("Cargo.toml")).unwrap();
    let table = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default().split("\n[").next().unwrap();
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap().to_owned();
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(name).collect()
}

/// The part of a file that is not a test.
pub fn program(source: &Source) -> &str {
    let is_test = source.path.components().any(|part| {
        let name = part.as_os_str().to_str().unwrap();
        name == "tests" || name == "tests.rs" || name == "trial.rs"
    });
    if is_test { "" } else { source.text.split("#[cfg(test)]\nmod ").next().unwrap() }
}

#[test]
fn a_crate_depends_on_lower_ones_only() {
    let mut folders: Vec<String> = std::fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut known = CRATES.map(str::to_owned);
    known.sort();
    assert_eq!(folders, known, "the folders of src are the crates");
    for (storey, room) in CRATES.iter().enumerate() {
        for dependency in dependencies(room) {
            let Some(other) = dependency.strip_prefix("portage-").or((dependency == "portage").then_some("portage"))
            else {
                continue;
            };
            let below = CRATES.iter().position(|known| *known == other).unwrap();
            assert!(below < storey, "{room} depends on {other}, which stands above it");
        }
    }
}

#[test]
fn packages_are_known_in_their_rooms_only() {
    for room in CRATES {
        let dependencies = dependencies(room);
        for (name, rooms) in BORDERS {
            let found = dependencies.iter().any(|dependency| dependency == name);
            assert!(!found || rooms.contains(&room), "{room} depends on {name}");
        }
    }
}

#[test]
fn files_and_functions_keep_their_lengths() {
    for source in &sources() {
        let lines: Vec<&str> = program(source).lines().collect();
        assert!(lines.len() <= FILE_LINES, "{} has {} lines", source.path.display(), lines.len());
        let mut begun: Option<(usize, usize)> = None;
        for (number, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let is_function = ["fn ", "pub fn ", "pub(super) fn ", "const fn ", "pub const fn "]
                .iter()
                .any(|form| code.starts_with(form));
            if begun.is_none() && is_function && !code.ends_with(';') && !code.ends_with('}') {
                begun = Some((number, indent));
            }
            if let Some((first, depth)) = begun
                && *line == format!("{}}}", " ".repeat(depth))
            {
                let length = number - first + 1;
                assert!(
                    length <= FUNCTION_LINES,
                    "{}:{}: {length} lines in one function",
                    source.path.display(),
                    first + 1
                );
                begun = None;
            }
        }
    }
}

#[test]
fn the_simulation_calls_no_transcendental_function_of_std() {
    let above = CRATES.iter().position(|room| *room == "scenario").unwrap();
    for source in sources().iter().filter(|source| CRATES[..above].contains(&source.room)) {
        for (number, line) in program(source).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let found = TRANSCENDENTAL.iter().find(|name| code.contains(*name));
            assert!(found.is_none(), "{}:{}: {}", source.path.display(), number + 1, found.unwrap_or(&""));
        }
    }
}

#[test]
fn the_architecture_names_every_room() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for room in CRATES {
        assert!(text.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
}

#[test]
fn kinds_of_pools_are_matched_in_their_crate_only() {
    const KINDS: [&str; 5] = ["ConstantProduct", "Concentrated", "StableSwap", "Weighted", "Holding"];
    for source in sources().iter().filter(|source| source.room != "pools") {
        for (number, line) in program(source).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let names = |owner: &str| KINDS.iter().any(|kind| code.contains(&format!("{owner}::{kind}")));
            let asks = names("Pool") || names("CurveSpec");
            assert!(!asks, "{}:{}: ask the pool, by a method: {line}", source.path.display(), number + 1);
        }
    }
}

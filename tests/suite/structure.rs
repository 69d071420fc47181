//! The shape of the house: storeys, crate borders, lengths, and what must not stand in the simulation.

use std::path::{Path, PathBuf};

/// Modules by storey: a module imports only from lower ones.
const STOREYS: [(&str, u32); 26] = [
    ("units", 0),
    ("random", 0),
    ("elementary", 0),
    ("stats", 0),
    ("sum", 0),
    ("ledger", 1),
    ("actions", 1),
    ("market", 1),
    ("pools", 1),
    ("chain", 2),
    ("migration", 3),
    ("incentives", 3),
    ("credit", 3),
    ("contagion", 3),
    ("world", 4),
    ("agents", 5),
    ("model", 6),
    ("engine", 7),
    ("scenario", 8),
    ("metrics", 9),
    ("montecarlo", 10),
    ("snapshot", 10),
    ("archive", 11),
    ("experiment", 11),
    ("report", 12),
    ("cli", 13),
];

/// Crates that only some modules may name.
const BORDERS: [(&str, &[&str]); 11] = [
    ("polars", &["archive"]),
    ("polars_io", &["archive"]),
    ("plotters", &["report"]),
    ("minijinja", &["report"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["scenario"]),
    ("miette", &["scenario"]),
    ("rayon", &["montecarlo", "cli"]),
    ("sha3", &["snapshot"]),
    ("ethnum", &["snapshot"]),
];

/// Longest file and longest function, lines.
const FILE_LINES: usize = 520;
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

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn sources() -> Vec<Source> {
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    let module = |path: &Path| {
        let first =
            path.strip_prefix(&root).unwrap().components().next().unwrap().as_os_str().to_str().unwrap().to_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    paths
        .into_iter()
        .map(|path| Source { module: module(&path), text: std::fs::read_to_string(&path).unwrap(), path })
        .collect()
}

/// The part of a file that is not a test.
fn program(source: &Source) -> &str {
    let is_test = source.path.components().any(|part| {
        let name = part.as_os_str().to_str().unwrap();
        name == "tests" || name == "tests.rs" || name == "trial.rs"
    });
    if is_test { "" } else { source.text.split("#[cfg(test)]\nmod ").next().unwrap() }
}

fn storey(module: &str) -> Option<u32> {
    STOREYS.iter().find(|(known, _)| *known == module).map(|(_, storey)| *storey)
}

#[test]
fn a_module_imports_only_from_lower_storeys() {
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module.as_str())) {
        let own = storey(&source.module).unwrap_or_else(|| panic!("{} has no storey", source.module));
        for (number, line) in
            program(source).lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for rest in line.split("crate::").skip(1) {
                let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let Some(other) = storey(&name) else { continue };
                assert!(
                    name == source.module || other < own,
                    "{}:{}: {} (storey {own}) imports {name} (storey {other})",
                    source.path.display(),
                    number + 1,
                    source.module
                );
            }
        }
    }
}

#[test]
fn crates_are_known_in_their_rooms_only() {
    for source in &sources() {
        for (name, rooms) in BORDERS {
            let uses = |line: &&str| {
                let code = line.split("//").next().unwrap();
                code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').zip(code.match_indices("::")).count() > 0
                    && [format!("use {name}::"), format!("{name}::")].iter().any(|form| {
                        code.match_indices(form.as_str()).any(|(at, _)| {
                            let before = code[..at].chars().next_back();
                            before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
                        })
                    })
            };
            let found = program(source).lines().find(uses);
            assert!(
                found.is_none() || rooms.contains(&source.module.as_str()),
                "{} names the crate {name}: {}",
                source.path.display(),
                found.unwrap_or_default()
            );
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
    let highest = storey("engine").unwrap();
    for source in sources().iter().filter(|source| storey(&source.module).is_some_and(|storey| storey <= highest)) {
        for (number, line) in program(source).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            let found = TRANSCENDENTAL.iter().find(|name| code.contains(*name));
            assert!(found.is_none(), "{}:{}: {}", source.path.display(), number + 1, found.unwrap_or(&""));
        }
    }
}

#[test]
fn the_architecture_names_every_room() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (module, _) in STOREYS {
        assert!(text.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
    }
}

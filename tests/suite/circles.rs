//! No circle of imports inside a crate: a module that imports another is not imported by it, by whatever way round.
//!
//! A module is a file. Names that a parent hands on are traced to the child that has them; that a parent hands on a child's names is
//! no import.

use crate::structure::{Source, program, root, sources};
use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

/// The modules of one crate, with their text without comments and tests.
struct Crate {
    texts: BTreeMap<Module, String>,
    /// Names that a module hands on, and the module and name that they come from.
    handed_on: BTreeMap<(Module, String), (Module, String)>,
}

fn module_of(source: &Source) -> Module {
    let path = source.path.strip_prefix(root().join("src").join(source.room).join("src")).unwrap().with_extension("");
    let mut names: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if ["mod", "lib", "main"].contains(&names.last().unwrap().as_str()) {
        names.pop();
    }
    names
}

/// Every path of a tree of imports: `a::{b, c::{d, self}}` is `a::b`, `a::c::d` and `a::c::self`.
fn paths(tree: &str) -> Vec<String> {
    let Some((stem, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().chars().filter(|c| !c.is_whitespace()).collect()];
    };
    let mut depth = 0;
    let inner = &rest[..rest.rfind('}').unwrap()];
    let parts = inner.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let parts = parts.filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| paths(part.trim()).into_iter().map(|path| format!("{}{path}", stem.trim()))).collect()
}

/// Paths that a module names: whether it hands them on, and each as its parts.
fn named(text: &str) -> Vec<(bool, Vec<String>)> {
    let parts = |path: String| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut rest = String::new();
    for statement in text.split_inclusive(';') {
        let at = statement.lines().position(|line| {
            line.trim_start().starts_with("use ") || line.contains(") use ") || line.starts_with("pub use ")
        });
        let Some(at) = at.filter(|_| statement.ends_with(';')) else {
            rest.push_str(statement);
            continue;
        };
        let lines: Vec<&str> = statement.lines().collect();
        let (before, import) = (lines[..at].join("\n"), lines[at..].join(" "));
        rest.push_str(&before);
        let (front, tree) = import.trim_end_matches(';').split_once("use ").unwrap();
        found.extend(paths(tree).into_iter().map(|path| (front.trim_start().starts_with("pub"), parts(path))));
    }
    for root in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(root).filter(|(at, _)| {
            !rest[..*at].ends_with(|c: char| c == ':' || c.is_alphanumeric()) && !rest[..*at].ends_with("pub(in ")
        }) {
            let path: String =
                rest[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
            found.push((false, parts(path.trim_end_matches(':').to_owned())));
        }
    }
    found
}

impl Crate {
    fn read(room: &str) -> Self {
        let of_room = sources().into_iter().filter(|source| source.room == room && !program(source).is_empty());
        let code = |source: &Source| {
            program(source).lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
        };
        let mut found = Self {
            texts: of_room.map(|source| (module_of(&source), code(&source))).collect(),
            handed_on: BTreeMap::new(),
        };
        for (module, text) in found.texts.clone() {
            for (_, path) in named(&text).into_iter().filter(|(is_public, _)| *is_public) {
                if let Some((from, Some(name))) = found.walk(&module, &path) {
                    found.handed_on.insert((module.clone(), name.clone()), (from, name));
                }
            }
        }
        found
    }

    /// The module to which a path leads, and the name in it that is meant.
    fn walk(&self, module: &Module, path: &[String]) -> Option<(Module, Option<String>)> {
        let mut parts = path.iter().filter(|part| *part != "self").peekable();
        let mut at = match parts.peek()?.as_str() {
            "crate" => Module::new(),
            "super" => module.clone(),
            first => Some(module.clone())
                .filter(|module| self.texts.contains_key(&[&module[..], &[first.to_owned()]].concat()))?,
        };
        while let Some(part) = parts.peek() {
            match part.as_str() {
                "crate" => {}
                "super" => drop(at.pop()),
                name if self.texts.contains_key(&[&at[..], &[name.to_owned()]].concat()) => at.push(name.to_owned()),
                _ => break,
            }
            parts.next();
        }
        Some((at, parts.next().cloned()))
    }

    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let mut all = BTreeSet::new();
        for (is_public, path) in named(&self.texts[module]) {
            let Some((mut to, mut name)) = self.walk(module, &path) else { continue };
            while let Some(known) = name.take() {
                let Some((from, inner)) = self.handed_on.get(&(to.clone(), known)).filter(|(from, _)| *from != to)
                else {
                    break;
                };
                (to, name) = (from.clone(), Some(inner.clone()));
            }
            if to != *module && self.texts.contains_key(&to) && !(is_public && to.starts_with(module)) {
                all.insert(to);
            }
        }
        all
    }
}

#[test]
fn no_module_is_imported_by_what_it_imports() {
    /// Crates of which some modules still import one another.
    const OPEN: [&str; 4] = ["results", "report", "portage", "cli"];
    let mut circles = Vec::new();
    for room in crate::structure::CRATES.iter().filter(|room| !OPEN.contains(room)) {
        let own = Crate::read(room);
        let mut left: BTreeMap<Module, BTreeSet<Module>> =
            own.texts.keys().map(|module| (module.clone(), own.imports(module))).collect();
        // What imports nothing that is left, or is imported by nothing that is left, stands in no circle.
        loop {
            let before = left.len();
            let alive: BTreeSet<Module> = left.keys().cloned().collect();
            let wanted: BTreeSet<Module> = left.values().flatten().cloned().collect();
            left.retain(|module, imports| {
                wanted.contains(module) && imports.iter().any(|import| alive.contains(import))
            });
            if left.len() == before {
                break;
            }
        }
        circles.extend(left.keys().map(|module| format!("{room}: {}", module.join("::"))));
    }
    assert!(circles.is_empty(), "in circles of imports, or between two of them:\n{}", circles.join("\n"));
}

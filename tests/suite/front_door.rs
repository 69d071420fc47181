//! The front door: the facade's first page names everything that the facade offers.

use std::path::{Path, PathBuf};

/// The files of the facade but its first page.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    found.filter(|path| path.file_name().is_some_and(|name| name != "lib.rs")).collect()
}

#[test]
fn the_first_page_names_every_public_function() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../portage/src"));
    let page = std::fs::read_to_string(folder.join("lib.rs")).unwrap();
    let page: String = page.lines().filter(|line| line.starts_with("//!") || line.starts_with("| ")).collect();
    let mut seen = 0;
    for path in files(folder) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut of = "";
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("impl") {
                let named =
                    if head.starts_with('<') { head.split_once('>').map_or(head, |(_, rest)| rest) } else { head };
                of = named.trim().split(['<', ' ']).next().unwrap_or_default();
            } else if line == "}" {
                of = "";
            }
            let declared =
                line.trim_start().strip_prefix("pub fn ").or(line.trim_start().strip_prefix("pub const fn "));
            let Some(name) = declared.and_then(|rest| rest.split(['(', '<']).next()) else { continue };
            let link = if of.is_empty() { format!("[`{name}`]") } else { format!("[`{of}::{name}`]") };
            assert!(page.contains(&link), "the first page does not name {link} of {}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} functions");
}

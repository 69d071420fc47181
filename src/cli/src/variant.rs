//! Variants on the command line: `LABEL:path=value[,path=value...]`.

/// An arm that is the first scenario with patches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    /// Its name, which is also the name of its folder.
    pub(super) label: String,
    /// Its patches, as for `--set`.
    pub(super) patches: Vec<String>,
}

/// Longest label, letters: it stands at the head of a column.
const LABEL_LETTERS: usize = 40;

/// Reads a variant. Commas between brackets, braces or quotes belong to a value.
///
/// # Errors
/// What is wrong with the argument, and what is expected.
pub(super) fn read_variant(argument: &str) -> Result<Variant, String> {
    const EXPECTED: &str = "expected LABEL:path=value[,path=value...], as in rich:programmes.rewards.budget=300000";
    let Some((label, rest)) = argument.split_once(':') else { return Err(format!("no `:` after a label; {EXPECTED}")) };
    if label.contains('=') {
        return Err(format!("no label before the first patch; {EXPECTED}"));
    }
    check_label(label)?;
    let patches = parts(rest)?;
    for patch in &patches {
        if patch.is_empty() {
            return Err(format!("a patch is missing; {EXPECTED}"));
        }
        if !patch.contains('=') {
            return Err(format!("`{patch}` has no `=`; a text that holds a comma is quoted: path=\"a,b\"; {EXPECTED}"));
        }
    }
    Ok(Variant { label: label.to_owned(), patches })
}

/// Whether a label can name a column and a folder.
fn check_label(label: &str) -> Result<(), String> {
    let is_plain = label.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let begins = label.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if is_plain && begins && label.len() <= LABEL_LETTERS {
        return Ok(());
    }
    Err(format!(
        "the label `{label}` cannot name a folder; expected 1 to {LABEL_LETTERS} letters, digits, `-`, `_` or `.`, a letter or digit first"
    ))
}

/// The text split at its commas, but for those between brackets, braces or quotes.
fn parts(text: &str) -> Result<Vec<String>, String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut open, mut quote) = (Vec::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(begun), _) => quote = quote.filter(|_| c != begun),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ']' | '}') if open.pop() != Some(c) => {
                return Err(format!("`{c}` in `{text}` closes nothing"));
            }
            (None, ',') if open.is_empty() => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if let Some(end) = quote.or(open.last().copied()) {
        return Err(format!("`{text}` ends before its `{end}`"));
    }
    parts.push(part.trim().to_owned());
    Ok(parts)
}

/// Labels for scenarios by their names, the later of two equal ones numbered; none equals one of `taken`.
pub(super) fn labels_of<'n>(stems: impl Iterator<Item = &'n str>, taken: &[&str]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for stem in stems {
        let plain: String =
            stem.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
        let plain = plain.trim_start_matches(['.', '-']).to_owned();
        let plain = if plain.is_empty() { "arm".to_owned() } else { plain };
        let is_free = |label: &String| !labels.contains(label) && !taken.contains(&label.as_str());
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let label = std::iter::once(plain.clone()).chain(numbered).find(is_free);
        labels.extend(label);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_values_belong_to_them() {
        let read = |text: &str| read_variant(text).map(|variant| (variant.label, variant.patches));
        let patches = |list: &[&str]| list.iter().map(|patch| (*patch).to_owned()).collect::<Vec<String>>();
        assert_eq!(
            read("big-bang:migration.stages=[]"),
            Ok(("big-bang".to_owned(), patches(&["migration.stages=[]"])))
        );
        assert_eq!(
            read("b:x=[1, {y=2,z=3}],title=\"a,b\" , start=2024-01-01T00:00:00Z"),
            Ok(("b".to_owned(), patches(&["x=[1, {y=2,z=3}]", "title=\"a,b\"", "start=2024-01-01T00:00:00Z"])))
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("rich", "no `:`"),
            ("x=1", "no `:`"),
            ("horizon=4d,start=12:00", "no label"),
            (":x=1", "cannot name a folder"),
            ("../up:x=1", "cannot name a folder"),
            ("a b:x=1", "cannot name a folder"),
            ("a:", "a patch is missing"),
            ("a:x=1,,y=2", "a patch is missing"),
            ("a:x=1,y", "`y` has no `=`"),
            ("a:x=[1,2", "ends before its `]`"),
            ("a:x=1]", "closes nothing"),
            ("a:x=\"1,2", "ends before its `\"`"),
        ] {
            let why = read_variant(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn labels_are_distinct_and_name_folders() {
        let labels = labels_of(["a", "a", "b c", ".hidden", "a"].into_iter(), &["a-2"]);
        assert_eq!(labels, ["a", "a-3", "b-c", "hidden", "a-4"]);
    }
}

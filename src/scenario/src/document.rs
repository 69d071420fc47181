//! A scenario file as a tree of values that remember where they stand, and the patches of the command line on it.

use super::fault::{Fault, Place, Source};
use std::fmt::Write as _;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed scenario file, with the `--set` patches laid over it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    source: Arc<Source>,
    root: Node,
    patches: usize,
}

/// A value and its place; a table under a header stands at its header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
}

/// The kinds of values that TOML knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Text(String),
    Integer(i128),
    Number(f64),
    Boolean(bool),
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

/// Who chose a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The scenario file.
    File,
    /// A `--set` argument, or a patched design point.
    CommandLine,
    /// Nobody: the default of the key.
    Default,
}

impl Document {
    /// Parses the TOML `text` of the file called `name`.
    ///
    /// # Errors
    /// All syntax errors that the parser can tell apart, in file order.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let source = Arc::new(Source { name: name.to_string(), text: text.to_string(), order: 0 });
        let (table, errors) = DeTable::parse_recoverable(text);
        let root = Node { place: Place::new(&source, 0, 0), content: grow_table(table.get_ref(), &source, 0) };
        if errors.is_empty() {
            Ok(Self { source, root, patches: 0 })
        } else {
            Err(syntax_faults(&errors, &source, &root))
        }
    }

    /// The text of a scenario file that states `value`, a table; what is null is left out.
    ///
    /// # Errors
    /// If the value is no table, or holds what TOML cannot say.
    pub fn text_of(value: &serde_json::Value) -> Result<String, toml::ser::Error> {
        fn stated(value: &serde_json::Value) -> serde_json::Value {
            match value {
                serde_json::Value::Object(table) => {
                    let entries = table.iter().filter(|(_, value)| !value.is_null());
                    entries.map(|(key, value)| (key.clone(), stated(value))).collect()
                }
                serde_json::Value::Array(list) => list.iter().map(stated).collect(),
                other => other.clone(),
            }
        }
        toml::to_string(&stated(value))
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The text of the file, without patches.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Lays one `path=value` of the command line over the file.
    ///
    /// The path is dotted, elements of arrays are counted from 0 (`shocks.0.at`), missing tables are made. The value is
    /// written as in TOML; what is no TOML value and does not start like one is taken as text (`price=calm`, `at=12h`).
    ///
    /// # Errors
    /// If the path or the value cannot be read, or the path leads through something that is not a table.
    pub fn set(&mut self, assignment: &str) -> Result<(), Fault> {
        self.patches += 1;
        let source = Arc::new(Source { name: "--set".to_string(), text: assignment.to_string(), order: self.patches });
        let (steps, value) = read_assignment(&source)?;
        plant(&mut self.root, &steps, value, "")
    }

    /// The place of the value at a dotted `path`, or of its nearest ancestor that exists.
    #[must_use]
    pub fn locate(&self, path: &str) -> Place {
        let mut node = &self.root;
        for key in split(path) {
            match node.child(&key) {
                Some(child) => node = child,
                None => break,
            }
        }
        node.place.clone()
    }

    /// Who chose the value at a dotted `path`; a list that the command line touched is the command line's.
    #[must_use]
    pub fn origin(&self, path: &str) -> Origin {
        let found = split(path).iter().try_fold(&self.root, |node, key| node.child(key));
        found.map_or(Origin::Default, |node| if node.is_patched() { Origin::CommandLine } else { Origin::File })
    }

    /// The values without their places; dates become text, numbers that are not finite become null.
    #[must_use]
    pub fn values(&self) -> serde_json::Value {
        self.values_without(&[])
    }

    /// The values but for the keys that stand at `places`.
    pub(super) fn values_without(&self, places: &[&Place]) -> serde_json::Value {
        self.root.values(places)
    }

    /// The dotted path of the value without which the document no longer `fails` as it does: the innermost one, empty where no single
    /// key is at fault.
    pub(super) fn culprit(&self, fails: impl Fn(&serde_json::Value) -> bool) -> String {
        let (mut path, mut node) = (String::new(), &self.root);
        while let Content::Table(entries) = &node.content {
            let is_at_fault = |entry: &&Entry| !fails(&self.values_without(&[&entry.key_place]));
            let Some(entry) = entries.iter().find(is_at_fault) else { break };
            (path, node) = (join(&path, &entry.key), &entry.node);
        }
        path
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

impl Fault {
    /// A fault in the value at a dotted `path` of `document`, or at its nearest ancestor that exists.
    #[must_use]
    pub fn at(document: &Document, path: &str, message: impl Into<String>) -> Self {
        Self::new(document.locate(path), message)
    }
}

impl Node {
    fn child(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Table(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            Content::List(elements) => key.parse::<usize>().ok().and_then(|index| elements.get(index)),
            _ => None,
        }
    }

    fn is_patched(&self) -> bool {
        let within = match &self.content {
            Content::Table(entries) => entries.iter().any(|entry| entry.node.is_patched()),
            Content::List(elements) => elements.iter().any(Self::is_patched),
            _ => false,
        };
        self.place.is_patch() || within
    }

    fn values(&self, without: &[&Place]) -> serde_json::Value {
        use serde_json::Value;
        match &self.content {
            Content::Text(text) | Content::Date(text) => Value::from(text.as_str()),
            Content::Integer(integer) => i64::try_from(*integer)
                .map(Value::from)
                .or_else(|_| u64::try_from(*integer).map(Value::from))
                .unwrap_or_else(|_| Value::from(*integer as f64)),
            Content::Number(number) => Value::from(*number),
            Content::Boolean(truth) => Value::from(*truth),
            Content::List(elements) => Value::Array(elements.iter().map(|element| element.values(without)).collect()),
            Content::Table(entries) => {
                let kept = entries.iter().filter(|entry| !without.contains(&&entry.key_place));
                Value::Object(kept.map(|entry| (entry.key.clone(), entry.node.values(without))).collect())
            }
        }
    }
}

/// A dotted path with one more `key`, quoted where TOML would ask for quotes.
pub(super) fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let mut joined = path.to_string();
    let dot = if path.is_empty() { "" } else { "." };
    // Writing into a String cannot fail.
    let _ = if bare { write!(joined, "{dot}{key}") } else { write!(joined, "{dot}\"{key}\"") };
    joined
}

/// The keys of a dotted path; dots between double quotes belong to a key.
fn split(path: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = String::new();
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => keys.push(std::mem::take(&mut key)),
            _ => key.push(c),
        }
    }
    if !path.is_empty() {
        keys.push(key);
    }
    keys
}

/// The node of a parsed value; `offset` is where the parsed text starts in the source, in bytes.
fn grow(value: &Spanned<DeValue<'_>>, source: &Arc<Source>, offset: usize) -> Node {
    let span = value.span();
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(text.to_string()),
        // An integer beyond 128 bits is kept as the number nearest to it; no integer key accepts either.
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| Content::Number(integer.as_str().parse().unwrap_or(f64::INFINITY)), Content::Integer),
        DeValue::Float(number) => Content::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Content::Boolean(*truth),
        DeValue::Datetime(date) => Content::Date(date.to_string()),
        DeValue::Array(elements) => {
            Content::List(elements.iter().map(|element| grow(element, source, offset)).collect())
        }
        DeValue::Table(table) => grow_table(table, source, offset),
    };
    Node { place: Place::new(source, offset + span.start, offset + span.end), content }
}

fn grow_table(table: &DeTable<'_>, source: &Arc<Source>, offset: usize) -> Content {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_place: Place::new(source, offset + key.span().start, offset + key.span().end),
            node: grow(value, source, offset),
        })
        .collect();
    // The parser sorts by name; a reader expects the order of the file.
    entries.sort_by_key(|entry| entry.key_place.rank());
    Content::Table(entries)
}

/// The parser's errors as faults: one a line, and none of those that only follow from a bracket left open.
fn syntax_faults(errors: &[toml::de::Error], source: &Arc<Source>, root: &Node) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut open = usize::MAX;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let text = error.message();
        let (message, expected) =
            text.split_once(", expected ").map_or((text, None), |(message, expected)| (message, Some(expected)));
        let mut place = Place::new(source, span.start, span.end);
        if message.starts_with("unclosed")
            && let Some(bracket) = opening(root, span.start)
        {
            open = open.min(bracket.rank().1);
            place = bracket;
        }
        let mut fault = Fault::new(place, message);
        if message.starts_with("string values must be quoted") {
            fault = unquoted(fault);
        } else if let Some(expected) = expected.filter(|expected| *expected != "nothing") {
            fault = fault.expected(expected);
        }
        faults.push(fault);
    }
    faults.sort_by_key(|fault| (fault.place.rank(), !fault.message.starts_with("unclosed")));
    faults.retain(|fault| fault.place.rank().1 <= open);
    faults.dedup_by_key(|fault| fault.place.line());
    faults
}

/// The parser calls anything that is no value an unquoted string; say what is there instead.
fn unquoted(fault: Fault) -> Fault {
    let found = fault.place.excerpt().to_string();
    if found.is_empty() {
        return Fault { message: "a value is missing".to_string(), ..fault };
    }
    // Several words that start with a figure are rather a list without its commas.
    let text = found.starts_with(char::is_alphabetic) || !found.contains(char::is_whitespace);
    let hint = if text { format!("text is quoted: \"{found}\"") } else { String::new() };
    Fault { message: format!("`{found}` is not a value"), ..fault }.hint(hint)
}

/// The array or inline table that runs on to the byte `end` for want of its closing bracket.
fn opening(node: &Node, end: usize) -> Option<Place> {
    let children: Vec<&Node> = match &node.content {
        Content::Table(entries) => entries.iter().map(|entry| &entry.node).collect(),
        Content::List(elements) => elements.iter().collect(),
        _ => return None,
    };
    let here = Some(&node.place)
        .filter(|place| place.rank().1 + place.excerpt().len() >= end && place.excerpt().starts_with(['[', '{']));
    here.cloned().or_else(|| children.iter().find_map(|child| opening(child, end)))
}

/// One key of a `--set` path with its place in the argument.
struct Step {
    key: String,
    place: Place,
}

/// Reads `path=value` into the steps of the path and the node of the value.
fn read_assignment(source: &Arc<Source>) -> Result<(Vec<Step>, Node), Fault> {
    let text = source.text.as_str();
    let whole = |message: &str| {
        Fault::new(Place::new(source, 0, text.len()), message).expected("path=value, as in traders.orders_per_day=2000")
    };
    let mut quoted = false;
    let equals = text.find(|c: char| {
        quoted ^= c == '"';
        c == '=' && !quoted
    });
    let equals = equals.ok_or_else(|| whole("no `=` in this argument"))?;
    let path = format!("{}=0", &text[..equals]);
    let table = DeTable::parse(&path).map_err(|error| whole(&format!("not a dotted path: {}", error.message())))?;
    let mut steps = Vec::new();
    let mut level = Some(table.get_ref());
    while let Some((key, value)) = level.and_then(|table| table.iter().next()) {
        steps
            .push(Step { key: key.get_ref().to_string(), place: Place::new(source, key.span().start, key.span().end) });
        level = value.get_ref().as_table();
    }
    Ok((steps, read_value(source, equals + 1)?))
}

/// Reads the value that starts at byte `start` of a `--set` argument.
fn read_value(source: &Arc<Source>, start: usize) -> Result<Node, Fault> {
    let tail = &source.text[start..];
    let written = tail.trim();
    let offset = start + tail.len() - tail.trim_start().len();
    let place = Place::new(source, offset, offset + written.len());
    if written.is_empty() {
        return Err(Fault::new(place, "a value is missing").hint("an empty text is written \"\""));
    }
    match DeValue::parse(written) {
        Ok(value) => Ok(grow(&value, source, offset)),
        Err(error) if written.starts_with(['"', '\'', '[', '{']) => {
            Err(Fault::new(place, format!("not a TOML value: {}", error.message())))
        }
        Err(_) => Ok(Node { place, content: Content::Text(written.to_string()) }),
    }
}

/// Puts `value` where `steps` lead from `node`, which stands at the dotted path `at`.
fn plant(node: &mut Node, steps: &[Step], value: Node, at: &str) -> Result<(), Fault> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return Ok(());
    };
    let path = join(at, &step.key);
    match &mut node.content {
        Content::Table(entries) => {
            let index = entries.iter().position(|entry| entry.key == step.key).unwrap_or_else(|| {
                let made = Node { place: step.place.clone(), content: Content::Table(Vec::new()) };
                entries.push(Entry { key: step.key.clone(), key_place: step.place.clone(), node: made });
                entries.len() - 1
            });
            if rest.is_empty() {
                entries[index].key_place = step.place.clone();
            }
            plant(&mut entries[index].node, rest, value, &path)
        }
        Content::List(elements) => {
            let count = elements.len();
            match step.key.parse::<usize>().ok().and_then(|index| elements.get_mut(index)) {
                Some(element) => plant(element, rest, value, &path),
                None => Err(Fault::new(step.place.clone(), format!("`{at}` has no element `{}`", step.key))
                    .expected(format!("a number below {count}: elements are counted from 0"))),
            }
        }
        _ => Err(Fault::new(step.place.clone(), format!("`{at}` is not a table, so it has no key `{}`", step.key))
            .hint(format!("replace it whole: --set '{at}={{ {} = ... }}'", step.key))),
    }
}

#[cfg(test)]
mod tests;

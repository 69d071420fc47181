//! Checks a document against the schema of a type and reports every broken rule at once, then reads it.

use super::Scenario;
use super::document::{Content, Document, Entry, Node, join};
use super::fault::{Fault, Place};
use super::schema::{Range, Rule, Shape, Variant, figure};
use portage_base::units::{Instant, Span};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::LazyLock;

/// Similarity (Jaro-Winkler, 0 to 1) from which a known name is offered for an unknown one: a slip or two in a word of
/// ten letters still finds it, and the names of unrelated keys do not.
const SIMILARITY_MIN: f64 = 0.75;
/// Letters from which one slip alone makes a likely name; short words score low on similarity (`gmb` for `gbm`: 0.6).
const SLIP_LETTERS_MIN: usize = 3;

/// How the message of a fault about an unknown key begins.
const UNKNOWN_KEY: &str = "unknown key";

/// The JSON Schema of a scenario, as `portage schema` prints it.
pub(crate) const SCHEMA: &str = include_str!("schema.json");

/// The JSON Schema of a scenario, as [`check`] reads it.
pub fn schema() -> &'static Value {
    // A file that were no JSON would allow everything, and the test that compares it with the types would fail.
    static PARSED: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap_or_default());
    &PARSED
}

/// Checks `document` against the schema and reads it.
///
/// # Errors
/// Every rule of the schema that the document breaks, in file order; or the one that only reading could find.
pub fn read(document: &Document) -> Result<Scenario, Vec<Fault>> {
    read_by(schema(), document)
}

/// Checks `document` against the schema of `T` and reads it.
pub(crate) fn read_by<T: DeserializeOwned>(schema: &Value, document: &Document) -> Result<T, Vec<Fault>> {
    let faults = check(document, schema);
    if !faults.is_empty() {
        return Err(faults);
    }
    T::deserialize(&document.values()).map_err(|error| {
        let why = error.to_string();
        let path = document.culprit(|values| T::deserialize(values).is_err_and(|error| error.to_string() == why));
        vec![Fault::at(document, &path, format!("{}{why}", subject(&path)))]
    })
}

/// Reads a document whose only faults are unknown keys, as if they were not there: so that rules across values can be checked
/// along with them. `None` when the document has any other fault.
#[must_use]
pub fn read_without_unknown_keys(document: &Document, faults: &[Fault]) -> Option<Scenario> {
    let unknown = faults.iter().all(|fault| fault.message.starts_with(UNKNOWN_KEY));
    let places: Vec<&Place> = faults.iter().map(|fault| &fault.place).collect();
    unknown.then(|| Scenario::deserialize(&document.values_without(&places)).ok())?
}

/// Every rule of a JSON Schema, as schemars writes it, that `document` breaks; in file order.
///
/// Beside the standard keywords it reads `x-unit` (named in messages) and, on a choice, `x-refused`: a table from
/// variants that are known but not supported to the sentence that says so. The range of a span of time is in seconds.
#[must_use]
pub fn check(document: &Document, schema: &Value) -> Vec<Fault> {
    let mut checker = Checker { faults: Vec::new() };
    checker.check(document.root(), &Rule::whole(schema), "");
    checker.faults.sort_by_key(|fault| fault.place.rank());
    checker.faults
}

/// The known name most like `name`, if any is like it.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let rated = known.into_iter().map(|known| {
        let slip = known.len() >= SLIP_LETTERS_MIN && strsim::osa_distance(name, known) == 1;
        (strsim::jaro_winkler(name, known).max(if slip { SIMILARITY_MIN } else { 0.0 }), known)
    });
    let likely = rated.filter(|(similarity, _)| *similarity >= SIMILARITY_MIN);
    likely.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

/// Gathers faults on a walk through the document.
struct Checker {
    faults: Vec<Fault>,
}

impl Checker {
    fn report(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Checks the value `node`, which stands at the dotted `path`.
    fn check(&mut self, node: &Node, rule: &Rule<'_>, path: &str) {
        match (rule.shape(), &node.content) {
            (Shape::Open, _) | (Shape::Boolean, Content::Boolean(_)) => {}
            (Shape::Integer, Content::Integer(value)) => self.check_integer(node, *value, rule, path),
            (Shape::Number, Content::Integer(value)) => {
                self.check_range(node, *value as f64, &rule.range(), rule, path);
            }
            (Shape::Number, Content::Number(value)) => self.check_range(node, *value, &rule.range(), rule, path),
            (Shape::Text, Content::Text(text)) => self.check_length(&node.place, text, rule, path),
            (Shape::Span, Content::Text(text)) => match text.parse::<Span>() {
                Ok(span) => self.check_range(node, span.seconds(), &rule.range(), rule, path),
                Err(reason) => self.report(unreadable(node, &reason, rule, path)),
            },
            (Shape::Instant, Content::Text(text) | Content::Date(text)) => {
                if let Err(reason) = text.parse::<Instant>() {
                    self.report(unreadable(node, &reason, rule, path));
                }
            }
            (Shape::List, Content::List(elements)) => self.check_list(node, elements, rule, path),
            (Shape::Table, Content::Table(entries)) => self.check_table(node, entries, rule, path),
            (Shape::Map, Content::Table(entries)) => self.check_map(entries, rule, path),
            (Shape::Choice, Content::Text(name)) => self.check_bare_name(node, name, rule, path),
            (Shape::Choice, Content::Table(entries)) => self.check_variant(node, entries, rule, path),
            _ => self.report(wrong_kind(node, rule, path)),
        }
    }

    fn check_integer(&mut self, node: &Node, value: i128, rule: &Rule<'_>, path: &str) {
        let stated = rule.range();
        if stated.holds(value as f64) && !rule.width().holds(value as f64) {
            let expected = format!("an integer {}", rule.width().words(figure));
            self.report(out_of_range(node, rule, path).expected(expected));
        } else {
            self.check_range(node, value as f64, &stated, rule, path);
        }
    }

    fn check_range(&mut self, node: &Node, value: f64, range: &Range, rule: &Rule<'_>, path: &str) {
        if !value.is_finite() {
            let message = format!("{}{} is not a finite number", subject(path), node.place.excerpt());
            self.report(Fault::new(node.place.clone(), message).expected(rule.wanted()).hint(meaning(rule, path)));
        } else if !range.holds(value) {
            self.report(out_of_range(node, rule, path));
        }
    }

    fn check_length(&mut self, place: &Place, text: &str, rule: &Rule<'_>, path: &str) {
        let length = text.chars().count();
        let (least, most) = (rule.limit("minLength").unwrap_or(0), rule.limit("maxLength").unwrap_or(usize::MAX));
        if length == 0 && least > 0 {
            self.report(Fault::new(place.clone(), format!("{}the text is empty", subject(path))));
        } else if length < least {
            let fault = Fault::new(place.clone(), format!("{}the text is too short", subject(path)));
            self.report(fault.expected(format!("at least {least} characters")));
        } else if length > most {
            let fault = Fault::new(place.clone(), format!("{}the text is too long", subject(path)));
            self.report(fault.expected(format!("at most {most} characters")));
        }
    }

    fn check_list(&mut self, node: &Node, elements: &[Node], rule: &Rule<'_>, path: &str) {
        let (least, most) = (rule.limit("minItems").unwrap_or(0), rule.limit("maxItems").unwrap_or(usize::MAX));
        if !(least..=most).contains(&elements.len()) {
            let found = match elements.len() {
                0 => "is empty".to_string(),
                1 => "has 1 element".to_string(),
                count => format!("has {count} elements"),
            };
            let fault = Fault::new(node.place.clone(), format!("`{path}` {found}"));
            self.report(fault.expected(rule.wanted()).hint(meaning(rule, path)));
        }
        for (index, element) in elements.iter().enumerate() {
            if let Some(rule) = rule.element(index) {
                self.check(element, &rule, &join(path, &index.to_string()));
            }
        }
    }

    fn check_table(&mut self, node: &Node, entries: &[Entry], rule: &Rule<'_>, path: &str) {
        let keys = rule.keys();
        let absent: Vec<&str> =
            keys.iter().copied().filter(|key| entries.iter().all(|entry| entry.key != *key)).collect();
        let mut meant = Vec::new();
        for entry in entries {
            if let Some(rule) = rule.key(&entry.key) {
                self.check(&entry.node, &rule, &join(path, &entry.key));
                continue;
            }
            let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
            let fault = Fault::new(entry.key_place.clone(), format!("{UNKNOWN_KEY} `{}`{place}", entry.key));
            let likely = nearest(&entry.key, absent.iter().copied());
            meant.extend(likely);
            let written = nearest(&entry.key, keys.iter().copied()).filter(|key| !absent.contains(key));
            self.report(fault.hint(match (likely, written) {
                (Some(likely), Some(written)) => {
                    format!("did you mean `{written}`, which is there already, or `{likely}`?")
                }
                (Some(likely), None) => format!("did you mean `{likely}`?"),
                (None, _) => listed("known keys", &keys),
            }));
        }
        for key in rule.required() {
            // A key that was only misspelt is reported once, where it is misspelt.
            if absent.contains(&key) && !meant.contains(&key) {
                self.report(missing(node, key, rule, path));
            }
        }
    }

    fn check_map(&mut self, entries: &[Entry], rule: &Rule<'_>, path: &str) {
        for entry in entries {
            let path = join(path, &entry.key);
            if let Some(names) = rule.entry_name() {
                let name = Node { place: entry.key_place.clone(), content: Content::Text(entry.key.clone()) };
                self.check(&name, &names, &path);
            }
            if let Some(rule) = rule.entry() {
                self.check(&entry.node, &rule, &path);
            }
        }
    }

    fn check_bare_name(&mut self, node: &Node, name: &str, rule: &Rule<'_>, path: &str) {
        match rule.variants().iter().find(|variant| variant.name == name) {
            Some(Variant { content: None, .. }) => {}
            Some(Variant { content: Some(content), .. }) => {
                let inner = rule.at(content);
                let sample: Vec<String> = inner.required().iter().map(|key| format!("{key} = ...")).collect();
                let sample = match inner.shape() {
                    Shape::Table | Shape::Map if sample.is_empty() => "{}".to_string(),
                    Shape::Table | Shape::Map => format!("{{ {} }}", sample.join(", ")),
                    _ => "...".to_string(),
                };
                let fault = Fault::new(node.place.clone(), format!("`{path}`: `{name}` needs its parameters"));
                self.report(fault.hint(format!("write {} = {sample}", join(path, name))));
            }
            None => self.report(unknown_variant(&node.place, name, rule, path)),
        }
    }

    fn check_variant(&mut self, node: &Node, entries: &[Entry], rule: &Rule<'_>, path: &str) {
        let variants = rule.variants();
        let mut chosen: Option<&Entry> = None;
        for entry in entries {
            let Some(variant) = variants.iter().find(|variant| variant.name == entry.key) else {
                self.report(unknown_variant(&entry.key_place, &entry.key, rule, path));
                continue;
            };
            if let Some(first) = chosen {
                let message = format!("`{path}` is both `{}` and `{}`", first.key, entry.key);
                self.report(Fault::new(entry.key_place.clone(), message).expected("one of them"));
            }
            chosen = chosen.or(Some(entry));
            match variant.content {
                Some(content) => self.check(&entry.node, &rule.at(content), &join(path, &entry.key)),
                None => {
                    let message = format!("`{path}`: `{}` takes no parameters", entry.key);
                    let fault = Fault::new(entry.node.place.clone(), message);
                    self.report(fault.hint(format!("write {path} = \"{}\"", entry.key)));
                }
            }
        }
        if entries.is_empty() {
            let fault = Fault::new(node.place.clone(), format!("`{path}` names no variant"));
            self.report(fault.expected(rule.wanted()).hint(meaning(rule, path)));
        }
    }
}

/// `path` as the subject of a message.
fn subject(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("`{path}`: ") }
}

fn listed(title: &str, names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("{title}: {}", names.join(", ")) }
}

/// The names of a choice that may be chosen.
fn names<'s>(rule: &Rule<'s>) -> Vec<&'s str> {
    let names = rule.variants().into_iter().map(|variant| variant.name);
    names.filter(|name| rule.refusal(name).is_none()).collect()
}

/// What the key at `path` means, as a hint; for a choice, its names.
fn meaning(rule: &Rule<'_>, path: &str) -> String {
    if rule.shape() == Shape::Choice {
        return listed("known", &names(rule));
    }
    let sentence = rule.meaning();
    let key = path.rsplit('.').find(|key| key.parse::<usize>().is_err()).unwrap_or(path);
    if sentence.is_empty() { sentence } else { format!("{key}: {sentence}") }
}

fn out_of_range(node: &Node, rule: &Rule<'_>, path: &str) -> Fault {
    let message = format!("`{path}` = {} is out of range", node.place.excerpt());
    Fault::new(node.place.clone(), message).expected(rule.wanted()).hint(meaning(rule, path))
}

/// A text that is no span or date; the reason comes from its parser, which says after a semicolon how to write it.
fn unreadable(node: &Node, reason: &str, rule: &Rule<'_>, path: &str) -> Fault {
    let what = reason.split_once("; ").map_or(reason, |(what, _)| what);
    Fault::new(node.place.clone(), format!("`{path}`: {what}")).expected(rule.wanted()).hint(meaning(rule, path))
}

fn missing(node: &Node, key: &str, rule: &Rule<'_>, path: &str) -> Fault {
    let message =
        if path.is_empty() { format!("the key `{key}` is missing") } else { format!("`{path}` lacks the key `{key}`") };
    let fault = Fault::new(node.place.clone(), message);
    match rule.key(key) {
        Some(rule) => fault.expected(format!("{key} = {}", rule.wanted())).hint(meaning(&rule, key)),
        None => fault,
    }
}

fn unknown_variant(place: &Place, name: &str, rule: &Rule<'_>, path: &str) -> Fault {
    if let Some(reason) = rule.refusal(name) {
        return Fault::new(place.clone(), format!("`{path}`: `{name}` is not supported yet: {reason}"));
    }
    let variants = rule.variants();
    let owner =
        variants.iter().find(|variant| variant.content.is_some_and(|content| rule.at(content).keys().contains(&name)));
    let hint = match (nearest(name, names(rule)), owner) {
        (Some(likely), _) => format!("did you mean `{likely}`?"),
        (None, Some(owner)) => format!("`{name}` is a parameter of `{}`: write it inside its braces", owner.name),
        (None, None) => meaning(rule, path),
    };
    Fault::new(place.clone(), format!("`{path}`: unknown name `{name}`")).expected(rule.wanted()).hint(hint)
}

/// A value of another kind than asked for, with the way to write it right where that can be guessed.
fn wrong_kind(node: &Node, rule: &Rule<'_>, path: &str) -> Fault {
    let written = node.place.excerpt();
    let shape = rule.shape();
    let (found, hint) = match &node.content {
        Content::Text(text) => {
            let plain = text.trim();
            let numeric = plain.parse::<f64>().is_ok_and(f64::is_finite);
            let boolean = shape == Shape::Boolean && matches!(plain, "true" | "false");
            let hint = if boolean || (numeric && matches!(shape, Shape::Integer | Shape::Number)) {
                format!("write it without quotes: {plain}")
            } else {
                String::new()
            };
            (format!("is the text \"{text}\""), hint)
        }
        Content::Integer(_) | Content::Number(_) => {
            let hint = match (shape, &node.content) {
                (Shape::Span, _) => format!("write it with a unit and in quotes, such as \"{written}s\""),
                (Shape::Integer, Content::Number(value)) if value.fract() == 0.0 => {
                    format!("write it without a decimal point: {}", figure(*value))
                }
                _ => String::new(),
            };
            (format!("is the number {written}"), hint)
        }
        Content::Boolean(truth) => (format!("is {truth}"), String::new()),
        Content::Date(text) => (format!("is the date {text}"), String::new()),
        Content::List(_) => {
            let table = matches!(shape, Shape::Table | Shape::Map | Shape::Choice);
            let hint = if table && written.starts_with("[[") {
                format!("a single table has single brackets: [{path}]")
            } else {
                String::new()
            };
            ("is a list".to_string(), hint)
        }
        Content::Table(_) => {
            let header = shape == Shape::List && written.starts_with('[');
            let hint = if header { format!("a list of tables has double brackets: [[{path}]]") } else { String::new() };
            ("is a table".to_string(), hint)
        }
    };
    let hint = if hint.is_empty() { meaning(rule, path) } else { hint };
    Fault::new(node.place.clone(), format!("`{path}` {found}")).expected(rule.wanted()).hint(hint)
}

#[cfg(test)]
pub(super) mod tests;

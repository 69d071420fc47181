//! A JSON Schema as schemars writes it, read as rules: references followed, options opened, ranges put into words.

use serde_json::{Map, Value};

/// Names of a choice that fit on one line of a terminal beside an excerpt.
const NAMES_SHOWN_MAX: usize = 4;

/// The rules for one value: a subschema together with all that it refers to.
///
/// A key's own description, default and unit stand beside a `$ref`; they go before those of the type referred to.
#[derive(Clone)]
pub(super) struct Rule<'s> {
    root: &'s Value,
    layers: Vec<&'s Map<String, Value>>,
    /// The layers of the list or map around, whose unit, meaning and source hold for each element.
    around: Vec<&'s Map<String, Value>>,
}

/// What kind of value a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything: the schema leaves it open.
    Open,
    Boolean,
    Integer,
    Number,
    Text,
    Span,
    Instant,
    List,
    /// A table with known keys.
    Table,
    /// A table with free keys and values of one kind.
    Map,
    /// One of named variants: a bare name, or a table of one key.
    Choice,
}

/// One variant of a choice; without content it is written as a bare name.
pub(super) struct Variant<'s> {
    pub(super) name: &'s str,
    pub(super) content: Option<&'s Value>,
}

/// The ends of a range; the flag says that the end itself is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Range {
    lower: Option<(f64, bool)>,
    upper: Option<(f64, bool)>,
}

impl<'s> Rule<'s> {
    /// The rules of a whole document.
    pub(super) fn whole(root: &'s Value) -> Self {
        Self { root, layers: Vec::new(), around: Vec::new() }.at(root)
    }

    /// The rules of a subschema of the same document.
    pub(super) fn at(&self, schema: &'s Value) -> Self {
        let mut rule = Self { root: self.root, layers: Vec::new(), around: Vec::new() };
        rule.collect(schema);
        rule
    }

    /// The rules of an element of this list or map.
    fn within(&self, schema: &'s Value) -> Self {
        Self { around: self.layers.clone(), ..self.at(schema) }
    }

    fn collect(&mut self, schema: &'s Value) {
        let Some(map) = schema.as_object() else { return };
        self.layers.push(map);
        if let Some(target) = map.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            if let Some(target) = self.root.pointer(pointer) {
                self.collect(target);
            }
        }
        for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.collect(part);
        }
        // An option: the value or null. TOML has no null, so what is left is the value.
        let parts = map.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let parts: Vec<&Value> = parts.filter(|part| part.get("type") != Some(&Value::from("null"))).collect();
        if let [part] = parts[..] {
            self.collect(part);
        }
    }

    /// The value of a keyword, the key's own before those of its type.
    fn keyword(&self, name: &str) -> Option<&'s Value> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    /// The text of a keyword, or nothing.
    pub(super) fn text(&self, name: &str) -> &'s str {
        self.keyword(name).and_then(Value::as_str).unwrap_or("")
    }

    /// The text of a keyword that a list or map may state for its elements: unit, source or description.
    pub(super) fn note(&self, name: &str) -> &'s str {
        let layers = self.layers.iter().chain(&self.around);
        layers.filter_map(|layer| layer.get(name)).find_map(Value::as_str).unwrap_or("")
    }

    /// A length limit such as `minItems`.
    pub(super) fn limit(&self, name: &str) -> Option<usize> {
        self.keyword(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok())
    }

    pub(super) fn shape(&self) -> Shape {
        if ["oneOf", "enum", "const"].iter().any(|name| self.keyword(name).is_some()) {
            return Shape::Choice;
        }
        let names = match self.keyword("type") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(name)) => vec![name.as_str()],
            _ => Vec::new(),
        };
        match (names.into_iter().find(|name| *name != "null"), self.text("format")) {
            (Some("boolean"), _) => Shape::Boolean,
            (Some("integer"), _) => Shape::Integer,
            (Some("number"), _) => Shape::Number,
            (Some("string"), "span") => Shape::Span,
            (Some("string"), "instant") => Shape::Instant,
            (Some("string"), _) => Shape::Text,
            (Some("array"), _) => Shape::List,
            (Some("object"), _) if self.entry().is_some() => Shape::Map,
            (Some("object"), _) if self.keyword("additionalProperties") == Some(&Value::Bool(true)) => Shape::Open,
            (Some("object"), _) => Shape::Table,
            _ => Shape::Open,
        }
    }

    /// The known keys of a table.
    pub(super) fn keys(&self) -> Vec<&'s str> {
        let tables = self.layers.iter().filter_map(|layer| layer.get("properties")).filter_map(Value::as_object);
        tables.flat_map(Map::keys).map(String::as_str).collect()
    }

    /// The rules of one known key of a table.
    pub(super) fn key(&self, name: &str) -> Option<Self> {
        let tables = self.layers.iter().filter_map(|layer| layer.get("properties"));
        tables.filter_map(|keys| keys.get(name)).map(|schema| self.at(schema)).next()
    }

    /// The keys that a table must have.
    pub(super) fn required(&self) -> Vec<&'s str> {
        let lists = self.layers.iter().filter_map(|layer| layer.get("required")).filter_map(Value::as_array);
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// The rules of every value of a map.
    pub(super) fn entry(&self) -> Option<Self> {
        self.keyword("additionalProperties").filter(|schema| schema.is_object()).map(|schema| self.within(schema))
    }

    /// The rules of every key of a map.
    pub(super) fn entry_name(&self) -> Option<Self> {
        self.keyword("propertyNames").map(|schema| self.at(schema))
    }

    /// The rules of one element of a list.
    pub(super) fn element(&self, index: usize) -> Option<Self> {
        let own = self.keyword("prefixItems").and_then(|items| items.get(index));
        own.or_else(|| self.keyword("items")).map(|schema| self.within(schema))
    }

    /// The variants of a choice, in the order of the schema.
    pub(super) fn variants(&self) -> Vec<Variant<'s>> {
        let mut variants = Vec::new();
        for layer in &self.layers {
            bare_names(layer, &mut variants);
            for alternative in layer.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
                let Some(alternative) = alternative.as_object() else { continue };
                bare_names(alternative, &mut variants);
                let tables = alternative.get("properties").and_then(Value::as_object).into_iter().flatten();
                variants.extend(tables.map(|(name, content)| Variant { name, content: Some(content) }));
            }
        }
        variants
    }

    /// Why a known variant is refused, if it is: the keyword `x-refused`.
    pub(super) fn refusal(&self, variant: &str) -> Option<&'s str> {
        self.keyword("x-refused").and_then(|refused| refused.get(variant)).and_then(Value::as_str)
    }

    /// The range that the schema states; for a span of time its ends are in seconds.
    pub(super) fn range(&self) -> Range {
        let mut range = Range::default();
        for layer in &self.layers {
            let end = |name: &str| layer.get(name).and_then(Value::as_f64);
            for (name, open) in [("minimum", false), ("exclusiveMinimum", true)] {
                range.raise_lower(end(name), open);
            }
            for (name, open) in [("maximum", false), ("exclusiveMaximum", true)] {
                range.cut_upper(end(name), open);
            }
        }
        range
    }

    /// The range of the integer type itself (`uint32` and the like), to which the stated range belongs.
    pub(super) fn width(&self) -> Range {
        let (lower, upper) = match self.text("format") {
            "uint32" => (0.0, f64::from(u32::MAX)),
            "uint64" | "uint" => (0.0, u64::MAX as f64),
            "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
            // Shorter types state their range themselves.
            _ => (i64::MIN as f64, i64::MAX as f64),
        };
        Range { lower: Some((lower, false)), upper: Some((upper, false)) }
    }

    /// The first sentence of the description, without its full stop.
    pub(super) fn meaning(&self) -> String {
        first_sentence(self.note("description"))
    }

    /// What is asked for, in words that read after "expected": kind, range and unit.
    pub(super) fn wanted(&self) -> String {
        let range = self.range();
        match self.shape() {
            Shape::Open => "a value".to_string(),
            Shape::Boolean => "true or false".to_string(),
            Shape::Integer => self.measured("an integer", range),
            Shape::Number => self.measured("a number", range),
            Shape::Text => "text in quotes".to_string(),
            Shape::Span => {
                let ends = range.words(|seconds| format!("{}s", figure(seconds)));
                format!("a span of time{}, such as \"12s\", \"6h\" or \"30d\"", spaced(&ends))
            }
            Shape::Instant => "a date, such as \"2020-08-28\" or \"2020-08-28T06:00\"".to_string(),
            Shape::List => format!("a list{}", spaced(&self.count())),
            Shape::Table | Shape::Map => "a table".to_string(),
            Shape::Choice => {
                let names: Vec<String> = self.variants().iter().map(|variant| format!("`{}`", variant.name)).collect();
                // More names than this make the label longer than a line.
                let shown = if names.len() > NAMES_SHOWN_MAX { &names[..NAMES_SHOWN_MAX - 1] } else { &names[..] };
                let more = if shown.len() < names.len() { ", ..." } else { "" };
                let one_of = if names.len() > 1 { "one of " } else { "" };
                format!("{one_of}{}{more}", shown.join(", "))
            }
        }
    }

    fn measured(&self, noun: &str, range: Range) -> String {
        let ends = range.words(figure);
        // A pure number has the unit 1, which a sentence leaves out.
        let unit = Some(self.note("x-unit")).filter(|unit| *unit != "1").unwrap_or_default();
        let joint = if unit.is_empty() || !ends.is_empty() || unit.starts_with("per ") { "" } else { " in" };
        format!("{noun}{}{joint}{}", spaced(&ends), spaced(unit))
    }

    /// The number of elements asked for, in words; empty when any number will do.
    pub(super) fn count(&self) -> String {
        let plural = |count: usize| if count == 1 { "element" } else { "elements" };
        match (self.limit("minItems"), self.limit("maxItems")) {
            (Some(least), Some(most)) if least == most => format!("of {least} {}", plural(least)),
            (Some(least), Some(most)) => format!("of {least} to {most} elements"),
            (Some(least), None) => format!("of at least {least} {}", plural(least)),
            (None, Some(most)) => format!("of at most {most} {}", plural(most)),
            (None, None) => String::new(),
        }
    }
}

fn bare_names<'s>(schema: &'s Map<String, Value>, variants: &mut Vec<Variant<'s>>) {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let names = listed.chain(schema.get("const")).filter_map(Value::as_str);
    variants.extend(names.map(|name| Variant { name, content: None }));
}

impl Range {
    fn raise_lower(&mut self, end: Option<f64>, open: bool) {
        let Some(end) = end else { return };
        if self.lower.is_none_or(|(lower, _)| end > lower || (end == lower && open)) {
            self.lower = Some((end, open));
        }
    }

    fn cut_upper(&mut self, end: Option<f64>, open: bool) {
        let Some(end) = end else { return };
        if self.upper.is_none_or(|(upper, _)| end < upper || (end == upper && open)) {
            self.upper = Some((end, open));
        }
    }

    /// Whether `value` lies in the range.
    pub(super) fn holds(self, value: f64) -> bool {
        let above = self.lower.is_none_or(|(end, open)| value > end || (!open && value == end));
        let below = self.upper.is_none_or(|(end, open)| value < end || (!open && value == end));
        above && below
    }

    /// The range in words; empty when it is unbounded.
    pub(super) fn words(self, figure: impl Fn(f64) -> String) -> String {
        let lower = |(end, open): (f64, bool)| format!("{} {}", if open { "above" } else { "at least" }, figure(end));
        let upper = |(end, open): (f64, bool)| format!("{} {}", if open { "below" } else { "at most" }, figure(end));
        match (self.lower, self.upper) {
            (Some((low, false)), Some((high, false))) => format!("from {} to {}", figure(low), figure(high)),
            (Some(low), Some(high)) => format!("{} and {}", lower(low), upper(high)),
            (Some(low), None) => lower(low),
            (None, Some(high)) => upper(high),
            (None, None) => String::new(),
        }
    }
}

/// A number as a reader would write it: plain from a millionth to a quadrillion, with an exponent outside.
pub(super) fn figure(number: f64) -> String {
    if number == 0.0 || (1e-6..1e15).contains(&number.abs()) { format!("{number}") } else { format!("{number:e}") }
}

/// The first sentence of a description on one line, without its full stop.
fn first_sentence(description: &str) -> String {
    let paragraph = description.split("\n\n").next().unwrap_or("");
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let capital = |word: &&str| word.starts_with(|c: char| c.is_uppercase() || c == '`');
    // A full stop before a small letter belongs to an abbreviation.
    let last = (0..words.len()).find(|at| words[*at].ends_with('.') && words.get(at + 1).is_none_or(capital));
    let sentence = words[..last.map_or(words.len(), |at| at + 1)].join(" ");
    sentence.trim_end_matches('.').to_string()
}

fn spaced(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ranges_hold_their_closed_ends_only() {
        let schema = json!({"type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0, "x-unit": "per year"});
        let rule = Rule::whole(&schema);
        assert!(rule.range().holds(0.0) && rule.range().holds(0.5));
        assert!(!rule.range().holds(1.0) && !rule.range().holds(-f64::MIN_POSITIVE));
        assert_eq!(rule.wanted(), "a number at least 0 and below 1 per year");
    }

    #[test]
    fn both_the_key_and_its_type_bound_a_value() {
        let schema = json!({
            "$ref": "#/$defs/Share", "maximum": 0.5, "description": "Share of value. More.",
            "$defs": {"Share": {"type": "number", "minimum": 0.0, "maximum": 1.0, "description": "A share"}}
        });
        let rule = Rule::whole(&schema);
        assert_eq!(rule.wanted(), "a number from 0 to 0.5");
        assert_eq!(rule.meaning(), "Share of value");
    }

    #[test]
    fn integers_keep_to_the_width_of_their_type() {
        fn ends<T: schemars::JsonSchema>(least: f64, most: f64) {
            let schema = schemars::schema_for!(T).to_value();
            let rule = Rule::whole(&schema);
            let holds = |value: f64| rule.range().holds(value) && rule.width().holds(value);
            assert!(holds(least) && holds(most) && !holds(least - 1.0) && !holds(most + 1.0), "{schema}");
        }
        ends::<u8>(0.0, 255.0);
        ends::<i16>(-32_768.0, 32_767.0);
        ends::<u32>(0.0, 4_294_967_295.0);
        ends::<i32>(-2_147_483_648.0, 2_147_483_647.0);
    }

    #[test]
    fn wishes_read_after_the_word_expected() {
        for (schema, words) in [
            (json!({"type": "number", "x-unit": "USD"}), "a number in USD"),
            (
                json!({"type": ["number", "null"], "minimum": 0, "maximum": 1e4, "x-unit": "bps"}),
                "a number from 0 to 10000 bps",
            ),
            (json!({"type": "integer", "exclusiveMinimum": 0}), "an integer above 0"),
            (json!({"type": "number", "maximum": 1e-9}), "a number at most 1e-9"),
            (json!({"type": "array", "minItems": 2, "maxItems": 2}), "a list of 2 elements"),
            (json!({"type": "array", "minItems": 1}), "a list of at least 1 element"),
            (json!({"enum": ["a", "b"]}), "one of `a`, `b`"),
            (json!({"enum": ["a", "b", "c", "d", "e"]}), "one of `a`, `b`, `c`, ..."),
            (json!({"const": "a"}), "`a`"),
            (
                json!({"type": "string", "format": "span", "exclusiveMinimum": 0}),
                "a span of time above 0s, such as \"12s\", \"6h\" or \"30d\"",
            ),
            (json!(true), "a value"),
        ] {
            assert_eq!(Rule::whole(&schema).wanted(), words);
        }
    }

    #[test]
    fn sentences_end_before_a_capital() {
        assert_eq!(first_sentence("Fee, e.g. of a swap.\nCharged on input."), "Fee, e.g. of a swap");
        assert_eq!(first_sentence("One\nline\n\nSecond paragraph"), "One line");
        assert_eq!(first_sentence(""), "");
    }
}

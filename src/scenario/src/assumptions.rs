//! Every value that a run rests on, with its unit, meaning and source: what the file says and what it leaves unsaid.

use super::document::{Document, Origin, join};
use super::schema::{Rule, Shape, figure};
use serde_json::Value;
use std::collections::BTreeMap;

/// One value of a scenario, for a reader who asks what was assumed and on whose word.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Assumption {
    /// The dotted path of the key.
    pub path: String,
    /// The value as a reader would write it.
    pub value: String,
    /// The unit, or nothing; spans of time and dates carry their own.
    pub unit: String,
    /// The first sentence of the key's description.
    pub meaning: String,
    /// Where the value comes from: the scenario's own note, or else the source given with the key.
    pub source: String,
    /// Who chose the value.
    pub from: Origin,
}

/// One row a value of `resolved`, the scenario with all its defaults filled in, in its order.
///
/// `sources` maps dotted paths to sources; a note on a table holds for all its keys, the longest path counts. Values
/// that are absent (null) have no row; a list of plain values has one, an empty table or list too.
#[must_use]
pub fn list(
    resolved: &Value,
    schema: &Value,
    document: &Document,
    sources: &BTreeMap<String, String>,
) -> Vec<Assumption> {
    let mut listing = Listing { document, sources, rows: Vec::new() };
    listing.visit(resolved, &Rule::whole(schema), "");
    listing.rows
}

struct Listing<'d> {
    document: &'d Document,
    sources: &'d BTreeMap<String, String>,
    rows: Vec<Assumption>,
}

impl Listing<'_> {
    fn visit(&mut self, value: &Value, rule: &Rule<'_>, path: &str) {
        match value {
            Value::Null => {}
            Value::Object(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    self.visit_key(key, value, rule, path);
                }
            }
            Value::Array(elements) if elements.iter().any(|element| element.is_object() || element.is_array()) => {
                for (index, element) in elements.iter().enumerate() {
                    let inner = rule.element(index).unwrap_or_else(|| rule.at(&Value::Null));
                    self.visit(element, &inner, &join(path, &index.to_string()));
                }
            }
            _ => self.row(value, rule, path),
        }
    }

    fn visit_key(&mut self, key: &str, value: &Value, rule: &Rule<'_>, path: &str) {
        let variant = rule.variants().into_iter().find(|variant| variant.name == key);
        let chosen = rule.shape() == Shape::Choice;
        let inner = match variant.and_then(|variant| variant.content) {
            Some(content) => Some(rule.at(content)),
            None => rule.key(key).or_else(|| rule.entry()),
        };
        let inner = inner.unwrap_or_else(|| rule.at(&Value::Null));
        if chosen && value.as_object().is_some_and(serde_json::Map::is_empty) {
            // The choice itself is all that was assumed.
            self.row(&Value::from(key), rule, path);
        } else {
            self.visit(value, &inner, &join(path, key));
        }
    }

    fn row(&mut self, value: &Value, rule: &Rule<'_>, path: &str) {
        let first = rule.element(0);
        let of_elements = |name: &str| first.as_ref().map_or("", |rule| rule.note(name));
        let own = |name: &str| Some(rule.note(name)).filter(|text| !text.is_empty()).unwrap_or(of_elements(name));
        self.rows.push(Assumption {
            path: path.to_string(),
            value: written(value),
            unit: own("x-unit").to_string(),
            meaning: rule.meaning(),
            source: self.noted(path).unwrap_or(own("x-source")).to_string(),
            from: self.document.origin(path),
        });
    }

    /// The scenario's own note on `path` or on the nearest table around it.
    fn noted(&self, path: &str) -> Option<&str> {
        let around =
            |noted: &str| path.strip_prefix(noted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let notes = self.sources.iter().filter(|(noted, _)| around(noted));
        notes.max_by_key(|(noted, _)| noted.len()).map(|(_, source)| source.as_str())
    }
}

/// A value in words: yes and no, digits in threes, lists with commas.
fn written(value: &Value) -> String {
    match value {
        Value::Null => "none".to_string(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_string(),
        Value::Number(number) => grouped(
            &number.as_u64().map_or_else(|| figure(number.as_f64().unwrap_or(f64::NAN)), |whole| whole.to_string()),
        ),
        Value::String(text) => text.clone(),
        Value::Array(elements) if elements.is_empty() => "none".to_string(),
        Value::Array(elements) => elements.iter().map(written).collect::<Vec<_>>().join("; "),
        Value::Object(entries) if entries.is_empty() => "none".to_string(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| format!("{key} = {}", written(value))).collect::<Vec<_>>().join("; ")
        }
    }
}

/// A figure with its whole part in groups of three from five digits on: 12,500 but 2500.
fn grouped(figure: &str) -> String {
    let start = usize::from(figure.starts_with('-'));
    let whole = figure[start..].find(|c: char| !c.is_ascii_digit()).map_or(figure.len(), |end| start + end);
    if whole - start < 5 {
        return figure.to_string();
    }
    let mut out = figure[..start].to_string();
    for (index, digit) in figure[start..whole].chars().enumerate() {
        if index > 0 && (whole - start - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &figure[whole..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_by;
    use crate::grammar::tests::{PLAN, Plan, schema_of_plan};

    fn rows(patches: &[&str], sources: &[(&str, &str)]) -> Vec<Assumption> {
        let mut document = Document::parse("plan.toml", PLAN).unwrap();
        for patch in patches {
            document.set(patch).unwrap();
        }
        let resolved = serde_json::to_value(read_by::<Plan>(&schema_of_plan(), &document).unwrap()).unwrap();
        let sources = sources.iter().map(|(path, source)| (path.to_string(), source.to_string())).collect();
        list(&resolved, &schema_of_plan(), &document, &sources)
    }

    fn row<'r>(rows: &'r [Assumption], path: &str) -> &'r Assumption {
        rows.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("no row {path} in {rows:#?}"))
    }

    #[test]
    fn a_row_tells_value_unit_meaning_source_and_origin() {
        let rows = rows(&["market.price.gbm.volatility=0.5", "weights.0=0.5"], &[]);
        let fee = row(&rows, "pools.new.curve.constant_product.fee_bps");
        assert_eq!((fee.value.as_str(), fee.unit.as_str(), fee.from), ("30", "bps", Origin::Default));
        assert_eq!((fee.meaning.as_str(), fee.source.as_str()), ("Fee on what goes in", "Uniswap v2"));
        let volatility = row(&rows, "market.price.gbm.volatility");
        assert_eq!((volatility.value.as_str(), volatility.from), ("0.5", Origin::CommandLine));
        let depth = row(&rows, "pools.new.depth");
        assert_eq!((depth.value.as_str(), depth.unit.as_str(), depth.from), ("2,500,000", "USD", Origin::File));
        assert_eq!(row(&rows, "shocks.1.at").value, "36h");
        assert_eq!(
            (row(&rows, "weights").value.as_str(), row(&rows, "weights").from),
            ("0.5; 0.75", Origin::CommandLine)
        );
        assert_eq!((row(&rows, "weights").unit.as_str(), row(&rows, "verify").value.as_str()), ("share", "yes"));
        assert_eq!(row(&rows, "pools.old.curve").value, "frozen");
        assert_eq!(row(&rows, "fallback").value, "nothing");
        assert!(rows.iter().all(|row| row.path != "backup" && row.path != "note"), "absent values have no row");
    }

    #[test]
    fn the_nearest_note_is_the_source() {
        let noted = rows(&[], &[("pools", "all"), ("pools.new.depth", "subgraph"), ("pools.ne", "not around new")]);
        assert_eq!(row(&noted, "pools.new.depth").source, "subgraph");
        assert_eq!(row(&noted, "pools.new.curve.constant_product.fee_bps").source, "all");
        assert_eq!(row(&noted, "market.price.gbm.volatility").source, "table 3");
    }

    #[test]
    fn figures_are_grouped_in_threes() {
        for (figure, grouping) in [
            ("2500", "2500"),
            ("12500", "12,500"),
            ("-1234567.125", "-1,234,567.125"),
            ("1e-9", "1e-9"),
            ("100000", "100,000"),
        ] {
            assert_eq!(grouped(figure), grouping);
        }
    }
}

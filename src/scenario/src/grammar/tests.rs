//! The checker against a small family of types: each rule by example.

mod family;
mod passed;

use super::*;
use crate::fault::{Look, render_all};
use family::{Curve, Fallback, Price};
pub use family::{PLAN, Plan};
use schemars::JsonSchema;
use std::collections::BTreeMap;

const PLAIN: Look = Look { colour: false, unicode: true };

/// The schema of the family of types.
pub fn schema_of_plan() -> Value {
    schemars::schema_for!(Plan).to_value()
}

/// The lines of the faults of the sound plan with one text put for another.
fn faults_with(found: &str, instead: &str) -> Vec<String> {
    assert!(PLAN.contains(found), "{found} is not in the plan");
    faults_of(&PLAN.replacen(found, instead, 1))
}

fn faults_of(text: &str) -> Vec<String> {
    let document = Document::parse("p", text).unwrap_or_else(|faults| panic!("{}", render_all(&faults, PLAIN)));
    check(&document, &schema_of_plan()).iter().map(Fault::one_line).collect()
}

fn faults_set(assignment: &str) -> Vec<Fault> {
    let mut document = Document::parse("p", PLAN).unwrap();
    match document.set(assignment) {
        Ok(()) => check(&document, &schema_of_plan()),
        Err(fault) => vec![fault],
    }
}

#[test]
fn a_sound_plan_is_read_with_its_defaults() {
    let plan: Plan = read_by(&schema_of_plan(), &Document::parse("p", PLAN).unwrap()).unwrap();
    assert_eq!(plan.market.price, Price::Gbm { volatility: 0.92, drift: 0.0 });
    assert_eq!(plan.pools["new"].curve, Curve::ConstantProduct { fee_bps: 30.0 });
    assert_eq!((plan.pools["new"].depth, plan.pools["old"].band), (2.5e6, Some((0.5, 2.0))));
    assert_eq!(
        (plan.shocks[1].at.seconds(), plan.fallback, plan.start.unix()),
        (129_600.0, Fallback::Nothing, 1_598_572_800)
    );
}

#[test]
fn each_broken_rule_is_named_at_its_place() {
    for (found, instead, line) in [
        ("runs = 100", "runs = 0", "p:3:8: `runs` = 0 is out of range (expected an integer from 1 to 1000)"),
        (
            "runs = 100",
            "runs = 1.0",
            "p:3:8: `runs` is the number 1.0 (expected an integer from 1 to 1000) \
             [write it without a decimal point: 1]",
        ),
        (
            "runs = 100",
            "runs = \"7\"",
            "p:3:8: `runs` is the text \"7\" (expected an integer from 1 to 1000) [write it without quotes: 7]",
        ),
        ("runs = 100\n", "", "p:1:1: the key `runs` is missing (expected runs = an integer from 1 to 1000)"),
        ("verify = true", "verify = 1", "p:4:10: `verify` is the number 1 (expected true or false)"),
        ("verify", "verifi", "p:4:1: unknown key `verifi` [did you mean `verify`?]"),
        (
            "\"2020-08-28\"",
            "\"28.08.2020\"",
            "p:2:9: `start`: \"28.08.2020\" is not a date (expected a date, such as \"2020-08-28\" or \
          \"2020-08-28T06:00\") [start: First block of the run]",
        ),
        (
            "\"12s\"",
            "12",
            "p:9:14: `market.block_time` is the number 12 (expected a span of time above 0s and at most 3600s, such as \
          \"12s\", \"6h\" or \"30d\") [write it with a unit and in quotes, such as \"12s\"]",
        ),
        (
            "\"12s\"",
            "\"0s\"",
            "p:9:14: `market.block_time` = \"0s\" is out of range (expected a span of time above 0s and at most 3600s, \
          such as \"12s\", \"6h\" or \"30d\") [block_time: Time between blocks]",
        ),
        (
            "0.92",
            "0",
            "p:8:28: `market.price.gbm.volatility` = 0 is out of range (expected a number above 0 and at most 10 per \
          sqrt(year)) [volatility: Yearly volatility]",
        ),
        (
            "0.92",
            "nan",
            "p:8:28: `market.price.gbm.volatility`: nan is not a finite number (expected a number above 0 and at most 10 \
          per sqrt(year)) [volatility: Yearly volatility]",
        ),
        (
            "depth = 1e6",
            "depth = 1e999",
            "p:17:9: `pools.old.depth`: 1e999 is not a finite number (expected a number above 0 USD) [depth: Value of the \
          reserves]",
        ),
        (
            "depth = 1e6\n",
            "",
            "p:15:1: `pools.old` lacks the key `depth` (expected depth = a number above 0 USD) \
             [depth: Value of the reserves]",
        ),
        (
            "depth = 1e6",
            "cap = 1\ndepth = 1e6",
            "p:17:1: unknown key `cap` in `pools.old` [known keys: curve, depth, band]",
        ),
        ("[0.5, 2]", "[0.5]", "p:18:8: `pools.old.band` has 1 element (expected a list of 2 elements)"),
        ("[0.5, 2]", "[0.5, \"x\"]", "p:18:14: `pools.old.band.1` is the text \"x\" (expected a number)"),
        ("0.25,", "1.25,", "p:5:12: `weights.0` = 1.25 is out of range (expected a number from 0 to 1 share)"),
        (
            "constant_product",
            "constant_produkt",
            "p:12:7: `pools.new.curve`: unknown name `constant_produkt` (expected one of `constant_product`, \
          `stable_swap`, `frozen`) [did you mean `constant_product`?]",
        ),
        (
            "curve.constant_product = {}",
            "curve = \"stable_swap\"",
            "p:12:9: `pools.new.curve`: `stable_swap` needs its parameters \
             [write pools.new.curve.stable_swap = { amplification = ... }]",
        ),
        (
            "curve.constant_product = {}",
            "curve.fee_bps = 3",
            "p:12:7: `pools.new.curve`: unknown name `fee_bps` (expected one of `constant_product`, `stable_swap`, \
          `frozen`) [`fee_bps` is a parameter of `constant_product`: write it inside its braces]",
        ),
        (
            "curve.constant_product = {}",
            "curve.constant_product = {}\ncurve.frozen = {}",
            "p:13:7: `pools.new.curve` is both `constant_product` and `frozen` (expected one of them)",
        ),
        (
            "curve.constant_product = {}",
            "curve = {}",
            "p:12:9: `pools.new.curve` names no variant (expected one of `constant_product`, `stable_swap`, `frozen`) \
          [known: constant_product, stable_swap, frozen]",
        ),
        (
            "curve.constant_product = {}",
            "curve.stable_swap.amplification = 99999999999999999999",
            "p:12:35: `pools.new.curve.stable_swap.amplification` = 99999999999999999999 is out of range (expected an \
          integer from 0 to 1.8446744073709552e19)",
        ),
        (
            "gbm = { volatility = 0.92 }",
            "rough = {}",
            "p:8:7: `market.price`: `rough` is not supported yet: rough volatility needs a path of its own",
        ),
        (
            "price.gbm = { volatility = 0.92 }",
            "price.flat = {}",
            "p:8:14: `market.price`: `flat` takes no parameters [write market.price = \"flat\"]",
        ),
        (
            "gbm = { volatility = 0.92 }",
            "replay = { offset = 3 }",
            "p:8:16: `market.price.replay` lacks the key `file` (expected file = text in quotes)",
        ),
        (
            "[pools.new]",
            "[[pools.new]]",
            "p:11:1: `pools.new` is a list (expected a table) [a single table has single brackets: [pools.new]]",
        ),
    ] {
        assert_eq!(faults_with(found, instead), [line], "with {instead}");
    }
}

#[test]
fn all_faults_come_at_once_in_file_order() {
    let text = PLAN
        .replace("runs = 100", "runs = 0")
        .replace("volatility", "volatilty")
        .replace("depth = 1e6", "depth = -1")
        .replace("size = 0.1", "size = true\nwhen = 3");
    let places: Vec<String> = faults_of(&text).iter().map(|line| line.split(": ").take(1).collect()).collect();
    assert_eq!(places, ["p:3:8", "p:8:15", "p:17:9", "p:26:8", "p:27:1"]);
}

#[test]
fn ends_of_closed_ranges_and_lists_are_accepted() {
    for (found, instead) in [
        ("runs = 100", "runs = 1"),
        ("runs = 100", "runs = 0b1111101000"),
        ("0.92", "10"),
        ("0.92", "1e-300"),
        ("[0.25, 0.75]", "[0, 1, 1.0]"),
        ("constant_product = {}", "constant_product.fee_bps = 0"),
        ("constant_product = {}", "constant_product.fee_bps = 10_000.0"),
        ("constant_product = {}", "stable_swap.amplification = 18446744073709551615"),
        ("\"12s\"", "\"1h\""),
        ("\"2020-08-28\"", "2020-08-28"),
        ("\"2020-08-28\"", "2020-08-28T06:00:00Z"),
        ("price.gbm = { volatility = 0.92 }", "price = \"flat\""),
        ("verify = true", "fallback = \"rollback\""),
        ("verify = true", "backup = { curve.frozen = {}, depth = 3 }"),
        ("[[shocks]]", "[[shocks]]\nat = \"1s\"\nsize = 0\n[[shocks]]"),
    ] {
        assert_eq!(faults_with(found, instead), [""; 0], "{instead}");
        let document = Document::parse("p", &PLAN.replacen(found, instead, 1)).unwrap();
        assert!(read_by::<Plan>(&schema_of_plan(), &document).is_ok(), "{instead}");
    }
}

#[test]
fn the_command_line_is_checked_like_the_file() {
    for (assignment, column, message) in [
        (
            "pools.new.curve.constant_product.fee_bps=20000",
            42,
            "`pools.new.curve.constant_product.fee_bps` = 20000 is out of range",
        ),
        ("pools.new.depht = 3", 11, "unknown key `depht` in `pools.new`"),
        ("shocks.1.at=36", 13, "`shocks.1.at` is the number 36"),
        ("shocks.2.at=36h", 8, "`shocks` has no element `2`"),
        ("runs.x=1", 6, "`runs` is not a table, so it has no key `x`"),
        ("runs=", 6, "a value is missing"),
        ("runs", 1, "no `=` in this argument"),
        ("run s=1", 1, "not a dotted path: key with no value"),
        ("weights=[1, 2", 9, "not a TOML value: unclosed array"),
        ("pools.third={ depth = 1 }", 13, "`pools.third` lacks the key `curve`"),
        ("pools.\"a.b\".depth=1", 7, "`pools.\"a.b\"` lacks the key `curve`"),
        ("market.price.flat={}", 14, "`market.price` is both `gbm` and `flat`"),
        ("market.price=calm", 14, "`market.price`: unknown name `calm`"),
    ] {
        let faults = faults_set(assignment);
        let found = faults.iter().find(|fault| fault.message.starts_with(message));
        let found = found.unwrap_or_else(|| panic!("{assignment}: {faults:#?}"));
        assert_eq!((found.place.name(), found.place.column()), ("--set", column), "{assignment}");
        assert!(found.one_line().starts_with(&format!("--set {assignment}: ")), "{}", found.one_line());
    }
    for assignment in [
        "market.price=flat",
        "market.price = 'flat'",
        "shocks.0.at=2w",
        "start=2021-01-01",
        "runs=7",
        "fallback=rollback",
        "pools.third={ curve.frozen = {}, depth = 1 }",
        "weights=[]",
        "pools.new.curve.constant_product.fee_bps=5",
    ] {
        assert_eq!(faults_set(assignment), [], "{assignment}");
    }
}

#[test]
fn a_page_of_faults_reads_well() {
    let text = "start = \"2020-08-28\"\nruns = 5000\n\n[market]\nprice.gmb = { volatility = 0.92 }\n\
             block_time = \"12s\"\n\n[pools.new]\ncurve.frozen = {}\n";
    let mut document = Document::parse("scenarios/x.toml", text).unwrap();
    document.set("pools.new.band=[1,2,3]").unwrap();
    let drawn = render_all(&check(&document, &schema_of_plan()), PLAIN);
    let page = "\
error: `runs` = 5000 is out of range
   ╭─[scenarios/x.toml:2:8]
 2 │ runs = 5000
   ·        ──┬─
   ·          ╰── expected an integer from 1 to 1000
   ╰────

error: `market.price`: unknown name `gmb`
   ╭─[scenarios/x.toml:5:7]
 5 │ price.gmb = { volatility = 0.92 }
   ·       ─┬─
   ·        ╰── expected one of `gbm`, `flat`, `replay`
   ╰────
  help: did you mean `gbm`?

error: `pools.new` lacks the key `depth`
   ╭─[scenarios/x.toml:8:1]
 8 │ [pools.new]
   · ─────┬─────
   ·      ╰── expected depth = a number above 0 USD
   ╰────
  help: depth: Value of the reserves

error: `pools.new.band` has 3 elements
   ╭─[--set]
 1 │ pools.new.band=[1,2,3]
   ·                ───┬───
   ·                   ╰── expected a list of 2 elements
   ╰────

4 errors in scenarios/x.toml and --set
";
    assert_eq!(drawn, page);
}

#[test]
fn what_only_reading_finds_is_placed_too() {
    // The schema of a map says nothing about its keys, even where they are names of a choice.
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Shares {
        #[serde(rename = "shares")]
        _shares: BTreeMap<Class, f64>,
    }
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Class {
        /// Described, so that the names are no plain list in the schema.
        Active,
    }
    let read = |text: &str| {
        let schema = schemars::schema_for!(Shares).to_value();
        let read = read_by::<Shares>(&schema, &Document::parse("p", text).unwrap());
        read.map(|_| ()).map_err(|faults| faults[0].one_line())
    };
    assert_eq!(read("[shares]\nactive = 0.5\n"), Ok(()));
    assert_eq!(
        read("[shares]\nidle = 0.5\n"),
        Err("p:2:8: `shares.idle`: unknown variant `idle`, expected `active`".to_string())
    );
}

/// Keywords that the checker reads, or that say nothing about a value.
const KEYWORDS: [&str; 29] = [
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "default",
    "type",
    "format",
    "enum",
    "const",
    "oneOf",
    "anyOf",
    "allOf",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "x-unit",
    "x-source",
];

/// Every place of a schema that asks for something the checker does not know; a rule there would not be enforced.
pub fn unread_keywords(schema: &Value) -> Vec<String> {
    fn visit(schema: &Value, at: &str, found: &mut Vec<String>) {
        let Some(map) = schema.as_object() else { return };
        for (name, value) in map {
            let here = format!("{at}/{name}");
            let parts = value.as_array().into_iter().flatten();
            match name.as_str() {
                "properties" | "$defs" => {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        visit(value, &format!("{here}/{key}"), found);
                    }
                }
                "items" | "additionalProperties" | "propertyNames" => visit(value, &here, found),
                "anyOf" if parts.clone().filter(|part| part["type"] != "null").count() != 1 => found.push(here),
                "oneOf" | "anyOf" | "allOf" | "prefixItems" => parts.for_each(|part| visit(part, &here, found)),
                "x-refused" => {}
                name if KEYWORDS.contains(&name) => {}
                _ => found.push(here),
            }
        }
    }
    let mut found = Vec::new();
    visit(schema, "", &mut found);
    found
}

#[test]
fn no_rule_of_a_schema_is_passed_over() {
    assert_eq!(unread_keywords(&schema_of_plan()), [""; 0]);
    let schema = serde_json::json!({
        "properties": { "a": { "pattern": "x" }, "b": { "items": { "multipleOf": 2 } } },
        "$defs": { "C": { "anyOf": [{}, {}] } }
    });
    assert_eq!(unread_keywords(&schema), ["/properties/a/pattern", "/properties/b/items/multipleOf", "/$defs/C/anyOf"]);
}

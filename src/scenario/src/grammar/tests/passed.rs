//! What the checker lets pass can be read: a law over documents near the family of types.

use super::family::Plan;
use super::{PLAIN, check, schema_of_plan};
use crate::document::Document;
use crate::fault::render_all;
use proptest::prelude::*;

/// Any document near the family: each key is right, wrong in kind, out of range, or left out.
fn plan_text() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => prop::sample::select(vec![
            "0", "1", "-1", "1000", "1001", "0.5", "1.0", "1e400", "nan", "inf", "-inf", "true", "false", "\"\"", "\"x\"",
            "\"12s\"", "\"0s\"", "\"2d\"", "\"2020-08-28\"", "2020-08-28", "10:00:00", "[]", "[1, 2]", "[0.5, \"a\"]", "{}",
            "\"flat\"", "\"gbm\"", "\"rollback\"", "\"nothing\"", "{ gbm = { volatility = 1 } }", "{ flat = {} }",
            "{ frozen = {} }", "{ stable_swap = { amplification = 1 } }", "{ stable_swap = { amplification = -1 } }",
            "18446744073709551616", "-9223372036854775809", "99999999999999999999999999999999999999999999",
            "{ constant_product = {}, frozen = {} }", "{ replay = { file = \"a\", offset = 1 } }", "\"replay\"",
            "{ replay = { file = \"a\", offset = 9223372036854775808 } }",
            "{ replay = { file = \"a\", offset = 18446744073709551615 } }",
            "{ a = { curve.frozen = {}, depth = 1 } }", "{ curve.frozen = {}, depth = 1, band = [1, 2] }",
            "{ price = \"flat\", block_time = \"12s\" }", "[{ at = \"1d\", size = 0 }]", "[{ at = \"1d\" }]",
        ]).prop_map(str::to_string),
        1 => any::<f64>().prop_map(|value| format!("{value:?}").replace("NaN", "nan")),
        1 => any::<i64>().prop_map(|value| value.to_string()),
    ];
    let sound = [
        ("start", "\"2020-08-28\""),
        ("runs", "5"),
        ("note", "\"n\""),
        ("verify", "true"),
        ("market", "{ price = \"flat\", block_time = \"12s\" }"),
        ("pools", "{}"),
        ("shocks", "[]"),
        ("weights", "[]"),
        ("fallback", "\"nothing\""),
        ("backup", "{ curve.frozen = {}, depth = 1 }"),
        ("extra", ""),
        ("pools.p.curve", "{ frozen = {} }"),
        ("pools.p.depth", "1"),
        ("market.block_time", "\"6s\""),
        ("market.price", "\"flat\""),
        ("market.price.gbm.drift", "0.5"),
    ];
    let change = (0..sound.len(), prop::option::of(value));
    prop::collection::vec(change, 0..3).prop_map(move |changes| {
        let mut keys: Vec<(&str, Option<String>)> =
            sound[..10].iter().map(|(key, text)| (*key, Some((*text).to_string()))).collect();
        for (index, value) in changes {
            let key = sound[index].0;
            let parent = key.split('.').next().unwrap_or(key);
            keys.retain(|(other, _)| {
                *other != key && !(key != parent && *other == parent) && !other.starts_with(&format!("{key}."))
            });
            keys.push((key, value));
        }
        keys.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {value}\n"))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// A document without a fault can be read; those with faults can be drawn, in file order.
    #[test]
    fn what_the_checker_passes_can_be_read(text in plan_text()) {
        let Ok(document) = Document::parse("p", &text) else { return Ok(()) };
        let schema = schema_of_plan();
        let faults = check(&document, &schema);
        let read = serde_json::from_value::<Plan>(document.values());
        if faults.is_empty() {
            prop_assert!(read.is_ok(), "{text}\n{read:?}");
        }
        prop_assert!(!render_all(&faults, PLAIN).contains("Failed"), "{text}");
        prop_assert!(faults.is_sorted_by_key(|fault| fault.place.rank()));
    }
}

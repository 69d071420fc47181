//! Documents: places, patches, and syntax errors.

use super::*;
use serde_json::json;

const TEXT: &str = "top = 1\n[pools.new]\nfee = 3\nwhen = 2020-08-28\n[[shocks]]\nat = \"1d\"\n[[shocks]]\n";

fn sound(text: &str) -> Document {
    Document::parse("x", text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn values_keep_the_order_of_the_file() {
    let document = sound(TEXT);
    let values = json!({
        "top": 1, "pools": { "new": { "fee": 3, "when": "2020-08-28" } }, "shocks": [{ "at": "1d" }, {}]
    });
    assert_eq!(document.values().to_string(), values.to_string());
    assert_eq!((document.name(), document.text()), ("x", TEXT));
}

#[test]
fn paths_lead_to_the_value_or_its_nearest_ancestor() {
    let document = sound(TEXT);
    for (path, line, column, excerpt) in [
        ("top", 1, 7, "1"),
        ("pools.new", 2, 1, "[pools.new]"),
        ("pools.new.fee", 3, 7, "3"),
        ("pools.new.absent.deep", 2, 1, "[pools.new]"),
        ("shocks.0.at", 6, 6, "\"1d\""),
        ("shocks.1.at", 7, 1, "[[shocks]]"),
        ("absent", 1, 1, ""),
        ("", 1, 1, ""),
    ] {
        let place = document.locate(path);
        assert_eq!((place.line(), place.column(), place.excerpt()), (line, column, excerpt), "{path}");
    }
    assert_eq!(Fault::at(&document, "top", "wrong").one_line(), "x:1:7: wrong");
}

#[test]
fn patches_lie_over_the_file_and_are_remembered() {
    let mut document = sound(TEXT);
    for patch in ["pools.new.fee = 4", "pools.\"a.b\".fee=0x10", "shocks.1.at=36h", "new.table.deep=[1, 2]"] {
        document.set(patch).unwrap();
    }
    let values = document.values();
    assert_eq!(values["pools"], json!({ "new": { "fee": 4, "when": "2020-08-28" }, "a.b": { "fee": 16 } }));
    assert_eq!((&values["shocks"][1]["at"], &values["new"]), (&json!("36h"), &json!({ "table": { "deep": [1, 2] } })));
    for (path, origin) in [
        ("top", Origin::File),
        ("pools.new.fee", Origin::CommandLine),
        ("pools.new.when", Origin::File),
        ("pools.\"a.b\".fee", Origin::CommandLine),
        ("shocks.0", Origin::File),
        ("shocks", Origin::CommandLine),
        ("top.absent", Origin::Default),
    ] {
        assert_eq!(document.origin(path), origin, "{path}");
    }
    let place = document.locate("pools.new.fee");
    assert_eq!((place.name(), place.column(), place.excerpt()), ("--set", 17, "4"));
}

#[test]
fn a_refused_patch_changes_nothing() {
    let mut document = sound(TEXT);
    for patch in ["top.x=1", "shocks.2.at=1d", "shocks.x=1", "top", "=1", "top=", "top=[1", "a..b=1", "top=\"x"] {
        assert!(document.set(patch).is_err(), "{patch}");
    }
    assert_eq!(document.values(), sound(TEXT).values());
}

#[test]
fn paths_join_and_split_alike() {
    for keys in [vec!["a", "b-c", "0"], vec!["a.b", "c d"], vec!["", "x"], vec![]] {
        let path = keys.iter().fold(String::new(), |path, key| join(&path, key));
        assert_eq!(split(&path), keys, "{path}");
    }
}

#[test]
fn syntax_errors_come_at_once_one_a_line() {
    for (text, lines) in [
        (
            "a = 12s\nb = \nc = calm\n",
            vec![
                "x:1:5: `12s` is not a value [text is quoted: \"12s\"]",
                "x:2:5: a value is missing",
                "x:3:5: `calm` is not a value [text is quoted: \"calm\"]",
            ],
        ),
        ("a = 1\nc = [1,\nd = 3\n[t]\n", vec!["x:2:5: unclosed array (expected `]`)"]),
        ("a = 1\nb = 'x\na = 3\n", vec!["x:2:7: invalid literal string (expected `'`)", "x:3:1: duplicate key"]),
        ("a = [1 2 3]\n", vec!["x:1:6: `1 2 3` is not a value"]),
        ("a = { b = 1, c = = 2\n", vec!["x:1:5: unclosed inline table (expected `}`)"]),
        (
            "a = \"\\q\\z\"\n",
            vec!["x:1:7: missing escaped value (expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`)"],
        ),
        ("[a]\n[b]\n[a]\n", vec!["x:3:2: duplicate key"]),
        ("d = 2020-02-31\n", vec!["x:1:5: invalid date (expected day between 01 and 29)"]),
    ] {
        let faults = Document::parse("x", text).err().unwrap_or_default();
        let found: Vec<String> = faults.iter().map(Fault::one_line).collect();
        assert_eq!(found, lines, "{text}");
    }
}

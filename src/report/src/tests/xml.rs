//! A small check that a text is well-formed XML: tags nest, attributes are quoted and single, text is escaped.

/// Checks `text`, an element with no prologue.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    let mut seen = 0;
    while let Some(start) = rest.find('<') {
        escaped(&rest[..start])?;
        let end = rest[start..].find('>').ok_or("a tag does not end")? + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        seen += 1;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes something else"));
            }
        } else {
            let inner = tag.strip_suffix('/').unwrap_or(tag);
            let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            check_attributes(attributes).map_err(|why| format!("<{tag}>: {why}"))?;
            if inner == tag {
                open.push(name);
            }
        }
    }
    escaped(rest)?;
    if seen == 0 || !open.is_empty() { Err(format!("{open:?} stay open")) } else { Ok(()) }
}

fn check_attributes(mut text: &str) -> Result<(), String> {
    let mut names = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Ok(());
        }
        let (name, rest) = text.split_once("=\"").ok_or("an attribute without a value")?;
        let (value, rest) = rest.split_once('"').ok_or("a value does not end")?;
        escaped(value)?;
        if name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':')) || names.contains(&name) {
            return Err(format!("the attribute {name:?}"));
        }
        names.push(name);
        text = rest;
    }
}

fn escaped(text: &str) -> Result<(), String> {
    let is_entity = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|name| rest.starts_with(name));
    let raw = text.contains(['<', '>']) || text.split('&').skip(1).any(|rest| !is_entity(rest));
    if raw { Err(format!("not escaped: {text:?}")) } else { Ok(()) }
}

#[test]
fn the_check_refuses_what_is_not_well_formed() {
    assert_eq!(check("<a b=\"1\"><c/>x &amp; y</a>"), Ok(()));
    for text in ["<a>", "<a></b>", "<a b=1></a>", "<a>x & y</a>", "<a b=\"1\" b=\"2\"/>", "no tags", "<a></a></a>"] {
        assert!(check(text).is_err(), "{text}");
    }
}

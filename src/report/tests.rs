//! The report on made-up results, whole and with parts absent.

mod made_up;
mod xml;

use super::*;
use made_up::{EVERYTHING, NOTHING, Parts, results};

/// Words that betray a number without a value.
fn betrayed(text: &str) -> Option<&str> {
    const WORDS: [&str; 6] = ["nan", "inf", "null", "undefined", "infinity", "unwrap"];
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

fn body(page: &Page) -> &str {
    page.html.split("</style>").nth(1).unwrap()
}

#[test]
fn every_combination_of_absent_parts_gives_a_page_without_empty_numbers() {
    for bits in 0..64_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        let parts = Parts {
            two_pools: has(0),
            providers: has(1),
            traders: has(2),
            arbitrage: has(3),
            programmes: has(4),
            chain: has(5),
        };
        let page = write_page(&results(parts, 30)).unwrap();
        assert_eq!(betrayed(body(&page)), None, "{parts:?}");
        assert_eq!(page.verdict.iter().find_map(|line| betrayed(line)), None, "{parts:?}");
        for (name, svg) in &page.figures {
            xml::check(svg).unwrap_or_else(|why| panic!("{name} with {parts:?}: {why}"));
        }
    }
}

#[test]
fn absent_parts_are_absent() {
    let words = |parts: Parts| write_page(&results(parts, 30)).unwrap().verdict.join(" ").to_lowercase();
    let speaks = |parts: Parts, word: &str| words(parts).contains(word);
    for (word, without) in [
        ("rewards", Parts { programmes: false, ..EVERYTHING }),
        ("searchers", Parts { arbitrage: false, ..EVERYTHING }),
        ("execution", Parts { traders: false, ..EVERYTHING }),
        ("addresses", Parts { providers: false, ..EVERYTHING }),
        ("new pool", Parts { two_pools: false, ..EVERYTHING }),
        ("wait for room", Parts { chain: false, ..EVERYTHING }),
    ] {
        assert!(speaks(EVERYTHING, word), "{word} is not in the whole verdict");
        assert!(!speaks(without, word), "{word} is in {}", words(without));
    }
    assert!(words(NOTHING).contains("nobody trades and nobody moves"));
}

#[test]
fn the_verdict_tells_the_numbers_of_the_runs() {
    let results = results(EVERYTHING, 200);
    let page = write_page(&results).unwrap();
    let column = results.runs.column("migrated_value_share").unwrap();
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let printed = format!("{:.1}\u{a0}%", 100.0 * mean);
    assert!(page.verdict[0].contains(&printed) && page.verdict[1].contains(&printed), "{printed}: {:?}", page.verdict);
    assert!((page.summary["metrics"]["migrated_value_share"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    // By hand: the share of runs below one half, and the 190th of 200 costs in order.
    let below = column.iter().filter(|share| **share < 0.5).count();
    let share = format!("{:.1}\u{a0}% (", 100.0 * below as f64 / 200.0);
    assert!(page.verdict.iter().any(|line| line.contains("less than half") && line.contains(&share)), "{share}");
    let mut costs = results.runs.column("cost_bps").unwrap().to_vec();
    costs.sort_by(f64::total_cmp);
    let at_risk = format!("{:.1}", costs[189]);
    assert!(page.verdict.iter().any(|line| line.contains(&format!("95 % VaR {at_risk}"))), "{at_risk}");
    assert!(body(&page).contains(&format!("VaR 95 %: {at_risk}")), "the figure says something else");
}

#[test]
fn the_page_carries_everything_and_names_no_address_and_no_folder() {
    let page = write_page(&results(EVERYTHING, 60)).unwrap();
    for address in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.html.contains(address), "{address}");
    }
    assert!(!page.html.contains("/a/folder/of/this/machine"));
    for (name, svg) in &page.figures {
        assert!(name.ends_with(".svg") && svg.matches("http").count() == 1, "{name}: the namespace alone");
        assert!(
            svg.contains("role=\"img\"") && svg.contains("<title>") && svg.contains("<desc>"),
            "{name} has no name"
        );
    }
    let names: std::collections::BTreeSet<&String> = page.figures.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), page.figures.len(), "two figures have one name");
    for ink in figures::Ink::ALL {
        assert!(!body(&page).contains(&ink.hex()), "{} would stay as it is in the dark", ink.hex());
        assert!(page.html.contains(&format!("{}: ", ink.variable())), "{} is not defined", ink.variable());
    }
}

#[test]
fn what_the_scenario_says_is_escaped() {
    let mut results = results(EVERYTHING, 30);
    results.manifest.scenario["title"] = "<script>alert(1)</script> & co".into();
    results.manifest.scenario_text = "title = \"</pre><script>\"".to_owned();
    let page = write_page(&results).unwrap();
    assert!(!page.html.contains("<script") && page.html.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn failures_and_a_partial_plan_stand_before_the_verdict() {
    let whole = write_page(&results(EVERYTHING, 30)).unwrap();
    assert!(!whole.html.contains("runs failed") && !whole.html.contains("Partial"));
    let mut results = results(EVERYTHING, 30);
    results.manifest.counts.planned = 100;
    results.manifest.counts.failed = 1;
    results.manifest.counts.is_partial = true;
    results.manifest.failures.push(crate::archive::FailedRun {
        run: 17,
        message: "a root was not found".to_owned(),
        replay: "portage replay quickstart 17".to_owned(),
    });
    let page = write_page(&results).unwrap();
    let at = |text: &str| page.html.find(text).unwrap_or_else(|| panic!("no \"{text}\""));
    assert!(
        at("1 of 31 runs failed") < at("id=\"verdict\"") && at("portage replay quickstart 17") < at("id=\"verdict\"")
    );
    assert!(at("Partial: 31 of 100 planned runs") < at("id=\"verdict\""));
    assert!(page.verdict.last().unwrap().contains("1 failed"));
    assert_eq!(page.summary["failures"][0]["run"], 17);
}

#[test]
fn a_source_that_belongs_to_the_default_is_called_a_reference() {
    let page = write_page(&results(EVERYTHING, 30)).unwrap();
    let html = body(&page);
    assert!(html.contains("<i>reference: paper A</i>"), "set by the file, without a note of its own");
    assert!(html.contains("<i>the file&#x27;s own note</i>"), "noted by the file");
    assert!(html.contains("<i>paper C</i>"), "the default");
}

#[test]
fn too_few_runs_are_said_and_none_is_an_error() {
    let certainty = |runs| write_page(&results(EVERYTHING, runs)).unwrap().verdict.pop().unwrap();
    assert!(certainty(150).contains("do not suffice for the 95 % tail: 7 lie beyond it"), "{}", certainty(150));
    assert!(!certainty(200).contains("95 % tail") && certainty(200).contains("99 % tail"));
    assert!(!certainty(1_000).contains("suffice"));
    assert_eq!(betrayed(&certainty(1)), None);
    assert!(write_page(&results(EVERYTHING, 0)).is_err());
}

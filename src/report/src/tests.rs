//! The report on made-up results, whole and with parts absent.

mod claims;
mod made_up;
mod programmes;
mod xml;

use super::*;
use made_up::{EVERYTHING, NOTHING, Parts, results, results_where};
use portage_results::metrics::id;

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
        ("new version", Parts { two_pools: false, ..EVERYTHING }),
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
    let column = results.runs.column(id::MIGRATED_VALUE_SHARE).unwrap();
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let printed = format!("{:.1}\u{a0}%", 100.0 * mean);
    assert!(page.verdict[0].contains(&printed) && page.verdict[1].contains(&printed), "{printed}: {:?}", page.verdict);
    assert!((page.summary["metrics"]["migrated_value_share"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    // By hand: the share of runs below one half, and the 190th of 200 costs in order.
    let below = column.iter().filter(|share| **share < 0.5).count();
    let share = format!("{:.1}\u{a0}% (", 100.0 * below as f64 / 200.0);
    assert!(page.verdict.iter().any(|line| line.contains("less than half") && line.contains(&share)), "{share}");
    let mut costs = results.runs.column(id::COST_BPS).unwrap().to_vec();
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
fn observed_values_stand_beside_the_band() {
    let mut results = results(EVERYTHING, 40);
    let level = |at: &str, value: f64| {
        let measure = serde_json::json!({ "level": { "series": "migrated_value_share", "at": at } });
        serde_json::json!({ "measure": measure, "value": value, "source": "<b>paper</b>" })
    };
    let band = |results: &Results, value: usize| {
        let mut values = results.runs.column(id::observed(value)).unwrap().to_vec();
        values.sort_by(f64::total_cmp);
        // By hand: of forty values the 4th, 20th and 36th.
        [values[3], values[19], values[35]]
    };
    let [low, middle, high] = band(&results, 0);
    let [second_low, ..] = band(&results, 1);
    results.manifest.scenario["observed"] =
        serde_json::json!({ "a": level("2024-03-08", high), "b": level("2024-03-09", second_low - 0.01) });
    let page = write_page(&results).unwrap();
    let observed = page.observed.as_ref().unwrap();
    let percent = |value: f64| format!("{:.1}", 100.0 * value);
    let row = ["a".to_owned(), "2024-03-08".to_owned(), format!("{}\u{a0}%", percent(high))];
    let row: Vec<String> =
        row.into_iter().chain([low, middle, high].map(percent)).chain(["inside".to_owned()]).collect();
    assert_eq!(observed.rows[0], row);
    assert_eq!(observed.rows[1].last().unwrap(), "below");
    assert!(observed.reading.starts_with("1 of 2 observed values lies inside"), "{}", observed.reading);
    assert!(observed.reading.contains(" b lies below it."), "{}", observed.reading);
    assert!(body(&page).contains("&lt;b&gt;paper&lt;") && body(&page).contains("Diamonds: what was observed."));
    assert_eq!(page.summary["observed"]["values"][0]["p90"].as_f64(), Some(high));
    let (_, drawn) = page.figures.iter().find(|(name, _)| name == "migrated-share-value.svg").unwrap();
    assert_eq!(drawn.matches(&figures::Ink::Red.hex()).count(), 2, "two diamonds");
    results.manifest.scenario["observed"] = serde_json::json!({});
    let page = write_page(&results).unwrap();
    assert!(page.observed.is_none() && !page.html.contains("what was observed") && page.summary["observed"].is_null());
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
    results.manifest.failures.push(portage_results::records::FailedRun {
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
    assert!(certainty(20).contains("the 95 % tail: 1 lies beyond it"), "{}", certainty(20));
    assert!(certainty(1).contains("1 of 1 planned run finished"), "{}", certainty(1));
    assert!(write_page(&results(EVERYTHING, 0)).is_err());
}

#[test]
fn huge_and_tiny_values_are_drawn_and_read() {
    for factor in [1e9, -1e20, 1e60, 1e200, -1e290, 1e-30, 1e-300] {
        let mut results = results_where(EVERYTHING, 30, |_, value| value * factor);
        for series in &mut results.timeline.series {
            series.quantiles.iter_mut().flatten().chain(&mut series.median_path).for_each(|value| *value *= factor);
        }
        let page = write_page(&results).unwrap();
        assert_eq!(betrayed(body(&page)), None, "{factor:e}");
        for (name, svg) in &page.figures {
            xml::check(svg).unwrap_or_else(|why| panic!("{name} with {factor:e}: {why}"));
            // Sixty digits would be wider than the panel; a number takes fifteen at most.
            let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
            let texts = svg.split("<text").skip(1).filter_map(|text| text.split('>').nth(1));
            let long = texts.flat_map(str::split_whitespace).find(|word| digits(word) > 15);
            assert_eq!(long, None, "{name} with {factor:e}");
        }
    }
}

#[test]
fn one_pool_whose_providers_leave_is_not_said_to_stand_still() {
    let parts = Parts { providers: true, ..NOTHING };
    let law = |name: &str, value: f64| match name {
        "left_value_share" => 0.37,
        "moves" => 12.0,
        _ => value,
    };
    let page = write_page(&results_where(parts, 30, law)).unwrap();
    assert_eq!(page.verdict[0], "Over 21\u{a0}days, 37.0\u{a0}% of the value leaves on average.");
    assert!(
        page.verdict[1].contains("37.0\u{a0}% (37.0 to 37.0) of the value leaves the market"),
        "{:?}",
        page.verdict
    );
    let law = |name: &str, value: f64| match name {
        "left_value_share" => 0.0,
        "moves" => 12.0,
        _ => value,
    };
    let page = write_page(&results_where(parts, 30, law)).unwrap();
    assert!(page.verdict[0].contains("providers change place 12.0 times"), "{:?}", page.verdict);
    assert!(!page.verdict.join(" ").contains("nobody moves"));
}

#[test]
fn intervals_stay_inside_what_is_possible() {
    // Two runs of three have moved everything, one nothing: mean 2/3, half-width 1.43 by Student's t.
    let runs = std::cell::Cell::new(0);
    let law = |name: &str, value: f64| match name {
        "migrated_value_share" => {
            runs.set(runs.get() + 1);
            f64::from(u8::from(runs.get() != 1))
        }
        _ => value,
    };
    let page = write_page(&results_where(EVERYTHING, 3, law)).unwrap();
    let interval = &page.summary["metrics"]["migrated_value_share"]["mean_interval"];
    assert_eq!((interval["low"].as_f64(), interval["high"].as_f64()), (Some(0.0), Some(1.0)));
    assert!(page.verdict[1].contains("66.7\u{a0}% (0.0 to 100.0) by value"), "{}", page.verdict[1]);
    let costs = &page.summary["metrics"]["migration_cost_usd"]["mean_interval"];
    assert_eq!(costs["low"].as_f64(), Some(0.0), "costs below zero");
}

#[test]
fn few_runs_speak_neither_of_one_in_twenty_nor_of_unknown_brackets() {
    let verdict = |runs| write_page(&results(EVERYTHING, runs)).unwrap().verdict.join(" ");
    for words in ["In 90 % of runs", "(90 % of runs", "In one run of twenty"] {
        assert!(verdict(20).contains(words), "{words}");
        assert!(!verdict(19).contains(words), "{words}");
    }
    assert!(!verdict(1).contains("(? to ?)") && !verdict(1).contains(" to ?"), "{}", verdict(1));
    assert!(!body(&write_page(&results(EVERYTHING, 1)).unwrap()).contains("(? to ?)"));
}

#[test]
fn what_the_new_pool_held_at_the_opening_is_said() {
    let mut results = results(EVERYTHING, 30);
    assert!(!write_page(&results).unwrap().verdict[1].contains("opened with"));
    let series = results.timeline.series.iter_mut().find(|series| series.name == "new_liquidity_share").unwrap();
    series.quantiles.iter_mut().for_each(|row| row[0] = 0.33);
    let verdict = write_page(&results).unwrap().verdict;
    assert!(verdict[1].contains("The new version opened with 33.0\u{a0}% of all liquidity"), "{}", verdict[1]);
    results.manifest.scenario["migration"] = serde_json::Value::Null;
    let verdict = write_page(&results).unwrap().verdict;
    assert!(verdict[1].contains("The new version opened with 33.0\u{a0}% of all liquidity"), "{}", verdict[1]);
}

#[test]
fn without_a_plan_nothing_is_said_about_moving() {
    let mut results = results(EVERYTHING, 30);
    assert!(write_page(&results).unwrap().verdict.join(" ").contains("less than half of the value stands"));
    results.manifest.scenario["migration"] = serde_json::Value::Null;
    let page = write_page(&results).unwrap();
    let verdict = page.verdict.join(" ");
    for words in ["have moved", "less than half of the value", "by address", "has not moved", "cost of moving"] {
        assert!(!verdict.contains(words), "{words}: {verdict}");
    }
    assert!(!page.figures.iter().any(|(name, _)| name.starts_with("migrated-share")));
}

#[test]
fn splitting_is_explained_only_where_liquidity_was_split() {
    let words = |parts: Parts, fragmented_days: f64| {
        let law = |name: &str, value: f64| if name == "fragmented_days" { fragmented_days } else { value };
        write_page(&results_where(parts, 30, law)).unwrap().verdict.join(" ")
    };
    assert!(words(EVERYTHING, 3.0).contains("imperfect routing; and providers pay through the gas of arbitrage"));
    assert!(!words(EVERYTHING, 0.0).contains("With optimal routing"));
    for parts in [Parts { chain: false, ..EVERYTHING }, Parts { arbitrage: false, ..EVERYTHING }] {
        assert!(words(parts, 3.0).contains("stale pools and imperfect routing."), "{parts:?}");
        assert!(!words(parts, 3.0).contains("the gas of arbitrage"), "{parts:?}");
    }
}

#[test]
fn the_split_of_arbitrage_names_those_who_got_something() {
    let words = |given: &'static [&str]| {
        let law = move |name: &str, value: f64| match name {
            "arbitrage_gas_usd" | "arbitrage_exchange_usd" | "arbitrage_proposers_usd" => {
                if given.iter().any(|who| name.contains(who)) { 1.0 } else { 0.0 }
            }
            _ => value,
        };
        write_page(&results_where(EVERYTHING, 30, law)).unwrap().verdict.join(" ")
    };
    assert!(words(&["gas", "exchange", "proposers"]).contains("the rest goes to proposers, gas and hedging."));
    assert!(words(&["exchange"]).contains("the rest goes to hedging."));
    assert!(words(&[]).contains("Searchers keep all of it."));
}

#[test]
fn a_negative_price_impact_is_explained_without_arbitrage() {
    let words = |parts: Parts| {
        let law = |name: &str, value: f64| if name == "impact_bps" { -3.0 } else { value };
        write_page(&results_where(parts, 30, law)).unwrap().verdict.join(" ")
    };
    let why = "run behind the reference market";
    assert!(words(Parts { arbitrage: false, ..EVERYTHING }).contains(why));
    assert!(!words(EVERYTHING).contains(why));
}

#[test]
fn an_empty_pool_has_no_yield() {
    let mut results = results(EVERYTHING, 30);
    let series = results.timeline.series.iter_mut().find(|series| series.name == "fee_apr_new").unwrap();
    series.quantiles.iter_mut().for_each(|row| row[..10].fill(f64::NAN));
    let page = write_page(&results).unwrap();
    let (_, svg) = page.figures.iter().find(|(name, _)| name == "fee-yield.svg").unwrap();
    xml::check(svg).unwrap();
    // Twelve of the 22 points are left: no line and no area of the new version has more.
    let blue = svg.split('<').filter(|element| element.contains(&figures::Ink::Blue.hex()));
    let points = |element: &str| {
        element
            .split("points=\"")
            .nth(1)
            .map(|points| points.split('"').next().unwrap().split(' ').filter(|point| point.contains(',')).count())
    };
    let most = blue.filter(|element| element.starts_with("polyline")).filter_map(points).max();
    assert_eq!(most, Some(12));
    assert_eq!(betrayed(body(&page)), None);
}

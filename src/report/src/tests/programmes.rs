//! What the report says of incentive programmes, on made-up results.

use super::made_up::{EVERYTHING, Parts, results, results_where};
use super::{Page, betrayed, body, write_page, xml};
use portage_results::records::Results;
use serde_json::json;

/// Programmes of the new version that end on 17 March 2024 in a window that ends on 22 March.
fn dated(mut results: Results) -> Results {
    let pool = |role: &str| json!({ "role": role, "base": "ETH", "curve": { "constant_product": { "fee_bps": 30 } } });
    results.manifest.scenario["pools"] = json!({ "old": pool("old"), "new": pool("new") });
    let pay = json!({ "token": "GOV", "venue": "new", "budget": 1000.0, "from": "2024-03-03", "until": "2024-03-17" });
    results.manifest.scenario["programmes"] = json!({ "pay": pay });
    results
}

fn said(page: &Page) -> String {
    page.verdict.join(" ").replace('\u{a0}', " ")
}

/// The same numbers in every run.
fn fixed(name: &str, value: f64) -> f64 {
    match name {
        "bought_end_usd" => 100_000.0,
        "moved_end_usd" => 1_000_000.0,
        "deterred_end_usd" => 300_000.0,
        "rewards_earned_own_usd" => 400_000.0,
        _ => value,
    }
}

#[test]
fn the_cost_of_what_was_moved_stands_in_the_headline() {
    // By hand: 0.4 million paid for 0.1 + 1.0 - 0.3 million brought.
    let page = write_page(&dated(results_where(EVERYTHING, 30, fixed))).unwrap();
    assert!(page.verdict[0].ends_with("each USD that the rewards moved cost 50.0 US cents."), "{}", page.verdict[0]);
    let words = said(&page);
    for part in [
        "100 thousand USD (100 to 100) of capital from outside and 1.00 million USD",
        "when the programmes end, on 17 March 2024",
        "300 thousand USD (300 to 300) would have stood there without them and does not.",
        "net, cost 50.0 (50.0 to 50.0) US cents.",
        "This rests on 30 runs simulated once more",
    ] {
        assert!(words.contains(part), "no \"{part}\" in {words}");
    }
    assert!(!words.contains("for each USD of opening value"), "what would have moved anyway is in that number");
    assert!(body(&page).contains("What the programmes bought") && body(&page).contains("Who received the rewards"));
}

#[test]
fn the_cost_is_that_of_all_runs_together() {
    // By hand: 30 runs that pay 1 each, of which every third brings nothing and two thirds 3 each: 30 / 60, not 1/3.
    let run = std::cell::Cell::new(0_u32);
    let law = |name: &str, value: f64| match name {
        "moved_end_usd" => {
            run.set(run.get() + 1);
            if run.get().is_multiple_of(3) { 0.0 } else { 3e6 }
        }
        "bought_end_usd" | "deterred_end_usd" => 0.0,
        "rewards_earned_own_usd" => 1e6,
        _ => value,
    };
    let words = said(&write_page(&dated(results_where(EVERYTHING, 30, law))).unwrap());
    assert!(words.contains("net, cost 50.0 ("), "{words}");
    assert!(words.contains("In 10 of 30 runs they brought nothing on balance."), "{words}");
}

#[test]
fn a_short_window_says_until_when_it_would_have_to_reach() {
    let words = said(&write_page(&dated(results(EVERYTHING, 30))).unwrap());
    let sentence = "What stays 30 and 90 days after the end is not known: the window would have to reach 16 April 2024 and 15 June 2024.";
    assert!(words.contains(sentence), "{words}");
    let law = |name: &str, value: f64| match name {
        "bought_30d_usd" | "deterred_30d_usd" => 0.0,
        "moved_30d_usd" => 200_000.0,
        _ => fixed(name, value),
    };
    let words = said(&write_page(&dated(results_where(EVERYTHING, 30, law))).unwrap());
    assert!(words.contains("30 days after their end each USD retained cost 2.00 USD"), "{words}");
}

#[test]
fn programmes_that_brought_nothing_have_no_cost() {
    let law = |name: &str, value: f64| if name == "deterred_end_usd" { 9e9 } else { value };
    let page = write_page(&dated(results_where(EVERYTHING, 30, law))).unwrap();
    assert!(page.verdict[0].contains("moved nothing, on balance"), "{}", page.verdict[0]);
    assert!(said(&page).contains("a cost for each USD moved has no value"));
    assert_eq!(betrayed(body(&page)), None);
}

#[test]
fn without_a_comparison_the_naive_cost_is_told_and_called_so() {
    let is_compared =
        |name: &str| ["bought_", "moved_", "anyway_", "deterred_"].iter().any(|part| name.starts_with(part));
    let law = |name: &str, value: f64| if is_compared(name) { f64::NAN } else { value };
    let page = write_page(&dated(results_where(EVERYTHING, 30, law))).unwrap();
    let words = said(&page);
    assert!(!page.verdict[0].contains("rewards"), "{}", page.verdict[0]);
    assert!(words.contains("No run was repeated without the programmes: what they bought is not known."), "{words}");
    assert!(words.contains("for each USD of opening value that stands in the new version"), "{words}");
    let without = write_page(&results(Parts { programmes: false, ..EVERYTHING }, 30)).unwrap();
    assert!(!body(&without).contains("What the programmes bought") && !said(&without).contains("What it bought"));
}

#[test]
fn a_rival_and_a_market_of_the_reward_have_words_and_figures() {
    let law = |name: &str, value: f64| match name {
        "lost_to_rivals_end_usd" => 70_000.0,
        "reward_price_effect_worst" => -0.25,
        "reward_price_effect_end" => -0.05,
        "reward_sale_cost_usd" => 1_234.0,
        "rival_value_share" => 0.05,
        _ => value,
    };
    let mut results = dated(results_where(EVERYTHING, 30, law));
    results.manifest.scenario["pools"]["theirs"] = json!({ "role": "rival" });
    let page = write_page(&results).unwrap();
    let words = said(&page);
    for part in [
        "70.0 thousand USD (70.0 to 70.0) stands with rivals",
        "down to 25.0 % below its reference price, and at the end it stands 5.0 % below it",
        "Those who sell lose 1234 USD",
    ] {
        assert!(words.contains(part), "no \"{part}\" in {words}");
    }
    for (name, svg) in &page.figures {
        xml::check(svg).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    let has = |file: &str| page.figures.iter().any(|(name, _)| name == file);
    assert!(has("reward-price.svg") && has("liquidity-by-side.svg"));
    let (_, yields) = page.figures.iter().find(|(name, _)| name == "reward-yield.svg").unwrap();
    assert!(yields.contains("rivals"), "the yield of rivals is not drawn");
}

#[test]
fn a_conversion_speaks_of_tokens_and_holders() {
    let mut results = results(Parts { traders: false, arbitrage: false, ..EVERYTHING }, 30);
    let holding = |role: &str| json!({ "role": role, "base": "AAVE", "curve": { "holding": { "yield_rate": 0.0 } } });
    results.manifest.scenario["pools"] = json!({ "old": holding("old"), "new": holding("new") });
    let page = write_page(&results).unwrap();
    let headline = page.verdict[0].replace('\u{a0}', " ");
    assert!(
        headline.contains(" of the tokens and ") && headline.contains(" of the holders have converted"),
        "{headline}"
    );
    let words = said(&page);
    for word in ["Cost to providers", "liquidity", "Providers\u{2019}", "Passive providers"] {
        assert!(!words.contains(word), "{word}: {words}");
    }
    assert!(page.figures.iter().any(|(name, _)| name == "liquidity-by-side.svg"));
}

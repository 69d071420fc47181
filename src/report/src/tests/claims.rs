//! What the report says of lending, derivatives and contagion, on made-up results.

use super::made_up::{EVERYTHING, NOTHING, Parts, results, results_where};
use super::{Page, betrayed, body, write_page, xml};
use portage_engine::world::InfectionMap;
use portage_results::records::Results;
use serde_json::json;

const TABLES: [&str; 5] = ["lending", "perps", "vaults", "oracles", "network"];

/// A scenario that has some of the tables.
fn with(mut results: Results, tables: &[&str]) -> Results {
    for table in tables {
        results.manifest.scenario[*table] = json!({ "some": {}, "stress": { "price_drop": 0.3 } });
    }
    results
}

fn said(page: &Page) -> String {
    page.verdict.join(" ").replace('\u{a0}', " ")
}

fn map() -> InfectionMap {
    InfectionMap {
        day: 3.0,
        names: ["a_vault", "<lender>", "issuer"].map(str::to_owned).to_vec(),
        assets_usd: vec![6e6, 4e6, 1e6],
        equities_usd: vec![2e6, 1e6, -1e5],
        lost_usd: vec![vec![2e6, 1.5e6, 0.0], vec![0.0, 1e6, 3e5], vec![1e3, 0.0, 0.0]],
    }
}

#[test]
fn what_a_scenario_has_is_told_and_drawn_and_nothing_else() {
    let topics = ["Lending: ", "Perpetuals: ", "Structured products: ", "Prices that are read: ", "Contagion: "];
    let files =
        ["lending-by-day.svg", "perpetual-positions.svg", "vaults-model-and-exit.svg", "", "stressed-loss-by-day.svg"];
    for (at, table) in TABLES.iter().enumerate() {
        let page = write_page(&with(results(EVERYTHING, 30), &[table])).unwrap();
        for (other, (topic, file)) in topics.iter().zip(files).enumerate() {
            let is_told = page.verdict.iter().any(|line| line.starts_with(topic));
            assert_eq!(is_told, other == at, "{topic} of a scenario with {table}");
            let is_drawn = page.figures.iter().any(|(name, _)| name == file);
            assert_eq!(is_drawn, other == at && !file.is_empty(), "{file} of a scenario with {table}");
        }
    }
}

#[test]
fn each_table_alone_and_all_give_a_page_without_empty_numbers() {
    for parts in [EVERYTHING, NOTHING, Parts { providers: true, ..NOTHING }] {
        for bits in [1, 2, 4, 8, 16, 31_usize] {
            let tables: Vec<&str> = (0..5).filter(|bit| bits & (1 << bit) != 0).map(|bit| TABLES[bit]).collect();
            let mut results = with(results(parts, 25), &tables);
            results.manifest.infections = (bits & 16 != 0).then(map);
            let page = write_page(&results).unwrap();
            assert_eq!(betrayed(body(&page)), None, "{parts:?} {tables:?}");
            for (name, svg) in &page.figures {
                xml::check(svg).unwrap_or_else(|why| panic!("{name} with {tables:?}: {why}"));
            }
        }
    }
}

#[test]
fn the_probability_of_bad_debt_is_that_of_the_runs() {
    let run = std::cell::Cell::new(0_u32);
    let law = |name: &str, value: f64| match name {
        // Every tenth of 40 runs: 4 runs, 10.0 %; by Wilson's interval 4.0 to 23.1 %.
        "lending_bad_debt_usd" => {
            run.set(run.get() + 1);
            if run.get().is_multiple_of(10) { 1e6 } else { 0.0 }
        }
        "bad_debt_on_reserve_usd" => 0.0,
        "bad_debt_on_backstop_usd" => 20_000.0,
        "bad_debt_on_suppliers_usd" => 80_000.0,
        _ => value,
    };
    let page = write_page(&with(results_where(EVERYTHING, 40, law), &["lending"])).unwrap();
    let words = said(&page);
    for part in [
        "Bad debt is left in 10.0 % (4.0 to 23.1) of runs: 100 thousand USD",
        "backstops 20.0 thousand USD and those who supplied or pledged what was owed 80.0 thousand USD.",
        "lending markets are left with 100 thousand USD of bad debt",
    ] {
        assert!(words.contains(part), "no \"{part}\" in {words}");
    }
}

#[test]
fn what_one_party_pays_another_receives() {
    // Borrowers pay 50 of interest and 30 to liquidators, who pay 4 for trades, which pools receive, and 1 of gas. Price moves, money
    // brought in and shares that liquidators redeem are nobody's payment.
    let law = |name: &str, _: f64| match name {
        "lending_suppliers_opening_usd" => 1_000_000.0,
        "lending_suppliers_closing_usd" => 1_050_000.0 + 7_000.0,
        "lending_suppliers_market_move_usd" => 7_000.0,
        "lending_borrowers_opening_usd" => 500_000.0,
        "lending_borrowers_closing_usd" => 500_000.0 - 80_000.0 + 9_000.0,
        "lending_borrowers_brought_usd" => 9_000.0,
        "lending_liquidators_closing_usd" => 25_000.0,
        "lending_liquidators_gas_usd" => -1_000.0,
        "unmodelled_opening_usd" => 2_000_000.0,
        "unmodelled_closing_usd" => 2_004_000.0 - 60_000.0,
        "unmodelled_handed_over_usd" => 60_000.0,
        _ => 0.0,
    };
    let page = write_page(&with(results_where(NOTHING, 30, law), &["lending"])).unwrap();
    assert!(body(&page).contains("the rows sum to zero"));
    let words = said(&page);
    for part in [
        "Largest payers on average: borrowers 80.0 thousand USD.",
        "Largest receivers: suppliers of loans 50.0 thousand USD, liquidators 25.0 thousand USD, liquidity holders 4000 USD and gas 1000 USD.",
    ] {
        assert!(words.contains(part), "no \"{part}\" in {words}");
    }
    // What is left out is missed.
    let gone = |name: &str, value: f64| if name == "lending_liquidators_closing_usd" { 0.0 } else { law(name, value) };
    let page = write_page(&with(results_where(NOTHING, 30, gone), &["lending"])).unwrap();
    assert!(body(&page).contains("the rows sum to \u{2212}25.0\u{a0}thousand USD"));
}

#[test]
fn the_map_shows_who_infects_whom() {
    let mut results = with(results(EVERYTHING, 30), &["network"]);
    let figure = |results: &Results| {
        let page = write_page(results).unwrap();
        page.figures.into_iter().find(|(name, _)| name == "who-infects-whom.svg").map(|(_, svg)| svg)
    };
    assert_eq!(figure(&results), None, "there is no map");
    results.manifest.infections = Some(map());
    let svg = figure(&results).unwrap();
    for part in ["a vault</text>", "&lt;lender&gt;</text>", "issuer</text>", "widest arrow: 1.50\u{a0}million USD"] {
        assert!(svg.contains(part), "no {part} in {svg}");
    }
    // By hand: 1.5 million to the lender and 0.3 million to the issuer; 1000 to the vault are less than 1 % of the widest.
    let page = write_page(&results).unwrap();
    let words = body(&page).replace('\u{a0}', " ");
    let told = "Others lose most, 1.50 million USD, if a vault fails. The widest arrows: a vault \u{2192} &lt;lender&gt; 1.50 million USD and &lt;lender&gt; \u{2192} issuer 300 thousand USD.";
    assert!(words.contains(told), "no \"{told}\"");
    // Three nodes and two arrows, each node on a disc of paper.
    assert_eq!(svg.matches("<polygon").count(), 3 * 2 + 2);
}

#[test]
fn a_loss_by_channel_stands_in_a_table() {
    let law = |name: &str, value: f64| match name {
        "network_initial_loss_usd" => 1e6,
        "network_part_counterparty_usd" => 4e5,
        "network_part_fire_sale_usd" => 6e5,
        "network_part_oracle_usd" | "network_removed_oracle_usd" => 0.0,
        "network_part_liveness_usd" | "network_removed_liveness_usd" => 0.0,
        "network_removed_fire_sale_usd" => 9e5,
        "network_total_loss_usd" => 2e6,
        _ => value,
    };
    let page = write_page(&with(results_where(EVERYTHING, 30, law), &["network"])).unwrap();
    let words = body(&page).replace('\u{a0}', " ");
    assert!(words.contains("Loss of the network by channel") && words.contains("Part, million USD"));
    assert!(words.contains(
        "What assets fetch less than their reference price</th><td>0.60 (0.60 to 0.60)</td><td>0.90 (0.90 to 0.90)"
    ));
    assert!(!words.contains("<th scope=\"row\">Wrong readings of oracles"), "a channel through which nothing goes");
}

//! Plans in whole runs: proxy upgrades, votes, triggers, verification, the operator's batches, claims.

use crate::support::{column, ensemble, mean, model};
use portage::engine::run::{Engine, Observer, Scene, Unwatched};
use portage::engine::world::{Holder, World};
use portage::migration::governance::GovernanceSpec;
use portage::migration::{Mechanism, MovedBy};
use portage::pools::Role;

/// A pool with trade and arbitrage, whose providers stay where they are; the new version opens after two days.
const TRADED: &str = r#"
title = "a traded pool"
start = "2024-03-01"
horizon = "8d"
observation = "2h"
[clock]
step = 50
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.8 }
[chain]
gas_price.eip1559 = { anchor_gwei = 10.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 1e7
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
curve.constant_product = { fee_bps = 30 }
[providers]
count = 40
size_sd = 1.5
[providers.classes]
passive = { value_share = 1.0, head_share = 1.0, never_share = 1.0 }
[traders]
orders_per_day = 400
volume.share_of_liquidity_per_day = 0.2
[arbitrage]
searchers = 3
[migration]
opens = "2024-03-03"
[migration.mechanism]
"#;
const PROXY: &str = "migration.mechanism={ proxy_upgrade = {} }";
const QUIET: [&str; 3] = ["assets.ETH.price.gbm.volatility=0", "traders.orders_per_day=1", "providers.count=4"];
const DAY: f64 = 86_400.0;
const BLOCK: f64 = 600.0;
/// Pools stand in the order of their names: the old one comes second.
const OLD: usize = 1;

/// Concentration and shares over a run.
#[derive(Default)]
struct Whole {
    least_hhi: Option<f64>,
    before: Vec<u64>,
    after: Vec<u64>,
}

impl Observer for Whole {
    fn block(&mut self, _: u64, world: &World) {
        let hhi: f64 = world.books.venue_shares().iter().map(|share| share * share).sum();
        self.least_hhi = Some(self.least_hhi.map_or(hhi, |least| least.min(hhi)));
        let shares = world.books.providers.list.iter().map(|provider| provider.shares.to_bits());
        if world.books.plan_record.opened.is_nan() {
            self.before = shares.collect();
        } else if self.after.is_empty() {
            self.after = shares.collect();
        }
    }
}

#[test]
fn a_proxy_upgrade_never_fragments_and_changes_no_share_and_no_result() {
    for curve in ["constant_product = { fee_bps = 30 }", "concentrated = { fee_bps = 30, tick_spacing = 60 }"] {
        let text = TRADED.replace("constant_product = { fee_bps = 30 }", curve);
        let upgraded = model(&text, &[PROXY]);
        let mut whole = Whole::default();
        let world = Engine::new(&upgraded).run(&upgraded, 1, 0, &mut whole);
        assert_eq!(whole.least_hhi, Some(1.0), "{curve}");
        assert_eq!(whole.before, whole.after, "{curve}");
        assert_eq!((world.books.value_of_usd(Role::Old), world.books.providers.migrated_value_share()), (0.0, 1.0));
        // The same run with a vote that cannot pass: nothing is upgraded.
        let vote = "migration.governance={ on_chain = { quorum_share = 1.0, retries = 0 } }";
        let stays = model(&text, &[PROXY, vote]);
        let (one, other) = (ensemble(&upgraded, 3), ensemble(&stays, 3));
        assert_eq!(column(&other, "took_effect"), [0.0; 3]);
        assert_eq!(column(&one, "fragmented_days"), [0.0; 3]);
        for name in [
            "impermanent_loss",
            "providers_lvr_usd",
            "providers_fees_usd",
            "providers_against_holding_usd",
            "volume_usd",
        ] {
            for (with, without) in column(&one, name).iter().zip(column(&other, name)) {
                assert!(
                    (with - without).abs() <= 1e-9 * without.abs().max(1e-3),
                    "{curve} {name}: {with} for {without}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_approved_moves_nothing() {
    let vote = "migration.governance={ on_chain = { quorum_share = 1.0, retries = 0 } }";
    let movers = "providers.classes={ active = { value_share = 1.0, head_share = 1.0, reviews_per_day = 6 } }";
    let pay = "programmes.pay={ token = \"USD\", venue = \"new\", budget = 1e6, from = \"2024-03-03\", until = \"2024-03-07\" }";
    for mechanism in [
        PROXY,
        "migration.mechanism={ rebalancing = {} }",
        "migration.mechanism={ state_migration = { moved_by = { operator = {} } } }",
        "migration.mechanism={ state_migration = { moved_by = { claims = {} } } }",
    ] {
        for batch in [None, Some("migration.batch=2024-03-05")] {
            if batch.is_some() && !mechanism.contains("rebalancing") {
                continue;
            }
            let patches: Vec<&str> = [mechanism, vote, movers, pay].into_iter().chain(batch).collect();
            let model = model(TRADED, &patches);
            for run in 0..2 {
                let world = Engine::new(&model).run(&model, 1, run, &mut Unwatched);
                assert_eq!(world.books.value_of_usd(Role::New), 0.0, "{mechanism} {batch:?}");
                assert!(
                    world.books.plan_record.opened.is_nan()
                        && world.books.plan_record.approved.is_nan()
                        && world.books.plan_record.votes == 1
                );
                assert!(!world.books.venues[OLD].is_halted());
            }
        }
    }
}

#[test]
fn votes_pass_as_often_and_take_as_long_as_the_closed_forms_say() {
    let vote = "migration.governance={ on_chain = { turnout = 0.05, retries = 2 } }";
    let model =
        model(TRADED, &[&[PROXY, vote, "horizon=40d", "clock.step=2400", "observation=2d"], &QUIET[..]].concat());
    let runs = 800;
    let ensemble = ensemble(&model, runs);
    let days = column(&ensemble, "approved_days");
    let approved: Vec<f64> = days.into_iter().filter(|days| !days.is_nan()).collect();
    let GovernanceSpec::OnChain(vote) = model.plan.as_ref().unwrap().spec.governance.unwrap() else { panic!() };
    let (share, expected) = (approved.len() as f64 / runs as f64, vote.approval_probability());
    // Four standard errors each: error probability 6e-5. A decision is read at the end of its block of a third of a day at most.
    assert!(
        (share - expected).abs() < 4.0 * (expected * (1.0 - expected) / runs as f64).sqrt(),
        "{share} for {expected}"
    );
    let (delay, error) = mean(&approved);
    let expected = vote.expected_delay_seconds() / DAY;
    assert!((delay - expected).abs() < 4.0 * error + 1.0 / 3.0, "{delay} +- {error} for {expected}");
    // What is approved late takes effect late, and never before its date.
    for (opened, approved) in column(&ensemble, "opened_days").iter().zip(column(&ensemble, "approved_days")) {
        assert_eq!(opened.is_nan(), approved.is_nan());
        assert!(opened.is_nan() || *opened >= approved.max(2.0), "{opened} {approved}");
    }
}

/// The reference price at each observation.
#[derive(Default)]
struct Prices(Vec<(f64, f64, f64)>);

impl Observer for Prices {
    fn observe(&mut self, scene: &Scene<'_>) {
        self.0.push((scene.seconds, scene.world.books.pair().price, scene.world.books.value_of_usd(Role::Old)));
    }
}

#[test]
fn a_trigger_fires_at_the_first_observation_at_which_its_rule_has_held() {
    let mut fired = 0;
    for (watches, bound, held) in [
        ("reference_price", "above = 2050.0", 0.0),
        ("reference_price", "below = 1960.0", 6.0),
        ("old_value", "above = 1.01e7", 4.0),
    ] {
        let trigger = format!(
            "migration.trigger={{ watches = \"{watches}\", threshold = {{ {bound} }}, held_for = \"{held}h\" }}"
        );
        let model = model(TRADED, &[PROXY, &trigger]);
        for run in 0..6 {
            let mut prices = Prices::default();
            let world = Engine::new(&model).run(&model, 1, run, &mut prices);
            let (side, level) = bound.split_once(" = ").unwrap();
            let level: f64 = level.parse().unwrap();
            let mut since = None;
            // The rule is looked at from the date on at which the new version may open.
            let first = prices.0.iter().filter(|(seconds, ..)| *seconds > 2.0 * DAY).find(|(seconds, price, value)| {
                let seen = if watches == "old_value" { *value } else { *price };
                let holds = if side == "above" { seen > level } else { seen < level };
                since = if holds { since.or(Some(*seconds)) } else { None };
                since.is_some_and(|since| seconds - since >= held * 3_600.0)
            });
            match first {
                // It takes effect in the block that the observation ends in or the next one.
                Some((seconds, ..)) => {
                    assert!(
                        (0.0..=BLOCK).contains(&(world.books.plan_record.opened - seconds))
                            || *seconds > 8.0 * DAY - BLOCK,
                        "{trigger} {run}: {} for {seconds}",
                        world.books.plan_record.opened
                    );
                    fired += 1;
                }
                None => assert!(world.books.plan_record.opened.is_nan(), "{trigger} {run}"),
            }
        }
    }
    assert!((4..=17).contains(&fired), "{fired}");
}

#[test]
fn a_verification_delays_by_its_window_and_catches_what_it_can_see() {
    let fault = |kind: &str| {
        let weight = |name: &str| f64::from(u8::from(name == kind));
        let of = |name: &str| format!("{name} = {{ weight = {}, theft_share = 0.5 }}", weight(name));
        let kinds: Vec<String> = ["storage_collision", "open_initialiser", "wrong_constant", "logic"].map(of).into();
        format!("migration.failure={{ probability = 1.0, faults = {{ {} }} }}", kinds.join(", "))
    };
    let optimistic =
        "migration.verification={ optimistic = { challenge_window = \"3d\", watchers = 2, watcher_sees = 0.4 } }";
    let proof = "migration.verification={ zero_knowledge = {} }";
    let runs = 400;
    // 1 - 0.6^2 of what can be seen in the state; wrong logic is seen by nobody; a proof shows what is wrong in entries.
    for (verification, kind, caught) in [
        (optimistic, "open_initialiser", 0.64),
        (optimistic, "logic", 0.0),
        (proof, "storage_collision", 1.0),
        (proof, "logic", 0.0),
    ] {
        let model = model(
            TRADED,
            &[&[PROXY, &fault(kind), verification, "clock.step=600", "observation=8h"], &QUIET[..]].concat(),
        );
        let ensemble = ensemble(&model, runs);
        let values = column(&ensemble, "caught");
        let share = values.iter().sum::<f64>() / runs as f64;
        // Four standard errors: error probability 6e-5 each.
        assert!(
            (share - caught).abs() <= 4.0 * (caught * (1.0 - caught) / runs as f64).sqrt(),
            "{kind}: {share} for {caught}"
        );
        assert_eq!(column(&ensemble, "faulty"), vec![1.0; runs as usize]);
        // Who is caught is mended for a day and verified anew; nobody who was caught fails.
        let (opened, failed) = (column(&ensemble, "opened_days"), column(&ensemble, "failed"));
        let window = if verification == optimistic { 3.0 } else { 0.0 };
        for ((caught, opened), failed) in values.iter().zip(opened).zip(failed) {
            let expected = 2.0 + window + caught * (1.0 + window);
            assert!(
                opened.is_nan() && expected > 7.9 || (0.0..=0.2).contains(&(opened - expected)),
                "{opened} for {expected}"
            );
            assert!(*caught * failed == 0.0);
        }
    }
}

/// What the operator has used in each block by what it paid and at which price, gas, and for how many blocks the old pool was halted.
#[derive(Default)]
struct Purse {
    calls: f64,
    paid_usd: f64,
    gwei: f64,
    gas: Vec<f64>,
    halted: u64,
}

impl Observer for Purse {
    fn block(&mut self, _: u64, world: &World) {
        let book = &world.books.plan_record;
        let (paid_usd, gwei) = (book.operator_gas_usd - self.paid_usd, book.operator_calls.1 - self.gwei);
        // Calls of one block pay one price.
        let calls = book.operator_calls.0 - self.calls;
        if paid_usd > 0.0 {
            self.gas.push(
                paid_usd
                    / (gwei / calls
                        * 1e-9
                        * world.books.prices_usd[world.books.chain(portage::chain::Chain::Home).gas_token.index()]),
            );
        }
        (self.calls, self.paid_usd, self.gwei) = (book.operator_calls.0, book.operator_gas_usd, book.operator_calls.1);
        self.halted += u64::from(world.books.venues[OLD].is_halted());
    }
}

#[test]
fn the_operators_batches_cost_gas_at_the_price_of_their_block_and_halt_the_old_version_until_they_are_through() {
    let copied = "migration.mechanism={ state_migration = { moved_by = { operator = { batch_entries = 400 } }, entries = { per_provider = 1000 }, \
         errors = { corrupted = 0.0, duplicated = 0.0, missing = 0.0 } } }";
    // A room of 15 million gas or more for batches of 11.2 million.
    let model = model(TRADED, &[copied, "horizon=4d", "clock.step=1", "observation=2h", "traders.orders_per_day=20"]);
    let mut fee_vault = Purse::default();
    let world = Engine::new(&model).run(&model, 1, 0, &mut fee_vault);
    let Some(Mechanism::StateMigration(state)) = model.plan.as_ref().map(|plan| &plan.spec.mechanism) else { panic!() };
    let MovedBy::Operator(operator) = &state.moved_by else { panic!() };
    // 40 providers with 1000 entries each, all batches full; the switch is one transaction more.
    assert_eq!((world.books.providers.list.len(), world.books.plan_record.entries), (40, 40_000.0));
    let batch = operator.gas(400) as f64;
    let gas: f64 = fee_vault.gas.iter().sum();
    let switch = world.books.chain(portage::chain::Chain::Home).units.batch as f64;
    assert!((gas / (100.0 * batch + switch) - 1.0).abs() < 1e-9, "{gas}");
    let copies: Vec<f64> = fee_vault.gas.iter().map(|gas| gas / batch).filter(|batches| *batches > 0.9).collect();
    let whole = copies.iter().filter(|batches| (**batches - batches.round()).abs() < 1e-9).count();
    assert!(whole + 1 >= copies.len(), "{copies:?}");
    // A block has room for one batch at least.
    let blocks = copies.len() as u64;
    let most = operator.blocks_needed(40_000, model.gas.as_ref().map_or(0, |gas| gas.sure_room()));
    assert!(most == Some(100) && (20..=100).contains(&blocks), "{blocks} of {most:?}");
    assert!(fee_vault.halted.abs_diff(blocks) <= 1, "{} for {blocks}", fee_vault.halted);
    assert!(
        (world.books.plan_record.downtime_seconds - blocks as f64 * 12.0).abs() <= 12.0,
        "{}",
        world.books.plan_record.downtime_seconds
    );
    // Prices differ from block to block: that is what a copy costs more or less than planned.
    assert!(column(&ensemble(&model, 1), "operator_gas_price_sd_gwei")[0] > 0.01);
}

#[test]
fn what_nobody_has_claimed_goes_to_the_treasury() {
    let claims = "migration.mechanism={ state_migration = { moved_by = { claims = { claims_end = \"2024-03-06\" } }, errors = { corrupted = 0.0, duplicated = 0.0, missing = 0.0 } } }";
    let people = "providers.classes={ active = { value_share = 0.5, head_share = 0.5, reviews_per_day = 6 }, passive = { value_share = 0.5, head_share = 0.5, never_share = 0.5 } }";
    let model = model(TRADED, &[claims, people, "providers.awareness={ at_announcement = 0.5 }"]);
    for run in 0..4 {
        let world = Engine::new(&model).run(&model, 1, run, &mut Unwatched);
        let treasury = &world.books.holders[Holder::Treasury.index()].statement;
        let unclaimed = world.books.plan_record.unclaimed_share;
        assert!((0.01..0.99).contains(&unclaimed), "{unclaimed}");
        // A frozen pool holds what it held when the state was read.
        let opening: f64 = world.books.providers.origin_usd;
        let forfeited = -treasury.penalties;
        assert!((0.7..1.4).contains(&(forfeited / (unclaimed * opening))), "{forfeited} of {unclaimed}");
        assert_eq!(world.books.value_of_usd(Role::Old), 0.0);
        assert!(world.books.venues[OLD].is_halted());
        let kept = world.books.providers.list.iter().filter(|one| one.place.pool() == Some(OLD)).count();
        assert_eq!(kept, 0);
    }
}

#[test]
fn a_plan_that_was_rolled_back_begins_anew_with_its_fault_mended() {
    // A fifth is stolen six hours after the first try; the gates see it at the next observation.
    let failure = r#"migration.failure={ probability = 1.0, discovery = { after = "6h" }, severity = { mean = 0.2, least = 0.2, most = 0.2 }, faults = { logic = { weight = 1.0, theft_share = 1.0 }, wrong_constant = { weight = 0.0, theft_share = 1.0 }, open_initialiser = { weight = 0.0, theft_share = 1.0 }, storage_collision = { weight = 0.0, theft_share = 1.0 } }, attack = { atomic_share = 1.0 } }"#;
    let gates = r#"migration.gates={ loss_share_max = 0.0, on_trip = "rollback" }"#;
    let run = |more: &[&str]| {
        let patches: Vec<&str> = [PROXY, failure, gates].iter().chain(more).copied().collect();
        ensemble(&model(TRADED, &patches), 4)
    };
    let given_up = run(&[]);
    assert_eq!(column(&given_up, "rolled_back"), [1.0; 4]);
    assert_eq!(column(&given_up, "migrated_value_share"), [0.0; 4]);
    let resumed = run(&["migration.resumes_after=\"1d\""]);
    assert_eq!(column(&resumed, "rolled_back"), [1.0; 4]);
    assert_eq!(column(&resumed, "migrated_value_share"), [1.0; 4]);
    // The first try opens on day 2 and is rolled back at the observation after six hours; the second comes a day later.
    for opened in column(&resumed, "opened_days") {
        assert!((3.25..3.5).contains(&opened), "{opened}");
    }
    assert_eq!(column(&resumed, "stolen_usd"), column(&given_up, "stolen_usd"), "nothing is stolen by a mended fault");
}

#[test]
fn impermanent_loss_of_providers_is_that_of_the_pool_while_nobody_moves() {
    let runs = ensemble(&model(TRADED, &[PROXY]), 3);
    let read = |name: &str| column(&runs, name);
    let parts = read("providers_impermanent_loss_usd").into_iter().zip(read("impermanent_loss"));
    let held = read("providers_closing_usd").into_iter().zip(read("providers_against_holding_usd"));
    for ((of_providers, of_pool), (closing, against)) in parts.zip(held) {
        let expected = of_pool * (closing - against);
        assert!(expected < 0.0 && (of_providers / expected - 1.0).abs() < 1e-6, "{of_providers} {expected}");
    }
}

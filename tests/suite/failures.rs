//! What fails in whole runs: how often by the law, how much a canary saves, what gates stop, and what a rollback brings back.

use crate::support::{column, ensemble, mean, model};
use portage::base::actions::Place;
use portage::engine::model::Model;
use portage::engine::run::{Engine, Movement, Observer, Scene, Unwatched};
use portage::engine::world::{Books, MIGRATOR_DUST, World};
use portage::pools::Role;

/// A pool in a market that stands still, and a migration that takes effect at the start.
const STILL: &str = r#"
title = "nothing but the plan"
start = "2024-03-01"
horizon = "60d"
observation = "12h"
[clock]
step = 600
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.0 }
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
count = 400
size_sd = 0.5
[providers.classes]
passive = { value_share = 1.0, head_share = 1.0 }
[migration.mechanism]
"#;

/// Whatever is wrong lets everything be stolen at once, and nothing comes back.
const THEFT: &str = "migration.failure={ probability = 1.0, severity = { mean = 1.0, least = 1.0, most = 1.0 }, \
     attack = { atomic_share = 1.0 }, hazards = { abandoned = 0.0, approvals = 0.0 }, \
     faults = { storage_collision = { weight = 0.0, theft_share = 1.0 }, open_initialiser = { weight = 0.0, theft_share = 1.0 }, \
     wrong_constant = { weight = 0.0, theft_share = 1.0 }, logic = { weight = 1.0, theft_share = 1.0 } } }";
const NO_RETURN: &str = "migration.response={ negotiation = { contact = 0.0 } }";
const PROXY: &str = "migration.mechanism={ proxy_upgrade = {} }";
const COPIED: &str = "migration.mechanism={ state_migration = { moved_by = { operator = {} }, errors = { corrupted = 0.0, duplicated = 0.0, missing = 0.0 } } }";
const DAY: f64 = 86_400.0;
/// Pools stand in the order of their names.
const NEW: usize = 0;
const OLD: usize = 1;

#[test]
fn faulty_runs_are_as_many_as_the_law_says_and_facets_have_fewer_faults() {
    let runs = 2_500;
    for (contracts, facets) in [(2.0_f64, 1.0_f64), (8.0, 1.0), (20.0, 1.0), (20.0, 4.0)] {
        let complexity = format!("contracts = {contracts}, storage_slots = 0, entries = 0, chains = 1, positions = 0");
        let failure = format!(
            "migration.failure={{ theta = 0.02, exponent = 1.3, audit = 0.4, complexity = {{ {complexity} }} }}"
        );
        let pattern = format!(
            "migration.mechanism={{ proxy_upgrade = {{ pattern = {{ diamond = {{ facets = {facets}, every = \"2h\" }} }} }} }}"
        );
        let patches = [&failure, &pattern, "horizon=12h", "observation=2h", "providers.count=4"];
        let faulty = column(&ensemble(&model(STILL, &patches), runs), "faulty").iter().sum::<f64>() / runs as f64;
        // theta C^a (1 - audit), of which k equal parts have k^(1 - a) together.
        let faults = 0.02 * contracts.powf(1.3) * 0.6 * facets.powf(1.0 - 1.3);
        let expected = 1.0 - (-faults).exp();
        let error = (expected * (1.0 - expected) / runs as f64).sqrt();
        // Four standard errors: error probability 6e-5 each.
        assert!((faulty - expected).abs() < 4.0 * error, "{contracts} in {facets}: {faulty} for {expected} +- {error}");
    }
}

#[test]
fn a_canary_cuts_the_expected_loss_of_what_the_operator_moves_by_the_closed_form() {
    let runs = 1_000;
    let losses = |patches: &[&str]| {
        let model = model(STILL, &[&[COPIED, THEFT, NO_RETURN], patches].concat());
        let runs = ensemble(&model, runs);
        (model, column(&runs, "failure_loss_share"), column(&runs, "failed_days"))
    };
    let (_, at_once, _) = losses(&[]);
    let (model, staged, failed) = losses(&["migration.stages=[{ cap_share = 0.05, lasting = \"14d\" }]"]);
    let discovery = model.plan.as_ref().unwrap().spec.failure.as_ref().unwrap().discovery;
    let factor = discovery.canary_factor(14.0 * DAY, 0.05, 60.0 * DAY);
    let differences: Vec<f64> = staged.iter().zip(&at_once).map(|(with, without)| with - factor * without).collect();
    let (difference, error) = mean(&differences);
    // Four standard errors: error probability 6e-5; the operator's last provider overshoots the canary by 1/400 at most.
    assert!(difference.abs() < 4.0 * error + 0.0025, "{difference} +- {error} with a factor of {factor}");
    // All or nothing of what stands there, and about half is found by the canary: F(14 d) = 1 - exp(-(14/41)^0.36) = 0.493.
    assert!(at_once.iter().all(|loss| *loss == 0.0 || (loss - 1.0).abs() < 1e-5), "{at_once:?}");
    assert!(staged.iter().all(|loss| *loss == 0.0 || (0.0499..0.06).contains(loss) || (loss - 1.0).abs() < 1e-5));
    let early = failed.iter().filter(|days| **days < 14.0).count() as f64 / runs as f64;
    assert!((early - 0.493).abs() < 4.0 * (0.25 / runs as f64).sqrt(), "{early}");
}

/// What stands in the new version at each observation, USD.
#[derive(Default)]
struct Exposed(Vec<(f64, f64)>);

impl Observer for Exposed {
    fn observe(&mut self, scene: &Scene<'_>) {
        self.0.push((scene.seconds, scene.world.books.value_of_usd(Role::New)));
    }
}

#[test]
fn a_canary_of_providers_who_move_themselves_cuts_the_loss_by_the_closed_form_of_what_stands_there() {
    let movers = [
        "providers.classes={ active = { value_share = 1.0, head_share = 1.0, reviews_per_day = 12 } }",
        "programmes.pay={ token = \"USD\", venue = \"new\", budget = 4e6, from = \"2024-03-01\", until = \"2024-04-29\" }",
        "migration.stages=[{ cap_share = 0.05, lasting = \"14d\" }]",
        "migration.mechanism={ rebalancing = { migrator_share = 1.0 } }",
        "providers.count=100",
        "observation=2h",
        NO_RETURN,
        THEFT,
    ];
    let (faulty, sound) =
        (model(STILL, &movers), model(STILL, &[&movers[..], &["migration.failure.probability=0"]].concat()));
    let discovery = faulty.plan.as_ref().unwrap().spec.failure.as_ref().unwrap().discovery;
    let (mut lost, mut expected, mut square) = (0.0, 0.0, 0.0);
    let runs = 150;
    for run in 0..runs {
        let mut exposed = Exposed::default();
        Engine::new(&sound).run(&sound, 1, run, &mut exposed);
        let world = Engine::new(&faulty).run(&faulty, 1, run, &mut Unwatched);
        let loss = world.books.failure_loss_usd();
        // Before it fails the run is the same, so that what is lost is what stood there.
        let at = exposed.0.iter().rposition(|(seconds, _)| *seconds <= world.books.plan_record.failed);
        if let Some(at) = at.filter(|at| at + 1 < exposed.0.len()) {
            let (low, high) = (exposed.0[at].1, exposed.0[at + 1].1);
            let (low, high) = (low.min(high), low.max(high));
            assert!((low * (1.0 - 2e-6)..=high * (1.0 + 1e-9)).contains(&loss), "{loss} of {low} to {high}");
        }
        // The loss that the law of discovery expects of these holdings, and its variance.
        let (mut first, mut second) = (0.0, 0.0);
        for pair in exposed.0.windows(2) {
            let weight = discovery.found_by(pair[1].0) - discovery.found_by(pair[0].0);
            let usd = 0.5 * (pair[0].1 + pair[1].1);
            first += weight * usd;
            second += weight * usd * usd;
        }
        (lost, expected, square) = (lost + loss, expected + first, square + second - first * first);
    }
    // Four standard errors: error probability 6e-5.
    assert!((lost - expected).abs() < 4.0 * square.sqrt(), "{lost} for {expected} +- {}", square.sqrt());
    // Against the closed form of a canary that is full at once and a release that everybody follows at once.
    let closed =
        discovery.canary_factor(14.0 * DAY, 0.05, 60.0 * DAY) * discovery.found_by(60.0 * DAY) * 1e7 * runs as f64;
    assert!((0.8..1.05).contains(&(expected / closed)), "{}", expected / closed);
}

/// Where everybody stood, with how much, and what the old pool held, at the last observation before the new version took effect.
#[derive(Default)]
struct Checkpoint {
    people: Vec<(Place, f64)>,
    held: [f64; 8],
}

impl Observer for Checkpoint {
    fn observe(&mut self, scene: &Scene<'_>) {
        if scene.world.books.plan_record.opened.is_nan() {
            self.people = scene.world.books.providers.list.iter().map(|one| (one.place, one.shares)).collect();
            let held = scene.world.books.venues[OLD].reserves(&scene.world.books.ledger);
            self.held[..held.len()].copy_from_slice(&held);
        }
    }
}

const CURVES: [&str; 4] = [
    "constant_product = { fee_bps = 30 }",
    "concentrated = { fee_bps = 30, tick_spacing = 60 }",
    "stable_swap = { fee_bps = 4, amplification = 100 }",
    "weighted = { fee_bps = 30, weights = { ETH = 0.8, USD = 0.2 } }",
];

/// A fault that comes to light after two days, and a team that rolls back; what is stolen is `severity`.
fn stopped(curve: &str, severity: f64, more: &[&str]) -> Model {
    let mut text = STILL.replace("constant_product = { fee_bps = 30 }", curve);
    if curve.starts_with("stable") {
        text = text.replace("initial_usd = 2000.0", "initial_usd = 1.0");
    }
    let severity = format!("migration.failure.severity={{ mean = {severity}, least = {severity}, most = {severity} }}");
    let patches = [
        THEFT,
        NO_RETURN,
        &severity,
        "migration.failure.discovery.after=2d",
        "migration.response.rollback=true",
        "migration.opens=2024-03-05",
        "providers.count=60",
        "horizon=12d",
    ];
    model(&text, &[&patches, more].concat())
}

fn checkpoint(model: &Model, run: u64) -> (Checkpoint, World) {
    let mut checkpoint = Checkpoint::default();
    let world = Engine::new(model).run(model, 1, run, &mut checkpoint);
    (checkpoint, world)
}

#[test]
fn a_rollback_of_whole_moves_restores_the_checkpoint_bit_for_bit() {
    for curve in CURVES {
        for mechanism in [PROXY, COPIED] {
            let (checkpoint, world) = checkpoint(&stopped(curve, 0.0, &[mechanism]), 0);
            assert_eq!((world.books.plan_record.rollbacks, world.books.value_of_usd(Role::New)), (1, 0.0), "{curve}");
            for (one, (place, shares)) in world.books.providers.list.iter().zip(&checkpoint.people) {
                assert_eq!((one.place, one.shares.to_bits()), (*place, shares.to_bits()), "{curve}");
            }
            let held = world.books.venues[OLD].reserves(&world.books.ledger);
            for (now, then) in held.iter().zip(checkpoint.held) {
                assert!((now - then).abs() <= 1e-12 * then, "{curve}: {now} for {then}");
            }
        }
    }
}

#[test]
fn a_rollback_of_a_canary_moves_everybody_back() {
    let canary = "migration.stages=[{ cap_share = 0.1, lasting = \"9d\" }]";
    for curve in CURVES {
        let (checkpoint, world) = checkpoint(&stopped(curve, 0.0, &[COPIED, canary]), 0);
        assert_eq!((world.books.plan_record.rollbacks, world.books.value_of_usd(Role::New)), (1, 0.0), "{curve}");
        // Nothing is lost on the way, but for a little where ranges are laid anew about the price and put in proportion.
        let lines = world.books.holders.iter().map(|book| book.statement);
        let lost: f64 = lines.clone().map(|one| one.closing - one.opening + one.gas).sum();
        let most = if curve.starts_with("concentrated") { 1e-4 } else { 1e-9 };
        assert!(lost.abs() < most * 1e7, "{curve}: {lost}");
        let aside: f64 = (0..60)
            .map(|id| world.books.coins.value_usd(&world.books.providers.carried(id), &world.books.prices_usd))
            .sum();
        assert!(aside <= 0.1 * MIGRATOR_DUST * 1e7, "{curve}: {aside} beside");
        for (one, (place, shares)) in world.books.providers.list.iter().zip(&checkpoint.people) {
            assert_eq!(one.place, *place, "{curve}");
            // A range is laid anew about the price, whose units are others; what it is worth is held by the books.
            let is_same = curve.starts_with("concentrated") || (one.shares - shares).abs() <= 1e-6 * shares;
            assert!(is_same, "{curve}: {} for {shares}", one.shares);
        }
    }
}

/// Where everybody stood when the new version took effect, in the block before a rollback, and in the block of it.
#[derive(Default)]
struct Around {
    checkpoint: Vec<Place>,
    before: Vec<Place>,
    after: Vec<Place>,
    /// Who went from the wallet into a pool at nobody's cost: by somebody else's hand.
    dragged: usize,
}

impl Observer for Around {
    fn moved(&mut self, step: &Movement, _: &Books) {
        let is_dragged = step.from == Place::Outside && step.to.pool().is_some() && step.gas_usd == 0.0;
        self.dragged += usize::from(is_dragged);
    }

    fn block(&mut self, _: u64, world: &World) {
        let places = world.books.providers.list.iter().map(|one| one.place);
        match (world.books.plan_record.rollbacks, self.after.is_empty()) {
            (0, _) if world.books.plan_record.opened.is_nan() => self.checkpoint = places.collect(),
            (0, _) => self.before = places.collect(),
            (_, true) => self.after = places.collect(),
            _ => {}
        }
    }
}

#[test]
fn a_rollback_returns_those_who_moved_themselves_and_drags_nobody_back() {
    let movers = [
        "providers.classes={ active = { value_share = 0.7, head_share = 0.7, reviews_per_day = 6 }, passive = { value_share = 0.3, head_share = 0.3, time_scale = \"4d\" }, mercenary = { capital_usd = 1e6, count = 5 } }",
        "programmes.pay={ token = \"USD\", venue = \"new\", budget = 3e5, from = \"2024-03-05\", until = \"2024-03-10\" }",
        "migration.mechanism={ rebalancing = { migrator_share = 0.5, by_hand_delay = \"5h\" } }",
        "chain.gas_price={ constant = { gwei = 5.0 } }",
    ];
    let (mut returned, mut left) = (0, 0);
    for curve in CURVES {
        for severity in [0.0, 0.5] {
            let model = stopped(curve, severity, &movers);
            for run in 0..3 {
                let mut around = Around::default();
                let world = Engine::new(&model).run(&model, 1, run, &mut around);
                assert_eq!(
                    (world.books.plan_record.rollbacks, world.books.value_of_usd(Role::New) < 1.0),
                    (1, true),
                    "{curve}"
                );
                for ((home, before), after) in around.checkpoint.iter().zip(&around.before).zip(&around.after) {
                    match (home, before, after) {
                        (Place::Pool(1), Place::Pool(0), Place::Pool(1)) => returned += 1,
                        (Place::Outside, Place::Pool(0), Place::Outside) => left += 1,
                        (_, Place::Pool(0), _) => panic!("{curve}: from {home:?} by {before:?} to {after:?}"),
                        _ => {}
                    }
                }
                assert_eq!(around.dragged, 0, "{curve}");
                // Who was on the way at the rollback has not arrived in the new version since.
                assert!(!world.books.providers.list.iter().any(|one| one.place == Place::Pool(0)), "{curve}");
            }
        }
    }
    assert!(returned > 100 && left > 10, "{returned} returned, {left} paid out");
}

#[test]
fn gates_keep_a_bad_migration_to_its_canary() {
    // Half of what stands in the canary of 5 % is stolen on the second day; nobody but the gates acts.
    let fault = |more: &[&str]| {
        let base = [
            "migration.stages=[{ cap_share = 0.05, lasting = \"5d\" }]",
            "migration.response={ pause = \"nobody\", negotiation = { contact = 0.0 } }",
        ];
        stopped(CURVES[0], 0.5, &[&[COPIED], &base[..], more].concat())
    };
    let value = |model: &Model, name: &str| column(&ensemble(model, 3), name);
    let gated = fault(&["migration.gates={ loss_share_max = 0.0, on_trip = \"rollback\" }"]);
    for loss in value(&gated, "failure_loss_share") {
        assert!((0.025..0.045).contains(&loss), "{loss}");
    }
    assert_eq!(value(&gated, "rolled_back"), [1.0; 3]);
    assert!(value(&gated, "new_liquidity_share").iter().all(|share| *share == 0.0));
    // Holding keeps the others where they are; without gates everybody follows once the fault is mended.
    let held = fault(&["migration.gates={ loss_share_max = 0.0, on_trip = \"hold\" }"]);
    assert!(value(&held, "new_liquidity_share").iter().all(|share| *share < 0.06));
    assert!(value(&fault(&[]), "new_liquidity_share").iter().all(|share| *share == 1.0));
}

#[test]
fn a_pause_of_the_gates_does_not_shorten_the_stage_that_begins_anew() {
    // The gap of a pool that nobody trades in cannot close: the gates trip, pause a day, begin the stage anew, and trip again.
    let model = stopped(
        CURVES[0],
        0.5,
        &[
            COPIED,
            "assets.ETH.price.gbm.volatility=0.8",
            "migration.failure.probability=0",
            "migration.stages=[{ cap_share = 0.05, lasting = \"3d\" }]",
            "migration.gates={ price_gap_bps_max = 1.0, on_trip = { pause = { lasting = \"20h\" } } }",
        ],
    );
    let runs = ensemble(&model, 3);
    for name in ["gates_tripped", "released_days", "new_liquidity_share"] {
        let values = column(&runs, name);
        match name {
            "gates_tripped" => assert!(values.iter().all(|trips| *trips >= 5.0), "{values:?}"),
            "released_days" => assert!(values.iter().all(|days| days.is_nan()), "{values:?}"),
            _ => assert!(values.iter().all(|share| *share < 0.09), "{values:?}"),
        }
    }
}

#[test]
fn a_fault_that_freezes_stops_the_version_until_notice_repair_and_governance_are_through() {
    let frozen = "migration.failure={ probability = 1.0, faults = { logic = { weight = 1.0, theft_share = 0.0 }, storage_collision = { weight = 0.0, theft_share = 0.0 }, \
        open_initialiser = { weight = 0.0, theft_share = 0.0 }, wrong_constant = { weight = 0.0, theft_share = 0.0 } }, \
        freeze = { shows_after = \"1d\", repair = \"3d\" }, hazards = { abandoned = 0.0, approvals = 0.0 } }";
    let noticed = "migration.response={ notice = \"6h\", notice_sd = 0.0 }";
    let vote = "migration.governance={ on_chain = { turnout_sd = 0.0, support_sd = 0.0 } }";
    for (patches, days) in [(&[][..], 3.25), (&[vote], 10.25)] {
        let model = model(STILL, &[&[PROXY, frozen, noticed, "providers.count=20", "horizon=40d"], patches].concat());
        let hours = column(&ensemble(&model, 2), "downtime_hours");
        // Two ends, each at most a block of two hours late.
        assert!(hours.iter().all(|hours| (hours - days * 24.0).abs() <= 2.0), "{hours:?} for {days} days");
    }
}

#[test]
fn an_upgrade_that_has_lost_its_upgrade_function_cannot_be_rolled_back() {
    let uups = "migration.mechanism={ proxy_upgrade = { pattern = { uups = { bricked_share = 1.0 } } } }";
    let (_, world) = checkpoint(&stopped(CURVES[0], 0.5, &[uups]), 0);
    assert_eq!((world.books.plan_record.rollbacks, world.books.value_of_usd(Role::Old)), (0, 0.0));
    assert!(world.books.venues[NEW].is_halted());
}

#[test]
fn switching_the_plan_on_moves_no_price_and_no_draw_of_anybody_else() {
    let market = ["assets.ETH.price.gbm.volatility=0.8"];
    let chain = "chain.gas_price={ constant = { gwei = 5.0 } }";
    let base = |more: &[&str]| {
        let model = model(STILL, &[&[PROXY, chain, "horizon=12d"], &market[..], more].concat());
        let runs = ensemble(&model, 4);
        (column(&runs, "price_return"), column(&runs, "realised_volatility"))
    };
    let plain = base(&[]);
    for more in [
        &[THEFT, NO_RETURN][..],
        &["migration.stages=[{ cap_share = 0.3, lasting = \"2d\" }]"],
        &["migration.governance={ on_chain = {} }"],
        &["migration.verification={ optimistic = {} }"],
    ] {
        assert_eq!(base(more), plain, "{more:?}");
    }
}

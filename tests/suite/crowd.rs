//! Crowds in whole runs: who never moves, who has heard, who follows, who flees, and how sizes are spread.

use crate::support::{column, ensemble, mean, model};
use portage::base::actions::Place;
use portage::engine::model::Model;
use portage::engine::run::{Engine, Movement, Observer, Scene, Unwatched};
use portage::engine::world::{Books, LpClass, World};

/// A pool and its successor without a chain: nothing costs gas, prices stand still, nobody trades.
const STILL: &str = r#"
title = "a still market"
start = "2024-01-01"
horizon = "60d"
observation = "1h"
[clock]
step = 50
[assets.ETH]
price.constant = { usd = 2000.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[pools.new]
role = "new"
base = "ETH"
curve.constant_product = { fee_bps = 30 }
[providers]
count = 4000
size_sd = 0.0
awareness = { at_announcement = 1.0 }
[providers.classes.passive]
value_share = 1.0
head_share = 1.0
never_share = 0.0
time_scale = "20d"
shape = 0.7
yield_effect = 0.0
cost_effect = 0.0
share_effect = 0.0
deadline_effect = 0.0
[migration]
mechanism.rebalancing = { migrator_share = 1.0 }
announced = "2024-01-01"
opens = "2024-01-01"
"#;

/// Days and shares of a run, as they are observed.
#[derive(Default)]
struct Watched {
    moved: Vec<(f64, f64)>,
    informed: Vec<(f64, f64, f64)>,
    steps: Vec<(f64, Movement)>,
}

impl Watched {
    /// Share of addresses that had moved by the end of a day.
    fn moved_by(&self, day: f64) -> f64 {
        self.moved.iter().take_while(|(at, _)| *at <= day + 1e-6).last().unwrap().1
    }
}

impl Observer for Watched {
    fn moved(&mut self, step: &Movement, books: &Books) {
        self.steps.push((books.seconds, *step));
    }

    fn observe(&mut self, scene: &Scene<'_>) {
        let (day, list) = (scene.seconds / 86_400.0, &scene.world.books.providers.list);
        let aware = list.iter().filter(|provider| f64::from(provider.awareness) <= scene.market_view.informed).count();
        self.informed.push((day, scene.market_view.informed, aware as f64 / list.len() as f64));
        self.moved.push((day, scene.world.books.providers.migrated_address_share()));
    }
}

fn watched(model: &Model, run: u64) -> (World, Watched) {
    let mut watched = Watched::default();
    let world = Engine::new(model).run(model, 1, run, &mut watched);
    (world, watched)
}

/// Four standard errors of a share among `count` independent addresses; beyond with a probability below 1e-4.
fn sampling(share: f64, count: f64) -> f64 {
    4.0 * (share * (1.0 - share) / count).sqrt()
}

#[test]
fn the_passive_move_by_weibull_s_law_and_the_never_movers_stay() {
    for never in [0.0, 0.3] {
        let (_, run) = watched(&model(STILL, &[&format!("providers.classes.passive.never_share={never}")]), 0);
        for day in [10.0, 30.0, 60.0] {
            let law = (1.0 - never) * (1.0 - (-(day / 20.0_f64).powf(0.7)).exp());
            let moved = run.moved_by(day);
            // The last to decide wait for the next block: an hour's worth of the hazard is not seen.
            assert!((moved - law).abs() < sampling(law, 4_000.0) + 0.002, "day {day}: {moved} against {law}");
        }
    }
    // With a time scale of an hour everybody moves who ever will.
    let (_, run) = watched(
        &model(STILL, &["providers.classes.passive.never_share=0.3", "providers.classes.passive.time_scale=1h"]),
        1,
    );
    assert!((run.moved_by(60.0) - 0.7).abs() < sampling(0.3, 4_000.0), "{}", run.moved_by(60.0));
}

#[test]
fn the_news_spreads_by_bass_s_law_and_who_has_not_heard_stays() {
    let patches = [
        "providers.awareness={ at_announcement = 0.1, outside = 0.03, others = 0.2 }",
        "providers.classes.passive.time_scale=1s",
        "horizon=30d",
    ];
    let (_, run) = watched(&model(STILL, &patches), 0);
    for ((day, informed, aware), (_, moved)) in run.informed.iter().zip(&run.moved).skip(2) {
        // Bass (1969) from F(0) = 0.1: (1 - F) / (p + q F) decays at the rate p + q.
        let decay = 0.9 / (0.03 + 0.2 * 0.1) * (-0.23 * day).exp();
        let law = (1.0 - 0.03 * decay) / (1.0 + 0.2 * decay);
        assert!((informed - law).abs() < 1e-9, "day {day}: {informed} against {law}");
        assert!((aware - law).abs() < sampling(law, 4_000.0) + 1e-9, "day {day}: {aware} could act");
        // Everybody acts as soon as he hears: within the next hour, in which at most 0.5 % hear.
        assert!(*moved <= aware + 1e-12 && *moved > aware - 0.005 - 0.004, "day {day}: {moved} moved of {aware}");
    }
}

/// Distribution function of the standard normal.
fn phi(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[test]
fn sizes_are_as_unequal_as_they_are_observed() {
    // Share of the top p of a lognormal: Phi(s - z), z the upper p quantile of the normal.
    let law = [(0.01, phi(3.1 - 2.326_347_874)), (0.1, phi(3.1 - 1.281_551_566))];
    assert!((law[0].1 - 0.7804).abs() < 1e-3 && (law[1].1 - 0.9655).abs() < 1e-3, "{law:?}");
    let many = model(STILL, &["providers.count=16000", "providers.size_sd=3.1"]);
    let tops: Vec<[f64; 2]> = (0..60)
        .map(|run| {
            let (world, _, _) = many.genesis(1, run);
            let mut sizes: Vec<f64> = world.books.providers.list.iter().map(|provider| provider.opening_usd).collect();
            sizes.sort_by(|a, b| b.total_cmp(a));
            let total: f64 = sizes.iter().sum();
            [0.01, 0.1].map(|top| sizes[..(top * 16_000.0) as usize].iter().sum::<f64>() / total)
        })
        .collect();
    // SUSHI farm rewards and stkAAVE: what the top 1 % and 10 % of addresses held.
    let observed = [[0.774, 0.794], [0.960, 0.957]];
    for (index, ((top, law), observed)) in law.into_iter().zip(observed).enumerate() {
        let shares: Vec<f64> = tops.iter().map(|tops| tops[index]).collect();
        let (centre, error) = mean(&shares);
        let spread = error * 60.0_f64.sqrt();
        println!("top {top}: law {law:.4}, drawn {centre:.4} +- {spread:.4}, observed {observed:?}");
        // A finite sample lacks the largest of the law's sizes, so that its shares fall short of the limit by part of their own spread.
        assert!((centre - law).abs() < spread + 4.0 * error, "top {top}: {centre} against {law}");
        for seen in observed {
            assert!((seen - centre).abs() < 3.0 * spread, "top {top}: {seen} is not a draw of {centre} +- {spread}");
        }
    }
}

/// Active providers who never review, so that only what others do can move them, and integrators who move on a day.
const HERD: [&str; 5] = [
    "providers.classes={ integrator = { value_share = 0.2, count = 3, delay = \"2d\", delay_sd = 0.0, follows = \"customers\" }, active = { value_share = 0.8, head_share = 1.0, reviews_per_day = 0.0 } }",
    "providers.herding={ share = 1.0, threshold_mean = 0.15, threshold_sd = 0.02 }",
    "providers.count=1000",
    "horizon=12d",
    "traders={ orders_per_day = 100, volume = { usd_per_day = 1000.0 } }",
];

#[test]
fn a_herd_follows_once_enough_have_moved_and_not_before() {
    let (low, run) = watched(&model(STILL, &HERD), 0);
    assert_eq!(low.books.providers.migrated_value_share(), 1.0, "a fifth has moved: everybody's threshold is reached");
    assert_eq!(run.moved_by(1.9), 0.0, "nobody goes first");
    let high =
        [HERD[0], "providers.herding={ share = 1.0, threshold_mean = 0.4, threshold_sd = 0.02 }", HERD[2], HERD[3]];
    let (high, _) = watched(&model(STILL, &high), 0);
    assert!((high.books.providers.migrated_value_share() - 0.2).abs() < 1e-9, "only the integrators move");
    // Half a herd: half of the addresses follow.
    let half =
        [HERD[0], "providers.herding={ share = 0.5, threshold_mean = 0.15, threshold_sd = 0.02 }", HERD[2], HERD[3]];
    let (_, half) = watched(&model(STILL, &half), 0);
    assert!((half.moved_by(12.0) - 0.5).abs() < sampling(0.5, 1_000.0) + 0.003, "{}", half.moved_by(12.0));
    // Who has not heard does not follow.
    let deaf =
        [HERD[0], HERD[1], HERD[2], HERD[3], "providers.awareness={ at_announcement = 0.3, outside = 0, others = 0 }"];
    let (_, deaf) = watched(&model(STILL, &deaf), 0);
    assert!((deaf.moved_by(12.0) - 0.3).abs() < sampling(0.3, 1_000.0) + 0.003, "{}", deaf.moved_by(12.0));
}

/// One pool whose farmers hold two fifths; its rewards end on the third day.
const FARM: &str = r#"
title = "a farm that ends"
start = "2024-01-01"
horizon = "8d"
observation = "1h"
[clock]
step = 10
[assets.ETH]
price.constant = { usd = 2000.0 }
[assets.GOV]
price.constant = { usd = 1.0 }
[chain]
gas_price.constant = { gwei = 20.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 10e6
curve.constant_product = { fee_bps = 30 }
[providers]
count = 500
size_sd = 1.0
outside_yield = 0.3
[providers.classes]
mercenary = { value_share = 0.4, count = 40, reviews_per_day = 24.0, motives = { noise = 0.01, inertia = 0.0, social_proof = 0.0, rewards_kept = 1.0 } }
passive = { value_share = 0.5, head_share = 0.95 }
locked = { value_share = 0.1, head_share = 0.05, freed_after = "10y", reviews_per_day = 0.0 }
[providers.run]
share = 1.0
threshold_mean = 0.2
threshold_sd = 0.05
[programmes.rewards]
token = "GOV"
venue = "old"
budget = 50_000
from = "2024-01-01"
until = "2024-01-04"
schedule = "constant"
"#;

/// Opening value outside at the end of a run, by class, as a share of the class's.
fn gone(world: &World, class: LpClass) -> f64 {
    let members = || world.books.providers.list.iter().filter(|provider| provider.class == class);
    let outside = members().filter(|provider| provider.place == Place::Outside);
    outside.map(|provider| provider.opening_usd).sum::<f64>()
        / members().map(|provider| provider.opening_usd).sum::<f64>()
}

#[test]
fn one_shock_has_two_ends_by_how_easily_people_are_frightened() {
    let frightened = model(FARM, &[]);
    let calm = model(FARM, &["providers.run.threshold_mean=0.7"]);
    for run in 0..3 {
        let (world, seen) = watched(&frightened, run);
        assert!(gone(&world, LpClass::Mercenary) > 0.999, "the pay has ended");
        assert_eq!(gone(&world, LpClass::Passive), 1.0, "everybody leaves because everybody leaves");
        assert_eq!(gone(&world, LpClass::Locked), 0.0, "the locked cannot");
        assert!(seen.steps.iter().all(|(seconds, _)| *seconds > 2.9 * 86_400.0), "nobody left while rewards were paid");
        let (world, _) = watched(&calm, run);
        assert!(gone(&world, LpClass::Mercenary) > 0.999, "the pay has ended");
        assert_eq!(gone(&world, LpClass::Passive), 0.0, "the farmers' two fifths frighten nobody");
    }
    // Farmers leave within hours, but not within one: a window of an hour sees a part of it only.
    let (world, _) = watched(
        &model(
            FARM,
            &[
                "providers.run.window=1h",
                "providers.run.threshold_mean=0.39",
                "providers.run.threshold_sd=0",
                "providers.classes.mercenary.reviews_per_day=4",
            ],
        ),
        0,
    );
    assert_eq!(gone(&world, LpClass::Passive), 0.0);
    // The books are kept through a run: identity and ledger are checked in every run of an ensemble.
    let runs = ensemble(&frightened, 4);
    assert!(column(&runs, "identity_residual").iter().all(|residual| *residual <= 1e-9));
}

#[test]
fn who_has_fled_stays_away_though_it_would_pay_to_come_back() {
    // The rewards go on for those who are left, and reviews would bring farmers back at once.
    let patches =
        ["providers.run.threshold_mean=0.0", "providers.run.threshold_sd=0.0", "programmes.rewards.until=2024-01-09"];
    let noisy = "providers.classes.mercenary.motives.noise=0.2";
    let (world, seen) = watched(&model(FARM, &[patches[0], patches[1], patches[2], noisy]), 0);
    let first = seen.steps[0].0;
    let returns = |seen: &Watched, after: f64| {
        seen.steps.iter().filter(|(seconds, step)| *seconds > after && step.from == Place::Outside).count()
    };
    // The first to leave frightens the others at the next observation; what was sent by then is included a block later.
    assert_eq!(returns(&seen, first + 3_800.0), 0, "somebody came back");
    assert_eq!((gone(&world, LpClass::Mercenary), gone(&world, LpClass::Passive)), (1.0, 1.0));
    let (world, seen) = watched(&model(FARM, &[patches[2], noisy, "providers.run.share=0"]), 0);
    assert!(returns(&seen, first + 3_800.0) > 100, "without a run they come and go");
    assert!(gone(&world, LpClass::Mercenary) < 0.9);
}

#[test]
fn farmers_who_farm_at_the_opening_hold_their_share() {
    let both = "providers.classes.mercenary={ value_share = 0.4, capital_usd = 1e6, count = 50 }";
    let (world, _, _) = model(FARM, &[both]).genesis(1, 0);
    let farmers = || world.books.providers.list.iter().filter(|provider| provider.class == LpClass::Mercenary);
    let inside = || farmers().filter(|provider| provider.place == Place::Pool(0));
    let held: f64 = inside().map(|provider| provider.opening_usd).sum();
    assert!((held / 4e6 - 1.0).abs() < 1e-9 && inside().all(|provider| provider.started_old));
    assert_eq!((inside().count(), farmers().count()), (40, 50), "four fifths of what farmers hold stand in the pool");
    assert!((world.books.providers.origin_usd / 10e6 - 1.0).abs() < 1e-9);
}

#[test]
fn integrators_move_value_in_at_most_as_many_jumps_as_there_are_lumps() {
    let patch = |lumps: &str| {
        format!(
            "providers.classes={{ integrator = {{ value_share = 0.3, count = 40, delay = \"10d\", follows = \"customers\"{lumps} }}, passive = {{ value_share = 0.7, head_share = 1.0, never_share = 1.0 }} }}"
        )
    };
    let jumps = |lumps: &str, run: u64| {
        let (world, seen) = watched(&model(STILL, &[&patch(lumps), "providers.count=200"]), run);
        let mut dates: Vec<u64> = seen.steps.iter().map(|(seconds, _)| *seconds as u64).collect();
        dates.dedup();
        (dates.len(), world.books.providers.migrated_value_share())
    };
    for (lumps, most) in [(", lumps = 1", 1), (", lumps = 3", 3)] {
        for run in 0..5 {
            let (count, moved) = jumps(lumps, run);
            assert!((1..=most).contains(&count), "{count} jumps in {most} lumps");
            // With a median of 10 days and a log sd of 0.6 a lump is later than 60 days with a probability of 0.0014.
            assert!((moved - 0.3).abs() < 1e-9, "{moved}");
        }
    }
    assert!(jumps("", 0).0 > 30, "forty integrators each for itself move on forty dates");
}

#[test]
fn uncertainty_widens_the_band_and_moves_no_draw_of_others() {
    // Sizes are alike: where they are not, their spread is uncertain too.
    let patches = ["providers.count=200", "horizon=30d", "providers.size_sd=0"];
    let at = |uncertainty: &str| {
        let model = model(STILL, &[patches[0], patches[1], patches[2], uncertainty]);
        let mut shares = column(&ensemble(&model, 60), "migrated_value_share");
        shares.sort_by(f64::total_cmp);
        (shares[53] - shares[6], model)
    };
    let ((narrow, stated), (wide, unsure)) = (at("providers.uncertainty=0"), at("providers.uncertainty=1"));
    // A log sd of 0.6 of the time scale moves the share by some 0.14 a standard deviation; sampling alone by 0.05.
    assert!(wide > 1.5 * narrow, "{wide} against {narrow}");
    // Who a provider is does not hang on it: only the parameters do.
    let (one, _, _) = stated.genesis(1, 3);
    let (other, _, _) = unsure.genesis(1, 3);
    assert_eq!(one.books.providers.list, other.books.providers.list);
    // Nor do reference prices: what the market does is the same.
    let price = |uncertainty: &str| {
        let moving = model(
            STILL,
            &[
                uncertainty,
                patches[0],
                "assets.ETH.price={ gbm = { initial_usd = 2000.0, volatility = 0.8 } }",
                "horizon=2d",
            ],
        );
        Engine::new(&moving).run(&moving, 1, 3, &mut Unwatched).books.prices_usd
    };
    assert_eq!(price("providers.uncertainty=0"), price("providers.uncertainty=2"));
}

#[test]
fn where_everybody_has_left_rounding_is_no_liquidity() {
    let ranges = "curve={ concentrated = { fee_bps = 30 } }";
    let (old, new) = (format!("pools.old.{ranges}"), format!("pools.new.{ranges}"));
    let patches = [
        "horizon=20d",
        "assets.ETH.price={ gbm = { initial_usd = 2000.0, volatility = 0.8 } }",
        &old,
        &new,
        "pools.new.tvl_usd=3e6",
        "providers.count=60",
        "providers.size_sd=1.0",
        "providers.outside_yield=10.0",
        "providers.classes={ active = { value_share = 1.0, head_share = 1.0, reviews_per_day = 12.0 } }",
        "arbitrage={}",
    ];
    // Hardly a range yields ten times its value a year: of 240 looks at least, one in which it does not is enough to leave for.
    let runs = ensemble(&model(STILL, &patches), 4);
    for (left, liquidity) in column(&runs, "left_value_share").iter().zip(column(&runs, "liquidity_end_usd")) {
        assert!((left - 1.0).abs() < 1e-9 && liquidity == 0.0, "{left} left, {liquidity} USD stand there");
    }
    assert!(column(&runs, "new_liquidity_share").iter().all(|share| share.is_nan()), "a share of nothing");
}

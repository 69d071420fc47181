//! Every curve in whole runs: books that balance, and losses that the closed forms state.

use crate::support::{column, ensemble, mean, model};

/// An old and a new pool with people, traders, arbitrage and rewards; the curves are patched in.
const MOVE: &str = r#"
title = "from curve to curve"
start = "2024-03-01"
horizon = "12d"
[clock]
step = 10
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.8 }
[assets.GOV]
price.gbm = { initial_usd = 2.0, volatility = 1.0 }
[chain]
gas_price.eip1559 = { anchor_gwei = 15.0 }
[pools.old]
role = "old"
base = "ETH"
tvl_usd = 20e6
curve.constant_product = { fee_bps = 30, protocol_share = 0.1 }
[pools.new]
role = "new"
base = "ETH"
tvl_usd = 2e6
curve.constant_product = { fee_bps = 30, protocol_share = 0.1 }
[providers]
count = 200
size_sd = 1.5
[providers.classes]
integrator = { value_share = 0.2, count = 3, delay = "3d" }
active = { value_share = 0.5, head_share = 0.3, reviews_per_day = 2 }
passive = { value_share = 0.25, head_share = 0.65, time_scale = "10d" }
locked = { value_share = 0.05, head_share = 0.05, freed_after = "5d" }
mercenary = { capital_usd = 4e6, count = 10 }
[traders]
orders_per_day = 800
volume.share_of_liquidity_per_day = 0.3
aggregator_share = 0.6
direct_to_new = 0.3
[arbitrage]
searchers = 5
exchange_cost_bps = 1
[programmes.rewards]
token = "GOV"
venue = "new"
budget = 60_000
from = "2024-03-02"
until = "2024-03-08"
[migration]
announced = "2024-03-01"
opens = "2024-03-02"
deadline = "2024-03-12"
mechanism.rebalancing = { migrator_share = 0.8 }
"#;

const CURVES: [&str; 4] = [
    "{ constant_product = { fee_bps = 30, protocol_share = 0.1 } }",
    "{ concentrated = { fee_bps = 30, protocol_share = 0.1 } }",
    "{ weighted = { fee_bps = 30, protocol_share = 0.1, weights = { ETH = 0.6, USD = 0.4 } } }",
    "{ weighted = { fee_bps = 30, protocol_share = 0.1, weights = { ETH = 0.8, USD = 0.2 }, change = { to = { ETH = 0.5, USD = 0.5 }, from = \"2024-03-02\", until = \"2024-03-09\" } } }",
];

#[test]
fn the_books_balance_from_any_curve_to_any_curve() {
    for old in CURVES {
        for new in CURVES {
            let patches = [format!("pools.old.curve={old}"), format!("pools.new.curve={new}")];
            let model = model(MOVE, &patches.each_ref().map(String::as_str));
            let runs = ensemble(&model, 4);
            for name in ["identity_residual", "ledger_residual", "mirror_residual"] {
                let worst = column(&runs, name).into_iter().fold(0.0, f64::max);
                assert!(worst <= 1e-9, "{name} {worst:e} from {old} to {new}");
            }
            let moved = mean(&column(&runs, "migrated_value_share")).0;
            assert!(moved > 0.05, "{moved} moved from {old} to {new}");
            assert!(column(&runs, "volume_usd").iter().all(|volume| *volume > 1e6), "{old} to {new}");
        }
    }
}

/// One pool under arbitrage at no fee and no gas: what it loses is its loss versus rebalancing.
const ALONE: &str = r#"
title = "one pool"
start = "2024-01-01"
horizon = "2d"
observation = "10m"
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.8 }
[pools.a]
role = "old"
base = "ETH"
tvl_usd = 1e6
curve.constant_product = { fee_bps = 0 }
[arbitrage]
"#;

/// LVR per year as a share of value, by curve. Milionis and others 2022: sigma^2/8 for a constant product, w (1 - w) sigma^2/2 for
/// weights w; for a range from P/s^2 to P s^2, sigma^2/8 times 1/(1 - 1/s) while the price stands in its middle. Here a third
/// each stands in ranges of a factor 1.1 and 1.4 about the price and in the full one, over six hours.
#[test]
fn lvr_runs_at_the_rate_of_each_curve() {
    let variance = 0.4 * 0.4;
    let efficiency = (1.0 / (1.0 - 1.1_f64.powf(-0.5)) + 1.0 / (1.0 - 1.4_f64.powf(-0.5)) + 1.0) / 3.0;
    let cases = [
        ("{ constant_product = { fee_bps = 0 } }", variance / 8.0),
        ("{ weighted = { fee_bps = 0, weights = { ETH = 0.6, USD = 0.4 } } }", 0.6 * 0.4 / 2.0 * variance),
        ("{ weighted = { fee_bps = 0, weights = { ETH = 0.8, USD = 0.2 } } }", 0.8 * 0.2 / 2.0 * variance),
        ("{ concentrated = { fee_bps = 0, tick_spacing = 1 } }", efficiency * variance / 8.0),
    ];
    for (curve, law) in cases {
        let patch = format!("pools.a.curve={curve}");
        let settings = ["assets.ETH.price.gbm.volatility=0.4", "horizon=6h", "observation=1m"];
        let runs = ensemble(&model(ALONE, &[&patch, settings[0], settings[1], settings[2]]), 200);
        let (rate, error) = mean(&column(&runs, "lvr_rate"));
        // 1,800 squared returns a run and 200 runs: standard error 0.24 %. The price wanders by one per cent within the ranges,
        // which moves their efficiency by a few tenths of a per cent. 1.5 %: an error probability below 1e-6 each.
        assert!(
            (rate / law - 1.0).abs() < 0.015 && error / law < 0.004,
            "{curve}: {rate} against {law}, error {error}"
        );
    }
}

/// Against holding: 2 sqrt(r)/(1 + r) - 1, prod r_i^(w_i) / sum w_i r_i - 1, and for a range what its amounts at the end are
/// worth (whitepaper of Uniswap V3, section 6). At no fee arbitrage leaves a pool at the reference price.
#[test]
fn impermanent_loss_is_the_closed_form_of_each_curve() {
    for (curve, weight) in [(CURVES[0], 0.5), (CURVES[2], 0.6)] {
        let patch = format!("pools.a.curve={}", curve.replace("30, protocol_share = 0.1", "0"));
        let runs = ensemble(&model(ALONE, &[&patch]), 20);
        for (loss, change) in column(&runs, "impermanent_loss").iter().zip(column(&runs, "price_return")) {
            let r: f64 = 1.0 + change;
            let law = r.powf(weight) / (1.0 - weight + weight * r) - 1.0;
            assert!((loss - law).abs() < 1e-9, "{curve}: {loss} against {law} at {r}");
        }
    }
}

/// The value of a range's tokens at a price is L (2 sqrt(P) - sqrt(P_a) - P / sqrt(P_b)) inside it, with P held to its ends
/// outside (whitepaper of Uniswap V3, section 6.2). Here a third each stands in a narrow, a wide and the full range.
#[test]
fn impermanent_loss_of_ranges_is_their_closed_form() {
    let patches = ["pools.a.curve={ concentrated = { fee_bps = 0, tick_spacing = 1 } }", "horizon=20d"];
    let model = model(ALONE, &patches);
    let tokens = |root: f64, (lower, upper): (f64, f64)| {
        let held = root.clamp(lower, upper);
        (1.0 / held - 1.0 / upper, held - lower)
    };
    let root_at = |tick: f64| 1.000_1_f64.powf(tick / 2.0);
    let opening = 2_000.0_f64;
    let tick = (opening.ln() / 1.000_1_f64.ln()).floor();
    // Half-widths of 10 % and 40 % in ticks; ranges are rounded outwards to whole ticks.
    let half = |share: f64| (share.ln_1p() / 1.000_1_f64.ln()).round();
    let about = |half: f64| (root_at(tick - half), root_at(tick + half + 1.0));
    let ranges = [about(half(0.1)), about(half(0.4)), (root_at(-887_272.0), root_at(887_272.0))];
    let runs = ensemble(&model, 30);
    let mut left_narrow = 0;
    for (loss, change) in column(&runs, "impermanent_loss").iter().zip(column(&runs, "price_return")) {
        let price = opening * (1.0 + change);
        let (mut value, mut held) = (0.0, 0.0);
        for range in ranges {
            let (base, quote) = tokens(opening.sqrt(), range);
            let liquidity = 1.0 / (base * opening + quote);
            let (base_end, quote_end) = tokens(price.sqrt(), range);
            value += liquidity * (base_end * price + quote_end);
            held += liquidity * (base * price + quote);
        }
        left_narrow += u32::from(price.sqrt() < ranges[0].0 || price.sqrt() > ranges[0].1);
        let law = value / held - 1.0;
        assert!((loss - law).abs() < 1e-9, "{loss} against {law} at {price}");
    }
    assert!(left_narrow > 5, "{left_narrow} runs left the narrow range");
}

/// What the pool as a whole books, its ranges book among their owners: fees, losses, and the change of prices.
#[test]
fn ranges_share_out_what_their_pool_earned_and_lost() {
    let patches = [
        "pools.a.curve={ concentrated = { fee_bps = 30, protocol_share = 0.2 } }",
        "traders={ orders_per_day = 2000, volume = { usd_per_day = 4e6 } }",
        "horizon=10d",
    ];
    let model = model(ALONE, &patches);
    let mut engine = portage::engine::run::Engine::new(&model);
    for run in 0..10 {
        let world = engine.run(&model, 7, run, &mut portage::engine::run::Unwatched);
        let (venue, rest) =
            (&world.books.venues[0], &world.books.holders[portage::engine::world::Holder::Rest.index()].statement);
        let pairs = [
            (venue.totals.fees, rest.fees),
            (venue.totals.arbitrage_loss, rest.arbitrage_loss),
            (venue.totals.order_flow, rest.order_flow),
            (venue.totals.market_move, rest.market_move),
        ];
        for (line, (pool, owners)) in pairs.into_iter().enumerate() {
            assert!((pool - owners).abs() < 1e-9 * 1e6, "line {line}: pool {pool}, owners {owners}");
        }
        assert!(venue.totals.fees > 0.0 && rest.protocol_fees > 0.0);
    }
}

/// Orders from ETH to USDT where the pool of the pair is thin: they go through USDC.
#[test]
fn orders_hop_through_an_intermediate_token() {
    let text = r#"
title = "a hop"
start = "2024-01-01"
horizon = "3d"
[assets.ETH]
price.gbm = { initial_usd = 2000.0, volatility = 0.6 }
[assets.USDC]
price.peg = { peg_usd = 1.0, volatility = 0.01 }
[assets.USDT]
price.peg = { peg_usd = 1.0, volatility = 0.01 }
[pools.direct]
role = "old"
base = "ETH"
quote = "USDT"
tvl_usd = 1e5
curve.constant_product = { fee_bps = 30 }
[pools.first]
role = "route"
base = "ETH"
quote = "USDC"
tvl_usd = 50e6
curve.concentrated = { fee_bps = 5 }
[pools.second]
role = "route"
base = "USDC"
quote = "USDT"
tvl_usd = 50e6
curve.stable_swap = { fee_bps = 1, amplification = 500 }
[traders]
orders_per_day = 1000
volume.usd_per_day = 5e6
aggregator_share = 1.0
[arbitrage]
"#;
    let hop = model(text, &[]);
    let alone = ensemble(&model(text, &["pools.first.tvl_usd=1", "pools.second.tvl_usd=1"]), 6);
    let runs = ensemble(&hop, 6);
    for name in ["identity_residual", "ledger_residual", "mirror_residual"] {
        assert!(column(&runs, name).iter().all(|residual| *residual <= 1e-9), "{name}");
    }
    let (with, without) = (mean(&column(&runs, "cost_bps")).0, mean(&column(&alone, "cost_bps")).0);
    assert!(with < 20.0 && without > 100.0, "{with} bps with the route, {without} without");
    // What the route earns belongs to nobody who migrates.
    assert!(column(&runs, "liquidity_end_usd").iter().all(|value| *value < 1e6));
}

/// Three stablecoins that wander by a per cent: arbitrage over all three pairs keeps the pool within its fee of the market.
#[test]
fn arbitrage_keeps_every_coin_of_a_pool_at_its_price() {
    let text = r#"
title = "three coins"
start = "2024-01-01"
horizon = "5d"
[assets.DAI]
price.peg = { peg_usd = 1.0, volatility = 0.05 }
[assets.USDC]
price.peg = { peg_usd = 1.0, volatility = 0.05 }
[assets.USDT]
price.peg = { peg_usd = 1.0, volatility = 0.05 }
[pools.three]
role = "old"
base = "USDC"
quote = "USDT"
tvl_usd = 1e8
curve.stable_swap = { fee_bps = 4, amplification = 200, further_coins = ["DAI"] }
[arbitrage]
"#;
    let model = model(text, &[]);
    let mut engine = portage::engine::run::Engine::new(&model);
    for run in 0..5 {
        let world = engine.run(&model, 3, run, &mut portage::engine::run::Unwatched);
        let venue = &world.books.venues[0];
        let values = venue.pool.values();
        let relative: Vec<f64> = venue
            .terms
            .coins
            .list()
            .iter()
            .zip(values)
            .map(|(coin, value)| value / world.books.prices_usd[coin.index()])
            .collect();
        let (low, high) =
            relative.iter().fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        assert!(high / low - 1.0 < 4.1e-4, "{relative:?}");
        assert!(world.books.searchers.reference_trades > 10 && world.books.mirror_residual() < 1e-9);
    }
}

/// The move of a pool of three stablecoins, one of them wrapped, with a change of the amplification and a fee that follows
/// volatility; deposits are out of proportion.
#[test]
fn the_books_balance_with_three_coins_rates_and_moving_parameters() {
    let assets = "[assets.DAI]\nprice.peg = { peg_usd = 1.0, volatility = 0.02 }\n[assets.ETH]\nprice.peg = { peg_usd = 1.0, volatility = 0.02 }\n\
                  [assets.SDAI]\nprice.peg = { peg_usd = 1.1, volatility = 0.02 }\n[assets.GOV]";
    let text = MOVE
        .replace("[assets.ETH]\nprice.gbm = { initial_usd = 2000.0, volatility = 0.8 }\n[assets.GOV]", assets)
        .replace("base = \"ETH\"", "base = \"ETH\"\nquote = \"DAI\"")
        .replace("gas_price.eip1559 = { anchor_gwei = 15.0 }", "gas_price.constant = { gwei = 0.001 }");
    let stable = "{ stable_swap = { fee_bps = 4, amplification = 100, further_coins = [\"SDAI\"], rates = { SDAI = { initial = 1.1, per_year = 0.05 } }, \
                  ramp = { to = 500, from = \"2024-03-03\", until = \"2024-03-06\" } } }";
    let weighted =
        "{ weighted = { fee_bps = 4, protocol_share = 0.5, weights = { ETH = 0.3, DAI = 0.3, SDAI = 0.4 } } }";
    let dynamic = "pools.new.dynamic_fee={ realised_volatility = { low_bps = 1, high_bps = 20, low_volatility = 0.01, high_volatility = 0.1, memory = \"1h\" } }";
    for (old, new) in [(stable, stable), (stable, weighted), (weighted, stable)] {
        let patches = [format!("pools.old.curve={old}"), format!("pools.new.curve={new}")];
        let runs = ensemble(&model(&text, &[&patches[0], &patches[1], dynamic]), 4);
        for name in ["identity_residual", "ledger_residual", "mirror_residual"] {
            let worst = column(&runs, name).into_iter().fold(0.0, f64::max);
            assert!(worst <= 1e-9, "{name} {worst:e} from {old} to {new}");
        }
        assert!(mean(&column(&runs, "migrated_value_share")).0 > 0.05, "{old} to {new}");
        assert!(column(&runs, "providers_slippage_usd").iter().all(|slippage| *slippage > 0.0));
    }
}

/// From a share of the whole curve to a range: the tokens that the range does not take are swapped, and what is left is dust.
#[test]
fn a_share_becomes_a_range_with_a_swap_and_dust() {
    let everybody = "providers={ count = 40, size_sd = 0.5, outside_yield = 0.0, ranges = { narrow = 0.05, wide = 0.5 }, classes = { active = \
                     { value_share = 1.0, head_share = 1.0, reviews_per_day = 20, ranges = { narrow = 0.5, wide = 0.5 }, \
                     motives = { noise = 1e-5, inertia = 0.0, social_proof = 0.0 } } }, awareness = { at_announcement = 1.0 } }";
    let patches = [
        "pools.new.curve={ concentrated = { fee_bps = 30, tick_spacing = 200 } }",
        "pools.new.perceived_hazard=0.0",
        "pools.old.perceived_hazard=10.0",
        "chain.gas_price={ constant = { gwei = 0.01 } }",
        "assets.ETH.price.gbm.volatility=0.1",
        "migration.mechanism.rebalancing.migrator_share=1.0",
        everybody,
    ];
    let model = model(MOVE, &patches);
    let mut engine = portage::engine::run::Engine::new(&model);
    let world = engine.run(&model, 1, 0, &mut portage::engine::run::Unwatched);
    let book =
        &world.books.holders[portage::engine::world::Holder::Class(portage::engine::world::LpClass::Active).index()];
    let share = world.books.providers.migrated_value_share();
    assert!(share > 0.95, "{share} moved");
    // Ticks 200 apart make a range of 5 % lopsided by up to a fifth: without the swap a tenth of the value would be left over.
    let statement = book.statement;
    assert!(statement.slippage > 0.0);
    let earned = statement.fees - statement.protocol_fees + statement.incentives;
    let dust = book.wallet_usd(&world.books.ledger, &world.books.prices_usd) - earned;
    assert!(dust.abs() < 0.02 * statement.opening, "{dust} of {} left in wallets", statement.opening);
    assert!(statement.slippage < 0.005 * statement.opening, "the swaps cost {}", statement.slippage);
}

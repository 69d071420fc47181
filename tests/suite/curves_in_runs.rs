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

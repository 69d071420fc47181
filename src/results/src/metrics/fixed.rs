//! Constants of the model that no scenario sets, for the report's list of assumptions.

use super::recorder::{COMPLETED_SHARE, FRAGMENTED_SHARE};
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::RUSH_PREMIUM_MAX;
use portage_engine::agents::{
    BID_MARGIN, IMBALANCE_WEIGHT, INTEGRATOR_RETRY_DAYS, LAG_OBSERVED, MEMORY_SECONDS, OBSERVED_WEIGHT, PRIOR_WEIGHT,
    PUSH_MAX, RANGE_OUTLOOK_DAYS, REPORTED_FACTOR, REVIEW_RATE_BOUNDS, SPREADS, Spread, UNSUPPORTED_LOSS,
    YIELD_GAP_MAX,
};
use portage_engine::run::{ACTIVITY_BOUNDS, COST_MEMORY_SECONDS, DEADLINE_FELT_DAYS, FEARED_LOSS, TRIES_AGAIN_SECONDS};
use portage_engine::world::{DEPTH_BAND, EXTERNAL_MARKET_COST, MIGRATOR_DUST, SETTLEMENT_HASTE, STOLEN_SHARE_MAX};
use portage_incentives::{LIQUIDITY_FACTOR_BOUNDS, SALES_FACTOR_LEAST};
use portage_migration::failure::{CHAIN_WEIGHT, ENTRIES_WEIGHT, POSITIONS_WEIGHT, SLOT_WEIGHT};
use portage_scenario::assumptions::Assumption;
use portage_scenario::document::Origin;

/// Every such constant, as a row of the list.
#[must_use]
pub fn fixed_assumptions() -> Vec<Assumption> {
    let row = |(name, value, unit, meaning, source): Row| Assumption {
        path: format!("model.{name}"),
        value,
        unit: unit.to_owned(),
        meaning: meaning.to_owned(),
        source: source.to_owned(),
        from: Origin::Default,
    };
    of_providers()
        .into_iter()
        .chain(SPREADS.map(of_spread))
        .chain(of_the_rest())
        .chain(of_oracles())
        .chain(of_rewards())
        .chain(of_plans())
        .chain(of_vaults())
        .map(row)
        .collect()
}

/// Constants of plans and of how they fail.
fn of_plans() -> [Row; 5] {
    [
        (
            "complexity_weights",
            format!("{SLOT_WEIGHT}, {CHAIN_WEIGHT}, {ENTRIES_WEIGHT}, {POSITIONS_WEIGHT}"),
            "contracts",
            "Complexity of a changed storage slot, of one more chain, and of ten times as many entries and positions",
            "judgement",
        ),
        (
            "feared_loss",
            FEARED_LOSS.to_string(),
            "per year",
            "What providers expect to lose in a version that has failed, until it is repaired",
            "another failure of the mean severity within the year (judgement)",
        ),
        (
            "stolen_share_max",
            STOLEN_SHARE_MAX.to_string(),
            "share of a pool",
            "Most of a pool that can be taken at once",
            "dust is not worth its gas (judgement)",
        ),
        (
            "completed_share",
            COMPLETED_SHARE.to_string(),
            "share of liquidity",
            "A migration counts as completed when the new version holds this share of both",
            "definition",
        ),
        (
            "tries_again",
            (TRIES_AGAIN_SECONDS / SECONDS_PER_DAY).to_string(),
            "days",
            "Time after which somebody tries again whom the new version had no room for",
            "the next day (judgement)",
        ),
    ]
}

/// Constants of vaults of options.
fn of_vaults() -> [Row; 1] {
    [(
        "settlement_haste",
        SETTLEMENT_HASTE.to_string(),
        "1",
        "A hedged book that must sell to pay at an expiry accepts this many times the cost that its hedge accepts",
        "buyers are waiting (judgement)",
    )]
}

/// Name, value, unit, meaning, source.
type Row = (&'static str, String, &'static str, &'static str, &'static str);

/// Constants of liquidity providers.
fn of_providers() -> [Row; 10] {
    let (slowest, fastest) = REVIEW_RATE_BOUNDS;
    [
        (
            "bid_margin",
            BID_MARGIN.to_string(),
            "multiple of the gas price",
            "Least bid of a provider that has decided to move",
            "a wallet's margin (judgement)",
        ),
        (
            "integrator_retry",
            INTEGRATOR_RETRY_DAYS.to_string(),
            "days",
            "Time between two decisions of an integrator that has not moved",
            "a weekly meeting (judgement)",
        ),
        (
            "review_rate_bounds",
            format!("{slowest} to {fastest}"),
            "multiple of the class's mean",
            "Bounds on how the rate of reviews follows size",
            "judgement",
        ),
        (
            "yield_memory",
            (MEMORY_SECONDS / SECONDS_PER_DAY).to_string(),
            "days",
            "Time over which observed fee yields and variances fade to 1/e",
            "dashboards show some days (judgement)",
        ),
        (
            "range_outlook",
            RANGE_OUTLOOK_DAYS.to_string(),
            "days",
            "Time over which a provider thinks ahead of whether the price will stay in a range",
            "the life of a position that is looked after now and then (judgement)",
        ),
        (
            "seen_weight",
            OBSERVED_WEIGHT.to_string(),
            "share",
            "Weight of the volatility seen lately in what providers expect ahead; the rest is what is usual",
            "shocks fade by 3 % a day over a horizon of two months (judgement)",
        ),
        (
            "thin_pool_weight",
            PRIOR_WEIGHT.to_string(),
            "share of liquidity",
            "Weight of the pair's mean fee yield in the belief about one pool",
            "a thin pool is judged by the pair (judgement)",
        ),
        (
            "yield_gap_max",
            YIELD_GAP_MAX.to_string(),
            "per year",
            "Yield gap beyond which the passive are excited no further",
            "judgement",
        ),
        (
            "unsupported_loss",
            UNSUPPORTED_LOSS.to_string(),
            "per year",
            "Loss that providers who have heard of the migration expect in an old version whose support ends",
            "a hazard of 0.5 a year at a loss of 0.6 (judgement)",
        ),
        (
            "deadline_felt",
            DEADLINE_FELT_DAYS.to_string(),
            "days",
            "Time before the deadline from which on the passive feel it",
            "judgement",
        ),
    ]
}

/// How a parameter of people differs across cases.
fn of_spread(spread: Spread) -> Row {
    (spread.name, spread.sd.to_string(), spread.unit, spread.meaning, spread.source)
}

/// Constants of traders, of the chain and of what is measured.
fn of_the_rest() -> [Row; 8] {
    let (fewest, most) = ACTIVITY_BOUNDS;
    [
        (
            "migrator_dust",
            MIGRATOR_DUST.to_string(),
            "share of value",
            "What a migrator hands back rather than swaps",
            "V3Migrator refunds what a pool does not take; above it users swap (judgement)",
        ),
        (
            "elsewhere_cost",
            EXTERNAL_MARKET_COST.to_string(),
            "share of value",
            "What a swap that balances a deposit costs elsewhere in the market, where the scenario's pools are dearer",
            "the usual fee tier (judgement)",
        ),
        (
            "imbalance_weight",
            IMBALANCE_WEIGHT.to_string(),
            "per order",
            "Weight of one order in the running imbalance of sides",
            "about fifty orders (judgement)",
        ),
        (
            "cost_memory",
            (COST_MEMORY_SECONDS / SECONDS_PER_DAY).to_string(),
            "days",
            "Time over which the cost that traders react to fades to 1/e",
            "judgement",
        ),
        (
            "activity_bounds",
            format!("{fewest} to {most}"),
            "multiple of the scenario's orders",
            "Bounds on what the cost of execution does to the number of orders",
            "a constant elasticity is not believed beyond (judgement)",
        ),
        (
            "rush_premium_max",
            RUSH_PREMIUM_MAX.to_string(),
            "multiple of the gas price",
            "Largest premium of a rush where no base fee is modelled",
            "judgement",
        ),
        (
            "fragmented_share",
            FRAGMENTED_SHARE.to_string(),
            "share of liquidity",
            "Liquidity counts as fragmented while each version holds this share",
            "definition",
        ),
        (
            "depth_band",
            DEPTH_BAND.to_string(),
            "share of the price",
            "Half-width of the band in which depth is measured",
            "convention of the field",
        ),
    ]
}

/// Constants of attacks on oracles.
fn of_oracles() -> [Row; 3] {
    [
        (
            "oracle_push_max",
            PUSH_MAX.to_string(),
            "multiple of the price",
            "Farthest that a manipulator pushes a pool",
            "more would bring less than a millionth of what is there to be borrowed (definition)",
        ),
        (
            "oracle_told_factor",
            REPORTED_FACTOR.to_string(),
            "multiple of the price",
            "Reading of an oracle for which the cost of manipulating it is told",
            "definition",
        ),
        (
            "oracle_lag_seen",
            LAG_OBSERVED.to_string(),
            "share of price",
            "Change of a reading against the true price after which attacks are weighed again between observations",
            "judgement",
        ),
    ]
}

/// Constants of the markets in which reward tokens are sold.
fn of_rewards() -> [Row; 2] {
    let (least, most) = LIQUIDITY_FACTOR_BOUNDS;
    [
        (
            "reward_liquidity_factor_bounds",
            format!("{least} to {most}"),
            "multiple of the reference price",
            "Bounds on what the protocol's liquidity does to its token's price",
            "a constant elasticity is not believed beyond (judgement)",
        ),
        (
            "reward_sales_factor_least",
            SALES_FACTOR_LEAST.to_string(),
            "multiple of the reference price",
            "Least of a reward token's price that sales leave",
            "a price that has lost all but a billionth moves nobody (judgement)",
        ),
    ]
}

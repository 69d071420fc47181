//! The dictionary: every metric of a run is declared once, with name, unit, meaning and source.

use super::recorder::THRESHOLDS;
use super::{Closing, holders};
use crate::agents::Routing;
use crate::units::{BPS, SECONDS_PER_YEAR};
use std::sync::LazyLock;

type Read = Box<dyn Fn(&Closing<'_>) -> f64 + Send + Sync>;

/// A metric: one number a run.
pub struct Metric {
    /// Its name in tables.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// Its meaning in one sentence.
    pub meaning: String,
    /// Where the definition comes from.
    pub source: &'static str,
    read: Read,
}

impl Metric {
    /// A metric read by `read`.
    pub(super) fn new(
        name: impl Into<String>,
        unit: &'static str,
        meaning: impl Into<String>,
        source: &'static str,
        read: impl Fn(&Closing<'_>) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), unit, meaning: meaning.into(), source, read: Box::new(read) }
    }

    /// The value of the metric in one run; NaN where it has none.
    #[must_use]
    pub fn read(&self, closing: &Closing<'_>) -> f64 {
        (self.read)(closing)
    }
}

impl std::fmt::Debug for Metric {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Metric").field("name", &self.name).field("unit", &self.unit).finish_non_exhaustive()
    }
}

/// Every metric, in the order of columns.
#[must_use]
pub fn dictionary() -> &'static [Metric] {
    static DICTIONARY: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut metrics = market();
        metrics.extend(migration());
        metrics.extend(fragmentation());
        metrics.extend(trading());
        metrics.extend(arbitrage());
        metrics.extend(incentives());
        metrics.extend(holders::metrics());
        metrics.extend(audit());
        metrics
    });
    &DICTIONARY
}

/// The column of the metric `name`, if there is one.
#[must_use]
pub fn position(name: &str) -> Option<usize> {
    dictionary().iter().position(|metric| metric.name == name)
}

const DEFINITION: &str = "definition";
const LVR: &str = "Milionis, Moallemi, Roughgarden and Zhang 2022";

fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { f64::NAN }
}

fn market() -> Vec<Metric> {
    vec![
        Metric::new(
            "price_return",
            "share",
            "change of the pair's reference price over the window",
            DEFINITION,
            |closing| {
                let opening = closing.recorder.timeline.first().copied().unwrap_or(f64::NAN);
                closing.world.pair.price / opening - 1.0
            },
        ),
        Metric::new(
            "realised_volatility",
            "per sqrt(year)",
            "volatility of the pair's price between observations",
            DEFINITION,
            |closing| {
                let years = closing.recorder.days / 365.0;
                ratio(closing.recorder.squared_returns, years).sqrt()
            },
        ),
        Metric::new("gas_price_mean_gwei", "gwei", "mean gas price over observations", DEFINITION, |closing| {
            closing.recorder.gas_gwei.0 / (closing.recorder.observations.saturating_sub(1)).max(1) as f64
        }),
        Metric::new("gas_price_max_gwei", "gwei", "highest gas price over observations", DEFINITION, |closing| {
            closing.recorder.gas_gwei.1
        }),
    ]
}

fn migration() -> Vec<Metric> {
    let mut metrics = vec![
        Metric::new(
            "migrated_value_share",
            "share of opening value",
            "opening value of the old pool's providers that stands in the new pool at the end",
            DEFINITION,
            |closing| closing.world.providers.migrated_value_share(),
        ),
        Metric::new(
            "migrated_address_share",
            "share of addresses",
            "old pool's providers that stand in the new pool at the end, by head",
            DEFINITION,
            |closing| closing.world.providers.migrated_address_share(),
        ),
        Metric::new(
            "never_moved_value_share",
            "share of opening value",
            "opening value of the old pool's providers that stands neither in the new pool nor outside at the end",
            DEFINITION,
            |closing| {
                let providers = &closing.world.providers;
                1.0 - ratio(providers.migrated_usd + providers.left_usd, providers.origin_usd)
            },
        ),
        Metric::new(
            "left_value_share",
            "share of opening value",
            "opening value of the old pool's providers that has left the market at the end",
            DEFINITION,
            |closing| ratio(closing.world.providers.left_usd, closing.world.providers.origin_usd),
        ),
        Metric::new("moves", "moves", "changes of place that were carried out", DEFINITION, |closing| {
            closing.world.providers.moves as f64
        }),
        Metric::new(
            "in_flight_usd_days",
            "USD x days",
            "opening value on its way between pools, over time: exposure outside the market",
            DEFINITION,
            |closing| closing.recorder.in_flight_days,
        ),
        Metric::new("backlog_max", "transactions", "most migration transactions seen waiting", DEFINITION, |closing| {
            closing.recorder.backlog_max as f64
        }),
        Metric::new(
            "migration_cost_usd",
            "USD",
            "gas and slippage that providers and the operator paid to move",
            DEFINITION,
            |closing| closing.world.holders.iter().map(|book| book.statement.gas + book.statement.slippage).sum(),
        ),
        Metric::new(
            "migration_gas_usd",
            "USD",
            "gas that providers and the operator paid to move",
            DEFINITION,
            |closing| closing.world.holders.iter().map(|book| book.statement.gas).sum(),
        ),
    ];
    for (index, threshold) in THRESHOLDS.into_iter().enumerate() {
        let percent = threshold * 100.0;
        metrics.push(Metric::new(
            format!("days_to_{percent}_value"),
            "days",
            format!("time until {percent} % of the opening value had moved; empty when it never did"),
            DEFINITION,
            move |closing| closing.recorder.days_to_value[index],
        ));
        metrics.push(Metric::new(
            format!("days_to_{percent}_address"),
            "days",
            format!("time until {percent} % of the addresses had moved; empty when they never did"),
            DEFINITION,
            move |closing| closing.recorder.days_to_address[index],
        ));
    }
    metrics
}

fn fragmentation() -> Vec<Metric> {
    vec![
        Metric::new(
            "new_liquidity_share",
            "share of liquidity",
            "new pool's share of liquidity at the end",
            DEFINITION,
            |closing| {
                if closing.model.new == closing.model.old {
                    0.0
                } else {
                    closing.world.venue_shares()[closing.model.new]
                }
            },
        ),
        Metric::new(
            "new_liquidity_share_mean",
            "share of liquidity",
            "new pool's share of liquidity, mean over time",
            DEFINITION,
            |closing| ratio(closing.recorder.new_share_days, closing.recorder.days),
        ),
        Metric::new(
            "hhi_mean",
            "1",
            "Herfindahl-Hirschman index of liquidity over pools, mean over time",
            "Hirschman 1964",
            |closing| ratio(closing.recorder.hhi_days, closing.recorder.days),
        ),
        Metric::new(
            "effective_venues_mean",
            "pools",
            "one over the Herfindahl-Hirschman index, mean over time",
            "Hirschman 1964",
            |closing| ratio(closing.recorder.venues_days, closing.recorder.days),
        ),
        Metric::new(
            "fragmented_days",
            "days",
            "time during which each pool held at least 10 % of the liquidity",
            DEFINITION,
            |closing| closing.recorder.fragmented_days,
        ),
        Metric::new("liquidity_end_usd", "USD", "liquidity in all pools at the end", DEFINITION, |closing| {
            closing.world.total_value_usd()
        }),
    ]
}

fn trading() -> Vec<Metric> {
    let bps = |part: fn(&crate::world::TraderBook) -> f64| {
        move |closing: &Closing<'_>| ratio(part(&closing.world.traders), closing.world.traders.volume_usd) * BPS
    };
    let mut metrics = vec![
        Metric::new("volume_usd", "USD", "value of traders' orders", DEFINITION, |closing| {
            closing.world.traders.volume_usd
        }),
        Metric::new("orders", "orders", "orders executed", DEFINITION, |closing| closing.world.traders.orders as f64),
        Metric::new(
            "lost_volume_usd",
            "USD",
            "value of orders dropped because they exceeded the tolerance",
            DEFINITION,
            |closing| closing.world.traders.lost_volume_usd,
        ),
        Metric::new(
            "cost_bps",
            "bps of volume",
            "cost of execution: fee, price impact and gas",
            DEFINITION,
            bps(|book| book.fees_usd + book.impact_usd + book.gas_usd),
        ),
        Metric::new(
            "fee_bps",
            "bps of volume",
            "pool fees in the cost of execution",
            DEFINITION,
            bps(|book| book.fees_usd),
        ),
        Metric::new(
            "impact_bps",
            "bps of volume",
            "price impact in the cost of execution, against the reference price",
            DEFINITION,
            bps(|book| book.impact_usd),
        ),
        Metric::new("gas_bps", "bps of volume", "gas in the cost of execution", DEFINITION, bps(|book| book.gas_usd)),
        Metric::new("cost_usd", "USD", "cost of execution of all traders", DEFINITION, |closing| {
            let book = &closing.world.traders;
            book.fees_usd + book.impact_usd + book.gas_usd
        }),
        Metric::new(
            "fragmentation_usd",
            "USD",
            "part of the cost that one pool with all the liquidity would have saved under best routing",
            "Lehar, Parlour and Zoican 2023",
            |closing| closing.world.traders.fragmentation_usd,
        ),
        Metric::new(
            "routing_loss_usd",
            "USD",
            "part of the cost that the best routing over the pools as they were would have saved",
            "Angeris and others 2022",
            |closing| closing.world.traders.routing_loss_usd,
        ),
    ];
    for (index, routing) in Routing::ALL.into_iter().enumerate() {
        let name = routing.name();
        metrics.push(Metric::new(
            format!("{name}_volume_usd"),
            "USD",
            format!("value of {name} orders"),
            DEFINITION,
            move |closing| closing.recorder.volume_usd[index],
        ));
        metrics.push(Metric::new(
            format!("{name}_cost_bps"),
            "bps of volume",
            format!("cost of execution of {name} orders"),
            DEFINITION,
            move |closing| ratio(closing.recorder.cost_usd[index], closing.recorder.volume_usd[index]) * BPS,
        ));
        for percent in [50, 95, 99] {
            let probability = f64::from(percent) / 100.0;
            metrics.push(Metric::new(
                format!("{name}_cost_p{percent}_bps"),
                "bps",
                format!("cost that {percent} % of {name} orders did not exceed"),
                DEFINITION,
                move |closing| closing.recorder.costs[index].quantile(probability),
            ));
        }
    }
    metrics
}

fn arbitrage() -> Vec<Metric> {
    let book =
        |read: fn(&crate::world::SearcherBook) -> f64| move |closing: &Closing<'_>| read(&closing.world.searchers);
    vec![
        Metric::new(
            "arbitrage_gross_usd",
            "USD",
            "arbitrage profit before gas, exchange cost and proposers",
            DEFINITION,
            book(|book| book.gross_usd),
        ),
        Metric::new("arbitrage_gas_usd", "USD", "gas that arbitrageurs paid", DEFINITION, book(|book| book.gas_usd)),
        Metric::new(
            "arbitrage_exchange_usd",
            "USD",
            "cost of hedging on the reference market",
            DEFINITION,
            book(|book| book.exchange_usd),
        ),
        Metric::new(
            "arbitrage_proposers_usd",
            "USD",
            "what arbitrageurs paid to block proposers",
            DEFINITION,
            book(|book| book.proposers_usd),
        ),
        Metric::new(
            "arbitrage_net_usd",
            "USD",
            "what arbitrageurs kept",
            DEFINITION,
            book(crate::world::SearcherBook::net_usd),
        ),
        Metric::new(
            "arbitrage_volume_usd",
            "USD",
            "value that arbitrageurs traded",
            DEFINITION,
            book(|book| book.volume_usd),
        ),
        Metric::new(
            "arbitrage_trades",
            "trades",
            "arbitrage trades against the reference market",
            DEFINITION,
            book(|book| book.reference_trades as f64),
        ),
        Metric::new(
            "arbitrage_cross_trades",
            "trades",
            "atomic arbitrage trades between the two pools",
            DEFINITION,
            book(|book| book.cross_trades as f64),
        ),
        Metric::new(
            "arbitrage_paid_share",
            "share of opportunities",
            "prices outside the fee band that paid their costs",
            DEFINITION,
            book(|book| {
                let done = (book.reference_trades + book.cross_trades) as f64;
                ratio(done, done + book.unpaid_opportunities as f64)
            }),
        ),
        Metric::new(
            "arbitrage_capital_usd",
            "USD",
            "largest single arbitrage trade: the capital that was needed",
            DEFINITION,
            book(|book| book.capital_usd),
        ),
        Metric::new(
            "lvr_usd",
            "USD",
            "loss versus rebalancing of all pools: what all trades cost them at reference prices, fees apart",
            LVR,
            |closing| closing.world.venues.iter().map(crate::world::Venue::lvr_so_far_usd).sum(),
        ),
        Metric::new("lvr_rate", "per year", "loss versus rebalancing as a share of the pools' value", LVR, |closing| {
            let lvr: f64 = closing.world.venues.iter().map(crate::world::Venue::lvr_so_far_usd).sum();
            ratio(lvr, closing.recorder.value_years.iter().sum())
        }),
        Metric::new(
            "impermanent_loss",
            "share of value",
            "old pool's value without fees against holding its opening tokens (a loss is negative)",
            "2 sqrt(r)/(1 + r) - 1 for a constant product",
            impermanent_loss,
        ),
        Metric::new("pool_fees_usd", "USD", "fees that all pools took", DEFINITION, |closing| {
            closing.world.venues.iter().map(crate::world::Venue::fees_so_far_usd).sum()
        }),
        Metric::new("pool_fees_rate", "per year", "fees as a share of the pools' value", DEFINITION, |closing| {
            let fees: f64 = closing.world.venues.iter().map(crate::world::Venue::fees_so_far_usd).sum();
            ratio(fees, closing.recorder.value_years.iter().sum())
        }),
    ]
}

/// Value of a share of the old pool without its fees, against holding what the share held at the opening.
///
/// It is read from what happened: the flows of the pool per share, not the closed form. Only where nobody added or withdrew
/// liquidity are flows per share the flows over the opening shares; elsewhere the metric has no value.
fn impermanent_loss(closing: &Closing<'_>) -> f64 {
    let (model, world) = (closing.model, closing.world);
    let (setup, venue) = (&model.venues[model.old], &world.venues[model.old]);
    if world.providers.moves > 0 || setup.tvl_usd <= 0.0 {
        return f64::NAN;
    }
    let flows = venue.totals;
    let value = setup.tvl_usd + flows.market_move - flows.lvr();
    let initial = |token: crate::ledger::Token| match token.index() {
        0 => 1.0,
        index => model.market.initial_price_usd(index - 1),
    };
    let growth = 0.5 * (world.pair.base_usd / initial(model.base) + world.pair.quote_usd / initial(model.quote));
    value / (setup.tvl_usd * growth) - 1.0
}

fn incentives() -> Vec<Metric> {
    vec![
        Metric::new("incentives_usd", "USD", "rewards paid, valued when they were paid", DEFINITION, |closing| {
            closing.world.programmes.iter().map(|programme| programme.paid_usd).sum()
        }),
        Metric::new("rewards_sold_usd", "USD", "rewards that receivers sold at once", DEFINITION, |closing| {
            closing.world.programmes.iter().map(|programme| programme.sold_usd).sum()
        }),
        Metric::new("incentives_new_usd", "USD", "rewards paid by programmes of the new pool", DEFINITION, |closing| {
            let new = closing.world.programmes.iter().filter(|programme| programme.venue == closing.model.new);
            new.map(|programme| programme.paid_usd).sum()
        }),
        Metric::new(
            "incentive_per_migrated_usd",
            "USD per USD",
            "rewards of the new pool per USD of opening value that stands there at the end",
            DEFINITION,
            |closing| {
                let new = closing.world.programmes.iter().filter(|programme| programme.venue == closing.model.new);
                ratio(new.map(|programme| programme.paid_usd).sum(), closing.world.providers.migrated_usd)
            },
        ),
    ]
}

fn audit() -> Vec<Metric> {
    vec![
        Metric::new(
            "identity_residual",
            "share of opening value",
            "largest residual of the profit-and-loss identity over all account classes",
            DEFINITION,
            |closing| closing.identity_residual(),
        ),
        Metric::new(
            "ledger_residual",
            "share of gross amount",
            "largest change of a token's sum over all accounts",
            DEFINITION,
            |closing| closing.world.ledger.audit(),
        ),
        Metric::new("window_years", "years", "length of the window", DEFINITION, |closing| {
            closing.model.grid.blocks as f64 * closing.model.block_seconds() / SECONDS_PER_YEAR
        }),
    ]
}

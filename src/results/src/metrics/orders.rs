//! Metrics of traders' orders: volume, cost and its parts.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use portage_base::units::BPS;
use portage_engine::agents::Routing;
use portage_engine::world::{TRADER_CLASSES_MAX, TraderClassBook};

pub(super) fn metrics() -> Vec<Metric> {
    let bps = |part: fn(&portage_engine::world::TraderBook) -> f64| {
        move |closing: &Closing<'_>| {
            ratio(part(&closing.world.books.traders), closing.world.books.traders.volume_usd) * BPS
        }
    };
    let mut metrics = vec![
        Metric::new("volume_usd", "USD", "value of traders' orders", DEFINITION, |closing| {
            closing.world.books.traders.volume_usd
        }),
        Metric::new("orders", "orders", "orders executed", DEFINITION, |closing| {
            closing.world.books.traders.orders as f64
        }),
        Metric::new(
            "lost_volume_usd",
            "USD",
            "value of orders dropped because they exceeded the tolerance",
            DEFINITION,
            |closing| closing.world.books.traders.lost_volume_usd,
        ),
        Metric::new(
            "lost_orders",
            "orders",
            "orders dropped because they exceeded the tolerance",
            DEFINITION,
            |closing| closing.world.books.traders.lost_orders as f64,
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
            let book = &closing.world.books.traders;
            book.fees_usd + book.impact_usd + book.gas_usd
        }),
        Metric::new(
            "fragmentation_usd",
            "USD",
            "part of the cost that one pool with all the liquidity, of the best kind among those there, would have saved",
            "Lehar, Parlour and Zoican 2023",
            |closing| closing.world.books.traders.fragmentation_usd,
        ),
        Metric::new(
            "routing_loss_usd",
            "USD",
            "of the cost of fragmentation, what the best routing over the pools as they were would have saved",
            "Angeris and others 2022",
            |closing| closing.world.books.traders.routing_loss_usd,
        ),
    ];
    metrics.extend(by_routing());
    metrics.extend((0..TRADER_CLASSES_MAX).flat_map(of_class));
    metrics
}

/// Volume, cost and spread of cost by who routed the order.
fn by_routing() -> Vec<Metric> {
    let mut metrics = Vec::new();
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

/// Volume, lost volume and cost of one class of traders, in the order of the scenario's names; classes that a scenario lacks
/// have none.
fn of_class(index: usize) -> [Metric; 5] {
    let number = index + 1;
    let read = |value: fn(&TraderClassBook) -> f64| {
        move |closing: &Closing<'_>| {
            let classes = closing.model.traders.as_ref().map_or(0, |traders| traders.classes.len());
            if index < classes { value(&closing.world.books.traders.classes[index]) } else { f64::NAN }
        }
    };
    let metric = |name: &str, unit: &'static str, meaning: &str, value: fn(&TraderClassBook) -> f64| {
        Metric::new(
            format!("class{number}_{name}"),
            unit,
            format!("{meaning} of traders' class {number}"),
            DEFINITION,
            read(value),
        )
    };
    [
        metric("volume_usd", "USD", "value of orders", |book| book.volume_usd),
        metric("lost_volume_usd", "USD", "value of dropped orders", |book| book.lost_volume_usd),
        metric("orders", "orders", "orders executed", |book| book.orders as f64),
        metric("lost_orders", "orders", "orders dropped", |book| book.lost_orders as f64),
        metric("cost_bps", "bps of volume", "cost of execution", |book| ratio(book.cost_usd, book.volume_usd) * BPS),
    ]
}

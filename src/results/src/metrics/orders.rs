//! Metrics of traders' orders: volume, cost and its parts.

use super::Closing;
use super::metric::{DEFINITION, Family, Id, Metric, Range, Unit, metrics, ratio};
use super::part::Part;
use portage_base::units::BPS;
use portage_engine::agents::Routing;
use portage_engine::world::{TRADER_CLASSES_MAX, TraderBook, TraderClassBook};

metrics! {
    of_volume: Traders, DEFINITION, |closing, read: fn(&TraderBook) -> f64| read(&closing.world.books.traders);
    VOLUME_USD: Usd, Amount, "value of traders' orders" or 0.0 => |book| book.volume_usd;
    ORDERS: Count("orders"), Amount, "orders executed" or 0.0 => |book| book.orders as f64;
    LOST_VOLUME_USD: Usd, Amount, "value of orders dropped because they exceeded the tolerance" or 0.0 =>
        |book| book.lost_volume_usd;
    LOST_ORDERS: Count("orders"), Amount, "orders dropped because they exceeded the tolerance" or 0.0 =>
        |book| book.lost_orders as f64;
}

metrics! {
    of_cost: Traders, DEFINITION, |closing, read: fn(&TraderBook) -> f64| {
        ratio(read(&closing.world.books.traders), closing.world.books.traders.volume_usd) * BPS
    };
    COST_BPS: BpsOf("volume"), Signed,
        "cost of execution: fee, price impact and gas" [Cost 8 "Traders\u{2019} cost of execution"] =>
        |book| book.fees_usd + book.impact_usd + book.gas_usd;
    FEE_BPS: BpsOf("volume"), Amount, "pool fees in the cost of execution" => |book| book.fees_usd;
    IMPACT_BPS: BpsOf("volume"), Signed, "price impact in the cost of execution, against the reference price" =>
        |book| book.impact_usd;
    GAS_BPS: BpsOf("volume"), Amount, "gas in the cost of execution" if Chain or 0.0 => |book| book.gas_usd;
}

metrics! {
    of_sums: Traders, DEFINITION, |closing, read: fn(&TraderBook) -> f64| read(&closing.world.books.traders);
    COST_USD: Usd, Signed, "cost of execution of all traders" or 0.0 =>
        |book| book.fees_usd + book.impact_usd + book.gas_usd;
    FRAGMENTATION_USD: Usd, Signed,
        "part of the cost that one pool with all the liquidity, of the best kind among those there, would have saved"
        [Fragmentation 15 "Cost of it to traders"] if Divided or 0.0 from "Lehar, Parlour and Zoican 2023" =>
        |book| book.fragmentation_usd;
    ROUTING_LOSS_USD: Usd, Signed,
        "of the cost of fragmentation, what the best routing over the pools as they were would have saved"
        if Divided or 0.0 from "Angeris and others 2022" => |book| book.routing_loss_usd;
}

/// A figure of the orders of one routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutedFigure {
    /// Value of the orders, USD.
    Volume,
    /// Mean cost of execution by value, bps.
    Cost,
    /// Cost that 50 % of the orders did not exceed, bps.
    Median,
    /// Cost that 95 % of the orders did not exceed, bps.
    P95,
    /// Cost that 99 % of the orders did not exceed, bps.
    P99,
}

/// A figure of the orders that were routed by `routing`.
#[must_use]
pub const fn routed(routing: Routing, figure: RoutedFigure) -> Id {
    Id::of(
        routing.name(),
        0,
        match figure {
            RoutedFigure::Volume => "volume_usd",
            RoutedFigure::Cost => "cost_bps",
            RoutedFigure::Median => "cost_p50_bps",
            RoutedFigure::P95 => "cost_p95_bps",
            RoutedFigure::P99 => "cost_p99_bps",
        },
    )
}

/// Volume, cost and spread of cost by who routed the order.
pub(super) fn by_routing() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for (index, routing) in Routing::ALL.into_iter().enumerate() {
        let name = routing.name();
        let side = if routing == Routing::DirectNew { Part::TwoSides } else { Part::Traders };
        let amount = |figure, unit, meaning: String, read: Box<dyn Fn(&Closing<'_>) -> f64 + Send + Sync>| {
            let metric = (routed(routing, figure), Part::Traders);
            let range = if figure == RoutedFigure::Cost { Range::Signed } else { Range::Amount };
            Metric::new(metric, (unit, range), meaning, DEFINITION, read).also(side)
        };
        metrics.push(
            amount(
                RoutedFigure::Volume,
                Unit::Usd,
                format!("value of {name} orders"),
                Box::new(move |closing| closing.recorder.volume_usd[index]),
            )
            .or(0.0),
        );
        metrics.push(amount(
            RoutedFigure::Cost,
            Unit::BpsOf("volume"),
            format!("cost of execution of {name} orders"),
            Box::new(move |closing| ratio(closing.recorder.cost_usd[index], closing.recorder.volume_usd[index]) * BPS),
        ));
        for (figure, percent) in [(RoutedFigure::Median, 50), (RoutedFigure::P95, 95), (RoutedFigure::P99, 99)] {
            metrics.push(amount(
                figure,
                Unit::Bps,
                format!("cost that {percent} % of {name} orders did not exceed"),
                Box::new(move |closing| closing.recorder.costs[index].quantile(f64::from(percent) / 100.0)),
            ));
        }
    }
    metrics
}

/// A figure of a class of traders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassFigure {
    /// Value of the orders, USD.
    Volume,
    /// Value of dropped orders, USD.
    LostVolume,
    /// Orders executed.
    Orders,
    /// Orders dropped.
    LostOrders,
    /// Cost of execution, bps of volume.
    Cost,
}

/// A figure: which one, name, unit, meaning, and how it is read.
type ClassRow = (ClassFigure, &'static str, Unit, &'static str, fn(&TraderClassBook) -> f64);

const OF_CLASS: [ClassRow; 5] = [
    (ClassFigure::Volume, "volume_usd", Unit::Usd, "value of orders", |book| book.volume_usd),
    (ClassFigure::LostVolume, "lost_volume_usd", Unit::Usd, "value of dropped orders", |book| book.lost_volume_usd),
    (ClassFigure::Orders, "orders", Unit::Count("orders"), "orders executed", |book| book.orders as f64),
    (ClassFigure::LostOrders, "lost_orders", Unit::Count("orders"), "orders dropped", |book| book.lost_orders as f64),
    (ClassFigure::Cost, "cost_bps", Unit::BpsOf("volume"), "cost of execution", |book| {
        ratio(book.cost_usd, book.volume_usd) * BPS
    }),
];

/// A figure of the class of traders at `class` in the order of the scenario's names.
#[must_use]
pub const fn trader_class(class: usize, figure: ClassFigure) -> Id {
    Id::of("class", class + 1, OF_CLASS[figure as usize].1)
}

/// Volume, lost volume and cost of every class of traders, in the order of the scenario's names.
pub(super) fn by_class() -> impl Iterator<Item = Metric> {
    (0..TRADER_CLASSES_MAX).flat_map(|class| {
        OF_CLASS.into_iter().map(move |(figure, _, unit, meaning, read)| {
            let meaning = format!("{meaning} of traders' class {}", class + 1);
            let id = (trader_class(class, figure), Part::TraderClass(class));
            let range = if figure == ClassFigure::Cost { Range::Signed } else { Range::Amount };
            let read = move |closing: &Closing<'_>| read(&closing.world.books.traders.classes[class]);
            Metric::new(id, (unit, range), meaning, DEFINITION, read).of(Family::Traders)
        })
    })
}

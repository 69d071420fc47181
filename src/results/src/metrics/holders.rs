//! Metrics of liquidity holders, class by class and in all: the lines of the profit-and-loss statement.

use super::Closing;
use super::dictionary::Metric;
use portage_engine::world::{Holder, HolderBook, Statement};

/// A line of the statement: name, meaning, and how it is read.
type Line = (&'static str, &'static str, fn(&Statement) -> f64);

/// Lines of the statement that are metrics of their own, in the order of the waterfall.
const LINES: [Line; 14] = [
    ("opening_usd", "value at the opening, wallet included", |statement| statement.opening),
    ("market_move_usd", "change of reference prices on what was held", |statement| statement.market_move),
    ("fees_usd", "fees earned, before the protocol's part", |statement| statement.fees),
    ("lvr_usd", "loss versus rebalancing: arbitrage loss less order flow", Statement::lvr),
    ("arbitrage_loss_usd", "of the LVR, lost to arbitrageurs at reference prices", |statement| {
        statement.arbitrage_loss
    }),
    ("order_flow_usd", "of the LVR, price impact received back from traders", |statement| statement.order_flow),
    ("incentives_usd", "rewards, valued when they were received", |statement| statement.incentives),
    ("gas_usd", "gas paid to move", |statement| statement.gas),
    (
        "slippage_usd",
        "fee and impact paid to balance deposits, a bridge's fee and the discount of what it wraps",
        |statement| statement.slippage,
    ),
    ("protocol_fees_usd", "the protocol's part of the fees", |statement| statement.protocol_fees),
    ("penalties_usd", "penalties for leaving soon or moving late", |statement| statement.penalties),
    ("losses_usd", "stolen, destroyed or credited to somebody else, less what was given back", |statement| {
        statement.losses
    }),
    ("handed_over_usd", "shares of pools redeemed by liquidators to whom they had been pledged", |statement| {
        statement.handed_over
    }),
    ("closing_usd", "value at the end, wallet included", |statement| statement.closing),
];

const IDENTITY: &str = "closing = opening + market move + fees - LVR + incentives - gas - slippage - protocol fees - penalties - losses - handed over";

/// Statements of every holder, then of the five classes and unmodelled holders together.
pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for holder in Holder::ALL {
        let (name, index) = (holder.name(), holder.index());
        for (line, meaning, read) in LINES {
            metrics.push(Metric::new(
                format!("{name}_{line}"),
                "USD",
                format!("{name}: {meaning}"),
                IDENTITY,
                move |closing| read(&closing.world.books.holders[index].statement),
            ));
        }
        metrics.push(Metric::new(
            format!("{name}_against_holding_usd"),
            "USD",
            format!("{name}: value at the end less the value of just holding the opening tokens"),
            "impermanent loss, fees, rewards and costs together",
            move |closing| against_holding(closing, &closing.world.books.holders[index]),
        ));
    }
    for (line, meaning, read) in LINES {
        metrics.push(Metric::new(
            format!("providers_{line}"),
            "USD",
            format!("all providers: {meaning}"),
            IDENTITY,
            move |closing| providers(closing).map(|book| read(&book.statement)).sum(),
        ));
    }
    metrics.push(Metric::new(
        "providers_against_holding_usd",
        "USD",
        "all providers: value at the end less the value of just holding the opening tokens",
        "impermanent loss, fees, rewards and costs together",
        |closing| providers(closing).map(|book| against_holding(closing, book)).sum(),
    ));
    metrics.push(Metric::new(
        "providers_impermanent_loss_usd",
        "USD",
        "all providers: value at the end without fees, rewards and costs, less the value of just holding the opening tokens (a loss is negative)",
        "price moves on what was held, less LVR, against the opening tokens; for who stays in a constant product 2 sqrt(r)/(1 + r) - 1 of what was held",
        |closing| providers(closing).map(|book| impermanent_loss(closing, book)).sum(),
    ));
    metrics
}

/// Opening value, what prices did to what was held at each time, and LVR, against holding the opening tokens, USD.
fn impermanent_loss(closing: &Closing<'_>, book: &HolderBook) -> f64 {
    let lines = &book.statement;
    let held = lines.closing + lines.handed_over - against_holding(closing, book);
    lines.opening + lines.market_move - lines.lvr() - held
}

/// Everybody who provides liquidity: the treasury is left out.
fn providers<'a>(closing: &Closing<'a>) -> impl Iterator<Item = &'a HolderBook> + use<'a> {
    let holders: &'a [HolderBook] = closing.world.books.modelled();
    holders.iter().enumerate().filter(|(index, _)| *index != Holder::Treasury.index()).map(|(_, book)| book)
}

fn against_holding(closing: &Closing<'_>, book: &HolderBook) -> f64 {
    let held = book.opening_tokens.iter().zip(&closing.world.books.prices_usd).map(|(amount, price)| amount * price);
    // What had been pledged to liquidators and was redeemed by them is no loss of the pool: it counts at its value then.
    book.statement.closing + book.statement.handed_over - held.sum::<f64>()
}

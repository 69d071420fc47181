//! Metrics of liquidity holders, class by class and in all: the lines of the profit-and-loss statement.

use super::Closing;
use super::metric::{Family, Id, Metric, Range, Topic, Unit, metrics};
use super::part::Part;
use portage_engine::world::{Holder, HolderBook, Statement};

/// A line of the statement of a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderLine {
    /// Value at the opening, wallet included.
    Opening,
    /// Change of reference prices on what was held.
    MarketMove,
    /// Fees earned, before the protocol's part.
    Fees,
    /// Loss versus rebalancing: arbitrage loss less order flow.
    Lvr,
    /// Of the LVR, lost to arbitrageurs at reference prices.
    ArbitrageLoss,
    /// Of the LVR, price impact received back from traders.
    OrderFlow,
    /// Rewards, valued when they were received.
    Incentives,
    /// Gas paid to move.
    Gas,
    /// Fee and impact paid to balance deposits, a bridge's fee and the discount of what it wraps.
    Slippage,
    /// The protocol's part of the fees.
    ProtocolFees,
    /// Penalties for leaving soon or moving late.
    Penalties,
    /// Stolen, destroyed or credited to somebody else, less what was given back.
    Losses,
    /// Shares of pools redeemed by liquidators to whom they had been pledged.
    HandedOver,
    /// Value at the end, wallet included.
    Closing,
    /// Value at the end less the value of just holding the opening tokens.
    AgainstHolding,
}

/// A line: which one, name, range, meaning, and how it is read.
type Line = (HolderLine, &'static str, Range, &'static str, fn(&Statement) -> f64);

/// Lines of the statement that are metrics of their own, in the order of the waterfall.
const LINES: [Line; 14] = [
    (HolderLine::Opening, "opening_usd", Range::Amount, "value at the opening, wallet included", |statement| {
        statement.opening
    }),
    (
        HolderLine::MarketMove,
        "market_move_usd",
        Range::Signed,
        "change of reference prices on what was held",
        |statement| statement.market_move,
    ),
    (HolderLine::Fees, "fees_usd", Range::Amount, "fees earned, before the protocol's part", |statement| {
        statement.fees
    }),
    (
        HolderLine::Lvr,
        "lvr_usd",
        Range::Signed,
        "loss versus rebalancing: arbitrage loss less order flow",
        Statement::lvr,
    ),
    (
        HolderLine::ArbitrageLoss,
        "arbitrage_loss_usd",
        Range::Amount,
        "of the LVR, lost to arbitrageurs at reference prices",
        |statement| statement.arbitrage_loss,
    ),
    (
        HolderLine::OrderFlow,
        "order_flow_usd",
        Range::Signed,
        "of the LVR, price impact received back from traders",
        |statement| statement.order_flow,
    ),
    (HolderLine::Incentives, "incentives_usd", Range::Amount, "rewards, valued when they were received", |statement| {
        statement.incentives
    }),
    (HolderLine::Gas, "gas_usd", Range::Amount, "gas paid to move", |statement| statement.gas),
    (
        HolderLine::Slippage,
        "slippage_usd",
        Range::Signed,
        "fee and impact paid to balance deposits, a bridge's fee and the discount of what it wraps",
        |statement| statement.slippage,
    ),
    (HolderLine::ProtocolFees, "protocol_fees_usd", Range::Signed, "the protocol's part of the fees", |statement| {
        statement.protocol_fees
    }),
    (HolderLine::Penalties, "penalties_usd", Range::Amount, "penalties for leaving soon or moving late", |statement| {
        statement.penalties
    }),
    (
        HolderLine::Losses,
        "losses_usd",
        Range::Amount,
        "stolen, destroyed or credited to somebody else, less what was given back",
        |statement| statement.losses,
    ),
    (
        HolderLine::HandedOver,
        "handed_over_usd",
        Range::Amount,
        "shares of pools redeemed by liquidators to whom they had been pledged",
        |statement| statement.handed_over,
    ),
    (HolderLine::Closing, "closing_usd", Range::Signed, "value at the end, wallet included", |statement| {
        statement.closing
    }),
];

const IDENTITY: &str = "closing = opening + market move + fees - LVR + incentives - gas - slippage - protocol fees - penalties - losses - handed over";

const AGAINST_HOLDING: &str = "impermanent loss, fees, rewards and costs together";

/// Name of a line in tables.
const fn name(line: HolderLine) -> &'static str {
    match line {
        HolderLine::AgainstHolding => "against_holding_usd",
        line => LINES[line as usize].1,
    }
}

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// One kind of holder.
    Holder(Holder),
    /// The five classes and unmodelled holders together.
    Providers,
}

impl Owner {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder(holder) => holder.name(),
            Self::Providers => "providers",
        }
    }

    /// Whether it is a class of providers that is simulated.
    #[must_use]
    pub const fn is_class(self) -> bool {
        matches!(self, Self::Holder(Holder::Class(_)))
    }

    /// A line of its statement.
    #[must_use]
    pub const fn line(self, line: HolderLine) -> Id {
        Id::of(self.name(), 0, name(line))
    }
}

/// A line of the statement of the five classes and unmodelled holders together.
#[must_use]
pub const fn providers(line: HolderLine) -> Id {
    Owner::Providers.line(line)
}

/// Statements of every holder, then of the five classes and unmodelled holders together.
pub(super) fn statements() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for of in Holder::ALL {
        let (who, index) = (of.name(), of.index());
        for (line, _, range, meaning, read) in LINES {
            let meaning = format!("{who}: {meaning}");
            let id = (Owner::Holder(of).line(line), Part::Everything);
            let metric = Metric::new(id, (Unit::Usd, range), meaning, IDENTITY, move |closing| {
                read(&closing.world.books.holders[index].statement)
            });
            metrics.push(metric.of(Family::Holders));
        }
        let against = Metric::new(
            (Owner::Holder(of).line(HolderLine::AgainstHolding), Part::Everything),
            (Unit::Usd, Range::Signed),
            format!("{who}: value at the end less the value of just holding the opening tokens"),
            AGAINST_HOLDING,
            move |closing| against_holding(closing, &closing.world.books.holders[index]),
        );
        metrics.push(against.of(Family::Holders));
    }
    for (line, _, range, meaning, read) in LINES {
        let meaning = format!("all providers: {meaning}");
        let id = (providers(line), Part::Everything);
        metrics.push(Metric::new(id, (Unit::Usd, range), meaning, IDENTITY, move |closing| {
            everybody(closing).map(|book| read(&book.statement)).sum()
        }));
    }
    metrics.push(
        Metric::new(
            (providers(HolderLine::AgainstHolding), Part::Everything),
            (Unit::Usd, Range::Signed),
            "all providers: value at the end less the value of just holding the opening tokens",
            AGAINST_HOLDING,
            |closing| everybody(closing).map(|book| against_holding(closing, book)).sum(),
        )
        .row(Topic::Market, 17, "Result of providers against holding"),
    );
    metrics
}

metrics! {
    of_impermanent_loss: Everything, "price moves on what was held, less LVR, against the opening tokens; for who stays in a constant product 2 sqrt(r)/(1 + r) - 1 of what was held", |closing, read: fn(&Closing<'_>, &HolderBook) -> f64| everybody(closing).map(|book| read(closing, book)).sum();
    PROVIDERS_IMPERMANENT_LOSS_USD: Usd, Signed,
        "all providers: value at the end without fees, rewards and costs, less the value of just holding the opening tokens (a loss is negative)"
        [Market 16 "Impermanent loss of providers"] => impermanent_loss;
}

/// Opening value, what prices did to what was held at each time, and LVR, against holding the opening tokens, USD.
fn impermanent_loss(closing: &Closing<'_>, book: &HolderBook) -> f64 {
    let lines = &book.statement;
    let held = lines.closing + lines.handed_over - against_holding(closing, book);
    lines.opening + lines.market_move - lines.lvr() - held
}

/// Everybody who provides liquidity: the treasury is left out.
fn everybody<'a>(closing: &Closing<'a>) -> impl Iterator<Item = &'a HolderBook> + use<'a> {
    let holders: &'a [HolderBook] = closing.world.books.modelled();
    holders.iter().enumerate().filter(|(index, _)| *index != Holder::Treasury.index()).map(|(_, book)| book)
}

fn against_holding(closing: &Closing<'_>, book: &HolderBook) -> f64 {
    let held = book.opening_tokens.iter().zip(&closing.world.books.prices_usd).map(|(amount, price)| amount * price);
    // What had been pledged to liquidators and was redeemed by them is no loss of the pool: it counts at its value then.
    book.statement.closing + book.statement.handed_over - held.sum::<f64>()
}

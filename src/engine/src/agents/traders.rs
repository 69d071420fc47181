//! Traders: orders that arrive, are routed, filled, and what they cost.

use super::arrivals::Arrivals;
use super::cross_chain_routing::{Reach, Routing};
use super::order_batch::{DrawnOrder, OrderBatch};
use super::trader_classes::{FlowTerms, TradersSpec};
use super::venue_quotes::{Filled, VenueQuotes};
use crate::world::{Books, DESTINATION_PAIR, PairPrice};
use portage_base::actions::Taker;
use portage_base::ledger::Token;
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_chain::Chain;
use portage_pools::{Role, Side, VENUES_MAX};

/// What one executed order cost, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Who routed it.
    pub routing: Routing,
    /// Value of the input.
    pub value_usd: f64,
    /// Pool fee.
    pub fee_usd: f64,
    /// Price impact against the reference price at arrival; negative when the pool was favourable.
    pub impact_usd: f64,
    /// Gas.
    pub gas_usd: f64,
    /// Extra cost against all the liquidity in one pool of the best kind that is there.
    pub fragmentation_usd: f64,
    /// Of it, extra cost against the best routing over the pools as they are.
    pub routing_loss_usd: f64,
}

/// Weight of one order in the running imbalance of sides: a memory of about fifty orders.
pub const IMBALANCE_WEIGHT: f64 = 0.02;

/// The order flow of one run.
#[derive(Debug, Clone)]
pub struct Traders {
    /// The only class, or the first one; it stands here so that the orders of most scenarios are found without a detour.
    first: Flow,
    others: Vec<Flow>,
    desk: Desk,
}

/// The orders of one class.
#[derive(Debug, Clone)]
struct Flow {
    order_batch: OrderBatch,
    clock: f64,
    orders_per_block: f64,
    share_of_orders: f64,
    /// Mean size of its orders, in units of the mean size of all.
    relative_size: f64,
    habits: Propensities,
}

/// What a class does with its orders.
#[derive(Debug, Clone, Copy)]
struct Propensities {
    /// Mean order size at present, USD.
    mean_size_usd: f64,
    aggregator_share: f64,
    tolerance: f64,
}

/// What is common to all classes: where orders can go, and the imbalance against which they lean.
#[derive(Debug, Clone)]
struct Desk {
    /// Share of direct orders that go to the new version at present.
    direct_to_new: f64,
    /// Whether aggregators route over the new pools.
    lists_new: bool,
    mean_reversion: f64,
    imbalance: f64,
    /// Which orders go to the other chain, where there is one.
    reach: Option<Reach>,
}

impl Traders {
    /// Opens the order flow of a run.
    #[must_use]
    pub fn open(spec: &TradersSpec, seed: u64, run: u64) -> Self {
        let open = |terms: FlowTerms<'_>| Flow::open(&terms, spec, seed, run);
        let mut flows = spec.flows();
        Self {
            first: open(flows.next().unwrap_or_else(|| spec.alike())),
            others: flows.map(open).collect(),
            desk: Desk {
                direct_to_new: spec.direct_to_new,
                lists_new: spec.aggregators_list_new_after.seconds() <= 0.0,
                mean_reversion: spec.mean_reversion,
                imbalance: 0.0,
                reach: None,
            },
        }
    }

    /// Front ends send the share `to_new` of direct orders to the new version from now on.
    pub(crate) const fn switch_front_ends(&mut self, to_new: f64) {
        self.desk.direct_to_new = to_new;
    }

    /// Aggregators route over the new pools from now on.
    pub(crate) const fn list_new(&mut self) {
        self.desk.lists_new = true;
    }

    /// The new version stands on another chain, to which the share `away` of traders has its money from now on.
    pub(crate) const fn reach_destination(&mut self, is_open: bool, away: f64) {
        self.desk.reach = Some(Reach { is_open, away });
    }

    /// Sets how many orders come and how large they are: the mean number per block and size in USD over all classes; `factor`
    /// multiplies the number of a class, by its place.
    pub fn adapt(&mut self, orders_per_block: f64, mean_size_usd: f64, mut factor: impl FnMut(usize) -> f64) {
        for (class, flow) in std::iter::once(&mut self.first).chain(&mut self.others).enumerate() {
            flow.orders_per_block = orders_per_block * flow.share_of_orders * factor(class);
            flow.habits.mean_size_usd = mean_size_usd * flow.relative_size;
        }
    }

    /// Lets one block pass: every order that arrives in it is routed and settled, or dropped.
    #[inline]
    pub fn trade(&mut self, books: &mut Books, mut filled: impl FnMut(&Fill)) {
        if !self.others.is_empty() {
            return self.trade_by_class(books, filled);
        }
        let flow = &mut self.first;
        flow.clock += flow.orders_per_block;
        while let Some(order) = flow.order_batch.next_by(flow.clock) {
            if let Some(fill) = self.desk.execute(books, &flow.habits, order) {
                filled(&fill);
            }
        }
    }

    /// The orders of several classes in the order of their arrival within the block, booked by class.
    #[inline(never)]
    fn trade_by_class(&mut self, books: &mut Books, mut filled: impl FnMut(&Fill)) {
        let Self { first, others, desk } = self;
        for flow in std::iter::once(&mut *first).chain(&mut *others) {
            flow.clock += flow.orders_per_block;
        }
        loop {
            let flows = std::iter::once(&mut *first).chain(&mut *others);
            let due = flows.enumerate().filter(|(_, flow)| flow.order_batch.due() <= flow.clock);
            let next = due.max_by(|(_, a), (_, b)| a.left_of_block().total_cmp(&b.left_of_block()));
            let Some((class, flow)) = next else { return };
            let Some(order) = flow.order_batch.next_by(flow.clock) else { return };
            let fill = desk.execute(books, &flow.habits, order);
            let book = &mut books.traders.classes[class];
            if let Some(fill) = fill {
                book.orders += 1;
                book.volume_usd += fill.value_usd;
                book.cost_usd += fill.fee_usd + fill.impact_usd + fill.gas_usd;
                filled(&fill);
            } else {
                book.lost_orders += 1;
                book.lost_volume_usd += order.size * flow.habits.mean_size_usd;
            }
        }
    }
}

impl Flow {
    fn open(terms: &FlowTerms<'_>, spec: &TradersSpec, seed: u64, run: u64) -> Self {
        let orders_per_second = spec.orders_per_day * terms.share_of_orders / SECONDS_PER_DAY;
        let arrivals = Arrivals::open(&spec.arrivals, orders_per_second);
        Self {
            order_batch: OrderBatch::open(seed, run, terms.name, terms.size_sd, arrivals),
            clock: 0.0,
            orders_per_block: 0.0,
            share_of_orders: terms.share_of_orders,
            relative_size: terms.share_of_volume / terms.share_of_orders,
            habits: Propensities {
                mean_size_usd: 0.0,
                aggregator_share: terms.aggregator_share,
                tolerance: terms.tolerance_bps / BPS,
            },
        }
    }

    /// Share of the block that is left when the next order arrives.
    fn left_of_block(&self) -> f64 {
        (self.clock - self.order_batch.due()) / self.orders_per_block
    }
}

impl Desk {
    #[inline]
    fn execute(&mut self, books: &mut Books, habits: &Propensities, drawn: DrawnOrder) -> Option<Fill> {
        let side = if drawn.side < 0.5 - self.mean_reversion * self.imbalance { Side::BuyBase } else { Side::SellBase };
        let sign = if side == Side::BuyBase { 1.0 } else { -1.0 };
        self.imbalance += (sign - self.imbalance) * IMBALANCE_WEIGHT;
        let order = Order { side, value_usd: drawn.size * habits.mean_size_usd, prices: prices(&books.pair(), side) };
        let fill = match books.venues.len() {
            1 => self.fill_any::<1>(books, habits, order, Routing::Aggregated),
            2 if self.reach.is_none() => self.fill_two(books, habits, order, self.routing(habits, drawn.route)),
            _ if self.reach.is_some() => self.fill_on_chain(books, habits, order, drawn.route),
            _ => self.fill_any::<VENUES_MAX>(books, habits, order, self.routing(habits, drawn.route)),
        };
        if fill.is_none() {
            books.traders.lost_orders += 1;
            books.traders.lost_volume_usd += order.value_usd;
        }
        fill
    }

    /// The hot case: an order that is divided over two pools in closed form. It shares no memory with the other cases, as
    /// amounts that are stored one by one and loaded by two cost more than the arithmetic.
    #[inline(always)]
    fn fill_two(&self, books: &mut Books, habits: &Propensities, order: Order, routing: Routing) -> Option<Fill> {
        if routing == Routing::Aggregated && self.lists_new {
            let offers: VenueQuotes<'_, 2> = VenueQuotes::open(books, order.side, order.prices);
            if let Some(filled) = offers.best_of_two(order.amount()) {
                let whole_net_usd = offers.whole_net_usd(order.amount());
                let is_within = order.is_within(&filled, habits.tolerance);
                return is_within.then(|| settle(books, order, routing, &filled, (whole_net_usd, None)));
            }
        }
        self.fill_any::<2>(books, habits, order, routing)
    }

    /// Routes an order and settles it; `None` when nobody fills it within the tolerance.
    #[inline(never)]
    fn fill_any<const N: usize>(
        &self,
        books: &mut Books,
        habits: &Propensities,
        order: Order,
        routing: Routing,
    ) -> Option<Fill> {
        let amount = order.amount();
        let offers: VenueQuotes<'_, N> = VenueQuotes::open(books, order.side, order.prices);
        let within = |filled: &Filled<N>| order.is_within(filled, habits.tolerance);
        let best = offers.best(amount);
        let filled = match routing {
            Routing::Aggregated if self.lists_new || N == 1 => best.filter(within)?,
            Routing::Aggregated => offers.best_without_new(amount).filter(within)?,
            Routing::DirectOld => offers.direct(amount, [Role::Old, Role::New, Role::Rival], within)?,
            Routing::DirectNew => offers.direct(amount, [Role::New, Role::Old, Role::Rival], within)?,
        };
        let whole_net_usd = if N > 1 { offers.whole_net_usd(amount) } else { None };
        let best_net_usd = best.filter(|_| N > 1).map(|best| order.net_usd(&best));
        Some(settle(books, order, routing, &filled, (whole_net_usd, best_net_usd)))
    }

    /// Routes an order over the pools of one chain and settles it there.
    #[inline(never)]
    fn fill_on_chain(&self, books: &mut Books, habits: &Propensities, order: Order, uniform: f64) -> Option<Fill> {
        let reach = self.reach?;
        let (routing, chain) = reach.route(uniform, habits.aggregator_share, self.direct_to_new, self.lists_new);
        let pair = if chain == Chain::Destination { DESTINATION_PAIR } else { 0 };
        let order = Order { prices: prices(&books.pairs[pair], order.side), ..order };
        let amount = order.amount();
        let offers: VenueQuotes<'_, VENUES_MAX> = VenueQuotes::open_on_chains(books, order.side, order.prices);
        let within = |filled: &Filled<VENUES_MAX>| order.is_within(filled, habits.tolerance);
        let best = offers.best_on(amount, chain);
        let filled = match routing {
            Routing::Aggregated => best.filter(within)?,
            Routing::DirectOld => offers.direct(amount, [Role::Old, Role::Rival, Role::Rival], within)?,
            Routing::DirectNew => offers.direct(amount, [Role::New; 3], within)?,
        };
        let best_net_usd = best.map(|best| order.net_usd(&best));
        Some(settle(books, order, routing, &filled, (offers.whole_net_usd(amount), best_net_usd)))
    }

    #[inline]
    fn routing(&self, habits: &Propensities, uniform: f64) -> Routing {
        let aggregated = habits.aggregator_share;
        if uniform < aggregated {
            Routing::Aggregated
        } else if uniform < aggregated + (1.0 - aggregated) * self.direct_to_new {
            Routing::DirectNew
        } else {
            Routing::DirectOld
        }
    }
}

/// An order that has arrived.
#[derive(Debug, Clone, Copy)]
struct Order {
    side: Side,
    value_usd: f64,
    /// USD per input token and per output token.
    prices: (f64, f64),
}

impl Order {
    /// What it pays, whole tokens.
    #[inline]
    fn amount(&self) -> f64 {
        self.value_usd / self.prices.0
    }

    /// Price impact against the reference price, USD.
    #[inline]
    fn impact_usd<const N: usize>(&self, filled: &Filled<N>) -> f64 {
        self.value_usd - filled.out * self.prices.1 - filled.fee_usd
    }

    /// What it brings, gas deducted, USD.
    #[inline]
    fn net_usd<const N: usize>(&self, filled: &Filled<N>) -> f64 {
        filled.out * self.prices.1 - filled.gas_usd
    }

    #[inline]
    fn is_within<const N: usize>(&self, filled: &Filled<N>, tolerance: f64) -> bool {
        filled.out > 0.0 && self.impact_usd(filled) <= tolerance * self.value_usd
    }
}

/// Settles an order with every pool that fills a part of it, and books what it cost. `yardsticks`: what it would have brought
/// net of gas with all liquidity in one pool, and by the best routing where it had another, USD.
#[inline(always)]
fn settle<const N: usize>(
    books: &mut Books,
    order: Order,
    routing: Routing,
    filled: &Filled<N>,
    yardsticks: (Option<f64>, Option<f64>),
) -> Fill {
    let (net_usd, impact_usd) = (order.net_usd(filled), order.impact_usd(filled));
    let (value_usd, fee_usd, gas_usd) = (order.value_usd, filled.fee_usd, filled.gas_usd);
    let fragmentation_usd = yardsticks.0.map_or(0.0, |whole_usd| whole_usd - net_usd);
    let routing_loss_usd = yardsticks.1.map_or(0.0, |best_usd| best_usd - net_usd).max(0.0);
    for (venue, swap) in filled.swaps.iter().enumerate().filter(|(_, swap)| swap.amount_in > 0.0) {
        books.trade(venue, order.side.direction(), *swap, Taker::Trader);
    }
    let book = &mut books.traders;
    book.orders += 1;
    book.volume_usd += value_usd;
    book.fees_usd += fee_usd;
    book.impact_usd += impact_usd;
    book.gas_usd += gas_usd;
    book.fragmentation_usd += fragmentation_usd;
    book.routing_loss_usd += routing_loss_usd;
    books.ledger.transfer(books.accounts.traders, books.accounts.market, Token::USD, fee_usd + impact_usd);
    if gas_usd > 0.0 {
        books.ledger.transfer(books.accounts.traders, books.accounts.gas, Token::USD, gas_usd);
    }
    Fill { routing, value_usd, fee_usd, impact_usd, gas_usd, fragmentation_usd, routing_loss_usd }
}

/// USD per input token and per output token.
#[inline]
const fn prices(pair: &PairPrice, side: Side) -> (f64, f64) {
    match side {
        Side::BuyBase => (pair.quote_usd, pair.base_usd),
        Side::SellBase => (pair.base_usd, pair.quote_usd),
    }
}

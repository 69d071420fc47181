//! Metrics of a migration to another chain: messages, delays, what was in flight, the wrapped tokens, and the gap between the chains.

use super::Closing;
use super::metric::{DEFINITION, metrics, ratio};
use super::spread::CostSpread;
use portage_base::units::{BPS, SECONDS_PER_DAY};
use portage_chain::Chain;
use portage_engine::run::Scene;
use portage_engine::world::{Books, BridgeBook, Crossing, World};
use portage_pools::Side;

const SECONDS_PER_HOUR: f64 = SECONDS_PER_DAY / 24.0;

/// What is gathered of the bridge and of the two chains.
#[derive(Debug, Clone, Default)]
pub struct BridgeRecord {
    /// Delays of delivered messages: counted in hours, with the error of the bins.
    delays: CostSpread,
    seen: u64,
    /// Sum, number and largest of the price gaps at observations, bps.
    gaps: (f64, f64, f64),
    /// Sum, number and largest of the discounts at observations, share of value.
    discounts: (f64, f64, f64),
    /// Most opening value that was on its way at an observation, USD.
    on_the_way_max_usd: f64,
}

impl BridgeRecord {
    /// A provider's liquidity has changed its place.
    pub(super) fn moved(&mut self, books: &Books) {
        let Some(book) = books.crossing.as_ref().map(|crossing| &crossing.bridge.book) else { return };
        if book.delivered > self.seen {
            self.seen = book.delivered;
            self.delays.add(book.last_delay_seconds / SECONDS_PER_HOUR);
        }
    }

    /// The end of an observation interval.
    pub(super) fn observe(&mut self, scene: &Scene<'_>) {
        self.on_the_way_max_usd = self.on_the_way_max_usd.max(scene.world.books.providers.in_flight_usd);
        let Some(crossing) = &scene.world.books.crossing else { return };
        let gap = gap_bps(scene.world).abs();
        if gap.is_finite() {
            add(&mut self.gaps, gap);
        }
        add(&mut self.discounts, crossing.bridge.discount_share());
    }
}

fn add((sum, count, most): &mut (f64, f64, f64), value: f64) {
    *sum += value;
    *count += 1.0;
    *most = most.max(value);
}

/// By how much the price in the pools of the pair on the destination lies above that in those on the home chain, means by value, bps;
/// NaN where there is one chain only or one side is empty.
pub(super) fn gap_bps(world: &World) -> f64 {
    if world.books.crossing.is_none() {
        return f64::NAN;
    }
    let mean_price = |chain: Chain| {
        let (mut sum, mut weight) = (0.0, 0.0);
        let of_pair = world.books.venues.iter().filter(|venue| venue.terms.role.is_of_pair());
        for venue in of_pair.filter(|venue| venue.terms.chain == chain && venue.is_open()) {
            let value = world.books.venue_value_usd(venue);
            (sum, weight) = (sum + venue.pool.spot(Side::SellBase.direction()) * value, weight + value);
        }
        if weight > 0.0 { sum / weight } else { f64::NAN }
    };
    (mean_price(Chain::Destination) / mean_price(Chain::Home) - 1.0) * BPS
}

metrics! {
    of_messages: Bridge, DEFINITION, |closing, read: fn(&Crossing) -> f64| crossing(closing, read);
    MESSAGES_SENT: Count("messages"), Amount, "positions that were sent to the other chain, and back" =>
        |crossing| crossing.bridge.book.sent as f64;
    MESSAGES_DELIVERED: Count("messages"), Amount, "of them, delivered" =>
        |crossing| crossing.bridge.book.delivered as f64;
    MESSAGES_RETRIED: Count("messages"), Amount, "deliveries that failed and were tried again" =>
        |crossing| crossing.bridge.book.retries as f64;
    MESSAGE_DELAY_MEAN_HOURS: Hours, Amount,
        "time from sending to delivery, mean over delivered messages"
        [Exposure 36 "Delay of messages between chains"] => |crossing| {
        let BridgeBook { delay_seconds, delivered, .. } = crossing.bridge.book;
        ratio(delay_seconds / SECONDS_PER_HOUR, delivered as f64)
    };
}

/// A reading of what two chains have; one chain has none.
fn crossing(closing: &Closing<'_>, read: fn(&Crossing) -> f64) -> f64 {
    closing.world.books.crossing.as_ref().map_or(f64::NAN, |crossing| read(crossing))
}

metrics! {
    of_delays: Bridge, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    MESSAGE_DELAY_P95_HOURS: Hours, Amount,
        "time from sending to delivery that 95 % of delivered messages did not exceed, within 1.6 %; below half a minute it reads 0" =>
        |closing| closing.recorder.bridge.delays.quantile(0.95);
}

metrics! {
    of_flight: Providers, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    IN_FLIGHT_MAX_USD: Usd, Amount,
        "most that was on its way between pools at once: through a bridge at prices of the moment, by hand at opening value"
        [Exposure 35 "Most in flight at once"] or 0.0 => |closing| {
        let by_hand = closing.recorder.bridge.on_the_way_max_usd;
        closing.world.books.crossing.as_ref().map_or(by_hand, |crossing| crossing.bridge.book.in_flight_max_usd)
    };
}

metrics! {
    of_tokens: Bridge, DEFINITION, |closing, read: fn(&Crossing) -> f64| crossing(closing, read);
    RATE_LIMIT_WAITING_MAX_USD: Usd, Amount, "most value that waited for the rate limit of the bridge at once" =>
        |crossing| crossing.bridge.book.waiting_usd.1;
    BRIDGE_FEES_USD: Usd, Amount, "fees that the bridge kept" [Cost 6 "Fees of the bridge"] =>
        |crossing| crossing.bridge.book.fees_usd;
    BRIDGE_DISCOUNT_USD: Usd, Amount,
        "what the discount of wrapped tokens cost providers who went there, less what it gave to those who came back" =>
        |crossing| crossing.bridge.book.discount_usd;
    BRIDGE_STOLEN_USD: Usd, Amount, "taken from the bridge by theft" => |crossing| crossing.bridge.book.stolen_usd;
}

metrics! {
    of_gaps: Bridge, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    WRAPPED_DISCOUNT_MEAN: ShareOf("value"), Part,
        "discount of wrapped tokens, mean over observations" [Exposure 38 "Discount of wrapped tokens"] =>
        |closing| ratio(closing.recorder.bridge.discounts.0, closing.recorder.bridge.discounts.1);
    WRAPPED_DISCOUNT_MAX: ShareOf("value"), Part, "discount of wrapped tokens, largest at an observation" =>
        |closing| { if closing.world.books.crossing.is_some() { closing.recorder.bridge.discounts.2 } else { f64::NAN } };
    CHAIN_GAP_MEAN_BPS: Bps, Amount,
        "gap between the prices of the pair on the two chains, mean over observations"
        [Exposure 37 "Gap between the chains\u{2019} prices"] =>
        |closing| ratio(closing.recorder.bridge.gaps.0, closing.recorder.bridge.gaps.1);
}

metrics! {
    of_stock: Bridge, DEFINITION, |closing, read: fn(&Crossing) -> f64| crossing(closing, read);
    INVENTORY_EXHAUSTED_HOURS: Hours, Amount,
        "time during which arbitrageurs had none of a token left on the destination; no value where they hold as much as they need" =>
        |crossing| crossing.inventory.as_ref().map_or(f64::NAN, |inventory| inventory.exhausted_seconds / SECONDS_PER_HOUR);
}

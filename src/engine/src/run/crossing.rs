//! The second chain in a block: its clock and gas, what arrives through the bridge, and who reaches it.

use super::people::People;
use super::simulation::{Simulation, gas_token_usd};
use super::{Movement, Observer};
use crate::model::Plan;
use crate::world::{Holder, Message};
use portage_base::actions::{MoveEvent, Place};
use portage_chain::Chain;
use portage_market::PriceRow;
use portage_pools::Role;

impl Simulation<'_> {
    /// The destination's tokens are priced, and its clock moves on.
    #[cold]
    pub(super) fn enter_destination(&mut self, block: u64, rows: &[PriceRow], index: usize) {
        let elapsed = self.model.block_seconds();
        let seconds = block as f64 * elapsed;
        if let Some(crossing) = &mut self.world.books.crossing {
            crossing.destination.enter(seconds, seconds + elapsed);
            let token = crossing.destination.gas_token();
            self.world.books.prices_usd[token.index()] = gas_token_usd(token, rows, index);
        }
        self.world.books.price_destination();
        let prices = self.world.books.destination_prices();
        if let Some(stock) = self.world.books.crossing.as_mut().and_then(|crossing| crossing.stock.as_mut()) {
            stock.advance(seconds, elapsed, &prices);
        }
    }

    /// Top-of-block arbitrage where there are two chains: the destination's pools wait for a block of it.
    #[cold]
    pub(super) fn arbitrage_on_chains(&mut self) {
        let has_block = self.world.books.crossing.as_ref().is_some_and(|crossing| crossing.destination.has_block);
        match &mut self.searchers {
            Some(searchers) if has_block => searchers.arbitrage(&mut self.world.books),
            Some(searchers) => searchers.arbitrage_at_home(&mut self.world.books),
            None => {}
        }
    }

    /// Withdraws a provider's liquidity on the chain where it stands and sends it to the other one.
    pub(super) fn send_across(
        &mut self,
        people: &mut People,
        id: u32,
        venue: u8,
        block: u64,
        gas: (Chain, u64),
    ) -> MoveEvent {
        let holder = Holder::Class(self.world.books.providers.list[id as usize].class).index();
        let gas_usd = self.world.books.pay_gas_on(gas.0, holder, gas.1);
        self.world.books.withdraw(id, Place::InFlight(venue));
        self.world.books.send(id, venue);
        self.wake_for_messages(people, block);
        MoveEvent::Withdrawn { gas_usd }
    }

    /// Messages that have arrived are delivered and deposited, in the order of their arrival, as far as the blocks have room.
    pub(super) fn deliver_messages(&mut self, people: &mut People, block: u64, observer: &mut impl Observer) {
        let seconds = self.world.books.seconds;
        while let Some(message) =
            self.world.books.crossing.as_mut().and_then(|crossing| crossing.bridge.next_arrived(seconds))
        {
            if self.is_shut_to(message.provider) {
                let later = self.model.observe_blocks as f64 * self.model.block_seconds();
                if let Some(crossing) = &mut self.world.books.crossing {
                    crossing.bridge.put_off(seconds + later);
                }
                continue;
            }
            let units = self.world.books.gas_units_on(message.towards).deposit;
            if self.has_room(message.towards, units) {
                self.deposit_delivered(&message, units, observer);
            } else if let Some(crossing) = &mut self.world.books.crossing {
                crossing.bridge.put_off(seconds + self.model.block_seconds());
            }
        }
        self.wake_for_messages(people, block);
    }

    fn has_room(&self, chain: Chain, gas: u64) -> bool {
        let waits = chain == Chain::Destination
            && self.world.books.crossing.as_ref().is_some_and(|crossing| !crossing.destination.has_block);
        !waits && self.world.books.gas_on(chain).is_none_or(|state| state.room() >= gas)
    }

    fn deposit_delivered(&mut self, message: &Message, units: u64, observer: &mut impl Observer) {
        let id = message.provider;
        let provider = self.world.books.providers.list[id as usize];
        let cost_usd = message.cost_usd + self.world.books.deliver(message);
        let to = Place::Pool(message.to);
        let mut movement = Movement { provider: id, from: provider.place, to, gas_usd: 0.0, slippage_usd: cost_usd };
        // What the operator sends, it also pays for, and the new version takes it.
        let is_operated = self.model.plan.as_ref().is_some_and(Plan::is_operated);
        if is_operated || self.accepts(to) {
            self.world.books.take_room(message.towards, units);
            let payer = if is_operated { Holder::Treasury } else { Holder::Class(provider.class) };
            let holder = payer.index();
            let gas_usd = self.world.books.pay_gas_on(message.towards, holder, units);
            let (swap_gas_usd, slippage_usd) = self.world.books.deposit(id, usize::from(message.to), to, 0.0);
            movement.gas_usd = gas_usd + swap_gas_usd;
            movement.slippage_usd += slippage_usd;
            self.world.books.providers.moves += 1;
        } else {
            self.world.books.keep_outside(id, message.towards);
            movement.to = Place::Outside;
        }
        observer.moved(&movement, &self.world.books);
    }

    /// Lets the people look at messages that were sent outside their own phase.
    pub(super) fn wake_people_for_messages(&mut self) {
        let Some(mut people) = self.people.take() else { return };
        let block = (self.world.books.seconds / self.model.block_seconds()) as u64;
        self.wake_for_messages(&mut people, block);
        self.people_due = people.due();
        self.people = Some(people);
    }

    fn wake_for_messages(&self, people: &mut People, block: u64) {
        let due = self.world.books.crossing.as_ref().map_or(f64::INFINITY, |crossing| crossing.bridge.next_due());
        if due.is_finite() {
            people.wake_for_messages(due, block + 1);
        }
    }

    /// At an observation: the discount moves on, and traders' money follows the liquidity.
    pub(super) fn observe_crossing(&mut self, seconds: f64, elapsed: f64) {
        let Some(setup) = &self.model.crossing else { return };
        let (total, there) = (self.world.books.pair_value_usd(), self.world.books.value_of_usd(Role::New));
        let liquidity = if setup.plan.follows_liquidity && total > 0.0 { there / total } else { 0.0 };
        let away = setup.plan.orders_away_share + (1.0 - setup.plan.orders_away_share) * liquidity;
        if let Some(traders) = &mut self.traders {
            traders.reach_destination(seconds >= self.model.calendar.opens, away);
        }
        if let Some(crossing) = &mut self.world.books.crossing {
            crossing.bridge.advance(elapsed);
        }
        self.world.books.price_destination();
    }
}

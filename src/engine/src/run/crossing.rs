//! The second chain in a block: its clock and gas, what arrives through the bridge, and who reaches it.

use super::liquidity::Settling;
use super::people::People;
use super::state::Now;
use super::{Movement, Observer};
use crate::agents::{Searchers, Traders};
use crate::model::{Model, Plan};
use crate::world::{Books, Holder, Message};
use portage_base::actions::{MoveEvent, Place};
use portage_chain::Chain;
use portage_pools::Role;

impl People {
    /// Withdraws a provider's liquidity on the chain where it stands and sends it to the other one.
    pub(super) fn send_across(
        &mut self,
        on: &mut Settling<'_, impl Observer>,
        id: u32,
        venue: u8,
        block: u64,
        gas: (Chain, u64),
    ) -> MoveEvent {
        let holder = Holder::Class(on.books.providers.list[id as usize].class).index();
        let gas_usd = on.books.pay_gas(gas.0, holder, gas.1);
        on.books.withdraw(id, Place::InFlight(venue));
        on.books.send(id, venue);
        self.wake_for_messages(on.books, block);
        MoveEvent::Withdrawn { gas_usd }
    }

    /// Messages that have arrived are delivered and deposited, in the order of their arrival, as far as the blocks have room.
    pub(super) fn deliver_messages(&mut self, on: &mut Settling<'_, impl Observer>, block: u64) {
        let seconds = on.books.seconds;
        while let Some(message) = on.books.crossing.as_mut().and_then(|crossing| crossing.bridge.next_arrived(seconds))
        {
            if on.is_shut_to(message.provider) {
                let later = on.model.observe_blocks as f64 * on.model.block_seconds();
                if let Some(crossing) = &mut on.books.crossing {
                    crossing.bridge.put_off(seconds + later);
                }
                continue;
            }
            let units = on.books.chain(message.towards).units.deposit;
            if on.has_room(message.towards, units) {
                on.deposit_delivered(&message, units);
            } else if let Some(crossing) = &mut on.books.crossing {
                crossing.bridge.put_off(seconds + on.model.block_seconds());
            }
        }
        self.wake_for_messages(on.books, block);
    }
}

impl<O: Observer> Settling<'_, O> {
    fn has_room(&self, chain: Chain, gas: u64) -> bool {
        let chain = self.books.chain(chain);
        chain.has_block && chain.room() >= gas
    }

    fn deposit_delivered(&mut self, message: &Message, units: u64) {
        let id = message.provider;
        let provider = self.books.providers.list[id as usize];
        let cost_usd = message.cost_usd + self.books.deliver(message);
        let to = Place::Pool(message.to);
        let mut movement = Movement { provider: id, from: provider.place, to, gas_usd: 0.0, slippage_usd: cost_usd };
        // What the operator sends, it also pays for, and the new version takes it.
        let is_operated = self.model.plan.as_ref().is_some_and(Plan::is_operated);
        if is_operated || self.accepts(to) {
            self.books.chain_mut(message.towards).take_room(units);
            let payer = if is_operated { Holder::Treasury } else { Holder::Class(provider.class) };
            let holder = payer.index();
            let gas_usd = self.books.pay_gas(message.towards, holder, units);
            let (swap_gas_usd, slippage_usd) = self.books.deposit(id, usize::from(message.to), to, 0.0);
            movement.gas_usd = gas_usd + swap_gas_usd;
            movement.slippage_usd += slippage_usd;
            self.books.providers.moves += 1;
        } else {
            self.books.keep_outside(id, message.towards);
            movement.to = Place::Outside;
        }
        self.observer.moved(&movement, self.books);
    }
}

/// The destination's tokens are priced, and its clock moves on.
#[cold]
pub(super) fn enter_destination(model: &Model, books: &mut Books, now: &Now<'_>) {
    let elapsed = model.block_seconds();
    let seconds = now.block as f64 * elapsed;
    for chain in &mut books.chains[1..] {
        chain.enter(seconds, seconds + elapsed);
        books.prices_usd[chain.gas_token.index()] = now.price_usd(chain.gas_token);
    }
    books.price_destination();
    let prices = books.destination_prices();
    if let Some(inventory) = books.crossing.as_mut().and_then(|crossing| crossing.inventory.as_mut()) {
        inventory.advance(seconds, elapsed, &prices);
    }
}

/// Top-of-block arbitrage where there are two chains: the destination's pools wait for a block of it.
#[cold]
pub(super) fn arbitrage_on_chains(searchers: &mut Searchers, books: &mut Books) {
    if books.chain(Chain::Destination).has_block {
        searchers.arbitrage(books);
    } else {
        searchers.arbitrage_at_home(books);
    }
}

/// At an observation: the discount moves on, and traders' money follows the liquidity.
pub(super) fn observe_crossing(
    model: &Model,
    books: &mut Books,
    traders: Option<&mut Traders>,
    (seconds, elapsed): (f64, f64),
) {
    let Some(setup) = &model.crossing else { return };
    let (total, there) = (books.pair_value_usd(), books.value_of_usd(Role::New));
    let liquidity = if setup.plan.follows_liquidity && total > 0.0 { there / total } else { 0.0 };
    let away = setup.plan.orders_away_share + (1.0 - setup.plan.orders_away_share) * liquidity;
    if let Some(traders) = traders {
        traders.reach_destination(seconds >= model.calendar.opens, away);
    }
    if let Some(crossing) = &mut books.crossing {
        crossing.bridge.advance(elapsed);
    }
    books.price_destination();
}

//! The bridge of a migration to another chain: what is in flight, what is locked, and what a wrapped token is worth.

use super::holders::HOLDERS;
use super::inventory::TokenInventory;
use super::venue::Coins;
use portage_base::ledger::{Account, Token};
use portage_base::random::Stream;
use portage_chain::Chain;
use portage_migration::{BridgeForm, CrossChain, Delay, Discount, Lane};
use portage_pools::{Amounts, COINS_MAX};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write;

/// A provider's tokens on their way from one chain to the other; the amounts are what the provider carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Message {
    /// When something happens to it next, seconds.
    pub due: f64,
    /// Whose it is.
    pub provider: u32,
    /// The pool that it shall be deposited in.
    pub to: u8,
    /// The chain that it was sent to.
    pub towards: Chain,
    /// When it was sent, seconds.
    pub sent: f64,
    /// What it was worth then, USD.
    pub value_usd: f64,
    /// What sending it cost besides gas, USD.
    pub cost_usd: f64,
    /// How far it is.
    pub stage: Stage,
    order: u64,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On its way: to finality, through the route, and through further attempts.
    Travelling,
    /// Arrived, and waiting for the rate limit.
    Queued,
    /// Past the limit: it waits for a block at most.
    Passed,
}

impl Eq for Message {}

impl PartialOrd for Message {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Message {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.due.total_cmp(&other.due).then(self.order.cmp(&other.order))
    }
}

/// What the bridge did over the run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BridgeBook {
    /// Messages sent.
    pub sent: u64,
    /// Messages delivered.
    pub delivered: u64,
    /// What they were worth when they were sent, USD.
    pub delivered_usd: f64,
    /// Deliveries that failed and were tried again.
    pub retries: u64,
    /// Sum of the delays of delivered messages, seconds.
    pub delay_seconds: f64,
    /// Delay of the message that was delivered last, seconds.
    pub last_delay_seconds: f64,
    /// Fees that it kept, USD.
    pub fees_usd: f64,
    /// What wrapping cost providers less what unwrapping brought them, by the discount, USD.
    pub discount_usd: f64,
    /// Value that waits for the rate limit now, and the most that ever did, USD.
    pub waiting_usd: (f64, f64),
    /// Most that was in flight at once, at prices of the moment, USD.
    pub in_flight_max_usd: f64,
    /// Taken from it by theft, USD.
    pub stolen_usd: f64,
}

/// Accounts of the bridge.
#[derive(Debug, Clone, Copy)]
pub struct BridgeAccounts {
    /// What is in flight.
    pub in_flight: Account,
    /// What was locked, and, as a debt, the wrapped tokens that were minted against it.
    pub vault: Account,
    /// Fees.
    pub fees: Account,
}

/// The bridge of one run.
#[derive(Debug)]
pub struct Bridge {
    /// Its accounts.
    pub accounts: BridgeAccounts,
    /// What arrives of what was sent.
    pub form: BridgeForm,
    /// What it did.
    pub book: BridgeBook,
    /// By the chain that is sent from.
    pub(super) lanes: [Lane; 2],
    /// Tokens of the migrated pools on the home chain and on the destination, by coin.
    pub(super) coins: Vec<(Token, Token)>,
    /// Home tokens that back one wrapped token.
    pub(super) backing: f64,
    discount: Option<Discount>,
    queue: BinaryHeap<Reverse<Message>>,
    sent_by: Vec<u32>,
    /// What is in flight, by holder, home tokens by coin; and prices at the last mark.
    pub(super) in_flight: [Amounts; HOLDERS],
    pub(super) marks_usd: Amounts,
    address: (u64, u64),
    orders: u64,
}

impl Bridge {
    /// Opens the bridge of a run of `horizon` seconds for at most `providers` providers.
    #[must_use]
    pub fn open(
        plan: &CrossChain,
        coins: Vec<(Token, Token)>,
        accounts: BridgeAccounts,
        address: (u64, u64),
        room: (f64, usize),
    ) -> Self {
        let (horizon, providers) = room;
        let back = plan.route_back.as_ref().unwrap_or(&plan.route);
        Self {
            accounts,
            form: plan.form,
            book: BridgeBook::default(),
            lanes: [
                Lane::open(&plan.route, address, "bridge/stalls/home", horizon),
                Lane::open(back, address, "bridge/stalls/destination", horizon),
            ],
            coins,
            backing: 1.0,
            discount: plan.wrapped_discount.map(|law| Discount::open(law, address.0, address.1)),
            queue: BinaryHeap::with_capacity(providers),
            sent_by: vec![0; providers],
            in_flight: [[0.0; COINS_MAX]; HOLDERS],
            marks_usd: [0.0; COINS_MAX],
            address,
            orders: 0,
        }
    }

    /// Value of a wrapped token relative to what it stands for: what backs it, less the discount.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.backing * (1.0 - self.discount_share())
    }

    /// The discount at which wrapped tokens trade, share of what backs them.
    #[must_use]
    pub fn discount_share(&self) -> f64 {
        self.discount.as_ref().map_or(0.0, Discount::share)
    }

    /// Lets the discount move by `elapsed` seconds.
    pub(crate) fn advance(&mut self, elapsed: f64) {
        if let Some(discount) = self.discount.as_mut().filter(|_| elapsed > 0.0) {
            discount.advance(elapsed);
        }
    }

    /// Messages under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.queue.len()
    }

    /// The messages under way, in no order.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.queue.iter().map(|Reverse(message)| message)
    }

    /// What is in flight at `prices_usd` by token, USD.
    #[must_use]
    pub fn in_flight_usd(&self, prices_usd: &[f64]) -> f64 {
        let value = |amounts: &Amounts| -> f64 {
            self.coins.iter().zip(amounts).map(|((home, _), amount)| amount * prices_usd[home.index()]).sum()
        };
        self.in_flight.iter().map(value).sum()
    }

    /// Expected time from sending at `seconds` to delivery.
    #[must_use]
    pub(crate) fn expected_delay(&self, from: Chain, seconds: f64) -> Delay {
        self.lanes[from as usize].expected_delay(seconds)
    }

    /// Gas of sending, on the chain that is sent from.
    #[must_use]
    pub const fn send_gas(&self, from: Chain) -> u64 {
        self.lanes[from as usize].send_gas
    }

    /// Share of what is sent that is lost by it: the fee, and the discount of what arrives there; less what the discount gives back.
    #[must_use]
    pub(crate) fn cost_share(&self, from: Chain) -> f64 {
        let fee = self.lanes[from as usize].fee;
        match (self.form, from) {
            (BridgeForm::BurnMint, _) => fee,
            (BridgeForm::LockMint, Chain::Home) => 1.0 - (1.0 - fee) * (1.0 - self.discount_share()),
            (BridgeForm::LockMint, Chain::Destination) => 1.0 - (1.0 - fee) / (1.0 - self.discount_share()),
        }
    }

    /// Takes a message on its way. Every message of a provider has a stream of its own, so that nobody's decision moves what
    /// happens to another's.
    pub(super) fn dispatch(&mut self, provider: u32, to: u8, towards: Chain, sent: f64, worth: (f64, f64)) {
        let number = &mut self.sent_by[provider as usize];
        *number += 1;
        let mut name = StackName::default();
        // What does not fit is cut off: a name has room for the longest numbers.
        let _fits = write!(name, "bridge/message/{provider}/{number}");
        let mut stream = Stream::open(self.address.0, self.address.1, name.text());
        let (due, failures) = self.lanes[towards.other() as usize].arrival(sent, &mut stream);
        self.book.sent += 1;
        self.book.retries += u64::from(failures);
        self.orders += 1;
        let (value_usd, cost_usd) = worth;
        let (stage, order) = (Stage::Travelling, self.orders);
        self.queue.push(Reverse(Message { due, provider, to, towards, sent, value_usd, cost_usd, stage, order }));
    }

    /// One message of the operator's, sent at `seconds`, that carries `value_usd`: when it has arrived and passed the rate limit.
    pub(super) fn operated_arrival(&mut self, seconds: f64, value_usd: f64) -> f64 {
        let mut stream = Stream::open(self.address.0, self.address.1, "bridge/message/operator");
        let lane = &mut self.lanes[Chain::Home as usize];
        let (due, failures) = lane.arrival(seconds, &mut stream);
        let released = lane.release(value_usd, due);
        self.book.sent += 1;
        self.book.delivered += 1;
        self.book.retries += u64::from(failures);
        self.book.last_delay_seconds = released - seconds;
        self.book.delay_seconds += released - seconds;
        self.book.in_flight_max_usd = self.book.in_flight_max_usd.max(value_usd);
        released
    }

    /// When something happens next, seconds; infinite while nothing is under way.
    #[must_use]
    pub(crate) fn next_due(&self) -> f64 {
        self.queue.peek().map_or(f64::INFINITY, |Reverse(message)| message.due)
    }

    /// The next message that has arrived by `seconds` and passed the rate limit; it stays under way until it is delivered or put off.
    pub(crate) fn next_arrived(&mut self, seconds: f64) -> Option<Message> {
        loop {
            let mut first = self.queue.peek_mut().filter(|first| first.0.due <= seconds)?;
            let message = &mut first.0;
            let (now, most) = &mut self.book.waiting_usd;
            match message.stage {
                Stage::Passed => return Some(*message),
                Stage::Queued => {
                    *now -= message.value_usd;
                    message.stage = Stage::Passed;
                }
                Stage::Travelling => {
                    let lane = &mut self.lanes[message.towards.other() as usize];
                    let released = lane.release(message.value_usd, message.due);
                    message.stage = Stage::Passed;
                    if released > message.due {
                        (message.stage, message.due) = (Stage::Queued, released);
                        *now += message.value_usd;
                        *most = most.max(*now);
                    }
                }
            }
        }
    }

    /// Puts the first message off until `due`: its block has no room for it.
    pub(crate) fn put_off(&mut self, due: f64) {
        if let Some(mut first) = self.queue.peek_mut() {
            first.0.due = due;
        }
    }

    /// Takes the first message from the queue: it is delivered at `seconds`.
    pub(super) fn take(&mut self, seconds: f64) {
        let Some(Reverse(message)) = self.queue.pop() else { return };
        self.book.delivered += 1;
        self.book.delivered_usd += message.value_usd;
        self.book.last_delay_seconds = seconds - message.sent;
        self.book.delay_seconds += self.book.last_delay_seconds;
    }

    /// The bridge has been robbed: the market shrinks from its tokens.
    pub(super) const fn withdraw_from_risk(&mut self) {
        if let Some(discount) = &mut self.discount {
            discount.jump();
        }
    }
}

/// A name that is put together without an allocation.
#[derive(Debug)]
struct StackName {
    bytes: [u8; 48],
    len: usize,
}

impl Default for StackName {
    fn default() -> Self {
        Self { bytes: [0; 48], len: 0 }
    }
}

impl StackName {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl Write for StackName {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// What a migration to another chain adds to a run.
#[derive(Debug)]
pub struct Crossing {
    /// The way there.
    pub bridge: Bridge,
    /// What arbitrageurs hold there, where that is limited.
    pub inventory: Option<TokenInventory>,
    /// Tokens of the pools there, by coin.
    pub coins: Coins,
}

//! Uniswap V2: what Portage's constant product makes of the contract's calls.

use super::agreement::{Agreement, Rounding};
use super::trace::{Units, V2Call, V2Trace};
use portage::pools::{COINS_MAX, ConstantProductPool, Direction};

/// Comparisons by kind, of a live recording and of the kept one.
pub const LIVE: [(&str, usize); 6] =
    [("burn", 754), ("exact in", 1627), ("exact out", 1625), ("mint", 308), ("protocol", 118), ("reserves", 8000)];
pub const KEPT: [(&str, usize); 6] =
    [("burn", 146), ("exact in", 325), ("exact out", 302), ("mint", 89), ("protocol", 20), ("reserves", 1600)];

/// The fee of the contract.
const FEE: f64 = 0.003;
/// Shares that the first mint locks for ever, whole tokens.
const LOCKED: f64 = 1e3 * 1e-18;
/// Portage's side of a pair: the pool, and what the contract keeps about shares.
struct Mirror {
    pool: ConstantProductPool,
    supply: f64,
    protocol: f64,
    protocol_on: bool,
    /// sqrt(k) after the last mint or burn with the switch on; 0 when there was none.
    liquidity_last: f64,
    steps: u32,
}

/// Makes the calls of `trace` on Portage's pool and compares each answer.
pub fn compare(trace: &V2Trace, agreement: &mut Agreement) {
    let pool = ConstantProductPool::new(FEE).unwrap();
    let mut mirror = Mirror { pool, supply: 0.0, protocol: 0.0, protocol_on: false, liquidity_last: 0.0, steps: 0 };
    for call in &trace.calls {
        mirror.steps += 1;
        mirror.follow(call, agreement);
    }
}

impl Mirror {
    fn follow(&mut self, call: &V2Call, agreement: &mut Agreement) {
        match call {
            V2Call::Switch(on) => self.protocol_on = *on,
            V2Call::Reserves(reserves) => {
                let balances = self.pool.balances();
                for (ours, theirs) in balances.into_iter().zip(reserves) {
                    agreement.amount("reserves", ours, theirs.tokens(), Rounding::of(self.steps));
                }
            }
            V2Call::ExactIn(pay, amount_in, amount_out) => {
                let direction = Direction { coin_in: *pay, coin_out: 1 - pay };
                let swap = self.pool.swap_exact_in(direction, amount_in.tokens()).unwrap();
                agreement.amount("exact in", swap.amount_out, amount_out.tokens(), Rounding::of(1));
                self.pool.fill(direction, &swap, 0.0);
            }
            V2Call::ExactOut(pay, amount_in, amount_out) => {
                let direction = Direction { coin_in: *pay, coin_out: 1 - pay };
                let swap = self.pool.swap_exact_out(direction, amount_out.tokens()).unwrap();
                agreement.amount("exact out", swap.amount_in, amount_in.tokens(), Rounding::of(1));
                self.pool.fill(direction, &swap, 0.0);
            }
            V2Call::Mint { paid, shares, protocol } => {
                self.pay_protocol(protocol, agreement);
                let mut amounts = [0.0; COINS_MAX];
                (amounts[0], amounts[1]) = (paid[0].tokens(), paid[1].tokens());
                let growth = self.pool.deposit(&amounts).unwrap().growth;
                let ours = if self.supply > 0.0 { growth * self.supply } else { growth };
                let locked = if self.supply > 0.0 { 0.0 } else { LOCKED };
                agreement.amount("mint", ours, shares.tokens() + locked, Rounding::of(self.steps));
                self.pool.put(&amounts);
                self.supply += shares.tokens() + locked;
                self.note_liquidity();
            }
            V2Call::Burn { shares, freed, protocol } => {
                self.pay_protocol(protocol, agreement);
                let part = shares.tokens() / self.supply;
                let amounts = self.pool.balances().map(|balance| balance * part);
                agreement.amount("burn", amounts[0], freed[0].tokens(), Rounding::of(self.steps));
                agreement.amount("burn", amounts[1], freed[1].tokens(), Rounding::of(self.steps));
                self.pool.take(&amounts);
                self.supply -= shares.tokens();
                self.note_liquidity();
            }
        }
    }

    /// The protocol's shares, one sixth of the growth of sqrt(k).
    ///
    /// Law: S (l - l') / (5 l + l'). Source: Uniswap v2 core whitepaper, section 2.4.
    fn pay_protocol(&mut self, protocol: &Units, agreement: &mut Agreement) {
        let (now, last) = (self.pool.liquidity(), self.liquidity_last);
        if self.protocol_on && last > 0.0 {
            let got = self.supply * (now - last).max(0.0) / (5.0 * now + last);
            let theirs = protocol.tokens() - self.protocol;
            let rounding = Rounding::of(self.steps).within(self.supply, f64::EPSILON * f64::from(self.steps));
            agreement.amount("protocol", got, theirs, rounding);
        }
        self.supply += protocol.tokens() - self.protocol;
        self.protocol = protocol.tokens();
    }

    fn note_liquidity(&mut self) {
        self.liquidity_last = if self.protocol_on { self.pool.liquidity() } else { 0.0 };
    }
}

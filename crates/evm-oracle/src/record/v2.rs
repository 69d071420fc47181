//! Random calls of a V2 pair.

use super::{Draws, both, units};
use crate::trace::{V2Call, V2Trace};
use crate::{Artifacts, Evm, U256, V2Pair};

/// Smallest amount that is swapped, base units.
const AMOUNT_MIN: f64 = 1e6;

/// Makes `calls` random calls of a new pair. Every second pair has the protocol's share switched on at times.
pub fn record(artifacts: &Artifacts, run: u64, calls: usize) -> V2Trace {
    let mut random = Draws::open(run);
    let mut evm = Evm::new(artifacts);
    let pair = V2Pair::create(&mut evm);
    let scale = libm::pow(10.0, 18.0 + 9.0 * random.uniform());
    let mut recorder = Recorder { evm, pair, random, calls: Vec::new() };
    let ratio = libm::pow(10.0, 4.0 * recorder.random.uniform() - 2.0);
    recorder.mint([scale, scale * ratio]);
    for _ in 0..calls {
        recorder.step(run % 2 == 1);
    }
    V2Trace { calls: recorder.calls }
}

struct Recorder {
    evm: Evm,
    pair: V2Pair,
    random: Draws,
    calls: Vec<V2Call>,
}

impl Recorder {
    fn step(&mut self, protocol: bool) {
        let reserves = self.pair.reserves(&mut self.evm);
        self.calls.push(V2Call::Reserves(both(reserves)));
        let held = reserves.map(f64::from);
        let pay = usize::from(self.random.uniform() < 0.5);
        match self.random.uniform() {
            draw if draw < 0.40 => self.exact_in(pay, held[pay]),
            draw if draw < 0.80 => self.exact_out(pay, held[1 - pay]),
            draw if draw < 0.88 => {
                // In the pair's ratio but for a random excess on one side, which becomes a gift.
                let part = self.random.log_uniform(1e-6, 1.0);
                let excess = if self.random.uniform() < 0.5 { 1.0 } else { 1.0 + 0.1 * self.random.uniform() };
                self.mint([held[0] * part, held[1] * part * excess]);
            }
            draw if draw < 0.96 || !protocol => self.burn(),
            _ => {
                let on = self.random.uniform() < 0.7;
                self.pair.switch_fee(&mut self.evm, on);
                self.calls.push(V2Call::Switch(on));
            }
        }
    }

    fn exact_in(&mut self, pay: usize, held: f64) {
        let amount_in = U256::from(self.random.log_uniform(AMOUNT_MIN, held * 3.0));
        let reserves = self.pair.reserves(&mut self.evm);
        let least = reserves[pay] / reserves[1 - pay] * U256::from(2) + U256::from(2);
        let amount_in = amount_in.max(least); // it must buy one unit at least
        let amount_out = self.pair.swap_exact_in(&mut self.evm, pay, amount_in);
        self.calls.push(V2Call::ExactIn(pay, units(amount_in), units(amount_out)));
    }

    fn exact_out(&mut self, pay: usize, held: f64) {
        let amount_out = U256::from(self.random.log_uniform(AMOUNT_MIN, held * 0.9));
        let amount_in = self.pair.swap_exact_out(&mut self.evm, pay, amount_out);
        self.calls.push(V2Call::ExactOut(pay, units(amount_in), units(amount_out)));
    }

    fn mint(&mut self, amounts: [f64; 2]) {
        let paid = amounts.map(U256::from);
        let shares = self.pair.mint(&mut self.evm, paid).expect("a pair takes both tokens");
        let protocol = units(self.pair.protocol_shares(&mut self.evm));
        self.calls.push(V2Call::Mint { paid: both(paid), shares: units(shares), protocol });
    }

    fn burn(&mut self) {
        let own = self.pair.supply(&mut self.evm) - self.pair.protocol_shares(&mut self.evm);
        let shares = U256::from(f64::from(own) * self.random.log_uniform(1e-6, 0.9));
        let freed = self.pair.burn(&mut self.evm, shares).expect("its owner holds the shares");
        let protocol = units(self.pair.protocol_shares(&mut self.evm));
        self.calls.push(V2Call::Burn { shares: units(shares), freed: both(freed), protocol });
    }
}

//! The chain of the new version: its own clock, gas and rush.

use portage_base::ledger::Token;
use portage_chain::{GasChunk, GasMarket, GasState, GasUnits};
use portage_market::CHUNK;

/// The chain of the new version as the runs need it.
#[derive(Debug, Clone)]
pub struct DestinationTerms {
    /// Its gas market, on blocks that are at least as long as a simulated one.
    pub market: GasMarket,
    /// Seconds of one of its blocks.
    pub block_seconds: f64,
    /// The token in which gas is paid there.
    pub gas_token: Token,
    /// Gas price at the opening, gwei.
    pub opening_gwei: f64,
    /// Blocks of its gas market in a run.
    pub blocks: u64,
}

/// The chain of the new version in one run.
#[derive(Debug)]
pub struct DestinationChain {
    terms: DestinationTerms,
    gas: GasState,
    drawn: GasChunk,
    /// Which of the drawn blocks comes next, how many were drawn at once, and how many are left to draw.
    next: usize,
    ahead: usize,
    left: u64,
    /// Whether a block of it falls into the present simulated block.
    pub has_block: bool,
    /// Gas that migration transactions used in its present block.
    pub rush_gas: u64,
}

impl DestinationChain {
    /// Opens it.
    #[must_use]
    pub fn open(terms: &DestinationTerms, seed: u64, run: u64) -> Self {
        Self {
            gas: terms.market.open_as("gas/destination", seed, run),
            terms: terms.clone(),
            drawn: GasChunk::default(),
            next: 0,
            ahead: 0,
            left: terms.blocks,
            has_block: false,
            rush_gas: 0,
        }
    }

    /// Enters the simulated block from `seconds` to `until`; blocks of the destination fall on multiples of their time.
    pub fn enter(&mut self, seconds: f64, until: f64) {
        let blocks_before = |at: f64| libm::ceil(at / self.terms.block_seconds);
        self.has_block = blocks_before(until) > blocks_before(seconds);
        if !self.has_block {
            return;
        }
        if self.next == self.ahead {
            self.ahead = (CHUNK as u64).min(self.left.max(1)) as usize;
            self.left = self.left.saturating_sub(self.ahead as u64);
            self.gas.fill(&self.terms.market, self.ahead, &mut self.drawn);
            self.next = 0;
        }
        self.gas.enter(&self.terms.market, &self.drawn, self.next);
    }

    /// Leaves the simulated block: the gas price follows what was used.
    pub fn leave(&mut self) {
        if self.has_block {
            self.gas.leave(&self.terms.market, &self.drawn, self.next, std::mem::take(&mut self.rush_gas));
            self.next += 1;
        }
    }

    /// Gas price and room.
    #[inline]
    #[must_use]
    pub const fn gas(&self) -> &GasState {
        &self.gas
    }

    /// Takes `gas` of the room of the present block.
    pub fn take(&mut self, gas: u64) {
        self.gas.take(gas);
        self.rush_gas += gas;
    }

    /// Gas units by action.
    #[must_use]
    pub const fn units(&self) -> &GasUnits {
        &self.terms.market.units
    }

    /// The token in which gas is paid.
    #[must_use]
    pub const fn gas_token(&self) -> Token {
        self.terms.gas_token
    }
}

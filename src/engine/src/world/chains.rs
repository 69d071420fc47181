//! The chains of a run: each with its gas market, its units of gas and, away from home, blocks of its own.

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

/// One chain in one run.
#[derive(Debug)]
pub struct ChainState {
    /// Gas price and room, where the chain has a gas market.
    pub gas: Option<GasState>,
    /// Gas units by action.
    pub units: GasUnits,
    /// The token in which gas is paid.
    pub gas_token: Token,
    /// Whether a block of it falls into the present simulated block.
    pub(crate) has_block: bool,
    /// Gas that migration transactions used in its present block.
    pub(crate) rush_gas: u64,
    /// Its blocks, where they are not the simulated ones.
    own: Option<Box<OwnBlocks>>,
}

/// Blocks that fall on multiples of a time of their own.
#[derive(Debug)]
struct OwnBlocks {
    market: GasMarket,
    block_seconds: f64,
    drawn: GasChunk,
    /// Which of the drawn blocks comes next, how many were drawn at once, and how many are left to draw.
    next: usize,
    ahead: usize,
    left: u64,
}

impl ChainState {
    /// The chain whose blocks are the simulated ones.
    #[must_use]
    pub const fn home(gas: Option<GasState>, units: GasUnits, gas_token: Token) -> Self {
        Self { gas, units, gas_token, has_block: true, rush_gas: 0, own: None }
    }

    /// The chain of the new version, on blocks of its own.
    #[must_use]
    pub fn destination(terms: &DestinationTerms, seed: u64, run: u64) -> Self {
        let own = OwnBlocks {
            market: terms.market.clone(),
            block_seconds: terms.block_seconds,
            drawn: GasChunk::default(),
            next: 0,
            ahead: 0,
            left: terms.blocks,
        };
        Self {
            gas: Some(terms.market.open_as("gas/destination", seed, run)),
            units: terms.market.units.clone(),
            gas_token: terms.gas_token,
            has_block: false,
            rush_gas: 0,
            own: Some(Box::new(own)),
        }
    }

    /// Enters the simulated block from `seconds` to `until`, of a chain that has blocks of its own.
    pub fn enter(&mut self, seconds: f64, until: f64) {
        let (Some(own), Some(gas)) = (&mut self.own, &mut self.gas) else { return };
        let blocks_before = |at: f64| libm::ceil(at / own.block_seconds);
        self.has_block = blocks_before(until) > blocks_before(seconds);
        if !self.has_block {
            return;
        }
        if own.next == own.ahead {
            own.ahead = (CHUNK as u64).min(own.left.max(1)) as usize;
            own.left = own.left.saturating_sub(own.ahead as u64);
            gas.fill(&own.market, own.ahead, &mut own.drawn);
            own.next = 0;
        }
        gas.enter(&own.market, &own.drawn, own.next);
    }

    /// Leaves the simulated block, of a chain that has blocks of its own: the gas price follows what was used.
    pub fn leave(&mut self) {
        if let (Some(own), Some(gas), true) = (&mut self.own, &mut self.gas, self.has_block) {
            gas.leave(&own.market, &own.drawn, own.next, std::mem::take(&mut self.rush_gas));
            own.next += 1;
        }
    }

    /// Gas price of the present block, gwei; 0 without a gas market.
    #[inline]
    #[must_use]
    pub fn price_gwei(&self) -> f64 {
        self.gas.as_ref().map_or(0.0, GasState::price_gwei)
    }

    /// Room for migration transactions in the present block, gas; no limit without a gas market.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.gas.as_ref().map_or(u64::MAX, GasState::room)
    }

    /// Takes `gas` of the room for migration transactions in the present block.
    pub(crate) fn take_room(&mut self, gas: u64) {
        if let Some(state) = &mut self.gas {
            state.take(gas);
            self.rush_gas += gas;
        }
    }
}

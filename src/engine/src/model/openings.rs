//! What a run opens beside its pools: oracles, positions, exchanges, vaults, the network.

use super::Model;
use crate::world::{Books, InstrumentTerms, Readings};

impl Model {
    /// The oracles of a run, once its pools stand.
    pub(super) fn readings(&self, books: &Books) -> Readings {
        let mut readings = Readings::default();
        for terms in &self.oracles {
            readings.add(books, terms.asset, (&terms.source, terms.switch.as_ref()), terms.exploitable);
        }
        readings
    }

    /// What the scenario says of the instruments that open once the pools are full.
    pub(super) fn instruments(&self, address: (u64, u64)) -> InstrumentTerms<'_> {
        InstrumentTerms {
            address,
            positions: self.plan.as_ref().and_then(|plan| plan.spec.positions.as_ref()),
            perps: self.perps.as_ref(),
            vaults: &self.vaults,
            network: self.network.as_ref(),
        }
    }

    /// What nodes of the network hold of a pool's liquidity at the opening, USD; 0 without a network.
    pub(super) fn network_liquidity_usd(&self, venue: usize) -> f64 {
        let nodes = self.network.iter().flat_map(|network| &network.nodes);
        nodes.flat_map(|node| &node.liquidity).filter(|held| held.0 == venue).map(|held| held.1).sum()
    }

    /// Puts the liquidity of the network's nodes into the pools.
    pub(super) fn endow_network(&self, books: &mut Books) {
        for index in 0..self.venues.len() {
            let usd = self.network_liquidity_usd(index);
            if usd > 0.0 {
                books.endow_liquidity(index, usd);
            }
        }
    }
}

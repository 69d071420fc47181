//! What a run opens beside its pools: oracles, positions, exchanges, vaults, the network.

use super::Model;
use crate::world::{Network, Perps, PositionAccounts, Positions, Readings, Vaults, World};

impl Model {
    /// Opens the oracles of a run, once its pools stand.
    pub(super) fn open_oracles(&self, world: &mut World) {
        if self.oracles.is_empty() {
            return;
        }
        let mut readings = Readings::default();
        for terms in &self.oracles {
            readings.add(world, terms.asset, (&terms.source, terms.switch.as_ref()), terms.prey);
        }
        world.readings = Some(Box::new(readings));
    }

    /// Draws the margined positions of a run, where the scenario has any.
    pub(super) fn open_positions(&self, world: &mut World, seed: u64, run: u64) {
        let Some(spec) = self.plan.as_ref().and_then(|plan| plan.spec.positions.as_ref()) else { return };
        let ledger = &mut world.ledger;
        let accounts = PositionAccounts {
            market: world.accounts.market,
            margin: ledger.open_account(),
            backstop: ledger.open_account(),
            token: self.pairs[0].1,
        };
        let pair = world.pairs[0];
        let positions = Positions::open(spec, (pair.price, pair.base_usd), (seed, run), accounts, ledger);
        world.positions = Some(Box::new(positions));
    }

    /// Opens the perpetual exchanges of a run, where the scenario has any.
    pub(super) fn open_perps(&self, world: &mut World, seed: u64, run: u64) {
        let Some(terms) = &self.perps else { return };
        let asset = |market: usize| terms.assets[market];
        let index = terms.exchanges.iter().flat_map(|exchange| {
            let markets = exchange.markets.iter().enumerate();
            markets.map(|(place, market)| world.index_usd(asset(place), market.and_then(|market| market.oracle)))
        });
        let index: Vec<f64> = index.collect();
        let perps = Perps::open(terms, index, (seed, run), world.accounts.market, &mut world.ledger);
        world.perps = Some(Box::new(perps));
    }

    /// Opens the vaults of a run, where the scenario has any.
    pub(super) fn open_vaults(&self, world: &mut World) {
        if !self.vaults.is_empty() {
            world.vaults = Some(Box::new(Vaults::open(&self.vaults, world)));
        }
    }

    /// What nodes of the network hold of a pool's liquidity at the opening, USD; 0 without a network.
    pub(super) fn network_liquidity_usd(&self, venue: usize) -> f64 {
        let nodes = self.network.iter().flat_map(|network| &network.nodes);
        nodes.flat_map(|node| &node.liquidity).filter(|held| held.0 == venue).map(|held| held.1).sum()
    }

    /// Puts the liquidity of the network's nodes into the pools.
    pub(super) fn endow_network(&self, world: &mut World) {
        for index in 0..self.venues.len() {
            let usd = self.network_liquidity_usd(index);
            if usd > 0.0 {
                world.endow_network(index, usd);
            }
        }
    }

    /// Opens the network, where the scenario has one.
    pub(super) fn open_network(&self, world: &mut World) {
        if let Some(terms) = &self.network {
            world.network = Some(Box::new(Network::open(terms.clone(), world)));
        }
    }
}

//! The dictionary: every metric of a run, in the order of columns.

use super::metric::{Family, Id, Metric};
use super::{
    arbitrage, bridge, holders, lending, lending_moves, liquidity, market, network, observed, oracles, orders, perps,
    plan_record, pools, positions, programmes, stakeholders, vaults,
};
use portage_engine::model::Model;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Every metric, in the order of columns.
#[must_use]
pub fn dictionary() -> &'static [Metric] {
    static DICTIONARY: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut metrics = of_move();
        metrics.extend(of_instruments());
        metrics.extend(of_trade());
        metrics.extend(programmes::of_payments());
        metrics.extend(programmes::of_classes());
        metrics.extend(programmes::of_receivers());
        metrics.extend(programmes::of_markets());
        metrics.extend(programmes::of_effect());
        metrics.extend(programmes::of_dates());
        metrics.extend(holders::statements());
        metrics.extend(holders::of_impermanent_loss());
        metrics.extend(observed::of_values());
        metrics.extend(market::of_audit());
        metrics
    });
    &DICTIONARY
}

/// The market and the move.
fn of_move() -> Vec<Metric> {
    let tables = [
        market::of_market(),
        liquidity::of_migration(),
        liquidity::of_timing(),
        liquidity::of_rivals(),
        liquidity::of_conversion(),
        liquidity::of_fragmentation(),
        plan_record::of_book(),
        plan_record::of_completion(),
    ];
    tables.into_iter().flatten().collect()
}

/// What stands on the books: positions, exchanges, vaults, the bridge, oracles, the network, lending markets.
fn of_instruments() -> Vec<Metric> {
    let tables =
        [positions::of_state(), positions::of_harm(), perps::of_state(), perps::of_harm(), vaults::of_vaults()];
    let mut metrics: Vec<Metric> = tables.into_iter().flatten().collect();
    metrics.extend(stakeholders::of_derivatives());
    metrics.extend(bridge::of_messages());
    metrics.extend(bridge::of_delays());
    metrics.extend(bridge::of_flight());
    metrics.extend(bridge::of_tokens());
    metrics.extend(bridge::of_gaps());
    metrics.extend(bridge::of_stock());
    metrics.extend(oracles::of_attacks());
    metrics.extend(oracles::of_oracles());
    metrics.extend(network::of_now());
    metrics.extend(network::of_weakest_day());
    metrics.extend(lending::of_books());
    metrics.extend(lending::of_spirals());
    metrics.extend(stakeholders::of_lending());
    metrics.extend(lending_moves::of_tally());
    metrics.extend(lending_moves::of_stand());
    metrics
}

/// Orders, arbitrage and the pools.
fn of_trade() -> Vec<Metric> {
    let mut metrics = orders::of_volume();
    metrics.extend(orders::of_cost());
    metrics.extend(orders::of_sums());
    metrics.extend(orders::by_routing());
    metrics.extend(orders::by_class());
    metrics.extend(arbitrage::of_searchers());
    metrics.extend(arbitrage::of_pools());
    metrics.extend(pools::of_each());
    metrics
}

impl Metric {
    /// The metrics that runs of `model` have, in the order of the dictionary.
    pub fn of_model(model: &Model) -> impl Iterator<Item = &'static Self> {
        dictionary().iter().filter(|metric| metric.exists(model))
    }
}

fn places() -> &'static HashMap<Id, usize> {
    static PLACES: LazyLock<HashMap<Id, usize>> =
        LazyLock::new(|| dictionary().iter().enumerate().map(|(place, metric)| (metric.id, place)).collect());
    &PLACES
}

impl Id {
    /// The metric that has this name in tables, for tools outside.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        dictionary().iter().find(|metric| metric.name == name).map(|metric| metric.id)
    }

    /// The place of the metric in the dictionary.
    #[must_use]
    pub fn place(self) -> Option<usize> {
        places().get(&self).copied()
    }

    /// The metric.
    #[must_use]
    pub fn metric(self) -> Option<&'static Metric> {
        self.place().map(|place| &dictionary()[place])
    }

    /// The family that it belongs to: figures of several things of a kind, which stand in a table of their own.
    #[must_use]
    pub fn family(self) -> Option<Family> {
        self.metric()?.family
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own_by_which_it_is_found() {
        assert_eq!(places().len(), dictionary().len());
        for metric in dictionary() {
            assert_eq!(Id::parse(&metric.name), Some(metric.id), "{}", metric.name);
            assert!(metric.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        }
    }
}

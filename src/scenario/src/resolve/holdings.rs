//! Rules across the values of holdings: where a token is only held, nothing trades.

use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_pools::{PoolSpec, Role};

impl Names<'_> {
    /// Checks scenarios in which a pool is a holding; others have nothing to fear.
    pub(super) fn holdings(&mut self, scenario: &Scenario) {
        let is_holding = |pool: &PoolSpec| pool.curve.is_holding();
        let Some((first, _)) = scenario.pools.iter().find(|(_, pool)| is_holding(pool)) else { return };
        for (name, pool) in &scenario.pools {
            if !is_holding(pool) {
                rule!(self.rules => "pools.{name}.curve",
                    "\"{name}\" has a curve, but in \"{first}\" one token is held",
                    "holdings only, or pools with curves only",
                    "liquidity moves coin by coin, and a holding has one coin: give every pool `curve.holding`");
            } else {
                self.holding(name, pool);
            }
        }
        self.one_unit(scenario);
        let others = [("traders", scenario.traders.is_some()), ("arbitrage", scenario.arbitrage.is_some())];
        for (table, _) in others.into_iter().filter(|(_, is_there)| *is_there) {
            rule!(self.rules => table, "nothing trades where tokens are only held", "",
                "leave out [{table}], or give the pools a curve");
        }
    }

    /// What a holding cannot have.
    fn holding(&mut self, name: &str, pool: &PoolSpec) {
        rule!(self.rules, if pool.role == Role::Route => "pools.{name}.role",
            "no order can be routed through a holding", "role = \"old\", \"new\" or \"rival\"");
        rule!(self.rules, if pool.quote != "USD" => "pools.{name}.quote",
            "a holding holds its base alone and is valued in USD", "quote = \"USD\", which is the default");
        rule!(self.rules, if pool.dynamic_fee.is_some() => "pools.{name}.dynamic_fee",
            "nothing trades in a holding, so that it has no fee", "no dynamic_fee");
        rule!(self.rules, if pool.swap_gas.is_some() => "pools.{name}.swap_gas",
            "nothing trades in a holding, so that no swap pays gas", "no swap_gas");
    }

    /// Old tokens are counted together: they must be of one size.
    fn one_unit(&mut self, scenario: &Scenario) {
        let mut first = None;
        for (name, pool) in scenario.pools.iter().filter(|(_, pool)| pool.role == Role::Old) {
            let Some(own) = pool.curve.units_per_base() else { continue };
            let units = *first.get_or_insert(own);
            rule!(self.rules, if own != units => "pools.{name}.curve.holding.units_per_base",
                "old tokens of two sizes: {own} and {units} a base token",
                "{units} tokens per base token, as in the other old pools");
        }
    }
}

//! Names of a scenario and what they stand for: assets, tokens, pairs, and room on a chain.

use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::ledger::Token;
use portage_chain::GasMarket;
use portage_market::{AssetSpec, FaultPlace, Grid, Market, ResolvedShock};

/// Every transaction that a provider can send must fit into a block of the chain at `place` some time.
pub(super) fn check_room(gas: Option<&GasMarket>, send_gas: u64, place: &str, rules: &mut Rules) {
    let needed = |gas: &GasMarket| gas.units.largest_move().max(gas.units.withdraw + send_gas);
    let Some(gas) = gas.filter(|gas| needed(gas) > gas.sure_room()) else { return };
    let (needed, room) = (needed(gas), gas.sure_room());
    rule!(rules => "{place}.rush_share",
        "a move can need {needed} gas, but a block has room for {room} gas of migration transactions", "",
        "raise rush_share or block_gas_limit, or lower gas_units");
}

/// Resolves names of assets and pools.
pub(super) struct Names<'b> {
    pub(super) tokens: Vec<String>,
    pub(super) rules: &'b mut Rules,
}

impl<'b> Names<'b> {
    pub(super) fn new(scenario: &Scenario, rules: &'b mut Rules) -> Self {
        rule!(rules, if scenario.assets.contains_key("USD") => "assets.USD",
            "\"USD\" is the numeraire and needs no price law", "", "leave it out");
        for name in scenario.assets.keys().filter(|name| name.contains('/')) {
            rule!(rules => "assets.{name}", "the asset \"{name}\" has a slash in its name", "a name without \"/\"");
        }
        let tokens = std::iter::once("USD".to_owned()).chain(scenario.assets.keys().cloned()).collect();
        Self { tokens, rules }
    }

    pub(super) fn token(&mut self, path: &str, name: &str) -> Option<Token> {
        let found = self.tokens.iter().position(|token| token == name).map(Token::new);
        if found.is_none() {
            self.rules.unknown(path, ("asset", name), self.tokens.iter().map(String::as_str), "");
        }
        found
    }

    /// A note on a source must be about something that the scenario holds.
    pub(super) fn sources(&mut self, scenario: &Scenario) {
        let Ok(values) = serde_json::to_value(scenario) else { return };
        for path in scenario.sources.keys() {
            let found = path.split('.').try_fold(&values, |value, step| match value {
                serde_json::Value::Array(list) => list.get(step.parse::<usize>().ok()?),
                other => other.get(step),
            });
            rule!(self.rules, if found.is_none_or(serde_json::Value::is_null) => "sources",
                "the note on \"{path}\" is about nothing in the scenario", "the dotted path of a table or a value");
        }
    }

    pub(super) fn gas_token(&mut self, scenario: &Scenario) -> Token {
        let found = scenario.chain.as_ref().and_then(|chain| self.token("chain.gas_token", &chain.gas_token));
        found.unwrap_or(Token::USD)
    }

    pub(super) fn market(&mut self, scenario: &Scenario, specs: Option<Vec<AssetSpec>>, grid: Grid) -> Option<Market> {
        let names: Vec<&String> = scenario.assets.keys().collect();
        let (listed, pairs) = self.pairs(scenario, &names);
        let mut shocks: Vec<ResolvedShock> = Vec::new();
        let mut dated = Vec::new();
        for (index, shock) in scenario.shocks.iter().enumerate() {
            let place = |name: &str| names.iter().position(|known| *known == name);
            match shock.resolve(place) {
                Some(shock) => {
                    shocks.push(shock);
                    dated.push(index);
                }
                None => {
                    let _named = self.asset(&format!("shocks.{index}"), shock.asset().unwrap_or_default(), &names);
                }
            }
        }
        match Market::new(specs?, &pairs, &shocks, grid) {
            Ok(market) => Some(market),
            Err(faults) => {
                for fault in faults {
                    let path = path_of(fault.place, &names, &listed, &dated);
                    rule!(self.rules => path, { fault.message });
                }
                None
            }
        }
    }

    /// Correlated pairs whose names are known, with their places in the scenario's list.
    fn pairs(&mut self, scenario: &Scenario, names: &[&String]) -> (Vec<usize>, Vec<(usize, usize, f64)>) {
        let (mut listed, mut pairs) = (Vec::new(), Vec::new());
        for (index, correlation) in scenario.correlations.iter().enumerate() {
            let path = format!("correlations.{index}.between");
            let found: Vec<usize> =
                correlation.between.iter().filter_map(|name| self.asset(&path, name, names)).collect();
            match found[..] {
                [first, second] if first == second => {
                    rule!(self.rules => path, "an asset is always correlated with itself", "two assets");
                }
                [first, second] => {
                    listed.push(index);
                    pairs.push((first, second, correlation.value));
                }
                _ => {}
            }
        }
        (listed, pairs)
    }

    fn asset(&mut self, path: &str, name: &str, names: &[&String]) -> Option<usize> {
        if name == "USD" {
            rule!(self.rules => path, "the numeraire \"USD\" has no price of its own", "an asset");
            return None;
        }
        self.token(path, name)?;
        names.iter().position(|known| *known == name)
    }
}

/// Where a fault of the market lies in the scenario; `listed` and `dated` are the places of the pairs and shocks that the
/// market was given.
fn path_of(place: FaultPlace, names: &[&String], listed: &[usize], dated: &[usize]) -> String {
    match place {
        FaultPlace::Asset(asset) => format!("assets.{}.price", names[asset]),
        FaultPlace::Pair { listed: Some(index), .. } => format!("correlations.{}.value", listed[index]),
        FaultPlace::Pair { listed: None, .. } => "correlations".to_owned(),
        FaultPlace::Shock(index) => format!("shocks.{}", dated[index]),
    }
}

//! Rules across the values of reward markets, and the markets with their tokens resolved.

use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_engine::model::VenueSetup;
use portage_incentives::RewardMarketSpec;

impl Names<'_> {
    /// The markets of reward tokens, by token.
    pub(super) fn reward_markets(
        &mut self,
        scenario: &Scenario,
        venues: &[VenueSetup],
    ) -> Vec<(Token, RewardMarketSpec)> {
        let mut markets = Vec::new();
        for (name, spec) in &scenario.reward_markets {
            let path = format!("reward_markets.{name}");
            let Some(token) = self.token(&path, name) else { continue };
            if token == Token::USD {
                rule!(self.rules => path, "\"USD\" is the numeraire: nothing that is sold moves its price",
                    "an asset in which a programme pays");
                continue;
            }
            if let Some(venue) = venues.iter().find(|venue| venue.terms.coins.list().contains(&token)) {
                rule!(self.rules => path,
                    ("\"{name}\" is a coin of the pool \"{}\": its price is the reference market's", venue.name),
                    "an asset that no pool of the scenario holds");
            } else if scenario.chain.as_ref().is_some_and(|chain| chain.gas_token == *name) {
                rule!(self.rules => path, "\"{name}\" pays the gas of the chain: its price is the reference market's",
                    "an asset that is not the gas token");
            } else if !scenario.programmes.values().any(|programme| programme.token == *name) {
                rule!(self.rules => path, "no programme pays \"{name}\"", "an asset in which a programme pays",
                    "a market in which nobody sells is left out");
            }
            markets.push((token, *spec));
        }
        markets
    }
}

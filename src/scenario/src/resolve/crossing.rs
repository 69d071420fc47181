//! A migration to another chain: its names resolved, its rules across values, and what a run begins with.

use super::library::{Library, gas_law};
use super::names::{Names, check_room};
use super::rules::rule;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_chain::{Chain, GasMarket, GasUnits};
use portage_engine::model::VenueSetup;
use portage_engine::world::{Coins, DESTINATION_PAIR, DestinationTerms};
use portage_market::Grid;
use portage_migration::{BridgeForm, CrossChain, Route};
use portage_pools::Role;

const PATH: &str = "migration.mechanism.cross_chain";

/// Gas units on the chain of a pool.
pub(super) fn units_of<'s>(scenario: &'s Scenario, role: Role, home: &'s GasUnits) -> &'s GasUnits {
    scenario.crossing().filter(|_| role == Role::New).map_or(home, |plan| &plan.destination.gas_units)
}

impl Names<'_> {
    /// The chain of the new version; `None` where there is none or where a rule is broken without which it means nothing.
    pub(super) fn destination(
        &mut self,
        scenario: &Scenario,
        library: &Library,
        grid: Grid,
    ) -> Option<DestinationTerms> {
        let plan = scenario.crossing()?;
        self.crossing_rules(scenario, plan);
        let chain = plan.destination.chain();
        let gas_token = self.token(&format!("{PATH}.destination.gas_token"), &chain.gas_token);
        let path = format!("{PATH}.destination");
        let (law, opening_gwei) = gas_law(&chain, &path, library, grid, self.rules)?;
        let block_seconds = plan.destination.block_time.seconds();
        // Where several of its blocks fall into a simulated one, the simulated one stands for them.
        let (seconds, step) = if block_seconds <= grid.block_seconds {
            (grid.block_seconds, libm::round(grid.block_seconds / block_seconds) as u32)
        } else {
            (block_seconds, 1)
        };
        let market = GasMarket::new(law, &chain, seconds, step);
        let back = plan.route_back.as_ref().unwrap_or(&plan.route);
        check_room(Some(&market), back.send_gas, &path, self.rules);
        let horizon = grid.blocks as f64 * grid.block_seconds;
        let blocks = libm::ceil(horizon / seconds) as u64;
        Some(DestinationTerms { market, block_seconds, gas_token: gas_token?, opening_gwei, blocks })
    }

    fn crossing_rules(&mut self, scenario: &Scenario, plan: &CrossChain) {
        let has_batch = scenario.migration.as_ref().is_some_and(|plan| plan.batch.is_some());
        rule!(self.rules, if has_batch => "migration.batch",
            "pledges are moved within one transaction, which does not reach another chain",
            "no batch in a migration to another chain", "leave out `batch`: every provider sends its own liquidity");
        let mut holdings = scenario.pools.iter().filter(|(_, pool)| pool.curve.is_holding());
        rule!(self.rules, if let Some((name, _)) = holdings.next() => "pools.{name}.curve",
            "a holding stands on one chain: its token is exchanged by a contract that knows no other",
            "pools with curves in a migration to another chain",
            "give the pools a curve, or convert with mechanism.rebalancing");
        let is_one_token = plan.form == BridgeForm::BurnMint;
        rule!(self.rules, if is_one_token && plan.wrapped_discount.is_some() => "{PATH}.wrapped_discount",
            "tokens that are burnt and minted are the same token on both chains, and have no discount",
            "form = \"lock_mint\"", "leave out wrapped_discount, or let the bridge lock and mint");
        rule!(self.rules, if plan.inventory.is_some() && scenario.arbitrage.is_none() => "{PATH}.inventory",
            "there are no arbitrageurs to hold it", "a table [arbitrage]",
            "leave out inventory, or add [arbitrage]");
        for (field, route) in [("route", Some(&plan.route)), ("route_back", plan.route_back.as_ref())] {
            let is_loose =
                |direction: &Route| direction.rate_limit_usd_per_hour.is_none() && direction.rate_limit_burst_usd > 0.0;
            rule!(self.rules, if route.is_some_and(is_loose) => "{PATH}.{field}.rate_limit_burst_usd",
                "a route without a rate limit lets everything through at once", "rate_limit_usd_per_hour beside it",
                "leave out rate_limit_burst_usd, or state the limit");
        }
    }
}

/// Puts the new version's pools on the destination, with tokens of their own where the bridge wraps them; `tokens` is the number of tokens
/// there are so far. Returns the tokens by coin.
pub(super) fn cross(form: BridgeForm, coins: Coins, tokens: usize, venues: &mut [VenueSetup]) -> Vec<(Token, Token)> {
    let home = coins.list();
    let there: Vec<Token> = match form {
        BridgeForm::BurnMint => home.to_vec(),
        BridgeForm::LockMint => (tokens..tokens + home.len()).map(Token::new).collect(),
    };
    let pairs: Vec<(Token, Token)> = home.iter().copied().zip(there).collect();
    for venue in venues.iter_mut().filter(|venue| venue.terms.role == Role::New) {
        let of_pool = venue
            .terms
            .coins
            .list()
            .iter()
            .map(|coin| pairs.iter().find(|(home, _)| home == coin).map_or(*coin, |(_, there)| *there));
        venue.terms.coins = Coins::new(&of_pool.collect::<Vec<Token>>());
        venue.terms.pair = DESTINATION_PAIR;
        venue.terms.chain = Chain::Destination;
    }
    pairs
}

//! A migration to another chain with its names resolved, and what a run of it begins with.

use super::Model;
use crate::world::{Books, Bridge, BridgeAccounts, Coins, Crossing, DestinationTerms, TokenInventory};
use portage_base::ledger::{Ledger, Token};
use portage_base::units::GWEI_PER_ETH;
use portage_migration::CrossChain;

/// A migration to another chain as the runs need it.
#[derive(Debug, Clone)]
pub struct CrossingSetup {
    /// The plan as the scenario states it.
    pub plan: CrossChain,
    /// The chain of the new version.
    pub destination: DestinationTerms,
    /// Tokens of the migrated pools on the home chain and on the destination, by coin.
    pub tokens: Vec<(Token, Token)>,
}

impl CrossingSetup {
    /// Tokens that there are on the destination only.
    #[must_use]
    pub fn wrapped(&self) -> usize {
        self.tokens.iter().filter(|(home, there)| home != there).count()
    }
}

impl Model {
    /// Gas of a move to the destination at the opening, on both chains, USD.
    pub(super) fn send_cost_usd(&self, setup: &CrossingSetup, books: &Books) -> f64 {
        let home_gas = (self.gas_units.withdraw + setup.plan.route.send_gas) as f64 * self.opening_gwei;
        let far_gas = setup.destination.market.units.deposit as f64 * setup.destination.opening_gwei;
        let usd = |token: Token| books.prices_usd[token.index()] / GWEI_PER_ETH;
        home_gas * usd(self.gas_token) + far_gas * usd(setup.destination.gas_token)
    }

    /// The destination and the bridge of a run before anybody has moved.
    pub(super) fn crossing(&self, seed: u64, run: u64, ledger: &mut Ledger) -> Option<Box<Crossing>> {
        let setup = self.crossing.as_ref()?;
        let accounts = BridgeAccounts {
            in_flight: ledger.open_account(),
            vault: ledger.open_account(),
            fees: ledger.open_account(),
        };
        let horizon = self.grid.blocks as f64 * self.grid.block_seconds;
        let heads = self.providers.as_ref().map_or(0, |spec| spec.heads_max() as usize);
        let there: Vec<Token> = setup.tokens.iter().map(|(_, there)| *there).collect();
        Some(Box::new(Crossing {
            bridge: Bridge::open(&setup.plan, setup.tokens.clone(), accounts, (seed, run), (horizon, heads)),
            inventory: None,
            coins: Coins::new(&there),
        }))
    }
}

/// Once the pools have opened: what stands on the destination is backed in the vault, and arbitrageurs hold their stock.
pub(super) fn back_wrapped_tokens(setup: &CrossingSetup, books: &mut Books) {
    let prices = books.destination_prices();
    let Some(crossing) = &mut books.crossing else { return };
    let count = crossing.coins.list().len();
    crossing.inventory = setup.plan.inventory.map(|law| TokenInventory::open(law, count, &prices));
    let vault = crossing.bridge.accounts.vault;
    for (home, there) in setup.tokens.iter().filter(|(home, there)| home != there) {
        let minted = books.ledger.total(*there);
        books.ledger.endow(vault, *there, -minted);
        books.ledger.endow(vault, *home, minted);
    }
}

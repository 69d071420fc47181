//! Gas units of each action that an agent or the operator can take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gas units by action.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GasUnits {
    /// One swap through a router in a constant-product pool.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "v2-core UniswapV2Pair.spec.ts 73,462 plus about 40,000 for the router"))]
    pub swap: u64,
    /// One swap through a router in a pool of concentrated liquidity.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "universal-router Uniswap.gas.test.ts: V3 104,491-117,121 with few ticks crossed; V4 120,518-134,382"))]
    pub swap_concentrated: u64,
    /// One swap in a StableSwap pool.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "0x protocol, market operation constants: 125,000-210,000 for two and three coins, and 21,000 for the transaction"))]
    pub swap_stable: u64,
    /// One swap in a weighted pool.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "0x protocol, market operation constants: Balancer V1 120,000, V2 100,000, and 21,000 for the transaction"))]
    pub swap_weighted: u64,
    /// One arbitrage against a constant-product pool, called without a router; in other pools it is dearer by as much as their swaps are.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "v2-core UniswapV2Pair.spec.ts 73,462 plus about 20,000 for the searcher's contract"))]
    pub arbitrage: u64,
    /// Withdrawing liquidity, approval included.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "V2 removeLiquidity through the router 150,000 and approval 46,000 (from memory)"))]
    pub withdraw: u64,
    /// Depositing liquidity, two approvals included.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "V2 addLiquidity through the router about 150,000 and two approvals of 46,000 (from memory)"))]
    pub deposit: u64,
    /// Withdrawal and deposit in one migrator call, approval included.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "between 400,000 and V3Migrator's 686,838 (v3-periphery V3Migrator.spec.ts)"))]
    pub migrate: u64,
    /// Pledging a position to a later batch migration: one approval and one stake.
    #[schemars(range(min = 0, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "approval 46,000 and a staking deposit of about 100,000 (judgement)"))]
    pub pledge: u64,
    /// The operator's batch migration of everything that was pledged.
    #[schemars(range(min = 0, max = 1_000_000_000), extend("x-unit" = "gas", "x-source" = "one migrate call per pool, whose stake stands in one contract (judgement)"))]
    pub batch: u64,
}

impl GasUnits {
    /// The largest transaction that a provider can send.
    #[must_use]
    pub fn largest_move(&self) -> u64 {
        let combined = [self.migrate, self.deposit + self.pledge, self.withdraw + self.pledge];
        combined.into_iter().fold(0, u64::max)
    }
}

impl Default for GasUnits {
    fn default() -> Self {
        Self {
            swap: 113_000,
            swap_concentrated: 120_000,
            swap_stable: 195_000,
            swap_weighted: 131_000,
            arbitrage: 93_000,
            withdraw: 196_000,
            deposit: 242_000,
            migrate: 450_000,
            pledge: 146_000,
            batch: 600_000,
        }
    }
}

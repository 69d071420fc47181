//! Proxy upgrade: the implementation behind an address changes, and the liquidity stays where it is.

use portage_base::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A proxy upgrade: the pointer to the implementation flips, and the liquidity of each old pool goes whole to its successor.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyUpgrade {
    /// How the contracts find their implementation.
    pub pattern: ProxyPattern,
    /// Gas of one call that changes a pointer.
    #[schemars(range(min = 21_000, max = 30_000_000), extend("x-unit" = "gas", "x-source" = "one storage write and the event, 30,000-150,000 with the caller (from memory)"))]
    pub upgrade_gas: u64,
}

/// How the contracts find their implementation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ProxyPattern {
    /// An admin contract changes the pointer of each pool: one call a pool.
    #[default]
    Transparent,
    /// The implementation itself changes the pointer: one call a pool; an implementation that cannot do so any more ends upgrades and
    /// rollbacks for ever.
    Uups(UupsProxy),
    /// All pools read the pointer of one beacon: one call for all of them.
    Beacon,
    /// The functions are divided over facets that are exchanged one after another: as many smaller upgrades.
    Diamond(DiamondProxy),
}

/// A proxy whose implementation carries the upgrade function (UUPS, ERC-1822).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UupsProxy {
    /// Share of faulty implementations that have lost the upgrade function: no rollback is possible.
    #[serde(default = "bricked_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of faulty implementations", "x-source" = "judgement: OpenZeppelin's library refuses most of them since 4.1"))]
    pub bricked_share: f64,
}

/// A diamond (ERC-2535).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiamondProxy {
    /// Facets that are exchanged, each with an equal part of the complexity; the liquidity trades by the new rules from the last one on.
    #[schemars(range(min = 1, max = 32), extend("x-unit" = "facets"))]
    pub facets: u32,
    /// Time from one facet to the next.
    pub every: Span,
}

impl Default for ProxyUpgrade {
    fn default() -> Self {
        Self { pattern: ProxyPattern::default(), upgrade_gas: 40_000 }
    }
}

const fn bricked_share() -> f64 {
    0.05
}

impl ProxyUpgrade {
    /// Steps of the upgrade: one, or as many as there are facets.
    #[must_use]
    pub const fn steps(&self) -> u32 {
        match self.pattern {
            ProxyPattern::Diamond(diamond) => diamond.facets,
            ProxyPattern::Transparent | ProxyPattern::Uups(_) | ProxyPattern::Beacon => 1,
        }
    }

    /// Seconds from one step to the next.
    #[must_use]
    pub fn step_seconds(&self) -> f64 {
        match self.pattern {
            ProxyPattern::Diamond(diamond) => diamond.every.seconds(),
            ProxyPattern::Transparent | ProxyPattern::Uups(_) | ProxyPattern::Beacon => 0.0,
        }
    }

    /// Gas of one step over `pools` pools.
    #[must_use]
    pub const fn step_gas(&self, pools: u64) -> u64 {
        match self.pattern {
            ProxyPattern::Transparent | ProxyPattern::Uups(_) => self.upgrade_gas * pools,
            ProxyPattern::Beacon => self.upgrade_gas,
            ProxyPattern::Diamond(_) => self.upgrade_gas * pools,
        }
    }

    /// Share of faulty implementations that can never be changed again.
    #[must_use]
    pub const fn bricked_share(&self) -> f64 {
        match self.pattern {
            ProxyPattern::Uups(proxy) => proxy.bricked_share,
            ProxyPattern::Transparent | ProxyPattern::Beacon | ProxyPattern::Diamond(_) => 0.0,
        }
    }
}

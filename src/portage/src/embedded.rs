//! Scenarios that are part of the library.

use portage_scenario::grammar::nearest;

/// The scenario that is run when none is named: SushiSwap against Uniswap, 2020.
pub const DEFAULT_SCENARIO: &str = "sushiswap-2020";

const EMBEDDED: [(&str, &str); 32] = [
    (DEFAULT_SCENARIO, include_str!("../../../scenarios/sushiswap-2020.toml")),
    ("quickstart", include_str!("../../../scenarios/quickstart.toml")),
    ("uniswap-v2-fork", include_str!("../../../scenarios/uniswap-v2-fork.toml")),
    ("uniswap-v2-to-v3", include_str!("../../../scenarios/uniswap-v2-to-v3.toml")),
    ("uniswap-v3-to-v4", include_str!("../../../scenarios/uniswap-v3-to-v4.toml")),
    ("curve-pool-upgrade", include_str!("../../../scenarios/curve-pool-upgrade.toml")),
    ("balancer-v1-to-v2", include_str!("../../../scenarios/balancer-v1-to-v2.toml")),
    ("mercenary-farm", include_str!("../../../scenarios/mercenary-farm.toml")),
    ("compound-v2-to-v3", include_str!("../../../scenarios/compound-v2-to-v3.toml")),
    ("reflexive-reward-token", include_str!("../../../scenarios/reflexive-reward-token.toml")),
    ("lend-to-aave-2020", include_str!("../../../scenarios/lend-to-aave-2020.toml")),
    ("uni-rewards-end-2020", include_str!("../../../scenarios/uni-rewards-end-2020.toml")),
    ("rebalancing", include_str!("../../../scenarios/rebalancing.toml")),
    ("proxy-upgrade", include_str!("../../../scenarios/proxy-upgrade.toml")),
    ("state-migration", include_str!("../../../scenarios/state-migration.toml")),
    ("cross-chain", include_str!("../../../scenarios/cross-chain.toml")),
    ("staged-vs-big-bang", include_str!("../../../scenarios/staged-vs-big-bang.toml")),
    ("governance-vote", include_str!("../../../scenarios/governance-vote.toml")),
    ("self-migrating", include_str!("../../../scenarios/self-migrating.toml")),
    ("zk-verified", include_str!("../../../scenarios/zk-verified.toml")),
    ("derivative-positions", include_str!("../../../scenarios/derivative-positions.toml")),
    ("contagion-network", include_str!("../../../scenarios/contagion-network.toml")),
    ("structured-vault", include_str!("../../../scenarios/structured-vault.toml")),
    ("l1-to-l2", include_str!("../../../scenarios/l1-to-l2.toml")),
    ("combined-plan", include_str!("../../../scenarios/combined-plan.toml")),
    ("lending-on-a-draining-pool", include_str!("../../../scenarios/lending-on-a-draining-pool.toml")),
    ("stablecoin-depeg-during-migration", include_str!("../../../scenarios/stablecoin-depeg-during-migration.toml")),
    ("aave-v2-to-v3", include_str!("../../../scenarios/aave-v2-to-v3.toml")),
    ("perps-chain-move", include_str!("../../../scenarios/perps-chain-move.toml")),
    ("uranium-2021", include_str!("../../../scenarios/uranium-2021.toml")),
    ("nomad-2022", include_str!("../../../scenarios/nomad-2022.toml")),
    ("compound-117", include_str!("../../../scenarios/compound-117.toml")),
];

/// Names of the embedded scenarios.
///
/// ```
/// assert!(portage::scenarios().any(|name| name == "quickstart"));
/// ```
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// Name and text of an embedded scenario, by its name with or without `.toml`.
///
/// ```
/// let (name, text) = portage::scenario_text("quickstart.toml").unwrap();
/// assert!(name == "quickstart" && text.starts_with("# Question: "));
/// ```
#[must_use]
pub fn scenario_text(name: &str) -> Option<(&'static str, &'static str)> {
    let plain = name.strip_suffix(".toml").unwrap_or(name);
    EMBEDDED.iter().find(|(known, _)| *known == plain).copied()
}

/// The embedded name that a mistyped one may have meant.
///
/// ```
/// assert_eq!(portage::nearest_scenario("quickstrat"), Some("quickstart"));
/// ```
#[must_use]
pub fn nearest_scenario(name: &str) -> Option<&'static str> {
    nearest(name.strip_suffix(".toml").unwrap_or(name), scenarios())
}

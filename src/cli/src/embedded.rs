//! Scenarios that are part of the program.

use super::FAILED;
use super::terminal::{Terminal, print};
use portage_scenario::grammar::nearest;

/// The scenario that is run when none is named.
pub(super) const DEFAULT: &str = "sushiswap-2020";

const EMBEDDED: [(&str, &str); 32] = [
    (DEFAULT, include_str!("../../../scenarios/sushiswap-2020.toml")),
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

/// The text of an embedded scenario, by name with or without `.toml`.
pub(super) fn text(name: &str) -> Option<(&'static str, &'static str)> {
    let plain = name.strip_suffix(".toml").unwrap_or(name);
    EMBEDDED.iter().find(|(known, _)| *known == plain).copied()
}

/// Names of the embedded scenarios.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// The embedded name that a mistyped one may have meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    nearest(name.strip_suffix(".toml").unwrap_or(name), names())
}

/// Lists the embedded scenarios with the question that each answers, or prints one.
pub(super) fn list(show: Option<&str>, terminal: Terminal) -> u8 {
    let text = match show {
        Some(name) => match text(name) {
            Some((_, text)) => text.to_owned(),
            None => {
                let hint = meant(name).map_or_else(
                    || format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
                    |near| format!("; did you mean \"{near}\"?"),
                );
                terminal.complain(&format!("there is no embedded scenario \"{name}\"{hint}"));
                return FAILED;
            }
        },
        None => EMBEDDED.iter().map(|(name, text)| format!("{name}\n{}\n", indented(&opening(text)))).collect(),
    };
    if print(&text) { 0 } else { FAILED }
}

/// The comment with which a scenario file opens.
fn opening(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('#').trim()).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

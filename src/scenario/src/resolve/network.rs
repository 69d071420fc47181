//! The network: the rules across its values, and its opening.

use super::rules::{Rules, rule};
use crate::Scenario;
use ndarray::Array2;
use portage_base::ledger::Token;
use portage_contagion::{NODES_MAX, NetworkSpec, NodeSpec, Recovery};
use portage_engine::world::{NetworkTerms, NodeTerms, RunNodeKind, Stress};
use portage_market::Market;
use portage_migration::BridgeForm;
use portage_pools::Role;

/// How a holding of liquidity is written.
const POOL_PREFIX: &str = "pool:";

/// Largest share of a pool's liquidity that nodes may hold where providers hold the rest.
const HELD_SHARE_MAX: f64 = 0.99;

/// What is expected where nothing could be named.
const NONE: &str = "nothing: there is none";

/// Checks the rules across the values of `[network]`; broken ones are noted in `rules`.
pub(super) fn check_network(scenario: &Scenario, rules: &mut Rules) {
    let Some(spec) = &scenario.network else { return };
    rule!(rules, if spec.nodes.is_empty() || spec.nodes.len() > NODES_MAX => "network.nodes",
        ("a network of {} nodes", spec.nodes.len()), "1 to {NODES_MAX} nodes",
        "put small ones together that behave alike");
    let parts = run_parts(scenario);
    for (name, node) in &spec.nodes {
        check_holdings(scenario, name, node, rules);
        check_claims(&parts, spec, name, node, rules);
        check_equity(spec, name, node, rules);
    }
    check_pools(scenario, spec, rules);
    check_run_claims(&parts, spec, rules);
    let Some(stress) = &spec.stress else { return };
    for (place, name) in stress.fails.iter().enumerate().filter(|(_, name)| !spec.nodes.contains_key(*name)) {
        let known = spec.nodes.keys().map(String::as_str);
        rules.unknown(&format!("network.stress.fails.{place}"), ("node", name), known, NONE);
    }
    rule!(rules, if stress.price_drop == 0.0 && stress.fails.is_empty() => "network.stress",
        "nothing happens under this stress", "a `price_drop` above 0, or nodes in `fails`",
        "leave the table out if no stress is wanted");
}

/// What a node holds exists and can be held.
fn check_holdings(scenario: &Scenario, name: &str, node: &NodeSpec, rules: &mut Rules) {
    for key in node.holdings.keys() {
        let path = format!("network.nodes.{name}.holdings.{key}");
        let Some(pool) = key.strip_prefix(POOL_PREFIX) else {
            if key != "USD" && !scenario.assets.contains_key(key) {
                let known = std::iter::once("USD").chain(scenario.assets.keys().map(String::as_str));
                rules.unknown(&path, ("asset", key), known, NONE);
            }
            continue;
        };
        let Some(found) = scenario.pools.get(pool) else {
            rules.unknown(&path, ("pool", pool), scenario.pools.keys().map(String::as_str), NONE);
            continue;
        };
        let refusals = [
            (found.curve.is_range_based(), "is a pool of ranges, which has no shares"),
            (found.curve.is_holding(), "has no price at which anything could be sold"),
            (found.role == Role::Route, "is a leg of a route"),
        ];
        rule!(rules, if let Some((_, why)) = refusals.into_iter().find(|(is_so, _)| *is_so) =>
            path, "\"{pool}\" {why}", "an old, new or rival pool of shares");
    }
}

/// Debts and claims are between known nodes, none to itself, and each named once.
fn check_claims(parts: &[RunPart], spec: &NetworkSpec, name: &str, node: &NodeSpec, rules: &mut Rules) {
    for to in node.owes.keys() {
        let path = format!("network.nodes.{name}.owes.{to}");
        if to == name {
            rule!(rules => path, "\"{name}\" owes to itself", "another node");
        } else if !spec.nodes.contains_key(to) {
            rules.unknown(&path, ("node", to), spec.nodes.keys().map(String::as_str), NONE);
        }
    }
    for on in node.claims.keys() {
        let path = format!("network.nodes.{name}.claims.{on}");
        if on == name {
            rule!(rules => path, "\"{name}\" has a claim on itself", "another node");
        } else if spec.nodes.get(on).is_some_and(|debtor| debtor.owes.contains_key(name)) {
            rule!(rules => path, "the claim on \"{on}\" is stated twice", "`owes.{name}` of \"{on}\" alone");
        } else if spec.nodes.contains_key(on) {
            rule!(rules => path, "\"{on}\" is a node of this table", "a part of the run itself",
                "write `owes.{name}` at the node \"{on}\"");
        } else if parts.iter().all(|part| part.name != *on) {
            let known = parts.iter().map(|part| part.name.as_str());
            rules.unknown(&path, ("part of this run that owes and is called", on), known, NONE);
        }
    }
}

/// A node opens with equity.
fn check_equity(spec: &NetworkSpec, name: &str, node: &NodeSpec, rules: &mut Rules) {
    let claims: f64 = spec.nodes.values().filter_map(|debtor| debtor.owes.get(name)).sum();
    let assets = node.holdings.values().sum::<f64>() + node.claims.values().sum::<f64>() + claims;
    let debts = node.outside_debt_usd + node.owes.values().sum::<f64>();
    if spec.nodes.values().flat_map(|node| node.owes.keys()).any(|creditor| !spec.nodes.contains_key(creditor)) {
        // Reported at its place: until it is mended, nobody's claims are known.
        return;
    }
    if assets <= debts {
        rule!(rules => "network.nodes.{name}",
            "\"{name}\" owes {debts} USD and has {assets} USD, claims on others included: no equity at the opening",
            "assets above debts", "what others owe it stands in their `owes`");
        return;
    }
    let sellable: f64 = node.holdings.iter().filter(|(key, _)| *key != "USD").map(|(_, usd)| usd).sum();
    let leverage = sellable / (assets - debts);
    rule!(rules, if let Some(most) = node.leverage_max.filter(|most| leverage > *most) =>
        "network.nodes.{name}.leverage_max",
        "\"{name}\" opens with a leverage of {leverage:.2} and would have to sell at once: at most {most}",
        "at least {leverage:.2}", "leverage is what could be sold over equity; raise it, or lower the node's debts");
}

/// Nodes hold no more of a pool than there is.
fn check_pools(scenario: &Scenario, spec: &NetworkSpec, rules: &mut Rules) {
    for (pool, found) in &scenario.pools {
        let key = format!("{POOL_PREFIX}{pool}");
        let held: f64 = spec.nodes.values().filter_map(|node| node.holdings.get(&key)).sum();
        let most = HELD_SHARE_MAX * found.tvl_usd;
        rule!(rules, if held > most => "pools.{pool}.tvl_usd",
            ("nodes of the network hold {held} USD of the {} USD in \"{pool}\"", found.tvl_usd),
            "at most {most} USD held by nodes", "what nodes hold is part of the pool's `tvl_usd`");
    }
}

/// Nobody has larger claims on a part of the run than it owes at the opening.
fn check_run_claims(parts: &[RunPart], spec: &NetworkSpec, rules: &mut Rules) {
    for RunPart { name, owes_usd, .. } in parts {
        let claims: f64 = spec.nodes.values().filter_map(|node| node.claims.get(name)).sum();
        rule!(rules, if claims > *owes_usd => "network.nodes",
            "claims of {claims} USD on \"{name}\", which owes {owes_usd} USD", "at most {owes_usd} USD at the opening");
    }
}

/// What the lenders of all oracles have to lend at the opening, USD.
fn lent_usd(scenario: &Scenario) -> f64 {
    scenario.oracles.values().filter_map(|oracle| oracle.relies.as_ref()).map(|relies| relies.borrowable_usd).sum()
}

/// A part of a run that can owe.
struct RunPart {
    name: String,
    kind: RunNodeKind,
    /// What it owes at the opening, USD.
    owes_usd: f64,
}

/// The parts of a scenario's runs that can owe, each vertical with its own.
fn run_parts(scenario: &Scenario) -> Vec<RunPart> {
    let wraps = scenario.crossing().is_some_and(|plan| plan.form == BridgeForm::LockMint);
    let there = scenario.pools.values().filter(|pool| pool.role == Role::New).map(|pool| pool.tvl_usd);
    let bridge = wraps.then(|| RunPart { name: "bridge".to_owned(), kind: RunNodeKind::Bridge, owes_usd: there.sum() });
    let lent_usd = lent_usd(scenario);
    let name = "oracle_lenders".to_owned();
    let lenders =
        (lent_usd > 0.0).then_some(RunPart { name, kind: RunNodeKind::OracleLenders { lent_usd }, owes_usd: lent_usd });
    let markets = scenario.lending.iter().enumerate().map(|(place, (name, market))| RunPart {
        name: format!("lending:{name}"),
        kind: RunNodeKind::Lending(place),
        owes_usd: market.reserves.values().map(|reserve| reserve.supplied_usd).sum(),
    });
    bridge.into_iter().chain(lenders).chain(markets).collect()
}

/// The network as the runs need it, evaluated every `every` observations; the scenario has passed its rules.
pub(super) fn network(scenario: &Scenario, market: &Market, every: u64) -> Option<NetworkTerms> {
    let spec = scenario.network.as_ref()?;
    let place = |name: &str| spec.nodes.keys().position(|known| known == name);
    let mut parts = run_parts(scenario);
    parts.retain(|part| spec.nodes.values().any(|node| node.claims.contains_key(&part.name)));
    let run_nodes: Vec<(String, RunNodeKind)> = parts.into_iter().map(|part| (part.name, part.kind)).collect();
    let count = spec.nodes.len() + run_nodes.len();
    let mut owed = Array2::zeros((count, count));
    for (debtor, node) in spec.nodes.values().enumerate() {
        for (creditor, usd) in node.owes.iter().filter_map(|(name, usd)| Some((place(name)?, *usd))) {
            owed[(debtor, creditor)] = usd;
        }
        // Claims on the run's own nodes: this node is the creditor.
        for (index, (name, _)) in run_nodes.iter().enumerate() {
            owed[(spec.nodes.len() + index, debtor)] = node.claims.get(name).copied().unwrap_or(0.0);
        }
    }
    let stress = spec.stress.as_ref().map(|stress| Stress {
        price_drop: stress.price_drop,
        fails: stress.fails.iter().filter_map(|name| place(name)).collect(),
    });
    Some(NetworkTerms {
        nodes: spec.nodes.iter().map(|(name, node)| node_terms(scenario, market, name, node)).collect(),
        run_nodes,
        owed,
        recovery: Recovery { external: spec.recovery.external, interbank: spec.recovery.interbank },
        channels: spec.channels.into(),
        stress,
        systemic: spec.systemic,
        every,
    })
}

/// A node with its names resolved and its tokens counted at opening prices.
fn node_terms(scenario: &Scenario, market: &Market, name: &str, node: &NodeSpec) -> NodeTerms {
    let mut terms = NodeTerms {
        name: name.to_owned(),
        cash_usd: 0.0,
        tokens: Vec::new(),
        liquidity: Vec::new(),
        outside_usd: node.outside_debt_usd,
        leverage_max: node.leverage_max.unwrap_or(f64::INFINITY),
    };
    for (key, &usd) in node.holdings.iter().filter(|(_, usd)| **usd > 0.0) {
        let pool = key.strip_prefix(POOL_PREFIX).and_then(|pool| scenario.pools.keys().position(|known| known == pool));
        let asset = scenario.assets.keys().position(|known| known == key);
        match (pool, asset) {
            (Some(venue), _) => terms.liquidity.push((venue, usd)),
            (None, Some(asset)) => terms.tokens.push((Token::new(asset + 1), usd / market.initial_price_usd(asset))),
            (None, None) => terms.cash_usd += usd,
        }
    }
    terms
}

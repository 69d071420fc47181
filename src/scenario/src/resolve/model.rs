//! From a scenario to a model: names are resolved, rules across values are checked, and all broken ones reported at once.

use super::calendar::read;
use super::crossing::cross;
use super::library::{Library, asset_specs, expected_variance, gas_law};
use super::names::{Names, check_room};
use super::rules::{BrokenRule, Rules, rule};
use super::state_migration::check_state_migration;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_chain::{GasMarket, GasUnits};
use portage_engine::agents::OracleTerms;
use portage_engine::model::{CrossingSetup, Model, VenueSetup};
use portage_engine::world::Ranges;
use portage_market::Grid;
use portage_migration::{LatePenalty, Mechanism, MovedBy, Rebalancing};
use portage_pools::{Role, VENUES_MAX};

/// Most blocks of a run: at about 100 ns each, ten seconds.
const BLOCKS_MAX: f64 = 1e8;

/// Points of a timeline: enough for a smooth figure of any window, few enough for thousands of runs.
const TIMELINE_POINTS: f64 = 200.0;

/// Observations between two points of the timeline are one of these, so that points fall on round times.
const SAMPLE_CHOICES: [u64; 10] = [1, 2, 3, 6, 12, 24, 48, 168, 336, 720];

/// Builds the model of a scenario.
///
/// # Errors
/// Every rule across values that the scenario breaks, each with the path of the value at fault.
pub fn build(scenario: &Scenario, library: &Library) -> Result<Model, Vec<BrokenRule>> {
    let mut rules = Rules::default();
    // Without a time axis nothing else can be checked.
    let Some((grid, observe_blocks)) = time_axis(scenario, &mut rules) else { return Err(rules.into_broken()) };
    let block_seconds = grid.block_seconds;
    super::positions::check_positions(scenario, observe_blocks as f64 * block_seconds, &mut rules);
    let calendar = read(scenario, block_seconds, &mut rules);
    let mut names = Names::new(scenario, &mut rules);
    let gas_units = gas_units(scenario);
    let pools = names.pools(scenario, &gas_units);
    let programmes = pools.as_ref().map_or_else(Vec::new, |pools| names.programmes(scenario, &pools.venues));
    let reward_markets = pools.as_ref().map_or_else(Vec::new, |pools| names.reward_markets(scenario, &pools.venues));
    names.agents(scenario);
    names.sources(scenario);
    let gas_token = names.gas_token(scenario);
    let chain = scenario.chain.as_ref();
    let (law, opening_gwei) = chain.and_then(|chain| gas_law(chain, "chain", library, grid, names.rules)).unzip();
    let gas = chain.zip(law).map(|(chain, law)| GasMarket::new(law, chain, block_seconds, scenario.clock.step));
    check_room(gas.as_ref(), scenario.crossing().map_or(0, |plan| plan.route.send_gas), "chain", names.rules);
    let destination = names.destination(scenario, library, grid);
    check_state_migration(scenario, gas.as_ref(), destination.as_ref().map(|terms| &terms.market), names.rules);
    let specs = asset_specs(scenario, library, names.rules);
    let market = names.market(scenario, specs, grid);
    if let (Some(pools), Some(market)) = (&pools, &market) {
        names.par(scenario, pools, |token| {
            token.index().checked_sub(1).map_or(1.0, |asset| market.initial_price_usd(asset))
        });
    }
    let perps = names.perps(scenario, observe_blocks as f64 * block_seconds);
    let oracles = super::oracles::oracles(scenario, grid, &mut rules);
    super::network::check_network(scenario, &mut rules);
    let lending = super::lending::lending(scenario, &mut rules);
    let vaults = super::vaults::vaults(scenario, observe_blocks as f64 * block_seconds, &mut rules);
    let plan = pools.as_ref().and_then(|pools| super::plan::plan(scenario, &pools.venues, &mut rules));
    let (Some(market), Some(mut pools), 0) = (market, pools, rules.len()) else { return Err(rules.into_broken()) };
    let pooled = pooled(&pools.venues, &oracles);
    let crossing = scenario.crossing().zip(destination).map(|(plan, destination)| {
        let tokens = cross(plan.form, pools.coins, scenario.assets.len() + 1, &mut pools.venues);
        CrossingSetup { plan: plan.clone(), destination, tokens }
    });
    Ok(Model {
        network: super::network::network(scenario, &market, between_points(grid, observe_blocks)),
        pooled,
        expected_variance: expected_variance(scenario, library, pools.pairs[0].0),
        market,
        tokens: std::iter::once("USD".to_owned()).chain(scenario.assets.keys().cloned()).collect(),
        has_moving_pools: pools.venues.iter().any(|venue| venue.has_schedule || venue.dynamic_fee.is_some()),
        same_fee: same_fee(&pools.venues),
        keeps_tier_share: scenario.migration.as_ref().map_or(0.0, |plan| plan.keeps_tier_share),
        ends_support: scenario.migration.as_ref().is_some_and(|plan| plan.ends_support),
        ranges: ranges(scenario),
        coins: pools.coins,
        pairs: pools.pairs,
        venues: pools.venues,
        perceived_loss: perceived_loss(scenario),
        gas,
        gas_units,
        gas_token,
        opening_gwei: opening_gwei.unwrap_or(0.0),
        providers: scenario.providers.clone(),
        traders: scenario.traders.clone(),
        arbitrage: scenario.arbitrage.clone(),
        oracles,
        lending,
        perps,
        vaults,
        programmes,
        reward_markets,
        rebalancing: rebalancing(scenario),
        crossing,
        late_penalty: late_penalty(scenario),
        plan,
        calendar,
        observed: scenario.observed.values().map(|observed| observed.measure.clone()).collect(),
        observe_blocks,
        counterfactual_runs: scenario.monte_carlo.counterfactual_runs,
        sample_observations: between_points(grid, observe_blocks),
        grid,
    })
}

/// Observations between two points of the timeline, each of `observe_blocks` blocks.
fn between_points(grid: Grid, observe_blocks: u64) -> u64 {
    let observations = (grid.blocks / observe_blocks) as f64;
    let sample = SAMPLE_CHOICES.into_iter().find(|&every| observations / every as f64 <= TIMELINE_POINTS);
    sample.unwrap_or_else(|| libm::ceil(observations / TIMELINE_POINTS) as u64)
}

/// The time axis and the blocks between two observations; `None` where there are too many blocks to simulate.
fn time_axis(scenario: &Scenario, rules: &mut Rules) -> Option<(Grid, u64)> {
    let block_seconds = scenario.clock.block_time.seconds() * f64::from(scenario.clock.step);
    let wanted = libm::floor(scenario.horizon.seconds() / block_seconds);
    if wanted > BLOCKS_MAX {
        rule!(rules => "clock.block_time", "{wanted:.0} blocks a run are too many to simulate",
            "at most {BLOCKS_MAX:.0} blocks a run", "raise clock.block_time or clock.step, or shorten the horizon");
        return None;
    }
    let blocks = wanted as u64;
    let observe_blocks = (libm::round(scenario.observation.seconds() / block_seconds) as u64).max(1);
    rule!(rules, if blocks < observe_blocks => "horizon",
        ("the window of {} holds no whole observation", scenario.horizon),
        ("at least {} s", observe_blocks as f64 * block_seconds));
    Some((Grid { start: scenario.start, block_seconds, blocks }, observe_blocks))
}

/// Tokens of all pools, and those whose price an oracle reads, but the numeraire.
fn pooled(venues: &[VenueSetup], oracles: &[OracleTerms]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let read = oracles.iter().map(|oracle| &oracle.asset);
    for token in venues.iter().flat_map(|venue| venue.terms.coins.list()).chain(read) {
        if *token != Token::USD && !tokens.contains(token) {
            tokens.push(*token);
        }
    }
    tokens
}

/// For each old pool, the new pool whose fee is nearest to its own; for a new one, itself.
fn same_fee(venues: &[VenueSetup]) -> [Option<u8>; VENUES_MAX] {
    let mut same = [None; VENUES_MAX];
    for (entry, own) in same.iter_mut().zip(venues).filter(|(_, own)| own.terms.role.is_migrated()) {
        let new = venues.iter().enumerate().filter(|(_, venue)| venue.terms.role == Role::New);
        let off = |fee: f64| (fee - own.fee).abs();
        let nearest = new.min_by(|(_, a), (_, b)| off(a.fee).total_cmp(&off(b.fee)));
        *entry = nearest.map(|(index, _)| index as u8);
    }
    same
}

/// Expected loss from failure of each pool per year, as providers see it at the opening.
fn perceived_loss(scenario: &Scenario) -> [f64; VENUES_MAX] {
    let mut losses = [0.0; VENUES_MAX];
    for (loss, pool) in losses.iter_mut().zip(scenario.pools.values()) {
        *loss = pool.perceived_hazard * pool.perceived_loss;
    }
    losses
}

/// Gas by action: where entries are claimed, moving is claiming.
fn gas_units(scenario: &Scenario) -> GasUnits {
    let mut units = scenario.chain.as_ref().map_or_else(GasUnits::default, |chain| chain.gas_units.clone());
    if let Some(Mechanism::StateMigration(state)) = scenario.migration.as_ref().map(|plan| &plan.mechanism)
        && let MovedBy::Claims(claims) = &state.moved_by
    {
        units.migrate = claims.gas_per_claim;
    }
    units
}

fn rebalancing(scenario: &Scenario) -> Rebalancing {
    match scenario.migration.as_ref().map(|plan| &plan.mechanism) {
        Some(Mechanism::Rebalancing(rebalancing)) => rebalancing.clone(),
        // One transaction claims an entry.
        Some(Mechanism::StateMigration(_)) => Rebalancing { migrator_share: 1.0, ..Rebalancing::default() },
        Some(Mechanism::ProxyUpgrade(_) | Mechanism::CrossChain(_)) | None => Rebalancing::default(),
    }
}

/// The penalty on moving late, from its own date or from the deadline on.
fn late_penalty(scenario: &Scenario) -> Option<LatePenalty> {
    let plan = scenario.migration.as_ref()?;
    let spec = plan.late_penalty.as_ref()?;
    Some(LatePenalty::new(spec, spec.after.or(plan.deadline)?, scenario.start))
}

fn ranges(scenario: &Scenario) -> Ranges {
    let spec = scenario.providers.as_ref().map(|providers| providers.ranges.clone()).unwrap_or_default();
    Ranges::new(spec.narrow, spec.wide)
}

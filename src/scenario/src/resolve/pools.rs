//! The pools of a scenario: pairs, coins, curves with their names resolved, and the rules across their values.

use super::crossing::units_of;
use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_base::units::Instant;
use portage_chain::{Chain, GasUnits};
use portage_engine::model::VenueSetup;
use portage_engine::world::{Coins, VenueTerms};
use portage_pools::{COINS_MAX, DynamicFeeSpec, Opened, PoolSpec, Role, SwapGas, VENUES_MAX};

/// Least liquidity of a pool that is not empty, USD: below, gas of single moves exceeds it a thousandfold and rounding shows.
const LEAST_TVL_USD: f64 = 1.0;

/// Largest factor between the values of two coins that a StableSwap pool holds one for one: beyond, a rate is missing (judgement).
const PAR_FACTOR_MAX: f64 = 2.0;

/// What the pools of a scenario are.
pub(super) struct Pools {
    pub(super) venues: Vec<VenueSetup>,
    pub(super) pairs: Vec<(Token, Token)>,
    pub(super) coins: Coins,
}

/// The tokens of one pool: base and quote, then further coins.
struct Tokens {
    pair: (Token, Token),
    coins: Vec<Token>,
}

impl Names<'_> {
    /// Resolves the pools; `None` when a rule is broken without which they mean nothing.
    pub(super) fn pools(&mut self, scenario: &Scenario, gas: &GasUnits) -> Option<Pools> {
        let count = scenario.pools.len();
        if !(1..=VENUES_MAX).contains(&count) {
            rule!(self.rules => "pools", "{count} pools", "one to {VENUES_MAX} pools");
            return None;
        }
        self.sides(scenario);
        self.holdings(scenario);
        let mut tokens = Vec::new();
        for (name, pool) in &scenario.pools {
            rule!(self.rules, if pool.tvl_usd > 0.0 && pool.tvl_usd < LEAST_TVL_USD => "pools.{name}.tvl_usd",
                ("a pool of {} USD is dust", pool.tvl_usd), "0 USD for an empty pool, or at least {LEAST_TVL_USD} USD");
            tokens.push(self.tokens_of(name, pool));
        }
        let tokens: Option<Vec<Tokens>> = tokens.into_iter().collect();
        let tokens = tokens?;
        let (pairs, coins) = self.pairs_of(scenario, &tokens)?;
        let mut venues = Vec::new();
        for ((name, pool), own) in scenario.pools.iter().zip(&tokens) {
            let list = if pool.role == Role::Route { own.coins.clone() } else { coins.list().to_vec() };
            let curve = self.curve(name, pool, &list, scenario.start)?;
            self.dynamic_fee(&format!("pools.{name}.dynamic_fee"), pool.dynamic_fee.as_ref());
            let pair = pairs.iter().position(|pair| *pair == own.pair)?;
            let gas = units_of(scenario, pool.role, gas);
            venues.push(setup(name, pool, (pair, Coins::new(&list)), curve, gas));
        }
        Some(Pools { venues, pairs, coins })
    }

    /// Which sides of the migration there are.
    fn sides(&mut self, scenario: &Scenario) {
        let of_role = |role: Role| scenario.pools.values().filter(move |pool| pool.role == role).count();
        let (old, new, rivals) = (of_role(Role::Old), of_role(Role::New), of_role(Role::Rival));
        if scenario.migration.is_some() && (old == 0 || new == 0) {
            let (there, missing) = if old == 0 { ("come from", "old") } else { ("migrate to", "new") };
            rule!(self.rules => "migration", "liquidity has nowhere to {there}", "a pool with role = \"{missing}\"",
                "leave out [migration] to simulate pools without one");
        } else if old + new > 1 && (old == 0 || new == 0) && rivals == 0 {
            rule!(self.rules => "pools", "all pools of the pair stand on the same side of the migration",
                "at least one with role = \"old\" and one with role = \"new\"");
        }
        rule!(self.rules, if rivals > 0 && old + new == 0 => "pools",
            "there are rivals, but no pool that they are rivals of", "a pool with role = \"old\" or role = \"new\"");
        if scenario.migration.as_ref().is_some_and(|plan| plan.batch.is_some()) {
            self.batch(scenario, new);
        }
        let migrated = scenario.pools.values().filter(|pool| pool.role.is_migrated());
        rule!(self.rules, if migrated.map(|pool| pool.tvl_usd).sum::<f64>() <= 0.0 => "pools",
            "no pool holds any liquidity at the opening",
            "tvl_usd above 0 USD in at least one pool that is old or new");
    }

    /// A batch moves shares that were pledged, into one pool.
    fn batch(&mut self, scenario: &Scenario, new: usize) {
        rule!(self.rules, if new > 1 => "migration.batch", "a batch into {new} pools", "one pool with role = \"new\"");
        for (name, pool) in &scenario.pools {
            rule!(self.rules, if pool.role == Role::Old && pool.curve.is_range_based() =>
                "migration.batch", "positions of the concentrated pool \"{name}\" cannot be pledged",
                "old pools with shares", "leave out `batch`: each position then moves by itself");
        }
    }

    fn tokens_of(&mut self, name: &str, pool: &PoolSpec) -> Option<Tokens> {
        let base = self.token(&format!("pools.{name}.base"), &pool.base);
        let quote = self.token(&format!("pools.{name}.quote"), &pool.quote);
        let mut coins = vec![base?, quote?];
        let kind = pool.curve.coins_field();
        for coin in pool.curve.further_coins(&pool.base, &pool.quote) {
            coins.push(self.token(&format!("pools.{name}.curve.{kind}"), &coin)?);
        }
        for (at, coin) in coins.iter().enumerate() {
            if coins[..at].contains(coin) {
                let coin = &self.tokens[coin.index()];
                match at {
                    1 => rule!(self.rules => "pools.{name}.quote", "base and quote are the same asset"),
                    _ => rule!(self.rules => "pools.{name}.curve.{kind}", "the coin \"{coin}\" is listed twice"),
                }
                return None;
            }
        }
        if coins.len() > COINS_MAX {
            rule!(self.rules => "pools.{name}.curve.{kind}", ("{} coins", coins.len()), "at most {COINS_MAX} coins");
            return None;
        }
        Some(Tokens { pair: (coins[0], coins[1]), coins })
    }

    /// The pair that is migrated, the legs of the route, and the coins of the migrated pools.
    fn pairs_of(&mut self, scenario: &Scenario, tokens: &[Tokens]) -> Option<(Vec<(Token, Token)>, Coins)> {
        let with = |route: bool| {
            let all = scenario.pools.iter().zip(tokens);
            all.filter(move |((_, pool), _)| (pool.role == Role::Route) == route)
        };
        let Some((_, first)) = with(false).next() else {
            rule!(self.rules => "pools", "no pool is old or new", "role = \"old\" in at least one pool");
            return None;
        };
        let before = self.rules.len();
        for ((name, _), own) in with(false) {
            let has_same_coins =
                own.coins.len() == first.coins.len() && own.coins.iter().all(|coin| first.coins.contains(coin));
            if own.pair != first.pair {
                rule!(self.rules => "pools.{name}.base", "old, new and rival pools trade different pairs",
                    ("{} against {}", self.name(first.pair.0), self.name(first.pair.1)),
                    "a pool of another pair takes part with role = \"route\"");
            } else if !has_same_coins {
                rule!(self.rules => "pools.{name}.curve", "old, new and rival pools hold different coins",
                    { first.coins.iter().map(|coin| self.name(*coin)).collect::<Vec<_>>().join(", ") },
                    "liquidity moves coin by coin: give both pools the same coins");
            }
        }
        let mut pairs = vec![first.pair];
        self.legs(with(true).map(|((name, pool), own)| (name.as_str(), pool, own)).collect(), &mut pairs);
        (self.rules.len() == before).then(|| (pairs, Coins::new(&first.coins)))
    }

    /// The two legs of the route through one intermediate token: base against it, and it against quote.
    fn legs(&mut self, routes: Vec<(&str, &PoolSpec, &Tokens)>, pairs: &mut Vec<(Token, Token)>) {
        let (base, quote) = pairs[0];
        let mut middle = None;
        let mut has_leg = [false; 2];
        for (name, pool, own) in &routes {
            let between = if own.pair.0 == base && own.pair.1 != quote {
                has_leg[0] = true;
                Some(own.pair.1)
            } else if own.pair.1 == quote && own.pair.0 != base {
                has_leg[1] = true;
                Some(own.pair.0)
            } else {
                None
            };
            rule!(self.rules, if between.is_none() || middle.is_some_and(|middle| Some(middle) != between) =>
                "pools.{name}.base", "the pool is no leg of one route from base to quote",
                ("{} against an intermediate token, or that token against {}", self.name(base), self.name(quote)),
                "this version routes through one intermediate token");
            rule!(self.rules, if pool.tvl_usd <= 0.0 => "pools.{name}.tvl_usd",
                "a route through an empty pool leads nowhere", "at least {LEAST_TVL_USD} USD");
            middle = middle.or(between);
        }
        rule!(self.rules, if !routes.is_empty() && has_leg.contains(&false) => "pools",
            "the route through an intermediate token lacks one of its two legs",
            "pools with role = \"route\" for base against it and for it against quote");
        if let Some(middle) = middle {
            pairs.extend([(base, middle), (middle, quote)]);
        }
    }

    /// The two ends between which a fee follows the pool's state stand in their order.
    fn dynamic_fee(&mut self, path: &str, spec: Option<&DynamicFeeSpec>) {
        let (field, low, high, unit) = match spec {
            Some(DynamicFeeSpec::RealisedVolatility { low_volatility, high_volatility, .. }) => {
                ("realised_volatility.high_volatility", *low_volatility, *high_volatility, "per sqrt(year)")
            }
            Some(DynamicFeeSpec::Depth { thin_usd, deep_usd, .. }) => ("depth.deep_usd", *thin_usd, *deep_usd, "USD"),
            Some(DynamicFeeSpec::SinceLaunch { .. }) | None => return,
        };
        rule!(self.rules, if high <= low => "{path}.{field}", "{high} {unit} is not above the lower end, {low} {unit}",
            "more than {low} {unit}");
    }

    fn name(&self, token: Token) -> String {
        self.tokens[token.index()].clone()
    }

    /// The empty pool of a curve.
    fn curve(&mut self, name: &str, pool: &PoolSpec, coins: &[Token], start: Instant) -> Option<Opened> {
        let coins: Vec<&str> = coins.iter().map(|coin| self.tokens[coin.index()].as_str()).collect();
        match pool.curve.open(&coins, start) {
            Ok(opened) => Some(opened),
            Err(faults) => {
                for fault in faults {
                    let (field, error) = (fault.field, fault.error);
                    rule!(self.rules => "pools.{name}.curve.{field}", error, { error.expected().unwrap_or_default() });
                }
                None
            }
        }
    }

    /// Coins of a StableSwap pool must be worth about one another at their rates, or the pool is drained at the opening.
    pub(super) fn par(&mut self, scenario: &Scenario, pools: &Pools, price_usd: impl Fn(Token) -> f64) {
        for (venue, name) in pools.venues.iter().zip(scenario.pools.keys()) {
            let Some(rates) = venue.pool.par_rates() else { continue };
            let coins = venue.terms.coins.list();
            let worth = |coin: usize| price_usd(coins[coin]) / rates[coin];
            for coin in 1..coins.len() {
                let ratio = worth(coin) / worth(0);
                let least = 1.0 / PAR_FACTOR_MAX;
                rule!(self.rules, if !(least..=PAR_FACTOR_MAX).contains(&ratio) =>
                    "pools.{name}.curve.stable_swap.rates",
                    ("at its rate, {} is worth {ratio:.4} times {}: a StableSwap pool holds its coins about one for one",
                        self.name(coins[coin]), self.name(coins[0])),
                    "a ratio from {least} to {PAR_FACTOR_MAX}", "give wrapped or staked coins their rate");
            }
        }
    }
}

fn setup(name: &str, pool: &PoolSpec, place: (usize, Coins), opened: Opened, gas: &GasUnits) -> VenueSetup {
    let by_curve = SwapGas {
        constant_product: gas.swap,
        concentrated: gas.swap_concentrated,
        stable_swap: gas.swap_stable,
        weighted: gas.swap_weighted,
    };
    let swap_gas = pool.swap_gas.unwrap_or(pool.curve.swap_gas(&by_curve));
    VenueSetup {
        name: name.to_owned(),
        terms: VenueTerms {
            role: pool.role,
            chain: Chain::Home,
            pair: place.0,
            coins: place.1,
            fee_rule: pool.curve.fee_rule(),
            protocol_share: pool.curve.protocol_share(),
            swap_gas,
            arbitrage_gas: (gas.arbitrage + swap_gas).saturating_sub(gas.swap),
        },
        pool: opened.pool,
        fee: pool.curve.fee(),
        dynamic_fee: pool.dynamic_fee.clone(),
        has_schedule: opened.has_schedule,
        tvl_usd: pool.tvl_usd,
    }
}

//! The pools of a scenario: pairs, coins, curves with their names resolved, and the rules across their values.

use super::broken::BrokenRule;
use super::crossing::units_of;
use super::names::Names;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_base::units::{Instant, SECONDS_PER_DAY};
use portage_chain::{Chain, GasUnits};
use portage_engine::model::VenueSetup;
use portage_engine::world::{Coins, FeeRule, VenueTerms};
use portage_pools::{
    Amounts, AmplificationRamp, COINS_MAX, ConcentratedPool, ConstantProductPool, CurveSpec, DynamicFeeSpec,
    FeeDestination, HoldingPool, Pool, PoolSpec, Rate, Role, StableSwapPool, StableSwapSpec, SwapLimits, VENUES_MAX,
    Weight, WeightRamp, WeightedPool, WeightedSpec,
};
use std::collections::BTreeMap;

/// Least liquidity of a pool that is not empty, USD: below, gas of single moves exceeds it a thousandfold and rounding shows.
const LEAST_TVL_USD: f64 = 1.0;

/// How far the weights of a pool may sum from one: what is written with a few decimals.
const WEIGHTS_OFF_MAX: f64 = 1e-6;

/// Least weight of a coin. Source: Balancer V2, WeightedMath.
const WEIGHT_LEAST: f64 = 0.01;

/// Least time of a change of the amplification, days. Source: Curve's StableSwap contracts, `MIN_RAMP_TIME`.
const RAMP_DAYS_MIN: f64 = 1.0;

/// Largest factor of a change of the amplification. Source: Curve's StableSwap contracts, `MAX_A_CHANGE`.
const RAMP_FACTOR_MAX: f64 = 10.0;

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
            let rule = BrokenRule::new("pools", format!("{count} pools"));
            self.broken.push(rule.expected(format!("one to {VENUES_MAX} pools")));
            return None;
        }
        self.sides(scenario);
        self.holdings(scenario);
        let mut tokens = Vec::new();
        for (name, pool) in &scenario.pools {
            if pool.tvl_usd > 0.0 && pool.tvl_usd < LEAST_TVL_USD {
                self.broken.push(
                    BrokenRule::new(format!("pools.{name}.tvl_usd"), format!("a pool of {} USD is dust", pool.tvl_usd))
                        .expected(format!("0 USD for an empty pool, or at least {LEAST_TVL_USD} USD")),
                );
            }
            tokens.push(self.tokens_of(name, pool));
        }
        let tokens: Option<Vec<Tokens>> = tokens.into_iter().collect();
        let tokens = tokens?;
        let (pairs, coins) = self.pairs_of(scenario, &tokens)?;
        let mut venues = Vec::new();
        for ((name, pool), own) in scenario.pools.iter().zip(&tokens) {
            let path = format!("pools.{name}.curve");
            let list = if pool.role == Role::Route { own.coins.clone() } else { coins.list().to_vec() };
            let curve = self.curve(&path, pool, &list, scenario)?;
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
            self.broken.push(
                BrokenRule::new("migration", format!("liquidity has nowhere to {there}"))
                    .expected(format!("a pool with role = \"{missing}\""))
                    .hint("leave out [migration] to simulate pools without one"),
            );
        } else if old + new > 1 && (old == 0 || new == 0) && rivals == 0 {
            self.broken.push(
                BrokenRule::new("pools", "all pools of the pair stand on the same side of the migration")
                    .expected("at least one with role = \"old\" and one with role = \"new\""),
            );
        }
        if rivals > 0 && old + new == 0 {
            self.broken.push(
                BrokenRule::new("pools", "there are rivals, but no pool that they are rivals of")
                    .expected("a pool with role = \"old\" or role = \"new\""),
            );
        }
        if scenario.migration.as_ref().is_some_and(|plan| plan.batch.is_some()) {
            self.batch(scenario, new);
        }
        let migrated = scenario.pools.values().filter(|pool| pool.role.is_migrated());
        if migrated.map(|pool| pool.tvl_usd).sum::<f64>() <= 0.0 {
            self.broken.push(
                BrokenRule::new("pools", "no pool holds any liquidity at the opening")
                    .expected("tvl_usd above 0 USD in at least one pool that is old or new"),
            );
        }
    }

    /// A batch moves shares that were pledged, into one pool.
    fn batch(&mut self, scenario: &Scenario, new: usize) {
        if new > 1 {
            self.broken.push(
                BrokenRule::new("migration.batch", format!("a batch into {new} pools"))
                    .expected("one pool with role = \"new\""),
            );
        }
        for (name, pool) in &scenario.pools {
            if pool.role == Role::Old && matches!(pool.curve, CurveSpec::Concentrated(_)) {
                self.broken.push(
                    BrokenRule::new(
                        "migration.batch",
                        format!("positions of the concentrated pool \"{name}\" cannot be pledged"),
                    )
                    .expected("old pools with shares")
                    .hint("leave out `batch`: each position then moves by itself"),
                );
            }
        }
    }

    fn tokens_of(&mut self, name: &str, pool: &PoolSpec) -> Option<Tokens> {
        let base = self.token(&format!("pools.{name}.base"), &pool.base);
        let quote = self.token(&format!("pools.{name}.quote"), &pool.quote);
        let mut coins = vec![base?, quote?];
        let kind = if matches!(pool.curve, CurveSpec::StableSwap(_)) {
            "stable_swap.further_coins"
        } else {
            "weighted.weights"
        };
        for coin in pool.curve.further_coins(&pool.base, &pool.quote) {
            coins.push(self.token(&format!("pools.{name}.curve.{kind}"), &coin)?);
        }
        for (at, coin) in coins.iter().enumerate() {
            if coins[..at].contains(coin) {
                let (field, twice) = if at == 1 {
                    ("quote".to_owned(), "base and quote are the same asset".to_owned())
                } else {
                    (format!("curve.{kind}"), format!("the coin \"{}\" is listed twice", self.tokens[coin.index()]))
                };
                self.broken.push(BrokenRule::new(format!("pools.{name}.{field}"), twice));
                return None;
            }
        }
        if coins.len() > COINS_MAX {
            let rule = BrokenRule::new(format!("pools.{name}.curve.{kind}"), format!("{} coins", coins.len()));
            self.broken.push(rule.expected(format!("at most {COINS_MAX} coins")));
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
            self.broken.push(
                BrokenRule::new("pools", "no pool is old or new").expected("role = \"old\" in at least one pool"),
            );
            return None;
        };
        let before = self.broken.len();
        for ((name, _), own) in with(false) {
            let has_same_coins =
                own.coins.len() == first.coins.len() && own.coins.iter().all(|coin| first.coins.contains(coin));
            if own.pair != first.pair {
                self.broken.push(
                    BrokenRule::new(format!("pools.{name}.base"), "old, new and rival pools trade different pairs")
                        .expected(format!("{} against {}", self.name(first.pair.0), self.name(first.pair.1)))
                        .hint("a pool of another pair takes part with role = \"route\""),
                );
            } else if !has_same_coins {
                self.broken.push(
                    BrokenRule::new(format!("pools.{name}.curve"), "old, new and rival pools hold different coins")
                        .expected(first.coins.iter().map(|coin| self.name(*coin)).collect::<Vec<_>>().join(", "))
                        .hint("liquidity moves coin by coin: give both pools the same coins"),
                );
            }
        }
        let mut pairs = vec![first.pair];
        self.legs(with(true).map(|((name, pool), own)| (name.as_str(), pool, own)).collect(), &mut pairs);
        (self.broken.len() == before).then(|| (pairs, Coins::new(&first.coins)))
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
            let expected = format!(
                "{} against an intermediate token, or that token against {}",
                self.name(base),
                self.name(quote)
            );
            if between.is_none() || middle.is_some_and(|middle| Some(middle) != between) {
                self.broken.push(
                    BrokenRule::new(format!("pools.{name}.base"), "the pool is no leg of one route from base to quote")
                        .expected(expected)
                        .hint("this version routes through one intermediate token"),
                );
            }
            if pool.tvl_usd <= 0.0 {
                self.broken.push(
                    BrokenRule::new(format!("pools.{name}.tvl_usd"), "a route through an empty pool leads nowhere")
                        .expected(format!("at least {LEAST_TVL_USD} USD")),
                );
            }
            middle = middle.or(between);
        }
        if !routes.is_empty() && has_leg.contains(&false) {
            self.broken.push(
                BrokenRule::new("pools", "the route through an intermediate token lacks one of its two legs")
                    .expected("pools with role = \"route\" for base against it and for it against quote"),
            );
        }
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
        if high <= low {
            self.broken.push(
                BrokenRule::new(
                    format!("{path}.{field}"),
                    format!("{high} {unit} is not above the lower end, {low} {unit}"),
                )
                .expected(format!("more than {low} {unit}")),
            );
        }
    }

    fn name(&self, token: Token) -> String {
        self.tokens[token.index()].clone()
    }

    fn curve(&mut self, path: &str, pool: &PoolSpec, coins: &[Token], scenario: &Scenario) -> Option<(Pool, bool)> {
        let fee = pool.curve.fee();
        Some(match &pool.curve {
            CurveSpec::ConstantProduct(_) => (Pool::ConstantProduct(ConstantProductPool::new(fee)), false),
            CurveSpec::Concentrated(curve) => {
                (Pool::Concentrated(Box::new(ConcentratedPool::new(curve.spacing(), fee, 1))), false)
            }
            CurveSpec::StableSwap(curve) => self.stable_swap(&format!("{path}.stable_swap"), curve, coins, scenario)?,
            CurveSpec::Weighted(curve) => self.weighted(&format!("{path}.weighted"), curve, coins, scenario)?,
            CurveSpec::Holding(curve) => {
                (Pool::Holding(HoldingPool::new(curve.yield_rate, curve.units_per_base)), false)
            }
        })
    }

    fn stable_swap(
        &mut self,
        path: &str,
        curve: &StableSwapSpec,
        coins: &[Token],
        scenario: &Scenario,
    ) -> Option<(Pool, bool)> {
        let before = self.broken.len();
        let mut ramp = AmplificationRamp::fixed(curve.amplification);
        if let Some(change) = &curve.ramp {
            self.dates(&format!("{path}.ramp"), change.from, change.until);
            let days = change.until.seconds_since(change.from) / SECONDS_PER_DAY;
            let factor = (change.to / curve.amplification).max(curve.amplification / change.to);
            if days < RAMP_DAYS_MIN || factor > RAMP_FACTOR_MAX {
                let message = format!("the amplification changes by a factor of {factor:.3} within {days:.3} days");
                self.broken.push(BrokenRule::new(format!("{path}.ramp"), message).expected(format!(
                    "at most a factor of {RAMP_FACTOR_MAX} and at least {RAMP_DAYS_MIN} day, as the contract demands"
                )));
            }
            ramp.future = change.to;
            ramp.from_seconds = change.from.seconds_since(scenario.start);
            ramp.until_seconds = change.until.seconds_since(scenario.start);
        }
        let mut rates = [Rate::PAR; COINS_MAX];
        for (name, rate) in &curve.rates {
            let place = coins.iter().position(|coin| self.tokens[coin.index()] == *name);
            match place {
                Some(at) => rates[at] = Rate { initial: rate.initial, per_year: rate.per_year },
                None => self.broken.push(
                    BrokenRule::new(format!("{path}.rates.{name}"), format!("the pool holds no coin \"{name}\""))
                        .expected(coins.iter().map(|coin| self.name(*coin)).collect::<Vec<_>>().join(", ")),
                ),
            }
        }
        let has_schedule = curve.ramp.is_some() || curve.rates.values().any(|rate| rate.per_year != 0.0);
        (self.broken.len() == before).then(|| {
            let fee = curve.fee_bps / portage_base::units::BPS;
            (Pool::StableSwap(Box::new(StableSwapPool::new(coins.len(), ramp, rates, fee))), has_schedule)
        })
    }

    fn weighted(
        &mut self,
        path: &str,
        curve: &WeightedSpec,
        coins: &[Token],
        scenario: &Scenario,
    ) -> Option<(Pool, bool)> {
        let before = self.broken.len();
        let initial = self.weights(&format!("{path}.weights"), &curve.weights, coins);
        let mut ramp = WeightRamp::fixed(initial);
        if let Some(change) = &curve.change {
            self.dates(&format!("{path}.change"), change.from, change.until);
            ramp.future = self.weights(&format!("{path}.change.to"), &change.to, coins);
            ramp.from_seconds = change.from.seconds_since(scenario.start);
            ramp.until_seconds = change.until.seconds_since(scenario.start);
        }
        // Runs trade by what is paid; the limit on what is received holds for the other way of asking.
        let limits = curve.swap_limit.map(|share| SwapLimits { in_share: share, out_share: share });
        (self.broken.len() == before).then(|| {
            let fee = curve.fee_bps / portage_base::units::BPS;
            (Pool::Weighted(Box::new(WeightedPool::new(coins.len(), ramp, fee, limits))), curve.change.is_some())
        })
    }

    fn weights(&mut self, path: &str, weights: &BTreeMap<String, Weight>, coins: &[Token]) -> Amounts {
        let mut by_coin = [0.0; COINS_MAX];
        for (weight, coin) in by_coin.iter_mut().zip(coins) {
            let name = self.tokens[coin.index()].clone();
            match weights.get(&name) {
                Some(Weight(share)) => *weight = *share,
                None => self.broken.push(BrokenRule::new(path, format!("the coin \"{name}\" has no weight"))),
            }
        }
        if let Some(stranger) =
            weights.keys().find(|name| !coins.iter().any(|coin| self.tokens[coin.index()] == **name))
        {
            self.broken.push(BrokenRule::new(path, format!("the pool holds no coin \"{stranger}\"")));
        }
        let sum: f64 = by_coin.iter().sum();
        if (sum - 1.0).abs() > WEIGHTS_OFF_MAX {
            self.broken
                .push(BrokenRule::new(path, format!("the weights sum to {sum}")).expected("weights that sum to 1"));
        }
        // Dividing must not push the least weight below its bound.
        by_coin.map(|weight| if weight > 0.0 { (weight / sum).max(WEIGHT_LEAST) } else { 0.0 })
    }

    fn dates(&mut self, path: &str, from: Instant, until: Instant) {
        if until <= from {
            self.broken.push(
                BrokenRule::new(
                    format!("{path}.until"),
                    format!("the change ends on {until}, not after it begins on {from}"),
                )
                .expected(format!("a date after {from}")),
            );
        }
    }

    /// Coins of a StableSwap pool must be worth about one another at their rates, or the pool is drained at the opening.
    pub(super) fn par(&mut self, scenario: &Scenario, pools: &Pools, price_usd: impl Fn(Token) -> f64) {
        for (venue, (name, spec)) in pools.venues.iter().zip(&scenario.pools) {
            let (Pool::StableSwap(pool), CurveSpec::StableSwap(_)) = (&venue.pool, &spec.curve) else { continue };
            let coins = venue.terms.coins.list();
            let worth = |coin: usize| price_usd(coins[coin]) / pool.rate(coin);
            for coin in 1..coins.len() {
                let ratio = worth(coin) / worth(0);
                if !(1.0 / PAR_FACTOR_MAX..=PAR_FACTOR_MAX).contains(&ratio) {
                    let message = format!(
                        "at its rate, {} is worth {ratio:.4} times {}: a StableSwap pool holds its coins about one for one",
                        self.name(coins[coin]),
                        self.name(coins[0])
                    );
                    self.broken.push(
                        BrokenRule::new(format!("pools.{name}.curve.stable_swap.rates"), message)
                            .expected(format!("a ratio from {} to {PAR_FACTOR_MAX}", 1.0 / PAR_FACTOR_MAX))
                            .hint("give wrapped or staked coins their rate"),
                    );
                }
            }
        }
    }
}

fn setup(name: &str, pool: &PoolSpec, place: (usize, Coins), curve: (Pool, bool), gas: &GasUnits) -> VenueSetup {
    let (swap_gas, fee_rule) = match &pool.curve {
        CurveSpec::ConstantProduct(curve) => match curve.fees {
            FeeDestination::Compounded => (gas.swap, FeeRule::Minted),
            FeeDestination::Apart => (gas.swap, FeeRule::Apart),
        },
        CurveSpec::Concentrated(_) => (gas.swap_concentrated, FeeRule::Apart),
        CurveSpec::StableSwap(_) => (gas.swap_stable, FeeRule::Cut),
        CurveSpec::Weighted(_) => (gas.swap_weighted, FeeRule::Cut),
        CurveSpec::Holding(_) => (0, FeeRule::Minted),
    };
    let swap_gas = pool.swap_gas.unwrap_or(swap_gas);
    VenueSetup {
        name: name.to_owned(),
        terms: VenueTerms {
            role: pool.role,
            chain: Chain::Home,
            pair: place.0,
            coins: place.1,
            fee_rule,
            protocol_share: pool.curve.protocol_share(),
            swap_gas,
            arbitrage_gas: (gas.arbitrage + swap_gas).saturating_sub(gas.swap),
        },
        pool: curve.0,
        fee: pool.curve.fee(),
        dynamic_fee: pool.dynamic_fee.clone(),
        has_schedule: curve.1,
        tvl_usd: pool.tvl_usd,
    }
}

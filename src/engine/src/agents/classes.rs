//! Parameters of liquidity providers, class by class.

use super::widths::{RangeMix, RangesSpec};
use crate::world::LpClass;
use portage_base::units::{SECONDS_PER_DAY, Span};
use portage_pools::VENUES_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The liquidity providers of the scenario.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvidersSpec {
    /// Number of providers in the pools at the opening, all classes but farmers together.
    #[schemars(range(min = 1, max = 2_000_000), extend("x-unit" = "addresses", "x-source" = "16,416 addresses earned SUSHI rewards; 1,000-50,000 per programme"))]
    pub count: u32,
    /// Standard deviation of the log of position sizes.
    #[serde(default = "size_sd")]
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "SUSHI farm rewards and stkAAVE: lognormal with ln-sd 2.7-3.2 gives top 1 % = 0.77, top 10 % = 0.96"))]
    pub size_sd: f64,
    /// How the news of the migration spreads.
    #[serde(default)]
    pub awareness: AwarenessSpec,
    /// Yield per year that providers expect elsewhere.
    #[serde(default = "outside_yield")]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year", "x-source" = "required yield on marginal capital 6-25 % a year: its geometric middle"))]
    pub outside_yield: f64,
    /// How closely the pools are alike for the chooser: nest parameter of the nested logit, 1 for a plain logit.
    #[serde(default = "nesting")]
    #[schemars(range(min = 0.05, max = 1.0), extend("x-unit" = "1", "x-source" = "McFadden 1978; judgement"))]
    pub nesting: f64,
    /// What the time and trouble of one move are worth to a provider, whatever it holds; nobody is paid for it.
    #[serde(default = "effort_usd")]
    #[schemars(range(min = 0.0, max = 10_000.0), extend("x-unit" = "USD per move", "x-source" = "LEND to AAVE 2020: gas of some USD and an effort of this size keep 84 % of addresses and 3.5 % of value from converting in nine months"))]
    pub effort_usd: f64,
    /// How wide the ranges are that providers choose in pools of concentrated liquidity.
    #[serde(default)]
    pub ranges: RangesSpec,
    /// How unsure the parameters of awareness, of the classes and of the yield elsewhere are: every run draws its own about those
    /// stated, with this multiple of the spreads measured across cases; 0 leaves them as stated.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "multiple of the spread across cases", "x-source" = "1: the ranges across cases; see the model's constants named uncertainty_"))]
    pub uncertainty: f64,
    /// Providers that move because others have moved.
    #[serde(default)]
    pub herding: Option<HerdingSpec>,
    /// Providers that leave because others leave.
    #[serde(default)]
    pub run: Option<PoolRunSpec>,
    /// The classes; what is left out does not exist.
    pub classes: ClassesSpec,
}

impl ProvidersSpec {
    /// Providers at most: rounding can add one a class and pool to the count, and farmers come from outside.
    #[must_use]
    pub(crate) fn heads_max(&self) -> u32 {
        let farmers = self.classes.mercenary.as_ref().map_or(0, |class| class.count);
        let integrators = self.classes.integrator.as_ref().map_or(0, |class| class.count);
        self.count + farmers + integrators + (LpClass::ALL.len() * VENUES_MAX) as u32
    }
}

const fn professional_ranges() -> RangeMix {
    RangeMix { narrow: 0.5, wide: 0.4 }
}

const fn retail_ranges() -> RangeMix {
    RangeMix { narrow: 0.1, wide: 0.5 }
}

const fn size_sd() -> f64 {
    3.1
}

const fn outside_yield() -> f64 {
    0.12
}

const fn nesting() -> f64 {
    0.5
}

const fn effort_usd() -> f64 {
    10.0
}

/// Classes of liquidity providers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassesSpec {
    /// Protocols, vaults and custodians that move in few lumps.
    #[serde(default)]
    pub integrator: Option<IntegratorClass>,
    /// Providers that re-evaluate often and respond with noise.
    #[serde(default)]
    pub active: Option<ActiveClass>,
    /// Providers that must become aware, then act with a falling hazard.
    #[serde(default)]
    pub passive: Option<PassiveClass>,
    /// Capital that farms rewards and leaves; it starts outside, or in the pools where it farms already. It needs no news of a migration:
    /// farmers live by lists of what pays.
    #[serde(default)]
    pub mercenary: Option<MercenaryClass>,
    /// Positions pledged or time-locked elsewhere, which cannot move until they are freed.
    #[serde(default)]
    pub locked: Option<LockedClass>,
}

/// What a class weighs when it chooses, and how noisily.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Motives {
    /// Scale of the noise in the choice.
    #[schemars(range(min = 1e-5, max = 1.0), extend("x-unit" = "per year", "x-source" = "0.25-4 % a year (derived; McFadden logit)"))]
    pub noise: f64,
    /// Extra yield that the present place enjoys for being the present place.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "per year", "x-source" = "0-10 % a year (derived)"))]
    pub inertia: f64,
    /// Horizon over which the cost of a move is spread.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "7-180 days (derived)"))]
    pub horizon: Span,
    /// Weight of the log of the number of providers already there.
    #[schemars(range(min = 0.0, max = 5.0), extend("x-unit" = "1", "x-source" = "0-0.5 (derived)"))]
    pub social_proof: f64,
    /// Share of rewards that counts: the rest is expected to be lost to their falling price.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of rewards", "x-source" = "judgement: reward tokens fall while they are farmed"))]
    pub rewards_kept: f64,
    /// Relative risk aversion on the value of the position.
    #[schemars(range(min = 0.0, max = 50.0), extend("x-unit" = "1", "x-source" = "judgement: 0 to 3"))]
    pub risk_aversion: f64,
}

impl Default for Motives {
    fn default() -> Self {
        Self {
            noise: 0.02,
            inertia: 0.03,
            horizon: days(60.0),
            social_proof: 0.2,
            rewards_kept: 0.7,
            risk_aversion: 0.0,
        }
    }
}

pub(super) fn days(count: f64) -> Span {
    Span::from_seconds(count * SECONDS_PER_DAY).unwrap_or_default()
}

/// Protocols, vaults and custodians.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegratorClass {
    /// Share of each pool's liquidity that the class holds at the opening.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "custodial block of 0.1-0.5 of value (LEND to AAVE 0.27 in one day)"))]
    pub value_share: f64,
    /// Number of integrators.
    #[serde(default = "integrators")]
    #[schemars(range(min = 1, max = 1_000), extend("x-unit" = "addresses", "x-source" = "judgement: moves come in one to three lumps"))]
    pub count: u32,
    /// Median time from the opening of the new version to the first decision.
    #[serde(default = "integrator_delay")]
    #[schemars(extend("x-source" = "11-15 days: LEND to AAVE 2020, DSR 2019"))]
    pub delay: Span,
    /// Standard deviation of the log of that time.
    #[serde(default = "integrator_delay_sd")]
    #[schemars(range(min = 0.0, max = 3.0), extend("x-unit" = "log", "x-source" = "range 1-45 days about 13"))]
    pub delay_sd: f64,
    /// Number of lumps in which integrators act together, at one time and by one draw; left out, each acts for itself.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3), extend("x-unit" = "lumps", "x-source" = "LEND to AAVE 2020: 0.27 of value on one day; DSR 2019: one to three lumps"))]
    pub lumps: Option<u32>,
    /// What an integrator goes by when its time has come.
    #[serde(default)]
    pub follows: Follows,
    /// What the class weighs.
    #[serde(default)]
    pub motives: Motives,
    /// How wide its ranges are in pools of concentrated liquidity.
    #[serde(default = "professional_ranges")]
    pub ranges: RangeMix,
}

/// What an integrator goes by when its time has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follows {
    /// Its own choice between the pools, as any provider.
    #[default]
    Choice,
    /// Its customers: it converts for them into the best new pool without weighing yields, as exchanges did from LEND to AAVE.
    Customers,
}

const fn integrators() -> u32 {
    5
}

fn integrator_delay() -> Span {
    days(13.0)
}

const fn integrator_delay_sd() -> f64 {
    0.6
}

/// Providers that re-evaluate often.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveClass {
    /// Share of each pool's liquidity that the class holds at the opening.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "sophisticated providers hold 0.65-0.85 (BIS 2024, V3)"))]
    pub value_share: f64,
    /// Share of the providers other than integrators that belong to the class.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "0.05-0.15: the rest is retail (BIS 2024, V3)"))]
    pub head_share: f64,
    /// Reviews per provider of mean size.
    #[serde(default = "active_reviews")]
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "per day", "x-source" = "LEND to AAVE 2020: 0.10 of value on the first whole day and 0.39 after a week, before the custodians; see lend-to-aave-2020"))]
    pub reviews_per_day: f64,
    /// Exponent by which the rate of reviews rises with size, held between a tenth and ten times the mean.
    #[serde(default = "size_exponent")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "1", "x-source" = "judgement: large positions are watched more closely"))]
    pub size_exponent: f64,
    /// What the class weighs.
    #[serde(default)]
    pub motives: Motives,
    /// How wide its ranges are in pools of concentrated liquidity.
    #[serde(default = "professional_ranges")]
    pub ranges: RangeMix,
}

const fn active_reviews() -> f64 {
    0.4
}

const fn daily() -> f64 {
    1.0
}

const fn size_exponent() -> f64 {
    0.2
}

/// Providers that act late or never.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassiveClass {
    /// Share of each pool's liquidity that the class holds at the opening.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "retail share 0.15-0.35 (BIS 2024, V3)"))]
    pub value_share: f64,
    /// Share of the providers other than integrators that belong to the class.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "0.85-0.95 of addresses are retail (BIS 2024, V3)"))]
    pub head_share: f64,
    /// Share of the class, whatever its size, that never moves.
    #[serde(default = "never_share")]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "LEND to AAVE 2020: 0.035 of all value after nine months, which is 0.14 of the quarter that the passive hold (0.01-0.20 of all value across cases); cost and effort keep small positions besides"))]
    pub never_share: f64,
    /// Time scale of the Weibull law of acting.
    #[serde(default = "passive_scale")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "10-85 days by case; LEND to AAVE by address: 58 days"))]
    pub time_scale: Span,
    /// Shape of the Weibull law: below 1 the hazard falls.
    #[serde(default = "passive_shape")]
    #[schemars(range(min = 0.1, max = 3.0), extend("x-unit" = "1", "x-source" = "LEND to AAVE by address: 0.60"))]
    pub shape: f64,
    /// Effect on the log hazard of one more unit of yearly yield in the new version than in the old.
    #[serde(default = "yield_effect")]
    #[schemars(range(min = 0.0, max = 50.0), extend("x-unit" = "per unit of yearly yield", "x-source" = "judgement"))]
    pub yield_effect: f64,
    /// Effect on the log hazard of the cost of moving as a share of the position (negative: it deters).
    #[serde(default = "cost_effect")]
    #[schemars(range(min = -1_000.0, max = 0.0), extend("x-unit" = "per share of the position", "x-source" = "judgement: a cost of 2 % halves the hazard"))]
    pub cost_effect: f64,
    /// Effect on the log hazard of the share of liquidity that has moved.
    #[serde(default = "share_effect")]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per share", "x-source" = "judgement"))]
    pub share_effect: f64,
    /// Effect on the log hazard of the last week before the deadline and of the time after it.
    #[serde(default = "deadline_effect")]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "log", "x-source" = "dYdX and Gnosis deadlines (judgement)"))]
    pub deadline_effect: f64,
    /// How wide its ranges are in pools of concentrated liquidity.
    #[serde(default = "retail_ranges")]
    pub ranges: RangeMix,
}

const fn never_share() -> f64 {
    0.14
}

fn passive_scale() -> Span {
    days(58.0)
}

const fn passive_shape() -> f64 {
    0.6
}

const fn yield_effect() -> f64 {
    1.0
}

const fn cost_effect() -> f64 {
    -35.0
}

const fn share_effect() -> f64 {
    1.0
}

const fn deadline_effect() -> f64 {
    1.5
}

/// Capital that farms.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MercenaryClass {
    /// Capital that waits outside at the opening.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1e12), extend("x-unit" = "USD"))]
    pub capital_usd: f64,
    /// Share of each pool's liquidity that farmers hold at the opening, besides the capital outside.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value", "x-source" = "0.415 of liquidity left within a day of the end of UNI rewards"))]
    pub value_share: f64,
    /// Number of farmers, those in the pools and those outside, in proportion to what they hold.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "addresses"))]
    pub count: u32,
    /// Reviews per farmer.
    #[serde(default = "mercenary_reviews")]
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "per day", "x-source" = "41.5 % of liquidity left within a day of the end of UNI rewards"))]
    pub reviews_per_day: f64,
    /// What the class weighs.
    #[serde(default = "mercenary_motives")]
    pub motives: Motives,
    /// How wide its ranges are in pools of concentrated liquidity.
    #[serde(default = "professional_ranges")]
    pub ranges: RangeMix,
}

const fn mercenary_reviews() -> f64 {
    2.0
}

fn mercenary_motives() -> Motives {
    Motives { noise: 0.05, inertia: 0.0, horizon: days(14.0), social_proof: 0.0, rewards_kept: 0.9, risk_aversion: 0.0 }
}

/// Positions that cannot move until they are freed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedClass {
    /// Share of each pool's liquidity that the class holds at the opening.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of value"))]
    pub value_share: f64,
    /// Share of the providers other than integrators that belong to the class.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses"))]
    pub head_share: f64,
    /// Mean time until a position is freed, exponentially distributed; freed positions then review like active ones.
    pub freed_after: Span,
    /// Reviews per freed provider.
    #[serde(default = "daily")]
    #[schemars(range(min = 0.0, max = 1_000.0), extend("x-unit" = "per day", "x-source" = "judgement"))]
    pub reviews_per_day: f64,
    /// What the class weighs once freed.
    #[serde(default)]
    pub motives: Motives,
    /// How wide its ranges are in pools of concentrated liquidity.
    #[serde(default = "retail_ranges")]
    pub ranges: RangeMix,
}

/// Bass diffusion of the news.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AwarenessSpec {
    /// Share that is aware when the migration is announced.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of providers", "x-source" = "judgement"))]
    pub at_announcement: f64,
    /// Rate of learning from outside (Bass p).
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per day", "x-source" = "0.02-0.08 a day"))]
    pub outside: f64,
    /// Rate of learning from others (Bass q).
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per day", "x-source" = "0-0.1 a day"))]
    pub others: f64,
}

impl Default for AwarenessSpec {
    fn default() -> Self {
        Self { at_announcement: 0.2, outside: 0.05, others: 0.05 }
    }
}

/// Providers of the active and passive classes that move because others have moved.
///
/// Law: such a provider of the old version asks to move to the new pool that it prefers as soon as it knows of the migration and the
/// share of the old version's opening value that stands in the new one has reached its own threshold, normal and held to [0, 1]:
/// who falls below 0 waits for nobody, who falls above 1 for everybody. It does so once, and besides what its class does:
/// whichever comes first; those of the passive who never act by themselves follow too. Source: Granovetter (1978).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HerdingSpec {
    /// Share of the providers of the active and passive classes that decide by what others did.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "judgement: no case measures it"))]
    pub share: f64,
    /// Mean threshold.
    #[schemars(range(min = -1.0, max = 2.0), extend("x-unit" = "share of opening value", "x-source" = "judgement: no case measures it"))]
    pub threshold_mean: f64,
    /// Standard deviation of thresholds.
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "share of opening value", "x-source" = "judgement: no case measures it"))]
    pub threshold_sd: f64,
}

/// Providers that leave the market because others leave it.
///
/// Law: such a provider, of any class but the locked, withdraws for good as soon as the share of the pools' liquidity (old and new
/// version, by opening value that stands there or is on its way) that has gone within the window, net of what came, exceeds
/// its own threshold, normal and held to [0, 1]. Where moves take no time, the share that goes after a shock x0 is the
/// smallest fixed point of x = x0 + (1 - x0) F(x). It pays up to the value of what it takes out. Source: Granovetter (1978);
/// Diamond and Dybvig (1983) for the two equilibria.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolRunSpec {
    /// Share of the providers that can take part.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of addresses", "x-source" = "judgement: no case measures it"))]
    pub share: f64,
    /// Mean threshold.
    #[schemars(range(min = -1.0, max = 2.0), extend("x-unit" = "share of liquidity", "x-source" = "judgement: no case measures it"))]
    pub threshold_mean: f64,
    /// Standard deviation of thresholds.
    #[schemars(range(min = 0.0, max = 2.0), extend("x-unit" = "share of liquidity", "x-source" = "judgement: no case measures it"))]
    pub threshold_sd: f64,
    /// Time over which withdrawals are added up, rounded to whole observations.
    #[serde(default = "one_day")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement: dashboards show the change over a day"))]
    pub window: Span,
}

fn one_day() -> Span {
    days(1.0)
}

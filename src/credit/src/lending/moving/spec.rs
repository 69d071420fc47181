//! A lending market whose users move to another one, as a scenario names it.

use portage_base::units::{Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Suppliers and borrowers of a market move, each for itself, to another market of the scenario. Nobody moves back.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovesSpec {
    /// The market to which they move; its reserves of the same names take what moves.
    #[schemars(length(min = 1))]
    pub to: String,
    /// From when they can.
    pub opens: Instant,
    /// Those who supply and do not borrow.
    #[serde(default)]
    pub suppliers: SuppliersSpec,
    /// Those who borrow: they carry collateral and debt over in one transaction, with a flash loan.
    #[serde(default)]
    pub borrowers: CarriersSpec,
    /// What the new version is worth to its users above its rates, per value supplied or owed: features, cheaper use, a longer future.
    #[serde(default = "benefit")]
    #[schemars(range(min = -1.0, max = 1.0), extend("x-unit" = "per year", "x-source" = "judgement"))]
    pub benefit_per_year: f64,
    /// Rewards paid from elsewhere on what has moved, per value supplied.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10.0), extend("x-unit" = "per year"))]
    pub reward_per_year: f64,
    /// Until when rewards are paid. Default: the end of the simulation.
    #[serde(default)]
    pub reward_until: Option<Instant>,
}

/// Those who supply and do not borrow.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuppliersSpec {
    /// Suppliers of each reserve that has any.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-unit" = "suppliers", "x-source" = "judgement"))]
    pub count_per_reserve: u32,
    /// Standard deviation of the log of what one supplies.
    #[schemars(range(min = 0.0, max = 4.0), extend("x-unit" = "log", "x-source" = "liquidity providers: 3.1 reproduces the shares of the largest 1 % and 10 %"))]
    pub size_sd: f64,
    /// Gas of a withdrawal and a supply.
    #[schemars(range(min = 0.0, max = 1e7), extend("x-unit" = "gas", "x-source" = "judgement: two calls of about 200,000"))]
    pub gas: f64,
    /// When they look, and what they decide.
    pub decides: MoverSpec,
}

/// Those who carry a position over.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CarriersSpec {
    /// Gas of repaying, withdrawing, supplying and borrowing in one transaction.
    #[schemars(range(min = 0.0, max = 1e7), extend("x-unit" = "gas", "x-source" = "judgement: four calls and a flash loan"))]
    pub gas: f64,
    /// What the flash loan costs.
    #[schemars(range(min = 0.0, max = 100.0), extend("x-unit" = "bps of the debt", "x-source" = "Aave V3: 5; Aave V2: 9"))]
    pub flash_loan_fee_bps: f64,
    /// Time after which somebody whose move did not go through tries again.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub retries_after: Span,
    /// When they look, and what they decide.
    pub decides: MoverSpec,
}

/// When people look, and what they decide.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MoverSpec {
    /// Probability that one is active: looks again and again, and weighs yields against cost.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "judgement"))]
    pub active_share: f64,
    /// How often one looks.
    #[schemars(range(max = 100.0), extend("x-unit" = "per day", "exclusiveMinimum" = 0.0, "x-source" = "judgement"))]
    pub reviews_per_day: f64,
    /// Time over which yields are weighed against the cost of moving.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "judgement: liquidity providers 7 to 180 days"))]
    pub horizon: Span,
    /// Yield that staying is worth to one who is there.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "per year", "x-source" = "judgement: liquidity providers 0 to 10 %"))]
    pub inertia_per_year: f64,
    /// Difference of yields that makes odds of one to e; how much taste differs.
    #[schemars(range(max = 1.0), extend("x-unit" = "per year", "exclusiveMinimum" = 0.0, "x-source" = "judgement: liquidity providers 0.25 to 4 %"))]
    pub scale_per_year: f64,
    /// Of the passive, those who never move.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "probability", "x-source" = "by value 1 to 20 %, by address 50 to 90 % in nine months"))]
    pub never_share: f64,
    /// Time scale on which the other passive ones come to it, from the opening on.
    #[schemars(extend("exclusiveMinimum" = 0.0, "x-source" = "10 to 85 days by case"))]
    pub passive_after: Span,
    /// Shape of that law; below one, most come early and a few very late.
    #[schemars(range(max = 5.0), extend("x-unit" = "exponent", "exclusiveMinimum" = 0.0, "x-source" = "0.6 to 0.9 by case"))]
    pub passive_shape: f64,
    /// Passive ones do not move when it costs more than this share of the value.
    #[schemars(range(min = 0.0, max = 1.0), extend("x-unit" = "share of the value", "x-source" = "judgement"))]
    pub cost_share_max: f64,
}

impl Default for SuppliersSpec {
    fn default() -> Self {
        Self { count_per_reserve: 500, size_sd: 3.1, gas: 400_000.0, decides: MoverSpec::default() }
    }
}

impl Default for CarriersSpec {
    fn default() -> Self {
        let decides = MoverSpec { inertia_per_year: 0.02, ..MoverSpec::default() };
        Self { gas: 1_200_000.0, flash_loan_fee_bps: 5.0, retries_after: span_of_days(1.0), decides }
    }
}

impl Default for MoverSpec {
    fn default() -> Self {
        Self {
            active_share: 0.4,
            reviews_per_day: 0.1,
            horizon: span_of_days(90.0),
            inertia_per_year: 0.02,
            scale_per_year: 0.01,
            never_share: 0.5,
            passive_after: span_of_days(60.0),
            passive_shape: 0.75,
            cost_share_max: 0.01,
        }
    }
}

fn span_of_days(days: f64) -> Span {
    Span::from_seconds(days * portage_base::units::SECONDS_PER_DAY).unwrap_or_default()
}

const fn benefit() -> f64 {
    0.02
}

impl MoverSpec {
    /// Probability that an active one moves at a review.
    ///
    /// Law: 1 / (1 + exp(-U / (mu H))) with U = H (gain - inertia) - cost, of which H is the horizon, mu the scale, gain and inertia yearly
    /// yields, and cost the cost of moving over the value. Source: the logit of two alternatives (McFadden 1974).
    #[must_use]
    pub fn move_probability(&self, gain_per_year: f64, cost_share: f64) -> f64 {
        let utility = gain_per_year - self.inertia_per_year - cost_share / self.horizon.years();
        1.0 / (1.0 + libm::exp(-utility / self.scale_per_year))
    }

    /// Seconds from the opening after which a passive one whose uniform draw is `uniform` moves; infinite for one who never does.
    ///
    /// Law: F(t) = (1 - never) (1 - exp(-(t / tau)^k)), inverted.
    #[must_use]
    pub fn passive_seconds(&self, uniform: f64) -> f64 {
        let movers = 1.0 - self.never_share;
        if uniform >= movers {
            return f64::INFINITY;
        }
        self.passive_after.seconds() * libm::pow(-libm::log1p(-uniform / movers), 1.0 / self.passive_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odds_of_moving_by_hand() {
        let spec = MoverSpec { inertia_per_year: 0.02, scale_per_year: 0.01, ..MoverSpec::default() };
        assert!((spec.move_probability(0.02, 0.0) - 0.5).abs() < 1e-12, "what staying is worth, and nothing to pay");
        let dear = 0.01 * 90.0 / 365.0;
        assert!((spec.move_probability(0.04, dear) - 1.0 / (1.0 + libm::exp(-1.0))).abs() < 1e-12);
    }

    #[test]
    fn passive_times_follow_their_law() {
        let spec = MoverSpec { never_share: 0.3, ..MoverSpec::default() };
        for share in [0.05, 0.35, 0.6] {
            let time = spec.passive_seconds(share) / spec.passive_after.seconds();
            assert!((0.7 * (1.0 - libm::exp(-libm::pow(time, 0.75))) - share).abs() < 1e-12);
        }
        assert!(spec.passive_seconds(0.7).is_infinite() && spec.passive_seconds(0.0) == 0.0);
    }
}

//! How unsure the parameters of people are: every run draws its own about those stated.
//!
//! The spreads are ranges across cases, read as plus and minus two standard deviations where no better is known. They say how much
//! one migration's people differ from another's, which no scenario can know of its own beforehand.

use super::classes::{Motives, ProvidersSpec};
use portage_base::random::Stream;
use portage_base::units::Span;
use rand_distr::{Distribution, StandardNormal};
use std::borrow::Cow;

/// How one kind of parameter differs from case to case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Name of the constant.
    pub name: &'static str,
    /// Standard deviation at a multiple of one, in `unit`.
    pub sd: f64,
    /// Of what it is the standard deviation: the log odds of a share, the log of a positive number, or the number.
    pub unit: &'static str,
    /// Which parameter.
    pub meaning: &'static str,
    /// Range across cases.
    pub source: &'static str,
}

const LOG: &str = "log";
const LOG_ODDS: &str = "log odds";

const INTEGRATOR_SHARE: Spread = Spread {
    name: "uncertainty_integrator_share",
    sd: 0.6,
    unit: LOG_ODDS,
    meaning: "Spread of the integrators' share of value; the other classes keep their proportions",
    source: "range across cases: 0.1-0.5 of value about 0.3 (LEND to AAVE 2020, DSR 2019)",
};
const NEVER_SHARE: Spread = Spread {
    name: "uncertainty_never_share",
    sd: 0.8,
    unit: LOG_ODDS,
    meaning: "Spread of the share of the passive that never move",
    source: "range across cases: 0.01-0.20 by value about 0.035 (LEND to AAVE 2020, Uniswap V1)",
};
const AT_ANNOUNCEMENT: Spread = Spread {
    name: "uncertainty_at_announcement",
    sd: 0.7,
    unit: LOG_ODDS,
    meaning: "Spread of the share that is aware at the announcement",
    source: "judgement: the share moved on the first day lies between 0 and 0.2 by case",
};
const INTEGRATOR_DELAY: Spread = Spread {
    name: "uncertainty_integrator_delay",
    sd: 0.35,
    unit: LOG,
    meaning: "Spread of the integrators' median delay",
    source: "range across cases: 11-15 days in two cases, 1-45 days in all",
};
const TIME_SCALE: Spread = Spread {
    name: "uncertainty_time_scale",
    sd: 0.6,
    unit: LOG,
    meaning: "Spread of the time scale of the passive",
    source: "range across cases: 10-85 days",
};
const SHAPE: Spread = Spread {
    name: "uncertainty_shape",
    sd: 0.1,
    unit: "1",
    meaning: "Spread of the shape of the Weibull law of the passive, held to 0.3-1.5",
    source: "range across cases: 0.60 by address, 0.90 by value (LEND to AAVE 2020)",
};
const NEWS: Spread = Spread {
    name: "uncertainty_news",
    sd: 0.4,
    unit: LOG,
    meaning: "Spread of the two rates at which the news spreads",
    source: "range of the diffusion literature: 0.02-0.08 a day from outside, 0-0.1 a day from others",
};
const NOISE: Spread = Spread {
    name: "uncertainty_noise",
    sd: 0.5,
    unit: LOG,
    meaning: "Spread of each class's noise in the choice",
    source: "derived range 0.25-4 % a year",
};
const INERTIA: Spread = Spread {
    name: "uncertainty_inertia",
    sd: 0.5,
    unit: LOG,
    meaning: "Spread of each class's inertia",
    source: "derived range 0-10 % a year",
};
const HORIZON: Spread = Spread {
    name: "uncertainty_horizon",
    sd: 0.4,
    unit: LOG,
    meaning: "Spread of each class's horizon",
    source: "derived range 7-180 days",
};
const OUTSIDE_YIELD: Spread = Spread {
    name: "uncertainty_outside_yield",
    sd: 0.35,
    unit: LOG,
    meaning: "Spread of the yield that is expected elsewhere",
    source: "range across cases: required yield of 6-25 % a year (10-30 % where UNI rewards ended)",
};
const REVIEWS: Spread = Spread {
    name: "uncertainty_reviews",
    sd: 0.4,
    unit: LOG,
    meaning: "Spread of each class's rate of reviews",
    source: "range across cases: 0.3-0.6 of farmed liquidity left within a day of the end of rewards",
};
const CAPITAL: Spread = Spread {
    name: "uncertainty_capital",
    sd: 0.3,
    unit: LOG,
    meaning: "Spread of the farmers' capital outside",
    source: "range across programmes: 3-20 USD of liquidity per USD of incentives about 9 (Gauntlet 2024; judgement)",
};
const EFFORT: Spread = Spread {
    name: "uncertainty_effort",
    sd: 0.7,
    unit: LOG,
    meaning: "Spread of what the time and trouble of a move are worth",
    source: "one case measures it (LEND to AAVE 2020); a quarter to four times of it (judgement)",
};
const SIZE_SD: Spread = Spread {
    name: "uncertainty_size_sd",
    sd: 0.12,
    unit: "1",
    meaning: "Spread of the standard deviation of the log of position sizes, held to 0-4",
    source: "range across two lists of positions: 2.7-3.2",
};

/// Every spread.
pub const SPREADS: [Spread; 15] = [
    INTEGRATOR_SHARE,
    NEVER_SHARE,
    AT_ANNOUNCEMENT,
    INTEGRATOR_DELAY,
    TIME_SCALE,
    SHAPE,
    NEWS,
    NOISE,
    INERTIA,
    HORIZON,
    OUTSIDE_YIELD,
    REVIEWS,
    CAPITAL,
    EFFORT,
    SIZE_SD,
];

/// Least and largest shape that is drawn; a shape stated outside them bounds itself.
const SHAPE_BOUNDS: (f64, f64) = (0.3, 1.5);

/// Largest values that the scenario language takes; what is drawn is held to them.
const RATE_MAX: f64 = 10.0;
const REVIEWS_MAX: f64 = 1_000.0;
const CAPITAL_MAX: f64 = 1e12;
const EFFORT_MAX: f64 = 10_000.0;
const SIZE_SD_MAX: f64 = 4.0;
const NOISE_BOUNDS: (f64, f64) = (1e-5, 1.0);

impl ProvidersSpec {
    /// The parameters of run `run` under `seed`: those stated where `uncertainty` is 0, else drawn about them, each from a stream of
    /// its own.
    ///
    /// Law: with z standard normal and sd the spread times the multiple, shares have log odds ln(p / (1 - p)) + sd z (0 and 1 stay),
    /// positive numbers are multiplied by exp(sd z), the shape and the spread of sizes (unless that is 0) are shifted by sd z. What is stated is the median.
    /// Heads do not change, but farmers are divided anew between the pools and the outside.
    #[must_use]
    pub fn drawn(&self, seed: u64, run: u64) -> Cow<'_, Self> {
        if self.uncertainty <= 0.0 {
            return Cow::Borrowed(self);
        }
        let draw = Draw { seed, run, multiple: self.uncertainty };
        let mut spec = self.clone();
        spec.outside_yield = draw.scaled(OUTSIDE_YIELD, "outside_yield", self.outside_yield, RATE_MAX);
        spec.effort_usd = draw.scaled(EFFORT, "effort_usd", self.effort_usd, EFFORT_MAX);
        if self.size_sd > 0.0 {
            spec.size_sd = (self.size_sd + draw.deviation(SIZE_SD, "size_sd")).clamp(0.0, SIZE_SD_MAX);
        }
        let news = &mut spec.awareness;
        news.at_announcement = draw.share(AT_ANNOUNCEMENT, "awareness/at_announcement", news.at_announcement);
        news.outside = draw.scaled(NEWS, "awareness/outside", news.outside, RATE_MAX);
        news.others = draw.scaled(NEWS, "awareness/others", news.others, RATE_MAX);
        draw.value_shares(&mut spec);
        let classes = &mut spec.classes;
        if let Some(class) = &mut classes.integrator {
            class.delay = draw.span(INTEGRATOR_DELAY, "integrator/delay", class.delay);
            draw.motives("integrator", &mut class.motives);
        }
        if let Some(class) = &mut classes.active {
            class.reviews_per_day = draw.reviews("active", class.reviews_per_day);
            draw.motives("active", &mut class.motives);
        }
        if let Some(class) = &mut classes.passive {
            class.never_share = draw.share(NEVER_SHARE, "passive/never_share", class.never_share);
            class.time_scale = draw.span(TIME_SCALE, "passive/time_scale", class.time_scale);
            let (least, most) = (SHAPE_BOUNDS.0.min(class.shape), SHAPE_BOUNDS.1.max(class.shape));
            class.shape = (class.shape + draw.deviation(SHAPE, "passive/shape")).clamp(least, most);
        }
        if let Some(class) = &mut classes.mercenary {
            class.capital_usd = draw.scaled(CAPITAL, "mercenary/capital_usd", class.capital_usd, CAPITAL_MAX);
            class.reviews_per_day = draw.reviews("mercenary", class.reviews_per_day);
            draw.motives("mercenary", &mut class.motives);
        }
        if let Some(class) = &mut classes.locked {
            class.reviews_per_day = draw.reviews("locked", class.reviews_per_day);
            draw.motives("locked", &mut class.motives);
        }
        Cow::Owned(spec)
    }
}

/// The draws of one run's parameters.
struct Draw {
    seed: u64,
    run: u64,
    multiple: f64,
}

impl Draw {
    /// A normal deviation of the spread's size, from the parameter's own stream.
    fn deviation(&self, spread: Spread, parameter: &str) -> f64 {
        let mut stream = Stream::open(self.seed, self.run, &format!("uncertainty/{parameter}"));
        let normal: f64 = StandardNormal.sample(&mut stream);
        self.multiple * spread.sd * normal
    }

    /// A share whose log odds deviate; nobody and everybody stay what they are.
    fn share(&self, spread: Spread, parameter: &str, stated: f64) -> f64 {
        let odds = stated / (1.0 - stated) * libm::exp(self.deviation(spread, parameter));
        if stated <= 0.0 || stated >= 1.0 { stated } else { odds / (1.0 + odds) }
    }

    /// A positive number whose log deviates, at most `most`.
    fn scaled(&self, spread: Spread, parameter: &str, stated: f64, most: f64) -> f64 {
        (stated * libm::exp(self.deviation(spread, parameter))).min(most)
    }

    fn span(&self, spread: Spread, parameter: &str, stated: Span) -> Span {
        Span::from_seconds(stated.seconds() * libm::exp(self.deviation(spread, parameter))).unwrap_or(stated)
    }

    fn reviews(&self, class: &str, stated: f64) -> f64 {
        self.scaled(REVIEWS, &format!("{class}/reviews_per_day"), stated, REVIEWS_MAX)
    }

    fn motives(&self, class: &str, motives: &mut Motives) {
        motives.noise =
            self.scaled(NOISE, &format!("{class}/noise"), motives.noise, NOISE_BOUNDS.1).max(NOISE_BOUNDS.0);
        motives.inertia = self.scaled(INERTIA, &format!("{class}/inertia"), motives.inertia, 1.0);
        motives.horizon = self.span(HORIZON, &format!("{class}/horizon"), motives.horizon);
    }

    /// The integrators' share of value is drawn, and the others are rescaled so that all still sum to one.
    fn value_shares(&self, spec: &mut ProvidersSpec) {
        let classes = &mut spec.classes;
        let Some(integrator) = &mut classes.integrator else { return };
        let stated = integrator.value_share;
        integrator.value_share = self.share(INTEGRATOR_SHARE, "integrator/value_share", stated);
        if stated >= 1.0 {
            return;
        }
        let others = (1.0 - integrator.value_share) / (1.0 - stated);
        let shares = [
            classes.active.as_mut().map(|class| &mut class.value_share),
            classes.passive.as_mut().map(|class| &mut class.value_share),
            classes.mercenary.as_mut().map(|class| &mut class.value_share),
            classes.locked.as_mut().map(|class| &mut class.value_share),
        ];
        for share in shares.into_iter().flatten() {
            *share *= others;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(patch: &serde_json::Value) -> ProvidersSpec {
        let mut spec = serde_json::json!({"count": 100, "uncertainty": 1.0, "classes": {
            "integrator": {"value_share": 0.3},
            "active": {"value_share": 0.2, "head_share": 0.2},
            "passive": {"value_share": 0.3, "head_share": 0.7},
            "mercenary": {"value_share": 0.1, "capital_usd": 1e6, "count": 10},
            "locked": {"value_share": 0.1, "head_share": 0.1, "freed_after": "30d"},
        }});
        for (key, value) in patch.as_object().unwrap() {
            spec[key] = value.clone();
        }
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn without_uncertainty_every_run_has_what_is_stated() {
        let spec = spec(&serde_json::json!({"uncertainty": 0.0}));
        assert_eq!(*spec.drawn(1, 7), spec);
    }

    #[test]
    fn draws_have_the_stated_median_and_the_spread_s_quantiles() {
        // A normal lies within its mean +- 1.2816 sd with probability 0.8. Of 4,000 draws the share inside has a standard error of 0.0063
        // and the share above the median one of 0.0079: five of them is an error probability below 1e-5 over the ten checks.
        let spec = spec(&serde_json::json!({"uncertainty": 0.5}));
        let drawn: Vec<ProvidersSpec> = (0..4_000).map(|run| spec.drawn(1, run).into_owned()).collect();
        let odds = |share: f64| libm::log(share / (1.0 - share));
        let check = |name: &str, sd: f64, stated: f64, read: &dyn Fn(&ProvidersSpec) -> f64| {
            let z: Vec<f64> = drawn.iter().map(|spec| (read(spec) - stated) / (0.5 * sd)).collect();
            let inside = z.iter().filter(|z| z.abs() < 1.2816).count() as f64 / 4_000.0;
            let above = z.iter().filter(|z| **z > 0.0).count() as f64 / 4_000.0;
            assert!(
                (inside - 0.8).abs() < 0.032 && (above - 0.5).abs() < 0.04,
                "{name}: {inside} inside, {above} above"
            );
        };
        let passive = |spec: &ProvidersSpec| spec.classes.passive.clone().unwrap();
        let integrator = |spec: &ProvidersSpec| spec.classes.integrator.clone().unwrap();
        check("integrator share", 0.6, odds(0.3), &|spec| odds(integrator(spec).value_share));
        check("never share", 0.8, odds(0.14), &|spec| odds(passive(spec).never_share));
        check("time scale", 0.6, libm::log(58.0), &|spec| libm::log(passive(spec).time_scale.days()));
        check("shape", 0.1, 0.6, &|spec| passive(spec).shape);
        check("delay", 0.35, libm::log(13.0), &|spec| libm::log(integrator(spec).delay.days()));
        check("outside yield", 0.35, libm::log(0.12), &|spec| libm::log(spec.outside_yield));
        check("effort", 0.7, libm::log(10.0), &|spec| libm::log(spec.effort_usd));
        check("size sd", 0.12, 3.1, &|spec| spec.size_sd);
        check("noise", 0.5, libm::log(0.02), &|spec| libm::log(integrator(spec).motives.noise));
        check("capital", 0.3, libm::log(1e6), &|spec| libm::log(spec.classes.mercenary.as_ref().unwrap().capital_usd));
    }

    #[test]
    fn shares_still_sum_to_one_and_keep_their_proportions() {
        let stated = spec(&serde_json::json!({"uncertainty": 2.0}));
        for run in 0..50 {
            let drawn = stated.drawn(3, run).into_owned().classes;
            let integrator = drawn.integrator.unwrap().value_share;
            let (active, passive) = (drawn.active.unwrap().value_share, drawn.passive.unwrap().value_share);
            let (farmed, locked) = (drawn.mercenary.unwrap().value_share, drawn.locked.unwrap().value_share);
            assert!((integrator + active + passive + farmed + locked - 1.0).abs() < 1e-12);
            assert!((passive / active - 1.5).abs() < 1e-12 && (farmed / locked - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_parameter_s_draw_does_not_hang_on_the_others() {
        let (a, mut b) = (spec(&serde_json::json!({})), spec(&serde_json::json!({"outside_yield": 0.3})));
        b.classes.locked = None;
        b.awareness.others = 0.0;
        for run in 0..5 {
            let (a, b) = (a.drawn(1, run).into_owned(), b.drawn(1, run).into_owned());
            assert_eq!(a.classes.passive.as_ref().unwrap().time_scale, b.classes.passive.as_ref().unwrap().time_scale);
            assert!((b.outside_yield / a.outside_yield - 2.5).abs() < 1e-12);
            assert_eq!(b.awareness.others, 0.0);
            assert_ne!(a.awareness.outside, a.awareness.others, "each rate has a draw of its own");
        }
    }
}

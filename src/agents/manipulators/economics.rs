//! What it costs to make an oracle read another price, what that brings, and the attack that brings most.

use super::spec::AverageSpec;
use crate::pools::{Pool, Push};
use crate::world::PairPrice;

/// Largest multiple of its true price to which a pool is pushed: what a larger one brought more is less than a millionth of what there is to
/// be borrowed.
pub const PUSH_MAX: f64 = 1e6;

/// The multiple of the true price for which the cost of an oracle is told.
pub const TOLD_FACTOR: f64 = 2.0;

/// Points of the first search for the best push, on a logarithmic scale.
const COARSE: u32 = 40;

/// Steps of the golden section that follows: a relative error of the push below 1e-7.
const FINE: u32 = 34;

/// The golden section, (sqrt(5) - 1) / 2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// A loan on collateral that will not be redeemed, USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Loan {
    /// What is borrowed.
    pub(super) borrowed_usd: f64,
    /// What is left behind, at its true price.
    pub(super) collateral_usd: f64,
}

impl Loan {
    /// What the lender loses and the borrower gains, USD.
    pub(super) fn gain_usd(&self) -> f64 {
        self.borrowed_usd - self.collateral_usd
    }
}

/// What is left to be taken from a lender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reserve {
    /// There to be borrowed, USD.
    pub(super) borrowable_usd: f64,
    /// What may be borrowed on collateral, as a share of its value by the oracle, in (0, 1).
    pub(super) loan_to_value: f64,
    /// Collateral that is still taken in at its true price, USD; infinite without a limit.
    pub(super) collateral_usd: f64,
}

impl Reserve {
    /// The loan that gains most when the oracle reads the collateral at `factor` times its true price; none where it would gain nothing.
    ///
    /// Law: collateral of true value V counts for a V, so that min(l a V, B) can be borrowed, and V is walked away from: V = B/(l a),
    /// or the limit on collateral if that is less. Without a limit the gain is B (1 - 1/(l a)).
    pub(super) fn loan(&self, factor: f64) -> Loan {
        let lent = self.loan_to_value * factor;
        if lent <= 1.0 || self.borrowable_usd <= 0.0 {
            return Loan::default();
        }
        let full_usd = self.borrowable_usd / lent;
        if full_usd <= self.collateral_usd {
            return Loan { borrowed_usd: self.borrowable_usd, collateral_usd: full_usd };
        }
        Loan { borrowed_usd: lent * self.collateral_usd, collateral_usd: self.collateral_usd }
    }
}

/// What an attacker has before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'p> {
    /// The pool that is read; none while nobody has liquidity in it: its price can be set for nothing.
    pub(super) pool: Option<&'p Pool>,
    /// The share of its fees that does not enter its reserves.
    pub(super) apart: f64,
    /// True prices.
    pub(super) pair: PairPrice,
    pub(super) average: AverageSpec,
    pub(super) reserve: Reserve,
    /// Own capital, USD.
    pub(super) capital_usd: f64,
    /// Gas of one swap, and of the rest of an attack, USD.
    pub(super) swap_gas_usd: f64,
    pub(super) attack_gas_usd: f64,
}

/// An attack as it would go, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// The pool is pushed to this multiple of the true price.
    pub(super) push: f64,
    /// At the ends of so many blocks.
    pub(super) pushes: u32,
    /// What the pushes cost, gas apart.
    pub(super) cost_usd: f64,
    pub(super) gas_usd: f64,
    /// Own capital that it takes.
    pub(super) capital_usd: f64,
    pub(super) gain_usd: f64,
}

impl Plan {
    pub(super) fn net_usd(&self) -> f64 {
        self.gain_usd - self.cost_usd - self.gas_usd
    }
}

/// What an oracle is worth to an attacker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Assessment {
    /// The attack that brings most; none where none is possible.
    pub(super) best: Option<Plan>,
    /// The multiple of the present liquidity below which an attack would pay.
    pub(super) pays_below: f64,
    /// What it costs to make the oracle read [`TOLD_FACTOR`] times the true price, gas apart, USD; NaN where that is impossible.
    pub(super) told_cost_usd: f64,
}

impl Ground<'_> {
    /// Weighs all attacks.
    ///
    /// Law: of a mean over N blocks, k pushes to a' make 1 + (k/N)(a' - 1). Per unit of a' - 1 = s^2 - 1, an arbitraged push of a constant
    /// product costs (s - 1)/(s^2 + s), which rises until s = 1 + sqrt(2) and falls beyond, so that either one block or all N are cheapest;
    /// both are tried. Source for one block: Mackinga, Nadahalli and Wattenhofer (2022), "TWAP oracle attacks: easier done than said?";
    /// the comparison is derived.
    pub(super) fn assess(&self) -> Assessment {
        let mut found = Assessment { best: None, pays_below: 0.0, told_cost_usd: f64::NAN };
        let blocks = self.blocks();
        let pushes = if blocks > 1 { &[1, blocks][..] } else { &[1][..] };
        for &pushes in pushes {
            let best =
                self.search(pushes, |plan| if self.is_afforded(plan) { plan.net_usd() } else { f64::NEG_INFINITY });
            let best = best.filter(|plan| self.is_afforded(plan));
            if best.is_some_and(|plan| found.best.is_none_or(|other| plan.net_usd() > other.net_usd())) {
                found.best = best;
            }
            let widest = self.search(pushes, |plan| self.bearable(plan));
            found.pays_below = widest.map_or(0.0, |plan| self.bearable(&plan)).max(found.pays_below);
            let told = self.plan(pushes, self.push_for(pushes, TOLD_FACTOR)).map_or(f64::NAN, |plan| plan.cost_usd);
            found.told_cost_usd = found.told_cost_usd.min(told);
        }
        found
    }

    fn blocks(&self) -> u32 {
        match self.average {
            AverageSpec::Spot => 1,
            AverageSpec::Twap(twap) => twap.blocks,
        }
    }

    /// To what the pool must be pushed so many times for the oracle to read `factor` times the true price.
    fn push_for(&self, pushes: u32, factor: f64) -> f64 {
        1.0 + f64::from(self.blocks()) / f64::from(pushes) * (factor - 1.0)
    }

    fn is_afforded(&self, plan: &Plan) -> bool {
        plan.capital_usd <= self.capital_usd
    }

    /// How many times the liquidity an attack could bear: its cost and its capital are in proportion to it, its gain and gas are not.
    fn bearable(&self, plan: &Plan) -> f64 {
        let surplus = plan.gain_usd - plan.gas_usd;
        let by_cost = if surplus <= 0.0 {
            0.0
        } else if plan.cost_usd > 0.0 {
            surplus / plan.cost_usd
        } else {
            f64::INFINITY
        };
        let by_capital = if plan.capital_usd > 0.0 { self.capital_usd / plan.capital_usd } else { f64::INFINITY };
        by_cost.min(by_capital)
    }

    /// The attack with so many pushes of which `worth` is largest.
    fn search(&self, pushes: u32, worth: impl Fn(&Plan) -> f64) -> Option<Plan> {
        let least = self.push_for(pushes, 1.0 / self.reserve.loan_to_value);
        let span = libm::log((PUSH_MAX / least).max(1.0));
        let at = |part: f64| self.plan(pushes, least * libm::exp(span * part));
        let value = |plan: &Option<Plan>| plan.as_ref().map_or(f64::NEG_INFINITY, &worth);
        let step = 1.0 / f64::from(COARSE);
        let (mut top, mut best) = (0.0, None);
        for point in 0..=COARSE {
            let part = f64::from(point) * step;
            let plan = at(part);
            if value(&plan) > value(&best) {
                (top, best) = (part, plan);
            }
        }
        let (mut low, mut high) = ((top - step).max(0.0), (top + step).min(1.0));
        for _step in 0..FINE {
            let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
            let (one, other) = (at(left), at(right));
            let is_left = value(&one) >= value(&other);
            let better = if is_left { one } else { other };
            if value(&better) > value(&best) {
                best = better;
            }
            (low, high) = if is_left { (low, right) } else { (left, high) };
        }
        best
    }

    /// What so many pushes to `push` times the true price cost and bring; `None` where the pool cannot be pushed so.
    ///
    /// A push is valued at true prices: what is paid less what is bought, and within one transaction also what is sold and received on
    /// the way back. Between two pushes the pool is arbitraged back to where it stands now.
    fn plan(&self, pushes: u32, push: f64) -> Option<Plan> {
        let price = self.pair.price * push;
        let pushed = match self.pool {
            Some(pool) => pool.push(price, self.apart)?,
            None => Push::of_nothing(price),
        };
        let PairPrice { base_usd, quote_usd, .. } = self.pair;
        let lost =
            |swap: &crate::pools::Swap, usd_in: f64, usd_out: f64| swap.amount_in * usd_in - swap.amount_out * usd_out;
        let there_usd = lost(&pushed.there, quote_usd, base_usd);
        let back_usd = lost(&pushed.back, base_usd, quote_usd);
        let count = f64::from(pushes);
        let (cost_usd, capital_usd, swaps) = match self.average {
            AverageSpec::Spot => (there_usd + back_usd, 0.0, 2.0),
            AverageSpec::Twap(_) => {
                let paid_usd = pushed.there.amount_in * quote_usd;
                (count * there_usd, paid_usd + (count - 1.0) * there_usd.max(0.0), count)
            }
        };
        let read = 1.0 + count / f64::from(self.blocks()) * (pushed.price / self.pair.price - 1.0);
        Some(Plan {
            push,
            pushes,
            cost_usd,
            gas_usd: swaps * self.swap_gas_usd + self.attack_gas_usd,
            capital_usd,
            gain_usd: self.reserve.loan(read).gain_usd(),
        })
    }
}

//! What it costs to make an oracle read another price, what that brings, and the attack that brings most.

use super::attack_strategies::{AttackStrategies, AttackStrategy};
use crate::world::{ExploitableLiquidity, PairPrice};
use portage_pools::{Pool, Push};

/// Largest multiple of its true price to which a pool is pushed: what a larger one brought more is less than a millionth of what there is to
/// be borrowed.
pub const PUSH_MAX: f64 = 1e6;

/// The multiple of the true price for which the cost of an oracle is told.
pub const REPORTED_FACTOR: f64 = 2.0;

/// Points of the first search for the best push, on a logarithmic scale.
const COARSE: u32 = 40;

/// Steps of the golden section that follows: a relative error of the push below 1e-7.
const FINE: u32 = 34;

/// What rounding may add to the farthest push, relative.
const ROUNDING: f64 = 1e-9;

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

impl Loan {
    /// The loan that gains most when the oracle reads the collateral at `factor` times its true price; none where it would gain nothing.
    ///
    /// Law: collateral of true value V counts for a V, so that min(l a V, B) can be borrowed, and V is walked away from: V = B/(l a),
    /// or the limit on collateral if that is less. Without a limit the gain is B (1 - 1/(l a)).
    pub(super) fn on(exploitable: &ExploitableLiquidity, factor: f64) -> Self {
        let lent = exploitable.loan_to_value * factor;
        if lent <= 1.0 || exploitable.borrowable_usd <= 0.0 {
            return Self::default();
        }
        let full_usd = exploitable.borrowable_usd / lent;
        if full_usd <= exploitable.collateral_usd {
            return Self { borrowed_usd: exploitable.borrowable_usd, collateral_usd: full_usd };
        }
        Self { borrowed_usd: lent * exploitable.collateral_usd, collateral_usd: exploitable.collateral_usd }
    }
}

/// What an attacker gets at to move a price.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach<'p> {
    /// A pool with liquidity.
    Pool(&'p Pool),
    /// A pool in which nobody has liquidity: its price can be set for nothing.
    Empty,
    /// A feed, a pegged price, or a halted pool: what it reads can only be used as it is.
    Nothing,
}

/// What an attacker has before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManipulationInputs<'p> {
    /// The pool that is read.
    pub(super) reach: Reach<'p>,
    /// The share of its fees that does not enter its reserves.
    pub(super) apart: f64,
    /// True prices.
    pub(super) pair: PairPrice,
    /// What the oracle reads unless somebody moves it, as a multiple of the true price.
    pub(super) unmoved: f64,
    /// The numbers of pushes that are tried.
    pub(super) attack_strategies: AttackStrategies,
    /// What there is to be taken.
    pub(super) exploitable: Option<ExploitableLiquidity>,
    /// Own capital, USD.
    pub(super) capital_usd: f64,
    /// Gas of one swap, and of the rest of an attack, USD.
    pub(super) swap_gas_usd: f64,
    pub(super) attack_gas_usd: f64,
}

/// An attack as it would go, USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AttackPlan {
    /// The pool is pushed to this multiple of the true price.
    pub(super) push: f64,
    /// At the ends of so many blocks; 0 where the reading is used as it is.
    pub(super) pushes: u32,
    /// What the pushes cost, gas apart.
    pub(super) cost_usd: f64,
    pub(super) gas_usd: f64,
    /// Own capital that it takes.
    pub(super) capital_usd: f64,
    pub(super) gain_usd: f64,
}

impl AttackPlan {
    pub(super) fn net_usd(&self) -> f64 {
        self.gain_usd - self.cost_usd - self.gas_usd
    }
}

/// What an oracle is worth to an attacker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Assessment {
    /// The attack that brings most; none where none is possible.
    pub(super) best: Option<AttackPlan>,
    /// The multiple of the present liquidity below which an attack would pay.
    pub(super) pays_below: f64,
    /// What it costs to make the oracle read [`REPORTED_FACTOR`] times the true price, gas apart, USD; NaN where that is impossible.
    pub(super) told_cost_usd: f64,
}

impl ManipulationInputs<'_> {
    /// Weighs all attacks: none but the loan where the oracle reads too much already, and so many pushes of the pool.
    pub(super) fn assess(&self) -> Assessment {
        let mut found = Assessment { best: None, pays_below: 0.0, told_cost_usd: f64::NAN };
        if let Some(exploitable) = self.exploitable.filter(|exploitable| exploitable.loan_to_value * self.unmoved > 1.0)
        {
            let plan = self.as_it_is(&exploitable);
            found.pays_below = if plan.net_usd() > 0.0 { f64::INFINITY } else { 0.0 };
            found.best = Some(plan);
        }
        if matches!(self.reach, Reach::Nothing) {
            return found;
        }
        for strategy in self.attack_strategies.list() {
            if let Some(exploitable) = self.exploitable {
                let best = self.search(strategy, &exploitable, |plan| {
                    if self.is_afforded(plan) { plan.net_usd() } else { f64::NEG_INFINITY }
                });
                let best = best.filter(|plan| self.is_afforded(plan));
                if best.is_some_and(|plan| found.best.is_none_or(|other| plan.net_usd() > other.net_usd())) {
                    found.best = best;
                }
                let widest = self.search(strategy, &exploitable, |plan| self.bearable(plan));
                found.pays_below = widest.map_or(0.0, |plan| self.bearable(&plan)).max(found.pays_below);
            }
            let told = self.plan(strategy, strategy.push_for(REPORTED_FACTOR), self.exploitable.as_ref());
            found.told_cost_usd = found.told_cost_usd.min(told.map_or(f64::NAN, |plan| plan.cost_usd));
        }
        found
    }

    /// The loan by what the oracle reads anyway.
    fn as_it_is(&self, exploitable: &ExploitableLiquidity) -> AttackPlan {
        AttackPlan {
            push: 1.0,
            pushes: 0,
            cost_usd: 0.0,
            gas_usd: self.attack_gas_usd,
            capital_usd: 0.0,
            gain_usd: Loan::on(exploitable, self.unmoved).gain_usd(),
        }
    }

    fn is_afforded(&self, plan: &AttackPlan) -> bool {
        plan.capital_usd <= self.capital_usd
    }

    /// How many times the liquidity an attack could bear: its cost and its capital are in proportion to it, its gain and gas are not.
    fn bearable(&self, plan: &AttackPlan) -> f64 {
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

    /// The attack of so many pushes of which `worth` is largest.
    fn search(
        &self,
        strategy: &AttackStrategy,
        exploitable: &ExploitableLiquidity,
        worth: impl Fn(&AttackPlan) -> f64,
    ) -> Option<AttackPlan> {
        let least = strategy.push_for(1.0 / exploitable.loan_to_value).max(1.0);
        if least >= PUSH_MAX {
            return None;
        }
        let span = libm::log(PUSH_MAX / least);
        let at = |part: f64| self.plan(strategy, least * libm::exp(span * part), Some(exploitable));
        let value = |plan: &Option<AttackPlan>| plan.as_ref().map_or(f64::NEG_INFINITY, &worth);
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
    fn plan(
        &self,
        strategy: &AttackStrategy,
        push: f64,
        exploitable: Option<&ExploitableLiquidity>,
    ) -> Option<AttackPlan> {
        if push > PUSH_MAX * (1.0 + ROUNDING) {
            return None;
        }
        let price = self.pair.price * push;
        let pushed = match self.reach {
            Reach::Pool(pool) => pool.push(price, self.apart)?,
            Reach::Empty => Push::of_nothing(price),
            Reach::Nothing => return None,
        };
        let PairPrice { base_usd, quote_usd, .. } = self.pair;
        let lost =
            |swap: &portage_pools::Swap, usd_in: f64, usd_out: f64| swap.amount_in * usd_in - swap.amount_out * usd_out;
        let there_usd = lost(&pushed.there, quote_usd, base_usd);
        let back_usd = lost(&pushed.back, base_usd, quote_usd);
        let count = f64::from(strategy.pushes);
        let (cost_usd, capital_usd, swaps) = if self.attack_strategies.is_atomic() {
            (there_usd + back_usd, 0.0, 2.0)
        } else {
            let paid_usd = pushed.there.amount_in * quote_usd;
            (count * there_usd, paid_usd + (count - 1.0) * there_usd.max(0.0), count)
        };
        let read = strategy.reading(pushed.price / self.pair.price);
        Some(AttackPlan {
            push,
            pushes: strategy.pushes,
            cost_usd,
            gas_usd: swaps * self.swap_gas_usd + self.attack_gas_usd,
            capital_usd,
            gain_usd: exploitable.map_or(0.0, |exploitable| Loan::on(exploitable, read).gain_usd()),
        })
    }
}

//! How often a pool can be pushed to move a mean over its prices, and what a push comes to in it.

use crate::world::MeanTerms;

/// Numbers of pushes that are tried at most: halvings of the longest mean, 65,535 blocks.
const WAYS_MAX: usize = 17;

/// So many pushes of a mean over N blocks.
///
/// Law, a being the multiple of the true price to which the pool is pushed k times: an arithmetic mean reads r + (k/N) a, a geometric one
/// exp(r) a^(k/N), where r is what stays of honest prices: (N - k)/N, or 0, while they were the true price of now. Source of the
/// arithmetic one: Mackinga, Nadahalli and Wattenhofer (2022), "TWAP oracle attacks: easier done than said?"; the geometric one follows
/// from the mean of logs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct AttackStrategy {
    /// Blocks at whose end the pool stands pushed.
    pub(super) pushes: u32,
    /// k/N.
    weight: f64,
    /// What stays of prices before: a multiple of the true price, or a log of one.
    rest: f64,
    is_geometric: bool,
}

impl AttackStrategy {
    /// What the mean reads, as a multiple of the true price, when the pool was pushed to `push` times that price.
    pub(super) fn reading(&self, push: f64) -> f64 {
        if self.is_geometric {
            libm::exp(self.rest + self.weight * libm::log(push))
        } else {
            self.rest + self.weight * push
        }
    }

    /// To what multiple of the true price the pool must be pushed for the mean to read `factor` times that price.
    pub(super) fn push_for(&self, factor: f64) -> f64 {
        if self.is_geometric {
            libm::exp((libm::log(factor) - self.rest) / self.weight)
        } else {
            (factor - self.rest) / self.weight
        }
    }
}

/// The numbers of pushes that may be cheapest.
///
/// Law: per unit of a - 1 = s^2 - 1 an arbitraged push of a constant product costs (s - 1)/(s^2 + s), which rises until s = 1 + sqrt(2)
/// and falls beyond, so that for an arithmetic mean either one block or all N are cheapest. For a geometric one k pushes cost k c(x/k),
/// x = N ln(reading), and c is convex with c(0) = 0, so that more pushes are always cheaper but for their gas: N and its halvings
/// are tried. Derived.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttackStrategies {
    list: [AttackStrategy; WAYS_MAX],
    count: usize,
    is_atomic: bool,
}

impl AttackStrategies {
    /// The ways to move a mean while the true price is `price`; `remainder(k)` is what stays of it after k blocks, divided by N.
    pub(super) fn of(mean: MeanTerms, price: f64, remainder: impl Fn(u32) -> f64) -> Self {
        let blocks = mean.blocks();
        let mut attack_strategies =
            Self { list: [AttackStrategy::default(); WAYS_MAX], count: 0, is_atomic: mean == MeanTerms::Spot };
        let mut add = |pushes: u32, is_geometric: bool| {
            let weight = f64::from(pushes) / f64::from(blocks);
            let rest = match is_geometric {
                true => remainder(pushes) - (1.0 - weight) * libm::log(price),
                false => remainder(pushes) / price,
            };
            attack_strategies.list[attack_strategies.count] = AttackStrategy { pushes, weight, rest, is_geometric };
            attack_strategies.count += 1;
        };
        match mean {
            MeanTerms::Spot => add(1, false),
            MeanTerms::Arithmetic(_) => {
                add(1, false);
                if blocks > 1 {
                    add(blocks, false);
                }
            }
            MeanTerms::Geometric(_) => {
                let mut pushes = blocks;
                while pushes > 0 {
                    add(pushes, true);
                    pushes /= 2;
                }
            }
        }
        attack_strategies
    }

    /// None: of what reads no pool.
    pub(super) fn none() -> Self {
        Self { list: [AttackStrategy::default(); WAYS_MAX], count: 0, is_atomic: false }
    }

    pub(super) fn list(&self) -> &[AttackStrategy] {
        &self.list[..self.count]
    }

    /// Whether a push is undone in the transaction that makes it.
    pub(super) const fn is_atomic(&self) -> bool {
        self.is_atomic
    }
}

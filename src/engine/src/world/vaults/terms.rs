//! A vault as the runs need it.

use portage_base::units::BPS;
use portage_credit::options::{VaultSpec, VaultStrategy};

/// One of the two tokens of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coin {
    Base,
    Quote,
}

/// A vault as the runs need it.
#[derive(Debug, Clone, PartialEq)]
pub struct VaultTerms {
    /// Its name in the scenario.
    pub name: String,
    /// What the scenario says of it.
    pub spec: VaultSpec,
    /// The oracle that settles, by its place in the scenario's list.
    pub oracle: Option<usize>,
    /// From when to when it is under way, seconds.
    pub under_way: Option<(f64, f64)>,
    /// Time between two observations, seconds.
    pub observation_seconds: f64,
}

impl VaultTerms {
    /// The token in which its options are paid.
    pub(super) const fn coin(&self) -> Coin {
        match self.spec.strategy {
            VaultStrategy::CoveredCall(_) => Coin::Base,
            VaultStrategy::PutSelling(_) | VaultStrategy::DeltaHedged(_) => Coin::Quote,
        }
    }

    /// Most that a trade of its hedge may cost in fees and price impact, as a share of its value.
    pub(super) fn cost_max(&self) -> f64 {
        self.spec.strategy.hedge().map_or(0.0, |hedged| hedged.rehedge.cost_max_bps / BPS)
    }
}

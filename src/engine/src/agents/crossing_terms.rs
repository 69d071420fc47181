//! What a provider knows of moving to the other chain: gas on both, what the bridge keeps, and how long it takes.

use crate::world::Books;
use portage_base::actions::Place;
use portage_base::units::SECONDS_PER_YEAR;
use portage_chain::Chain;
use portage_migration::{Delay, STEPS, Step};
use portage_pools::VENUES_MAX;

/// What moving between two chains costs, as posted.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossingTerms {
    chains: [Chain; VENUES_MAX],
    /// Gas of each step, USD, by chain.
    gas_usd: [[f64; STEPS]; 2],
    /// By the chain that is left.
    ways: [CrossChainTerms; 2],
}

/// One direction.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CrossChainTerms {
    /// Gas of withdrawing and sending, and of depositing on the other chain, USD.
    send_usd: f64,
    deposit_usd: f64,
    cost_share: f64,
    delay: Delay,
}

impl CrossingTerms {
    /// Reads them; `None` where there is one chain only.
    pub(super) fn read(books: &Books) -> Option<Self> {
        let bridge = &books.crossing.as_ref()?.bridge;
        let mut chains = [Chain::Home; VENUES_MAX];
        for (chain, venue) in chains.iter_mut().zip(&books.venues) {
            *chain = venue.terms.chain;
        }
        let both = [Chain::Home, Chain::Destination];
        let gas = |chain: Chain| Step::ALL.map(|step| books.gas_cost_usd(chain, step.gas(&books.chain(chain).units)));
        let direction = |from: Chain| CrossChainTerms {
            send_usd: books.gas_cost_usd(from, books.chain(from).units.withdraw + bridge.send_gas(from)),
            deposit_usd: books.gas_cost_usd(from.other(), books.chain(from.other()).units.deposit),
            cost_share: bridge.cost_share(from),
            delay: bridge.expected_delay(from, books.seconds),
        };
        Some(Self { chains, gas_usd: both.map(gas), ways: both.map(direction) })
    }

    fn direction(&self, from: Place, to: Place) -> Option<&CrossChainTerms> {
        let (from, to) = (self.chains[from.pool()?], self.chains[to.pool()?]);
        (from != to).then(|| &self.ways[from as usize])
    }

    /// Gas of both chains that a move takes, USD.
    pub(super) fn gas_usd(&self, from: Place, to: Place, step: Step) -> f64 {
        self.direction(from, to)
            .map_or_else(|| self.first_gas_usd(from, to, step), |direction| direction.send_usd + direction.deposit_usd)
    }

    /// Gas of the first transaction of a move, USD.
    pub(super) fn first_gas_usd(&self, from: Place, to: Place, step: Step) -> f64 {
        if let Some(direction) = self.direction(from, to) {
            return direction.send_usd;
        }
        let chain = from.pool().or_else(|| to.pool()).map_or(Chain::Home, |venue| self.chains[venue]);
        self.gas_usd[chain as usize][step as usize]
    }

    /// Gas of moving to the new version, USD.
    pub(super) const fn there_usd(&self) -> f64 {
        self.ways[Chain::Home as usize].send_usd + self.ways[Chain::Home as usize].deposit_usd
    }

    /// What a move between the chains takes from the yearly utility of a position of `value_usd` that would earn `earned` a year: fee and
    /// discount spread over the horizon, and the share of the horizon that passes before it earns anything.
    pub(super) fn loss(&self, from: Place, to: Place, value_usd: f64, (earned, horizon): (f64, f64)) -> f64 {
        self.direction(from, to).map_or(0.0, |direction| {
            let years = direction.delay.seconds_for(value_usd) / SECONDS_PER_YEAR;
            direction.cost_share / horizon + earned * (years / horizon).min(1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_the_share_over_the_horizon_and_the_time_without_yield() {
        let direction = CrossChainTerms {
            send_usd: 20.0,
            deposit_usd: 0.5,
            cost_share: 0.003,
            delay: Delay { seconds: 0.5 * 86_400.0, at_once_usd: 1e5, seconds_per_usd: 86_400.0 / 1e6 },
        };
        let back = CrossChainTerms { cost_share: -0.001, ..direction };
        let mut chains = [Chain::Home; VENUES_MAX];
        chains[1] = Chain::Destination;
        let terms = CrossingTerms { chains, gas_usd: [[9.0; STEPS], [0.1; STEPS]], ways: [direction, back] };
        let (old, new) = (Place::Pool(0), Place::Pool(1));
        // 0.003 over a tenth of a year, and a day (half of it in the queue for 0.5 million) of 36.5 without 0.2 a year.
        let loss = terms.loss(old, new, 6e5, (0.2, 0.1));
        assert!((loss - (0.03 + 0.2 / 36.5)).abs() < 1e-12, "{loss}");
        assert!((terms.loss(new, old, 1e4, (0.2, 0.1)) - (-0.01 + 0.1 / 36.5)).abs() < 1e-12);
        assert_eq!(terms.loss(old, Place::Outside, 1e4, (0.2, 0.1)), 0.0);
        assert_eq!(terms.gas_usd(old, new, Step::Migrate), 20.5);
        assert_eq!(terms.first_gas_usd(old, new, Step::Migrate), 20.0);
        assert_eq!(terms.gas_usd(old, Place::Outside, Step::Withdraw), 9.0);
        assert_eq!(terms.gas_usd(Place::Outside, new, Step::Deposit), 0.1);
        assert_eq!(terms.gas_usd(new, Place::Outside, Step::Withdraw), 0.1);
    }
}

//! Orders and arbitrage where pools stand on two chains: an order goes to the pools of one chain only.

use crate::world::Books;
use portage_chain::Chain;
use portage_pools::{Direction, Swap};

/// Who decides where an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// An aggregator, over all pools.
    Aggregated,
    /// A front end, to the old pool that gives most.
    DirectOld,
    /// A front end, to the new pool that gives most.
    DirectNew,
}

impl Routing {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Aggregated, Self::DirectOld, Self::DirectNew];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aggregated => "aggregated",
            Self::DirectOld => "direct_old",
            Self::DirectNew => "direct_new",
        }
    }
}

/// Which traders reach the destination at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    /// Whether the new version has opened.
    pub is_open: bool,
    /// Share of traders whose money is on the destination.
    pub away: f64,
}

impl Reach {
    /// Who routes an order, and on which chain, by its uniform draw in [0, 1).
    ///
    /// Law: of aggregated orders the share `away` goes to the destination, as soon as aggregators list it; of direct ones the share
    /// `direct_to_new` whose front end leads there, or `away` where that is larger.
    pub(super) fn route(self, uniform: f64, aggregated: f64, direct_to_new: f64, is_listed: bool) -> (Routing, Chain) {
        let away = if self.is_open { self.away } else { 0.0 };
        let aggregated_away = if is_listed { away } else { 0.0 };
        let direct_away = if self.is_open { direct_to_new.max(away) } else { 0.0 };
        if uniform < aggregated * aggregated_away {
            (Routing::Aggregated, Chain::Destination)
        } else if uniform < aggregated {
            (Routing::Aggregated, Chain::Home)
        } else if uniform < aggregated + (1.0 - aggregated) * direct_away {
            (Routing::DirectNew, Chain::Destination)
        } else {
            (Routing::DirectOld, Chain::Home)
        }
    }
}

/// The part of a trade against the reference market for which the arbitrageurs hold enough; `None` for nothing.
#[inline]
pub(super) fn within_stock(books: &Books, index: usize, direction: Direction, swap: Swap) -> Option<Swap> {
    let venue = &books.venues[index];
    if venue.terms.chain == Chain::Home {
        return Some(swap);
    }
    let Some(inventory) = books.crossing.as_ref().and_then(|crossing| crossing.inventory.as_ref()) else {
        return Some(swap);
    };
    let most = inventory.of(direction.coin_in);
    if swap.amount_in <= most {
        return Some(swap);
    }
    if most > 0.0 { venue.pool.swap_exact_in(direction, most) } else { None }
}

/// Books a trade on what the arbitrageurs hold on the destination.
#[inline]
pub(super) fn spend_inventory(books: &mut Books, index: usize, direction: Direction, swap: &Swap) {
    if books.venues[index].terms.chain == Chain::Home {
        return;
    }
    if let Some(inventory) = books.crossing.as_mut().and_then(|crossing| crossing.inventory.as_mut()) {
        inventory.trade(direction, swap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_routes_are_those_stated() {
        let reach = Reach { is_open: true, away: 0.3 };
        let share = |wanted: (Routing, Chain), direct_to_new: f64, is_listed: bool| {
            let draws = (0..1_000).map(|draw| (f64::from(draw) + 0.5) / 1_000.0);
            draws.filter(|draw| reach.route(*draw, 0.4, direct_to_new, is_listed) == wanted).count()
        };
        let (far, near) = (Chain::Destination, Chain::Home);
        assert_eq!(share((Routing::Aggregated, far), 0.0, true), 120);
        assert_eq!(share((Routing::Aggregated, near), 0.0, true), 280);
        assert_eq!(share((Routing::DirectNew, far), 0.0, true), 180);
        assert_eq!(share((Routing::DirectNew, far), 0.5, true), 300);
        assert_eq!(share((Routing::DirectOld, near), 0.5, true), 300);
        assert_eq!(share((Routing::Aggregated, near), 0.0, false), 400);
        let closed = Reach { is_open: false, away: 1.0 };
        assert_eq!(closed.route(0.1, 0.4, 1.0, true), (Routing::Aggregated, near));
        assert_eq!(closed.route(0.9, 0.4, 1.0, true), (Routing::DirectOld, near));
    }
}

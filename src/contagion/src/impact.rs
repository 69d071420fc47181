//! Markets in which the price falls with the share of a depth that is sold.

use super::fire_sale::Market;

/// How the price falls with what is sold; both laws agree to first order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactLaw {
    /// price (1 - sold/depth), and nothing beyond the depth.
    Linear,
    /// price exp(-sold/depth).
    Exponential,
}

/// A market of several assets, each with a price and a depth: overlapping portfolios meet in the prices.
///
/// Source: Cont and Schaanning 2017, section 2.3 (impact functions of the volume over the market depth).
#[derive(Debug, Clone, PartialEq)]
pub struct DepthMarket {
    /// Prices before anything is sold, USD a unit.
    pub prices_usd: Vec<f64>,
    /// Quantities by whose sale the price would fall to nothing at its first slope, above 0.
    pub depths: Vec<f64>,
    /// The law of all assets.
    pub law: ImpactLaw,
}

impl Market for DepthMarket {
    fn assets(&self) -> usize {
        self.prices_usd.len()
    }

    fn average_usd(&self, sold: &[f64], prices: &mut [f64]) {
        for (asset, (quantity, price)) in sold.iter().zip(prices).enumerate() {
            let share = quantity / self.depths[asset];
            let average = match self.law {
                _ if share <= 0.0 => 1.0,
                ImpactLaw::Linear if share <= 1.0 => 1.0 - 0.5 * share,
                ImpactLaw::Linear => 0.5 / share,
                ImpactLaw::Exponential => -libm::expm1(-share) / share,
            };
            *price = self.prices_usd[asset] * average;
        }
    }

    fn marginal_usd(&self, sold: &[f64], prices: &mut [f64]) {
        for (asset, (quantity, price)) in sold.iter().zip(prices).enumerate() {
            let share = quantity / self.depths[asset];
            let marginal = match self.law {
                ImpactLaw::Linear => (1.0 - share).max(0.0),
                ImpactLaw::Exponential => libm::exp(-share),
            };
            *price = self.prices_usd[asset] * marginal;
        }
    }
}

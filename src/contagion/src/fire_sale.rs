//! Who must sell what, at which prices.

/// What quantities sold at once fetch.
///
/// Law: no price may rise with any quantity sold, and the average price is never below the marginal one. Then forced sales have a least
/// fixed point, and it is found from below.
pub trait Market {
    /// Number of assets.
    fn assets(&self) -> usize;

    /// Writes the average price that each asset fetches when `sold[a]` of each asset is sold at once, USD a unit; at zero that of the first
    /// little unit.
    fn average_usd(&self, sold: &[f64], prices: &mut [f64]);

    /// Writes the price at which a little more of each asset could be sold after `sold[a]` of each, USD a unit.
    fn marginal_usd(&self, sold: &[f64], prices: &mut [f64]);
}

/// One that holds assets and owes money.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// Quantity of each asset that it can sell, at least 0.
    pub sellable: Vec<f64>,
    /// Quantity of each asset that it has and cannot sell now, at least 0.
    pub frozen: Vec<f64>,
    /// Money, and claims that are not sold, USD.
    pub other_usd: f64,
    /// Everything that it owes, USD.
    pub due_usd: f64,
    /// It sells when assets net of money over equity exceed this; infinite for one that need not.
    pub leverage_max: f64,
    /// Whether it is wound up: then it sells everything that it can.
    pub is_wound_up: bool,
}

/// What forced sales come to.
#[derive(Debug, Clone, PartialEq)]
pub struct FireSale {
    /// The slice of what it can sell that each holder sells, in [0, 1].
    pub slices: Vec<f64>,
    /// Quantity of each asset sold by all.
    pub sold: Vec<f64>,
    /// Average price of what is sold, USD a unit.
    pub average_usd: Vec<f64>,
    /// Price after the sale, USD a unit.
    pub marginal_usd: Vec<f64>,
    /// What each holder receives, USD.
    pub proceeds_usd: Vec<f64>,
    /// What each holder's remaining assets are worth less at the price after the sale than at the one before it, USD.
    pub mark_downs_usd: Vec<f64>,
    /// What each holder loses: mark-downs, and what its sales brought less than at the price before, USD.
    pub losses_usd: Vec<f64>,
    /// Evaluations of the market.
    pub rounds: u32,
    /// Whether the slices stand still; if not, holders that still sold more after the last round are taken to sell everything.
    pub has_settled: bool,
}

/// A change of a slice that counts as none: above the rounding of a price that is a difference of two proceeds.
const SETTLED: f64 = 1e-10;

/// Rounds in which slices may rise freely. Convergence is geometric; where it is slower than this the sale feeds on itself.
const FREE_ROUNDS: u32 = 400;

impl Holder {
    /// The least slice after whose sale leverage is back at its bound, at these prices.
    ///
    /// (remaining + frozen) <= leverage_max x (remaining + frozen + proceeds + other - due), proceeds repaying debt; leverage is assets
    /// over equity, debt net of money. The left side less the right one falls with the slice while average prices are not below
    /// marginal ones.
    fn slice(&self, average_usd: &[f64], marginal_usd: &[f64]) -> f64 {
        if self.is_wound_up {
            return 1.0;
        }
        let net_debt = self.due_usd - self.other_usd;
        if self.leverage_max.is_infinite() || net_debt <= 0.0 {
            return 0.0;
        }
        let value = |quantities: &[f64], prices: &[f64]| quantities.iter().zip(prices).map(|(q, p)| q * p).sum::<f64>();
        let (kept, fetched) = (value(&self.sellable, marginal_usd), value(&self.sellable, average_usd));
        let frozen = value(&self.frozen, marginal_usd);
        let bound = self.leverage_max;
        let excess = bound * net_debt - (bound - 1.0) * (kept + frozen);
        if excess <= 0.0 {
            return 0.0;
        }
        let relieved = bound * fetched - (bound - 1.0) * kept;
        if excess < relieved { excess / relieved } else { 1.0 }
    }
}

/// The least forced sales at which nobody's leverage exceeds its bound who still has something to sell.
///
/// Holders sell proportional slices of what they hold and repay debt (Cont and Schaanning, Fire sales, indirect contagion and systemic stress
/// testing, Norges Bank 2/2017). Slices start at zero and only rise, since lower prices never ask for less: each round asks the market once.
/// After 400 rounds whoever still sells more sells everything, so that there are at most 401 rounds and one a holder.
///
/// # Parameters
/// `holders`: each with one quantity an asset of `market`.
pub fn fire_sale(holders: &[Holder], market: &impl Market) -> FireSale {
    let assets = market.assets();
    let (mut average_usd, mut marginal_usd) = (vec![0.0; assets], vec![0.0; assets]);
    let mut sold = vec![0.0; assets];
    market.average_usd(&sold, &mut average_usd);
    market.marginal_usd(&sold, &mut marginal_usd);
    let before_usd = marginal_usd.clone();
    let mut slices: Vec<f64> = vec![0.0; holders.len()];
    let (mut rounds, mut has_settled) = (1, true);
    loop {
        let mut moved = 0.0_f64;
        for (slice, holder) in slices.iter_mut().zip(holders) {
            let wanted = holder.slice(&average_usd, &marginal_usd);
            let rise = wanted - *slice;
            if rise > SETTLED {
                moved = moved.max(rise);
                *slice = if rounds > FREE_ROUNDS { 1.0 } else { wanted };
                has_settled = has_settled && rounds <= FREE_ROUNDS;
            }
        }
        if moved == 0.0 {
            break;
        }
        for (asset, sold) in sold.iter_mut().enumerate() {
            *sold = holders.iter().zip(&slices).map(|(holder, slice)| slice * holder.sellable[asset]).sum();
        }
        market.average_usd(&sold, &mut average_usd);
        market.marginal_usd(&sold, &mut marginal_usd);
        rounds += 1;
    }
    let of_holder = |read: &dyn Fn(usize, f64, f64) -> f64| -> Vec<f64> {
        let one = |(holder, slice): (&Holder, &f64)| {
            let asset =
                |a: usize| read(a, slice * holder.sellable[a], (1.0 - slice) * holder.sellable[a] + holder.frozen[a]);
            (0..assets).map(asset).sum()
        };
        holders.iter().zip(&slices).map(one).collect()
    };
    let proceeds_usd = of_holder(&|a, sold, _| sold * average_usd[a]);
    let mark_downs_usd = of_holder(&|a, _, kept| kept * (before_usd[a] - marginal_usd[a]));
    let losses_usd =
        of_holder(&|a, sold, kept| kept * (before_usd[a] - marginal_usd[a]) + sold * (before_usd[a] - average_usd[a]));
    FireSale { slices, sold, average_usd, marginal_usd, proceeds_usd, mark_downs_usd, losses_usd, rounds, has_settled }
}

#[cfg(test)]
mod tests;

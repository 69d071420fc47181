//! Borrowers who look after their positions.

use super::borrowers::Borrowers;
use super::market::{Act, ActKind, Market};
use super::spec::UpkeepMeans;
use super::{RESERVES_MAX, ReservePrices};

impl Market {
    /// Attentive borrowers whose health by the oracles' prices is below what their class acts at restore it, out of own money without
    /// a bound. Returns what they did, by id; it is done already, and the tokens must be paid to the market's account.
    pub fn upkeep(&mut self, oracle_usd: &ReservePrices) -> &[Act] {
        self.acts.clear();
        let most = |most: f64, upkeep: &super::spec::DebtUpkeepSpec| {
            if upkeep.attentive_share > 0.0 { most.max(upkeep.acts_below) } else { most }
        };
        let limit = self.upkeep.iter().fold(0.0, most);
        if limit > 0.0 {
            self.careful.look(&self.borrowers, &self.reserves, oracle_usd, limit);
            for place in 0..self.careful.found().len() {
                self.restore(self.careful.found()[place], oracle_usd);
            }
        }
        &self.acts
    }

    fn restore(&mut self, id: u32, prices: &ReservePrices) {
        let upkeep = self.upkeep[self.borrowers.class[id as usize] as usize];
        let value = self.valuation(id, prices);
        if !self.borrowers.is_attentive[id as usize] || value.health() >= upkeep.acts_below {
            return;
        }
        let missing_usd = (upkeep.restores_to * value.debt_usd - value.at_thresholds_usd).max(0.0);
        let added = match upkeep.by {
            UpkeepMeans::AddCollateral => self.add_collateral(id, missing_usd, prices),
            UpkeepMeans::Repay => None,
        };
        let act = added.or_else(|| self.repay_largest(id, missing_usd / upkeep.restores_to, prices));
        if let Some(act) = act {
            self.touch(id);
            self.acts.push(act);
        }
    }

    /// Adds to the largest collateral what counts `missing_usd` at its threshold; `None` where it takes no more.
    fn add_collateral(&mut self, id: u32, missing_usd: f64, prices: &ReservePrices) -> Option<Act> {
        let pledged = self.pledged_by(id);
        let (r, _) = Borrowers::largest((0..RESERVES_MAX).map(|r| pledged[r] * prices[r]))?;
        let reserve = &mut self.reserves[r];
        let tokens = missing_usd / (reserve.threshold * prices[r]);
        if tokens > reserve.supply_room() || !tokens.is_finite() {
            return None;
        }
        let scaled = tokens / reserve.supply_index;
        self.borrowers.collateral[id as usize][r] += scaled;
        reserve.collateral_scaled += scaled;
        Some(Act { id, reserve: r, tokens, kind: ActKind::Added })
    }

    /// Repays `usd` of the largest debt, or all of that debt.
    fn repay_largest(&mut self, id: u32, usd: f64, prices: &ReservePrices) -> Option<Act> {
        let owed = self.owed_by(id);
        let (r, _) = Borrowers::largest((0..RESERVES_MAX).map(|r| owed[r] * prices[r]))?;
        let tokens = (usd / prices[r]).min(owed[r]);
        self.repay(id, r, tokens);
        Some(Act { id, reserve: r, tokens, kind: ActKind::Repaid })
    }
}

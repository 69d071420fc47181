//! The map of who infects whom, for those who draw it.

use super::Network;
use portage_base::units::SECONDS_PER_DAY;
use portage_contagion::Channels;
use serde::{Deserialize, Serialize};

/// Who infects whom on the weakest day of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InfectionMap {
    /// Which day that is, days since the start.
    pub day: f64,
    /// Names of the nodes.
    pub names: Vec<String>,
    /// What each has, claims in full and everything at reference prices, USD.
    pub assets_usd: Vec<f64>,
    /// Of it, what it does not owe, USD; negative where it owes more than it has.
    pub equities_usd: Vec<f64>,
    /// What each node (second index) loses beyond what it has lost anyway when another (first index), and nothing else, loses
    /// everything that it has besides claims, USD.
    pub lost_usd: Vec<Vec<f64>>,
}

impl Network {
    /// The map of the weakest day; `None` before the first evaluation.
    #[must_use]
    pub fn infection_map(&self) -> Option<InfectionMap> {
        let lost = self.infections()?;
        let weakest = self.weakest.as_ref()?;
        let system = &weakest.calm.system;
        let face = system.evaluate(Channels::NONE, &weakest.calm.market).ok()?.face_usd;
        let assets = face.iter().zip(system.claims.due()).map(|(equity, due)| equity + due);
        Some(InfectionMap {
            day: weakest.seconds / SECONDS_PER_DAY,
            names: self.names().into_iter().map(str::to_owned).collect(),
            assets_usd: assets.collect(),
            lost_usd: lost.outer_iter().map(|row| row.to_vec()).collect(),
            equities_usd: face,
        })
    }
}

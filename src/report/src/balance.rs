//! Who pays and who receives, apart from price moves: what one pays another receives.

mod claims;

use super::evidence::{Estimate, Evidence};
use super::wording::{Measure, listed};
use portage_base::units::BPS;
use portage_results::metrics::id::{self, HolderLine, Owner};
use portage_results::metrics::{IDENTITY_TOLERANCE, Range};

/// A party with what it receives (positive) or pays (negative).
pub(super) struct Stakeholder {
    /// Its name.
    pub(super) name: &'static str,
    /// USD over the window.
    pub(super) estimate: Estimate,
}

/// Everybody.
pub(super) struct Balance {
    /// The parties, the largest receiver first.
    pub(super) parties: Vec<Stakeholder>,
    /// Sum of the means: zero if nothing is left out, USD.
    pub(super) remainder_usd: f64,
}

/// Parties whose mean is smaller than this share of the largest are left out of sentences.
const SMALL: f64 = 0.01;

/// The balance of all parties that the scenario has.
pub(super) fn balance(evidence: &Evidence<'_>) -> Balance {
    let mut entries: Vec<(&'static str, Vec<f64>)> = Vec::new();
    let is_conversion = evidence.scope.is_conversion;
    // Shares that a liquidator has redeemed were pledged to it: whoever pledged them bears that, not those who hold the pool.
    let is_pledged = evidence.has("/lending");
    let net = |owner: Owner| {
        let lines = [HolderLine::Closing, HolderLine::Opening, HolderLine::MarketMove, HolderLine::HandedOver];
        evidence.derived(lines.map(|line| owner.line(line)), |[closing, opening, moves, redeemed]| {
            let net = closing - opening - moves + if is_pledged { redeemed } else { 0.0 };
            if net.abs() < IDENTITY_TOLERANCE * opening.max(closing) { 0.0 } else { net }
        })
    };
    for (owner, name) in evidence.holders() {
        let name = match owner.name() {
            "active" if is_conversion => "Active holders",
            "active" => "Active providers",
            "passive" if is_conversion => "Passive holders",
            "passive" => "Passive providers",
            "mercenary" if is_conversion => "Mercenary holders",
            "mercenary" => "Mercenary providers",
            "locked" if is_conversion => "Locked holders",
            "locked" => "Locked providers",
            "unmodelled" if evidence.scope.has_providers => "Other holders",
            "unmodelled" if is_conversion => "All holders",
            "unmodelled" => "Liquidity holders",
            _ => name,
        };
        entries.push((name, net(owner)));
    }
    entries.push(("Traders", evidence.derived([id::COST_USD], |[cost]| -cost)));
    if is_conversion {
        entries.push(("Payers of the yield", evidence.derived([id::providers(HolderLine::Fees)], |[paid]| -paid)));
    }
    entries.push(("Programmes", evidence.derived([id::INCENTIVES_USD], |[paid]| -paid)));
    entries.push(("Arbitrageurs", evidence.column(id::ARBITRAGE_NET_USD).to_vec()));
    entries.push(("Block proposers", evidence.column(id::ARBITRAGE_PROPOSERS_USD).to_vec()));
    entries.push(("Exchange", evidence.column(id::ARBITRAGE_EXCHANGE_USD).to_vec()));
    // Base fees are burnt and tips go to proposers: both leave those who are simulated.
    let gas = [id::GAS_BPS, id::VOLUME_USD, id::MIGRATION_GAS_USD, id::ARBITRAGE_GAS_USD];
    let mut gas = evidence.derived(gas, |[gas_bps, volume, migration, arbitrage]| {
        let traders = if volume > 0.0 { gas_bps / BPS * volume } else { 0.0 };
        traders + migration + arbitrage
    });
    for (sum, more) in gas.iter_mut().zip(claims::gas_usd(evidence)) {
        *sum += more;
    }
    entries.push(("Gas", gas));
    entries.extend(of_the_path(evidence));
    entries.extend(claims::parties(evidence));
    let estimated = entries.into_iter().filter_map(|(name, values)| {
        let estimate = Estimate::of(&values, Measure::Usd, Range::Signed)?;
        (estimate.mean.mean != 0.0).then_some(Stakeholder { name, estimate })
    });
    let mut parties: Vec<Stakeholder> = estimated.collect();
    parties.sort_by(|a, b| b.estimate.mean.mean.total_cmp(&a.estimate.mean.mean));
    let remainder_usd = parties.iter().map(|party| party.estimate.mean.mean).sum();
    Balance { parties, remainder_usd }
}

/// Who has what left the holders on the way to the new version, at the prices of the day on which it did.
fn of_the_path(evidence: &Evidence<'_>) -> Vec<(&'static str, Vec<f64>)> {
    let mut entries = Vec::new();
    if evidence.matters(id::STOLEN_USD) {
        let kept = evidence.derived([id::STOLEN_USD, id::RETURNED_USD], |[stolen, returned]| stolen - returned);
        entries.push(("Attackers", kept));
    }
    // Nobody has what is destroyed: it is a row so that the sum closes.
    let received = [
        ("Lost for ever", id::DESTROYED_USD),
        ("Bridge", id::BRIDGE_FEES_USD),
        ("Wrapping", id::BRIDGE_DISCOUNT_USD),
        ("Verification", id::VERIFICATION_USD),
    ];
    let received = received.into_iter().filter(|(_, metric)| evidence.matters(*metric));
    entries.extend(received.map(|(name, metric)| (name, evidence.column(metric).to_vec())));
    entries
}

impl Balance {
    /// Whether what is paid is what is received, but for one part in a thousand.
    pub(super) fn is_closed(&self) -> bool {
        let received: f64 = self.parties.iter().map(|party| party.estimate.mean.mean.max(0.0)).sum();
        self.remainder_usd.abs() <= 1e-3 * received
    }

    /// The largest payers and receivers in a sentence each.
    pub(super) fn reading(&self) -> String {
        let largest = self.parties.iter().map(|party| party.estimate.mean.mean.abs()).fold(0.0, f64::max);
        let counts = |party: &&Stakeholder| party.estimate.mean.mean.abs() >= SMALL * largest;
        let text = |party: &Stakeholder| {
            let mean = party.estimate.mean.mean;
            let scale = Measure::Usd.scale(mean);
            format!("{} {}", party.name.to_lowercase(), scale.quantity(mean.abs()))
        };
        let receivers = self.parties.iter().filter(|party| party.estimate.mean.mean > 0.0).filter(counts).take(4);
        let payers = self.parties.iter().rev().filter(|party| party.estimate.mean.mean < 0.0).filter(counts).take(4);
        let payers: Vec<String> = payers.map(text).collect();
        let receivers: Vec<String> = receivers.map(text).collect();
        let mut sentences = Vec::new();
        if !payers.is_empty() {
            sentences.push(format!("Largest payers on average: {}.", listed(&payers)));
        }
        if !receivers.is_empty() {
            sentences.push(format!("Largest receivers: {}.", listed(&receivers)));
        }
        sentences.join(" ")
    }
}

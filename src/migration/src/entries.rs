//! The entries of a state that is copied: what each should hold, what was written, and which are wrong.

mod errors;

use crate::StateMigration;
use errors::Wrong;
use portage_base::random::Stream;
use portage_base::sum::Sum;

/// The entries of all providers, in their order, then those of everybody else.
///
/// Only wrong entries are held one by one. Amounts may have any unit that is the same for all.
#[derive(Debug, Clone)]
pub(super) struct Entries {
    /// Entries of each provider.
    parts: u32,
    /// What the old version holds for each provider.
    intended: Vec<f64>,
    /// What was written last for each, errors apart; nothing before it is read.
    written: Vec<f64>,
    /// Whose amount the repair will write once more.
    found: Vec<bool>,
    /// Entries that are written wrongly, in their order.
    wrong: Vec<Wrong>,
    /// The provider that is read next, and how many of its entries are written.
    next: (usize, u32),
    /// Entries of everybody else.
    further: u64,
    /// Entries not written.
    left: u64,
}

/// What verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Entries that there are on either side.
    pub(super) entries: u64,
    /// Wrong ones among all.
    pub(super) wrong: u64,
    /// Wrong ones in the sample.
    pub(super) hits: u64,
}

/// One provider's entries.
struct Standing<'e> {
    provider: usize,
    parts: u32,
    intended: f64,
    written: f64,
    wrong: &'e [Wrong],
}

impl Standing<'_> {
    /// What the new version holds.
    fn actual(&self) -> f64 {
        if self.wrong.is_empty() {
            return self.written;
        }
        let sound = f64::from(self.parts) - self.wrong.len() as f64;
        let factors = self.wrong.iter().map(|wrong| wrong.factor).sum::<f64>() + sound;
        self.written * (factors / f64::from(self.parts))
    }

    /// Sum over the entries of how far what is held lies from what should be.
    fn gap(&self) -> f64 {
        if self.wrong.is_empty() {
            return (self.intended - self.written).abs();
        }
        let sound = (f64::from(self.parts) - self.wrong.len() as f64) * (self.intended - self.written).abs();
        let gaps = self.wrong.iter().map(|wrong| (self.intended - self.written * wrong.factor).abs());
        (gaps.sum::<f64>() + sound) / f64::from(self.parts)
    }

    /// Entries on either side.
    fn entries(&self) -> u64 {
        if self.intended > 0.0 || self.written > 0.0 { u64::from(self.parts) } else { 0 }
    }

    /// Whether what was written last is not what the old version holds.
    fn is_stale(&self) -> bool {
        self.intended != self.written
    }

    /// Entries that differ between the two sides.
    fn wrong_entries(&self) -> u64 {
        if self.is_stale() {
            return self.entries();
        }
        if self.entries() == 0 {
            return 0;
        }
        self.wrong.iter().filter(|wrong| wrong.factor != 1.0).count() as u64
    }
}

impl Entries {
    /// Entries of `providers` providers with the errors of run `run`, nothing held and nothing written; everything is allocated here.
    pub(super) fn new(spec: &StateMigration, providers: usize, seed: u64, run: u64) -> Self {
        Self {
            parts: spec.entries.per_provider,
            intended: vec![0.0; providers],
            written: vec![0.0; providers],
            found: vec![false; providers],
            wrong: errors::draw(&spec.errors, spec.entries_of(providers as u64), seed, run),
            next: (0, 0),
            further: spec.entries.further,
            left: 0,
        }
    }

    /// Lists what each provider holds.
    pub(super) fn list(&mut self, amounts: impl Iterator<Item = f64>) {
        for (intended, amount) in self.intended.iter_mut().zip(amounts) {
            *intended = amount;
        }
        let owners = self.intended.iter().filter(|amount| **amount > 0.0).count() as u64;
        self.left = owners * u64::from(self.parts) + self.further;
    }

    /// Entries not written.
    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    /// Writes the next entries. A provider's amount is read when the first of its entries is written.
    pub(super) fn write(&mut self, entries: u64) {
        let mut rest = entries.min(self.left);
        self.left -= rest;
        let (mut provider, mut done) = self.next;
        while rest > 0 && provider < self.intended.len() {
            if done == 0 {
                self.written[provider] = self.intended[provider];
                if self.intended[provider] <= 0.0 {
                    provider += 1;
                    continue;
                }
            }
            let part = u64::from(self.parts - done).min(rest) as u32;
            done += part;
            rest -= u64::from(part);
            if done == self.parts {
                (provider, done) = (provider + 1, 0);
            }
        }
        // Who held nothing until the last entry was written has been read as well.
        self.next = if self.left == 0 { (self.intended.len(), 0) } else { (provider, done) };
    }

    /// Whether the provider's amount has been read.
    fn is_read(&self, provider: usize) -> bool {
        provider < self.next.0 || (provider == self.next.0 && self.next.1 > 0)
    }

    /// Changes what a provider should hold; returns how many of its entries have been copied already.
    pub(super) fn change(&mut self, provider: usize, amount: f64) -> u32 {
        let before = std::mem::replace(&mut self.intended[provider], amount);
        if self.is_read(provider) {
            return self.parts;
        }
        match (before > 0.0, amount > 0.0) {
            (false, true) => self.left += u64::from(self.parts),
            (true, false) => self.left -= u64::from(self.parts),
            _ => {}
        }
        0
    }

    /// Writes a provider's amount as it is now into the new version, which puts its entries right.
    pub(super) fn mirror(&mut self, provider: usize) {
        self.written[provider] = self.intended[provider];
        let (first, past) = self.wrong_of(provider);
        self.wrong[first..past].iter_mut().for_each(|wrong| wrong.factor = 1.0);
    }

    /// Where the wrong entries of a provider stand.
    fn wrong_of(&self, provider: usize) -> (usize, usize) {
        let parts = u64::from(self.parts);
        let first = self.wrong.partition_point(|wrong| wrong.entry < provider as u64 * parts);
        let past = self.wrong.partition_point(|wrong| wrong.entry < (provider as u64 + 1) * parts);
        (first, past)
    }

    fn standing(&self, provider: usize) -> Standing<'_> {
        let (first, past) = self.wrong_of(provider);
        Standing {
            provider,
            parts: self.parts,
            intended: self.intended[provider],
            written: self.written[provider],
            wrong: &self.wrong[first..past],
        }
    }

    /// All providers that have been read, in their order.
    fn read(&self) -> impl Iterator<Item = Standing<'_>> {
        let count = self.next.0 + usize::from(self.next.1 > 0);
        let mut wrong = &self.wrong[..];
        (0..count).map(move |provider| {
            let past = (provider as u64 + 1) * u64::from(self.parts);
            let own = wrong.iter().take_while(|wrong| wrong.entry < past).count();
            let (own, rest) = wrong.split_at(own);
            wrong = rest;
            let (intended, written) = (self.intended[provider], self.written[provider]);
            Standing { provider, parts: self.parts, intended, written, wrong: own }
        })
    }

    /// What a provider holds in the new version.
    pub(super) fn actual(&self, provider: usize) -> f64 {
        self.standing(provider).actual()
    }

    /// Sum over all entries read of |intended - actual|, as a share of the sum intended; nothing while nothing is intended.
    pub(super) fn divergence(&self) -> f64 {
        let (mut gap, mut intended) = (Sum::ZERO, Sum::ZERO);
        for standing in self.read() {
            gap = gap.plus(standing.gap());
            intended = intended.plus(standing.intended);
        }
        if intended.high > 0.0 { gap.high / intended.high } else { 0.0 }
    }

    /// Sums of what is intended and of what is held in the new version.
    pub(super) fn totals(&self) -> (f64, f64) {
        let mut totals = (Sum::ZERO, Sum::ZERO);
        for standing in self.read() {
            totals = (totals.0.plus(standing.intended), totals.1.plus(standing.actual()));
        }
        (totals.0.high, totals.1.high)
    }

    /// Entries that differ from what they should hold, those of everybody else included.
    pub(super) fn wrong_entries(&self) -> u64 {
        self.read().map(|standing| standing.wrong_entries()).sum::<u64>() + self.further_wrong()
    }

    /// For each provider what is intended and what is held in the new version.
    pub(super) fn held(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        self.read().map(|standing| (standing.provider, standing.intended, standing.actual()))
    }

    /// Compares a sample, or every entry when it is at least as large as the state; nothing is changed but who is marked as found.
    ///
    /// Law: given the hits so far, the next wrong entry is in the sample with probability (sample - hits)/(entries - looked at), so
    /// that the number of hits is hypergeometric (derived). A larger sample hits the same entries and more.
    pub(super) fn compare(&mut self, sample: u64, chance: &mut Stream) -> Found {
        let further = self.further_wrong();
        let (mut entries, mut wrong) = (self.further, further);
        let mut found = std::mem::take(&mut self.found);
        for standing in self.read() {
            entries += standing.entries();
            wrong += standing.wrong_entries();
            found[standing.provider] = standing.is_stale();
        }
        self.found = found;
        let sample = sample.min(entries);
        let mut hits = 0;
        for looked in 0..wrong {
            let in_sample = (sample - hits) as f64 / (entries - looked) as f64;
            hits += u64::from(chance.uniform() < in_sample);
        }
        Found { entries, wrong, hits }
    }

    /// Wrong entries of those who are not providers.
    fn further_wrong(&self) -> u64 {
        let first = self.intended.len() as u64 * u64::from(self.parts);
        let start = self.wrong.partition_point(|wrong| wrong.entry < first);
        self.wrong[start..].iter().filter(|wrong| wrong.factor != 1.0).count() as u64
    }

    /// Puts right everything that was found.
    pub(super) fn repair(&mut self) {
        self.wrong.iter_mut().for_each(|wrong| wrong.factor = 1.0);
        for ((found, written), intended) in self.found.iter_mut().zip(&mut self.written).zip(&self.intended) {
            if std::mem::take(found) {
                *written = *intended;
            }
        }
    }
}

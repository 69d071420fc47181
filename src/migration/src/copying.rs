//! The copying of a state, block by block: writing, verification, repair.

use super::entries::Entries;
use super::state_migration::{Compared, During, IfWrong, MovedBy, OperatorBatches, StateMigration, Verification};
use portage_base::random::Stream;

/// Where the copying stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// The snapshot has not been taken.
    Waiting,
    /// Entries are being written.
    Writing,
    /// The copy is being compared until this second of the run.
    Comparing {
        /// When it ends, seconds on the run's clock.
        until: f64,
    },
    /// Entries found wrong are being written once more, so many are left.
    Repairing {
        /// Entries left.
        left: u64,
    },
    /// The copy stands: the cutover can take place.
    Settled,
    /// Errors were found, and the migration is given up.
    Aborted,
}

/// What the operator wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Entries.
    pub entries: u64,
    /// Gas that it took.
    pub gas: u64,
}

/// What a change of a provider's amount led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mirrored {
    /// Gas that the transaction needed more, for writing on both sides.
    pub gas: u64,
    /// Whether the change reached the old version only.
    pub is_missed: bool,
}

/// The outcome of verification.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Verdict {
    /// Entries compared.
    pub compared: u64,
    /// Entries found wrong; with `repair` all of these are written once more.
    pub found: u64,
    /// Entries that are wrong, found or not.
    pub wrong: u64,
    /// Time that it takes, seconds.
    pub seconds: f64,
    /// What it costs, USD.
    pub cost_usd: f64,
}

/// What one provider should hold in the new version and what it does hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credit {
    /// The provider.
    pub provider: usize,
    /// Its part of the liquidity, as it should be.
    pub intended: f64,
    /// Its part of the same liquidity by the entries of the new version; over all providers the two sum to the same.
    pub credited: f64,
}

/// The copying of one run: a clock that is stepped once a block from the snapshot on.
#[derive(Debug, Clone)]
pub struct Copying {
    /// Batches of the operator; `None` where users claim.
    operator: Option<OperatorBatches>,
    during: During,
    verification: Option<Verification>,
    entries: Entries,
    phase: Phase,
    began_seconds: f64,
    misses: Stream,
    sampling: Stream,
    verdict: Option<Verdict>,
    total: Written,
    paid_gwei: f64,
    dual_writes: u64,
    missed: u64,
}

impl Copying {
    /// The copying of `spec` among `providers` providers in run `run`: which entries will be wrong is drawn here, and everything is
    /// allocated here, so that no block allocates.
    #[must_use]
    pub fn new(spec: &StateMigration, providers: usize, seed: u64, run: u64) -> Self {
        let operator = match &spec.moved_by {
            MovedBy::Operator(operator) => Some(operator.clone()),
            MovedBy::Claims(_) => None,
        };
        Self {
            operator,
            during: spec.during,
            verification: spec.verify,
            entries: Entries::new(spec, providers, seed, run),
            phase: Phase::Waiting,
            began_seconds: 0.0,
            misses: Stream::open(seed, run, "state/misses"),
            sampling: Stream::open(seed, run, "state/sampling"),
            verdict: None,
            total: Written::default(),
            paid_gwei: 0.0,
            dual_writes: 0,
            missed: 0,
        }
    }

    /// Takes the snapshot at `seconds` on the run's clock: `amounts` is what each provider holds in the old version, at least 0,
    /// shares of one pool or any unit that is the same for all. Who holds nothing has no entry.
    pub fn snapshot(&mut self, seconds: f64, amounts: impl Iterator<Item = f64>) {
        self.entries.list(amounts);
        self.began_seconds = seconds;
        self.phase = Phase::Writing;
    }

    /// One block at `seconds` on the run's clock, with gas at `price_gwei` and room for `room_gas`: the operator writes as many
    /// batches as bid and room allow. When everything is written the copy is compared, and what was found is repaired.
    ///
    /// Where a simulated block stands for several, `room_gas` is the room of all of them, filled without gaps between them.
    ///
    /// The leaves of a tree that users claim from are made off the chain: they take no gas and no time.
    pub fn step(&mut self, seconds: f64, price_gwei: f64, room_gas: u64) -> Written {
        if let Phase::Comparing { until } = self.phase
            && seconds >= until
        {
            self.conclude();
        }
        let left = match self.phase {
            Phase::Writing => self.entries.left(),
            Phase::Repairing { left } => left,
            _ => return Written::default(),
        };
        let written = self.batches(left, seconds, price_gwei, room_gas);
        self.total.entries += written.entries;
        self.total.gas += written.gas;
        self.paid_gwei += written.gas as f64 * price_gwei;
        if matches!(self.phase, Phase::Writing) {
            self.entries.write(written.entries);
            if self.entries.left() == 0 {
                self.verify(seconds);
            }
        } else if written.entries == left {
            self.entries.repair();
            self.phase = Phase::Settled;
        } else {
            self.phase = Phase::Repairing { left: left - written.entries };
        }
        written
    }

    /// What the operator writes of `left` entries in this block.
    fn batches(&self, left: u64, seconds: f64, price_gwei: f64, room_gas: u64) -> Written {
        let Some(operator) = &self.operator else { return Written { entries: left, gas: 0 } };
        let waited = seconds - self.began_seconds;
        let mut written = Written::default();
        if operator.bid.is_some_and(|bid| !bid.accepts(price_gwei, waited)) {
            return written;
        }
        while written.entries < left {
            let entries = operator.batch_entries.min(left - written.entries);
            let gas = operator.gas(entries);
            if gas > room_gas - written.gas {
                break;
            }
            written.entries += entries;
            written.gas += gas;
        }
        written
    }

    /// Compares the copy, beginning at `seconds`; what was found is known at the end.
    fn verify(&mut self, seconds: f64) {
        let Some(verification) = self.verification else {
            self.phase = Phase::Settled;
            return;
        };
        let sample = match verification.entries {
            Compared::All => u64::MAX,
            Compared::Sample(sample) => sample,
        };
        let seen = self.entries.compare(sample, &mut self.sampling);
        let goes_on = seen.hits > 0 && verification.if_wrong == IfWrong::Repair;
        let compared = if goes_on { seen.entries } else { sample.min(seen.entries) };
        let found = if goes_on { seen.wrong } else { seen.hits };
        let took = compared as f64 * verification.time_per_entry.seconds();
        self.verdict = Some(Verdict {
            compared,
            found,
            wrong: seen.wrong,
            seconds: took,
            cost_usd: compared as f64 * verification.usd_per_entry,
        });
        self.phase = Phase::Comparing { until: seconds + took };
        if took <= 0.0 {
            self.conclude();
        }
    }

    /// The end of verification.
    fn conclude(&mut self) {
        let found = self.verdict.map_or(0, |verdict| verdict.found);
        let aborts = self.verification.is_some_and(|verification| verification.if_wrong == IfWrong::Abort);
        self.phase = match (found, aborts) {
            (0, _) => Phase::Settled,
            (_, true) => Phase::Aborted,
            (left, false) => Phase::Repairing { left },
        };
    }

    /// A provider's amount in the old version is `amount` from now on. If it has been copied before, the change is written on both
    /// sides, unless it is missed; a change that reaches the new version puts all its entries there right.
    ///
    /// A frozen version has no such changes; what is changed in it all the same after having been copied stays as it was copied.
    pub fn touch(&mut self, provider: usize, amount: f64) -> Mirrored {
        if matches!(self.phase, Phase::Waiting | Phase::Aborted) {
            return Mirrored::default();
        }
        let copied = self.entries.change(provider, amount);
        let During::DualWrite(dual) = self.during else { return Mirrored::default() };
        // Drawn for every change, so that what has been copied moves no other draw.
        let is_missed = self.misses.uniform() < dual.miss_share;
        if copied == 0 {
            return Mirrored::default();
        }
        if is_missed {
            self.missed += 1;
            return Mirrored { gas: 0, is_missed };
        }
        self.entries.mirror(provider);
        self.dual_writes += u64::from(copied);
        Mirrored { gas: u64::from(copied) * dual.gas_per_write, is_missed }
    }

    /// Where the copying stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether every entry has been written; some may be wrong.
    #[must_use]
    pub fn is_copied(&self) -> bool {
        self.phase != Phase::Waiting && self.entries.left() == 0
    }

    /// Entries written so far that differ from what they should hold.
    #[must_use]
    pub fn wrong_entries(&self) -> u64 {
        self.entries.wrong_entries()
    }

    /// What verification found, once it has begun.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// Everything that the operator has written, repairs included.
    #[must_use]
    pub const fn total(&self) -> Written {
        self.total
    }

    /// What the operator paid for it, gwei: the sum over blocks of gas times price.
    #[must_use]
    pub const fn paid_gwei(&self) -> f64 {
        self.paid_gwei
    }

    /// Entries written on both sides, and changes that were missed.
    #[must_use]
    pub const fn dual_writes(&self) -> (u64, u64) {
        (self.dual_writes, self.missed)
    }

    /// Divergence: sum over all entries copied of |intended - actual|, as a share of the sum intended.
    #[must_use]
    pub fn divergence(&self) -> f64 {
        self.entries.divergence()
    }

    /// What a provider holds in the new version: nothing where its entries are missing or not yet written.
    #[must_use]
    pub fn actual(&self, provider: usize) -> f64 {
        self.entries.actual(provider)
    }

    /// What each provider is credited with out of the whole, by its share of all entries of the new version: who has too much
    /// there dilutes the others, and the sum stays what it was. `None` when the new version credits nobody.
    #[must_use]
    pub fn credits(&self) -> Option<impl Iterator<Item = Credit> + '_> {
        let (intended, actual) = self.entries.totals();
        let scale = (actual > 0.0).then(|| intended / actual)?;
        Some(self.entries.held().map(move |(provider, intended, actual)| Credit {
            provider,
            intended,
            credited: actual * scale,
        }))
    }
}

#[cfg(test)]
mod tests;

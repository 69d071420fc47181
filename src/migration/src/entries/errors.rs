//! Which entries are copied wrongly, drawn once a run.

use crate::ErrorRates;
use portage_base::random::Stream;

/// Rates up to this one cost a draw per candidate, of which there is one in 1024 entries; above it every entry draws.
const RARE: f64 = 1.0 / 1024.0;

/// An entry that is written wrongly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wrong {
    /// Its number.
    pub(super) entry: u64,
    /// What is written, as a multiple of what should be.
    pub(super) factor: f64,
}

/// All wrong entries among the first `entries`, in their order.
///
/// Each kind has streams of its own and each entry its own level, so that a higher rate adds errors and changes none, and more
/// entries add errors at the end. Missing goes before the other two; what is both duplicated and corrupted is twice what was
/// corrupted.
pub(super) fn draw(rates: &ErrorRates, entries: u64, seed: u64, run: u64) -> Vec<Wrong> {
    let missing = drawn("missing", rates.missing, entries, seed, run);
    let duplicated = drawn("duplicated", rates.duplicated, entries, seed, run);
    let corrupted = drawn("corrupted", rates.corrupted, entries, seed, run);
    let mut all: Vec<Wrong> = missing.into_iter().map(|(entry, _)| Wrong { entry, factor: 0.0 }).collect();
    all.extend(duplicated.into_iter().map(|(entry, _)| Wrong { entry, factor: 2.0 }));
    all.extend(corrupted.into_iter().map(|(entry, size)| Wrong { entry, factor: 2.0 * size }));
    all.sort_by_key(|wrong| wrong.entry);
    all.dedup_by(|later, first| {
        let is_same = later.entry == first.entry;
        if is_same {
            first.factor *= later.factor;
        }
        is_same
    });
    all
}

/// Entries with an error of one kind at `rate`, in their order, each with a uniform size.
///
/// Law: an entry is wrong when its uniform level lies below the rate. Levels below `RARE` are found by jumping from one to the next
/// with geometric gaps. For a rate above it, each entry draws once more against (rate - RARE)/(1 - RARE), so that it is wrong in
/// one way or the other with probability `rate` (derived).
fn drawn(kind: &str, rate: f64, entries: u64, seed: u64, run: u64) -> Vec<(u64, f64)> {
    let mut found = Vec::new();
    if rate <= 0.0 {
        return found;
    }
    let mut rare = Stream::open(seed, run, &format!("state/errors/{kind}/rare"));
    let log_spared = libm::log1p(-RARE);
    let mut at = gap(&mut rare, log_spared);
    while at < entries {
        let (level, size) = (rare.uniform() * RARE, rare.uniform());
        if level < rate {
            found.push((at, size));
        }
        at = at.saturating_add(1).saturating_add(gap(&mut rare, log_spared));
    }
    if rate > RARE {
        let mut common = Stream::open(seed, run, &format!("state/errors/{kind}/common"));
        let threshold = (rate - RARE) / (1.0 - RARE);
        for entry in 0..entries {
            let (level, size) = (common.uniform(), common.uniform());
            if level < threshold {
                found.push((entry, size));
            }
        }
        // The sort is stable: the rare one, whose size does not depend on the rate, comes first and stays.
        found.sort_by_key(|(entry, _)| *entry);
        found.dedup_by_key(|(entry, _)| *entry);
    }
    found
}

/// Entries spared before the next candidate: geometric.
fn gap(stream: &mut Stream, log_spared: f64) -> u64 {
    libm::floor(libm::log1p(-stream.uniform()) / log_spared) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u64 = 400_000;

    /// Rates on both sides of `RARE`, and 1: the count is binomial; 4.5 standard errors each, error probability 7e-6 each.
    #[test]
    fn errors_come_at_their_rates() {
        for rate in [1e-4, 9e-4, 2e-3, 0.03, 0.6] {
            let count = drawn("corrupted", rate, N, 1, 0).len() as f64;
            let (mean, sd) = (N as f64 * rate, (N as f64 * rate * (1.0 - rate)).sqrt());
            assert!((count - mean).abs() < 4.5 * sd, "rate {rate}: {count} against {mean}");
        }
        assert_eq!(drawn("corrupted", 1.0, N, 1, 0).len() as u64, N);
        assert_eq!(drawn("corrupted", 0.0, N, 1, 0), []);
    }

    #[test]
    fn a_higher_rate_and_more_entries_only_add_errors() {
        let rates = [1e-4, 5e-4, 1e-3, 5e-3, 0.05, 0.5];
        for pair in rates.windows(2) {
            let (few, many) = (drawn("missing", pair[0], N, 3, 5), drawn("missing", pair[1], N, 3, 5));
            assert!(few.len() < many.len());
            let mut rest = many.iter();
            assert!(few.iter().all(|wrong| rest.any(|other| other == wrong)), "{pair:?}");
            let fewer = drawn("missing", pair[1], N / 2, 3, 5);
            assert_eq!(fewer[..], many[..fewer.len()]);
        }
    }

    /// Where all three happen to the same entry, and the size of a corruption: uniform in [0, 2], mean 1, sd 1/sqrt(3).
    /// 4.5 standard errors, error probability 7e-6.
    #[test]
    fn kinds_combine_and_corruptions_are_uniform() {
        let rates = ErrorRates { corrupted: 1.0, duplicated: 0.0, missing: 0.0 };
        let corrupted = draw(&rates, 40_000, 1, 0);
        let mean = corrupted.iter().map(|wrong| wrong.factor).sum::<f64>() / 40_000.0;
        assert!((mean - 1.0).abs() < 4.5 / (3.0_f64 * 40_000.0).sqrt(), "mean factor {mean}");
        assert!(corrupted.iter().all(|wrong| (0.0..2.0).contains(&wrong.factor)));
        let twice = draw(&ErrorRates { duplicated: 1.0, ..rates }, 40_000, 1, 0);
        assert!(twice.iter().zip(&corrupted).all(|(twice, once)| twice.factor == 2.0 * once.factor));
        let gone = draw(&ErrorRates { duplicated: 1.0, missing: 1.0, ..rates }, 40_000, 1, 0);
        assert!(gone.len() == 40_000 && gone.iter().all(|wrong| wrong.factor == 0.0));
    }
}

//! The copying against closed forms and sums worked by hand.

use super::*;
use crate::{Claims, DualWrite, EntryCount, ErrorRates, OperatorBid};
use portage_base::units::Span;

const NO_ERRORS: ErrorRates = ErrorRates { corrupted: 0.0, duplicated: 0.0, missing: 0.0 };
/// Room and price that stand in nobody's way.
const WIDE: u64 = u64::MAX / 2;

fn batches(batch_entries: u64) -> OperatorBatches {
    OperatorBatches { batch_entries, gas_per_entry: 28_000, gas_per_batch: 31_000, bid: None }
}

fn spec(errors: ErrorRates, verify: Option<Verification>) -> StateMigration {
    StateMigration { moved_by: MovedBy::Operator(batches(100)), errors, verify, ..StateMigration::default() }
}

fn sample(size: u64, if_wrong: IfWrong) -> Option<Verification> {
    Some(Verification {
        entries: Compared::Sample(size),
        if_wrong,
        time_per_entry: Span::from_seconds(2.0).unwrap(),
        usd_per_entry: 0.5,
    })
}

fn all(if_wrong: IfWrong) -> Option<Verification> {
    sample(1, if_wrong).map(|verification| Verification { entries: Compared::All, ..verification })
}

/// The copying of `providers` equal amounts in run `run`, stepped in blocks of 12 s until it is over.
fn copied(spec: &StateMigration, providers: usize, run: u64) -> Copying {
    let mut copying = Copying::new(spec, providers, 1, run);
    copying.snapshot(0.0, (0..providers).map(|_| 1.0));
    let mut seconds = 0.0;
    while !matches!(copying.phase(), Phase::Settled | Phase::Aborted) {
        copying.step(seconds, 10.0, WIDE);
        seconds += 12.0;
        assert!(seconds < 1e9, "it does not end: {:?}", copying.phase());
    }
    copying
}

/// Blocks until everything is written, with room for `room_gas` in each.
fn blocks_taken(operator: OperatorBatches, entries: u64, room_gas: u64) -> u64 {
    let spec = StateMigration { moved_by: MovedBy::Operator(operator), ..spec(NO_ERRORS, None) };
    let mut copying = Copying::new(&spec, entries as usize, 1, 0);
    copying.snapshot(0.0, (0..entries).map(|_| 1.0));
    let mut blocks = 0;
    while !copying.is_copied() {
        copying.step(blocks as f64 * 12.0, 10.0, room_gas);
        blocks += 1;
    }
    blocks
}

#[test]
fn the_bill_is_gas_times_the_price_of_each_block() {
    // By hand: 25 entries in batches of 10 take 311,000, 311,000 and 171,000 gas; one batch fits into a block of 350,000, and the
    // price is 10, 20 and 40 gwei.
    let spec = StateMigration { moved_by: MovedBy::Operator(batches(10)), ..spec(NO_ERRORS, None) };
    let mut copying = Copying::new(&spec, 25, 1, 0);
    assert_eq!((copying.phase(), copying.step(0.0, 1.0, WIDE)), (Phase::Waiting, Written::default()));
    copying.snapshot(100.0, (0..25).map(|_| 2.0));
    assert_eq!(copying.step(112.0, 10.0, 350_000), Written { entries: 10, gas: 311_000 });
    assert_eq!((copying.actual(9), copying.actual(10)), (2.0, 0.0));
    assert_eq!(copying.step(124.0, 20.0, 310_999), Written::default());
    assert_eq!(copying.step(136.0, 20.0, 311_000), Written { entries: 10, gas: 311_000 });
    assert!(!copying.is_copied());
    assert_eq!(copying.step(148.0, 40.0, 350_000), Written { entries: 5, gas: 171_000 });
    assert!(copying.is_copied() && copying.phase() == Phase::Settled && copying.verdict().is_none());
    assert_eq!(copying.total(), Written { entries: 25, gas: 793_000 });
    assert_eq!(copying.paid_gwei(), 3_110_000.0 + 6_220_000.0 + 6_840_000.0);
    assert_eq!(copying.step(160.0, 1.0, WIDE), Written::default());
}

#[test]
fn block_space_sets_the_time() {
    // Whole batches only: ceil(ceil(entries / batch) / batches per block).
    let gas = batches(100).gas(100);
    for (entries, per_block) in [(100, 1), (1_000, 1), (1_000, 3), (12_300, 2), (99_900, 5)] {
        let blocks = u64::div_ceil(entries / 100, per_block);
        assert_eq!(blocks_taken(batches(100), entries, per_block * gas), blocks);
        assert_eq!(batches(100).blocks_needed(entries, per_block * gas), Some(blocks));
    }
    // A smaller last batch, beside whole ones or in a block of its own.
    for entries in (0..60).chain([1_234, 1_299]) {
        for room in [gas, gas + 100_000, 2 * gas - 1, 2 * gas, 3 * gas + 1_500_000] {
            let taken = blocks_taken(batches(100), entries * 7, room);
            let expected = batches(100).blocks_needed(entries * 7, room);
            assert_eq!(Some(taken), expected, "{entries} {room}");
        }
    }
    assert_eq!(batches(100).blocks_needed(100, gas - 1), None);
    assert_eq!(batches(100).blocks_needed(99, gas - 28_000), Some(1));
    assert_eq!(batches(100).blocks_needed(99, gas - 28_001), None);
}

#[test]
fn the_operator_waits_for_cheap_gas_until_patience_ends() {
    let bid = Some(OperatorBid { most_gwei: 30.0, patience: Span::from_seconds(3_600.0).unwrap() });
    let operator = OperatorBatches { bid, ..batches(1) };
    let spec = StateMigration { moved_by: MovedBy::Operator(operator), ..spec(NO_ERRORS, None) };
    let mut copying = Copying::new(&spec, 3, 1, 0);
    copying.snapshot(50.0, [1.0; 3].into_iter());
    assert_eq!(copying.step(62.0, 30.1, 60_000).entries, 0);
    assert_eq!(copying.step(74.0, 30.0, 60_000).entries, 1);
    assert_eq!(copying.step(3_649.0, 500.0, 60_000).entries, 0);
    assert_eq!(copying.step(3_650.0, 500.0, 60_000).entries, 1);
}

#[test]
fn entries_are_those_who_hold_something_each_part_and_everybody_else() {
    let entries = EntryCount { per_provider: 3, further: 11 };
    let spec = StateMigration { entries, ..spec(NO_ERRORS, None) };
    let mut copying = Copying::new(&spec, 6, 1, 0);
    copying.snapshot(0.0, [0.0, 5.0, 0.0, 7.0, 1.0, 0.0].into_iter());
    assert_eq!(copying.step(0.0, 1.0, WIDE).entries, 3 * 3 + 11);
    assert_eq!((0..6).map(|provider| copying.actual(provider)).collect::<Vec<_>>(), [0.0, 5.0, 0.0, 7.0, 1.0, 0.0]);
    assert!(copying.is_copied() && copying.divergence() == 0.0);
}

/// Chance that a sample of `n` of `entries` holds at least one of `wrong`: 1 - prod (entries - wrong - i)/(entries - i).
fn hypergeometric_hit(entries: u64, wrong: u64, n: u64) -> f64 {
    1.0 - (0..n).map(|i| entries.saturating_sub(wrong + i) as f64 / (entries - i) as f64).product::<f64>()
}

#[test]
fn a_sample_of_a_small_set_hits_with_the_hypergeometric_chance() {
    // Every second entry of 12 or so is wrong; the chance given each run's own number of wrong entries is hypergeometric, so the
    // sum of (hit - chance) over 4,000 runs has mean 0 and the variance sum of chance (1 - chance): 4.5 standard errors, error
    // probability 7e-6 each.
    for (entries, n) in [(12, 1), (12, 3), (30, 5)] {
        let spec = spec(ErrorRates { missing: 0.15, ..NO_ERRORS }, sample(n, IfWrong::Abort));
        let (mut off, mut variance) = (0.0, 0.0);
        for run in 0..4_000 {
            let copying = copied(&spec, entries as usize, run);
            let verdict = copying.verdict().unwrap();
            let wrong = (0..entries as usize).filter(|provider| copying.actual(*provider) == 0.0).count() as u64;
            assert_eq!((verdict.wrong, verdict.compared), (wrong, n));
            assert_eq!(copying.phase() == Phase::Aborted, verdict.found > 0);
            assert!(verdict.found <= wrong.min(n));
            let chance = hypergeometric_hit(entries, wrong, n);
            off += f64::from(u8::from(verdict.found > 0)) - chance;
            variance += chance * (1.0 - chance);
        }
        assert!(off.abs() < 4.5 * variance.sqrt(), "{entries} {n}: {off} of {}", variance.sqrt());
    }
    // And a sample of all finds all.
    assert_eq!(hypergeometric_hit(12, 1, 12), 1.0);
    let whole = copied(&spec(ErrorRates { missing: 0.15, ..NO_ERRORS }, sample(12, IfWrong::Abort)), 12, 0);
    assert_eq!(whole.verdict().map(|verdict| verdict.found), whole.verdict().map(|verdict| verdict.wrong));
}

#[test]
fn a_sample_finds_errors_at_the_rate_one_less_the_power_of_sound_entries() {
    // 1 - (1 - e)^n through the whole machine, 2,000 runs of 3,000 entries, three kinds of errors: 4.5 standard errors, error
    // probability 7e-6 each. Errors are independent of entry, so the law is exact for the sample too.
    for (rate, n) in [(3e-4, 300), (2e-3, 100), (1e-2, 50)] {
        let errors = ErrorRates { corrupted: rate, duplicated: rate / 2.0, missing: rate / 4.0 };
        let spec = spec(errors, sample(n, IfWrong::Abort));
        let runs = 2_000;
        let stopped = (0..runs).filter(|run| copied(&spec, 3_000, *run).phase() == Phase::Aborted).count() as f64;
        let e = 1.0 - (1.0 - rate) * (1.0 - rate / 2.0) * (1.0 - rate / 4.0);
        let chance = 1.0 - (1.0 - e).powi(n as i32);
        assert!((spec.detection(3_000) - chance).abs() < 1e-12);
        let sd = (runs as f64 * chance * (1.0 - chance)).sqrt();
        assert!((stopped - runs as f64 * chance).abs() < 4.5 * sd, "{stopped} of {runs}, chance {chance}");
    }
}

#[test]
fn a_larger_sample_finds_no_less() {
    let errors = ErrorRates { corrupted: 0.01, ..NO_ERRORS };
    for run in 0..200 {
        let found = |n| copied(&spec(errors, sample(n, IfWrong::Abort)), 500, run).verdict().unwrap().found;
        assert!(found(10) <= found(60) && found(60) <= found(400));
    }
}

#[test]
fn complete_verification_finds_and_repairs_everything() {
    let errors = ErrorRates { corrupted: 0.02, duplicated: 0.02, missing: 0.02 };
    let unseen = copied(&spec(errors, None), 5_000, 7);
    let wrong = (0..5_000).filter(|provider| unseen.actual(*provider) != 1.0).count() as u64;
    assert!(wrong > 200 && unseen.divergence() > 0.01);
    let copying = copied(&spec(errors, all(IfWrong::Repair)), 5_000, 7);
    let verdict = copying.verdict().unwrap();
    assert_eq!((verdict.found, verdict.wrong, verdict.compared), (wrong, wrong, 5_000));
    assert_eq!((verdict.seconds, verdict.cost_usd), (10_000.0, 2_500.0));
    assert_eq!(copying.divergence(), 0.0);
    assert!((0..5_000).all(|provider| copying.actual(provider) == 1.0));
    // Each wrong entry is written once more, at the operator's gas.
    let batches_gas = 31_000 * (50 + wrong.div_ceil(100));
    assert_eq!(copying.total(), Written { entries: 5_000 + wrong, gas: batches_gas + 28_000 * (5_000 + wrong) });
}

#[test]
fn a_hit_in_the_sample_makes_everything_compared_and_a_clean_one_leaves_the_errors() {
    let errors = ErrorRates { missing: 0.004, ..NO_ERRORS };
    let spec = spec(errors, sample(100, IfWrong::Repair));
    let (mut repaired, mut slipped) = (0, 0);
    for run in 0..100 {
        let copying = copied(&spec, 1_000, run);
        let verdict = copying.verdict().unwrap();
        if verdict.found > 0 {
            assert_eq!((verdict.compared, verdict.found, copying.divergence()), (1_000, verdict.wrong, 0.0));
            repaired += 1;
        } else {
            assert_eq!((verdict.compared, verdict.seconds), (100, 200.0));
            let missing = verdict.wrong as f64 / 1_000.0;
            assert!((copying.divergence() - missing).abs() < 1e-15);
            slipped += u32::from(verdict.wrong > 0);
        }
    }
    assert!(repaired > 10 && slipped > 10, "{repaired} {slipped}");
}

#[test]
fn comparing_and_repairing_take_their_time() {
    // By hand: 40 entries, all missing. One block to write; comparing takes 80 s, that is until second 80: the block at 84 s is the
    // first after it, and a block has room for 20 repairs.
    let spec = StateMigration {
        moved_by: MovedBy::Operator(batches(20)),
        ..spec(ErrorRates { missing: 1.0, ..NO_ERRORS }, all(IfWrong::Repair))
    };
    let room = batches(20).gas(20);
    let mut copying = Copying::new(&spec, 40, 1, 0);
    copying.snapshot(0.0, (0..40).map(|_| 1.0));
    copying.step(0.0, 1.0, 2 * room);
    assert_eq!(copying.phase(), Phase::Comparing { until: 80.0 });
    assert!(copying.credits().is_none() && copying.divergence() == 1.0);
    assert_eq!(copying.step(72.0, 1.0, room), Written::default());
    assert_eq!(copying.step(84.0, 1.0, room).entries, 20);
    assert_eq!((copying.phase(), copying.divergence()), (Phase::Repairing { left: 20 }, 1.0));
    assert_eq!(copying.step(96.0, 1.0, room).entries, 20);
    assert_eq!((copying.phase(), copying.divergence()), (Phase::Settled, 0.0));
    // The closed form counts whole blocks: one for writing, 80 s, two for repairs.
    assert_eq!(spec.expected_seconds(40, 2 * room, 12.0), Some(12.0 + 80.0 + 12.0));
    assert_eq!(spec.expected_seconds(40, room, 12.0), Some(24.0 + 80.0 + 24.0));
    assert_eq!(spec.expected_seconds(40, room - 1, 12.0), None);
}

#[test]
fn the_mean_time_is_the_closed_form() {
    // A sample that hits in about half of the runs. The time of a run has two values at most but for whole blocks: mean within 4.5
    // standard errors and one block, error probability 7e-6.
    let errors = ErrorRates { duplicated: 0.001, ..NO_ERRORS };
    let spec = StateMigration {
        moved_by: MovedBy::Operator(batches(50)),
        verify: sample(700, IfWrong::Repair),
        errors,
        ..StateMigration::default()
    };
    let room = batches(50).gas(50);
    let times: Vec<f64> = (0..1_000)
        .map(|run| {
            let mut copying = Copying::new(&spec, 1_000, 2, run);
            copying.snapshot(0.0, (0..1_000).map(|_| 1.0));
            let mut seconds = 0.0;
            while copying.phase() != Phase::Settled {
                copying.step(seconds, 1.0, room);
                seconds += 12.0;
            }
            seconds
        })
        .collect();
    let mean = times.iter().sum::<f64>() / 1e3;
    let sd = (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / 999.0).sqrt();
    let expected = spec.expected_seconds(1_000, room, 12.0).unwrap();
    assert!((mean - expected).abs() < 4.5 * sd / 1e3_f64.sqrt() + 12.0, "{mean} against {expected}");
    assert!(sd > 200.0);
}

fn dual(miss_share: f64) -> StateMigration {
    let during = During::DualWrite(DualWrite { gas_per_write: 10_000, miss_share });
    StateMigration { during, ..spec(NO_ERRORS, None) }
}

#[test]
fn dual_write_diverges_by_the_share_of_misses() {
    // 40,000 copied amounts of 1 grow twice, to 1.5 and then to 2. A miss counts only if it is the last one, and leaves 1 or 1.5
    // where 2 should be, so that the expected divergence is m (m 1 + (1 - m) 0.5)/2. Its standard error is at most
    // 0.5 sqrt(m / 40,000); 4.5 of them, error probability 7e-6.
    let (miss, count) = (0.1, 40_000);
    let mut copying = copied(&dual(miss), count, 3);
    let mut gas = 0;
    for amount in [1.5, 2.0] {
        gas += (0..count).map(|provider| copying.touch(provider, amount).gas).sum::<u64>();
    }
    let expected = miss * (miss + (1.0 - miss) * 0.5) / 2.0;
    let off = copying.divergence() - expected;
    assert!(off.abs() < 4.5 * 0.5 * (miss / count as f64).sqrt(), "off by {off}");
    let (written, missed) = copying.dual_writes();
    assert_eq!((written + missed, gas), (2 * count as u64, written * 10_000));
    let missed_last = (0..count).filter(|provider| copying.actual(*provider) < 2.0).count() as f64;
    assert!((missed_last - count as f64 * miss).abs() < 4.5 * (count as f64 * miss * 0.9).sqrt());
}

#[test]
fn a_change_before_the_copy_costs_nothing_and_one_after_it_heals() {
    let spec = StateMigration { moved_by: MovedBy::Operator(batches(2)), ..dual(0.0) };
    let spec = StateMigration { errors: ErrorRates { duplicated: 1.0, ..NO_ERRORS }, ..spec };
    let mut copying = Copying::new(&spec, 5, 1, 0);
    copying.snapshot(0.0, [1.0, 1.0, 0.0, 1.0, 1.0].into_iter());
    copying.step(0.0, 1.0, batches(2).gas(2));
    // Providers 0 and 1 are copied, each twice. A change puts 0 right; 2 comes, 3 goes and 4 changes before they are read.
    assert_eq!((copying.actual(0), copying.divergence()), (2.0, 1.0));
    assert_eq!(copying.touch(0, 3.0), Mirrored { gas: 10_000, is_missed: false });
    assert_eq!((copying.actual(0), copying.divergence()), (3.0, 0.25));
    for (provider, amount) in [(2, 6.0), (3, 0.0), (4, 7.0)] {
        assert_eq!(copying.touch(provider, amount), Mirrored::default());
    }
    assert_eq!(copying.step(12.0, 1.0, WIDE).entries, 2);
    assert_eq!([0, 1, 2, 3, 4].map(|provider| copying.actual(provider)), [3.0, 2.0, 12.0, 0.0, 14.0]);
    // Who withdraws after the copy is gone on both sides, who comes after it is written on both.
    copying.touch(4, 0.0);
    copying.touch(3, 2.0);
    assert_eq!([3, 4].map(|provider| copying.actual(provider)), [2.0, 0.0]);
}

#[test]
fn a_provider_that_leaves_between_two_batches_leaves_no_entry_over() {
    let entries = EntryCount { per_provider: 3, further: 2 };
    let spec = StateMigration { moved_by: MovedBy::Operator(batches(2)), entries, ..dual(0.0) };
    let mut copying = Copying::new(&spec, 2, 1, 0);
    copying.snapshot(0.0, [1.0, 1.0].into_iter());
    let block = |copying: &mut Copying| copying.step(0.0, 1.0, batches(2).gas(2)).entries;
    assert_eq!(block(&mut copying), 2);
    copying.touch(0, 0.0);
    assert_eq!([block(&mut copying), block(&mut copying), block(&mut copying)], [2, 2, 2]);
    assert!(copying.is_copied());
    assert_eq!([copying.actual(0), copying.actual(1)], [0.0, 1.0]);
}

#[test]
fn credits_sum_to_what_there_is() {
    let errors = ErrorRates { corrupted: 0.3, duplicated: 0.1, missing: 0.1 };
    let entries = EntryCount { per_provider: 2, further: 100 };
    let spec = StateMigration { entries, ..spec(errors, None) };
    let mut copying = Copying::new(&spec, 2_000, 1, 9);
    let amounts: Vec<f64> = (0..2_000).map(|i| f64::from(i % 97) * 1e3 + 1e-3).collect();
    copying.snapshot(0.0, amounts.iter().copied());
    copying.step(0.0, 1.0, WIDE);
    let credits: Vec<Credit> = copying.credits().unwrap().collect();
    let (intended, credited) =
        credits.iter().fold((0.0, 0.0), |sums, credit| (sums.0 + credit.intended, sums.1 + credit.credited));
    let total: f64 = amounts.iter().sum();
    assert!((intended - total).abs() < 1e-12 * total && (credited - total).abs() < 1e-12 * total);
    let misplaced: f64 = credits.iter().map(|credit| (credit.credited - credit.intended).abs()).sum();
    assert!(misplaced > 0.1 * total);
    // Two are credited in the ratio of what their entries say.
    let actual: f64 = (0..2_000).map(|provider| copying.actual(provider)).sum();
    for credit in &credits {
        let share = copying.actual(credit.provider) / actual;
        assert!((credit.credited - share * total).abs() < 1e-12 * total);
    }
    // A sound copy credits everybody to the last bit.
    let spec = StateMigration { errors: NO_ERRORS, ..spec };
    let mut sound = Copying::new(&spec, 2_000, 1, 9);
    sound.snapshot(0.0, amounts.iter().copied());
    sound.step(0.0, 1.0, WIDE);
    assert!(sound.credits().unwrap().all(|credit| credit.credited == credit.intended));
}

#[test]
fn parts_of_a_provider_go_wrong_alone() {
    // One of a provider's four entries missing: it holds three quarters, and diverges by one.
    let entries = EntryCount { per_provider: 4, further: 0 };
    let spec = StateMigration { entries, ..spec(ErrorRates { missing: 0.05, ..NO_ERRORS }, None) };
    let copying = copied(&spec, 3_000, 1);
    let quarters: Vec<f64> = (0..3_000).map(|provider| copying.actual(provider) * 4.0).collect();
    assert!(quarters.iter().all(|count| [0.0, 1.0, 2.0, 3.0, 4.0].contains(count)));
    let lost = quarters.iter().map(|count| 4.0 - count).sum::<f64>() / 12_000.0;
    assert!((copying.divergence() - lost).abs() < 1e-12 && lost > 0.03);
}

#[test]
fn leaves_that_users_claim_cost_the_operator_nothing() {
    let errors = ErrorRates { missing: 0.5, ..NO_ERRORS };
    let spec = StateMigration { moved_by: MovedBy::Claims(Claims::default()), ..spec(errors, all(IfWrong::Repair)) };
    let copying = copied(&spec, 100, 1);
    assert_eq!((copying.total().gas, copying.paid_gwei(), copying.divergence()), (0, 0.0, 0.0));
    assert!(copying.verdict().is_some_and(|verdict| verdict.found > 20));
}

#[test]
fn a_million_entries_are_written_and_compared() {
    let spec = spec(ErrorRates::default(), all(IfWrong::Repair));
    let copying = copied(&spec, 1_000_000, 0);
    let verdict = copying.verdict().unwrap();
    // 30 expected: 4.5 standard deviations of a Poisson number either side, error probability 1e-5.
    assert!((5..=55).contains(&verdict.found), "{verdict:?}");
    assert_eq!(copying.divergence(), 0.0);
}

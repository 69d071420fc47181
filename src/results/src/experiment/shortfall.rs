//! Tails of arms, resampled run by run.

use portage_base::random::Stream;
use portage_base::stats::{CONFIDENCE, Interval, Sample, TailEstimate, tail_estimate};

/// Resamples of the bootstrap: the ends of a 95 % interval then lie between the 25th and 26th from either side, known to
/// about a tenth of the interval's width (Efron and Tibshirani 1993, chapter 13, ask for a thousand).
pub const RESAMPLES: usize = 1_000;

/// Levels of the tails.
pub const TAIL_LEVELS: [f64; 2] = [0.95, 0.99];

/// The tail of a loss in one arm: the estimates, and the resampled expected shortfalls.
#[derive(Debug, Clone, PartialEq)]
pub struct Tails {
    /// Value at risk and expected shortfall at each of [`TAIL_LEVELS`]; `None` where no run has a value.
    pub estimates: [Option<TailEstimate>; 2],
    /// Expected shortfall of each resample at each level.
    resampled: [Vec<f64>; 2],
}

/// The difference of two expected shortfalls at each of [`TAIL_LEVELS`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShortfallDifference {
    /// Expected shortfall of the one less that of the other.
    pub value: [f64; 2],
    /// Interval by the percentiles of the bootstrap.
    pub interval: [Interval; 2],
}

impl Tails {
    /// The expected shortfalls less those of `other`, resample by resample; `None` where one has no value.
    ///
    /// Law: percentile interval of ES_b* - ES_a* over the resamples. Where two arms share a market, a resample draws the same
    /// runs for both. Source: Efron and Tibshirani 1993, chapters 8 and 13.
    #[must_use]
    pub(super) fn less(&self, other: &Self) -> Option<ShortfallDifference> {
        let (mut value, mut interval) = ([0.0; 2], [Interval::UNKNOWN; 2]);
        for level in 0..TAIL_LEVELS.len() {
            let (own, others) = (self.estimates[level]?, other.estimates[level]?);
            value[level] = own.expected_shortfall - others.expected_shortfall;
            let pairs = self.resampled[level].iter().zip(&other.resampled[level]);
            let differences = Sample::of(&pairs.map(|(own, other)| own - other).collect::<Vec<f64>>());
            let outside = 0.5 * (1.0 - CONFIDENCE);
            interval[level] =
                Interval { low: differences.quantile(outside), high: differences.quantile(1.0 - outside) };
        }
        Some(ShortfallDifference { value, interval })
    }
}

/// A loss in one arm, its runs in descending order.
struct Ranked {
    market: usize,
    /// Index of the run and its loss, the worst first; runs without a value are left out.
    worst: Vec<(usize, f64)>,
    has_gaps: bool,
}

/// Tails of every loss in every arm; `markets` says for each arm whose resamples it shares.
pub(super) fn bootstrap(seed: u64, markets: &[usize], losses: &[Vec<Vec<f64>>]) -> Vec<Vec<Tails>> {
    let ranked = |(values, market): (&Vec<f64>, &usize)| {
        let finite = values.iter().copied().enumerate().filter(|(_, loss)| loss.is_finite());
        let mut worst: Vec<(usize, f64)> = finite.collect();
        worst.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ranked { market: *market, has_gaps: worst.len() < values.len(), worst }
    };
    let ranks: Vec<Vec<Ranked>> = losses.iter().map(|arms| arms.iter().zip(markets).map(ranked).collect()).collect();
    let of_arm = |values: &Vec<f64>| {
        let sample = Sample::of(values);
        let estimates = TAIL_LEVELS.map(|level| tail_estimate(&sample, level));
        Tails { estimates, resampled: [Vec::new(), Vec::new()] }
    };
    let mut tails: Vec<Vec<Tails>> = losses.iter().map(|arms| arms.iter().map(of_arm).collect()).collect();
    let runs = losses.iter().flatten().map(Vec::len).max().unwrap_or(0);
    if runs < 2 {
        return tails;
    }
    let mut distinct = markets.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut times = vec![0_u32; runs];
    for market in distinct {
        for resample in 0..RESAMPLES as u64 {
            draw(&mut Stream::open(seed, resample, &format!("compare/resample/{market}")), &mut times);
            for (ranks, tails) in ranks.iter().zip(&mut tails) {
                for (ranked, tails) in ranks.iter().zip(tails).filter(|(ranked, _)| ranked.market == market) {
                    for (level, resampled) in TAIL_LEVELS.iter().zip(&mut tails.resampled) {
                        resampled.push(shortfall(ranked, &times, *level));
                    }
                }
            }
        }
    }
    tails
}

/// How often each run is drawn when as many are drawn as there are, with replacement.
fn draw(stream: &mut Stream, times: &mut [u32]) {
    times.fill(0);
    let count = times.len();
    for _ in 0..count {
        let run = ((stream.uniform() * count as f64) as usize).min(count - 1);
        times[run] += 1;
    }
}

/// Mean of the worst 1 - `level` of the losses that were drawn; NaN when none was.
fn shortfall(ranked: &Ranked, times: &[u32], level: f64) -> f64 {
    let drawn = if ranked.has_gaps {
        ranked.worst.iter().map(|(run, _)| u64::from(times[*run])).sum::<u64>()
    } else {
        times.len() as u64
    };
    let mass = drawn as f64 * (1.0 - level);
    let (mut left, mut sum) = (mass, 0.0);
    for (run, loss) in &ranked.worst {
        let taken = f64::from(times[*run]).min(left);
        sum += taken * loss;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    sum / mass
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_arms_have_equal_tails_in_every_resample() {
        let values: Vec<f64> = (0..300).map(|run| f64::from((run * 61) % 299)).collect();
        let tails = bootstrap(1, &[0, 0], &[vec![values.clone(), values.clone()]]);
        let difference = tails[0][1].less(&tails[0][0]).unwrap();
        assert_eq!(difference.value, [0.0, 0.0]);
        assert!(difference.interval.iter().all(|interval| interval.ends() == Some((0.0, 0.0))));
        // Resampled apart, as arms on different markets are, they differ by chance.
        let tails = bootstrap(1, &[0, 1], &[vec![values.clone(), values]]);
        let (low, high) = tails[0][1].less(&tails[0][0]).unwrap().interval[0].ends().unwrap();
        assert!(low < -1.0 && high > 1.0, "{low} {high}");
    }

    #[test]
    fn a_resample_that_draws_every_run_once_has_the_tail_of_the_sample() {
        let mut values: Vec<f64> = (1..=50).map(f64::from).collect();
        values.push(f64::NAN);
        let tails = bootstrap(1, &[0], &[vec![values.clone()]]);
        let finite = values.iter().copied().enumerate().filter(|(_, loss)| loss.is_finite());
        let mut worst: Vec<(usize, f64)> = finite.collect();
        worst.reverse();
        let ranked = Ranked { market: 0, worst, has_gaps: true };
        let own = shortfall(&ranked, &[1; 51], 0.95);
        assert!((own - tails[0][0].estimates[0].unwrap().expected_shortfall).abs() < 1e-12, "{own}");
        // Half of 48, and 49 and 50, over 2.5.
        assert!((own - (24.0 + 99.0) / 2.5).abs() < 1e-12);
    }

    /// Losses X and X + 0.3 Y with X, Y exponential, 400 runs, 95 %: the true shortfall of X is ln 20 + 1; that of the sum of independent
    /// exponentials with means 1 and 0.3 follows from P(S > s) = (e^-s - 0.3 e^(-s/0.3))/0.7. Of 200 paired intervals at least 0.95
    /// less four standard errors (0.0154 each) less 0.02 for the bootstrap's own error at 20 runs in the tail cover the difference.
    #[test]
    fn paired_intervals_of_shortfalls_cover() {
        let survival = |s: f64| (libm::exp(-s) - 0.3 * libm::exp(-s / 0.3)) / 0.7;
        let (mut low, mut high) = (0.0, 20.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if survival(middle) > 0.05 { low = middle } else { high = middle }
        }
        // ES = VaR + integral of P(S > s) beyond it / 0.05.
        let beyond = (libm::exp(-low) - 0.09 * libm::exp(-low / 0.3)) / 0.7;
        let truth = low + beyond / 0.05 - (libm::log(20.0) + 1.0);
        let mut covered = 0;
        for sample in 0..200 {
            let mut stream = Stream::open(7, sample, "test");
            let mut exponential = || -libm::log(1.0 - stream.uniform());
            let (a, b): (Vec<f64>, Vec<f64>) = (0..400)
                .map(|_| {
                    let first = exponential();
                    (first, first + 0.3 * exponential())
                })
                .unzip();
            let tails = bootstrap(sample, &[0, 0], &[vec![a, b]]);
            let (low, high) = tails[0][1].less(&tails[0][0]).unwrap().interval[0].ends().unwrap();
            covered += usize::from(low <= truth && truth <= high);
        }
        assert!(covered as f64 / 200.0 > 0.95 - 4.0 * 0.0154 - 0.02, "{covered} of 200 cover {truth}");
    }
}

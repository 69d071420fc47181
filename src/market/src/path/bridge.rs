//! Historical closes, replayed or drawn again in blocks, with a Brownian bridge between each two of them.

use super::piece::Piece;
use portage_base::random::Stream;
use std::sync::Arc;

/// Two instants closer than this are one: rounding of a date in blocks stays far below (1e-9 of 12 s is 12 ns).
const SAME_INSTANT_BLOCKS: f64 = 1e-9;

/// What the bridge needs of a series; shared by all runs.
#[derive(Debug)]
pub(crate) struct Closes {
    /// Log of each close, in USD.
    pub log: Vec<f64>,
    /// Variance of the bridge in the interval that ends at close i + 1.
    pub variances: Vec<f64>,
    /// Blocks between two closes.
    pub step_blocks: f64,
}

/// Where the next interval comes from.
#[derive(Debug, Clone)]
enum Source {
    /// The next one in the series.
    Replay,
    /// Drawn by the stationary bootstrap; every return is lowered by `recentring`.
    Bootstrap { continuing: f64, recentring: f64, stream: Stream },
}

/// A path through closes; see [`Historical`](crate::Historical) and [`Bootstrap`](crate::Bootstrap).
#[derive(Debug, Clone)]
pub(crate) struct BrownianBridge {
    closes: Arc<Closes>,
    source: Source,
    /// Interval of the series between whose closes the path is.
    interval: usize,
    /// When the first close is met, and how many have been met, in blocks since the start: closes never drift.
    first_close: f64,
    closes_met: u64,
    /// Log price of the next close, and the bridge's variance per block up to it.
    target: f64,
    variance: f64,
    /// The path through the closes, without shocks.
    at: f64,
    /// What volatility shocks have added to it.
    excess: f64,
}

impl BrownianBridge {
    /// A replay from `from`, in steps since the first close; between two closes it begins on the straight line in logs.
    pub fn replay(closes: Arc<Closes>, from: f64) -> Self {
        let interval = (from as usize).min(closes.variances.len() - 1);
        let into = from - interval as f64;
        let at = closes.log[interval] + into * (closes.log[interval + 1] - closes.log[interval]);
        let target = closes.log[interval + 1];
        let variance = closes.variances[interval] / closes.step_blocks;
        let first_close = (1.0 - into) * closes.step_blocks;
        Self { closes, source: Source::Replay, interval, first_close, closes_met: 0, target, variance, at, excess: 0.0 }
    }

    /// A bootstrap from the log price `at`: blocks of `mean_block` returns in the mean, each return lowered by
    /// `recentring`.
    pub fn bootstrap(closes: Arc<Closes>, at: f64, mean_block: f64, recentring: f64) -> Self {
        let continuing = 1.0 - 1.0 / mean_block.max(1.0);
        let source = Source::Bootstrap { continuing, recentring, stream: Stream::open(0, 0, "") };
        let first_close = closes.step_blocks;
        Self { closes, source, interval: 0, first_close, closes_met: 0, target: at, variance: 0.0, at, excess: 0.0 }
    }

    /// The log price at the start of the run.
    pub const fn log_price(&self) -> f64 {
        self.at
    }

    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        if let Source::Bootstrap { stream, .. } = &mut self.source {
            *stream = Stream::open(seed, run, &format!("price/{asset}/bootstrap"));
            self.interval = place(stream, self.closes.variances.len());
            self.aim();
        }
    }

    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        for ((block, log), normal) in (piece.first..).zip(piece.log.iter_mut()).zip(piece.normals) {
            let before = self.at;
            self.step(block, *normal);
            self.excess += (piece.factor - 1.0) * (self.at - before);
            *log = self.at + self.excess;
        }
    }

    /// Moves the path over one block: through the closes that fall into it, then along the bridge to its end.
    ///
    /// Law: with the next close c after a time L, a step of length e < L is normal with mean (c - x) e / L and variance
    /// v e (L - e) / L.
    fn step(&mut self, block: u64, normal: f64) {
        let (mut now, end) = (block as f64, (block + 1) as f64);
        while self.next_close() <= end + SAME_INSTANT_BLOCKS {
            now = self.next_close();
            self.at = self.target;
            self.enter_next_interval();
        }
        let elapsed = end - now;
        if elapsed > SAME_INSTANT_BLOCKS {
            let left = self.next_close() - now;
            let share = elapsed / left;
            self.at += (self.target - self.at) * share + (self.variance * elapsed * (1.0 - share)).sqrt() * normal;
        }
    }

    fn next_close(&self) -> f64 {
        self.first_close + self.closes_met as f64 * self.closes.step_blocks
    }

    fn enter_next_interval(&mut self) {
        self.closes_met += 1;
        let intervals = self.closes.variances.len();
        self.interval = match &mut self.source {
            // The last interval is left only at the very end of the run, and nothing is read from then on.
            Source::Replay => (self.interval + 1).min(intervals - 1),
            Source::Bootstrap { continuing, stream, .. } => {
                if stream.uniform() < *continuing {
                    (self.interval + 1) % intervals
                } else {
                    place(stream, intervals)
                }
            }
        };
        self.aim();
    }

    /// Takes target and variance from the current interval.
    fn aim(&mut self) {
        let (from, to) = (self.closes.log[self.interval], self.closes.log[self.interval + 1]);
        self.target = match self.source {
            Source::Replay => to,
            Source::Bootstrap { recentring, .. } => self.target + (to - from) - recentring,
        };
        self.variance = self.closes.variances[self.interval] / self.closes.step_blocks;
    }
}

/// A uniform place in 0..count. A series has far less than 2^53 intervals, so the multiplication is even enough.
fn place(stream: &mut Stream, count: usize) -> usize {
    ((stream.uniform() * count as f64) as usize).min(count - 1)
}

#[cfg(test)]
mod tests {
    use crate::trial::{
        START, alone, assert_mean, final_log_returns, grid, hours, log_path, quadratic_variations, walk_series,
    };
    use crate::{AssetSpec, Bootstrap, Historical, Market, PriceLaw, Series};
    use std::sync::Arc;

    fn replay() -> PriceLaw {
        PriceLaw::Historical(Historical { series: "walk".into(), from: None })
    }

    #[test]
    fn every_close_is_met() {
        // Blocks of 12 s: every 300th ends at a close. The run begins 48 h into the series.
        let series = walk_series();
        let market = alone(replay(), grid(12.0, 300 * 100));
        let path = log_path(&market, 1, 1);
        for hour in 0..=100 {
            let close = libm::log(series.values[48 + hour]);
            assert!((path[300 * hour] - close).abs() < 1e-12, "hour {hour}: {} instead of {close}", path[300 * hour]);
        }
    }

    #[test]
    fn quadratic_variation_is_that_of_the_series() {
        // The whole series, so that the rescaling holds exactly; blocks of 10 minutes divide an hour, blocks of 13 do
        // not.
        let series = walk_series();
        let log = series.log_closes();
        let truth: f64 = log.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
        let law = PriceLaw::Historical(Historical { series: "walk".into(), from: Some(series.start) });
        assert_mean(quadratic_variations(&alone(law.clone(), grid(600.0, 599 * 6)), 200), truth);
        // Blocks that straddle a close: the expectation moves by the covariance of neighbouring returns, zero in the
        // mean.
        let straddling = quadratic_variations(&alone(law, grid(780.0, 2_764)), 200);
        let mean = straddling.iter().sum::<f64>() / 200.0;
        assert!((mean / truth - 1.0).abs() < 0.05, "{mean} instead of {truth}");
    }

    #[test]
    fn a_run_may_begin_between_two_closes() {
        let series = walk_series();
        let from = Some(series.start.plus_seconds(900.0));
        let market = alone(PriceLaw::Historical(Historical { series: "walk".into(), from }), grid(900.0, 8));
        let (first, second) = (libm::log(series.values[0]), libm::log(series.values[1]));
        let path = log_path(&market, 1, 0);
        assert!((path[0] - (0.75 * first + 0.25 * second)).abs() < 1e-12);
        assert!((path[3] - second).abs() < 1e-12);
        assert!((path[7] - libm::log(series.values[2])).abs() < 1e-12);
    }

    #[test]
    fn a_series_finer_than_a_block_is_read_at_the_block_times() {
        let series = walk_series();
        let path = log_path(&alone(replay(), grid(5.0 * 3_600.0, 100)), 1, 0);
        for (block, log) in path.iter().enumerate() {
            assert!((log - libm::log(series.values[48 + 5 * block])).abs() < 1e-12);
        }
    }

    /// A market that draws single or blocked returns from closes whose log returns alternate between `up` and `-down`.
    fn zigzag(up: f64, down: f64, mean_block_hours: f64, drift: f64, blocks: u64) -> Market {
        let values = (0..=200).map(|i| libm::exp(f64::from(i / 2) * (up - down) + f64::from(i % 2) * up));
        let series = Series { name: "zigzag".into(), start: START, step_seconds: 3_600.0, values: values.collect() };
        let law = PriceLaw::Bootstrap(Bootstrap {
            series: "zigzag".into(),
            initial_usd: Some(10.0),
            mean_block: hours(mean_block_hours),
            drift,
        });
        Market::new(vec![AssetSpec::new("ETH", law, Some(Arc::new(series)))], &[], &[], grid(1_200.0, 3 * blocks))
            .expect("a market without faults")
    }

    #[test]
    fn bootstrap_keeps_variance_growth_and_dependence() {
        // Every return drawn alone: independent, variance ((u + d) / 2)^2, growth exactly the drift.
        let (up, down, drift, blocks) = (0.03, 0.02, 5.0, 40);
        let years = blocks as f64 / 8_760.0;
        let market = zigzag(up, down, 1.0, drift, blocks);
        assert!((market.initial_price_usd(0) - 10.0).abs() < 1e-12);
        let returns = final_log_returns(&market, 20_000);
        assert_mean(returns.iter().map(|r| libm::exp(*r)), libm::exp(drift * years));
        let mean =
            drift * years - 40.0 * libm::log(0.5 * (libm::exp(up) + libm::exp(-down))) + 40.0 * 0.5 * (up - down);
        assert_mean(returns.iter().copied(), mean);
        assert_mean(returns.iter().map(|r| (r - mean) * (r - mean)), 40.0 * 0.000_625);

        // Blocks of 5 returns in the mean: the next return follows on with probability 0.8, so the covariance of
        // neighbours is -0.8 of the variance (a fresh draw is independent).
        let market = zigzag(0.03, 0.03, 5.0, 0.0, 2);
        let shift = libm::log(0.5 * (libm::exp(0.03) + libm::exp(-0.03)));
        let products = (0..20_000).map(|run| {
            let path = log_path(&market, 4, run);
            (path[3] - path[0] + shift) * (path[6] - path[3] + shift)
        });
        assert_mean(products, -0.8 * 0.0009);
    }
}

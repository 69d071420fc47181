//! Laws whose variance moves: Heston, two regimes, GARCH(1,1).

use super::diffusion::{Diffusion, walk};
use super::piece::Piece;
use portage_base::random::Stream;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Stochastic variance by full truncation Euler; see [`Heston`](crate::Heston).
///
/// Variances are per block: v dt instead of v.
#[derive(Debug, Clone)]
pub(crate) struct HestonVariance {
    pub log: f64,
    pub growth: f64,
    /// v dt, which may be negative between steps.
    pub variance: f64,
    /// Long-run v dt.
    pub level: f64,
    /// Reversion in a block.
    pub reversion: f64,
    /// Volatility of the variance in a block, xi dt.
    pub vol_of_variance: f64,
    pub correlation: f64,
    pub stream: Stream,
}

impl HestonVariance {
    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        self.stream = Stream::open(seed, run, &format!("price/{asset}/variance"));
    }

    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let own = (1.0 - self.correlation * self.correlation).sqrt();
        for (log, normal) in piece.log.iter_mut().zip(piece.normals) {
            let truncated = self.variance.max(0.0);
            let sd = truncated.sqrt();
            let shocked = piece.factor * sd;
            self.log += self.growth - 0.5 * shocked * shocked + shocked * normal;
            let other: f64 = StandardNormal.sample(&mut self.stream);
            let noise = self.correlation * normal + own * other;
            self.variance += self.reversion * (self.level - truncated) + self.vol_of_variance * sd * noise;
            *log = self.log;
        }
    }
}

/// Two volatilities and the chain that switches between them; see [`RegimeSwitching`](crate::RegimeSwitching).
#[derive(Debug, Clone)]
pub(crate) struct Regimes {
    pub diffusion: Diffusion,
    /// Variance of the log price in a block, calm and stress.
    pub variances: [f64; 2],
    /// Mean sojourn in blocks, calm and stress.
    pub mean_sojourn_blocks: [f64; 2],
    /// Probability that a run begins under stress.
    pub starts_in_stress: f64,
    /// 0 calm, 1 stress.
    pub regime: usize,
    /// When the regime ends, in blocks since the start.
    pub until: f64,
    pub stream: Stream,
}

impl Regimes {
    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        self.stream = Stream::open(seed, run, &format!("price/{asset}/regime"));
        self.regime = usize::from(self.stream.uniform() < self.starts_in_stress);
        self.until = self.sojourn();
    }

    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let mut done = 0;
        while done < piece.log.len() {
            let begin = piece.first + done as u64;
            while self.until <= begin as f64 {
                self.regime = 1 - self.regime;
                self.until += self.sojourn();
            }
            // The cast saturates for a regime that ends far away.
            let blocks = libm::ceil(self.until - begin as f64) as usize;
            let stop = piece.log.len().min(done.saturating_add(blocks));
            self.diffusion.variance = self.variances[self.regime];
            self.diffusion.advance(&mut Piece {
                first: begin,
                factor: piece.factor,
                normals: &piece.normals[done..stop],
                log: &mut piece.log[done..stop],
            });
            done = stop;
        }
    }

    fn sojourn(&mut self) -> f64 {
        let wait: f64 = Exp1.sample(&mut self.stream);
        wait * self.mean_sojourn_blocks[self.regime]
    }
}

/// GARCH(1,1) at its own interval; see [`Garch`](crate::Garch).
#[derive(Debug, Clone)]
pub(crate) struct GarchRecursion {
    pub log: f64,
    /// Expected growth of the price in a block.
    pub growth: f64,
    pub alpha: f64,
    pub beta: f64,
    /// Long-run variance of an interval.
    pub level: f64,
    /// Blocks in an interval.
    pub interval_blocks: u64,
    /// Variance of the current interval.
    pub variance: f64,
    /// Sum of the normals of the current interval.
    pub noise: f64,
}

impl GarchRecursion {
    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let blocks = self.interval_blocks as f64;
        let mut done = 0;
        while done < piece.log.len() {
            let into = (piece.first + done as u64) % self.interval_blocks;
            let left = usize::try_from(self.interval_blocks - into).unwrap_or(usize::MAX);
            let stop = piece.log.len().min(done.saturating_add(left));
            let normals = &piece.normals[done..stop];
            let variance = self.variance / blocks * piece.factor * piece.factor;
            self.log = walk(self.log, self.growth, variance, normals, &mut piece.log[done..stop]);
            normals.iter().for_each(|normal| self.noise += normal);
            if stop - done == left {
                let squared_return = self.variance * self.noise * self.noise / blocks;
                self.variance = (1.0 - self.alpha - self.beta) * self.level
                    + self.alpha * squared_return
                    + self.beta * self.variance;
                self.noise = 0.0;
            }
            done = stop;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{alone, assert_mean, final_log_returns, grid, hours, log_path, quadratic_variations};
    use crate::{Garch, Heston, PriceLaw, RegimeSwitching, StartingRegime};
    use portage_base::units::SECONDS_PER_YEAR;

    #[test]
    fn heston_has_its_mean_variance_and_growth() {
        // E v(t) = level + (v(0) - level) (1 - reversion dt)^k after k Euler steps (truncation never acts here: the
        // Feller ratio is 8); squared drift adds less than 1e-4 of the variance.
        let (level, start, reversion, drift, dt) = (0.64, 2.25, 20.0, 0.4, 1.0 / 8_760.0);
        let law = PriceLaw::Heston(Heston {
            initial_usd: 400.0,
            volatility: 0.8,
            initial_volatility: Some(1.5),
            drift,
            reversion_per_year: reversion,
            vol_of_variance: 1.8,
            correlation: -0.7,
        });
        let market = alone(law, grid(3_600.0, 1_000));
        let kept: f64 = 1.0 - reversion * dt;
        let integrated = (level * 1_000.0 + (start - level) * (1.0 - libm::pow(kept, 1_000.0)) / (1.0 - kept)) * dt;
        assert_mean(quadratic_variations(&market, 2_000), integrated);
        let returns = final_log_returns(&market, 2_000);
        assert_mean(returns.iter().copied(), drift * 1_000.0 * dt - 0.5 * integrated);
        assert_mean(returns.iter().map(|r| libm::exp(*r)), libm::exp(drift * 1_000.0 * dt));
    }

    #[test]
    fn heston_noises_have_their_correlation() {
        // One step: Cov(return, change of v) = correlation xi v and Var(change of v) = xi^2 v, all per block.
        let (variance, correlation, vol_of_variance) = (1e-4, -0.7, 2e-4);
        let mut stream = Stream::open(3, 0, "normals");
        let steps = (0..100_000).map(|run| {
            let mut path = HestonVariance {
                log: 0.0,
                growth: 0.5 * variance,
                variance,
                level: variance,
                reversion: 0.0,
                vol_of_variance,
                correlation,
                stream: Stream::open(4, run, "variance"),
            };
            let normals = [StandardNormal.sample(&mut stream)];
            path.advance(&mut Piece { first: 0, factor: 1.0, normals: &normals, log: &mut [0.0] });
            (path.log, path.variance - variance)
        });
        let steps: Vec<(f64, f64)> = steps.collect();
        assert_mean(steps.iter().map(|(log, change)| log * change), correlation * vol_of_variance * variance);
        assert_mean(steps.iter().map(|(_, change)| change * change), vol_of_variance * vol_of_variance * variance);
    }

    #[test]
    fn regimes_have_their_shares() {
        // P(stress at t | calm at 0) = share (1 - exp(-rate t)) with rate = 1 / calm + 1 / stress: the two-state chain.
        let (calm, stress) = (48.0, 24.0);
        let (share, rate) = (stress / (calm + stress), 1.0 / calm + 1.0 / stress);
        let variance = |volatility: f64| volatility * volatility * 3_600.0 / SECONDS_PER_YEAR;
        for (starts_in, from_start) in [(StartingRegime::Drawn, 0.0), (StartingRegime::Calm, 1.0)] {
            let law = PriceLaw::RegimeSwitching(RegimeSwitching {
                initial_usd: 1.0,
                drift: 0.0,
                calm_volatility: 0.5,
                stress_volatility: 2.0,
                calm_lasting: hours(calm),
                stress_lasting: hours(stress),
                starts_in,
            });
            let in_stress: f64 = (0..100).map(|k| share * (1.0 - from_start * libm::exp(-rate * f64::from(k)))).sum();
            let truth = (100.0 - in_stress) * variance(0.5) + in_stress * variance(2.0);
            assert_mean(quadratic_variations(&alone(law, grid(3_600.0, 100)), 10_000), truth);
        }
    }

    #[test]
    fn garch_has_its_second_and_fourth_moments() {
        // E h = level; E h'^2 = w^2 + 2 w (a + b) level + (3 a^2 + 2 a b + b^2) E h^2; E r^4 = 3 E h^2 (Bollerslev
        // 1986).
        let (alpha, beta, intervals, blocks_each) = (0.2, 0.7, 12_u32, 5_u32);
        let law =
            PriceLaw::Garch(Garch { initial_usd: 1.0, volatility: 0.9, drift: 0.0, alpha, beta, interval: hours(1.0) });
        let market = alone(law, grid(3_600.0 / f64::from(blocks_each), u64::from(blocks_each * intervals)));
        let level = 0.81 / 8_760.0;
        let constant = (1.0 - alpha - beta) * level;
        let mut second_moment = level * level;
        for _ in 1..intervals {
            second_moment = constant * constant
                + 2.0 * constant * (alpha + beta) * level
                + (3.0 * alpha * alpha + 2.0 * alpha * beta + beta * beta) * second_moment;
        }
        let last: Vec<f64> = (0..40_000)
            .map(|run| {
                let path = log_path(&market, 3, run);
                path[path.len() - 1] - path[path.len() - 1 - blocks_each as usize] + 0.5 * level
            })
            .collect();
        assert_mean(last.iter().map(|r| r * r), level);
        assert_mean(last.iter().map(|r| r * r * r * r), 3.0 * second_moment);
    }
}

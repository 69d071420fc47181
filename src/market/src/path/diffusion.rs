//! Geometric Brownian motion, alone and with jumps.

use super::clock::Clock;
use super::piece::Piece;
use rand_distr::{Distribution, Exp1, StandardNormal};

/// Walks the log price from `start` over the blocks of `log`, and returns where it ends.
///
/// Law: x += growth - variance / 2 + sqrt(variance) z, all per block.
#[inline]
pub(super) fn walk(start: f64, growth: f64, variance: f64, normals: &[f64], log: &mut [f64]) -> f64 {
    let (drift, sd) = (growth - 0.5 * variance, variance.sqrt());
    let mut at = start;
    for (log, normal) in log.iter_mut().zip(normals) {
        at += drift + sd * normal;
        *log = at;
    }
    at
}

/// Geometric Brownian motion; see [`Gbm`](crate::Gbm).
#[derive(Debug, Clone)]
pub(crate) struct Diffusion {
    pub log: f64,
    /// Expected growth of the price in a block.
    pub growth: f64,
    /// Variance of the log price in a block.
    pub variance: f64,
}

impl Diffusion {
    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let variance = self.variance * piece.factor * piece.factor;
        self.log = walk(self.log, self.growth, variance, piece.normals, piece.log);
    }
}

/// The law of a jump in the log price.
#[derive(Debug, Clone, Copy)]
pub(crate) enum JumpLaw {
    Normal { mean: f64, sd: f64 },
    DoubleExponential { up_probability: f64, up_mean: f64, down_mean: f64 },
}

impl JumpLaw {
    /// E[e^J] - 1, the mean relative change of the price in a jump.
    pub fn mean_change(self) -> f64 {
        match self {
            Self::Normal { mean, sd } => libm::expm1(mean + 0.5 * sd * sd),
            Self::DoubleExponential { up_probability, up_mean, down_mean } => {
                up_probability / (1.0 - up_mean) + (1.0 - up_probability) / (1.0 + down_mean) - 1.0
            }
        }
    }
}

/// Geometric Brownian motion with jumps; see [`Merton`](crate::Merton) and [`Kou`](crate::Kou).
#[derive(Debug, Clone)]
pub(crate) struct JumpDiffusion {
    /// The diffusive part; its growth is already less the jumps' compensation.
    diffusion: Diffusion,
    law: JumpLaw,
    clock: Clock,
}

impl JumpDiffusion {
    pub fn new(mut diffusion: Diffusion, law: JumpLaw, jumps_per_block: f64) -> Self {
        diffusion.growth -= jumps_per_block * law.mean_change();
        Self { diffusion, law, clock: Clock::new(jumps_per_block) }
    }

    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        self.clock.open(seed, run, &format!("price/{asset}/jumps"));
    }

    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let mut done = 0;
        while done < piece.log.len() {
            // Up to and with the block of the next jump: the cast saturates for a jump that is far away.
            let begin = piece.first + done as u64;
            let stop =
                piece.log.len().min(done.saturating_add((self.clock.next() - begin as f64) as usize).saturating_add(1));
            self.diffusion.advance(&mut Piece {
                first: begin,
                factor: piece.factor,
                normals: &piece.normals[done..stop],
                log: &mut piece.log[done..stop],
            });
            while self.clock.next() < (piece.first + stop as u64) as f64 {
                self.diffusion.log += self.draw();
                self.clock.wind();
            }
            piece.log[stop - 1] = self.diffusion.log;
            done = stop;
        }
    }

    /// The size of a jump in the log price.
    fn draw(&mut self) -> f64 {
        let stream = &mut self.clock.stream;
        match self.law {
            JumpLaw::Normal { mean, sd } => {
                let normal: f64 = StandardNormal.sample(stream);
                mean + sd * normal
            }
            JumpLaw::DoubleExponential { up_probability, up_mean, down_mean } => {
                let up = stream.uniform() < up_probability;
                let size: f64 = Exp1.sample(stream);
                if up { up_mean * size } else { -down_mean * size }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::trial::{alone, assert_mean, final_log_returns, gbm, grid};
    use crate::{Kou, Merton, PriceLaw};

    /// 100 daily blocks, in years.
    const YEARS: f64 = 100.0 / 365.0;

    /// Checks growth of the mean price, and mean, variance and fourth central moment of the log price.
    fn check(law: PriceLaw, drift: f64, mean: f64, variance: f64, fourth_cumulant: f64) {
        let returns = final_log_returns(&alone(law, grid(86_400.0, 100)), 20_000);
        assert_mean(returns.iter().map(|r| libm::exp(*r)), libm::exp(drift * YEARS));
        assert_mean(returns.iter().copied(), mean);
        assert_mean(returns.iter().map(|r| (r - mean) * (r - mean)), variance);
        let fourth = 3.0 * variance * variance + fourth_cumulant;
        assert_mean(returns.iter().map(|r| libm::pow(r - mean, 4.0)), fourth);
    }

    #[test]
    fn gbm_has_its_closed_form_moments() {
        let variance = 0.8 * 0.8 * YEARS;
        check(gbm(0.8, 0.3), 0.3, 0.3 * YEARS - 0.5 * variance, variance, 0.0);
    }

    #[test]
    fn merton_has_its_closed_form_moments() {
        // Cumulants of a compound Poisson sum: rate x time x raw moments of the normal jump. Several jumps a block.
        let (volatility, drift, rate, m, s) = (0.5, 0.3, 1_000.0, -0.01, 0.02);
        let mean_change = libm::exp(m + 0.5 * s * s) - 1.0;
        let mean = (drift - 0.5 * volatility * volatility - rate * mean_change + rate * m) * YEARS;
        let variance = (volatility * volatility + rate * (m * m + s * s)) * YEARS;
        let fourth = rate * YEARS * (m * m * m * m + 6.0 * m * m * s * s + 3.0 * s * s * s * s);
        let law = Merton { initial_usd: 50.0, volatility, drift, jumps_per_year: rate, jump_mean: m, jump_sd: s };
        check(PriceLaw::Merton(law), drift, mean, variance, fourth);
    }

    #[test]
    fn kou_has_its_closed_form_moments() {
        // Raw moments of an exponential of mean a: a, 2 a^2, 24 a^4.
        let (volatility, drift, rate, p, up, down) = (0.5, -0.2, 30.0, 0.3, 0.1, 0.08);
        let mean_change = p / (1.0 - up) + (1.0 - p) / (1.0 + down) - 1.0;
        let mean_jump = p * up - (1.0 - p) * down;
        let mean = (drift - 0.5 * volatility * volatility - rate * mean_change + rate * mean_jump) * YEARS;
        let variance = (volatility * volatility + rate * 2.0 * (p * up * up + (1.0 - p) * down * down)) * YEARS;
        let fourth = rate * YEARS * 24.0 * (p * up * up * up * up + (1.0 - p) * down * down * down * down);
        let law = Kou {
            initial_usd: 50.0,
            volatility,
            drift,
            jumps_per_year: rate,
            up_probability: p,
            up_mean: up,
            down_mean: down,
        };
        check(PriceLaw::Kou(law), drift, mean, variance, fourth);
    }
}

//! Log Ornstein-Uhlenbeck around a peg, with depegs that have a recovery of their own.

use super::clock::Clock;
use super::piece::Piece;
use rand_distr::{Distribution, StandardNormal};

/// The path of a pegged asset; see [`Peg`](crate::Peg).
#[derive(Debug, Clone)]
pub(crate) struct PegReversion {
    pub log_peg: f64,
    /// The share of a deviation that is left after a block.
    pub kept: f64,
    /// Standard deviation of the noise that a block adds, from the exact transition.
    pub sd: f64,
    /// The share of a depeg that is left after a block.
    pub depeg_kept: f64,
    /// Mean and standard deviation of the log of a depeg's size.
    pub log_size: (f64, f64),
    deviation: f64,
    depeg: f64,
    clock: Clock,
}

impl PegReversion {
    /// A path at its peg. `half_life` and `recovery` in blocks; `volatility` per sqrt(block); `depeg` the mean and
    /// the standard deviation of a depeg's size.
    pub fn new(
        peg: f64,
        half_life: f64,
        volatility: f64,
        recovery: f64,
        depegs_per_block: f64,
        depeg: (f64, f64),
    ) -> Self {
        let rate = core::f64::consts::LN_2 / half_life;
        let stationary = volatility * volatility / (2.0 * rate);
        let (mean, sd) = depeg;
        let log_variance = libm::log1p((sd / mean) * (sd / mean));
        Self {
            log_peg: libm::log(peg),
            kept: libm::exp(-rate),
            sd: (-stationary * libm::expm1(-2.0 * rate)).sqrt(),
            depeg_kept: libm::exp2(-1.0 / recovery),
            log_size: (libm::log(mean) - 0.5 * log_variance, log_variance.sqrt()),
            deviation: 0.0,
            depeg: 0.0,
            clock: Clock::new(depegs_per_block),
        }
    }

    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        self.clock.open(seed, run, &format!("price/{asset}/depegs"));
    }

    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        let sd = self.sd * piece.factor;
        for ((block, log), normal) in (piece.first..).zip(piece.log.iter_mut()).zip(piece.normals) {
            self.deviation = self.kept * self.deviation + sd * normal;
            self.depeg *= self.depeg_kept;
            while self.clock.next() < (block + 1) as f64 {
                let normal: f64 = StandardNormal.sample(&mut self.clock.stream);
                self.depeg += libm::exp(self.log_size.0 + self.log_size.1 * normal);
                self.clock.wind();
            }
            *log = self.log_peg + self.deviation - self.depeg;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::trial::{alone, assert_mean, grid, hours, log_path};
    use crate::{Peg, PriceLaw};
    use portage_base::units::SECONDS_PER_YEAR;

    fn peg(depegs_per_year: f64) -> PriceLaw {
        PriceLaw::Peg(Peg {
            peg_usd: Some(2.0),
            follows: None,
            volatility: 0.3,
            half_life: hours(6.0),
            depegs_per_year,
            depeg_mean: 0.1,
            depeg_sd: 0.1,
            recovery_half_life: hours(12.0),
        })
    }

    #[test]
    fn deviation_has_its_stationary_variance_and_half_life() {
        // 20 half-lives, then one more: variance volatility^2 half_life / (2 ln 2), half of it left as covariance.
        let market = alone(peg(0.0), grid(1_800.0, 252));
        assert_eq!(market.initial_price_usd(0), 2.0);
        let pairs: Vec<(f64, f64)> = (0..20_000)
            .map(|run| {
                let path = log_path(&market, 2, run);
                (path[240] - libm::log(2.0), path[252] - libm::log(2.0))
            })
            .collect();
        let variance = 0.09 * (6.0 * 3_600.0 / SECONDS_PER_YEAR) / (2.0 * core::f64::consts::LN_2);
        assert_mean(pairs.iter().map(|(early, _)| early * early), variance);
        assert_mean(pairs.iter().map(|(early, late)| early * late), 0.5 * variance);
        assert_mean(pairs.iter().map(|(_, late)| *late), 0.0);
    }

    #[test]
    fn depegs_fall_and_recover_as_stated() {
        // Shot noise: with a depegs per block and the share b kept, mean a m (1 - b^n) / (1 - b) and variance
        // a (m^2 + s^2) (1 - b^2n) / (1 - b^2), on top of the deviation's variance.
        let market = alone(peg(2_000.0), grid(1_800.0, 48));
        let (per_block, kept) = (2_000.0 * 1_800.0 / SECONDS_PER_YEAR, libm::exp2(-1.0 / 24.0));
        let mean = -per_block * 0.1 * (1.0 - libm::pow(kept, 48.0)) / (1.0 - kept);
        let depegs = per_block * (0.01 + 0.01) * (1.0 - libm::pow(kept, 96.0)) / (1.0 - kept * kept);
        let noise =
            0.09 * (6.0 * 3_600.0 / SECONDS_PER_YEAR) / (2.0 * core::f64::consts::LN_2) * (1.0 - libm::exp2(-8.0));
        let logs: Vec<f64> = (0..60_000).map(|run| log_path(&market, 2, run)[48] - libm::log(2.0)).collect();
        assert_mean(logs.iter().copied(), mean);
        assert_mean(logs.iter().map(|log| (log - mean) * (log - mean)), depegs + noise);
    }
}

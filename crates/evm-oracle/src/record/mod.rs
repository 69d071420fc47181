//! Random calls of the contracts, written down with their answers.

mod v2;
mod v3;

pub use v2::record as record_v2;
pub use v3::record as record_v3;

use crate::trace::Units;
use std::fmt::Display;

fn units(amount: impl Display) -> Units {
    Units(amount.to_string())
}

fn both<T: Display>(amounts: [T; 2]) -> [Units; 2] {
    amounts.map(units)
}

/// Random numbers for a run, the same on every platform: SplitMix64 (Steele, Lea and Flood 2014), from the run's number.
struct Draws(u64);

impl Draws {
    /// Distance between the states of neighbouring draws: 2^64 by the golden ratio, odd.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    const fn open(run: u64) -> Self {
        Self(run << 32)
    }

    const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between two positive numbers, its logarithm uniform.
    fn log_uniform(&mut self, least: f64, greatest: f64) -> f64 {
        least * libm::pow(greatest / least, self.uniform())
    }

    /// One of the whole numbers from `least` to `greatest`.
    fn whole(&mut self, least: i32, greatest: i32) -> i32 {
        least + (f64::from(greatest - least + 1) * self.uniform()) as i32
    }
}

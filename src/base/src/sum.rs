//! A sum held to twice the precision of f64.
//!
//! Liquidity, balances and growth are sums of things that differ by many orders of magnitude and are taken out again:
//! 1e15 tokens come and go over 1 token, growth that arose on dust is subtracted from growth on everything. The
//! contracts hold integers and lose nothing; a plain f64 would.

/// An unevaluated sum of two f64, the second the error of the first.
///
/// Law: relative error of a sum about 2^-104 of its largest term. Source: Knuth, The Art of Computer Programming 2,
/// section 4.2.2 (the exact error of a sum); Dekker 1971 (sums of pairs).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// The sum, rounded.
    pub high: f64,
    /// Its error.
    pub low: f64,
}

impl Sum {
    /// Nothing.
    pub const ZERO: Self = Self { high: 0.0, low: 0.0 };

    /// The sum of a rounded sum and the error left over, made canonical.
    #[inline]
    fn renormalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    /// A rounded sum and its exact error.
    #[inline]
    fn with_error(a: f64, b: f64) -> (f64, f64) {
        let sum = a + b;
        let part = sum - a;
        (sum, (a - (sum - part)) + (b - part))
    }

    /// The sum and one more term.
    #[inline]
    #[must_use]
    pub fn plus(self, term: f64) -> Self {
        let (sum, error) = Self::with_error(self.high, term);
        Self::renormalised(sum, error + self.low)
    }

    /// Adds a term and leaves the error beside the sum, not made canonical: the shortest chain of dependent
    /// operations, for accounts that every swap writes to.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let (sum, error) = Self::with_error(self.high, term);
        (self.high, self.low) = (sum, self.low + error);
    }

    /// As [`Self::plus`], for a term that is no larger than the sum.
    #[inline]
    #[must_use]
    pub fn plus_smaller(self, term: f64) -> Self {
        let sum = self.high + term;
        Self::renormalised(sum, (term - (sum - self.high)) + self.low)
    }

    /// The difference of two sums.
    #[inline]
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        let (sum, error) = Self::with_error(self.high, -other.high);
        Self::renormalised(sum, error + (self.low - other.low))
    }

    /// The number nearest to the sum.
    #[inline]
    #[must_use]
    pub const fn value(self) -> f64 {
        self.high + self.low
    }
}

//! The distribution of execution costs in constant memory.

/// Bins per doubling of the cost: a bin is 3.1 % wide, so that its midpoint is within 1.6 %.
const BINS_PER_OCTAVE: u64 = 32;
/// The first bin begins at 2^-7 bps; cheaper orders (and gains) fall into the bin below it.
const LOWEST_EXPONENT: u64 = 1023 - 7;
/// Doublings covered: up to 2^14 bps, more than all of an order.
const OCTAVES: u64 = 21;
const BINS: usize = (BINS_PER_OCTAVE * OCTAVES) as usize + 1;

/// Counts of orders by cost in bps, in bins of equal relative width.
///
/// The bin of a cost is read off the leading bits of its floating-point form: no logarithm is taken.
#[derive(Debug, Clone)]
pub struct CostSpread {
    counts: Box<[u32; BINS]>,
    total: u64,
}

impl Default for CostSpread {
    fn default() -> Self {
        Self { counts: Box::new([0; BINS]), total: 0 }
    }
}

impl CostSpread {
    /// Counts one order that cost `cost_bps`; one that gained counts as free.
    #[inline]
    pub fn add(&mut self, cost_bps: f64) {
        let leading = cost_bps.max(0.0).to_bits() >> (52 - BINS_PER_OCTAVE.trailing_zeros());
        let bin = leading.saturating_sub(LOWEST_EXPONENT * BINS_PER_OCTAVE - 1).min(BINS as u64 - 1);
        self.counts[bin as usize] += 1;
        self.total += 1;
    }

    /// Number of orders counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Cost below which the share `probability` of orders lies, bps, within 1.6 %; NaN without orders.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        let [value] = Self::quantiles([self, &Self::default(), &Self::default()], [probability]);
        value
    }

    /// As [`Self::quantile`], over the orders of three spreads together and for rising probabilities, in one pass.
    #[must_use]
    pub fn quantiles<const N: usize>(spreads: [&Self; 3], probabilities: [f64; N]) -> [f64; N] {
        let [first, second, third] = spreads;
        let total = first.total + second.total + third.total;
        let mut values = [f64::NAN; N];
        if total == 0 {
            return values;
        }
        let rank = |probability: f64| (probability * total as f64).ceil().max(1.0) as u64;
        let (mut seen, mut found) = (0, 0);
        let counts = first.counts.iter().zip(second.counts.iter()).zip(third.counts.iter());
        for (bin, ((a, b), c)) in counts.enumerate() {
            seen += u64::from(*a) + u64::from(*b) + u64::from(*c);
            while found < N && seen >= rank(probabilities[found]) {
                values[found] = middle(bin as u64);
                found += 1;
            }
            if found == N {
                break;
            }
        }
        values
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        if self.total > 0 {
            self.counts.fill(0);
            self.total = 0;
        }
    }
}

/// The middle of a bin, bps; the first bin holds what is free.
fn middle(bin: u64) -> f64 {
    let border =
        |bin: u64| f64::from_bits((LOWEST_EXPONENT * BINS_PER_OCTAVE + bin) << (52 - BINS_PER_OCTAVE.trailing_zeros()));
    if bin == 0 { 0.0 } else { 0.5 * (border(bin - 1) + border(bin)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_the_stated_error() {
        let mut spread = CostSpread::default();
        let costs: Vec<f64> = (1..=10_000).map(|i| 0.01 * f64::from(i) * f64::from(i) / 100.0).collect();
        costs.iter().for_each(|cost| spread.add(*cost));
        for probability in [0.05, 0.5, 0.95, 0.99] {
            let exact = costs[(probability * 10_000.0) as usize - 1];
            assert!((spread.quantile(probability) / exact - 1.0).abs() < 0.017, "{probability}");
        }
        spread.clear();
        spread.add(-5.0);
        assert_eq!((spread.quantile(0.5), spread.total()), (0.0, 1));
        assert!(CostSpread::default().quantile(0.5).is_nan());
    }
}

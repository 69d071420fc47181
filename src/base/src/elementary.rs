//! The exponential in a form that the compiler vectorises, with the same bits on every platform.
//!
//! The simulation never calls std's transcendental functions, because their last bit differs between platforms.
//! Everything but the exponential of the block fills comes from `libm`.

/// exp(x), relative error below 4e-16 for |x| <= 700.
///
/// Law: x = n ln 2 + r with |r| <= ln(2)/2, exp(x) = 2^n exp(r), exp(r) by its Taylor polynomial of degree 13
/// (truncation below 5e-18). No branches and no table, so that a loop over a slice is vectorised. Arguments
/// outside [-700, 700] are held at the border: no price or size of the model comes near it (exp(700) = 1e304).
///
/// Source: Cody and Waite (1980), argument reduction in two parts.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    /// 1.5 x 2^52: adding it rounds to an integer, which then stands in the low bits of the mantissa.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts; the upper one has 32 trailing zero bits, so that n times it is exact.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

    let x = x.clamp(-700.0, 700.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 + r) + r2 * (1.0 / 2.0 + r * (1.0 / 6.0));
    let mid = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5_040.0));
    let high = (1.0 / 40_320.0 + r * (1.0 / 362_880.0)) + r2 * (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0));
    let top = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let series = low + r4 * (mid + r4 * (high + r4 * top));
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    series * scale
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn agrees_with_libm_to_the_stated_bound() {
        let mut worst = 0.0_f64;
        for step in -1_400_000..=1_400_000_i64 {
            let x = step as f64 * 5e-4 * 0.999_37;
            let truth = libm::exp(x);
            worst = worst.max(((exp(x) - truth) / truth).abs());
        }
        // libm's own error of up to 1 ulp (2.2e-16) comes on top of ours.
        assert!(worst < 4e-16 + 2.2e-16, "worst relative error {worst:e}");
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(1e9).is_finite() && exp(-1e9) > 0.0);
    }
}

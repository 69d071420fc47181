//! Amounts in whole units of 1e-18, as tokens with 18 decimals count them.

use ethnum::U256;

/// Decimals of every amount in a snapshot: those of ETH and of most tokens.
pub const DECIMALS: u32 = 18;

/// Bits of a float's mantissa that are stored.
const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;

/// An amount of whole tokens in units of 1e-18, rounded down to a whole unit.
///
/// Exact but for that: the float is taken as the binary fraction that it is, m 2^e, so that the amount is m 5^18 2^(e + 18) units.
///
/// # Errors
/// If the amount is negative or no number, or if 256 bits do not hold it.
pub fn whole_units(amount: f64) -> Result<U256, String> {
    if !(amount.is_finite() && amount >= 0.0) {
        return Err(format!("{amount} is no amount; expected a number from 0"));
    }
    let bits = amount.to_bits();
    let stored_exponent = (bits >> MANTISSA_BITS) as i32;
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    let mantissa = if stored_exponent == 0 { fraction } else { fraction | (1 << MANTISSA_BITS) };
    let exponent = stored_exponent.max(1) - (f64::MAX_EXP - 1) - MANTISSA_BITS as i32;
    // At most 53 + 42 bits.
    let product = U256::from(u128::from(mantissa) * 5_u128.pow(DECIMALS));
    let shift = exponent + DECIMALS as i32;
    if shift < 0 {
        return Ok(product.checked_shr(shift.unsigned_abs()).unwrap_or(U256::ZERO));
    }
    if product != U256::ZERO && shift as u32 > product.leading_zeros() {
        return Err(format!("{amount} tokens are more than 256 bits of units of 1e-{DECIMALS} hold"));
    }
    Ok(if product == U256::ZERO { product } else { product << shift as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats as the fractions that they are, in exact integers: Python, `int(Fraction(x) * 10**18)`.
    const EXACT: [(f64, &str); 9] = [
        (0.0, "0"),
        (1.0, "1000000000000000000"),
        (0.1, "100000000000000005"),
        (1e-18, "1"),
        (9.9e-19, "0"),
        (5e-324, "0"),
        (123_456_789.123_456_79, "123456789123456791043281555"),
        (1e30, "1000000000000000019884624838656000000000000000000"),
        (1.1e59, "109999999999999998000704114443041778011715874835212948996096000000000000000000"),
    ];

    #[test]
    fn floats_become_the_units_that_they_are() {
        for (amount, units) in EXACT {
            assert_eq!(whole_units(amount).map(|units| units.to_string()), Ok(units.to_owned()), "{amount}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for amount in [-1.0, f64::NAN, f64::INFINITY, 1.2e59, 1e300] {
            assert!(whole_units(amount).is_err(), "{amount}");
        }
    }
}

//! The EIP-1559 base fee, exact in integers.

/// Base fee of the next block, wei per gas, from this block's base fee and gas used.
///
/// Law: at target the fee stays; above it rises by max(1, fee (used - target) / target / 8), below it falls by
/// fee (target - used) / target / 8, every division rounded down.
///
/// Parameters: `base_fee` in wei per gas; `gas_used` and `gas_target` in gas, `gas_target` > 0, `gas_used` at most
/// twice the target. Source: EIP-1559 (Buterin and others 2019), reference implementation.
#[inline]
#[must_use]
pub fn next_base_fee(base_fee: u64, gas_used: u64, gas_target: u64) -> u64 {
    const MAX_CHANGE_DENOMINATOR: u64 = 8;
    if gas_used == gas_target {
        base_fee
    } else if gas_used > gas_target {
        let rise = scaled(base_fee, gas_used - gas_target, gas_target) / MAX_CHANGE_DENOMINATOR;
        base_fee + rise.max(1)
    } else {
        base_fee - scaled(base_fee, gas_target - gas_used, gas_target) / MAX_CHANGE_DENOMINATOR
    }
}

/// fee x part / whole rounded down, in 64 bits where the product fits and in 128 where it does not.
#[inline]
fn scaled(fee: u64, part: u64, whole: u64) -> u64 {
    match fee.checked_mul(part) {
        Some(product) => product / whole,
        None => (u128::from(fee) * u128::from(part) / u128::from(whole)) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::next_base_fee;

    #[test]
    fn follows_the_eip_s_arithmetic() {
        // Worked by hand from the EIP's rule at the target of 15M gas: a full block raises the fee by an eighth, an empty one
        // lowers it by an eighth, and one unit above target raises it by at least 1 wei.
        assert_eq!(next_base_fee(1_000_000_000, 30_000_000, 15_000_000), 1_125_000_000);
        assert_eq!(next_base_fee(1_000_000_000, 0, 15_000_000), 875_000_000);
        assert_eq!(next_base_fee(1_000_000_000, 15_000_000, 15_000_000), 1_000_000_000);
        assert_eq!(next_base_fee(7, 15_000_001, 15_000_000), 8);
        // Mainnet: block 12,965,000 (London) had base fee 1 gwei, 30,025,257 gas of a 30,029,122 limit, and block
        // 12,965,001 had base fee 1,124,967,822 wei (Etherscan).
        assert_eq!(next_base_fee(1_000_000_000, 30_025_257, 30_029_122 / 2), 1_124_967_822);
    }

    #[test]
    fn large_fees_do_not_overflow() {
        let fee = 1_u64 << 60;
        assert_eq!(next_base_fee(fee, 30_000_000, 15_000_000), fee + fee / 8);
    }
}

//! The constant-product pair of Uniswap V2.

use crate::machine::Evm;
use alloy_sol_types::{SolValue, sol};
use revm::primitives::{Address, Bytes, U256};

sol! {
    interface Factory {
        function createPair(address tokenA, address tokenB) external returns (address pair);
        function setFeeTo(address feeTo) external;
    }
    interface Pair {
        function mint(address to) external returns (uint256 liquidity);
        function burn(address to) external returns (uint256 amount0, uint256 amount1);
        function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
        function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
        function totalSupply() external view returns (uint256);
        function transfer(address to, uint256 value) external returns (bool);
        function balanceOf(address owner) external view returns (uint256);
    }
}

/// Account that gets the protocol's part of the fees when the switch is on.
const FEE_TO: u64 = 0xFEE;
/// The pair's fee: 3 of 1000, a constant of the contract.
const FEE_PER_MILLE: U256 = U256::from_limbs([3, 0, 0, 0]);
const MILLE: U256 = U256::from_limbs([1000, 0, 0, 0]);

/// One pair and its two tokens.
#[derive(Debug, Clone, Copy)]
pub struct V2Pair {
    factory: Address,
    pair: Address,
    tokens: [Address; 2],
}

impl V2Pair {
    /// Creates a factory, two tokens and their pair.
    pub fn create(evm: &mut Evm) -> Self {
        let tokens = evm.tokens();
        let code = evm.artifacts().v2_factory.clone();
        let factory = evm.create(code, &Evm::deployer().abi_encode());
        let create = Factory::createPairCall { tokenA: tokens[0], tokenB: tokens[1] };
        let pair = evm.call(Evm::deployer(), factory, &create);
        Self { factory, pair, tokens }
    }

    /// Turns the protocol's share of the growth of sqrt(k), one sixth, on or off.
    pub fn switch_fee(&self, evm: &mut Evm, on: bool) {
        let fee_to = if on { Evm::account(FEE_TO) } else { Address::ZERO };
        evm.call(Evm::deployer(), self.factory, &Factory::setFeeToCall { feeTo: fee_to });
    }

    /// Pays both amounts and mints shares for them; `None` when the pair refuses. What exceeds the pair's ratio is a gift.
    pub fn mint(&self, evm: &mut Evm, amounts: [U256; 2]) -> Option<U256> {
        for (token, amount) in self.tokens.into_iter().zip(amounts) {
            evm.pay(token, self.pair, amount);
        }
        evm.attempt(Evm::deployer(), self.pair, &Pair::mintCall { to: Evm::deployer() })
    }

    /// Gives `shares` back for both tokens; `None` when the pair refuses.
    pub fn burn(&self, evm: &mut Evm, shares: U256) -> Option<[U256; 2]> {
        evm.call(Evm::deployer(), self.pair, &Pair::transferCall { to: self.pair, value: shares });
        let burnt = evm.attempt(Evm::deployer(), self.pair, &Pair::burnCall { to: Evm::deployer() })?;
        Some([burnt.amount0, burnt.amount1])
    }

    /// Pays `amount_in` of token `pay` and takes the most that the pair grants.
    ///
    /// Law: floor(997 d R_out / (1000 R_in + 997 d)), as the library computes it. That it is the most is verified on the
    /// contract: one unit more is refused.
    pub fn swap_exact_in(&self, evm: &mut Evm, pay: usize, amount_in: U256) -> U256 {
        let reserves = self.reserves(evm);
        let kept = amount_in * (MILLE - FEE_PER_MILLE);
        let amount_out = kept * reserves[1 - pay] / (reserves[pay] * MILLE + kept);
        evm.pay(self.tokens[pay], self.pair, amount_in);
        assert!(!self.take(evm, pay, amount_out + U256::ONE), "the pair granted more than the library's amount");
        // An output of nothing is no swap: what was paid stays in the pair and is a gift at the next call.
        assert!(self.take(evm, pay, amount_out), "the pair refused the library's amount");
        amount_out
    }

    /// Takes `amount_out` and pays the least for which the pair grants it, in token `pay`.
    ///
    /// Law: floor(1000 R_in d / (997 (R_out - d))) + 1, as the library computes it.
    pub fn swap_exact_out(&self, evm: &mut Evm, pay: usize, amount_out: U256) -> U256 {
        let reserves = self.reserves(evm);
        let denominator = (reserves[1 - pay] - amount_out) * (MILLE - FEE_PER_MILLE);
        let amount_in = reserves[pay] * amount_out * MILLE / denominator + U256::ONE;
        evm.pay(self.tokens[pay], self.pair, amount_in);
        assert!(self.take(evm, pay, amount_out), "the pair refused the library's amount");
        amount_in
    }

    fn take(&self, evm: &mut Evm, pay: usize, amount_out: U256) -> bool {
        let [amount_0_out, amount_1_out] = if pay == 0 { [U256::ZERO, amount_out] } else { [amount_out, U256::ZERO] };
        let swap = Pair::swapCall {
            amount0Out: amount_0_out,
            amount1Out: amount_1_out,
            to: Evm::deployer(),
            data: Bytes::new(),
        };
        evm.attempt(Evm::deployer(), self.pair, &swap).is_some()
    }

    /// What the pair holds of each token.
    pub fn reserves(&self, evm: &mut Evm) -> [U256; 2] {
        let reserves = evm.view(self.pair, &Pair::getReservesCall {});
        [U256::from(reserves.reserve0), U256::from(reserves.reserve1)]
    }

    /// Shares that exist.
    pub fn supply(&self, evm: &mut Evm) -> U256 {
        evm.view(self.pair, &Pair::totalSupplyCall {})
    }

    /// Shares that the protocol has got.
    pub fn protocol_shares(&self, evm: &mut Evm) -> U256 {
        evm.view(self.pair, &Pair::balanceOfCall { owner: Evm::account(FEE_TO) })
    }
}

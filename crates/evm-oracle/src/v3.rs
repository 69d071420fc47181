//! The concentrated-liquidity pool of Uniswap V3.

use crate::machine::Evm;
use crate::payer::Payer;
use alloy_sol_types::{SolValue, sol};
use revm::primitives::{
    Address, I256, U256,
    alloy_primitives::aliases::{I24, U24, U160},
    keccak256,
};

sol! {
    interface Factory {
        function feeAmountTickSpacing(uint24 fee) external view returns (int24);
        function enableFeeAmount(uint24 fee, int24 tickSpacing) external;
        function createPool(address tokenA, address tokenB, uint24 fee) external returns (address pool);
    }
    interface Pool {
        function initialize(uint160 sqrtPriceX96) external;
        function mint(address recipient, int24 tickLower, int24 tickUpper, uint128 amount, bytes calldata data)
            external returns (uint256 amount0, uint256 amount1);
        function burn(int24 tickLower, int24 tickUpper, uint128 amount) external returns (uint256 amount0, uint256 amount1);
        function collect(address recipient, int24 tickLower, int24 tickUpper, uint128 amount0Requested,
            uint128 amount1Requested) external returns (uint128 amount0, uint128 amount1);
        function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96,
            bytes calldata data) external returns (int256 amount0, int256 amount1);
        function setFeeProtocol(uint8 feeProtocol0, uint8 feeProtocol1) external;
        function slot0() external view returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex,
            uint16 observationCardinality, uint16 observationCardinalityNext, uint8 feeProtocol, bool unlocked);
        function liquidity() external view returns (uint128);
        function feeGrowthGlobal0X128() external view returns (uint256);
        function feeGrowthGlobal1X128() external view returns (uint256);
        function protocolFees() external view returns (uint128 token0, uint128 token1);
        function positions(bytes32 key) external view returns (uint128 liquidity, uint256 feeGrowthInside0LastX128,
            uint256 feeGrowthInside1LastX128, uint128 tokensOwed0, uint128 tokensOwed1);
    }
}

/// The price limits of `TickMath`, each moved inwards by the one unit that `swap` asks for.
const ROOT_MIN: U160 = U160::from_limbs([4_295_128_740, 0, 0]);
const ROOT_MAX: U160 = U160::from_limbs([0x5d95_1d52_6398_8d25, 0xefd1_fc6a_5064_8849, 0xfffd_8963]);

/// The pool's price: square root in 96-bit fixed point, and tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot0 {
    /// sqrt(token 1 per token 0) x 2^96.
    pub root_x96: U256,
    /// Greatest tick whose price is not above the pool's.
    pub tick: i32,
}

/// One pool and its two tokens.
#[derive(Debug, Clone, Copy)]
pub struct V3Pool {
    pool: Address,
    payer: Payer,
}

impl V3Pool {
    /// Creates a factory, two tokens and their pool; `fee` in millionths, `tick_spacing` in ticks.
    pub fn create(evm: &mut Evm, fee: u32, tick_spacing: i32) -> Self {
        let [token_0, token_1] = evm.tokens();
        let code = evm.artifacts().v3_factory.clone();
        let factory = evm.create(code, &[]);
        let (fee, spacing) = (U24::from(fee), ticks(tick_spacing));
        if evm.view(factory, &Factory::feeAmountTickSpacingCall { fee }) == I24::ZERO {
            evm.call(Evm::deployer(), factory, &Factory::enableFeeAmountCall { fee, tickSpacing: spacing });
        }
        let found = evm.view(factory, &Factory::feeAmountTickSpacingCall { fee });
        assert_eq!(found, spacing, "the factory ties the fee {fee} to another tick spacing");
        let create = Factory::createPoolCall { tokenA: token_0, tokenB: token_1, fee };
        let pool = evm.call(Evm::deployer(), factory, &create);
        let payer = Payer::create(evm, [token_0, token_1]);
        for token in [token_0, token_1] {
            let all = evm.balance(token, Evm::deployer());
            evm.pay(token, payer.address(), all);
        }
        Self { pool, payer }
    }

    /// Sets the first price, sqrt(token 1 per token 0) x 2^96.
    pub fn initialise(&self, evm: &mut Evm, root_x96: U256) {
        evm.call(Evm::deployer(), self.pool, &Pool::initializeCall { sqrtPriceX96: root(root_x96) });
    }

    /// Adds liquidity to the position of account `owner`; the two amounts paid, or `None` when the pool refuses.
    pub fn mint(&self, evm: &mut Evm, owner: u64, range: (i32, i32), liquidity: u128) -> Option<[U256; 2]> {
        let mint = Pool::mintCall {
            recipient: Evm::account(owner),
            tickLower: ticks(range.0),
            tickUpper: ticks(range.1),
            amount: liquidity,
            data: self.payer.callback(),
        };
        self.payer.attempt(evm, self.pool, &mint).map(|paid| [paid.amount0, paid.amount1])
    }

    /// Takes liquidity out of a position; what it becomes waits to be collected. `None` when the pool refuses.
    pub fn burn(&self, evm: &mut Evm, owner: u64, range: (i32, i32), liquidity: u128) -> Option<[U256; 2]> {
        let burn = Pool::burnCall { tickLower: ticks(range.0), tickUpper: ticks(range.1), amount: liquidity };
        evm.attempt(Evm::account(owner), self.pool, &burn).map(|freed| [freed.amount0, freed.amount1])
    }

    /// Pays out all that waits at a position: what was burnt and the fees up to its last mint or burn.
    pub fn collect(&self, evm: &mut Evm, owner: u64, range: (i32, i32)) -> [u128; 2] {
        let collect = Pool::collectCall {
            recipient: Evm::account(owner),
            tickLower: ticks(range.0),
            tickUpper: ticks(range.1),
            amount0Requested: u128::MAX,
            amount1Requested: u128::MAX,
        };
        let paid = evm.call(Evm::account(owner), self.pool, &collect);
        [paid.amount0, paid.amount1]
    }

    /// Trades until `specified` is filled (positive: paid in, negative: taken out) or the root price reaches `limit_x96`
    /// (`None`: the end of the price range). The change of the pool's two balances, or `None` when the pool refuses.
    pub fn swap(
        &self,
        evm: &mut Evm,
        zero_for_one: bool,
        specified: I256,
        limit_x96: Option<U256>,
    ) -> Option<[I256; 2]> {
        let swap = self.swap_call(zero_for_one, specified, limit_x96);
        self.payer.attempt(evm, self.pool, &swap).map(|moved| [moved.amount0, moved.amount1])
    }

    /// As [`Self::swap`], and undoes it.
    pub fn quote(
        &self,
        evm: &mut Evm,
        zero_for_one: bool,
        specified: I256,
        limit_x96: Option<U256>,
    ) -> Option<[I256; 2]> {
        let swap = self.swap_call(zero_for_one, specified, limit_x96);
        self.payer.quote(evm, self.pool, &swap).map(|moved| [moved.amount0, moved.amount1])
    }

    fn swap_call(&self, zero_for_one: bool, specified: I256, limit_x96: Option<U256>) -> Pool::swapCall {
        let end = if zero_for_one { ROOT_MIN } else { ROOT_MAX };
        Pool::swapCall {
            recipient: self.payer.address(),
            zeroForOne: zero_for_one,
            amountSpecified: specified,
            sqrtPriceLimitX96: limit_x96.map_or(end, root),
            data: self.payer.callback(),
        }
    }

    /// Gives the protocol one part in `denominator` of the fees in each token: 0 (nothing) or 4 to 10.
    pub fn set_protocol_fee(&self, evm: &mut Evm, denominators: [u8; 2]) {
        let set = Pool::setFeeProtocolCall { feeProtocol0: denominators[0], feeProtocol1: denominators[1] };
        evm.call(Evm::deployer(), self.pool, &set);
    }

    /// Fees that wait for the protocol.
    pub fn protocol_fees(&self, evm: &mut Evm) -> [u128; 2] {
        let fees = evm.view(self.pool, &Pool::protocolFeesCall {});
        [fees.token0, fees.token1]
    }

    /// The pool's price.
    pub fn slot0(&self, evm: &mut Evm) -> Slot0 {
        let slot = evm.view(self.pool, &Pool::slot0Call {});
        Slot0 { root_x96: U256::from(slot.sqrtPriceX96), tick: slot.tick.as_i32() }
    }

    /// Liquidity in range.
    pub fn liquidity(&self, evm: &mut Evm) -> u128 {
        evm.view(self.pool, &Pool::liquidityCall {})
    }

    /// Fees per unit of liquidity since the pool began, each token, x 2^128.
    pub fn fee_growth_x128(&self, evm: &mut Evm) -> [U256; 2] {
        let growth_0 = evm.view(self.pool, &Pool::feeGrowthGlobal0X128Call {});
        [growth_0, evm.view(self.pool, &Pool::feeGrowthGlobal1X128Call {})]
    }

    /// Liquidity of a position, and what waits to be collected at it as of its last mint or burn.
    pub fn position(&self, evm: &mut Evm, owner: u64, range: (i32, i32)) -> (u128, [u128; 2]) {
        let key = keccak256((Evm::account(owner), ticks(range.0), ticks(range.1)).abi_encode_packed());
        let position = evm.view(self.pool, &Pool::positionsCall { key });
        (position.liquidity, [position.tokensOwed0, position.tokensOwed1])
    }
}

fn ticks(count: i32) -> I24 {
    I24::try_from(count).expect("a tick has 24 bits")
}

fn root(root_x96: U256) -> U160 {
    U160::from(root_x96)
}

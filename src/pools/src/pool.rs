//! The closed set of pools, and what every one of them answers.

use super::concentrated::Booking;
use super::{
    Amounts, Band, COINS_MAX, ConcentratedPool, ConstantProductPool, Deposit, Direction, Segment, Side, StableSwapPool,
    Swap, TokenHolding, WeightedPool,
};

/// A pool.
#[derive(Debug, Clone)]
pub enum Pool {
    /// base x quote = k (Uniswap V2).
    ConstantProduct(ConstantProductPool),
    /// Liquidity in price ranges (Uniswap V3 and V4).
    Concentrated(Box<ConcentratedPool>),
    /// Curve's StableSwap.
    StableSwap(Box<StableSwapPool>),
    /// Balancer's weighted pool.
    Weighted(Box<WeightedPool>),
    /// A place where one token is held: no curve, nothing trades.
    Holding(TokenHolding),
}

/// An empty constant product that charges nothing.
impl Default for Pool {
    fn default() -> Self {
        Self::ConstantProduct(ConstantProductPool::FREE)
    }
}

impl Pool {
    /// The pool's price: coins received per coin paid, before fee, for an infinitesimal trade; a concentrated pool has one even
    /// where nobody stands at it. 0 while there is none.
    #[inline]
    #[must_use]
    pub fn spot(&self, direction: Direction) -> f64 {
        match self {
            Self::ConstantProduct(pool) => pool.spot(direction),
            Self::Concentrated(pool) => {
                let price = pool.root() * pool.root();
                if direction.coin_in == 0 || price == 0.0 { price } else { 1.0 / price }
            }
            Self::StableSwap(pool) => pool.spot(direction),
            Self::Weighted(pool) => pool.spot(direction),
            Self::Holding(_) => 0.0,
        }
    }

    /// Coins received per coin paid, after fee, for an infinitesimal trade.
    #[inline]
    #[must_use]
    pub fn marginal(&self, direction: Direction) -> f64 {
        match self {
            Self::ConstantProduct(pool) => pool.marginal(direction),
            Self::Concentrated(pool) => pool.marginal(direction.side()),
            Self::StableSwap(pool) => pool.marginal(direction),
            Self::Weighted(pool) => pool.marginal(direction),
            Self::Holding(_) => 0.0,
        }
    }

    /// What `amount_in` buys; `None` when the pool cannot fill it.
    #[inline]
    #[must_use]
    pub fn swap_exact_in(&self, direction: Direction, amount_in: f64) -> Option<Swap> {
        match self {
            Self::ConstantProduct(pool) => pool.swap_exact_in(direction, amount_in),
            Self::Concentrated(pool) => pool.swap_exact_in(direction.side(), amount_in),
            Self::StableSwap(pool) => pool.swap_exact_in(direction, amount_in),
            Self::Weighted(pool) => pool.swap_exact_in(direction, amount_in),
            Self::Holding(_) => None,
        }
    }

    /// What must be paid to receive `amount_out`; `None` when the pool cannot give that much.
    #[inline]
    #[must_use]
    pub fn swap_exact_out(&self, direction: Direction, amount_out: f64) -> Option<Swap> {
        match self {
            Self::ConstantProduct(pool) => pool.swap_exact_out(direction, amount_out),
            Self::Concentrated(pool) => pool.swap_exact_out(direction.side(), amount_out),
            Self::StableSwap(pool) => pool.swap_exact_out(direction, amount_out),
            Self::Weighted(pool) => pool.swap_exact_out(direction, amount_out),
            Self::Holding(_) => None,
        }
    }

    /// The input after which the marginal rate (out per in, after fee) has fallen to `rate`; 0 when it is no higher.
    #[inline]
    #[must_use]
    pub fn input_to_marginal(&self, direction: Direction, rate: f64) -> f64 {
        match self {
            Self::ConstantProduct(pool) => pool.input_to_marginal(direction, rate),
            Self::Concentrated(pool) => pool.input_to_marginal(direction.side(), rate),
            Self::StableSwap(pool) => pool.input_to_marginal(direction, rate),
            Self::Weighted(pool) => pool.input_to_marginal(direction, rate),
            Self::Holding(_) => 0.0,
        }
    }

    /// The trade on `side` after which the marginal price, fee included, equals the square of `root_price` (quote per base);
    /// `None` when it is already as high (for a buyer of base) or as low.
    #[inline]
    #[must_use]
    pub fn to_boundary(&self, side: Side, root_price: f64) -> Option<Swap> {
        match self {
            Self::ConstantProduct(pool) => {
                pool.to_boundary(root_price).filter(|(found, _)| *found == side).map(|(_, swap)| swap)
            }
            Self::Concentrated(pool) => pool.to_boundary(side, root_price),
            Self::StableSwap(_) | Self::Weighted(_) => {
                let price = root_price * root_price;
                let rate = if side == Side::BuyBase { 1.0 / price } else { price };
                let amount_in = self.input_to_marginal(side.direction(), rate);
                if amount_in > 0.0 { self.swap_exact_in(side.direction(), amount_in) } else { None }
            }
            Self::Holding(_) => None,
        }
    }

    /// Between which prices arbitrage of the pair does not pay.
    #[inline]
    #[must_use]
    pub fn band(&self) -> Band {
        match self {
            Self::ConstantProduct(pool) => pool.band(),
            Self::Concentrated(pool) => {
                let (lower, upper) = pool.band();
                Band { scale: 1.0, lower, upper }
            }
            Self::StableSwap(_) | Self::Weighted(_) => {
                let (bid, ask) = (self.marginal(Side::SellBase.direction()), self.marginal(Side::BuyBase.direction()));
                let is_open = bid > 0.0 && ask > 0.0;
                if is_open { Band { scale: 1.0, lower: bid.sqrt(), upper: 1.0 / ask.sqrt() } } else { Band::ANY }
            }
            Self::Holding(_) => Band::ANY,
        }
    }

    /// The part of the curve about the present price that is a constant product; `None` for other curves.
    #[inline]
    #[must_use]
    pub const fn segment(&self) -> Option<&Segment> {
        match self {
            Self::ConstantProduct(pool) => Some(pool.segment()),
            Self::Concentrated(pool) => Some(pool.segment()),
            Self::StableSwap(_) | Self::Weighted(_) | Self::Holding(_) => None,
        }
    }

    /// What the pool holds, whole tokens by coin; fees that are kept apart are not among it.
    #[inline]
    #[must_use]
    pub fn balances(&self) -> Amounts {
        match self {
            Self::ConstantProduct(pool) => pool.balances(),
            Self::Concentrated(pool) => {
                let held = pool.balances();
                let mut amounts = [0.0; COINS_MAX];
                (amounts[0], amounts[1]) = held;
                amounts
            }
            Self::StableSwap(pool) => *pool.balances(),
            Self::Weighted(pool) => *pool.balances(),
            Self::Holding(pool) => pool.balances(),
        }
    }

    /// Marginal value of each coin in quote coins, before fee.
    #[must_use]
    pub fn values(&self) -> Amounts {
        match self {
            Self::ConstantProduct(_) | Self::Concentrated(_) => {
                let mut values = [0.0; COINS_MAX];
                (values[0], values[1]) = (self.spot(Side::SellBase.direction()), 1.0);
                values
            }
            Self::StableSwap(pool) => pool.values(),
            Self::Weighted(pool) => pool.values(),
            Self::Holding(_) => [0.0; COINS_MAX],
        }
    }

    /// Depth within +-`band` of the price: base bought until the spot price has risen by the share `band` and sold until it
    /// has fallen by it, valued in quote at spot, before fees.
    #[must_use]
    pub fn depth(&self, band: f64) -> f64 {
        let spot = self.spot(Side::SellBase.direction());
        let both = |(bought, sold): (f64, f64)| (bought + sold) * spot;
        match self {
            Self::ConstantProduct(pool) => pool.depth(band),
            Self::Concentrated(pool) => both(pool.depth(band)),
            Self::StableSwap(pool) => both(pool.depth(Side::SellBase.direction(), band)),
            Self::Weighted(pool) => both(pool.depth(Side::SellBase.direction(), band)),
            Self::Holding(_) => 0.0,
        }
    }

    /// How much base the pool trades per relative change of the price, in quote: P^2 |dx/dP| at spot.
    ///
    /// Law: loss versus rebalancing runs at sigma^2 / 2 times this, quote per year. Source: Milionis, Moallemi, Roughgarden
    /// and Zhang 2022, section 4.
    #[inline]
    #[must_use]
    pub fn convexity(&self) -> f64 {
        match self {
            Self::ConstantProduct(pool) => 0.5 * pool.segment().quote,
            Self::Concentrated(pool) => 0.5 * pool.segment().quote,
            Self::StableSwap(pool) => pool.convexity(),
            Self::Weighted(pool) => pool.convexity(),
            Self::Holding(_) => 0.0,
        }
    }

    /// Carries out a swap that was quoted from this state; the share `apart` of its fees does not enter the reserves.
    /// A concentrated pool keeps all fees apart, and books its flows by range.
    #[inline]
    pub fn fill(&mut self, direction: Direction, swap: &Swap, apart: f64, booking: Booking) {
        match self {
            Self::ConstantProduct(pool) => pool.fill(direction, swap, apart),
            Self::Concentrated(pool) => pool.fill(direction.side(), swap, booking),
            Self::StableSwap(pool) => pool.fill(direction, swap, apart),
            Self::Weighted(pool) => pool.fill(direction, swap, apart),
            Self::Holding(_) => {}
        }
    }

    /// What a deposit of at most `amounts` would be: in proportion for a constant product, all of it with a fee on what is
    /// out of proportion for StableSwap and weighted pools. An empty constant product takes all of both. `None` when nothing
    /// can be deposited; positions of a concentrated pool are opened by their ticks instead.
    #[must_use]
    pub fn deposit(&self, amounts: &Amounts) -> Option<Deposit> {
        let join = match self {
            Self::ConstantProduct(pool) => return pool.deposit(amounts),
            Self::Concentrated(_) => return None,
            Self::StableSwap(pool) => pool.join(amounts)?,
            Self::Weighted(pool) => pool.join(amounts)?,
            Self::Holding(pool) => return pool.deposit(amounts),
        };
        (join.growth > 0.0).then_some(Deposit { used: *amounts, growth: join.growth, fees: join.fees })
    }

    /// Carries a deposit out; the share `apart` of its fees does not enter the reserves.
    pub fn put(&mut self, deposit: &Deposit, apart: f64) {
        match self {
            Self::ConstantProduct(pool) => pool.put(&deposit.used),
            Self::Concentrated(_) => {}
            Self::StableSwap(pool) => pool.put(&deposit.used, &deposit.fees, apart),
            Self::Weighted(pool) => pool.put(&deposit.used, &deposit.fees, apart),
            Self::Holding(pool) => pool.put(&deposit.used),
        }
    }

    /// Takes amounts out, as a withdrawal in proportion does.
    pub fn take(&mut self, amounts: &Amounts) {
        match self {
            Self::ConstantProduct(pool) => pool.take(amounts),
            Self::Concentrated(_) => {}
            Self::StableSwap(pool) => pool.take(amounts),
            Self::Weighted(pool) => pool.take(amounts),
            Self::Holding(pool) => pool.take(amounts),
        }
    }

    /// Sets the fee share, in [0, 1).
    #[inline]
    pub fn set_fee(&mut self, fee: f64) {
        match self {
            Self::ConstantProduct(pool) => pool.set_fee(fee),
            Self::Concentrated(pool) => pool.set_fee(fee),
            Self::StableSwap(pool) => pool.set_fee(fee),
            Self::Weighted(pool) => pool.set_fee(fee),
            Self::Holding(_) => {}
        }
    }

    /// Brings parameters that change with time to `seconds` on the run's clock.
    pub fn set_time(&mut self, seconds: f64) {
        match self {
            Self::ConstantProduct(_) | Self::Concentrated(_) | Self::Holding(_) => {}
            Self::StableSwap(pool) => pool.set_time(seconds),
            Self::Weighted(pool) => pool.set_time(seconds),
        }
    }
}

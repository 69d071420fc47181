//! The market in which a reward token is sold.

use super::RewardMarketSpec;

/// Least and largest factor that the liquidity of the protocol can have on its token's price: beyond, a constant elasticity is not
/// believed.
pub const LIQUIDITY_FACTOR_BOUNDS: (f64, f64) = (1e-3, 1e3);

/// Least factor that sales can have on a token's price: a price that has lost all but a billionth is nobody's reason any more.
pub const SALES_FACTOR_LEAST: f64 = 1e-9;

/// A reward token's own market: the factor on its reference price.
///
/// Law: the price is the reference price times exp(d) g. Selling what is worth S at the present price into a constant product of
/// liquidity L (both sides, USD) with x = S/(L/2) lowers d by 2 ln(1 + x) and yields S/(1 + x); a share of the fall is
/// permanent, the rest halves every `recovery`. The value of a constant product goes with the root of its price, hence
/// L = depth sqrt(exp(d) g): tokens that are sold in parts, with no time between them, then yield what they yield at once. g is
/// the liquidity of the protocol over that at the opening, to the power of the elasticity. Moves of the reference price leave
/// the depth as it is: those who hold the pools keep their value in USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RewardMarket {
    spec: RewardMarketSpec,
    permanent: f64,
    temporary: f64,
    opening_usd: Option<f64>,
    liquidity_factor: f64,
    factor: f64,
    /// Value of what was sold, at the prices before each sale, USD.
    pub sold_usd: f64,
    /// What the price impact took of it, USD.
    pub cost_usd: f64,
    /// Lowest factor on the reference price so far.
    pub lowest_factor: f64,
}

impl RewardMarket {
    /// A market in which nothing has been sold.
    #[must_use]
    pub const fn new(spec: RewardMarketSpec) -> Self {
        Self {
            spec,
            permanent: 0.0,
            temporary: 0.0,
            opening_usd: None,
            liquidity_factor: 1.0,
            factor: 1.0,
            sold_usd: 0.0,
            cost_usd: 0.0,
            lowest_factor: 1.0,
        }
    }

    /// The token's price as a multiple of its reference price.
    #[inline]
    #[must_use]
    pub const fn factor(&self) -> f64 {
        self.factor
    }

    /// Sells tokens worth `value_usd` at the present price; returns the proceeds, USD. Nothing is sold for a value that is not
    /// above zero.
    pub fn sell(&mut self, value_usd: f64) -> f64 {
        if value_usd.is_nan() || value_usd <= 0.0 {
            return 0.0;
        }
        let side_usd = 0.5 * self.spec.depth_usd * self.factor.sqrt();
        let impact = value_usd / side_usd;
        let room = self.permanent + self.temporary - libm::log(SALES_FACTOR_LEAST);
        let fall = (2.0 * libm::log1p(impact)).min(room.max(0.0));
        self.permanent -= fall * self.spec.permanent_share;
        self.temporary -= fall * (1.0 - self.spec.permanent_share);
        self.price();
        let proceeds = value_usd / (1.0 + impact);
        self.sold_usd += value_usd;
        self.cost_usd += value_usd - proceeds;
        proceeds
    }

    /// Lets `elapsed` seconds pass: the temporary part of the fall recovers.
    pub fn advance(&mut self, elapsed: f64) {
        if elapsed > 0.0 {
            self.temporary *= libm::exp2(-elapsed / self.spec.recovery.seconds());
            self.price();
        }
    }

    /// Lets the price follow the liquidity of the protocol, USD; the first positive one that it is told is that at the opening.
    pub fn follow(&mut self, liquidity_usd: f64) {
        if self.opening_usd.is_none() && liquidity_usd > 0.0 {
            self.opening_usd = Some(liquidity_usd);
        }
        let (Some(opening), true) = (self.opening_usd, self.spec.liquidity_elasticity > 0.0) else { return };
        let (least, most) = LIQUIDITY_FACTOR_BOUNDS;
        let relative = liquidity_usd.max(0.0) / opening;
        self.liquidity_factor = libm::pow(relative, self.spec.liquidity_elasticity).clamp(least, most);
        self.price();
    }

    fn price(&mut self) {
        self.factor = libm::exp(self.permanent + self.temporary) * self.liquidity_factor;
        self.lowest_factor = self.lowest_factor.min(self.factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portage_base::units::Span;
    use proptest::prelude::*;

    fn market(permanent_share: f64, liquidity_elasticity: f64) -> RewardMarket {
        let recovery = Span::from_seconds(1_000.0).unwrap();
        RewardMarket::new(RewardMarketSpec { depth_usd: 2e6, permanent_share, recovery, liquidity_elasticity })
    }

    /// A constant product of 1,000,000 tokens and 1,000,000 USD: price 1, liquidity 2,000,000 USD.
    struct Product {
        tokens: f64,
        usd: f64,
    }

    impl Product {
        fn sell(&mut self, tokens: f64) -> f64 {
            let k = self.tokens * self.usd;
            let before = self.usd;
            self.tokens += tokens;
            self.usd = k / self.tokens;
            before - self.usd
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Sales with no time between them are those of a constant product, so that parts yield what the whole does.
        #[test]
        fn sales_are_those_of_a_constant_product(parts in proptest::collection::vec(1.0..5e5_f64, 1..30), share in 0.0..1.0_f64) {
            let (mut market, mut product) = (market(share, 0.0), Product { tokens: 1e6, usd: 1e6 });
            let mut proceeds = 0.0;
            for tokens in &parts {
                let got = market.sell(tokens * market.factor());
                let law = product.sell(*tokens);
                prop_assert!((got / law - 1.0).abs() < 1e-9, "{got} against {law}");
                prop_assert!((market.factor() / (product.usd / product.tokens) - 1.0).abs() < 1e-10);
                proceeds += got;
            }
            let at_once = Product { tokens: 1e6, usd: 1e6 }.sell(parts.iter().sum());
            prop_assert!((proceeds / at_once - 1.0).abs() < 1e-9, "{proceeds} against {at_once}");
            prop_assert!((market.sold_usd - market.cost_usd - proceeds).abs() < 1e-9 * proceeds);
            prop_assert_eq!(market.lowest_factor, market.factor());
        }
    }

    #[test]
    fn the_temporary_part_halves_in_every_recovery() {
        let mut market = market(0.25, 0.0);
        assert!((market.sell(1e6) - 5e5).abs() < 1e-6, "as many tokens again halve the proceeds");
        assert!((market.factor() - 0.25).abs() < 1e-12 && (market.cost_usd - 5e5).abs() < 1e-6);
        let fall = 4.0_f64.ln();
        for halvings in 1..=3 {
            market.advance(1_000.0);
            let left = fall * (0.25 + 0.75 * 0.5_f64.powi(halvings));
            assert!((market.factor().ln() + left).abs() < 1e-12);
        }
        let factor = market.factor();
        market.advance(0.0);
        assert_eq!(market.factor(), factor);
        market.advance(1e9);
        assert!((market.factor() - 0.25_f64.powf(0.25)).abs() < 1e-12 && (market.lowest_factor - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_price_follows_the_liquidity_of_the_protocol() {
        let mut market = market(0.3, 0.5);
        market.follow(0.0);
        assert_eq!(market.factor(), 1.0, "nothing is known of the opening yet");
        market.follow(1e6);
        assert_eq!(market.factor(), 1.0);
        market.follow(0.25e6);
        assert!((market.factor() - 0.5).abs() < 1e-12);
        market.follow(0.0);
        assert_eq!(market.factor(), LIQUIDITY_FACTOR_BOUNDS.0);
        market.follow(1e300);
        assert_eq!(market.factor(), LIQUIDITY_FACTOR_BOUNDS.1);
        // The pools in which it is sold have become deeper with the root of the price.
        let side = 1e6 * LIQUIDITY_FACTOR_BOUNDS.1.sqrt();
        assert!((market.sell(side) / (0.5 * side) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_breaks_at_the_ends() {
        let mut market = market(1.0, 1.0);
        for value in [0.0, -1.0, f64::NAN] {
            assert_eq!(market.sell(value), 0.0);
        }
        assert_eq!((market.factor(), market.sold_usd), (1.0, 0.0));
        for _ in 0..4 {
            let proceeds = market.sell(f64::MAX);
            assert!((0.0..=1e6).contains(&proceeds), "{proceeds}");
            market.follow(0.0);
            market.advance(1e12);
        }
        assert!(market.factor() > 0.0 && market.lowest_factor > 0.0 && market.factor() < 1e-8);
    }
}

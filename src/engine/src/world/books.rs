//! The books of one run: what every part of it reads and writes, and the verbs by which tokens move.

use super::{
    AgentBook, ChainState, Coins, Crossing, HOLDERS, HolderBook, PlanRecord, Programme, Providers, Ranges,
    SearcherBook, SharedRanges, Stakes, Thefts, TraderBook, Venue,
};
use portage_base::actions::Taker;
use portage_base::ledger::{Account, Ledger, Token};
use portage_base::stats::worst;
use portage_base::units::GWEI_PER_ETH;
use portage_chain::Chain;
use portage_incentives::RewardMarket;
use portage_migration::LatePenalty;
use portage_pools::{Amounts2, Direction, Pool, Role, Side, Swap, VENUES_MAX};

/// Accounts that are not a pool's or a provider class's.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// The rest of the market, which takes the other side at reference prices.
    pub market: Account,
    /// Mints reward tokens.
    pub issuer: Account,
    /// Receives gas: base fees burnt and tips.
    pub gas: Account,
    /// All traders.
    pub traders: Account,
    /// All arbitrageurs.
    pub searchers: Account,
    /// Block proposers, who are paid by arbitrageurs.
    pub proposers: Account,
    /// Whoever steals.
    pub attackers: Account,
    /// What nobody can ever move again.
    pub stuck: Account,
    /// Those who manipulate an oracle.
    pub manipulators: Account,
    /// Protocols elsewhere that rely on an oracle.
    pub relying: Account,
}

/// Reference prices of one block as the hot loop needs them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairPrice {
    /// USD per base token.
    pub base_usd: f64,
    /// USD per quote token.
    pub quote_usd: f64,
    /// Quote per base.
    pub price: f64,
    /// Square root of `price`.
    pub root: f64,
}

impl PairPrice {
    /// Value of base and quote, USD.
    #[inline]
    #[must_use]
    pub fn value_usd(&self, amounts: Amounts2) -> f64 {
        amounts.base * self.base_usd + amounts.quote * self.quote_usd
    }

    /// Both tokens at one USD.
    pub const PAR: Self = Self { base_usd: 1.0, quote_usd: 1.0, price: 1.0, root: 1.0 };
}

/// Half-width of the price band in which depth is measured, as a share of the price.
pub const DEPTH_BAND: f64 = 0.02;

/// Pairs that pools can trade: the one that is migrated, the two legs of a route through an intermediate token, and the migrated pair
/// on the chain of the new version.
pub const PAIRS: usize = 4;

/// The books of one run: every token, whose it is, and the pools, prices and chains among which it moves.
#[derive(Debug)]
pub struct Books {
    /// Every token amount.
    pub ledger: Ledger,
    /// Named accounts.
    pub accounts: Accounts,
    /// Tokens of the pools between which liquidity migrates: base and quote of the pair, then further coins.
    pub coins: Coins,
    /// The pools, in the order of the scenario.
    pub venues: Vec<Venue>,
    /// For each pool, the one in which the liquidity stands now that stood in it at the opening, as far as it was moved whole.
    pub(crate) stands_in: Vec<usize>,
    /// A pool without liquidity: what a halted pool has to offer.
    pub nothing: Pool,
    /// Owners of pool shares, by class.
    pub holders: [HolderBook; HOLDERS],
    /// What a user's own agents have done, in their order.
    pub agents: Vec<AgentBook>,
    /// The liquidity providers.
    pub providers: Providers,
    /// Incentive programmes.
    pub programmes: Vec<Programme>,
    /// With how much each provider takes part in each programme.
    pub(crate) stakes: Stakes,
    /// Markets of reward tokens that react to what is sold.
    pub reward_markets: Vec<(Token, RewardMarket)>,
    /// What moving late costs.
    pub late_penalty: Option<LatePenalty>,
    /// What became of the migration's plan.
    pub plan_record: PlanRecord,
    /// What was stolen, destroyed and given back.
    pub thefts: Thefts,
    /// What traders paid.
    pub traders: TraderBook,
    /// What arbitrageurs earned and paid.
    pub searchers: SearcherBook,
    /// The chains: the home chain, and in a migration to another chain the destination.
    pub chains: Vec<ChainState>,
    /// Reference price of each token in USD: of the tokens of pools as of the current block, of others as of the last block in
    /// which something sparse happened.
    pub prices_usd: Vec<f64>,
    /// Reference prices of the pairs, as of the current block.
    pub pairs: [PairPrice; PAIRS],
    /// Pairs that pools trade: one, three with a route, four with a second chain.
    pub(crate) pairs_traded: usize,
    /// How wide providers' ranges are.
    pub ranges: Ranges,
    /// Ranges that providers have moved to a new price.
    pub recentred: u64,
    /// What that cost them in gas and slippage, USD.
    pub recentring_usd: f64,
    /// Seconds since the start at the current block; as fresh as `prices_usd`.
    pub seconds: f64,
    /// The bridge to the second chain, where the migration leads to another chain.
    pub crossing: Option<Box<Crossing>>,
}

impl Books {
    /// A chain of the run; the home chain is always there.
    #[inline]
    #[must_use]
    pub fn chain(&self, chain: Chain) -> &ChainState {
        &self.chains[chain as usize]
    }

    /// As [`Self::chain`], to be changed.
    #[inline]
    pub(crate) fn chain_mut(&mut self, chain: Chain) -> &mut ChainState {
        &mut self.chains[chain as usize]
    }

    /// What `units` of gas cost on `chain` now, USD; 0 without a gas market.
    #[inline]
    #[must_use]
    pub(crate) fn gas_cost_usd(&self, chain: Chain, units: u64) -> f64 {
        let chain = &self.chains[chain as usize];
        chain.gas.as_ref().map_or(0.0, |gas| {
            units as f64 * gas.price_gwei() / GWEI_PER_ETH * self.prices_usd[chain.gas_token.index()]
        })
    }

    /// The reference price of the pair that is migrated.
    #[inline]
    #[must_use]
    pub const fn pair(&self) -> PairPrice {
        self.pairs[0]
    }

    /// Settles one trade: tokens move, the pool's flows are booked, its bounds follow.
    ///
    /// The taker's tokens come from and go to the rest of the market at reference prices; what the taker gains or
    /// loses by that is returned, USD, and stands on no account yet.
    #[inline]
    pub fn trade(&mut self, venue: usize, direction: Direction, swap: Swap, taker: Taker) -> f64 {
        let pool = &mut self.venues[venue];
        pool.mark(&self.ledger, &self.prices_usd);
        let (token_in, token_out) =
            (pool.terms.coins.token(direction.coin_in), pool.terms.coins.token(direction.coin_out));
        let (reserve, fee_vault, market) = (pool.accounts.reserve, pool.accounts.fee_vault, self.accounts.market);
        let apart = pool.share_apart();
        let (apart_in, apart_out) = (apart * swap.fee_in, apart * swap.fee_out);
        self.ledger.transfer(market, reserve, token_in, swap.amount_in - apart_in);
        if apart_in > 0.0 {
            self.ledger.transfer(market, fee_vault, token_in, apart_in);
        }
        if apart_out > 0.0 {
            self.ledger.transfer(reserve, fee_vault, token_out, apart_out);
        }
        self.ledger.transfer(reserve, market, token_out, swap.amount_out);
        let prices = (self.prices_usd[token_in.index()], self.prices_usd[token_out.index()]);
        -pool.book(direction, &swap, prices, taker)
    }

    /// Brings what changes with time in a pool to `seconds`: the curve's schedules and a fee that follows the pool's state.
    pub(crate) fn advance_venue(&mut self, index: usize, seconds: f64) {
        let venue = &mut self.venues[index];
        if venue.has_schedule {
            venue.pool.set_time(seconds);
        }
        if let Some(fee) = &mut venue.dynamic_fee {
            let depth_usd = venue.pool.depth(DEPTH_BAND) * self.pairs[venue.terms.pair].quote_usd;
            let share = fee.update(seconds, venue.pool.spot(Side::SellBase.direction()), depth_usd);
            venue.pool.set_fee(share);
        }
        venue.refresh();
    }

    /// Value of the pools between which liquidity migrates at reference prices, USD.
    #[must_use]
    pub fn total_value_usd(&self) -> f64 {
        self.venues.iter().filter(|venue| venue.is_migrated()).map(|venue| self.venue_value_usd(venue)).sum()
    }

    /// Value of all pools of the pair at reference prices, rivals included, USD.
    #[must_use]
    pub fn pair_value_usd(&self) -> f64 {
        let venues = self.venues.iter().filter(|venue| venue.terms.role.is_of_pair());
        venues.map(|venue| self.venue_value_usd(venue)).sum()
    }

    /// Value of the pools on one side of the migration, USD.
    #[must_use]
    pub fn value_of_usd(&self, role: Role) -> f64 {
        let venues = self.venues.iter().filter(|venue| venue.terms.role == role);
        venues.map(|venue| self.venue_value_usd(venue)).sum()
    }

    /// Value of one pool's reserves at the current reference prices, USD; nothing where all ranges were left, as the rounding that
    /// they leave is nobody's.
    #[inline]
    #[must_use]
    pub fn venue_value_usd(&self, venue: &Venue) -> f64 {
        if venue.shared_ranges.as_ref().is_some_and(SharedRanges::is_empty) {
            return 0.0;
        }
        let coins = venue.terms.coins.list();
        let value =
            |token: &Token| self.ledger.balance(venue.accounts.reserve, *token) * self.prices_usd[token.index()];
        coins.iter().map(value).sum()
    }

    /// Largest difference between a pool's shares and what its holders own together, relative.
    #[must_use]
    pub fn share_residual(&self) -> f64 {
        let of_venue = |(venue, pool): (usize, &Venue)| {
            let owned: f64 = self.holders.iter().map(|book| book.shares[venue]).sum();
            if pool.shares == 0.0 && owned == 0.0 { 0.0 } else { (owned - pool.shares).abs() / pool.shares }
        };
        self.venues.iter().enumerate().map(of_venue).fold(0.0, worst)
    }

    /// Largest difference between what all accounts hold of a token and what there was at the opening, relative.
    #[must_use]
    pub fn token_residual(&self) -> f64 {
        self.ledger.audit_on_scale_of(|token| self.home_token(token))
    }

    /// The token that a token of the other chain stands for; any other token stands for itself.
    pub(super) fn home_token(&self, token: Token) -> Token {
        let coins = self.crossing.iter().flat_map(|crossing| &crossing.bridge.coins);
        coins.into_iter().find(|(_, there)| *there == token).map_or(token, |(home, _)| *home)
    }

    /// Largest difference between what the pools themselves hold and what the ledger says, relative to the larger of it and of
    /// what all holders opened with; also between a concentrated pool's liquidity and what is owned of it.
    #[must_use]
    pub fn mirror_residual(&self) -> f64 {
        let opened = |token: Token| {
            let token = self.home_token(token);
            self.holders.iter().map(|book| book.opening_tokens[token.index()]).sum()
        };
        let of_venue = |venue: &Venue| {
            let (held, said) = (venue.pool.balances(), venue.reserves(&self.ledger));
            let coins = venue.terms.coins.list().iter().zip(held.iter().zip(said));
            let coins = coins.map(|(token, (held, said))| relative(*held, said, opened(*token))).fold(0.0, worst);
            let (Some(curve), Some(shared_ranges)) = (venue.pool.ranges(), &venue.shared_ranges) else { return coins };
            let owned = curve.positions().map(|position| {
                let shared_range = shared_ranges.of(position);
                relative(shared_range.owned.iter().sum::<f64>(), curve.liquidity_of(position), shared_range.peak)
            });
            owned.fold(coins, worst)
        };
        self.venues.iter().map(of_venue).fold(0.0, worst)
    }

    /// Share of the migrated liquidity that stands in each pool, by value.
    #[must_use]
    pub fn venue_shares(&self) -> [f64; VENUES_MAX] {
        let total = self.total_value_usd();
        let mut shares = [0.0; VENUES_MAX];
        for (share, venue) in shares.iter_mut().zip(&self.venues).filter(|(_, venue)| venue.is_migrated()) {
            *share = if total > 0.0 { self.venue_value_usd(venue) / total } else { 0.0 };
        }
        shares
    }
}

/// Difference of two amounts relative to the largest of them and of `scale`; 0 where all are.
pub(super) fn relative(one: f64, other: f64, scale: f64) -> f64 {
    let scale = one.abs().max(other.abs()).max(scale);
    if scale > 0.0 { (one - other).abs() / scale } else { 0.0 }
}

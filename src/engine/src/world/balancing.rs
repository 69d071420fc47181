//! Bringing what is deposited into the proportion that a pool takes: in the pools of the pair, or elsewhere in the market.

use super::Books;
use super::deposit::Target;
use portage_base::actions::Taker;
use portage_pools::{Amounts, COINS_MAX, Side, Swap};

/// What a swap costs elsewhere in the market, share of its value: a fee of the usual tier. The scenario's pools are not all that
/// there is, and whoever moves a large position does not push a thin one.
pub const EXTERNAL_MARKET_COST: f64 = 0.003;

impl Books {
    /// Before a deposit into a pool that takes any proportion: where the pool would charge more for it than the rest of the
    /// market, the amounts are brought into the pool's proportion elsewhere. Returns what that cost, USD.
    pub(super) fn put_in_proportion(&mut self, holder: usize, venue: usize, amounts: &mut Amounts) -> f64 {
        let pool = &self.venues[venue];
        let coins = pool.terms.coins;
        if !pool.pool.charges_imbalance() || pool.shares <= 0.0 {
            return 0.0;
        }
        let reserves = pool.reserves(&self.ledger);
        let (paid_usd, pool_usd) =
            (coins.value_usd(amounts, &self.prices_usd), coins.value_usd(&reserves, &self.prices_usd));
        let usd = |coin: usize| self.prices_usd[coins.token(coin).index()];
        let mut wanted = [0.0; COINS_MAX];
        let mut surplus_usd = 0.0;
        for coin in 0..coins.list().len() {
            wanted[coin] = paid_usd * reserves[coin] / pool_usd;
            surplus_usd += ((amounts[coin] - wanted[coin]) * usd(coin)).max(0.0);
        }
        let charged_usd = pool.pool.deposit(amounts).map_or(f64::INFINITY, |deposit| {
            let part = deposit.growth / (1.0 + deposit.growth);
            paid_usd - part * (pool_usd + paid_usd)
        });
        let external_usd = surplus_usd * EXTERNAL_MARKET_COST;
        if charged_usd <= external_usd || paid_usd <= 0.0 {
            return 0.0;
        }
        let kept = 1.0 - external_usd / paid_usd;
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        for (coin, token) in coins.list().iter().enumerate() {
            let target = wanted[coin] * kept;
            self.ledger.transfer(book.wallet, self.accounts.market, *token, amounts[coin] - target);
            amounts[coin] = target;
        }
        book.statement.slippage += external_usd;
        external_usd
    }

    /// Swaps what is left over into the proportion that the target takes: in the pool of the pair that gives most, or elsewhere in
    /// the market where that is cheaper. Returns fee and impact, USD, which the holder pays.
    pub(super) fn balance(&mut self, holder: usize, venue: usize, target: &Target, amounts: &mut Amounts) -> f64 {
        let terms = self.venues[venue].terms;
        let (base_share, pair) = (self.base_share(venue, target), self.pairs[terms.pair]);
        let (base_usd, quote_usd) = (amounts[0] * pair.base_usd, amounts[1] * pair.quote_usd);
        let surplus = base_usd - base_share * (base_usd + quote_usd);
        let (side, paid, usd_in, usd_out) = if surplus > 0.0 {
            (Side::SellBase, surplus / pair.base_usd, pair.base_usd, pair.quote_usd)
        } else {
            (Side::BuyBase, -surplus / pair.quote_usd, pair.quote_usd, pair.base_usd)
        };
        let external = paid * usd_in * (1.0 - EXTERNAL_MARKET_COST) / usd_out;
        let (got, cost) = match self.best_alone(terms.pair, side, paid).filter(|(_, swap)| swap.amount_out >= external)
        {
            Some((through, swap)) => (swap.amount_out, -self.trade(through, side.direction(), swap, Taker::Trader)),
            None => (external, paid * usd_in * EXTERNAL_MARKET_COST),
        };
        let book = &mut self.holders[holder];
        book.mark_wallet(&self.ledger, &self.prices_usd);
        let direction = side.direction();
        self.ledger.transfer(book.wallet, self.accounts.market, terms.coins.token(direction.coin_in), paid);
        self.ledger.transfer(self.accounts.market, book.wallet, terms.coins.token(direction.coin_out), got);
        book.statement.slippage += cost;
        amounts[direction.coin_in] = (amounts[direction.coin_in] - paid).max(0.0);
        amounts[direction.coin_out] += got;
        cost
    }

    /// Share of base in the value that a deposit takes.
    fn base_share(&self, venue: usize, target: &Target) -> f64 {
        let (base, quote) = match (target, self.venues[venue].pool.ranges()) {
            (Target::Range { lower, upper, .. }, Some(curve)) => {
                let one = curve.amounts_for(*lower, *upper, 1.0);
                (one.base, one.quote)
            }
            _ => {
                let balances = self.venues[venue].pool.balances();
                (balances[0], balances[1])
            }
        };
        let pair = self.pairs[self.venues[venue].terms.pair];
        let (base_usd, quote_usd) = (base * pair.base_usd, quote * pair.quote_usd);
        if base_usd + quote_usd > 0.0 { base_usd / (base_usd + quote_usd) } else { 0.5 }
    }

    /// The pool of a pair that gives most for the whole amount, and the swap.
    fn best_alone(&self, pair: usize, side: Side, amount: f64) -> Option<(usize, Swap)> {
        let venues = self.venues.iter().enumerate().filter(|(_, venue)| venue.terms.pair == pair && venue.is_open());
        let swaps =
            venues.filter_map(|(index, venue)| Some((index, venue.pool.swap_exact_in(side.direction(), amount)?)));
        swaps.max_by(|a, b| a.1.amount_out.total_cmp(&b.1.amount_out))
    }
}

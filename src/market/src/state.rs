//! The market of one run: paths drawn ahead, some hundred blocks at a time.

use super::path::{Path, Piece};
use super::{CHUNK, Market};
use portage_base::elementary::exp;
use portage_base::random::Stream;
use rand_distr::{Distribution, StandardNormal};

/// Prices of one asset, and their square roots, at the end of phase 1 of consecutive blocks.
#[derive(Debug, Clone)]
pub struct PriceRow {
    /// USD.
    pub price: [f64; CHUNK],
    /// sqrt(USD): what a pool's state is compared with.
    pub sqrt_price: [f64; CHUNK],
}

impl Default for PriceRow {
    fn default() -> Self {
        Self { price: [0.0; CHUNK], sqrt_price: [0.0; CHUNK] }
    }
}

/// The random part of one run's market. Opened by [`Market::open`].
#[derive(Debug, Clone)]
pub struct MarketState {
    pub(super) next_block: u64,
    pub(super) paths: Vec<Path>,
    /// One stream for each asset: "price/NAME/diffusion".
    pub(super) streams: Vec<Stream>,
    /// Scratch: the standard normals of a chunk, for each asset.
    pub(super) normals: Vec<[f64; CHUNK]>,
    /// Scratch: log prices of the asset at hand.
    pub(super) log: Box<[f64; CHUNK]>,
}

impl MarketState {
    /// The block with which the next call of [`fill`](Self::fill) begins.
    #[must_use]
    pub const fn next_block(&self) -> u64 {
        self.next_block
    }

    /// Writes the prices of the next `len` blocks into `out`, one row per asset, and moves on.
    ///
    /// Entry i of a row is the price after phase 1 of block `next_block()` + i, that is, at the end of that
    /// block's interval: the first entry of all is one step away from [`Market::initial_price_usd`]. The prices do
    /// not depend on how the blocks are divided into calls. Nothing is allocated. Entries from `len` on are
    /// unspecified. A row whose asset is constant is written when it does not hold the price already, so rows should
    /// be reused.
    ///
    /// # Panics
    /// If `len` exceeds [`CHUNK`], the run would go past the last block of the grid, `out` has not one row per asset,
    /// or `market` is not the one that opened this state.
    pub fn fill(&mut self, market: &Market, len: usize, out: &mut [PriceRow]) {
        assert!(len <= CHUNK, "{len} blocks at a time, more than {CHUNK}");
        assert!(self.next_block + len as u64 <= market.grid.blocks, "past the last block of the run");
        assert!(out.len() == market.assets.len() && self.paths.len() == out.len(), "one row for each asset");
        if len == 0 {
            return;
        }
        self.draw_normals(market, len);
        for (asset, row) in out.iter_mut().enumerate() {
            if let Some(usd) = market.assets[asset].always_usd {
                keep_constant(usd, row);
                continue;
            }
            self.walk(market, asset, len);
            for ((log, sqrt_price), price) in self.log[..len].iter().zip(&mut row.sqrt_price).zip(&mut row.price) {
                let root = exp(0.5 * log);
                *sqrt_price = root;
                *price = root * root;
            }
        }
        for (asset, followed) in market.assets.iter().enumerate().filter_map(|(i, asset)| Some((i, asset.followed?))) {
            let scale = (market.assets[asset].initial_usd / market.assets[followed].initial_usd).sqrt();
            if let Ok([row, base]) = out.get_disjoint_mut([asset, followed]) {
                follow(scale, &base.sqrt_price[..len], row);
            }
        }
        self.next_block += len as u64;
    }

    /// Fills the scratch rows of noisy assets with standard normals and mixes them by the correlations in force.
    fn draw_normals(&mut self, market: &Market, len: usize) {
        for ((asset, stream), normals) in market.assets.iter().zip(&mut self.streams).zip(&mut self.normals) {
            if asset.noisy {
                normals[..len].iter_mut().for_each(|normal| *normal = StandardNormal.sample(stream));
            }
        }
        let mut done = 0;
        while done < len {
            let (mixing, until) = market.mixing.at(self.next_block + done as u64);
            let stop = self.stop(until, len);
            mixing.mix(&mut self.normals, done..stop);
            done = stop;
        }
    }

    /// Writes the log prices of `asset`, shocks included, to the scratch row.
    fn walk(&mut self, market: &Market, asset: usize, len: usize) {
        let shocked = &market.assets[asset];
        let mut done = 0;
        while done < len {
            let first = self.next_block + done as u64;
            let (factor, until) = shocked.volatility.at(first);
            let stop = self.stop(until, len);
            self.paths[asset].advance(&mut Piece {
                first,
                factor: *factor,
                normals: &self.normals[asset][done..stop],
                log: &mut self.log[done..stop],
            });
            done = stop;
        }
        for ramp in &shocked.ramps {
            ramp.apply(self.next_block, &mut self.log[..len]);
        }
    }

    /// Where block `until` lies in a chunk of `len` blocks, or its end.
    fn stop(&self, until: u64, len: usize) -> usize {
        usize::try_from(until - self.next_block).map_or(len, |blocks| blocks.min(len))
    }
}

/// Turns a row of ratios into prices: ratio x followed price x `root_scale`^2.
fn follow(root_scale: f64, base: &[f64], row: &mut PriceRow) {
    for ((base, sqrt_price), price) in base.iter().zip(&mut row.sqrt_price).zip(&mut row.price) {
        let root = *sqrt_price * base * root_scale;
        *sqrt_price = root;
        *price = root * root;
    }
}

/// Writes a constant price, unless the row has it: both ends are looked at, since a chunk is written from its start.
fn keep_constant(usd: f64, row: &mut PriceRow) {
    if row.price[0] != usd || row.price[CHUNK - 1] != usd {
        row.price.fill(usd);
        row.sqrt_price.fill(usd.sqrt());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{START, every_law, gbm, grid, hours, market, prices};
    use crate::{PriceLaw, ResolvedShock};

    /// Every law at once, all that are drawn correlated with the second, under every kind of shock; 2,000 blocks of 17 s.
    fn crowd() -> Market {
        let laws = every_law();
        let is_drawn = |asset: &usize| !matches!(laws[*asset].1, PriceLaw::Historical(_) | PriceLaw::Bootstrap(_));
        let correlations: Vec<(usize, usize, f64)> =
            (2..laws.len()).filter(is_drawn).map(|asset| (1, asset, 0.3)).collect();
        let at = START.plus_seconds(7_777.0);
        let mut shocks = vec![ResolvedShock::Correlation { at, to: 0.9, lasting: hours(2.0) }];
        for asset in 1..laws.len() {
            shocks.push(ResolvedShock::Volatility { at, asset, factor: 2.0, lasting: hours(1.5) });
            let (over, recovery_half_life) = (hours(1.0), Some(hours(1.0)));
            shocks.push(ResolvedShock::Price { at, asset, change: -0.2, over, recovery_half_life });
        }
        market(&laws, &correlations, &shocks, grid(17.0, 2_000))
    }

    #[test]
    fn prices_do_not_depend_on_the_division_into_chunks() {
        let market = crowd();
        let whole = prices(&market, 9, 4, CHUNK);
        for chunk in [1, 100, 412] {
            assert!(whole == prices(&market, 9, 4, chunk), "chunks of {chunk} give other bits");
        }
    }

    #[test]
    fn an_address_names_a_path() {
        let market = crowd();
        let path = prices(&market, 9, 4, CHUNK);
        assert!(path == prices(&market, 9, 4, CHUNK));
        let (other_run, other_seed) = (prices(&market, 9, 5, CHUNK), prices(&market, 8, 4, CHUNK));
        for asset in 1..path.len() {
            assert_ne!(path[asset], other_run[asset]);
            assert_ne!(path[asset], other_seed[asset]);
        }
    }

    #[test]
    fn another_asset_moves_nobody() {
        let laws = every_law();
        let all = prices(&market(&laws, &[], &[], grid(17.0, 1_000)), 9, 4, CHUNK);
        for (asset, law) in laws.iter().enumerate() {
            let single = prices(&market(std::slice::from_ref(law), &[], &[], grid(17.0, 1_000)), 9, 4, CHUNK);
            assert!(single[0] == all[asset], "{} moved", law.0);
        }
        // Nor does a correlated one that comes later.
        let pair = [("A", gbm(0.9, 0.0)), ("B", gbm(0.9, 0.0))];
        let correlated = prices(&market(&pair, &[(0, 1, 0.8)], &[], grid(17.0, 1_000)), 9, 4, CHUNK);
        let first = prices(&market(&pair[..1], &[], &[], grid(17.0, 1_000)), 9, 4, CHUNK);
        assert!(correlated[0] == first[0]);
    }

    #[test]
    fn root_and_price_agree_and_a_constant_is_written_once() {
        let market = market(&every_law(), &[], &[], grid(17.0, 1_000));
        let mut rows = vec![PriceRow::default(); market.assets.len()];
        let mut state = market.open(1, 0);
        state.fill(&market, 300, &mut rows);
        assert!(rows[0].price.iter().chain(&rows[0].sqrt_price).all(|price| *price == 1.0));
        for row in &rows {
            assert!((0..300).all(|i| row.sqrt_price[i] * row.sqrt_price[i] == row.price[i] && row.price[i] > 0.0));
        }
        rows[0].price[100] = -1.0;
        state.fill(&market, 300, &mut rows);
        assert_eq!(rows[0].price[100], -1.0, "a row that holds the constant price is left alone");
        assert_eq!(state.next_block(), 600);
    }

    #[test]
    fn a_peg_that_follows_is_a_ratio_times_the_price() {
        // The ratio is the path of the same peg at 1 USD.
        let mut laws = vec![("ETH", gbm(0.9, 0.0)), every_law().swap_remove(6)];
        let grid = grid(17.0, 1_000);
        let ratio = prices(&market(&laws, &[], &[], grid), 1, 2, CHUNK);
        for (peg_usd, initial_usd) in [(None, 400.0), (Some(380.0), 380.0)] {
            if let PriceLaw::Peg(peg) = &mut laws[1].1 {
                (peg.peg_usd, peg.follows) = (peg_usd, Some("ETH".into()));
            }
            let following = market(&laws, &[], &[], grid);
            assert_eq!(following.initial_price_usd(1), initial_usd);
            let path = prices(&following, 1, 2, 100);
            assert!(path[0] == ratio[0]);
            for block in 0..1_000 {
                let truth = ratio[1][block] * ratio[0][block] * initial_usd / 400.0;
                assert!((path[1][block] / truth - 1.0).abs() < 1e-14);
            }
        }
    }

    #[test]
    #[should_panic(expected = "past the last block")]
    fn a_run_ends_with_its_grid() {
        let market = market(&every_law(), &[], &[], grid(17.0, 10));
        let mut rows = vec![PriceRow::default(); market.assets.len()];
        market.open(1, 0).fill(&market, 11, &mut rows);
    }
}

//! Random histories against a model that knows no ticks: a list of providers, each with its own constant product.

use super::*;
use proptest::prelude::*;

/// A provider's range by root prices, and what the model says that it has earned.
#[derive(Debug, Clone)]
struct Provider {
    position: usize,
    ticks: (i32, i32),
    liquidity: f64,
    earned: Inside,
    settled: Inside,
}

impl Provider {
    fn roots(&self) -> (f64, f64) {
        (root_at(self.ticks.0), root_at(self.ticks.1))
    }

    /// What the provider's own curve takes and gives when the root price goes from `from` to `to`.
    fn trade(&self, side: Side, from: f64, to: f64) -> (f64, f64) {
        let (lower, upper) = self.roots();
        let (from, to) = (from.clamp(lower, upper), to.clamp(lower, upper));
        let (quote, base) = (self.liquidity * (to - from).abs(), self.liquidity * (to - from).abs() / (from * to));
        if side == BUY { (quote, base) } else { (base, quote) }
    }

    fn holds(&self, root: f64) -> (f64, f64) {
        let (lower, upper) = self.roots();
        let root = root.clamp(lower, upper);
        (self.liquidity * (upper - root) / (upper * root), self.liquidity * (root - lower))
    }
}

/// One act of a history.
#[derive(Debug, Clone)]
enum Act {
    Mint {
        at: (i32, i32),
        magnitude: f64,
    },
    Burn {
        provider: usize,
        share: f64,
    },
    /// `size` as a share of what leads to the end of liquidity.
    SwapIn {
        buy: bool,
        size: f64,
        arbitrage: bool,
    },
    SwapOut {
        buy: bool,
        size: f64,
    },
    /// To the root price of a tick: of the grid, or between two.
    ToTick {
        tick: i32,
        by_amount: bool,
        arbitrage: bool,
    },
    Reward {
        slot: usize,
        tokens: f64,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let grid = 40;
    prop_oneof![
        3 => ((-grid..grid), (1..grid), -3.0..6.0_f64)
            .prop_map(|(lower, width, magnitude)| Act::Mint { at: (lower * 10, (lower + width) * 10), magnitude }),
        2 => (any::<usize>(), prop_oneof![Just(1.0), 0.0..1.0_f64]).prop_map(|(provider, share)| Act::Burn { provider, share }),
        4 => (any::<bool>(), prop_oneof![Just(1.0), 0.0..1.0_f64, 0.0..1e-9_f64], any::<bool>())
            .prop_map(|(buy, size, arbitrage)| Act::SwapIn { buy, size, arbitrage }),
        2 => (any::<bool>(), prop_oneof![Just(1.0), 0.0..1.0_f64]).prop_map(|(buy, size)| Act::SwapOut { buy, size }),
        4 => (-10 * grid..10 * grid, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(tick, on_grid, by_amount, arbitrage)| {
            Act::ToTick { tick: if on_grid { spaced_floor(tick, 10) } else { tick }, by_amount, arbitrage }
        }),
        1 => (0..2_usize, 0.0..10.0_f64).prop_map(|(slot, tokens)| Act::Reward { slot, tokens }),
    ]
}

#[derive(Debug)]
struct History {
    pool: ConcentratedPool,
    providers: Vec<Provider>,
    /// What all swaps and rewards together booked.
    booked: Inside,
    /// What all positions were given.
    settled: Inside,
    /// The most liquidity that there was at a time: the balances carry the rounding of all that went through them.
    peak: f64,
}

impl History {
    /// Virtual reserves of everything: the scale of rounding.
    fn scale(&self) -> f64 {
        1.0 + self.providers.iter().map(|provider| provider.liquidity).sum::<f64>()
    }

    fn same(&self, a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-13 * self.scale()
    }

    fn traded(&self, side: Side, from: f64, to: f64) -> (f64, f64) {
        let each = self.providers.iter().map(|provider| provider.trade(side, from, to));
        each.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// The root price at which the model has taken `kept`, by bisection.
    fn model_root(&self, side: Side, kept: f64) -> f64 {
        let start = self.pool.root();
        let (mut near, mut far) = (start, if side == BUY { start * 10.0 } else { start / 10.0 });
        for _ in 0..200 {
            let middle = 0.5 * (near + far);
            if self.traded(side, start, middle).0 < kept { near = middle } else { far = middle }
        }
        near
    }

    fn book(&mut self, side: Side, from: f64, swap: &Swap, booking: Booking) {
        let (to, fee_per_kept) = (self.pool.root(), self.pool.fee() / (1.0 - self.pool.fee()));
        let (fee, sign) =
            (if side == BUY { FEE_QUOTE } else { FEE_BASE }, if booking.line == FlowLine::Trader { 1.0 } else { -1.0 });
        let line = if booking.line == FlowLine::Trader { TRADER_GAIN_USD } else { ARBITRAGE_LOSS_USD };
        for provider in &mut self.providers {
            let (kept, out) = provider.trade(side, from, to);
            provider.earned[fee] += kept * fee_per_kept;
            provider.earned[FEE_USD] += kept * fee_per_kept * booking.usd_in;
            provider.earned[line] += sign * (kept * booking.usd_in - out * booking.usd_out);
        }
        self.booked[fee] += swap.fee_in;
        self.booked[FEE_USD] += swap.fee_in * booking.usd_in;
        self.booked[line] +=
            sign * ((swap.amount_in - swap.fee_in) * booking.usd_in - swap.amount_out * booking.usd_out);
    }

    fn settle(&mut self, at: usize) {
        let provider = &mut self.providers[at];
        for (line, amount) in self.pool.settle(provider.position).into_iter().enumerate() {
            provider.settled[line] += amount;
            self.settled[line] += amount;
        }
    }

    fn fill(&mut self, side: Side, swap: &Swap, arbitrage: bool) {
        let booking = Booking { line: if arbitrage { FlowLine::Arbitrage } else { FlowLine::Trader }, ..TRADER };
        let from = self.pool.root();
        let kept = swap.amount_in - swap.fee_in;
        let root = self.model_root(side, kept);
        self.pool.fill(side, swap, booking);
        // The price is where the model has it, unless the amounts tell no difference (a gap or rounding).
        let (found, modelled) = (self.traded(side, from, self.pool.root()), self.traded(side, from, root));
        assert!(self.same(found.0, kept) && self.same(modelled.0, kept), "{found:?} {modelled:?} {kept}");
        assert!(self.same(found.1, swap.amount_out) && self.same(modelled.1, swap.amount_out));
        self.book(side, from, swap, booking);
    }

    fn play(&mut self, act: &Act) {
        let everything =
            |pool: &ConcentratedPool, side| pool.swap_to_root(side, if side == BUY { f64::MAX } else { 0.0 });
        let direction = |buy| if buy { BUY } else { SELL };
        match *act {
            Act::Mint { at, magnitude } => self.mint(at, libm::exp10(magnitude)),
            Act::Burn { provider, share } if !self.providers.is_empty() => {
                self.burn(provider % self.providers.len(), share)
            }
            Act::Burn { .. } => {}
            Act::SwapIn { buy, size, arbitrage } => {
                let side = direction(buy);
                let swap = self.pool.swap_exact_in(side, everything(&self.pool, side).amount_in * size);
                self.fill(side, &swap.unwrap(), arbitrage);
            }
            Act::SwapOut { buy, size } => {
                let side = direction(buy);
                let swap = self.pool.swap_exact_out(side, everything(&self.pool, side).amount_out * size);
                self.fill(side, &swap.unwrap(), false);
            }
            Act::ToTick { tick, by_amount, arbitrage } => {
                let side = direction(root_at(tick) > self.pool.root());
                let swap = self.pool.swap_to_root(side, root_at(tick));
                let from = self.pool.root();
                if by_amount {
                    self.fill(side, &swap, arbitrage);
                } else {
                    assert_eq!(self.pool.fill_to_root(side, root_at(tick), TRADER), swap);
                    self.book(side, from, &swap, TRADER);
                    assert_eq!(self.pool.root(), root_at(tick));
                }
            }
            Act::Reward { slot, tokens } => self.reward(slot, tokens),
        }
    }

    fn mint(&mut self, ticks: (i32, i32), liquidity: f64) {
        let position = self.pool.position(ticks.0, ticks.1);
        let known = self.providers.iter().position(|provider| provider.position == position);
        let at = known.unwrap_or_else(|| {
            let (earned, settled) = (Inside::default(), Inside::default());
            self.providers.push(Provider { position, ticks, liquidity: 0.0, earned, settled });
            self.providers.len() - 1
        });
        self.settle(at);
        let paid = self.pool.mint(position, liquidity);
        let again = self.pool.liquidity_for(ticks.0, ticks.1, paid.base, paid.quote);
        assert!(close(again, liquidity, 1e-12));
        // Back at once gives no more than was paid.
        let back = self.pool.burn(position, liquidity);
        assert_eq!(back, paid);
        let position = self.pool.position(ticks.0, ticks.1);
        self.pool.mint(position, liquidity);
        (self.providers[at].position, self.providers[at].liquidity) =
            (position, self.providers[at].liquidity + liquidity);
    }

    fn burn(&mut self, at: usize, share: f64) {
        self.settle(at);
        let (position, liquidity) = (self.providers[at].position, self.providers[at].liquidity);
        if share < 1.0 {
            self.pool.burn(position, share * liquidity);
            self.providers[at].liquidity -= share * liquidity;
        } else {
            self.pool.burn_rest(position);
            self.check_earned(at);
            self.providers.swap_remove(at);
        }
    }

    fn reward(&mut self, slot: usize, tokens: f64) {
        let pool = &self.pool;
        let in_range: Vec<bool> = self.providers.iter().map(|provider| pool.is_in_range(provider.position)).collect();
        let active: f64 =
            self.providers.iter().zip(&in_range).filter(|(_, is)| **is).map(|(one, _)| one.liquidity).sum();
        assert!(self.same(active, self.pool.liquidity()));
        assert_eq!(self.pool.reward(slot, tokens), in_range.contains(&true));
        self.booked[REWARDS + slot] += if active > 0.0 { tokens } else { 0.0 };
        for (provider, _) in self.providers.iter_mut().zip(in_range).filter(|(_, is)| *is) {
            provider.earned[REWARDS + slot] += tokens * provider.liquidity / active;
        }
    }

    fn check_earned(&self, at: usize) {
        let provider = &self.providers[at];
        for (line, (earned, settled)) in provider.earned.iter().zip(provider.settled).enumerate() {
            let same = (earned - settled).abs() <= 1e-9 * earned.abs() + 1e-12 * provider.liquidity.max(1.0);
            assert!(same, "line {line}: {earned} in the model, {settled} settled by {provider:?}");
        }
    }

    /// The balances are what the positions hold, and that is what the model's providers hold.
    fn check_balances(&mut self) {
        self.peak = self.peak.max(self.scale());
        let held: Vec<_> = self.pool.positions().map(|position| self.pool.held(position)).collect();
        assert_eq!(held.len(), self.providers.len());
        let root = self.pool.root();
        let modelled: Vec<_> = self.providers.iter().map(|provider| provider.holds(root)).collect();
        let (base, quote) = self.pool.balances();
        let in_held = (held.iter().map(|one| one.base).sum(), held.iter().map(|one| one.quote).sum());
        let in_model = (modelled.iter().map(|one| one.0).sum(), modelled.iter().map(|one| one.1).sum());
        for (a, b) in [(base, in_held.0), (base, in_model.0), (quote, in_held.1), (quote, in_model.1)] {
            let (a, b): (f64, f64) = (a, b);
            assert!((a - b).abs() <= 1e-13 * self.peak, "{a} {b} with {self:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn a_history_is_the_sum_of_its_providers(fee in 0.0..0.05, acts in prop::collection::vec(act(), 1..80)) {
        let pool = pool(10, fee, root_at(0));
        let none = Inside::default();
        let mut history = History { pool, providers: Vec::new(), booked: none, settled: none, peak: 0.0 };
        history.mint((-200, 200), 10.0);
        for act in &acts {
            history.play(act);
            history.check_balances();
        }
        for at in 0..history.providers.len() {
            history.settle(at);
            history.check_earned(at);
        }
        // Nothing is lost: what all swaps and rewards booked is what all positions were given, the closed ones too.
        for line in 0..GROWTHS {
            let (booked, settled) = (history.booked[line], history.settled[line]);
            prop_assert!((booked - settled).abs() <= 1e-9 * booked.abs() + 1e-7, "{line}: {booked} {settled}");
        }
    }
}

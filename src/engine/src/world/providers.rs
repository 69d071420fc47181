//! The liquidity providers of a run: one small record each.

use super::holders::LpClass;
use portage_base::actions::Place;
use portage_pools::{Amounts, COINS_MAX, Role, VENUES_MAX};

/// How wide a range a provider puts its liquidity into, where the pool has ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeWidth {
    /// About the price.
    Narrow,
    /// Wide about the price.
    Wide,
    /// Every price.
    Full,
}

impl RangeWidth {
    /// Every width, in the order of their index.
    pub const ALL: [Self; 3] = [Self::Narrow, Self::Wide, Self::Full];
}

/// One liquidity provider: 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Provider {
    /// In a pool: shares of it, or units of liquidity of its lot.
    pub shares: f64,
    /// Value at the opening, USD.
    pub opening_usd: f64,
    /// Rewards earned while it stood in pools of shares, valued when they were earned, USD.
    pub rewards_usd: f64,
    /// In a concentrated pool: the position that the lot is of.
    pub shared_range: u32,
    /// Uniform in [0, 1): keeps to the fee that it knows when it lies below the share of those who do.
    pub(crate) loyalty: f32,
    /// Aware of the migration once the informed share of the population reaches this.
    pub awareness: f32,
    /// Uniform in [0, 1): uses the migrator when it lies below the share of those who do.
    pub(crate) propensity: f32,
    /// Uniform in [0, 1): a programme's boost reaches it when it lies below the share of those who have it.
    pub(crate) favour: f32,
    /// When it entered the pool in which it stands, seconds; minus infinity for where it stood at the opening.
    pub entered: f32,
    /// Standard normal: how slowly it deposits by hand.
    pub(crate) pace: f32,
    /// How wide its ranges are.
    pub width: RangeWidth,
    /// Where the liquidity stands.
    pub place: Place,
    /// The class.
    pub class: LpClass,
    /// Whether it started in the old pool: these are the ones that can migrate.
    pub started_old: bool,
    /// Whether it started outside the market.
    pub started_outside: bool,
    /// Whether it started where rivals take from: in the old pool, or in the new one where there is no old.
    pub(crate) started_home: bool,
    /// Whether it counts as migrated now.
    pub has_migrated: bool,
    /// Whether it has ever stood in a new pool or a rival, or left the market.
    pub(crate) has_moved: bool,
    /// Whether a request of it waits for a block.
    pub is_waiting: bool,
}

/// All providers and what is counted over them.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// The records.
    pub list: Vec<Provider>,
    /// What each carries while it is outside or on the way, whole tokens: one row a provider, one column a coin.
    carried: Vec<f64>,
    coins: usize,
    /// Opening value of those that started in the old pool, USD.
    pub origin_usd: f64,
    /// Number of those.
    pub origin_count: usize,
    /// Opening value of those of them that stand in a new pool now, USD.
    pub migrated_usd: f64,
    /// Number of those.
    pub(crate) migrated_count: usize,
    /// Opening value of those of them that left the market, USD.
    pub left_usd: f64,
    /// Opening value of those that rivals take from, USD.
    pub(crate) home_usd: f64,
    /// Opening value of those of them that stand in a rival now, USD.
    pub rival_usd: f64,
    /// Number of those.
    rival_count: usize,
    /// Opening value of everything withdrawn by hand and not yet deposited, USD.
    pub in_flight_usd: f64,
    /// Providers in each pool.
    pub heads: [u32; VENUES_MAX],
    /// Opening value of everybody in each pool, USD.
    pub standing_usd: [f64; VENUES_MAX],
    /// Moves that were carried out.
    pub moves: u64,
    /// Opening value of those that started in the old pool and have ever stood in a new one or a rival, or left, USD.
    pub moved_once_usd: f64,
}

impl Providers {
    /// Nobody yet; pools have `coins` coins.
    #[must_use]
    pub fn new(coins: usize) -> Self {
        Self { coins, ..Self::default() }
    }

    /// What a provider carries, whole tokens by coin.
    #[must_use]
    pub fn carried(&self, id: u32) -> Amounts {
        let mut amounts = [0.0; COINS_MAX];
        let row = id as usize * self.coins;
        amounts[..self.coins].copy_from_slice(&self.carried[row..row + self.coins]);
        amounts
    }

    /// Sets what a provider carries.
    pub fn carry(&mut self, id: u32, amounts: &Amounts) {
        let row = id as usize * self.coins;
        self.carried[row..row + self.coins].copy_from_slice(&amounts[..self.coins]);
    }

    /// Takes a provider up into the population at the opening.
    pub(crate) fn admit(&mut self, provider: Provider) {
        if provider.started_old {
            self.origin_usd += provider.opening_usd;
            self.origin_count += 1;
        }
        if provider.started_home {
            self.home_usd += provider.opening_usd;
        }
        if let Some(venue) = provider.place.pool() {
            self.heads[venue] += 1;
            self.standing_usd[venue] += provider.opening_usd;
        }
        self.list.push(provider);
        self.carried.resize(self.list.len() * self.coins, 0.0);
    }

    /// Changes the place of a provider and everything that is counted over places.
    pub(crate) fn relocate(&mut self, id: u32, to: Place, role_of: impl Fn(usize) -> Role) {
        let stands_in =
            |place: Place, role: Role| matches!(place, Place::Pool(venue) if role_of(usize::from(venue)) == role);
        let provider = &mut self.list[id as usize];
        let from = std::mem::replace(&mut provider.place, to);
        if let Some(venue) = from.pool() {
            self.heads[venue] -= 1;
            let left = self.standing_usd[venue] - provider.opening_usd;
            // No rounding is left over when nobody is.
            self.standing_usd[venue] = if self.heads[venue] == 0 { 0.0 } else { left.max(0.0) };
        }
        if let Some(venue) = to.pool() {
            self.heads[venue] += 1;
            self.standing_usd[venue] += provider.opening_usd;
        }
        let in_flight = |place: Place| f64::from(u8::from(matches!(place, Place::InFlight(_))));
        self.in_flight_usd = (self.in_flight_usd + provider.opening_usd * (in_flight(to) - in_flight(from))).max(0.0);
        if provider.started_home {
            let (was, is) = (stands_in(from, Role::Rival), stands_in(to, Role::Rival));
            self.rival_count = self.rival_count + usize::from(is) - usize::from(was);
            let rival_usd =
                self.rival_usd + provider.opening_usd * (f64::from(u8::from(is)) - f64::from(u8::from(was)));
            self.rival_usd = if self.rival_count == 0 { 0.0 } else { rival_usd.max(0.0) };
        }
        if provider.started_old {
            let outside = |place: Place| f64::from(u8::from(place == Place::Outside));
            self.left_usd = (self.left_usd + provider.opening_usd * (outside(to) - outside(from))).max(0.0);
            let is_external = to == Place::Outside || stands_in(to, Role::New) || stands_in(to, Role::Rival);
            if is_external && !provider.has_moved {
                provider.has_moved = true;
                self.moved_once_usd += provider.opening_usd;
            }
            let arrives = stands_in(to, Role::New);
            if arrives != provider.has_migrated {
                let sign = if arrives { 1.0 } else { -1.0 };
                self.migrated_usd += sign * provider.opening_usd;
                self.migrated_count = if arrives { self.migrated_count + 1 } else { self.migrated_count - 1 };
                provider.has_migrated = arrives;
                // No rounding is left over when nobody is.
                self.migrated_usd = if self.migrated_count == 0 { 0.0 } else { self.migrated_usd };
            }
        }
    }

    /// Share of the opening value of the old pool's providers that stands in a new pool now; NaN where nobody started there.
    #[must_use]
    pub fn migrated_value_share(&self) -> f64 {
        if self.origin_usd > 0.0 { (self.migrated_usd / self.origin_usd).clamp(0.0, 1.0) } else { f64::NAN }
    }

    /// Share of the opening value of the old pool's providers, or of the new one's where there is no old, that stands in a rival
    /// now; NaN where nobody started there.
    #[must_use]
    pub fn rival_value_share(&self) -> f64 {
        if self.home_usd > 0.0 { (self.rival_usd / self.home_usd).clamp(0.0, 1.0) } else { f64::NAN }
    }

    /// Share of the old pool's providers, by head, that stand in a new pool now; NaN where nobody started there.
    #[must_use]
    pub fn migrated_address_share(&self) -> f64 {
        if self.origin_count > 0 { self.migrated_count as f64 / self.origin_count as f64 } else { f64::NAN }
    }
}

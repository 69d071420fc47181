//! Manipulators: those who push the price of a pool because somebody elsewhere lends by it.

mod economics;
mod spec;
#[cfg(test)]
mod tests;

pub use economics::{PUSH_MAX, TOLD_FACTOR};
pub use spec::{
    AttackerPresence, AttackersSpec, AverageSpec, Looking, ORACLES_MAX, OracleSpec, OracleSwitch, RelianceSpec,
    TwapSpec, Watching,
};

use crate::pools::Side;
use crate::random::Stream;
use crate::units::SECONDS_PER_DAY;
use crate::world::World;
use economics::{Assessment, Ground, Plan, Reserve};
use rand_distr::{Distribution, Exp1};

/// An oracle with its pools resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct OracleTerms {
    /// Its name in the scenario.
    pub name: String,
    /// The pool that it reads at the opening.
    pub venue: usize,
    /// The block from which on it reads another pool, and that pool.
    pub switch: Option<(u64, usize)>,
    /// What it makes of the pool's prices.
    pub average: AverageSpec,
    /// What relies on it.
    pub relies: RelianceSpec,
    /// Who would attack it.
    pub attackers: Option<AttackersSpec>,
}

/// The oracles of one run, with those who look at them.
///
/// The honest reading of an oracle is the true price: that a mean over blocks lags behind it is not modelled. What pays is worked out at
/// every observation, and as soon as a pool's liquidity has crossed the level at which it begins or ceases to pay.
#[derive(Debug)]
pub struct Manipulators {
    oracles: Vec<Oracle>,
    block_seconds: f64,
}

/// One oracle.
#[derive(Debug)]
struct Oracle {
    venue: usize,
    switch_block: u64,
    switch_to: usize,
    average: AverageSpec,
    attack_gas: u64,
    reserve: Reserve,
    capital_usd: f64,
    is_watched: bool,
    looks: Option<Looks>,
    next_look: u64,
    net_gain_usd: f64,
    cost_usd: f64,
    /// The pool's balance of quote below which an attack pays, USD.
    pays_below_usd: f64,
    siege: Option<Siege>,
    /// Whether the pool stands where an attack has just pushed it, which is no measure of what an attack costs.
    is_pushed: bool,
}

/// Poisson looks at an oracle.
#[derive(Debug)]
struct Looks {
    stream: Stream,
    mean_seconds: f64,
    seconds: f64,
}

/// An attack on a mean over blocks that is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Siege {
    push: f64,
    pushes_left: u32,
    /// How far the pool's price at the ends of blocks stood above the true one, added up over blocks.
    excess: f64,
}

impl Looks {
    /// The block of the next look.
    fn next(&mut self, block_seconds: f64) -> u64 {
        let gap: f64 = Exp1.sample(&mut self.stream);
        self.seconds += gap * self.mean_seconds;
        libm::ceil(self.seconds / block_seconds) as u64
    }
}

impl Oracle {
    fn open(terms: &OracleTerms, seed: u64, run: u64, block_seconds: f64) -> Self {
        let mut stream = Stream::open(seed, run, &format!("oracles/{}/attackers", terms.name));
        let presence = terms.attackers.map(|attackers| attackers.presence);
        let is_watched = match presence {
            Some(AttackerPresence::Watching(watching)) => stream.uniform() < watching.probability,
            Some(AttackerPresence::Looking(_)) | None => false,
        };
        let mut looks = match presence {
            Some(AttackerPresence::Looking(looking)) => {
                Some(Looks { stream, mean_seconds: SECONDS_PER_DAY / looking.per_day, seconds: 0.0 })
            }
            Some(AttackerPresence::Watching(_)) | None => None,
        };
        let (switch_block, switch_to) = terms.switch.unwrap_or((u64::MAX, terms.venue));
        Self {
            venue: terms.venue,
            switch_block,
            switch_to,
            average: terms.average,
            attack_gas: terms.relies.attack_gas,
            reserve: Reserve {
                borrowable_usd: terms.relies.borrowable_usd,
                loan_to_value: terms.relies.loan_to_value,
                collateral_usd: terms.relies.collateral_usd_max.unwrap_or(f64::INFINITY),
            },
            capital_usd: terms.attackers.map_or(f64::INFINITY, |attackers| attackers.capital_usd),
            is_watched,
            next_look: looks.as_mut().map_or(u64::MAX, |looks| looks.next(block_seconds)),
            looks,
            net_gain_usd: 0.0,
            cost_usd: f64::NAN,
            pays_below_usd: 0.0,
            siege: None,
            is_pushed: false,
        }
    }

    /// The pool's balance of quote, USD: what its liquidity is measured by.
    fn liquidity_usd(&self, world: &World) -> f64 {
        let venue = &world.venues[self.venue];
        venue.pool.balances()[1] * world.pairs[venue.terms.pair].quote_usd
    }

    /// Whether what is known of it is out of date: an attack pays now and did not, or the other way round.
    fn has_turned(&self, world: &World) -> bool {
        (self.liquidity_usd(world) < self.pays_below_usd) != (self.net_gain_usd > 0.0)
    }

    /// Works out what an attack would cost and bring now.
    fn assess(&mut self, world: &World) -> Option<Plan> {
        let venue = &world.venues[self.venue];
        if venue.is_halted() {
            (self.net_gain_usd, self.cost_usd, self.pays_below_usd) = (0.0, f64::NAN, 0.0);
            return None;
        }
        let ground = Ground {
            pool: venue.is_funded().then_some(&venue.pool),
            apart: venue.share_apart(),
            pair: world.pairs[venue.terms.pair],
            average: self.average,
            reserve: self.reserve,
            capital_usd: self.capital_usd,
            swap_gas_usd: world.gas_cost_on(venue.terms.chain, venue.terms.swap_gas),
            attack_gas_usd: world.gas_cost_on(venue.terms.chain, self.attack_gas),
        };
        let Assessment { best, pays_below, told_cost_usd } = ground.assess();
        self.net_gain_usd = best.map_or(0.0, |plan| plan.net_usd()).max(0.0);
        self.cost_usd = told_cost_usd;
        let liquidity_usd = self.liquidity_usd(world);
        self.pays_below_usd = if pays_below.is_finite() { pays_below * liquidity_usd } else { pays_below };
        best.filter(|plan| plan.net_usd() > 0.0)
    }

    /// Begins an attack: within one transaction it is over at once, on a mean it goes on until its pushes are made.
    fn begin(&mut self, plan: &Plan, world: &mut World) {
        if let Some(book) = &mut world.oracles {
            book.attacks += 1;
        }
        let siege = Siege { push: plan.push, pushes_left: plan.pushes, excess: 0.0 };
        match self.average {
            AverageSpec::Spot => self.strike(siege, world),
            AverageSpec::Twap(_) => {
                self.siege = Some(siege);
                self.press(world);
            }
        }
    }

    /// Pushes the pool, borrows, and brings the pool back.
    fn strike(&mut self, mut siege: Siege, world: &mut World) {
        self.push(&mut siege, world);
        let swap_gas = world.venues[self.venue].terms.swap_gas;
        world.pay_manipulators_gas(self.venue, swap_gas);
        self.borrow(1.0 + siege.excess, world);
    }

    /// The next push of a siege; after the last one the loan is taken.
    fn press(&mut self, world: &mut World) {
        let Some(mut siege) = self.siege.take() else { return };
        self.push(&mut siege, world);
        siege.pushes_left -= 1;
        if siege.pushes_left > 0 {
            self.siege = Some(siege);
            return;
        }
        let blocks = match self.average {
            AverageSpec::Spot => 1.0,
            AverageSpec::Twap(twap) => f64::from(twap.blocks),
        };
        self.borrow(1.0 + siege.excess / blocks, world);
    }

    /// Pushes the pool to where the siege wants it, if it takes the trade, and notes where it stands then. A push within one
    /// transaction is undone in it.
    fn push(&mut self, siege: &mut Siege, world: &mut World) {
        let venue = &world.venues[self.venue];
        if venue.is_halted() {
            return;
        }
        let (price, swap_gas) = (world.pairs[venue.terms.pair].price, venue.terms.swap_gas);
        if !venue.is_funded() {
            siege.excess += siege.push - 1.0;
            world.pay_manipulators_gas(self.venue, swap_gas);
            return;
        }
        let Some(pushed) = venue.pool.push(siege.push * price, venue.share_apart()) else {
            siege.excess += venue.pool.spot(Side::SellBase.way()) / price - 1.0;
            return;
        };
        siege.excess += pushed.price / price - 1.0;
        world.pay_manipulators_gas(self.venue, swap_gas);
        if pushed.there.amount_in > 0.0 {
            world.manipulate(self.venue, Side::BuyBase.way(), pushed.there);
            match self.average {
                AverageSpec::Spot => world.manipulate(self.venue, Side::SellBase.way(), pushed.back),
                AverageSpec::Twap(_) => self.is_pushed = true,
            }
        }
    }

    /// Borrows by what the oracle reads now.
    fn borrow(&mut self, factor: f64, world: &mut World) {
        let loan = self.reserve.loan(factor);
        if loan.gain_usd() <= 0.0 {
            if let Some(book) = &mut world.oracles {
                book.failed_attacks += 1;
            }
            return;
        }
        world.pay_manipulators_gas(self.venue, self.attack_gas);
        world.lend_for_good(self.venue, loan.borrowed_usd, loan.collateral_usd);
        self.reserve.borrowable_usd -= loan.borrowed_usd;
        self.reserve.collateral_usd -= loan.collateral_usd;
        // All that there was, or all that the collateral allows.
        (self.net_gain_usd, self.pays_below_usd) = (0.0, 0.0);
    }

    /// One block: a switch of pools, the next push of a siege, or a look by somebody who would attack. Returns whether what an attack
    /// would bring was worked out.
    fn step(&mut self, block: u64, world: &mut World, block_seconds: f64) -> bool {
        let mut is_stale = false;
        self.is_pushed = false;
        if block >= self.switch_block {
            (self.venue, self.switch_block, is_stale) = (self.switch_to, u64::MAX, true);
            if let (Some(_), Some(book)) = (self.siege.take(), &mut world.oracles) {
                book.failed_attacks += 1;
            }
        }
        let looks = self.next_look <= block;
        if looks && let Some(next) = &mut self.looks {
            self.next_look = next.next(block_seconds).max(block + 1);
        }
        if self.siege.is_some() {
            self.press(world);
            return true;
        }
        let would_attack = looks || self.is_watched && self.net_gain_usd > 0.0;
        if !is_stale && !would_attack && !self.has_turned(world) {
            return false;
        }
        if let Some(plan) = self.assess(world).filter(|_| looks || self.is_watched) {
            self.begin(&plan, world);
        }
        true
    }
}

impl Manipulators {
    /// Opens the oracles of a run.
    #[must_use]
    pub fn open(list: &[OracleTerms], seed: u64, run: u64, block_seconds: f64) -> Self {
        let oracles = list.iter().map(|terms| Oracle::open(terms, seed, run, block_seconds)).collect();
        Self { oracles, block_seconds }
    }

    /// Attacks of one block, once its orders are in.
    pub fn attack(&mut self, block: u64, world: &mut World) {
        let mut has_changed = false;
        for oracle in &mut self.oracles {
            has_changed |= oracle.step(block, world, self.block_seconds);
        }
        if has_changed {
            self.tell(self.block_seconds * (block + 1) as f64, world);
        }
    }

    /// Works out what attacks would cost and bring at an observation, `seconds` from the start.
    pub fn observe(&mut self, seconds: f64, world: &mut World) {
        for oracle in &mut self.oracles {
            if oracle.siege.is_none() && !oracle.is_pushed {
                oracle.assess(world);
            }
        }
        self.tell(seconds, world);
    }

    fn tell(&self, seconds: f64, world: &mut World) {
        let net_gain_usd = self.oracles.iter().map(|oracle| oracle.net_gain_usd).sum();
        let cost_usd = self.oracles.iter().map(|oracle| oracle.cost_usd).fold(f64::NAN, f64::min);
        if let Some(book) = &mut world.oracles {
            book.advance(seconds, net_gain_usd, cost_usd);
        }
    }
}

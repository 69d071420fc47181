//! Manipulators: those who take loans by a price that is wrong, or that they make so.

mod attack_strategies;
mod economics;
mod sources;
mod spec;
#[cfg(test)]
mod tests;

pub use economics::{PUSH_MAX, REPORTED_FACTOR};
pub use sources::{FeedSpec, OutageSpec, PeggedSpec};
pub use spec::{
    AttackerPresence, AttackersSpec, AverageSpec, Looking, ORACLES_MAX, OracleSpec, OracleSwitch, RelianceSpec,
    TwapSpec, Watching,
};

use crate::world::{ExploitableLiquidity, MeanTerms, PairPrice, SourceTerms, World};
use attack_strategies::AttackStrategies;
use economics::{Assessment, AttackPlan, Loan, ManipulationInputs, Reach};
use portage_base::ledger::Token;
use portage_base::random::Stream;
use portage_base::units::SECONDS_PER_DAY;
use portage_chain::Chain;
use portage_pools::Side;
use rand_distr::{Distribution, Exp1};

/// An oracle with its names resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct OracleTerms {
    /// Its name in the scenario.
    pub name: String,
    /// The token whose price it reads.
    pub asset: Token,
    /// From where it has its price at the opening.
    pub source: SourceTerms,
    /// The block from which on it has it from elsewhere, and from where.
    pub switch: Option<(u64, SourceTerms)>,
    /// What can be taken from a lender outside.
    pub exploitable: Option<ExploitableLiquidity>,
    /// That lender as the scenario names it.
    pub relies: Option<RelianceSpec>,
    /// Who would attack it.
    pub attackers: Option<AttackersSpec>,
}

/// Those who look at the oracles of one run.
///
/// What pays is worked out at every observation, as soon as a pool's liquidity has crossed the level at which it begins or ceases to pay,
/// and when the reading has moved against the true price. What a push will come to in a mean is weighed at the prices of now.
#[derive(Debug)]
pub struct Manipulators {
    oracles: Vec<Oracle>,
    block_seconds: f64,
}

/// Change of a reading against the true price after which attacks are weighed again, as a share of the true price.
pub const LAG_OBSERVED: f64 = 0.01;

/// One oracle.
#[derive(Debug)]
struct Oracle {
    /// Its place in the scenario's list.
    place: usize,
    /// The pool that it reads, and what it makes of its prices.
    pool: Option<(usize, MeanTerms)>,
    attack_gas: u64,
    capital_usd: f64,
    is_watched: bool,
    looks: Option<Looks>,
    next_look: u64,
    net_gain_usd: f64,
    cost_usd: f64,
    /// The pool's balance of quote below which an attack pays, USD.
    pays_below_usd: f64,
    /// What it read as a multiple of the true price, and whether that alone is too much, when attacks were weighed last.
    weighed: (f64, bool),
    multi_block: Option<MultiBlockManipulation>,
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
struct MultiBlockManipulation {
    push: f64,
    pushes_left: u32,
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
    fn open(place: usize, terms: &OracleTerms, (seed, run): (u64, u64), block_seconds: f64) -> Self {
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
        let pool = match terms.source {
            SourceTerms::Pool(venue, mean) => Some((venue, mean)),
            SourceTerms::Feed(_) | SourceTerms::Pegged(_) => None,
        };
        Self {
            place,
            pool,
            attack_gas: terms.relies.map_or(spec::ATTACK_GAS, |relies| relies.attack_gas),
            capital_usd: terms.attackers.map_or(f64::INFINITY, |attackers| attackers.capital_usd),
            is_watched,
            next_look: looks.as_mut().map_or(u64::MAX, |looks| looks.next(block_seconds)),
            looks,
            net_gain_usd: 0.0,
            cost_usd: f64::NAN,
            pays_below_usd: 0.0,
            weighed: (1.0, false),
            multi_block: None,
            is_pushed: false,
        }
    }

    /// A pool's balance of quote, USD: what its liquidity is measured by.
    fn liquidity_usd(venue: usize, world: &World) -> f64 {
        let venue = &world.books.venues[venue];
        venue.pool.balances()[1] * world.books.pairs[venue.terms.pair].quote_usd
    }

    /// What it reads unless somebody moves it, as a multiple of the true price, and whether a lender lends more by that than it is worth.
    fn unmoved(&self, world: &World) -> (f64, bool) {
        let reads_usd = match self.pool {
            Some((_, MeanTerms::Spot)) => world.instruments.readings.usd_at_close(self.place, &world.books),
            _ => world.instruments.readings.usd(self.place),
        };
        let factor = reads_usd / world.instruments.readings.true_usd(self.place, &world.books);
        (factor, world.exploitable_of(self.place).is_some_and(|exploitable| exploitable.loan_to_value * factor > 1.0))
    }

    /// Whether what is known of it is out of date: an attack pays now and did not, or the other way round.
    fn has_turned(&self, world: &World) -> bool {
        let (factor, is_too_much) = self.unmoved(world);
        let has_moved = is_too_much != self.weighed.1 || (factor - self.weighed.0).abs() > LAG_OBSERVED;
        has_moved
            || self.pool.is_some_and(|(venue, _)| {
                (Self::liquidity_usd(venue, world) < self.pays_below_usd) != (self.net_gain_usd > 0.0)
            })
    }

    /// Works out what an attack would cost and bring now.
    fn assess(&mut self, world: &World) -> Option<AttackPlan> {
        self.weighed = self.unmoved(world);
        let (exploitable, unmoved) = (world.exploitable_of(self.place), self.weighed.0);
        let ground = match self.pool.map(|(venue, mean)| (&world.books.venues[venue], mean)) {
            Some((venue, mean)) => {
                let pair = world.books.pairs[venue.terms.pair];
                let reach = match (venue.is_halted(), venue.is_funded()) {
                    (true, _) => Reach::Nothing,
                    (false, true) => Reach::Pool(&venue.pool),
                    (false, false) => Reach::Empty,
                };
                ManipulationInputs {
                    reach,
                    apart: venue.share_apart(),
                    pair,
                    unmoved,
                    attack_strategies: AttackStrategies::of(mean, pair.price, |pushes| {
                        world.instruments.readings.remainder(self.place, pushes)
                    }),
                    exploitable,
                    capital_usd: self.capital_usd,
                    swap_gas_usd: world.books.gas_cost_usd(venue.terms.chain, venue.terms.swap_gas),
                    attack_gas_usd: world.books.gas_cost_usd(venue.terms.chain, self.attack_gas),
                }
            }
            None => ManipulationInputs {
                reach: Reach::Nothing,
                apart: 0.0,
                pair: PairPrice::PAR,
                unmoved,
                attack_strategies: AttackStrategies::none(),
                exploitable,
                capital_usd: self.capital_usd,
                swap_gas_usd: 0.0,
                attack_gas_usd: world.books.gas_cost_usd(Chain::Home, self.attack_gas),
            },
        };
        let Assessment { best, pays_below, told_cost_usd } = ground.assess();
        self.net_gain_usd = best.map_or(0.0, |plan| plan.net_usd()).max(0.0);
        self.cost_usd = told_cost_usd;
        let liquidity_usd = self.pool.map_or(0.0, |(venue, _)| Self::liquidity_usd(venue, world));
        self.pays_below_usd = if pays_below.is_finite() { pays_below * liquidity_usd } else { pays_below };
        best.filter(|plan| plan.net_usd() > 0.0)
    }

    /// Begins an attack: within one transaction it is over at once, on a mean it goes on until its pushes are made.
    fn begin(&mut self, plan: &AttackPlan, world: &mut World) {
        if let Some(book) = &mut world.instruments.oracles {
            book.attacks += 1;
        }
        let multi_block = MultiBlockManipulation { push: plan.push, pushes_left: plan.pushes };
        match self.pool {
            Some((venue, MeanTerms::Spot)) if plan.pushes > 0 => self.strike(multi_block, venue, world),
            Some((venue, _)) if plan.pushes > 0 => {
                self.multi_block = Some(multi_block);
                self.press(venue, world);
            }
            _ => self.borrow(self.weighed.0, world),
        }
    }

    /// Pushes the pool, borrows, and brings the pool back.
    fn strike(&mut self, multi_block: MultiBlockManipulation, venue: usize, world: &mut World) {
        let factor = self.push(multi_block, venue, world);
        let terms = world.books.venues[venue].terms;
        world.pay_manipulators_gas(terms.chain, terms.swap_gas);
        self.borrow(factor, world);
    }

    /// The next push of a siege; after the last one the loan is taken, by the mean as it is when the block closes.
    fn press(&mut self, venue: usize, world: &mut World) {
        let Some(multi_block) = self.multi_block else { return };
        self.push(multi_block, venue, world);
        let pushes_left = multi_block.pushes_left - 1;
        self.multi_block = (pushes_left > 0).then_some(MultiBlockManipulation { pushes_left, ..multi_block });
        if pushes_left > 0 {
            return;
        }
        self.borrow(
            world.instruments.readings.usd_at_close(self.place, &world.books)
                / world.instruments.readings.true_usd(self.place, &world.books),
            world,
        );
    }

    /// Pushes the pool to where the siege wants it, if it takes the trade, and returns where it stands then, as a multiple of the true
    /// price. A push within one transaction is undone in it.
    fn push(&mut self, multi_block: MultiBlockManipulation, venue: usize, world: &mut World) -> f64 {
        let pool = &world.books.venues[venue];
        let (price, terms) = (world.books.pairs[pool.terms.pair].price, pool.terms);
        if pool.is_halted() {
            return pool.pool.spot(Side::SellBase.direction()) / price;
        }
        if !pool.is_funded() {
            world.instruments.readings.say_price(self.place, multi_block.push * price);
            world.pay_manipulators_gas(terms.chain, terms.swap_gas);
            return multi_block.push;
        }
        let Some(pushed) = pool.pool.push(multi_block.push * price, pool.share_apart()) else {
            return pool.pool.spot(Side::SellBase.direction()) / price;
        };
        world.pay_manipulators_gas(terms.chain, terms.swap_gas);
        if pushed.there.amount_in > 0.0 {
            world.manipulate(venue, Side::BuyBase.direction(), pushed.there);
            if self.pool.is_some_and(|(_, mean)| mean == MeanTerms::Spot) {
                world.manipulate(venue, Side::SellBase.direction(), pushed.back);
            } else {
                self.is_pushed = true;
            }
        }
        pushed.price / price
    }

    /// Borrows by a reading of `factor` times the true price.
    fn borrow(&mut self, factor: f64, world: &mut World) {
        let loan =
            world.exploitable_of(self.place).map(|exploitable| Loan::on(&exploitable, factor)).unwrap_or_default();
        if loan.gain_usd() <= 0.0 {
            if let Some(book) = &mut world.instruments.oracles {
                book.failed_attacks += 1;
            }
            return;
        }
        let chain = self.pool.map_or(Chain::Home, |(venue, _)| world.books.venues[venue].terms.chain);
        world.pay_manipulators_gas(chain, self.attack_gas);
        world.lend_for_good(self.place, loan.borrowed_usd, loan.collateral_usd);
        // All that there was, or all that the collateral allows.
        (self.net_gain_usd, self.pays_below_usd) = (0.0, 0.0);
    }

    /// One block: a switch of sources, the next push of a siege, or a look by somebody who would attack. Returns whether what an attack
    /// would bring was worked out.
    fn step(&mut self, block: u64, world: &mut World, block_seconds: f64) -> bool {
        self.is_pushed = false;
        let pool = world.instruments.readings.pool(self.place);
        let is_stale = pool != self.pool;
        if is_stale {
            self.pool = pool;
            if let (Some(_), Some(book)) = (self.multi_block.take(), &mut world.instruments.oracles) {
                book.failed_attacks += 1;
            }
        }
        let looks = self.next_look <= block;
        if looks && let Some(next) = &mut self.looks {
            self.next_look = next.next(block_seconds).max(block + 1);
        }
        if let (Some(_), Some((venue, _))) = (self.multi_block, pool) {
            self.press(venue, world);
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
        let list = list.iter().enumerate();
        let oracles = list.map(|(place, terms)| Oracle::open(place, terms, (seed, run), block_seconds)).collect();
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
            if oracle.multi_block.is_none() && !oracle.is_pushed {
                oracle.assess(world);
            }
        }
        self.tell(seconds, world);
    }

    fn tell(&self, seconds: f64, world: &mut World) {
        let net_gain_usd = self.oracles.iter().map(|oracle| oracle.net_gain_usd).sum();
        let cost_usd = self.oracles.iter().map(|oracle| oracle.cost_usd).fold(f64::NAN, f64::min);
        if let Some(book) = &mut world.instruments.oracles {
            book.advance(seconds, net_gain_usd, cost_usd);
        }
    }
}

//! Who stands where the programmes want liquidity to be: when they end, 30 days later and 90 days later.
//!
//! Two runs with the same random numbers, one with the programmes and one without, give by comparison what they bought.

use super::recorder::RETENTION_DAYS;
use portage_base::actions::Place;
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::model::Model;
use portage_engine::run::{Observer, Scene};
use portage_engine::world::{Providers, World};
use portage_pools::{Role, VENUES_MAX};

/// Dates at which presence is noted: the end of the programmes, and 30 and 90 days after it.
pub const PRESENCE_DATES: usize = 1 + RETENTION_DAYS.len();

/// Notes, for every provider, whether it stood in the pools that the programmes pay at each date: one byte a provider.
#[derive(Debug, Clone, Default)]
pub struct Incrementality {
    dates: [f64; PRESENCE_DATES],
    noted: usize,
    is_wanted: [bool; VENUES_MAX],
    is_rival: [bool; VENUES_MAX],
    has_rivals: bool,
    marks: Vec<u8>,
    gone: [Gone; PRESENCE_DATES],
    /// When the first programme begins, seconds.
    begins: f64,
    seconds: f64,
    /// Opening value that stood in the paid version while programmes ran, USD x days.
    pub usd_days: f64,
    /// Time that programmes ran, days.
    pub days: f64,
}

/// Where own providers are that stand in no pool of the protocol, opening value in USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gone {
    /// With other protocols; NaN where the scenario has none.
    pub lost_usd: f64,
    /// Out of the market.
    pub left_usd: f64,
}

/// What programmes brought by one date, opening value in USD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Brought {
    /// Came from the outside, and would not have come without them.
    pub bought: f64,
    /// Of the scenario's own providers, stand there and would not have without them.
    pub moved: f64,
    /// Stand there and would have without them too.
    pub anyway: f64,
    /// Would have stood there without them, and do not.
    pub deterred: f64,
}

impl Incrementality {
    /// Incrementality in the pools of the new version, or of the old one where there is no new.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let role = model.paid_role();
        let plays = |wanted: Role| {
            std::array::from_fn(|venue| model.venues.get(venue).is_some_and(|venue| venue.terms.role == wanted))
        };
        let window_end = model.grid.blocks as f64 * model.block_seconds();
        let end = model.own_programmes().map(|programme| programme.emission.window().1).fold(f64::NAN, f64::max);
        let mut dates = [end.min(window_end); PRESENCE_DATES];
        for (date, days) in dates[1..].iter_mut().zip(RETENTION_DAYS) {
            *date = end + days * SECONDS_PER_DAY;
        }
        let begins = model.own_programmes().map(|programme| programme.emission.window().0).fold(f64::NAN, f64::min);
        Self {
            dates,
            is_wanted: plays(role),
            is_rival: plays(Role::Rival),
            has_rivals: model.has_rivals(),
            begins,
            ..Self::default()
        }
    }

    /// Whether the window reached date `date`.
    #[must_use]
    pub const fn is_noted(&self, date: usize) -> bool {
        date < self.noted
    }

    /// Where own providers were at date `date` that stood in no pool of the protocol; `None` where the window was too short.
    #[must_use]
    pub fn gone(&self, date: usize) -> Option<Gone> {
        self.is_noted(date).then(|| self.gone[date])
    }

    fn note(&mut self, world: &World) {
        let own = || world.books.providers.list.iter().filter(|provider| !provider.started_outside);
        let lost = own().filter(|provider| provider.place.pool().is_some_and(|venue| self.is_rival[venue]));
        let lost_usd = lost.map(|provider| provider.opening_usd).fold(0.0, std::ops::Add::add);
        let left = own().filter(|provider| provider.place == Place::Outside);
        self.gone[self.noted] = Gone {
            lost_usd: if self.has_rivals { lost_usd } else { f64::NAN },
            left_usd: left.map(|provider| provider.opening_usd).fold(0.0, std::ops::Add::add),
        };
        for (mark, provider) in self.marks.iter_mut().zip(&world.books.providers.list) {
            let is_there = provider.place.pool().is_some_and(|venue| self.is_wanted[venue]);
            *mark |= u8::from(is_there) << self.noted;
        }
        self.noted += 1;
    }

    /// What the programmes brought by `date`, against the same run without them; `None` where a window was too short.
    #[must_use]
    pub fn against(&self, without: &Self, date: usize, providers: &Providers) -> Option<Brought> {
        if !self.is_noted(date) || !without.is_noted(date) {
            return None;
        }
        let mut brought = Brought::default();
        for ((with, without), provider) in self.marks.iter().zip(&without.marks).zip(&providers.list) {
            let value = provider.opening_usd;
            match ((with >> date) & 1 == 1, (without >> date) & 1 == 1) {
                (true, true) => brought.anyway += value,
                (true, false) if provider.started_outside => brought.bought += value,
                (true, false) => brought.moved += value,
                (false, true) => brought.deterred += value,
                (false, false) => {}
            }
        }
        Some(brought)
    }
}

impl Observer for Incrementality {
    fn observe(&mut self, scene: &Scene<'_>) {
        if self.marks.is_empty() {
            self.marks = vec![0; scene.world.books.providers.list.len()];
        }
        let seconds = scene.seconds.min(self.dates[0]);
        let days = (seconds - self.seconds.max(self.begins)).max(0.0) / SECONDS_PER_DAY;
        if days > 0.0 {
            let standing = scene.world.books.providers.standing_usd.iter().zip(self.is_wanted);
            let wanted = standing.filter(|(_, is_wanted)| *is_wanted).map(|(usd, _)| usd);
            self.usd_days += wanted.sum::<f64>() * days;
            self.days += days;
        }
        self.seconds = seconds;
        while self.noted < PRESENCE_DATES && scene.seconds >= self.dates[self.noted] {
            self.note(scene.world);
        }
    }
}

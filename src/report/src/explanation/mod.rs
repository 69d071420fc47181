//! Where the outcome of one run came from, in words: dates, lumps, those who decided it, and those who stayed.

mod claims;
mod dates;
mod deciders;
mod lumps;
mod parts;
mod stayers;

use super::wording::{Measure, quantity};
use portage_base::actions::Place;
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::model::Model;
use portage_engine::world::World;
use portage_pools::Role;
use portage_results::metrics::{DecisionTrace, TracedMove, place_name};

/// A part of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paragraph {
    /// What the following is about.
    Heading(&'static str),
    /// Sentences.
    Text(String),
    /// A table.
    Table {
        /// Heads of the columns.
        heads: Vec<String>,
        /// Rows.
        rows: Vec<Vec<String>>,
        /// Columns at the left that name what the others are about.
        names: usize,
    },
}

/// A run as it was witnessed.
#[derive(Debug, Clone, Copy)]
pub struct Narrative<'a> {
    /// The model.
    pub model: &'a Model,
    /// The world with its books closed.
    pub world: &'a World,
    /// Who saw it.
    pub decision_trace: &'a DecisionTrace,
}

/// Explains the outcome of one run.
#[must_use]
pub fn explain(account: &Narrative<'_>) -> Vec<Paragraph> {
    if account.world.books.providers.list.is_empty() {
        let text = match claims::unexplained(account) {
            Some(others) => format!("The scenario has no liquidity providers. {others}"),
            None => "The scenario has no liquidity providers: nobody could move, and there is nothing to explain."
                .to_owned(),
        };
        return std::iter::once(Paragraph::Text(text)).chain(claims::claims(account)).collect();
    }
    let mut passages = vec![Paragraph::Text(account.told())];
    passages.extend(claims::unexplained(account).map(Paragraph::Text));
    for part in [dates::dates, lumps::lumps, deciders::deciders, stayers::stayers, parts::parts, claims::claims] {
        passages.extend(part(account));
    }
    passages
}

/// On which side of the migration a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
    Rival,
    Outside,
    OnTheWay,
}

impl Narrative<'_> {
    /// What shares are of: the opening value of the old version's providers, or of everybody where there are none, USD.
    fn base_usd(&self) -> f64 {
        let providers = &self.world.books.providers;
        let all = || providers.list.iter().map(|provider| provider.opening_usd).sum();
        if providers.origin_usd > 0.0 { providers.origin_usd } else { all() }
    }

    fn share(&self, usd: f64) -> String {
        percent(usd / self.base_usd())
    }

    fn opening_usd(&self, provider: u32) -> f64 {
        self.world.books.providers.list[provider as usize].opening_usd
    }

    /// Class and number of a provider.
    fn who(&self, provider: u32) -> String {
        format!("{} {provider}", self.world.books.providers.list[provider as usize].class.name())
    }

    fn side(&self, place: Place) -> Side {
        match (place, place.pool()) {
            (Place::Outside, _) => Side::Outside,
            (_, Some(venue)) => match self.model.venues[venue].terms.role {
                Role::New => Side::New,
                Role::Rival => Side::Rival,
                Role::Old | Role::Route => Side::Old,
            },
            _ => Side::OnTheWay,
        }
    }

    fn has_rival(&self) -> bool {
        self.model.first_of(Role::Rival).is_some()
    }

    fn place(&self, place: Place) -> String {
        place_name(place, self.model)
    }

    /// Moves that brought value to another side, in order.
    fn crossings(&self) -> impl Iterator<Item = &TracedMove> {
        self.decision_trace.moves.iter().filter(|step| self.side(step.from) != self.side(step.to))
    }

    /// The date and time of a moment of the run.
    fn date(&self, seconds: f64) -> String {
        let instant = self.model.grid.start.plus_seconds(seconds);
        let date = chrono::DateTime::from_timestamp(instant.unix(), 0);
        date.map_or_else(String::new, |date| date.format("%Y-%m-%d %H:%M").to_string())
    }

    fn window_days(&self) -> f64 {
        self.model.grid.blocks as f64 * self.model.block_seconds() / SECONDS_PER_DAY
    }

    /// What came of the run, in one paragraph.
    fn told(&self) -> String {
        let providers = &self.world.books.providers;
        let days = super::wording::days(self.window_days());
        let base = quantity(Measure::Usd, self.base_usd());
        if providers.origin_count == 0 || !self.model.has_two_sides() {
            let left = self.share(providers.left_usd);
            let lost = if self.has_rival() {
                format!("{} stands with a rival, and ", self.share(providers.rival_usd))
            } else {
                String::new()
            };
            return format!(
                "No liquidity provider could move to a new version. After {days}, of the opening value of {base} {lost}{left} has left the market."
            );
        }
        let addresses = percent(providers.migrated_address_share());
        format!(
            "After {days}, {} of the opening value of {base} and {addresses} of the {} addresses of the old version stand in the \
             new one, and {} of the value has left the market. Shares below are of that opening value.",
            self.share(providers.migrated_usd),
            super::wording::whole(providers.origin_count as u64),
            self.share(providers.left_usd),
        )
    }
}

/// A share in per cent with one decimal, so that columns of them can be read.
fn percent(share: f64) -> String {
    Measure::Share.scale(1.0).with_step(0.001).quantity(share)
}

fn words(heads: &[&str]) -> Vec<String> {
    heads.iter().map(|head| (*head).to_owned()).collect()
}

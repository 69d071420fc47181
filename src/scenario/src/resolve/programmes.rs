//! Rules across the values of incentive programmes, and programmes as the runs need them.

use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_engine::model::VenueSetup;
use portage_engine::world::ProgrammeTerms;
use portage_incentives::{Emission, ProgrammeSpec};
use portage_pools::Role;

/// Programmes of one concentrated pool: its positions keep two reward growths.
const RANGED_PROGRAMMES_MAX: usize = 2;

impl Names<'_> {
    /// Every programme of the scenario: one entry for each pool that it pays.
    pub(super) fn programmes(&mut self, scenario: &Scenario, venues: &[VenueSetup]) -> Vec<ProgrammeTerms> {
        let mut setups = Vec::new();
        for (name, programme) in &scenario.programmes {
            let path = format!("programmes.{name}");
            let token = self.token(&format!("{path}.token"), &programme.token);
            self.programme_dates(&path, programme, scenario);
            self.programme_terms(&path, programme, scenario);
            for (place, pool, weight) in self.paid(&path, programme) {
                let venue = self.paid_venue(&place, &pool, programme, venues);
                let Some((token, venue)) = token.zip(venue) else { continue };
                self.terms_of_venue(&path, programme, &venues[venue], venues);
                let slot = self.slot(&path, venue, venues, &setups);
                setups.push(ProgrammeTerms {
                    slot,
                    name: name.clone(),
                    emission: Emission::new(programme, weight, scenario.start),
                    token,
                    venue,
                    spec: programme.clone(),
                });
            }
        }
        self.programme_count(&setups);
        setups
    }

    /// The pools that a programme pays: path of the value that names it, name, and share of the budget.
    fn paid(&mut self, path: &str, programme: &ProgrammeSpec) -> Vec<(String, String, f64)> {
        if let (Some(venue), true) = (&programme.venue, programme.venues.is_empty()) {
            return vec![(format!("{path}.venue"), venue.clone(), 1.0)];
        }
        if programme.venue.is_some() || programme.venues.is_empty() {
            rule!(self.rules => path, "a programme pays either one venue or several by weight",
                "one of `venue` and `venues`");
            return Vec::new();
        }
        let total: f64 = programme.venues.values().sum();
        let part = |(name, weight): (&String, &f64)| (format!("{path}.venues.{name}"), name.clone(), weight / total);
        programme.venues.iter().map(part).collect()
    }

    /// The pool that a programme names, if it can be paid.
    fn paid_venue(
        &mut self,
        place: &str,
        name: &str,
        programme: &ProgrammeSpec,
        venues: &[VenueSetup],
    ) -> Option<usize> {
        let Some(venue) = venues.iter().position(|venue| venue.name == name) else {
            let known = venues.iter().map(|venue| venue.name.as_str());
            self.rules.unknown(place, ("pool", name), known, "a table [pools.NAME]");
            return None;
        };
        rule!(self.rules, if venues[venue].terms.role == Role::Route => place,
            "\"{name}\" is a leg of a route: nobody who is simulated stands there",
            "a pool that is old, new or a rival");
        let why = match venues[venue].terms.role {
            Role::Old => Some("pledged positions stand in the old pool and would be paid twice"),
            Role::Rival => Some("positions are pledged to the new pool, and a rival pays its own"),
            Role::New | Role::Route => None,
        };
        rule!(self.rules, if let Some(why) = why.filter(|_| programme.pays_pledged) => place, why,
            "a programme of the new pool");
        Some(venue)
    }

    /// Where the pool has ranges: which of its two reward growths a programme feeds.
    fn slot(&mut self, path: &str, venue: usize, venues: &[VenueSetup], others: &[ProgrammeTerms]) -> Option<usize> {
        if !venues[venue].pool.is_range_based() {
            return None;
        }
        let taken = others.iter().filter(|other| other.venue == venue).count();
        rule!(self.rules, if taken >= RANGED_PROGRAMMES_MAX => "{path}.venue",
            ("a third programme pays \"{}\"", venues[venue].name),
            "at most {RANGED_PROGRAMMES_MAX} programmes on a concentrated pool");
        Some(taken.min(RANGED_PROGRAMMES_MAX - 1))
    }

    fn programme_dates(&mut self, path: &str, programme: &ProgrammeSpec, scenario: &Scenario) {
        let (from, until) = (programme.from, programme.until);
        let last = programme.stopped.map_or(until, |stopped| stopped.min(until));
        let (start, end) = (scenario.start, scenario.start.plus_seconds(scenario.horizon.seconds()));
        rule!(self.rules, if from >= end || last <= start => "{path}.from",
            "the programme of {from} to {last} lies outside the simulation", "dates that overlap {start} to {end}",
            "a programme that pays nothing is left out");
        rule!(self.rules, if until <= from => "{path}.until",
            "the programme ends on {until}, not after it begins on {from}", "a date after {from}");
    }
}

//! Rules across the terms of one programme: dates, shares, and what a venue can pay by.

use super::calendar::last_date;
use super::names::Names;
use super::rules::rule;
use crate::Scenario;
use portage_base::units::Instant;
use portage_engine::model::VenueSetup;
use portage_engine::world::ProgrammeTerms;
use portage_incentives::{PROGRAMMES_MAX, ProgrammeSpec, Schedule};
use portage_pools::Role;

/// How far shares may sum beyond one: what adding decimals leaves.
const SHARES_OVER_MAX: f64 = 1e-12;

impl Names<'_> {
    /// The terms of a programme that do not depend on the venue.
    pub(super) fn programme_terms(&mut self, path: &str, programme: &ProgrammeSpec, scenario: &Scenario) {
        self.schedule_dates(path, programme);
        if let Some(stopped) = programme.stopped {
            self.inside(&format!("{path}.stopped"), "the stop", stopped, programme);
        }
        self.retention_bonus(path, programme, scenario);
        let later = programme.sold_later.map_or(0.0, |later| later.share);
        let sold = programme.sold_share + later;
        rule!(self.rules, if sold > 1.0 + SHARES_OVER_MAX => "{path}.sold_later.share",
            ("receivers sell {sold} of what they receive: {} at once and {later} later", programme.sold_share),
            ("a share from 0 to {}, so that the two sum to at most 1", 1.0 - programme.sold_share),
            "`sold_share` has a default of its own: set it as well");
    }

    /// Dates on which the rate changes lie inside the programme, in order.
    fn schedule_dates(&mut self, path: &str, programme: &ProgrammeSpec) {
        match &programme.schedule {
            Schedule::Constant | Schedule::LinearDecay | Schedule::ExponentialDecay(_) => {}
            Schedule::Cliff(cliff) => {
                self.inside(&format!("{path}.schedule.cliff.at"), "the cliff", cliff.at, programme)
            }
            Schedule::FrontLoaded(front) => {
                let place = format!("{path}.schedule.front_loaded.bonus_until");
                self.inside(&place, "the end of the higher rate", front.bonus_until, programme);
            }
            Schedule::Steps(steps) => {
                let mut before: Option<Instant> = None;
                for (index, step) in steps.iter().enumerate() {
                    let place = format!("{path}.schedule.steps.{index}.at");
                    if let Some(before) = before.filter(|before| step.at <= *before) {
                        rule!(self.rules => place, ("the step on {} does not follow that on {before}", step.at),
                            "a date after {before}");
                    } else {
                        self.inside(&place, "the step", step.at, programme);
                    }
                    before = Some(step.at);
                }
            }
        }
    }

    fn inside(&mut self, place: &str, what: &str, date: Instant, programme: &ProgrammeSpec) {
        let (from, until) = (programme.from, programme.until);
        rule!(self.rules, if !(from < date && date < until) => place, "{what} on {date} lies outside the programme",
            "a date between {from} and {until}");
    }

    /// A bonus falls due inside the simulation, for a time that can have been held, and before the programme is stopped.
    fn retention_bonus(&mut self, path: &str, programme: &ProgrammeSpec, scenario: &Scenario) {
        let Some(bonus) = programme.retention_bonus else { return };
        let (at, from, start, end) = (bonus.at, programme.from, scenario.start, last_date(scenario));
        if at <= from || at < start || at > end {
            let earliest = if from < start { format!("from {start}") } else { format!("after {from}") };
            rule!(self.rules => "{path}.retention_bonus.at",
                "the bonus on {at} is due before the programme pays, or outside the simulation",
                "a date {earliest} up to {end}");
        } else if bonus.held_for.seconds() >= at.seconds_since(from) {
            rule!(self.rules => "{path}.retention_bonus.held_for",
                ("nobody who came with the programme on {from} can have stayed {} by {at}", bonus.held_for),
                ("less than {} s", at.seconds_since(from)));
        }
        rule!(self.rules, if let Some(stopped) = programme.stopped.filter(|stopped| *stopped <= at) =>
            "{path}.retention_bonus.at", "the programme is stopped on {stopped}, before its bonus of {at} is due",
            "a date before {stopped}", "a stopped programme pays nothing more: leave out one of the two");
    }

    /// What a programme asks of a venue that it pays.
    pub(super) fn terms_of_venue(
        &mut self,
        path: &str,
        programme: &ProgrammeSpec,
        venue: &VenueSetup,
        venues: &[VenueSetup],
    ) {
        if programme.only_migrated {
            let place = format!("{path}.only_migrated");
            if venue.terms.role == Role::Old {
                let message = format!("\"{}\" is the old version: nobody migrates into it", venue.name);
                rule!(self.rules => place, message, "a programme of a pool that is not old");
            } else if venues.iter().all(|other| other.terms.role != Role::Old) {
                rule!(self.rules => place, "there is no old version that anybody could have come from",
                    "a pool with role = \"old\"");
            }
        }
        if !venue.pool.is_range_based() {
            return;
        }
        let by_address = [
            ("only_migrated", programme.only_migrated),
            ("cap_usd", programme.cap_usd.is_some()),
            ("boost", programme.boost.is_some()),
            ("matches_fees", programme.matches_fees.is_some()),
            ("lock", programme.lock.is_some()),
            ("retention_bonus", programme.retention_bonus.is_some()),
        ];
        for (term, _) in by_address.iter().filter(|(_, is_set)| *is_set) {
            rule!(self.rules => "{path}.{term}",
                ("`{term}` on \"{}\": a concentrated pool pays ranges, not addresses", venue.name),
                "a pool with shares, or a programme without this term",
                "in a concentrated pool whoever holds the price is paid, in proportion to liquidity there");
        }
    }

    /// There is room for so many programmes only.
    pub(super) fn programme_count(&mut self, setups: &[ProgrammeTerms]) {
        rule!(self.rules, if setups.len() > PROGRAMMES_MAX => "programmes",
            ("{} programmes, counted once for each venue they pay", setups.len()), "at most {PROGRAMMES_MAX}");
    }
}

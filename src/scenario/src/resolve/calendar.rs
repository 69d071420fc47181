//! The calendar of a scenario, read into blocks.

use super::observed::check_observed;
use super::pool_changes::pool_changes;
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::units::Instant;
use portage_engine::model::{Calendar, Dated};
use portage_migration::LatePenaltySpec;

/// Reads the dates of a scenario; broken rules are noted in `rules`.
pub(super) fn read(scenario: &Scenario, block_seconds: f64, rules: &mut Rules) -> Calendar {
    check_observed(scenario, rules);
    let start = scenario.start;
    let end = last_date(scenario);
    let seconds = |date: Instant| date.seconds_since(start);
    let block = |date: Instant| libm::ceil(seconds(date).max(0.0) / block_seconds) as u64;
    let mut calendar = Calendar {
        has_plan: scenario.migration.is_some(),
        opens: 0.0,
        batch: None,
        deadline: None,
        events: Vec::new(),
    };
    let mut within = |path: &str, date: Instant| check_date(scenario, path, date, rules);
    if let Some(switch) = scenario.traders.as_ref().and_then(|traders| traders.front_end_switch) {
        within("traders.front_end_switch", switch);
        calendar.events.push((block(switch), Dated::FrontEndSwitch));
    }
    if let Some(plan) = &scenario.migration {
        let announced = plan.announced.unwrap_or(start);
        let opens = plan.opens.unwrap_or(start);
        within("migration.announced", announced);
        within("migration.opens", opens);
        calendar.events.push((block(announced), Dated::Announced));
        calendar.opens = seconds(opens);
        calendar.events.push((block(opens), Dated::Opens));
        if let Some(batch) = plan.batch {
            within("migration.batch", batch);
            calendar.batch = Some(seconds(batch));
            calendar.events.push((block(batch), Dated::Batch));
        }
        calendar.deadline = plan.deadline.map(seconds);
        for (index, campaign) in plan.campaigns.iter().enumerate() {
            within(&format!("migration.campaigns.{index}.at"), campaign.at);
            let review_factor = campaign.review_factor;
            calendar.events.push((block(campaign.at), Dated::Campaign { informs: campaign.informs, review_factor }));
            let ends = campaign.at.plus_seconds(campaign.lasting.seconds());
            calendar.events.push((block(ends), Dated::CampaignEnds { review_factor }));
        }
        check_order(plan, start, rules);
    }
    let changes = pool_changes(scenario, end, rules);
    calendar.events.extend(changes.into_iter().map(|(at, event)| (block(at), event)));
    let delay = scenario.traders.as_ref().map_or(0.0, |traders| traders.aggregators_list_new_after.seconds());
    if delay > 0.0 {
        // Beyond the end of the window it never comes.
        calendar.events.push((block(start.plus_seconds(calendar.opens + delay)), Dated::AggregatorsList));
    }
    calendar.events.sort_by_key(|(block, _)| *block);
    calendar
}

/// The date of the last block: nothing that is dated later happens.
pub(super) fn last_date(scenario: &Scenario) -> Instant {
    let block_seconds = scenario.clock.block_time.seconds() * f64::from(scenario.clock.step);
    let last_block = libm::floor(scenario.horizon.seconds() / block_seconds) - 1.0;
    scenario.start.plus_seconds(libm::floor(last_block.max(0.0) * block_seconds))
}

/// A `date` at `path` lies within the simulation.
pub(super) fn check_date(scenario: &Scenario, path: &str, date: Instant, rules: &mut Rules) {
    let (start, end) = (scenario.start, last_date(scenario));
    rule!(rules, if date < start || date > end => path, "{date} lies outside the simulation",
        "a date from {start} to {end}", "move the date, or change `start` and `horizon`");
}

fn check_order(plan: &portage_migration::MigrationSpec, start: Instant, rules: &mut Rules) {
    let (announced, opens) = (plan.announced.unwrap_or(start), plan.opens.unwrap_or(start));
    rule!(rules, if opens < announced => "migration.opens",
        "the new version opens on {opens}, before the announcement on {announced}", "a date from {announced} on",
        "announce first; both dates default to `start`");
    rule!(rules, if let Some(batch) = plan.batch.filter(|batch| *batch < opens) => "migration.batch",
        "the batch on {batch} would move liquidity into a pool that opens on {opens}", "a date from {opens} on");
    rule!(rules, if let Some(deadline) = plan.deadline.filter(|deadline| *deadline <= opens) => "migration.deadline",
        "the deadline on {deadline} does not come after the new version opens on {opens}", "a date after {opens}");
    if let Some(penalty) = &plan.late_penalty {
        check_penalty(penalty, plan.deadline, opens, rules);
    }
}

/// A penalty on moving late begins when one can have moved, and does not begin above its most.
fn check_penalty(penalty: &LatePenaltySpec, deadline: Option<Instant>, opens: Instant, rules: &mut Rules) {
    match penalty.after.or(deadline) {
        None => rule!(rules => "migration.late_penalty.after", "nothing says from when on moving is late",
            "a date, or `migration.deadline`"),
        Some(after) => rule!(rules, if penalty.after.is_some() && after <= opens => "migration.late_penalty.after",
            "moving is late from {after} on, before the new version opens on {opens}", "a date after {opens}"),
    }
    rule!(rules, if penalty.most < penalty.first => "migration.late_penalty.most",
        ("the penalty begins at {}, above its most of {}", penalty.first, penalty.most),
        ("a share from {}", penalty.first));
}

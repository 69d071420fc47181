//! Dated events and programmes, beside what moved within the day after each.

use super::{Narrative, Paragraph, Side, words};
use crate::wording::{Measure, quantity};
use portage_base::units::SECONDS_PER_DAY;
use portage_engine::model::Dated;
use portage_results::metrics::TracedMove;

/// The dates of the scenario, and what followed.
pub(super) fn dates(account: &Narrative<'_>) -> Vec<Paragraph> {
    let mut events = events(account);
    let end = account.window_days() * SECONDS_PER_DAY;
    events.retain(|(seconds, _)| (0.0..end).contains(seconds));
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let flows = Flows::of(account);
    let is_shown = |at: &usize| match at {
        0 | 1 => account.model.has_two_sides(),
        2 => account.has_rival(),
        _ => true,
    };
    let columns: Vec<usize> = (0..COLUMNS.len()).filter(is_shown).collect();
    let share = |usd: f64| account.share(usd);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (seconds, what) in events {
        let date = account.date(seconds);
        // What followed several events of one moment is told once.
        let is_told = rows.iter().any(|row| row[0] == date);
        let followed = flows.between(seconds, seconds + SECONDS_PER_DAY);
        let mut row = vec![date, what];
        row.extend(columns.iter().map(|at| if is_told { String::new() } else { share(followed[*at]) }));
        rows.push(row);
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let whole = flows.between(0.0, f64::INFINITY);
    let mut average = vec![String::new(), "an average day of the window".to_owned()];
    average.extend(columns.iter().map(|at| share(whole[*at] / account.window_days())));
    rows.push(average);
    let mut heads = words(&["Date", "What"]);
    heads.extend(columns.iter().map(|at| COLUMNS[*at].to_owned()));
    vec![
        Paragraph::Heading("The dates, and what moved within the day after each"),
        Paragraph::Table { heads, rows, names: 2 },
        Paragraph::Text(
            "Whoever it was; left: withdrawn from the market, out of any pool. That a move follows a date does not say that the date \
             caused it."
                .to_owned(),
        ),
    ]
}

/// What is told of a day.
const COLUMNS: [&str; 4] = ["Into new", "Out of new", "To rivals", "Left"];

/// Opening value of every crossing by its time, by column.
struct Flows {
    list: Vec<(f64, [f64; COLUMNS.len()])>,
}

impl Flows {
    fn of(account: &Narrative<'_>) -> Self {
        let flow = |step: &TracedMove| {
            let (from, to) = (account.side(step.from), account.side(step.to));
            let usd = account.opening_usd(step.provider);
            let part = |holds: bool| if holds { usd } else { 0.0 };
            (
                step.seconds,
                [part(to == Side::New), part(from == Side::New), part(to == Side::Rival), part(to == Side::Outside)],
            )
        };
        Self { list: account.crossings().map(flow).collect() }
    }

    fn between(&self, from: f64, until: f64) -> [f64; COLUMNS.len()] {
        let inside = self.list.iter().filter(|(seconds, _)| (from..until).contains(seconds));
        inside.fold([0.0; COLUMNS.len()], |sum, (_, flow)| std::array::from_fn(|at| sum[at] + flow[at]))
    }
}

/// Dates to which the course of this run came: seconds, and what it is.
fn course(account: &Narrative<'_>) -> Vec<(f64, String)> {
    let passage = &account.world.books.plan_record;
    // Without stages nothing is capped from the moment of effect on.
    let released = if passage.released > passage.opened { passage.released } else { f64::NAN };
    let dates = [
        (passage.approved, "the plan is approved"),
        (passage.snapshot, "the state is read"),
        (passage.opened, "the new version takes effect"),
        (passage.failed, "a failure comes to light"),
        (released, "the stages are over: nothing is capped any more"),
    ];
    dates
        .into_iter()
        .filter(|(seconds, _)| seconds.is_finite())
        .map(|(seconds, what)| (seconds, what.to_owned()))
        .collect()
}

/// Every dated event: seconds, and what it is.
fn events(account: &Narrative<'_>) -> Vec<(f64, String)> {
    let model = account.model;
    let mut events = course(account);
    // The calendar has the date that was meant, the run the one to which it came.
    let has_opened = account.world.books.plan_record.opened.is_finite();
    let dated = model.calendar.events.iter().filter(|(_, event)| !(has_opened && matches!(event, Dated::Opens)));
    for (block, event) in dated {
        let what = match event {
            Dated::Announced => "the migration is announced".to_owned(),
            Dated::Campaign { informs, review_factor } => format!(
                "a campaign informs {} of the unaware; reviews come {} times as often",
                quantity(Measure::Share, *informs),
                Measure::Count.scale(*review_factor).number(*review_factor)
            ),
            Dated::CampaignEnds { .. } => "the campaign's effect ends".to_owned(),
            Dated::Opens => "the new version opens".to_owned(),
            Dated::Batch => "the operator moves what is pledged".to_owned(),
            Dated::FrontEndSwitch => "front ends switch to the new version".to_owned(),
            Dated::AggregatorsList => "aggregators list the new version".to_owned(),
            Dated::ProtocolShare { venue, value } => format!(
                "the protocol takes {} of the fees of {}",
                quantity(Measure::Share, *value),
                model.venues[*venue].name
            ),
            Dated::PerceivedHazard { venue, loss_per_year } => format!(
                "providers expect to lose {} a year to failures of {}",
                quantity(Measure::Share, *loss_per_year),
                model.venues[*venue].name
            ),
        };
        events.push((*block as f64 * model.block_seconds(), what));
    }
    events.extend(model.calendar.deadline.map(|deadline| (deadline, "the deadline".to_owned())));
    for programme in &model.programmes {
        let (from, until) = programme.emission.window();
        let tokens = programme.emission.paid_by(until);
        let budget = Measure::Tokens.scale(tokens).number(tokens).trim_end_matches(".0").to_owned();
        let unit = Measure::Tokens.scale(tokens).unit.replace("tokens", &model.tokens[programme.token.index()]);
        let pool = &model.venues[programme.venue].name;
        events.push((from, format!("programme {} begins: {budget} {unit} for {pool}", programme.name)));
        events.push((until, format!("programme {} ends", programme.name)));
    }
    events
}

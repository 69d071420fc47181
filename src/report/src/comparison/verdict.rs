//! The verdict on arms: which is cheapest, quickest, riskiest, and whether that is beyond noise.

use super::Compared;
use super::cells::{level_text, scale};
use super::rows::{Key, Row, Table};
use crate::findings::Finding;
use crate::wording::{counted, listed, whole};
use portage_base::stats::TAIL_RUNS_MIN;
use portage_results::metrics::id::{self, HolderLine};

/// A question that one row answers: topic, row, the words for the arm that has least or most of it.
struct Question {
    topic: &'static str,
    key: Key,
    is_least: bool,
    words: &'static str,
}

/// A saving in runs beyond which its size says nothing more.
pub(super) const TIMES_TOLD: f64 = 1_000.0;

const fn question(topic: &'static str, key: Key, is_least: bool, words: &'static str) -> Question {
    Question { topic, key, is_least, words }
}

/// The questions, in the order of the page.
const QUESTIONS: [Question; 13] = [
    question("Cost", Key::Metric(id::MIGRATION_COST_USD), true, "Cheapest to holders"),
    question("Cost", Key::Metric(id::MIGRATION_GAS_USD), true, "Least gas is spent by"),
    question("Time", Key::Metric(id::DAYS_TO_50_VALUE), true, "Quickest to move half of the value"),
    question("Time", Key::Metric(id::COMPLETION_DAYS), true, "Quickest to complete"),
    question("Fragmentation", Key::Metric(id::FRAGMENTED_DAYS), true, "Shortest divided between versions"),
    question(
        "Best against holding",
        Key::Metric(id::providers(HolderLine::AgainstHolding)),
        false,
        "Best result of providers against holding",
    ),
    question("Risk", Key::Metric(id::FAILED), false, "Most likely to fail"),
    question("Risk", Key::Metric(id::FAILURE_LOSS_USD), false, "Largest expected loss from failures"),
    question("Risk", Key::Tail("failure-loss", 95), false, "Largest loss from failures in the worst 5 % of runs"),
    question("Risk", Key::Tail("against-holding", 95), false, "Largest loss against holding in the worst 5 % of runs"),
    question("Exposure", Key::Metric(id::AT_RISK_USD_DAYS), false, "Most capital at risk over time"),
    question("Exposure", Key::Metric(id::IN_FLIGHT_USD_DAYS), false, "Most in flight"),
    question("Liveness", Key::Metric(id::DOWNTIME_HOURS), false, "Longest down"),
];

/// Further questions, that are answered where the arms differ: on loans, prices that are read, derivatives and contagion.
const QUESTIONS_IF_DIFFERENT: [Question; 8] = [
    question("Lending", Key::Metric(id::LENDING_BAD_DEBT_USD), false, "Most bad debt in lending markets"),
    question("Lending", Key::Metric(id::LENDING_UNPAID_LIQUIDATIONS), false, "Most liquidations that do not pay"),
    question("Oracles", Key::Metric(id::ORACLE_ATTACKS), false, "Most attacks on oracles begun"),
    question(
        "Perpetuals",
        Key::Metric(id::PERP_LIQUIDATIONS_CAUSED),
        false,
        "Most accounts liquidated because of freezing",
    ),
    question("Perpetuals", Key::Metric(id::PERP_BAD_DEBT_USD), false, "Most bad debt of perpetual accounts"),
    question("Vaults", Key::Metric(id::HEDGE_COST_BPS), false, "Dearest to hedge"),
    question("Vaults", Key::Metric(id::VAULT_HARM_USD), false, "Most that frictions cost vaults"),
    question(
        "Contagion",
        Key::Metric(id::NETWORK_TOTAL_LOSS_USD),
        false,
        "Largest loss of the network on the weakest day",
    ),
];

/// Every finding.
pub(super) fn findings(compared: &Compared<'_>, table: &Table) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let always = QUESTIONS.iter().filter_map(|question| Some((question, table.row(question.key)?)));
    let further = QUESTIONS_IF_DIFFERENT.iter().filter_map(|question| Some((question, table.row(question.key)?)));
    for (question, row) in always.chain(further.filter(|(_, row)| row.differs())) {
        let Some(sentence) = answer(compared, row, question) else { continue };
        match findings.last_mut().filter(|finding| finding.topic == question.topic) {
            Some(finding) => finding.sentences.push(sentence),
            None => findings.push(Finding { topic: question.topic, sentences: vec![sentence] }),
        }
    }
    if findings.is_empty() {
        let sentence = "No row of the table has a value in two arms: nothing can be set side by side.".to_owned();
        findings.push(Finding { topic: "Verdict", sentences: vec![sentence] });
    }
    findings.push(Finding { topic: "What pairing bought", sentences: pairing(compared, table) });
    findings.push(Finding { topic: "How sure this is", sentences: certainty(compared, table) });
    findings.retain(|finding| !finding.sentences.is_empty());
    findings
}

/// Which arm has least or most, who comes next, and whether the two can be told apart.
fn answer(compared: &Compared<'_>, row: &Row, question: &Question) -> Option<String> {
    let mut ranked: Vec<(usize, f64)> =
        row.levels.iter().enumerate().filter_map(|(arm, level)| Some((arm, (*level)?.value))).collect();
    ranked.sort_by(|a, b| if question.is_least { a.1.total_cmp(&b.1) } else { b.1.total_cmp(&a.1) });
    let (&(first, _), &(second, of_second)) = (ranked.first()?, ranked.get(1)?);
    let is_nothing = |arm: usize| row.between(first, arm).is_some_and(|difference| difference.is_nothing);
    if ranked.iter().all(|(arm, _)| is_nothing(*arm)) {
        let level = level_text(row, &row.levels[first]?);
        return Some(format!("{}: equal in every run of every arm, {level}.", row.title));
    }
    let tied: Vec<String> =
        ranked.iter().filter(|(arm, _)| is_nothing(*arm)).map(|(arm, _)| compared.label(*arm).to_owned()).collect();
    let level = level_text(row, &row.levels[first]?);
    let is_gain = row.tail_runs.is_some() && row.levels[first].is_some_and(|level| level.value < 0.0);
    let sign = if is_gain { " (negative: a gain)" } else { "" };
    let lead = format!("{}: {}, {level}{sign}", question.words, listed(&tied));
    let next = if tied.len() > 1 { ranked.iter().find(|(arm, _)| !is_nothing(*arm))? } else { &(second, of_second) };
    let difference = row.between(first, next.0)?;
    let scale = scale(row);
    let size = scale.estimate(difference.value.abs(), &turned(difference));
    let next = format!("{} with {}", compared.label(next.0), scale.quantity(next.1));
    Some(if difference.is_beyond_noise() {
        format!("{lead}. Next comes {next}; the difference of {size} is beyond noise.")
    } else {
        format!("{lead}. The runs do not tell it from {next}: difference {size}.")
    })
}

/// The interval of the difference's size.
fn turned(difference: &super::rows::Difference) -> portage_base::stats::Interval {
    let interval = difference.interval;
    if difference.value >= 0.0 {
        return interval;
    }
    portage_base::stats::Interval { low: interval.high.map(|end| -end), high: interval.low.map(|end| -end) }
}

/// How many unpaired runs the pairs are worth.
fn pairing(compared: &Compared<'_>, table: &Table) -> Vec<String> {
    let differences = table.rows.iter().flat_map(|row| {
        (1..compared.comparison.arms.len()).filter_map(|arm| row.against_baseline(arm)?.variance_reduction)
    });
    let mut gains: Vec<f64> = differences.collect();
    gains.sort_by(f64::total_cmp);
    let mut sentences = Vec::new();
    if let (Some(least), Some(most)) = (gains.first(), gains.last()) {
        let times = |factor: f64| match factor {
            ..10.0 => format!("{factor:.1}"),
            ..TIMES_TOLD => format!("{factor:.0}"),
            _ => format!("more than {}", whole(TIMES_TOLD as u64)),
        };
        sentences.push(format!(
            "Run k has the same market in every paired arm. Independent runs would have to be {} times as many for the same certainty (median of {} differences; {} to {}).",
            times(gains[gains.len() / 2]),
            gains.len(),
            times(*least),
            times(*most)
        ));
    }
    for arm in 1..compared.comparison.arms.len() {
        if !compared.comparison.ground(0, arm).is_paired() {
            sentences.push(format!("{} is {}.", compared.label(arm), compared.ground_text(arm)));
        }
    }
    sentences
}

/// Numbers of runs and of intervals.
fn certainty(compared: &Compared<'_>, table: &Table) -> Vec<String> {
    let comparison = compared.comparison;
    let runs = comparison.runs.len() as u64;
    let finished = counted(runs, "run has", "runs have");
    let mut sentences =
        vec![format!("{} {finished} finished in every arm and {} compared.", whole(runs), counted(runs, "is", "are"))];
    if !comparison.left_out.is_empty() {
        let count = comparison.left_out.len() as u64;
        sentences.push(format!(
            "{} {} not finished in some arm and {} left out of every number.",
            whole(count),
            counted(count, "run has", "runs have"),
            counted(count, "is", "are")
        ));
    }
    let intervals = table.intervals();
    if intervals > 0 {
        sentences.push(format!(
            "{intervals} intervals of differences stand in the table, each at 95 %: if no arm differed from the baseline, about {:.0} would exclude zero by chance. Two asterisks mark those that do so with all {intervals} held together.",
            (0.05 * intervals as f64).ceil()
        ));
    }
    let scarce = table.rows.iter().filter_map(|row| row.tail_runs).filter(|runs| *runs < TAIL_RUNS_MIN).min();
    sentences.extend(scarce.map(|runs| {
        let lie = counted(runs, "lies", "lie");
        format!("The runs do not suffice for the thinnest tail: {runs} {lie} in it, at least {TAIL_RUNS_MIN} should.")
    }));
    sentences
}

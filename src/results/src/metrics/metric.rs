//! A metric: one number a run, with everything that is known of it, stated once.

use super::Closing;
use super::part::Part;
use portage_engine::model::Model;

/// Which metric: its name in tables. Only this crate makes one, so that nobody asks for a metric that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    stem: &'static str,
    number: u8,
    line: &'static str,
}

impl Id {
    /// A single metric; its constant is named like its column, in capitals.
    pub(super) const fn one(name: &'static str) -> Self {
        Self { stem: name, number: 0, line: "" }
    }

    /// A figure (`line`) of a thing (`stem`), the `number`-th of its kind where it has no name of its own (0 where it has one).
    pub(super) const fn of(stem: &'static str, number: usize, line: &'static str) -> Self {
        Self { stem, number: number as u8, line }
    }

    /// The thing that it is a figure of.
    #[must_use]
    pub fn thing(self) -> String {
        if self.number > 0 { format!("{}{}", self.stem, self.number) } else { self.stem.to_owned() }
    }

    /// The figure; "value" where the thing has one only.
    #[must_use]
    pub const fn figure(self) -> &'static str {
        if self.line.is_empty() { "value" } else { self.line }
    }
}

/// Figures of several things of a kind: they stand in a table of their own beside that of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Pools.
    Pools,
    /// Owners of liquidity, one by one.
    Holders,
    /// Parties to lending markets and derivatives.
    Parties,
    /// Classes of traders.
    Traders,
    /// Oracles.
    Oracles,
    /// Values that were observed.
    Observed,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 6] =
        [Self::Pools, Self::Holders, Self::Parties, Self::Traders, Self::Oracles, Self::Observed];

    /// The name of its table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pools => "pools",
            Self::Holders => "holders",
            Self::Parties => "parties",
            Self::Traders => "traders",
            Self::Oracles => "oracles",
            Self::Observed => "observed",
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stem = self.stem.to_ascii_lowercase();
        match (self.number, self.line) {
            (0, "") => out.write_str(&stem),
            (0, line) => write!(out, "{stem}_{line}"),
            (number, "") => write!(out, "{stem}{number}"),
            (number, line) => write!(out, "{stem}{number}_{line}"),
        }
    }
}

/// What a number is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// US dollars.
    Usd,
    /// US dollars per day.
    UsdPerDay,
    /// US dollars times days.
    UsdDays,
    /// US dollars times hours.
    UsdHours,
    /// Tokens.
    Tokens,
    /// A share: 1 is the whole.
    Share,
    /// A share of something that is named.
    ShareOf(&'static str),
    /// Whether something happened, 1 or 0.
    Flag,
    /// Basis points.
    Bps,
    /// Basis points of something that is named.
    BpsOf(&'static str),
    /// A rate per year.
    PerYear,
    /// A rate per root of a year: volatility.
    PerRootYear,
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// Gas price, 1e-9 of the token in which gas is paid.
    Gwei,
    /// Things counted, by their name.
    Count(&'static str),
    /// A number without unit.
    Pure,
    /// Anything else, in words.
    Of(&'static str),
}

impl std::fmt::Display for Unit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Usd => "USD",
            Self::UsdPerDay => "USD per day",
            Self::UsdDays => "USD x days",
            Self::UsdHours => "USD x hours",
            Self::Tokens => "tokens",
            Self::Share => "share",
            Self::ShareOf(whole) => return write!(out, "share of {whole}"),
            Self::Flag => "1 or 0",
            Self::Bps => "bps",
            Self::BpsOf(whole) => return write!(out, "bps of {whole}"),
            Self::PerYear => "per year",
            Self::PerRootYear => "per sqrt(year)",
            Self::Days => "days",
            Self::Hours => "hours",
            Self::Gwei => "gwei",
            Self::Count(words) | Self::Of(words) => words,
            Self::Pure => "1",
        })
    }
}

/// Where a number can lie, whatever the runs so far gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Range {
    /// A part of a whole: 0 to 1.
    Part,
    /// Not below zero: amounts, counts, times.
    Amount,
    /// Everything: gains and losses.
    Signed,
}

impl Range {
    /// Least and largest number of the range.
    #[must_use]
    pub const fn ends(self) -> (f64, f64) {
        match self {
            Self::Part => (0.0, 1.0),
            Self::Amount => (0.0, f64::INFINITY),
            Self::Signed => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// Topics of the table that sets mechanisms side by side, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What the move costs.
    Cost,
    /// How long it takes.
    Time,
    /// How liquidity is divided meanwhile.
    Fragmentation,
    /// What the market does to providers.
    Market,
    /// What fails.
    Failure,
    /// What stands still.
    Liveness,
    /// What is at risk.
    Exposure,
    /// Margined positions.
    Positions,
    /// Lending markets.
    Lending,
    /// Perpetual exchanges.
    Perpetuals,
    /// Vaults of options.
    Vaults,
    /// The network.
    Network,
    /// Gas.
    Gas,
}

impl std::fmt::Display for Topic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, out)
    }
}

/// The row of a metric in the table that sets mechanisms side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its topic.
    pub topic: Topic,
    /// Its place among all rows.
    pub place: u8,
    /// Its title.
    pub title: &'static str,
}

type Read = Box<dyn Fn(&Closing<'_>) -> f64 + Send + Sync>;

/// A metric: one number a run.
pub struct Metric {
    /// Which one.
    pub id: Id,
    /// Its name in tables.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// Where it can lie.
    pub range: Range,
    /// Parts of the model that it speaks of: it exists where all of them do.
    pub parts: Vec<Part>,
    /// What it is where they do not: NaN, or nothing of it.
    pub absent: f64,
    /// The family that it belongs to; none where it stands alone.
    pub family: Option<Family>,
    /// Its row where mechanisms are compared; none where it is not.
    pub row: Option<Row>,
    /// Its meaning in one sentence.
    pub meaning: String,
    /// Where the definition comes from.
    pub source: &'static str,
    read: Read,
}

impl Metric {
    /// A metric of a part of the model, read by `read`.
    pub(super) fn new(
        (id, part): (Id, Part),
        (unit, range): (Unit, Range),
        meaning: impl Into<String>,
        source: &'static str,
        read: impl Fn(&Closing<'_>) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            name: id.to_string(),
            unit,
            range,
            parts: vec![part],
            absent: f64::NAN,
            family: None,
            row: None,
            meaning: meaning.into(),
            source,
            read: Box::new(read),
        }
    }

    /// The same metric as one of a family.
    pub(super) fn of(mut self, family: Family) -> Self {
        self.family = Some(family);
        self
    }

    /// The same metric, which also needs `part`.
    pub(super) fn also(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The same metric, which is `value` where its parts are absent.
    pub(super) fn or(mut self, value: f64) -> Self {
        self.absent = value;
        self
    }

    /// The same metric with a row in the table of mechanisms.
    pub(super) fn row(mut self, topic: Topic, place: u8, title: &'static str) -> Self {
        self.row = Some(Row { topic, place, title });
        self
    }

    /// The same metric with another source.
    pub(super) fn from(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Whether runs of `model` have it.
    #[must_use]
    pub fn exists(&self, model: &Model) -> bool {
        self.parts.iter().all(|part| part.exists(model))
    }

    /// The value of the metric in one run; NaN where it has none, and what it is without its parts where they are absent.
    #[must_use]
    pub fn read(&self, closing: &Closing<'_>) -> f64 {
        if self.exists(closing.model) { (self.read)(closing) } else { self.absent }
    }
}

impl std::fmt::Debug for Metric {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Metric").field("name", &self.name).field("unit", &self.unit).finish_non_exhaustive()
    }
}

pub(super) const DEFINITION: &str = "definition";

/// numerator / denominator; NaN without a positive denominator.
pub(super) fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { f64::NAN }
}

/// A table of metrics of one part of the model: for each entry the constant by which it is asked for, and the metric itself.
///
/// `NAME: unit, range, "meaning" [topic place "title of its row"] if ANOTHER_PART or VALUE_WITHOUT_ITS_PARTS from SOURCE => how it is read;`
macro_rules! metrics {
    ($table:ident: $part:ident, $source:expr, |$closing:ident, $read:ident: $reading:ty| $how:expr;
     $($id:ident: $unit:ident $(($of:literal))?, $range:ident, $meaning:literal $([$topic:ident $place:literal $title:literal])?
       $(if $also:ident)? $(or $absent:literal)? $(from $own:expr)? => $law:expr;)+) => {
        $(#[doc = $meaning] pub const $id: $crate::metrics::metric::Id = $crate::metrics::metric::Id::one(stringify!($id));)+

        pub(super) fn $table() -> Vec<$crate::metrics::metric::Metric> {
            use $crate::metrics::metric::{Metric, Range, Unit};
            use $crate::metrics::part::Part;
            vec![$({
                let $read: $reading = $law;
                let read = move |$closing: &$crate::metrics::Closing<'_>| $how;
                Metric::new(($id, Part::$part), (Unit::$unit $(($of))?, Range::$range), $meaning, $source, read)
                    $(.row($crate::metrics::metric::Topic::$topic, $place, $title))?
                    $(.also(Part::$also))?
                    $(.or($absent))?
                    $(.from($own))?
            }),+]
        }
    };
}
pub(super) use metrics;

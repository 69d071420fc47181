//! What is wrong with a scenario, where, what was expected, and how it reads in a terminal.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, MietteError, MietteSpanContents};
use miette::{SourceCode, SourceSpan, SpanContents, ThemeCharacters};
use std::fmt;
use std::sync::Arc;

/// Columns to which messages and hints are wrapped: what a terminal of two panes side by side still shows whole.
const WIDTH_COLUMNS: usize = 100;

/// A text in which faults can lie: the scenario file, or one `--set` argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
    /// 0 for the file, n for the n-th `--set`.
    pub(super) order: usize,
}

/// Where something stands: a range of bytes in the scenario file or in a `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Place {
    /// The bytes `start..end` of `source`, moved onto character borders and clipped to the text.
    pub(super) fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        let floor = |index: usize| {
            (0..=index.min(source.text.len())).rev().find(|index| source.text.is_char_boundary(*index)).unwrap_or(0)
        };
        let start = floor(start);
        Self { source: Arc::clone(source), start, end: floor(end).max(start) }
    }

    /// The name of the file, or `--set`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Whether this place is a `--set` argument.
    #[must_use]
    pub fn is_patch(&self) -> bool {
        self.source.order > 0
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.before().chars().rev().take_while(|c| *c != '\n').count() + 1
    }

    /// The text at this place.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        &self.source.text[self.start..self.end]
    }

    /// File order first, then the `--set` arguments in their order.
    pub(super) fn rank(&self) -> (usize, usize) {
        (self.source.order, self.start)
    }

    fn before(&self) -> &str {
        &self.source.text[..self.start]
    }

    /// The line in which this place starts, cut to the width around it, and the bytes of it before this place.
    fn window(&self) -> (String, usize) {
        let start = self.before().rfind('\n').map_or(0, |end| end + 1);
        let rest = &self.source.text[start..];
        let line = rest[..rest.find('\n').unwrap_or(rest.len())].trim_end();
        let before = (self.start - start).min(line.len());
        if line.chars().count() <= WIDTH_COLUMNS {
            return (line.to_string(), before);
        }
        let nth = |text: &str, count: usize| text.char_indices().nth(count).map_or(text.len(), |(index, _)| index);
        // A third of the width is kept before the place, where the key stands.
        let skipped = nth(line, line[..before].chars().count().saturating_sub(WIDTH_COLUMNS / 3));
        let shown = &line[skipped..][..nth(&line[skipped..], WIDTH_COLUMNS)];
        let head = if skipped > 0 { "…" } else { "" };
        let tail = if skipped + shown.len() < line.len() { "…" } else { "" };
        (format!("{head}{shown}{tail}"), head.len() + before - skipped)
    }
}

impl fmt::Display for Place {
    /// `file:line:column`, or the `--set` argument itself.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_patch() {
            write!(out, "{} {}", self.source.name, self.source.text)
        } else {
            write!(out, "{}:{}:{}", self.source.name, self.line(), self.column())
        }
    }
}

/// One broken rule of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.one_line())]
pub struct Fault {
    /// What is wrong, in one line.
    pub message: String,
    /// Where it is wrong.
    pub place: Place,
    /// What may stand there, with range and unit; reads after the word "expected".
    pub expected: Option<String>,
    /// How to put it right, or what the key means.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault at `place`.
    #[must_use]
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), place, expected: None, hint: None }
    }

    /// The same fault, saying what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same fault, with a way out; an empty hint is none.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into()).filter(|hint: &String| !hint.is_empty());
        self
    }

    /// The fault on one line, for plain logs: `file:line:column: message (expected ...) [hint]`.
    #[must_use]
    pub fn one_line(&self) -> String {
        let expected = self.expected.as_ref().map(|text| format!(" (expected {text})")).unwrap_or_default();
        let hint = self.hint.as_ref().map(|text| format!(" [{text}]")).unwrap_or_default();
        format!("{}: {}{expected}{hint}", self.place, self.message)
    }

    /// The fault with its excerpt, underlined and labelled; ends with a line break.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let place = &self.place;
        let (line, before) = place.window();
        // A span over several lines would be drawn as a box around all of them; its first line says enough.
        let length = place.excerpt().lines().next().unwrap_or("").trim_end().len().min(line.len() - before);
        let label = self.expected.as_ref().map(|text| format!("expected {text}"));
        let mut report = MietteDiagnostic::new(&self.message).with_label(LabeledSpan::new(label, before, length));
        report.help.clone_from(&self.hint);
        let name = if place.is_patch() { place.name().to_string() } else { place.to_string() };
        // The line break gives a fault at the very end of the line something to point at.
        let excerpt = Excerpt { name, line: line + "\n", index: place.line() - 1 };
        let report = miette::Report::new(report).with_source_code(excerpt);
        let mut out = String::new();
        let drawn = GraphicalReportHandler::new_themed(look.theme())
            .with_width(WIDTH_COLUMNS)
            .without_primary_span_start()
            .render_report(&mut out, report.as_ref());
        match drawn {
            Ok(()) => out.trim_start().to_string(),
            Err(fmt::Error) => format!("error: {}\n", self.one_line()),
        }
    }
}

/// One line of a text, which is all that is drawn of it.
struct Excerpt {
    name: String,
    line: String,
    index: usize,
}

impl SourceCode for Excerpt {
    /// The whole line, whatever is asked for.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = (0, self.line.len()).into();
        let line = self.line.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), line, whole, self.index, 0, 1)))
    }
}

/// How faults are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether to write colours; the caller knows about `NO_COLOR` and pipes.
    pub colour: bool,
    /// Whether lines are drawn with box characters, or with plain ASCII.
    pub unicode: bool,
}

impl Look {
    /// Box characters where the terminal's locale is UTF-8 and it is not the bare Linux console.
    #[must_use]
    pub fn of_terminal(colour: bool) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_uppercase();
        let utf8 = locale.ends_with("UTF-8") || locale.ends_with("UTF8") || set("WT_SESSION").is_some();
        Self { colour, unicode: utf8 && set("TERM").is_none_or(|terminal| terminal != "linux") }
    }

    fn theme(self) -> GraphicalTheme {
        let characters = if self.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        let plain = if self.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        GraphicalTheme { characters: ThemeCharacters { error: "error:".to_string(), ..characters }, ..plain }
    }
}

/// All faults in file order, those of `--set` last, and a line that counts them; empty when there are none.
#[must_use]
pub fn render_all(faults: &[Fault], look: Look) -> String {
    if faults.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<&Fault> = faults.iter().collect();
    sorted.sort_by_key(|fault| fault.place.rank());
    let mut names: Vec<&str> = sorted.iter().map(|fault| fault.place.name()).collect();
    names.dedup();
    let drawn: Vec<String> = sorted.iter().map(|fault| fault.render(look)).collect();
    let noun = if faults.len() == 1 { "error" } else { "errors" };
    format!("{}\n{} {noun} in {}\n", drawn.join("\n"), faults.len(), names.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look { colour: false, unicode: true };

    fn source(name: &str, text: &str, order: usize) -> Arc<Source> {
        Arc::new(Source { name: name.to_string(), text: text.to_string(), order })
    }

    #[test]
    fn lines_and_columns_count_characters() {
        let file = source("x.toml", "a = 'é'  # ü\nbé = 3\n", 0);
        let start = file.text.find('3').unwrap_or(0);
        let place = Place::new(&file, start, start + 1);
        assert_eq!((place.line(), place.column(), place.excerpt()), (2, 6, "3"));
        assert_eq!(Place::new(&file, 6, 6).excerpt(), "", "a span inside a character is moved onto its border");
        assert_eq!(Place::new(&file, 900, 950).line(), 3);
    }

    #[test]
    fn a_fault_is_drawn_with_excerpt_label_and_help() {
        let file = source("scenarios/x.toml", "[pools.new]\nfee_bps = 20000\n", 0);
        let fault = Fault::new(Place::new(&file, 22, 27), "`pools.new.fee_bps` = 20000 is out of range")
            .expected("a number from 0 to 10000 bps")
            .hint("fee of the pool");
        let drawn = "\
error: `pools.new.fee_bps` = 20000 is out of range
   ╭─[scenarios/x.toml:2:11]
 2 │ fee_bps = 20000
   ·           ──┬──
   ·             ╰── expected a number from 0 to 10000 bps
   ╰────
  help: fee of the pool
";
        assert_eq!(fault.render(PLAIN), drawn);
        let ascii = fault.render(Look { colour: false, unicode: false });
        assert!(ascii.is_ascii() && ascii.contains("`-- expected a number"), "{ascii}");
        let coloured = fault.render(Look { colour: true, unicode: true });
        assert!(coloured.contains("\u{1b}[31merror:\u{1b}["), "{coloured:?}");
        assert_eq!(
            fault.one_line(),
            "scenarios/x.toml:2:11: `pools.new.fee_bps` = 20000 is out of range \
             (expected a number from 0 to 10000 bps) [fee of the pool]"
        );
    }

    #[test]
    fn all_faults_come_in_file_order_with_a_count() {
        let file = source("x.toml", "a = 1\nb = 2\n", 0);
        let patch = source("--set", "c=3", 1);
        let faults = [
            Fault::new(Place::new(&patch, 2, 3), "third"),
            Fault::new(Place::new(&file, 10, 11), "second"),
            Fault::new(Place::new(&file, 4, 5), "first"),
        ];
        let drawn = render_all(&faults, PLAIN);
        let order: Vec<Option<usize>> = ["first", "second", "third"].map(|word| drawn.find(word)).to_vec();
        assert!(order.is_sorted() && order[0].is_some(), "{drawn}");
        assert!(drawn.ends_with("\n\n3 errors in x.toml and --set\n"), "{drawn}");
        assert!(drawn.contains("─[--set]\n 1 │ c=3\n"), "{drawn}");
        assert_eq!(faults[0].one_line(), "--set c=3: third");
        assert_eq!(render_all(&[], PLAIN), "");
        assert!(render_all(&faults[1..2], PLAIN).ends_with("1 error in x.toml\n"));
    }

    #[test]
    fn every_place_of_a_text_can_be_drawn() {
        let long = "é = [ 1, 2 ] ".repeat(12);
        for text in ["", "\n", "a", "é\n\tß = [\n1,\n2]", "a\r\nb\r\n", &long] {
            let file = source("x", text, 0);
            for start in 0..=text.len() {
                for end in start..=text.len() {
                    let drawn = Fault::new(Place::new(&file, start, end), "m").expected("e").render(PLAIN);
                    assert!(drawn.contains("expected e") && drawn.contains('╭'), "{text:?} {start}..{end}: {drawn}");
                }
            }
        }
    }
}

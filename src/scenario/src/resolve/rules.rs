//! Rules across values: each in one statement that says where, what is wrong, what was expected and how to mend it.

use crate::grammar::nearest;
use std::fmt::Arguments;

/// A rule that a scenario breaks although each of its values is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct BrokenRule {
    /// Dotted path of the value at fault.
    pub path: String,
    /// One sentence that says what is wrong.
    pub message: String,
    /// What was expected, without the word "expected"; empty when the message says it.
    pub expected: String,
    /// How to mend it; empty when there is nothing to add.
    pub hint: String,
}

/// The rules that a scenario breaks, in the order in which they are found.
#[derive(Debug, Default)]
pub(super) struct Rules {
    broken: Vec<BrokenRule>,
}

impl Rules {
    /// How many are broken so far.
    pub(super) const fn len(&self) -> usize {
        self.broken.len()
    }

    /// The broken rules themselves.
    pub(super) fn into_broken(self) -> Vec<BrokenRule> {
        self.broken
    }

    /// Notes a broken rule; [`rule!`] writes the four texts.
    pub(super) fn note(&mut self, [path, message, expected, hint]: [Arguments<'_>; 4]) {
        self.broken.push(BrokenRule {
            path: path.to_string(),
            message: message.to_string(),
            expected: expected.to_string(),
            hint: hint.to_string(),
        });
    }

    /// Notes a `name` at `path` that no `kind` has; `none` is expected where none is `known`.
    pub(super) fn unknown<'n>(
        &mut self,
        path: &str,
        (kind, name): (&str, &str),
        known: impl Iterator<Item = &'n str>,
        none: &str,
    ) {
        let known: Vec<&str> = known.collect();
        let listed = if known.is_empty() { none.to_owned() } else { format!("one of {}", known.join(", ")) };
        rule!(self => path, "there is no {kind} \"{name}\"", listed, { meant(name, known) });
    }
}

/// The hint that names the known name most like `name`; empty where none is like it.
pub(super) fn meant<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("did you mean \"{near}\"?"))
}

/// States a rule: `rule!(rules, if it is broken => path, what is wrong, what was expected, how to mend it)`. The last two
/// may be left out, and without `if` the rule is broken in any case. A text is a format string, one with its values in
/// parentheses, a variable, or an expression in braces.
macro_rules! rule {
    (@ $text:literal) => { format_args!($text) };
    (@ $text:ident) => { format_args!("{}", $text) };
    (@ ($($text:tt)+)) => { format_args!($($text)+) };
    (@ { $text:expr }) => { format_args!("{}", $text) };
    ($rules:expr, if let $some:pat = $found:expr => $($texts:tt),+) => {
        if let $some = $found {
            rule!($rules => $($texts),+);
        }
    };
    ($rules:expr, if $broken:expr => $($texts:tt),+) => {
        if $broken {
            rule!($rules => $($texts),+);
        }
    };
    ($rules:expr => $path:tt, $message:tt) => {
        rule!($rules => $path, $message, "", "")
    };
    ($rules:expr => $path:tt, $message:tt, $expected:tt) => {
        rule!($rules => $path, $message, $expected, "")
    };
    ($rules:expr => $path:tt, $message:tt, $expected:tt, $hint:tt) => {
        $rules.note([rule!(@ $path), rule!(@ $message), rule!(@ $expected), rule!(@ $hint)])
    };
}
pub(super) use rule;

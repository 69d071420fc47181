//! A broken rule across values, named by the path of the value at fault.

/// A rule that a scenario breaks although each of its values is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl BrokenRule {
    /// A broken rule at `path`.
    #[must_use]
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), expected: String::new(), hint: String::new() }
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

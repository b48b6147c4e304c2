//! What pure rules find wrong with an input: a kind, a place, a sentence.
//!
//! Neither database nor GraphQL here, so that the same rules judge what comes through the API (`graphql::errors::refusals`
//! turns faults into `userErrors`) and what comes by spreadsheet (`import` turns them into file, line and column).

/// What kind of fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// A value that is not acceptable.
    Invalid,
    /// Something is missing.
    Required,
    /// The last day lies before the first.
    DatesReversed,
    /// Two periods overlap that must not.
    Overlapping,
    /// More entries than allowed.
    TooMany,
    /// It does not exist.
    NotFound,
    /// Something else has it already.
    Taken,
}

/// Something wrong with an input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// Where in the input, dots between levels.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault at `path`.
    pub fn new(kind: FaultKind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.into(),
            message: message.into(),
        }
    }
}

/// A fault unless `value` has 1 to `most` characters besides white space at its ends.
pub fn text(path: &str, value: &str, most: usize) -> Option<Fault> {
    let length = value.trim().chars().count();
    if length == 0 {
        Some(Fault::new(FaultKind::Required, path, "A text is needed here."))
    } else if length > most {
        let message = format!("{length} characters are too many; at most {most} fit here.");
        Some(Fault::new(FaultKind::Invalid, path, message))
    } else {
        None
    }
}

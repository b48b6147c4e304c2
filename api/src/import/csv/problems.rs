//! What is wrong with the files, all of it.
//!
//! A [`Problem`] names one cell (or line, or file) with its value and what was expected there; nothing stops at the
//! first one. Lines and columns count from 1 as spreadsheets do: line 1 is the header, a record that spans lines is
//! named by its first. Warnings do not stop an import. Neighbours: every parser in this folder writes here, the
//! command prints it.

use std::{collections::BTreeSet, fmt};

/// Longest part of a value that a message repeats, in characters.
const SHOWN: usize = 80;

/// Where a column stands.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Column {
    /// From 1, as in the file.
    pub position: usize,
    /// The header's name.
    pub name: String,
}

/// One thing wrong with one file. Ordered by file, line, column.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Problem {
    /// File name inside the folder.
    pub file: &'static str,
    /// Line from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// The cell's column, where it is one cell's problem.
    pub column: Option<Column>,
    /// What stands there.
    pub value: Option<String>,
    /// What should stand there, or why it cannot be so.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ":{} {}", column.position, column.name)?;
        }
        if let Some(value) = &self.value {
            // Debug form: line breaks and control characters must not disturb the terminal.
            if value.chars().count() > SHOWN {
                let start: String = value.chars().take(SHOWN).collect();
                write!(f, "  {start:?}…")?;
            } else {
                write!(f, "  {value:?}")?;
            }
        }
        write!(f, "  {}", self.expected)
    }
}

/// Everything found so far.
#[derive(Debug, Default)]
pub struct Problems {
    errors: BTreeSet<Problem>,
    warnings: BTreeSet<Problem>,
}

impl Problems {
    /// Notes something that stops the import.
    pub fn error(&mut self, problem: Problem) {
        self.errors.insert(problem);
    }

    /// Notes something that the reader should know but that does not stop the import.
    pub fn warning(&mut self, problem: Problem) {
        self.warnings.insert(problem);
    }

    /// Notes an error of a whole file.
    pub fn file(&mut self, file: &'static str, expected: impl Into<String>) {
        self.error(Problem {
            file,
            line: None,
            column: None,
            value: None,
            expected: expected.into(),
        });
    }

    /// Whether nothing stops the import.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors and the warnings, each in the order of the files.
    pub fn into_parts(self) -> (Vec<Problem>, Vec<Problem>) {
        (self.errors.into_iter().collect(), self.warnings.into_iter().collect())
    }
}

/// The name among `known` that `given` probably meant: at most a third of its letters differ, at most
/// three and in any case two (two swapped ones), one in very short names.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let length = given.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).clamp(2, 3) };
    known
        .into_iter()
        .map(|name| (distance(&given, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let best = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshtein() {
        for (a, b, expected) in [
            ("", "", 0),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("labuor", "labour", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["LABOUR", "GREEN", "CONSERVATIVE"];
        assert_eq!(nearest("Labuor", known), Some("LABOUR"));
        assert_eq!(nearest("conservatives", known), Some("CONSERVATIVE"));
        assert_eq!(nearest("Pirate", known), None);
    }

    #[test]
    fn the_form_is_file_line_column_value_expected() {
        let column = Some(Column {
            position: 3,
            name: "party".into(),
        });
        let problem = Problem {
            file: "peers.csv",
            line: Some(7),
            column,
            value: Some("a\u{1b}b".into()),
            expected: "expected x".into(),
        };
        assert_eq!(problem.to_string(), "peers.csv:7:3 party  \"a\\u{1b}b\"  expected x");
    }
}

//! From text to rows: separator, header, records.
//!
//! Comma or semicolon (Excel with continental settings), or tab, told by the header line; a leading `sep=;` line is
//! honoured. Header names are exact, their order is free. Columns that are missing or unknown are reported, and an
//! unknown one is an error: it is usually a misspelt known one, and its data would be lost. Rows without any value
//! are skipped, as spreadsheets leave them at the end.
//! Neighbours: `decode` before, `fields` after.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::problems::{Column, Problem, Problems, nearest};

/// A column that a file may have.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its header.
    pub name: &'static str,
    /// Whether the file must have it.
    pub required: bool,
}

/// A column that must be there.
pub const fn required(name: &'static str) -> ColumnSpec {
    ColumnSpec { name, required: true }
}

/// A column that may be left out.
pub const fn optional(name: &'static str) -> ColumnSpec {
    ColumnSpec { name, required: false }
}

/// One data row.
#[derive(Debug)]
pub struct Row {
    /// Line of the file where it starts, from 1.
    pub line: u64,
    cells: StringRecord,
}

/// A file's rows, with its header understood.
#[derive(Debug)]
pub struct Table {
    /// File name inside the folder.
    pub file: &'static str,
    /// The data rows.
    pub rows: Vec<Row>,
    header: Vec<&'static str>,
}

impl Table {
    /// Reads `text`. `None` when the header is unusable (the reasons are in `problems`); rows of the wrong width are
    /// reported and left out.
    pub fn read(file: &'static str, specs: &[ColumnSpec], text: &str, problems: &mut Problems) -> Option<Self> {
        let (text, declared, skipped) = directive(text);
        let separator = declared.unwrap_or_else(|| separator(text));
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let error = |line, expected: String| Problem {
            file,
            line,
            column: None,
            value: None,
            expected,
        };

        let names = match records.next() {
            Some(Ok(record)) => record,
            Some(Err(failure)) => {
                problems.error(error(Some(1 + skipped), format!("is not readable as CSV: {failure}")));
                return None;
            }
            None => {
                problems.file(file, format!("is empty; expected a header line with {}", listed(specs)));
                return None;
            }
        };
        let header_line = names.position().map_or(1, csv::Position::line) + skipped;
        let header = header(file, header_line, specs, &names, problems)?;

        let mut rows = Vec::new();
        for record in records {
            let cells = match record {
                Ok(cells) => cells,
                Err(failure) => {
                    let line = failure.position().map(|position| line_of(text, position) + skipped);
                    problems.error(error(line, format!("is not readable as CSV: {failure}")));
                    continue;
                }
            };
            let line = cells.position().map_or(0, |position| line_of(text, position)) + skipped;
            if cells.iter().all(str::is_empty) {
                continue;
            }
            if cells.len() == header.len() {
                rows.push(Row { line, cells });
            } else {
                let found = cells.len();
                let expected = header.len();
                problems.error(error(
                    Some(line),
                    format!("has {found} cells; expected {expected} as in the header (is a cell with a separator or a quote not in quotes?)"),
                ));
            }
        }
        Some(Self { file, rows, header })
    }

    /// A cell's text (trimmed; empty when the file lacks the column).
    pub fn cell<'t>(&self, row: &'t Row, column: &str) -> &'t str {
        self.position(column)
            .and_then(|index| row.cells.get(index))
            .unwrap_or_default()
    }

    /// The text of the cell in the row that starts at `line`.
    pub fn value(&self, line: u64, column: &str) -> Option<&str> {
        let row = self
            .rows
            .binary_search_by_key(&line, |row| row.line)
            .ok()
            .and_then(|index| self.rows.get(index))?;
        Some(self.cell(row, column))
    }

    /// Where a column stands; `None` when the file lacks it.
    pub fn column(&self, column: &str) -> Option<Column> {
        self.position(column).map(|index| Column {
            position: index + 1,
            name: column.to_owned(),
        })
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| *name == column)
    }
}

/// The header in the file's order; `None` when rows cannot be understood by it.
fn header(
    file: &'static str,
    line: u64,
    specs: &[ColumnSpec],
    names: &StringRecord,
    problems: &mut Problems,
) -> Option<Vec<&'static str>> {
    let mut header: Vec<&'static str> = Vec::with_capacity(names.len());
    let mut usable = true;
    for (index, name) in names.iter().enumerate() {
        let mut wrong = |expected: String| {
            usable = false;
            problems.error(Problem {
                file,
                line: Some(line),
                column: Some(Column {
                    position: index + 1,
                    name: "header".to_owned(),
                }),
                value: Some(name.to_owned()),
                expected,
            });
        };
        match specs.iter().find(|spec| spec.name == name) {
            Some(spec) if header.contains(&spec.name) => wrong("expected each column only once".to_owned()),
            Some(spec) => header.push(spec.name),
            None => {
                let hint = nearest(name, specs.iter().map(|spec| spec.name))
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                wrong(format!("expected one of the columns {}{hint}", listed(specs)));
            }
        }
    }
    for spec in specs {
        if !header.contains(&spec.name) {
            let problem = |expected| Problem {
                file,
                line: Some(line),
                column: None,
                value: None,
                expected,
            };
            if spec.required {
                usable = false;
                problems.error(problem(format!("lacks the column {}", spec.name)));
            } else {
                problems.warning(problem(format!(
                    "has no column {}: taken as empty in every row",
                    spec.name
                )));
            }
        }
    }
    usable.then_some(header)
}

/// The line of a record's first cell: the reader's position may still stand before line ends that it skips.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte())
        .ok()
        .and_then(|byte| text.as_bytes().get(byte..))
        .unwrap_or_default();
    let skipped = start
        .iter()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|byte| **byte == b'\n');
    position.line() + u64::try_from(skipped.count()).unwrap_or_default()
}

fn listed(specs: &[ColumnSpec]) -> String {
    specs.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
}

/// Splits off Excel's `sep=;` line: the text after it, the separator, and how many lines were skipped.
fn directive(text: &str) -> (&str, Option<u8>, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) => (rest, Some(*separator), 1),
        _ => (text, None, 0),
    }
}

/// The separator that the header line uses most: comma, semicolon or tab.
fn separator(text: &str) -> u8 {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let count = |separator: char| {
        let mut quoted = false;
        line.chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == separator
            })
            .count()
    };
    let mut best = (count(','), b',');
    for (separator, byte) in [(';', b';'), ('\t', b'\t')] {
        if count(separator) > best.0 {
            best = (count(separator), byte);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[ColumnSpec] = &[required("reference"), required("name"), optional("post")];

    fn read(text: &str) -> (Option<Table>, Vec<String>, Vec<String>) {
        let mut problems = Problems::default();
        let table = Table::read("t.csv", SPECS, text, &mut problems);
        let (errors, warnings) = problems.into_parts();
        let show = |list: Vec<Problem>| list.iter().map(ToString::to_string).collect();
        (table, show(errors), show(warnings))
    }

    #[test]
    fn separators_order_and_quotes_do_not_matter() {
        let same = [
            "reference,name,post\nA,\"Bee, Cee\",Head\n",
            "post;name;reference\r\nHead;Bee, Cee;A\r\n;;\r\n",
            "sep=;\npost;name;reference\nHead;Bee, Cee;A\n",
            "reference\tname\tpost\n A \tBee, Cee\tHead",
        ];
        for text in same {
            let (table, errors, warnings) = read(text);
            let table = table.unwrap();
            assert_eq!((errors.len(), warnings.len(), table.rows.len()), (0, 0, 1), "{text}");
            let row = &table.rows[0];
            let cells = ["reference", "name", "post"].map(|column| table.cell(row, column));
            assert_eq!(cells, ["A", "Bee, Cee", "Head"], "{text}");
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = "sep=,\nreference,name,post\nA,\"two\nlines\",x\n\nB,b,y\nC,c\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let (table, errors, _) = read(&text);
            let lines: Vec<u64> = table.unwrap().rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [3, 6], "{text:?}");
            assert_eq!(errors.len(), 1);
            assert!(errors[0].starts_with("t.csv:7  has 2 cells; expected 3"), "{errors:?}");
        }
    }

    #[test]
    fn every_fault_of_the_header_is_told() {
        let (table, errors, warnings) = read("reference,nmae,reference\nA,b,c\n");
        assert!(table.is_none());
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].starts_with("t.csv:1  lacks the column name"), "{errors:?}");
        assert!(errors[1].starts_with("t.csv:1:2 header  \"nmae\"") && errors[1].ends_with("did you mean name?"));
        assert!(errors[2].starts_with("t.csv:1:3 header  \"reference\"  expected each column only once"));
        assert_eq!(warnings, ["t.csv:1  has no column post: taken as empty in every row"]);
        let (_, errors, _) = read("");
        assert_eq!(
            errors,
            ["t.csv  is empty; expected a header line with reference, name, post"]
        );
    }
}

//! One pass over a document's bytes: how many tokens, how deep the brackets.
//!
//! It follows the lexical grammar only as far as needed to skip comments, strings and block strings; whatever is
//! not a valid document is left to the parser, which is safe to call once these two numbers are small.

/// What the scan counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Names, numbers, strings and punctuation marks.
    pub(super) tokens: usize,
    /// Deepest nesting of `{`, `[` and `(`.
    pub(super) brackets: usize,
}

/// Counts tokens and nesting in linear time and constant space.
pub(super) fn scan(document: &[u8]) -> Size {
    let mut size = Size::default();
    let mut open = 0_usize;
    let mut rest = document;
    while let [first, tail @ ..] = rest {
        rest = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = after_line(tail);
                continue;
            }
            b'"' => after_string(tail),
            b'{' | b'[' | b'(' => {
                open += 1;
                size.brackets = size.brackets.max(open);
                tail
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                tail
            }
            b'.' => tail.strip_prefix(b"..").unwrap_or(tail),
            byte if is_word(*byte) => {
                let length = tail.iter().take_while(|byte| is_word(**byte) || **byte == b'.').count();
                tail.get(length..).unwrap_or_default()
            }
            _ => tail,
        };
        size.tokens += 1;
    }
    size
}

/// Bytes of names and numbers.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'+'
}

fn after_line(rest: &[u8]) -> &[u8] {
    let length = rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
    rest.get(length..).unwrap_or_default()
}

/// The bytes behind a string whose first quotation mark is already read.
fn after_string(rest: &[u8]) -> &[u8] {
    if let Some(block) = rest.strip_prefix(b"\"\"") {
        return after_block_string(block);
    }
    let mut escaped = false;
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            // A line end closes a broken string, so that what follows it is counted as well.
            b'"' | b'\n' | b'\r' => return rest.get(index + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    &[]
}

fn after_block_string(mut rest: &[u8]) -> &[u8] {
    while let [_, tail @ ..] = rest {
        if let Some(behind) = rest.strip_prefix(b"\"\"\"") {
            return behind;
        }
        rest = rest.strip_prefix(b"\\\"\"\"").unwrap_or(tail);
    }
    &[]
}

//! From the bytes of a file to text.
//!
//! UTF-8 with or without byte order mark; anything that is not UTF-8 is read as Windows-1252, what Excel writes for
//! "CSV" in Britain. UTF-16 ("Unicode text") is refused by name, as are binary files, because reading them as
//! Windows-1252 would silently give rubbish. Neighbours: `table` reads the text.

use encoding_rs::WINDOWS_1252;

/// How a file was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// Windows-1252 (western Europe).
    Windows1252,
}

/// Why a file is not readable as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Undecodable {
    /// UTF-16 or UTF-32.
    #[error("is in UTF-16; expected UTF-8 or Windows-1252: in Excel choose \"CSV UTF-8\" when saving")]
    Utf16,
    /// A spreadsheet's own format.
    #[error("is a spreadsheet or zip file; expected CSV: in Excel choose \"CSV UTF-8\" when saving")]
    Spreadsheet,
    /// Zero bytes: no text file.
    #[error("holds zero bytes and so is no text; expected CSV in UTF-8 or Windows-1252")]
    Binary,
    /// A byte that Windows-1252 leaves undefined.
    #[error(
        "line {line} holds the byte {byte:#04x}, which is neither UTF-8 nor Windows-1252; expected CSV in one of them"
    )]
    Neither {
        /// Line of the byte, from 1.
        line: usize,
        /// The byte.
        byte: u8,
    },
}

/// The text of a file and the encoding it was in.
///
/// # Errors
/// When the bytes are no text in one of the two encodings.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), Undecodable> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(Undecodable::Spreadsheet);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Undecodable::Utf16);
    }
    if bytes.contains(&0) {
        // English text in UTF-16 without a mark has a zero in (nearly) every other byte.
        let zeros = |start| bytes.iter().skip(start).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        let half = bytes.len() / 2;
        return Err(if even.max(odd) * 2 > half && even.min(odd) * 4 < half {
            Undecodable::Utf16
        } else {
            Undecodable::Binary
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), Encoding::Utf8));
    }
    // encoding_rs follows the web's table, which maps these five to control characters; no spreadsheet writes them.
    let mut line = 1;
    for &byte in bytes {
        match byte {
            b'\n' => line += 1,
            0x81 | 0x8d | 0x8f | 0x90 | 0x9d => return Err(Undecodable::Neither { line, byte }),
            _ => {}
        }
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((text.into_owned(), Encoding::Windows1252))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_encodings_give_the_same_text() {
        let text = "name\nZoë O’Brien\n";
        let windows = b"name\nZo\xeb O\x92Brien\n";
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(decode(text.as_bytes()), Ok((text.to_owned(), Encoding::Utf8)));
        assert_eq!(decode(&marked), Ok((text.to_owned(), Encoding::Utf8)));
        assert_eq!(decode(windows), Ok((text.to_owned(), Encoding::Windows1252)));
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        let little: Vec<u8> = "name;post".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "name;post".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(
            decode(&[b"\xff\xfe", little.as_slice()].concat()),
            Err(Undecodable::Utf16)
        );
        assert_eq!(decode(&little), Err(Undecodable::Utf16));
        assert_eq!(decode(&big), Err(Undecodable::Utf16));
        assert_eq!(decode(b"PK\x03\x04xlsx"), Err(Undecodable::Spreadsheet));
        assert_eq!(
            decode(b"some text with one \0 in the middle of it"),
            Err(Undecodable::Binary)
        );
        assert_eq!(
            decode(b"name\nZo\xeb\x81"),
            Err(Undecodable::Neither { line: 2, byte: 0x81 })
        );
    }
}

//! Seasons, plans and certificates as JSON files, gzip or plain. Whatever cannot be made sense of is refused with the path of
//! the offending field.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write as _},
    path::Path,
};

use anyhow::{Context as _, anyhow};
use flate2::read::GzDecoder;
use matching::season::Season;
use serde::{Serialize, de::DeserializeOwned};

/// A season's file is refused beyond so many bytes of JSON; the largest sample has 5 MB.
const MOST_BYTES: u64 = 1 << 30;

/// Reads and checks a season.
///
/// # Errors
/// A file that cannot be read or is no season; the message names the field.
pub fn season(path: &Path) -> anyhow::Result<Season> {
    let season: Season = json(path)?;
    season.check().map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok(season)
}

/// Reads JSON of a known shape.
///
/// # Errors
/// A file that cannot be read or has another shape; the message names the field.
pub fn json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = Vec::new();
    let reader = BufReader::new(file);
    let failed = || format!("cannot read {}", path.display());
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(reader)
            .take(MOST_BYTES + 1)
            .read_to_end(&mut text)
            .with_context(failed)?;
    } else {
        reader
            .take(MOST_BYTES + 1)
            .read_to_end(&mut text)
            .with_context(failed)?;
    }
    if text.len() as u64 > MOST_BYTES {
        return Err(anyhow!("{}: more than {MOST_BYTES} bytes", path.display()));
    }
    let mut parser = serde_json::Deserializer::from_slice(&text);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let place = error.path().to_string();
        anyhow!("{}: {place}: {}", path.display(), error.inner())
    })?;
    parser
        .end()
        .with_context(|| format!("{}: there is more after the end", path.display()))?;
    Ok(value)
}

/// Writes JSON; a file of that name is complete or not there.
///
/// # Errors
/// A file that cannot be written.
pub fn write<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut partial = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    let mut writer = BufWriter::new(partial.as_file_mut());
    serde_json::to_writer(&mut writer, value).with_context(failed)?;
    writer
        .write_all(b"\n")
        .and_then(|()| writer.flush())
        .with_context(failed)?;
    drop(writer);
    partial
        .persist(path)
        .map(drop)
        .map_err(|error| error.error)
        .with_context(failed)
}

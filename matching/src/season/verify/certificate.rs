//! Whether a certificate belongs to a season and has prices that can be summed up.

use super::DEAREST;
use crate::season::format::{FormatError, Season};
use crate::season::plan::{CERTIFICATE, Certificate};

pub(super) fn check(season: &Season, certificate: &Certificate) -> Result<(), FormatError> {
    if certificate.format != CERTIFICATE {
        return Err(FormatError::new(
            "format",
            format!("\"{}\"; expected \"{CERTIFICATE}\"", certificate.format),
        ));
    }
    if !(1..=1 << 20).contains(&certificate.scale) {
        return Err(FormatError::new(
            "scale",
            format!("{}; expected 1 to 1048576", certificate.scale),
        ));
    }
    let price = |path: String, price: i64| {
        if (0..=DEAREST).contains(&price) {
            Ok(())
        } else {
            Err(FormatError::new(
                path,
                format!("{price}; expected a price of 0 or more"),
            ))
        }
    };
    let position = |path: String, position: usize, len: usize| {
        if position < len {
            Ok(())
        } else {
            Err(FormatError::new(path, format!("{position}; the season has only {len}")))
        }
    };
    for (i, &(peer, p)) in certificate.people.iter().enumerate() {
        position(format!("people[{i}][0]"), peer, season.peers.len())?;
        price(format!("people[{i}][1]"), p)?;
    }
    for (i, &(peer, _, p)) in certificate.rests.iter().enumerate() {
        position(format!("rests[{i}][0]"), peer, season.peers.len())?;
        price(format!("rests[{i}][2]"), p)?;
    }
    for (i, &(council, _, p)) in certificate.weeks.iter().enumerate() {
        position(format!("weeks[{i}][0]"), council, season.councils.len())?;
        price(format!("weeks[{i}][2]"), p)?;
    }
    for (i, &(one, other, p)) in certificate.pairs.iter().enumerate() {
        position(format!("pairs[{i}][0]"), one, season.challenges.len())?;
        position(format!("pairs[{i}][1]"), other, season.challenges.len())?;
        price(format!("pairs[{i}][2]"), p)?;
        if season.counts_as(season.challenges[one].host) == season.counts_as(season.challenges[other].host) {
            return Err(FormatError::new(
                format!("pairs[{i}]"),
                "both challenges have the same host",
            ));
        }
    }
    Ok(())
}

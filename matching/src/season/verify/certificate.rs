//! Whether a certificate belongs to a season, has prices that can be summed up, and cases that leave no plan out.

use super::DEAREST;
use crate::season::format::{FormatError, MOST_POINTS, Season};
use crate::season::plan::{CERTIFICATE, CaseFile, Certificate, Divided, DividedBy};

pub(super) fn check(season: &Season, certificate: &Certificate) -> Result<(), FormatError> {
    if certificate.format != CERTIFICATE {
        return Err(FormatError::new(
            "format",
            format!("\"{}\"; expected \"{CERTIFICATE}\"", certificate.format),
        ));
    }
    if !(1..=LARGEST_SCALE).contains(&certificate.scale) {
        return Err(FormatError::new(
            "scale",
            format!("{}; expected 1 to {LARGEST_SCALE}", certificate.scale),
        ));
    }
    if certificate.cases.is_empty() {
        return Err(FormatError::new("cases", "none; expected one at least"));
    }
    let mut parts = vec![0u32; certificate.cases.len()];
    for (i, case) in certificate.cases.iter().enumerate() {
        let path = format!("cases[{i}]");
        prices(season, &path, case)?;
        if let Some(divided) = &case.divided {
            divides(season, certificate, &path, i, divided)?;
            for &part in &divided.cases {
                parts[part] += 1;
                // A case that is part of two would be looked at again and again.
                if parts[part] > 1 {
                    return Err(FormatError::new(
                        format!("{path}.divided.cases"),
                        format!("case {part} is part of another already"),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Points may be 2^46 in all, so that no sum of them and of prices leaves its integers.
const LARGEST_SCALE: i64 = 1 << 10;

fn position(path: impl Into<String>, position: usize, len: usize) -> Result<(), FormatError> {
    if position < len {
        Ok(())
    } else {
        Err(FormatError::new(path, format!("{position}; there are only {len}")))
    }
}

fn price(path: impl Into<String>, price: i64) -> Result<(), FormatError> {
    if (0..=DEAREST).contains(&price) {
        Ok(())
    } else {
        Err(FormatError::new(
            path,
            format!("{price}; expected a price of 0 or more"),
        ))
    }
}

fn prices(season: &Season, path: &str, case: &CaseFile) -> Result<(), FormatError> {
    for (i, &(peer, p)) in case.people.iter().enumerate() {
        position(format!("{path}.people[{i}][0]"), peer, season.peers.len())?;
        price(format!("{path}.people[{i}][1]"), p)?;
    }
    for (i, &(peer, _, p)) in case.rests.iter().enumerate() {
        position(format!("{path}.rests[{i}][0]"), peer, season.peers.len())?;
        price(format!("{path}.rests[{i}][2]"), p)?;
    }
    for (i, &(council, _, p)) in case.weeks.iter().enumerate() {
        position(format!("{path}.weeks[{i}][0]"), council, season.councils.len())?;
        price(format!("{path}.weeks[{i}][2]"), p)?;
    }
    for (i, &(one, other, p)) in case.pairs.iter().enumerate() {
        position(format!("{path}.pairs[{i}][0]"), one, season.challenges.len())?;
        position(format!("{path}.pairs[{i}][1]"), other, season.challenges.len())?;
        price(format!("{path}.pairs[{i}][2]"), p)?;
        if season.rules.mutual {
            return Err(FormatError::new(
                format!("{path}.pairs[{i}]"),
                "councils may send people to each other in this season",
            ));
        }
        if season.counts_as(season.challenges[one].host) == season.counts_as(season.challenges[other].host) {
            return Err(FormatError::new(
                format!("{path}.pairs[{i}]"),
                "both challenges have the same host",
            ));
        }
    }
    Ok(())
}

fn divides(
    season: &Season,
    certificate: &Certificate,
    path: &str,
    at: usize,
    divided: &Divided,
) -> Result<(), FormatError> {
    let path = format!("{path}.divided");
    position(format!("{path}.challenge"), divided.challenge, season.challenges.len())?;
    for (i, &part) in divided.cases.iter().enumerate() {
        position(format!("{path}.cases[{i}]"), part, certificate.cases.len())?;
        if part <= at {
            return Err(FormatError::new(
                format!("{path}.cases[{i}]"),
                format!("{part}; expected a case after {at}"),
            ));
        }
    }
    let challenge = &season.challenges[divided.challenge];
    match &divided.by {
        DividedBy::Window(window) => {
            position(format!("{path}.by.window"), *window, challenge.windows.len())?;
            if challenge.pinned.is_some() {
                return Err(FormatError::new(
                    format!("{path}.by.window"),
                    "the challenge's window is settled",
                ));
            }
        }
        DividedBy::Member { peer, bonus } => {
            position(format!("{path}.by.member.peer"), *peer, season.peers.len())?;
            if challenge.settled().iter().any(|seat| seat.peer == *peer) {
                return Err(FormatError::new(
                    format!("{path}.by.member.peer"),
                    "their place is settled",
                ));
            }
            if !(0..=MOST_POINTS).contains(bonus) {
                return Err(FormatError::new(
                    format!("{path}.by.member.bonus"),
                    format!("{bonus}; expected 0 to {MOST_POINTS}"),
                ));
            }
        }
    }
    Ok(())
}

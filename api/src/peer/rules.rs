//! Pure rules of the peer aggregate: days offered and withdrawn, texts and dates that are acceptable, entries that may be
//! the same person. Neither database nor GraphQL here.
//!
//! The bounds below only catch typing errors (a year with a wrong digit, a pasted document); limits that somebody might
//! want to change are programme policy and live elsewhere.

use chrono::{Days, NaiveDate};
use entity::enums::{AffiliationKind, DuplicateVerdict, PeerStatus};
use matching::{
    Span,
    identity::{Card, PossibleDuplicate, Sameness, possible_duplicates},
    months_after,
};
use uuid::Uuid;

/// Kinds of tie that make a council somebody's home (as in the engine).
pub const HOME_KINDS: [AffiliationKind; 3] = [
    AffiliationKind::Employment,
    AffiliationKind::ElectedOffice,
    AffiliationKind::Consultancy,
];

/// Furthest day ahead that availability, blackouts and posts may name, in days.
const FURTHEST_AHEAD: u64 = 3 * 366;
/// Longest single availability offer or blackout, in days.
const LONGEST_STRETCH: i64 = 3 * 366;

/// Most affiliations of one person, past ones included.
pub const MAX_AFFILIATIONS: usize = 100;
/// Most declared interests of one person, withdrawn ones included.
pub const MAX_INTERESTS: usize = 100;
/// Most availability windows of one person.
pub const MAX_WINDOWS: usize = 1_000;
/// Most blackout periods of one person or council.
pub const MAX_BLACKOUTS: usize = 400;
/// Most roles of one person (as many as there are).
pub const MAX_ROLES: usize = 13;
/// Most themes of one person (as many as there may be).
pub const MAX_THEMES: usize = 64;

/// The days that `windows` and `offer` hold together when `windows` are those that overlap or touch the offer.
pub fn joined(windows: &[Span], offer: Span) -> Span {
    windows.iter().fold(offer, |sum, window| Span {
        from: sum.from.min(window.from),
        until: sum.until.max(window.until),
    })
}

/// What is left of `window` without the days of `taken`: nothing, one part or two, in order.
pub fn without(window: Span, taken: Span) -> Vec<Span> {
    if !window.overlaps(taken) {
        return vec![window];
    }
    let before = taken.from.pred_opt().and_then(|last| Span::new(window.from, last));
    let after = taken.until.succ_opt().and_then(|first| Span::new(first, window.until));
    before.into_iter().chain(after).collect()
}

/// Overlapping and adjacent stretches joined, in order.
pub fn merged(mut stretches: Vec<Span>) -> Vec<Span> {
    stretches.sort_unstable();
    let mut sum: Vec<Span> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match sum.last_mut() {
            Some(last) if last.until.succ_opt().is_none_or(|next| stretch.from <= next) => {
                last.until = last.until.max(stretch.until);
            }
            _ => sum.push(stretch),
        }
    }
    sum
}

/// Why a value is not acceptable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The last day lies before the first.
    Reversed(String),
    /// Anything else.
    Unacceptable(String),
}

/// Judges days that lie ahead, for availability and blackouts: in order, not all past, not absurdly far or long.
pub fn stretch_ahead(from: NaiveDate, until: NaiveDate, today: NaiveDate) -> Result<Span, Fault> {
    let Some(span) = Span::new(from, until) else {
        return Err(Fault::Reversed(format!("{until} lies before {from}.")));
    };
    let furthest = today
        .checked_add_days(Days::new(FURTHEST_AHEAD))
        .unwrap_or(NaiveDate::MAX);
    if until < today {
        Err(Fault::Unacceptable(format!(
            "All of these days are past; today is {today}."
        )))
    } else if until > furthest {
        Err(Fault::Unacceptable(format!(
            "{until} is too far ahead; the last day that can be named is {furthest}."
        )))
    } else if span.days() > LONGEST_STRETCH {
        Err(Fault::Unacceptable(format!(
            "{} days are too many at once; at most {LONGEST_STRETCH}.",
            span.days()
        )))
    } else {
        Ok(span)
    }
}

/// Judges the optional days of a tie (an affiliation or interest): in order, not absurdly far ahead.
pub fn tie_days(from: Option<NaiveDate>, until: Option<NaiveDate>, today: NaiveDate) -> Result<(), Fault> {
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        return Err(Fault::Reversed(format!("{until} lies before {from}.")));
    }
    let furthest = today
        .checked_add_days(Days::new(FURTHEST_AHEAD))
        .unwrap_or(NaiveDate::MAX);
    match from.into_iter().chain(until).find(|day| *day > furthest) {
        Some(day) => Err(Fault::Unacceptable(format!(
            "{day} is too far ahead; the last day that can be named is {furthest}. Leave an open end empty."
        ))),
        None => Ok(()),
    }
}

/// Whether two periods with open ends share a day.
pub fn periods_overlap(
    one: (Option<NaiveDate>, Option<NaiveDate>),
    other: (Option<NaiveDate>, Option<NaiveDate>),
) -> bool {
    let starts_by = |from: Option<NaiveDate>, until: Option<NaiveDate>| match (from, until) {
        (Some(from), Some(until)) => from <= until,
        _ => true,
    };
    starts_by(one.0, other.1) && starts_by(other.0, one.1)
}

/// Whether a text, once trimmed, has 1 to `most` characters.
pub fn text_fits(text: &str, most: usize) -> bool {
    let length = text.trim().chars().count();
    (1..=most).contains(&length)
}

/// Whether a text has the shape of an e-mail address: one `@` with something on both sides, a dot in the domain, no
/// spaces, at most 254 characters (RFC 5321).
pub fn is_email(text: &str) -> bool {
    let address = text.trim();
    address.chars().count() <= 254
        && !address
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        && address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.split('.').count() > 1
                && domain.split('.').all(|label| !label.is_empty())
        })
}

/// First day that is still valid on `on` when something is valid for `months`: what was done before it is stale.
///
/// The engine calls a declaration of day d stale when `on > months_after(d, months)`; months are of different length, so
/// the first valid day is searched from just before the obvious one.
pub fn valid_since(on: NaiveDate, months: u32) -> NaiveDate {
    let near = on
        .checked_sub_months(chrono::Months::new(months))
        .unwrap_or(NaiveDate::MIN);
    let mut first = near.checked_add_days(Days::new(4)).unwrap_or(near);
    while let Some(earlier) = first.pred_opt() {
        if on > months_after(earlier, months) {
            break;
        }
        first = earlier;
    }
    first
}

/// An entry of the pool as far as telling people apart goes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// Normalised e-mail address.
    pub email_key: Option<String>,
    /// Normalised name.
    pub name_key: String,
    /// Post, as given.
    pub post: Option<String>,
    /// Standing.
    pub status: PeerStatus,
}

/// A decision about two entries.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    /// The entry with the smaller id.
    pub a: Uuid,
    /// The entry with the greater id.
    pub b: Uuid,
    /// What was decided.
    pub verdict: DuplicateVerdict,
}

/// Pairs of entries that may be the same person and hold each other up.
///
/// A pair decided to be two people is settled. A pair decided to be one person is settled once one entry has left the
/// pool; should an import bring it back, the pair shows again instead of being deployed twice.
pub fn open_duplicates(entries: &[Entry], decided: &[Decided]) -> Vec<(Uuid, Uuid, Sameness)> {
    let cards: Vec<Card> = entries
        .iter()
        .map(|entry| Card {
            id: entry.id,
            email_key: entry.email_key.clone(),
            name_key: entry.name_key.clone(),
            post_key: entry.post.as_deref().map(matching::identity::name_key),
        })
        .collect();
    let left = |id| {
        entries
            .iter()
            .any(|entry| entry.id == id && entry.status == PeerStatus::Left)
    };
    possible_duplicates(&cards)
        .into_iter()
        .filter(|pair| {
            !decided.iter().any(|decision| {
                (decision.a, decision.b) == (pair.a, pair.b)
                    && match decision.verdict {
                        DuplicateVerdict::Distinct => true,
                        DuplicateVerdict::Same => left(pair.a) || left(pair.b),
                    }
            })
        })
        .map(|PossibleDuplicate { a, b, because }| (a, b, because))
        .collect()
}

#[cfg(test)]
mod tests;

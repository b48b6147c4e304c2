//! What a document link, a session and a finding must hold. Pure: all faults at once, each with its path.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::enums::{DocumentAudience, DocumentClass, Stage};
use uuid::Uuid;

use crate::{
    challenge::rules::{NAME_MAX, TEXT_MAX},
    clock::civil_date,
    faults::{Fault, FaultKind, text},
};

/// Most documents of a challenge that are there at the same time.
pub const DOCUMENTS_MAX: u64 = 60;
/// Most sessions of a challenge.
pub const SESSIONS_MAX: u64 = 100;
/// Most findings of a challenge.
pub const FINDINGS_MAX: u64 = 200;
/// Stages in which the team may see a risk to children: from the first day on site until the report is public.
pub const RISKS: [Stage; 4] = [
    Stage::OnSite,
    Stage::FeedbackGiven,
    Stage::ReportDrafted,
    Stage::ReportFinal,
];
/// Most characters of a link.
pub const URL_MAX: usize = 2_000;

/// A fault unless `url` is a link that can be opened without sending anything in the clear.
pub fn link(path: &str, url: &str) -> Option<Fault> {
    let bare = url.trim();
    if let Some(fault) = text(path, bare, URL_MAX) {
        return Some(fault);
    }
    let host = bare
        .strip_prefix("https://")
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let sound = host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
        && !bare.chars().any(|c| c.is_whitespace() || c.is_control());
    (!sound).then(|| {
        let message = "A link begins with https:// and a host name, without a password and without spaces.";
        Fault::new(FaultKind::Invalid, path, message)
    })
}

/// A link to a document.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: String,
    /// What it is for.
    pub purpose: String,
    /// Who may open it.
    pub audience: DocumentAudience,
    /// How carefully it is handled.
    pub class: DocumentClass,
    /// Last day on which the link is shown.
    pub expires_on: NaiveDate,
}

/// Faults of a document, added `today` to a visit that ends on `last_day`. Links to case material are for the team alone and
/// end at most `case_link_days` days after the visit.
pub fn document(new: &NewDocument, today: NaiveDate, last_day: Option<NaiveDate>, case_link_days: u32) -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        text("title", &new.title, NAME_MAX),
        link("url", &new.url),
        text("purpose", &new.purpose, TEXT_MAX),
    ]
    .into_iter()
    .flatten()
    .collect();
    if new.expires_on < today {
        let message = format!("{} lies in the past; today is {today}.", new.expires_on);
        faults.push(Fault::new(FaultKind::Invalid, "expiresOn", message));
    }
    if new.class == DocumentClass::CaseMaterial {
        if new.audience != DocumentAudience::Team {
            let message = "Case material is for the host and the team alone.";
            faults.push(Fault::new(FaultKind::Invalid, "audience", message));
        }
        let last = last_day.and_then(|day| day.checked_add_days(Days::new(case_link_days.into())));
        match last {
            None => faults.push(Fault::new(
                FaultKind::Invalid,
                "class",
                "Case material can be linked once the days of the visit are chosen.",
            )),
            Some(last) if new.expires_on > last => {
                let message = format!("A link to case material ends on {last} at the latest.");
                faults.push(Fault::new(FaultKind::Invalid, "expiresOn", message));
            }
            Some(_) => {}
        }
    }
    faults
}

/// A session as it is to be.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What it is about.
    pub title: String,
    /// Where.
    pub room: Option<String>,
    /// Whom the team meets.
    pub with_whom: Option<String>,
    /// Whether it is a call of the team before the visit.
    pub is_team_call: bool,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Who of the team is there.
    pub peers: Vec<Uuid>,
}

/// Another session of the visit.
#[derive(Clone, Debug)]
pub struct Other {
    /// What it is about.
    pub title: String,
    /// Where.
    pub room: Option<String>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Who of the team is there.
    pub peers: Vec<Uuid>,
}

/// Whether a session lies outside of the days of its visit: a call of the team is before it, any other session within it.
pub fn is_outside(
    fieldwork: Option<(NaiveDate, NaiveDate)>,
    is_team_call: bool,
    [starts_at, ends_at]: [DateTime<Utc>; 2],
) -> bool {
    let Some((first, last)) = fieldwork else {
        return true;
    };
    if is_team_call {
        first <= civil_date(ends_at)
    } else {
        civil_date(starts_at) < first || last < civil_date(ends_at)
    }
}

/// Faults of a session: its texts, its days (the visit's, or before it for a call of the team), rooms and people that are
/// elsewhere at the same time, and people who are not on the `team`.
pub fn session(
    new: &NewSession,
    fieldwork: Option<(NaiveDate, NaiveDate)>,
    team: &[Uuid],
    others: &[Other],
) -> Vec<Fault> {
    let mut faults: Vec<Fault> = text("title", &new.title, NAME_MAX).into_iter().collect();
    for (path, value) in [("room", &new.room), ("withWhom", &new.with_whom)] {
        faults.extend(value.as_deref().and_then(|value| text(path, value, NAME_MAX)));
    }
    if new.ends_at <= new.starts_at {
        let message = "A session ends after it begins.";
        faults.push(Fault::new(FaultKind::DatesReversed, "endsAt", message));
        return faults;
    }
    match fieldwork {
        None => faults.push(Fault::new(
            FaultKind::Invalid,
            "startsAt",
            "The days of the visit are not chosen yet.",
        )),
        Some((starts_on, ends_on)) => {
            if is_outside(fieldwork, new.is_team_call, [new.starts_at, new.ends_at]) {
                let when = if new.is_team_call { "before" } else { "within" };
                let message = format!("It lies {when} the visit, which runs from {starts_on} to {ends_on}.");
                faults.push(Fault::new(FaultKind::Invalid, "startsAt", message));
            }
        }
    }
    for (i, peer) in new.peers.iter().enumerate() {
        let path = format!("peerIds.{i}");
        if !team.contains(peer) {
            faults.push(Fault::new(FaultKind::NotFound, path, "This person is not on the team."));
        } else if new.peers[..i].contains(peer) {
            faults.push(Fault::new(
                FaultKind::Invalid,
                path,
                "This person stands in the list already.",
            ));
        }
    }
    let room = |room: &Option<String>| room.as_deref().map(|room| room.trim().to_lowercase());
    for other in others {
        if other.ends_at <= new.starts_at || new.ends_at <= other.starts_at {
            continue;
        }
        if room(&new.room).is_some() && room(&new.room) == room(&other.room) {
            let message = format!("\"{}\" is in this room at the same time.", other.title);
            faults.push(Fault::new(FaultKind::Overlapping, "room", message));
        }
        for (i, peer) in new.peers.iter().enumerate() {
            if other.peers.contains(peer) {
                let message = format!("This person is in \"{}\" at the same time.", other.title);
                faults.push(Fault::new(FaultKind::Overlapping, format!("peerIds.{i}"), message));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2027, 3, 2, hour, 0, 0).unwrap()
    }

    fn kinds(faults: &[Fault]) -> Vec<(FaultKind, &str)> {
        faults.iter().map(|fault| (fault.kind, fault.path.as_str())).collect()
    }

    #[test]
    fn links_are_https_and_hold_no_secrets() {
        for good in ["https://council.example/a?b=c", "https://x"] {
            assert_eq!(link("url", good), None, "{good}");
        }
        for bad in [
            "",
            "http://council.example",
            "https://",
            "https:///path",
            "https://user:secret@council.example",
            "https://a b",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert!(link("url", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn case_material_is_for_the_team_and_for_a_short_time() {
        let new = |class, audience, expires: &str| NewDocument {
            title: "T".to_owned(),
            url: "https://x".to_owned(),
            purpose: "P".to_owned(),
            audience,
            class,
            expires_on: day(expires),
        };
        let (today, last) = (day("2027-03-01"), Some(day("2027-03-04")));
        let ordinary = new(DocumentClass::Ordinary, DocumentAudience::Everybody, "2030-01-01");
        assert_eq!(document(&ordinary, today, None, 14), []);
        let case = new(DocumentClass::CaseMaterial, DocumentAudience::Team, "2027-03-18");
        assert_eq!(document(&case, today, last, 14), []);
        assert_eq!(
            kinds(&document(&case, today, last, 13)),
            [(FaultKind::Invalid, "expiresOn")]
        );
        assert_eq!(
            kinds(&document(&case, today, None, 14)),
            [(FaultKind::Invalid, "class")]
        );
        let open = new(DocumentClass::CaseMaterial, DocumentAudience::Hub, "2027-03-18");
        assert_eq!(
            kinds(&document(&open, today, last, 14)),
            [(FaultKind::Invalid, "audience")]
        );
        let past = new(DocumentClass::Ordinary, DocumentAudience::Team, "2027-02-28");
        assert_eq!(
            kinds(&document(&past, today, last, 14)),
            [(FaultKind::Invalid, "expiresOn")]
        );
    }

    #[test]
    fn nobody_and_no_room_is_in_two_sessions_at_once() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let new = NewSession {
            title: "Front door".to_owned(),
            room: Some("Room 1".to_owned()),
            with_whom: None,
            is_team_call: false,
            starts_at: at(10),
            ends_at: at(12),
            peers: vec![one],
        };
        let other = |from, to, room: &str, peer| Other {
            title: "Other".to_owned(),
            room: Some(room.to_owned()),
            starts_at: at(from),
            ends_at: at(to),
            peers: vec![peer],
        };
        let days = Some((day("2027-03-01"), day("2027-03-04")));
        let team = [one, two];
        assert_eq!(
            session(&new, days, &team, &[other(12, 13, "Room 1", one)]),
            [],
            "one after the other"
        );
        assert_eq!(
            kinds(&session(&new, days, &team, &[other(11, 13, " room 1", two)])),
            [(FaultKind::Overlapping, "room")]
        );
        assert_eq!(
            kinds(&session(&new, days, &team, &[other(9, 11, "Room 2", one)])),
            [(FaultKind::Overlapping, "peerIds.0")]
        );
        assert_eq!(
            kinds(&session(&new, days, &[two], &[])),
            [(FaultKind::NotFound, "peerIds.0")]
        );
        let outside = Some((day("2027-03-03"), day("2027-03-04")));
        assert_eq!(
            kinds(&session(&new, outside, &team, &[])),
            [(FaultKind::Invalid, "startsAt")]
        );
        let call = NewSession {
            is_team_call: true,
            ..new.clone()
        };
        assert_eq!(session(&call, outside, &team, &[]), []);
        assert_eq!(
            kinds(&session(&call, days, &team, &[])),
            [(FaultKind::Invalid, "startsAt")]
        );
        let reversed = NewSession { ends_at: at(10), ..new };
        assert_eq!(
            kinds(&session(&reversed, days, &team, &[])),
            [(FaultKind::DatesReversed, "endsAt")]
        );
    }
}

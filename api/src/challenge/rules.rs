//! What a request and a scope must hold: sizes, windows, themes, slots and lines of enquiry.
//!
//! Pure: plain values in, all faults out. Every limit comes from the policy version or the programme; the paths are those
//! of the GraphQL inputs. The same checks judge a request that is made, one that is submitted later and a scope, so that
//! nothing passes at one door that is refused at another; nor by spreadsheet.
//!
//! Neighbours: `service::request`, `service::scope` (load the frame, turn faults into `userErrors`), `import::store::judge`.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    blackout_period, council,
    enums::{PeerRole, ProgrammeKind},
    programme,
};
use uuid::Uuid;

pub use crate::faults::{Fault, FaultKind, text};
use crate::programme::policy::Limits;

/// Most characters of a reason or note.
pub const TEXT_MAX: usize = 4_000;
/// Most characters of a name or post.
pub const NAME_MAX: usize = 200;
/// Heaviest weight of a theme.
pub const WEIGHT_MAX: i32 = 100;
/// Highest preference for a window.
pub const PREFERENCE_MAX: i32 = 100;

/// A possible period of fieldwork.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// First day on site.
    pub starts_on: NaiveDate,
    /// Last day on site.
    pub ends_on: NaiveDate,
    /// How much the host prefers it, 0–100.
    pub preference: i32,
}

/// A theme and how much it matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ThemeWeight {
    /// The theme.
    pub theme: Uuid,
    /// Weight, 1–100.
    pub weight: i32,
}

/// A key line of enquiry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The question.
    pub question: String,
    /// The theme that it belongs to.
    pub theme: Option<Uuid>,
}

/// A place on the team.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slot {
    /// What its holder serves as.
    pub role: PeerRole,
    /// Whether its holder leads.
    pub is_lead: bool,
    /// Themes that its holder must know.
    pub themes: Vec<Uuid>,
}

/// Closed days of the host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Blackout {
    /// First closed day.
    pub starts_on: NaiveDate,
    /// Last closed day.
    pub ends_on: NaiveDate,
}

impl From<&blackout_period::Model> for Blackout {
    fn from(row: &blackout_period::Model) -> Self {
        Self {
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        }
    }
}

/// What windows and sizes are judged against.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The day.
    pub today: NaiveDate,
    /// First and last day of the season.
    pub season: (NaiveDate, NaiveDate),
    /// Fewest and most days on site of the programme.
    pub days_on_site: (i32, i32),
    /// Sizes of the policy version.
    pub limits: Limits,
    /// Closed days of the host.
    pub blackouts: Vec<Blackout>,
    /// Ids of all themes that exist.
    pub themes: HashSet<Uuid>,
}

/// A fault where the host was abolished before `today`.
pub fn host(path: &str, name: &str, ends_on: Option<NaiveDate>, today: NaiveDate) -> Option<Fault> {
    let last = ends_on.filter(|last| *last < today)?;
    let message = format!("{name} was abolished on {last}; its successors may ask.");
    Some(Fault::new(FaultKind::Invalid, path, message))
}

/// A fault where the season is over.
pub fn season(path: &str, name: &str, ends_on: NaiveDate, today: NaiveDate) -> Option<Fault> {
    let message = format!("Season {name} ended on {ends_on}.");
    (ends_on < today).then(|| Fault::new(FaultKind::Invalid, path, message))
}

/// Kinds of programme that are only for councils that answer for children's services.
pub const CHILDRENS: [ProgrammeKind; 2] = [ProgrammeKind::ChildrensServices, ProgrammeKind::Send];

/// Faults where the programme takes no requests, or is about services that the host does not run.
pub fn programme(path: &str, programme: &programme::Model, host: &council::Model) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !programme.active {
        let message = format!("{} takes no requests at present.", programme.name);
        faults.push(Fault::new(FaultKind::Invalid, path, message));
    }
    if CHILDRENS.contains(&programme.kind) && !host.provides_childrens_services {
        let message = format!(
            "{} does not run the services that {} is about.",
            host.name, programme.name
        );
        faults.push(Fault::new(FaultKind::Invalid, path, message));
    }
    faults
}

/// Faults of what a request says in words: its reason, and the sponsor's name and post where there is a sponsor.
pub fn request_texts(reason: &str, sponsor: Option<(&str, Option<&str>)>) -> Vec<Fault> {
    let mut faults: Vec<_> = text("reason", reason, TEXT_MAX).into_iter().collect();
    if let Some((name, role)) = sponsor {
        faults.extend(text("sponsor.name", name, NAME_MAX));
        faults.extend(role.and_then(|role| text("sponsor.role", role, NAME_MAX)));
    }
    faults
}

fn too_many(path: &str, found: usize, most: u32, what: &str) -> Option<Fault> {
    (found > most as usize).then(|| {
        Fault::new(
            FaultKind::TooMany,
            path,
            format!("{found} {what} are given; the policy allows {most}."),
        )
    })
}

/// Faults of the windows: each by itself, against the season and the host's closed days, and against each other.
pub fn windows(windows: &[Window], frame: &Frame) -> Vec<Fault> {
    if let Some(fault) = too_many("windows", windows.len(), frame.limits.windows_max, "windows") {
        return vec![fault];
    }
    let mut faults = Vec::new();
    let (season_start, season_end) = frame.season;
    let (days_min, days_max) = frame.days_on_site;
    for (index, window) in windows.iter().enumerate() {
        let Window {
            starts_on,
            ends_on,
            preference,
        } = *window;
        let at = |field: &str| format!("windows.{index}.{field}");
        if !(0..=PREFERENCE_MAX).contains(&preference) {
            let message = format!("A preference lies between 0 and {PREFERENCE_MAX}, not {preference}.");
            faults.push(Fault::new(FaultKind::Invalid, at("preference"), message));
        }
        if ends_on < starts_on {
            let message = format!("{ends_on} lies before {starts_on}.");
            faults.push(Fault::new(FaultKind::DatesReversed, at("endsOn"), message));
            continue;
        }
        if starts_on < frame.today {
            let message = format!("{starts_on} lies in the past; today is {}.", frame.today);
            faults.push(Fault::new(FaultKind::Invalid, at("startsOn"), message));
        }
        let days = (ends_on - starts_on).num_days() + 1;
        if !(i64::from(days_min)..=i64::from(days_max)).contains(&days) {
            let message = format!(
                "The programme has {days_min} to {days_max} days on site; these are {days} ({starts_on} to {ends_on})."
            );
            faults.push(Fault::new(FaultKind::Invalid, at("endsOn"), message));
        }
        if starts_on < season_start || season_end < ends_on {
            let message = format!(
                "{starts_on} to {ends_on} does not lie in the season, which runs from {season_start} to {season_end}."
            );
            faults.push(Fault::new(FaultKind::Invalid, at("startsOn"), message));
        }
        for closed in frame
            .blackouts
            .iter()
            .filter(|closed| closed.starts_on <= ends_on && starts_on <= closed.ends_on)
        {
            let message = format!(
                "The host is closed to challenges from {} to {}.",
                closed.starts_on, closed.ends_on
            );
            faults.push(Fault::new(FaultKind::Overlapping, at("startsOn"), message));
        }
        let earlier = windows.iter().take(index);
        if let Some((other, _)) = earlier
            .enumerate()
            .find(|(_, other)| other.starts_on <= ends_on && starts_on <= other.ends_on)
        {
            let message = format!("Windows {} and {} overlap.", other + 1, index + 1);
            faults.push(Fault::new(FaultKind::Overlapping, at("startsOn"), message));
        }
    }
    faults
}

/// Faults of the themes.
pub fn themes(themes: &[ThemeWeight], frame: &Frame) -> Vec<Fault> {
    if let Some(fault) = too_many("themes", themes.len(), frame.limits.themes_max, "themes") {
        return vec![fault];
    }
    let mut faults = Vec::new();
    let mut seen = HashSet::new();
    for (index, ThemeWeight { theme, weight }) in themes.iter().enumerate() {
        if !(1..=WEIGHT_MAX).contains(weight) {
            let message = format!("A weight lies between 1 and {WEIGHT_MAX}, not {weight}.");
            faults.push(Fault::new(
                FaultKind::Invalid,
                format!("themes.{index}.weight"),
                message,
            ));
        }
        faults.extend(theme_fault(
            &format!("themes.{index}.themeId"),
            *theme,
            &mut seen,
            frame,
        ));
    }
    faults
}

fn theme_fault(path: &str, theme: Uuid, seen: &mut HashSet<Uuid>, frame: &Frame) -> Option<Fault> {
    if !frame.themes.contains(&theme) {
        Some(Fault::new(FaultKind::NotFound, path, "There is no such theme."))
    } else if seen.insert(theme) {
        None
    } else {
        Some(Fault::new(
            FaultKind::Invalid,
            path,
            "This theme stands in the list already.",
        ))
    }
}

/// Faults of the lines of enquiry.
pub fn lines(lines: &[Line], frame: &Frame) -> Vec<Fault> {
    let most = frame.limits.lines_of_enquiry_max;
    if let Some(fault) = too_many("linesOfEnquiry", lines.len(), most, "lines of enquiry") {
        return vec![fault];
    }
    let mut faults = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        faults.extend(text(
            &format!("linesOfEnquiry.{index}.question"),
            &line.question,
            TEXT_MAX,
        ));
        if line.theme.is_some_and(|theme| !frame.themes.contains(&theme)) {
            let path = format!("linesOfEnquiry.{index}.themeId");
            faults.push(Fault::new(FaultKind::NotFound, path, "There is no such theme."));
        }
    }
    faults
}

/// Faults of the slots. Too few are a fault only once the scope is complete.
pub fn slots(slots: &[Slot], frame: &Frame) -> Vec<Fault> {
    if let Some(fault) = too_many("slots", slots.len(), frame.limits.slots_max, "slots") {
        return vec![fault];
    }
    let mut faults = Vec::new();
    let mut lead = None;
    for (index, slot) in slots.iter().enumerate() {
        if slot.is_lead {
            if let Some(first) = lead {
                let message = format!("Slot {first} leads the team already; a team has one lead.");
                faults.push(Fault::new(FaultKind::TooMany, format!("slots.{index}.isLead"), message));
            }
            lead = lead.or(Some(index + 1));
        }
        let path = format!("slots.{index}.themeIds");
        if let Some(fault) = too_many(&path, slot.themes.len(), frame.limits.themes_max, "themes") {
            faults.push(fault);
            continue;
        }
        let mut seen = HashSet::new();
        for (place, theme) in slot.themes.iter().enumerate() {
            faults.extend(theme_fault(&format!("{path}.{place}"), *theme, &mut seen, frame));
        }
    }
    faults
}

/// What a request still lacks before it can be submitted.
pub fn request_gaps(themes: usize, windows: usize) -> Vec<Fault> {
    let mut gaps = Vec::new();
    if themes == 0 {
        gaps.push(Fault::new(
            FaultKind::Required,
            "themes",
            "A request names at least one theme.",
        ));
    }
    if windows == 0 {
        gaps.push(Fault::new(
            FaultKind::Required,
            "windows",
            "A request offers at least one window.",
        ));
    }
    gaps
}

/// What a scope holds, for judging whether it is complete.
#[derive(Clone, Copy, Debug)]
pub struct ScopeSize {
    /// Themes.
    pub themes: usize,
    /// Lines of enquiry.
    pub lines: usize,
    /// Slots.
    pub slots: usize,
    /// Whether a slot leads.
    pub has_lead: bool,
    /// Windows.
    pub windows: usize,
    /// Whether the delivery mode is set.
    pub has_mode: bool,
}

/// What a scope still lacks before it goes to the sponsor.
pub fn scope_gaps(scope: ScopeSize, limits: &Limits) -> Vec<Fault> {
    let mut gaps = Vec::new();
    let mut need = |holds: bool, path: &str, message: String| {
        if !holds {
            gaps.push(Fault::new(FaultKind::Required, path, message));
        }
    };
    need(
        scope.themes > 0,
        "themes",
        "The scope names at least one theme.".to_owned(),
    );
    need(
        scope.lines > 0,
        "linesOfEnquiry",
        "The scope has at least one line of enquiry.".to_owned(),
    );
    need(
        scope.windows > 0,
        "windows",
        "The scope offers at least one window.".to_owned(),
    );
    need(
        scope.has_mode,
        "deliveryMode",
        "The scope says where the fieldwork takes place.".to_owned(),
    );
    need(
        scope.slots >= limits.slots_min as usize,
        "slots",
        format!(
            "The team has {} slots; the policy asks for at least {}.",
            scope.slots, limits.slots_min
        ),
    );
    need(scope.has_lead, "slots", "One slot leads the team.".to_owned());
    gaps
}

#[cfg(test)]
mod tests;

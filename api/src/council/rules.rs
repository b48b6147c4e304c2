//! What a fact about a council must hold: control and its date, changes of leadership, delivery bodies.
//!
//! Pure: rows and plain values in, all faults out, for the API and for spreadsheets. Paths are those of the GraphQL inputs.
//! Neighbours: `service`, `import::store` (political control, leadership changes, delivery bodies).

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    council,
    enums::{DeliveryBodyKind, PoliticalControl},
};
use uuid::Uuid;

use crate::{
    faults::{Fault, FaultKind, text},
    peer::rules as periods,
};

/// Most characters of a delivery body's name.
const NAME_MAX: usize = 200;
/// Most councils that one delivery body serves, past services included.
pub const SERVICES_MAX: usize = 20;

/// A delivery body as it is to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewBody {
    /// Name.
    pub name: String,
    /// Legal form.
    pub kind: DeliveryBodyKind,
    /// First day, where known.
    pub starts_on: Option<NaiveDate>,
    /// Last day, where it has one.
    pub ends_on: Option<NaiveDate>,
    /// The councils that it serves.
    pub services: Vec<NewService>,
}

/// A delivery body's service for one council.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NewService {
    /// The council.
    pub council: Uuid,
    /// First day, where known.
    pub starts_on: Option<NaiveDate>,
    /// Last day, where it has one.
    pub ends_on: Option<NaiveDate>,
}

/// A fault unless something can have changed at the council on `day`: not in the future, within the council's existence.
pub fn changed_on(path: &str, council: &council::Model, day: NaiveDate, today: NaiveDate) -> Option<Fault> {
    let message = if day > today {
        format!("{day} lies in the future; today is {today}.")
    } else if let Some(first) = council.starts_on.filter(|first| day < *first) {
        format!("{} exists since {first} only.", council.name)
    } else if let Some(last) = council.ends_on.filter(|last| *last < day) {
        format!("{} was abolished on {last}.", council.name)
    } else {
        return None;
    };
    Some(Fault::new(FaultKind::Invalid, path, message))
}

/// Faults of the statement that `control` runs the council since `day`. Only the latest change is kept: an earlier one cannot
/// replace it, but the date of the present control can be put right.
pub fn control(council: &council::Model, control: PoliticalControl, day: NaiveDate, today: NaiveDate) -> Vec<Fault> {
    let mut faults: Vec<Fault> = changed_on("changedOn", council, day, today).into_iter().collect();
    match (council.political_control, council.control_changed_on) {
        (Some(known), Some(since)) if known == control && since == day => {
            let message = format!("{control} since {since} is on record already.");
            faults.push(Fault::new(FaultKind::Taken, "control", message));
        }
        (Some(known), Some(since)) if known != control && day < since => {
            let message = format!("{known} since {since} is on record; an earlier change is not kept.");
            faults.push(Fault::new(FaultKind::Invalid, "changedOn", message));
        }
        _ => {}
    }
    faults
}

/// Faults of a delivery body by itself. Whether its councils exist and its name is free is for the database to say.
pub fn body(new: &NewBody, today: NaiveDate) -> Vec<Fault> {
    let mut faults: Vec<Fault> = text("name", &new.name, NAME_MAX).into_iter().collect();
    faults.extend(period("endsOn", new.starts_on, new.ends_on, today));
    if new.services.is_empty() {
        let message = "A delivery body serves at least one council.";
        faults.push(Fault::new(FaultKind::Required, "services", message));
    }
    if new.services.len() > SERVICES_MAX {
        let message = format!("{} services are given; at most {SERVICES_MAX}.", new.services.len());
        faults.push(Fault::new(FaultKind::TooMany, "services", message));
        return faults;
    }
    let mut seen = HashSet::new();
    for (index, service) in new.services.iter().enumerate() {
        let at = |field: &str| format!("services.{index}.{field}");
        if !seen.insert(service.council) {
            let message = "This council stands in the list already.";
            faults.push(Fault::new(FaultKind::Taken, at("councilId"), message));
        }
        if let Some(fault) = period(&at("endsOn"), service.starts_on, service.ends_on, today) {
            faults.push(fault);
            continue;
        }
        if let (Some(first), Some(from)) = (new.starts_on, service.starts_on)
            && from < first
        {
            let message = format!("{from} lies before {first}, the first day of the body itself.");
            faults.push(Fault::new(FaultKind::Invalid, at("startsOn"), message));
        }
        if let (Some(last), Some(until)) = (new.ends_on, service.ends_on)
            && until > last
        {
            let message = format!("{until} lies after {last}, the last day of the body itself.");
            faults.push(Fault::new(FaultKind::Invalid, at("endsOn"), message));
        }
    }
    faults
}

fn period(path: &str, from: Option<NaiveDate>, until: Option<NaiveDate>, today: NaiveDate) -> Option<Fault> {
    let (kind, message) = match periods::tie_days(from, until, today).err()? {
        periods::Fault::Reversed(message) => (FaultKind::DatesReversed, message),
        periods::Fault::Unacceptable(message) => (FaultKind::Invalid, message),
    };
    Some(Fault::new(kind, path, message))
}

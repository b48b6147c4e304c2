//! Days given and received beside a plan: what people served, or are confirmed for, in the 24 months that end with the plan's last
//! day. The plan's own challenges are left out, because the plan itself counts them.

use std::collections::HashMap;

use chrono::{Days, Months, NaiveDate};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::body::Body;
use crate::{
    graphql::errors::Result,
    picture::{served::Served, sql::Sql},
};

/// Months over which days are weighed against each other (matching.md, section 6).
pub const MONTHS: u32 = 24;

#[derive(FromQueryResult)]
struct Visit {
    peer_id: Uuid,
    home_id: Uuid,
    host_id: Uuid,
    days: i64,
}

/// Person days beside a plan.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By person.
    pub people: HashMap<Uuid, i64>,
    /// Given, by home council.
    pub given: HashMap<Uuid, i64>,
    /// Received, by host.
    pub received: HashMap<Uuid, i64>,
}

/// First and last day of the months that end with the plan; with `today` where nothing takes place.
fn period(body: &Body, today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let until = body
        .challenges
        .iter()
        .filter_map(|one| one.ends_on)
        .max()
        .unwrap_or(today);
    let from = until.checked_sub_months(Months::new(MONTHS));
    let from = from.and_then(|day| day.checked_add_days(Days::new(1)));
    (from.unwrap_or(until), until)
}

/// What was served beside the plan, in one statement.
///
/// # Errors
/// The database's.
pub async fn load(body: &Body, today: NaiveDate, connection: &impl ConnectionTrait) -> Result<History> {
    let (from, until) = period(body, today);
    let own: Vec<Uuid> = body.frames.iter().map(|frame| frame.challenge).collect();
    let mut sql = Sql::new(connection);
    let served = Served {
        from,
        until,
        programmes: &[],
        without: &own,
        to_come: true,
    };
    served.select(&mut sql);
    let mut history = History::default();
    for row in sql.all::<Visit>(connection).await? {
        *history.people.entry(row.peer_id).or_default() += row.days;
        *history.given.entry(row.home_id).or_default() += row.days;
        *history.received.entry(row.host_id).or_default() += row.days;
    }
    Ok(history)
}

/// Challenges and days of everybody on a plan.
pub fn planned(body: &Body) -> HashMap<Uuid, (u32, i64)> {
    let mut people: HashMap<Uuid, (u32, i64)> = HashMap::new();
    for one in &body.challenges {
        let Some((from, until)) = one.starts_on.zip(one.ends_on) else {
            continue;
        };
        for place in &one.places {
            let (challenges, days) = people.entry(place.peer).or_default();
            *challenges += 1;
            *days += (until - from).num_days() + 1;
        }
    }
    people
}

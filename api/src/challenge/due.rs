//! Deadlines of all live challenges that a viewer sees, in one list: what is overdue or due soon, where, and on whom it waits.
//!
//! When something is due follows from policies and working days, so the list is worked out and not selected: whatever page is asked
//! for, the timelines of all live challenges of the filter are read, in as many statements as for one (`timeline::load`). Live are
//! some hundreds at a time, however many years there are on record.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{
    deadlines,
    objects::PeerChallenge,
    parts::{ChallengeDeadline, DeadlineParty, DeadlineStanding},
    repo,
    timeline::{self, Line, Standing, Waiting},
};
use crate::{
    auth::Viewer,
    graphql::{
        errors::Result,
        ids::Kind,
        page::{List, PageArgs, argument_ids, page_of},
    },
};

/// Narrows a list of deadlines. All given conditions must hold; within a list one of its values must.
#[derive(Debug, Default, InputObject)]
pub struct DeadlineFilter {
    /// Standing so (OVERDUE, DUE_SOON …).
    #[graphql(validator(max_items = 7))]
    standings: Option<Vec<DeadlineStanding>>,
    /// Waiting on one of these.
    #[graphql(validator(max_items = 3))]
    waiting_on: Option<Vec<DeadlineParty>>,
    /// Of hosts in one of these regions (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// Of challenges of one of these programmes (at most 50).
    #[graphql(validator(max_items = 50))]
    programme_ids: Option<Vec<ID>>,
}

/// A deadline and the challenge that it is about.
#[derive(SimpleObject)]
pub struct DueDeadline {
    /// The challenge.
    challenge: PeerChallenge,
    /// What is due, when, and on whom it waits.
    deadline: ChallengeDeadline,
}

/// The deadlines of the live challenges that `viewer` may see, earliest first.
///
/// # Errors
/// `BAD_USER_INPUT` for foreign ids and cursors; the database's.
pub(super) async fn list(
    viewer: &Viewer,
    filter: DeadlineFilter,
    args: &PageArgs,
    today: chrono::NaiveDate,
    connection: &impl sea_orm::ConnectionTrait,
) -> Result<List<DueDeadline>> {
    let standings: Vec<Standing> = filter.standings.into_iter().flatten().map(Into::into).collect();
    let parties: Vec<Waiting> = filter.waiting_on.into_iter().flatten().map(Into::into).collect();
    let wanted = repo::Filter {
        regions: argument_ids(Kind::Region, filter.region_ids, "filter.regionIds")?,
        programmes: argument_ids(Kind::Programme, filter.programme_ids, "filter.programmeIds")?,
        live: true,
        ..repo::Filter::default()
    };
    let rows = repo::select(viewer, &wanted).all(connection).await?;
    let lines = timeline::load(&rows, today, connection).await?;
    let fits = |line: &&Line| {
        (standings.is_empty() || standings.contains(&line.standing))
            && (parties.is_empty() || parties.contains(&line.waiting_on))
    };
    let mut found = Vec::new();
    for row in &rows {
        for line in lines.get(&row.id).into_iter().flatten().filter(fits) {
            // One milestone of a challenge is there once, so day, milestone and challenge are a key.
            let place = format!("{} {}", line.due.on, deadlines::code(line.due.milestone)?);
            found.push((place, row, *line));
        }
    }
    let name = format!("deadlines by day {standings:?} {parties:?} {wanted:?}");
    let page = page_of(&name, found, |(place, row, _)| (place.clone(), row.id), args)?;
    Ok(page.into_list(|(_, row, line)| DueDeadline {
        challenge: PeerChallenge(row.clone()),
        deadline: line.into(),
    }))
}

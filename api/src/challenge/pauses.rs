//! When challenges stood still: whoever had a number of days gets those back.
//!
//! Neighbours: `notice::dated` and `team::service::object` (the host's days for objections), `invitation::service::resume` (gives them
//! to people who are asked, by writing down their new day).

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::stage_change;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    deadlines,
    lifecycle::{is_suspended, suspended},
};
use crate::programme::policy::{Milestone, PolicyBody};

/// From which day to which day each challenge stood still, one after the other. Not the time that it stands still now.
#[derive(Debug, Default)]
pub struct Pauses(HashMap<Uuid, Vec<[NaiveDate; 2]>>);

impl Pauses {
    /// The pauses of these challenges.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(
        challenges: impl Iterator<Item = Uuid>,
        connection: &impl ConnectionTrait,
    ) -> Result<Self, DbErr> {
        let there_or_back = Condition::any()
            .add(stage_change::Column::Stage.is_in(suspended()))
            .add(stage_change::Column::FromStage.is_in(suspended()));
        let mut changes = stage_change::Entity::find()
            .filter(stage_change::Column::ChallengeId.is_in(challenges))
            .filter(there_or_back)
            .all(connection)
            .await?;
        changes.sort_by_key(|change| (change.at, change.id));
        let mut since: HashMap<Uuid, NaiveDate> = HashMap::new();
        let mut pauses = Self::default();
        for change in changes {
            if is_suspended(change.stage) {
                since.entry(change.challenge_id).or_insert(change.on_day);
            } else if let Some(from) = since.remove(&change.challenge_id) {
                let of = pauses.0.entry(change.challenge_id).or_default();
                of.push([from, change.on_day]);
            }
        }
        Ok(pauses)
    }

    /// The last day of something that somebody has `since` a day by the policy, with the days for which the challenge stood still
    /// meanwhile; `None` where the policy sets no such day.
    pub fn last_day(
        &self,
        challenge: Uuid,
        policy: &PolicyBody,
        milestone: Milestone,
        since: NaiveDate,
    ) -> Option<NaiveDate> {
        let last = deadlines::last_day(policy, milestone, since)?;
        let pauses = self.0.get(&challenge).map_or(&[][..], Vec::as_slice);
        Some(given_back(since, last, pauses))
    }
}

/// The last day of something that somebody has since a day, moved by the days for which the challenge stood still meanwhile. Whose time
/// was over before gets none of them.
pub fn given_back(since: NaiveDate, last: NaiveDate, pauses: &[[NaiveDate; 2]]) -> NaiveDate {
    pauses.iter().fold(last, |last, &[from, until]| {
        if since <= from && from <= last {
            last.checked_add_signed(until - from).unwrap_or(last)
        } else {
            last
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_pauses_are_given_back_while_there_was_time() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2027, 3, day).unwrap();
        let given = |pauses: &[[u32; 2]]| {
            let pauses: Vec<_> = pauses.iter().map(|[from, until]| [day(*from), day(*until)]).collect();
            given_back(day(5), day(10), &pauses)
        };
        assert_eq!(given(&[]), day(10));
        assert_eq!(given(&[[1, 4]]), day(10), "before it began");
        assert_eq!(given(&[[10, 14]]), day(14), "from its last day on");
        assert_eq!(given(&[[11, 14]]), day(10), "when it was over");
        assert_eq!(
            given(&[[6, 8], [12, 15], [16, 20]]),
            day(15),
            "one pause makes room for the next, as far as it goes"
        );
    }
}

//! What has a day of its own, besides the deadlines of challenges: answers to invitations, objections of hosts, actions of
//! plans.
//!
//! Neighbours: `remind` (reminds of it), `tasks` (shows actions to their host), `challenge::deadlines` (the rest).

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    assignment, challenge,
    enums::{ActionStatus, AssignmentStatus, InvitationState, Stage},
    invitation, plan_action,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Reader;
use crate::{
    challenge::{lifecycle::is_suspended, pauses::Pauses},
    clock::civil_date,
    graphql::errors::{ApiError, Result},
    programme::{
        policy::{Limits, Milestone},
        repo::bodies,
    },
    team::service::REPLACEABLE,
};

/// Something that somebody has until a day.
#[derive(Clone, Debug)]
pub struct Dated<'r> {
    /// Who has to act.
    pub reader: Reader,
    /// The challenge.
    pub row: &'r challenge::Model,
    /// What it is called in the policy, if it is.
    pub milestone: Option<Milestone>,
    /// The day since which it is waited for.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub on: NaiveDate,
    /// What it is, with a verb.
    pub what: String,
    /// What makes it the same thing.
    pub key: String,
    /// Of the challenge's policy.
    pub limits: Limits,
}

/// Undone actions of published plans on these challenges: how many are due on which day.
///
/// # Errors
/// The database's.
pub async fn actions(
    rows: impl Iterator<Item = &challenge::Model>,
    connection: &impl ConnectionTrait,
) -> Result<BTreeMap<(Uuid, NaiveDate), usize>> {
    let planned = rows.filter(|row| matches!(row.stage, Stage::ActionPlanned | Stage::ProgressReviewed));
    let found = plan_action::Entity::find()
        .filter(plan_action::Column::ChallengeId.is_in(planned.map(|row| row.id)))
        .filter(plan_action::Column::Status.is_in([ActionStatus::NotStarted, ActionStatus::UnderWay]))
        .all(connection)
        .await?;
    let mut count = BTreeMap::new();
    for action in found {
        *count.entry((action.challenge_id, action.due_on)).or_default() += 1;
    }
    Ok(count)
}

/// Everything of this kind on these challenges. While one is put off, nothing of it is waited for.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn load<'r>(rows: &'r [challenge::Model], connection: &impl ConnectionTrait) -> Result<Vec<Dated<'r>>> {
    let live: Vec<&challenge::Model> = rows.iter().filter(|row| !is_suspended(row.stage)).collect();
    let by_id: HashMap<Uuid, &challenge::Model> = live.iter().map(|row| (row.id, *row)).collect();
    let bodies = bodies(live.iter().map(|row| row.policy_id), connection).await?;
    let policy_of = |row: &challenge::Model| {
        let found = bodies.get(&row.policy_id);
        found.ok_or_else(|| ApiError::internal(format_args!("the policy of challenge {} is missing", row.id)))
    };
    let mut all = Vec::new();
    let built = live.iter().filter(|row| REPLACEABLE.contains(&row.stage));
    let sent = invitation::Entity::find()
        .inner_join(assignment::Entity)
        .filter(invitation::Column::ChallengeId.is_in(built.clone().map(|row| row.id)))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::KNOWING))
        .order_by_asc(invitation::Column::Id)
        .all(connection)
        .await?;
    // The host was told of somebody when they were first invited to their place.
    let mut told: BTreeMap<Uuid, (Uuid, NaiveDate)> = BTreeMap::new();
    for one in sent {
        let Some(row) = by_id.get(&one.challenge_id) else {
            continue;
        };
        let since = civil_date(one.sent_at);
        told.entry(one.assignment_id).or_insert((row.id, since));
        if one.state != InvitationState::Sent {
            continue;
        }
        all.push(Dated {
            reader: Reader::Peer(one.peer_id),
            row,
            milestone: Some(Milestone::InvitationAnswer),
            since: Some(since),
            on: one.answer_by,
            what: "your answer to the invitation is".to_owned(),
            key: format!("answer:{}", one.id),
            limits: policy_of(row)?.limits,
        });
    }
    // Those whom it was told of on one day it may object to until one day.
    let mut objections: BTreeMap<(Uuid, NaiveDate), NaiveDate> = BTreeMap::new();
    let stood = Pauses::load(built.map(|row| row.id), connection).await?;
    for (id, since) in told.into_values() {
        let Some(row) = by_id.get(&id) else { continue };
        if let Some(on) = stood.last_day(id, policy_of(row)?, Milestone::HostObjection, since) {
            objections.insert((id, on), since);
        }
    }
    for ((id, on), since) in objections {
        let Some(row) = by_id.get(&id) else { continue };
        all.push(Dated {
            reader: Reader::Host(row.host_id),
            row,
            milestone: Some(Milestone::HostObjection),
            since: Some(since),
            on,
            what: "an objection to somebody on the team, if you have one, is".to_owned(),
            key: format!("objection:{id}:until"),
            limits: policy_of(row)?.limits,
        });
    }
    for ((id, on), count) in actions(live.iter().copied(), connection).await? {
        let Some(row) = by_id.get(&id) else { continue };
        all.push(Dated {
            reader: Reader::Host(row.host_id),
            row,
            milestone: None,
            since: None,
            on,
            what: actions_in_words(count),
            key: format!("actions:{id}"),
            limits: policy_of(row)?.limits,
        });
    }
    Ok(all)
}

/// So many actions of the plan, with a verb.
pub(super) fn actions_in_words(count: usize) -> String {
    match count {
        1 => "an action of the plan is".to_owned(),
        _ => format!("{count} actions of the plan are"),
    }
}

//! Deadlines set by hand: they stay where they are when dates move, until they are given back to the policy.

use chrono::{Months, NaiveDate};
use entity::{challenge, challenge_request, deadline_override, enums::Stage};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, sea_query::OnConflict};
use serde_json::json;
use uuid::Uuid;

use super::{
    claim, programme_only,
    stage::{record, save},
    stored_windows,
};
use crate::{
    challenge::{deadlines, rules, timeline},
    clock::civil_date,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
    },
    programme::{
        policy::{Anchor, Milestone},
        repo::pinned,
    },
};

/// A day set by hand.
#[derive(Clone, Debug)]
pub struct NewDeadline {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// What is due.
    pub milestone: Milestone,
    /// By when; nothing gives it back to the policy.
    pub due_on: Option<NaiveDate>,
    /// Why.
    pub note: String,
}

/// Months after a visit within which everything about it is due: a day beyond is a slip of the pen.
const MONTHS_AFTER: Months = Months::new(24);

/// Refuses a day on which nothing counted from `anchor` can be due: before the request, or for what follows the visit before the
/// visit; after the visit for what precedes it, or two years after it.
async fn outside(tx: &Tx, row: &challenge::Model, anchor: Anchor, day: NaiveDate) -> Outcome<Option<UserError>> {
    let request = challenge_request::Entity::find()
        .filter(challenge_request::Column::ChallengeId.eq(row.id))
        .one(tx)
        .await?;
    let asked_on = civil_date(
        request
            .and_then(|request| request.submitted_at)
            .unwrap_or(row.created_at),
    );
    let windows = stored_windows(tx, row.id).await?;
    let proposed = (
        windows.iter().map(|window| window.starts_on).min(),
        windows.iter().map(|window| window.ends_on).max(),
    );
    let starts_on = row.starts_on.or(proposed.0);
    let ends_on = row.ends_on.or(proposed.1);
    let latest = ends_on.and_then(|last| last.checked_add_months(MONTHS_AFTER));
    let (first, last) = match anchor {
        Anchor::FieldworkEnd | Anchor::ReportDrafted => (starts_on.unwrap_or(asked_on), latest),
        Anchor::Submitted | Anchor::FieldworkStart => (asked_on, ends_on),
        Anchor::Postponed => (civil_date(row.stage_changed_at), latest),
        Anchor::Invited | Anchor::TeamProposed => (asked_on, latest),
    };
    let last = last.unwrap_or(NaiveDate::MAX);
    let message = if day < first {
        format!("{day} is too early: the request, the visit or the postponement allow {first} at the earliest.")
    } else if last < day {
        format!("{day} is too late: the days of the visit allow {last} at the latest.")
    } else {
        return Ok(None);
    };
    Ok(Some(UserError::at(UserErrorCode::Invalid, "dueOn", message)))
}

/// Sets a deadline by hand, or gives it back to the policy.
///
/// # Errors
/// Refused for anybody but the programme, for a milestone that the challenge does not have or that is counted for single people, for a
/// day that lies nowhere near the visit, and without a reason.
pub async fn set(tx: &Tx, act: &Act, new: NewDeadline) -> Outcome<challenge::Model> {
    let row = claim(tx, act, new.challenge).await?;
    programme_only(&act.viewer, "sets deadlines")?;
    UserError::unless_fresh(&row.reference, new.version, row.version)?;
    let policy = pinned(row.policy_id, tx).await?;
    let mut errors = refusals(rules::text("note", &new.note, rules::TEXT_MAX), true);
    let milestone = deadlines::code(new.milestone)?;
    let asked = timeline::is_asked(new.milestone, row.first_challenge_id.is_some());
    match policy.deadline(new.milestone).filter(|_| asked) {
        None => {
            let message = "The challenge has no such deadline.";
            errors.push(UserError::at(UserErrorCode::NotFound, "milestone", message));
        }
        Some(rule) if matches!(rule.anchor, Anchor::Invited | Anchor::TeamProposed) => {
            let message =
                format!("{milestone} is counted for each person who is asked; a challenge has no one day of it.");
            errors.push(UserError::at(UserErrorCode::Invalid, "milestone", message));
        }
        Some(_) if new.milestone == Milestone::PostponementVoid && row.stage != Stage::Postponed => {
            let message = format!("{} is not postponed: there is no end of it to set.", row.reference);
            errors.push(UserError::at(UserErrorCode::IllegalStage, "milestone", message));
        }
        Some(rule) => {
            if let Some(day) = new.due_on {
                errors.extend(outside(tx, &row, rule.anchor, day).await?);
            }
        }
    }
    refuse_if_any(errors)?;
    let saved = save(tx, act, &row, challenge::ActiveModel::default()).await?;
    match new.due_on {
        Some(due_on) => {
            use deadline_override::Column;
            let set = deadline_override::ActiveModel {
                challenge_id: Set(row.id),
                milestone: Set(milestone.clone()),
                due_on: Set(due_on),
                note: Set(new.note.trim().to_owned()),
                set_by: Set(act.viewer.subject.clone()),
                set_at: Set(act.at),
            };
            deadline_override::Entity::insert(set)
                .on_conflict(
                    OnConflict::columns([Column::ChallengeId, Column::Milestone])
                        .update_columns([Column::DueOn, Column::Note, Column::SetBy, Column::SetAt])
                        .to_owned(),
                )
                .exec_without_returning(tx)
                .await?;
        }
        None => {
            deadline_override::Entity::delete_by_id((row.id, milestone.clone()))
                .exec(tx)
                .await?;
        }
    }
    let mut details = serde_json::Map::new();
    details.insert("milestone".to_owned(), json!(milestone));
    details.insert("dueOn".to_owned(), json!(new.due_on));
    record(tx, act, "DEADLINE_SET", &saved, details).await?;
    Ok(saved)
}

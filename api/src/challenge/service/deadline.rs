//! Deadlines set by hand: they stay where they are when dates move, until they are given back to the policy.

use chrono::NaiveDate;
use entity::{challenge, deadline_override};
use sea_orm::{EntityTrait, Set, sea_query::OnConflict};
use serde_json::json;
use uuid::Uuid;

use super::{
    claim, programme_only,
    stage::{record, save},
};
use crate::{
    challenge::{deadlines, rules},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
    },
    programme::{policy::Milestone, repo::pinned},
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

/// Sets a deadline by hand, or gives it back to the policy.
///
/// # Errors
/// Refused for anybody but the programme, for a milestone that the policy does not have, and without a reason.
pub async fn set(tx: &Tx, act: &Act, new: NewDeadline) -> Outcome<challenge::Model> {
    let row = claim(tx, act, new.challenge).await?;
    programme_only(&act.viewer, "sets deadlines")?;
    UserError::unless_fresh(&row.reference, new.version, row.version)?;
    let policy = pinned(row.policy_id, tx).await?;
    let mut errors = refusals(rules::text("note", &new.note, rules::TEXT_MAX), true);
    if policy.deadline(new.milestone).is_none() {
        let message = "The challenge's policy has no such deadline.";
        errors.push(UserError::at(UserErrorCode::NotFound, "milestone", message));
    }
    refuse_if_any(errors)?;
    let milestone = deadlines::code(new.milestone)?;
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

//! Inviting a nominated team; the host hears of it and may object.

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, Stage},
    invitation,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{answer_by, propose, send};
use crate::{
    challenge::service::{claim, needs_stage, programme_only},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refuse_if_any},
    },
    team::{
        service::verdict_error,
        world::{self, Whom},
    },
};

/// Invites everybody who is nominated. The host hears of the proposed team and by when it may object.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, without a chosen window, when nobody is nominated, and with
/// every rule that speaks against anybody at this moment.
pub async fn invite_team(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    version: i32,
) -> Outcome<(challenge::Model, Vec<invitation::Model>)> {
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "invites teams")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    needs_stage(&row, &[Stage::TeamBuilding], "inviting the team")?;
    let facts = world::load(row.clone(), Whom::Only(&[]), act.today, tx).await?;
    let mut errors = Vec::new();
    if row.window_id.is_none() {
        let message = "Choose the window first: people are invited for days.";
        errors.push(UserError::at(UserErrorCode::Required, "challengeId", message));
    }
    let places = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.eq(id))
        .filter(assignment::Column::Status.eq(AssignmentStatus::Nominated))
        .order_by_asc(assignment::Column::Id)
        .all(tx)
        .await?;
    if places.is_empty() {
        let message = "Nobody is nominated who is not invited yet.";
        errors.push(UserError::at(UserErrorCode::Invalid, "challengeId", message));
    }
    for place in &places {
        let (_, verdict) = facts.verdict(place)?;
        errors.extend(verdict_error(&facts, &verdict, "challengeId"));
    }
    refuse_if_any(errors)?;
    let by = answer_by(act, &facts.policy_body)?;
    let mut sent = Vec::with_capacity(places.len());
    for place in places {
        sent.push(send(tx, act, &row, place, by).await?);
    }
    if let Some(first) = sent.first() {
        propose(tx, act, &row, &facts.policy_body, first.id).await?;
    }
    Ok((row, sent))
}

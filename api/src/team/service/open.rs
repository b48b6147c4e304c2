//! Leaving a slot open: the team goes without.

use entity::{
    challenge,
    enums::{AssignmentStatus, Stage},
    open_slot,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{in_stage, programme_only, reason, slot_for_update};
use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
};

/// Decides that a vacant slot stays open; the team can be confirmed without it. Whoever is nominated for it later takes the decision
/// back.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, without a reason, for the lead's slot, for one that somebody holds
/// or that is left open already, and when the challenge changed.
pub async fn leave(tx: &Tx, act: &Act, slot: Uuid, version: i32, why: &str) -> Outcome<challenge::Model> {
    let (slot, row) = slot_for_update(tx, act, slot, "slotId").await?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Leaving a slot open")?;
    UserError::unless_fresh("This", version, row.version)?;
    let why = reason(why, "reason")?;
    let held = entity::assignment::Entity::find()
        .filter(entity::assignment::Column::SlotId.eq(slot.id))
        .filter(entity::assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .count(tx)
        .await?;
    let mut errors = Vec::new();
    if slot.is_lead {
        let message = "A team needs its lead: this slot cannot be left open.";
        errors.push(UserError::at(UserErrorCode::TeamRule, "slotId", message));
    }
    if held > 0 {
        errors.push(UserError::at(
            UserErrorCode::Taken,
            "slotId",
            "Somebody holds this slot.",
        ));
    }
    if open_slot::Entity::find_by_id(slot.id).one(tx).await?.is_some() {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "slotId",
            "It is left open already.",
        ));
    }
    refuse_if_any(errors)?;
    open_slot::ActiveModel {
        slot_id: Set(slot.id),
        challenge_id: Set(row.id),
        reason: Set(why),
        decided_by: Set(act.viewer.subject.clone()),
        decided_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    let event = Event::new("SLOT_LEFT_OPEN", Kind::TeamSlot, slot.id)
        .of_challenge(row.id)
        .of_council(row.host_id);
    audit::record(tx, act, event).await?;
    Ok(row)
}

//! Corrections of fact: the host asks for them, the lead peer decides; the original stays beside each.

use entity::{
    accuracy_edit,
    enums::{EditStatus, Stage},
    recommendation,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{report_of, write};
use crate::{
    audit::{self, Event},
    challenge::{
        rules::TEXT_MAX,
        service::{claim, claim_part, host_only, lead_only, needs_stage, trimmed},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    report::repo,
    visit::service::room_for,
};

/// Most corrections of a report.
const MOST: u64 = 200;

/// A correction to be.
#[derive(Clone, Debug)]
pub struct NewEdit {
    /// The challenge.
    pub challenge: Uuid,
    /// The recommendation that it is about; the summary unless given.
    pub recommendation: Option<Uuid>,
    /// The text as the host wants it.
    pub proposed: String,
    /// Why.
    pub reason: String,
}

async fn record(tx: &Tx, act: &Act, action: &'static str, row: &accuracy_edit::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::AccuracyEdit, row.id)
        .of_challenge(row.challenge_id)
        .with(serde_json::json!({ "status": row.status, "recommendation": row.recommendation_id }));
    audit::record(tx, act, event).await?;
    Ok(())
}

/// Asks for a correction of fact in the draft.
///
/// # Errors
/// Refused for anybody but the host and the programme, unless the report is drafted, for empty texts, and for a
/// recommendation of another challenge.
pub async fn propose(tx: &Tx, act: &Act, new: NewEdit) -> Outcome<accuracy_edit::Model> {
    let row = claim(tx, act, new.challenge).await?;
    host_only(&act.viewer, "ask for corrections")?;
    needs_stage(&row, &[Stage::ReportDrafted], "correcting the draft")?;
    let faults = [
        text("proposed", &new.proposed, TEXT_MAX),
        text("reason", &new.reason, TEXT_MAX),
    ];
    let mut errors = refusals(faults.into_iter().flatten(), true);
    let original = match new.recommendation {
        None => report_of(tx, row.id).await?.summary,
        Some(id) => {
            let found = recommendation::Entity::find_by_id(id)
                .filter(recommendation::Column::ChallengeId.eq(row.id))
                .one(tx)
                .await?;
            if found.is_none() {
                errors.push(UserError::not_found(
                    "recommendationId",
                    "recommendation of this challenge",
                ));
            }
            found.map(|found| found.text)
        }
    };
    refuse_if_any(errors)?;
    let there = accuracy_edit::Entity::find()
        .filter(accuracy_edit::Column::ChallengeId.eq(row.id))
        .count(tx)
        .await?;
    room_for(there, MOST, "corrections")?;
    let edit = accuracy_edit::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        recommendation_id: Set(new.recommendation),
        original: Set(original.unwrap_or_default()),
        proposed: Set(new.proposed.trim().to_owned()),
        reason: Set(new.reason.trim().to_owned()),
        status: Set(EditStatus::Open),
        proposed_by: Set(act.viewer.subject.clone()),
        proposed_at: Set(act.at),
        decided_by: Set(None),
        decided_at: Set(None),
        decision_note: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    record(tx, act, "CORRECTION_PROPOSED", &edit).await?;
    Ok(edit)
}

/// Decides on a correction. Accepted, the text changes; what it was stays with the correction.
///
/// # Errors
/// Refused for anybody but the lead peer and the programme, when it is decided already or changed, and when the text has
/// changed since the correction was asked for.
pub async fn decide(
    tx: &Tx,
    act: &Act,
    (id, version): (Uuid, i32),
    accept: bool,
    note: Option<String>,
) -> Outcome<accuracy_edit::Model> {
    let missing = || UserError::not_found("accuracyEditId", "correction");
    let sight = repo::visible_edits(&act.viewer);
    let (row, challenge) =
        claim_part::<accuracy_edit::Entity>(tx, act, id, sight, |row| row.challenge_id, missing).await?;
    lead_only(tx, act, challenge.id, "decides on corrections").await?;
    UserError::unless_fresh("This", version, row.version)?;
    needs_stage(&challenge, &[Stage::ReportDrafted], "deciding on a correction")?;
    let faults = note.as_deref().and_then(|note| text("note", note, TEXT_MAX));
    let mut errors = refusals(faults, true);
    if row.status != EditStatus::Open {
        let message = format!("It is decided already ({}).", row.status);
        errors.push(UserError::at(UserErrorCode::Invalid, "accuracyEditId", message));
    }
    refuse_if_any(errors)?;
    if accept {
        take_over(tx, act, &row).await?;
    }
    let mut decided = row.into_active_model();
    decided.status = Set(if accept {
        EditStatus::Accepted
    } else {
        EditStatus::Rejected
    });
    decided.decided_by = Set(Some(act.viewer.subject.clone()));
    decided.decided_at = Set(Some(act.at));
    decided.decision_note = Set(trimmed(note));
    decided.version = Set(version + 1);
    decided.updated_at = Set(act.at);
    let decided = decided.update(tx).await?;
    record(tx, act, "CORRECTION_DECIDED", &decided).await?;
    Ok(decided)
}

/// Changes the text that a correction is about, if it still is what it was.
async fn take_over(tx: &Tx, act: &Act, edit: &accuracy_edit::Model) -> Outcome<()> {
    let changed = || {
        let message = "The text was corrected meanwhile; reject this correction and ask for it anew.";
        UserError::at(UserErrorCode::Conflict, "accuracyEditId", message)
    };
    if let Some(id) = edit.recommendation_id {
        // Locked with its challenge.
        let row = recommendation::Entity::find_by_id(id).one(tx).await?;
        let row = row.ok_or_else(|| ApiError::internal("a correction has lost its recommendation"))?;
        if row.text != edit.original {
            return Err(changed().into());
        }
        let version = row.version;
        let mut new = row.into_active_model();
        new.text = Set(edit.proposed.clone());
        new.version = Set(version + 1);
        new.updated_at = Set(act.at);
        new.update(tx).await?;
        return Ok(());
    }
    let report = report_of(tx, edit.challenge_id).await?;
    if report.summary.as_deref() != Some(edit.original.as_str()) {
        return Err(changed().into());
    }
    write(tx, act, report, |report| {
        report.summary = Set(Some(edit.proposed.clone()));
    })
    .await
}

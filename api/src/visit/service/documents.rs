//! Links to documents: added, taken away.

use entity::{
    challenge_document,
    enums::{DocumentClass, DocumentKind, Stage},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use super::{Who, only, room_for};
use crate::{
    audit::{self, Event},
    challenge::service::{claim, needs_stage},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, refusals, refuse_if_any},
        ids::Kind,
    },
    programme::repo::pinned,
    visit::{
        repo,
        rules::{self, DOCUMENTS_MAX, NewDocument},
    },
};

/// Stages in which documents can be linked.
const OPEN: [Stage; 10] = [
    Stage::Scoped,
    Stage::TeamBuilding,
    Stage::TeamConfirmed,
    Stage::Preparing,
    Stage::OnSite,
    Stage::FeedbackGiven,
    Stage::ReportDrafted,
    Stage::ReportFinal,
    Stage::Published,
    Stage::ActionPlanned,
];

/// Adds a link to a document.
///
/// # Errors
/// Refused for anybody but the host, the team and the programme, before the scope is complete and after the end, for a link or
/// text that breaks the rules, and for case material that is not for the team alone or stays too long.
pub async fn add(
    tx: &Tx,
    act: &Act,
    challenge: Uuid,
    kind: DocumentKind,
    new: NewDocument,
) -> Outcome<challenge_document::Model> {
    let row = claim(tx, act, challenge).await?;
    only(tx, act, row.id, Who::HostAndTeam, "link documents").await?;
    needs_stage(&row, &OPEN, "linking a document")?;
    let days = if new.class == DocumentClass::CaseMaterial {
        pinned(row.policy_id, tx).await?.limits.case_link_days
    } else {
        0
    };
    refuse_if_any(refusals(rules::document(&new, act.today, row.ends_on, days), true))?;
    let there = challenge_document::Entity::find()
        .filter(challenge_document::Column::ChallengeId.eq(row.id))
        .filter(challenge_document::Column::RemovedAt.is_null())
        .count(tx)
        .await?;
    room_for(there, DOCUMENTS_MAX, "documents")?;
    let added = challenge_document::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        kind: Set(kind),
        title: Set(new.title.trim().to_owned()),
        url: Set(new.url.trim().to_owned()),
        purpose: Set(new.purpose.trim().to_owned()),
        audience: Set(new.audience),
        class: Set(new.class),
        expires_on: Set(new.expires_on),
        added_by: Set(act.viewer.subject.clone()),
        added_at: Set(act.at),
        removed_at: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    record(tx, act, "DOCUMENT_ADDED", &added).await?;
    Ok(added)
}

/// What is written down leaves out the link itself.
async fn record(tx: &Tx, act: &Act, action: &'static str, row: &challenge_document::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::ChallengeDocument, row.id)
        .of_challenge(row.challenge_id)
        .with(serde_json::json!({ "kind": row.kind, "class": row.class, "audience": row.audience }));
    audit::record(tx, act, event).await?;
    Ok(())
}

/// Takes a link away.
///
/// # Errors
/// Refused for anybody but the host, the team and the programme, and when it changed or is gone.
pub async fn remove(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge_document::Model> {
    let row = challenge_document::Entity::find_by_id(id)
        .filter(repo::visible_documents(&act.viewer))
        .filter(challenge_document::Column::RemovedAt.is_null())
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or_else(|| UserError::not_found("documentId", "document"))?;
    only(tx, act, row.challenge_id, Who::HostAndTeam, "take documents away").await?;
    UserError::unless_fresh("This", version, row.version)?;
    let mut gone = row.into_active_model();
    gone.removed_at = Set(Some(act.at));
    gone.version = Set(version + 1);
    gone.updated_at = Set(act.at);
    let gone = gone.update(tx).await?;
    record(tx, act, "DOCUMENT_REMOVED", &gone).await?;
    Ok(gone)
}

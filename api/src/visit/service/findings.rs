//! Findings: recorded during the visit, taken back while it lasts.

use entity::{
    enums::{FindingKind, Stage},
    finding, line_of_enquiry, recommendation_finding,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{Who, only, room_for};
use crate::{
    audit::{self, Event},
    auth::ViewerRole,
    challenge::{
        rules::TEXT_MAX,
        service::{claim, claim_part, needs_stage},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    visit::{repo, rules::FINDINGS_MAX},
};

/// Stages in which the team works on its findings: on site, and until the report is drafted.
const OPEN: [Stage; 2] = [Stage::OnSite, Stage::FeedbackGiven];

/// Something found.
#[derive(Clone, Debug)]
pub struct NewFinding {
    /// The challenge.
    pub challenge: Uuid,
    /// Place of the line of enquiry in the scope.
    pub line: i32,
    /// Strength or area for consideration.
    pub kind: FindingKind,
    /// What.
    pub text: String,
}

/// Records a finding.
///
/// # Errors
/// Refused for anybody but the team and the programme, outside of the visit and the writing of the report, for an unknown line
/// of enquiry and an empty text.
pub async fn record(tx: &Tx, act: &Act, new: NewFinding) -> Outcome<finding::Model> {
    let row = claim(tx, act, new.challenge).await?;
    only(tx, act, row.id, Who::Team, "record findings").await?;
    needs_stage(&row, &OPEN, "recording a finding")?;
    let line = line_of_enquiry::Entity::find()
        .filter(line_of_enquiry::Column::ChallengeId.eq(row.id))
        .filter(line_of_enquiry::Column::Position.eq(new.line))
        .one(tx)
        .await?;
    let mut errors = refusals(text("text", &new.text, TEXT_MAX), true);
    if line.is_none() {
        let message = format!("The scope has no line of enquiry {}.", new.line);
        errors.push(UserError::at(UserErrorCode::NotFound, "line", message));
    }
    refuse_if_any(errors)?;
    let there = finding::Entity::find()
        .filter(finding::Column::ChallengeId.eq(row.id))
        .filter(finding::Column::WithdrawnAt.is_null())
        .count(tx)
        .await?;
    room_for(there, FINDINGS_MAX, "findings")?;
    let peer = match act.viewer.role {
        ViewerRole::Peer { peer } => Some(peer),
        _ => None,
    };
    let found = finding::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        line_id: Set(line.map_or_else(Uuid::nil, |line| line.id)),
        kind: Set(new.kind),
        text: Set(new.text.trim().to_owned()),
        recorded_by: Set(act.viewer.subject.clone()),
        recorded_by_peer_id: Set(peer),
        recorded_at: Set(act.at),
        withdrawn_at: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    // Until the feedback is given, what was found is the team's: the event does not say.
    let event = Event::new("FINDING_RECORDED", Kind::Finding, found.id).of_challenge(row.id);
    audit::record(tx, act, event).await?;
    Ok(found)
}

/// Takes a finding back. One that a recommendation rests on stays.
///
/// # Errors
/// Refused for anybody but the team and the programme, once the report is drafted, and when it changed or is gone.
pub async fn withdraw(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<finding::Model> {
    let missing = || UserError::not_found("findingId", "finding");
    let sight = repo::visible_findings(&act.viewer).add(finding::Column::WithdrawnAt.is_null());
    let (row, challenge) = claim_part::<finding::Entity>(tx, act, id, sight, |row| row.challenge_id, missing).await?;
    only(tx, act, challenge.id, Who::Team, "take findings back").await?;
    UserError::unless_fresh("This", version, row.version)?;
    needs_stage(&challenge, &OPEN, "taking a finding back")?;
    let rests = recommendation_finding::Entity::find()
        .filter(recommendation_finding::Column::FindingId.eq(id))
        .count(tx)
        .await?;
    if rests > 0 {
        let message = "A recommendation rests on this finding: change the recommendation first.";
        return Err(UserError::at(UserErrorCode::Invalid, "findingId", message).into());
    }
    let mut gone = row.into_active_model();
    gone.withdrawn_at = Set(Some(act.at));
    gone.version = Set(version + 1);
    gone.updated_at = Set(act.at);
    let gone = gone.update(tx).await?;
    let event = Event::new("FINDING_WITHDRAWN", Kind::Finding, id).of_challenge(challenge.id);
    audit::record(tx, act, event).await?;
    Ok(gone)
}

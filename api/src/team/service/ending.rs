//! What follows when somebody's place ends: the row keeps its reason, and what was still open about it is closed with it.

use entity::{
    assignment, conflict_decision,
    enums::{AssignmentStatus, DecisionStatus, ObjectionStatus},
    host_objection,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{context::Act, errors::Outcome, ids::Kind},
};

/// Ends an assignment as `status`, for `reason`. An open decision about it ends as `decision`, an open objection as
/// withdrawn, because there is nobody left to object to.
pub(in crate::team) async fn end(
    tx: &Tx,
    act: &Act,
    row: assignment::Model,
    status: AssignmentStatus,
    decision: DecisionStatus,
    reason: &str,
) -> Outcome<assignment::Model> {
    let version = row.version;
    let mut ended = row.into_active_model();
    ended.status = Set(status);
    ended.status_reason = Set(Some(reason.to_owned()));
    ended.version = Set(version + 1);
    ended.updated_at = Set(act.at);
    let ended = ended.update(tx).await?;
    let event = Event::new("ASSIGNMENT_ENDED", Kind::Assignment, ended.id)
        .of_challenge(ended.challenge_id)
        .of_peer(ended.peer_id)
        .with(serde_json::json!({ "status": status }));
    audit::record(tx, act, event).await?;

    let open = conflict_decision::Entity::find()
        .filter(conflict_decision::Column::AssignmentId.eq(ended.id))
        .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
        .one(tx)
        .await?;
    if let Some(open) = open {
        close_decision(tx, act, open, decision, reason).await?;
    }
    let objection = host_objection::Entity::find()
        .filter(host_objection::Column::AssignmentId.eq(ended.id))
        .filter(host_objection::Column::Status.eq(ObjectionStatus::Open))
        .one(tx)
        .await?;
    if let Some(objection) = objection {
        let version = objection.version;
        let mut closed = objection.into_active_model();
        closed.status = Set(ObjectionStatus::Withdrawn);
        closed.decided_by = Set(Some(act.viewer.subject.clone()));
        closed.decided_at = Set(Some(act.at));
        closed.decision_reason = Set(Some("The place that it was about has ended.".to_owned()));
        closed.version = Set(version + 1);
        closed.updated_at = Set(act.at);
        let closed = closed.update(tx).await?;
        let event = Event::new("OBJECTION_LAPSED", Kind::HostObjection, closed.id)
            .of_challenge(closed.challenge_id)
            .of_council(closed.host_id);
        audit::record(tx, act, event).await?;
    }
    Ok(ended)
}

/// Closes an open decision as `status`, for `reason`.
pub(in crate::team) async fn close_decision(
    tx: &Tx,
    act: &Act,
    row: conflict_decision::Model,
    status: DecisionStatus,
    reason: &str,
) -> Outcome<conflict_decision::Model> {
    let version = row.version;
    let mut closed = row.into_active_model();
    closed.status = Set(status);
    closed.decided_by = Set(Some(act.viewer.subject.clone()));
    closed.decided_at = Set(Some(act.at));
    closed.reason = Set(Some(reason.to_owned()));
    closed.version = Set(version + 1);
    closed.updated_at = Set(act.at);
    let closed = closed.update(tx).await?;
    let event = Event::new("CONFLICT_DECIDED", Kind::ConflictDecision, closed.id)
        .of_challenge(closed.challenge_id)
        .of_peer(closed.peer_id)
        .with(serde_json::json!({ "status": status }));
    audit::record(tx, act, event).await?;
    Ok(closed)
}

//! What follows when somebody's place ends: the row keeps its reason, and what was still open about it is closed with it.
//!
//! Invariant: every place ends through [`end`] or with the whole team, whatever the cause (released, replaced, stopped, the
//! challenge given up or its scope void), so that no decision or objection stays open about a place that nobody holds.

use std::collections::BTreeSet;

use entity::{
    assignment, challenge, conflict_decision,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus, NoticeKind, ObjectionStatus},
    host_objection, reserve, team_slot,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Set,
};
use uuid::Uuid;

use crate::{
    audit::{self, Event},
    challenge::lifecycle,
    db::Tx,
    graphql::{context::Act, errors::Outcome, ids::Kind},
    invitation::service::withdraw_about,
    notice::{Notice, Reader, tell_all},
    team::late::{self, Fact, Touched},
    visit::service::sessions::leave,
};

/// Ends an assignment on `challenge` as `status`, for `reason`, and tells whoever held it and the host, if they knew of it. Whoever held
/// it leaves the sessions to come. An open decision about it ends with it, an open objection as withdrawn, because there is nobody
/// left to object to.
pub(crate) async fn end(
    tx: &Tx,
    act: &Act,
    challenge: &challenge::Model,
    row: assignment::Model,
    status: AssignmentStatus,
    reason: &str,
) -> Outcome<assignment::Model> {
    let knew = AssignmentStatus::KNOWING.contains(&row.status);
    let ended = close(tx, act, row, status, reason).await?;
    // Whoever says no knows it, and who said no is nothing that a host is told.
    if knew && status != AssignmentStatus::Declined {
        let texts = ["your place on the team has ended.", "somebody left the team."];
        tell_of_place(tx, act, (challenge, &ended), "left", texts).await?;
    }
    Ok(ended)
}

/// Tells a person and their host of a change of the person's place: what each is told.
pub(in crate::team) async fn tell_of_place(
    tx: &Tx,
    act: &Act,
    (row, place): (&challenge::Model, &assignment::Model),
    topic: &str,
    texts: [&str; 2],
) -> Outcome<()> {
    let [person, host] = texts.map(|text| {
        let text = format!("{}: {text}", row.reference);
        Notice::new(NoticeKind::TeamChanged, format!("{topic}:{}", place.id), text).of_challenge(row.id)
    });
    let all = [
        (Reader::Peer(place.peer_id), &person),
        (Reader::Host(row.host_id), &host),
    ];
    tell_all(tx, act, &all).await?;
    Ok(())
}

/// As [`end`], where people are told of what it follows from.
async fn close(
    tx: &Tx,
    act: &Act,
    row: assignment::Model,
    status: AssignmentStatus,
    reason: &str,
) -> Outcome<assignment::Model> {
    let decision = if status == AssignmentStatus::Replaced {
        DecisionStatus::Replaced
    } else {
        DecisionStatus::Stopped
    };
    let (version, before) = (row.version, row.status);
    let mut ended = row.into_active_model();
    ended.status = Set(status);
    ended.status_reason = Set(Some(reason.to_owned()));
    ended.version = Set(version + 1);
    ended.updated_at = Set(act.at);
    let ended = ended.update(tx).await?;
    let sessions = leave(tx, act, ended.challenge_id, ended.peer_id).await?;
    let event = Event::new("ASSIGNMENT_ENDED", Kind::Assignment, ended.id)
        .of_challenge(ended.challenge_id)
        .of_peer(ended.peer_id)
        .with(serde_json::json!({ "from": before, "status": status, "sessionsLeft": sessions }));
    audit::record(tx, act, event).await?;
    close_about(tx, act, ended.id, decision, reason).await?;
    Ok(ended)
}

/// Checks everybody again whom it concerns that a place has become free: whoever held it, and the rest of the team.
pub(crate) async fn freed(tx: &Tx, act: &Act, ended: &assignment::Model) -> Outcome<()> {
    late::recheck_peer(tx, act, ended.peer_id, DecisionCause::Assignment, Some(ended.id)).await?;
    late::recheck_challenge(tx, act, ended.challenge_id, DecisionCause::Assignment, Some(ended.id)).await?;
    Ok(())
}

/// Closes what is still open about a place: a decision as `decision`, an objection as withdrawn.
async fn close_about(tx: &Tx, act: &Act, place: Uuid, decision: DecisionStatus, reason: &str) -> Outcome<()> {
    let open = conflict_decision::Entity::find()
        .filter(conflict_decision::Column::AssignmentId.eq(place))
        .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
        .one(tx)
        .await?;
    if let Some(open) = open {
        close_decision(tx, act, open, decision, reason).await?;
    }
    withdraw_about(tx, act, place).await?;
    let objection = host_objection::Entity::find()
        .filter(host_objection::Column::AssignmentId.eq(place))
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
    Ok(())
}

/// Ends every live place of a challenge that is given up or whose scope is void, of which they are told (`row` is as it was
/// before), and forgets its reserves. Where the visit has begun, people whose first day has come have served: their places stay.
/// Whoever is let go is checked again where they still serve, because one engagement less may clear what spoke against them there.
///
/// # Errors
/// The database's.
pub async fn release_team(tx: &Tx, act: &Act, row: &challenge::Model, reason: &str) -> Outcome<()> {
    let mut ending = Condition::all()
        .add(assignment::Column::ChallengeId.eq(row.id))
        .add(assignment::Column::Status.is_in(AssignmentStatus::LIVE));
    if lifecycle::has_begun(row.stage, row.resumes_to) {
        let not_served = Condition::any()
            .add(assignment::Column::StartsOn.gt(act.today))
            .add(assignment::Column::Status.ne(AssignmentStatus::Confirmed));
        ending = ending.add(not_served);
    }
    let held = assignment::Entity::find()
        .filter(ending)
        .order_by_asc(assignment::Column::Id)
        .all(tx)
        .await?;
    let mut people = BTreeSet::new();
    for place in held {
        people.insert(place.peer_id);
        close(tx, act, place, AssignmentStatus::Released, reason).await?;
    }
    let slots = team_slot::Entity::find()
        .select_only()
        .column(team_slot::Column::Id)
        .filter(team_slot::Column::ChallengeId.eq(row.id))
        .into_query();
    reserve::Entity::delete_many()
        .filter(reserve::Column::SlotId.in_subquery(slots))
        .exec(tx)
        .await?;
    let fact = Fact::new(DecisionCause::Assignment, Some(row.id));
    late::recheck_touched(tx, act, &Touched::people(people, fact)).await?;
    Ok(())
}

/// Closes what is open about places of people who are about to be erased: places whose days are over, about which nothing
/// is left to decide.
///
/// # Errors
/// The database's.
pub async fn close_about_people(tx: &Tx, act: &Act, people: &[Uuid], reason: &str) -> Outcome<()> {
    let open: Vec<Uuid> = conflict_decision::Entity::find()
        .select_only()
        .column(conflict_decision::Column::AssignmentId)
        .filter(conflict_decision::Column::PeerId.is_in(people.iter().copied()))
        .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
        .into_tuple()
        .all(tx)
        .await?;
    let objected: Vec<Uuid> = host_objection::Entity::find()
        .select_only()
        .column(host_objection::Column::AssignmentId)
        .filter(host_objection::Column::PeerId.is_in(people.iter().copied()))
        .filter(host_objection::Column::Status.eq(ObjectionStatus::Open))
        .into_tuple()
        .all(tx)
        .await?;
    let places: BTreeSet<Uuid> = open.into_iter().chain(objected).collect();
    for place in places {
        close_about(tx, act, place, DecisionStatus::Cleared, reason).await?;
    }
    Ok(())
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

//! Objections of a host to somebody on its team, and the programme's decision on them.

use entity::{
    challenge,
    constraint::{OBJECTION_OPEN, violated},
    enums::{DecisionCause, NoticeKind, ObjectionReason, ObjectionStatus},
    host_objection, invitation,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{REPLACEABLE, assignment_for_update, in_stage, is_live, programme_only, reason};
use crate::{
    audit::{self, Event},
    auth::ViewerRole,
    challenge::pauses::Pauses,
    clock::civil_date,
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode},
        ids::Kind,
    },
    notice::{Notice, Reader, tell},
    programme::{policy::Milestone, repo::pinned},
    team::{late, repo},
};

/// An objection to be.
#[derive(Clone, Debug)]
pub struct NewObjection {
    /// The place of the person objected to.
    pub assignment: Uuid,
    /// Kind of reason.
    pub reason_code: ObjectionReason,
    /// The reason itself.
    pub reason: String,
}

/// Records a host's objection to somebody on its team.
///
/// # Errors
/// Refused for anybody but the host and the programme, for a place that has ended, and when an objection is open already.
pub async fn object(tx: &Tx, act: &Act, new: NewObjection) -> Outcome<host_objection::Model> {
    let (member, row) = assignment_for_update(tx, act, new.assignment, "assignmentId").await?;
    // A council sees assignments of its own challenges only, so it is the host.
    if !matches!(act.viewer.role, ViewerRole::Programme | ViewerRole::Council { .. }) {
        return Err(UserError::new(UserErrorCode::Forbidden, "Only the host or the programme may object.").into());
    }
    in_stage(&row, &REPLACEABLE, "Objecting")?;
    let why = reason(&new.reason, "reason")?;
    if !is_live(&member) {
        let message = format!("This place has ended already ({}).", member.status);
        return Err(UserError::at(UserErrorCode::Invalid, "assignmentId", message).into());
    }
    in_time(tx, act, &row, member.id).await?;
    let objection = host_objection::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        assignment_id: Set(member.id),
        peer_id: Set(member.peer_id),
        host_id: Set(row.host_id),
        reason_code: Set(new.reason_code),
        reason: Set(why),
        status: Set(ObjectionStatus::Open),
        raised_by: Set(act.viewer.subject.clone()),
        raised_at: Set(act.at),
        decided_by: Set(None),
        decided_at: Set(None),
        decision_reason: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    };
    let objection = objection
        .insert(tx)
        .await
        .map_err(|error| match violated(&error).as_deref() {
            Some(OBJECTION_OPEN) => UserError::at(
                UserErrorCode::Taken,
                "assignmentId",
                "An objection to this person is open already.",
            )
            .into(),
            _ => crate::graphql::errors::ServiceError::from(ApiError::from(error)),
        })?;
    record(tx, act, "OBJECTION_RAISED", &objection).await?;
    let text = format!("{}: the host objects to somebody on its team.", row.reference);
    let notice = Notice::new(NoticeKind::Objection, format!("objection:{}", objection.id), text);
    tell(tx, act, &[Reader::Programme], &notice.of_challenge(row.id)).await?;
    Ok(objection)
}

/// Refuses a host that had its time: the policy counts it from the day on which it was told the name, without the days for which the
/// challenge stood still.
async fn in_time(tx: &Tx, act: &Act, row: &challenge::Model, place: Uuid) -> Outcome<()> {
    if act.viewer.is_programme() {
        return Ok(());
    }
    let told = invitation::Entity::find()
        .filter(invitation::Column::AssignmentId.eq(place))
        .order_by_asc(invitation::Column::Id)
        .one(tx)
        .await?;
    let Some(told) = told else { return Ok(()) };
    let policy = pinned(row.policy_id, tx).await?;
    let since = civil_date(told.sent_at);
    let stood = Pauses::load(std::iter::once(row.id), tx).await?;
    match stood.last_day(row.id, &policy, Milestone::HostObjection, since) {
        Some(last) if last < act.today => {
            let message = format!("Objections to this person could be raised until {last}; ask the programme.");
            Err(UserError::at(UserErrorCode::Invalid, "assignmentId", message).into())
        }
        _ => Ok(()),
    }
}

/// The event leaves out the person: what a host says about somebody is for the programme.
async fn record(tx: &Tx, act: &Act, action: &'static str, row: &host_objection::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::HostObjection, row.id)
        .of_challenge(row.challenge_id)
        .of_council(row.host_id)
        .with(serde_json::json!({ "reasonCode": row.reason_code, "status": row.status }));
    audit::record(tx, act, event).await?;
    Ok(())
}

async fn visible_objection(tx: &Tx, act: &Act, id: Uuid) -> Outcome<host_objection::Model> {
    tx.enter(Queue::Teams).await?;
    let found = host_objection::Entity::find_by_id(id)
        .filter(repo::visible_objections(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    found.ok_or_else(|| UserError::not_found("objectionId", "objection").into())
}

/// Refuses an objection that changed or is decided.
fn still_open(row: &host_objection::Model, version: i32) -> Outcome<()> {
    UserError::unless_fresh("This", version, row.version)?;
    if row.status != ObjectionStatus::Open {
        let message = format!("It is not open any more ({}).", row.status);
        return Err(UserError::at(UserErrorCode::Invalid, "objectionId", message).into());
    }
    Ok(())
}

async fn close(
    tx: &Tx,
    act: &Act,
    row: host_objection::Model,
    status: ObjectionStatus,
    why: Option<String>,
) -> Outcome<host_objection::Model> {
    let version = row.version;
    let mut closed = row.into_active_model();
    closed.status = Set(status);
    closed.decided_by = Set(Some(act.viewer.subject.clone()));
    closed.decided_at = Set(Some(act.at));
    closed.decision_reason = Set(why);
    closed.version = Set(version + 1);
    closed.updated_at = Set(act.at);
    Ok(closed.update(tx).await?)
}

/// Takes an open objection back: the host that raised it, or the programme.
///
/// # Errors
/// Refused when it is not open or changed.
pub async fn withdraw(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<host_objection::Model> {
    // Only the host and the programme see it at all.
    let row = visible_objection(tx, act, id).await?;
    still_open(&row, version)?;
    let row = close(tx, act, row, ObjectionStatus::Withdrawn, None).await?;
    record(tx, act, "OBJECTION_WITHDRAWN", &row).await?;
    Ok(row)
}

/// Decides on an open objection. Upheld, it is a conflict of its own, and a decision on the place is opened.
///
/// # Errors
/// Refused for anybody but the programme, and when it is not open or changed.
pub async fn decide(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    version: i32,
    uphold: bool,
    why: &str,
) -> Outcome<host_objection::Model> {
    let row = visible_objection(tx, act, id).await?;
    programme_only(act)?;
    still_open(&row, version)?;
    let why = reason(why, "reason")?;
    let status = if uphold {
        ObjectionStatus::Upheld
    } else {
        ObjectionStatus::Rejected
    };
    let row = close(tx, act, row, status, Some(why)).await?;
    record(tx, act, "OBJECTION_DECIDED", &row).await?;
    if let Some(challenge) = challenge::Entity::find_by_id(row.challenge_id).one(tx).await? {
        let what = if uphold { "upheld" } else { "rejected" };
        let text = format!("{}: your objection is {what}.", challenge.reference);
        let notice = Notice::new(NoticeKind::Objection, format!("objection:{}:decided", row.id), text);
        tell(
            tx,
            act,
            &[Reader::Host(row.host_id)],
            &notice.of_challenge(challenge.id),
        )
        .await?;
    }
    if uphold {
        late::recheck_peer(tx, act, row.peer_id, DecisionCause::HostObjection, Some(row.id)).await?;
    }
    Ok(row)
}

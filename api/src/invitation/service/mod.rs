//! Inviting, answering, and who is asked next.

pub mod answer;
pub mod cascade;
pub mod invite;
pub mod resume;

use chrono::NaiveDate;
use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, InvitationState, NoticeKind},
    invitation,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;

use crate::{
    audit::{self, Event},
    challenge::{deadlines, lifecycle},
    clock::civil_date,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode},
        ids::Kind,
    },
    notice::{Notice, Reader, tell},
    programme::policy::{Milestone, PolicyBody},
};

/// Last day for an answer to an invitation of today.
fn answer_by(act: &Act, policy: &PolicyBody) -> Outcome<NaiveDate> {
    deadlines::last_day(policy, Milestone::InvitationAnswer, act.today).ok_or_else(|| {
        let message = "The challenge's policy does not say how long an invitation may take (INVITATION_ANSWER).";
        UserError::at(UserErrorCode::Invalid, "challengeId", message).into()
    })
}

/// Invites the holder of a place: NOMINATED → INVITED, an invitation, a notification.
async fn send(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    place: assignment::Model,
    answer_by: NaiveDate,
) -> Outcome<invitation::Model> {
    let version = place.version;
    let mut invited = place.into_active_model();
    invited.status = Set(AssignmentStatus::Invited);
    invited.version = Set(version + 1);
    invited.updated_at = Set(act.at);
    let place = invited.update(tx).await?;
    let sent = invitation::ActiveModel {
        id: Set(act.id()),
        assignment_id: Set(place.id),
        challenge_id: Set(row.id),
        peer_id: Set(place.peer_id),
        state: Set(InvitationState::Sent),
        answer_by: Set(answer_by),
        sent_by: Set(act.viewer.subject.clone()),
        sent_at: Set(act.at),
        answered_at: Set(None),
        answered_by: Set(None),
        decline_reason: Set(None),
        note: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    let event = Event::new("INVITATION_SENT", Kind::Invitation, sent.id)
        .of_challenge(row.id)
        .of_peer(place.peer_id)
        .with(serde_json::json!({ "answerBy": answer_by }));
    audit::record(tx, act, event).await?;
    let notice = please_answer(row, &sent, "you are invited to the team");
    tell(tx, act, &[Reader::Peer(place.peer_id)], &notice).await?;
    Ok(sent)
}

/// What somebody who is invited is told, and by when an answer is hoped for.
fn please_answer(row: &challenge::Model, sent: &invitation::Model, what: &str) -> Notice {
    let by = sent.answer_by;
    let text = format!("{}: {what}. Please answer by {by}.", row.reference);
    let notice = Notice::new(NoticeKind::Invited, format!("invitation:{}:{by}", sent.id), text);
    notice.of_challenge(row.id).due(by)
}

/// Whether the time for an answer is over: while the challenge is suspended, no days pass.
pub(crate) fn is_over(sent: &invitation::Model, row: &challenge::Model, today: NaiveDate) -> bool {
    let reached = if lifecycle::is_suspended(row.stage) {
        civil_date(row.stage_changed_at)
    } else {
        today
    };
    sent.answer_by < reached
}

/// Tells the host that people are proposed whom it does not know of yet, and by when it may object. `first` is the first of
/// their invitations.
async fn propose(tx: &Tx, act: &Act, row: &challenge::Model, policy: &PolicyBody, first: Uuid) -> Outcome<()> {
    let until = deadlines::last_day(policy, Milestone::HostObjection, act.today);
    let by = until.map_or_else(String::new, |day| format!(" until {day}"));
    let text = format!("{}: the team is proposed. Objections can be raised{by}.", row.reference);
    let mut notice = Notice::new(NoticeKind::TeamProposed, format!("proposed:{first}"), text).of_challenge(row.id);
    if let Some(day) = until {
        notice = notice.due(day);
    }
    tell(tx, act, &[Reader::Host(row.host_id)], &notice).await?;
    Ok(())
}

/// Takes back what waits for an answer about a place that ended.
///
/// # Errors
/// The database's.
pub(crate) async fn withdraw_about(tx: &Tx, act: &Act, place: Uuid) -> Outcome<()> {
    let open = invitation::Entity::find()
        .filter(invitation::Column::AssignmentId.eq(place))
        .filter(invitation::Column::State.eq(InvitationState::Sent))
        .one(tx)
        .await?;
    if let Some(open) = open {
        let set = invitation::ActiveModel {
            state: Set(InvitationState::Withdrawn),
            ..Default::default()
        };
        close(tx, act, open, "INVITATION_WITHDRAWN", set).await?;
    }
    Ok(())
}

/// Writes the end of an invitation down, with its event; `set` says how it ended.
async fn close(
    tx: &Tx,
    act: &Act,
    row: invitation::Model,
    action: &'static str,
    set: invitation::ActiveModel,
) -> Outcome<invitation::Model> {
    let closed = invitation::ActiveModel {
        id: Unchanged(row.id),
        answered_at: Set(Some(act.at)),
        version: Set(row.version + 1),
        updated_at: Set(act.at),
        ..set
    };
    let closed = closed.update(tx).await?;
    let event = Event::new(action, Kind::Invitation, closed.id)
        .of_challenge(closed.challenge_id)
        .of_peer(closed.peer_id);
    audit::record(tx, act, event).await?;
    Ok(closed)
}

//! An answer to an invitation, and what each kind of answer means.
//!
//! Yes comes with a declaration of interests, which is checked at once: if something speaks against them now, a decision is
//! opened and the team cannot be confirmed before it is taken. No is typed: busy now closes the days in their diary, a conflict
//! is declared as an interest in the host, never at this host as a personal tie, which keeps them from it for good.

use chrono::NaiveDate;
use entity::{
    assignment, blackout_period, challenge,
    enums::{AssignmentStatus, DeclineReason, InterestKind, InvitationState, NoticeKind},
    invitation,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::{cascade, close, is_over};
use crate::{
    challenge::service::trimmed,
    db::{Queue, Tx},
    faults::text,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, ServiceError, UserError, UserErrorCode, refusals, refuse_if_any},
    },
    invitation::repo,
    notice::{Notice, Reader, tell, tell_all},
    peer::service::{
        diary::{Owner, add_blackout},
        profile::confirm_declaration,
        ties::{NewInterest, declare_interest},
    },
    team::service::ending,
};

/// Longest note.
const NOTE_MAX: usize = 2_000;

/// An interest in the host that is told with a yes.
#[derive(Clone, Debug)]
pub struct Told {
    /// Kind.
    pub kind: InterestKind,
    /// What it is.
    pub note: String,
}

/// What somebody answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// They come.
    Yes {
        /// That nothing else ties them to the host.
        complete: bool,
        /// What they declare.
        interests: Vec<Told>,
        /// What they say.
        note: Option<String>,
    },
    /// They do not.
    No {
        /// Why.
        reason: DeclineReason,
        /// What they say.
        note: Option<String>,
    },
}

fn judge(row: &invitation::Model, challenge: &challenge::Model, act: &Act, answer: &Answer) -> Vec<UserError> {
    let mut errors = Vec::new();
    match row.state {
        InvitationState::Sent if is_over(row, challenge, act.today) => {
            let message = format!("The invitation expired on {}.", row.answer_by);
            errors.push(UserError::at(UserErrorCode::Invalid, "invitationId", message));
        }
        InvitationState::Sent => {}
        state => {
            let message = format!("The invitation is not open any more ({state}).");
            errors.push(UserError::at(UserErrorCode::Invalid, "invitationId", message));
        }
    }
    let (note, must) = match answer {
        Answer::Yes { complete, note, .. } => {
            if !complete {
                let message = "Say that your declaration of interests is complete; it is asked with every invitation.";
                errors.push(UserError::at(UserErrorCode::Required, "declarationIsComplete", message));
            }
            (note, false)
        }
        Answer::No { reason, note } => (note, matches!(reason, DeclineReason::Conflict | DeclineReason::Other)),
    };
    match note {
        None if must => errors.push(UserError::at(UserErrorCode::Required, "note", "Say more about it.")),
        None => {}
        Some(note) => errors.extend(refusals(text("note", note, NOTE_MAX), true)),
    }
    errors
}

/// Takes an answer; `version` is left out where the answer comes by link.
///
/// # Errors
/// Refused for anybody but the person and the programme, when the invitation is answered, over or changed, for a yes without
/// a declaration, and for texts that do not fit.
pub async fn answer(tx: &Tx, act: &Act, id: Uuid, version: Option<i32>, answer: Answer) -> Outcome<invitation::Model> {
    tx.enter(Queue::Teams).await?;
    let row = invitation::Entity::find_by_id(id)
        .filter(repo::visible_invitations(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or_else(|| UserError::not_found("invitationId", "invitation"))?;
    if let Some(version) = version {
        UserError::unless_fresh("This", version, row.version)?;
    }
    let missing = || ApiError::internal("an invitation has lost its place");
    let challenge = challenge::Entity::find_by_id(row.challenge_id)
        .one(tx)
        .await?
        .ok_or_else(missing)?;
    refuse_if_any(judge(&row, &challenge, act, &answer))?;
    let place = assignment::Entity::find_by_id(row.assignment_id)
        .one(tx)
        .await?
        .ok_or_else(missing)?;
    let (action, state) = match &answer {
        Answer::Yes { .. } => ("INVITATION_ACCEPTED", InvitationState::Accepted),
        Answer::No { .. } => ("INVITATION_DECLINED", InvitationState::Declined),
    };
    let (reason, note) = match &answer {
        Answer::Yes { note, .. } => (None, note.clone()),
        Answer::No { reason, note } => (Some(*reason), note.clone()),
    };
    let set = invitation::ActiveModel {
        state: Set(state),
        answered_by: Set(Some(act.viewer.subject.clone())),
        decline_reason: Set(reason),
        note: Set(trimmed(note)),
        ..Default::default()
    };
    let closed = close(tx, act, row, action, set).await?;
    let said = match answer {
        Answer::Yes { interests, .. } => {
            accept(tx, act, &challenge, place, interests).await?;
            "accepted"
        }
        Answer::No { reason, note } => {
            decline(tx, act, &challenge, place, (reason, note)).await?;
            "declined"
        }
    };
    let notice = Notice::new(
        NoticeKind::InvitationAnswered,
        format!("answered:{}", closed.id),
        format!("{}: an invitation was {said}.", challenge.reference),
    );
    tell(tx, act, &[Reader::Programme], &notice.of_challenge(challenge.id)).await?;
    Ok(closed)
}

async fn accept(
    tx: &Tx,
    act: &Act,
    challenge: &challenge::Model,
    place: assignment::Model,
    interests: Vec<Told>,
) -> Outcome<()> {
    let (peer, version) = (place.peer_id, place.version);
    let mut accepted = place.into_active_model();
    accepted.status = Set(AssignmentStatus::Accepted);
    accepted.version = Set(version + 1);
    accepted.updated_at = Set(act.at);
    accepted.update(tx).await?;
    for told in interests {
        let new = NewInterest {
            peer,
            kind: told.kind,
            council: challenge.host_id,
            note: told.note,
            starts_on: None,
            ends_on: None,
        };
        declare_interest(tx, act, new).await?;
    }
    let current = entity::peer::Entity::find_by_id(peer).one(tx).await?;
    if let Some(current) = current {
        confirm_declaration(tx, act, peer, current.version).await?;
    }
    Ok(())
}

async fn decline(
    tx: &Tx,
    act: &Act,
    challenge: &challenge::Model,
    place: assignment::Model,
    (reason, note): (DeclineReason, Option<String>),
) -> Outcome<()> {
    let (peer, slot, days) = (place.peer_id, place.slot_id, (place.starts_on, place.ends_on));
    let told = match reason {
        DeclineReason::BusyNow => "They are busy in these weeks.",
        DeclineReason::Conflict => "They declared a conflict.",
        DeclineReason::NeverThisHost => "They do not serve at this host.",
        DeclineReason::Other => "They declined.",
    };
    let ended = ending::end(tx, act, challenge, place, AssignmentStatus::Declined, told).await?;
    match reason {
        DeclineReason::BusyNow => {
            close_days(tx, act, challenge, peer, days).await?;
        }
        DeclineReason::Conflict => interest(tx, act, challenge, peer, InterestKind::Other, note.as_deref()).await?,
        DeclineReason::NeverThisHost => {
            let note = note.as_deref().or(Some("Will not serve at this host."));
            interest(tx, act, challenge, peer, InterestKind::Personal, note).await?;
        }
        DeclineReason::Other => {}
    }
    ending::freed(tx, act, &ended).await?;
    cascade::next(tx, act, challenge, slot).await
}

/// Closes the days of a visit in somebody's diary, as far as they are not closed yet. Where that is refused (there are too many
/// entries, or the days have begun) the programme hears of it; the answer counts all the same.
async fn close_days(
    tx: &Tx,
    act: &Act,
    challenge: &challenge::Model,
    peer: Uuid,
    (from, until): (NaiveDate, NaiveDate),
) -> Outcome<()> {
    let closed = blackout_period::Entity::find()
        .filter(blackout_period::Column::PeerId.eq(peer))
        .filter(blackout_period::Column::StartsOn.lte(until))
        .filter(blackout_period::Column::EndsOn.gte(from))
        .all(tx)
        .await?;
    let open = |day: &NaiveDate| {
        !closed
            .iter()
            .any(|other| other.starts_on <= *day && *day <= other.ends_on)
    };
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= until).filter(open).collect();
    for stretch in days.chunk_by(|day, next| day.succ_opt() == Some(*next)) {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
            continue;
        };
        let reason = "Declined an invitation for these days.";
        match add_blackout(tx, act, Owner::Peer(peer), (*first, *last), reason).await {
            Ok(_) => {}
            Err(ServiceError::Failed(error)) => return Err(error.into()),
            Err(ServiceError::Refused(_)) => {
                let text = format!(
                    "{}: somebody declined for want of time, and {first} to {last} could not be closed in their diary.",
                    challenge.reference
                );
                let key = format!("undiarised:{}:{peer}:{first}", challenge.id);
                let notice = Notice::new(NoticeKind::InvitationAnswered, key, text).of_challenge(challenge.id);
                tell(tx, act, &[Reader::Programme], &notice).await?;
            }
        }
    }
    Ok(())
}

async fn interest(
    tx: &Tx,
    act: &Act,
    challenge: &challenge::Model,
    peer: Uuid,
    kind: InterestKind,
    note: Option<&str>,
) -> Outcome<()> {
    let new = NewInterest {
        peer,
        kind,
        council: challenge.host_id,
        note: note.unwrap_or("Told when declining an invitation.").to_owned(),
        starts_on: None,
        ends_on: None,
    };
    declare_interest(tx, act, new).await?;
    Ok(())
}

/// An invitation that was not answered in time: the place is free for the next.
///
/// # Errors
/// The database's.
pub(crate) async fn expire(tx: &Tx, act: &Act, row: invitation::Model) -> Outcome<()> {
    let (id, place, peer) = (row.id, row.assignment_id, row.peer_id);
    let set = invitation::ActiveModel {
        state: Set(InvitationState::Expired),
        ..Default::default()
    };
    close(tx, act, row, "INVITATION_EXPIRED", set).await?;
    let place = assignment::Entity::find_by_id(place)
        .find_also_related(challenge::Entity)
        .one(tx)
        .await?;
    let Some((place, Some(row))) = place else {
        return Ok(());
    };
    let slot = place.slot_id;
    if place.status == AssignmentStatus::Invited {
        let why = "The invitation was not answered in time.";
        let ended = ending::end(tx, act, &row, place, AssignmentStatus::Declined, why).await?;
        ending::freed(tx, act, &ended).await?;
    }
    let notice = |text: &str| {
        let text = format!("{}: {text}", row.reference);
        Notice::new(NoticeKind::InvitationAnswered, format!("expired:{id}"), text).of_challenge(row.id)
    };
    let programme = notice("an invitation was not answered in time.");
    let person =
        notice("the time to answer your invitation is over, and the place is offered to others. You need do nothing.");
    tell_all(
        tx,
        act,
        &[(Reader::Programme, &programme), (Reader::Peer(peer), &person)],
    )
    .await?;
    cascade::next(tx, act, &row, slot).await
}

//! Places on a team: nominate, replace, release, and the window that they are all in.

use entity::{
    assignment, challenge,
    constraint::{ASSIGNMENT_PEER_DAYS, ASSIGNMENT_SLOT, violated},
    enums::{AssignmentStatus, DecisionCause, Stage},
    open_slot,
};
use matching::{PeerIx, SlotIx, WindowIx};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, Set};
use uuid::Uuid;

use super::{
    REPLACEABLE, assignment_for_update, challenge_for_update, choose, ending, in_stage, is_live, programme_only,
    reason, slot_for_update, verdict_error, window,
};
use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    invitation::service::withdraw_about,
    team::{
        late,
        world::{self, Facts, Whom},
    },
};

/// Somebody for a place.
#[derive(Clone, Copy, Debug)]
pub struct NewNomination {
    /// The place.
    pub slot: Uuid,
    /// The person.
    pub peer: Uuid,
    /// The window; may be left out once one is chosen.
    pub window: Option<Uuid>,
}

/// Nominates a person for a vacant slot of a challenge in team building, and chooses the window if none is chosen yet.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, when the slot is held, and with `NOT_ELIGIBLE` or
/// `NEEDS_WAIVER` when any rule speaks against it at this moment.
pub async fn nominate(tx: &Tx, act: &Act, new: NewNomination) -> Outcome<assignment::Model> {
    let (_, row) = slot_for_update(tx, act, new.slot, "slotId").await?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Nominating")?;
    let facts = world::load(row, Whom::Only(&[new.peer]), act.today, tx).await?;
    let window = window(&facts, new.window, "windowId")?;
    let peer = facts
        .peer(new.peer)
        .ok_or_else(|| UserError::not_found("peerId", "peer"))?;
    let slot = facts
        .slot(new.slot)
        .ok_or_else(|| UserError::not_found("slotId", "slot"))?;
    if let Some(holder) = facts.challenge.holder(slot) {
        let message = format!("{} holds this slot; use replaceNomination.", facts.peer_name(holder));
        return Err(UserError::at(UserErrorCode::Taken, "slotId", message).into());
    }
    let verdict = facts.assess(Some(slot), window, peer)?;
    refuse_if_any(verdict_error(&facts, &verdict, "peerId").into_iter().collect())?;
    choose(tx, act, &facts, window).await?;
    let nominated = insert(
        tx,
        act,
        &facts,
        Place { slot, peer, window },
        AssignmentStatus::Nominated,
    )
    .await?;
    late::recheck_peer(tx, act, new.peer, DecisionCause::Assignment, Some(nominated.id)).await?;
    Ok(nominated)
}

/// Who goes where, by positions in the facts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) slot: SlotIx,
    pub(crate) peer: PeerIx,
    pub(crate) window: WindowIx,
}

/// Writes an assignment that the engine has consented to.
pub(crate) async fn insert(
    tx: &Tx,
    act: &Act,
    facts: &Facts,
    place: Place,
    status: AssignmentStatus,
) -> Outcome<assignment::Model> {
    let span = facts.span(place.window);
    let name = facts.peer_name(place.peer);
    let Some(home) = facts.home(place.peer, span) else {
        let message = format!("{name} has no home council on these days: record a post, office or consultancy first.");
        return Err(UserError::at(UserErrorCode::Invalid, "peerId", message).into());
    };
    let row = assignment::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(facts.row.id),
        slot_id: Set(facts.slot_id(place.slot)),
        peer_id: Set(facts.peer_id(place.peer)),
        home_council_id: Set(home),
        starts_on: Set(span.from),
        ends_on: Set(span.until),
        status: Set(status),
        policy_id: Set(facts.policy.id),
        nominated_by: Set(act.viewer.subject.clone()),
        status_reason: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    };
    let row = row.insert(tx).await.map_err(|error| broken(error, name))?;
    open_slot::Entity::delete_by_id(row.slot_id).exec(tx).await?;
    let event = Event::new("PEER_NOMINATED", Kind::Assignment, row.id)
        .of_challenge(row.challenge_id)
        .of_council(row.home_council_id)
        .of_peer(row.peer_id)
        .with(serde_json::json!({
            "slot": row.slot_id, "startsOn": row.starts_on, "endsOn": row.ends_on, "status": status,
            "policy": facts.policy.number,
        }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

/// The database's own refusal as a typed error.
fn broken(error: DbErr, name: &str) -> ServiceError {
    match violated(&error).as_deref() {
        Some(ASSIGNMENT_PEER_DAYS) => {
            let message = format!("{name} already serves elsewhere on some of these days.");
            UserError::at(UserErrorCode::Overlapping, "peerId", message).into()
        }
        Some(ASSIGNMENT_SLOT) => {
            UserError::at(UserErrorCode::Taken, "slotId", "Somebody holds this slot already.").into()
        }
        _ => ApiError::from(error).into(),
    }
}

/// A change of somebody's place.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The place that changes hands.
    pub assignment: Uuid,
    /// Version of the assignment that the client read.
    pub version: i32,
    /// Who comes.
    pub with: Uuid,
    /// Why.
    pub reason: String,
}

/// Puts somebody else in a holder's place, in the same window; gives the old assignment and the new one. In a confirmed
/// team the newcomer is confirmed at once.
///
/// # Errors
/// As [`nominate`]; also when the assignment has ended or changed.
pub async fn replace(tx: &Tx, act: &Act, change: Replacement) -> Outcome<(assignment::Model, assignment::Model)> {
    let (old, row) = assignment_for_update(tx, act, change.assignment, "assignmentId").await?;
    programme_only(act)?;
    in_stage(&row, &REPLACEABLE, "Replacing")?;
    still_live(&old, change.version)?;
    let why = reason(&change.reason, "reason")?;
    replace_live(tx, act, (old, row), change.with, &why, "withPeerId").await
}

fn still_live(row: &assignment::Model, version: i32) -> Outcome<()> {
    UserError::unless_fresh("This", version, row.version)?;
    if !is_live(row) {
        let message = format!("This place has ended already ({}).", row.status);
        return Err(UserError::at(UserErrorCode::Invalid, "assignmentId", message).into());
    }
    Ok(())
}

/// As [`replace`], once everything but the newcomer has been judged.
pub(super) async fn replace_live(
    tx: &Tx,
    act: &Act,
    (old, row): (assignment::Model, challenge::Model),
    with: Uuid,
    why: &str,
    path: &str,
) -> Outcome<(assignment::Model, assignment::Model)> {
    if with == old.peer_id {
        return Err(UserError::at(UserErrorCode::Invalid, path, "They hold this place already.").into());
    }
    let confirmed = row.stage != Stage::TeamBuilding;
    let facts = world::load(row, Whom::Only(&[with]), act.today, tx).await?;
    let window = window(&facts, None, "windowId")?;
    let peer = facts.peer(with).ok_or_else(|| UserError::not_found(path, "peer"))?;
    let slot = facts
        .slot(old.slot_id)
        .ok_or_else(|| ApiError::internal("a live assignment has no slot"))?;
    // The engine leaves the slot's present holder out of account.
    let verdict = facts.assess(Some(slot), window, peer)?;
    refuse_if_any(verdict_error(&facts, &verdict, path).into_iter().collect())?;
    let gone = old.peer_id;
    let old = ending::end(tx, act, &facts.row, old, AssignmentStatus::Replaced, why).await?;
    let status = if confirmed {
        AssignmentStatus::Confirmed
    } else {
        AssignmentStatus::Nominated
    };
    let new = insert(tx, act, &facts, Place { slot, peer, window }, status).await?;
    // Whoever is nominated hears of it with the invitation.
    if confirmed {
        let texts = ["you are on the team.", "somebody joined the team."];
        ending::tell_of_place(tx, act, (&facts.row, &new), "joined", texts).await?;
    }
    for peer in [gone, with] {
        late::recheck_peer(tx, act, peer, DecisionCause::Assignment, Some(new.id)).await?;
    }
    late::recheck_challenge(tx, act, new.challenge_id, DecisionCause::Assignment, Some(new.id)).await?;
    Ok((old, new))
}

/// Ends a nomination and leaves the slot vacant. Only while the team is being built: afterwards a place changes hands by
/// replacement, or is stopped by a decision about a conflict.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, and when the assignment has ended or changed.
pub async fn release(tx: &Tx, act: &Act, id: Uuid, version: i32, why: &str) -> Outcome<assignment::Model> {
    let (row, challenge) = assignment_for_update(tx, act, id, "assignmentId").await?;
    programme_only(act)?;
    in_stage(&challenge, &[Stage::TeamBuilding], "Releasing")?;
    still_live(&row, version)?;
    let why = reason(why, "reason")?;
    let ended = ending::end(tx, act, &challenge, row, AssignmentStatus::Released, &why).await?;
    ending::freed(tx, act, &ended).await?;
    Ok(ended)
}

/// Chooses the window of a challenge in team building. Whoever is on the team moves with it, if all of them may; nobody stays
/// invited, accepted or confirmed for other days than those: they are nominated again, and open invitations end.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, for a foreign window, and with one error per member who
/// could not serve in it.
pub async fn choose_window(tx: &Tx, act: &Act, challenge: Uuid, version: i32, id: Uuid) -> Outcome<challenge::Model> {
    let row = challenge_for_update(tx, act, challenge, "challengeId").await?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Choosing the window")?;
    UserError::unless_fresh("This", version, row.version)?;
    let facts = world::load(row, Whom::Only(&[]), act.today, tx).await?;
    let window = facts
        .window(id)
        .ok_or_else(|| UserError::not_found("windowId", "window of this challenge"))?;
    if facts.row.window_id == Some(id) {
        // Nothing changes, so nobody's version may.
        return Ok(facts.row);
    }
    let mut errors = Vec::new();
    for member in &facts.challenge.members {
        let verdict = facts.assess(Some(member.slot), window, member.peer)?;
        errors.extend(verdict_error(&facts, &verdict, "windowId"));
    }
    refuse_if_any(errors)?;
    choose(tx, act, &facts, window).await?;
    let span = facts.span(window);
    for member in &facts.team {
        let name = facts.peer(member.peer_id).map_or("", |peer| facts.peer_name(peer));
        let mut moved = member.clone().into_active_model();
        moved.starts_on = Set(span.from);
        moved.ends_on = Set(span.until);
        if (member.starts_on, member.ends_on) != (span.from, span.until) {
            // What they were asked, said or were confirmed for were other days.
            withdraw_about(tx, act, member.id).await?;
            moved.status = Set(AssignmentStatus::Nominated);
        }
        moved.version = Set(member.version + 1);
        moved.updated_at = Set(act.at);
        moved.update(tx).await.map_err(|error| broken(error, name))?;
    }
    for member in &facts.team {
        late::recheck_peer(tx, act, member.peer_id, DecisionCause::Assignment, Some(member.id)).await?;
    }
    let row = challenge::Entity::find_by_id(facts.row.id).one(tx).await?;
    Ok(row.ok_or_else(|| ApiError::internal("the challenge vanished"))?)
}

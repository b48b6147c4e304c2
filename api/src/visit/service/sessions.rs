//! Sessions of a visit: scheduled, changed, called off.

use std::collections::HashMap;

use entity::{fieldwork_session, session_peer};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Set};
use uuid::Uuid;

use super::{PREPARATION, Who, only, room_for, team};
use crate::{
    audit::{self, Event},
    challenge::service::{claim, claim_part, needs_stage, trimmed},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, refusals, refuse_if_any},
        ids::Kind,
    },
    visit::{
        repo,
        rules::{self, NewSession, Other, SESSIONS_MAX},
    },
};

/// The other sessions of a challenge, with their people.
async fn others(tx: &Tx, challenge: Uuid, but: Option<Uuid>) -> Result<Vec<Other>> {
    let rows = fieldwork_session::Entity::find()
        .filter(fieldwork_session::Column::ChallengeId.eq(challenge))
        .filter(fieldwork_session::Column::RemovedAt.is_null())
        .all(tx)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let people = session_peer::Entity::find()
        .filter(session_peer::Column::SessionId.is_in(ids))
        .all(tx)
        .await?;
    let mut of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for one in people {
        of.entry(one.session_id).or_default().push(one.peer_id);
    }
    let other = |row: fieldwork_session::Model| Other {
        peers: of.remove(&row.id).unwrap_or_default(),
        title: row.title,
        room: row.room,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    };
    Ok(rows.into_iter().filter(|row| Some(row.id) != but).map(other).collect())
}

async fn seat(tx: &Tx, session: Uuid, peers: &[Uuid]) -> Result<()> {
    session_peer::Entity::delete_many()
        .filter(session_peer::Column::SessionId.eq(session))
        .exec(tx)
        .await?;
    if !peers.is_empty() {
        let rows = peers.iter().map(|peer| session_peer::ActiveModel {
            session_id: Set(session),
            peer_id: Set(*peer),
        });
        session_peer::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Somebody whose place on the team ends leaves the sessions that are still to come. Gives how many.
///
/// # Errors
/// The database's.
pub(crate) async fn leave(tx: &Tx, act: &Act, challenge: Uuid, peer: Uuid) -> Result<u64> {
    let to_come = fieldwork_session::Entity::find()
        .select_only()
        .column(fieldwork_session::Column::Id)
        .filter(fieldwork_session::Column::ChallengeId.eq(challenge))
        .filter(fieldwork_session::Column::StartsAt.gt(act.at))
        .into_query();
    let left = session_peer::Entity::delete_many()
        .filter(session_peer::Column::PeerId.eq(peer))
        .filter(session_peer::Column::SessionId.in_subquery(to_come))
        .exec(tx)
        .await?;
    Ok(left.rows_affected)
}

async fn record(tx: &Tx, act: &Act, action: &'static str, row: &fieldwork_session::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::FieldworkSession, row.id)
        .of_challenge(row.challenge_id)
        .with(serde_json::json!({ "startsAt": row.starts_at, "endsAt": row.ends_at }));
    audit::record(tx, act, event).await?;
    Ok(())
}

/// Puts a session on the timetable.
///
/// # Errors
/// Refused for anybody but the host, the team and the programme, before the team is confirmed and after the visit, and with
/// every rule that it breaks: days, rooms and people that are elsewhere.
pub async fn schedule(tx: &Tx, act: &Act, challenge: Uuid, new: NewSession) -> Outcome<fieldwork_session::Model> {
    let row = claim(tx, act, challenge).await?;
    only(tx, act, row.id, Who::HostAndTeam, "change the timetable").await?;
    needs_stage(&row, &PREPARATION, "changing the timetable")?;
    let others = others(tx, row.id, None).await?;
    let days = row.starts_on.zip(row.ends_on);
    let faults = rules::session(&new, days, &team(tx, row.id).await?, &others);
    refuse_if_any(refusals(faults, true))?;
    room_for(others.len() as u64, SESSIONS_MAX, "sessions")?;
    let session = fieldwork_session::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        title: Set(new.title.trim().to_owned()),
        room: Set(trimmed(new.room)),
        with_whom: Set(trimmed(new.with_whom)),
        is_team_call: Set(new.is_team_call),
        starts_at: Set(new.starts_at),
        ends_at: Set(new.ends_at),
        removed_at: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    seat(tx, session.id, &new.peers).await?;
    record(tx, act, "SESSION_SCHEDULED", &session).await?;
    Ok(session)
}

/// The session, locked, with its challenge, if the viewer may change the timetable.
async fn changeable(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    version: i32,
) -> Outcome<(fieldwork_session::Model, entity::challenge::Model)> {
    let missing = || UserError::not_found("sessionId", "session");
    let sight = repo::visible_sessions(&act.viewer).add(fieldwork_session::Column::RemovedAt.is_null());
    let (row, challenge) =
        claim_part::<fieldwork_session::Entity>(tx, act, id, sight, |row| row.challenge_id, missing).await?;
    only(tx, act, challenge.id, Who::HostAndTeam, "change the timetable").await?;
    UserError::unless_fresh("This", version, row.version)?;
    needs_stage(&challenge, &PREPARATION, "changing the timetable")?;
    Ok((row, challenge))
}

/// Replaces what a session says.
///
/// # Errors
/// As [`schedule`]; also when it changed or is gone.
pub async fn change(tx: &Tx, act: &Act, id: Uuid, version: i32, new: NewSession) -> Outcome<fieldwork_session::Model> {
    let (row, challenge) = changeable(tx, act, id, version).await?;
    let others = others(tx, challenge.id, Some(id)).await?;
    let days = challenge.starts_on.zip(challenge.ends_on);
    let faults = rules::session(&new, days, &team(tx, challenge.id).await?, &others);
    refuse_if_any(refusals(faults, true))?;
    let mut changed = row.into_active_model();
    changed.title = Set(new.title.trim().to_owned());
    changed.room = Set(trimmed(new.room));
    changed.with_whom = Set(trimmed(new.with_whom));
    changed.is_team_call = Set(new.is_team_call);
    changed.starts_at = Set(new.starts_at);
    changed.ends_at = Set(new.ends_at);
    changed.version = Set(version + 1);
    changed.updated_at = Set(act.at);
    let changed = changed.update(tx).await?;
    seat(tx, changed.id, &new.peers).await?;
    record(tx, act, "SESSION_CHANGED", &changed).await?;
    Ok(changed)
}

/// Calls a session off.
///
/// # Errors
/// As [`change`].
pub async fn cancel(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<fieldwork_session::Model> {
    let (row, _) = changeable(tx, act, id, version).await?;
    let mut gone = row.into_active_model();
    gone.removed_at = Set(Some(act.at));
    gone.version = Set(version + 1);
    gone.updated_at = Set(act.at);
    let gone = gone.update(tx).await?;
    record(tx, act, "SESSION_CANCELLED", &gone).await?;
    Ok(gone)
}

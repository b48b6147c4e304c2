//! Availability and blackouts. Offers are merged into windows that never overlap or touch; withdrawing splits them.

use chrono::NaiveDate;
use entity::{
    assignment, availability_window, blackout_period,
    enums::{AssignmentStatus, DecisionCause},
    peer,
};
use matching::Span;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::LockType,
};
use uuid::Uuid;

use super::{Hand, permit, reach, reach_row, recheck, text};
use crate::{
    audit::{self, Event},
    council::service::keeps,
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    peer::{
        repo,
        rules::{MAX_BLACKOUTS, MAX_WINDOWS, joined, stretch_ahead, without},
        scope::Clearance,
    },
};

/// Who may keep somebody's diary.
const DIARISTS: [Hand; 3] = [Hand::Programme, Hand::Keeper, Hand::Own];
/// Longest reason of a blackout in characters.
const LONGEST_REASON: usize = 500;

/// Whose blackout it is to be.
#[derive(Clone, Copy)]
pub enum Owner {
    /// A person's.
    Peer(Uuid),
    /// Of everybody of a council.
    Council(Uuid),
}

fn span_of(row: &availability_window::Model) -> Span {
    Span {
        from: row.starts_on,
        until: row.ends_on,
    }
}

/// Offers days of a person; the window that holds them afterwards, joined with all that it overlaps or touches. Offering
/// what is offered already changes nothing.
///
/// # Errors
/// Refused for anybody but the person, the hub of their region and the programme; for days in the wrong order, all past, or
/// absurdly far or many; and for a thousand windows.
pub async fn offer(
    tx: &Tx,
    act: &Act,
    key: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> Outcome<availability_window::Model> {
    let (_, hand) = reach(tx, act, key, "peerId").await?;
    permit(hand, &DIARISTS)?;
    let offered = stretch_ahead(from, until, act.today).map_err(|fault| fault.at("endsOn"))?;
    // Until nothing new touches: rows of an import may lie side by side.
    let mut sum = offered;
    let rows = loop {
        let rows = repo::windows_touching(key, sum, tx).await?;
        let wider = joined(&rows.iter().map(span_of).collect::<Vec<_>>(), sum);
        if wider == sum {
            break rows;
        }
        sum = wider;
    };
    if let [only] = rows.as_slice()
        && span_of(only) == sum
    {
        return Ok(only.clone());
    }
    let count = usize::try_from(repo::count_windows(key, tx).await?).map_err(ApiError::internal)?;
    if count - rows.len() >= MAX_WINDOWS {
        let message = format!("One person has at most {MAX_WINDOWS} availability windows.");
        return Err(UserError::at(UserErrorCode::TooMany, "startsOn", message).into());
    }
    for row in rows {
        row.delete(tx).await?;
    }
    let row = insert(tx, act, key, sum).await?;
    let details = serde_json::json!({ "startsOn": from, "endsOn": until });
    let event = Event::new("AVAILABILITY_OFFERED", Kind::AvailabilityWindow, row.id)
        .of_peer(key)
        .with(details);
    audit::record(tx, act, event).await?;
    recheck(tx, act, key, DecisionCause::Availability, Some(row.id)).await?;
    Ok(row)
}

/// Takes back days that a person offered, splitting windows where needed; how many days that were offered are gone.
///
/// # Errors
/// As for [`offer`], and when none of the days was offered.
pub async fn withdraw(tx: &Tx, act: &Act, key: Uuid, from: NaiveDate, until: NaiveDate) -> Outcome<(peer::Model, i32)> {
    let (person, hand) = reach(tx, act, key, "peerId").await?;
    permit(hand, &DIARISTS)?;
    let taken = stretch_ahead(from, until, act.today).map_err(|fault| fault.at("endsOn"))?;
    let mut gone = 0;
    for row in repo::windows_touching(key, taken, tx).await? {
        let window = span_of(&row);
        if !window.overlaps(taken) {
            continue;
        }
        let parts = without(window, taken);
        gone += window.days() - parts.iter().map(|part| part.days()).sum::<i64>();
        row.delete(tx).await?;
        for part in parts {
            insert(tx, act, key, part).await?;
        }
    }
    if gone == 0 {
        let message = "None of these days was offered.";
        return Err(UserError::at(UserErrorCode::Invalid, "startsOn", message).into());
    }
    let details = serde_json::json!({ "startsOn": from, "endsOn": until, "days": gone });
    audit::record(
        tx,
        act,
        Event::new("AVAILABILITY_WITHDRAWN", Kind::Peer, key)
            .of_peer(key)
            .with(details),
    )
    .await?;
    recheck(tx, act, key, DecisionCause::Availability, None).await?;
    Ok((person, i32::try_from(gone).map_err(ApiError::internal)?))
}

pub(super) async fn insert(tx: &Tx, act: &Act, peer: Uuid, span: Span) -> Outcome<availability_window::Model> {
    Ok(availability_window::ActiveModel {
        id: Set(act.id()),
        peer_id: Set(peer),
        starts_on: Set(span.from),
        ends_on: Set(span.until),
        created_at: Set(act.at),
    }
    .insert(tx)
    .await?)
}

/// Adds a blackout of a person or of a council.
///
/// # Errors
/// Refused for anybody but the programme, the hub of the region, and for their own the person; for an unknown owner, days as in
/// [`offer`], days that overlap another blackout of the same owner, and too many.
pub async fn add_blackout(
    tx: &Tx,
    act: &Act,
    owner: Owner,
    (from, until): (NaiveDate, NaiveDate),
    reason: &str,
) -> Outcome<blackout_period::Model> {
    use blackout_period::Column;
    let (ours, path) = match owner {
        Owner::Peer(peer) => {
            let (_, hand) = reach(tx, act, peer, "peerId").await?;
            permit(hand, &DIARISTS)?;
            (Column::PeerId.eq(peer), "peerId")
        }
        Owner::Council(council) => {
            // Locked like a person is, so that two periods at once cannot overlap.
            let locked = entity::council::Entity::find_by_id(council)
                .lock(LockType::NoKeyUpdate)
                .one(tx)
                .await?;
            if locked.is_none() {
                return Err(UserError::not_found("councilId", "council").into());
            }
            permit_council(tx, act, council).await?;
            (Column::CouncilId.eq(council), "councilId")
        }
    };
    let mut errors = Vec::new();
    text(&mut errors, "reason", reason, LONGEST_REASON);
    match stretch_ahead(from, until, act.today) {
        Err(fault) => errors.push(fault.at("endsOn")),
        Ok(span) => {
            let others = blackout_period::Entity::find().filter(ours).all(tx).await?;
            if others.len() >= MAX_BLACKOUTS {
                let message = format!("At most {MAX_BLACKOUTS} blackout periods; remove past ones first.");
                errors.push(UserError::at(UserErrorCode::TooMany, path, message));
            }
            let clash = others
                .iter()
                .find(|other| other.starts_on <= span.until && span.from <= other.ends_on);
            if let Some(other) = clash {
                let message = format!(
                    "There is a blackout from {} to {} already; name only the other days.",
                    other.starts_on, other.ends_on
                );
                errors.push(UserError::at(UserErrorCode::Overlapping, "startsOn", message));
            }
        }
    }
    refuse_if_any(errors)?;
    let (peer, council) = match owner {
        Owner::Peer(peer) => (Some(peer), None),
        Owner::Council(council) => (None, Some(council)),
    };
    let row = blackout_period::ActiveModel {
        id: Set(act.id()),
        peer_id: Set(peer),
        council_id: Set(council),
        starts_on: Set(from),
        ends_on: Set(until),
        reason: Set(reason.trim().to_owned()),
    }
    .insert(tx)
    .await?;
    recorded(tx, act, "BLACKOUT_ADDED", &row).await?;
    Ok(row)
}

/// Removes a blackout; its id.
///
/// # Errors
/// Refused for anybody but those who may add it.
pub async fn remove_blackout(tx: &Tx, act: &Act, key: Uuid) -> Outcome<Uuid> {
    let names = ("blackoutPeriodId", "blackout period");
    let Some(row) = blackout_period::Entity::find_by_id(key)
        .filter(repo::visible_blackouts(&act.viewer, act.today))
        .one(tx)
        .await?
    else {
        return Err(UserError::not_found(names.0, names.1).into());
    };
    match (row.peer_id, row.council_id) {
        (None, Some(council)) => permit_council(tx, act, council).await?,
        (owner, _) => {
            reach_row(tx, act, owner, names, Clearance::Keeping, &DIARISTS).await?;
        }
    }
    row.clone().delete(tx).await?;
    recorded(tx, act, "BLACKOUT_REMOVED", &row).await?;
    Ok(key)
}

/// Only the programme and the hub of its region close a council's days.
async fn permit_council(tx: &Tx, act: &Act, council: Uuid) -> Outcome<()> {
    if keeps(tx, &act.viewer, council).await? {
        return Ok(());
    }
    let message = "Only the national programme and the hub of its region close a council's days.";
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

/// Audit event and re-checks of a blackout that came or went. The reason stays out of the record.
async fn recorded(tx: &Tx, act: &Act, action: &'static str, row: &blackout_period::Model) -> Outcome<()> {
    let details = serde_json::json!({ "startsOn": row.starts_on, "endsOn": row.ends_on });
    let mut event = Event::new(action, Kind::BlackoutPeriod, row.id).with(details);
    if let Some(peer) = row.peer_id {
        event = event.of_peer(peer);
    }
    if let Some(council) = row.council_id {
        event = event.of_council(council);
    }
    audit::record(tx, act, event).await?;
    let touched: Vec<Uuid> = match (row.peer_id, row.council_id) {
        (Some(peer), _) => vec![peer],
        (None, Some(council)) => {
            assignment::Entity::find()
                .select_only()
                .column(assignment::Column::PeerId)
                .distinct()
                .filter(assignment::Column::HomeCouncilId.eq(council))
                .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
                .filter(assignment::Column::StartsOn.lte(row.ends_on))
                .filter(assignment::Column::EndsOn.gte(row.starts_on))
                .order_by_asc(assignment::Column::PeerId)
                .into_tuple()
                .all(tx)
                .await?
        }
        (None, None) => Vec::new(),
    };
    for peer in touched {
        recheck(tx, act, peer, DecisionCause::Availability, Some(row.id)).await?;
    }
    Ok(())
}

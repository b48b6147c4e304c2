//! Erasing a person: history keeps that somebody served, where and when, but not who.
//!
//! Everything that `classes` does not let outlive erasure is deleted or emptied, in every table, in stored proposals and in
//! the audit record (the one change that the database permits there). Places on teams and past engagements stay, so that
//! limits, look-backs and figures about hosts and home councils hold. It cannot be undone: the database refuses every
//! later change of the row.

use entity::{
    accuracy_edit, affiliation, assignment, audit_event, availability_window, blackout_period, challenge_document,
    conflict_decision, conflict_waiver, declared_interest,
    enums::{AssignmentStatus, DecisionCause, DeclineReason, ObjectionReason, PeerStatus},
    evaluation, finding, host_objection, idempotency_key, immediate_risk, invitation, mail_opt_out, notification,
    past_engagement, peer, peer_duplicate, peer_role, peer_theme, reserve, stage_change,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, Set, sea_query::Query};
use serde_json::json;
use uuid::Uuid;

use super::{Hand, entries, permit, reach};
use crate::{
    audit::{self, ERASED_ACTOR, Event},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode},
        ids::Kind,
    },
    links::SUBJECT as LINK_SUBJECT,
    notice::mail::address_hash,
    planning::season::traces as plans,
    team::{record, service::ending, traces},
};

/// What stands in the place of an erased person's name.
pub const ERASED_NAME: &str = "Erased peer";
/// What stands in the place of a reason that must not be empty.
const ERASED_TEXT: &str = "erased";

/// Erases a person, with every entry that was joined to theirs.
///
/// # Errors
/// Refused for anybody but the programme, for a version that is not the current one, while the person has a live place on
/// a team that has not ended, and for somebody who was erased already.
pub async fn erase(tx: &Tx, act: &Act, key: Uuid, version: i32) -> Outcome<peer::Model> {
    // Nobody is nominated meanwhile.
    tx.enter(Queue::Teams).await?;
    let (row, hand) = reach(tx, act, key, "peerId").await?;
    permit(hand, &[Hand::Programme])?;
    UserError::unless_fresh("This person", version, row.version)?;
    let people = entries::of_person(key, tx).await?;
    let serving = assignment::Entity::find()
        .filter(assignment::Column::PeerId.is_in(people.iter().copied()))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::EndsOn.gte(act.today))
        .one(tx)
        .await?;
    if let Some(place) = serving {
        let message = format!(
            "They have a live place on a team until {}: release or replace them there first.",
            place.ends_on
        );
        return Err(UserError::at(UserErrorCode::Serving, "peerId", message).into());
    }
    let reason = "The person has been erased.";
    ending::close_about_people(tx, act, &people, reason).await?;
    for entry in peer::Entity::find()
        .filter(peer::Column::Id.is_in(people.iter().copied()))
        .filter(peer::Column::ErasedAt.is_null())
        .all(tx)
        .await?
    {
        empty_entry(tx, act, &entry).await?;
    }
    delete_rows(tx, &people).await?;
    empty_rows(tx, &people).await?;
    traces::forget(&people, tx).await?;
    plans::forget(&people, tx).await?;
    record::forget(&people, tx).await?;
    redact_record(tx, &people).await?;
    for entry in &people {
        let event = Event::new("PEER_ERASED", Kind::Peer, *entry).of_peer(*entry);
        audit::record(tx, act, event.with(json!({ "entries": people.len() }))).await?;
    }
    let erased = peer::Entity::find_by_id(key).one(tx).await?;
    erased.ok_or_else(|| ApiError::internal(format_args!("peer {key} is gone")).into())
}

/// Takes the person out of their entry. The made-up reference and key are unlike any other, so that erased people are never
/// taken for one another.
async fn empty_entry(tx: &Tx, act: &Act, row: &peer::Model) -> Result<()> {
    if let Some(address) = &row.email {
        mail_opt_out::Entity::delete_by_id(address_hash(address))
            .exec(tx)
            .await?;
    }
    let unlike = format!("erased-{}", row.id);
    peer::ActiveModel {
        id: Set(row.id),
        reference: Set(unlike.clone()),
        name: Set(ERASED_NAME.to_owned()),
        search_name: Set(ERASED_NAME.to_lowercase()),
        post: Set(None),
        email: Set(None),
        email_key: Set(None),
        name_key: Set(unlike),
        party: Set(None),
        status: Set(PeerStatus::Left),
        trained_on: Set(None),
        declared_on: Set(None),
        retired_on: Set(None),
        capacity: Set(None),
        version: Set(row.version + 1),
        created_at: Set(row.created_at),
        updated_at: Set(act.at),
        erased_at: Set(Some(act.at)),
    }
    .update(tx)
    .await?;
    Ok(())
}

async fn delete_rows(tx: &Tx, people: &[Uuid]) -> Result<()> {
    macro_rules! delete {
        ($($table:ident),+ $(,)?) => {$(
            $table::Entity::delete_many()
                .filter($table::Column::PeerId.is_in(people.iter().copied()))
                .exec(tx)
                .await?;
        )+};
    }
    delete!(
        peer_role,
        peer_theme,
        affiliation,
        declared_interest,
        availability_window,
        blackout_period,
        reserve,
        conflict_waiver,
        notification,
    );
    evaluation::Entity::delete_many()
        .filter(
            Condition::any()
                .add(evaluation::Column::AboutPeerId.is_in(people.iter().copied()))
                .add(evaluation::Column::ByPeerId.is_in(people.iter().copied())),
        )
        .exec(tx)
        .await?;
    peer_duplicate::Entity::delete_many()
        .filter(
            Condition::any()
                .add(peer_duplicate::Column::PeerAId.is_in(people.iter().copied()))
                .add(peer_duplicate::Column::PeerBId.is_in(people.iter().copied())),
        )
        .exec(tx)
        .await?;
    Ok(())
}

async fn empty_rows(tx: &Tx, people: &[Uuid]) -> Result<()> {
    macro_rules! empty {
        ($($table:ident { $($field:ident: $value:expr),+ $(,)? })+) => {$(
            $table::Entity::update_many()
                .set($table::ActiveModel {
                    $($field: Set($value),)+
                    ..Default::default()
                })
                .filter($table::Column::PeerId.is_in(people.iter().copied()))
                .exec(tx)
                .await?;
        )+};
    }
    empty!(
        past_engagement { reference: None }
        assignment { status_reason: None }
        // The cause is the least that can be said: some fact about the person.
        conflict_decision { cause: DecisionCause::Profile, cause_id: None, findings: json!([]), reason: None }
        host_objection {
            reason_code: ObjectionReason::Other,
            reason: ERASED_TEXT.to_owned(),
            decision_reason: None,
        }
        invitation { note: None, answered_by: None }
    );
    // A declined invitation has a reason; the least that can be said is another.
    invitation::Entity::update_many()
        .set(invitation::ActiveModel {
            decline_reason: Set(Some(DeclineReason::Other)),
            ..Default::default()
        })
        .filter(invitation::Column::PeerId.is_in(people.iter().copied()))
        .filter(invitation::Column::DeclineReason.is_not_null())
        .exec(tx)
        .await?;
    finding::Entity::update_many()
        .set(finding::ActiveModel {
            recorded_by: Set(ERASED_TEXT.to_owned()),
            ..Default::default()
        })
        .filter(finding::Column::RecordedByPeerId.is_in(people.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes the person out of the audit record: what was kept with events about them, and their name where they acted. The keys
/// of their latest requests bear that name too.
async fn redact_record(tx: &Tx, people: &[Uuid]) -> Result<()> {
    // Many people answer by link under one name, which tells nothing of any of them.
    let names = Query::select()
        .column(audit_event::Column::Actor)
        .from(audit_event::Entity)
        .and_where(audit_event::Column::ActorPeerId.is_in(people.iter().copied()))
        .and_where(audit_event::Column::Actor.ne(LINK_SUBJECT))
        .to_owned();
    macro_rules! unnamed {
        ($($table:ident.$column:ident: $field:ident = $value:expr;)+) => {$(
            $table::Entity::update_many()
                .set($table::ActiveModel { $field: Set($value), ..Default::default() })
                .filter($table::Column::$column.in_subquery(names.clone()))
                .exec(tx)
                .await?;
        )+};
    }
    unnamed! {
        stage_change.Actor: actor = ERASED_TEXT.to_owned();
        challenge_document.AddedBy: added_by = ERASED_TEXT.to_owned();
        immediate_risk.RaisedBy: raised_by = ERASED_TEXT.to_owned();
        immediate_risk.ToldBy: told_by = Some(ERASED_TEXT.to_owned());
        accuracy_edit.DecidedBy: decided_by = Some(ERASED_TEXT.to_owned());
        assignment.NominatedBy: nominated_by = ERASED_TEXT.to_owned();
        invitation.SentBy: sent_by = ERASED_TEXT.to_owned();
    }
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::Subject.in_subquery(names))
        .exec(tx)
        .await?;
    audit_event::Entity::update_many()
        .set(audit_event::ActiveModel {
            details: Set(json!({ "erased": true })),
            ..Default::default()
        })
        .filter(audit_event::Column::PeerId.is_in(people.iter().copied()))
        .exec(tx)
        .await?;
    audit_event::Entity::update_many()
        .set(audit_event::ActiveModel {
            actor: Set(ERASED_ACTOR.to_owned()),
            ..Default::default()
        })
        .filter(audit_event::Column::ActorPeerId.is_in(people.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

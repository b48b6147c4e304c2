//! Waivers: a named decision-maker accepts a WARN, or a BLOCK for the continuity of a progress review, with a reason and
//! an expiry.

use chrono::{Days, NaiveDate};
use entity::{
    conflict_waiver,
    enums::{DecisionCause, Stage},
};
use matching::{Finding, PeerIx, RuleCode, WaiverRight, WindowIx};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::{challenge_for_update, in_stage, programme_only, reason};
use crate::{
    audit::{self, Event},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    team::{
        codes, late, repo,
        world::{self, Facts, Whom},
    },
};

/// Stages in which somebody may still come to serve.
const WAIVABLE: [Stage; 4] = [
    Stage::Scoped,
    Stage::TeamBuilding,
    Stage::TeamConfirmed,
    Stage::Preparing,
];

/// A waiver to be.
#[derive(Clone, Debug)]
pub struct NewWaiver {
    /// The challenge that it is for.
    pub challenge: Uuid,
    /// The person that it is for.
    pub peer: Uuid,
    /// The rule that is waived.
    pub rule: RuleCode,
    /// Why.
    pub reason: String,
    /// Last day on which it holds.
    pub expires_on: NaiveDate,
}

/// Records a waiver, and closes an open decision that has no other reason.
///
/// # Errors
/// Refused for anybody but the programme; when the rule does not speak against the person here; `NOT_WAIVABLE` when
/// nobody may waive it; when the expiry lies before the window's last day or beyond the policy's limit; and when a waiver
/// of the rule holds already.
pub async fn waive(tx: &Tx, act: &Act, new: NewWaiver) -> Outcome<conflict_waiver::Model> {
    let row = challenge_for_update(tx, act, new.challenge, "challengeId").await?;
    programme_only(act)?;
    in_stage(&row, &WAIVABLE, "Waiving")?;
    let facts = world::load(row, Whom::Only(&[new.peer]), act.today, tx).await?;
    let peer = facts
        .peer(new.peer)
        .ok_or_else(|| UserError::not_found("peerId", "peer"))?;
    let mut errors = Vec::new();
    let why = reason(&new.reason, "reason").unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    errors.extend(expiry_error(&facts, act, new.expires_on));
    let found = findings(&facts, peer, new.rule)?;
    if found.is_empty() {
        let message = format!("{} does not speak against this person here.", codes::name(new.rule));
        errors.push(UserError::at(UserErrorCode::Invalid, "rule", message));
    } else if found.iter().all(|finding| finding.waivable_by == WaiverRight::Nobody) {
        let message = format!("{} cannot be waived for this person here.", codes::name(new.rule));
        errors.push(UserError::at(UserErrorCode::NotWaivable, "rule", message));
    }
    refuse_if_any(errors)?;
    let row = record(tx, act, &facts, new.peer, new.rule, &why, new.expires_on).await?;
    late::recheck_peer(tx, act, new.peer, DecisionCause::Assignment, Some(row.id)).await?;
    Ok(row)
}

/// Writes a waiver that has been judged. One that has run out makes room for it.
pub(super) async fn record(
    tx: &Tx,
    act: &Act,
    facts: &Facts,
    peer: Uuid,
    rule: RuleCode,
    why: &str,
    expires_on: NaiveDate,
) -> Outcome<conflict_waiver::Model> {
    let rule = codes::to_entity(rule);
    let standing = facts
        .waivers
        .iter()
        .find(|waiver| waiver.peer_id == peer && waiver.rule == rule);
    if let Some(standing) = standing {
        if standing.expires_on >= act.today {
            let message = format!(
                "A waiver of this rule holds until {}: revoke it first.",
                standing.expires_on
            );
            return Err(UserError::at(UserErrorCode::Taken, "rule", message).into());
        }
        end(tx, act, standing.clone(), "WAIVER_EXPIRED").await?;
    }
    let row = conflict_waiver::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(facts.row.id),
        peer_id: Set(peer),
        rule: Set(rule),
        reason: Set(why.to_owned()),
        decided_by: Set(act.viewer.subject.clone()),
        decided_at: Set(act.at),
        expires_on: Set(expires_on),
        revoked_at: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    let event = Event::new("FINDING_WAIVED", Kind::ConflictWaiver, row.id)
        .of_challenge(row.challenge_id)
        .of_peer(row.peer_id)
        .with(serde_json::json!({ "rule": row.rule, "expiresOn": row.expires_on }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

/// What is wrong with an expiry: it must reach the last day of fieldwork, and the policy sets how far it may go.
pub(super) fn expiry_error(facts: &Facts, act: &Act, expires_on: NaiveDate) -> Option<UserError> {
    let last = windows(facts).into_iter().map(|window| facts.span(window).until).min();
    let limit = u64::from(facts.policy_body.limits.waiver_days_max);
    let latest = act.today.checked_add_days(Days::new(limit)).unwrap_or(act.today);
    let message = match last {
        Some(last) if expires_on < last => {
            format!("It must hold through the last day of fieldwork, {last}, or it would be of no use.")
        }
        _ if expires_on < act.today => "It lies in the past.".to_owned(),
        _ if expires_on > latest => {
            format!("The policy lets a waiver hold for {limit} days at most, until {latest}.")
        }
        _ => return None,
    };
    Some(UserError::at(UserErrorCode::Invalid, "expiresOn", message))
}

/// The chosen window, or all of them while none is chosen.
fn windows(facts: &Facts) -> Vec<WindowIx> {
    match facts.row.window_id.and_then(|id| facts.window(id)) {
        Some(window) => vec![window],
        None => facts
            .challenge
            .windows
            .iter()
            .filter_map(|window| facts.window(window.id))
            .collect(),
    }
}

/// What `rule` says against a person in any slot, or without one, in the windows that may still be used.
fn findings(facts: &Facts, peer: PeerIx, rule: RuleCode) -> Outcome<Vec<Finding>> {
    let mut found = Vec::new();
    for window in windows(facts) {
        let slots = facts.challenge.slot_positions().map(Some).chain([None]);
        for slot in slots {
            let verdict = facts.assess(slot, window, peer)?;
            found.extend(verdict.findings.into_iter().filter(|finding| finding.rule == rule));
        }
    }
    Ok(found)
}

/// Takes a waiver back; a live place that rested on it gets a decision.
///
/// # Errors
/// Refused for anybody but the programme, and when the waiver changed or has been revoked.
pub async fn revoke(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<conflict_waiver::Model> {
    tx.enter(Queue::Teams).await?;
    let found = conflict_waiver::Entity::find_by_id(id)
        .filter(repo::visible_waivers(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    let Some(row) = found else {
        return Err(UserError::not_found("waiverId", "waiver").into());
    };
    programme_only(act)?;
    UserError::unless_fresh("This", version, row.version)?;
    if row.revoked_at.is_some() {
        return Err(UserError::at(UserErrorCode::Invalid, "waiverId", "It has been revoked already.").into());
    }
    let row = end(tx, act, row, "WAIVER_REVOKED").await?;
    late::recheck_peer(tx, act, row.peer_id, DecisionCause::Assignment, Some(row.id)).await?;
    Ok(row)
}

async fn end(tx: &Tx, act: &Act, row: conflict_waiver::Model, action: &'static str) -> Outcome<conflict_waiver::Model> {
    let version = row.version;
    let mut ended = row.into_active_model();
    ended.revoked_at = Set(Some(act.at));
    ended.version = Set(version + 1);
    ended.updated_at = Set(act.at);
    let ended = ended.update(tx).await?;
    let event = Event::new(action, Kind::ConflictWaiver, ended.id)
        .of_challenge(ended.challenge_id)
        .of_peer(ended.peer_id)
        .with(serde_json::json!({ "rule": ended.rule }));
    audit::record(tx, act, event).await?;
    Ok(ended)
}

//! Deciding whether two entries of the pool are one person. Two people stop holding each other up; one person's entries are
//! joined, because conflicts that only the second entry knows must count for the first.

use entity::{
    affiliation, assignment, availability_window, blackout_period, conflict_decision, declared_interest,
    enums::{AssignmentStatus, DecisionCause, DuplicateVerdict, PeerStatus},
    host_objection, past_engagement, peer, peer_duplicate,
};
use matching::Span;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};
use uuid::Uuid;

use super::{Hand, diary, permit, profile, reach, recheck, text};
use crate::{
    audit::{self, Event},
    db::{Tx, violated},
    graphql::{
        context::Act,
        errors::{Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    peer::{
        repo,
        rules::{MAX_AFFILIATIONS, MAX_INTERESTS, merged},
    },
};

/// Longest reason in characters.
const LONGEST_REASON: usize = 2_000;

/// A decision to be.
pub struct NewDecision {
    /// The entry that stays, if they are one person.
    pub peer: Uuid,
    /// The entry that is joined to it, if they are one person.
    pub other: Uuid,
    /// Two people or one.
    pub verdict: DuplicateVerdict,
    /// Why.
    pub reason: String,
}

/// Decides about two entries. For one person, everything that belongs to the other entry (affiliations, interests,
/// availability, blackouts, past engagements, ended assignments with objections and decisions) moves to the entry that stays, and the other
/// leaves the pool.
///
/// # Errors
/// Refused for anybody but the programme; for an entry paired with itself; for a join while the other entry has a live
/// assignment, or when the joined entry would have too many rows; and for undoing a join.
pub async fn decide(tx: &Tx, act: &Act, new: NewDecision) -> Outcome<peer::Model> {
    if new.peer == new.other {
        let message = "Two different entries are needed.";
        return Err(UserError::at(UserErrorCode::Invalid, "otherPeerId", message).into());
    }
    // Locked in one order, whichever is named first, so that two decisions cannot wait for each other.
    if new.other < new.peer {
        repo::lock(new.other, tx).await?;
    }
    let (kept, hand) = reach(tx, act, new.peer, "peerId").await?;
    permit(hand, &[Hand::Programme])?;
    let (other, _) = reach(tx, act, new.other, "otherPeerId").await?;
    let earlier = repo::duplicate_decision(new.peer, new.other, tx).await?;
    let mut errors = Vec::new();
    text(&mut errors, "reason", &new.reason, LONGEST_REASON);
    if new.verdict == DuplicateVerdict::Distinct
        && earlier
            .as_ref()
            .is_some_and(|earlier| earlier.verdict == DuplicateVerdict::Same)
    {
        let message = "These entries have been joined; that cannot be undone. Register the second person anew.";
        errors.push(UserError::at(UserErrorCode::Invalid, "verdict", message));
    }
    if new.verdict == DuplicateVerdict::Same {
        errors.extend(judge_join(tx, act, &kept, &other).await?);
    }
    refuse_if_any(errors)?;
    let id = earlier.as_ref().map_or_else(|| act.id(), |earlier| earlier.id);
    let decision = peer_duplicate::ActiveModel {
        id: Set(id),
        peer_a_id: Set(new.peer.min(new.other)),
        peer_b_id: Set(new.peer.max(new.other)),
        verdict: Set(new.verdict),
        decided_by: Set(act.viewer.subject.clone()),
        decided_at: Set(act.at),
        reason: Set(new.reason.trim().to_owned()),
    };
    if earlier.is_some() {
        decision.update(tx).await?;
    } else {
        decision.insert(tx).await?;
    }
    for (one, with) in [(kept.id, other.id), (other.id, kept.id)] {
        let details =
            serde_json::json!({ "verdict": new.verdict, "with": crate::graphql::ids::encode(Kind::Peer, with).0 });
        audit::record(
            tx,
            act,
            Event::new("DUPLICATE_DECIDED", Kind::Peer, one)
                .of_peer(one)
                .with(details),
        )
        .await?;
    }
    let (kept_id, other_id) = (kept.id, other.id);
    if new.verdict == DuplicateVerdict::Same {
        join(tx, act, &kept, other).await?;
    }
    recheck(tx, act, kept_id, DecisionCause::Profile, Some(other_id)).await?;
    recheck(tx, act, other_id, DecisionCause::Profile, Some(kept_id)).await?;
    Ok(kept)
}

async fn judge_join(tx: &Tx, act: &Act, kept: &peer::Model, other: &peer::Model) -> Outcome<Vec<UserError>> {
    let mut errors = Vec::new();
    if kept.status == PeerStatus::Left {
        let message = "The entry that stays has left the pool: name the two the other way round.";
        errors.push(UserError::at(UserErrorCode::Invalid, "peerId", message));
    }
    let serving = assignment::Entity::find()
        .filter(assignment::Column::PeerId.eq(other.id))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::EndsOn.gte(act.today))
        .one(tx)
        .await?;
    if serving.is_some() {
        let message = "This entry is on a team: replace it there first, or name the two the other way round.";
        errors.push(UserError::at(UserErrorCode::Invalid, "otherPeerId", message));
    }
    let affiliations =
        repo::affiliations_of(kept.id, tx).await?.len() + repo::affiliations_of(other.id, tx).await?.len();
    let interests = repo::interests_of(kept.id, tx).await?.len() + repo::interests_of(other.id, tx).await?.len();
    for (what, count, most) in [
        ("affiliations", affiliations, MAX_AFFILIATIONS),
        ("declared interests", interests, MAX_INTERESTS),
    ] {
        if count > most {
            let message = format!("Together they would have {count} {what}; at most {most}.");
            errors.push(UserError::at(UserErrorCode::TooMany, "otherPeerId", message));
        }
    }
    Ok(errors)
}

/// Moves what belongs to `other` to `kept` and takes `other` out of the pool.
async fn join(tx: &Tx, act: &Act, kept: &peer::Model, other: peer::Model) -> Outcome<()> {
    macro_rules! hand_over {
        ($($table:ident),+ $(,)?) => {$(
            $table::Entity::update_many()
                .col_expr($table::Column::PeerId, Expr::value(kept.id))
                .filter($table::Column::PeerId.eq(other.id))
                .exec(tx)
                .await
                .map_err(clash)?;
        )+};
    }
    // A main post that comes over gives way to the one that is there.
    affiliation::Entity::update_many()
        .col_expr(affiliation::Column::IsPrimary, Expr::value(false))
        .filter(affiliation::Column::PeerId.eq(other.id))
        .exec(tx)
        .await?;
    hand_over!(
        affiliation,
        declared_interest,
        blackout_period,
        past_engagement,
        assignment,
        host_objection,
        conflict_decision
    );
    let both = [kept.id, other.id];
    let windows = availability_window::Entity::find()
        .filter(availability_window::Column::PeerId.is_in(both))
        .all(tx)
        .await?;
    let spans = windows
        .iter()
        .map(|row| Span {
            from: row.starts_on,
            until: row.ends_on,
        })
        .collect();
    availability_window::Entity::delete_many()
        .filter(availability_window::Column::PeerId.is_in(both))
        .exec(tx)
        .await?;
    for span in merged(spans) {
        diary::insert(tx, act, kept.id, span).await?;
    }
    let read = other.version;
    let left = peer::Model {
        status: PeerStatus::Left,
        version: read + 1,
        updated_at: act.at,
        ..other
    };
    profile::write(tx, left, read).await
}

/// Both entries served on the same days: then they cannot be one person, or one record is wrong.
fn clash(error: DbErr) -> ServiceError {
    match violated(&error).as_deref() {
        Some("ex_assignment_peer_days") => {
            let message = "Both entries served on the same days; correct that first.";
            UserError::at(UserErrorCode::Overlapping, "otherPeerId", message).into()
        }
        _ => error.into(),
    }
}

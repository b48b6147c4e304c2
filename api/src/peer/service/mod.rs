//! What may be done to peers, by whom. Each function works in the caller's transaction: it locks the person's row first,
//! so that limits and merged windows stay true under concurrency, judges everything that it can judge, writes state and
//! audit event together, and ends with the re-check of the person's live assignments.
//!
//! Who may: the programme everything; a hub the profile, availability and blackouts of the people of its regions; a person
//! their own contact, capacity, declarations, affiliations, availability and blackouts; nobody else anything.

pub mod diary;
pub mod duplicates;
mod entries;
pub mod erase;
pub mod export;
pub mod profile;
pub mod ties;

use entity::{enums::DecisionCause, peer};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{repo, rules::Fault, scope::Clearance};
use crate::{
    auth::ViewerRole,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode},
    },
    team::late,
};

/// What the actor is to a person whom they may see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hand {
    /// The national programme.
    Programme,
    /// The hub of a region where the person is at home.
    Keeper,
    /// The person.
    Own,
    /// Somebody who sees the profile only.
    Onlooker,
}

impl Hand {
    /// How much of the person the actor may read.
    fn clearance(self) -> Clearance {
        match self {
            Self::Programme | Self::Own => Clearance::Everything,
            Self::Keeper => Clearance::Keeping,
            Self::Onlooker => Clearance::Profile,
        }
    }
}

/// A person, locked, and what the actor is to them.
///
/// # Errors
/// `NOT_FOUND` at `path` when there is no such person for this actor, `ERASED` when there no longer is.
async fn reach(tx: &Tx, act: &Act, key: Uuid, path: &str) -> Outcome<(peer::Model, Hand)> {
    let Some(row) = repo::lock(key, tx).await? else {
        return Err(UserError::not_found(path, "peer").into());
    };
    match hand(tx, act, key).await? {
        Some(_) if row.erased_at.is_some() => Err(erased(path).into()),
        Some(hand) => Ok((row, hand)),
        None => Err(UserError::not_found(path, "peer").into()),
    }
}

async fn hand(tx: &Tx, act: &Act, peer: Uuid) -> Result<Option<Hand>> {
    let viewer = &act.viewer;
    match &viewer.role {
        ViewerRole::Programme => return Ok(Some(Hand::Programme)),
        ViewerRole::Peer { peer: own } if *own == peer => return Ok(Some(Hand::Own)),
        ViewerRole::Hub { .. } if repo::is_among(peer, viewer, Clearance::Keeping, act.today, tx).await? => {
            return Ok(Some(Hand::Keeper));
        }
        _ => {}
    }
    let seen = repo::is_among(peer, viewer, Clearance::Profile, act.today, tx).await?;
    Ok(seen.then_some(Hand::Onlooker))
}

/// The person behind a row that only those with `needed` clearance may know of; then only `allowed` may change it.
async fn reach_row(
    tx: &Tx,
    act: &Act,
    owner: Option<Uuid>,
    (path, what): (&str, &str),
    needed: Clearance,
    allowed: &[Hand],
) -> Outcome<peer::Model> {
    let Some(owner) = owner else {
        return Err(UserError::not_found(path, what).into());
    };
    let row = repo::lock(owner, tx).await?;
    match (row, hand(tx, act, owner).await?) {
        (Some(row), Some(hand)) if hand.clearance() >= needed => {
            permit(hand, allowed)?;
            Ok(row)
        }
        _ => Err(UserError::not_found(path, what).into()),
    }
}

/// Refuses an actor who sees the person but is none of `allowed`.
fn permit(hand: Hand, allowed: &[Hand]) -> Outcome<()> {
    if allowed.contains(&hand) {
        return Ok(());
    }
    let who: Vec<&str> = allowed
        .iter()
        .map(|hand| match hand {
            Hand::Programme => "the national programme",
            Hand::Keeper => "the hub of their region",
            Hand::Own => "the person",
            Hand::Onlooker => "anybody",
        })
        .collect();
    let message = format!("Only {} may do this.", who.join(", "));
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

fn erased(path: &str) -> UserError {
    let message = "This person was erased: there is nothing left to change.";
    UserError::at(UserErrorCode::Erased, path, message)
}

impl Fault {
    /// The refusal at `path`.
    fn at(self, path: &str) -> UserError {
        match self {
            Self::Reversed(message) => UserError::at(UserErrorCode::DatesReversed, path, message),
            Self::Unacceptable(message) => UserError::at(UserErrorCode::Invalid, path, message),
        }
    }
}

fn text(errors: &mut Vec<UserError>, path: &str, value: &str, most: usize) {
    if !super::rules::text_fits(value, most) {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            path,
            format!("A text of 1 to {most} characters is needed."),
        ));
    }
}

async fn council_exists(tx: &Tx, council: Uuid) -> Result<bool> {
    Ok(entity::council::Entity::find_by_id(council).one(tx).await?.is_some())
}

/// Re-checks the live assignments of a person after one of their facts changed: the single place where this aggregate
/// calls into `team`.
async fn recheck(tx: &Tx, act: &Act, peer: Uuid, cause: DecisionCause, cause_id: Option<Uuid>) -> Outcome<()> {
    late::recheck_peer(tx, act, peer, cause, cause_id).await?;
    Ok(())
}

//! Affiliations and declared interests: the facts behind most conflicts. A late one re-checks live teams.

use chrono::NaiveDate;
use entity::{
    affiliation, declared_interest, delivery_body, delivery_body_council,
    enums::{AffiliationKind, DecisionCause, InterestKind},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{Hand, council_exists, permit, profile::Change, reach, reach_row, recheck, text};
use crate::{
    audit::{self, Event},
    council::repo::ids_in_regions,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    peer::{
        repo,
        rules::{HOME_KINDS, MAX_AFFILIATIONS, MAX_INTERESTS, periods_overlap, tie_days},
        scope::{Clearance, holds_on},
    },
};

/// Longest post in characters.
const LONGEST_POST: usize = 200;
/// Longest note on an interest in characters.
const LONGEST_NOTE: usize = 2_000;

/// A tie to be.
#[derive(Clone)]
pub struct NewTie {
    /// What ties.
    pub kind: AffiliationKind,
    /// The council …
    pub council: Option<Uuid>,
    /// … or the delivery body.
    pub body: Option<Uuid>,
    /// Title of the post or office.
    pub post: Option<String>,
    /// Whether it is the main post.
    pub is_primary: bool,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
}

/// A correction of an affiliation.
pub struct TieChange {
    /// Which affiliation.
    pub affiliation: Uuid,
    /// The version that was read.
    pub version: i32,
    /// Title of the post or office.
    pub post: Change<String>,
    /// Whether it is the main post.
    pub is_primary: Option<bool>,
    /// First day.
    pub starts_on: Change<NaiveDate>,
    /// Last day.
    pub ends_on: Change<NaiveDate>,
}

/// An interest to be.
pub struct NewInterest {
    /// Whose.
    pub peer: Uuid,
    /// Which kind.
    pub kind: InterestKind,
    /// In which council.
    pub council: Uuid,
    /// What they say.
    pub note: String,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
}

/// Adds an affiliation of a person.
///
/// # Errors
/// Refused for anybody but the person and the programme; for neither or both of a council and a body, unknown ones, texts and
/// dates that are not acceptable, the same tie on overlapping days, and a hundred affiliations.
pub async fn add_affiliation(tx: &Tx, act: &Act, key: Uuid, new: NewTie) -> Outcome<affiliation::Model> {
    let (_, hand) = reach(tx, act, key, "peerId").await?;
    permit(hand, &[Hand::Programme, Hand::Own])?;
    let existing = repo::affiliations_of(key, tx).await?;
    refuse_if_any(judge_tie(tx, act, &new, "", &existing).await?)?;
    let row = insert_affiliation(tx, act, key, new).await?;
    recheck(tx, act, key, DecisionCause::Affiliation, Some(row.id)).await?;
    Ok(row)
}

/// Corrects or ends an affiliation.
///
/// # Errors
/// Refused for anybody but the person and the programme, for a version that is not the current one, for texts and dates that
/// are not acceptable, and when nothing would change.
pub async fn change_affiliation(
    tx: &Tx,
    act: &Act,
    change: TieChange,
    action: &'static str,
) -> Outcome<affiliation::Model> {
    let found = affiliation::Entity::find_by_id(change.affiliation).one(tx).await?;
    let names = ("affiliationId", "affiliation");
    let owner = found.as_ref().map(|row| row.peer_id);
    reach_row(tx, act, owner, names, Clearance::Keeping, &[Hand::Programme, Hand::Own]).await?;
    // Read again: the person's row is locked only now.
    let Some(row) = affiliation::Entity::find_by_id(change.affiliation).one(tx).await? else {
        return Err(UserError::not_found(names.0, names.1).into());
    };
    UserError::unless_fresh("This", change.version, row.version)?;
    let after = affiliation::Model {
        post: change.post.applied(row.post.clone()).map(|post| post.trim().to_owned()),
        is_primary: change.is_primary.unwrap_or(row.is_primary),
        starts_on: change.starts_on.applied(row.starts_on),
        ends_on: change.ends_on.applied(row.ends_on),
        version: row.version + 1,
        updated_at: act.at,
        ..row.clone()
    };
    let tie = NewTie {
        kind: after.kind,
        council: after.council_id,
        body: after.delivery_body_id,
        post: after.post.clone(),
        is_primary: after.is_primary,
        starts_on: after.starts_on,
        ends_on: after.ends_on,
    };
    let others: Vec<_> = repo::affiliations_of(row.peer_id, tx)
        .await?
        .into_iter()
        .filter(|other| other.id != row.id)
        .collect();
    refuse_if_any(judge_tie(tx, act, &tie, "", &others).await?)?;
    let same = (&after.post, after.is_primary, after.starts_on, after.ends_on)
        == (&row.post, row.is_primary, row.starts_on, row.ends_on);
    if same {
        return Err(UserError::new(UserErrorCode::Required, "Nothing would change by this.").into());
    }
    let done = affiliation::Entity::update_many()
        .set(affiliation::ActiveModel::from(after.clone()).reset_all())
        .filter(affiliation::Column::Id.eq(row.id))
        .filter(affiliation::Column::Version.eq(change.version))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(UserError::stale("This", change.version, row.version + 1).into());
    }
    if after.is_primary {
        demote_others(tx, act, &after).await?;
    }
    let details = serde_json::json!({
        "startsOn": { "from": row.starts_on, "to": after.starts_on },
        "endsOn": { "from": row.ends_on, "to": after.ends_on },
        "isPrimary": after.is_primary,
    });
    record(tx, act, action, &after, details).await?;
    recheck(tx, act, row.peer_id, DecisionCause::Affiliation, Some(row.id)).await?;
    Ok(after)
}

/// Writes an affiliation that has been judged, without re-checking anything.
pub(super) async fn insert_affiliation(tx: &Tx, act: &Act, peer: Uuid, new: NewTie) -> Outcome<affiliation::Model> {
    let row = affiliation::ActiveModel {
        id: Set(act.id()),
        peer_id: Set(peer),
        kind: Set(new.kind),
        council_id: Set(new.council),
        delivery_body_id: Set(new.body),
        post: Set(new.post.map(|post| post.trim().to_owned())),
        is_primary: Set(new.is_primary),
        starts_on: Set(new.starts_on),
        ends_on: Set(new.ends_on),
        reference: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    if row.is_primary {
        demote_others(tx, act, &row).await?;
    }
    let details = serde_json::json!({ "startsOn": row.starts_on, "endsOn": row.ends_on });
    record(tx, act, "AFFILIATION_ADDED", &row, details).await?;
    Ok(row)
}

/// A person has one main post at a time: the one named last.
async fn demote_others(tx: &Tx, act: &Act, main: &affiliation::Model) -> Outcome<()> {
    use affiliation::Column;
    for other in repo::affiliations_of(main.peer_id, tx).await? {
        let overlap = periods_overlap((main.starts_on, main.ends_on), (other.starts_on, other.ends_on));
        if other.id != main.id && other.is_primary && overlap {
            affiliation::Entity::update_many()
                .col_expr(Column::IsPrimary, Expr::value(false))
                .col_expr(Column::Version, Expr::col(Column::Version).add(1))
                .col_expr(Column::UpdatedAt, Expr::value(act.at))
                .filter(Column::Id.eq(other.id))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

async fn record(
    tx: &Tx,
    act: &Act,
    action: &'static str,
    row: &affiliation::Model,
    details: serde_json::Value,
) -> Outcome<()> {
    let event = Event::new(action, Kind::Affiliation, row.id)
        .of_peer(row.peer_id)
        .with(details);
    let event = match row.council_id {
        Some(council) => event.of_council(council),
        None => event,
    };
    Ok(audit::record(tx, act, event).await?)
}

/// Everything that speaks against a tie beside `existing` ones; `prefix` is put before the names of its fields.
pub(super) async fn judge_tie(
    tx: &Tx,
    act: &Act,
    tie: &NewTie,
    prefix: &str,
    existing: &[affiliation::Model],
) -> Result<Vec<UserError>> {
    let at = |field: &str| format!("{prefix}{field}");
    let mut errors = Vec::new();
    match (tie.council, tie.body) {
        (Some(council), None) => {
            if !council_exists(tx, council).await? {
                errors.push(UserError::not_found(&at("councilId"), "council"));
            }
        }
        (None, Some(body)) => {
            if delivery_body::Entity::find_by_id(body).one(tx).await?.is_none() {
                errors.push(UserError::not_found(&at("deliveryBodyId"), "delivery body"));
            }
        }
        _ => {
            let message = "Exactly one of `councilId` and `deliveryBodyId` is needed.";
            errors.push(UserError::at(UserErrorCode::Invalid, &at("councilId"), message));
        }
    }
    if let Some(post) = &tie.post {
        text(&mut errors, &at("post"), post, LONGEST_POST);
    }
    if let Err(fault) = tie_days(tie.starts_on, tie.ends_on, act.today) {
        errors.push(fault.at(&at("endsOn")));
    }
    if existing.len() >= MAX_AFFILIATIONS {
        let message = format!("One person has at most {MAX_AFFILIATIONS} affiliations.");
        errors.push(UserError::at(UserErrorCode::TooMany, &at("councilId"), message));
    }
    let key = |post: Option<&str>| post.map(matching::identity::name_key);
    let twin = existing.iter().find(|other| {
        (other.kind, other.council_id, other.delivery_body_id) == (tie.kind, tie.council, tie.body)
            && key(other.post.as_deref()) == key(tie.post.as_deref())
            && periods_overlap((tie.starts_on, tie.ends_on), (other.starts_on, other.ends_on))
    });
    if twin.is_some() {
        let message = "The same tie is recorded already on some of these days: correct that one instead.";
        errors.push(UserError::at(UserErrorCode::Overlapping, &at("startsOn"), message));
    }
    Ok(errors)
}

/// Whether a tie makes somebody at home today in one of the regions with these codes.
pub(super) async fn is_at_home_in(tx: &Tx, act: &Act, tie: &NewTie, regions: &[String]) -> Result<bool> {
    let current =
        tie.starts_on.is_none_or(|from| from <= act.today) && tie.ends_on.is_none_or(|until| until >= act.today);
    if !current || !HOME_KINDS.contains(&tie.kind) {
        return Ok(false);
    }
    let councils =
        entity::council::Entity::find().filter(entity::council::Column::Id.in_subquery(ids_in_regions(regions)));
    let councils = match (tie.council, tie.body) {
        (Some(council), None) => councils.filter(entity::council::Column::Id.eq(council)),
        (None, Some(body)) => {
            let served = delivery_body_council::Entity::find()
                .select_only()
                .column(delivery_body_council::Column::CouncilId)
                .filter(delivery_body_council::Column::BodyId.eq(body))
                .filter(holds_on(
                    delivery_body_council::Column::StartsOn,
                    delivery_body_council::Column::EndsOn,
                    act.today,
                ))
                .into_query();
            councils.filter(entity::council::Column::Id.in_subquery(served))
        }
        _ => return Ok(false),
    };
    Ok(councils.one(tx).await?.is_some())
}

/// Declares an interest of a person. Does not renew their declaration as a whole.
///
/// # Errors
/// Refused for anybody but the person and the programme, for an unknown council, a text or dates that are not acceptable, and
/// for a hundred interests.
pub async fn declare_interest(tx: &Tx, act: &Act, new: NewInterest) -> Outcome<declared_interest::Model> {
    let (_, hand) = reach(tx, act, new.peer, "peerId").await?;
    permit(hand, &[Hand::Programme, Hand::Own])?;
    let mut errors = Vec::new();
    if !council_exists(tx, new.council).await? {
        errors.push(UserError::not_found("councilId", "council"));
    }
    text(&mut errors, "note", &new.note, LONGEST_NOTE);
    if let Err(fault) = tie_days(new.starts_on, new.ends_on, act.today) {
        errors.push(fault.at("endsOn"));
    }
    if repo::interests_of(new.peer, tx).await?.len() >= MAX_INTERESTS {
        let message = format!("One person has at most {MAX_INTERESTS} declared interests.");
        errors.push(UserError::at(UserErrorCode::TooMany, "peerId", message));
    }
    refuse_if_any(errors)?;
    let row = declared_interest::ActiveModel {
        id: Set(act.id()),
        peer_id: Set(new.peer),
        kind: Set(new.kind),
        council_id: Set(new.council),
        note: Set(new.note.trim().to_owned()),
        starts_on: Set(new.starts_on),
        ends_on: Set(new.ends_on),
        withdrawn_at: Set(None),
        reference: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    // Neither the kind nor the council: both are part of the reason.
    let event = Event::new("INTEREST_DECLARED", Kind::DeclaredInterest, row.id).of_peer(new.peer);
    audit::record(tx, act, event).await?;
    recheck(tx, act, new.peer, DecisionCause::DeclaredInterest, Some(row.id)).await?;
    Ok(row)
}

/// Withdraws a declared interest; the row stays, but no longer counts.
///
/// # Errors
/// Refused for anybody but the person and the programme, for a version that is not the current one, and when it is withdrawn
/// already.
pub async fn withdraw_interest(tx: &Tx, act: &Act, key: Uuid, version: i32) -> Outcome<declared_interest::Model> {
    let found = declared_interest::Entity::find_by_id(key).one(tx).await?;
    let names = ("interestId", "declared interest");
    let owner = found.as_ref().map(|row| row.peer_id);
    reach_row(
        tx,
        act,
        owner,
        names,
        Clearance::Everything,
        &[Hand::Programme, Hand::Own],
    )
    .await?;
    let Some(row) = declared_interest::Entity::find_by_id(key).one(tx).await? else {
        return Err(UserError::not_found(names.0, names.1).into());
    };
    UserError::unless_fresh("This", version, row.version)?;
    if row.withdrawn_at.is_some() {
        let message = "This interest has been withdrawn already.";
        return Err(UserError::at(UserErrorCode::Invalid, names.0, message).into());
    }
    let after = declared_interest::Model {
        withdrawn_at: Some(act.at),
        version: version + 1,
        updated_at: act.at,
        ..row
    };
    let done = declared_interest::Entity::update_many()
        .set(declared_interest::ActiveModel::from(after.clone()).reset_all())
        .filter(declared_interest::Column::Id.eq(key))
        .filter(declared_interest::Column::Version.eq(version))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(UserError::stale("This", version, version + 1).into());
    }
    let event = Event::new("INTEREST_WITHDRAWN", Kind::DeclaredInterest, key).of_peer(after.peer_id);
    audit::record(tx, act, event).await?;
    recheck(tx, act, after.peer_id, DecisionCause::DeclaredInterest, Some(key)).await?;
    Ok(after)
}

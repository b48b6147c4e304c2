//! What may be recorded of councils beyond the facts that the program ships: control, changes of leadership, delivery bodies.
//!
//! Control and leadership are for the national programme and the hub of the council's region, which feeds its facts in. A
//! delivery body can serve councils of several regions and decides about conflicts of interest, so it is for the programme
//! alone. Whatever can change who may serve where (the member-group rule asks for control, ties to a body are ties to its
//! councils) ends with a fresh check of the live places that it touches. No rule about people asks for changes of leadership:
//! they count in triage only. Neighbours: `rules`, `team::late`, `import::store` (the same facts by spreadsheet).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    affiliation,
    constraint::violated,
    council, delivery_body, delivery_body_council,
    enums::{DecisionCause, LeadershipPost, PoliticalControl},
    leadership_change,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    repo,
    rules::{self, NewBody},
};
use crate::{
    audit::{self, Event},
    auth::{Viewer, ViewerRole},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, ServiceError, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    team::late::{self, Fact, Touched},
};

/// Whether `viewer` keeps the facts about this council: the programme for all, a hub for those of its regions.
///
/// # Errors
/// The database's.
pub async fn keeps(tx: &Tx, viewer: &Viewer, council: Uuid) -> Result<bool> {
    let ViewerRole::Hub { regions } = &viewer.role else {
        return Ok(viewer.is_programme());
    };
    let found = council::Entity::find_by_id(council)
        .filter(council::Column::Id.in_subquery(repo::ids_in_regions(regions)))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

async fn kept(tx: &Tx, act: &Act, key: Uuid) -> Outcome<council::Model> {
    let Some(row) = council::Entity::find_by_id(key)
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?
    else {
        return Err(UserError::not_found("councilId", "council").into());
    };
    if keeps(tx, &act.viewer, key).await? {
        return Ok(row);
    }
    let message = "Only the national programme and the hub of its region record this of a council.";
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

/// Records who runs a council and since when.
///
/// # Errors
/// Refused for anybody but the programme and the hub of the region, for an unknown council, a version that is not the current
/// one, a day that cannot be, an earlier change than the one on record, and what is on record already.
pub async fn record_control(
    tx: &Tx,
    act: &Act,
    key: Uuid,
    version: i32,
    control: PoliticalControl,
    changed_on: NaiveDate,
) -> Outcome<council::Model> {
    let row = kept(tx, act, key).await?;
    UserError::unless_fresh("This", version, row.version)?;
    refuse_if_any(refusals(rules::control(&row, control, changed_on, act.today), true))?;
    let before = json!({ "control": row.political_control, "changedOn": row.control_changed_on });
    let after = council::Model {
        political_control: Some(control),
        control_changed_on: Some(changed_on),
        version: version + 1,
        updated_at: act.at,
        ..row
    };
    let done = council::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(council::Column::Id.eq(key))
        .filter(council::Column::Version.eq(version))
        .exec(tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(UserError::stale("This", version, version + 1).into());
    }
    let details = json!({ "from": before, "to": { "control": control, "changedOn": changed_on } });
    let event = Event::new("POLITICAL_CONTROL_RECORDED", Kind::Council, key)
        .of_council(key)
        .with(details);
    audit::record(tx, act, event).await?;
    let fact = Fact::new(DecisionCause::Council, Some(key));
    late::recheck_touched(tx, act, &Touched::default().and_hosts([key], fact)).await?;
    Ok(after)
}

/// Records that a post in the leadership of a council changed hands.
///
/// # Errors
/// Refused for anybody but the programme and the hub of the region, for an unknown council, a day that cannot be, and a change
/// that is on record already.
pub async fn record_leadership_change(
    tx: &Tx,
    act: &Act,
    key: Uuid,
    post: LeadershipPost,
    changed_on: NaiveDate,
) -> Outcome<council::Model> {
    let row = kept(tx, act, key).await?;
    let fault = rules::changed_on("changedOn", &row, changed_on, act.today);
    refuse_if_any(refusals(fault, true))?;
    if find_change(tx, key, post, changed_on).await?.is_some() {
        return Err(known_already().into());
    }
    leadership_change::ActiveModel {
        council_id: Set(key),
        post: Set(post),
        changed_on: Set(changed_on),
        recorded_at: Set(act.at),
    }
    .insert(tx)
    .await
    .map_err(|error| refused(error, "pk_leadership_change", known_already))?;
    record_change(tx, act, "LEADERSHIP_CHANGE_RECORDED", key, post, changed_on).await?;
    Ok(row)
}

/// Takes back a change of leadership that was recorded by mistake.
///
/// # Errors
/// Refused for anybody but the programme and the hub of the region, and when there is no such change on record.
pub async fn remove_leadership_change(
    tx: &Tx,
    act: &Act,
    key: Uuid,
    post: LeadershipPost,
    changed_on: NaiveDate,
) -> Outcome<council::Model> {
    let row = kept(tx, act, key).await?;
    let gone = leadership_change::Entity::delete_by_id((key, post, changed_on))
        .exec(tx)
        .await?;
    if gone.rows_affected == 0 {
        let message = format!("No change of {post} on {changed_on} is on record.");
        return Err(UserError::at(UserErrorCode::Invalid, "changedOn", message).into());
    }
    record_change(tx, act, "LEADERSHIP_CHANGE_REMOVED", key, post, changed_on).await?;
    Ok(row)
}

async fn find_change(
    tx: &Tx,
    council: Uuid,
    post: LeadershipPost,
    changed_on: NaiveDate,
) -> Result<Option<leadership_change::Model>> {
    Ok(leadership_change::Entity::find_by_id((council, post, changed_on))
        .one(tx)
        .await?)
}

async fn record_change(
    tx: &Tx,
    act: &Act,
    action: &'static str,
    council: Uuid,
    post: LeadershipPost,
    changed_on: NaiveDate,
) -> Outcome<()> {
    let event = Event::new(action, Kind::Council, council)
        .of_council(council)
        .with(json!({ "post": post, "changedOn": changed_on }));
    Ok(audit::record(tx, act, event).await?)
}

fn known_already() -> UserError {
    UserError::at(UserErrorCode::Taken, "changedOn", "This change is on record already.")
}

fn name_taken() -> UserError {
    UserError::at(
        UserErrorCode::Taken,
        "name",
        "There is a delivery body of this name already.",
    )
}

/// The database's refusal of a race lost on `constraint`, as the refusal that the check before gives.
fn refused(error: DbErr, constraint: &str, refusal: fn() -> UserError) -> ServiceError {
    if violated(&error).as_deref() == Some(constraint) {
        refusal().into()
    } else {
        error.into()
    }
}

/// Records a delivery body with the councils that it serves.
///
/// # Errors
/// Refused for anybody but the programme, for a name that is taken (in any case), no, unknown or repeated councils, and periods
/// that cannot be.
pub async fn create_body(tx: &Tx, act: &Act, new: NewBody) -> Outcome<delivery_body::Model> {
    programme_only(act)?;
    judge(tx, act, &new, None).await?;
    let row = delivery_body::Model {
        id: act.id(),
        name: new.name.trim().to_owned(),
        kind: new.kind,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
    };
    row.clone()
        .into_active_model()
        .reset_all()
        .insert(tx)
        .await
        .map_err(|error| refused(error, "uq_delivery_body_name", name_taken))?;
    serve(tx, &row, &new).await?;
    body_changed(tx, act, "DELIVERY_BODY_CREATED", &row, BTreeSet::new(), &new).await?;
    Ok(row)
}

/// Replaces what is recorded of a delivery body and of the councils that it serves.
///
/// # Errors
/// As for [`create_body`], for an unknown body, and for a version that is not the current one.
pub async fn update_body(tx: &Tx, act: &Act, key: Uuid, version: i32, new: NewBody) -> Outcome<delivery_body::Model> {
    let Some(row) = delivery_body::Entity::find_by_id(key).one(tx).await? else {
        return Err(UserError::not_found("deliveryBodyId", "delivery body").into());
    };
    programme_only(act)?;
    UserError::unless_fresh("This", version, row.version)?;
    judge(tx, act, &new, Some(key)).await?;
    let after = delivery_body::Model {
        name: new.name.trim().to_owned(),
        kind: new.kind,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        version: version + 1,
        updated_at: act.at,
        ..row
    };
    let done = delivery_body::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(delivery_body::Column::Id.eq(key))
        .filter(delivery_body::Column::Version.eq(version))
        .exec(tx)
        .await
        .map_err(|error| refused(error, "uq_delivery_body_name", name_taken))?;
    if done.rows_affected != 1 {
        return Err(UserError::stale("This", version, version + 1).into());
    }
    let before: BTreeSet<Uuid> = delivery_body_council::Entity::find()
        .filter(delivery_body_council::Column::BodyId.eq(key))
        .all(tx)
        .await?
        .into_iter()
        .map(|service| service.council_id)
        .collect();
    delivery_body_council::Entity::delete_many()
        .filter(delivery_body_council::Column::BodyId.eq(key))
        .exec(tx)
        .await?;
    serve(tx, &after, &new).await?;
    body_changed(tx, act, "DELIVERY_BODY_CHANGED", &after, before, &new).await?;
    Ok(after)
}

fn programme_only(act: &Act) -> Outcome<()> {
    if act.viewer.is_programme() {
        return Ok(());
    }
    let message = "Only the national programme records delivery bodies.";
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

/// Everything that speaks against a body as it is to be.
async fn judge(tx: &Tx, act: &Act, new: &NewBody, own: Option<Uuid>) -> Outcome<()> {
    let mut errors = refusals(rules::body(new, act.today), true);
    // Few dozens; spreadsheets refer to them in any case.
    let name = new.name.trim().to_lowercase();
    let bodies = delivery_body::Entity::find().all(tx).await?;
    if bodies
        .iter()
        .any(|body| Some(body.id) != own && body.name.to_lowercase() == name)
    {
        errors.push(name_taken());
    }
    let known: BTreeSet<Uuid> = council::Entity::find()
        .select_only()
        .column(council::Column::Id)
        .filter(
            council::Column::Id.is_in(
                new.services
                    .iter()
                    .take(rules::SERVICES_MAX)
                    .map(|service| service.council),
            ),
        )
        .into_tuple::<Uuid>()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    for (index, service) in new.services.iter().take(rules::SERVICES_MAX).enumerate() {
        if !known.contains(&service.council) {
            errors.push(UserError::not_found(&format!("services.{index}.councilId"), "council"));
        }
    }
    refuse_if_any(errors)
}

async fn serve(tx: &Tx, body: &delivery_body::Model, new: &NewBody) -> Outcome<()> {
    let rows = new.services.iter().map(|service| delivery_body_council::ActiveModel {
        body_id: Set(body.id),
        council_id: Set(service.council),
        starts_on: Set(service.starts_on),
        ends_on: Set(service.ends_on),
    });
    delivery_body_council::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Audit event and fresh checks of a body that served the councils `before`.
async fn body_changed(
    tx: &Tx,
    act: &Act,
    action: &'static str,
    body: &delivery_body::Model,
    before: BTreeSet<Uuid>,
    new: &NewBody,
) -> Outcome<()> {
    let services: Vec<_> = new
        .services
        .iter()
        .map(|service| json!({ "council": service.council, "startsOn": service.starts_on, "endsOn": service.ends_on }))
        .collect();
    let details = json!({ "name": body.name, "services": services });
    let event = Event::new(action, Kind::DeliveryBody, body.id).with(details);
    audit::record(tx, act, event).await?;
    let mut hosts = before;
    hosts.extend(new.services.iter().map(|service| service.council));
    let fact = Fact::new(DecisionCause::Council, Some(body.id));
    let touched = Touched::people(tied_to(tx, [body.id]).await?, fact).and_hosts(hosts, fact);
    late::recheck_touched(tx, act, &touched).await?;
    Ok(())
}

/// Everybody who has a tie to one of these bodies, past ones included.
async fn tied_to(tx: &impl ConnectionTrait, bodies: impl IntoIterator<Item = Uuid>) -> Result<BTreeSet<Uuid>, DbErr> {
    let people: Vec<Uuid> = affiliation::Entity::find()
        .select_only()
        .column(affiliation::Column::PeerId)
        .distinct()
        .filter(affiliation::Column::DeliveryBodyId.is_in(bodies))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(people.into_iter().collect())
}

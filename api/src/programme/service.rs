//! What may be done to programmes: a new policy version.

use chrono::NaiveDate;
use entity::{programme, programme_policy};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, Set};
use uuid::Uuid;

use super::{policy::PolicyBody, repo};
use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    team::late,
};

/// A policy version to be.
pub struct NewPolicy {
    /// The programme.
    pub programme: Uuid,
    /// Number of the version that it was made from.
    pub based_on: i32,
    /// First day on which it applies.
    pub effective_from: NaiveDate,
    /// What it says.
    pub body: PolicyBody,
    /// Why.
    pub note: String,
}

/// Adds a policy version.
///
/// # Errors
/// Refused for anybody but the national programme, for contradictions in the body (all of them, by path), for a day in
/// the past, and when another version came in between.
pub async fn create_policy(transaction: &Tx, act: &Act, new: NewPolicy) -> Outcome<programme_policy::Model> {
    if !act.viewer.is_programme() {
        return Err(UserError::new(UserErrorCode::Forbidden, "Only the national programme makes policy.").into());
    }
    let Some(programme) = programme::Entity::find_by_id(new.programme).one(transaction).await? else {
        return Err(UserError::not_found("programmeId", "programme").into());
    };
    let mut errors: Vec<UserError> = new
        .body
        .faults()
        .into_iter()
        .map(|fault| {
            UserError::at(
                UserErrorCode::Invalid,
                &format!("rules.{}", fault.path),
                format!("{} {}.", fault.path, fault.message),
            )
        })
        .collect();
    let note = new.note.trim();
    if note.is_empty() || note.chars().count() > 2_000 {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "note",
            "Say why, in 1 to 2,000 characters.",
        ));
    }
    if new.effective_from < act.today {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "effectiveFrom",
            format!("A policy cannot apply to the past; today is {}.", act.today),
        ));
    }
    let last = repo::last_policy(programme.id, transaction)
        .await?
        .map_or(0, |policy| policy.number);
    if last != new.based_on {
        errors.push(UserError::at(
            UserErrorCode::Conflict,
            "basedOnNumber",
            format!(
                "The newest version is {last}, not {}. Read it and repeat your change.",
                new.based_on
            ),
        ));
    }
    refuse_if_any(errors)?;
    let row = insert(transaction, act, &programme, last + 1, new).await?;
    late::recheck_programme(transaction, act, programme.id).await?;
    Ok(row)
}

/// Writes a version that has been judged.
pub(super) async fn insert(
    transaction: &impl ConnectionTrait,
    act: &Act,
    programme: &programme::Model,
    number: i32,
    new: NewPolicy,
) -> Outcome<programme_policy::Model> {
    let row = programme_policy::ActiveModel {
        id: Set(act.id()),
        programme_id: Set(programme.id),
        number: Set(number),
        effective_from: Set(new.effective_from),
        body: Set(serde_json::to_value(&new.body)?),
        note: Set(new.note.trim().to_owned()),
        created_by: Set(act.viewer.subject.clone()),
        created_at: Set(act.at),
    }
    .insert(transaction)
    .await?;
    let event = Event::new("POLICY_VERSION_CREATED", Kind::ProgrammePolicy, row.id).with(
        serde_json::json!({ "programme": programme.code, "number": number, "effectiveFrom": new.effective_from }),
    );
    audit::record(transaction, act, event).await?;
    Ok(row)
}

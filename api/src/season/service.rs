//! What may be done to seasons.

use chrono::NaiveDate;
use entity::{
    constraint::{SEASON_DAYS, SEASON_NAME},
    season,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, Set};

use crate::{
    audit::{self, Event},
    db::violated,
    graphql::{
        context::Act,
        errors::{Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
};

/// A season to be.
pub struct NewSeason {
    /// Name.
    pub name: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// Longest season, so that a typing error in a year is noticed.
const LONGEST_DAYS: i64 = 3 * 366;

/// Adds a season.
///
/// # Errors
/// Refused for anybody but the national programme, for a name that is taken, for dates the wrong way round or more than
/// three years apart, and for days that another season has already.
pub async fn create(transaction: &impl ConnectionTrait, act: &Act, new: NewSeason) -> Outcome<season::Model> {
    if !act.viewer.is_programme() {
        return Err(UserError::new(UserErrorCode::Forbidden, "Only the national programme opens seasons.").into());
    }
    let name = new.name.trim().to_owned();
    let mut errors = Vec::new();
    if name.is_empty() || name.chars().count() > 60 {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "name",
            "A name of 1 to 60 characters is needed.",
        ));
    }
    if new.ends_on < new.starts_on {
        errors.push(UserError::at(
            UserErrorCode::DatesReversed,
            "endsOn",
            format!("{} lies before {}.", new.ends_on, new.starts_on),
        ));
    } else if (new.ends_on - new.starts_on).num_days() > LONGEST_DAYS {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "endsOn",
            "A season lasts at most three years.",
        ));
    }
    refuse_if_any(errors)?;
    let clash = season::Entity::find()
        .filter(
            season::Column::Name.eq(name.as_str()).or(season::Column::StartsOn
                .lte(new.ends_on)
                .and(season::Column::EndsOn.gte(new.starts_on))),
        )
        .one(transaction)
        .await?;
    if let Some(other) = clash {
        return Err(if other.name == name {
            taken(&name).into()
        } else {
            overlapping(&format!("season {}", other.name)).into()
        });
    }
    let row = season::ActiveModel {
        id: Set(act.id()),
        name: Set(name.clone()),
        starts_on: Set(new.starts_on),
        ends_on: Set(new.ends_on),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(transaction)
    .await
    .map_err(|error| refused_by_database(error, &name))?;
    audit::record(transaction, act, Event::new("SEASON_CREATED", Kind::Season, row.id)).await?;
    Ok(row)
}

fn taken(name: &str) -> UserError {
    UserError::at(
        UserErrorCode::Taken,
        "name",
        format!("There is a season {name} already."),
    )
}

fn overlapping(other: &str) -> UserError {
    UserError::at(
        UserErrorCode::Overlapping,
        "startsOn",
        format!("These days overlap {other}."),
    )
}

/// Somebody else opened a season between our look and our write; the database tells the two apart.
fn refused_by_database(error: DbErr, name: &str) -> ServiceError {
    match violated(&error).as_deref() {
        Some(SEASON_DAYS) => overlapping("a season that was opened at this moment").into(),
        Some(SEASON_NAME) => taken(name).into(),
        _ => error.into(),
    }
}

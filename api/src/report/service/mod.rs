//! What may be done after a visit. Each function checks who acts, judges the input, and writes the change with its audit event;
//! stages move through `challenge::service::move_stage`, which lists everything that is missing.

pub mod corrections;
pub mod evaluations;
pub mod plan;
pub mod recommendations;
pub mod stages;

use entity::report;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;

use crate::{
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome},
    },
};

/// The report of a challenge that has had its feedback.
async fn report_of(tx: &Tx, challenge: Uuid) -> Outcome<report::Model> {
    let found = report::Entity::find()
        .filter(report::Column::ChallengeId.eq(challenge))
        .one(tx)
        .await?;
    Ok(found.ok_or_else(|| ApiError::internal(format_args!("challenge {challenge} has no report")))?)
}

/// Changes the report.
async fn write(tx: &Tx, act: &Act, row: report::Model, set: impl FnOnce(&mut report::ActiveModel)) -> Outcome<()> {
    let version = row.version;
    let mut changed = row.into_active_model();
    set(&mut changed);
    changed.version = Set(version + 1);
    changed.updated_at = Set(act.at);
    changed.update(tx).await?;
    Ok(())
}

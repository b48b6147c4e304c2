//! Statements on season plans.

use std::collections::HashMap;

use entity::{
    enums::{PlanPhase, PlanState},
    season_plan,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set, sea_query::LockType,
};
use uuid::Uuid;

use crate::{
    auth::Viewer,
    db::Tx,
    graphql::{
        errors::{ApiError, Result},
        page::{Keyset, SortValue},
        visible::{for_programme, restricted},
    },
};

/// Season plans: the programme alone. Nobody on them knows of it yet, and whoever was passed over must not be shown to a host.
pub fn visible_plans(viewer: &Viewer) -> Condition {
    for_programme(viewer)
}

restricted! {
    season_plan: |viewer, _today| visible_plans(viewer);
}

/// Plans, newest first.
pub fn newest_first() -> Keyset<season_plan::Entity> {
    Keyset {
        name: "season plans".to_owned(),
        sort: None,
        id: season_plan::Column::Id,
        value: |_| SortValue::Id,
        key: |row| row.id,
        descending: true,
    }
}

/// The plan, locked, if the viewer may see it.
///
/// # Errors
/// The database's.
pub async fn for_update(tx: &Tx, viewer: &Viewer, id: Uuid) -> Result<Option<season_plan::Model>> {
    Ok(season_plan::Entity::find_by_id(id)
        .filter(visible_plans(viewer))
        .lock(LockType::Update)
        .one(tx)
        .await?)
}

/// The plan, if the viewer may see it.
///
/// # Errors
/// The database's.
pub async fn find(connection: &impl ConnectionTrait, viewer: &Viewer, id: Uuid) -> Result<Option<season_plan::Model>> {
    Ok(season_plan::Entity::find_by_id(id)
        .filter(visible_plans(viewer))
        .one(connection)
        .await?)
}

/// How far a run is.
#[derive(Clone, Debug)]
pub struct Reached {
    /// What it is doing.
    pub phase: PlanPhase,
    /// Points of the best plan.
    pub value: i64,
    /// No plan is worth more.
    pub bound: Option<i64>,
    /// Filled slots.
    pub filled: u32,
    /// Slots.
    pub slots: u32,
    /// Rounds of work.
    pub rounds: u64,
    /// Milliseconds since the run began.
    pub elapsed_ms: i64,
}

/// Writes down how far a run is, if anything is known; gives whether somebody wants it to end.
///
/// # Errors
/// The database's.
pub async fn progress(
    connection: &impl ConnectionTrait,
    id: Uuid,
    reached: Option<&Reached>,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<bool> {
    let mut change = season_plan::ActiveModel {
        updated_at: Set(at),
        ..Default::default()
    };
    if let Some(reached) = reached {
        change.phase = Set(Some(reached.phase));
        change.value = Set(Some(reached.value));
        change.bound = Set(reached.bound);
        change.filled = Set(Some(i32::try_from(reached.filled).unwrap_or(i32::MAX)));
        change.slots = Set(Some(i32::try_from(reached.slots).unwrap_or(i32::MAX)));
        change.rounds = Set(i64::try_from(reached.rounds).unwrap_or(i64::MAX));
        change.elapsed_ms = Set(reached.elapsed_ms);
    }
    season_plan::Entity::update_many()
        .set(change)
        .filter(season_plan::Column::Id.eq(id))
        .exec(connection)
        .await?;
    // Only this: the best plan so far is in the row, and large.
    let cancel = season_plan::Entity::find_by_id(id)
        .select_only()
        .column(season_plan::Column::CancelRequested)
        .into_tuple::<bool>()
        .one(connection)
        .await?;
    Ok(cancel.unwrap_or(true))
}

/// The version of a plan as it is now, locked.
///
/// # Errors
/// The database's.
pub async fn version(tx: &Tx, id: Uuid) -> Result<i32> {
    let row = season_plan::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(tx)
        .await?;
    row.map(|row| row.version)
        .ok_or_else(|| ApiError::internal(format_args!("season plan {id} is gone")))
}

/// Whether a run of the programme's season is on its way.
///
/// # Errors
/// The database's.
pub async fn on_its_way(
    connection: &impl ConnectionTrait,
    programme: Uuid,
    season: Uuid,
) -> Result<Option<season_plan::Model>> {
    Ok(season_plan::Entity::find()
        .filter(season_plan::Column::ProgrammeId.eq(programme))
        .filter(season_plan::Column::SeasonId.eq(season))
        .filter(season_plan::Column::State.is_in(PlanState::OPEN))
        .one(connection)
        .await?)
}

/// A word for each of these keys: a name, or what else rows are called by.
///
/// # Errors
/// The database's.
pub(super) async fn words<E: EntityTrait>(
    keys: impl IntoIterator<Item = Uuid>,
    [id, word]: [E::Column; 2],
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = E::find()
        .select_only()
        .columns([id, word])
        .filter(id.is_in(keys))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

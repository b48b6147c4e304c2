//! Statements on challenges: who may see which, finding one for reading or changing, and the lists.
//!
//! Invariant: every list and every lookup on behalf of a viewer goes through [`visible_to`], so that unknown and hidden
//! look the same. Challenges and what belongs to them (request, windows, slots …) are visible together.
//!
//! Neighbours: `service` (writes), `queries` and `loader` (read), `team` (looks challenges up through [`find_visible`]).

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    assignment, challenge, challenge_request, challenge_theme, challenge_window, council, deadline_override,
    enums::Stage, priority_assessment, team_slot,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{deadlines, lifecycle, priority};
use crate::{
    auth::{Viewer, ViewerRole},
    council::repo as councils,
    graphql::{
        page::{Keyset, SortValue},
        visible::restricted,
    },
    programme::policy::Milestone,
};

/// Which challenges `viewer` may see: the programme and analysts all, a hub those of hosts in its regions, a council its own,
/// a peer those on which they have or had an assignment.
pub fn visible_to(viewer: &Viewer) -> Condition {
    match &viewer.role {
        ViewerRole::Programme | ViewerRole::Analyst => Condition::all(),
        ViewerRole::Hub { regions } => {
            Condition::all().add(challenge::Column::HostId.in_subquery(councils::ids_in_regions(regions)))
        }
        ViewerRole::Council { council } => {
            Condition::all().add(challenge::Column::HostId.in_subquery(councils::ids_by_code(council)))
        }
        ViewerRole::Peer { peer } => {
            let own = assignment::Entity::find()
                .select_only()
                .column(assignment::Column::ChallengeId)
                .filter(assignment::Column::PeerId.eq(*peer))
                .into_query();
            Condition::all().add(challenge::Column::Id.in_subquery(own))
        }
    }
}

restricted! {
    challenge: |viewer, _today| visible_to(viewer);
    challenge_window: |viewer, _today| parts_visible_to(viewer, challenge_window::Column::ChallengeId);
    team_slot: |viewer, _today| parts_visible_to(viewer, team_slot::Column::ChallengeId);
}

/// The days that somebody has set by hand for deadlines of these challenges, as far as they bind now: one for the end of a
/// postponement binds only the postponement during which it was set.
///
/// # Errors
/// The database's.
pub async fn days_by_hand(
    rows: &[challenge::Model],
    connection: &impl ConnectionTrait,
) -> Result<HashMap<(Uuid, Milestone), NaiveDate>, DbErr> {
    let set = deadline_override::Entity::find()
        .filter(deadline_override::Column::ChallengeId.is_in(rows.iter().map(|row| row.id)))
        .all(connection)
        .await?;
    let since: HashMap<Uuid, DateTime<Utc>> = rows.iter().map(|row| (row.id, row.stage_changed_at)).collect();
    let days = set.into_iter().filter_map(|set| {
        let milestone = deadlines::milestone(&set.milestone)?;
        let binds = milestone != Milestone::PostponementVoid || set.set_at >= *since.get(&set.challenge_id)?;
        binds.then_some(((set.challenge_id, milestone), set.due_on))
    });
    Ok(days.collect())
}

/// Parts of the challenges that `viewer` may see; `owner` is the column of the challenge.
fn parts_visible_to(viewer: &Viewer, owner: impl ColumnTrait) -> Condition {
    Condition::all().add(owner.in_subquery(visible_ids(viewer)))
}

/// Ids of the challenges that `viewer` may see, for use in `IN (…)`.
pub fn visible_ids(viewer: &Viewer) -> SelectStatement {
    ids(challenge::Entity::find().filter(visible_to(viewer)))
}

fn ids(select: Select<challenge::Entity>) -> SelectStatement {
    select.select_only().column(challenge::Column::Id).into_query()
}

/// The challenge with this id, if `viewer` may see it.
pub async fn find_visible(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<challenge::Model>, DbErr> {
    challenge::Entity::find_by_id(id)
        .filter(visible_to(viewer))
        .one(connection)
        .await
}

/// The same, locked until the transaction ends, so that what is decided on it stays true. SQLite's single writer needs no
/// lock.
pub async fn find_for_update(
    transaction: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<challenge::Model>, DbErr> {
    challenge::Entity::find_by_id(id)
        .filter(visible_to(viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(transaction)
        .await
}

/// What a list of challenges is narrowed to. Empty lists do not narrow.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of these stages.
    pub stages: Vec<Stage>,
    /// Hosted by one of these.
    pub hosts: Vec<Uuid>,
    /// Hosted in one of these regions.
    pub regions: Vec<Uuid>,
    /// Of one of these programmes.
    pub programmes: Vec<Uuid>,
    /// Counting towards one of these seasons.
    pub seasons: Vec<Uuid>,
    /// Asking for one of these themes.
    pub themes: Vec<Uuid>,
    /// Chosen fieldwork ends on this day or later.
    pub fieldwork_from: Option<NaiveDate>,
    /// Chosen fieldwork starts on this day or earlier.
    pub fieldwork_to: Option<NaiveDate>,
    /// Live ones only.
    pub live: bool,
}

/// Challenges that `viewer` may see and that meet `filter`.
pub fn select(viewer: &Viewer, filter: &Filter) -> Select<challenge::Entity> {
    use challenge::Column;
    let mut wanted = visible_to(viewer);
    let lists = [
        (Column::HostId, &filter.hosts),
        (Column::ProgrammeId, &filter.programmes),
        (Column::SeasonId, &filter.seasons),
    ];
    for (column, wished) in lists {
        if !wished.is_empty() {
            wanted = wanted.add(column.is_in(wished.iter().copied()));
        }
    }
    if !filter.stages.is_empty() {
        wanted = wanted.add(Column::Stage.is_in(filter.stages.iter().copied()));
    }
    if !filter.regions.is_empty() {
        let there = council::Entity::find()
            .select_only()
            .column(council::Column::Id)
            .filter(council::Column::RegionId.is_in(filter.regions.iter().copied()))
            .into_query();
        wanted = wanted.add(Column::HostId.in_subquery(there));
    }
    if !filter.themes.is_empty() {
        let asking = challenge_theme::Entity::find()
            .select_only()
            .column(challenge_theme::Column::ChallengeId)
            .filter(challenge_theme::Column::ThemeId.is_in(filter.themes.iter().copied()))
            .into_query();
        wanted = wanted.add(Column::Id.in_subquery(asking));
    }
    if let Some(from) = filter.fieldwork_from {
        wanted = wanted.add(Column::EndsOn.gte(from));
    }
    if let Some(to) = filter.fieldwork_to {
        wanted = wanted.add(Column::StartsOn.lte(to));
    }
    if filter.live {
        wanted = wanted.add(Column::Stage.is_not_in(Stage::NOT_LIVE));
    }
    challenge::Entity::find().filter(wanted)
}

/// Challenges, latest made first: version 7 ids rise with time.
pub fn by_creation(filter: &Filter) -> Keyset<challenge::Entity> {
    Keyset {
        name: format!("challenges by creation {filter:?}"),
        sort: None,
        id: challenge::Column::Id,
        value: |_| SortValue::Id,
        key: |row| row.id,
        descending: true,
    }
}

/// Challenges by reference.
pub fn by_reference(filter: &Filter) -> Keyset<challenge::Entity> {
    Keyset {
        name: format!("challenges by reference {filter:?}"),
        sort: Some(Expr::col((challenge::Entity, challenge::Column::Reference))),
        id: challenge::Column::Id,
        value: |row| SortValue::Text(row.reference.clone()),
        key: |row| row.id,
        descending: false,
    }
}

/// Stands for "no window chosen yet" where challenges are ordered by fieldwork: after every real day.
const UNKNOWN_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(9999, 12, 31);

/// Challenges by first day of fieldwork, unknown last.
pub fn by_fieldwork(filter: &Filter) -> Keyset<challenge::Entity> {
    Keyset {
        name: format!("challenges by fieldwork {filter:?}"),
        sort: Some(Expr::col((challenge::Entity, challenge::Column::StartsOn)).if_null(UNKNOWN_DAY)),
        id: challenge::Column::Id,
        value: |row| SortValue::Date(row.starts_on.or(UNKNOWN_DAY).unwrap_or_default()),
        key: |row| row.id,
        descending: false,
    }
}

/// Requests of the challenges in `select` that were submitted, latest first.
pub fn by_submission(
    select: Select<challenge::Entity>,
    filter: &Filter,
) -> (Select<challenge_request::Entity>, Keyset<challenge_request::Entity>) {
    let keyset = Keyset::<challenge_request::Entity> {
        name: format!("challenges by submission {filter:?}"),
        sort: Some(Expr::col((
            challenge_request::Entity,
            challenge_request::Column::SubmittedAt,
        ))),
        id: challenge_request::Column::Id,
        value: |row| row.submitted_at.map_or(SortValue::Id, SortValue::Time),
        key: |row| row.id,
        descending: true,
    };
    let requests = challenge_request::Entity::find()
        .filter(challenge_request::Column::SubmittedAt.is_not_null())
        .filter(challenge_request::Column::ChallengeId.in_subquery(ids(select)));
    (requests, keyset)
}

/// Room for the months of waiting below one point of priority, and for the points below urgency.
const POINT: i64 = 10_000;
const URGENT: i64 = 1_000_000_000;

/// Assessments of the challenges in `select`, urgent ones first, then most points, then longest wait.
pub fn by_priority(
    select: Select<challenge::Entity>,
    filter: &Filter,
) -> (Select<priority_assessment::Entity>, Keyset<priority_assessment::Entity>) {
    // One number, so that the page can seek to it: both engines read `->>` the same way.
    let rank = format!(
        "(CASE WHEN urgent THEN {URGENT} ELSE 0 END + points * {POINT} + CAST(components ->> 'waitMonths' AS BIGINT))"
    );
    let keyset = Keyset::<priority_assessment::Entity> {
        name: format!("challenges by priority {filter:?}"),
        sort: Some(Expr::cust(rank)),
        id: priority_assessment::Column::Id,
        value: |row| {
            let wait = row
                .components
                .get("waitMonths")
                .and_then(serde_json::Value::as_i64)
                .unwrap_or(0);
            let urgent = if row.urgent { URGENT } else { 0 };
            SortValue::Number(urgent + i64::from(row.points) * POINT + Ord::min(wait, priority::NEVER.into()))
        },
        key: |row| row.id,
        descending: true,
    };
    let assessments =
        priority_assessment::Entity::find().filter(priority_assessment::Column::ChallengeId.in_subquery(ids(select)));
    (assessments, keyset)
}

/// Stages whose windows say nothing about the schedule: not asked for yet, given up, or put off without a new date.
const OFF_SCHEDULE: [Stage; 5] = [
    Stage::Draft,
    Stage::Declined,
    Stage::Withdrawn,
    Stage::Cancelled,
    Stage::Postponed,
];

/// Whether the windows of a challenge in this stage are listed in the schedule.
pub fn is_on_schedule(stage: Stage) -> bool {
    !OFF_SCHEDULE.contains(&stage)
}

/// Windows that touch the period: the chosen one of a challenge, or all proposed ones while none is chosen.
pub fn schedule(
    viewer: &Viewer,
    filter: &Filter,
    from: NaiveDate,
    to: NaiveDate,
) -> (Select<challenge_window::Entity>, Keyset<challenge_window::Entity>) {
    let keyset = Keyset::<challenge_window::Entity> {
        name: format!("schedule {from} {to} {filter:?}"),
        sort: Some(Expr::col((
            challenge_window::Entity,
            challenge_window::Column::StartsOn,
        ))),
        id: challenge_window::Column::Id,
        value: |row| SortValue::Date(row.starts_on),
        key: |row| row.id,
        descending: false,
    };
    let on_schedule = || select(viewer, filter).filter(challenge::Column::Stage.is_not_in(OFF_SCHEDULE));
    let chosen = on_schedule()
        .filter(challenge::Column::WindowId.is_not_null())
        .select_only()
        .column(challenge::Column::WindowId)
        .into_query();
    let open = ids(on_schedule().filter(challenge::Column::WindowId.is_null()));
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::StartsOn.lte(to))
        .filter(challenge_window::Column::EndsOn.gte(from))
        .filter(
            Condition::any()
                .add(challenge_window::Column::Id.in_subquery(chosen))
                .add(challenge_window::Column::ChallengeId.in_subquery(open)),
        );
    (windows, keyset)
}

/// The window with this id, if `viewer` may see its challenge.
pub async fn visible_window(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<challenge_window::Model>, DbErr> {
    challenge_window::Entity::find_by_id(id)
        .filter(challenge_window::Column::ChallengeId.in_subquery(visible_ids(viewer)))
        .one(connection)
        .await
}

/// The slot with this id, if `viewer` may see its challenge.
pub async fn visible_slot(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<team_slot::Model>, DbErr> {
    team_slot::Entity::find_by_id(id)
        .filter(team_slot::Column::ChallengeId.in_subquery(visible_ids(viewer)))
        .one(connection)
        .await
}

/// Challenges that have come as far as `stage`; those that are put off or interrupted count where they stood.
pub(crate) fn reached(stage: Stage) -> Condition {
    let interrupted = Condition::all()
        .add(challenge::Column::Stage.is_in(lifecycle::suspended()))
        .add(challenge::Column::ResumesTo.is_in(lifecycle::from(stage)));
    Condition::any()
        .add(challenge::Column::Stage.is_in(lifecycle::from(stage)))
        .add(interrupted)
}

/// Ids of the challenges of a condition, for use in `IN (…)`.
pub(crate) fn ids_of(condition: Condition) -> SelectStatement {
    challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Id)
        .filter(condition)
        .into_query()
}

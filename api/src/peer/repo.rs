//! Statements on peers and what belongs to them.

use chrono::NaiveDate;
use entity::{
    affiliation, availability_window, blackout_period, declared_interest, enums, past_engagement, peer, peer_duplicate,
    peer_role, peer_theme,
};
use matching::Span;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

pub use super::scope::visible_to;
use super::scope::{Clearance, at_councils, councils_in, people, these_councils};
use crate::{
    auth::Viewer,
    council::repo::contains,
    graphql::{
        errors::Result,
        nested::Children,
        page::{Keyset, SortValue},
    },
};

/// What a list of peers is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these roles.
    pub roles: Vec<enums::PeerRole>,
    /// All of these themes.
    pub themes: Vec<Uuid>,
    /// At home in one of these regions.
    pub regions: Vec<Uuid>,
    /// At home in one of these councils.
    pub councils: Vec<Uuid>,
    /// Of one of these groups.
    pub parties: Vec<enums::Party>,
    /// Of one of these standings.
    pub statuses: Vec<enums::PeerStatus>,
    /// Offered every one of these days, and did not close any of them.
    pub available: Option<Span>,
    /// Part of the name, any case.
    pub name_contains: Option<String>,
    /// Declared before this day, or never.
    pub declared_before: Option<NaiveDate>,
    /// Trained before this day, or never.
    pub trained_before: Option<NaiveDate>,
}

impl Filter {
    /// What a viewer must be cleared for so that the filter itself tells them nothing that they may not read.
    fn clearance(&self) -> Clearance {
        let restricted = !self.statuses.is_empty()
            || self.available.is_some()
            || self.declared_before.is_some()
            || self.trained_before.is_some();
        if restricted {
            Clearance::Keeping
        } else {
            Clearance::Profile
        }
    }
}

/// The peers whom `viewer` may see and who meet `filter` on `today`.
pub fn select(filter: &Filter, viewer: &Viewer, today: NaiveDate) -> Select<peer::Entity> {
    use peer::Column;
    let mut wanted = Condition::all().add(people(viewer, filter.clearance(), today).hold(Column::Id));
    if !filter.roles.is_empty() {
        let holders = peer_role::Entity::find()
            .select_only()
            .column(peer_role::Column::PeerId)
            .filter(peer_role::Column::Role.is_in(filter.roles.iter().copied()))
            .into_query();
        wanted = wanted.add(Column::Id.in_subquery(holders));
    }
    for theme in &filter.themes {
        let knowing = peer_theme::Entity::find()
            .select_only()
            .column(peer_theme::Column::PeerId)
            .filter(peer_theme::Column::ThemeId.eq(*theme))
            .into_query();
        wanted = wanted.add(Column::Id.in_subquery(knowing));
    }
    if !filter.regions.is_empty() {
        wanted = wanted.add(Column::Id.in_subquery(at_councils(councils_in(&filter.regions), today)));
    }
    if !filter.councils.is_empty() {
        wanted = wanted.add(Column::Id.in_subquery(at_councils(these_councils(&filter.councils), today)));
    }
    if !filter.parties.is_empty() {
        wanted = wanted.add(Column::Party.is_in(filter.parties.iter().copied()));
    }
    if !filter.statuses.is_empty() {
        wanted = wanted.add(Column::Status.is_in(filter.statuses.iter().copied()));
    }
    if let Some(span) = filter.available {
        wanted = wanted.add(available(span));
    }
    if let Some(part) = &filter.name_contains {
        wanted = wanted.add(contains(Column::SearchName, part));
    }
    for (column, day) in [
        (Column::DeclaredOn, filter.declared_before),
        (Column::TrainedOn, filter.trained_before),
    ] {
        if let Some(day) = day {
            wanted = wanted.add(column.is_null().or(column.lt(day)));
        }
    }
    peer::Entity::find().filter(wanted)
}

/// Offered as one window (windows are stored merged), and no blackout of their own touches it.
fn available(span: Span) -> Condition {
    let offering = availability_window::Entity::find()
        .select_only()
        .column(availability_window::Column::PeerId)
        .filter(availability_window::Column::StartsOn.lte(span.from))
        .filter(availability_window::Column::EndsOn.gte(span.until))
        .into_query();
    let away = blackout_period::Entity::find()
        .select_only()
        .column(blackout_period::Column::PeerId)
        // NULL in the list of a NOT IN would exclude everybody.
        .filter(blackout_period::Column::PeerId.is_not_null())
        .filter(blackout_period::Column::StartsOn.lte(span.until))
        .filter(blackout_period::Column::EndsOn.gte(span.from))
        .into_query();
    Condition::all()
        .add(peer::Column::Id.in_subquery(offering))
        .add(peer::Column::Id.not_in_subquery(away))
}

/// Peers by name.
pub fn by_name(filter: &Filter, descending: bool) -> Keyset<peer::Entity> {
    Keyset {
        name: format!("peers by name {descending} {filter:?}"),
        sort: Some(Expr::col((peer::Entity, peer::Column::SearchName))),
        id: peer::Column::Id,
        value: |row| SortValue::Text(row.search_name.clone()),
        key: |row| row.id,
        descending,
    }
}

/// Peers by reference.
pub fn by_reference(filter: &Filter) -> Keyset<peer::Entity> {
    Keyset {
        name: format!("peers by reference {filter:?}"),
        sort: Some(Expr::col((peer::Entity, peer::Column::Reference))),
        id: peer::Column::Id,
        value: |row| SortValue::Text(row.reference.clone()),
        key: |row| row.id,
        descending: false,
    }
}

/// Past engagements of peers, latest first.
pub fn past_engagements() -> Children<past_engagement::Entity> {
    Children {
        select: past_engagement::Entity::find(),
        keyset: Keyset {
            name: "past engagements".to_owned(),
            sort: Some(Expr::col((past_engagement::Entity, past_engagement::Column::StartsOn))),
            id: past_engagement::Column::Id,
            value: |row| SortValue::Date(row.starts_on),
            key: |row| row.id,
            descending: true,
        },
        parent: past_engagement::Column::PeerId,
        parent_of: |row| row.peer_id,
    }
}

/// Blackout periods that `viewer` may see: of people whom they keep, and of councils that they answer for.
pub fn visible_blackouts(viewer: &Viewer, today: NaiveDate) -> Condition {
    use crate::{
        auth::ViewerRole,
        council::repo::{ids_by_code, ids_in_regions},
    };
    let councils = match &viewer.role {
        ViewerRole::Programme => return Condition::all(),
        ViewerRole::Hub { regions } => Some(ids_in_regions(regions)),
        ViewerRole::Council { council } => Some(ids_by_code(council)),
        ViewerRole::Peer { .. } | ViewerRole::Analyst => None,
    };
    let of_people = people(viewer, Clearance::Keeping, today).hold(blackout_period::Column::PeerId);
    councils
        .into_iter()
        .fold(Condition::any().add(of_people), |either, councils| {
            either.add(blackout_period::Column::CouncilId.in_subquery(councils))
        })
}

/// A peer, locked until the transaction ends (PostgreSQL; SQLite has one writer anyway), so that what depends on all of
/// the person's rows (merged windows, limits) stays true.
pub async fn lock(peer: Uuid, connection: &impl ConnectionTrait) -> Result<Option<peer::Model>> {
    Ok(peer::Entity::find_by_id(peer)
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(connection)
        .await?)
}

/// Whether this peer is one of those of whom `viewer` may read as much as `clearance`.
pub async fn is_among(
    peer: Uuid,
    viewer: &Viewer,
    clearance: Clearance,
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<bool> {
    let found = peer::Entity::find_by_id(peer)
        .filter(people(viewer, clearance, today).hold(peer::Column::Id))
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// Windows of somebody that overlap or touch these days, in order.
pub async fn windows_touching(
    peer: Uuid,
    span: Span,
    connection: &impl ConnectionTrait,
) -> Result<Vec<availability_window::Model>, DbErr> {
    use availability_window::Column;
    let before = span.from.pred_opt().unwrap_or(span.from);
    let after = span.until.succ_opt().unwrap_or(span.until);
    availability_window::Entity::find()
        .filter(Column::PeerId.eq(peer))
        .filter(Column::StartsOn.lte(after))
        .filter(Column::EndsOn.gte(before))
        .order_by_asc(Column::StartsOn)
        .all(connection)
        .await
}

/// How many windows somebody has.
pub async fn count_windows(peer: Uuid, connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    availability_window::Entity::find()
        .filter(availability_window::Column::PeerId.eq(peer))
        .count(connection)
        .await
}

/// Affiliations of somebody.
pub async fn affiliations_of(peer: Uuid, connection: &impl ConnectionTrait) -> Result<Vec<affiliation::Model>, DbErr> {
    affiliation::Entity::find()
        .filter(affiliation::Column::PeerId.eq(peer))
        .all(connection)
        .await
}

/// Interests of somebody, withdrawn ones included.
pub async fn interests_of(
    peer: Uuid,
    connection: &impl ConnectionTrait,
) -> Result<Vec<declared_interest::Model>, DbErr> {
    declared_interest::Entity::find()
        .filter(declared_interest::Column::PeerId.eq(peer))
        .all(connection)
        .await
}

/// The decision about two entries, in either order.
pub async fn duplicate_decision(
    one: Uuid,
    other: Uuid,
    connection: &impl ConnectionTrait,
) -> Result<Option<peer_duplicate::Model>, DbErr> {
    let (a, b) = if one < other { (one, other) } else { (other, one) };
    peer_duplicate::Entity::find()
        .filter(peer_duplicate::Column::PeerAId.eq(a))
        .filter(peer_duplicate::Column::PeerBId.eq(b))
        .one(connection)
        .await
}

//! Statements on councils and what belongs to them.

use entity::{council, delivery_body, delivery_body_council, region};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SelectStatement},
};
use uuid::Uuid;

use crate::{
    graphql::page::{Keyset, SortValue},
    peer::scope::holds_on,
};

/// What a list of councils is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of these regions.
    pub regions: Vec<Uuid>,
    /// Of one of these types.
    pub kinds: Vec<entity::enums::CouncilKind>,
    /// Run by one of these.
    pub controls: Vec<entity::enums::PoliticalControl>,
    /// Responsible for children's services, or not.
    pub provides_childrens_services: Option<bool>,
    /// In existence on this day; `None` includes abolished councils.
    pub existing_on: Option<chrono::NaiveDate>,
    /// Part of the name, any case.
    pub name_contains: Option<String>,
}

/// Councils that meet `filter`.
pub fn select(filter: &Filter) -> Select<council::Entity> {
    let mut wanted = Condition::all();
    if !filter.regions.is_empty() {
        wanted = wanted.add(council::Column::RegionId.is_in(filter.regions.iter().copied()));
    }
    if !filter.kinds.is_empty() {
        wanted = wanted.add(council::Column::Kind.is_in(filter.kinds.iter().copied()));
    }
    if !filter.controls.is_empty() {
        wanted = wanted.add(council::Column::PoliticalControl.is_in(filter.controls.iter().copied()));
    }
    if let Some(provides) = filter.provides_childrens_services {
        wanted = wanted.add(council::Column::ProvidesChildrensServices.eq(provides));
    }
    if let Some(day) = filter.existing_on {
        wanted = wanted
            .add(
                council::Column::StartsOn
                    .is_null()
                    .or(council::Column::StartsOn.lte(day)),
            )
            .add(council::Column::EndsOn.is_null().or(council::Column::EndsOn.gte(day)));
    }
    if let Some(part) = &filter.name_contains {
        wanted = wanted.add(contains(council::Column::SearchName, part));
    }
    council::Entity::find().filter(wanted)
}

/// `column` (which holds lower-case text) contains `part`, any case, with `%` and `_` taken literally.
pub fn contains(column: impl ColumnTrait, part: &str) -> sea_orm::sea_query::SimpleExpr {
    Expr::col(column.as_column_ref()).like(LikeExpr::new(like(part)).escape('\\'))
}

/// The pattern of what contains `part`, in lower case.
fn like(part: &str) -> String {
    let literal = part
        .trim()
        .to_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{literal}%")
}

/// What a list of delivery bodies is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct BodyFilter {
    /// Serving one of these.
    pub councils: Vec<Uuid>,
    /// Of one of these kinds.
    pub kinds: Vec<entity::enums::DeliveryBodyKind>,
    /// In existence on this day, and serving the councils then.
    pub on: Option<chrono::NaiveDate>,
    /// Part of the name, any case.
    pub name_contains: Option<String>,
}

/// Delivery bodies that meet `filter`.
pub fn select_bodies(filter: &BodyFilter) -> Select<delivery_body::Entity> {
    use delivery_body::Column;
    use delivery_body_council::Column as Service;
    let mut wanted = Condition::all();
    if !filter.councils.is_empty() {
        let mut serving = delivery_body_council::Entity::find()
            .select_only()
            .column(Service::BodyId)
            .filter(Service::CouncilId.is_in(filter.councils.iter().copied()));
        if let Some(day) = filter.on {
            serving = serving.filter(holds_on(Service::StartsOn, Service::EndsOn, day));
        }
        wanted = wanted.add(Column::Id.in_subquery(serving.into_query()));
    }
    if !filter.kinds.is_empty() {
        wanted = wanted.add(Column::Kind.is_in(filter.kinds.iter().copied()));
    }
    if let Some(day) = filter.on {
        wanted = wanted.add(holds_on(Column::StartsOn, Column::EndsOn, day));
    }
    if let Some(part) = &filter.name_contains {
        let literal = LikeExpr::new(like(part)).escape('\\');
        wanted = wanted.add(Expr::expr(Func::lower(Expr::col(Column::Name.as_column_ref()))).like(literal));
    }
    delivery_body::Entity::find().filter(wanted)
}

/// Delivery bodies by name.
pub fn bodies_by_name(filter: &BodyFilter) -> Keyset<delivery_body::Entity> {
    Keyset {
        name: format!("delivery bodies {filter:?}"),
        sort: Some(Expr::col((delivery_body::Entity, delivery_body::Column::Name))),
        id: delivery_body::Column::Id,
        value: |row| SortValue::Text(row.name.clone()),
        key: |row| row.id,
        descending: false,
    }
}

/// Councils by name.
pub fn by_name(filter: &Filter, descending: bool) -> Keyset<council::Entity> {
    Keyset {
        name: format!("councils by name {descending} {filter:?}"),
        sort: Some(Expr::col((council::Entity, council::Column::SearchName))),
        id: council::Column::Id,
        value: |row| SortValue::Text(row.search_name.clone()),
        key: |row| row.id,
        descending,
    }
}

/// Councils by population, unknown ones as zero.
pub fn by_population(filter: &Filter, descending: bool) -> Keyset<council::Entity> {
    Keyset {
        name: format!("councils by population {descending} {filter:?}"),
        sort: Some(Expr::col((council::Entity, council::Column::Population)).if_null(0)),
        id: council::Column::Id,
        value: |row| SortValue::Number(row.population.unwrap_or(0).into()),
        key: |row| row.id,
        descending,
    }
}

/// Ids of the regions with these GSS codes, for use in `IN (…)`.
pub fn region_ids(gss_codes: &[String]) -> SelectStatement {
    region::Entity::find()
        .select_only()
        .column(region::Column::Id)
        .filter(region::Column::GssCode.is_in(gss_codes.iter().map(String::as_str)))
        .into_query()
}

/// Ids of the councils in the regions with these GSS codes, for use in `IN (…)`.
pub fn ids_in_regions(gss_codes: &[String]) -> SelectStatement {
    council::Entity::find()
        .select_only()
        .column(council::Column::Id)
        .filter(council::Column::RegionId.in_subquery(region_ids(gss_codes)))
        .into_query()
}

/// Id of the council with this GSS code (a superseded one too), for use in `IN (…)`.
pub fn ids_by_code(gss_code: &str) -> SelectStatement {
    use entity::council_code;
    let superseded = council_code::Entity::find()
        .select_only()
        .column(council_code::Column::CouncilId)
        .filter(council_code::Column::Code.eq(gss_code))
        .into_query();
    council::Entity::find()
        .select_only()
        .column(council::Column::Id)
        .filter(
            council::Column::GssCode
                .eq(gss_code)
                .or(council::Column::Id.in_subquery(superseded)),
        )
        .into_query()
}

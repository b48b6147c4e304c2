//! Queries on councils, regions and delivery bodies.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::region;
use sea_orm::{EntityTrait, QueryOrder};

use super::{
    enums::{CouncilType, DeliveryBodyKind, PoliticalControl},
    objects::{Council, DeliveryBody, Region},
    repo,
};
use crate::graphql::{
    context::ContextExt,
    errors::ApiError,
    ids::Kind,
    page::{List, PageArgs, argument_ids},
    scalars::Date,
};

/// Narrows a list of councils. All given conditions must hold.
#[derive(Debug, InputObject)]
pub struct CouncilFilter {
    /// In one of these regions (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// Of one of these types.
    #[graphql(validator(max_items = 7))]
    types: Option<Vec<CouncilType>>,
    /// Run by one of these.
    #[graphql(validator(max_items = 8))]
    political_controls: Option<Vec<PoliticalControl>>,
    /// Responsible for children's services, or not.
    provides_childrens_services: Option<bool>,
    /// In existence on this day; today unless given, so abolished councils are left out.
    existing_on: Option<Date>,
    /// Also councils that no longer exist or do not exist yet; then `existingOn` must not be given.
    include_abolished: Option<bool>,
    /// Part of the name, any case (1–100 characters).
    #[graphql(validator(min_length = 1, max_length = 100))]
    name_contains: Option<String>,
}

/// Narrows a list of delivery bodies. All given conditions must hold.
#[derive(Debug, InputObject)]
pub struct DeliveryBodyFilter {
    /// Serving one of these councils (at most 50): on the day that `on` names, else ever.
    #[graphql(validator(max_items = 50))]
    council_ids: Option<Vec<ID>>,
    /// Of one of these kinds.
    #[graphql(validator(max_items = 4))]
    kinds: Option<Vec<DeliveryBodyKind>>,
    /// In existence on this day.
    on: Option<Date>,
    /// Part of the name, any case (1–100 characters).
    #[graphql(validator(min_length = 1, max_length = 100))]
    name_contains: Option<String>,
}

/// What a list of councils is ordered by.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum CouncilOrder {
    /// Name, A first.
    NameAsc,
    /// Name, Z first.
    NameDesc,
    /// Population, most first; unknown last.
    PopulationDesc,
}

/// Queries on councils.
#[derive(Default)]
pub struct CouncilQuery;

#[Object]
impl CouncilQuery {
    /// The nine regions of England, by name.
    async fn regions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Region>> {
        ctx.viewer()?;
        let rows = region::Entity::find()
            .order_by_asc(region::Column::Name)
            .all(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(rows.into_iter().map(Region).collect())
    }

    /// A council by its ONS code, a superseded one too; null when there is none.
    async fn council_by_gss_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ONS code, such as `E08000016`.", validator(min_length = 9, max_length = 9))] gss_code: String,
    ) -> async_graphql::Result<Option<Council>> {
        use sea_orm::{ColumnTrait, QueryFilter};
        ctx.viewer()?;
        let row = entity::council::Entity::find()
            .filter(entity::council::Column::Id.in_subquery(repo::ids_by_code(&gss_code)))
            .one(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(Council))
    }

    /// Councils of England: those in existence today, unless the filter says otherwise.
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments")]
    async fn councils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<CouncilFilter>,
        #[graphql(desc = "Orders the list.", default_with = "CouncilOrder::NameAsc")] order_by: CouncilOrder,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Council>> {
        ctx.viewer()?;
        let filter = match filter {
            Some(filter) => filter.understood(ctx.today())?,
            None => repo::Filter {
                existing_on: Some(ctx.today()),
                ..repo::Filter::default()
            },
        };
        let keyset = match order_by {
            CouncilOrder::NameAsc => repo::by_name(&filter, false),
            CouncilOrder::NameDesc => repo::by_name(&filter, true),
            CouncilOrder::PopulationDesc => repo::by_population(&filter, true),
        };
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = keyset
            .load(repo::select(&filter), &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(Council))
    }

    /// Bodies that run services for councils, by name; those of the past and of days to come too, unless the filter names a
    /// day.
    async fn delivery_bodies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<DeliveryBodyFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<DeliveryBody>> {
        ctx.viewer()?;
        let filter = filter
            .map(DeliveryBodyFilter::understood)
            .transpose()?
            .unwrap_or_default();
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::bodies_by_name(&filter)
            .load(repo::select_bodies(&filter), &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(DeliveryBody))
    }
}

impl DeliveryBodyFilter {
    fn understood(self) -> Result<repo::BodyFilter, ApiError> {
        Ok(repo::BodyFilter {
            councils: argument_ids(Kind::Council, self.council_ids, "filter.councilIds")?,
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            on: self.on.map(|date| date.0),
            name_contains: self.name_contains,
        })
    }
}

impl CouncilFilter {
    fn understood(self, today: chrono::NaiveDate) -> Result<repo::Filter, ApiError> {
        let everything = self.include_abolished.unwrap_or(false);
        if everything && self.existing_on.is_some() {
            return Err(ApiError::BadInput(
                "Give `existingOn` or `includeAbolished: true`, not both.".to_owned(),
            ));
        }
        Ok(repo::Filter {
            regions: argument_ids(Kind::Region, self.region_ids, "filter.regionIds")?,
            kinds: self.types.unwrap_or_default().into_iter().map(Into::into).collect(),
            controls: self
                .political_controls
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            provides_childrens_services: self.provides_childrens_services,
            existing_on: (!everything).then(|| self.existing_on.map_or(today, |date| date.0)),
            name_contains: self.name_contains,
        })
    }
}

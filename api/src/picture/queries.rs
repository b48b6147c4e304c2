//! Queries on the picture.

use async_graphql::{Context, Object};
use chrono::{Months, NaiveDate};
use entity::{kpi, programme};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::{
    kpi_objects::Kpi,
    objects::{Picture, PictureFilter},
};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        scalars::Date,
        visible::{nobody, restricted, visible_on},
    },
    peer::rules::valid_since,
    programme::repo::{body, policies_in_force},
};

restricted! {
    kpi: |viewer, _today| if matches!(viewer.role, ViewerRole::Peer { .. }) {
        nobody()
    } else {
        Condition::all()
    };
}

/// A key figure with its values of the last year, for `node`.
///
/// # Errors
/// The database's.
pub async fn kpi(ctx: &Context<'_>, today: NaiveDate, id: uuid::Uuid) -> Result<Option<Kpi>> {
    let Some(row) = visible_on::<kpi::Entity>(ctx, today, id).await? else {
        return Ok(None);
    };
    let since = today.checked_sub_months(Months::new(12)).unwrap_or(today);
    Ok(Some(Kpi { row, since }))
}

/// Queries on the picture.
#[derive(Default)]
pub struct PictureQuery;

/// The picture is for those who answer for more than themselves.
fn seen(ctx: &Context<'_>) -> Result<bool> {
    Ok(!matches!(ctx.viewer()?.role, ViewerRole::Peer { .. }))
}

#[Object]
impl PictureQuery {
    /// The picture of the programme: coverage, pace, punctuality, burden, pool, satisfaction, implementation, judgements, engagement
    /// and councils to offer a challenge to. For all but peers.
    async fn picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows it.")] filter: Option<PictureFilter>,
    ) -> async_graphql::Result<Option<Picture>> {
        if !seen(ctx)? {
            return Ok(None);
        }
        let today = ctx.today();
        let filter = filter.unwrap_or_default().understood(today)?;
        let reader = ctx.database().reader();
        let first = if let Some(id) = filter.programmes.first() {
            Some(*id)
        } else {
            let active = programme::Entity::find()
                .filter(programme::Column::Active.eq(true))
                .order_by_asc(programme::Column::Code);
            active.one(reader).await.map_err(ApiError::from)?.map(|row| row.id)
        };
        let policies = policies_in_force(first.into_iter().collect(), today, reader).await?;
        let Some(policy) = policies.first() else {
            return Ok(None);
        };
        let policy = body(policy)?;
        Ok(Some(Picture {
            filter,
            priority: policy.priority,
            trained_since: valid_since(today, policy.conflicts.training_valid_months),
        }))
    }

    /// The key figures of the programme with their values, in order (at most 50). For all but peers.
    async fn kpis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Values from this day on; of the last year unless given.")] since: Option<Date>,
    ) -> async_graphql::Result<Vec<Kpi>> {
        if !seen(ctx)? {
            return Ok(Vec::new());
        }
        let today = ctx.today();
        let year = today.checked_sub_months(Months::new(12)).unwrap_or(today);
        let since = since.map_or(year, |day| day.0);
        let reader = ctx.database().reader();
        let rows = kpi::Entity::find()
            .order_by_asc(kpi::Column::Position)
            .all(reader)
            .await
            .map_err(ApiError::from)?;
        Ok(rows.into_iter().map(|row| Kpi { row, since }).collect())
    }
}

//! Who the service takes the asker to be: the token's subject and role, with the regions, council or person behind it.
//!
//! Front ends ask this first to know what to offer; it grants nothing by itself.

use async_graphql::{Context, Enum, Object};
use entity::{council, peer, region};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    auth::{self, ViewerRole as Role},
    council::{
        objects::{Council, Region},
        repo::ids_by_code,
    },
    graphql::{context::ContextExt, errors::ApiError, visible::visible},
    peer::objects::Peer,
};

/// What somebody acts as; decides what they see and may do (docs/AUTH.md has the table).
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ViewerRole {
    /// The national programme: sets policy, triages, decides, sees everything.
    NationalProgramme,
    /// A regional hub: sees the challenges and people of its regions.
    RegionalHub,
    /// A council: asks for challenges and sees its own.
    Council,
    /// A peer: keeps their own profile and sees the teams that they are on.
    Peer,
    /// Reads challenges and councils without personal data; changes nothing.
    Analyst,
}

/// Whoever is behind the request's token.
pub struct Viewer(auth::Viewer);

/// Whoever is behind the request's token.
#[Object]
impl Viewer {
    /// Stable name from the token, as it stands in the audit record.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What they act as.
    async fn role(&self) -> ViewerRole {
        match self.0.role {
            Role::Programme => ViewerRole::NationalProgramme,
            Role::Hub { .. } => ViewerRole::RegionalHub,
            Role::Council { .. } => ViewerRole::Council,
            Role::Peer { .. } => ViewerRole::Peer,
            Role::Analyst => ViewerRole::Analyst,
        }
    }

    /// Regions of a hub, by name (at most 9); empty for others.
    async fn regions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Region>> {
        let Role::Hub { regions } = &self.0.role else {
            return Ok(Vec::new());
        };
        let rows = region::Entity::find()
            .filter(region::Column::GssCode.is_in(regions.iter().map(String::as_str)))
            .order_by_asc(region::Column::Name)
            .all(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(rows.into_iter().map(Region).collect())
    }

    /// The council of a council viewer; null for others, and when the token names a council that is not known here.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Council>> {
        let Role::Council { council } = &self.0.role else {
            return Ok(None);
        };
        let row = council::Entity::find()
            .filter(council::Column::Id.in_subquery(ids_by_code(council)))
            .one(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(Council))
    }

    /// The person of a peer viewer; null for others, and when the token names somebody who is not in the pool.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Peer>> {
        Ok(match self.0.role {
            Role::Peer { peer } => visible::<peer::Entity>(ctx, peer).await?.map(Peer),
            _ => None,
        })
    }
}

/// Query on the viewer.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who the service takes the asker to be, from the request's token.
    async fn viewer(&self, ctx: &Context<'_>) -> async_graphql::Result<Viewer> {
        Ok(Viewer(ctx.viewer()?.clone()))
    }
}

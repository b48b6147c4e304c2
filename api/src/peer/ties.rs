//! Affiliations and declared interests as the API shows them. Whoever holds one of these objects was cleared to read it.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::{affiliation, declared_interest};

use super::{
    enums::{AffiliationKind, InterestKind},
    objects::{Peer, peer},
};
use crate::{
    council::{
        loader::DeliveryBodyKey,
        objects::{Council, DeliveryBody, council},
    },
    graphql::{
        context::ContextExt,
        errors::ApiError,
        ids::{Kind, encode},
        scalars::Date,
    },
};

/// A dated tie of a person to exactly one council or delivery body. A person may have several at once.
pub struct Affiliation(pub affiliation::Model);

/// A dated tie of a person to exactly one council or delivery body. A person may have several at once.
#[Object]
impl Affiliation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Affiliation, self.0.id)
    }

    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// What ties them.
    async fn kind(&self) -> AffiliationKind {
        self.0.kind.into()
    }

    /// The council; null when the tie is to a delivery body.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Council>> {
        Ok(match self.0.council_id {
            Some(id) => Some(council(ctx, id).await?),
            None => None,
        })
    }

    /// The delivery body; null when the tie is to a council.
    async fn delivery_body(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DeliveryBody>> {
        let Some(id) = self.0.delivery_body_id else {
            return Ok(None);
        };
        let row = ctx
            .loader()
            .load_one(DeliveryBodyKey(id))
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(DeliveryBody))
    }

    /// Title of the post or office; null where it has none or it is unknown.
    async fn post(&self) -> Option<&str> {
        self.0.post.as_deref()
    }

    /// Whether this is their main post, from which likeness and travel are reckoned.
    async fn is_primary(&self) -> bool {
        self.0.is_primary
    }

    /// First day; null where unknown, which counts as "always".
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day; null while it goes on as far as anybody said.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// An interest in a council that somebody declared. Only they and the national programme see it.
pub struct DeclaredInterest(pub declared_interest::Model);

/// An interest in a council that somebody declared. Only they and the national programme see it.
#[Object]
impl DeclaredInterest {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::DeclaredInterest, self.0.id)
    }

    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// Which kind, and so which rule.
    async fn kind(&self) -> InterestKind {
        self.0.kind.into()
    }

    /// The council that it is an interest in.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.council_id).await?)
    }

    /// What they said about it.
    async fn note(&self) -> &str {
        &self.0.note
    }

    /// First day; null where unknown, which counts as "always".
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day; null while it goes on.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// When it was withdrawn as wrong; it no longer counts then. Null while it stands.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

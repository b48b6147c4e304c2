//! When people are free, when not, and where they served: availability, blackouts and past engagements as the API shows
//! them. Whoever holds one of these objects was cleared to read it; only a blackout's reason asks again.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::{availability_window, blackout_period, past_engagement};

use super::{
    classes::Class,
    enums::PeerRole,
    objects::{Peer, may_read, peer},
};
use crate::{
    council::objects::{Council, council},
    graphql::{
        ids::{Kind, encode},
        scalars::Date,
    },
    programme::objects::{Programme, programme},
    season::objects::{Season, season},
};

/// Days on which somebody said that they are free. Windows of one person never overlap or touch.
pub struct AvailabilityWindow(pub availability_window::Model);

/// Days on which somebody said that they are free. Windows of one person never overlap or touch.
#[Object]
impl AvailabilityWindow {
    /// Opaque id. Offering neighbouring days makes a new window out of both.
    pub async fn id(&self) -> ID {
        encode(Kind::AvailabilityWindow, self.0.id)
    }

    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// First free day.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last free day.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// When it was last said.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Days on which a person, or everybody of a council, is not free, whatever else was said.
pub struct BlackoutPeriod(pub blackout_period::Model);

/// Days on which a person, or everybody of a council, is not free, whatever else was said.
#[Object]
impl BlackoutPeriod {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::BlackoutPeriod, self.0.id)
    }

    /// The person; null when it is a council's.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Peer>> {
        Ok(match self.0.peer_id {
            Some(id) => Some(peer(ctx, id).await?),
            None => None,
        })
    }

    /// The council whose people are all away; null when it is a person's.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Council>> {
        Ok(match self.0.council_id {
            Some(id) => Some(council(ctx, id).await?),
            None => None,
        })
    }

    /// First day.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// Why. Of a person's own blackout only they and the national programme read it: null for others.
    async fn reason(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let readable = match self.0.peer_id {
            Some(peer) => may_read(ctx, peer, Class::Declaration).await?,
            None => true,
        };
        Ok(readable.then_some(self.0.reason.as_str()))
    }
}

/// Service at a host that took place before or outside this system.
pub struct PastEngagement(pub past_engagement::Model);

/// Service at a host that took place before or outside this system.
#[Object]
impl PastEngagement {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::PastEngagement, self.0.id)
    }

    /// Who served.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// The council that they came from at the time.
    async fn home_council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.home_council_id).await?)
    }

    /// The council that they visited.
    async fn host(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.host_council_id).await?)
    }

    /// The programme; null where unknown.
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Programme>> {
        Ok(match self.0.programme_id {
            Some(id) => Some(programme(ctx, id).await?),
            None => None,
        })
    }

    /// The season that it counts towards; null where unknown.
    async fn season(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Season>> {
        Ok(match self.0.season_id {
            Some(id) => Some(season(ctx, id).await?),
            None => None,
        })
    }

    /// What they served as; null where unknown.
    async fn role(&self) -> Option<PeerRole> {
        self.0.role.map(Into::into)
    }

    /// First day on site.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day on site.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }
}

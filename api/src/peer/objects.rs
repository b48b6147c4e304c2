//! Peers as the API shows them. The profile is there for everybody who may see the person at all; every other field asks
//! [`clearance`] first and is null for those who may not read it, whatever path led to the person.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::peer;
use matching::Span;
use uuid::Uuid;

use super::{
    classes::Class,
    loader::{
        AffiliationsOf, AvailabilityOf, BlackoutsOf, DuplicatesOf, HomesOf, InterestsOf, KeptByViewer, PeerKey,
        RolesOf, ThemesOf,
    },
    queries::PeerDaysInput,
    repo,
    scope::Clearance,
};
pub use super::{
    diary::{AvailabilityWindow, BlackoutPeriod, PastEngagement},
    enums::{AffiliationKind, DuplicateReason, DuplicateVerdict, InterestKind, Party, PeerRole, PeerStatus},
    ties::{Affiliation, DeclaredInterest},
};
use crate::{
    auth::ViewerRole,
    council::{loader::CouncilKey, objects::Council},
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        page::{List, PageArgs},
        scalars::Date,
    },
    team::{fields, objects::Assignment},
    theme::{Theme, ThemeKey},
};

/// Most possible duplicates shown for one person.
const MAX_DUPLICATES: usize = 50;

/// Somebody in the national pool who may serve on the team of a challenge.
pub struct Peer(pub peer::Model);

/// Loads the peer that an authorised row refers to.
pub async fn peer(ctx: &Context<'_>, id: Uuid) -> Result<Peer> {
    let row = ctx.loader().load_one(PeerKey(id)).await?;
    row.map(Peer)
        .ok_or_else(|| ApiError::internal(format_args!("peer {id} is referred to but missing")))
}

/// How much the request's viewer may read of a person whom they may see.
async fn clearance(ctx: &Context<'_>, peer: Uuid) -> Result<Clearance> {
    Ok(match &ctx.viewer()?.role {
        ViewerRole::Programme => Clearance::Everything,
        ViewerRole::Peer { peer: own } if *own == peer => Clearance::Everything,
        ViewerRole::Hub { .. } => {
            let key = KeptByViewer { peer, on: ctx.today() };
            if ctx.loader().load_one(key).await?.unwrap_or(false) {
                Clearance::Keeping
            } else {
                Clearance::Profile
            }
        }
        ViewerRole::Peer { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => Clearance::Profile,
    })
}

/// Whether the request's viewer may read data of this class about a person whom they may see.
pub async fn may_read(ctx: &Context<'_>, peer: Uuid, class: Class) -> Result<bool> {
    Ok(class.is_open_to(clearance(ctx, peer).await?, ctx.viewer()?.is_programme()))
}

impl Peer {
    async fn may(&self, ctx: &Context<'_>, class: Class) -> Result<bool> {
        may_read(ctx, self.0.id, class).await
    }
}

/// Somebody in the national pool who may serve on the team of a challenge.
#[Object]
impl Peer {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Peer, self.0.id)
    }

    /// The pool's own reference, stable over imports.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// Full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Title of the current post; null where unknown.
    async fn post(&self) -> Option<&str> {
        self.0.post.as_deref()
    }

    /// Political group; null for officers and where unknown.
    async fn party(&self) -> Option<Party> {
        self.0.party.map(Into::into)
    }

    /// Standing in the pool; null for viewers other than the person, the programme and their region's hub.
    async fn status(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PeerStatus>> {
        Ok(if self.may(ctx, Class::Readiness).await? {
            Some(self.0.status.into())
        } else {
            None
        })
    }

    /// When the person was erased, in UTC: then nothing says who it was, and only that somebody served is left. Null for
    /// everybody else.
    async fn erased_at(&self) -> Option<DateTime<Utc>> {
        self.0.erased_at
    }

    /// What they can serve as (at most 13).
    async fn roles(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PeerRole>> {
        let roles = ctx
            .loader()
            .load_one(RolesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(roles.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// Themes that they know, by name (at most 64).
    async fn themes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Theme>> {
        let ids = ctx
            .loader()
            .load_one(ThemesOf(self.0.id))
            .await
            .map_err(ApiError::from)?
            .unwrap_or_default();
        let themes = ctx
            .loader()
            .load_many(ids.into_iter().map(ThemeKey))
            .await
            .map_err(ApiError::from)?;
        let mut themes: Vec<_> = themes.into_values().collect();
        themes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(themes.into_iter().map(Theme).collect())
    }

    /// Councils where they are at home today, the main post's first: through posts, offices and consultancies, directly or
    /// at a body that runs a service for the council (at most 100 posts, usually one or two councils).
    async fn home_councils(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Council>> {
        let key = HomesOf {
            peer: self.0.id,
            on: ctx.today(),
        };
        let ids = ctx
            .loader()
            .load_one(key)
            .await
            .map_err(ApiError::from)?
            .unwrap_or_default();
        let mut councils = ctx
            .loader()
            .load_many(ids.iter().copied().map(CouncilKey))
            .await
            .map_err(ApiError::from)?;
        Ok(ids
            .into_iter()
            .filter_map(|id| councils.remove(&CouncilKey(id)))
            .map(Council)
            .collect())
    }

    /// E-mail address; null where unknown, and for viewers other than the person, the programme and their region's hub.
    async fn email(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        Ok(if self.may(ctx, Class::Contact).await? {
            self.0.email.as_deref()
        } else {
            None
        })
    }

    /// Day of the last training; null for never, and for viewers other than the person, the programme and their region's
    /// hub.
    async fn trained_on(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Date>> {
        Ok(if self.may(ctx, Class::Readiness).await? {
            self.0.trained_on.map(Date)
        } else {
            None
        })
    }

    /// Day on which they last confirmed that their declaration of interests is complete; null for never, and for viewers
    /// other than the person, the programme and their region's hub.
    async fn declared_on(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Date>> {
        Ok(if self.may(ctx, Class::Readiness).await? {
            self.0.declared_on.map(Date)
        } else {
            None
        })
    }

    /// Day of retirement from their post; null while in post, and for viewers other than the person, the programme and
    /// their region's hub.
    async fn retired_on(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Date>> {
        Ok(if self.may(ctx, Class::Readiness).await? {
            self.0.retired_on.map(Date)
        } else {
            None
        })
    }

    /// Most engagements that they accept in a season; null for no wish of their own, and for viewers other than the person,
    /// the programme and their region's hub.
    async fn capacity(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<i32>> {
        Ok(if self.may(ctx, Class::Readiness).await? {
            self.0.capacity
        } else {
            None
        })
    }

    /// Dated ties to councils and delivery bodies, current ones first (at most 100). Null for viewers other than the
    /// person, the programme and their region's hub.
    async fn affiliations(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Affiliation>>> {
        if !self.may(ctx, Class::Tie).await? {
            return Ok(None);
        }
        let rows = ctx
            .loader()
            .load_one(AffiliationsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(Affiliation).collect()))
    }

    /// Days that they offered, in order, neighbouring days joined: every window that touches the days asked for, whole (at
    /// most 1,000). Null for viewers other than the person, the programme and their region's hub.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days to look at, at most three years.")] between: PeerDaysInput,
    ) -> async_graphql::Result<Option<Vec<AvailabilityWindow>>> {
        let Span { from, until } = between.understood("between")?;
        if !self.may(ctx, Class::Availability).await? {
            return Ok(None);
        }
        let key = AvailabilityOf {
            peer: self.0.id,
            from,
            until,
        };
        let rows = ctx.loader().load_one(key).await.map_err(ApiError::from)?;
        Ok(Some(
            rows.unwrap_or_default().into_iter().map(AvailabilityWindow).collect(),
        ))
    }

    /// Their own blackout periods that touch the days asked for, in order (at most 400). Null for viewers other than the
    /// person, the programme and their region's hub; the hub does not read the reasons.
    async fn blackout_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days to look at, at most three years.")] between: PeerDaysInput,
    ) -> async_graphql::Result<Option<Vec<BlackoutPeriod>>> {
        let Span { from, until } = between.understood("between")?;
        if !self.may(ctx, Class::Availability).await? {
            return Ok(None);
        }
        let key = BlackoutsOf {
            peer: self.0.id,
            from,
            until,
        };
        let rows = ctx.loader().load_one(key).await.map_err(ApiError::from)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(BlackoutPeriod).collect()))
    }

    /// Interests that they declared, newest first, withdrawn ones included (at most 100). Null for everybody but the person
    /// and the programme.
    async fn declared_interests(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<DeclaredInterest>>> {
        if !self.may(ctx, Class::Declaration).await? {
            return Ok(None);
        }
        let rows = ctx
            .loader()
            .load_one(InterestsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(Some(
            rows.unwrap_or_default().into_iter().map(DeclaredInterest).collect(),
        ))
    }

    /// Places on teams of challenges, newest first, as far as the viewer may see them.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Assignment>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::assignments_of_peer(ctx, self.0.id, args).await?)
    }

    /// Service at hosts before or outside this system, latest first. Null for everybody but the person and the programme.
    async fn past_engagements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<List<PastEngagement>>> {
        if !self.may(ctx, Class::Service).await? {
            return Ok(None);
        }
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::past_engagements().page(self.0.id, &args, ctx.loader()).await?;
        Ok(Some(page.into_list(PastEngagement)))
    }

    /// Other entries of the pool that may be the same person and about which nobody has decided yet; while there is one,
    /// neither entry can be deployed. The first 50 by reference: the next appear as these are decided. Null for everybody
    /// but the person and the programme.
    async fn possible_duplicates(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<PossibleDuplicate>>> {
        if !self.may(ctx, Class::Declaration).await? {
            return Ok(None);
        }
        // The person learns that there is another entry, not whose it is: it may be somebody else's.
        let shown = ctx.viewer()?.is_programme();
        let rows = ctx
            .loader()
            .load_one(DuplicatesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let found = rows.unwrap_or_default().into_iter().take(MAX_DUPLICATES);
        Ok(Some(
            found
                .map(|(row, because)| PossibleDuplicate {
                    peer: shown.then_some(Peer(row)),
                    because: because.into(),
                })
                .collect(),
        ))
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Another entry of the pool that may be the same person.
#[derive(SimpleObject)]
pub struct PossibleDuplicate {
    /// The other entry; null for viewers who may not see it.
    peer: Option<Peer>,
    /// What the two have in common.
    because: DuplicateReason,
}

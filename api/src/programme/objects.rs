//! Programmes and policy versions as the API shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{enums, programme, programme_policy};

use super::{
    loader::{PolicyInForce, ProgrammeKey},
    policy_objects::PolicyRules,
    repo,
};
use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, encode},
    page::{List, PageArgs},
    scalars::Date,
};

/// What kind of challenge a programme offers.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::ProgrammeKind")]
pub enum ProgrammeKind {
    /// Corporate peer challenge (CPC).
    Corporate,
    /// Children's services peer challenge (CSPC).
    ChildrensServices,
    /// Special educational needs and disabilities.
    Send,
    /// Remote or case diagnostic.
    Diagnostic,
    /// A topic within a region, peers each from a different council.
    RegionalTopical,
    /// Three councils in rotation A→B→C→A.
    RegionalTriad,
    /// Progress review by part of the first team.
    ProgressReview,
}

/// How far a programme reaches; several rules differ by it.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ProgrammeReach", remote = "enums::Reach")]
pub enum Reach {
    /// Peers from all of England.
    National,
    /// Peers from the region.
    Regional,
    /// Three councils in rotation.
    Triad,
}

/// A programme of peer challenges.
pub struct Programme(pub programme::Model);

/// Loads the programme that a row refers to.
pub async fn programme(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Programme> {
    let row = ctx.loader().load_one(ProgrammeKey(id)).await?;
    row.map(Programme)
        .ok_or_else(|| ApiError::internal(format_args!("programme {id} is referred to but missing")))
}

/// A programme of peer challenges.
#[Object]
impl Programme {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Programme, self.0.id)
    }

    /// Short code, such as `CSPC`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What kind of challenge it offers.
    async fn kind(&self) -> ProgrammeKind {
        self.0.kind.into()
    }

    /// How far it reaches.
    async fn reach(&self) -> Reach {
        self.0.reach.into()
    }

    /// Fewest days on site.
    async fn days_on_site_min(&self) -> i32 {
        self.0.days_on_site_min
    }

    /// Most days on site.
    async fn days_on_site_max(&self) -> i32 {
        self.0.days_on_site_max
    }

    /// Whether new requests are taken.
    async fn is_active(&self) -> bool {
        self.0.active
    }

    /// The policy version in force today.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        let key = PolicyInForce {
            programme: self.0.id,
            on: ctx.today(),
        };
        let row = ctx.loader().load_one(key).await.map_err(ApiError::from)?;
        Ok(ProgrammePolicy(row.ok_or_else(|| {
            ApiError::internal("a programme has no policy in force")
        })?))
    }

    /// All policy versions, newest first; versions that become effective later included.
    async fn policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ProgrammePolicy>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::versions().page(self.0.id, &args, ctx.loader()).await?;
        Ok(page.into_list(ProgrammePolicy))
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A version of a programme's policy. Never changed, only followed by the next one.
pub struct ProgrammePolicy(pub programme_policy::Model);

/// A version of a programme's policy. Never changed, only followed by the next one.
#[Object]
impl ProgrammePolicy {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ProgrammePolicy, self.0.id)
    }

    /// The programme that it belongs to.
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Programme> {
        Ok(programme(ctx, self.0.programme_id).await?)
    }

    /// Its number within the programme, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// First day on which it applies; the highest number among the effective ones is in force.
    async fn effective_from(&self) -> Date {
        Date(self.0.effective_from)
    }

    /// What it says.
    async fn rules(&self) -> async_graphql::Result<PolicyRules> {
        Ok(repo::body(&self.0)?.into())
    }

    /// Why it was made.
    async fn note(&self) -> &str {
        &self.0.note
    }

    /// Who made it (subject of the token).
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

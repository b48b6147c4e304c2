//! Councils and what is publicly known of them, as the API shows it.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{
    council, council_neighbour, delivery_body, delivery_body_council, inspection_outcome, leadership_change, region,
    sister_council,
};

use super::enums::{
    Border, Closeness, CouncilType, DeliveryBodyKind, InspectionFramework, Judgement, LeadershipPost, PoliticalControl,
    SendOutcome, SisterModel,
};
use super::loader::{
    BodiesOf, CodesOf, CouncilKey, DeliveryBodyKey, LeadershipOf, NeighboursOf, OutcomesOf, RegionKey, ServicesOf,
    SistersOf, SuccessionOf,
};
use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, encode},
    scalars::Date,
};

/// One of the nine regions of England.
pub struct Region(pub region::Model);

/// One of the nine regions of England.
#[Object]
impl Region {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Region, self.0.id)
    }

    /// ONS code, `E12…`.
    async fn gss_code(&self) -> &str {
        &self.0.gss_code
    }

    /// Name, such as "North East".
    async fn name(&self) -> &str {
        &self.0.name
    }
}

/// A principal council of England. Abolished councils stay, because history follows predecessor to successor.
pub struct Council(pub council::Model);

/// Loads a council that a row refers to.
pub async fn council(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Council> {
    let row = ctx.loader().load_one(CouncilKey(id)).await?;
    row.map(Council)
        .ok_or_else(|| ApiError::internal(format_args!("council {id} is referred to but missing")))
}

/// A principal council of England. Abolished councils stay, because history follows predecessor to successor.
#[Object]
impl Council {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Council, self.0.id)
    }

    /// ONS code in force, such as `E06000001`.
    async fn gss_code(&self) -> &str {
        &self.0.gss_code
    }

    /// Earlier ONS codes of the same council (at most 5); files of other bodies may still use them.
    async fn superseded_gss_codes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<String>> {
        let codes = ctx
            .loader()
            .load_one(CodesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(codes.unwrap_or_default().into_iter().map(|row| row.code).collect())
    }

    /// Everyday name, such as "Bristol".
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Full name, such as "Bristol City Council".
    async fn official_name(&self) -> &str {
        &self.0.official_name
    }

    /// The region that it lies in.
    async fn region(&self, ctx: &Context<'_>) -> async_graphql::Result<Region> {
        let row = ctx
            .loader()
            .load_one(RegionKey(self.0.region_id))
            .await
            .map_err(ApiError::from)?;
        Ok(Region(
            row.ok_or_else(|| ApiError::internal("a council's region is missing"))?,
        ))
    }

    /// Its type.
    #[graphql(name = "type")]
    async fn kind(&self) -> CouncilType {
        self.0.kind.into()
    }

    /// The county that a district lies in; null for all others.
    async fn upper_tier(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Self>> {
        Ok(match self.0.upper_tier_id {
            Some(id) => Some(council(ctx, id).await?),
            None => None,
        })
    }

    /// Whether it runs children's services (all but districts inside counties).
    async fn provides_childrens_services(&self) -> bool {
        self.0.provides_childrens_services
    }

    /// Latitude of a point inside it, WGS 84 degrees.
    async fn latitude(&self) -> Option<f64> {
        self.0.latitude
    }

    /// Longitude of a point inside it, WGS 84 degrees.
    async fn longitude(&self) -> Option<f64> {
        self.0.longitude
    }

    /// People living there in `populationYear` (ONS mid-year estimate); null where unknown.
    async fn population(&self) -> Option<i32> {
        self.0.population
    }

    /// Year of `population`. Figures of different years are not comparable.
    async fn population_year(&self) -> Option<i32> {
        self.0.population_year
    }

    /// Who runs it; null where nobody recorded it.
    async fn political_control(&self) -> Option<PoliticalControl> {
        self.0.political_control.map(Into::into)
    }

    /// Day since which `politicalControl` is so; null where nobody recorded it.
    async fn control_changed_on(&self) -> Option<Date> {
        self.0.control_changed_on.map(Date)
    }

    /// Recorded changes of chief executive, director of children's services and lead member, newest first (at most 50).
    async fn leadership_changes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<LeadershipChange>> {
        let rows = ctx
            .loader()
            .load_one(LeadershipOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let rows = rows.unwrap_or_default().into_iter();
        Ok(rows.take(LEADERSHIP_CHANGES_SHOWN).map(Into::into).collect())
    }

    /// Optimistic lock for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// First day of its existence; null for "before the records begin".
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day of its existence; null while it exists.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// Councils that it took over from, wholly or in part (at most 20).
    async fn predecessors(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Self>> {
        self.relatives(ctx, true).await
    }

    /// Councils that took over from it (at most 20).
    async fn successors(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Self>> {
        self.relatives(ctx, false).await
    }

    /// Councils that border it or share its territory (at most 40), the basis of the rule NEIGHBOUR.
    async fn neighbours(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Neighbour>> {
        let rows = ctx
            .loader()
            .load_one(NeighboursOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Neighbour).collect())
    }

    /// Its sister councils (statistical neighbours), most alike first: 10 by the model for children's services, up to 15 by
    /// CIPFA's. The relation is not symmetric.
    async fn sister_councils(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SisterCouncil>> {
        let rows = ctx
            .loader()
            .load_one(SistersOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(SisterCouncil).collect())
    }

    /// Published inspection outcomes, newest first (at most 20).
    async fn inspection_outcomes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<InspectionOutcome>> {
        let rows = ctx
            .loader()
            .load_one(OutcomesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// Trusts and companies that run a service for it (at most 20).
    async fn delivery_bodies(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Service>> {
        let rows = ctx
            .loader()
            .load_one(BodiesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Service).collect())
    }
}

impl Council {
    async fn relatives(&self, ctx: &Context<'_>, earlier: bool) -> async_graphql::Result<Vec<Self>> {
        let rows = ctx
            .loader()
            .load_one(SuccessionOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let ids: Vec<_> = rows
            .unwrap_or_default()
            .into_iter()
            .filter(|row| {
                if earlier {
                    row.successor_id == self.0.id
                } else {
                    row.predecessor_id == self.0.id
                }
            })
            .map(|row| CouncilKey(if earlier { row.predecessor_id } else { row.successor_id }))
            .collect();
        let mut councils = ctx
            .loader()
            .load_many(ids.iter().copied())
            .await
            .map_err(ApiError::from)?;
        Ok(ids.iter().filter_map(|id| councils.remove(id)).map(Self).collect())
    }
}

/// Most changes of leadership that are shown of a council, the newest.
const LEADERSHIP_CHANGES_SHOWN: usize = 50;

/// A post in the leadership of a council that changed hands.
#[derive(SimpleObject)]
pub struct LeadershipChange {
    /// The post.
    post: LeadershipPost,
    /// Day of the change.
    changed_on: Date,
}

impl From<leadership_change::Model> for LeadershipChange {
    fn from(row: leadership_change::Model) -> Self {
        Self {
            post: row.post.into(),
            changed_on: Date(row.changed_on),
        }
    }
}

/// A council that borders another one or shares its territory.
pub struct Neighbour(council_neighbour::Model);

/// A council that borders another one or shares its territory.
#[Object(name = "CouncilNeighbour")]
impl Neighbour {
    /// The other council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.neighbour_id).await?)
    }

    /// How they touch.
    async fn border(&self) -> Border {
        self.0.border.into()
    }

    /// Length of the border on land in kilometres; null in water and for shared territory.
    async fn shared_border_km(&self) -> Option<f64> {
        self.0.shared_border_km
    }
}

/// A statistical neighbour: a council much like the one that lists it.
pub struct SisterCouncil(sister_council::Model);

/// A statistical neighbour: a council much like the one that lists it.
#[Object]
impl SisterCouncil {
    /// The sister council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.sister_id).await?)
    }

    /// The model that names it.
    async fn model(&self) -> SisterModel {
        self.0.model.into()
    }

    /// Place in the list, 1 is the most alike.
    async fn rank(&self) -> i32 {
        self.0.rank
    }

    /// The model's own word for how alike it is.
    async fn closeness(&self) -> Option<Closeness> {
        self.0.closeness.map(Into::into)
    }

    /// Likeness 0–100 that matching counts with (docs/DECISIONS.md says how it is derived from closeness and rank).
    async fn likeness(&self) -> i32 {
        self.0.likeness
    }
}

/// A published outcome of an inspection by Ofsted (with CQC for SEND), quoted.
#[derive(SimpleObject)]
pub struct InspectionOutcome {
    /// The framework.
    framework: InspectionFramework,
    /// First day on site; null where the source does not say.
    starts_on: Option<Date>,
    /// Last day on site; null where the source does not say.
    ends_on: Option<Date>,
    /// Day of publication; null where the source does not say.
    published_on: Option<Date>,
    /// Overall judgement; null where none was given, as in ILACS since April 2026.
    overall: Option<Judgement>,
    /// Impact of leaders.
    leaders: Option<Judgement>,
    /// Children who need help and protection.
    help_and_protection: Option<Judgement>,
    /// Children in care.
    children_in_care: Option<Judgement>,
    /// Care leavers; judged since January 2023.
    care_leavers: Option<Judgement>,
    /// Outcome of an area SEND inspection.
    send_outcome: Option<SendOutcome>,
    /// Where the facts come from.
    source: String,
}

impl From<inspection_outcome::Model> for InspectionOutcome {
    fn from(row: inspection_outcome::Model) -> Self {
        Self {
            framework: row.framework.into(),
            starts_on: row.starts_on.map(Date),
            ends_on: row.ends_on.map(Date),
            published_on: row.published_on.map(Date),
            overall: row.overall.map(Into::into),
            leaders: row.leaders.map(Into::into),
            help_and_protection: row.help_and_protection.map(Into::into),
            children_in_care: row.children_in_care.map(Into::into),
            care_leavers: row.care_leavers.map(Into::into),
            send_outcome: row.send_outcome.map(Into::into),
            source: row.source,
        }
    }
}

/// A trust, company or partnership that runs a service for one or more councils.
pub struct DeliveryBody(pub delivery_body::Model);

/// A trust, company or partnership that runs a service for one or more councils.
#[Object]
impl DeliveryBody {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::DeliveryBody, self.0.id)
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Legal form.
    async fn kind(&self) -> DeliveryBodyKind {
        self.0.kind.into()
    }

    /// First day; null where it is not known.
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day; null while it exists.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// Optimistic lock for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The councils that it serves (at most 20).
    async fn services(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Service>> {
        let rows = ctx
            .loader()
            .load_one(ServicesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Service).collect())
    }
}

/// A delivery body's service for one council.
pub struct Service(delivery_body_council::Model);

/// A delivery body's service for one council.
#[Object(name = "DeliveryService")]
impl Service {
    /// Who serves.
    async fn body(&self, ctx: &Context<'_>) -> async_graphql::Result<DeliveryBody> {
        let row = ctx
            .loader()
            .load_one(DeliveryBodyKey(self.0.body_id))
            .await
            .map_err(ApiError::from)?;
        Ok(DeliveryBody(row.ok_or_else(|| {
            ApiError::internal("a service's delivery body is missing")
        })?))
    }

    /// The council served.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.council_id).await?)
    }

    /// First day; null for "always".
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day; null while it goes on.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }
}

//! Key figures as the API shows them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, dataloader::Loader};
use chrono::NaiveDate;
use entity::{enums, kpi, kpi_value};

use super::kpi::{self as figures, NewKpi, colour};
use crate::{
    council::loader::gather,
    graphql::{
        context::ContextExt,
        errors::{Result, Shared},
        ids::{Kind, encode},
        loader::Batch,
        scalars::Date,
    },
};

/// The values of a key figure from a day on, oldest first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ValuesOf(uuid::Uuid, NaiveDate);

impl Loader<ValuesOf> for Batch {
    type Value = Vec<kpi_value::Model>;
    type Error = Shared;

    async fn load(
        &self,
        keys: &[ValuesOf],
    ) -> std::result::Result<std::collections::HashMap<ValuesOf, Self::Value>, Shared> {
        // A document asks for one period only, or else for few.
        let Some(since) = keys.iter().map(|key| key.1).min() else {
            return Ok(std::collections::HashMap::new());
        };
        let ids: Vec<uuid::Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = figures::series(&ids, since, self.database.reader()).await?;
        let by_id = gather(rows, |row| row.kpi_id);
        let of = |key: &ValuesOf| {
            let values = by_id.get(&key.0).into_iter().flatten();
            (*key, values.filter(|value| value.on_day >= key.1).cloned().collect())
        };
        Ok(keys.iter().map(of).collect())
    }
}

/// What a key figure measures.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::KpiMeasure")]
pub enum KpiMeasure {
    /// Share of councils challenged within the months, in percent.
    CoverageShare,
    /// Councils challenged for the first time within the months.
    FirstTimers,
    /// Median days from request to a confirmed team.
    MedianDaysToTeam,
    /// Median days from request to fieldwork.
    MedianDaysToSite,
    /// Share of deadlines met, in percent.
    DeadlinesMetShare,
    /// Mean score that hosts give, 1 to 5.
    Satisfaction,
    /// Share of recommendations that were implemented, in percent.
    RecommendationsDoneShare,
    /// Share of active peers who served within the months, in percent.
    PeersDeployedShare,
}

/// Which values are good.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::KpiDirection")]
pub enum KpiDirection {
    /// Large ones.
    HigherIsBetter,
    /// Small ones.
    LowerIsBetter,
}

/// How a value stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "KpiStatus", remote = "figures::Colour")]
pub enum Colour {
    /// Delivered.
    Blue,
    /// On track.
    Green,
    /// At risk.
    Amber,
    /// Off track.
    Red,
}

/// A value of a key figure on a day.
#[derive(SimpleObject)]
pub struct KpiPoint {
    /// The day.
    on: Date,
    /// The value; null when there was nothing to measure.
    value: Option<f64>,
    /// How it stands; null without a value.
    status: Option<Colour>,
}

/// A key figure with its values.
pub struct Kpi {
    pub(super) row: kpi::Model,
    /// Values from this day on are shown.
    pub(super) since: NaiveDate,
}

impl Kpi {
    async fn values(&self, ctx: &Context<'_>) -> Result<Vec<kpi_value::Model>> {
        let key = ValuesOf(self.row.id, self.since);
        Ok(ctx.loader().load_one(key).await?.unwrap_or_default())
    }

    fn point(&self, value: &kpi_value::Model) -> KpiPoint {
        KpiPoint {
            on: Date(value.on_day),
            value: value.value,
            status: value.value.map(|value| colour(&self.row, value).into()),
        }
    }
}

/// A key figure with its values.
#[Object]
impl Kpi {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Kpi, self.row.id)
    }

    /// Short name; the key for changing it.
    async fn code(&self) -> &str {
        &self.row.code
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it measures.
    async fn measure(&self) -> KpiMeasure {
        self.row.measure.into()
    }

    /// Which values are good.
    async fn direction(&self) -> KpiDirection {
        self.row.direction.into()
    }

    /// Over how many months back it is measured.
    async fn months(&self) -> i32 {
        self.row.months
    }

    /// From this value on it is delivered (blue).
    async fn delivered(&self) -> f64 {
        self.row.delivered
    }

    /// From this value on it is on track (green).
    async fn on_track(&self) -> f64 {
        self.row.on_track
    }

    /// From this value on it is at risk (amber); beyond, it is off track (red).
    async fn at_risk(&self) -> f64 {
        self.row.at_risk
    }

    /// Whether being off track has a consequence that must be seen.
    async fn is_critical(&self) -> bool {
        self.row.critical
    }

    /// What follows when it is off track.
    async fn consequence(&self) -> Option<&str> {
        self.row.consequence.as_deref()
    }

    /// Its last value; null before it was first measured.
    async fn latest(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<KpiPoint>> {
        Ok(self.values(ctx).await?.last().map(|value| self.point(value)))
    }

    /// Its values since the day that was asked for, oldest first.
    async fn series(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<KpiPoint>> {
        Ok(self.values(ctx).await?.iter().map(|value| self.point(value)).collect())
    }

    /// Whether it is critical and off track.
    async fn stands_out(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        let red = |value: f64| colour(&self.row, value) == figures::Colour::Red;
        let values = self.values(ctx).await?;
        Ok(self.row.critical && values.last().and_then(|last| last.value).is_some_and(red))
    }
}

/// A key figure as it is to be.
#[derive(InputObject)]
pub struct DefineKpiInput {
    /// Short name (1–40 characters); a known one is changed.
    pub code: String,
    /// What it is called (1–200 characters).
    pub name: String,
    /// What it measures.
    pub measure: KpiMeasure,
    /// Which values are good.
    pub direction: KpiDirection,
    /// Over how many months back it is measured (1–600).
    pub months: i32,
    /// From this value on it is delivered (blue).
    pub delivered: f64,
    /// From this value on it is on track (green).
    pub on_track: f64,
    /// From this value on it is at risk (amber).
    pub at_risk: f64,
    /// Whether being off track has a consequence that must be seen.
    #[graphql(default = false)]
    pub is_critical: bool,
    /// What follows when it is off track (1–4,000 characters); needed when it is critical.
    pub consequence: Option<String>,
}

impl From<DefineKpiInput> for NewKpi {
    fn from(input: DefineKpiInput) -> Self {
        Self {
            code: input.code,
            name: input.name,
            measure: input.measure.into(),
            direction: input.direction.into(),
            months: input.months,
            delivered: input.delivered,
            on_track: input.on_track,
            at_risk: input.at_risk,
            critical: input.is_critical,
            consequence: input.consequence,
        }
    }
}

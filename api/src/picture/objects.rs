//! The views of the picture as the API shows them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{Months, NaiveDate};
use entity::enums as stored;

use super::{
    filter::Filter,
    objections::{Objections, objections},
    offer::Offer,
    pace,
    punctuality::{self, Punctuality},
    views::{self, By, Judged},
};
use crate::{
    challenge::{enums::Stage, parts::PriorityComponent},
    council::{
        enums::{CouncilType, PoliticalControl},
        loader::RegionKey,
        objects::{Council, Region, council},
    },
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        page::argument_ids,
        scalars::Date,
    },
    programme::policy::PriorityRules,
    report::objects::EvaluationKind,
    team::queries::size,
};

/// Narrows the picture. All given conditions must hold.
#[derive(Debug, Default, InputObject)]
pub struct PictureFilter {
    /// Councils in these regions (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// Councils of these types.
    #[graphql(validator(max_items = 10))]
    council_kinds: Option<Vec<CouncilType>>,
    /// Councils run by these.
    #[graphql(validator(max_items = 10))]
    political_controls: Option<Vec<PoliticalControl>>,
    /// Challenges of these programmes (at most 20).
    #[graphql(validator(max_items = 20))]
    programme_ids: Option<Vec<ID>>,
    /// First day of the period; two years before its last day unless given.
    from: Option<Date>,
    /// Last day of the period; today unless given.
    until: Option<Date>,
}

impl PictureFilter {
    pub(super) fn understood(self, today: NaiveDate) -> Result<Filter> {
        let until = self.until.map_or(today, |day| day.0);
        let usual = until.checked_sub_months(Months::new(24)).unwrap_or(until);
        let from = self.from.map_or(usual, |day| day.0);
        if until < from {
            return Err(ApiError::BadInput(format!(
                "`filter.until`: {until} lies before {from}."
            )));
        }
        let kinds = self.council_kinds.unwrap_or_default();
        let controls = self.political_controls.unwrap_or_default();
        Ok(Filter {
            regions: argument_ids(Kind::Region, self.region_ids, "filter.regionIds")?,
            kinds: kinds.into_iter().map(stored::CouncilKind::from).collect(),
            controls: controls.into_iter().map(stored::PoliticalControl::from).collect(),
            programmes: argument_ids(Kind::Programme, self.programme_ids, "filter.programmeIds")?,
            from,
            until,
            today,
        })
    }
}

/// What coverage is shown by.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "views::By")]
pub enum CoverageBy {
    /// All together: one row.
    Nothing,
    /// By region.
    Region,
    /// By type of council.
    Kind,
    /// By who runs it.
    Control,
}

/// How far the councils that the programmes of the filter are for are covered; without programmes, those that answer for children's
/// services.
#[derive(SimpleObject)]
pub struct CoverageRow {
    /// The region's name, or the code of the type or control; empty for all together, and for councils whose control is unknown.
    label: String,
    /// Councils.
    councils: i64,
    /// Challenged at any time.
    ever: i64,
    /// Challenged within the interval.
    within: i64,
    /// Never challenged.
    never: i64,
    /// Challenged for the first time within the period.
    first_time: i64,
}

/// How long challenges took from the submitted request to a stage.
#[derive(SimpleObject)]
pub struct PaceRow {
    /// The stage.
    stage: Stage,
    /// Challenges that came to it within the period.
    challenges: i64,
    /// Days that half of them took at most.
    median_days: i64,
    /// Days that nine in ten of them took at most.
    ninetieth_percentile_days: i64,
}

/// How many challenges came to a stage in time.
#[derive(SimpleObject)]
pub struct PunctualityRow {
    /// The stage.
    stage: Stage,
    /// Challenges that were due to come to it within the period and did, or should have before today.
    due: i64,
    /// Those that came in time; the rest came late, or are overdue.
    met: i64,
}

/// Which rows of a view are shown.
struct Slice {
    first: usize,
    offset: usize,
}

impl Slice {
    fn of(first: Option<i32>, offset: Option<u32>) -> async_graphql::Result<Self> {
        Ok(Self {
            first: size(first)?,
            offset: offset.unwrap_or(0) as usize,
        })
    }

    fn cut<T>(&self, rows: Vec<T>) -> impl Iterator<Item = T> {
        rows.into_iter().skip(self.offset).take(self.first)
    }
}

/// Person days that a council gave and received.
pub struct BurdenRow(views::Burden);

/// Person days that a council gave and received.
#[Object]
impl BurdenRow {
    /// The council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.council_id).await?)
    }

    /// Days that its people gave.
    async fn given(&self) -> i64 {
        self.0.given
    }

    /// Days that it received.
    async fn received(&self) -> i64 {
        self.0.received
    }

    /// Given by received; null when it received none.
    #[expect(clippy::cast_precision_loss, reason = "days of people are few")]
    async fn ratio(&self) -> Option<f64> {
        (self.0.received > 0).then(|| self.0.given as f64 / self.0.received as f64)
    }
}

/// The pool: active people at home in the councils of the filter.
#[derive(SimpleObject)]
pub struct PoolPicture {
    /// Active people.
    active: i64,
    /// Those whose training is valid by the policy.
    trained: i64,
    /// Those who offer a day from today on.
    available: i64,
    /// Those who served on a visit that took place within the period.
    deployed: i64,
    /// Those who never served and were never asked.
    never_asked: i64,
}

/// What people think of visits.
#[derive(SimpleObject)]
pub struct SatisfactionRow {
    /// Who was asked about whom.
    kind: EvaluationKind,
    /// How many answered; of fewer than three nothing is shown.
    answers: i64,
    /// Their mean score, 1 to 5.
    mean: f64,
}

/// What became of recommendations.
#[derive(SimpleObject)]
pub struct ImplementationPicture {
    /// Recommendations of visits within the period.
    recommendations: i64,
    /// Those that an action answers.
    answered: i64,
    /// Those none of whose actions is open any more, and one at least is done.
    implemented: i64,
}

/// Overall judgements before and after visits. A correlation: many other things happened between the two.
#[derive(SimpleObject)]
pub struct JudgementRow {
    /// The last one before the visit (code).
    before: String,
    /// The first one after it (code).
    after: String,
    /// Visits.
    visits: i64,
}

/// How far a region is on its way to universal engagement.
pub struct EngagementRow {
    row: views::Engagement,
    reached_on: Option<NaiveDate>,
}

/// How far a region is on its way to universal engagement.
#[Object]
impl EngagementRow {
    /// The region.
    async fn region(&self, ctx: &Context<'_>) -> async_graphql::Result<Region> {
        let row = ctx
            .loader()
            .load_one(RegionKey(self.row.region_id))
            .await
            .map_err(ApiError::from)?;
        Ok(Region(
            row.ok_or_else(|| ApiError::internal("a council's region is missing"))?,
        ))
    }

    /// Councils that the programmes of the filter are for; without programmes, those that answer for children's services.
    async fn councils(&self) -> i64 {
        self.row.councils
    }

    /// Challenged at any time.
    async fn engaged(&self) -> i64 {
        self.row.engaged
    }

    /// Challenged for the first time within the period.
    async fn newly(&self) -> i64 {
        self.row.newly
    }

    /// The day on which all are engaged if the pace of the period goes on; null when they are, or when there is no pace.
    async fn reached_on(&self) -> Option<Date> {
        self.reached_on.map(Date)
    }
}

/// A council to offer a challenge to, with what speaks for it.
pub struct OfferRow(Offer);

/// A council to offer a challenge to, with what speaks for it.
#[Object]
impl OfferRow {
    /// The council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.council).await?)
    }

    /// Sum of the components.
    async fn points(&self) -> u32 {
        self.0.assessment.points
    }

    /// Every component, also those with 0 points (6). What only triage can know has none.
    async fn components(&self) -> Vec<PriorityComponent> {
        self.0.assessment.components.iter().cloned().map(Into::into).collect()
    }

    /// Last day of its last challenge; null when it never had one.
    async fn last_challenge_on(&self) -> Option<Date> {
        self.0.last_challenge_on.map(Date)
    }
}

/// The picture of the programme under a filter. Each field is one statement.
pub struct Picture {
    pub(super) filter: Filter,
    pub(super) priority: PriorityRules,
    pub(super) trained_since: NaiveDate,
}

/// The picture of the programme under a filter. Each field is one statement.
#[Object]
impl Picture {
    /// First day of the period.
    async fn from(&self) -> Date {
        Date(self.filter.from)
    }

    /// Last day of the period.
    async fn until(&self) -> Date {
        Date(self.filter.until)
    }

    /// How many councils were challenged: ever, within an interval, never, and for the first time within the period.
    async fn coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is shown by.", default_with = "CoverageBy::Nothing")] by: CoverageBy,
        #[graphql(desc = "Months of the interval, counted back from today, 1–600.", default = 60)] within_months: u32,
    ) -> async_graphql::Result<Vec<CoverageRow>> {
        if !(1..=600).contains(&within_months) {
            return Err(
                ApiError::BadInput(format!("`withinMonths`: {within_months} is not between 1 and 600.")).into(),
            );
        }
        let rows = views::coverage(&self.filter, By::from(by), within_months, ctx.database().reader()).await?;
        let row = |row: views::Coverage| CoverageRow {
            never: row.councils - row.ever,
            label: row.label,
            councils: row.councils,
            ever: row.ever,
            within: row.within,
            first_time: row.first_time,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Days from the request to each stage, in the order of the main path.
    async fn pace(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PaceRow>> {
        let rows = pace::pace(&self.filter, ctx.database().reader()).await?;
        let row = |row: pace::Pace| PaceRow {
            stage: row.stage.into(),
            challenges: row.challenges,
            median_days: row.median,
            ninetieth_percentile_days: row.ninetieth,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Stages that were due within the period, and how often they were reached in time, in the order of the main path.
    async fn punctuality(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PunctualityRow>> {
        let rows = punctuality::punctuality(&self.filter, ctx.database().reader()).await?;
        let row = |row: Punctuality| PunctualityRow {
            stage: row.stage.into(),
            due: row.due,
            met: row.met,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Person days that councils gave and received, the largest difference first.
    async fn burden(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "How many to pass over before (0 unless given).")] offset: Option<u32>,
    ) -> async_graphql::Result<Vec<BurdenRow>> {
        let page = Slice::of(first, offset)?;
        let rows = views::burden(&self.filter, ctx.database().reader()).await?;
        Ok(page.cut(rows).map(BurdenRow).collect())
    }

    /// Objections of hosts to people who were proposed to them, most first. For the national programme; a council
    /// sees its own count.
    async fn objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "How many to pass over before (0 unless given).")] offset: Option<u32>,
    ) -> async_graphql::Result<Vec<Objections>> {
        let first = size(first)?;
        let rows = objections(&self.filter, ctx.viewer()?, ctx.database().reader()).await?;
        Ok(rows
            .into_iter()
            .skip(offset.unwrap_or(0) as usize)
            .take(first)
            .collect())
    }

    /// The pool: active people at home in the councils of the filter. Programmes narrow what they served on and were asked for; how
    /// long training is valid says the policy of the first programme of the filter, or else of the first active one.
    async fn pool(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PoolPicture>> {
        let row = views::pool(&self.filter, self.trained_since, ctx.database().reader()).await?;
        Ok(row.map(|row| PoolPicture {
            active: row.active,
            trained: row.trained,
            available: row.available,
            deployed: row.deployed,
            never_asked: row.never_asked,
        }))
    }

    /// What hosts and peers think.
    async fn satisfaction(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SatisfactionRow>> {
        let rows = views::satisfaction(&self.filter, ctx.database().reader()).await?;
        let row = |row: views::Satisfaction| SatisfactionRow {
            kind: row.kind.into(),
            answers: row.answers,
            mean: row.mean,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// What became of recommendations.
    async fn implementation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ImplementationPicture>> {
        let row = views::implementation(&self.filter, ctx.database().reader()).await?;
        Ok(row.map(|row| ImplementationPicture {
            recommendations: row.recommendations,
            answered: row.answered,
            implemented: row.implemented,
        }))
    }

    /// Overall judgements before and after visits. A correlation: many other things happened between the two.
    async fn judgements(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<JudgementRow>> {
        let rows = views::judgements(&self.filter, ctx.database().reader()).await?;
        let row = |Judged { before, after, visits }: Judged| JudgementRow { before, after, visits };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Each region's way to universal engagement.
    async fn engagement(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<EngagementRow>> {
        let rows = views::engagement(&self.filter, ctx.database().reader()).await?;
        let days = (self.filter.until - self.filter.from).num_days() + 1;
        let today = self.filter.today;
        let row = |row: views::Engagement| EngagementRow {
            reached_on: views::reached_on(&row, days, today),
            row,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Councils that the programmes of the filter are for, without a live challenge of these, those with the most points of priority first; ties go to the longest wait. By the rules of
    /// the first programme of the filter, or else of the first active one.
    async fn offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "How many to pass over before (0 unless given).")] offset: Option<u32>,
    ) -> async_graphql::Result<Vec<OfferRow>> {
        let page = Slice::of(first, offset)?;
        let rows = super::offer::offers(&self.filter, &self.priority, ctx.database().reader()).await?;
        Ok(page.cut(rows).map(OfferRow).collect())
    }
}

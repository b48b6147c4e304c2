//! Queries on challenges: the list, one by reference, the schedule.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object};
use entity::challenge;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    due::{self, DeadlineFilter, DueDeadline},
    enums::{ChallengeOrder, Stage},
    objects::PeerChallenge,
    parts::ScheduleEntry,
    repo,
};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        page::{List, PageArgs, argument_ids},
        scalars::Date,
        visible::all_visible,
    },
};

/// Narrows a list of challenges. All given conditions must hold; within a list one of its values must.
#[derive(Debug, Default, InputObject)]
pub struct ChallengeFilter {
    /// In one of these stages.
    #[graphql(validator(max_items = 21))]
    stages: Option<Vec<Stage>>,
    /// Hosted by one of these councils (at most 100).
    #[graphql(validator(max_items = 100))]
    host_ids: Option<Vec<ID>>,
    /// Hosted in one of these regions (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// Of one of these programmes (at most 50).
    #[graphql(validator(max_items = 50))]
    programme_ids: Option<Vec<ID>>,
    /// Counting towards one of these seasons (at most 50).
    #[graphql(validator(max_items = 50))]
    season_ids: Option<Vec<ID>>,
    /// About one of these themes (at most 64).
    #[graphql(validator(max_items = 64))]
    theme_ids: Option<Vec<ID>>,
    /// Chosen fieldwork ends on this day or later; leaves out challenges without a chosen window.
    fieldwork_from: Option<Date>,
    /// Chosen fieldwork starts on this day or earlier; leaves out challenges without a chosen window.
    fieldwork_to: Option<Date>,
    /// Only live ones: submitted and not yet at an end. False is the same as leaving it out.
    live_only: Option<bool>,
}

impl ChallengeFilter {
    fn understood(self) -> Result<repo::Filter> {
        if let (Some(Date(from)), Some(Date(to))) = (self.fieldwork_from, self.fieldwork_to)
            && to < from
        {
            let message = format!("`filter.fieldworkTo` ({to}) lies before `filter.fieldworkFrom` ({from}).");
            return Err(ApiError::BadInput(message));
        }
        Ok(repo::Filter {
            stages: self.stages.unwrap_or_default().into_iter().map(Into::into).collect(),
            hosts: argument_ids(Kind::Council, self.host_ids, "filter.hostIds")?,
            regions: argument_ids(Kind::Region, self.region_ids, "filter.regionIds")?,
            programmes: argument_ids(Kind::Programme, self.programme_ids, "filter.programmeIds")?,
            seasons: argument_ids(Kind::Season, self.season_ids, "filter.seasonIds")?,
            themes: argument_ids(Kind::Theme, self.theme_ids, "filter.themeIds")?,
            fieldwork_from: self.fieldwork_from.map(|date| date.0),
            fieldwork_to: self.fieldwork_to.map(|date| date.0),
            live: self.live_only.unwrap_or(false),
        })
    }
}

/// Queries on challenges.
#[derive(Default)]
pub struct ChallengeQuery;

#[Object]
impl ChallengeQuery {
    /// The challenges that the viewer may see.
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments")]
    async fn challenges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<ChallengeFilter>,
        #[graphql(desc = "Orders the list.", default_with = "ChallengeOrder::CreatedDesc")] order_by: ChallengeOrder,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<PeerChallenge>> {
        let viewer = ctx.viewer()?;
        let filter = filter.unwrap_or_default().understood()?;
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let reader = ctx.database().reader();
        let select = repo::select(viewer, &filter);
        let keyset = match order_by {
            ChallengeOrder::CreatedDesc => repo::by_creation(&filter),
            ChallengeOrder::ReferenceAsc => repo::by_reference(&filter),
            ChallengeOrder::FieldworkAsc => repo::by_fieldwork(&filter),
            ChallengeOrder::SubmittedDesc => {
                let (select, keyset) = repo::by_submission(select, &filter);
                let page = keyset.load(select, &args, reader).await?;
                let challenges = load(ctx, page.rows().map(|row| row.challenge_id)).await?;
                return Ok(page.try_into_list(|row| challenges.take(row.challenge_id))?);
            }
            ChallengeOrder::PriorityDesc => {
                if matches!(viewer.role, ViewerRole::Peer { .. }) {
                    return Err(ApiError::Forbidden("Peers do not see priorities.".to_owned()).into());
                }
                let (select, keyset) = repo::by_priority(select, &filter);
                let page = keyset.load(select, &args, reader).await?;
                let challenges = load(ctx, page.rows().map(|row| row.challenge_id)).await?;
                return Ok(page.try_into_list(|row| challenges.take(row.challenge_id))?);
            }
        };
        Ok(keyset.load(select, &args, reader).await?.into_list(PeerChallenge))
    }

    /// The challenge with this reference; null when there is none, or none that the viewer may see.
    async fn challenge_by_reference(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Reference, such as `CSPC-2026-0007`.",
            validator(min_length = 1, max_length = 100)
        )]
        reference: String,
    ) -> async_graphql::Result<Option<PeerChallenge>> {
        let row = challenge::Entity::find()
            .filter(repo::visible_to(ctx.viewer()?))
            .filter(challenge::Column::Reference.eq(reference))
            .one(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(PeerChallenge))
    }

    /// What takes place between two days: chosen fieldwork, and every proposed window of challenges that have none chosen yet,
    /// by first day. Drafts, postponed challenges and those that were given up are left out.
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments")]
    async fn schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day of the period.")] from: Date,
        #[graphql(desc = "Last day of the period.")] to: Date,
        #[graphql(desc = "Narrows the challenges.")] filter: Option<ChallengeFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ScheduleEntry>> {
        let viewer = ctx.viewer()?;
        if to < from {
            return Err(ApiError::BadInput(format!("`to` ({}) lies before `from` ({}).", to.0, from.0)).into());
        }
        let filter = filter.unwrap_or_default().understood()?;
        let (select, keyset) = repo::schedule(viewer, &filter, from.0, to.0);
        let page = keyset
            .load(
                select,
                &PageArgs {
                    first,
                    after,
                    last,
                    before,
                },
                ctx.database().reader(),
            )
            .await?;
        Ok(page.into_list(ScheduleEntry))
    }

    /// Deadlines of live challenges that the viewer may see, earliest first: what is overdue or due soon, where, and on whom it waits.
    async fn deadlines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<DeadlineFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<DueDeadline>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let reader = ctx.database().reader();
        let filter = filter.unwrap_or_default();
        Ok(due::list(ctx.viewer()?, filter, &args, ctx.today(), reader).await?)
    }
}

/// Challenges loaded for a page of another table's rows.
struct Loaded(HashMap<Uuid, challenge::Model>);

impl Loaded {
    fn take(&self, id: Uuid) -> Result<PeerChallenge> {
        let row = self.0.get(&id).cloned();
        row.map(PeerChallenge)
            .ok_or_else(|| ApiError::internal("a listed challenge cannot be loaded"))
    }
}

async fn load(ctx: &Context<'_>, ids: impl Iterator<Item = Uuid>) -> Result<Loaded> {
    let ids: Vec<Uuid> = ids.collect();
    Ok(Loaded(all_visible::<challenge::Entity>(ctx, ids).await?))
}

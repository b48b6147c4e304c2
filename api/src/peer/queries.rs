//! Queries on peers, under the viewer's scope.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::blackout_period;
use matching::Span;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};

use super::{
    objects::{BlackoutPeriod, Party, Peer, PeerRole, PeerStatus},
    repo,
    rules::valid_since,
};
use crate::{
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        page::{Keyset, List, PageArgs, SortValue, argument_id, argument_ids},
        scalars::Date,
    },
    programme::{loader::PolicyInForce, policy::PolicyBody, repo::body},
};

/// Longest stretch of days that a query looks at.
const LONGEST_LOOK: i64 = 3 * 366;

/// A stretch of days, both ends included.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PeerDaysInput {
    /// First day.
    pub starts_on: Date,
    /// Last day, at most three years after the first.
    pub ends_on: Date,
}

impl PeerDaysInput {
    /// The days, if they are in order and not too many.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` that names `path`.
    pub fn understood(self, path: &str) -> Result<Span> {
        let (from, until) = (self.starts_on.0, self.ends_on.0);
        let span = Span::new(from, until)
            .ok_or_else(|| ApiError::BadInput(format!("`{path}.endsOn`: {until} lies before {from}.")))?;
        if span.days() > LONGEST_LOOK {
            let days = span.days();
            return Err(ApiError::BadInput(format!(
                "`{path}`: {days} days are too many; at most {LONGEST_LOOK}."
            )));
        }
        Ok(span)
    }
}

/// A day and the programme whose policy says for how long something is valid.
#[derive(Debug, InputObject)]
pub struct StaleOnInput {
    /// The day, for instance the first of fieldwork.
    on: Date,
    /// The programme; its policy in force today decides for how many months a declaration or training is valid.
    programme_id: ID,
}

impl StaleOnInput {
    /// The day before which something is stale.
    async fn cutoff(&self, ctx: &Context<'_>, path: &str, months: impl Fn(&PolicyBody) -> u32) -> Result<NaiveDate> {
        let programme = argument_id(Kind::Programme, &self.programme_id, &format!("{path}.programmeId"))?;
        let policy = ctx
            .loader()
            .load_one(PolicyInForce {
                programme,
                on: ctx.today(),
            })
            .await?;
        let policy = policy
            .ok_or_else(|| ApiError::BadInput(format!("`{path}.programmeId`: there is no such programme in force.")))?;
        Ok(valid_since(self.on.0, months(&body(&policy)?)))
    }
}

/// Narrows a list of peers. All given conditions must hold. The conditions on standing, availability, declaration and
/// training look only among those whose standing, availability and dates the viewer may read.
#[derive(Debug, InputObject)]
pub struct PeerFilter {
    /// Any of these roles (at most 13).
    #[graphql(validator(max_items = 13))]
    roles: Option<Vec<PeerRole>>,
    /// All of these themes (at most 12).
    #[graphql(validator(max_items = 12))]
    theme_ids: Option<Vec<ID>>,
    /// At home in one of these regions today (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// At home in one of these councils today (at most 50).
    #[graphql(validator(max_items = 50))]
    council_ids: Option<Vec<ID>>,
    /// Of one of these political groups (at most 7).
    #[graphql(validator(max_items = 7))]
    parties: Option<Vec<Party>>,
    /// Of one of these standings (at most 5).
    #[graphql(validator(max_items = 5))]
    statuses: Option<Vec<PeerStatus>>,
    /// Offered every one of these days, and has no blackout of their own on any. Other engagements are not looked at: ask
    /// for eligibility to know whether somebody may serve.
    available_between: Option<PeerDaysInput>,
    /// Declaration of interests missing, or no longer valid on the day.
    declaration_stale: Option<StaleOnInput>,
    /// Training missing, or no longer valid on the day.
    training_stale: Option<StaleOnInput>,
    /// Part of the name, any case (1–100 characters).
    #[graphql(validator(min_length = 1, max_length = 100))]
    name_contains: Option<String>,
}

impl PeerFilter {
    async fn understood(self, ctx: &Context<'_>) -> Result<repo::Filter> {
        let declared_before = match &self.declaration_stale {
            Some(stale) => Some(
                stale
                    .cutoff(ctx, "filter.declarationStale", |policy| {
                        policy.conflicts.declaration_valid_months
                    })
                    .await?,
            ),
            None => None,
        };
        let trained_before = match &self.training_stale {
            Some(stale) => Some(
                stale
                    .cutoff(ctx, "filter.trainingStale", |policy| {
                        policy.conflicts.training_valid_months
                    })
                    .await?,
            ),
            None => None,
        };
        Ok(repo::Filter {
            roles: self.roles.unwrap_or_default().into_iter().map(Into::into).collect(),
            themes: argument_ids(Kind::Theme, self.theme_ids, "filter.themeIds")?,
            regions: argument_ids(Kind::Region, self.region_ids, "filter.regionIds")?,
            councils: argument_ids(Kind::Council, self.council_ids, "filter.councilIds")?,
            parties: self.parties.unwrap_or_default().into_iter().map(Into::into).collect(),
            statuses: self.statuses.unwrap_or_default().into_iter().map(Into::into).collect(),
            available: self
                .available_between
                .map(|days| days.understood("filter.availableBetween"))
                .transpose()?,
            name_contains: self.name_contains,
            declared_before,
            trained_before,
        })
    }
}

/// What a list of peers is ordered by.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum PeerOrder {
    /// Name, A first.
    NameAsc,
    /// Name, Z first.
    NameDesc,
    /// The pool's own reference, smallest first.
    ReferenceAsc,
}

/// Narrows a list of blackout periods. All given conditions must hold.
#[derive(Debug, InputObject)]
pub struct BlackoutFilter {
    /// Of one of these councils itself (at most 50).
    #[graphql(validator(max_items = 50))]
    council_ids: Option<Vec<ID>>,
    /// Of one of these people (at most 50).
    #[graphql(validator(max_items = 50))]
    peer_ids: Option<Vec<ID>>,
    /// Touches these days.
    between: Option<PeerDaysInput>,
}

/// Queries on peers.
#[derive(Default)]
pub struct PeerQuery;

#[Object]
impl PeerQuery {
    /// People of the national pool whom the viewer may see: everybody for the programme; for a hub and a council the people
    /// at home there and the live teams of their challenges; for a peer themselves and their team mates; none for an
    /// analyst.
    #[expect(clippy::too_many_arguments, reason = "the four Relay arguments")]
    async fn peers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<PeerFilter>,
        #[graphql(desc = "Orders the list.", default_with = "PeerOrder::NameAsc")] order_by: PeerOrder,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Peer>> {
        let viewer = ctx.viewer()?;
        let filter = match filter {
            Some(filter) => filter.understood(ctx).await?,
            None => repo::Filter::default(),
        };
        let keyset = match order_by {
            PeerOrder::NameAsc => repo::by_name(&filter, false),
            PeerOrder::NameDesc => repo::by_name(&filter, true),
            PeerOrder::ReferenceAsc => repo::by_reference(&filter),
        };
        let select = repo::select(&filter, viewer, ctx.today());
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = keyset.load(select, &args, ctx.database().reader()).await?;
        Ok(page.into_list(Peer))
    }

    /// Blackout periods of councils and people, earliest first: all for the programme, those of its regions' councils and
    /// people for a hub, its own for a council, their own for a peer.
    async fn blackout_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<BlackoutFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<BlackoutPeriod>> {
        use blackout_period::Column;
        let viewer = ctx.viewer()?;
        let mut wanted = Condition::all().add(repo::visible_blackouts(viewer, ctx.today()));
        let mut name = "blackout periods".to_owned();
        if let Some(filter) = filter {
            let councils = argument_ids(Kind::Council, filter.council_ids, "filter.councilIds")?;
            let peers = argument_ids(Kind::Peer, filter.peer_ids, "filter.peerIds")?;
            let days = filter
                .between
                .map(|days| days.understood("filter.between"))
                .transpose()?;
            name = format!("blackout periods {councils:?} {peers:?} {days:?}");
            if !councils.is_empty() {
                wanted = wanted.add(Column::CouncilId.is_in(councils));
            }
            if !peers.is_empty() {
                wanted = wanted.add(Column::PeerId.is_in(peers));
            }
            if let Some(days) = days {
                wanted = wanted
                    .add(Column::StartsOn.lte(days.until))
                    .add(Column::EndsOn.gte(days.from));
            }
        }
        let keyset = Keyset::<blackout_period::Entity> {
            name,
            sort: Some(Expr::col((blackout_period::Entity, Column::StartsOn))),
            id: Column::Id,
            value: |row| SortValue::Date(row.starts_on),
            key: |row| row.id,
            descending: false,
        };
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let select = blackout_period::Entity::find().filter(wanted);
        let page = keyset.load(select, &args, ctx.database().reader()).await?;
        Ok(page.into_list(BlackoutPeriod))
    }
}

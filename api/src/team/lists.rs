//! What is to be decided, and what was, across all challenges: decisions about late conflicts, objections, waivers.
//!
//! The same rows as the lists of one challenge, under the same scope; newest first.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{conflict_decision, conflict_waiver, enums, host_objection};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::{
    codes::{self, RuleCode},
    objects::{ConflictDecision, ConflictWaiver, DecisionCause, DecisionStatus, HostObjection, ObjectionStatus},
    repo,
};
use crate::graphql::{
    context::ContextExt,
    errors::Result,
    ids::Kind,
    page::{Keyset, List, PageArgs, SortValue, argument_ids},
    scalars::Date,
};

/// Narrows a list of decisions about late conflicts. All given conditions must hold.
#[derive(Debug, Default, InputObject)]
pub struct ConflictDecisionFilter {
    /// Standing like one of these; `[OPEN]` gives what is to be decided.
    #[graphql(validator(max_items = 5))]
    statuses: Option<Vec<DecisionStatus>>,
    /// Brought about by a fact of one of these kinds.
    #[graphql(validator(max_items = 8))]
    causes: Option<Vec<DecisionCause>>,
    /// About the teams of these challenges (at most 50).
    #[graphql(validator(max_items = 50))]
    challenge_ids: Option<Vec<ID>>,
    /// About these people (at most 50).
    #[graphql(validator(max_items = 50))]
    peer_ids: Option<Vec<ID>>,
}

/// Narrows a list of hosts' objections. All given conditions must hold.
#[derive(Debug, Default, InputObject)]
pub struct HostObjectionFilter {
    /// Standing like one of these; `[OPEN]` gives what is to be decided.
    #[graphql(validator(max_items = 4))]
    statuses: Option<Vec<ObjectionStatus>>,
    /// To the teams of these challenges (at most 50).
    #[graphql(validator(max_items = 50))]
    challenge_ids: Option<Vec<ID>>,
    /// Raised by these councils (at most 50).
    #[graphql(validator(max_items = 50))]
    host_ids: Option<Vec<ID>>,
}

/// Narrows a list of waivers. All given conditions must hold.
#[derive(Debug, Default, InputObject)]
pub struct ConflictWaiverFilter {
    /// In force on this day: not revoked, and not expired by then.
    in_force_on: Option<Date>,
    /// Of one of these rules (at most 31).
    #[graphql(validator(max_items = 31))]
    rules: Option<Vec<RuleCode>>,
    /// For these challenges (at most 50).
    #[graphql(validator(max_items = 50))]
    challenge_ids: Option<Vec<ID>>,
    /// Of these people (at most 50).
    #[graphql(validator(max_items = 50))]
    peer_ids: Option<Vec<ID>>,
}

/// Queries on what is and was to be decided.
#[derive(Default)]
pub struct TeamListQuery;

/// Rows of one list, newest first; ids are time-ordered. The name binds cursors to the filter.
macro_rules! newest {
    ($module:ident, $name:expr) => {
        Keyset::<$module::Entity> {
            name: $name,
            sort: None,
            id: $module::Column::Id,
            value: |_| SortValue::Id,
            key: |row| row.id,
            descending: true,
        }
    };
}

#[Object]
impl TeamListQuery {
    /// Decisions about late conflicts on all teams, newest first: all for the national programme, those about themselves for a
    /// peer, none for others.
    async fn conflict_decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<ConflictDecisionFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ConflictDecision>> {
        use conflict_decision::Column;
        let filter = filter.unwrap_or_default();
        let keyset = newest!(conflict_decision, format!("decisions {filter:?}"));
        let statuses = filter
            .statuses
            .filter(|list| !list.is_empty())
            .map(|list| list.into_iter().map(enums::DecisionStatus::from));
        let causes = filter
            .causes
            .filter(|list| !list.is_empty())
            .map(|list| list.into_iter().map(enums::DecisionCause::from));
        let wanted = Condition::all()
            .add(repo::visible_decisions(ctx.viewer()?))
            .add_option(statuses.map(|list| Column::Status.is_in(list)))
            .add_option(causes.map(|list| Column::Cause.is_in(list)))
            .add_option(among(
                Kind::PeerChallenge,
                filter.challenge_ids,
                "challengeIds",
                Column::ChallengeId,
            )?)
            .add_option(among(Kind::Peer, filter.peer_ids, "peerIds", Column::PeerId)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let select = conflict_decision::Entity::find().filter(wanted);
        let page = keyset.load(select, &args, ctx.database().reader()).await?;
        Ok(page.into_list(ConflictDecision))
    }

    /// Hosts' objections to people on their teams, newest first: all for the national programme, its own for a council, none
    /// for others.
    async fn host_objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<HostObjectionFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<HostObjection>> {
        use host_objection::Column;
        let filter = filter.unwrap_or_default();
        let keyset = newest!(host_objection, format!("objections {filter:?}"));
        let statuses = filter
            .statuses
            .filter(|list| !list.is_empty())
            .map(|list| list.into_iter().map(enums::ObjectionStatus::from));
        let wanted = Condition::all()
            .add(repo::visible_objections(ctx.viewer()?))
            .add_option(statuses.map(|list| Column::Status.is_in(list)))
            .add_option(among(
                Kind::PeerChallenge,
                filter.challenge_ids,
                "challengeIds",
                Column::ChallengeId,
            )?)
            .add_option(among(Kind::Council, filter.host_ids, "hostIds", Column::HostId)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let select = host_objection::Entity::find().filter(wanted);
        let page = keyset.load(select, &args, ctx.database().reader()).await?;
        Ok(page.into_list(HostObjection))
    }

    /// Waivers of findings, newest first: all for the national programme, those about themselves for a peer, none for others.
    async fn conflict_waivers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<ConflictWaiverFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ConflictWaiver>> {
        use conflict_waiver::Column;
        let filter = filter.unwrap_or_default();
        let keyset = newest!(conflict_waiver, format!("waivers {filter:?}"));
        let in_force = |day: Date| Column::RevokedAt.is_null().and(Column::ExpiresOn.gte(day.0));
        let rules = filter
            .rules
            .filter(|list| !list.is_empty())
            .map(|list| list.into_iter().map(|rule| codes::to_entity(rule.into())));
        let wanted = Condition::all()
            .add(repo::visible_waivers(ctx.viewer()?))
            .add_option(filter.in_force_on.map(in_force))
            .add_option(rules.map(|list| Column::Rule.is_in(list)))
            .add_option(among(
                Kind::PeerChallenge,
                filter.challenge_ids,
                "challengeIds",
                Column::ChallengeId,
            )?)
            .add_option(among(Kind::Peer, filter.peer_ids, "peerIds", Column::PeerId)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let select = conflict_waiver::Entity::find().filter(wanted);
        let page = keyset.load(select, &args, ctx.database().reader()).await?;
        Ok(page.into_list(ConflictWaiver))
    }
}

/// The condition that `column` holds one of these ids; none when the filter does not say.
fn among(
    kind: Kind,
    ids: Option<Vec<ID>>,
    name: &str,
    column: impl ColumnTrait,
) -> Result<Option<sea_orm::sea_query::SimpleExpr>> {
    let Some(ids) = ids else { return Ok(None) };
    let ids: Vec<Uuid> = argument_ids(kind, Some(ids), &format!("filter.{name}"))?;
    // As in every filter, an empty list does not narrow.
    Ok((!ids.is_empty()).then(|| column.is_in(ids)))
}

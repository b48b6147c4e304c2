//! Reading the audit record.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::{objects::AuditEvent, repo};
use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, decode},
    page::{List, PageArgs, argument_id},
};

/// A stretch of time; at least one end.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AuditTimesInput {
    /// Not before this instant.
    from: Option<DateTime<Utc>>,
    /// Before this instant.
    until: Option<DateTime<Utc>>,
}

/// Narrows the audit record. All given conditions must hold.
#[derive(Debug, InputObject)]
pub struct AuditFilter {
    /// About the thing with this id, of any kind.
    entity_id: Option<ID>,
    /// Of this challenge: the challenge itself, its team, windows, waivers …
    challenge_id: Option<ID>,
    /// Done by this subject (exactly; 1–200 characters).
    #[graphql(validator(min_length = 1, max_length = 200))]
    actor: Option<String>,
    /// Done in this stretch of time.
    between: Option<AuditTimesInput>,
}

impl AuditFilter {
    fn understood(self) -> Result<repo::Filter> {
        let entity = match &self.entity_id {
            Some(id) => Some(
                decode(id)
                    .ok_or_else(|| ApiError::BadInput("`filter.entityId` is not an id of this service.".to_owned()))?,
            ),
            None => None,
        };
        let challenge = match &self.challenge_id {
            Some(id) => Some(argument_id(Kind::PeerChallenge, id, "filter.challengeId")?),
            None => None,
        };
        let (from, until) = self.between.map_or((None, None), |times| (times.from, times.until));
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            return Err(ApiError::BadInput(
                "`filter.between.until` must lie after `from`.".to_owned(),
            ));
        }
        Ok(repo::Filter {
            entity,
            challenge,
            actor: self.actor,
            from,
            until,
        })
    }
}

/// Queries on the audit record.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The audit record, newest first: all of it for the programme; that of their challenges for a hub and a council; what
    /// concerns them for a peer; nothing for an analyst.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the record.")] filter: Option<AuditFilter>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<AuditEvent>> {
        let viewer = ctx.viewer()?;
        let filter = filter.map(AuditFilter::understood).transpose()?.unwrap_or_default();
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::newest_first(&filter)
            .load(repo::select(&filter, viewer), &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(AuditEvent))
    }
}

//! How often hosts object to people who were proposed to them, and what became of it. Unlike the other views this one is about
//! single councils' conduct: like the objections themselves it is for the programme, and for each council as far as it is its own.

use async_graphql::{Context, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::ObjectionStatus;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{filter::Filter, sql::Sql};
use crate::{
    auth::{Viewer, ViewerRole},
    clock::first_instant,
    council::objects::{Council, council},
    graphql::errors::Result,
};

/// A host's objections.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Objections {
    /// The host.
    council_id: Uuid,
    /// Raised.
    raised: i64,
    /// Of these upheld.
    upheld: i64,
    /// Of these rejected.
    rejected: i64,
}

/// From the first instant of the filter's first day up to that of the day after its last.
fn instants(filter: &Filter) -> (DateTime<Utc>, DateTime<Utc>) {
    let after = filter.until.succ_opt().unwrap_or(NaiveDate::MAX);
    (first_instant(filter.from), first_instant(after))
}

/// Objections raised within the period by each host that raised any and that the viewer may be told of; most first.
///
/// # Errors
/// The database's.
pub async fn objections(
    filter: &Filter,
    viewer: &Viewer,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Objections>> {
    let (from, until) = instants(filter);
    let mut sql = Sql::new(connection);
    sql.text("SELECT c.id AS council_id, COUNT(*) AS raised, SUM(CASE WHEN o.status = ")
        .value(ObjectionStatus::Upheld.as_str())
        .text(" THEN 1 ELSE 0 END) AS upheld, SUM(CASE WHEN o.status = ")
        .value(ObjectionStatus::Rejected.as_str())
        .text(
            " THEN 1 ELSE 0 END) AS rejected FROM host_objection o JOIN challenge k ON k.id = o.challenge_id JOIN council c ON \
             c.id = o.host_id WHERE o.raised_at >= ",
        )
        .value(from)
        .text(" AND o.raised_at < ")
        .value(until);
    match &viewer.role {
        ViewerRole::Programme => {}
        ViewerRole::Council { council } => {
            sql.text(" AND c.gss_code = ").value(council.as_str());
        }
        ViewerRole::Hub { .. } | ViewerRole::Peer { .. } | ViewerRole::Analyst => return Ok(Vec::new()),
    }
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    sql.text(" GROUP BY c.id ORDER BY COUNT(*) DESC, c.id");
    sql.all(connection).await
}

/// A host's objections to people who were proposed to it.
#[Object(name = "ObjectionsRow")]
impl Objections {
    /// The host.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.council_id).await?)
    }

    /// How many it raised within the period.
    async fn raised(&self) -> i64 {
        self.raised
    }

    /// How many of them were upheld.
    async fn upheld(&self) -> i64 {
        self.upheld
    }

    /// How many of them were rejected; the rest wait for a decision.
    async fn rejected(&self) -> i64 {
        self.rejected
    }
}

//! What stored proposals say about a person: found for whoever may know, and taken out when the person is erased.
//!
//! A proposal names people by key only, so that an erased person stays in it as "somebody"; what goes is the rule or
//! criterion that decided against them.
//!
//! Neighbours: `proposal` (the stored body), `peer::service::{erase, export}` (the callers).

use chrono::{DateTime, Utc};
use entity::team_proposal;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{proposal::Body, service::propose::body};
use crate::graphql::errors::Result;

/// As what a proposal names somebody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NamedAs {
    /// On the proposed team.
    Holder,
    /// As a reserve.
    Reserve,
    /// Eligible, but not chosen.
    RunnerUp,
}

impl NamedAs {
    /// The word for it in an export.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holder => "HOLDER",
            Self::Reserve => "RESERVE",
            Self::RunnerUp => "RUNNER_UP",
        }
    }
}

/// One place of a proposal that names somebody.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The proposal.
    pub proposal: Uuid,
    /// Its challenge.
    pub challenge: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// As what it names them.
    pub named_as: NamedAs,
    /// The rule that decided against them, if one did.
    pub rule: Option<String>,
}

/// Where stored proposals name any of these people, oldest first; at most `most` proposals are read.
///
/// # Errors
/// The database's, and a proposal that cannot be read.
pub async fn find(people: &[Uuid], most: u64, connection: &impl ConnectionTrait) -> Result<Vec<Trace>> {
    let mut traces = Vec::new();
    for row in naming(people, Some(most), connection).await? {
        for (named_as, rule) in traces_in(&body(&row)?, people) {
            traces.push(Trace {
                proposal: row.id,
                challenge: row.challenge_id,
                created_at: row.created_at,
                named_as,
                rule,
            });
        }
    }
    Ok(traces)
}

/// Takes what decided against these people out of every stored proposal.
///
/// # Errors
/// The database's, and a proposal that cannot be read.
pub async fn forget(people: &[Uuid], transaction: &impl ConnectionTrait) -> Result<()> {
    for row in naming(people, None, transaction).await? {
        let mut body = body(&row)?;
        let holders = body.places.iter_mut().filter_map(|place| place.holder.as_mut());
        for one in holders.flat_map(|holder| &mut holder.runners_up) {
            if people.contains(&one.peer) {
                (one.rule, one.criterion) = (None, None);
            }
        }
        let mut change = row.into_active_model();
        change.body = Set(serde_json::to_value(body)?);
        change.update(transaction).await?;
    }
    Ok(())
}

async fn naming(
    people: &[Uuid],
    most: Option<u64>,
    connection: &impl ConnectionTrait,
) -> Result<Vec<team_proposal::Model>> {
    let text = || Expr::col(team_proposal::Column::Body).cast_as("TEXT");
    let named = people.iter().fold(sea_orm::Condition::any(), |either, peer| {
        either.add(text().like(format!("%{peer}%")))
    });
    Ok(team_proposal::Entity::find()
        .filter(named)
        .order_by_asc(team_proposal::Column::Id)
        .limit(most)
        .all(connection)
        .await?)
}

fn traces_in(body: &Body, people: &[Uuid]) -> Vec<(NamedAs, Option<String>)> {
    let mut found = Vec::new();
    for place in &body.places {
        if let Some(holder) = &place.holder {
            if people.contains(&holder.peer) {
                found.push((NamedAs::Holder, None));
            }
            let others = holder.runners_up.iter().filter(|one| people.contains(&one.peer));
            found.extend(others.map(|one| {
                let rule = one.rule.and_then(|rule| serde_json::to_value(rule).ok());
                (
                    NamedAs::RunnerUp,
                    rule.and_then(|rule| rule.as_str().map(str::to_owned)),
                )
            }));
        }
        let reserves = place.reserves.iter().filter(|one| people.contains(&one.peer));
        found.extend(reserves.map(|_| (NamedAs::Reserve, None)));
    }
    found
}

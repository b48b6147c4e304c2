//! What stored season plans say about a person: found for whoever may know, and taken out when the person is erased.
//!
//! A plan names people by key only, so that an erased person stays in it as "somebody"; what goes is what was wished or found
//! about them. Its input is forgotten as a whole (`team::record`).

use chrono::{DateTime, Utc};
use entity::season_plan;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{body::Body, settings::Settings};
use crate::graphql::errors::Result;

/// One place of a plan that names somebody.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The plan.
    pub plan: Uuid,
    /// The challenge, where it is about one.
    pub challenge: Option<Uuid>,
    /// When the plan was asked for.
    pub created_at: DateTime<Utc>,
    /// As what it names them.
    pub named_as: &'static str,
}

/// Where stored plans name any of these people, oldest first; at most `most` plans are read.
///
/// # Errors
/// The database's, and a plan that cannot be read.
pub async fn find(people: &[Uuid], most: u64, connection: &impl ConnectionTrait) -> Result<Vec<Trace>> {
    let mut traces = Vec::new();
    for row in naming(people, Some(most), connection).await? {
        let mut trace = |challenge: Option<Uuid>, named_as: &'static str| {
            traces.push(Trace {
                plan: row.id,
                challenge,
                created_at: row.created_at,
                named_as,
            });
        };
        let settings: Settings = serde_json::from_value(row.settings.clone())?;
        for _ in settings.pins.iter().filter(|pin| people.contains(&pin.peer)) {
            trace(None, "PINNED");
        }
        for one in settings.forbidden.iter().filter(|one| people.contains(&one.peer)) {
            trace(Some(one.challenge), "FORBIDDEN");
        }
        if let Some(what_if) = &settings.what_if {
            for _ in what_if.without.iter().filter(|peer| people.contains(peer)) {
                trace(None, "SUPPOSED_AWAY");
            }
        }
        let Some(result) = &row.result else { continue };
        let body = Body::read(result)?;
        for decided in &body.challenges {
            for place in decided.places.iter().filter(|place| people.contains(&place.peer)) {
                let as_what = if place.settled { "HELD" } else { "PLANNED" };
                trace(Some(decided.challenge), as_what);
            }
            let ways = decided.vacancies.iter().flat_map(|vacancy| &vacancy.ways_out);
            for _ in ways.filter(|way| people.contains(&way.peer)) {
                trace(Some(decided.challenge), "WAY_OUT");
            }
        }
    }
    Ok(traces)
}

/// Takes what was wished or found about these people out of every stored plan.
///
/// # Errors
/// The database's, and a plan that cannot be read.
pub async fn forget(people: &[Uuid], transaction: &impl ConnectionTrait) -> Result<()> {
    for row in naming(people, None, transaction).await? {
        let mut settings: Settings = serde_json::from_value(row.settings.clone())?;
        settings.pins.retain(|pin| !people.contains(&pin.peer));
        settings.forbidden.retain(|one| !people.contains(&one.peer));
        if let Some(what_if) = &mut settings.what_if {
            what_if.without.retain(|peer| !people.contains(peer));
        }
        let result = match &row.result {
            None => None,
            Some(result) => {
                let mut body = Body::read(result)?;
                let slots = body.frames.iter_mut().flat_map(|frame| &mut frame.slots);
                let pinned = |peer: &Option<Uuid>| peer.is_some_and(|peer| people.contains(&peer));
                for slot in slots.filter(|slot| pinned(&slot.pinned)) {
                    slot.pinned = None;
                }
                for vacancy in body.challenges.iter_mut().flat_map(|decided| &mut decided.vacancies) {
                    vacancy.ways_out.retain(|way| !people.contains(&way.peer));
                }
                Some(body.write()?)
            }
        };
        let mut change = row.into_active_model();
        change.settings = Set(serde_json::to_value(settings)?);
        change.result = Set(result);
        change.update(transaction).await?;
    }
    Ok(())
}

async fn naming(
    people: &[Uuid],
    most: Option<u64>,
    connection: &impl ConnectionTrait,
) -> Result<Vec<season_plan::Model>> {
    let named = people.iter().fold(sea_orm::Condition::any(), |either, peer| {
        let anywhere = format!("%{peer}%");
        either
            .add(
                Expr::col(season_plan::Column::Settings)
                    .cast_as("TEXT")
                    .like(anywhere.as_str()),
            )
            .add(Expr::col(season_plan::Column::Result).like(anywhere.as_str()))
    });
    Ok(season_plan::Entity::find()
        .filter(named)
        .order_by_asc(season_plan::Column::Id)
        .limit(most)
        .all(connection)
        .await?)
}

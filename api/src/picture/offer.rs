//! Councils to offer a challenge to: those that would have the most points of priority, with every component, by the same rules as
//! triage. What only triage knows (instability beyond the records, court action, intelligence, intervention) is not in it.
//!
//! Four statements for all councils; the points are counted here, because the weights are the programme's policy.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{council, enums::Stage, inspection_outcome, leadership_change};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{filter::Filter, sql::Sql};
use crate::{
    challenge::priority::{Assessment, Situation, assess, latest},
    council::loader::gather,
    graphql::errors::Result,
    programme::policy::PriorityRules,
};

/// A council and its points.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The council.
    pub council: Uuid,
    /// Its points, component by component.
    pub assessment: Assessment,
    /// Last day of its last challenge.
    pub last_challenge_on: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct Last {
    council_id: Uuid,
    last_on: NaiveDate,
}

/// Councils of the filter that have no live challenge, most points first; ties go to the longest wait.
///
/// # Errors
/// The database's.
pub async fn offers(filter: &Filter, rules: &PriorityRules, connection: &impl ConnectionTrait) -> Result<Vec<Offer>> {
    let today = filter.today;
    let mut sql = Sql::new(connection);
    filter.visits(&mut sql);
    sql.text(" SELECT council_id, MAX(ends_on) AS last_on FROM visit GROUP BY council_id");
    let last: Vec<Last> = sql.all(connection).await?;
    let last: HashMap<Uuid, NaiveDate> = last.into_iter().map(|row| (row.council_id, row.last_on)).collect();

    let mut sql = Sql::new(connection);
    sql.text(
        "SELECT c.* FROM council c WHERE NOT EXISTS (SELECT 1 FROM challenge k WHERE \
         k.host_id = c.id AND k.stage NOT IN ",
    )
    .list(Stage::NOT_LIVE.map(Stage::as_str));
    filter.programmes(&mut sql, "k.programme_id");
    sql.text(")");
    filter.hosts(&mut sql);
    filter.councils(&mut sql);
    let councils: Vec<council::Model> = sql.all(connection).await?;

    let keys = || councils.iter().map(|row| row.id);
    let outcomes = inspection_outcome::Entity::find()
        .filter(inspection_outcome::Column::CouncilId.is_in(keys()))
        .all(connection)
        .await?;
    let outcomes = gather(outcomes, |row| row.council_id);
    let leaders = leadership_change::Entity::find()
        .filter(leadership_change::Column::CouncilId.is_in(keys()))
        .filter(leadership_change::Column::ChangedOn.lte(today))
        .order_by_asc(leadership_change::Column::ChangedOn)
        .all(connection)
        .await?;
    let changed: HashMap<Uuid, NaiveDate> = leaders
        .into_iter()
        .map(|row| (row.council_id, row.changed_on))
        .collect();
    let offer = |row: council::Model| {
        let last_challenge_on = last.get(&row.id).copied();
        let (judgement, send) = latest(outcomes.get(&row.id).map_or(&[], Vec::as_slice), today);
        let situation = Situation {
            today,
            judgement,
            send,
            leadership_instability: false,
            control_changed_on: row.control_changed_on,
            leadership_changed_on: changed.get(&row.id).copied(),
            court_action: false,
            intelligence: None,
            last_challenge_on,
            statutory_intervention: false,
        };
        Offer {
            council: row.id,
            assessment: assess(&situation, rules),
            last_challenge_on,
        }
    };
    let mut all: Vec<Offer> = councils.into_iter().map(offer).collect();
    all.sort_by_key(|one| {
        let (points, wait) = (one.assessment.points, one.assessment.wait_months);
        (std::cmp::Reverse((points, wait)), one.council)
    });
    Ok(all)
}

//! Councils to offer a challenge to: those that would have the most points of priority, with every component, by the same rules as
//! triage. What only triage knows (instability beyond the records, court action, intelligence, intervention) is not in it.
//!
//! Four statements for all councils; the points are counted here, because the weights are the programme's policy.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    council,
    enums::{InspectionFramework, Judgement, SendOutcome, Stage},
    inspection_outcome, leadership_change,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{filter::Filter, sql::Sql};
use crate::{
    challenge::priority::{Assessment, Situation, assess},
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

type Dated<T> = (T, Option<NaiveDate>);

/// The latest outcomes that give something, by council.
fn latest<T: Copy>(
    rows: &[inspection_outcome::Model],
    framework: InspectionFramework,
    what: impl Fn(&inspection_outcome::Model) -> Option<T>,
) -> HashMap<Uuid, Dated<T>> {
    let mut found = HashMap::new();
    for row in rows.iter().filter(|row| row.framework == framework) {
        if let Some(value) = what(row) {
            // Rows come oldest first.
            found.insert(row.council_id, (value, row.starts_on.or(row.published_on)));
        }
    }
    found
}

/// Councils of the filter that have no live challenge, most points first; ties go to the longest wait.
///
/// # Errors
/// The database's.
pub async fn offers(filter: &Filter, rules: &PriorityRules, connection: &impl ConnectionTrait) -> Result<Vec<Offer>> {
    let today = filter.today;
    let mut sql = Sql::new(connection);
    sql.text("WITH ");
    filter.visits(&mut sql);
    sql.text(" SELECT council_id, MAX(ends_on) AS last_on FROM visit GROUP BY council_id");
    let last: Vec<Last> = sql.all(connection).await?;
    let last: HashMap<Uuid, NaiveDate> = last.into_iter().map(|row| (row.council_id, row.last_on)).collect();

    let mut sql = Sql::new(connection);
    sql.text(
        "SELECT c.* FROM council c WHERE c.provides_childrens_services AND NOT EXISTS (SELECT 1 FROM challenge k WHERE \
         k.host_id = c.id AND k.stage NOT IN ",
    )
    .list(Stage::NOT_LIVE.map(Stage::as_str));
    filter.programmes(&mut sql, "k.programme_id");
    sql.text(")");
    filter.councils(&mut sql);
    let councils: Vec<council::Model> = sql.all(connection).await?;

    let mut outcomes = inspection_outcome::Entity::find()
        .filter(inspection_outcome::Column::CouncilId.is_in(councils.iter().map(|row| row.id)))
        .all(connection)
        .await?;
    // As triage does, nothing from after the day.
    outcomes.retain(|row| row.starts_on.or(row.published_on).is_none_or(|day| day <= today));
    outcomes.sort_by_key(|row| (row.starts_on.or(row.published_on), row.id));
    let judged: HashMap<Uuid, Dated<Judgement>> = latest(&outcomes, InspectionFramework::Ilacs, |row| row.overall);
    let send: HashMap<Uuid, Dated<SendOutcome>> =
        latest(&outcomes, InspectionFramework::AreaSend, |row| row.send_outcome);
    let leaders = leadership_change::Entity::find()
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
        let situation = Situation {
            today,
            judgement: judged.get(&row.id).copied(),
            send: send.get(&row.id).copied(),
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

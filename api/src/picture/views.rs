//! The views: one statement each, and the rows that it gives.

use chrono::{Months, NaiveDate};
use entity::enums::{ActionStatus, EvaluationKind, PeerStatus};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{filter::Filter, sql::Sql};
use crate::graphql::errors::Result;

/// What coverage is shown by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    /// All together.
    Nothing,
    /// By region.
    Region,
    /// By type of council.
    Kind,
    /// By who runs it.
    Control,
}

/// How far councils are covered.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Coverage {
    /// Code of the type or control, or the region's name; empty for all together.
    pub label: String,
    /// Councils.
    pub councils: i64,
    /// Challenged at any time.
    pub ever: i64,
    /// Challenged within the interval.
    pub within: i64,
    /// Challenged for the first time within the period.
    pub first_time: i64,
}

/// Councils that the filter's programmes are for, and how many of them were challenged: ever, within `months`, for the first
/// time within the period.
///
/// # Errors
/// The database's.
pub async fn coverage(
    filter: &Filter,
    by: By,
    months: u32,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Coverage>> {
    let since = filter
        .today
        .checked_sub_months(Months::new(months))
        .unwrap_or(filter.today);
    let label = match by {
        By::Nothing => "''",
        By::Region => "r.name",
        By::Kind => "c.kind",
        By::Control => "COALESCE(c.political_control, '')",
    };
    let mut sql = Sql::new(connection);
    filter.visits(&mut sql);
    sql.text(
        ", known AS (SELECT council_id, MIN(ends_on) AS first_on, MAX(ends_on) AS last_on FROM visit GROUP BY council_id) \
         SELECT ",
    )
    .text(label)
    .text(
        " AS label, COUNT(*) AS councils, COUNT(known.council_id) AS ever, \
         COALESCE(SUM(CASE WHEN known.last_on >= ",
    )
    .day(since)
    .text(" THEN 1 ELSE 0 END), 0) AS within, COALESCE(SUM(CASE WHEN known.first_on BETWEEN ")
    .day(filter.from)
    .text(" AND ")
    .day(filter.until)
    .text(
        " THEN 1 ELSE 0 END), 0) AS first_time FROM council c JOIN region r ON r.id = c.region_id \
         LEFT JOIN known ON known.council_id = c.id WHERE 1 = 1",
    );
    filter.hosts(&mut sql);
    filter.councils(&mut sql);
    if by != By::Nothing {
        sql.text(" GROUP BY ").text(label).text(" ORDER BY ").text(label);
    }
    sql.all(connection).await
}

/// Peer days of a council.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Burden {
    /// The council.
    pub council_id: Uuid,
    /// Days that its people gave.
    pub given: i64,
    /// Days that it received.
    pub received: i64,
}

/// Person days given and received within the period by each council that gave or received any; the largest difference first.
///
/// # Errors
/// The database's.
pub async fn burden(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Burden>> {
    let mut sql = Sql::new(connection);
    sql.text("WITH served AS (");
    filter.served().select(&mut sql);
    sql.text(
        "), both_ways AS (SELECT home_id AS council_id, days AS given, 0 AS received FROM served UNION ALL SELECT host_id, 0, days \
         FROM served) SELECT c.id AS council_id, CAST(SUM(b.given) AS BIGINT) AS given, CAST(SUM(b.received) AS BIGINT) AS \
         received FROM both_ways b JOIN council c ON c.id = b.council_id WHERE 1 = 1",
    );
    filter.councils(&mut sql);
    sql.text(" GROUP BY c.id ORDER BY ABS(SUM(b.given) - SUM(b.received)) DESC, c.id");
    sql.all(connection).await
}

/// The pool.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Pool {
    /// Active people.
    pub active: i64,
    /// Those whose training is valid.
    pub trained: i64,
    /// Those who offer a day from today on.
    pub available: i64,
    /// Those who served within the period.
    pub deployed: i64,
    /// Those who never served and were never asked.
    pub never_asked: i64,
}

/// Active people at home in the councils of the filter: people belong to no programme, but what they were asked for and served on
/// does. Training counts if it was on `trained_since` or later.
///
/// # Errors
/// The database's.
pub async fn pool(
    filter: &Filter,
    trained_since: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Option<Pool>> {
    let mut sql = Sql::new(connection);
    sql.text(
        "WITH at_home AS (SELECT DISTINCT a.peer_id AS peer_id FROM affiliation a JOIN council c ON c.id = a.council_id \
         WHERE a.is_primary AND (a.ends_on IS NULL OR a.ends_on >= ",
    )
    .day(filter.today)
    .text(")");
    filter.councils(&mut sql);
    sql.text("), days AS (");
    filter.served().select(&mut sql);
    sql.text(
        "), served AS (SELECT DISTINCT peer_id FROM days), asked AS (SELECT a.peer_id AS peer_id FROM assignment a JOIN challenge \
         k ON k.id = a.challenge_id WHERE 1 = 1",
    );
    filter.programmes(&mut sql, "k.programme_id");
    sql.text(" UNION SELECT e.peer_id FROM past_engagement e WHERE 1 = 1");
    filter.programmes(&mut sql, "e.programme_id");
    sql.text("), free AS (SELECT DISTINCT peer_id FROM availability_window WHERE ends_on >= ")
        .day(filter.today)
        .text(") SELECT COUNT(*) AS active, COALESCE(SUM(CASE WHEN p.trained_on >= ")
        .day(trained_since)
        .text(
            " THEN 1 ELSE 0 END), 0) AS trained, COUNT(free.peer_id) AS available, COUNT(served.peer_id) AS deployed, COUNT(*) - \
             COUNT(asked.peer_id) AS never_asked FROM peer p JOIN at_home ON at_home.peer_id = p.id LEFT JOIN served ON \
             served.peer_id = p.id LEFT JOIN asked ON asked.peer_id = p.id LEFT JOIN free ON free.peer_id = p.id WHERE \
             p.status = ",
        )
        .value(PeerStatus::Active.as_str());
    Ok(sql.all(connection).await?.into_iter().next())
}

/// What people think.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Satisfaction {
    /// Who was asked about whom.
    pub kind: EvaluationKind,
    /// How many answered.
    pub answers: i64,
    /// Their mean score.
    pub mean: f64,
}

/// Fewest answers of which a mean is shown: fewer would tell what one person said.
pub const FEWEST_ANSWERS: i64 = 3;

/// Mean scores of visits that were evaluated within the period; feedback on single people is left out.
///
/// # Errors
/// The database's.
pub async fn satisfaction(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Satisfaction>> {
    let mut sql = Sql::new(connection);
    sql.text(
        "SELECT e.kind AS kind, COUNT(*) AS answers, CAST(AVG(e.score) AS DOUBLE PRECISION) AS mean FROM evaluation e JOIN \
         challenge k ON k.id = e.challenge_id JOIN council c ON c.id = k.host_id WHERE e.kind <> ",
    )
    .value(EvaluationKind::OnPeer.as_str())
    .text(" AND k.ends_on BETWEEN ")
    .day(filter.from)
    .text(" AND ")
    .day(filter.until);
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    sql.text(" GROUP BY e.kind HAVING COUNT(*) >= ").value(FEWEST_ANSWERS);
    sql.all(connection).await
}

/// What became of recommendations.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Implementation {
    /// Recommendations.
    pub recommendations: i64,
    /// Those that an action answers.
    pub answered: i64,
    /// Those whose actions are all done or dropped, and one at least done.
    pub implemented: i64,
}

/// Recommendations of visits that ended within the period.
///
/// # Errors
/// The database's.
pub async fn implementation(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Option<Implementation>> {
    let mut sql = Sql::new(connection);
    sql.text(
        "WITH answered AS (SELECT recommendation_id, SUM(CASE WHEN status = 'DONE' THEN 1 ELSE 0 END) AS done, SUM(CASE WHEN \
         status IN ",
    )
    .list([ActionStatus::NotStarted, ActionStatus::UnderWay].map(ActionStatus::as_str))
    .text(
        " THEN 1 ELSE 0 END) AS open FROM plan_action GROUP BY recommendation_id) SELECT COUNT(*) AS recommendations, \
         COUNT(a.recommendation_id) AS answered, COALESCE(SUM(CASE WHEN a.open = 0 AND a.done > 0 THEN 1 ELSE 0 END), 0) AS \
         implemented FROM recommendation x JOIN challenge k ON k.id = x.challenge_id JOIN council c ON c.id = k.host_id LEFT \
         JOIN answered a ON a.recommendation_id = x.id WHERE k.ends_on BETWEEN ",
    )
    .day(filter.from)
    .text(" AND ")
    .day(filter.until);
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    Ok(sql.all(connection).await?.into_iter().next())
}

/// Judgements before and after visits.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Judged {
    /// The last overall judgement before the visit.
    pub before: String,
    /// The first one after it.
    pub after: String,
    /// Visits.
    pub visits: i64,
}

/// Overall judgements of children's services before and after visits within the period. A correlation, not a cause.
///
/// # Errors
/// The database's.
pub async fn judgements(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Judged>> {
    let mut sql = Sql::new(connection);
    filter.visits(&mut sql);
    sql.text(
        ", judged AS (SELECT council_id, overall, COALESCE(starts_on, published_on) AS on_day FROM inspection_outcome WHERE \
         overall IS NOT NULL AND COALESCE(starts_on, published_on) IS NOT NULL), near AS (SELECT v.council_id, v.ends_on, \
         j.overall, CASE WHEN j.on_day < v.ends_on THEN 1 ELSE 0 END AS earlier, ROW_NUMBER() OVER (PARTITION BY \
         v.council_id, v.ends_on, CASE WHEN j.on_day < v.ends_on THEN 1 ELSE 0 END ORDER BY CASE WHEN j.on_day < v.ends_on \
         THEN j.on_day END DESC, j.on_day) AS place FROM (SELECT DISTINCT council_id, ends_on FROM visit) v JOIN council c \
         ON c.id = v.council_id JOIN judged j ON j.council_id = v.council_id WHERE j.on_day <> v.ends_on AND v.ends_on \
         BETWEEN ",
    )
    .day(filter.from)
    .text(" AND ")
    .day(filter.until);
    filter.councils(&mut sql);
    sql.text(
        "), pairs AS (SELECT MAX(CASE WHEN earlier = 1 THEN overall END) AS before, MAX(CASE WHEN earlier = 0 THEN overall END) \
         AS after FROM near WHERE place = 1 GROUP BY council_id, ends_on) SELECT before, after, COUNT(*) AS visits FROM pairs WHERE before IS NOT NULL AND after IS NOT NULL GROUP BY before, \
         after ORDER BY before, after",
    );
    sql.all(connection).await
}

/// How far a region is on its way to every council having had a challenge.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Engagement {
    /// The region.
    pub region_id: Uuid,
    /// Councils.
    pub councils: i64,
    /// Challenged at any time.
    pub engaged: i64,
    /// Challenged for the first time within the period.
    pub newly: i64,
}

/// Regions with their councils that were challenged, and those that were so for the first time within the period.
///
/// # Errors
/// The database's.
pub async fn engagement(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Engagement>> {
    let mut sql = Sql::new(connection);
    filter.visits(&mut sql);
    sql.text(
        ", known AS (SELECT council_id, MIN(ends_on) AS first_on FROM visit GROUP BY council_id) SELECT c.region_id AS \
         region_id, COUNT(*) AS councils, COUNT(known.council_id) AS engaged, COALESCE(SUM(CASE WHEN known.first_on BETWEEN ",
    )
    .day(filter.from)
    .text(" AND ")
    .day(filter.until)
    .text(
        " THEN 1 ELSE 0 END), 0) AS newly FROM council c LEFT JOIN known ON known.council_id = c.id WHERE 1 = 1",
    );
    filter.hosts(&mut sql);
    filter.councils(&mut sql);
    sql.text(" GROUP BY c.region_id ORDER BY c.region_id");
    sql.all(connection).await
}

/// The day on which the last council will have had its first challenge, if `newly` in `days` goes on; `None` when it never
/// will, or has.
pub fn reached_on(one: &Engagement, days: i64, today: NaiveDate) -> Option<NaiveDate> {
    let left = one.councils - one.engaged;
    if left <= 0 || one.newly <= 0 {
        return None;
    }
    let wait = (left * days + one.newly - 1) / one.newly;
    today.checked_add_signed(chrono::TimeDelta::try_days(wait)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_universal_engagement_follows_from_the_pace() {
        let today = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        let region = |councils, engaged, newly| Engagement {
            region_id: Uuid::nil(),
            councils,
            engaged,
            newly,
        };
        // Ten to go, five in a year: two years.
        let on = reached_on(&region(20, 10, 5), 365, today).unwrap();
        assert_eq!((on - today).num_days(), 730);
        assert_eq!(reached_on(&region(20, 10, 0), 365, today), None);
        assert_eq!(reached_on(&region(20, 20, 5), 365, today), None);
    }
}

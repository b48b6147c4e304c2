//! How fast challenges are: days from the request to each stage.

use entity::enums::Stage;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{filter::Filter, sql::Sql};
use crate::{
    challenge::lifecycle::progress,
    graphql::errors::{ApiError, Result},
};

/// How long challenges take from the request to a stage.
#[derive(Clone, Debug)]
pub struct Pace {
    /// The stage.
    pub stage: Stage,
    /// Challenges that came to it within the period.
    pub challenges: i64,
    /// Days that half of them took at most.
    pub median: i64,
    /// Days that nine in ten of them took at most.
    pub ninetieth: i64,
}

/// The same, the stage by its place among those that are asked about.
#[derive(FromQueryResult)]
struct PaceAt {
    place: i64,
    challenges: i64,
    median: i64,
    ninetieth: i64,
}

/// Days from the submitted request to each stage of the main path, for challenges that came to it within the period; progress
/// reviews, which go another way, are left out.
///
/// One row for each challenge with a day for each stage, then how many took how many days: neither sorts what there is of every
/// challenge, least of all by the names of stages.
///
/// # Errors
/// The database's.
pub async fn pace(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Pace>> {
    let stages: Vec<Stage> = Stage::ALL
        .iter()
        .copied()
        .filter(|stage| main_after_request(*stage))
        .collect();
    let mut sql = Sql::new(connection);
    sql.text("WITH reached AS (SELECT challenge_id, MIN(CASE WHEN stage = ")
        .value(Stage::Submitted.as_str())
        .text(" THEN on_day END) AS submitted_on");
    for (place, stage) in stages.iter().enumerate() {
        sql.text(", MIN(CASE WHEN stage = ")
            .value(stage.as_str())
            .text(&format!(" THEN on_day END) AS day_{place}"));
    }
    sql.text(" FROM stage_change GROUP BY challenge_id), asked(place) AS (VALUES ");
    let places: Vec<String> = (0..stages.len()).map(|place| format!("({place})")).collect();
    sql.text(&places.join(", "))
        .text("), came AS (SELECT place, submitted_on, CASE place");
    for place in 0..stages.len() {
        sql.text(&format!(" WHEN {place} THEN day_{place}"));
    }
    sql.text(
        " END AS on_day FROM reached JOIN challenge k ON k.id = reached.challenge_id JOIN council c ON c.id = k.host_id CROSS \
         JOIN asked WHERE submitted_on IS NOT NULL AND k.first_challenge_id IS NULL",
    );
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    sql.text("), took AS (SELECT place, ")
        .days("submitted_on", "on_day")
        .text(" AS days FROM came WHERE on_day BETWEEN ")
        .day(filter.from)
        .text(" AND ")
        .day(filter.until)
        .text(
            "), counted AS (SELECT place, days, COUNT(*) AS n FROM took GROUP BY place, days), ranked AS (SELECT place, days, \
             CAST(SUM(n) OVER (PARTITION BY place ORDER BY days) AS BIGINT) AS upto, \
             CAST(SUM(n) OVER (PARTITION BY place) AS BIGINT) AS n FROM counted) \
             SELECT CAST(place AS BIGINT) AS place, MAX(n) AS challenges, \
             CAST(MIN(CASE WHEN upto >= (n + 1) / 2 THEN days END) AS BIGINT) AS median, \
             CAST(MIN(CASE WHEN upto >= (9 * n + 9) / 10 THEN days END) AS BIGINT) AS ninetieth \
             FROM ranked GROUP BY place ORDER BY place",
        );
    let rows: Vec<PaceAt> = sql.all(connection).await?;
    let pace = |row: PaceAt| {
        let stage = usize::try_from(row.place).ok().and_then(|place| stages.get(place));
        let stage = *stage.ok_or_else(|| ApiError::internal("pace of a stage that was not asked about"))?;
        Ok(Pace {
            stage,
            challenges: row.challenges,
            median: row.median,
            ninetieth: row.ninetieth,
        })
    };
    rows.into_iter().map(pace).collect()
}

fn main_after_request(stage: Stage) -> bool {
    progress(stage).is_some_and(|far| Some(far) > progress(Stage::Submitted))
}

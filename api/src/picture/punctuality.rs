//! How many deadlines of stages were met, by the same measure as the timeline of each challenge (`challenge::timeline`).
//!
//! What was reached, and when it was due then, is on record and counted by the database. What is overdue is not: when it is due
//! follows from the policy and from working days, so the challenges that still have something before them come along in the
//! same statement, with their policies, and are judged here. Only live ones do, however many years there are.
//!
//! A challenge that goes back is due anew, and one that resumes comes to nothing that it had not reached. Feedback is given on the
//! day that the lead peer says, not on the day on which it is written down.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::Stage;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{filter::Filter, sql::Sql};
use crate::{
    challenge::{
        deadlines::{self, Anchors},
        lifecycle::{progress, suspended},
        timeline::{due_on, is_asked, milestone_of},
    },
    clock::civil_date,
    graphql::errors::{ApiError, Result},
    programme::policy::{Milestone, PolicyBody},
};

/// How many deadlines of a stage were met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Punctuality {
    /// The stage that was due.
    pub stage: Stage,
    /// Challenges that were due to come to it within the period, and did, or are overdue today.
    pub due: i64,
    /// Those that came in time.
    pub met: i64,
}

/// One of four kinds of row, told apart by what is there: challenges counted at a stage (`reached`), a challenge with something
/// before it (`policy_id`), a day of it set by hand (`milestone`), a policy (`body`).
#[derive(FromQueryResult)]
struct Row {
    id: Option<Uuid>,
    policy_id: Option<Uuid>,
    stage: Option<Stage>,
    resumes_to: Option<Stage>,
    submitted_at: Option<DateTime<Utc>>,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    drafted_on: Option<NaiveDate>,
    milestone: Option<String>,
    reached: Option<Stage>,
    is_review: i64,
    due: i64,
    met: i64,
    body: Option<serde_json::Value>,
}

/// What the rows say.
#[derive(Default)]
struct Known {
    reached: Vec<(Stage, Row)>,
    waiting: Vec<(Uuid, Uuid, Stage, Row)>,
    by_hand: HashMap<(Uuid, Milestone), NaiveDate>,
    policies: HashMap<Uuid, PolicyBody>,
}

/// Stages that were due within the period, in the order of the main path, and how often they were reached in time.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn punctuality(filter: &Filter, connection: &impl ConnectionTrait) -> Result<Vec<Punctuality>> {
    let known = sorted(statement(filter, connection).all(connection).await?)?;
    let mut stages: HashMap<Stage, (i64, i64)> = HashMap::new();
    for (stage, row) in &known.reached {
        // What it went back behind is to be done again.
        let now = row.resumes_to.or(row.stage);
        if now.is_some_and(|now| progress(now).is_some() && progress(now) < progress(*stage)) {
            continue;
        }
        let found = stages.entry(*stage).or_default();
        found.0 += row.due;
        found.1 += row.met;
    }
    for (challenge, policy, now, row) in &known.waiting {
        let policy = known.policies.get(policy);
        let policy = policy.ok_or_else(|| ApiError::internal("the policy of a challenge is missing"))?;
        let anchors = Anchors {
            submitted: row.submitted_at.map(civil_date),
            fieldwork: row.starts_on.zip(row.ends_on),
            drafted: row.drafted_on,
            ..Anchors::default()
        };
        let ahead = Stage::ALL.iter().filter(|stage| progress(**stage) > progress(*now));
        for stage in ahead {
            let Some(milestone) = milestone_of(*stage).filter(|milestone| is_asked(*milestone, row.is_review > 0))
            else {
                continue;
            };
            let Some(by_policy) = due_on(policy, &anchors, *stage) else {
                continue;
            };
            let due = known
                .by_hand
                .get(&(*challenge, milestone))
                .copied()
                .unwrap_or(by_policy);
            if (filter.from..=filter.until).contains(&due) && due < filter.today {
                stages.entry(*stage).or_default().0 += 1;
            }
        }
    }
    let mut rows: Vec<Punctuality> = stages
        .into_iter()
        .map(|(stage, (due, met))| Punctuality { stage, due, met })
        .collect();
    rows.sort_by_key(|row| row.stage);
    Ok(rows)
}

fn sorted(rows: Vec<Row>) -> Result<Known> {
    let mut known = Known::default();
    for row in rows {
        if let Some(stage) = row.reached {
            known.reached.push((stage, row));
        } else if let (Some(key), Some(policy), Some(stage)) = (row.id, row.policy_id, row.stage) {
            known.waiting.push((key, policy, stage, row));
        } else if let (Some(key), Some(milestone), Some(day)) = (row.id, &row.milestone, row.starts_on) {
            if let Some(milestone) = deadlines::milestone(milestone) {
                known.by_hand.insert((key, milestone), day);
            }
        } else if let (Some(key), Some(body)) = (row.id, row.body) {
            known.policies.insert(key, serde_json::from_value(body)?);
        }
    }
    Ok(known)
}

/// The statement. The first part names the columns and gives them their types.
fn statement(filter: &Filter, connection: &impl ConnectionTrait) -> Sql {
    let mut sql = Sql::new(connection);
    let side = || suspended().map(Stage::as_str);
    sql.text(
        "WITH waiting AS (SELECT k.id, k.policy_id, k.stage, k.resumes_to, k.first_challenge_id, q.submitted_at, k.starts_on, k.ends_on, (SELECT MIN(d.on_day) FROM \
         stage_change d WHERE d.challenge_id = k.id AND d.stage = ",
    )
    .value(Stage::ReportDrafted.as_str())
    .text(
        ") AS drafted_on FROM challenge k JOIN council c ON c.id = k.host_id LEFT JOIN challenge_request q ON q.challenge_id = k.id WHERE k.stage NOT IN ",
    )
    .list(Stage::NOT_LIVE.map(Stage::as_str).into_iter().chain(side()));
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    sql.text(
        "), coming AS (SELECT id, challenge_id, stage, at, on_day, due_on FROM stage_change WHERE due_on IS NOT NULL AND \
         (from_stage IS NULL OR from_stage NOT IN ",
    )
    .list(side())
    .text(
        ")) SELECT w.id AS id, w.policy_id AS policy_id, w.stage AS stage, w.resumes_to AS resumes_to, w.submitted_at AS \
         submitted_at, w.starts_on AS starts_on, w.ends_on AS ends_on, w.drafted_on AS drafted_on, CAST(NULL AS TEXT) AS milestone, CAST(NULL AS TEXT) AS \
         reached, CAST(CASE WHEN w.first_challenge_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_review, CAST(0 AS BIGINT) AS due, CAST(0 AS BIGINT) AS met, p.body AS body FROM waiting w LEFT JOIN programme_policy p \
         ON 1 = 0 UNION ALL SELECT o.challenge_id, NULL, NULL, NULL, NULL, o.due_on, NULL, NULL, o.milestone, NULL, 0, 0, 0, NULL FROM \
         deadline_override o WHERE o.challenge_id IN (SELECT id FROM waiting) UNION ALL SELECT p.id, NULL, NULL, NULL, NULL, NULL, \
         NULL, NULL, NULL, NULL, 0, 0, 0, p.body FROM programme_policy p WHERE p.id IN (SELECT policy_id FROM waiting) UNION ALL \
         SELECT NULL, NULL, k.stage, k.resumes_to, NULL, NULL, NULL, NULL, NULL, s.stage, 0, COUNT(*), SUM(CASE WHEN \
         COALESCE(r.feedback_on, s.on_day) <= s.due_on THEN 1 ELSE 0 END), NULL FROM coming s JOIN challenge k ON k.id = \
         s.challenge_id JOIN council c ON c.id = k.host_id LEFT JOIN report r ON r.challenge_id = s.challenge_id AND s.stage = ",
    )
    .value(Stage::FeedbackGiven.as_str())
    .text(" WHERE s.due_on BETWEEN ")
    .day(filter.from)
    .text(" AND ")
    .day(filter.until)
    // The last time that it came there counts.
    .text(
        " AND NOT EXISTS (SELECT 1 FROM coming l WHERE l.challenge_id = s.challenge_id AND l.stage = s.stage AND (l.at > s.at OR \
         l.at = s.at AND l.id > s.id))",
    );
    filter.programmes(&mut sql, "k.programme_id");
    filter.councils(&mut sql);
    sql.text(" GROUP BY s.stage, k.stage, k.resumes_to");
    sql
}

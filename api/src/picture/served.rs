//! Days that people served: on confirmed teams whose visit took place, and before the records of this service. Whatever weighs days given against days
//! received counts them here.

use chrono::NaiveDate;
use entity::enums::{AssignmentStatus, Stage};
use uuid::Uuid;

use super::{filter::took_place, sql::Sql};

/// Which days are counted.
pub struct Served<'a> {
    /// Visits that ended on this day or later,
    pub from: NaiveDate,
    /// and on this day or before.
    pub until: NaiveDate,
    /// Of these programmes; of all where there are none.
    pub programmes: &'a [Uuid],
    /// Not on these challenges.
    pub without: &'a [Uuid],
    /// Also on visits that are still to come, for plans that go on from there.
    pub to_come: bool,
}

impl Served<'_> {
    /// Adds a select of `peer_id`, `home_id`, `host_id` and `days`, a row for each person and visit.
    pub fn select(&self, sql: &mut Sql) {
        sql.text("SELECT a.peer_id AS peer_id, a.home_council_id AS home_id, k.host_id AS host_id, CAST(")
            .days("a.starts_on", "a.ends_on")
            .text(
                " + 1 AS BIGINT) AS days FROM assignment a JOIN challenge k ON k.id = a.challenge_id WHERE a.status = ",
            )
            .value(AssignmentStatus::Confirmed.as_str())
            .text(" AND a.ends_on BETWEEN ")
            .day(self.from)
            .text(" AND ")
            .day(self.until);
        if self.to_come {
            sql.text(" AND (k.stage = ")
                .value(Stage::Closed.as_str())
                .text(" OR k.stage NOT IN ")
                .list(Stage::NOT_LIVE.map(Stage::as_str))
                .text(")");
        } else {
            took_place(sql);
        }
        self.of_programmes(sql, " AND k.programme_id IN ");
        if !self.without.is_empty() {
            sql.text(" AND a.challenge_id NOT IN ")
                .list(self.without.iter().copied());
        }
        sql.text(" UNION ALL SELECT p.peer_id, p.home_council_id, p.host_council_id, CAST(")
            .days("p.starts_on", "p.ends_on")
            .text(" + 1 AS BIGINT) FROM past_engagement p WHERE p.ends_on BETWEEN ")
            .day(self.from)
            .text(" AND ")
            .day(self.until);
        self.of_programmes(sql, " AND p.programme_id IN ");
    }

    fn of_programmes(&self, sql: &mut Sql, condition: &str) {
        if !self.programmes.is_empty() {
            sql.text(condition).list(self.programmes.iter().copied());
        }
    }
}

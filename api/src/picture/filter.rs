//! What a view is narrowed to.

use chrono::NaiveDate;
use entity::enums::{CouncilKind, PoliticalControl, ProgrammeKind, Stage};
use uuid::Uuid;

use super::{served::Served, sql::Sql};
use crate::challenge::{lifecycle, rules::CHILDRENS};

/// Councils, challenges and days. Empty lists do not narrow.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Councils in these regions.
    pub regions: Vec<Uuid>,
    /// Councils of these types.
    pub kinds: Vec<CouncilKind>,
    /// Councils run by these.
    pub controls: Vec<PoliticalControl>,
    /// Challenges of these programmes.
    pub programmes: Vec<Uuid>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// The day of the question.
    pub today: NaiveDate,
}

/// Stages of a challenge whose visit is over (`challenge::repo::reached` says the same of rows).
fn over() -> impl Iterator<Item = &'static str> {
    lifecycle::from(Stage::FeedbackGiven).map(Stage::as_str)
}

/// Adds ` AND …` on challenges named `k`: their visit took place, also where they were interrupted since.
pub(super) fn took_place(sql: &mut Sql) {
    sql.text(" AND (k.stage IN ")
        .list(over())
        .text(" OR k.stage IN ")
        .list(lifecycle::suspended().map(Stage::as_str))
        .text(" AND k.resumes_to IN ")
        .list(over())
        .text(")");
}

impl Filter {
    /// Days served within the period, on visits that took place.
    pub(super) fn served(&self) -> Served<'_> {
        Served {
            from: self.from,
            until: self.until,
            programmes: &self.programmes,
            without: &[],
            to_come: false,
        }
    }

    /// Adds ` AND …` on councils named `c`: those that the programmes of the filter are for. Without programmes the picture is of
    /// children's services.
    pub(super) fn hosts(&self, sql: &mut Sql) {
        sql.text(" AND (c.provides_childrens_services");
        if !self.programmes.is_empty() {
            sql.text(" OR EXISTS (SELECT 1 FROM programme g WHERE g.kind NOT IN ")
                .list(CHILDRENS.map(ProgrammeKind::as_str));
            self.programmes(sql, "g.id");
            sql.text(")");
        }
        sql.text(")");
    }

    /// Adds ` AND …` on councils named `c`: existing today, and as asked.
    pub(super) fn councils(&self, sql: &mut Sql) {
        sql.text(" AND (c.ends_on IS NULL OR c.ends_on >= ")
            .day(self.today)
            .text(") AND (c.starts_on IS NULL OR c.starts_on <= ")
            .day(self.today)
            .text(")");
        if !self.regions.is_empty() {
            sql.text(" AND c.region_id IN ").list(self.regions.iter().copied());
        }
        if !self.kinds.is_empty() {
            sql.text(" AND c.kind IN ")
                .list(self.kinds.iter().map(|kind| kind.as_str()));
        }
        if !self.controls.is_empty() {
            let controls = self.controls.iter().map(|control| control.as_str());
            sql.text(" AND c.political_control IN ").list(controls);
        }
    }

    /// Adds ` AND …` on a programme column.
    pub(super) fn programmes(&self, sql: &mut Sql, column: &str) {
        if !self.programmes.is_empty() {
            let text = format!(" AND {column} IN ");
            sql.text(&text).list(self.programmes.iter().copied());
        }
    }

    /// Begins a statement with `visit(council_id, ends_on)`: every visit that is over, here or before the records of this service, also of the
    /// councils that a council took over from.
    pub(super) fn visits(&self, sql: &mut Sql) {
        sql.text(
            "WITH RECURSIVE own AS (SELECT k.host_id AS council_id, k.ends_on AS ends_on FROM challenge k WHERE k.ends_on IS \
             NOT NULL AND k.ends_on < ",
        )
        .day(self.today);
        took_place(sql);
        self.programmes(sql, "k.programme_id");
        sql.text(
            " UNION SELECT p.host_council_id AS council_id, p.ends_on AS ends_on FROM past_engagement p WHERE p.ends_on < ",
        )
        .day(self.today);
        self.programmes(sql, "p.programme_id");
        sql.text(
            "), family AS (SELECT successor_id AS council_id, predecessor_id AS member_id FROM council_succession UNION SELECT \
             f.council_id, s.predecessor_id FROM family f JOIN council_succession s ON s.successor_id = f.member_id), visit AS \
             (SELECT council_id, ends_on FROM own UNION SELECT f.council_id, own.ends_on FROM own JOIN family f ON f.member_id \
             = own.council_id)",
        );
    }
}

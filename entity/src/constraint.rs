//! Names of the invariants that the database itself holds, and how to read them from a refusal.
//!
//! Every constraint, index and trigger has a name made by one rule: `uq_<table>_<columns>` (unique, partial ones too),
//! `pk_<table>`, `ck_<table>_<column or topic>`, `fk_<table>_<column>`, `ex_…` (exclusion), `ap_<table>` (append-only).
//! PostgreSQL reports the name; SQLite reports only the columns of a unique index, from which [`violated`] makes the
//! name by the same rule. SQLite never names a foreign key; it is then [`FOREIGN_KEY`].

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Two live assignments of one peer on overlapping days.
pub const ASSIGNMENT_PEER_DAYS: &str = "ex_assignment_peer_days";
/// Two live holders of one slot.
pub const ASSIGNMENT_SLOT: &str = "uq_assignment_slot_id";
/// A second live challenge of one programme for one host in a season.
pub const CHALLENGE_LIVE: &str = "uq_challenge_programme_id_host_id_season_id";
/// Two lead slots in one team.
pub const TEAM_SLOT_LEAD: &str = "uq_team_slot_challenge_id";
/// A second unrevoked waiver of one rule for one peer on one challenge.
pub const WAIVER_LIVE: &str = "uq_conflict_waiver_challenge_id_peer_id_rule";
/// A second open objection to one assignment.
pub const OBJECTION_OPEN: &str = "uq_host_objection_assignment_id";
/// A second open decision about one assignment.
pub const DECISION_OPEN: &str = "uq_conflict_decision_assignment_id";
/// Two seasons with a day in common.
pub const SEASON_DAYS: &str = "ex_season_days";
/// A second season of one name.
pub const SEASON_NAME: &str = "uq_season_name";
/// A second run of a programme's season plan on its way.
pub const PLAN_RUNNING: &str = "uq_season_plan_programme_id_season_id";
/// A change to a policy version.
pub const POLICY_APPEND_ONLY: &str = "ap_programme_policy";
/// A change to an audit event, other than taking an erased person out of it.
pub const AUDIT_APPEND_ONLY: &str = "ap_audit_event";
/// A change to the row of an erased person.
pub const PEER_ERASED: &str = "ap_peer";

/// Any foreign key, on SQLite; PostgreSQL gives its own name (`fk_…`).
pub const FOREIGN_KEY: &str = "foreign_key";

/// SQLite's extended result code of a violated primary key.
const SQLITE_PRIMARY_KEY: &str = "1555";

/// The name of the constraint that the database refused `error` for; `None` if it failed for another reason. The text
/// of the error stays behind, so that it can go to the log only.
pub fn violated(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = error.as_ref() else {
        return None;
    };
    if let Some(name) = error.constraint() {
        return Some(name.to_owned());
    }
    named_by_sqlite(error.message(), error.code().as_deref())
}

fn named_by_sqlite(message: &str, code: Option<&str>) -> Option<String> {
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        let mut names = columns.split(", ").map(|column| column.split_once('.'));
        let (table, first) = names.next()??;
        if code == Some(SQLITE_PRIMARY_KEY) {
            return Some(format!("pk_{table}"));
        }
        let mut name = format!("uq_{table}_{first}");
        for column in names {
            name.push('_');
            name.push_str(column?.1);
        }
        return Some(name);
    }
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    if message == "FOREIGN KEY constraint failed" {
        return Some(FOREIGN_KEY.to_owned());
    }
    // Our triggers raise their name, perhaps with words after a colon.
    let name = message.split(':').next().unwrap_or(message);
    ["ex_", "ap_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_messages_become_names() {
        let unique = "UNIQUE constraint failed: challenge.programme_id, challenge.host_id, challenge.season_id";
        assert_eq!(named_by_sqlite(unique, Some("2067")).as_deref(), Some(CHALLENGE_LIVE));
        let key = "UNIQUE constraint failed: peer.id";
        assert_eq!(named_by_sqlite(key, Some("1555")).as_deref(), Some("pk_peer"));
        let check = "CHECK constraint failed: ck_peer_status";
        assert_eq!(named_by_sqlite(check, Some("275")).as_deref(), Some("ck_peer_status"));
        assert_eq!(
            named_by_sqlite("ex_assignment_peer_days", Some("1811")).as_deref(),
            Some(ASSIGNMENT_PEER_DAYS)
        );
        assert_eq!(
            named_by_sqlite("FOREIGN KEY constraint failed", Some("787")).as_deref(),
            Some(FOREIGN_KEY)
        );
        assert_eq!(named_by_sqlite("no such table: nowhere", Some("1")), None);
    }
}

//! The invariants that the two engines hold by different means.
//!
//! Append-only tables: triggers that refuse UPDATE, DELETE (and TRUNCATE, on PostgreSQL; and INSERT OR REPLACE, which
//! deletes without firing triggers, on SQLite). No double booking: an exclusion constraint on PostgreSQL, triggers on
//! SQLite, which has one writer at a time and therefore no race between them. Each refusal carries the name that
//! `entity::constraint` lists. SQLite drops a table's triggers with the table.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Marks an extension that the migration added itself, so that only such a one is dropped again.
const EXTENSION_MARK: &str = "added by the migrations of peer-challenge";

async fn execute(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(|_| ())
}

pub(crate) fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// PostgreSQL: the function behind the append-only triggers.
pub(crate) async fn install_function(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if !is_postgres(manager) {
        return Ok(());
    }
    let function = "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'ap_%', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ap_' || TG_TABLE_NAME, TABLE = TG_TABLE_NAME;
        END
        $$";
    execute(manager, function).await
}

/// Drops what [`install_function`] made.
pub(crate) async fn drop_function(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if is_postgres(manager) {
        execute(manager, "DROP FUNCTION refuse_change()").await
    } else {
        Ok(())
    }
}

/// Makes the database refuse every change to rows of `table` once written.
pub(crate) async fn make_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let rows = format!(
            "CREATE TRIGGER ap_{table} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        );
        execute(manager, &rows).await?;
        let all = format!(
            "CREATE TRIGGER ap_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION \
             refuse_change()"
        );
        return execute(manager, &all).await;
    }
    let raise = format!("SELECT RAISE(ABORT, 'ap_{table}')");
    for event in ["update", "delete"] {
        let trigger = format!("CREATE TRIGGER ap_{table}_{event} BEFORE {event} ON {table} BEGIN {raise}; END");
        execute(manager, &trigger).await?;
    }
    let replace = format!(
        "CREATE TRIGGER ap_{table}_replace BEFORE INSERT ON {table}
         WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN {raise}; END"
    );
    execute(manager, &replace).await
}

/// Takes back [`make_append_only`].
pub(crate) async fn drop_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if is_postgres(manager) {
        execute(manager, &format!("DROP TRIGGER ap_{table}_truncate ON {table}")).await?;
        return execute(manager, &format!("DROP TRIGGER ap_{table} ON {table}")).await;
    }
    for event in ["update", "delete", "replace"] {
        execute(manager, &format!("DROP TRIGGER ap_{table}_{event}")).await?;
    }
    Ok(())
}

/// PostgreSQL: equality of UUIDs inside a `GiST` index. `btree_gist` is a trusted extension (since 13): the role needs
/// CREATE on the database, not superuser.
pub(crate) async fn install_btree_gist(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if !is_postgres(manager) {
        return Ok(());
    }
    let statement = format!(
        "DO $$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist') THEN
                CREATE EXTENSION btree_gist;
                COMMENT ON EXTENSION btree_gist IS '{EXTENSION_MARK}';
            END IF;
        END
        $$"
    );
    execute(manager, &statement).await
}

/// Drops the extension if [`install_btree_gist`] added it; one that was there before stays.
pub(crate) async fn drop_btree_gist(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if !is_postgres(manager) {
        return Ok(());
    }
    let statement = format!(
        "DO $$
        BEGIN
            IF EXISTS (
                SELECT FROM pg_extension
                WHERE extname = 'btree_gist' AND obj_description(oid, 'pg_extension') = '{EXTENSION_MARK}'
            ) THEN
                DROP EXTENSION btree_gist;
            END IF;
        END
        $$"
    );
    execute(manager, &statement).await
}

/// Forbids two live assignments of one peer on overlapping days (both ends included).
pub(crate) async fn forbid_double_booking(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const LIVE: &str = "('NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED')";
    if is_postgres(manager) {
        let exclusion = format!(
            "ALTER TABLE assignment ADD CONSTRAINT ex_assignment_peer_days
             EXCLUDE USING gist (peer_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
             WHERE (status IN {LIVE})"
        );
        return execute(manager, &exclusion).await;
    }
    for (name, event, same_row) in [
        ("insert", "INSERT", ""),
        (
            "update",
            "UPDATE OF id, peer_id, starts_on, ends_on, status",
            "AND other.id <> OLD.id",
        ),
    ] {
        let trigger = format!(
            "CREATE TRIGGER ex_assignment_peer_days_{name} BEFORE {event} ON assignment
             WHEN NEW.status IN {LIVE} AND EXISTS (
                 SELECT 1 FROM assignment AS other
                 WHERE other.peer_id = NEW.peer_id AND other.status IN {LIVE}
                     AND other.starts_on <= NEW.ends_on AND other.ends_on >= NEW.starts_on {same_row}
             )
             BEGIN SELECT RAISE(ABORT, 'ex_assignment_peer_days'); END"
        );
        execute(manager, &trigger).await?;
    }
    Ok(())
}

/// Replaces `before` by `after` in the check `name` of `table`. SQLite cannot change a check, so there the table is made anew
/// with its rows and indexes; nothing may refer to it.
pub(crate) async fn rewrite_check(
    manager: &SchemaManager<'_>,
    table: &str,
    name: &str,
    before: &str,
    after: &str,
) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let found = format!(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{name}' AND conrelid = '{table}'::regclass"
        );
        // The server writes the list as ARRAY['A'::text, …].
        let typed = |list: &str| {
            list.replace('\'', "")
                .split(", ")
                .map(|one| format!("'{one}'::text"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let definition = texts(manager, &found).await?.concat();
        let wanted = definition.replace(&typed(before), &typed(after));
        execute(manager, &format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
        return execute(manager, &format!("ALTER TABLE {table} ADD CONSTRAINT {name} {wanted}")).await;
    }
    rebuild(
        manager,
        table,
        |definition| definition.replace(before, after),
        ("", "*"),
    )
    .await
}

/// On SQLite: makes a table anew, as `change` rewrites its definition, with its indexes; `columns` (in brackets; all unless given)
/// get `values` of the rows that it had. Nothing may refer to it.
pub(crate) async fn rebuild(
    manager: &SchemaManager<'_>,
    table: &str,
    change: impl Fn(&str) -> String,
    (columns, values): (&str, &str),
) -> Result<(), DbErr> {
    let made = |kind: &str| {
        format!(
            "SELECT sql FROM sqlite_master WHERE type = '{kind}' AND tbl_name = '{table}' AND sql IS NOT NULL ORDER BY name"
        )
    };
    let definition = texts(manager, &made("table")).await?.concat();
    let indexes = texts(manager, &made("index")).await?;
    execute(manager, &format!("CREATE TEMP TABLE kept AS SELECT * FROM {table}")).await?;
    execute(manager, &format!("DROP TABLE {table}")).await?;
    execute(manager, &change(&definition)).await?;
    let insert = format!("INSERT INTO {table} {columns} SELECT {values} FROM temp.kept");
    execute(manager, &insert).await?;
    execute(manager, "DROP TABLE temp.kept").await?;
    for index in indexes {
        execute(manager, &index).await?;
    }
    Ok(())
}

/// The first column of a query's rows.
async fn texts(manager: &SchemaManager<'_>, query: &str) -> Result<Vec<String>, DbErr> {
    let backend = manager.get_database_backend();
    let rows = manager
        .get_connection()
        .query_all_raw(Statement::from_string(backend, query))
        .await?;
    rows.into_iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Columns of an audit event that never change.
const SETTLED: [&str; 11] = [
    "id",
    "at",
    "actor_role",
    "action",
    "entity_kind",
    "entity_id",
    "challenge_id",
    "council_id",
    "peer_id",
    "request_id",
    "actor_peer_id",
];

/// The condition under which an update of an audit event is permitted: nothing changes but that an erased person is taken
/// out of it. `same` compares two values, NULL being the same as NULL; `erased` is what the facts become.
fn only_redacts(same: &str, erased: &str) -> String {
    let settled: Vec<String> = SETTLED
        .iter()
        .map(|column| format!("NEW.{column} {same} OLD.{column}"))
        .collect();
    let gone = |column: &str| format!("EXISTS (SELECT 1 FROM peer WHERE id = OLD.{column} AND erased_at IS NOT NULL)");
    format!(
        "{settled}
         AND (NEW.details {same} OLD.details OR (NEW.details = {erased} AND {about}))
         AND (NEW.actor {same} OLD.actor OR (NEW.actor = 'erased peer' AND {by}))",
        settled = settled.join(" AND "),
        about = gone("peer_id"),
        by = gone("actor_peer_id"),
    )
}

/// Makes the database refuse every change to audit events but taking out an erased person.
pub(crate) async fn make_redactable(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let allowed = only_redacts("IS NOT DISTINCT FROM", "'{\"erased\": true}'::jsonb");
        let function = format!(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF {allowed} THEN
                        RETURN NEW;
                    END IF;
                END IF;
                RAISE EXCEPTION 'ap_%', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ap_' || TG_TABLE_NAME, TABLE = TG_TABLE_NAME;
            END
            $$"
        );
        execute(manager, &function).await?;
        let rows = "CREATE TRIGGER ap_audit_event BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION \
                    refuse_audit_change()";
        execute(manager, rows).await?;
        let all = "CREATE TRIGGER ap_audit_event_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE \
                   FUNCTION refuse_change()";
        return execute(manager, all).await;
    }
    make_append_only(manager, "audit_event").await?;
    execute(manager, "DROP TRIGGER ap_audit_event_update").await?;
    let allowed = only_redacts("IS", "'{\"erased\":true}'");
    let update = format!(
        "CREATE TRIGGER ap_audit_event_update BEFORE UPDATE ON audit_event
         WHEN NOT ({allowed}) BEGIN SELECT RAISE(ABORT, 'ap_audit_event'); END"
    );
    execute(manager, &update).await
}

/// Takes back [`make_redactable`].
pub(crate) async fn drop_redactable(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    drop_append_only(manager, "audit_event").await?;
    if is_postgres(manager) {
        execute(manager, "DROP FUNCTION refuse_audit_change()").await?;
    }
    Ok(())
}

/// Makes the database refuse every change to the row of an erased person: erasure cannot be undone.
pub(crate) async fn freeze_erased(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let trigger = "CREATE TRIGGER ap_peer BEFORE UPDATE OR DELETE ON peer FOR EACH ROW
             WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION refuse_change()";
        return execute(manager, trigger).await;
    }
    for event in ["update", "delete"] {
        let trigger = format!(
            "CREATE TRIGGER ap_peer_{event} BEFORE {event} ON peer
             WHEN OLD.erased_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'ap_peer'); END"
        );
        execute(manager, &trigger).await?;
    }
    Ok(())
}

/// Takes back [`freeze_erased`].
pub(crate) async fn thaw_erased(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if is_postgres(manager) {
        return execute(manager, "DROP TRIGGER ap_peer ON peer").await;
    }
    for event in ["update", "delete"] {
        execute(manager, &format!("DROP TRIGGER ap_peer_{event}")).await?;
    }
    Ok(())
}

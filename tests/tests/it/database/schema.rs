//! The entities and the database agree: tables, columns, nullability, types; and values come back as they went in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use peer_challenge::db::Engine;
use sea_orm::{
    ColumnTrait as _, ColumnType, DbErr, EntityTrait, FromQueryResult, IdenStatic as _, Iterable as _,
    QueryFilter as _, QueryOrder as _, Statement,
};
use support::{TestDb, on_both};

use super::world::{World, council, insert, instant, key, peer, region};

type Columns = BTreeMap<String, BTreeSet<(String, String, bool)>>;

fn describe<E: EntityTrait>(entity: E, engine: Engine) -> (String, BTreeSet<(String, String, bool)>) {
    let kind = |kind: &ColumnType| match (kind, engine) {
        (ColumnType::Uuid, Engine::Postgres) => "uuid",
        (ColumnType::Uuid | ColumnType::Blob, Engine::Sqlite) => "BLOB",
        (ColumnType::Blob, Engine::Postgres) => "bytea",
        (
            ColumnType::Text | ColumnType::Date | ColumnType::TimestampWithTimeZone | ColumnType::JsonBinary,
            Engine::Sqlite,
        ) => "TEXT",
        (ColumnType::Text, Engine::Postgres) => "text",
        (ColumnType::Date, Engine::Postgres) => "date",
        (ColumnType::TimestampWithTimeZone, Engine::Postgres) => "timestamp with time zone",
        (ColumnType::JsonBinary, Engine::Postgres) => "jsonb",
        (ColumnType::Integer, Engine::Postgres) => "integer",
        (ColumnType::BigInteger, Engine::Postgres) => "bigint",
        (ColumnType::Boolean, Engine::Postgres) => "boolean",
        (ColumnType::Integer | ColumnType::BigInteger | ColumnType::Boolean, Engine::Sqlite) => "INTEGER",
        (ColumnType::Double, Engine::Postgres) => "double precision",
        (ColumnType::Double, Engine::Sqlite) => "REAL",
        (other, _) => panic!("{entity:?} has a column of an unexpected type {other:?}"),
    };
    let columns = E::Column::iter().map(|column| {
        let definition = column.def();
        let kind = match definition.get_column_type() {
            ColumnType::Enum { .. } => panic!("{entity:?}.{} is not stored as text", column.as_str()),
            other => kind(other),
        };
        (column.as_str().to_owned(), kind.to_owned(), definition.is_null())
    });
    (entity.table_name().to_owned(), columns.collect())
}

macro_rules! entities {
    ($engine:expr; $($table:ident),+ $(,)?) => {
        Columns::from([$(describe(entity::$table::Entity, $engine)),+])
    };
}

fn expected(engine: Engine) -> Columns {
    entities![engine;
        accuracy_edit, action_update, affiliation, api_key, api_key_region, assignment, audit_event, availability_window, blackout_period, challenge, challenge_document, challenge_request, challenge_theme, challenge_window, change_feed, conflict_decision, conflict_waiver, contact, council, council_code, council_neighbour, council_succession, deadline_override, declared_interest, delivery_body, delivery_body_council, evaluation, fieldwork_session, finding, host_objection, idempotency_key, immediate_risk, inspection_outcome, invitation, job, kpi, kpi_value, leadership_change, line_of_enquiry, mail_opt_out, notification, open_slot, past_engagement, peer, peer_duplicate, peer_role, peer_theme, plan_action, priority_assessment, programme, programme_policy, recommendation, recommendation_finding, reference_load, region, report, reserve, season, season_plan, session_peer, sign_off, sister_council, stage_change, team_input, team_proposal, team_slot, team_slot_theme, theme,
    ]
}

#[derive(FromQueryResult)]
struct Found {
    table_name: String,
    column_name: String,
    kind: String,
    required: String,
}

async fn found(db: &TestDb) -> Result<Columns, DbErr> {
    let sql = match db.engine() {
        Engine::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name, c.type AS kind,
                 CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS required
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                 AND m.name <> 'seaql_migrations'"
        }
        Engine::Postgres => {
            "SELECT table_name::text, column_name::text, data_type::text AS kind, is_nullable::text AS required
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'"
        }
    };
    let statement = Statement::from_string(db.conn().get_database_backend(), sql);
    let mut tables = Columns::new();
    for row in Found::find_by_statement(statement).all(db.conn()).await? {
        tables
            .entry(row.table_name)
            .or_default()
            .insert((row.column_name, row.kind, row.required == "YES"));
    }
    Ok(tables)
}

on_both!(
    async fn every_entity_is_its_table(db: &TestDb) {
        let (found, expected) = (found(db).await?, expected(db.engine()));
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (table, columns) in &expected {
            assert_eq!(&found[table], columns, "{table}");
        }
        Ok(())
    }
);

on_both!(
    async fn values_of_every_type_come_back_as_they_went_in(db: &TestDb) {
        let world = World::plant(db.conn()).await?;
        let reader = db.database().reader();
        assert_eq!(entity::region::Entity::find().one(reader).await?, Some(region()));
        let host = entity::council::Entity::find_by_id(world.host).one(reader).await?;
        assert_eq!(host, Some(council(world.host, "E06000001", "Hartlepool")));
        let found = entity::peer::Entity::find_by_id(world.peer).one(reader).await?;
        assert_eq!(found, Some(peer(world.peer, "P-1")));
        let policy = entity::programme_policy::Entity::find_by_id(world.policy)
            .one(reader)
            .await?;
        assert_eq!(policy, Some(world.policy_version(world.policy, 1)));
        let slot = entity::team_slot::Entity::find_by_id(world.slot).one(reader).await?;
        assert_eq!(slot, Some(world.a_slot(world.slot, 1)));
        let proposal = entity::team_proposal::Model {
            id: key(90),
            challenge_id: world.challenge,
            window_id: None,
            policy_id: world.policy,
            seed: i64::MIN,
            input_hash: "00".to_owned(),
            objective: i64::MAX,
            bound: i64::MAX,
            proven: true,
            body: serde_json::Value::Null,
            created_by: "manager".to_owned(),
            created_at: instant(),
        };
        insert(db.conn(), proposal.clone()).await?;
        assert_eq!(
            entity::team_proposal::Entity::find_by_id(key(90)).one(reader).await?,
            Some(proposal)
        );
        Ok(())
    }
);

// SQLite compares instants as text; that is the order of time only while all are UTC in one format.
on_both!(
    async fn instants_compare_in_the_order_of_time(db: &TestDb) {
        let world = World::plant(db.conn()).await?;
        let offsets = [
            0,
            1_000,
            10_000,
            999_999,
            1_000_000,
            1_001_000,
            60_000_000,
            36_000_000_000,
        ];
        let at = |micros: i64| DateTime::<Utc>::from_timestamp_micros(instant().timestamp_micros() + micros).unwrap();
        for (number, micros) in (0..).zip(offsets) {
            let event = entity::audit_event::Model {
                // Keys go down while time goes up, so that the order below cannot come from the keys.
                id: key(500 - number),
                at: at(micros),
                actor: "somebody".to_owned(),
                actor_role: "PROGRAMME".to_owned(),
                action: "look".to_owned(),
                entity_kind: "challenge".to_owned(),
                entity_id: world.challenge,
                challenge_id: None,
                council_id: None,
                peer_id: None,
                details: serde_json::json!({}),
                request_id: None,
                actor_peer_id: None,
            };
            insert(db.conn(), event).await?;
        }
        let events = || entity::audit_event::Entity::find().order_by_asc(entity::audit_event::Column::At);
        let ordered: Vec<_> = events()
            .all(db.conn())
            .await?
            .into_iter()
            .map(|event| event.at)
            .collect();
        assert_eq!(ordered, offsets.map(at));
        for (place, micros) in offsets.into_iter().enumerate() {
            let later = events()
                .filter(entity::audit_event::Column::At.gt(at(micros)))
                .all(db.conn())
                .await?;
            assert_eq!(later.len(), offsets.len() - place - 1, "after {micros} µs");
        }
        Ok(())
    }
);

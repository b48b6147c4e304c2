//! What is held on a person: all of it has a class, all of it is exported, and erasure leaves nothing that says who it was.
//!
//! The lists come from the database itself, so that a new table or column about people fails here until
//! `peer::classes` says what it is.

use std::collections::{BTreeMap, BTreeSet};

use entity::{assignment, audit_event, constraint, past_engagement, peer as peer_table, team_input};
use peer_challenge::{
    db::Engine,
    peer::classes::{Class, Fate, HOLDINGS, PLANS, PROPOSALS, holding},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, Statement, sea_query::Expr};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{peer, programme},
    on_both,
};
use uuid::Uuid;

use super::world::{BLACKOUT, INTEREST, OBJECTION, RELEASE, RULING, Scene, person};

const EXPORT: &str = "mutation ($input: ExportPersonalDataInput!) { exportPersonalData(input: $input) {
    personalData { peer { id } takenAt sections { name onErasure withheld records { fields { name class value withheld } } } }
    userErrors { code message } } }";
const ERASE: &str = "mutation ($input: ErasePeerInput!) { erasePeer(input: $input) {
    peer { id name email status erasedAt version } userErrors { code message } } }";

#[derive(Debug, FromQueryResult)]
struct Place {
    table_name: String,
    column_name: String,
}

async fn places(db: &TestDb, sqlite: &str, postgres: &str) -> anyhow::Result<Vec<Place>> {
    let sql = match db.engine() {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    };
    let statement = Statement::from_string(db.conn().get_database_backend(), sql);
    Ok(Place::find_by_statement(statement).all(db.conn()).await?)
}

/// Every column of every table.
async fn columns(db: &TestDb) -> anyhow::Result<Vec<Place>> {
    places(
        db,
        "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table'",
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'",
    )
    .await
}

/// Every column that refers to a person, by a foreign key or by its name.
async fn references(db: &TestDb) -> anyhow::Result<BTreeSet<(String, String)>> {
    let keys = places(
        db,
        "SELECT m.name AS table_name, f.\"from\" AS column_name FROM sqlite_master m, pragma_foreign_key_list(m.name) f
         WHERE m.type = 'table' AND f.\"table\" = 'peer'",
        "SELECT conrelid::regclass::text AS table_name, a.attname::text AS column_name FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
         WHERE c.contype = 'f' AND c.confrelid = 'peer'::regclass",
    )
    .await?;
    let named = columns(db)
        .await?
        .into_iter()
        .filter(|place| place.column_name.contains("peer"));
    let all = keys.into_iter().chain(named);
    Ok(all.map(|place| (place.table_name, place.column_name)).collect())
}

on_both!(
    async fn every_table_and_column_about_people_has_a_class(db: &TestDb) {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for place in columns(db).await? {
            tables.entry(place.table_name).or_default().insert(place.column_name);
        }
        let references = references(db).await?;
        assert!(references.len() >= HOLDINGS.len(), "{references:?}");
        for (table, column) in &references {
            let class = holding(table).and_then(|holding| holding.class(column));
            assert_eq!(
                class,
                Some(Class::Record),
                "say in peer/classes.rs what {table} holds about people"
            );
        }
        for holding in HOLDINGS {
            let classed: BTreeSet<String> = holding.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(classed, tables[holding.table], "columns of {}", holding.table);
        }
        Ok(())
    }
);

/// Sections of an export by name.
async fn export(
    scene: &Scene,
    role: peer_challenge::auth::ViewerRole,
    of: Uuid,
) -> anyhow::Result<BTreeMap<String, Value>> {
    let input = json!({ "input": { "peerId": person(of) } });
    let payload = scene.app.done(role, EXPORT, input).await?;
    let sections = payload["personalData"]["sections"].as_array().unwrap().clone();
    let named = sections
        .into_iter()
        .map(|one| (one["name"].as_str().unwrap().to_owned(), one));
    Ok(named.collect())
}

fn fields(section: &Value) -> Vec<&Value> {
    let records = section["records"].as_array().unwrap().iter();
    records
        .flat_map(|record| record["fields"].as_array().unwrap())
        .collect()
}

on_both!(
    async fn an_export_holds_everything_and_each_export_is_on_record(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let all: BTreeSet<&str> = HOLDINGS
            .iter()
            .map(|one| one.table)
            .chain([PROPOSALS.table, PLANS.table])
            .collect();
        let full = export(&scene, programme(), scene.lead).await?;
        assert_eq!(full.keys().map(String::as_str).collect::<BTreeSet<_>>(), all);
        for name in [
            "peer",
            "peer_role",
            "affiliation",
            "declared_interest",
            "availability_window",
            "blackout_period",
            "assignment",
            "conflict_decision",
            "audit_event",
            "team_proposal",
            "season_plan",
        ] {
            assert!(!fields(&full[name]).is_empty(), "{name} is empty");
        }
        let text = json!(full).to_string();
        for known in ["Lead-1", "lead-1@example.org", INTEREST, BLACKOUT] {
            assert!(text.contains(known), "{known}");
        }
        assert!(
            full.values()
                .flat_map(fields)
                .all(|field| field["withheld"] == false || field["name"] == "details")
        );

        // The person reads what they may read anyway, and is told what is kept back.
        let own = export(&scene, peer(scene.manager), scene.manager).await?;
        let text = json!(own).to_string();
        assert!(text.contains("manager-1@example.org"));
        for secret in [OBJECTION, RULING, RELEASE, "national_programme@tests"] {
            assert!(!text.contains(secret), "{secret}");
        }
        for section in ["host_objection", "reserve", "team_proposal", "season_plan"] {
            assert_eq!(
                (&own[section]["withheld"], &own[section]["records"]),
                (&json!(true), &json!([]))
            );
        }
        let staff = fields(&own["assignment"]);
        let staff = staff.iter().find(|field| field["name"] == "nominated_by").unwrap();
        assert_eq!(
            (&staff["class"], &staff["value"], &staff["withheld"]),
            (&json!("STAFF"), &Value::Null, &json!(true))
        );
        let confided = export(&scene, programme(), scene.manager).await?;
        assert!(json!(confided["host_objection"]).to_string().contains(OBJECTION));

        let exports = audit_event::Entity::find()
            .filter(audit_event::Column::Action.eq("PERSONAL_DATA_EXPORTED"))
            .all(db.conn())
            .await?;
        assert_eq!(exports.len(), 3);
        scene.app.stop().await
    }
);

/// Everything in the database as text, in lower case.
async fn dump(db: &TestDb) -> anyhow::Result<String> {
    #[derive(FromQueryResult)]
    struct Row {
        text: Option<String>,
    }
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for place in columns(db).await? {
        tables
            .entry(place.table_name)
            .or_default()
            .push(format!("\"{}\"", place.column_name));
    }
    let mut all = String::new();
    for (table, columns) in tables {
        let sql = match db.engine() {
            Engine::Sqlite => format!(
                "SELECT json_array({}) AS text FROM \"{table}\"",
                columns
                    .iter()
                    .map(|c| format!("CASE typeof({c}) WHEN 'blob' THEN hex({c}) ELSE {c} END"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Engine::Postgres => format!("SELECT row_to_json(t)::text AS text FROM \"{table}\" AS t"),
        };
        let statement = Statement::from_string(db.conn().get_database_backend(), sql);
        for row in Row::find_by_statement(statement).all(db.conn()).await? {
            all.push_str(&row.text.unwrap_or_default().to_lowercase());
            all.push('\n');
        }
    }
    Ok(all)
}

async fn version(scene: &Scene, of: Uuid) -> anyhow::Result<i32> {
    let row = peer_table::Entity::find_by_id(of)
        .one(scene.app.database.reader())
        .await?;
    Ok(row.unwrap().version)
}

/// What erasing somebody is given.
async fn whom(scene: &Scene, of: Uuid) -> anyhow::Result<Value> {
    Ok(json!({ "input": { "peerId": person(of), "expectedVersion": version(scene, of).await? } }))
}

on_both!(
    async fn erasure_leaves_history_without_the_person(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let (app, lead) = (&scene.app, scene.lead);
        let traces = ["lead-1", "zebra-interest", "zebra-blackout"];
        let before = dump(db).await?;
        assert!(traces.iter().all(|trace| before.contains(trace)));

        let refused = app.refused(programme(), ERASE, whom(&scene, lead).await?).await?;
        assert_eq!(refused, ["SERVING"]);
        assert_eq!(dump(db).await?, before, "a refusal writes nothing");
        assert!(!team_input::Entity::find().all(db.conn()).await?.is_empty());

        let release = "mutation ($input: ReleaseNominationInput!) { releaseNomination(input: $input) {
            assignment { id } userErrors { code message } } }";
        let row = assignment::Entity::find()
            .filter(assignment::Column::PeerId.eq(lead))
            .one(db.conn())
            .await?
            .unwrap();
        let input = json!({ "assignmentId": scene.places[0], "expectedVersion": row.version, "reason": "zebra-gone" });
        app.done(programme(), release, json!({ "input": input })).await?;
        let served = past_engagement::Entity::find().all(db.conn()).await?.len();

        let erased = app.done(programme(), ERASE, whom(&scene, lead).await?).await?;
        assert_eq!(
            (
                &erased["peer"]["name"],
                &erased["peer"]["email"],
                &erased["peer"]["status"]
            ),
            (&json!("Erased peer"), &Value::Null, &json!("LEFT"))
        );
        let after = dump(db).await?;
        for trace in traces.iter().chain(&["zebra-gone"]) {
            let line = after.lines().find(|line| line.contains(trace));
            assert_eq!(line, None, "{trace} is still there");
        }
        // What proposals were made from held their ties and interests, packed.
        assert_eq!(team_input::Entity::find().all(db.conn()).await?.len(), 0);
        // Nobody else is touched.
        assert!(after.contains("member-1@example.org") && after.contains("zebra-tie"));

        let left = export(&scene, programme(), lead).await?;
        for (name, section) in &left {
            let all = fields(section);
            if section["onErasure"] == "DELETED" {
                assert!(all.is_empty(), "{name}: {all:?}");
            }
            let Some(holding) = holding(name) else { continue };
            for field in all {
                let column = field["name"].as_str().unwrap();
                if holding.class(column).is_some_and(Class::outlives_erasure) || name == "audit_event" {
                    continue;
                }
                let value = field["value"].as_str().unwrap_or_default().to_lowercase();
                let blank = value.is_empty()
                    || value.starts_with("erased")
                    || ["[]", "other", "profile", "left"].contains(&value.as_str());
                assert!(blank, "{name}.{column}: {value}");
            }
        }
        assert!(HOLDINGS.iter().any(|one| one.fate == Fate::Deleted));
        // History: the place that ended and the years before are there, the team's page shows somebody.
        assert_eq!(
            fields(&left["assignment"])
                .iter()
                .filter(|field| field["name"] == "status")
                .count(),
            1
        );
        assert_eq!(past_engagement::Entity::find().all(db.conn()).await?.len(), served);
        let events = audit_event::Entity::find()
            .filter(audit_event::Column::PeerId.eq(lead))
            .all(db.conn())
            .await?;
        let known = ["PEER_ERASED", "PERSONAL_DATA_EXPORTED"];
        for event in &events {
            assert!(
                event.details == json!({ "erased": true }) || known.contains(&event.action.as_str()),
                "{event:?}"
            );
            assert_eq!(
                event.actor == "erased peer",
                event.actor_peer_id == Some(lead),
                "{event:?}"
            );
        }
        assert!(events.iter().any(|event| event.actor == "erased peer"));
        assert!(events.iter().any(|event| event.action == "PEER_ERASED"));
        scene.app.stop().await
    }
);

on_both!(
    async fn erasure_cannot_be_undone_and_takes_joined_entries_along(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let (app, former, joined) = (&scene.app, scene.former, scene.northerner);
        let join = "mutation ($input: DecideDuplicateInput!) { decideDuplicate(input: $input) { userErrors { code message } } }";
        let input = json!({ "peerId": person(former), "otherPeerId": person(joined), "verdict": "SAME", "reason": "zebra-same" });
        app.done(programme(), join, json!({ "input": input })).await?;
        app.done(programme(), ERASE, whom(&scene, former).await?).await?;
        let after = dump(db).await?;
        for trace in ["north-1", "manager-2", "zebra-same", "zebra-release"] {
            assert!(!after.contains(trace), "{trace}");
        }
        for gone in [former, joined] {
            let again = app.refused(programme(), ERASE, whom(&scene, gone).await?).await?;
            assert_eq!(again, ["ERASED"]);
        }
        let update =
            "mutation ($input: UpdatePeerInput!) { updatePeer(input: $input) { userErrors { code message } } }";
        let input =
            json!({ "peerId": person(former), "expectedVersion": version(&scene, former).await?, "capacity": 2 });
        assert_eq!(
            app.refused(peer(former), update, json!({ "input": input })).await?,
            ["ERASED"]
        );
        // Nor by the back door.
        let rename = peer_table::Entity::update_many()
            .col_expr(peer_table::Column::Name, Expr::value("Somebody"))
            .filter(peer_table::Column::Id.eq(former))
            .exec(db.conn())
            .await;
        assert_eq!(
            constraint::violated(&rename.unwrap_err()).as_deref(),
            Some(constraint::PEER_ERASED)
        );
        scene.app.stop().await
    }
);

on_both!(
    async fn the_audit_record_lets_nobody_go_who_was_not_erased(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let (former, member) = (scene.former, scene.member);
        scene.app.done(programme(), ERASE, whom(&scene, former).await?).await?;
        let redact = async |of: Uuid, change: Vec<(audit_event::Column, Value)>| {
            let mut update = audit_event::Entity::update_many().filter(audit_event::Column::PeerId.eq(of));
            for (column, value) in change {
                update = match value {
                    Value::String(text) => update.col_expr(column, Expr::value(text)),
                    other => update.col_expr(column, Expr::value(other)),
                };
            }
            let result = update.exec(db.conn()).await;
            result.err().and_then(|error| constraint::violated(&error))
        };
        let erased = json!({ "erased": true });
        let refused = Some(constraint::AUDIT_APPEND_ONLY.to_owned());
        assert_eq!(
            redact(member, vec![(audit_event::Column::Details, erased.clone())]).await,
            refused
        );
        assert_eq!(
            redact(member, vec![(audit_event::Column::Actor, json!("erased peer"))]).await,
            refused
        );
        assert_eq!(
            redact(former, vec![(audit_event::Column::Details, json!({ "any": "thing" }))]).await,
            refused
        );
        assert_eq!(
            redact(former, vec![(audit_event::Column::Actor, json!("somebody else"))]).await,
            refused
        );
        assert_eq!(
            redact(
                former,
                vec![
                    (audit_event::Column::Action, json!("OTHER")),
                    (audit_event::Column::Details, erased.clone())
                ]
            )
            .await,
            refused
        );
        assert_eq!(redact(former, vec![(audit_event::Column::Details, erased)]).await, None);
        let removed = audit_event::Entity::delete_many().exec(db.conn()).await;
        assert_eq!(constraint::violated(&removed.unwrap_err()), refused);
        scene.app.stop().await
    }
);

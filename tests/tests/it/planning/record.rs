//! What was decided in one database, made again in another: everything is copied into an empty database of the other engine, and
//! the same question gets the same answer there.

use std::collections::BTreeSet;

use entity::season_plan;
use peer_challenge::{
    db::{
        Engine,
        copy::{CopyError, TABLES, copy},
    },
    team::record::{keep, pack_value},
};
use sea_orm::{ConnectionTrait as _, Set, Statement};
use serde_json::{Value, json};
use support::{App, TestDb, app::programme, on_both};

use super::{COMPARE, Desk, newcomers, runs::change, unpacked};

on_both! {
    async fn a_plan_is_made_again_in_a_copy_on_the_other_engine(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, first) = desk.made(json!({ "seed": 3 })).await?;
        let other = match db.engine() {
            Engine::Sqlite => Engine::Postgres,
            Engine::Postgres => Engine::Sqlite,
        };
        let Some(empty) = TestDb::migrated(other).await? else {
            return desk.app.stop().await;
        };
        let copied = copy(db.database(), empty.database()).await?;
        let rows: u64 = copied.iter().map(|(_, rows)| rows).sum();
        assert!(rows > 20_000, "{copied:?}");
        let names: Vec<&str> = copied.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, TABLES, "the entities' names are the tables'");

        let there = Desk { app: App::bare(&empty).await?, programme: desk.programme.clone(), season: desk.season.clone(), main: desk.main };
        assert_eq!(there.read(&id).await?, first, "the record of the plan itself");
        let (_, again) = there.made(json!({ "seed": 3 })).await?;
        assert_eq!(again["input"], first["input"], "the planner was given the same");
        assert_eq!(again["result"], first["result"], "and plans the same");

        // The copy lives: it is not a picture of the other one.
        let applied = there.apply(&id, &first["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "{applied:#}");
        assert!(there.live().await? > desk.live().await?);

        // Nothing is written over.
        let refused = copy(db.database(), empty.database()).await;
        assert!(matches!(&refused, Err(CopyError::NotEmpty { table }) if table == "region"), "{refused:?}");
        there.app.stop().await?;
        desk.app.stop().await
    }
}

on_both! {
    async fn a_plan_made_from_what_another_version_wrote_is_not_changed(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, read) = desk.made(json!({})).await?;
        let (challenge, slot, _) = newcomers(&read)[0].clone();
        let moves = json!([{ "challengeId": challenge, "slotId": slot, "peerId": null }]);
        // As it was before windows were told for several people together.
        let mut season: Value = serde_json::from_str(&unpacked(&read["input"]))?;
        season["challenges"][0]["barred"] = json!([[0, [0]]]);
        let packed = pack_value(&season).unwrap();
        let hash = packed.hash.clone();
        let tx = desk.app.database.begin().await?;
        assert!(keep(&tx, &desk.app.act(), packed).await.is_ok());
        tx.commit().await?;
        change(&desk, &id, season_plan::ActiveModel { input_hash: Set(Some(hash)), ..Default::default() }).await?;
        let refused = desk.edit(&id, moves).await?;
        assert!(refused["plan"].is_null());
        assert_eq!(
            refused["userErrors"],
            json!([{ "code": "INVALID", "field": ["planId"],
                "message": "Another version of the service wrote what this plan was made from. Ask for a plan anew." }])
        );
        let today = desk.app.post(Some(programme()), COMPARE, json!({ "plan": id })).await?.body;
        assert_eq!(today["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{today:#}");
        // The plan itself is still read, compared with others and put into effect, because that asks the facts as they are now.
        assert_eq!(desk.read(&id).await?["result"], read["result"]);
        let itself = desk.ask(COMPARE, json!({ "plan": id, "with": id })).await?["compareSeasonPlans"].clone();
        assert_eq!(itself["changedCount"], 0, "{itself:#}");
        assert_eq!(desk.apply(&id, &read["version"]).await?["userErrors"], json!([]));
        desk.app.stop().await
    }
}

on_both! {
    async fn every_table_is_copied_or_left_behind_by_name(db: &TestDb) {
        let sql = match db.engine() {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Engine::Postgres => "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'",
        };
        let rows = db.conn().query_all_raw(Statement::from_string(db.conn().get_database_backend(), sql)).await?;
        let all: BTreeSet<String> = rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
        let mut known: BTreeSet<String> = TABLES.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(known.len(), TABLES.len(), "each once");
        known.extend(["change_feed", "idempotency_key", "job", "seaql_migrations"].map(str::to_owned));
        assert_eq!(all, known);
        Ok(())
    }
}

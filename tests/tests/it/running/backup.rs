//! Backup and restore: what was restored into an empty place gives the same answers as the original did.

use anyhow::{Context as _, ensure};
use peer_challenge::{
    clock::{Clock as _, ManualClock},
    db::Engine,
    demo::fill,
    graphql::context::{Act, finish},
    ids::{IdGenerator, SeededIds},
};
use serde_json::{Value, json};
use support::{App, TestDb, app, app::programme, cluster, on_both, process::Installation};

/// Something of every aggregate, with the links between them.
const QUESTIONS: [&str; 6] = [
    "{ councils(first: 100) { totalCount nodes { id name region { name } } } regions { name } themes { code } }",
    "{ programmes { code policies(first: 5) { nodes { id number } } } seasons { nodes { id name startsOn } } }",
    "{ peers(first: 100) { totalCount nodes { id reference name email roles themes { code } homeCouncils { name }
        affiliations { kind } declaredInterests { kind } version } } }",
    "{ challenges(first: 50) { totalCount nodes { id reference stage host { name } deadlines { milestone dueOn }
        slots { role assignment { status peer { name } } } version } } }",
    r#"{ schedule(from: "2026-01-01", to: "2028-12-31", first: 100) { nodes { startsOn endsOn isConfirmed
        challenge { reference assignments(first: 20) { nodes { peer { name } homeCouncil { name } } } } } } }"#,
    "{ auditEvents(first: 100) { totalCount nodes { id action actor at } } }",
];

async fn answers(app: &App) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    for question in QUESTIONS {
        all.push(app.data(programme(), question, json!({})).await?);
    }
    Ok(all)
}

fn tool(name: &str) -> anyhow::Result<tokio::process::Command> {
    let path = cluster::program(name).with_context(|| format!("{name} is not installed beside the server"))?;
    Ok(tokio::process::Command::new(path))
}

async fn succeed(mut command: tokio::process::Command) -> anyhow::Result<()> {
    let output = command.output().await?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// The documented way, engine by engine.
async fn back_up(db: &TestDb, copy: &str) -> anyhow::Result<()> {
    if db.engine() == Engine::Postgres {
        let mut dump = tool("pg_dump")?;
        dump.args(["--format=custom", "--file", copy, "--dbname", db.url()]);
        return succeed(dump).await;
    }
    let arguments = ["backup", copy, "--database-url", db.url()];
    let place = Installation::new()?;
    place.answer(&arguments).await?;
    let again = place.refusal(&arguments).await?;
    ensure!(again.contains("never overwrites"), "{again}");
    Ok(())
}

async fn restore(engine: Engine, copy: &str) -> anyhow::Result<TestDb> {
    let restored = TestDb::filled(engine, async |url| {
        if engine == Engine::Postgres {
            let mut restore = tool("pg_restore")?;
            restore.args(["--exit-on-error", "--no-owner", "--dbname", url, copy]);
            return succeed(restore).await;
        }
        let file = url.strip_prefix("sqlite://").context("a file")?;
        std::fs::copy(copy, file).map(drop).context("copying")
    });
    restored.await?.context("the engine was there a moment ago")
}

on_both!(
    async fn a_restored_backup_gives_the_same_answers(db: &TestDb) {
        let clock = std::sync::Arc::new(ManualClock::on(app::TODAY.parse()?));
        let ids: std::sync::Arc<dyn IdGenerator> = std::sync::Arc::new(SeededIds::new(clock.clone(), 3));
        let act = Act::new(peer_challenge::auth::Viewer::service(), &*clock, ids.clone());
        assert_eq!(clock.today().to_string(), app::TODAY);
        let transaction = db.database().begin().await?;
        let outcome = fill::fill(&transaction, &act, &*clock, &*ids, 1).await;
        finish(transaction, outcome)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let app = App::bare(db).await?;
        let before = answers(&app).await?;
        assert!(
            before[2]["peers"]["totalCount"].as_u64() > Some(1_000),
            "there is something to lose"
        );

        // A transaction that is open while the copy is taken must be in it whole or not at all.
        let home = tempfile::tempdir()?;
        let copy = home.path().join("copy");
        let copy = copy.to_str().context("a name")?;
        let open = db.database().begin().await?;
        let half = fill::fill(&open, &act, &*clock, &*ids, 2).await;
        let taken = back_up(db, copy).await;
        drop(half);
        open.rollback().await?;
        taken?;

        let restored = restore(db.engine(), copy).await?;
        let again = App::bare(&restored).await?;
        for ((question, before), after) in QUESTIONS.iter().zip(before).zip(answers(&again).await?) {
            assert_eq!(before, after, "{question}");
        }
        // And it is a living database: the rules that it holds itself came with it.
        let create = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) { season { id } userErrors { code } } }";
        let input = json!({ "name": "after", "startsOn": "2031-04-01", "endsOn": "2032-03-31" });
        again.done(programme(), create, json!({ "input": input })).await?;
        again.stop().await?;
        app.stop().await
    }
);

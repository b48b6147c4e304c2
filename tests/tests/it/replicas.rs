//! Several real processes on one database: what happens in one is heard in the others, a job runs once, and a process that
//! is killed half-way through a job is replaced.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use entity::{audit_event, challenge, enums::JobState, job, programme, programme_policy};
use peer_challenge::{
    auth::Viewer,
    clock::{Clock as _, SystemClock},
    db::Engine,
    feed::{Feed, FeedOptions},
    graphql::{
        context::Act,
        ids::{Kind, decode},
    },
    jobs::{NewJob, enqueue},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::council,
    on_both,
    process::{Installation, Served},
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{
    http_protocol::wire::Wire,
    journey::{HARTLEPOOL, Journey, world},
};

const ADOPT: &str = "team.adopt-policies";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process of `place` over `db`, and where it serves.
async fn replica(place: &Installation, db: &TestDb, more: &[&str]) -> anyhow::Result<(Served, String)> {
    let mut served = place.serve(db.url(), more)?;
    let url = served.serving().await?;
    Ok((served, url))
}

async fn ask(url: &str, token: &str, query: &str, variables: Value) -> anyhow::Result<Value> {
    Ok(reqwest::Client::new()
        .post(format!("{url}/graphql"))
        .bearer_auth(token)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await?
        .json()
        .await?)
}

async fn create_season(url: &str, token: &str, year: u32) -> anyhow::Result<Uuid> {
    let query = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) { season { id } userErrors { message } } }";
    let input =
        json!({ "name": format!("{year}"), "startsOn": format!("{year}-01-01"), "endsOn": format!("{year}-12-31") });
    let answer = ask(url, token, query, json!({ "input": input })).await?;
    let id = answer["data"]["createSeason"]["season"]["id"]
        .as_str()
        .with_context(|| answer.to_string())?;
    Ok(decode(&id.into()).context("an id")?.1)
}

on_both!(
    async fn what_one_process_changes_another_hears(db: &TestDb) {
        let place = Installation::new()?;
        // This process is the other one.
        let feed = Feed::start(&db.another().await?, FeedOptions::default()).await?;
        let mut changes = feed.subscribe();
        let mut replicas = [replica(&place, db, &[]).await?, replica(&place, db, &[]).await?];
        let token = place.token(&["--role", "national-programme"]).await?;
        for ((_, url), year) in replicas.iter().zip([2031, 2032]) {
            let season = create_season(url, &token, year).await?;
            let heard = timeout(PATIENCE, async {
                loop {
                    let change = changes.recv().await?;
                    if change.action == "SEASON_CREATED" {
                        return anyhow::Ok(change);
                    }
                }
            });
            let change = heard.await??;
            assert_eq!(
                (change.entity, change.entity_kind.as_str()),
                (season, Kind::Season.name())
            );
        }
        for (served, _) in &mut replicas {
            served.terminate().await?;
        }
        Ok(())
    }
);

on_both!(
    async fn a_subscriber_of_one_process_hears_what_another_one_did(db: &TestDb) {
        let app = App::start(db).await?;
        let facts = world(&app).await?;
        let journey = Journey::request(&app, &facts, council(HARTLEPOOL)).await?;
        app.stop().await?;
        let place = Installation::new()?;
        let (_doing, doing) = replica(&place, db, &[]).await?;
        let (_hearing, hearing) = replica(&place, db, &[]).await?;
        let token = place.token(&["--role", "council", "--council", HARTLEPOOL]).await?;
        let mut wire = Wire::ready(&hearing, &token).await;
        let changes = "subscription ($id: ID) { challengeChanged(id: $id) { action challenge { stage } } }";
        wire.subscribe_with("1", changes, json!({ "id": journey.id })).await;
        // Answered after the subscription has been taken up.
        wire.subscribe("2", "{ __typename }").await;
        wire.result("2").await;
        wire.completed("2").await;
        sleep(Duration::from_millis(200)).await;

        let version = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { version } } }";
        let seen = ask(&doing, &token, version, json!({ "id": journey.id })).await?;
        let withdraw = "mutation ($input: ChallengeSideMoveInput!) { withdrawChallenge(input: $input) {
            challenge { stage } userErrors { message } } }";
        let input = json!({ "challengeId": journey.id, "expectedVersion": seen["data"]["node"]["version"], "reason": "HOST_REQUEST" });
        let done = ask(&doing, &token, withdraw, json!({ "input": input })).await?;
        assert_eq!(
            done["data"]["withdrawChallenge"]["challenge"]["stage"], "WITHDRAWN",
            "{done}"
        );
        // PostgreSQL may tell first what was committed just before the process began to listen.
        let heard = timeout(PATIENCE, async {
            loop {
                let heard = wire.result("1").await["data"]["challengeChanged"].take();
                if heard["action"] == "CHALLENGE_WITHDRAWN" {
                    break heard;
                }
            }
        });
        assert_eq!(heard.await?["challenge"]["stage"], "WITHDRAWN");
        Ok(())
    }
);

on_both!(
    async fn two_processes_do_each_job_once(db: &TestDb) {
        let place = Installation::new()?;
        let _replicas = [replica(&place, db, &[]).await?, replica(&place, db, &[]).await?];
        let started = Instant::now();
        loop {
            let jobs = job::Entity::find().all(db.conn()).await?;
            if jobs.len() >= 4 && jobs.iter().all(|job| job.state == JobState::Done) {
                break;
            }
            ensure!(started.elapsed() < PATIENCE, "{jobs:#?}");
            sleep(Duration::from_millis(50)).await;
        }
        // Both have looked again by then.
        sleep(Duration::from_millis(1500)).await;
        let jobs = job::Entity::find().all(db.conn()).await?;
        assert!(
            jobs.iter().all(|job| (job.state, job.attempts) == (JobState::Done, 1)),
            "{jobs:#?}"
        );
        Ok(())
    }
);

/// Two challenges of different programmes, in the order of the programmes, for both of which a newer policy is in force.
async fn two_challenges_behind(db: &TestDb) -> anyhow::Result<[Uuid; 2]> {
    let app = App::start(db).await?;
    let facts = world(&app).await?;
    let journey = Journey::request(&app, &facts, council(HARTLEPOOL)).await?;
    let (_, id) = decode(&journey.id.as_str().into()).context("an id")?;
    let first = challenge::Entity::find_by_id(id).one(db.conn()).await?.context("it")?;
    let programmes = programme::Entity::find()
        .order_by_asc(programme::Column::Code)
        .all(db.conn())
        .await?;
    let own = programmes
        .iter()
        .position(|row| row.id == first.programme_id)
        .context("its programme")?;
    let other = usize::from(own == 0);
    let mut second = first.clone().into_active_model().reset_all();
    second.id = Set(app.ids.next_id());
    second.reference = Set("COPY-1".to_owned());
    second.programme_id = Set(programmes[other].id);
    let second = second.insert(db.conn()).await?;
    for programme in [own, other] {
        let policy = programme_policy::Entity::find()
            .filter(programme_policy::Column::ProgrammeId.eq(programmes[programme].id))
            .order_by_desc(programme_policy::Column::Number)
            .one(db.conn())
            .await?
            .context("a policy")?;
        let number = policy.number + 1;
        let mut next = policy.into_active_model().reset_all();
        next.id = Set(app.ids.next_id());
        next.number = Set(number);
        next.insert(db.conn()).await?;
    }
    app.stop().await?;
    Ok(if own < other {
        [first.id, second.id]
    } else {
        [second.id, first.id]
    })
}

async fn applied(db: &TestDb, challenge: Uuid) -> anyhow::Result<u64> {
    let events = audit_event::Entity::find()
        .filter(audit_event::Column::Action.eq("POLICY_APPLIED"))
        .filter(audit_event::Column::EntityId.eq(challenge));
    Ok(events.count(db.conn()).await?)
}

/// The oldest job that adopts policies (a new one comes with each hour).
async fn adoption(db: &TestDb) -> anyhow::Result<Option<job::Model>> {
    let jobs = job::Entity::find()
        .filter(job::Column::Kind.eq(ADOPT))
        .order_by_asc(job::Column::Id);
    Ok(jobs.one(db.conn()).await?)
}

on_both!(
    async fn a_job_of_a_killed_process_is_taken_over_and_done_once(db: &TestDb) {
        if db.engine() == Engine::Sqlite {
            return Ok(()); // Its file belongs to one machine; replicas are for PostgreSQL.
        }
        let [first, second] = two_challenges_behind(db).await?;
        let place = Installation::new()?;
        let lease = ["--job-lease-seconds", "4"];
        // The job comes to a halt at the second challenge, when the first one is done for good.
        let holder = db.another().await?;
        let obstacle = holder.begin().await?;
        challenge::Entity::find_by_id(second)
            .lock_exclusive()
            .one(&obstacle)
            .await?;
        let (mut doomed, _) = replica(&place, db, &lease).await?;
        let started = Instant::now();
        while applied(db, first).await? == 0 {
            ensure!(started.elapsed() < PATIENCE, "{:#?}", doomed.log());
            sleep(Duration::from_millis(20)).await;
        }
        let (successor, _) = replica(&place, db, &lease).await?;
        // Longer than the lease: it is renewed, so nobody takes the job away from a process that lives.
        sleep(Duration::from_secs(6)).await;
        let running = adoption(db).await?.context("the job")?;
        assert_eq!((running.state, running.attempts), (JobState::Running, 1));
        doomed.kill().await?;
        let killed = SystemClock.now();
        obstacle.rollback().await?;
        let started = Instant::now();
        let done = loop {
            let job = adoption(db).await?.context("the job")?;
            if job.state == JobState::Done {
                break job;
            }
            ensure!(started.elapsed() < PATIENCE, "{job:#?} {:#?}", successor.log());
            sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(done.attempts, 2);
        assert!(done.finished_at > Some(killed));
        // Not a moment before the lease of the killed process had run out.
        assert!(done.finished_at >= running.lease_until, "{done:#?} {running:#?}");
        // Each half is there once: the one before the kill, and the one after it.
        assert_eq!((applied(db, first).await?, applied(db, second).await?), (1, 1));
        sleep(Duration::from_secs(5)).await;
        let later = adoption(db).await?.context("the job")?;
        assert_eq!((later.state, later.attempts), (JobState::Done, 2));
        Ok(())
    }
);

on_both!(
    async fn the_engineer_on_call_sees_dead_jobs_and_revives_them(db: &TestDb) {
        let place = Installation::new()?;
        let act = Act::new(
            Viewer::service(),
            &SystemClock,
            std::sync::Arc::new(peer_challenge::ids::SystemIds::new(std::sync::Arc::new(SystemClock))),
        );
        let tx = db.database().begin().await?;
        let dead = enqueue(&tx, &act, NewJob::new("test.dead")).await?.context("a job")?;
        let waiting = enqueue(&tx, &act, NewJob::new("test.waiting"))
            .await?
            .context("a job")?;
        tx.commit().await?;
        let row = job::Entity::find_by_id(dead).one(db.conn()).await?.context("it")?;
        let mut row = row.into_active_model();
        row.state = Set(JobState::Dead);
        row.attempts = Set(9);
        row.last_error = Set(Some("PROVIDER".to_owned()));
        row.finished_at = Set(Some(act.at));
        row.update(db.conn()).await?;

        let jobs = async |more: &[&str]| {
            place
                .answer(&[&["jobs", "list", "--database-url", db.url()], more].concat())
                .await
        };
        let (dead, waiting) = (dead.to_string(), waiting.to_string());
        let all = jobs(&[]).await?;
        assert!(all.contains(&dead) && all.contains(&waiting), "{all}");
        let listed = jobs(&["--state", "dead"]).await?;
        assert!(listed.contains(&dead) && !listed.contains(&waiting), "{listed}");
        for word in ["test.dead", "DEAD", "9/9", "PROVIDER"] {
            assert!(listed.contains(word), "{listed}");
        }
        assert!(jobs(&["--limit", "1"]).await?.contains("There are more"));
        assert!(jobs(&["--kind", "test.waiting"]).await?.contains(&waiting));

        let retry = ["jobs", "retry", "--database-url", db.url()];
        let again = [&retry[..], &[dead.as_str()]].concat();
        assert!(place.answer(&again).await?.contains("queued again"));
        assert!(place.refusal(&again).await?.contains("is QUEUED"));
        let nobody = Uuid::nil().to_string();
        let unknown = [&retry[..], &[nobody.as_str()]].concat();
        assert!(place.refusal(&unknown).await?.contains("there is no job"));

        // What was refused left nothing behind, what was done left one event.
        let events = entity::audit_event::Entity::find().all(db.conn()).await?;
        let told: Vec<_> = events
            .iter()
            .map(|event| (event.action.as_str(), event.actor.as_str(), event.entity_kind.as_str()))
            .collect();
        assert_eq!(told, [("JOB_RETRIED", "command line", "Job")]);
        assert_eq!(events[0].entity_id.to_string(), dead);
        let facts = serde_json::json!({ "job": dead, "kind": "test.dead", "attempts": 9, "lastError": "PROVIDER" });
        assert_eq!(events[0].details, facts);
        let app = support::App::bare(db).await?;
        let events = "{ auditEvents(first: 5) { nodes { action actor entityId entityKind details { key value } } } }";
        let shown = app
            .data(support::app::programme(), events, serde_json::json!({}))
            .await?;
        let shown = &shown["auditEvents"]["nodes"][0];
        assert_eq!(shown["action"], "JOB_RETRIED", "{shown}");
        assert_eq!(
            (&shown["entityId"], &shown["entityKind"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
        let hidden = app
            .data(support::app::hub("E12000001"), events, serde_json::json!({}))
            .await?;
        assert_eq!(hidden["auditEvents"]["nodes"], serde_json::json!([]));
        app.stop().await?;
        Ok(())
    }
);

//! Runs of season plans: followed, ended, lost, impossible; suppositions; the season as a file.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use entity::{
    enums::{JobState, PlanState},
    job, peer, programme_policy, season_plan, team_input,
};
use matching::season::{PlanFile, Season};
use peer_challenge::{
    auth::ViewerRole,
    clock::Clock as _,
    graphql::ids::{Kind, encode},
    jobs::{Registry, Worker, WorkerOptions},
    planning::season::{run::PlanSeason, service},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use support::{TestDb, app::programme, national, on_both, process::Installation};

use super::{Desk, decided, key, newcomers};
use crate::{database::world::insert, http_protocol::wire::Wire};

const CANCEL: &str = "mutation($input: CancelSeasonPlanInput!) { cancelSeasonPlan(input: $input) {
    plan { state version } userErrors { code message } } }";

pub(super) async fn change(desk: &Desk, id: &Value, change: season_plan::ActiveModel) -> anyhow::Result<()> {
    let change = season_plan::ActiveModel {
        id: Set(key(id)),
        ..change
    };
    change.update(desk.app.database.writer()).await?;
    Ok(())
}

on_both! {
    async fn a_run_that_goes_on_is_ended_and_its_version_rises(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let asked = desk.plan(json!({})).await?;
        let id = &asked["plan"]["id"];
        // As its worker would.
        change(&desk, id, season_plan::ActiveModel { state: Set(PlanState::Running), ..Default::default() }).await?;
        let input = json!({ "planId": id, "expectedVersion": asked["plan"]["version"] });
        let told = desk.ask(CANCEL, json!({ "input": input })).await?["cancelSeasonPlan"].clone();
        assert_eq!((&told["plan"]["state"], &told["userErrors"]), (&json!("RUNNING"), &json!([])), "its worker ends it");
        let again = desk.ask(CANCEL, json!({ "input": input })).await?["cancelSeasonPlan"].clone();
        assert_eq!(again["userErrors"][0]["code"], "CONFLICT", "{again:#}");
        desk.app.worker.drain().await?;
        let ended = desk.read(id).await?;
        assert_eq!(ended["state"], "CANCELLED");
        assert!(ended["version"].as_i64().unwrap() > told["plan"]["version"].as_i64().unwrap());
        // The season can be planned again.
        assert_eq!(desk.plan(json!({})).await?["userErrors"], json!([]));
        desk.app.stop().await
    }
}

on_both! {
    async fn a_run_whose_worker_never_comes_back_fails_as_lost(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let asked = desk.plan(json!({})).await?;
        let id = &asked["plan"]["id"];
        give_up(&desk).await?;
        assert_eq!(desk.plan(json!({})).await?["userErrors"][0]["code"], "CONFLICT", "nobody knows yet");
        desk.app.clock.advance(chrono::TimeDelta::minutes(30));
        desk.app.worker.drain().await?;
        let lost = desk.read(id).await?;
        assert_eq!((&lost["state"], &lost["error"]), (&json!("FAILED"), &json!("LOST")), "{lost:#}");
        assert_eq!(desk.plan(json!({})).await?["userErrors"], json!([]));
        desk.app.stop().await
    }
}

/// Marks the only run's job as given up, as after its last attempt.
async fn give_up(desk: &Desk) -> anyhow::Result<()> {
    let found = job::Entity::find()
        .filter(job::Column::Kind.eq(service::JOB))
        .one(desk.app.database.reader())
        .await?;
    let job = found.unwrap();
    let given_up = job::ActiveModel {
        id: Set(job.id),
        state: Set(JobState::Dead),
        leased_by: Set(None),
        lease_until: Set(None),
        finished_at: Set(Some(job.created_at)),
        ..Default::default()
    };
    given_up.update(desk.app.database.writer()).await?;
    Ok(())
}

on_both! {
    async fn a_lost_run_leaves_the_best_plan_that_it_had(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let tx = desk.app.database.begin().await?;
        national::add(&tx, &desk.app.act(), desk.main).await?;
        tx.commit().await?;
        let asked = desk.plan(json!({ "rounds": 1_000_000 })).await?;
        let id = &asked["plan"]["id"];
        let registry = Registry::default().on(service::JOB, PlanSeason { keep_every: Duration::ZERO });
        let worker = Worker::new(&desk.app.database, desk.app.clock.clone(), desk.app.ids.clone(), registry, WorkerOptions::default());
        let working = worker.start();
        let seen = loop {
            let read = desk.read(id).await?;
            anyhow::ensure!(read["state"] != "DONE", "the run was to go on for long");
            if !read["result"].is_null() {
                break read;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(seen["state"], "RUNNING", "the best plan is shown while the run goes on");
        assert_eq!(seen["result"]["cutShort"], true);
        assert!(!seen["input"].is_null() && seen["certificate"].is_null(), "its bound is proven at the end");
        let refused = desk.apply(id, &seen["version"]).await?;
        assert_eq!(refused["userErrors"][0]["code"], "CONFLICT", "a run that goes on is not put into effect: {refused:#}");
        let (challenge, slot, _) = newcomers(&seen)[0].clone();
        let moves = json!([{ "challengeId": challenge, "slotId": slot, "peerId": null }]);
        let refused = desk.edit(id, moves).await?;
        assert_eq!(refused["userErrors"][0]["code"], "CONFLICT", "{refused:#}");

        // The worker vanishes, and so does everybody who takes the run over.
        drop(working);
        give_up(&desk).await?;
        desk.app.clock.advance(chrono::TimeDelta::minutes(30));
        desk.app.worker.drain().await?;
        let lost = desk.read(id).await?;
        assert_eq!((&lost["state"], &lost["error"]), (&json!("FAILED"), &json!("LOST")), "{lost:#}");
        let brought = newcomers(&lost);
        assert!(!brought.is_empty() && lost["result"]["objective"].as_i64() <= lost["result"]["bound"].as_i64());
        let before = desk.live().await?;
        let applied = desk.apply(id, &lost["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "what it had can be put into effect: {applied:#}");
        assert!(desk.live().await? >= before + brought.len() as u64);
        desk.app.stop().await
    }
}

on_both! {
    async fn what_was_found_before_somebody_was_erased_is_not_kept(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let asked = desk.plan(json!({})).await?;
        let id = &asked["plan"]["id"];
        // By the clock of the test the run and the erasure are at one time, as if somebody were erased while it goes on.
        let someone = peer::Entity::find().one(desk.app.database.reader()).await?.unwrap();
        let erased = peer::ActiveModel { id: Set(someone.id), erased_at: Set(Some(desk.app.clock.now())), ..Default::default() };
        erased.update(desk.app.database.writer()).await?;
        desk.app.worker.drain().await?;
        let read = desk.read(id).await?;
        assert!(read["result"].is_null() && read["input"].is_null(), "{read:#}");
        assert_eq!(team_input::Entity::find().count(desk.app.database.reader()).await?, 0);
        // It is begun anew, and then nobody is erased.
        desk.app.clock.advance(chrono::TimeDelta::minutes(10));
        desk.app.worker.drain().await?;
        assert_eq!(desk.read(id).await?["state"], "DONE");
        desk.app.stop().await
    }
}

on_both! {
    async fn a_run_is_followed_until_it_ends(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let asked = desk.plan(json!({})).await?;
        let id = asked["plan"]["id"].clone();
        let mut wire = Wire::ready(&desk.app.url, &desk.app.token(programme())?).await;
        let query = "subscription($id: ID!) { seasonPlanProgress(id: $id) { state version progress { value bound filled slots } } }";
        wire.subscribe_with("1", query, json!({ "id": id })).await;
        let first = wire.result("1").await;
        assert_eq!(first["data"]["seasonPlanProgress"]["state"], "QUEUED", "{first:#}");
        desk.app.worker.drain().await?;
        let last = loop {
            let event = wire.result("1").await["data"]["seasonPlanProgress"].clone();
            if event["state"] == "DONE" {
                break event;
            }
            assert_eq!(event["state"], "RUNNING", "{event:#}");
        };
        assert!(last["progress"]["value"].as_i64().unwrap() <= last["progress"]["bound"].as_i64().unwrap());
        wire.completed("1").await;
        // One that is over is told once; nobody else's is told of.
        wire.subscribe_with("2", query, json!({ "id": id })).await;
        assert_eq!(wire.result("2").await["data"]["seasonPlanProgress"], last);
        wire.completed("2").await;
        let mut other = Wire::ready(&desk.app.url, &desk.app.token(ViewerRole::Analyst)?).await;
        other.subscribe_with("1", query, json!({ "id": id })).await;
        assert!(other.next().await.to_string().contains("NOT_FOUND"));
        desk.app.stop().await
    }
}

on_both! {
    async fn what_cannot_be_pinned_fails_with_the_reason(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        let brought = newcomers(&first);
        let (challenge, slot, peer) = brought[0].clone();
        let one = decided(&first, &challenge);
        let (_, other_slot, other) = brought.iter().find(|(there, _, _)| *there != challenge).unwrap().clone();
        let window = one["window"]["id"].clone();
        let failed = async |pins: Value| -> anyhow::Result<Value> {
            let asked = desk.plan(json!({ "pins": pins })).await?;
            anyhow::ensure!(asked["userErrors"] == json!([]), "{asked:#}");
            desk.app.worker.drain().await?;
            let read = desk.read(&asked["plan"]["id"]).await?;
            assert_eq!((&read["state"], &read["result"]), (&json!("FAILED"), &Value::Null), "{read:#}");
            Ok(read["error"].clone())
        };
        // A window of another challenge; two people in one slot.
        let elsewhere = json!([{ "slotId": other_slot, "peerId": other, "windowId": window }]);
        assert_eq!(failed(elsewhere).await?, "PIN_IMPOSSIBLE");
        let twice = json!([
            { "slotId": slot, "peerId": peer, "windowId": window },
            { "slotId": slot, "peerId": other, "windowId": window },
        ]);
        assert_eq!(failed(twice).await?, "PIN_IMPOSSIBLE");
        // Somebody whose own council is the host.
        let host = desk.ask("query($id: ID!) { node(id: $id) { ... on PeerChallenge { host { id } } } }", json!({ "id": challenge })).await?;
        let host = key(&host["node"]["host"]["id"]);
        let tie = entity::affiliation::Entity::find()
            .filter(entity::affiliation::Column::CouncilId.eq(host))
            .filter(entity::affiliation::Column::IsPrimary.eq(true))
            .one(desk.app.database.reader())
            .await?
            .unwrap();
        let own = encode(Kind::Peer, tie.peer_id);
        let own = json!([{ "slotId": slot, "peerId": own, "windowId": window }]);
        assert_eq!(failed(own).await?, "PIN_NOT_ELIGIBLE");
        desk.app.stop().await
    }
}

on_both! {
    async fn waivers_cost_points_and_suppositions_change_the_plan_only(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        // People who need a waiver are open to the planner at a price: no slot less is filled, and what it costs is told.
        let (_, waived) = desk.made(json!({ "waiverPoints": 25 })).await?;
        assert!(waived["result"]["filled"].as_u64() >= first["result"]["filled"].as_u64());
        let cost = waived["result"]["waiverPoints"].as_i64().unwrap();
        assert!(cost <= 0 && cost % 25 == 0, "{cost}");
        assert_eq!(first["result"]["waiverPoints"], 0);

        // A further window that the host likes better than all others is chosen, and exists in the plan only.
        let (challenge, ..) = newcomers(&first)[0].clone();
        let one = decided(&first, &challenge);
        let starts: NaiveDate = one["startsOn"].as_str().unwrap().parse()?;
        let starts = starts + Days::new(7);
        let windows = json!([{ "challengeId": challenge, "startsOn": starts, "endsOn": starts + Days::new(2), "preference": 100 }]);
        let before = entity::challenge_window::Entity::find().all(desk.app.database.reader()).await?.len();
        let (id, supposed) = desk.made(json!({ "whatIf": { "windows": windows } })).await?;
        let there = decided(&supposed, &challenge);
        assert_eq!(there["startsOn"], json!(starts), "{there:#}");
        assert_eq!(there["window"], Value::Null, "no such window is on the scope");
        assert_eq!(entity::challenge_window::Entity::find().all(desk.app.database.reader()).await?.len(), before);
        let refused = desk.apply(&id, &supposed["version"]).await?;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID");

        // Under another version of the policy: nobody may serve twice, and the neighbourhood of a team's regions is narrower.
        let policy = programme_policy::Entity::find()
            .filter(programme_policy::Column::ProgrammeId.eq(key(&desk.programme)))
            .one(desk.app.database.reader())
            .await?
            .unwrap();
        let mut body = policy.body.clone();
        body["team"]["max_per_region"] = json!(1);
        let stricter = desk.app.act().id();
        let next = programme_policy::Model {
            id: stricter,
            number: policy.number + 1,
            body,
            effective_from: "2040-01-01".parse()?,
            ..policy
        };
        insert(desk.app.database.writer(), next).await?;
        let policy = encode(Kind::ProgrammePolicy, stricter);
        let (_, under) = desk.made(json!({ "whatIf": { "policyId": policy } })).await?;
        assert_eq!(under["kind"], "WHAT_IF");
        assert!(under["result"]["filled"].as_u64() <= first["result"]["filled"].as_u64());
        let unknown = json!({ "whatIf": { "policyId": encode(Kind::ProgrammePolicy, key(&challenge)) } });
        assert_eq!(desk.plan(unknown).await?["userErrors"][0]["code"], "NOT_FOUND");
        desk.app.stop().await
    }
}

on_both! {
    async fn challenges_that_rest_on_several_policies_are_not_planned_together(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        let (challenge, ..) = newcomers(&first)[0].clone();
        let policy = programme_policy::Entity::find()
            .filter(programme_policy::Column::ProgrammeId.eq(key(&desk.programme)))
            .one(desk.app.database.reader())
            .await?
            .unwrap();
        let newer = desk.app.act().id();
        let next = programme_policy::Model {
            id: newer,
            number: policy.number + 1,
            effective_from: "2040-01-01".parse()?,
            ..policy
        };
        insert(desk.app.database.writer(), next).await?;
        let moved = entity::challenge::ActiveModel { id: Set(key(&challenge)), policy_id: Set(newer), ..Default::default() };
        moved.update(desk.app.database.writer()).await?;
        let refused = desk.plan(json!({})).await?;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "{refused:#}");
        let message = refused["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("several versions of the policy"), "{message}");
        desk.app.stop().await
    }
}

on_both! {
    async fn a_season_is_written_to_a_file_that_the_planner_reads(db: &TestDb) {
        let desk = Desk::open_now(db).await?;
        let place = Installation::new()?;
        let names = desk.ask(
            "query($programme: ID!, $season: ID!) { programme: node(id: $programme) { ... on Programme { code } }
                season: node(id: $season) { ... on Season { name } } }",
            json!({ "programme": desk.programme, "season": desk.season }),
        ).await?;
        let (code, season) = (names["programme"]["code"].as_str().unwrap(), names["season"]["name"].as_str().unwrap());
        let told = place.answer(&[
            "season", "--programme", code, "--season", season, "--out", "season.json", "--database-url", db.url(),
        ]).await?;
        assert!(told.contains("season.json:"), "{told}");
        let text = place.read("season.json")?;
        let written: Season = serde_json::from_str(&text)?;
        written.check()?;
        assert!(written.challenges.len() > 1 && written.peers.len() > 500);
        let planned = place.answer(&["plan", "season.json", "--out", "plan.json", "--rounds", "5"]).await?;
        assert!(planned.contains("scheduled"), "{planned}");
        assert!(planned.contains("worst-served host: #"), "{planned}");
        let misspelt = text.replacen("max_per_home", "max_per_hom", 1);
        place.write("misspelt.json", &misspelt)?;
        let refused = place.refusal(&["plan", "misspelt.json", "--out", "no.json"]).await?;
        assert!(refused.contains("rules.max_per_hom: unknown field"), "{refused}");
        let late = place.refusal(&["plan", "season.json", "--out", "late.json", "--time-limit", "0.000001"]).await?;
        assert!(late.contains("ended before anything was planned"), "{late}");
        assert!(place.read("late.json").is_err(), "no empty plan is written");
        // The same facts give the same file.
        place.answer(&[
            "season", "--programme", code, "--season", season, "--out", "again.json", "--database-url", db.url(),
        ]).await?;
        assert_eq!(place.read("again.json")?, text);
        // A season as it came about: what was decided is settled, and a plan of it keeps all that.
        place.answer(&[
            "season", "--programme", code, "--season", season, "--out", "whole.json", "--all", "--database-url", db.url(),
        ]).await?;
        let whole: Season = serde_json::from_str(&place.read("whole.json")?)?;
        whole.check()?;
        assert!(whole.challenges.len() > written.challenges.len(), "{}", whole.challenges.len());
        place.answer(&["plan", "whole.json", "--out", "whole-plan.json", "--rounds", "5"]).await?;
        let plan: PlanFile = serde_json::from_str(&place.read("whole-plan.json")?)?;
        let held: usize = whole.challenges.iter().map(|challenge| challenge.settled().len()).sum();
        assert!(held > 10, "{held}");
        for challenge in &whole.challenges {
            let planned = plan.assignments.iter().find(|one| one.challenge == challenge.id);
            let team = planned.map_or(&[][..], |one| &one.team);
            assert!(challenge.settled().iter().all(|seat| team.contains(seat)), "{:?} in {planned:?}", challenge.settled());
        }
        let refused = place.refusal(&[
            "season", "--programme", "NONE", "--season", season, "--out", "x.json", "--database-url", db.url(),
        ]).await?;
        assert!(refused.contains("there is no programme NONE"), "{refused}");
        desk.app.stop().await
    }
}

//! Subscriptions on the whole service: what events hold, how they are narrowed, what they cost, and what is lost.
//!
//! Who is told of what is in `access::told`; the protocols are in `http_protocol`.

use std::{any::TypeId, sync::Arc, time::Duration};

use async_graphql::Request;
use futures::StreamExt;
use peer_challenge::{
    audit::{self, Event},
    auth::{Viewer, ViewerRole},
    clock::Clock,
    graphql::{
        ids::{Kind, decode},
        schema::Executor,
    },
    http::{Execute, Pulse},
};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, programme},
    on_both,
};

use crate::{
    http_protocol::wire::Wire,
    journey::{self, HARTLEPOOL, Journey},
};

const BRIGHTON: &str = "E06000043";

pub(crate) async fn following(app: &App, role: ViewerRole, query: &str, variables: Value) -> anyhow::Result<Wire> {
    let mut wire = Wire::ready(&app.url, &app.token(role)?).await;
    let before = app.listening();
    wire.subscribe_with("1", query, variables).await;
    app.listeners(before + 1).await?;
    Ok(wire)
}

pub(crate) async fn event(wire: &mut Wire, field: &str) -> Value {
    let mut result = wire.result("1").await;
    assert!(result.get("errors").is_none(), "{result}");
    result["data"][field].take()
}

/// Something harmless happens to a challenge.
async fn happens(app: &App, challenge: &str, action: &'static str, times: usize) -> anyhow::Result<()> {
    let key = decode(&challenge.into()).unwrap().1;
    let act = app.act();
    let tx = app.database.begin().await?;
    for _ in 0..times {
        audit::record(
            &tx,
            &act,
            Event::new(action, Kind::PeerChallenge, key).of_challenge(key),
        )
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    }
    Ok(tx.commit().await?)
}

/// Waits until everything that happened has been told: whoever follows from then on hears only of what comes. PostgreSQL
/// holds changes back while any transaction of its server writes, and those of other tests do.
pub(crate) async fn all_told(app: &App, challenge: &str) -> anyhow::Result<()> {
    let others = app.listening();
    let query = "subscription ($id: ID) { challengeChanged(id: $id) { action } }";
    let mut wire = following(app, programme(), query, json!({ "id": challenge })).await?;
    happens(app, challenge, "ALL_TOLD", 1).await?;
    while event(&mut wire, "challengeChanged").await["action"] != "ALL_TOLD" {}
    drop(wire);
    app.listeners(others).await
}

on_both! {
    async fn events_show_the_challenge_as_it_is_and_the_schedule_as_it_stands(db: &TestDb) {
        let app = App::start(db).await?;
        let world = journey::world(&app).await?;
        let changes = "subscription { challengeChanged { action entityKind entityId at challenge { id stage version } } }";
        let schedule = "subscription { scheduleChanged { action challenge { id } entries { startsOn challenge { stage } } } }";
        let mut watching = following(&app, council(HARTLEPOOL), changes, json!({})).await?;
        let mut planning = following(&app, hub("E12000001"), schedule, json!({})).await?;
        let journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        let drafted = event(&mut watching, "challengeChanged").await;
        assert_eq!(drafted["action"], "CHALLENGE_DRAFTED");
        let first = event(&mut watching, "challengeChanged").await;
        assert_eq!(first["action"], "CHALLENGE_SUBMITTED");
        assert_eq!((&first["entityKind"], &first["entityId"]), (&json!("PEER_CHALLENGE"), &json!(journey.id)));
        assert_eq!((&first["challenge"]["id"], &first["challenge"]["stage"]), (&json!(journey.id), &json!("SUBMITTED")));
        assert!(first["at"].as_str().unwrap().starts_with("2026-11-22T12:00:00"), "{first}");
        let moved = event(&mut planning, "scheduleChanged").await;
        let entry = |day: &str| json!({ "startsOn": day, "challenge": { "stage": "SUBMITTED" } });
        assert_eq!(moved["entries"], json!([entry("2027-03-01"), entry("2027-03-15")]));

        let withdraw = "mutation ($input: ChallengeSideMoveInput!) { withdrawChallenge(input: $input) {
            challenge { stage } userErrors { message } } }";
        let input = json!({ "challengeId": journey.id, "expectedVersion": first["challenge"]["version"], "reason": "HOST_REQUEST" });
        app.done(council(HARTLEPOOL), withdraw, json!({ "input": input })).await?;
        let moved = event(&mut planning, "scheduleChanged").await;
        assert_eq!((&moved["action"], &moved["entries"]), (&json!("CHALLENGE_WITHDRAWN"), &json!([])));
        // The loaders of the first event have not been asked again.
        let gone = event(&mut watching, "challengeChanged").await;
        assert_eq!(gone["challenge"]["stage"], "WITHDRAWN");
        app.stop().await
    }
}

on_both! {
    async fn subscriptions_can_be_narrowed_and_say_what_is_wrong(db: &TestDb) {
        let app = App::start(db).await?;
        let mut world = journey::world(&app).await?;
        let hartlepool = world.host.clone();
        let brighton = world.council(&app, BRIGHTON).await?;
        let query = "subscription ($id: ID, $filter: ChangeFilter) { challengeChanged(id: $id, filter: $filter) { challenge { id } } }";
        let ours = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        world.host.clone_from(&brighton);
        let theirs = Journey::request(&app, &world, council(BRIGHTON)).await?;
        let regions = app.data(programme(), "query ($id: ID!) { node(id: $id) { ... on Council { region { id } } } }", json!({ "id": hartlepool })).await?;
        let region = regions["node"]["region"]["id"].clone();
        let narrowed = [
            json!({ "id": ours.id }),
            json!({ "filter": { "hostIds": [hartlepool] } }),
            json!({ "filter": { "regionIds": [region] } }),
            json!({ "filter": { "regionIds": [region], "programmeIds": [world.programme], "seasonIds": [world.season] } }),
        ];
        let mut wires = Vec::new();
        for variables in narrowed {
            wires.push(following(&app, programme(), query, variables).await?);
        }
        happens(&app, &theirs.id, "HAPPENED", 1).await?;
        happens(&app, &ours.id, "HAPPENED", 1).await?;
        for wire in &mut wires {
            assert_eq!(event(wire, "challengeChanged").await["challenge"]["id"], ours.id);
        }
        // Hidden and missing look the same.
        let refused = async |role: ViewerRole, id: &str| -> anyhow::Result<String> {
            let mut wire = Wire::ready(&app.url, &app.token(role)?).await;
            wire.subscribe_with("1", query, json!({ "id": id })).await;
            let result = wire.result("1").await;
            wire.completed("1").await;
            Ok(format!("{} {}", result["errors"][0]["extensions"]["code"], result["errors"][0]["message"]))
        };
        let missing = peer_challenge::graphql::ids::encode(Kind::PeerChallenge, app.ids.next_id()).0;
        let unknown = refused(council(HARTLEPOOL), &missing).await?;
        assert!(unknown.contains("NOT_FOUND"), "{unknown}");
        assert_eq!(refused(council(HARTLEPOOL), &theirs.id).await?, unknown);
        assert!(refused(programme(), &hartlepool).await?.contains("BAD_USER_INPUT"));
        app.stop().await
    }
}

/// Something happens to a challenge, and everybody who follows it is told.
async fn heard(app: &App, challenge: &str, wires: &mut [Wire]) -> anyhow::Result<()> {
    happens(app, challenge, "HAPPENED", 1).await?;
    for wire in wires {
        let told = event(wire, "challengeChanged").await;
        assert_eq!(told["challenge"]["host"]["region"]["name"], "North East");
    }
    Ok(())
}

on_both! {
    async fn many_subscribers_cost_as_many_statements_as_one(db: &TestDb) {
        let app = App::start(db).await?;
        let world = journey::world(&app).await?;
        let journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        let query = "subscription { challengeChanged { challenge { host { name region { name } } season { name } windows { startsOn }
            request { reason } programme { name } } } }";
        // An older event would be taken for the first attempt's, and every attempt's for the next one's.
        all_told(&app, &journey.id).await?;
        let mut wires = Vec::new();
        wires.push(following(&app, programme(), query, json!({})).await?);
        let one = db.cost(0, async || heard(&app, &journey.id, &mut wires).await).await?;
        for _ in 0..15 {
            wires.push(following(&app, programme(), query, json!({})).await?);
        }
        let limit = one + 4;
        db.costs_at_most(limit, async || heard(&app, &journey.id, &mut wires).await)
            .await?;
        // Without subscribers nothing is loaded: only the event itself is written.
        drop(wires);
        app.listeners(0).await?;
        let silent = async || {
            happens(&app, &journey.id, "HAPPENED", 1).await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(())
        };
        db.costs_at_most(one / 2, silent).await?;
        app.stop().await
    }
}

on_both! {
    async fn whoever_falls_behind_is_told_that_events_were_lost(db: &TestDb) {
        let app = App::start(db).await?;
        let world = journey::world(&app).await?;
        let journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        all_told(&app, &journey.id).await?;
        let executor = Executor::new(app.database.clone(), app.feed.clone());
        let viewer = Viewer::service();
        let clock: Arc<dyn Clock> = app.clock.clone();
        let request = Request::new("subscription { challengeChanged { action } }")
            .data(viewer.clone())
            .data(Some(viewer))
            .data(clock)
            .data(Arc::clone(&app.ids))
            .data(Pulse::default());
        assert!(request.data.get(&TypeId::of::<Pulse>()).is_some());
        let mut events = executor.subscribe(request);
        let again = Request::new("subscription { challengeChanged { action } }");
        let again = again.data(Viewer::service()).data(Some(Viewer::service())).data(app.clock.clone() as Arc<dyn Clock>);
        let mut others = executor.subscribe(again.data(Arc::clone(&app.ids)).data(Pulse::default()));
        // Listens from its first poll on; nothing is told yet.
        let early = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
        assert!(early.is_err(), "{early:?}");
        // Somebody else hears the last one, or is behind as well: all of them have been told by then.
        let told = tokio::spawn(async move {
            while let Some(event) = others.next().await
                && event.errors.is_empty()
                && !event.data.to_string().contains("THE_LAST")
            {}
        });
        while executor.listeners() < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..6 {
            happens(&app, &journey.id, "HAPPENED", 250).await?;
        }
        happens(&app, &journey.id, "THE_LAST", 1).await?;
        told.await?;
        let lost = events.next().await.unwrap();
        let code = serde_json::to_value(&lost.errors)?[0]["extensions"]["code"].clone();
        assert_eq!(code, "EVENTS_LOST");
        assert!(events.next().await.is_none(), "it ends");
        app.stop().await
    }
}

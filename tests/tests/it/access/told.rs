//! Who is told of what by subscriptions, against who may read what in queries: for every viewer and every kind of thing.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use peer_challenge::{
    audit::{self, Event},
    auth::ViewerRole,
    graphql::ids::{Kind, decode, encode},
};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::world::Scene;
use crate::http_protocol::wire::Wire;

const FOLLOW: &str = "subscription { challengeChanged { id action entityKind challenge { id } } }";
const SCHEDULE: &str = "subscription { scheduleChanged { action challenge { id } } }";

/// The key of a thing.
fn key(id: &str) -> Uuid {
    decode(&id.into()).unwrap().1
}

/// One event of every kind, about somebody and about nobody, on each challenge. Gives (event, kind, challenge, person).
async fn everything(scene: &Scene) -> anyhow::Result<Vec<(String, Kind, String, Option<Uuid>)>> {
    let act = scene.app.act();
    let tx = scene.app.database.begin().await?;
    let mut made = Vec::new();
    for challenge in [&scene.challenge, &scene.other_challenge] {
        for kind in Kind::ALL {
            for person in [None, Some(scene.lead), Some(scene.member)] {
                let entity = act.id();
                let mut event = Event::new("SOMETHING_HAPPENED", *kind, entity).of_challenge(key(challenge));
                if let Some(person) = person {
                    event = event.of_peer(person);
                }
                audit::record(&tx, &act, event)
                    .await
                    .map_err(|error| anyhow::anyhow!("{error:?}"))?;
                made.push((encode(*kind, entity).0, *kind, challenge.clone(), person));
            }
        }
    }
    tx.commit().await?;
    Ok(made)
}

/// What a viewer is told until nothing more comes.
async fn told(wire: &mut Wire) -> Vec<Value> {
    let mut events = Vec::new();
    while let Ok(message) = tokio::time::timeout(Duration::from_millis(700), wire.next()).await {
        let event = &message["payload"]["data"]["challengeChanged"];
        assert!(event["id"].is_string(), "{message}");
        events.push(event.clone());
    }
    events
}

/// Ids of the audit events that a viewer may read of a challenge.
async fn readable(scene: &Scene, role: &ViewerRole, challenge: &str) -> anyhow::Result<BTreeSet<String>> {
    let query =
        "query ($id: ID!, $after: String) { auditEvents(filter: { challengeId: $id }, first: 100, after: $after) {
        nodes { id action } pageInfo { hasNextPage endCursor } } }";
    let (mut all, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let variables = json!({ "id": challenge, "after": after });
        let data = scene.app.data(role.clone(), query, variables).await?;
        let nodes = data["auditEvents"]["nodes"].as_array().unwrap();
        let fresh = nodes.iter().filter(|node| node["action"] == "SOMETHING_HAPPENED");
        all.extend(fresh.map(|node| node["id"].as_str().unwrap().to_owned()));
        let page = &data["auditEvents"]["pageInfo"];
        if page["hasNextPage"] != true {
            return Ok(all);
        }
        after = page["endCursor"].clone();
    }
}

on_both! {
    async fn whoever_is_told_may_see_and_nobody_learns_of_what_is_hidden(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let app = &scene.app;
        let mut wires = BTreeMap::new();
        for (name, role) in scene.viewers() {
            let Some(role) = role else { continue };
            let mut wire = Wire::ready(&app.url, &app.token(role.clone())?).await;
            wire.subscribe("1", FOLLOW).await;
            wires.insert(name, (role, wire));
        }
        app.listeners(wires.len()).await?;
        let made = everything(&scene).await?;
        for (name, (role, mut wire)) in wires {
            let events = told(&mut wire).await;
            let ids: BTreeSet<String> = events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(ids.len(), events.len(), "{name}: nothing twice");
            let mut record = BTreeSet::new();
            let mut visible = BTreeSet::new();
            let mut must = BTreeSet::new();
            for challenge in [&scene.challenge, &scene.other_challenge] {
                let node = app.data(role.clone(), "query ($id: ID!) { node(id: $id) { id } }", json!({ "id": challenge })).await?;
                if !node["node"].is_null() {
                    visible.insert(challenge.clone());
                }
                let readable = readable(&scene, &role, challenge).await?;
                if visible.contains(challenge) {
                    must.extend(readable.clone());
                }
                record.extend(readable);
            }
            for event in &events {
                assert!(visible.contains(event["challenge"]["id"].as_str().unwrap()), "{name}: {event}");
            }
            // Parts of the challenge that everybody sees with it.
            let open = ["PEER_CHALLENGE", "CHALLENGE_WINDOW", "TEAM_SLOT"];
            let closed: BTreeSet<String> = events
                .iter()
                .filter(|event| !open.contains(&event["entityKind"].as_str().unwrap()))
                .map(|event| event["id"].as_str().unwrap().to_owned())
                .collect();
            assert!(closed.is_subset(&record), "{name} was told of what they may not read");
            match role {
                // The record and the events tell the same.
                ViewerRole::Programme | ViewerRole::Hub { .. } | ViewerRole::Council { .. } => assert_eq!(ids, record, "{name}"),
                ViewerRole::Peer { .. } => {
                    // Of a visible challenge: its open parts, and what the record tells about themselves.
                    assert!(must.is_subset(&ids), "{name}");
                    let parts = made.iter().filter(|(_, kind, challenge, _)| {
                        let is_open = [Kind::PeerChallenge, Kind::ChallengeWindow, Kind::TeamSlot].contains(kind);
                        visible.contains(challenge) && is_open
                    });
                    assert!(events.len() >= parts.count(), "{name}");
                }
                ViewerRole::Analyst => {
                    assert!(closed.is_empty());
                    assert_eq!(events.len(), 2 * 3 * open.len());
                }
            }
            let expected_silent = visible.is_empty();
            assert_eq!(events.is_empty(), expected_silent, "{name}");
        }
        Ok(())
    }
}

on_both! {
    async fn real_secrets_stay_secret(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let app = &scene.app;
        let mut wires = BTreeMap::new();
        for (name, role) in scene.viewers() {
            let Some(role) = role else { continue };
            let mut wire = Wire::ready(&app.url, &app.token(role)?).await;
            wire.subscribe("1", FOLLOW).await;
            wire.subscribe("3", SCHEDULE).await;
            wires.insert(name, wire);
        }
        app.listeners(2 * wires.len()).await?;
        // A waiver is taken back, which opens a decision; a team is proposed.
        let waiver = scene.first("waivers", scene.member).await?;
        let revoke = "mutation ($input: RevokeWaiverInput!) { revokeWaiver(input: $input) { waiver { id } userErrors { message } } }";
        let read = "query ($id: ID!) { node(id: $id) { ... on ConflictWaiver { version } } }";
        let version = app.data(ViewerRole::Programme, read, json!({ "id": waiver })).await?["node"]["version"].clone();
        let input = json!({ "waiverId": waiver, "expectedVersion": version });
        app.done(ViewerRole::Programme, revoke, json!({ "input": input })).await?;
        for (name, mut wire) in wires {
            let mut actions = Vec::new();
            while let Ok(message) = tokio::time::timeout(Duration::from_millis(700), wire.next()).await {
                assert_eq!(message["id"], "1", "{name}: the schedule has not moved: {message}");
                actions.push(message["payload"]["data"]["challengeChanged"]["action"].as_str().unwrap().to_owned());
            }
            match name {
                "programme" | "mate" => assert!(actions.contains(&"WAIVER_REVOKED".to_owned()), "{name}: {actions:?}"),
                _ => assert_eq!(actions, Vec::<String>::new(), "{name}"),
            }
        }
        Ok(())
    }
}

//! Connections nested in a page: which there are comes from the schema, so that a new one is looked at here or fails.
//!
//! For each of them: fifty parents cost as many statements as one; a parent gets the same rows in a crowd as alone; and its
//! pages follow one another.

use std::collections::BTreeMap;

use anyhow::Context as _;
use entity::{
    assignment, conflict_decision, conflict_waiver,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus, ObjectionReason, ObjectionStatus, RuleCode, Stage},
    host_objection, past_engagement, programme, team_proposal, team_slot,
};
use peer_challenge::{
    auth::ViewerRole,
    graphql::ids::{Kind, encode},
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{hub, programme},
    on_both,
};
use uuid::Uuid;

use crate::{
    access::schema_map::SchemaMap,
    database::world::{World, insert, instant, key, october, peer},
};

/// Parents of each kind; each has three children in every list.
pub(crate) const PARENTS: u128 = 50;
const CHILDREN: u128 = 3;

/// A key that says what kind of row it is of, whose, and which.
pub(crate) fn row(kind: u128, parent: u128, child: u128) -> Uuid {
    key(kind * 100_000 + parent * 100 + child)
}

pub(crate) const PEER: u128 = 1;
pub(crate) const CHALLENGE: u128 = 2;
const PROGRAMME: u128 = 3;
pub(crate) const SLOT: u128 = 4;

/// Ids of the parents of a type.
fn parents(ty: &str) -> Vec<String> {
    let (kind, number) = match ty {
        "Peer" => (Kind::Peer, PEER),
        "PeerChallenge" => (Kind::PeerChallenge, CHALLENGE),
        "Programme" => (Kind::Programme, PROGRAMME),
        _ => panic!("{ty} has a nested connection: plant rows of it here"),
    };
    (0..PARENTS)
        .map(|parent| encode(kind, row(number, parent, 0)).0)
        .collect()
}

pub(crate) async fn plant(db: &TestDb) -> anyhow::Result<World> {
    let conn = db.conn();
    let world = World::plant(conn).await?;
    for parent in 0..PARENTS {
        let person = peer(row(PEER, parent, 0), &format!("Q-{parent:02}"));
        insert(conn, person).await?;
        insert(conn, world.another_challenge(row(CHALLENGE, parent, 0), Stage::Draft)).await?;
        let slot = team_slot::Model {
            challenge_id: row(CHALLENGE, parent, 0),
            ..world.a_slot(row(SLOT, parent, 0), 1)
        };
        insert(conn, slot).await?;
        let shipped = programme::Entity::find_by_id(world.programme).one(conn).await?;
        let another = programme::Model {
            id: row(PROGRAMME, parent, 0),
            code: format!("P{parent}"),
            name: format!("Programme {parent}"),
            ..shipped.unwrap()
        };
        insert(conn, another).await?;
    }
    for (parent, child) in (0..PARENTS).flat_map(|parent| (1..=CHILDREN).map(move |child| (parent, child))) {
        children(db, &world, parent, child).await?;
    }
    Ok(world)
}

/// The child of this number in every list of the parents of this number.
async fn children(db: &TestDb, world: &World, parent: u128, child: u128) -> anyhow::Result<()> {
    let conn = db.conn();
    let (challenge_id, peer_id) = (row(CHALLENGE, parent, 0), row(PEER, parent, 0));
    let place = assignment::Model {
        id: row(5, parent, child),
        challenge_id,
        slot_id: row(SLOT, parent, 0),
        peer_id,
        ..world.assignment(1, 5, 8, AssignmentStatus::Released)
    };
    let held = if child == 1 {
        AssignmentStatus::Confirmed
    } else {
        AssignmentStatus::Released
    };
    insert(
        conn,
        assignment::Model {
            status: held,
            ..place.clone()
        },
    )
    .await?;
    let decision = conflict_decision::Model {
        id: row(6, parent, child),
        challenge_id,
        assignment_id: place.id,
        peer_id,
        cause: DecisionCause::Profile,
        cause_id: None,
        findings: json!({ "findings": [] }),
        status: DecisionStatus::Open,
        opened_at: instant(),
        decided_by: None,
        decided_at: None,
        reason: None,
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    };
    insert(conn, decision).await?;
    let waiver = conflict_waiver::Model {
        id: row(7, parent, child),
        challenge_id,
        peer_id,
        rule: RuleCode::Declared,
        reason: "Long ago.".to_owned(),
        decided_by: "manager".to_owned(),
        decided_at: instant(),
        expires_on: october(31),
        revoked_at: Some(instant()),
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    };
    insert(conn, waiver).await?;
    let objection = host_objection::Model {
        id: row(8, parent, child),
        challenge_id,
        assignment_id: place.id,
        peer_id,
        host_id: world.host,
        reason_code: ObjectionReason::Political,
        reason: "Stood against our leader.".to_owned(),
        status: ObjectionStatus::Open,
        raised_by: "host".to_owned(),
        raised_at: instant(),
        decided_by: None,
        decided_at: None,
        decision_reason: None,
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    };
    insert(conn, objection).await?;
    let value = json!({ "filled": 0, "points": 0 });
    let proposal = team_proposal::Model {
        id: row(9, parent, child),
        challenge_id,
        window_id: None,
        policy_id: world.policy,
        seed: 1,
        input_hash: "x".to_owned(),
        objective: 0,
        bound: 0,
        proven: true,
        body: json!({ "value": value, "bound": value, "contributions": [], "places": [], "windows": [], "traded_off": null,
            "considered": 0, "eligible": 0, "set_aside_people": 0, "set_aside_pairs": 0, "nodes": 0 }),
        created_by: "manager".to_owned(),
        created_at: instant(),
    };
    insert(conn, proposal).await?;
    let served = past_engagement::Model {
        id: row(10, parent, child),
        peer_id,
        home_council_id: world.home,
        host_council_id: world.host,
        programme_id: None,
        season_id: None,
        role: None,
        // Two on the same day: the id decides.
        starts_on: october(u32::try_from(child.min(2))?),
        ends_on: october(9),
        reference: None,
    };
    insert(conn, served).await?;
    let policy = entity::programme_policy::Model {
        programme_id: row(PROGRAMME, parent, 0),
        ..world.policy_version(row(11, parent, child), i32::try_from(child)?)
    };
    Ok(insert(conn, policy).await?)
}

/// A list of some parents, by parent.
async fn lists(
    app: &App,
    role: ViewerRole,
    (ty, field): (&str, &str),
    arguments: &str,
    ids: &[String],
) -> anyhow::Result<BTreeMap<String, Value>> {
    let document = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {ty} {{ id list: {field}{arguments} {{ totalCount
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} nodes {{ id }} }} }} }} }}"
    );
    let mut data = app.data(role, &document, json!({ "ids": ids })).await?;
    let nodes = data["nodes"].as_array_mut().unwrap();
    Ok(nodes
        .iter_mut()
        .map(|node| (node["id"].as_str().unwrap_or_default().to_owned(), node["list"].take()))
        .collect())
}

fn ids(list: &Value) -> Vec<&str> {
    let nodes = list["nodes"].as_array().into_iter().flatten();
    nodes.filter_map(|node| node["id"].as_str()).collect()
}

/// Statements that a document costs; the search for less ends at `enough`. Batches are gathered by time, so a loaded
/// machine may cut one in two: the least counts.
pub(crate) async fn cost(
    app: &App,
    db: &TestDb,
    role: &ViewerRole,
    document: &str,
    ids: &[String],
    enough: u64,
) -> anyhow::Result<u64> {
    db.cost(enough, async || {
        app.data(role.clone(), document, json!({ "ids": ids })).await?;
        Ok(())
    })
    .await
}

on_both! {
    async fn fifty_parents_cost_as_many_statements_as_one(db: &TestDb) {
        plant(db).await?;
        let app = App::bare(db).await?;
        let connections = SchemaMap::read().nested_connections();
        assert!(connections.len() >= 8, "{connections:?}");
        for (ty, field) in &connections {
            let of = parents(ty);
            let with = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {ty} {{ id {field}(first: 2) {{
                totalCount pageInfo {{ hasNextPage }} nodes {{ id }} }} }} }} }}");
            let without = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {ty} {{ id }} }} }}");
            for role in [programme(), hub("E12000001")] {
                let found = cost(&app, db, &role, &without, &of[..1], 1).await?;
                // A page, a count, and what decides whether the viewer may.
                let one = cost(&app, db, &role, &with, &of[..1], found + 1).await?;
                assert!(one <= found + 3, "{ty}.{field} for {role:?}: {one}");
                let all = db.costs_at_most(one, async || {
                    app.data(role.clone(), &with, json!({ "ids": &of })).await?;
                    Ok(())
                });
                all.await.with_context(|| format!("{ty}.{field} for {role:?}"))?;
            }
        }
        app.stop().await
    }
}

on_both! {
    async fn a_parent_gets_the_same_pages_in_a_crowd_as_alone(db: &TestDb) {
        plant(db).await?;
        let app = App::bare(db).await?;
        let most = usize::try_from(CHILDREN)?;
        for (ty, field) in &SchemaMap::read().nested_connections() {
            let of = parents(ty);
            let list = (ty.as_str(), field.as_str());
            for arguments in ["", "(first: 2)", "(last: 2)"] {
                let crowd = lists(&app, programme(), list, arguments, &of).await?;
                let mut seen = std::collections::BTreeSet::new();
                for id in [&of[0], &of[23], &of[49]] {
                    let alone = lists(&app, programme(), list, arguments, std::slice::from_ref(id)).await?;
                    assert_eq!(crowd[id], alone[id], "{ty}.{field}{arguments}");
                    assert_eq!(crowd[id]["totalCount"], json!(CHILDREN), "{ty}.{field}");
                    let length = if arguments.is_empty() { most } else { 2 };
                    assert_eq!(ids(&crowd[id]).len(), length, "{ty}.{field}{arguments}");
                    assert!(seen.insert(ids(&crowd[id])), "{ty}.{field}: everybody gets their own");
                }
            }
            let whole = lists(&app, programme(), list, "", &of[7..8]).await?.remove(&of[7]).unwrap();
            let first = lists(&app, programme(), list, "(first: 2)", &of[7..8]).await?.remove(&of[7]).unwrap();
            let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
            let arguments = format!("(first: 2, after: {cursor:?})");
            let rest = lists(&app, programme(), list, &arguments, &of[7..8]).await?.remove(&of[7]).unwrap();
            assert_eq!([ids(&first), ids(&rest)].concat(), ids(&whole), "{ty}.{field}");
            assert_eq!((&first["pageInfo"]["hasNextPage"], &rest["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
            let arguments = format!("(last: 1, before: {cursor:?})");
            let before = lists(&app, programme(), list, &arguments, &of[7..8]).await?.remove(&of[7]).unwrap();
            assert_eq!(ids(&before), ids(&whole)[..1], "{ty}.{field}");
            let foreign = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {ty} {{ {field}(after: {cursor:?}) {{ totalCount }} }} }} }}");
            let answer = app.post(Some(programme()), &foreign, json!({ "ids": [of[8]] })).await?;
            assert_eq!(answer.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{ty}.{field}: another's cursor");
        }
        let held = lists(&app, programme(), ("PeerChallenge", "assignments"), "(live: true)", &parents("PeerChallenge")).await?;
        assert!(held.values().all(|list| list["totalCount"] == 1 && ids(list).len() == 1));
        // A hub sees the teams of its hosts, but nothing of what was decided about them.
        for (field, count) in [("assignments", 1), ("decisions", 0), ("waivers", 0), ("objections", 0), ("proposals", 0)] {
            let seen = lists(&app, hub("E12000001"), ("PeerChallenge", field), "", &parents("PeerChallenge")).await?;
            assert_eq!(seen.len(), usize::try_from(PARENTS)?);
            assert!(seen.values().all(|list| list["totalCount"] == count && ids(list).len() == count), "{field}");
        }
        app.stop().await
    }
}

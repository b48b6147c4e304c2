//! Everything that each role can reach, searched for what only the programme and one person may know.

use std::collections::{BTreeMap, BTreeSet};

use entity::{enums::PeerStatus, peer};
use peer_challenge::auth::ViewerRole;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};
use support::{TestDb, app::hub, on_both};
use uuid::Uuid;

use super::{
    hidden::{Openness, TYPES, argument, codes, reachable, rows},
    schema_map::SchemaMap,
    world::{BLACKOUT, INTEREST, OBJECTION, RELEASE, RULING, Scene, TIE, UPHELD, WAIVED},
};

/// Secret words and who may read them beside the programme.
const SECRETS: [(&str, &[&str]); 8] = [
    (INTEREST, &["self"]),
    (BLACKOUT, &["self"]),
    (TIE, &["mate"]),
    (WAIVED, &["mate"]),
    (RELEASE, &[]),
    // Objections are the hosts' own; the person must not learn what a host said.
    (OBJECTION, &["host", "far-host"]),
    (RULING, &["host"]),
    (UPHELD, &["far-host"]),
];

/// Rules that spoke against somebody, and who may know beside the programme.
const RULES: [(&str, &[&str]); 4] = [
    ("PERSONAL", &["self"]),
    ("DECLARED", &["mate"]),
    ("PAST_AFFILIATION", &[]),
    ("HOST_OBJECTION", &["elsewhere"]),
];

/// Standings that say something about a person and their place, and who may know beside the programme. The manager is at
/// home in Leicester (E12000004); whoever was let go knows it, as nobody else does.
const STANDINGS: [(&str, &[&str]); 3] = [
    ("RETIRED", &["neighbourhood"]),
    ("SUSPENDED", &["former"]),
    ("RELEASED", &["former"]),
];

/// Writes standings that the service would act upon.
async fn set_standing(scene: &Scene, key: Uuid, status: PeerStatus) -> anyhow::Result<()> {
    let row = peer::ActiveModel {
        id: Set(key),
        status: Set(status),
        ..Default::default()
    };
    row.update(scene.app.database.writer()).await?;
    Ok(())
}

/// Everything that a role gets: every root field about both challenges, and every row there is.
async fn everything(
    scene: &Scene,
    map: &SchemaMap,
    existing: &BTreeMap<String, Vec<String>>,
    role: Option<&ViewerRole>,
) -> anyhow::Result<Value> {
    let mut all = Vec::new();
    for challenge in [&scene.challenge, &scene.other_challenge] {
        for field in map.field_names("Query") {
            if challenge == &scene.other_challenge && field == "candidates" {
                continue;
            }
            let query = map.root(&field, Some(1), &|name| argument(scene, challenge, name));
            let answer = scene.app.post(role.cloned(), &query, json!({})).await?;
            for code in codes(&answer.body) {
                assert!(
                    ["FORBIDDEN", "UNAUTHENTICATED"].contains(&code),
                    "{query}: {}",
                    answer.body
                );
            }
            all.push(answer.body);
        }
    }
    for (kind, openness) in TYPES {
        let all_of_kind = existing.get(kind).map_or(&[][..], Vec::as_slice);
        let wanted = if openness == Openness::Public {
            &all_of_kind[..all_of_kind.len().min(1)]
        } else {
            all_of_kind
        };
        all.push(rows(scene, map, role.cloned(), kind, wanted).await?);
    }
    Ok(Value::Array(all))
}

/// Every text of an answer with the name of its field.
fn texts<'a>(name: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(name, item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| texts(name, field, found)),
        Value::String(text) => found.push((name, text)),
        _ => {}
    }
}

on_both!(
    async fn reasons_reach_nobody_but_the_programme_and_the_person(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        set_standing(&scene, scene.manager, PeerStatus::Retired).await?;
        set_standing(&scene, scene.former, PeerStatus::Suspended).await?;
        let map = SchemaMap::read();
        let rules = map.values("RuleCode");
        let existing = reachable(&scene, &map).await?;
        // The hub of the manager's home region, beside everybody else.
        let viewers = scene
            .viewers()
            .into_iter()
            .chain([("neighbourhood", Some(hub("E12000004")))]);
        for (who, role) in viewers {
            let dump = everything(&scene, &map, &existing, role.as_ref()).await?;
            let mut leaves = Vec::new();
            texts("", &dump, &mut leaves);
            for (secret, readers) in SECRETS {
                let told = leaves.iter().find(|(_, text)| text.contains(secret));
                let may = who == "programme" || readers.contains(&who);
                assert_eq!(told.is_some(), may, "{secret} for {who}: {told:?}");
            }
            for (standing, readers) in STANDINGS {
                let told = leaves.iter().any(|(_, text)| *text == standing);
                let may = who == "programme" || readers.contains(&who);
                assert_eq!(told, may, "{standing} for {who}");
            }
            // The same words name kinds of things in the audit record, and `NOT_AVAILABLE` is all that others are told.
            let named: BTreeSet<&str> = leaves
                .iter()
                .filter(|(field, text)| !["entityKind", "kind"].contains(field) && rules.contains(*text))
                .map(|(_, text)| *text)
                .collect();
            for (rule, readers) in RULES {
                let may = who == "programme" || readers.contains(&who);
                assert_eq!(named.contains(rule), may, "{rule} for {who}");
            }
            if !["programme", "self", "mate", "former", "elsewhere"].contains(&who) {
                let only: BTreeSet<&str> = named.into_iter().filter(|rule| *rule != "NOT_AVAILABLE").collect();
                assert_eq!(only, BTreeSet::new(), "rules for {who}");
            }
        }
        scene.app.stop().await
    }
);

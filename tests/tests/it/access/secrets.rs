//! Everything that each role can reach, searched for what only the programme and one person may know.

use std::collections::{BTreeMap, BTreeSet};

use peer_challenge::auth::ViewerRole;
use serde_json::{Value, json};
use support::{TestDb, on_both};

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
        let map = SchemaMap::read();
        let rules = map.values("RuleCode");
        let existing = reachable(&scene, &map).await?;
        for (who, role) in scene.viewers() {
            let dump = everything(&scene, &map, &existing, role.as_ref()).await?;
            let mut leaves = Vec::new();
            texts("", &dump, &mut leaves);
            for (secret, readers) in SECRETS {
                let told = leaves.iter().find(|(_, text)| text.contains(secret));
                let may = who == "programme" || readers.contains(&who);
                assert_eq!(told.is_some(), may, "{secret} for {who}: {told:?}");
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

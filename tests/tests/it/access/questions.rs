//! Questions that everybody is asked, and the helpers that pick what counts from the answers.
//!
//! A question's groups say who gets what; whoever is in none gets the answer `otherwise`, and without a token everything is
//! refused.

use serde_json::{Value, json};

use super::{
    hidden::{codes, is_empty},
    world::Scene,
};

/// What is asked, what of the answer counts, and who gets what.
pub(super) struct Question<'a> {
    pub(super) name: &'a str,
    pub(super) query: String,
    pub(super) pick: fn(&Value) -> Value,
    pub(super) groups: Vec<(&'a str, Value)>,
    pub(super) otherwise: Value,
}

pub(super) async fn walk(scene: &Scene, questions: Vec<Question<'_>>) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for question in questions {
        for (viewer, role) in scene.viewers() {
            let answer = scene.app.post(role, &question.query, json!({})).await?.body;
            let errors = codes(&answer);
            if viewer == "anonymous" {
                if errors.iter().any(|code| *code != "UNAUTHENTICATED")
                    || errors.is_empty()
                    || !is_empty(&answer["data"])
                {
                    wrong.push(format!("{}: anonymous got {answer}", question.name));
                }
                continue;
            }
            let got = if errors.is_empty() {
                (question.pick)(&answer["data"])
            } else {
                json!(errors)
            };
            let group = question
                .groups
                .iter()
                .find(|(names, _)| names.split(' ').any(|name| name == viewer));
            let expected = group.map_or(&question.otherwise, |(_, value)| value);
            if got != *expected {
                wrong.push(format!("{}: {viewer} got {got}, not {expected}", question.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

pub(super) fn node(id: &str, kind: &str, fields: &str) -> String {
    format!("{{ node(id: {}) {{ ... on {kind} {{ {fields} }} }} }}", json!(id))
}

/// The texts in the field `name` of the entries of a list, sorted.
pub(super) fn names(list: &Value, pointer: &str) -> Value {
    let mut found: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.pointer(pointer)?.as_str())
        .collect();
    found.sort_unstable();
    json!(found.join(" "))
}

/// How many of the fields of a thing hold something; null for no thing.
pub(super) fn filled(thing: &Value) -> Value {
    thing.as_object().map_or(Value::Null, |fields| {
        json!(fields.values().filter(|field| !field.is_null()).count())
    })
}

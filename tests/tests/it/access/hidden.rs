//! What is hidden looks like what is not there, for every kind of row; nobody gets anything without a token.

use std::collections::{BTreeMap, BTreeSet};

use peer_challenge::{
    auth::ViewerRole,
    graphql::ids::{Kind, decode, encode},
};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, peer, programme},
    on_both,
    people::Person,
};
use uuid::Uuid;

use super::{
    schema_map::SchemaMap,
    world::{DERBY, Scene, person},
};

/// Who may read rows of a type although they have nothing to do with them.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Openness {
    /// Everybody who is signed in.
    Public,
    /// Analysts.
    Analysts,
    /// Everybody who answers for more than themselves: all but peers.
    Officers,
    /// Nobody.
    Nobody,
}
use Openness::{Analysts, Nobody, Officers, Public};

/// Every type that `node` can give.
pub(crate) const TYPES: [(&str, Openness); 36] = [
    ("AccuracyEdit", Nobody),
    ("Affiliation", Nobody),
    ("ApiKey", Nobody),
    ("Assignment", Nobody),
    ("AuditEvent", Nobody),
    ("AvailabilityWindow", Nobody),
    ("BlackoutPeriod", Nobody),
    ("ChallengeDocument", Nobody),
    ("ChallengeWindow", Analysts),
    ("ConflictDecision", Nobody),
    ("ConflictWaiver", Nobody),
    ("Council", Public),
    ("DeclaredInterest", Nobody),
    ("DeliveryBody", Public),
    ("Evaluation", Nobody),
    ("FieldworkSession", Nobody),
    ("Finding", Nobody),
    ("HostObjection", Nobody),
    ("ImmediateRisk", Nobody),
    ("Invitation", Nobody),
    ("Kpi", Officers),
    ("Notification", Nobody),
    ("NotificationContact", Nobody),
    ("PastEngagement", Nobody),
    ("Peer", Nobody),
    ("PeerChallenge", Analysts),
    ("PlanAction", Nobody),
    ("Programme", Public),
    ("ProgrammePolicy", Public),
    ("Recommendation", Nobody),
    ("Region", Public),
    ("Season", Public),
    ("SeasonPlan", Nobody),
    ("TeamProposal", Nobody),
    ("TeamSlot", Analysts),
    ("Theme", Public),
];

/// What arguments of root fields get.
pub(super) fn argument(scene: &Scene, challenge: &str, name: &str) -> Option<String> {
    let everybody = [
        scene.lead,
        scene.other_lead,
        scene.member,
        scene.manager,
        scene.former,
        scene.northerner,
    ];
    let quoted = |text: &str| json!(text).to_string();
    Some(match name {
        "challengeId" | "id" => quoted(challenge),
        "ids" => json!([challenge]).to_string(),
        // Of Brighton's challenge no slot is asked about.
        "slotId" if challenge == scene.challenge => quoted(&scene.slots[2]),
        "peerIds" => json!(everybody.map(person)).to_string(),
        "entries" => json!([
            "Lead-1",
            "lead-1@example.org",
            "North-1",
            "Lead-2",
            "lead-2@example.org"
        ])
        .to_string(),
        "proposalId" => quoted(&scene.proposal),
        "planId" => quoted(&scene.plan),
        "reference" => quoted("CSPC-2026-0001"),
        "gssCode" => quoted(DERBY),
        "from" => quoted("2027-01-01"),
        "to" => quoted("2027-12-31"),
        _ => return None,
    })
}

fn kind_of(id: &str) -> Option<Kind> {
    decode(&async_graphql::ID(id.to_owned())).map(|(kind, _)| kind)
}

/// Every id in an answer.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| ids(field, found)),
        Value::String(text) if kind_of(text).is_some() => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

/// Everything of these rows of one kind, as `role` gets it.
pub(super) async fn rows(
    scene: &Scene,
    map: &SchemaMap,
    role: Option<ViewerRole>,
    kind: &str,
    wanted: &[String],
) -> anyhow::Result<Value> {
    let mut all = Vec::new();
    let document = format!(
        "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {} }} }}",
        map.selection(kind, 1)
    );
    for batch in wanted.chunks(50) {
        let answer = scene.app.post(role.clone(), &document, json!({ "ids": batch })).await?;
        all.push(answer.body);
    }
    Ok(Value::Array(all))
}

/// Ids of all rows that can be reached at all, by kind: what the programme finds by following every link.
pub(super) async fn reachable(scene: &Scene, map: &SchemaMap) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut known = BTreeSet::new();
    for challenge in [&scene.challenge, &scene.other_challenge] {
        for field in [
            "challenges",
            "peers",
            "auditEvents",
            "blackoutPeriods",
            "seasons",
            "councils",
            "deliveryBodies",
            "themes",
            "apiKeys",
            "seasonPlans",
            "notifications",
            "kpis",
        ] {
            let query = map.root(field, Some(1), &|name| argument(scene, challenge, name));
            ids(&scene.app.data(programme(), &query, json!({})).await?, &mut known);
        }
    }
    let mut done = BTreeSet::new();
    loop {
        let open: Vec<String> = known.difference(&done).cloned().collect();
        if open.is_empty() {
            break;
        }
        for (kind, openness) in TYPES {
            let mut of_kind: Vec<String> = open
                .iter()
                .filter(|id| kind_of(id).is_some_and(|one| one.name() == kind))
                .cloned()
                .collect();
            done.extend(of_kind.iter().cloned());
            // The map of England is large, and links to nothing but itself.
            if openness == Public {
                of_kind.truncate(1);
            }
            let answers = rows(scene, map, Some(programme()), kind, &of_kind).await?;
            for answer in answers.as_array().into_iter().flatten() {
                anyhow::ensure!(answer.get("errors").is_none(), "{kind}: {:#}", answer["errors"]);
            }
            ids(&answers, &mut known);
        }
    }
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in known {
        if let Some(kind) = kind_of(&id) {
            by_kind.entry(kind.name().to_owned()).or_default().push(id);
        }
    }
    Ok(by_kind)
}

#[test]
fn every_type_with_an_id_has_an_entry() {
    let entries: BTreeSet<String> = TYPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(entries, SchemaMap::read().nodes(), "say who may see the new type");
}

on_both!(
    async fn a_hidden_row_is_answered_like_one_that_is_not_there(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let map = SchemaMap::read();
        let rows = reachable(&scene, &map).await?;
        // Nobody that any of the rows is about.
        let stranger = scene
            .app
            .person(Person::new("Stranger", DERBY, entity::enums::PeerRole::CaseAuditor))
            .await?;
        let viewers = [
            ("council", Some(council("E10000016"))),
            ("peer", Some(peer(stranger))),
            ("analyst", Some(ViewerRole::Analyst)),
            ("anonymous", None),
        ];
        for (name, openness) in TYPES {
            let existing = rows.get(name).map_or(&[][..], Vec::as_slice);
            assert!(!existing.is_empty(), "the prepared world needs a {name}");
            let kind = kind_of(&existing[0]).unwrap();
            let unknown = encode(kind, Uuid::from_u128(0x1234_5678_9abc_7def_8123_4567_89ab_cdef)).0;
            let query = format!(
                "query ($id: ID!) {{ node(id: $id) {{ __typename ... on {name} {} }} }}",
                map.selection(name, 0)
            );
            for (who, role) in &viewers {
                let missing = scene.app.post(role.clone(), &query, json!({ "id": unknown })).await?;
                let open = match openness {
                    Public => *who != "anonymous",
                    Analysts => *who == "analyst",
                    Officers => matches!(*who, "analyst" | "council"),
                    Nobody => false,
                };
                for id in existing.iter().take(if openness == Public { 3 } else { usize::MAX }) {
                    let hidden = scene.app.post(role.clone(), &query, json!({ "id": id })).await?;
                    if open {
                        assert_eq!(hidden.body["data"]["node"]["id"], json!(id), "{name} for {who}");
                    } else {
                        assert_eq!(
                            (hidden.status, bare(hidden.body)),
                            (missing.status, bare(missing.body.clone())),
                            "{name} for {who}"
                        );
                    }
                }
                assert!(
                    missing.body["data"]["node"].is_null(),
                    "{name} for {who}: {}",
                    missing.body
                );
            }
        }
        scene.app.stop().await
    }
);

/// An answer without the id that every request has for itself.
fn bare(mut body: Value) -> Value {
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["requestId"] = Value::Null;
    }
    body
}

/// Codes of the errors of an answer.
pub(super) fn codes(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| error["extensions"]["code"].as_str().unwrap_or("no code"))
        .collect()
}

/// Whether an answer holds any datum.
pub(super) fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

on_both!(
    async fn no_root_field_answers_without_a_token(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let map = SchemaMap::read();
        let fields = map.field_names("Query");
        assert!(fields.len() >= 18, "{fields:?}");
        for field in fields {
            let query = map.root(&field, None, &|name| argument(&scene, &scene.challenge, name));
            let known = scene.app.post(Some(programme()), &query, json!({})).await?;
            assert_eq!(codes(&known.body), Vec::<&str>::new(), "{query}");
            let answer = scene.app.post(None, &query, json!({})).await?;
            assert_eq!(codes(&answer.body), ["UNAUTHENTICATED"], "{query}");
            assert!(is_empty(&answer.body["data"]), "{query}: {}", answer.body);
        }
        scene.app.stop().await
    }
);

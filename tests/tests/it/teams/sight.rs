//! Who sees what of a team, for each kind of viewer.

use peer_challenge::{
    auth::{Viewer, ViewerRole},
    graphql::ids::Kind,
};
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::desk::{
    CHALLENGE, Desk, JUNE, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, NEXT_DOOR, OWN, SPARE, host, id, national, person,
    viewer,
};

fn everybody() -> Vec<(&'static str, Viewer)> {
    vec![
        ("programme", national()),
        (
            "hub",
            viewer(ViewerRole::Hub {
                regions: vec!["E12000001".to_owned()],
            }),
        ),
        (
            "foreign hub",
            viewer(ViewerRole::Hub {
                regions: vec!["E12000007".to_owned()],
            }),
        ),
        ("host", host()),
        (
            "foreign council",
            viewer(ViewerRole::Council {
                council: "E06000023".to_owned(),
            }),
        ),
        ("member", person(LEAD)),
        ("stranger", person(SPARE)),
        ("analyst", viewer(ViewerRole::Analyst)),
    ]
}

/// The values that a question has for each viewer, in the order of [`everybody`].
async fn each(desk: &Desk<'_>, document: &str, pick: impl Fn(&Value) -> Value) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    for (name, viewer) in everybody() {
        let variables = json!({
            "c": id(Kind::PeerChallenge, CHALLENGE), "w": id(Kind::ChallengeWindow, JUNE),
            "p": [id(Kind::Peer, LEAD), id(Kind::Peer, OWN), id(Kind::Peer, NEXT_DOOR), id(Kind::Peer, MANAGER)],
        });
        let (data, errors) = desk.ask(&viewer, document, variables).await;
        found.push((name, if errors.is_empty() { pick(&data) } else { json!(errors) }));
    }
    found
}

on_both! {
    async fn reasons_are_for_the_programme_and_the_person_alone(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        desk.nominated(MANAGER_SLOT, MANAGER).await;
        desk.tie(LEAD, "E06000001").await?;
        let document = "query($c: ID!, $p: [ID!]!, $w: ID) { eligibility(challengeId: $c, peerIds: $p, windowId: $w) {
            peer { name } status findings { rule } } }";
        let told = each(&desk, document, |data| {
            json!(data["eligibility"].as_array().unwrap().iter().map(|row| format!(
                "{} {} {}", row["peer"]["name"].as_str().unwrap(), row["status"].as_str().unwrap(),
                row["findings"].as_array().unwrap().len())).collect::<Vec<_>>())
        }).await;
        let expected = [
            // With the lead at Hartlepool too, a second one would also be one too many of a council.
            ("programme", json!(["Test Lead INELIGIBLE 1", "Test Own INELIGIBLE 2", "Test Next Door INELIGIBLE 1", "Test Manager ELIGIBLE 0"])),
            // Its own region's people and the team, status only.
            ("hub", json!(["Test Lead NOT_AVAILABLE 0", "Test Own NOT_AVAILABLE 0", "Test Next Door NOT_AVAILABLE 0", "Test Manager ELIGIBLE 0"])),
            ("foreign hub", json!([])),
            ("host", json!(["Test Lead NOT_AVAILABLE 0", "Test Own NOT_AVAILABLE 0", "Test Manager ELIGIBLE 0"])),
            ("foreign council", json!([])),
            ("member", json!(["Test Lead INELIGIBLE 1"])),
            ("stranger", json!([])),
            ("analyst", json!([])),
        ];
        assert_eq!(told, expected);
        Ok(())
    }
}

on_both! {
    async fn places_objections_decisions_and_proposals_follow_the_table(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let lead = desk.nominated(LEAD_SLOT, LEAD).await;
        let manager = desk.nominated(MANAGER_SLOT, MANAGER).await;
        desk.tell(&host(), "objectToPeer", "objection { id }", json!({
            "assignmentId": manager["id"], "reasonCode": "SKILLS", "reason": "Other skills." })).await;
        desk.tie(LEAD, "E06000001").await?;
        let tx = db.database().begin().await?;
        let cause = entity::enums::DecisionCause::Affiliation;
        let open = peer_challenge::team::late::recheck_peer(&tx, &desk.act(national()), LEAD, cause, None).await;
        assert_eq!(open.unwrap_or_else(|error| panic!("{error:?}")), 1);
        tx.commit().await?;
        desk.tell(&national(), "proposeTeam", "proposal { id }", json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE) })).await;
        desk.tell(&national(), "releaseNomination", "assignment { id }", json!({
            "assignmentId": manager["id"], "expectedVersion": 1, "reason": "Busy." })).await;
        let document = "{ challengeByReference(reference: \"CSPC-1\") {
            assignments { totalCount edges { node { statusReason } } } objections { totalCount } decisions { totalCount edges { node { findings { rule } } } }
            proposals { totalCount } waivers { totalCount } slots { assignment { id } reserves { rank } } } }";
        let told = each(&desk, document, |data| {
            let row = &data["challengeByReference"];
            if row.is_null() {
                return Value::Null;
            }
            let count = |field: &str| row[field]["totalCount"].clone();
            json!([count("assignments"), count("objections"), count("decisions"), count("proposals"), row["slots"][0]["assignment"]["id"]])
        }).await;
        let held = &lead["id"];
        let expected = [
            ("programme", json!([2, 1, 1, 1, held])),
            ("hub", json!([1, 0, 0, 0, held])),
            ("foreign hub", Value::Null),
            ("host", json!([1, 1, 0, 0, held])),
            ("foreign council", Value::Null),
            ("member", json!([1, 0, 1, 0, held])),
            ("stranger", Value::Null),
            ("analyst", json!([0, 0, 0, 0, null])),
        ];
        assert_eq!(told, expected);
        Ok(())
    }
}

on_both! {
    async fn what_is_hidden_and_what_is_not_there_are_refused_alike(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let lead = desk.nominated(LEAD_SLOT, LEAD).await;
        let object = |assignment: &Value| json!({ "assignmentId": assignment, "reasonCode": "OTHER", "reason": "Why not." });
        let unknown = json!(id(Kind::Assignment, crate::database::world::key(9_999)));
        for (name, viewer) in everybody() {
            let missing = desk.refused(&viewer, "objectToPeer", "objection { id }", object(&unknown)).await;
            assert_eq!(missing, ["NOT_FOUND"], "{name}");
            let expected = match name {
                "programme" | "host" => continue,
                "hub" | "member" => "FORBIDDEN",
                _ => "NOT_FOUND",
            };
            let there = desk.refused(&viewer, "objectToPeer", "objection { id }", object(&lead["id"])).await;
            assert_eq!(there, [expected], "{name}");
        }
        let wrong = desk.refused(&host(), "objectToPeer", "objection { id }", object(&json!(id(Kind::Peer, LEAD)))).await;
        assert_eq!(wrong, ["INVALID"]);
        Ok(())
    }
}

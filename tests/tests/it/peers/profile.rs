//! Registering people and changing profiles.

use entity::audit_event;
use peer_challenge::graphql::ids::Kind;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::changes::one;
use super::desk::{ANN, CAT, Desk, KENT, NORTH, SOUTH, analyst, at_council, hub, id, person, programme};
use crate::database::world::key;

on_both!(
    async fn people_are_registered_by_the_programme_and_by_the_hub_of_their_home(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let new = |council, extra: Value| {
            let mut input = json!({ "name": " Eve Elm ", "email": "Eve.Elm@Example.org ", "roles": ["CASE_AUDITOR", "CASE_AUDITOR"],
                "affiliation": { "kind": "EMPLOYMENT", "councilId": id(Kind::Council, council) } });
            input
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            input
        };
        let fields = "peer { reference name email status roles homeCouncils { name } declaredOn }";
        let home = desk.world.home;
        let (payload, errors) = desk
            .change(&hub(NORTH), "registerPeer", new(home, json!({})), fields)
            .await;
        assert_eq!(errors, []);
        let peer = &payload["peer"];
        assert_eq!(
            (&peer["name"], &peer["email"]),
            (&json!("Eve Elm"), &json!("Eve.Elm@Example.org"))
        );
        assert_eq!(
            (&peer["status"], &peer["roles"]),
            (&json!("APPLICANT"), &json!(["CASE_AUDITOR"]))
        );
        assert_eq!(peer["homeCouncils"][0]["name"], "Middlesbrough");
        assert!(peer["reference"].as_str().unwrap().starts_with("P-"));
        let (_, errors) = desk
            .change(&hub(NORTH), "registerPeer", new(KENT, json!({})), fields)
            .await;
        assert_eq!(errors, one("FORBIDDEN", "affiliation"));
        for viewer in [at_council("E06000002"), person(ANN), analyst()] {
            assert_eq!(
                desk.change(&viewer, "registerPeer", new(home, json!({})), fields)
                    .await
                    .1,
                one("FORBIDDEN", "")
            );
        }
        let (_, errors) = desk
            .change(
                &programme(),
                "registerPeer",
                new(KENT, json!({ "reference": "P-1" })),
                fields,
            )
            .await;
        assert_eq!(errors, one("TAKEN", "reference"));
        let bad = json!({ "name": "", "email": "eve", "trainedOn": "2026-11-23", "status": "RETIRED", "capacity": 0,
            "themeIds": [id(Kind::Theme, key(998))] });
        let (_, errors) = desk.change(&programme(), "registerPeer", new(KENT, bad), fields).await;
        let paths: Vec<_> = errors.iter().map(|(code, path)| format!("{code} {path}")).collect();
        let expected = [
            "INVALID name",
            "INVALID email",
            "INVALID trainedOn",
            "REQUIRED retiredOn",
            "INVALID capacity",
            "NOT_FOUND themeIds",
        ];
        assert_eq!(paths, expected);
        assert_eq!(
            desk.peers(&programme(), Value::Null).await.len(),
            5,
            "nothing half-written"
        );
        Ok(())
    }
);

on_both!(
    async fn a_profile_keeps_what_is_not_named(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let fields = "peer { version email capacity roles status post }";
        let update = |extra: Value| {
            let mut input = json!({ "peerId": id(Kind::Peer, ANN) });
            input
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            input
        };
        let own = update(json!({ "expectedVersion": 1, "email": "ann@example.org" }));
        let (payload, errors) = desk.change(&person(ANN), "updatePeer", own, fields).await;
        assert_eq!(errors, []);
        let expected = json!({ "version": 2, "email": "ann@example.org", "capacity": 2, "roles": ["SECTION_151_OFFICER"],
            "status": "ACTIVE", "post": null });
        assert_eq!(payload["peer"], expected);
        // A variable that is left out, or null, changes nothing.
        let document =
            "mutation($id: ID!, $email: String, $capacity: Int, $post: String) { updatePeer(input: { peerId: $id,
            expectedVersion: 2, email: $email, capacity: $capacity, post: $post }) { peer { email capacity post }
            userErrors { code } } }";
        let variables = json!({ "id": id(Kind::Peer, ANN), "post": "Treasurer", "capacity": null });
        let data = desk.read(&hub(NORTH), document, variables).await;
        let expected = json!({ "email": "ann@example.org", "capacity": 2, "post": "Treasurer" });
        assert_eq!(data["updatePeer"]["peer"], expected);
        let cleared = update(json!({ "expectedVersion": 3, "clear": ["EMAIL", "CAPACITY"] }));
        let (payload, _) = desk.change(&person(ANN), "updatePeer", cleared, fields).await;
        assert_eq!(
            (&payload["peer"]["email"], &payload["peer"]["capacity"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(desk.row(ANN).await?.email_key, None);

        let promote = update(json!({ "expectedVersion": 4, "status": "SUSPENDED", "roles": [], "capacity": 3 }));
        let (_, errors) = desk.change(&person(ANN), "updatePeer", promote.clone(), fields).await;
        assert_eq!(errors, [one("FORBIDDEN", "status"), one("FORBIDDEN", "roles")].concat());
        assert_eq!(
            desk.change(&hub(SOUTH), "updatePeer", promote.clone(), fields).await.1,
            one("NOT_FOUND", "peerId")
        );
        assert_eq!(
            desk.change(&person(CAT), "updatePeer", promote.clone(), fields).await.1,
            one("FORBIDDEN", "")
        );
        let (payload, _) = desk.change(&hub(NORTH), "updatePeer", promote.clone(), fields).await;
        assert_eq!(
            (&payload["peer"]["status"], &payload["peer"]["roles"]),
            (&json!("SUSPENDED"), &json!([]))
        );
        assert_eq!(
            desk.change(&hub(NORTH), "updatePeer", promote, fields).await.1,
            one("CONFLICT", "expectedVersion")
        );
        let nothing = update(json!({ "expectedVersion": 5 }));
        assert_eq!(
            desk.change(&programme(), "updatePeer", nothing, fields).await.1,
            one("REQUIRED", "")
        );
        // Neither addresses nor names stand in the record.
        for event in audit_event::Entity::find().all(db.conn()).await? {
            assert!(!event.details.to_string().contains("example.org"), "{}", event.details);
        }
        Ok(())
    }
);

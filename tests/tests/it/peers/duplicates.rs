//! Two entries that may be one person; and who reads which part of the audit record.

use chrono::Duration;
use entity::{affiliation, assignment, audit_event, availability_window, enums::PeerStatus, peer};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::desk::{ANN, BEN, CAT, DAN, Desk, NORTH, analyst, at_council, day, hub, id, person, programme};
use crate::database::world::{insert, instant, key};

async fn same_address(desk: &Desk<'_>, people: &[Uuid]) -> anyhow::Result<()> {
    for key in people {
        let mut row: peer::ActiveModel = desk.row(*key).await?.into();
        row.email_key = Set(Some("shared@example.org".to_owned()));
        row.update(desk.db.conn()).await?;
    }
    Ok(())
}

async fn twins(desk: &Desk<'_>, viewer: &peer_challenge::auth::Viewer, reference: &str) -> Value {
    let document = "{ peers { nodes { reference possibleDuplicates { because peer { reference } } } } }";
    let data = desk.read(viewer, document, json!({})).await;
    let nodes = data["peers"]["nodes"].as_array().unwrap().clone();
    nodes.into_iter().find(|node| node["reference"] == reference).unwrap()["possibleDuplicates"].clone()
}

fn decision(one: Uuid, other: Uuid, verdict: &str) -> Value {
    json!({ "peerId": id(Kind::Peer, one), "otherPeerId": id(Kind::Peer, other), "verdict": verdict, "reason": "asked them" })
}

on_both!(
    async fn duplicates_are_shown_and_settled_by_the_programme(db: &TestDb) {
        let desk = Desk::open(db).await?;
        same_address(&desk, &[ANN, DAN]).await?;
        assert_eq!(
            twins(&desk, &programme(), "P-1").await,
            json!([{ "because": "EMAIL", "peer": { "reference": "P-4" } }])
        );
        assert_eq!(
            twins(&desk, &programme(), "P-4").await,
            json!([{ "because": "EMAIL", "peer": { "reference": "P-1" } }])
        );
        assert_eq!(
            twins(&desk, &person(ANN), "P-1").await,
            json!([{ "because": "EMAIL", "peer": null }])
        );
        assert_eq!(twins(&desk, &hub(NORTH), "P-1").await, Value::Null);
        let (_, errors) = desk
            .change(
                &person(ANN),
                "decideDuplicate",
                decision(ANN, DAN, "DISTINCT"),
                "peer { id }",
            )
            .await;
        assert_eq!(errors, [("FORBIDDEN".to_owned(), String::new())]);
        let (_, errors) = desk
            .change(
                &programme(),
                "decideDuplicate",
                decision(ANN, ANN, "SAME"),
                "peer { id }",
            )
            .await;
        assert_eq!(errors, [("INVALID".to_owned(), "otherPeerId".to_owned())]);
        let (_, errors) = desk
            .change(
                &programme(),
                "decideDuplicate",
                decision(DAN, ANN, "DISTINCT"),
                "peer { id }",
            )
            .await;
        assert_eq!(errors, []);
        assert_eq!(twins(&desk, &programme(), "P-1").await, json!([]));
        // Decided again, the other way; once joined, there is no way back.
        let (_, errors) = desk
            .change(
                &programme(),
                "decideDuplicate",
                decision(ANN, DAN, "SAME"),
                "peer { id }",
            )
            .await;
        assert_eq!(errors, []);
        assert_eq!(desk.row(DAN).await?.status, PeerStatus::Left);
        let (_, errors) = desk
            .change(
                &programme(),
                "decideDuplicate",
                decision(ANN, DAN, "DISTINCT"),
                "peer { id }",
            )
            .await;
        assert_eq!(errors, [("INVALID".to_owned(), "verdict".to_owned())]);
        for event in audit_event::Entity::find().all(db.conn()).await? {
            assert!(!event.details.to_string().contains("asked them"));
        }
        Ok(())
    }
);

on_both!(
    async fn joining_moves_what_belongs_to_the_second_entry(db: &TestDb) {
        let desk = Desk::open(db).await?;
        same_address(&desk, &[BEN, CAT, DAN]).await?;
        let window = |number, peer_id, from, until| availability_window::Model {
            id: key(number),
            peer_id,
            starts_on: day(from),
            ends_on: day(until),
            created_at: instant(),
        };
        insert(db.conn(), window(400, BEN, "2027-01-04", "2027-01-08")).await?;
        insert(db.conn(), window(401, DAN, "2027-01-09", "2027-01-12")).await?;
        let join = async |kept, other| {
            desk.change(
                &programme(),
                "decideDuplicate",
                decision(kept, other, "SAME"),
                "peer { affiliations { id } }",
            )
            .await
        };
        // Ended on 15 October: Cat's days on the team are history by 22 November, so the entry may go.
        let (payload, errors) = join(BEN, DAN).await;
        assert_eq!(errors, []);
        assert_eq!(payload["peer"]["affiliations"].as_array().unwrap().len(), 3);
        let spans: Vec<_> = availability_window::Entity::find().all(db.conn()).await?;
        assert_eq!(spans.len(), 1);
        assert_eq!(
            (spans[0].peer_id, spans[0].starts_on, spans[0].ends_on),
            (BEN, day("2027-01-04"), day("2027-01-12"))
        );
        assert_eq!(join(BEN, CAT).await.1, []);
        let ties = affiliation::Entity::find()
            .filter(affiliation::Column::PeerId.eq(BEN))
            .all(db.conn())
            .await?;
        assert_eq!(ties.len(), 4);
        assert_eq!(
            ties.iter().filter(|tie| tie.is_primary).count(),
            1,
            "one main post stays"
        );
        assert_eq!(desk.world.peer, ANN);
        let served = assignment::Entity::find()
            .filter(assignment::Column::PeerId.eq(BEN))
            .all(db.conn())
            .await?;
        assert_eq!(served.len(), 1, "their service counts for the entry that stays");
        // Ann served on the same days: she cannot be the same person.
        same_address(&desk, &[ANN]).await?;
        assert_eq!(
            join(ANN, BEN).await.1,
            [("OVERLAPPING".to_owned(), "otherPeerId".to_owned())]
        );
        assert_eq!(desk.row(BEN).await?.status, PeerStatus::Active, "nothing half-written");
        // Somebody who is still to serve stays where they are.
        let mut row: assignment::ActiveModel = assignment::Entity::find_by_id(key(60))
            .one(db.conn())
            .await?
            .unwrap()
            .into();
        row.ends_on = Set(day("2026-11-22") + Duration::days(7));
        row.update(db.conn()).await?;
        assert_eq!(
            join(BEN, ANN).await.1,
            [("INVALID".to_owned(), "otherPeerId".to_owned())]
        );
        Ok(())
    }
);

on_both!(
    async fn the_record_shows_each_reader_their_part(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let event = |number: u128, action: &str, kind: Kind, role: &str| audit_event::Model {
            id: key(number),
            at: instant(),
            actor: format!("actor {role}"),
            actor_role: role.to_owned(),
            action: action.to_owned(),
            entity_kind: kind.name().to_owned(),
            entity_id: key(number),
            challenge_id: Some(desk.world.challenge),
            council_id: None,
            peer_id: Some(ANN),
            details: json!({ "stage": "SCOPED" }),
            request_id: None,
            actor_peer_id: None,
        };
        let rows = [
            event(500, "STAGE_CHANGED", Kind::PeerChallenge, "NATIONAL_PROGRAMME"),
            event(501, "ASSIGNMENT_DECLINED", Kind::Assignment, "PEER"),
            event(502, "WAIVER_GIVEN", Kind::ConflictWaiver, "NATIONAL_PROGRAMME"),
            event(503, "OBJECTION_RAISED", Kind::HostObjection, "COUNCIL"),
            audit_event::Model {
                challenge_id: None,
                ..event(504, "PEER_UPDATED", Kind::Peer, "NATIONAL_PROGRAMME")
            },
            audit_event::Model {
                peer_id: None,
                ..event(505, "SCOPE_SIGNED", Kind::PeerChallenge, "COUNCIL")
            },
        ];
        for row in rows {
            insert(db.conn(), row).await?;
        }
        let document = "query($filter: AuditFilter) { auditEvents(filter: $filter) { totalCount
            nodes { action actor role entityId entityKind details { key value } } } }";
        let list = async |viewer, filter: Value| {
            let data = desk.read(&viewer, document, json!({ "filter": filter })).await;
            data["auditEvents"]["nodes"].as_array().unwrap().clone()
        };
        let actions = async |viewer, filter| -> Vec<String> {
            let nodes = list(viewer, filter).await;
            nodes
                .iter()
                .map(|node| node["action"].as_str().unwrap().to_owned())
                .collect()
        };
        let newest = [
            "SCOPE_SIGNED",
            "PEER_UPDATED",
            "OBJECTION_RAISED",
            "WAIVER_GIVEN",
            "ASSIGNMENT_DECLINED",
            "STAGE_CHANGED",
        ];
        assert_eq!(actions(programme(), Value::Null).await, newest);
        assert_eq!(
            actions(hub(NORTH), Value::Null).await,
            ["SCOPE_SIGNED", "ASSIGNMENT_DECLINED", "STAGE_CHANGED"]
        );
        let host = [
            "SCOPE_SIGNED",
            "OBJECTION_RAISED",
            "ASSIGNMENT_DECLINED",
            "STAGE_CHANGED",
        ];
        assert_eq!(actions(at_council("E06000001"), Value::Null).await, host);
        assert_eq!(
            actions(at_council("E06000002"), Value::Null).await,
            Vec::<String>::new()
        );
        let own = ["PEER_UPDATED", "WAIVER_GIVEN", "ASSIGNMENT_DECLINED", "STAGE_CHANGED"];
        assert_eq!(actions(person(ANN), Value::Null).await, own);
        assert_eq!(actions(person(CAT), Value::Null).await, Vec::<String>::new());
        assert_eq!(actions(analyst(), Value::Null).await, Vec::<String>::new());
        // Details are the programme's; a host does not learn which person acted, not by filtering either.
        assert_eq!(
            list(programme(), Value::Null).await[0]["details"],
            json!([{ "key": "stage", "value": "SCOPED" }])
        );
        let seen = list(at_council("E06000001"), Value::Null).await;
        assert!(seen.iter().all(|node| node["details"].is_null()));
        assert_eq!((&seen[2]["actor"], &seen[2]["role"]), (&Value::Null, &json!("PEER")));
        assert_eq!(
            actions(at_council("E06000001"), json!({ "actor": "actor PEER" })).await,
            Vec::<String>::new()
        );
        assert_eq!(
            actions(programme(), json!({ "actor": "actor PEER" })).await,
            ["ASSIGNMENT_DECLINED"]
        );
        let by_id = json!({ "entityId": id(Kind::Assignment, key(501)) });
        assert_eq!(actions(programme(), by_id).await, ["ASSIGNMENT_DECLINED"]);
        let challenge = json!({ "challengeId": id(Kind::PeerChallenge, desk.world.challenge) });
        assert_eq!(actions(programme(), challenge).await.len(), 5);
        let never = json!({ "between": { "from": "2026-11-23T00:00:00Z" } });
        assert_eq!(actions(programme(), never).await, Vec::<String>::new());
        let nonsense = json!({ "filter": { "entityId": "nonsense" } });
        assert_eq!(desk.ask(&programme(), document, nonsense).await.1, ["BAD_USER_INPUT"]);
        Ok(())
    }
);

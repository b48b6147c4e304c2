//! What the mutations do, refuse and leave in the audit record.

use entity::audit_event;
use peer_challenge::graphql::ids::Kind;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::desk::{ANN, BEN, CAT, DAN, Desk, KENT, NORTH, SOUTH, analyst, at_council, hub, id, person, programme};
use crate::database::world::key;

pub(super) fn one(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

fn days(peer: uuid::Uuid, from: &str, until: &str) -> Value {
    json!({ "peerId": id(Kind::Peer, peer), "startsOn": from, "endsOn": until })
}

async fn windows(desk: &Desk<'_>) -> Vec<(String, String)> {
    let document = "{ viewer { peer { availability(between: { startsOn: \"2026-01-01\", endsOn: \"2028-12-31\" }) {
        startsOn endsOn } } } }";
    let data = desk.read(&person(ANN), document, json!({})).await;
    let windows = data["viewer"]["peer"]["availability"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    windows
        .iter()
        .map(|window| (text(&window["startsOn"]), text(&window["endsOn"])))
        .collect()
}

on_both!(
    async fn offers_merge_and_withdrawals_split(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let pairs = |all: &[(&str, &str)]| -> Vec<(String, String)> {
            all.iter()
                .map(|(from, until)| ((*from).to_owned(), (*until).to_owned()))
                .collect()
        };
        let offer = async |viewer, from, until| {
            let fields = "availabilityWindow { startsOn endsOn }";
            desk.change(&viewer, "offerAvailability", days(ANN, from, until), fields)
                .await
        };
        for (from, until) in [("2027-01-04", "2027-01-08"), ("2027-01-18", "2027-01-22")] {
            assert_eq!(offer(person(ANN), from, until).await.1, []);
        }
        assert_eq!(
            windows(&desk).await,
            pairs(&[("2027-01-04", "2027-01-08"), ("2027-01-18", "2027-01-22")])
        );
        // The next day on one side, an overlap on the other; by the hub this time.
        let (payload, errors) = offer(hub(NORTH), "2027-01-09", "2027-01-19").await;
        assert_eq!(errors, []);
        assert_eq!(
            payload["availabilityWindow"],
            json!({ "startsOn": "2027-01-04", "endsOn": "2027-01-22" })
        );
        assert_eq!(windows(&desk).await, pairs(&[("2027-01-04", "2027-01-22")]));
        let events = audit_event::Entity::find().all(db.conn()).await?.len();
        assert_eq!(
            offer(programme(), "2027-01-05", "2027-01-06").await.1,
            [],
            "already offered"
        );
        assert_eq!(audit_event::Entity::find().all(db.conn()).await?.len(), events);
        let take = async |from, until| {
            let (payload, errors) = desk
                .change(
                    &person(ANN),
                    "withdrawAvailability",
                    days(ANN, from, until),
                    "daysWithdrawn peer { reference }",
                )
                .await;
            (payload["daysWithdrawn"].clone(), errors)
        };
        assert_eq!(take("2027-01-10", "2027-01-11").await, (json!(2), vec![]));
        assert_eq!(
            windows(&desk).await,
            pairs(&[("2027-01-04", "2027-01-09"), ("2027-01-12", "2027-01-22")])
        );
        assert_eq!(
            take("2027-01-10", "2027-01-11").await,
            (Value::Null, one("INVALID", "startsOn"))
        );
        assert_eq!(take("2026-12-01", "2027-06-01").await, (json!(17), vec![]));
        assert_eq!(windows(&desk).await, []);
        assert_eq!(
            offer(person(ANN), "2027-02-02", "2027-02-01").await.1,
            one("DATES_REVERSED", "endsOn")
        );
        assert_eq!(
            offer(person(ANN), "2026-11-01", "2026-11-21").await.1,
            one("INVALID", "endsOn")
        );
        assert_eq!(
            offer(person(ANN), "2027-01-01", "2199-01-01").await.1,
            one("INVALID", "endsOn")
        );
        // Not seen: not there. Seen: not allowed.
        for viewer in [hub(SOUTH), person(DAN), analyst(), at_council("E10000016")] {
            assert_eq!(
                offer(viewer, "2027-02-01", "2027-02-02").await.1,
                one("NOT_FOUND", "peerId")
            );
        }
        for viewer in [person(CAT), at_council("E06000001"), at_council("E06000002")] {
            assert_eq!(offer(viewer, "2027-02-01", "2027-02-02").await.1, one("FORBIDDEN", ""));
        }
        assert_eq!(windows(&desk).await, []);
        Ok(())
    }
);

on_both!(
    async fn interests_are_between_the_person_and_the_programme(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let input = json!({ "peerId": id(Kind::Peer, ANN), "kind": "PERSONAL", "councilId": id(Kind::Council, KENT),
            "note": "My sister is the director there" });
        let fields = "declaredInterest { id version note withdrawnAt council { name } }";
        let (payload, errors) = desk
            .change(&person(ANN), "declareInterest", input.clone(), fields)
            .await;
        assert_eq!(errors, []);
        assert_eq!(payload["declaredInterest"]["council"]["name"], "Kent");
        assert_eq!(
            desk.row(ANN).await?.declared_on,
            None,
            "one interest is not the whole declaration"
        );
        for viewer in [hub(NORTH), at_council("E06000002"), person(CAT)] {
            assert_eq!(
                desk.change(&viewer, "declareInterest", input.clone(), fields).await.1,
                one("FORBIDDEN", "")
            );
        }
        let withdraw = json!({ "interestId": payload["declaredInterest"]["id"], "expectedVersion": 1 });
        for viewer in [hub(NORTH), at_council("E06000002"), person(CAT)] {
            let (_, errors) = desk.change(&viewer, "withdrawInterest", withdraw.clone(), fields).await;
            assert_eq!(errors, one("NOT_FOUND", "interestId"), "{viewer:?}");
        }
        let stale = json!({ "interestId": payload["declaredInterest"]["id"], "expectedVersion": 2 });
        assert_eq!(
            desk.change(&person(ANN), "withdrawInterest", stale, fields).await.1,
            one("CONFLICT", "expectedVersion")
        );
        let (payload, errors) = desk.change(&person(ANN), "withdrawInterest", withdraw, fields).await;
        assert_eq!(errors, []);
        assert!(!payload["declaredInterest"]["withdrawnAt"].is_null());
        for event in audit_event::Entity::find().all(db.conn()).await? {
            let text = event.details.to_string();
            assert!(
                !text.contains("sister") && !text.contains("PERSONAL") && !text.contains(&KENT.to_string()),
                "{text}"
            );
            assert_eq!(event.council_id, None);
        }
        let bad = json!({ "peerId": id(Kind::Peer, ANN), "kind": "OTHER", "councilId": id(Kind::Council, key(999)),
            "note": "  ", "startsOn": "2027-01-02", "endsOn": "2027-01-01" });
        let (_, errors) = desk.change(&programme(), "declareInterest", bad, fields).await;
        let paths: Vec<_> = errors.iter().map(|(code, path)| format!("{code} {path}")).collect();
        assert_eq!(paths, ["NOT_FOUND councilId", "INVALID note", "DATES_REVERSED endsOn"]);
        let version = desk.row(ANN).await?.version;
        let confirm = json!({ "peerId": id(Kind::Peer, ANN), "expectedVersion": version });
        let (payload, _) = desk
            .change(
                &person(ANN),
                "confirmDeclaration",
                confirm.clone(),
                "peer { declaredOn }",
            )
            .await;
        assert_eq!(payload["peer"]["declaredOn"], "2026-11-22");
        let (_, errors) = desk
            .change(&person(ANN), "confirmDeclaration", confirm, "peer { declaredOn }")
            .await;
        assert_eq!(errors, one("CONFLICT", "expectedVersion"));
        Ok(())
    }
);

on_both!(
    async fn affiliations_are_added_ended_and_corrected(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let fields = "affiliation { id version isPrimary startsOn endsOn post }";
        let add = |extra: Value| {
            let mut input = json!({ "peerId": id(Kind::Peer, ANN), "kind": "CONSULTANCY" });
            input
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            input
        };
        let kent = id(Kind::Council, KENT);
        let new = add(json!({ "councilId": kent, "post": "Interim", "isPrimary": true, "startsOn": "2026-06-01" }));
        let (payload, errors) = desk.change(&person(ANN), "addAffiliation", new.clone(), fields).await;
        assert_eq!(errors, []);
        let mine = payload["affiliation"]["id"].clone();
        // The south keeps Ann from now on, and her main post is the new one.
        assert!(desk.peers(&hub(SOUTH), Value::Null).await.contains(&"P-1".to_owned()));
        let main = desk
            .read(
                &person(ANN),
                "{ viewer { peer { affiliations { isPrimary version } homeCouncils { name } } } }",
                json!({}),
            )
            .await;
        assert_eq!(
            main["viewer"]["peer"]["homeCouncils"],
            json!([{ "name": "Kent" }, { "name": "Middlesbrough" }])
        );
        assert_eq!(
            main["viewer"]["peer"]["affiliations"],
            json!([{ "isPrimary": true, "version": 1 }, { "isPrimary": false, "version": 2 }])
        );
        assert_eq!(
            desk.change(&person(ANN), "addAffiliation", new, fields).await.1,
            one("OVERLAPPING", "startsOn")
        );
        let neither = add(json!({ "endsOn": "2026-01-01", "startsOn": "2026-02-01" }));
        let (_, errors) = desk.change(&person(ANN), "addAffiliation", neither, fields).await;
        assert_eq!(
            errors,
            [one("INVALID", "councilId"), one("DATES_REVERSED", "endsOn")].concat()
        );
        let wrong_kind = add(json!({ "councilId": id(Kind::Region, key(1)) }));
        assert_eq!(
            desk.change(&person(ANN), "addAffiliation", wrong_kind, fields).await.1,
            one("INVALID", "councilId")
        );

        let end = json!({ "affiliationId": mine, "expectedVersion": 1, "endsOn": "2026-11-30" });
        // The hub reads it but may not change it; the host does not know of it.
        assert_eq!(
            desk.change(&hub(NORTH), "endAffiliation", end.clone(), fields).await.1,
            one("FORBIDDEN", "")
        );
        let (_, errors) = desk
            .change(&at_council("E06000001"), "endAffiliation", end.clone(), fields)
            .await;
        assert_eq!(errors, one("NOT_FOUND", "affiliationId"));
        let (payload, _) = desk.change(&person(ANN), "endAffiliation", end.clone(), fields).await;
        assert_eq!(payload["affiliation"]["endsOn"], "2026-11-30");
        assert_eq!(
            desk.change(&person(ANN), "endAffiliation", end, fields).await.1,
            one("CONFLICT", "expectedVersion")
        );
        let correct =
            json!({ "affiliationId": mine, "expectedVersion": 2, "startsOn": "2026-05-01", "clear": ["ENDS_ON"] });
        let (payload, errors) = desk.change(&programme(), "correctAffiliation", correct, fields).await;
        assert_eq!(errors, []);
        assert_eq!(payload["affiliation"]["startsOn"], "2026-05-01");
        assert_eq!(payload["affiliation"]["endsOn"], Value::Null);
        assert_eq!(payload["affiliation"]["post"], "Interim");
        let both = json!({ "affiliationId": mine, "expectedVersion": 3, "endsOn": "2026-12-01", "clear": ["ENDS_ON"] });
        assert_eq!(
            desk.change(&programme(), "correctAffiliation", both, fields).await.1,
            one("INVALID", "endsOn")
        );
        let events = desk
            .read(
                &programme(),
                "query($id: ID!) { auditEvents(filter: { entityId: $id }) { nodes { action entityKind
                details { key value } } } }",
                json!({ "id": mine }),
            )
            .await;
        let nodes = events["auditEvents"]["nodes"].as_array().unwrap();
        let actions: Vec<_> = nodes.iter().map(|node| node["action"].as_str().unwrap()).collect();
        assert_eq!(
            actions,
            ["AFFILIATION_CORRECTED", "AFFILIATION_ENDED", "AFFILIATION_ADDED"]
        );
        assert!(
            nodes[0]["details"]
                .as_array()
                .unwrap()
                .contains(&json!({ "key": "endsOn.from", "value": "2026-11-30" }))
        );
        Ok(())
    }
);

on_both!(
    async fn blackouts_close_days_of_people_and_councils(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let fields = "blackoutPeriod { id reason peer { reference } council { name } }";
        let close = |owner: Value, from: &str, until: &str| {
            let mut input = json!({ "startsOn": from, "endsOn": until, "reason": "an operation" });
            input
                .as_object_mut()
                .unwrap()
                .extend(owner.as_object().unwrap().clone());
            input
        };
        let ann = json!({ "peerId": id(Kind::Peer, ANN) });
        let (payload, errors) = desk
            .change(
                &hub(NORTH),
                "addBlackout",
                close(ann.clone(), "2027-01-04", "2027-01-08"),
                fields,
            )
            .await;
        assert_eq!(errors, []);
        assert_eq!(
            payload["blackoutPeriod"]["reason"],
            Value::Null,
            "the hub wrote it, and still reads no reasons"
        );
        let again = close(ann.clone(), "2027-01-08", "2027-01-09");
        assert_eq!(
            desk.change(&person(ANN), "addBlackout", again, fields).await.1,
            one("OVERLAPPING", "startsOn")
        );
        let kent = json!({ "councilId": id(Kind::Council, KENT) });
        let (of_kent, errors) = desk
            .change(
                &hub(SOUTH),
                "addBlackout",
                close(kent.clone(), "2027-05-01", "2027-05-06"),
                fields,
            )
            .await;
        assert_eq!(errors, []);
        for viewer in [hub(NORTH), at_council("E10000016"), person(CAT)] {
            let (_, errors) = desk
                .change(
                    &viewer,
                    "addBlackout",
                    close(kent.clone(), "2027-06-01", "2027-06-02"),
                    fields,
                )
                .await;
            assert_eq!(errors, one("FORBIDDEN", ""));
        }
        let neither = close(json!({}), "2027-06-01", "2027-06-02");
        assert_eq!(
            desk.change(&programme(), "addBlackout", neither, fields).await.1,
            one("INVALID", "peerId")
        );

        let list = async |viewer| {
            let data = desk
                .read(
                    &viewer,
                    "{ blackoutPeriods { nodes { reason } totalCount } }",
                    json!({}),
                )
                .await;
            data["blackoutPeriods"]["totalCount"].clone()
        };
        assert_eq!(list(programme()).await, 2);
        assert_eq!(list(hub(NORTH)).await, 1);
        assert_eq!(list(at_council("E10000016")).await, 1);
        assert_eq!(list(at_council("E06000001")).await, 0);
        assert_eq!(list(person(ANN)).await, 1);
        assert_eq!(list(person(BEN)).await, 0);
        assert_eq!(list(analyst()).await, 0);

        let remove = |payload: &Value| json!({ "blackoutPeriodId": payload["blackoutPeriod"]["id"] });
        let gone = "removedId";
        let (_, errors) = desk.change(&hub(NORTH), "removeBlackout", remove(&of_kent), gone).await;
        assert_eq!(errors, one("NOT_FOUND", "blackoutPeriodId"));
        let (_, errors) = desk
            .change(&at_council("E10000016"), "removeBlackout", remove(&of_kent), gone)
            .await;
        assert_eq!(errors, one("FORBIDDEN", ""));
        let (done, errors) = desk
            .change(&person(ANN), "removeBlackout", remove(&payload), gone)
            .await;
        assert_eq!((errors, &done["removedId"]), (vec![], &payload["blackoutPeriod"]["id"]));
        assert_eq!(list(programme()).await, 1);
        for event in audit_event::Entity::find().all(db.conn()).await? {
            assert!(!event.details.to_string().contains("operation"), "{}", event.details);
        }
        Ok(())
    }
);

//! `Idempotency-Key`: a change that is sent again is done once and answered alike, on both engines, over HTTP and over
//! WebSocket (`extensions.idempotencyKey`).

use entity::{audit_event, idempotency_key, season};
use futures::future::join_all;
use peer_challenge::{auth::ViewerRole, graphql::change::forget_old_keys};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{Answer, council, programme},
    on_both,
};

use crate::http_protocol::wire::Wire;

const CREATE: &str = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) {
    season { id name } userErrors { code } } }";

fn year(name: &str) -> Value {
    json!({ "input": { "name": name, "startsOn": "2031-09-01", "endsOn": "2032-07-31" } })
}

async fn create(app: &App, role: ViewerRole, key: &str, variables: Value) -> anyhow::Result<Answer> {
    app.post_with(Some(role), &[("idempotency-key", key)], CREATE, variables)
        .await
}

/// Seasons named so, events about new seasons, and keys.
async fn counts(app: &App, name: &str) -> anyhow::Result<[u64; 3]> {
    let reader = app.database.reader();
    Ok([
        season::Entity::find()
            .filter(season::Column::Name.eq(name))
            .count(reader)
            .await?,
        audit_event::Entity::find()
            .filter(audit_event::Column::EntityKind.eq("Season"))
            .count(reader)
            .await?,
        idempotency_key::Entity::find().count(reader).await?,
    ])
}

on_both!(
    async fn a_change_sent_again_is_done_once_and_answered_alike(db: &TestDb) {
        let app = App::start(db).await?;
        let first = create(&app, programme(), "k-1", year("2031/32")).await?;
        assert!(
            first.body["data"]["createSeason"]["season"]["id"].is_string(),
            "{first:?}"
        );
        // The same value in quotes is the same key; the order of members is none of its business.
        let again = json!({ "input": { "endsOn": "2032-07-31", "startsOn": "2031-09-01", "name": "2031/32" } });
        let second = create(&app, programme(), "\"k-1\"", again).await?;
        assert_eq!((second.status, second.body), (200, first.body));
        assert_eq!(counts(&app, "2031/32").await?, [1, 1, 1]);
        app.stop().await
    }
);

on_both!(
    async fn a_key_belongs_to_its_input_its_viewer_and_its_field(db: &TestDb) {
        let app = App::start(db).await?;
        create(&app, programme(), "k-1", year("2031/32")).await?;
        let other = create(&app, programme(), "k-1", year("2033/34")).await?;
        assert_eq!(other.body["errors"][0]["extensions"]["code"], "CONFLICT", "{other:?}");
        assert_eq!(counts(&app, "2033/34").await?, [0, 1, 1]);
        // Somebody else's key of the same name is another key, and a refusal keeps none.
        let foreign = create(&app, council("E06000001"), "k-1", year("2031/32")).await?;
        assert_eq!(
            foreign.body["data"]["createSeason"]["userErrors"][0]["code"], "FORBIDDEN",
            "{foreign:?}"
        );
        assert_eq!(counts(&app, "2031/32").await?, [1, 1, 1]);

        let two = "mutation ($one: CreateSeasonInput!, $two: CreateSeasonInput!) {
            one: createSeason(input: $one) { season { id } } two: createSeason(input: $two) { season { id } } }";
        let both = json!({ "one": { "name": "A", "startsOn": "2035-09-01", "endsOn": "2036-07-31" },
            "two": { "name": "B", "startsOn": "2037-09-01", "endsOn": "2038-07-31" } });
        let headers = [("idempotency-key", "k-2")];
        let first = app.post_with(Some(programme()), &headers, two, both.clone()).await?;
        let second = app.post_with(Some(programme()), &headers, two, both).await?;
        assert_eq!(first.body, second.body);
        assert_ne!(first.body["data"]["one"], first.body["data"]["two"]);
        assert_eq!(counts(&app, "B").await?, [1, 3, 3]);
        app.stop().await
    }
);

on_both!(
    async fn a_refused_change_may_be_tried_again_under_its_key(db: &TestDb) {
        let app = App::start(db).await?;
        let backwards = json!({ "input": { "name": "2031/32", "startsOn": "2032-09-01", "endsOn": "2032-07-31" } });
        let refused = create(&app, programme(), "k-1", backwards).await?;
        assert_ne!(refused.body["data"]["createSeason"]["userErrors"], json!([]));
        assert_eq!(counts(&app, "2031/32").await?, [0, 0, 0]);
        create(&app, programme(), "k-1", year("2031/32")).await?;
        assert_eq!(counts(&app, "2031/32").await?, [1, 1, 1]);
        app.stop().await
    }
);

on_both!(
    async fn the_same_change_sent_many_times_at_once_is_done_once(db: &TestDb) {
        let app = App::start(db).await?;
        let sent = (0..12).map(|_| create(&app, programme(), "k-1", year("2031/32")));
        let mut answers = Vec::new();
        for answer in join_all(sent).await {
            answers.push(answer?.body);
        }
        assert!(
            answers[0]["data"]["createSeason"]["season"]["id"].is_string(),
            "{answers:#?}"
        );
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        assert_eq!(counts(&app, "2031/32").await?, [1, 1, 1]);
        app.stop().await
    }
);

on_both!(
    async fn keys_are_forgotten_after_a_day(db: &TestDb) {
        let app = App::start(db).await?;
        create(&app, programme(), "k-1", year("2031/32")).await?;
        app.clock.advance(chrono::TimeDelta::hours(24));
        assert_eq!(
            forget_old_keys(&app.act(), app.database.writer()).await.unwrap(),
            0,
            "not yet"
        );
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let later = json!({ "input": { "name": "2033/34", "startsOn": "2033-09-01", "endsOn": "2034-07-31" } });
        // The old key, still in its table, stands for nothing any more.
        let other = create(&app, programme(), "k-1", later).await?;
        assert!(
            other.body["data"]["createSeason"]["season"]["id"].is_string(),
            "{other:?}"
        );
        app.clock.advance(chrono::TimeDelta::hours(25));
        assert_eq!(forget_old_keys(&app.act(), app.database.writer()).await.unwrap(), 1);
        app.stop().await
    }
);

on_both!(
    async fn a_senseless_key_is_refused_before_anything_happens(db: &TestDb) {
        let app = App::start(db).await?;
        for bad in ["", "a b", &"k".repeat(256)] {
            let answer = create(&app, programme(), bad, year("2031/32")).await?;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert_eq!(
                answer.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
                "{answer:?}"
            );
        }
        assert_eq!(counts(&app, "2031/32").await?, [0, 0, 0]);
        app.stop().await
    }
);

/// The answer to a change sent over a socket under this key.
async fn over(wire: &mut Wire, key: Value, variables: Value) -> Value {
    let extensions = json!({ "idempotencyKey": key });
    let payload = json!({ "query": CREATE, "variables": variables, "extensions": extensions });
    wire.subscribe_as("1", payload).await;
    let answer = wire.result("1").await;
    wire.completed("1").await;
    answer
}

on_both!(
    async fn over_a_socket_the_key_stands_in_the_extensions(db: &TestDb) {
        let app = App::start(db).await?;
        let mut wire = Wire::ready(&app.url, &app.token(programme())?).await;
        let first = over(&mut wire, json!("k-1"), year("2031/32")).await;
        assert!(first["data"]["createSeason"]["season"]["id"].is_string(), "{first}");
        let mut other = Wire::ready(&app.url, &app.token(programme())?).await;
        assert_eq!(over(&mut other, json!("\"k-1\""), year("2031/32")).await, first);
        // The key is the same one over HTTP.
        assert_eq!(create(&app, programme(), "k-1", year("2031/32")).await?.body, first);
        assert_eq!(counts(&app, "2031/32").await?, [1, 1, 1]);

        let conflict = over(&mut wire, json!("k-1"), year("2033/34")).await;
        assert_eq!(conflict["errors"][0]["extensions"]["code"], "CONFLICT", "{conflict}");
        // Without a key, and with none, each is a change of its own.
        let later = json!({ "input": { "name": "2035/36", "startsOn": "2035-09-01", "endsOn": "2036-07-31" } });
        over(&mut wire, Value::Null, later).await;
        assert_eq!(counts(&app, "2033/34").await?, [0, 2, 1]);
        assert_eq!(counts(&app, "2035/36").await?, [1, 2, 1]);
        app.stop().await
    }
);

on_both!(
    async fn a_key_that_is_senseless_or_in_the_wrong_place_is_refused(db: &TestDb) {
        let app = App::start(db).await?;
        let mut wire = Wire::ready(&app.url, &app.token(programme())?).await;
        for bad in [json!(""), json!("a b"), json!("k".repeat(256)), json!(7), json!(["k"])] {
            let extensions = json!({ "idempotencyKey": bad });
            let payload = json!({ "query": CREATE, "variables": year("2031/32"), "extensions": extensions });
            wire.subscribe_as("1", payload).await;
            assert_eq!(wire.failed("1").await, "BAD_USER_INPUT", "{bad}");
        }
        // A key where HTTP has none would be passed over, and its sender would believe to be safe.
        let body = json!({ "query": CREATE, "variables": year("2031/32"), "extensions": { "idempotencyKey": "k-1" } });
        let request = reqwest::Client::new()
            .post(format!("{}/graphql", app.url))
            .bearer_auth(app.token(programme())?);
        let answer = request.json(&body).send().await?;
        assert_eq!(answer.status(), 400);
        let answer: Value = answer.json().await?;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert_eq!(counts(&app, "2031/32").await?, [0, 0, 0]);
        app.stop().await
    }
);

//! API keys of hub machines over HTTP: made once, read-only or not, revoked, expired, never stored.

use chrono::{Duration, TimeDelta};
use peer_challenge::{
    clock::Clock as _,
    graphql::ids::{Kind, encode},
};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{hub, programme},
    on_both,
    people::council_key,
};

const NORTH_EAST: &str = "E12000001";
const VIEWER: &str = "{ viewer { subject role regions { gssCode } } }";
const CREATE: &str = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    apiKey { id prefix name scope status version regions { gssCode } lastUsedAt createdBy } secret
    userErrors { code message field } } }";
const REVOKE: &str = "mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) {
    apiKey { status version revokedBy } userErrors { code message field } } }";
const CLOSE: &str = "mutation ($input: AddBlackoutInput!) { addBlackout(input: $input) {
    blackoutPeriod { id } userErrors { code message } } }";

async fn region(app: &App, code: &str) -> anyhow::Result<Value> {
    let data = app.data(programme(), "{ regions { id gssCode } }", json!({})).await?;
    let regions = data["regions"].as_array().unwrap();
    Ok(regions.iter().find(|region| region["gssCode"] == code).unwrap()["id"].clone())
}

async fn new(app: &App, scope: &str) -> anyhow::Result<(Value, String)> {
    let end = app.clock.now() + TimeDelta::days(30);
    let input = json!({ "name": "Nightly export", "regionIds": [region(app, NORTH_EAST).await?], "scope": scope, "expiresAt": end });
    let payload = app.done(programme(), CREATE, json!({ "input": input })).await?;
    Ok((
        payload["apiKey"].clone(),
        payload["secret"].as_str().unwrap().to_owned(),
    ))
}

/// A council's closed days, as the hub of its region enters them.
async fn closed_days(app: &App) -> anyhow::Result<Value> {
    let id = encode(Kind::Council, council_key(&app.database, "E06000001").await?);
    Ok(
        json!({ "input": { "councilId": id, "startsOn": "2027-05-06", "endsOn": "2027-05-06", "reason": "Elections." } }),
    )
}

on_both!(
    async fn a_key_signs_in_as_a_hub_and_is_nowhere_in_the_database(db: &TestDb) {
        let app = App::start(db).await?;
        let (key, secret) = new(&app, "READ").await?;
        let prefix = key["prefix"].as_str().unwrap();
        assert!(secret.starts_with(&format!("pck_{prefix}_")), "{secret}");
        assert_eq!(
            (&key["scope"], &key["status"], &key["lastUsedAt"], &key["createdBy"]),
            (
                &json!("READ"),
                &json!("LIVE"),
                &Value::Null,
                &json!("national_programme@tests")
            )
        );
        let answer = app.post_as(Some(&secret), VIEWER, json!({})).await?;
        let expected = json!({ "viewer": { "subject": format!("key:{prefix}"), "role": "REGIONAL_HUB",
            "regions": [{ "gssCode": NORTH_EAST }] } });
        assert_eq!(answer.body["data"], expected, "{}", answer.body);
        // One letter of another key, and a prefix that nobody has.
        let wrong = format!(
            "{}{}",
            &secret[..secret.len() - 2],
            if secret.ends_with("AA") { "EE" } else { "AA" }
        );
        for bad in [
            wrong.as_str(),
            "pck_",
            "pck_aaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(app.post_as(Some(bad), VIEWER, json!({})).await?.status, 401, "{bad}");
        }
        // What is stored opens nothing: neither the secret nor its random part is there.
        let row = entity::api_key::Entity::find().one(db.conn()).await?.unwrap();
        let stored = format!("{row:?}");
        assert!(!stored.contains(&secret[17..]) && stored.contains(prefix), "{stored}");
        assert_eq!(
            app.post_as(Some(&format!("pck_{prefix}_{}", &row.digest[..43])), VIEWER, json!({}))
                .await?
                .status,
            401
        );
        let record = entity::audit_event::Entity::find().all(db.conn()).await?;
        assert!(!format!("{record:?}").contains(&secret[17..]));
        app.stop().await
    }
);

on_both!(
    async fn a_key_that_reads_changes_nothing_and_one_that_writes_acts_under_its_name(db: &TestDb) {
        let app = App::start(db).await?;
        let (_, reading) = new(&app, "READ").await?;
        let (key, writing) = new(&app, "WRITE").await?;
        let close = closed_days(&app).await?;
        let before = app.database.statements();
        let refused = app.post_as(Some(&reading), CLOSE, close.clone()).await?;
        assert_eq!(
            refused.body["errors"][0]["extensions"]["code"], "FORBIDDEN",
            "{}",
            refused.body
        );
        assert!(refused.body.get("data").is_none(), "nothing ran: {}", refused.body);
        // The key itself was looked up and its use noted, no more.
        assert!(app.database.statements() - before <= 3);
        let done = app.post_as(Some(&writing), CLOSE, close).await?;
        assert_eq!(
            done.body["data"]["addBlackout"]["userErrors"],
            json!([]),
            "{}",
            done.body
        );
        let events = "{ auditEvents { nodes { action actor role } } }";
        let events = app.data(programme(), events, json!({})).await?;
        let actor = format!("key:{}", key["prefix"].as_str().unwrap());
        let acts = events["auditEvents"]["nodes"].as_array().unwrap();
        assert_eq!(
            acts[0],
            json!({ "action": "BLACKOUT_ADDED", "actor": actor, "role": "REGIONAL_HUB" })
        );
        assert_eq!(acts[1]["action"], "API_KEY_CREATED");
        // Its scope ends where the hub's ends.
        let (_, input) = (
            0,
            json!({ "name": "N", "startsOn": "2030-04-01", "endsOn": "2031-03-31" }),
        );
        let season = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) { userErrors { code } } }";
        let season = app.post_as(Some(&writing), season, json!({ "input": input })).await?;
        assert_eq!(
            season.body["data"]["createSeason"]["userErrors"][0]["code"],
            "FORBIDDEN"
        );
        app.stop().await
    }
);

on_both!(
    async fn a_revoked_key_is_refused_within_the_stated_time(db: &TestDb) {
        let app = App::start(db).await?;
        let (key, secret) = new(&app, "WRITE").await?;
        let status = async || anyhow::Ok(app.post_as(Some(&secret), VIEWER, json!({})).await?.status);
        assert_eq!(status().await?, 200);
        let input = json!({ "input": { "apiKeyId": key["id"], "expectedVersion": 1 } });
        let stale = json!({ "input": { "apiKeyId": key["id"], "expectedVersion": 2 } });
        assert_eq!(
            app.refused(hub(NORTH_EAST), REVOKE, input.clone()).await?,
            ["FORBIDDEN"]
        );
        assert_eq!(
            app.refused(hub("E12000002"), REVOKE, input.clone()).await?,
            ["NOT_FOUND"]
        );
        assert_eq!(app.refused(programme(), REVOKE, stale).await?, ["CONFLICT"]);
        let revoked = app.done(programme(), REVOKE, input).await?;
        assert_eq!(revoked["apiKey"]["status"], "REVOKED");
        let again = json!({ "input": { "apiKeyId": key["id"], "expectedVersion": 2 } });
        assert_eq!(app.refused(programme(), REVOKE, again).await?, ["INVALID"]);
        app.clock.advance(Duration::seconds(10));
        assert_eq!(status().await?, 401);
        app.stop().await
    }
);

on_both!(
    async fn a_key_ends_when_it_was_said_to_and_its_use_is_noted(db: &TestDb) {
        let app = App::start(db).await?;
        let (_, secret) = new(&app, "READ").await?;
        let status = async || anyhow::Ok(app.post_as(Some(&secret), VIEWER, json!({})).await?.status);
        assert_eq!(status().await?, 200);
        // The note is written beside the request.
        let noted = async || {
            for _ in 0..3_000 {
                let row = entity::api_key::Entity::find().one(db.conn()).await?.unwrap();
                if let Some(at) = row.last_used_at {
                    return anyhow::Ok(at);
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            anyhow::bail!("the use was not noted")
        };
        assert_eq!(noted().await?, app.clock.now());
        let list = "{ apiKeys { nodes { status lastUsedAt version } } }";
        let seen = app.data(hub(NORTH_EAST), list, json!({})).await?;
        assert_eq!(seen["apiKeys"]["nodes"][0]["version"], 1);
        app.clock.advance(Duration::days(30));
        assert_eq!(status().await?, 401);
        let seen = app.data(hub(NORTH_EAST), list, json!({})).await?;
        assert_eq!(seen["apiKeys"]["nodes"][0]["status"], "EXPIRED");
        app.stop().await
    }
);

on_both!(
    async fn a_repeated_request_makes_one_key_and_shows_its_text_once(db: &TestDb) {
        let app = App::start(db).await?;
        let end = app.clock.now() + TimeDelta::days(30);
        let input =
            json!({ "name": "N", "regionIds": [region(&app, NORTH_EAST).await?], "scope": "READ", "expiresAt": end });
        let mut answers = Vec::new();
        for _ in 0..2 {
            let headers = [("idempotency-key", "one")];
            let variables = json!({ "input": input });
            answers.push(
                app.post_with(Some(programme()), &headers, CREATE, variables)
                    .await?
                    .body,
            );
        }
        let payload = |i: usize| &answers[i]["data"]["createApiKey"];
        assert!(payload(0)["secret"].is_string(), "{}", answers[0]);
        assert_eq!(payload(1)["apiKey"]["id"], payload(0)["apiKey"]["id"], "{}", answers[1]);
        assert!(payload(1)["secret"].is_null());
        assert_eq!(entity::api_key::Entity::find().all(db.conn()).await?.len(), 1);
        app.stop().await
    }
);

on_both!(
    async fn a_key_needs_a_name_regions_and_an_end_within_a_year(db: &TestDb) {
        let app = App::start(db).await?;
        let region = region(&app, NORTH_EAST).await?;
        let now = app.clock.now();
        let good =
            json!({ "name": "N", "regionIds": [region], "scope": "READ", "expiresAt": now + TimeDelta::days(366) });
        for (field, value, code) in [
            ("name", json!(" "), "INVALID"),
            ("name", json!("x".repeat(101)), "INVALID"),
            ("regionIds", json!([]), "REQUIRED"),
            ("regionIds", json!(["nonsense"]), "INVALID"),
            ("expiresAt", json!(now), "INVALID"),
            ("expiresAt", json!(now + TimeDelta::days(367)), "INVALID"),
        ] {
            let mut input = good.clone();
            input[field] = value;
            assert_eq!(
                app.refused(programme(), CREATE, json!({ "input": input })).await?,
                [code],
                "{field}"
            );
        }
        let count = Statement::from_string(db.conn().get_database_backend(), "SELECT id FROM api_key");
        assert!(db.conn().query_all_raw(count).await?.is_empty());
        app.done(programme(), CREATE, json!({ "input": good })).await?;
        app.stop().await
    }
);

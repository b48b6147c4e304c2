//! Control, changes of leadership and delivery bodies, as people record them through the API.

use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{hub, programme},
    on_both,
};

const NORTH_EAST: &str = "E12000001";
const SHOWS: &str = "id version politicalControl controlChangedOn leadershipChanges { post changedOn } \
                     deliveryBodies { body { name } startsOn }";

async fn council(app: &App, code: &str) -> anyhow::Result<Value> {
    let query = format!("query ($code: String!) {{ councilByGssCode(gssCode: $code) {{ {SHOWS} }} }}");
    let mut data = app.data(programme(), &query, json!({ "code": code })).await?;
    Ok(data["councilByGssCode"].take())
}

fn mutation(name: &str, shows: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!("mutation ($input: {input}!) {{ {name}(input: $input) {{ {shows} userErrors {{ code message field }} }} }}")
}

on_both!(
    async fn control_is_recorded_with_its_date(db: &TestDb) {
        let app = App::start(db).await?;
        let before = council(&app, "E06000001").await?;
        assert_eq!(before["politicalControl"], Value::Null);
        let document = mutation(
            "recordPoliticalControl",
            "council { version politicalControl controlChangedOn }",
        );
        let input = |version: i64, control: &str, day: &str| {
            json!({ "input": {
            "councilId": before["id"], "expectedVersion": version, "control": control, "changedOn": day } })
        };
        let version = before["version"].as_i64().unwrap();
        let done = app
            .done(hub(NORTH_EAST), &document, input(version, "LABOUR", "2026-05-08"))
            .await?;
        let now = json!({ "version": version + 1, "politicalControl": "LABOUR", "controlChangedOn": "2026-05-08" });
        assert_eq!(done["council"], now);
        for (given, code) in [
            (input(version, "GREEN", "2026-06-01"), "CONFLICT"),
            (input(version + 1, "GREEN", "2026-11-23"), "INVALID"),
            (input(version + 1, "GREEN", "2026-05-01"), "INVALID"),
            (input(version + 1, "LABOUR", "2026-05-08"), "TAKEN"),
        ] {
            assert_eq!(app.refused(programme(), &document, given).await?, [code]);
        }
        let elsewhere = app
            .refused(hub("E12000008"), &document, input(version + 1, "GREEN", "2026-06-01"))
            .await?;
        assert_eq!(elsewhere, ["FORBIDDEN"]);
        let query = "query ($id: ID!) { auditEvents(filter: { entityId: $id }) { nodes { action role } } }";
        let events = app.data(programme(), query, json!({ "id": before["id"] })).await?;
        let expected = json!([{ "action": "POLITICAL_CONTROL_RECORDED", "role": "REGIONAL_HUB" }]);
        assert_eq!(events["auditEvents"]["nodes"], expected);
        app.stop().await
    }
);

on_both!(
    async fn changes_of_leadership_are_added_and_taken_back(db: &TestDb) {
        let app = App::start(db).await?;
        let before = council(&app, "E06000001").await?;
        let input =
            |day: &str| json!({ "input": { "councilId": before["id"], "post": "LEAD_MEMBER", "changedOn": day } });
        let record = mutation(
            "recordLeadershipChange",
            "council { leadershipChanges { post changedOn } }",
        );
        app.done(programme(), &record, input("2025-05-08")).await?;
        let done = app.done(hub(NORTH_EAST), &record, input("2026-05-08")).await?;
        let change = |day: &str| json!({ "post": "LEAD_MEMBER", "changedOn": day });
        assert_eq!(
            done["council"]["leadershipChanges"],
            json!([change("2026-05-08"), change("2025-05-08")])
        );
        assert_eq!(app.refused(programme(), &record, input("2026-05-08")).await?, ["TAKEN"]);
        assert_eq!(
            app.refused(programme(), &record, input("2026-11-23")).await?,
            ["INVALID"]
        );
        let remove = mutation("removeLeadershipChange", "council { id }");
        app.done(hub(NORTH_EAST), &remove, input("2025-05-08")).await?;
        assert_eq!(
            app.refused(programme(), &remove, input("2025-05-08")).await?,
            ["INVALID"]
        );
        assert_eq!(
            council(&app, "E06000001").await?["leadershipChanges"],
            json!([change("2026-05-08")])
        );
        app.stop().await
    }
);

on_both!(
    async fn a_delivery_body_names_its_councils(db: &TestDb) {
        let app = App::start(db).await?;
        let (one, other) = (
            council(&app, "E06000001").await?["id"].clone(),
            council(&app, "E06000004").await?["id"].clone(),
        );
        let create = mutation(
            "createDeliveryBody",
            "deliveryBody { id version services { council { gssCode } } }",
        );
        let body = |services: Value| json!({ "input": { "name": "Example Trust", "kind": "TRUST", "startsOn": "2020-04-01", "services": services } });
        let unknown =
            peer_challenge::graphql::ids::encode(peer_challenge::graphql::ids::Kind::Council, uuid::Uuid::nil()).0;
        for (services, code) in [
            (json!([]), "REQUIRED"),
            (json!([{ "councilId": unknown }]), "NOT_FOUND"),
            (json!([{ "councilId": one }, { "councilId": one }]), "TAKEN"),
            (json!([{ "councilId": one, "startsOn": "2019-04-01" }]), "INVALID"),
            (
                json!([{ "councilId": one, "startsOn": "2021-04-01", "endsOn": "2021-03-31" }]),
                "DATES_REVERSED",
            ),
        ] {
            assert_eq!(app.refused(programme(), &create, body(services)).await?, [code]);
        }
        assert_eq!(
            app.refused(hub(NORTH_EAST), &create, body(json!([{ "councilId": one }])))
                .await?,
            ["FORBIDDEN"]
        );
        let made = app
            .done(programme(), &create, body(json!([{ "councilId": one }])))
            .await?;
        assert_eq!(
            made["deliveryBody"]["services"],
            json!([{ "council": { "gssCode": "E06000001" } }])
        );
        let mut twin = body(json!([{ "councilId": other }]));
        twin["input"]["name"] = json!("EXAMPLE trust");
        assert_eq!(app.refused(programme(), &create, twin).await?, ["TAKEN"]);
        let update = mutation(
            "updateDeliveryBody",
            "deliveryBody { version services { council { gssCode } startsOn } }",
        );
        let mut whole = body(json!([{ "councilId": one }, { "councilId": other, "startsOn": "2027-04-01" }]));
        whole["input"]["deliveryBodyId"] = made["deliveryBody"]["id"].clone();
        whole["input"]["expectedVersion"] = json!(1);
        let done = app.done(programme(), &update, whole.clone()).await?;
        assert_eq!(done["deliveryBody"]["version"], 2);
        assert_eq!(app.refused(programme(), &update, whole).await?, ["CONFLICT"]);
        let served = council(&app, "E06000004").await?["deliveryBodies"].clone();
        assert_eq!(
            served,
            json!([{ "body": { "name": "Example Trust" }, "startsOn": "2027-04-01" }])
        );
        let mut second = body(json!([{ "councilId": other, "endsOn": "2022-03-31" }]));
        second["input"]["name"] = json!("Another 100% Company");
        second["input"]["kind"] = json!("COMPANY");
        app.done(programme(), &create, second).await?;
        let list = "query ($filter: DeliveryBodyFilter, $first: Int) { deliveryBodies(filter: $filter, first: $first) {
            totalCount nodes { name services { council { gssCode } } } pageInfo { hasNextPage } } }";
        for (filter, names) in [
            (Value::Null, vec!["Another 100% Company", "Example Trust"]),
            (json!({ "councilIds": [one] }), vec!["Example Trust"]),
            (
                json!({ "councilIds": [other] }),
                vec!["Another 100% Company", "Example Trust"],
            ),
            (
                json!({ "councilIds": [other], "on": "2021-01-01" }),
                vec!["Another 100% Company"],
            ),
            (json!({ "on": "2020-03-31" }), vec![]),
            (json!({ "kinds": ["COMPANY"] }), vec!["Another 100% Company"]),
            (json!({ "nameContains": "EXAMPLE" }), vec!["Example Trust"]),
            (json!({ "nameContains": "100%" }), vec!["Another 100% Company"]),
            (json!({ "nameContains": "_" }), vec![]),
        ] {
            let seen = app.data(hub(NORTH_EAST), list, json!({ "filter": filter })).await?;
            let nodes = seen["deliveryBodies"]["nodes"].as_array().unwrap();
            let found: Vec<&str> = nodes.iter().filter_map(|node| node["name"].as_str()).collect();
            assert_eq!(found, names, "{filter}");
            assert_eq!(seen["deliveryBodies"]["totalCount"], json!(names.len()), "{filter}");
        }
        let mut costs = Vec::new();
        for first in [1, 2] {
            let before = app.database.statements();
            app.data(programme(), list, json!({ "first": first })).await?;
            costs.push(app.database.statements() - before);
        }
        assert_eq!(costs[0], costs[1]);
        app.stop().await
    }
);

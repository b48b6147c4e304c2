//! Two at once: of requests that exclude each other exactly one is done, the other gets a typed refusal, on both engines.

use anyhow::Context as _;
use entity::enums::PeerRole;
use serde_json::json;
use support::{
    App, TestDb,
    app::{council, peer, programme},
    on_both,
    people::Person,
};

use crate::journey::{Journey, world};

const NOMINATE: &str = "mutation ($input: NominatePeerInput!) { nominatePeer(input: $input) {
    assignment { id } userErrors { code } } }";

/// Two hosts with a challenge each in team building, and for both the lead slot and the first window.
async fn two_challenges(app: &App) -> anyhow::Result<Vec<(String, String)>> {
    let mut places = Vec::new();
    let mut facts = world(app).await?;
    for host in ["E06000001", "E06000022"] {
        facts.host = facts.council(app, host).await?;
        let mut journey = Journey::request(app, &facts, council(host)).await?;
        journey.until_team_building(app, &facts, host).await?;
        let query = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { id } windows { id } } } }";
        let seen = app.data(programme(), query, json!({ "id": journey.id })).await?;
        let id = |list: &str| seen["node"][list][0]["id"].as_str().map(str::to_owned);
        places.push((id("slots").context("a slot")?, id("windows").context("a window")?));
    }
    Ok(places)
}

on_both!(
    async fn one_person_is_nominated_at_one_of_two_hosts(db: &TestDb) {
        let app = App::start(db).await?;
        let home = "E09000002";
        let lead = Person {
            served: true,
            ..Person::new("Wanted", home, PeerRole::DirectorOfChildrensServices)
        };
        let key = app.person(lead).await?;
        let places = two_challenges(&app).await?;
        let own = app.data(peer(key), "{ viewer { peer { id } } }", json!({})).await?;
        let input = |(slot, window): &(String, String)| json!({ "input": { "slotId": slot, "windowId": window, "peerId": own["viewer"]["peer"]["id"] } });
        for _ in 0..3 {
            let (left, right) = tokio::join!(
                app.data(programme(), NOMINATE, input(&places[0])),
                app.data(programme(), NOMINATE, input(&places[1])),
            );
            let answers = [left?, right?];
            let won: Vec<_> = answers
                .iter()
                .filter(|answer| !answer["nominatePeer"]["assignment"].is_null())
                .collect();
            assert_eq!(won.len(), 1, "{answers:#?}");
            let lost = answers
                .iter()
                .find(|answer| answer["nominatePeer"]["assignment"].is_null())
                .context("a loser")?;
            assert_eq!(lost["nominatePeer"]["userErrors"][0]["code"], "NOT_ELIGIBLE", "{lost}");
            let release = "mutation ($input: ReleaseNominationInput!) { releaseNomination(input: $input) { userErrors { code } } }";
            let id = &won[0]["nominatePeer"]["assignment"]["id"];
            app.done(
                programme(),
                release,
                json!({ "input": { "assignmentId": id, "expectedVersion": 1, "reason": "Next round." } }),
            )
            .await?;
        }
        app.stop().await
    }
);

on_both!(
    async fn an_interest_and_a_nomination_that_cross_see_one_another(db: &TestDb) {
        let app = App::start(db).await?;
        let places = two_challenges(&app).await?;
        let world = app
            .data(
                programme(),
                r#"{ councilByGssCode(gssCode: "E06000001") { id } }"#,
                json!({}),
            )
            .await?;
        for round in ["Cross-1", "Cross-2", "Cross-3"] {
            let lead = Person {
                served: true,
                ..Person::new(round, "E09000002", PeerRole::DirectorOfChildrensServices)
            };
            let key = app.person(lead).await?;
            let own = app.data(peer(key), "{ viewer { peer { id } } }", json!({})).await?;
            let id = &own["viewer"]["peer"]["id"];
            let declare =
                "mutation ($input: DeclareInterestInput!) { declareInterest(input: $input) { userErrors { code } } }";
            let interest = json!({ "input": {
            "peerId": id, "kind": "PERSONAL", "councilId": world["councilByGssCode"]["id"], "note": "Family.",
        } });
            let nomination = json!({ "input": { "slotId": places[0].0, "windowId": places[0].1, "peerId": id } });
            let (declared, nominated) = tokio::join!(
                app.done(peer(key), declare, interest),
                app.data(programme(), NOMINATE, nomination),
            );
            declared?;
            let nominated = nominated?;
            let place = &nominated["nominatePeer"]["assignment"];
            if place.is_null() {
                assert_eq!(
                    nominated["nominatePeer"]["userErrors"][0]["code"], "NOT_ELIGIBLE",
                    "{nominated}"
                );
                continue;
            }
            let query = "query ($id: ID!) { node(id: $id) { ... on Assignment { version challenge { decisions { nodes { status } } } } } }";
            let seen = app.data(programme(), query, json!({ "id": place["id"] })).await?;
            assert_eq!(
                seen["node"]["challenge"]["decisions"]["nodes"][0]["status"], "OPEN",
                "{seen}"
            );
            let release = "mutation ($input: ReleaseNominationInput!) { releaseNomination(input: $input) { userErrors { code } } }";
            let version = &seen["node"]["version"];
            app.done(
                programme(),
                release,
                json!({ "input": { "assignmentId": place["id"], "expectedVersion": version, "reason": "Next." } }),
            )
            .await?;
        }
        app.stop().await
    }
);

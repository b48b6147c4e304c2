//! What is refused, how it is said, and what a race cannot break.

use futures::future::join_all;
use peer_challenge::auth::ViewerRole;
use serde_json::json;
use support::{TestDb, on_both};

use super::desk::{
    BRISTOL, Desk, HARTLEPOOL, NORTH_EAST, accept, because, council_of, day, endorse, national, step, viewer,
};

on_both! {
    async fn all_faults_of_a_request_are_named_at_once(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let input = json!({
            "hostId": desk.council(HARTLEPOOL).await?, "programmeId": desk.programme, "seasonId": desk.season,
            "strand": "PEER_CHALLENGE", "reason": "  ",
            "themes": [{ "themeId": desk.themes[0], "weight": 0 }, { "themeId": desk.themes[0] }],
            "windows": [
                { "startsOn": "2027-06-10", "endsOn": "2027-06-07" },
                { "startsOn": "2026-11-01", "endsOn": "2026-11-03" },
                { "startsOn": "2027-09-29", "endsOn": "2027-10-01" },
            ],
        });
        assert_eq!(desk.refused(&national(), "requestChallenge", input).await?, [
            "INVALID themes.0.weight", "INVALID themes.1.themeId", "DATES_REVERSED windows.0.endsOn",
            "INVALID windows.1.startsOn", "INVALID windows.2.startsOn", "REQUIRED reason",
        ]);
        let foreign = json!({
            "hostId": desk.programme, "programmeId": "nonsense", "seasonId": desk.season, "strand": "PEER_CHALLENGE",
            "reason": "x", "submit": true,
        });
        assert_eq!(desk.refused(&national(), "requestChallenge", foreign).await?, [
            "INVALID hostId", "INVALID programmeId",
        ]);
        // Adur is a district: no children's services. And a submission needs themes and windows.
        let district = json!({
            "hostId": desk.council("E07000223").await?, "programmeId": desk.programme, "seasonId": desk.season,
            "strand": "PEER_CHALLENGE", "reason": "x",
        });
        assert_eq!(desk.refused(&national(), "requestChallenge", district).await?, ["INVALID programmeId"]);
        let mut empty = desk.request(HARTLEPOOL).await?;
        empty["themes"] = json!([]);
        empty["windows"] = json!([]);
        let draft = desk.done(&national(), "requestChallenge", empty.clone()).await?;
        assert_eq!(desk.refused(&national(), "submitChallenge", step(&draft)).await?, ["REQUIRED", "REQUIRED"]);
        empty["submit"] = json!(true);
        assert_eq!(desk.refused(&national(), "requestChallenge", empty).await?, ["REQUIRED themes", "REQUIRED windows"]);
        Ok(())
    }
}

on_both! {
    async fn closed_days_of_the_host_are_off_limits(db: &TestDb) {
        use sea_orm::{ActiveModelTrait, Set};
        let desk = Desk::open(db).await?;
        let host = async_graphql::ID(desk.council(HARTLEPOOL).await?);
        entity::blackout_period::ActiveModel {
            id: Set(desk.ids.next_id()), peer_id: Set(None), reason: Set("Elections".to_owned()),
            council_id: Set(peer_challenge::graphql::ids::decode(&host).map(|id| id.1)),
            starts_on: Set(day("2027-07-01")), ends_on: Set(day("2027-07-05")),
        }.insert(db.database().writer()).await?;
        let request = desk.request(HARTLEPOOL).await?;
        assert_eq!(desk.refused(&national(), "requestChallenge", request).await?, ["OVERLAPPING windows.1.startsOn"]);
        Ok(())
    }
}

on_both! {
    async fn an_illegal_move_names_the_legal_ones_and_a_stale_one_the_version(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let mut input = desk.request(HARTLEPOOL).await?;
        input["submit"] = json!(true);
        let row = desk.done(&national(), "requestChallenge", input).await?;
        let payload = desk.tell(&national(), "startTeamBuilding", step(&row)).await?;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], "ILLEGAL_STAGE");
        assert_eq!(error["allowed"], json!(["TRIAGED", "DECLINED", "WITHDRAWN"]));
        assert!(error["message"].as_str().unwrap().contains("SUBMITTED"), "{error}");
        assert_eq!(desk.refused(&national(), "submitChallenge", step(&row)).await?, ["ILLEGAL_STAGE"]);
        assert_eq!(desk.refused(&national(), "postponeChallenge", because(&row, "HOST_REQUEST")).await?, ["ILLEGAL_STAGE"]);
        let stale = json!({ "challengeId": row["id"], "expectedVersion": 1 });
        assert_eq!(desk.refused(&national(), "startScoping", stale).await?, ["CONFLICT expectedVersion"]);

        let mut decline = accept(&row);
        decline["decision"] = json!("DECLINE");
        decline["intelligence"] = json!({ "points": 99, "author": " ", "expiresOn": "2026-01-01" });
        assert_eq!(desk.refused(&national(), "triageChallenge", decline.clone()).await?, [
            "REQUIRED intelligence.author", "INVALID intelligence.points", "INVALID intelligence.expiresOn", "REQUIRED reason",
        ]);
        decline["intelligence"] = json!(null);
        decline["reason"] = json!("OTHER");
        assert_eq!(desk.refused(&national(), "triageChallenge", decline.clone()).await?, ["REQUIRED note"]);
        decline["reason"] = json!("HOST_REQUEST");
        assert_eq!(desk.refused(&national(), "triageChallenge", decline.clone()).await?, ["INVALID reason"]);
        decline["reason"] = json!("NOT_A_PRIORITY");
        let row = desk.done(&national(), "triageChallenge", decline).await?;
        assert_eq!((&row["stage"], &row["nextStages"]), (&json!("DECLINED"), &json!([])));
        assert_eq!(desk.refused(&national(), "withdrawChallenge", because(&row, "HOST_REQUEST")).await?, ["ILLEGAL_STAGE"]);
        Ok(())
    }
}

on_both! {
    async fn hidden_is_not_found_and_visible_is_forbidden(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let row = desk.scoped(HARTLEPOOL).await?;
        let hub = viewer(ViewerRole::Hub { regions: vec![NORTH_EAST.to_owned()] });
        let other_hub = viewer(ViewerRole::Hub { regions: vec!["E12000009".to_owned()] });
        let peer = viewer(ViewerRole::Peer { peer: desk.ids.next_id() });
        let analyst = viewer(ViewerRole::Analyst);
        for stranger in [council_of(BRISTOL), other_hub.clone(), peer.clone()] {
            for (mutation, input) in [
                ("completeScope", step(&row)), ("signOffScope", endorse(&row)),
                ("withdrawChallenge", because(&row, "HOST_REQUEST")), ("triageChallenge", accept(&row)),
                ("setScope", desk.scope(&row)),
            ] {
                let refused = desk.refused(&stranger, mutation, input).await?;
                assert_eq!(refused, ["NOT_FOUND challengeId"], "{mutation} by {stranger:?}");
            }
            let seen = desk.ask(&stranger, "query($r: String!) { challengeByReference(reference: $r) { id } challenges { totalCount }
                schedule(from: \"2027-01-01\", to: \"2027-12-31\") { totalCount } }", json!({ "r": row["reference"] })).await?;
            assert_eq!(seen, json!({ "challengeByReference": null, "challenges": { "totalCount": 0 }, "schedule": { "totalCount": 0 } }));
        }
        for onlooker in [hub.clone(), analyst.clone()] {
            for (mutation, input) in [("signOffScope", endorse(&row)), ("startScoping", step(&row)), ("cancelChallenge", because(&row, "HOST_REQUEST"))] {
                assert_eq!(desk.refused(&onlooker, mutation, input).await?, ["FORBIDDEN"], "{mutation} by {onlooker:?}");
            }
        }
        assert_eq!(desk.refused(&council_of(HARTLEPOOL), "startScoping", step(&row)).await?, ["FORBIDDEN"]);
        assert_eq!(desk.refused(&analyst, "withdrawChallenge", because(&row, "HOST_REQUEST")).await?, ["FORBIDDEN"]);
        // Asking for a host out of scope.
        let request = desk.request(HARTLEPOOL).await?;
        for stranger in [council_of(BRISTOL), other_hub] {
            assert_eq!(desk.refused(&stranger, "requestChallenge", request.clone()).await?, ["FORBIDDEN hostId"]);
        }
        for nobody in [peer, analyst] {
            assert_eq!(desk.refused(&nobody, "requestChallenge", request.clone()).await?, ["FORBIDDEN"]);
        }
        desk.done(&hub, "requestChallenge", request).await?;
        Ok(())
    }
}

on_both! {
    async fn a_scope_keeps_the_limits_and_stays_signed_only_as_it_is(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let row = desk.scoped(HARTLEPOOL).await?;
        assert_eq!(desk.refused(&national(), "setScope", desk.scope(&row)).await?, ["ILLEGAL_STAGE"]);
        let mut early = endorse(&row);
        early["signedOn"] = json!("2026-11-21");
        assert_eq!(desk.refused(&national(), "signOffScope", early).await?, ["INVALID signedOn"]);
        let row = desk.done(&national(), "signOffScope", endorse(&row)).await?;
        assert_eq!(desk.refused(&national(), "signOffScope", endorse(&row)).await?, ["TAKEN"]);
        // Scoping again: the sign-off falls, the slots stay.
        let row = desk.done(&national(), "startScoping", step(&row)).await?;
        assert!(row["signOff"].is_null());
        assert_eq!(row["slots"].as_array().map(Vec::len), Some(5));
        let mut scope = desk.scope(&row);
        scope["slots"][1]["isLead"] = json!(true);
        scope["windows"] = json!([{ "startsOn": "2027-06-07", "endsOn": "2027-06-20" }]);
        scope["linesOfEnquiry"][0]["question"] = json!("");
        assert_eq!(desk.refused(&national(), "setScope", scope).await?, [
            "REQUIRED linesOfEnquiry.0.question", "TOO_MANY slots.1.isLead", "INVALID windows.0.endsOn",
        ]);
        let mut bare = desk.scope(&row);
        bare["slots"] = json!([{ "role": "MEMBER_PEER" }]);
        bare["linesOfEnquiry"] = json!([]);
        bare["deliveryMode"] = json!(null);
        let row = desk.done(&national(), "setScope", bare).await?;
        assert_eq!(row["slots"].as_array().map(Vec::len), Some(1));
        assert_eq!(desk.refused(&national(), "completeScope", step(&row)).await?, ["REQUIRED"; 4]);
        // The lead moves to another slot.
        let mut moved = desk.scope(&row);
        moved["slots"][0]["isLead"] = json!(false);
        moved["slots"][2]["isLead"] = json!(true);
        let row = desk.done(&national(), "setScope", moved).await?;
        assert_eq!((&row["slots"][0]["isLead"], &row["slots"][2]["isLead"]), (&json!(false), &json!(true)));
        Ok(())
    }
}

on_both! {
    async fn a_race_gives_each_its_reference_and_one_the_season(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let request = desk.request(HARTLEPOOL).await?;
        let programme = national();
        let drafts = join_all((0..8).map(|_| desk.done(&programme, "requestChallenge", request.clone()))).await;
        let drafts = drafts.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let mut references: Vec<&str> = drafts.iter().filter_map(|row| row["reference"].as_str()).collect();
        references.sort_unstable();
        let wanted: Vec<String> = (1..=8).map(|number| format!("CSPC-2026-{number:04}")).collect();
        assert_eq!(references, wanted);

        let outcomes = join_all(drafts.iter().map(|row| desk.tell(&programme, "submitChallenge", step(row)))).await;
        let outcomes = outcomes.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let refused: Vec<_> = outcomes.iter().filter(|one| one["challenge"].is_null()).collect();
        assert_eq!(refused.len(), 7);
        assert!(refused.iter().all(|one| one["userErrors"][0]["code"] == "ALREADY_LIVE"), "{refused:?}");
        // One and the same change twice: one is stale or already done.
        let row = outcomes.iter().find(|one| !one["challenge"].is_null()).map(|one| &one["challenge"]).unwrap();
        let twice = join_all([accept(row), accept(row)].map(|input| desk.tell(&programme, "triageChallenge", input))).await;
        let twice = twice.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        assert_eq!(twice.iter().filter(|one| one["challenge"].is_null()).count(), 1, "{twice:?}");
        assert!(twice.iter().any(|one| one["userErrors"][0]["code"] == "CONFLICT"), "{twice:?}");
        Ok(())
    }
}

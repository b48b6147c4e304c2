//! The life of a challenge as it should go, and what postponement does to it.

use entity::{audit_event, enums::AssignmentStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::desk::{BRISTOL, Desk, HARTLEPOOL, accept, because, council_of, day, endorse, key, national, step, viewer};

on_both! {
    async fn a_request_goes_from_draft_to_team_building(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let host = council_of(HARTLEPOOL);
        let row = desk.done(&host, "requestChallenge", desk.request(HARTLEPOOL).await?).await?;
        assert_eq!((&row["reference"], &row["stage"]), (&json!("CSPC-2026-0001"), &json!("DRAFT")));
        let row = desk.done(&host, "updateChallengeRequest", json!({
            "challengeId": row["id"], "expectedVersion": row["version"], "seasonId": desk.season, "strand": "INTENSIVE_SUPPORT",
            "reason": "The front door is under more pressure.", "themes": [{ "themeId": desk.themes[2] }],
            "windows": [{ "startsOn": "2027-06-07", "endsOn": "2027-06-09" }, { "startsOn": "2027-07-12", "endsOn": "2027-07-14" }],
        })).await?;
        assert_eq!(row["windows"].as_array().map(Vec::len), Some(2));
        let row = desk.done(&host, "submitChallenge", step(&row)).await?;
        assert_eq!((&row["stage"], &row["nextStages"]), (&json!("SUBMITTED"), &json!(["TRIAGED", "DECLINED", "WITHDRAWN"])));

        let row = desk.done(&national(), "triageChallenge", json!({
            "challengeId": row["id"], "expectedVersion": row["version"], "decision": "ACCEPT", "fundingAgreed": true,
            "courtAction": true, "intelligence": { "points": 7, "author": "A. Adviser", "expiresOn": "2027-05-31" },
        })).await?;
        let shown = desk.ask(&host, "query($r: String!) { challengeByReference(reference: $r) {
            request { strand reason requestedBy sponsor { name } submittedAt } themes { weight theme { code } }
            priority { points currentPoints isUrgent waitMonths components { kind points author } }
            deadlines { milestone dueOn notBefore isProvisional } } }", json!({ "r": row["reference"] })).await?;
        let shown = &shown["challengeByReference"];
        assert_eq!(shown["request"]["strand"], "INTENSIVE_SUPPORT");
        assert_eq!(shown["request"]["sponsor"], Value::Null);
        assert_eq!(shown["themes"].as_array().map(Vec::len), Some(1));
        let components = shown["priority"]["components"].as_array().unwrap();
        let points = |kind: &str| components.iter().find(|one| one["kind"] == kind).unwrap()["points"].as_i64().unwrap();
        assert_eq!((points("COURT_ACTION"), points("INTELLIGENCE"), points("WAITING")), (10, 7, 20));
        assert_eq!(shown["priority"]["waitMonths"], Value::Null);
        let sum: i64 = components.iter().map(|one| one["points"].as_i64().unwrap()).sum();
        assert_eq!(shown["priority"]["points"], sum);
        let deadlines = shown["deadlines"].as_array().unwrap();
        // Ten working days after Sunday 22 November.
        let triage = deadlines.iter().find(|one| one["milestone"] == "TRIAGE").unwrap();
        assert_eq!((&triage["dueOn"], &triage["isProvisional"]), (&json!("2026-12-04"), &json!(false)));
        let scoping = deadlines.iter().find(|one| one["milestone"] == "SCOPING_STARTED").unwrap();
        assert_eq!((&scoping["dueOn"], &scoping["isProvisional"]), (&json!("2027-02-07"), &json!(true)));

        let row = desk.done(&national(), "startScoping", step(&row)).await?;
        assert!(!row["slots"].as_array().unwrap().is_empty(), "the usual team");
        let usual = row["slots"][0]["id"].clone();
        let row = desk.done(&national(), "setScope", desk.scope(&row)).await?;
        assert_eq!(row["slots"].as_array().map(Vec::len), Some(5));
        assert_eq!(row["slots"][0]["id"], usual, "a slot keeps its id in its place");
        let row = desk.done(&national(), "completeScope", step(&row)).await?;
        assert_eq!(desk.refused(&national(), "startTeamBuilding", step(&row)).await?, ["REQUIRED"]);
        let row = desk.done(&host, "signOffScope", endorse(&row)).await?;
        assert_eq!(row["signOff"]["leadMemberName"], "L. Member");
        let row = desk.done(&national(), "startTeamBuilding", step(&row)).await?;
        assert_eq!((&row["stage"], &row["version"]), (&json!("TEAM_BUILDING"), &json!(9)));

        let events = audit_event::Entity::find()
            .filter(audit_event::Column::ChallengeId.eq(key(&row)))
            .order_by_asc(audit_event::Column::Id)
            .all(db.database().reader())
            .await?;
        let actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, [
            "CHALLENGE_DRAFTED", "CHALLENGE_REQUEST_CHANGED", "CHALLENGE_SUBMITTED", "CHALLENGE_TRIAGED",
            "SCOPING_STARTED", "SCOPE_SET", "SCOPE_COMPLETED", "SCOPE_SIGNED_OFF", "TEAM_BUILDING_STARTED",
        ]);
        assert_eq!(events[7].actor, "council@test");
        Ok(())
    }
}

on_both! {
    async fn a_short_postponement_changes_nothing_and_a_long_one_voids_the_scope(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let row = desk.scoped(BRISTOL).await?;
        let row = desk.done(&national(), "signOffScope", endorse(&row)).await?;
        let row = desk.done(&national(), "postponeChallenge", because(&row, "ELECTION_PERIOD")).await?;
        assert_eq!(row["sideState"], json!({ "reason": "ELECTION_PERIOD", "note": null, "resumesTo": "SCOPED" }));
        assert_eq!(row["nextStages"], json!(["SCOPED", "CANCELLED"]));
        desk.clock.set("2026-12-20T12:00:00Z".parse()?);
        let row = desk.done(&national(), "resumeChallenge", step(&row)).await?;
        assert_eq!((&row["stage"], &row["sideState"]), (&json!("SCOPED"), &Value::Null));
        assert!(!row["signOff"].is_null());

        let row = desk.done(&national(), "postponeChallenge", because(&row, "REORGANISATION")).await?;
        // Six months by policy, and the June window would still be to come in none of them.
        desk.clock.set("2027-06-21T12:00:00Z".parse()?);
        let payload = desk.tell(&national(), "resumeChallenge", step(&row)).await?;
        assert_eq!(payload["warnings"][0]["code"], "SCOPE_VOID", "{payload}");
        assert_eq!((&payload["challenge"]["stage"], &payload["challenge"]["signOff"]), (&json!("SCOPING"), &Value::Null));
        Ok(())
    }
}

on_both! {
    async fn scoping_that_starts_late_warns_unless_urgent(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.clock.set("2027-03-01T09:00:00Z".parse()?);
        for (host, urgent) in [(HARTLEPOOL, false), (BRISTOL, true)] {
            let mut input = desk.request(host).await?;
            input["submit"] = json!(true);
            let row = desk.done(&national(), "requestChallenge", input).await?;
            assert_eq!(row["reference"].as_str().map(|text| &text[..10]), Some("CSPC-2027-"));
            let mut triage = accept(&row);
            triage["statutoryIntervention"] = json!(urgent);
            let row = desk.done(&national(), "triageChallenge", triage).await?;
            let payload = desk.tell(&national(), "startScoping", step(&row)).await?;
            // Of the two windows only June's is nearer than 120 days.
            let warned = payload["warnings"].as_array().map(Vec::len);
            assert_eq!(warned, Some(usize::from(!urgent)), "{payload}");
        }
        Ok(())
    }
}

on_both! {
    async fn giving_up_releases_the_team_and_frees_the_season(db: &TestDb) {
        use entity::{affiliation, assignment, enums, peer};
        use sea_orm::{ActiveModelTrait, Set};
        let desk = Desk::open(db).await?;
        let row = desk.scoped(HARTLEPOOL).await?;
        let row = desk.done(&national(), "signOffScope", endorse(&row)).await?;
        let row = desk.done(&national(), "startTeamBuilding", step(&row)).await?;
        let (at, writer) = (peer_challenge::clock::Clock::now(&*desk.clock), db.database().writer());
        let peer = peer::ActiveModel {
            id: Set(desk.ids.next_id()), reference: Set("P-1".to_owned()), name: Set("Test Peer".to_owned()),
            search_name: Set("test peer".to_owned()), name_key: Set("peer test".to_owned()),
            post: Set(None), email: Set(None), email_key: Set(None), party: Set(None), trained_on: Set(None),
            declared_on: Set(None), retired_on: Set(None), capacity: Set(None),
            status: Set(enums::PeerStatus::Active), version: Set(1), created_at: Set(at), updated_at: Set(at), erased_at: Set(None),
        }.insert(writer).await?;
        let challenge = entity::challenge::Entity::find_by_id(key(&row)).one(writer).await?.unwrap();
        let home = entity::council::Entity::find()
            .filter(entity::council::Column::GssCode.eq(BRISTOL)).one(writer).await?.unwrap();
        assert_eq!(affiliation::Entity::find().all(writer).await?.len(), 0);
        let held = assignment::ActiveModel {
            id: Set(desk.ids.next_id()), challenge_id: Set(challenge.id), slot_id: Set(key(&row["slots"][0])),
            peer_id: Set(peer.id), home_council_id: Set(home.id), starts_on: Set(day("2027-06-07")), ends_on: Set(day("2027-06-10")),
            status: Set(AssignmentStatus::Confirmed), policy_id: Set(challenge.policy_id), nominated_by: Set("test".to_owned()),
            status_reason: Set(None), version: Set(1), created_at: Set(at), updated_at: Set(at),
        }.insert(writer).await?;
        // Somebody on the team sees the challenge, without its priority.
        let own = viewer(peer_challenge::auth::ViewerRole::Peer { peer: peer.id });
        let seen = desk.ask(&own, "{ challenges { totalCount edges { node { reference priority { points } } } } }", json!({})).await?;
        assert_eq!(seen["challenges"]["totalCount"], 1);
        assert_eq!(seen["challenges"]["edges"][0]["node"]["priority"], Value::Null);
        assert_eq!(desk.refused(&own, "cancelChallenge", because(&row, "HOST_REQUEST")).await?, ["FORBIDDEN"]);

        let row = desk.done(&national(), "cancelChallenge", because(&row, "TEAM_NOT_VIABLE")).await?;
        assert_eq!((&row["stage"], &row["nextStages"]), (&json!("CANCELLED"), &json!([])));
        let released = assignment::Entity::find_by_id(held.id).one(writer).await?.unwrap();
        assert_eq!((released.status, released.version), (AssignmentStatus::Released, 2));
        let mut again = desk.request(HARTLEPOOL).await?;
        again["submit"] = json!(true);
        desk.done(&national(), "requestChallenge", again).await?;
        Ok(())
    }
}

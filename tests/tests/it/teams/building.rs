//! From the proposal to the confirmed team, and everything that is refused on the way.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{
    assignment,
    enums::{AssignmentStatus, Stage},
    reserve, team_input,
};
use flate2::read::GzDecoder;
use matching::{
    PeerIx,
    team::{FORMAT, Input},
};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::{TestDb, on_both};

use super::desk::{
    CHALLENGE, Desk, INTERESTED, JULY, JUNE, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, MEMBER, MEMBER_SLOT, NEXT_DOOR,
    OWN, SPARE, day, host, id, national, person,
};

const PROPOSAL: &str = "proposal { id proven inputHash value { filled points } bound { filled points } considered
    window { id } places { slot { id } holder { peer { id } points contributions { criterion points }
        runnersUp { peer { id } delta } } vacancy { eligible byRule { rule } } reserves { peer { id } delta } }
    tradedOff { window { id } bound { filled } } }";

fn challenge() -> Value {
    json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE) })
}

on_both! {
    async fn a_proposed_team_is_applied_and_confirmed(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let payload = desk.tell(&national(), "proposeTeam", PROPOSAL, challenge()).await;
        assert_eq!(payload["userErrors"], json!([]));
        let proposal = &payload["proposal"];
        assert_eq!((&proposal["proven"], &proposal["considered"]), (&json!(true), &json!(7)));
        assert_eq!((&proposal["value"], &proposal["value"]["filled"]), (&proposal["bound"], &json!(3)));
        // The host prefers June and everybody is as free in July.
        assert_eq!(proposal["window"]["id"], json!(id(Kind::ChallengeWindow, JUNE)));
        let holder = |place: usize| proposal["places"][place]["holder"]["peer"]["id"].clone();
        assert_eq!((holder(0), holder(1)), (json!(id(Kind::Peer, LEAD)), json!(id(Kind::Peer, MEMBER))));
        let manager = holder(2);
        let reserves = proposal["places"][2]["reserves"].as_array().unwrap();
        assert_eq!(reserves.len(), 1, "two managers are eligible, one of them holds the slot");
        assert_ne!(reserves[0]["peer"]["id"], manager);
        let again = desk.tell(&national(), "proposeTeam", PROPOSAL, challenge()).await;
        assert_eq!(again["proposal"]["inputHash"], proposal["inputHash"]);
        assert_eq!(again["proposal"]["places"], proposal["places"]);
        assert_eq!(assignment::Entity::find().count(db.conn()).await?, 0, "a proposal nominates nobody");

        let apply = json!({ "proposalId": proposal["id"], "expectedVersion": desk.challenge().await.1 });
        let shows = "challenge { stage version startsOn slots { assignment { status peer { id } } reserves { rank peer { id } } } }";
        let payload = desk.tell(&national(), "applyTeamProposal", shows, apply).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["challenge"]["startsOn"], "2027-06-07");
        assert_eq!(payload["challenge"]["slots"][2]["assignment"]["peer"]["id"], manager);
        assert_eq!(payload["challenge"]["slots"][2]["reserves"].as_array().map(Vec::len), Some(1));
        assert_eq!(reserve::Entity::find().count(db.conn()).await?, 1);

        let mut confirm = challenge();
        confirm["expectedVersion"] = json!(1);
        let shows = "challenge { stage version assignments(live: true) { totalCount edges { node { status } } } }";
        assert_eq!(desk.refused(&national(), "confirmTeam", shows, confirm.clone()).await, ["CONFLICT"]);
        confirm["expectedVersion"] = json!(desk.challenge().await.1);
        assert_eq!(desk.refused(&host(), "confirmTeam", shows, confirm.clone()).await, ["FORBIDDEN"]);
        // Nobody is put down for days that they know nothing of.
        let silent = desk.tell(&national(), "confirmTeam", shows, confirm.clone()).await;
        assert_eq!(silent["userErrors"][0]["code"], "DECISION_OPEN", "{silent}");
        assert!(silent["userErrors"][0]["message"].as_str().unwrap().starts_with("3 on the team"), "{silent}");
        desk.agreed().await?;
        let payload = desk.tell(&national(), "confirmTeam", shows, confirm).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["challenge"]["stage"], "TEAM_CONFIRMED");
        assert_eq!(payload["challenge"]["assignments"]["totalCount"], 3);
        let rows = assignment::Entity::find().all(db.conn()).await?;
        assert!(rows.iter().all(|row| row.status == AssignmentStatus::Confirmed));
        Ok(())
    }
}

on_both! {
    async fn nobody_is_nominated_against_a_rule(db: &TestDb) {
        let desk = Desk::open(db).await?;
        for (peer, code, rule) in [(OWN, "NOT_ELIGIBLE", "OWN_COUNCIL"), (NEXT_DOOR, "NOT_ELIGIBLE", "NEIGHBOUR"),
            (INTERESTED, "NEEDS_WAIVER", "DECLARED"), (LEAD, "NOT_ELIGIBLE", "ROLE_NOT_HELD")] {
            let payload = desk.nominate(MANAGER_SLOT, peer).await;
            assert_eq!(payload["userErrors"][0]["code"], code);
            assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains(rule), "{payload}");
        }
        assert_eq!(desk.challenge().await, (Stage::TeamBuilding, 1), "a refusal writes nothing");
        let first = desk.nominated(MANAGER_SLOT, MANAGER).await;
        assert_eq!((&first["status"], &first["startsOn"]), (&json!("NOMINATED"), &json!("2027-06-07")));
        assert_eq!(desk.nominate(MANAGER_SLOT, SPARE).await["userErrors"][0]["code"], "TAKEN");
        let input = json!({ "slotId": id(Kind::TeamSlot, MEMBER_SLOT), "peerId": id(Kind::Peer, MEMBER),
            "windowId": id(Kind::ChallengeWindow, JULY) });
        let refused = desk.refused(&national(), "nominatePeer", "assignment { id }", input.clone()).await;
        assert_eq!(refused, ["INVALID"], "one team, one window");
        assert_eq!(desk.refused(&host(), "nominatePeer", "assignment { id }", input).await, ["FORBIDDEN"]);

        let replace = json!({ "assignmentId": first["id"], "expectedVersion": 1, "withPeerId": id(Kind::Peer, SPARE), "reason": "Ill." });
        let shows = "replaced { status statusReason } assignment { status peer { id } }";
        let payload = desk.tell(&national(), "replaceNomination", shows, replace.clone()).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["replaced"], json!({ "status": "REPLACED", "statusReason": "Ill." }));
        assert_eq!(payload["assignment"]["peer"]["id"], json!(id(Kind::Peer, SPARE)));
        assert_eq!(desk.refused(&national(), "replaceNomination", shows, replace).await, ["CONFLICT"]);
        Ok(())
    }
}

on_both! {
    async fn a_team_with_gaps_or_objections_is_not_confirmed(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        desk.nominated(MANAGER_SLOT, MANAGER).await;
        desk.agreed().await?;
        let confirm = |version: i32| {
            let mut input = challenge();
            input["expectedVersion"] = json!(version);
            input
        };
        let version = desk.challenge().await.1;
        assert_eq!(desk.refused(&national(), "confirmTeam", "challenge { id }", confirm(version)).await, ["TEAM_RULE"]);
        let member = desk.nominated(MEMBER_SLOT, MEMBER).await;
        desk.agreed().await?;
        let object = json!({ "assignmentId": member["id"], "reasonCode": "POLITICAL", "reason": "Stood against our leader." });
        let shows = "objection { id version status }";
        let raised = desk.tell(&host(), "objectToPeer", shows, object.clone()).await;
        assert_eq!(raised["objection"]["status"], "OPEN", "{raised}");
        assert_eq!(desk.refused(&host(), "objectToPeer", shows, object).await, ["TAKEN"]);
        assert_eq!(desk.refused(&national(), "confirmTeam", "challenge { id }", confirm(version)).await, ["DECISION_OPEN"]);
        let ruling = json!({ "objectionId": raised["objection"]["id"], "expectedVersion": 1, "ruling": "REJECT", "reason": "Long ago." });
        assert_eq!(desk.refused(&host(), "decideObjection", shows, ruling.clone()).await, ["FORBIDDEN"]);
        let decided = desk.tell(&national(), "decideObjection", shows, ruling).await;
        assert_eq!(decided["objection"]["status"], "REJECTED");
        let payload = desk.tell(&national(), "confirmTeam", "challenge { stage }", confirm(version)).await;
        assert_eq!(payload["challenge"]["stage"], "TEAM_CONFIRMED", "{payload}");
        Ok(())
    }
}

on_both! {
    async fn the_window_moves_with_the_team_or_not_at_all(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        let mut input = challenge();
        input["expectedVersion"] = json!(desk.challenge().await.1);
        input["windowId"] = json!(id(Kind::ChallengeWindow, JULY));
        let payload = desk.tell(&national(), "chooseWindow", "challenge { startsOn version }", input).await;
        assert_eq!(payload["challenge"]["startsOn"], "2027-07-05", "{payload}");
        let moved = assignment::Entity::find().one(db.conn()).await?.unwrap();
        assert_eq!(moved.starts_on.to_string(), "2027-07-05");
        let closed = entity::blackout_period::Model {
            id: crate::database::world::key(700), peer_id: Some(LEAD), council_id: None,
            starts_on: day("2027-06-08"), ends_on: day("2027-06-08"), reason: "Personal".to_owned(),
        };
        crate::database::world::insert(db.conn(), closed).await?;
        let mut input = challenge();
        input["expectedVersion"] = json!(desk.challenge().await.1);
        input["windowId"] = json!(id(Kind::ChallengeWindow, JUNE));
        let refused = desk.refused(&national(), "chooseWindow", "challenge { id }", input).await;
        assert_eq!(refused, ["NOT_ELIGIBLE"]);
        Ok(())
    }
}

on_both! {
    async fn a_team_can_be_made_again_from_its_record_alone(db: &TestDb) {
        const INPUT: &str = "query($id: ID!) { teamProposalInput(proposalId: $id) { format hash length gzip } }";
        let desk = Desk::open(db).await?;
        let shows = PROPOSAL.replace("inputHash", "inputHash seed");
        let mut ask = challenge();
        let own = desk.tell(&national(), "proposeTeam", &shows, ask.clone()).await["proposal"].take();
        ask["seed"] = json!(77);
        let drawn = desk.tell(&national(), "proposeTeam", &shows, ask).await["proposal"].take();
        assert_eq!(drawn["seed"], json!(77));
        assert_ne!(drawn["inputHash"], own["inputHash"], "the seed is part of the input");
        assert_eq!(drawn["value"], own["value"]);
        for proposal in [own, drawn] {
            let variables = json!({ "id": proposal["id"] });
            let record = desk.read(&national(), INPUT, variables.clone()).await["teamProposalInput"].take();
            assert_eq!(record["format"], FORMAT);
            assert_eq!(record["hash"], proposal["inputHash"]);
            let packed = STANDARD.decode(record["gzip"].as_str().unwrap())?;
            let mut text = String::new();
            GzDecoder::new(packed.as_slice()).read_to_string(&mut text)?;
            assert_eq!(record["length"], json!(text.len()));
            let digest = format!("{:x}", Sha256::digest(&text));
            assert_eq!(record["hash"], json!(digest));
            assert!(!text.contains("Test "), "people are named by id only");

            let input: Input<'_> = serde_json::from_str(&text)?;
            assert_eq!(json!(input.options.seed), proposal["seed"]);
            assert_eq!(serde_json::to_string(&input)?, text, "what was read is what was written");
            let peers = input.peers.clone();
            let peer_id = |peer: PeerIx| json!(id(Kind::Peer, peers[peer.index()].id));
            let windows = input.challenge.windows.clone();
            let again = input.propose()?;
            assert_eq!(json!(id(Kind::ChallengeWindow, windows[again.window.index()].id)), proposal["window"]["id"]);
            assert_eq!(json!([again.value.filled, again.value.points, again.proven]), json!([
                proposal["value"]["filled"], proposal["value"]["points"], proposal["proven"]
            ]));
            for (place, recorded) in again.places.iter().zip(proposal["places"].as_array().unwrap()) {
                let holder = place.holder.as_ref().unwrap();
                assert_eq!(peer_id(holder.peer), recorded["holder"]["peer"]["id"]);
                assert_eq!(json!(holder.points), recorded["holder"]["points"]);
                let reserves = place.reserves.iter().map(|reserve| json!({ "peer": { "id": peer_id(reserve.peer) }, "delta": reserve.delta }));
                assert_eq!(json!(reserves.collect::<Vec<_>>()), recorded["reserves"]);
            }
            // It holds everybody's ties and interests: whoever may not see the proposal gets nothing.
            for viewer in [host(), person(LEAD)] {
                assert_eq!(desk.read(&viewer, INPUT, variables.clone()).await["teamProposalInput"], Value::Null);
            }
        }
        // The same question again is on record once.
        desk.tell(&national(), "proposeTeam", PROPOSAL, challenge()).await;
        assert_eq!(team_input::Entity::find().count(db.conn()).await?, 2);
        Ok(())
    }
}

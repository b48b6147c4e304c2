//! Who is only asked: they see nothing of the visit before they say that they come, are asked again when the days change, and
//! learn nothing of those who were asked before them.

use anyhow::Context as _;
use peer_challenge::graphql::ids::{Kind, encode};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, peer, programme},
    on_both,
};

use super::{Life, refused, yes};
use crate::journey::HARTLEPOOL;

on_both! {
    async fn what_belongs_to_a_visit_is_for_those_who_come_and_case_material_for_the_confirmed(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, _, member, _, _, manager] = life.keys[..] else { anyhow::bail!("six people") };
        let host = || council(HARTLEPOOL);
        for (title, class) in [("Statement", "ORDINARY"), ("Cases", "CASE_MATERIAL")] {
            let document = json!({ "challengeId": life.journey.id, "kind": "OTHER", "title": title, "class": class,
                "url": "https://hartlepool.example/x", "purpose": "To read.", "expiresOn": "2027-03-10" });
            life.done(host(), "addDocument", "AddDocumentInput", "document { id }", document).await?;
        }
        let seen = async |life: &Life| -> anyhow::Result<Vec<Value>> {
            let seen = life.see(peer(lead), "documents { title }").await?;
            let mut titles: Vec<Value> = seen["documents"].as_array().context("documents")?.iter().map(|one| one["title"].clone()).collect();
            titles.sort_by_key(Value::to_string);
            Ok(titles)
        };
        assert_eq!(seen(&life).await?, Vec::<Value>::new(), "nominated");
        let own = json!({ "challengeId": life.journey.id, "kind": "OTHER", "title": "T", "url": "https://x.example",
            "purpose": "To read.", "expiresOn": "2027-03-10" });
        let own = life.ask(peer(lead), "addDocument", "AddDocumentInput", "document { id }", own).await?;
        assert_eq!(refused(&own), ["FORBIDDEN"], "{own:#}");
        life.invite().await?;
        assert_eq!(seen(&life).await?, Vec::<Value>::new(), "invited");
        for who in [lead, member, manager] {
            let came = life.answer(who, yes()).await?;
            assert_eq!(came["userErrors"], json!([]), "{came:#}");
        }
        assert_eq!(seen(&life).await?, ["Statement"], "accepted");
        life.read_version().await?;
        life.journey.confirm(&life.app).await?;
        assert_eq!(seen(&life).await?, ["Cases", "Statement"], "confirmed");
        life.app.stop().await
    }
}

on_both! {
    async fn other_days_are_asked_for_anew(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let lead = life.keys[0];
        life.invite().await?;
        let came = life.answer(lead, yes()).await?;
        assert_eq!(came["userErrors"], json!([]), "{came:#}");
        life.read_version().await?;
        let windows = life.see(programme(), "windows { id startsOn }").await?;
        let other = windows["windows"].as_array().context("windows")?.iter().find(|one| one["startsOn"] == "2027-03-15").context("a window")?;
        let chosen = life.with(&json!({ "windowId": other["id"] }));
        life.done(programme(), "chooseWindow", "ChooseWindowInput", "challenge { startsOn }", chosen).await?;
        let team = life.team().await?;
        assert!(team.iter().all(|one| one.ends_with("NOMINATED")), "{team:?}");
        let seen = life.see(programme(), "invitations { state }").await?;
        assert!(!seen.to_string().contains("SENT"), "{seen:#}");
        life.read_version().await?;
        life.invite().await?;
        life.app.stop().await
    }
}

on_both! {
    async fn a_reserve_learns_nothing_of_who_declined_and_the_host_hears_of_the_reserve(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [_, _, member, reserve, _, _] = life.keys[..] else { anyhow::bail!("six people") };
        life.invite().await?;
        let before = life.told(council(HARTLEPOOL)).await?.len();
        let no = life.answer(member, json!({ "accept": false, "declineReason": "OTHER", "note": "Private." })).await?;
        assert_eq!(no["userErrors"], json!([]), "{no:#}");
        let told = life.told(council(HARTLEPOOL)).await?;
        assert_eq!(told.iter().filter(|kind| *kind == "TEAM_PROPOSED").count(), 2, "{told:?}");
        assert_eq!(told.len(), before + 1);
        let record = life.app.data(peer(reserve), "{ auditEvents(first: 100) { nodes { action actor } } }", json!({})).await?;
        let events = record["auditEvents"]["nodes"].as_array().context("events")?;
        for action in ["PEER_NOMINATED", "INVITATION_SENT"] {
            let event = events.iter().find(|event| event["action"] == action).context(action)?;
            assert_eq!(event["actor"], "peer-challenge", "{record:#}");
        }
        // Nor may a host know what is still open among the team.
        let (may, missing) = life.transition(council(HARTLEPOOL), "confirmTeam").await?;
        assert_eq!((may, missing), (false, Vec::new()));
        life.app.stop().await
    }
}

on_both! {
    async fn a_slot_can_be_left_open_and_the_team_confirmed_without_it(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [.., manager] = life.keys[..] else { anyhow::bail!("six people") };
        assert_eq!(life.transition(programme(), "confirmTeam").await?.1, ["ANSWERS"], "nobody was asked yet");
        life.journey.agree(&life.app).await?;
        let slots = life.see(programme(), "slots { id isLead assignment { id version } }").await?["slots"].clone();
        let leave = |life: &Life, slot: &Value, reason: &str| json!({ "slotId": slot["id"], "expectedVersion": life.journey.version, "reason": reason });
        let ask = async |life: &Life, input: Value| life.ask(programme(), "leaveSlotOpen", "LeaveSlotOpenInput", "challenge { id }", input).await;
        let lead_s = ask(&life, leave(&life, &slots[0], "x")).await?;
        assert_eq!(refused(&lead_s), ["TEAM_RULE", "TAKEN"], "{lead_s:#}");
        assert_eq!(refused(&ask(&life, leave(&life, &slots[2], " ")).await?), ["REQUIRED"]);
        let place = &slots[2]["assignment"];
        let release = json!({ "assignmentId": place["id"], "expectedVersion": place["version"], "reason": "Not needed." });
        life.done(programme(), "releaseNomination", "ReleaseNominationInput", "assignment { id }", release).await?;
        life.read_version().await?;
        assert_eq!(life.transition(programme(), "confirmTeam").await?.1, ["HOLDERS"]);
        let left = ask(&life, leave(&life, &slots[2], "Two auditors are enough here.")).await?;
        assert_eq!(left["userErrors"], json!([]), "{left:#}");
        let seen = life.see(programme(), "slots { isLeftOpen leftOpenReason }").await?;
        assert_eq!(seen["slots"][2], json!({ "isLeftOpen": true, "leftOpenReason": "Two auditors are enough here." }));
        assert_eq!(life.see(council(HARTLEPOOL), "slots { isLeftOpen leftOpenReason }").await?["slots"][2]["leftOpenReason"], Value::Null);
        assert_eq!(life.transition(programme(), "confirmTeam").await?.1, Vec::<String>::new());

        // Somebody who is nominated takes it back; released again, it is simply vacant.
        let again = json!({ "slotId": slots[2]["id"], "peerId": encode(Kind::Peer, manager) });
        let again = life.done(programme(), "nominatePeer", "NominatePeerInput", "assignment { id version }", again).await?;
        assert_eq!(life.see(programme(), "slots { isLeftOpen }").await?["slots"][2]["isLeftOpen"], false);
        let release = json!({ "assignmentId": again["assignment"]["id"], "expectedVersion": again["assignment"]["version"], "reason": "No." });
        life.done(programme(), "releaseNomination", "ReleaseNominationInput", "assignment { id }", release).await?;
        life.read_version().await?;
        let early = life.ask(programme(), "confirmTeam", "ConfirmTeamInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&early), ["TEAM_RULE"], "{early:#}");
        let left = ask(&life, leave(&life, &slots[2], "Two auditors are enough here.")).await?;
        assert_eq!(left["userErrors"], json!([]), "{left:#}");
        life.read_version().await?;
        life.journey.confirm(&life.app).await?;
        assert_eq!(life.team().await?[2], "nobody -");
        life.app.stop().await
    }
}

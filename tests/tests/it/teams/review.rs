//! What differs for a progress review and while a challenge is paused.

use entity::{
    assignment, challenge, conflict_decision,
    enums::{AssignmentStatus, DecisionStatus, SideReason, Stage},
    team_slot,
};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;
use support::{TestDb, on_both};

use super::desk::{CHALLENGE, Desk, HARTLEPOOL, LEAD, LEAD_SLOT, MANAGER_SLOT, NEXT_DOOR, STOCKTON, day, id, national};
use crate::database::world::{insert, instant, key};

on_both! {
    async fn a_block_is_waived_for_the_continuity_of_a_progress_review_only(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let waiver = json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE), "peerId": id(Kind::Peer, NEXT_DOOR),
            "rule": "NEIGHBOUR", "reason": "Saw the first visit.", "expiresOn": "2027-07-31" });
        let shows = "waiver { isLive rule }";
        assert_eq!(desk.refused(&national(), "waiveFinding", shows, waiver.clone()).await, ["NOT_WAIVABLE"]);
        // The challenge looks back on one where this person served.
        let now = challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap();
        let first = challenge::Model {
            id: key(41),
            reference: "CSPC-0".to_owned(),
            stage: Stage::Closed,
            ..now.clone()
        };
        let policy = first.policy_id;
        insert(db.conn(), first).await?;
        let slot = team_slot::Entity::find_by_id(MANAGER_SLOT).one(db.conn()).await?.unwrap();
        insert(db.conn(), team_slot::Model { id: key(53), challenge_id: key(41), ..slot }).await?;
        let served = assignment::Model {
            id: key(70),
            challenge_id: key(41),
            slot_id: key(53),
            peer_id: NEXT_DOOR,
            home_council_id: desk.council(STOCKTON).await?,
            starts_on: day("2026-06-01"),
            ends_on: day("2026-06-04"),
            status: AssignmentStatus::Confirmed,
            policy_id: policy,
            nominated_by: "test".to_owned(),
            status_reason: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(db.conn(), served).await?;
        let mut review = now.into_active_model();
        review.first_challenge_id = Set(Some(key(41)));
        review.update(db.conn()).await?;
        let given = desk.tell(&national(), "waiveFinding", shows, waiver.clone()).await;
        assert_eq!(given["waiver"], json!({ "isLive": true, "rule": "NEIGHBOUR" }), "{given}");
        desk.nominated(MANAGER_SLOT, NEXT_DOOR).await;
        // Not for somebody who did not serve then.
        let mut stranger = waiver;
        desk.tie(LEAD, STOCKTON).await?;
        stranger["peerId"] = json!(id(Kind::Peer, LEAD));
        assert_eq!(desk.refused(&national(), "waiveFinding", shows, stranger).await, ["NOT_WAIVABLE"]);
        Ok(())
    }
}

on_both! {
    async fn a_team_is_watched_while_its_challenge_is_paused(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        let mut paused = challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap().into_active_model();
        paused.stage = Set(Stage::Paused);
        paused.resumes_to = Set(Some(Stage::OnSite));
        paused.side_reason = Set(Some(SideReason::MajorIncident));
        paused.update(db.conn()).await?;
        let input = json!({ "peerId": id(Kind::Peer, LEAD), "kind": "EMPLOYMENT",
            "councilId": id(Kind::Council, desk.council(HARTLEPOOL).await?), "startsOn": "2026-11-01" });
        desk.tell(&national(), "addAffiliation", "affiliation { id }", input).await;
        let open = conflict_decision::Entity::find().all(db.conn()).await?;
        assert_eq!((open.len(), open[0].status), (1, DecisionStatus::Open));
        assert_eq!(open[0].findings["findings"][0]["rule"], "OWN_COUNCIL");
        Ok(())
    }
}

//! A confirmed team that loses somebody: back to team building, completed, confirmed anew.

use entity::{
    assignment, audit_event,
    enums::{AssignmentStatus, DecisionStatus, SideReason, Stage},
};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::{
    desk::{
        CHALLENGE, Desk, HARTLEPOOL, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, MEMBER, MEMBER_SLOT, SPARE, id, national,
    },
    late::{decisions, recheck},
};

/// The number of the decision that is open about somebody, with its version.
async fn open_about(desk: &Desk<'_>, peer: Uuid) -> Value {
    let open = decisions(desk).await;
    let about = open
        .iter()
        .find(|row| row.peer_id == peer && row.status == DecisionStatus::Open)
        .unwrap();
    json!({ "decisionId": id(Kind::ConflictDecision, about.id), "expectedVersion": about.version })
}

on_both! {
    async fn a_confirmed_team_that_loses_somebody_is_completed_and_confirmed_anew(db: &TestDb) {
        let desk = Desk::open(db).await?;
        for (slot, peer) in [(LEAD_SLOT, LEAD), (MEMBER_SLOT, MEMBER), (MANAGER_SLOT, MANAGER)] {
            desk.nominated(slot, peer).await;
        }
        let confirm = async || {
            desk.agreed().await.unwrap();
            let (_, version) = desk.challenge().await;
            let input = json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE), "expectedVersion": version });
            desk.tell(&national(), "confirmTeam", "challenge { stage }", input).await
        };
        let stop = async |peer: Uuid| {
            recheck(&desk, peer).await?;
            let mut input = open_about(&desk, peer).await;
            input["resolution"] = json!("STOP");
            input["reason"] = json!("Works for the host now.");
            let stopped = desk.tell(&national(), "decideConflict", "decision { status }", input).await;
            assert_eq!(stopped["decision"]["status"], "STOPPED", "{stopped}");
            anyhow::Ok(())
        };
        assert_eq!(confirm().await["challenge"]["stage"], "TEAM_CONFIRMED");
        let lead = assignment::Entity::find().all(db.conn()).await?.into_iter().find(|row| row.peer_id == LEAD).unwrap();
        desk.tie(MANAGER, HARTLEPOOL).await?;
        stop(MANAGER).await?;
        assert_eq!(desk.challenge().await.0, Stage::TeamBuilding, "the stage says that the team is not complete");
        assert_eq!(confirm().await["userErrors"][0]["code"], "TEAM_RULE", "nor can it be confirmed with a gap");
        desk.nominated(MANAGER_SLOT, SPARE).await;
        assert_eq!(confirm().await["challenge"]["stage"], "TEAM_CONFIRMED");
        let rows = assignment::Entity::find().all(db.conn()).await?;
        let held = |peer: Uuid| rows.iter().find(|row| row.peer_id == peer).unwrap();
        assert_eq!(held(LEAD), &lead, "whoever stayed is confirmed still");
        assert_eq!((held(SPARE).status, held(MANAGER).status), (AssignmentStatus::Confirmed, AssignmentStatus::Stopped));
        // Postponed, it resumes where the gap can be filled.
        let mut row = entity::challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap().into_active_model();
        row.stage = Set(Stage::Postponed);
        row.resumes_to = Set(Some(Stage::Preparing));
        row.update(db.conn()).await?;
        desk.tie(SPARE, HARTLEPOOL).await?;
        stop(SPARE).await?;
        let row = entity::challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap();
        assert_eq!((row.stage, row.resumes_to), (Stage::Postponed, Some(Stage::TeamBuilding)));
        Ok(())
    }
}

on_both! {
    async fn what_is_left_to_decide_of_a_cancelled_challenge_ends_no_place_again(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(MANAGER_SLOT, MANAGER).await;
        desk.tie(MANAGER, HARTLEPOOL).await?;
        recheck(&desk, MANAGER).await?;
        let mut decide = open_about(&desk, MANAGER).await;
        // As cancelling once left it: the place released, the decision still open.
        let place = assignment::Entity::find().one(db.conn()).await?.unwrap();
        let mut released = place.into_active_model();
        released.status = Set(AssignmentStatus::Released);
        let place = released.update(db.conn()).await?;
        let mut row = entity::challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap().into_active_model();
        row.stage = Set(Stage::Cancelled);
        row.side_reason = Set(Some(SideReason::TeamNotViable));
        row.update(db.conn()).await?;

        decide["reason"] = json!("Nobody is needed any more.");
        decide["resolution"] = json!("WAIVE");
        decide["expiresOn"] = json!("2027-07-01");
        let shows = "decision { status }";
        assert_eq!(desk.refused(&national(), "decideConflict", shows, decide.clone()).await, ["INVALID"]);
        decide["resolution"] = json!("STOP");
        decide.as_object_mut().unwrap().remove("expiresOn");
        let stopped = desk.tell(&national(), "decideConflict", shows, decide).await;
        assert_eq!(stopped["decision"]["status"], "STOPPED", "{stopped}");
        let after = assignment::Entity::find().one(db.conn()).await?.unwrap();
        assert_eq!(after, place, "it stays as the cancelling left it");
        let events = audit_event::Entity::find().all(db.conn()).await?;
        let others = events.iter().filter(|event| event.entity_id == place.id && event.action != "PEER_NOMINATED");
        assert_eq!(others.count(), 0, "{events:#?}");
        Ok(())
    }
}

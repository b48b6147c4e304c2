//! A vacant slot that only somebody on another team can fill: the repair moves them, finds somebody for the place that they
//! leave, and says who must be told of it before anything happens.

use entity::{
    assignment, audit_event, challenge, challenge_window,
    enums::{AssignmentStatus, PeerRole, PeerStatus},
    peer, team_slot,
};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::desk::{
    CHALLENGE, Desk, INTERESTED, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, MEMBER, MEMBER_SLOT, NEXT_DOOR, OWN, SPARE,
    SURREY, day, host, id, national,
};
use crate::database::world::{insert, key};

const OTHER: Uuid = key(41);
const OTHER_SLOT: Uuid = key(53);
const OTHER_WINDOW: Uuid = key(62);

const REPAIR: &str = "query($id: ID!) { teamRepair(challengeId: $id) { receipt vacant points proven
    comes { challenge { id } slot { id } peer { id } } leaves { challenge { id } slot { id } peer { id } }
    peopleToTell { id } hostsToTell { gssCode } } }";

/// Cornwall asks for one manager in the days of Hartlepool's challenge.
async fn plant_other(desk: &Desk<'_>) -> anyhow::Result<()> {
    let first = challenge::Entity::find_by_id(CHALLENGE)
        .one(desk.db.conn())
        .await?
        .unwrap();
    let row = challenge::Model {
        id: OTHER,
        reference: "CSPC-2".to_owned(),
        host_id: desk.council("E06000052").await?,
        ..first
    };
    insert(desk.db.conn(), row).await?;
    let window = challenge_window::Model {
        id: OTHER_WINDOW,
        challenge_id: OTHER,
        starts_on: day("2027-06-08"),
        ends_on: day("2027-06-11"),
        preference: 100,
    };
    insert(desk.db.conn(), window).await?;
    let slot = team_slot::Model {
        id: OTHER_SLOT,
        challenge_id: OTHER,
        position: 1,
        role: PeerRole::OperationalManager,
        is_lead: false,
    };
    Ok(insert(desk.db.conn(), slot).await?)
}

/// Hartlepool has its lead and member; the only manager who may come is on Cornwall's team.
async fn needing(desk: &Desk<'_>) -> anyhow::Result<Value> {
    plant_other(desk).await?;
    let away = peer::ActiveModel {
        id: Set(SPARE),
        status: Set(PeerStatus::Suspended),
        ..Default::default()
    };
    away.update(desk.db.conn()).await?;
    desk.nominated(LEAD_SLOT, LEAD).await;
    desk.nominated(MEMBER_SLOT, MEMBER).await;
    let input = json!({
        "slotId": id(Kind::TeamSlot, OTHER_SLOT), "peerId": id(Kind::Peer, MANAGER),
        "windowId": id(Kind::ChallengeWindow, OTHER_WINDOW),
    });
    let nominated = desk.tell(&national(), "nominatePeer", "assignment { id }", input).await;
    anyhow::ensure!(nominated["userErrors"] == json!([]), "{nominated:#}");
    Ok(nominated["assignment"]["id"].clone())
}

async fn repair(desk: &Desk<'_>) -> Value {
    let asked = json!({ "id": id(Kind::PeerChallenge, CHALLENGE) });
    desk.read(&national(), REPAIR, asked).await["teamRepair"].take()
}

async fn holder(desk: &Desk<'_>, slot: Uuid) -> anyhow::Result<Option<Uuid>> {
    let live = assignment::Entity::find()
        .filter(assignment::Column::SlotId.eq(slot))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .one(desk.db.conn())
        .await?;
    Ok(live.map(|row| row.peer_id))
}

on_both! {
    async fn somebody_is_moved_when_nobody_else_can_come(db: &TestDb) {
        let desk = Desk::open(db).await?;
        needing(&desk).await?;
        let shown = repair(&desk).await;
        assert_eq!((&shown["vacant"], &shown["proven"]), (&json!(0), &json!(true)), "{shown:#}");
        let other = json!({ "id": id(Kind::PeerChallenge, OTHER) });
        let left = json!([{
            "challenge": other, "slot": { "id": id(Kind::TeamSlot, OTHER_SLOT) }, "peer": { "id": id(Kind::Peer, MANAGER) },
        }]);
        assert_eq!(shown["leaves"], left, "{shown:#}");
        let comes = shown["comes"].as_array().unwrap();
        assert_eq!(comes.len(), 2);
        let to = |slot: Uuid| comes.iter().find(|one| one["slot"]["id"] == id(Kind::TeamSlot, slot)).unwrap()["peer"]["id"].clone();
        assert_eq!(to(MANAGER_SLOT), id(Kind::Peer, MANAGER));
        let replacing = to(OTHER_SLOT);
        let may = [OWN, NEXT_DOOR, INTERESTED].into_iter().find(|peer| replacing == id(Kind::Peer, *peer));
        let may = may.expect("somebody whom only Hartlepool cannot have");
        assert_eq!(shown["peopleToTell"].as_array().unwrap().len(), 2, "the one who moves and the one who replaces them");
        let mut hosts: Vec<&str> = shown["hostsToTell"].as_array().unwrap().iter().filter_map(|one| one["gssCode"].as_str()).collect();
        hosts.sort_unstable();
        assert_eq!(hosts, ["E06000001", "E06000052"]);

        // Looking changes nothing, and only the programme puts it into effect, with the receipt that it saw.
        assert_eq!(holder(&desk, OTHER_SLOT).await?, Some(MANAGER));
        let put = json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE), "receipt": shown["receipt"] });
        assert_eq!(desk.refused(&host(), "repairTeam", "challenge { id }", put.clone()).await, ["FORBIDDEN"]);
        let done = desk.tell(&national(), "repairTeam", "challenge { id }", put.clone()).await;
        assert_eq!(done["userErrors"], json!([]), "{done:#}");
        assert_eq!((holder(&desk, MANAGER_SLOT).await?, holder(&desk, OTHER_SLOT).await?), (Some(MANAGER), Some(may)));
        let released = assignment::Entity::find()
            .filter(assignment::Column::SlotId.eq(OTHER_SLOT))
            .filter(assignment::Column::PeerId.eq(MANAGER))
            .one(db.conn())
            .await?
            .unwrap();
        assert_eq!(released.status, AssignmentStatus::Released, "what was is still on record");
        let recorded = audit_event::Entity::find().filter(audit_event::Column::Action.eq("TEAM_REPAIRED")).count(db.conn()).await?;
        assert_eq!(recorded, 1);
        assert_eq!(desk.refused(&national(), "repairTeam", "challenge { id }", put).await, ["CONFLICT"], "a receipt is good once");
        Ok(())
    }
}

on_both! {
    async fn whoever_was_asked_is_not_moved(db: &TestDb) {
        let desk = Desk::open(db).await?;
        needing(&desk).await?;
        assignment::Entity::update_many()
            .set(assignment::ActiveModel { status: Set(AssignmentStatus::Invited), ..Default::default() })
            .filter(assignment::Column::SlotId.eq(OTHER_SLOT))
            .exec(db.conn())
            .await?;
        let shown = repair(&desk).await;
        assert_eq!((&shown["vacant"], &shown["leaves"], &shown["comes"]), (&json!(1), &json!([]), &json!([])), "{shown:#}");
        Ok(())
    }
}

on_both! {
    async fn nobody_is_moved_whose_place_nobody_else_could_take(db: &TestDb) {
        let desk = Desk::open(db).await?;
        needing(&desk).await?;
        peer::Entity::update_many()
            .set(peer::ActiveModel { status: Set(PeerStatus::Suspended), ..Default::default() })
            .filter(peer::Column::Id.is_in([OWN, NEXT_DOOR, INTERESTED]))
            .exec(db.conn())
            .await?;
        let shown = repair(&desk).await;
        assert_eq!((&shown["vacant"], &shown["leaves"]), (&json!(1), &json!([])), "one hole for another is no repair: {shown:#}");
        // A free manager from elsewhere makes moving anybody needless.
        desk.person(key(107), "Free", PeerRole::OperationalManager, SURREY).await?;
        let shown = repair(&desk).await;
        assert_eq!((&shown["vacant"], &shown["leaves"]), (&json!(0), &json!([])), "{shown:#}");
        assert_eq!(shown["comes"][0]["peer"]["id"], id(Kind::Peer, key(107)));
        Ok(())
    }
}

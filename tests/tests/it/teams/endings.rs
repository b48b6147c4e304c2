//! However a place ends, nothing stays open about it.

use entity::{
    affiliation, assignment, challenge, challenge_window, conflict_decision,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus, ObjectionReason, ObjectionStatus, Stage},
    host_objection, team_slot,
};
use peer_challenge::graphql::ids::Kind;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::{
    desk::{
        CHALLENGE, DEVON, Desk, HARTLEPOOL, JULY, KENT, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, SPARE, day, host, id,
        national,
    },
    late::{decisions, recheck},
};
use crate::database::world::{insert, instant, key};

/// Open decisions and objections about places that nobody holds, and whether any is open at all.
async fn dangling(desk: &Desk<'_>) -> (usize, usize) {
    let conn = desk.db.conn();
    let places = assignment::Entity::find().all(conn).await.unwrap();
    let held = |id: Uuid| {
        places
            .iter()
            .any(|place| place.id == id && AssignmentStatus::LIVE.contains(&place.status))
    };
    let decisions =
        conflict_decision::Entity::find().filter(conflict_decision::Column::Status.eq(DecisionStatus::Open));
    let objections = host_objection::Entity::find().filter(host_objection::Column::Status.eq(ObjectionStatus::Open));
    let about = decisions
        .all(conn)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.assignment_id);
    let about: Vec<Uuid> = about
        .chain(
            objections
                .all(conn)
                .await
                .unwrap()
                .into_iter()
                .map(|row| row.assignment_id),
        )
        .collect();
    (about.iter().filter(|place| !held(**place)).count(), about.len())
}

/// Puts the challenge into a stage, whatever the lifecycle says.
async fn put(desk: &Desk<'_>, stage: Stage, resumes_to: Option<Stage>) -> anyhow::Result<i32> {
    let row = challenge::Entity::find_by_id(CHALLENGE)
        .one(desk.db.conn())
        .await?
        .unwrap();
    let version = row.version;
    let mut row = row.into_active_model();
    row.stage = Set(stage);
    row.resumes_to = Set(resumes_to);
    row.stage_changed_at = Set(instant() - chrono::Duration::days(400));
    row.update(desk.db.conn()).await?;
    Ok(version)
}

/// Lead and manager on the team, a decision open about the one and an objection about the other. Gives the tie that the
/// decision is about.
async fn contested(desk: &Desk<'_>) -> anyhow::Result<Uuid> {
    let manager = desk.nominated(MANAGER_SLOT, MANAGER).await;
    let objection = json!({ "assignmentId": manager["id"], "reasonCode": "PERSONAL_TIE", "reason": "Related." });
    desk.tell(&host(), "objectToPeer", "objection { id }", objection).await;
    desk.nominated(LEAD_SLOT, LEAD).await;
    let tie = desk.tie(LEAD, HARTLEPOOL).await?;
    assert_eq!(recheck(desk, LEAD).await?, 1);
    assert_eq!(dangling(desk).await, (0, 2));
    Ok(tie)
}

/// A place of the lead on another challenge, a few days after.
async fn elsewhere(desk: &Desk<'_>) -> anyhow::Result<()> {
    let conn = desk.db.conn();
    let now = challenge::Entity::find_by_id(CHALLENGE).one(conn).await?.unwrap();
    let policy_id = now.policy_id;
    let (starts_on, ends_on) = (day("2027-06-14"), day("2027-06-17"));
    let other = challenge::Model {
        id: key(41),
        reference: "CSPC-2".to_owned(),
        host_id: desk.council(DEVON).await?,
        window_id: Some(key(62)),
        starts_on: Some(starts_on),
        ends_on: Some(ends_on),
        ..now
    };
    let window = challenge_window::Model {
        id: key(62),
        challenge_id: key(41),
        starts_on,
        ends_on,
        preference: 1,
    };
    // The chosen window refers to the challenge and the challenge to it.
    insert(
        conn,
        challenge::Model {
            window_id: None,
            ..other.clone()
        },
    )
    .await?;
    insert(conn, window).await?;
    other.into_active_model().reset_all().update(conn).await?;
    let slot = team_slot::Entity::find_by_id(LEAD_SLOT).one(conn).await?.unwrap();
    insert(
        conn,
        team_slot::Model {
            id: key(53),
            challenge_id: key(41),
            ..slot
        },
    )
    .await?;
    insert(
        conn,
        past(desk, key(70), LEAD, (key(41), key(53)), (starts_on, ends_on), policy_id).await?,
    )
    .await?;
    Ok(())
}

/// A confirmed place that no service made.
async fn past(
    desk: &Desk<'_>,
    id: Uuid,
    peer_id: Uuid,
    (challenge_id, slot_id): (Uuid, Uuid),
    (starts_on, ends_on): (chrono::NaiveDate, chrono::NaiveDate),
    policy_id: Uuid,
) -> anyhow::Result<assignment::Model> {
    Ok(assignment::Model {
        id,
        challenge_id,
        slot_id,
        peer_id,
        home_council_id: desk.council(KENT).await?,
        starts_on,
        ends_on,
        status: AssignmentStatus::Confirmed,
        policy_id,
        nominated_by: "test".to_owned(),
        status_reason: None,
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    })
}

on_both! {
    async fn a_challenge_that_lets_its_team_go_leaves_nothing_open(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let challenge = id(Kind::PeerChallenge, CHALLENGE);
        let side = |version: i32| json!({ "challengeId": challenge, "expectedVersion": version, "reason": "HOST_REQUEST" });
        // Taken up after a postponement that lasted too long; withdrawn; cancelled.
        for way in ["resumeChallenge", "withdrawChallenge", "cancelChallenge"] {
            put(&desk, Stage::TeamBuilding, None).await?;
            let tie = contested(&desk).await?;
            let (kind, input): (_, Value) = match way {
                "resumeChallenge" => {
                    let version = put(&desk, Stage::Postponed, Some(Stage::TeamBuilding)).await?;
                    ("ChallengeStepInput", json!({ "challengeId": challenge, "expectedVersion": version }))
                }
                "withdrawChallenge" => ("ChallengeSideMoveInput", side(put(&desk, Stage::Scoped, None).await?)),
                _ => {
                    elsewhere(&desk).await?;
                    assert_eq!(recheck(&desk, LEAD).await?, 2, "too little rest between the two");
                    ("ChallengeSideMoveInput", side(desk.challenge().await.1))
                }
            };
            let done = desk.tell_with(&national(), way, kind, "challenge { stage }", input).await;
            assert_eq!(done["userErrors"], json!([]), "{way}");
            assert_eq!(dangling(&desk).await, (0, 0), "{way}");
            let places = assignment::Entity::find().filter(assignment::Column::ChallengeId.eq(CHALLENGE)).all(db.conn()).await?;
            assert!(places.iter().all(|place| place.status == AssignmentStatus::Released), "{way}");
            affiliation::Entity::delete_by_id(tie).exec(db.conn()).await?;
        }
        let rows = decisions(&desk).await;
        let here: Vec<DecisionStatus> = rows.iter().filter(|row| row.challenge_id == CHALLENGE).map(|row| row.status).collect();
        assert_eq!(here, [DecisionStatus::Stopped; 3]);
        let there = rows.iter().find(|row| row.challenge_id == key(41)).unwrap();
        assert_eq!(there.status, DecisionStatus::Cleared, "the place that is left has its rest again");
        Ok(())
    }
}

on_both! {
    async fn a_place_that_ends_alone_leaves_nothing_open_and_one_that_moves_keeps_its_decision(db: &TestDb) {
        let desk = Desk::open(db).await?;
        contested(&desk).await?;
        // Moved to July: the place is held still, and so is the question.
        let (_, version) = desk.challenge().await;
        let move_to = json!({ "challengeId": id(Kind::PeerChallenge, CHALLENGE), "expectedVersion": version,
            "windowId": id(Kind::ChallengeWindow, JULY) });
        let refused = desk.refused(&national(), "chooseWindow", "challenge { id }", move_to).await;
        assert_eq!(refused, ["NOT_ELIGIBLE"], "not while something speaks against somebody");
        assert_eq!(dangling(&desk).await, (0, 2));
        let of = async |peer: Uuid| {
            let rows = assignment::Entity::find().filter(assignment::Column::PeerId.eq(peer)).all(db.conn()).await.unwrap();
            let row = rows.into_iter().find(|row| AssignmentStatus::LIVE.contains(&row.status)).unwrap();
            json!({ "assignmentId": id(Kind::Assignment, row.id), "expectedVersion": row.version, "reason": "Somebody else." })
        };
        let mut replace = of(MANAGER).await;
        replace["withPeerId"] = json!(id(Kind::Peer, SPARE));
        let done = desk.tell(&national(), "replaceNomination", "assignment { id }", replace).await;
        assert_eq!(done["userErrors"], json!([]));
        assert_eq!(dangling(&desk).await, (0, 1));
        let done = desk.tell(&national(), "releaseNomination", "assignment { id }", of(LEAD).await).await;
        assert_eq!(done["userErrors"], json!([]));
        assert_eq!(dangling(&desk).await, (0, 0));
        Ok(())
    }
}

on_both! {
    async fn erasing_and_joining_people_leave_nothing_open_about_places_whose_days_are_over(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let row = challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap();
        for (number, peer, days) in [
            (0, LEAD, (day("2026-06-01"), day("2026-06-04"))),
            (1, MANAGER, (day("2026-06-01"), day("2026-06-04"))),
        ] {
            let slot = if peer == LEAD { LEAD_SLOT } else { MANAGER_SLOT };
            let place = past(&desk, key(70 + number), peer, (CHALLENGE, slot), days, row.policy_id).await?;
            insert(db.conn(), place).await?;
            insert(db.conn(), conflict_decision::Model {
                id: key(80 + number),
                challenge_id: CHALLENGE,
                assignment_id: key(70 + number),
                peer_id: peer,
                cause: DecisionCause::Affiliation,
                cause_id: None,
                findings: json!({ "host": "Hartlepool", "findings": [], "records": {}, "own": [], "assignments": [],
                    "policy": row.policy_id }),
                status: DecisionStatus::Open,
                opened_at: instant(),
                decided_by: None,
                decided_at: None,
                reason: None,
                version: 1,
                created_at: instant(),
                updated_at: instant(),
            }).await?;
        }
        insert(db.conn(), host_objection::Model {
            id: key(90),
            challenge_id: CHALLENGE,
            assignment_id: key(70),
            peer_id: LEAD,
            host_id: row.host_id,
            reason_code: ObjectionReason::Political,
            reason: "Stood against our leader.".to_owned(),
            status: ObjectionStatus::Open,
            raised_by: "host".to_owned(),
            raised_at: instant(),
            decided_by: None,
            decided_at: None,
            decision_reason: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        }).await?;
        let erase = json!({ "peerId": id(Kind::Peer, LEAD), "expectedVersion": 1 });
        let done = desk.tell(&national(), "erasePeer", "peer { id }", erase).await;
        assert_eq!(done["userErrors"], json!([]));
        let rows = decisions(&desk).await;
        let about = |peer: Uuid| rows.iter().find(|row| row.peer_id == peer).unwrap();
        assert_eq!((about(LEAD).status, about(LEAD).reason.as_deref()), (DecisionStatus::Cleared, None));
        let objection = host_objection::Entity::find_by_id(key(90)).one(db.conn()).await?.unwrap();
        assert_eq!((objection.status, objection.reason.as_str()), (ObjectionStatus::Withdrawn, "erased"));
        // The question about a joined entry follows its place to the entry that stays.
        assert_eq!(about(MANAGER).status, DecisionStatus::Open);
        let join = json!({ "peerId": id(Kind::Peer, SPARE), "otherPeerId": id(Kind::Peer, MANAGER), "verdict": "SAME",
            "reason": "One person." });
        let done = desk.tell(&national(), "decideDuplicate", "peer { id }", join).await;
        assert_eq!(done["userErrors"], json!([]));
        let decision = conflict_decision::Entity::find_by_id(key(81)).one(db.conn()).await?.unwrap();
        let place = assignment::Entity::find_by_id(key(71)).one(db.conn()).await?.unwrap();
        assert_eq!((decision.peer_id, place.peer_id), (SPARE, SPARE));
        Ok(())
    }
}

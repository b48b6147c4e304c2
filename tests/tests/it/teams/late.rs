//! Late facts open decisions on live places; nothing is removed silently.

use entity::{
    affiliation, assignment, conflict_decision, conflict_waiver,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus, JobState},
    job,
};
use peer_challenge::{
    chores,
    graphql::ids::Kind,
    jobs::{Outcome, Worker, WorkerOptions},
    team::late,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use support::{TestDb, on_both};
use uuid::Uuid;

use super::desk::{
    CHALLENGE, Desk, HARTLEPOOL, INTERESTED, KENT, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, MEMBER, MEMBER_SLOT, SPARE,
    day, host, id, national,
};
use entity::enums::{DeliveryBodyKind, PoliticalControl};
use peer_challenge::council::{
    rules::{NewBody, NewService},
    service,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter, Set};

pub(super) async fn recheck(desk: &Desk<'_>, peer: Uuid) -> anyhow::Result<usize> {
    let tx = desk.db.database().begin().await?;
    let open = late::recheck_peer(&tx, &desk.act(national()), peer, DecisionCause::Affiliation, None).await;
    tx.commit().await?;
    open.map_err(|error| anyhow::anyhow!("{error:?}"))
}

pub(super) async fn decisions(desk: &Desk<'_>) -> Vec<conflict_decision::Model> {
    conflict_decision::Entity::find().all(desk.db.conn()).await.unwrap()
}

on_both! {
    async fn a_new_tie_opens_one_decision_and_its_end_clears_it(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        assert_eq!(recheck(&desk, LEAD).await?, 0);
        let tie = desk.tie(LEAD, HARTLEPOOL).await?;
        assert_eq!(recheck(&desk, LEAD).await?, 1);
        assert_eq!(recheck(&desk, LEAD).await?, 1, "an open decision is brought up to date, not doubled");
        let open = decisions(&desk).await;
        assert_eq!((open.len(), open[0].status, open[0].version), (1, DecisionStatus::Open, 1));
        assert_eq!(open[0].findings["findings"][0]["rule"], "OWN_COUNCIL");
        let member = assignment::Entity::find().one(db.conn()).await?.unwrap();
        assert_eq!(member.status, AssignmentStatus::Nominated, "nobody is removed silently");
        affiliation::Entity::delete_by_id(tie).exec(db.conn()).await?;
        assert_eq!(recheck(&desk, LEAD).await?, 0);
        let closed = decisions(&desk).await;
        assert_eq!((closed.len(), closed[0].status), (1, DecisionStatus::Cleared));
        Ok(())
    }
}

on_both! {
    async fn an_upheld_objection_leads_to_a_decision_that_stops_or_replaces(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let manager = desk.nominated(MANAGER_SLOT, MANAGER).await;
        let raised = desk.tell(&host(), "objectToPeer", "objection { id version }", json!({
            "assignmentId": manager["id"], "reasonCode": "WORKED_TOGETHER", "reason": "Worked here for years." })).await;
        desk.tell(&national(), "decideObjection", "objection { id }", json!({
            "objectionId": raised["objection"]["id"], "expectedVersion": 1, "ruling": "UPHOLD", "reason": "Agreed." })).await;
        let open = decisions(&desk).await;
        assert_eq!((open.len(), open[0].cause), (1, DecisionCause::HostObjection));
        let decision = json!(id(Kind::ConflictDecision, open[0].id));
        let shows = "decision { status reason }";
        let waive = json!({ "decisionId": decision, "expectedVersion": 1, "resolution": "WAIVE", "reason": "No.", "expiresOn": "2027-07-01" });
        assert_eq!(desk.refused(&national(), "decideConflict", shows, waive).await, ["NOT_WAIVABLE"]);
        let stray = json!({ "decisionId": decision, "expectedVersion": 1, "resolution": "STOP", "reason": "No.", "expiresOn": "2027-07-01" });
        assert_eq!(desk.refused(&national(), "decideConflict", shows, stray).await, ["INVALID"]);
        let replace = json!({ "decisionId": decision, "expectedVersion": 1, "resolution": "REPLACE", "reason": "The host is right.",
            "withPeerId": id(Kind::Peer, SPARE) });
        assert_eq!(desk.refused(&host(), "decideConflict", shows, replace.clone()).await, ["NOT_FOUND"]);
        let payload = desk.tell(&national(), "decideConflict", shows, replace).await;
        assert_eq!(payload["decision"], json!({ "status": "REPLACED", "reason": "The host is right." }), "{payload}");
        let rows = assignment::Entity::find().all(db.conn()).await?;
        let status = |peer: Uuid| rows.iter().find(|row| row.peer_id == peer).map(|row| row.status);
        assert_eq!((status(MANAGER), status(SPARE)), (Some(AssignmentStatus::Replaced), Some(AssignmentStatus::Nominated)));
        // The objection stands: they cannot come back.
        let payload = desk.nominate(MANAGER_SLOT, MANAGER).await;
        assert_ne!(payload["userErrors"], json!([]));
        Ok(())
    }
}

on_both! {
    async fn a_waiver_lets_somebody_serve_and_its_end_asks_for_a_decision(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let waiver = |rule: &str, until: &str| json!({
            "challengeId": id(Kind::PeerChallenge, CHALLENGE), "peerId": id(Kind::Peer, INTERESTED), "rule": rule,
            "reason": "A distant cousin.", "expiresOn": until });
        let shows = "waiver { id version isLive rule }";
        // Before any window ends, and for a rule that says nothing.
        assert_eq!(desk.refused(&national(), "waiveFinding", shows, waiver("DECLARED", "2027-06-01")).await, ["INVALID"]);
        assert_eq!(desk.refused(&national(), "waiveFinding", shows, waiver("FINANCIAL", "2027-07-31")).await, ["INVALID"]);
        assert_eq!(desk.refused(&host(), "waiveFinding", shows, waiver("DECLARED", "2027-07-31")).await, ["FORBIDDEN"]);
        let given = desk.tell(&national(), "waiveFinding", shows, waiver("DECLARED", "2027-07-31")).await;
        assert_eq!(given["waiver"]["isLive"], true, "{given}");
        assert_eq!(desk.refused(&national(), "waiveFinding", shows, waiver("DECLARED", "2027-08-31")).await, ["TAKEN"]);
        desk.nominated(MANAGER_SLOT, INTERESTED).await;
        assert_eq!(decisions(&desk).await, []);
        let revoke = json!({ "waiverId": given["waiver"]["id"], "expectedVersion": 1 });
        let payload = desk.tell(&national(), "revokeWaiver", shows, revoke).await;
        assert_eq!(payload["waiver"]["isLive"], false);
        let open = decisions(&desk).await;
        assert_eq!((open.len(), open[0].status), (1, DecisionStatus::Open));
        let decide = json!({ "decisionId": id(Kind::ConflictDecision, open[0].id), "expectedVersion": 1, "resolution": "WAIVE",
            "reason": "Looked at again.", "expiresOn": "2027-07-31" });
        let payload = desk.tell(&national(), "decideConflict", "decision { status }", decide).await;
        assert_eq!(payload["decision"]["status"], "WAIVED", "{payload}");
        assert_eq!(conflict_waiver::Entity::find().count(db.conn()).await?, 2);
        Ok(())
    }
}

on_both! {
    async fn a_stricter_policy_reaches_live_places(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        let tx = db.database().begin().await?;
        let act = desk.act(national());
        let challenge = entity::challenge::Entity::find_by_id(CHALLENGE).one(&tx).await?.unwrap();
        let policy = entity::programme_policy::Entity::find_by_id(challenge.policy_id).one(&tx).await?.unwrap();
        let mut body = peer_challenge::programme::repo::body(&policy).unwrap();
        // Trained on 15 January 2026, so out of date by June 2027.
        body.conflicts.training_valid_months = 12;
        let new = peer_challenge::programme::service::NewPolicy {
            programme: challenge.programme_id, based_on: policy.number, effective_from: act.today, body,
            note: "Shorter validity.".to_owned(),
        };
        let made = peer_challenge::programme::service::create_policy(&tx, &act, new).await;
        let made = made.unwrap_or_else(|error| panic!("{error:?}"));
        tx.commit().await?;
        let open = decisions(&desk).await;
        assert_eq!((open.len(), open[0].cause, open[0].cause_id), (1, DecisionCause::Policy, Some(made.id)));
        assert_eq!(open[0].findings["findings"][0]["rule"], "STALE_TRAINING");
        let after = entity::challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap();
        assert_eq!(after.policy_id, made.id, "later answers rest on the same version");
        Ok(())
    }
}

on_both! {
    async fn a_policy_made_for_tomorrow_reaches_live_places_tomorrow(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        let tx = db.database().begin().await?;
        let act = desk.act(national());
        let tomorrow = act.today.succ_opt().unwrap();
        let challenge = entity::challenge::Entity::find_by_id(CHALLENGE).one(&tx).await?.unwrap();
        let policy = entity::programme_policy::Entity::find_by_id(challenge.policy_id).one(&tx).await?.unwrap();
        let mut body = peer_challenge::programme::repo::body(&policy).unwrap();
        body.conflicts.training_valid_months = 12;
        let new = peer_challenge::programme::service::NewPolicy {
            programme: challenge.programme_id, based_on: policy.number, effective_from: tomorrow, body,
            note: "Shorter validity.".to_owned(),
        };
        let made = peer_challenge::programme::service::create_policy(&tx, &act, new).await;
        let made = made.unwrap_or_else(|error| panic!("{error:?}"));
        tx.commit().await?;
        let registry = chores::registry(chores::Retention::default(), None);
        let worker = Worker::new(db.database(), desk.clock.clone(), desk.ids.clone(), registry, WorkerOptions::default());
        let adopt = || async {
            let ended = worker.drain().await.unwrap();
            assert!(ended.iter().any(|job| job.kind == "team.adopt-policies"), "{ended:?}");
            assert!(ended.iter().all(|job| job.outcome == Outcome::Done), "{ended:?}");
        };
        adopt().await;
        assert_eq!(decisions(&desk).await.len(), 0, "it does not apply today");
        desk.clock.advance(chrono::Duration::days(1));
        for _ in 0..2 {
            adopt().await;
            let open = decisions(&desk).await;
            assert_eq!((open.len(), open[0].cause_id), (1, Some(made.id)));
            desk.clock.advance(chrono::Duration::hours(1));
        }
        Ok(())
    }
}

on_both! {
    async fn a_delivery_body_that_comes_to_serve_the_host_reaches_its_people(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let body = |councils: &[Uuid]| NewBody {
            name: "Example Trust".to_owned(),
            kind: DeliveryBodyKind::Trust,
            starts_on: None,
            ends_on: None,
            services: councils.iter().map(|id| NewService { council: *id, starts_on: None, ends_on: None }).collect(),
        };
        let (kent, hartlepool) = (desk.council(KENT).await?, desk.council(HARTLEPOOL).await?);
        let act = desk.act(national());
        let tx = db.database().begin().await?;
        let trust = service::create_body(&tx, &act, body(&[kent])).await.unwrap_or_else(|error| panic!("{error:?}"));
        tx.commit().await?;
        let tie = desk.tie(LEAD, KENT).await?;
        let mut row = affiliation::Entity::find_by_id(tie).one(db.conn()).await?.unwrap().into_active_model();
        row.council_id = Set(None);
        row.delivery_body_id = Set(Some(trust.id));
        row.is_primary = Set(false);
        row.update(db.conn()).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        assert_eq!(decisions(&desk).await, []);
        // The trust takes on the host as well, and gives it up again.
        for (version, councils, status) in [(1, vec![kent, hartlepool], DecisionStatus::Open), (2, vec![kent], DecisionStatus::Cleared)] {
            let tx = db.database().begin().await?;
            let changed = service::update_body(&tx, &act, trust.id, version, body(&councils)).await;
            changed.unwrap_or_else(|error| panic!("{error:?}"));
            tx.commit().await?;
            let found = decisions(&desk).await;
            assert_eq!((found.len(), found[0].status, found[0].cause), (1, status, DecisionCause::Council));
            assert_eq!((found[0].cause_id, &found[0].findings["findings"][0]["rule"]), (Some(trust.id), &json!("OWN_COUNCIL")));
        }
        Ok(())
    }
}

on_both! {
    async fn a_change_of_control_reaches_the_members_on_the_team(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(MEMBER_SLOT, MEMBER).await;
        let host = desk.council(HARTLEPOOL).await?;
        let tx = db.database().begin().await?;
        let (act, since) = (desk.act(national()), day("2026-11-20"));
        let version = entity::council::Entity::find_by_id(host).one(&tx).await?.unwrap().version;
        let changed = service::record_control(&tx, &act, host, version, PoliticalControl::Conservative, since).await;
        changed.unwrap_or_else(|error| panic!("{error:?}"));
        tx.commit().await?;
        let open = decisions(&desk).await;
        assert_eq!((open.len(), open[0].cause, open[0].cause_id), (1, DecisionCause::Council, Some(host)));
        assert_eq!(open[0].findings["findings"][0]["rule"], "MEMBER_GROUP");
        Ok(())
    }
}

on_both! {
    async fn the_watch_looks_by_itself_and_goes_on_after_a_failure(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.nominated(LEAD_SLOT, LEAD).await;
        let challenge = entity::challenge::Entity::find_by_id(CHALLENGE).one(db.conn()).await?.unwrap();
        let policy = entity::programme_policy::Entity::find_by_id(challenge.policy_id).one(db.conn()).await?.unwrap();
        let mut body = policy.body.clone();
        body["conflicts"]["training_valid_months"] = json!(12);
        // In force today, but nobody has applied it yet.
        let next = entity::programme_policy::Model { id: Uuid::from_u128(4711), number: policy.number + 1, body, ..policy };
        next.into_active_model().reset_all().insert(db.conn()).await?;
        db.conn().execute_unprepared("ALTER TABLE programme RENAME TO programme_away").await?;
        let poll = std::time::Duration::from_millis(20);
        let options = WorkerOptions { poll, ..WorkerOptions::default() };
        let registry = chores::registry(chores::Retention::default(), None);
        let worker = Worker::new(db.database(), desk.clock.clone(), desk.ids.clone(), registry, options).start();
        let failed = || async {
            let jobs = job::Entity::find().filter(job::Column::LastError.is_not_null());
            jobs.one(db.conn()).await.unwrap().is_some_and(|job| job.state == JobState::Queued)
        };
        for _ in 0..3_000 {
            if failed().await {
                break;
            }
            tokio::time::sleep(poll).await;
        }
        assert!(failed().await);
        assert_eq!(decisions(&desk).await, [], "it cannot look");
        db.conn().execute_unprepared("ALTER TABLE programme_away RENAME TO programme").await?;
        // The pause after a first failure is at most ten seconds.
        desk.clock.advance(chrono::Duration::seconds(10));
        for _ in 0..3_000 {
            if !decisions(&desk).await.is_empty() {
                break;
            }
            tokio::time::sleep(poll).await;
        }
        worker.stop().await;
        assert_eq!(decisions(&desk).await.len(), 1);
        Ok(())
    }
}

//! Deadlines: reminded of once, kept where they are set by hand, and gone while a challenge is put off.

use anyhow::Context as _;
use peer_challenge::auth::ViewerRole;
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, hub, programme},
    on_both,
};

use super::Life;
use crate::journey::HARTLEPOOL;

on_both! {
    async fn deadlines_are_reminded_of_once_and_stay_where_they_are_set(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let host = || council(HARTLEPOOL);
        life.journey.confirm(&life.app).await?;
        life.step(programme(), "startPreparation", "ChallengeStepInput", json!({}), "PREPARING").await?;
        let due = async |life: &Life| -> anyhow::Result<Value> {
            let seen = life.see(programme(), "deadlines { milestone dueOn standing waitingOn isSetByHand }").await?;
            let all = seen["deadlines"].as_array().context("deadlines")?;
            Ok(all.iter().find(|one| one["milestone"] == "DOCUMENTS_LATEST").context("documents")?.clone())
        };
        // Fourteen days before 1 March.
        assert_eq!(due(&life).await?, json!({ "milestone": "DOCUMENTS_LATEST", "dueOn": "2027-02-15", "standing": "OPEN",
            "waitingOn": "HOST", "isSetByHand": false }));
        let count = async |life: &Life, kind: &str| -> anyhow::Result<usize> {
            Ok(life.told(host()).await?.iter().filter(|one| *one == kind).count())
        };
        life.on("2027-02-09");
        life.app.worker.drain().await?;
        life.app.clock.advance(chrono::TimeDelta::hours(2));
        life.app.worker.drain().await?;
        assert_eq!(count(&life, "DUE_SOON").await?, 1, "once, however often somebody looks");
        let tasks = life.app.data(host(), "{ myTasks { totalCount overdueCount tasks { kind milestone dueOn } } }", json!({})).await?;
        assert!(tasks.to_string().contains("DOCUMENTS_LATEST"), "{tasks:#}");
        life.on("2027-02-15");
        life.app.worker.drain().await?;
        assert_eq!(count(&life, "DUE_TODAY").await?, 1);

        // Set by hand it stays, and is reminded of anew.
        let set = life.with(&json!({ "milestone": "DOCUMENTS_LATEST", "dueOn": "2027-02-20", "note": "Half term." }));
        life.done(programme(), "setDeadline", "SetDeadlineInput", "challenge { version }", set).await?;
        assert_eq!(due(&life).await?["dueOn"], "2027-02-20");
        assert_eq!(due(&life).await?["isSetByHand"], true);
        life.on("2027-02-23");
        life.app.worker.drain().await?;
        assert_eq!(count(&life, "OVERDUE").await?, 1);
        let late = life.app.data(hub("E12000001"), "{ myTasks { overdueCount } }", json!({})).await?;
        assert!(late["myTasks"]["overdueCount"].as_u64().context("a number")? >= 1, "the hub watches the pace: {late:#}");
        assert_eq!(life.app.data(ViewerRole::Analyst, "{ myTasks { totalCount } }", json!({})).await?["myTasks"]["totalCount"], 0);
        let read = life.app.data(host(), "{ notifications(first: 100) { nodes { id } } }", json!({})).await?;
        let ids: Vec<Value> = read["notifications"]["nodes"].as_array().context("nodes")?.iter().map(|one| one["id"].clone()).collect();
        let marked = life.done(host(), "markNotificationsRead", "MarkNotificationsReadInput", "marked", json!({ "notificationIds": ids })).await?;
        assert_eq!(marked["marked"], json!(ids.len()));
        assert_eq!(life.told(host()).await?, Vec::<String>::new());

        // While the challenge is put off nobody is reminded of it.
        life.read_version().await?;
        let put_off = life.with(&json!({ "reason": "ELECTION_PERIOD" }));
        life.done(programme(), "postponeChallenge", "ChallengeSideMoveInput", "challenge { version }", put_off).await?;
        let before = life.told(host()).await?.len();
        for later in ["2027-02-25", "2027-03-20"] {
            life.on(later);
            life.app.worker.drain().await?;
        }
        assert_eq!(life.told(host()).await?.len(), before, "{:?}", life.told(host()).await?);
        life.on("2027-02-23");
        life.read_version().await?;
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "PREPARING").await?;

        // Given back to the policy, it moves with the dates again.
        life.read_version().await?;
        let back = life.with(&json!({ "milestone": "DOCUMENTS_LATEST", "note": "Never mind." }));
        life.done(programme(), "setDeadline", "SetDeadlineInput", "challenge { version }", back).await?;
        assert_eq!(due(&life).await?["isSetByHand"], false);
        life.app.stop().await
    }
}

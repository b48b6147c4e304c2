//! Notifications as events: each told once, to those whom it is for and to nobody else.

use anyhow::Context as _;
use peer_challenge::auth::ViewerRole;
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, hub, peer, programme},
    on_both,
};

use super::Life;
use crate::{
    http_protocol::wire::Wire,
    journey::HARTLEPOOL,
    news::{all_told, event, following},
};

const FOLLOW: &str = "subscription { notificationAdded { id kind text milestone challenge { reference } } }";

/// What the viewer's list holds, newest first.
async fn listed(life: &Life, role: ViewerRole) -> anyhow::Result<Vec<Value>> {
    let query = "{ notifications(first: 100) { nodes { id kind text milestone challenge { reference } } } }";
    let seen = life.app.data(role, query, json!({})).await?;
    Ok(seen["notifications"]["nodes"].as_array().context("nodes")?.clone())
}

/// Follows the notifications that come from now on.
async fn follow(life: &Life, role: ViewerRole) -> anyhow::Result<Wire> {
    all_told(&life.app, &life.journey.id).await?;
    following(&life.app, role, FOLLOW, json!({})).await
}

/// As many events as the list has grown by, which must be the same ones.
async fn same(life: &Life, role: ViewerRole, wire: &mut Wire, before: usize) -> anyhow::Result<Vec<Value>> {
    let mut new = listed(life, role).await?;
    new.truncate(new.len() - before);
    new.reverse();
    let mut told = Vec::new();
    for _ in &new {
        told.push(event(wire, "notificationAdded").await);
    }
    assert_eq!(told, new);
    Ok(told)
}

on_both! {
    async fn notifications_are_told_once_to_those_whom_they_are_for(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        // Followers are told of an instant: what was written before they came must not share it with what comes.
        life.app.clock.advance(chrono::TimeDelta::minutes(1));
        let lead = peer(life.keys[0]);
        let readers = [programme(), council(HARTLEPOOL), hub("E12000001"), lead, council("E06000043"), ViewerRole::Analyst];
        let mut wires = Vec::new();
        for role in &readers {
            let before = listed(&life, role.clone()).await?.len();
            wires.push((role.clone(), follow(&life, role.clone()).await?, before));
        }
        life.invite().await?;
        let mut counts = Vec::new();
        for (role, wire, before) in &mut wires {
            let told = same(&life, role.clone(), wire, *before).await?;
            counts.push(told.len());
            if matches!(role, ViewerRole::Peer { .. }) {
                assert_eq!(told[0]["kind"], "INVITED", "{told:?}");
                assert_eq!(told[0]["challenge"]["reference"], life.see(programme(), "reference").await?["reference"]);
            }
        }
        assert!(counts[1] > 0 && counts[3] > 0, "the host and the lead hear of it: {counts:?}");
        assert_eq!(&counts[4..], &[0, 0], "another council and analysts hear of nothing");

        // Reminders, many in one go: everything that the list has, once, and nothing of others.
        life.on("2027-02-10");
        let before = listed(&life, programme()).await?.len();
        let mut wire = follow(&life, programme()).await?;
        life.app.worker.drain().await?;
        let told = same(&life, programme(), &mut wire, before).await?;
        assert!(told.iter().any(|one| one["kind"] == "OVERDUE" && !one["milestone"].is_null()), "{told:?}");
        // Whatever came twice would come before this.
        let before = before + told.len();
        life.on("2027-03-20");
        let mut late = follow(&life, programme()).await?;
        life.app.worker.drain().await?;
        let told = same(&life, programme(), &mut late, before).await?;
        assert_ne!(told, Vec::<Value>::new());
        life.app.stop().await
    }
}

//! State, audit record, feed and idempotency keys, held against each other by SQL over the tables.

use std::collections::{HashMap, HashSet};

use anyhow::ensure;
use entity::{audit_event, idempotency_key};
use sea_orm::{ConnectionTrait, EntityTrait as _, Statement};
use uuid::Uuid;

/// What must never be found: a sentence, and a statement that counts it.
const NEVER: [(&str, &str); 14] = [
    (
        "a person twice on overlapping days",
        "FROM assignment a JOIN assignment b ON a.peer_id = b.peer_id AND a.id < b.id
           AND a.starts_on <= b.ends_on AND b.starts_on <= a.ends_on
         WHERE a.status IN (LIVE) AND b.status IN (LIVE)",
    ),
    (
        "two holders of a slot",
        "FROM assignment a JOIN assignment b ON a.slot_id = b.slot_id AND a.id < b.id
         WHERE a.status IN (LIVE) AND b.status IN (LIVE)",
    ),
    (
        "a live place on other days than its challenge",
        "FROM assignment a JOIN challenge c ON c.id = a.challenge_id
         WHERE a.status IN (LIVE) AND (c.starts_on IS NULL OR a.starts_on <> c.starts_on OR a.ends_on <> c.ends_on)",
    ),
    (
        "a place that is not confirmed on a confirmed team",
        "FROM assignment a JOIN challenge c ON c.id = a.challenge_id
         WHERE a.status IN (LIVE) AND a.status <> 'CONFIRMED' AND c.stage = 'TEAM_CONFIRMED'",
    ),
    (
        "a place that is not confirmed on a team that was postponed as a confirmed one",
        "FROM assignment a JOIN challenge c ON c.id = a.challenge_id
         WHERE a.status IN (LIVE) AND a.status <> 'CONFIRMED' AND c.stage = 'POSTPONED' AND c.resumes_to = 'TEAM_CONFIRMED'",
    ),
    (
        "a postponed challenge that forgot where it stood, or another one that remembers",
        "FROM challenge c WHERE (CASE WHEN c.stage = 'POSTPONED' THEN 1 ELSE 0 END)
           <> (CASE WHEN c.resumes_to IS NULL THEN 0 ELSE 1 END)",
    ),
    (
        "a live place on a cancelled challenge",
        "FROM assignment a JOIN challenge c ON c.id = a.challenge_id WHERE a.status IN (LIVE) AND c.stage = 'CANCELLED'",
    ),
    (
        "an open decision about a place that ended",
        "FROM conflict_decision d JOIN assignment a ON a.id = d.assignment_id
         WHERE d.status = 'OPEN' AND a.status NOT IN (LIVE)",
    ),
    (
        "a place without its one nomination in the audit record",
        "FROM assignment a WHERE 1 <> (SELECT count(*) FROM audit_event e
           WHERE e.entity_id = a.id AND e.action = 'PEER_NOMINATED')",
    ),
    (
        "an ended place without its one end in the audit record, or a live one with it",
        "FROM assignment a WHERE (CASE WHEN a.status IN (LIVE) THEN 0 ELSE 1 END) <> (SELECT count(*) FROM audit_event e
           WHERE e.entity_id = a.id AND e.action = 'ASSIGNMENT_ENDED')",
    ),
    (
        "a challenge whose version is not the number of its changes",
        "FROM challenge c WHERE c.version <> 1 + (SELECT count(*) FROM audit_event e
           WHERE e.entity_id = c.id AND e.entity_kind = 'PeerChallenge')",
    ),
    (
        "an interest whose state, version and events disagree",
        "FROM declared_interest i WHERE
           1 <> (SELECT count(*) FROM audit_event e WHERE e.entity_id = i.id AND e.action = 'INTEREST_DECLARED')
           OR (CASE WHEN i.withdrawn_at IS NULL THEN 0 ELSE 1 END) <> (SELECT count(*) FROM audit_event e
             WHERE e.entity_id = i.id AND e.action = 'INTEREST_WITHDRAWN')
           OR i.version <> (CASE WHEN i.withdrawn_at IS NULL THEN 1 ELSE 2 END)",
    ),
    (
        "an event that is not in the feed exactly once",
        "FROM audit_event e WHERE 1 <> (SELECT count(*) FROM change_feed f WHERE f.audit_event_id = e.id)",
    ),
    (
        "a row of the feed without an event",
        "FROM change_feed f WHERE NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = f.audit_event_id)",
    ),
];

/// Fails with everything of [`NEVER`] that is found.
pub(super) async fn invariants(db: &impl ConnectionTrait) -> anyhow::Result<()> {
    let mut found = Vec::new();
    for (what, from) in NEVER {
        let sql =
            format!("SELECT count(*) AS n {from}").replace("LIVE", "'NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED'");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        let count: i64 = row.expect("a count").try_get("", "n")?;
        if count > 0 {
            found.push(format!("{count} × {what}"));
        }
    }
    ensure!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// The event that a mutation of this name writes about the thing that it answers with; one of them.
pub(super) fn actions(mutation: &str) -> &'static [&'static str] {
    match mutation {
        "createSeason" => &["SEASON_CREATED"],
        "nominatePeer" | "replaceNomination" => &["PEER_NOMINATED"],
        "releaseNomination" => &["ASSIGNMENT_ENDED"],
        "chooseWindow" => &["WINDOW_CHOSEN"],
        "confirmTeam" => &["TEAM_CONFIRMED"],
        "cancelChallenge" => &["CHALLENGE_CANCELLED"],
        "proposeTeam" => &["TEAM_PROPOSED"],
        "applyTeamProposal" => &["TEAM_PROPOSAL_APPLIED"],
        "declareInterest" => &["INTEREST_DECLARED"],
        "withdrawInterest" => &["INTEREST_WITHDRAWN"],
        "decideConflict" => &["CONFLICT_DECIDED"],
        "postponeChallenge" => &["CHALLENGE_POSTPONED"],
        "resumeChallenge" => &["CHALLENGE_RESUMED"],
        "inviteTeam" => &["INVITATION_SENT"],
        "answerInvitation" => &["INVITATION_ACCEPTED", "INVITATION_DECLINED"],
        other => panic!("{other} is not in the list"),
    }
}

/// What was there before the clients came.
pub(super) struct Baseline(HashSet<Uuid>);

impl Baseline {
    pub(super) async fn of(db: &impl ConnectionTrait) -> anyhow::Result<Self> {
        let events = audit_event::Entity::find().all(db).await?;
        Ok(Self(events.into_iter().map(|event| event.id).collect()))
    }

    /// The events since.
    pub(super) async fn events(&self, db: &impl ConnectionTrait) -> anyhow::Result<Vec<audit_event::Model>> {
        let events = audit_event::Entity::find().all(db).await?;
        Ok(events.into_iter().filter(|event| !self.0.contains(&event.id)).collect())
    }
}

/// A mutation that was acknowledged.
pub(super) struct Done {
    pub(super) mutation: &'static str,
    pub(super) key: String,
    /// Names of all requests that carried its key and were acknowledged.
    pub(super) requests: Vec<String>,
}

/// Fails unless every acknowledged mutation was done once, under one of its requests, and nothing else was done.
pub(super) async fn acknowledged(db: &impl ConnectionTrait, since: &Baseline, done: &[Done]) -> anyhow::Result<()> {
    let events = since.events(db).await?;
    let mut by_request: HashMap<&str, Vec<&str>> = HashMap::new();
    for event in &events {
        let request = event.request_id.as_deref().unwrap_or("none");
        by_request.entry(request).or_default().push(&event.action);
    }
    for done in done {
        let told: Vec<_> = done
            .requests
            .iter()
            .filter_map(|id| by_request.remove(id.as_str()))
            .collect();
        let actions = actions(done.mutation);
        let count = told.iter().flatten().filter(|told| actions.contains(told)).count();
        // The window that is chosen already may be chosen again; that changes nothing. A conflict's decision may bring others
        // with it, and all who are nominated are invited at once.
        let right = match done.mutation {
            "chooseWindow" => told.len() <= 1 && count <= 1,
            "decideConflict" | "inviteTeam" => told.len() == 1 && count >= 1,
            _ => told.len() == 1 && count == 1,
        };
        ensure!(right, "{} ({}): {told:?}", done.mutation, done.key);
    }
    ensure!(by_request.is_empty(), "done, but not acknowledged: {by_request:#?}");
    let keys = idempotency_key::Entity::find().all(db).await?;
    let kept: HashSet<_> = keys.iter().map(|row| row.key.as_str()).collect();
    let acknowledged: HashSet<_> = done.iter().map(|done| done.key.as_str()).collect();
    ensure!(
        kept == acknowledged && keys.len() == done.len(),
        "the keys that are kept are not those of what was done"
    );
    Ok(())
}

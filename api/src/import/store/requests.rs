//! Deciding what `requests.csv` changes. The key is the challenge's reference.
//!
//! A request may be corrected by a file while it is a draft or just submitted; from triage on it changes in the
//! service only, and a file that says something else is refused. A file that still says the same is fine at any
//! stage, and is not judged again: days pass and policies change. What is new or different is judged by the challenge's
//! own rules under the policy in force, and pinned to it. Neighbours: `csv::requests`, `judge`, `challenges` writes.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{challenge, challenge_request, challenge_theme, challenge_window, enums::Stage, stage_change};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, settle},
    challenges::{ChallengeRows, save},
    judge::Judge,
    start_of,
};
use crate::{
    clock::civil_date,
    import::{
        audit::{ACTOR, Happened},
        csv::{
            self, Sourced,
            requests::{RequestRow, WindowRow},
        },
    },
};

const FILE: &str = csv::requests::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: ChallengeRows,
    happened: Vec<Happened>,
}

/// What the database holds of the file's requests.
struct Existing {
    challenges: HashMap<String, challenge::Model>,
    requests: HashMap<Uuid, challenge_request::Model>,
    themes: HashMap<Uuid, BTreeMap<Uuid, i32>>,
    windows: HashMap<Uuid, Vec<WindowRow>>,
    /// Live challenges of the same seasons under other references: programme, host, season.
    taken: HashMap<(Uuid, Uuid, Uuid), String>,
}

/// Compares the file with the database.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<RequestRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let existing = existing(tx, rows, planning).await?;
    let judge = Judge::load(tx, rows, planning.today).await?;
    let mut plan = Plan {
        counts: Counts::default(),
        rows: ChallengeRows::default(),
        happened: Vec::new(),
    };
    for Sourced { line, record } in rows {
        let Some(season_id) = planning.seasons.get(&record.season).copied() else {
            continue;
        };
        let old = existing.challenges.get(&record.reference);
        if record.stage.is_live()
            && let Some(other) = existing.taken.get(&(record.programme, record.host, season_id))
        {
            let expected =
                format!("expected no second request of one host for one programme and season; {other} is under way");
            planning.refuse(FILE, *line, "host", expected);
            continue;
        }
        let Some(in_force) = judge.policy(record.programme) else {
            let expected = "expected a programme that has a policy in force today".to_owned();
            planning.refuse(FILE, *line, "programme", expected);
            continue;
        };
        let policy_id = old.map_or(in_force, |old| old.policy_id);
        let (mut challenge, request) = models(record, season_id, policy_id, old, &existing, planning);
        let same_lists = old.is_some_and(|old| {
            let themes: BTreeMap<Uuid, i32> = record.themes.iter().copied().collect();
            existing.themes.get(&old.id).cloned().unwrap_or_default() == themes
                && existing.windows.get(&old.id).cloned().unwrap_or_default() == record.windows
        });
        let same = old == Some(&challenge) && existing.requests.get(&challenge.id) == Some(&request) && same_lists;
        if let Some(old) = old.filter(|_| !same) {
            let refusal = if !matches!(old.stage, Stage::Draft | Stage::Submitted) {
                Some(format!(
                    "expected what the database says: the challenge is {} and changes in the service only",
                    old.stage
                ))
            } else if old.stage == Stage::Submitted && record.stage == Stage::Draft {
                Some("expected SUBMITTED: a submitted request is taken back in the service only".to_owned())
            } else {
                None
            };
            if let Some(expected) = refusal {
                planning.refuse(FILE, *line, "reference", expected);
                continue;
            }
        }
        if !same {
            for (column, reason) in judge.faults(record) {
                planning.refuse(FILE, *line, column, reason);
            }
            challenge.policy_id = in_force;
        }
        add(&mut plan, record, challenge, request, old, same, planning);
    }
    Ok(plan)
}

fn models(
    record: &RequestRow,
    season_id: Uuid,
    policy_id: Uuid,
    old: Option<&challenge::Model>,
    existing: &Existing,
    planning: &Planning<'_>,
) -> (challenge::Model, challenge_request::Model) {
    let id = old.map_or_else(|| planning.ids.next_id(), |old| old.id);
    let old_request = existing.requests.get(&id);
    // A submission made in the service has an hour; the file only knows its day.
    let submitted_at = match (record.submitted_on, old_request.and_then(|old| old.submitted_at)) {
        (Some(day), Some(at)) if civil_date(at) == day => Some(at),
        (day, _) => day.map(start_of),
    };
    let stage_changed_at = submitted_at.unwrap_or(planning.now);
    let mut challenge = old.cloned().unwrap_or_else(|| challenge::Model {
        id,
        reference: record.reference.clone(),
        programme_id: record.programme,
        season_id,
        host_id: record.host,
        stage: record.stage,
        stage_changed_at,
        side_reason: None,
        side_note: None,
        resumes_to: None,
        policy_id,
        window_id: None,
        starts_on: None,
        ends_on: None,
        delivery_mode: None,
        organiser: None,
        adviser: None,
        manager: None,
        first_challenge_id: None,
        version: 1,
        created_at: planning.now,
        updated_at: planning.now,
    });
    challenge.programme_id = record.programme;
    challenge.season_id = season_id;
    challenge.host_id = record.host;
    if challenge.stage == Stage::Draft && record.stage == Stage::Submitted {
        challenge.stage = Stage::Submitted;
        challenge.stage_changed_at = stage_changed_at;
    }
    let request = challenge_request::Model {
        id: old_request.map_or_else(|| planning.ids.next_id(), |old| old.id),
        challenge_id: id,
        strand: record.strand,
        reason: record.reason.clone(),
        sponsor_name: record.sponsor_name.clone(),
        sponsor_role: record.sponsor_role.clone(),
        requested_by: record.requested_by.clone(),
        submitted_at,
    };
    (challenge, request)
}

fn add(
    plan: &mut Plan,
    record: &RequestRow,
    challenge: challenge::Model,
    request: challenge_request::Model,
    old: Option<&challenge::Model>,
    same: bool,
    planning: &Planning<'_>,
) {
    let (id, stage, at) = (challenge.id, challenge.stage, challenge.stage_changed_at);
    let happened = happened(old, &challenge);
    // The request, its themes and windows are part of the challenge: their change moves its version.
    let written = settle(
        old,
        challenge,
        same,
        &mut plan.rows.challenges,
        &mut plan.counts,
        |row| {
            row.version += 1;
            row.updated_at = planning.now;
        },
    );
    if !written {
        return;
    }
    plan.happened.push(happened);
    let before = old.map(|old| old.stage);
    if before != Some(stage) {
        plan.rows.changes.push(stage_change::Model {
            id: planning.ids.next_id(),
            challenge_id: id,
            stage,
            from_stage: before,
            at,
            on_day: civil_date(at),
            due_on: None,
            actor: ACTOR.to_owned(),
        });
    }
    if old.is_some() {
        plan.rows.replaced.push(id);
    }
    plan.rows.requests.push(request);
    plan.rows
        .themes
        .extend(record.themes.iter().map(|(theme, weight)| challenge_theme::Model {
            challenge_id: id,
            theme_id: *theme,
            weight: *weight,
        }));
    plan.rows
        .windows
        .extend(record.windows.iter().map(|window| challenge_window::Model {
            id: planning.ids.next_id(),
            challenge_id: id,
            starts_on: window.starts_on,
            ends_on: window.ends_on,
            preference: window.preference,
        }));
}

/// What happens to a challenge when the file's row is written, in the words of the service.
fn happened(old: Option<&challenge::Model>, new: &challenge::Model) -> Happened {
    let before = old.map(|old| old.stage);
    let action = match (before, new.stage) {
        (Some(before), now) if before == now => "CHALLENGE_REQUEST_CHANGED",
        (_, Stage::Draft) => "CHALLENGE_DRAFTED",
        _ => "CHALLENGE_SUBMITTED",
    };
    Happened {
        challenge: new.id,
        host: new.host_id,
        action,
        details: json!({ "from": before, "to": new.stage, "by": "import" }),
    }
}

async fn existing(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<RequestRow>],
    planning: &Planning<'_>,
) -> Result<Existing, DbErr> {
    let references: HashSet<&str> = rows.iter().map(|row| row.record.reference.as_str()).collect();
    let challenges: HashMap<String, challenge::Model> =
        fetch::<challenge::Entity>(tx, challenge::Column::Reference, references.iter().copied())
            .await?
            .into_iter()
            .map(|row| (row.reference.clone(), row))
            .collect();
    let ids: Vec<Uuid> = challenges.values().map(|row| row.id).collect();
    let requests = fetch::<challenge_request::Entity>(tx, challenge_request::Column::ChallengeId, ids.iter().copied())
        .await?
        .into_iter()
        .map(|row| (row.challenge_id, row))
        .collect();
    let mut themes: HashMap<Uuid, BTreeMap<Uuid, i32>> = HashMap::new();
    for row in fetch::<challenge_theme::Entity>(tx, challenge_theme::Column::ChallengeId, ids.iter().copied()).await? {
        themes
            .entry(row.challenge_id)
            .or_default()
            .insert(row.theme_id, row.weight);
    }
    let mut windows: HashMap<Uuid, Vec<WindowRow>> = HashMap::new();
    for row in fetch::<challenge_window::Entity>(tx, challenge_window::Column::ChallengeId, ids).await? {
        let window = WindowRow {
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            preference: row.preference,
        };
        windows.entry(row.challenge_id).or_default().push(window);
    }
    for list in windows.values_mut() {
        list.sort();
    }
    let seasons: HashSet<Uuid> = rows
        .iter()
        .filter_map(|row| planning.seasons.get(&row.record.season))
        .copied()
        .collect();
    let taken = fetch::<challenge::Entity>(tx, challenge::Column::SeasonId, seasons)
        .await?
        .into_iter()
        .filter(|row| row.stage.is_live() && !references.contains(row.reference.as_str()))
        .map(|row| ((row.programme_id, row.host_id, row.season_id), row.reference))
        .collect();
    Ok(Existing {
        challenges,
        requests,
        themes,
        windows,
        taken,
    })
}

impl Plan {
    /// Writes it. Gives what happened to which challenge.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<Vec<Happened>, DbErr> {
        save(tx, self.rows, progress).await?;
        Ok(self.happened)
    }
}

//! The host's action plan: actions that answer recommendations, and how they go.

use chrono::NaiveDate;
use entity::{
    action_update,
    enums::{ActionStatus, Stage},
    plan_action,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::recommendations;
use crate::{
    audit::{self, Event},
    challenge::{
        rules::{NAME_MAX, TEXT_MAX},
        service::{claim_part, host_only, leads_review, needs_stage, trimmed},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    report::repo,
    visit::service::room_for,
};

/// Most actions of a challenge.
const MOST: u64 = 200;

/// Stages in which actions are added.
const PLANNING: [Stage; 3] = [Stage::ReportFinal, Stage::Published, Stage::ActionPlanned];
/// Stages in which actions are reported on.
const REPORTING: [Stage; 4] = [
    Stage::ReportFinal,
    Stage::Published,
    Stage::ActionPlanned,
    Stage::ProgressReviewed,
];

/// An action to be.
#[derive(Clone, Debug)]
pub struct NewAction {
    /// The recommendation that it answers.
    pub recommendation: Uuid,
    /// What will be done.
    pub text: String,
    /// Who answers for it.
    pub owner: String,
    /// By when.
    pub due_on: NaiveDate,
}

async fn record(tx: &Tx, act: &Act, action: &'static str, row: &plan_action::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::PlanAction, row.id)
        .of_challenge(row.challenge_id)
        .with(serde_json::json!({ "status": row.status, "dueOn": row.due_on }));
    audit::record(tx, act, event).await?;
    Ok(())
}

/// Refuses a day in the past for something that is to be done.
fn past(act: &Act, due_on: NaiveDate) -> Option<UserError> {
    let message = format!("{due_on} lies in the past; today is {}.", act.today);
    (due_on < act.today).then(|| UserError::at(UserErrorCode::Invalid, "dueOn", message))
}

async fn say(tx: &Tx, act: &Act, row: &plan_action::Model, note: Option<String>) -> Outcome<()> {
    action_update::ActiveModel {
        id: Set(act.id()),
        action_id: Set(row.id),
        status: Set(row.status),
        note: Set(note),
        said_by: Set(act.viewer.subject.clone()),
        said_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Adds an action to the plan.
///
/// # Errors
/// Refused for anybody but the host and the programme, before the report is final and after the review, without a text or an
/// owner, and for a day in the past.
pub async fn add(tx: &Tx, act: &Act, new: NewAction) -> Outcome<plan_action::Model> {
    let (recommendation, challenge) = recommendations::locked(tx, act, new.recommendation).await?;
    host_only(&act.viewer, "write the action plan")?;
    needs_stage(&challenge, &PLANNING, "writing the action plan")?;
    let faults = [text("text", &new.text, TEXT_MAX), text("owner", &new.owner, NAME_MAX)];
    let mut errors = refusals(faults.into_iter().flatten(), true);
    errors.extend(past(act, new.due_on));
    refuse_if_any(errors)?;
    let there = plan_action::Entity::find()
        .filter(plan_action::Column::ChallengeId.eq(challenge.id))
        .count(tx)
        .await?;
    room_for(there, MOST, "actions")?;
    let added = plan_action::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(challenge.id),
        recommendation_id: Set(recommendation.id),
        text: Set(new.text.trim().to_owned()),
        owner: Set(new.owner.trim().to_owned()),
        due_on: Set(new.due_on),
        status: Set(ActionStatus::NotStarted),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    say(tx, act, &added, None).await?;
    record(tx, act, "ACTION_ADDED", &added).await?;
    Ok(added)
}

/// How an action goes.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The action.
    pub action: Uuid,
    /// Its version as read.
    pub version: i32,
    /// Where it stands.
    pub status: ActionStatus,
    /// What is said about it; needed when it is dropped.
    pub note: Option<String>,
    /// Another owner.
    pub owner: Option<String>,
    /// Another day.
    pub due_on: Option<NaiveDate>,
}

/// Writes down how an action goes.
///
/// # Errors
/// Refused for anybody but the host, the programme and whoever leads a progress review that has begun (if they were on the first team,
/// and so see the plan), outside of plan and review, when it changed, for a dropped action
/// without a reason, and for a new day in the past.
pub async fn report(tx: &Tx, act: &Act, new: Progress) -> Outcome<plan_action::Model> {
    let missing = || UserError::not_found("actionId", "action");
    let sight = repo::visible_actions(&act.viewer);
    let (row, challenge) =
        claim_part::<plan_action::Entity>(tx, act, new.action, sight, |row| row.challenge_id, missing).await?;
    let reviews = leads_review(tx, &act.viewer, challenge.id).await?;
    if !reviews {
        host_only(&act.viewer, "report on actions")?;
    }
    UserError::unless_fresh("This", new.version, row.version)?;
    needs_stage(&challenge, &REPORTING, "reporting on an action")?;
    let faults = [
        new.note.as_deref().and_then(|note| text("note", note, TEXT_MAX)),
        new.owner.as_deref().and_then(|owner| text("owner", owner, NAME_MAX)),
    ];
    let mut errors = refusals(faults.into_iter().flatten(), true);
    if reviews && (new.owner.is_some() || new.due_on.is_some()) {
        let message = "Who reviews the progress says how an action goes; owner and day are the host's.";
        errors.push(UserError::new(UserErrorCode::Forbidden, message));
    }
    if new.status == ActionStatus::Dropped && new.note.is_none() {
        let message = "Say why the action is dropped.";
        errors.push(UserError::at(UserErrorCode::Required, "note", message));
    }
    // The day that it has may have passed; a new one lies ahead.
    let moved = new.due_on.filter(|day| *day != row.due_on);
    errors.extend(moved.and_then(|day| past(act, day)));
    refuse_if_any(errors)?;
    let mut changed = row.into_active_model();
    changed.status = Set(new.status);
    if let Some(owner) = new.owner {
        changed.owner = Set(owner.trim().to_owned());
    }
    if let Some(due_on) = new.due_on {
        changed.due_on = Set(due_on);
    }
    changed.version = Set(new.version + 1);
    changed.updated_at = Set(act.at);
    let changed = changed.update(tx).await?;
    say(tx, act, &changed, trimmed(new.note)).await?;
    record(tx, act, "ACTION_REPORTED", &changed).await?;
    Ok(changed)
}

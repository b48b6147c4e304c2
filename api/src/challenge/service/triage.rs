//! Triage: the programme judges a request's priority and accepts or declines it.
//!
//! Invariants: the situation is gathered from the records (published outcomes, past challenges of the host and of the councils
//! that it took over from) and from what triage states; the components are stored with the sum, for declined requests too.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    challenge, council_succession,
    enums::{SideReason, Stage},
    inspection_outcome, leadership_change, past_engagement, priority_assessment,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use uuid::Uuid;

use super::{
    claim, programme_only, refusals, setting_of,
    stage::{Change, move_stage, needs_stage, reason_faults},
    trimmed,
};
use crate::{
    challenge::{
        lifecycle::Verb,
        priority::{self, Intelligence, Situation},
        repo::reached,
        rules,
    },
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode, refuse_if_any},
    },
    programme::policy::PriorityRules,
};

/// What triage decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The challenge goes on to scoping.
    Accept,
    /// It ends here, for a reason.
    Decline(SideReason),
}

/// A triage to be recorded.
#[derive(Clone, Debug)]
pub struct NewTriage {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// What is decided; `None` in the place of the reason is reported as missing.
    pub decision: Option<Decision>,
    /// Whether the funding is agreed.
    pub funding_agreed: bool,
    /// Points for what is known beyond the records.
    pub intelligence: Option<Intelligence>,
    /// A change among chief executive, director and lead member, or political instability.
    pub leadership_instability: bool,
    /// Court action against the council.
    pub court_action: bool,
    /// Statutory intervention: goes to the urgent queue.
    pub statutory_intervention: bool,
    /// More about it.
    pub note: Option<String>,
}

/// Records priority and decision.
///
/// # Errors
/// Refused for anybody but the programme, unless the request is SUBMITTED, for intelligence without author, beyond the policy's
/// points or expired, and for declining without a fitting reason.
pub async fn triage(tx: &Tx, act: &Act, input: NewTriage) -> Outcome<challenge::Model> {
    let row = claim(tx, act, input.challenge).await?;
    programme_only(&act.viewer, "triages requests")?;
    UserError::unless_fresh(&row.reference, input.version, row.version)?;
    needs_stage(&row, &[Stage::Submitted], "triage")?;
    let setting = setting_of(tx, act, &row, None).await?;
    let rules = setting.body.priority;
    let note = trimmed(input.note);
    let mut errors = intelligence_errors(input.intelligence.as_ref(), &rules, act.today);
    match input.decision {
        None => errors.push(
            UserError::at(UserErrorCode::Required, "reason", "Declining needs a reason.")
                .allowing(Verb::Decline.reasons().iter().map(|reason| reason.as_str())),
        ),
        Some(Decision::Decline(reason)) => errors.extend(reason_faults(Verb::Decline, reason, note.as_deref())),
        Some(Decision::Accept) => {
            let faults = note
                .as_deref()
                .and_then(|note| rules::text("note", note, rules::TEXT_MAX));
            errors.extend(refusals(faults, true));
        }
    }
    refuse_if_any(errors)?;
    let family = with_predecessors(tx, row.host_id).await?;
    let (judgement, send) = priority::latest(&outcomes(tx, row.host_id).await?, act.today);
    let assessment = priority::assess(
        &Situation {
            today: act.today,
            judgement,
            send,
            leadership_instability: input.leadership_instability,
            control_changed_on: setting.host.control_changed_on,
            leadership_changed_on: last_leadership_change(tx, row.host_id, act.today).await?,
            court_action: input.court_action,
            intelligence: input.intelligence,
            last_challenge_on: last_challenge(tx, &family, act.today).await?,
            statutory_intervention: input.statutory_intervention,
        },
        &rules,
    );
    priority_assessment::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        points: Set(i32::try_from(assessment.points).map_err(ApiError::internal)?),
        urgent: Set(assessment.urgent),
        components: Set(serde_json::to_value(&assessment)?),
        funding_agreed: Set(input.funding_agreed),
        note: Set(note.clone()),
        assessed_by: Set(act.viewer.subject.clone()),
        assessed_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    let (to, side) = match input.decision {
        Some(Decision::Decline(reason)) => (Stage::Declined, Some((reason, note))),
        _ => (Stage::Triaged, None),
    };
    let mut details = serde_json::Map::new();
    details.insert("points".to_owned(), json!(assessment.points));
    details.insert("urgent".to_owned(), json!(assessment.urgent));
    move_stage(
        tx,
        act,
        &row,
        to,
        Change {
            side,
            details,
            ..Change::default()
        },
    )
    .await
}

fn intelligence_errors(known: Option<&Intelligence>, rules: &PriorityRules, today: NaiveDate) -> Vec<UserError> {
    let Some(known) = known else { return Vec::new() };
    let author = rules::text("intelligence.author", &known.author, rules::NAME_MAX);
    let mut errors = refusals(author, true);
    if known.points > rules.intelligence_max {
        let message = format!(
            "Intelligence gives 0 to {} points, not {}.",
            rules.intelligence_max, known.points
        );
        errors.push(UserError::at(UserErrorCode::Invalid, "intelligence.points", message));
    }
    if known.expires_on < today {
        let message = format!("It expired on {}.", known.expires_on);
        errors.push(UserError::at(UserErrorCode::Invalid, "intelligence.expiresOn", message));
    }
    errors
}

/// The last day on which a post in the host's leadership changed hands, as far as it is on record.
async fn last_leadership_change(tx: &Tx, host: Uuid, today: NaiveDate) -> Result<Option<NaiveDate>> {
    let last = leadership_change::Entity::find()
        .filter(leadership_change::Column::CouncilId.eq(host))
        .filter(leadership_change::Column::ChangedOn.lte(today))
        .order_by_desc(leadership_change::Column::ChangedOn)
        .one(tx)
        .await?;
    Ok(last.map(|row| row.changed_on))
}

/// The outcomes of a council's inspections.
async fn outcomes(tx: &Tx, host: Uuid) -> Result<Vec<inspection_outcome::Model>> {
    Ok(inspection_outcome::Entity::find()
        .filter(inspection_outcome::Column::CouncilId.eq(host))
        .all(tx)
        .await?)
}

/// The host and every council that it took over from, however long ago.
async fn with_predecessors(tx: &Tx, host: Uuid) -> Result<BTreeSet<Uuid>> {
    let mut family = BTreeSet::from([host]);
    let mut youngest = vec![host];
    while !youngest.is_empty() {
        let rows = council_succession::Entity::find()
            .filter(council_succession::Column::SuccessorId.is_in(youngest))
            .all(tx)
            .await?;
        youngest = rows
            .into_iter()
            .map(|row| row.predecessor_id)
            .filter(|id| family.insert(*id))
            .collect();
    }
    Ok(family)
}

/// Last day of the last challenge that one of these councils had, before the records of this service or in them.
async fn last_challenge(tx: &Tx, hosts: &BTreeSet<Uuid>, today: NaiveDate) -> Result<Option<NaiveDate>> {
    let before = past_engagement::Entity::find()
        .filter(past_engagement::Column::HostCouncilId.is_in(hosts.iter().copied()))
        .filter(past_engagement::Column::EndsOn.lt(today))
        .order_by_desc(past_engagement::Column::EndsOn)
        .one(tx)
        .await?
        .map(|row| row.ends_on);
    let here = challenge::Entity::find()
        .filter(challenge::Column::HostId.is_in(hosts.iter().copied()))
        .filter(reached(Stage::FeedbackGiven))
        .filter(challenge::Column::EndsOn.lt(today))
        .order_by_desc(challenge::Column::EndsOn)
        .one(tx)
        .await?
        .and_then(|row| row.ends_on);
    Ok(before.max(here))
}

//! What is due on challenges, whether it was done, and who is waited for.
//!
//! [`load`] reads what the deadlines of any number of challenges rest on in a fixed number of statements; everything else is pure.
//! A milestone counts as reached on the day on which the challenge came to its stage (or a later one), or on which what it asks
//! for was there. A day set by hand stays, wherever the dates move.
//!
//! Neighbours: `deadlines` (days), `notice::remind` and `notice::tasks` (who hears of them), `objects` (shows them).

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{Days, NaiveDate};
use entity::{
    challenge, challenge_document, challenge_request, challenge_window,
    enums::{DocumentKind, Stage},
    fieldwork_session, report, stage_change,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    deadlines::{self, Anchors, Due},
    lifecycle::{is_suspended, is_terminal, progress},
    loader::on_days,
    repo::{days_by_hand, reached},
};
use crate::{
    clock::civil_date,
    graphql::{
        errors::{ApiError, Result, Shared},
        loader::Batch,
    },
    programme::{
        policy::{Limits, Milestone, PolicyBody},
        repo::bodies,
    },
};

/// Who has to act.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Waiting {
    /// The national programme.
    Programme,
    /// The host.
    Host,
    /// The lead peer.
    Lead,
}

/// Who has to act for a milestone.
pub const fn waiting_on(milestone: Milestone) -> Waiting {
    match milestone {
        Milestone::Triage
        | Milestone::ScopingStarted
        | Milestone::ScopingEarliest
        | Milestone::TeamBuilding
        | Milestone::TeamConfirmed
        | Milestone::InvitationAnswer
        | Milestone::Publication
        | Milestone::ProgressVisit
        | Milestone::ProgressReport
        | Milestone::PostponementVoid => Waiting::Programme,
        Milestone::HostObjection
        | Milestone::DocumentsEarliest
        | Milestone::DocumentsLatest
        | Milestone::FactCheck
        | Milestone::ActionPlan => Waiting::Host,
        Milestone::TeamCallEarliest
        | Milestone::TeamCallLatest
        | Milestone::Feedback
        | Milestone::ReportDraft
        | Milestone::ReportFinal => Waiting::Lead,
    }
}

/// Whether a milestone is asked of a challenge. A progress review has no action plan of its own, and nobody reviews it again.
pub const fn is_asked(milestone: Milestone, is_review: bool) -> bool {
    !is_review
        || !matches!(
            milestone,
            Milestone::ActionPlan | Milestone::ProgressVisit | Milestone::ProgressReport
        )
}

/// The milestone that coming to a stage meets.
pub const fn milestone_of(stage: Stage) -> Option<Milestone> {
    match stage {
        Stage::Triaged => Some(Milestone::Triage),
        Stage::TeamConfirmed => Some(Milestone::TeamConfirmed),
        Stage::FeedbackGiven => Some(Milestone::Feedback),
        Stage::ReportDrafted => Some(Milestone::ReportDraft),
        Stage::ReportFinal => Some(Milestone::ReportFinal),
        Stage::Published => Some(Milestone::Publication),
        Stage::ActionPlanned => Some(Milestone::ActionPlan),
        Stage::ProgressReviewed => Some(Milestone::ProgressReport),
        _ => None,
    }
}

/// The day by which a challenge was to come to `stage`, by its policy.
pub fn due_on(policy: &PolicyBody, anchors: &Anchors, stage: Stage) -> Option<NaiveDate> {
    let deadline = policy.deadline(milestone_of(stage)?)?;
    deadlines::due(&[deadline], anchors).first().map(|due| due.on)
}

/// Where a deadline stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Standing {
    /// A first day, not a last one.
    NotBefore,
    /// Done in time.
    Met,
    /// Done, but late.
    MetLate,
    /// It should have been done.
    Overdue,
    /// It is due today or soon.
    DueSoon,
    /// It is due later, or the challenge is put off.
    Open,
    /// The challenge ended without it.
    Lapsed,
}

/// A deadline of a challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line {
    /// What is due, when, counted from what.
    pub due: Due,
    /// The day on which it was done.
    pub met_on: Option<NaiveDate>,
    /// Whether somebody has set the day by hand.
    pub by_hand: bool,
    /// Where it stands.
    pub standing: Standing,
    /// Who has to act.
    pub waiting_on: Waiting,
    /// Sizes of the challenge's policy.
    pub limits: Limits,
}

/// What a challenge's milestones are known by.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When it came to which stage, in that order.
    pub stages: Vec<(Stage, NaiveDate)>,
    /// When the position statement was there.
    pub statement_on: Option<NaiveDate>,
    /// When the team first called.
    pub call_on: Option<NaiveDate>,
    /// When the feedback was given.
    pub feedback_on: Option<NaiveDate>,
    /// When the host had checked the facts of the draft.
    pub checked_on: Option<NaiveDate>,
    /// First day of its progress review.
    pub review_on: Option<NaiveDate>,
}

impl Facts {
    /// The first day on which the challenge stood at `stage` or beyond, since it was last before it.
    fn reached(&self, stage: Stage) -> Option<NaiveDate> {
        let wanted = progress(stage);
        let mut reached = None;
        for (other, on) in &self.stages {
            match progress(*other) {
                Some(far) if Some(far) >= wanted => reached = reached.or(Some(*on)),
                // It went back: what was done is to be done again.
                Some(_) => reached = None,
                None => {}
            }
        }
        reached
    }

    fn declined(&self) -> Option<NaiveDate> {
        let declined = self.stages.iter().find(|(stage, _)| *stage == Stage::Declined);
        declined.map(|(_, on)| *on)
    }

    /// The day on which a milestone was reached.
    pub fn met(&self, milestone: Milestone, today: NaiveDate) -> Option<NaiveDate> {
        let past = |day: Option<NaiveDate>| day.filter(|day| *day <= today);
        match milestone {
            Milestone::Triage => self.reached(Stage::Triaged).or(self.declined()),
            Milestone::ScopingStarted | Milestone::ScopingEarliest => self.reached(Stage::Scoping),
            Milestone::TeamBuilding => self.reached(Stage::TeamBuilding),
            Milestone::DocumentsEarliest | Milestone::DocumentsLatest => past(self.statement_on),
            Milestone::TeamCallEarliest | Milestone::TeamCallLatest => past(self.call_on),
            Milestone::Feedback => self.feedback_on,
            Milestone::FactCheck => self.checked_on.or(self.reached(Stage::ReportFinal)),
            Milestone::ProgressVisit => past(self.review_on),
            other => {
                let stage = Stage::ALL.iter().find(|stage| milestone_of(**stage) == Some(other));
                stage.and_then(|stage| self.reached(*stage))
            }
        }
    }
}

/// Where a deadline stands on a day. What is due within `soon` days is due soon.
fn standing(due: &Due, met_on: Option<NaiveDate>, stage: Stage, today: NaiveDate, soon: u32) -> Standing {
    if due.earliest {
        return Standing::NotBefore;
    }
    if let Some(met) = met_on {
        return if met <= due.on {
            Standing::Met
        } else {
            Standing::MetLate
        };
    }
    if is_terminal(stage) {
        return Standing::Lapsed;
    }
    // While it is put off nothing is due but an end to that.
    if is_suspended(stage) && due.milestone != Milestone::PostponementVoid {
        return Standing::Open;
    }
    if due.on < today {
        Standing::Overdue
    } else if due.on <= today.checked_add_days(Days::new(soon.into())).unwrap_or(today) {
        Standing::DueSoon
    } else {
        Standing::Open
    }
}

/// The deadlines of these challenges on a day, by day.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn load(
    rows: &[challenge::Model],
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, Vec<Line>>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    macro_rules! of {
        ($entity:ident $(, $filter:expr)*) => {
            $entity::Entity::find()
                .filter($entity::Column::ChallengeId.is_in(ids.iter().copied()))
                $(.filter($filter))*
                .all(connection)
                .await?
        };
    }
    let bodies = bodies(rows.iter().map(|row| row.policy_id), connection).await?;
    let requests = of!(challenge_request);
    let windows = of!(challenge_window);
    let mut changes = of!(stage_change);
    changes.sort_by_key(|change| (change.at, change.id));
    let statements = of!(
        challenge_document,
        challenge_document::Column::Kind.eq(DocumentKind::PositionStatement),
        challenge_document::Column::RemovedAt.is_null()
    );
    let calls = of!(
        fieldwork_session,
        fieldwork_session::Column::IsTeamCall.eq(true),
        fieldwork_session::Column::RemovedAt.is_null()
    );
    let reports = of!(report);
    let by_hand = days_by_hand(rows, connection).await?;
    let reviews = challenge::Entity::find()
        .filter(challenge::Column::FirstChallengeId.is_in(ids.iter().copied()))
        // A review that was given up, or has not come to its visit, visited nobody, whatever its days.
        .filter(reached(Stage::OnSite))
        .all(connection)
        .await?;

    let mut facts: HashMap<Uuid, Facts> = HashMap::new();
    for change in changes {
        facts
            .entry(change.challenge_id)
            .or_default()
            .stages
            .push((change.stage, change.on_day));
    }
    let earliest = |found: &mut Option<NaiveDate>, day: NaiveDate| {
        *found = Some(found.map_or(day, |found| Ord::min(found, day)));
    };
    for row in statements {
        let of = facts.entry(row.challenge_id).or_default();
        earliest(&mut of.statement_on, civil_date(row.added_at));
    }
    for row in calls {
        let of = facts.entry(row.challenge_id).or_default();
        earliest(&mut of.call_on, civil_date(row.starts_at));
    }
    for row in reports {
        let of = facts.entry(row.challenge_id).or_default();
        of.feedback_on = Some(row.feedback_on);
        of.checked_on = row.facts_checked_at.map(civil_date);
    }
    for row in reviews {
        if let (Some(first), Some(day)) = (row.first_challenge_id, row.starts_on) {
            earliest(&mut facts.entry(first).or_default().review_on, day);
        }
    }
    let submitted: HashMap<Uuid, NaiveDate> = requests
        .iter()
        .filter_map(|row| Some((row.challenge_id, civil_date(row.submitted_at?))))
        .collect();
    let mut proposed: HashMap<Uuid, (NaiveDate, NaiveDate)> = HashMap::new();
    for window in windows {
        let days = (window.starts_on, window.ends_on);
        let first = proposed.entry(window.challenge_id).or_insert(days);
        *first = Ord::min(*first, days);
    }
    let mut all = HashMap::with_capacity(rows.len());
    let unknown = Facts::default();
    for row in rows {
        let chosen = row.starts_on.zip(row.ends_on);
        let body = bodies
            .get(&row.policy_id)
            .ok_or_else(|| ApiError::internal(format_args!("the policy of challenge {} is missing", row.id)))?;
        let facts = facts.get(&row.id).unwrap_or(&unknown);
        let anchors = Anchors {
            submitted: submitted.get(&row.id).copied(),
            fieldwork: chosen.or_else(|| proposed.get(&row.id).copied()),
            provisional: chosen.is_none(),
            postponed: (row.stage == Stage::Postponed).then(|| civil_date(row.stage_changed_at)),
            drafted: facts.reached(Stage::ReportDrafted),
        };
        let line = |mut due: Due| {
            let set = by_hand.get(&(row.id, due.milestone)).copied();
            due.on = set.unwrap_or(due.on);
            let met_on = facts.met(due.milestone, today);
            Line {
                due,
                met_on,
                by_hand: set.is_some(),
                standing: standing(&due, met_on, row.stage, today, body.limits.reminder_days_before),
                waiting_on: waiting_on(due.milestone),
                limits: body.limits,
            }
        };
        let mut lines: Vec<Line> = deadlines::due(&body.deadlines, &anchors)
            .into_iter()
            .filter(|due| is_asked(due.milestone, row.first_challenge_id.is_some()))
            .map(line)
            .collect();
        lines.sort_by_key(|line| (line.due.on, line.due.milestone));
        all.insert(row.id, lines);
    }
    Ok(all)
}

/// The deadlines of a challenge on a day.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TimelineOf(pub Uuid, pub NaiveDate);

impl Loader<TimelineOf> for Batch {
    type Value = Vec<Line>;
    type Error = Shared;

    async fn load(&self, keys: &[TimelineOf]) -> std::result::Result<HashMap<TimelineOf, Self::Value>, Shared> {
        let mut found = HashMap::new();
        for (today, rows) in on_days(self, keys.iter().map(|key| (key.0, key.1))).await? {
            let lines = load(&rows, today, self.database.reader()).await?;
            found.extend(lines.into_iter().map(|(id, lines)| (TimelineOf(id, today), lines)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::policy::Anchor;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn due(milestone: Milestone, on: &str) -> Due {
        Due {
            milestone,
            anchor: Anchor::FieldworkEnd,
            anchored_on: day("2027-03-04"),
            on: day(on),
            earliest: false,
            provisional: false,
        }
    }

    #[test]
    fn a_deadline_is_open_soon_due_overdue_met_or_late() {
        let line = due(Milestone::ReportDraft, "2027-04-06");
        let on = |today: &str, met: Option<&str>, stage| standing(&line, met.map(day), stage, day(today), 7);
        assert_eq!(on("2027-03-10", None, Stage::FeedbackGiven), Standing::Open);
        assert_eq!(on("2027-03-30", None, Stage::FeedbackGiven), Standing::DueSoon);
        assert_eq!(on("2027-04-06", None, Stage::FeedbackGiven), Standing::DueSoon);
        assert_eq!(on("2027-04-07", None, Stage::FeedbackGiven), Standing::Overdue);
        assert_eq!(
            on("2027-04-07", Some("2027-04-06"), Stage::ReportDrafted),
            Standing::Met
        );
        assert_eq!(
            on("2027-04-08", Some("2027-04-07"), Stage::ReportDrafted),
            Standing::MetLate
        );
        assert_eq!(on("2027-04-08", None, Stage::Paused), Standing::Open);
        assert_eq!(on("2027-04-08", None, Stage::Cancelled), Standing::Lapsed);
    }

    #[test]
    fn a_later_stage_reaches_the_earlier_ones() {
        let facts = Facts {
            stages: vec![
                (Stage::Draft, day("2026-01-01")),
                (Stage::Submitted, day("2026-01-02")),
                (Stage::Scoping, day("2026-02-01")),
            ],
            ..Facts::default()
        };
        let today = day("2026-03-01");
        assert_eq!(facts.met(Milestone::Triage, today), Some(day("2026-02-01")));
        assert_eq!(facts.met(Milestone::TeamConfirmed, today), None);
        let declined = Facts {
            stages: vec![(Stage::Declined, day("2026-01-09"))],
            ..Facts::default()
        };
        assert_eq!(declined.met(Milestone::Triage, today), Some(day("2026-01-09")));
    }
}

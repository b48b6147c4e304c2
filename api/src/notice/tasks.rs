//! What waits for a viewer: deadlines that are theirs, and what only they can answer or decide.
//!
//! The national programme, a host and a lead peer have tasks; a hub sees what is overdue in its region, because it watches the
//! pace there; analysts have none. A fixed number of statements over the live challenges that the viewer sees.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    accuracy_edit, assignment, challenge, conflict_decision,
    enums::{DecisionStatus, EditStatus, InvitationState, ObjectionStatus, Stage},
    host_objection, immediate_risk, invitation, report, sign_off,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::dated;
use crate::{
    auth::{Viewer, ViewerRole},
    challenge::{
        repo,
        timeline::{self, Line, Standing, Waiting},
    },
    graphql::errors::Result,
    invitation::service::is_over,
    programme::policy::Milestone,
    team::repo::leads,
};

/// What a task asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A deadline of a challenge.
    Deadline,
    /// An invitation.
    AnswerInvitation,
    /// An objection.
    DecideObjection,
    /// A late conflict.
    DecideConflict,
    /// A correction of fact.
    DecideAccuracyEdit,
    /// An immediate risk.
    TellRisk,
    /// A publication.
    AgreeToPublication,
    /// A scope.
    SignScope,
    /// A draft report.
    CheckFacts,
    /// Actions of a plan.
    DoAction,
}

/// Something that waits for somebody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    /// What it asks for.
    pub kind: Kind,
    /// The challenge.
    pub challenge: Uuid,
    /// What is due.
    pub milestone: Option<Milestone>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// Whether it should have been done.
    pub overdue: bool,
    /// How many of them.
    pub count: usize,
    /// What to do.
    pub text: String,
}

/// How a milestone reads in a sentence.
pub(crate) const fn told(milestone: Milestone) -> &'static str {
    match milestone {
        Milestone::Triage => "triage",
        Milestone::ScopingStarted | Milestone::ScopingEarliest => "the beginning of scoping",
        Milestone::TeamBuilding => "the beginning of team building",
        Milestone::TeamConfirmed => "the confirmed team",
        Milestone::InvitationAnswer => "the answer to an invitation",
        Milestone::HostObjection => "the host's objections",
        Milestone::DocumentsEarliest | Milestone::DocumentsLatest => "the position statement",
        Milestone::TeamCallEarliest | Milestone::TeamCallLatest => "the team's first call",
        Milestone::Feedback => "the feedback presentation",
        Milestone::ReportDraft => "the draft report",
        Milestone::FactCheck => "the check of the draft's facts",
        Milestone::ReportFinal => "the final report",
        Milestone::Publication => "the publication",
        Milestone::ActionPlan => "the action plan",
        Milestone::ProgressVisit => "the visit of the progress review",
        Milestone::ProgressReport => "the report of the progress review",
        Milestone::PostponementVoid => "taking up the postponed challenge again",
    }
}

fn deadline(row: &challenge::Model, line: &Line) -> Job {
    let (what, on) = (told(line.due.milestone), line.due.on);
    let overdue = line.standing == Standing::Overdue;
    let text = if overdue {
        format!("{}: {what} was due on {on}.", row.reference)
    } else {
        format!("{}: {what} is due on {on}.", row.reference)
    };
    Job {
        kind: Kind::Deadline,
        challenge: row.id,
        milestone: Some(line.due.milestone),
        due_on: Some(on),
        overdue,
        count: 1,
        text,
    }
}

/// Of a party's deadlines on a challenge those that press, and the next one.
fn pressing(lines: &[Line], party: Waiting) -> Vec<&Line> {
    let open = |line: &&Line| matches!(line.standing, Standing::Overdue | Standing::DueSoon | Standing::Open);
    let own: Vec<&Line> = lines
        .iter()
        .filter(open)
        .filter(|line| line.waiting_on == party)
        // A task of its own.
        .filter(|line| line.due.milestone != Milestone::FactCheck)
        .collect();
    let next = own.iter().position(|line| line.standing == Standing::Open);
    own.iter()
        .enumerate()
        .filter(|(i, line)| line.standing != Standing::Open || Some(*i) == next)
        .map(|(_, line)| *line)
        .collect()
}

/// Everything that waits for `viewer` on a day, the most pressing first.
///
/// # Errors
/// The database's.
pub async fn of(viewer: &Viewer, today: NaiveDate, connection: &impl ConnectionTrait) -> Result<Vec<Job>> {
    let (party, own) = match viewer.role {
        ViewerRole::Analyst => return Ok(Vec::new()),
        ViewerRole::Programme => (Some(Waiting::Programme), Condition::all()),
        ViewerRole::Council { .. } => (Some(Waiting::Host), Condition::all()),
        // Those that they lead.
        ViewerRole::Peer { peer } => {
            let led = leads()
                .select_only()
                .column(assignment::Column::ChallengeId)
                .filter(assignment::Column::PeerId.eq(peer))
                .into_query();
            let own = Condition::all().add(challenge::Column::Id.in_subquery(led));
            (Some(Waiting::Lead), own)
        }
        ViewerRole::Hub { .. } => (None, Condition::all()),
    };
    let rows = challenge::Entity::find()
        .filter(repo::visible_to(viewer))
        .filter(challenge::Column::Stage.is_not_in(Stage::NOT_LIVE))
        .filter(own)
        .all(connection)
        .await?;
    let lines = timeline::load(&rows, today, connection).await?;
    let by_id: HashMap<Uuid, &challenge::Model> = rows.iter().map(|row| (row.id, row)).collect();
    let mut jobs = Vec::new();
    for row in &rows {
        let lines = lines.get(&row.id).map_or(&[][..], Vec::as_slice);
        let mine: Vec<&Line> = match party {
            Some(party) => pressing(lines, party),
            // A hub watches the pace of everybody.
            None => lines.iter().filter(|line| line.standing == Standing::Overdue).collect(),
        };
        jobs.extend(mine.into_iter().map(|line| deadline(row, line)));
    }
    jobs.extend(matters(viewer, &by_id, today, connection).await?);
    if party == Some(Waiting::Host) {
        jobs.extend(of_host(&by_id, &lines, today, connection).await?);
    }
    jobs.sort_by_key(|job| {
        (
            !job.overdue,
            job.due_on.unwrap_or(NaiveDate::MAX),
            job.kind,
            job.challenge,
        )
    });
    Ok(jobs)
}

/// What is to be answered, decided or told, other than deadlines.
async fn matters(
    viewer: &Viewer,
    rows: &HashMap<Uuid, &challenge::Model>,
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Job>> {
    let ids: Vec<Uuid> = rows.keys().copied().collect();
    let mut jobs = Vec::new();
    let mut count = |kind: Kind, owners: Vec<Uuid>, due: Option<NaiveDate>, what: &str| {
        let mut by: HashMap<Uuid, usize> = HashMap::new();
        for owner in owners {
            *by.entry(owner).or_default() += 1;
        }
        for (id, count) in by {
            let Some(row) = rows.get(&id) else { continue };
            jobs.push(Job {
                kind,
                challenge: id,
                milestone: None,
                due_on: due,
                overdue: due.is_some_and(|due| due < today),
                count,
                text: format!("{}: {count} {what}", row.reference),
            });
        }
    };
    macro_rules! owners {
        ($entity:ident, $($filter:expr),+) => {
            $entity::Entity::find()
                .select_only()
                .column($entity::Column::ChallengeId)
                .filter($entity::Column::ChallengeId.is_in(ids.iter().copied()))
                $(.filter($filter))+
                .into_tuple::<Uuid>()
                .all(connection)
                .await?
        };
    }
    let agreement = match viewer.role {
        ViewerRole::Programme => Some(report::Column::ProgrammeAgreedAt),
        ViewerRole::Council { .. } => Some(report::Column::HostAgreedAt),
        _ => None,
    };
    if let Some(agreement) = agreement {
        let open = owners!(immediate_risk, immediate_risk::Column::ToldAt.is_null());
        let told = "immediate risk(s) of which nobody was told.";
        count(Kind::TellRisk, open, Some(today), told);
        let without = owners!(report, agreement.is_null());
        let waiting = without.into_iter().filter(|id| is_final(rows, *id)).collect();
        count(Kind::AgreeToPublication, waiting, None, "final report to agree to.");
    }
    match viewer.role {
        ViewerRole::Programme => {
            let open = owners!(host_objection, host_objection::Column::Status.eq(ObjectionStatus::Open));
            count(Kind::DecideObjection, open, None, "objection(s) of the host to decide.");
            let open = owners!(
                conflict_decision,
                conflict_decision::Column::Status.eq(DecisionStatus::Open)
            );
            count(Kind::DecideConflict, open, None, "late conflict(s) to decide.");
        }
        ViewerRole::Peer { peer } => {
            let open = owners!(accuracy_edit, accuracy_edit::Column::Status.eq(EditStatus::Open));
            count(Kind::DecideAccuracyEdit, open, None, "correction(s) of fact to decide.");
            let invited = invitation::Entity::find()
                .find_also_related(challenge::Entity)
                .filter(invitation::Column::PeerId.eq(peer))
                .filter(invitation::Column::State.eq(InvitationState::Sent))
                .all(connection)
                .await?;
            for (sent, row) in invited {
                let Some(row) = row else { continue };
                jobs.push(Job {
                    kind: Kind::AnswerInvitation,
                    challenge: row.id,
                    milestone: Some(Milestone::InvitationAnswer),
                    due_on: Some(sent.answer_by),
                    overdue: is_over(&sent, &row, today),
                    count: 1,
                    text: format!("{}: answer the invitation by {}.", row.reference, sent.answer_by),
                });
            }
        }
        ViewerRole::Council { .. } | ViewerRole::Hub { .. } | ViewerRole::Analyst => {}
    }
    Ok(jobs)
}

/// What only a host can do, on challenges of its own.
async fn of_host(
    rows: &HashMap<Uuid, &challenge::Model>,
    lines: &HashMap<Uuid, Vec<Line>>,
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Job>> {
    let at = |stage: Stage| rows.values().filter(move |row| row.stage == stage);
    let signed: Vec<Uuid> = sign_off::Entity::find()
        .select_only()
        .column(sign_off::Column::ChallengeId)
        .filter(sign_off::Column::ChallengeId.is_in(at(Stage::Scoped).map(|row| row.id)))
        .filter(sign_off::Column::VoidedAt.is_null())
        .into_tuple()
        .all(connection)
        .await?;
    let checked: Vec<Uuid> = report::Entity::find()
        .select_only()
        .column(report::Column::ChallengeId)
        .filter(report::Column::ChallengeId.is_in(at(Stage::ReportDrafted).map(|row| row.id)))
        .filter(report::Column::FactsCheckedAt.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    let job = |kind: Kind, row: &challenge::Model, due: Option<NaiveDate>, count: usize, what: &str| Job {
        kind,
        challenge: row.id,
        milestone: (kind == Kind::CheckFacts).then_some(Milestone::FactCheck),
        due_on: due,
        overdue: due.is_some_and(|due| due < today),
        count,
        text: format!("{}: {what}", row.reference),
    };
    let mut jobs = Vec::new();
    for row in at(Stage::Scoped).filter(|row| !signed.contains(&row.id)) {
        let what = "the scope waits for the endorsement of lead member and chief executive.";
        jobs.push(job(Kind::SignScope, row, None, 1, what));
    }
    for row in at(Stage::ReportDrafted).filter(|row| !checked.contains(&row.id)) {
        let mine = lines.get(&row.id).map_or(&[][..], Vec::as_slice);
        let line = mine.iter().find(|line| line.due.milestone == Milestone::FactCheck);
        let what = "check the facts of the draft report.";
        jobs.push(job(Kind::CheckFacts, row, line.map(|line| line.due.on), 1, what));
    }
    for ((id, on), count) in dated::actions(rows.values().copied(), connection).await? {
        let Some(row) = rows.get(&id) else { continue };
        let what = format!("{} due on {on}.", dated::actions_in_words(count));
        jobs.push(job(Kind::DoAction, row, Some(on), count, &what));
    }
    Ok(jobs)
}

fn is_final(rows: &HashMap<Uuid, &challenge::Model>, id: Uuid) -> bool {
    rows.get(&id).is_some_and(|row| row.stage == Stage::ReportFinal)
}

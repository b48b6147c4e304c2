//! What a visit leaves behind, as far as its challenge has come: documents, sessions, findings, a risk, the report with its
//! corrections, the action plan and what was said about it all. Pure.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::{
    accuracy_edit, action_update, challenge, challenge_document,
    enums::{
        ActionStatus, DocumentAudience, DocumentClass, DocumentKind, EditStatus, EvaluationKind, FindingKind, Stage,
    },
    evaluation, fieldwork_session, finding, immediate_risk, line_of_enquiry, plan_action, recommendation,
    recommendation_finding, report, session_peer,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::lives::noon;
use crate::graphql::context::Act;

const STAFF: &str = "demo@example.org";
const HOST: &str = "host@example.org";
const LEAD: &str = "lead@example.org";

/// Recommendations of a report.
const RECOMMENDATIONS: [&str; 3] = [
    "Agree what good supervision looks like and look at it every month (invented).",
    "Bring the front door's partners to one table (invented).",
    "Listen to children before each plan is changed (invented).",
];

/// The rows.
#[derive(Debug, Default)]
pub struct Records {
    /// Links.
    pub documents: Vec<challenge_document::Model>,
    /// Timetables.
    pub sessions: Vec<fieldwork_session::Model>,
    /// Who is at which session.
    pub session_peers: Vec<session_peer::Model>,
    /// Findings.
    pub findings: Vec<finding::Model>,
    /// Immediate risks.
    pub risks: Vec<immediate_risk::Model>,
    /// Reports.
    pub reports: Vec<report::Model>,
    /// Recommendations.
    pub recommendations: Vec<recommendation::Model>,
    /// What each recommendation rests on.
    pub traces: Vec<recommendation_finding::Model>,
    /// Corrections of fact.
    pub edits: Vec<accuracy_edit::Model>,
    /// Actions.
    pub actions: Vec<plan_action::Model>,
    /// Their histories.
    pub updates: Vec<action_update::Model>,
    /// What was said about team, host and programme.
    pub evaluations: Vec<evaluation::Model>,
}

/// A visit as far as its challenge has come.
pub struct Visit<'a> {
    challenge: &'a challenge::Model,
    stage: Stage,
    path: &'a [(Stage, NaiveDate)],
    lines: Vec<Uuid>,
    team: &'a [Uuid],
}

impl<'a> Visit<'a> {
    /// A challenge that has come to `stage` of the main path, its days, all lines of enquiry, and who came.
    pub fn new(
        challenge: &'a challenge::Model,
        stage: Stage,
        path: &'a [(Stage, NaiveDate)],
        lines: &[line_of_enquiry::Model],
        team: &'a [Uuid],
    ) -> Self {
        Self {
            challenge,
            stage,
            path,
            lines: lines
                .iter()
                .filter(|line| line.challenge_id == challenge.id)
                .map(|line| line.id)
                .collect(),
            team,
        }
    }

    fn on(&self, stage: Stage) -> Option<NaiveDate> {
        self.path.iter().find(|(other, _)| *other == stage).map(|(_, day)| *day)
    }
}

/// Adds what `visit` has left behind.
pub fn leave(rng: &mut ChaCha8Rng, act: &Act, visit: &Visit<'_>, records: &mut Records) {
    let Some((first, last)) = visit.challenge.starts_on.zip(visit.challenge.ends_on) else {
        return;
    };
    if visit.stage >= Stage::Preparing {
        prepare(act, visit, first, records);
    }
    if visit.stage < Stage::OnSite {
        return;
    }
    let found = findings(act, visit, first, records);
    if visit.stage == Stage::OnSite {
        records.risks.push(immediate_risk::Model {
            id: act.id(),
            challenge_id: visit.challenge.id,
            what: "A child was seen without a social worker (invented).".to_owned(),
            raised_by: LEAD.to_owned(),
            raised_at: act.at,
            told_name: Some("Dana Director (invented)".to_owned()),
            told_at: Some(act.at),
            told_by: Some(STAFF.to_owned()),
            version: 1,
            created_at: act.at,
            updated_at: act.at,
        });
    }
    if visit.stage >= Stage::FeedbackGiven {
        reported(act, visit, last, &found, records);
        said(rng, act, visit, last, records);
    }
    if visit.stage >= Stage::ActionPlanned {
        planned(rng, act, visit, last, records);
    }
}

fn prepare(act: &Act, visit: &Visit<'_>, first: NaiveDate, records: &mut Records) {
    let at = |days: i64, hour: i64| noon(first) + Duration::days(days) + Duration::hours(hour - 12);
    let documents = [
        (
            DocumentKind::PositionStatement,
            "Position statement",
            "Where the host stands",
        ),
        (DocumentKind::DataPack, "Data pack", "Figures about the host"),
    ];
    for (kind, title, purpose) in documents {
        let added_at = Ord::min(at(-18, 10), act.at);
        records.documents.push(challenge_document::Model {
            id: act.id(),
            challenge_id: visit.challenge.id,
            kind,
            title: format!("{title} (invented)"),
            url: format!("https://example.org/{}/{}", visit.challenge.reference, kind.as_str()),
            purpose: purpose.to_owned(),
            audience: DocumentAudience::Team,
            class: DocumentClass::Ordinary,
            expires_on: first.checked_add_days(Days::new(90)).unwrap_or(first),
            added_by: HOST.to_owned(),
            added_at,
            removed_at: None,
            version: 1,
            created_at: added_at,
            updated_at: added_at,
        });
    }
    let sessions = [
        ("Team call", -10, 9, true, None),
        (
            "Meeting with the director",
            0,
            9,
            false,
            Some("Dana Director (invented)"),
        ),
        ("Visit to the front door", 1, 13, false, Some("Duty team")),
    ];
    for (title, day, hour, is_team_call, whom) in sessions {
        let id = act.id();
        let created_at = Ord::min(at(-18, 10), act.at);
        records.sessions.push(fieldwork_session::Model {
            id,
            challenge_id: visit.challenge.id,
            title: title.to_owned(),
            room: (!is_team_call).then(|| "Civic centre, room 1".to_owned()),
            with_whom: whom.map(str::to_owned),
            is_team_call,
            starts_at: at(day, hour),
            ends_at: at(day, hour + 2),
            removed_at: None,
            version: 1,
            created_at,
            updated_at: created_at,
        });
        records
            .session_peers
            .extend(visit.team.iter().map(|&peer_id| session_peer::Model {
                session_id: id,
                peer_id,
            }));
    }
}

fn findings(act: &Act, visit: &Visit<'_>, first: NaiveDate, records: &mut Records) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let at = Ord::min(noon(first) + Duration::days(1), act.at);
    for &line_id in &visit.lines {
        for (kind, text) in [
            (FindingKind::Strength, "Staff know their children well (invented)."),
            (
                FindingKind::AreaForConsideration,
                "Supervision differs from team to team (invented).",
            ),
        ] {
            let id = act.id();
            ids.push(id);
            records.findings.push(finding::Model {
                id,
                challenge_id: visit.challenge.id,
                line_id,
                kind,
                text: text.to_owned(),
                recorded_by: LEAD.to_owned(),
                recorded_by_peer_id: visit.team.first().copied(),
                recorded_at: at,
                withdrawn_at: None,
                version: 1,
                created_at: at,
                updated_at: at,
            });
        }
    }
    ids
}

fn reported(act: &Act, visit: &Visit<'_>, last: NaiveDate, found: &[Uuid], records: &mut Records) {
    let challenge_id = visit.challenge.id;
    let moment = |stage: Stage| -> Option<DateTime<Utc>> { visit.on(stage).map(|day| Ord::min(noon(day), act.at)) };
    let published = moment(Stage::Published);
    let reviewed_on = visit.on(Stage::ProgressReviewed);
    records.reports.push(report::Model {
        id: act.id(),
        challenge_id,
        feedback_on: last,
        presentation_url: Some(format!("https://example.org/{}/feedback", visit.challenge.reference)),
        summary: (visit.stage >= Stage::ReportDrafted).then(|| "What the team saw, in short (invented).".to_owned()),
        facts_checked_at: moment(Stage::ReportFinal),
        facts_checked_by: moment(Stage::ReportFinal).map(|_| HOST.to_owned()),
        host_agreed_at: published,
        host_agreed_by: published.map(|_| HOST.to_owned()),
        programme_agreed_at: published,
        programme_agreed_by: published.map(|_| STAFF.to_owned()),
        published_on: visit.on(Stage::Published),
        url: published.map(|_| format!("https://example.org/{}/report", visit.challenge.reference)),
        plan_url: visit
            .on(Stage::ActionPlanned)
            .map(|_| format!("https://example.org/{}/plan", visit.challenge.reference)),
        reviewed_on,
        review_note: reviewed_on.map(|_| "Most of it is done (invented).".to_owned()),
        version: 1,
        created_at: noon(last),
        updated_at: noon(last),
    });
    let Some(drafted) = moment(Stage::ReportDrafted) else {
        return;
    };
    let mut first = None;
    for ((position, text), rests_on) in (1..).zip(RECOMMENDATIONS).zip(found.iter().skip(1).step_by(2).cycle()) {
        let id = act.id();
        first = first.or(Some(id));
        records.recommendations.push(recommendation::Model {
            id,
            challenge_id,
            position,
            text: text.to_owned(),
            version: 1,
            created_at: drafted,
            updated_at: drafted,
        });
        records.traces.push(recommendation_finding::Model {
            recommendation_id: id,
            finding_id: *rests_on,
        });
    }
    let decided = moment(Stage::ReportFinal);
    records.edits.push(accuracy_edit::Model {
        id: act.id(),
        challenge_id,
        recommendation_id: first,
        original: RECOMMENDATIONS[0].to_owned(),
        proposed: "Agree what good supervision looks like and look at it every quarter (invented).".to_owned(),
        reason: "The service looks every quarter (invented).".to_owned(),
        status: if decided.is_some() {
            EditStatus::Rejected
        } else {
            EditStatus::Open
        },
        proposed_by: HOST.to_owned(),
        proposed_at: drafted,
        decided_by: decided.map(|_| LEAD.to_owned()),
        decided_at: decided,
        decision_note: decided.map(|_| "The figures show every month (invented).".to_owned()),
        version: 1,
        created_at: drafted,
        updated_at: decided.unwrap_or(drafted),
    });
}

/// One action for each recommendation; most of the old ones are done.
fn planned(rng: &mut ChaCha8Rng, act: &Act, visit: &Visit<'_>, last: NaiveDate, records: &mut Records) {
    let made = visit.on(Stage::ActionPlanned).map_or(act.at, noon);
    let over = visit.stage >= Stage::ProgressReviewed;
    let answered: Vec<Uuid> = records
        .recommendations
        .iter()
        .rev()
        .take_while(|row| row.challenge_id == visit.challenge.id)
        .map(|row| row.id)
        .collect();
    for recommendation_id in answered {
        let status = match rng.random_range(0..100) {
            share if over && share < 70 => ActionStatus::Done,
            share if over && share < 78 => ActionStatus::Dropped,
            share if !over && share < 25 => ActionStatus::Done,
            share if share < 90 => ActionStatus::UnderWay,
            _ => ActionStatus::NotStarted,
        };
        let id = act.id();
        let said_at = Ord::min(made + Duration::days(60), act.at);
        records.actions.push(plan_action::Model {
            id,
            challenge_id: visit.challenge.id,
            recommendation_id,
            text: "Set up, tried for three months, kept (invented).".to_owned(),
            owner: "Head of service (invented)".to_owned(),
            due_on: last.checked_add_days(Days::new(270)).unwrap_or(last),
            status,
            version: 1,
            created_at: made,
            updated_at: said_at,
        });
        if status != ActionStatus::NotStarted {
            records.updates.push(action_update::Model {
                id: act.id(),
                action_id: id,
                status,
                note: Some("As told at the last board (invented).".to_owned()),
                said_by: HOST.to_owned(),
                said_at,
            });
        }
    }
}

fn said(rng: &mut ChaCha8Rng, act: &Act, visit: &Visit<'_>, last: NaiveDate, records: &mut Records) {
    let given_at = Ord::min(noon(last) + Duration::days(10), act.at);
    let mut say = |rng: &mut ChaCha8Rng, kind, by_subject: String, by_peer_id| {
        records.evaluations.push(evaluation::Model {
            id: act.id(),
            challenge_id: visit.challenge.id,
            kind,
            about_peer_id: None,
            by_subject,
            by_peer_id,
            score: rng.random_range(3..=5),
            comment: Some("Invented for the demonstration.".to_owned()),
            given_at,
        });
    };
    say(rng, EvaluationKind::HostOnTeam, HOST.to_owned(), None);
    for (number, &peer) in (1..).zip(visit.team.iter().take(2)) {
        let by = format!("peer-{number}@example.org");
        say(rng, EvaluationKind::PeerOnHost, by.clone(), Some(peer));
        say(rng, EvaluationKind::PeerOnProgramme, by, Some(peer));
    }
}

//! The steps from the feedback to the progress review, with what each leaves behind.

use chrono::NaiveDate;
use entity::{
    challenge,
    enums::{NoticeKind, Stage},
    report,
};
use sea_orm::{ActiveModelTrait, Set};
use uuid::Uuid;

use super::{report_of, write};
use crate::{
    audit::{self, Event},
    challenge::{
        lifecycle::Ear,
        rules::TEXT_MAX,
        service::{Change, claim, host_only, lead_only, move_stage, needs_stage, programme_only, trimmed},
    },
    db::{Queue, Tx},
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals},
        ids::Kind,
    },
    notice::{Notice, readers, tell},
    visit::rules::link,
};

/// A challenge and its version as read.
pub type Step = (Uuid, i32);

async fn found(tx: &Tx, act: &Act, (id, _): Step) -> Outcome<challenge::Model> {
    tx.enter(Queue::Teams).await?;
    claim(tx, act, id).await
}

/// A move that is refused with these, and with whatever is missing besides.
fn faulty(faults: Vec<UserError>) -> Change {
    Change {
        faults,
        ..Change::default()
    }
}

fn link_errors(path: &str, url: Option<&str>) -> Vec<UserError> {
    refusals(url.and_then(|url| link(path, url)), true)
}

/// The host has heard the findings: ON_SITE → FEEDBACK_GIVEN.
///
/// # Errors
/// Refused for anybody but the lead peer and the programme, for a day before the visit or in the future, and while a line of
/// enquiry has no finding.
pub async fn give_feedback(
    tx: &Tx,
    act: &Act,
    step: Step,
    on: NaiveDate,
    url: Option<String>,
) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    lead_only(tx, act, row.id, "gives the feedback").await?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::OnSite], "giving feedback")?;
    let mut errors = link_errors("presentationUrl", url.as_deref());
    let first = row.starts_on.unwrap_or(act.today);
    if !(first..=act.today).contains(&on) {
        let message = format!(
            "The visit began on {first} and today is {}; the feedback lies between.",
            act.today
        );
        errors.push(UserError::at(UserErrorCode::Invalid, "feedbackOn", message));
    }
    let moved = move_stage(tx, act, &row, Stage::FeedbackGiven, faulty(errors)).await?;
    report::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        feedback_on: Set(on),
        presentation_url: Set(trimmed(url)),
        summary: Set(None),
        facts_checked_at: Set(None),
        facts_checked_by: Set(None),
        host_agreed_at: Set(None),
        host_agreed_by: Set(None),
        programme_agreed_at: Set(None),
        programme_agreed_by: Set(None),
        published_on: Set(None),
        url: Set(None),
        plan_url: Set(None),
        reviewed_on: Set(None),
        review_note: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    Ok(moved)
}

/// The draft goes to the host, who checks the facts: FEEDBACK_GIVEN → REPORT_DRAFTED.
///
/// # Errors
/// Refused for anybody but the lead peer and the programme, for an empty summary, and without a recommendation.
pub async fn draft(tx: &Tx, act: &Act, step: Step, summary: &str) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    lead_only(tx, act, row.id, "drafts the report").await?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::FeedbackGiven], "drafting the report")?;
    let errors = refusals(text("summary", summary, TEXT_MAX), true);
    let moved = move_stage(tx, act, &row, Stage::ReportDrafted, faulty(errors)).await?;
    let summary = summary.trim().to_owned();
    write(tx, act, report_of(tx, row.id).await?, |report| {
        report.summary = Set(Some(summary));
    })
    .await?;
    Ok(moved)
}

/// The host has checked the facts of the draft.
///
/// # Errors
/// Refused for anybody but the host and the programme, unless the report is drafted, and when it is said already.
pub async fn confirm_facts(tx: &Tx, act: &Act, step: Step) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    host_only(&act.viewer, "confirm the facts of a draft")?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::ReportDrafted], "confirming the facts")?;
    let report = report_of(tx, row.id).await?;
    if report.facts_checked_at.is_some() {
        let message = "The host has checked the facts already.";
        return Err(UserError::at(UserErrorCode::Taken, "challengeId", message).into());
    }
    write(tx, act, report, |report| {
        report.facts_checked_at = Set(Some(act.at));
        report.facts_checked_by = Set(Some(act.viewer.subject.clone()));
    })
    .await?;
    let event = Event::new("FACTS_CHECKED", Kind::PeerChallenge, row.id)
        .of_challenge(row.id)
        .of_council(row.host_id);
    audit::record(tx, act, event).await?;
    let text = format!("{}: the host has checked the facts of the draft report.", row.reference);
    let notice = Notice::new(NoticeKind::FactsChecked, format!("facts:{}", row.id), text).of_challenge(row.id);
    tell(
        tx,
        act,
        &readers(tx, &row, &[Ear::Programme, Ear::Lead]).await?,
        &notice,
    )
    .await?;
    Ok(row)
}

/// Facts are checked and every correction is decided: REPORT_DRAFTED → REPORT_FINAL.
///
/// # Errors
/// Refused for anybody but the lead peer and the programme, while the host still may check the facts and has not said that it
/// did, and while a correction stands open.
pub async fn finalise(tx: &Tx, act: &Act, step: Step) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    lead_only(tx, act, row.id, "makes the report final").await?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    move_stage(tx, act, &row, Stage::ReportFinal, Change::default()).await
}

/// Host or programme agrees to the publication; each for itself.
///
/// # Errors
/// Refused for anybody but the host and the programme, unless the report is final, and when that side has agreed already.
pub async fn agree(tx: &Tx, act: &Act, step: Step) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    host_only(&act.viewer, "agree to a publication")?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::ReportFinal], "agreeing to the publication")?;
    let report = report_of(tx, row.id).await?;
    let by = act.viewer.subject.clone();
    let programme = act.viewer.is_programme();
    let already = if programme {
        report.programme_agreed_at
    } else {
        report.host_agreed_at
    };
    if already.is_some() {
        let message = "This side has agreed already.";
        return Err(UserError::at(UserErrorCode::Taken, "challengeId", message).into());
    }
    write(tx, act, report, |report| {
        if programme {
            report.programme_agreed_at = Set(Some(act.at));
            report.programme_agreed_by = Set(Some(by));
        } else {
            report.host_agreed_at = Set(Some(act.at));
            report.host_agreed_by = Set(Some(by));
        }
    })
    .await?;
    let event = Event::new("PUBLICATION_AGREED", Kind::PeerChallenge, row.id)
        .of_challenge(row.id)
        .of_council(row.host_id)
        .with(serde_json::json!({ "side": if programme { "PROGRAMME" } else { "HOST" } }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

/// The report is public: REPORT_FINAL → PUBLISHED.
///
/// # Errors
/// Refused for anybody but the programme, for a link that is none, a day in the future, and until both sides have agreed.
pub async fn publish(tx: &Tx, act: &Act, step: Step, on: NaiveDate, url: &str) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    programme_only(&act.viewer, "publishes reports")?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::ReportFinal], "publishing")?;
    let mut errors = link_errors("url", Some(url));
    let last = row.ends_on.unwrap_or(act.today);
    if !(last..=act.today).contains(&on) {
        let message = format!(
            "The visit ended on {last} and today is {}; the publication lies between.",
            act.today
        );
        errors.push(UserError::at(UserErrorCode::Invalid, "publishedOn", message));
    }
    let moved = move_stage(tx, act, &row, Stage::Published, faulty(errors)).await?;
    let url = url.trim().to_owned();
    write(tx, act, report_of(tx, row.id).await?, |report| {
        report.published_on = Set(Some(on));
        report.url = Set(Some(url));
    })
    .await?;
    Ok(moved)
}

/// The action plan is public: PUBLISHED → ACTION_PLANNED.
///
/// # Errors
/// Refused for anybody but the host and the programme, for a link that is none, and while a recommendation is not answered.
pub async fn publish_plan(tx: &Tx, act: &Act, step: Step, url: Option<String>) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    host_only(&act.viewer, "publish the action plan")?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::Published], "publishing the action plan")?;
    let errors = link_errors("url", url.as_deref());
    let moved = move_stage(tx, act, &row, Stage::ActionPlanned, faulty(errors)).await?;
    write(tx, act, report_of(tx, row.id).await?, |report| {
        report.plan_url = Set(trimmed(url));
    })
    .await?;
    Ok(moved)
}

/// Progress was reviewed: ACTION_PLANNED → PROGRESS_REVIEWED.
///
/// # Errors
/// Refused for anybody but the programme, for a day in the future, and until a progress review of the challenge has given its
/// feedback.
pub async fn complete_review(tx: &Tx, act: &Act, step: Step, on: NaiveDate, note: &str) -> Outcome<challenge::Model> {
    let row = found(tx, act, step).await?;
    programme_only(&act.viewer, "completes progress reviews")?;
    UserError::unless_fresh(&row.reference, step.1, row.version)?;
    needs_stage(&row, &[Stage::ActionPlanned], "completing the progress review")?;
    let mut errors = refusals(text("note", note, TEXT_MAX), true);
    let last = row.ends_on.unwrap_or(act.today);
    if !(last..=act.today).contains(&on) {
        let message = format!(
            "The visit ended on {last} and today is {}; the review lies between.",
            act.today
        );
        errors.push(UserError::at(UserErrorCode::Invalid, "reviewedOn", message));
    }
    let moved = move_stage(tx, act, &row, Stage::ProgressReviewed, faulty(errors)).await?;
    let note = note.trim().to_owned();
    write(tx, act, report_of(tx, row.id).await?, |report| {
        report.reviewed_on = Set(Some(on));
        report.review_note = Set(Some(note));
    })
    .await?;
    Ok(moved)
}

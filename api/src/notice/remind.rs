//! Reminders of deadlines, and of what else has a day, once each: some days before, on the day, some days after (the policy says how many).
//!
//! A chore that any replica does. It looks at all live challenges, and writes what is to be told now; a reminder that was
//! written before has the same key and is not written again. Days that nobody ran are made up for as far as they still
//! matter: a reminder that came too late is the next one instead.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate};
use entity::{
    challenge,
    enums::{NoticeKind, Stage},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    Notice, Reader,
    dated::{self, Dated},
    tasks, tell_all,
};
use crate::{
    audit::{self, Event},
    challenge::{
        deadlines,
        timeline::{self, Line, Standing, Waiting},
    },
    graphql::errors::Result,
    jobs::{Handler, JobError, Work},
    programme::policy::Limits,
    team::repo::leads_of,
};

/// Which reminder of a deadline is due on a day, if any.
fn reminder(line: &Line, today: NaiveDate) -> Option<NoticeKind> {
    // What is not due soon waits, and so does what is counted from a window that is only proposed.
    if !matches!(line.standing, Standing::Overdue | Standing::DueSoon) || line.due.provisional {
        return None;
    }
    on_day(line.due.on, line.limits, today)
}

/// Which reminder of what is due on a day is due today, if any.
fn on_day(due: NaiveDate, limits: Limits, today: NaiveDate) -> Option<NoticeKind> {
    let after = due.checked_add_days(Days::new(limits.reminder_days_after.into()))?;
    let before = due.checked_sub_days(Days::new(limits.reminder_days_before.into()))?;
    match today.cmp(&due) {
        Ordering::Greater => (limits.reminder_days_after > 0 && today >= after).then_some(NoticeKind::Overdue),
        Ordering::Equal => Some(NoticeKind::DueToday),
        Ordering::Less => (limits.reminder_days_before > 0 && today >= before).then_some(NoticeKind::DueSoon),
    }
}

/// Which reminder of something else is due on a day, if any: not before half of its time is over, so that nobody is reminded of
/// what they were told a moment ago.
fn other_reminder(dated: &Dated<'_>, today: NaiveDate) -> Option<NoticeKind> {
    let kind = on_day(dated.on, dated.limits, today)?;
    let early = dated.since.is_some_and(|since| today - since < dated.on - today);
    // After the day an answer or an objection is not possible any more.
    let over = kind == NoticeKind::Overdue && dated.milestone.is_some();
    (!(over || early && kind == NoticeKind::DueSoon)).then_some(kind)
}

/// What a reminder says.
fn words(reference: &str, what: &str, on: NaiveDate, kind: NoticeKind) -> String {
    match kind {
        NoticeKind::Overdue => format!("{reference}: {what} due since {on}."),
        NoticeKind::DueToday => format!("{reference}: {what} due today."),
        _ => format!("{reference}: {what} due on {on}."),
    }
}

fn other_notice(dated: &Dated<'_>, kind: NoticeKind) -> Result<Notice> {
    let text = words(&dated.row.reference, &dated.what, dated.on, kind);
    let key = format!("{}:{}:{kind}", dated.key, dated.on);
    let notice = Notice::new(kind, key, text).of_challenge(dated.row.id).due(dated.on);
    Ok(match dated.milestone {
        Some(milestone) => notice.of_milestone(deadlines::code(milestone)?),
        None => notice,
    })
}

fn notice(row: &challenge::Model, line: &Line, kind: NoticeKind) -> Result<Notice> {
    let milestone = deadlines::code(line.due.milestone)?;
    let (what, on) = (tasks::told(line.due.milestone), line.due.on);
    let text = words(&row.reference, &format!("{what} is"), on, kind);
    let key = format!("deadline:{}:{milestone}:{on}:{kind}", row.id);
    Ok(Notice::new(kind, key, text)
        .of_challenge(row.id)
        .due(on)
        .of_milestone(milestone))
}

/// Writes the reminders of the day.
pub struct Remind;

#[async_trait::async_trait]
impl Handler for Remind {
    async fn run(&self, work: &Work) -> std::result::Result<(), JobError> {
        let (reader, today) = (work.database.reader(), work.act.today);
        let rows = challenge::Entity::find()
            .filter(challenge::Column::Stage.is_not_in(Stage::NOT_LIVE))
            .all(reader)
            .await?;
        let lines = timeline::load(&rows, today, reader).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let leads = leads_of(&ids, reader).await?;
        let mut notices = Vec::new();
        for row in &rows {
            for line in lines.get(&row.id).into_iter().flatten() {
                let Some(kind) = reminder(line, today) else {
                    continue;
                };
                let to = match line.waiting_on {
                    Waiting::Programme => Reader::Programme,
                    Waiting::Host => Reader::Host(row.host_id),
                    // Without a lead the programme sees to it.
                    Waiting::Lead => leads.get(&row.id).map_or(Reader::Programme, |lead| Reader::Peer(*lead)),
                };
                notices.push((to, notice(row, line, kind)?));
            }
        }
        for dated in dated::load(&rows, reader).await? {
            if let Some(kind) = other_reminder(&dated, today) {
                notices.push((dated.reader, other_notice(&dated, kind)?));
            }
        }
        let all: Vec<(Reader, &Notice)> = notices.iter().map(|(to, notice)| (*to, notice)).collect();
        let tx = work.database.begin().await?;
        let new = tell_all(&tx, &work.act, &all).await?;
        if new > 0 {
            let event = Event::of_job("REMINDERS_WRITTEN", work.id).with(serde_json::json!({ "reminders": new }));
            audit::record(&tx, &work.act, event).await?;
        }
        work.hold(&tx).await?;
        tx.commit().await?;
        tracing::debug!(new, "reminders were written");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        challenge::deadlines::Due,
        programme::policy::{Anchor, Milestone},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn one_reminder_before_one_on_the_day_and_one_after() {
        let limits = Limits {
            slots_min: 1,
            slots_max: 12,
            windows_max: 1,
            themes_max: 1,
            lines_of_enquiry_max: 1,
            waiver_days_max: 1,
            case_link_days: 0,
            reminder_days_before: 7,
            reminder_days_after: 3,
        };
        let line = |standing, limits| Line {
            due: Due {
                milestone: Milestone::ReportDraft,
                anchor: Anchor::FieldworkEnd,
                anchored_on: day("2027-03-04"),
                on: day("2027-04-06"),
                earliest: false,
                provisional: false,
            },
            met_on: None,
            by_hand: false,
            standing,
            waiting_on: Waiting::Lead,
            limits,
        };
        let on = |standing, today: &str| reminder(&line(standing, limits), day(today));
        assert_eq!(on(Standing::Open, "2027-03-29"), None);
        assert_eq!(on(Standing::DueSoon, "2027-03-30"), Some(NoticeKind::DueSoon));
        assert_eq!(
            on(Standing::DueSoon, "2027-04-05"),
            Some(NoticeKind::DueSoon),
            "the same key as before"
        );
        assert_eq!(on(Standing::DueSoon, "2027-04-06"), Some(NoticeKind::DueToday));
        assert_eq!(on(Standing::Overdue, "2027-04-08"), None);
        assert_eq!(on(Standing::Overdue, "2027-04-09"), Some(NoticeKind::Overdue));
        assert_eq!(on(Standing::Met, "2027-04-09"), None);
        let none = Limits {
            reminder_days_before: 0,
            reminder_days_after: 0,
            ..limits
        };
        assert_eq!(reminder(&line(Standing::DueSoon, none), day("2027-04-01")), None);
        assert_eq!(reminder(&line(Standing::Overdue, none), day("2027-05-01")), None);
    }
}

//! When each challenge came to which stage, and the challenges of the two seasons before. Pure.
//!
//! The challenges of past seasons are those that the past engagements tell of, at hosts with children's services. Most were followed
//! through to the end; some reports came late, some action plans never. Teams of past seasons are past engagements, not places.
//!
//! Neighbours: `history` (past engagements), `requests` (the forty of this season), `records` (what visits leave behind).

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use entity::{
    challenge, challenge_request, challenge_theme, challenge_window,
    enums::{DeliveryMode, Stage, SupportStrand},
    line_of_enquiry, past_engagement, sign_off, stage_change,
};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{
    people::Place,
    records::{Records, Visit, leave},
    requests::{Requests, Source, main_stage},
};
use crate::challenge::{deadlines::Anchors, timeline};

/// Days between each stage and the first day on site.
const BEFORE: [(Stage, i64); 9] = [
    (Stage::Draft, -200),
    (Stage::Submitted, -192),
    (Stage::Triaged, -182),
    (Stage::Scoping, -150),
    (Stage::Scoped, -135),
    (Stage::TeamBuilding, -124),
    (Stage::TeamConfirmed, -45),
    (Stage::Preparing, -30),
    (Stage::OnSite, 0),
];

/// Days between the last day on site and each stage.
const AFTER: [(Stage, i64); 7] = [
    (Stage::FeedbackGiven, 0),
    (Stage::ReportDrafted, 24),
    (Stage::ReportFinal, 50),
    (Stage::Published, 80),
    (Stage::ActionPlanned, 130),
    (Stage::ProgressReviewed, 330),
    (Stage::Closed, 345),
];

/// Days between the first day of a progress review and the day on which the first challenge counts as reviewed.
const REVIEW: i64 = 10;

/// The lives of all challenges, as rows.
#[derive(Debug, Default)]
pub struct Lives {
    /// When each challenge came to which stage.
    pub changes: Vec<stage_change::Model>,
    /// What the visits left behind.
    pub records: Records,
}

/// Noon of a day.
pub fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(12)
}

/// Gives every challenge of `made` its life, and adds the challenges of past seasons with theirs.
pub fn lives(rng: &mut ChaCha8Rng, source: &Source<'_>, made: &mut Requests, past: &[past_engagement::Model]) -> Lives {
    let mut lives = Lives::default();
    for number in 0..made.challenges.len() {
        of_this_season(rng, source, made, number, &mut lives);
    }
    let mut teams: BTreeMap<(NaiveDate, Uuid), Vec<Uuid>> = BTreeMap::new();
    for row in past {
        let team = teams.entry((row.starts_on, row.host_council_id)).or_default();
        team.push(row.peer_id);
    }
    let mut seen = HashSet::new();
    for (number, ((starts_on, host), team)) in (1..).zip(teams) {
        let place = source.places.iter().find(|place| place.id == host);
        let season = source
            .seasons
            .iter()
            .find(|season| season.starts_on <= starts_on && starts_on <= season.ends_on);
        let (Some(place), Some(season)) = (place.filter(|place| place.childrens_services), season) else {
            continue;
        };
        // One challenge of a host in a season: what else is on record there was something smaller.
        if seen.insert((host, season.id)) {
            let visit = Past {
                number,
                place,
                season: season.id,
                starts_on,
                team: &team,
            };
            of_the_past(rng, source, made, &visit, &mut lives);
        }
    }
    lives
}

/// The day on which a challenge with this visit comes to each stage, for a host that takes `pace` percent of the usual time.
fn days(first: NaiveDate, last: NaiveDate, pace: i64) -> Vec<(Stage, NaiveDate)> {
    let day = |from: NaiveDate, days: i64| from.checked_add_signed(Duration::days(days)).unwrap_or(from);
    let before = BEFORE.iter().map(|&(stage, days)| (stage, day(first, days)));
    let after = AFTER.iter().map(|&(stage, days)| (stage, day(last, days * pace / 100)));
    before.chain(after).collect()
}

/// The days up to `stage`, none after `today`, in order.
fn until(mut days: Vec<(Stage, NaiveDate)>, stage: Stage, today: NaiveDate) -> Vec<(Stage, NaiveDate)> {
    days.retain(|(other, _)| *other <= stage);
    let mut latest = today;
    for (_, day) in days.iter_mut().rev() {
        latest = Ord::min(*day, latest);
        *day = latest;
    }
    days
}

fn of_this_season(rng: &mut ChaCha8Rng, source: &Source<'_>, made: &mut Requests, number: usize, lives: &mut Lives) {
    let (act, row) = (source.act, made.challenges[number].clone());
    let main = main_stage(row.stage);
    let first = made
        .windows
        .iter()
        .filter(|window| window.challenge_id == row.id)
        .map(|window| (window.starts_on, window.ends_on))
        .min()
        .unwrap_or((act.today, act.today));
    let visit = row.starts_on.zip(row.ends_on).unwrap_or(first);
    let mut path = until(days(visit.0, visit.1, rng.random_range(85..=110)), main, act.today);
    if row.stage != main {
        // A suspended challenge stands where it was; so does one that ended.
        path.push((row.stage, act.today));
    }
    write(source, &row, &path, lives);
    if let Some((_, changed)) = path.last() {
        made.challenges[number].stage_changed_at = Ord::min(noon(*changed), act.at);
    }
    if main > Stage::Submitted
        && let Some((_, submitted)) = path.iter().find(|(stage, _)| *stage == Stage::Submitted)
        && let Some(request) = made.requests.iter_mut().find(|request| request.challenge_id == row.id)
    {
        request.submitted_at = Some(noon(*submitted));
    }
    let team: Vec<Uuid> = made
        .assignments
        .iter()
        .filter(|place| place.challenge_id == row.id)
        .map(|place| place.peer_id)
        .collect();
    leave(
        rng,
        act,
        &Visit::new(&row, main, &path, &made.lines, &team),
        &mut lives.records,
    );
}

struct Past<'a> {
    number: u32,
    place: &'a Place,
    season: Uuid,
    starts_on: NaiveDate,
    team: &'a [Uuid],
}

/// A challenge of a past season and, where it was followed up, its progress review.
fn of_the_past(rng: &mut ChaCha8Rng, source: &Source<'_>, made: &mut Requests, past: &Past<'_>, lives: &mut Lives) {
    let act = source.act;
    let last = past.starts_on.checked_add_days(Days::new(3)).unwrap_or(past.starts_on);
    let furthest = match rng.random_range(0..100) {
        0..6 => Stage::ReportDrafted,
        6..15 => Stage::Published,
        _ => Stage::Closed,
    };
    let mut path = days(past.starts_on, last, rng.random_range(75..=140));
    path.retain(|(stage, day)| *stage <= furthest && *day <= act.today);
    let stage = path.last().map_or(Stage::Draft, |(stage, _)| *stage);
    let reference = format!("CSPC-{}-P{:03}", past.starts_on.format("%Y"), past.number);
    let first = finished(rng, source, made, (reference, None), past, last, stage);
    write(source, &first, &path, lives);
    leave(
        rng,
        act,
        &Visit::new(&first, stage, &path, &made.lines, past.team),
        &mut lives.records,
    );
    if stage < Stage::ProgressReviewed {
        return;
    }
    // The review: part of the first team comes again for two days.
    let reviewed = path.iter().find(|(stage, _)| *stage == Stage::ProgressReviewed);
    let reviewed = reviewed.map_or(last, |(_, day)| *day);
    let from = reviewed.checked_sub_signed(Duration::days(REVIEW)).unwrap_or(last);
    let end = from.succ_opt().unwrap_or(from);
    let season = source
        .seasons
        .iter()
        .find(|season| season.starts_on <= from && end <= season.ends_on);
    let again = Past {
        season: season.map_or(past.season, |season| season.id),
        starts_on: from,
        team: &past.team[..past.team.len().min(2)],
        ..*past
    };
    let reference = format!("{}-R", first.reference);
    let closed = Stage::Closed;
    let review = finished(rng, source, made, (reference, Some(first.id)), &again, end, closed);
    let mut path = until(days(from, end, 10), closed, act.today);
    path.retain(|(stage, _)| *stage <= Stage::Published || *stage == closed);
    write(source, &review, &path, lives);
    leave(
        rng,
        act,
        &Visit::new(&review, Stage::Published, &path, &made.lines, again.team),
        &mut lives.records,
    );
}

/// A challenge whose visit is over, with the parts that its request and scope left.
fn finished(
    rng: &mut ChaCha8Rng,
    source: &Source<'_>,
    made: &mut Requests,
    (reference, first_challenge_id): (String, Option<Uuid>),
    past: &Past<'_>,
    ends_on: NaiveDate,
    stage: Stage,
) -> challenge::Model {
    let offer = &source.offers[if first_challenge_id.is_some() { 2 } else { 0 }];
    let act = source.act;
    let (id, window_id) = (act.id(), act.id());
    let asked: Vec<Uuid> = source.themes.choose_multiple(rng, 2).copied().collect();
    made.themes.extend(asked.iter().map(|&theme_id| challenge_theme::Model {
        challenge_id: id,
        theme_id,
        weight: 30,
    }));
    made.lines
        .extend((1..).zip(&asked).map(|(position, theme)| line_of_enquiry::Model {
            id: act.id(),
            challenge_id: id,
            position,
            question: format!("Invented line of enquiry {position}: what would make the difference here?"),
            theme_id: Some(*theme),
        }));
    made.windows.push(challenge_window::Model {
        id: window_id,
        challenge_id: id,
        starts_on: past.starts_on,
        ends_on,
        preference: 80,
    });
    let submitted = past
        .starts_on
        .checked_sub_days(Days::new(192))
        .unwrap_or(past.starts_on);
    let signed_on = past
        .starts_on
        .checked_sub_days(Days::new(130))
        .unwrap_or(past.starts_on);
    made.requests.push(challenge_request::Model {
        id: act.id(),
        challenge_id: id,
        strand: SupportStrand::IntensiveSupport,
        reason: format!("Invented request of {} for the demonstration.", past.place.name),
        sponsor_name: Some("Sasha Sponsor (invented)".to_owned()),
        sponsor_role: Some("Chief executive".to_owned()),
        requested_by: "demo@example.org".to_owned(),
        submitted_at: Some(noon(submitted)),
    });
    made.sign_offs.push(sign_off::Model {
        id: act.id(),
        challenge_id: id,
        lead_member_name: "Councillor Lee Member (invented)".to_owned(),
        chief_executive_name: "Chris Executive (invented)".to_owned(),
        signed_on,
        recorded_by: "demo@example.org".to_owned(),
        recorded_at: noon(signed_on),
        voided_at: None,
    });
    let row = challenge::Model {
        id,
        reference,
        programme_id: offer.programme.id,
        season_id: past.season,
        host_id: past.place.id,
        stage,
        stage_changed_at: act.at,
        side_reason: None,
        side_note: None,
        resumes_to: None,
        policy_id: offer.policy.id,
        window_id: Some(window_id),
        starts_on: Some(past.starts_on),
        ends_on: Some(ends_on),
        delivery_mode: Some(DeliveryMode::OnSite),
        organiser: Some("Olivia Organiser (invented)".to_owned()),
        adviser: Some("Ade Adviser (invented)".to_owned()),
        manager: Some("Morgan Manager (invented)".to_owned()),
        first_challenge_id,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
    };
    made.challenges.push(row.clone());
    row
}

/// Writes down a path, with the day by which each stage was due.
fn write(source: &Source<'_>, row: &challenge::Model, path: &[(Stage, NaiveDate)], lives: &mut Lives) {
    let body = source
        .offers
        .iter()
        .find(|offer| offer.policy.id == row.policy_id)
        .map(|offer| &offer.body);
    let day_of = |wanted: Stage| path.iter().find(|(stage, _)| *stage == wanted).map(|(_, on)| *on);
    let anchors = Anchors {
        submitted: day_of(Stage::Submitted),
        fieldwork: row.starts_on.zip(row.ends_on),
        drafted: day_of(Stage::ReportDrafted),
        ..Anchors::default()
    };
    let mut from_stage = None;
    for &(stage, on_day) in path {
        let due_on = body.and_then(|body| timeline::due_on(body, &anchors, stage));
        lives.changes.push(stage_change::Model {
            id: source.act.id(),
            challenge_id: row.id,
            stage,
            from_stage,
            at: Ord::min(noon(on_day), source.act.at),
            on_day,
            due_on,
            actor: "demo@example.org".to_owned(),
        });
        from_stage = Some(stage);
    }
}

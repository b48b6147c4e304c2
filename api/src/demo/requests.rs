//! Forty requests in all stages, each with exactly what its stage leaves behind. Pure.
//!
//! Hosts are real councils, everything else about the requests is invented. Later stages hold confirmed teams picked in
//! order from the pool; the request that the demo runs the main job on is in TEAM_BUILDING with a signed scope and no team.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use entity::{
    assignment, challenge, challenge_request, challenge_theme, challenge_window,
    enums::{AssignmentStatus, DeliveryMode, PeerRole, SideReason, Stage, SupportStrand},
    line_of_enquiry, priority_assessment, programme, programme_policy, season, sign_off, team_slot,
};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::people::{Place, Pool, shuffled};
use crate::{
    challenge::priority::{Assessment, Situation, assess},
    graphql::{context::Act, errors::Result},
    programme::policy::PolicyBody,
};

/// How many requests stand in each stage, and how many weeks before (negative: after) its first day each is shown.
const STAGES: [(Stage, usize, i64); 21] = [
    (Stage::TeamBuilding, 6, 12),
    (Stage::Draft, 3, 34),
    (Stage::Submitted, 4, 32),
    (Stage::Triaged, 3, 30),
    (Stage::Scoping, 3, 26),
    (Stage::Scoped, 3, 22),
    (Stage::TeamConfirmed, 3, 8),
    (Stage::Preparing, 2, 3),
    (Stage::OnSite, 1, 0),
    (Stage::FeedbackGiven, 1, -1),
    (Stage::ReportDrafted, 1, -5),
    (Stage::ReportFinal, 1, -9),
    (Stage::Published, 1, -14),
    (Stage::ActionPlanned, 1, -22),
    (Stage::ProgressReviewed, 1, -50),
    (Stage::Closed, 1, -56),
    (Stage::Declined, 1, 30),
    (Stage::Withdrawn, 1, 30),
    (Stage::Postponed, 1, 20),
    (Stage::Paused, 1, -1),
    (Stage::Cancelled, 1, 18),
];

/// Days on site.
const FIELDWORK_DAYS: u64 = 4;

/// A programme with its policy in force.
pub struct Offer {
    /// The programme.
    pub programme: programme::Model,
    /// The policy version.
    pub policy: programme_policy::Model,
    /// What it says.
    pub body: PolicyBody,
}

/// What is known of a host besides its place: the quoted outcomes that priority counts.
pub type Outcomes =
    std::collections::HashMap<Uuid, (Option<entity::enums::Judgement>, Option<entity::enums::SendOutcome>)>;

/// Everything that the requests leave behind, as rows.
#[derive(Debug, Default)]
pub struct Requests {
    /// Challenges; the first one is the one the main job runs on.
    pub challenges: Vec<challenge::Model>,
    /// What the hosts asked for.
    pub requests: Vec<challenge_request::Model>,
    /// Themes.
    pub themes: Vec<challenge_theme::Model>,
    /// Windows.
    pub windows: Vec<challenge_window::Model>,
    /// Places on teams.
    pub slots: Vec<team_slot::Model>,
    /// Lines of enquiry.
    pub lines: Vec<line_of_enquiry::Model>,
    /// Priorities.
    pub assessments: Vec<priority_assessment::Model>,
    /// Endorsed scopes.
    pub sign_offs: Vec<sign_off::Model>,
    /// Confirmed teams.
    pub assignments: Vec<assignment::Model>,
}

/// What the generator draws from.
pub struct Source<'a> {
    /// The act that makes the rows.
    pub act: &'a Act,
    /// Councils; all that exist today.
    pub places: &'a [Place],
    /// Position of the council that the main job runs for.
    pub main_host: usize,
    /// Themes by key.
    pub themes: &'a [Uuid],
    /// Seasons that cover every day needed.
    pub seasons: &'a [season::Model],
    /// Children's services programme first, then the corporate one, then that of progress reviews.
    pub offers: &'a [Offer; 3],
    /// The pool.
    pub pool: &'a Pool,
    /// Quoted outcomes.
    pub outcomes: &'a Outcomes,
}

/// Makes the forty requests.
///
/// # Errors
/// Internal, when a policy or season that must be there is not.
pub fn requests(rng: &mut ChaCha8Rng, source: &Source<'_>) -> Result<Requests> {
    let mut made = Requests::default();
    let mut hosts: Vec<usize> = shuffled(rng, source.places.len());
    hosts.retain(|&host| host != source.main_host);
    hosts.push(source.main_host);
    let mut busy = vec![false; source.pool.peers.len()];
    let mut number = 0;
    for (stage, count, weeks) in STAGES {
        for _ in 0..count {
            let host = hosts.pop().unwrap_or(source.main_host);
            number += 1;
            // Challenges of one stage lie some weeks apart: those to come later, those that were held earlier.
            let apart = i64::from(number % 3);
            request(
                rng,
                source,
                &mut made,
                &mut busy,
                Wish {
                    number,
                    stage,
                    host,
                    weeks: weeks + apart * weeks.signum(),
                },
            )?;
        }
    }
    Ok(made)
}

#[derive(Clone, Copy)]
struct Wish {
    number: u32,
    stage: Stage,
    host: usize,
    weeks: i64,
}

fn request(
    rng: &mut ChaCha8Rng,
    source: &Source<'_>,
    made: &mut Requests,
    busy: &mut [bool],
    wish: Wish,
) -> Result<()> {
    let act = source.act;
    let place = &source.places[wish.host];
    let offer = &source.offers[usize::from(!place.childrens_services)];
    let (monday, season) = start(source, wish.weeks)?;
    let id = act.id();
    let windows = windows(act, id, monday, season);
    let scoped = reached(wish.stage, Stage::Scoping);
    let team = reached(wish.stage, Stage::TeamConfirmed);
    let submitted = wish.stage != Stage::Draft;
    let chosen = windows.first().filter(|_| team);
    let waited = u64::from(wish.number) * 3 + 10;
    let submitted_at = act.at - chrono::Duration::days(i64::try_from(waited).unwrap_or(10));
    let side = side_reason(wish.stage);
    made.challenges.push(challenge::Model {
        id,
        reference: format!("{}-{}-{:04}", offer.programme.code, monday.year(), wish.number),
        programme_id: offer.programme.id,
        season_id: season.id,
        host_id: place.id,
        stage: wish.stage,
        stage_changed_at: act.at,
        side_reason: side,
        side_note: side.map(|_| "Invented for the demonstration.".to_owned()),
        resumes_to: match wish.stage {
            Stage::Postponed => Some(Stage::Scoped),
            Stage::Paused => Some(Stage::OnSite),
            _ => None,
        },
        policy_id: offer.policy.id,
        window_id: chosen.map(|window| window.id),
        starts_on: chosen.map(|window| window.starts_on),
        ends_on: chosen.map(|window| window.ends_on),
        delivery_mode: scoped.then_some(DeliveryMode::OnSite),
        organiser: scoped.then(|| "Olivia Organiser (invented)".to_owned()),
        adviser: scoped.then(|| "Ade Adviser (invented)".to_owned()),
        manager: reached(wish.stage, Stage::TeamBuilding).then(|| "Morgan Manager (invented)".to_owned()),
        first_challenge_id: None,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
    });
    made.requests.push(challenge_request::Model {
        id: act.id(),
        challenge_id: id,
        strand: if offer.programme.code == "CSPC" {
            SupportStrand::IntensiveSupport
        } else {
            SupportStrand::PeerChallenge
        },
        reason: format!("Invented request of {} for the demonstration.", place.name),
        sponsor_name: Some("Sasha Sponsor (invented)".to_owned()),
        sponsor_role: Some("Chief executive".to_owned()),
        requested_by: "demo@example.org".to_owned(),
        submitted_at: submitted.then_some(submitted_at),
    });
    let asked: Vec<Uuid> = source.themes.choose_multiple(rng, 4).copied().collect();
    made.themes.extend(asked.iter().map(|&theme_id| challenge_theme::Model {
        challenge_id: id,
        theme_id,
        weight: rng.random_range(2..=5) * 10,
    }));
    if reached(wish.stage, Stage::Triaged) {
        made.assessments.push(assessment(source, offer, place, id)?);
    }
    if scoped {
        for (position, theme_id) in (1..).zip(asked.iter().take(3)) {
            made.lines.push(line_of_enquiry::Model {
                id: act.id(),
                challenge_id: id,
                position,
                question: format!("Invented line of enquiry {position}: what would make the difference here?"),
                theme_id: Some(*theme_id),
            });
        }
        let slots: Vec<_> = (1..)
            .zip(&offer.body.usual_team)
            .map(|(position, usual)| slot(act, id, position, *usual))
            .collect();
        // The teams of visits to come are the engine's.
        if reached(wish.stage, Stage::OnSite) {
            staff(source, made, busy, wish.host, &slots, chosen);
        }
        made.slots.extend(slots);
    }
    if reached(wish.stage, Stage::Scoped) && wish.stage != Stage::Scoped {
        made.sign_offs.push(sign_off::Model {
            id: act.id(),
            challenge_id: id,
            lead_member_name: "Councillor Lee Member (invented)".to_owned(),
            chief_executive_name: "Chris Executive (invented)".to_owned(),
            signed_on: act.today.checked_sub_days(Days::new(7)).unwrap_or(act.today),
            recorded_by: "demo@example.org".to_owned(),
            recorded_at: act.at,
            voided_at: None,
        });
    }
    made.windows.extend(windows);
    Ok(())
}

/// Whether a challenge that stands in `stage` has been through `earlier`.
fn reached(stage: Stage, earlier: Stage) -> bool {
    main_stage(stage) >= earlier
}

/// Where on the main path a challenge of the demonstration stands or stood last.
pub const fn main_stage(stage: Stage) -> Stage {
    match stage {
        Stage::Declined | Stage::Withdrawn => Stage::Submitted,
        Stage::Postponed | Stage::Cancelled => Stage::Scoped,
        Stage::Paused => Stage::OnSite,
        other => other,
    }
}

const fn side_reason(stage: Stage) -> Option<SideReason> {
    match stage {
        Stage::Declined => Some(SideReason::NotAPriority),
        Stage::Withdrawn => Some(SideReason::HostRequest),
        Stage::Postponed => Some(SideReason::ElectionPeriod),
        Stage::Paused => Some(SideReason::MajorIncident),
        Stage::Cancelled => Some(SideReason::Reorganisation),
        _ => None,
    }
}

/// The Monday so many weeks from now, or the one further off where its week would straddle two seasons; and its season.
fn start<'a>(source: &Source<'a>, weeks: i64) -> Result<(NaiveDate, &'a season::Model)> {
    let monday = source.act.today.week(Weekday::Mon).first_day();
    for further in [0, if weeks > 0 { 1 } else { -1 }] {
        let first = monday
            .checked_add_signed(chrono::Duration::weeks(weeks + further))
            .unwrap_or(monday);
        let last = first.checked_add_days(Days::new(FIELDWORK_DAYS - 1)).unwrap_or(first);
        let holds = |season: &&season::Model| season.starts_on <= first && last <= season.ends_on;
        if let Some(season) = source.seasons.iter().find(holds) {
            return Ok((first, season));
        }
    }
    Err(crate::graphql::errors::ApiError::internal(format_args!(
        "no season holds the week {weeks} weeks from now"
    )))
}

/// Up to three windows, Monday to Thursday, two weeks apart, inside the season; the host likes the first one best.
fn windows(act: &Act, challenge_id: Uuid, monday: NaiveDate, season: &season::Model) -> Vec<challenge_window::Model> {
    [(0, 80), (14, 60), (28, 50)]
        .into_iter()
        .map(|(days, preference)| {
            let starts_on = monday.checked_add_days(Days::new(days)).unwrap_or(monday);
            challenge_window::Model {
                id: act.id(),
                challenge_id,
                starts_on,
                ends_on: starts_on
                    .checked_add_days(Days::new(FIELDWORK_DAYS - 1))
                    .unwrap_or(starts_on),
                preference,
            }
        })
        .filter(|window| window.ends_on <= season.ends_on)
        .collect()
}

fn slot(act: &Act, challenge_id: Uuid, position: i32, usual: crate::programme::policy::UsualSlot) -> team_slot::Model {
    team_slot::Model {
        id: act.id(),
        challenge_id,
        position,
        role: role(usual.role),
        is_lead: usual.lead,
    }
}

fn assessment(
    source: &Source<'_>,
    offer: &Offer,
    place: &Place,
    challenge_id: Uuid,
) -> Result<priority_assessment::Model> {
    let act = source.act;
    let (judgement, send) = source.outcomes.get(&place.id).copied().unwrap_or_default();
    let situation = Situation {
        today: act.today,
        judgement: judgement.map(|judgement| (judgement, None)),
        send: send.map(|outcome| (outcome, None)),
        leadership_instability: false,
        control_changed_on: None,
        leadership_changed_on: None,
        court_action: false,
        intelligence: None,
        last_challenge_on: None,
        statutory_intervention: false,
    };
    let assessed: Assessment = assess(&situation, &offer.body.priority);
    Ok(priority_assessment::Model {
        id: act.id(),
        challenge_id,
        points: i32::try_from(assessed.points).unwrap_or(i32::MAX),
        urgent: assessed.urgent,
        components: serde_json::to_value(&assessed)?,
        funding_agreed: true,
        note: None,
        assessed_by: "demo@example.org".to_owned(),
        assessed_at: act.at,
    })
}

/// Fills the slots of a visit that has begun with people who hold the role and are in no other invented team, each from another council.
fn staff(
    source: &Source<'_>,
    made: &mut Requests,
    busy: &mut [bool],
    host: usize,
    slots: &[team_slot::Model],
    window: Option<&challenge_window::Model>,
) {
    let (act, pool) = (source.act, source.pool);
    let (Some(window), Some(challenge)) = (window, made.challenges.last()) else {
        return;
    };
    let mut homes = vec![host];
    for slot in slots {
        let free =
            |&peer: &usize| !busy[peer] && pool.main_roles[peer] == slot.role && !homes.contains(&pool.homes[peer]);
        let Some(peer) = (0..pool.peers.len()).find(free) else {
            continue;
        };
        busy[peer] = true;
        homes.push(pool.homes[peer]);
        made.assignments.push(assignment::Model {
            id: act.id(),
            challenge_id: challenge.id,
            slot_id: slot.id,
            peer_id: pool.peers[peer].id,
            home_council_id: source.places[pool.homes[peer]].id,
            starts_on: window.starts_on,
            ends_on: window.ends_on,
            status: AssignmentStatus::Confirmed,
            policy_id: challenge.policy_id,
            nominated_by: "demo@example.org".to_owned(),
            status_reason: None,
            version: 1,
            created_at: act.at,
            updated_at: act.at,
        });
    }
}

/// The stored value of a policy's role; both lists are the domain's.
fn role(role: matching::Role) -> PeerRole {
    crate::peer::objects::PeerRole::from(role).into()
}

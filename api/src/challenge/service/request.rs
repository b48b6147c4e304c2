//! A council asks: drafting, changing and submitting a request.
//!
//! Invariants: a request is judged in full when it is written and again when it is submitted later (days pass, policies
//! change); the policy version in force on the day of submission is pinned to the challenge; references such as
//! `CSPC-2026-0007` are never given twice (the programme's row is locked while the next number is taken).

use chrono::Datelike;
use entity::{
    challenge, challenge_request, challenge_theme, council,
    enums::{ProgrammeKind, Stage, SupportStrand},
    programme, season,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;
use uuid::Uuid;

use super::{
    Setting, claim, may_request_for, policy_in_force, refusals, replace_themes, replace_windows, requester_only,
    setting, setting_of,
    stage::{Change, already_live, move_stage, needs_stage, note_stage, record, refused_by_database, save},
    stored_windows, trimmed, window,
};
use crate::{
    challenge::{
        lifecycle, repo,
        rules::{self, ThemeWeight, Window},
    },
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode, refuse_if_any},
    },
};

/// The person at the host who answers for the challenge.
#[derive(Clone, Debug)]
pub struct Sponsor {
    /// Name.
    pub name: String,
    /// Post.
    pub role: Option<String>,
}

/// What a host asks for.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Who is to be visited.
    pub host: Uuid,
    /// What is asked for.
    pub programme: Uuid,
    /// The season that it counts towards.
    pub season: Uuid,
    /// Support strand.
    pub strand: SupportStrand,
    /// Why.
    pub reason: String,
    /// What it is about.
    pub themes: Vec<ThemeWeight>,
    /// When.
    pub windows: Vec<Window>,
    /// Who answers for it.
    pub sponsor: Option<Sponsor>,
    /// Who asks; the viewer unless given.
    pub requested_by: Option<String>,
    /// The challenge whose progress is to be reviewed.
    pub first_challenge: Option<Uuid>,
}

/// A draft as it is to be.
#[derive(Clone, Debug)]
pub struct UpdatedRequest {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// The season that it counts towards.
    pub season: Uuid,
    /// Support strand.
    pub strand: SupportStrand,
    /// Why.
    pub reason: String,
    /// What it is about.
    pub themes: Vec<ThemeWeight>,
    /// When.
    pub windows: Vec<Window>,
    /// Who answers for it.
    pub sponsor: Option<Sponsor>,
}

/// Writes a request as a draft and, with `submit`, hands it in at once.
///
/// # Errors
/// Refused (all reasons together) for a host outside the viewer's scope, unknown or closed programme or season, texts, themes
/// and windows that break the rules, and as `ALREADY_LIVE` when submitted beside another live one.
pub async fn request(tx: &Tx, act: &Act, new: NewRequest, submit: bool) -> Outcome<challenge::Model> {
    requester_only(&act.viewer, "ask for a challenge")?;
    let setting = settle_setting(tx, act, &new).await?;
    let mut faults = rules::themes(&new.themes, &setting.frame);
    faults.extend(rules::windows(&new.windows, &setting.frame));
    faults.extend(text_faults(&new.reason, new.sponsor.as_ref()));
    if submit {
        faults.extend(rules::request_gaps(new.themes.len(), new.windows.len()));
    }
    let mut errors = refusals(faults, true);
    let asked = (new.host, &setting.programme);
    errors.extend(first_challenge_errors(tx, act, new.first_challenge, asked, "firstChallengeId").await?);
    refuse_if_any(errors)?;
    let reference = next_reference(tx, act, &setting.programme).await?;
    let row = challenge::ActiveModel {
        id: Set(act.id()),
        reference: Set(reference),
        programme_id: Set(new.programme),
        season_id: Set(new.season),
        host_id: Set(new.host),
        stage: Set(Stage::Draft),
        stage_changed_at: Set(act.at),
        side_reason: Set(None),
        side_note: Set(None),
        resumes_to: Set(None),
        policy_id: Set(setting.policy.id),
        window_id: Set(None),
        starts_on: Set(None),
        ends_on: Set(None),
        delivery_mode: Set(None),
        organiser: Set(None),
        adviser: Set(None),
        manager: Set(None),
        first_challenge_id: Set(new.first_challenge),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await
    .map_err(refused_by_database)?;
    let (sponsor_name, sponsor_role) = split(new.sponsor);
    challenge_request::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        strand: Set(new.strand),
        reason: Set(new.reason.trim().to_owned()),
        sponsor_name: Set(sponsor_name),
        sponsor_role: Set(sponsor_role),
        requested_by: Set(trimmed(new.requested_by).unwrap_or_else(|| act.viewer.subject.clone())),
        submitted_at: Set(None),
    }
    .insert(tx)
    .await?;
    replace_themes(tx, row.id, &new.themes).await?;
    replace_windows(tx, act, row.id, &new.windows).await?;
    let mut details = serde_json::Map::new();
    details.insert("reference".to_owned(), json!(row.reference));
    note_stage(tx, act, &row, None).await?;
    record(tx, act, "CHALLENGE_DRAFTED", &row, details).await?;
    if submit {
        hand_in(tx, act, &row, &setting).await
    } else {
        Ok(row)
    }
}

/// Replaces what a draft says.
///
/// # Errors
/// As for [`request`]; `ILLEGAL_STAGE` once it is submitted.
pub async fn update(tx: &Tx, act: &Act, input: UpdatedRequest) -> Outcome<challenge::Model> {
    let mut row = claim(tx, act, input.challenge).await?;
    requester_only(&act.viewer, "change a request")?;
    UserError::unless_fresh(&row.reference, input.version, row.version)?;
    needs_stage(&row, &[Stage::Draft], "changing the request")?;
    let season = season::Entity::find_by_id(input.season).one(tx).await?;
    let mut errors = season_errors(season.as_ref(), act);
    if season.is_some() {
        row.season_id = input.season;
    }
    let setting = setting_of(tx, act, &row, None).await?;
    let mut faults = rules::themes(&input.themes, &setting.frame);
    faults.extend(rules::windows(&input.windows, &setting.frame));
    faults.extend(text_faults(&input.reason, input.sponsor.as_ref()));
    errors.extend(refusals(faults, true));
    refuse_if_any(errors)?;
    let set = challenge::ActiveModel {
        season_id: Set(input.season),
        ..Default::default()
    };
    let saved = save(tx, act, &row, set).await?;
    let (sponsor_name, sponsor_role) = split(input.sponsor);
    challenge_request::Entity::update_many()
        .set(challenge_request::ActiveModel {
            strand: Set(input.strand),
            reason: Set(input.reason.trim().to_owned()),
            sponsor_name: Set(sponsor_name),
            sponsor_role: Set(sponsor_role),
            ..Default::default()
        })
        .filter(challenge_request::Column::ChallengeId.eq(row.id))
        .exec(tx)
        .await?;
    replace_themes(tx, row.id, &input.themes).await?;
    replace_windows(tx, act, row.id, &input.windows).await?;
    record(tx, act, "CHALLENGE_REQUEST_CHANGED", &saved, serde_json::Map::new()).await?;
    Ok(saved)
}

/// Hands a draft in. What it says is judged again, under the policy in force today.
///
/// # Errors
/// As for [`request`]; `ILLEGAL_STAGE` unless it is a draft.
pub async fn submit(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge::Model> {
    let row = claim(tx, act, id).await?;
    requester_only(&act.viewer, "submit a request")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    needs_stage(&row, &[Stage::Draft], "submitting")?;
    let pinned = setting_of(tx, act, &row, None).await?;
    let policy = policy_in_force(tx, act, &pinned.programme, "challengeId").await?;
    let setting = setting(tx, act, pinned.host, pinned.programme, pinned.season, policy).await?;
    let themes: Vec<ThemeWeight> = challenge_theme::Entity::find()
        .filter(challenge_theme::Column::ChallengeId.eq(row.id))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| ThemeWeight {
            theme: row.theme_id,
            weight: row.weight,
        })
        .collect();
    let windows: Vec<Window> = stored_windows(tx, row.id).await?.iter().map(window).collect();
    let mut faults = rules::themes(&themes, &setting.frame);
    faults.extend(rules::windows(&windows, &setting.frame));
    faults.extend(rules::request_gaps(themes.len(), windows.len()));
    let mut errors = refusals(faults, false);
    let faults = rules::programme("challengeId", &setting.programme, &setting.host);
    errors.extend(refusals(faults, true));
    errors.extend(season_errors(Some(&setting.season), act));
    let asked = (row.host_id, &setting.programme);
    errors.extend(first_challenge_errors(tx, act, row.first_challenge_id, asked, "challengeId").await?);
    refuse_if_any(errors)?;
    hand_in(tx, act, &row, &setting).await
}

async fn hand_in(tx: &Tx, act: &Act, row: &challenge::Model, setting: &Setting) -> Outcome<challenge::Model> {
    // Asked first, so that the common case does not end in an aborted transaction; the database has the last word.
    let rival = challenge::Entity::find()
        .filter(challenge::Column::ProgrammeId.eq(row.programme_id))
        .filter(challenge::Column::HostId.eq(row.host_id))
        .filter(challenge::Column::SeasonId.eq(row.season_id))
        .filter(challenge::Column::Stage.is_not_in(Stage::NOT_LIVE))
        .count(tx)
        .await?;
    if rival > 0 {
        return Err(already_live().into());
    }
    let set = challenge::ActiveModel {
        policy_id: Set(setting.policy.id),
        ..Default::default()
    };
    let mut details = serde_json::Map::new();
    details.insert("policyNumber".to_owned(), json!(setting.policy.number));
    let moved = move_stage(
        tx,
        act,
        row,
        Stage::Submitted,
        Change {
            set,
            details,
            ..Change::default()
        },
    )
    .await?;
    challenge_request::Entity::update_many()
        .set(challenge_request::ActiveModel {
            submitted_at: Set(Some(act.at)),
            ..Default::default()
        })
        .filter(challenge_request::Column::ChallengeId.eq(row.id))
        .exec(tx)
        .await?;
    Ok(moved)
}

fn split(sponsor: Option<Sponsor>) -> (Option<String>, Option<String>) {
    sponsor.map_or((None, None), |sponsor| {
        (trimmed(Some(sponsor.name)), trimmed(sponsor.role))
    })
}

fn text_faults(reason: &str, sponsor: Option<&Sponsor>) -> Vec<rules::Fault> {
    rules::request_texts(
        reason,
        sponsor.map(|sponsor| (sponsor.name.as_str(), sponsor.role.as_deref())),
    )
}

fn season_errors(season: Option<&season::Model>, act: &Act) -> Vec<UserError> {
    match season {
        None => vec![UserError::not_found("seasonId", "season")],
        Some(season) => {
            let fault = rules::season("seasonId", &season.name, season.ends_on, act.today);
            refusals(fault, true)
        }
    }
}

async fn settle_setting(tx: &Tx, act: &Act, new: &NewRequest) -> Outcome<Setting> {
    let host = council::Entity::find_by_id(new.host).one(tx).await?;
    let programme = programme::Entity::find_by_id(new.programme).one(tx).await?;
    let season = season::Entity::find_by_id(new.season).one(tx).await?;
    let mut errors = season_errors(season.as_ref(), act);
    match &host {
        None => errors.push(UserError::not_found("hostId", "council")),
        Some(host) if !may_request_for(tx, &act.viewer, host.id).await? => {
            let message = format!("You may not ask for challenges of {}.", host.name);
            errors.push(UserError::at(UserErrorCode::Forbidden, "hostId", message));
        }
        Some(host) => {
            let fault = rules::host("hostId", &host.name, host.ends_on, act.today);
            errors.extend(refusals(fault, true));
        }
    }
    match (&programme, &host) {
        (None, _) => errors.push(UserError::not_found("programmeId", "programme")),
        (Some(programme), Some(host)) => {
            errors.extend(refusals(rules::programme("programmeId", programme, host), true));
        }
        (Some(_), None) => {}
    }
    refuse_if_any(errors)?;
    let (Some(host), Some(programme), Some(season)) = (host, programme, season) else {
        return Err(ApiError::internal("a request's setting was judged complete but is not").into());
    };
    let policy = policy_in_force(tx, act, &programme, "programmeId").await?;
    setting(tx, act, host, programme, season, policy).await
}

/// What is wrong with the challenge that a request looks back on: only a progress review does, and it needs one of the same host
/// whose visit is over and that is no review itself.
async fn first_challenge_errors(
    tx: &Tx,
    act: &Act,
    first: Option<Uuid>,
    (host, programme): (Uuid, &programme::Model),
    path: &str,
) -> Result<Vec<UserError>> {
    let refuse = |code, message: String| Ok(vec![UserError::at(code, path, message)]);
    let is_review = programme.kind == ProgrammeKind::ProgressReview;
    let Some(first) = first else {
        let message = "A progress review names the challenge that it looks back on.";
        return if is_review {
            refuse(UserErrorCode::Required, message.to_owned())
        } else {
            Ok(Vec::new())
        };
    };
    let Some(row) = repo::find_visible(tx, &act.viewer, first).await? else {
        return refuse(UserErrorCode::NotFound, "There is no such challenge.".to_owned());
    };
    let visited = lifecycle::has_reached(row.stage, row.resumes_to, Stage::FeedbackGiven);
    let message = if row.host_id != host {
        "A progress review looks back on a challenge of the same host.".to_owned()
    } else if !is_review {
        "Only a progress review looks back on a challenge.".to_owned()
    } else if row.first_challenge_id.is_some() {
        format!("{} is a progress review itself.", row.reference)
    } else if !visited {
        format!("{} is {}: there is no visit to look back on.", row.reference, row.stage)
    } else {
        return Ok(Vec::new());
    };
    refuse(UserErrorCode::Invalid, message)
}

/// The next reference of a programme in the year of the act. The programme's row stays locked until the transaction ends, so
/// that two requests never take the same number; SQLite has one writer anyway.
async fn next_reference(tx: &Tx, act: &Act, programme: &programme::Model) -> Result<String> {
    programme::Entity::find_by_id(programme.id)
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    let prefix = format!("{}-{}-", programme.code, act.today.year());
    let taken: Vec<String> = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Reference)
        .filter(challenge::Column::Reference.starts_with(prefix.as_str()))
        .into_tuple()
        .all(tx)
        .await?;
    // Imported references may end in something else; they do not count.
    let last = taken
        .iter()
        .filter_map(|taken| taken.strip_prefix(&prefix)?.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    Ok(format!("{prefix}{:04}", last + 1))
}

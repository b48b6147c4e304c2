//! What may be done to challenges, one file for each kind of verb: `request` (draft, update, submit, withdraw), `triage`,
//! `scope` (scoping, scope, completion, sign-off) `stage` (moves, the chosen window) and `suspend` (postponement, pause, cancellation, resuming).
//!
//! Every verb takes the caller's transaction, finds the challenge as its viewer sees it (hidden is NOT_FOUND), asks who may
//! (FORBIDDEN), compares the version (CONFLICT), judges the input by the pure rules and reports all refusals at once,
//! and writes state and audit event together. Order matters: who may not do a thing learns nothing about its state.
//!
//! Neighbours: `rules`, `lifecycle`, `priority` (pure), `repo` (finding), `team` (confirms the team through `stage`).

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    assignment, blackout_period, challenge, challenge_theme, challenge_window, council, enums::Stage, programme,
    programme_policy, season, theme,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Set, sea_query::LockType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    lifecycle::Actor,
    repo,
    rules::{Frame, ThemeWeight, Window},
    void::Void,
};
use crate::{
    auth::{Viewer, ViewerRole},
    council::repo as councils,
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode, refusals},
    },
    programme::{
        policy::PolicyBody,
        repo::{self as programmes, body},
    },
    team::repo as team,
};

pub mod deadline;
pub mod request;
pub mod scope;
pub mod stage;
pub mod suspend;
pub mod triage;

pub use deadline::NewDeadline;
pub use request::{NewRequest, Sponsor, UpdatedRequest};
pub use scope::{NewScope, NewSignOff};
pub(crate) use stage::needs_stage;
pub use stage::{Change, News, choose_window, move_stage, reopen_team};
pub use suspend::SideMove;
pub use triage::{Decision, NewTriage};

/// Something that the caller should know although the verb was done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Warning {
    /// Scoping began later than the policy's deadline before these windows (first days).
    LateScoping {
        /// First days of the windows concerned.
        windows: Vec<NaiveDate>,
        /// Last day on which scoping should have begun for the earliest of them.
        due_on: NaiveDate,
    },
    /// The scope was no longer valid: it is worked out anew, and the team is released.
    ScopeVoid {
        /// Why.
        because: Void,
    },
}

/// A challenge as a verb claims it.
pub(crate) async fn claim(tx: &Tx, act: &Act, id: Uuid) -> Outcome<challenge::Model> {
    repo::find_for_update(tx, &act.viewer, id)
        .await?
        .ok_or_else(|| UserError::not_found("challengeId", "challenge").into())
}

/// Locks the challenge that a row belongs to, and then the row: everybody locks in this order. `sight` says which rows the viewer
/// sees, `owner` names a row's challenge.
///
/// # Errors
/// `missing` for a row that is not there or hidden.
pub(crate) async fn claim_part<E>(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    sight: Condition,
    owner: impl Fn(&E::Model) -> Uuid + Send,
    missing: impl Fn() -> UserError + Send,
) -> Outcome<(E::Model, challenge::Model)>
where
    E: EntityTrait,
    <E::PrimaryKey as sea_orm::PrimaryKeyTrait>::ValueType: From<Uuid>,
{
    let found = E::find_by_id(id).filter(sight.clone()).one(tx).await?;
    let challenge = claim(tx, act, owner(&found.ok_or_else(&missing)?)).await?;
    let row = E::find_by_id(id)
        .filter(sight)
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    Ok((row.ok_or_else(missing)?, challenge))
}

/// Refuses whoever is not an `actor`; `leads` says whether the viewer leads the team.
fn permit(viewer: &Viewer, actor: Actor, leads: bool, what: &str) -> Outcome<()> {
    if actor.admits(&viewer.role, leads) {
        return Ok(());
    }
    let message = format!("Only {} {what}.", actor.words());
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

/// Refuses everybody but the national programme.
pub(crate) fn programme_only(viewer: &Viewer, what: &str) -> Outcome<()> {
    permit(viewer, Actor::Programme, false, what)
}

/// Refuses everybody but the programme, a hub and a council.
pub(super) fn requester_only(viewer: &Viewer, what: &str) -> Outcome<()> {
    permit(viewer, Actor::Requester, false, what)
}

/// Refuses everybody but the host council and the programme.
pub(crate) fn host_only(viewer: &Viewer, what: &str) -> Outcome<()> {
    permit(viewer, Actor::Host, false, what)
}

/// Whether `viewer` leads the team of a challenge.
pub(crate) async fn leads(connection: &impl ConnectionTrait, viewer: &Viewer, challenge: Uuid) -> Result<bool> {
    let ViewerRole::Peer { peer } = viewer.role else {
        return Ok(false);
    };
    let lead = team::leads()
        .filter(assignment::Column::ChallengeId.eq(challenge))
        .filter(assignment::Column::PeerId.eq(peer))
        .count(connection)
        .await?;
    Ok(lead > 0)
}

/// Whether `viewer` leads the team of a progress review of a challenge, and its visit has begun.
pub(crate) async fn leads_review(connection: &impl ConnectionTrait, viewer: &Viewer, first: Uuid) -> Result<bool> {
    let ViewerRole::Peer { peer } = viewer.role else {
        return Ok(false);
    };
    let begun = Condition::all()
        .add(repo::reached(Stage::OnSite))
        .add(challenge::Column::FirstChallengeId.eq(first));
    let lead = team::leads()
        .filter(assignment::Column::ChallengeId.in_subquery(repo::ids_of(begun)))
        .filter(assignment::Column::PeerId.eq(peer))
        .count(connection)
        .await?;
    Ok(lead > 0)
}

/// Refuses everybody but the lead peer and the programme.
pub(crate) async fn lead_only(tx: &Tx, act: &Act, challenge: Uuid, what: &str) -> Outcome<()> {
    let leads = leads(tx, &act.viewer, challenge).await?;
    permit(&act.viewer, Actor::Lead, leads, what)
}

/// Refuses whoever may not make a move, on a challenge that they see.
async fn mover_only(tx: &Tx, act: &Act, challenge: Uuid, actor: Actor) -> Outcome<()> {
    match actor {
        // Whoever may do what it follows from has been asked already.
        Actor::Consequence => Ok(()),
        Actor::Lead => lead_only(tx, act, challenge, "may move the challenge there").await,
        other => permit(&act.viewer, other, false, "may move the challenge there"),
    }
}

/// Whether `viewer` may ask for challenges on behalf of this host.
pub(super) async fn may_request_for(tx: &Tx, viewer: &Viewer, host: Uuid) -> Result<bool> {
    let scope = match &viewer.role {
        ViewerRole::Programme => return Ok(true),
        ViewerRole::Hub { regions } => councils::ids_in_regions(regions),
        ViewerRole::Council { council } => councils::ids_by_code(council),
        ViewerRole::Peer { .. } | ViewerRole::Analyst => return Ok(false),
    };
    let found = council::Entity::find_by_id(host)
        .filter(council::Column::Id.in_subquery(scope))
        .count(tx)
        .await?;
    Ok(found > 0)
}

/// What a request or scope is judged against, loaded.
pub(crate) struct Setting {
    pub(crate) host: council::Model,
    pub(crate) programme: programme::Model,
    pub(crate) season: season::Model,
    pub(crate) policy: programme_policy::Model,
    pub(crate) body: PolicyBody,
    pub(crate) frame: Frame,
}

/// The policy version of a programme in force on the day of the act.
///
/// # Errors
/// Refused at `path` when there is none.
pub(super) async fn policy_in_force(
    tx: &Tx,
    act: &Act,
    programme: &programme::Model,
    path: &str,
) -> Outcome<programme_policy::Model> {
    let found = programmes::policies_in_force(vec![programme.id], act.today, tx)
        .await?
        .into_iter()
        .next();
    found.ok_or_else(|| {
        let message = format!("{} has no policy in force on {}.", programme.code, act.today);
        UserError::at(UserErrorCode::Invalid, path, message).into()
    })
}

/// Loads what the challenge in `row` is judged against under `policy` (its pinned one unless given).
pub(crate) async fn setting_of(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    policy: Option<programme_policy::Model>,
) -> Outcome<Setting> {
    let missing = |what: &str| ApiError::internal(format_args!("{what} of challenge {} is missing", row.id));
    let host = council::Entity::find_by_id(row.host_id)
        .one(tx)
        .await?
        .ok_or_else(|| missing("host"))?;
    let programme = programme::Entity::find_by_id(row.programme_id)
        .one(tx)
        .await?
        .ok_or_else(|| missing("programme"))?;
    let season = season::Entity::find_by_id(row.season_id)
        .one(tx)
        .await?
        .ok_or_else(|| missing("season"))?;
    let policy = match policy {
        Some(policy) => policy,
        None => programme_policy::Entity::find_by_id(row.policy_id)
            .one(tx)
            .await?
            .ok_or_else(|| missing("policy"))?,
    };
    setting(tx, act, host, programme, season, policy).await
}

/// Puts a setting together.
pub(super) async fn setting(
    tx: &Tx,
    act: &Act,
    host: council::Model,
    programme: programme::Model,
    season: season::Model,
    policy: programme_policy::Model,
) -> Outcome<Setting> {
    let body = body(&policy)?;
    let blackouts = blackout_period::Entity::find()
        .filter(blackout_period::Column::CouncilId.eq(host.id))
        .filter(blackout_period::Column::EndsOn.gte(act.today))
        .all(tx)
        .await?;
    let themes: Vec<Uuid> = theme::Entity::find()
        .select_only()
        .column(theme::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let frame = Frame {
        today: act.today,
        season: (season.starts_on, season.ends_on),
        days_on_site: (programme.days_on_site_min, programme.days_on_site_max),
        limits: body.limits,
        blackouts: blackouts.iter().map(Into::into).collect(),
        themes: themes.into_iter().collect::<HashSet<_>>(),
    };
    Ok(Setting {
        host,
        programme,
        season,
        policy,
        body,
        frame,
    })
}

/// Stored windows of a challenge, earliest first.
pub(super) async fn stored_windows(tx: &Tx, challenge: Uuid) -> Result<Vec<challenge_window::Model>> {
    let mut rows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.eq(challenge))
        .all(tx)
        .await?;
    rows.sort_by_key(|row| row.starts_on);
    Ok(rows)
}

/// A stored window as the rules see it.
pub(super) fn window(row: &challenge_window::Model) -> Window {
    Window {
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        preference: row.preference,
    }
}

/// Replaces the themes of a challenge.
pub(super) async fn replace_themes(tx: &Tx, challenge: Uuid, themes: &[ThemeWeight]) -> Result<()> {
    challenge_theme::Entity::delete_many()
        .filter(challenge_theme::Column::ChallengeId.eq(challenge))
        .exec(tx)
        .await?;
    let rows = themes.iter().map(|theme| challenge_theme::ActiveModel {
        challenge_id: Set(challenge),
        theme_id: Set(theme.theme),
        weight: Set(theme.weight),
    });
    if !themes.is_empty() {
        challenge_theme::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Replaces the windows of a challenge. A window that starts on the same day stays the same row, because a proposal of a team
/// may refer to it; a window that such a proposal refers to is not taken away from under it.
pub(super) async fn replace_windows(tx: &Tx, act: &Act, challenge: Uuid, windows: &[Window]) -> Result<()> {
    let old = stored_windows(tx, challenge).await?;
    let gone: Vec<Uuid> = old
        .iter()
        .filter(|row| !windows.iter().any(|window| window.starts_on == row.starts_on))
        .map(|row| row.id)
        .collect();
    if !gone.is_empty() {
        // The proposal keeps the days in its body.
        entity::team_proposal::Entity::update_many()
            .col_expr(
                entity::team_proposal::Column::WindowId,
                sea_orm::sea_query::Expr::value(None::<Uuid>),
            )
            .filter(entity::team_proposal::Column::WindowId.is_in(gone.iter().copied()))
            .exec(tx)
            .await?;
        challenge_window::Entity::delete_many()
            .filter(challenge_window::Column::Id.is_in(gone))
            .exec(tx)
            .await?;
    }
    for window in windows {
        match old.iter().find(|row| row.starts_on == window.starts_on) {
            Some(row) => {
                challenge_window::ActiveModel {
                    id: Set(row.id),
                    ends_on: Set(window.ends_on),
                    preference: Set(window.preference),
                    ..Default::default()
                }
                .update(tx)
                .await?;
            }
            None => {
                challenge_window::ActiveModel {
                    id: Set(act.id()),
                    challenge_id: Set(challenge),
                    starts_on: Set(window.starts_on),
                    ends_on: Set(window.ends_on),
                    preference: Set(window.preference),
                }
                .insert(tx)
                .await?;
            }
        }
    }
    Ok(())
}

/// Trimmed text; `None` when nothing is left.
pub(crate) fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

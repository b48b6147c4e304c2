//! Scoping: what the team will look at, who should be on it and when; the sponsor's sign-off; the way into team building.
//!
//! Invariants: a scope is replaced as a whole and judged as a whole under the policy version pinned when scoping began; rows of
//! slots and windows that stay keep their ids, because assignments and proposals refer to them; the team is not built before
//! lead member and chief executive have signed.

use chrono::NaiveDate;
use entity::{
    assignment, challenge, challenge_theme,
    enums::{DeliveryMode, NoticeKind, PeerRole, Stage},
    line_of_enquiry, priority_assessment, sign_off, team_slot, team_slot_theme,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set, sea_query::Expr,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Setting, Warning, claim, policy_in_force, programme_only, refusals, replace_themes, replace_windows, setting_of,
    stage::{Change, move_stage, needs_stage, record, save},
    stored_windows, trimmed, window,
};
use crate::{
    auth::ViewerRole,
    challenge::{
        deadlines,
        rules::{self, Line, ScopeSize, Slot, ThemeWeight, Window},
    },
    clock::civil_date,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode, refuse_if_any},
    },
    notice::{Notice, Reader, tell},
    peer::objects::PeerRole as ShownRole,
    programme::policy::Milestone,
};

/// A scope as it is to be: all of it.
#[derive(Clone, Debug)]
pub struct NewScope {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// Themes with weights.
    pub themes: Vec<ThemeWeight>,
    /// Key lines of enquiry, in order.
    pub lines: Vec<Line>,
    /// Places on the team, in order.
    pub slots: Vec<Slot>,
    /// Windows for the fieldwork.
    pub windows: Vec<Window>,
    /// Where the fieldwork takes place.
    pub delivery_mode: Option<DeliveryMode>,
    /// The host's organiser.
    pub organiser: Option<String>,
    /// The improvement adviser.
    pub adviser: Option<String>,
    /// The peer challenge manager.
    pub manager: Option<String>,
}

/// A sign-off to be recorded.
#[derive(Clone, Debug)]
pub struct NewSignOff {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// The lead member who endorses.
    pub lead_member: String,
    /// The chief executive who endorses.
    pub chief_executive: String,
    /// Day of the endorsement.
    pub signed_on: NaiveDate,
}

/// Begins scoping, or begins it again after the scope was complete (then a sign-off is void). The policy in force today is pinned
/// anew, and a scope without slots starts with the policy's usual team.
pub async fn start(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<(challenge::Model, Vec<Warning>)> {
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "starts scoping")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    needs_stage(&row, &[Stage::Triaged, Stage::Scoped], "starting to scope")?;
    let programme = setting_of(tx, act, &row, None).await?.programme;
    let policy = policy_in_force(tx, act, &programme, "challengeId").await?;
    let setting = setting_of(tx, act, &row, Some(policy)).await?;
    let set = challenge::ActiveModel {
        policy_id: Set(setting.policy.id),
        ..Default::default()
    };
    let mut details = serde_json::Map::new();
    details.insert("policyNumber".to_owned(), json!(setting.policy.number));
    let moved = move_stage(
        tx,
        act,
        &row,
        Stage::Scoping,
        Change {
            set,
            details,
            ..Change::default()
        },
    )
    .await?;
    void_sign_off(tx, act, row.id).await?;
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.eq(row.id))
        .count(tx)
        .await?;
    if slots == 0 {
        let usual: Vec<Slot> = setting
            .body
            .usual_team
            .iter()
            .map(|slot| Slot {
                role: stored_role(slot.role),
                is_lead: slot.lead,
                themes: Vec::new(),
            })
            .collect();
        replace_slots(tx, act, row.id, &usual).await?;
    }
    let windows: Vec<Window> = stored_windows(tx, row.id).await?.iter().map(window).collect();
    let warnings = late_scoping(tx, &moved, &setting, &windows).await?;
    Ok((moved, warnings))
}

/// The database's twin of an engine role.
fn stored_role(role: matching::Role) -> PeerRole {
    ShownRole::from(role).into()
}

/// Warns of windows before which the policy wanted scoping to have begun already. An urgent request shortens scoping, so it is
/// not warned of.
async fn late_scoping(tx: &Tx, row: &challenge::Model, setting: &Setting, windows: &[Window]) -> Result<Vec<Warning>> {
    let Some(deadline) = setting.body.deadline(Milestone::ScopingStarted) else {
        return Ok(Vec::new());
    };
    let urgent = priority_assessment::Entity::find()
        .filter(priority_assessment::Column::ChallengeId.eq(row.id))
        .filter(priority_assessment::Column::Urgent.eq(true))
        .count(tx)
        .await?;
    let began = civil_date(row.stage_changed_at);
    let due = |window: &Window| deadlines::day_of(deadline, window.starts_on);
    let mut late: Vec<NaiveDate> = windows
        .iter()
        .filter(|window| due(window).is_some_and(|due| began > due))
        .map(|window| window.starts_on)
        .collect();
    late.sort_unstable();
    let Some(due_on) = windows
        .iter()
        .filter_map(due)
        .min()
        .filter(|_| urgent == 0 && !late.is_empty())
    else {
        return Ok(Vec::new());
    };
    Ok(vec![Warning::LateScoping { windows: late, due_on }])
}

/// Replaces the whole scope.
///
/// # Errors
/// Refused (all reasons together, with paths) for whatever breaks the limits of the pinned policy, the programme's days on site,
/// the season or the host's closed days; `ILLEGAL_STAGE` unless in SCOPING.
pub async fn set(tx: &Tx, act: &Act, input: NewScope) -> Outcome<(challenge::Model, Vec<Warning>)> {
    let row = claim(tx, act, input.challenge).await?;
    programme_only(&act.viewer, "sets the scope")?;
    UserError::unless_fresh(&row.reference, input.version, row.version)?;
    needs_stage(&row, &[Stage::Scoping], "setting the scope")?;
    let setting = setting_of(tx, act, &row, None).await?;
    let frame = &setting.frame;
    let mut faults = rules::themes(&input.themes, frame);
    faults.extend(rules::lines(&input.lines, frame));
    faults.extend(rules::slots(&input.slots, frame));
    faults.extend(rules::windows(&input.windows, frame));
    for (path, name) in [
        ("organiser", &input.organiser),
        ("adviser", &input.adviser),
        ("manager", &input.manager),
    ] {
        faults.extend(
            name.as_deref()
                .and_then(|name| rules::text(path, name, rules::NAME_MAX)),
        );
    }
    let mut errors = refusals(faults, true);
    errors.extend(held_slot_errors(tx, row.id, input.slots.len()).await?);
    refuse_if_any(errors)?;
    let changes = challenge::ActiveModel {
        delivery_mode: Set(input.delivery_mode),
        organiser: Set(trimmed(input.organiser)),
        adviser: Set(trimmed(input.adviser)),
        manager: Set(trimmed(input.manager)),
        ..Default::default()
    };
    let saved = save(tx, act, &row, changes).await?;
    replace_themes(tx, row.id, &input.themes).await?;
    replace_lines(tx, act, row.id, &input.lines).await?;
    replace_slots(tx, act, row.id, &input.slots).await?;
    replace_windows(tx, act, row.id, &input.windows).await?;
    let mut details = serde_json::Map::new();
    details.insert("slots".to_owned(), json!(input.slots.len()));
    details.insert("windows".to_owned(), json!(input.windows.len()));
    record(tx, act, "SCOPE_SET", &saved, details).await?;
    let warnings = late_scoping(tx, &saved, &setting, &input.windows).await?;
    Ok((saved, warnings))
}

/// A slot that somebody was once put forward for stays, because the record of it does.
async fn held_slot_errors(tx: &Tx, challenge: Uuid, slots: usize) -> Result<Vec<UserError>> {
    let position = i32::try_from(slots).unwrap_or(i32::MAX);
    let last = assignment::Entity::find()
        .find_also_related(team_slot::Entity)
        .filter(assignment::Column::ChallengeId.eq(challenge))
        .filter(team_slot::Column::Position.gt(position))
        .order_by_desc(team_slot::Column::Position)
        .one(tx)
        .await?
        .and_then(|(_, slot)| slot);
    Ok(last
        .map(|slot| {
            let message = format!(
                "Somebody was put forward for slot {0} before; keep at least {0} slots (their roles may change).",
                slot.position
            );
            UserError::at(UserErrorCode::Invalid, "slots", message)
        })
        .into_iter()
        .collect())
}

async fn replace_lines(tx: &Tx, act: &Act, challenge: Uuid, lines: &[Line]) -> Result<()> {
    line_of_enquiry::Entity::delete_many()
        .filter(line_of_enquiry::Column::ChallengeId.eq(challenge))
        .exec(tx)
        .await?;
    let rows: Vec<_> = lines
        .iter()
        .zip(1..)
        .map(|(line, position)| line_of_enquiry::ActiveModel {
            id: Set(act.id()),
            challenge_id: Set(challenge),
            position: Set(position),
            question: Set(line.question.trim().to_owned()),
            theme_id: Set(line.theme),
        })
        .collect();
    if !rows.is_empty() {
        line_of_enquiry::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Replaces the slots; the slot at a position stays the same row.
async fn replace_slots(tx: &Tx, act: &Act, challenge: Uuid, slots: &[Slot]) -> Result<()> {
    let old = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.eq(challenge))
        .order_by_asc(team_slot::Column::Position)
        .all(tx)
        .await?;
    let old_ids: Vec<Uuid> = old.iter().map(|row| row.id).collect();
    team_slot_theme::Entity::delete_many()
        .filter(team_slot_theme::Column::SlotId.is_in(old_ids))
        .exec(tx)
        .await?;
    // The lead may move to another slot, and the database allows one at a time.
    team_slot::Entity::update_many()
        .set(team_slot::ActiveModel {
            is_lead: Set(false),
            ..Default::default()
        })
        .filter(team_slot::Column::ChallengeId.eq(challenge))
        .exec(tx)
        .await?;
    team_slot::Entity::delete_many()
        .filter(team_slot::Column::ChallengeId.eq(challenge))
        .filter(team_slot::Column::Position.gt(i32::try_from(slots.len()).unwrap_or(i32::MAX)))
        .exec(tx)
        .await?;
    for (slot, position) in slots.iter().zip(1..) {
        let stays = old.iter().find(|row| row.position == position);
        let row = team_slot::ActiveModel {
            id: Set(stays.map_or_else(|| act.id(), |row| row.id)),
            challenge_id: Set(challenge),
            position: Set(position),
            role: Set(slot.role),
            is_lead: Set(slot.is_lead),
        };
        let row = if stays.is_some() {
            row.update(tx).await?
        } else {
            row.insert(tx).await?
        };
        if !slot.themes.is_empty() {
            let themes = slot.themes.iter().map(|theme| team_slot_theme::ActiveModel {
                slot_id: Set(row.id),
                theme_id: Set(*theme),
            });
            team_slot_theme::Entity::insert_many(themes)
                .exec_without_returning(tx)
                .await?;
        }
    }
    Ok(())
}

/// Closes scoping: the scope goes to the host's sponsor for sign-off.
///
/// # Errors
/// Refused with everything that the scope still lacks, and for windows that no longer hold.
pub async fn complete(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge::Model> {
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "completes the scope")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    needs_stage(&row, &[Stage::Scoping], "completing the scope")?;
    let setting = setting_of(tx, act, &row, None).await?;
    let windows: Vec<Window> = stored_windows(tx, row.id).await?.iter().map(window).collect();
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.eq(row.id))
        .all(tx)
        .await?;
    let themes = challenge_theme::Entity::find().filter(challenge_theme::Column::ChallengeId.eq(row.id));
    let lines = line_of_enquiry::Entity::find().filter(line_of_enquiry::Column::ChallengeId.eq(row.id));
    let size = ScopeSize {
        themes: usize::try_from(themes.count(tx).await?).unwrap_or(usize::MAX),
        lines: usize::try_from(lines.count(tx).await?).unwrap_or(usize::MAX),
        slots: slots.len(),
        has_lead: slots.iter().any(|slot| slot.is_lead),
        windows: windows.len(),
        has_mode: row.delivery_mode.is_some(),
    };
    let mut faults = rules::scope_gaps(size, &setting.body.limits);
    faults.extend(rules::windows(&windows, &setting.frame));
    refuse_if_any(refusals(faults, false))?;
    move_stage(tx, act, &row, Stage::Scoped, Change::default()).await
}

/// Records that lead member and chief executive endorse the scope.
///
/// # Errors
/// Refused for anybody but the host council and the programme, unless SCOPED, for a day in the future or before the scope was
/// complete, and as `TAKEN` when it is signed already.
pub async fn sign(tx: &Tx, act: &Act, input: NewSignOff) -> Outcome<challenge::Model> {
    let row = claim(tx, act, input.challenge).await?;
    if !matches!(act.viewer.role, ViewerRole::Programme | ViewerRole::Council { .. }) {
        let message = "Only the host council and the national programme record the sign-off.";
        return Err(UserError::new(UserErrorCode::Forbidden, message).into());
    }
    UserError::unless_fresh(&row.reference, input.version, row.version)?;
    needs_stage(&row, &[Stage::Scoped], "signing off")?;
    let mut errors = refusals(
        rules::text("leadMemberName", &input.lead_member, rules::NAME_MAX)
            .into_iter()
            .chain(rules::text(
                "chiefExecutiveName",
                &input.chief_executive,
                rules::NAME_MAX,
            )),
        true,
    );
    let complete_on = civil_date(row.stage_changed_at);
    if !(complete_on..=act.today).contains(&input.signed_on) {
        let message = format!(
            "The scope was complete on {complete_on} and today is {}; it was signed between the two.",
            act.today
        );
        errors.push(UserError::at(UserErrorCode::Invalid, "signedOn", message));
    }
    if signed(tx, row.id).await? {
        errors.push(UserError::new(UserErrorCode::Taken, "The scope is signed off already."));
    }
    refuse_if_any(errors)?;
    sign_off::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        lead_member_name: Set(input.lead_member.trim().to_owned()),
        chief_executive_name: Set(input.chief_executive.trim().to_owned()),
        signed_on: Set(input.signed_on),
        recorded_by: Set(act.viewer.subject.clone()),
        recorded_at: Set(act.at),
        voided_at: Set(None),
    }
    .insert(tx)
    .await?;
    let saved = save(tx, act, &row, <challenge::ActiveModel as Default>::default()).await?;
    let mut details = serde_json::Map::new();
    details.insert("signedOn".to_owned(), json!(input.signed_on));
    record(tx, act, "SCOPE_SIGNED_OFF", &saved, details).await?;
    let text = format!("{}: the scope is endorsed; its team can be built.", saved.reference);
    let key = format!("endorsed:{}:{}", saved.id, saved.version);
    let notice = Notice::new(NoticeKind::StageReached, key, text).of_challenge(saved.id);
    tell(tx, act, &[Reader::Programme], &notice).await?;
    Ok(saved)
}

/// The endorsement of a scope that is worked out anew holds no more; who endorsed it stays on record.
pub(super) async fn void_sign_off(tx: &Tx, act: &Act, challenge: Uuid) -> Result<()> {
    sign_off::Entity::update_many()
        .col_expr(sign_off::Column::VoidedAt, Expr::value(act.at))
        .filter(sign_off::Column::ChallengeId.eq(challenge))
        .filter(sign_off::Column::VoidedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn signed(tx: &Tx, challenge: Uuid) -> Result<bool> {
    Ok(sign_off::Entity::find()
        .filter(sign_off::Column::ChallengeId.eq(challenge))
        .filter(sign_off::Column::VoidedAt.is_null())
        .count(tx)
        .await?
        > 0)
}

/// Takes a signed scope into team building, or a confirmed team back to it, so that it can be changed and confirmed anew.
///
/// # Errors
/// `REQUIRED` while the sign-off is missing; `ILLEGAL_STAGE` unless SCOPED, TEAM_CONFIRMED or PREPARING.
pub async fn start_team_building(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge::Model> {
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "starts team building")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    let from = [Stage::Scoped, Stage::TeamConfirmed, Stage::Preparing];
    needs_stage(&row, &from, "starting team building")?;
    if !signed(tx, row.id).await? {
        let message = "The host's lead member and chief executive have not signed off the scope yet.";
        return Err(UserError::new(UserErrorCode::Required, message).into());
    }
    move_stage(tx, act, &row, Stage::TeamBuilding, Change::default()).await
}

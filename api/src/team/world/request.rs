//! Loads what challenges themselves ask for: slots, windows, themes, priority, the team so far, the first team and the
//! waivers. A fixed number of statements, however many challenges.

use std::collections::HashMap;

use entity::{
    assignment, challenge, challenge_theme, challenge_window, conflict_waiver, enums::AssignmentStatus,
    priority_assessment, team_slot, team_slot_theme,
};
use matching::{Slot, Span, ThemeSet, Window};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{convert, map::Ids};
use crate::{challenge::priority, graphql::errors::Result, programme::policy::PolicyBody};

/// What a challenge asks for, people still by id.
pub(super) struct Request {
    pub(super) slots: Vec<Slot>,
    pub(super) windows: Vec<Window>,
    pub(super) themes: Vec<(ThemeSet, u32)>,
    pub(super) priority: u8,
    /// Live assignments of the challenge.
    pub(super) team: Vec<assignment::Model>,
    /// Who was on the first team, when this is a progress review.
    pub(super) first_team: Option<Vec<Uuid>>,
    pub(super) waivers: Vec<conflict_waiver::Model>,
}

impl Request {
    /// First day of the first to last day of the last window; `None` without any window.
    pub(super) fn days(&self) -> Option<Span> {
        let from = self.windows.iter().map(|window| window.span.from).min()?;
        let until = self.windows.iter().map(|window| window.span.until).max()?;
        Some(Span { from, until })
    }
}

/// What each of `rows` asks for, in their order, under the policy beside it.
pub(super) async fn load(
    rows: &[(challenge::Model, PolicyBody)],
    theme_ids: &Ids,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Request>> {
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id).collect();
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(team_slot::Column::Position)
        .all(connection)
        .await?;
    let asked = team_slot_theme::Entity::find()
        .join(JoinType::InnerJoin, team_slot_theme::Relation::Slot.def())
        .filter(team_slot::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let mut slot_themes: HashMap<Uuid, ThemeSet> = HashMap::new();
    for row in asked {
        slot_themes.entry(row.slot_id).or_default().0 |= super::theme_bit(theme_ids, row.theme_id)?;
    }
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(challenge_window::Column::StartsOn)
        .all(connection)
        .await?;
    let wanted = challenge_theme::Entity::find()
        .filter(challenge_theme::Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(challenge_theme::Column::ThemeId)
        .all(connection)
        .await?;
    let assessments = priority_assessment::Entity::find()
        .filter(priority_assessment::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    // Of a progress review also the team that it follows.
    let teams = rows
        .iter()
        .flat_map(|(row, _)| [Some(row.id), row.first_challenge_id])
        .flatten();
    let live = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.is_in(teams))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .order_by_asc(assignment::Column::Id)
        .all(connection)
        .await?;
    let waivers = conflict_waiver::Entity::find()
        .filter(conflict_waiver::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(conflict_waiver::Column::RevokedAt.is_null())
        .order_by_asc(conflict_waiver::Column::Id)
        .all(connection)
        .await?;
    let mut requests = Vec::with_capacity(rows.len());
    for (row, policy) in rows {
        let mut themes = Vec::new();
        for theme in wanted.iter().filter(|theme| theme.challenge_id == row.id) {
            let weight = u32::try_from(theme.weight).unwrap_or(0);
            themes.push((ThemeSet(super::theme_bit(theme_ids, theme.theme_id)?), weight));
        }
        let assessment = assessments.iter().find(|assessed| assessed.challenge_id == row.id);
        let team = |challenge| live.iter().filter(move |member| member.challenge_id == challenge);
        requests.push(Request {
            slots: slots
                .iter()
                .filter(|slot| slot.challenge_id == row.id)
                .map(|slot| slot_of(slot, &slot_themes))
                .collect(),
            windows: windows
                .iter()
                .filter(|window| window.challenge_id == row.id)
                .map(window_of)
                .collect(),
            themes,
            priority: assessment.map_or(1, |assessed| {
                let points = u32::try_from(assessed.points).unwrap_or(0);
                priority::band(points, assessed.urgent, &policy.priority)
            }),
            team: team(row.id).cloned().collect(),
            first_team: row
                .first_challenge_id
                .map(|first| team(first).map(|member| member.peer_id).collect()),
            waivers: waivers
                .iter()
                .filter(|waiver| waiver.challenge_id == row.id)
                .cloned()
                .collect(),
        });
    }
    Ok(requests)
}

fn slot_of(slot: &team_slot::Model, themes: &HashMap<Uuid, ThemeSet>) -> Slot {
    Slot {
        id: slot.id,
        role: convert::role(slot.role),
        lead: slot.is_lead,
        themes: themes.get(&slot.id).copied().unwrap_or_default(),
    }
}

fn window_of(window: &challenge_window::Model) -> Window {
    Window {
        id: window.id,
        span: Span {
            from: window.starts_on,
            until: window.ends_on,
        },
        preference: u8::try_from(window.preference.clamp(0, 100)).unwrap_or(0),
    }
}

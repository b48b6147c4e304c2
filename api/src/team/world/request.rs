//! Loads what the challenge itself asks for: slots, windows, themes, priority, its team so far, its first team and its
//! waivers. A fixed number of statements.

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

pub(super) async fn load(
    row: &challenge::Model,
    policy: &PolicyBody,
    theme_ids: &Ids,
    connection: &impl ConnectionTrait,
) -> Result<Request> {
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.eq(row.id))
        .order_by_asc(team_slot::Column::Position)
        .all(connection)
        .await?;
    let asked = team_slot_theme::Entity::find()
        .join(JoinType::InnerJoin, team_slot_theme::Relation::Slot.def())
        .filter(team_slot::Column::ChallengeId.eq(row.id))
        .all(connection)
        .await?;
    let mut slot_themes: HashMap<Uuid, ThemeSet> = HashMap::new();
    for row in asked {
        slot_themes.entry(row.slot_id).or_default().0 |= super::theme_bit(theme_ids, row.theme_id)?;
    }
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.eq(row.id))
        .order_by_asc(challenge_window::Column::StartsOn)
        .all(connection)
        .await?;
    let wanted = challenge_theme::Entity::find()
        .filter(challenge_theme::Column::ChallengeId.eq(row.id))
        .order_by_asc(challenge_theme::Column::ThemeId)
        .all(connection)
        .await?;
    let mut themes = Vec::with_capacity(wanted.len());
    for theme in wanted {
        themes.push((
            ThemeSet(super::theme_bit(theme_ids, theme.theme_id)?),
            u32::try_from(theme.weight).unwrap_or(0),
        ));
    }
    let assessment = priority_assessment::Entity::find()
        .filter(priority_assessment::Column::ChallengeId.eq(row.id))
        .one(connection)
        .await?;
    // A challenge without a first one has no such team; the statement is made all the same, so that their number is fixed.
    let first = row.first_challenge_id.unwrap_or(row.id);
    let live = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.is_in([row.id, first]))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .order_by_asc(assignment::Column::Id)
        .all(connection)
        .await?;
    let waivers = conflict_waiver::Entity::find()
        .filter(conflict_waiver::Column::ChallengeId.eq(row.id))
        .filter(conflict_waiver::Column::RevokedAt.is_null())
        .order_by_asc(conflict_waiver::Column::Id)
        .all(connection)
        .await?;
    let (team, first_team): (Vec<_>, Vec<_>) = live.into_iter().partition(|member| member.challenge_id == row.id);
    Ok(Request {
        slots: slots
            .into_iter()
            .map(|slot| Slot {
                id: slot.id,
                role: convert::role(slot.role),
                lead: slot.is_lead,
                themes: slot_themes.get(&slot.id).copied().unwrap_or_default(),
            })
            .collect(),
        windows: windows
            .into_iter()
            .map(|window| Window {
                id: window.id,
                span: Span {
                    from: window.starts_on,
                    until: window.ends_on,
                },
                preference: u8::try_from(window.preference.clamp(0, 100)).unwrap_or(0),
            })
            .collect(),
        themes,
        priority: assessment.map_or(1, |assessed| {
            let points = u32::try_from(assessed.points).unwrap_or(0);
            priority::band(points, assessed.urgent, &policy.priority)
        }),
        team,
        first_team: row
            .first_challenge_id
            .map(|_| first_team.into_iter().map(|member| member.peer_id).collect()),
        waivers,
    })
}

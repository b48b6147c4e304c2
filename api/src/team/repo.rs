//! Statements on teams: who may see which rows, and the lists.
//!
//! Invariant: every lookup on behalf of a viewer carries one of the `visible_…` conditions, so that unknown and hidden
//! look the same.

use std::collections::HashMap;

use entity::{
    assignment, conflict_decision, conflict_waiver, enums::AssignmentStatus, host_objection, team_proposal, team_slot,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    challenge::repo::visible_ids,
    council::repo::ids_by_code,
    graphql::{
        nested::Children,
        page::{Keyset, SortValue},
        visible::{for_programme, nobody, restricted},
    },
};

/// Who is on which team: the programme sees all, hubs and councils the live members of the challenges that they see, a peer
/// themselves and the live members of the teams that they are on. That a place ended, and how (STOPPED means a conflict), is
/// for the programme and the person.
pub fn visible_assignments(viewer: &Viewer) -> Condition {
    use assignment::Column;
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } => Condition::all()
            .add(Column::ChallengeId.in_subquery(visible_ids(viewer)))
            .add(Column::Status.is_in(AssignmentStatus::LIVE)),
        ViewerRole::Peer { peer } => {
            let teams = assignment::Entity::find()
                .select_only()
                .column(Column::ChallengeId)
                .filter(Column::PeerId.eq(*peer))
                .filter(Column::Status.is_in(AssignmentStatus::LIVE))
                .into_query();
            let mates = Condition::all()
                .add(Column::ChallengeId.in_subquery(teams))
                .add(Column::Status.is_in(AssignmentStatus::LIVE));
            Condition::any().add(Column::PeerId.eq(*peer)).add(mates)
        }
        ViewerRole::Analyst => nobody(),
    }
}

/// Waivers and decisions name the reason of a conflict: the programme sees all, a person those about themselves.
fn about_self(viewer: &Viewer, peer: impl ColumnTrait) -> Condition {
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Peer { peer: own } => Condition::all().add(peer.eq(*own)),
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => nobody(),
    }
}

/// Waivers that `viewer` may see; a peer only those on challenges that they see, because a waiver for somebody who was never
/// asked would tell them that they were thought of.
pub fn visible_waivers(viewer: &Viewer) -> Condition {
    let about = about_self(viewer, conflict_waiver::Column::PeerId);
    match &viewer.role {
        ViewerRole::Peer { .. } => about.add(conflict_waiver::Column::ChallengeId.in_subquery(visible_ids(viewer))),
        _ => about,
    }
}

/// Decisions about late conflicts that `viewer` may see.
pub fn visible_decisions(viewer: &Viewer) -> Condition {
    about_self(viewer, conflict_decision::Column::PeerId)
}

/// Objections that `viewer` may see: the programme all, a council its own.
pub fn visible_objections(viewer: &Viewer) -> Condition {
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Council { council } => {
            Condition::all().add(host_objection::Column::HostId.in_subquery(ids_by_code(council)))
        }
        ViewerRole::Hub { .. } | ViewerRole::Peer { .. } | ViewerRole::Analyst => nobody(),
    }
}

/// Proposed teams: the programme alone. Their members know nothing of it yet, and whoever was passed over must not be
/// shown to a host.
pub fn visible_proposals(viewer: &Viewer) -> Condition {
    for_programme(viewer)
}

macro_rules! newest_first {
    ($($(#[$doc:meta])* $name:ident: $module:ident, $column:ident, $parent:ident, $label:literal, $visible:path;)+) => {$(
        $(#[$doc])*
        pub fn $name(viewer: &Viewer) -> Children<$module::Entity> {
            let keyset = Keyset::<$module::Entity> {
                name: $label.to_owned(),
                sort: None,
                id: $module::Column::Id,
                value: |_| SortValue::Id,
                key: |row| row.id,
                descending: true,
            };
            Children {
                select: $module::Entity::find().filter($visible(viewer)),
                keyset,
                parent: $module::Column::$column,
                parent_of: |row| row.$parent,
            }
        }
    )+};
}

newest_first! {
    /// Assignments of challenges, newest first.
    assignments_of_challenge: assignment, ChallengeId, challenge_id, "assignments of challenge", visible_assignments;
    /// Assignments of peers, newest first.
    assignments_of_peer: assignment, PeerId, peer_id, "assignments of peer", visible_assignments;
    /// Waivers for challenges, newest first.
    waivers_of: conflict_waiver, ChallengeId, challenge_id, "waivers of challenge", visible_waivers;
    /// Decisions about the teams of challenges, newest first.
    decisions_of: conflict_decision, ChallengeId, challenge_id, "decisions of challenge", visible_decisions;
    /// Objections to the teams of challenges, newest first.
    objections_of: host_objection, ChallengeId, challenge_id, "objections of challenge", visible_objections;
    /// Proposed teams of challenges, newest first.
    proposals_of: team_proposal, ChallengeId, challenge_id, "proposals of challenge", visible_proposals;
}

restricted! {
    assignment: |viewer, _today| visible_assignments(viewer);
    conflict_waiver: |viewer, _today| visible_waivers(viewer);
    conflict_decision: |viewer, _today| visible_decisions(viewer);
    host_objection: |viewer, _today| visible_objections(viewer);
    team_proposal: |viewer, _today| visible_proposals(viewer);
}

/// Places of lead peers who have said that they come.
pub fn leads() -> Select<assignment::Entity> {
    assignment::Entity::find()
        .inner_join(team_slot::Entity)
        .filter(team_slot::Column::IsLead.eq(true))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::SERVING))
}

/// Who leads the teams of these challenges.
///
/// # Errors
/// The database's.
pub async fn leads_of(challenges: &[Uuid], connection: &impl ConnectionTrait) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let found = leads()
        .filter(assignment::Column::ChallengeId.is_in(challenges.iter().copied()))
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|row| (row.challenge_id, row.peer_id)).collect())
}

/// The people on a team whose places have one of these statuses.
///
/// # Errors
/// The database's.
pub async fn members(
    challenge: Uuid,
    statuses: &[AssignmentStatus],
    connection: &impl ConnectionTrait,
) -> Result<Vec<Uuid>, DbErr> {
    assignment::Entity::find()
        .select_only()
        .column(assignment::Column::PeerId)
        .filter(assignment::Column::ChallengeId.eq(challenge))
        .filter(assignment::Column::Status.is_in(statuses.iter().copied()))
        .into_tuple()
        .all(connection)
        .await
}

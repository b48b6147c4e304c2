//! Statements on teams: who may see which rows, and the lists.
//!
//! Invariant: every lookup on behalf of a viewer carries one of the `visible_…` conditions, so that unknown and hidden
//! look the same.

use entity::{assignment, conflict_decision, conflict_waiver, enums::AssignmentStatus, host_objection, team_proposal};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, sea_query::Expr};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    challenge::repo::visible_ids,
    council::repo::ids_by_code,
    graphql::page::{Keyset, SortValue},
};

fn nothing() -> Condition {
    // An empty condition would let everything through.
    Condition::all().add(Expr::cust("1 = 0"))
}

/// Who is on which team: the programme and hubs see all of the challenges that they see, a council the live members of
/// its own, a peer themselves and the live members of the teams that they are on.
pub fn visible_assignments(viewer: &Viewer) -> Condition {
    use assignment::Column;
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Hub { .. } => Condition::all().add(Column::ChallengeId.in_subquery(visible_ids(viewer))),
        ViewerRole::Council { .. } => Condition::all()
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
        ViewerRole::Analyst => nothing(),
    }
}

/// Waivers and decisions name the reason of a conflict: the programme sees all, a person those about themselves.
fn about_self(viewer: &Viewer, peer: impl ColumnTrait) -> Condition {
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Peer { peer: own } => Condition::all().add(peer.eq(*own)),
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => nothing(),
    }
}

/// Waivers that `viewer` may see.
pub fn visible_waivers(viewer: &Viewer) -> Condition {
    about_self(viewer, conflict_waiver::Column::PeerId)
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
        ViewerRole::Hub { .. } | ViewerRole::Peer { .. } | ViewerRole::Analyst => nothing(),
    }
}

/// Proposed teams: the programme alone. Their members know nothing of it yet, and whoever was passed over must not be
/// shown to a host.
pub fn visible_proposals(viewer: &Viewer) -> Condition {
    if viewer.is_programme() {
        Condition::all()
    } else {
        nothing()
    }
}

macro_rules! newest_first {
    ($($(#[$doc:meta])* $name:ident: $module:ident, $column:ident, $label:literal, $visible:path;)+) => {$(
        $(#[$doc])*
        pub fn $name(owner: Uuid, viewer: &Viewer) -> (Select<$module::Entity>, Keyset<$module::Entity>) {
            let keyset = Keyset::<$module::Entity> {
                name: format!(concat!($label, " {}"), owner),
                sort: None,
                id: $module::Column::Id,
                value: |_| SortValue::Id,
                key: |row| row.id,
                descending: true,
            };
            let select = $module::Entity::find().filter($module::Column::$column.eq(owner)).filter($visible(viewer));
            (select, keyset)
        }
    )+};
}

newest_first! {
    /// Assignments of a challenge, newest first.
    assignments_of_challenge: assignment, ChallengeId, "assignments of challenge", visible_assignments;
    /// Assignments of a peer, newest first.
    assignments_of_peer: assignment, PeerId, "assignments of peer", visible_assignments;
    /// Waivers for a challenge, newest first.
    waivers_of: conflict_waiver, ChallengeId, "waivers of challenge", visible_waivers;
    /// Decisions about a challenge's team, newest first.
    decisions_of: conflict_decision, ChallengeId, "decisions of challenge", visible_decisions;
    /// Objections to a challenge's team, newest first.
    objections_of: host_objection, ChallengeId, "objections of challenge", visible_objections;
    /// Proposed teams of a challenge, newest first.
    proposals_of: team_proposal, ChallengeId, "proposals of challenge", visible_proposals;
}

//! Statements on the audit record, and who may read what of it.

use chrono::{DateTime, Utc};
use entity::audit_event::{self, Column};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select, sea_query::Expr};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    council::repo::{ids_by_code, ids_in_regions},
    graphql::{
        ids::Kind,
        page::{Keyset, SortValue},
        visible::restricted,
    },
    peer::scope::hosted_by,
};

/// Role code of peers in events, as [`ViewerRole::code`] gives it.
pub const PEER_ROLE_CODE: &str = "PEER";

/// What a list of events is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// About this thing.
    pub entity: Option<(Kind, Uuid)>,
    /// Of this challenge.
    pub challenge: Option<Uuid>,
    /// Done by this subject.
    pub actor: Option<String>,
    /// Not before this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// Kinds of things that a viewer must not even know to exist, although they belong to a challenge or person that they see.
pub fn secret_kinds(role: &ViewerRole) -> &'static [Kind] {
    match role {
        ViewerRole::Programme => &[],
        ViewerRole::Hub { .. } => &[
            Kind::ConflictDecision,
            Kind::ConflictWaiver,
            Kind::HostObjection,
            Kind::TeamProposal,
            Kind::AccuracyEdit,
            Kind::Evaluation,
            Kind::ImmediateRisk,
            Kind::Finding,
            Kind::Invitation,
        ],
        ViewerRole::Council { .. } => &[
            Kind::ConflictDecision,
            Kind::ConflictWaiver,
            Kind::TeamProposal,
            Kind::Evaluation,
            Kind::Finding,
            Kind::Invitation,
        ],
        ViewerRole::Peer { .. } | ViewerRole::Analyst => &[
            Kind::HostObjection,
            Kind::TeamProposal,
            Kind::Evaluation,
            Kind::ImmediateRisk,
        ],
    }
}

/// Which events `viewer` may see: all for the programme; those of their challenges for a hub and a council, without waivers,
/// decisions, proposals and (for a hub) objections; those about themselves for a peer, without objections; none for an analyst.
pub fn visible_to(viewer: &Viewer) -> Condition {
    let seen = match &viewer.role {
        ViewerRole::Programme => return Condition::all(),
        ViewerRole::Hub { regions } => Column::ChallengeId.in_subquery(hosted_by(ids_in_regions(regions))),
        ViewerRole::Council { council } => Column::ChallengeId.in_subquery(hosted_by(ids_by_code(council))),
        ViewerRole::Peer { peer } => Column::PeerId.eq(*peer),
        ViewerRole::Analyst => Expr::cust("1 = 0"),
    };
    let secret = secret_kinds(&viewer.role).iter().map(|kind| kind.name());
    Condition::all().add(seen).add(Column::EntityKind.is_not_in(secret))
}

/// Whether `viewer` may read who did it. Hosts and hubs do not learn through the record which person answered for themselves.
pub fn may_read_actor(viewer: &Viewer, actor_role: &str) -> bool {
    match viewer.role {
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => actor_role != PEER_ROLE_CODE,
        ViewerRole::Programme | ViewerRole::Peer { .. } => true,
    }
}

/// The events that `viewer` may see and that meet `filter`.
pub fn select(filter: &Filter, viewer: &Viewer) -> Select<audit_event::Entity> {
    let mut wanted = Condition::all().add(visible_to(viewer));
    if let Some((kind, id)) = filter.entity {
        wanted = wanted
            .add(Column::EntityKind.eq(kind.name()))
            .add(Column::EntityId.eq(id));
    }
    if let Some(challenge) = filter.challenge {
        wanted = wanted.add(Column::ChallengeId.eq(challenge));
    }
    if let Some(actor) = &filter.actor {
        wanted = wanted.add(Column::Actor.eq(actor.as_str()));
        // Otherwise the filter would tell what the field hides.
        if !may_read_actor(viewer, PEER_ROLE_CODE) {
            wanted = wanted.add(Column::ActorRole.ne(PEER_ROLE_CODE));
        }
    }
    if let Some(from) = filter.from {
        wanted = wanted.add(Column::At.gte(from));
    }
    if let Some(until) = filter.until {
        wanted = wanted.add(Column::At.lt(until));
    }
    audit_event::Entity::find().filter(wanted)
}

/// Events, newest first; ids are time-ordered.
pub fn newest_first(filter: &Filter) -> Keyset<audit_event::Entity> {
    Keyset {
        name: format!("audit events {filter:?}"),
        sort: None,
        id: Column::Id,
        value: |_| SortValue::Id,
        key: |row| row.id,
        descending: true,
    }
}

restricted! {
    audit_event: |viewer, _today| visible_to(viewer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_code_of_peers_is_the_one_that_events_carry() {
        assert_eq!(ViewerRole::Peer { peer: Uuid::nil() }.code(), PEER_ROLE_CODE);
    }
}

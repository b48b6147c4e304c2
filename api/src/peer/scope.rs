//! Whom a viewer may see, and how much of them: sets of peer ids as subqueries, so that scope is part of every query.
//!
//! * profile: name, reference, post, roles, themes, party, home councils: what a host needs to know who comes and to judge
//!   whether to object, and team mates to know whom they work with;
//! * keeping: standing in the pool, e-mail, training, declaration, capacity, affiliations, availability (a hub for the
//!   people of its regions);
//! * everything: also interests, reasons, past engagements, duplicates (the programme, and each person for themselves).
//!
//! Only posts, offices and consultancies make somebody "at" a council: a job application must not show a person to the
//! council that they applied to, nor an inspector to the one that they inspect.

use chrono::NaiveDate;
use entity::{
    affiliation, assignment, availability_window, blackout_period, challenge, declared_interest, delivery_body_council,
    enums, past_engagement, peer,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{classes::Class, repo::visible_blackouts, rules::HOME_KINDS};
use crate::{
    auth::{Viewer, ViewerRole},
    council::repo::{ids_by_code, ids_in_regions},
    graphql::visible::{nobody, restricted},
};

/// How much of a person a viewer may read. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Clearance {
    /// The profile.
    Profile,
    /// What a hub needs to look after the people of its regions.
    Keeping,
    /// Everything.
    Everything,
}

/// A set of people.
#[derive(Clone, Debug)]
pub enum People {
    /// Everybody in the pool.
    Everybody,
    /// Those whose ids any of these give; nobody when there are none.
    Of(Vec<SelectStatement>),
}

impl People {
    /// The condition that `column`, which holds a peer's id, is one of them.
    pub fn hold(self, column: impl ColumnTrait) -> Condition {
        match self {
            Self::Everybody => Condition::all(),
            Self::Of(sets) if sets.is_empty() => nobody(),
            Self::Of(sets) => sets
                .into_iter()
                .fold(Condition::any(), |either, set| either.add(column.in_subquery(set))),
        }
    }
}

/// The people of whom `viewer` may read as much as `clearance` on `today`.
pub fn people(viewer: &Viewer, clearance: Clearance, today: NaiveDate) -> People {
    let profile = clearance == Clearance::Profile;
    match &viewer.role {
        ViewerRole::Programme => People::Everybody,
        ViewerRole::Hub { regions } if clearance <= Clearance::Keeping => {
            let mut sets = vec![at_councils(ids_in_regions(regions), today)];
            if profile {
                sets.push(on_teams(hosted_by(ids_in_regions(regions))));
            }
            People::Of(sets)
        }
        ViewerRole::Council { council } if profile => People::Of(vec![
            at_councils(ids_by_code(council), today),
            on_teams(hosted_by(ids_by_code(council))),
        ]),
        ViewerRole::Peer { peer } => {
            let mut sets = vec![only(*peer)];
            if profile {
                sets.push(on_teams(joined_by(*peer)));
            }
            People::Of(sets)
        }
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => People::Of(Vec::new()),
    }
}

/// Whom `viewer` may see at all, as a condition on `peer`.
pub fn visible_to(viewer: &Viewer, today: NaiveDate) -> Condition {
    people(viewer, Clearance::Profile, today).hold(peer::Column::Id)
}

/// Rows about people, of a kind that `class` names, that `viewer` may read on `today`; `column` holds the person.
fn readable(viewer: &Viewer, class: Class, today: NaiveDate, column: impl ColumnTrait) -> Condition {
    match class.clearance() {
        Some(clearance) => people(viewer, clearance, today).hold(column),
        None if viewer.is_programme() => Condition::all(),
        None => nobody(),
    }
}

restricted! {
    peer: |viewer, today| visible_to(viewer, today);
    affiliation: |viewer, today| readable(viewer, Class::Tie, today, affiliation::Column::PeerId);
    declared_interest: |viewer, today| readable(viewer, Class::Declaration, today, declared_interest::Column::PeerId);
    availability_window: |viewer, today| {
        readable(viewer, Class::Availability, today, availability_window::Column::PeerId)
    };
    past_engagement: |viewer, today| readable(viewer, Class::Service, today, past_engagement::Column::PeerId);
    blackout_period: |viewer, today| visible_blackouts(viewer, today);
}

/// Rows with optional first and last days that hold on `day`.
pub fn holds_on(starts_on: impl ColumnTrait, ends_on: impl ColumnTrait, day: NaiveDate) -> Condition {
    Condition::all()
        .add(starts_on.is_null().or(starts_on.lte(day)))
        .add(ends_on.is_null().or(ends_on.gte(day)))
}

/// Ids of the people at home in these councils on `day`, directly or through a delivery body that serves them.
pub fn at_councils(councils: SelectStatement, day: NaiveDate) -> SelectStatement {
    let bodies = delivery_body_council::Entity::find()
        .select_only()
        .column(delivery_body_council::Column::BodyId)
        .filter(delivery_body_council::Column::CouncilId.in_subquery(councils.clone()))
        .filter(holds_on(
            delivery_body_council::Column::StartsOn,
            delivery_body_council::Column::EndsOn,
            day,
        ))
        .into_query();
    affiliation::Entity::find()
        .select_only()
        .column(affiliation::Column::PeerId)
        .filter(affiliation::Column::Kind.is_in(HOME_KINDS))
        .filter(holds_on(
            affiliation::Column::StartsOn,
            affiliation::Column::EndsOn,
            day,
        ))
        .filter(
            affiliation::Column::CouncilId
                .in_subquery(councils)
                .or(affiliation::Column::DeliveryBodyId.in_subquery(bodies)),
        )
        .into_query()
}

/// Ids of the councils in these regions.
pub fn councils_in(regions: &[Uuid]) -> SelectStatement {
    entity::council::Entity::find()
        .select_only()
        .column(entity::council::Column::Id)
        .filter(entity::council::Column::RegionId.is_in(regions.iter().copied()))
        .into_query()
}

/// These councils, as a set.
pub fn these_councils(ids: &[Uuid]) -> SelectStatement {
    entity::council::Entity::find()
        .select_only()
        .column(entity::council::Column::Id)
        .filter(entity::council::Column::Id.is_in(ids.iter().copied()))
        .into_query()
}

/// Ids of the challenges that these councils host.
pub fn hosted_by(councils: SelectStatement) -> SelectStatement {
    challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Id)
        .filter(challenge::Column::HostId.in_subquery(councils))
        .into_query()
}

/// Ids of the live members of these challenges' teams.
fn on_teams(challenges: SelectStatement) -> SelectStatement {
    assignment::Entity::find()
        .select_only()
        .column(assignment::Column::PeerId)
        .filter(assignment::Column::ChallengeId.in_subquery(challenges))
        .filter(assignment::Column::Status.is_in(enums::AssignmentStatus::LIVE))
        .into_query()
}

/// Ids of the challenges on whose team this person is.
fn joined_by(peer: Uuid) -> SelectStatement {
    assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ChallengeId)
        .filter(assignment::Column::PeerId.eq(peer))
        .filter(assignment::Column::Status.is_in(enums::AssignmentStatus::LIVE))
        .into_query()
}

fn only(peer: Uuid) -> SelectStatement {
    peer::Entity::find()
        .select_only()
        .column(peer::Column::Id)
        .filter(peer::Column::Id.eq(peer))
        .into_query()
}

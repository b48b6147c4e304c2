//! Loads the pool, or some of it: profiles, roles, themes, ties, interests, days, objections and possible duplicates.
//! The number of statements does not depend on how many people are asked about.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    affiliation, availability_window, blackout_period, declared_interest,
    enums::{self, AffiliationKind, InterestKind, ObjectionStatus},
    host_objection, peer, peer_duplicate, peer_role, peer_theme,
};
use matching::{
    Affiliation, BodyIx, CouncilIx, Interest, Objection, Peer, PeerStatus, Period, RoleSet, Span, Stretch, ThemeSet,
    identity::{self, Card},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::ExprTrait,
};
use uuid::Uuid;

use super::{
    convert,
    lists::{Flag, by_person},
    map::Ids,
};
use crate::{clock::civil_date, graphql::errors::Result};

/// About whom facts are loaded.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// The whole pool.
    Everybody,
    /// These people (at most 500), and whoever the challenge's team already has.
    Only(&'a [Uuid]),
}

impl Whom<'_> {
    /// The condition that `column` names one of them.
    pub(super) fn among(self, column: impl ColumnTrait) -> Condition {
        match self {
            Self::Everybody => Condition::all(),
            Self::Only(ids) => Condition::all().add(column.is_in(ids.iter().copied())),
        }
    }
}

/// People with the way back to their ids and names.
pub(super) struct People {
    pub(super) peers: Vec<Peer>,
    pub(super) ids: Ids,
    pub(super) names: Vec<String>,
}

/// A person of whom only the id matters, because an engagement of theirs does.
pub(super) fn bystander(id: Uuid) -> Peer {
    Peer {
        id,
        status: PeerStatus::Left,
        roles: RoleSet::default(),
        themes: ThemeSet::default(),
        party: None,
        trained_on: None,
        declared_on: None,
        retired_on: None,
        capacity: None,
        affiliations: Vec::new(),
        interests: Vec::new(),
        availability: Vec::new(),
        blackouts: Vec::new(),
        objections: Vec::new(),
        possible_duplicates: Vec::new(),
    }
}

/// What the engine needs of a profile.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "peer::Entity")]
struct Profile {
    id: Uuid,
    name: String,
    name_key: String,
    email_key: Option<String>,
    post: Option<String>,
    status: enums::PeerStatus,
    party: Option<enums::Party>,
    trained_on: Option<NaiveDate>,
    declared_on: Option<NaiveDate>,
    retired_on: Option<NaiveDate>,
    capacity: Option<i32>,
}

pub(super) async fn load(
    whom: Whom<'_>,
    days: Option<Span>,
    council_ids: &Ids,
    body_ids: &Ids,
    theme_ids: &Ids,
    connection: &impl ConnectionTrait,
) -> Result<People> {
    let rows = peer::Entity::find()
        .filter(whom.among(peer::Column::Id))
        .order_by_asc(peer::Column::Id)
        .into_partial_model::<Profile>()
        .all(connection)
        .await?;
    let ids: Ids = rows.iter().map(|row| row.id).collect();
    let mut peers: Vec<Peer> = rows
        .iter()
        .map(|row| Peer {
            status: convert::status(row.status),
            party: row.party.map(convert::party),
            trained_on: row.trained_on,
            declared_on: row.declared_on,
            retired_on: row.retired_on,
            capacity: row.capacity.and_then(|most| u32::try_from(most).ok()),
            ..bystander(row.id)
        })
        .collect();
    skills(whom, &ids, theme_ids, &mut peers, connection).await?;
    ties(whom, &ids, council_ids, body_ids, &mut peers, connection).await?;
    calendar(whom, days, &ids, &mut peers, connection).await?;
    objections(whom, &ids, council_ids, &mut peers, connection).await?;
    duplicates(whom, &rows, &ids, &mut peers, connection).await?;
    Ok(People {
        peers,
        ids,
        names: rows.into_iter().map(|row| row.name).collect(),
    })
}

async fn skills(
    whom: Whom<'_>,
    ids: &Ids,
    theme_ids: &Ids,
    peers: &mut [Peer],
    connection: &impl ConnectionTrait,
) -> Result<()> {
    let roles = peer_role::Entity::find().filter(whom.among(peer_role::Column::PeerId));
    let columns = [peer_role::Column::Role];
    for (peer, roles) in by_person(roles, peer_role::Column::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        let peer = &mut peers[at as usize];
        for (role,) in roles {
            peer.roles = peer.roles.with(convert::role(role));
        }
    }
    let themes = peer_theme::Entity::find().filter(whom.among(peer_theme::Column::PeerId));
    let columns = [peer_theme::Column::ThemeId];
    for (peer, themes) in by_person(themes, peer_theme::Column::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        for (theme,) in themes {
            peers[at as usize].themes.0 |= super::theme_bit(theme_ids, theme)?;
        }
    }
    Ok(())
}

/// Id, kind, council or body, whether it is the main one, first and last day.
type Tie = (
    Uuid,
    AffiliationKind,
    Option<Uuid>,
    Option<Uuid>,
    Flag,
    Option<NaiveDate>,
    Option<NaiveDate>,
);

/// Id, kind, council, first and last day.
type Declared = (Uuid, InterestKind, Uuid, Option<NaiveDate>, Option<NaiveDate>);

async fn ties(
    whom: Whom<'_>,
    ids: &Ids,
    council_ids: &Ids,
    body_ids: &Ids,
    peers: &mut [Peer],
    connection: &impl ConnectionTrait,
) -> Result<()> {
    use affiliation::Column as Tied;
    use declared_interest::Column as Interested;
    let rows = affiliation::Entity::find().filter(whom.among(Tied::PeerId));
    let columns = [
        Tied::Id,
        Tied::Kind,
        Tied::CouncilId,
        Tied::DeliveryBodyId,
        Tied::IsPrimary,
        Tied::StartsOn,
        Tied::EndsOn,
    ];
    for (peer, ties) in by_person::<_, Tie>(rows, Tied::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        for (id, kind, council, body, Flag(primary), from, until) in ties {
            let council = council
                .map(|id| council_ids.known(id, "council").map(CouncilIx))
                .transpose()?;
            let body = body
                .map(|id| body_ids.known(id, "delivery body").map(BodyIx))
                .transpose()?;
            peers[at as usize].affiliations.push(Affiliation {
                id,
                kind: convert::affiliation(kind),
                council,
                body,
                period: Period { from, until },
                primary,
            });
        }
    }
    let rows = declared_interest::Entity::find()
        .filter(whom.among(Interested::PeerId))
        .filter(Interested::WithdrawnAt.is_null());
    let columns = [
        Interested::Id,
        Interested::Kind,
        Interested::CouncilId,
        Interested::StartsOn,
        Interested::EndsOn,
    ];
    for (peer, interests) in by_person::<_, Declared>(rows, Interested::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        for (id, kind, council, from, until) in interests {
            peers[at as usize].interests.push(Interest {
                id,
                kind: convert::interest(kind),
                council: CouncilIx(council_ids.known(council, "council")?),
                period: Period { from, until },
            });
        }
    }
    Ok(())
}

/// Days offered and closed, from the first window on. Whoever offered days only before it keeps them all, because "not
/// free then" and "never said" are different findings; later days are kept because they say when somebody is free next.
async fn calendar(
    whom: Whom<'_>,
    days: Option<Span>,
    ids: &Ids,
    peers: &mut [Peer],
    connection: &impl ConnectionTrait,
) -> Result<()> {
    use availability_window::Column as Offer;
    use blackout_period::Column as Closed;
    let Some(days) = days else { return Ok(()) };
    let still_offering = availability_window::Entity::find()
        .select_only()
        .column(Offer::PeerId)
        .filter(Offer::EndsOn.gte(days.from))
        .into_query();
    let rows = availability_window::Entity::find()
        .filter(whom.among(Offer::PeerId))
        .filter(
            Offer::EndsOn
                .gte(days.from)
                .or(Offer::PeerId.not_in_subquery(still_offering)),
        );
    let columns = [Offer::Id, Offer::StartsOn, Offer::EndsOn];
    for (peer, stretches) in by_person(rows, Offer::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        peers[at as usize].availability = stretches.into_iter().map(stretch).collect();
    }
    let rows = blackout_period::Entity::find()
        .filter(Closed::PeerId.is_not_null())
        .filter(whom.among(Closed::PeerId))
        .filter(Closed::EndsOn.gte(days.from))
        .filter(Closed::StartsOn.lte(days.until));
    let columns = [Closed::Id, Closed::StartsOn, Closed::EndsOn];
    for (peer, stretches) in by_person(rows, Closed::PeerId, &columns, connection).await? {
        let Some(at) = ids.position(peer) else { continue };
        peers[at as usize].blackouts = stretches.into_iter().map(stretch).collect();
    }
    Ok(())
}

fn stretch((id, from, until): (Uuid, NaiveDate, NaiveDate)) -> Stretch {
    Stretch {
        id,
        span: Span { from, until },
    }
}

async fn objections(
    whom: Whom<'_>,
    ids: &Ids,
    council_ids: &Ids,
    peers: &mut [Peer],
    connection: &impl ConnectionTrait,
) -> Result<()> {
    let rows = host_objection::Entity::find()
        .filter(whom.among(host_objection::Column::PeerId))
        .filter(host_objection::Column::Status.eq(ObjectionStatus::Upheld))
        .order_by_asc(host_objection::Column::Id)
        .all(connection)
        .await?;
    for row in rows {
        let Some(at) = ids.position(row.peer_id) else { continue };
        let host = CouncilIx(council_ids.known(row.host_id, "council")?);
        let decided_on = civil_date(row.decided_at.unwrap_or(row.raised_at));
        peers[at as usize].objections.push(Objection {
            id: row.id,
            host,
            decided_on,
        });
    }
    Ok(())
}

/// Entries that may be the same person, without the pairs on which somebody decided.
async fn duplicates(
    whom: Whom<'_>,
    rows: &[Profile],
    ids: &Ids,
    peers: &mut [Peer],
    connection: &impl ConnectionTrait,
) -> Result<()> {
    type Named = (Uuid, Option<String>, String, Option<String>);
    let card = |(id, email_key, name_key, post): Named| Card {
        id,
        email_key,
        name_key,
        post_key: post.as_deref().map(identity::name_key),
    };
    let cards: Vec<Card> = match whom {
        Whom::Everybody => {
            let named = |row: &Profile| (row.id, row.email_key.clone(), row.name_key.clone(), row.post.clone());
            rows.iter().map(named).map(card).collect()
        }
        Whom::Only(_) => {
            let emails: BTreeSet<&str> = rows.iter().filter_map(|row| row.email_key.as_deref()).collect();
            let names: BTreeSet<&str> = rows.iter().map(|row| row.name_key.as_str()).collect();
            let alike: Vec<Named> = peer::Entity::find()
                .select_only()
                .columns([
                    peer::Column::Id,
                    peer::Column::EmailKey,
                    peer::Column::NameKey,
                    peer::Column::Post,
                ])
                .filter(
                    peer::Column::EmailKey
                        .is_in(emails)
                        .or(peer::Column::NameKey.is_in(names)),
                )
                .order_by_asc(peer::Column::Id)
                .into_tuple()
                .all(connection)
                .await?;
            alike.into_iter().map(card).collect()
        }
    };
    let found = identity::possible_duplicates(&cards);
    let pairs: HashSet<(Uuid, Uuid)> = found.iter().map(|pair| (pair.a, pair.b)).collect();
    // Few pairs are ever decided, so all decisions are read: the statement stays one.
    let decided: Vec<(Uuid, Uuid)> = peer_duplicate::Entity::find()
        .select_only()
        .columns([peer_duplicate::Column::PeerAId, peer_duplicate::Column::PeerBId])
        .into_tuple()
        .all(connection)
        .await?;
    let decided: HashSet<(Uuid, Uuid)> = decided
        .into_iter()
        .map(|(a, b)| (Ord::min(a, b), Ord::max(a, b)))
        .collect();
    let mut twins: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    for &(a, b) in pairs.difference(&decided) {
        twins.entry(a).or_default().insert(b);
        twins.entry(b).or_default().insert(a);
    }
    for (peer, others) in twins {
        if let Some(at) = ids.position(peer) {
            peers[at as usize].possible_duplicates = others.into_iter().collect();
        }
    }
    Ok(())
}

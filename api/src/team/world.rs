//! Turns rows into the facts of the engine, for one challenge at one point in time.
//!
//! [`load`] makes a number of statements that depends neither on the pool nor on how many people are asked about (a test
//! counts them), and for a few people reads nothing that grows with the pool. It runs on a reader or inside the
//! transaction that is about to nominate somebody, so that every rule is checked against the database as it is then.
//!
//! Positions in [`Facts::world`] are only meaningful together with the maps beside it. Neighbours: `places`, `people`,
//! `engagements`, `request` (one kind of fact each), `convert` (enums), `labels` (words for records).

mod convert;
mod engagements;
mod labels;
mod map;
mod people;
mod places;
mod request;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{assignment, challenge, conflict_waiver, programme, programme_policy, season, theme};
use matching::{
    Challenge, Member, PeerIx, Policy, SeasonIx, SlotIx, Span, Verdict, Waiver, WindowIx, World,
    eligibility::{Case, ChallengeError},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

pub use map::Ids;
pub use people::Whom;

use super::codes;
use crate::{
    graphql::errors::{ApiError, Result},
    programme::{policy::PolicyBody, repo::body},
};

/// Most themes that fit into a set of the engine.
const MAX_THEMES: u32 = 64;

/// The facts round one challenge, with the way back to the database.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Councils, bodies, people and engagements.
    pub world: World,
    /// The challenge as the engine sees it.
    pub challenge: Challenge,
    /// The policy that the answers rest on.
    pub policy: Policy,
    /// The whole of that policy version.
    pub policy_body: PolicyBody,
    /// The challenge's row.
    pub row: challenge::Model,
    /// Live assignments of the challenge.
    pub team: Vec<assignment::Model>,
    /// Waivers of the challenge that have not been revoked.
    pub waivers: Vec<conflict_waiver::Model>,
    peer_ids: Ids,
    /// How many of the people are in the pool as asked; whoever comes after is known by an engagement only.
    known_people: usize,
    peer_names: Vec<String>,
    council_names: Vec<String>,
    body_names: Vec<String>,
    engagement_positions: HashMap<Uuid, usize>,
    assignments: HashSet<Uuid>,
}

/// The bit of a theme.
fn theme_bit(themes: &Ids, id: Uuid) -> Result<u64> {
    let position = themes.known(id, "theme")?;
    if position >= MAX_THEMES {
        return Err(ApiError::internal(format_args!(
            "there are more than {MAX_THEMES} themes"
        )));
    }
    Ok(1 << position)
}

/// Loads the facts round the challenge of `row`, about `whom`, as of `today`. `policy` stands in for the version that the
/// challenge is pinned to.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn load(
    row: challenge::Model,
    whom: Whom<'_>,
    today: NaiveDate,
    policy: Option<programme_policy::Model>,
    connection: &impl ConnectionTrait,
) -> Result<Facts> {
    let missing = |what: &str, id| ApiError::internal(format_args!("{what} {id} is referred to but missing"));
    let programme = programme::Entity::find_by_id(row.programme_id)
        .one(connection)
        .await?
        .ok_or_else(|| missing("programme", row.programme_id))?;
    let policy = match policy {
        Some(policy) => policy,
        None => programme_policy::Entity::find_by_id(row.policy_id)
            .one(connection)
            .await?
            .ok_or_else(|| missing("policy", row.policy_id))?,
    };
    let policy_body = body(&policy)?;
    let engine_policy = policy_body.engine(policy.id, u32::try_from(policy.number).map_err(ApiError::internal)?);
    let themes = theme::Entity::find()
        .order_by_asc(theme::Column::Id)
        .all(connection)
        .await?;
    let theme_ids: Ids = themes.into_iter().map(|theme| theme.id).collect();
    let seasons = season::Entity::find()
        .order_by_asc(season::Column::StartsOn)
        .all(connection)
        .await?;
    let season_ids: Ids = seasons.iter().map(|season| season.id).collect();
    let places = places::load(row.host_id, programme.kind, connection).await?;
    let request = request::load(&row, &policy_body, &theme_ids, connection).await?;
    let days = request.days();

    let asked: Vec<Uuid> = match whom {
        Whom::Everybody => Vec::new(),
        Whom::Only(ids) => {
            let mut all: Vec<Uuid> = ids.to_vec();
            all.extend(request.team.iter().map(|member| member.peer_id));
            all.sort_unstable();
            all.dedup();
            all
        }
    };
    let whom = if matches!(whom, Whom::Everybody) {
        Whom::Everybody
    } else {
        Whom::Only(&asked)
    };
    let mut people = people::load(
        whom,
        days,
        &places.council_ids,
        &places.body_ids,
        &theme_ids,
        connection,
    )
    .await?;
    let known_people = people.peers.len();
    let wanted = engagements::Wanted {
        whom,
        days,
        host_lineage: &places.host_lineage,
        today,
    };
    let rows = engagements::load(&wanted, &places.council_ids, &seasons, &season_ids, connection).await?;
    let mut engagements = Vec::with_capacity(rows.len());
    let mut assignments = HashSet::new();
    for engagement in rows {
        let position = people.ids.intern(engagement.peer)?;
        if position as usize == people.peers.len() {
            people.peers.push(people::bystander(engagement.peer));
        }
        if engagement.assignment {
            assignments.insert(engagement.engagement.id);
        }
        engagements.push(matching::Engagement {
            peer: PeerIx(position),
            ..engagement.engagement
        });
    }
    let engagement_positions = engagements.iter().enumerate().map(|(i, one)| (one.id, i)).collect();

    let challenge = Challenge {
        id: row.id,
        host: matching::CouncilIx(places.council_ids.known(row.host_id, "council")?),
        reach: convert::reach(programme.reach),
        first_team: request.first_team.map(|team| {
            team.into_iter()
                .filter_map(|id| people.ids.position(id))
                .map(PeerIx)
                .collect()
        }),
        season: SeasonIx(season_ids.known(row.season_id, "season")?),
        priority: request.priority,
        themes: request.themes,
        members: members(&request.slots, &request.team, &people.ids)?,
        slots: request.slots,
        windows: request.windows,
        waivers: request
            .waivers
            .iter()
            .filter_map(|waiver| {
                Some(Waiver {
                    id: waiver.id,
                    peer: PeerIx(people.ids.position(waiver.peer_id)?),
                    rule: codes::from_entity(waiver.rule),
                    expires_on: waiver.expires_on,
                })
            })
            .collect(),
    };
    let world = World::new(places.councils, places.bodies, people.peers, engagements).map_err(ApiError::internal)?;
    Ok(Facts {
        world,
        challenge,
        policy: engine_policy,
        policy_body,
        row,
        team: request.team,
        waivers: request.waivers,
        peer_ids: people.ids,
        known_people,
        peer_names: people.names,
        council_names: places.council_names,
        body_names: places.body_names,
        engagement_positions,
        assignments,
    })
}

fn members(slots: &[matching::Slot], team: &[assignment::Model], people: &Ids) -> Result<Vec<Member>> {
    let mut members = Vec::with_capacity(team.len());
    for holder in team {
        let slot = slots.iter().zip(0..).find(|(slot, _)| slot.id == holder.slot_id);
        let (_, slot) = slot.ok_or_else(|| ApiError::internal("an assignment holds a slot of another challenge"))?;
        members.push(Member {
            slot: SlotIx(slot),
            peer: PeerIx(people.known(holder.peer_id, "peer")?),
        });
    }
    Ok(members)
}

/// The challenge's row, if there is one.
pub async fn challenge_row(id: Uuid, connection: &impl ConnectionTrait) -> Result<Option<challenge::Model>> {
    Ok(challenge::Entity::find()
        .filter(challenge::Column::Id.eq(id))
        .one(connection)
        .await?)
}

impl From<ChallengeError> for ApiError {
    /// Services check what a client can get wrong; what is left is a contradiction in the rows.
    fn from(error: ChallengeError) -> Self {
        Self::internal(error)
    }
}

impl Facts {
    /// Where a person asked about stands in the world; `None` for strangers.
    pub fn peer(&self, id: Uuid) -> Option<PeerIx> {
        self.peer_ids
            .position(id)
            .filter(|&position| (position as usize) < self.known_people)
            .map(PeerIx)
    }

    /// The database id of a person of the world.
    pub fn peer_id(&self, peer: PeerIx) -> Uuid {
        self.world.peers()[peer.index()].id
    }

    /// A person's name; empty for those known by an engagement only.
    pub fn peer_name(&self, peer: PeerIx) -> &str {
        self.peer_names.get(peer.index()).map_or("", String::as_str)
    }

    /// A council's everyday name.
    pub fn council_name(&self, council: matching::CouncilIx) -> &str {
        self.council_names.get(council.index()).map_or("", String::as_str)
    }

    /// What decides between people worth the same, unless somebody asks for another seed: it differs between challenges, so
    /// that nobody is always first, and not between questions about one, so that asking again changes nothing. 31 bits,
    /// which every client can read.
    pub fn seed(&self) -> u32 {
        let [.., a, b, c, d] = *self.row.id.as_bytes();
        u32::from_be_bytes([a, b, c, d]) >> 1
    }

    /// Where a slot stands in the challenge.
    pub fn slot(&self, id: Uuid) -> Option<SlotIx> {
        self.challenge
            .slot_positions()
            .find(|&slot| self.challenge.slots[slot.index()].id == id)
    }

    /// The database id of a slot.
    pub fn slot_id(&self, slot: SlotIx) -> Uuid {
        self.challenge.slots[slot.index()].id
    }

    /// Where a window stands in the challenge.
    pub fn window(&self, id: Uuid) -> Option<WindowIx> {
        self.challenge
            .windows
            .iter()
            .zip(0..)
            .find(|(window, _)| window.id == id)
            .map(|(_, at)| WindowIx(at))
    }

    /// The database id of a window.
    pub fn window_id(&self, window: WindowIx) -> Uuid {
        self.challenge.windows[window.index()].id
    }

    /// The days of a window.
    pub fn span(&self, window: WindowIx) -> Span {
        self.challenge.windows[window.index()].span
    }

    /// The challenge in one of its windows, ready to assess people.
    ///
    /// # Errors
    /// Internal when the rows contradict each other.
    pub fn case(&self, window: WindowIx) -> Result<Case<'_>> {
        Ok(Case::at_window(&self.world, &self.policy, &self.challenge, window)?)
    }

    /// Everything that speaks against a person in a slot (or as far as it does not depend on the slot) and window.
    ///
    /// # Errors
    /// Internal when the rows contradict each other.
    pub fn assess(&self, slot: Option<SlotIx>, window: WindowIx, peer: PeerIx) -> Result<Verdict> {
        Ok(self.case(window)?.assess(slot, peer)?)
    }

    /// The council that counts as a person's home on these days.
    pub fn home(&self, peer: PeerIx, span: Span) -> Option<Uuid> {
        let home = self.world.homes(peer, span).primary?;
        Some(self.world.councils()[home.index()].id)
    }

    /// Whether an engagement's record is a live assignment (otherwise it is a past engagement).
    pub fn is_assignment(&self, engagement: Uuid) -> bool {
        self.assignments.contains(&engagement)
    }
}

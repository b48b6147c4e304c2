//! Turns rows into the facts of the engine, for one challenge (or several at once) at one point in time.
//!
//! [`load`] and [`load_all`] make a number of statements that depends neither on the pool nor on how many people are asked about (a test
//! counts them), and for a few people read nothing that grows with the pool. They run on a reader or inside the
//! transaction that is about to nominate somebody, so that every rule is checked against the database as it is then.
//!
//! Positions in [`Facts::world`] are only meaningful together with the maps beside it. Neighbours: `places`, `people`,
//! `engagements`, `request` (one kind of fact each), `convert` (enums), `labels` (words for records).

mod convert;
mod engagements;
mod labels;
mod lists;
mod map;
mod people;
mod places;
mod request;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

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
    pub world: Arc<World>,
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
    index: Arc<Index>,
}

/// The way back from the world to the database; facts that were loaded together share it, as they share the world.
#[derive(Debug)]
struct Index {
    peer_ids: Ids,
    /// How many of the people are in the pool as asked; whoever comes after is known by an engagement only.
    known_people: usize,
    peer_names: Vec<String>,
    council_names: Vec<String>,
    body_names: Vec<String>,
    regions: Vec<Uuid>,
    themes: Vec<String>,
    engagement_positions: HashMap<Uuid, usize>,
    assignments: HashSet<Uuid>,
}

/// Most challenges whose facts are loaded at once; with full teams they are about as many people as [`Whom`] takes.
pub const MAX_TOGETHER: usize = 40;

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

/// Loads the facts round the challenge of `row`, about `whom`, as of `today`.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn load(
    row: challenge::Model,
    whom: Whom<'_>,
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Facts> {
    let programme = row.programme_id;
    let loaded = load_all(vec![row], programme, whom, today, None, connection).await?;
    let facts = loaded.into_iter().next();
    facts.ok_or_else(|| ApiError::internal("the facts of a challenge were not loaded"))
}

/// As [`load`] for several challenges of one programme (at most [`MAX_TOGETHER`]), in their order and with as many
/// statements as for one. `policy` stands in for the versions that they are pinned to. They share one world, which holds
/// more than each alone would have: what is in it about other challenges' teams and hosts says nothing about this one.
///
/// # Errors
/// As [`load`].
pub async fn load_all(
    rows: Vec<challenge::Model>,
    programme: Uuid,
    whom: Whom<'_>,
    today: NaiveDate,
    policy: Option<&programme_policy::Model>,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Facts>> {
    let programme = programme::Entity::find_by_id(programme)
        .one(connection)
        .await?
        .ok_or_else(|| missing("programme", programme))?;
    let (rows, policies) = judged(rows, policy, connection).await?;
    let themes = theme::Entity::find()
        .order_by_asc(theme::Column::Id)
        .all(connection)
        .await?;
    let theme_ids: Ids = themes.iter().map(|theme| theme.id).collect();
    let theme_codes = themes.into_iter().map(|theme| theme.code).collect();
    let seasons = season::Entity::find()
        .order_by_asc(season::Column::StartsOn)
        .all(connection)
        .await?;
    let season_ids: Ids = seasons.iter().map(|season| season.id).collect();
    let hosts: BTreeSet<Uuid> = rows.iter().map(|(row, _)| row.host_id).collect();
    let hosts: Vec<Uuid> = hosts.into_iter().collect();
    let places = places::load(&hosts, programme.kind, connection).await?;
    let requests = request::load(&rows, &theme_ids, connection).await?;
    let days: Vec<Span> = requests.iter().filter_map(request::Request::days).collect();

    let asked: Vec<Uuid> = match whom {
        Whom::Everybody => Vec::new(),
        Whom::Only(ids) => {
            let team = requests.iter().flat_map(|request| &request.team);
            let all: BTreeSet<Uuid> = ids.iter().copied().chain(team.map(|member| member.peer_id)).collect();
            all.into_iter().collect()
        }
    };
    let whom = if matches!(whom, Whom::Everybody) {
        Whom::Everybody
    } else {
        Whom::Only(&asked)
    };
    let mut people = people::load(
        whom,
        hull(&days),
        &places.council_ids,
        &places.body_ids,
        &theme_ids,
        connection,
    )
    .await?;
    let known_people = people.peers.len();
    let wanted = engagements::Wanted {
        whom,
        days: &days,
        host_lineages: &places.host_lineages,
        today,
    };
    let found = engagements::load(&wanted, &places.council_ids, &seasons, &season_ids, connection).await?;
    let mut engagements = Vec::with_capacity(found.len());
    let mut assignments = HashSet::new();
    for engagement in found {
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
    let world = World::new(places.councils, places.bodies, people.peers, engagements).map_err(ApiError::internal)?;
    let world = Arc::new(world);
    let index = Arc::new(Index {
        peer_ids: people.ids,
        known_people,
        peer_names: people.names,
        council_names: places.council_names,
        body_names: places.body_names,
        regions: places.regions,
        themes: theme_codes,
        engagement_positions,
        assignments,
    });
    let mut all = Vec::with_capacity(rows.len());
    for (((row, policy_body), policy), request) in rows.into_iter().zip(policies).zip(requests) {
        let host = matching::CouncilIx(places.council_ids.known(row.host_id, "council")?);
        let season = SeasonIx(season_ids.known(row.season_id, "season")?);
        let reach = convert::reach(programme.reach);
        let (challenge, team, waivers) = challenge_of(&row, (host, season, reach), request, &index.peer_ids)?;
        all.push(Facts {
            world: Arc::clone(&world),
            challenge,
            policy,
            policy_body,
            row,
            team,
            waivers,
            index: Arc::clone(&index),
        });
    }
    Ok(all)
}

fn missing(what: &str, id: Uuid) -> ApiError {
    ApiError::internal(format_args!("{what} {id} is referred to but missing"))
}

/// Challenges with the policy versions that they are judged by, read and as the engine takes them: `policy`, or the one
/// that each is pinned to.
async fn judged(
    rows: Vec<challenge::Model>,
    policy: Option<&programme_policy::Model>,
    connection: &impl ConnectionTrait,
) -> Result<(Vec<(challenge::Model, PolicyBody)>, Vec<Policy>)> {
    let pinned = if policy.is_some() {
        Vec::new()
    } else {
        let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.policy_id).collect();
        programme_policy::Entity::find()
            .filter(programme_policy::Column::Id.is_in(ids))
            .all(connection)
            .await?
    };
    let mut judged = Vec::with_capacity(rows.len());
    let mut policies = Vec::with_capacity(rows.len());
    for row in rows {
        let of_row = policy
            .or_else(|| pinned.iter().find(|policy| policy.id == row.policy_id))
            .ok_or_else(|| missing("policy", row.policy_id))?;
        let says = body(of_row)?;
        policies.push(says.engine(of_row.id, u32::try_from(of_row.number).map_err(ApiError::internal)?));
        judged.push((row, says));
    }
    Ok((judged, policies))
}

/// From the first of these days to the last.
fn hull(days: &[Span]) -> Option<Span> {
    let from = days.iter().map(|span| span.from).min()?;
    let until = days.iter().map(|span| span.until).max()?;
    Some(Span { from, until })
}

/// The challenge as the engine sees it, with the rows of its team and waivers.
fn challenge_of(
    row: &challenge::Model,
    (host, season, reach): (matching::CouncilIx, SeasonIx, matching::Reach),
    request: request::Request,
    people: &Ids,
) -> Result<(Challenge, Vec<assignment::Model>, Vec<conflict_waiver::Model>)> {
    let known = |id| people.position(id).map(PeerIx);
    let waiver = |waiver: &conflict_waiver::Model| {
        Some(Waiver {
            id: waiver.id,
            peer: known(waiver.peer_id)?,
            rule: codes::from_entity(waiver.rule),
            expires_on: waiver.expires_on,
        })
    };
    let challenge = Challenge {
        id: row.id,
        host,
        reach,
        first_team: request
            .first_team
            .map(|team| team.into_iter().filter_map(known).collect()),
        season,
        priority: request.priority,
        themes: request.themes,
        members: members(&request.slots, &request.team, people)?,
        slots: request.slots,
        windows: request.windows,
        waivers: request.waivers.iter().filter_map(waiver).collect(),
    };
    Ok((challenge, request.team, request.waivers))
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
        self.index
            .peer_ids
            .position(id)
            .filter(|&position| (position as usize) < self.index.known_people)
            .map(PeerIx)
    }

    /// What the rules say of a place on the team, on its own days and beside all the others.
    ///
    /// # Errors
    /// Internal, where the place is not in these facts.
    pub fn verdict(
        &self,
        member: &entity::assignment::Model,
    ) -> crate::graphql::errors::Result<(PeerIx, matching::Verdict)> {
        let span = matching::Span {
            from: member.starts_on,
            until: member.ends_on,
        };
        let case = matching::eligibility::Case::new(&self.world, &self.policy, &self.challenge, span)?;
        let peer = self
            .peer(member.peer_id)
            .ok_or_else(|| crate::graphql::errors::ApiError::internal("a team member is not in the facts"))?;
        Ok((peer, case.assess(self.slot(member.slot_id), peer)?))
    }

    /// The database id of a person of the world.
    pub fn peer_id(&self, peer: PeerIx) -> Uuid {
        self.world.peers()[peer.index()].id
    }

    /// A person's name; empty for those known by an engagement only.
    pub fn peer_name(&self, peer: PeerIx) -> &str {
        self.index.peer_names.get(peer.index()).map_or("", String::as_str)
    }

    /// The regions of the world, by position.
    pub fn regions(&self) -> &[Uuid] {
        &self.index.regions
    }

    /// Codes of the themes of the world, by bit.
    pub fn themes(&self) -> &[String] {
        &self.index.themes
    }

    /// A council's everyday name.
    pub fn council_name(&self, council: matching::CouncilIx) -> &str {
        self.index.council_names.get(council.index()).map_or("", String::as_str)
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
        self.index.assignments.contains(&engagement)
    }
}

//! From the tables to the planner's input: every scoped challenge of a programme's season with its settled places, and the whole
//! pool, judged by the engine's rules.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{challenge, enums::Stage, programme_policy, region};
use matching::{
    Member, PeerIx, SlotIx, Window, WindowIx,
    season::{Asked, ComposeError, Composed, Control, SetAside, Terms},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::settings::{Forbidden, Settings, WhatIf};
use crate::{
    graphql::errors::{ApiError, Result},
    team::world::{self, Facts, Whom},
};

/// Stages in which a challenge can be planned: its scope is complete and its team does not stand yet.
pub const PLANNABLE: [Stage; 2] = [Stage::Scoped, Stage::TeamBuilding];

/// Challenges that can be planned.
pub fn plannable() -> Condition {
    Condition::all().add(challenge::Column::Stage.is_in(PLANNABLE))
}

/// Everything that a plan is made of.
pub struct Material {
    /// The challenges, in a fixed order, sharing one world.
    pub facts: Vec<Facts>,
    regions: Vec<String>,
}

/// Why a season cannot be composed.
#[derive(Debug)]
pub enum MaterialError {
    /// No challenge of the season can be planned.
    NothingToPlan,
    /// Challenges rest on several versions of the policy.
    SeveralPolicies,
    /// A pinned place is not there, or is held, or the challenge has another window.
    PinImpossible,
    /// A rule speaks against a pinned person.
    PinNotEligible,
    /// The facts or weights make no sense to the planner.
    Compose(ComposeError),
    /// Something else failed.
    Failed(ApiError),
}

impl MaterialError {
    /// The code that is kept with the plan.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingToPlan => "NOTHING_TO_PLAN",
            Self::SeveralPolicies => "SEVERAL_POLICIES",
            Self::PinImpossible => "PIN_IMPOSSIBLE",
            Self::PinNotEligible => "PIN_NOT_ELIGIBLE",
            Self::Compose(ComposeError::Stopped) => "OUT_OF_TIME",
            Self::Compose(_) => "NOT_COMPOSABLE",
            Self::Failed(_) => "INTERNAL",
        }
    }
}

impl From<ComposeError> for MaterialError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error)
    }
}

impl From<ApiError> for MaterialError {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

/// The challenges of a programme's season that are `wanted`, in a fixed order.
///
/// # Errors
/// The database's.
pub async fn challenges(
    [programme, season]: [Uuid; 2],
    wanted: Condition,
    connection: &impl ConnectionTrait,
) -> Result<Vec<challenge::Model>> {
    Ok(challenge::Entity::find()
        .filter(challenge::Column::ProgrammeId.eq(programme))
        .filter(challenge::Column::SeasonId.eq(season))
        .filter(wanted)
        .order_by_asc(challenge::Column::Id)
        .all(connection)
        .await?)
}

impl Material {
    /// Reads what there is of the challenges of a programme's season that can be planned, in a number of statements that does not
    /// depend on the season's size.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn load(
        [programme, season]: [Uuid; 2],
        settings: &Settings,
        today: NaiveDate,
        connection: &impl ConnectionTrait,
    ) -> Result<Self, MaterialError> {
        let rows = challenges([programme, season], plannable(), connection).await?;
        Self::of(programme, rows, settings, today, connection).await
    }

    /// As [`load`](Self::load), of challenges that the caller found.
    ///
    /// # Errors
    /// Nothing to plan, several policy versions, or the database's.
    pub async fn of(
        programme: Uuid,
        rows: Vec<challenge::Model>,
        settings: &Settings,
        today: NaiveDate,
        connection: &impl ConnectionTrait,
    ) -> Result<Self, MaterialError> {
        if rows.is_empty() {
            return Err(MaterialError::NothingToPlan);
        }
        let supposed = settings.what_if.as_ref().and_then(|what_if| what_if.policy);
        let policy = if let Some(id) = supposed {
            let found = programme_policy::Entity::find_by_id(id).one(connection).await;
            found.map_err(ApiError::from)?
        } else {
            let versions: BTreeSet<Uuid> = rows.iter().map(|row| row.policy_id).collect();
            if versions.len() > 1 {
                return Err(MaterialError::SeveralPolicies);
            }
            None
        };
        let facts = world::load_all(rows, programme, Whom::Everybody, today, policy.as_ref(), connection).await?;
        let names: Vec<region::Model> = region::Entity::find().all(connection).await.map_err(ApiError::from)?;
        let names: HashMap<Uuid, String> = names.into_iter().map(|region| (region.id, region.name)).collect();
        let of_world = facts.first().map(Facts::regions).unwrap_or_default();
        let regions = of_world.iter().map(|id| names.get(id).cloned().unwrap_or_default());
        Ok(Self {
            regions: regions.collect(),
            facts,
        })
    }

    /// The policy version that everything is judged by.
    pub fn policy(&self) -> Option<Uuid> {
        self.facts.first().map(|facts| facts.policy.id)
    }

    /// Adds what was asked to the facts and composes the season, in which the holders of `movable` slots can be moved. Asks the
    /// rules about everybody: not for the request's own thread.
    ///
    /// # Errors
    /// Pins that are impossible, and what the planner cannot make sense of.
    pub fn compose(
        &mut self,
        settings: &Settings,
        (name, movable): (&str, Movable<'_>),
        threads: usize,
        control: &dyn Control,
    ) -> Result<Composed, MaterialError> {
        if let Some(what_if) = &settings.what_if {
            self.suppose(what_if, &settings.forbidden)?;
        }
        self.pin(settings)?;
        let Some(first) = self.facts.first() else {
            return Err(MaterialError::NothingToPlan);
        };
        let asked: Vec<Asked<'_>> = self
            .facts
            .iter()
            .map(|facts| Asked {
                challenge: &facts.challenge,
                window: settled_window(facts, settings),
                movable: movable(facts),
            })
            .collect();
        let terms = Terms {
            policy: &first.policy,
            waiver_points: settings.waiver_points,
            regions: &self.regions,
            themes: first.themes(),
            name,
            threads,
        };
        let mut composed = matching::season::compose(&first.world, &asked, &terms, control)?;
        forbid(settings, &mut composed);
        Ok(composed)
    }

    fn suppose(&mut self, what_if: &WhatIf, forbidden: &[Forbidden]) -> Result<(), MaterialError> {
        self.vacate(what_if, forbidden)?;
        for facts in &mut self.facts {
            let id = facts.row.id;
            let mine = what_if.windows.iter().filter(|window| window.challenge == id);
            for (number, extra) in (1..).zip(mine) {
                facts.challenge.windows.push(Window {
                    // Of no row: such a plan is never applied.
                    id: Uuid::from_u128(id.as_u128() ^ number),
                    span: matching::Span {
                        from: extra.starts_on,
                        until: extra.ends_on,
                    },
                    preference: extra.preference,
                });
            }
        }
        Ok(())
    }

    /// People who are supposed away, or not to serve on a challenge, lose what they hold of the season.
    fn vacate(&mut self, what_if: &WhatIf, forbidden: &[Forbidden]) -> Result<(), MaterialError> {
        let Some(first) = self.facts.first() else { return Ok(()) };
        let away: HashSet<PeerIx> = what_if.without.iter().filter_map(|peer| first.peer(*peer)).collect();
        let kept_from = forbidden
            .iter()
            .filter_map(|one| Some((one.challenge, first.peer(one.peer)?)));
        let kept_from: HashSet<(Uuid, PeerIx)> = kept_from.collect();
        let loses = |challenge: Uuid, peer: PeerIx| away.contains(&peer) || kept_from.contains(&(challenge, peer));
        let planned: HashSet<Uuid> = self.facts.iter().map(|facts| facts.row.id).collect();
        let before = first.world.engagements();
        let mut engagements = before.to_vec();
        engagements.retain(|one| {
            let challenge = one.challenge.filter(|challenge| planned.contains(challenge));
            challenge.is_none_or(|challenge| !loses(challenge, one.peer))
        });
        if engagements.len() < before.len() {
            let world = Arc::new(first.world.with_engagements(engagements).map_err(ApiError::internal)?);
            for facts in &mut self.facts {
                facts.world = Arc::clone(&world);
            }
        }
        for facts in &mut self.facts {
            let id = facts.row.id;
            facts.challenge.members.retain(|member| !loses(id, member.peer));
        }
        Ok(())
    }

    /// Pinned people are settled like those who are on a team already; but a rule may speak against them, so it is asked.
    fn pin(&mut self, settings: &Settings) -> Result<(), MaterialError> {
        for pin in &settings.pins {
            let found = self.facts.iter_mut().find(|facts| facts.slot(pin.slot).is_some());
            let facts = found.ok_or(MaterialError::PinImpossible)?;
            let mut others = settings.pins.iter().filter(|other| facts.slot(other.slot).is_some());
            let together = others.all(|other| other.window == pin.window);
            let chosen = together && facts.row.window_id.is_none_or(|chosen| chosen == pin.window);
            let (Some(slot), Some(window), Some(peer), true) = (
                facts.slot(pin.slot),
                facts.window(pin.window),
                facts.peer(pin.peer),
                chosen,
            ) else {
                return Err(MaterialError::PinImpossible);
            };
            if facts.challenge.holder(slot).is_some() {
                return Err(MaterialError::PinImpossible);
            }
            let verdict = facts.assess(Some(slot), window, peer)?;
            let allowed = match verdict.status {
                matching::Status::Eligible => true,
                matching::Status::NeedsWaiver => settings.waiver_points.is_some(),
                matching::Status::Ineligible => false,
            };
            if !allowed {
                return Err(MaterialError::PinNotEligible);
            }
            facts.challenge.members.push(Member { slot, peer });
        }
        Ok(())
    }
}

/// Which settled slots of a challenge may get another holder.
pub type Movable<'m> = &'m dyn Fn(&Facts) -> Vec<SlotIx>;

/// Whatever is settled stays.
pub fn nothing_moves(_: &Facts) -> Vec<SlotIx> {
    Vec::new()
}

/// Takes people out who are supposed away, and keeps people from challenges that are forbidden to them.
fn forbid(settings: &Settings, composed: &mut Composed) {
    let without = settings.what_if.iter().flat_map(|what_if| &what_if.without);
    for peer in without {
        let name = peer.to_string();
        for person in composed
            .season
            .peers
            .iter_mut()
            .filter(|person| person.reference == name)
        {
            person.capacity = 0;
            person.roles.clear();
        }
    }
    for forbidden in &settings.forbidden {
        let (challenge, peer) = (forbidden.challenge.to_string(), forbidden.peer.to_string());
        let at = composed.season.peers.iter().position(|person| person.reference == peer);
        let ask = composed
            .season
            .challenges
            .iter_mut()
            .find(|ask| ask.reference == challenge);
        if let (Some(at), Some(ask)) = (at, ask) {
            ask.forbid(at);
        }
    }
}

/// The window that is settled: the chosen one, or the one of a pinned place.
fn settled_window(facts: &Facts, settings: &Settings) -> Option<WindowIx> {
    let pinned = settings.pins.iter().find(|pin| facts.slot(pin.slot).is_some());
    let id = facts.row.window_id.or(pinned.map(|pin| pin.window))?;
    facts.window(id)
}

/// How many people are set aside for each reason.
pub fn set_aside(composed: &Composed) -> super::body::SetAsidePeople {
    let count = |why: SetAside| {
        let all = composed.set_aside.iter().filter(|(_, reason)| *reason == why);
        u32::try_from(all.count()).unwrap_or(u32::MAX)
    };
    super::body::SetAsidePeople {
        no_place: count(SetAside::NoPlace),
        no_home: count(SetAside::NoHome),
        home_changes: count(SetAside::HomeChanges),
        several_regions: count(SetAside::SeveralRegions),
    }
}

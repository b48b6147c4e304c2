//! What the mutations on season plans take.

use async_graphql::{ID, InputObject};

use super::{
    edit::Move,
    settings::{ExtraWindow, Forbidden, Pin, Settings, WhatIf},
};
use crate::graphql::{
    errors::UserError,
    ids::{self, Kind},
    scalars::Date,
};

/// Asks for a plan of a season.
#[derive(InputObject)]
pub struct PlanSeasonInput {
    /// The programme whose challenges are planned: those that are SCOPED or in TEAM_BUILDING.
    pub programme_id: ID,
    /// The season.
    pub season_id: ID,
    /// Decides between plans that are worth the same (0–2147483647; 1 unless given).
    #[graphql(validator(maximum = 2_147_483_647))]
    pub seed: Option<u32>,
    /// Seconds after which the run ends with what it has, 1–900 (60 unless given). A run that comes to its end before gives the
    /// same plan whenever it is asked on the same facts.
    pub time_limit_seconds: Option<u32>,
    /// Rounds of improvement after the first plan, 0–1000000 (300 unless given).
    pub rounds: Option<u32>,
    /// Points lost by planning somebody who needs a waiver (0–1000000). Unless given, nobody is planned who needs one. The plan
    /// can be applied once the waivers are recorded.
    pub waiver_points: Option<u32>,
    /// People who shall have a place (at most 1,000). Every rule is asked about them as about a nomination; they are nominated when
    /// the plan is put into effect.
    #[graphql(validator(max_items = 1_000))]
    pub pins: Option<Vec<SeasonPlanPinInput>>,
    /// People who shall not serve on a challenge (at most 1,000). Refused for somebody who holds a place of it, unless something
    /// is supposed (`whatIf`): then they lose it.
    #[graphql(validator(max_items = 1_000))]
    pub forbidden: Option<Vec<SeasonPlanForbiddenInput>>,
    /// What is supposed. Such a plan is for looking at: it cannot be applied, and nothing live is touched.
    pub what_if: Option<SeasonPlanWhatIfInput>,
}

/// Somebody who shall have a place.
#[derive(InputObject)]
pub struct SeasonPlanPinInput {
    /// The slot, vacant.
    pub slot_id: ID,
    /// Who.
    pub peer_id: ID,
    /// In which window; all pins of a challenge name the same, the chosen one if there is one.
    pub window_id: ID,
}

/// Somebody who shall not serve on a challenge.
#[derive(InputObject)]
pub struct SeasonPlanForbiddenInput {
    /// The challenge.
    pub challenge_id: ID,
    /// Who.
    pub peer_id: ID,
}

/// What is supposed.
#[derive(InputObject)]
pub struct SeasonPlanWhatIfInput {
    /// Another version of the programme's policy, in force or not.
    pub policy_id: Option<ID>,
    /// People who are not there (at most 1,000): they serve nowhere, and what they hold of the season is vacant.
    #[graphql(validator(max_items = 1_000))]
    pub without_peer_ids: Option<Vec<ID>>,
    /// Further windows (at most 1,000).
    #[graphql(validator(max_items = 1_000))]
    pub windows: Option<Vec<SeasonPlanWindowInput>>,
}

/// A further window of a challenge.
#[derive(InputObject)]
pub struct SeasonPlanWindowInput {
    /// The challenge.
    pub challenge_id: ID,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// How much the host would like it, 0–100 (50 unless given).
    pub preference: Option<u8>,
}

/// Ends the run of a plan.
#[derive(InputObject)]
pub struct CancelSeasonPlanInput {
    /// The plan.
    pub plan_id: ID,
    /// Version of the plan that you read.
    pub expected_version: i32,
}

/// Changes a plan by hand.
#[derive(InputObject)]
pub struct EditSeasonPlanInput {
    /// The plan; it stays as it is, the changed one is another.
    pub plan_id: ID,
    /// What changes, in this order (1 to 500). Somebody who moves from one slot to another is two moves.
    #[graphql(validator(min_items = 1, max_items = 500))]
    pub moves: Vec<SeasonPlanMoveInput>,
}

/// One change of a plan.
#[derive(InputObject)]
pub struct SeasonPlanMoveInput {
    /// The challenge.
    pub challenge_id: ID,
    /// The slot that gets another holder. Left out when only the window changes.
    pub slot_id: Option<ID>,
    /// Who takes the slot; null empties it.
    pub peer_id: Option<ID>,
    /// The window that the challenge moves to with its whole team.
    pub window_id: Option<ID>,
}

/// Puts a plan into effect.
#[derive(InputObject)]
pub struct ApplySeasonPlanInput {
    /// The plan.
    pub plan_id: ID,
    /// Version of the plan that you read.
    pub expected_version: i32,
}

/// Fills the vacant slots of a team.
#[derive(InputObject)]
pub struct RepairTeamInput {
    /// The challenge, in team building.
    pub challenge_id: ID,
    /// `receipt` of the `teamRepair` that you read.
    pub receipt: String,
}

type Understood<T> = Result<T, UserError>;

fn each<I, T>(list: Option<Vec<I>>, understand: impl Fn(usize, I) -> Understood<T>) -> Understood<Vec<T>> {
    let all = list.unwrap_or_default().into_iter().enumerate();
    all.map(|(at, one)| understand(at, one)).collect()
}

impl PlanSeasonInput {
    /// Programme, season and settings.
    ///
    /// # Errors
    /// An id of something else.
    pub fn understood(self) -> Understood<((uuid::Uuid, uuid::Uuid), Settings)> {
        let programme = ids::expect(Kind::Programme, &self.programme_id, "programmeId")?;
        let season = ids::expect(Kind::Season, &self.season_id, "seasonId")?;
        let pins = each(self.pins, |at, pin| {
            Ok(Pin {
                slot: ids::expect(Kind::TeamSlot, &pin.slot_id, &format!("pins.{at}.slotId"))?,
                peer: ids::expect(Kind::Peer, &pin.peer_id, &format!("pins.{at}.peerId"))?,
                window: ids::expect(Kind::ChallengeWindow, &pin.window_id, &format!("pins.{at}.windowId"))?,
            })
        })?;
        let forbidden = each(self.forbidden, |at, one| {
            let path = format!("forbidden.{at}");
            Ok(Forbidden {
                challenge: ids::expect(Kind::PeerChallenge, &one.challenge_id, &format!("{path}.challengeId"))?,
                peer: ids::expect(Kind::Peer, &one.peer_id, &format!("{path}.peerId"))?,
            })
        })?;
        let usual = Settings::usual();
        let settings = Settings {
            seed: self.seed.unwrap_or(usual.seed),
            time_limit_seconds: self.time_limit_seconds.unwrap_or(usual.time_limit_seconds),
            rounds: self.rounds.unwrap_or(usual.rounds),
            waiver_points: self.waiver_points,
            pins,
            forbidden,
            what_if: self.what_if.map(SeasonPlanWhatIfInput::understood).transpose()?,
        };
        Ok(((programme, season), settings))
    }
}

impl SeasonPlanWhatIfInput {
    fn understood(self) -> Understood<WhatIf> {
        Ok(WhatIf {
            policy: match &self.policy_id {
                Some(id) => Some(ids::expect(Kind::ProgrammePolicy, id, "whatIf.policyId")?),
                None => None,
            },
            without: each(self.without_peer_ids, |at, id| {
                ids::expect(Kind::Peer, &id, &format!("whatIf.withoutPeerIds.{at}"))
            })?,
            windows: each(self.windows, |at, window| {
                let path = format!("whatIf.windows.{at}.challengeId");
                Ok(ExtraWindow {
                    challenge: ids::expect(Kind::PeerChallenge, &window.challenge_id, &path)?,
                    starts_on: window.starts_on.0,
                    ends_on: window.ends_on.0,
                    preference: window.preference.unwrap_or(50),
                })
            })?,
        })
    }
}

/// The moves of an edit.
///
/// # Errors
/// An id of something else.
pub fn moves(list: Vec<SeasonPlanMoveInput>) -> Understood<Vec<Move>> {
    each(Some(list), |at, one| {
        let path = |field: &str| format!("moves.{at}.{field}");
        let optional = |kind, id: Option<ID>, field| match id {
            Some(id) => ids::expect(kind, &id, &path(field)).map(Some),
            None => Ok(None),
        };
        Ok(Move {
            challenge: ids::expect(Kind::PeerChallenge, &one.challenge_id, &path("challengeId"))?,
            slot: optional(Kind::TeamSlot, one.slot_id, "slotId")?,
            peer: optional(Kind::Peer, one.peer_id, "peerId")?,
            window: optional(Kind::ChallengeWindow, one.window_id, "windowId")?,
        })
    })
}

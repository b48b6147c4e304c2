//! Changing a plan by hand: places filled, emptied, moved; windows chosen. The changed plan is a new one beside the old, on the
//! same input. It is counted again at once, and refused with every rule that it would break; nothing else is planned again.

use std::collections::{BTreeSet, HashMap};

use entity::{
    challenge, council,
    enums::{PlanKind, PlanState},
    peer, season_plan,
};
use matching::season::{self, Assignment, Broken, Called as _, Fault, PlanFile, Season, Seat, worth};
use sea_orm::{ConnectionTrait, EntityTrait, Set, TryIntoModel as _};
use uuid::Uuid;

use super::{
    body::Body,
    frame::{Frame, FrameSlot, Names, Seating, settle},
    repo::{self, words},
    service::{self, blank, programme_only},
    settings::Settings,
};
use crate::{
    audit::{self, Event},
    db::{Database, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    team::record::{self, Unpacked},
};

/// One change of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The challenge.
    pub challenge: Uuid,
    /// The slot that gets another holder, if any does.
    pub slot: Option<Uuid>,
    /// Who takes it; nobody empties it.
    pub peer: Option<Uuid>,
    /// The window that the challenge moves to, if it does.
    pub window: Option<Uuid>,
}

/// A changed plan that is worked out and not yet kept.
pub struct Edited {
    parent: season_plan::Model,
    settings: Settings,
    body: Body,
    moves: usize,
}

/// Most changes at once.
pub const MOST_MOVES: usize = 500;

/// Most broken rules that are told.
const MOST_TOLD: usize = 20;

/// The input of a plan with its result.
pub(super) struct Opened {
    pub(super) season: Season,
    pub(super) body: Body,
}

/// Reads a plan's result and input.
///
/// # Errors
/// Refused without a result, when the input was forgotten because somebody was erased, and when another version of the service wrote
/// it in a form that this one does not read.
pub(super) async fn open(connection: &impl ConnectionTrait, row: &season_plan::Model) -> Outcome<Opened> {
    let body = service::result(row)?;
    let hash = row.input_hash.as_ref().ok_or_else(|| unusable(FORGOTTEN))?;
    match record::unpacked(connection, hash).await? {
        Unpacked::Whole(season) => Ok(Opened { season, body }),
        Unpacked::OtherForm => Err(unusable(OTHER_FORM).into()),
        Unpacked::Forgotten => Err(unusable(FORGOTTEN).into()),
    }
}

/// Nobody is told who was erased.
const FORGOTTEN: &str = "What this plan was made from is no longer kept.";

const OTHER_FORM: &str = "Another version of the service wrote what this plan was made from. Ask for a plan anew.";

fn unusable(message: &str) -> UserError {
    UserError::at(UserErrorCode::Invalid, "planId", message)
}

/// Works out what a plan becomes with some changes.
///
/// # Errors
/// Refused for anybody but the programme, for a plan without a result, for moves that name nothing, and with every rule that
/// the changed plan would break.
pub async fn edit(database: &Database, act: &Act, plan: Uuid, moves: Vec<Move>) -> Outcome<Edited> {
    let row = repo::find(database.reader(), &act.viewer, plan).await?;
    let row = row.ok_or_else(|| UserError::not_found("planId", "plan"))?;
    programme_only(act)?;
    service::ended(&row)?;
    if moves.is_empty() || moves.len() > MOST_MOVES {
        let message = format!("{} moves; 1 to {MOST_MOVES} are taken.", moves.len());
        return Err(UserError::at(UserErrorCode::TooMany, "moves", message).into());
    }
    let Opened { season, body } = open(database.reader(), &row).await?;
    let settings: Settings = serde_json::from_value(row.settings.clone()).map_err(ApiError::internal)?;
    let (count, seed) = (moves.len(), settings.seed);
    let worked = tokio::task::spawn_blocking(move || changed(season, &body, seed, &moves));
    let body = match worked.await.map_err(ApiError::internal)?? {
        Ok(body) => body,
        Err(broken) => {
            let told = told(database.reader(), broken).await?;
            let error = |rule| UserError::at(UserErrorCode::TeamRule, "moves", rule);
            refuse_if_any(told.into_iter().map(error).collect())?;
            return Err(ApiError::internal("a broken plan breaks no rule").into());
        }
    };
    Ok(Edited {
        parent: row,
        settings,
        body,
        moves: count,
    })
}

/// Rules that a plan would break, with the way from the positions that they name to ids.
struct BrokenBy {
    faults: Vec<Fault>,
    names: Names,
    /// The challenge of each of the plan's assignments.
    decided: Vec<usize>,
}

fn changed(mut season: Season, body: &Body, seed: u32, moves: &[Move]) -> Outcome<std::result::Result<Body, BrokenBy>> {
    let names = Names::of(&season)?;
    let mut plan = Draft::of(&season, body, &names);
    let mut errors = Vec::new();
    for (i, change) in moves.iter().enumerate() {
        errors.extend(plan.take(change, &format!("moves.{i}")).err());
    }
    refuse_if_any(errors)?;
    let (assignments, seating, frames) = (plan.assignments(), plan.seating(), plan.frames());
    settle(&mut season, &frames, &names, true);
    let worth = match worth(&season, &assignments) {
        Ok(worth) => worth,
        Err(Broken(faults)) => {
            let decided = assignments.iter().map(|one| one.challenge).collect();
            return Ok(Err(BrokenBy { faults, names, decided }));
        }
    };
    let bound = body.bound.max(worth.objective);
    let file = PlanFile {
        cut_short: body.cut_short,
        ..PlanFile::counted(&season, assignments, &worth, (bound, seed.into()))
    };
    let unpinned = body.unpinned || frames != body.frames;
    let known = (body.settled_objective, body.set_aside);
    let changed = Body::of(&season, frames, &file, &worth, known, &seating)?;
    Ok(Ok(Body { unpinned, ..changed }))
}

/// A plan being changed: windows and holders by the input's positions.
struct Draft<'d> {
    body: &'d Body,
    windows: Vec<Option<usize>>,
    /// The windows that the input settles.
    settled: Vec<Option<usize>>,
    holders: Vec<HashMap<Uuid, usize>>,
    people: HashMap<Uuid, usize>,
    names: &'d Names,
}

impl<'d> Draft<'d> {
    fn of(season: &Season, body: &'d Body, names: &'d Names) -> Self {
        let people: HashMap<Uuid, usize> = names.peers.iter().enumerate().map(|(at, peer)| (*peer, at)).collect();
        let mut windows = Vec::with_capacity(body.frames.len());
        let mut holders = Vec::with_capacity(body.frames.len());
        for (frame, decided) in body.frames.iter().zip(&body.challenges) {
            windows.push(
                frame
                    .windows
                    .iter()
                    .position(|window| Some(window.id) == decided.window),
            );
            let places = decided.places.iter().filter(|place| !place.settled);
            let held = places.filter_map(|place| Some((place.slot, *people.get(&place.peer)?)));
            holders.push(held.collect());
        }
        let settled = season.challenges.iter();
        Self {
            body,
            windows,
            settled: settled.map(|ask| Some(ask.pinned.as_ref()?.window)).collect(),
            holders,
            people,
            names,
        }
    }

    fn take(&mut self, change: &Move, path: &str) -> std::result::Result<(), UserError> {
        let wrong =
            |field: &str, message: &str| UserError::at(UserErrorCode::Invalid, &format!("{path}.{field}"), message);
        let mut frames = self.body.frames.iter();
        let at = frames
            .position(|frame| frame.challenge == change.challenge)
            .ok_or_else(|| wrong("challengeId", "The plan does not decide this challenge."))?;
        let frame = &self.body.frames[at];
        if let Some(window) = change.window {
            let window = frame.windows.iter().position(|other| other.id == window);
            let window = window.ok_or_else(|| wrong("windowId", "This is no window of the challenge."))?;
            let settled = self.settled.get(at).copied().flatten();
            if settled.is_some_and(|settled| settled != window) {
                let why = match frame.chosen {
                    Some(_) => "The challenge has another window already.",
                    None => "A pin settled the window for this plan: ask for another plan.",
                };
                return Err(wrong("windowId", why));
            }
            self.windows[at] = Some(window);
        }
        let Some(slot) = change.slot else {
            return match change.peer {
                Some(_) => Err(wrong("slotId", "Say which slot they shall take.")),
                None if change.window.is_none() => Err(wrong("slotId", "Name a slot or a window.")),
                None => Ok(()),
            };
        };
        let slot = frame.slots.iter().find(|other| other.id == slot);
        let slot = slot.ok_or_else(|| wrong("slotId", "This is no slot of the challenge."))?;
        if slot.held_by.is_some() {
            return Err(wrong(
                "slotId",
                "Somebody holds this slot already; a plan does not move them.",
            ));
        }
        match change.peer {
            None => {
                self.holders[at].remove(&slot.id);
            }
            Some(peer) => {
                let peer = self.people.get(&peer).copied();
                let peer = peer.ok_or_else(|| wrong("peerId", "No slot and window of the season is open to them."))?;
                self.holders[at].insert(slot.id, peer);
            }
        }
        Ok(())
    }

    fn assignments(&self) -> Vec<Assignment> {
        let mut all = Vec::new();
        for (at, window) in self.windows.iter().enumerate() {
            let Some(window) = window else { continue };
            let seat = |slot: &FrameSlot| {
                let held = slot.held_by.and_then(|peer| self.people.get(&peer));
                Some(Seat {
                    role: slot.role.clone(),
                    peer: *held.or_else(|| self.holders[at].get(&slot.id))?,
                })
            };
            let mut team: Vec<Seat> = self.body.frames[at].slots.iter().filter_map(seat).collect();
            team.sort();
            all.push(Assignment {
                challenge: at,
                window: Some(*window),
                team,
            });
        }
        all
    }

    /// What the challenges ask for, with the pins that are kept.
    fn frames(&self) -> Vec<Frame> {
        let mut frames = self.body.frames.clone();
        for (frame, holders) in frames.iter_mut().zip(&self.holders) {
            for slot in &mut frame.slots {
                let holder = holders.get(&slot.id).map(|at| self.names.peers[*at]);
                slot.pinned = slot.pinned.filter(|pinned| Some(*pinned) == holder);
            }
        }
        frames
    }

    fn seating(&self) -> Seating {
        let of = |(at, held): (usize, &HashMap<Uuid, usize>)| {
            let seats = held.iter().map(|(slot, peer)| ((at, self.names.peers[*peer]), *slot));
            seats.collect::<Vec<_>>()
        };
        self.holders.iter().enumerate().flat_map(of).collect()
    }
}

/// How people, councils and challenges of a plan are called in sentences to its reader.
struct InWords {
    names: Names,
    people: HashMap<Uuid, String>,
    councils: HashMap<Uuid, String>,
    challenges: HashMap<Uuid, String>,
}

impl season::Called for InWords {
    fn peer(&self, at: usize) -> String {
        called(&self.names.peers, &self.people, at)
    }

    fn council(&self, at: usize) -> String {
        called(&self.names.councils, &self.councils, at)
    }

    fn challenge(&self, at: usize) -> String {
        called(&self.names.challenges, &self.challenges, at)
    }
}

/// Somebody or something of whom only the key is left is called by it.
fn called(keys: &[Uuid], names: &HashMap<Uuid, String>, at: usize) -> String {
    let key = keys.get(at).copied().unwrap_or_default();
    names.get(&key).cloned().unwrap_or_else(|| key.to_string())
}

/// Broken rules as sentences with names in the place of positions.
async fn told(connection: &impl ConnectionTrait, broken: BrokenBy) -> Result<Vec<String>> {
    let BrokenBy {
        mut faults,
        names,
        decided,
    } = broken;
    faults.truncate(MOST_TOLD);
    let (mut people, mut councils, mut challenges) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for fault in &faults {
        let about = fault.rule.about();
        people.extend(about.peer.and_then(|at| names.peers.get(at)).copied());
        councils.extend(about.councils.iter().filter_map(|at| names.councils.get(*at)).copied());
        let place = fault.assignment.and_then(|at| decided.get(at));
        let named = about.challenges.iter().chain(place);
        challenges.extend(named.filter_map(|at| names.challenges.get(*at)).copied());
    }
    let called = InWords {
        names,
        people: words::<peer::Entity>(people, [peer::Column::Id, peer::Column::Name], connection).await?,
        councils: words::<council::Entity>(councils, [council::Column::Id, council::Column::Name], connection).await?,
        challenges: words::<challenge::Entity>(
            challenges,
            [challenge::Column::Id, challenge::Column::Reference],
            connection,
        )
        .await?,
    };
    let sentence = |fault: &Fault| {
        let sentence = fault.rule.sentence(&called);
        match fault.assignment.and_then(|at| decided.get(at)) {
            Some(challenge) => format!("{}: {sentence}.", called.challenge(*challenge)),
            None => format!("{sentence}."),
        }
    };
    Ok(faults.iter().map(sentence).collect())
}

/// Keeps a changed plan.
///
/// # Errors
/// Refused when what it was made from was forgotten meanwhile; the database's.
pub async fn keep(tx: &Tx, act: &Act, edited: Edited) -> Outcome<season_plan::Model> {
    let Edited {
        parent,
        mut settings,
        body,
        moves,
    } = edited;
    settings.pins.retain(|pin| body.pins(pin.slot));
    if let Some(hash) = &parent.input_hash
        && !record::is_kept(tx, hash).await?
    {
        return Err(unusable(FORGOTTEN).into());
    }
    // A changed supposition is still one.
    let kind = match parent.kind {
        PlanKind::WhatIf => PlanKind::WhatIf,
        PlanKind::Planned | PlanKind::Edited => PlanKind::Edited,
    };
    let new = season_plan::ActiveModel {
        programme_id: Set(parent.programme_id),
        season_id: Set(parent.season_id),
        policy_id: Set(parent.policy_id),
        parent_id: Set(Some(parent.id)),
        state: Set(PlanState::Done),
        value: Set(Some(body.objective)),
        bound: Set(Some(body.bound)),
        filled: Set(Some(i32::try_from(body.filled).unwrap_or(i32::MAX))),
        slots: Set(Some(i32::try_from(body.slots).unwrap_or(i32::MAX))),
        input_hash: Set(parent.input_hash),
        result: Set(Some(body.write()?)),
        finished_at: Set(Some(act.at)),
        ..blank(act, kind, &settings)?
    };
    // Everything is set here: reading it back would only move the whole plan once more.
    let row = new.clone().try_into_model()?;
    season_plan::Entity::insert(new).exec_without_returning(tx).await?;
    let event = Event::new("SEASON_PLAN_EDITED", Kind::SeasonPlan, row.id).with(serde_json::json!({
        "from": parent.id, "moves": moves, "objective": body.objective, "before": parent.value,
    }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

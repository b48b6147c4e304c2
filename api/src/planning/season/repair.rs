//! Filling the vacant slots of a team with the least disturbance: shown first as a receipt, then put into effect.
//!
//! Only nominations may be moved: whoever was invited, has accepted or is confirmed stays. A receipt has a digest; putting it
//! into effect works it out again on the facts of that moment and refuses when it comes out differently.

use std::collections::HashMap;

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, DecisionCause, NoticeKind, Stage},
};
use matching::{
    Role, SlotIx,
    season::{Repair, RepairOptions, Seat, ToTheEnd, repair},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    apply::{self, agreed},
    body::{Decided, Placed},
    facts::{Material, MaterialError},
    frame::{Names, Seating, frames, seated},
    service::programme_only,
    settings::Settings,
};
use crate::{
    audit::{self, Event},
    challenge::repo as challenges,
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, ServiceError, UserError, UserErrorCode},
        ids::Kind,
    },
    notice::{Notice, Reader, tell_all},
    team::{
        late::{self, Fact, Touched},
        service::ending,
        world::{self, Facts, Whom},
    },
};

/// Most nominations that a repair moves.
const MOVES: u32 = 2;

/// Most people looked at for a slot, one at a time, before the search gives up its proof: about a second.
const STEPS: u64 = 1_000_000;

/// Who would change, who must be told, what it costs.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Receipt {
    /// The challenge.
    pub challenge: Uuid,
    /// Whoever comes to a slot, on this challenge and on those that somebody leaves.
    pub comes: Vec<Change>,
    /// Nominations that end.
    pub leaves: Vec<Change>,
    /// Slots that stay vacant.
    pub vacant: u32,
    /// Points that the season gains.
    pub points: i64,
    /// Points that the challenge could gain beside this, were nobody of its team pinned.
    pub cost: i64,
    /// Whether no other repair of the same reach fills more slots or moves fewer people.
    pub proven: bool,
}

/// Somebody who comes to a slot or leaves it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The challenge.
    pub challenge: Uuid,
    /// Its host.
    pub host: Uuid,
    /// The slot.
    pub slot: Uuid,
    /// Who.
    pub peer: Uuid,
}

impl Receipt {
    /// Nothing is vacant, so nothing changes.
    const fn nothing(challenge: Uuid) -> Self {
        Self {
            challenge,
            comes: Vec::new(),
            leaves: Vec::new(),
            vacant: 0,
            points: 0,
            cost: 0,
            proven: true,
        }
    }

    /// What names this very receipt.
    ///
    /// # Errors
    /// Internal, when it cannot be written.
    pub fn digest(&self) -> Result<String, ApiError> {
        let text = serde_json::to_vec(self).map_err(ApiError::internal)?;
        Ok(format!("{:x}", Sha256::digest(text)))
    }

    /// Everybody who must be told, by person: those who come and those who leave.
    pub fn people(&self) -> Vec<Uuid> {
        let mut all: Vec<Uuid> = self
            .comes
            .iter()
            .chain(&self.leaves)
            .map(|change| change.peer)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Works out how the vacant slots of a challenge can be filled.
///
/// # Errors
/// Refused outside team building and without a chosen window; the database's.
pub async fn work_out(
    row: &challenge::Model,
    today: chrono::NaiveDate,
    connection: &impl ConnectionTrait,
) -> Outcome<Receipt> {
    if row.stage != Stage::TeamBuilding {
        let message = format!("{} is in {}; repairing needs TEAM_BUILDING.", row.reference, row.stage);
        return Err(UserError::at(UserErrorCode::IllegalStage, "challengeId", message).into());
    }
    if row.window_id.is_none() {
        let message = "The challenge has no chosen window yet: propose a team instead.";
        return Err(UserError::at(UserErrorCode::Invalid, "challengeId", message).into());
    }
    let settings = Settings::usual();
    let refused = |error: MaterialError| -> ServiceError {
        match error {
            MaterialError::Failed(error) => error.into(),
            other => {
                let message = format!("The season cannot be looked at as a whole ({}).", other.code());
                UserError::at(UserErrorCode::Conflict, "challengeId", message).into()
            }
        }
    };
    let material = Material::load([row.programme_id, row.season_id], &settings, today, connection).await;
    let material = material.map_err(refused)?;
    let (id, reference) = (row.id, row.reference.clone());
    let worked = tokio::task::spawn_blocking(move || found(material, &settings, id));
    let receipt = worked.await.map_err(ApiError::internal)?.map_err(refused)?;
    receipt.ok_or_else(|| {
        let message = format!("{reference} is not among the challenges that can be planned now.");
        UserError::at(UserErrorCode::Invalid, "challengeId", message).into()
    })
}

fn found(mut material: Material, settings: &Settings, id: Uuid) -> Result<Option<Receipt>, MaterialError> {
    let Some(at) = material.facts.iter().position(|facts| facts.row.id == id) else {
        return Ok(None);
    };
    let facts = &material.facts[at];
    if facts.team.len() >= facts.challenge.slots.len() {
        return Ok(Some(Receipt::nothing(id)));
    }
    // Mostly nobody has to be moved, and then nobody need be looked at for any place but the vacant ones.
    let mut found = None;
    for moves in [0, MOVES] {
        found = within(&mut material, settings, (id, at), moves)?;
        if found.as_ref().is_none_or(|receipt| receipt.vacant == 0) {
            break;
        }
    }
    Ok(found)
}

/// The least disturbance with at most so many people moved.
fn within(
    material: &mut Material,
    settings: &Settings,
    (id, at): (Uuid, usize),
    moves: u32,
) -> Result<Option<Receipt>, MaterialError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let which = |facts: &Facts| if moves == 0 { Vec::new() } else { movable(facts) };
    let composed = material.compose(settings, ("repair", &which), threads, &ToTheEnd)?;
    let may_move = |of: usize, seat: &Seat| {
        let facts = &material.facts[of];
        let holds = |slot: &SlotIx| facts.challenge.holder(*slot) == composed.peers.get(seat.peer).copied();
        which(facts).iter().any(holds)
    };
    let options = RepairOptions { moves, steps: STEPS };
    let Some(repair) = repair(&composed.season, at, options, &may_move, &ToTheEnd) else {
        return Ok(None);
    };
    Ok(Some(receipt(material, &composed, id, &repair)?))
}

/// Slots whose holders were nominated and know nothing of it yet. A member whose political group the team depends on stays.
fn movable(facts: &Facts) -> Vec<SlotIx> {
    let grouped = facts.policy.team.member_group.severity().is_some();
    let nominated = |slot: &SlotIx| {
        let wanted = &facts.challenge.slots[slot.index()];
        let holder = facts.challenge.holder(*slot).map(|peer| facts.peer_id(peer));
        let mut team = facts.team.iter();
        !(grouped && wanted.role == Role::MemberPeer)
            && team.any(|row| Some(row.peer_id) == holder && row.status == AssignmentStatus::Nominated)
    };
    if facts.row.stage != Stage::TeamBuilding {
        return Vec::new();
    }
    facts.challenge.slot_positions().filter(nominated).collect()
}

fn receipt(
    material: &Material,
    composed: &matching::season::Composed,
    id: Uuid,
    repair: &Repair,
) -> Result<Receipt, ApiError> {
    let frames = frames(&material.facts, composed, &[]);
    let names = Names::of(&composed.season)?;
    let (mut comes, mut leaves) = (Vec::new(), Vec::new());
    for (of, seat) in &repair.moved {
        let peer = *names
            .peers
            .get(seat.peer)
            .ok_or_else(|| ApiError::internal("a seat names nobody"))?;
        let slot = frames[*of].slots.iter().find(|slot| slot.held_by == Some(peer));
        let slot = slot.ok_or_else(|| ApiError::internal("whoever is moved held no slot"))?;
        leaves.push(Change {
            challenge: frames[*of].challenge,
            host: frames[*of].host,
            slot: slot.id,
            peer,
        });
    }
    for one in &repair.assignments {
        let mut frame = frames[one.challenge].clone();
        for slot in &mut frame.slots {
            if leaves.iter().any(|left| left.slot == slot.id) {
                slot.held_by = None;
            }
        }
        let held = seated(&frame, (one.challenge, &names), one, &Seating::new())?;
        for (slot, holder) in frame.slots.iter().zip(held) {
            if let Some((peer, false)) = holder {
                comes.push(Change {
                    challenge: frame.challenge,
                    host: frame.host,
                    slot: slot.id,
                    peer,
                });
            }
        }
    }
    Ok(Receipt {
        challenge: id,
        comes,
        leaves,
        vacant: repair.vacant,
        points: repair.points,
        cost: repair.free_points,
        proven: repair.proven,
    })
}

/// Puts a repair into effect: works it out again, and nominates and releases if it is the one of this digest.
///
/// # Errors
/// Refused for anybody but the programme, as [`work_out`], when it comes out differently now, and when a rule speaks against
/// anybody.
pub async fn put_into_effect(tx: &Tx, act: &Act, id: Uuid, digest: &str) -> Outcome<challenge::Model> {
    tx.enter(Queue::Teams).await?;
    let row = challenges::find_for_update(tx, &act.viewer, id).await?;
    let row = row.ok_or_else(|| UserError::not_found("challengeId", "challenge"))?;
    programme_only(act)?;
    let receipt = work_out(&row, act.today, tx).await?;
    if receipt.digest()? != digest {
        let message = "The facts have changed since: the repair comes out differently now. Look at it again.";
        return Err(UserError::at(UserErrorCode::Conflict, "receipt", message).into());
    }
    let named = receipt.comes.iter().chain(&receipt.leaves);
    let mut rows = challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(named.map(|change| change.challenge)))
        .order_by_asc(challenge::Column::Id)
        .all(tx)
        .await?;
    let references: HashMap<Uuid, String> = rows.iter().map(|row| (row.id, row.reference.clone())).collect();
    for change in &receipt.leaves {
        let of = rows.iter().find(|row| row.id == change.challenge);
        let of = of.ok_or_else(|| ApiError::internal("a challenge that was just seen is gone"))?;
        let place = assignment::Entity::find()
            .filter(assignment::Column::SlotId.eq(change.slot))
            .filter(assignment::Column::PeerId.eq(change.peer))
            .filter(assignment::Column::Status.eq(AssignmentStatus::Nominated))
            .one(tx)
            .await?
            .ok_or_else(|| ApiError::internal("a nomination that was just seen is gone"))?;
        let why = format!("Moved to fill a slot of {}.", row.reference);
        ending::end(tx, act, of, place, AssignmentStatus::Released, &why).await?;
    }
    let mut by_challenge: HashMap<Uuid, Vec<&Change>> = HashMap::new();
    for change in &receipt.comes {
        by_challenge.entry(change.challenge).or_default().push(change);
    }
    rows.retain(|row| by_challenge.contains_key(&row.id));
    let facts = world::load_all(rows, row.programme_id, Whom::Everybody, act.today, None, tx).await?;
    let decided: Vec<Decided> = facts
        .iter()
        .map(|facts| decided(facts.row.id, facts.row.host_id, facts.row.window_id, &by_challenge))
        .collect();
    let decided: Vec<&Decided> = decided.iter().collect();
    let steps = apply::steps(&facts, &decided)?;
    agreed(&facts, &steps)?;
    apply::nominate_all(tx, act, &facts, &steps).await?;
    let event = Event::new("TEAM_REPAIRED", Kind::PeerChallenge, row.id)
        .of_challenge(row.id)
        .of_council(row.host_id)
        .with(serde_json::json!({ "nominated": receipt.comes.len(), "released": receipt.leaves.len() }));
    audit::record(tx, act, event).await?;
    tell_all_named(tx, act, &receipt, &references).await?;
    let touched = Touched::people(receipt.people(), Fact::new(DecisionCause::Assignment, None));
    late::recheck_touched(tx, act, &touched).await?;
    let row = challenge::Entity::find_by_id(row.id).one(tx).await?;
    Ok(row.ok_or_else(|| ApiError::internal("the challenge vanished"))?)
}

/// Tells everybody whom a receipt names: who comes, who leaves, and their hosts.
async fn tell_all_named(tx: &Tx, act: &Act, receipt: &Receipt, references: &HashMap<Uuid, String>) -> Outcome<()> {
    let moment = act.at.timestamp_micros();
    let notice = |change: &Change, text: &str| {
        let reference = references.get(&change.challenge).map_or("", String::as_str);
        let key = format!("repair:{}:{moment}", change.challenge);
        Notice::new(NoticeKind::TeamChanged, key, format!("{reference}: {text}")).of_challenge(change.challenge)
    };
    let mut notices = Vec::new();
    for (changes, text) in [
        (
            &receipt.comes,
            "you are put forward for the team; an invitation follows.",
        ),
        (&receipt.leaves, "you are not put forward for the team any more."),
    ] {
        for change in changes {
            notices.push((Reader::Peer(change.peer), notice(change, text)));
            let host = notice(change, "the team that is being built has changed.");
            notices.push((Reader::Host(change.host), host));
        }
    }
    // A host is told once of all that changes on its team: its notices have one key.
    let all: Vec<(Reader, &Notice)> = notices.iter().map(|(reader, notice)| (*reader, notice)).collect();
    tell_all(tx, act, &all).await?;
    Ok(())
}

/// The changes of a challenge in the form in which plans are applied.
fn decided(challenge: Uuid, host: Uuid, window: Option<Uuid>, changes: &HashMap<Uuid, Vec<&Change>>) -> Decided {
    let place = |change: &&Change| Placed {
        slot: change.slot,
        peer: change.peer,
        settled: false,
        contributions: Vec::new(),
    };
    Decided {
        challenge,
        host,
        window,
        starts_on: None,
        ends_on: None,
        contributions: Vec::new(),
        waivers: 0,
        places: changes.get(&challenge).into_iter().flatten().map(place).collect(),
        vacancies: Vec::new(),
    }
}

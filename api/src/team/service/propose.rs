//! Whole teams: propose one (nothing changes but the record), and apply a proposal (everything is checked again).

use entity::{
    challenge,
    enums::{AssignmentStatus, DecisionCause, Stage},
    team_proposal,
};
use matching::{
    Challenge, Member, SlotIx, WindowIx,
    eligibility::Case,
    team::{self, Options},
};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{challenge_for_update, choose, in_stage, nominate, programme_only, verdict_error, window};
use crate::{
    audit::{self, Event},
    challenge::repo as challenges,
    db::{Database, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    team::{
        late,
        proposal::Body,
        record::{self, Packed},
        repo, reserves,
        world::{self, Facts, Whom},
    },
};

/// How to look for a team.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Only in this window.
    pub window: Option<Uuid>,
    /// What decides between people worth the same; [`Facts::seed`] unless given.
    pub seed: Option<u32>,
}

/// A proposal that is worked out and not yet kept.
pub struct Proposed {
    facts: Facts,
    proposal: team::Proposal,
    seed: i64,
    input: Packed,
}

/// Works out the best team for a challenge in team building, in the given or chosen window or else in the best of all, to be
/// kept by [`keep`]. Nobody is nominated. The search runs outside any transaction, on a thread of its own.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, and without slots or windows.
pub async fn propose(database: &Database, act: &Act, id: Uuid, how: How) -> Outcome<Proposed> {
    let row = challenges::find_visible(database.reader(), &act.viewer, id).await?;
    let row = row.ok_or_else(|| UserError::not_found("challengeId", "challenge"))?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Proposing a team")?;
    let facts = world::load(row, Whom::Everybody, act.today, database.reader()).await?;
    let options = Options {
        windows: only(&facts, how.window)?,
        seed: how.seed.unwrap_or_else(|| facts.seed()).into(),
        ..Options::default()
    };
    if facts.challenge.slots.is_empty() {
        return Err(UserError::at(UserErrorCode::Invalid, "challengeId", "The scope has no slots to fill.").into());
    }
    if facts.challenge.windows.is_empty() {
        return Err(UserError::at(UserErrorCode::Invalid, "challengeId", "The challenge has no windows.").into());
    }
    let worked = tokio::task::spawn_blocking(move || {
        let proposal = team::propose(&facts.world, &facts.policy, &facts.challenge, &options)?;
        Ok::<_, ApiError>((record::pack(&facts, &options)?, options, facts, proposal))
    });
    let (input, options, facts, proposal) = worked.await.map_err(ApiError::internal)??;
    Ok(Proposed {
        facts,
        proposal,
        seed: i64::try_from(options.seed).map_err(ApiError::internal)?,
        input,
    })
}

/// The windows to search: the chosen one, or the one given, or all.
fn only(facts: &Facts, given: Option<Uuid>) -> Outcome<Option<Vec<WindowIx>>> {
    if facts.row.window_id.is_none() && given.is_none() {
        return Ok(None);
    }
    Ok(Some(vec![window(facts, given, "windowId")?]))
}

/// Keeps a proposal as a record, with what it was made from.
///
/// # Errors
/// Refused when the facts are too many to be put on record; the database's.
pub async fn keep(tx: &Tx, act: &Act, proposed: Proposed) -> Outcome<team_proposal::Model> {
    let Proposed {
        facts,
        proposal,
        seed,
        input,
    } = proposed;
    let input_hash = input.hash.clone();
    record::keep(tx, act, input).await?;
    let row = team_proposal::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(facts.row.id),
        window_id: Set(Some(facts.window_id(proposal.window))),
        policy_id: Set(facts.policy.id),
        seed: Set(seed),
        input_hash: Set(input_hash),
        objective: Set(proposal.value.points),
        bound: Set(proposal.bound.points),
        proven: Set(proposal.proven),
        body: Set(serde_json::to_value(Body::of(&facts, &proposal))?),
        created_by: Set(act.viewer.subject.clone()),
        created_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    let event = Event::new("TEAM_PROPOSED", Kind::TeamProposal, row.id)
        .of_challenge(row.challenge_id)
        .of_council(facts.row.host_id)
        .with(serde_json::json!({
            "inputHash": row.input_hash, "seed": row.seed, "policy": facts.policy.number, "filled": proposal.value.filled,
            "objective": row.objective, "bound": row.bound, "proven": row.proven,
        }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

/// Reads a stored proposal.
///
/// # Errors
/// Internal, when it is not one.
pub fn body(row: &team_proposal::Model) -> Result<Body, ApiError> {
    serde_json::from_value(row.body.clone())
        .map_err(|fault| ApiError::internal(format_args!("proposal {} cannot be read: {fault}", row.id)))
}

/// Nominates everybody whom a proposal puts on the team, chooses its window and takes over its reserves. Every rule is
/// checked again, for the team as a whole; all or nothing.
///
/// # Errors
/// Refused for anybody but the programme, outside team building, when the policy or the team changed since the proposal,
/// and with one error per person against whom anything speaks now.
pub async fn apply(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge::Model> {
    let found = team_proposal::Entity::find_by_id(id)
        .filter(repo::visible_proposals(&act.viewer))
        .one(tx)
        .await?;
    let proposal = found.ok_or_else(|| UserError::not_found("proposalId", "proposal"))?;
    let row = challenge_for_update(tx, act, proposal.challenge_id, "proposalId").await?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Applying a proposal")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    let body = body(&proposal)?;
    let people = body.people();
    let facts = world::load(row, Whom::Only(&people), act.today, tx).await?;
    if facts.policy.id != proposal.policy_id {
        let message = "The proposal rests on another policy version: propose again.";
        return Err(UserError::at(UserErrorCode::Conflict, "proposalId", message).into());
    }
    let window = window(&facts, proposal.window_id, "proposalId")?;
    let newcomers = newcomers(&facts, &body)?;
    let team = with(&facts.challenge, &newcomers);
    refuse_if_any(objections(&facts, &team, window, &body)?)?;

    choose(tx, act, &facts, window).await?;
    for member in &newcomers {
        let place = nominate::Place {
            slot: member.slot,
            peer: member.peer,
            window,
        };
        nominate::insert(tx, act, &facts, place, AssignmentStatus::Nominated).await?;
    }
    let lists: Vec<(Uuid, Vec<Uuid>)> = body
        .places
        .iter()
        .map(|place| (place.slot, place.reserves.iter().map(|one| one.peer).collect()))
        .collect();
    reserves::put(tx, act, &lists).await?;
    let event = Event::new("TEAM_PROPOSAL_APPLIED", Kind::TeamProposal, proposal.id)
        .of_challenge(proposal.challenge_id)
        .of_council(facts.row.host_id)
        .with(serde_json::json!({ "nominated": newcomers.len() }));
    audit::record(tx, act, event).await?;
    for member in &newcomers {
        let peer = facts.peer_id(member.peer);
        late::recheck_peer(tx, act, peer, DecisionCause::Assignment, Some(proposal.id)).await?;
    }
    let row = challenge::Entity::find_by_id(facts.row.id).one(tx).await?;
    Ok(row.ok_or_else(|| ApiError::internal("the challenge vanished"))?)
}

fn with(challenge: &Challenge, newcomers: &[Member]) -> Challenge {
    let members = challenge.members.iter().chain(newcomers).copied().collect();
    Challenge {
        members,
        ..challenge.clone()
    }
}

/// The places that the proposal fills and that are still vacant.
fn newcomers(facts: &Facts, body: &Body) -> Outcome<Vec<Member>> {
    let changed = || {
        let message = "The team or the scope changed since the proposal: propose again.";
        UserError::at(UserErrorCode::Conflict, "proposalId", message)
    };
    let mut newcomers = Vec::new();
    for place in &body.places {
        let slot: SlotIx = facts.slot(place.slot).ok_or_else(changed)?;
        let Some(holder) = &place.holder else { continue };
        let peer = facts.peer(holder.peer).ok_or_else(changed)?;
        match facts.challenge.holder(slot) {
            Some(present) if present == peer => {}
            None if !holder.pinned => newcomers.push(Member { slot, peer }),
            _ => return Err(changed().into()),
        }
    }
    Ok(newcomers)
}

/// Everything that speaks against the team as it would stand, and against its reserves.
fn objections(facts: &Facts, team: &Challenge, window: WindowIx, body: &Body) -> Outcome<Vec<UserError>> {
    let case = Case::at_window(&facts.world, &facts.policy, team, window).map_err(ApiError::from)?;
    let mut errors = Vec::new();
    for member in &team.members {
        let verdict = case.assess(Some(member.slot), member.peer).map_err(ApiError::from)?;
        errors.extend(verdict_error(facts, &verdict, "proposalId"));
    }
    for place in &body.places {
        for reserve in &place.reserves {
            let Some(peer) = facts.peer(reserve.peer) else { continue };
            let verdict = case.assess(facts.slot(place.slot), peer).map_err(ApiError::from)?;
            errors.extend(verdict_error(facts, &verdict, "proposalId"));
        }
    }
    Ok(errors)
}

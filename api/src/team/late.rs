//! Late conflicts: a new fact re-checks every live assignment that it touches, in the transaction that wrote the fact.
//!
//! Where something now speaks against somebody, a decision is opened (one per assignment; an open one is brought up to
//! date); where nothing does any more, an open decision is closed as cleared. Nobody is ever removed here: that is for a
//! person to decide (`service::decide`).

use std::collections::BTreeSet;

use entity::{
    assignment, challenge, conflict_decision,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus, Stage},
    programme_policy,
};
use matching::{Span, eligibility::Case};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Set,
};
use uuid::Uuid;

use super::{
    codes,
    evidence::StoredFindings,
    service::ending::close_decision,
    world::{self, Facts, Whom},
};
use crate::{
    audit::{self, Event},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome},
        ids::Kind,
    },
    programme::repo::policies_in_force,
};

/// Stages in which a team is live and fieldwork is not over.
const WATCHED: [Stage; 6] = [
    Stage::TeamBuilding,
    Stage::TeamConfirmed,
    Stage::Preparing,
    Stage::OnSite,
    Stage::Postponed,
    Stage::Paused,
];

/// Why somebody is checked again.
#[derive(Clone, Copy, Debug)]
struct Why {
    cause: DecisionCause,
    id: Option<Uuid>,
}

/// Checks every live assignment of `peer` again, because of `cause` (whose record is `cause_id`). Gives the number of
/// decisions that are open about these assignments afterwards.
///
/// # Errors
/// The database's.
pub async fn recheck_peer(
    tx: &Tx,
    act: &Act,
    peer: Uuid,
    cause: DecisionCause,
    cause_id: Option<Uuid>,
) -> Outcome<usize> {
    tx.enter(Queue::Teams).await?;
    let live: Vec<Uuid> = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ChallengeId)
        .filter(assignment::Column::PeerId.eq(peer))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::EndsOn.gte(act.today))
        .into_tuple()
        .all(tx)
        .await?;
    let challenges: BTreeSet<Uuid> = live.into_iter().collect();
    let mut open = 0;
    for id in challenges {
        open += recheck(tx, act, id, Some(peer), Why { cause, id: cause_id }).await?;
    }
    Ok(open)
}

/// Whose live assignments a set of facts may concern.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// People, wherever they serve.
    pub people: BTreeSet<Uuid>,
    /// Councils whose own challenges are concerned, whoever serves there.
    pub hosts: BTreeSet<Uuid>,
}

/// Checks the live assignments that `touched` concerns again; one statement for all people and hosts without any. Gives the
/// number of decisions that are open about these assignments afterwards.
///
/// # Errors
/// The database's.
pub async fn recheck_touched(
    tx: &Tx,
    act: &Act,
    touched: &Touched,
    cause: DecisionCause,
    cause_id: Option<Uuid>,
) -> Outcome<usize> {
    if touched.people.is_empty() && touched.hosts.is_empty() {
        return Ok(0);
    }
    tx.enter(Queue::Teams).await?;
    let live: Vec<(Uuid, Uuid, Uuid)> = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ChallengeId)
        .column(assignment::Column::PeerId)
        .column(challenge::Column::HostId)
        .join(JoinType::InnerJoin, assignment::Relation::Challenge.def())
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::EndsOn.gte(act.today))
        .into_tuple()
        .all(tx)
        .await?;
    // A whole team where the host is concerned, else the people one by one.
    let concerned: BTreeSet<(Uuid, Option<Uuid>)> = live
        .into_iter()
        .filter_map(|(challenge, peer, host)| {
            if touched.hosts.contains(&host) {
                Some((challenge, None))
            } else {
                touched.people.contains(&peer).then_some((challenge, Some(peer)))
            }
        })
        .collect();
    let mut open = 0;
    for (challenge, only) in concerned {
        open += recheck(tx, act, challenge, only, Why { cause, id: cause_id }).await?;
    }
    Ok(open)
}

/// Checks every live assignment of a challenge again. Gives the number of decisions that are open about them afterwards.
///
/// # Errors
/// The database's.
pub async fn recheck_challenge(
    tx: &Tx,
    act: &Act,
    challenge: Uuid,
    cause: DecisionCause,
    cause_id: Option<Uuid>,
) -> Outcome<usize> {
    tx.enter(Queue::Teams).await?;
    recheck(tx, act, challenge, None, Why { cause, id: cause_id }).await
}

/// Takes every challenge of a programme whose fieldwork is not over to the policy version now in force, and checks its
/// live assignments against it. Later answers (proposals, nominations, confirmation) then rest on the same version as
/// this check. Does nothing for challenges that are at that version already. Gives the number of open decisions.
///
/// # Errors
/// The database's.
pub async fn recheck_programme(tx: &Tx, act: &Act, programme: Uuid) -> Outcome<usize> {
    tx.enter(Queue::Teams).await?;
    let in_force = policies_in_force(vec![programme], act.today, tx).await?;
    let Some(policy) = in_force.into_iter().next() else {
        return Ok(0);
    };
    let behind = challenge::Entity::find()
        .filter(challenge::Column::ProgrammeId.eq(programme))
        .filter(challenge::Column::Stage.is_in(REPINNED))
        .filter(challenge::Column::PolicyId.ne(policy.id))
        .order_by_asc(challenge::Column::Id)
        .all(tx)
        .await?;
    let why = Why {
        cause: DecisionCause::Policy,
        id: Some(policy.id),
    };
    let mut open = 0;
    for rows in behind.chunks(world::MAX_TOGETHER) {
        let mut pinned = Vec::with_capacity(rows.len());
        for row in rows {
            pinned.push(pin(tx, act, row.clone(), &policy).await?);
        }
        open += recheck_all(tx, act, pinned, programme, None, Some(&policy), why).await?;
    }
    Ok(open)
}

/// Takes one challenge to a policy version.
async fn pin(tx: &Tx, act: &Act, row: challenge::Model, policy: &programme_policy::Model) -> Outcome<challenge::Model> {
    let (id, version) = (row.id, row.version);
    let mut pinned = row.into_active_model();
    pinned.policy_id = Set(policy.id);
    pinned.version = Set(version + 1);
    pinned.updated_at = Set(act.at);
    let pinned = pinned.update(tx).await?;
    let event = Event::new("POLICY_APPLIED", Kind::PeerChallenge, id)
        .of_challenge(id)
        .of_council(pinned.host_id)
        .with(serde_json::json!({ "policy": policy.number }));
    audit::record(tx, act, event).await?;
    Ok(pinned)
}

/// Stages in which a challenge goes over to a new policy version: from the request to the last day of fieldwork.
const REPINNED: [Stage; 11] = [
    Stage::Draft,
    Stage::Submitted,
    Stage::Triaged,
    Stage::Scoping,
    Stage::Scoped,
    Stage::TeamBuilding,
    Stage::TeamConfirmed,
    Stage::Preparing,
    Stage::OnSite,
    Stage::Postponed,
    Stage::Paused,
];

async fn recheck(tx: &Tx, act: &Act, challenge: Uuid, only: Option<Uuid>, why: Why) -> Outcome<usize> {
    let Some(row) = world::challenge_row(challenge, tx).await? else {
        return Ok(0);
    };
    let programme = row.programme_id;
    recheck_all(tx, act, vec![row], programme, only, None, why).await
}

/// Checks the live places of some challenges of one programme (at most [`world::MAX_TOGETHER`]), `only` those of one
/// person if given. A fixed number of statements, and what each new answer writes.
async fn recheck_all(
    tx: &Tx,
    act: &Act,
    mut rows: Vec<challenge::Model>,
    programme: Uuid,
    only: Option<Uuid>,
    policy: Option<&programme_policy::Model>,
    why: Why,
) -> Outcome<usize> {
    rows.retain(|row| WATCHED.contains(&row.stage));
    if rows.is_empty() {
        return Ok(0);
    }
    let standing = conflict_decision::Entity::find()
        .filter(conflict_decision::Column::ChallengeId.is_in(rows.iter().map(|row| row.id)))
        .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
        .all(tx)
        .await?;
    // The teams come with the facts of their challenges.
    let loaded = world::load_all(rows, programme, Whom::Only(&[]), act.today, policy, tx).await?;
    let mut open = 0;
    for facts in &loaded {
        open += recheck_team(tx, act, facts, &standing, only, why).await?;
    }
    Ok(open)
}

/// Checks the live places of one challenge. `standing` are the open decisions.
async fn recheck_team(
    tx: &Tx,
    act: &Act,
    facts: &Facts,
    standing: &[conflict_decision::Model],
    only: Option<Uuid>,
    why: Why,
) -> Outcome<usize> {
    let concerned: Vec<&assignment::Model> = facts
        .team
        .iter()
        .filter(|member| only.is_none_or(|peer| member.peer_id == peer) && member.ends_on >= act.today)
        .collect();
    let mut open = 0;
    for member in concerned {
        let span = Span {
            from: member.starts_on,
            until: member.ends_on,
        };
        let case = Case::new(&facts.world, &facts.policy, &facts.challenge, span).map_err(ApiError::from)?;
        let peer = facts
            .peer(member.peer_id)
            .ok_or_else(|| ApiError::internal("a team member is not in the facts"))?;
        let verdict = case.assess(facts.slot(member.slot_id), peer).map_err(ApiError::from)?;
        let now = StoredFindings::of(facts, peer, &verdict);
        let before = standing
            .iter()
            .find(|decision| decision.assignment_id == member.id)
            .cloned();
        open += usize::from(!now.findings.is_empty());
        settle(tx, act, member, before, &now, why).await?;
    }
    Ok(open)
}

/// Opens, brings up to date or closes the decision about one assignment.
async fn settle(
    tx: &Tx,
    act: &Act,
    member: &assignment::Model,
    before: Option<conflict_decision::Model>,
    now: &StoredFindings,
    why: Why,
) -> Outcome<()> {
    let body = serde_json::to_value(now)?;
    let (action, row) = match before {
        Some(before) if now.findings.is_empty() => {
            let reason = "Nothing speaks against this place any more.";
            close_decision(tx, act, before, DecisionStatus::Cleared, reason).await?;
            return Ok(());
        }
        Some(before) if before.findings == body => return Ok(()),
        Some(before) => {
            let version = before.version;
            let mut row = before.into_active_model();
            row.findings = Set(body);
            row.cause = Set(why.cause);
            row.cause_id = Set(why.id);
            row.version = Set(version + 1);
            row.updated_at = Set(act.at);
            ("CONFLICT_DECISION_CHANGED", row.update(tx).await?)
        }
        None if now.findings.is_empty() => return Ok(()),
        None => {
            let row = conflict_decision::ActiveModel {
                id: Set(act.id()),
                challenge_id: Set(member.challenge_id),
                assignment_id: Set(member.id),
                peer_id: Set(member.peer_id),
                cause: Set(why.cause),
                cause_id: Set(why.id),
                findings: Set(body),
                status: Set(DecisionStatus::Open),
                opened_at: Set(act.at),
                decided_by: Set(None),
                decided_at: Set(None),
                reason: Set(None),
                version: Set(1),
                created_at: Set(act.at),
                updated_at: Set(act.at),
            };
            ("CONFLICT_DECISION_OPENED", row.insert(tx).await?)
        }
    };
    let rules: Vec<String> = now.findings.iter().map(|finding| codes::name(finding.rule)).collect();
    let event = Event::new(action, Kind::ConflictDecision, row.id)
        .of_challenge(row.challenge_id)
        .of_peer(row.peer_id)
        .with(serde_json::json!({ "cause": row.cause, "rules": rules }));
    audit::record(tx, act, event).await?;
    Ok(())
}

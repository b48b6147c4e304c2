//! Late conflicts: a new fact re-checks every live assignment that it touches, in the transaction that wrote the fact.
//!
//! Where something now speaks against somebody, a decision is opened (one per assignment; an open one is brought up to
//! date); where nothing does any more, an open decision is closed as cleared. Nobody is ever removed here: that is for a
//! person to decide (`service::decide`).
//!
//! Here stands whom a fact concerns; `check` judges them, many challenges together, and writes what follows; `cause` says
//! which of several facts a decision is about.

mod cause;
mod check;

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, DecisionCause, Stage},
    programme_policy,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Set,
};
use uuid::Uuid;

use super::world;
use crate::{
    audit::{self, Event},
    db::{Queue, Tx},
    graphql::{context::Act, errors::Outcome, ids::Kind},
    programme::repo::policies_in_force,
};
use check::{Concern, recheck_all};

/// Most ids in one statement.
const MAX_IDS: usize = 500;

/// A new fact: what kind of fact it is, and its record if there is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fact {
    /// What kind of fact.
    pub cause: DecisionCause,
    /// Its record.
    pub id: Option<Uuid>,
}

impl Fact {
    /// A fact of this kind with this record.
    pub const fn new(cause: DecisionCause, id: Option<Uuid>) -> Self {
        Self { cause, id }
    }
}

/// Whose live assignments new facts may concern, and which facts.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    people: BTreeMap<Uuid, Vec<Fact>>,
    hosts: BTreeMap<Uuid, Vec<Fact>>,
}

impl Touched {
    /// These people, wherever they serve, because of `fact`.
    pub fn people(people: impl IntoIterator<Item = Uuid>, fact: Fact) -> Self {
        let mut touched = Self::default();
        people.into_iter().for_each(|peer| touched.person(peer, fact));
        touched
    }

    /// Also the own challenges of these councils, whoever serves there.
    #[must_use]
    pub fn and_hosts(mut self, hosts: impl IntoIterator<Item = Uuid>, fact: Fact) -> Self {
        hosts.into_iter().for_each(|host| self.host(host, fact));
        self
    }

    /// Adds a fact about a person.
    pub fn person(&mut self, peer: Uuid, fact: Fact) {
        self.people.entry(peer).or_default().push(fact);
    }

    /// Adds a fact about a host.
    pub fn host(&mut self, host: Uuid, fact: Fact) {
        self.hosts.entry(host).or_default().push(fact);
    }

    /// The facts that concern this person's place with this host; none when it need not be looked at.
    fn facts(&self, host: Uuid, peer: Uuid) -> Vec<Fact> {
        let of = |facts: &BTreeMap<Uuid, Vec<Fact>>, key| facts.get(&key).cloned().unwrap_or_default();
        let mut facts = of(&self.people, peer);
        facts.extend(of(&self.hosts, host));
        facts
    }
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
    recheck_touched(tx, act, &Touched::people([peer], Fact::new(cause, cause_id))).await
}

/// Checks the live assignments that `touched` concerns again, as many challenges together as the facts can be loaded for.
/// Gives the number of decisions that are open about these assignments afterwards.
///
/// # Errors
/// The database's.
pub async fn recheck_touched(tx: &Tx, act: &Act, touched: &Touched) -> Outcome<usize> {
    if touched.people.is_empty() && touched.hosts.is_empty() {
        return Ok(0);
    }
    tx.enter(Queue::Teams).await?;
    let concerned = concerned(tx, act, touched).await?;
    let mut by_programme: BTreeMap<Uuid, Vec<challenge::Model>> = BTreeMap::new();
    for ids in concerned.chunks(MAX_IDS) {
        let rows = challenge::Entity::find()
            .filter(challenge::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(challenge::Column::Id)
            .all(tx)
            .await?;
        for row in rows {
            by_programme.entry(row.programme_id).or_default().push(row);
        }
    }
    let mut open = 0;
    for (programme, rows) in by_programme {
        for together in rows.chunks(world::MAX_TOGETHER) {
            open += recheck_all(tx, act, together.to_vec(), programme, None, Concern::Touched(touched)).await?;
        }
    }
    Ok(open)
}

/// Ids of the challenges with live places that `touched` concerns, in order.
async fn concerned(tx: &Tx, act: &Act, touched: &Touched) -> Outcome<Vec<Uuid>> {
    let mut live = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ChallengeId)
        .column(assignment::Column::PeerId)
        .column(challenge::Column::HostId)
        .join(JoinType::InnerJoin, assignment::Relation::Challenge.def())
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::EndsOn.gte(act.today));
    // After an import of a whole region the list would be longer than that of everybody who serves.
    if touched.people.len() + touched.hosts.len() <= MAX_IDS {
        let theirs = Condition::any()
            .add(assignment::Column::PeerId.is_in(touched.people.keys().copied()))
            .add(challenge::Column::HostId.is_in(touched.hosts.keys().copied()));
        live = live.filter(theirs);
    }
    let live: Vec<(Uuid, Uuid, Uuid)> = live.into_tuple().all(tx).await?;
    let concerned: BTreeSet<Uuid> = live
        .into_iter()
        .filter(|(_, peer, host)| touched.people.contains_key(peer) || touched.hosts.contains_key(host))
        .map(|(challenge, ..)| challenge)
        .collect();
    Ok(concerned.into_iter().collect())
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
    let Some(row) = world::challenge_row(challenge, tx).await? else {
        return Ok(0);
    };
    let programme = row.programme_id;
    let everybody = Concern::Everybody(Fact::new(cause, cause_id));
    recheck_all(tx, act, vec![row], programme, None, everybody).await
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
    let everybody = Concern::Everybody(Fact::new(DecisionCause::Policy, Some(policy.id)));
    let mut open = 0;
    for rows in behind.chunks(world::MAX_TOGETHER) {
        let mut pinned = Vec::with_capacity(rows.len());
        for row in rows {
            pinned.push(pin(tx, act, row.clone(), &policy).await?);
        }
        open += recheck_all(tx, act, pinned, programme, Some(&policy), everybody).await?;
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

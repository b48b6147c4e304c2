//! Judging the live places of some challenges again, and writing what follows: decisions opened, brought up to date, closed.

use entity::{
    assignment, challenge, conflict_decision,
    enums::{DecisionStatus, Stage},
    programme_policy,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;

use super::{Fact, Touched, cause};
use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{context::Act, errors::Outcome, ids::Kind},
    team::{
        codes,
        evidence::StoredFindings,
        service::ending::close_decision,
        world::{self, Facts, Whom},
    },
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

/// Who is checked, and for which facts.
#[derive(Clone, Copy)]
pub(super) enum Concern<'a> {
    /// Everybody on these teams.
    Everybody(Fact),
    /// Those whom these facts concern.
    Touched(&'a Touched),
}

impl Concern<'_> {
    /// The facts for which this person's place with this host is checked; none when it is not.
    fn facts(self, host: Uuid, peer: Uuid) -> Vec<Fact> {
        match self {
            Self::Everybody(fact) => vec![fact],
            Self::Touched(touched) => touched.facts(host, peer),
        }
    }
}

/// Checks live places of some challenges of one programme (at most [`world::MAX_TOGETHER`]), judged by `policy` or the
/// versions that they are pinned to. A fixed number of statements, and what each new answer writes.
pub(super) async fn recheck_all(
    tx: &Tx,
    act: &Act,
    mut rows: Vec<challenge::Model>,
    programme: Uuid,
    policy: Option<&programme_policy::Model>,
    concern: Concern<'_>,
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
        open += recheck_team(tx, act, facts, &standing, concern).await?;
    }
    Ok(open)
}

/// Checks the live places of one challenge. `standing` are the open decisions.
async fn recheck_team(
    tx: &Tx,
    act: &Act,
    facts: &Facts,
    standing: &[conflict_decision::Model],
    concern: Concern<'_>,
) -> Outcome<usize> {
    let mut open = 0;
    for member in facts.team.iter().filter(|member| member.ends_on >= act.today) {
        let new = concern.facts(facts.row.host_id, member.peer_id);
        if new.is_empty() {
            continue;
        }
        let (peer, verdict) = facts.verdict(member)?;
        let now = StoredFindings::of(facts, peer, &verdict);
        let before = standing
            .iter()
            .find(|decision| decision.assignment_id == member.id)
            .cloned();
        open += usize::from(!now.findings.is_empty());
        settle(tx, act, member, before, &now, &new).await?;
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
    new: &[Fact],
) -> Outcome<()> {
    let body = serde_json::to_value(now)?;
    let Some(why) = cause::of(new, before.as_ref().map(|before| &before.findings), &now.findings) else {
        return Ok(());
    };
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

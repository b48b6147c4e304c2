//! Reserves of standing teams: ranked after a season's plan was put into effect, and kept valid while the season changes.
//!
//! A background job, hourly and after each plan. It reads and ranks without a lock, because whoever is offered a place is judged
//! again at that moment (`invitation::service::cascade`); lists that changed meanwhile are left as they are.
//!
//! Neighbours: `service::propose` (reserves of a proposal), `chores` (when it runs), `matching::team` (who could step in).

use std::collections::{BTreeMap, BTreeSet};

use entity::{challenge, enums::Stage, reserve, team_slot};
use matching::{
    SlotIx,
    team::{could_step_in, standing_reserves},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::world::{self, Facts, Whom};
use crate::{
    audit::{self, Event},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Result},
        ids::Kind,
    },
    jobs::{Handler, JobError, NewJob, Work},
};

/// Kind of the job.
pub const JOB: &str = "team.keep-reserves";

/// What a job is asked for.
#[derive(Default, Deserialize, Serialize)]
struct Wanted {
    /// Challenges whose held slots shall all have reserves; of the others only those that have some.
    #[serde(default)]
    challenges: BTreeSet<Uuid>,
}

/// The job that gives every held slot of these challenges its reserves.
///
/// # Errors
/// Internal: the ids cannot be written.
pub fn rank(challenges: impl IntoIterator<Item = Uuid>) -> Result<NewJob> {
    let wanted = Wanted {
        challenges: challenges.into_iter().collect(),
    };
    Ok(NewJob::new(JOB).with(serde_json::to_value(wanted).map_err(ApiError::internal)?))
}

/// Drops reserves who could no longer step in and ranks others behind those who stay, up to the policy's number for each slot.
/// A slot whose list has run out gets no new one by itself: the programme has been told that it is vacant.
pub struct KeepReserves;

/// A list that is to change.
struct Change {
    challenge: Uuid,
    host: Uuid,
    slot: Uuid,
    before: Vec<Uuid>,
    after: Vec<Uuid>,
}

#[async_trait::async_trait]
impl Handler for KeepReserves {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let wanted: Wanted = work.payload()?;
        let reader = work.database.reader();
        let mut programmes: BTreeMap<Uuid, Vec<challenge::Model>> = BTreeMap::new();
        for row in rows(&wanted, reader).await? {
            programmes.entry(row.programme_id).or_default().push(row);
        }
        for (programme, rows) in programmes {
            let ids = rows.iter().map(|row| row.id);
            let lists = lists(ids, reader).await?;
            let facts = world::load_all(rows, programme, Whom::Everybody, work.act.today, None, reader).await?;
            let all = wanted.challenges.clone();
            let ranked = tokio::task::spawn_blocking(move || changes(&facts, &lists, &all));
            let changes = ranked.await.map_err(ApiError::internal)??;
            if !changes.is_empty() {
                write(work, changes).await?;
            }
        }
        Ok(())
    }
}

/// Challenges whose reserves are looked after: asked for, or with reserves; in team building and with their days settled.
async fn rows(wanted: &Wanted, reader: &impl ConnectionTrait) -> Result<Vec<challenge::Model>> {
    let with_some = team_slot::Entity::find()
        .select_only()
        .column(team_slot::Column::ChallengeId)
        .inner_join(reserve::Entity)
        .into_query();
    let either = Condition::any()
        .add(challenge::Column::Id.is_in(wanted.challenges.iter().copied()))
        .add(challenge::Column::Id.in_subquery(with_some));
    Ok(challenge::Entity::find()
        .filter(either)
        .filter(challenge::Column::Stage.eq(Stage::TeamBuilding))
        .filter(challenge::Column::WindowId.is_not_null())
        .order_by_asc(challenge::Column::Id)
        .all(reader)
        .await?)
}

/// Reserves by slot, in their order.
async fn lists(
    challenges: impl Iterator<Item = Uuid>,
    connection: &impl ConnectionTrait,
) -> Result<BTreeMap<Uuid, Vec<Uuid>>> {
    let slots = team_slot::Entity::find()
        .select_only()
        .column(team_slot::Column::Id)
        .filter(team_slot::Column::ChallengeId.is_in(challenges))
        .into_query();
    let found = reserve::Entity::find()
        .filter(reserve::Column::SlotId.in_subquery(slots))
        .order_by_asc(reserve::Column::Rank)
        .all(connection)
        .await?;
    let mut lists: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in found {
        lists.entry(row.slot_id).or_default().push(row.peer_id);
    }
    Ok(lists)
}

/// The lists that are to change.
fn changes(all: &[Facts], lists: &BTreeMap<Uuid, Vec<Uuid>>, wanted: &BTreeSet<Uuid>) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for facts in all {
        let Some(window) = facts.row.window_id.and_then(|id| facts.window(id)) else {
            continue;
        };
        let case = facts.case(window)?;
        for slot in facts.challenge.slot_positions() {
            let before = lists.get(&facts.slot_id(slot)).cloned().unwrap_or_default();
            let looked_after = !before.is_empty() || wanted.contains(&facts.row.id);
            if !looked_after || facts.challenge.holder(slot).is_none() {
                continue;
            }
            let after = kept(facts, &case, slot, &before);
            if after != before {
                changes.push(Change {
                    challenge: facts.row.id,
                    host: facts.row.host_id,
                    slot: facts.slot_id(slot),
                    before,
                    after,
                });
            }
        }
    }
    Ok(changes)
}

/// Those of `before` who could still step in, in their order, and behind them the best others while there is room.
fn kept(facts: &Facts, case: &matching::eligibility::Case<'_>, slot: SlotIx, before: &[Uuid]) -> Vec<Uuid> {
    let mut kept: Vec<Uuid> = before
        .iter()
        .copied()
        .filter(|id| facts.peer(*id).is_some_and(|peer| could_step_in(case, slot, peer)))
        .collect();
    let room = facts.policy.team.reserves_per_slot as usize;
    if kept.len() < room {
        let best = standing_reserves(case, slot, u64::from(facts.seed()));
        let others = best
            .iter()
            .map(|one| facts.peer_id(one.peer))
            .filter(|id| !kept.contains(id));
        let others: Vec<Uuid> = others.take(room - kept.len()).collect();
        kept.extend(others);
    }
    kept
}

/// Writes the lists, except those that somebody changed meanwhile.
async fn write(work: &Work, changes: Vec<Change>) -> Result<(), JobError> {
    let act: &Act = &work.act;
    let tx = work.database.begin().await?;
    tx.enter(Queue::Teams).await?;
    let now = lists(changes.iter().map(|change| change.challenge), &tx).await?;
    let fresh: Vec<Change> = changes
        .into_iter()
        .filter(|change| now.get(&change.slot).map_or(&[][..], Vec::as_slice) == change.before)
        .collect();
    let lists: Vec<(Uuid, Vec<Uuid>)> = fresh.iter().map(|change| (change.slot, change.after.clone())).collect();
    put(&tx, act, &lists).await?;
    let mut told: BTreeMap<(Uuid, Uuid), usize> = BTreeMap::new();
    for change in &fresh {
        *told.entry((change.challenge, change.host)).or_default() += 1;
    }
    for ((challenge, host), slots) in told {
        let event = Event::new("RESERVES_RANKED", Kind::PeerChallenge, challenge)
            .of_challenge(challenge)
            .of_council(host)
            .with(serde_json::json!({ "slots": slots }));
        audit::record(&tx, act, event).await?;
    }
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives slots new lists of reserves, the first one first, in the place of those that they had.
///
/// # Errors
/// The database's.
pub async fn put(tx: &Tx, act: &Act, lists: &[(Uuid, Vec<Uuid>)]) -> Result<()> {
    reserve::Entity::delete_many()
        .filter(reserve::Column::SlotId.is_in(lists.iter().map(|(slot, _)| *slot)))
        .exec(tx)
        .await?;
    let row = |slot: Uuid, peer: Uuid, rank: i32| reserve::ActiveModel {
        id: Set(act.id()),
        slot_id: Set(slot),
        peer_id: Set(peer),
        rank: Set(rank),
    };
    let rows: Vec<reserve::ActiveModel> = lists
        .iter()
        .flat_map(|(slot, people)| people.iter().zip(1..).map(|(peer, rank)| row(*slot, *peer, rank)))
        .collect();
    for some in rows.chunks(ROWS) {
        reserve::Entity::insert_many(some.to_vec())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Most rows of one statement.
const ROWS: usize = 200;

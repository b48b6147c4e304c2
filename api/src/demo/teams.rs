//! The teams of visits to come: proposed by the engine and put down with its consent, as the service does it. In the first of them
//! somebody declined, and their reserve holds the place.

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, Stage},
    open_slot, session_peer,
};
use matching::team::{Options, propose};
use uuid::Uuid;

use crate::{
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome},
    },
    import::store::bulk::{Silent, upsert},
    team::{
        service::nominate::{Place, insert},
        world::{Whom, load},
    },
};

/// Where a team is complete and has not begun.
const TO_COME: [Stage; 2] = [Stage::TeamConfirmed, Stage::Preparing];

/// Those of `challenges` whose visits are to come.
pub fn to_come(challenges: &[challenge::Model]) -> Vec<challenge::Model> {
    let waits = |row: &&challenge::Model| TO_COME.contains(&row.stage);
    challenges.iter().filter(waits).cloned().collect()
}

/// Fills the slots of each challenge with the best team of its window, and gives back everybody who was asked. Their facts must be in
/// the database. A slot that nobody may hold is left open.
///
/// # Errors
/// The database's, or internal ones when rows contradict each other.
pub async fn ask(tx: &Tx, act: &Act, challenges: Vec<challenge::Model>) -> Outcome<Vec<assignment::Model>> {
    let mut asked = Vec::new();
    let mut declined = None;
    let mut left_open = Vec::new();
    for row in challenges {
        let facts = load(row, Whom::Everybody, act.today, tx).await?;
        let window = facts.row.window_id.and_then(|id| facts.window(id));
        let window = window.ok_or_else(|| ApiError::internal("a confirmed challenge of the demo has no window"))?;
        let options = Options {
            windows: Some(vec![window]),
            seed: facts.seed().into(),
            ..Options::default()
        };
        let proposal = propose(&facts.world, &facts.policy, &facts.challenge, &options).map_err(ApiError::internal)?;
        let steps_in = proposal.places.iter().rfind(|place| !place.reserves.is_empty());
        let steps_in = steps_in.filter(|_| declined.is_none()).map(|place| place.slot);
        for place in &proposal.places {
            let Some(holder) = &place.holder else {
                left_open.push(open_slot::Model {
                    slot_id: facts.slot_id(place.slot),
                    challenge_id: facts.row.id,
                    reason: "Nobody could be found (invented).".to_owned(),
                    decided_by: "demo@example.org".to_owned(),
                    decided_at: act.at,
                });
                continue;
            };
            let reserve = place.reserves.first().filter(|_| steps_in == Some(place.slot));
            let peer = reserve.map_or(holder.peer, |reserve| reserve.peer);
            let slot = place.slot;
            let held = insert(
                tx,
                act,
                &facts,
                Place { slot, peer, window },
                AssignmentStatus::Confirmed,
            )
            .await?;
            if reserve.is_some() {
                declined = Some(assignment::Model {
                    id: act.id(),
                    peer_id: facts.peer_id(holder.peer),
                    home_council_id: facts
                        .home(holder.peer, facts.span(window))
                        .unwrap_or(held.home_council_id),
                    status: AssignmentStatus::Declined,
                    status_reason: Some("BUSY_NOW".to_owned()),
                    ..held.clone()
                });
            }
            asked.push(held);
        }
    }
    upsert::<open_slot::Entity>(tx, left_open, &Silent).await?;
    upsert::<assignment::Entity>(tx, declined.iter().cloned().collect(), &Silent).await?;
    asked.extend(declined);
    Ok(asked)
}

/// Who of them takes part in each session of their visit, of which the challenge and the id are given.
pub fn attend(asked: &[assignment::Model], sessions: &[(Uuid, Uuid)]) -> Vec<session_peer::Model> {
    let comes = |place: &&assignment::Model| place.status == AssignmentStatus::Confirmed;
    let of = |place: &assignment::Model| {
        let peer_id = place.peer_id;
        let here = sessions
            .iter()
            .filter(|(challenge, _)| *challenge == place.challenge_id);
        let taken = here.map(|&(_, session_id)| session_peer::Model { session_id, peer_id });
        taken.collect::<Vec<_>>()
    };
    asked.iter().filter(comes).flat_map(of).collect()
}

//! The teams of visits to come: proposed by the engine and put down with its consent, as the service does it. In the first of them
//! somebody declined, and their reserve holds the place.

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, Stage},
    open_slot,
};
use matching::team::{Options, propose};

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

/// Those who were asked to the visits to come.
#[derive(Debug, Default)]
pub struct Teams {
    /// Who comes; these rows are written already.
    pub held: Vec<assignment::Model>,
    /// Who declined.
    pub declined: Option<assignment::Model>,
}

/// Fills the slots of those of `challenges` whose visits are to come, each with the best team of its window. Their facts must be in
/// the database. A slot that nobody may hold is left open.
///
/// # Errors
/// The database's, or internal ones when rows contradict each other.
pub async fn to_come(tx: &Tx, act: &Act, challenges: &[challenge::Model]) -> Outcome<Teams> {
    let mut teams = Teams::default();
    let mut left_open = Vec::new();
    for row in challenges.iter().filter(|row| TO_COME.contains(&row.stage)) {
        let facts = load(row.clone(), Whom::Everybody, act.today, tx).await?;
        let window = row.window_id.and_then(|id| facts.window(id));
        let window = window.ok_or_else(|| ApiError::internal("a confirmed challenge of the demo has no window"))?;
        let options = Options {
            windows: Some(vec![window]),
            seed: facts.seed().into(),
            ..Options::default()
        };
        let proposal = propose(&facts.world, &facts.policy, &facts.challenge, &options).map_err(ApiError::internal)?;
        let steps_in = proposal.places.iter().rfind(|place| !place.reserves.is_empty());
        let steps_in = steps_in.filter(|_| teams.declined.is_none()).map(|place| place.slot);
        for place in &proposal.places {
            let Some(holder) = &place.holder else {
                left_open.push(open_slot::Model {
                    slot_id: facts.slot_id(place.slot),
                    challenge_id: row.id,
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
                teams.declined = Some(assignment::Model {
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
            teams.held.push(held);
        }
    }
    upsert::<open_slot::Entity>(tx, left_open, &Silent).await?;
    Ok(teams)
}

//! Whether what a plan takes for settled still is: places that were held and windows that were chosen before it.

use std::collections::{BTreeSet, HashMap};

use entity::{assignment, challenge, enums::AssignmentStatus, peer};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    body::{Body, Decided, Placed},
    repo::words,
};
use crate::graphql::errors::Result;

/// A place that has another holder than the plan counts on, or none.
struct Lost<'b> {
    reference: &'b str,
    place: &'b Placed,
    holder: Option<Uuid>,
}

/// What differs, in words. `rows` are the challenges of the plan as they are now.
pub(super) async fn differences(
    body: &Body,
    rows: &[challenge::Model],
    connection: &impl ConnectionTrait,
) -> Result<Vec<String>> {
    let rows: HashMap<Uuid, &challenge::Model> = rows.iter().map(|row| (row.id, row)).collect();
    let live: Vec<(Uuid, Uuid)> = assignment::Entity::find()
        .select_only()
        .columns([assignment::Column::SlotId, assignment::Column::PeerId])
        .filter(assignment::Column::ChallengeId.is_in(rows.keys().copied()))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .into_tuple()
        .all(connection)
        .await?;
    let live: HashMap<Uuid, Uuid> = live.into_iter().collect();
    let (mut told, mut lost) = (Vec::new(), Vec::new());
    for (decided, frame) in body.challenges.iter().zip(&body.frames) {
        let Some(row) = rows.get(&decided.challenge) else {
            told.push("A challenge of the plan is gone.".to_owned());
            continue;
        };
        let chosen = frame.chosen.or_else(|| of_held(decided));
        if chosen.is_some() && chosen != row.window_id {
            let reference = &row.reference;
            told.push(format!(
                "{reference}: the window that the plan counts on is no longer the chosen one."
            ));
        }
        for place in decided.places.iter().filter(|place| place.settled) {
            let holder = live.get(&place.slot).copied();
            if holder != Some(place.peer) {
                lost.push(Lost {
                    reference: &row.reference,
                    place,
                    holder,
                });
            }
        }
    }
    let people = lost
        .iter()
        .flat_map(|lost| lost.holder.into_iter().chain([lost.place.peer]));
    let people: BTreeSet<Uuid> = people.collect();
    let names = words::<peer::Entity>(people, [peer::Column::Id, peer::Column::Name], connection).await?;
    let name = |peer: Uuid| names.get(&peer).map_or("somebody", String::as_str);
    told.extend(lost.iter().map(|lost| {
        let (reference, before) = (lost.reference, name(lost.place.peer));
        match lost.holder {
            None => format!("{reference}: the slot that {before} held is vacant now."),
            Some(holder) => format!("{reference}: {} has the slot that {before} held.", name(holder)),
        }
    }));
    Ok(told)
}

/// The window of people who hold places of a challenge.
fn of_held(decided: &Decided) -> Option<Uuid> {
    let mut places = decided.places.iter();
    decided.window.filter(|_| places.any(|place| place.settled))
}

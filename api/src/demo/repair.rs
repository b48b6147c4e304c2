//! Invitations of the confirmed teams, one of which lost a person and was repaired. Pure.

use chrono::{Days, NaiveDate};
use entity::{
    assignment,
    enums::{AssignmentStatus, DeclineReason, InvitationState},
    invitation,
};

use super::{
    lives::noon,
    requests::{Requests, Source},
};
use crate::graphql::context::Act;

/// Everybody on a team accepted. On the first confirmed team somebody else was asked for the last place first, and declined:
/// the present holder is their reserve.
pub fn repaired(act: &Act, source: &Source<'_>, made: &mut Requests) -> Vec<invitation::Model> {
    let mut invitations: Vec<_> = made
        .assignments
        .iter()
        .map(|place| invited(act, place, 60, None))
        .collect();
    if let Some(place) = made.assignments.first().and_then(|first| {
        let team = |place: &&assignment::Model| place.challenge_id == first.challenge_id;
        made.assignments.iter().rfind(team)
    }) {
        let pool = source.pool;
        let position = |peer| pool.peers.iter().position(|row| row.id == peer);
        let role = position(place.peer_id).map(|peer| pool.main_roles[peer]);
        let serving = |peer| made.assignments.iter().any(|place| place.peer_id == peer);
        let asked =
            (0..pool.peers.len()).find(|&peer| Some(pool.main_roles[peer]) == role && !serving(pool.peers[peer].id));
        if let Some(asked) = asked {
            let before = assignment::Model {
                id: act.id(),
                peer_id: pool.peers[asked].id,
                home_council_id: source.places[pool.homes[asked]].id,
                status: AssignmentStatus::Declined,
                status_reason: Some("BUSY_NOW".to_owned()),
                ..place.clone()
            };
            invitations.push(invited(act, &before, 75, Some(DeclineReason::BusyNow)));
            made.assignments.push(before);
        }
    }
    invitations
}

/// An invitation sent so many days before the visit and answered after four.
fn invited(act: &Act, place: &assignment::Model, days: u64, declined: Option<DeclineReason>) -> invitation::Model {
    let back = |days: u64| -> NaiveDate {
        place
            .starts_on
            .checked_sub_days(Days::new(days))
            .unwrap_or(place.starts_on)
    };
    let (sent_at, answered_at) = (
        Ord::min(noon(back(days)), act.at),
        Ord::min(noon(back(days - 4)), act.at),
    );
    invitation::Model {
        id: act.id(),
        assignment_id: place.id,
        challenge_id: place.challenge_id,
        peer_id: place.peer_id,
        state: if declined.is_some() {
            InvitationState::Declined
        } else {
            InvitationState::Accepted
        },
        answer_by: back(days - 7),
        sent_by: "demo@example.org".to_owned(),
        sent_at,
        answered_at: Some(answered_at),
        answered_by: Some("peer@example.org".to_owned()),
        decline_reason: declined,
        note: None,
        version: 1,
        created_at: sent_at,
        updated_at: answered_at,
    }
}

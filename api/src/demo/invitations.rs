//! What everybody on the teams was asked and answered. Pure.

use chrono::{Days, NaiveDate};
use entity::{
    assignment,
    enums::{AssignmentStatus, DeclineReason, InvitationState},
    invitation,
};

use super::lives::noon;
use crate::graphql::context::Act;

/// Whoever holds a place accepted; whoever declined had been asked before them.
pub fn all(act: &Act, places: &[assignment::Model]) -> Vec<invitation::Model> {
    let asked = |place: &assignment::Model| {
        if place.status == AssignmentStatus::Declined {
            invited(act, place, 75, Some(DeclineReason::BusyNow))
        } else {
            invited(act, place, 60, None)
        }
    };
    places.iter().map(asked).collect()
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

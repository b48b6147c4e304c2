//! Inputs about days: availability and blackouts.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use uuid::Uuid;

use crate::{
    graphql::{
        errors::{Outcome, UserError, UserErrorCode},
        ids::{self, Kind},
        scalars::Date,
    },
    peer::service::diary::Owner,
};

/// Days that a person offers or takes back, both ends included; not all past, at most three years.
#[derive(InputObject)]
pub struct AvailabilityInput {
    /// The person.
    peer_id: ID,
    /// First day.
    starts_on: Date,
    /// Last day.
    ends_on: Date,
}

impl AvailabilityInput {
    /// The person's key and the days.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<(Uuid, NaiveDate, NaiveDate)> {
        Ok((
            ids::expect(Kind::Peer, &self.peer_id, "peerId")?,
            self.starts_on.0,
            self.ends_on.0,
        ))
    }
}

/// Days to be closed for a person or for everybody of a council.
#[derive(InputObject)]
pub struct AddBlackoutInput {
    /// The person; exactly one of this and `councilId`.
    peer_id: Option<ID>,
    /// The council; exactly one of this and `peerId`.
    council_id: Option<ID>,
    /// First day.
    starts_on: Date,
    /// Last day; not past, at most three years ahead.
    ends_on: Date,
    /// Why (1–500 characters). A person's reason is read by them and the programme only.
    reason: String,
}

impl AddBlackoutInput {
    /// Whose it is, the days and the reason.
    ///
    /// # Errors
    /// Every id that does not fit; neither or both of a person and a council.
    pub fn understood(self) -> Outcome<(Owner, (NaiveDate, NaiveDate), String)> {
        let owner = match (&self.peer_id, &self.council_id) {
            (Some(peer), None) => Owner::Peer(ids::expect(Kind::Peer, peer, "peerId")?),
            (None, Some(council)) => Owner::Council(ids::expect(Kind::Council, council, "councilId")?),
            _ => {
                let message = "Exactly one of `peerId` and `councilId` is needed.";
                return Err(UserError::at(UserErrorCode::Invalid, "peerId", message).into());
            }
        };
        Ok((owner, (self.starts_on.0, self.ends_on.0), self.reason))
    }
}

/// A blackout to be lifted.
#[derive(InputObject)]
pub struct RemoveBlackoutInput {
    /// The blackout period.
    blackout_period_id: ID,
}

impl RemoveBlackoutInput {
    /// The blackout's key.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<Uuid> {
        Ok(ids::expect(
            Kind::BlackoutPeriod,
            &self.blackout_period_id,
            "blackoutPeriodId",
        )?)
    }
}

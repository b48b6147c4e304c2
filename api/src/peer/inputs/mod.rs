//! Inputs of the mutations on peers, and how they become the service's plain values. Ids are decoded here; every id that
//! does not fit is reported, not only the first.

pub mod diary;
pub mod personal;
pub mod profile;
pub mod ties;

use async_graphql::ID;
use chrono::NaiveDate;
use uuid::Uuid;

pub use self::{
    diary::{AddBlackoutInput, AvailabilityInput, RemoveBlackoutInput},
    personal::{ErasePeerInput, ExportPersonalDataInput},
    profile::{ConfirmDeclarationInput, DecideDuplicateInput, RegisterPeerInput, UpdatePeerInput},
    ties::{
        AddAffiliationInput, CorrectAffiliationInput, DeclareInterestInput, EndAffiliationInput, WithdrawInterestInput,
    },
};
use super::service::profile::Change;
use crate::graphql::{
    errors::{Outcome, UserError, UserErrorCode, refuse_if_any},
    ids::{self, Kind},
    scalars::Date,
};

/// Decodes ids and remembers what is wrong with them.
#[derive(Default)]
struct Reader(Vec<UserError>);

impl Reader {
    /// The key behind an id; a nil key stands in for a bad one until [`Self::done`] refuses.
    fn key(&mut self, kind: Kind, id: &ID, path: &str) -> Uuid {
        ids::expect(kind, id, path).unwrap_or_else(|error| {
            self.0.push(error);
            Uuid::nil()
        })
    }

    fn maybe(&mut self, kind: Kind, id: Option<&ID>, path: &str) -> Option<Uuid> {
        id.map(|id| self.key(kind, id, path))
    }

    fn all(&mut self, kind: Kind, ids: &[ID], path: &str) -> Vec<Uuid> {
        ids.iter()
            .enumerate()
            .map(|(i, id)| self.key(kind, id, &format!("{path}.{i}")))
            .collect()
    }

    /// A patch of a value that may be empty.
    fn change<T>(&mut self, value: Option<T>, cleared: bool, path: &str) -> Change<T> {
        match (value, cleared) {
            (None, false) => Change::Keep,
            (None, true) => Change::Clear,
            (Some(value), false) => Change::To(value),
            (Some(_), true) => {
                let message = "Either give a value or name the field in `clear`, not both.";
                self.0.push(UserError::at(UserErrorCode::Invalid, path, message));
                Change::Keep
            }
        }
    }

    fn done<T>(self, value: T) -> Outcome<T> {
        refuse_if_any(self.0).map(|()| value)
    }
}

fn day(date: Option<Date>) -> Option<NaiveDate> {
    date.map(|date| date.0)
}

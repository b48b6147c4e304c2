//! Inputs of the mutations on peers, and how they become the service's plain values. Ids are decoded here; every id that
//! does not fit is reported, not only the first.

pub mod diary;
pub mod personal;
pub mod profile;
pub mod ties;

use chrono::NaiveDate;

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
    errors::{UserError, UserErrorCode},
    ids::Keys,
    scalars::Date,
};

/// A patch of a value that may be empty.
fn change<T>(keys: &mut Keys, value: Option<T>, cleared: bool, path: &str) -> Change<T> {
    match (value, cleared) {
        (None, false) => Change::Keep,
        (None, true) => Change::Clear,
        (Some(value), false) => Change::To(value),
        (Some(_), true) => {
            let message = "Either give a value or name the field in `clear`, not both.";
            keys.refuse(UserError::at(UserErrorCode::Invalid, path, message));
            Change::Keep
        }
    }
}

fn day(date: Option<Date>) -> Option<NaiveDate> {
    date.map(|date| date.0)
}

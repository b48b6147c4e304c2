//! Inputs about affiliations and declared interests.

use async_graphql::{Enum, ID, InputObject};
use uuid::Uuid;

use super::{change, day};
use crate::{
    graphql::{
        errors::Outcome,
        ids::{self, Keys, Kind},
        scalars::Date,
    },
    peer::{
        enums::{AffiliationKind, InterestKind},
        service::{
            profile::Change,
            ties::{NewInterest, NewTie, TieChange},
        },
    },
};

/// A tie to a council or a delivery body.
#[derive(InputObject)]
pub struct AffiliationInput {
    /// What ties them.
    kind: AffiliationKind,
    /// The council; exactly one of this and `deliveryBodyId`.
    council_id: Option<ID>,
    /// The delivery body; exactly one of this and `councilId`.
    delivery_body_id: Option<ID>,
    /// Title of the post or office (1–200 characters).
    post: Option<String>,
    /// Whether it is the main post; another main post on the same days stops being one.
    #[graphql(default = false)]
    is_primary: bool,
    /// First day; absent for unknown, which counts as "always".
    starts_on: Option<Date>,
    /// Last day; absent while it goes on.
    ends_on: Option<Date>,
}

impl AffiliationInput {
    pub(super) fn read(self, reader: &mut Keys, prefix: &str) -> NewTie {
        NewTie {
            kind: self.kind.into(),
            council: reader.maybe(Kind::Council, self.council_id.as_ref(), &format!("{prefix}councilId")),
            body: reader.maybe(
                Kind::DeliveryBody,
                self.delivery_body_id.as_ref(),
                &format!("{prefix}deliveryBodyId"),
            ),
            post: self.post,
            is_primary: self.is_primary,
            starts_on: day(self.starts_on),
            ends_on: day(self.ends_on),
        }
    }
}

/// An interest to be declared.
#[derive(InputObject)]
pub struct DeclareInterestInput {
    /// The person.
    peer_id: ID,
    /// Which kind, and so which rule.
    kind: InterestKind,
    /// The council that it is an interest in.
    council_id: ID,
    /// What it is (1–2,000 characters). Only the person and the programme ever read it.
    note: String,
    /// First day; absent for unknown, which counts as "always".
    starts_on: Option<Date>,
    /// Last day; absent while it goes on.
    ends_on: Option<Date>,
}

impl DeclareInterestInput {
    /// What the service needs.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<NewInterest> {
        let mut reader = Keys::default();
        let new = NewInterest {
            peer: reader.key(Kind::Peer, &self.peer_id, "peerId"),
            kind: self.kind.into(),
            council: reader.key(Kind::Council, &self.council_id, "councilId"),
            note: self.note,
            starts_on: day(self.starts_on),
            ends_on: day(self.ends_on),
        };
        reader.done(new)
    }
}

/// A declared interest that was wrong.
#[derive(InputObject)]
pub struct WithdrawInterestInput {
    /// The declared interest.
    interest_id: ID,
    /// The `version` that was read.
    expected_version: i32,
}

impl WithdrawInterestInput {
    /// The interest's key and the version that was read.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<(Uuid, i32)> {
        Ok((
            ids::expect(Kind::DeclaredInterest, &self.interest_id, "interestId")?,
            self.expected_version,
        ))
    }
}

/// An affiliation to be recorded.
#[derive(InputObject)]
pub struct AddAffiliationInput {
    /// The person.
    peer_id: ID,
    /// What ties them.
    kind: AffiliationKind,
    /// The council; exactly one of this and `deliveryBodyId`.
    council_id: Option<ID>,
    /// The delivery body; exactly one of this and `councilId`.
    delivery_body_id: Option<ID>,
    /// Title of the post or office (1–200 characters).
    post: Option<String>,
    /// Whether it is the main post; another main post on the same days stops being one.
    #[graphql(default = false)]
    is_primary: bool,
    /// First day; absent for unknown, which counts as "always".
    starts_on: Option<Date>,
    /// Last day; absent while it goes on.
    ends_on: Option<Date>,
}

impl AddAffiliationInput {
    /// The person's key and what the service needs.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<(Uuid, NewTie)> {
        let mut reader = Keys::default();
        let peer = reader.key(Kind::Peer, &self.peer_id, "peerId");
        let tie = AffiliationInput {
            kind: self.kind,
            council_id: self.council_id,
            delivery_body_id: self.delivery_body_id,
            post: self.post,
            is_primary: self.is_primary,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
        };
        let tie = tie.read(&mut reader, "");
        reader.done((peer, tie))
    }
}

/// The end of an affiliation.
#[derive(InputObject)]
pub struct EndAffiliationInput {
    /// The affiliation.
    affiliation_id: ID,
    /// The `version` that was read.
    expected_version: i32,
    /// Last day.
    ends_on: Date,
}

impl EndAffiliationInput {
    /// What the service needs.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<TieChange> {
        Ok(TieChange {
            affiliation: ids::expect(Kind::Affiliation, &self.affiliation_id, "affiliationId")?,
            version: self.expected_version,
            post: Change::Keep,
            is_primary: None,
            starts_on: Change::Keep,
            ends_on: Change::To(self.ends_on.0),
        })
    }
}

/// A field of an affiliation that can be emptied.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum AffiliationField {
    /// Title of the post or office.
    Post,
    /// First day: unknown, which counts as "always".
    StartsOn,
    /// Last day: it goes on.
    EndsOn,
}

/// Corrections of an affiliation that was recorded wrongly. A field that is absent or null stays as it is; name it in
/// `clear` to empty it.
#[derive(InputObject)]
pub struct CorrectAffiliationInput {
    /// The affiliation.
    affiliation_id: ID,
    /// The `version` that was read.
    expected_version: i32,
    /// Title of the post or office (1–200 characters).
    post: Option<String>,
    /// Whether it is the main post.
    is_primary: Option<bool>,
    /// First day.
    starts_on: Option<Date>,
    /// Last day.
    ends_on: Option<Date>,
    /// Fields to be emptied (at most 3).
    #[graphql(default, validator(max_items = 3))]
    clear: Vec<AffiliationField>,
}

impl CorrectAffiliationInput {
    /// What the service needs.
    ///
    /// # Errors
    /// An id that does not fit, and fields both given and cleared.
    pub fn understood(self) -> Outcome<TieChange> {
        let mut reader = Keys::default();
        let clear = |field| self.clear.contains(&field);
        let change = TieChange {
            affiliation: reader.key(Kind::Affiliation, &self.affiliation_id, "affiliationId"),
            version: self.expected_version,
            post: change(&mut reader, self.post, clear(AffiliationField::Post), "post"),
            is_primary: self.is_primary,
            starts_on: change(
                &mut reader,
                day(self.starts_on),
                clear(AffiliationField::StartsOn),
                "startsOn",
            ),
            ends_on: change(
                &mut reader,
                day(self.ends_on),
                clear(AffiliationField::EndsOn),
                "endsOn",
            ),
        };
        reader.done(change)
    }
}

//! Inputs about people themselves: registering, the profile, declarations, duplicates.

use async_graphql::{Enum, ID, InputObject};
use uuid::Uuid;

use super::{change, day, ties::AffiliationInput};
use crate::{
    graphql::{
        errors::Outcome,
        ids::{self, Keys, Kind},
        scalars::Date,
    },
    peer::{
        enums::{DuplicateVerdict, Party, PeerRole, PeerStatus},
        service::{
            duplicates::NewDecision,
            profile::{NewPeer, ProfileChange},
        },
    },
};

/// Somebody new in the pool.
#[derive(InputObject)]
pub struct RegisterPeerInput {
    /// The pool's own reference, not taken (1–200 characters); made by the service when absent.
    reference: Option<String>,
    /// Full name (1–200 characters).
    name: String,
    /// Title of the current post (1–200 characters).
    post: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Political group, for elected members.
    party: Option<Party>,
    /// Standing in the pool; only ACTIVE and RETIRED people can be deployed.
    #[graphql(default_with = "PeerStatus::Applicant")]
    status: PeerStatus,
    /// What they can serve as (at most 13).
    #[graphql(validator(max_items = 13))]
    roles: Vec<PeerRole>,
    /// Themes that they know (at most 64).
    #[graphql(default, validator(max_items = 64))]
    theme_ids: Vec<ID>,
    /// Day of the last training: today or earlier.
    trained_on: Option<Date>,
    /// Day of retirement from their post; needed for the status RETIRED.
    retired_on: Option<Date>,
    /// Most engagements that they accept in a season (1–50).
    capacity: Option<i32>,
    /// Where they are from. A hub registers only people at home in its regions.
    affiliation: AffiliationInput,
}

impl RegisterPeerInput {
    /// What the service needs.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<NewPeer> {
        let mut reader = Keys::default();
        let new = NewPeer {
            reference: self.reference,
            name: self.name,
            post: self.post,
            email: self.email,
            party: self.party.map(Into::into),
            status: self.status.into(),
            roles: self.roles.into_iter().map(Into::into).collect(),
            themes: reader.all(Kind::Theme, &self.theme_ids, "themeIds"),
            trained_on: day(self.trained_on),
            retired_on: day(self.retired_on),
            capacity: self.capacity,
            affiliation: self.affiliation.read(&mut reader, "affiliation."),
        };
        reader.done(new)
    }
}

/// A field of a profile that can be emptied.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum PeerField {
    /// Title of the current post.
    Post,
    /// E-mail address.
    Email,
    /// Political group.
    Party,
    /// Day of the last training.
    TrainedOn,
    /// Day of retirement.
    RetiredOn,
    /// Own limit of engagements in a season.
    Capacity,
}

/// Changes of a profile. A field that is absent or null stays as it is; name it in `clear` to empty it. The programme and the
/// hub of their region change everything, the person themselves `email` and `capacity`.
#[derive(InputObject)]
pub struct UpdatePeerInput {
    /// The person.
    peer_id: ID,
    /// The `version` that was read; refused as CONFLICT when somebody else changed the profile since.
    expected_version: i32,
    /// Full name (1–200 characters).
    name: Option<String>,
    /// Title of the current post (1–200 characters).
    post: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Political group.
    party: Option<Party>,
    /// Standing in the pool.
    status: Option<PeerStatus>,
    /// All roles, in place of the present ones (at most 13).
    #[graphql(validator(max_items = 13))]
    roles: Option<Vec<PeerRole>>,
    /// All themes, in place of the present ones (at most 64).
    #[graphql(validator(max_items = 64))]
    theme_ids: Option<Vec<ID>>,
    /// Day of the last training: today or earlier.
    trained_on: Option<Date>,
    /// Day of retirement; needed for the status RETIRED.
    retired_on: Option<Date>,
    /// Most engagements that they accept in a season (1–50).
    capacity: Option<i32>,
    /// Fields to be emptied (at most 6).
    #[graphql(default, validator(max_items = 6))]
    clear: Vec<PeerField>,
}

impl UpdatePeerInput {
    /// What the service needs.
    ///
    /// # Errors
    /// Every id that does not fit, and fields both given and cleared.
    pub fn understood(self) -> Outcome<ProfileChange> {
        let mut reader = Keys::default();
        let clear = |field| self.clear.contains(&field);
        let change = ProfileChange {
            peer: reader.key(Kind::Peer, &self.peer_id, "peerId"),
            version: self.expected_version,
            name: self.name,
            post: change(&mut reader, self.post, clear(PeerField::Post), "post"),
            email: change(&mut reader, self.email, clear(PeerField::Email), "email"),
            party: change(
                &mut reader,
                self.party.map(Into::into),
                clear(PeerField::Party),
                "party",
            ),
            status: self.status.map(Into::into),
            roles: self.roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            themes: self.theme_ids.map(|ids| reader.all(Kind::Theme, &ids, "themeIds")),
            trained_on: change(
                &mut reader,
                day(self.trained_on),
                clear(PeerField::TrainedOn),
                "trainedOn",
            ),
            retired_on: change(
                &mut reader,
                day(self.retired_on),
                clear(PeerField::RetiredOn),
                "retiredOn",
            ),
            capacity: change(&mut reader, self.capacity, clear(PeerField::Capacity), "capacity"),
        };
        reader.done(change)
    }
}

/// That a person's declaration of interests is complete and current.
#[derive(InputObject)]
pub struct ConfirmDeclarationInput {
    /// The person.
    peer_id: ID,
    /// The `version` that was read.
    expected_version: i32,
}

impl ConfirmDeclarationInput {
    /// The person's key and the version that was read.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<(Uuid, i32)> {
        Ok((ids::expect(Kind::Peer, &self.peer_id, "peerId")?, self.expected_version))
    }
}

/// A decision about two entries of the pool.
#[derive(InputObject)]
pub struct DecideDuplicateInput {
    /// One entry; the one that stays, if they are one person.
    peer_id: ID,
    /// The other entry; joined to the first and taken out of the pool, if they are one person.
    other_peer_id: ID,
    /// Two people or one. A join cannot be undone.
    verdict: DuplicateVerdict,
    /// Why (1–2,000 characters).
    reason: String,
}

impl DecideDuplicateInput {
    /// What the service needs.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<NewDecision> {
        let mut reader = Keys::default();
        let new = NewDecision {
            peer: reader.key(Kind::Peer, &self.peer_id, "peerId"),
            other: reader.key(Kind::Peer, &self.other_peer_id, "otherPeerId"),
            verdict: self.verdict.into(),
            reason: self.reason,
        };
        reader.done(new)
    }
}

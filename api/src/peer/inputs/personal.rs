//! Inputs about a person as such: erasing them, and taking what is held on them.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use crate::graphql::{
    errors::Outcome,
    ids::{Kind, expect},
};

/// Whom to erase.
#[derive(InputObject)]
pub struct ErasePeerInput {
    /// The person.
    peer_id: ID,
    /// The version that was read.
    expected_version: i32,
}

impl ErasePeerInput {
    /// The person's key and the version.
    pub fn understood(&self) -> Outcome<(Uuid, i32)> {
        Ok((expect(Kind::Peer, &self.peer_id, "peerId")?, self.expected_version))
    }
}

/// On whom to take everything that is held.
#[derive(InputObject)]
pub struct ExportPersonalDataInput {
    /// The person.
    peer_id: ID,
}

impl ExportPersonalDataInput {
    /// The person's key.
    pub fn understood(&self) -> Outcome<Uuid> {
        Ok(expect(Kind::Peer, &self.peer_id, "peerId")?)
    }
}

//! Lists of database ids with the way back from an id to its position.

use std::collections::HashMap;

use uuid::Uuid;

use crate::graphql::errors::{ApiError, Result};

/// Ids in the order of their positions.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    list: Vec<Uuid>,
    positions: HashMap<Uuid, u32>,
}

impl Ids {
    /// The position of `id`, which is appended if it is new.
    ///
    /// # Errors
    /// Internal, when there are more than `u32` can count.
    pub fn intern(&mut self, id: Uuid) -> Result<u32> {
        if let Some(&position) = self.positions.get(&id) {
            return Ok(position);
        }
        let position = u32::try_from(self.list.len()).map_err(ApiError::internal)?;
        self.positions.insert(id, position);
        self.list.push(id);
        Ok(position)
    }

    /// The position of `id`.
    pub fn position(&self, id: Uuid) -> Option<u32> {
        self.positions.get(&id).copied()
    }

    /// The position of an `id` that a foreign key guarantees.
    ///
    /// # Errors
    /// Internal, when it is not there all the same.
    pub fn known(&self, id: Uuid, what: &str) -> Result<u32> {
        self.position(id)
            .ok_or_else(|| ApiError::internal(format_args!("{what} {id} is referred to but missing")))
    }

    /// The id at a position.
    pub fn id(&self, position: u32) -> Option<Uuid> {
        self.list.get(position as usize).copied()
    }

    /// All ids, by position.
    pub fn list(&self) -> &[Uuid] {
        &self.list
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl FromIterator<Uuid> for Ids {
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Self {
        let mut all = Self::default();
        for id in ids {
            // More than 2³² ids do not fit into memory; `known` would report them as missing.
            let _ = all.intern(id);
        }
        all
    }
}

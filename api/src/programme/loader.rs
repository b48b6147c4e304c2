//! Batch loaders of programmes and policies.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{programme, programme_policy};
use uuid::Uuid;

use super::repo;
use crate::graphql::{
    errors::Shared,
    loader::{Batch, by_id},
};

/// A programme by id.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ProgrammeKey(pub Uuid);

/// A policy version by id.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PolicyKey(pub Uuid);

/// The policy version of a programme in force on the day of the request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PolicyInForce {
    /// The programme.
    pub programme: Uuid,
    /// The day.
    pub on: chrono::NaiveDate,
}

by_id!(ProgrammeKey, programme);

by_id!(PolicyKey, programme_policy);

impl Loader<PolicyInForce> for Batch {
    type Value = programme_policy::Model;
    type Error = Shared;

    async fn load(&self, keys: &[PolicyInForce]) -> Result<HashMap<PolicyInForce, Self::Value>, Shared> {
        let mut found = HashMap::new();
        // One statement for each distinct day; a request has one.
        let days: std::collections::BTreeSet<_> = keys.iter().map(|key| key.on).collect();
        for on in days {
            let programmes = keys
                .iter()
                .filter(|key| key.on == on)
                .map(|key| key.programme)
                .collect();
            for row in repo::policies_in_force(programmes, on, self.database.reader()).await? {
                found.insert(
                    PolicyInForce {
                        programme: row.programme_id,
                        on,
                    },
                    row,
                );
            }
        }
        Ok(found)
    }
}

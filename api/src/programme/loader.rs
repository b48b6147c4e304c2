//! Batch loaders of programmes and policies.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{programme, programme_policy};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::repo;
use crate::graphql::{errors::Shared, loader::Batch};

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

impl Loader<ProgrammeKey> for Batch {
    type Value = programme::Model;
    type Error = Shared;

    async fn load(&self, keys: &[ProgrammeKey]) -> Result<HashMap<ProgrammeKey, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = programme::Entity::find()
            .filter(programme::Column::Id.is_in(ids))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (ProgrammeKey(row.id), row)).collect())
    }
}

impl Loader<PolicyKey> for Batch {
    type Value = programme_policy::Model;
    type Error = Shared;

    async fn load(&self, keys: &[PolicyKey]) -> Result<HashMap<PolicyKey, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = programme_policy::Entity::find()
            .filter(programme_policy::Column::Id.is_in(ids))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (PolicyKey(row.id), row)).collect())
    }
}

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

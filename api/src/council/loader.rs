//! Batch loaders of councils, regions and what belongs to a council.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{
    council, council_code, council_neighbour, council_succession, delivery_body, delivery_body_council,
    inspection_outcome, leadership_change, region, sister_council,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::graphql::{
    errors::Shared,
    loader::{Batch, by_id, keys},
};

keys! {
    /// A council by id.
    CouncilKey,
    /// A region by id.
    RegionKey,
    /// A delivery body by id.
    DeliveryBodyKey,
    /// Neighbours of a council.
    NeighboursOf,
    /// Sister councils of a council, most alike first.
    SistersOf,
    /// Predecessors (`true` in the value's first place) and successors of a council.
    SuccessionOf,
    /// Superseded codes of a council.
    CodesOf,
    /// Inspection outcomes of a council, newest first.
    OutcomesOf,
    /// Changes in the leadership of a council, newest first.
    LeadershipOf,
    /// Delivery bodies that serve a council.
    BodiesOf,
    /// Services of a delivery body.
    ServicesOf,
}

/// Gathers `rows` under the key that `key` gives each.
pub fn gather<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut gathered: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        gathered.entry(key(&row)).or_default().push(row);
    }
    gathered
}

by_id!(CouncilKey, council);

by_id!(RegionKey, region);

by_id!(DeliveryBodyKey, delivery_body);

impl Loader<NeighboursOf> for Batch {
    type Value = Vec<council_neighbour::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[NeighboursOf]) -> Result<HashMap<NeighboursOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = council_neighbour::Entity::find()
            .filter(council_neighbour::Column::CouncilId.is_in(ids))
            .order_by_asc(council_neighbour::Column::NeighbourId)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| NeighboursOf(row.council_id)))
    }
}

impl Loader<SistersOf> for Batch {
    type Value = Vec<sister_council::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[SistersOf]) -> Result<HashMap<SistersOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = sister_council::Entity::find()
            .filter(sister_council::Column::CouncilId.is_in(ids))
            .order_by_asc(sister_council::Column::Model)
            .order_by_asc(sister_council::Column::Rank)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| SistersOf(row.council_id)))
    }
}

impl Loader<SuccessionOf> for Batch {
    type Value = Vec<council_succession::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[SuccessionOf]) -> Result<HashMap<SuccessionOf, Self::Value>, Shared> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let either = council_succession::Column::PredecessorId
            .is_in(ids.clone())
            .or(council_succession::Column::SuccessorId.is_in(ids));
        let rows = council_succession::Entity::find()
            .filter(either)
            .order_by_asc(council_succession::Column::OnDate)
            .order_by_asc(council_succession::Column::PredecessorId)
            .order_by_asc(council_succession::Column::SuccessorId)
            .all(self.database.reader())
            .await?;
        let touches = |row: &council_succession::Model, id| row.predecessor_id == id || row.successor_id == id;
        Ok(keys
            .iter()
            .map(|key| (*key, rows.iter().filter(|row| touches(row, key.0)).cloned().collect()))
            .collect())
    }
}

impl Loader<CodesOf> for Batch {
    type Value = Vec<council_code::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[CodesOf]) -> Result<HashMap<CodesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = council_code::Entity::find()
            .filter(council_code::Column::CouncilId.is_in(ids))
            .order_by_asc(council_code::Column::Code)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| CodesOf(row.council_id)))
    }
}

impl Loader<OutcomesOf> for Batch {
    type Value = Vec<inspection_outcome::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[OutcomesOf]) -> Result<HashMap<OutcomesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let mut rows = inspection_outcome::Entity::find()
            .filter(inspection_outcome::Column::CouncilId.is_in(ids))
            .all(self.database.reader())
            .await?;
        // Sorted here: the engines order an unknown date differently.
        rows.sort_by_key(|row| (std::cmp::Reverse(row.starts_on.or(row.published_on)), row.id));
        Ok(gather(rows, |row| OutcomesOf(row.council_id)))
    }
}

impl Loader<LeadershipOf> for Batch {
    type Value = Vec<leadership_change::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[LeadershipOf]) -> Result<HashMap<LeadershipOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = leadership_change::Entity::find()
            .filter(leadership_change::Column::CouncilId.is_in(ids))
            .order_by_desc(leadership_change::Column::ChangedOn)
            .order_by_asc(leadership_change::Column::Post)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| LeadershipOf(row.council_id)))
    }
}

impl Loader<BodiesOf> for Batch {
    type Value = Vec<delivery_body_council::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[BodiesOf]) -> Result<HashMap<BodiesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = delivery_body_council::Entity::find()
            .filter(delivery_body_council::Column::CouncilId.is_in(ids))
            .order_by_asc(delivery_body_council::Column::BodyId)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| BodiesOf(row.council_id)))
    }
}

impl Loader<ServicesOf> for Batch {
    type Value = Vec<delivery_body_council::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[ServicesOf]) -> Result<HashMap<ServicesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = delivery_body_council::Entity::find()
            .filter(delivery_body_council::Column::BodyId.is_in(ids))
            .order_by_asc(delivery_body_council::Column::CouncilId)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| ServicesOf(row.body_id)))
    }
}

/// Forgets what this request has loaded of councils: a mutation changed it, and a later field of the same request must see
/// that.
pub fn forget(loaders: &crate::graphql::loader::Loaders) {
    loaders.clear::<CouncilKey>();
    loaders.clear::<DeliveryBodyKey>();
    loaders.clear::<LeadershipOf>();
    loaders.clear::<BodiesOf>();
    loaders.clear::<ServicesOf>();
}

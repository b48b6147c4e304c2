//! Batch loaders of what belongs to challenges.
//!
//! Invariant: parts of a challenge are only ever asked for through the challenge itself; those with an id of their own also
//! by it, narrowed to what the viewer may see (`graphql::visible`).

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::dataloader::Loader;
use chrono::NaiveDate;
use entity::{
    challenge, challenge_request, challenge_theme, challenge_window, line_of_enquiry, open_slot, priority_assessment,
    sign_off, team_slot, team_slot_theme,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::graphql::{
    errors::Shared,
    loader::{Batch, children, keys},
};

keys! {
    /// The request of a challenge.
    RequestOf,
    /// The priority assessment of a challenge.
    PriorityOf,
    /// The sign-offs of a challenge, latest first.
    SignOffsOf,
    /// Themes of a challenge, heaviest first.
    ThemesOf,
    /// Windows of a challenge, earliest first.
    WindowsOf,
    /// Slots of a challenge, in order.
    SlotsOf,
    /// Themes of a slot.
    SlotThemesOf,
    /// Lines of enquiry of a challenge, in order.
    LinesOf,
    /// The decision to leave a slot open.
    OpenSlotOf,
}

/// The one row that a challenge may have.
macro_rules! single {
    ($key:ident, $entity:ident) => {
        impl Loader<$key> for Batch {
            type Value = $entity::Model;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, Shared> {
                let ids = keys.iter().map(|key| key.0);
                let rows = $entity::Entity::find()
                    .filter($entity::Column::ChallengeId.is_in(ids))
                    .all(self.database.reader())
                    .await?;
                Ok(rows
                    .into_iter()
                    .map(|row| ($key(row.challenge_id), row))
                    .collect())
            }
        }
    };
}

single!(RequestOf, challenge_request);
single!(PriorityOf, priority_assessment);

children!(ThemesOf, challenge_theme, ChallengeId challenge_id, [order_by_desc Weight, order_by_asc ThemeId]);
children!(WindowsOf, challenge_window, ChallengeId challenge_id, [order_by_asc StartsOn]);
children!(SlotsOf, team_slot, ChallengeId challenge_id, [order_by_asc Position]);
children!(SlotThemesOf, team_slot_theme, SlotId slot_id, [order_by_asc ThemeId]);
children!(SignOffsOf, sign_off, ChallengeId challenge_id, [order_by_desc RecordedAt]);
children!(LinesOf, line_of_enquiry, ChallengeId challenge_id, [order_by_asc Position]);

impl Loader<OpenSlotOf> for Batch {
    type Value = open_slot::Model;
    type Error = Shared;

    async fn load(&self, keys: &[OpenSlotOf]) -> Result<HashMap<OpenSlotOf, Self::Value>, Shared> {
        let rows = open_slot::Entity::find()
            .filter(open_slot::Column::SlotId.is_in(keys.iter().map(|key| key.0)))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (OpenSlotOf(row.slot_id), row)).collect())
    }
}

/// The challenges of keys that name a challenge and a day, day by day: around midnight one batch can hold two.
pub(super) async fn on_days(
    batch: &Batch,
    keys: impl Iterator<Item = (Uuid, NaiveDate)>,
) -> Result<Vec<(NaiveDate, Vec<challenge::Model>)>, Shared> {
    let mut days: BTreeMap<NaiveDate, HashSet<Uuid>> = BTreeMap::new();
    for (id, day) in keys {
        days.entry(day).or_default().insert(id);
    }
    let rows = challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(days.values().flatten().copied()))
        .all(batch.database.reader())
        .await?;
    let of = |ids: HashSet<Uuid>| rows.iter().filter(|row| ids.contains(&row.id)).cloned().collect();
    Ok(days.into_iter().map(|(day, ids)| (day, of(ids))).collect())
}

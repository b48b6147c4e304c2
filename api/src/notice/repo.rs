//! Who may read which notifications.

use entity::{contact, notification};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::{Viewer, ViewerRole},
    council::repo::{ids_by_code, region_ids},
    graphql::{
        page::{Keyset, SortValue},
        visible::{for_programme, nobody, restricted},
    },
};

/// Notifications: each reader's own.
pub fn visible_notifications(viewer: &Viewer) -> Condition {
    use notification::Column;
    match &viewer.role {
        ViewerRole::Programme => Condition::all().add(Column::Audience.eq(entity::enums::NoticeAudience::Programme)),
        ViewerRole::Hub { regions } => Condition::all().add(Column::RegionId.in_subquery(region_ids(regions))),
        ViewerRole::Council { council } => Condition::all().add(Column::CouncilId.in_subquery(ids_by_code(council))),
        ViewerRole::Peer { peer } => Condition::all().add(Column::PeerId.eq(*peer)),
        ViewerRole::Analyst => nobody(),
    }
}

/// Addresses: for the programme only.
pub fn visible_contacts(viewer: &Viewer) -> Condition {
    for_programme(viewer)
}

restricted! {
    notification: |viewer, _today| visible_notifications(viewer);
    contact: |viewer, _today| visible_contacts(viewer);
}

/// Notifications, newest first.
pub fn newest_first(unread: bool) -> Keyset<notification::Entity> {
    Keyset {
        name: format!("notifications {unread}"),
        sort: None,
        id: notification::Column::Id,
        value: |_| SortValue::Id,
        key: |row| row.id,
        descending: true,
    }
}

/// Whose contact this is: the national programme's unless it is a council's or a region's.
pub fn of_programme() -> Condition {
    Condition::all()
        .add(contact::Column::CouncilId.is_null())
        .add(contact::Column::RegionId.is_null())
}

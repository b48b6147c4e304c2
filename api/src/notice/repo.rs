//! Who may read which notifications.

use entity::{contact, notification};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QuerySelect, QueryTrait};

use crate::{
    auth::{Viewer, ViewerRole},
    council::repo::ids_by_code,
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
        ViewerRole::Hub { regions } => {
            let own = entity::region::Entity::find()
                .select_only()
                .column(entity::region::Column::Id)
                .filter_codes(regions);
            Condition::all().add(Column::RegionId.in_subquery(own))
        }
        ViewerRole::Council { council } => Condition::all().add(Column::CouncilId.in_subquery(ids_by_code(council))),
        ViewerRole::Peer { peer } => Condition::all().add(Column::PeerId.eq(*peer)),
        ViewerRole::Analyst => nobody(),
    }
}

/// Regions by their codes, as a subquery.
trait ByCode {
    fn filter_codes(self, codes: &[String]) -> sea_orm::sea_query::SelectStatement;
}

impl ByCode for sea_orm::Select<entity::region::Entity> {
    fn filter_codes(self, codes: &[String]) -> sea_orm::sea_query::SelectStatement {
        use sea_orm::QueryFilter;
        self.filter(entity::region::Column::GssCode.is_in(codes.iter().map(String::as_str)))
            .into_query()
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

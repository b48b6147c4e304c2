//! Notifications as they are written, for those whom they are for.
//!
//! A notification is written in the transaction of what it tells, by the same act, so it has the instant of that act's audit
//! events: a change in the feed says at which instants to look. Acts of many transactions tell of one instant several times;
//! what was handed on is remembered, so that everything is told once.

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entity::{enums::NoticeAudience, notification, region};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Host, bulletin::Shelf, repo::hosts};
use crate::{
    auth::{Viewer, ViewerRole},
    db::Database,
    feed::Change,
    graphql::loader::BatchLoader,
};

/// As many of those that were handed on last are remembered.
const REMEMBERED: usize = 10_000;

/// A notification with what is needed to judge who may see it.
#[derive(Debug)]
pub struct Letter {
    /// What is told.
    pub row: notification::Model,
    host: Option<Arc<Host>>,
    /// GSS code of the region.
    region: Option<String>,
    loaders: Shelf,
}

impl Letter {
    /// Whether it is for somebody in this role; `notice::repo::visible_notifications` without a statement.
    pub fn is_for(&self, role: &ViewerRole) -> bool {
        match (role, self.row.audience) {
            (ViewerRole::Programme, NoticeAudience::Programme) => true,
            (ViewerRole::Hub { regions }, NoticeAudience::Hub) => {
                self.region.as_ref().is_some_and(|code| regions.contains(code))
            }
            (ViewerRole::Council { council }, NoticeAudience::Host) => {
                self.host.as_ref().is_some_and(|host| host.codes.contains(council))
            }
            (ViewerRole::Peer { peer }, NoticeAudience::Peer) => self.row.peer_id == Some(*peer),
            _ => false,
        }
    }

    /// Loaders for this event, shared by all who may see the same.
    pub fn loaders(&self, viewer: &Viewer) -> Arc<BatchLoader> {
        self.loaders.of(viewer)
    }
}

/// What was handed on last.
#[derive(Debug, Default)]
pub(super) struct Sent {
    ids: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

impl Sent {
    /// Whether this is the first time; remembers it.
    fn first(&mut self, id: Uuid) -> bool {
        let first = self.ids.insert(id);
        if first {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        first
    }
}

/// The notifications that came with `changes`, oldest first; five statements at most, however many there are.
pub(super) async fn letters(
    database: &Database,
    changes: &[Arc<Change>],
    sent: &mut Sent,
) -> Result<Vec<Letter>, DbErr> {
    let instants: BTreeSet<DateTime<Utc>> = changes.iter().map(|change| change.at).collect();
    let reader = database.reader();
    let mut rows = notification::Entity::find()
        .filter(notification::Column::CreatedAt.is_in(instants))
        .order_by_asc(notification::Column::Id)
        .all(reader)
        .await?;
    rows.retain(|row| sent.first(row.id));
    let councils: HashSet<Uuid> = rows.iter().filter_map(|row| row.council_id).collect();
    let hosts = if councils.is_empty() {
        std::collections::HashMap::new()
    } else {
        hosts(database, councils).await?
    };
    let regions = if rows.iter().any(|row| row.region_id.is_some()) {
        region::Entity::find().all(reader).await?
    } else {
        Vec::new()
    };
    let letter = |row: notification::Model| Letter {
        host: row.council_id.and_then(|id| hosts.get(&id).cloned()),
        region: row
            .region_id
            .and_then(|id| regions.iter().find(|region| region.id == id))
            .map(|region| region.gss_code.clone()),
        loaders: Shelf::new(database.clone()),
        row,
    };
    Ok(rows.into_iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_on_is_remembered_for_a_while() {
        let mut sent = Sent::default();
        let id = |n: usize| Uuid::from_u128(n as u128);
        assert!(sent.first(id(0)) && !sent.first(id(0)));
        for n in 1..=REMEMBERED {
            assert!(sent.first(id(n)));
        }
        assert!(sent.first(id(0)), "so long ago that it was forgotten");
        assert!(!sent.first(id(REMEMBERED)));
        assert_eq!(sent.ids.len(), sent.order.len());
    }
}

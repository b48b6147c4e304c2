//! Batch loaders of peers and what belongs to them. They answer for links that are already authorised; what a viewer may
//! read of the person found is decided by [`super::objects::clearance`].

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::dataloader::Loader;
use chrono::NaiveDate;
use entity::{
    affiliation, availability_window, blackout_period, declared_interest, delivery_body_council, enums, peer,
    peer_duplicate, peer_role, peer_theme,
};
use matching::identity::Sameness;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    rules::{Decided, Entry, HOME_KINDS, open_duplicates},
    scope::{Clearance, holds_on, people},
};
use crate::{
    council::loader::gather,
    graphql::{
        errors::Shared,
        loader::{Batch, by_id, keys},
    },
};

keys! {
    /// A peer by id.
    PeerKey,
    /// Roles of a peer, in the order of the enumeration.
    RolesOf,
    /// Ids of the themes that a peer knows.
    ThemesOf,
    /// Affiliations of a peer: current and open ones first, then the latest that ended.
    AffiliationsOf,
    /// Declared interests of a peer, newest first, withdrawn ones included.
    InterestsOf,
    /// Other entries that may be the same person, with every reason.
    DuplicatesOf,
}

macro_rules! dated_keys {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub struct $name {
            /// The peer.
            pub peer: Uuid,
            /// First day.
            pub from: NaiveDate,
            /// Last day.
            pub until: NaiveDate,
        }
    )+};
}

dated_keys! {
    /// Availability windows of a peer that touch these days, in order.
    AvailabilityOf,
    /// Blackout periods of a peer that touch these days, in order.
    BlackoutsOf,
}

/// Ids of the councils where a peer is at home on a day, the main post's first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct HomesOf {
    /// The peer.
    pub peer: Uuid,
    /// The day.
    pub on: NaiveDate,
}

/// Whether the request's viewer looks after this peer on a day (see [`Clearance::Keeping`]).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeptByViewer {
    /// The peer.
    pub peer: Uuid,
    /// The day.
    pub on: NaiveDate,
}

by_id!(PeerKey, peer);

impl Loader<RolesOf> for Batch {
    type Value = Vec<enums::PeerRole>;
    type Error = Shared;

    async fn load(&self, keys: &[RolesOf]) -> Result<HashMap<RolesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let mut rows = peer_role::Entity::find()
            .filter(peer_role::Column::PeerId.is_in(ids))
            .all(self.database.reader())
            .await?;
        rows.sort_by_key(|row| row.role);
        let gathered = gather(rows, |row| RolesOf(row.peer_id));
        Ok(gathered
            .into_iter()
            .map(|(key, rows)| (key, rows.into_iter().map(|row| row.role).collect()))
            .collect())
    }
}

impl Loader<ThemesOf> for Batch {
    type Value = Vec<Uuid>;
    type Error = Shared;

    async fn load(&self, keys: &[ThemesOf]) -> Result<HashMap<ThemesOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = peer_theme::Entity::find()
            .filter(peer_theme::Column::PeerId.is_in(ids))
            .all(self.database.reader())
            .await?;
        let gathered = gather(rows, |row| ThemesOf(row.peer_id));
        Ok(gathered
            .into_iter()
            .map(|(key, rows)| (key, rows.into_iter().map(|row| row.theme_id).collect()))
            .collect())
    }
}

impl Loader<AffiliationsOf> for Batch {
    type Value = Vec<affiliation::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[AffiliationsOf]) -> Result<HashMap<AffiliationsOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let mut rows = affiliation::Entity::find()
            .filter(affiliation::Column::PeerId.is_in(ids))
            .all(self.database.reader())
            .await?;
        // Sorted here: the engines order NULL differently.
        rows.sort_by_key(|row| {
            let open_first = std::cmp::Reverse(row.ends_on.unwrap_or(NaiveDate::MAX));
            (open_first, !row.is_primary, std::cmp::Reverse(row.starts_on), row.id)
        });
        Ok(gather(rows, |row| AffiliationsOf(row.peer_id)))
    }
}

impl Loader<InterestsOf> for Batch {
    type Value = Vec<declared_interest::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[InterestsOf]) -> Result<HashMap<InterestsOf, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = declared_interest::Entity::find()
            .filter(declared_interest::Column::PeerId.is_in(ids))
            .order_by_desc(declared_interest::Column::Id)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| InterestsOf(row.peer_id)))
    }
}

/// Loads rows that touch the days of their key: one statement for each distinct stretch, and a request has few.
macro_rules! touching {
    ($key:ident, $table:ident, $peer:expr) => {
        impl Loader<$key> for Batch {
            type Value = Vec<$table::Model>;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, Shared> {
                let mut stretches: BTreeMap<(NaiveDate, NaiveDate), Vec<Uuid>> = BTreeMap::new();
                for key in keys {
                    stretches.entry((key.from, key.until)).or_default().push(key.peer);
                }
                let mut found: HashMap<$key, Self::Value> = HashMap::new();
                for ((from, until), peers) in stretches {
                    let rows = $table::Entity::find()
                        .filter($table::Column::PeerId.is_in(peers))
                        .filter($table::Column::StartsOn.lte(until))
                        .filter($table::Column::EndsOn.gte(from))
                        .order_by_asc($table::Column::StartsOn)
                        .order_by_asc($table::Column::Id)
                        .all(self.database.reader())
                        .await?;
                    for row in rows {
                        let owner: Option<Uuid> = $peer(&row);
                        if let Some(peer) = owner {
                            found.entry($key { peer, from, until }).or_default().push(row);
                        }
                    }
                }
                Ok(found)
            }
        }
    };
}

touching!(
    AvailabilityOf,
    availability_window,
    |row: &availability_window::Model| Some(row.peer_id)
);
touching!(BlackoutsOf, blackout_period, |row: &blackout_period::Model| row.peer_id);

impl Loader<HomesOf> for Batch {
    type Value = Vec<Uuid>;
    type Error = Shared;

    async fn load(&self, keys: &[HomesOf]) -> Result<HashMap<HomesOf, Self::Value>, Shared> {
        let days: HashSet<NaiveDate> = keys.iter().map(|key| key.on).collect();
        let mut found = HashMap::new();
        // One round for each distinct day; a request has one.
        for on in days {
            let peers = keys.iter().filter(|key| key.on == on).map(|key| key.peer);
            let mut ties = affiliation::Entity::find()
                .filter(affiliation::Column::PeerId.is_in(peers))
                .filter(affiliation::Column::Kind.is_in(HOME_KINDS))
                .filter(holds_on(affiliation::Column::StartsOn, affiliation::Column::EndsOn, on))
                .all(self.database.reader())
                .await?;
            ties.sort_by_key(|tie| (!tie.is_primary, tie.id));
            let bodies: HashSet<Uuid> = ties.iter().filter_map(|tie| tie.delivery_body_id).collect();
            let services = if bodies.is_empty() {
                Vec::new()
            } else {
                delivery_body_council::Entity::find()
                    .filter(delivery_body_council::Column::BodyId.is_in(bodies))
                    .filter(holds_on(
                        delivery_body_council::Column::StartsOn,
                        delivery_body_council::Column::EndsOn,
                        on,
                    ))
                    .order_by_asc(delivery_body_council::Column::CouncilId)
                    .all(self.database.reader())
                    .await?
            };
            for tie in ties {
                let homes: &mut Vec<Uuid> = found.entry(HomesOf { peer: tie.peer_id, on }).or_default();
                let served = services
                    .iter()
                    .filter(|service| Some(service.body_id) == tie.delivery_body_id);
                for council in tie
                    .council_id
                    .into_iter()
                    .chain(served.map(|service| service.council_id))
                {
                    if !homes.contains(&council) {
                        homes.push(council);
                    }
                }
            }
        }
        Ok(found)
    }
}

impl Loader<KeptByViewer> for Batch {
    type Value = bool;
    type Error = Shared;

    async fn load(&self, keys: &[KeptByViewer]) -> Result<HashMap<KeptByViewer, bool>, Shared> {
        let mut found: HashMap<KeptByViewer, bool> = keys.iter().map(|key| (*key, false)).collect();
        let Some(viewer) = &self.viewer else { return Ok(found) };
        let days: HashSet<NaiveDate> = keys.iter().map(|key| key.on).collect();
        for on in days {
            let peers = keys.iter().filter(|key| key.on == on).map(|key| key.peer);
            let kept = peer::Entity::find()
                .filter(peer::Column::Id.is_in(peers))
                .filter(people(viewer, Clearance::Keeping, on).hold(peer::Column::Id))
                .all(self.database.reader())
                .await?;
            found.extend(kept.into_iter().map(|row| (KeptByViewer { peer: row.id, on }, true)));
        }
        Ok(found)
    }
}

impl Loader<DuplicatesOf> for Batch {
    type Value = Vec<(peer::Model, Sameness)>;
    type Error = Shared;

    async fn load(&self, keys: &[DuplicatesOf]) -> Result<HashMap<DuplicatesOf, Self::Value>, Shared> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let themselves = peer::Entity::find()
            .filter(peer::Column::Id.is_in(ids.iter().copied()))
            .all(self.database.reader())
            .await?;
        let alike = Condition::any()
            .add(peer::Column::NameKey.is_in(themselves.iter().map(|row| row.name_key.as_str())))
            .add(peer::Column::EmailKey.is_in(themselves.iter().filter_map(|row| row.email_key.as_deref())));
        let rows = peer::Entity::find()
            .filter(alike)
            .order_by_asc(peer::Column::Reference)
            .all(self.database.reader())
            .await?;
        let decided = peer_duplicate::Entity::find()
            .filter(
                Condition::any()
                    .add(peer_duplicate::Column::PeerAId.is_in(ids.iter().copied()))
                    .add(peer_duplicate::Column::PeerBId.is_in(ids.iter().copied())),
            )
            .all(self.database.reader())
            .await?;
        let entries: Vec<Entry> = rows.iter().map(Into::into).collect();
        let decided: Vec<Decided> = decided.iter().map(Into::into).collect();
        let mut found: HashMap<DuplicatesOf, Self::Value> = HashMap::new();
        for (a, b, because) in open_duplicates(&entries, &decided) {
            for (one, other) in [(a, b), (b, a)] {
                if let (true, Some(row)) = (ids.contains(&one), rows.iter().find(|row| row.id == other)) {
                    found.entry(DuplicatesOf(one)).or_default().push((row.clone(), because));
                }
            }
        }
        Ok(found)
    }
}

impl From<&peer::Model> for Entry {
    fn from(row: &peer::Model) -> Self {
        Self {
            id: row.id,
            email_key: row.email_key.clone(),
            name_key: row.name_key.clone(),
            post: row.post.clone(),
            status: row.status,
        }
    }
}

impl From<&peer_duplicate::Model> for Decided {
    fn from(row: &peer_duplicate::Model) -> Self {
        Self {
            a: row.peer_a_id,
            b: row.peer_b_id,
            verdict: row.verdict,
        }
    }
}

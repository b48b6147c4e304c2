//! Writing `peers.csv`: people with their roles and themes. The key is the reference.
//!
//! A row says everything about a person that the file has columns for: an emptied cell empties the field, a role that
//! is no longer listed is taken away. Neighbours: `csv::peers`; every other plan refers to peers by key.

use std::collections::{BTreeSet, HashMap};

use entity::{enums::DecisionCause, peer, peer_role, peer_theme};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, delete, fetch, settle, upsert},
};
use crate::import::csv::{Sourced, known::plain, peers::PeerRow};

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    peers: Vec<peer::Model>,
    /// Those whose roles and themes are written anew.
    changed: Vec<Uuid>,
    roles: Vec<peer_role::Model>,
    themes: Vec<peer_theme::Model>,
}

/// Compares the file with the database. The keys of all peers must be in `planning.peers`.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<PeerRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let references = rows.iter().map(|row| row.record.reference.as_str());
    let existing: HashMap<String, peer::Model> = fetch::<peer::Entity>(tx, peer::Column::Reference, references)
        .await?
        .into_iter()
        .map(|row| (row.reference.clone(), row))
        .collect();
    let keys: Vec<Uuid> = existing.values().map(|row| row.id).collect();
    let mut roles: HashMap<Uuid, BTreeSet<String>> = HashMap::new();
    for row in fetch::<peer_role::Entity>(tx, peer_role::Column::PeerId, keys.iter().copied()).await? {
        roles.entry(row.peer_id).or_default().insert(row.role.to_string());
    }
    let mut themes: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    for row in fetch::<peer_theme::Entity>(tx, peer_theme::Column::PeerId, keys).await? {
        themes.entry(row.peer_id).or_default().insert(row.theme_id);
    }

    let mut plan = Plan {
        counts: Counts::default(),
        peers: Vec::new(),
        changed: Vec::new(),
        roles: Vec::new(),
        themes: Vec::new(),
    };
    for Sourced { record, .. } in rows {
        let Some(id) = planning.peers.get(&record.reference).copied() else {
            continue;
        };
        let old = existing.get(&record.reference);
        // Roles and themes are part of the person: their change counts, and moves the version.
        let row = peer_row(record, id, old, planning);
        let same_lists = roles.remove(&id).unwrap_or_default()
            == record.roles.iter().map(ToString::to_string).collect()
            && themes.remove(&id).unwrap_or_default() == record.themes;
        let written = settle(old, row, same_lists, &mut plan.peers, &mut plan.counts, |row| {
            row.version += 1;
            row.updated_at = planning.now;
        });
        if !written {
            continue;
        }
        planning.touch(id, DecisionCause::Profile, Some(id));
        if old.is_some() {
            plan.changed.push(id);
        }
        plan.roles.extend(record.roles.iter().map(|role| peer_role::Model {
            peer_id: id,
            role: *role,
        }));
        plan.themes.extend(record.themes.iter().map(|theme| peer_theme::Model {
            peer_id: id,
            theme_id: *theme,
        }));
    }
    Ok(plan)
}

fn peer_row(record: &PeerRow, id: Uuid, old: Option<&peer::Model>, planning: &Planning<'_>) -> peer::Model {
    peer::Model {
        id,
        reference: record.reference.clone(),
        name: record.name.clone(),
        search_name: record.name.to_lowercase(),
        post: record.post.clone(),
        email: record.email.clone(),
        email_key: record.email.as_ref().map(|email| email.to_lowercase()),
        name_key: plain(&record.name),
        party: record.party,
        status: record.status,
        trained_on: record.trained_on,
        declared_on: record.declared_on,
        retired_on: record.retired_on,
        capacity: record.capacity,
        version: old.map_or(1, |old| old.version),
        created_at: old.map_or(planning.now, |old| old.created_at),
        updated_at: old.map_or(planning.now, |old| old.updated_at),
        erased_at: None,
    }
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<peer::Entity>(tx, self.peers, progress).await?;
        delete::<peer_role::Entity>(tx, peer_role::Column::PeerId, self.changed.iter().copied()).await?;
        delete::<peer_theme::Entity>(tx, peer_theme::Column::PeerId, self.changed).await?;
        upsert::<peer_role::Entity>(tx, self.roles, progress).await?;
        upsert::<peer_theme::Entity>(tx, self.themes, progress).await
    }
}

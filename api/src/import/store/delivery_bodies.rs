//! Writing `delivery-bodies.csv`: bodies and the councils that they serve. The key is the name, in any case.
//!
//! The file is the whole list of councils for every body that it names. A body that changes touches everybody who has a
//! tie to it, and the challenges of the councils that it serves or served. Neighbours: `csv::delivery_bodies`,
//! `council::rules`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{affiliation, delivery_body, delivery_body_council, enums::DecisionCause};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, delete, fetch, settle, upsert},
};
use crate::{
    council::rules::{self, NewBody, NewService},
    import::csv::{
        Sourced,
        delivery_bodies::{ServiceRow, key},
    },
};

const FILE: &str = crate::import::csv::delivery_bodies::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the bodies.
    pub counts: Counts,
    bodies: Vec<delivery_body::Model>,
    /// Those whose services are written anew.
    changed: Vec<Uuid>,
    services: Vec<delivery_body_council::Model>,
}

/// Compares the file with the database. The keys of all bodies must be in `planning.bodies`.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<ServiceRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    // In the file's order, so that the keys and the run are the same every time.
    let mut named: Vec<(Uuid, Vec<&Sourced<ServiceRow>>)> = Vec::new();
    for row in rows {
        let Some(id) = planning.bodies.get(&key(&row.record.body.name)).copied() else {
            continue;
        };
        match named.iter_mut().find(|(other, _)| *other == id) {
            Some((_, list)) => list.push(row),
            None => named.push((id, vec![row])),
        }
    }
    let old: HashMap<Uuid, delivery_body::Model> = if named.is_empty() {
        HashMap::new()
    } else {
        let all = delivery_body::Entity::find().all(tx).await?;
        all.into_iter().map(|row| (row.id, row)).collect()
    };
    let mut served: BTreeMap<Uuid, BTreeSet<NewService>> = BTreeMap::new();
    let ids = named.iter().map(|(id, _)| *id);
    for row in fetch::<delivery_body_council::Entity>(tx, delivery_body_council::Column::BodyId, ids).await? {
        served.entry(row.body_id).or_default().insert(NewService {
            council: row.council_id,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        });
    }
    let mut plan = Plan {
        counts: Counts::default(),
        bodies: Vec::new(),
        changed: Vec::new(),
        services: Vec::new(),
    };
    for (id, rows) in named {
        let before = served.remove(&id).unwrap_or_default();
        one(id, &rows, old.get(&id), &before, &mut plan, planning);
    }
    // Past ties too: what is behind somebody may still count.
    for tie in
        fetch::<affiliation::Entity>(tx, affiliation::Column::DeliveryBodyId, plan.changed.iter().copied()).await?
    {
        planning.touch(tie.peer_id, DecisionCause::Council, tie.delivery_body_id);
    }
    Ok(plan)
}

/// Decides about one body, which the file names in these rows.
fn one(
    id: Uuid,
    rows: &[&Sourced<ServiceRow>],
    old: Option<&delivery_body::Model>,
    before: &BTreeSet<NewService>,
    plan: &mut Plan,
    planning: &mut Planning<'_>,
) {
    let Some(Sourced { record, .. }) = rows.first() else {
        return;
    };
    let services: Vec<NewService> = rows
        .iter()
        .map(|row| NewService {
            council: row.record.council,
            starts_on: row.record.starts_on,
            ends_on: row.record.ends_on,
        })
        .collect();
    let row = delivery_body::Model {
        id,
        name: record.body.name.clone(),
        kind: record.body.kind,
        starts_on: record.body.starts_on,
        ends_on: record.body.ends_on,
        version: old.map_or(1, |old| old.version),
        created_at: old.map_or(planning.now, |old| old.created_at),
        updated_at: old.map_or(planning.now, |old| old.updated_at),
    };
    let same_services = services.iter().copied().collect::<BTreeSet<_>>() == *before;
    let now = planning.now;
    let changed = settle(old, row, same_services, &mut plan.bodies, &mut plan.counts, |row| {
        row.version += 1;
        row.updated_at = now;
    });
    if !changed {
        return;
    }
    let councils = before.iter().chain(&services).map(|service| service.council);
    for council in councils.collect::<BTreeSet<_>>() {
        planning.touch_host(council, id);
    }
    plan.changed.push(id);
    plan.services
        .extend(services.iter().map(|service| delivery_body_council::Model {
            body_id: id,
            council_id: service.council,
            starts_on: service.starts_on,
            ends_on: service.ends_on,
        }));
    let new = NewBody {
        name: record.body.name.clone(),
        kind: record.body.kind,
        starts_on: record.body.starts_on,
        ends_on: record.body.ends_on,
        services,
    };
    for fault in rules::body(&new, planning.today) {
        let (place, column) = placed(&fault.path);
        let line = rows.get(place).map_or(0, |row| row.line);
        planning.refuse(FILE, line, column, fault.message);
    }
}

/// Which of the body's rows a fault belongs to, and which column.
fn placed(path: &str) -> (usize, &'static str) {
    let mut path = path.split('.');
    match (
        path.next(),
        path.next().and_then(|place| place.parse().ok()),
        path.next(),
    ) {
        (Some("services"), Some(place), Some("startsOn")) => (place, "starts_on"),
        (Some("services"), Some(place), Some("endsOn")) => (place, "ends_on"),
        (Some("services"), Some(place), _) => (place, "council"),
        (Some("services"), None, _) => (0, "council"),
        (Some("endsOn"), ..) => (0, "body_ends_on"),
        _ => (0, "name"),
    }
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<delivery_body::Entity>(tx, self.bodies, progress).await?;
        delete::<delivery_body_council::Entity>(tx, delivery_body_council::Column::BodyId, self.changed).await?;
        upsert::<delivery_body_council::Entity>(tx, self.services, progress).await
    }
}

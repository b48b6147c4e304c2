//! Loads councils, their lineage, borders and sister councils, and delivery bodies: the facts that do not depend on
//! people. Six statements, whatever the question and however many hosts.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    council, council_neighbour, council_succession, delivery_body, delivery_body_council,
    enums::{ProgrammeKind, SisterModel},
    sister_council,
};
use matching::{BodyIx, Council, CouncilIx, DeliveryBody, Period, RegionIx, Service};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{convert, map::Ids};
use crate::graphql::errors::Result;

/// Councils and bodies with the way back to their ids and names.
pub(super) struct Places {
    pub(super) councils: Vec<Council>,
    pub(super) bodies: Vec<DeliveryBody>,
    pub(super) council_ids: Ids,
    pub(super) body_ids: Ids,
    pub(super) council_names: Vec<String>,
    pub(super) body_names: Vec<String>,
    /// The regions, by their position in the world.
    pub(super) regions: Vec<Uuid>,
    /// The hosts with their predecessors and successors, near and far.
    pub(super) host_lineages: Vec<Uuid>,
}

/// The model of statistical neighbours that a programme's likeness is taken from: challenges of children's services use
/// the Department for Education's, all others CIPFA's.
fn model(kind: ProgrammeKind) -> SisterModel {
    match kind {
        ProgrammeKind::ChildrensServices | ProgrammeKind::Send | ProgrammeKind::Diagnostic => {
            SisterModel::DfeChildrensServices
        }
        ProgrammeKind::Corporate
        | ProgrammeKind::RegionalTopical
        | ProgrammeKind::RegionalTriad
        | ProgrammeKind::ProgressReview => SisterModel::Cipfa,
    }
}

/// Borders and sister councils are those of these hosts: nobody else's are asked for.
pub(super) async fn load(hosts: &[Uuid], kind: ProgrammeKind, connection: &impl ConnectionTrait) -> Result<Places> {
    let rows = council::Entity::find()
        .order_by_asc(council::Column::Id)
        .all(connection)
        .await?;
    let borders = council_neighbour::Entity::find()
        .filter(council_neighbour::Column::CouncilId.is_in(hosts.iter().copied()))
        .order_by_asc(council_neighbour::Column::NeighbourId)
        .all(connection)
        .await?;
    let successions = council_succession::Entity::find()
        .order_by_asc(council_succession::Column::PredecessorId)
        .order_by_asc(council_succession::Column::SuccessorId)
        .all(connection)
        .await?;
    let sisters = sister_council::Entity::find()
        .filter(sister_council::Column::CouncilId.is_in(hosts.iter().copied()))
        .order_by_asc(sister_council::Column::Rank)
        .all(connection)
        .await?;
    let council_ids: Ids = rows.iter().map(|row| row.id).collect();
    let position = |id| council_ids.known(id, "council").map(CouncilIx);
    let grid = positions(&rows, &successions);
    let mut region_ids = Ids::default();
    let mut councils = Vec::with_capacity(rows.len());
    for row in &rows {
        councils.push(Council {
            id: row.id,
            region: RegionIx(region_ids.intern(row.region_id)?),
            position: grid.get(&row.id).copied().unwrap_or_default(),
            neighbours: Vec::new(),
            predecessors: Vec::new(),
            sisters: Vec::new(),
            control: row.political_control.map(convert::control),
        });
    }
    for succession in &successions {
        let old = position(succession.predecessor_id)?;
        councils[position(succession.successor_id)?.index()]
            .predecessors
            .push(old);
    }
    for border in borders {
        councils[position(border.council_id)?.index()]
            .neighbours
            .push(position(border.neighbour_id)?);
    }
    // Districts have no children's services and so no list in the first model: theirs comes from the other one.
    let wanted = model(kind);
    let listed: BTreeSet<Uuid> = sisters
        .iter()
        .filter(|sister| sister.model == wanted)
        .map(|sister| sister.council_id)
        .collect();
    let counts = |sister: &&sister_council::Model| !listed.contains(&sister.council_id) || sister.model == wanted;
    for sister in sisters.iter().filter(counts) {
        let likeness = u8::try_from(sister.likeness.clamp(0, 100)).unwrap_or(0);
        councils[position(sister.council_id)?.index()]
            .sisters
            .push((position(sister.sister_id)?, likeness));
    }
    let (bodies, body_ids, body_names) = bodies(&council_ids, connection).await?;
    Ok(Places {
        councils,
        bodies,
        host_lineages: hosts.iter().flat_map(|host| lineage(*host, &successions)).collect(),
        council_names: rows.into_iter().map(|row| row.name).collect(),
        council_ids,
        body_ids,
        body_names,
        regions: region_ids.list().to_vec(),
    })
}

async fn bodies(council_ids: &Ids, connection: &impl ConnectionTrait) -> Result<(Vec<DeliveryBody>, Ids, Vec<String>)> {
    let rows = delivery_body::Entity::find()
        .order_by_asc(delivery_body::Column::Id)
        .all(connection)
        .await?;
    let services = delivery_body_council::Entity::find()
        .order_by_asc(delivery_body_council::Column::BodyId)
        .order_by_asc(delivery_body_council::Column::CouncilId)
        .all(connection)
        .await?;
    let ids: Ids = rows.iter().map(|row| row.id).collect();
    let mut bodies: Vec<DeliveryBody> = rows
        .iter()
        .map(|row| DeliveryBody {
            id: row.id,
            serves: Vec::new(),
        })
        .collect();
    for service in services {
        let body = BodyIx(ids.known(service.body_id, "delivery body")?);
        bodies[body.index()].serves.push(Service {
            council: CouncilIx(council_ids.known(service.council_id, "council")?),
            period: Period {
                from: service.starts_on,
                until: service.ends_on,
            },
        });
    }
    Ok((bodies, ids, rows.into_iter().map(|row| row.name).collect()))
}

/// Where councils lie, in kilometres. An abolished council without a position of its own lies where its successor does,
/// any other one in the middle of its region; only the points for travel depend on it.
fn positions(rows: &[council::Model], successions: &[council_succession::Model]) -> BTreeMap<Uuid, (i32, i32)> {
    let own = |row: &council::Model| Some(matching::grid(row.latitude?, row.longitude?));
    let mut known: BTreeMap<Uuid, (i32, i32)> = rows.iter().filter_map(|row| Some((row.id, own(row)?))).collect();
    let mut regions: BTreeMap<Uuid, (i64, i64, i64)> = BTreeMap::new();
    for row in rows {
        if let Some(&(east, north)) = known.get(&row.id) {
            let sum = regions.entry(row.region_id).or_default();
            *sum = (sum.0 + i64::from(east), sum.1 + i64::from(north), sum.2 + 1);
        }
    }
    for row in rows.iter().filter(|row| own(row).is_none()) {
        let mut successor = successions.iter().filter(|step| step.predecessor_id == row.id);
        let place = successor
            .find_map(|step| known.get(&step.successor_id).copied())
            .or_else(|| {
                let (east, north, count) = *regions.get(&row.region_id)?;
                Some((i32::try_from(east / count).ok()?, i32::try_from(north / count).ok()?))
            });
        if let Some(place) = place {
            known.insert(row.id, place);
        }
    }
    known
}

/// A council with everything before and after it.
fn lineage(council: Uuid, successions: &[council_succession::Model]) -> Vec<Uuid> {
    let mut all = vec![council];
    for forwards in [true, false] {
        let mut next = vec![council];
        while let Some(here) = next.pop() {
            for step in successions {
                let (from, to) = if forwards {
                    (step.predecessor_id, step.successor_id)
                } else {
                    (step.successor_id, step.predecessor_id)
                };
                if from == here && !all.contains(&to) {
                    all.push(to);
                    next.push(to);
                }
            }
        }
    }
    all
}

//! Writing the facts into the database, so that a second run changes nothing.
//!
//! Every row is compared with what stands there; only differences are written, keys stay stable. The facts own what
//! they say and no more: political control, a council's end recorded by hand, sister councils of other models and
//! inspection outcomes from other sources are left alone. `reference_load` keeps the digest of each data file that was
//! loaded. Neighbours: `facts`, `borders`, `store::bulk`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    council, council_code, council_neighbour, council_succession, enums::SisterModel, inspection_outcome,
    reference_load, region, sister_council, theme,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::{
    borders,
    facts::{self, CouncilFact, Facts},
};
use crate::{
    clock::Clock,
    ids::IdGenerator,
    import::{
        audit,
        error::ImportError,
        store::bulk::{Counts, Silent, compare, delete, settle, upsert},
    },
};

/// What a load of the facts did, table by table.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Name of what was loaded and what happened to it.
    pub tables: Vec<(&'static str, Counts)>,
}

impl Summary {
    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        self.tables.iter().any(|(_, counts)| counts.changed())
    }
}

/// Keys of councils by GSS code.
type Keys = BTreeMap<String, Uuid>;

/// Loads the shipped facts in the caller's transaction.
///
/// # Errors
/// The database's, or [`ImportError::Damaged`] when the embedded files are.
pub async fn load(tx: &impl ConnectionTrait, clock: &dyn Clock, ids: &dyn IdGenerator) -> Result<Summary, ImportError> {
    let facts = facts::read()?;
    let now = clock.now();
    let mut summary = Summary::default();
    let (regions, counts) = regions(tx, &facts, ids).await?;
    summary.tables.push(("regions", counts));
    let (keys, counts) = councils(tx, &facts, &regions, now, ids).await?;
    summary.tables.push(("councils", counts));
    summary
        .tables
        .push(("superseded codes", codes(tx, &facts, &keys).await?));
    summary
        .tables
        .push(("successions", successions(tx, &facts, &keys).await?));
    summary
        .tables
        .push(("neighbours", neighbours(tx, &facts, &keys).await?));
    summary
        .tables
        .push(("sister councils", sisters(tx, &facts, &keys).await?));
    summary
        .tables
        .push(("inspection outcomes", inspections(tx, &facts, &keys, ids).await?));
    summary.tables.push(("themes", themes(tx, &facts, ids).await?));
    note_digests(tx, now, ids).await?;
    if summary.changed() {
        let tables: serde_json::Map<_, _> = summary
            .tables
            .iter()
            .map(|(name, counts)| ((*name).to_owned(), json!(counts)))
            .collect();
        audit::record(
            tx,
            clock,
            ids,
            ids.next_id(),
            "REFERENCE_LOADED",
            json!({ "tables": tables }),
        )
        .await?;
    }
    Ok(summary)
}

/// The key of a council; the files were checked for unknown codes when they were read.
fn key(keys: &Keys, code: &str) -> Result<Uuid, ImportError> {
    keys.get(code).copied().ok_or_else(|| ImportError::Damaged {
        file: "councils.csv",
        reason: format!("{code} is referred to but not there"),
    })
}

async fn regions(
    tx: &impl ConnectionTrait,
    facts: &Facts,
    ids: &dyn IdGenerator,
) -> Result<(Keys, Counts), ImportError> {
    let existing = region::Entity::find().all(tx).await?;
    let mut keys: Keys = existing.iter().map(|row| (row.gss_code.clone(), row.id)).collect();
    let wanted: Vec<region::Model> = facts
        .regions
        .iter()
        .map(|fact| region::Model {
            id: *keys.entry(fact.gss_code.clone()).or_insert_with(|| ids.next_id()),
            gss_code: fact.gss_code.clone(),
            name: fact.name.clone(),
        })
        .collect();
    let (write, others, mut counts) = compare(existing, wanted, |row| row.gss_code.clone());
    counts.removed -= others.len();
    upsert::<region::Entity>(tx, write, &Silent).await?;
    Ok((keys, counts))
}

async fn councils(
    tx: &impl ConnectionTrait,
    facts: &Facts,
    regions: &Keys,
    now: DateTime<Utc>,
    ids: &dyn IdGenerator,
) -> Result<(Keys, Counts), ImportError> {
    let existing: BTreeMap<String, council::Model> = council::Entity::find()
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.gss_code.clone(), row))
        .collect();
    let keys: Keys = facts
        .councils
        .iter()
        .map(|fact| {
            let id = existing.get(&fact.gss_code).map_or_else(|| ids.next_id(), |row| row.id);
            (fact.gss_code.clone(), id)
        })
        .collect();
    let mut counts = Counts::default();
    let mut write = Vec::new();
    for fact in &facts.councils {
        let old = existing.get(&fact.gss_code);
        let row = council_row(fact, old, &keys, regions, now)?;
        settle(old, row, true, &mut write, &mut counts, |row| {
            row.version += 1;
            row.updated_at = now;
        });
    }
    // A district needs its county before it.
    write.sort_by_key(|row| row.upper_tier_id.is_some());
    upsert::<council::Entity>(tx, write, &Silent).await?;
    Ok((keys, counts))
}

fn council_row(
    fact: &CouncilFact,
    old: Option<&council::Model>,
    keys: &Keys,
    regions: &Keys,
    now: DateTime<Utc>,
) -> Result<council::Model, ImportError> {
    let ends_on = fact.ends_on.or(old.and_then(|old| old.ends_on));
    Ok(council::Model {
        id: key(keys, &fact.gss_code)?,
        gss_code: fact.gss_code.clone(),
        name: fact.name.clone(),
        official_name: fact.official_name.clone(),
        short_code: fact.short_code.clone(),
        dfe_la_code: fact.dfe_la_code.clone(),
        region_id: key(regions, &fact.region)?,
        kind: fact.kind,
        upper_tier_id: fact.upper_tier.as_deref().map(|code| key(keys, code)).transpose()?,
        provides_childrens_services: fact.provides_childrens_services(),
        latitude: fact.latitude,
        longitude: fact.longitude,
        population: fact.population,
        population_year: fact.population_year,
        population_0_17: fact.population_0_17,
        political_control: old.and_then(|old| old.political_control),
        control_changed_on: old.and_then(|old| old.control_changed_on),
        starts_on: fact.starts_on.or(old.and_then(|old| old.starts_on)),
        ends_on,
        search_name: format!("{} {}", fact.name, fact.official_name).to_lowercase(),
        version: old.map_or(1, |old| old.version),
        created_at: old.map_or(now, |old| old.created_at),
        updated_at: old.map_or(now, |old| old.updated_at),
    })
}

async fn codes(tx: &impl ConnectionTrait, facts: &Facts, keys: &Keys) -> Result<Counts, ImportError> {
    let mut wanted = Vec::new();
    for fact in &facts.councils {
        for code in &fact.superseded {
            wanted.push(council_code::Model {
                code: code.clone(),
                council_id: key(keys, &fact.gss_code)?,
            });
        }
    }
    let existing = council_code::Entity::find().all(tx).await?;
    let (write, others, mut counts) = compare(existing, wanted, |row| row.code.clone());
    counts.removed -= others.len();
    upsert::<council_code::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

async fn successions(tx: &impl ConnectionTrait, facts: &Facts, keys: &Keys) -> Result<Counts, ImportError> {
    let mut wanted = Vec::new();
    for fact in &facts.councils {
        let Some(on_date) = fact.ends_on.and_then(|last| last.succ_opt()) else {
            continue;
        };
        for successor in &fact.replaced_by {
            wanted.push(council_succession::Model {
                predecessor_id: key(keys, &fact.gss_code)?,
                successor_id: key(keys, successor)?,
                on_date,
            });
        }
    }
    let existing = council_succession::Entity::find().all(tx).await?;
    let (write, others, mut counts) = compare(existing, wanted, |row| (row.predecessor_id, row.successor_id));
    counts.removed -= others.len();
    upsert::<council_succession::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

async fn neighbours(tx: &impl ConnectionTrait, facts: &Facts, keys: &Keys) -> Result<Counts, ImportError> {
    let mut wanted = Vec::new();
    for fact in borders::complete(facts) {
        let (a, b) = (key(keys, &fact.a)?, key(keys, &fact.b)?);
        for (council_id, neighbour_id) in [(a, b), (b, a)] {
            let border = fact.border;
            wanted.push(council_neighbour::Model {
                council_id,
                neighbour_id,
                border,
                shared_border_km: fact.km,
            });
        }
    }
    let existing = council_neighbour::Entity::find().all(tx).await?;
    let (write, stale, counts) = compare(existing, wanted, |row| (row.council_id, row.neighbour_id));
    for row in stale {
        council_neighbour::Entity::delete_by_id((row.council_id, row.neighbour_id))
            .exec(tx)
            .await?;
    }
    upsert::<council_neighbour::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

async fn sisters(tx: &impl ConnectionTrait, facts: &Facts, keys: &Keys) -> Result<Counts, ImportError> {
    let model = SisterModel::DfeChildrensServices;
    let mut wanted = Vec::new();
    for fact in &facts.sisters {
        wanted.push(sister_council::Model {
            council_id: key(keys, &fact.council)?,
            sister_id: key(keys, &fact.sister)?,
            model,
            rank: fact.rank,
            closeness: Some(fact.closeness),
            likeness: fact.likeness,
        });
    }
    let existing = sister_council::Entity::find()
        .filter(sister_council::Column::Model.eq(model))
        .all(tx)
        .await?;
    let (write, stale, counts) = compare(existing, wanted, |row| (row.council_id, row.sister_id));
    // Ranks are unique per council and may have moved between rows: whatever changes makes room first.
    let changed = if counts.updated > 0 { write.as_slice() } else { &[] };
    for row in stale.iter().chain(changed) {
        sister_council::Entity::delete_by_id((row.council_id, row.sister_id, model))
            .exec(tx)
            .await?;
    }
    upsert::<sister_council::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

async fn inspections(
    tx: &impl ConnectionTrait,
    facts: &Facts,
    keys: &Keys,
    ids: &dyn IdGenerator,
) -> Result<Counts, ImportError> {
    type Natural = (Uuid, String, String, Option<NaiveDate>, Option<NaiveDate>);
    // A SEND inspection of which only the report's day is known has no start; the report's day tells it apart then.
    let natural = |row: &inspection_outcome::Model| -> Natural {
        let published = row.published_on.filter(|_| row.starts_on.is_none());
        (
            row.council_id,
            format!("{:?}", row.framework),
            row.source.clone(),
            row.starts_on,
            published,
        )
    };
    let sources: BTreeSet<&str> = facts.inspections.iter().map(|fact| fact.source).collect();
    let existing = inspection_outcome::Entity::find()
        .filter(inspection_outcome::Column::Source.is_in(sources))
        .all(tx)
        .await?;
    let known: BTreeMap<Natural, Uuid> = existing.iter().map(|row| (natural(row), row.id)).collect();
    let mut wanted = Vec::new();
    for fact in &facts.inspections {
        let mut row = inspection_outcome::Model {
            id: Uuid::nil(),
            council_id: key(keys, &fact.council)?,
            framework: fact.framework,
            inspection_type: fact.inspection_type.clone(),
            starts_on: fact.starts_on,
            ends_on: fact.ends_on,
            published_on: fact.published_on,
            overall: fact.overall,
            leaders: fact.leaders,
            help_and_protection: fact.help_and_protection,
            children_in_care: fact.children_in_care,
            care_leavers: fact.care_leavers,
            send_outcome: fact.send_outcome,
            source: fact.source.to_owned(),
        };
        row.id = known.get(&natural(&row)).copied().unwrap_or_else(|| ids.next_id());
        wanted.push(row);
    }
    let (write, stale, counts) = compare(existing, wanted, |row| row.id);
    delete::<inspection_outcome::Entity>(tx, inspection_outcome::Column::Id, stale.iter().map(|row| row.id)).await?;
    upsert::<inspection_outcome::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

async fn themes(tx: &impl ConnectionTrait, facts: &Facts, ids: &dyn IdGenerator) -> Result<Counts, ImportError> {
    let existing = theme::Entity::find().all(tx).await?;
    let keys: Keys = existing.iter().map(|row| (row.code.clone(), row.id)).collect();
    let wanted: Vec<theme::Model> = facts
        .themes
        .iter()
        .map(|fact| theme::Model {
            id: keys.get(&fact.code).copied().unwrap_or_else(|| ids.next_id()),
            code: fact.code.clone(),
            name: fact.name.clone(),
        })
        .collect();
    let (write, others, mut counts) = compare(existing, wanted, |row| row.code.clone());
    counts.removed -= others.len();
    upsert::<theme::Entity>(tx, write, &Silent).await?;
    Ok(counts)
}

/// Keeps the digest of every data file whose content is not the one loaded last.
async fn note_digests(tx: &impl ConnectionTrait, now: DateTime<Utc>, ids: &dyn IdGenerator) -> Result<(), DbErr> {
    let loaded = reference_load::Entity::find().all(tx).await?;
    let mut rows = Vec::new();
    for (dataset, digest) in facts::digests() {
        let last = loaded
            .iter()
            .filter(|row| row.dataset == dataset)
            .max_by_key(|row| (row.loaded_at, row.id));
        if last.is_none_or(|row| row.digest != digest) {
            rows.push(reference_load::Model {
                id: ids.next_id(),
                dataset: dataset.to_owned(),
                digest,
                loaded_at: now,
            });
        }
    }
    upsert::<reference_load::Entity>(tx, rows, &Silent).await
}

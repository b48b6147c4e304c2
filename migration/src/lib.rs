//! Reversible migrations of peer-challenge, the same statements for SQLite and PostgreSQL (15 or later).
//!
//! One file per step, applied in order, each in one transaction. Invariants that must never break are held here, by
//! constraints, partial unique indexes and triggers, all named by the rule in `entity::constraint`. Steps are history:
//! a released one is never edited, and therefore spells its enum values out instead of sharing them with `entity`
//! (a test compares both). `ddl` translates the column types, `guard` holds what differs by engine.
//!
//! The role that migrates a PostgreSQL database needs CREATE on the database: the step of teams adds the trusted
//! extension `btree_gist`, unless it is already there.

mod ddl;
mod guard;
mod m0001_reference;
mod m0002_programme;
mod m0003_peer;
mod m0004_challenge;
mod m0005_team;
mod m0006_conflict;
mod m0007_record;
mod m0008_feed;
mod m0009_leadership;
mod m0010_idempotency;
mod m0011_api_key;
mod m0012_team_input;
mod m0013_outcome;
mod m0014_erasure;
mod m0015_job;
mod m0016_season_days;
mod m0017_season_plan;
mod m0018_visit;
mod m0019_notice;
mod m0020_kpi;
mod m0021_notice_upkeep;
mod m0022_plan_text;
mod m0023_heard;
mod m0024_upkeep;

pub use sea_orm_migration::{MigrationStatus, MigratorTrait, sea_orm};
use sea_orm_migration::{MigrationTrait, async_trait};

/// Applies and reverts the steps; `Migrator::up(&db, None)` brings a database up to date.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_reference::Migration),
            Box::new(m0002_programme::Migration),
            Box::new(m0003_peer::Migration),
            Box::new(m0004_challenge::Migration),
            Box::new(m0005_team::Migration),
            Box::new(m0006_conflict::Migration),
            Box::new(m0007_record::Migration),
            Box::new(m0008_feed::Migration),
            Box::new(m0009_leadership::Migration),
            Box::new(m0010_idempotency::Migration),
            Box::new(m0011_api_key::Migration),
            Box::new(m0012_team_input::Migration),
            Box::new(m0013_outcome::Migration),
            Box::new(m0014_erasure::Migration),
            Box::new(m0015_job::Migration),
            Box::new(m0016_season_days::Migration),
            Box::new(m0017_season_plan::Migration),
            Box::new(m0018_visit::Migration),
            Box::new(m0019_notice::Migration),
            Box::new(m0020_kpi::Migration),
            Box::new(m0021_notice_upkeep::Migration),
            Box::new(m0022_plan_text::Migration),
            Box::new(m0023_heard::Migration),
            Box::new(m0024_upkeep::Migration),
        ]
    }
}

/// Names of all steps in order, as the table `seaql_migrations` records them. A database that records any other name
/// was migrated by a newer version.
pub fn names() -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect()
}

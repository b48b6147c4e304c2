//! `/healthz`: the process answers. `/readyz`: it can take requests.
//!
//! Readiness is the database reachable (SQLite: and not locked by another process), its schema exactly this program's, and
//! no shutdown under way. The body names a reason code and nothing else; causes are in the log.

use std::{future::Future, marker::PhantomData, pin::Pin, time::Duration};

use actix_web::{HttpResponse, http::header, web};
use sea_orm_migration::MigratorTrait;
use serde_json::json;

use super::server::Shared;
use crate::db::{
    Database, Engine,
    migrate::{self, MigrateError},
};

/// Why no requests are taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// Shutting down.
    Draining,
    /// Starting: the database is being brought to this version.
    Migrating,
    /// The database does not answer in time.
    DatabaseUnreachable,
    /// The database lacks migrations of this version.
    MigrationsPending,
    /// The database belongs to a newer version.
    DatabaseNewer,
}

impl NotReady {
    /// The text in the answer.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draining => "DRAINING",
            Self::Migrating => "MIGRATING",
            Self::DatabaseUnreachable => "DATABASE_UNREACHABLE",
            Self::MigrationsPending => "MIGRATIONS_PENDING",
            Self::DatabaseNewer => "DATABASE_NEWER",
        }
    }
}

/// Finds out whether requests can be taken.
pub trait Probe: Send + Sync + 'static {
    /// `Ok` when they can. Must come back within a few seconds.
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>>;
}

/// Ready means: the database answers and has exactly the migrations of `M`.
pub struct DatabaseProbe<M> {
    database: Database,
    migrator: PhantomData<fn() -> M>,
}

impl<M> DatabaseProbe<M> {
    /// A probe of this database.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            migrator: PhantomData,
        }
    }
}

impl<M: MigratorTrait + 'static> Probe for DatabaseProbe<M> {
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>> {
        Box::pin(async move {
            let check = async {
                migrate::require_current::<M>(self.database.reader()).await?;
                // Readers never meet the lock that keeps SQLite from writing.
                if self.database.engine() == Engine::Sqlite {
                    self.database.writable().await?;
                }
                Ok(())
            };
            match tokio::time::timeout(Duration::from_secs(2), check).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(MigrateError::Behind { .. })) => Err(NotReady::MigrationsPending),
                Ok(Err(MigrateError::NewerDatabase { .. })) => Err(NotReady::DatabaseNewer),
                Ok(Err(MigrateError::Database(error))) => {
                    tracing::warn!(%error, "the database does not answer");
                    Err(NotReady::DatabaseUnreachable)
                }
                Err(_) => Err(NotReady::DatabaseUnreachable),
            }
        })
    }
}

/// Both addresses.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(live))
        .route("/healthz", web::head().to(live))
        .route("/readyz", web::get().to(ready))
        .route("/readyz", web::head().to(ready));
}

/// `/healthz`.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"status": "alive"}))
}

/// `/readyz`.
async fn ready(shared: web::Data<Shared>) -> HttpResponse {
    let state = if shared.draining() {
        Err(NotReady::Draining)
    } else {
        shared.probe.probe().await
    };
    let (mut response, body) = match state {
        Ok(()) => (HttpResponse::Ok(), json!({"status": "ready"})),
        Err(reason) => (
            HttpResponse::ServiceUnavailable(),
            json!({"status": "unavailable", "reason": reason.code()}),
        ),
    };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

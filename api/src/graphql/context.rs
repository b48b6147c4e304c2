//! What a resolver may take from its request: the database, the viewer, the loaders and the means to act.

use std::sync::Arc;

use async_graphql::Context;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    errors::{ApiError, Outcome, Result, ServiceError},
    loader::Loaders,
};
use crate::{
    auth::{Access, Viewer},
    clock::Clock,
    db::{Database, Tx},
    feed::Feed,
    http::RequestId,
    ids::IdGenerator,
};

/// Who acts, when, and where new ids come from: everything besides the transaction that a service needs.
#[derive(Clone)]
pub struct Act {
    /// Who.
    pub viewer: Viewer,
    /// The instant of the request; one for everything it writes.
    pub at: DateTime<Utc>,
    /// The civil day of the request.
    pub today: NaiveDate,
    /// Id of the request, for the audit record.
    pub request_id: Option<String>,
    ids: Arc<dyn IdGenerator>,
}

impl Act {
    /// An act outside a GraphQL request (import, demo).
    pub fn new(viewer: Viewer, clock: &dyn Clock, ids: Arc<dyn IdGenerator>) -> Self {
        Self {
            viewer,
            at: clock.now(),
            today: clock.today(),
            request_id: None,
            ids,
        }
    }

    /// The same act as the service's own: what follows from a deed by itself is not put down to whoever did that.
    #[must_use]
    pub fn as_service(&self) -> Self {
        Self {
            viewer: Viewer::service(),
            ..self.clone()
        }
    }

    /// A new id.
    pub fn id(&self) -> Uuid {
        self.ids.next_id()
    }
}

/// Shorthands for resolvers.
pub trait ContextExt {
    /// The database.
    fn database(&self) -> &Database;
    /// What changes, in this process and in others.
    fn feed(&self) -> &Feed;
    /// Who asks.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the request carried no token.
    fn viewer(&self) -> Result<&Viewer>;
    /// Who acts, for a service. Later fields of the request see the change: its loaders keep nothing from now on.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the request carried no token, `FORBIDDEN` when its bearer may only read.
    fn act(&self) -> Result<Act>;
    /// The batch loaders of this request.
    fn loader(&self) -> &Loaders;
    /// The day of the request.
    fn today(&self) -> NaiveDate;
    /// A writing transaction for a service; end it with [`finish`].
    ///
    /// # Errors
    /// The database's.
    fn begin(&self) -> impl Future<Output = Result<Tx>> + Send;
}

impl ContextExt for Context<'_> {
    fn database(&self) -> &Database {
        self.data_unchecked::<Database>()
    }

    fn feed(&self) -> &Feed {
        self.data_unchecked::<Feed>()
    }

    fn viewer(&self) -> Result<&Viewer> {
        self.data_opt::<Viewer>().ok_or(ApiError::Unauthenticated)
    }

    fn act(&self) -> Result<Act> {
        let clock = self.data_unchecked::<Arc<dyn Clock>>();
        let viewer = self.viewer()?;
        // The front door refuses such mutations before they run; this holds for every other way in.
        if viewer.access == Access::Read {
            return Err(ApiError::Forbidden("This key may only read.".to_owned()));
        }
        // What was loaded before a change is not true after it: from here on this request loads everything anew.
        self.loader().keep_nothing();
        Ok(Act {
            viewer: viewer.clone(),
            at: clock.now(),
            today: clock.today(),
            request_id: self.data_opt::<RequestId>().map(|id| id.0.clone()),
            ids: Arc::clone(self.data_unchecked::<Arc<dyn IdGenerator>>()),
        })
    }

    fn loader(&self) -> &Loaders {
        self.data_unchecked::<Loaders>()
    }

    fn today(&self) -> NaiveDate {
        self.data_unchecked::<Arc<dyn Clock>>().today()
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(self.database().begin().await?)
    }
}

/// Ends a service's transaction: commits what succeeded, rolls back what was refused or failed.
///
/// # Errors
/// The service's own, or a failed commit.
pub async fn finish<T>(transaction: Tx, outcome: Outcome<T>) -> Outcome<T> {
    match outcome {
        Ok(value) => {
            transaction.commit().await.map_err(ApiError::from)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = transaction.rollback().await {
                tracing::warn!(
                    cause = format!("{rollback:#}"),
                    "rollback failed; the connection is dropped"
                );
            }
            Err::<T, ServiceError>(error)
        }
    }
}

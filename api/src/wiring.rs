//! Puts the parts together: the one place where the front of the service meets the schema.
//!
//! Commands and tests call [`executor`] and never name a schema type; `http` stays generic.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

use crate::{clock::Clock, db::Database, http::Execute, ids::IdGenerator};

/// What `/graphql` executes.
pub fn executor(database: Database, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Arc<dyn Execute> {
    Arc::new(
        Schema::build(About, EmptyMutation, EmptySubscription)
            .data(database)
            .data(clock)
            .data(ids)
            .finish(),
    )
}

/// The schema's definition (SDL), as `schema.graphql` holds it.
pub fn definition() -> String {
    Schema::new(About, EmptyMutation, EmptySubscription).sdl()
}

/// What the service says about itself.
struct About;

#[Object(name = "Query")]
impl About {
    /// Version of the running program.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

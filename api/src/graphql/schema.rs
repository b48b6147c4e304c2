//! The schema: the roots of all aggregates merged, and the data that every request shares.

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema};

use super::node::NodeQuery;
use crate::{
    audit::queries::AuditQuery,
    challenge::{mutations::ChallengeMutation, queries::ChallengeQuery},
    clock::Clock,
    council::queries::CouncilQuery,
    db::Database,
    ids::IdGenerator,
    peer::{mutations::PeerMutation, queries::PeerQuery},
    programme::{mutations::ProgrammeMutation, queries::ProgrammeQuery},
    season::{mutations::SeasonMutation, queries::SeasonQuery},
    team::{mutations::TeamMutation, queries::TeamQuery},
    theme::ThemeQuery,
    viewer::ViewerQuery,
};

/// Reading: who may serve, what is scheduled, and what the answers rest on.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    ViewerQuery,
    CouncilQuery,
    ThemeQuery,
    ProgrammeQuery,
    SeasonQuery,
    PeerQuery,
    ChallengeQuery,
    TeamQuery,
    AuditQuery,
);

/// Changing: one field for each thing that a person decides. Every payload carries `userErrors`; nothing is written when
/// it has any.
#[derive(Default, MergedObject)]
pub struct Mutation(ProgrammeMutation, SeasonMutation, PeerMutation, ChallengeMutation, TeamMutation);

/// The service's schema.
pub type PeerChallengeSchema = Schema<Query, Mutation, EmptySubscription>;

/// The schema over a database.
pub fn schema(database: Database, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> PeerChallengeSchema {
    builder().data(database).data(clock).data(ids).finish()
}

/// The schema's definition (SDL), byte for byte what `schema.graphql` holds.
pub fn definition() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    let mut text = builder().finish().sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, EmptySubscription> {
    // The front door costs documents before the library sees them; these are a second fence.
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).limit_depth(20).disable_suggestions()
}

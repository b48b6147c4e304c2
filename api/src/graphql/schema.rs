//! The schema: the roots of all aggregates merged, and the data that every request shares.

use std::any::TypeId;

use async_graphql::{MergedObject, MergedSubscription, Request, Response, SDLExportOptions, Schema};

use futures::stream::BoxStream;

use super::{loader::loaders, node::NodeQuery, page};
use crate::{
    apikey::{mutations::ApiKeyMutation, queries::ApiKeyQuery},
    audit::queries::AuditQuery,
    auth::Viewer,
    challenge::{mutations::ChallengeMutation, queries::ChallengeQuery},
    council::{mutations::CouncilMutation, queries::CouncilQuery},
    db::Database,
    feed::Feed,
    http::{Execute, Pages},
    invitation::mutations::InvitationMutation,
    links::Links,
    news::{News, subscriptions::LiveSubscription},
    notice::{mutations::NoticeMutation, queries::NoticeQuery},
    peer::{mutations::PeerMutation, queries::PeerQuery},
    picture::{mutations::PictureMutation, queries::PictureQuery},
    planning::season::{follow::SeasonPlanSubscription, mutations::SeasonPlanMutation, queries::SeasonPlanQuery},
    programme::{mutations::ProgrammeMutation, queries::ProgrammeQuery},
    report::mutations::ReportMutation,
    season::{mutations::SeasonMutation, queries::SeasonQuery},
    team::{lists::TeamListQuery, mutations::TeamMutation, queries::TeamQuery},
    theme::ThemeQuery,
    viewer::ViewerQuery,
    visit::mutations::VisitMutation,
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
    TeamListQuery,
    SeasonPlanQuery,
    NoticeQuery,
    PictureQuery,
    AuditQuery,
    ApiKeyQuery,
);

/// Changing: one field for each thing that a person decides. Every payload carries `userErrors`; nothing is written when
/// it has any.
#[derive(Default, MergedObject)]
pub struct Mutation(
    CouncilMutation,
    ProgrammeMutation,
    SeasonMutation,
    PeerMutation,
    ChallengeMutation,
    TeamMutation,
    SeasonPlanMutation,
    InvitationMutation,
    VisitMutation,
    ReportMutation,
    NoticeMutation,
    PictureMutation,
    ApiKeyMutation,
);

/// Following what happens, over WebSocket or server-sent events. Each event is told only to those who may see it; a challenge
/// that leaves the viewer's sight falls silent. A subscription that missed events ends with `EVENTS_LOST`: read again, then
/// subscribe again.
#[derive(Default, MergedSubscription)]
pub struct Subscription(LiveSubscription, SeasonPlanSubscription);

/// The service's schema.
pub type PeerChallengeSchema = Schema<Query, Mutation, Subscription>;

/// The schema over a database, with fresh loaders for every request.
pub struct Executor {
    schema: PeerChallengeSchema,
    database: Database,
    news: News,
    links: Option<Links>,
}

impl Executor {
    /// Over this database; `feed` tells what changes in it. Must be called on the runtime where requests run.
    pub fn new(database: Database, feed: Feed) -> Self {
        let news = News::start(database.clone(), &feed);
        Self {
            schema: builder().data(news.clone()).data(database.clone()).data(feed).finish(),
            database,
            news,
            links: None,
        }
    }

    /// With links to invitations.
    #[must_use]
    pub fn with_links(self, links: Option<Links>) -> Self {
        Self { links, ..self }
    }

    /// How many subscriptions hear of changes at this moment.
    pub fn listeners(&self) -> usize {
        self.news.listeners()
    }

    /// The request with fresh loaders.
    fn equipped(&self, request: Request) -> Request {
        let viewer = request
            .data
            .get(&TypeId::of::<Viewer>())
            .and_then(|viewer| viewer.downcast_ref::<Viewer>())
            .cloned();
        let loaders = loaders(self.database.clone(), viewer);
        let request = request.data(loaders);
        match &self.links {
            Some(links) => request.data(links.clone()),
            None => request,
        }
    }
}

#[async_trait::async_trait]
impl Execute for Executor {
    async fn execute(&self, request: Request) -> Response {
        self.schema.execute(self.equipped(request)).await
    }

    fn subscribe(&self, request: Request) -> BoxStream<'static, Response> {
        self.schema.execute_stream(self.equipped(request))
    }

    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    fn needs_viewer(&self) -> bool {
        true
    }

    fn pages(&self) -> Pages {
        Pages {
            usual: page::DEFAULT_PAGE as u64,
            most: page::MAX_PAGE as u64,
        }
    }
}

/// The schema's definition (SDL), byte for byte what `schema.graphql` holds.
pub fn definition() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by();
    let mut text = builder().finish().sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    // The front door costs documents before the library sees them; these are a second fence.
    Schema::build(Query::default(), Mutation::default(), Subscription::default()).limit_depth(20)
}

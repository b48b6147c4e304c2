//! A server on a free port with a tiny schema whose fields behave and misbehave on demand.

use std::{sync::Arc, time::Duration};

use async_graphql::{Error, ErrorExtensions, Object, Schema};
use chrono::{DateTime, Utc};
use peer_challenge::{
    auth::{Keys, LocalKey, Verifier, VerifierSettings, Viewer, ViewerRole},
    clock::{Clock, ManualClock},
    http::{self, HttpOptions, NotReady, Probe, RequestId, Running, ServeError, Service},
    ids::{IdGenerator, SeededIds},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use super::events::Subscription;

pub(super) const GRAPHQL: &str = "application/graphql-response+json";
pub(super) const JSON: &str = "application/json";

/// Query root.
pub(super) struct Query {
    started: watch::Sender<u32>,
}

pub(super) fn coded(code: &str) -> Error {
    Error::new("A text for the client").extend_with(|_, extensions| extensions.set("code", code))
}

#[Object]
impl Query {
    async fn ok(&self) -> bool {
        true
    }

    async fn echo(&self, text: String, list: Option<Vec<i32>>) -> String {
        format!("{text}{}", list.map_or(0, |list| list.len()))
    }

    async fn day(&self, on: chrono::NaiveDate) -> String {
        on.to_string()
    }

    async fn who(&self, context: &async_graphql::Context<'_>) -> String {
        let viewer = context.data_unchecked::<Option<Viewer>>();
        assert_eq!(viewer.as_ref(), context.data_opt::<Viewer>());
        viewer.as_ref().map_or("nobody".to_owned(), |viewer| {
            format!("{} {}", viewer.role_code(), viewer.subject)
        })
    }

    async fn request_id(&self, context: &async_graphql::Context<'_>) -> String {
        context.data_unchecked::<Arc<dyn Clock>>();
        context.data_unchecked::<Arc<dyn IdGenerator>>();
        context.data_unchecked::<RequestId>().0.clone()
    }

    async fn maybe(&self, code: String) -> async_graphql::Result<Option<bool>> {
        Err(coded(&code))
    }

    async fn surely(&self, code: String) -> async_graphql::Result<bool> {
        Err(coded(&code))
    }

    async fn leak(&self) -> async_graphql::Result<Option<bool>> {
        Err(std::io::Error::other("password=hunter2 at /srv/secret.db").into())
    }

    async fn panics(&self) -> bool {
        assert!(self.started.is_closed(), "secret of the panic");
        true
    }

    async fn slow(&self, milliseconds: u64) -> bool {
        self.started.send_modify(|count| *count += 1);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        true
    }

    #[graphql(name = "self")]
    async fn itself(&self) -> Nested {
        Nested
    }
}

struct Nested;

#[Object]
impl Nested {
    async fn ok(&self) -> bool {
        true
    }

    #[graphql(name = "self")]
    async fn itself(&self) -> Nested {
        Nested
    }
}

/// Mutation root.
pub(super) struct Mutation {
    runs: watch::Sender<u32>,
}

#[Object]
impl Mutation {
    async fn run(&self) -> u32 {
        self.runs.send_modify(|count| *count += 1);
        *self.runs.borrow()
    }
}

/// A probe that says what the test wants.
struct Said(watch::Receiver<Option<NotReady>>);

impl Probe for Said {
    fn probe(&self) -> std::pin::Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>> {
        let state = *self.0.borrow();
        Box::pin(async move { state.map_or(Ok(()), Err) })
    }
}

/// The server and its handles.
pub(super) struct TestServer {
    pub(super) running: Running,
    pub(super) base: String,
    pub(super) clock: Arc<ManualClock>,
    pub(super) runs: watch::Receiver<u32>,
    pub(super) started: watch::Receiver<u32>,
    /// Subscriptions that run.
    pub(super) open: watch::Receiver<u32>,
    pub(super) not_ready: watch::Sender<Option<NotReady>>,
    pub(super) key: LocalKey,
    pub(super) executor: Arc<Schema<Query, Mutation, Subscription>>,
    _dir: TempDir,
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

impl TestServer {
    pub(super) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(super) fn start_with(change: impl FnOnce(&mut HttpOptions)) -> Self {
        Self::try_start(change).unwrap()
    }

    pub(super) fn try_start(change: impl FnOnce(&mut HttpOptions)) -> Result<Self, ServeError> {
        let dir = tempfile::tempdir().unwrap();
        let key = LocalKey::load_or_create(dir.path()).unwrap();
        let clock = Arc::new(ManualClock::at(noon()));
        let shared: Arc<dyn Clock> = clock.clone();
        let settings = VerifierSettings::new("issuer", "audience", jsonwebtoken::Algorithm::EdDSA);
        let verifier = Verifier::new(settings, Keys::Fixed(key.key_set().unwrap()), shared.clone());
        let (runs, seen_runs) = watch::channel(0);
        let (started, seen_started) = watch::channel(0);
        let (not_ready, said) = watch::channel(None);
        let (open, seen_open) = watch::channel(0);
        let mut options = HttpOptions::on("127.0.0.1:0".parse().unwrap());
        change(&mut options);
        let subscription = Subscription { open: open.clone() };
        let executor = Arc::new(Schema::new(Query { started }, Mutation { runs }, subscription));
        let running = http::start(Service {
            executor: executor.clone(),
            verifier: Arc::new(verifier),
            probe: Arc::new(Said(said)),
            pages: Vec::new(),
            ids: Arc::new(SeededIds::new(shared.clone(), 1)),
            clock: shared,
            options,
        })?;
        let base = format!("http://{}", running.address());
        Ok(Self {
            running,
            base,
            clock,
            runs: seen_runs,
            started: seen_started,
            open: seen_open,
            not_ready,
            key,
            executor,
            _dir: dir,
        })
    }

    /// A council's token.
    pub(super) fn token(&self) -> String {
        self.token_of(ViewerRole::Council {
            council: "E06000001".into(),
        })
    }

    pub(super) fn token_of(&self, role: ViewerRole) -> String {
        let viewer = Viewer::new("sponsor", role);
        self.key
            .mint(&viewer, "issuer", "audience", noon(), Duration::from_hours(1))
            .unwrap()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A POST with the usual headers; `accept` decides the media type.
    pub(super) async fn post(&self, accept: &str, body: &Value) -> Answer {
        let request = client().post(self.url("/graphql")).header("accept", accept).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(super) async fn query(&self, document: &str) -> Answer {
        self.post(GRAPHQL, &json!({ "query": document })).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        Answer::of(
            client()
                .get(self.url(path))
                .header("accept", GRAPHQL)
                .send()
                .await
                .unwrap(),
        )
        .await
    }
}

pub(super) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the first error; every error must have one, and the request's id.
    pub(super) fn code(&self) -> String {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {json}"));
        for error in errors {
            assert!(
                error["message"].as_str().is_some_and(|text| !text.is_empty()),
                "{error}"
            );
            assert!(error["extensions"]["code"].is_string(), "{error}");
            assert_eq!(
                error["extensions"]["requestId"].as_str(),
                Some(self.header("x-request-id")),
                "{error}"
            );
        }
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// Asserts status and code, and that there is no `data` member.
    pub(super) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.text);
        assert!(self.json().get("data").is_none(), "{}", self.text);
    }
}

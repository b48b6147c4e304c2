//! The subscriptions of the tiny schema: as many events as asked for, none, too many, and ones that go wrong.

use std::time::Duration;

use async_graphql::{Context, Object};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use peer_challenge::http::Pulse;
use tokio::sync::watch;

use super::server::coded;

/// Subscription root.
pub(super) struct Subscription {
    /// How many streams are open.
    pub(super) open: watch::Sender<u32>,
}

/// Counts a stream for as long as it lives.
struct Open(watch::Sender<u32>);

impl Open {
    fn new(count: &watch::Sender<u32>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Keeps `open` for as long as a stream looks at its items with this.
fn held<T>(open: Open) -> impl Fn(&T) + Send + 'static {
    move |_| {
        let _ = &open;
    }
}

/// An event whose parts take their time.
pub(super) struct Event(u64);

#[Object]
impl Event {
    async fn slow(&self) -> bool {
        tokio::time::sleep(Duration::from_millis(self.0)).await;
        true
    }

    async fn panics(&self) -> bool {
        assert!(self.0 > 1_000_000, "secret of the panic");
        true
    }

    async fn leak(&self) -> async_graphql::Result<Option<bool>> {
        Err(std::io::Error::other("password=hunter2").into())
    }
}

#[async_graphql::Subscription]
impl Subscription {
    /// Numbers from 1, one every few milliseconds.
    async fn ticks(&self, count: u64, milliseconds: u64) -> BoxStream<'static, u64> {
        let open = Open::new(&self.open);
        stream::iter(1..=count)
            .then(move |number| async move {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                number
            })
            .inspect(held(open))
            .boxed()
    }

    /// Nothing, ever.
    async fn silence(&self) -> BoxStream<'static, bool> {
        let open = Open::new(&self.open);
        stream::pending().inspect(held(open)).boxed()
    }

    /// As much text as the reader takes.
    async fn flood(&self, bytes: usize) -> BoxStream<'static, String> {
        let open = Open::new(&self.open);
        stream::repeat_with(move || "x".repeat(bytes))
            .inspect(held(open))
            .boxed()
    }

    /// An event whose `slow` takes `milliseconds`.
    async fn event(&self, ctx: &Context<'_>, milliseconds: u64) -> BoxStream<'static, Event> {
        let pulse = ctx.data_unchecked::<Pulse>().clone();
        stream::once(async move {
            pulse.beat();
            Event(milliseconds)
        })
        .boxed()
    }

    /// One event, then the end by an error.
    async fn breaks(&self, code: String) -> BoxStream<'static, async_graphql::Result<u32>> {
        stream::iter([Ok(1), Err(coded(&code))]).boxed()
    }

    /// Refused before the first event.
    async fn never(&self, code: String) -> async_graphql::Result<BoxStream<'static, u32>> {
        Err(coded(&code))
    }
}

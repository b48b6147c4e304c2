//! Sockets that do not wait for ever.
//!
//! actix-http 3.20 limits the time of the first head on a connection, and of idling between two requests; a client that
//! sends one byte of its second request, or that never reads its answer, is waited for without end. So every socket is
//! wrapped: it is cut
//! - when no request has begun for [`Patience::idle`] although none is being answered, whatever bytes arrive meanwhile;
//! - when the client takes nothing of an answer for [`Patience::write`].
//!
//! What is being answered is counted by [`Held`], which travels with the answer's body: event streams and WebSockets
//! live as long as they have something to say.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::budget;

/// How long a socket is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    /// For the whole head of the next request.
    pub(super) idle: Duration,
    /// For the client to take some bytes of an answer.
    pub(super) write: Duration,
}

/// What one connection is doing; shared by its socket and its requests, which all live on one thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Activity(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Requests that are being answered.
    open: Cell<usize>,
    /// Requests that have begun, to tell one pause from the next.
    begun: Cell<u64>,
}

impl Activity {
    /// A request begins; it ends when the value is dropped.
    pub(super) fn begin(&self) -> Held {
        self.0.open.set(self.0.open.get() + 1);
        self.0.begun.set(self.0.begun.get().wrapping_add(1));
        Held(self.clone())
    }

    fn is_idle(&self) -> bool {
        self.0.open.get() == 0
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Held(Activity);

impl Drop for Held {
    fn drop(&mut self) {
        let counts = &self.0.0;
        counts.open.set(counts.open.get().saturating_sub(1));
    }
}

/// A body that keeps its request open until it is sent.
pub(super) struct HeldBody<B> {
    body: Pin<Box<B>>,
    _held: Option<Held>,
}

impl<B> HeldBody<B> {
    pub(super) fn new(body: B, held: Option<Held>) -> Self {
        Self {
            body: Box::pin(body),
            _held: held,
        }
    }
}

impl<B: MessageBody> MessageBody for HeldBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(cx)
    }
}

/// A socket with an end to its patience.
pub(super) struct Socket<T> {
    io: T,
    activity: Activity,
    patience: Patience,
    /// Since which request nothing has begun, and until when that may last.
    idle: Option<(u64, Pin<Box<Sleep>>)>,
    write: Option<Pin<Box<Sleep>>>,
}

impl<T> Socket<T> {
    pub(super) fn new(io: T, patience: Patience) -> Self {
        Self {
            io,
            activity: Activity::default(),
            patience,
            idle: None,
            write: None,
        }
    }

    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Whether the client has been idle for too long.
    fn idle_for_too_long(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.activity.is_idle() {
            self.idle = None;
            return false;
        }
        let begun = self.activity.0.begun.get();
        let (since, end) = self
            .idle
            .get_or_insert_with(|| (begun, Box::pin(sleep(self.patience.idle))));
        if *since != begun {
            *since = begun;
            end.as_mut().reset(tokio::time::Instant::now() + self.patience.idle);
        }
        end.as_mut().poll(cx).is_ready()
    }

    /// Passes a write on, unless the client has taken nothing for too long.
    fn written<R>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if result.is_ready() {
            self.write = None;
            return result;
        }
        let end = self.write.get_or_insert_with(|| Box::pin(sleep(self.patience.write)));
        ready!(end.as_mut().poll(cx));
        Poll::Ready(Err(gave_up("write_time")))
    }
}

fn gave_up(limit: &'static str) -> io::Error {
    budget::count(limit);
    io::Error::from(io::ErrorKind::TimedOut)
}

impl<T: AsyncRead + Unpin> AsyncRead for Socket<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.io).poll_read(cx, buffer);
        if result.is_pending() && self.idle_for_too_long(cx) {
            return Poll::Ready(Err(gave_up("head_time")));
        }
        result
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Socket<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write_vectored(cx, buffers);
        self.written(cx, result)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::{Instant, timeout},
    };

    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_millis(200),
        write: Duration::from_millis(200),
    };
    const LONG: Duration = Duration::from_secs(20);

    fn timed_out<T: std::fmt::Debug>(result: io::Result<T>) {
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_dribbles_is_cut_though_bytes_arrive() {
        let (server, mut client) = duplex(64);
        let mut socket = Socket::new(server, PATIENCE);
        let dribble = tokio::spawn(async move {
            loop {
                if client.write_all(b"x").await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let start = Instant::now();
        let mut text = Vec::new();
        timed_out(timeout(LONG, socket.read_to_end(&mut text)).await.unwrap());
        assert!(start.elapsed() >= PATIENCE.idle && !text.is_empty());
        drop(socket);
        timeout(LONG, dribble).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_request_that_is_answered_may_take_its_time_and_the_next_pause_counts_anew() {
        let (server, mut client) = duplex(64);
        let mut socket = Socket::new(server, PATIENCE);
        let held = socket.activity().begin();
        let mut byte = [0];
        let nothing = timeout(PATIENCE.idle * 3, socket.read(&mut byte)).await;
        assert!(nothing.is_err(), "still waiting");
        drop(held);
        // The next request begins before its patience ends: what counts is the pause after it.
        assert!(timeout(PATIENCE.idle / 2, socket.read(&mut byte)).await.is_err());
        drop(socket.activity().begin());
        client.write_all(b"y").await.unwrap();
        assert_eq!(socket.read(&mut byte).await.unwrap(), 1);
        let start = Instant::now();
        timed_out(timeout(LONG, socket.read(&mut byte)).await.unwrap());
        assert!(start.elapsed() >= PATIENCE.idle / 2, "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_cut() {
        let (server, mut client) = duplex(64);
        let mut socket = Socket::new(server, PATIENCE);
        timed_out(timeout(LONG, socket.write_all(&[0; 1_000])).await.unwrap());
        // Whoever takes something now and then is not.
        let (server, mut other) = duplex(64);
        let mut socket = Socket::new(server, PATIENCE);
        let slowly = tokio::spawn(async move {
            let mut some = [0; 64];
            for _ in 0..16 {
                tokio::time::sleep(PATIENCE.write / 8).await;
                other.read_exact(&mut some).await.unwrap();
            }
        });
        timeout(LONG, socket.write_all(&[0; 1_024])).await.unwrap().unwrap();
        timeout(LONG, slowly).await.unwrap().unwrap();
        assert_eq!(client.read(&mut [0; 64]).await.unwrap(), 64);
    }
}

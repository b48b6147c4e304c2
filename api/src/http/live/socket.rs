//! A WebSocket that speaks `graphql-transport-ws`: frames in, steps of the `protocol`, results out.
//!
//! One task of the HTTP worker per socket; operations run on the main runtime and share one short queue per socket, so a
//! client that does not read stops its own operations first and loses its socket after the send time-out. A socket ends
//! with a close code when the protocol says so, when its token ends, when the client goes silent, and when the service
//! stops.

use std::{collections::HashMap, net::IpAddr, ops::ControlFlow, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError, Session};
use async_graphql::parser::types::OperationType;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Holder,
    admission::Seat,
    operation::{self, Delivery},
    origin,
    protocol::{self, Close, Credentials, Protocol, Step, code},
};
use crate::auth::Viewer;
use crate::http::{
    RequestId, client,
    errors::{self, ErrorCode, Phase, Refusal},
    hints::Hints,
    idempotency,
    observe::Observed,
    params::Params,
    pipeline::{self, AbortOnDrop, Prepared},
    rate::Caller,
    server::Shared,
};

/// Results that wait for the client to read, for all operations of one socket.
const QUEUE: usize = 8;
/// How long a close frame may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);
/// The longest reason that fits into a close frame, in bytes.
const REASON_BYTES: usize = 123;

/// Whether the request wants to become a WebSocket.
pub(in super::super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Answers the handshake; the socket then lives in a task of its own.
pub(in super::super) fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    shared: &web::Data<Shared>,
    id: RequestId,
) -> Result<HttpResponse, Refusal> {
    if shared.draining() {
        let message = "The service is stopping; connect again.";
        return Err(Refusal::http(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::InternalServerError,
            message,
        ));
    }
    if !origin::is_allowed(request.headers(), &shared.options.cors_origins) {
        let message = "Pages of this origin may not connect.";
        return Err(Refusal::http(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    let address = client::address(request, &shared.options.trusted_proxies);
    shared.rate.request(&Caller::of(None, address))?;
    let seat = shared.admission.enter("websocket").ok_or_else(|| {
        let message = "Too many connections are open; try again later.";
        Refusal::http(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::RateLimited, message)
    })?;
    let (response, session, frames) = actix_ws::handle_with_protocols(request, payload, &[protocol::NAME])
        .map_err(|_| Refusal::malformed("The WebSocket handshake is not well-formed."))?;
    if !response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Err(Refusal::malformed(format!(
            "Ask for the sub-protocol {} in Sec-WebSocket-Protocol.",
            protocol::NAME
        )));
    }
    let most = shared.options.limits.body_bytes;
    let frames = frames
        .max_frame_size(most)
        .aggregate_continuations()
        .max_continuation_size(most);
    let (queue, results) = mpsc::channel(QUEUE);
    let socket = Socket {
        protocol: Protocol::new(shared.options.live.operations_per_socket),
        shared: shared.clone(),
        id,
        seat,
        session,
        holder: None,
        address,
        operations: HashMap::new(),
        queue,
        heard: Instant::now(),
    };
    actix_web::rt::spawn(socket.run(frames, results));
    Ok(response)
}

/// The client's id of an operation and its ticket.
type Key = (std::sync::Arc<str>, u64);

/// Why the loop ends: the client is gone, or it is told to go.
type End = Option<Close>;

struct Socket {
    shared: web::Data<Shared>,
    id: RequestId,
    seat: Seat,
    session: Session,
    protocol: Protocol,
    holder: Option<Holder>,
    /// Whose requests these are before anybody has signed in.
    address: IpAddr,
    operations: HashMap<u64, AbortOnDrop>,
    queue: mpsc::Sender<(Key, Delivery)>,
    heard: Instant,
}

impl Socket {
    async fn run(mut self, mut frames: AggregatedMessageStream, mut results: mpsc::Receiver<(Key, Delivery)>) {
        let end = self.serve(&mut frames, &mut results).await;
        // Nothing more may be sent, and nothing more may run.
        self.operations.clear();
        let code = end.as_ref().map_or(1000, |close| close.code);
        metrics::counter!("peer_challenge_live_closed_total", "code" => code_label(code)).increment(1);
        tracing::debug!(request_id = %self.id.0, code, "a socket closed");
        if let Some(close) = end {
            let reason = CloseReason {
                code: CloseCode::from(close.code),
                description: Some(shortened(close.reason)),
            };
            let _ = timeout(FAREWELL, self.session.close(Some(reason))).await;
        } else {
            let _ = timeout(FAREWELL, self.session.close(None)).await;
        }
    }

    async fn serve(
        &mut self,
        frames: &mut AggregatedMessageStream,
        results: &mut mpsc::Receiver<(Key, Delivery)>,
    ) -> End {
        let shared = self.shared.clone();
        let mut draining = shared.drained();
        let patience = sleep(shared.options.live.init_timeout);
        tokio::pin!(patience);
        let mut greeted = false;
        let mut due = Instant::now() + shared.options.live.keep_alive;
        loop {
            let step = tokio::select! {
                biased;
                _ = draining.wait_for(|draining| *draining) => {
                    return Some(Close::new(code::GOING_AWAY, "The service is stopping"));
                }
                () = &mut patience, if !greeted => {
                    greeted = true;
                    match self.protocol.init_overdue() {
                        Some(close) => ControlFlow::Break(Some(close)),
                        None => ControlFlow::Continue(()),
                    }
                }
                () = sleep_until(due) => {
                    let step = self.sign_of_life().await;
                    due = Instant::now() + self.pause();
                    step
                }
                frame = frames.recv() => match frame {
                    None => return None,
                    Some(frame) => {
                        self.heard = Instant::now();
                        let step = self.frame(frame).await;
                        // The credentials may have just come, and end soon.
                        due = due.min(Instant::now() + self.pause());
                        step
                    }
                },
                Some((key, delivery)) = results.recv() => self.deliver(&key, delivery).await,
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    /// Until the next look at the connection and its credentials.
    fn pause(&self) -> Duration {
        let keep_alive = self.shared.options.live.keep_alive;
        self.holder
            .as_ref()
            .map_or(keep_alive, |holder| holder.quiet_for(keep_alive, &self.shared))
            // An end that has passed is found at once; one that is about to come is not asked for in a busy loop.
            .max(Duration::from_millis(10))
    }

    async fn sign_of_life(&mut self) -> ControlFlow<End> {
        if self.heard.elapsed() > self.shared.options.live.idle_timeout {
            return ControlFlow::Break(Some(Close::new(code::GOING_AWAY, "The client went silent")));
        }
        if let Some(holder) = &mut self.holder
            && let Err(lost) = holder.check(&self.shared, &self.id).await
        {
            return ControlFlow::Break(Some(Close::new(code::FORBIDDEN, lost.reason())));
        }
        within(self.shared.options.live.send_timeout, self.session.ping(b"")).await
    }

    async fn frame(&mut self, frame: Result<AggregatedMessage, ProtocolError>) -> ControlFlow<End> {
        match frame {
            Ok(AggregatedMessage::Text(text)) => self.message(&text).await,
            Ok(AggregatedMessage::Binary(_)) => {
                ControlFlow::Break(Some(Close::new(code::BAD_MESSAGE, "Messages are text, not binary.")))
            }
            Ok(AggregatedMessage::Ping(bytes)) => {
                within(self.shared.options.live.send_timeout, self.session.pong(&bytes)).await
            }
            Ok(AggregatedMessage::Pong(_)) => ControlFlow::Continue(()),
            Ok(AggregatedMessage::Close(_)) => ControlFlow::Break(None),
            Err(error) => ControlFlow::Break(Some(broken(&error))),
        }
    }

    async fn message(&mut self, text: &str) -> ControlFlow<End> {
        match self.protocol.receive(text) {
            Err(close) => ControlFlow::Break(Some(close)),
            Ok(Step::Nothing) => ControlFlow::Continue(()),
            Ok(Step::Reply(text)) => self.send(text).await,
            Ok(Step::Authenticate(credentials)) => self.authenticate(credentials).await,
            Ok(Step::Stop(ticket)) => {
                self.operations.remove(&ticket);
                ControlFlow::Continue(())
            }
            Ok(Step::Full { id }) => {
                metrics::counter!("peer_challenge_limits_total", "limit" => "operations_per_socket").increment(1);
                let most = self.shared.options.live.operations_per_socket;
                let message = format!("A socket may run {most} operations at a time; complete one first.");
                Observed::new().outcome(ErrorCode::RateLimited.as_str());
                let mut errors = vec![errors::error(ErrorCode::RateLimited, message)];
                errors::finish(&mut errors, Phase::Request, Hints::TakenOut, &self.id);
                self.send(protocol::error(&id, &errors)).await
            }
            Ok(Step::Start { ticket, id, params }) => {
                self.check_time()?;
                let viewer = self.holder.as_ref().map(|holder| holder.viewer().clone());
                // Every operation has a name of its own in the log and the audit record.
                let request_id = RequestId(self.shared.ids.next_id().to_string());
                let observed = Observed::new();
                let prepared = self.prepare(params, viewer, &request_id, &observed);
                let prepared = prepared.inspect_err(|refusal| observed.refused(refusal));
                let key = (id.into(), ticket);
                let handle = operation::start(&self.shared, prepared, request_id, key, self.queue.clone());
                self.operations.insert(ticket, handle);
                ControlFlow::Continue(())
            }
        }
    }

    fn prepare(
        &self,
        params: Params,
        viewer: Option<Viewer>,
        id: &RequestId,
        observed: &Observed,
    ) -> Result<Prepared, Refusal> {
        let caller = Caller::of(viewer.as_ref(), self.address);
        self.shared.rate.request(&caller)?;
        let key = params.idempotency_key.clone();
        let prepared = pipeline::prepare(&self.shared, params, viewer, &caller, id, observed)?;
        if prepared.kind == OperationType::Mutation {
            Ok(prepared.once(idempotency::of_extension(key.as_ref())?))
        } else {
            Ok(prepared)
        }
    }

    async fn authenticate(&mut self, credentials: Credentials) -> ControlFlow<End> {
        let refuse = |code, reason: &str| ControlFlow::Break(Some(Close::new(code, reason)));
        let judged = match credentials {
            Credentials::None => {
                let reason = "connection_init must carry a bearer token in \"Authorization\" or \"token\".";
                return refuse(code::UNAUTHORISED, reason);
            }
            Credentials::Token(token) => Holder::judge(&token, &self.shared).await,
            Credentials::Header(value) => Holder::judge_header(&value, &self.shared).await,
        };
        match judged {
            Ok(holder) if self.seat.claim(holder.viewer()) => {
                self.holder = Some(holder);
                let text = self.protocol.acknowledge();
                self.send(text).await
            }
            Ok(_) => refuse(code::TRY_AGAIN_LATER, "Too many connections of this viewer are open."),
            Err(error) if error.is_outage() => {
                tracing::error!(request_id = %self.id.0, %error, "tokens cannot be verified");
                refuse(code::TRY_AGAIN_LATER, "Tokens cannot be verified at the moment.")
            }
            Err(error) => {
                tracing::info!(request_id = %self.id.0, reason = %error, "a token was refused");
                refuse(code::FORBIDDEN, "The bearer token is not valid.")
            }
        }
    }

    async fn deliver(&mut self, (id, ticket): &Key, delivery: Delivery) -> ControlFlow<End> {
        if !self.protocol.is_current(id, *ticket) {
            // Completed by the client in the meantime.
            return ControlFlow::Continue(());
        }
        self.check_time()?;
        let text = match delivery {
            Delivery::Next(json) => return self.send(protocol::next(id, &json)).await,
            Delivery::Failed(errors) => protocol::error(id, &errors),
            Delivery::Done => protocol::complete(id),
        };
        self.operations.remove(ticket);
        self.protocol.ended(id);
        self.send(text).await
    }

    /// Nothing starts and nothing is told after the credentials' end.
    fn check_time(&self) -> ControlFlow<End> {
        let lost = self
            .holder
            .as_ref()
            .and_then(|holder| holder.check_time(&self.shared).err());
        match lost {
            Some(lost) => ControlFlow::Break(Some(Close::new(code::FORBIDDEN, lost.reason()))),
            None => ControlFlow::Continue(()),
        }
    }

    async fn send(&mut self, text: String) -> ControlFlow<End> {
        within(self.shared.options.live.send_timeout, self.session.text(text)).await
    }
}

/// Sends a frame, unless the socket is closed or stuck.
async fn within(limit: Duration, sending: impl Future<Output = Result<(), Closed>>) -> ControlFlow<End> {
    match timeout(limit, sending).await {
        Ok(Ok(())) => ControlFlow::Continue(()),
        Ok(Err(Closed)) => ControlFlow::Break(None),
        Err(_) => ControlFlow::Break(Some(Close::new(code::POLICY, "The client does not read"))),
    }
}

fn broken(error: &ProtocolError) -> Close {
    match error {
        ProtocolError::Overflow => Close::new(code::TOO_BIG, "The message is too large"),
        ProtocolError::Io(cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
            Close::new(code::INVALID_TEXT, "The text is no UTF-8")
        }
        // The library has no kind of its own for continuations that add up to too much.
        ProtocolError::Io(cause) if cause.to_string().contains("continuation size") => {
            Close::new(code::TOO_BIG, "The message is too large")
        }
        _ => Close::new(code::PROTOCOL, "The frame is not well-formed"),
    }
}

fn shortened(mut reason: String) -> String {
    let end = (0..=REASON_BYTES.min(reason.len()))
        .rev()
        .find(|at| reason.is_char_boundary(*at));
    reason.truncate(end.unwrap_or(0));
    reason
}

/// Close codes of ours as labels; a closed list.
fn code_label(code: u16) -> &'static str {
    match code {
        1000 => "1000",
        code::GOING_AWAY => "1001",
        code::PROTOCOL => "1002",
        code::INVALID_TEXT => "1007",
        code::POLICY => "1008",
        code::TOO_BIG => "1009",
        code::TRY_AGAIN_LATER => "1013",
        code::BAD_MESSAGE => "4400",
        code::UNAUTHORISED => "4401",
        code::FORBIDDEN => "4403",
        code::INIT_TIMEOUT => "4408",
        code::DUPLICATE => "4409",
        code::TOO_MANY_INITS => "4429",
        _ => "other",
    }
}

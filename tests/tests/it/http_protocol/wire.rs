//! A WebSocket client for tests: frames as they are, nothing done by itself.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

pub(crate) const PROTOCOL: &str = "graphql-transport-ws";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
pub(crate) struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Wire {
    /// Connects with these headers; a refused handshake gives its status.
    pub(crate) async fn connect(base: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = format!("{}/graphql", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                let chosen = response.headers().get("sec-websocket-protocol");
                assert_eq!(chosen.unwrap(), PROTOCOL);
                Ok(Self { socket })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Connects as a client should.
    pub(crate) async fn open(base: &str) -> Self {
        Self::connect(base, &[("sec-websocket-protocol", PROTOCOL)])
            .await
            .unwrap()
    }

    /// Connects and greets with this token.
    pub(crate) async fn ready(base: &str, token: &str) -> Self {
        let mut wire = Self::open(base).await;
        wire.init(token).await;
        assert_eq!(wire.next().await, json!({"type": "connection_ack"}));
        wire
    }

    pub(crate) async fn init(&mut self, token: &str) {
        let payload = json!({"Authorization": format!("Bearer {token}")});
        self.send(&json!({"type": "connection_init", "payload": payload})).await;
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.raw(Message::text(message.to_string())).await;
    }

    pub(crate) async fn raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.subscribe_with(id, query, json!({})).await;
    }

    pub(crate) async fn subscribe_with(&mut self, id: &str, query: &str, variables: Value) {
        self.subscribe_as(id, json!({"query": query, "variables": variables}))
            .await;
    }

    /// Starts an operation whose payload is this.
    pub(crate) async fn subscribe_as(&mut self, id: &str, payload: Value) {
        self.send(&json!({"id": id, "type": "subscribe", "payload": payload}))
            .await;
    }

    /// The next frame of any kind.
    pub(crate) async fn frame(&mut self) -> Option<Message> {
        let frame = timeout(PATIENCE, self.socket.next()).await.unwrap();
        frame.and_then(Result::ok)
    }

    /// The next message; pings in between are answered by the library.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }

    /// The result of `id`, which must come next.
    pub(crate) async fn result(&mut self, id: &str) -> Value {
        let mut message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!(id)),
            "{message}"
        );
        message["payload"].take()
    }

    /// Asserts that `id` is completed next.
    pub(crate) async fn completed(&mut self, id: &str) {
        assert_eq!(self.next().await, json!({"id": id, "type": "complete"}));
    }

    /// The code of the only error of `id`, which must come next.
    pub(crate) async fn failed(&mut self, id: &str) -> String {
        let message = self.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!(id)),
            "{message}"
        );
        let errors = message["payload"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{message}");
        assert!(errors[0]["extensions"]["requestId"].is_string(), "{message}");
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// Waits for the server to close, and gives code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Message::Text(_) | Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    }

    /// Whether nothing but pings comes for a while.
    pub(crate) async fn is_silent(&mut self, time: Duration) -> bool {
        let message = timeout(time, self.next()).await;
        message.is_err()
    }
}

//! The protocol `graphql-transport-ws`, without any socket: text in, steps and close codes out.
//!
//! Written against the public PROTOCOL document of the package `graphql-ws`. Invariants: operations are only started on a
//! connection that was acknowledged; an id has at most one running operation; whatever the protocol calls fatal comes back
//! as a [`Close`] with its code.
//!
//! Neighbours: `socket` (the glue to a real socket), `params` (reads the payload of `subscribe`).

use std::collections::HashMap;

use async_graphql::ServerError;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::params::{self, Params};

/// The sub-protocol that a client must ask for.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Longest id of an operation, in bytes; ids are echoed with every event.
const MAX_ID_BYTES: usize = 256;

/// Why a socket is closed by the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Close {
    /// The close code of RFC 6455 or of the protocol.
    pub(super) code: u16,
    /// The reason in words, for people.
    pub(super) reason: String,
}

/// Close codes; those from 4400 on are the protocol's.
pub(super) mod code {
    /// The service is stopping, or the peer went silent.
    pub(in super::super) const GOING_AWAY: u16 = 1001;
    /// A frame that RFC 6455 does not allow.
    pub(in super::super) const PROTOCOL: u16 = 1002;
    /// Text that is no UTF-8.
    pub(in super::super) const INVALID_TEXT: u16 = 1007;
    /// The peer does not read what it subscribed to.
    pub(in super::super) const POLICY: u16 = 1008;
    /// A message beyond the size limit.
    pub(in super::super) const TOO_BIG: u16 = 1009;
    /// Not now: too many connections, or tokens cannot be verified.
    pub(in super::super) const TRY_AGAIN_LATER: u16 = 1013;
    /// A message that the protocol does not know.
    pub(in super::super) const BAD_MESSAGE: u16 = 4400;
    /// Nobody has been acknowledged.
    pub(in super::super) const UNAUTHORISED: u16 = 4401;
    /// The credentials are refused, or no longer valid.
    pub(in super::super) const FORBIDDEN: u16 = 4403;
    /// `connection_init` did not come in time.
    pub(in super::super) const INIT_TIMEOUT: u16 = 4408;
    /// The id has a running operation.
    pub(in super::super) const DUPLICATE: u16 = 4409;
    /// `connection_init` came twice.
    pub(in super::super) const TOO_MANY_INITS: u16 = 4429;
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    fn bad_message(reason: impl Into<String>) -> Self {
        Self::new(code::BAD_MESSAGE, reason)
    }
}

/// What to do about a message.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Find out who this is, then call [`Protocol::acknowledge`] or close.
    Authenticate(Credentials),
    /// Send this text.
    Reply(String),
    /// Start an operation under this ticket.
    Start {
        /// The ticket; deliveries carry it, so that those of an earlier operation with the same id are told apart.
        ticket: u64,
        /// The client's id.
        id: String,
        /// The request.
        params: Params,
    },
    /// No room for another operation: tell the client.
    Full {
        /// The client's id.
        id: String,
    },
    /// Stop the operation with this ticket.
    Stop(u64),
    /// Nothing.
    Nothing,
}

/// What `connection_init` says about who is there.
#[derive(Debug, PartialEq)]
pub(super) enum Credentials {
    /// Nothing.
    None,
    /// The value of an `Authorization` header.
    Header(String),
    /// A bare token.
    Token(String),
}

/// The state of one connection.
pub(super) struct Protocol {
    /// Whether `connection_init` has come.
    greeted: bool,
    acknowledged: bool,
    running: HashMap<String, u64>,
    most: usize,
    next_ticket: u64,
}

impl Protocol {
    /// A connection that may run `most` operations at a time.
    pub(super) fn new(most: usize) -> Self {
        Self {
            greeted: false,
            acknowledged: false,
            running: HashMap::new(),
            most,
            next_ticket: 0,
        }
    }

    /// What a text message asks for.
    pub(super) fn receive(&mut self, text: &str) -> Result<Step, Close> {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err(Close::bad_message("Messages are JSON objects."));
        };
        let Some(Value::String(kind)) = message.remove("type") else {
            return Err(Close::bad_message("A message needs a \"type\"."));
        };
        match kind.as_str() {
            "connection_init" => {
                if std::mem::replace(&mut self.greeted, true) {
                    return Err(Close::new(code::TOO_MANY_INITS, "Too many initialisation requests"));
                }
                Ok(Step::Authenticate(credentials(payload(&mut message)?)))
            }
            "ping" => Ok(Step::Reply(pong(payload(&mut message)?))),
            "pong" => payload(&mut message).map(|_| Step::Nothing),
            "subscribe" => self.subscribe(&mut message),
            "complete" => {
                let id = id(&mut message)?;
                Ok(self.running.remove(&id).map_or(Step::Nothing, Step::Stop))
            }
            other => {
                let shown: String = other.chars().take(40).collect();
                Err(Close::bad_message(format!("The message type \"{shown}\" is unknown.")))
            }
        }
    }

    fn subscribe(&mut self, message: &mut Map<String, Value>) -> Result<Step, Close> {
        let id = id(message)?;
        let request = message.remove("payload").unwrap_or_default();
        let params = params::from_json(request)
            .map_err(|refusal| Close::bad_message(format!("subscribe: {}", refusal.first_message())))?;
        if !self.acknowledged {
            return Err(Close::new(code::UNAUTHORISED, "Unauthorized"));
        }
        if self.running.contains_key(&id) {
            return Err(Close::new(
                code::DUPLICATE,
                format!("Subscriber for {id} already exists"),
            ));
        }
        if self.running.len() >= self.most {
            return Ok(Step::Full { id });
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.running.insert(id.clone(), ticket);
        Ok(Step::Start { ticket, id, params })
    }

    /// The viewer is known: what to tell the client.
    pub(super) fn acknowledge(&mut self) -> String {
        self.acknowledged = true;
        json!({ "type": "connection_ack" }).to_string()
    }

    /// The time for `connection_init` is over.
    pub(super) fn init_overdue(&self) -> Option<Close> {
        (!self.greeted).then(|| Close::new(code::INIT_TIMEOUT, "Connection initialisation timeout"))
    }

    /// Whether the operation under `id` is still the one with this ticket.
    pub(super) fn is_current(&self, id: &str, ticket: u64) -> bool {
        self.running.get(id) == Some(&ticket)
    }

    /// The operation under `id` has ended by itself; the id is free again.
    pub(super) fn ended(&mut self, id: &str) {
        self.running.remove(id);
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, Close> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= MAX_ID_BYTES => Ok(id),
        _ => Err(Close::bad_message(format!(
            "The message needs an \"id\" of 1 to {MAX_ID_BYTES} bytes."
        ))),
    }
}

fn payload(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, Close> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(Close::bad_message("\"payload\" must be an object or null.")),
    }
}

/// `Authorization` in any case, as headers have it, or else `token`.
fn credentials(payload: Option<Map<String, Value>>) -> Credentials {
    let mut bare = Credentials::None;
    for (name, value) in payload.unwrap_or_default() {
        // What is no text cannot be a token; as an empty one it is refused.
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            _ => String::new(),
        };
        if name.eq_ignore_ascii_case("authorization") {
            return Credentials::Header(text);
        }
        if name == "token" {
            bare = Credentials::Token(text);
        }
    }
    bare
}

fn pong(payload: Option<Map<String, Value>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// A result of an operation; `payload` is JSON already.
pub(super) fn next(id: &str, payload: &str) -> String {
    // The id is quoted by serde, the payload was written by it: the text is valid JSON.
    format!("{{\"id\":{},\"type\":\"next\",\"payload\":{payload}}}", Value::from(id))
}

/// The operation failed and is over.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    #[derive(Serialize)]
    struct Message<'a> {
        id: &'a str,
        r#type: &'static str,
        payload: &'a [ServerError],
    }
    let message = Message {
        id,
        r#type: "error",
        payload: errors,
    };
    serde_json::to_string(&message).unwrap_or_else(|_| complete(id))
}

/// The operation is over.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests;

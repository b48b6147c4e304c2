//! The protocol by itself, message by message.

use super::*;

fn open() -> Protocol {
    Protocol::new(2)
}

fn ready() -> Protocol {
    let mut protocol = open();
    assert!(matches!(
        protocol.receive(r#"{"type":"connection_init"}"#),
        Ok(Step::Authenticate(Credentials::None))
    ));
    assert_eq!(protocol.acknowledge(), r#"{"type":"connection_ack"}"#);
    protocol
}

fn code_of(result: Result<Step, Close>) -> u16 {
    result.unwrap_err().code
}

fn subscribe(id: &str) -> String {
    json!({ "id": id, "type": "subscribe", "payload": { "query": "{ a }" } }).to_string()
}

#[test]
fn whatever_is_no_message_closes_with_4400() {
    for text in [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        r#"{"type":1}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"ping","payload":[]}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"complete","id":""}"#,
        r#"{"type":"complete","id":7}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
        r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
    ] {
        assert_eq!(code_of(ready().receive(text)), 4400, "{text}");
    }
    let senseless = r#"{"type":"connection_init","payload":"token"}"#;
    assert_eq!(code_of(open().receive(senseless)), 4400);
    let long = subscribe(&"x".repeat(257));
    assert_eq!(code_of(ready().receive(&long)), 4400);
    // Deep nesting ends in the parser, not on the stack.
    let deep = format!(
        r#"{{"type":"ping","payload":{{"a":{}{}}}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert_eq!(code_of(ready().receive(&deep)), 4400);
}

#[test]
fn the_connection_is_greeted_once_and_before_anything_runs() {
    assert_eq!(code_of(open().receive(&subscribe("1"))), 4401);
    let mut asked = open();
    assert_eq!(asked.init_overdue().unwrap().code, 4408);
    assert!(asked.receive(r#"{"type":"connection_init"}"#).is_ok());
    assert_eq!(asked.init_overdue(), None);
    // Not acknowledged yet.
    assert_eq!(code_of(asked.receive(&subscribe("1"))), 4401);
    assert_eq!(code_of(asked.receive(r#"{"type":"connection_init"}"#)), 4429);
    assert_eq!(code_of(ready().receive(r#"{"type":"connection_init"}"#)), 4429);
}

#[test]
fn tokens_are_found_in_the_payload() {
    let found = |payload: Value| {
        let text = json!({ "type": "connection_init", "payload": payload }).to_string();
        match open().receive(&text) {
            Ok(Step::Authenticate(credentials)) => credentials,
            other => panic!("{other:?}"),
        }
    };
    let header = |text: &str| Credentials::Header(text.to_owned());
    assert_eq!(found(json!({"Authorization": "Bearer a"})), header("Bearer a"));
    assert_eq!(
        found(json!({"authorization": "Bearer a", "token": "b"})),
        header("Bearer a")
    );
    assert_eq!(
        found(json!({"token": "b", "Authorization": "Bearer a"})),
        header("Bearer a")
    );
    assert_eq!(found(json!({"token": "b"})), Credentials::Token("b".to_owned()));
    assert_eq!(found(json!({"other": 1, "token": null})), Credentials::None);
    assert_eq!(found(json!({"Authorization": 7})), header(""));
    assert_eq!(found(json!(null)), Credentials::None);
}

#[test]
fn pings_are_answered_at_any_time_with_their_payload() {
    let reply = |text: &str| match open().receive(text) {
        Ok(Step::Reply(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(reply(r#"{"type":"ping"}"#), r#"{"type":"pong"}"#);
    let echoed: Value = serde_json::from_str(&reply(r#"{"type":"ping","payload":{"at":1}}"#)).unwrap();
    assert_eq!(echoed, json!({"type": "pong", "payload": {"at": 1}}));
    assert_eq!(open().receive(r#"{"type":"pong","payload":null}"#), Ok(Step::Nothing));
}

#[test]
fn an_id_has_one_operation_at_a_time() {
    let mut protocol = ready();
    let start = |protocol: &mut Protocol, id: &str| match protocol.receive(&subscribe(id)) {
        Ok(Step::Start { ticket, .. }) => ticket,
        other => panic!("{other:?}"),
    };
    let first = start(&mut protocol, "1");
    assert!(protocol.is_current("1", first));
    assert_eq!(
        protocol.receive(&subscribe("1")),
        Err(Close::new(4409, "Subscriber for 1 already exists"))
    );
    // Stopped by the client: the id is free, and late events of the first operation are known by their ticket.
    let stop = |id: &str| json!({"type": "complete", "id": id}).to_string();
    assert_eq!(protocol.receive(&stop("1")), Ok(Step::Stop(first)));
    assert_eq!(protocol.receive(&stop("1")), Ok(Step::Nothing));
    let second = start(&mut protocol, "1");
    assert!(!protocol.is_current("1", first) && protocol.is_current("1", second));
    // Ended by itself.
    protocol.ended("1");
    start(&mut protocol, "1");
    start(&mut protocol, "2");
    assert_eq!(protocol.receive(&subscribe("3")), Ok(Step::Full { id: "3".to_owned() }));
    assert_eq!(protocol.receive(&stop("unknown")), Ok(Step::Nothing));
}

#[test]
fn messages_to_the_client_are_json() {
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    assert_eq!(
        read(next("a\"b", r#"{"data":null}"#)),
        json!({"id": "a\"b", "type": "next", "payload": {"data": null}})
    );
    assert_eq!(read(complete("1")), json!({"id": "1", "type": "complete"}));
    let errors = [ServerError::new("no", None)];
    assert_eq!(
        read(error("1", &errors)),
        json!({"id": "1", "type": "error", "payload": [{"message": "no"}]})
    );
}

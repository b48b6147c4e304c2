//! From bytes to a well-formed GraphQL request: a JSON object in a POST body, or the query string of a GET.
//!
//! Members of the wrong type are refused by name instead of being ignored; unknown members are allowed, as the
//! specification demands. A list (batching) is refused: it would defeat every limit that counts per request; so is an
//! object that names a member twice.
//!
//! The document is sent (`query`), or named: by the hash of an automatic persisted query (`extensions.persistedQuery`)
//! or as one of the operator's documents (`documentId`); see `documents`.
//!
//! `extensions.idempotencyKey` is taken along unread: whether it may be there is the transport's business (`idempotency`).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    documents::{self, Hash, Source},
    errors::Refusal,
    json,
};

/// A well-formed request; nothing is known about its document yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Params {
    /// The document.
    pub(super) source: Source,
    /// Which of the document's operations is meant.
    pub(super) operation_name: Option<String>,
    /// Values of the variables.
    pub(super) variables: Map<String, Value>,
    /// `extensions.idempotencyKey`, whatever it is.
    pub(super) idempotency_key: Option<Value>,
}

/// Reads a POST body.
pub(super) fn from_body(body: &[u8]) -> Result<Params, Refusal> {
    if body.is_empty() {
        return Err(Refusal::malformed(
            "The body is empty; expected a JSON object with the member \"query\".",
        ));
    }
    let value: Value = json::parse(body).map_err(|error| {
        // Line and column help; the rest of the library's text says nothing that the client does not know.
        let (line, column) = (error.line(), error.column());
        Refusal::malformed(format!(
            "The body is not valid JSON, or names a member twice (line {line}, column {column})."
        ))
    })?;
    from_json(value)
}

/// Reads a request that is JSON already.
pub(super) fn from_json(value: Value) -> Result<Params, Refusal> {
    let mut object = match value {
        Value::Object(object) => object,
        Value::Array(_) => {
            return Err(Refusal::malformed(
                "Batches are not supported; send one operation per request.",
            ));
        }
        _ => return Err(Refusal::malformed("The request must be a JSON object.")),
    };
    let mut string = |name: &str| match object.remove(name) {
        Some(Value::String(text)) => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Refusal::malformed(format!("\"{name}\" must be a string or null."))),
    };
    let (query, id, operation_name) = (string("query")?, string("documentId")?, string("operationName")?);
    let variables = map("variables", object.remove("variables"))?;
    let extensions = map("extensions", object.remove("extensions"))?;
    Params::new(query, id, operation_name, variables, extensions)
}

/// Reads the query string of a GET.
pub(super) fn from_query_string(text: &str) -> Result<Params, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        query: Option<String>,
        document_id: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    let raw = actix_web::web::Query::<Raw>::from_query(text)
        .map_err(|_| Refusal::malformed("The query string is not well-formed."))?
        .into_inner();
    let variables = map("variables", json_parameter("variables", raw.variables)?)?;
    let extensions = map("extensions", json_parameter("extensions", raw.extensions)?)?;
    Params::new(raw.query, raw.document_id, raw.operation_name, variables, extensions)
}

/// What names the document. Exactly one thing may: two could contradict each other.
fn source(query: Option<String>, id: Option<String>, extensions: &Map<String, Value>) -> Result<Source, Refusal> {
    match (query, id, extensions.get("persistedQuery")) {
        (Some(query), None, None | Some(Value::Null)) => Ok(Source::Text(query)),
        (None, Some(id), None | Some(Value::Null)) => Ok(Source::Named(id)),
        (None, None, None | Some(Value::Null)) => Err(Refusal::malformed(
            "\"query\" is missing; a document can also be named by \"documentId\" or \"extensions.persistedQuery\".",
        )),
        (query, None, Some(persisted)) => Ok(Source::Persisted(hash(persisted)?, query)),
        (_, Some(_), _) => Err(Refusal::malformed(
            "\"documentId\" names the document; send neither \"query\" nor \"extensions.persistedQuery\" beside it.",
        )),
    }
}

/// Reads `{"version": 1, "sha256Hash": "…"}`.
fn hash(persisted: &Value) -> Result<Hash, Refusal> {
    let Value::Object(persisted) = persisted else {
        return Err(Refusal::malformed("\"extensions.persistedQuery\" must be an object."));
    };
    match persisted.get("version").map(Value::as_u64) {
        Some(Some(1)) => {}
        Some(Some(_)) => return Err(documents::not_supported()),
        _ => return Err(Refusal::malformed("\"extensions.persistedQuery.version\" must be 1.")),
    }
    let hash = persisted
        .get("sha256Hash")
        .and_then(Value::as_str)
        .and_then(Hash::parse);
    hash.ok_or_else(|| {
        Refusal::malformed("\"extensions.persistedQuery.sha256Hash\" must be a SHA-256 of 64 hexadecimal digits.")
    })
}

impl Params {
    fn new(
        query: Option<String>,
        id: Option<String>,
        operation_name: Option<String>,
        variables: Map<String, Value>,
        mut extensions: Map<String, Value>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            source: source(query, id, &extensions)?,
            // Some clients send an empty name when they mean none; no operation can have an empty name.
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables,
            idempotency_key: extensions.remove("idempotencyKey").filter(|key| !key.is_null()),
        })
    }
}

fn json_parameter(name: &str, text: Option<String>) -> Result<Option<Value>, Refusal> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => json::parse(text.as_bytes()).map(Some).map_err(|_| {
            Refusal::malformed(format!(
                "The parameter \"{name}\" is not valid JSON, or names a member twice."
            ))
        }),
    }
}

fn map(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Refusal::malformed(format!("\"{name}\" must be an object or null."))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(value: &Value) -> Result<Params, String> {
        from_body(value.to_string().as_bytes()).map_err(|refusal| refusal.message().to_owned())
    }

    #[test]
    fn absent_null_and_unknown_members_are_fine() {
        let plain = body(&json!({"query": "{a}"})).unwrap();
        let nulls = json!({"query": "{a}", "operationName": null, "variables": null, "extensions": null, "id": 7});
        assert_eq!(body(&nulls).unwrap(), plain);
        assert_eq!(body(&json!({"query": "{a}", "operationName": ""})).unwrap(), plain);
    }

    #[test]
    fn members_of_the_wrong_type_are_named() {
        for wrong in [json!({}), json!(0), json!(false), json!(["x"])] {
            assert!(body(&json!({"documentId": wrong})).unwrap_err().contains("documentId"));
            assert!(body(&json!({"query": wrong})).unwrap_err().contains("query"), "{wrong}");
        }
        for wrong in [json!({}), json!(0), json!(false), json!(["x"])] {
            assert!(
                body(&json!({"query": "{a}", "operationName": wrong}))
                    .unwrap_err()
                    .contains("operationName")
            );
        }
        for wrong in [json!("s"), json!(0), json!(false), json!(["x"])] {
            for name in ["variables", "extensions"] {
                assert!(body(&json!({"query": "{a}", name: wrong})).unwrap_err().contains(name));
            }
        }
        assert!(body(&json!({"notquery": "{a}"})).unwrap_err().contains("missing"));
        assert!(body(&json!({"query": null})).unwrap_err().contains("missing"));
        assert!(body(&json!([{"query": "{a}"}])).unwrap_err().contains("Batches"));
        assert!(body(&json!("{a}")).is_err());
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        for text in [
            &b""[..],
            b"{ \"not a JSON",
            b"\xff\xfe",
            b"{}{}",
            br#"{"query":"{a}","query":"{b}"}"#,
        ] {
            assert!(from_body(text).is_err());
        }
        let deep = format!(
            "{{\"query\":\"{{a}}\",\"variables\":{{\"v\":{}{}}}}}",
            "[".repeat(5_000),
            "]".repeat(5_000)
        );
        assert!(from_body(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_query_string_carries_the_same_four_parameters() {
        let read = |text| from_query_string(text).map_err(|refusal| refusal.message().to_owned());
        let params = read("query=%7Ba%7D&operationName=Q&variables=%7B%22v%22%3A1%7D&extensions=%7B%7D").unwrap();
        assert_eq!(params.source, Source::Text("{a}".to_owned()));
        assert_eq!(params.operation_name.as_deref(), Some("Q"));
        assert_eq!(params.variables["v"], 1);
        assert!(read("").unwrap_err().contains("query"));
        assert!(read("query=a&variables=[1]").unwrap_err().contains("variables"));
        assert!(read("query=a&variables={").unwrap_err().contains("variables"));
        assert!(read("query=a&query=b").is_err());
    }

    #[test]
    fn the_key_of_a_change_is_taken_along_unread() {
        let key = |extensions: Value| {
            let params = body(&json!({"query": "{a}", "extensions": extensions}));
            params.unwrap().idempotency_key
        };
        assert_eq!(key(json!({"idempotencyKey": "k"})), Some(json!("k")));
        assert_eq!(key(json!({"idempotencyKey": 7})), Some(json!(7)));
        assert_eq!(key(json!({"idempotencyKey": null})), None);
        assert_eq!(key(json!({})), None);
    }

    #[test]
    fn a_document_is_sent_or_named_in_one_way() {
        let hash = "0".repeat(64);
        let parsed = Hash::parse(&hash).unwrap();
        let persisted =
            |version: Value, hash: Value| json!({"persistedQuery": {"version": version, "sha256Hash": hash}});
        let good = persisted(json!(1), json!(hash));
        assert_eq!(
            body(&json!({"extensions": good})).unwrap().source,
            Source::Persisted(parsed, None)
        );
        assert_eq!(
            body(&json!({"query": "{a}", "extensions": good})).unwrap().source,
            Source::Persisted(parsed, Some("{a}".to_owned()))
        );
        let named = body(&json!({"documentId": "sha256:abc"})).unwrap();
        assert_eq!(named.source, Source::Named("sha256:abc".to_owned()));
        for wrong in [
            json!({"documentId": "x", "query": "{a}"}),
            json!({"documentId": "x", "extensions": good}),
            json!({"extensions": {"persistedQuery": "x"}}),
            json!({"extensions": persisted(json!("1"), json!(hash))}),
            json!({"extensions": persisted(json!(2), json!(hash))}),
            json!({"extensions": persisted(json!(1), json!("abc"))}),
            json!({"extensions": persisted(json!(1), json!(7))}),
        ] {
            assert!(body(&wrong).is_err(), "{wrong}");
        }
        let get = |text: &str| from_query_string(text).unwrap().source;
        assert_eq!(get("documentId=x"), Source::Named("x".to_owned()));
        let by_get = format!(r#"extensions={{"persistedQuery":{{"version":1,"sha256Hash":"{hash}"}}}}"#);
        assert_eq!(get(&by_get), Source::Persisted(parsed, None));
    }
}

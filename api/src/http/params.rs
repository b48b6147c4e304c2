//! From bytes to a well-formed GraphQL request: a JSON object in a POST body, or the query string of a GET.
//!
//! Members of the wrong type are refused by name instead of being ignored; unknown members are allowed, as the
//! specification demands. A list (batching) is refused: it would defeat every limit that counts per request.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::errors::Refusal;

/// A well-formed request; nothing is known about its document yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Params {
    /// The document.
    pub(super) query: String,
    /// Which of the document's operations is meant.
    pub(super) operation_name: Option<String>,
    /// Values of the variables.
    pub(super) variables: Map<String, Value>,
}

/// Reads a POST body.
pub(super) fn from_body(body: &[u8]) -> Result<Params, Refusal> {
    if body.is_empty() {
        return Err(Refusal::malformed(
            "The body is empty; expected a JSON object with the member \"query\".",
        ));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        // Line and column help; the rest of the library's text says nothing that the client does not know.
        let (line, column) = (error.line(), error.column());
        Refusal::malformed(format!("The body is not valid JSON (line {line}, column {column})."))
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
    let query = match object.remove("query") {
        Some(Value::String(query)) => query,
        Some(_) => return Err(Refusal::malformed("\"query\" must be a string.")),
        None => return Err(Refusal::malformed("\"query\" is missing.")),
    };
    let operation_name = match object.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        None | Some(Value::Null) => None,
        Some(_) => return Err(Refusal::malformed("\"operationName\" must be a string or null.")),
    };
    let variables = map("variables", object.remove("variables"))?;
    map("extensions", object.remove("extensions"))?;
    Ok(Params::new(query, operation_name, variables))
}

/// Reads the query string of a GET.
pub(super) fn from_query_string(text: &str) -> Result<Params, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    let raw = actix_web::web::Query::<Raw>::from_query(text)
        .map_err(|_| Refusal::malformed("The query string is not well-formed."))?
        .into_inner();
    let query = raw
        .query
        .ok_or_else(|| Refusal::malformed("The parameter \"query\" is missing."))?;
    let variables = map("variables", json_parameter("variables", raw.variables)?)?;
    map("extensions", json_parameter("extensions", raw.extensions)?)?;
    Ok(Params::new(query, raw.operation_name, variables))
}

impl Params {
    fn new(query: String, operation_name: Option<String>, variables: Map<String, Value>) -> Self {
        // Some clients send an empty name when they mean none; no operation can have an empty name.
        Self {
            query,
            operation_name: operation_name.filter(|name| !name.is_empty()),
            variables,
        }
    }
}

fn json_parameter(name: &str, text: Option<String>) -> Result<Option<Value>, Refusal> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| Refusal::malformed(format!("The parameter \"{name}\" is not valid JSON."))),
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
        for wrong in [json!({}), json!(0), json!(false), json!(["x"]), json!(null)] {
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
        assert!(body(&json!([{"query": "{a}"}])).unwrap_err().contains("Batches"));
        assert!(body(&json!("{a}")).is_err());
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        for text in [&b""[..], b"{ \"not a JSON", b"\xff\xfe", b"{}{}"] {
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
        assert_eq!(params.query, "{a}");
        assert_eq!(params.operation_name.as_deref(), Some("Q"));
        assert_eq!(params.variables["v"], 1);
        assert!(read("").unwrap_err().contains("query"));
        assert!(read("query=a&variables=[1]").unwrap_err().contains("variables"));
        assert!(read("query=a&variables={").unwrap_err().contains("variables"));
        assert!(read("query=a&query=b").is_err());
    }
}

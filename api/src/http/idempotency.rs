//! The client's name for one intended change, so that sending it twice does it once.
//!
//! Each transport has one place for it: HTTP requests the header `Idempotency-Key`, operations on a WebSocket, which have no
//! headers of their own, `extensions.idempotencyKey` in the payload of `subscribe`. A key in the other place is refused
//! rather than passed over: its sender believes to be safe.
//!
//! The value is what the IETF draft "The Idempotency-Key HTTP Header Field" writes, a quoted string, or the same without
//! quotes as most clients send it. What is done with a key is `graphql::change`'s business.

use actix_web::http::header::{HeaderMap, HeaderName};
use serde_json::Value;

use super::{IdempotencyKey, errors::Refusal, params::Params};

/// The header.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, in characters; the database holds it too.
const MAX: usize = 255;

/// The key of a request over HTTP, if it has one.
pub(super) fn of_header(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|_| values.next().is_none()).and_then(judge);
    key.map(Some).ok_or_else(|| {
        Refusal::malformed(format!(
            "Idempotency-Key must be given once, as 1 to {MAX} visible ASCII characters; a UUID is a good choice."
        ))
    })
}

/// Refuses a request over HTTP that carries its key where only WebSockets have it.
pub(super) fn not_in_extensions(params: &Params) -> Result<(), Refusal> {
    match params.idempotency_key {
        None => Ok(()),
        Some(_) => Err(Refusal::malformed(
            "Over HTTP the key of a change belongs into the header Idempotency-Key, not into \"extensions.idempotencyKey\".",
        )),
    }
}

/// The key of an operation on a WebSocket: `extensions.idempotencyKey`, if it is there.
pub(super) fn of_extension(value: Option<&Value>) -> Result<Option<IdempotencyKey>, Refusal> {
    let Some(value) = value else {
        return Ok(None);
    };
    value.as_str().and_then(judge).map(Some).ok_or_else(|| {
        Refusal::malformed(format!(
            "\"extensions.idempotencyKey\" must be a string of 1 to {MAX} visible ASCII characters; a UUID is a good choice."
        ))
    })
}

/// The key that a text gives, with quotes or without.
fn judge(text: &str) -> Option<IdempotencyKey> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let fine = (1..=MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    fine.then(|| IdempotencyKey(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use serde_json::json;

    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static(value));
        }
        of_header(&headers).map(|key| key.map(|key| key.0))
    }

    #[test]
    fn quoted_and_bare_keys_are_the_same_and_others_are_refused() {
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["\"8e03978e-40d5\""]).unwrap().as_deref(), Some("8e03978e-40d5"));
        assert_eq!(read(&["8e03978e-40d5"]).unwrap().as_deref(), Some("8e03978e-40d5"));
        let long: &'static str = Box::leak("k".repeat(256).into_boxed_str());
        for bad in [&["a", "b"][..], &[""], &["\"\""], &["a b"], &["\"a"], &[long]] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_extension_is_judged_like_the_header() {
        let read = |value: Value| of_extension(Some(&value)).map(|key| key.map(|key| key.0));
        assert!(of_extension(None).unwrap().is_none());
        for good in [json!("8e03978e-40d5"), json!("\"8e03978e-40d5\"")] {
            assert_eq!(read(good).unwrap().as_deref(), Some("8e03978e-40d5"));
        }
        for bad in [
            json!(""),
            json!("a b"),
            json!("é"),
            json!("k".repeat(256)),
            json!(7),
            json!(["a"]),
            json!({}),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}

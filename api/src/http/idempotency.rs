//! The `Idempotency-Key` request header: the client's name for one intended change, so that sending it twice does it once.
//!
//! The value is what the IETF draft "The Idempotency-Key HTTP Header Field" writes, a quoted string, or the same without
//! quotes as most clients send it. What is done with a key is `graphql::change`'s business.

use actix_web::http::header::{HeaderMap, HeaderName};

use super::{IdempotencyKey, errors::Refusal};

/// The header.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, in characters; the database holds it too.
const MAX: usize = 255;

/// The key of a request, if it has one.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let unquoted = value.to_str().ok().map(|text| {
        let text = text.trim();
        text.strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(text)
    });
    match unquoted {
        Some(text)
            if values.next().is_none()
                && (1..=MAX).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') =>
        {
            Ok(Some(IdempotencyKey(text.to_owned())))
        }
        _ => Err(Refusal::malformed(format!(
            "Idempotency-Key must be given once, as 1 to {MAX} visible ASCII characters; a UUID is a good choice."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static(value));
        }
        key(&headers).map(|key| key.map(|key| key.0))
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
}

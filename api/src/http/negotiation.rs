//! Which media type an answer has: the client's `Accept` header against the two that GraphQL over HTTP knows.
//!
//! Without a header, or with wildcards only, the answer is `application/json`, because such clients are old ones.
//! A client that names both with the same weight gets the newer one. Ranges whose weight cannot be read are ignored.
//!
//! Besides, a client may name `text/event-stream`: subscriptions are then answered so, and everything else when the
//! client likes a stream better than either media type. Wildcards never mean a stream.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};

/// The two media types of a GraphQL response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status code speaks.
    GraphqlResponse,
    /// `application/json`: the older convention.
    Json,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// How well a media type pleases: its weight in thousandths, then how explicitly it was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    weight: u16,
    explicit: u8,
}

/// What a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The best media type of a single answer; `None` when neither is acceptable.
    pub(super) media: Option<Media>,
    /// Whether a stream of events is acceptable.
    pub(super) stream: bool,
    /// Whether a stream is wanted for every operation.
    pub(super) prefers_stream: bool,
}

/// What the headers say; nothing acceptable at all is 406.
pub(super) fn accept(headers: &HeaderMap) -> Accepted {
    let media = single(headers);
    let stream = headers
        .get_all("accept")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .filter(|range| range.kind.eq_ignore_ascii_case("text") && range.subtype.eq_ignore_ascii_case("event-stream"))
        .map(|range| range.weight)
        .max()
        .filter(|weight| *weight > 0);
    Accepted {
        media: media.map(|(media, _)| media),
        stream: stream.is_some(),
        prefers_stream: stream.is_some_and(|stream| media.is_none_or(|(_, weight)| stream > weight)),
    }
}

/// The best acceptable media type with its weight.
fn single(headers: &HeaderMap) -> Option<(Media, u16)> {
    let values: Vec<&str> = headers
        .get_all("accept")
        .filter_map(|value| value.to_str().ok())
        .collect();
    if values.iter().all(|value| value.trim().is_empty()) {
        return Some((Media::Json, 1000));
    }
    let ranges: Vec<Range> = values
        .iter()
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    let newer = preference(&ranges, Media::GraphqlResponse);
    let older = preference(&ranges, Media::Json);
    match (newer, older) {
        (None, None) => None,
        (Some(newer), None) => Some((Media::GraphqlResponse, newer.weight)),
        (None, Some(older)) => Some((Media::Json, older.weight)),
        // Named at least as explicitly and weighted at least as high; two wildcards fall to the older one.
        (Some(newer), Some(older)) => {
            let wanted = newer > older || newer == older && newer.explicit == EXACT;
            Some(if wanted {
                (Media::GraphqlResponse, newer.weight)
            } else {
                (Media::Json, older.weight)
            })
        }
    }
}

const EXACT: u8 = 2;

struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut weight = 1000;
        for parameter in parts {
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("q") {
                weight = parse_weight(value)?;
            } else if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
                return None;
            }
        }
        Some(Self { kind, subtype, weight })
    }

    /// How explicitly this range names the media type, if it does.
    fn names(&self, media: Media) -> Option<u8> {
        if self.kind == "*" && self.subtype == "*" {
            Some(0)
        } else if !self.kind.eq_ignore_ascii_case("application") {
            None
        } else if self.subtype == "*" {
            Some(1)
        } else {
            self.subtype.eq_ignore_ascii_case(media.subtype()).then_some(EXACT)
        }
    }
}

/// `0`, `1`, `0.5`, `0.125`, `1.000` … in thousandths.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The most explicit range decides; a weight of zero means "not acceptable".
fn preference(ranges: &[Range<'_>], media: Media) -> Option<Preference> {
    ranges
        .iter()
        .filter_map(|range| {
            Some(Preference {
                explicit: range.names(media)?,
                weight: range.weight,
            })
        })
        .max_by_key(|preference| (preference.explicit, preference.weight))
        .filter(|preference| preference.weight > 0)
}

/// Whether a body is declared as `application/json` in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts
            .filter_map(|parameter| parameter.split_once('='))
            .all(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT, HeaderValue};

    use super::*;

    fn chosen(value: &'static str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        accept(&headers).media
    }

    #[test]
    fn streams_are_named_or_not_meant() {
        let wanted = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            let accepted = accept(&headers);
            (accepted.stream, accepted.prefers_stream)
        };
        for (value, expected) in [
            ("text/event-stream", (true, true)),
            ("text/event-stream, */*;q=0.1", (true, true)),
            ("application/json;q=0.9, text/event-stream", (true, true)),
            // What common clients send with every operation.
            (
                "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
                (true, false),
            ),
            ("application/json, text/event-stream;q=0.5", (true, false)),
            ("text/event-stream;q=0, application/json", (false, false)),
            ("*/*", (false, false)),
            ("text/*", (false, false)),
        ] {
            assert_eq!(wanted(value), expected, "{value}");
        }
    }

    #[test]
    fn old_clients_get_json() {
        assert_eq!(accept(&HeaderMap::new()).media, Some(Media::Json));
        for value in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "text/html, */*;q=0.1",
            "application/JSON; charset=utf-8",
        ] {
            assert_eq!(chosen(value), Some(Media::Json), "{value}");
        }
    }

    #[test]
    fn weights_and_explicitness_decide() {
        for (value, media) in [
            ("application/graphql-response+json", Media::GraphqlResponse),
            (
                "application/graphql-response+json, application/json",
                Media::GraphqlResponse,
            ),
            (
                "application/json, application/graphql-response+json",
                Media::GraphqlResponse,
            ),
            (
                "application/graphql-response+json;q=0.9, application/json;q=1.0",
                Media::Json,
            ),
            (
                "application/graphql-response+json; charset=utf-8; q=0.9, application/json;q=0.899",
                Media::GraphqlResponse,
            ),
            ("application/json;q=0, */*", Media::GraphqlResponse),
            ("application/graphql-response+json;q=0, */*;q=0.1", Media::Json),
            ("application/graphql-response+json, */*", Media::GraphqlResponse),
            ("application/json, multipart/mixed", Media::Json),
            (
                "application/json;q=broken, application/graphql-response+json;q=0.001",
                Media::GraphqlResponse,
            ),
        ] {
            assert_eq!(chosen(value), Some(media), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_given_is_not_acceptable() {
        for value in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "*/*;q=0",
            "application/json;q=0, application/graphql-response+json;q=0.0, */*",
            "application/json; charset=iso-8859-1",
            "application/json;q=2",
            "nonsense",
        ] {
            assert_eq!(chosen(value), None, "{value}");
        }
    }

    #[test]
    fn only_json_bodies_are_taken() {
        let json = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            is_json(&headers)
        };
        for value in [
            "application/json",
            "Application/JSON;charset=UTF-8",
            "application/json; charset=\"utf-8\"",
        ] {
            assert!(json(value), "{value}");
        }
        for value in [
            "",
            "text/plain",
            "application/graphql",
            "application/json5",
            "application/json; charset=latin1",
            "multipart/form-data",
        ] {
            assert!(!json(value), "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    proptest::proptest! {
        #[test]
        fn headers_of_any_bytes_never_panic(
            accepted in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..100),
            likely in r#"[a-z*/;=,q0-9. "+-]{0,80}"#,
        ) {
            for bytes in [accepted.as_slice(), likely.as_bytes()] {
                let Ok(value) = HeaderValue::from_bytes(bytes) else { continue };
                let mut headers = HeaderMap::new();
                headers.insert(ACCEPT, value.clone());
                headers.insert(actix_web::http::header::CONTENT_TYPE, value);
                let _ = accept(&headers);
                let _ = is_json(&headers);
            }
        }
    }
}

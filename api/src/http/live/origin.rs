//! Which pages may open a socket. Browsers let any page open one to anywhere, so the server must look at `Origin` itself.

use actix_web::http::header::{self, HeaderMap};

/// Whether a handshake with these headers may go on: it has no `Origin` (no browser), one of the allowed, or the service's
/// own (the same host and port; a proxy may have ended TLS, so the scheme says nothing).
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|known| known.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match (origin.split_once("://"), host) {
        (Some((scheme, authority)), Some(host)) => {
            // A scheme that is neither http nor https is nobody's own page.
            with_port(scheme, authority).is_some_and(|page| with_port(scheme, host) == Some(page))
        }
        _ => false,
    }
}

/// `host:port` in lower case, with the scheme's own port where none is named.
fn with_port(scheme: &str, authority: &str) -> Option<String> {
    let port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = authority.to_ascii_lowercase();
    // An IPv6 address has colons of its own, in brackets.
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    Some(if has_port {
        authority
    } else {
        format!("{authority}:{port}")
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn allowed(origin: Option<&'static str>, host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        is_allowed(&headers, &["https://hub.example.org".to_owned()])
    }

    #[test]
    fn only_named_pages_and_our_own_may_connect() {
        for (origin, host) in [
            (None, "api.example.org"),
            (Some("https://hub.example.org"), "api.example.org"),
            (Some("https://api.example.org"), "api.example.org"),
            (Some("https://api.example.org"), "API.example.org:443"),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080"),
            (Some("http://[::1]:8080"), "[::1]:8080"),
            (Some("http://[::1]"), "[::1]:80"),
        ] {
            assert!(allowed(origin, host), "{origin:?} {host}");
        }
        for (origin, host) in [
            ("https://evil.example.org", "api.example.org"),
            ("null", "api.example.org"),
            ("", "api.example.org"),
            ("https://api.example.org.evil.org", "api.example.org"),
            ("https://api.example.org:8443", "api.example.org"),
            ("http://127.0.0.1:8081", "127.0.0.1:8080"),
            ("file://", "api.example.org"),
            ("http://hub.example.org", "api.example.org"),
        ] {
            assert!(!allowed(Some(origin), host), "{origin} {host}");
        }
    }
}

//! Every way a token can be wrong, against a verifier on a clock that stands still.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::{
    auth::{LocalKey, ViewerRole},
    clock::ManualClock,
};

const ISSUER: &str = "peer-challenge";
const AUDIENCE: &str = "peer-challenge-api";
const SECRET: &[u8] = b"a secret of thirty-two bytes len";

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn settings(algorithm: Algorithm) -> VerifierSettings {
    VerifierSettings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        algorithm,
    }
}

/// A verifier with two shared secrets, so that key ids matter.
fn hmac_verifier() -> Verifier {
    let secret =
        |kid: &str, bytes: &[u8]| json!({"kty": "oct", "kid": kid, "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(bytes)});
    let keys = vec![
        serde_json::from_value(secret("one", SECRET)).unwrap(),
        serde_json::from_value(secret("two", b"another secret of thirty-two byt")).unwrap(),
    ];
    let keys = KeySet::from_keys(keys, Algorithm::HS256).unwrap();
    Verifier::new(
        settings(Algorithm::HS256),
        Keys::Fixed(keys),
        Arc::new(ManualClock::at(noon())),
    )
}

fn good() -> Value {
    let now = noon().timestamp();
    json!({"sub": "officer", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 3600, "iat": now, "role": "COUNCIL", "council": "E06000001"})
}

fn signed(claims: &Value) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("one".to_owned());
    encode(&header, claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = good();
    claims[key] = value;
    claims
}

fn without(key: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(key);
    claims
}

async fn refused(claims: &Value) -> AuthError {
    hmac_verifier().verify(&signed(claims)).await.unwrap_err()
}

#[tokio::test]
async fn a_good_token_names_its_viewer() {
    let viewer = hmac_verifier()
        .verify_header(&format!("bearer {}", signed(&good())))
        .await
        .unwrap();
    assert_eq!(viewer.subject, "officer");
    assert_eq!(
        viewer.role,
        ViewerRole::Council {
            council: "E06000001".to_owned()
        }
    );
    // The audience may be one of several.
    assert!(
        hmac_verifier()
            .verify(&signed(&with("aud", json!(["other", AUDIENCE]))))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_local_key_mints_what_it_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let key = LocalKey::load_or_create(dir.path()).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let verifier = Verifier::new(
        settings(Algorithm::EdDSA),
        Keys::Fixed(key.key_set().unwrap()),
        clock.clone(),
    );
    let viewer = Viewer {
        subject: "hub".into(),
        role: ViewerRole::Hub {
            regions: vec!["E12000001".into()],
        },
    };
    let token = key
        .mint(&viewer, ISSUER, AUDIENCE, noon(), Duration::from_hours(1))
        .unwrap();
    assert_eq!(verifier.verify(&token).await.unwrap(), viewer);
    clock.advance(chrono::Duration::minutes(61));
    assert!(matches!(
        verifier.verify(&token).await,
        Err(AuthError::Expired { seconds: 60 })
    ));
    // Another installation's key has another id.
    let other = tempfile::tempdir().unwrap();
    let forged = LocalKey::load_or_create(other.path()).unwrap();
    let forged = forged
        .mint(&viewer, ISSUER, AUDIENCE, noon(), Duration::from_hours(2))
        .unwrap();
    assert!(matches!(verifier.verify(&forged).await, Err(AuthError::UnknownKey)));
}

#[tokio::test]
async fn time_is_checked_with_a_small_leeway() {
    let at = |seconds: i64| json!(noon().timestamp() + seconds);
    assert!(hmac_verifier().verify(&signed(&with("exp", at(-29)))).await.is_ok());
    assert!(matches!(
        refused(&with("exp", at(-30))).await,
        AuthError::Expired { seconds: 30 }
    ));
    assert!(matches!(
        refused(&with("exp", json!(-1))).await,
        AuthError::Malformed(_) | AuthError::MissingClaim(_)
    ));
    assert!(matches!(refused(&with("nbf", at(31))).await, AuthError::Immature));
    assert!(matches!(refused(&with("iat", at(3600))).await, AuthError::Immature));
}

#[tokio::test]
async fn issuer_audience_and_required_claims_are_checked() {
    assert!(matches!(
        refused(&with("iss", json!("somebody"))).await,
        AuthError::Issuer
    ));
    assert!(matches!(
        refused(&with("aud", json!("another api"))).await,
        AuthError::Audience
    ));
    for claim in ["sub", "iss", "aud", "exp"] {
        let error = refused(&without(claim)).await;
        assert!(
            matches!(error, AuthError::MissingClaim(_) | AuthError::Malformed(_)),
            "{claim}: {error}"
        );
    }
    assert!(matches!(refused(&without("role")).await, AuthError::Malformed(_)));
    assert!(matches!(
        refused(&with("sub", json!(" "))).await,
        AuthError::Claims(ClaimError::Subject)
    ));
}

#[tokio::test]
async fn role_and_scope_must_fit() {
    let scope = |error| match error {
        AuthError::Claims(error) => error,
        other => panic!("{other}"),
    };
    assert!(matches!(
        scope(refused(&without("council")).await),
        ClaimError::Missing { .. }
    ));
    assert!(matches!(
        scope(refused(&with("role", json!("ANALYST"))).await),
        ClaimError::Foreign { .. }
    ));
    assert!(matches!(
        scope(refused(&with("role", json!("ROOT"))).await),
        ClaimError::UnknownRole(_)
    ));
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let verifier = hmac_verifier();
    let token = signed(&good());
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    // Another content under the old signature.
    let elevated = with("role", json!("NATIONAL_PROGRAMME"));
    let swapped = format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(elevated.to_string()));
    assert!(matches!(verifier.verify(&swapped).await, Err(AuthError::Signature)));
    // No signature at all, in both spellings of "alg: none".
    for alg in ["none", "None"] {
        let none = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        let refused = verifier.verify(&format!("{none}.{body}.")).await;
        assert!(
            matches!(refused, Err(AuthError::Malformed(_) | AuthError::Algorithm)),
            "{refused:?}"
        );
    }
    // The right secret with another algorithm, a key that does not sign this, an unknown key, none of several.
    let signed_as =
        |header: Header, secret: &[u8]| encode(&header, &good(), &EncodingKey::from_secret(secret)).unwrap();
    let header = |algorithm, kid: Option<&str>| {
        let mut header = Header::new(algorithm);
        header.kid = kid.map(ToOwned::to_owned);
        header
    };
    let other_algorithm = signed_as(header(Algorithm::HS512, Some("one")), SECRET);
    assert!(matches!(
        verifier.verify(&other_algorithm).await,
        Err(AuthError::Algorithm)
    ));
    let other_key = signed_as(header(Algorithm::HS256, Some("two")), SECRET);
    assert!(matches!(verifier.verify(&other_key).await, Err(AuthError::Signature)));
    let unknown_key = signed_as(header(Algorithm::HS256, Some("three")), SECRET);
    assert!(matches!(
        verifier.verify(&unknown_key).await,
        Err(AuthError::UnknownKey)
    ));
    let no_key = signed_as(header(Algorithm::HS256, None), SECRET);
    assert!(matches!(verifier.verify(&no_key).await, Err(AuthError::UnknownKey)));
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let dir = tempfile::tempdir().unwrap();
    let key = LocalKey::load_or_create(dir.path()).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let verifier = Verifier::new(settings(Algorithm::EdDSA), Keys::Fixed(key.key_set().unwrap()), clock);
    let forged = encode(
        &Header::new(Algorithm::HS256),
        &good(),
        &EncodingKey::from_secret(b"public"),
    )
    .unwrap();
    assert!(matches!(verifier.verify(&forged).await, Err(AuthError::Algorithm)));
}

#[tokio::test]
async fn words_that_are_no_token_are_refused() {
    let verifier = hmac_verifier();
    for value in ["", "Bearer", "Basic dXNlcjpwYXNz", "Token abc"] {
        assert!(
            matches!(verifier.verify_header(value).await, Err(AuthError::Header)),
            "{value}"
        );
    }
    for value in [
        "Bearer ",
        "Bearer a",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer \u{1f600}.x.y",
    ] {
        assert!(
            matches!(verifier.verify_header(value).await, Err(AuthError::Malformed(_))),
            "{value}"
        );
    }
    let long = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES + 1));
    assert!(matches!(
        verifier.verify_header(&long).await,
        Err(AuthError::Malformed(_))
    ));
}

#[test]
fn only_keys_for_the_pinned_algorithm_are_kept() {
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": URL_SAFE_NO_PAD.encode([7_u8; 32])});
    let encryption =
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "enc", "use": "enc", "x": URL_SAFE_NO_PAD.encode([7_u8; 32])});
    let shared = json!({"kty": "oct", "kid": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET)});
    let jwks = |keys: Vec<Value>| {
        keys.into_iter()
            .map(|key| serde_json::from_value(key).unwrap())
            .collect::<Vec<_>>()
    };
    let set = KeySet::from_keys(jwks(vec![ed, encryption, shared.clone()]), Algorithm::EdDSA).unwrap();
    assert!(set.find(Some("ed")).is_some() && set.find(None).is_some());
    assert!(set.find(Some("enc")).is_none() && set.find(Some("oct")).is_none());
    assert!(matches!(
        KeySet::from_keys(jwks(vec![shared]), Algorithm::ES256),
        Err(JwksError::NoKey { .. })
    ));
}

#[test]
fn a_remote_set_needs_https_except_on_the_loopback() {
    let new = |url: &str| RemoteKeys::new(url, Algorithm::ES256, Arc::new(ManualClock::at(noon())));
    for fine in [
        "https://id.example.org/jwks",
        "http://127.0.0.1:9/jwks",
        "http://localhost/jwks",
        "http://[::1]/jwks",
    ] {
        assert!(new(fine).is_ok(), "{fine}");
    }
    for bad in [
        "http://id.example.org/jwks",
        "file:///etc/passwd",
        "jwks",
        "http://localhost.evil.org/",
    ] {
        assert!(matches!(new(bad), Err(JwksError::Address(_))), "{bad}");
    }
}

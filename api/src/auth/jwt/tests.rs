//! Every way a token can be wrong, against a verifier on a clock that stands still.

use std::time::Duration;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::{
    auth::{Freshness, LocalKey, ViewerRole},
    clock::ManualClock,
};

const ISSUER: &str = "peer-challenge";
const AUDIENCE: &str = "peer-challenge-api";
const SECRET: &[u8] = b"a secret of thirty-two bytes len";

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn settings(algorithm: Algorithm) -> VerifierSettings {
    VerifierSettings::new(ISSUER, AUDIENCE, algorithm)
}

/// A verifier with two shared secrets, so that key ids matter.
fn hmac_verifier() -> Verifier {
    verifier_with(settings(Algorithm::HS256))
}

fn verifier_with(settings: VerifierSettings) -> Verifier {
    let secret =
        |kid: &str, bytes: &[u8]| json!({"kty": "oct", "kid": kid, "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(bytes)});
    let keys = vec![
        serde_json::from_value(secret("one", SECRET)).unwrap(),
        serde_json::from_value(secret("two", b"another secret of thirty-two byt")).unwrap(),
    ];
    let keys = KeySet::from_keys(keys, &[Algorithm::HS256]).unwrap();
    Verifier::new(settings, Keys::Fixed(keys), Arc::new(ManualClock::at(noon())))
}

fn good() -> Value {
    let now = noon().timestamp();
    json!({"sub": "officer", "iss": ISSUER, "aud": AUDIENCE, "exp": now + 3600, "iat": now, "nbf": now, "role": "COUNCIL", "council": "E06000001"})
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
    let viewer = Viewer::new(
        "hub",
        ViewerRole::Hub {
            regions: vec!["E12000001".into()],
        },
    );
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
    assert!(hmac_verifier().verify(&signed(&with("nbf", at(30)))).await.is_ok());
    let mut strict = settings(Algorithm::HS256);
    strict.leeway = chrono::TimeDelta::zero();
    let strict = verifier_with(strict);
    assert!(strict.verify(&signed(&with("exp", at(1)))).await.is_ok());
    assert!(matches!(
        strict.verify(&signed(&with("exp", at(0)))).await,
        Err(AuthError::Expired { seconds: 0 })
    ));
    assert!(matches!(
        strict.verify(&signed(&with("nbf", at(1)))).await,
        Err(AuthError::Immature)
    ));
    // The end of a session is the end of the token as it would be judged.
    let session = hmac_verifier().session(&signed(&good())).await.unwrap();
    assert_eq!(session.until, Some(noon() + chrono::TimeDelta::seconds(3_630)));
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
    for claim in ["sub", "iss", "aud", "exp", "nbf"] {
        let error = refused(&without(claim)).await;
        assert!(
            matches!(error, AuthError::MissingClaim(_) | AuthError::Malformed(_)),
            "{claim}: {error}"
        );
    }
    assert!(matches!(refused(&without("role")).await, AuthError::Malformed(_)));
    // For providers that never say from when a token holds.
    let mut lenient = settings(Algorithm::HS256);
    lenient.start_required = false;
    let verifier = verifier_with(lenient);
    assert!(verifier.verify(&signed(&without("nbf"))).await.is_ok());
    let later = with("nbf", json!(noon().timestamp() + 3600));
    assert!(matches!(
        verifier.verify(&signed(&later)).await,
        Err(AuthError::Immature)
    ));
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

/// A verifier of one EdDSA key, and that key.
fn with_local_key() -> (LocalKey, tempfile::TempDir, Verifier) {
    let dir = tempfile::tempdir().unwrap();
    let key = LocalKey::load_or_create(dir.path()).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let verifier = Verifier::new(settings(Algorithm::EdDSA), Keys::Fixed(key.key_set().unwrap()), clock);
    (key, dir, verifier)
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let (key, _dir, verifier) = with_local_key();
    let public = serde_json::to_value(key.public()).unwrap();
    let raw = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = public["kid"].as_str().map(ToOwned::to_owned);
    for secret in [
        raw.as_slice(),
        public["x"].as_str().unwrap().as_bytes(),
        public.to_string().as_bytes(),
    ] {
        let forged = encode(&header, &good(), &EncodingKey::from_secret(secret)).unwrap();
        assert!(matches!(verifier.verify(&forged).await, Err(AuthError::Algorithm)));
        // The same signature under the header of the pinned algorithm.
        let [_, body, signature] = forged.split('.').collect::<Vec<_>>()[..] else {
            panic!()
        };
        let head = json!({"alg": "EdDSA", "kid": public["kid"], "typ": "JWT"}).to_string();
        let relabelled = format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode(head));
        assert!(matches!(verifier.verify(&relabelled).await, Err(AuthError::Signature)));
    }
    // Even where both kinds are accepted, a public key verifies what its kind is for.
    let both = VerifierSettings {
        algorithms: vec![Algorithm::EdDSA, Algorithm::HS256],
        ..settings(Algorithm::EdDSA)
    };
    let keys = KeySet::from_keys(vec![key.public().clone()], &both.algorithms).unwrap();
    let verifier = Verifier::new(both, Keys::Fixed(keys), Arc::new(ManualClock::at(noon())));
    let forged = encode(&header, &good(), &EncodingKey::from_secret(&raw)).unwrap();
    assert!(matches!(verifier.verify(&forged).await, Err(AuthError::UnknownKey)));
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let (key, _dir, verifier) = with_local_key();
    let other_home = tempfile::tempdir().unwrap();
    let other = LocalKey::load_or_create(other_home.path()).unwrap();
    let viewer = Viewer::new("forger", ViewerRole::Programme);
    let token = other
        .mint(&viewer, ISSUER, AUDIENCE, noon(), Duration::from_hours(1))
        .unwrap();
    let [_, body, _] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let known = serde_json::to_value(key.public()).unwrap()["kid"].clone();
    let theirs = serde_json::to_value(other.public()).unwrap();
    for (field, value) in [
        ("jwk", theirs.clone()),
        ("jku", json!("https://forger.example/jwks.json")),
        ("x5u", json!("https://forger.example/chain.pem")),
        ("x5c", json!([STANDARD.encode("a certificate")])),
    ] {
        for kid in [known.clone(), theirs["kid"].clone(), Value::Null] {
            let mut head = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid});
            head[field] = value.clone();
            let signed = format!("{}.{body}", URL_SAFE_NO_PAD.encode(head.to_string()));
            let signature = other.sign(signed.as_bytes());
            let refused = verifier.verify(&format!("{signed}.{signature}")).await;
            assert!(
                matches!(
                    refused,
                    Err(AuthError::Signature | AuthError::UnknownKey | AuthError::Malformed(_))
                ),
                "{field} {kid}: {refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn header_fields_that_must_be_understood_are_refused() {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("one".to_owned());
    for fields in [vec!["exp".to_owned()], vec!["b64".to_owned()], Vec::new()] {
        header.crit = Some(fields);
        let token = encode(&header, &good(), &EncodingKey::from_secret(SECRET)).unwrap();
        let refused = hmac_verifier().verify(&token).await;
        assert!(matches!(refused, Err(AuthError::Critical)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_subject_cannot_pass_for_the_key_of_a_machine() {
    assert!(matches!(
        refused(&with("sub", json!("key:abcdefghijkl"))).await,
        AuthError::Claims(ClaimError::Reserved)
    ));
}

#[tokio::test]
async fn an_oversized_token_is_refused_before_it_is_read() {
    // A good token but for its size: were it read, it would be accepted.
    let mut padded = good();
    padded["padding"] = json!("x".repeat(MAX_TOKEN_BYTES));
    assert!(matches!(refused(&padded).await, AuthError::Malformed(reason) if reason == "it is too long"));
    padded["padding"] = json!("x".repeat(MAX_TOKEN_BYTES / 2));
    assert!(hmac_verifier().verify(&signed(&padded)).await.is_ok());
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
    let set = KeySet::from_keys(jwks(vec![ed, encryption, shared.clone()]), &[Algorithm::EdDSA]).unwrap();
    let find = |kid| set.find(kid, Algorithm::EdDSA);
    assert!(find(Some("ed")).is_some() && find(None).is_some());
    assert!(find(Some("enc")).is_none() && find(Some("oct")).is_none());
    assert!(set.find(Some("ed"), Algorithm::HS256).is_none());
    assert!(matches!(
        KeySet::from_keys(jwks(vec![shared]), &[Algorithm::ES256]),
        Err(JwksError::NoKey { .. })
    ));
}

#[test]
fn a_remote_set_needs_https_except_on_the_loopback() {
    let new = |url: &str| {
        let clock = Arc::new(ManualClock::at(noon()));
        PublishedKeys::at_url(url, &[Algorithm::ES256], Freshness::REMOTE, clock)
    };
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

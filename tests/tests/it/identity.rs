//! Keys of an identity provider behind an address: cached, rotated, lost, and never fetched too often.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use chrono::{Duration, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use peer_challenge::{
    auth::{AuthError, Freshness, JwksError, Keys, PublishedKeys, Verifier, VerifierSettings, ViewerRole},
    clock::{Clock, ManualClock},
};
use serde_json::{Value, json};

/// A provider whose answer the test sets; `None` is an outage.
struct Provider {
    url: String,
    answer: Arc<Mutex<Option<Value>>>,
    fetches: Arc<AtomicU32>,
}

impl Provider {
    fn start() -> Self {
        let answer = Arc::new(Mutex::new(None::<Value>));
        let fetches = Arc::new(AtomicU32::new(0));
        let (shown, counted) = (answer.clone(), fetches.clone());
        let server = HttpServer::new(move || {
            let (shown, counted) = (shown.clone(), counted.clone());
            App::new().default_service(web::to(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                let response = match shown.lock().unwrap().clone() {
                    Some(keys) => HttpResponse::Ok().json(keys),
                    None => HttpResponse::BadGateway().finish(),
                };
                std::future::ready(response)
            }))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://{}/jwks.json", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, answer, fetches }
    }

    fn publishes(&self, keys: &[&Signer]) {
        let keys: Vec<_> = keys.iter().map(|signer| signer.public.clone()).collect();
        *self.answer.lock().unwrap() = Some(json!({ "keys": keys }));
    }

    fn fails(&self) {
        *self.answer.lock().unwrap() = None;
    }

    fn fetches(&self) -> u32 {
        self.fetches.load(Ordering::Relaxed)
    }
}

struct Signer {
    key: EncodingKey,
    kid: String,
    public: Jwk,
}

impl Signer {
    /// An Ed25519 key made of one repeated byte.
    fn new(kid: &str, byte: u8) -> Self {
        let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let key = EncodingKey::from_ed_der(&[prefix.as_slice(), &[byte; 32]].concat());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
        public.common.key_id = Some(kid.to_owned());
        Self {
            key,
            kid: kid.to_owned(),
            public,
        }
    }

    fn token(&self, clock: &ManualClock) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        let now = clock.now().timestamp();
        let claims = json!({"sub": "s", "iss": "i", "aud": "a", "exp": now + 600, "nbf": now, "role": "ANALYST"});
        encode(&header, &claims, &self.key).unwrap()
    }
}

fn verifier(provider: &Provider) -> (Arc<ManualClock>, Verifier) {
    let clock = Arc::new(ManualClock::at(
        "2026-11-22T12:00:00Z".parse::<chrono::DateTime<Utc>>().unwrap(),
    ));
    let remote = PublishedKeys::at_url(&provider.url, &[Algorithm::EdDSA], Freshness::REMOTE, clock.clone()).unwrap();
    let settings = VerifierSettings::new("i", "a", Algorithm::EdDSA);
    (
        clock.clone(),
        Verifier::new(settings, Keys::Published(Box::new(remote)), clock),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_once_and_again_after_a_rotation() {
    let provider = Provider::start();
    let (old, new) = (Signer::new("old", 1), Signer::new("new", 2));
    let (clock, verifier) = verifier(&provider);
    provider.publishes(&[&old]);
    for _ in 0..3 {
        assert_eq!(
            verifier.verify(&old.token(&clock)).await.unwrap().role,
            ViewerRole::Analyst
        );
    }
    assert_eq!(provider.fetches(), 1);
    // An unknown key asks the provider again, but not within half a minute of the last time.
    provider.publishes(&[&new]);
    for _ in 0..3 {
        assert!(matches!(
            verifier.verify(&new.token(&clock)).await,
            Err(AuthError::UnknownKey)
        ));
    }
    assert_eq!(provider.fetches(), 1);
    clock.advance(Duration::seconds(31));
    assert!(verifier.verify(&new.token(&clock)).await.is_ok());
    assert!(matches!(
        verifier.verify(&old.token(&clock)).await,
        Err(AuthError::UnknownKey)
    ));
    assert_eq!(provider.fetches(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_keys_go_out_of_use_within_the_hour() {
    let provider = Provider::start();
    let (old, new) = (Signer::new("old", 1), Signer::new("new", 2));
    let (clock, verifier) = verifier(&provider);
    provider.publishes(&[&old, &new]);
    assert!(verifier.verify(&old.token(&clock)).await.is_ok());
    provider.publishes(&[&new]);
    clock.advance(Duration::minutes(61));
    assert!(matches!(
        verifier.verify(&old.token(&clock)).await,
        Err(AuthError::UnknownKey)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_keeps_known_keys_and_is_told_apart_from_a_bad_token() {
    let provider = Provider::start();
    let signer = Signer::new("k", 1);
    let (clock, verifier) = verifier(&provider);
    provider.fails();
    for _ in 0..3 {
        assert!(matches!(
            verifier.verify(&signer.token(&clock)).await,
            Err(AuthError::KeysUnavailable(_))
        ));
    }
    assert_eq!(provider.fetches(), 1, "an outage is not made worse");
    provider.publishes(&[&signer]);
    clock.advance(Duration::seconds(31));
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
    provider.fails();
    clock.advance(Duration::hours(2));
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_could_not_be_read_for_a_day_are_no_longer_trusted() {
    let provider = Provider::start();
    let signer = Signer::new("k", 1);
    let (clock, verifier) = verifier(&provider);
    provider.publishes(&[&signer]);
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
    provider.fails();
    clock.advance(Duration::hours(24));
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
    clock.advance(Duration::minutes(1));
    let refused = verifier.verify(&signer.token(&clock)).await.unwrap_err();
    assert!(
        matches!(refused, AuthError::KeysUnavailable(JwksError::Stale { hours: 24, .. })),
        "{refused}"
    );
    assert!(refused.is_outage());
    provider.publishes(&[&signer]);
    clock.advance(Duration::seconds(31));
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_keys_count_while_both_are_published() {
    let provider = Provider::start();
    let (old, new) = (Signer::new("old", 1), Signer::new("new", 2));
    let (clock, verifier) = verifier(&provider);
    provider.publishes(&[&old]);
    assert!(verifier.verify(&old.token(&clock)).await.is_ok());
    provider.publishes(&[&new, &old]);
    clock.advance(Duration::seconds(31));
    for signer in [&new, &old, &new] {
        assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
    }
    assert_eq!(provider.fetches(), 2);
}

#[tokio::test]
async fn a_file_of_keys_counts_as_it_stands_and_survives_a_bad_moment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jwks.json");
    let (old, new) = (Signer::new("old", 1), Signer::new("new", 2));
    let write = |keys: &[&Signer]| {
        let keys: Vec<_> = keys.iter().map(|signer| signer.public.clone()).collect();
        std::fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
    };
    let clock = Arc::new(ManualClock::at(
        "2026-11-22T12:00:00Z".parse::<chrono::DateTime<Utc>>().unwrap(),
    ));
    let keys = PublishedKeys::in_file(path.clone(), &[Algorithm::EdDSA], Freshness::REMOTE, clock.clone());
    assert!(matches!(keys.refresh().await, Err(JwksError::File { .. })));
    write(&[&old]);
    keys.refresh().await.unwrap();
    let settings = VerifierSettings::new("i", "a", Algorithm::EdDSA);
    let verifier = Verifier::new(settings, Keys::Published(Box::new(keys)), clock.clone());
    assert!(verifier.verify(&old.token(&clock)).await.is_ok());
    // A new key counts as soon as a token names it; the old one as long as it stands in the file.
    write(&[&old, &new]);
    clock.advance(Duration::seconds(1));
    assert!(verifier.verify(&new.token(&clock)).await.is_ok());
    assert!(verifier.verify(&old.token(&clock)).await.is_ok());
    // Half a file is no reason to lock everybody out.
    std::fs::write(&path, "{\"keys\": [").unwrap();
    clock.advance(Duration::seconds(2));
    assert!(verifier.verify(&old.token(&clock)).await.is_ok());
    write(&[&new]);
    clock.advance(Duration::seconds(2));
    assert!(matches!(
        verifier.verify(&old.token(&clock)).await,
        Err(AuthError::UnknownKey)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_key_of_another_kind_spoils_nothing() {
    let provider = Provider::start();
    let signer = Signer::new("k", 1);
    let (clock, verifier) = verifier(&provider);
    let strange = json!({"kty": "ML-KEM", "kid": "later", "pub": "AAAA"});
    let curve = json!({"kty": "EC", "crv": "secp256k1", "kid": "coin", "x": "AAAA", "y": "AAAA"});
    *provider.answer.lock().unwrap() = Some(json!({ "keys": [strange, curve, signer.public] }));
    assert!(verifier.verify(&signer.token(&clock)).await.is_ok());
}

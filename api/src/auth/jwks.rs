//! Public keys from an identity provider: a JSON Web Key Set in a file or behind a URL.
//!
//! Only keys that fit the pinned algorithm are kept, so a token can never choose how it is verified. A remote set is
//! cached; it is fetched again when it is old or when a token names a key it lacks (the provider rotated), but never
//! more often than [`MIN_INTERVAL`] allows: made-up key ids must not turn this service into a hammer.
//! When fetching fails the old keys stay in use.

use std::{path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use tokio::sync::{Mutex, RwLock};

use crate::clock::Clock;

/// The least time between two fetches of a remote set.
const MIN_INTERVAL: TimeDelta = TimeDelta::seconds(30);
/// After this time a remote set is fetched again, so that withdrawn keys go out of use.
const MAX_AGE: TimeDelta = TimeDelta::hours(1);
/// A key set is a few kilobytes; anything far beyond is not one.
const MAX_BYTES: usize = 256 * 1024;

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// The file cannot be read.
    #[error("cannot read the key set {path}: {cause}")]
    File {
        /// Where.
        path: String,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The text is no JSON Web Key Set.
    #[error("{origin} is not a JSON Web Key Set: {reason}")]
    Format {
        /// Where the text came from.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No key fits the pinned algorithm.
    #[error("{origin} holds no signing key for the algorithm {algorithm:?}")]
    NoKey {
        /// Where the set came from.
        origin: String,
        /// The pinned algorithm.
        algorithm: Algorithm,
    },
    /// The address is not acceptable.
    #[error("the key set's address {0} must use https (http is accepted for the loopback interface only)")]
    Address(String),
    /// The provider cannot be reached or answers badly.
    #[error("fetching the key set from {url} failed: {reason}")]
    Fetch {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
}

/// The verification keys for one pinned algorithm.
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<(Option<String>, DecodingKey)>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(kid, _)| kid)).finish()
    }
}

impl KeySet {
    /// Reads a key set from a file.
    pub fn from_file(path: &Path, algorithm: Algorithm) -> Result<Self, JwksError> {
        let origin = path.display().to_string();
        let text = std::fs::read(path).map_err(|cause| JwksError::File {
            path: origin.clone(),
            cause,
        })?;
        Self::parse(&text, algorithm, &origin)
    }

    /// The keys of a set that fit the algorithm.
    pub fn from_keys(keys: Vec<Jwk>, algorithm: Algorithm) -> Result<Self, JwksError> {
        Self::select(keys, algorithm, "the key set")
    }

    fn parse(text: &[u8], algorithm: Algorithm, origin: &str) -> Result<Self, JwksError> {
        let set: JwkSet = serde_json::from_slice(text).map_err(|error| JwksError::Format {
            origin: origin.to_owned(),
            reason: error.to_string(),
        })?;
        Self::select(set.keys, algorithm, origin)
    }

    fn select(keys: Vec<Jwk>, algorithm: Algorithm, origin: &str) -> Result<Self, JwksError> {
        let keys: Vec<_> = keys
            .into_iter()
            .filter(|key| fits(key, algorithm))
            .filter_map(|key| Some((key.common.key_id.clone(), DecodingKey::from_jwk(&key).ok()?)))
            .collect();
        if keys.is_empty() {
            return Err(JwksError::NoKey {
                origin: origin.to_owned(),
                algorithm,
            });
        }
        Ok(Self { keys })
    }

    /// The key a token asks for. A token without a key id is acceptable only when there is no choice.
    pub fn find(&self, kid: Option<&str>) -> Option<&DecodingKey> {
        match kid {
            Some(kid) => self
                .keys
                .iter()
                .find(|(known, _)| known.as_deref() == Some(kid))
                .map(|(_, key)| key),
            None => match self.keys.as_slice() {
                [(_, only)] => Some(only),
                _ => None,
            },
        }
    }
}

/// Whether a key may verify signatures of the algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let meant_for = key
        .common
        .key_algorithm
        .is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::OctetKey(_), Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
        | (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES384) => curve.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(pair), Algorithm::EdDSA) => pair.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    meant_for && signs && kind
}

/// A key set behind a URL, cached.
pub struct RemoteKeys {
    url: reqwest::Url,
    client: reqwest::Client,
    algorithm: Algorithm,
    clock: Arc<dyn Clock>,
    current: RwLock<Cached>,
    /// Held while fetching, so that many waiting requests cause one fetch.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Cached {
    keys: Option<KeySet>,
    fetched_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

impl RemoteKeys {
    /// Keys from `url`; nothing is fetched yet.
    pub fn new(url: &str, algorithm: Algorithm, clock: Arc<dyn Clock>) -> Result<Self, JwksError> {
        let parsed = reqwest::Url::parse(url).map_err(|_| JwksError::Address(url.to_owned()))?;
        let loopback = parsed.host_str().is_some_and(|host| {
            host == "localhost"
                || host
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        });
        if !(parsed.scheme() == "https" || parsed.scheme() == "http" && loopback) {
            return Err(JwksError::Address(url.to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            // A redirect could lead away from https or into the inner network.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| JwksError::Fetch {
                url: url.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            url: parsed,
            client,
            algorithm,
            clock,
            current: RwLock::new(Cached::default()),
            fetching: Mutex::new(()),
        })
    }

    /// The key a token asks for, after a fetch if that could help. `Err` only when no keys were ever fetched.
    pub async fn find(&self, kid: Option<&str>) -> Result<Option<DecodingKey>, JwksError> {
        if let Some(key) = self.fresh(kid).await {
            return Ok(Some(key));
        }
        let _turn = self.fetching.lock().await;
        // Somebody else may have fetched while this request waited.
        if let Some(key) = self.fresh(kid).await {
            return Ok(Some(key));
        }
        let mut failure = None;
        if self.may_fetch().await
            && let Err(error) = self.refresh().await
        {
            tracing::warn!(%error, "the key set could not be refreshed");
            failure = Some(error);
        }
        let current = self.current.read().await;
        match (&current.keys, failure) {
            (Some(keys), _) => Ok(keys.find(kid).cloned()),
            (None, Some(error)) => Err(error),
            (None, None) => Err(JwksError::Fetch {
                url: self.url.to_string(),
                reason: "the last try failed a moment ago".to_owned(),
            }),
        }
    }

    async fn fresh(&self, kid: Option<&str>) -> Option<DecodingKey> {
        let current = self.current.read().await;
        let age = self.clock.now() - current.fetched_at?;
        if age > MAX_AGE {
            return None;
        }
        current.keys.as_ref()?.find(kid).cloned()
    }

    async fn may_fetch(&self) -> bool {
        let tried = self.current.read().await.tried_at;
        tried.is_none_or(|tried| self.clock.now() - tried >= MIN_INTERVAL)
    }

    /// Fetches the set now, whatever its age; keeps the old one when that fails.
    pub async fn refresh(&self) -> Result<(), JwksError> {
        let now = self.clock.now();
        self.current.write().await.tried_at = Some(now);
        let text = self.fetch().await?;
        let keys = KeySet::parse(&text, self.algorithm, self.url.as_str())?;
        let mut current = self.current.write().await;
        current.keys = Some(keys);
        current.fetched_at = Some(now);
        Ok(())
    }

    async fn fetch(&self) -> Result<Vec<u8>, JwksError> {
        let failed = |reason: String| JwksError::Fetch {
            url: self.url.to_string(),
            reason,
        };
        let mut response = self
            .client
            .get(self.url.clone())
            .send()
            .await
            .map_err(|error| failed(error.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("it answers {}", response.status())));
        }
        let mut text = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failed(error.without_url().to_string()))?
        {
            text.extend_from_slice(&chunk);
            if text.len() > MAX_BYTES {
                return Err(failed(format!("it is larger than {MAX_BYTES} bytes")));
            }
        }
        Ok(text)
    }
}

//! The key set that an identity provider publishes, kept up to date: behind a URL, or in a file.
//!
//! A key counts as long as it is published. The set is read again when it is older than [`Freshness::max_age`], so that a
//! withdrawn key goes out of use, and when a token names a key that it lacks (the provider rotated), but never more often
//! than [`Freshness::floor`] allows: made-up key ids must not turn this service into a hammer. When reading fails the
//! known keys stay in use, one request at a time tries again, and after [`Freshness::max_stale`] nothing is trusted any more.
//!
//! Neighbours: `jwks` (what a set is), `jwt` (asks for keys), `config::auth` (the settings).

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::{Mutex, RwLock};

use super::jwks::{JwksError, KeySet};
use crate::clock::Clock;

/// A key set is a few kilobytes; anything far beyond is not one.
const MAX_BYTES: usize = 256 * 1024;

/// How old a key set may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The least time between two readings.
    pub floor: TimeDelta,
    /// After this time the set is read again.
    pub max_age: TimeDelta,
    /// After this time without a successful reading the known keys are no longer used.
    pub max_stale: TimeDelta,
}

impl Freshness {
    /// For a set behind a URL: half a minute, an hour, a day.
    pub const REMOTE: Self = Self {
        floor: TimeDelta::seconds(30),
        max_age: TimeDelta::hours(1),
        max_stale: TimeDelta::hours(24),
    };

    /// For a file, which costs nothing to read: what it holds counts within a second.
    #[must_use]
    pub fn of_file(self) -> Self {
        let second = TimeDelta::seconds(1);
        Self {
            floor: second,
            max_age: second,
            ..self
        }
    }
}

enum Source {
    Url {
        url: Box<reqwest::Url>,
        client: reqwest::Client,
    },
    File(PathBuf),
}

/// A published key set, cached.
pub struct PublishedKeys {
    source: Source,
    algorithms: Vec<Algorithm>,
    freshness: Freshness,
    clock: Arc<dyn Clock>,
    current: RwLock<Cached>,
    /// Held while reading, so that many waiting requests cause one reading.
    reading: Mutex<()>,
}

#[derive(Default)]
struct Cached {
    keys: Option<KeySet>,
    read_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

impl PublishedKeys {
    /// Keys behind `url`; nothing is fetched yet.
    ///
    /// # Errors
    /// When the address is not https; http is accepted for the loopback interface only.
    pub fn at_url(
        url: &str,
        algorithms: &[Algorithm],
        freshness: Freshness,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JwksError> {
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
        let url = Box::new(parsed);
        Ok(Self::new(Source::Url { url, client }, algorithms, freshness, clock))
    }

    /// Keys in a file; nothing is read yet.
    pub fn in_file(path: PathBuf, algorithms: &[Algorithm], freshness: Freshness, clock: Arc<dyn Clock>) -> Self {
        Self::new(Source::File(path), algorithms, freshness.of_file(), clock)
    }

    fn new(source: Source, algorithms: &[Algorithm], freshness: Freshness, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            algorithms: algorithms.to_vec(),
            freshness,
            clock,
            current: RwLock::new(Cached::default()),
            reading: Mutex::new(()),
        }
    }

    /// The key that a token asks for, after a reading if that could help.
    ///
    /// # Errors
    /// When no keys can be had: none were ever read, or the last reading is too long ago.
    pub async fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Option<DecodingKey>, JwksError> {
        if let Some(key) = self.known(kid, algorithm, self.freshness.max_age).await {
            return Ok(Some(key));
        }
        let known = self.known(kid, algorithm, self.freshness.max_stale).await;
        let turn = match self.reading.try_lock() {
            Ok(turn) => turn,
            // Somebody is reading. A key that was good a moment ago need not wait for them.
            Err(_) if known.is_some() => return Ok(known),
            Err(_) => self.reading.lock().await,
        };
        // Somebody else may have read while this request waited.
        if let Some(key) = self.known(kid, algorithm, self.freshness.max_age).await {
            return Ok(Some(key));
        }
        let mut failure = None;
        if self.may_read().await
            && let Err(error) = self.refresh().await
        {
            tracing::warn!(%error, "the key set could not be renewed");
            failure = Some(error);
        }
        drop(turn);
        let current = self.current.read().await;
        match (&current.keys, current.read_at, failure) {
            (Some(keys), Some(read_at), _) => {
                let age = self.clock.now() - read_at;
                if age > self.freshness.max_stale {
                    return Err(JwksError::Stale {
                        origin: self.origin(),
                        hours: age.num_hours(),
                    });
                }
                Ok(keys.find(kid, algorithm).cloned())
            }
            (_, _, Some(error)) => Err(error),
            (_, _, None) => Err(JwksError::Fetch {
                url: self.origin(),
                reason: "the last try failed a moment ago".to_owned(),
            }),
        }
    }

    /// The key, if the set that holds it was read no longer than `age` ago.
    async fn known(&self, kid: Option<&str>, algorithm: Algorithm, age: TimeDelta) -> Option<DecodingKey> {
        let current = self.current.read().await;
        if self.clock.now() - current.read_at? > age {
            return None;
        }
        current.keys.as_ref()?.find(kid, algorithm).cloned()
    }

    async fn may_read(&self) -> bool {
        let tried = self.current.read().await.tried_at;
        tried.is_none_or(|tried| self.clock.now() - tried >= self.freshness.floor)
    }

    /// Reads the set now, whatever its age; keeps the old one when that fails.
    ///
    /// # Errors
    /// When it cannot be read, is no key set, or holds no key that fits.
    pub async fn refresh(&self) -> Result<(), JwksError> {
        let now = self.clock.now();
        self.current.write().await.tried_at = Some(now);
        let text = match &self.source {
            Source::Url { url, client } => fetch(url, client).await?,
            Source::File(path) => tokio::fs::read(path).await.map_err(|cause| JwksError::File {
                path: path.display().to_string(),
                cause,
            })?,
        };
        let keys = KeySet::parse(&text, &self.algorithms, &self.origin())?;
        let mut current = self.current.write().await;
        current.keys = Some(keys);
        current.read_at = Some(now);
        Ok(())
    }

    fn origin(&self) -> String {
        match &self.source {
            Source::Url { url, .. } => url.to_string(),
            Source::File(path) => path.display().to_string(),
        }
    }
}

async fn fetch(url: &reqwest::Url, client: &reqwest::Client) -> Result<Vec<u8>, JwksError> {
    let failed = |reason: String| JwksError::Fetch {
        url: url.to_string(),
        reason,
    };
    let lost = |error: reqwest::Error| failed(error.without_url().to_string());
    let mut response = client.get(url.clone()).send().await.map_err(lost)?;
    if !response.status().is_success() {
        return Err(failed(format!("it answers {}", response.status())));
    }
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_BYTES {
            return Err(failed(format!("it is larger than {MAX_BYTES} bytes")));
        }
    }
    Ok(text)
}

//! Keys of machines: long-lived bearers of regional hubs, looked up instead of verified by a signature.
//!
//! A key reads `pck_PREFIX_SECRET`: twelve characters that name it and may be shown, then 256 random bits. Only the SHA-256
//! of the whole text is stored, so that nobody who reads the database can use it; a random secret of that length needs no
//! slow hash. The holder acts as a hub of the key's regions under the subject `key:PREFIX`.
//!
//! Lookups are cached for [`MachineKeys::ttl`]: a revocation takes effect within that time in every process. When a key was
//! last used is written at most once in [`USE_INTERVAL`] per process.
//!
//! Neighbours: `jwt` (hands over bearers that begin with [`MARK`]), `apikey` (stores, makes and revokes keys).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    jwt::{AuthError, Session},
    viewer::{Access, Viewer, ViewerRole},
};

/// How the key of a machine begins.
pub const MARK: &str = "pck_";
/// How the subject of a machine begins.
pub const ACTOR: &str = "key:";
/// Characters of the part that names a key.
const PREFIX_LENGTH: usize = 12;
/// Characters of the secret part: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;
/// Letters and digits that nobody mistakes for one another; 32 of them.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How often the last use of a key is written down.
pub const USE_INTERVAL: TimeDelta = TimeDelta::minutes(5);
/// Most lookups remembered; made-up prefixes must not fill the memory.
const CAPACITY: usize = 4_096;

/// The SHA-256 of a key's text.
pub type KeyDigest = [u8; 32];

/// Why the key of a machine is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not read like a key.
    #[error("it is malformed")]
    Malformed,
    /// There is none like it.
    #[error("it is unknown")]
    Unknown,
    /// It was revoked.
    #[error("it was revoked")]
    Revoked,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Key of its row.
    pub id: Uuid,
    /// What its text must hash to.
    pub digest: KeyDigest,
    /// GSS codes of the regions that its holder acts for, at least one.
    pub regions: Vec<String>,
    /// Whether its holder may change anything.
    pub access: Access,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was last used, as far as that was written down.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Where keys are stored.
#[async_trait::async_trait]
pub trait KeyStore: Send + Sync {
    /// The key with this prefix.
    ///
    /// # Errors
    /// When the store is out of reach.
    async fn find(&self, prefix: &str) -> anyhow::Result<Option<StoredKey>>;

    /// Notes that a key was used, without making the request wait.
    fn used(&self, key: Uuid, at: DateTime<Utc>);
}

/// A key that was just made. Its text is shown once and never stored.
pub struct NewKey {
    /// The part that names it.
    pub prefix: String,
    /// The whole text, for its holder.
    pub text: String,
    /// What is stored of it.
    pub digest: KeyDigest,
}

impl NewKey {
    /// A new key from the operating system's entropy.
    pub fn random() -> Self {
        let mut random = StdRng::from_os_rng();
        let prefix: String = (0..PREFIX_LENGTH)
            .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
            .collect();
        let mut secret = [0_u8; 32];
        random.fill_bytes(&mut secret);
        let text = format!("{MARK}{prefix}_{}", URL_SAFE_NO_PAD.encode(secret));
        let digest = digest(&text);
        Self { prefix, text, digest }
    }
}

fn digest(text: &str) -> KeyDigest {
    Sha256::digest(text.as_bytes()).into()
}

/// Compares in a time that does not depend on where the two differ.
fn same(one: &KeyDigest, other: &KeyDigest) -> bool {
    let difference = one.iter().zip(other).fold(0_u8, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(difference) == 0
}

/// The prefix of a well-formed key.
fn prefix_of(text: &str) -> Option<&str> {
    let (prefix, secret) = text.strip_prefix(MARK)?.split_at_checked(PREFIX_LENGTH)?;
    let secret = secret.strip_prefix('_')?;
    let named = prefix.bytes().all(|byte| ALPHABET.contains(&byte));
    let random = secret.len() == SECRET_LENGTH && URL_SAFE_NO_PAD.decode(secret).is_ok();
    (named && random).then_some(prefix)
}

/// A lookup that is remembered.
struct Remembered {
    key: Option<Arc<StoredKey>>,
    at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// Judges the keys of machines.
pub struct MachineKeys {
    store: Arc<dyn KeyStore>,
    ttl: TimeDelta,
    remembered: Mutex<HashMap<String, Remembered>>,
}

impl MachineKeys {
    /// Keys from `store`; what it said counts for `ttl`.
    pub fn new(store: Arc<dyn KeyStore>, ttl: TimeDelta) -> Self {
        Self {
            store,
            ttl,
            remembered: Mutex::new(HashMap::new()),
        }
    }

    /// How long a lookup counts, and so the longest that a revoked key is still accepted.
    pub fn ttl(&self) -> TimeDelta {
        self.ttl
    }

    /// What the key proves at `now`.
    ///
    /// # Errors
    /// When it is refused, and when the store is out of reach.
    pub async fn session(&self, text: &str, now: DateTime<Utc>) -> Result<Session, AuthError> {
        let refuse = |why| Err(AuthError::Machine(why));
        let Some(prefix) = prefix_of(text) else {
            return refuse(Refused::Malformed);
        };
        let Some(key) = self.look_up(prefix, now).await? else {
            return refuse(Refused::Unknown);
        };
        if !same(&digest(text), &key.digest) {
            return refuse(Refused::Unknown);
        }
        if key.revoked {
            return refuse(Refused::Revoked);
        }
        if now >= key.expires_at {
            return refuse(Refused::Expired);
        }
        if self.is_worth_noting(prefix, &key, now) {
            self.store.used(key.id, now);
        }
        let role = ViewerRole::Hub {
            regions: key.regions.clone(),
        };
        Ok(Session {
            viewer: Viewer {
                subject: format!("{ACTOR}{prefix}"),
                role,
                access: key.access,
            },
            until: Some(key.expires_at),
        })
    }

    async fn look_up(&self, prefix: &str, now: DateTime<Utc>) -> Result<Option<Arc<StoredKey>>, AuthError> {
        if let Some(known) = self.lock().get(prefix).filter(|known| now - known.at < self.ttl) {
            return Ok(known.key.clone());
        }
        let found = self.store.find(prefix).await.map_err(AuthError::StoreUnavailable)?;
        let key = found.map(Arc::new);
        let mut remembered = self.lock();
        if remembered.len() >= CAPACITY {
            remembered.retain(|_, known| now - known.at < self.ttl);
            if remembered.len() >= CAPACITY {
                remembered.clear();
            }
        }
        let used_at = remembered.get(prefix).and_then(|known| known.used_at);
        let lookup = Remembered {
            key: key.clone(),
            at: now,
            used_at,
        };
        remembered.insert(prefix.to_owned(), lookup);
        Ok(key)
    }

    /// Whether this use is the first for a while; then it counts as noted.
    fn is_worth_noting(&self, prefix: &str, key: &StoredKey, now: DateTime<Utc>) -> bool {
        let mut remembered = self.lock();
        let noted = remembered.get(prefix).and_then(|known| known.used_at);
        let last = noted.max(key.last_used_at);
        if last.is_some_and(|last| now - last < USE_INTERVAL) {
            return false;
        }
        if let Some(known) = remembered.get_mut(prefix) {
            known.used_at = Some(now);
        }
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

//! A JSON Web Key Set: which of its keys may verify what.
//!
//! Only keys that fit one of the pinned algorithms are kept, and each only for those algorithms that it fits, so a token
//! can never choose how it is verified: a public key is never a shared secret, a key meant for encryption never signs.
//!
//! Neighbours: `published` (keeps a set up to date), `jwt` (asks for a token's key), `local_key` (a set of one).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};

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
    /// No key fits a pinned algorithm.
    #[error("{origin} holds no signing key for {algorithms:?}")]
    NoKey {
        /// Where the set came from.
        origin: String,
        /// The pinned algorithms.
        algorithms: Vec<Algorithm>,
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
    /// Keys are known, but the provider has been out of reach for so long that they can no longer be trusted.
    #[error("the key set from {origin} could not be renewed for {hours} h and is no longer used")]
    Stale {
        /// Where the set came from.
        origin: String,
        /// Hours since it was last read.
        hours: i64,
    },
}

/// A key with what it may verify.
#[derive(Clone)]
struct Entry {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// The verification keys for the pinned algorithms.
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<Entry>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|entry| &entry.kid))
            .finish()
    }
}

impl KeySet {
    /// The keys of a set that fit one of the algorithms.
    ///
    /// # Errors
    /// When none does.
    pub fn from_keys(keys: Vec<Jwk>, algorithms: &[Algorithm]) -> Result<Self, JwksError> {
        Self::select(keys, algorithms, "the key set")
    }

    /// The keys of a set in its published form (JSON) that fit one of the algorithms; `origin` names it in errors. A key of
    /// a kind that is unknown here is passed over: providers publish keys for other purposes too.
    ///
    /// # Errors
    /// When the text is no key set, and when no key fits.
    pub fn parse(text: &[u8], algorithms: &[Algorithm], origin: &str) -> Result<Self, JwksError> {
        #[derive(serde::Deserialize)]
        struct Published {
            keys: Vec<serde_json::Value>,
        }
        let set: Published = serde_json::from_slice(text).map_err(|error| JwksError::Format {
            origin: origin.to_owned(),
            reason: error.to_string(),
        })?;
        let known = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Self::select(known.collect(), algorithms, origin)
    }

    fn select(keys: Vec<Jwk>, algorithms: &[Algorithm], origin: &str) -> Result<Self, JwksError> {
        let entry = |key: Jwk| {
            let fitting: Vec<_> = algorithms.iter().copied().filter(|one| fits(&key, *one)).collect();
            let decoding = DecodingKey::from_jwk(&key).ok()?;
            (!fitting.is_empty()).then_some(Entry {
                kid: key.common.key_id,
                algorithms: fitting,
                key: decoding,
            })
        };
        let keys: Vec<_> = keys.into_iter().filter_map(entry).collect();
        if keys.is_empty() {
            return Err(JwksError::NoKey {
                origin: origin.to_owned(),
                algorithms: algorithms.to_vec(),
            });
        }
        Ok(Self { keys })
    }

    /// The key that a token asks for, if it may verify the token's algorithm. A token without a key id is acceptable only
    /// when there is no choice.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.keys.iter().filter(|entry| entry.algorithms.contains(&algorithm));
        match kid {
            Some(kid) => fitting.find(|entry| entry.kid.as_deref() == Some(kid)),
            None => fitting.next().filter(|_| self.keys.len() == 1),
        }
        .map(|entry| &entry.key)
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

//! Verifies bearer tokens.
//!
//! The algorithms are pinned, and a key verifies only what its kind is for, so neither `alg: none` nor a public key used
//! as an HMAC secret can pass. Keys that a token brings along (`jwk`, `jku`, `x5u`, `x5c`) are never looked at; a header that
//! must be understood (`crit`) is refused, because none is. Issuer, audience, subject, expiry and start are required. Time is
//! taken from the injected clock, not from the library's own. A bearer that is no token but the key of a machine goes to
//! `machine`. Every refusal is typed for the log; the client only ever hears that the token is not valid.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};

use super::{
    claims::{self, ClaimError, Claims},
    jwks::{JwksError, KeySet},
    machine::{self, MachineKeys},
    published::PublishedKeys,
    viewer::Viewer,
};
use crate::clock::Clock;

/// No honest token is longer; longer ones are refused before any work is done on them.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Why a request's credentials are refused. For the log: clients are told nothing of this.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The Authorization header is not `Bearer TOKEN`.
    #[error("the Authorization header is not a bearer token")]
    Header,
    /// Not a JSON Web Token, or one whose content cannot be read.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// The token's algorithm is none of the pinned ones.
    #[error("the token uses another algorithm than the pinned ones")]
    Algorithm,
    /// The token has header fields that must be understood, and none is.
    #[error("the token has critical header fields")]
    Critical,
    /// No key with the token's key id.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature is wrong")]
    Signature,
    /// The token's time is over.
    #[error("the token expired {seconds} s ago")]
    Expired {
        /// Seconds since its end.
        seconds: i64,
    },
    /// The token's time has not come.
    #[error("the token is not valid yet")]
    Immature,
    /// Issued by somebody else.
    #[error("the issuer is another one")]
    Issuer,
    /// Meant for somebody else.
    #[error("the audience is another one")]
    Audience,
    /// A required claim is missing.
    #[error("the claim \"{0}\" is missing")]
    MissingClaim(String),
    /// The claims describe no viewer.
    #[error("the claims are not usable: {0}")]
    Claims(#[from] ClaimError),
    /// No machine has this key, or it was revoked or has expired.
    #[error("the key of a machine is refused: {0}")]
    Machine(machine::Refused),
    /// The identity provider's keys cannot be had: not the client's fault.
    #[error(transparent)]
    KeysUnavailable(#[from] JwksError),
    /// The keys of machines cannot be looked up: not the client's fault.
    #[error("the keys of machines cannot be looked up: {0:#}")]
    StoreUnavailable(anyhow::Error),
}

impl AuthError {
    /// Whether the credentials may be fine and the failure is this service's or its provider's. A client must then try
    /// again instead of throwing its token away.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::KeysUnavailable(_) | Self::StoreUnavailable(_))
    }
}

/// What a bearer proves: who asks, and for how long that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who asks.
    pub viewer: Viewer,
    /// When the proof ends (a connection that was opened with it must end then); `None` when it has no end.
    pub until: Option<DateTime<Utc>>,
}

/// What a token must say to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierSettings {
    /// The required `iss`.
    pub issuer: String,
    /// The required `aud`.
    pub audience: String,
    /// The accepted algorithms.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks of issuer and service may differ.
    pub leeway: TimeDelta,
    /// Whether a token must say from when it holds (`nbf`). One that says so is held to it in any case.
    pub start_required: bool,
}

impl VerifierSettings {
    /// One algorithm, a leeway of 30 seconds, and a start that must be there.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, algorithm: Algorithm) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            algorithms: vec![algorithm],
            leeway: TimeDelta::seconds(30),
            start_required: true,
        }
    }
}

/// Where verification keys come from.
pub enum Keys {
    /// Known once and for all: the local key.
    Fixed(KeySet),
    /// Published by an identity provider.
    Published(Box<PublishedKeys>),
}

/// Turns bearer tokens into viewers.
pub struct Verifier {
    settings: VerifierSettings,
    keys: Keys,
    clock: Arc<dyn Clock>,
    validation: Validation,
    machines: Option<MachineKeys>,
}

impl Verifier {
    /// A verifier with pinned settings.
    pub fn new(settings: VerifierSettings, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        let mut validation = Validation::default();
        validation.algorithms.clone_from(&settings.algorithms);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library reads the system time; expiry is checked below with the injected clock instead.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            settings,
            keys,
            clock,
            validation,
            machines: None,
        }
    }

    /// The same, which also accepts the keys of machines.
    #[must_use]
    pub fn with_machines(self, machines: MachineKeys) -> Self {
        Self {
            machines: Some(machines),
            ..self
        }
    }

    /// The pinned settings.
    pub fn settings(&self) -> &VerifierSettings {
        &self.settings
    }

    /// The viewer of an `Authorization` header's value.
    ///
    /// # Errors
    /// As [`Self::session`], and for anything but `Bearer TOKEN`.
    pub async fn verify_header(&self, value: &str) -> Result<Viewer, AuthError> {
        let (scheme, token) = value.split_once(' ').ok_or(AuthError::Header)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Header);
        }
        self.verify(token.trim()).await
    }

    /// The viewer that a token proves.
    ///
    /// # Errors
    /// As [`Self::session`].
    pub async fn verify(&self, token: &str) -> Result<Viewer, AuthError> {
        Ok(self.session(token).await?.viewer)
    }

    /// What a token, or the key of a machine, proves.
    ///
    /// # Errors
    /// Says why it is refused, or that it cannot be judged at the moment ([`AuthError::is_outage`]).
    pub async fn session(&self, token: &str) -> Result<Session, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Malformed("it is too long".to_owned()));
        }
        if let Some(machines) = &self.machines
            && token.starts_with(machine::MARK)
        {
            return machines.session(token, self.clock.now()).await;
        }
        let header = decode_header(token).map_err(|error| refusal(&error))?;
        if !self.settings.algorithms.contains(&header.alg) {
            return Err(AuthError::Algorithm);
        }
        if header.crit.is_some() {
            return Err(AuthError::Critical);
        }
        let key = self.key(header.kid.as_deref(), header.alg).await?;
        // The library wants keys and algorithms of one family; the key has been chosen for exactly this one.
        let mut validation = self.validation.clone();
        validation.algorithms = vec![header.alg];
        let claims: Claims = decode(token, &key, &validation)
            .map_err(|error| refusal(&error))?
            .claims;
        self.check_time(&claims)?;
        claims::check_subject(&claims.sub)?;
        let until =
            DateTime::from_timestamp(claims.exp, 0).and_then(|end| end.checked_add_signed(self.settings.leeway));
        Ok(Session {
            viewer: Viewer::new(claims.sub, claims.role.into_role()?),
            until,
        })
    }

    async fn key(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, AuthError> {
        let found = match &self.keys {
            Keys::Fixed(keys) => keys.find(kid, algorithm).cloned(),
            Keys::Published(keys) => keys.find(kid, algorithm).await?,
        };
        found.ok_or(AuthError::UnknownKey)
    }

    fn check_time(&self, claims: &Claims) -> Result<(), AuthError> {
        let (now, leeway) = (self.clock.now().timestamp(), self.settings.leeway.num_seconds());
        let late = now.saturating_sub(claims.exp);
        if late >= leeway {
            return Err(AuthError::Expired { seconds: late });
        }
        if self.settings.start_required && claims.nbf.is_none() {
            return Err(AuthError::MissingClaim("nbf".to_owned()));
        }
        let starts = claims.nbf.unwrap_or(i64::MIN).max(claims.iat.unwrap_or(i64::MIN));
        if starts.saturating_sub(now) > leeway {
            return Err(AuthError::Immature);
        }
        Ok(())
    }
}

fn refusal(error: &jsonwebtoken::errors::Error) -> AuthError {
    match error.kind() {
        ErrorKind::InvalidSignature => AuthError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            AuthError::Algorithm
        }
        ErrorKind::InvalidIssuer => AuthError::Issuer,
        ErrorKind::InvalidAudience => AuthError::Audience,
        ErrorKind::MissingRequiredClaim(claim) => AuthError::MissingClaim(claim.clone()),
        _ => AuthError::Malformed(error.to_string()),
    }
}

#[cfg(test)]
mod tests;

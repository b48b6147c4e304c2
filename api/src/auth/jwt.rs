//! Verifies bearer tokens.
//!
//! One algorithm is pinned, so neither `alg: none` nor a public key used as an HMAC secret can pass. Issuer,
//! audience, subject and expiry are required. Time is taken from the injected clock, not from the library's own.
//! Every refusal is typed for the log; the client only ever hears that the token is not valid.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};

use super::{
    claims::{self, ClaimError, Claims},
    jwks::{JwksError, KeySet, RemoteKeys},
    viewer::Viewer,
};
use crate::clock::Clock;

/// How far the clocks of issuer and service may differ, in seconds.
const LEEWAY_SECONDS: i64 = 30;
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
    /// The token's algorithm is not the pinned one.
    #[error("the token uses another algorithm than the pinned one")]
    Algorithm,
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
    /// The identity provider's keys cannot be had: the one case that is not the client's fault.
    #[error(transparent)]
    KeysUnavailable(#[from] JwksError),
}

/// What a token must say to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierSettings {
    /// The required `iss`.
    pub issuer: String,
    /// The required `aud`.
    pub audience: String,
    /// The one accepted algorithm.
    pub algorithm: Algorithm,
}

/// Where verification keys come from.
pub enum Keys {
    /// Known once and for all: the local key, or a file.
    Fixed(KeySet),
    /// Behind a URL.
    Remote(Box<RemoteKeys>),
}

/// Turns bearer tokens into viewers.
pub struct Verifier {
    settings: VerifierSettings,
    keys: Keys,
    clock: Arc<dyn Clock>,
    validation: Validation,
}

impl Verifier {
    /// A verifier with pinned settings.
    pub fn new(settings: VerifierSettings, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        let mut validation = Validation::new(settings.algorithm);
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
        }
    }

    /// The pinned settings.
    pub fn settings(&self) -> &VerifierSettings {
        &self.settings
    }

    /// The viewer of an `Authorization` header's value.
    pub async fn verify_header(&self, value: &str) -> Result<Viewer, AuthError> {
        let (scheme, token) = value.split_once(' ').ok_or(AuthError::Header)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Header);
        }
        self.verify(token.trim()).await
    }

    /// The viewer that a token proves.
    pub async fn verify(&self, token: &str) -> Result<Viewer, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::Malformed("it is too long".to_owned()));
        }
        let header = decode_header(token).map_err(|error| refusal(&error))?;
        if header.alg != self.settings.algorithm {
            return Err(AuthError::Algorithm);
        }
        let key = self.key(header.kid.as_deref()).await?;
        let claims: Claims = decode(token, &key, &self.validation)
            .map_err(|error| refusal(&error))?
            .claims;
        self.check_time(&claims)?;
        claims::check_subject(&claims.sub)?;
        Ok(Viewer {
            subject: claims.sub,
            role: claims.role.into_role()?,
        })
    }

    async fn key(&self, kid: Option<&str>) -> Result<DecodingKey, AuthError> {
        let found = match &self.keys {
            Keys::Fixed(keys) => keys.find(kid).cloned(),
            Keys::Remote(keys) => keys.find(kid).await?,
        };
        found.ok_or(AuthError::UnknownKey)
    }

    fn check_time(&self, claims: &Claims) -> Result<(), AuthError> {
        let now = self.clock.now().timestamp();
        let late = now.saturating_sub(claims.exp);
        if late >= LEEWAY_SECONDS {
            return Err(AuthError::Expired { seconds: late });
        }
        let starts = claims.nbf.unwrap_or(i64::MIN).max(claims.iat.unwrap_or(i64::MIN));
        if starts.saturating_sub(now) > LEEWAY_SECONDS {
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

//! Settings: command line flags, each with an environment variable, and their checks.
//!
//! Flags win over the environment, the environment over a file, the file over defaults ([`layers`]). One file here holds one group of settings; the commands
//! (`cli`) flatten the groups that they need. A group turns itself into the typed settings of the part it configures,
//! or says what is wrong ([`ConfigError`]).
//!
//! A new setting: a field in its group, with an `env` and a doc comment that is its manual; `hide_env_values` marks a
//! secret. Nothing else is needed: the file, `config check` and the tables of the docs follow from the definition.

mod auth;
mod connections;
mod database;
pub mod describe;
mod documents;
mod file;
mod http;
mod jobs;
pub mod layers;
mod limits;
mod live;
mod mail;

pub use auth::AuthArgs;
pub use connections::ConnectionArgs;
pub use database::{DataDirArgs, DatabaseArgs};
pub use documents::DocumentArgs;
pub use http::HttpArgs;
pub use jobs::JobArgs;
pub use limits::LimitArgs;
pub use live::LiveArgs;
pub use mail::MailArgs;

use crate::{
    auth::{JwksError, LocalKeyError},
    http::DocumentsError,
    notice::mail::MailerError,
};

/// Settings that do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be bound.
    #[error("{flag} {value}: expected ADDRESS:PORT, for example 127.0.0.1:8080")]
    Bind {
        /// Which one.
        flag: &'static str,
        /// What was given.
        value: String,
    },
    /// A signing algorithm this service does not know.
    #[error(
        "--jwt-algorithm {value}: expected one of ES256, ES384, EdDSA, RS256, RS384, RS512, PS256, PS384, PS512, HS256"
    )]
    Algorithm {
        /// What was given.
        value: String,
    },
    /// Shared secrets beside public keys.
    #[error("--jwt-algorithm must not mix HS256, HS384 or HS512 with algorithms of public keys")]
    MixedAlgorithms,
    /// External keys without pinned issuer, audience and algorithm.
    #[error("with --jwks-file or --jwks-url, {flag} must be given too: nothing about a token is left to chance")]
    Unpinned {
        /// The flag that is missing.
        flag: &'static str,
    },
    /// An algorithm other than the local key's.
    #[error("the local key signs with EdDSA; --jwt-algorithm applies to --jwks-file and --jwks-url only")]
    LocalAlgorithm,
    /// An origin that browsers would never send.
    #[error("--cors-origin {value}: expected SCHEME://HOST[:PORT] without a path, for example https://example.org")]
    Origin {
        /// What was given.
        value: String,
    },
    /// A mail server without a sender.
    #[error("--smtp-url needs --mail-from: messages must say who they are from")]
    NoSender,
    /// A secret that can be guessed.
    #[error("--link-secret is too short: at least 32 bytes are needed")]
    ShortSecret,
    /// Links without a beginning.
    #[error("--link-secret needs --public-url: links must begin with something")]
    NoPublicUrl,
    /// An address that is none.
    #[error("--public-url {value}: expected https://HOST")]
    PublicUrl {
        /// What was given.
        value: String,
    },
    /// The mail server cannot be used.
    #[error(transparent)]
    Mailer(#[from] MailerError),
    /// The known documents cannot be used.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The key set cannot be used.
    #[error(transparent)]
    Jwks(#[from] JwksError),
    /// The local key cannot be used.
    #[error(transparent)]
    LocalKey(#[from] LocalKeyError),
}

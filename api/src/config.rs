//! Settings: command line flags, each with an environment variable, and their checks.
//!
//! Flags win over the environment, the environment over defaults. The groups here are shared by the commands
//! (`cli`); a group turns itself into the typed settings of the part it configures, or says what is wrong.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use jsonwebtoken::Algorithm;

use crate::{
    auth::{JwksError, KeySet, Keys, LocalKey, LocalKeyError, RemoteKeys, Verifier, VerifierSettings},
    clock::Clock,
    db::DatabaseOptions,
    http::HttpOptions,
};

/// The issuer and audience of tokens that this installation mints for itself.
const LOCAL_NAME: &str = "peer-challenge";

/// Settings that do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be bound.
    #[error("--bind {value}: expected ADDRESS:PORT, for example 127.0.0.1:8080")]
    Bind {
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
    /// The key set cannot be used.
    #[error(transparent)]
    Jwks(#[from] JwksError),
    /// The local key cannot be used.
    #[error(transparent)]
    LocalKey(#[from] LocalKeyError),
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The database: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    ///
    /// A missing SQLite file is created; a PostgreSQL database must exist (`createdb NAME`).
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://peer-challenge.db",
        value_name = "URL"
    )]
    pub database_url: String,
}

impl DatabaseArgs {
    /// Settings that create a missing SQLite file.
    pub fn options(&self) -> DatabaseOptions {
        DatabaseOptions::new(&self.database_url)
    }

    /// Settings under which a missing SQLite file is an error.
    pub fn existing(&self) -> DatabaseOptions {
        DatabaseOptions::existing(&self.database_url)
    }
}

/// Where this installation keeps what is its own.
#[derive(Debug, Clone, Args)]
pub struct DataDirArgs {
    /// Directory of this installation's own files; the local signing key is kept there (mode 0600).
    #[arg(
        long,
        env = "PEER_CHALLENGE_DATA_DIR",
        default_value = ".peer-challenge",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,
}

/// Whose tokens are accepted.
#[derive(Debug, Clone, Default, Args)]
pub struct AuthArgs {
    /// The issuer (`iss`) that tokens must name. [default with the local key: peer-challenge]
    #[arg(long, env = "PEER_CHALLENGE_JWT_ISSUER", value_name = "NAME")]
    pub jwt_issuer: Option<String>,
    /// The audience (`aud`) that tokens must name. [default with the local key: peer-challenge]
    #[arg(long, env = "PEER_CHALLENGE_JWT_AUDIENCE", value_name = "NAME")]
    pub jwt_audience: Option<String>,
    /// The one algorithm that tokens must be signed with: `ES256`, `ES384`, `EdDSA`, `RS256` …
    #[arg(long, env = "PEER_CHALLENGE_JWT_ALGORITHM", value_name = "NAME")]
    pub jwt_algorithm: Option<String>,
    /// File with the identity provider's public keys (a JSON Web Key Set).
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWKS_FILE",
        value_name = "FILE",
        conflicts_with = "jwks_url"
    )]
    pub jwks_file: Option<PathBuf>,
    /// https address of the identity provider's public keys; fetched when needed and cached.
    #[arg(long, env = "PEER_CHALLENGE_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<String>,
}

impl AuthArgs {
    /// Issuer and audience of the tokens that the local key signs.
    pub fn local_names(&self) -> (String, String) {
        let or_local = |value: &Option<String>| value.clone().unwrap_or_else(|| LOCAL_NAME.to_owned());
        (or_local(&self.jwt_issuer), or_local(&self.jwt_audience))
    }

    /// The verifier that these settings describe. With the local key a warning is logged: whoever can read that file
    /// can be anybody.
    pub async fn verifier(&self, data_dir: &DataDirArgs, clock: Arc<dyn Clock>) -> Result<Verifier, ConfigError> {
        let algorithm = self.algorithm()?;
        let pinned = |flag, value: &Option<String>| value.clone().ok_or(ConfigError::Unpinned { flag });
        if self.jwks_file.is_none() && self.jwks_url.is_none() {
            if algorithm.is_some_and(|algorithm| algorithm != Algorithm::EdDSA) {
                return Err(ConfigError::LocalAlgorithm);
            }
            let key = LocalKey::load_or_create(&data_dir.data_dir)?;
            tracing::warn!(
                directory = %data_dir.data_dir.display(),
                "tokens are verified with this installation's own key: fine for demo and development; in production set --jwks-url"
            );
            let (issuer, audience) = self.local_names();
            let settings = VerifierSettings {
                issuer,
                audience,
                algorithm: Algorithm::EdDSA,
            };
            return Ok(Verifier::new(settings, Keys::Fixed(key.key_set()?), clock));
        }
        let settings = VerifierSettings {
            issuer: pinned("--jwt-issuer", &self.jwt_issuer)?,
            audience: pinned("--jwt-audience", &self.jwt_audience)?,
            algorithm: algorithm.ok_or(ConfigError::Unpinned {
                flag: "--jwt-algorithm",
            })?,
        };
        let keys = match (&self.jwks_file, &self.jwks_url) {
            (Some(file), _) => Keys::Fixed(KeySet::from_file(file, settings.algorithm)?),
            (None, url) => {
                let url = url.as_deref().unwrap_or_default();
                let remote = RemoteKeys::new(url, settings.algorithm, Arc::clone(&clock))?;
                // The provider may come up later than this service; its tokens are refused until then.
                if let Err(error) = remote.refresh().await {
                    tracing::warn!(%error, "the key set is not available yet");
                }
                Keys::Remote(Box::new(remote))
            }
        };
        Ok(Verifier::new(settings, keys, clock))
    }

    fn algorithm(&self) -> Result<Option<Algorithm>, ConfigError> {
        let parse =
            |value: &String| Algorithm::from_str(value).map_err(|_| ConfigError::Algorithm { value: value.clone() });
        self.jwt_algorithm.as_ref().map(parse).transpose()
    }
}

/// How requests come in.
#[derive(Debug, Clone, Args)]
pub struct HttpArgs {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "PEER_CHALLENGE_BIND",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub bind: String,
    /// Do not serve GraphiQL at `/`.
    #[arg(long, env = "PEER_CHALLENGE_NO_GRAPHIQL", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_graphiql: bool,
    /// Origin whose pages may call the API from a browser; may be repeated. None by default.
    #[arg(
        long,
        env = "PEER_CHALLENGE_CORS_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub cors_origin: Vec<String>,
    /// Seconds to report "not ready" before the socket closes on shutdown.
    #[arg(long, env = "PEER_CHALLENGE_DRAIN_SECONDS", default_value_t = 0, value_name = "N")]
    pub drain_seconds: u64,
}

impl HttpArgs {
    /// The HTTP settings that these flags describe.
    pub fn options(&self) -> Result<HttpOptions, ConfigError> {
        let mut options = HttpOptions::on(self.address()?);
        options.graphiql = !self.no_graphiql;
        options.drain = Duration::from_secs(self.drain_seconds);
        options.workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        for origin in &self.cors_origin {
            if !is_origin(origin) {
                return Err(ConfigError::Origin { value: origin.clone() });
            }
            options.cors_origins.push(origin.clone());
        }
        Ok(options)
    }

    fn address(&self) -> Result<SocketAddr, ConfigError> {
        let invalid = || ConfigError::Bind {
            value: self.bind.clone(),
        };
        self.bind
            .to_socket_addrs()
            .map_err(|_| invalid())?
            .next()
            .ok_or_else(invalid)
    }
}

/// Exactly what a browser sends in `Origin`: scheme and authority. `*` is not an origin.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https")
            && !authority.is_empty()
            && authority
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn auth() -> AuthArgs {
        AuthArgs::default()
    }

    async fn refused(args: AuthArgs) -> ConfigError {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDirArgs {
            data_dir: dir.path().to_owned(),
        };
        args.verifier(&data_dir, Arc::new(SystemClock)).await.err().unwrap()
    }

    #[tokio::test]
    async fn external_keys_need_everything_pinned() {
        let with = |issuer: Option<&str>, audience: Option<&str>, algorithm: Option<&str>| AuthArgs {
            jwt_issuer: issuer.map(Into::into),
            jwt_audience: audience.map(Into::into),
            jwt_algorithm: algorithm.map(Into::into),
            jwks_url: Some("https://id.example.org/jwks".to_owned()),
            ..auth()
        };
        for (args, missing) in [
            (with(None, Some("a"), Some("ES256")), "--jwt-issuer"),
            (with(Some("i"), None, Some("ES256")), "--jwt-audience"),
            (with(Some("i"), Some("a"), None), "--jwt-algorithm"),
        ] {
            assert!(matches!(refused(args).await, ConfigError::Unpinned { flag } if flag == missing));
        }
        assert!(matches!(
            refused(with(Some("i"), Some("a"), Some("none"))).await,
            ConfigError::Algorithm { .. }
        ));
        let local = AuthArgs {
            jwt_algorithm: Some("HS256".to_owned()),
            ..auth()
        };
        assert!(matches!(refused(local).await, ConfigError::LocalAlgorithm));
        let missing = AuthArgs {
            jwks_url: None,
            jwks_file: Some("/no/such/file".into()),
            ..with(Some("i"), Some("a"), Some("ES256"))
        };
        assert!(matches!(
            refused(missing).await,
            ConfigError::Jwks(JwksError::File { .. })
        ));
    }

    #[test]
    fn origins_and_addresses_are_checked() {
        for good in ["https://example.org", "http://localhost:3000", "http://[::1]:80"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "example.org",
            "https://",
            "https://example.org/",
            "ftp://x",
            "null",
            "https://a b",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        let http = |bind: &str| HttpArgs {
            bind: bind.into(),
            no_graphiql: true,
            cors_origin: vec![],
            drain_seconds: 0,
        };
        assert!(http("127.0.0.1:0").options().is_ok());
        for bad in ["8080", "127.0.0.1", "127.0.0.1:99999", "no such host:1"] {
            assert!(matches!(http(bad).options(), Err(ConfigError::Bind { .. })), "{bad}");
        }
    }
}

//! Whose tokens are accepted: the identity provider's keys, or this installation's own key.

use std::{path::PathBuf, str::FromStr, sync::Arc};

use chrono::TimeDelta;
use clap::Args;
use jsonwebtoken::Algorithm;

use super::{ConfigError, DataDirArgs};
use crate::{
    auth::{Freshness, KeyStore, Keys, LocalKey, MachineKeys, PublishedKeys, Verifier, VerifierSettings},
    clock::Clock,
};

/// The issuer and audience of tokens that this installation mints for itself.
const LOCAL_NAME: &str = "peer-challenge";

/// Whose tokens are accepted.
#[derive(Debug, Clone, Args)]
pub struct AuthArgs {
    /// The issuer (`iss`) that tokens must name. [default with the local key: peer-challenge]
    #[arg(long, env = "PEER_CHALLENGE_JWT_ISSUER", value_name = "NAME")]
    pub jwt_issuer: Option<String>,
    /// The audience (`aud`) that tokens must name. [default with the local key: peer-challenge]
    #[arg(long, env = "PEER_CHALLENGE_JWT_AUDIENCE", value_name = "NAME")]
    pub jwt_audience: Option<String>,
    /// The algorithm that tokens must be signed with: `ES256`, `ES384`, `EdDSA`, `RS256` …
    ///
    /// May be repeated while a provider changes from one to another; each key verifies only what its kind is for.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWT_ALGORITHM",
        value_delimiter = ',',
        value_name = "NAME"
    )]
    pub jwt_algorithm: Vec<String>,
    /// Seconds by which the clocks of the token's issuer and this service may differ, at most 300.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWT_LEEWAY_SECONDS",
        default_value_t = 30,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(0..=300)
    )]
    pub jwt_leeway_seconds: u32,
    /// Accept tokens that do not say from when they hold (`nbf`), for providers that never say so.
    ///
    /// A token that says so is held to it in any case, and so is the time at which it was issued (`iat`).
    #[arg(long, env = "PEER_CHALLENGE_JWT_NBF_OPTIONAL", value_parser = clap::builder::FalseyValueParser::new())]
    pub jwt_nbf_optional: bool,
    /// File with the identity provider's public keys (a JSON Web Key Set); read again within a second of a change.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWKS_FILE",
        value_name = "FILE",
        conflicts_with = "jwks_url"
    )]
    pub jwks_file: Option<PathBuf>,
    /// https address of the identity provider's public keys; fetched when needed and cached.
    ///
    /// http is accepted for the loopback interface only (a provider or proxy on the same machine).
    #[arg(long, env = "PEER_CHALLENGE_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<String>,
    /// Seconds after which the keys behind --jwks-url are fetched again, so that a withdrawn key goes out of use.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWKS_MAX_AGE_SECONDS",
        default_value_t = 3_600,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=86_400)
    )]
    pub jwks_max_age_seconds: u32,
    /// The least seconds between two fetches of --jwks-url, also when tokens name unknown keys.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWKS_MIN_INTERVAL_SECONDS",
        default_value_t = 30,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=3_600)
    )]
    pub jwks_min_interval_seconds: u32,
    /// Seconds for which known keys stay in use while they cannot be read again (the provider is out of reach).
    #[arg(
        long,
        env = "PEER_CHALLENGE_JWKS_MAX_STALE_SECONDS",
        default_value_t = 86_400,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=604_800)
    )]
    pub jwks_max_stale_seconds: u32,
    /// Seconds for which a lookup of an API key counts: a revoked key is refused everywhere within this time.
    #[arg(
        long,
        env = "PEER_CHALLENGE_API_KEY_CACHE_SECONDS",
        default_value_t = 10,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(0..=300)
    )]
    pub api_key_cache_seconds: u32,
}

impl Default for AuthArgs {
    fn default() -> Self {
        Self {
            jwt_issuer: None,
            jwt_audience: None,
            jwt_algorithm: Vec::new(),
            jwt_leeway_seconds: 30,
            jwt_nbf_optional: false,
            jwks_file: None,
            jwks_url: None,
            jwks_max_age_seconds: 3_600,
            jwks_min_interval_seconds: 30,
            jwks_max_stale_seconds: 86_400,
            api_key_cache_seconds: 10,
        }
    }
}

impl AuthArgs {
    /// Issuer and audience of the tokens that the local key signs.
    pub fn local_names(&self) -> (String, String) {
        let or_local = |value: &Option<String>| value.clone().unwrap_or_else(|| LOCAL_NAME.to_owned());
        (or_local(&self.jwt_issuer), or_local(&self.jwt_audience))
    }

    /// Whether these settings fit together; touches neither files nor the network.
    ///
    /// # Errors
    /// What is missing or contradictory.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.external().map(drop)
    }

    /// What tokens of an external provider must be like; `None` when the local key is used.
    fn external(&self) -> Result<Option<VerifierSettings>, ConfigError> {
        let algorithms = self.algorithms()?;
        if self.jwks_file.is_none() && self.jwks_url.is_none() {
            return if algorithms.iter().all(|algorithm| *algorithm == Algorithm::EdDSA) {
                Ok(None)
            } else {
                Err(ConfigError::LocalAlgorithm)
            };
        }
        let pinned = |flag, value: &Option<String>| value.clone().ok_or(ConfigError::Unpinned { flag });
        let issuer = pinned("--jwt-issuer", &self.jwt_issuer)?;
        let audience = pinned("--jwt-audience", &self.jwt_audience)?;
        if algorithms.is_empty() {
            let flag = "--jwt-algorithm";
            return Err(ConfigError::Unpinned { flag });
        }
        let shared = |one: &Algorithm| matches!(one, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
        if algorithms.iter().any(shared) && !algorithms.iter().all(shared) {
            return Err(ConfigError::MixedAlgorithms);
        }
        Ok(Some(self.settings(issuer, audience, algorithms)))
    }

    /// The verifier that these settings describe. With the local key a warning is logged: whoever can read that file
    /// can be anybody.
    pub async fn verifier(&self, data_dir: &DataDirArgs, clock: Arc<dyn Clock>) -> Result<Verifier, ConfigError> {
        let Some(settings) = self.external()? else {
            let key = LocalKey::load_or_create(&data_dir.data_dir)?;
            tracing::warn!(
                directory = %data_dir.data_dir.display(),
                "tokens are verified with this installation's own key: fine for demo and development; in production set --jwks-url"
            );
            let (issuer, audience) = self.local_names();
            let settings = self.settings(issuer, audience, vec![Algorithm::EdDSA]);
            return Ok(Verifier::new(settings, Keys::Fixed(key.key_set()?), clock));
        };
        let seconds = |count: u32| TimeDelta::seconds(i64::from(count));
        let freshness = Freshness {
            floor: seconds(self.jwks_min_interval_seconds),
            max_age: seconds(self.jwks_max_age_seconds),
            max_stale: seconds(self.jwks_max_stale_seconds),
        };
        let keys = match (&self.jwks_file, &self.jwks_url) {
            (Some(file), _) => {
                let keys = PublishedKeys::in_file(file.clone(), &settings.algorithms, freshness, Arc::clone(&clock));
                // A file that is wrong from the start is a mistake of whoever starts the service.
                keys.refresh().await?;
                keys
            }
            (None, url) => {
                let url = url.as_deref().unwrap_or_default();
                let keys = PublishedKeys::at_url(url, &settings.algorithms, freshness, Arc::clone(&clock))?;
                // The provider may come up later than this service; its tokens are refused until then.
                if let Err(error) = keys.refresh().await {
                    tracing::warn!(%error, "the key set is not available yet");
                }
                keys
            }
        };
        Ok(Verifier::new(settings, Keys::Published(Box::new(keys)), clock))
    }

    /// The keys of machines in `store`.
    pub fn machines(&self, store: impl KeyStore + 'static) -> MachineKeys {
        let ttl = TimeDelta::seconds(i64::from(self.api_key_cache_seconds));
        MachineKeys::new(Arc::new(store), ttl)
    }

    fn settings(&self, issuer: String, audience: String, algorithms: Vec<Algorithm>) -> VerifierSettings {
        VerifierSettings {
            issuer,
            audience,
            algorithms,
            leeway: TimeDelta::seconds(i64::from(self.jwt_leeway_seconds)),
            start_required: !self.jwt_nbf_optional,
        }
    }

    fn algorithms(&self) -> Result<Vec<Algorithm>, ConfigError> {
        let parse =
            |value: &String| Algorithm::from_str(value).map_err(|_| ConfigError::Algorithm { value: value.clone() });
        self.jwt_algorithm.iter().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::JwksError, clock::SystemClock};

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
            jwt_algorithm: algorithm.map(Into::into).into_iter().collect(),
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
        let mixed = AuthArgs {
            jwt_algorithm: vec!["ES256".to_owned(), "HS256".to_owned()],
            ..with(Some("i"), Some("a"), None)
        };
        assert!(matches!(refused(mixed).await, ConfigError::MixedAlgorithms));
        let local = AuthArgs {
            jwt_algorithm: vec!["HS256".to_owned()],
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
}

//! Whose tokens are accepted: the identity provider's keys, or this installation's own key.

use std::{path::PathBuf, str::FromStr, sync::Arc};

use clap::Args;
use jsonwebtoken::Algorithm;

use super::{ConfigError, DataDirArgs};
use crate::{
    auth::{KeySet, Keys, LocalKey, RemoteKeys, Verifier, VerifierSettings},
    clock::Clock,
};

/// The issuer and audience of tokens that this installation mints for itself.
const LOCAL_NAME: &str = "peer-challenge";

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
}

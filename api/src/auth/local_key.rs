//! The key that this installation makes for itself, for demo and development.
//!
//! An Ed25519 key in PKCS #8 PEM, readable by its owner only. Whoever can read it can be anybody, therefore a file
//! with wider permissions is refused instead of silently used. It is created on first use, atomically, so that two
//! processes that start together end up with the same key.
//!
//! In production no such key exists: keys come from a JWKS (`jwks`).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, ThumbprintHash},
};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{
    claims::{self, ClaimError, Claims, RoleClaims},
    jwks::KeySet,
    viewer::Viewer,
};

/// Name of the key file inside the data directory.
const FILE: &str = "local-key.pem";

/// What precedes the 32 secret bytes in a PKCS #8 document of an Ed25519 key (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Why the local key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocalKeyError {
    /// The file or its directory cannot be read or written.
    #[error("cannot {action} {}: {cause}", .path.display())]
    File {
        /// What was tried: "create", "read" …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Others than the owner may read or write the file.
    #[error(
        "{} may be used by others (mode {mode:03o}); a signing key must be private: \
         run `chmod 600` on it, or delete it to get a new one", .path.display()
    )]
    Permissions {
        /// Where.
        path: PathBuf,
        /// The file's permission bits.
        mode: u32,
    },
    /// The content is not an Ed25519 key.
    #[error("{} does not hold an Ed25519 key in PKCS #8 PEM; delete it to get a new one", .path.display())]
    Content {
        /// Where.
        path: PathBuf,
    },
    /// The viewer to mint for is not well-formed.
    #[error(transparent)]
    Claims(#[from] ClaimError),
    /// Signing failed.
    #[error("signing the token failed")]
    Signing,
}

/// A signing key that lives in a file of this installation.
pub struct LocalKey {
    signing: EncodingKey,
    public: Jwk,
    kid: String,
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl LocalKey {
    /// Reads the key of a data directory; creates directory and key when there is none.
    pub fn load_or_create(directory: &Path) -> Result<Self, LocalKeyError> {
        let path = directory.join(FILE);
        match Self::load(&path) {
            Err(LocalKeyError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                create(directory, &path)?;
                Self::load(&path)
            }
            result => result,
        }
    }

    fn load(path: &Path) -> Result<Self, LocalKeyError> {
        let pem = fs::read(path).map_err(file_error("read", path))?;
        refuse_shared(path)?;
        let content = |_| LocalKeyError::Content { path: path.to_owned() };
        let signing = EncodingKey::from_ed_pem(&pem).map_err(content)?;
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).map_err(content)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(content)?;
        public.common.key_id = Some(kid.clone());
        Ok(Self { signing, public, kid })
    }

    /// The public half, to verify with.
    pub fn key_set(&self) -> Result<KeySet, LocalKeyError> {
        KeySet::from_keys(vec![self.public.clone()], &[Algorithm::EdDSA]).map_err(|_| LocalKeyError::Signing)
    }

    /// The public half.
    #[cfg(test)]
    pub(crate) fn public(&self) -> &Jwk {
        &self.public
    }

    /// A signature of any bytes, as it stands in a token.
    #[cfg(test)]
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        jsonwebtoken::crypto::sign(bytes, &self.signing, Algorithm::EdDSA).unwrap()
    }

    /// A signed token for a viewer, valid from `now` for `valid_for`.
    pub fn mint(
        &self,
        viewer: &Viewer,
        issuer: &str,
        audience: &str,
        now: DateTime<Utc>,
        valid_for: Duration,
    ) -> Result<String, LocalKeyError> {
        #[derive(Serialize)]
        struct Minted<'a> {
            #[serde(flatten)]
            claims: Claims,
            aud: &'a str,
        }
        claims::check_subject(&viewer.subject)?;
        let role = RoleClaims::of(&viewer.role);
        // The same check that the token will meet when it comes back.
        role.clone().into_role()?;
        let seconds = i64::try_from(valid_for.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            sub: viewer.subject.clone(),
            iss: issuer.to_owned(),
            exp: now.timestamp().saturating_add(seconds),
            nbf: Some(now.timestamp()),
            iat: Some(now.timestamp()),
            role,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        encode(&header, &Minted { claims, aud: audience }, &self.signing).map_err(|_| LocalKeyError::Signing)
    }
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LocalKeyError {
    move |cause| LocalKeyError::File {
        action,
        path: path.to_owned(),
        cause,
    }
}

/// Writes a new key beside its place and links it there: whoever comes second finds the first one's key.
fn create(directory: &Path, path: &Path) -> Result<(), LocalKeyError> {
    fs::create_dir_all(directory).map_err(file_error("create", directory))?;
    let mut random = StdRng::from_os_rng();
    let mut seed = [0_u8; 32];
    random.fill_bytes(&mut seed);
    let der = [PKCS8_PREFIX.as_slice(), &seed].concat();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    );
    let draft = directory.join(format!("{FILE}.{:016x}", random.next_u64()));
    let result = write_private(&draft, pem.as_bytes()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    result.and(removed).map_err(file_error("create", path))
}

#[cfg(unix)]
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::write(path, content)
}

#[cfg(unix)]
fn refuse_shared(path: &Path) -> Result<(), LocalKeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)
        .map_err(file_error("read", path))?
        .permissions()
        .mode()
        & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        Ok(())
    } else {
        Err(LocalKeyError::Permissions {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
fn refuse_shared(_path: &Path) -> Result<(), LocalKeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_created_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("data");
        let first = LocalKey::load_or_create(&home).unwrap();
        let second = LocalKey::load_or_create(&home).unwrap();
        assert_eq!(first.kid, second.kid);
        let names: Vec<_> = fs::read_dir(&home)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [FILE], "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = home.join(FILE);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(matches!(
                LocalKey::load_or_create(&home),
                Err(LocalKeyError::Permissions { mode: 0o640, .. })
            ));
        }
    }

    #[test]
    fn eight_processes_that_start_together_share_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let kids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| LocalKey::load_or_create(dir.path()).unwrap().kid))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(kids.iter().all(|kid| *kid == kids[0]));
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        write_private(&dir.path().join(FILE), b"not a key").unwrap();
        assert!(matches!(
            LocalKey::load_or_create(dir.path()),
            Err(LocalKeyError::Content { .. })
        ));
    }
}

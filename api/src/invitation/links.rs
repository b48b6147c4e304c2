//! Signed links to invitations. A link names the invitation and is signed with the service's secret; the database holds nothing
//! of it. It works until the invitation is answered or over.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Shortest secret, in bytes.
pub const SECRET_MIN: usize = 32;
/// What a link is for.
const AUDIENCE: &str = "peer-challenge-invitation";

#[derive(Deserialize, Serialize)]
struct Claims {
    sub: Uuid,
    aud: String,
}

/// Makes and reads links.
#[derive(Clone)]
pub struct Links {
    signing: EncodingKey,
    reading: DecodingKey,
    home: String,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

impl Links {
    /// Links below `home` (`https://challenge.example.org`), signed with `secret`; all replicas have the same.
    pub fn new(home: &str, secret: &str) -> Self {
        Self {
            signing: EncodingKey::from_secret(secret.as_bytes()),
            reading: DecodingKey::from_secret(secret.as_bytes()),
            home: home.trim_end_matches('/').to_owned(),
        }
    }

    /// The link to an invitation.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn link(&self, invitation: Uuid) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: invitation,
            aud: AUDIENCE.to_owned(),
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.signing)?;
        Ok(format!("{}/invitation/{token}", self.home))
    }

    /// The invitation that a link's last part names; `None` when we did not sign it.
    pub fn read(&self, token: &str) -> Option<Uuid> {
        let mut wanted = Validation::new(Algorithm::HS256);
        wanted.set_audience(&[AUDIENCE]);
        wanted.required_spec_claims = ["sub", "aud"].map(str::to_owned).into();
        wanted.validate_exp = false;
        let read = decode::<Claims>(token, &self.reading, &wanted).ok()?;
        Some(read.claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_by_those_who_know_the_secret_only() {
        let ours = Links::new("https://x.example/", "0123456789abcdef0123456789abcdef");
        let id = Uuid::from_u128(7);
        let link = ours.link(id).unwrap();
        let token = link.strip_prefix("https://x.example/invitation/").unwrap();
        assert_eq!(ours.read(token), Some(id));
        let theirs = Links::new("https://x.example", "another-secret-another-secret-ano");
        assert_eq!(theirs.read(token), None);
        for forged in ["", "x", &token[1..], &format!("{token}x"), &token.replace('.', "")] {
            assert_eq!(ours.read(forged), None, "{forged}");
        }
        // A token of another kind, signed with the same secret.
        let other = encode(
            &Header::new(Algorithm::HS256),
            &serde_json::json!({ "sub": id, "aud": "peer-challenge" }),
            &EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef"),
        );
        assert_eq!(ours.read(&other.unwrap()), None);
    }
}

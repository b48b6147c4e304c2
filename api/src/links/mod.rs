//! Signed links in messages, for people without an account: to an invitation, and to doing without reminders. A link names its
//! purpose and what it is about, and is signed with the service's secret; the database holds nothing of it.
//!
//! Files: this one (making and reading links), `desk` (what the pages behind them work with), `page` (what they look like). The pages themselves are with
//! their aggregates (`invitation::page`, `notice::page`), and [`crate::pages`] lists them.

pub mod desk;
pub mod page;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use desk::{Desk, SUBJECT};

/// Shortest secret, in bytes.
pub const SECRET_MIN: usize = 32;

/// What a link is for. A link for one purpose is none for another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Answering an invitation; about the invitation.
    Invitation,
    /// Doing without reminders by e-mail; about the peer or the contact whose address it is.
    Reminders,
}

impl Purpose {
    /// The first part of the page's path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminders => "reminders",
        }
    }

    const fn audience(self) -> &'static str {
        match self {
            Self::Invitation => "peer-challenge-invitation",
            Self::Reminders => "peer-challenge-reminders",
        }
    }
}

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

    /// The link to something.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn link(&self, purpose: Purpose, about: Uuid) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: about,
            aud: purpose.audience().to_owned(),
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.signing)?;
        Ok(format!("{}/{}/{token}", self.home, purpose.path()))
    }

    /// What a link's last part is about; `None` when we did not sign it for this purpose.
    pub fn read(&self, purpose: Purpose, token: &str) -> Option<Uuid> {
        let mut wanted = Validation::new(Algorithm::HS256);
        wanted.set_audience(&[purpose.audience()]);
        wanted.required_spec_claims = ["sub", "aud"].map(str::to_owned).into();
        wanted.validate_exp = false;
        let read = decode::<Claims>(token, &self.reading, &wanted).ok()?;
        Some(read.claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::{Purpose::*, *};

    #[test]
    fn a_link_is_read_by_those_who_know_the_secret_only() {
        let ours = Links::new("https://x.example/", "0123456789abcdef0123456789abcdef");
        let id = Uuid::from_u128(7);
        let link = ours.link(Invitation, id).unwrap();
        let token = link.strip_prefix("https://x.example/invitation/").unwrap();
        assert_eq!(ours.read(Invitation, token), Some(id));
        let theirs = Links::new("https://x.example", "another-secret-another-secret-ano");
        assert_eq!(theirs.read(Invitation, token), None);
        for forged in ["", "x", &token[1..], &format!("{token}x"), &token.replace('.', "")] {
            assert_eq!(ours.read(Invitation, forged), None, "{forged}");
        }
        assert_eq!(ours.read(Reminders, token), None, "for another purpose");
        // A token of another kind, signed with the same secret.
        let other = encode(
            &Header::new(Algorithm::HS256),
            &serde_json::json!({ "sub": id, "aud": "peer-challenge" }),
            &EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef"),
        );
        assert_eq!(ours.read(Invitation, &other.unwrap()), None);
    }
}

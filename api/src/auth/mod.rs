//! Who is asking: bearer tokens in, a [`Viewer`] out.
//!
//! `viewer` holds the plain types that services match on, `claims` the shape of a token's content, `jwt` verifies
//! tokens, `local_key` mints them. Keys come from `local_key` or from what an identity provider publishes (`published`, a
//! `jwks` kept up to date); the long-lived keys of hub machines come from a store behind the trait of `machine`.
//! Nothing here decides *what* a viewer may see: that is each aggregate's scope.
//!
//! Neighbours: `http` (reads the Authorization header), `cli::token` (mints tokens with the local key), `apikey` (keeps
//! the keys of machines).

pub mod claims;
pub mod jwks;
pub mod jwt;
pub mod local_key;
pub mod machine;
pub mod published;
pub mod viewer;

pub use claims::{ClaimError, RoleClaims};
pub use jwks::{JwksError, KeySet};
pub use jwt::{AuthError, Keys, Session, Verifier, VerifierSettings};
pub use local_key::{LocalKey, LocalKeyError};
pub use machine::{KeyStore, MachineKeys, StoredKey};
pub use published::{Freshness, PublishedKeys};
pub use viewer::{Access, Viewer, ViewerRole};

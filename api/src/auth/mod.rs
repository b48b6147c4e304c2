//! Who is asking: bearer tokens in, a [`Viewer`] out.
//!
//! `viewer` holds the plain types that services match on, `claims` the shape of a token's content, `jwt` verifies
//! and mints, `local_key` and `jwks` are the two places keys come from. Nothing here decides *what* a viewer may see:
//! that is each aggregate's scope.
//!
//! Neighbours: `http` (reads the Authorization header), `cli::token` (mints tokens with the local key).

pub mod claims;
pub mod jwks;
pub mod jwt;
pub mod local_key;
pub mod viewer;

pub use claims::{ClaimError, RoleClaims};
pub use jwks::{JwksError, KeySet, RemoteKeys};
pub use jwt::{AuthError, Keys, Verifier, VerifierSettings};
pub use local_key::{LocalKey, LocalKeyError};
pub use viewer::{Viewer, ViewerRole};

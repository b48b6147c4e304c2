//! Who is asking: bearer tokens in, a [`Viewer`] out.
//!
//! `viewer` holds the plain types that services match on; everything that knows about tokens and keys stays in the
//! other files. Nothing here decides *what* a viewer may see: that is each aggregate's scope.
//!
//! Neighbours: `http` (reads the Authorization header), `cli::token` (mints tokens with the local key).

pub mod viewer;

pub use viewer::{Viewer, ViewerRole};

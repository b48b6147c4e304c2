//! Councils, regions, delivery bodies and what is publicly known of them. Reference data: everybody signed in may read it,
//! `import reference` writes it.

pub mod enums;
pub mod loader;
pub mod objects;
pub mod queries;
pub mod repo;

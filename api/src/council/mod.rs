//! Councils, regions, delivery bodies and what is publicly known of them. Everybody signed in may read it. Most is reference
//! data that `import reference` writes; control, changes of leadership and delivery bodies are recorded through `service`.

pub mod enums;
pub mod inputs;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod queries;
pub mod repo;
pub mod rules;
pub mod service;

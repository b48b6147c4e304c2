//! What every aggregate shares on its way to GraphQL: errors, ids, pages, scalars, the request's context, the schema.

pub mod change;
pub mod context;
pub mod errors;
pub mod ids;
pub mod loader;
pub mod nested;
pub mod node;
pub mod page;
pub(crate) mod payload;
pub mod scalars;
pub mod schema;
pub mod visible;

//! What a document may cost, checked before the GraphQL library sees it.
//!
//! The library's own limits expand fragments without memory and only compare afterwards: a chain of some twenty
//! doubling fragments costs it seconds, a few thousand nested brackets its stack. So a document first passes a
//! linear scan of its bytes (`scan`), is parsed once, and its cost is counted with memory (`cost`). The parsed
//! document then goes on to execution; nothing is parsed twice.
//!
//! Every limit is a field of [`Limits`]; a refusal names the limit, the measure and the maximum.

mod cost;
mod scan;
#[cfg(test)]
mod tests;

use async_graphql::parser::types::ExecutableDocument;

use super::errors::{ErrorCode, Refusal};

/// Upper bounds for one request. All counts are inclusive maxima.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a POST body.
    pub body_bytes: usize,
    /// Bytes of the GraphQL document.
    pub document_bytes: usize,
    /// Lexical tokens of the document.
    pub tokens: usize,
    /// Nesting of `{`, `[` and `(` in the document.
    pub brackets: usize,
    /// Nesting of fields, fragments expanded. Introspection itself needs 13 to 15.
    pub depth: u64,
    /// Fields at the top of one operation, fragments expanded.
    pub root_fields: u64,
    /// Fields of the whole document, fragments expanded.
    pub fields: u64,
    /// Aliases, fragments expanded.
    pub aliases: u64,
    /// Directives, fragments expanded.
    pub directives: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            document_bytes: 20_000,
            tokens: 2_000,
            brackets: 50,
            depth: 15,
            root_fields: 20,
            fields: 1_000,
            aliases: 30,
            directives: 50,
        }
    }
}

/// Parses a document that keeps within the limits.
pub(super) fn parse(document: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    if document.len() > limits.document_bytes {
        return Err(Refusal::too_large("document", limits.document_bytes));
    }
    let size = scan::scan(document.as_bytes());
    within("tokens", size.tokens, limits.tokens)?;
    within("nested brackets", size.brackets, limits.brackets)?;
    let parsed = async_graphql::parser::parse_query(document).map_err(Refusal::syntax)?;
    let cost = cost::measure(&parsed).map_err(|name| {
        Refusal::document(
            ErrorCode::GraphqlValidationFailed,
            format!("Cannot spread fragment \"{name}\" within itself."),
        )
    })?;
    within("levels of fields", cost.depth, limits.depth)?;
    within("root fields", cost.roots, limits.root_fields)?;
    within("fields", cost.fields, limits.fields)?;
    within("aliases", cost.aliases, limits.aliases)?;
    within("directives", cost.directives, limits.directives)?;
    Ok(parsed)
}

fn within<N: Into<Measure>>(what: &'static str, measured: N, maximum: N) -> Result<(), Refusal> {
    let (measured, maximum) = (measured.into().0, maximum.into().0);
    if measured <= maximum {
        Ok(())
    } else {
        Err(Refusal::too_complex(what, measured, maximum))
    }
}

/// A count, whatever its width.
struct Measure(u64);

impl From<u64> for Measure {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl From<usize> for Measure {
    fn from(value: usize) -> Self {
        Self(u64::try_from(value).unwrap_or(u64::MAX))
    }
}

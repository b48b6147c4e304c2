//! What a document may cost, checked before the GraphQL library sees it.
//!
//! The library's own limits expand fragments without memory and only compare afterwards: a chain of some twenty
//! doubling fragments costs it seconds, a few thousand nested brackets its stack. So a document first passes a
//! linear scan of its bytes (`scan`), is parsed once, and its cost is counted with memory (`cost`). Once the operation
//! and its variables are known, the operation is weighed (`weight`) by what the schema says about lengths (`shape`).
//! The parsed document then goes on to execution; nothing is parsed twice.
//!
//! Every limit is a field of [`Limits`]; a refusal names the limit, the measure and the maximum, and is counted by the
//! limit's name (`peer_challenge_limits_total`).

mod cost;
#[cfg(test)]
mod fuzz;
mod scan;
mod shape;
mod slots;
#[cfg(test)]
mod tests;
mod weight;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use serde_json::{Map, Value};

use self::cost::Endless;
pub(super) use self::{
    shape::{Fields, Shape},
    slots::Slots,
    weight::Weight,
};
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
    /// Nesting of selection sets: fields, inline fragments and fragments. The library refuses more than 32 on its own.
    pub nesting: u64,
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
    /// Directives on one field, fragment, operation or variable.
    pub directives_together: u64,
    /// Fields that the operation may answer, each counted as often as its page sizes can repeat it.
    pub complexity: u64,
    /// The same for introspection, by the real lengths of the schema's lists.
    pub introspection: u64,
    /// Not a bound: how many rows a list counts as whose length the schema does not state.
    pub list_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            document_bytes: 20_000,
            tokens: 2_000,
            brackets: 50,
            nesting: 32,
            depth: 15,
            root_fields: 20,
            fields: 1_000,
            aliases: 30,
            directives: 50,
            directives_together: 5,
            complexity: 200_000,
            introspection: 300_000,
            list_size: 10,
        }
    }
}

/// How long the pages of the schema's connections are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Rows when the client does not say.
    pub usual: u64,
    /// Most rows.
    pub most: u64,
}

impl Default for Pages {
    fn default() -> Self {
        Self { usual: 20, most: 100 }
    }
}

/// Parses a document that keeps within the limits on its text.
pub(super) fn parse(document: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    if document.len() > limits.document_bytes {
        count("document_bytes");
        return Err(Refusal::too_large("document", limits.document_bytes));
    }
    let size = scan::scan(document.as_bytes());
    within("tokens", "tokens", size.tokens, limits.tokens)?;
    within("brackets", "nested brackets", size.brackets, limits.brackets)?;
    let parsed = async_graphql::parser::parse_query(document).map_err(Refusal::syntax)?;
    let cost = cost::measure(&parsed, limits.nesting).map_err(|endless| match endless {
        Endless::Cycle(name) => Refusal::document(
            ErrorCode::GraphqlValidationFailed,
            format!("Cannot spread fragment \"{name}\" within itself."),
        ),
        Endless::TooDeep => {
            count("nesting");
            Refusal::too_complex("nested selection sets", u64::MAX, limits.nesting)
        }
    })?;
    for (limit, what, measured, maximum) in [
        ("depth", "levels of fields", cost.depth, limits.depth),
        ("root_fields", "root fields", cost.roots, limits.root_fields),
        ("fields", "fields", cost.fields, limits.fields),
        ("aliases", "aliases", cost.aliases, limits.aliases),
        ("directives", "directives", cost.directives, limits.directives),
        (
            "directives_together",
            "directives in one place",
            cost.directives_together,
            limits.directives_together,
        ),
    ] {
        within(limit, what, measured, maximum)?;
    }
    Ok(parsed)
}

/// Weighs the operation that is meant, and refuses it when it may answer too much.
pub(super) fn weigh(
    shape: &Shape,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, Value>,
    limits: &Limits,
) -> Result<Weight, Refusal> {
    let weight = weight::weigh(shape, document, operation, variables, limits);
    let data = "fields in its answer, page sizes multiplied";
    within("complexity", data, weight.complexity, limits.complexity)?;
    let schema = "fields of introspection in its answer";
    within("introspection", schema, weight.introspection, limits.introspection)?;
    Ok(weight)
}

/// Counts a refusal, by the limit that was met.
pub(super) fn count(limit: &'static str) {
    metrics::counter!("peer_challenge_limits_total", "limit" => limit).increment(1);
}

fn within<N: Into<Measure>>(limit: &'static str, what: &str, measured: N, maximum: N) -> Result<(), Refusal> {
    let (measured, maximum) = (measured.into().0, maximum.into().0);
    if measured <= maximum {
        Ok(())
    } else {
        count(limit);
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

//! Page sizes multiply, straight, through fragments, inline fragments and aliases, by literal, variable and default.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use async_graphql::parser::{parse_query, types::DocumentOperations};
use serde_json::json;

use super::*;
use crate::http::budget;

const SDL: &str = "schema { query: Root } interface Node { id: ID! }
    type Root { things(first: Int, last: Int): Things! top(first: Int): [Thing!]! nodes(ids: [ID!]!): [Node]! all: [Thing!]! }
    type Things { nodes: [Thing!]! edges: [Edge!]! totalCount: Int! }
    type Edge { node: Thing! cursor: String! }
    type Thing implements Node { id: ID! names: [String!]! things(first: Int, last: Int): Things! best: Thing }";

fn complexity_with(document: &str, variables: &serde_json::Value) -> u64 {
    let shape = Shape::from_sdl(SDL, budget::Pages::default()).unwrap();
    let document = parse_query(document).unwrap();
    let DocumentOperations::Single(operation) = &document.operations else {
        panic!("one operation")
    };
    let variables = variables.as_object().unwrap();
    weigh(&shape, &document, &operation.node, variables, &Limits::default()).complexity
}

fn complexity(document: &str) -> u64 {
    complexity_with(document, &json!({}))
}

#[test]
fn page_sizes_multiply() {
    assert_eq!(complexity("{ things { totalCount } }"), 2);
    // Twenty by default: the connection, the list's rows, their ids.
    assert_eq!(complexity("{ things { nodes { id } } }"), 1 + 20 * 2);
    assert_eq!(
        complexity("{ things(first: 3) { nodes { id } totalCount } }"),
        1 + 3 * 2 + 1
    );
    assert_eq!(
        complexity("{ things(last: 3) { edges { node { id } cursor } } }"),
        1 + 3 * 4
    );
    assert_eq!(
        complexity(
            "{ things(first: 100) { nodes { things(first: 100) { nodes { things(first: 100) { nodes { id } } } } } } }"
        ),
        1 + 100 * (1 + (1 + 100 * (1 + (1 + 100 * 2))))
    );
    assert_eq!(complexity("{ top(first: 7) { id names } }"), 7 * 3);
    assert_eq!(complexity("{ all { id } }"), 10 * 2);
    assert_eq!(complexity("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id } }"), 3 * 2);
}

#[test]
fn what_cannot_be_read_counts_as_the_largest_page() {
    let document = "query($n: Int) { things(first: $n) { nodes { id } } }";
    let of = |value: serde_json::Value| complexity_with(document, &json!({ "n": value }));
    assert_eq!(of(json!(7)), 1 + 7 * 2);
    assert_eq!(of(json!(null)), 1 + 20 * 2);
    for unreadable in [json!("7"), json!([7]), json!({}), json!(7.5), json!(true), json!(1e300)] {
        assert_eq!(of(unreadable.clone()), 1 + 100 * 2, "{unreadable}");
    }
    // More than the largest page is refused by the list itself.
    assert_eq!(of(json!(2_000_000_000)), 1 + 100 * 2);
    assert_eq!(of(json!(-1)), 1);
    assert_eq!(complexity(document), 1 + 20 * 2, "no value and no default");
    assert_eq!(
        complexity("query($n: Int = 5) { things(first: $n) { nodes { id } } }"),
        1 + 5 * 2
    );
    assert_eq!(
        complexity_with(
            "query($n: Int = 5) { things(first: $n) { nodes { id } } }",
            &json!({"n": 6})
        ),
        1 + 6 * 2
    );
    assert_eq!(complexity("{ things(first: $undefined) { nodes { id } } }"), 1 + 20 * 2);
    assert_eq!(complexity("{ things(first: MANY) { nodes { id } } }"), 1 + 100 * 2);
    assert_eq!(complexity("{ things(first: 2, last: 9) { nodes { id } } }"), 1 + 9 * 2);
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(complexity_with(nodes, &json!({"ids": ["a", "b"]})), 2 * 2);
    assert_eq!(complexity(nodes), 100 * 2);
}

#[test]
fn fragments_carry_the_page_of_the_place_where_they_are_spread() {
    let straight = complexity("{ a: things(first: 3) { nodes { id } } b: things(first: 5) { nodes { id } } }");
    assert_eq!(straight, 1 + 3 * 2 + 1 + 5 * 2);
    for same in [
        "{ a: things(first: 3) { ...F } b: things(first: 5) { ...F } } fragment F on Things { nodes { id } }",
        "{ a: things(first: 3) { ... on Things { nodes { id } } } b: things(first: 5) { ... { nodes { id } } } }",
        "{ a: things(first: 3) { ...F } b: things(first: 5) { ...F } } fragment F on Things { ...G } \
         fragment G on Things { nodes { ... on Node { ...I } } } fragment I on Node { id }",
        "{ ...R } fragment R on Root { a: things(first: 3) { nodes { ...T } } b: things(first: 5) { nodes { ...T } } } \
         fragment T on Thing { id }",
    ] {
        assert_eq!(complexity(same), straight, "{same}");
    }
}

#[test]
fn a_chain_of_multiplying_fragments_saturates_and_is_fast() {
    let mut document = "{ things(first: 100) { ...F0 } }".to_owned();
    for level in 0..30 {
        let next = level + 1;
        let _ = write!(
            document,
            " fragment F{level} on Things {{ nodes {{ a: things(first: 100) {{ ...F{next} }} b: things(first: 99) {{ ...F{next} }} }} }}"
        );
    }
    document += " fragment F30 on Things { nodes { id } }";
    let start = Instant::now();
    assert_eq!(complexity(&document), u64::MAX);
    assert!(start.elapsed() < Duration::from_millis(250), "{:?}", start.elapsed());
}

#[test]
fn the_schema_s_own_queries_pass_and_its_explosions_do_not() {
    let shape = Shape::from_sdl(&crate::graphql::schema::definition(), budget::Pages::default()).unwrap();
    let limits = Limits::default();
    let verdict = |document: &str| {
        let document = budget::parse(document, &limits)?;
        for (_, operation) in document.operations.iter() {
            budget::weigh(&shape, &document, &operation.node, &Map::new(), &limits)?;
        }
        Ok(())
    };
    let refused = |document: &str| {
        verdict(document).map_err(|refusal: crate::http::errors::Refusal| refusal.message().to_owned())
    };
    refused(include_str!("introspection.graphql")).unwrap();
    // A schema read through itself: short, and hundreds of thousands of answers.
    let nested =
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    assert!(refused(nested).unwrap_err().contains("introspection"));
    let aliased = format!(
        "{{ {} }} fragment T on __Schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }}",
        ('a'..'t')
            .map(|alias| [&alias.to_string(), ": __schema { ...T } "].concat())
            .collect::<String>()
    );
    assert!(refused(&aliased).unwrap_err().contains("introspection"));
    let pages = "{ peers(first: 100) { nodes { assignments(first: 100) { nodes { challenge { assignments(first: 100) \
                 { nodes { id } } } } } } } }";
    assert!(refused(pages).unwrap_err().contains("page sizes multiplied"));
    for file in [
        "README.md",
        "docs/WALKTHROUGH.md",
        "docs/AUTH.md",
        "docs/IMPORT.md",
        "docs/RULES.md",
    ] {
        let text = std::fs::read_to_string(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for document in documents(&text) {
            refused(document).unwrap_or_else(|message| panic!("{file}: {message}\n{document}"));
        }
    }
}

/// GraphQL in a page: fenced blocks, and what the shell examples put in quotation marks.
fn documents(text: &str) -> Vec<&str> {
    let fenced = text
        .split("```graphql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let quoted = text
        .split(" '")
        .skip(1)
        .filter_map(|rest| rest.split('\'').next())
        .filter(|text| {
            ["{", "query", "mutation"]
                .iter()
                .any(|start| text.trim_start().starts_with(start))
                && parse_query(text).is_ok()
        });
    fenced.chain(quoted).collect()
}

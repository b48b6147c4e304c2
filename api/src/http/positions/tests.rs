//! The rule over every kind of position, and what hostile documents cost.

use std::time::{Duration, Instant};

use super::*;
use crate::http::budget::{self, Limits, Pages};

const SDL: &str = "
    directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    type Query {
      text(of: String!): String  maybe(of: String): String  usual(of: Int! = 5): Int  id(of: ID!): String
      list(of: [Int]): Int  full(of: [Int!]!): Int  deep(of: [[Int!]!]): Int
      make(input: Input!): Thing  many(inputs: [Input!]): Thing  thing: Thing  kind(of: Kind!): Int
    }
    type Mutation { change(input: Input!): Thing }
    interface Named { name(in: Language!): String }
    type Thing implements Named { name(in: Language!): String  thing(of: String!): Thing }
    enum Language { EN CY }  enum Kind { A B }
    input Input { text: String!  number: Int! = 1  list: [String!]  inner: Input  kinds: [Kind!]! }";

/// The errors that a document gets, each with its places.
fn errors(document: &str) -> Vec<(String, Vec<(usize, usize)>)> {
    let shape = Shape::from_sdl(SDL, Pages::default()).unwrap();
    let document = budget::parse(document, &Limits::default()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let Err(refusal) = check(&shape, &document) else {
        return Vec::new();
    };
    assert_eq!(refusal.code(), ErrorCode::GraphqlValidationFailed);
    let told = |error: &ServerError| {
        let places = error.locations.iter().map(|at| (at.line, at.column));
        (error.message.clone(), places.collect())
    };
    refusal.errors().iter().map(told).collect()
}

/// Whether a variable so defined may stand in a field of the query root.
fn allowed(definition: &str, field: &str) -> bool {
    errors(&format!("query Q($v: {definition}) {{ {field} }}")).is_empty()
}

#[test]
fn names_must_be_the_same_and_nullability_may_only_get_looser() {
    for (definition, field, expected) in [
        ("String!", "text(of: $v)", true),
        ("Int!", "text(of: $v)", false),
        ("ID!", "text(of: $v)", false),
        ("String!", "id(of: $v)", false),
        ("Int!", "maybe(of: $v)", false),
        ("String", "maybe(of: $v)", true),
        ("String!", "maybe(of: $v)", true),
        ("String", "text(of: $v)", false),
        ("Kind!", "kind(of: $v)", true),
        ("Language!", "kind(of: $v)", false),
        ("String!", "kind(of: $v)", false),
        ("Input!", "make(input: $v) { __typename }", true),
        ("Input", "make(input: $v) { __typename }", false),
    ] {
        assert_eq!(allowed(definition, field), expected, "{definition} in {field}");
    }
}

#[test]
fn a_default_of_the_variable_or_of_the_place_stands_in_for_an_absent_value() {
    for (definition, field, expected) in [
        ("String = \"a\"", "text(of: $v)", true),
        ("String = null", "text(of: $v)", false),
        ("Int = 1", "text(of: $v)", false),
        ("Int", "usual(of: $v)", true),
        ("Int = null", "usual(of: $v)", true),
        ("String", "usual(of: $v)", false),
        (
            "Int",
            "make(input: { text: \"\", kinds: [], number: $v }) { __typename }",
            true,
        ),
    ] {
        assert_eq!(allowed(definition, field), expected, "{definition} in {field}");
    }
}

#[test]
fn lists_take_lists_and_their_items_are_places_too() {
    for (definition, field, expected) in [
        ("[Int]", "list(of: $v)", true),
        ("[Int!]!", "list(of: $v)", true),
        ("Int", "list(of: $v)", false),
        ("[[Int]]", "list(of: $v)", false),
        ("[String]", "list(of: $v)", false),
        ("[Int!]!", "full(of: $v)", true),
        ("[Int]!", "full(of: $v)", false),
        ("[Int!]", "full(of: $v)", false),
        ("[Int!] = [1]", "full(of: $v)", true),
        ("Int", "list(of: [$v])", true),
        ("Int", "full(of: [$v])", false),
        ("Int = 1", "full(of: [1, $v])", true),
        ("String", "list(of: [1, $v])", false),
        ("[Int!]!", "deep(of: [$v])", true),
        ("[Int!]", "deep(of: [$v])", false),
        ("Int!", "deep(of: [[$v]])", true),
        ("Int!", "deep(of: [$v])", false),
    ] {
        assert_eq!(allowed(definition, field), expected, "{definition} in {field}");
    }
}

#[test]
fn fields_of_input_objects_are_places_at_every_depth() {
    let make = |input: &str| format!("make(input: {input}) {{ __typename }}");
    for (definition, input, expected) in [
        ("String!", "{ text: $v, kinds: [] }", true),
        ("String", "{ text: $v, kinds: [] }", false),
        ("Int!", "{ text: $v, kinds: [] }", false),
        ("[String!]", "{ text: \"\", kinds: [], list: $v }", true),
        ("[String]", "{ text: \"\", kinds: [], list: $v }", false),
        ("Kind!", "{ text: \"\", kinds: [A, $v] }", true),
        ("Kind", "{ text: \"\", kinds: [A, $v] }", false),
        ("Input", "{ text: \"\", kinds: [], inner: $v }", true),
        (
            "Int!",
            "{ text: \"\", kinds: [], inner: { text: $v, kinds: [] } }",
            false,
        ),
        ("Int!", "{ nothing: $v }", true),
    ] {
        assert_eq!(allowed(definition, &make(input)), expected, "{definition} in {input}");
    }
    // A single object where a list is taken.
    assert!(!allowed("Int!", "many(inputs: { text: $v, kinds: [] }) { __typename }"));
    assert!(!allowed(
        "Int!",
        "many(inputs: [{ text: $v, kinds: [] }]) { __typename }"
    ));
    assert!(allowed(
        "String!",
        "many(inputs: { text: $v, kinds: [] }) { __typename }"
    ));
}

#[test]
fn directives_take_values_wherever_they_stand() {
    for place in [
        "maybe @include(if: $v)",
        "... @include(if: $v) { maybe }",
        "thing { ...F @include(if: $v) } } fragment F on Thing { __typename",
        "thing { ... on Thing { name(in: EN) @include(if: $v) } }",
    ] {
        assert!(allowed("Boolean!", place), "{place}");
        assert!(allowed("Boolean = true", place), "{place}");
        assert!(!allowed("Boolean", place), "{place}");
        assert!(!allowed("String!", place), "{place}");
    }
}

#[test]
fn usages_are_found_through_fragments_and_told_with_their_places() {
    let document = "query Q($v: Int!) {\n  thing { ...A }\n}\nfragment A on Thing { ...B }\nfragment B on Named {\n  name(in: $v)\n}";
    assert_eq!(
        errors(document),
        [(
            "Variable \"$v\" of type \"Int!\" used in position expecting type \"Language!\".".to_owned(),
            vec![(1, 9), (6, 12)]
        )]
    );
    // Each operation has variables of its own; what none of them reaches is nobody's.
    let two = "query A($v: String!) { ...F } query B($v: Int!) { ...F } mutation C($v: String!) { change(input: $v) { __typename } }
        fragment F on Query { text(of: $v) } fragment G on Query { usual(of: $v) }";
    let told: Vec<_> = errors(two).into_iter().map(|(message, _)| message).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .any(|message| message.contains("\"Int!\" used in position expecting type \"String!\""))
    );
    assert!(told.iter().any(|message| message.contains("expecting type \"Input!\"")));
}

#[test]
fn arguments_of_introspection_are_places() {
    assert!(allowed("String!", "__type(name: $v) { name }"));
    assert!(!allowed("Int!", "__type(name: $v) { name }"));
    let fields = "__type(name: \"A\") { fields(includeDeprecated: $v) { name } ofType { ofType { fields(includeDeprecated: $v) { name } } } }";
    assert!(allowed("Boolean", fields));
    assert!(!allowed("Int", fields));
}

#[test]
fn what_the_schema_does_not_know_is_left_to_the_library() {
    for field in [
        "nothing(of: $v)",
        "text(on: $v)",
        "text @nothing(of: $v)",
        "text(of: $w)",
        "...Nothing",
    ] {
        assert!(allowed("Int!", field), "{field}");
    }
}

#[test]
fn the_time_and_the_answer_are_bounded() {
    let shape = Shape::from_sdl(SDL, Pages::default()).unwrap();
    // Every fragment spreads the next one many times.
    let mut document = "query Q($v: Int!) { ...F0 } fragment F25 on Query { text(of: $v) }".to_owned();
    for level in 0..25 {
        let next = format!("...F{} ", level + 1).repeat(20);
        let parts = [
            "fragment F",
            &level.to_string(),
            " on Query { text(of: $v) ",
            &next,
            " } ",
        ];
        document.push_str(&parts.concat());
    }
    let parsed = async_graphql::parser::parse_query(&document).unwrap();
    let start = Instant::now();
    let refusal = check(&shape, &parsed).unwrap_err();
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(refusal.errors().len(), MOST_ERRORS);
    // Many operations that all reach many usages.
    let mut document = format!("fragment F on Query {{ {} }}", "text(of: $v) ".repeat(300));
    for number in 0..200 {
        document.push_str(&[" query Q", &number.to_string(), "($v: String!) { ...F }"].concat());
    }
    let parsed = async_graphql::parser::parse_query(&document).unwrap();
    let start = Instant::now();
    assert!(check(&shape, &parsed).is_ok());
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

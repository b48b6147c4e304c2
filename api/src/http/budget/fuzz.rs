//! Documents nobody thought of: the scan against the grammar, the walks against plain expansion, bytes against both.

use std::fmt::Write;

use async_graphql::parser::{
    parse_query,
    types::{ExecutableDocument, Selection, SelectionSet},
};
use proptest::{collection::vec, prelude::*};
use serde_json::Map;

use super::{
    Limits, Pages,
    cost::{self, Cost, Endless},
    scan::{self, Size},
    shape::{Rows, Shape},
    weight,
};

/// What is between two tokens.
fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(" "),
        Just("\n"),
        Just(" , "),
        Just(" # a \"comment\" with { brackets [ (\n"),
        Just("\r\n\t"),
    ]
}

/// A value as its tokens.
fn value() -> impl Strategy<Value = Vec<String>> {
    let leaf = prop_oneof![
        (0..100_i32).prop_map(|number| vec![(number - 50).to_string()]),
        Just(vec!["2.5e-3".to_owned()]),
        Just(vec!["-0.0E+7".to_owned()]),
        Just(vec!["null".to_owned()]),
        Just(vec!["ENUM_VALUE".to_owned()]),
        Just(vec!["$".to_owned(), "v".to_owned()]),
        r"[a-z{}()\[\] #]{0,8}".prop_map(|text| vec![format!("\"{text}\"")]),
        Just(vec![r#""\"{[(\\""#.to_owned()]),
        r"[a-z{}()\[\] #\n]{0,8}".prop_map(|text| vec![format!("\"\"\"{text} \\\"\"\" x\"\"\"")]),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| {
                let mut tokens = vec!["[".to_owned()];
                tokens.extend(items.into_iter().flatten());
                tokens.push("]".to_owned());
                tokens
            }),
            vec(inner, 0..3).prop_map(|items| {
                let mut tokens = vec!["{".to_owned()];
                for (index, item) in items.into_iter().enumerate() {
                    tokens.extend([format!("key{index}"), ":".to_owned()]);
                    tokens.extend(item);
                }
                tokens.push("}".to_owned());
                tokens
            }),
        ]
    })
}

/// A field with everything that it may have, as tokens.
fn field() -> impl Strategy<Value = Vec<String>> {
    let leaf = (any::<bool>(), vec(value(), 0..3), 0..3_usize).prop_map(|(alias, values, directives)| {
        let mut tokens = Vec::new();
        if alias {
            tokens.extend(["other".to_owned(), ":".to_owned()]);
        }
        tokens.push("field".to_owned());
        if !values.is_empty() {
            tokens.push("(".to_owned());
            for (index, value) in values.into_iter().enumerate() {
                tokens.extend([format!("argument{index}"), ":".to_owned()]);
                tokens.extend(value);
            }
            tokens.push(")".to_owned());
        }
        for _ in 0..directives {
            tokens.extend(["@", "skip", "(", "if", ":", "true", ")"].map(str::to_owned));
        }
        tokens
    });
    leaf.prop_recursive(4, 12, 3, |inner| {
        let below = vec(inner, 1..3).prop_map(|fields| fields.into_iter().flatten().collect::<Vec<_>>());
        (below, 0..3_u8).prop_map(|(below, kind)| {
            let mut tokens: Vec<String> = match kind {
                0 => vec!["parent".to_owned()],
                1 => vec!["...".to_owned()],
                _ => ["...", "on", "Type"].map(str::to_owned).to_vec(),
            };
            tokens.push("{".to_owned());
            tokens.extend(below);
            tokens.push("}".to_owned());
            tokens
        })
    })
}

fn brackets(tokens: &[String]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for token in tokens {
        match token.as_str() {
            "{" | "[" | "(" => open += 1,
            "}" | "]" | ")" => open -= 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// A document of fragments that spread only later ones, over the schema [`SDL`].
fn fragments() -> impl Strategy<Value = String> {
    let body = vec((0..5_u8, 0..4_usize, 1..4_u8), 1..4);
    vec(body, 1..5).prop_map(|bodies| {
        let count = bodies.len();
        let mut document = String::new();
        for (index, body) in bodies.into_iter().enumerate() {
            let head = if index == 0 {
                "query Q".to_owned()
            } else {
                format!("fragment F{index} on Root")
            };
            let _ = write!(document, "{head} {{ ");
            for (kind, jump, size) in body {
                let next = index + 1 + jump;
                let inner = if next < count {
                    format!("...F{next}")
                } else {
                    "id".to_owned()
                };
                let _ = match kind {
                    0 => write!(document, "{inner} "),
                    1 => write!(document, "list(first: {size}) {{ {inner} }} "),
                    2 => write!(document, "pages(last: {size}) {{ rows {{ {inner} }} total }} "),
                    3 => write!(document, "x{size}: id @skip(if: true) "),
                    _ => write!(document, "... on Root @include(if: true) {{ many {{ {inner} }} }} "),
                };
            }
            document.push_str("} ");
        }
        document
    })
}

const SDL: &str = "schema { query: Root } type Root { id: ID list(first: Int): [Root] pages(first: Int, last: Int): Rooms many: [Root] }
    type Rooms { rows: [Root] total: Int }";

/// Everything counted by expanding fragments again wherever they are spread.
fn expand(document: &ExecutableDocument, set: &SelectionSet) -> Cost {
    let mut sum = Cost::default();
    for selection in &set.items {
        let mut cost = match &selection.node {
            Selection::Field(field) => {
                let below = expand(document, &field.node.selection_set.node);
                Cost {
                    depth: below.depth + 1,
                    roots: 1,
                    fields: below.fields + 1,
                    aliases: below.aliases + u64::from(field.node.alias.is_some()),
                    ..below
                }
            }
            Selection::InlineFragment(fragment) => expand(document, &fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = &document.fragments[&spread.node.fragment_name.node].node;
                expand(document, &fragment.selection_set.node)
            }
        };
        let directives = u64::try_from(selection.node.directives().len()).unwrap();
        cost.directives += directives;
        cost.directives_together = cost.directives_together.max(directives);
        sum = Cost {
            depth: sum.depth.max(cost.depth),
            nesting: sum.nesting.max(cost.nesting),
            roots: sum.roots + cost.roots,
            fields: sum.fields + cost.fields,
            aliases: sum.aliases + cost.aliases,
            directives: sum.directives + cost.directives,
            directives_together: sum.directives_together.max(cost.directives_together),
        };
    }
    if !set.items.is_empty() {
        sum.nesting += 1;
    }
    sum
}

/// The weight by the same plain expansion.
fn multiply(shape: &Shape, document: &ExecutableDocument, set: &SelectionSet, on: &str, page: u64) -> u64 {
    let fields = shape.fields(on);
    let weights = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => {
            let field = &field.node;
            let known = fields.and_then(|fields| fields.get(field.name.node.as_str()));
            let size = field
                .arguments
                .first()
                .map_or(20, |(_, value)| value.node.to_string().parse().unwrap());
            let (repeat, ty, below) = match known.map(|known| (&known.rows, known.connection, known.ty.as_str())) {
                Some((Rows::Page, true, ty)) => (1, ty, size),
                Some((Rows::Page, false, ty)) => (size, ty, 0),
                Some((Rows::OfConnection, _, ty)) => (page, ty, 0),
                Some((Rows::Unstated, _, ty)) => (10, ty, 0),
                Some((_, _, ty)) => (1, ty, 0),
                None => (1, "", 0),
            };
            repeat * (1 + multiply(shape, document, &field.selection_set.node, ty, below))
        }
        Selection::InlineFragment(fragment) => multiply(shape, document, &fragment.node.selection_set.node, on, page),
        Selection::FragmentSpread(spread) => {
            let fragment = &document.fragments[&spread.node.fragment_name.node].node;
            multiply(shape, document, &fragment.selection_set.node, "Root", page)
        }
    });
    weights.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        scan::scan(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = super::parse(&text, &Limits::default());
    }

    #[test]
    fn text_that_looks_like_graphql_never_panics(text in r#"[{}()\[\]:$@!&|="\\#.,a-f0-9\-\n ]{0,200}"#) {
        let size = scan::scan(text.as_bytes());
        let _ = super::parse(&text, &Limits::default());
        // A bracket that the parser opens, the scan has seen.
        if let Ok(document) = parse_query(&text) {
            let cost = cost::measure(&document, u64::MAX);
            let nesting = cost.map_or(0, |cost| if document.fragments.is_empty() { cost.nesting } else { 0 });
            prop_assert!(nesting <= u64::try_from(size.brackets).unwrap());
        }
    }

    #[test]
    fn the_scan_counts_what_the_grammar_has(
        fields in vec(field(), 1..4),
        gaps in vec(gap(), 1..20),
    ) {
        let mut tokens = vec!["{".to_owned()];
        tokens.extend(fields.into_iter().flatten());
        tokens.push("}".to_owned());
        let text: String = tokens.iter().zip(gaps.iter().cycle()).flat_map(|(token, gap)| [token, *gap]).collect();
        prop_assert!(parse_query(&text).is_ok(), "{}", text);
        let expected = Size { tokens: tokens.len(), brackets: brackets(&tokens) };
        prop_assert_eq!(scan::scan(text.as_bytes()), expected, "{}", text);
    }

    #[test]
    fn the_walks_equal_plain_expansion(text in fragments()) {
        let document = parse_query(&text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let expected = expand(&document, &operation.node.selection_set.node);
        prop_assert_eq!(cost::measure(&document, 1_000), Ok(expected), "{}", text);
        let shape = Shape::from_sdl(SDL, Pages::default()).unwrap();
        let ours = weight::weigh(&shape, &document, &operation.node, &Map::new(), &Limits::default());
        let expected = multiply(&shape, &document, &operation.node.selection_set.node, "Root", 20);
        prop_assert_eq!(ours.complexity, expected, "{}", text);
    }

    #[test]
    fn spreads_at_random_end(spreads in vec((0..6_usize, 0..6_usize), 0..20)) {
        let mut document = "{ ...F0 }".to_owned();
        for fragment in 0..6 {
            let _ = write!(document, " fragment F{fragment} on Root {{ id ");
            for (_, to) in spreads.iter().filter(|(from, _)| *from == fragment) {
                let _ = write!(document, "list {{ ...F{to} }} ");
            }
            document.push('}');
        }
        // Either a cycle is named, or everything is counted.
        match cost::measure(&parse_query(&document).unwrap(), 1_000) {
            Ok(cost) => prop_assert!(cost.fields >= 1),
            Err(endless) => prop_assert!(matches!(endless, Endless::Cycle(_))),
        }
    }
}

//! Each limit, met through fragments, inline fragments and aliases, and each answer fast.

use std::time::{Duration, Instant};

use super::*;

/// Most time for a refusal; a debug build on a busy machine gets more (docs/PERFORMANCE.md has the figures).
const FAST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });

/// The refusal's code and text.
fn refused(document: &str) -> (ErrorCode, String) {
    let start = Instant::now();
    let limits = Limits {
        document_bytes: 1_000_000,
        ..Limits::default()
    };
    let refusal = parse(document, &limits).map(drop).unwrap_err();
    assert!(start.elapsed() < FAST, "{:?}", start.elapsed());
    (refusal.code(), refusal.message().to_owned())
}

fn too_complex(document: &str, what: &str) {
    let (code, message) = refused(document);
    assert_eq!(code, ErrorCode::QueryTooComplex, "{message}");
    assert!(message.contains(what), "{message}");
}

fn accepted(document: &str) {
    if let Err(refusal) = parse(document, &Limits::default()) {
        panic!("{}", refusal.message());
    }
}

/// A chain of fragments, each of which spreads the next one `width` times.
fn chain(levels: usize, width: usize, leaf: &str) -> String {
    let mut document = "{ ...F0 }".to_owned();
    for level in 0..levels {
        let spreads = format!(" ...F{}", level + 1).repeat(width);
        document = [document, format!(" fragment F{level} on Query {{{spreads} }}")].concat();
    }
    document + &format!(" fragment F{levels} on Query {{ {leaf} }}")
}

#[test]
fn a_chain_of_doubling_fragments_is_counted_not_expanded() {
    too_complex(&chain(30, 2, "a"), "root fields");
    too_complex(&chain(30, 2, "x: a"), "root fields");
    // 10^30 overflows every counter; saturation keeps it refused.
    too_complex(&chain(30, 10, "a"), "far too many root fields");
    too_complex(&chain(32, 2, "a"), "nested selection sets");
    too_complex(&chain(100, 4, "a"), "nested selection sets");
    accepted(&chain(4, 2, "a"));
}

#[test]
fn ten_thousand_brackets_never_reach_the_parser() {
    too_complex(
        &format!("{{ a(x: {}1{}) }}", "[".repeat(5_000), "]".repeat(5_000)),
        "tokens",
    );
    too_complex(&format!("{{ a(x: {}", "[".repeat(10_000)), "tokens");
    too_complex(
        &format!("{{ a(x: {}1{}) }}", "[".repeat(60), "]".repeat(60)),
        "nested brackets",
    );
    too_complex(
        &format!("{{ a(x: {}1{}) }}", "{y:".repeat(60), "}".repeat(60)),
        "nested brackets",
    );
    too_complex(
        &format!("query($v: I = {}1{}) {{ a }}", "[".repeat(60), "]".repeat(60)),
        "nested brackets",
    );
}

#[test]
fn aliases_count_wherever_they_stand() {
    let many = |count: usize| (0..count).map(|n| format!("a{n}: b ")).collect::<Vec<_>>().concat();
    too_complex(&format!("{{ {} }}", many(1_000)), "tokens");
    too_complex(&format!("{{ a {{ {} }} }}", many(31)), "aliases");
    too_complex(&format!("{{ a {{ ... on T {{ {} }} }} }}", many(31)), "aliases");
    too_complex(
        "{ a { ...F } b { ...F } } fragment F on T { x1: c x2: c x3: c x4: c x5: c x6: c x7: c x8: c x9: c \
                 y1: c y2: c y3: c y4: c y5: c y6: c y7: c }",
        "aliases",
    );
    accepted(&format!("{{ a {{ {} }} }}", many(30)));
}

#[test]
fn directives_count_wherever_they_stand() {
    let many = |count: usize| "@skip(if: true) ".repeat(count);
    too_complex(&format!("{{ a {} }}", many(1_000)), "tokens");
    let together = "directives in one place";
    too_complex(&format!("{{ a {} }}", "@d ".repeat(6)), together);
    too_complex(&format!("query {} {{ a }}", "@d ".repeat(6)), together);
    too_complex(&format!("query($v: Int {}) {{ a }}", "@d ".repeat(6)), together);
    too_complex(&format!("{{ a {{ ... {} {{ b }} }} }}", "@d ".repeat(6)), together);
    too_complex(
        &format!("{{ a {{ ...F }} }} fragment F on T {} {{ b }}", "@d ".repeat(6)),
        together,
    );
    accepted(&format!("{{ a {} }}", "@d ".repeat(5)));
    too_complex(&format!("{{ {} }}", "a @d @d @d @d ".repeat(13)), "52 directives");
    too_complex(
        &format!("{{ {} }} fragment F on T @d {{ b @d @d @d @d }}", "...F ".repeat(11)),
        "55 directives",
    );
    accepted(&format!("{{ {} }}", "a @d @d @d @d @d ".repeat(10)));
}

#[test]
fn depth_counts_through_fragments_and_introspection_fits() {
    let nested = |levels: usize| format!("{}{}", "{ a ".repeat(levels), "}".repeat(levels));
    accepted(&nested(15));
    too_complex(&nested(16), "levels of fields");
    too_complex(
        "{ a { a { a { a { a { ...F } } } } } } fragment F on T { a { a { a { a { a { ...G } } } } } } \
         fragment G on T { a { a { a { a { a { a } } } } } }",
        "levels of fields",
    );
    accepted(
        "query IntrospectionQuery { __schema { queryType { name } types { ...FullType } directives { name args { ...V } } } } \
         fragment FullType on __Type { kind name fields(includeDeprecated: true) { name args { ...V } type { ...T } } \
         inputFields { ...V } interfaces { ...T } enumValues { name } possibleTypes { ...T } } \
         fragment V on __InputValue { name type { ...T } defaultValue } \
         fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
         ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }",
    );
}

#[test]
fn selection_sets_nest_only_so_deep_whatever_they_are() {
    let inline = |levels: usize| format!("{{ {}a{} }}", "... { ".repeat(levels), " }".repeat(levels));
    accepted(&inline(31));
    too_complex(&inline(32), "nested selection sets");
    // A fragment that was measured near the top counts again where it is spread deeper.
    let spread = "fragment F on Query { ... { ... { ... { a } } } }";
    let deeper = |levels: usize| {
        let (open, close) = ("... { ".repeat(levels), " }".repeat(levels));
        format!("{{ ...F {open}...F{close} }} {spread}")
    };
    accepted(&deeper(27));
    too_complex(&deeper(28), "nested selection sets");
    // The walk itself stays shallow even where everything else is allowed.
    let limits = Limits {
        document_bytes: 1_000_000,
        tokens: usize::MAX,
        ..Limits::default()
    };
    let refusal = parse(&chain(20_000, 1, "a"), &limits).map(drop).unwrap_err();
    assert!(
        refusal.message().contains("nested selection sets"),
        "{}",
        refusal.message()
    );
}

#[test]
fn fragments_that_contain_themselves_are_named() {
    for document in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { a { ...B } } fragment B on T { ... { ...A } }",
        "{ a } fragment A on Query { ...B } fragment B on Query { ...A }",
    ] {
        let (code, message) = refused(document);
        assert_eq!(code, ErrorCode::GraphqlValidationFailed);
        assert!(message.contains("within itself"), "{message}");
    }
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let brackets = "[".repeat(100);
    accepted(&format!("{{ a(x: \"{brackets}\") }}"));
    accepted(&format!("{{ a(x: \"\\\"{brackets}\") }}"));
    accepted(&format!("{{ a(x: \"\"\"{brackets} \\\"\"\" {brackets} \" \"\"\") }}"));
    accepted(&format!("{{ a # {brackets}\n }}"));
    // A quotation mark in a comment opens nothing, so the brackets behind it do count.
    too_complex(&format!("{{ a # \"\n (x: {brackets}) }}"), "nested brackets");
    // Nor does an unfinished string hide what follows on the next line.
    too_complex(&format!("{{ a(x: \"\n {brackets}) }}"), "nested brackets");
}

#[test]
fn tokens_are_counted_as_the_grammar_has_them() {
    let tokens = |document: &str| scan::scan(document.as_bytes()).tokens;
    assert_eq!(
        tokens("query Q($a: [Int!]! = [1, -2.5e3]) { ...F x: y(b: $a, c: \"t\") @d }"),
        35
    );
    assert_eq!(tokens("  ,,, # only a comment"), 0);
    assert_eq!(tokens("\"\"\" block \"\"\" name"), 2);
}

#[test]
fn a_document_that_is_too_long_or_broken_is_refused() {
    let long = format!("{{ a }} # {}", "x".repeat(20_000));
    let refusal = parse(&long, &Limits::default()).map(drop).unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.status().as_u16()),
        (ErrorCode::QueryTooComplex, 413)
    );
    for broken in [
        "{",
        "",
        "query {",
        "{ a(x: ) }",
        "nonsense",
        "type A { a: Int }",
        "{ a } { b }",
    ] {
        assert_eq!(refused(broken).0, ErrorCode::GraphqlParseFailed, "{broken}");
    }
}

//! The published schema: no drift, every part described, conventions kept.

use std::path::Path;

use async_graphql::parser::{
    parse_schema,
    types::{InputValueDefinition, TypeKind, TypeSystemDefinition},
};
use peer_challenge::graphql::schema::definition;

const DRIFT: &str =
    "schema.graphql differs from the code; run `cargo run -- schema --out schema.graphql` and review the difference";

#[test]
fn the_checked_in_schema_is_the_code_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    assert!(std::fs::read_to_string(path).unwrap() == definition(), "{DRIFT}");
}

fn undescribed(name: &str, arguments: &[async_graphql::Positioned<InputValueDefinition>]) -> Vec<String> {
    let bare = arguments.iter().filter(|argument| argument.node.description.is_none());
    bare.map(|argument| format!("{name}({})", argument.node.name.node))
        .collect()
}

#[test]
fn every_type_field_argument_and_value_is_described() {
    let document = parse_schema(definition()).unwrap();
    let mut bare = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        // Made by the library, described by its own specification.
        if name == "PageInfo" {
            continue;
        }
        if definition.description.is_none() && !name.ends_with("Connection") && !name.ends_with("Edge") {
            bare.push(name.to_owned());
        }
        match &definition.kind {
            TypeKind::Object(object) => {
                for field in &object.fields {
                    let path = format!("{name}.{}", field.node.name.node);
                    bare.extend(undescribed(&path, &field.node.arguments));
                    if field.node.description.is_none() {
                        bare.push(path);
                    }
                }
            }
            TypeKind::Interface(interface) => {
                let fields = interface.fields.iter().filter(|field| field.node.description.is_none());
                bare.extend(fields.map(|field| format!("{name}.{}", field.node.name.node)));
            }
            TypeKind::Enum(values) => {
                let values = values.values.iter().filter(|value| value.node.description.is_none());
                bare.extend(values.map(|value| format!("{name}.{}", value.node.value.node)));
            }
            TypeKind::InputObject(input) => bare.extend(undescribed(name, &input.fields)),
            TypeKind::Union(_) | TypeKind::Scalar => {}
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn every_mutation_takes_one_input_and_answers_with_user_errors() {
    let document = parse_schema(definition()).unwrap();
    let object = |wanted: &str| {
        document.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) if definition.node.name.node == wanted => {
                match &definition.node.kind {
                    TypeKind::Object(object) => Some(object.clone()),
                    _ => None,
                }
            }
            _ => None,
        })
    };
    let mutation = object("Mutation").unwrap();
    assert!(mutation.fields.len() > 20);
    for field in &mutation.fields {
        let name = &field.node.name.node;
        let arguments: Vec<_> = field
            .node
            .arguments
            .iter()
            .map(|argument| argument.node.name.node.as_str())
            .collect();
        assert_eq!(arguments, ["input"], "{name}");
        let payload = field.node.ty.node.to_string();
        assert!(payload.ends_with("Payload!"), "{name}: {payload}");
        let payload = object(payload.trim_end_matches('!')).unwrap();
        for field in &payload.fields {
            let (field, ty) = (field.node.name.node.as_str(), field.node.ty.node.to_string());
            match field {
                "userErrors" => assert_eq!(ty, "[UserError!]!", "{name}"),
                _ => assert!(
                    !ty.ends_with('!') || ty.starts_with('['),
                    "{name}.{field} must be nullable, not {ty}"
                ),
            }
        }
        assert!(
            payload.fields.iter().any(|field| field.node.name.node == "userErrors"),
            "{name}"
        );
    }
}

#[test]
fn scalars_name_their_specification() {
    let document = parse_schema(definition()).unwrap();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let scalar = matches!(definition.node.kind, TypeKind::Scalar);
        let specified = definition
            .node
            .directives
            .iter()
            .any(|directive| directive.node.name.node == "specifiedBy");
        assert!(!scalar || specified, "{}", definition.node.name.node);
    }
}

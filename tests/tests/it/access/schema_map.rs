//! The schema as a map, and documents made from it that ask for everything.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
};
use peer_challenge::graphql::schema::definition;
use serde_json::{Value, json};

/// Types by name.
pub(crate) struct SchemaMap {
    types: BTreeMap<String, TypeKind>,
}

/// Published rules of a policy: large, and open to everybody who is signed in.
const LARGE: &str = "PolicyRules";

/// The named type inside lists and marks.
fn base(ty: &Type) -> String {
    ty.to_string().replace(['[', ']', '!'], "")
}

fn is_required(argument: &InputValueDefinition) -> bool {
    !argument.ty.node.nullable && argument.default_value.is_none()
}

impl SchemaMap {
    pub(crate) fn read() -> Self {
        let document = parse_schema(definition()).unwrap();
        let types = document.definitions.into_iter().filter_map(|one| match one {
            TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node.kind)),
            _ => None,
        });
        Self { types: types.collect() }
    }

    fn fields(&self, ty: &str) -> Vec<&FieldDefinition> {
        match &self.types[ty] {
            TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// Names of the fields of an object type.
    pub(super) fn field_names(&self, ty: &str) -> BTreeSet<String> {
        self.fields(ty)
            .iter()
            .map(|field| field.name.node.to_string())
            .collect()
    }

    /// The types that `node` can give.
    pub(super) fn nodes(&self) -> BTreeSet<String> {
        let is_node = |kind: &TypeKind| match kind {
            TypeKind::Object(object) => object.implements.iter().any(|name| name.node == "Node"),
            _ => false,
        };
        let found = self.types.iter().filter(|(_, kind)| is_node(kind));
        found.map(|(name, _)| name.clone()).collect()
    }

    /// Connections on types with an id: type and field.
    pub(crate) fn nested_connections(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for ty in self
            .types
            .keys()
            .filter(|ty| !["Query", "Mutation"].contains(&ty.as_str()))
        {
            for field in self.fields(ty) {
                if base(&field.ty.node).ends_with("Connection") {
                    assert!(self.nodes().contains(ty), "{ty} has a connection but no id");
                    found.insert((ty.clone(), field.name.node.to_string()));
                }
            }
        }
        found
    }

    /// Values of an enum.
    pub(super) fn values(&self, name: &str) -> BTreeSet<String> {
        match &self.types[name] {
            TypeKind::Enum(values) => values
                .values
                .iter()
                .map(|one| one.node.value.node.to_string())
                .collect(),
            _ => panic!("{name} is no enum"),
        }
    }

    /// Everything of `ty`: its own fields and those of the things that it links to, `depth` links far; beyond, ids only.
    pub(super) fn selection(&self, ty: &str, depth: usize) -> String {
        let nodes = self.nodes();
        let mut parts = Vec::new();
        for field in self.fields(ty) {
            let (name, below) = (field.name.node.as_str(), base(&field.ty.node));
            if below == LARGE || ["edges", "pageInfo"].contains(&name) {
                continue;
            }
            let arguments = Self::arguments(field, &|argument| (argument == "between").then(|| BETWEEN.to_owned()));
            match &self.types.get(&below) {
                Some(TypeKind::Object(_)) if nodes.contains(&below) && depth == 0 => {
                    parts.push(format!("{name}{arguments} {{ id }}"));
                }
                Some(TypeKind::Object(_)) => {
                    let left = if nodes.contains(&below) { depth - 1 } else { depth };
                    parts.push(format!("{name}{arguments} {}", self.selection(&below, left)));
                }
                _ => parts.push(format!("{name}{arguments}")),
            }
        }
        format!("{{ {} }}", parts.join(" "))
    }

    /// The arguments of a field that must be given, as `value` gives them, and a full page of a list.
    fn arguments(field: &FieldDefinition, value: &dyn Fn(&str) -> Option<String>) -> String {
        let given = field.arguments.iter().filter_map(|argument| {
            let name = argument.node.name.node.as_str();
            if name == "first" {
                return Some("first: 100".to_owned());
            }
            let found = value(name).map(|value| format!("{name}: {value}"));
            assert!(
                found.is_some() || !is_required(&argument.node),
                "say in tests/it/access what to give for `{}({name})`",
                field.name.node
            );
            found
        });
        let given: Vec<String> = given.collect();
        if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        }
    }

    /// A query of one root field that asks for everything, or for as little as possible when `depth` is `None`.
    pub(super) fn root(&self, name: &str, depth: Option<usize>, value: &dyn Fn(&str) -> Option<String>) -> String {
        let field = self
            .fields("Query")
            .into_iter()
            .find(|field| field.name.node == name)
            .unwrap();
        let below = base(&field.ty.node);
        let selection = match depth {
            Some(depth) if below != "Node" => self.selection(&below, depth),
            _ => "{ __typename }".to_owned(),
        };
        format!("{{ {name}{} {selection} }}", Self::arguments(field, value))
    }

    /// Any value of an input type, all required fields filled.
    pub(super) fn any_input(&self, ty: &Type) -> Value {
        if let BaseType::List(item) = &ty.base {
            // Four are enough for every list that has a least length.
            return Value::Array(vec![self.any_input(item); 4]);
        }
        let name = base(ty);
        match self.types.get(&name) {
            Some(TypeKind::InputObject(input)) => {
                let fields = input
                    .fields
                    .iter()
                    .map(|field| &field.node)
                    .filter(|field| is_required(field));
                Value::Object(
                    fields
                        .map(|field| (field.name.node.to_string(), self.any_input(&field.ty.node)))
                        .collect(),
                )
            }
            Some(TypeKind::Enum(values)) => json!(values.values[0].node.value.node.to_string()),
            _ => match name.as_str() {
                "Int" => json!(1),
                "Boolean" => json!(false),
                "Date" => json!("2026-12-01"),
                _ => json!("x"),
            },
        }
    }

    /// The input type of a mutation.
    pub(super) fn input_of(&self, mutation: &str) -> String {
        let field = self
            .fields("Mutation")
            .into_iter()
            .find(|field| field.name.node == mutation);
        base(&field.unwrap().arguments[0].node.ty.node)
    }

    /// Any value of the named field of an input type.
    pub(super) fn any_of(&self, input: &str, field: &str) -> Value {
        let TypeKind::InputObject(input) = &self.types[input] else {
            panic!("{input} is no input")
        };
        let found = input.fields.iter().find(|one| one.node.name.node == field).unwrap();
        self.any_input(&found.node.ty.node)
    }
}

/// The days asked for wherever a field wants some.
const BETWEEN: &str = r#"{ startsOn: "2026-01-01", endsOn: "2028-12-31" }"#;

//! Brings a response into the shape that the schema promises.
//!
//! async-graphql 7.2.1 leaves a failed field out of its object: the key is missing, `null` does not climb from a
//! non-null field to its parent, an object whose fields all failed collapses to `null`, and keys stand in the order
//! in which resolvers happened to finish. A typed client would read nonsense. So after execution:
//! 1. every error's path gets its missing key, with `null` (rebuilding collapsed objects on the way);
//! 2. a `null` where the schema says non-null replaces the nearest nullable parent;
//! 3. keys are put in the order of the document.
//!
//! The types come from the schema's own SDL, so this needs nothing from the schema's code.

use std::collections::HashMap;

use async_graphql::{
    Name, PathSegment, ServerError, Value,
    indexmap::IndexMap,
    parser::{
        self,
        types::{
            BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

/// The field types of a schema.
pub(super) struct Types {
    query: String,
    mutation: String,
    subscription: String,
    fields: HashMap<String, HashMap<String, Type>>,
}

impl Types {
    /// Reads a schema definition.
    pub(super) fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut types = Self {
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
            fields: HashMap::new(),
        };
        for definition in parser::parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    if let Some(query) = schema.node.query {
                        types.query = query.node.to_string();
                    }
                    if let Some(mutation) = schema.node.mutation {
                        types.mutation = mutation.node.to_string();
                    }
                    if let Some(subscription) = schema.node.subscription {
                        types.subscription = subscription.node.to_string();
                    }
                }
                TypeSystemDefinition::Type(definition) => {
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let fields = fields
                        .into_iter()
                        .map(|field| (field.node.name.node.to_string(), field.node.ty.node));
                    types
                        .fields
                        .entry(definition.node.name.node.to_string())
                        .or_default()
                        .extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(types)
    }

    fn field(&self, parent: Option<&str>, name: &str) -> Option<&Type> {
        self.fields.get(parent?)?.get(name)
    }
}

/// What one selection set asks for, fragments merged, in the order of the document.
#[derive(Default)]
pub(super) struct Plan {
    steps: Vec<Step>,
    index: HashMap<Name, usize>,
}

struct Step {
    key: Name,
    /// Unknown for introspection, whose fields cannot fail.
    ty: Option<Type>,
    below: Plan,
}

impl Plan {
    /// The plan of an operation. The document has passed the budget, so expanding its fragments is cheap.
    pub(super) fn of(types: &Types, document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let root = match operation.ty {
            OperationType::Query => &types.query,
            OperationType::Mutation => &types.mutation,
            OperationType::Subscription => &types.subscription,
        };
        let mut plan = Self::default();
        plan.add(types, document, &operation.selection_set.node, Some(root));
        plan
    }

    /// Whether anything is asked besides the schema's own description (`__schema`, `__type`, `__typename`). A field that
    /// the schema does not know is not counted: it is refused as such.
    pub(super) fn asks(&self) -> bool {
        self.steps.iter().any(|step| step.ty.is_some())
    }

    fn add(&mut self, types: &Types, document: &ExecutableDocument, set: &SelectionSet, parent: Option<&str>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let ty = types.field(parent, &field.node.name.node);
                    let name = ty.map(|ty| innermost(&ty.base));
                    let at = *self.index.entry(key.clone()).or_insert_with(|| {
                        self.steps.push(Step {
                            key: key.clone(),
                            ty: ty.cloned(),
                            below: Self::default(),
                        });
                        self.steps.len() - 1
                    });
                    if let Some(step) = self.steps.get_mut(at) {
                        step.below.add(types, document, &field.node.selection_set.node, name);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map(|condition| condition.node.on.node.as_str());
                    self.add(types, document, &fragment.node.selection_set.node, condition.or(parent));
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = fragment.node.type_condition.node.on.node.as_str();
                        self.add(types, document, &fragment.node.selection_set.node, Some(condition));
                    }
                }
            }
        }
    }

    /// The completed data of a response; `null` when a failure climbed to the top.
    pub(super) fn complete(&self, mut data: Value, errors: &[ServerError]) -> Value {
        for error in errors {
            fill(&mut data, &error.path);
        }
        self.object(data)
    }

    /// Orders an object's keys and lets `null` climb out of non-null fields.
    fn object(&self, value: Value) -> Value {
        let Value::Object(mut fields) = value else { return value };
        let mut ordered = IndexMap::with_capacity(fields.len());
        for step in &self.steps {
            if let Some(value) = fields.swap_remove(&step.key) {
                let value = step.settle(value, step.ty.as_ref());
                if value == Value::Null && step.ty.as_ref().is_some_and(|ty| !ty.nullable) {
                    return Value::Null;
                }
                ordered.insert(step.key.clone(), value);
            }
        }
        Value::Object(ordered)
    }
}

impl Step {
    fn settle(&self, value: Value, ty: Option<&Type>) -> Value {
        match value {
            Value::Object(_) if !self.below.steps.is_empty() => self.below.object(value),
            Value::List(items) => {
                let inner = ty.and_then(|ty| match &ty.base {
                    BaseType::List(inner) => Some(inner.as_ref()),
                    BaseType::Named(_) => None,
                });
                let items: Vec<_> = items.into_iter().map(|item| self.settle(item, inner)).collect();
                let broken = inner.is_some_and(|inner| !inner.nullable) && items.contains(&Value::Null);
                if broken { Value::Null } else { Value::List(items) }
            }
            other => other,
        }
    }
}

/// Gives the field at the end of a path its key, with `null`, if it has none.
fn fill(value: &mut Value, path: &[PathSegment]) {
    match (path, value) {
        ([PathSegment::Field(key), rest @ ..], place) => {
            // The object was there, otherwise nothing below it could have failed.
            if *place == Value::Null {
                *place = Value::Object(IndexMap::new());
            }
            let Value::Object(fields) = place else { return };
            match fields.get_mut(key.as_str()) {
                Some(present) => fill(present, rest),
                None => {
                    fields.insert(Name::new(key), Value::Null);
                }
            }
        }
        ([PathSegment::Index(index), rest @ ..], Value::List(items)) => {
            if let Some(item) = items.get_mut(*index) {
                fill(item, rest);
            }
        }
        _ => {}
    }
}

fn innermost(base: &BaseType) -> &str {
    match base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => innermost(&inner.base),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SDL: &str = "schema { query: Root } type Root { a: Int b: Int! item: Item sure: Item! items: [Item!]! maybes: [Item] node: Node }
        interface Node { id: ID! } type Item implements Node { id: ID! note: String item: Item sure: Item! }";

    fn completed(document: &str, data: serde_json::Value, failed: &[serde_json::Value]) -> String {
        let types = Types::from_sdl(SDL).unwrap();
        let document = parser::parse_query(document).unwrap();
        let operation = document.operations.iter().next().unwrap().1;
        let plan = Plan::of(&types, &document, &operation.node);
        let errors: Vec<_> = failed
            .iter()
            .map(|path| ServerError::new("failed", None).with_path(serde_json::from_value(path.clone()).unwrap()))
            .collect();
        let data = serde_json::from_value(data).unwrap();
        serde_json::to_string(&plan.complete(data, &errors)).unwrap()
    }

    #[test]
    fn a_failed_nullable_field_is_null_and_stays_in_its_place() {
        assert_eq!(
            completed("{ b a }", json!({"b": 1}), &[json!(["a"])]),
            r#"{"b":1,"a":null}"#
        );
        assert_eq!(
            completed("{ x: a b }", json!({"b": 1}), &[json!(["x"])]),
            r#"{"x":null,"b":1}"#
        );
        // An object whose only field failed had collapsed.
        assert_eq!(completed("{ a }", json!(null), &[json!(["a"])]), r#"{"a":null}"#);
        let note = "{ item { note } }";
        assert_eq!(
            completed(note, json!({"item": null}), &[json!(["item", "note"])]),
            r#"{"item":{"note":null}}"#
        );
        // Without an error a null is a null.
        assert_eq!(completed(note, json!({"item": null}), &[]), r#"{"item":null}"#);
    }

    #[test]
    fn a_failed_non_null_field_takes_its_parents_along() {
        assert_eq!(completed("{ a b }", json!({"a": 1}), &[json!(["b"])]), "null");
        let nested = "{ a item { sure { sure { id } } } }";
        let data = json!({"a": 1, "item": {"sure": {"sure": null}}});
        assert_eq!(
            completed(nested, data, &[json!(["item", "sure", "sure", "id"])]),
            r#"{"a":1,"item":null}"#
        );
        let root = json!({"sure": {"sure": null}});
        assert_eq!(
            completed("{ sure { sure { id } } }", root, &[json!(["sure", "sure", "id"])]),
            "null"
        );
    }

    #[test]
    fn lists_keep_or_lose_their_items_as_their_type_says() {
        let both = |list: &str| json!({list: [{"id": "1"}, null]});
        let failed = |list: &str| [json!([list, 1, "id"])];
        assert_eq!(
            completed("{ maybes { id } }", both("maybes"), &failed("maybes")),
            r#"{"maybes":[{"id":"1"},null]}"#
        );
        assert_eq!(completed("{ items { id } }", both("items"), &failed("items")), "null");
        let notes = completed("{ items { id note } }", both("items"), &[json!(["items", 1, "note"])]);
        assert_eq!(notes, r#"{"items":[{"id":"1"},{"note":null}]}"#);
        // The library dropped the whole list.
        assert_eq!(
            completed("{ a maybes { id } }", json!({"a": 1}), &[json!(["maybes", 3])]),
            r#"{"a":1,"maybes":null}"#
        );
    }

    #[test]
    fn keys_follow_the_document_through_fragments() {
        let document = "query { ...F b ... on Root { item { note ...G } } a } fragment F on Root { item { id } } \
                        fragment G on Node { x: id }";
        let data = json!({"a": 1, "b": 2, "item": {"x": "1", "note": "n", "id": "1"}});
        assert_eq!(
            completed(document, data, &[]),
            r#"{"item":{"id":"1","note":"n","x":"1"},"b":2,"a":1}"#
        );
        // A fragment's type decides what a field may be.
        let typed = "{ node { ... on Item { sure { id } } } }";
        assert_eq!(
            completed(typed, json!({"node": null}), &[json!(["node", "sure"])]),
            r#"{"node":null}"#
        );
    }

    #[test]
    fn introspection_passes_through() {
        let document = "{ __schema { queryType { name } } __typename }";
        let data = json!({"__typename": "Root", "__schema": {"queryType": {"name": "Root"}}});
        let expected = r#"{"__schema":{"queryType":{"name":"Root"}},"__typename":"Root"}"#;
        assert_eq!(completed(document, data, &[]), expected);
    }
}

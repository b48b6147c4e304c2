//! What the schema says about how many rows a field may answer with, and where it takes values (`slots`).
//!
//! Everything is read from the schema's own definition, so a new list is weighed without a line here:
//! - a field with an `Int` argument `first` or `last` answers with at most so many rows. If its type is an object that
//!   itself holds lists (a connection), these lists have that length; otherwise the field's own list has it;
//! - a list field that must be given a list (`nodes(ids: [ID!]!)`) answers item by item;
//! - any other list of objects counts as [`Limits::list_size`](super::Limits) rows;
//! - a list of scalars is one value.
//!
//! Introspection has a shape too ([`INTROSPECTION`]), with the real lengths of this schema: nested through `type` and
//! `fields`, it is the one query that explodes without touching a single row of data.

use std::collections::HashMap;

use async_graphql::parser::{
    self,
    types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition},
};

use super::{
    Pages,
    slots::{self, Slots},
};

/// The types that every schema has, as the specification defines them (only what leads to lists or further types).
const INTROSPECTION: &str = "
    type __Schema { types: [__Type] queryType: __Type mutationType: __Type subscriptionType: __Type directives: [__Directive] }
    type __Type { fields(includeDeprecated: Boolean): [__Field] inputFields: [__InputValue] interfaces: [__Type] possibleTypes: [__Type]
      enumValues(includeDeprecated: Boolean): [__EnumValue] ofType: __Type }
    type __Field { args: [__InputValue] type: __Type }
    type __InputValue { type: __Type }
    type __EnumValue { name: String }
    type __Directive { args: [__InputValue] }
    type Root { __schema: __Schema __type(name: String!): __Type }";

/// How many rows a field answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rows {
    /// One value, or none.
    One,
    /// As many as `first` or `last` say.
    Page,
    /// As many as the connection around it was asked for.
    OfConnection,
    /// As many as the list has that is given as this argument.
    Each(String),
    /// A list whose length nobody states.
    Unstated,
    /// A list whose average length is known.
    Known(u64),
}

/// One field of a type.
#[derive(Debug, Clone)]
pub(in crate::http) struct Field {
    /// The innermost type.
    pub(in crate::http) ty: String,
    /// Its arguments.
    pub(in crate::http) arguments: Slots,
    pub(super) rows: Rows,
    /// For a connection: the lists below it have the length of its page.
    pub(super) connection: bool,
}

/// The fields of all object types and interfaces, and the places for values.
pub(in crate::http) struct Shape {
    query: String,
    mutation: String,
    subscription: String,
    pub(super) pages: Pages,
    types: HashMap<String, HashMap<String, Field>>,
    /// Fields of input objects, by type.
    inputs: HashMap<String, Slots>,
    /// Arguments of directives, by name.
    directives: HashMap<String, Slots>,
}

/// One type's fields.
pub(in crate::http) type Fields = HashMap<String, Field>;

impl Shape {
    /// Reads a schema definition.
    pub(in crate::http) fn from_sdl(sdl: &str, pages: Pages) -> Result<Self, parser::Error> {
        let mut shape = Self {
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
            pages,
            types: HashMap::new(),
            inputs: HashMap::new(),
            directives: HashMap::new(),
        };
        let mut raw: HashMap<String, Vec<FieldDefinition>> = HashMap::new();
        let mut counts = Counts::default();
        for definition in parser::parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let take = |root: &mut String, named: Option<parser::Positioned<async_graphql::Name>>| {
                        if let Some(name) = named {
                            *root = name.node.to_string();
                        }
                    };
                    take(&mut shape.query, schema.node.query);
                    take(&mut shape.mutation, schema.node.mutation);
                    take(&mut shape.subscription, schema.node.subscription);
                }
                TypeSystemDefinition::Type(definition) => {
                    counts.add(&definition.node.kind);
                    let name = definition.node.name.node.to_string();
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        TypeKind::InputObject(input) => {
                            shape.inputs.entry(name).or_default().extend(slots::read(&input.fields));
                            continue;
                        }
                        _ => continue,
                    };
                    raw.entry(name)
                        .or_default()
                        .extend(fields.into_iter().map(|field| field.node));
                }
                TypeSystemDefinition::Directive(directive) => {
                    let arguments = slots::read(&directive.node.arguments);
                    shape.directives.insert(directive.node.name.node.to_string(), arguments);
                }
            }
        }
        shape.types = raw
            .iter()
            .map(|(name, fields)| {
                let fields = fields
                    .iter()
                    .map(|field| (field.name.node.to_string(), read(field, &raw)));
                (name.clone(), fields.collect())
            })
            .collect();
        shape.mark_connections();
        shape.add_introspection(&counts)?;
        Ok(shape)
    }

    /// The fields of an operation's root type.
    pub(in crate::http) fn root(&self, kind: OperationType) -> Option<&Fields> {
        self.fields(match kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        })
    }

    /// The fields of a type; none for scalars, unions and what the schema does not know.
    pub(in crate::http) fn fields(&self, name: &str) -> Option<&Fields> {
        self.types.get(name)
    }

    /// The fields of an input object.
    pub(in crate::http) fn input(&self, name: &str) -> Option<&Slots> {
        self.inputs.get(name)
    }

    /// The arguments of a directive.
    pub(in crate::http) fn directive(&self, name: &str) -> Option<&Slots> {
        self.directives.get(name)
    }

    /// Lists directly in the type of a connection are as long as its page.
    fn mark_connections(&mut self) {
        let connections: Vec<String> = self
            .types
            .values()
            .flat_map(HashMap::values)
            .filter(|field| field.connection)
            .map(|field| field.ty.clone())
            .collect();
        for name in connections {
            for field in self.types.get_mut(&name).into_iter().flat_map(HashMap::values_mut) {
                if field.rows == Rows::Unstated {
                    field.rows = Rows::OfConnection;
                }
            }
        }
    }

    fn add_introspection(&mut self, counts: &Counts) -> Result<(), parser::Error> {
        for definition in parser::parse_schema(INTROSPECTION)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let TypeKind::Object(object) = definition.node.kind else {
                continue;
            };
            let fields = object.fields.into_iter().map(|field| {
                let field = field.node;
                let length = counts.length(field.name.node.as_str());
                let listed = matches!(field.ty.node.base, BaseType::List(_));
                let known = Field {
                    ty: innermost(&field.ty.node).to_owned(),
                    arguments: slots::read(&field.arguments),
                    rows: if listed { Rows::Known(length) } else { Rows::One },
                    connection: false,
                };
                (field.name.node.to_string(), known)
            });
            if definition.node.name.node == "Root" {
                // Stands for the query root, whatever its name is.
                self.types.entry(self.query.clone()).or_default().extend(fields);
            } else {
                let fields = fields.collect();
                self.types.insert(definition.node.name.node.to_string(), fields);
            }
        }
        self.bound_wrappers();
        Ok(())
    }

    /// A type is wrapped three times at most (`[T!]!`); clients ask nine levels of `ofType` to be sure. The levels that
    /// answer nothing weigh nothing.
    fn bound_wrappers(&mut self) {
        const WRAPPERS: usize = 3;
        let level = |level: usize| {
            if level == 0 {
                "__Type".to_owned()
            } else {
                format!("__Type {level}")
            }
        };
        let Some(plain) = self.types.get("__Type").cloned() else {
            return;
        };
        for wrapped in 0..=WRAPPERS {
            let mut fields = plain.clone();
            if let Some(of_type) = fields.get_mut("ofType") {
                of_type.ty = level(wrapped + 1);
                if wrapped == WRAPPERS {
                    of_type.rows = Rows::Known(0);
                }
            }
            self.types.insert(level(wrapped), fields);
        }
    }
}

fn read(field: &FieldDefinition, types: &HashMap<String, Vec<FieldDefinition>>) -> Field {
    let ty = innermost(&field.ty.node);
    let listed = matches!(field.ty.node.base, BaseType::List(_));
    let below = types.get(ty);
    let paged = field.arguments.iter().any(|argument| {
        matches!(argument.node.name.node.as_str(), "first" | "last") && innermost(&argument.node.ty.node) == "Int"
    });
    let each = field.arguments.iter().find(|argument| {
        let ty = &argument.node.ty.node;
        !ty.nullable && matches!(ty.base, BaseType::List(_))
    });
    let connection = paged && !listed && below.is_some();
    let rows = match (listed, below, each) {
        (false, ..) | (_, None, _) if !connection => Rows::One,
        _ if paged => Rows::Page,
        (_, _, Some(argument)) => Rows::Each(argument.node.name.node.to_string()),
        _ => Rows::Unstated,
    };
    Field {
        ty: ty.to_owned(),
        arguments: slots::read(&field.arguments),
        rows,
        connection,
    }
}

fn innermost(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => innermost(inner),
    }
}

/// How much there is of what introspection lists.
#[derive(Default)]
struct Counts {
    types: u64,
    objects: u64,
    fields: u64,
    arguments: u64,
    inputs: u64,
    input_fields: u64,
    enums: u64,
    values: u64,
    links: u64,
}

impl Counts {
    fn add(&mut self, kind: &TypeKind) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.types += 1;
        let (fields, implements) = match kind {
            TypeKind::Object(object) => (&object.fields, object.implements.len()),
            TypeKind::Interface(interface) => (&interface.fields, interface.implements.len()),
            TypeKind::InputObject(input) => {
                self.inputs += 1;
                self.input_fields += count(input.fields.len());
                return;
            }
            TypeKind::Enum(values) => {
                self.enums += 1;
                self.values += count(values.values.len());
                return;
            }
            TypeKind::Union(union) => {
                self.links += count(union.members.len());
                return;
            }
            TypeKind::Scalar => return,
        };
        self.objects += 1;
        self.fields += count(fields.len());
        self.links += count(implements);
        self.arguments += fields
            .iter()
            .map(|field| count(field.node.arguments.len()))
            .sum::<u64>();
    }

    /// Entries of a list of introspection: of all together, or on average in one type, rounded up.
    fn length(&self, list: &str) -> u64 {
        let average = |all: u64, of: u64| all.div_ceil(of.max(1)).max(1);
        match list {
            // The specification's own types and scalars are listed too.
            "types" => self.types + 15,
            "fields" => average(self.fields, self.objects),
            "args" => average(self.arguments, self.fields),
            "inputFields" => average(self.input_fields, self.inputs),
            "enumValues" => average(self.values, self.enums),
            "interfaces" | "possibleTypes" => average(self.links, self.objects),
            _ => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_found_by_their_definition() {
        let sdl = "schema { query: Root } type Root { things(first: Int, last: Int): Crowd! top(first: Int): [Thing!]!
            each(keys: [ID!]!): [Thing]! some: [Thing!] names: [String!]! one(id: ID!): Thing first: Int }
            type Crowd { rows: [Thing!]! total: Int! more: Page! } type Page { next: String } type Thing { id: ID! }";
        let shape = Shape::from_sdl(sdl, Pages::default()).unwrap();
        let root = shape.root(OperationType::Query).unwrap();
        let rows = |name: &str| root.get(name).map(|field| (field.rows.clone(), field.connection));
        assert_eq!(rows("things"), Some((Rows::Page, true)));
        assert_eq!(rows("top"), Some((Rows::Page, false)));
        assert_eq!(rows("each"), Some((Rows::Each("keys".to_owned()), false)));
        assert_eq!(rows("some"), Some((Rows::Unstated, false)));
        for single in ["names", "one", "first"] {
            assert_eq!(rows(single), Some((Rows::One, false)), "{single}");
        }
        let crowd = shape.fields("Crowd").unwrap();
        assert_eq!(crowd["rows"].rows, Rows::OfConnection);
        assert_eq!(crowd["more"].rows, Rows::One);
        assert_eq!(shape.fields("__Schema").unwrap()["types"].rows, Rows::Known(4 + 15));
    }
}

//! Variables in allowed positions (the specification's rule "All Variable Usages Are Allowed"): a variable may only stand
//! where every value of its type would do.
//!
//! The library has this rule, but 7.2.1 never runs it: its list of rules does not pass on what the rule listens for
//! (`enter_input_value`). So a variable of any type would be taken anywhere, as long as the value of the day fits.
//!
//! Each fragment is looked through once; each operation then holds the usages that it reaches against its definitions. What
//! the schema does not know (fields, arguments, variables without definition) is refused by the library, by name.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Pos, Positioned, ServerError,
    parser::types::{
        BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, VariableDefinition,
    },
};
use async_graphql_value::{ConstValue, Value};

use super::{
    budget::{Fields, Shape, Slots},
    errors::{self, ErrorCode, Refusal},
};

/// Most errors that one answer lists.
const MOST_ERRORS: usize = 10;

/// Holds a document against the rule. It must have passed `budget::parse`, which bounds its nesting.
pub(super) fn check(shape: &Shape, document: &ExecutableDocument) -> Result<(), Refusal> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    if operations
        .clone()
        .all(|operation| operation.variable_definitions.is_empty())
    {
        return Ok(());
    }
    let fragments = document.fragments.iter().map(|(name, fragment)| {
        let parent = shape.fields(&fragment.node.type_condition.node.on.node);
        let mut found = Found::of(shape);
        found.directives(&fragment.node.directives);
        found.selection_set(&fragment.node.selection_set.node, parent);
        (name, found)
    });
    let fragments: HashMap<&Name, Found<'_>> = fragments.collect();
    let mut errors = Vec::new();
    for operation in operations {
        let mut found = Found::of(shape);
        found.directives(&operation.directives);
        found.selection_set(&operation.selection_set.node, shape.root(operation.ty));
        judge(operation, &found, &fragments, &mut errors);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of(errors))
    }
}

/// Holds what an operation reaches against its definitions.
fn judge(
    operation: &OperationDefinition,
    own: &Found<'_>,
    fragments: &HashMap<&Name, Found<'_>>,
    errors: &mut Vec<ServerError>,
) {
    let definitions: HashMap<&str, &Positioned<VariableDefinition>> = operation
        .variable_definitions
        .iter()
        .map(|definition| (definition.node.name.node.as_str(), definition))
        .collect();
    let mut seen: HashSet<&Name> = HashSet::new();
    let mut next = vec![own];
    while let Some(found) = next.pop() {
        for usage in &found.usages {
            let Some(definition) = definitions.get(usage.variable) else {
                continue;
            };
            if !usage.allows(&definition.node) {
                if errors.len() == MOST_ERRORS {
                    return;
                }
                errors.push(usage.error(definition));
            }
        }
        let reached = found.spreads.iter().filter(|name| seen.insert(name));
        next.extend(reached.filter_map(|name| fragments.get(*name)));
    }
}

/// A variable where a value is taken.
struct Usage<'a> {
    variable: &'a str,
    at: Pos,
    expected: &'a Type,
    /// Whether the place has a value of its own when none is given.
    defaulted: bool,
}

impl Usage<'_> {
    /// The specification's `IsVariableUsageAllowed`.
    fn allows(&self, definition: &VariableDefinition) -> bool {
        let default = definition.default_value.as_ref().map(|value| &value.node);
        // Absent, the variable's or the place's own value is taken; an explicit null is refused when it comes.
        let never_absent = self.defaulted || default.is_some_and(|value| *value != ConstValue::Null);
        let variable = &definition.var_type.node;
        (!variable.nullable || self.expected.nullable || never_absent) && fits(&variable.base, &self.expected.base)
    }

    fn error(&self, definition: &Positioned<VariableDefinition>) -> ServerError {
        let message = format!(
            "Variable \"${}\" of type \"{}\" used in position expecting type \"{}\".",
            self.variable, definition.node.var_type.node, self.expected
        );
        let mut error = errors::error(ErrorCode::GraphqlValidationFailed, message);
        error.locations = vec![definition.pos, self.at];
        error
    }
}

/// The specification's `AreTypesCompatible`, below the outermost nullability.
fn fits(variable: &BaseType, expected: &BaseType) -> bool {
    match (variable, expected) {
        (BaseType::Named(variable), BaseType::Named(expected)) => variable == expected,
        (BaseType::List(variable), BaseType::List(expected)) => {
            (!variable.nullable || expected.nullable) && fits(&variable.base, &expected.base)
        }
        _ => false,
    }
}

/// What one operation or fragment holds itself.
struct Found<'a> {
    shape: &'a Shape,
    usages: Vec<Usage<'a>>,
    spreads: Vec<&'a Name>,
}

impl<'a> Found<'a> {
    fn of(shape: &'a Shape) -> Self {
        Self {
            shape,
            usages: Vec::new(),
            spreads: Vec::new(),
        }
    }

    fn selection_set(&mut self, set: &'a SelectionSet, parent: Option<&'a Fields>) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => {
                    let known = parent.and_then(|fields| fields.get(field.node.name.node.as_str()));
                    if let Some(known) = known {
                        self.arguments(&field.node.arguments, &known.arguments);
                    }
                    let below = known.and_then(|known| self.shape.fields(&known.ty));
                    self.selection_set(&field.node.selection_set.node, below);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let parent = on.map_or(parent, |on| self.shape.fields(&on.node.on.node));
                    self.selection_set(&fragment.node.selection_set.node, parent);
                }
                Selection::FragmentSpread(spread) => self.spreads.push(&spread.node.fragment_name.node),
            }
        }
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            if let Some(slots) = self.shape.directive(&directive.node.name.node) {
                self.arguments(&directive.node.arguments, slots);
            }
        }
    }

    fn arguments(&mut self, arguments: &'a [(Positioned<Name>, Positioned<Value>)], slots: &'a Slots) {
        for (name, value) in arguments {
            if let Some(slot) = slots.get(name.node.as_str()) {
                self.value(&value.node, value.pos, &slot.ty, slot.defaulted);
            }
        }
    }

    fn value(&mut self, value: &'a Value, at: Pos, expected: &'a Type, defaulted: bool) {
        match (value, &expected.base) {
            (Value::Variable(variable), _) => self.usages.push(Usage {
                variable,
                at,
                expected,
                defaulted,
            }),
            (Value::List(items), BaseType::List(item)) => {
                for value in items {
                    self.value(value, at, item, false);
                }
            }
            // A single value is taken for a list of one.
            (Value::Object(_), BaseType::List(item)) => self.value(value, at, item, false),
            (Value::Object(fields), BaseType::Named(name)) => {
                let Some(slots) = self.shape.input(name) else {
                    return;
                };
                for (name, value) in fields {
                    if let Some(slot) = slots.get(name.as_str()) {
                        self.value(value, at, &slot.ty, slot.defaulted);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;

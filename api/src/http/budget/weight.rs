//! How much an operation may answer: every field counted as often as its page sizes can repeat it.
//!
//! `cost` counts what a document says; this counts what it may bring about. `first: 100` in `first: 100` in
//! `first: 100` is a short document and a million rows. Page sizes come from literals, variables and their defaults; a
//! value that cannot be read counts as the largest page. Directives are not looked at: a skipped field counts, and so do
//! all type conditions of a fragment, so the number is an upper bound for what the schema states lengths of.
//!
//! Each fragment is weighed once for each page size around it (its own type is fixed by its definition), so the time is
//! linear in the document times the number of different page sizes in it, whatever the fragments multiply to.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql_value::{ConstValue, Value};
use serde_json::Map;

use super::{
    Limits,
    shape::{self, Fields, Rows, Shape},
};

/// What an operation may answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::http) struct Weight {
    /// Fields of data, each as often as it may be answered.
    pub(in crate::http) complexity: u64,
    /// The same for fields of introspection, which cost no rows.
    pub(in crate::http) introspection: u64,
}

/// Weighs one operation. Its document must have passed `cost::measure`, which refuses fragments within themselves.
pub(super) fn weigh(
    shape: &Shape,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, serde_json::Value>,
    limits: &Limits,
) -> Weight {
    let mut walk = Walk {
        shape,
        document,
        operation,
        variables,
        limits,
        fragments: HashMap::new(),
    };
    walk.selection_set(&operation.selection_set.node, shape.root(operation.ty), None)
}

struct Walk<'a> {
    shape: &'a Shape,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, serde_json::Value>,
    limits: &'a Limits,
    /// By name and the page of the connection around it.
    fragments: HashMap<(&'a str, Option<u64>), Weight>,
}

impl<'a> Walk<'a> {
    /// Weighs what is selected of one object; `page` is the page asked of the connection that this object is.
    fn selection_set(&mut self, set: &'a SelectionSet, parent: Option<&'a Fields>, page: Option<u64>) -> Weight {
        let mut sum = Weight::default();
        for selection in &set.items {
            let weight = match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent, page),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let parent = on.map_or(parent, |on| self.shape.fields(&on.node.on.node));
                    self.selection_set(&fragment.node.selection_set.node, parent, page)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, page),
            };
            sum = sum.beside(weight);
        }
        sum
    }

    fn fragment(&mut self, name: &'a str, page: Option<u64>) -> Weight {
        if let Some(known) = self.fragments.get(&(name, page)) {
            return *known;
        }
        // Validation refuses an unknown fragment by name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Weight::default();
        };
        let parent = self.shape.fields(&fragment.node.type_condition.node.on.node);
        let weight = self.selection_set(&fragment.node.selection_set.node, parent, page);
        self.fragments.insert((name, page), weight);
        weight
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a Fields>, page: Option<u64>) -> Weight {
        let name = field.name.node.as_str();
        // A field that the schema does not know is refused by validation; until then it counts as one.
        let known = parent.and_then(|fields| fields.get(name));
        let size = known.map_or(1, |known| self.rows(known, field, page));
        let (repeat, below_page) = match known {
            Some(known) if known.connection => (1, Some(size)),
            _ => (size, None),
        };
        let below = known.and_then(|known| self.shape.fields(&known.ty));
        let mut weight = self.selection_set(&field.selection_set.node, below, below_page);
        if matches!(name, "__schema" | "__type") {
            weight.introspection = weight.introspection.saturating_add(weight.complexity).saturating_add(1);
            weight.complexity = 0;
        } else {
            weight.complexity = weight.complexity.saturating_add(1);
        }
        weight.times(repeat)
    }

    fn rows(&self, known: &shape::Field, field: &Field, page: Option<u64>) -> u64 {
        match &known.rows {
            Rows::One => 1,
            Rows::Page => self.page(field),
            Rows::OfConnection => page.unwrap_or(self.shape.pages.usual),
            Rows::Each(argument) => self.length(field, argument),
            Rows::Unstated => self.limits.list_size,
            Rows::Known(length) => *length,
        }
    }

    /// The rows that `first` and `last` ask for. More than the largest page is refused by the list itself, with a
    /// better message than this one could give.
    fn page(&self, field: &Field) -> u64 {
        let pages = self.shape.pages;
        let asked = ["first", "last"]
            .into_iter()
            .filter_map(|name| match self.argument(field, name) {
                Given::Nothing => None,
                Given::Number(number) => Some(number.min(pages.most)),
                Given::List(_) | Given::Unreadable => Some(pages.most),
            });
        asked.max().unwrap_or(pages.usual)
    }

    /// The length of a list argument.
    fn length(&self, field: &Field, argument: &str) -> u64 {
        match self.argument(field, argument) {
            Given::List(length) => length,
            // A single value is taken for a list of one.
            Given::Number(_) => 1,
            Given::Nothing | Given::Unreadable => self.shape.pages.most,
        }
    }

    fn argument(&self, field: &Field, name: &str) -> Given {
        match field.get_argument(name).map(|value| &value.node) {
            None | Some(Value::Null) => Given::Nothing,
            Some(Value::Variable(variable)) => match self.variables.get(variable.as_str()) {
                Some(value) => Given::json(value),
                None => self.default(variable),
            },
            Some(Value::Number(number)) => Given::number(number.as_i64()),
            Some(Value::List(items)) => Given::List(length(items.len())),
            Some(_) => Given::Unreadable,
        }
    }

    fn default(&self, variable: &str) -> Given {
        let definitions = &self.operation.variable_definitions;
        let definition = definitions
            .iter()
            .find(|definition| definition.node.name.node.as_str() == variable);
        match definition.and_then(|definition| definition.node.default_value.as_ref()) {
            None => Given::Nothing,
            Some(value) => match &value.node {
                ConstValue::Null => Given::Nothing,
                ConstValue::Number(number) => Given::number(number.as_i64()),
                ConstValue::List(items) => Given::List(length(items.len())),
                _ => Given::Unreadable,
            },
        }
    }
}

/// What an argument says about a number of rows.
enum Given {
    Nothing,
    Number(u64),
    List(u64),
    Unreadable,
}

impl Given {
    fn json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Nothing,
            serde_json::Value::Number(number) => Self::number(number.as_i64()),
            serde_json::Value::Array(items) => Self::List(length(items.len())),
            _ => Self::Unreadable,
        }
    }

    /// A negative number is refused by the list; until then it is no rows. Anything but a whole number is unreadable.
    fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Unreadable, |number| {
            Self::Number(u64::try_from(number).unwrap_or(0))
        })
    }
}

fn length(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

impl Weight {
    fn beside(self, other: Self) -> Self {
        Self {
            complexity: self.complexity.saturating_add(other.complexity),
            introspection: self.introspection.saturating_add(other.introspection),
        }
    }

    fn times(self, rows: u64) -> Self {
        Self {
            complexity: self.complexity.saturating_mul(rows),
            introspection: self.introspection.saturating_mul(rows),
        }
    }
}

#[cfg(test)]
mod tests;

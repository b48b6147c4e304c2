//! Where the schema takes values: arguments of fields and directives, fields of input objects.

use std::collections::HashMap;

use async_graphql::parser::{
    Positioned,
    types::{InputValueDefinition, Type},
};

/// One place for a value.
#[derive(Debug, Clone)]
pub(in crate::http) struct Slot {
    /// What it takes.
    pub(in crate::http) ty: Type,
    /// Whether it has a value of its own when none is given.
    pub(in crate::http) defaulted: bool,
}

/// Places by name.
pub(in crate::http) type Slots = HashMap<String, Slot>;

/// Reads the definitions of arguments or input fields.
pub(super) fn read<'a>(definitions: impl IntoIterator<Item = &'a Positioned<InputValueDefinition>>) -> Slots {
    let slot = |definition: &Positioned<InputValueDefinition>| {
        let InputValueDefinition {
            name,
            ty,
            default_value,
            ..
        } = &definition.node;
        let slot = Slot {
            ty: ty.node.clone(),
            defaulted: default_value.is_some(),
        };
        (name.node.to_string(), slot)
    };
    definitions.into_iter().map(slot).collect()
}

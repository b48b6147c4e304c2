//! Counts what a parsed document expands to, without expanding it.
//!
//! Each fragment is measured once and its measure reused wherever it is spread; additions saturate. The time is
//! linear in the document, whatever the fragments multiply to. Operations are added up, because the library
//! validates all of them, not only the one that runs.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

/// What a document expands to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Deepest nesting of fields.
    pub(super) depth: u64,
    /// Fields directly in the selection set (of the widest operation, for a document).
    pub(super) roots: u64,
    /// All fields.
    pub(super) fields: u64,
    /// All aliases.
    pub(super) aliases: u64,
    /// All directives.
    pub(super) directives: u64,
}

/// The cost of a document, or the name of a fragment that contains itself.
pub(super) fn measure(document: &ExecutableDocument) -> Result<Cost, Name> {
    let mut walk = Walk {
        document,
        fragments: HashMap::new(),
    };
    let mut total = Cost::default();
    for (_, operation) in document.operations.iter() {
        let mut cost = walk.selection_set(&operation.node.selection_set.node)?;
        let on_variables = operation
            .node
            .variable_definitions
            .iter()
            .map(|definition| definition.node.directives.len());
        cost.add_directives(operation.node.directives.len() + on_variables.sum::<usize>());
        let roots = total.roots.max(cost.roots);
        total = total.beside(cost);
        total.roots = roots;
    }
    // Fragments that nothing spreads are validated too, and a cycle among them would trap a careless walker.
    for name in document.fragments.keys() {
        walk.fragment(name)?;
    }
    Ok(total)
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being measured: meeting it again means a cycle.
    fragments: HashMap<&'a Name, Option<Cost>>,
}

impl<'a> Walk<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Cost, Name> {
        let mut sum = Cost::default();
        for selection in &set.items {
            let mut cost = match &selection.node {
                Selection::Field(field) => {
                    let below = self.selection_set(&field.node.selection_set.node)?;
                    Cost {
                        depth: below.depth.saturating_add(1),
                        roots: 1,
                        fields: below.fields.saturating_add(1),
                        aliases: below.aliases.saturating_add(u64::from(field.node.alias.is_some())),
                        directives: below.directives,
                    }
                }
                Selection::InlineFragment(fragment) => self.selection_set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            cost.add_directives(selection.node.directives().len());
            sum = sum.beside(cost);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Cost, Name> {
        match self.fragments.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(name.clone()),
            None => {}
        }
        // An unknown fragment costs nothing here; validation refuses it by name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        self.fragments.insert(name, None);
        let mut cost = self.selection_set(&fragment.node.selection_set.node)?;
        cost.add_directives(fragment.node.directives.len());
        self.fragments.insert(name, Some(cost));
        Ok(cost)
    }
}

impl Cost {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            roots: self.roots.saturating_add(other.roots),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
        }
    }

    fn add_directives(&mut self, count: usize) {
        self.directives = self.directives.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

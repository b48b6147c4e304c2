//! Counts what a parsed document expands to, without expanding it.
//!
//! Each fragment is measured once and its measure reused wherever it is spread; additions saturate. The time is
//! linear in the document, whatever the fragments multiply to. Operations are added up, because the library
//! validates all of them, not only the one that runs.
//!
//! The walk never nests deeper than its limit, whatever the other limits are set to: the stack is not the document's.

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
    /// Deepest nesting of selection sets: of fields, inline fragments and fragments.
    pub(super) nesting: u64,
    /// Fields directly in the selection set (of the widest operation, for a document).
    pub(super) roots: u64,
    /// All fields.
    pub(super) fields: u64,
    /// All aliases.
    pub(super) aliases: u64,
    /// All directives.
    pub(super) directives: u64,
    /// Directives of the thing that has most of them.
    pub(super) directives_together: u64,
}

/// Why a document has no cost.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Endless {
    /// The fragment of this name contains itself.
    Cycle(Name),
    /// Selection sets nest deeper than the walk may go.
    TooDeep,
}

/// The cost of a document whose selection sets nest at most `deepest` levels.
pub(super) fn measure(document: &ExecutableDocument, deepest: u64) -> Result<Cost, Endless> {
    let mut walk = Walk {
        document,
        fragments: HashMap::new(),
        deepest,
    };
    let mut total = Cost::default();
    for (_, operation) in document.operations.iter() {
        let mut cost = walk.selection_set(&operation.node.selection_set.node, 1)?;
        let on_variables = operation
            .node
            .variable_definitions
            .iter()
            .map(|definition| definition.node.directives.len());
        cost.add_directives(operation.node.directives.len());
        on_variables.for_each(|count| cost.add_directives(count));
        let roots = total.roots.max(cost.roots);
        total = total.beside(cost);
        total.roots = roots;
    }
    // Fragments that nothing spreads are validated too, and a cycle among them would trap a careless walker.
    for name in document.fragments.keys() {
        walk.fragment(name, 1)?;
    }
    Ok(total)
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being measured: meeting it again means a cycle.
    fragments: HashMap<&'a Name, Option<Cost>>,
    deepest: u64,
}

impl<'a> Walk<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet, level: u64) -> Result<Cost, Endless> {
        if set.items.is_empty() {
            return Ok(Cost::default());
        }
        if level > self.deepest {
            return Err(Endless::TooDeep);
        }
        let mut sum = Cost::default();
        for selection in &set.items {
            let mut cost = match &selection.node {
                Selection::Field(field) => {
                    let below = self.selection_set(&field.node.selection_set.node, level + 1)?;
                    Cost {
                        depth: below.depth.saturating_add(1),
                        nesting: below.nesting,
                        roots: 1,
                        fields: below.fields.saturating_add(1),
                        aliases: below.aliases.saturating_add(u64::from(field.node.alias.is_some())),
                        directives: below.directives,
                        directives_together: below.directives_together,
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.selection_set(&fragment.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, level + 1)?,
            };
            cost.add_directives(selection.node.directives().len());
            sum = sum.beside(cost);
        }
        // A fragment that was measured elsewhere may be spread deeper here.
        sum.nesting = sum.nesting.saturating_add(1);
        if sum.nesting > self.deepest {
            return Err(Endless::TooDeep);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name, level: u64) -> Result<Cost, Endless> {
        match self.fragments.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(Endless::Cycle(name.clone())),
            None => {}
        }
        // An unknown fragment costs nothing here; validation refuses it by name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        self.fragments.insert(name, None);
        let mut cost = self.selection_set(&fragment.node.selection_set.node, level)?;
        cost.add_directives(fragment.node.directives.len());
        self.fragments.insert(name, Some(cost));
        Ok(cost)
    }
}

impl Cost {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            roots: self.roots.saturating_add(other.roots),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            directives_together: self.directives_together.max(other.directives_together),
        }
    }

    fn add_directives(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.directives = self.directives.saturating_add(count);
        self.directives_together = self.directives_together.max(count);
    }
}

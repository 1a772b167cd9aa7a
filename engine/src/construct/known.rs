//! The schema of a collection, from its segments.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{MAX_VALUES, Schema};
use crate::collection::Generation;
use crate::filter::FieldType;
use crate::{Context, Result};

impl Schema {
    /// A generation's fields, and the values of those keyword fields that have at most [`MAX_VALUES`] distinct ones.
    ///
    /// Values are read from the segments' columns, a binary search for each distinct one. Those of documents that are
    /// deleted and not yet compacted away are among them.
    pub fn of(context: &Context, generation: &Generation) -> Result<Self> {
        let fields = &generation.description().fields;
        let mut known = BTreeMap::new();
        for (field, _) in fields.iter().filter(|(_, kind)| *kind == FieldType::Keyword) {
            let mut values = BTreeSet::new();
            for part in generation.segments() {
                context.check()?;
                part.segment.keyword_values(field, MAX_VALUES + 1, &mut values)?;
            }
            if values.len() <= MAX_VALUES {
                known.insert(field.to_owned(), values.into_iter().collect());
            }
        }
        Ok(Self::new(fields, known))
    }
}

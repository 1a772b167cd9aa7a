//! What bodies look like, for the OpenAPI document: made of the types that read and write them, so that a bound in it is the bound
//! that is checked.
//!
//! # Layout
//!
//! `structs` is what a struct's fields become, `shape` what a field can say beyond its type, `values` the types of fields. `compact!`
//! and `request!` describe what they declare; `described!` does so for other structs.

mod filter;
mod shape;
mod structs;
mod values;

use std::collections::BTreeMap;

use utoipa::openapi::{Ref, RefOr, Schema};

pub(crate) use filter::describe_filters;
pub(super) use filter::filter_reference;
pub(crate) use shape::{COLLECTION_NAME, Shape};
pub(super) use shape::{any_of, at_least_one, exactly_one, object, open_object, plain};
pub(crate) use structs::{Field, Mark, Struct, described, described_impl, mark};
pub(super) use values::Variants;
pub(crate) use values::binary;

/// Schemas that have a name, as far as they were needed.
#[derive(Default)]
pub(crate) struct Schemas {
    named: BTreeMap<&'static str, Schema>,
}

/// Can say what it looks like as JSON.
pub(crate) trait Described {
    /// Whether a value may be absent.
    const OPTIONAL: bool = false;

    /// The schema of a value; what has a name is left in `all`.
    fn schema(all: &mut Schemas) -> RefOr<Schema>;

    /// The schema where a value has to be there.
    fn present(all: &mut Schemas) -> RefOr<Schema> {
        Self::schema(all)
    }
}

impl Schemas {
    /// A reference to a schema, which is made once.
    pub(crate) fn named(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Schema) -> RefOr<Schema> {
        if !self.named.contains_key(name) {
            // Found by what refers to itself.
            self.named.insert(name, Schema::default());
            let schema = make(self);
            self.named.insert(name, schema);
        }
        RefOr::Ref(Ref::from_schema_name(name))
    }

    /// What a reference stands for.
    fn resolved(&self, schema: RefOr<Schema>) -> Schema {
        match schema {
            RefOr::T(schema) => schema,
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                self.named.get(name).cloned().unwrap_or_default()
            }
        }
    }

    /// All of them.
    pub(crate) fn into_named(self) -> impl Iterator<Item = (&'static str, Schema)> {
        self.named.into_iter()
    }
}

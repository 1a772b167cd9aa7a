//! Filters, which are the same in all requests: a text, or a syntax tree.

use maxsimd_engine::filter::{MAX_LIST, MAX_STRING, MAX_TEXT, Op};
use utoipa::openapi::{Array, Object, Ref, RefOr, Schema, Type};

use super::shape::{any_of, object, plain};
use super::{Schemas, Shape};

const FILTER: &str = "Filter";
const TREE: &str = "FilterTree";

/// Where a request has a filter.
pub(in crate::wire) fn filter_reference() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(FILTER))
}

/// Describes both of their forms.
pub(crate) fn describe_filters(all: &mut Schemas) {
    let tree = all.named(TREE, |_| tree());
    let text = Shape::new(plain(Type::String)).visible(MAX_TEXT);
    let about =
        "Only documents that match: a text as in `year >= 2020 and lang in (\"en\", \"de\")`, or its syntax tree.";
    let both = Shape::new(any_of(vec![text.described(None), tree])).described(Some(about.to_owned()));
    let both = all.resolved(both);
    let _ = all.named(FILTER, |_| both);
}

fn tree() -> Schema {
    let inner = || RefOr::Ref(Ref::from_schema_name(TREE));
    let parts = || {
        let mut parts = Array::new(inner());
        parts.min_items = Some(1);
        RefOr::T(Schema::Array(parts))
    };
    let field = || ("field", text(None));
    let operator = |symbols: Vec<&'static str>| ("op", Shape::new(plain(Type::String)).one_of(symbols).described(None));
    let mut values = Array::new(value());
    (values.min_items, values.max_items) = (Some(1), Some(MAX_LIST));
    let compared = Op::ALL.iter().map(|op| op.symbol()).collect();
    let shapes = [
        object([("and", parts())], 1),
        object([("or", parts())], 1),
        object([("not", inner())], 1),
        object([field(), operator(compared), ("value", value())], 3),
        object([field(), operator(vec!["prefix"]), ("value", text(Some(MAX_STRING)))], 3),
        object([field(), operator(vec!["in"]), ("value", RefOr::T(Schema::Array(values)))], 3),
        object([field(), operator(vec!["exists"])], 2),
    ];
    match any_of(shapes.into()) {
        RefOr::T(schema) => schema,
        RefOr::Ref(_) => Schema::default(),
    }
}

/// What a field is compared with.
fn value() -> RefOr<Schema> {
    any_of(vec![text(Some(MAX_STRING)), plain(Type::Number), plain(Type::Boolean)])
}

fn text(most: Option<usize>) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::String);
    object.max_length = most;
    RefOr::T(Schema::Object(object))
}

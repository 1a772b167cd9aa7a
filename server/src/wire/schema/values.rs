//! Values of fields: numbers, texts, lists, names, vectors.

use std::borrow::Cow;
use std::collections::BTreeMap;

use maxsimd_engine::TextFormat;
use maxsimd_engine::answer::Path;
use maxsimd_engine::filter::{FieldType, Fields, MAX_FIELDS, MAX_NAME};
use maxsimd_engine::generate::Role;
use maxsimd_engine::keywords::Language;
use maxsimd_engine::search::{HitKind, HitPart};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::Number;
use utoipa::openapi::schema::{AdditionalProperties, SchemaType};
use utoipa::openapi::{Array, Object, RefOr, Schema, SchemaFormat, Type};

use super::shape::{any_of, nullable};
use super::{Described, Schemas, Shape};
use crate::wire::MAX_QUERY_BYTES;
use crate::wire::embeddings::EmbeddingFormat;
use crate::wire::encode::{Encoding, InputType};
use crate::wire::input::Input;
use crate::wire::list::List;
use crate::wire::models::ModelKind;
use crate::wire::text::{Free, Named, Text};
use crate::wire::vectors::{MAX_WIDTH, OwnVectors, Vectors};
use crate::wire::whole::Whole;

macro_rules! of_type {
    ($($type:ty = $kind:expr),* $(,)?) => {
        $(impl Described for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                RefOr::T(Schema::Object(Object::with_type($kind)))
            }
        })*
    };
}

of_type!(
    bool = Type::Boolean,
    f32 = Type::Number,
    f64 = Type::Number,
    str = Type::String,
    String = Type::String,
    Text<'_> = Type::String,
    Map<String, Value> = Type::Object,
    Value = SchemaType::AnyValue,
    &RawValue = SchemaType::AnyValue,
);

macro_rules! counts {
    ($($type:ty)*) => {
        $(impl Described for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                whole(0, None)
            }
        })*
    };
}

counts!(u32 u64 usize);

fn whole(least: u64, most: Option<u64>) -> RefOr<Schema> {
    let number = |bound: u64| Number::UInt(usize::try_from(bound).unwrap_or(usize::MAX));
    let mut object = Object::with_type(Type::Integer);
    (object.minimum, object.maximum) = (Some(number(least)), most.map(number));
    RefOr::T(Schema::Object(object))
}

impl<const MIN: u64, const MAX: u64> Described for Whole<MIN, MAX> {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        whole(MIN, Some(MAX))
    }
}

impl Described for Cow<'_, str> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        str::schema(all)
    }
}

/// A literal text of replies, of which there is one.
impl Described for &'static str {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        str::schema(all)
    }
}

impl<T: Described> Described for Option<T> {
    const OPTIONAL: bool = true;

    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        nullable(T::schema(all))
    }

    fn present(all: &mut Schemas) -> RefOr<Schema> {
        T::schema(all)
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        list::<T>(all, 0, None)
    }
}

impl<T: Described, const MAX: usize> Described for List<T, MAX> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        list::<T>(all, 0, Some(MAX))
    }
}

impl<T: Described, const COUNT: usize> Described for [T; COUNT] {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        list::<T>(all, COUNT, Some(COUNT))
    }
}

fn list<T: Described>(all: &mut Schemas, least: usize, most: Option<usize>) -> RefOr<Schema> {
    array(T::schema(all), least, most)
}

fn array(items: RefOr<Schema>, least: usize, most: Option<usize>) -> RefOr<Schema> {
    let mut array = Array::new(items);
    array.min_items = Some(least).filter(|least| *least > 0);
    array.max_items = most.filter(|most| *most < usize::MAX);
    RefOr::T(Schema::Array(array))
}

impl<T: Described> Described for Free<T> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        T::schema(all)
    }
}

impl<T: Described> Described for BTreeMap<String, T> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        map(T::schema(all), None)
    }
}

impl Described for Fields {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        let name = Shape::new(str::schema(all)).text(1..=MAX_NAME).without_controls().described(None);
        let name = all.resolved(name);
        match map(Named::<FieldType>::schema(all), Some(MAX_FIELDS)) {
            RefOr::T(Schema::Object(mut object)) => {
                object.property_names = Some(Box::new(name));
                RefOr::T(Schema::Object(object))
            }
            other => other,
        }
    }
}

fn map(values: RefOr<Schema>, most: Option<usize>) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::Object);
    object.additional_properties = Some(Box::new(AdditionalProperties::RefOr(values)));
    object.max_properties = most;
    RefOr::T(Schema::Object(object))
}

/// All values of an enum, as serde writes them.
pub(in crate::wire) trait Variants {
    fn all() -> Vec<Value>;
}

/// Lists an enum's variants; one that is missing does not compile.
macro_rules! variants {
    ($($type:ty: $($variant:ident)*);* $(;)?) => {
        $(impl $crate::wire::schema::Variants for $type {
            fn all() -> Vec<serde_json::Value> {
                const fn _all_are_listed(value: &$type) {
                    match value { $(<$type>::$variant => (),)* }
                }
                vec![$(serde_json::json!(<$type>::$variant)),*]
            }
        })*
    };
}

variants! {
    EmbeddingFormat: Float Base64;
    Encoding: Float F16 F32;
    FieldType: Keyword Integer Float Boolean Date Text;
    HitKind: Passage Summary Representation Document;
    HitPart: Title Heading Text;
    InputType: Query Document;
    ModelKind: Encoder CrossEncoder Technique;
    Path: Generated Quoted Abstained;
    Role: System User Assistant;
    TextFormat: Plain Markdown Code;
}

impl Variants for Language {
    fn all() -> Vec<Value> {
        Self::ALL.iter().map(|language| language.name().into()).collect()
    }
}

impl<T: Variants> Described for Named<T> {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        names::<T>()
    }
}

fn names<T: Variants>() -> RefOr<Schema> {
    let mut object = Object::with_type(Type::String);
    object.enum_values = Some(T::all());
    RefOr::T(Schema::Object(object))
}

macro_rules! by_name {
    ($($type:ty)*) => {
        $(impl Described for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                names::<Self>()
            }
        })*
    };
}

by_name!(EmbeddingFormat InputType ModelKind);

impl<const MAX: usize> Described for Input<MAX> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        let text = Shape::new(str::schema(all)).visible(MAX_QUERY_BYTES).described(None);
        any_of(vec![text.clone(), array(text, 1, Some(MAX))])
    }
}

impl<const MAX: usize> Described for Vectors<'_, MAX> {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        vectors(all, MAX)
    }
}

impl Described for OwnVectors {
    fn schema(all: &mut Schemas) -> RefOr<Schema> {
        vectors(all, usize::MAX)
    }
}

/// Nested lists of numbers, or base64 of their bytes with a shape.
fn vectors(all: &mut Schemas, most: usize) -> RefOr<Schema> {
    let row = array(f32::schema(all), 1, Some(MAX_WIDTH));
    let packed = ["f16", "f32"].map(|values| {
        let mut base64 = Object::with_type(Type::String);
        base64.content_encoding = "base64".to_owned();
        base64.description = Some(format!("Little-endian {values}, row after row."));
        let rows = whole(1, u64::try_from(most).ok().filter(|_| most < usize::MAX));
        let width = whole(1, u64::try_from(MAX_WIDTH).ok());
        let mut shape = Array::new(any_of(Vec::new()));
        shape.prefix_items = [rows, width].into_iter().map(|part| all.resolved(part)).collect();
        shape.items = utoipa::openapi::schema::ArrayItems::False;
        shape.min_items = Some(2);
        shape.description = Some("Rows and width.".to_owned());
        let mut object = Object::with_type(Type::Object);
        object.properties.insert(values.to_owned(), RefOr::T(Schema::Object(base64)));
        object.properties.insert("shape".to_owned(), RefOr::T(Schema::Array(shape)));
        object.required = vec![values.to_owned(), "shape".to_owned()];
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        RefOr::T(Schema::Object(object))
    });
    any_of([array(row, 1, Some(most))].into_iter().chain(packed).collect())
}

/// Bytes that no schema describes.
pub(crate) fn binary() -> RefOr<Schema> {
    let mut object = Object::with_type(Type::String);
    object.format = Some(SchemaFormat::Custom("binary".to_owned()));
    RefOr::T(Schema::Object(object))
}

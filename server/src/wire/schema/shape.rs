//! What a field can say of its values beyond its type, and what holds of several fields together.

use std::ops::RangeInclusive;

use serde_json::Value;
use utoipa::Number;
use utoipa::openapi::schema::{AdditionalProperties, AnyOf, ArrayItems, SchemaType};
use utoipa::openapi::{Object, OneOf, RefOr, Schema, Type};

/// Names of collections, as a pattern.
pub(crate) const COLLECTION_NAME: &str = "^[a-z0-9][a-z0-9_-]{0,63}$";
/// Something that is not white space, which is spelt out: patterns of different languages disagree on what `\s` is.
const VISIBLE: &str = "[^\t-\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]";

/// Control characters, which names and ids do not have.
const WITHOUT_CONTROLS: &str = "^[^\u{0}-\u{1f}\u{7f}-\u{9f}]*$";

/// The schema of a field, and whether it has to be there.
pub(crate) struct Shape {
    schema: RefOr<Schema>,
    pub(super) needed: bool,
}

impl Shape {
    /// A shape to start from.
    pub(crate) fn new(schema: RefOr<Schema>) -> Self {
        Self { schema, needed: false }
    }

    /// What meets one of some schemas.
    pub(crate) fn either<const COUNT: usize>(schemas: [RefOr<Schema>; COUNT]) -> RefOr<Schema> {
        any_of(schemas.into())
    }

    /// It has to be there, and may not be null.
    pub(crate) fn needed(mut self) -> Self {
        self.needed = true;
        self.schema = match self.schema {
            RefOr::T(Schema::Object(mut object)) => {
                object.schema_type = without_null(object.schema_type);
                if let Some(names) = &mut object.enum_values {
                    names.retain(|name| !name.is_null());
                }
                RefOr::T(Schema::Object(object))
            }
            RefOr::T(Schema::Array(mut array)) => {
                array.schema_type = without_null(array.schema_type);
                RefOr::T(Schema::Array(array))
            }
            RefOr::T(Schema::AnyOf(any)) => {
                let mut items: Vec<_> = any.items.into_iter().filter(|item| *item != null()).collect();
                match items.len() {
                    1 => items.remove(0),
                    _ => any_of(items),
                }
            }
            other => other,
        };
        self
    }

    /// One of some names.
    pub(crate) fn one_of(self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.object(|object| {
            let null = may_be_null(&object.schema_type).then_some(Value::Null);
            object.enum_values = Some(names.into_iter().map(Value::from).chain(null).collect());
        })
    }

    /// One of some whole numbers.
    pub(crate) fn numbers(self, numbers: impl IntoIterator<Item = u8>) -> Self {
        self.object(|object| {
            let null = may_be_null(&object.schema_type).then_some(Value::Null);
            object.enum_values = Some(numbers.into_iter().map(Value::from).chain(null).collect());
        })
    }

    /// A text of at least one byte and at most so many: no text of them is longer in characters.
    pub(crate) fn text(self, bytes: RangeInclusive<usize>) -> Self {
        self.object(|object| {
            object.min_length = Some(*bytes.start()).filter(|least| *least > 0);
            object.max_length = Some(*bytes.end());
        })
    }

    /// A text of at most so many bytes that is not only white space.
    pub(crate) fn visible(self, bytes: usize) -> Self {
        self.text(1..=bytes).pattern(VISIBLE)
    }

    /// A text without control characters.
    pub(crate) fn without_controls(self) -> Self {
        self.pattern(WITHOUT_CONTROLS)
    }

    /// A text that matches.
    pub(crate) fn pattern(self, pattern: &'static str) -> Self {
        self.object(|object| object.pattern = Some(pattern.to_owned()))
    }

    /// A number within bounds.
    pub(crate) fn within(self, bounds: RangeInclusive<f64>) -> Self {
        self.object(|object| {
            object.minimum = Some(Number::Float(*bounds.start()));
            object.maximum = Some(Number::Float(*bounds.end()));
        })
    }

    /// A number above a bound, up to another.
    pub(crate) fn above(self, below: f64, most: f64) -> Self {
        self.object(|object| {
            object.exclusive_minimum = Some(Number::Float(below));
            object.maximum = Some(Number::Float(most));
        })
    }

    /// A list of at least so many items.
    pub(crate) fn least(self, items: usize) -> Self {
        self.array(|array| array.min_items = Some(items))
    }

    /// A list of at most so many items.
    pub(crate) fn most(self, items: usize) -> Self {
        self.array(|array| array.max_items = Some(items))
    }

    /// A list, none of whose items is there twice.
    pub(crate) fn unique(self) -> Self {
        self.array(|array| array.unique_items = true)
    }

    /// A list whose items say more than their type.
    pub(crate) fn items(self, limit: impl FnOnce(Self) -> Self) -> Self {
        self.array(|array| {
            if let ArrayItems::RefOrSchema(items) = std::mem::replace(&mut array.items, ArrayItems::False) {
                array.items = ArrayItems::RefOrSchema(Box::new(limit(Self::new(*items)).schema));
            }
        })
    }

    /// An object whose inside is the user's.
    pub(crate) fn free_object(self) -> Self {
        self.instead(plain(Type::Object))
    }

    /// Something else than its type says.
    pub(crate) fn instead(mut self, schema: impl Into<RefOr<Schema>>) -> Self {
        let optional = self.is_optional();
        self.schema = if optional { nullable(schema.into()) } else { schema.into() };
        self
    }

    /// An example of it.
    pub(crate) fn example(mut self, example: Value) -> Self {
        if let RefOr::T(schema) = &mut self.schema {
            match schema {
                Schema::Object(object) => object.examples.push(example),
                Schema::Array(array) => array.examples.push(example),
                Schema::AnyOf(any) => any.examples.push(example),
                _ => {}
            }
        }
        self
    }

    fn is_optional(&self) -> bool {
        match &self.schema {
            RefOr::T(Schema::Object(object)) => may_be_null(&object.schema_type),
            RefOr::T(Schema::Array(array)) => may_be_null(&array.schema_type),
            RefOr::T(Schema::AnyOf(any)) => any.items.contains(&null()),
            _ => false,
        }
    }

    fn object(mut self, change: impl FnOnce(&mut Object)) -> Self {
        if let RefOr::T(Schema::Object(object)) = &mut self.schema {
            change(object);
        }
        self
    }

    fn array(mut self, change: impl FnOnce(&mut utoipa::openapi::Array)) -> Self {
        if let RefOr::T(Schema::Array(array)) = &mut self.schema {
            change(array);
        }
        self
    }

    /// The schema with its documentation.
    pub(crate) fn described(self, text: Option<String>) -> RefOr<Schema> {
        let mut schema = self.schema;
        match &mut schema {
            RefOr::Ref(reference) => reference.description = text.unwrap_or_default(),
            RefOr::T(Schema::Object(object)) => object.description = text,
            RefOr::T(Schema::Array(array)) => array.description = text,
            RefOr::T(Schema::AnyOf(any)) => any.description = text,
            RefOr::T(Schema::OneOf(one)) => one.description = text,
            RefOr::T(_) => {}
        }
        schema
    }
}

/// A schema that null meets as well.
pub(super) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) if object.schema_type != SchemaType::AnyValue => {
            object.schema_type = with_null(object.schema_type);
            if let Some(names) = &mut object.enum_values {
                names.push(Value::Null);
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = with_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::AnyOf(mut any)) => {
            any.items.push(null());
            RefOr::T(Schema::AnyOf(any))
        }
        other => any_of(vec![other, null()]),
    }
}

/// Exactly one of some fields is there and not null.
pub(crate) fn exactly_one(fields: &[(&str, &[Type])]) -> Schema {
    let items = fields.iter().map(|(field, types)| RefOr::T(has(field, types))).collect();
    let mut one = OneOf::new();
    one.items = items;
    Schema::OneOf(one)
}

/// At least one of some fields is there and not null.
pub(crate) fn at_least_one(fields: &[(&str, &[Type])]) -> Schema {
    match any_of(fields.iter().map(|(field, types)| RefOr::T(has(field, types))).collect()) {
        RefOr::T(schema) => schema,
        RefOr::Ref(_) => Schema::default(),
    }
}

fn has(field: &str, types: &[Type]) -> Schema {
    let mut value = Object::new();
    value.schema_type = types.iter().cloned().collect();
    let mut object = Object::new();
    object.required.push(field.to_owned());
    object.properties.insert(field.to_owned(), RefOr::T(Schema::Object(value)));
    Schema::Object(object)
}

/// What meets any of some schemas.
pub(in crate::wire) fn any_of(items: Vec<RefOr<Schema>>) -> RefOr<Schema> {
    let mut any = AnyOf::new();
    any.items = items;
    RefOr::T(Schema::AnyOf(any))
}

/// Any value of a type.
pub(in crate::wire) fn plain(kind: Type) -> RefOr<Schema> {
    RefOr::T(Schema::Object(Object::with_type(kind)))
}

/// An object of these fields and no others, of which the first so many have to be there.
pub(in crate::wire) fn object<const COUNT: usize>(
    fields: [(&'static str, RefOr<Schema>); COUNT],
    needed: usize,
) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::Object);
    object.required = fields.iter().take(needed).map(|(name, _)| (*name).to_owned()).collect();
    object.properties = fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    RefOr::T(Schema::Object(object))
}

/// An object of these fields, and any others.
pub(in crate::wire) fn open_object<const COUNT: usize>(
    fields: [(&'static str, RefOr<Schema>); COUNT],
) -> RefOr<Schema> {
    match object(fields, COUNT) {
        RefOr::T(Schema::Object(mut object)) => {
            object.additional_properties = None;
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// Null and nothing else.
fn null() -> RefOr<Schema> {
    RefOr::T(Schema::Object(Object::with_type(Type::Null)))
}

fn may_be_null(kind: &SchemaType) -> bool {
    matches!(kind, SchemaType::Array(types) if types.contains(&Type::Null))
}

fn with_null(kind: SchemaType) -> SchemaType {
    match kind {
        SchemaType::Type(one) => SchemaType::Array(vec![one, Type::Null]),
        SchemaType::Array(mut types) => {
            types.push(Type::Null);
            SchemaType::Array(types)
        }
        SchemaType::AnyValue => SchemaType::AnyValue,
    }
}

fn without_null(kind: SchemaType) -> SchemaType {
    match kind {
        SchemaType::Array(mut types) => {
            types.retain(|one| *one != Type::Null);
            match types.len() {
                1 => SchemaType::Type(types.remove(0)),
                _ => SchemaType::Array(types),
            }
        }
        other => other,
    }
}

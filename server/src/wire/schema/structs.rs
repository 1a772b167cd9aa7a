//! Structs as objects: their fields, and what stands in the attributes before them.

use utoipa::openapi::schema::{AdditionalProperties, AllOf};
use utoipa::openapi::{Object, RefOr, Schema};

use super::{Described, Schemas, Shape};

/// What an attribute says.
pub(crate) enum Mark {
    /// A line of documentation.
    Doc(&'static str),
    /// How serde takes it.
    Serde(&'static str),
    /// Something else.
    Other,
}

/// A struct before its fields are known.
pub(crate) struct Struct {
    marks: &'static [Mark],
    request: bool,
    object: Object,
    rules: Vec<Schema>,
}

/// A field without its type.
pub(crate) struct Field {
    /// On the wire.
    pub(crate) name: &'static str,
    /// Attributes.
    pub(crate) marks: &'static [Mark],
    /// May say more than its type.
    pub(crate) limit: fn(Shape) -> Shape,
}

fn says(marks: &[Mark], word: &str) -> bool {
    marks.iter().any(|mark| matches!(mark, Mark::Serde(said) if said.contains(word)))
}

fn doc(marks: &[Mark]) -> Option<String> {
    let lines = marks.iter().filter_map(|mark| match mark {
        Mark::Doc(line) => Some(line.trim()),
        Mark::Serde(_) | Mark::Other => None,
    });
    Some(lines.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
}

impl Struct {
    /// A struct with these attributes. The body of a request may lack any field and has no others, whatever serde says.
    pub(crate) fn new(marks: &'static [Mark], request: bool) -> Self {
        let closed = request || says(marks, "deny_unknown_fields");
        let others = closed.then(|| Box::new(AdditionalProperties::FreeForm(false)));
        let mut object = Object::new();
        (object.description, object.additional_properties) = (doc(marks), others);
        Self { marks, request, object, rules: Vec::new() }
    }

    /// Adds a field of a type.
    #[must_use]
    pub(crate) fn field<T: Described>(mut self, all: &mut Schemas, field: Field) -> Self {
        let Field { name, marks, limit } = field;
        if says(marks, "flatten") {
            let inner = T::present(all);
            self.flatten(all.resolved(inner), T::OPTIONAL);
            return self;
        }
        let read = self.object.additional_properties.is_some() || says(self.marks, "default");
        let left_out = says(marks, "skip_serializing_if");
        let optional = self.request || left_out || [marks, self.marks].iter().any(|marks| says(marks, "default"));
        let schema = if left_out && !read { T::present(all) } else { T::schema(all) };
        let shape = limit(Shape::new(schema));
        if shape.needed || !optional {
            self.object.required.push(name.to_owned());
        }
        self.object.properties.insert(name.to_owned(), shape.described(doc(marks)));
        self
    }

    /// Takes over what another object has.
    fn flatten(&mut self, inner: Schema, optional: bool) {
        let Schema::Object(inner) = inner else { return };
        self.object.properties.extend(inner.properties);
        if !optional {
            self.object.required.extend(inner.required);
        }
        if inner.additional_properties.is_some() {
            self.object.additional_properties = inner.additional_properties;
        }
    }

    /// Adds what holds of several fields together.
    #[must_use]
    pub(crate) fn rule(mut self, rule: Schema) -> Self {
        self.rules.push(rule);
        self
    }

    /// The schema.
    pub(crate) fn schema(self) -> Schema {
        let Self { mut object, rules, .. } = self;
        if rules.is_empty() {
            return Schema::Object(object);
        }
        let description = object.description.take();
        let items = [Schema::Object(object)].into_iter().chain(rules).map(RefOr::T).collect();
        let mut all = AllOf::new();
        (all.items, all.description) = (items, description);
        Schema::AllOf(all)
    }
}

/// What one attribute says.
macro_rules! mark {
    (doc = $text:expr) => { $crate::wire::schema::Mark::Doc($text) };
    (serde($($said:tt)*)) => { $crate::wire::schema::Mark::Serde(stringify!($($said)*)) };
    ($($other:tt)*) => { $crate::wire::schema::Mark::Other };
}

/// Describes a struct by a list of its attributes and fields. `where` before a closure says more of a field than its type
/// does, behind the fields what holds of several together.
macro_rules! described_impl {
    (
        [$($life:lifetime)?] $name:ident $request:literal [$(#[$($meta:tt)*])*]
        $({ [$(#[$($about:tt)*])*] $wire:expr, $type:ty, [$($limit:expr)?] })*
        [$($rule:expr)?]
    ) => {
        impl $(<$life>)? $crate::wire::schema::Described for $name $(<$life>)? {
            fn schema(all: &mut $crate::wire::schema::Schemas) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                all.named(stringify!($name), |all| {
                    $crate::wire::schema::Struct::new(&[$($crate::wire::schema::mark!($($meta)*)),*], $request)
                        $(.field::<$type>(all, $crate::wire::schema::Field {
                            name: $wire,
                            marks: &[$($crate::wire::schema::mark!($($about)*)),*],
                            limit: $crate::wire::schema::described_impl!(@limit $($limit)?),
                        }))*
                        $(.rule($rule))?
                        .schema()
                })
            }
        }
    };
    (@limit) => { |shape| shape };
    (@limit $limit:expr) => { $limit };
}

/// A struct that serde alone reads or writes, and that is described.
macro_rules! described {
    (
        $(#[$($meta:tt)*])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$($about:tt)*])* $seen:vis $field:ident $(as $wire:literal)? : $type:ty $(where $limit:expr)?),* $(,)?
        }
        $(where $rule:expr)?
    ) => {
        $(#[$($meta)*])*
        $vis struct $name $(<$life>)? {
            $($(#[$($about)*])* $seen $field: $type,)*
        }

        $crate::wire::schema::described_impl!(
            [$($life)?] $name false [$(#[$($meta)*])*]
            $({ [$(#[$($about)*])*] $crate::wire::compact::name!($field [$($wire)?]), $type, [$($limit)?] })*
            [$($rule)?]
        );
    };
}

pub(crate) use {described, described_impl, mark};

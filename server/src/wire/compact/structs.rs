//! What makes a struct a body: one list of its fields for both forms.

/// A struct that is written and read field by field, in the order in which it is declared. `of` names a struct of the
/// engine with the same fields, from which it is made. `as` gives a field another name on the wire.
macro_rules! compact {
    (
        $(#[$($meta:tt)*])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? $(of $engine:path)? {
            $($(#[$($about:tt)*])* $seen:vis $field:ident $(as $wire:literal)? : $type:ty $(where $limit:expr)?),* $(,)?
        }
        $(where $rule:expr)?
    ) => {
        $crate::wire::compact::compact! {
            @request false
            $(#[$($meta)*])*
            $vis struct $name $(<$life>)? $(of $engine)? {
                $($(#[$($about)*])* $seen $field $(as $wire)? : $type $(where $limit)?),*
            }
            $(where $rule)?
        }
    };
    (
        @request $request:literal
        $(#[$($meta:tt)*])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? $(of $engine:path)? {
            $($(#[$($about:tt)*])* $seen:vis $field:ident $(as $wire:literal)? : $type:ty $(where $limit:expr)?),* $(,)?
        }
        $(where $rule:expr)?
    ) => {
        $(#[$($meta)*])*
        $vis struct $name $(<$life>)? {
            $($(#[$($about)*])* $seen $field: $type,)*
        }

        $crate::wire::schema::described_impl!(
            [$($life)?] $name $request [$(#[$($meta)*])*]
            $({ [$(#[$($about)*])*] $crate::wire::compact::name!($field [$($wire)?]), $type, [$($limit)?] })*
            [$($rule)?]
        );

        impl $(<$life>)? bincode::Encode for $name $(<$life>)? {
            fn encode<E: bincode::enc::Encoder>(&self, encoder: &mut E) -> Result<(), bincode::error::EncodeError> {
                $(bincode::Encode::encode(&self.$field, encoder)?;)*
                Ok(())
            }
        }

        $crate::wire::compact::compact!(@read [$($life)?] $name $($field [$($wire)?])*);
        $crate::wire::compact::compact!(@mirror [$($engine)?] $name $($field)*);

        #[cfg(test)]
        impl $(<$life>)? $crate::wire::compact::layout::Layout for $name $(<$life>)? {
            fn name(all: &mut $crate::wire::compact::layout::Layouts) -> String {
                all.structure(stringify!($name), |all| vec![
                    $(($crate::wire::compact::name!($field [$($wire)?]),
                       <$type as $crate::wire::compact::layout::Layout>::name(all)),)*
                ])
            }
        }
    };
    (@read [] $name:ident $($field:ident $wire:tt)*) => {
        impl<'de> bincode::BorrowDecode<'de, $crate::wire::compact::Place> for $name {
            $crate::wire::compact::compact!(@fields 'de $($field $wire)*);
        }
    };
    (@read [$life:lifetime] $name:ident $($field:ident $wire:tt)*) => {
        impl<$life> bincode::BorrowDecode<$life, $crate::wire::compact::Place> for $name<$life> {
            $crate::wire::compact::compact!(@fields $life $($field $wire)*);
        }
    };
    (@fields $life:lifetime $($field:ident $wire:tt)*) => {
        fn borrow_decode<D>(decoder: &mut D) -> Result<Self, bincode::error::DecodeError>
        where
            D: bincode::de::BorrowDecoder<$life, Context = $crate::wire::compact::Place>,
        {
            Ok(Self {
                $($field: $crate::wire::compact::field($crate::wire::compact::name!($field $wire), decoder)?,)*
            })
        }
    };
    (@mirror [] $name:ident $($field:ident)*) => {};
    (@mirror [$engine:path] $name:ident $($field:ident)*) => {
        impl $crate::wire::mirror::Mirror<$engine> for $name {
            fn of(value: $engine) -> Self {
                let $engine { $($field,)* .. } = value;
                Self { $($field: $crate::wire::mirror::Mirror::of($field),)* }
            }
        }

        impl From<$engine> for $name {
            fn from(value: $engine) -> Self {
                $crate::wire::mirror::Mirror::of(value)
            }
        }
    };
}

/// What a field is called on the wire.
macro_rules! name {
    ($field:ident []) => {
        stringify!($field)
    };
    ($field:ident [$wire:literal]) => {
        $wire
    };
}

/// The body of a request: every field may be absent, in JSON as no field or null. What it is called stands before it, as
/// in "is no field of a search".
macro_rules! request {
    (
        $(#[$($meta:tt)*])*
        $kind:literal => $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$($about:tt)*])* $field:ident $(as $wire:literal)? : $type:ty $(where $limit:expr)?),* $(,)?
        }
        $(where $rule:expr)?
    ) => {
        $crate::wire::compact::compact! {
            @request true
            $(#[$($meta)*])*
            #[derive(Debug, Clone, Default)]
            $vis struct $name $(<$life>)? {
                $($(#[$($about)*])* pub $field $(as $wire)? : Option<$type> $(where $limit)?),*
            }
            $(where $rule)?
        }

        $crate::wire::compact::request!(@object [$($life)?] $name $kind $($field [$($wire)?])*);

        impl $(<$life>)? serde::Serialize for $name $(<$life>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $(if let Some(value) = &self.$field {
                    let name = $crate::wire::compact::name!($field [$($wire)?]);
                    serde::ser::SerializeMap::serialize_entry(&mut map, name, value)?;
                })*
                serde::ser::SerializeMap::end(map)
            }
        }
    };
    (@object [] $name:ident $($rest:tt)*) => {
        $crate::wire::compact::request!(@impl 'de [$name] $($rest)*);
    };
    (@object [$life:lifetime] $name:ident $($rest:tt)*) => {
        $crate::wire::compact::request!(@impl $life [$name<$life>] $($rest)*);
    };
    (@impl $life:lifetime [$body:ty] $kind:literal $($field:ident $wire:tt)*) => {
        impl<$life> $crate::wire::object::Object<$life> for $body {
            const KIND: &'static str = $kind;
            const FIELDS: &'static [&'static str] =
                &[$($crate::wire::compact::name!($field $wire),)*];

            fn take<A: serde::de::MapAccess<$life>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
                $(if field == $crate::wire::compact::name!($field $wire) {
                    self.$field = map.next_value()?;
                    return Ok(());
                })*
                Ok(())
            }
        }

        impl<$life> $crate::wire::RequestBody<$life> for $body {
            fn parse(form: $crate::wire::Form, bytes: &$life [u8]) -> Result<Self, $crate::error::Problem> {
                match form {
                    $crate::wire::Form::Json => $crate::wire::object::parse(bytes),
                    $crate::wire::Form::Compact => Ok($crate::wire::compact::decode(bytes)?),
                }
            }
        }
    };
}

pub(crate) use {compact, name, request};

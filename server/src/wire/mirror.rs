//! What the engine returns as bodies say it: the same fields, with texts that a client can own.

use super::text::{Free, Named};

/// Made from a value of the engine.
pub(super) trait Mirror<T> {
    fn of(value: T) -> Self;
}

macro_rules! as_it_is {
    ($($type:ty)*) => {
        $(impl Mirror<$type> for $type {
            fn of(value: $type) -> Self {
                value
            }
        })*
    };
}

as_it_is!(bool u32 u64 usize f32 f64 String [u64; 2] [usize; 2]);

impl Mirror<u8> for u32 {
    fn of(value: u8) -> Self {
        value.into()
    }
}

impl Mirror<&'static str> for String {
    fn of(value: &'static str) -> Self {
        value.to_owned()
    }
}

impl Mirror<maxsimd_engine::collection::CollectionName> for String {
    fn of(value: maxsimd_engine::collection::CollectionName) -> Self {
        value.as_str().to_owned()
    }
}

impl<T> Mirror<T> for Free<T> {
    fn of(value: T) -> Self {
        Self(value)
    }
}

impl<T> Mirror<T> for Named<T> {
    fn of(value: T) -> Self {
        Self(value)
    }
}

impl<T, U: Mirror<T>> Mirror<Option<T>> for Option<U> {
    fn of(value: Option<T>) -> Self {
        value.map(U::of)
    }
}

impl<T, U: Mirror<T>> Mirror<Vec<T>> for Vec<U> {
    fn of(value: Vec<T>) -> Self {
        value.into_iter().map(U::of).collect()
    }
}

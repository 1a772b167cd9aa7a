//! Enums whose variants have names in commands and on the wire.

/// Gives an enum `ALL`, `name`, `Display` and `FromStr`; the field is what an unknown name is an error of.
macro_rules! named {
    ($enum:ident in $field:literal: $($variant:ident = $name:literal),+ $(,)?) => {
        impl $enum {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Name in commands and on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $enum {
            type Err = $crate::Error;

            fn from_str(name: &str) -> $crate::Result<Self> {
                $crate::named::of(&Self::ALL, Self::name, $field, name)
            }
        }
    };
}

pub(crate) use named;

use crate::{Error, Result};

/// The one of some values that has a name.
pub(crate) fn of<T: Copy>(all: &[T], named: fn(T) -> &'static str, field: &'static str, name: &str) -> Result<T> {
    let names = || all.iter().map(|value| named(*value)).collect::<Vec<_>>().join(", ");
    let found = all.iter().copied().find(|value| named(*value) == name);
    found.ok_or_else(|| Error::invalid(field, format!("{name:?} is none of {}", names())))
}

#[cfg(test)]
mod tests {
    use crate::raptor::{Nodes, Represent, Strategy};
    use crate::search::{Fold, Fusion, Mode, Returns, Scope};

    #[test]
    fn every_name_leads_back_and_others_are_refused_with_those_that_there_are() {
        macro_rules! check {
            ($($enum:ident)+) => {$(
                assert!($enum::ALL.into_iter().all(|value| value.name().parse::<$enum>().ok() == Some(value)));
                let refused = "nonsense".parse::<$enum>().unwrap_err().to_string();
                assert!($enum::ALL.into_iter().all(|value| refused.contains(value.name())), "{refused}");
            )+};
        }
        check!(Fold Fusion Mode Nodes Represent Returns Scope Strategy);
    }
}

//! A request's body: one JSON object, its fields read as they come; what is wrong with it is refused by name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::error::{Code, Problem};

/// One kind of body, with all its fields absent by default.
pub(super) trait Object<'de>: Default {
    /// What it is, as in "is no field of a search".
    const KIND: &'static str;
    /// Names of the fields.
    const FIELDS: &'static [&'static str];

    /// Reads the value of one of the fields.
    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a whole body: UTF-8, one JSON object, no unknown and no repeated field, nothing after it.
pub(super) fn parse<'a, T: Object<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Problem::new(Code::InvalidUtf8, format!("byte {} is not UTF-8", e.valid_up_to())))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let read: Read<T> = serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(&error))?;
    json.end().map_err(|e| Problem::new(Code::InvalidJson, e.to_string()))?;
    match read.refused {
        None => Ok(read.object),
        Some(Refused::Duplicate(field)) => {
            Err(Problem::new(Code::DuplicateField, format!("{field} is given more than once")).at(field))
        }
        Some(Refused::Unknown(field)) => {
            let known = format!("{field:?} is no field of {}; there are {}", T::KIND, T::FIELDS.join(", "));
            Err(Problem::new(Code::UnknownField, known).at(field))
        }
    }
}

/// Reads the inside of a field that was taken as it came.
pub(super) fn within<T: DeserializeOwned>(field: &str, raw: &RawValue) -> Result<T, Problem> {
    serde_json::from_str(raw.get()).map_err(|error| match error.classify() {
        Category::Data => Problem::field(field, error.to_string()),
        _ => Problem::new(Code::InvalidJson, error.to_string()).at(field),
    })
}

/// The same, of no more than so many bytes.
pub(super) fn bounded<T: DeserializeOwned>(field: &str, raw: &RawValue, most: usize) -> Result<T, Problem> {
    let length = raw.get().len();
    if length > most {
        return Err(Problem::field(field, format!("{length} bytes as JSON, at most {most} are taken")));
    }
    within(field, raw)
}

/// Syntax is 400, a value that a field cannot take is 422 and names the field.
pub(super) fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (path, detail) = (error.path().to_string(), error.inner().to_string());
    match (error.inner().classify(), path.as_str()) {
        (Category::Data, ".") => Problem::new(Code::InvalidRequest, detail),
        (Category::Data, _) => Problem::field(path, detail),
        // A path into broken syntax may end in the air.
        _ => Problem::new(Code::InvalidJson, detail),
    }
}

struct Read<T> {
    object: T,
    refused: Option<Refused>,
}

enum Refused {
    Unknown(String),
    Duplicate(&'static str),
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read<T>, A::Error> {
        let mut read = Read { object: T::default(), refused: None };
        let mut seen = vec![false; T::FIELDS.len()];
        while let Some(key) = map.next_key::<String>()? {
            let refused = match T::FIELDS.iter().position(|field| *field == key) {
                Some(at) if !seen[at] => {
                    seen[at] = true;
                    read.object.take(T::FIELDS[at], &mut map)?;
                    continue;
                }
                Some(at) => Refused::Duplicate(T::FIELDS[at]),
                None => Refused::Unknown(key.chars().take(64).collect()),
            };
            // The first is told, after all is read: a syntax error further on comes before it.
            map.next_value::<IgnoredAny>()?;
            read.refused.get_or_insert(refused);
        }
        Ok(read)
    }
}

impl<'de, T: Object<'de>> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Pair {
        left: Option<u8>,
        right: Option<Vec<u8>>,
    }

    impl<'de> Object<'de> for Pair {
        const KIND: &'static str = "a pair";
        const FIELDS: &'static [&'static str] = &["left", "right"];

        fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
            match field {
                "left" => self.left = map.next_value()?,
                _ => self.right = map.next_value()?,
            }
            Ok(())
        }
    }

    fn refused(bytes: &[u8]) -> (Code, Option<String>) {
        let problem = parse::<Pair>(bytes).err().expect("refused");
        (problem.code, problem.field)
    }

    #[test]
    fn fields_are_read_in_any_order_and_null_is_absent() {
        let pair: Pair = parse(br#"{"right":[1,2],"left":3}"#).expect("a pair");
        assert_eq!((pair.left, pair.right), (Some(3), Some(vec![1, 2])));
        let pair: Pair = parse(br#"{"left":null}"#).expect("a pair");
        assert_eq!((pair.left, pair.right), (None, None));
    }

    #[test]
    fn what_is_no_object_in_json_is_400() {
        for (body, code) in [
            (&b"{\"left\":\xff}"[..], Code::InvalidUtf8),
            (b"", Code::InvalidJson),
            (b"{\"left\":1", Code::InvalidJson),
            (b"{\"left\":1}{}", Code::InvalidJson),
            (b"[1]", Code::InvalidRequest),
        ] {
            assert_eq!(refused(body), (code, None), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_field_is_refused_by_name_if_its_value_is_wrong_or_it_is_unknown_or_repeated() {
        for (body, code, field) in [
            (r#"{"left":256}"#, Code::InvalidField, "left"),
            (r#"{"right":[1,-2]}"#, Code::InvalidField, "right[1]"),
            (r#"{"up":[{}],"left":1}"#, Code::UnknownField, "up"),
            (r#"{"left":1,"left":1}"#, Code::DuplicateField, "left"),
            (r#"{"left":null,"up":1,"left":1}"#, Code::UnknownField, "up"),
        ] {
            assert_eq!(refused(body.as_bytes()), (code, Some(field.to_owned())), "{body}");
        }
        let problem = parse::<Pair>(br#"{"up":1}"#).err().expect("refused");
        assert_eq!(problem.detail, "\"up\" is no field of a pair; there are left, right");
    }

    #[test]
    fn a_syntax_error_behind_an_unknown_field_is_still_seen() {
        assert_eq!(refused(br#"{"up":1,"left":}"#).0, Code::InvalidJson);
    }
}

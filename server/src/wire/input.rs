//! One text or several, as requests for vectors bring them.

use std::fmt;

use serde::Serialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::MAX_QUERY_BYTES;
use super::list::List;
use crate::error::Problem;

/// Why numbers are refused. `openai` sends texts; only some of its callers tokenize by themselves.
const TOKEN_IDS: &str = "token ids are of the client's vocabulary, not of this encoder's; send texts (langchain-openai \
                         does with check_embedding_ctx_length=False)";

/// At most `MAX` texts.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Input<const MAX: usize> {
    /// `"text"`
    One(String),
    /// `["text", ...]`
    Several(Vec<String>),
}

impl<const MAX: usize> Input<MAX> {
    /// The texts: at least one, none empty or too long.
    pub(super) fn into_texts(self) -> Result<Vec<String>, Problem> {
        let texts = match self {
            Self::One(text) => return Ok(vec![not_empty("input", text)?]),
            Self::Several(texts) => texts,
        };
        if texts.is_empty() {
            return Err(Problem::field("input", "at least one text is needed"));
        }
        let checked = |(at, text): (usize, String)| not_empty(&format!("input[{at}]"), text);
        texts.into_iter().enumerate().map(checked).collect()
    }
}

/// A text of a field, neither empty nor too long.
pub(super) fn not_empty(field: &str, text: String) -> Result<String, Problem> {
    match text.trim().is_empty() {
        true => Err(Problem::field(field, "an empty text cannot be encoded")),
        false => short(field, text),
    }
}

/// A text of a field, not too long.
pub(super) fn short(field: &str, text: String) -> Result<String, Problem> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(Problem::field(field, format!("{} bytes, at most {MAX_QUERY_BYTES} are taken", text.len())));
    }
    Ok(text)
}

struct InputVisitor<const MAX: usize>;

impl<'de, const MAX: usize> Visitor<'de> for InputVisitor<MAX> {
    type Value = Input<MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Input::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<Self::Value, A::Error> {
        let texts: List<Item, MAX> = List::deserialize(SeqAccessDeserializer::new(texts))?;
        Ok(Input::Several(texts.0.into_iter().map(|item| item.0).collect()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Input<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InputVisitor)
    }
}

/// One of several texts.
struct Item(String);

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Item, E> {
        Ok(Item(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Item, E> {
        Err(E::custom(TOKEN_IDS))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Item, E> {
        Err(E::custom(TOKEN_IDS))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Item, A::Error> {
        Err(A::Error::custom(TOKEN_IDS))
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

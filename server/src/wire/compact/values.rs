//! How values look in the compact form that are not structs of fields.

use bincode::de::{BorrowDecode, BorrowDecoder, Decode};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};
use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, IntoDeserializer};

use super::place::{Place, item};
use crate::wire::input::Input;
use crate::wire::list::List;
use crate::wire::text::{Free, Named, Text};
use crate::wire::vectors::{OwnVectors, Packed, Values, Vectors};
use crate::wire::whole::Whole;

/// A text: its bytes behind their number.
impl Encode for Text<'_> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.as_ref().encode(encoder)
    }
}

impl<'de> BorrowDecode<'de, Place> for Text<'de> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        BorrowDecode::borrow_decode(decoder).map(Self)
    }
}

/// JSON: a text.
impl<T: Serialize> Encode for Free<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let text = serde_json::to_string(&self.0).map_err(|error| EncodeError::OtherString(error.to_string()))?;
        text.encode(encoder)
    }
}

impl<'de, T: Deserialize<'de>> BorrowDecode<'de, Place> for Free<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let text: &'de str = BorrowDecode::borrow_decode(decoder)?;
        serde_json::from_str(text).map(Self).map_err(refused)
    }
}

/// One of some names: a text.
impl<T: Serialize> Encode for Named<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let name = serde_json::to_value(&self.0).map_err(|error| EncodeError::OtherString(error.to_string()))?;
        let name = name.as_str().ok_or(EncodeError::Other("a name is a text"))?;
        name.encode(encoder)
    }
}

impl<'de, T: Deserialize<'de>> BorrowDecode<'de, Place> for Named<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let text: &'de str = BorrowDecode::borrow_decode(decoder)?;
        let name: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(name).map(Self).map_err(refused)
    }
}

impl<const MIN: u64, const MAX: u64> Encode for Whole<MIN, MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<'de, const MIN: u64, const MAX: u64> BorrowDecode<'de, Place> for Whole<MIN, MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Self::within(u64::decode(decoder)?).map_err(DecodeError::OtherString)
    }
}

/// A list: its items behind their number.
impl<T: Encode, const MAX: usize> Encode for List<T, MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.len().encode(encoder)?;
        self.0.iter().try_for_each(|item| item.encode(encoder))
    }
}

impl<'de, T: BorrowDecode<'de, Place>, const MAX: usize> BorrowDecode<'de, Place> for List<T, MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let length = u64::decode(decoder)?;
        if usize::try_from(length).map_or(true, |length| length > MAX) {
            return Err(DecodeError::OtherString(format!("{length} items, at most {MAX} are taken")));
        }
        // Grows with what is there: a length alone takes no memory.
        let mut items = Vec::new();
        for number in 0..usize::try_from(length).unwrap_or(MAX) {
            items.push(item(number, decoder)?);
        }
        Ok(Self(items))
    }
}

/// Token vectors: the kind of their values, rows, width, and the values' bytes behind their number.
impl<const MAX: usize> Encode for Vectors<'_, MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let packed = self.packed().map_err(|problem| EncodeError::OtherString(problem.detail))?;
        let kind: u32 = match packed.values {
            Values::F32 => 0,
            Values::F16 => 1,
        };
        kind.encode(encoder)?;
        packed.rows.encode(encoder)?;
        packed.width.encode(encoder)?;
        packed.bytes.as_ref().encode(encoder)
    }
}

impl<'de, const MAX: usize> BorrowDecode<'de, Place> for Vectors<'de, MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        packed(decoder).map(Self::Packed)
    }
}

fn packed<'de, D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Packed<'de>, DecodeError> {
    let values = match u32::decode(decoder)? {
        0 => Values::F32,
        1 => Values::F16,
        other => return Err(DecodeError::OtherString(format!("{other} is neither 0, f32, nor 1, f16"))),
    };
    let (rows, width) = (usize::decode(decoder)?, usize::decode(decoder)?);
    let bytes: &'de [u8] = BorrowDecode::borrow_decode(decoder)?;
    Ok(Packed { values, rows, width, bytes: bytes.into() })
}

impl Encode for OwnVectors {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<'de> BorrowDecode<'de, Place> for OwnVectors {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        packed(decoder).map(|packed| Self(Vectors::Packed(packed.into_owned())))
    }
}

/// Texts: a list, also of one.
impl<const MAX: usize> Encode for Input<MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Self::One(text) => std::slice::from_ref(text).encode(encoder),
            Self::Several(texts) => texts.encode(encoder),
        }
    }
}

impl<'de, const MAX: usize> BorrowDecode<'de, Place> for Input<MAX> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Place>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let texts: List<Text<'de>, MAX> = BorrowDecode::borrow_decode(decoder)?;
        Ok(Self::Several(texts.0.into_iter().map(Text::into_owned).collect()))
    }
}

fn refused(error: impl ToString) -> DecodeError {
    DecodeError::OtherString(error.to_string())
}

//! The compact form: a byte of version, then the bincode of the same body as in JSON, field by field. Nothing outside of
//! this module knows bincode.

#[cfg(test)]
pub(super) mod layout;
mod place;
mod structs;
mod values;

use bincode::Encode;
use bincode::config::standard;
use bincode::de::read::{Reader, SliceReader};
use bincode::de::{BorrowDecode, Decoder, DecoderImpl};
use bincode::enc::EncoderImpl;
use bincode::enc::write::Writer;
use bincode::error::EncodeError;

pub(super) use place::field;
pub use place::{Malformed, Place};
pub(crate) use structs::name;
pub(super) use structs::{compact, request};

use crate::config::BODY_BYTES;

/// Media type of the compact form.
pub const MEDIA_TYPE: &str = "application/x-maxsimd";
/// What every body begins with.
pub const VERSION: u8 = 1;
/// What a request may claim: its own bytes, and bincode counts each number as if it were whole.
const OF_REQUESTS: usize = 2 * BODY_BYTES;
/// The same of a reply, which clients trust further.
const OF_REPLIES: usize = 8 * BODY_BYTES;

/// Can be written in the compact form.
pub trait Writable: Encode {}

impl<T: Encode + ?Sized> Writable for T {}

/// Can be read from the compact form; texts and bytes are borrowed.
pub trait Readable<'a>: BorrowDecode<'a, Place> {}

impl<'a, T: BorrowDecode<'a, Place>> Readable<'a> for T {}

/// Writes a body.
pub fn encode(body: &impl Writable) -> Result<Vec<u8>, String> {
    let mut encoder = EncoderImpl::new(Bytes(vec![VERSION]), standard());
    body.encode(&mut encoder).map_err(|error| error.to_string())?;
    Ok(encoder.into_writer().0)
}

/// Reads a request's body.
pub fn decode<'a, T: Readable<'a>>(bytes: &'a [u8]) -> Result<T, Malformed> {
    within::<OF_REQUESTS, T>(bytes)
}

/// Reads a reply's body.
pub fn decode_reply<'a, T: Readable<'a>>(bytes: &'a [u8]) -> Result<T, Malformed> {
    within::<OF_REPLIES, T>(bytes)
}

fn within<'a, const LIMIT: usize, T: Readable<'a>>(bytes: &'a [u8]) -> Result<T, Malformed> {
    let body = match bytes.split_first() {
        Some((&VERSION, body)) => body,
        Some((version, _)) => return Err(Malformed::bytes(format!("version {version}, known is version {VERSION}"))),
        None => return Err(Malformed::bytes("nothing, not even a version")),
    };
    let reader = SliceReader::new(body);
    let mut decoder = DecoderImpl::new(reader, standard().with_limit::<LIMIT>(), Place::default());
    let value = T::borrow_decode(&mut decoder).map_err(|error| Malformed::at(decoder.context(), &error))?;
    match decoder.reader().peek_read(1) {
        None => Ok(value),
        Some(_) => Err(Malformed::bytes("something is behind the last field")),
    }
}

struct Bytes(Vec<u8>);

impl Writer for Bytes {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

//! Metadata of a segment's documents as filters see it: each field's values in ascending order, each beside the ordinal
//! of its document.
//!
//! Every condition of a filter is a range of ordered values, so that it costs two binary searches and one bit for each
//! document of the range, whatever the number of fields.

mod select;
mod write;

use crate::filter::FieldType;

pub(super) use select::{keywords, select, verify};
pub(super) use write::ColumnsWriter;

/// Number of a type in files.
const fn number(kind: FieldType) -> u32 {
    match kind {
        FieldType::Keyword => 1,
        FieldType::Integer => 2,
        FieldType::Float => 3,
        FieldType::Boolean => 4,
        FieldType::Date => 5,
        FieldType::Text => 6,
    }
}

/// An integer, or microseconds of a date, as bits that ascend with it.
const fn of_integer(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

/// A float as bits that ascend with it; the two zeros are one.
const fn of_float(value: f64) -> u64 {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

#[cfg(test)]
mod tests;

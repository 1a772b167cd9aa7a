//! Documents that match a filter.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

use fixedbitset::FixedBitSet;

use super::{number, of_float, of_integer};
use crate::Result;
use crate::filter::{FieldType, Filter, Literal, Op};
use crate::format::{FieldRecord, Section, Sections, Span};

/// The documents of a segment that match, by their ordinals.
pub(in crate::segment) fn select(sections: &Sections, documents: usize, filter: &Filter) -> Result<FixedBitSet> {
    Columns { sections, documents }.select(filter)
}

/// Adds the distinct values of a keyword field until there are `most`, by a binary search for the end of each.
pub(in crate::segment) fn keywords(
    sections: &Sections,
    field: &str,
    most: usize,
    values: &mut BTreeSet<String>,
) -> Result<()> {
    let columns = Columns { sections, documents: 0 };
    let Some(column) = columns.typed(field, FieldType::Keyword)? else { return Ok(()) };
    let mut at = 0;
    while at < column.values.len() && values.len() < most {
        let value = column.keyword(column.values[at])?;
        values.insert(value.to_owned());
        let rest = &column.values[at..];
        at += first(rest.len(), |next| Ok(column.keyword(rest[next])? <= value))?.max(1);
    }
    Ok(())
}

/// Checks that every column can be read: names and values in order, documents that exist.
pub(in crate::segment) fn verify(sections: &Sections, documents: usize) -> Result<()> {
    let columns = Columns { sections, documents };
    let records: &[FieldRecord] = sections.values(Section::Fields)?;
    let mut everything = FixedBitSet::with_capacity(documents);
    for record in records {
        let name = sections.text(Section::Text, record.name)?;
        let unordered = || sections.corrupt(Section::FieldValues, "fields and values in order", name);
        let column = columns.column(name)?.ok_or_else(unordered)?;
        column.add(0..column.values.len(), &mut everything)?;
        for pair in column.values.windows(2) {
            let ordered = match record.kind == number(FieldType::Keyword) {
                true => column.keyword(pair[0])? <= column.keyword(pair[1])?,
                false => pair[0] <= pair[1],
            };
            if !ordered {
                return Err(unordered());
            }
        }
    }
    Ok(())
}

/// The columns of a segment with so many documents.
#[derive(Clone, Copy)]
struct Columns<'a> {
    sections: &'a Sections,
    documents: usize,
}

impl<'a> Columns<'a> {
    fn select(self, filter: &Filter) -> Result<FixedBitSet> {
        let mut found = FixedBitSet::with_capacity(self.documents);
        match filter {
            Filter::And(parts) => {
                found.insert_range(..);
                for part in parts {
                    found.intersect_with(&self.select(part)?);
                }
            }
            Filter::Or(parts) => {
                for part in parts {
                    found.union_with(&self.select(part)?);
                }
            }
            Filter::Not(inner) => {
                found = self.select(inner)?;
                found.toggle_range(..);
            }
            Filter::Compare { field, op: Op::NotEqual, value } => {
                self.compare(field, Op::Equal, value, &mut found)?;
                found.toggle_range(..);
            }
            Filter::Compare { field, op, value } => self.compare(field, *op, value, &mut found)?,
            Filter::In { field, values } => {
                values.iter().try_for_each(|value| self.compare(field, Op::Equal, value, &mut found))?;
            }
            Filter::Exists { field } => {
                if let Some(column) = self.column(field)? {
                    column.add(0..column.values.len(), &mut found)?;
                }
            }
            Filter::Prefix { field, prefix } => {
                if let Some(column) = self.typed(field, FieldType::Keyword)? {
                    let order = |bits| {
                        let text = column.keyword(bits)?;
                        Ok(if text.starts_with(prefix) {
                            Ordering::Equal
                        } else {
                            text.as_bytes().cmp(prefix.as_bytes())
                        })
                    };
                    column.add(column.range(Op::Equal, order)?, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    fn compare(self, field: &str, op: Op, literal: &Literal, found: &mut FixedBitSet) -> Result<()> {
        let kind = match literal {
            Literal::Keyword(_) => FieldType::Keyword,
            Literal::Integer(_) => FieldType::Integer,
            Literal::Float(_) => FieldType::Float,
            Literal::Boolean(_) => FieldType::Boolean,
            Literal::Date(_) => FieldType::Date,
        };
        let Some(column) = self.typed(field, kind)? else { return Ok(()) };
        let range = column.range(op, |bits| {
            Ok(match literal {
                Literal::Keyword(text) => column.keyword(bits)?.as_bytes().cmp(text.as_bytes()),
                Literal::Integer(value) => bits.cmp(&of_integer(*value)),
                Literal::Float(value) => bits.cmp(&of_float(*value)),
                Literal::Boolean(value) => bits.cmp(&u64::from(*value)),
                Literal::Date(period) if bits < of_integer(period.start()) => Ordering::Less,
                Literal::Date(period) if bits >= of_integer(period.end()) => Ordering::Greater,
                Literal::Date(_) => Ordering::Equal,
            })
        })?;
        column.add(range, found)
    }

    /// A field's column, which has to be of this type.
    fn typed(self, field: &str, kind: FieldType) -> Result<Option<Column<'a>>> {
        let column = self.column(field)?;
        match &column {
            Some(Column { kind: found, .. }) if *found != number(kind) => {
                Err(self.sections.corrupt(Section::Fields, kind.name(), &format!("{field} of type {found}")))
            }
            _ => Ok(column),
        }
    }

    /// A field's column; none if no document of the segment has the field.
    fn column(self, field: &str) -> Result<Option<Column<'a>>> {
        let Self { sections, .. } = self;
        let records: &[FieldRecord] = sections.values(Section::Fields)?;
        let at = first(records.len(), |at| Ok(sections.text(Section::Text, records[at].name)? < field))?;
        let Some(record) = records.get(at) else { return Ok(None) };
        if sections.text(Section::Text, record.name)? != field {
            return Ok(None);
        }
        let end = record.first.saturating_add(record.count);
        // Both fit: a place beyond the section, which is mapped, is refused there.
        let range = usize::try_from(record.first).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
        let values = sections.some(Section::FieldValues, range.clone())?;
        let documents = sections.some(Section::FieldDocuments, range)?;
        Ok(Some(Column { sections, kind: record.kind, values, documents }))
    }
}

/// One field's values in ascending order, and the document of each.
struct Column<'a> {
    sections: &'a Sections,
    kind: u32,
    values: &'a [u64],
    documents: &'a [u32],
}

impl<'a> Column<'a> {
    fn keyword(&self, bits: u64) -> Result<&'a str> {
        self.sections.text(Section::Text, Span::of_bits(bits))
    }

    /// Where the values are that compare so with something; `order` says on which side of it a value lies.
    fn range(&self, op: Op, order: impl Fn(u64) -> Result<Ordering>) -> Result<Range<usize>> {
        let count = self.values.len();
        let start = || first(count, |at| Ok(order(self.values[at])?.is_lt()));
        let end = || first(count, |at| Ok(order(self.values[at])?.is_le()));
        Ok(match op {
            Op::Less => 0..start()?,
            Op::LessOrEqual => 0..end()?,
            // The complement is taken by whoever asks.
            Op::Equal | Op::NotEqual => start()?..end()?,
            Op::Greater => end()?..count,
            Op::GreaterOrEqual => start()?..count,
        })
    }

    /// Adds the documents of some values.
    fn add(&self, range: Range<usize>, found: &mut FixedBitSet) -> Result<()> {
        for &document in self.documents.get(range).unwrap_or_default() {
            if document as usize >= found.len() {
                let expected = format!("ordinals below {}", found.len());
                return Err(self.sections.corrupt(Section::FieldDocuments, &expected, &document.to_string()));
            }
            found.insert(document as usize);
        }
        Ok(())
    }
}

/// The first of `count` places for which something that holds up to there does not.
fn first(count: usize, holds: impl Fn(usize) -> Result<bool>) -> Result<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match holds(middle)? {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}

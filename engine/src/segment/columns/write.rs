//! Columns of a segment, gathered in memory until it is full.

use std::collections::{BTreeMap, HashMap};

use super::{number, of_float, of_integer};
use crate::Result;
use crate::filter::{FieldType, Value, Values};
use crate::format::FieldRecord;
use crate::segment::write::{narrow, place};

/// Gathers the values of documents.
#[derive(Debug, Default)]
pub(in crate::segment) struct ColumnsWriter(BTreeMap<String, Column>);

/// What goes into a segment's sections.
#[derive(Debug, Default)]
pub(in crate::segment) struct PackedColumns {
    pub(in crate::segment) fields: Vec<FieldRecord>,
    pub(in crate::segment) values: Vec<u64>,
    pub(in crate::segment) documents: Vec<u32>,
}

#[derive(Debug, Default)]
struct Column {
    kind: u32,
    /// Bits of a value (of a keyword: its number) and the document.
    entries: Vec<(u64, u32)>,
    /// Numbers of keywords, as they came.
    keywords: HashMap<String, u64>,
}

impl ColumnsWriter {
    /// Adds a document's values.
    pub(in crate::segment) fn push(&mut self, document: u32, values: &Values) {
        for (field, values) in values.iter() {
            let column = match self.0.get_mut(field) {
                Some(column) => column,
                None => self.0.entry(field.to_owned()).or_default(),
            };
            values.iter().for_each(|value| column.push(document, value));
        }
    }

    /// Orders everything; names and keywords go to the segment's text.
    pub(in crate::segment) fn finish(self, text: &mut Vec<u8>) -> Result<PackedColumns> {
        let mut packed = PackedColumns::default();
        for (name, column) in self.0 {
            let (first, kind) = (packed.values.len() as u64, column.kind);
            let entries = column.ordered(text)?;
            packed.fields.push(FieldRecord {
                name: place(text, name.as_bytes())?,
                kind,
                reserved: 0,
                first,
                count: entries.len() as u64,
            });
            packed.values.extend(entries.iter().map(|(value, _)| value));
            packed.documents.extend(entries.iter().map(|(_, document)| document));
        }
        Ok(packed)
    }
}

impl Column {
    fn push(&mut self, document: u32, value: &Value) {
        let (kind, bits) = match value {
            Value::Keyword(text) => (FieldType::Keyword, self.keyword(text)),
            Value::Integer(value) => (FieldType::Integer, of_integer(*value)),
            Value::Float(value) => (FieldType::Float, of_float(*value)),
            Value::Boolean(value) => (FieldType::Boolean, u64::from(*value)),
            Value::Date(value) => (FieldType::Date, of_integer(*value)),
            // Only that there is one counts.
            Value::Text(_) => (FieldType::Text, 0),
        };
        self.kind = number(kind);
        self.entries.push((bits, document));
    }

    fn keyword(&mut self, text: &str) -> u64 {
        if let Some(number) = self.keywords.get(text) {
            return *number;
        }
        let number = self.keywords.len() as u64;
        self.keywords.insert(text.to_owned(), number);
        number
    }

    /// Entries by value, then by document. A keyword's value becomes its place in the text.
    fn ordered(mut self, text: &mut Vec<u8>) -> Result<Vec<(u64, u32)>> {
        let mut keywords: Vec<(String, u64)> = self.keywords.into_iter().collect();
        keywords.sort_unstable();
        let mut rank = vec![0; keywords.len()];
        let mut places = Vec::with_capacity(keywords.len());
        for (at, (keyword, number)) in keywords.iter().enumerate() {
            rank[*number as usize] = at;
            places.push(place(text, keyword.as_bytes())?.bits());
        }
        if !places.is_empty() {
            self.entries.iter_mut().for_each(|(bits, _)| *bits = rank[*bits as usize] as u64);
        }
        self.entries.sort_unstable();
        self.entries.dedup();
        if !places.is_empty() {
            self.entries.iter_mut().for_each(|(bits, _)| *bits = places[*bits as usize]);
        }
        narrow(self.entries.len())?;
        Ok(self.entries)
    }
}

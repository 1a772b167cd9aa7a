//! Fields and known values, prepared for questions.

use std::collections::{BTreeMap, BTreeSet};

use super::languages;
use super::names::{self, Role};
use super::vocabulary::is_content;
use super::words::Words;
use crate::filter::{FieldType, Fields};

/// Most values of one keyword field that questions are searched for.
pub const MAX_VALUES: usize = 1000;

/// What of a question can be a filter: a collection's fields and what is known of their values.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    fields: Vec<Field>,
    /// By the first word.
    phrases: BTreeMap<String, Vec<Phrase>>,
    enumerated: BTreeSet<String>,
}

/// A field that can be filtered by.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: FieldType,
    pub(super) role: Role,
    pub(super) words: Vec<String>,
    /// Without what says how values are counted.
    pub(super) counted: Vec<String>,
}

/// How questions name a value.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    words: Vec<String>,
    pub(super) field: String,
    pub(super) role: Role,
    pub(super) value: String,
    /// It says what it is by itself. A code such as "de" does not.
    pub(super) plain: bool,
}

impl Schema {
    /// Fields and the known values of keyword fields, of which the first [`MAX_VALUES`] in order are looked for.
    ///
    /// A keyword field that has no entry has values that are not known: it is filtered by where a question says
    /// `field: value`.
    pub fn new(fields: &Fields, values: BTreeMap<String, Vec<String>>) -> Self {
        let mut schema = Self::default();
        for (name, kind) in fields.iter().filter(|(_, kind)| *kind != FieldType::Text) {
            let (words, counted) = (names::words(name), names::counted(name));
            schema.fields.push(Field { name: name.to_owned(), kind, role: Role::of(name), words, counted });
        }
        for (field, values) in values {
            if fields.get(&field) != Some(FieldType::Keyword) {
                continue;
            }
            let distinct: BTreeSet<String> = values.into_iter().collect();
            if distinct.len() <= MAX_VALUES {
                schema.enumerated.insert(field.clone());
            }
            distinct.into_iter().take(MAX_VALUES).for_each(|value| schema.add(&field, value));
        }
        schema
    }

    fn add(&mut self, field: &str, value: String) {
        let role = Role::of(field);
        let names = if role == Role::Language { languages::names(&value) } else { Vec::new() };
        for name in names {
            self.phrase(
                name,
                Phrase { words: Vec::new(), field: field.to_owned(), role, value: value.clone(), plain: true },
            );
        }
        let plain = match role {
            Role::Language => value.chars().count() > 3,
            _ => value.chars().count() > 1 && Words::of(&value).iter().any(|word| is_content(word) && word.len() > 1),
        };
        let text = value.clone();
        self.phrase(&text, Phrase { words: Vec::new(), field: field.to_owned(), role, value, plain });
    }

    fn phrase(&mut self, text: &str, phrase: Phrase) {
        let text = Words::of(text);
        let words: Vec<String> = (0..text.len()).map(|at| text.singular(at).to_owned()).collect();
        if let Some(first) = words.first() {
            self.phrases.entry(first.clone()).or_default().push(Phrase { words, ..phrase });
        }
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// Whether all values of a field are known.
    pub(super) fn enumerates(&self, field: &str) -> bool {
        self.enumerated.contains(field)
    }

    /// The values that the words from here name, each with the words' end; the longest names of those that qualify.
    pub(super) fn values(
        &self,
        words: &Words<'_>,
        at: usize,
        qualifies: impl Fn(&Phrase) -> bool,
    ) -> (Vec<&Phrase>, usize) {
        let mut longest: (Vec<&Phrase>, usize) = (Vec::new(), at);
        for phrase in self.phrases.get(words.singular(at)).into_iter().flatten() {
            let Some(end) = names::here(words, at, &phrase.words).filter(|end| *end >= longest.1) else { continue };
            if !qualifies(phrase) {
                continue;
            }
            if end > longest.1 {
                longest = (Vec::new(), end);
            }
            longest.0.push(phrase);
        }
        longest
    }

    /// The field of some types whose name is here, and where it ends: the longest, the first if several are as long.
    pub(super) fn named(&self, words: &Words<'_>, at: usize, is: impl Fn(&Field) -> bool) -> Option<(&Field, usize)> {
        let end = |field: &Field| {
            let raw = words.at(at) == field.name.to_lowercase();
            if raw { Some(at + 1) } else { names::here(words, at, &field.words) }
        };
        let named = self.fields.iter().filter(|field| is(field)).filter_map(|field| Some((field, end(field)?)));
        named.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

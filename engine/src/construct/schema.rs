//! Fields and known values, prepared for questions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::languages;
use super::names::{self, Role};
use super::vocabulary::is_content;
use super::words::Words;
use crate::filter::{FieldType, Fields};

/// Most values of one keyword field that questions are searched for.
pub const MAX_VALUES: usize = 1000;
/// Values of more words are not looked for.
const MOST_WORDS: usize = 16;

/// What of a question can be a filter: a collection's fields and what is known of their values.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    fields: Vec<Field>,
    /// By their words, without endings of plurals, with a space between them.
    phrases: HashMap<String, Vec<Phrase>>,
    enumerated: BTreeSet<String>,
}

/// A field that can be filtered by.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: FieldType,
    pub(super) words: Vec<String>,
    /// Without what says how values are counted.
    pub(super) counted: Vec<String>,
}

/// How questions name a value.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
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
            schema.fields.push(Field { name: name.to_owned(), kind, words, counted });
        }
        for (field, values) in values {
            if fields.get(&field) != Some(FieldType::Keyword) {
                continue;
            }
            let distinct: BTreeSet<String> = values.into_iter().collect();
            if distinct.len() <= MAX_VALUES {
                schema.enumerated.insert(field.clone());
            }
            distinct.into_iter().take(MAX_VALUES).for_each(|value| schema.add(&field, &value));
        }
        schema
    }

    fn add(&mut self, field: &str, value: &str) {
        let role = Role::of(field);
        let phrase = |plain| Phrase { field: field.to_owned(), role, value: value.to_owned(), plain };
        let words = Words::of(value);
        let plain = match role {
            Role::Language => {
                languages::names(value).into_iter().for_each(|name| self.index(&Words::of(name), phrase(true)));
                value.chars().count() > 3
            }
            _ => words.iter().any(|word| is_content(word) && word.len() > 1),
        };
        self.index(&words, phrase(plain));
    }

    fn index(&mut self, words: &Words<'_>, phrase: Phrase) {
        if (1..=MOST_WORDS).contains(&words.len()) {
            self.phrases.entry(key(words, 0..words.len())).or_default().push(phrase);
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
        let most = MOST_WORDS.min(words.len().saturating_sub(at));
        let longer = (1..=most).rev().find_map(|count| {
            let phrases = self.phrases.get(&key(words, at..at + count))?.iter();
            let found: Vec<&Phrase> = phrases.filter(|phrase| qualifies(phrase)).collect();
            (!found.is_empty()).then_some((found, at + count))
        });
        longer.unwrap_or((Vec::new(), at))
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

fn key(words: &Words<'_>, range: Range<usize>) -> String {
    range.map(|at| words.singular(at)).collect::<Vec<_>>().join(" ")
}

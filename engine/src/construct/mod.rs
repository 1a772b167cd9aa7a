//! Query construction without a language model: from a question and a collection's fields, a filter.
//!
//! "Papers in German since 2020 about heat pumps" is `language = "de" and published >= "2020"`, and "heat pumps" to
//! search for. The result depends on nothing but the question, the schema and the given moment.
//!
//! # What is taken
//!
//! Dates, told by the calendar or from now; numbers with the name or unit of a field; known values of keyword fields;
//! boolean fields; `field: value`; what is negated. English only. A clause is taken where the question says it of
//! documents; the rules are in `attach.rs`, those for the field of a date in `moments.rs`. What was recognised
//! and not taken is reported with the reason.
//!
//! A value of a field such as `topic` or `category`, whose values are words that any question may have, has to have the
//! field's name beside it. What is negated is exactly what the clause does not match, so that documents without the
//! field are kept.
//!
//! # Layout
//!
//! `words -> dates (calendar, relative, span, moments) | amounts (numbers) | values (languages) | flags | explicit ->
//! negation -> anchors, attach -> combine, rest`; `vocabulary` has closed lists of words, `schema` and `names` what is
//! known of fields, `known` reads it from a collection.

mod amounts;
mod anchors;
mod attach;
mod calendar;
mod clause;
mod combine;
mod dates;
mod explicit;
mod flags;
mod known;
mod languages;
mod mention;
mod moments;
mod names;
mod negation;
mod now;
mod numbers;
mod relative;
mod rest;
mod schema;
mod span;
#[cfg(test)]
mod tests;
mod values;
mod vocabulary;
mod words;

use std::ops::Range;

pub use clause::{Clause, Constructed, Dropped, Reason};
pub use now::Now;
pub use schema::{MAX_VALUES, Schema};

use crate::filter::{Filter, MAX_TEXT};
use mention::{Asked, Mention, Reach};
use vocabulary::LEADS;
use words::Words;

/// Longest question that is read, in bytes.
pub const MAX_QUESTION: usize = 8192;
/// Most clauses of a question.
pub const MAX_CLAUSES: usize = 16;
/// What comes after so many words that could be clauses is not looked at.
const MOST_MENTIONS: usize = 256;

/// What a question says of the fields of the documents that it asks for. Never fails: what cannot be used is said in
/// [`Constructed::dropped`].
pub fn construct(question: &str, schema: &Schema, now: Now) -> Constructed {
    if question.len() > MAX_QUESTION {
        return Constructed::nothing(question, Reason::TooLong);
    }
    let words = Words::of(question);
    let asked = Asked { words: &words, schema, now };
    let mentions = negation::apply(asked, mentions(asked));
    let anchors = anchors::find(&words, &mentions);
    let said = attach::attach(asked, &mentions, &anchors);
    let mut told = Told::default();
    for (mention, said) in mentions.into_iter().zip(said) {
        told.add(&words, mention, said);
    }
    told.constructed(&words, question)
}

/// What could be clauses: at each word the longest.
fn mentions(asked: Asked<'_>) -> Vec<Mention> {
    let finders = [explicit::find, dates::find, amounts::find, flags::find, values::find];
    let (mut mentions, mut at) = (Vec::new(), 0);
    while at < asked.words.len() && mentions.len() < MOST_MENTIONS {
        let found = finders.iter().filter_map(|find| find(asked, at));
        let longest = found.reduce(|best: Mention, next| if next.words.end > best.words.end { next } else { best });
        at = longest.as_ref().map_or(at + 1, |mention| mention.words.end);
        mentions.extend(longest);
    }
    mentions
}

/// Clauses by their words, and what is none.
#[derive(Default)]
struct Told {
    clauses: Vec<(Range<usize>, Filter)>,
    dropped: Vec<(Range<usize>, Reason)>,
    /// Where clauses are, and whether they are words for the documents.
    places: Vec<(Range<usize>, bool)>,
}

impl Told {
    fn add(&mut self, words: &Words<'_>, mention: Mention, said: bool) {
        let Mention { words: mut place, found, reach, noun } = mention;
        let taken = if said { found } else { Err(Reason::OfTheSubject) };
        match taken {
            Err(Reason::OfTheSubject) if reach == Reach::Beside => {}
            Err(reason) => self.dropped.push((place, reason)),
            Ok(_) if self.clauses.len() == MAX_CLAUSES => self.dropped.push((place, Reason::TooMany)),
            Ok(filter) => {
                let from = self.clauses.last().map_or(0, |(before, _)| before.end);
                while !noun && place.start > from && words.is(place.start - 1, LEADS) {
                    place.start -= 1;
                }
                self.places.push((place.clone(), noun));
                self.clauses.push((place, filter));
            }
        }
    }

    fn constructed(mut self, words: &Words<'_>, question: &str) -> Constructed {
        let mut filter = combine::combine(words, &self.clauses);
        // Long values in long lists could be more than a filter may have.
        if filter.as_ref().is_some_and(|filter| filter.to_string().len() > MAX_TEXT) {
            self.dropped.extend(self.clauses.drain(..).map(|(place, _)| (place, Reason::TooMany)));
            (filter, self.places) = (None, Vec::new());
        }
        Constructed {
            filter,
            rest: rest::rest(words, question, &self.places),
            clauses: self.clauses.into_iter().map(|(place, filter)| Clause::of(words, &place, filter)).collect(),
            dropped: self.dropped.into_iter().map(|(place, reason)| Dropped::of(words, &place, reason)).collect(),
        }
    }
}

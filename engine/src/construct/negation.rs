//! "not", "except", "no": what is turned round, and how far that goes on.

use std::ops::Range;

use super::Reason;
use super::mention::{Asked, Mention, Reach, all, negated};
use super::vocabulary::{GLUE, PRONOUNS};
use super::words::Words;
use crate::filter::Filter;

/// Longer ones before their endings; true if they take something out of what is asked for.
const NEGATIONS: [(&str, bool); 29] = [
    ("with the exception of", true),
    ("but not", true),
    ("but no", true),
    ("except for", true),
    ("except", true),
    ("excluding", true),
    ("excludes", true),
    ("exclude", true),
    ("other than", true),
    ("rather than", true),
    ("instead of", true),
    ("apart from", true),
    ("aside from", true),
    ("minus", true),
    ("without", true),
    ("no", true),
    ("not", false),
    ("never", false),
    ("non", false),
    ("aren't", false),
    ("isn't", false),
    ("weren't", false),
    ("wasn't", false),
    ("haven't been", false),
    ("hasn't been", false),
    ("haven't", false),
    ("hasn't", false),
    ("don't", false),
    ("neither", false),
];

/// Between a negation and what it negates.
const FILLERS: &[&str] =
    &["the", "any", "a", "an", "all", "those", "ones", "that", "which", "are", "were", "been", "be"];
const MOST_FILLERS: usize = 4;

/// Turns round what is negated. After "except" and the like, what follows in a list is as well, and what is said of
/// documents that are taken out goes with them: "except drafts from 2020".
pub(super) fn apply(asked: Asked<'_>, mentions: Vec<Mention>) -> Vec<Mention> {
    let mut told: Vec<Mention> = Vec::new();
    // Of the last mention, what it said before it was turned round.
    let mut out: Option<Filter> = None;
    for mut mention in mentions {
        let end = told.last().filter(|_| out.is_some()).map_or(usize::MAX, |last| last.words.end);
        let between = end..mention.words.start;
        let before = before(asked.words, mention.words.start);
        match (before, told.last_mut()) {
            (None, Some(last)) if last.was_noun() && said_of(asked.words, &between) => {
                let both = out.take().zip(mention.found.ok()).map(|(first, second)| all(vec![first, second]));
                last.found = both.clone().map(negated).ok_or(Reason::OfTheSubject);
                last.words.end = mention.words.end;
                out = both;
                continue;
            }
            (None, _) if !(mention.reach == Reach::Beside && lists(asked.words, &between)) => out = None,
            (before, _) => {
                let except = mention.noun || before.is_none_or(|(_, except)| except);
                mention.words.start = before.map_or(mention.words.start, |(start, _)| start);
                out = mention.found.clone().ok().filter(|_| except);
                mention.found = mention.found.map(negated);
                if except {
                    mention.reach = mention.reach.max(Reach::Except);
                }
            }
        }
        told.push(mention);
    }
    told.iter_mut().filter(|mention| mention.was_noun()).for_each(|mention| mention.noun = false);
    told
}

impl Mention {
    /// A word for documents that are taken out is no word for those that are asked for.
    fn was_noun(&self) -> bool {
        self.noun && self.reach == Reach::Except
    }
}

/// Where the negation begins that is before a word, and its kind.
fn before(words: &Words<'_>, at: usize) -> Option<(usize, bool)> {
    let fillers = (1..=MOST_FILLERS.min(at))
        .take_while(|back| words.is(at - back, FILLERS) || words.is(at - back, PRONOUNS))
        .count();
    (0..=fillers).find_map(|back| {
        let end = at - back;
        NEGATIONS.iter().find_map(|(phrase, except)| {
            let start = end.checked_sub(phrase.split(' ').count())?;
            (words.phrase(start, phrase) == Some(end)).then_some((start, *except))
        })
    })
}

fn lists(words: &Words<'_>, between: &Range<usize>) -> bool {
    !between.is_empty() && between.clone().all(|at| words.is(at, &[",", "and", "or", "nor", "&"]))
}

fn said_of(words: &Words<'_>, between: &Range<usize>) -> bool {
    between.start <= between.end
        && between.clone().all(|at| words.is(at, GLUE) && !words.is(at, &[",", "and", "or", "but"]))
}

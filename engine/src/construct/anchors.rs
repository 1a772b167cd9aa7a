//! Words for documents, and which of them a question asks for.

use std::collections::HashMap;
use std::ops::Range;

use super::mention::{Mention, Reach};
use super::vocabulary::{DOCUMENTS, PREPOSITIONS, PRONOUNS, REQUESTS, is_content};
use super::words::Words;

/// Words before the documents that are asked for, at most: "chat interface videos".
const MOST_MODIFIERS: usize = 4;

/// A word for documents.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    pub(super) words: Range<usize>,
    pub(super) role: Asks,
    /// Where what is said of it may begin.
    pub(super) zone: usize,
}

/// What a word for documents does in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// They are what is asked for: "show me papers".
    Request,
    /// They are mentioned: "how are papers reviewed".
    Mentions,
    /// Stands for them before a verb: "what was".
    What,
}

const WHAT: [(&str, ()); 8] = [
    ("what was", ()),
    ("what were", ()),
    ("what has been", ()),
    ("what have been", ()),
    ("what has", ()),
    ("what have we", ()),
    ("what did we", ()),
    ("what is", ()),
];

/// All of them, in order. Of words side by side ("draft reports") the last one is what they are.
pub(super) fn find(words: &Words<'_>, mentions: &[Mention]) -> Vec<Anchor> {
    let nouns = nouns(words, mentions);
    let mut anchors: Vec<Anchor> = Vec::new();
    // Of several openings before a noun the first one counts.
    let requests = openings(words, mentions).filter_map(|opening| request(words, mentions, &nouns, opening));
    let requests: HashMap<usize, usize> = requests.collect::<Vec<_>>().into_iter().rev().collect();
    for (number, noun) in nouns.iter().enumerate() {
        let request = requests.get(&number);
        if !is_counted(words, noun) && (request.is_some() || words.plural(noun.end - 1)) {
            let (role, zone) = request.map_or((Asks::Mentions, noun.start), |zone| (Asks::Request, *zone));
            anchors.push(Anchor { words: noun.clone(), role, zone });
        }
    }
    if let Some(((), end)) = words.look(0, &WHAT) {
        anchors.push(Anchor { words: 0..end, role: Asks::What, zone: 0 });
    }
    anchors
}

fn nouns(words: &Words<'_>, mentions: &[Mention]) -> Vec<Range<usize>> {
    let mut nouns: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mention = mentions.iter().find(|mention| mention.overlaps(at));
        let noun = match mention {
            Some(mention) => Some(mention.words.clone()).filter(|_| mention.noun),
            None => is_document(words, at).then_some(at..at + 1),
        };
        let end = mention.map_or(at + 1, |mention| mention.words.end);
        if let Some(noun) = noun {
            nouns.pop_if(|before| before.end == noun.start);
            nouns.push(noun);
        }
        at = end;
    }
    nouns
}

pub(super) fn is_document(words: &Words<'_>, at: usize) -> bool {
    DOCUMENTS.contains(&words.singular(at)) || PRONOUNS.contains(&words.at(at))
}

/// Where a request may begin: with a sentence, and with a part of it.
fn openings<'a>(words: &'a Words<'_>, mentions: &'a [Mention]) -> impl Iterator<Item = usize> + 'a {
    let ends = |at: &usize| words.is(*at, &[".", "?", "!", ";", ":", ","]);
    let free = move |at: &usize| !mentions.iter().any(|mention| mention.overlaps(*at));
    [0].into_iter().chain((0..words.len()).filter(ends).filter(free).map(|at| at + 1))
}

/// The noun that a request asks for, by its number, and where what is said of it may begin.
fn request(words: &Words<'_>, mentions: &[Mention], nouns: &[Range<usize>], opening: usize) -> Option<(usize, usize)> {
    let zone = after_request(words, mentions, opening);
    let (mut at, mut modifiers) = (zone, 0);
    loop {
        if let Ok(number) = nouns.binary_search_by_key(&at, |noun| noun.start) {
            let requested = zone > opening && words.at(zone - 1) != "the";
            return asks(words, &nouns[number], requested).then_some((number, zone));
        }
        let mention = mentions.iter().find(|mention| mention.words.start == at);
        at = match mention {
            Some(mention) if modifies(words, mention) => mention.words.end,
            _ if is_content(words.at(at)) || words.is(at, &["and", "or", ","]) && at > zone => {
                modifiers += 1;
                at + 1
            }
            _ => return None,
        };
        if modifiers > MOST_MODIFIERS {
            return None;
        }
    }
}

fn modifies(words: &Words<'_>, mention: &Mention) -> bool {
    matches!(mention.reach, Reach::Beside | Reach::Anywhere) && !words.is(mention.words.start, PREPOSITIONS)
}

/// "How many papers" asks for a number that some document tells.
fn is_counted(words: &Words<'_>, noun: &Range<usize>) -> bool {
    (2..=MOST_MODIFIERS)
        .any(|back| noun.start.checked_sub(back).is_some_and(|at| words.phrase(at, "how many").is_some()))
}

/// One document is asked for in so many words: "find a video", not "the article" or "paper cranes".
fn asks(words: &Words<'_>, noun: &Range<usize>, requested: bool) -> bool {
    let pronoun = PRONOUNS.contains(&words.at(noun.start));
    let many = noun.len() > 1 || words.plural(noun.start) || pronoun;
    many || requested && !is_content(words.at(noun.end))
}

/// The first word after words that only ask.
pub(super) fn after_request(words: &Words<'_>, mentions: &[Mention], opening: usize) -> usize {
    let mut at = opening;
    while !mentions.iter().any(|mention| mention.words.start == at)
        && let Some(end) = REQUESTS.iter().find_map(|phrase| words.phrase(at, phrase))
    {
        at = end;
    }
    at
}

//! What is said of documents, and not of what they tell.
//!
//! A wrong filter hides answers, so that words become a clause only where the question says it of documents:
//!
//! - `field: value` always;
//! - after "except" and the like, if the question asks for documents;
//! - directly before a word for documents: "2022 reports", "German open access papers";
//! - after a word for documents, with nothing between them but other clauses and words such as "that were";
//! - anywhere after the documents that a request asks for, unless another sentence or part of one begins ("how", "when",
//!   "did"), and unless it may as well say when or where something took place ("in 1989");
//! - before a comma and a request: "since 2020, which papers".

use super::anchors::{Anchor, Asks, after_request};
use super::mention::{Asked, Mention, Reach};
use super::vocabulary::{BREAKS, GLUE, PREPOSITIONS};

/// Whether each mention is of documents.
pub(super) fn attach(asked: Asked<'_>, mentions: &[Mention], anchors: &[Anchor]) -> Vec<bool> {
    let free = |at: &usize| !covered(mentions, *at);
    let count = |counts: &dyn Fn(usize) -> bool| Counts::of(asked.words.len(), |at| free(&at) && counts(at));
    let sentence = Sentence {
        asked,
        mentions,
        anchors,
        any: count(&|_| true),
        unlisted: count(&|at| !asked.words.is(at, &[",", "and", "or"])),
        apart: count(&|at| !asked.words.is(at, GLUE)),
        breaks: count(&|at| asked.words.is(at, BREAKS)),
    };
    let said: Vec<bool> =
        mentions.iter().map(|mention| !sentence.is_anchor(mention) && sentence.of_documents(mention)).collect();
    let noun = |mention: &Mention| sentence.noun(mention, &said);
    mentions.iter().zip(&said).map(|(mention, said)| *said || noun(mention)).collect()
}

struct Sentence<'a> {
    asked: Asked<'a>,
    mentions: &'a [Mention],
    anchors: &'a [Anchor],
    /// Words of no mention,
    any: Counts,
    /// those of them that do not join a list,
    unlisted: Counts,
    /// those of them that keep what is before and after them apart,
    apart: Counts,
    /// and those after which a request tells of something else.
    breaks: Counts,
}

/// How many words up to each place are of some kind.
struct Counts(Vec<usize>);

impl Counts {
    fn of(words: usize, counts: impl Fn(usize) -> bool) -> Self {
        let ends = (0..words).scan(0, |sum, at| {
            *sum += usize::from(counts(at));
            Some(*sum)
        });
        Self([0].into_iter().chain(ends).collect())
    }

    fn none(&self, from: usize, to: usize) -> bool {
        self.0.get(from) == self.0.get(to)
    }
}

fn covered(mentions: &[Mention], at: usize) -> bool {
    let next = mentions.partition_point(|mention| mention.words.end <= at);
    mentions.get(next).is_some_and(|mention| mention.overlaps(at))
}

impl Sentence<'_> {
    fn is_anchor(&self, mention: &Mention) -> bool {
        self.anchors.iter().any(|anchor| anchor.words == mention.words)
    }

    fn of_documents(&self, mention: &Mention) -> bool {
        match mention.reach {
            Reach::Anywhere => true,
            Reach::Except => self.requested_before(mention) || self.opens(mention),
            _ => {
                self.anchors.iter().any(|anchor| self.before(mention, anchor) || self.after(mention, anchor))
                    || self.fronted(mention)
            }
        }
    }

    fn requests(&self) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter().filter(|anchor| anchor.role == Asks::Request)
    }

    fn requested_before(&self, mention: &Mention) -> bool {
        self.requests().any(|anchor| anchor.words.end <= mention.words.start)
    }

    /// Nothing is before it but words that ask.
    fn opens(&self, mention: &Mention) -> bool {
        after_request(self.asked.words, self.mentions, 0) >= mention.words.start
    }

    /// "in 2020 papers were burnt" says nothing of papers.
    fn before(&self, mention: &Mention, anchor: &Anchor) -> bool {
        let (start, end) = (mention.words.end, anchor.words.start);
        let modifies = start <= end && !self.asked.words.is(mention.words.start, PREPOSITIONS);
        match anchor.role {
            Asks::Request => modifies && self.unlisted.none(start, end),
            Asks::Mentions => modifies && self.any.none(start, end),
            Asks::What => false,
        }
    }

    fn after(&self, mention: &Mention, anchor: &Anchor) -> bool {
        let (start, end) = (anchor.words.end, mention.words.start);
        if end < start {
            return false;
        }
        let beside = self.apart.none(start, end);
        match anchor.role {
            Asks::What => beside && mention.reach == Reach::Cued,
            Asks::Mentions => beside,
            Asks::Request => {
                let far = mention.reach > Reach::Beside && !self.took_place(mention);
                beside || far && self.breaks.none(start, end)
            }
        }
    }

    /// "bridges built before 1930".
    fn took_place(&self, mention: &Mention) -> bool {
        let verb = mention.words.start.checked_sub(1).map_or("", |before| self.asked.words.at(before));
        mention.reach == Reach::Request
            && verb.len() > 4
            && (verb.ends_with("ed") || ["built", "born", "begun"].contains(&verb))
    }

    fn fronted(&self, mention: &Mention) -> bool {
        let words = self.asked.words;
        let after = |anchor: &Anchor| anchor.zone > mention.words.end;
        mention.reach > Reach::Beside
            && self.opens(mention)
            && words.at(mention.words.end) == ","
            && self.requests().any(after)
    }

    /// A word for documents is a clause if it is what is asked for, or nothing is asked for and something is said of it.
    fn noun(&self, mention: &Mention, said: &[bool]) -> bool {
        let Some(anchor) = self.anchors.iter().find(|anchor| anchor.words == mention.words) else { return false };
        let described = || {
            let pairs = self.mentions.iter().zip(said);
            pairs.filter(|(_, said)| **said).any(|(other, _)| self.before(other, anchor) || self.after(other, anchor))
        };
        anchor.role == Asks::Request || self.requests().next().is_none() && described()
    }
}

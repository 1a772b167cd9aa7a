//! When documents were published or updated: "since March 2021", "updated last week", "between 2019 and 2021".

use super::anchors::is_document;
use super::calendar::{self, Told};
use super::mention::{Asked, Mention, Reach};
use super::moments::{self, Cue};
use super::span::{Relation, Span, month};
use super::vocabulary::is_content;
use super::words::Words;
use super::{Reason, amounts, flags, relative};
use crate::filter::Period;

/// Longer ones before their beginnings; true if they may also say when what documents tell took place.
const RELATIONS: [(&str, (Relation, bool)); 32] = [
    ("no later than", (Relation::Until, false)),
    ("not later than", (Relation::Until, false)),
    ("no earlier than", (Relation::Since, false)),
    ("not earlier than", (Relation::Since, false)),
    ("not before", (Relation::Since, false)),
    ("not after", (Relation::Until, false)),
    ("more recent than", (Relation::After, false)),
    ("earlier than", (Relation::Before, false)),
    ("older than", (Relation::Before, false)),
    ("later than", (Relation::After, false)),
    ("newer than", (Relation::After, false)),
    ("prior to", (Relation::Before, false)),
    ("before", (Relation::Before, false)),
    ("after", (Relation::After, false)),
    ("on or after", (Relation::Since, false)),
    ("on or before", (Relation::Until, false)),
    ("as of", (Relation::Since, false)),
    ("starting from", (Relation::Since, false)),
    ("starting in", (Relation::Since, false)),
    ("starting", (Relation::Since, false)),
    ("ever since", (Relation::Since, false)),
    ("since", (Relation::Since, false)),
    ("up until", (Relation::Until, false)),
    ("up to", (Relation::Until, false)),
    ("until", (Relation::Until, false)),
    ("till", (Relation::Until, false)),
    ("through", (Relation::Until, false)),
    ("from", (Relation::In, false)),
    ("within", (Relation::In, true)),
    ("during", (Relation::In, true)),
    ("in", (Relation::In, true)),
    ("on", (Relation::In, true)),
];

/// After a date.
const ONWARDS: [(&str, Relation); 12] = [
    ("onwards", Relation::Since),
    ("onward", Relation::Since),
    ("or later", Relation::Since),
    ("and later", Relation::Since),
    ("or newer", Relation::Since),
    ("and newer", Relation::Since),
    ("and after", Relation::Since),
    ("or earlier", Relation::Until),
    ("and earlier", Relation::Until),
    ("or older", Relation::Until),
    ("and before", Relation::Until),
    ("at the latest", Relation::Until),
];

const EDGES: [(&str, Edge); 5] = [
    ("end of", Edge::End),
    ("start of", Edge::Start),
    ("beginning of", Edge::Start),
    ("the end of", Edge::End),
    ("the start of", Edge::Start),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Edge {
    Start,
    End,
}

/// What is said of when, from some word to another.
struct When {
    relation: Relation,
    span: Result<Span, Reason>,
    end: usize,
    reach: Reach,
}

/// A statement of when that begins at a word.
pub(super) fn find(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let cue = moments::cue(asked, at);
    let start = cue.as_ref().map_or(at, |(_, end)| *end);
    let When { relation, span, end, reach } = when(asked, start)?;
    let reach = if cue.is_some() { Reach::Cued } else { reach };
    let by_year = (start..end).any(|at| asked.words.at(at) == "year" && asked.words.at(at + 1).starts_with(['1', '2']));
    let cue = cue.map_or(if by_year { Cue::Year } else { Cue::Any }, |(cue, _)| cue);
    let filter = span.and_then(|span| moments::filter(asked.schema, cue, span, relation));
    Some(Mention::new(at..end, filter, reach))
}

fn when(asked: Asked<'_>, at: usize) -> Option<When> {
    if let Some(range) = range(asked, at) {
        return Some(range);
    }
    let words = asked.words;
    let Some(((relation, weak), next)) = words.look(at, &RELATIONS) else {
        let told = date(asked, at).filter(|told| !(told.vague || is_year(told) && goes_on(asked, told.end)))?;
        return onwards(words, &told, Relation::In, Reach::Beside);
    };
    if words.is(at, &["older", "newer"])
        && let Some(told) = relative::age(asked, next)
    {
        return Some(When { relation, span: told.span, end: told.end, reach: Reach::Request });
    }
    let edge = words.look(next, &EDGES).or_else(|| Some((Edge::Start, words.phrase(next, "the beginning of")?)));
    let told = date(asked, edge.map_or(next, |(_, end)| end))?;
    let adjective = words.is(next, &["the"]) && is_year(&told) && is_content(words.at(told.end));
    let one_day =
        told.span.as_ref().is_ok_and(|span| span.last == Some(span.first) && span.first.to_string().len() > 7);
    if adjective || words.at(at) == "on" && told.span.is_ok() && !one_day {
        return None;
    }
    let relation = match (edge, relation) {
        (None, relation) => relation,
        (Some((Edge::End, _)), Relation::Before) => Relation::Until,
        (Some((Edge::Start, _)), Relation::After) => Relation::Since,
        (Some((Edge::Start, _)), Relation::Since | Relation::Before) => relation,
        (Some((Edge::End, _)), Relation::Until | Relation::After) => relation,
        (Some(_), _) => return None,
    };
    let from_now = told.span.as_ref().is_ok_and(|span| span.last.is_none());
    let reach = if weak && !from_now { Reach::Beside } else { Reach::Request };
    onwards(words, &told, relation, reach)
}

/// "between X and Y", "from X to Y", "X-Y".
fn range(asked: Asked<'_>, at: usize) -> Option<When> {
    let words = asked.words;
    let start = words.skip(at, &["between", "from"]);
    let first = date(asked, start)?;
    let to: &[&str] =
        if words.at(at) == "between" { &["and"] } else { &["to", "until", "till", "through", "-", "–", "—"] };
    let end = match words.is(first.end, to) {
        true => first.end + 1,
        false if words.hyphen(first.end) && words.at(at) != "between" => first.end,
        false => return None,
    };
    let last = date(asked, end)?;
    let reach = if start > at { Reach::Request } else { Reach::Beside };
    Some(When { relation: Relation::In, end: last.end, span: joined(first, &last), reach })
}

fn joined(first: Told, last: &Told) -> Result<Span, Reason> {
    let (mut from, to) = (first.span?, last.span?);
    if first.vague && !last.vague {
        from = same_year(from, to).ok_or(Reason::ImpossibleDate)?;
    }
    let ordered = to.last.is_none_or(|last| from.first.start() < last.end());
    if ordered { Ok(Span { first: from.first, last: to.last }) } else { Err(Reason::ImpossibleDate) }
}

/// "between March and May 2021": both are of 2021.
fn same_year(from: Span, to: Span) -> Option<Span> {
    let part = |period: Period, range| period.to_string().get(range).map(str::to_owned);
    let (year, named) = (part(to.first, 0..4)?.parse().ok()?, part(from.first, 5..7)?.parse().ok()?);
    month(year, named).map(Span::of)
}

fn onwards(words: &Words<'_>, told: &Told, relation: Relation, reach: Reach) -> Option<When> {
    let (end, span) = (told.end, told.span);
    let on = words.look(end, &ONWARDS).or_else(|| Some((Relation::Since, words.phrase(end, "on")?)));
    // "from 2020 on" is all since, "in 2020 on rockets" is not.
    let on = on.filter(|(_, after)| relation == Relation::In && (words.at(end) != "on" || after + 1 > words.len()));
    match on {
        Some((relation, end)) => Some(When { relation, span, end, reach: reach.max(Reach::Request) }),
        None => Some(When { relation, span, end, reach }),
    }
}

fn is_year(told: &Told) -> bool {
    told.span.as_ref().is_ok_and(|span| span.first.to_string().len() == 4 && span.last == Some(span.first))
}

/// Whether a word is part of a phrase that is not of documents: "2008 crisis", but not "2008 papers".
pub(super) fn goes_on(asked: Asked<'_>, at: usize) -> bool {
    let known = || !asked.schema.values(asked.words, at, |phrase| phrase.plain).0.is_empty();
    let told = || is_document(asked.words, at) || known() || flags::find(asked, at).is_some();
    is_content(asked.words.at(at)) && !told()
}

/// A date that is not a number of something.
fn date(asked: Asked<'_>, at: usize) -> Option<Told> {
    let told = calendar::read(asked, at).or_else(|| relative::read(asked, at))?;
    amounts::unit(asked, told.end).is_none().then_some(told)
}

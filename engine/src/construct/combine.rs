//! Clauses to one filter.

use std::ops::Range;

use super::mention::{all, distinct, one_of};
use super::words::Words;
use crate::filter::{Filter, Literal, Op};

/// All of the clauses; either of two with nothing but "or" between them; any of the values that several clauses say of one
/// keyword field, or that a list says of another ("2019, 2020 and 2021"), because no document has all.
pub(super) fn combine(words: &Words<'_>, clauses: &[(Range<usize>, Filter)]) -> Option<Filter> {
    let mut parts: Vec<Filter> = Vec::new();
    let mut end = usize::MAX;
    for (place, filter) in clauses {
        let between = end..place.start;
        let list = !between.is_empty() && between.clone().all(|at| words.is(at, &["or", "and", ",", "&", "either"]));
        let or = list && between.clone().any(|at| words.at(at) == "or");
        end = place.end;
        match parts.pop() {
            Some(last) if list && listed(&last, filter) => parts.push(one_list(last, filter)),
            Some(last) if or && merged(&last, filter).is_none() => parts.push(either(last, filter.clone())),
            last => {
                parts.extend(last);
                add(&mut parts, filter);
            }
        }
    }
    (!parts.is_empty()).then(|| all(parts))
}

fn add(parts: &mut Vec<Filter>, filter: &Filter) {
    let same = parts.iter_mut().find_map(|part| Some((merged(part, filter)?, part)));
    match same {
        Some((merged, part)) => *part = merged,
        None => parts.push(filter.clone()),
    }
}

/// Whether both are what one field equals or is within, so that a list means either.
fn listed(one: &Filter, other: &Filter) -> bool {
    let last = if let Filter::Or(parts) = one { parts.last().unwrap_or(one) } else { one };
    bounded(last).is_some_and(|field| bounded(other) == Some(field))
}

fn bounded(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Compare { field, op: Op::Equal, .. } | Filter::In { field, .. } => Some(field),
        Filter::And(parts) => match &parts[..] {
            [
                Filter::Compare { field, op: Op::GreaterOrEqual, .. },
                Filter::Compare { field: same, op: Op::LessOrEqual, .. },
            ] if field == same => Some(field),
            _ => None,
        },
        _ => None,
    }
}

fn one_list(one: Filter, other: &Filter) -> Filter {
    match (equals(&one), equals(other)) {
        (Some((field, values)), Some((_, more))) => one_of(field, union(values, more)),
        _ => either(one, other.clone()),
    }
}

fn either(one: Filter, other: Filter) -> Filter {
    let mut parts = if let Filter::Or(parts) = one { parts } else { vec![one] };
    if !parts.contains(&other) {
        parts.push(other);
    }
    if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) }
}

/// The values of two clauses, if both say that one keyword field has some.
fn merged(one: &Filter, other: &Filter) -> Option<Filter> {
    let ((field, values), (same, more)) = (equals(one)?, equals(other)?);
    let keywords = field == same && matches!(values.first(), Some(Literal::Keyword(_)));
    keywords.then(|| one_of(field, union(values, more)))
}

fn union(values: &[Literal], more: &[Literal]) -> Vec<Literal> {
    distinct(values.iter().chain(more).cloned())
}

fn equals(filter: &Filter) -> Option<(&str, &[Literal])> {
    match filter {
        Filter::Compare { field, op: Op::Equal, value } => Some((field, std::slice::from_ref(value))),
        Filter::In { field, values } => Some((field, values)),
        _ => None,
    }
}

//! Clauses to one filter.

use std::ops::Range;

use super::mention::{all, one_of};
use super::words::Words;
use crate::filter::{Filter, Literal, Op};

/// All of the clauses; either of two with nothing but "or" between them; any of the values that several clauses say of one
/// keyword field, because most documents have one value and no document would have all.
pub(super) fn combine(words: &Words<'_>, clauses: &[(Range<usize>, Filter)]) -> Option<Filter> {
    let mut parts: Vec<Filter> = Vec::new();
    let mut end = usize::MAX;
    for (place, filter) in clauses {
        let or = end < place.start
            && (end..place.start).all(|at| words.is(at, &["or", ",", "either"]))
            && words.at(place.start - 1) == "or";
        end = place.end;
        match parts.pop() {
            Some(last) if or && merged(&last, filter).is_none() => parts.push(either(last, filter.clone())),
            last => {
                parts.extend(last);
                add(&mut parts, filter);
            }
        }
    }
    let flat = parts.into_iter().flat_map(|part| if let Filter::And(inner) = part { inner } else { vec![part] });
    let mut parts: Vec<Filter> = Vec::new();
    for part in flat {
        if !parts.contains(&part) {
            parts.push(part);
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

fn either(one: Filter, other: Filter) -> Filter {
    let mut parts = if let Filter::Or(parts) = one { parts } else { vec![one] };
    if !parts.contains(&other) {
        parts.push(other);
    }
    if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) }
}

/// The values of two clauses, if both say that one keyword field has some.
fn merged(one: &Filter, other: &Filter) -> Option<Filter> {
    let ((field, values), (same, more)) = (keywords(one)?, keywords(other)?);
    let mut values: Vec<Literal> = (field == same).then(|| values.to_vec())?;
    for value in more {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    Some(one_of(field, values))
}

fn keywords(filter: &Filter) -> Option<(&str, &[Literal])> {
    let (field, values) = match filter {
        Filter::Compare { field, op: Op::Equal, value } => (field, std::slice::from_ref(value)),
        Filter::In { field, values } => (field, values.as_slice()),
        _ => return None,
    };
    matches!(values.first(), Some(Literal::Keyword(_))).then_some((field.as_str(), values))
}

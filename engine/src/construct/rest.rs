//! What is left to search for.

use std::ops::Range;

use super::anchors::is_document;
use super::vocabulary::{ABOUT, GLUE, REQUESTS, is_content};
use super::words::Words;

/// The text without some of its words, and without what only held them: "papers in German about heat pumps" is "heat
/// pumps". The whole text if no word with a content of its own is left.
///
/// Clauses that are words for the documents are told apart (true): they go if nothing but asking is before them, and stay
/// within a sentence that needs them ("what do papers say about").
pub(super) fn rest(words: &Words<'_>, text: &str, clauses: &[(Range<usize>, bool)]) -> String {
    let mut gone = vec![false; words.len()];
    clauses.iter().filter(|(_, noun)| !noun).for_each(|(clause, _)| gone[clause.clone()].fill(true));
    for pair in clauses.windows(2) {
        let between = pair[0].0.end..pair[1].0.start.max(pair[0].0.end);
        if !pair[0].1 && !pair[1].1 && between.clone().all(|at| words.is(at, GLUE)) {
            gone[between].fill(true);
        }
    }
    opening(words, &mut gone, clauses);
    trim(words, &mut gone);
    let left = (0..words.len()).filter(|at| !gone[*at]);
    let content = |at: usize| is_content(words.at(at)) && !is_document(words, at) && !is_request(words, at);
    if !left.clone().any(content) {
        return text.trim().to_owned();
    }
    let mut rest = String::new();
    let mut last = None;
    for at in left {
        let bytes = words.bytes(&(at..at + 1));
        // What is between two words that were side by side stays.
        let start = match last {
            Some((before, end)) if before + 1 == at => end,
            Some(_) if words.at(at).starts_with(char::is_alphanumeric) => {
                rest.push(' ');
                bytes.start
            }
            _ => bytes.start,
        };
        rest.push_str(&text[start..bytes.end]);
        last = Some((at, bytes.end));
    }
    rest.trim().to_owned()
}

/// The words that ask for documents and those documents, if they are a clause, and what joins them to the rest.
fn opening(words: &Words<'_>, gone: &mut [bool], clauses: &[(Range<usize>, bool)]) {
    let noun = |at| clauses.iter().find(|(clause, noun)| *noun && clause.start == at).map(|(clause, _)| clause.end);
    let (mut at, mut found) = (0, false);
    while at < gone.len() {
        let request = || REQUESTS.iter().find_map(|phrase| words.phrase(at, phrase));
        // "Since 2020, which papers".
        let gone = |at: usize| gone[at] || words.at(at) == "," && at > 0 && gone[at - 1];
        let Some(end) = noun(at).or_else(|| gone(at).then_some(at + 1)).or_else(request) else { break };
        if noun(at).is_some() {
            found = true;
        }
        at = end;
    }
    if !found {
        return;
    }
    gone[..at].fill(true);
    while at < gone.len() && (gone[at] || words.is(at, ABOUT)) {
        gone[at] = true;
        at += 1;
    }
}

/// Commas, prepositions and the like at the end, and punctuation at the start.
fn trim(words: &Words<'_>, gone: &mut [bool]) {
    let ends = gone.iter().rposition(|gone| !gone);
    let mark = |at: usize| !words.at(at).starts_with(char::is_alphanumeric);
    if let Some(mut at) = ends {
        // A question's mark stays if the question does.
        if words.is(at, &["?", ".", "!"]) && at > 0 && gone[at - 1] {
            gone[at] = true;
        }
        while gone[at] || words.is(at, GLUE) || words.is(at, ABOUT) || words.is(at, &[";", ":"]) {
            gone[at] = true;
            let Some(before) = at.checked_sub(1) else { break };
            at = before;
        }
    }
    let opens = |at: usize| !mark(at) || words.is(at, &["\"", "'", "“", "‘", "(", "«"]);
    let first = (0..gone.len()).find(|at| !gone[*at] && opens(*at)).unwrap_or(gone.len());
    gone[..first].fill(true);
}

fn is_request(words: &Words<'_>, at: usize) -> bool {
    REQUESTS.contains(&words.at(at))
}

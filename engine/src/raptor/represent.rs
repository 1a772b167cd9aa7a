//! Multi-representation indexing: small things that are found in place of the passages that they stand for.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::extract::extract;
use super::grow::{Coding, TEXTS, small};
use super::leaf::{Leaf, Sapling, Sentence};
use crate::build::{Place, code, naming};
use crate::format::NodeKind;
use crate::named::named;
use crate::segment::{CodedNode, joined};
use crate::{Context, Document, Result};

/// Tokens of a passage's summary: a sentence or two.
const SUMMARY_TOKENS: usize = 30;
/// Words that a clause has at least, unless its sentence has fewer.
const CLAUSE_WORDS: usize = 4;

/// What stands for passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Represent {
    /// A summary of each passage, in its own sentences.
    Summary,
    /// Each sentence.
    Sentence,
    /// Each clause that can stand behind the document's title: sentences divided at semicolons, dashes, colons, and
    /// commas before a conjunction or relative.
    Proposition,
}

named!(Represent in "represent": Summary = "summary", Sentence = "sentence", Proposition = "proposition");

impl Represent {
    /// What stands for one passage: places of the text, each with one or several ranges.
    fn of(self, leaf: &Leaf, text: &str) -> Vec<Vec<Range<usize>>> {
        let ranges = |sentences: &[Sentence]| sentences.iter().map(|sentence| sentence.range.clone()).collect();
        match self {
            Self::Summary => vec![ranges(&extract(&leaf.sentences.iter().collect::<Vec<_>>(), SUMMARY_TOKENS))],
            Self::Sentence => leaf.sentences.iter().map(|sentence| vec![sentence.range.clone()]).collect(),
            Self::Proposition => {
                leaf.sentences.iter().flat_map(|sentence| clauses(text, &sentence.range)).map(|c| vec![c]).collect()
            }
        }
    }
}

/// What stands for the passages of each document.
pub(super) fn representations(
    context: &Context,
    coding: Coding<'_>,
    represent: Represent,
    saplings: &[Sapling],
) -> Result<Vec<Vec<CodedNode>>> {
    let mut planned = Vec::new();
    for (tree, sapling) in saplings.iter().enumerate() {
        for (leaf, passage) in sapling.leaves.iter().enumerate() {
            planned
                .extend(represent.of(passage, &sapling.document.text).into_iter().map(|ranges| (tree, leaf, ranges)));
        }
    }
    let mut nodes: Vec<Vec<CodedNode>> = saplings.iter().map(|_| Vec::new()).collect();
    for planned in planned.chunks(TEXTS) {
        context.check()?;
        let text = |ranges: &[Range<usize>], document: &Document| joined(&document.text, ranges.iter().cloned());
        let documents: Vec<&Document> = planned.iter().map(|(tree, _, _)| &*saplings[*tree].document).collect();
        let texts: Vec<String> =
            planned.iter().zip(&documents).map(|((_, _, ranges), document)| text(ranges, document)).collect();
        let texts: Vec<(&Document, &str)> =
            documents.iter().zip(&texts).map(|(document, text)| (*document, text.as_str())).collect();
        for (((tree, leaf, ranges), vectors), (document, _)) in
            planned.iter().zip(coding.encode(context, &texts)?).zip(&texts)
        {
            let start = ranges.first().map_or(0, |range| range.start);
            let end = ranges.last().map_or(0, |range| range.end);
            let coded = code(coding.coder, &vectors, coding.keep, Place { start, end, heading: "" });
            nodes[*tree].push(CodedNode {
                coded: coded.map_err(|error| naming(document, error))?,
                layer: 0,
                kind: NodeKind::Representation,
                own_text: String::new(),
                words: String::new(),
                children: vec![small(*leaf)],
                leaves: vec![small(*leaf)],
                pieces: ranges.iter().map(|range| [small(range.start), small(range.end)]).collect(),
                radius: 0.0,
            });
        }
    }
    Ok(nodes)
}

/// Words before which a comma divides.
const DIVIDING: [&str; 14] = [
    "and", "but", "or", "so", "yet", "while", "whereas", "although", "because", "which", "who", "where", "when",
    "since",
];

/// Parts of a sentence that say something each.
fn clauses(text: &str, sentence: &Range<usize>) -> Vec<Range<usize>> {
    let own = text.get(sentence.clone()).unwrap_or_default();
    let words = |range: &Range<usize>| own[range.clone()].split_whitespace().count();
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for (at, mark) in own.char_indices() {
        let after = at + mark.len_utf8();
        let rest = own[after..].trim_start();
        let divides = match mark {
            ';' | '\u{2014}' => true,
            ':' => own[after..].starts_with(char::is_whitespace),
            ',' => rest.split(|c: char| !c.is_alphabetic()).next().is_some_and(|word| DIVIDING.contains(&word)),
            _ => false,
        };
        if divides {
            parts.push(start..at);
            start = own.len() - rest.len();
        }
    }
    parts.push(start..own.len());
    let mut clauses: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match clauses.last_mut() {
            Some(last) if words(last) < CLAUSE_WORDS || words(&part) < CLAUSE_WORDS => last.end = part.end,
            _ => clauses.push(part),
        }
    }
    clauses.into_iter().map(|range| sentence.start + range.start..sentence.start + range.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_divided_where_something_new_begins() {
        let text = "Late interaction keeps a vector for each token, which costs space; \
                    the codes make that small, and scoring them is fast. Short, and to the point.";
        let said = |sentence: &str| {
            let start = text.find(sentence).unwrap();
            let clauses = clauses(text, &(start..start + sentence.len()));
            clauses.into_iter().map(|clause| &text[clause]).collect::<Vec<_>>()
        };
        let end = text.find(" Short").unwrap();
        assert_eq!(
            said(&text[..end]),
            [
                "Late interaction keeps a vector for each token, which costs space",
                "the codes make that small",
                "and scoring them is fast."
            ]
        );
        assert_eq!(said("Short, and to the point."), ["Short, and to the point."]);
        assert_eq!(said(""), [""]);
    }
}

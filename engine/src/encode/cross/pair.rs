//! A query and a passage as one sequence, in the form that the tokenizer itself gives to pairs.

use std::path::Path;

use crate::encode::tokenize::{Joined, TextTokenizer};
use crate::{Error, Result};

/// What surrounds the texts of a pair, and how much of them fits: `[CLS] query [SEP] passage [SEP]` in BERT,
/// `<s> query </s></s> passage </s>` in RoBERTa.
#[derive(Debug)]
pub(super) struct PairForm {
    /// Special tokens, with their segments: before the query, between the texts, after the passage.
    special: [Vec<(u32, u32)>; 3],
    /// Segments of query and passage.
    segments: [u32; 2],
    /// Most tokens of both texts together, and of the query.
    room: usize,
    query_room: usize,
    /// A token that the vocabulary has, to try a graph with.
    word: u32,
}

/// Token ids of one pair.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) ids: Vec<u32>,
    /// Segment of each token.
    pub(super) segments: Vec<u32>,
}

impl PairForm {
    /// Asks the tokenizer for a pair; `path` is its file, for the error.
    pub(super) fn new(path: &Path, limit: usize, tokenizer: &TextTokenizer) -> Result<Self> {
        let refuse = |reason: String| Error::Model { path: path.to_path_buf(), reason };
        let joined = tokenizer.join("a", "b")?;
        let texts = texts(&joined).ok_or_else(|| refuse("does not put two texts one behind the other".to_owned()))?;
        let [query, passage] = texts.each_ref().map(|text| joined[text.start]);
        let [head, middle, tail] = [0..texts[0].start, texts[0].end..texts[1].start, texts[1].end..joined.len()];
        let special = [head, middle, tail].map(|part| joined[part].iter().map(|t| (t.id, t.segment)).collect());
        let specials: usize = special.iter().map(Vec::len).sum();
        let room = limit.checked_sub(specials).filter(|&room| room >= 2).ok_or_else(|| {
            refuse(format!(
                "puts {specials} special tokens around two texts, which leaves no room in the limit of {limit} tokens that \
                 config.json or tokenizer_config.json sets"
            ))
        })?;
        let query_room = (limit / 2).min(room - 1);
        Ok(Self { special, segments: [query.segment, passage.segment], room, query_room, word: query.id })
    }

    /// Token ids of a query, at most half of the limit.
    pub(super) fn query(&self, tokenizer: &TextTokenizer, query: &str) -> Result<Vec<u32>> {
        let tokens = tokenizer.tokens(query, self.query_room)?;
        match tokens.ids.is_empty() {
            true => Err(Error::invalid("query", "has no token that the cross-encoder knows")),
            false => Ok(tokens.ids),
        }
    }

    /// A query and as much of a passage as fits beside it.
    pub(super) fn pair(&self, tokenizer: &TextTokenizer, query: &[u32], passage: &str) -> Result<Pair> {
        Ok(self.joined(query, &tokenizer.tokens(passage, self.room - query.len())?.ids))
    }

    /// A pair of as many tokens as the limit allows, to try a graph with.
    pub(super) fn longest(&self) -> Pair {
        self.joined(&vec![self.word; self.query_room], &vec![self.word; self.room - self.query_room])
    }

    /// A pair of two words.
    pub(super) fn shortest(&self) -> Pair {
        self.joined(&[self.word], &[self.word])
    }

    fn joined(&self, query: &[u32], passage: &[u32]) -> Pair {
        let [head, middle, tail] = self.special.each_ref().map(|part| part.iter().copied());
        let [query, passage] = [(query, self.segments[0]), (passage, self.segments[1])]
            .map(|(ids, segment)| ids.iter().map(move |&id| (id, segment)));
        let (ids, segments) = head.chain(query).chain(middle).chain(passage).chain(tail).unzip();
        Pair { ids, segments }
    }
}

/// Where the two texts lie, if they lie one behind the other.
fn texts(joined: &[Joined]) -> Option<[std::ops::Range<usize>; 2]> {
    let range = |text: usize| {
        let is_of = |token: &Joined| token.text == Some(text);
        let (start, end) = (joined.iter().position(is_of)?, joined.iter().rposition(is_of)? + 1);
        joined[start..end].iter().all(is_of).then_some(start..end)
    };
    let (first, second) = (range(0)?, range(1)?);
    (first.end <= second.start).then_some([first, second])
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    /// Pairs as the reference makes them (`fixtures/golden/encoders`).
    #[derive(Deserialize)]
    struct Golden {
        limit: usize,
        pairs: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        query: String,
        passage: String,
        ids: Vec<u32>,
        segments: Vec<u32>,
    }

    fn file(name: &str) -> (PathBuf, Vec<u8>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/encoders").join(name);
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    }

    fn tokenizer(name: &str) -> TextTokenizer {
        let (path, bytes) = file(&format!("{name}/tokenizer.json"));
        TextTokenizer::parse(&path, &bytes).unwrap()
    }

    #[test]
    fn pairs_are_those_of_the_reference() {
        for name in ["cross-bert", "cross-roberta"] {
            let golden: Golden = serde_json::from_slice(&file(&format!("{name}/golden.json")).1).unwrap();
            let tokenizer = tokenizer(name);
            let form = PairForm::new(Path::new("tokenizer.json"), golden.limit, &tokenizer).unwrap();
            assert_eq!(form.longest().ids.len(), golden.limit);
            for Case { query, passage, ids, segments } in golden.pairs {
                let query = form.query(&tokenizer, &query).unwrap();
                let pair = form.pair(&tokenizer, &query, &passage).unwrap();
                assert_eq!(pair, Pair { ids, segments }, "{name}: {passage:?}");
            }
        }
    }

    #[test]
    fn a_limit_without_room_for_two_texts_is_refused() {
        let tokenizer = tokenizer("cross-bert");
        for limit in [0, 2, 4] {
            let error = PairForm::new(Path::new("tokenizer.json"), limit, &tokenizer).unwrap_err().to_string();
            assert!(error.contains(&format!("limit of {limit} ")), "{error}");
        }
        let form = PairForm::new(Path::new("tokenizer.json"), 5, &tokenizer).unwrap();
        assert_eq!((form.longest().ids.len(), form.shortest().ids.len()), (5, 5));
    }

    #[test]
    fn a_tokenizer_that_makes_no_pair_of_a_query_and_then_a_passage_is_refused() {
        let form = |change: &dyn Fn(&mut Value)| {
            let mut value: Value = serde_json::from_slice(&file("cross-bert/tokenizer.json").1).unwrap();
            change(&mut value["post_processor"]);
            let tokenizer = TextTokenizer::parse(Path::new("tokenizer.json"), value.to_string().as_bytes()).unwrap();
            PairForm::new(Path::new("tokenizer.json"), 40, &tokenizer)
        };
        let plain = form(&|processor| *processor = Value::Null).unwrap();
        assert_eq!((plain.shortest().ids.len(), plain.room), (2, 40));
        let backwards = form(&|processor| processor["pair"].as_array_mut().unwrap().reverse());
        let first_only = form(&|processor| processor["pair"].as_array_mut().unwrap().truncate(3));
        for refused in [backwards, first_only] {
            assert!(refused.unwrap_err().to_string().contains("one behind the other"));
        }
    }
}

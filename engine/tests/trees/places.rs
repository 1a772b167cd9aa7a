//! Where matched tokens stand in hits, whatever these were found by and are given as.

use maxsimd_engine::raptor::Represent;
use maxsimd_engine::search::{Fold, Hit, HitPart, Returns, Scope};

use super::*;

/// Explained hits of a search for words of story `number`, placed.
fn placed(generation: &Generation, number: usize, wishes: SearchRequest) -> (Vec<String>, Vec<Hit>) {
    let (context, encoder) = (Context::unbounded(), Words::new());
    let request = SearchRequest { explain: true, ..wishes };
    let mut hits = generation.search(&context, &request).unwrap().hits;
    let text = &request.texts[0];
    let starts = encoder.encode_queries(&context, &[text]).unwrap().remove(0).starts;
    generation.place_matches(&context, &encoder, &[&starts], &mut hits).unwrap();
    assert!(!hits.is_empty(), "{number}");
    (text.split_whitespace().map(str::to_owned).collect(), hits)
}

/// Every place is the beginning of a word, of the one that was looked for where both have the same vector; returns how
/// many of those were placed, and how many were not.
fn checked((words, hits): &(Vec<String>, Vec<Hit>)) -> (usize, usize) {
    let (mut found, mut lost) = (0, 0);
    for hit in hits {
        for matched in hit.explain.as_ref().unwrap() {
            assert_eq!(matched.query_at.is_none(), matched.query_token == 0, "{matched:?}");
            let same = matched.score > 0.97 && matched.query_token > 0;
            let Some(part) = matched.part else {
                lost += usize::from(same);
                continue;
            };
            let text = match part {
                HitPart::Title => &hit.title,
                HitPart::Heading => &hit.heading,
                HitPart::Text => &hit.text,
            };
            let (before, after) = text.split_at(matched.at.unwrap());
            assert!(before.is_empty() || before.ends_with(char::is_whitespace), "{matched:?} {hit:?}");
            if same {
                let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
                let word = after.split_whitespace().next().unwrap();
                assert_eq!(bare(word), bare(&words[matched.query_token - 1]), "{matched:?} {hit:?}");
                found += 1;
            }
        }
    }
    (found, lost)
}

#[test]
fn matched_tokens_are_where_their_words_are() {
    let represented = BuildOptions { represent: Some(Represent::Sentence), ..options(Strategy::Windows) };
    let built = [represented, options_of(Strategy::Windows, Nodes::Vectors), options(Strategy::Adjacent)];
    for (built, has_representations) in built.iter().zip([true, false, false]) {
        let (_root, generation) = fixture(built);
        let mut all = (0, 0);
        for number in 0..6 {
            for scope in [Scope::Passages, Scope::Summaries, Scope::All, Scope::Representations] {
                if scope == Scope::Representations && !has_representations {
                    continue;
                }
                for (fold, returns) in [
                    (Fold::Once, Returns::Found),
                    (Fold::None, Returns::Found),
                    (Fold::Once, Returns::Parent),
                    (Fold::None, Returns::Document),
                ] {
                    let wishes = SearchRequest { scope, fold, returns, ..request(number, Mode::Late) };
                    let (found, lost) = checked(&placed(&generation, number, wishes));
                    assert!(lost == 0 || scope != Scope::Passages, "{lost} of {found}");
                    all = (all.0 + found, all.1 + lost);
                }
            }
        }
        // What a folded summary does not say any more has no place in it.
        assert!(all.0 > 100 && all.1 < all.0 / 2, "{all:?}");
    }
}

#[test]
fn words_of_titles_are_found_in_titles() {
    let (_root, generation) = fixture(&options(Strategy::Windows));
    let text = "Title of story-3";
    let vectors = Words::new().encode_queries(&Context::unbounded(), &[text]).unwrap().remove(0).vectors;
    let asked = SearchRequest { texts: vec![text.to_owned()], ..SearchRequest::new(vec![vectors], 3, Mode::Late) };
    let (_, hits) = placed(&generation, 3, asked);
    let places: Vec<_> = hits[0].explain.iter().flatten().map(|found| (found.part, found.at)).collect();
    let title = |at| (Some(HitPart::Title), Some(at));
    assert_eq!(places, [(None, None), title(0), title(6), title(9)]);
}

//! `long_context`: what stands around what was found, as far as there is room.

use super::*;

/// A document of many passages, one of which answers.
fn library() -> Library {
    let mut text = story(5, 24);
    text.push_str("\n\n");
    text.push_str(TIDES);
    text.push_str("\n\n");
    text.push_str(&story(6, 24));
    Library::of(noise(8).into_iter().chain([document("long", text)]).collect())
}

fn request(k: usize, max_context_tokens: usize) -> AnswerRequest {
    let request = sure(QUESTION);
    AnswerRequest { k, budget: Budget { max_context_tokens, ..request.budget }, ..request }
}

/// Number of a passage in its document.
fn numbers(answer: &Answer) -> Vec<usize> {
    passages(answer).iter().map(|id| id.rsplit('#').next().unwrap().parse().unwrap()).collect()
}

fn tokens(answer: &Answer) -> usize {
    answer.contexts.iter().map(|found| found.hit.tokens).sum()
}

#[test]
fn the_whole_document_comes_along_if_there_is_room() {
    let library = library();
    let ask = |around: &str, room: usize| library.quote(("long_context", json!({"around": around})), &request(1, room));
    let [chunks, parents, document] = ["chunks", "parents", "document"].map(|around| ask(around, 5000));
    assert_eq!((found(&chunks), degraded(&chunks)), (vec!["long"], vec![]));
    let hit = numbers(&chunks)[0];
    let mut near = numbers(&parents);
    near.sort_unstable();
    assert_eq!(near, (hit.saturating_sub(3)..=hit + 3).collect::<Vec<_>>());
    let mut all = numbers(&document);
    all.sort_unstable();
    assert!(all == (0..all.len()).collect::<Vec<_>>() && all.len() > near.len());
    assert!([&chunks, &parents, &document].iter().all(|answer| answer.answer == "The moon makes the tides."));
    // Less room holds the hit and what is nearest to it.
    let less = ask("document", tokens(&parents));
    assert!(tokens(&less) <= tokens(&parents) && less.contexts.len() < all.len() && numbers(&less).contains(&hit));
    let none = ask("document", 1);
    assert!(none.abstained && degraded(&none) == [("retrieve", "no_room", "nothing")]);
}

#[test]
fn a_generator_gets_contexts_in_the_order_that_is_asked_for() {
    let library = library();
    let order = |order: &str| {
        let generator = Scripted::saying("The moon makes the tides.");
        let answer = library.generate(
            ("long_context", json!({"around": "chunks", "order": order})),
            &generator,
            &request(5, 5000),
        );
        let prompt = generator.prompts().remove(0);
        let mut places: Vec<(usize, usize)> =
            answer.contexts.iter().enumerate().map(|(at, found)| (prompt.find(&found.hit.text).unwrap(), at)).collect();
        places.sort_unstable();
        assert_eq!((answer.usage.llm_calls, degraded(&answer)), (1, vec![]));
        (places.into_iter().map(|(_, at)| at).collect::<Vec<_>>(), answer)
    };
    assert_eq!(order("best_first").0, [0, 1, 2, 3, 4]);
    assert_eq!(order("edges").0, [0, 2, 4, 3, 1]);
    let (by_source, answer) = order("source");
    let key = |at: &usize| (found(&answer)[*at].to_owned(), answer.contexts[*at].hit.start);
    let keys: Vec<_> = by_source.iter().map(key).collect();
    assert_eq!(keys[0].0, "long", "the document of the best comes first");
    for (one, other) in keys.iter().zip(&keys[1..]) {
        assert!(one.0 != other.0 || one.1 < other.1, "{keys:?}");
    }
}

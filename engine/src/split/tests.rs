//! Properties of splitting that hold for any text, and cases that have their own.

use std::ops::Range;

use proptest::prelude::*;

use super::*;

const FORMATS: [TextFormat; 3] = [TextFormat::Plain, TextFormat::Markdown, TextFormat::Code];

fn word_starts(text: &str) -> Vec<usize> {
    let mut before = ' ';
    let begins = |(at, c): (usize, char)| {
        let first = !c.is_whitespace() && std::mem::replace(&mut before, c).is_whitespace();
        before = c;
        first.then_some(at)
    };
    text.char_indices().filter_map(begins).collect()
}

fn char_starts(text: &str) -> Vec<usize> {
    text.char_indices().filter(|(_, c)| !c.is_whitespace()).map(|(at, _)| at).collect()
}

/// Tokens of bytes, some of which begin inside a character, as byte-level vocabularies have them.
fn byte_starts(text: &str) -> Vec<usize> {
    (0..text.len()).collect()
}

fn budget(tokens: usize, overlap: usize) -> Budget {
    Budget::new(tokens, overlap).expect("a sensible budget")
}

fn words_split(text: &str, format: TextFormat, budget: Budget) -> Vec<(&str, String)> {
    let spans = passages(text, format, budget, &word_starts(text));
    spans.into_iter().map(|span| (&text[span.start..span.end], span.heading)).collect()
}

fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "# Head\n",
        "## Sub head\n",
        "Head\n====\n",
        "\n",
        "\n\n",
        " \n",
        "word ",
        "A sentence. ",
        "Is it? ",
        "- item\n",
        "  - inner\n",
        "1. first\n",
        "```\n",
        "    code();\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "> quote\n",
        "---\n",
        "[a]: http://x\n",
        "<div>\n",
        "é",
        "日本。",
        "\u{200b}",
        "\u{2028}",
        "\t",
        "}\n",
        "fn f() {\n",
        "........",
        "))))",
        "\r\n",
        "1 2 3 4 ",
        "endlesswordwithoutanyspace",
        "😀",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<char>().prop_map(String::from)]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..60).prop_map(|parts| parts.concat())
}

fn check(text: &str, spans: &[Span]) {
    for span in spans {
        let passage = text.get(span.start..span.end).expect("character boundaries");
        assert!(!passage.is_empty());
        assert_eq!(passage, passage.trim());
    }
    for pair in spans.windows(2) {
        assert!(pair[0].start < pair[1].start && pair[0].end < pair[1].end, "{pair:?}");
    }
    let mut covered: Vec<Range<usize>> = spans.iter().map(|s| s.start..s.end).collect();
    covered.reverse();
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        while covered.last().is_some_and(|range| range.end <= at) {
            covered.pop();
        }
        assert!(covered.last().is_some_and(|range| range.contains(&at)), "{c:?} at {at} is in no passage: {spans:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn passages_are_valid_ordered_complete_and_within_budget(
        text in text(), tokens in 1_usize..40, share in 0_usize..=50,
    ) {
        let budget = budget(tokens, tokens * share / 100);
        for format in FORMATS {
            for tokenize in [word_starts, char_starts] {
                let starts = tokenize(&text);
                let spans = passages(&text, format, budget, &starts);
                check(&text, &spans);
                for span in &spans {
                    let count = starts.iter().filter(|&&at| (span.start..span.end).contains(&at)).count();
                    prop_assert!(count <= tokens, "{} tokens in {:?}", count, span);
                }
                prop_assert_eq!(spans, passages(&text, format, budget, &starts));
            }
        }
    }

    #[test]
    fn tokens_inside_characters_never_cut_one(text in text(), tokens in 1_usize..12) {
        for format in FORMATS {
            check(&text, &passages(&text, format, budget(tokens, tokens / 3), &byte_starts(&text)));
        }
    }
}

#[test]
fn a_heading_stays_with_its_text_even_if_both_hardly_fit() {
    let text = "# A heading of five words\n\none two three four five six seven eight nine ten. And more.";
    let found = words_split(text, TextFormat::Markdown, budget(10, 0));
    assert!(found[0].0.contains("one two"), "{found:?}");
    assert!(found.iter().all(|(_, heading)| heading == "A heading of five words"));
}

#[test]
fn overlap_repeats_the_last_sentence_but_never_crosses_a_heading() {
    let text = "# A\n\nOne two three. Four five six. Seven eight nine.\n\n# B\n\nTen eleven.";
    let found = words_split(text, TextFormat::Markdown, budget(9, 3));
    let passages: Vec<&str> = found.iter().map(|(passage, _)| *passage).collect();
    assert_eq!(
        passages,
        ["# A\n\nOne two three. Four five six.", "Four five six. Seven eight nine.", "# B\n\nTen eleven."]
    );
}

#[test]
fn code_is_cut_between_functions() {
    let function = |name: &str| format!("fn {name}() {{\n    let a = 1;\n\n    let b = 2;\n}}\n");
    let text = format!("{}\n{}\n{}", function("one"), function("two"), function("three"));
    let found = words_split(&text, TextFormat::Code, budget(26, 0));
    assert!(found[0].0.starts_with("fn one") && found[0].0.ends_with('}'), "{found:?}");
    assert!(found[1].0.starts_with("fn "), "{found:?}");
}

#[test]
fn blank_texts_have_no_passages() {
    for format in FORMATS {
        assert_eq!(passages(" \n\t\n", format, Budget::default(), &[]), []);
        assert_eq!(passages("", format, Budget::default(), &[]), []);
    }
}

#[test]
fn text_without_a_single_token_is_kept() {
    assert_eq!(passages("\u{200b}", TextFormat::Plain, Budget::default(), &[]).len(), 1);
}

/// A megabyte each: work that grows with the square of a line would be felt as minutes.
#[test]
fn monsters_on_a_single_line_are_split_like_any_text() {
    let monsters =
        ["a", "word ", "....", ". ) ", ".)", "(", "[a](", "> ", "1 ", "é", "*a ", "# ", "- ", "`", "|a", "\u{301})"];
    for unit in monsters {
        let text = unit.repeat(1_000_000 / unit.len());
        let starts = token_starts_of(&text);
        for format in FORMATS {
            let spans = passages(&text, format, Budget::default(), &starts);
            check(&text, &spans);
        }
    }
}

fn token_starts_of(text: &str) -> Vec<usize> {
    tokens::token_starts(text, |piece| Ok(word_starts(piece))).expect("no tokenizer to fail")
}

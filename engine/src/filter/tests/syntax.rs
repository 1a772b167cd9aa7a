//! What is read, what is printed, and what is said of mistakes.

use proptest::prelude::*;
use serde_json::json;

use super::arbitrary::filter;
use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same_filter(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text, &fields()), Ok(filter.clone()), "{}", text);
        let json = filter.to_json();
        prop_assert_eq!(Filter::from_json(&json, &fields()), Ok(filter), "{}", json);
    }

    #[test]
    fn text_of_any_kind_is_read_or_refused_at_a_byte_of_it(text in "[a-z =<>!&|()\"'`,.0-9\\\\é-]{0,40}") {
        match Filter::parse(&text, &fields()) {
            Ok(filter) => prop_assert_eq!(parse(&filter.to_string()), filter),
            Err(error) => prop_assert!(error.at.is_some_and(|at| at <= text.len()), "{}", error),
        }
    }

    #[test]
    fn words_of_the_language_in_any_order_are_read_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "and", "or", "not", "in", "exists", "prefix", "(", ")", ",", "year", "lang", "draft", "published", "=",
            "<>", ">=", "2020", "\"2020\"", "true", "!",
        ]), 0..14)
    ) {
        if let Ok(filter) = Filter::parse(&words.join(" "), &fields()) {
            prop_assert_eq!(parse(&filter.to_string()), filter);
        }
    }
}

#[test]
fn texts_are_printed_in_canonical_form() {
    for (text, printed) in [
        (
            "year>=2020 AND lang In ('en',\"de\") && !draft",
            r#"year >= 2020 and lang in ("en", "de") and not draft = true"#,
        ),
        ("draft or draft and draft", "draft = true or draft = true and draft = true"),
        ("(draft or draft) and draft", "(draft = true or draft = true) and draft = true"),
        ("((draft and (draft)) and (draft))", "draft = true and draft = true and draft = true"),
        ("not (draft and year == 1)", "not (draft = true and year = 1)"),
        ("not not year <> 1", "not not year != 1"),
        ("not year in (1)", "year not in (1)"),
        ("not year not in (1)", "not year not in (1)"),
        ("! Exists ( body )", "not exists(body)"),
        ("`In`=1 or `year`=2", "`In` = 1 or year = 2"),
        ("`an ``odd`` name` prefix 'a'", "`an ``odd`` name` prefix \"a\""),
        ("score = 1 or score = -1.5e-3", "score = 1.0 or score = -0.0015"),
        ("lang = 'it\\'s \\\"\\\\\\n\\t\\u0041\\ud83d\\ude00\\u0000'", "lang = \"it's \\\"\\\\\\n\\tA😀\\u0000\""),
        ("published = '2020-05'", "published = \"2020-05\""),
        ("published > '2020-05-01T01:00:00.250+02:00'", "published > \"2020-04-30T23:00:00.250000Z\""),
    ] {
        assert_eq!(parse(text).to_string(), printed);
        assert_eq!(parse(printed).to_string(), printed);
    }
}

#[test]
fn json_says_the_same_as_text() {
    for (json, text) in [
        (json!({"field": "year", "op": ">=", "value": 2020}), "year >= 2020"),
        (json!({"field": "score", "op": "=", "value": 2}), "score = 2"),
        (json!({"field": "body", "op": "exists"}), "exists(body)"),
        (json!({"field": "lang", "op": "prefix", "value": "e"}), "lang prefix 'e'"),
        (json!({"not": {"field": "lang", "op": "in", "value": ["en", "de"]}}), "lang not in ('en', 'de')"),
        (json!({"and": [{"or": [{"field": "draft", "op": "=", "value": true}]}]}), "draft"),
        (json!("year = 1 or draft"), "year = 1 or draft"),
    ] {
        assert_eq!(Filter::from_json(&json, &fields()), Ok(parse(text)), "{json}");
    }
}

#[test]
fn mistakes_in_texts_are_named_with_their_place() {
    for (text, message) in [
        ("", "expected a filter, found nothing at byte 0"),
        ("year >= ", "expected a value, found the end at byte 8"),
        ("year >= and draft", "expected a value, found `and` at byte 8"),
        ("year 2020", "expected an operator such as `=`, `in` or `prefix`, found `2020` at byte 5"),
        ("year in ()", "expected a value, found `)` at byte 9"),
        ("year in (1 2)", "expected `,` or `)`, found `2` at byte 11"),
        ("year not 1", "expected `in`, found `1` at byte 9"),
        ("1=1; drop", "expected a field, `not`, `exists` or `(`, found `1` at byte 0"),
        ("draft; drop", "expected a field, value or operator, found `;` at byte 5"),
        ("(draft", "expected `and`, `or` or `)`, found the end at byte 6"),
        ("draft)", "expected `and`, `or` or the end, found `)` at byte 5"),
        ("lang = \"en", "a string that is not closed with \" at byte 7"),
        ("lang = 'en\"", "a string that is not closed with ' at byte 7"),
        ("`lang = 1", "a backquote that is not closed at byte 0"),
        ("lang = '\\x'", "expected one of \\\" \\' \\\\ \\n \\t \\uXXXX at byte 8"),
        ("lang = '\\ud800x'", "expected one of \\\" \\' \\\\ \\n \\t \\uXXXX at byte 8"),
        ("published > 2020-05-01", "`2020-05-01` is not a number; dates and strings go in quotes at byte 12"),
        ("year = -", "`-` is not a number; dates and strings go in quotes at byte 7"),
        ("year = 9223372036854775808", "`9223372036854775808` is beyond the range of 64-bit integers at byte 7"),
        ("score = 1e999", "`1e999` is beyond the range of 64-bit floats at byte 8"),
        ("draft\0", "expected a field, value or operator, found `\\u{0}` at byte 5"),
        ("draft\u{a0}", "expected a field, value or operator, found `\u{a0}` at byte 5"),
    ] {
        assert_eq!(refused(text), message);
    }
}

#[test]
fn mistakes_of_type_name_the_field_its_type_and_the_value() {
    for (text, message) in [
        ("year = 'x'", "field year is integer: expected an integer, found \"x\" at byte 7"),
        ("year = 2.0", "field year is integer: expected an integer, found 2.0 at byte 7"),
        ("score in (1, true)", "field score is float: expected a number, found true at byte 13"),
        ("lang = 5", "field lang is keyword: expected a string, found 5 at byte 7"),
        ("draft = 'true'", "field draft is boolean: expected true or false, found \"true\" at byte 8"),
        ("draft < true", "field draft is boolean and knows = and !=, not < at byte 0"),
        ("year and draft", "field year is integer: expected an operator after it at byte 0"),
        ("year prefix '2'", "field year is integer; prefix is for keyword fields at byte 0"),
        ("lang prefix 2", "field lang is keyword: expected a string, found 2 at byte 12"),
        (
            "body = 'x'",
            "field body is text and knows only exists(body); declare it as keyword to filter by it at byte 0",
        ),
    ] {
        assert_eq!(refused(text), message);
    }
    let date = refused("published = '2020-13'");
    assert!(date.starts_with("field published is date: expected a date of the years 0001 to 9999"), "{date}");
    assert!(date.ends_with("found \"2020-13\" at byte 12"), "{date}");
}

#[test]
fn an_unknown_field_is_answered_with_the_closest_one() {
    let message = refused("draft and yaer = 1");
    assert!(message.starts_with("there is no field `yaer`; did you mean `year`? (there are: In, an `odd` name,"));
    assert!(message.ends_with("at byte 10"), "{message}");
    assert!(refused("LANG = 'x'").contains("did you mean `lang`?"));
    assert!(!refused("something_else = 1").contains("did you mean"));
    let none = Filter::parse("year = 1", &Fields::default()).expect_err("no fields");
    assert_eq!(none.reason, "there is no field `year`; no field is known");
}

#[test]
fn mistakes_in_json_are_named_with_their_path() {
    for (json, message) in [
        (json!(null), "expected an object, found null"),
        (json!({}), "expected the key \"field\""),
        (json!({"and": []}), "and: expected an array of filters, found an empty array"),
        (json!({"and": {}}), "and: expected an array of filters, found an object"),
        (json!({"or": [{"not": 1}]}), "or[0].not: expected an object, found 1"),
        (json!({"and": ["draft"]}), "and[0]: expected an object, found \"draft\""),
        (json!({"and": [], "or": []}), "expected no keys but and, found \"or\""),
        (json!({"field": "year", "op": "=", "value": 1, "x": 1}), "expected no keys but field, op, value, found \"x\""),
        (json!({"field": "year", "op": "exists", "value": 1}), "expected no keys but field, op, found \"value\""),
        (
            json!({"field": "year", "op": "~", "value": 1}),
            "op: expected one of = != < <= > >= in prefix exists, found \"~\"",
        ),
        (json!({"field": 1, "op": "="}), "field: expected a string, found 1"),
        (json!({"field": "year", "op": "="}), "expected the key \"value\""),
        (json!({"field": "year", "op": "=", "value": null}), "value: expected a value, found null"),
        (json!({"field": "year", "op": "in", "value": 1}), "value: expected an array of values, found 1"),
        (json!({"field": "year", "op": "in", "value": []}), "value: expected an array of values, found an empty array"),
        (
            json!({"field": "year", "op": "in", "value": [1, u64::MAX]}),
            "value[1]: 18446744073709551615 is beyond the range of 64-bit integers",
        ),
        (
            json!({"and": [{"field": "body", "op": "exists"}, {"field": "year", "op": "=", "value": "x"}]}),
            "and[1].value: field year is integer: expected an integer, found \"x\"",
        ),
        (json!("year ="), "expected a value, found the end at byte 6"),
    ] {
        assert_eq!(refused_json(&json), message);
    }
}

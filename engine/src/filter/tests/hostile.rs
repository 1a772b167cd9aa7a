//! Filters that are made to hurt: deep, long, many.

use serde_json::{Value as Json, json};

use super::*;

fn nested(levels: usize) -> Json {
    let leaf = json!({"field": "draft", "op": "=", "value": true});
    (0..levels).fold(leaf, |inner, level| match level % 2 {
        0 => json!({"and": [{"field": "year", "op": "=", "value": 1}, inner]}),
        _ => json!({"or": [{"field": "year", "op": "=", "value": 1}, inner]}),
    })
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let parentheses = format!("{}draft{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(refused(&parentheses), "nested deeper than 32 levels at byte 32");
    assert_eq!(refused(&"(".repeat(20_000)), "nested deeper than 32 levels at byte 32");
    assert_eq!(refused(&"not ".repeat(16_000)), "nested deeper than 32 levels at byte 128");
    assert_eq!(refused(&"!".repeat(60_000)), "nested deeper than 32 levels at byte 32");
    assert_eq!(refused(&"not ".repeat(100_000)), "a filter longer than 65536 bytes at byte 65536");
    assert!(refused_json(&nested(1000)).ends_with("nested deeper than 32 levels"));
    assert!(Filter::parse(&format!("{}draft{}", "(".repeat(32), ")".repeat(32)), &fields()).is_ok());
}

#[test]
fn what_one_syntax_takes_can_be_written_in_the_other() {
    let deepest = Filter::from_json(&nested(32), &fields()).expect("as deep as it may be");
    assert_eq!(Filter::parse(&deepest.to_string(), &fields()), Ok(deepest));
    assert!(refused_json(&nested(33)).ends_with("nested deeper than 32 levels"));
    let alternating = (0..32).fold("draft".to_owned(), |inner, _| format!("(draft or draft and {inner})"));
    assert_eq!(refused(&alternating), "nested deeper than 32 levels at byte 321");
}

#[test]
fn long_texts_and_strings_are_refused() {
    assert_eq!(refused(&format!("lang = '{}'", "a".repeat(1 << 20))), "a filter longer than 65536 bytes at byte 65536");
    assert_eq!(refused(&format!("lang = '{}'", "a".repeat(1025))), "a string longer than 1024 bytes at byte 7");
    assert_eq!(refused(&format!("lang = '{}", "a".repeat(60_000))), "a string longer than 1024 bytes at byte 7");
    assert!(Filter::parse(&format!("lang = '{}'", "a".repeat(1024)), &fields()).is_ok());
    let long = json!({"field": "lang", "op": "prefix", "value": "a".repeat(1 << 20)});
    assert_eq!(refused_json(&long), "value: a string longer than 1024 bytes");
    let many = json!({"field": "lang", "op": "in", "value": vec!["a".repeat(1024); 100]});
    assert_eq!(refused_json(&many), "value[63]: values of more than 65536 bytes altogether");
}

#[test]
fn no_filter_is_longer_than_a_text_may_be_when_it_is_printed() {
    let controls = format!("lang in ('{}')", vec!["\u{1}".repeat(1000); 60].join("', '"));
    assert!(refused(&controls).starts_with("a filter longer than 65536 bytes when printed"));
}

#[test]
fn lists_and_conditions_are_counted() {
    let list = |values: usize| format!("year in ({})", vec!["1"; values].join(","));
    assert!(Filter::parse(&list(1000), &fields()).is_ok());
    assert_eq!(refused(&list(2000)), "a list of more than 1000 values at byte 2009");
    let json = json!({"field": "year", "op": "in", "value": vec![1; 2000]});
    assert_eq!(refused_json(&json), "value[1000]: a list of more than 1000 values");
    let chain = |conditions: usize| vec!["draft"; conditions].join(" or ");
    let longest = parse(&chain(999));
    assert_eq!(Filter::from_json(&longest.to_json(), &fields()), Ok(longest));
    assert!(refused(&chain(1000)).starts_with("more than 1000 conditions and operators"));
    let json = json!({"or": vec![json!({"field": "draft", "op": "exists"}); 1000]});
    assert_eq!(refused_json(&json), "or[999]: more than 1000 conditions and operators");
}

#[test]
fn long_names_and_values_are_shortened_in_messages() {
    let name = refused(&format!("`{}\u{7}` = 1", "x".repeat(60_000)));
    assert!(name.len() < 400 && name.contains("..."), "{name}");
    let value = refused(&format!("year = '{}'", "y".repeat(1000)));
    assert!(value.len() < 200 && value.contains("..."), "{value}");
}
